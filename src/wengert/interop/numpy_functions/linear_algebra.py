"""Products and np.linalg."""

import collections
import functools
import math

import numpy

import wengert

from ..spelling import as_tensor, axes_of, axis_of, floating, in_common_dtype, operand, spelled, values_of


def _linalg():
    from ... import linalg

    return linalg


# ------------------------------------------------------------------------------------------------ products


@spelled("dot")
def dot(a, b, out=None):
    if isinstance(a, (int, float, complex)) or isinstance(b, (int, float, complex)):
        return operand(a) * operand(b)
    a, b = as_tensor(a), as_tensor(b)
    if not a.ndim or not b.ndim:
        return a * b
    if b.ndim == 1:
        return tensordot(a, b, ((-1,), (0,)))
    return tensordot(a, b, ((-1,), (-2,)))


@spelled("inner")
def inner(a, b, /):
    a, b = as_tensor(a), as_tensor(b)
    return a * b if not a.ndim or not b.ndim else tensordot(a, b, ((-1,), (-1,)))


@spelled("vdot")
def vdot(a, b, /):
    return (as_tensor(a).reshape(-1).conj() * as_tensor(b).reshape(-1)).sum()


@spelled("outer")
def outer(a, b, out=None):
    return as_tensor(a).reshape(-1, 1) * as_tensor(b).reshape(1, -1)


@spelled("linalg.outer")
def linalg_outer(x1, x2, /):
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"Input arrays must be one-dimensional, but they are x1.ndim={x1.ndim} and x2.ndim={x2.ndim}."
        )
    return outer(x1, x2)


@spelled("linalg.matmul")
def matmul(x1, x2, /):
    x1, x2 = in_common_dtype(as_tensor(x1), as_tensor(x2))
    return x1 @ x2


@spelled("tensordot")
def tensordot(a, b, axes=2):
    a, b = as_tensor(a), as_tensor(b)
    if isinstance(axes, (int, numpy.integer)):
        axes = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    first, second = [axes_of(list(x) if isinstance(x, (tuple, list)) else x, y.ndim, "tensordot") for x, y in
                     zip(axes, (a, b), strict=True)]  # fmt: skip
    summed = [a.shape[d] for d in first]
    if summed != [b.shape[d] for d in second]:
        raise ValueError(
            f"shape-mismatch for sum: np.tensordot over axes {first} of shape {tuple(a.shape)} and {second} of shape "
            f"{tuple(b.shape)}"
        )
    left = [d for d in range(a.ndim) if d not in first]
    right = [d for d in range(b.ndim) if d not in second]
    kept = [a.shape[d] for d in left], [b.shape[d] for d in right]
    count = math.prod(summed)
    # (rest of a, summed) @ (summed, rest of b) -> (rest of a, rest of b)
    matrix_a = a.permute((*left, *first)).reshape((math.prod(kept[0]), count))
    matrix_b = b.permute((*second, *right)).reshape((count, math.prod(kept[1])))
    matrix_a, matrix_b = in_common_dtype(matrix_a, matrix_b)
    return (matrix_a @ matrix_b).reshape((*kept[0], *kept[1]))


@spelled("linalg.tensordot")
def linalg_tensordot(x1, x2, /, *, axes=2):
    return tensordot(x1, x2, axes)


@spelled("kron")
def kron(a, b):
    a, b = as_tensor(a), as_tensor(b)
    ndim = max(a.ndim, b.ndim)
    a, b = [x.reshape((*(1,) * (ndim - x.ndim), *x.shape)) for x in (a, b)]
    for d in range(ndim):
        a, b = a.unsqueeze(2 * d + 1), b.unsqueeze(2 * d)
    return (a * b).reshape([a.shape[2 * d] * b.shape[2 * d + 1] for d in range(ndim)])


@spelled("einsum")
def einsum(*operands, out=None, optimize=False, dtype=None, order="K", casting="safe"):
    from ... import einsum as contracted

    # After a formula all are operands; without one, lists of labels stand between them.
    labels = (str,) if isinstance(operands[0], str) else (list, tuple)
    tensors = iter(in_common_dtype(*[as_tensor(x) for x in operands if not isinstance(x, labels)]))
    result = contracted(*[x if isinstance(x, labels) else next(tensors) for x in operands])
    from ..spelling import in_dtype

    return in_dtype(result, dtype)


@spelled("einsum_path")
def einsum_path(*operands, optimize="greedy", einsum_call=False):
    return numpy.einsum_path(*[values_of(x) for x in operands], optimize=optimize)


@spelled("linalg.vecdot")
def vecdot(x1, x2, /, *, axis=-1):
    x1, x2 = as_tensor(x1), as_tensor(x2)
    x1, x2 = [x.movedim(axis_of(axis, x.ndim, "vecdot"), -1) for x in (x1, x2)]
    if x1.shape[-1] != x2.shape[-1]:
        raise ValueError(f"np.vecdot: vectors of {x1.shape[-1]} and {x2.shape[-1]} elements have no product")
    return (x1.conj() * x2).sum(-1)


@spelled("linalg.cross")
def linalg_cross(x1, x2, /, *, axis=-1):
    from .calculus import cross

    x1, x2 = as_tensor(x1), as_tensor(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            f"Both input arrays must be (arrays of) 3-dimensional vectors, but they are {x1.shape[axis]} and "
            f"{x2.shape[axis]} dimensional instead."
        )
    return cross(x1, x2, axis=axis)


# ------------------------------------------------------------------------------------------------ np.linalg


def _same(*names: str):
    """Functions of one matrix (or more) that torch.linalg calls by the same name and in the same order."""
    for name in names:

        def call(*matrices, _name=name):
            return getattr(_linalg(), _name)(*[floating(x) for x in matrices])

        call.__name__ = call.__qualname__ = name
        call.__doc__ = f"wengert.linalg.{name}."
        spelled(f"linalg.{name}")(call)


_same("inv", "det", "eigvals", "svdvals")

SlogdetResult = collections.namedtuple("SlogdetResult", ("sign", "logabsdet"))
QRResult = collections.namedtuple("QRResult", ("Q", "R"))
SVDResult = collections.namedtuple("SVDResult", ("U", "S", "Vh"))
EighResult = collections.namedtuple("EighResult", ("eigenvalues", "eigenvectors"))
EigResult = collections.namedtuple("EigResult", ("eigenvalues", "eigenvectors"))


@spelled("linalg.solve")
def solve(a, b):
    """b is a vector only if it has one dimension, as NumPy 2 has it."""
    a, b = floating(a), floating(b)
    return _linalg().solve(a, b.unsqueeze(-1)).squeeze(-1) if b.ndim == 1 else _linalg().solve(a, b)


@spelled("linalg.slogdet")
def slogdet(a):
    return SlogdetResult(*_linalg().slogdet(floating(a)))


@spelled("linalg.cholesky")
def cholesky(a, /, *, upper=False):
    return _linalg().cholesky(floating(a), upper=upper)


@spelled("linalg.qr")
def qr(a, mode="reduced"):
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"Unrecognized mode '{mode}'")
    q, r = _linalg().qr(floating(a), mode)
    return r if mode == "r" else QRResult(q, r)


@spelled("linalg.svd")
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    x = floating(a)
    return SVDResult(*_linalg().svd(x, full_matrices)) if compute_uv else _linalg().svdvals(x)


@spelled("linalg.eigh")
def eigh(a, UPLO="L"):
    return EighResult(*_linalg().eigh(floating(a), UPLO))


@spelled("linalg.eigvalsh")
def eigvalsh(a, UPLO="L"):
    return _linalg().eigvalsh(floating(a), UPLO)


@spelled("linalg.eig")
def eig(a):
    """Always complex, as PyTorch has it; NumPy's are real where all eigenvalues are."""
    return EigResult(*_linalg().eig(floating(a)))


@spelled("linalg.lstsq")
def lstsq(a, b, rcond=None):
    a, b = floating(a), floating(b)
    if rcond is None:
        rcond = numpy.finfo(a.dtype.numpy).eps * max(a.shape)
    vector = b.ndim == 1
    matrix = b.unsqueeze(-1) if vector else b
    x = _linalg().pinv(a, rtol=rcond) @ matrix
    rank = int(_linalg().matrix_rank(a.detach(), rtol=rcond))
    rows, columns = a.shape
    off = matrix - a @ x
    squares = ((off * off.conj()).real if off.dtype.is_complex else off * off).sum(0)
    squares = squares if rank == columns and rows > columns else squares[:0]
    return x.squeeze(-1) if vector else x, squares, rank, _linalg().svdvals(a)


@spelled("linalg.pinv")
def pinv(a, rcond=None, hermitian=False, *, rtol=numpy._NoValue):
    x = floating(a)
    if rcond is None and rtol is numpy._NoValue:
        rcond = 1e-15
    cut = rcond if rcond is not None else rtol
    return _linalg().pinv(x, hermitian=hermitian, **({} if cut is None else {"rtol": cut}))


@spelled("linalg.matrix_power")
def matrix_power(a, n):
    return _linalg().matrix_power(as_tensor(a), n)


@spelled("linalg.matrix_rank")
def matrix_rank(A, tol=None, hermitian=False, *, rtol=None):
    found = numpy.linalg.matrix_rank(values_of(as_tensor(A)), values_of(tol), hermitian, rtol=values_of(rtol))
    return as_tensor(numpy.asarray(found))


@spelled("linalg.multi_dot")
def multi_dot(arrays, *, out=None):
    return _linalg().multi_dot(in_common_dtype(*[as_tensor(x) for x in arrays]))


@spelled("linalg.norm")
def norm(x, ord=None, axis=None, keepdims=False):
    x = floating(x)
    if axis is None and ord is None:
        result = vector_norm(x, axis=None, keepdims=keepdims)
        return result
    if axis is None:
        axis = tuple(range(x.ndim))
    axes = axes_of(axis, x.ndim, "linalg.norm")
    if len(axes) == 1:
        return vector_norm(x, axis=axes, keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) == 2:
        return _matrix_norm(x, axes, "fro" if ord is None else ord, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


@spelled("linalg.vector_norm")
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    x = floating(x)
    if not isinstance(ord, (int, float)):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    axes = axes_of(axis, x.ndim, "linalg.vector_norm") if x.ndim else None
    return wengert.norm(x, ord, axes, bool(keepdims))


@spelled("linalg.matrix_norm")
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    x = floating(x)
    return _matrix_norm(x, (x.ndim - 2, x.ndim - 1), "fro" if ord is None else ord, keepdims)


def _matrix_norm(x, axes: tuple, ord, keepdims):
    rows, columns = axes
    if rows == columns:
        raise ValueError("Duplicate axes given.")
    if ord == "fro":
        return wengert.norm(x, 2, axes, bool(keepdims))
    if ord in (1, -1, math.inf, -math.inf):
        along, over = (rows, columns) if ord in (1, -1) else (columns, rows)
        sums = x.abs().sum(along, keepdim=True)
        extremum = wengert.amax if ord > 0 else wengert.amin
        result = extremum(sums, over, True)
    elif ord in (2, -2, "nuc"):
        singular = _linalg().svdvals(x.movedim((rows, columns), (-2, -1)))
        result = singular.sum(-1) if ord == "nuc" else singular[..., 0 if ord == 2 else -1]
        for d in sorted(axes):
            result = result.unsqueeze(d)
    else:
        raise ValueError(f"Invalid norm order for matrices: {ord!r}")
    return result if keepdims else result.reshape([n for d, n in enumerate(x.shape) if d not in axes])


@spelled("linalg.cond")
def cond(x, p=None):
    x = floating(x)
    if p in (None, 2, -2):
        singular = _linalg().svdvals(x)
        return singular[..., -1] / singular[..., 0] if p == -2 else singular[..., 0] / singular[..., -1]
    return matrix_norm(x, ord=p) * matrix_norm(_linalg().inv(x), ord=p)


@spelled("linalg.tensorinv")
def tensorinv(a, ind=2):
    x = floating(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    front, back = tuple(x.shape[:ind]), tuple(x.shape[ind:])
    return _linalg().inv(x.reshape((math.prod(front), math.prod(back)))).reshape((*back, *front))


@spelled("linalg.tensorsolve")
def tensorsolve(a, b, axes=None):
    a, b = floating(a), floating(b)
    if axes is not None:
        moved = axes_of(axes, a.ndim, "linalg.tensorsolve")
        a = a.permute((*[d for d in range(a.ndim) if d not in moved], *moved))
    kept = tuple(a.shape[b.ndim :])
    count = functools.reduce(lambda x, y: x * y, kept, 1)
    return solve(a.reshape((-1, count)), b.reshape(-1)).reshape(kept)
