"""Making tensors."""

import builtins

import numpy

import wengert

from ...core import Tensor, dtypes
from ..dlpack import from_dlpack as _from_dlpack
from ..numpy_functions import arranging
from ..numpy_functions import creation as made
from ..spelling import as_tensor, values_of
from .types import check_device, checked_dtype


def asarray(obj, /, *, dtype=None, device=None, copy=None):
    check_device(device)
    checked_dtype(dtype)
    if isinstance(obj, Tensor):
        if copy is False and dtype not in (None, obj.dtype):
            raise ValueError(f"asarray: a copy is needed to make {obj.dtype} {dtype}, and copy=False was asked for")
        return obj.to(dtype or obj.dtype, copy=builtins.bool(copy))
    if isinstance(obj, numpy.ndarray):
        if copy is False or copy is None and (dtype is None or obj.dtype == dtype.numpy):
            if dtype is not None and obj.dtype != dtype.numpy:
                raise ValueError(f"asarray: a copy is needed to make {obj.dtype} {dtype}, and copy=False was asked for")
            return as_tensor(obj)
    elif hasattr(obj, "__dlpack__") and hasattr(obj, "__dlpack_device__"):
        return asarray(_from_dlpack(obj), dtype=dtype, copy=copy)
    elif copy is False:
        if isinstance(obj, (builtins.bool, int, float, complex, list, tuple)):
            raise ValueError("asarray: numbers and sequences have no memory to share, and copy=False was asked for")
        return asarray(numpy.asarray(memoryview(obj)), dtype=dtype, copy=copy)
    return wengert.tensor(obj, dtype=dtype)


def from_dlpack(x, /, *, device=None, copy=None):
    check_device(device)
    return _from_dlpack(x, copy=copy)


def _shape(shape) -> tuple:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def arange(start, /, stop=None, step=1, *, dtype=None, device=None):
    check_device(device)
    start, stop = (0, start) if stop is None else (start, stop)
    if (stop - start) * (1 if step > 0 else -1) <= 0:
        stop = start
    return wengert.arange(start, stop, step, dtype=checked_dtype(dtype))


def empty(shape, *, dtype=None, device=None):
    check_device(device)
    return wengert.empty(_shape(shape), dtype=checked_dtype(dtype))


def empty_like(x, /, *, dtype=None, device=None):
    check_device(device)
    return made.empty_like(x, checked_dtype(dtype))


def eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None):
    check_device(device)
    wanted = checked_dtype(dtype) or dtypes.get_default_dtype()
    return as_tensor(numpy.eye(n_rows, n_cols, k, wanted.numpy))


def full(shape, fill_value, *, dtype=None, device=None):
    check_device(device)
    return wengert.full(_shape(shape), fill_value, dtype=checked_dtype(dtype))


def full_like(x, /, fill_value, *, dtype=None, device=None):
    check_device(device)
    return made.full_like(x, fill_value, checked_dtype(dtype))


def linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True):
    check_device(device)
    wanted = checked_dtype(dtype)
    if wanted is None:
        is_complex = isinstance(start, complex) or isinstance(stop, complex)
        wanted = dtypes.get_default_dtype().to_complex() if is_complex else dtypes.get_default_dtype()
    ends = [x if isinstance(x, Tensor) else numpy.asarray(x, numpy.complex128 if wanted.is_complex else numpy.float64)
            for x in (start, stop)]  # fmt: skip
    return made.linspace(*ends, num, endpoint, dtype=wanted)


def meshgrid(*arrays, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', not {indexing!r}")
    return list(made.meshgrid(*arrays, indexing=indexing))


def ones(shape, *, dtype=None, device=None):
    check_device(device)
    return wengert.ones(_shape(shape), dtype=checked_dtype(dtype))


def ones_like(x, /, *, dtype=None, device=None):
    check_device(device)
    return made.ones_like(x, checked_dtype(dtype))


def zeros(shape, *, dtype=None, device=None):
    check_device(device)
    return wengert.zeros(_shape(shape), dtype=checked_dtype(dtype))


def zeros_like(x, /, *, dtype=None, device=None):
    check_device(device)
    return made.zeros_like(x, checked_dtype(dtype))


def tril(x, /, *, k=0):
    return arranging.tril(x, values_of(k))


def triu(x, /, *, k=0):
    return arranging.triu(x, values_of(k))
