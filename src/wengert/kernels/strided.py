"""Views of arrays: the same memory under another shape and other steps. Plain NumPy views, made without NumPy's Python
layer."""

import cython
import numpy
from cython.cimports import numpy as cnp

cnp.import_array()


def expand(x: cnp.ndarray, shape: tuple):
    """x under a shape that it broadcasts to; repeated dimensions have step 0. RuntimeError if it does not broadcast."""
    new: cnp.npy_intp[64]
    steps: cnp.npy_intp[64]
    d: cython.int
    dimensions: cython.int = len(shape)
    missing: cython.int = dimensions - x.ndim
    if missing < 0 or dimensions > 64:
        raise RuntimeError(
            f"expand: the number of sizes provided ({dimensions}) must be greater or equal to the number of dimensions "
            f"in the tensor ({x.ndim})"
        )
    # From the last, as broadcasting goes: the first that does not fit is named.
    for d in range(dimensions - 1, -1, -1):
        size: cnp.npy_intp = shape[d]
        have: cnp.npy_intp = x.shape[d - missing] if d >= missing else 1
        if size == -1 and d >= missing:
            size = have
        if size < 0:
            raise RuntimeError(
                f"expand: the expanded size {size} isn't allowed in a leading, non-existing dimension {d}"
            )
        if have == size:
            if d >= missing:
                steps[d] = cnp.PyArray_STRIDES(x)[d - missing]
            else:
                # A new dimension of one entry steps over everything inside of it.
                steps[d] = new[d + 1] * steps[d + 1] if x.ndim else 0
        elif have == 1:
            steps[d] = 0
        else:
            raise RuntimeError(
                f"The expanded size of the tensor ({size}) must match the existing size ({have}) at non-singleton "
                f"dimension {d}.  Target sizes: {list(shape)}.  Tensor sizes: {[x.shape[i] for i in range(x.ndim)]}"
            )
        new[d] = size
    return wengert_view(x, dimensions, new, steps, 0)


def owner_of(x):
    """The array that owns the memory of x, or the outermost known view of it (on a buffer, say)."""
    while isinstance(x.base, cnp.ndarray):
        x = x.base
    return x


def extent(x: cnp.ndarray) -> tuple:
    """The bytes between which all elements of x lie, counted from the first element: (start, end)."""
    d: cython.int
    first: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t = cnp.PyArray_ITEMSIZE(x)
    for d in range(x.ndim):
        if x.shape[d] == 0:
            return 0, 0
        span: cython.Py_ssize_t = (x.shape[d] - 1) * cnp.PyArray_STRIDES(x)[d]
        if span > 0:
            end += span
        else:
            first += span
    return first, end


def memory(x: cnp.ndarray):
    """All bytes between which the elements of x lie, as a one-dimensional array of uint8 on the same memory."""
    new: cnp.npy_intp[1]
    steps: cnp.npy_intp[1]
    first: cython.Py_ssize_t
    end: cython.Py_ssize_t
    first, end = extent(x)
    bytes_: cnp.ndarray = numpy.ndarray.view(wengert_view(x, 0, new, steps, first).reshape(1), numpy.uint8)
    new[0] = end - first
    steps[0] = 1
    return wengert_view(bytes_, 1, new, steps, 0)


def with_steps_in_new(x: cnp.ndarray):
    """An array that came of an index with None: its new dimensions, whose steps NumPy leaves at 0, step over what is
    inside of them."""
    new: cnp.npy_intp[64]
    steps: cnp.npy_intp[64]
    d: cython.int
    for d in range(x.ndim - 1, -1, -1):
        new[d] = x.shape[d]
        steps[d] = cnp.PyArray_STRIDES(x)[d]
        if steps[d] == 0 and new[d] == 1:
            steps[d] = new[d + 1] * steps[d + 1] if d + 1 < x.ndim else cnp.PyArray_ITEMSIZE(x)
    return wengert_view(x, x.ndim, new, steps, 0)


def as_strided(x: cnp.ndarray, shape: tuple, strides: tuple, offset: cython.Py_ssize_t):
    """x's memory under a shape and steps counted in elements, `offset` elements after x's first.

    RuntimeError if any element would lie outside of the memory that x's array owns or views.
    """
    new: cnp.npy_intp[64]
    steps: cnp.npy_intp[64]
    d: cython.int
    # Python's integers, which do not overflow: these limits keep the view inside of the memory.
    low: object = offset
    high: object = offset
    empty: cython.bint = False
    if len(shape) != len(strides) or len(shape) > 64:
        raise RuntimeError(f"mismatch in length of strides and shape: {strides} for {shape}")
    itemsize: cython.Py_ssize_t = cnp.PyArray_ITEMSIZE(x)
    for d in range(len(shape)):
        if shape[d] < 0 or max(shape[d], abs(strides[d])) >> 58:
            raise RuntimeError(
                f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(strides)}"
            )
        new[d] = shape[d]
        steps[d] = strides[d] * itemsize
        if new[d] == 0:
            empty = True
        elif strides[d] > 0:
            high += (shape[d] - 1) * strides[d]
        else:
            low += (shape[d] - 1) * strides[d]
    owner: cnp.ndarray = owner_of(x)
    start: cython.Py_ssize_t = (
        cython.cast(cython.Py_ssize_t, cnp.PyArray_DATA(x)) - cython.cast(cython.Py_ssize_t, cnp.PyArray_DATA(owner))
    )
    first, end = extent(owner)
    if not empty and (start + low * itemsize < first or start + (high + 1) * itemsize > end):
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {offset}, and itemsize "
            f"{itemsize} requiring a storage size of {start + (high + 1) * itemsize} are out of bounds for storage of "
            f"size {end - first}"
        )
    return wengert_view(x, len(shape), new, steps, 0 if empty else offset * itemsize)


def laid_out_like(x: cnp.ndarray, g: cnp.ndarray, own: cython.bint):
    """The values of `g` in the layout of x, if x has neither gaps nor overlaps, else row by row.

    Where `g` lies so already and is nobody else's (`own`), it is given back itself, else a copy.
    """
    made: cnp.ndarray = numpy.empty_like(x, dtype=g.dtype)
    if not _same_steps(made, x):
        made = numpy.empty_like(x, dtype=g.dtype, order="C")
    if own and _same_steps(made, g):
        return g
    made[...] = g
    return made


@cython.cfunc
@cython.exceptval(check=False)
def _same_steps(x: cnp.ndarray, y: cnp.ndarray) -> cython.bint:
    """Whether two arrays of one shape lie alike in memory; the step of a dimension of one entry does not matter."""
    d: cython.int
    for d in range(x.ndim):
        of_x: cython.Py_ssize_t = cnp.PyArray_STRIDES(x)[d] // cnp.PyArray_ITEMSIZE(x)
        of_y: cython.Py_ssize_t = cnp.PyArray_STRIDES(y)[d] // cnp.PyArray_ITEMSIZE(y)
        if of_x != of_y and x.shape[d] > 1:
            return False
    return True
