"""Sorting: the elements move, and so do their gradients; the positions are decided by values."""

import numpy

from ..spelling import as_tensor, axis_of, spelled, values_of


def moved(a, axis, positions):
    """The elements in the order that `positions(values, axis)` gives along an axis (None: of all elements)."""
    x = as_tensor(a)
    if axis is None:
        x, axis = x.reshape(-1), 0
    if not x.ndim:
        raise numpy.exceptions.AxisError("axis 0 is out of bounds for array of dimension 0")
    axis = axis_of(axis, x.ndim, "sort")
    order = positions(values_of(x), axis)
    index = [numpy.arange(n).reshape([-1 if e == d else 1 for e in range(x.ndim)]) for d, n in enumerate(x.shape)]
    index[axis] = order
    return x[tuple(index)]


@spelled("sort")
def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    return moved(a, axis, lambda x, axis: numpy.argsort(x, axis, kind="stable"))


@spelled("partition")
def partition(a, kth, axis=-1, kind="introselect", order=None):
    return moved(a, axis, lambda x, axis: numpy.argpartition(x, kth, axis, kind=kind))


@spelled("sort_complex")
def sort_complex(a):
    x = as_tensor(a)
    x = sort(x)
    return x if x.dtype.is_complex else x.to(x.dtype.to_complex())
