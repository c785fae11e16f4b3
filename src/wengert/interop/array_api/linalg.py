"""Linear algebra: the extension `linalg`, and its part of the main namespace."""


import wengert

from ...core import registry
from ..numpy_functions import arranging, calculus
from ..numpy_functions import linear_algebra as numpys
from ..spelling import in_common_dtype
from .types import checked_dtype

__all__ = [
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm", "matrix_power",
    "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot",
    "trace", "vecdot", "vector_norm",
]  # fmt: skip



def _linalg(name: str):
    return registry.namespace_called("linalg")[name]


def matmul(x1, x2, /):
    x1, x2 = in_common_dtype(x1, x2)
    return wengert.matmul(x1, x2)


def matrix_transpose(x, /):
    return arranging.matrix_transpose(x)


def tensordot(x1, x2, /, *, axes=2):
    return numpys.tensordot(x1, x2, axes)


def vecdot(x1, x2, /, *, axis=-1):
    if not -min(x1.ndim, x2.ndim) <= axis <= -1:
        raise ValueError(f"vecdot: axis {axis} must be negative, and one that both operands have")
    return numpys.vecdot(*in_common_dtype(x1, x2), axis=axis)


def cholesky(x, /, *, upper=False):
    return numpys.cholesky(x, upper=upper)


def cross(x1, x2, /, *, axis=-1):
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(f"cross: vectors must have 3 elements, not {x1.shape[axis]} and {x2.shape[axis]}")
    return calculus.cross(x1, x2, axis=axis)


def det(x, /):
    return _linalg("det")(x)


def diagonal(x, /, *, offset=0):
    return arranging.linalg_diagonal(x, offset=offset)


def eigh(x, /):
    return numpys.eigh(x)


def eigvalsh(x, /):
    return numpys.eigvalsh(x)


def inv(x, /):
    return _linalg("inv")(x)


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return numpys.matrix_norm(x, keepdims=keepdims, ord=ord)


def matrix_power(x, n, /):
    return numpys.matrix_power(x, n)


def matrix_rank(x, /, *, rtol=None):
    return numpys.matrix_rank(x, rtol=rtol)


def outer(x1, x2, /):
    return numpys.linalg_outer(x1, x2)


def pinv(x, /, *, rtol=None):
    if rtol is None:
        return _linalg("pinv")(x)
    return _linalg("pinv")(x, rtol=rtol)


def qr(x, /, *, mode="reduced"):
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode must be 'reduced' or 'complete', not {mode!r}")
    return numpys.qr(x, mode)


def slogdet(x, /):
    return numpys.slogdet(x)


def solve(x1, x2, /):
    return numpys.solve(*in_common_dtype(x1, x2))


def svd(x, /, *, full_matrices=True):
    return numpys.svd(x, full_matrices)


def svdvals(x, /):
    return _linalg("svdvals")(x)


def trace(x, /, *, offset=0, dtype=None):
    return arranging.linalg_trace(x, offset=offset, dtype=checked_dtype(dtype))


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    return numpys.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)
