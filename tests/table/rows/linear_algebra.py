"""Linear algebra: products, systems, decompositions, functions of matrices. References are NumPy's, SciPy's or loops.

Square matrices are drawn with a growing diagonal, so that they are far from singular, their eigenvalues and singular
values lie apart, and no small change of them interchanges rows.
"""

import dataclasses

import numpy as np
import scipy.linalg

from ..composites import row
from ..values import A, R, U, Values


@dataclasses.dataclass(frozen=True)
class Matrices(Values):
    """Random matrices (*, m, n) plus 2, 3.5, 5, ... on the diagonal."""

    def draw(self, rng, dtype=np.float64):
        values = super().draw(rng, dtype)
        n = min(self.shape[-2:])
        values[..., np.arange(n), np.arange(n)] += (2 + 1.5 * np.arange(n)).astype(values.real.dtype)
        return values


def M(*shape):
    return Matrices(shape, -1.0, 1.0)


def H(x):
    return np.conj(np.swapaxes(x, -1, -2))


def hermitian(x):
    return x + x.conj().mT


def positive(x):
    """A positive definite matrix of any; of tensors and of arrays."""
    return x @ x.conj().mT


# ------------------------------------------------------------------------------------------------ products

row("linalg.matmul", [R(2, 3), R(3, 4)], np.matmul)
row("matmul", [R(3), R(2, 3, 4)], np.matmul)
row("matmul", [R(2, 3, 4), R(4)], np.matmul)
row("matmul", [R(0, 3), R(3, 2)], np.matmul)
row("matmul", [R(2, 0), R(0, 2)], np.matmul)
row("vdot", [R(3), R(3)], np.vdot)
row("dot", [R(0), R(0)], np.dot)
row("outer", [R(0), R(2)], np.outer)
row("inner", [R(2, 3), R(4, 3)], np.inner)
row("inner", [R(2, 1, 3), R(3)], np.inner)
row("inner", [R(), R(2, 2)], np.inner)
row("kron", [R(2, 3), R(3, 2)], np.kron)
row("kron", [R(3), R(2, 2)], np.kron)
row("kron", [R(), R(2)], np.kron)
row("tensordot", [R(2, 3, 4), R(3, 4, 2)], np.tensordot, (2,), (([1, 2], [0, 1]),), (([0], [-1]),))
row("tensordot", [R(2, 3), R(4)], lambda x, y, dims: np.tensordot(x, y, dims), (0,))
row("tensordot", [R(2, 1), R(3, 2)], lambda x, y, dims: np.tensordot(np.broadcast_to(x, (2, 3)), y, dims), (1,))
row("cross", [R(2, 3), R(2, 3)], lambda x, y, dim: np.cross(x, y, axis=dim), (1,), (-1,))
row("cross", [R(3, 2), R(3, 2)], lambda x, y: np.cross(x, y, axis=0))
row("linalg.cross", [R(2, 3), R(1, 3)], np.cross)
row("linalg.cross", [R(3, 2), R(3, 2)], lambda x, y, dim: np.cross(x, y, axis=dim), {"dim": 0})
row("cross_product", [R(2, 3), R(1, 3)], np.cross, spelled="linalg.cross")
row("cross_product", [R(3), R(2, 3)], np.cross, spelled=None)
row("linalg.vecdot", [R(2, 3), R(3)], lambda x, y: np.sum(np.conj(x) * y, -1))
row("linalg.vecdot", [R(2, 3), R(2, 1)], lambda x, y, dim: np.sum(np.conj(x) * y, dim), {"dim": 0})
row("linalg.multi_dot", [R(2, 3), R(3, 4), R(4, 2)], lambda *xs: np.linalg.multi_dot(xs), takes_list=True)
row("linalg.multi_dot", [R(3), R(3, 4), R(4, 2), R(2)], lambda *xs: np.linalg.multi_dot(xs), takes_list=True)
row(
    "chain_matmul", [R(2, 3), R(3, 4), R(4, 1)], lambda *xs: np.linalg.multi_dot(xs),
    through=lambda t, *xs: t.chain_matmul(*xs), spelled=None,
)  # fmt: skip
row("addbmm", [R(2, 4), R(5, 2, 3), R(5, 3, 4)], lambda c, a, b: c + (a @ b).sum(0))
row(
    "addbmm", [R(4), R(5, 2, 3), R(5, 3, 4)], lambda c, a, b, beta, alpha: beta * c + alpha * (a @ b).sum(0),
    {"beta": 0.5, "alpha": 2.0},
)  # fmt: skip
row("addr", [R(2, 3), R(2), R(3)], lambda c, x, y: c + np.outer(x, y))
row(
    "addr", [R(3), R(2), R(3)], lambda c, x, y, beta, alpha: beta * c + alpha * np.outer(x, y),
    {"beta": 0.5, "alpha": 2.0},
)  # fmt: skip
row("addmm", [R(), R(2, 3), R(3, 4)], lambda c, a, b: c + a @ b)
row(
    "baddbmm", [R(1, 4), R(5, 2, 3), R(5, 3, 4)], lambda c, a, b, beta, alpha: beta * c + alpha * a @ b,
    {"beta": 0, "alpha": 2.0}, {"beta": 2.0, "alpha": 0.5},
)  # fmt: skip
row("nn.functional.bilinear", [R(5, 2), R(5, 3), R(4, 2, 3)], lambda x, y, w: np.einsum("ni,oij,nj->no", x, w, y))
row("nn.functional.bilinear", [R(2), R(3), R(4, 2, 3), R(4)], lambda x, y, w, b: np.einsum("i,oij,j->o", x, w, y) + b)


def equation(text: str, *operands):
    """A row of einsum, whose equation comes first."""
    row(
        "einsum", list(operands), lambda *xs: np.einsum(text, *xs), through=lambda t, *xs: t.einsum(text, *xs),
    )  # fmt: skip


equation("ij,jk->ik", R(2, 3), R(3, 4))
equation("ij,jk", R(2, 3), R(3, 4))
equation("ii", R(3, 3))
equation("ii->i", R(3, 3))
equation("ij->", R(2, 3))
equation("ba", R(2, 3))
equation("iijj->ij", R(2, 2, 3, 3))
equation("i,j->ij", R(2), R(3))
equation("bij,bjk->bik", R(2, 3, 4), R(2, 4, 2))
equation("...ij,...jk->...ik", R(2, 1, 2, 3), R(4, 3, 2))
equation("...i,...i", R(2, 3), R(3))
equation("i...->...", R(2, 3, 2))
equation("ij,jk,kl->il", R(2, 3), R(3, 4), R(4, 2))
equation("ab,bc,cd,de,ea->", R(2, 3), R(3, 2), R(2, 3), R(3, 2), R(2, 2))
equation("a,b,c,d,e,f->ace", R(2), R(2), R(2), R(2), R(2), R(2))
equation("ijk,ilm,njm,nlk,abc->", R(2, 2, 2), R(2, 2, 2), R(2, 2, 2), R(2, 2, 2), R(1, 2, 1))
equation("bi,oij,bj->bo", R(3, 2), R(4, 2, 2), R(3, 2))
equation("ij,kj->ik", R(0, 3), R(2, 3))
equation("ij,ij->i", R(2, 0), R(2, 0))
equation(",i->i", R(), R(3))
row(
    "einsum", [R(2, 3), R(3, 4)], np.matmul, through=lambda t, x, y: t.einsum(x, [0, 5], y, [5, 1], [0, 1]),
)  # fmt: skip
row("einsum", [R(2, 1), R(3, 2)], lambda x, y: x @ np.ones((1, 3)) @ y, through=lambda t, x, y: t.einsum("ij,jk", x, y))


# ------------------------------------------------------------------------------------------------ systems


def solution(a, b, left=True):
    return np.linalg.solve(a, b) if left else np.linalg.solve(a.mT, b.mT).mT


def of_vector(a, b):
    return np.linalg.solve(a, b[..., None])[..., 0]


row("linalg.solve", [M(3, 3), R(3, 2)], solution)
row("linalg.solve", [M(2, 3, 3), R(3, 2)], solution)
row("linalg.solve", [M(3, 3), R(2, 3, 1)], solution)
row("linalg.solve", [M(3, 3), R(3)], of_vector)
row("linalg.solve", [M(2, 3, 3), R(2, 3)], of_vector)
row("linalg.solve", [M(3, 3), R(2, 3)], solution, {"left": False})
row("linalg.solve", [M(0, 0), R(0, 2)], solution)
row("linalg.solve", [M(0, 3, 3), R(3, 2)], solution)
row("linalg.solve_ex", [M(2, 3, 3), R(3, 2)], lambda a, b: (np.linalg.solve(a, b), np.zeros(2, np.int32)))
row("linalg.inv", [M(3, 3)], np.linalg.inv)
row("linalg.inv", [M(2, 1, 4, 4)], np.linalg.inv)
row("linalg.inv", [M(0, 0)], np.linalg.inv)
row("linalg.inv_ex", [M(2, 3, 3)], lambda a: (np.linalg.inv(a), np.zeros(2, np.int32)))
row("linalg.det", [M(3, 3)], np.linalg.det)
row("linalg.det", [R(2, 2, 2)], np.linalg.det)
row("linalg.det", [R(1, 1)], np.linalg.det)
row("linalg.det", [R(0, 0)], np.linalg.det)
row("linalg.det", [R(3, 1), R(1, 3)], lambda x, y: 0 * x[0, 0], through=lambda t, x, y: t.linalg.det(x @ y))
row("linalg.slogdet", [M(2, 3, 3)], lambda a: tuple(np.linalg.slogdet(a)))
row("linalg.slogdet", [R(2, 2)], lambda a: tuple(np.linalg.slogdet(a)))


def log_of_determinant(a):
    return np.log(np.linalg.det(a))


row("logdet", [M(2, 3, 3)], log_of_determinant)


def triangle(a, upper, unit=False):
    a = np.triu(a) if upper else np.tril(a)
    if unit:
        a = a - a * np.eye(a.shape[-1]) + np.eye(a.shape[-1])
    return a


def triangular(a, b, upper, left=True, unitriangular=False):
    return solution(triangle(a, upper, unitriangular), b, left)


row("linalg.solve_triangular", [M(3, 3), R(3, 2)], triangular, {"upper": True}, {"upper": False},
    {"upper": True, "left": True, "unitriangular": True})  # fmt: skip
row("linalg.solve_triangular", [M(2, 3, 3), R(2, 3)], triangular, {"upper": True, "left": False},
    {"upper": False, "left": False, "unitriangular": True})  # fmt: skip
row("linalg.solve_triangular", [M(3, 3), R(4, 3, 0)], triangular, {"upper": True})
row(
    "triangular_solve", [R(3, 2), M(3, 3)],
    lambda b, a, upper=True, transpose=False, unitriangular=False: (
        solution(np.swapaxes(triangle(a, upper, unitriangular), -1, -2) if transpose
                 else triangle(a, upper, unitriangular), b), a),
    (), (False,), (True, True), (False, True, True),
)  # fmt: skip


def lu_reference(a):
    """P, L, U by elimination with the largest element of a column as pivot, matrix by matrix."""
    parts = [scipy.linalg.lu(x) for x in a.reshape(-1, *a.shape[-2:])]
    return tuple(np.stack(part).reshape(*a.shape[:-2], *part[0].shape) for part in zip(*parts, strict=True))


def lu_packed(a):
    _, lower, upper = lu_reference(a)
    m, n = a.shape[-2:]
    packed = np.zeros(a.shape, a.dtype)
    packed[..., :, : min(m, n)] += np.tril(lower, -1)
    packed[..., : min(m, n), :] += upper
    return packed


def lu_pivots(a):
    rows = [scipy.linalg.lapack.get_lapack_funcs("getrf", (x,))(x)[1] for x in a.reshape(-1, *a.shape[-2:])]
    return (np.stack(rows) + 1).astype(np.int32).reshape(*a.shape[:-2], -1)


for shape in ((3, 3), (2, 4, 3), (3, 4)):
    row("linalg.lu", [R(*shape)], lambda a: [(p @ lower, lower, upper) for p, lower, upper in [lu_reference(a)]][0],
        through=lambda t, a: [(p @ lower, lower, upper) for p, lower, upper in [t.linalg.lu(a)]][0])  # fmt: skip
    row("linalg.lu_factor", [M(*shape)], lambda a: (lu_packed(a), lu_pivots(a)))
row("linalg.lu_factor_ex", [M(3, 3)], lambda a: (lu_packed(a), lu_pivots(a), np.zeros((), np.int32)))
row("lu", [M(3, 3)], lambda a: (lu_packed(a), lu_pivots(a)))
row(
    "lu_unpack", [M(4, 3)], lambda a: [(p @ lower, upper) for p, lower, upper in [lu_reference(a)]][0],
    through=lambda t, a: [(p @ lower, upper) for p, lower, upper in [t.lu_unpack(*t.linalg.lu_factor(a))]][0],
)  # fmt: skip
for left in (True, False):
    for adjoint in (True, False):
        row(
            "linalg.lu_solve", [M(2, 3, 3), R(3, 3)],
            lambda a, b, left, adjoint: solution(H(a) if adjoint else a, b, left), (left, adjoint),
            through=lambda t, a, b, left, adjoint: t.linalg.lu_solve(*t.linalg.lu_factor(a), b, left=left,
                                                                     adjoint=adjoint),
        )  # fmt: skip
row("lu_solve", [R(3, 2), M(3, 3)], lambda b, a: solution(a, b), through=lambda t, b, a: (
    t.lu_solve(b, *t.linalg.lu_factor(a))))  # fmt: skip


def cholesky(x, upper=False):
    factor = np.linalg.cholesky(positive(x))
    return H(factor) if upper else factor


row("linalg.cholesky", [R(3, 5)], cholesky, (), (True,),
    through=lambda t, x, upper=False: t.linalg.cholesky(positive(x), upper=upper))  # fmt: skip
row("linalg.cholesky", [R(2, 2, 4)], cholesky, through=lambda t, x: t.linalg.cholesky(positive(x)))
row("linalg.cholesky", [R(0, 0)], lambda x: x, through=lambda t, x: t.linalg.cholesky(x))
row("linalg.cholesky_ex", [R(3, 5)], lambda x: (cholesky(x), np.zeros((), np.int32)),
    through=lambda t, x: t.linalg.cholesky_ex(positive(x)))  # fmt: skip
row("cholesky", [R(3, 5)], cholesky, (), (True,), through=lambda t, x, upper=False: t.cholesky(positive(x), upper))


def from_factor(x, upper=False):
    return H(triangle(x, True)) @ triangle(x, True) if upper else triangle(x, False) @ H(triangle(x, False))


# PyTorch's gradient takes the other triangle for a part of the factor, though no value depends on it.
for spelled in (None, ""):
    through = None if spelled is None else lambda t, b, x, upper=False: (
        t.cholesky_solve(b, x.triu() if upper else x.tril(), upper))  # fmt: skip
    row("cholesky_solve", [R(3, 2), M(3, 3)], lambda b, x, upper=False: np.linalg.solve(from_factor(x, upper), b),
        (), (True,), through=through, spelled=spelled)  # fmt: skip
    through = None if spelled is None else lambda t, x, upper=False: (
        t.cholesky_inverse(x.triu() if upper else x.tril(), upper))  # fmt: skip
    row("cholesky_inverse", [M(3, 3)], lambda x, upper=False: np.linalg.inv(from_factor(x, upper)), (), (True,),
        through=through, spelled=spelled)  # fmt: skip


SYMMETRIC = np.array([[1.0, 2.0, 0.5], [2.0, -3.0, 1.0], [0.5, 1.0, 2.0]])


def as_type_of(t, x):
    return t.from_numpy(SYMMETRIC).to(x.dtype)


for hermitian_too in (False, True):
    row(
        "linalg.ldl_solve", [R(3, 2)], lambda b, hermitian: np.linalg.solve(SYMMETRIC.astype(b.dtype), b),
        (hermitian_too,),
        through=lambda t, b, hermitian: t.linalg.ldl_solve(
            *t.linalg.ldl_factor(as_type_of(t, b), hermitian=hermitian), b, hermitian=hermitian),
        spelled=None,
    )  # fmt: skip
for name in ("ldl_factor", "ldl_factor_ex"):
    row(
        f"linalg.{name}", [R(3)], lambda x: np.linalg.solve(SYMMETRIC, x),
        through=lambda t, x, name=name: t.linalg.ldl_solve(
            *getattr(t.linalg, name)(as_type_of(t, x))[:2], x.detach()[:, None]
        ).squeeze(-1),
        differentiable=False, smooth=False, spelled=None,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ decompositions


def qr(a, mode="reduced"):
    results = np.linalg.qr(a, mode)
    return tuple(results)


for shape in ((3, 3), (2, 4, 3), (3, 4)):
    row("linalg.qr", [M(*shape)], qr)
    row("linalg.qr", [M(*shape)], lambda a, mode: qr(a, mode), ("complete",), differentiable=shape != (2, 4, 3),
        without=("gradient", "second", "gradient form", "forward", "complex gradient", "complex second",
                 "complex gradient form", "complex forward") if shape == (2, 4, 3) else (),
        spelled=None if shape == (2, 4, 3) else "")  # fmt: skip
row("linalg.qr", [M(4, 3)], lambda a, mode: np.linalg.qr(a, mode), ("r",), spelled=None,
    through=lambda t, a, mode: t.linalg.qr(a, mode).R)  # fmt: skip
row("linalg.qr", [R(0, 2)], qr)
row("linalg.qr", [R(2, 0)], qr)
row("qr", [M(4, 3)], qr)


def sizes_and_values(u, s, vh):
    """What does not depend on the sign or phase of singular vectors."""
    return abs(u), s, abs(vh), u @ vh


for shape in ((3, 3), (2, 4, 3), (3, 4)):
    row(
        "linalg.svd", [M(*shape)], lambda a: sizes_and_values(*np.linalg.svd(a, False)),
        through=lambda t, a: sizes_and_values(*t.linalg.svd(a, False)),
    )  # fmt: skip
    row("linalg.svdvals", [M(*shape)], lambda a: np.linalg.svd(a, compute_uv=False))
row("linalg.svd", [M(3, 2)], lambda a: [(abs(u[:, :2]), s, abs(vh)) for u, s, vh in [np.linalg.svd(a)]][0],
    through=lambda t, a: [(abs(u[:, :2]), s, abs(vh)) for u, s, vh in [t.linalg.svd(a)]][0])  # fmt: skip
row("linalg.svdvals", [R(0, 2)], lambda a: np.zeros(0))
row("svd", [M(4, 3)], lambda a: [(abs(u), s, abs(H(vh))) for u, s, vh in [np.linalg.svd(a, False)]][0],
    through=lambda t, a: [(abs(u), s, abs(v)) for u, s, v in [t.svd(a)]][0])  # fmt: skip


for upper in ("L", "U"):
    row(
        "linalg.eigh", [M(2, 3, 3)],
        lambda a, uplo: [(w, abs(v)) for w, v in [np.linalg.eigh(hermitian(a), uplo)]][0], (upper,),
        through=lambda t, a, uplo: [(w, abs(v)) for w, v in [t.linalg.eigh(hermitian(a), uplo)]][0],
    )  # fmt: skip
    row("linalg.eigvalsh", [M(3, 3)], lambda a, uplo: np.linalg.eigvalsh(hermitian(a), uplo), (upper,),
        through=lambda t, a, uplo: t.linalg.eigvalsh(hermitian(a), uplo))  # fmt: skip
row("linalg.eigvalsh", [R(0, 0)], np.linalg.eigvalsh)


def by_size(t, w, v=None):
    """Eigenvalues (and sizes of vectors) in an order of their own: LAPACK's is none."""
    order = w.real.argsort(-1) if t is not np else np.argsort(w.real, -1)
    if v is None:
        return t.take_along_dim(w, order, -1) if t is not np else np.take_along_axis(w, order, -1)
    columns = order[..., None, :] + 0 * abs(v).argsort(-1)
    take = np.take_along_axis if t is np else t.take_along_dim
    return take(w, order, -1), take(abs(v), columns, -1)


row("linalg.eig", [M(2, 3, 3)], lambda a: by_size(np, *np.linalg.eig(a + 0j)),
    through=lambda t, a: by_size(t, *t.linalg.eig(a)))  # fmt: skip
row("linalg.eigvals", [M(3, 3)], lambda a: by_size(np, np.linalg.eigvals(a + 0j)),
    through=lambda t, a: by_size(t, t.linalg.eigvals(a)))  # fmt: skip


def reflected(a, tau, b):
    """Q b, one reflector after the other."""
    out = np.array(b, np.result_type(a, b))
    for i in reversed(range(tau.shape[-1])):
        v = a[..., :, i].copy()
        v[..., :i], v[..., i] = 0, 1
        out = out - tau[..., i, None, None] * v[..., :, None] * (v.conj()[..., None, :] @ out)
    return out


def whole_identity(a, columns=None):
    m = a.shape[-2]
    return np.broadcast_to(np.eye(m, columns), (*a.shape[:-2], m, m if columns is None else columns))


row("linalg.householder_product", [R(4, 3), R(3)], lambda a, tau: reflected(a, tau, whole_identity(a, 3)))
row("linalg.householder_product", [R(2, 4, 3), R(2, 2)], lambda a, tau: reflected(a, tau, whole_identity(a, 3)))


def multiplied(a, tau, b, left=True, transpose=False):
    q = reflected(a, tau, whole_identity(a))
    q = H(q) if transpose else q
    return q @ b if left else b @ q


row("ormqr", [R(4, 3), R(3), R(4, 2)], multiplied, (), (True, True))
row("ormqr", [R(2, 4, 3), R(2, 3), R(2, 2, 4)], multiplied, (False, False), (False, True))
row(
    "geqrf", [M(4, 3)], lambda a: np.linalg.qr(a), differentiable=False, smooth=False, spelled=None,
    through=lambda t, a: [(t.linalg.householder_product(x, tau), x.triu()[:3]) for x, tau in [t.geqrf(a.detach())]][0],
    without=("forward", "complex forward"),
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ without an inverse

row("linalg.pinv", [M(4, 3)], np.linalg.pinv)
row("linalg.pinv", [M(2, 3, 4)], np.linalg.pinv)
row("linalg.pinv", [R(0, 3)], np.linalg.pinv)
row("linalg.pinv", [R(4, 2), R(2, 3)], lambda x, y, rtol: np.linalg.pinv(x @ y, rtol), (1e-4,),
    through=lambda t, x, y, rtol: t.linalg.pinv(x @ y, rtol=rtol))  # fmt: skip
row("linalg.pinv", [M(3, 3)], lambda a: np.linalg.pinv(hermitian(a)),
    through=lambda t, a: t.linalg.pinv(hermitian(a), hermitian=True))  # fmt: skip
row("pinverse", [M(4, 3)], np.linalg.pinv)
row("linalg.matrix_rank", [M(2, 4, 3)], np.linalg.matrix_rank, differentiable=False, smooth=False)
row("linalg.matrix_rank", [R(4, 2), R(2, 3)], lambda x, y, tol: np.linalg.matrix_rank(x @ y, tol), (1e-3,),
    through=lambda t, x, y, tol: t.linalg.matrix_rank(x @ y, tol), differentiable=False, smooth=False)  # fmt: skip


def least(a, b):
    return np.linalg.pinv(a) @ b


row("linalg.lstsq", [M(4, 3), R(4, 2)], least, through=lambda t, a, b: t.linalg.lstsq(a, b).solution)
for driver in ("gels", "gelsd", "gelss"):
    row("linalg.lstsq", [M(4, 3), R(4, 2)], lambda a, b, driver: (
            least(a, b), np.sum(np.abs(a @ least(a, b) - b) ** 2, -2)), (driver,),
        through=lambda t, a, b, driver: tuple(t.linalg.lstsq(a, b, driver=driver)[:2]))  # fmt: skip
row("linalg.lstsq", [M(2, 3, 4), R(2, 3, 2)], least, through=lambda t, a, b: t.linalg.lstsq(a, b).solution)
row("linalg.lstsq", [M(4, 3), R(4)], least, through=lambda t, a, b: t.linalg.lstsq(a[None], b[None]).solution[0])
row("linalg.lstsq", [R(4, 2), R(2, 3), R(4, 2)], lambda x, y, b: np.linalg.pinv(x @ y, 1e-4) @ b,
    through=lambda t, x, y, b: t.linalg.lstsq(x @ y, b, 1e-4, driver="gelsd").solution)  # fmt: skip


# ------------------------------------------------------------------------------------------------ functions of matrices


def exponential(a):
    return np.stack([scipy.linalg.expm(x) for x in a.reshape(-1, *a.shape[-2:])]).reshape(a.shape) if a.size else a


row("linalg.matrix_exp", [R(3, 3)], exponential)
row("linalg.matrix_exp", [R(2, 2, 2)], exponential)
row("linalg.matrix_exp", [Values((2, 2), -1e-3, 1e-3)], exponential)
row("linalg.matrix_exp", [R(0, 0)], exponential)
row("linalg.matrix_power", [M(3, 3)], np.linalg.matrix_power, (0,), (1,), (2,), (5,), (-1,), (-3,))
row("linalg.matrix_power", [U(2, 2, 2)], np.linalg.matrix_power, (3,))


def matrix_norm(a, ord="fro", dim=(-2, -1), keepdim=False):
    return np.linalg.norm(a, ord, dim, keepdim)


row("linalg.matrix_norm", [M(3, 4)], matrix_norm, (), ("nuc",), (2,), (-2,), (1,), (-1,), (np.inf,), (-np.inf,))
row("linalg.matrix_norm", [M(3, 2, 4)], matrix_norm, ("nuc", (0, 2)), (2, (2, 0), True), (1, (0, -1)), (1, (2, 0)),
    (-np.inf, (0, 2), True), ("fro", (0, 1), True), (np.inf, (1, 0)))  # fmt: skip


def norm(a, ord=None, dim=None, keepdim=False):
    if ord is None and dim is None:
        return np.linalg.norm(a.ravel())
    return np.linalg.norm(a, ord, dim, keepdim)


row("linalg.norm", [R(2, 3)], norm, (), (2,), ("nuc",), (1,), (3, 1), (None, 0, True), (None, (0, 1)), (-np.inf, -1))
row("linalg.norm", [R(4)], norm, (), (1,), (2,), (3,), (np.inf,))
row("linalg.norm", [R(2, 3, 2)], norm, (), (2, (0, 2)), (1, 2))


def condition(a, p=None):
    return np.linalg.cond(a, p)


row("linalg.cond", [M(3, 3)], condition, (), (2,), (-2,), ("nuc",))
# PyTorch changes the inverse in place that its gradient needs.
row("linalg.cond", [M(3, 3)], condition, ("fro",), (1,), (-1,), (np.inf,), (-np.inf,), spelled=None)
row("linalg.cond", [M(2, 4, 3)], condition, (), (-2,))
row("linalg.tensorinv", [M(6, 6)], lambda a, ind: np.linalg.tensorinv(a.reshape(2, 3, 6), ind), (2,),
    through=lambda t, a, ind: t.linalg.tensorinv(a.reshape(2, 3, 6), ind))  # fmt: skip
row("linalg.tensorsolve", [M(6, 6), R(2, 3)], lambda a, b: np.linalg.tensorsolve(a.reshape(2, 3, 6), b),
    through=lambda t, a, b: t.linalg.tensorsolve(a.reshape(2, 3, 6), b))  # fmt: skip
row("linalg.tensorsolve", [M(6, 6), R(2, 3)],
    lambda a, b, axes: np.linalg.tensorsolve(np.moveaxis(a.reshape(2, 3, 6), 2, 0), b, axes), ((0,),),
    through=lambda t, a, b, axes: t.linalg.tensorsolve(a.reshape(2, 3, 6).movedim(2, 0), b, axes))  # fmt: skip
row("linalg.diagonal", [R(2, 3, 4)], lambda x: np.diagonal(x, 0, -2, -1))
row("linalg.diagonal", [R(2, 3, 4)], lambda x, offset, dim1, dim2: np.diagonal(x, offset, dim1, dim2),
    {"offset": 1, "dim1": 0, "dim2": 2})  # fmt: skip


# ------------------------------------------------------------------------------------------------ distances


def distance(x, y, p=2.0):
    difference = np.abs(x[..., :, None, :] - y[..., None, :, :])
    if p == 0:
        return np.sum(difference != 0, -1).astype(x.dtype)
    return difference.max(-1) if np.isinf(p) else np.sum(difference**p, -1) ** (1 / p)


row("cdist", [A(3, 4), R(2, 4)], distance, (), (1.0,), (1.5,), (2.0,), (3.0,), (np.inf,), real_only=True)
row("cdist", [A(3, 4), R(2, 4)], distance, (0.5,), real_only=True, without=("second",))
row("cdist", [R(2, 1, 3, 2), R(4, 2, 2)], distance, real_only=True)
row("cdist", [R(3, 2), R(2, 2)], distance, (0.0,), real_only=True)
row("cdist", [R(0, 2), R(2, 2)], distance, real_only=True)
row("pdist", [R(4, 3)], lambda x, p=2.0: distance(x, x, p)[np.triu_indices(4, 1)], (), (1.0,), (3.0,), real_only=True)
row("pdist", [R(1, 3)], lambda x: np.zeros(0), real_only=True)

row("norm_except_dim", [R(2, 3)], lambda x: np.sqrt((np.abs(x) ** 2).sum(1, keepdims=True)))
row("norm_except_dim", [R(2, 3, 2)], lambda x, p, d: (np.abs(x) ** p).sum((0, 2), keepdims=True) ** (1 / p), (3, 1))
row("norm_except_dim", [R(2, 3)], lambda x, p, d: np.sqrt((np.abs(x) ** 2).sum()), (2, -1))
