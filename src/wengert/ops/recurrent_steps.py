"""Recurrent layers step by step, made of other operations: what the layers of `ops.recurrent` compute, written out.

A layer takes *packed* data: the entries of all steps one after another, (sum of sizes, features), with the number of
entries at each step. Sizes do not grow, so entry k of a step follows entry k of the step before; a padded batch (T, N,
features) is the case in which all sizes are N, and a cell the case of one step.

Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997, with the forget gate of Gers,
Schmidhuber & Cummins, 2000; projections: Sak, Senior & Beaufays, "Long short-term memory recurrent neural network
architectures", 2014. Gated recurrent unit: Cho et al., 2014, in the form in which the reset gate acts on the product.
"""

from .elementwise import relu, sigmoid
from .linear_algebra import linear
from .shape import cat
from .splitting import chunk, split
from .trigonometric import tanh

NONLINEARITIES = {"tanh": tanh, "relu": relu}


def walk(entries, states: list, sizes: tuple, backwards: bool, step) -> tuple:
    """(results of all steps, final states...) of `step(entries of one step, *states) -> states`, whose first state is
    the result. States (N, *) are those of all entries: one whose sequence has ended keeps its last."""
    parts = split(entries, list(sizes))
    results = [None] * len(sizes)
    ended = []
    now = [state[: sizes[-1 if backwards else 0]] for state in states]
    for t in range(len(sizes) - 1, -1, -1) if backwards else range(len(sizes)):
        before, size = now[0].shape[0], sizes[t]
        if size < before:
            ended.append([state[size:] for state in now])
            now = [state[:size] for state in now]
        elif size > before:
            now = [cat([state, whole[before:size]]) for state, whole in zip(now, states, strict=True)]
        now = step(parts[t], *now)
        results[t] = now[0]
    if ended:
        now = [cat([state, *[kept[i] for kept in reversed(ended)]]) for i, state in enumerate(now)]
    return results[0] if len(results) == 1 else cat(results), *now


def rnn_steps(tensors: list, sizes: tuple, biased: bool, nonlinearity: str, backwards: bool) -> tuple:
    """h' = f(W_ih x + b_ih + W_hh h + b_hh): (all h', final h)."""
    input, h, w_ih, w_hh = tensors[:4]
    b_ih, b_hh = tensors[4:6] if biased else (None, None)
    function = NONLINEARITIES[nonlinearity]

    def step(x, h):
        return [function(x + linear(h, w_hh, b_hh))]

    return walk(linear(input, w_ih, b_ih), [h], sizes, backwards, step)


def lstm_steps(tensors: list, sizes: tuple, biased: bool, backwards: bool) -> tuple:
    """(all h', final h, final c); a projection is the last of the tensors."""
    input, h, c, w_ih, w_hh = tensors[:5]
    b_ih, b_hh = tensors[5:7] if biased else (None, None)
    w_hr = tensors[-1] if len(tensors) > (7 if biased else 5) else None

    def step(x, h, c):
        i, f, g, o = chunk(x + linear(h, w_hh, b_hh), 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        return [h if w_hr is None else linear(h, w_hr), c]

    return walk(linear(input, w_ih, b_ih), [h, c], sizes, backwards, step)


def gru_steps(tensors: list, sizes: tuple, biased: bool, backwards: bool) -> tuple:
    """(all h', final h)."""
    input, h, w_ih, w_hh = tensors[:4]
    b_ih, b_hh = tensors[4:6] if biased else (None, None)

    def step(x, h):
        of_input, of_hidden = chunk(x, 3, 1), chunk(linear(h, w_hh, b_hh), 3, 1)
        r = sigmoid(of_input[0] + of_hidden[0])
        z = sigmoid(of_input[1] + of_hidden[1])
        n = tanh(of_input[2] + r * of_hidden[2])
        return [n + z * (h - n)]

    return walk(linear(input, w_ih, b_ih), [h], sizes, backwards, step)
