"""Triangular factors of matrices: LU, Cholesky, LDL, and the systems that they solve.

Derivatives by M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008, and I. Murray, "Differentiation of the Cholesky decomposition", 2016,
https://arxiv.org/abs/1602.07527.
"""

import math

import numpy

from ..core import Tensor
from ..core.errors import type_word
from ..core.modes import is_grad_enabled
from ..kernels import lapack
from .complex_numbers import conj
from .composite import composite
from .declaration import general
from .linear_algebra import matmul_
from .linear_systems import lu_decomposition, triangular_system
from .matrices import (
    bare,
    batched,
    check_flags,
    check_floating,
    check_info,
    check_kernel,
    check_matrix,
    check_square,
    mH,
    mT,
    not_positive,
    tensor_argument,
)
from .results import result_type
from .shape import cat, diag_embed, diagonal, narrow, tril, triu, unsqueeze

# ------------------------------------------------------------------------------------------------ LU


def _triangular_factors(x, packed):
    k = min(packed.shape[-2:])
    lower, upper = packed[..., :, :k].copy(), packed[..., :k, :].copy()
    lapack.clear_triangle(lower, lower=False)
    lapack.clear_triangle(upper, lower=True)
    places = numpy.arange(k)
    lower[..., places, places] = 1
    return lower, upper


def _corner(x, k: int):
    return narrow(narrow(x, -2, 0, k), -1, 0, k)


def _factors_pullback(g, L, U):
    # With Q = L^-1 dA U^-1 of a square A: dL = L tril(Q, -1) and dU = triu(Q) U. Rows beyond the square, A2 = L2 U, and
    # columns beyond it, A2 = L U2, are solved for.
    (g_lower, g_upper), (m, k), n = g, L.shape[-2:], U.shape[-1]
    square_lower, square_upper, beyond = _corner(L, k), _corner(U, k), None
    if m > k:
        rest = narrow(L, -2, k, m - k)
        # g U^-H, and through L2 = A2 U^-1 to U
        beyond = mH(triangular_system(square_upper, mH(narrow(g_lower, -2, k, m - k)), True))
        g_upper = g_upper - matmul_(rest, beyond, True, False)
        g_lower = narrow(g_lower, -2, 0, k)
    if n > k:
        rest = narrow(U, -1, k, n - k)
        beyond = triangular_system(mH(square_lower), narrow(g_upper, -1, k, n - k), True, True)
        g_lower = g_lower - matmul_(beyond, rest, False, True)
        g_upper = narrow(g_upper, -1, 0, k)
    inner = tril(matmul_(square_lower, g_lower, True, False), -1) + triu(matmul_(g_upper, square_upper, False, True))
    left = triangular_system(mH(square_lower), inner, True, True)  # L^-H inner
    found = mH(triangular_system(square_upper, mH(left), True))  # left U^-H
    return found if beyond is None else cat([found, beyond], -2 if m > k else -1)


def _factors_tangent(tangents, inputs, out, parameters):
    (L, U), t = out, tangents[0]
    (m, k), n = L.shape[-2:], U.shape[-1]
    square_lower, square_upper = _corner(L, k), _corner(U, k)
    left = triangular_system(square_lower, _corner(t, k), False, True)
    q = mT(triangular_system(mT(square_upper), mT(left), False))
    t_lower, t_upper = matmul_(square_lower, tril(q, -1)), matmul_(triu(q), square_upper)
    if m > k:
        right = narrow(t, -2, k, m - k) - matmul_(narrow(L, -2, k, m - k), t_upper)
        t_lower = cat([t_lower, mT(triangular_system(mT(square_upper), mT(right), False))], -2)
    if n > k:
        right = narrow(t, -1, k, n - k) - matmul_(t_lower, narrow(U, -1, k, n - k))
        t_upper = cat([t_upper, triangular_system(square_lower, right, False, True)], -1)
    return t_lower, t_upper


triangular_factors = general(
    "triangular_factors(input, packed)", forward=_triangular_factors, outputs=("L", "U"), batch="leading",
    method=False, public=False, jvp=_factors_tangent, node_name="LinalgLuBackward0",
    input=_factors_pullback, packed=None,
    doc="L and U of matrices A = L U that are factored already, `packed` into one matrix.",
)  # fmt: skip


def _needs_derivative(x: Tensor) -> bool:
    return bool(x._level) or x.requires_grad and is_grad_enabled()


def _interchanges(pivots, m: int):
    """The order into which the rows are put: (*, k) counted from 1 -> (*, m)."""
    *batch, k = pivots.shape
    count = math.prod(batch)
    others = pivots.reshape(count, k).astype(numpy.int64) - 1
    order = numpy.empty((count, m), numpy.int64)
    order[:] = numpy.arange(m)
    which = numpy.arange(count)
    for j in range(k):
        other = others[:, j]
        kept = order[:, j].copy()
        order[:, j] = order[which, other]
        order[which, other] = kept
    return order.reshape(*batch, m)


def _permutation_matrices(pivots, rows, numpy_dtype):
    order = _interchanges(pivots, rows)
    # P[order[i], i] = 1, so that A = P L U.
    return (numpy.arange(rows)[:, None] == order[..., None, :]).astype(numpy_dtype)


permutation_of = general(
    "permutation_of(pivots, rows, numpy_dtype)", forward=_permutation_matrices, batch="leading", method=False,
    public=False,
    pivots=None,
    doc="The matrix P of A = P L U from row interchanges counted from 1.",
)  # fmt: skip


def _factors(A):
    """(P, L, U, pivots, info), L and U differentiable."""
    packed, pivots, info = lu_decomposition(A)
    P = permutation_of(pivots, A.shape[-2], A.array.dtype)
    return P, *triangular_factors(matmul_(mT(P), A), packed), pivots, info


LU = result_type("linalg_lu", "P", "L", "U")
LUFactor = result_type("linalg_lu_factor", "LU", "pivots")
LUFactorEx = result_type("linalg_lu_factor_ex", "LU", "pivots", "info")


def _check_pivot(A, pivot, function: str):
    A = tensor_argument(A, function.replace(".", "_"), "A", 1)
    check_matrix(A, function)
    check_kernel(A, "lu_cpu")
    check_flags(function.replace(".", "_"), pivot=pivot)
    if not pivot:
        raise RuntimeError(
            "linalg.lu_factor: LU without pivoting is not implemented on the CPU: small elements on the diagonal "
            "would spoil the result"
        )
    return A


@composite(namespace="linalg", out=True)
def lu(A, *, pivot=True):
    """(P, L, U) of matrices A = P L U, (*, m, n): a permutation, L (*, m, k) with ones on the diagonal, U (*, k, n),
    k = min(m, n). float32, float64, complex64 or complex128; without pivoting RuntimeError, as in PyTorch on the CPU.

    With Q = L^-1 dA U^-1 of a square A: dL = L tril(Q, -1), dU = triu(Q) U; the rows or columns beyond the square
    follow from L2 = A2 U^-1 or U2 = L^-1 A2.

    >>> import wengert as t
    >>> t.linalg.lu(t.tensor([[0.0, 2.0], [1.0, 1.0]])).U
    tensor([[1., 1.],
            [0., 2.]])
    """
    A = _check_pivot(A, pivot, "linalg.lu")
    P, L, U, *_ = _factors(A)
    return LU(P, L, U)


def _packed(A, function):
    A = _check_pivot(A, True, function)
    if not _needs_derivative(A):
        return lu_decomposition(A)
    _, L, U, pivots, info = _factors(A)
    m, n = A.shape[-2:]
    lower, upper = tril(L, -1), U
    if m > n:
        upper = cat([U, narrow(lower, -2, n, m - n) * 0], -2)
    if n > m:
        lower = cat([lower, narrow(U, -1, m, n - m) * 0], -1)
    return lower + upper, pivots, info


@composite(namespace="linalg", out=True)
def lu_factor(A, *, pivot=True):
    """(LU, pivots): L below and U on and above the diagonal of one matrix (*, m, n), and the row interchanges, int32
    (*, min(m, n)), counted from 1. RuntimeError where an element on U's diagonal is exactly 0.

    >>> import wengert as t
    >>> t.linalg.lu_factor(t.tensor([[0.0, 2.0], [1.0, 1.0]])).pivots
    tensor([2, 2], dtype=wengert.int32)
    """
    _check_pivot(A, pivot, "linalg.lu_factor")
    packed, pivots, info = _packed(A, "linalg.lu_factor")
    values = bare(info).reshape(-1)
    if values.any():
        first = int(values[values != 0][0])
        raise RuntimeError(
            f"wengert.linalg.lu_factor: U[{first},{first}] is zero and using it on lu_solve would result in a division "
            "by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or "
            "linalg.lu_factor_ex(A, pivot)"
        )
    return LUFactor(packed, pivots)


@composite(namespace="linalg", out=True)
def lu_factor_ex(A, *, pivot=True, check_errors=False):
    """(LU, pivots, info): `lu_factor` that raises nothing for a 0 on U's diagonal, whose number is `info`.

    RuntimeError for fewer than two dimensions; NotImplementedError for integers and half precision.

    >>> import wengert as t
    >>> t.linalg.lu_factor_ex(t.zeros(2, 2)).info
    tensor(1, dtype=wengert.int32)
    """
    _check_pivot(A, pivot, "linalg.lu_factor_ex")
    packed, pivots, info = _packed(A, "linalg.lu_factor_ex")
    if check_errors:
        check_info(info, "wengert.linalg.lu_factor_ex", lambda i: (
            f"U[{i},{i}] is zero and using it on lu_solve would result in a division by zero"))  # fmt: skip
    return LUFactorEx(packed, pivots, info)


def check_pivot_range(pivots, rows: int, sentence: str) -> None:
    """RuntimeError for pivots that are no rows."""
    values = bare(pivots)
    if values.size and (values.min() < 1 or values.max() > rows):
        raise RuntimeError(
            f"{sentence}. Did you properly pass the result of lu_factor? They lie between {values.min()} and "
            f"{values.max()}, the rows between 1 and {rows}."
        )


def _check_pivots(LU, pivots, function: str, minimum: int) -> None:
    if pivots.array.dtype != numpy.int32:
        raise RuntimeError(
            f"{function}: pivots should be a Tensor of scalar type torch.int32, but it is {pivots.dtype}"
        )
    if tuple(pivots.shape) != (*LU.shape[:-2], minimum):
        raise RuntimeError(
            f"{function}: Number of pivots per batch should be same as the dimension of the matrix: the matrices have "
            f"shape {list(LU.shape)}, the pivots {list(pivots.shape)}"
        )


@composite(namespace="linalg", out=True)
def lu_solve(LU, pivots, B, *, left=True, adjoint=False):
    """X of A X = B (or X A = B with left=False; with A^H in place of A, adjoint=True) for A in `lu_factor`'s form.

    LU (*, n, n) and B (*, n, k) of one dtype, leading dimensions broadcast; pivots int32 (*, n).

    RuntimeError for sizes that do not fit, different dtypes, and pivots that are not int32.

    >>> import wengert as t
    >>> A, b = t.tensor([[0.0, 2.0], [1.0, 1.0]]), t.tensor([[2.0], [3.0]])
    >>> t.linalg.lu_solve(*t.linalg.lu_factor(A), b)
    tensor([[2.],
            [1.]])
    """
    function = "linalg.lu_solve"
    LU = tensor_argument(LU, "linalg_lu_solve", "LU", 1)
    pivots = tensor_argument(pivots, "linalg_lu_solve", "pivots", 2)
    B = tensor_argument(B, "linalg_lu_solve", "B", 3)
    check_flags("linalg_lu_solve", left=left, adjoint=adjoint)
    check_floating(LU, function)
    if LU.dtype is not B.dtype:
        raise RuntimeError(
            f"{function}: Expected LU and B to have the same dtype, but found LU of type {type_word(LU.array.dtype)} "
            f"and B of type {type_word(B.array.dtype)} instead"
        )
    check_square(LU, "torch.linalg.lu_solve", "LU")
    check_matrix(B, function, "B")
    if LU.shape[-1] != B.shape[-2 if left else -1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{function}: Incompatible shapes of A and B for the equation {equation} ({LU.shape[-2]}x{LU.shape[-1]} "
            f"and {B.shape[-2]}x{B.shape[-1]})"
        )
    n = LU.shape[-1]
    _check_pivots(LU, pivots, "torch.linalg.lu_solve", n)
    check_pivot_range(pivots, n, "Pivots given to lu_solve must all be smaller or equal to LU.size(-2)")
    P = permutation_of(pivots, n, LU.array.dtype)
    if not left:
        # X A = B is A^H X^H = B^H.
        B, adjoint = mH(B), not adjoint
    LU, B = batched(LU, B)
    if adjoint:
        # U^H L^H P^T X = B
        inner = triangular_system(mH(LU), triangular_system(mH(LU), B, False), True, True)
        X = matmul_(P, inner)
    else:
        X = triangular_system(LU, triangular_system(LU, matmul_(mT(P), B), False, True), True)
    return X if left else mH(X)


# ------------------------------------------------------------------------------------------------ Cholesky


def _half(x):
    """The lower triangle with half of the diagonal."""
    lower = tril(x)
    return lower - diag_embed(diagonal(lower, 0, -2, -1)) * 0.5


def _cholesky_pullback(g, factor, upper):
    # With W = L^-1 dA L^-H: dL = L half(W). Its adjoint is made Hermitian, as A is.
    L = mH(factor) if upper else factor
    g = mH(g) if upper else g
    inner = _half(matmul_(L, g, True, False))
    inner = (inner + mH(inner)) * 0.5
    across = mH(L)
    left = triangular_system(across, inner, True)  # L^-H inner
    return mH(triangular_system(across, mH(left), True))  # left L^-1


def _cholesky_tangent(tangents, inputs, out, parameters):
    (upper,) = parameters
    L = mH(out[0]) if upper else out[0]
    t = (tangents[0] + mH(tangents[0])) * 0.5
    inner = triangular_system(L, mH(triangular_system(L, t, False)), False)
    found = matmul_(L, _half(mH(inner)))
    return mH(found) if upper else found


cholesky_factor = general(
    "cholesky_factor(input, upper=False)", forward=lapack.cholesky, outputs=("factor", "info"),
    differentiable=("factor",), batch="leading", method=False, public=False, jvp=_cholesky_tangent,
    node_name="LinalgCholeskyExBackward0",
    input=_cholesky_pullback,
    doc="The Cholesky factor of Hermitian matrices, and the order of the first leading minor that is not positive.",
)  # fmt: skip

CholeskyEx = result_type("linalg_cholesky_ex", "L", "info")


def _cholesky(A, upper, position, function):
    A = tensor_argument(A, position, "A", 1)
    check_flags(position, upper=upper)
    check_square(A, function)
    check_floating(A, function, kernel="cholesky_cpu")
    return cholesky_factor(A, bool(upper))


@composite(namespace="linalg", out=True)
def cholesky(A, *, upper=False):
    """L of A = L L^H, or U of A = U^H U with `upper`, for Hermitian positive definite A (*, n, n).

    float32, float64, complex64 or complex128. Only the lower (upper) triangle is read; the gradient is Hermitian.
    LinAlgError for a matrix that is not positive definite, naming the batch element. With W = L^-1 dA L^-H the
    derivative is dL = L half(W), half(W) being the lower triangle with half of the diagonal (I. Murray 2016, eq. 10).

    >>> import wengert as t
    >>> t.linalg.cholesky(t.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    factor, info = _cholesky(A, upper, "linalg_cholesky", "linalg.cholesky")
    check_info(info, "linalg.cholesky", not_positive)
    return factor


@composite(namespace="linalg", out=True)
def cholesky_ex(A, *, upper=False, check_errors=False):
    """(L, info): `linalg.cholesky` that raises nothing unless `check_errors`.

    Where info, int32 of A's leading dimensions, is not 0, it is the order of the first leading minor that is not
    positive, and L holds what was computed before that was found.

    RuntimeError for matrices that are not square, fewer than two dimensions, and integers; NotImplementedError for
    half precision.

    >>> import wengert as t
    >>> t.linalg.cholesky_ex(-t.eye(2)).info
    tensor(1, dtype=wengert.int32)
    """
    factor, info = _cholesky(A, upper, "linalg_cholesky_ex", "linalg.cholesky")
    if check_errors:
        check_info(info, "linalg.cholesky_ex", not_positive)
    return CholeskyEx(factor, info)


# ------------------------------------------------------------------------------------------------ LDL



def _no_ldl_derivative():
    raise NotImplementedError(
        "the derivative for 'linalg_ldl_factor_ex' is not implemented: it jumps where the pivots change. Differentiate "
        "linalg.solve, which needs no factors."
    )


ldl_decomposition = general(
    "ldl_decomposition(input, hermitian)", forward=lapack.ldl, outputs=("packed", "pivots", "info"), batch="leading",
    method=False, public=False, jvp=lambda tangents, inputs, out, parameters: _no_ldl_derivative(),
    input=lambda g: _no_ldl_derivative(),
    doc="The Bunch-Kaufman form of symmetric or Hermitian matrices.",
)  # fmt: skip
ldl_system = general(
    "ldl_system(input, packed, pivots, hermitian)", method=False, public=False, broadcasts=True, batch="leading",
    forward=lambda b, packed, pivots, hermitian: lapack.ldl_solve(packed, pivots[..., 0, :], b, hermitian),
    jvp=lambda tangents, inputs, out, parameters: ldl_system(tangents[0], *inputs[1:], *parameters),
    input=lambda g, packed, pivots, hermitian: (
        ldl_system(g, packed, pivots, True) if hermitian else conj(ldl_system(conj(g), packed, pivots, False))
    ),
    packed=None, pivots=None,
    doc="X of A X = B by the Bunch-Kaufman form of A, pivots of shape (*, 1, n); linear in B.",
)  # fmt: skip

LDLFactor = result_type("linalg_ldl_factor", "LD", "pivots")
LDLFactorEx = result_type("linalg_ldl_factor_ex", "LD", "pivots", "info")


def _refuse_derivative(x: Tensor, name: str) -> None:
    if x.requires_grad and is_grad_enabled():
        raise RuntimeError(f"the derivative for '{name}' is not implemented. Give it x.detach() if none is wanted.")


def _ldl(A, hermitian, function: str):
    A = tensor_argument(A, function.replace(".", "_"), "self", 1)
    check_flags(function.replace(".", "_"), hermitian=hermitian)
    check_square(A, "torch.linalg.ldl_factor_ex", "A")
    check_floating(A, "torch.linalg.ldl_factor_ex", kernel="ldl_factor_kernel_cpu")
    _refuse_derivative(A, "ldl_factor")
    return ldl_decomposition(A, bool(hermitian))


@composite(namespace="linalg", out=True)
def ldl_factor(A, *, hermitian=False):
    """(LD, pivots) of A = P L D L^T P^T, for symmetric A, or with L^H for Hermitian ones: the Bunch-Kaufman form.

    A (*, n, n), float32, float64, complex64 or complex128, of which the lower triangle is read; pivots int32 (*, n) as
    LAPACK's sytrf gives them. For `linalg.ldl_solve`; it has no derivative, as in PyTorch.

    RuntimeError for matrices that are not square, fewer than two dimensions, and integers; NotImplementedError for
    half precision. LinAlgError for a 0 on D's diagonal, of the `_ex` form with `check_errors` only.

    >>> import wengert as t
    >>> t.linalg.ldl_factor(t.eye(2)).pivots
    tensor([1, 2], dtype=wengert.int32)
    """
    packed, pivots, info = _ldl(A, hermitian, "linalg.ldl_factor")
    check_info(info, "wengert.linalg.ldl_factor", lambda i: f"Encountered zero diagonal element D[{i},{i}].")
    return LDLFactor(packed, pivots)


@composite(namespace="linalg", out=True)
def ldl_factor_ex(A, *, hermitian=False, check_errors=False):
    """(LD, pivots, info): `linalg.ldl_factor` that raises nothing for a singular matrix unless `check_errors`.

    RuntimeError for matrices that are not square, fewer than two dimensions, and integers; NotImplementedError for
    half precision. LinAlgError for a 0 on D's diagonal, of the `_ex` form with `check_errors` only.

    >>> import wengert as t
    >>> t.linalg.ldl_factor_ex(t.zeros(2, 2)).info
    tensor(1, dtype=wengert.int32)
    """
    packed, pivots, info = _ldl(A, hermitian, "linalg.ldl_factor_ex")
    if check_errors:
        check_info(info, "wengert.linalg.ldl_factor_ex", lambda i: f"Encountered zero diagonal element D[{i},{i}].")
    return LDLFactorEx(packed, pivots, info)


def _check_block_pivots(LD, pivots) -> None:
    """LAPACK goes to the rows that the pivots name, without a look at them: each is a row, and the two rows of a block
    have the same, negated."""
    if tuple(pivots.shape) != tuple(LD.shape[:-1]):
        raise RuntimeError(
            "torch.linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with "
            f"shape {list(pivots.shape)} instead, for matrices of shape {list(LD.shape)}"
        )
    n = LD.shape[-1]
    for row in bare(pivots).reshape(-1, n) if n else ():
        fits = ((numpy.abs(row) >= 1) & (numpy.abs(row) <= n)).all()
        k = 0
        while fits and k < n:
            fits = row[k] > 0 or k + 1 < n and row[k] == row[k + 1]
            k += 1 if row[k] > 0 else 2
        if not fits:
            raise RuntimeError(
                f"torch.linalg.ldl_solve: pivots must be those that linalg.ldl_factor gave; {row.tolist()} names rows "
                f"that a matrix of {n} rows has not"
            )


@composite(namespace="linalg", out=True)
def ldl_solve(LD, pivots, B, *, hermitian=False):
    """X of A X = B for A in the form that `linalg.ldl_factor` gives; B (*, n, k) of its dtype, batches broadcast.

    RuntimeError for sizes that do not fit, and for different dtypes.

    >>> import wengert as t
    >>> t.linalg.ldl_solve(*t.linalg.ldl_factor(2 * t.eye(2)), t.ones(2, 1))
    tensor([[0.5000],
            [0.5000]])
    """
    function = "torch.linalg.ldl_solve"
    LD = tensor_argument(LD, "linalg_ldl_solve", "LD", 1)
    pivots = tensor_argument(pivots, "linalg_ldl_solve", "pivots", 2)
    B = tensor_argument(B, "linalg_ldl_solve", "B", 3)
    check_square(LD, function, "LD")
    check_floating(LD, function, kernel="ldl_solve_kernel_cpu")
    check_matrix(B, function, "B")
    if B.dtype is not LD.dtype:
        raise RuntimeError(f"ldl_solve: Expected LD and B to have the same dtype, but found LD of type "
                           f"{type_word(LD.array.dtype)} and B of type {type_word(B.array.dtype)} instead")
    if B.shape[-2] != LD.shape[-1]:
        raise RuntimeError(
            f"linalg.ldl_solve: Incompatible matrix sizes for linalg.ldl_solve: each A matrix is {LD.shape[-1]} by "
            f"{LD.shape[-1]} but each b matrix is {B.shape[-2]} by {B.shape[-1]}"
        )
    if pivots.dtype.category != 1:
        raise RuntimeError(f"{function}: Expected pivots to be integers. Got {type_word(pivots.array.dtype)}")
    _check_block_pivots(LD, pivots)
    _refuse_derivative(LD, "ldl_solve")
    return ldl_system(B, LD, unsqueeze(pivots, -2), bool(hermitian))
