"""Bad input to NumPy's functions: on tensors it raises what it raises on arrays, and says which function it was."""

import numpy as np
import pytest

import wengert

M, V, T3 = np.arange(12.0).reshape(3, 4), np.arange(6.0), np.arange(24.0).reshape(2, 3, 4)

BAD = [
    "np.sum(M, axis=2)", "np.sum(M, axis=(0, 0))", "np.mean(M, axis=-3)", "np.max(M[:0])", "np.max(M, axis=5)",
    "np.argmax(M[:0])",
    "np.min(M, where=M > 2)", "np.var(M, axis=7)", "np.cumsum(M, axis=2)", "np.cumprod(M, axis=-3)",
    "np.diff(M, n=-1)", "np.diff(M, axis=4)",
    "np.diff(M[0, 0])", "np.quantile(M, 1.5)", "np.percentile(M, 120)", "np.quantile(M, 0.5, axis=3)",
    "np.median(M, axis=2)",
    "np.reshape(M, (5, 2))", "np.reshape(M, (-1, -1))", "np.transpose(M, (0,))", "np.transpose(M, (0, 0))",
    "np.swapaxes(M, 0, 2)",
    "np.moveaxis(M, 0, 5)", "np.moveaxis(M, [0, 1], [0])", "np.expand_dims(M, 4)", "np.squeeze(M, 0)",
    "np.squeeze(M, 5)",
    "np.broadcast_to(M, (2, 3))", "np.broadcast_to(M, (5, 4))", "np.broadcast_arrays(M, V)", "np.flip(M, 3)",
    "np.fliplr(V)", "np.flipud(V[0])",
    "np.roll(M, 1, 2)", "np.roll(M, [[1]], 0)", "np.rot90(V)", "np.rot90(M, axes=(0, 0))",
    "np.rot90(M, axes=(0, 1, 1))", "np.repeat(M, [1, 2], axis=0)",
    "np.repeat(M, 2, axis=3)", "np.diag(T3)", "np.diagonal(V)", "np.trace(V)", "np.fill_diagonal(V, 1.0)",
    "np.concatenate([])", "np.concatenate([M, V])", "np.concatenate([M, M[:, :2]])", "np.concatenate([M, M], axis=2)",
    "np.concatenate([V[0], V[1]])",
    "np.stack([M, V])", "np.stack([M, M], axis=4)", "np.vstack([M, V])", "np.hstack([M, V])", "np.dstack([M, V])",
    "np.column_stack([M, V])",
    "np.block([[M], V])", "np.append(M, V, axis=0)", "np.delete(M, 7, axis=0)", "np.delete(M, 0, axis=3)",
    "np.insert(M, 9, 1.0, axis=0)",
    "np.split(M, 5, axis=1)", "np.array_split(M, 0)", "np.array_split(M, 2, axis=3)", "np.hsplit(V[0], 1)",
    "np.vsplit(V, 2)", "np.dsplit(M, 2)",
    "np.pad(M, -1)", "np.pad(M, 1, mode='nonsense')", "np.pad(M, 1, mode='edge', constant_values=3)",
    "np.pad(M[:0], 1, mode='edge')",
    "np.where(M > 0, M)", "np.where(M > 0, M, V)", "np.take(V, 9)", "np.take(V, 9, mode='nonsense')",
    "np.take(M, 0, axis=4)", "np.take_along_axis(M, np.array([0]), 0)",
    "np.take_along_axis(M, M, 0)", "np.compress([True], M, axis=5)", "np.choose([0, 3], [V[:2], V[:2]])",
    "np.select([M > 1], [M, M])", "np.select([], [])",
    "np.piecewise(V, [V > 1], [1.0, 2.0, 3.0])", "np.put(V, 9, 1.0)", "np.put_along_axis(M, np.array([0]), 1.0, 0)",
    "np.copyto(M, V)", "np.copyto(M, 1j)",
    "np.place(V, V > 1, [])", "np.sort(M, axis=3)", "np.sort(V[0])", "np.bincount(np.array([0, 1]), weights=V)",
    "np.histogram(V, bins=-1)", "np.clip(M, V, 1.0)",
    "np.interp(V, V, V[:3])", "np.interp(V, M, V)", "np.interp(V, V, V, period=0)", "np.interp(V, V[:0], V[:0])",
    "np.gradient(V[:1])", "np.gradient(M, 1.0, 1.0, 1.0)",
    "np.gradient(V, M[0])", "np.gradient(V, edge_order=3)", "np.convolve(V[:0], V)", "np.convolve(V, V, 'nonsense')",
    "np.convolve(M, V)", "np.correlate(V, M)",
    "np.apply_along_axis(np.sum, 4, M)", "np.cross(V, V)", "np.dot(M, V)", "np.dot(M, M)", "np.inner(M, V)",
    "np.vdot(M, V)", "np.tensordot(M, V, 1)", "np.matmul(M, V)", "np.matmul(M, V[0])",
    "np.linalg.norm(M, 'nonsense')", "np.linalg.norm(T3, 2)", "np.linalg.norm(M, axis=4)", "np.linalg.norm(V, 'fro')",
    "np.linalg.outer(M, M)", "np.linalg.cross(M, M)",
    "np.linalg.inv(M)", "np.linalg.inv(M[:3, :3] * 0)", "np.linalg.solve(M, M)", "np.linalg.det(V)",
    "np.linalg.cholesky(-M[:3, :3])", "np.linalg.matrix_power(M, 2)", "np.linalg.qr(V)",
    "np.polyint(V, -1)", "np.polyder(V, -1)", "np.poly(M)", "np.polyfit(V, V, -1)", "np.polyfit(M, V, 1)",
    "np.polyfit(V, V[:2], 1)", "np.vander(M)", "np.linspace(V[0], V[1], -1)", "np.geomspace(V[0], V[1])",
    "np.meshgrid(V, V, indexing='nonsense')", "np.average(M, weights=V)", "np.average(M, axis=0, weights=V)",
    "np.average(V, weights=V * 0)", "np.cov(T3)", "np.cov(M, fweights=V)", "np.resize(M, (-1, 2))",
    "np.lib.stride_tricks.sliding_window_view(V, 9)", "np.lib.stride_tricks.sliding_window_view(V, (2, 2))",
    "np.unstack(V[0])", "np.einsum('ij,jk', M, M)", "np.einsum('ij', V)", "np.fft.fft(M, axis=3)",
    "np.fft.fft(M, n=0)",
    "np.round(M, 'x')", "np.trapezoid(V, M[0])", "np.unwrap(M, axis=3)", "np.nanargmax(M * np.nan)",
    "np.ravel_multi_index((V.astype(np.int64),), (2,))", "np.ix_(M)",
    "np.take(V, None)",
    "np.ravel(M, order=7)", "np.ravel(M, order='nonsense')", "M.ravel(7)", "np.reshape(M, (4, 3), order='K')",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_errors_are_numpys(text):
    names = {"np": np, "M": M.copy(), "V": V.copy(), "T3": T3}
    with pytest.raises(Exception) as theirs, np.errstate(all="ignore"):
        eval(text, names)
    tensors = {name: wengert.tensor(x) if isinstance(x, np.ndarray) else x for name, x in names.items()}
    with pytest.raises(Exception) as ours, np.errstate(all="ignore"):
        eval(text, tensors)
    internal = isinstance(ours.value, (AttributeError, KeyError, AssertionError))
    assert not internal or type(ours.value) is type(theirs.value)
    related = issubclass(type(ours.value), type(theirs.value)) or issubclass(type(theirs.value), type(ours.value))
    assert related or isinstance(ours.value, RuntimeError), f"{theirs.value!r} there, {ours.value!r} here"
    assert str(ours.value)
    assert np.array_equal(tensors["M"].numpy(), M) and np.array_equal(tensors["V"].numpy(), V), "half written"


def test_what_asks_for_an_array_is_named():
    x = wengert.ones(3, requires_grad=True)
    y = np.ones(3)
    for call, said in (
        (lambda: y.dot(x), r"`y\.dot\(x\)` asks for an array.*np\.dot\(array, x\) does"),
        (lambda: np.array([x[0], 1.0]), r"`np\.array\(\[x\[0\], 1\.0\]\)` asks for an array.*like=x"),
        (lambda: np.sum([x, x]), r"numpy\.sum makes an array of a list of tensors.*np\.stack\(list\)"),
        (lambda: np.vectorize(abs)(x), r"numpy\.vectorize computes with arrays.*np\.stack\(\[f\(element\) for"),
        (lambda: np.lib.stride_tricks.as_strided(x, (2,), (4,)), r"stride_tricks\.as_strided computes.*x\.as_strided"),
        (lambda: list(np.ndenumerate(x)), r"numpy\.ndenumerate computes with arrays.*np\.ndindex"),
        (lambda: np.polynomial.Polynomial(x), r"numpy\.polynomial\.polynomial\.Polynomial computes with arrays"),
        (lambda: np.asarray_chkfinite(x), r"numpy\.asarray_chkfinite computes with arrays: its result would leave"),
        (lambda: np.c_[x, x], r"np\.c_ computes with arrays.*np\.column_stack is recorded"),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match=f"^Can't call numpy.. on Tensor that requires grad.*{said}"):
            call()
    with pytest.raises(RuntimeError, match=r"Use tensor.detach\(\).numpy\(\) instead.$"):
        x.numpy()
