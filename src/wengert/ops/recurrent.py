"""Recurrent layers and cells: each layer, in one direction, is one operation; a cell is a layer of one step.

The product of all steps' entries with the input's weight, and those that give the weights' gradients, are one product
each; in between runs one compiled loop (`kernels.recurrent_layers`). What the layers compute is written out in
`recurrent_steps`: types without a compiled loop, derivatives of derivatives, forward mode and vmap come from there.
"""

import functools
import itertools

import numpy

from ..core import Tensor
from ..core.promotion import from_array
from ..kernels import blas, reductions
from ..kernels import recurrent_layers as kernels
from . import arguments
from .composite import composite
from .creation import zeros
from .declaration import general
from .dropout import dropout as dropout_
from .fallback import pulled_back, takes_fallback
from .recurrent_steps import gru_steps, lstm_steps, rnn_steps
from .shape import cat, narrow, reshape, stack, transpose

# ------------------------------------------------------------------------------------------------ operations


def _of_input(x, weight, biases):
    """x @ weight.T + the sum of biases: the part of the gates that no earlier step has to do with."""
    # (S, I) @ (I, G) -> (S, G)
    if not biases:
        return blas.matmul(x, weight.T)
    return blas.addmm(biases[0] if len(biases) == 1 else biases[0] + biases[1], x, weight.T)


def _before(results, initial, sizes: tuple, backwards: bool):
    """The state that each step began with, for all steps one after another."""
    if len(sizes) == 1:
        return initial
    if sizes[0] == sizes[-1]:
        n = sizes[0]
        return numpy.concatenate([results[n:], initial] if backwards else [initial, results[:-n] if n else results])
    found, start = numpy.empty_like(results), 0
    for t, size in enumerate(sizes):
        if not backwards:
            found[start : start + size] = results[start - sizes[t - 1] : start - sizes[t - 1] + size] if t else initial
        else:
            later = sizes[t + 1] if t + 1 < len(sizes) else 0
            found[start : start + later] = results[start + size : start + size + later]
            found[start + later : start + size] = initial[later:size]
        start += size
    return found


def _times_before(gates, results, initial, sizes: tuple, backwards: bool):
    """gates^T @ the states that the steps began with, without putting these together where all sizes are alike."""
    n = sizes[0]
    if len(sizes) == 1 or n != sizes[-1] or not n:
        return blas.matmul(gates.T, _before(results, initial, sizes, backwards))
    # (G, S - N) @ (S - N, H) + (G, N) @ (N, H) -> (G, H)
    if backwards:
        found, own = blas.matmul(gates[:-n].T, results[n:]), gates[-n:]
    else:
        found, own = blas.matmul(gates[n:].T, results[:-n]), gates[:n]
    found += blas.matmul(own.T, initial)
    return found


def _weights(of_input, of_hidden, x, w_ih, wanted: tuple, first: int, biased: bool, of_w_hh) -> list:
    """The gradients of input, and of weights and biases, given those of the gates; each is one product over all
    steps. `first` is the place of the input's weight among the operands; `of_w_hh()` gives the gradient of the next."""
    found: list = [None] * len(wanted)
    if wanted[0]:
        found[0] = blas.matmul(of_input, w_ih)  # (S, G) @ (G, I) -> (S, I)
    if wanted[first]:
        found[first] = blas.matmul(of_input.T, x)  # (G, S) @ (S, I) -> (G, I)
    if wanted[first + 1]:
        found[first + 1] = of_w_hh()
    if biased:
        if wanted[first + 2]:
            found[first + 2] = _summed(of_input)
        if wanted[first + 3]:
            both = of_hidden is of_input and wanted[first + 2]
            found[first + 3] = found[first + 2].copy() if both else _summed(of_hidden)
    return found


def _summed(g):
    return g[0].copy() if len(g) == 1 else reductions.sum(g, 0, False)


def _tensors(arrays: list) -> list:
    return [None if x is None else from_array(x) for x in arrays]


def _rnn(arrays, sizes, biased, nonlinearity, backwards, wanted):
    x, h, w_ih, w_hh = arrays[:4]
    return kernels.rnn(_of_input(x, w_ih, arrays[4:]), h, w_hh, sizes, nonlinearity == "relu", backwards)


def _rnn_gradient(g, tensors, out, sizes, biased, nonlinearity, backwards, wanted):
    if takes_fallback(g):
        return pulled_back(lambda xs: rnn_steps(xs, sizes, biased, nonlinearity, backwards), tensors, wanted, g)
    x, h, w_ih, w_hh = [one.array for one in tensors[:4]]
    results = out.array
    gates, of_h = kernels.rnn_gradient(
        g[0].array, g[1].array, results, w_hh, sizes, nonlinearity == "relu", backwards
    )
    found = _weights(
        gates, gates, x, w_ih, wanted, 2, biased, lambda: _times_before(gates, results, h, sizes, backwards)
    )
    found[1] = of_h
    return _tensors(found)


rnn_layer = general(
    "rnn_layer(tensors, sizes, biased, nonlinearity, backwards, wanted)", forward=_rnn, takes_list=True, method=False,
    public=False, outputs=("out", "h_n"), node_name="RnnBackward0",
    fallback=lambda tensors, sizes, biased, nonlinearity, backwards, wanted: (
        rnn_steps(tensors, sizes, biased, nonlinearity, backwards)
    ),
    tensors=_rnn_gradient,
    doc="A layer of the tensors [input, h, w_ih, w_hh, b_ih, b_hh]: the results of all steps, the final state.",
)  # fmt: skip


def _lstm(arrays, sizes, biased, backwards, wanted):
    x, h, c, w_ih, w_hh = arrays[:5]
    biases = arrays[5:7] if biased else []
    w_hr = arrays[-1] if len(arrays) > 5 + len(biases) else None
    return kernels.lstm(_of_input(x, w_ih, biases), h, c, w_hh, w_hr, sizes, backwards)


def _lstm_gradient(g, tensors, out, gates, cells, sizes, biased, backwards, wanted):
    if takes_fallback(g):
        return pulled_back(lambda xs: lstm_steps(xs, sizes, biased, backwards), tensors, wanted, g)
    x, h, c, w_ih, w_hh = [one.array for one in tensors[:5]]
    w_hr = tensors[-1].array if len(tensors) > (7 if biased else 5) else None
    of_gates, of_h, of_c, of_results = kernels.lstm_gradient(
        g[0].array, g[1].array, g[2].array, gates.array, cells.array, c, w_hh, w_hr, sizes, backwards
    )
    found = _weights(
        of_gates, of_gates, x, w_ih, wanted, 3, biased,
        lambda: _times_before(of_gates, out.array, h, sizes, backwards),
    )  # fmt: skip
    found[1], found[2] = of_h, of_c
    if w_hr is not None and wanted[-1]:
        activated = gates.array[:, 3 * c.shape[1] :] * numpy.tanh(cells.array)
        found[-1] = blas.matmul(of_results.T, activated)  # (P, S) @ (S, H) -> (P, H)
    return _tensors(found)


lstm_layer = general(
    "lstm_layer(tensors, sizes, biased, backwards, wanted)", forward=_lstm, takes_list=True, method=False, public=False,
    outputs=("out", "h_n", "c_n", "gates", "cells"), differentiable=("out", "h_n", "c_n"), node_name="LstmBackward0",
    fallback=lambda tensors, sizes, biased, backwards, wanted: lstm_steps(tensors, sizes, biased, backwards),
    tensors=_lstm_gradient,
    doc="""A layer of the tensors [input, h, c, w_ih, w_hh, b_ih, b_hh, w_hr]: the results of all steps, the final
    states, and what the reverse pass reads.""",
)  # fmt: skip


def _gru(arrays, sizes, biased, backwards, wanted):
    x, h, w_ih, w_hh = arrays[:4]
    b_hh = arrays[5] if biased else None
    return kernels.gru(_of_input(x, w_ih, arrays[4:5]), h, w_hh, b_hh, sizes, backwards)


def _gru_gradient(g, tensors, out, gates, products, sizes, biased, backwards, wanted):
    if takes_fallback(g):
        return pulled_back(lambda xs: gru_steps(xs, sizes, biased, backwards), tensors, wanted, g)
    x, h, w_ih, w_hh = [one.array for one in tensors[:4]]
    before = _before(out.array, h, sizes, backwards)
    of_input, of_hidden, of_h = kernels.gru_gradient(
        g[0].array, g[1].array, before, gates.array, products.array, w_hh, sizes, backwards
    )
    # (G, S) @ (S, H) -> (G, H)
    found = _weights(
        of_input, of_hidden, x, w_ih, wanted, 2, biased, lambda: blas.matmul(of_hidden.T, before)
    )
    found[1] = of_h
    return _tensors(found)


gru_layer = general(
    "gru_layer(tensors, sizes, biased, backwards, wanted)", forward=_gru, takes_list=True, method=False, public=False,
    outputs=("out", "h_n", "gates", "products"), differentiable=("out", "h_n"), node_name="GruBackward0",
    fallback=lambda tensors, sizes, biased, backwards, wanted: gru_steps(tensors, sizes, biased, backwards),
    tensors=_gru_gradient,
    doc="""A layer of the tensors [input, h, w_ih, w_hh, b_ih, b_hh]: the results of all steps, the final state, and
    what the reverse pass reads.""",
)  # fmt: skip


def _compiled(tensors: list) -> bool:
    """Whether the compiled loops take these tensors: all float32 or all float64, none of a level."""
    dtype = tensors[0].array.dtype
    return dtype.char in "fd" and all([x.array.dtype is dtype or x.array.dtype == dtype for x in tensors])


def _layer(kind: str, tensors: list, sizes: tuple, biased: bool, backwards: bool) -> tuple:
    """(results of all steps, final states...) of a layer in one direction; kind is "tanh", "relu", "lstm" or "gru"."""
    if not _compiled(tensors):
        if kind == "lstm":
            return lstm_steps(tensors, sizes, biased, backwards)
        if kind == "gru":
            return gru_steps(tensors, sizes, biased, backwards)
        return rnn_steps(tensors, sizes, biased, kind, backwards)
    wanted = tuple([x.requires_grad for x in tensors])
    if kind == "lstm":
        return lstm_layer(tensors, sizes, biased, backwards, wanted)[:3]
    if kind == "gru":
        return gru_layer(tensors, sizes, biased, backwards, wanted)[:2]
    return rnn_layer(tensors, sizes, biased, kind, backwards, wanted)


# ------------------------------------------------------------------------------------------------ cells

_GATES = {"tanh": 1, "relu": 1, "lstm": 4, "gru": 3}


def _cell(name: str, kind: str, input, states: list, w_ih, w_hh, b_ih, b_hh) -> tuple:
    biases = [] if b_ih is None and b_hh is None else [b_ih, b_hh]
    if not _fit_together(_GATES[kind], input, states, w_ih, w_hh, biases):
        _refuse_cell(name, kind, input, states, w_ih, w_hh)
        biases = [x if x is not None else zeros(w_ih.shape[0], dtype=w_ih.dtype) for x in biases]
        for x in biases:
            if tuple(x.shape) != (w_ih.shape[0],):
                raise RuntimeError(
                    f"expand(torch.FloatTensor{{{list(x.shape)}}}, size={[input.shape[0], w_ih.shape[0]]}): a bias of "
                    f"{name} has {w_ih.shape[0]} elements"
                )
    return _layer(kind, [input, *states, w_ih, w_hh, *biases], (input.shape[0],), bool(biases), False)


def _fit_together(count: int, input, states: list, w_ih, w_hh, biases: list) -> bool:
    """Whether all are tensors of the shapes that a cell of `count` gates takes."""
    try:
        size, features = input.shape
        gates, hidden = w_hh.shape
        state, bias = (size, hidden), (gates,)
        return (
            gates == count * hidden
            and w_ih.shape == (gates, features)
            and all([x.shape == state for x in states])
            and all([x.shape == bias for x in biases])
        )
    except (AttributeError, ValueError):
        return False


def _refuse_cell(name: str, kind: str, input, states: list, w_ih, w_hh) -> None:
    """Raise what is wrong with the arguments of a cell, its biases excepted."""
    for argument, x in (("input", input), *[("hx", x) for x in states], ("w_ih", w_ih), ("w_hh", w_hh)):
        if not isinstance(x, Tensor):
            position = ("input", "hx", "w_ih", "w_hh").index(argument) + 1
            raise TypeError(
                f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type(x).__name__}"
            )
    if input.ndim != 2 or w_ih.ndim != 2 or w_hh.ndim != 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [-1, 0], but got 1): {name} takes an input (N, "
            f"features) and weights of two dimensions, but they have shapes {list(input.shape)}, {list(w_ih.shape)} "
            f"and {list(w_hh.shape)}"
        )
    (size, features), hidden = input.shape, w_hh.shape[1]
    if features != w_ih.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {features} expected {w_ih.shape[1]}")
    gates = _GATES[kind] * hidden
    for weight, argument in ((w_ih, "weight_ih"), (w_hh, "weight_hh")):
        if weight.shape[0] != gates:
            raise RuntimeError(
                f"{argument} first dim must be {_GATES[kind]} * hidden_size = {gates}, but got {weight.shape[0]}"
            )
    for i, state in enumerate(states):
        if state.ndim != 2 or state.shape[0] != size:
            raise RuntimeError(
                f"Input batch size {size} doesn't match hidden{i} batch size {state.shape[0] if state.ndim else 0}"
                + ("" if state.ndim == 2 else f": hidden{i} has shape {list(state.shape)}")
            )
        if state.shape[1] != hidden:
            raise RuntimeError(f"hidden{i} has inconsistent hidden_size: got {state.shape[1]}, expected {hidden}")


@composite(method=False)
def rnn_tanh_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """tanh(input w_ih^T + b_ih + hx w_hh^T + b_hh): (N, I), (N, H), (H, I), (H, H) -> (N, H).

    RuntimeError for shapes or dtypes that do not fit.

    >>> import wengert as t
    >>> t.rnn_tanh_cell(t.ones(1, 1), t.zeros(1, 1), t.ones(1, 1), t.ones(1, 1))
    tensor([[0.7616]])
    """
    return _cell("rnn_tanh_cell", "tanh", input, [hx], w_ih, w_hh, b_ih, b_hh)[0]


@composite(method=False)
def rnn_relu_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """relu(input w_ih^T + b_ih + hx w_hh^T + b_hh): (N, I), (N, H), (H, I), (H, H) -> (N, H).

    RuntimeError for shapes or dtypes that do not fit.

    >>> import wengert as t
    >>> t.rnn_relu_cell(t.ones(1, 1), t.ones(1, 1), t.ones(1, 1), t.ones(1, 1))
    tensor([[2.]])
    """
    return _cell("rnn_relu_cell", "relu", input, [hx], w_ih, w_hh, b_ih, b_hh)[0]


@composite(method=False)
def lstm_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """One step of long short-term memory: (N, I), ((N, H), (N, H)), (4H, I), (4H, H) -> (h', c'), both (N, H).

    With i, f, g, o the quarters of input w_ih^T + b_ih + h w_hh^T + b_hh: c' = sigmoid(f) c + sigmoid(i) tanh(g) and
    h' = sigmoid(o) tanh(c') (Hochreiter & Schmidhuber, 1997; Gers, Schmidhuber & Cummins, 2000). RuntimeError for
    shapes or dtypes that do not fit.

    >>> import wengert as t
    >>> h, c = t.lstm_cell(t.ones(1, 1), (t.zeros(1, 1), t.ones(1, 1)), t.zeros(4, 1), t.zeros(4, 1))
    >>> c
    tensor([[0.5000]])
    """
    if not isinstance(hx, (tuple, list)) or len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    return _cell("lstm_cell", "lstm", input, list(hx), w_ih, w_hh, b_ih, b_hh)[:3:2]


@composite(method=False)
def gru_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """One step of a gated recurrent unit: (N, I), (N, H), (3H, I), (3H, H) -> (N, H).

    With the thirds x of input w_ih^T + b_ih and y of hx w_hh^T + b_hh: r = sigmoid(x1 + y1), z = sigmoid(x2 + y2),
    n = tanh(x3 + r y3), and the result is (1 - z) n + z hx (Cho et al., 2014). RuntimeError for shapes or dtypes that
    do not fit.

    >>> import wengert as t
    >>> t.gru_cell(t.ones(1, 1), t.ones(1, 1), t.zeros(3, 1), t.zeros(3, 1))
    tensor([[0.5000]])
    """
    return _cell("gru_cell", "gru", input, [hx], w_ih, w_hh, b_ih, b_hh)[0]


# ------------------------------------------------------------------------------------------------ layers


def _layers(name, kind, input, sizes, states, params, has_biases, num_layers, dropout, train, bidirectional):
    """All layers on packed input (S, I) from initial states (layers * directions, N, *)."""
    directions = 2 if bidirectional else 1
    projected = kind == "lstm" and tuple(states[0].shape[2:]) != tuple(states[1].shape[2:])
    each = 2 + 2 * bool(has_biases) + projected
    if len(params) != num_layers * directions * each:
        raise RuntimeError(
            f"{name}: expected {num_layers * directions * each} parameters, {each} for each of {num_layers} layers in "
            f"{directions} direction{'s'[: directions - 1]}, but got {len(params)}"
        )
    for state in states:
        if state.ndim != 3 or state.shape[0] < num_layers * directions:
            raise RuntimeError(
                f"Expected more hidden states in stacked_rnn: {name} of {num_layers} layers in {directions} "
                f"direction{'s'[: directions - 1]} takes states ({num_layers * directions}, {sizes[0]}, features), but "
                f"got shape {list(state.shape)}"
            )
        if state.shape[1] != sizes[0]:
            raise RuntimeError(
                f"The size of tensor a ({state.shape[1]}) must match the size of tensor b ({sizes[0]}) at "
                f"non-singleton dimension 0: {name} was given {sizes[0]} sequences and states of shape "
                f"{list(state.shape)}"
            )
    count = num_layers * directions
    apart = [state.unbind(0) if count > 1 else (reshape(state, tuple(state.shape[1:])),) for state in states]
    finals = []
    for layer in range(num_layers):
        results = []
        for direction in range(directions):
            k = layer * directions + direction
            tensors = [input, *[state[k] for state in apart], *params[k * each : (k + 1) * each]]
            out, *final = _layer(kind, tensors, sizes, bool(has_biases), bool(direction))
            results.append(out)
            finals.append(final)
        input = results[0] if directions == 1 else cat(results, 1)
        if dropout and train and layer < num_layers - 1:
            input = dropout_(input, dropout, True)
    if count == 1:
        return input, *[reshape(x, (1, *x.shape)) for x in finals[0]]
    return input, *[stack([final[i] for final in finals]) for i in range(len(states))]


def _states(name: str, kind: str, hx) -> list:
    if kind != "lstm":
        return [arguments.tensor(name, "hx", 2, hx)]
    if not isinstance(hx, (tuple, list)):
        raise TypeError(f"{name}(): argument 'hx' (position 2) must be tuple of Tensors, not {type(hx).__name__}")
    if len(hx) != 2:
        raise RuntimeError("lstm expects two hidden states")
    return arguments.each_tensor(name, hx)


def _sequence(name, kind, input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """A whole network, on a padded batch or, where the fourth argument is the list of parameters, on packed data."""
    if isinstance(has_biases, (list, tuple)):
        data, sizes = arguments.tensor(name, "data", 1, input), arguments.tensor(name, "batch_sizes", 2, hx)
        states = _states(name, kind, params)
        params, has_biases, num_layers, dropout, train, bidirectional = (
            has_biases, num_layers, dropout, train, bidirectional, batch_first,
        )  # fmt: skip
        if sizes.ndim != 1 or sizes.dtype.category != 1:
            raise RuntimeError(
                f"batch_sizes tensor should be 1-D, of integers: {name} was given shape {list(sizes.shape)} of "
                f"{sizes.dtype}"
            )
        sizes = tuple(sizes.tolist())
        total = sum(sizes)
        if not sizes:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        if sizes[-1] < 0 or any([after > before for before, after in itertools.pairwise(sizes)]):
            raise RuntimeError(f"batch_sizes must fall from step to step, but {name} was given {list(sizes)}")
        if data.ndim != 2 or data.shape[0] < total:
            raise RuntimeError(
                f"start (0) + length ({total}) exceeds dimension size ({data.shape[0] if data.ndim else 0}): {name} "
                f"was given data of shape {list(data.shape)} for batch sizes {list(sizes)}"
            )
        if data.shape[0] != total:
            data = narrow(data, 0, 0, total)
        found = _layers(
            name, kind, data, sizes, states, list(params), has_biases, num_layers, dropout, train, bidirectional
        )
        return found[0], *found[1:]
    input = arguments.tensor(name, "input", 1, input)
    params = arguments.tensors(name, params, "params", 3)
    states = _states(name, kind, hx)
    if input.ndim != 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], but got 2): {name} "
            f"takes an input of three dimensions, but its shape is {list(input.shape)}"
        )
    if batch_first:
        input = transpose(input, 0, 1)
    length, size, features = input.shape
    if not length:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    # (T, N, I) -> (T N, I)
    out, *finals = _layers(
        name, kind, reshape(input, (length * size, features)), (size,) * length, states, params, has_biases, num_layers,
        dropout, train, bidirectional,
    )  # fmt: skip
    out = reshape(out, (length, size, out.shape[1]))
    return transpose(out, 0, 1) if batch_first else out, *finals


_OF_PACKED_DATA = (
    "data", "batch_sizes", "hx", "params", "has_biases", "num_layers", "dropout", "train", "bidirectional",
)  # fmt: skip


def _either_call(function):
    """The function, which takes the arguments for packed data by their names too."""

    @functools.wraps(function)
    def called(*positional, **named):
        if named:
            left = _OF_PACKED_DATA[len(positional) :]
            if set(left) == set(named):
                return function(*positional, *[named[argument] for argument in left])
        return function(*positional, **named)

    return called


# Of packed data the argument in the place of `train` is another.
_EITHER_CALL = {"train": None}


@composite(method=False, kinds=_EITHER_CALL)
@_either_call
def rnn_tanh(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """A network of `rnn_tanh_cell`s: input (T, N, I), or (N, T, I) if `batch_first`, and initial states (layers *
    directions, N, H) -> (results of the last layer (T, N, directions * H), final states).

    `params` lists w_ih, w_hh and, with `has_biases`, b_ih, b_hh of each layer and direction. With `dropout` and `train`
    elements of what passes between layers are left out. Packed data: (data, batch_sizes, hx, params, has_biases,
    num_layers, dropout, train, bidirectional). RuntimeError for shapes that do not fit and for no steps.

    >>> import wengert as t
    >>> x, h, one = t.ones(3, 1, 1), t.zeros(1, 1, 1), t.ones(1, 1)
    >>> t.rnn_tanh(x, h, [one, one], False, 1, 0.0, False, False, False)[1]
    tensor([[[0.9597]]])
    """
    return _sequence(
        "rnn_tanh", "tanh", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
    )


@composite(method=False, kinds=_EITHER_CALL)
@_either_call
def rnn_relu(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """A network of `rnn_relu_cell`s; arguments and results as of `rnn_tanh`.

    >>> import wengert as t
    >>> x, h, one = t.ones(3, 1, 1), t.zeros(1, 1, 1), t.ones(1, 1)
    >>> t.rnn_relu(x, h, [one, one], False, 1, 0.0, False, False, False)[1]
    tensor([[[3.]]])
    """
    return _sequence(
        "rnn_relu", "relu", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
    )


@composite(method=False, kinds=_EITHER_CALL)
@_either_call
def lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """A network of `lstm_cell`s: as `rnn_tanh`, with hx a pair of states (h, c) and results (output, h, c).

    Where h has fewer features than c, the last of each layer's `params` projects: h' becomes h' w_hr^T (Sak, Senior &
    Beaufays, 2014).

    >>> import wengert as t
    >>> x, state, weight = t.ones(3, 1, 1), t.zeros(1, 1, 1), t.ones(4, 1)
    >>> out, h, c = t.lstm(x, (state, state), [weight, weight], False, 1, 0.0, False, False, False)
    >>> h
    tensor([[[0.7888]]])
    """
    return _sequence(
        "lstm", "lstm", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
    )


@composite(method=False, kinds=_EITHER_CALL)
@_either_call
def gru(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """A network of `gru_cell`s (Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical
    machine translation", 2014); arguments and results as of `rnn_tanh`, with weights of three gates: w_ih (3 H, I).

    Raises RuntimeError for shapes, dtypes and a number of parameters that do not fit, for no steps, for a dropout that
    is outside of [0, 1] where it is applied and for batch sizes of packed data that grow; IndexError for an input of
    other than three dimensions; TypeError for parameters that are no tensors.

    >>> import wengert as t
    >>> x, h, weight = t.ones(3, 1, 1), t.zeros(1, 1, 1), t.ones(3, 1)
    >>> t.gru(x, h, [weight, weight], False, 1, 0.0, False, False, False)[1]
    tensor([[[0.4517]]])
    """
    return _sequence(
        "gru", "gru", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
    )
