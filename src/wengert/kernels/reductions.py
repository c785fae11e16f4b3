"""Reductions over dimensions, with PyTorch's arguments and results, on arrays of any layout.

Design
  A. float32 and float64 are compiled here; every other type goes to NumPy's reductions on the same memory.
  B. The order of additions depends on shapes and steps alone, never on the number of threads: terms are cut into
     chunks, chunks into blocks, a block is added up in independent lanes (which is what vectorises), and everything
     above a block pairwise. With u the unit roundoff, a sum of n terms along memory has an error below
     (39 + log2(n / 2048)) u sum|x|, and one across memory (columns) below (34 + log2(n / 32)) u sum|x|.
  C. Where the kept dimension is the one that lies side by side in memory, outputs are reduced in column blocks,
     otherwise one output at a time; terms that are not side by side are gathered into a block on the stack.
  D. A maximum is NaN as soon as one term is. Its index is that of the first NaN, else of the first maximum.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.math import INFINITY
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.wengert.kernels.blocks import new_array
from cython.cimports.wengert.kernels.reduction_plan import (
    BLOCK,
    CHUNK,
    COLUMN_ROWS,
    COLUMNS,
    FOLDED,
    LANES,
    MAXIMUM,
    MINIMUM,
    PARALLEL_TERMS,
    PRODUCT,
    SHORT,
    SUM,
    Plan,
    Reduction,
    make_plan,
    offset_of,
    read_dims,
    real,
)
from cython.cimports.wengert.kernels.threads import parallel_for

from .reduction_plan import TYPE_NAMES, axes_of, check_terms, through_numpy

cnp.import_array()


# ------------------------------------------------------------------------------------------------ one block


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
def combine(operation: cython.int, a: real, b: real) -> real:
    if operation == SUM:
        return a + b
    if operation == PRODUCT:
        return a * b
    if operation == MAXIMUM:
        return b if (b > a) | (b != b) else a
    return b if (b < a) | (b != b) else a


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def neutral(operation: cython.int, like: real) -> real:
    if operation == SUM:
        return 0
    if operation == PRODUCT:
        return 1
    return -INFINITY if operation == MAXIMUM else INFINITY


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def reduce_in_lanes(operation: cython.int, p: cython.pointer(real), n: cython.Py_ssize_t) -> real:
    """n terms side by side: LANES independent results, then eight, then what is left."""
    lanes: real[LANES]
    few: real[8]
    k: cython.Py_ssize_t
    i: cython.Py_ssize_t = 0
    result: real
    if n < 8:
        result = neutral(operation, p[0])
        for k in range(n):
            result = combine(operation, result, p[k])
        return result
    for k in range(8):
        few[k] = p[k]
    i = 8
    if n >= 2 * LANES:
        for k in range(LANES):
            lanes[k] = p[k]
        i = LANES
        while i + LANES <= n:
            for k in range(LANES):
                lanes[k] = combine(operation, lanes[k], p[i + k])
            i += LANES
        for k in range(32):
            lanes[k] = combine(operation, lanes[k], lanes[k + 32])
        for k in range(16):
            lanes[k] = combine(operation, lanes[k], lanes[k + 16])
        for k in range(8):
            few[k] = combine(operation, lanes[k], lanes[k + 8])
    while i + 8 <= n:
        for k in range(8):
            few[k] = combine(operation, few[k], p[i + k])
        i += 8
    for k in range(4):
        few[k] = combine(operation, few[k], few[k + 4])
    for k in range(2):
        few[k] = combine(operation, few[k], few[k + 2])
    result = combine(operation, few[0], few[1])
    while i < n:
        result = combine(operation, result, p[i])
        i += 1
    return result


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def reduce_block(operation: cython.int, p: cython.pointer(real), n: cython.Py_ssize_t) -> real:
    if operation == SUM:
        return reduce_in_lanes(SUM, p, n)
    if operation == PRODUCT:
        return reduce_in_lanes(PRODUCT, p, n)
    if operation == MAXIMUM:
        return reduce_in_lanes(MAXIMUM, p, n)
    return reduce_in_lanes(MINIMUM, p, n)


# ------------------------------------------------------------------------------------------------ one output


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def block_of_terms(
    plan: cython.pointer(Plan),
    base: cython.p_char,
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    buffer: cython.pointer(real),
) -> cython.pointer(real):
    """Terms [begin, end) of the output whose terms start at `base`: in place, or gathered into `buffer`."""
    last: cython.int = plan.reduced - 1
    run: cython.Py_ssize_t = plan.reduced_shape[last]
    step: cython.Py_ssize_t = plan.reduced_steps[last]
    inside: cython.Py_ssize_t = begin % run if last > 0 else begin
    start: cython.p_char = base + offset_of(plan.reduced, plan.reduced_shape, plan.reduced_steps, begin)
    if step == cython.sizeof(buffer[0]) and inside + (end - begin) <= run:
        return at(start, buffer)
    i: cython.Py_ssize_t = 0
    j: cython.Py_ssize_t
    while i < end - begin:
        length: cython.Py_ssize_t = run - inside
        if length > end - begin - i:
            length = end - begin - i
        for j in range(length):
            buffer[i + j] = at(start + j * step, buffer)[0]
        i += length
        inside = 0
        if i < end - begin:
            start = base + offset_of(plan.reduced, plan.reduced_shape, plan.reduced_steps, begin + i)
    return buffer


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def reduce_terms(
    operation: cython.int,
    plan: cython.pointer(Plan),
    base: cython.p_char,
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    buffer: cython.pointer(real),
) -> real:
    """Terms [begin, end) of one output: blocks, combined pairwise, each within one run where runs are long."""
    run: cython.Py_ssize_t = plan.reduced_shape[plan.reduced - 1]
    half: cython.Py_ssize_t = begin + ((end - begin) // 2 + BLOCK - 1) // BLOCK * BLOCK
    if plan.reduced > 1 and run >= SHORT and (end - 1) // run > begin // run:
        half = (begin + end) // 2 // run * run
        if half <= begin:
            half += run
    elif end - begin <= BLOCK:
        return reduce_block(operation, block_of_terms(plan, base, begin, end, buffer), end - begin)
    left: real = reduce_terms(operation, plan, base, begin, half, buffer)
    return combine(operation, left, reduce_terms(operation, plan, base, half, end, buffer))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def reduce_runs(
    operation: cython.int,
    plan: cython.pointer(Plan),
    base: cython.p_char,
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    buffer: cython.pointer(real),
) -> real:
    """Runs [begin, end) of one output with two reduced dimensions, the inner one side by side and within a block."""
    run: cython.Py_ssize_t = plan.reduced_shape[1]
    if end - begin == 1:
        return reduce_block(operation, at(base + begin * plan.reduced_steps[0], buffer), run)
    half: cython.Py_ssize_t = begin + (end - begin) // 2
    left: real = reduce_runs(operation, plan, base, begin, half, buffer)
    return combine(operation, left, reduce_runs(operation, plan, base, half, end, buffer))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def find_extremum(
    operation: cython.int,
    plan: cython.pointer(Plan),
    base: cython.p_char,
    value: cython.pointer(real),
    buffer: cython.pointer(real),
) -> cython.Py_ssize_t:
    """The first place of the extremum, or of the first NaN: the best block is found first, then searched."""
    terms: cython.Py_ssize_t = plan.terms
    begin: cython.Py_ssize_t = 0
    best_begin: cython.Py_ssize_t = 0
    best: real = 0
    i: cython.Py_ssize_t
    p: cython.pointer(real)
    while begin < terms:
        end: cython.Py_ssize_t = begin + BLOCK if terms - begin > BLOCK else terms
        here: real = reduce_block(operation, block_of_terms(plan, base, begin, end, buffer), end - begin)
        if begin == 0 or here != here or (here > best if operation == MAXIMUM else here < best):
            best = here
            best_begin = begin
        if here != here:
            break
        begin = end
    begin = best_begin
    length: cython.Py_ssize_t = BLOCK if terms - begin > BLOCK else terms - begin
    p = block_of_terms(plan, base, begin, begin + length, buffer)
    for i in range(length):
        if p[i] == best or p[i] != p[i]:
            value[0] = p[i]
            return begin + i
    value[0] = best
    return begin


# ------------------------------------------------------------------------------------------------ columns


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def few_rows(
    operation: cython.int,
    plan: cython.pointer(Plan),
    base: cython.p_char,
    columns: cython.Py_ssize_t,
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    out: cython.pointer(real),
) -> cython.void:
    j: cython.Py_ssize_t
    r: cython.Py_ssize_t = begin + 1
    first: cython.pointer(real) = row_of(plan, base, begin, out)
    second: cython.pointer(real)
    for j in range(columns):
        out[j] = first[j]
    while r + 2 <= end:
        first = row_of(plan, base, r, out)
        second = row_of(plan, base, r + 1, out)
        for j in range(columns):
            out[j] = combine(operation, combine(operation, out[j], first[j]), second[j])
        r += 2
    if r < end:
        first = row_of(plan, base, r, out)
        for j in range(columns):
            out[j] = combine(operation, out[j], first[j])


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def row_of(
    plan: cython.pointer(Plan), base: cython.p_char, r: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.pointer(real):
    return at(base + offset_of(plan.reduced, plan.reduced_shape, plan.reduced_steps, r), like)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def reduce_columns(
    operation: cython.int,
    plan: cython.pointer(Plan),
    base: cython.p_char,
    columns: cython.Py_ssize_t,
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    out: cython.pointer(real),
) -> cython.void:
    """Terms [begin, end) of up to COLUMNS neighbouring outputs: short stretches of rows, combined pairwise."""
    right: real[COLUMNS]
    j: cython.Py_ssize_t
    if end - begin <= COLUMN_ROWS:
        if operation == SUM:
            few_rows(SUM, plan, base, columns, begin, end, out)
        elif operation == PRODUCT:
            few_rows(PRODUCT, plan, base, columns, begin, end, out)
        elif operation == MAXIMUM:
            few_rows(MAXIMUM, plan, base, columns, begin, end, out)
        else:
            few_rows(MINIMUM, plan, base, columns, begin, end, out)
        return
    half: cython.Py_ssize_t = begin + ((end - begin) // 2 + COLUMN_ROWS - 1) // COLUMN_ROWS * COLUMN_ROWS
    reduce_columns(operation, plan, base, columns, begin, half, out)
    reduce_columns(operation, plan, base, columns, half, end, right)
    for j in range(columns):
        out[j] = combine(operation, out[j], right[j])


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def find_extremum_of_columns(
    operation: cython.int,
    plan: cython.pointer(Plan),
    base: cython.p_char,
    columns: cython.Py_ssize_t,
    out: cython.pointer(real),
    indices: cython.pointer(cnp.int64_t),
) -> cython.void:
    j: cython.Py_ssize_t
    r: cython.Py_ssize_t
    row: cython.pointer(real) = row_of(plan, base, 0, out)
    better: cython.bint
    v: real
    for j in range(columns):
        out[j] = row[j]
        indices[j] = 0
    for r in range(1, plan.terms):
        row = row_of(plan, base, r, out)
        if operation == MAXIMUM:
            for j in range(columns):
                v = row[j]
                better = (v > out[j]) | ((v != v) & (out[j] == out[j]))
                out[j] = v if better else out[j]
                indices[j] = r if better else indices[j]
        else:
            for j in range(columns):
                v = row[j]
                better = (v < out[j]) | ((v != v) & (out[j] == out[j]))
                out[j] = v if better else out[j]
                indices[j] = r if better else indices[j]


# ------------------------------------------------------------------------------------------------ tasks


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def run_tasks(
    job: cython.pointer(Reduction), begin: cython.Py_ssize_t, end: cython.Py_ssize_t, like: cython.pointer(real)
) -> cython.void:
    plan: cython.pointer(Plan) = job.plan
    values: cython.pointer(real) = at(job.values, like)
    buffer: real[BLOCK]
    task: cython.Py_ssize_t
    first: cython.Py_ssize_t
    output: cython.Py_ssize_t
    columns: cython.Py_ssize_t
    run: cython.Py_ssize_t = plan.kept_shape[plan.kept - 1]
    terms: cython.pointer(real)
    whole_runs: cython.bint = (
        job.chunks == 1
        and plan.reduced == 2
        and plan.reduced_shape[1] >= SHORT
        and plan.reduced_shape[1] <= BLOCK
        and plan.reduced_steps[1] == cython.sizeof(buffer[0])
    )
    if (
        job.indices == cython.NULL
        and plan.kept == 1
        and plan.reduced == 1
        and plan.terms < SHORT
        and plan.reduced_steps[0] == cython.sizeof(buffer[0])
    ):
        for task in range(begin, end):
            terms = at(job.memory + task * plan.kept_steps[0], like)
            values[task] = reduce_block(job.operation, terms, plan.terms)
        return
    for task in range(begin, end):
        chunk: cython.Py_ssize_t = task % job.chunks
        item: cython.Py_ssize_t = task // job.chunks
        term: cython.Py_ssize_t = chunk * job.chunk_terms
        last_term: cython.Py_ssize_t = plan.terms
        if last_term - term > job.chunk_terms:
            last_term = term + job.chunk_terms
        output = item
        columns = 1
        if job.columns:
            first = item % job.blocks * COLUMNS
            output = item // job.blocks * run + first
            columns = COLUMNS if run - first > COLUMNS else run - first
        base: cython.p_char = job.memory + offset_of(plan.kept, plan.kept_shape, plan.kept_steps, output)
        to: cython.pointer(real) = values + chunk * plan.outputs + output
        if job.indices != cython.NULL:
            if job.columns:
                find_extremum_of_columns(job.operation, plan, base, columns, to, job.indices + output)
            else:
                job.indices[output] = find_extremum(job.operation, plan, base, to, buffer)
        elif job.columns:
            reduce_columns(job.operation, plan, base, columns, term, last_term, to)
        elif whole_runs:
            to[0] = reduce_runs(job.operation, plan, base, 0, plan.reduced_shape[0], buffer)
        else:
            to[0] = reduce_terms(job.operation, plan, base, term, last_term, buffer)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_float_tasks(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    like: cython.p_float = cython.NULL
    run_tasks(cython.cast(cython.pointer(Reduction), context), begin, end, like)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_double_tasks(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    like: cython.p_double = cython.NULL
    run_tasks(cython.cast(cython.pointer(Reduction), context), begin, end, like)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def join_chunks(
    operation: cython.int, values: cython.pointer(real), chunks: cython.Py_ssize_t, outputs: cython.Py_ssize_t
) -> cython.void:
    """Combine (chunks, outputs) pairwise into the first row."""
    width: cython.Py_ssize_t = 1
    c: cython.Py_ssize_t
    j: cython.Py_ssize_t
    while width < chunks:
        c = 0
        while c + width < chunks:
            for j in range(outputs):
                values[c * outputs + j] = combine(operation, values[c * outputs + j], values[(c + width) * outputs + j])
            c += 2 * width
        width *= 2


@cython.cfunc
@cython.exceptval(-1, check=False)
def run_reduction(
    operation: cython.int,
    plan: cython.pointer(Plan),
    number: cython.int,
    memory: cython.p_char,
    result: cython.p_void,
    indices: cython.pointer(cnp.int64_t),
) -> cython.int:
    """Fill `result`, contiguous, of the type `number` (float32 or float64), and `indices` if given; none is empty."""
    job: Reduction
    single: cython.bint = number == cnp.NPY_FLOAT
    itemsize: cython.Py_ssize_t = 4 if single else 8
    run: cython.Py_ssize_t = plan.kept_shape[plan.kept - 1]
    items: cython.Py_ssize_t = plan.outputs
    j: cython.Py_ssize_t
    job.plan = plan
    job.memory = memory
    job.values = result
    job.indices = indices
    job.operation = operation
    job.columns = (
        plan.kept_steps[plan.kept - 1] == itemsize
        and run >= 8
        and plan.reduced_steps[plan.reduced - 1] != itemsize
    )
    job.blocks = 1
    job.chunks = 1
    job.chunk_terms = plan.terms
    width: cython.Py_ssize_t = 1
    if job.columns:
        job.blocks = (run + COLUMNS - 1) // COLUMNS
        items = plan.outputs // run * job.blocks
        width = COLUMNS if run > COLUMNS else run
    if plan.outputs * plan.terms < PARALLEL_TERMS:
        if single:
            run_float_tasks(cython.address(job), 0, items)
        else:
            run_double_tasks(cython.address(job), 0, items)
        return 0
    # Few outputs with many terms each are cut along the terms.
    partial: cython.p_void = cython.NULL
    if indices == cython.NULL and items < 64 and plan.terms * width > CHUNK:
        job.chunk_terms = CHUNK // width
        job.chunks = (plan.terms + job.chunk_terms - 1) // job.chunk_terms
        if job.chunks > 1:
            partial = malloc(job.chunks * plan.outputs * itemsize)
            if partial == cython.NULL:
                raise MemoryError()
            job.values = partial
    grain: cython.Py_ssize_t = CHUNK // (width * job.chunk_terms)
    with cython.nogil:
        parallel_for(
            run_float_tasks if single else run_double_tasks,
            cython.address(job),
            items * job.chunks,
            grain if grain > 1 else 1,
        )
        if partial != cython.NULL:
            if single:
                join_chunks(operation, cython.cast(cython.p_float, partial), job.chunks, plan.outputs)
                for j in range(plan.outputs):
                    cython.cast(cython.p_float, result)[j] = cython.cast(cython.p_float, partial)[j]
            else:
                join_chunks(operation, cython.cast(cython.p_double, partial), job.chunks, plan.outputs)
                for j in range(plan.outputs):
                    cython.cast(cython.p_double, result)[j] = cython.cast(cython.p_double, partial)[j]
            free(partial)
    return 0


# ------------------------------------------------------------------------------------------------ functions


@cython.cfunc
@cython.inline
def is_compiled(x: cnp.ndarray) -> cython.bint:
    number: cython.int = cnp.PyArray_TYPE(x)
    return (number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE) and cnp.PyArray_ISBEHAVED_RO(x)


@cython.cfunc
def behaved(x: cnp.ndarray):
    """x, or a copy of it if it is unaligned or in the other byte order."""
    if cnp.PyArray_ISBEHAVED_RO(x):
        return x
    return numpy.array(x, x.dtype.newbyteorder("="), copy=True)


@cython.cfunc
@cython.exceptval(check=False)
def divide(result: cnp.ndarray, by: cython.Py_ssize_t) -> cython.void:
    j: cython.Py_ssize_t
    singles: cython.p_float = cython.cast(cython.p_float, cnp.PyArray_DATA(result))
    doubles: cython.p_double = cython.cast(cython.p_double, cnp.PyArray_DATA(result))
    if cnp.PyArray_TYPE(result) == cnp.NPY_FLOAT:
        for j in range(cnp.PyArray_SIZE(result)):
            singles[j] = singles[j] / by
    else:
        for j in range(cnp.PyArray_SIZE(result)):
            doubles[j] = doubles[j] / by


@cython.cfunc
def fold(operation: cython.int, plan: cython.pointer(Plan), x: cnp.ndarray, result: cnp.ndarray):
    """(terms, few outputs), contiguous: rows are laid side by side up to FOLDED outputs, then reduced again."""
    outputs: cython.Py_ssize_t = plan.outputs
    side: cython.Py_ssize_t = FOLDED // outputs
    rest: cython.Py_ssize_t = plan.terms % side
    rows: cython.Py_ssize_t = side + 1 if rest else side
    shape: cnp.npy_intp[2]
    shape[0] = rows
    shape[1] = outputs
    wide: cnp.ndarray = new_array(2, shape, cnp.PyArray_TYPE(x), False)
    itemsize: cython.Py_ssize_t = cnp.PyArray_ITEMSIZE(x)
    part: Plan = plan[0]
    part.outputs = part.kept_shape[0] = side * outputs
    part.terms = part.reduced_shape[0] = plan.terms // side
    part.reduced_steps[0] = side * outputs * itemsize
    memory: cython.p_char = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
    to: cython.p_char = cython.cast(cython.p_char, cnp.PyArray_DATA(wide))
    run_reduction(operation, cython.address(part), cnp.PyArray_TYPE(x), memory, to, cython.NULL)
    part.outputs = part.kept_shape[0] = outputs
    part.reduced_steps[0] = outputs * itemsize
    if rest:
        part.terms = part.reduced_shape[0] = rest
        run_reduction(
            operation, cython.address(part), cnp.PyArray_TYPE(x),
            memory + (plan.terms - rest) * outputs * itemsize, to + side * outputs * itemsize, cython.NULL,
        )
    part.terms = part.reduced_shape[0] = rows
    run_reduction(operation, cython.address(part), cnp.PyArray_TYPE(x), to, cnp.PyArray_BYTES(result), cython.NULL)


@cython.cfunc
def reduce_real(operation: cython.int, x: cnp.ndarray, dim, keepdim: cython.bint, mean_of: cython.bint):
    """A float32 or float64 array; a sum or product of no terms is 0 or 1."""
    plan: Plan
    is_reduced: cython.uchar[64]
    read_dims(dim, x.ndim, is_reduced)
    make_plan(cython.address(plan), x, is_reduced, keepdim)
    result: cnp.ndarray = new_array(plan.result_dimensions, plan.result_shape, cnp.PyArray_TYPE(x), False)
    if plan.outputs == 0:
        return result
    if plan.terms == 0:
        cnp.PyArray_FILLWBYTE(result, 0)
        if operation == PRODUCT:
            result.fill(1)
    elif (
        plan.outputs < FOLDED // 2
        and plan.terms >= 8 * FOLDED
        and plan.kept == 1
        and plan.reduced == 1
        and plan.kept_steps[0] == cnp.PyArray_ITEMSIZE(x)
        and plan.reduced_steps[0] == plan.outputs * cnp.PyArray_ITEMSIZE(x)
    ):
        fold(operation, cython.address(plan), x, result)
    else:
        run_reduction(
            operation, cython.address(plan), cnp.PyArray_TYPE(x),
            cython.cast(cython.p_char, cnp.PyArray_DATA(x)), cnp.PyArray_DATA(result), cython.NULL,
        )
    if mean_of:
        divide(result, plan.terms)
    return result


def sum(x: cnp.ndarray, dim=None, keepdim: cython.bint = False, dtype=None):
    """The sum over `dim` (None, an int, a sequence of ints; None and () mean all), of x's dtype or of `dtype`.

    Booleans and integers sum to int64; no terms sum to 0. float32 and float64: blocked pairwise addition, error bound
    in the module's docstring; float16 adds in float32. x is converted to a given `dtype` before it is summed.
    IndexError for a dimension out of range, RuntimeError for one named twice.
    """
    if dtype is not None and x.dtype != dtype:
        x = x.astype(dtype)
    x = behaved(x)
    if is_compiled(x):
        return reduce_real(SUM, x, dim, keepdim, False)
    axes = axes_of(dim, x.ndim)
    kind: str = x.dtype.kind
    if x.dtype == numpy.float16:
        return through_numpy(numpy.add, x, axes, keepdim, numpy.float32, x.dtype)
    return through_numpy(numpy.add, x, axes, keepdim, numpy.int64 if dtype is None and kind in "bui" else x.dtype)


def mean(x: cnp.ndarray, dim=None, keepdim: cython.bint = False, dtype=None):
    """The sum over `dim` divided by the number of terms: NaN for none. Arguments, errors and accuracy as in `sum`.

    RuntimeError if the dtype (x's, or the one given) is neither floating point nor complex.
    """
    wanted = x.dtype if dtype is None else numpy.dtype(dtype)
    if wanted.kind not in "fc":
        which = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point or complex dtype. "
            f"Got: {TYPE_NAMES.get(wanted.name, wanted.name)}"
        )
    if x.dtype != wanted:
        x = x.astype(wanted)
    x = behaved(x)
    wanted = x.dtype
    if is_compiled(x):
        return reduce_real(SUM, x, dim, keepdim, True)
    axes = axes_of(dim, x.ndim)
    accumulate = numpy.float32 if wanted == numpy.float16 else wanted
    terms: cython.Py_ssize_t = 1
    d: cython.int
    for d in axes:
        terms *= x.shape[d]
    with numpy.errstate(all="ignore"):
        total = numpy.asarray(numpy.add.reduce(x, axis=axes, keepdims=keepdim, dtype=accumulate))
        return numpy.asarray(total / total.dtype.type(terms)).astype(wanted, copy=False)


def prod(x: cnp.ndarray, dim=None, keepdim: cython.bint = False, dtype=None):
    """The product over `dim`, with `sum`'s arguments, dtypes and errors; a product of no terms is 1."""
    if dtype is not None and x.dtype != dtype:
        x = x.astype(dtype)
    x = behaved(x)
    if is_compiled(x):
        return reduce_real(PRODUCT, x, dim, keepdim, False)
    axes = axes_of(dim, x.ndim)
    if x.dtype == numpy.float16:
        return through_numpy(numpy.multiply, x, axes, keepdim, numpy.float32, x.dtype)
    accumulate = numpy.int64 if dtype is None and x.dtype.kind in "bui" else x.dtype
    return through_numpy(numpy.multiply, x, axes, keepdim, accumulate)


def _extremum(operation: cython.int, name: str, x: cnp.ndarray, dim, keepdim: cython.bint):
    x = behaved(x)
    if is_compiled(x) and cnp.PyArray_SIZE(x) > 0:
        return reduce_real(operation, x, dim, keepdim, False)
    if x.dtype.kind == "c":
        which = "max" if operation == MAXIMUM else "min"
        raise NotImplementedError(f"\"{which}_values_cpu\" not implemented for '{TYPE_NAMES[x.dtype.name]}'")
    axes = axes_of(dim, x.ndim)
    if check_terms(name, x, dim, RuntimeError):
        return numpy.add.reduce(x, axis=axes, keepdims=keepdim, dtype=x.dtype)  # empty: nothing is added
    return through_numpy(numpy.maximum if operation == MAXIMUM else numpy.minimum, x, axes, keepdim, x.dtype)


def amax(x: cnp.ndarray, dim=None, keepdim: cython.bint = False):
    """The largest value over `dim` (None, an int, a sequence of ints; None and () mean all); NaN if one is NaN.

    Over no terms: IndexError if `dim` is given, RuntimeError if not. NotImplementedError for complex input.
    """
    return _extremum(MAXIMUM, "amax", x, dim, keepdim)


def amin(x: cnp.ndarray, dim=None, keepdim: cython.bint = False):
    """The smallest value over `dim`; otherwise as `amax`."""
    return _extremum(MINIMUM, "amin", x, dim, keepdim)


def _extremum_with_indices(operation: cython.int, name: str, x: cnp.ndarray, dim, keepdim: cython.bint):
    if isinstance(dim, (tuple, list)):
        raise TypeError(f"{name}(): dim must be an int, not {type(dim).__name__}")
    if x.dtype.kind == "c":
        raise RuntimeError(f"{name}(): does not support complex input")
    x = behaved(x)
    plan: Plan
    is_reduced: cython.uchar[64]
    read_dims(dim, x.ndim, is_reduced)
    check_terms(name, x, dim, IndexError if name.startswith("arg") else RuntimeError)
    make_plan(cython.address(plan), x, is_reduced, keepdim)
    indices: cnp.ndarray = new_array(plan.result_dimensions, plan.result_shape, cnp.NPY_INT64, False)
    values: cnp.ndarray
    if is_compiled(x):
        values = new_array(plan.result_dimensions, plan.result_shape, cnp.PyArray_TYPE(x), False)
        if plan.outputs > 0:
            run_reduction(
                operation, cython.address(plan), cnp.PyArray_TYPE(x),
                cython.cast(cython.p_char, cnp.PyArray_DATA(x)), cnp.PyArray_DATA(values),
                cython.cast(cython.pointer(cnp.int64_t), cnp.PyArray_DATA(indices)),
            )
        return values, indices
    shape = numpy.shape(indices)
    if plan.outputs == 0:
        return numpy.empty(shape, x.dtype), indices
    moved = x.reshape(1, -1) if dim is None or x.ndim == 0 else numpy.moveaxis(x, dim, -1).reshape(-1, plan.terms)
    places = numpy.argmax(moved, axis=1) if operation == MAXIMUM else numpy.argmin(moved, axis=1)
    values = numpy.take_along_axis(moved, places[:, None], 1).reshape(shape)
    return values, places.astype(numpy.int64, copy=False).reshape(shape)


def max_with_indices(x: cnp.ndarray, dim=None, keepdim: cython.bint = False):
    """(values, indices): the largest value along the dimension `dim` and, as int64, the place of the first such value.

    A NaN counts as largest, and the first one is taken. dim None searches x flattened. IndexError if the dimension is
    out of range or has no elements, RuntimeError for complex input.
    """
    return _extremum_with_indices(MAXIMUM, "max", x, dim, keepdim)


def min_with_indices(x: cnp.ndarray, dim=None, keepdim: cython.bint = False):
    """(values, indices) of the smallest value along `dim`; otherwise as `max_with_indices`."""
    return _extremum_with_indices(MINIMUM, "min", x, dim, keepdim)


def argmax(x: cnp.ndarray, dim=None, keepdim: cython.bint = False):
    """The place, as int64, of the first largest value (or first NaN) along `dim`, or in x flattened for None.

    IndexError if the dimension is out of range or there are no elements, RuntimeError for complex or boolean input.
    """
    if x.dtype.kind == "b":
        raise RuntimeError("argmax(): does not support bool input")
    return _extremum_with_indices(MAXIMUM, "argmax", x, dim, keepdim)[1]


def argmin(x: cnp.ndarray, dim=None, keepdim: cython.bint = False):
    """The place of the first smallest value (or first NaN) along `dim`; otherwise as `argmax`."""
    if x.dtype.kind == "b":
        raise RuntimeError("argmin(): does not support bool input")
    return _extremum_with_indices(MINIMUM, "argmin", x, dim, keepdim)[1]
