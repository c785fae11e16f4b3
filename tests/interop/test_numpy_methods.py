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
    "a.cumsum()", "a.cumprod()", "a.cumsum(axis=None)", "a.cumsum(dtype=np.float32)", "a.transpose()",
    "a.transpose((1, 0))", "a[None].transpose(2, 0, 1)", "a[None].transpose([1, 2, 0])", "a[0].transpose()",
    "a.transpose(None)", "a.repeat(2, axis=0)", "a.repeat([1, 0, 2], axis=0)", "a.repeat(repeats=2, axis=1)",
    "a.take([0, 5])", "a.take([[0, -1]], axis=1)", "a.take(3)", "a.take(np.array([1, 2]))", "a.take(7, mode='wrap')",
    "a.take(np.array([1, 2]), 0)", "a.reshape(4, 3, order='F')", "a.reshape((2, 6), order='F')",
    "a.reshape(-1, order='F')", "a.reshape(2, 6, order='C')", "a.reshape(2, 6, copy=True)", "a.flatten('F')",
    "a.flatten(order='C')", "a.ravel('F')", "a.ravel(order='C')", "a.mean(dtype=np.float32)", "a.sum(dtype=np.float32)",
    "a.prod(dtype=np.float32)", "a.sum(axis=0, dtype=np.float64)", "list(a.flat)[3].item()", "a.flat[3]",
    "a.flat[[1, 2]]", "a.flat[2:9:3]", "a.flat[-1]", "len(a.flat)", "a.flat.copy()", "a.item(3)", "a.item(1, 2)",
    "a.item((2, 0))", "a.dot(a.T)", "a.dot(a[0])", "a.dot([1.0, 2.0, 3.0, 4.0])", "a[0].dot(a.T)", "a.round(1)",
    "a.round(decimals=1)", "a.argsort(axis=None)", "a.argpartition(2).shape", "a.strides", "a.T.strides",
    "a.flags.c_contiguous", "a.T.flags['F_CONTIGUOUS']", "np.einsum('i,i', a[0], [1.0, 2.0, 3.0, 4.0])",
    "np.einsum(a, [0, 1], a, [0, 2], [1, 2])", "a.dtype == np.float64", "a.dtype != 'float64'", "a.dtype == float",
    "np.float64 == a.dtype", "a.dtype == np.dtype('f4')", "a.dtype == 'nonsense'", "a.dtype.kind",
    "a.dtype.type(2.5)", "a.dtype in (np.float32, np.float64)", "(a > 0).dtype == bool",
    "np.issubdtype(a.dtype, np.floating)", "1.5 in a", "float(a[0, 0])", "divmod(a, 0.7)[0]", "divmod(3.0, a)[1]",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_method(text):
    wanted = eval(text, {"a": M, "np": np})
    found = eval(text, {"a": wengert.tensor(M), "np": np})
    if isinstance(found, wengert.Tensor):
        assert found.numpy().shape == np.shape(wanted)
        assert found.numpy().dtype == np.asarray(wanted).dtype
        exact = np.asarray(wanted).dtype != np.float32
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-12 if exact else 1e-6, atol=1e-14 if exact else 1e-6)
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


def test_calls_in_numpys_spelling_are_recorded():
    for program in (
        lambda a: a.cumsum(), lambda a: a.transpose(), lambda a: a.repeat([1, 0, 2], axis=0),
        lambda a: a.take([0, 5, 5]), lambda a: a.reshape(4, 3, order="F"), lambda a: a.flatten("F"),
        lambda a: a.dot(a.T), lambda a: [x * i for i, x in enumerate(a.flat)], lambda a: a.flat[2:9] ** 2,
        lambda a: divmod(a, 0.7)[1],
    ):  # fmt: skip
        check_gradient(program, [M])


def test_a_matrix_written_through_flat():
    for index, value in (
        (slice(None, None, 5), 0.0), (3, 2.5), ([0, 7, -1], [1.0, 2.0, 3.0]), (slice(None), [1.0, 2.0]),
        (slice(0, 0), 1.0), (slice(1, 4), M[0, :3]),
    ):  # fmt: skip
        wanted, found = M.T.copy(), wengert.tensor(M).T
        wanted.flat[index] = value
        found.flat[index] = value
        np.testing.assert_array_equal(found.numpy(), wanted)

    def program(a):
        b = a * 2
        b.flat[::5] = a[0, :3]
        b.T.flat[1] = a[2, 2] ** 2
        return b * a

    check_gradient(program, [M])
    x = wengert.zeros(2, 2)
    x.flat = [1, 2]
    assert x.tolist() == [[1, 2], [1, 2]] and wengert.tensor(3.0).flat[0].item() == 3
    with pytest.raises(IndexError):
        x.flat[4]
    with pytest.raises(ValueError, match="Error setting single item of array"):
        x.flat[0] = []


def test_pytorchs_errors_stay_where_neither_library_takes_the_call():
    x = wengert.tensor(M)
    for call, error, said in (
        (lambda: x.transpose(0, 5), IndexError, "Dimension out of range"),
        (lambda: x.repeat(2), RuntimeError, "Number of dimensions of repeat dims"),
        (lambda: x.take(wengert.tensor([0.5])), RuntimeError, "index"),
        (lambda: x.reshape(5, 5), RuntimeError, "shape '.5, 5.' is invalid"),
        (lambda: x.item(), RuntimeError, "a Tensor with 12 elements cannot be converted to Scalar"),
        (lambda: x.cumsum(7), IndexError, "Dimension out of range"),
        (lambda: x.round(nonsense=1), TypeError, "nonsense"),
        (lambda: np.r_[x.requires_grad_(), 1.0], RuntimeError, "np.r_ computes with arrays.*concatenate is recorded"),
    ):  # fmt: skip
        with pytest.raises(error, match=said):
            call()


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
