"""LAPACK's routines on batches: every factorisation multiplies back to what it was made of."""

import numpy as np
import pytest

from wengert.kernels import lapack, lapack_calls

TYPES = (np.float32, np.float64, np.complex64, np.complex128)


def drawn(dtype, *shape, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.standard_normal(shape)
    return x.astype(dtype)


def adjoint(x):
    return x.conj().mT


def close(found, expected):
    limit = 500 * np.finfo(found.dtype).eps
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), rtol=limit, atol=limit)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("batch", [(), (3,), (2, 3), (0,)])
def test_systems(dtype, batch):
    a, b = drawn(dtype, *batch, 4, 4) + 4 * np.eye(4, dtype=dtype), drawn(dtype, *batch, 4, 2, seed=1)
    inverse, info = lapack.inverse(a)
    assert info.shape == batch and not info.any() and inverse.dtype == dtype
    close(inverse @ a, np.eye(4, dtype=dtype))
    packed, pivots, info = lapack.lu(a)
    assert pivots.shape == (*batch, 4) and info.shape == batch
    close(a @ lapack.lu_solve(packed, pivots, b), b)
    close(adjoint(a) @ lapack.lu_solve(packed, pivots, b, True), b)
    # The same right sides for all matrices.
    one = drawn(dtype, 4, 2, seed=2)
    close(a @ lapack.lu_solve(packed, pivots, one), one)
    for upper in (False, True):
        triangle = np.triu(a) if upper else np.tril(a)
        close(triangle @ lapack.triangular_solve(a, b, upper), b)
        close(triangle @ lapack.triangular_solve(a.mT.copy().mT, b, upper), b)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("batch", [(), (3,), (0,)])
def test_symmetric_matrices(dtype, batch):
    a, b = drawn(dtype, *batch, 4, 4), drawn(dtype, *batch, 4, 2, seed=1)
    positive = a @ adjoint(a) + np.eye(4, dtype=dtype)
    for upper in (False, True):
        factor, info = lapack.cholesky(positive, upper)
        assert not info.any() and (np.tril(factor, -1) if upper else np.triu(factor, 1)).sum() == 0
        close(adjoint(factor) @ factor if upper else factor @ adjoint(factor), positive)
    values, vectors, _ = lapack.eigh(positive)
    close(vectors * values[..., None, :] @ adjoint(vectors), positive)
    close(lapack.eigh(positive, vectors=False)[0], values)
    for hermitian in (True, False):
        mixed = a + (adjoint(a) if hermitian else a.mT)
        packed, pivots, info = lapack.ldl(mixed, hermitian)
        close(mixed @ lapack.ldl_solve(packed, pivots, b, hermitian), b)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (2, 3, 5), (0, 3), (3, 0), (0, 4, 3)])
def test_orthogonal_factors(dtype, shape):
    a = drawn(dtype, *shape)
    m, n = shape[-2:]
    for whole in (False, True):
        q, r = lapack.qr(a, whole)
        close(q @ r, a)
        close(adjoint(q) @ q, np.eye(q.shape[-1], dtype=dtype))
        u, s, vh, info = lapack.svd(a, whole)
        k = min(m, n)
        assert s.dtype == lapack.real_type(np.dtype(dtype)) and not info.any()
        close(u[..., :, :k] * s[..., None, :] @ vh[..., :k, :], a)
        close(adjoint(u) @ u, np.eye(u.shape[-1], dtype=dtype))
        close(vh @ adjoint(vh), np.eye(vh.shape[-2], dtype=dtype))
    packed, tau = lapack.householder(a)
    if m >= n:
        product = lapack.householder_product(packed, tau)
        square = lapack.householder_multiply(packed, tau, np.broadcast_to(np.eye(m, dtype=dtype), (*shape[:-2], m, m)),
                                             True, False)  # fmt: skip
        close(square[..., :, :n], product)
        again = lapack.householder_multiply(packed, tau, square, False, True)
        close(again, np.eye(m, dtype=dtype))


@pytest.mark.parametrize("dtype", TYPES)
def test_general_eigenvalues(dtype):
    a = drawn(dtype, 2, 4, 4)
    values, vectors, info = lapack.eig(a)
    assert values.dtype == vectors.dtype == np.result_type(dtype, np.complex64) and not info.any()
    close(a @ vectors, vectors * values[..., None, :])
    a[1, 0, 0] = np.nan
    assert np.isfinite(lapack.eig(a)[0][0]).all() and np.isnan(lapack.eig(a)[0][1]).all()


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("driver", ["gels", "gelsy", "gelsd", "gelss"])
@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 5), (40, 35)])
def test_least_squares(dtype, driver, shape):
    a, b = drawn(dtype, *shape), drawn(dtype, *shape[:-1], 2, seed=1)
    found, _, rank, values, info = lapack.least_squares(a, b, driver, 1e-5)
    assert not info.any() and (rank is None or (rank == min(shape[-2:])).all())
    assert (values is None) == (driver in ("gels", "gelsy"))
    close(adjoint(a) @ (a @ found - b) / max(shape), np.zeros((shape[-1], 2), dtype))


def test_failures_are_told_for_each_matrix():
    eye = np.eye(3)
    _, info = lapack.inverse(np.stack([eye, 0 * eye, np.diag([1.0, 0.0, 1.0])]))
    assert info.tolist() == [0, 1, 2]
    _, info = lapack.cholesky(np.stack([eye, -eye, np.diag([1.0, np.nan, 1.0])]))
    assert info.tolist() == [0, 1, 2]
    _, s, _, info = lapack.svd(np.stack([eye, eye * np.nan]))
    assert info.tolist()[0] == 0 != info.tolist()[1] and np.isnan(s[1]).all() and (s[0] == 1).all()


def test_what_a_call_takes():
    with pytest.raises(ImportError, match="no LAPACK routine dnothing"):
        lapack_calls.routine("dnothing")
    address = lapack_calls.routine("dpotrf")
    with pytest.raises(ValueError, match="C-contiguous memory that may be written"):
        lapack_calls.call(address, 1, "L", 2, np.eye(2)[:, ::-1], 2, np.zeros(1, np.intc))
    with pytest.raises(ValueError, match="more arguments than any has"):
        lapack_calls.call(address, 1, *range(25))
