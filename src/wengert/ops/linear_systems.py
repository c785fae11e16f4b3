"""Linear systems: LU, inverses, determinants, triangular matrices.

Derivatives are those of M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008, https://people.maths.ox.ac.uk/gilesm/files/AD2008.pdf, with conjugate transposes where matrices
are complex. Rules solve with the factors that the forward pass has found.
"""

import numpy

from ..core.promotion import from_array
from ..kernels import lapack
from . import levels
from .complex_numbers import complex, conj
from .composite import composite
from .declaration import general
from .elementwise import lt, mul, neg, where
from .linear_algebra import matmul_
from .matrices import (
    bare,
    batched,
    check_flags,
    check_floating,
    check_info,
    check_kernel,
    check_matrix,
    check_square,
    identity_like,
    mH,
    mT,
    not_solved,
    singular,
    tensor_argument,
)
from .reductions import sum as sum_
from .results import result_type
from .shape import diagonal, expand, reshape, squeeze, tril, triu, unsqueeze

lu_decomposition = general(
    "lu_decomposition(input)", forward=lapack.lu, outputs=("packed", "pivots", "info"), batch="leading",
    method=False, public=False,
    input=None,
    doc="L and U in one matrix, the row interchanges counted from 1, and the first diagonal element of U that is 0.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ solving


def _gradient_of_matrix(g, input, out, packed, pivots, adjoint):
    # A X = B: with W = A^-H g the gradient of A is -W X^H; of A^H X = B, with W = A^-1 g, -X W^H.
    solved = factored_system(input, g, packed, pivots, not adjoint)
    return neg(matmul_(out, solved, False, True) if adjoint else matmul_(solved, out, False, True))


def _solution_tangent(tangents, inputs, out, parameters):
    # A X' = B' - A' X
    (t_matrix, t_other, *_), (adjoint,) = tangents, parameters
    right = t_other
    if t_matrix is not None:
        moved = matmul_(t_matrix, out, adjoint, False)
        right = neg(moved) if right is None else right - moved
    return factored_system(inputs[0], right, *inputs[2:], adjoint)


factored_system = general(
    "factored_system(input, other, packed, pivots, adjoint=False)", method=False, public=False, broadcasts=True,
    forward=lambda a, b, packed, pivots, adjoint: lapack.lu_solve(packed, pivots[..., 0, :], b, adjoint),
    batch="leading", node_name="LinalgSolveExBackward0", jvp=_solution_tangent,
    input=_gradient_of_matrix,
    other=lambda g, input, packed, pivots, adjoint: factored_system(input, g, packed, pivots, not adjoint),
    packed=None, pivots=None,
    doc="X of A X = B or A^H X = B, (*, n, n) and (*, n, k), by the LU decomposition of A, pivots of shape (*, 1, n).",
)  # fmt: skip

triangular_system = general(
    "triangular_system(input, other, upper, unitriangular=False)", method=False, public=False, broadcasts=True,
    forward=lapack.triangular_solve, batch="leading", node_name="LinalgSolveTriangularBackward0",
    jvp=lambda tangents, inputs, out, parameters: _triangular_tangent(tangents, inputs, out, *parameters),
    input=lambda g, input, out, upper, unitriangular: _triangle(
        neg(matmul_(triangular_system(mH(input), g, not upper, unitriangular), out, False, True)), upper, unitriangular
    ),
    other=lambda g, input, upper, unitriangular: triangular_system(mH(input), g, not upper, unitriangular),
    doc="X of A X = B for triangular A.",
)  # fmt: skip


def _triangle(x, upper, unitriangular):
    """The part of a matrix that `triangular_system` reads."""
    return triu(x, 1 if unitriangular else 0) if upper else tril(x, -1 if unitriangular else 0)


def _triangular_tangent(tangents, inputs, out, upper, unitriangular):
    t_matrix, right = tangents
    if t_matrix is not None:
        moved = matmul_(_triangle(t_matrix, upper, unitriangular), out)
        right = neg(moved) if right is None else right - moved
    return triangular_system(inputs[0], right, upper, unitriangular)


def _is_vector(A, B) -> bool:
    """Whether B is a batch of vectors, (n) or the shape of A without its last dimension, as PyTorch decides it."""
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1]))


def _check_system(A, B, left: bool, function: str) -> None:
    if A.dtype is not B.dtype:
        from ..core.errors import type_word

        raise RuntimeError(
            f"{function}: Expected A and B to have the same dtype, but found A of type {type_word(A.array.dtype)} and "
            f"B of type {type_word(B.array.dtype)} instead"
        )
    check_matrix(B, function, "B")
    if A.shape[-1] != B.shape[-2 if left else -1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{function}: Incompatible shapes of A and B for the equation {equation} "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )


SolveEx = result_type("linalg_solve_ex", "result", "info")


def _solve(A, B, left, function: str):
    """(X, info) of A X = B or X A = B."""
    check_square(A, function)
    check_floating(A, function, kernel="lu_cpu")
    vector = _is_vector(A, B)
    if vector:
        if A.ndim > 2 and B.ndim == 1:
            B = expand(B, tuple(A.shape[:-1]))
        B = unsqueeze(B, -1)
    _check_system(A, B, left, function)
    B, A = batched(B, A)
    if not left:
        # X A = B is A^T X^T = B^T.
        A, B = mT(A), mT(B)
    packed, pivots, info = lu_decomposition(A)
    out = factored_system(A, B, packed, unsqueeze(pivots, -2))
    out = out if left else mT(out)
    return reshape(out, tuple(out.shape[:-1])) if vector else out, info


@composite(namespace="linalg", out=True)
def solve(A, B, *, left=True):
    """The solution X of A X = B, or of X A = B with left=False.

    Args:
        A: square matrices (*, n, n), float32, float64, complex64 or complex128.
        B: of the same dtype: matrices (*, n, k), whose leading dimensions broadcast with A's; or vectors, where B is
            one-dimensional or has the shape of A without its last dimension.

    Raises LinAlgError for a singular matrix, RuntimeError for shapes or dtypes that do not fit. By LU with row
    interchanges. With W = A^-H g the gradients are W for B and -W X^H for A (M. B. Giles 2008, section 2.3.1).

    >>> import wengert as t
    >>> t.linalg.solve(t.tensor([[2.0, 0.0], [0.0, 4.0]]), t.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    A = tensor_argument(A, "linalg_solve", "A", 1)
    B = tensor_argument(B, "linalg_solve", "B", 2)
    check_flags("linalg_solve", left=left)
    out, info = _solve(A, B, left, "linalg.solve")
    check_info(info, "wengert.linalg.solve", not_solved)
    return out


@composite(namespace="linalg", out=True)
def solve_ex(A, B, *, left=True, check_errors=False):
    """(result, info): `solve` that raises nothing for a singular matrix unless `check_errors`.

    `info` is an int32 tensor of A's leading dimensions: 0, or the number of the diagonal element of U that is 0.

    RuntimeError for matrices that are not square, sizes that do not fit, and different dtypes; LinAlgError for a
    singular matrix with `check_errors`.

    >>> import wengert as t
    >>> t.linalg.solve_ex(t.eye(2), t.ones(2)).info
    tensor(0, dtype=wengert.int32)
    """
    A = tensor_argument(A, "linalg_solve_ex", "A", 1)
    B = tensor_argument(B, "linalg_solve_ex", "B", 2)
    check_flags("linalg_solve_ex", left=left, check_errors=check_errors)
    out, info = _solve(A, B, left, "linalg.solve")
    if check_errors:
        check_info(info, "wengert.linalg.solve_ex", not_solved)
    return SolveEx(out, info)


@composite(namespace="linalg", out=True)
def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    """The solution X of A X = B, or of X A = B with left=False, for triangular A.

    Args:
        A: (*, n, n); only the triangle that `upper` names is read, without its diagonal where `unitriangular` says
            that it consists of ones.
        B: (*, n, k) (or (*, k, n) with left=False) of the same dtype; leading dimensions broadcast.

    Nothing is raised for a singular matrix: the result is not finite. The gradient of A is that of `solve` in the
    triangle that is read (M. B. Giles 2008).

    RuntimeError for matrices that are not square, sizes that do not fit, and different dtypes; NotImplementedError
    for integers and half precision.

    >>> import wengert as t
    >>> t.linalg.solve_triangular(t.tensor([[2.0, 1.0], [0.0, 1.0]]), t.tensor([[3.0], [1.0]]), upper=True)
    tensor([[1.],
            [1.]])
    """
    A = tensor_argument(A, "linalg_solve_triangular", "A", 1)
    B = tensor_argument(B, "linalg_solve_triangular", "B", 2)
    check_flags("linalg_solve_triangular", upper=upper, left=left, unitriangular=unitriangular)
    function = "linalg.solve_triangular"
    check_square(A, function)
    _check_system(A, B, left, function)
    check_kernel(A, "triangular_solve_cpu")
    B, A = batched(B, A)
    if left:
        return triangular_system(A, B, bool(upper), bool(unitriangular))
    return mT(triangular_system(mT(A), mT(B), not upper, bool(unitriangular)))


# ------------------------------------------------------------------------------------------------ inverses

inverse_of = general(
    "inverse_of(input)", forward=lapack.inverse, outputs=("inverse", "info"), differentiable=("inverse",),
    batch="leading", method=False, public=False, node_name="LinalgInvExBackward0",
    # dY = -Y dA Y
    input=lambda g, inverse: neg(matmul_(matmul_(inverse, g, True, False), inverse, False, True)),
    jvp=lambda tangents, inputs, out, parameters: neg(matmul_(matmul_(out[0], tangents[0]), out[0])),
    doc="Inverses, and the number of the diagonal element of U that is 0.",
)  # fmt: skip

InvEx = result_type("linalg_inv_ex", "inverse", "info")


def _inverse(A, position: str):
    A = tensor_argument(A, position, "A", 1)
    check_square(A, "linalg.inv")
    check_floating(A, "linalg.inv")
    return inverse_of(A)


@composite(namespace="linalg", out=True, aliases=("inverse",))
def inv(A):
    """The inverses of square matrices (*, n, n), float32, float64, complex64 or complex128.

    Raises LinAlgError for a singular matrix, naming the batch element. By LU with row interchanges. The gradient is
    -Y^H g Y^H with Y the inverse (M. B. Giles 2008, section 2.2.3).

    >>> import wengert as t
    >>> t.linalg.inv(t.tensor([[1.0, 1.0], [0.0, 2.0]]))
    tensor([[ 1.0000, -0.5000],
            [ 0.0000,  0.5000]])
    """
    out, info = _inverse(A, "linalg_inv")
    check_info(info, "linalg.inv", singular)
    return out


@composite(namespace="linalg", out=True)
def inv_ex(A, *, check_errors=False):
    """(inverse, info): `inv` that raises nothing for a singular matrix unless `check_errors`.

    Where info, int32 of A's leading dimensions, is not 0, the inverse is not finite.

    RuntimeError for matrices that are not square, fewer than two dimensions, integers and half precision;
    LinAlgError for a singular matrix with `check_errors`.

    >>> import wengert as t
    >>> t.linalg.inv_ex(t.zeros(2, 2)).info
    tensor(1, dtype=wengert.int32)
    """
    check_flags("linalg_inv_ex", check_errors=check_errors)
    out, info = _inverse(A, "linalg_inv_ex")
    if check_errors:
        check_info(info, "linalg.inv_ex", singular)
    return InvEx(out, info)


# ------------------------------------------------------------------------------------------------ determinants


def _parity(pivots):
    """The sign of row interchanges counted from 1: (*, n) -> (*)."""
    moved = pivots != numpy.arange(1, pivots.shape[-1] + 1)
    return 1 - 2 * (moved.sum(-1) % 2)


def _determinant(x):
    packed, pivots, _ = lapack.lu(x)
    with numpy.errstate(all="ignore"):
        found = numpy.diagonal(packed, axis1=-2, axis2=-1).prod(-1) * _parity(pivots)
    return numpy.asarray(found, x.dtype)


determinant = general(
    "determinant(input)", forward=_determinant, batch="leading", method=False, public=False,
    node_name="LinalgDetBackward0",
    # d det = <conj(C), dA> with the cofactors C, of singular matrices too (Jacobi's formula).
    input=lambda g, input: _spread(g) * conj(cofactors(input)),
    jvp=lambda tangents, inputs, out, parameters: sum_(cofactors(inputs[0]) * tangents[0], (-2, -1)),
    doc="Determinants.",
)  # fmt: skip


def _spread(x):
    """(*) as (*, 1, 1)."""
    return unsqueeze(unsqueeze(x, -1), -1)


def _cofactors(x):
    """det(A) A^-T; of a singular matrix U diag(s) V^H by the products of all singular values but one."""
    inverses, info = lapack.inverse(x)
    with numpy.errstate(all="ignore"):
        found = numpy.asarray(_determinant(x)[..., None, None] * inverses.swapaxes(-1, -2))
    if not info.any():
        return found
    chosen = info != 0
    found = found.copy()
    u, s, vh, _ = lapack.svd(x[chosen])
    n = s.shape[-1]
    others = numpy.where(numpy.eye(n, dtype=bool), 1, s[..., None, :]).prod(-1)
    # The transpose of det(U) det(V^H) V diag(others) U^H.
    product = (u.conj() * others[..., None, :].astype(x.dtype)) @ vh.conj()
    found[chosen] = (_determinant(u) * _determinant(vh))[..., None, None] * product
    return found


def _is_singular(input) -> bool:
    """Whether any of the matrices, in a batch of whatever level, is singular."""
    return bool(lapack.lu(bare(input))[2].any())


def _cofactor_pullback(g, input, out):
    if input.shape[-1] < 2:
        return g * 0
    if _is_singular(input):
        return _minors_pullback(g, input)
    # C = det(A) Y^T with Y = A^-1: dC = tr(Y dA) C - Y^T dA^T C.
    turned = mH(inverse_of(input)[0])
    weight = sum_(g * conj(out), (-2, -1))
    return matmul_(_spread(weight) * identity_like(input) - matmul_(conj(out), mT(g)), turned)


def _cofactor_tangent(tangents, inputs, out, parameters):
    (t,), (input,) = tangents, inputs
    if input.shape[-1] < 2:
        return t * 0
    if _is_singular(input):
        signs, rows, columns = _selections(input)
        minors = _minors(input, rows, columns)
        return signs * sum_(cofactors(minors) * _minors(t, rows, columns), (-2, -1))
    turned = mT(inverse_of(input)[0])
    trace = sum_(turned * t, (-2, -1))
    return _spread(trace) * out - matmul_(matmul_(turned, mT(t)), out)


def _selections(x):
    """Signs (n, n) of the minors, and the matrices (n, n-1, n) that leave out row i."""
    n = x.shape[-1]
    kept = numpy.stack([numpy.delete(numpy.eye(n), i, 0) for i in range(n)]) if n else numpy.zeros((0, 0, 0))
    places = numpy.arange(n)
    signs = 1.0 - 2.0 * ((places[:, None] + places) % 2)
    kept, signs = kept.astype(x.array.dtype), signs.astype(x.array.dtype)
    rows = from_array(kept)
    return from_array(signs), unsqueeze(rows, 1), unsqueeze(rows, 0)


def _minors(x, rows, columns):
    """(*, n, n) -> (*, n, n, n-1, n-1): x without row i and column j."""
    whole = unsqueeze(unsqueeze(x, -3), -3)
    return matmul_(matmul_(rows, whole), columns, False, True)


def _minors_pullback(g, input):
    """The gradient of cofactors by those of all minors: any matrix, any order, at the cost of n^2 smaller ones."""
    signs, rows, columns = _selections(input)
    inner = conj(cofactors(_minors(input, rows, columns)))
    weighted = _spread(g * signs) * inner
    # (*, i, j, n-1, n-1) @ (1, j, n-1, n), summed over j; then (i, n, n-1) @ (*, i, n-1, n), summed over i
    by_row = sum_(matmul_(weighted, columns), -3)
    return sum_(matmul_(squeeze(rows, 1), by_row, True, False), -3)


cofactors = general(
    "cofactors(input)", forward=_cofactors, batch="leading", method=False, public=False, jvp=_cofactor_tangent,
    input=_cofactor_pullback,
    doc="The cofactors of square matrices: the derivative of the determinant.",
)  # fmt: skip


def _sign_and_log(x):
    packed, pivots, info = lapack.lu(x)
    diagonal_ = numpy.diagonal(packed, axis1=-2, axis2=-1)
    with numpy.errstate(all="ignore"):
        size = numpy.abs(diagonal_)
        if packed.dtype.kind == "c":
            # Of NaN the phase is NaN.
            units = numpy.where(size != 0, diagonal_ / numpy.where(size != 0, size, 1), 0)
        else:
            # Of NaN the sign is 0, as of zero.
            units = numpy.where(size > 0, numpy.sign(diagonal_), 0)
        sign = numpy.asarray(units.prod(-1) * _parity(pivots), x.dtype)
        total = numpy.asarray(numpy.log(size).sum(-1), size.dtype)
    return sign, total, packed, pivots


def _log_pullback(g, input, sign, packed, pivots):
    # With z = tr(A^-1 dA): d log|det| = Re z and d sign = i sign Im z.
    g_sign, g_log = g
    turned = factored_system(input, identity_like(input), packed, unsqueeze(pivots, -2), True)
    if not sign.dtype.is_complex:
        return _spread(g_log) * turned
    return _spread(complex(g_log, neg(mul(conj(g_sign), sign).imag))) * turned


def _log_tangent(tangents, inputs, out, parameters):
    sign, _, packed, pivots = out
    solved = factored_system(inputs[0], tangents[0], packed, unsqueeze(pivots, -2))
    trace = sum_(diagonal(solved, 0, -2, -1), -1)
    if not sign.dtype.is_complex:
        return levels.zeros_like(sign), trace, None, None
    return sign * complex(levels.zeros_like(trace.real), trace.imag), trace.real, None, None


sign_and_log_of_determinant = general(
    "sign_and_log_of_determinant(input)", forward=_sign_and_log, outputs=("sign", "logabsdet", "packed", "pivots"),
    differentiable=("sign", "logabsdet"), batch="leading", method=False, public=False, jvp=_log_tangent,
    node_name="LinalgSlogdetBackward0",
    input=_log_pullback,
    doc="The sign (or phase) of determinants and the logarithm of their size.",
)  # fmt: skip


@composite(namespace="linalg", out=True, aliases=("det",))
def det(A):
    """The determinants of square matrices (*, n, n) -> (*), float32, float64, complex64 or complex128.

    By LU. The gradient is g times the conjugated cofactors, det(A) A^-H (Jacobi's formula); of a singular matrix, whose
    inverse does not exist, the cofactors come from its singular values, so that it is exact there too.

    RuntimeError for matrices that are not square, fewer than two dimensions, and integers; NotImplementedError for
    half precision.

    >>> import wengert as t
    >>> t.linalg.det(t.tensor([[0.0, 2.0], [3.0, 4.0]]))
    tensor(-6.)
    """
    A = tensor_argument(A, "linalg_det", "A", 1)
    check_square(A, "linalg.det")
    check_floating(A, "linalg.det", kernel="lu_cpu")
    return determinant(A)


Slogdet = result_type("linalg_slogdet", "sign", "logabsdet")


@composite(namespace="linalg", out=True, aliases=("slogdet",))
def slogdet(A):
    """(sign, logabsdet) of square matrices (*, n, n): det(A) = sign * exp(logabsdet), without overflow.

    The sign is -1, 0 or 1, or a complex number of modulus 1 or 0; of a singular matrix logabsdet is -inf. With
    z = tr(A^-1 dA) the derivatives are Re z and i sign Im z (M. B. Giles 2008, section 2.2.4).

    RuntimeError for matrices that are not square, fewer than two dimensions, integers and half precision.

    >>> import wengert as t
    >>> t.linalg.slogdet(t.tensor([[0.0, 1.0], [1.0, 0.0]])).sign
    tensor(-1.)
    """
    A = tensor_argument(A, "linalg_slogdet", "A", 1)
    check_square(A, "linalg.slogdet")
    check_floating(A, "linalg.slogdet")
    sign, logarithm, *_ = sign_and_log_of_determinant(A)
    return Slogdet(sign, logarithm)


@composite
def logdet(input):
    """The logarithm of determinants, NaN where they are negative; of complex matrices the principal one.

    RuntimeError for matrices that are not square, fewer than two dimensions, integers and half precision.

    >>> import wengert as t
    >>> t.logdet(t.eye(3))
    tensor(0.)
    """
    input = tensor_argument(input, "logdet", "input", 1)
    check_square(input, "linalg.slogdet")
    check_floating(input, "logdet")
    sign, logarithm, *_ = sign_and_log_of_determinant(input)
    if sign.dtype.is_complex:
        return logarithm + sign.log()
    return where(lt(sign, 0), numpy.nan, logarithm)
