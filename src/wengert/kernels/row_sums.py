"""Sums of rows by number: what looking up rows of a table hands back."""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.reduction_plan import real

from .blocks import zero_array

cnp.import_array()


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def add_rows(
    out: cython.pointer(real),
    places: cython.pointer(cnp.int64_t),
    x: cython.pointer(real),
    count: cython.Py_ssize_t,
    columns: cython.Py_ssize_t,
) -> cython.void:
    k: cython.Py_ssize_t
    j: cython.Py_ssize_t
    row: cython.pointer(real)
    term: cython.pointer(real)
    for k in range(count):
        row = out + places[k] * columns
        term = x + k * columns
        for j in range(columns):
            row[j] = row[j] + term[j]


def row_sums(x, places, rows: cython.Py_ssize_t):
    """(rows, D) of x (N, D) and N places below `rows`: at each place the sum of the rows of x that it has, added in
    order; zeros where there are none. float32 and float64 run compiled, others by NumPy, float16 in float32.

    IndexError for a place out of range.
    """
    numbers: cnp.ndarray = numpy.require(places, numpy.int64, "CA")
    count: cython.Py_ssize_t = numbers.shape[0]
    columns: cython.Py_ssize_t = x.shape[1]
    if count and (numbers.min() < 0 or numbers.max() >= rows):
        raise IndexError(f"a place is not in [0, {rows})")
    if x.dtype == numpy.float16:
        return row_sums(x.astype(numpy.float32), numbers, rows).astype(numpy.float16)
    out: cnp.ndarray = zero_array((rows, columns), x.dtype)
    number: cython.int = cnp.PyArray_TYPE(out)
    if number != cnp.NPY_FLOAT and number != cnp.NPY_DOUBLE:
        numpy.add.at(out, numbers, x)
        return out
    terms: cnp.ndarray = numpy.require(x, x.dtype.newbyteorder("="), "CA")
    to: cython.pointer(cnp.int64_t) = cython.cast(cython.pointer(cnp.int64_t), cnp.PyArray_DATA(numbers))
    with cython.nogil:
        if number == cnp.NPY_FLOAT:
            add_rows(
                cython.cast(cython.p_float, cnp.PyArray_DATA(out)), to,
                cython.cast(cython.p_float, cnp.PyArray_DATA(terms)), count, columns,
            )  # fmt: skip
        else:
            add_rows(
                cython.cast(cython.p_double, cnp.PyArray_DATA(out)), to,
                cython.cast(cython.p_double, cnp.PyArray_DATA(terms)), count, columns,
            )  # fmt: skip
    return out
