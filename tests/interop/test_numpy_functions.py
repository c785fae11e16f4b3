"""Every NumPy function that takes tensors: NumPy's value, a gradient that finite differences confirm, mixed operands.

A row is (the call as text, the arrays that it names a, b, c). The call is evaluated with arrays, with tensors, and with
each of the operands a tensor beside arrays.
"""

import numpy as np
import pytest

import wengert

from .finite_differences import check_gradient, flattened, on_arrays

rng = np.random.default_rng(0)


def real(*shape):
    """Numbers of both signs that lie apart, no two equal."""
    count = int(np.prod(shape))
    return ((rng.permutation(count) + 0.5) / max(count, 1) * 4 - 2 + 0.013).reshape(shape)


def positive(*shape):
    return np.abs(real(*shape)) + 0.3


def whole(*shape, high=5):
    return rng.integers(0, high, shape)


M, N, V, W, T3 = real(3, 4), real(3, 4), real(6), real(4), real(2, 3, 4)
SQUARE = real(3, 3) + 3 * np.eye(3)
DEFINITE = SQUARE @ SQUARE.T + np.eye(3)
MASK = rng.random((3, 4)) < 0.6
HOLES = np.where(rng.random((3, 5)) < 0.3, np.nan, real(3, 5))
HOLES[:, 0] = [1.0, -1.0, 0.5]

DIFFERENTIABLE = [
    # reductions
    ("np.sum(a)", M), ("np.sum(a, axis=0)", M), ("np.sum(a, (0, 2), keepdims=True)", T3),
    ("np.sum(a, 1, where=b)", M, MASK),
    ("np.sum(a, axis=-1, initial=2.0)", M), ("np.sum(a, 0, np.float32)", M), ("np.sum(a, axis=())", M),
    ("np.prod(a)", W), ("np.prod(a, axis=1)", M), ("np.prod(a, axis=(0, 1))", T3),
    ("np.prod(a, 0, initial=3.0, where=b)", M, MASK),
    ("np.mean(a)", M), ("np.mean(a, axis=(0, 1))", T3), ("np.mean(a, 1, keepdims=True)", M),
    ("np.mean(a, 0, where=b)", M, MASK),
    ("np.average(a)", M), ("np.average(a, axis=1, weights=b)", M, positive(4)),
    ("np.average(a, weights=b)", M, positive(3, 4)),
    ("np.average(a, 0, b, returned=True)", M, positive(3)),
    ("np.average(a, weights=b, axis=(0, 2))", T3, positive(2, 4)),
    ("np.var(a)", M), ("np.var(a, axis=1, ddof=1)", M), ("np.var(a, 0, keepdims=True)", M),
    ("np.var(a, 1, where=b)", M, MASK),
    ("np.std(a)", M), ("np.std(a, axis=0, ddof=1)", M), ("np.std(a, (0, 2))", T3), ("np.var(a, correction=1)", M),
    ("np.max(a)", M), ("np.max(a, axis=0)", M), ("np.max(a, 1, keepdims=True)", M),
    ("np.max(a, 0, initial=0.0, where=b)", M, MASK),
    ("np.amax(a, axis=(0, 1))", T3), ("np.min(a, axis=-1)", M), ("np.amin(a)", M), ("np.ptp(a)", M),
    ("np.ptp(a, axis=1)", M),
    ("np.min(a, 1, initial=0.1)", M),
    ("np.nansum(a)", HOLES), ("np.nansum(a, axis=1)", HOLES), ("np.nanprod(a, axis=0)", HOLES),
    ("np.nanmean(a, axis=1)", HOLES),
    ("np.nanmean(a)", HOLES), ("np.nanvar(a, axis=1)", HOLES), ("np.nanstd(a)", HOLES), ("np.nanmax(a, axis=1)", HOLES),
    ("np.nanmin(a)", HOLES), ("np.nanmedian(a, axis=1)", HOLES), ("np.nanmedian(a)", HOLES),
    ("np.nanquantile(a, 0.3, axis=1)", HOLES),
    ("np.nanpercentile(a, [20, 70])", HOLES), ("np.nancumsum(a, axis=1)", HOLES), ("np.nancumprod(a)", HOLES),
    ("np.median(a)", M), ("np.median(a, axis=0)", M), ("np.median(a, axis=1, keepdims=True)", M),
    ("np.median(a, (0, 2))", T3),
    ("np.quantile(a, 0.3)", M), ("np.quantile(a, [0.1, 0.5, 1.0], axis=1)", M),
    ("np.percentile(a, 35, axis=0, keepdims=True)", M),
    *[(f"np.quantile(a, [0.05, 0.4, 0.77], method='{m}')", V) for m in (
        "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
        "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest")],
    ("np.trapezoid(a)", V), ("np.trapezoid(a, dx=0.1, axis=0)", M), ("np.trapezoid(a, b)", M, np.sort(real(4))),
    ("np.trapezoid(a, x=b, axis=0)", M, real(3, 4)), ("np.trace(a)", M), ("np.trace(a, 1, 0, 2)", T3),
    ("np.trace(a, offset=-1)", M),
    ("np.cov(a)", M), ("np.cov(a, b)", V, real(6)), ("np.cov(a, rowvar=False, bias=True)", M), ("np.cov(a, ddof=0)", V),
    ("np.cov(a, fweights=[1, 2, 1, 3], aweights=b)", M, positive(4)), ("np.corrcoef(a)", M),
    ("np.corrcoef(a, b)", V, real(6)),
    # running
    ("np.cumsum(a)", M), ("np.cumsum(a, axis=1)", M), ("np.cumprod(a, 0)", M),
    ("np.cumulative_sum(a, axis=1, include_initial=True)", M),
    ("np.cumulative_prod(a)", W), ("np.diff(a)", M), ("np.diff(a, 2, axis=0)", M),
    ("np.diff(a, prepend=0.0, append=b)", M, real(3, 2)),
    ("np.ediff1d(a, to_begin=[9.0], to_end=b)", M, W), ("np.unwrap(a * 5)", V), ("np.unwrap(a * 5, axis=0)", M),
    ("np.unwrap(a * 5, period=3.0)", V),
    # arranging
    ("np.reshape(a, (4, 3))", M), ("np.reshape(a, -1)", M), ("np.reshape(a, (2, -1), order='F')", M),
    ("np.ravel(a)", M), ("np.ravel(a, 'F')", M),
    ("np.resize(a, (5, 3))", M), ("np.resize(a, 3)", M), ("np.transpose(a)", T3), ("np.transpose(a, (1, 2, 0))", T3),
    ("np.permute_dims(a, (1, 0))", M),
    ("np.matrix_transpose(a)", T3), ("np.swapaxes(a, 0, -1)", T3), ("np.moveaxis(a, [0, 1], [-1, 0])", T3),
    ("np.moveaxis(a, 0, 2)", T3),
    ("np.rollaxis(a, 2)", T3), ("np.rollaxis(a, 0, 3)", T3), ("np.expand_dims(a, (0, -1))", M),
    ("np.expand_dims(a, 1)", M), ("np.squeeze(a[:1])", M),
    ("np.squeeze(a[:, :1], axis=1)", M), ("np.atleast_1d(a)", real()), ("np.atleast_2d(a, b)", V, real()),
    ("np.atleast_3d(a)", M),
    ("np.broadcast_to(a, (2, 3, 4))", M), ("np.broadcast_arrays(a, b)", M, W), ("np.flip(a)", M),
    ("np.flip(a, (0,))", M), ("np.fliplr(a)", M),
    ("np.flipud(a)", M), ("np.roll(a, 2)", M), ("np.roll(a, -1, axis=1)", M), ("np.roll(a, (1, 2), (0, 1))", M),
    ("np.roll(a, 1, (0, 1))", M),
    ("np.rot90(a)", M), ("np.rot90(a, 2)", M), ("np.rot90(a, -1, (1, 2))", T3), ("np.tile(a, 2)", M),
    ("np.tile(a, (2, 1, 3))", M),
    ("np.repeat(a, 3)", M), ("np.repeat(a, [1, 2, 0], axis=0)", M), ("np.trim_zeros(np.append([0.0, 0.0], a))", V),
    ("np.diagonal(a)", M), ("np.diagonal(a, 1, 1, 2)", T3), ("np.linalg.diagonal(a, offset=1)", T3),
    ("np.diag(a)", M), ("np.diag(a, -1)", W),
    ("np.diagflat(a, 1)", M), ("np.tril(a)", M), ("np.triu(a, 1)", T3), ("np.tril(a)", W),
    ("np.lib.stride_tricks.sliding_window_view(a, 3)", V),
    ("np.lib.stride_tricks.sliding_window_view(a, (2, 2))", M), ("np.linalg.trace(a, offset=1)", T3),
    ("np.linalg.matrix_transpose(a)", M),
    # joining
    ("np.concatenate([a, b])", M, N), ("np.concatenate((a, b), axis=1)", M, real(3, 2)),
    ("np.concatenate([a, b], axis=None)", M, W),
    ("np.concatenate([a, b], dtype=np.float32)", V, W), ("np.concat([a, b])", V, W), ("np.stack([a, b])", M, N),
    ("np.stack((a, b), axis=-1)", M, N),
    ("np.vstack([a, b])", M, W), ("np.hstack([a, b])", M, N), ("np.hstack([a, b])", V, W), ("np.dstack([a, b])", M, N),
    ("np.column_stack([a, b])", real(3), M),
    ("np.block([[a, b], [np.zeros((1, 4)), np.ones((1, 2))]])", M, real(3, 2)), ("np.block([a, b, 1.0])", V, W),
    ("np.append(a, b)", M, W), ("np.append(a, b, axis=0)", M, N), ("np.insert(a, 1, b)", V, real()),
    ("np.insert(a, [1, 3], b, axis=1)", M, real(3, 2)),
    ("np.insert(a, 2, b, axis=1)", M, real(3)), ("np.insert(a, 1, b, axis=0)", M, W),
    ("np.insert(a, [0, 2, 2], 5.0)", V), ("np.insert(a, -1, b)", V, real(2)),
    ("np.delete(a, 1, axis=0)", M), ("np.delete(a, [0, 2], 1)", M), ("np.delete(a, slice(None, None, 2))", V),
    ("np.array_split(a, 4)", V),
    ("np.array_split(a, [1, 3], axis=1)", M), ("np.split(a, 2, axis=1)", M), ("np.hsplit(a, 2)", M),
    ("np.vsplit(a, [1])", M), ("np.dsplit(a, 2)", T3),
    ("np.unstack(a, axis=1)", M),
    ("np.pad(a, 2)", V), ("np.pad(a, ((1, 2), (0, 1)), constant_values=3.0)", M),
    ("np.pad(a, 1, constant_values=(b[0], b[1]))", V, real(2)),
    ("np.pad(a, (2, 3), mode='edge')", V), ("np.pad(a, ((4, 9), (0, 3)), mode='reflect')", M),
    ("np.pad(a, (8, 9), mode='symmetric')", V),
    ("np.pad(a, (7, 8), mode='reflect', reflect_type='odd')", W),
    ("np.pad(a, (9, 10), mode='symmetric', reflect_type='odd')", W),
    ("np.pad(a, (5, 13), mode='wrap')", V), ("np.pad(a, ((1, 1), (2, 3)), mode='linear_ramp', end_values=5.0)", M),
    ("np.pad(a, 2, mode='mean')", M),
    ("np.pad(a, 2, mode='maximum', stat_length=2)", V), ("np.pad(a, 1, mode='minimum')", M),
    ("np.pad(a, 1, mode='median')", V), ("np.pad(a, {0: (1, 2)})", M),
    # choosing
    ("np.where(c, a, b)", M, N, MASK), ("np.where(a > 0, a, 0)", M), ("np.where(a > 0, [1.0, 2.0, 3.0, 4.0], a)", M),
    ("np.take(a, [0, -1, 5])", V),
    ("np.take(a, [[0, 1], [2, 0]], axis=1)", M), ("np.take(a, 1, axis=0)", M),
    ("np.take(a, [7, -9], mode='wrap')", V), ("np.take(a, [7, -9], mode='clip')", V),
    ("np.take_along_axis(a, np.argsort(a, axis=1), axis=1)", M),
    ("np.take_along_axis(a, np.array([5, 0]), axis=None)", M), ("np.compress([True, False, True], a, axis=0)", M),
    ("np.extract(a > 0, a)", M), ("np.choose(np.array([[0, 1, 0, 1]] * 3), (a, b))", M, N),
    ("np.select([a > 1, a < -1], [a, b], 0.5)", M, N),
    ("np.piecewise(a, [a < -1, a > 1], [lambda x: x**2, lambda x: np.sqrt(x), 3.0])", M),
    # sorting, sets
    ("np.sort(a)", M), ("np.sort(a, axis=0)", M), ("np.sort(a, axis=None)", M), ("np.partition(a, 2)[2]", V),
    ("np.unique(a)", M), ("np.unique(a, axis=0)", M),
    ("np.union1d(a, b)", V, W), ("np.setdiff1d(a, b)", V, W), ("np.setxor1d(a, b)", V, W),
    ("np.bincount(np.array([0, 2, 2, 1, 0, 5]), weights=a)", V), ("np.histogram(b, bins=3, weights=a)", V, real(6)),
    ("np.histogram(b, bins=[-1.0, 0.0, 1.5], weights=a, density=True)", positive(6), real(6)),
    ("np.histogram(a, bins=b, density=True)", V, np.array([-9.0, 0.05, 9.0])), ("np.histogram(a, 3, density=True)", V),
    ("np.histogram_bin_edges(a, 4)", V), ("np.histogram_bin_edges(a, 'auto')", M),
    ("np.histogram_bin_edges(a, b)", V, np.array([-9.0, 0.05, 9.0])), ("np.histogram2d(a, b, 3)", V, real(6)),
    ("np.histogram2d(a, b, [2, 3], density=True)", V, real(6)), ("np.histogramdd(a, 2, density=True)", real(6, 2)),
    # elementwise
    ("np.clip(a, -0.5, 1.0)", M), ("np.clip(a, b, 1.0)", M, real(3, 4) - 1.1),
    ("np.clip(a, None, b)", M, real(4) + 0.1), ("np.clip(a, min=0.2)", M), ("np.nan_to_num(a)", M),
    ("np.round(a, 1) + a", M), ("np.around(a) * a", M), ("np.fix(a) * a", M), ("np.sinc(a)", M), ("np.real(a)", M),
    ("np.imag(a + 0j)", M), ("np.angle(a + 1j)", M),
    ("np.angle(a + 1j, deg=True)", M), ("np.lib.scimath.sqrt(a)", M), ("np.lib.scimath.log(a)", M),
    ("np.lib.scimath.logn(2, a)", positive(4)), ("np.emath.arccos(a)", M / 3),
    ("np.emath.power(a, 2.0)", M), ("np.real_if_close(a + 0j)", M),
    # creation
    ("np.full_like(a, b[1])", M, W), ("np.copy(a)", M), ("np.astype(a, np.float64)", M),
    ("np.array([a[0], 2.0, a[1]], like=a) if is_tensor(a) else np.array([a[0], 2.0, a[1]])", V),
    ("np.linspace(a, b, 5)", W, real(4)), ("np.linspace(a, 3.0, 4, endpoint=False, axis=1)", W),
    ("np.linspace(a[0], b[1], 3, retstep=True)", V, W),
    ("np.logspace(a, b, 4)", real(2), real(2)), ("np.geomspace(a, b, 4)", positive(2), positive(2)),
    ("np.meshgrid(a, b)", V, W), ("np.meshgrid(a, b, indexing='ij', sparse=True)", V, W),
    ("np.vander(a)", W), ("np.vander(a, 3, increasing=True)", W), ("np.zeros_like(a) + a", M),
    ("np.ones_like(a, shape=(2,)) * a[:2]", V),
    # calculus
    ("np.interp(a, b, c)", np.array([-1.3, 0.1, 0.77, 5.0, -7.0]), np.array([-2.0, -1.0, 0.5, 3.0]), W),
    ("np.interp(a, b, c, left=-1.0, right=9.0)", np.array([-5.0, 0.1, 7.0]), np.array([-2.0, -1.0, 0.5, 3.0]), W),
    ("np.interp(a, b, c, period=4.0)", np.array([-5.1, 0.1, 7.3]), np.array([0.3, 1.1, 2.5, 3.6]), W),
    ("np.gradient(a)", V), ("np.gradient(a)", M), ("np.gradient(a, 0.5, axis=1, edge_order=2)", M),
    ("np.gradient(a, b)", V, np.sort(real(6))), ("np.gradient(a, b, edge_order=2)", V, np.sort(real(6))),
    ("np.gradient(a, 2.0, b, edge_order=2)", M, np.sort(real(4))),
    *[(f"np.convolve(a, b, '{m}')", V, W) for m in ("full", "same", "valid")],
    *[(f"np.convolve(b, a, '{m}')", V, W) for m in ("full", "same", "valid")],
    *[(f"np.correlate(a, b, '{m}')", V, W) for m in ("full", "same", "valid")],
    *[(f"np.correlate(b, a, '{m}')", V, W) for m in ("full", "same", "valid")],
    *[(f"np.correlate(a, b, '{m}')", V, real(3)) for m in ("full", "same", "valid")],
    *[(f"np.convolve(a, b, '{m}')", V, real(5)) for m in ("full", "same", "valid")],
    ("np.apply_along_axis(lambda v: v * v.sum(), 0, a)", M),
    ("np.apply_along_axis(lambda v: (v**2).sum(), 1, T3 * a)", real()), ("np.apply_along_axis(np.diag, 1, a)", M),
    ("np.apply_over_axes(np.sum, a, (0, 2))", T3), ("np.i0(a)", M), ("np.cross(a, b)", real(4, 3), real(3)),
    ("np.cross(a, b, axis=0)", real(3, 2), real(3, 2)),
    # products
    ("np.dot(a, b)", M, W), ("np.dot(a, b)", V, real(6)), ("np.dot(a, b)", M, real(4, 2)), ("np.dot(a, 2.0)", M),
    ("np.dot(a, b)", T3, real(2, 4, 3)), ("np.inner(a, b)", M, W), ("np.inner(a, b)", M, N),
    ("np.vdot(a, b)", M, N), ("np.outer(a, b)", V, W), ("np.kron(a, b)", M, real(2, 2)), ("np.kron(a, b)", W, M),
    ("np.tensordot(a, b, 1)", T3, real(4, 5)),
    ("np.tensordot(a, b, axes=([1, 2], [0, 1]))", T3, real(3, 4)), ("np.tensordot(a, b, axes=0)", V, W),
    ("np.matmul(a, b)", M, real(4, 2)), ("np.linalg.outer(a, b)", V, W), ("np.linalg.matmul(a, b)", M, real(4, 2)),
    ("np.linalg.vecdot(a, b)", M, N), ("np.linalg.cross(a, b)", real(4, 3), real(4, 3)),
    ("np.linalg.tensordot(a, b, axes=1)", M, W), ("np.vecdot(a, b, axis=0)", M, N), ("np.matvec(a, b)", T3, W),
    ("np.vecmat(b, a)", M, real(3)),
    ("np.linalg.norm(a)", M), ("np.linalg.norm(a, axis=1)", M), ("np.linalg.norm(a, 1)", M),
    ("np.linalg.norm(a, np.inf)", M), ("np.linalg.norm(a, -1, axis=(0, 2))", T3), ("np.linalg.norm(a, 3)", V),
    ("np.linalg.norm(a, -np.inf, keepdims=True)", M), ("np.linalg.vector_norm(a)", T3),
    ("np.linalg.vector_norm(a, axis=(0, 1), ord=1, keepdims=True)", T3), ("np.linalg.matrix_norm(a, ord=1)", T3),
    # polynomials
    ("np.polyval(a, b)", W, V), ("np.polyadd(a, b)", V, W), ("np.polysub(a, b)", W, V), ("np.polymul(a, b)", V, W),
    ("np.polydiv(a, b)", V, W), ("np.polyder(a, 2)", V), ("np.polyint(a)", V),
    ("np.polyint(a, 2, k=b)", V, real(2)), ("np.poly(a)", W),
]  # fmt: skip

LINEAR_ALGEBRA = [
    ("np.einsum('ij,j->i', a, b)", M, W), ("np.einsum('ijk,kl->il', a, b)", T3, real(4, 2)),
    ("np.einsum('ii', a)", SQUARE), ("np.einsum(a, [0, 1], b, [1], [0])", M, W),
    ("np.linalg.inv(a)", SQUARE), ("np.linalg.det(a)", SQUARE), ("np.linalg.slogdet(a)", SQUARE),
    ("np.linalg.solve(a, b)", SQUARE, real(3)), ("np.linalg.solve(a, b)", SQUARE, real(3, 2)),
    ("np.linalg.cholesky(a @ a.T)", SQUARE), ("np.linalg.qr(a)", real(4, 3)), ("np.linalg.qr(a, 'r')", real(4, 3)),
    ("np.linalg.svd(a)[1]", M), ("np.linalg.svd(a, compute_uv=False)", M), ("np.linalg.svdvals(a)", M),
    ("np.linalg.eigvalsh(a + a.T)", SQUARE), ("np.linalg.eigh(a + a.T)[0]", SQUARE), ("np.linalg.pinv(a)", M),
    ("np.linalg.matrix_power(a, 3)", SQUARE), ("np.linalg.matrix_power(a, -2)", SQUARE),
    ("np.linalg.multi_dot([a, b, a])", M, real(4, 3)), ("np.linalg.norm(a, 2)", M), ("np.linalg.norm(a, 'nuc')", M),
    ("np.linalg.cond(a)", SQUARE), ("np.linalg.cond(a, 1)", SQUARE),
    ("np.linalg.lstsq(a, b)[0]", real(5, 3), real(5)), ("np.linalg.lstsq(a, b)[1]", real(5, 3), real(5, 2)),
    ("np.linalg.tensorinv(a.reshape(3, 3), 1)", SQUARE), ("np.linalg.tensorsolve(a, b)", SQUARE, real(3)),
    ("np.polyfit(a, b, 2)", V, real(6)), ("np.polyfit(a, b, 1, w=c)", V, real(6), positive(6)),
    ("np.abs(np.sort(np.roots(a)))", np.array([1.0, -3.5, 0.5, 0.7])),
]  # fmt: skip

FOURIER = [
    ("np.fft.fft(a)", V), ("np.fft.ifft(a, 8)", M), ("np.fft.rfft(a, axis=0)", M),
    ("np.fft.irfft(a + 0j, n=6, norm='ortho')", W), ("np.fft.fft2(a)", T3), ("np.fft.ifft2(a, s=(2, 2))", M),
    ("np.fft.rfftn(a)", T3),
    ("np.fft.irfftn(np.fft.rfftn(a))", T3), ("np.fft.fftn(a, axes=(0,))", M), ("np.fft.hfft(a + 0j)", W),
    ("np.fft.ihfft(a)", V), ("np.fft.fftshift(a)", V), ("np.fft.ifftshift(a, axes=(1,))", M),
    ("np.fft.irfft(np.fft.rfft(a, 8, -1, 'forward'), 8)", M),
]  # fmt: skip

VALUES_ONLY = [
    ("np.setdiff1d(a, b)", V, V[:2]), ("np.setxor1d(a, b)", V, np.append(V[:2], W)),
    ("np.intersect1d(a, b)", V, V[1:4]),
    ("np.all(a > 0)", M), ("np.any(a > 1, axis=1)", M), ("np.all(a, axis=0, keepdims=True)", whole(3, 4)),
    ("np.any(a, where=b)", M, MASK), ("np.count_nonzero(a)", whole(3, 4)),
    ("np.count_nonzero(a, axis=1, keepdims=True)", whole(3, 4)),
    ("np.argmax(a)", M), ("np.argmin(a, axis=1)", M), ("np.argmax(a, 0, keepdims=True)", M),
    ("np.nanargmax(a, axis=1)", HOLES), ("np.nanargmin(a)", HOLES), ("np.nonzero(a > 0)", M), ("np.where(a > 0)", M),
    ("np.argwhere(a > 0)", M),
    ("np.flatnonzero(a > 0)", M), ("np.argsort(a)", M), ("np.argsort(a, axis=0)", M),
    ("np.searchsorted(np.sort(a), b)", V, W), ("np.take(a, [1.0, 0.5])", V), ("np.digitize(a, b)", V, np.sort(W)),
    ("np.lexsort((a, b))", V, real(6)), ("np.shape(a)", M), ("np.ndim(a)", M),
    ("np.size(a)", M), ("np.size(a, 1)", M), ("np.iscomplexobj(a)", M), ("np.isrealobj(a)", M), ("np.isreal(a)", M),
    ("np.iscomplex(a + 1j)", M), ("np.isneginf(a)", np.array([1.0, -np.inf])),
    ("np.isposinf(a)", np.array([np.inf, 1.0])),
    ("np.isclose(a, b)", M, M + 1e-9), ("np.allclose(a, b)", M, N), ("np.array_equal(a, b)", M, M.copy()),
    ("np.array_equiv(a, b)", M, N), ("np.result_type(a, np.float32)", M), ("np.can_cast(a, np.float32)", M),
    ("np.isin(a, b)", V, V[:3]),
    ("np.unique(a, return_index=True, return_inverse=True, return_counts=True)", whole(8)),
    ("np.unique_all(a)", whole(8)), ("np.unique_counts(a)", whole(8)), ("np.unique_inverse(a)", whole(8)),
    ("np.sort(np.unique_values(a))", whole(8)), ("np.intersect1d(a, b, return_indices=True)", V, V[1:4]),
    ("np.bincount(a)", whole(9)), ("np.bincount(a, minlength=9)", whole(9)), ("np.histogram(a)", V),
    ("np.histogram(a, [0.0, 0.5, 1.0])", M), ("np.histogramdd(a, 2)", real(6, 2)),
    ("np.ravel_multi_index((a, b), (5, 5))", whole(4), whole(4)), ("np.unravel_index(a, (2, 3))", whole(4)),
    ("np.diag_indices_from(a)", SQUARE), ("np.tril_indices_from(a)", SQUARE), ("np.triu_indices_from(a, 1)", SQUARE),
    ("np.ix_(a, b)", whole(3), whole(2)), ("np.packbits(a > 0)", M), ("np.argpartition(a, 2)[2]", V),
    ("np.array_repr(a)", M), ("np.array_str(a)", M), ("np.array2string(a, precision=2)", M),
    ("np.shares_memory(a, b)", M, N), ("np.sort_complex(a + 0j)", V),
    ("np.empty_like(a).shape", M), ("np.zeros_like(a, dtype=np.int64)", M), ("np.zeros_like(a, shape=(2, 5))", M),
    ("np.min_scalar_type(a)", M), ("np.common_type(a, b)", M, N), ("np.linalg.matrix_rank(a)", M),
    ("np.sum(a)", MASK), ("np.sum(a, axis=0)", whole(3, 4)), ("np.cumsum(a)", MASK),
]  # fmt: skip


def called(text, operands):
    names = dict(zip("abc", operands, strict=False))
    return eval(text, {"np": np, "T3": T3, "is_tensor": lambda x: isinstance(x, wengert.Tensor), **names})


def values(result):
    if isinstance(result, (list, tuple)):
        return [values(x) for x in result]
    return result.detach().numpy() if isinstance(result, wengert.Tensor) else result


def compare(found, wanted, text):
    if isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted), text
        for f, w in zip(found, wanted, strict=True):
            compare(f, w, text)
    elif isinstance(wanted, (str, np.dtype, type)):
        assert found == wanted
    else:
        assert np.shape(found) == np.shape(wanted), text
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11, err_msg=text)
        assert np.asarray(found).dtype.kind == np.asarray(wanted).dtype.kind, text


def identify(row):
    return row[0]


def no_longer_arrays(result):
    """Whether no array is left where a tensor is due."""
    if isinstance(result, (list, tuple)):
        return all([no_longer_arrays(x) for x in result])
    return not isinstance(result, np.ndarray)


def as_operand(x):
    return wengert.tensor(x) if isinstance(x, np.ndarray) else x


@pytest.mark.parametrize("row", DIFFERENTIABLE + LINEAR_ALGEBRA + FOURIER + VALUES_ONLY, ids=identify)
def test_values_are_numpys(row):
    text, *operands = row
    wanted = on_arrays(lambda: called(text, operands))
    found = called(text, [as_operand(x) for x in operands])
    assert no_longer_arrays(found), "an array came back"
    compare(values(found), wanted, text)


# NumPy asks only some arguments what they are; a tensor in another place is refused, not taken out of its graph.
NOT_ASKED = {("np.pad(a, 1, constant_values=(b[0], b[1]))", 1), ("np.full_like(a, b[1])", 1),
             ("np.polyint(a, 2, k=b)", 1)}  # fmt: skip


@pytest.mark.parametrize("row", [r for r in DIFFERENTIABLE + LINEAR_ALGEBRA + FOURIER if len(r) > 2], ids=identify)
def test_arrays_on_either_side(row):
    text, *operands = row
    wanted = on_arrays(lambda: called(text, operands))
    for place in range(len(operands)):
        if operands[place].dtype.kind == "f":
            mixed = [wengert.tensor(x) if k == place else x for k, x in enumerate(operands)]
            compare(values(called(text, mixed)), wanted, text)


# The places where an operand decides by value only, or the gradient is that of one of NumPy's own arrays.
WITHOUT_DERIVATIVE = {("np.setdiff1d(a, b)", 1), ("np.full_like(a, b[1])", 0),
                      ("np.histogram(a, bins=b, density=True)", 0), ("np.histogram_bin_edges(a, b)", 0),
                      ("np.histogram(b, bins=[-1.0, 0.0, 1.5], weights=a, density=True)", 1)}  # fmt: skip


@pytest.mark.parametrize("row", DIFFERENTIABLE + LINEAR_ALGEBRA + FOURIER, ids=identify)
def test_gradients_are_difference_quotients(row):
    text, *operands = row
    if not flattened(on_arrays(lambda: called(text, operands))):
        pytest.skip("nothing floating")
    float32 = "float32" in text
    for place, operand in enumerate(operands):
        if (text, place) in NOT_ASKED:
            x = wengert.tensor(operand, requires_grad=True)
            with pytest.raises((RuntimeError, TypeError), match="requires grad|only|Tensor"):
                called(text, [x if k == place else a for k, a in enumerate(operands)])
        elif operand.dtype.kind == "f" and (text, place) not in WITHOUT_DERIVATIVE:
            check_gradient(
                lambda *xs: called(text, xs), operands, place,
                **({"rtol": 1e-3, "atol": 0.5} if float32 else {}),
            )  # fmt: skip


@pytest.mark.parametrize("text", [
    "x @ I", "I @ x", "x[0] @ i", "i @ x[0]", "x @ i", "f @ x", "x @ (I > 2)", "np.matmul(I, x)", "np.matmul(x, f)",
    "np.einsum('ij,jk', I, x)", "np.einsum('ij,jk,k', f, x, i)", "np.linalg.multi_dot([I, x, f])", "np.dot(I, x)",
    "np.inner(x, i)", "np.tensordot(f, x, 1)", "np.linalg.solve(I, x)",
])  # fmt: skip
def test_products_with_arrays_of_other_types_are_promoted(text):
    names = {"np": np, "I": np.array([[1, 2], [3, 5]]), "i": np.array([2, 3]), "f": np.ones((2, 2), np.float32)}
    check_gradient(lambda x: eval(text, {"x": x, **names}), [np.array([[0.3, 1.2], [-0.7, 0.4]])])


def test_tensors_of_other_types_are_promoted_by_numpys_functions_alone():
    x, n = wengert.ones(2, 2, dtype=wengert.float64), wengert.ones(2, 2, dtype=wengert.int64)
    assert np.matmul(x, n).dtype is wengert.float64
    with pytest.raises(RuntimeError, match="expected m1 and m2 to have the same dtype"):
        x @ n
