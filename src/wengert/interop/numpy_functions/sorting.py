"""Sorting: the elements move, and so do their gradients; the positions are decided by values."""

import numpy

import wengert

from ..spelling import as_tensor, axis_of, spelled, values_of


def moved(a, axis, positions):
    """The elements in the order that `positions(values, axis)` gives along an axis (None: of all elements)."""
    x = as_tensor(a)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim, "sort")
    order = positions(values_of(x), axis)
    index = [numpy.arange(n).reshape([-1 if e == d else 1 for e in range(x.ndim)]) for d, n in enumerate(x.shape)]
    index[axis] = order
    return x[tuple(index)]


def _flat_for_no_axis(a, axis, name: str):
    x = as_tensor(a)
    if axis is None:
        return x.reshape(-1), 0
    return x, axis_of(axis, x.ndim, name)


@spelled("sort")
def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    x, axis = _flat_for_no_axis(a, axis, "sort")
    if x.dtype.is_complex:
        # Only NumPy puts them in an order: by their real parts first.
        return moved(x, axis, lambda values, axis: numpy.argsort(values, axis, kind="stable"))
    return wengert.sort(x, axis, stable=True)[0]


@spelled("argsort")
def argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    x, axis = _flat_for_no_axis(a, axis, "argsort")
    if x.dtype.is_complex:
        return as_tensor(numpy.argsort(values_of(x), axis, kind="stable"))
    return wengert.argsort(x, axis, stable=True)


@spelled("partition")
def partition(a, kth, axis=-1, kind="introselect", order=None):
    return moved(a, axis, lambda x, axis: numpy.argpartition(x, kth, axis, kind=kind))


@spelled("sort_complex")
def sort_complex(a):
    x = as_tensor(a)
    x = sort(x)
    return x if x.dtype.is_complex else x.to(x.dtype.to_complex())
