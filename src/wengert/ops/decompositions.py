"""Orthogonal and spectral decompositions: QR, SVD, eigenvalues.

Derivatives: S. F. Walter & L. Lehmann, "Algorithmic differentiation of linear algebra functions", 2010 and 2018
(https://arxiv.org/abs/1802.02247) for QR; M. B. Giles 2008 for eigenvalues; J. Townsend, "Differentiating the singular
value decomposition", 2016; Z.-Q. Wan & S.-X. Zhang, "Automatic differentiation for complex valued SVD", 2019,
https://arxiv.org/abs/1909.02659, for the phase of complex vectors. All follow from the same steps: with the vectors'
change written in their own basis, dU = U X, the equation for dA gives the off-diagonal of X divided by differences of
(squared) values, and the normalisation gives its diagonal. A rule here is the adjoint of that.

Vectors are determined up to a sign, complex ones up to a phase, so that only functions that do not depend on it have a
derivative; and where two values are equal, the vectors have none at all.
"""

import numpy

from ..core import Tensor
from ..core.modes import is_grad_enabled
from ..core.promotion import from_array
from ..kernels import lapack
from . import levels
from .complex_numbers import complex, conj
from .composite import composite
from .declaration import general
from .elementwise import div, eq, logical_and, mul, where
from .linear_algebra import matmul_
from .linear_systems import factored_system, lu_decomposition, triangular_system
from .matrices import (
    bare,
    check_flags,
    check_floating,
    check_info,
    check_kernel,
    check_matrix,
    check_square,
    mH,
    not_converged,
    tensor_argument,
    zero_for_certain,
)
from .results import result_type
from .shape import cat, diag_embed, diagonal, narrow, tril, unsqueeze

# ------------------------------------------------------------------------------------------------ pieces


def _diagonal(x):
    return diagonal(x, 0, -2, -1)


def _columns_times(x, s):
    """x diag(s)."""
    return mul(x, unsqueeze(s, -2))


def _rows_times(s, x):
    """diag(s) x."""
    return mul(unsqueeze(s, -1), x)


def _imaginary(x):
    """i Im x."""
    return complex(levels.zeros_like(x.imag), x.imag)


def _over_differences(x, values):
    """x[j, k] / (values[k] - values[j]) off the diagonal and 0 on it; 0 / 0 is 0, for what nobody used."""
    differences = unsqueeze(values, -2) - unsqueeze(values, -1)
    away = from_array(~numpy.eye(values.shape[-1], dtype=bool))
    x = where(away, x, 0.0)
    return div(x, where(logical_and(eq(differences, 0), eq(x, 0)), 1.0, differences))


def _needs_derivative(x: Tensor) -> bool:
    return bool(x._level) or x.requires_grad and is_grad_enabled()


def _check_phase(found, function: str) -> None:
    """RuntimeError where the imaginary diagonal `found` shows that a loss depends on the phase of complex vectors."""
    values = bare(found)
    if not numpy.allclose(values.imag, 0, atol=1e-2):
        raise RuntimeError(
            f"{function}: The eigenvectors in the complex case are specified up to multiplication by e^{{i phi}}. The "
            "specified loss function depends on this quantity, so it is ill-defined."
            if "eig" in function
            else f"{function}: The singular vectors in the complex case are specified up to multiplication by "
            "e^{i phi}. The specified loss function depends on this quantity, so it is ill-defined."
        )


# ------------------------------------------------------------------------------------------------ QR


def _skew_of(s):
    """X of dQ = Q X + (I - Q Q^H) dA R^-1 from S = Q^H dA R^-1: skew, for Q stays unitary, and S - X triangular."""
    lower = tril(s, -1)
    out = lower - mH(lower)
    return out + diag_embed(_imaginary(_diagonal(s))) if s.dtype.is_complex else out


def _qr_pullback(g, Q, R):
    g_q, g_r = g
    across = matmul_(g_r, R, False, True)  # (*, k, n) @ (*, n, k)
    inside = matmul_(Q, g_q, True, False)
    k = inside - across
    # The adjoint of `_skew_of`.
    turned = tril(k - mH(k), -1)
    if k.dtype.is_complex:
        turned = turned + diag_embed(_imaginary(_diagonal(k)))
    found = g_q + matmul_(Q, turned + across - inside)
    return mH(triangular_system(R, mH(found), True))  # found R^-H


def _qr_tangent(tangents, inputs, out, parameters):
    Q, R = out
    moved = mH(triangular_system(mH(R), mH(tangents[0]), False))  # dA R^-1
    s = matmul_(Q, moved, True, False)
    x = _skew_of(s)
    return moved - matmul_(Q, s - x), matmul_(s - x, R)


thin_qr = general(
    "thin_qr(input)", forward=lambda x: lapack.qr(x), outputs=("Q", "R"), batch="leading", method=False, public=False,
    jvp=_qr_tangent, node_name="LinalgQrBackward0",
    input=_qr_pullback,
    doc="Q (*, m, n) and R (*, n, n) of matrices of at least as many rows as columns.",
)  # fmt: skip


def _no_derivative(*_):
    raise RuntimeError(
        "The QR decomposition is not differentiable when mode='complete' and nrows > ncols: the further columns of Q "
        "are "
        "any basis. Use mode='reduced'."
    )


whole_qr = general(
    "whole_qr(input)", forward=lambda x: lapack.qr(x, True), outputs=("Q", "R"), batch="leading", method=False,
    public=False, jvp=_no_derivative, node_name="LinalgQrBackward0",
    input=lambda g: _no_derivative(),
    doc="Q (*, m, m) and R (*, m, n).",
)  # fmt: skip

QR = result_type("linalg_qr", "Q", "R")


@composite(namespace="linalg", out=True)
def qr(A, mode="reduced"):
    """(Q, R) of A = Q R, (*, m, n): Q with orthonormal columns, R upper triangular; k = min(m, n).

    Args:
        A: float32, float64, complex64 or complex128.
        mode: "reduced": Q (*, m, k) and R (*, k, n); "complete": Q (*, m, m) and R (*, m, n); "r": only R, Q is empty.

    By Householder reflections, so that R's diagonal is real and may be negative. With S = Q^H dA R^-1 and the skew X
    that makes S - X triangular: dQ = Q X + (I - Q Q^H) dA R^-1, dR = (S - X) R (S. F. Walter & L. Lehmann 2018). A
    matrix of more columns than rows is the QR of its first columns and Q^H times the others. RuntimeError for the
    derivative of "complete" with m > n; the first k columns must be independent.

    >>> import wengert as t
    >>> t.linalg.qr(t.tensor([[3.0], [4.0]])).R
    tensor([[-5.]])
    """
    A = tensor_argument(A, "linalg_qr", "A", 1)
    if not isinstance(mode, str):
        raise TypeError(f"linalg_qr(): argument 'mode' (position 2) must be str, not {type(mode).__name__}")
    check_matrix(A, "linalg.qr")
    check_floating(A, "linalg.qr", kernel="geqrf_cpu")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    m, n = A.shape[-2:]
    if m >= n:
        Q, R = whole_qr(A) if mode == "complete" and m > n else thin_qr(A)
    else:
        # The reflections of the first columns are those of the whole.
        Q, R = thin_qr(narrow(A, -1, 0, m))
        R = cat([R, matmul_(Q, narrow(A, -1, m, n - m), True, False)], -1)
    return QR(A.new_empty((0,)), R) if mode == "r" else QR(Q, R)


# ------------------------------------------------------------------------------------------------ singular values


def _svd_pullback(g, U, S, Vh, full):
    g_u, g_s, g_vh = g
    k = S.shape[-1]
    if full:
        # Further columns are any basis: nothing is known of their derivative.
        U, Vh, g_u, g_vh = narrow(U, -1, 0, k), narrow(Vh, -2, 0, k), narrow(g_u, -1, 0, k), narrow(g_vh, -2, 0, k)
    m, n = U.shape[-2], Vh.shape[-1]
    inner = diag_embed(g_s)
    if zero_for_certain(g_u) and zero_for_certain(g_vh):
        return matmul_(_columns_times(U, g_s), Vh)
    squares = S * S
    left, right = matmul_(U, g_u, True, False), matmul_(Vh, g_vh, False, True)
    if S.shape[-1]:
        inner = inner + _columns_times(_over_differences(left - mH(left), squares), S)
        inner = inner + _rows_times(S, _over_differences(right - mH(right), squares))
    if U.dtype.is_complex:
        _check_phase(_diagonal(left) + _diagonal(right), "svd_backward")
        inner = inner + diag_embed(_imaginary(_diagonal(left) - _diagonal(right)) / (2.0 * S))
    found = matmul_(U, inner)
    if m > k:
        scaled = div(g_u, unsqueeze(S, -2))
        found = found + scaled - matmul_(U, matmul_(U, scaled, True, False))
    found = matmul_(found, Vh)
    if n > k:
        scaled = div(g_vh, unsqueeze(S, -1))
        found = found + matmul_(U, scaled - matmul_(matmul_(scaled, Vh, False, True), Vh))
    return found


def _svd_tangent(tangents, inputs, out, parameters):
    (t,), (full,) = tangents, parameters
    U, S, Vh, _ = out
    k, m, n = S.shape[-1], U.shape[-2], Vh.shape[-1]
    further = full and (m > k, n > k)
    if full:
        U, Vh = narrow(U, -1, 0, k), narrow(Vh, -2, 0, k)
    right = matmul_(t, Vh, False, True)  # dA V
    inner = matmul_(U, right, True, False)  # U^H dA V
    t_s = _diagonal(inner)
    squares = S * S
    # dU = U X: X[j, k] (s_k^2 - s_j^2) is that of P S + S P^H; of V that of S P + P^H S.
    left_sum = _columns_times(inner, S)
    left_sum = left_sum + mH(left_sum)
    right_sum = _rows_times(S, inner)
    right_sum = right_sum + mH(right_sum)
    x, y = _over_differences(left_sum, squares), _over_differences(right_sum, squares)
    if U.dtype.is_complex:
        phase = diag_embed(_imaginary(t_s) / (2.0 * S))
        x, y, t_s = x + phase, y - phase, t_s.real
    t_u, t_v = matmul_(U, x), matmul_(Vh, y, True, False)
    if m > k:
        scaled = div(right, unsqueeze(S, -2))
        t_u = t_u + scaled - matmul_(U, matmul_(U, scaled, True, False))
    t_vh = mH(t_v)
    if n > k:
        scaled = div(matmul_(U, t, True, False), unsqueeze(S, -1))
        t_vh = t_vh + scaled - matmul_(matmul_(scaled, Vh, False, True), Vh)
    if further and further[0]:
        t_u = cat([t_u, levels.zeros_like(narrow(out[0], -1, k, m - k))], -1)
    if further and further[1]:
        t_vh = cat([t_vh, levels.zeros_like(narrow(out[2], -2, k, n - k))], -2)
    return t_u, t_s, t_vh, None


singular_decomposition = general(
    "singular_decomposition(input, full)", forward=lapack.svd, outputs=("U", "S", "Vh", "info"),
    differentiable=("U", "S", "Vh"), batch="leading", method=False, public=False, jvp=_svd_tangent,
    node_name="LinalgSvdBackward0",
    input=_svd_pullback,
    doc="U, the singular values, V^H and LAPACK's info.",
)  # fmt: skip


def _values_only(x):
    _, s, _, info = lapack.svd(x, False, False)
    return s, info


singular_values_only = general(
    "singular_values_only(input)", forward=_values_only, outputs=("S", "info"), batch="leading", method=False,
    public=False,
    input=None,
    doc="The singular values, without vectors and without a derivative.",
)  # fmt: skip

SVD = result_type("linalg_svd", "U", "S", "Vh")
_NO_SVD = not_converged("singular values")


def _check_driver(driver, function: str) -> None:
    if driver is not None:
        raise RuntimeError(
            f"{function}: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


@composite(namespace="linalg", out=True)
def svd(A, full_matrices=True, *, driver=None):
    """(U, S, Vh) of A = U diag(S) V^H, (*, m, n): singular values, descending, and orthonormal vectors; k = min(m, n).

    Args:
        A: float32, float64, complex64 or complex128.
        full_matrices: whether U is (*, m, m) and Vh (*, n, n), rather than (*, m, k) and (*, k, n).

    LinAlgError for NaN or infinity. With P = U^H dA V: dS = Re diag P, and dU = U X where
    X[j, k] (s_k^2 - s_j^2) = (P S + S P^H)[j, k] (J. Townsend 2016; Z.-Q. Wan & S.-X. Zhang 2019 for the phase).
    Vectors have derivatives where singular values differ, and complex ones in functions that do not depend on their
    phase; gradients of further columns (full_matrices) count as 0.

    >>> import wengert as t
    >>> t.linalg.svd(t.tensor([[0.0, 3.0], [1.0, 0.0]])).S
    tensor([3., 1.])
    """
    A = tensor_argument(A, "linalg_svd", "A", 1)
    check_flags("linalg_svd", full_matrices=full_matrices)
    check_matrix(A, "linalg.svd")
    check_floating(A, "linalg.svd", kernel="linalg_svd_cpu")
    _check_driver(driver, "torch.linalg.svd")
    U, S, Vh, info = singular_decomposition(A, bool(full_matrices))
    check_info(info, "linalg.svd", _NO_SVD)
    return SVD(U, S, Vh)


@composite(namespace="linalg", out=True)
def svdvals(A, *, driver=None):
    """The singular values of matrices (*, m, n), descending: (*, min(m, n)), real. The gradient is U diag(g) V^H.

    RuntimeError for fewer than two dimensions, and integers; NotImplementedError for half precision; LinAlgError
    where A is not finite.

    >>> import wengert as t
    >>> t.linalg.svdvals(t.tensor([[0.0, 3.0], [1.0, 0.0]]))
    tensor([3., 1.])
    """
    A = tensor_argument(A, "linalg_svdvals", "A", 1)
    check_matrix(A, "linalg.svd")
    check_floating(A, "linalg.svd", kernel="linalg_svd_cpu")
    _check_driver(driver, "torch.linalg.svd")
    return singular_values(A)


def singular_values(A):
    """`linalg.svdvals` of what is known to be matrices."""
    if _needs_derivative(A):
        _, S, _, info = singular_decomposition(A, False)
    else:
        S, info = singular_values_only(A)
    check_info(info, "linalg.svd", _NO_SVD)
    return S


# ------------------------------------------------------------------------------------------------ Hermitian matrices


def _eigh_pullback(g, values, vectors):
    g_values, g_vectors = g
    if zero_for_certain(g_vectors):
        return matmul_(_columns_times(vectors, g_values), vectors, False, True)
    inside = matmul_(vectors, g_vectors, True, False)
    if inside.dtype.is_complex:
        _check_phase(_diagonal(inside), "linalg_eigh_backward")
    inner = _over_differences(inside, values) + diag_embed(g_values)
    return matmul_(matmul_(vectors, inner), vectors, False, True)


def _eigh_tangent(tangents, inputs, out, parameters):
    values, vectors, _ = out
    inner = matmul_(matmul_(vectors, tangents[0], True, False), vectors)
    on_diagonal = _diagonal(inner)
    t_values = on_diagonal.real if on_diagonal.dtype.is_complex else on_diagonal
    return t_values, matmul_(vectors, _over_differences(inner, values)), None


hermitian_decomposition = general(
    "hermitian_decomposition(input, lower=True)", forward=lapack.eigh, outputs=("values", "vectors", "info"),
    differentiable=("values", "vectors"), batch="leading", method=False, public=False, jvp=_eigh_tangent,
    node_name="LinalgEighBackward0",
    input=_eigh_pullback,
    doc="Eigenvalues, eigenvectors and LAPACK's info of Hermitian matrices.",
)  # fmt: skip


def _hermitian_values_only(x, lower):
    values, _, info = lapack.eigh(x, lower, False)
    return values, info


hermitian_values_only = general(
    "hermitian_values_only(input, lower=True)", forward=_hermitian_values_only, outputs=("values", "info"),
    batch="leading", method=False, public=False,
    input=None,
    doc="The eigenvalues of Hermitian matrices, without vectors and without a derivative.",
)  # fmt: skip

Eigh = result_type("linalg_eigh", "eigenvalues", "eigenvectors")
_NO_EIGH = not_converged("eigenvalues")


def _check_hermitian(A, UPLO, position: str, function: str):
    A = tensor_argument(A, position, "A", 1)
    check_square(A, function)
    if not isinstance(UPLO, str):
        raise TypeError(f"{position}(): argument 'UPLO' (position 2) must be str, not {type(UPLO).__name__}")
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    check_kernel(A, "linalg_eigh_cpu")
    return A, UPLO.upper() == "L"


@composite(namespace="linalg", out=True)
def eigh(A, UPLO="L"):
    """(eigenvalues, eigenvectors) of Hermitian matrices A = V diag(L) V^H, (*, n, n): values real and ascending (*, n),
    vectors orthonormal, in columns (*, n, n).

    Args:
        A: float32, float64, complex64 or complex128.
        UPLO: which triangle is read, "L" or "U".

    With P = V^H dA V: dL = Re diag P and dV = V X, X[j, k] = P[j, k] / (l_k - l_j) (M. B. Giles 2008, section 3.1).
    Vectors have derivatives where eigenvalues differ, and complex ones in functions that do not depend on their phase.

    RuntimeError for matrices that are not square and fewer than two dimensions; NotImplementedError for integers and
    half precision. NaN where A is not finite.

    >>> import wengert as t
    >>> t.linalg.eigh(t.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    A, lower = _check_hermitian(A, UPLO, "linalg_eigh", "linalg.eigh")
    values, vectors, info = hermitian_decomposition(A, lower)
    check_info(info, "linalg.eigh", _NO_EIGH)
    return Eigh(values, vectors)


@composite(namespace="linalg", out=True)
def eigvalsh(A, UPLO="L"):
    """The eigenvalues of Hermitian matrices (*, n, n), real and ascending: (*, n). The gradient is V diag(g) V^H.

    RuntimeError for matrices that are not square and fewer than two dimensions; NotImplementedError for integers and
    half precision. NaN where A is not finite.

    >>> import wengert as t
    >>> t.linalg.eigvalsh(t.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor([1., 3.])
    """
    A, lower = _check_hermitian(A, UPLO, "linalg_eigvalsh", "linalg.eigh")
    return hermitian_values(A, lower)


def hermitian_values(A, lower: bool = True):
    """`linalg.eigvalsh` of what is known to be square matrices."""
    if _needs_derivative(A):
        values, _, info = hermitian_decomposition(A, lower)
    else:
        values, info = hermitian_values_only(A, lower)
    check_info(info, "linalg.eigh", _NO_EIGH)
    return values


# ------------------------------------------------------------------------------------------------ general matrices


def _solved_by(vectors, right, adjoint: bool):
    packed, pivots, _ = lu_decomposition(vectors)
    return factored_system(vectors, right, packed, unsqueeze(pivots, -2), adjoint)


def _eig_pullback(g, values, vectors):
    g_values, g_vectors = g
    inner = diag_embed(g_values)
    if not zero_for_certain(g_vectors):
        inside = matmul_(vectors, g_vectors, True, False)
        _check_phase(_diagonal(inside), "linalg_eig_backward")
        # Columns of length 1: their change along themselves is taken away again.
        along = _columns_times(matmul_(vectors, vectors, True, False), _diagonal(inside).real)
        inner = inner + conj(_over_differences(conj(inside - along), values))
    return _solved_by(vectors, matmul_(inner, vectors, False, True), True)  # V^-H inner V^H


def _eig_tangent(tangents, inputs, out, parameters):
    values, vectors, _ = out
    t = tangents[0] if tangents[0].dtype.is_complex else tangents[0].to(vectors.dtype)
    inner = _solved_by(vectors, matmul_(t, vectors), False)
    moved = matmul_(vectors, _over_differences(inner, values))
    along = (conj(vectors) * moved).sum(-2).real
    return _diagonal(inner), moved - _columns_times(vectors, along), None


eigen_decomposition = general(
    "eigen_decomposition(input)", forward=lapack.eig, outputs=("values", "vectors", "info"),
    differentiable=("values", "vectors"), batch="leading", method=False, public=False, jvp=_eig_tangent,
    node_name="LinalgEigBackward0",
    input=_eig_pullback,
    doc="Eigenvalues, eigenvectors and LAPACK's info of square matrices.",
)  # fmt: skip


def _eigenvalues_only(x):
    values, _, info = lapack.eig(x, False)
    return values, info


eigenvalues_only = general(
    "eigenvalues_only(input)", forward=_eigenvalues_only, outputs=("values", "info"), batch="leading", method=False,
    public=False,
    input=None,
    doc="The eigenvalues of square matrices, without vectors and without a derivative.",
)  # fmt: skip

Eig = result_type("linalg_eig", "eigenvalues", "eigenvectors")
_NO_EIG = not_converged("eigenvalues")


def _check_eig(A, position: str):
    A = tensor_argument(A, position, "A", 1)
    check_square(A, "linalg.eig")
    if A.dtype.category < 2:
        A.dtype.to_complex()
    check_kernel(A, "linalg_eig_out_cpu")
    return A


def _check_finite(A) -> None:
    if not numpy.isfinite(bare(A)).all():
        raise RuntimeError("wengert.linalg.eig: input tensor should not contain infs or NaNs.")


@composite(namespace="linalg", out=True)
def eig(A):
    """(eigenvalues, eigenvectors) of square matrices A V = V diag(L), (*, n, n): complex, in no particular order,
    vectors of length 1 in columns.

    float32, float64, complex64 or complex128. RuntimeError for NaN or infinity. With P = V^-1 dA V: dL = diag P and dV
    = V X less what changes a column's length, X[j, k] = P[j, k] / (l_k - l_j) (M. B. Giles 2008, section 3.1). Vectors
    have derivatives where eigenvalues differ, in functions that do not depend on their phase.

    >>> import wengert as t
    >>> t.linalg.eig(t.tensor([[0.0, -1.0], [1.0, 0.0]])).eigenvalues
    tensor([0.+1.j, 0.-1.j])
    """
    A = _check_eig(A, "linalg_eig")
    _check_finite(A)
    values, vectors, info = eigen_decomposition(A)
    check_info(info, "linalg.eig", _NO_EIG)
    return Eig(values, vectors)


@composite(namespace="linalg", out=True)
def eigvals(A):
    """The eigenvalues of square matrices (*, n, n), complex, in no particular order: (*, n); NaN where A is not finite.

    RuntimeError for matrices that are not square, fewer than two dimensions, and integers; NotImplementedError for
    half precision.

    >>> import wengert as t
    >>> t.linalg.eigvals(t.tensor([[0.0, -1.0], [1.0, 0.0]]))
    tensor([0.+1.j, 0.-1.j])
    """
    A = _check_eig(A, "linalg_eigvals")
    if _needs_derivative(A):
        values, _, info = eigen_decomposition(A)
    else:
        values, info = eigenvalues_only(A)
    check_info(info, "linalg.eig", _NO_EIG)
    return values
