"""Attention without a mask, or with the causal one, head by head: what one head works on stays in cache.

Design
  A. A head is three matrices, query (L, E), key (S, E), value (S, V), anywhere in memory with neighbouring columns.
     Heads are handed out to threads; each is computed in the same way by whichever thread.
  B. Forward: scores = query key^T by BLAS, softmax row by row (for the causal mask, of the first i + 1 of row i), out =
     weights value. The weights are kept for the reverse pass.
  C. Reverse: with P the weights, the gradient of the scores is P (g value^T - rows' sums of P * g value^T), which is
     written into room of one head's size; the three gradients are products with it and with P.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.wengert.kernels.attention_plan import Heads
from cython.cimports.wengert.kernels.blas import gemm
from cython.cimports.wengert.kernels.exponential import wengert_exp_nonpositive_double, wengert_exp_nonpositive_float
from cython.cimports.wengert.kernels.reduction_plan import real
from cython.cimports.wengert.kernels.threads import parallel_for

from .blocks import empty_array

cnp.import_array()

# Heads are handed out in groups of at least so many multiplications.
GRAIN_PRODUCT = cython.declare(cython.Py_ssize_t, 1 << 20)
LARGEST_STEP = cython.declare(cython.Py_ssize_t, 1 << 31)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def softmax_row(x: cython.pointer(real), count: cython.Py_ssize_t, scale: real) -> cython.void:
    """In place: softmax of scale * x. NaN, and infinity where it is the largest, make all of it NaN.

    The largest value and the sum are found in 16 parts side by side, which the compiler keeps in vectors.
    """
    j: cython.Py_ssize_t
    lane: cython.Py_ssize_t
    lanes: real[16]
    whole: cython.Py_ssize_t = count // 16 * 16
    largest: real
    total: real = 0
    x[0] = x[0] * scale
    largest = x[0]
    for j in range(1, count):
        x[j] = x[j] * scale
    if whole:
        for lane in range(16):
            lanes[lane] = x[lane]
        j = 16
        while j < whole:
            for lane in range(16):
                lanes[lane] = x[j + lane] if x[j + lane] > lanes[lane] else lanes[lane]
            j += 16
        for lane in range(16):
            largest = lanes[lane] if lanes[lane] > largest else largest
    for j in range(whole, count):
        largest = x[j] if x[j] > largest else largest
    if real is cython.float:
        for j in range(count):
            x[j] = wengert_exp_nonpositive_float(x[j] - largest)
    else:
        for j in range(count):
            x[j] = wengert_exp_nonpositive_double(x[j] - largest)
    if whole:
        for lane in range(16):
            lanes[lane] = x[lane]
        j = 16
        while j < whole:
            for lane in range(16):
                lanes[lane] = lanes[lane] + x[j + lane]
            j += 16
        for lane in range(16):
            total = total + lanes[lane]
    for j in range(whole, count):
        total = total + x[j]
    total = 1 / total
    for j in range(count):
        x[j] = x[j] * total


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def gradient_row(
    g: cython.pointer(real), weights: cython.pointer(real), count: cython.Py_ssize_t, scale: real
) -> cython.void:
    """In place: g becomes scale * weights * (g - sum of weights * g)."""
    j: cython.Py_ssize_t
    lane: cython.Py_ssize_t
    lanes: real[16]
    whole: cython.Py_ssize_t = count // 16 * 16
    total: real = 0
    if whole:
        for lane in range(16):
            lanes[lane] = 0
        j = 0
        while j < whole:
            for lane in range(16):
                lanes[lane] = lanes[lane] + g[j + lane] * weights[j + lane]
            j += 16
        for lane in range(16):
            total = total + lanes[lane]
    for j in range(whole, count):
        total = total + g[j] * weights[j]
    for j in range(count):
        g[j] = scale * weights[j] * (g[j] - total)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def normalize(heads: cython.pointer(Heads), weights: cython.pointer(real)) -> cython.void:
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    count: cython.Py_ssize_t
    row: cython.pointer(real)
    scale: real = heads.scale
    for i in range(heads.queries):
        count = heads.keys
        if heads.causal and i + 1 < count:
            count = i + 1
        row = weights + i * heads.keys
        softmax_row(row, count, scale)
        for j in range(count, heads.keys):
            row[j] = 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def pull_back(heads: cython.pointer(Heads), g: cython.pointer(real), weights: cython.pointer(real)) -> cython.void:
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    count: cython.Py_ssize_t
    scale: real = heads.scale
    for i in range(heads.queries):
        count = heads.keys
        if heads.causal and i + 1 < count:
            count = i + 1
        gradient_row(g + i * heads.keys, weights + i * heads.keys, count, scale)
        for j in range(count, heads.keys):
            g[i * heads.keys + j] = 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_heads(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    heads: cython.pointer(Heads) = cython.cast(cython.pointer(Heads), context)
    b: cython.Py_ssize_t
    weights: cython.p_char
    for b in range(begin, end):
        weights = heads.weights + b * heads.queries * heads.keys * heads.item_size
        # (L, E) @ (E, S) -> (L, S)
        gemm(
            heads.type, False, True, heads.queries, heads.keys, heads.features,
            heads.query + heads.query_offsets[b], heads.query_step, heads.key + heads.key_offsets[b], heads.key_step,
            False, weights, heads.keys,
        )  # fmt: skip
        if heads.type == 0:
            normalize(heads, cython.cast(cython.p_float, weights))
        else:
            normalize(heads, cython.cast(cython.p_double, weights))
        # (L, S) @ (S, V) -> (L, V)
        gemm(
            heads.type, False, False, heads.queries, heads.values, heads.keys, weights, heads.keys,
            heads.value + heads.value_offsets[b], heads.value_step, False,
            heads.out + b * heads.queries * heads.values * heads.item_size, heads.values,
        )  # fmt: skip


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_heads_back(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    heads: cython.pointer(Heads) = cython.cast(cython.pointer(Heads), context)
    b: cython.Py_ssize_t
    weights: cython.p_char
    g: cython.p_char
    room: cython.p_char = cython.cast(cython.p_char, malloc(heads.queries * heads.keys * heads.item_size))
    if room == cython.NULL:
        heads.failed = True
        return
    for b in range(begin, end):
        weights = heads.weights + b * heads.queries * heads.keys * heads.item_size
        g = heads.g + heads.g_offsets[b]
        # (S, L) @ (L, V) -> (S, V)
        gemm(
            heads.type, True, False, heads.keys, heads.values, heads.queries, weights, heads.keys, g, heads.g_step,
            False, heads.of_value + b * heads.keys * heads.values * heads.item_size, heads.values,
        )  # fmt: skip
        # (L, V) @ (V, S) -> (L, S)
        gemm(
            heads.type, False, True, heads.queries, heads.keys, heads.values, g, heads.g_step,
            heads.value + heads.value_offsets[b], heads.value_step, False, room, heads.keys,
        )  # fmt: skip
        if heads.type == 0:
            pull_back(heads, cython.cast(cython.p_float, room), cython.cast(cython.p_float, weights))
        else:
            pull_back(heads, cython.cast(cython.p_double, room), cython.cast(cython.p_double, weights))
        # (L, S) @ (S, E) -> (L, E)
        gemm(
            heads.type, False, False, heads.queries, heads.features, heads.keys, room, heads.keys,
            heads.key + heads.key_offsets[b], heads.key_step, False,
            heads.of_query + b * heads.queries * heads.features * heads.item_size, heads.features,
        )  # fmt: skip
        # (S, L) @ (L, E) -> (S, E)
        gemm(
            heads.type, True, False, heads.keys, heads.features, heads.queries, room, heads.keys,
            heads.query + heads.query_offsets[b], heads.query_step, False,
            heads.of_key + b * heads.keys * heads.features * heads.item_size, heads.features,
        )  # fmt: skip
    free(room)


# ------------------------------------------------------------------------------------------------ operands


def takes(query, key, value) -> bool:
    """Whether the loops take these operands: all float32 or all float64, of one batch shape, nothing empty."""
    return (
        query.dtype.char in "fd"
        and query.dtype == key.dtype == value.dtype
        and query.shape[:-2] == key.shape[:-2] == value.shape[:-2]
        and query.size > 0
        and key.size > 0
        and value.size > 0
        and max(*query.shape, *key.shape, *value.shape) < 1 << 31
    )


@cython.cfunc
def laid_out(x: cnp.ndarray) -> cnp.ndarray:
    """x if it has neighbouring columns and rows that do not overlap, else a copy that has."""
    d: cython.int = x.ndim
    size: cython.Py_ssize_t = cnp.PyArray_ITEMSIZE(x)
    strides: cython.pointer(cnp.npy_intp) = cnp.PyArray_STRIDES(x)
    step: cython.Py_ssize_t = strides[d - 2]
    if (
        (strides[d - 1] != size and x.shape[d - 1] > 1)
        or (x.shape[d - 2] > 1 and (step < size * x.shape[d - 1] or step % size or step // size >= LARGEST_STEP))
        or not cnp.PyArray_ISBEHAVED_RO(x)
    ):
        return numpy.array(x, x.dtype.newbyteorder("="), order="C", copy=True)
    return x


@cython.cfunc
def step_of(x: cnp.ndarray) -> cython.Py_ssize_t:
    """How many elements further on the next row begins."""
    d: cython.int = x.ndim
    if x.shape[d - 2] < 2:
        return x.shape[d - 1]
    return cnp.PyArray_STRIDES(x)[d - 2] // cnp.PyArray_ITEMSIZE(x)


@cython.cfunc
def offsets_of(x: cnp.ndarray) -> cnp.ndarray:
    """Where its matrices begin, in bytes."""
    d: cython.int
    count: cnp.npy_intp = 1
    index: cython.Py_ssize_t
    rest: cython.Py_ssize_t
    at: cython.Py_ssize_t
    for d in range(x.ndim - 2):
        count *= x.shape[d]
    offsets: cnp.ndarray = cnp.PyArray_EMPTY(1, cython.address(count), cnp.NPY_INTP, False)
    to: cython.pointer(cython.Py_ssize_t) = places(offsets)
    for index in range(count):
        rest = index
        at = 0
        d = x.ndim - 3
        while d >= 0:
            at += rest % x.shape[d] * cnp.PyArray_STRIDES(x)[d]
            rest = rest // x.shape[d]
            d -= 1
        to[index] = at
    return offsets


@cython.cfunc
def places(offsets: cnp.ndarray) -> cython.pointer(cython.Py_ssize_t):
    return cython.cast(cython.pointer(cython.Py_ssize_t), cnp.PyArray_DATA(offsets))


@cython.cfunc
def memory(x: cnp.ndarray) -> cython.p_char:
    return cython.cast(cython.p_char, cnp.PyArray_DATA(x))


@cython.cfunc
def set_up(heads: cython.pointer(Heads), query, key, value, causal: cython.bint, scale: cython.double) -> tuple:
    """Fill in the operands; returns the arrays that own their memory."""
    heads.type = 0 if query.dtype.char == "f" else 1
    heads.item_size = query.itemsize
    *_, heads.queries, heads.features = query.shape
    *_, heads.keys, heads.values = value.shape
    heads.causal = causal
    heads.scale = scale
    heads.failed = False
    query, key, value = laid_out(query), laid_out(key), laid_out(value)
    query_offsets, key_offsets, value_offsets = offsets_of(query), offsets_of(key), offsets_of(value)
    heads.query_step, heads.key_step, heads.value_step = step_of(query), step_of(key), step_of(value)
    heads.query = memory(query)
    heads.key = memory(key)
    heads.value = memory(value)
    heads.query_offsets = places(query_offsets)
    heads.key_offsets = places(key_offsets)
    heads.value_offsets = places(value_offsets)
    return query, key, value, query_offsets, key_offsets, value_offsets


@cython.cfunc
def grain_of(heads: cython.pointer(Heads)) -> cython.Py_ssize_t:
    work: cython.Py_ssize_t = heads.queries * heads.keys * (heads.features + heads.values)
    return max(1, GRAIN_PRODUCT // max(work, 1))


def attention(query, key, value, causal: cython.bint, scale: cython.double):
    """(softmax(scale query key^T) value (*, L, V), the weights (*, L, S)), for operands that `takes` takes."""
    heads: Heads
    held = set_up(cython.address(heads), query, key, value, causal, scale)
    batch = query.shape[:-2]
    out = empty_array((*batch, heads.queries, heads.values), query.dtype)
    weights = empty_array((*batch, heads.queries, heads.keys), query.dtype)
    heads.out = memory(out)
    heads.weights = memory(weights)
    count: cython.Py_ssize_t = held[3].shape[0]
    grain: cython.Py_ssize_t = grain_of(cython.address(heads))
    with cython.nogil:
        parallel_for(run_heads, cython.address(heads), count, grain)
    return out, weights


def attention_gradient(g, query, key, value, weights, causal: cython.bint, scale: cython.double):
    """The gradients of query, key and value for the cotangent g (*, L, V), given the weights."""
    heads: Heads
    held = set_up(cython.address(heads), query, key, value, causal, scale)
    g = laid_out(g)
    g_offsets = offsets_of(g)
    heads.g_step = step_of(g)
    weights = numpy.ascontiguousarray(weights)
    heads.g = memory(g)
    heads.g_offsets = places(g_offsets)
    heads.weights = memory(weights)
    found = [empty_array(x.shape, x.dtype) for x in (query, key, value)]
    heads.of_query = memory(found[0])
    heads.of_key = memory(found[1])
    heads.of_value = memory(found[2])
    count: cython.Py_ssize_t = held[3].shape[0]
    grain: cython.Py_ssize_t = grain_of(cython.address(heads))
    with cython.nogil:
        parallel_for(run_heads_back, cython.address(heads), count, grain)
    if heads.failed:
        raise MemoryError(f"attention: no memory for {heads.queries * heads.keys * heads.item_size} bytes of scores")
    return found
