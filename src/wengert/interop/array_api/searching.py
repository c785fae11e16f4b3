"""Positions, sorting, sets, and taking elements by position."""

import numpy

from ..numpy_functions import indexing, reductions, sets
from ..numpy_functions import sorting as by_position
from ..spelling import as_tensor, axis_of, values_of


def argmax(x, /, *, axis=None, keepdims=False):
    return reductions.argmax(x, axis, keepdims=keepdims)


def argmin(x, /, *, axis=None, keepdims=False):
    return reductions.argmin(x, axis, keepdims=keepdims)


def count_nonzero(x, /, *, axis=None, keepdims=False):
    return reductions.count_nonzero(x, axis, keepdims=keepdims)


def nonzero(x, /):
    return indexing.nonzero(x)


def searchsorted(x1, x2, /, *, side="left", sorter=None):
    found = numpy.searchsorted(values_of(x1), values_of(x2), side, None if sorter is None else values_of(sorter))
    return as_tensor(numpy.asarray(found, numpy.int64))


def where(condition, x1, x2, /):
    return indexing.where(condition, x1, x2)


def _order(x, axis: int, descending: bool):
    """Positions in ascending or descending order, equal elements in the order in which they stand; NaN last."""
    values = values_of(x)
    if not descending:
        return numpy.argsort(values, axis, kind="stable")
    # Of the reversed elements in ascending order, read backwards: equal ones are in their own order again.
    size = values.shape[axis]
    turned = numpy.argsort(numpy.flip(values, axis), axis, kind="stable")
    return size - 1 - numpy.flip(turned, axis)


def argsort(x, /, *, axis=-1, descending=False, stable=True):
    axis = axis_of(axis, x.ndim, "argsort")
    return as_tensor(numpy.ascontiguousarray(_order(x, axis, descending)))


def sort(x, /, *, axis=-1, descending=False, stable=True):
    return by_position.moved(x, axis, lambda values, axis: _order(x, axis, descending))


def take(x, indices, /, *, axis=None):
    if axis is None and x.ndim != 1:
        raise ValueError("take: 'axis' must be given where x has not one dimension")
    return indexing.take(x, indices, 0 if axis is None else axis)


def take_along_axis(x, indices, /, *, axis=-1):
    return indexing.take_along_axis(x, indices, axis)


def unique_all(x, /):
    return sets.unique_all(x)


def unique_counts(x, /):
    return sets.unique_counts(x)


def unique_inverse(x, /):
    return sets.unique_inverse(x)


def unique_values(x, /):
    return sets.unique_values(x)
