"""Sums and other reductions, running sums, differences."""

from ...core import dtypes
from ..numpy_functions import reductions, running
from .types import checked_dtype

_NOT_GIVEN = reductions._NOT_GIVEN


def _summed_in(x, dtype):
    """The type of sums and products: unsigned integers stay unsigned, small integers become int64."""
    if dtype is not None:
        return checked_dtype(dtype)
    return dtypes.uint64 if x.dtype.category == 1 and not x.dtype.is_signed else None


def all(x, /, *, axis=None, keepdims=False):
    return reductions.all(x, axis, keepdims=keepdims)


def any(x, /, *, axis=None, keepdims=False):
    return reductions.any(x, axis, keepdims=keepdims)


def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    return running.cumulative_prod(x, axis=axis, dtype=_summed_in(x, dtype), include_initial=include_initial)


def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    return running.cumulative_sum(x, axis=axis, dtype=_summed_in(x, dtype), include_initial=include_initial)


def diff(x, /, *, axis=-1, n=1, prepend=None, append=None):
    given = {name: value for name, value in (("prepend", prepend), ("append", append)) if value is not None}
    return running.diff(x, n, axis, **given)


def max(x, /, *, axis=None, keepdims=False):
    return reductions.max(x, axis, keepdims=keepdims)


def mean(x, /, *, axis=None, keepdims=False):
    return reductions.mean(x, axis, keepdims=keepdims)


def min(x, /, *, axis=None, keepdims=False):
    return reductions.min(x, axis, keepdims=keepdims)


def prod(x, /, *, axis=None, dtype=None, keepdims=False):
    return reductions.prod(x, axis, _summed_in(x, dtype), keepdims=keepdims)


def std(x, /, *, axis=None, correction=0.0, keepdims=False):
    return reductions.std(x, axis, keepdims=keepdims, correction=correction)


def sum(x, /, *, axis=None, dtype=None, keepdims=False):
    return reductions.sum(x, axis, _summed_in(x, dtype), keepdims=keepdims)


def var(x, /, *, axis=None, correction=0.0, keepdims=False):
    return reductions.var(x, axis, keepdims=keepdims, correction=correction)
