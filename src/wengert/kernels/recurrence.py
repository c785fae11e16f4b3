"""Running reductions along a dimension, and first-order linear recurrences, of which their derivatives are made.

In a recurrence each result is its own term plus a factor times its neighbour:

    forwards    y[k] = b[k] + a[k] y[k - 1]
    backwards   y[k] = b[k] + a[k + 1] y[k + 1]

The one is the transpose of the other in b. Running sums (a = 1), the derivatives of running products and of running
logarithms of sums of exponentials are of this form (Blelloch, "Prefix sums and their applications", 1990, section 1.4).
The loop runs in order: n - 1 products and additions for each line, relative to sum |terms| an error below n u.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.reduction_plan import MAXIMUM, MINIMUM, PRODUCT, SUM, real

cnp.import_array()


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run(
    a: cython.pointer(real),
    y: cython.pointer(real),
    outer: cython.Py_ssize_t,
    terms: cython.Py_ssize_t,
    inner: cython.Py_ssize_t,
    backwards: cython.bint,
) -> cython.void:
    """In place: y holds b of shape (outer, terms, inner)."""
    o: cython.Py_ssize_t
    k: cython.Py_ssize_t
    j: cython.Py_ssize_t
    i: cython.Py_ssize_t
    for o in range(outer):
        if backwards:
            k = terms - 2
            while k >= 0:
                j = (o * terms + k) * inner
                for i in range(j, j + inner):
                    y[i] = y[i] + a[i + inner] * y[i + inner]
                k -= 1
        else:
            for k in range(1, terms):
                j = (o * terms + k) * inner
                for i in range(j, j + inner):
                    y[i] = y[i] + a[i] * y[i - inner]


def recurrence(a, b, dim: cython.int, backwards: cython.bint = False):
    """The recurrence along `dim` (not negative) of two arrays of one shape, in their common type.

    float32 and float64 run compiled, other types in NumPy, a step for each position; those of two bytes are computed in
    float32. The first factor (backwards as well as forwards) is not used.
    """
    dtype = numpy.result_type(a, b)
    half = dtype.itemsize == 2
    wide = numpy.dtype(numpy.float32) if half else dtype
    y: cnp.ndarray = numpy.array(b, wide, order="C", copy=True)
    factors: cnp.ndarray = numpy.require(a, wide, "CA")
    if not y.ndim or not cnp.PyArray_SIZE(y):
        return y.astype(dtype, copy=False)
    outer: cython.Py_ssize_t
    inner: cython.Py_ssize_t
    lines_of(y, dim, cython.address(outer), cython.address(inner))
    terms: cython.Py_ssize_t = y.shape[dim]
    number: cython.int = cnp.PyArray_TYPE(y)
    if number == cnp.NPY_FLOAT:
        with cython.nogil:
            run(
                cython.cast(cython.p_float, cnp.PyArray_DATA(factors)), cython.cast(cython.p_float,
                cnp.PyArray_DATA(y)), outer, terms, inner, backwards,
            )
    elif number == cnp.NPY_DOUBLE:
        with cython.nogil:
            run(
                cython.cast(cython.p_double, cnp.PyArray_DATA(factors)), cython.cast(cython.p_double,
                cnp.PyArray_DATA(y)), outer, terms, inner, backwards,
            )
    else:
        lines = y.reshape(outer, terms, inner)
        of_lines = factors.reshape(outer, terms, inner)
        with numpy.errstate(all="ignore"):
            if backwards:
                for k in range(terms - 2, -1, -1):
                    lines[:, k] += of_lines[:, k + 1] * lines[:, k + 1]
            else:
                for k in range(1, terms):
                    lines[:, k] += of_lines[:, k] * lines[:, k - 1]
    return y.astype(dtype, copy=False)


# ------------------------------------------------------------------------------------------------ running reductions


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_sums(
    operation: cython.int,
    y: cython.pointer(real),
    totals: cython.p_double,
    outer: cython.Py_ssize_t,
    terms: cython.Py_ssize_t,
    inner: cython.Py_ssize_t,
) -> cython.void:
    """In place: running sums or products of (outer, terms, inner). `totals` has room for `inner` of them."""
    o: cython.Py_ssize_t
    k: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    total: cython.double
    for o in range(outer):
        j = o * terms * inner
        if inner == 1:
            total = y[j]
            if operation == SUM:
                for i in range(j + 1, j + terms):
                    total = total + y[i]
                    y[i] = total
            else:
                for i in range(j + 1, j + terms):
                    total = total * y[i]
                    y[i] = total
            continue
        for i in range(inner):
            totals[i] = y[j + i]
        for k in range(1, terms):
            j += inner
            if operation == SUM:
                for i in range(inner):
                    totals[i] = totals[i] + y[j + i]
                    y[j + i] = totals[i]
            else:
                for i in range(inner):
                    totals[i] = totals[i] * y[j + i]
                    y[j + i] = totals[i]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_extrema(
    operation: cython.int,
    x: cython.pointer(real),
    values: cython.pointer(real),
    places: cython.pointer(cnp.int64_t),
    outer: cython.Py_ssize_t,
    terms: cython.Py_ssize_t,
    inner: cython.Py_ssize_t,
) -> cython.void:
    """The running extrema of (outer, terms, inner) and their places."""
    o: cython.Py_ssize_t
    k: cython.Py_ssize_t
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t
    better: cython.bint
    for o in range(outer):
        at = o * terms * inner
        for i in range(at, at + inner):
            values[i] = x[i]
            places[i] = 0
        for k in range(1, terms):
            at += inner
            for i in range(at, at + inner):
                better = (x[i] >= values[i - inner]) if operation == MAXIMUM else (x[i] <= values[i - inner])
                better = better | (x[i] != x[i])
                values[i] = x[i] if better else values[i - inner]
                places[i] = k if better else places[i - inner]


@cython.cfunc
@cython.exceptval(check=False)
def lines_of(
    x: cnp.ndarray, dim: cython.int, outer: cython.pointer(cython.Py_ssize_t), inner: cython.pointer(cython.Py_ssize_t)
) -> cython.void:
    d: cython.int
    outer[0] = 1
    inner[0] = 1
    for d in range(x.ndim):
        if d < dim:
            outer[0] *= x.shape[d]
        elif d > dim:
            inner[0] *= x.shape[d]


def running(ufunc, x, dim: cython.int):
    """The running sums (numpy.add) or products (numpy.multiply) along `dim` (not negative), in x's type.

    float32 and float64 run compiled, in order, with a double for each running result; other types by NumPy.
    """
    number: cython.int = cnp.PyArray_TYPE(x)
    if number != cnp.NPY_FLOAT and number != cnp.NPY_DOUBLE or not x.size:
        with numpy.errstate(all="ignore"):
            return ufunc.accumulate(x, axis=dim, dtype=x.dtype)
    outer: cython.Py_ssize_t
    inner: cython.Py_ssize_t
    y: cnp.ndarray = numpy.array(x, order="C", copy=True)
    terms: cython.Py_ssize_t = y.shape[dim]
    operation: cython.int = SUM if ufunc is numpy.add else PRODUCT
    lines_of(y, dim, cython.address(outer), cython.address(inner))
    room: cnp.ndarray = numpy.empty(inner)
    totals: cython.p_double = cython.cast(cython.p_double, cnp.PyArray_DATA(room))
    with cython.nogil:
        if number == cnp.NPY_FLOAT:
            run_sums(operation, cython.cast(cython.p_float, cnp.PyArray_DATA(y)), totals, outer, terms, inner)
        else:
            run_sums(operation, cython.cast(cython.p_double, cnp.PyArray_DATA(y)), totals, outer, terms, inner)
    return y


def running_extrema(ufunc, x, dim: cython.int):
    """The running maxima (numpy.maximum) or minima along `dim` (not negative), and where they stand, as int64.

    Of equal ones the last counts; from a NaN on, the last NaN so far. float32 and float64 run compiled.
    """
    number: cython.int = cnp.PyArray_TYPE(x)
    if number != cnp.NPY_FLOAT and number != cnp.NPY_DOUBLE or not x.size:
        spots = numpy.arange(x.shape[dim]).reshape([-1 if d == dim else 1 for d in range(x.ndim)])
        with numpy.errstate(all="ignore"):
            best = ufunc.accumulate(x, axis=dim)
            reached = (x == best) | (x != x)
        return best, numpy.maximum.accumulate(numpy.where(reached, spots, 0), axis=dim)
    outer: cython.Py_ssize_t
    inner: cython.Py_ssize_t
    terms_in: cnp.ndarray = numpy.require(x, x.dtype, "CA")
    values: cnp.ndarray = numpy.empty(numpy.shape(x), x.dtype)
    places: cnp.ndarray = numpy.empty(numpy.shape(x), numpy.int64)
    to: cython.pointer(cnp.int64_t) = cython.cast(cython.pointer(cnp.int64_t), cnp.PyArray_DATA(places))
    terms: cython.Py_ssize_t = values.shape[dim]
    operation: cython.int = MAXIMUM if ufunc is numpy.maximum else MINIMUM
    lines_of(values, dim, cython.address(outer), cython.address(inner))
    with cython.nogil:
        if number == cnp.NPY_FLOAT:
            run_extrema(
                operation, cython.cast(cython.p_float, cnp.PyArray_DATA(terms_in)),
                cython.cast(cython.p_float, cnp.PyArray_DATA(values)), to, outer, terms, inner,
            )
        else:
            run_extrema(
                operation, cython.cast(cython.p_double, cnp.PyArray_DATA(terms_in)),
                cython.cast(cython.p_double, cnp.PyArray_DATA(values)), to, outer, terms, inner,
            )
    return values, places
