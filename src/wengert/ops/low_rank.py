"""Decompositions of low rank: a few singular values or eigenvalues of a matrix.

The singular ones are those of Halko, Martinsson & Tropp, "Finding structure with randomness", SIAM Review 53 (2011),
https://arxiv.org/abs/0909.4061, algorithms 4.4 and 5.1.
"""

from ..core import Tensor
from ..core.errors import type_word
from . import arguments
from .composite import composite
from .decompositions import eigh, qr, svd
from .factorizations import cholesky
from .linear_systems import solve_triangular
from .random import randn
from .reductions import mean


def _range_of(A, q: int, niter: int, M):
    """(M, q): orthonormal columns that nearly span the range of A - M, found by subspace iteration (algorithm 4.4)."""

    def times(x):
        return A @ x if M is None else A @ x - M @ x

    def transposed_times(x):
        return A.mH @ x if M is None else A.mH @ x - M.mH @ x

    start = randn(A.shape[-1], q, dtype=A.dtype)
    found = qr(times(start))[0]
    for _ in range(niter):
        found = qr(transposed_times(found))[0]
        found = qr(times(found))[0]
    return found


def _checked(name: str, A) -> Tensor:
    A = arguments.tensor(name, "A", 1, A)
    if A.dtype.category < 2:
        raise RuntimeError(
            f"{name}(): a tensor of floating or complex numbers is decomposed, but A is {type_word(A.array.dtype)}"
        )
    if A.ndim < 2:
        raise RuntimeError(f"{name}(): A must be a matrix or a batch of them, but its shape is {list(A.shape)}")
    return A


@composite(method=False)
def svd_lowrank(A, q=6, niter=2, M=None):
    """(U, S, V): nearly the q largest singular values of A - M, with U diag(S) Vᴴ close to it.

    A is (*, M, N), of floating or complex numbers, M of the same shape or None. U is (*, M, q), S (*, q), V (*, N, q);
    where q is more than min(M, N), that many. The result varies with the state of the random generator, the less the
    faster the singular values fall and the larger `niter` is (algorithm 5.1). RuntimeError for integers and vectors.

    >>> import wengert as t
    >>> U, S, V = t.svd_lowrank(t.tensor([[3.0, 0.0], [0.0, 4.0]]), q=2)
    >>> t.allclose(S, t.tensor([4.0, 3.0]))
    True
    """
    A = _checked("svd_lowrank", A)
    q, niter = arguments.integer("svd_lowrank", "q", 2, q), arguments.integer("svd_lowrank", "niter", 3, niter)
    m, n = A.shape[-2:]
    if M is not None:
        M = arguments.tensor("svd_lowrank", "M", 4, M).expand(A.shape)
    if m < n:
        A, M = A.mH, None if M is None else M.mH
    Q = _range_of(A, q, niter, M)
    inside = Q.mH @ A if M is None else Q.mH @ (A - M)  # (q, M) @ (M, N) -> (q, N)
    U, S, Vh = svd(inside, full_matrices=False)
    U, V = Q @ U, Vh.mH
    return (V, S, U) if m < n else (U, S, V)


@composite(method=False)
def pca_lowrank(A, q=None, center=True, niter=2):
    """(U, S, V): principal components of the rows of A, the `svd_lowrank` of A with the mean of each column taken off.

    A is (*, M, N) with a sample in each row. `q` is min(6, M, N) unless given; without `center` the mean stays.
    ValueError for a q that is negative or more than min(M, N), and for a negative niter.

    >>> import wengert as t
    >>> U, S, V = t.pca_lowrank(t.tensor([[1.0, 2.0], [3.0, 2.0], [5.0, 2.0]]), q=1)
    >>> S
    tensor([2.8284])
    """
    A = _checked("pca_lowrank", A)
    m, n = A.shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= arguments.integer("pca_lowrank", "q", 2, q) <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if not arguments.integer("pca_lowrank", "niter", 4, niter) >= 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - mean(A, -2, True) if center else A, q, niter=niter)


@composite(method=False)
def lobpcg(A, k=None, B=None, X=None, n=None, iK=None, niter=None, tol=None, largest=None, method=None, tracker=None,
           ortho_iparams=None, ortho_fparams=None, ortho_bparams=None):  # fmt: skip
    """(E, X): the k largest eigenvalues (the smallest, if `largest` is False) of a symmetric matrix A and their
    vectors.

    With B, positive definite, they are those of A x = e B x. A and B are (*, M, M), E is (*, k), X (*, M, k). `k` is
    the number of columns of `X` unless given, and 1 without it; `n` counts in its place, if given. The dense matrix is
    decomposed whole, so what steers an iteration, from `iK` on, changes nothing. ValueError for M < 3k.

    >>> import wengert as t
    >>> E, X = t.lobpcg(t.diag(t.tensor([1.0, 5.0, 2.0])), k=1)
    >>> E
    tensor([5.])
    """
    A = _checked("lobpcg", A)
    if A.shape[-1] != A.shape[-2]:
        raise AssertionError(f"A must be square, got shape {A.shape}")
    if k is None:
        k = 1 if X is None else X.shape[-1]
    k = arguments.integer("lobpcg", "k", 2, k if n is None else n)
    if A.shape[-1] < 3 * k:
        raise ValueError(
            f"LPBPCG algorithm is not applicable when the number of A rows (={A.shape[-1]}) is smaller than 3 x the "
            f"number "
            f"of requested eigenpairs (={k})"
        )
    if B is None:
        values, vectors = eigh(A)
    else:
        L = cholesky(arguments.tensor("lobpcg", "B", 3, B))
        half = solve_triangular(L, A, upper=False)  # L⁻¹ A, then L⁻¹ A L⁻ᴴ
        values, vectors = eigh(solve_triangular(L, half.mH, upper=False).mH)
        vectors = solve_triangular(L.mH, vectors, upper=True)
    if largest is None or largest:
        return values[..., values.shape[-1] - k :].flip(-1), vectors[..., values.shape[-1] - k :].flip(-1)
    return values[..., :k], vectors[..., :k]
