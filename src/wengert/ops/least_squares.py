"""What singular matrices have in place of an inverse: pseudo-inverses, least squares, ranks.

Derivatives: G. H. Golub & V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems
whose variables separate", SIAM Journal on Numerical Analysis 10(2), 1973, theorem 4.3: where the rank does not change,

    dP = -P dA P + P P^H dA^H (I - A P) + (I - P A) dA^H P^H P.
"""

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array
from ..kernels import blas, lapack
from .composite import composite
from .declaration import general
from .decompositions import hermitian_values, singular_values
from .elementwise import gt, maximum
from .linear_algebra import matmul_
from .matrices import (
    LinAlgError,
    bare,
    broadcast_batch,
    check_flags,
    check_floating,
    check_info,
    check_square,
    mH,
    number_argument,
    tensor_argument,
)
from .reductions import amax
from .reductions import sum as sum_
from .results import result_type
from .shape import expand, reshape, unsqueeze

# ------------------------------------------------------------------------------------------------ pseudo-inverses


def _limits(values, atol, rtol):
    """Which values count as 0: (*, k) and limits (*, 1, 1) or numbers -> (*, k)."""
    limits = []
    largest = values.max(-1, keepdims=True, initial=0)
    for limit, scale in ((atol, 1), (rtol, largest)):
        limit = numpy.asarray(limit, values.dtype)
        limits.append((limit[..., 0] if limit.ndim > 1 else limit) * scale)
    return values > numpy.maximum(*limits)


def _pseudo_inverse(x, atol, rtol, hermitian):
    m, n = x.shape[-2:]
    if hermitian:
        values, vectors, info = lapack.eigh(x)
        kept = _limits(numpy.abs(values), atol, rtol)
        left, right = vectors, vectors.conj().swapaxes(-1, -2)
    else:
        u, values, vh, info = lapack.svd(x)
        kept = _limits(values, atol, rtol)
        left, right = vh.conj().swapaxes(-1, -2), u.conj().swapaxes(-1, -2)
    if info.any():
        place = int(numpy.flatnonzero(info.reshape(-1))[0])
        where = f"(Batch element {place}): " if info.ndim else ""
        raise LinAlgError(
            f"linalg.{'eigh' if hermitian else 'svd'}: {where}The algorithm failed to converge because the input "
            "matrix "
            "contained non-finite values."
        )
    inverses = numpy.where(kept, 1 / numpy.where(kept, values, 1), 0).astype(values.dtype)
    return blas.matmul(left * inverses[..., None, :], right)


def _apart(x, y):
    """(I - x y) as a function of what it is multiplied with from the right."""
    return lambda z: z - matmul_(x, matmul_(y, z))


def _pseudo_inverse_pullback(g, input, out):
    # The adjoint of dP: -P^H g P^H + (I - A P) g^H P P^H + P^H P g^H (I - P A).
    outer_ = matmul_(out, out, False, True)  # P P^H
    inner_ = matmul_(out, out, True, False)  # P^H P
    found = matmul_(matmul_(out, g, True, False), out, False, True) * -1
    found = found + matmul_(_apart(input, out)(mH(g)), outer_)
    across = matmul_(inner_, g, False, True)
    return found + across - matmul_(matmul_(across, out), input)


def _pseudo_inverse_tangent(tangents, inputs, out, parameters):
    (t, *_), (input, *_) = tangents, inputs
    found = matmul_(matmul_(out, t), out) * -1
    across = matmul_(matmul_(out, out, False, True), t, False, True)  # P P^H dA^H
    found = found + across - matmul_(matmul_(across, input), out)
    across = matmul_(mH(t), matmul_(out, out, True, False))  # dA^H P^H P
    return found + _apart(out, input)(across)


pseudo_inverse = general(
    "pseudo_inverse(input, atol, rtol, hermitian=False)", forward=_pseudo_inverse, batch="leading", method=False,
    public=False, jvp=_pseudo_inverse_tangent, node_name="LinalgPinvBackward0",
    input=_pseudo_inverse_pullback, atol=None, rtol=None,
    doc="Pseudo-inverses; singular values up to atol or rtol times the largest, of shape (*, 1, 1), count as 0.",
)  # fmt: skip


def _tolerances(x, atol, rtol, function: str) -> tuple:
    """atol and rtol with PyTorch's defaults, as numbers or tensors."""
    for name, given in (("atol", atol), ("rtol", rtol)):
        if isinstance(given, Tensor) and given.dtype.is_complex:
            raise RuntimeError(f"{function}: {name} tensor of complex type is not supported.")
        if given is not None and not isinstance(given, Tensor):
            number_argument(given, function, name, 2)
    if rtol is None:
        absolute = atol is not None and (isinstance(atol, Tensor) or atol > 0)
        rtol = 0.0 if absolute else numpy.finfo(x.array.dtype).eps * max(x.shape[-2:])
    return 0.0 if atol is None else atol, rtol


def _spread(limit):
    """A limit for each matrix, (*) -> (*, 1, 1), or for all of them."""
    if isinstance(limit, Tensor):
        return unsqueeze(unsqueeze(limit, -1), -1)
    return from_array(numpy.asarray(float(limit)))


@composite(namespace="linalg", out=True)
def pinv(A, rcond=None, hermitian=False, *, atol=None, rtol=None):
    """The Moore-Penrose pseudo-inverses of matrices (*, m, n) -> (*, n, m), float32, float64, complex64 or complex128.

    Singular values that do not exceed max(atol, rtol * the largest) count as 0; either limit may be a tensor of A's
    leading dimensions. By default atol is 0, and rtol max(m, n) eps, or 0 if an atol is given; `rcond` is rtol's older
    name. With `hermitian` the matrices are taken to be so, and the eigenvalues decide.

    The derivative is that of a matrix whose rank does not change (G. H. Golub & V. Pereyra 1973): dP = -P dA P
    + P P^H dA^H (I - A P) + (I - P A) dA^H P^H P.

    RuntimeError for fewer than two dimensions, and for other types than float32, float64, complex64 and complex128;
    LinAlgError where A is not finite.

    >>> import wengert as t
    >>> t.linalg.pinv(t.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    A = tensor_argument(A, "linalg_pinv", "input", 1)
    if A.ndim < 2 or A.dtype.category < 2 or A.dtype.itemsize < 4:
        raise RuntimeError(
            f"linalg.pinv({type_word(A.array.dtype)}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions "
            "of "
            "float, double, cfloat or cdouble types"
        )
    check_flags("linalg_pinv", hermitian=hermitian)
    if hermitian:
        check_square(A, "linalg.eigh")
    atol, rtol = _tolerances(A, atol, rcond if rtol is None else rtol, "linalg.pinv")
    return pseudo_inverse(A, _spread(atol), _spread(rtol), bool(hermitian))


@composite(namespace="linalg", out=True)
def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None):
    """The ranks of matrices (*, m, n) -> (*), int64: how many singular values exceed max(atol, rtol * the largest).

    By default atol is 0, and rtol max(m, n) eps, or 0 if an atol is given; `tol` is an atol. Either may be a tensor
    that broadcasts with the leading dimensions. With `hermitian` the sizes of eigenvalues are counted.

    RuntimeError for fewer than two dimensions, and for other types than float32, float64, complex64 and complex128;
    LinAlgError where A is not finite.

    >>> import wengert as t
    >>> t.linalg.matrix_rank(t.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    A = tensor_argument(A, "linalg_matrix_rank", "A", 1)
    if A.ndim < 2:
        raise RuntimeError(
            "torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions. Its shape is "
            f"{list(A.shape)}."
        )
    if (atol is None or rtol is None) and tol is None and (A.dtype.category < 2 or A.dtype.itemsize < 4):
        raise RuntimeError(
            f"This function doesn't handle types other than float and double: linalg.matrix_rank was given {A.dtype}"
        )
    check_floating(A, "linalg.svd", kernel="linalg_svd_cpu")
    check_flags("linalg_matrix_rank", hermitian=hermitian)
    if hermitian:
        check_square(A, "linalg.eigh")
    if tol is not None:
        atol, rtol = tol, 0.0
    atol, rtol = _tolerances(A, atol, rtol, "torch.linalg.matrix_rank")
    A = A.detach()
    if not A.numel():
        shape = tuple(A.shape[:-2])
        for limit in (atol, rtol):
            if isinstance(limit, Tensor):
                shape = broadcast_batch(shape, tuple(limit.shape))
        return A.new_zeros(shape, dtype=dtypes.int64)
    values = hermitian_values(A).abs() if hermitian else singular_values(A)
    limit = amax(values, -1) * rtol
    limit = maximum(limit, atol if isinstance(atol, Tensor) else limit.new_full((), atol))
    return sum_(gt(values, unsqueeze(limit, -1)), -1)


# ------------------------------------------------------------------------------------------------ least squares


def _solution(x, b, driver, rcond):
    out, _, rank, values, info = lapack.least_squares(x, b, driver, rcond)
    rank = numpy.zeros((0,), numpy.int64) if rank is None else rank.astype(numpy.int64)
    values = numpy.zeros((0,), lapack.real_type(x.dtype)) if values is None else values
    return out, rank, values, info


def _solution_pullback_of_matrix(g, input, other, solution, driver, rcond):
    # X = P B with the pseudo-inverse P, r = B - A X: the adjoint of
    # dX = -P dA X + P P^H dA^H r + (I - P A) dA^H P^H X.
    P = _pseudo_inverse_for(input, rcond)
    residual = other - matmul_(input, solution)
    across = matmul_(P, g, True, False)  # P^H g
    found = matmul_(across, solution, False, True) * -1
    found = found + matmul_(residual, matmul_(P, across), False, True)
    beyond = g - matmul_(P, matmul_(input, g))
    return found + matmul_(matmul_(P, solution, True, False), beyond, False, True)


def _solution_tangent(tangents, inputs, out, parameters):
    (t_matrix, t_other), (input, other), solution = tangents, inputs, out[0]
    P = _pseudo_inverse_for(input, parameters[1])
    found = None if t_other is None else matmul_(P, t_other)
    if t_matrix is not None:
        residual = other - matmul_(input, solution)
        moved = matmul_(P, matmul_(P, matmul_(t_matrix, residual, True, False), True, False))
        moved = moved - matmul_(P, matmul_(t_matrix, solution))
        across = matmul_(t_matrix, matmul_(P, solution, True, False), True, False)
        moved = moved + across - matmul_(P, matmul_(input, across))
        found = moved if found is None else found + moved
    return found, None, None, None


def _pseudo_inverse_for(input, rcond):
    return pseudo_inverse(input, _spread(0.0), _spread(rcond))


least_squares_solution = general(
    "least_squares_solution(input, other, driver, rcond)", forward=_solution,
    outputs=("solution", "rank", "values", "info"), differentiable=("solution",), batch="leading", method=False,
    public=False, broadcasts=True, jvp=_solution_tangent, node_name="LinalgLstsqBackward0",
    input=_solution_pullback_of_matrix,
    other=lambda g, input, driver, rcond: matmul_(_pseudo_inverse_for(input, rcond), g, True, False),
    doc="The solution of the least |A X - B|, the rank, the singular values and LAPACK's info.",
)  # fmt: skip

Lstsq = result_type("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


@composite(namespace="linalg")
def lstsq(A, B, rcond=None, *, driver=None):
    """(solution, residuals, rank, singular_values) of the least |A X - B|, of least size |X| where there are many.

    Args:
        A: matrices (*, m, n), float32, float64, complex64 or complex128.
        B: of its dtype: matrices (*, m, k), or vectors (m) or (*, m) with A's leading dimensions; batches broadcast.
        rcond: singular values that do not exceed rcond times the largest count as 0; max(m, n) eps unless given.
        driver: LAPACK's routine: "gelsy" (unless given) by QR with pivoting, "gelsd" and "gelss" by singular values,
            "gels" by QR, for matrices of full rank.

    `residuals` are the sums of squares |A X - B|^2 (*, k), empty where m <= n, a rank is less than n, or the driver is
    "gelsy". `rank` is empty for "gels", `singular_values` for "gels" and "gelsy". LinAlgError for NaN or infinity.

    The derivative is that of X = P B with the pseudo-inverse P (G. H. Golub & V. Pereyra 1973).

    >>> import wengert as t
    >>> t.linalg.lstsq(t.tensor([[1.0], [0.0]]), t.tensor([[2.0], [3.0]])).solution
    tensor([[2.]])
    """
    function = "wengert.linalg.lstsq"
    A, B = tensor_argument(A, "linalg_lstsq", "input", 1), tensor_argument(B, "linalg_lstsq", "b", 2)
    if A.ndim < 2:
        raise RuntimeError(f"{function}: input must have at least 2 dimensions.")
    if B.ndim < 1:
        raise RuntimeError(f"{function}: other must have at least 1 dimension.")
    if not 0 <= A.ndim - B.ndim <= 1 and B.ndim < A.ndim:
        raise RuntimeError(
            f"{function}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1: "
            "the "
            f"shapes are {list(A.shape)} and {list(B.shape)}"
        )
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"{function}: Expected input and other to have the same dtype, but got input's dtype "
            f"{type_word(A.array.dtype)} and other's dtype {type_word(B.array.dtype)}"
        )
    if A.dtype.category < 2 or A.dtype.itemsize < 4:
        raise RuntimeError(
            f"This function doesn't handle types other than float and double: linalg.lstsq was given {A.dtype}"
        )
    vector = B.ndim == 1 or A.ndim - 1 == B.ndim and tuple(A.shape[:-1]) == tuple(B.shape)
    if A.shape[-2] != B.shape[-1 if vector else -2]:
        raise RuntimeError(
            f"{function}: input.size(-2) should match other.size({-1 if vector else -2}): the shapes are "
            f"{list(A.shape)} and {list(B.shape)}"
        )
    if driver is not None and driver not in DRIVERS:
        raise RuntimeError(f"{function}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    driver = "gelsy" if driver is None else driver
    if vector:
        B = unsqueeze(B, -1)
    batch = broadcast_batch(tuple(A.shape[:-2]), tuple(B.shape[:-2]))
    A, B = [x if x.shape[:-2] == batch else expand(x, (*batch, *x.shape[-2:])) for x in (A, B)]
    m, n = A.shape[-2:]
    if rcond is None:
        limit = float(numpy.finfo(A.array.dtype).eps) * max(m, n)
    else:
        limit = number_argument(rcond, "linalg_lstsq", "rcond", 3)
    if not numpy.isfinite(bare(A)).all() or not numpy.isfinite(bare(B)).all():
        raise LinAlgError(f"{function}: The input tensors should not contain infs or NaNs.")
    solution, rank, values, info = least_squares_solution(A, B, driver, limit)
    check_info(info, function, lambda code: (
        "The least squares solution could not be computed because the input matrix does not have full rank (error "
        f"code: {code})."))  # fmt: skip
    residuals = A.real.new_empty((0,)) if A.dtype.is_complex else A.new_empty((0,))
    if m > n and driver != "gelsy" and (driver == "gels" or bool((bare(rank) == n).all())):
        apart = matmul_(A, solution) - B
        squares = apart * apart if not apart.dtype.is_complex else apart.real.square() + apart.imag.square()
        residuals = sum_(squares, -2)
    if vector:
        solution = reshape(solution, tuple(solution.shape[:-1]))
    return Lstsq(solution, residuals, rank, values)
