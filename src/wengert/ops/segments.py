"""Reductions of segments: runs of elements of different lengths, one after the other."""

import math

import numpy

from ..core import Tensor
from ..core.errors import type_word
from ..core.promotion import from_array
from . import arguments
from .composite import composite
from .creation import full
from .index_functions import index_add, index_reduce
from .shape import reshape

# The value of an empty segment, and how segments are reduced.
_EMPTY = {"sum": 0.0, "prod": 1.0, "mean": math.nan, "max": -math.inf, "min": math.inf}
_NAMES = {"amax": "max", "amin": "min"}


@composite(method=False)
def segment_reduce(data, reduce, *, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None):
    """Sums, means, products, or largest or smallest elements of segments along `axis`.

    Args:
        data: (*B, L, *rest), of floating numbers; `axis` is the number of dimensions in B.
        reduce: "sum", "mean", "prod", "max" or "min".
        lengths: (*B, n), integers: how many elements each segment has.
        offsets: in place of the lengths, (*B, n + 1): where each segment begins, and where the last one ends.
        unsafe: whether the lengths may leave elements at the end over.
        initial: a value that every segment has at the beginning.

    The result is (*B, n, *rest). An empty segment is `initial`; without it 0, 1, -inf or inf, and NaN for the mean.

    RuntimeError for another word, lengths that are negative or do not add up to L, and where neither lengths nor
    offsets are given; NotImplementedError for integers.

    >>> import wengert as t
    >>> t.segment_reduce(t.arange(6.0), "sum", lengths=t.tensor([2, 4]))
    tensor([ 1., 14.])
    """
    data = arguments.tensor("segment_reduce", "data", 1, data)
    kind = _NAMES.get(reduce, reduce)
    if kind not in _EMPTY:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if not data.dtype.is_floating_point:
        raise NotImplementedError(
            f"\"_segment_reduce_cpu\" not implemented for '{type_word(data.array.dtype)}': convert it with float() "
            f"first"
        )
    counts = _lengths(data, lengths, offsets, arguments.integer("segment_reduce", "axis", 6, axis), unsafe)
    batch, n = counts.shape[:-1], counts.shape[-1]
    d = counts.ndim - 1
    L, rest = data.shape[d], tuple(data.shape[d + 1 :])
    rows = counts.reshape(-1, n)  # (B, n)
    taken = rows.sum(1)
    ids = numpy.repeat(numpy.arange(rows.size), rows.reshape(-1))
    places = numpy.concatenate([numpy.arange(count) + i * L for i, count in enumerate(taken)] or [ids])
    picked = reshape(data, (len(taken) * L, *rest))[from_array(places.astype(numpy.int64))]
    start = initial if initial is not None else 0.0 if kind == "mean" else _EMPTY[kind]
    begun = full((rows.size, *rest), start, dtype=data.dtype)
    ids = from_array(ids.astype(numpy.int64))
    if kind in ("sum", "mean"):
        found = index_add(begun, 0, ids, picked)
    else:
        found = index_reduce(begun, 0, ids, picked, {"prod": "prod", "max": "amax", "min": "amin"}[kind])
    if kind == "mean":
        flat = rows.reshape(-1, *(1,) * len(rest))
        # Divided by nothing where the segment is empty: 0 / 0, or what every segment began with.
        divisor = numpy.maximum(flat, 0 if initial is None else 1).astype(data.array.dtype)
        found = found / from_array(divisor)
    return reshape(found, (*batch, n, *rest))


def _lengths(data: Tensor, lengths, offsets, axis: int, unsafe: bool) -> numpy.ndarray:
    """The lengths of the segments, (*B, n)."""
    if lengths is None and offsets is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    name = "lengths" if lengths is not None else "offsets"
    given = arguments.tensor("segment_reduce", name, 3, lengths if lengths is not None else offsets)
    if given.dtype.category != 1:
        raise NotImplementedError(
            f"\"_segment_reduce_{name}_cpu\" not implemented for '{type_word(given.array.dtype)}': use integers"
        )
    if not 0 <= axis < max(data.ndim, 1) or given.ndim != axis + 1:
        raise RuntimeError(
            f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}; they have "
            f"{given.ndim} dimensions"
        )
    values = given.array.astype(numpy.int64)
    if tuple(values.shape[:-1]) != tuple(data.shape[:axis]):
        raise RuntimeError(
            f"segment_reduce(): data of shape {list(data.shape)} and {name} of shape {list(values.shape)} differ "
            f"before "
            f"dimension {axis}"
        )
    counts = values if lengths is not None else numpy.diff(values, axis=-1)
    if (counts < 0).any():
        raise RuntimeError("lengths contains negative value!")
    sums = counts.sum(-1)
    if (sums > data.shape[axis]).any() or not unsafe and lengths is not None and (sums != data.shape[axis]).any():
        raise RuntimeError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when "
            "!unsafe."
        )
    return counts
