"""Linear algebra under the names that PyTorch has had before `linalg`, and what only they have."""

import numpy

from ..core.modes import is_grad_enabled
from ..core.promotion import from_array
from ..kernels import lapack
from . import arguments, decompositions, factorizations
from .composite import composite
from .declaration import general
from .least_squares import pinv
from .linear_algebra import matmul_
from .linear_systems import triangular_system
from .matrices import (
    bare,
    batched,
    check_floating,
    check_info,
    check_kernel,
    check_matrix,
    check_square,
    identity_like,
    mH,
    mT,
    not_positive,
    singular,
    tensor_argument,
)
from .matrix_functions import multi_dot
from .results import result_type
from .shape import narrow, tril, triu, unsqueeze

TriangularSolve = result_type("triangular_solve", "solution", "cloned_coefficient")


@composite(out=False)
def triangular_solve(input, A, upper=True, transpose=False, unitriangular=False):
    """(solution, cloned_coefficient): X of A X = B, or of A^T X = B with `transpose`, B first.

    `linalg.solve_triangular` is the newer form.

    RuntimeError for matrices that are not square, sizes that do not fit, and different dtypes.

    >>> import wengert as t
    >>> t.triangular_solve(t.ones(1, 1), t.full((1, 1), 2.0)).solution
    tensor([[0.5000]])
    """
    B = tensor_argument(input, "triangular_solve", "input", 1)
    A = tensor_argument(A, "triangular_solve", "A", 2)
    for which, x in (("b", B), ("A", A)):
        if x.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {which} to have at least 2 dimensions, but it has {x.ndim} "
                "dimensions instead"
            )
    _check_right_side(B, A, "triangular_solve")
    A, B = batched(A, B)
    M, side = (mT(A), not upper) if transpose else (A, bool(upper))
    return TriangularSolve(triangular_system(M, B, side, bool(unitriangular)), A.clone())


@composite(namespace="", methods=())
def lu_unpack(LU_data, LU_pivots, unpack_data=True, unpack_pivots=True):
    """(P, L, U) of the form that `linalg.lu_factor` gives; empty tensors for what is not asked for.

    RuntimeError for pivots that are not int32.

    >>> import wengert as t
    >>> t.lu_unpack(*t.linalg.lu_factor(t.tensor([[0.0, 2.0], [1.0, 1.0]]))).P
    tensor([[0., 1.],
            [1., 0.]])
    """
    LU_data = tensor_argument(LU_data, "lu_unpack", "LU_data", 1)
    LU_pivots = tensor_argument(LU_pivots, "lu_unpack", "LU_pivots", 2)
    check_matrix(LU_data, "torch.lu_unpack", "LU_data")
    m, n = LU_data.shape[-2:]
    k = min(m, n)
    if unpack_pivots and LU_pivots.array.dtype != numpy.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype. Note: this "
            "function is intended to be used with the output produced by torch.linalg.lu_factor"
        )
    nothing = LU_data.new_empty((0,))
    L = U = P = nothing
    if unpack_data:
        lower = tril(narrow(LU_data, -1, 0, k), -1)
        L = lower + _ones_on_the_diagonal(lower, m, k)
        U = triu(narrow(LU_data, -2, 0, k))
    if unpack_pivots:
        if tuple(LU_pivots.shape) != (*LU_data.shape[:-2], k):
            raise RuntimeError(
                f"torch.lu_unpack: LU_pivots of shape {list(LU_pivots.shape)} does not fit LU_data of shape "
                f"{list(LU_data.shape)}: it needs {k} for each matrix"
            )
        factorizations.check_pivot_range(
            LU_pivots, m, "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive"
        )
        P = factorizations.permutation_of(LU_pivots, m, LU_data.array.dtype)
    return Unpacked(P, L, U)


Unpacked = result_type("lu_unpack", "P", "L", "U")


def _ones_on_the_diagonal(x, m: int, k: int):
    return narrow(identity_like(x, max(m, k)), -1, 0, k) if m != k else identity_like(x, k)


@composite
def lu(A, pivot=True, get_infos=False):
    """(LU, pivots), and info if asked: `linalg.lu_factor_ex` by its older name.

    RuntimeError for fewer than two dimensions; NotImplementedError for integers and half precision.

    >>> import wengert as t
    >>> t.lu(t.tensor([[0.0, 2.0], [1.0, 1.0]]))[1]
    tensor([2, 2], dtype=wengert.int32)
    """
    found = factorizations.lu_factor_ex(A, pivot=pivot)
    return found if get_infos else (found.LU, found.pivots)


@composite(out=True)
def lu_solve(b, LU_data, LU_pivots):
    """`linalg.lu_solve` with B first.

    RuntimeError for sizes that do not fit, different dtypes, and pivots that are not int32.

    >>> import wengert as t
    >>> t.lu_solve(t.ones(2, 1), *t.linalg.lu_factor(2 * t.eye(2)))
    tensor([[0.5000],
            [0.5000]])
    """
    return factorizations.lu_solve(LU_data, LU_pivots, b)


# ------------------------------------------------------------------------------------------------ Cholesky


@composite(out=True)
def cholesky(input, upper=False):
    """`linalg.cholesky` by its older name; `upper` is positional too.

    Arguments and errors are those of `linalg.cholesky`.

    >>> import wengert as t
    >>> t.cholesky(4 * t.eye(2))
    tensor([[2., 0.],
            [0., 2.]])
    """
    input = tensor_argument(input, "cholesky", "input", 1)
    check_square(input, "cholesky")
    check_kernel(input, "cholesky_cpu")
    factor, info = factorizations.cholesky_factor(input, bool(upper))
    check_info(info, "cholesky", not_positive)
    return factor


def _check_right_side(B, L, name: str) -> None:
    check_square(L, name)
    if B.dtype is not L.dtype:
        from ..core.errors import type_word

        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {type_word(B.array.dtype)} and A of type "
            f"{type_word(L.array.dtype)} instead."
        )
    if B.shape[-2] != L.shape[-1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {L.shape[-1]} by {L.shape[-1]} but each b matrix "
            "is "
            f"{B.shape[-2]} by {B.shape[-1]}"
        )
    check_kernel(L, f"{name}_cpu")


@composite(out=True)
def cholesky_solve(B, L, upper=False):
    """X of A X = B for A = L L^H, or with `upper` A = L^H L.

    B (*, n, k) and triangular L (*, n, n) of one dtype; leading dimensions broadcast.

    RuntimeError for matrices that are not square, and sizes that do not fit.

    >>> import wengert as t
    >>> t.cholesky_solve(t.ones(1, 1), t.tensor([[2.0]]))
    tensor([[0.2500]])
    """
    B, L = tensor_argument(B, "cholesky_solve", "B", 1), tensor_argument(L, "cholesky_solve", "L", 2)
    for which, x in (("b", B), ("u", L)):
        if x.ndim < 2:
            raise RuntimeError(f"{which} should have at least 2 dimensions, but has {x.ndim} dimensions instead")
    _check_right_side(B, L, "cholesky_solve")
    L, B = batched(L, B)
    if upper:
        return triangular_system(L, triangular_system(mH(L), B, False), True)
    return triangular_system(mH(L), triangular_system(L, B, False), True)


def _first_zero(x):
    """The number of the first element on the diagonals of arrays that is 0, counted from 1; 0 if there is none."""
    zero = numpy.diagonal(x, axis1=-2, axis2=-1) == 0
    return numpy.where(zero.any(-1), zero.argmax(-1) + 1 if zero.shape[-1] else 0, 0)


@composite(out=True)
def cholesky_inverse(L, upper=False):
    """The inverse of A = L L^H, or with `upper` of A = L^H L, for triangular L (*, n, n).

    RuntimeError for matrices that are not square.

    >>> import wengert as t
    >>> t.cholesky_inverse(t.tensor([[2.0]]))
    tensor([[0.2500]])
    """
    L = tensor_argument(L, "cholesky_inverse", "L", 1)
    check_square(L, "cholesky_inverse")
    check_kernel(L, "cholesky_inverse_out_cpu")
    info = numpy.asarray(_first_zero(bare(L)))
    check_info(from_array(info), "cholesky_inverse", singular)
    inverse = triangular_system(L, identity_like(L), bool(upper))
    # A^-1 = L^-H L^-1, or L^-1 L^-H
    return matmul_(inverse, inverse, not upper, bool(upper))


# ------------------------------------------------------------------------------------------------ orthogonal factors

Qr = result_type("qr", "Q", "R")


@composite(out=True)
def qr(input, some=True):
    """`linalg.qr`: reduced, or complete with some=False.

    RuntimeError for fewer than two dimensions, and integers; NotImplementedError for half precision.

    >>> import wengert as t
    >>> t.qr(t.tensor([[3.0], [4.0]])).R
    tensor([[-5.]])
    """
    arguments.flag("qr", "some", 2, some)
    input = tensor_argument(input, "qr", "input", 1)
    return Qr(*decompositions.qr(input, "reduced" if some else "complete"))


Svd = result_type("svd", "U", "S", "V")


@composite(out=True)
def svd(input, some=True, compute_uv=True):
    """(U, S, V) of A = U diag(S) V^H: `linalg.svd` with V in place of V^H; without compute_uv, U and V are zeros.

    RuntimeError for fewer than two dimensions, and integers; NotImplementedError for half precision; LinAlgError for
    a matrix that is not finite.

    >>> import wengert as t
    >>> t.svd(t.tensor([[0.0, 3.0], [1.0, 0.0]])).S
    tensor([3., 1.])
    """
    arguments.flag("svd", "some", 2, some)
    arguments.flag("svd", "compute_uv", 3, compute_uv)
    input = tensor_argument(input, "svd", "input", 1)
    check_matrix(input, "linalg.svd")
    if compute_uv:
        U, S, Vh = decompositions.svd(input, not some)
        return Svd(U, S, mH(Vh))
    batch, (m, n) = tuple(input.shape[:-2]), input.shape[-2:]
    return Svd(input.new_zeros((*batch, m, m)), decompositions.svdvals(input), input.new_zeros((*batch, n, n)))


def _no_derivative(*_):
    raise NotImplementedError(
        "the derivative for 'geqrf' is not implemented: use linalg.qr, whose Q and R have one"
    )


reflections = general(
    "reflections(input)", forward=lapack.householder, outputs=("a", "tau"), batch="leading", method=False, public=False,
    jvp=_no_derivative, node_name="GeqrfBackward0",
    input=lambda g: _no_derivative(),
    doc="LAPACK's form of the QR decomposition.",
)  # fmt: skip

Geqrf = result_type("geqrf", "a", "tau")


@composite(out=True)
def geqrf(input):
    """(a, tau): LAPACK's form of the QR decomposition of (*, m, n): R on and above the diagonal of a, below it the
    reflectors of which Q is the product. It has no derivative.

    NotImplementedError for integers and half precision; RuntimeError for fewer than two dimensions.

    >>> import wengert as t
    >>> t.geqrf(t.tensor([[3.0], [4.0]])).a
    tensor([[-5.0000],
            [ 0.5000]])
    """
    input = tensor_argument(input, "geqrf", "input", 1)
    check_matrix(input, "torch.geqrf", "input")
    check_kernel(input, "geqrf_cpu")
    return Geqrf(*reflections(input))


fast_householder_product = general(
    "fast_householder_product(input, tau)", forward=lambda x, tau: lapack.householder_product(x, tau[..., 0, :]),
    batch="leading", method=False, public=False,
    input=None, tau=None,
    doc="The product of reflectors by LAPACK, without a derivative; tau of shape (*, 1, k).",
)  # fmt: skip
fast_householder_multiply = general(
    "fast_householder_multiply(input, tau, other, left, adjoint)", batch="leading", method=False, public=False,
    forward=lambda x, tau, other, left, adjoint: lapack.householder_multiply(x, tau[..., 0, :], other, left, adjoint),
    input=None, tau=None, other=None,
    doc="The product with reflectors by LAPACK, without a derivative; tau of shape (*, 1, k).",
)  # fmt: skip


def _needs_derivative(*tensors) -> bool:
    return any([bool(x._level) or x.requires_grad and is_grad_enabled() for x in tensors])


def _reflected(input, tau, other, order, adjoint: bool = False):
    """H[i] (or H[i]^H) times `other` for i in order, H[i] = I - tau[i] v v^H with the i-th reflector v."""
    m = input.shape[-2]
    for i in order:
        column = narrow(input, -1, i, 1)
        above = narrow(identity_like(input, m), -1, i, 1)
        below = tril(column, -1 - i) if i + 1 < m else column * 0
        v = below + above  # (*, m, 1)
        factor = unsqueeze(narrow(tau, -1, i, 1), -1)
        factor = factor.conj() if adjoint else factor
        other = other - matmul_(v * factor, matmul_(v, other, True, False))
    return other


def _check_reflectors(input, tau, function: str) -> None:
    if input.ndim < 2:
        raise RuntimeError(f"{function}: input must have at least 2 dimensions.")
    m, n = input.shape[-2:]
    if m < n:
        raise RuntimeError(f"{function}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if n < (tau.shape[-1] if tau.ndim else 1):
        raise RuntimeError(f"{function}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if input.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"{function}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} and "
            f"input.ndim is equal to {input.ndim}"
        )
    if input.shape[:-2] != tau.shape[:-1]:
        raise RuntimeError(
            f"{function}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
            f"{list(tau.shape[:-1])}"
        )
    if tau.dtype is not input.dtype:
        from ..core.errors import type_word

        raise RuntimeError(
            f"{function}: tau dtype {type_word(tau.array.dtype)} does not match input dtype "
            f"{type_word(input.array.dtype)}"
        )
    check_floating(input, function)


@composite(namespace="linalg", out=True, aliases=("orgqr",))
def householder_product(input, tau):
    """The first n columns of H[0] H[1] ... H[k-1], H[i] = I - tau[i] v v^H, where v is 0 above row i, 1 there, and
    input[i+1:, i] below: Q of the form that `geqrf` gives. input (*, m, n) with m >= n >= k, tau (*, k).

    RuntimeError for fewer rows than columns, more reflectors than columns, and different dtypes.

    >>> import wengert as t
    >>> t.linalg.householder_product(*t.geqrf(t.tensor([[3.0], [4.0]])))
    tensor([[-0.6000],
            [-0.8000]])
    """
    input = tensor_argument(input, "linalg_householder_product", "input", 1)
    tau = tensor_argument(tau, "linalg_householder_product", "tau", 2)
    _check_reflectors(input, tau, "torch.linalg.householder_product")
    if not _needs_derivative(input, tau):
        return fast_householder_product(input, unsqueeze(tau, -2))
    m, n = input.shape[-2:]
    start = narrow(identity_like(input, m), -1, 0, n).expand(tuple(input.shape))
    return _reflected(input, tau, start, reversed(range(tau.shape[-1])))


@composite(out=True)
def ormqr(input, tau, other, left=True, transpose=False):
    """Q @ other, or other @ Q with left=False, and Q^H in place of Q with `transpose`, for the square product Q of the
    reflectors that `geqrf` gives: input (*, m, k), tau (*, k), other (*, m, n) or (*, n, m).

    RuntimeError for sizes that do not fit, and for different dtypes.

    >>> import wengert as t
    >>> a, tau = t.geqrf(t.tensor([[3.0], [4.0]]))
    >>> t.ormqr(a, tau, t.tensor([[5.0], [0.0]]))
    tensor([[-3.],
            [-4.]])
    """
    function = "torch.ormqr"
    input, tau = tensor_argument(input, "ormqr", "input", 1), tensor_argument(tau, "ormqr", "tau", 2)
    other = tensor_argument(other, "ormqr", "other", 3)
    if input.ndim < 2:
        raise RuntimeError(f"{function}: input must have at least 2 dimensions.")
    if other.ndim < 2:
        raise RuntimeError(f"{function}: other must have at least 2 dimensions.")
    side = -2 if left else -1
    if other.shape[side] < (tau.shape[-1] if tau.ndim else 1):
        raise RuntimeError(f"{function}: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if other.shape[side] != input.shape[-2]:
        raise RuntimeError(f"{function}: other.shape[{side}] must be equal to input.shape[-2]")
    if tau.ndim != input.ndim - 1 or tau.shape[-1] > input.shape[-1]:
        raise RuntimeError(
            f"{function}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} and "
            f"input.ndim is equal to {input.ndim}"
        )
    if other.ndim != input.ndim or other.shape[:-2] != input.shape[:-2]:
        raise RuntimeError(
            f"{function}: batch dimensions of other to be equal to input.shape[:-2], but got {list(other.shape[:-2])}"
        )
    for name, x in (("tau", tau), ("other", other)):
        if x.dtype is not input.dtype:
            raise RuntimeError(
                f"{function}: Expected input and {name} to have the same dtype, but input has dtype {input.dtype} and "
                f"{name} has dtype {x.dtype}"
            )
    check_floating(input, function)
    if not _needs_derivative(input, tau, other):
        return fast_householder_multiply(input, unsqueeze(tau, -2), other, bool(left), bool(transpose))
    count = range(tau.shape[-1])
    if left:
        # Q B applies the last reflector first; Q^H B the first.
        return _reflected(input, tau, other, count if transpose else reversed(count), bool(transpose))
    # B Q = (Q^H B^H)^H
    return mH(_reflected(input, tau, mH(other), reversed(count) if transpose else count, not transpose))


# ------------------------------------------------------------------------------------------------ inverses, products


@composite
def pinverse(input, rcond=1e-15):
    """`linalg.pinv` with its limit given as `rcond`, times the largest singular value.

    RuntimeError for fewer than two dimensions, and for other types than float32, float64, complex64 and complex128;
    LinAlgError where A is not finite.

    >>> import wengert as t
    >>> t.pinverse(t.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    return pinv(input, rtol=rcond)


@composite(method=False)
def chain_matmul(*matrices, out=None):
    """The product of matrices in the cheapest order; `linalg.multi_dot` is the newer form.

    RuntimeError without matrices, and otherwise as `linalg.multi_dot`.

    >>> import wengert as t
    >>> t.chain_matmul(t.ones(1, 2), t.ones(2, 3), t.ones(3, 1))
    tensor([[6.]])
    """
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for i, x in enumerate(matrices):
        if x.ndim != 2:
            raise RuntimeError(f"chain_matmul(): tensor {i} must be 2D but got {x.ndim}D")
    if len(matrices) == 1:
        return matrices[0] if out is None else out.copy_(matrices[0])
    return multi_dot(matrices, out=out)
