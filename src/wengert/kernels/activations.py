"""Activation functions that are no ufunc of NumPy's, and their gradients, on arrays of any shape and layout.

Design
  A. Where a ufunc's loops can do the arithmetic they do, over one buffer that is written over, so that large inputs
  cost
     one fresh allocation. What would need several passes is one compiled loop.
  B. Comparison with 0 is written so that NaN passes through, as in PyTorch.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.activation_plan import ThresholdGradient
from cython.cimports.wengert.kernels.blocks import new_array
from cython.cimports.wengert.kernels.reduction_plan import real
from cython.cimports.wengert.kernels.threads import parallel_for

from .elementwise import Loops

cnp.import_array()

# Elements below which no thread is woken, and of one chunk.
PARALLEL_ELEMENTS = cython.declare(cython.Py_ssize_t, 1 << 16)
GRAIN = cython.declare(cython.Py_ssize_t, 1 << 15)

_maximum = Loops(numpy.maximum)
_negative = Loops(numpy.negative)
_exp = Loops(numpy.exp)
_add = Loops(numpy.add)
_divide = Loops(numpy.true_divide)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_threshold(
    g: cython.pointer(real),
    y: cython.pointer(real),
    out: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(begin, end):
        out[i] = 0 if y[i] <= 0 else g[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_float_threshold(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    job: cython.pointer(ThresholdGradient) = cython.cast(cython.pointer(ThresholdGradient), context)
    run_threshold(
        cython.cast(cython.p_float, job.gradient), cython.cast(cython.p_float, job.result), cython.cast(cython.p_float,
        job.out), begin, end,
    )  # fmt: skip


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_double_threshold(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    job: cython.pointer(ThresholdGradient) = cython.cast(cython.pointer(ThresholdGradient), context)
    run_threshold(
        cython.cast(cython.p_double, job.gradient), cython.cast(cython.p_double, job.result),
        cython.cast(cython.p_double, job.out), begin, end,
    )  # fmt: skip


@cython.cfunc
@cython.inline
def is_flat(x: cnp.ndarray) -> cython.bint:
    """Whether one compiled loop may run over x as it lies in memory."""
    number: cython.int = cnp.PyArray_TYPE(x)
    return (
        (number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE)
        and cnp.PyArray_IS_C_CONTIGUOUS(x)
        and cnp.PyArray_ISBEHAVED_RO(x)
    )


@cython.cfunc
def threshold(g: cnp.ndarray, result: cnp.ndarray):
    """g where result > 0 or is NaN, else 0, for two flat arrays of one type and shape."""
    number: cython.int = cnp.PyArray_TYPE(g)
    out: cnp.ndarray = new_array(g.ndim, g.shape, number, False)
    job: ThresholdGradient
    job.gradient = cnp.PyArray_DATA(g)
    job.result = cnp.PyArray_DATA(result)
    job.out = cnp.PyArray_DATA(out)
    count: cython.Py_ssize_t = cnp.PyArray_SIZE(g)
    if count == 0:
        return out
    grain: cython.Py_ssize_t = GRAIN if count >= PARALLEL_ELEMENTS else count
    with cython.nogil:
        if number == cnp.NPY_FLOAT:
            parallel_for(run_float_threshold, cython.address(job), count, grain)
        else:
            parallel_for(run_double_threshold, cython.address(job), count, grain)
    return out


def _no_order(x):
    return NotImplementedError(f"clamp is not supported for complex types: {x.dtype} has no order")


def relu(x: cnp.ndarray):
    """max(x, 0), of x's dtype; NaN stays NaN. NotImplementedError for complex x."""
    if is_flat(x):
        return threshold(x, x)
    if cnp.PyArray_ISCOMPLEX(x):
        raise _no_order(x)
    if cnp.PyArray_ISBOOL(x):
        raise RuntimeError("Boolean inputs not supported for relu: it has no booleans to choose between")
    return _maximum(x, 0)


def threshold_gradient(g: cnp.ndarray, result: cnp.ndarray):
    """g where result > 0 or is NaN, else 0; g and result broadcast against each other. One pass where both are float32
    or both float64 and lie alike in memory."""
    if (
        is_flat(g)
        and is_flat(result)
        and cnp.PyArray_TYPE(g) == cnp.PyArray_TYPE(result)
        and g.ndim == result.ndim
        and cnp.PyArray_SAMESHAPE(g, result)
    ):
        return threshold(g, result)
    if cnp.PyArray_ISCOMPLEX(result):
        raise _no_order(result)
    return numpy.where(result <= 0, numpy.zeros((), g.dtype), g)


def sigmoid(x):
    """1 / (1 + exp(-x)) for floating or complex x.

    exp overflows to infinity below about -88 (float32) or -709 (float64), which gives the correct 0.
    """
    out = _negative(x)
    out = _exp(out, out=out)
    out = _add(out, 1.0, out)
    return _divide(1.0, out, out)
