"""Methods that NumPy code calls on arrays, called on tensors."""

import numpy as np
import pytest

import wengert

from .finite_differences import check_gradient

M = np.random.default_rng(4).permutation(np.linspace(-2, 2, 12)).reshape(3, 4)

SAME = [
    "a.astype(np.float64)", "a.astype('float32')", "a.astype(np.int64)", "a.astype(np.float64, copy=False)",
    "a.copy()", "a.T", "a.ravel()",
    "a.reshape(-1)", "a.reshape(2, 6)", "a.reshape((4, 3))", "a.flatten()", "a.swapaxes(0, 1)", "a.mean(axis=0)",
    "a.mean()",
    "a.sum(axis=1)", "a.sum(axis=1, keepdims=True)", "a.sum((0, 1))", "a.prod(axis=0)", "a.std(ddof=0)",
    "a.var(axis=0, ddof=0)",
    "a.max()", "a.min()", "a.argmax()", "a.argmax(axis=1)", "a.argsort(axis=0)", "a.clip(-1, 1)", "a.cumsum(axis=0)",
    "a.cumprod(axis=1)", "a[0].dot(a[1])",
    "a.all()", "(a > 0).any(axis=0)", "a.squeeze()", "a[None].squeeze(axis=0)", "a.trace()", "a.conj()",
    "a.conjugate()", "a.round()",
    "a.compress([True, False, True], axis=0)", "a[0, 0].item()", "a.tolist()", "a.diagonal()", "a.real", "a.ndim",
    "a.nbytes", "a.itemsize",
    "len(a)", "a @ a.T", "abs(a)", "-a", "+a", "a ** 2", "2 ** a", "1 / a", "a // 0.5", "a % 0.7", "a[1:, ::2]",
    "a[a > 0]", "a[[0, 2]]", "a[..., None]",
    "a.tobytes()", "np.sort(a[0]).searchsorted(0.3)",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_method(text):
    wanted = eval(text, {"a": M, "np": np})
    found = eval(text, {"a": wengert.tensor(M), "np": np})
    if isinstance(found, wengert.Tensor):
        assert found.numpy().shape == np.shape(wanted)
        assert found.numpy().dtype == np.asarray(wanted).dtype
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-12, atol=1e-14)
    else:
        assert found == wanted


def test_methods_are_recorded():
    check_gradient(lambda a: a.astype(np.float64).copy().ravel().mean(), [M])
    check_gradient(lambda a: a.compress([True, False, True], axis=0), [M])

    def program(a):
        b = a.copy()
        b.fill(2.0)
        b[0] = a[1] * 3
        return b * a

    check_gradient(program, [M])


def test_a_filled_view_and_refused_casts():
    x = wengert.zeros(2, 3)
    x[0].fill(4)
    assert x.tolist() == [[4, 4, 4], [0, 0, 0]]
    with pytest.raises(TypeError, match="Cannot cast array data"):
        x.astype(np.int64, casting="safe")
    with pytest.raises(TypeError, match="can't convert np.ndarray of type"):
        x.astype("datetime64[s]")
    with pytest.raises(RuntimeError, match="requires grad"):
        wengert.ones(2, requires_grad=True).tobytes()
    assert np.dtype(wengert.float32) == np.float32 and np.zeros(2, wengert.int16).dtype == np.int16


def test_pytorchs_meaning_stays():
    x = wengert.tensor(M)
    assert x.size() == (3, 4) and x.repeat(2, 1).shape == (6, 4) and x.transpose(0, 1).shape == (4, 3)
    assert x.std().item() == pytest.approx(M.std(ddof=1)) and np.std(x).item() == pytest.approx(M.std())
    assert np.size(x) == 12 and np.max(x, axis=0).shape == (4,) and x.max(0).indices.shape == (4,)
