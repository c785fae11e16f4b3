"""Positions, sorting, sets, and taking elements by position."""

import wengert

from ..numpy_functions import indexing, reductions, sets
from ..spelling import axis_of


def argmax(x, /, *, axis=None, keepdims=False):
    return reductions.argmax(x, axis, keepdims=keepdims)


def argmin(x, /, *, axis=None, keepdims=False):
    return reductions.argmin(x, axis, keepdims=keepdims)


def count_nonzero(x, /, *, axis=None, keepdims=False):
    return reductions.count_nonzero(x, axis, keepdims=keepdims)


def nonzero(x, /):
    return indexing.nonzero(x)


def searchsorted(x1, x2, /, *, side="left", sorter=None):
    return indexing.searchsorted(x1, x2, side, sorter)


def where(condition, x1, x2, /):
    return indexing.where(condition, x1, x2)


def argsort(x, /, *, axis=-1, descending=False, stable=True):
    return wengert.argsort(x, axis_of(axis, x.ndim, "argsort"), descending, stable=True)


def sort(x, /, *, axis=-1, descending=False, stable=True):
    return wengert.sort(x, axis_of(axis, x.ndim, "sort"), descending, stable=True)[0]


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
