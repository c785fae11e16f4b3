"""First-order linear recurrences along a dimension: each result is its own term plus a factor times its neighbour.

    forwards    y[k] = b[k] + a[k] y[k - 1]
    backwards   y[k] = b[k] + a[k + 1] y[k + 1]

The one is the transpose of the other in b. Running sums (a = 1), the derivatives of running products and of running
logarithms of sums of exponentials are of this form (Blelloch, "Prefix sums and their applications", 1990, section 1.4).
The loop runs in order: n - 1 products and additions for each line, relative to sum |terms| an error below n u.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.reduction_plan import real

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
    outer: cython.Py_ssize_t = 1
    inner: cython.Py_ssize_t = 1
    d: cython.int
    for d in range(y.ndim):
        if d < dim:
            outer *= y.shape[d]
        elif d > dim:
            inner *= y.shape[d]
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
