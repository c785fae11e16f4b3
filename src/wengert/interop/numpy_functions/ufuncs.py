"""Ufuncs that PyTorch has no function for, made of operations."""

import math

import wengert

from ..spelling import as_tensor, floating, in_common_dtype, spelled


@spelled("fabs")
def fabs(x, /):
    x = floating(x)
    if x.dtype.is_complex:
        raise TypeError("ufunc 'fabs' not supported for complex tensors: take np.abs")
    return x.abs()


@spelled("divmod")
def divmod(x1, x2, /):
    return wengert.floor_divide(x1, x2), wengert.remainder(x1, x2)


@spelled("modf")
def modf(x, /):
    x = floating(x)
    whole = wengert.trunc(x)
    # Of an infinity the part behind the point is 0.
    return wengert.where(x.isinf(), 0.0, x - whole), whole


@spelled("degrees")
def degrees(x, /):
    return floating(x) * (180.0 / math.pi)


@spelled("radians")
def radians(x, /):
    return floating(x) * (math.pi / 180.0)


@spelled("matmul")
def matmul(x1, x2, /):
    """NumPy's product promotes; PyTorch's refuses tensors of different dtypes."""
    x1, x2 = in_common_dtype(as_tensor(x1), as_tensor(x2))
    return wengert.matmul(x1, x2)


@spelled("vecdot")
def vecdot(x1, x2, /, *, axis=-1):
    from .linear_algebra import vecdot

    return vecdot(x1, x2, axis=axis)


@spelled("matvec")
def matvec(x1, x2, /):
    # (..., m, n) @ (..., n, 1) -> (..., m, 1)
    return matmul(x1, as_tensor(x2).unsqueeze(-1)).squeeze(-1)


@spelled("vecmat")
def vecmat(x1, x2, /):
    # (..., 1, m) @ (..., m, n) -> (..., 1, n)
    return matmul(as_tensor(x1).conj().unsqueeze(-2), x2).squeeze(-2)
