"""The softmax family: softmax, log_softmax, their gradients, and logsumexp.

Design
  A. float32 and float64 are compiled here, for memory in C order, seen as (outer, n, inner) with the softmax over n;
     other layouts are copied first and the result is in C order, as PyTorch's is. float16 computes in float32;
     other types go through NumPy.
  B. inner = 1: a task is as many rows as fill a tile, and the exponential runs over the tile, however short rows are.
     inner > 1: a task is up to WIDTH neighbouring columns of one outer index, whose n steps are walked together.
  C. x - max is at most 0, so nothing overflows. A row that holds NaN or +inf, or -inf alone, is NaN in every place (and
     its logsumexp NaN, +inf or -inf): that follows from the arithmetic, there is no branch for it.
  D. The exponential has an error below 1.1 units in the last place (float32) and 1.0 (float64), measured against long
     double; sums run in independent lanes, combined pairwise. The split into tasks depends on the shape alone.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.math import INFINITY
from cython.cimports.libc.math import log as log_double
from cython.cimports.libc.math import logf as log_float
from cython.cimports.wengert.kernels.blocks import new_array
from cython.cimports.wengert.kernels.exponential import (
    wengert_exp_double,
    wengert_exp_float,
    wengert_exp_nonpositive_double,
    wengert_exp_nonpositive_float,
)
from cython.cimports.wengert.kernels.reduction_plan import (
    LANES,
    LOG_SOFTMAX,
    LOG_SOFTMAX_GRADIENT,
    LOGSUMEXP,
    SOFTMAX,
    SOFTMAX_GRADIENT,
    TASK_ELEMENTS,
    TILE,
    WIDTH,
    SoftmaxJob,
    read_dims,
    real,
)
from cython.cimports.wengert.kernels.threads import parallel_for

from .blocks import empty_array

cnp.import_array()


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def at(address: cython.p_void, like: cython.pointer(real)) -> cython.pointer(real):
    """An address as a pointer of `like`'s type; a cast to the fused type itself is not among Cython's."""
    if real is cython.float:
        return cython.cast(cython.p_float, address)
    else:
        return cython.cast(cython.p_double, address)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def exponential(x: real) -> real:
    """exp(x) for any x."""
    if real is cython.float:
        return wengert_exp_float(x)
    else:
        return wengert_exp_double(x)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def exponential_below(x: real) -> real:
    """exp(x) for x <= 0 or NaN."""
    if real is cython.float:
        return wengert_exp_nonpositive_float(x)
    else:
        return wengert_exp_nonpositive_double(x)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def logarithm(x: real) -> real:
    if real is cython.float:
        return log_float(x)
    else:
        return log_double(x)


# ------------------------------------------------------------------------------------------------ along memory


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def larger(a: real, b: real) -> real:
    """The larger one, or the NaN."""
    return b if (b > a) | (b != b) else a


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def largest(p: cython.pointer(real), n: cython.Py_ssize_t) -> real:
    lanes: real[LANES]
    k: cython.Py_ssize_t
    i: cython.Py_ssize_t = 0
    result: real = -INFINITY
    if n >= LANES:
        for k in range(LANES):
            lanes[k] = p[k]
        i = LANES
        while i + LANES <= n:
            for k in range(LANES):
                lanes[k] = larger(lanes[k], p[i + k])
            i += LANES
        for k in range(32):
            lanes[k] = larger(lanes[k], lanes[k + 32])
        for k in range(16):
            lanes[k] = larger(lanes[k], lanes[k + 16])
        for k in range(16):
            result = larger(result, lanes[k])
    while i < n:
        result = larger(result, p[i])
        i += 1
    return result


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def total(p: cython.pointer(real), n: cython.Py_ssize_t) -> real:
    """n terms, at most TILE of them in independent lanes, tiles pairwise."""
    if n > TILE:
        half: cython.Py_ssize_t = (n // 2 + TILE - 1) // TILE * TILE
        return total(p, half) + total(p + half, n - half)
    lanes: real[LANES]
    k: cython.Py_ssize_t
    i: cython.Py_ssize_t = 0
    result: real = 0
    if n >= LANES:
        for k in range(LANES):
            lanes[k] = p[k]
        i = LANES
        while i + LANES <= n:
            for k in range(LANES):
                lanes[k] += p[i + k]
            i += LANES
        for k in range(32):
            lanes[k] += lanes[k + 32]
        for k in range(16):
            lanes[k] += lanes[k + 16]
        for k in range(8):
            lanes[k] += lanes[k + 8]
        for k in range(4):
            lanes[k] += lanes[k + 4]
        result = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
    while i < n:
        result += p[i]
        i += 1
    return result


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def total_of_products(p: cython.pointer(real), q: cython.pointer(real), n: cython.Py_ssize_t) -> real:
    if n > TILE:
        half: cython.Py_ssize_t = (n // 2 + TILE - 1) // TILE * TILE
        return total_of_products(p, q, half) + total_of_products(p + half, q + half, n - half)
    lanes: real[LANES]
    k: cython.Py_ssize_t
    i: cython.Py_ssize_t = 0
    result: real = 0
    if n >= LANES:
        for k in range(LANES):
            lanes[k] = p[k] * q[k]
        i = LANES
        while i + LANES <= n:
            for k in range(LANES):
                lanes[k] += p[i + k] * q[i + k]
            i += LANES
        for k in range(32):
            lanes[k] += lanes[k + 32]
        for k in range(16):
            lanes[k] += lanes[k + 16]
        for k in range(8):
            lanes[k] += lanes[k + 8]
        for k in range(4):
            lanes[k] += lanes[k + 4]
        result = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
    while i < n:
        result += p[i] * q[i]
        i += 1
    return result


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def exponentials(p: cython.pointer(real), out: cython.pointer(real), n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = exponential_below(p[i])


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_rows(
    job: cython.pointer(SoftmaxJob),
    x: cython.pointer(real),
    y: cython.pointer(real),
    out: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """Rows [begin, end), a tile of whole rows at a time; x is the input or g, y the result that a gradient reads."""
    n: cython.Py_ssize_t = job.n
    rows: cython.Py_ssize_t = TILE // n if n < TILE else 1
    buffer: real[TILE]
    tops: real[TILE]
    top: real
    s: real
    i: cython.Py_ssize_t
    r: cython.Py_ssize_t
    row: cython.Py_ssize_t = begin
    while row < end:
        if rows > end - row:
            rows = end - row
        a: cython.pointer(real) = x + row * n
        if job.kind == SOFTMAX:
            o: cython.pointer(real) = out + row * n
            for r in range(rows):
                top = largest(a + r * n, n)
                for i in range(n):
                    o[r * n + i] = a[r * n + i] - top
            exponentials(o, o, rows * n)
            for r in range(rows):
                s = 1 / total(o + r * n, n)
                for i in range(n):
                    o[r * n + i] *= s
        elif job.kind == LOG_SOFTMAX or job.kind == LOGSUMEXP:
            for r in range(rows):
                tops[r] = largest(a + r * n, n)
            if n <= TILE:
                for r in range(rows):
                    top = tops[r]
                    for i in range(n):
                        buffer[r * n + i] = a[r * n + i] - top
                exponentials(cython.address(buffer[0]), cython.address(buffer[0]), rows * n)
            for r in range(rows):
                top = tops[r]
                if n <= TILE:
                    s = total(cython.address(buffer[0]) + r * n, n)
                else:
                    s = sum_of_exponentials(a, n, top, cython.address(buffer[0]))
                s = logarithm(s)
                if job.kind == LOGSUMEXP:
                    out[row + r] = top + s if top - top == 0 else top
                else:
                    o = out + (row + r) * n
                    for i in range(n):
                        o[i] = a[r * n + i] - top - s
        else:
            b: cython.pointer(real) = y + row * n
            o = out + row * n
            if job.kind == SOFTMAX_GRADIENT:
                for r in range(rows):
                    s = total_of_products(a + r * n, b + r * n, n)
                    for i in range(n):
                        o[r * n + i] = b[r * n + i] * (a[r * n + i] - s)
            else:
                for r in range(rows):
                    s = total(a + r * n, n)
                    for i in range(n):
                        o[r * n + i] = a[r * n + i] - exponential(b[r * n + i]) * s
        row += rows


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def sum_of_exponentials(
    p: cython.pointer(real), n: cython.Py_ssize_t, top: real, buffer: cython.pointer(real)
) -> real:
    """The sum of exp(p - top), tiles pairwise."""
    i: cython.Py_ssize_t
    if n > TILE:
        half: cython.Py_ssize_t = (n // 2 + TILE - 1) // TILE * TILE
        left: real = sum_of_exponentials(p, half, top, buffer)
        return left + sum_of_exponentials(p + half, n - half, top, buffer)
    for i in range(n):
        buffer[i] = exponential_below(p[i] - top)
    return total(buffer, n)


# ------------------------------------------------------------------------------------------------ across memory


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_columns(
    job: cython.pointer(SoftmaxJob),
    x: cython.pointer(real),
    y: cython.pointer(real),
    out: cython.pointer(real),
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.void:
    """Tasks [begin, end): (outer index, block of up to WIDTH neighbouring columns)."""
    n: cython.Py_ssize_t = job.n
    inner: cython.Py_ssize_t = job.inner
    blocks: cython.Py_ssize_t = (inner + WIDTH - 1) // WIDTH
    tops: real[WIDTH]
    sums: real[WIDTH]
    part: real[WIDTH]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    task: cython.Py_ssize_t
    for task in range(begin, end):
        first: cython.Py_ssize_t = task % blocks * WIDTH
        width: cython.Py_ssize_t = WIDTH if inner - first > WIDTH else inner - first
        start: cython.Py_ssize_t = task // blocks * n * inner + first
        a: cython.pointer(real) = x + start
        o: cython.pointer(real) = out + start
        b: cython.pointer(real) = y + start
        for j in range(width):
            tops[j] = -INFINITY
            sums[j] = 0
            part[j] = 0
        if job.kind == SOFTMAX_GRADIENT or job.kind == LOG_SOFTMAX_GRADIENT:
            for i in range(n):
                if job.kind == SOFTMAX_GRADIENT:
                    for j in range(width):
                        part[j] += a[i * inner + j] * b[i * inner + j]
                else:
                    for j in range(width):
                        part[j] += a[i * inner + j]
                if i % 64 == 63 or i == n - 1:
                    for j in range(width):
                        sums[j] += part[j]
                        part[j] = 0
            for i in range(n):
                if job.kind == SOFTMAX_GRADIENT:
                    for j in range(width):
                        o[i * inner + j] = b[i * inner + j] * (a[i * inner + j] - sums[j])
                else:
                    for j in range(width):
                        o[i * inner + j] = a[i * inner + j] - exponential(b[i * inner + j]) * sums[j]
            continue
        for i in range(n):
            for j in range(width):
                tops[j] = larger(tops[j], a[i * inner + j])
        for i in range(n):
            if job.kind == SOFTMAX:
                for j in range(width):
                    o[i * inner + j] = exponential_below(a[i * inner + j] - tops[j])
                    part[j] += o[i * inner + j]
            else:
                for j in range(width):
                    part[j] += exponential_below(a[i * inner + j] - tops[j])
            if i % 64 == 63 or i == n - 1:
                for j in range(width):
                    sums[j] += part[j]
                    part[j] = 0
        if job.kind == SOFTMAX:
            for j in range(width):
                sums[j] = 1 / sums[j]
            for i in range(n):
                for j in range(width):
                    o[i * inner + j] *= sums[j]
            continue
        for j in range(width):
            sums[j] = logarithm(sums[j])
        if job.kind == LOGSUMEXP:
            o = out + task // blocks * inner + first
            for j in range(width):
                o[j] = tops[j] + sums[j] if tops[j] - tops[j] == 0 else tops[j]
        else:
            for i in range(n):
                for j in range(width):
                    o[i * inner + j] = a[i * inner + j] - tops[j] - sums[j]


# ------------------------------------------------------------------------------------------------ tasks


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_tasks(
    job: cython.pointer(SoftmaxJob), begin: cython.Py_ssize_t, end: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    x: cython.pointer(real) = at(job.x, like)
    y: cython.pointer(real) = at(job.y, like)
    out: cython.pointer(real) = at(job.out, like)
    if job.inner == 1:
        run_rows(job, x, y, out, begin, end)
    else:
        run_columns(job, x, y, out, begin, end)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_float_tasks(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    like: cython.p_float = cython.NULL
    run_tasks(cython.cast(cython.pointer(SoftmaxJob), context), begin, end, like)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_double_tasks(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    like: cython.p_double = cython.NULL
    run_tasks(cython.cast(cython.pointer(SoftmaxJob), context), begin, end, like)


@cython.cfunc
@cython.exceptval(check=False)
def run(
    kind: cython.int, x: cnp.ndarray, y: cnp.ndarray, out: cnp.ndarray, n: cython.Py_ssize_t, inner: cython.Py_ssize_t
) -> cython.void:
    """All arrays in C order and of one type, none empty."""
    job: SoftmaxJob
    job.kind = kind
    job.x = cnp.PyArray_DATA(x)
    job.y = cnp.PyArray_DATA(y)
    job.out = cnp.PyArray_DATA(out)
    job.n = n
    job.inner = inner
    outer: cython.Py_ssize_t = cnp.PyArray_SIZE(x) // (n * inner)
    tasks: cython.Py_ssize_t = outer
    weight: cython.Py_ssize_t = n
    if inner > 1:
        tasks = outer * ((inner + WIDTH - 1) // WIDTH)
        weight = n * (WIDTH if inner > WIDTH else inner)
    single: cython.bint = cnp.PyArray_TYPE(x) == cnp.NPY_FLOAT
    grain: cython.Py_ssize_t = TASK_ELEMENTS // weight
    if grain < 1:
        grain = 1
    if tasks <= grain:
        if single:
            run_float_tasks(cython.address(job), 0, tasks)
        else:
            run_double_tasks(cython.address(job), 0, tasks)
        return
    with cython.nogil:
        parallel_for(run_float_tasks if single else run_double_tasks, cython.address(job), tasks, grain)


# ------------------------------------------------------------------------------------------------ functions


@cython.cfunc
@cython.inline
def is_compiled(x: cnp.ndarray) -> cython.bint:
    number: cython.int = cnp.PyArray_TYPE(x)
    return number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE


@cython.cfunc
def in_order(x: cnp.ndarray):
    """x if it is aligned and in C order, else a copy that is."""
    if cnp.PyArray_ISCARRAY_RO(x):
        return x
    return numpy.array(x, x.dtype.newbyteorder("="), order="C", copy=True)


@cython.cfunc
def over_dimension(kind: cython.int, x: cnp.ndarray, y, dim):
    """One of the functions that keep x's shape; y is None, or an array of x's shape and type."""
    d: cython.int
    axis: cython.Py_ssize_t = dim
    wrapped: cython.Py_ssize_t = x.ndim if x.ndim > 0 else 1
    if axis < -wrapped or axis >= wrapped:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-wrapped}, {wrapped - 1}], but got {axis})"
        )
    if axis < 0:
        axis += wrapped
    first: cnp.ndarray = in_order(x)
    second: cnp.ndarray = first if y is None else in_order(y)
    out: cnp.ndarray = new_array(x.ndim, x.shape, cnp.PyArray_TYPE(x), False)
    if cnp.PyArray_SIZE(x) == 0:
        return out
    inner: cython.Py_ssize_t = 1
    for d in range(cython.cast(cython.int, axis) + 1, x.ndim):
        inner *= x.shape[d]
    run(kind, first, second, out, x.shape[axis] if x.ndim > 0 else 1, inner)
    return out


def _check_same(name: str, g, out):
    if numpy.shape(g) != numpy.shape(out) or g.dtype != out.dtype:
        raise RuntimeError(
            f"{name}: the gradient has shape {list(numpy.shape(g))} and type {g.dtype}, "
            f"the result {list(numpy.shape(out))} and {out.dtype}; they must be alike"
        )


def softmax(x: cnp.ndarray, dim):
    """exp(x) / sum(exp(x)) along the dimension `dim`, of x's shape and type, in C order.

    For floating x. IndexError for a dimension out of range; NotImplementedError for types that are not floating.
    """
    if is_compiled(x):
        return over_dimension(SOFTMAX, x, None, dim)
    return _in_float(softmax, "softmax", x, None, dim)


def log_softmax(x: cnp.ndarray, dim):
    """log(softmax(x)) along the dimension `dim`, as x - max - log(sum(exp(x - max))); otherwise as `softmax`."""
    if is_compiled(x):
        return over_dimension(LOG_SOFTMAX, x, None, dim)
    return _in_float(log_softmax, "log_softmax", x, None, dim)


def softmax_gradient(g: cnp.ndarray, out: cnp.ndarray, dim):
    """The pullback of softmax with the result `out`: out (g - sum(g out)), of g's shape and type.

    RuntimeError if g and out differ in shape or type.
    """
    _check_same("softmax_gradient", g, out)
    if is_compiled(g):
        return over_dimension(SOFTMAX_GRADIENT, g, out, dim)
    return _in_float(softmax_gradient, "softmax_gradient", g, out, dim)


def log_softmax_gradient(g: cnp.ndarray, out: cnp.ndarray, dim):
    """The pullback of log_softmax with the result `out`: g - exp(out) sum(g), of g's shape and type.

    RuntimeError if g and out differ in shape or type.
    """
    _check_same("log_softmax_gradient", g, out)
    if is_compiled(g):
        return over_dimension(LOG_SOFTMAX_GRADIENT, g, out, dim)
    return _in_float(log_softmax_gradient, "log_softmax_gradient", g, out, dim)


def _in_float(function, name: str, x, y, dim):
    """float16 by way of float32, long double by way of NumPy's own functions; PyTorch has no softmax of other types."""
    if x.dtype.kind == "f" and x.dtype.itemsize == 2:
        wide = x.astype(numpy.float32)
        result = function(wide, dim) if y is None else function(wide, y.astype(numpy.float32), dim)
        return result.astype(numpy.float16)
    if x.dtype.kind != "f":
        raise NotImplementedError(
            f"\"{name}_lastdim_kernel_impl\" not implemented for {x.dtype}: {name} takes floating-point input; "
            "convert it first"
        )
    with numpy.errstate(all="ignore"):
        if name == "softmax_gradient":
            return y * (x - numpy.add.reduce(x * y, axis=dim, keepdims=True))
        if name == "log_softmax_gradient":
            return x - numpy.exp(y) * numpy.add.reduce(x, axis=dim, keepdims=True)
        if x.size == 0:
            return empty_array(x.shape, x.dtype)
        x = x - numpy.maximum.reduce(x, axis=dim, keepdims=True)
        e = numpy.exp(x)
        s = numpy.add.reduce(e, axis=dim, keepdims=True)
        return e / s if name == "softmax" else x - numpy.log(s)


def logsumexp(x: cnp.ndarray, dim, keepdim: cython.bint = False):
    """log(sum(exp(x))) over `dim` (an int or a sequence of ints; () means all), computed from x - max.

    Of no terms: -inf. Booleans and integers are computed in float32, complex by NumPy. IndexError for a dimension out
    of range, RuntimeError for one named twice.
    """
    is_reduced: cython.uchar[64]
    d: cython.int
    read_dims(dim, x.ndim, is_reduced)
    axes = tuple([d for d in range(x.ndim) if is_reduced[d]])
    if x.dtype.kind in "bui":
        x = x.astype(numpy.float32)
    if not is_compiled(x):
        return _logsumexp_general(x, axes, keepdim)
    kept = [d for d in range(x.ndim) if not is_reduced[d]]
    sizes = numpy.shape(x)
    shape = [1 if is_reduced[d] else sizes[d] for d in range(x.ndim) if keepdim or not is_reduced[d]]
    out: cnp.ndarray = empty_array(shape, x.dtype.newbyteorder("="))
    if cnp.PyArray_SIZE(x) == 0:
        out.fill(-INFINITY)
        return out
    ordered: cnp.ndarray
    n: cython.Py_ssize_t = 1
    inner: cython.Py_ssize_t = 1
    for d in range(x.ndim):
        if is_reduced[d]:
            n *= x.shape[d]
    count: cython.int = len(axes)
    first: cython.int = axes[0] if count else 0
    last: cython.int = axes[count - 1] if count else x.ndim - 1
    if count == 0 or last - first == count - 1:  # neighbours: no need to move them
        ordered = in_order(x)
        for d in range(last + 1, x.ndim):
            inner *= x.shape[d]
    else:
        ordered = in_order(numpy.transpose(x, kept + list(axes)))
    run(LOGSUMEXP, ordered, ordered, out, n, inner)
    return out


def _logsumexp_general(x, axes, keepdim):
    if x.dtype.kind == "f" and x.dtype.itemsize == 2:
        return logsumexp(x.astype(numpy.float32), axes, keepdim).astype(numpy.float16)
    with numpy.errstate(all="ignore"):
        top = numpy.maximum.reduce(x.real, axis=axes, keepdims=True, initial=-INFINITY)
        top = numpy.where(numpy.isfinite(top), top, 0)
        out = numpy.log(numpy.add.reduce(numpy.exp(x - top), axis=axes, keepdims=True)) + top
    return out if keepdim else numpy.asarray(numpy.squeeze(out, axis=axes))
