"""Steps of optimizers, fused: all parameters of a group in one call, one pass over the memory of each.

Design
  A. A rule is a loop over elements, one function below for each algorithm, written once for float and double. What is
     the same for all elements comes as a tuple of numbers, worked out by the caller from the options and step counts.
  B. `run` is the one driver: it checks everything, then counts steps, then runs the rule over each parameter, over
     threads when it is large.
  C. It does the plain ones, float32 and float64 whose arrays lie contiguous alike, and returns the positions of the
     others, which are stepped by tensor operations in the same order (the optimizers' `_step_one`).

Every rule begins with d = sign * gradient, plus decay * parameter where decay is not 0; sign is -1 to maximize.
Arithmetic is in the parameter's type. NaN and infinities go where IEEE sends them; no temporaries; memory traffic is
the cost.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.math import sqrt, sqrtf
from cython.cimports.wengert.kernels.optimizer_plan import (
    ADADELTA,
    ADAGRAD,
    ADAM,
    ADAMAX,
    ASGD,
    MOST_STATES,
    NADAM,
    NUMBER_OF_RULES,
    RADAM,
    RMSPROP,
    RPROP,
    SGD,
    Needs,
    Step,
)
from cython.cimports.wengert.kernels.reduction_plan import real
from cython.cimports.wengert.kernels.threads import parallel_for

cnp.import_array()

GRAIN = cython.declare(cython.Py_ssize_t, 1 << 15)

_needs = cython.declare(Needs[NUMBER_OF_RULES])
_rules = cython.declare(dict, {})


@cython.cfunc
def _declare(name: str, rule: cython.int, numbers: cython.int, states: cython.int, required: cython.int):
    _rules[name] = rule
    _needs[rule].numbers = numbers
    _needs[rule].states = states
    _needs[rule].required = required


_declare("sgd", SGD, 7, 1, 0)
_declare("adam", ADAM, 9, 3, 2)
_declare("nadam", NADAM, 10, 2, 2)
_declare("radam", RADAM, 10, 2, 2)
_declare("adamax", ADAMAX, 6, 2, 2)
_declare("adagrad", ADAGRAD, 4, 1, 1)
_declare("adadelta", ADADELTA, 5, 2, 2)
_declare("rmsprop", RMSPROP, 6, 3, 1)
_declare("rprop", RPROP, 5, 2, 2)
_declare("asgd", ASGD, 5, 1, 1)


# ------------------------------------------------------------------------------------------------- elements


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def root(x: real) -> real:
    if real is cython.float:
        return sqrtf(x)
    else:
        return sqrt(x)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def direction(g: real, x: real, sign: real, decay: real, decays: cython.bint) -> real:
    """The gradient, turned round to maximize, with the slope of the L2 penalty."""
    return sign * g + decay * x if decays else sign * g


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def mean(old: real, new: real, weight: real, keep: real, light: cython.bint) -> real:
    """(1 - weight) old + weight new, exact at weight 0 and 1: it starts from the end that is nearer (`light`: from the
    old one). keep = 1 - weight."""
    return old + weight * (new - old) if light else new - keep * (new - old)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def larger(x: real, y: real) -> real:
    """The larger of two numbers; NaN if either is. Without a branch, so that the loop around it is vectorised."""
    return x if (x > y) | (x != x) else y


# ---------------------------------------------------------------------------------------------------- rules


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def sgd(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    b: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """b = d, or momentum b + keep d;  p -= lr (b, or d + momentum b). Numbers: sign, decay, lr, momentum, keep,
    nesterov, first (the buffer is new: it takes d). Without momentum b is NULL."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    lr: real = number[2]
    momentum: real = number[3]
    keep: real = number[4]
    nesterov: cython.bint = number[5] != 0
    i: cython.Py_ssize_t
    d: real
    if b == cython.NULL:
        for i in range(begin, end):
            p[i] = p[i] - lr * direction(g[i], p[i], sign, decay, decays)
    elif number[6] != 0:
        for i in range(begin, end):
            d = direction(g[i], p[i], sign, decay, decays)
            b[i] = d
            if nesterov:
                d = d + momentum * d
            p[i] = p[i] - lr * d
    elif nesterov:
        for i in range(begin, end):
            d = direction(g[i], p[i], sign, decay, decays)
            b[i] = momentum * b[i] + keep * d
            p[i] = p[i] - lr * (d + momentum * b[i])
    else:
        for i in range(begin, end):
            d = direction(g[i], p[i], sign, decay, decays)
            b[i] = momentum * b[i] + keep * d
            p[i] = p[i] - lr * b[i]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def adam(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    m: cython.pointer(real),
    v: cython.pointer(real),
    largest: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """m, v: means of d and d²;  p -= step_size m / (sqrt(v) / correction + eps), with the largest v so far in its place
    if that is kept. Numbers: sign, decay, shrink (of p beforehand), 1 - beta1, beta2, 1 - beta2, correction, eps,
    -step_size."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    shrink: real = number[2]
    weight: real = number[3]
    keep: real = 1 - number[3]
    light: cython.bint = number[3] < 0.5
    beta2: real = number[4]
    weight2: real = number[5]
    correction: real = number[6]
    eps: real = number[7]
    size: real = number[8]
    i: cython.Py_ssize_t
    d: real
    x: real
    second: real
    if largest == cython.NULL:
        for i in range(begin, end):
            x = shrink * p[i]
            d = direction(g[i], p[i], sign, decay, decays)
            m[i] = mean(m[i], d, weight, keep, light)
            second = beta2 * v[i] + weight2 * d * d
            v[i] = second
            p[i] = x + size * m[i] / (root(second) / correction + eps)
    else:
        for i in range(begin, end):
            x = shrink * p[i]
            d = direction(g[i], p[i], sign, decay, decays)
            m[i] = mean(m[i], d, weight, keep, light)
            second = beta2 * v[i] + weight2 * d * d
            v[i] = second
            second = larger(largest[i], second)
            largest[i] = second
            p[i] = x + size * m[i] / (root(second) / correction + eps)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def nadam(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    m: cython.pointer(real),
    v: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """As adam, with p += (by_gradient d + by_mean m) / (sqrt(v / correction) + eps). Numbers: sign, decay, shrink,
    1 - beta1, beta2, 1 - beta2, correction, eps, by_gradient, by_mean."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    shrink: real = number[2]
    weight: real = number[3]
    keep: real = 1 - number[3]
    light: cython.bint = number[3] < 0.5
    beta2: real = number[4]
    weight2: real = number[5]
    correction: real = number[6]
    eps: real = number[7]
    by_gradient: real = number[8]
    by_mean: real = number[9]
    i: cython.Py_ssize_t
    d: real
    x: real
    denominator: real
    for i in range(begin, end):
        x = shrink * p[i]
        d = direction(g[i], x, sign, decay, decays)
        m[i] = mean(m[i], d, weight, keep, light)
        v[i] = beta2 * v[i] + weight2 * d * d
        denominator = root(v[i] / correction) + eps
        p[i] = x + by_gradient * d / denominator + by_mean * m[i] / denominator


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def radam(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    m: cython.pointer(real),
    v: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """As adam, with p -= lr m / correction1 (rectified / (sqrt(v) + eps), where rectified is not 0: it is while the
    variance of v has none). Numbers: sign, decay, shrink, 1 - beta1, beta2, 1 - beta2, correction1, eps, lr,
    rectified."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    shrink: real = number[2]
    weight: real = number[3]
    keep: real = 1 - number[3]
    light: cython.bint = number[3] < 0.5
    beta2: real = number[4]
    weight2: real = number[5]
    correction1: real = number[6]
    eps: real = number[7]
    lr: real = number[8]
    rectified: real = number[9]
    adapts: cython.bint = number[9] != 0
    i: cython.Py_ssize_t
    d: real
    x: real
    change: real
    for i in range(begin, end):
        x = shrink * p[i]
        d = direction(g[i], x, sign, decay, decays)
        m[i] = mean(m[i], d, weight, keep, light)
        v[i] = beta2 * v[i] + weight2 * d * d
        change = m[i] / correction1 * lr
        if adapts:
            change = change * (rectified / (root(v[i]) + eps))
        p[i] = x - change


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def adamax(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    m: cython.pointer(real),
    u: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """m: the mean of d;  u = max(beta2 u, |d| + eps);  p -= step_size m / u. Numbers: sign, decay, 1 - beta1, beta2,
    eps, -step_size."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    weight: real = number[2]
    keep: real = 1 - number[2]
    light: cython.bint = number[2] < 0.5
    beta2: real = number[3]
    eps: real = number[4]
    size: real = number[5]
    i: cython.Py_ssize_t
    d: real
    norm: real
    for i in range(begin, end):
        d = direction(g[i], p[i], sign, decay, decays)
        m[i] = mean(m[i], d, weight, keep, light)
        norm = larger(beta2 * u[i], (d if d >= 0 else -d) + eps)
        u[i] = norm
        p[i] = p[i] + size * m[i] / norm


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def adagrad(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    s: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """s += d²;  p -= lr d / (sqrt(s) + eps). Numbers: sign, decay, eps, -lr."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    eps: real = number[2]
    size: real = number[3]
    i: cython.Py_ssize_t
    d: real
    for i in range(begin, end):
        d = direction(g[i], p[i], sign, decay, decays)
        s[i] = s[i] + d * d
        p[i] = p[i] + size * d / (root(s[i]) + eps)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def adadelta(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    s: cython.pointer(real),
    a: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """s: the mean of d²;  c = sqrt(a + eps) / sqrt(s + eps) d;  a: the mean of c²;  p -= lr c. Numbers: sign, decay,
    rho, eps, lr."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    rho: real = number[2]
    weight: real = 1 - number[2]
    eps: real = number[3]
    lr: real = number[4]
    i: cython.Py_ssize_t
    d: real
    change: real
    for i in range(begin, end):
        d = direction(g[i], p[i], sign, decay, decays)
        s[i] = rho * s[i] + weight * d * d
        change = root(a[i] + eps) / root(s[i] + eps) * d
        a[i] = rho * a[i] + weight * change * change
        p[i] = p[i] - lr * change


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def rmsprop(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    s: cython.pointer(real),
    m: cython.pointer(real),
    b: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """s: the mean of d²; m: that of d, where there is one (centered);  e = d / (sqrt(s - m²) + eps);  p -= lr e, or
    with b = momentum b + e, where there is one, p -= lr b. Numbers: sign, decay, alpha, eps, lr, momentum."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    alpha: real = number[2]
    weight: real = 1 - number[2]
    light: cython.bint = 1 - number[2] < 0.5
    eps: real = number[3]
    lr: real = number[4]
    momentum: real = number[5]
    i: cython.Py_ssize_t
    d: real
    second: real
    for i in range(begin, end):
        d = direction(g[i], p[i], sign, decay, decays)
        second = alpha * s[i] + weight * d * d
        s[i] = second
        if m != cython.NULL:
            m[i] = mean(m[i], d, weight, alpha, light)
            second = second - m[i] * m[i]
        d = d / (root(second) + eps)
        if b != cython.NULL:
            d = momentum * b[i] + d
            b[i] = d
        p[i] = p[i] - lr * d


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def rprop(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    previous: cython.pointer(real),
    size: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """Every element has a step size of its own: it grows while d keeps its sign, and shrinks when that changes, when
    the element is left where it is. Numbers: sign, smaller, larger (factors), least, most (sizes)."""
    sign: real = number[0]
    smaller: real = number[1]
    larger: real = number[2]
    least: real = number[3]
    most: real = number[4]
    i: cython.Py_ssize_t
    d: real
    agreement: real
    new: real
    for i in range(begin, end):
        d = sign * g[i]
        agreement = d * previous[i]
        new = size[i] * (larger if agreement > 0 else smaller if agreement < 0 else 1)
        # A NaN stays.
        new = least if new < least else new
        new = most if new > most else new
        size[i] = new
        d = 0 if agreement < 0 else d
        # A NaN has no sign: 0, but what a NaN size gives.
        p[i] = p[i] - (1 if d > 0 else -1 if d < 0 else 0) * new
        previous[i] = d


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def asgd(
    number: cython.pointer(cython.double),
    p: cython.pointer(real),
    g: cython.pointer(real),
    average: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """p = shrink p - eta d;  average += mu (p - average), p itself for mu = 1. Numbers: sign, decay, shrink, eta,
    mu."""
    sign: real = number[0]
    decay: real = number[1]
    decays: cython.bint = number[1] != 0
    shrink: real = number[2]
    eta: real = number[3]
    mu: real = number[4]
    copies: cython.bint = number[4] == 1
    i: cython.Py_ssize_t
    x: real
    for i in range(begin, end):
        x = shrink * p[i] - eta * direction(g[i], p[i], sign, decay, decays)
        p[i] = x
        average[i] = x if copies else average[i] + (x - average[i]) * mu


# --------------------------------------------------------------------------------------------------- driver


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_rule(
    step: cython.pointer(Step),
    p: cython.pointer(real),
    g: cython.pointer(real),
    a: cython.pointer(real),
    b: cython.pointer(real),
    c: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    if step.rule == SGD:
        sgd(step.number, p, g, a, begin, end)
    elif step.rule == ADAM:
        adam(step.number, p, g, a, b, c, begin, end)
    elif step.rule == NADAM:
        nadam(step.number, p, g, a, b, begin, end)
    elif step.rule == RADAM:
        radam(step.number, p, g, a, b, begin, end)
    elif step.rule == ADAMAX:
        adamax(step.number, p, g, a, b, begin, end)
    elif step.rule == ADAGRAD:
        adagrad(step.number, p, g, a, begin, end)
    elif step.rule == ADADELTA:
        adadelta(step.number, p, g, a, b, begin, end)
    elif step.rule == RMSPROP:
        rmsprop(step.number, p, g, a, b, c, begin, end)
    elif step.rule == RPROP:
        rprop(step.number, p, g, a, b, begin, end)
    else:
        asgd(step.number, p, g, a, begin, end)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_float(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    step: cython.pointer(Step) = cython.cast(cython.pointer(Step), context)
    run_rule(
        step,
        cython.cast(cython.p_float, step.parameter),
        cython.cast(cython.p_float, step.gradient),
        cython.cast(cython.p_float, step.state[0]),
        cython.cast(cython.p_float, step.state[1]),
        cython.cast(cython.p_float, step.state[2]),
        begin,
        end,
    )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_double(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    step: cython.pointer(Step) = cython.cast(cython.pointer(Step), context)
    run_rule(
        step,
        cython.cast(cython.p_double, step.parameter),
        cython.cast(cython.p_double, step.gradient),
        cython.cast(cython.p_double, step.state[0]),
        cython.cast(cython.p_double, step.state[1]),
        cython.cast(cython.p_double, step.state[2]),
        begin,
        end,
    )


@cython.cfunc
@cython.exceptval(check=False)
def run_parameter(step: cython.pointer(Step), single: cython.bint, n: cython.Py_ssize_t) -> cython.void:
    if n < 2 * GRAIN:
        if single:
            run_float(step, 0, n)
        else:
            run_double(step, 0, n)
        return
    with cython.nogil:
        parallel_for(run_float if single else run_double, step, n, GRAIN)


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
@cython.inline
def is_scalar(x: cnp.ndarray) -> cython.bint:
    """Whether x can count steps: one writable float or double."""
    number: cython.int = cnp.PyArray_TYPE(x)
    return (number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE) and x.ndim == 0 and cnp.PyArray_ISBEHAVED(x)


@cython.cfunc
@cython.exceptval(-1, check=False)
def check_alike(name: str, position: cython.Py_ssize_t, x: cnp.ndarray, other) -> cython.int:
    if not isinstance(other, cnp.ndarray):
        raise TypeError(f"step: {name}[{position}] must be an array, not {type(other).__name__}")
    y: cnp.ndarray = other
    d: cython.int
    same: cython.bint = x.ndim == y.ndim
    if same:
        for d in range(x.ndim):
            if x.shape[d] != y.shape[d]:
                same = False
    if not same:
        raise RuntimeError(
            f"step: {name}[{position}] has shape {list(numpy.shape(y))}, its parameter {list(numpy.shape(x))}; "
            "they must be the same"
        )
    return 0


@cython.cfunc
@cython.exceptval(-1, check=False)
def check_writable(name: str, position: cython.Py_ssize_t, x: cnp.ndarray) -> cython.int:
    if not cnp.PyArray_ISWRITEABLE(x):
        raise RuntimeError(f"step: {name}[{position}] is read-only memory and cannot be changed in place")
    return 0


@cython.cfunc
@cython.exceptval(-1, check=False)
def read_numbers(step: cython.pointer(Step), numbers, count: cython.int) -> cython.int:
    if not isinstance(numbers, tuple) or len(numbers) != count:
        raise TypeError(f"step: the rule takes a tuple of {count} numbers, got {numbers!r}")
    k: cython.int
    for k in range(count):
        step.number[k] = cython.cast(tuple, numbers)[k]
    return 0


def next_steps(steps: list):
    """The step counts as `run` is going to make them, as Python numbers: one more, in the type of each array. None if
    one of them is no writable array of one float32 or float64, which `run` would refuse."""
    counts: list = []
    for k in range(len(steps)):
        value = steps[k]
        if not isinstance(value, cnp.ndarray) or not is_scalar(value):
            return None
        counts.append(next_count(value))
    return counts


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def next_count(x: cnp.ndarray) -> cython.double:
    if cnp.PyArray_TYPE(x) == cnp.NPY_FLOAT:
        # Counted as `run` counts: a float stays where it is at 2^24.
        single: cython.float = cython.cast(cython.p_float, cnp.PyArray_DATA(x))[0]
        single = single + 1
        return single
    return cython.cast(cython.p_double, cnp.PyArray_DATA(x))[0] + 1


def run(rule: str, parameters: list, gradients: list, states: tuple, steps, numbers) -> list:
    """One step of an algorithm, in place on every parameter and its state.

    Args:
        rule: which; the functions above say what each does, which arrays of state it keeps and which numbers it takes.
        parameters, gradients: arrays, of the same shape in the same position.
        states: for each kind of state that the rule knows, a list of arrays, or None for what it does without.
        steps: arrays of one float32 or float64, the step counts, to which 1 is added; or None.
        numbers: a tuple for all parameters, or a list with one for each.

    Returns the positions of the parameters that were left alone, counts included, since they are no float32 or float64
    arrays that lie contiguous in the same order as their gradient and state.

    RuntimeError if shapes differ or what is to be changed is read-only, ValueError if lists differ in length or there
    is no such rule, TypeError for what is no array or number. Nothing was changed then.
    """
    index = _rules.get(rule)
    if index is None:
        raise ValueError(f"step: there is no rule {rule!r}; there are {', '.join(_rules)}")
    step: Step
    step.rule = cython.cast(cython.int, index)
    needs: Needs = _needs[cython.cast(cython.int, index)]
    count: cython.Py_ssize_t = len(parameters)
    each: cython.bint = isinstance(numbers, list)
    j: cython.int
    k: cython.Py_ssize_t
    if len(states) != needs.states:
        raise ValueError(f"step: {rule} knows {needs.states} kinds of state, got {len(states)}")
    for j in range(needs.states):
        if states[j] is None and j < needs.required:
            raise ValueError(f"step: {rule} cannot do without state {j}")
    lengths = {len(gradients), *[len(x) for x in states if x is not None]}
    if steps is not None:
        lengths.add(len(steps))
    if each:
        lengths.add(len(numbers))
    if count and lengths != {count}:
        raise ValueError(f"step: lists for {count} parameters must have that length, got {sorted(lengths)}")
    p: cnp.ndarray
    y: cnp.ndarray
    for k in range(count):
        parameter = parameters[k]
        if not isinstance(parameter, cnp.ndarray):
            raise TypeError(f"step: parameters[{k}] must be an array, not {type(parameter).__name__}")
        p = parameter
        check_writable("parameters", k, p)
        check_alike("gradients", k, p, gradients[k])
        for j in range(needs.states):
            if states[j] is not None:
                check_alike("states", k, p, states[j][k])
                check_writable("states", k, states[j][k])
        if steps is not None:
            if not isinstance(steps[k], cnp.ndarray) or not is_scalar(steps[k]):
                raise TypeError(f"step: steps[{k}] must be a writable array of one float32 or float64")
        if each and (k == 0 or numbers[k] is not numbers[k - 1]):
            read_numbers(cython.address(step), numbers[k], needs.numbers)
    if not each:
        read_numbers(cython.address(step), numbers, needs.numbers)
    left: list = []
    plain: cython.bint
    for k in range(count):
        p = parameters[k]
        y = gradients[k]
        number: cython.int = cnp.PyArray_TYPE(p)
        plain = (number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE) and cnp.PyArray_ISBEHAVED(p) and alike(p, y)
        step.parameter = cnp.PyArray_DATA(p)
        step.gradient = cnp.PyArray_DATA(y)
        for j in range(MOST_STATES):
            step.state[j] = cython.NULL
            if j < needs.states and states[j] is not None:
                y = states[j][k]
                plain = plain and alike(p, y)
                step.state[j] = cnp.PyArray_DATA(y)
        if not plain:
            left.append(k)
            continue
        if steps is not None:
            y = steps[k]
            if cnp.PyArray_TYPE(y) == cnp.NPY_FLOAT:
                cython.cast(cython.p_float, cnp.PyArray_DATA(y))[0] += 1
            else:
                cython.cast(cython.p_double, cnp.PyArray_DATA(y))[0] += 1
        if each and (k == 0 or left or numbers[k] is not numbers[k - 1]):
            read_numbers(cython.address(step), numbers[k], needs.numbers)
        run_parameter(cython.address(step), number == cnp.NPY_FLOAT, cnp.PyArray_SIZE(p))
    return left
