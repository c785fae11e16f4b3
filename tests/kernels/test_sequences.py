"""The compiled loops of recurrent layers, attention and sums of rows against NumPy, in several layouts and sizes."""

import numpy as np
import pytest

from wengert.kernels import attention, recurrent_layers, row_sums

RNG = np.random.default_rng(3)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-14), ("float32", 1e-6)])
@pytest.mark.parametrize("hidden", [1, 7, 40])
@pytest.mark.parametrize("backwards", [False, True])
def test_lstm_of_falling_sizes(hidden, backwards, dtype, tolerance):
    sizes = (4, 3, 3, 1)
    gates, h, c, weight = [
        RNG.standard_normal(s).astype(dtype) for s in ((11, 4 * hidden), (4, hidden), (4, hidden), (4 * hidden, hidden))
    ]
    weight /= hidden
    kept = h.copy(), c.copy()
    out, last_h, last_c, *_ = recurrent_layers.lstm(gates.copy(), h, c, weight, None, sizes, backwards)
    assert np.array_equal(h, kept[0]) and np.array_equal(c, kept[1])
    starts = np.cumsum((0, *sizes[:-1]))
    for entry in range(4):
        a, b = h[entry].astype(float), c[entry].astype(float)
        steps = [s + entry for s, n in zip(starts, sizes, strict=True) if entry < n]
        for row in reversed(steps) if backwards else steps:
            i, f, g, o = np.split(gates[row] + weight @ a, 4)
            b = sigmoid(f) * b + sigmoid(i) * np.tanh(g)
            a = sigmoid(o) * np.tanh(b)
            np.testing.assert_allclose(out[row], a, rtol=0, atol=tolerance * 10)
        np.testing.assert_allclose(last_h[entry], a, rtol=0, atol=tolerance * 10)
        np.testing.assert_allclose(last_c[entry], b, rtol=0, atol=tolerance * 10)


def test_operands_that_do_not_fit_are_refused():
    x = np.zeros((4, 8))
    with pytest.raises(RuntimeError, match="expected an array"):
        recurrent_layers.lstm(x, np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((8, 3)), None, (2, 2), False)
    with pytest.raises(ValueError, match="a layer of 6 rows"):
        recurrent_layers.lstm(x, np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((8, 2)), None, (3, 3), False)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


LAYOUTS = {
    "plain": lambda x: x,
    "heads inside": lambda x: np.ascontiguousarray(x.swapaxes(1, 2)).swapaxes(1, 2),
    "reversed": lambda x: x[:, :, ::-1].copy()[:, :, ::-1],
    "spread": lambda x: np.broadcast_to(x[:1, :1], x.shape),
    "columns first": lambda x: np.asfortranarray(x),
    "part of wider rows": lambda x: np.concatenate([x, x], -1)[..., : x.shape[-1]],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("queries, keys", [(1, 1), (5, 3), (3, 5), (33, 50), (17, 16)])
def test_attention(queries, keys, causal, layout):
    q, k, v, g = [
        LAYOUTS[layout](RNG.standard_normal((2, 3, *s))) for s in ((queries, 4), (keys, 4), (keys, 6), (queries, 6))
    ]
    scores = 0.3 * q @ k.swapaxes(-1, -2)
    weights = softmax(np.where(np.tri(queries, keys, dtype=bool), scores, -np.inf) if causal else scores)
    assert attention.takes(q, k, v)
    out, found = attention.attention(q, k, v, causal, 0.3)
    np.testing.assert_allclose(found, weights, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(out, weights @ v, rtol=0, atol=1e-13)
    of_scores = g @ v.swapaxes(-1, -2)
    of_scores = 0.3 * weights * (of_scores - (weights * of_scores).sum(-1, keepdims=True))
    expected = of_scores @ k, of_scores.swapaxes(-1, -2) @ q, weights.swapaxes(-1, -2) @ g
    for x, y in zip(attention.attention_gradient(g, q, k, v, weights, causal, 0.3), expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=0, atol=1e-12)


def test_attention_of_what_is_not_finite():
    q, k, v = [np.ones((1, 20, 4)) for _ in "qkv"]
    k[0, 18] = np.nan
    out, weights = attention.attention(q, k, v, True, 1.0)
    assert np.isfinite(out[0, :18]).all() and np.isnan(out[0, 18:]).all()
    assert (weights[0, :18, 18:] == 0).all()
    assert not attention.takes(q.astype("float16"), k, v) and not attention.takes(q[:, :0], k, v)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "complex128", "int64"])
def test_row_sums(dtype):
    x = (RNG.standard_normal((50, 5)) * 4).round().astype(dtype)
    places = RNG.integers(0, 7, 50)
    expected = np.zeros((8, 5), dtype)
    np.add.at(expected, places, x)
    found = row_sums.row_sums(np.asfortranarray(x), places.astype("int32"), 8)
    assert found.dtype == dtype and np.array_equal(found, expected)
    assert row_sums.row_sums(x[:0], places[:0], 3).shape == (3, 5)
    for bad in (-1, 8):
        with pytest.raises(IndexError):
            row_sums.row_sums(x[:1], np.array([bad]), 8)
