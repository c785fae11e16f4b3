"""Recurrent networks, attention and embeddings. The references are the formulas, step by step."""

import sys

import numpy as np

from ..composites import row
from ..values import B, R, Values, Z

# ------------------------------------------------------------------------------------------------ recurrent cells


def S(*shape):
    """Numbers small enough to stay away from the poles that tanh and sigmoid have off the real axis."""
    return R(*shape, low=-0.3, high=0.3)


def above(values):
    """The same shape, of positive numbers: no unit is near the corner of relu."""
    return R(*values.shape, low=0.1, high=0.5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def plain_cell(function):
    return lambda x, h, w_ih, w_hh, b_ih=0.0, b_hh=0.0: function(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)


def relu(x):
    return np.where(x.real > 0, x, 0)


def lstm_cell(x, h, c, w_ih, w_hh, b_ih=0.0, b_hh=0.0, w_hr=None):
    i, f, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, 1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return (h if w_hr is None else h @ w_hr.T), c


def gru_cell(x, h, w_ih, w_hh, b_ih=0.0, b_hh=0.0):
    of_input, of_hidden = np.split(x @ w_ih.T + b_ih, 3, 1), np.split(h @ w_hh.T + b_hh, 3, 1)
    r, z = sigmoid(of_input[0] + of_hidden[0]), sigmoid(of_input[1] + of_hidden[1])
    return (1 - z) * np.tanh(of_input[2] + r * of_hidden[2]) + z * h


def weights(gates: int, entering: int, hidden: int, biased: bool = True, projected: int = 0) -> list:
    found = [S(gates * hidden, entering), S(gates * hidden, projected or hidden)]
    found += [S(gates * hidden), S(gates * hidden)] if biased else []
    return found + ([S(projected, hidden)] if projected else [])


def with_pair(function, x, h, c, *rest):
    return function(x, (h, c), *rest)


for biased in (True, False):
    # The corner of relu is in the way of finite differences of complex numbers, and PyTorch has none.
    row("rnn_tanh_cell", [S(2, 3), S(2, 4), *weights(1, 3, 4, biased)], plain_cell(np.tanh))
    row("rnn_relu_cell", [S(2, 3), S(2, 4), *weights(1, 3, 4, biased)], plain_cell(relu), real_only=True)
    row("lstm_cell", [S(2, 3), S(2, 4), S(2, 4), *weights(4, 3, 4, biased)], lstm_cell, call=with_pair)
    row("gru_cell", [S(2, 3), S(2, 4), *weights(3, 3, 4, biased)], gru_cell)

# ------------------------------------------------------------------------------------------------ recurrent networks


def network(cell, pair: bool, layers: int, directions: int, each: int):
    """A network on (T, N, features), one cell after another."""

    def reference(x, *rest):
        states, params = rest[: 1 + pair], rest[1 + pair :]
        finals = []
        for layer in range(layers):
            results = []
            for direction in range(directions):
                k = layer * directions + direction
                own = params[k * each : (k + 1) * each]
                state = tuple([s[k] for s in states])
                found = [None] * len(x)
                for t in reversed(range(len(x))) if direction else range(len(x)):
                    state = cell(x[t], *state, *own)
                    state = state if pair else (state,)
                    found[t] = state[0]
                results.append(np.stack(found))
                finals.append(state)
            x = np.concatenate(results, 2)
        return x, *[np.stack([final[i] for final in finals]) for i in range(1 + pair)]

    return reference


def called(pair: bool, layers: int, directions: int):
    def call(function, x, *rest):
        states, params = rest[: 1 + pair], list(rest[1 + pair :])
        hx = tuple(states) if pair else states[0]
        return function(x, hx, params, False, layers, 0.0, False, directions == 2, False)

    return call


def networks(name: str, cell, gates: int, projected: int = 0, **options):
    pair = name == "lstm"
    # Every subset of the operands is tried: biases are in the rows of the cells.
    for layers, directions in ((1, 1), (1, 1 if projected else 2)):
        count, shown = layers * directions, projected or 2
        operands = [S(3, 2, 2), S(count, 2, shown), *([S(count, 2, 2)] if pair else [])]
        for layer in range(layers):
            for _ in range(directions):
                operands += weights(gates, shown * directions if layer else 2, 2, False, projected)
        operands = [above(x) for x in operands] if name == "rnn_relu" else operands
        row(
            name, operands, network(cell, pair, layers, directions, 3 if projected else 2),
            call=called(pair, layers, directions), **options,
        )  # fmt: skip


networks("rnn_tanh", plain_cell(np.tanh), 1)
networks("rnn_relu", plain_cell(relu), 1, real_only=True)
networks("gru", gru_cell, 3)
networks("lstm", lstm_cell, 4)
networks("lstm", lambda x, h, c, w_ih, w_hh, w_hr: lstm_cell(x, h, c, w_ih, w_hh, w_hr=w_hr), 4, projected=1)

# ------------------------------------------------------------------------------------------------ attention


def softmax(x):
    with np.errstate(all="ignore"):
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)


def attention(q, k, v, is_causal=False, scale=None, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) * (1 / np.sqrt(q.shape[-1]) if scale is None else scale)
    if is_causal:
        mask = np.tri(*scores.shape[-2:], dtype=bool)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype.kind == "b" else scores + mask
    return np.nan_to_num(softmax(scores), nan=0.0) @ v


ATTENTION = "nn.functional.scaled_dot_product_attention"
TRIPLE = [R(2, 3, 4), R(2, 5, 4), R(2, 5, 3)]
row(ATTENTION, TRIPLE, attention, real_only=True)
row(ATTENTION, TRIPLE, attention, {"is_causal": True}, real_only=True)
row(ATTENTION, [R(2, 3), R(4, 3), R(4, 2)], lambda q, k, v, scale: attention(q, k, v, scale=scale), {"scale": 0.3},
    real_only=True)  # fmt: skip
row(ATTENTION, [R(2, 2, 3, 2), R(1, 2, 4, 2), R(2, 1, 4, 2)], attention, real_only=True)
for mask in (B(3, 5), R(3, 5), R(2, 1, 5)):
    row(
        ATTENTION, [*TRIPLE, mask], lambda q, k, v, mask: attention(q, k, v, mask=mask), real_only=True,
        call=lambda function, q, k, v, mask: function(q, k, v, attn_mask=mask),
    )  # fmt: skip


def heads_of(x, heads):
    """(L, N, E) -> (N, heads, L, E / heads)."""
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2, 0, 3)


def several_heads(heads: int):
    def reference(q, k, v, w_in, b_in, w_out, b_out):
        parts = [x @ w.T + b for x, w, b in zip((q, k, v), np.split(w_in, 3), np.split(b_in, 3), strict=True)]
        q, k, v = [heads_of(x, heads) for x in parts]
        weights = softmax(q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1]))
        out = (weights @ v).transpose(2, 0, 1, 3)
        return out.reshape(*out.shape[:2], -1) @ w_out.T + b_out, weights.mean(1)

    return reference


def with_heads(heads: int):
    def call(function, q, k, v, w_in, b_in, w_out, b_out):
        return function(
            q, k, v, q.shape[-1], heads, w_in, b_in, None, None, False, 0.0, w_out, b_out, training=False
        )  # fmt: skip

    return call


for heads in (1, 2):
    row(
        "nn.functional.multi_head_attention_forward",
        [R(3, 2, 4), R(2, 2, 4), R(2, 2, 4), S(12, 4), S(12), S(4, 4), S(4)], several_heads(heads),
        call=with_heads(heads), real_only=True,
    )  # fmt: skip

# ------------------------------------------------------------------------------------------------ embeddings

PLACES = Z(2, 3, high=4)


def looked_up(weight, places, *options):
    return weight[places]


def summed(g, places, rows, padding=-1, by_frequency=False):
    out = np.zeros((rows, g.shape[-1]), g.dtype)
    for place, terms in zip(places.reshape(-1), g.reshape(-1, g.shape[-1]), strict=True):
        if place != padding:
            out[place] += terms / ((places == place).sum() if by_frequency else 1)
    return out


row("embedding", [R(4, 3), PLACES], looked_up, ())
row("embedding", [R(4, 3), Z(high=4)], looked_up, ())
row("row_sums", [R(2, 3, 2), PLACES], summed, (4,), (4, 1), (4, -1, True), (4, 2, True))


def table_second(function, weight, places, **options):
    return function(places, weight, **options)


row("nn.functional.embedding", [R(4, 3), PLACES], looked_up, call=table_second)
row("embedding_renorm_", [R(4, 3), Z(5, high=4)],
    lambda x, places: np.where(np.isin(range(4), places)[:, None] & (np.linalg.norm(x, axis=1, keepdims=True) > 1.5),
                               x * 1.5 / (np.linalg.norm(x, axis=1, keepdims=True) + 1e-7), x),
    call=lambda function, x, places: function(x.detach().clone(), places, 1.5, 2.0), differentiable=False,
    real_only=True, without=("layouts", "vmap", "complex vmap"))  # fmt: skip


def bags(reduce, starts=(0, 2, 2), padding=None):
    def reference(weight, places, *weights):
        out = []
        for a, b in zip(starts, (*starts[1:], len(places)), strict=True):
            used = np.array([k for k in range(a, b) if places[k] != padding], int)
            rows = weight[places[used]] * (weights[0][used][:, None] if weights else 1)
            out.append(reduce(rows, 0) if len(used) else np.zeros_like(weight[0]))
        return np.stack(out)

    return reference


def of_bags(mode: str, padding=None):
    def call(function, weight, places, *weights):
        library = sys.modules[type(places).__module__.partition(".")[0]]
        return function(
            places, weight, library.tensor([0, 2, 2]), mode=mode, padding_idx=padding,
            per_sample_weights=weights[0] if weights else None,
        )  # fmt: skip

    return call


BAG = "nn.functional.embedding_bag"
SPREAD = Values((4, 3), apart=True)
for mode, reduce in (("sum", np.sum), ("mean", np.mean), ("max", np.max)):
    row(BAG, [SPREAD, Z(6, high=4)], bags(reduce), call=of_bags(mode), real_only=True)
    row(BAG, [SPREAD, Z(6, high=4)], bags(reduce, padding=1), call=of_bags(mode, 1), real_only=True)
row(BAG, [R(4, 3), Z(6, high=4), R(6)], bags(np.sum), call=of_bags("sum"), real_only=True)


def first_of_bags(mode: int, padding=None):
    """The bags that the function of four results gives first."""

    def call(function, weight, places, *weights):
        library = sys.modules[type(places).__module__.partition(".")[0]]
        return function(weight, places, library.tensor([0, 2, 2]), False, mode, False, *(weights or [None]), False,
                        *([] if padding is None else [padding]))[0]  # fmt: skip

    return call


for mode, reduce in enumerate((np.sum, np.mean, np.max)):
    row("embedding_bag", [SPREAD, Z(6, high=4)], bags(reduce), call=first_of_bags(mode), real_only=True)
    row("embedding_bag", [SPREAD, Z(6, high=4)], bags(reduce, padding=1), call=first_of_bags(mode, 1), real_only=True)
row("embedding_bag", [R(4, 3), Z(6, high=4), R(6)], bags(np.sum), call=first_of_bags(0), real_only=True)
