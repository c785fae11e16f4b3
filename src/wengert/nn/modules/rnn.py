"""Recurrent layers and their cells: RNN, LSTM, GRU. The computations are in `ops.recurrent`."""

import math
import numbers
import warnings
from typing import Any

from ...core import Tensor
from ...ops import recurrent
from ...ops.creation import empty, zeros
from ...ops.index_functions import index_select
from ...ops.shape import squeeze, unsqueeze
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
_FUNCTIONS = {
    "LSTM": recurrent.lstm, "GRU": recurrent.gru, "RNN_TANH": recurrent.rnn_tanh, "RNN_RELU": recurrent.rnn_relu
}  # fmt: skip


def apply_permutation(tensor, permutation, dim: int = 1):
    """`tensor.index_select(dim, permutation)`, which is to be used instead."""
    warnings.warn(
        "`apply_permutation` is deprecated, please use `tensor.index_select(dim, permutation)` instead",
        FutureWarning,
        stacklevel=2,
    )
    return index_select(tensor, dim, permutation)


def _check_arguments(dropout, num_layers, bias, batch_first, input_size, hidden_size, proj_size) -> None:
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:  # type: ignore[operator]
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}",
            UserWarning,
            stacklevel=4,
        )
    for name, flag in (("bias", bias), ("batch_first", batch_first)):
        if not isinstance(flag, bool):
            raise TypeError(f"{name} should be of type bool, got: {type(flag).__name__}")
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if not isinstance(size, int):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


class RNNBase(Module):
    """What RNN, LSTM and GRU have in common: their parameters, the checks of their arguments, and `forward`.

    Parameters, for layer k and with the suffix "_reverse" for the second direction: weight_ih_lk (gates * hidden_size,
    input_size, or directions * hidden_size above the first layer), weight_hh_lk (gates * hidden_size, hidden_size),
    with `bias` bias_ih_lk and bias_hh_lk (gates * hidden_size), with `proj_size` weight_hr_lk (proj_size, hidden_size).
    All start uniform in [-k, k] with k = 1 / sqrt(hidden_size).

    >>> import wengert as t
    >>> isinstance(t.nn.LSTM(2, 3), t.nn.RNNBase), [name for name, _ in t.nn.RNNBase("GRU", 2, 3).named_parameters()]
    (True, ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0'])
    """

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, device=None,
        dtype=None,
    ):  # fmt: skip
        super().__init__()
        _check_arguments(dropout, num_layers, bias, batch_first, input_size, hidden_size, proj_size)
        if mode not in _GATES:
            raise ValueError("Unrecognized RNN mode: " + mode)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        directions = 2 if bidirectional else 1
        shown = proj_size or hidden_size
        gates = _GATES[mode] * hidden_size
        self._all_weights = []
        for layer in range(num_layers):
            entering = input_size if layer == 0 else shown * directions
            shapes: dict[str, tuple] = {"weight_ih": (gates, entering), "weight_hh": (gates, shown)}
            if bias:
                shapes.update(bias_ih=(gates,), bias_hh=(gates,))
            if proj_size:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in ("", "_reverse")[:directions]:
                names = {f"{name}_l{layer}{suffix}": shape for name, shape in shapes.items()}
                for name, shape in names.items():
                    setattr(self, name, Parameter(empty(shape, dtype=dtype, device=device)))
                self._all_weights.append(list(names))
        self._flat_weights_names = [name for names in self._all_weights for name in names]
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: there is one place for parameters, and they need not lie together."""

    @property
    def _flat_weights(self) -> list:
        parameters = self._parameters
        try:
            return [parameters[name] for name in self._flat_weights_names]
        except KeyError:
            # A parameter was taken away, and an attribute that is none (a dual tensor, say) given in its place.
            return [getattr(self, name) for name in self._flat_weights_names]

    @property
    def all_weights(self) -> list:
        """The parameters, a list for each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        for name, usual in (
            ("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False), ("dropout", 0),
            ("bidirectional", False),
        ):  # fmt: skip
            value = getattr(self, name)
            if value != usual:
                text += f", {name}={value}"
        return text

    # ------------------------------------------------------------------------------------------- checks

    def check_input(self, input, batch_sizes) -> None:
        """Refuse an input of another type than the weights, or whose dimensions do not fit."""
        weight = self._flat_weights[0]
        if input.dtype is not weight.dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). Convert input: "
                f"input.to({weight.dtype}), or convert model: model.to({input.dtype})"
            )
        expected = 3 if batch_sizes is None else 2
        if input.ndim != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.ndim}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )

    def _expected(self, input, batch_sizes, features: int) -> tuple:
        if batch_sizes is not None:
            batch = int(batch_sizes[0])
        else:
            batch = input.shape[0 if self.batch_first else 1]
        return self.num_layers * (2 if self.bidirectional else 1), batch, features

    def get_expected_hidden_size(self, input, batch_sizes) -> tuple:
        """The shape of the hidden states for an input (T, N, *) or packed data."""
        return self._expected(input, batch_sizes, self.proj_size or self.hidden_size)

    def check_hidden_size(
        self, hx, expected_hidden_size: tuple, msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Refuse a state of another shape."""
        if tuple(hx.shape) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input, hidden, batch_sizes) -> None:
        """Refuse an input or a state that does not fit."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx, permutation):
        """The states in the order of a permutation of the batch, if there is one."""
        return hx if permutation is None else index_select(hx, 1, permutation)

    # ------------------------------------------------------------------------------------------- computing

    def _zero_states(self, input, batch_sizes):
        shape = self.get_expected_hidden_size(input, batch_sizes)
        return zeros(shape, dtype=input.dtype)

    def _one_entry(self, hx):
        """Unbatched states with a batch of one."""
        if hx.ndim != 2:
            raise RuntimeError(f"For unbatched 2-D input, hx should also be 2-D but got {hx.ndim}-D tensor")
        return unsqueeze(hx, 1)

    def _check_batched(self, hx) -> None:
        if hx.ndim != 3:
            raise RuntimeError(f"For batched 3-D input, hx should also be 3-D but got {hx.ndim}-D tensor")

    def _without_entry(self, hx):
        return squeeze(hx, 1)

    def _name(self) -> str:
        return {"LSTM": "LSTM", "GRU": "GRU"}.get(self.mode, "RNN")

    def _states_of(self, result: tuple):
        return result[1]

    def forward(self, input: Tensor | PackedSequence, hx: Any = None) -> tuple[Any, Any]:
        batched = True
        if isinstance(input, PackedSequence):
            packed, batch_sizes = input, input.batch_sizes
            input = packed.data
        else:
            packed, batch_sizes = None, None  # type: ignore[assignment]
            if input.ndim not in (2, 3):
                got = f"{input.ndim}D tensor instead" if self._name() == "RNN" else f"{input.ndim}D instead"
                raise ValueError(f"{self._name()}: Expected input to be 2D or 3D, got {got}")
            batched = input.ndim == 3
            if not batched:
                input = unsqueeze(input, 0 if self.batch_first else 1)
                hx = None if hx is None else self._one_entry(hx)
            elif hx is not None:
                self._check_batched(hx)
        if hx is None:
            # Its own shape fits; the input is looked at before a shape is taken from it.
            self.check_input(input, batch_sizes)
            hx = self._zero_states(input, batch_sizes)
        else:
            if packed is not None:
                hx = self.permute_hidden(hx, packed.sorted_indices)
            self.check_forward_args(input, hx, batch_sizes)
        options = (self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        function = _FUNCTIONS[self.mode]
        if packed is not None:
            result = function(input, batch_sizes, hx, *options)
            output = PackedSequence(result[0], batch_sizes, packed.sorted_indices, packed.unsorted_indices)
            return output, self.permute_hidden(self._states_of(result), packed.unsorted_indices)
        result = function(input, hx, *options, self.batch_first)
        if batched:
            return result[0], self._states_of(result)
        return squeeze(result[0], 0 if self.batch_first else 1), self._without_entry(self._states_of(result))


class RNN(RNNBase):
    """A recurrent network of `num_layers` layers: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it.

    Input (T, N, input_size), (N, T, input_size) if `batch_first`, (T, input_size) without a batch, or a
    `PackedSequence`; initial states (directions * num_layers, N, hidden_size), zeros unless given. Returns the results
    of the last layer (T, N, directions * hidden_size) and the final states. A layer above the first takes the results
    of the one below, of which `dropout` leaves out elements in training.

    >>> import wengert as t
    >>> output, h = t.nn.RNN(4, 3, num_layers=2)(t.zeros(5, 1, 4))
    >>> output.shape, h.shape
    (wengert.Size([5, 1, 3]), wengert.Size([2, 1, 3]))
    """

    def __init__(self, *args, **kwargs):
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:
            nonlinearity, args = args[3], args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory of `num_layers` layers (Hochreiter & Schmidhuber, 1997); the equations are `lstm_cell`'s.

    Input and output as of `RNN`; states are a pair (h, c), h (directions * num_layers, N, proj_size or hidden_size) and
    c (directions * num_layers, N, hidden_size). With `proj_size` the results of each step are projected to so many
    features (Sak, Senior & Beaufays, 2014).

    >>> import wengert as t
    >>> output, (h, c) = t.nn.LSTM(4, 3, bidirectional=True)(t.zeros(5, 1, 4))
    >>> output.shape, h.shape
    (wengert.Size([5, 1, 6]), wengert.Size([2, 1, 3]))
    """

    def __init__(self, *args, **kwargs):
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input, batch_sizes) -> tuple:
        """The shape of the cell states for an input (T, N, *) or packed data."""
        return self._expected(input, batch_sizes, self.hidden_size)

    def check_forward_args(self, input, hidden, batch_sizes) -> None:
        """Refuse an input or states that do not fit."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(
            hidden[0], self.get_expected_hidden_size(input, batch_sizes), "Expected hidden[0] size {}, got {}"
        )
        self.check_hidden_size(
            hidden[1], self.get_expected_cell_size(input, batch_sizes), "Expected hidden[1] size {}, got {}"
        )

    def permute_hidden(self, hx, permutation):
        """Both states in the order of a permutation of the batch, if there is one."""
        if permutation is None:
            return hx
        return index_select(hx[0], 1, permutation), index_select(hx[1], 1, permutation)

    def _zero_states(self, input, batch_sizes):
        h = zeros(self.get_expected_hidden_size(input, batch_sizes), dtype=input.dtype)
        return h, zeros(self.get_expected_cell_size(input, batch_sizes), dtype=input.dtype)

    def _one_entry(self, hx):
        if hx[0].ndim != 2 or hx[1].ndim != 2:
            raise RuntimeError(
                "For unbatched 2-D input, hx and cx should also be 2-D but got "
                f"({hx[0].ndim}-D, {hx[1].ndim}-D) tensors"
            )
        return unsqueeze(hx[0], 1), unsqueeze(hx[1], 1)

    def _check_batched(self, hx) -> None:
        if hx[0].ndim != 3 or hx[1].ndim != 3:
            raise RuntimeError(
                "For batched 3-D input, hx and cx should also be 3-D but got "
                f"({hx[0].ndim}-D, {hx[1].ndim}-D) tensors"
            )

    def _without_entry(self, hx):
        return squeeze(hx[0], 1), squeeze(hx[1], 1)

    def _states_of(self, result: tuple):
        return result[1], result[2]


class GRU(RNNBase):
    """A gated recurrent network of `num_layers` layers (Cho et al., 2014); the equations are `gru_cell`'s.

    Input, states and output as of `RNN`.

    >>> import wengert as t
    >>> output, h = t.nn.GRU(4, 3, batch_first=True)(t.zeros(1, 5, 4))
    >>> output.shape, h.shape
    (wengert.Size([1, 5, 3]), wengert.Size([1, 1, 3]))
    """

    def __init__(self, *args, **kwargs):
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


# ------------------------------------------------------------------------------------------------ cells


class RNNCellBase(Module):
    """What the cells have in common: weight_ih (chunks * hidden_size, input_size), weight_hh (chunks * hidden_size,
    hidden_size) and, with `bias`, bias_ih and bias_hh; all start uniform in [-k, k] with k = 1 / sqrt(hidden_size).

    >>> import wengert as t
    >>> cell = t.nn.RNNCellBase(2, 3, bias=False, num_chunks=4)
    >>> cell.weight_ih.shape, cell.weight_hh.shape
    (wengert.Size([12, 2]), wengert.Size([12, 3]))
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device=None, dtype=None):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        self.weight_ih = Parameter(empty(gates, input_size, dtype=dtype, device=device))
        self.weight_hh = Parameter(empty(gates, hidden_size, dtype=dtype, device=device))
        if bias:
            self.bias_ih = Parameter(empty(gates, dtype=dtype, device=device))
            self.bias_hh = Parameter(empty(gates, dtype=dtype, device=device))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"

    def _weights(self) -> tuple:
        parameters = self._parameters
        try:
            return (
                parameters["weight_ih"], parameters["weight_hh"], parameters["bias_ih"], parameters["bias_hh"],
            )  # fmt: skip
        except KeyError:
            # A parameter was taken away, and an attribute that is none (a dual tensor, say) given in its place.
            return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _check_dimensions(self, what: str, x) -> None:
        if x.ndim not in (1, 2):
            raise ValueError(f"{type(self).__name__}: Expected {what} to be 1D or 2D, got {x.ndim}D instead")

    def _one_state(self, function, input, hx):
        self._check_dimensions("input", input)
        if hx is not None:
            self._check_dimensions("hidden", hx)
        batched = input.ndim == 2
        if not batched:
            input = unsqueeze(input, 0)
        if hx is None:
            hx = zeros(input.shape[0], self.hidden_size, dtype=input.dtype)
        elif not batched:
            hx = unsqueeze(hx, 0)
        result = function(input, hx, *self._weights())
        return result if batched else squeeze(result, 0)


class RNNCell(RNNCellBase):
    """One step of a recurrent network: tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it.

    Input (N, input_size) and state (N, hidden_size), or both without N; the state is zeros unless given.

    >>> import wengert as t
    >>> t.nn.RNNCell(4, 3)(t.zeros(2, 4)).shape
    wengert.Size([2, 3])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device=None, dtype=None
    ):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        function = {"tanh": recurrent.rnn_tanh_cell, "relu": recurrent.rnn_relu_cell}.get(self.nonlinearity)
        if function is None:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._one_state(function, input, hx)


class LSTMCell(RNNCellBase):
    """One step of long short-term memory, as `lstm_cell`: input (N, input_size) and a pair of states (h, c), both (N,
    hidden_size) -> the new pair; all may be without N. The states are zeros unless given.

    >>> import wengert as t
    >>> h, c = t.nn.LSTMCell(4, 3)(t.zeros(2, 4))
    >>> h.shape
    wengert.Size([2, 3])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        self._check_dimensions("input", input)
        if hx is not None:
            for i, state in enumerate(hx):
                self._check_dimensions(f"hx[{i}]", state)
        batched = input.ndim == 2
        if not batched:
            input = unsqueeze(input, 0)
        if hx is None:
            state = zeros(input.shape[0], self.hidden_size, dtype=input.dtype)
            hx = (state, state)
        elif not batched:
            hx = (unsqueeze(hx[0], 0), unsqueeze(hx[1], 0))
        h, c = recurrent.lstm_cell(input, hx, *self._weights())
        return (h, c) if batched else (squeeze(h, 0), squeeze(c, 0))


class GRUCell(RNNCellBase):
    """One step of a gated recurrent unit, as `gru_cell`: input (N, input_size), state (N, hidden_size) -> the new
    state; both may be without N. The state is zeros unless given.

    >>> import wengert as t
    >>> t.nn.GRUCell(4, 3)(t.zeros(2, 4)).shape
    wengert.Size([2, 3])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._one_state(recurrent.gru_cell, input, hx)
