"""Standardisation: (x - mean) / sqrt(variance + eps), scaled and shifted, and its gradients.

Design
  A. float32 and float64 are compiled here, for memory in C order seen as (rows, channels, length): mean and variance
     either of each row, which is layer, group, instance and RMS normalisation, or of each channel, which is batch
     normalisation; or given. What is laid out otherwise is copied first.
  B. Mean and squared differences of a tile are found in one pass, of differences from a value near the mean (the
     shifted algorithm of Chan, Golub & LeVeque, "Algorithms for computing the sample variance", The American
     Statistician 37, 1983, eq. 1.7, there by the mean itself); tiles are merged in double precision (eq. 2.1). So
     memory is read once, and values near 1e4 with a deviation of 1 cost no accuracy. The mean's rounding to x's type
     is remembered and taken off each difference.
  C. Sums run in independent lanes. Gradients of parameters that several rows share are added up by task, and those
     sums in double precision in the order of tasks; the split into tasks depends on the shape alone.
  D. A row or channel with NaN or infinity is NaN in every place: that follows from the arithmetic.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.math import sqrt
from cython.cimports.libc.string import memcpy, memset
from cython.cimports.wengert.kernels.blocks import new_array
from cython.cimports.wengert.kernels.normalization_plan import (
    LANES,
    ROWS_TOGETHER,
    STEP,
    TASK_ELEMENTS,
    TILE,
    WIDTH,
    Moments,
    Normalization,
    Sums,
)
from cython.cimports.wengert.kernels.normalization_sums import (
    add_moments,
    add_products,
    at,
    mean_from,
    merge,
    squares_from,
    write_channel_pullback,
    write_pullback,
    write_scaled,
    write_shifted,
)
from cython.cimports.wengert.kernels.reduction_plan import real
from cython.cimports.wengert.kernels.threads import parallel_for

cnp.import_array()


# ------------------------------------------------------------------------------------------------ moments of rows


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_rows(
    job: cython.pointer(Normalization), task: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    channels: cython.Py_ssize_t = job.channels
    length: cython.Py_ssize_t = job.length
    n: cython.Py_ssize_t = channels * length
    moments: Moments
    r: cython.Py_ssize_t
    k: cython.Py_ssize_t
    end: cython.Py_ssize_t = (task + 1) * job.grain
    if end > job.rows:
        end = job.rows
    for r in range(task * job.grain, end):
        x: cython.pointer(real) = at(job.x, like) + r * n
        out: cython.pointer(real) = at(job.out, like) + r * n
        first: cython.Py_ssize_t = r % job.groups * channels
        weight: cython.pointer(real) = at(job.weight, like)
        bias: cython.pointer(real) = at(job.bias, like)
        if weight != cython.NULL:
            weight += first
        if bias != cython.NULL:
            bias += first
        memset(cython.address(moments), 0, cython.sizeof(Moments))
        add_moments(x, n, job.centred, cython.address(moments))
        variance: cython.double = moments.squares / n
        mean: real = moments.mean
        at(job.mean, like)[r] = mean
        at(job.variance, like)[r] = variance
        rest: real = 0
        if job.centred:
            rest = moments.mean - mean
        else:
            mean = 0
        scale: real = 1 / sqrt(variance + job.eps)
        if length == 1:
            write_scaled(x, out, n, mean, rest, scale, weight, bias)
        else:
            for k in range(channels):
                write_shifted(
                    x + k * length, out + k * length, length, mean, rest,
                    scale if weight == cython.NULL else scale * weight[k], 0 if bias == cython.NULL else bias[k],
                )  # fmt: skip


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def add_up(sums: cython.pointer(real), part: cython.pointer(real), n: cython.Py_ssize_t) -> cython.void:
    """sums += part, which begins anew."""
    i: cython.Py_ssize_t
    for i in range(n):
        sums[i] += part[i]
        part[i] = 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_row_gradients(
    job: cython.pointer(Normalization), task: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    channels: cython.Py_ssize_t = job.channels
    length: cython.Py_ssize_t = job.length
    n: cython.Py_ssize_t = channels * length
    size: cython.Py_ssize_t = job.groups * channels
    sums: Sums
    part: Sums
    r: cython.Py_ssize_t
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    begin: cython.Py_ssize_t = task * job.grain
    end: cython.Py_ssize_t = begin + job.grain
    if end > job.rows:
        end = job.rows
    nothing: cython.pointer(real) = cython.NULL
    # Of the partial sums, those of the weight, those of the bias, and for each of them what is being added up.
    partial: cython.pointer(real) = at(job.partial, like)
    if partial != cython.NULL:
        partial += task * 4 * size
        memset(partial, 0, 4 * size * cython.sizeof(partial[0]))
    for r in range(begin, end):
        first: cython.Py_ssize_t = r % job.groups * channels
        x: cython.pointer(real) = at(job.x, like) + r * n
        g: cython.pointer(real) = at(job.g, like) + r * n
        out: cython.pointer(real) = at(job.out, like)
        if out != cython.NULL:
            out += r * n
        weight: cython.pointer(real) = at(job.weight, like)
        if weight != cython.NULL:
            weight += first
        mean: real = at(job.mean, like)[r] if job.centred else 0
        deviation: cython.double = sqrt(at(job.variance, like)[r] + job.eps)
        scale: real = 1 / deviation
        sums.d = 0
        sums.g = 0
        sums.product = 0
        if length == 1:
            add_products(g, x, weight, mean, n, cython.address(sums))
        else:
            for k in range(channels):
                part.d = 0
                part.g = 0
                part.product = 0
                add_products(g + k * length, x + k * length, nothing, mean, length, cython.address(part))
                factor: cython.double = 1.0 if weight == cython.NULL else weight[k]
                sums.d += part.d
                sums.g += part.g * factor
                sums.product += part.product * factor
                if partial != cython.NULL:
                    partial[2 * size + first + k] = part.product
                    partial[3 * size + first + k] = part.g
        rest: real = sums.d / n if job.centred else 0
        along_one: real = sums.g / n if job.centred else 0
        along_x: real = (sums.product - rest * sums.g) / deviation / deviation / n
        if length > 1:
            if out != cython.NULL:
                for k in range(channels):
                    i = k * length
                    write_channel_pullback(
                        g + i, x + i, out + i, length, mean, rest, 1 if weight == cython.NULL else weight[k], scale,
                        along_one, along_x,
                    )  # fmt: skip
            if partial != cython.NULL:
                for k in range(first, first + channels):
                    partial[k] += (partial[2 * size + k] - rest * partial[3 * size + k]) * scale
                    partial[size + k] += partial[3 * size + k]
            continue
        if out != cython.NULL:
            write_pullback(g, x, out, n, mean, rest, weight, scale, along_one, along_x)
        if partial != cython.NULL:
            of_weight: cython.pointer(real) = partial + 2 * size + first
            of_bias: cython.pointer(real) = partial + 3 * size + first
            for i in range(n):
                of_weight[i] += g[i] * (((x[i] - mean) - rest) * scale)
                of_bias[i] += g[i]
            if (r - begin) % (ROWS_TOGETHER * job.groups) == ROWS_TOGETHER * job.groups - 1:
                add_up(partial, partial + 2 * size, 2 * size)
    if partial != cython.NULL and length == 1:
        add_up(partial, partial + 2 * size, 2 * size)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def add_tasks(
    partial: cython.pointer(real), tasks: cython.Py_ssize_t, size: cython.Py_ssize_t, out: cython.pointer(real)
) -> cython.void:
    """The sums of what each task has found, (tasks, 4, size) -> (size), in double precision."""
    sums: cython.double[LANES]
    i: cython.Py_ssize_t = 0
    k: cython.Py_ssize_t
    task: cython.Py_ssize_t
    width: cython.Py_ssize_t
    while i < size:
        width = LANES if size - i > LANES else size - i
        for k in range(width):
            sums[k] = 0
        for task in range(tasks):
            for k in range(width):
                sums[k] += partial[task * 4 * size + i + k]
        for k in range(width):
            out[i + k] = sums[k]
        i += LANES


# ------------------------------------------------------------------------------------------------ moments of channels


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def channel_moments(
    job: cython.pointer(Normalization),
    x: cython.pointer(real),
    moments: cython.pointer(Moments),
) -> cython.void:
    """Those of a channel that begins at x. Short pieces are put side by side first."""
    buffer: real[TILE]
    filled: cython.Py_ssize_t = 0
    length: cython.Py_ssize_t = job.length
    r: cython.Py_ssize_t
    for r in range(job.rows):
        if length > TILE // 4:
            add_moments(x, length, True, moments)
        else:
            memcpy(cython.address(buffer[0]) + filled, x, length * cython.sizeof(x[0]))
            filled += length
            if filled + length > TILE or r == job.rows - 1:
                add_moments(cython.address(buffer[0]), filled, True, moments)
                filled = 0
        x += job.channels * length


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_channel(
    job: cython.pointer(Normalization), c: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    length: cython.Py_ssize_t = job.length
    step: cython.Py_ssize_t = job.channels * length
    x: cython.pointer(real) = at(job.x, like) + c * length
    out: cython.pointer(real) = at(job.out, like) + c * length
    moments: Moments
    variance: cython.double
    mean: real
    rest: real = 0
    r: cython.Py_ssize_t
    if job.given:
        mean = at(job.mean, like)[c]
        variance = at(job.variance, like)[c]
    else:
        memset(cython.address(moments), 0, cython.sizeof(Moments))
        channel_moments(job, x, cython.address(moments))
        variance = moments.squares / moments.count
        mean = moments.mean
        rest = moments.mean - mean
        at(job.mean, like)[c] = mean
        at(job.variance, like)[c] = variance
    scale: real = 1 / sqrt(variance + job.eps)
    if job.weight != cython.NULL:
        scale *= at(job.weight, like)[c]
    bias: real = 0
    if job.bias != cython.NULL:
        bias = at(job.bias, like)[c]
    for r in range(job.rows):
        write_shifted(x + r * step, out + r * step, length, mean, rest, scale, bias)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def channel_sums(
    job: cython.pointer(Normalization),
    g: cython.pointer(real),
    x: cython.pointer(real),
    mean: real,
    sums: cython.pointer(Sums),
) -> cython.void:
    of_g: real[TILE]
    of_x: real[TILE]
    nothing: cython.pointer(real) = cython.NULL
    filled: cython.Py_ssize_t = 0
    length: cython.Py_ssize_t = job.length
    step: cython.Py_ssize_t = job.channels * length
    r: cython.Py_ssize_t
    for r in range(job.rows):
        if length > TILE // 4:
            add_products(g + r * step, x + r * step, nothing, mean, length, sums)
        else:
            memcpy(cython.address(of_g[0]) + filled, g + r * step, length * cython.sizeof(x[0]))
            memcpy(cython.address(of_x[0]) + filled, x + r * step, length * cython.sizeof(x[0]))
            filled += length
            if filled + length > TILE or r == job.rows - 1:
                add_products(cython.address(of_g[0]), cython.address(of_x[0]), nothing, mean, filled, sums)
                filled = 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_channel_gradients(
    job: cython.pointer(Normalization), c: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    length: cython.Py_ssize_t = job.length
    step: cython.Py_ssize_t = job.channels * length
    count: cython.double = cython.cast(cython.double, job.rows) * length
    x: cython.pointer(real) = at(job.x, like) + c * length
    g: cython.pointer(real) = at(job.g, like) + c * length
    mean: real = at(job.mean, like)[c]
    deviation: cython.double = sqrt(at(job.variance, like)[c] + job.eps)
    weight: real = 1
    rest: real = 0
    along_one: real = 0
    along_x: real = 0
    r: cython.Py_ssize_t
    sums: Sums
    sums.d = 0
    sums.g = 0
    sums.product = 0
    if job.weight != cython.NULL:
        weight = at(job.weight, like)[c]
    if not job.given or job.of_weight != cython.NULL or job.of_bias != cython.NULL:
        channel_sums(job, g, x, mean, cython.address(sums))
    if not job.given:
        rest = sums.d / count
        along_one = sums.g / count
        along_x = (sums.product - rest * sums.g) / deviation / deviation / count
    if job.of_weight != cython.NULL:
        at(job.of_weight, like)[c] = (sums.product - rest * sums.g) / deviation
    if job.of_bias != cython.NULL:
        at(job.of_bias, like)[c] = sums.g
    if job.out != cython.NULL:
        out: cython.pointer(real) = at(job.out, like) + c * length
        scale: real = weight / deviation
        for r in range(job.rows):
            if job.given:
                multiply(g + r * step, scale, out + r * step, length)
            else:
                write_channel_pullback(
                    g + r * step, x + r * step, out + r * step, length, mean, rest, 1, scale, along_one, along_x
                )


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def multiply(
    g: cython.pointer(real), scale: real, out: cython.pointer(real), n: cython.Py_ssize_t
) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = g[i] * scale


# ------------------------------------------------------------------------------------------------ channels side by side


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_columns(
    job: cython.pointer(Normalization), block: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    """Channels of length 1, up to WIDTH of them."""
    channels: cython.Py_ssize_t = job.channels
    first: cython.Py_ssize_t = block * WIDTH
    width: cython.Py_ssize_t = WIDTH if channels - first > WIDTH else channels - first
    x: cython.pointer(real) = at(job.x, like) + first
    out: cython.pointer(real) = at(job.out, like) + first
    mean: cython.pointer(real) = at(job.mean, like) + first
    variance: cython.pointer(real) = at(job.variance, like) + first
    moments: Moments[WIDTH]
    shift: real[WIDTH]
    d: real[WIDTH]
    squares: real[WIDTH]
    scale: real[WIDTH]
    bias: real[WIDTH]
    sums: Sums
    r: cython.Py_ssize_t
    j: cython.Py_ssize_t
    begin: cython.Py_ssize_t = 0
    size: cython.Py_ssize_t
    row: cython.pointer(real)
    memset(cython.address(moments[0]), 0, WIDTH * cython.sizeof(Moments))
    while begin < job.rows and not job.given:
        size = STEP if job.rows - begin > STEP else job.rows - begin
        for j in range(width):
            shift[j] = 0
            d[j] = 0
            squares[j] = 0
        for r in range(begin, begin + size):
            row = x + r * channels
            for j in range(width):
                shift[j] += row[j]
        for j in range(width):
            shift[j] = shift[j] / size
        for r in range(begin, begin + size):
            row = x + r * channels
            for j in range(width):
                d[j] += row[j] - shift[j]
                squares[j] += (row[j] - shift[j]) * (row[j] - shift[j])
        for j in range(width):
            sums.d = d[j]
            sums.product = squares[j]
            merge(
                cython.address(moments[j]), size, mean_from(shift[j], d[j], size),
                squares_from(cython.address(sums), size),
            )  # fmt: skip
        begin += size
    for j in range(width):
        d[j] = 0
        if not job.given:
            mean[j] = moments[j].mean
            variance[j] = moments[j].squares / job.rows
            d[j] = moments[j].mean - mean[j]
        shift[j] = mean[j]
        scale[j] = 1 / sqrt(variance[j] + job.eps)
        bias[j] = 0
        if job.weight != cython.NULL:
            scale[j] *= at(job.weight, like)[first + j]
        if job.bias != cython.NULL:
            bias[j] = at(job.bias, like)[first + j]
    for r in range(job.rows):
        row = x + r * channels
        to: cython.pointer(real) = out + r * channels
        for j in range(width):
            to[j] = ((row[j] - shift[j]) - d[j]) * scale[j] + bias[j]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_column_gradients(
    job: cython.pointer(Normalization), block: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    channels: cython.Py_ssize_t = job.channels
    first: cython.Py_ssize_t = block * WIDTH
    width: cython.Py_ssize_t = WIDTH if channels - first > WIDTH else channels - first
    x: cython.pointer(real) = at(job.x, like) + first
    g: cython.pointer(real) = at(job.g, like) + first
    sums: Sums[WIDTH]
    d: real[WIDTH]
    product: real[WIDTH]
    of_g: real[WIDTH]
    mean: real[WIDTH]
    scale: real[WIDTH]
    deviation: cython.double
    r: cython.Py_ssize_t
    j: cython.Py_ssize_t
    begin: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t
    row: cython.pointer(real)
    row_g: cython.pointer(real)
    memset(cython.address(sums[0]), 0, WIDTH * cython.sizeof(Sums))
    for j in range(width):
        mean[j] = at(job.mean, like)[first + j]
        d[j] = 0
        product[j] = 0
        of_g[j] = 0
    if not job.given or job.of_weight != cython.NULL or job.of_bias != cython.NULL:
        while begin < job.rows:
            end = begin + STEP if job.rows - begin > STEP else job.rows
            for r in range(begin, end):
                row = x + r * channels
                row_g = g + r * channels
                for j in range(width):
                    d[j] += row[j] - mean[j]
                    of_g[j] += row_g[j]
                    product[j] += row_g[j] * (row[j] - mean[j])
            for j in range(width):
                sums[j].d += d[j]
                sums[j].g += of_g[j]
                sums[j].product += product[j]
                d[j] = 0
                product[j] = 0
                of_g[j] = 0
            begin = end
    for j in range(width):
        deviation = sqrt(at(job.variance, like)[first + j] + job.eps)
        scale[j] = 1 / deviation
        if job.weight != cython.NULL:
            scale[j] = at(job.weight, like)[first + j] / deviation
        # From here on: what is left of the mean, and the parts of g along x and along one.
        if not job.given:
            d[j] = sums[j].d / job.rows
            of_g[j] = sums[j].g / job.rows
            product[j] = (sums[j].product - d[j] * sums[j].g) / deviation / deviation / job.rows
        if job.of_weight != cython.NULL:
            at(job.of_weight, like)[first + j] = (sums[j].product - d[j] * sums[j].g) / deviation
        if job.of_bias != cython.NULL:
            at(job.of_bias, like)[first + j] = sums[j].g
    if job.out == cython.NULL:
        return
    for r in range(job.rows):
        row = x + r * channels
        row_g = g + r * channels
        to: cython.pointer(real) = at(job.out, like) + first + r * channels
        if job.given:
            for j in range(width):
                to[j] = row_g[j] * scale[j]
        else:
            for j in range(width):
                to[j] = (row_g[j] - of_g[j] - ((row[j] - mean[j]) - d[j]) * product[j]) * scale[j]


# ------------------------------------------------------------------------------------------------ tasks


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_tasks(
    job: cython.pointer(Normalization), begin: cython.Py_ssize_t, end: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    task: cython.Py_ssize_t
    for task in range(begin, end):
        if job.grain:
            if job.g == cython.NULL:
                run_rows(job, task, like)
            else:
                run_row_gradients(job, task, like)
        elif job.length == 1:
            if job.g == cython.NULL:
                run_columns(job, task, like)
            else:
                run_column_gradients(job, task, like)
        elif job.g == cython.NULL:
            run_channel(job, task, like)
        else:
            run_channel_gradients(job, task, like)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_float_tasks(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    like: cython.p_float = cython.NULL
    run_tasks(cython.cast(cython.pointer(Normalization), context), begin, end, like)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_double_tasks(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    like: cython.p_double = cython.NULL
    run_tasks(cython.cast(cython.pointer(Normalization), context), begin, end, like)


@cython.cfunc
@cython.exceptval(check=False)
def run(job: cython.pointer(Normalization), tasks: cython.Py_ssize_t, number: cython.int) -> cython.void:
    """All tasks, shared among threads if they are large."""
    elements: cython.Py_ssize_t = job.rows * job.channels * job.length // tasks
    grain: cython.Py_ssize_t = TASK_ELEMENTS // elements if elements < TASK_ELEMENTS else 1
    single: cython.bint = number == cnp.NPY_FLOAT
    if tasks <= grain:
        if single:
            run_float_tasks(job, 0, tasks)
        else:
            run_double_tasks(job, 0, tasks)
        return
    with cython.nogil:
        parallel_for(run_float_tasks if single else run_double_tasks, job, tasks, grain)


@cython.cfunc
def plan_tasks(job: cython.pointer(Normalization), layout: tuple) -> cython.Py_ssize_t:
    """Take the sizes in and say how many tasks there are; `layout` is as in `standardize`."""
    by_rows, job.rows, job.groups, job.channels, job.length = layout
    job.grain = 0
    if not by_rows:
        return (job.channels + WIDTH - 1) // WIDTH if job.length == 1 else job.channels
    # Few enough that what each of them finds for the parameters is small against its rows.
    n: cython.Py_ssize_t = job.channels * job.length
    job.grain = max(TASK_ELEMENTS // n, ROWS_TOGETHER * job.groups * job.channels // n, 1)
    return (job.rows + job.grain - 1) // job.grain


# ------------------------------------------------------------------------------------------------ functions


@cython.cfunc
def ordered(x, number: cython.int, size: cython.Py_ssize_t):
    """x if it is aligned and in C order, else a copy that is; None if it has another type or size."""
    if not isinstance(x, cnp.ndarray):
        return None
    array: cnp.ndarray = x
    if cnp.PyArray_TYPE(array) != number or cnp.PyArray_SIZE(array) != size:
        return None
    if cnp.PyArray_ISCARRAY_RO(array):
        return array
    return numpy.array(array, array.dtype.newbyteorder("="), order="C", copy=True)


@cython.cfunc
@cython.inline
def memory(x) -> cython.p_void:
    if x is None:
        return cython.NULL
    array: cnp.ndarray = x
    return cnp.PyArray_DATA(array)


@cython.cfunc
def is_compiled(x: cnp.ndarray) -> cython.bint:
    number: cython.int = cnp.PyArray_TYPE(x)
    return (number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE) and cnp.PyArray_SIZE(x) > 0


def standardize(x: cnp.ndarray, weight, bias, layout: tuple, kept: tuple, eps: cython.double, centred: cython.bint):
    """(out, mean, variance): x standardised by each row's or channel's mean and variance, scaled and shifted.

    layout: (by rows, rows, groups, channels, length). x is read as (rows, channels, length). By rows, row r has the
    parameters from r % groups * channels on; else moments are those of channels, with groups 1. The moments have the
    shape `kept`. Not centred: x / sqrt(mean of squares + eps). None, unless all arrays are float32 or all float64 and
    have elements.
    """
    if not is_compiled(x):
        return None
    job: Normalization
    tasks: cython.Py_ssize_t = plan_tasks(cython.address(job), layout)
    number: cython.int = cnp.PyArray_TYPE(x)
    size: cython.Py_ssize_t = job.groups * job.channels
    source = ordered(x, number, job.rows * job.channels * job.length)
    used_weight = None if weight is None else ordered(weight, number, size)
    used_bias = None if bias is None else ordered(bias, number, size)
    if source is None or (used_weight is None) != (weight is None) or (used_bias is None) != (bias is None):
        return None
    out = new_array(x.ndim, x.shape, number, False)
    mean = numpy.empty(kept, x.dtype.newbyteorder("="))
    variance = numpy.empty(kept, x.dtype.newbyteorder("="))
    job.eps = eps
    job.centred = centred
    job.given = False
    job.x = memory(source)
    job.g = cython.NULL
    job.weight = memory(used_weight)
    job.bias = memory(used_bias)
    job.mean = memory(mean)
    job.variance = memory(variance)
    job.out = memory(out)
    run(cython.address(job), tasks, number)
    return out, mean, variance


def standardize_by(x: cnp.ndarray, mean, variance, weight, bias, layout: tuple, eps: cython.double):
    """x standardised by the given moments of its channels, scaled and shifted; None as in `standardize`."""
    if not is_compiled(x):
        return None
    job: Normalization
    tasks: cython.Py_ssize_t = plan_tasks(cython.address(job), layout)
    number: cython.int = cnp.PyArray_TYPE(x)
    source = ordered(x, number, job.rows * job.channels * job.length)
    given = [x if x is None else ordered(x, number, job.channels) for x in (mean, variance, weight, bias)]
    if source is None or given[0] is None or given[1] is None:
        return None
    if (given[2] is None) != (weight is None) or (given[3] is None) != (bias is None):
        return None
    out = new_array(x.ndim, x.shape, number, False)
    job.eps = eps
    job.centred = True
    job.given = True
    job.x = memory(source)
    job.g = cython.NULL
    job.mean = memory(given[0])
    job.variance = memory(given[1])
    job.weight = memory(given[2])
    job.bias = memory(given[3])
    job.out = memory(out)
    run(cython.address(job), tasks, number)
    return out


def gradients(
    g: cnp.ndarray, x: cnp.ndarray, weight, mean, variance, layout: tuple, eps: cython.double, centred: cython.bint,
    given: cython.bint, wanted: tuple,
):  # fmt: skip
    """[of x, of the weight, of the bias] for the gradient g of either function's result, those that are `wanted`.

    The moments are those found, or those `given`. None as in `standardize`.
    """
    if not is_compiled(x):
        return None
    job: Normalization
    tasks: cython.Py_ssize_t = plan_tasks(cython.address(job), layout)
    number: cython.int = cnp.PyArray_TYPE(x)
    size: cython.Py_ssize_t = job.groups * job.channels
    count: cython.Py_ssize_t = job.rows * job.channels * job.length
    moments: cython.Py_ssize_t = job.rows if job.grain else job.channels
    source, of_out = ordered(x, number, count), ordered(g, number, count)
    means, variances = ordered(mean, number, moments), ordered(variance, number, moments)
    used = None if weight is None else ordered(weight, number, size)
    if source is None or of_out is None or means is None or variances is None or (used is None) != (weight is None):
        return None
    like = x.dtype.newbyteorder("=")
    of_x = new_array(x.ndim, x.shape, number, False) if wanted[0] else None
    of_weight = numpy.empty(size, like) if wanted[1] else None
    of_bias = numpy.empty(size, like) if wanted[2] else None
    partial = numpy.empty((tasks, 4, size), like) if job.grain and (wanted[1] or wanted[2]) else None
    job.eps = eps
    job.centred = centred
    job.given = given
    job.x = memory(source)
    job.g = memory(of_out)
    job.weight = memory(used)
    job.bias = cython.NULL
    job.mean = memory(means)
    job.variance = memory(variances)
    job.out = memory(of_x)
    job.of_weight = memory(of_weight)
    job.of_bias = memory(of_bias)
    job.partial = memory(partial)
    run(cython.address(job), tasks, number)
    if job.partial != cython.NULL:
        if number == cnp.NPY_FLOAT:
            add_all_tasks(cython.address(job), tasks, cython.cast(cython.p_float, job.partial))
        else:
            add_all_tasks(cython.address(job), tasks, cython.cast(cython.p_double, job.partial))
    return [of_x, of_weight, of_bias]


@cython.cfunc
@cython.exceptval(check=False)
def add_all_tasks(
    job: cython.pointer(Normalization), tasks: cython.Py_ssize_t, partial: cython.pointer(real)
) -> cython.void:
    size: cython.Py_ssize_t = job.groups * job.channels
    if job.of_weight != cython.NULL:
        add_tasks(partial, tasks, size, at(job.of_weight, partial))
    if job.of_bias != cython.NULL:
        add_tasks(partial + size, tasks, size, at(job.of_bias, partial))
