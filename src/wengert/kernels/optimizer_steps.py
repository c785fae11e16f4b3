"""Steps of optimizers, fused: one pass over each parameter instead of one per arithmetic operation.

float32 and float64 parameters whose arrays are contiguous alike are stepped by one compiled loop, over threads when
they are large; everything else goes through NumPy in the same order of operations.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.optimizer_plan import SgdStep
from cython.cimports.wengert.kernels.reduction_plan import real
from cython.cimports.wengert.kernels.threads import parallel_for

cnp.import_array()

GRAIN = cython.declare(cython.Py_ssize_t, 1 << 15)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_sgd(
    step: cython.pointer(SgdStep),
    p: cython.pointer(real),
    g: cython.pointer(real),
    b: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """d = sign g + weight_decay p;  b = d, or momentum b + (1 - dampening) d;  p -= lr (b, or d + momentum b)."""
    lr: real = step.lr
    momentum: real = step.momentum
    keep: real = step.keep
    decay: real = step.weight_decay
    sign: real = step.sign
    decays: cython.bint = step.weight_decay != 0
    nesterov: cython.bint = step.nesterov
    i: cython.Py_ssize_t
    d: real
    if b == cython.NULL:
        for i in range(begin, end):
            d = sign * g[i]
            if decays:
                d = d + decay * p[i]
            p[i] = p[i] - lr * d
    elif step.first:
        for i in range(begin, end):
            d = sign * g[i]
            if decays:
                d = d + decay * p[i]
            b[i] = d
            if nesterov:
                d = d + momentum * d
            p[i] = p[i] - lr * d
    elif nesterov:
        for i in range(begin, end):
            d = sign * g[i]
            if decays:
                d = d + decay * p[i]
            b[i] = momentum * b[i] + keep * d
            p[i] = p[i] - lr * (d + momentum * b[i])
    else:
        for i in range(begin, end):
            d = sign * g[i]
            if decays:
                d = d + decay * p[i]
            b[i] = momentum * b[i] + keep * d
            p[i] = p[i] - lr * b[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_float_sgd(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    step: cython.pointer(SgdStep) = cython.cast(cython.pointer(SgdStep), context)
    run_sgd(
        step,
        cython.cast(cython.p_float, step.parameter),
        cython.cast(cython.p_float, step.gradient),
        cython.cast(cython.p_float, step.buffer),
        begin,
        end,
    )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_double_sgd(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    step: cython.pointer(SgdStep) = cython.cast(cython.pointer(SgdStep), context)
    run_sgd(
        step,
        cython.cast(cython.p_double, step.parameter),
        cython.cast(cython.p_double, step.gradient),
        cython.cast(cython.p_double, step.buffer),
        begin,
        end,
    )


@cython.cfunc
@cython.inline
def alike(x: cnp.ndarray, y: cnp.ndarray) -> cython.bint:
    """Whether one flat loop may run over both: same type, same contiguous order (shapes are known to agree)."""
    if cnp.PyArray_TYPE(x) != cnp.PyArray_TYPE(y) or not cnp.PyArray_ISBEHAVED_RO(y):
        return False
    if cnp.PyArray_IS_C_CONTIGUOUS(x):
        return cnp.PyArray_IS_C_CONTIGUOUS(y)
    return cnp.PyArray_IS_F_CONTIGUOUS(x) and cnp.PyArray_IS_F_CONTIGUOUS(y)


@cython.cfunc
@cython.exceptval(-1, check=False)
def check_alike(name: str, position: cython.Py_ssize_t, x: cnp.ndarray, other) -> cython.int:
    if not isinstance(other, cnp.ndarray):
        raise TypeError(f"sgd_step: {name}[{position}] must be an array, not {type(other).__name__}")
    y: cnp.ndarray = other
    d: cython.int
    same: cython.bint = x.ndim == y.ndim
    if same:
        for d in range(x.ndim):
            if x.shape[d] != y.shape[d]:
                same = False
    if not same:
        raise RuntimeError(
            f"sgd_step: {name}[{position}] has shape {list(numpy.shape(y))}, its parameter {list(numpy.shape(x))}; "
            "they must be the same"
        )
    return 0


def sgd_step(
    parameters: list,
    gradients: list,
    momentum_buffers: list,
    lr: cython.double,
    momentum: cython.double = 0.0,
    dampening: cython.double = 0.0,
    weight_decay: cython.double = 0.0,
    nesterov: cython.bint = False,
    maximize: cython.bint = False,
) -> list:
    """One step of stochastic gradient descent with momentum, in place on every parameter and buffer.

    With d = gradient (negated to maximize) + weight_decay parameter: without momentum, parameter -= lr d. With it, the
    buffer b becomes momentum b + (1 - dampening) d, or a copy of d where the entry is None, and parameter -= lr b, or
    lr (d + momentum b) with Nesterov's form (Sutskever et al. 2013, http://proceedings.mlr.press/v28/sutskever13.html,
    in PyTorch's arrangement).

    Returns the list of buffers, new ones in the places of None (without momentum: the entries as they came). Arrays of
    any layout and floating or complex type. RuntimeError if shapes differ or a parameter is read-only, ValueError if
    the lists differ in length, TypeError for what is no array; nothing was changed then.
    """
    count: cython.Py_ssize_t = len(parameters)
    if len(gradients) != count or len(momentum_buffers) != count:
        raise ValueError(
            f"sgd_step: {count} parameters, {len(gradients)} gradients and {len(momentum_buffers)} momentum buffers; "
            "the lists must be of one length"
        )
    k: cython.Py_ssize_t
    p: cnp.ndarray
    g: cnp.ndarray
    b: cnp.ndarray
    step: SgdStep
    for k in range(count):
        parameter = parameters[k]
        if not isinstance(parameter, cnp.ndarray):
            raise TypeError(f"sgd_step: parameters[{k}] must be an array, not {type(parameter).__name__}")
        p = parameter
        check_alike("gradients", k, p, gradients[k])
        if momentum != 0 and momentum_buffers[k] is not None:
            check_alike("momentum_buffers", k, p, momentum_buffers[k])
        if not cnp.PyArray_ISWRITEABLE(p):
            raise RuntimeError(f"sgd_step: parameters[{k}] is read-only memory and cannot be changed in place")
    step.nesterov = nesterov
    step.lr = lr
    step.momentum = momentum
    step.keep = 1 - dampening
    step.weight_decay = weight_decay
    step.sign = -1.0 if maximize else 1.0
    buffers: list = []
    for k in range(count):
        p = parameters[k]
        g = gradients[k]
        buffer = momentum_buffers[k]
        step.first = momentum != 0 and buffer is None
        if step.first:
            b = cnp.PyArray_EMPTY(
                p.ndim, p.shape, cnp.PyArray_TYPE(p),
                not cnp.PyArray_IS_C_CONTIGUOUS(p) and cnp.PyArray_IS_F_CONTIGUOUS(p),
            )
            buffer = b
        elif momentum != 0:
            b = buffer
        else:
            b = p
        buffers.append(buffer)
        number: cython.int = cnp.PyArray_TYPE(p)
        if (
            (number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE)
            and cnp.PyArray_ISBEHAVED(p)
            and alike(p, g)
            and alike(p, b)
            and cnp.PyArray_ISWRITEABLE(b)
        ):
            step.parameter = cnp.PyArray_DATA(p)
            step.gradient = cnp.PyArray_DATA(g)
            step.buffer = cnp.PyArray_DATA(b) if momentum != 0 else cython.NULL
            run_step(cython.address(step), number == cnp.NPY_FLOAT, cnp.PyArray_SIZE(p))
        else:
            _general_step(p, g, buffer if momentum != 0 else None, step.first, lr, momentum, dampening, weight_decay,
                          nesterov, maximize)
    return buffers


@cython.cfunc
@cython.exceptval(check=False)
def run_step(step: cython.pointer(SgdStep), single: cython.bint, n: cython.Py_ssize_t) -> cython.void:
    if n < 2 * GRAIN:
        if single:
            run_float_sgd(step, 0, n)
        else:
            run_double_sgd(step, 0, n)
        return
    with cython.nogil:
        parallel_for(run_float_sgd if single else run_double_sgd, step, n, GRAIN)


def _general_step(p, g, b, first, lr, momentum, dampening, weight_decay, nesterov, maximize):
    with numpy.errstate(all="ignore"):
        d = numpy.negative(g) if maximize else g
        if weight_decay != 0:
            d = d + weight_decay * p
        if b is not None:
            b[...] = d if first else momentum * b + (1 - dampening) * d
            d = d + momentum * b if nesterov else b
        p[...] = p - lr * d
