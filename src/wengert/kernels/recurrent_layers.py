"""The loops over time of recurrent layers, forward and back, for float32 and float64.

Design
  A. Data is packed: the rows of all steps one after another, `sizes` says how many each step has, which does not grow.
     A padded batch has sizes that are all alike. `backwards` runs from the last step to the first.
  B. The gates begin as the part that the input gives, which the caller computes in one product for all steps; each
     step adds the product of the state and the weight, in place, and turns them into what the reverse pass reads.
  C. The reverse pass gives the gradients of all gates and of the initial states; products over all steps that give
     those of weights and input are the caller's.
  D. sigmoid(x) = 1 / (1 + exp(-x)) by `exponential.h`, tanh by NumPy's loop. Both are within a few units in the last
     place; NaN stays NaN, and infinities give the limits.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.string import memcpy
from cython.cimports.wengert.kernels.blas import gemm
from cython.cimports.wengert.kernels.blocks import new_array, new_copy
from cython.cimports.wengert.kernels.elementwise import Loops as LoopsType
from cython.cimports.wengert.kernels.exponential import wengert_exp_double, wengert_exp_float
from cython.cimports.wengert.kernels.recurrent_plan import Layer
from cython.cimports.wengert.kernels.reduction_plan import real

from .elementwise import Loops

cnp.import_array()

_tanh = Loops(numpy.tanh)


# ------------------------------------------------------------------------------------------------ rows


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def sigmoids(x: cython.pointer(real), count: cython.Py_ssize_t) -> cython.void:
    """In place."""
    j: cython.Py_ssize_t
    if real is cython.float:
        for j in range(count):
            x[j] = 1 / (1 + wengert_exp_float(-x[j]))
    else:
        for j in range(count):
            x[j] = 1 / (1 + wengert_exp_double(-x[j]))


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def tanhs(
    layer: cython.pointer(Layer), x: cython.pointer(real), out: cython.pointer(real), count: cython.Py_ssize_t
) -> cython.void:
    pointers: cython.p_char[2]
    steps: cnp.npy_intp[2]
    length: cnp.npy_intp = count
    pointers[0] = cython.cast(cython.p_char, x)
    pointers[1] = cython.cast(cython.p_char, out)
    steps[0] = steps[1] = layer.item_size
    layer.tanh(pointers, cython.address(length), steps, layer.tanh_data)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def add_product(
    layer: cython.pointer(Layer), x: cython.p_void, weight: cython.p_void, out: cython.p_void, rows: cython.Py_ssize_t,
    inner: cython.Py_ssize_t, columns: cython.Py_ssize_t, transposed: cython.bint, accumulate: cython.bint,
) -> cython.void:  # fmt: skip
    """out (rows, columns), contiguous, = or += x (rows, inner) @ weight, which lies as (columns, inner) if
    `transposed`."""
    if rows:
        gemm(
            layer.type, False, transposed, rows, columns, inner, x, inner, weight, inner if transposed else columns,
            accumulate, out, columns,
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ what is given


@cython.cfunc
def lay_out(
    layer: cython.pointer(Layer), sizes: tuple, hidden: cython.Py_ssize_t, backwards: cython.bint, x: cnp.ndarray
):  # fmt: skip
    """Fill in a layer; returns the array that owns its sizes."""
    number: cython.int = cnp.PyArray_TYPE(x)
    layer.type = 0 if number == cnp.NPY_FLOAT else 1
    layer.item_size = cnp.PyArray_ITEMSIZE(x)
    loops: LoopsType = _tanh
    layer.tanh = loops.functions[number]
    layer.tanh_data = loops.data[number]
    layer.steps = len(sizes)
    layer.hidden = hidden
    layer.backwards = backwards
    count: cnp.npy_intp = layer.steps
    rows: cnp.ndarray = new_array(1, cython.address(count), cnp.NPY_INTP, False)
    layer.sizes = cython.cast(cython.pointer(cython.Py_ssize_t), cnp.PyArray_DATA(rows))
    layer.rows = 0
    t: cython.Py_ssize_t
    for t in range(count):
        layer.sizes[t] = sizes[t]
        layer.rows += layer.sizes[t]
        if layer.sizes[t] < 0 or (t and layer.sizes[t] > layer.sizes[t - 1]):
            raise ValueError(f"the sizes of steps may not grow, but they are {sizes}")
    layer.entries = layer.sizes[0]
    if x.shape[0] != layer.rows:
        raise ValueError(f"a layer of {layer.rows} rows was given {x.shape[0]}")
    return rows


@cython.cfunc
def empty(rows: cython.Py_ssize_t, columns: cython.Py_ssize_t, like: cnp.ndarray):
    shape: cnp.npy_intp[2]
    shape[0] = rows
    shape[1] = columns
    return new_array(2, shape, cnp.PyArray_TYPE(like), False)


@cython.cfunc
def flat(x: cnp.ndarray, rows: cython.Py_ssize_t, columns: cython.Py_ssize_t, like: cnp.ndarray):
    """x (rows, columns) as it is if it lies row by row, else a copy that does."""
    if (
        x.ndim != 2
        or x.shape[0] != rows
        or x.shape[1] != columns
        or cnp.PyArray_TYPE(x) != cnp.PyArray_TYPE(like)
    ):
        given: object = x
        raise RuntimeError(
            f"a recurrent layer expected an array ({rows}, {columns}) of {like.dtype}, but got {given.shape} of "
            f"{given.dtype}"
        )
    if cnp.PyArray_IS_C_CONTIGUOUS(x) and cnp.PyArray_ISBEHAVED_RO(x):
        return x
    return numpy.require(x, like.dtype, "CA")


@cython.cfunc
def copied(x: cnp.ndarray, rows: cython.Py_ssize_t, columns: cython.Py_ssize_t, like: cnp.ndarray):
    """A copy of x (rows, columns), row by row."""
    return new_copy(flat(x, rows, columns, like))


@cython.cfunc
@cython.inline
def pointer(x: cnp.ndarray) -> cython.p_void:
    return cnp.PyArray_DATA(x)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def rows_before(layer: cython.pointer(Layer), t: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """How many rows of step t follow a row of another step; the others begin with an initial state."""
    if layer.backwards:
        return layer.sizes[t + 1] if t + 1 < layer.steps else 0
    return layer.sizes[t] if t else 0


# ------------------------------------------------------------------------------------------------ plain


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_rnn(
    layer: cython.pointer(Layer), x: cython.pointer(real), h: cython.pointer(real), w_hh: cython.pointer(real),
    rectified: cython.bint,
) -> cython.void:  # fmt: skip
    k: cython.Py_ssize_t
    n: cython.Py_ssize_t
    j: cython.Py_ssize_t
    hidden: cython.Py_ssize_t = layer.hidden
    start: cython.Py_ssize_t = layer.rows if layer.backwards else 0
    now: cython.pointer(real)
    for k in range(layer.steps):
        n = layer.sizes[layer.steps - 1 - k if layer.backwards else k]
        if layer.backwards:
            start -= n
        now = x + start * hidden
        add_product(layer, h, w_hh, now, n, hidden, hidden, True, True)
        if rectified:
            for j in range(n * hidden):
                now[j] = 0 if now[j] <= 0 else now[j]
        else:
            tanhs(layer, now, now, n * hidden)
        memcpy(h, now, n * hidden * layer.item_size)
        if not layer.backwards:
            start += n


def rnn(x: cnp.ndarray, h, w_hh, sizes: tuple, rectified: cython.bint, backwards: cython.bint):
    """(results (S, H), final state (N, H)) of x (S, H), over which the results are written, and h (N, H)."""
    layer: Layer
    hidden: cython.Py_ssize_t = x.shape[1]
    held = lay_out(cython.address(layer), sizes, hidden, backwards, x)
    w_hh = flat(w_hh, hidden, hidden, x)
    h = copied(h, layer.entries, hidden, x)
    to: cython.p_void = pointer(h)
    weight: cython.p_void = pointer(w_hh)
    with cython.nogil:
        if layer.type == 0:
            run_rnn(
                cython.address(layer), cython.cast(cython.p_float, cnp.PyArray_DATA(x)),
                cython.cast(cython.p_float, to), cython.cast(cython.p_float, weight), rectified,
            )
        else:
            run_rnn(
                cython.address(layer), cython.cast(cython.p_double, cnp.PyArray_DATA(x)),
                cython.cast(cython.p_double, to), cython.cast(cython.p_double, weight), rectified,
            )
    del held
    return x, h


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_rnn_back(
    layer: cython.pointer(Layer), g: cython.pointer(real), of_h: cython.pointer(real), y: cython.pointer(real),
    w_hh: cython.pointer(real), out: cython.pointer(real), rectified: cython.bint,
) -> cython.void:  # fmt: skip
    k: cython.Py_ssize_t
    n: cython.Py_ssize_t
    j: cython.Py_ssize_t
    at: cython.Py_ssize_t
    hidden: cython.Py_ssize_t = layer.hidden
    start: cython.Py_ssize_t = 0 if layer.backwards else layer.rows
    for k in range(layer.steps):
        n = layer.sizes[k if layer.backwards else layer.steps - 1 - k]
        if not layer.backwards:
            start -= n
        at = start * hidden
        if rectified:
            for j in range(n * hidden):
                out[at + j] = 0 if y[at + j] <= 0 else of_h[j] + g[at + j]
        else:
            for j in range(n * hidden):
                out[at + j] = (of_h[j] + g[at + j]) * (1 - y[at + j] * y[at + j])
        add_product(layer, out + at, w_hh, of_h, n, hidden, hidden, False, False)
        if layer.backwards:
            start += n


def rnn_gradient(g, of_final, results: cnp.ndarray, w_hh, sizes: tuple, rectified: cython.bint, backwards: cython.bint):
    """(gradient of x (S, H), of h (N, H)) for the cotangents of the results and of the final state."""
    layer: Layer
    results = flat(results, results.shape[0], results.shape[1], results)
    hidden: cython.Py_ssize_t = results.shape[1]
    held = lay_out(cython.address(layer), sizes, hidden, backwards, results)
    w_hh = flat(w_hh, hidden, hidden, results)
    g = flat(g, layer.rows, hidden, results)
    of_h = copied(of_final, layer.entries, hidden, results)
    out = empty(layer.rows, hidden, results)
    a: cython.p_void = pointer(g)
    b: cython.p_void = pointer(of_h)
    weight: cython.p_void = pointer(w_hh)
    to: cython.p_void = pointer(out)
    with cython.nogil:
        if layer.type == 0:
            run_rnn_back(
                cython.address(layer), cython.cast(cython.p_float, a), cython.cast(cython.p_float, b),
                cython.cast(cython.p_float, cnp.PyArray_DATA(results)), cython.cast(cython.p_float, weight),
                cython.cast(cython.p_float, to), rectified,
            )
        else:
            run_rnn_back(
                cython.address(layer), cython.cast(cython.p_double, a), cython.cast(cython.p_double, b),
                cython.cast(cython.p_double, cnp.PyArray_DATA(results)), cython.cast(cython.p_double, weight),
                cython.cast(cython.p_double, to), rectified,
            )
    del held
    return out, of_h


# ------------------------------------------------------------------------------------------------ LSTM


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_lstm(
    layer: cython.pointer(Layer), gates: cython.pointer(real), h: cython.pointer(real), c: cython.pointer(real),
    w_hh: cython.pointer(real), w_hr: cython.pointer(real), out: cython.pointer(real), cells: cython.pointer(real),
    room: cython.pointer(real),
) -> cython.void:  # fmt: skip
    k: cython.Py_ssize_t
    n: cython.Py_ssize_t
    r: cython.Py_ssize_t
    j: cython.Py_ssize_t
    hidden: cython.Py_ssize_t = layer.hidden
    shown: cython.Py_ssize_t = layer.shown
    start: cython.Py_ssize_t = layer.rows if layer.backwards else 0
    i: cython.pointer(real)
    cell: cython.pointer(real)
    result: cython.pointer(real)
    curved: cython.pointer(real)
    for k in range(layer.steps):
        n = layer.sizes[layer.steps - 1 - k if layer.backwards else k]
        if layer.backwards:
            start -= n
        # (n, P) @ (P, 4H) -> (n, 4H)
        add_product(layer, h, w_hh, gates + 4 * start * hidden, n, shown, 4 * hidden, True, True)
        for r in range(n):
            i = gates + 4 * (start + r) * hidden
            sigmoids(i, 2 * hidden)
            tanhs(layer, i + 2 * hidden, i + 2 * hidden, hidden)
            sigmoids(i + 3 * hidden, hidden)
            cell = c + r * hidden
            for j in range(hidden):
                cell[j] = i[hidden + j] * cell[j] + i[j] * i[2 * hidden + j]
        memcpy(cells + start * hidden, c, n * hidden * layer.item_size)
        tanhs(layer, c, room, n * hidden)
        result = room if w_hr != cython.NULL else out + start * hidden
        for r in range(n):
            i = gates + (4 * (start + r) + 3) * hidden
            curved = room + r * hidden
            cell = result + r * hidden
            for j in range(hidden):
                cell[j] = i[j] * curved[j]
        if w_hr != cython.NULL:
            # (n, H) @ (H, P) -> (n, P)
            add_product(layer, room, w_hr, out + start * shown, n, hidden, shown, True, False)
        memcpy(h, out + start * shown, n * shown * layer.item_size)
        if not layer.backwards:
            start += n


def lstm(gates: cnp.ndarray, h, c, w_hh, w_hr, sizes: tuple, backwards: cython.bint):
    """(results (S, P), final h (N, P), final c (N, H), gates (S, 4H), cells (S, H)).

    `gates` holds what the input gives, and becomes i, f, g, o after their functions. P is H unless w_hr (P, H)
    projects.
    """
    layer: Layer
    hidden: cython.Py_ssize_t = gates.shape[1] // 4
    held = lay_out(cython.address(layer), sizes, hidden, backwards, gates)
    layer.shown = hidden if w_hr is None else w_hr.shape[0]
    w_hh = flat(w_hh, 4 * hidden, layer.shown, gates)
    h = copied(h, layer.entries, layer.shown, gates)
    c = copied(c, layer.entries, hidden, gates)
    out = empty(layer.rows, layer.shown, gates)
    cells = empty(layer.rows, hidden, gates)
    room = empty(layer.entries, hidden, gates)
    projection: cython.p_void = cython.NULL
    if w_hr is not None:
        w_hr = flat(w_hr, layer.shown, hidden, gates)
        projection = pointer(w_hr)
    p_h: cython.p_void = pointer(h)
    p_c: cython.p_void = pointer(c)
    weight: cython.p_void = pointer(w_hh)
    to: cython.p_void = pointer(out)
    p_cells: cython.p_void = pointer(cells)
    p_room: cython.p_void = pointer(room)
    with cython.nogil:
        if layer.type == 0:
            run_lstm(
                cython.address(layer), cython.cast(cython.p_float, cnp.PyArray_DATA(gates)),
                cython.cast(cython.p_float, p_h), cython.cast(cython.p_float, p_c), cython.cast(cython.p_float, weight),
                cython.cast(cython.p_float, projection), cython.cast(cython.p_float, to),
                cython.cast(cython.p_float, p_cells), cython.cast(cython.p_float, p_room),
            )
        else:
            run_lstm(
                cython.address(layer), cython.cast(cython.p_double, cnp.PyArray_DATA(gates)),
                cython.cast(cython.p_double, p_h), cython.cast(cython.p_double, p_c),
                cython.cast(cython.p_double, weight), cython.cast(cython.p_double, projection),
                cython.cast(cython.p_double, to), cython.cast(cython.p_double, p_cells),
                cython.cast(cython.p_double, p_room),
            )
    del held
    return out, h, c, gates, cells


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_lstm_back(
    layer: cython.pointer(Layer), g: cython.pointer(real), of_h: cython.pointer(real), of_c: cython.pointer(real),
    gates: cython.pointer(real), cells: cython.pointer(real), c: cython.pointer(real), w_hh: cython.pointer(real),
    w_hr: cython.pointer(real), out: cython.pointer(real), of_results: cython.pointer(real),
    room: cython.pointer(real), of_m: cython.pointer(real),
) -> cython.void:  # fmt: skip
    k: cython.Py_ssize_t
    n: cython.Py_ssize_t
    r: cython.Py_ssize_t
    j: cython.Py_ssize_t
    t: cython.Py_ssize_t
    earlier: cython.Py_ssize_t
    hidden: cython.Py_ssize_t = layer.hidden
    shown: cython.Py_ssize_t = layer.shown
    start: cython.Py_ssize_t = 0 if layer.backwards else layer.rows
    i: cython.pointer(real)
    d: cython.pointer(real)
    m: cython.pointer(real)
    dc: cython.pointer(real)
    before: cython.pointer(real)
    curved: cython.pointer(real)
    total: cython.pointer(real)
    whole: real
    for k in range(layer.steps):
        t = k if layer.backwards else layer.steps - 1 - k
        n = layer.sizes[t]
        if not layer.backwards:
            start -= n
        earlier = rows_before(layer, t)
        tanhs(layer, cells + start * hidden, room, n * hidden)
        total = g + start * shown
        for j in range(n * shown):
            of_h[j] = of_h[j] + total[j]
        if w_hr != cython.NULL:
            memcpy(of_results + start * shown, of_h, n * shown * layer.item_size)
            # (n, P) @ (P, H) -> (n, H)
            add_product(layer, of_h, w_hr, of_m, n, shown, hidden, False, False)
        for r in range(n):
            i = gates + 4 * (start + r) * hidden
            d = out + 4 * (start + r) * hidden
            m = (of_m if w_hr != cython.NULL else of_h) + r * hidden
            dc = of_c + r * hidden
            curved = room + r * hidden
            if r >= earlier:
                before = c + r * hidden
            elif layer.backwards:
                before = cells + (start + n + r) * hidden
            else:
                before = cells + (start - layer.sizes[t - 1] + r) * hidden
            for j in range(hidden):
                whole = dc[j] + m[j] * i[3 * hidden + j] * (1 - curved[j] * curved[j])
                d[j] = whole * i[2 * hidden + j] * i[j] * (1 - i[j])
                d[hidden + j] = whole * before[j] * i[hidden + j] * (1 - i[hidden + j])
                d[2 * hidden + j] = whole * i[j] * (1 - i[2 * hidden + j] * i[2 * hidden + j])
                d[3 * hidden + j] = m[j] * curved[j] * i[3 * hidden + j] * (1 - i[3 * hidden + j])
                dc[j] = whole * i[hidden + j]
        # (n, 4H) @ (4H, P) -> (n, P)
        add_product(layer, out + 4 * start * hidden, w_hh, of_h, n, 4 * hidden, shown, False, False)
        if layer.backwards:
            start += n


def lstm_gradient(
    g, of_h, of_c, gates: cnp.ndarray, cells, c, w_hh, w_hr, sizes: tuple, backwards: cython.bint
):  # fmt: skip
    """(gradients of the gates (S, 4H), of h (N, P), of c (N, H), and with a projection of the results (S, P))."""
    layer: Layer
    gates = flat(gates, gates.shape[0], gates.shape[1], gates)
    hidden: cython.Py_ssize_t = gates.shape[1] // 4
    held = lay_out(cython.address(layer), sizes, hidden, backwards, gates)
    layer.shown = hidden if w_hr is None else w_hr.shape[0]
    w_hh = flat(w_hh, 4 * hidden, layer.shown, gates)
    g = flat(g, layer.rows, layer.shown, gates)
    of_h = copied(of_h, layer.entries, layer.shown, gates)
    of_c = copied(of_c, layer.entries, hidden, gates)
    cells = flat(cells, layer.rows, hidden, gates)
    c = flat(c, layer.entries, hidden, gates)
    out = empty(layer.rows, 4 * hidden, gates)
    room = empty(layer.entries, hidden, gates)
    of_results = None
    of_m = None
    projection: cython.p_void = cython.NULL
    p_results: cython.p_void = cython.NULL
    p_m: cython.p_void = cython.NULL
    if w_hr is not None:
        w_hr = flat(w_hr, layer.shown, hidden, gates)
        of_results = empty(layer.rows, layer.shown, gates)
        of_m = empty(layer.entries, hidden, gates)
        projection = pointer(w_hr)
        p_results = pointer(of_results)
        p_m = pointer(of_m)
    p_g: cython.p_void = pointer(g)
    p_h: cython.p_void = pointer(of_h)
    p_c: cython.p_void = pointer(of_c)
    p_cells: cython.p_void = pointer(cells)
    first: cython.p_void = pointer(c)
    weight: cython.p_void = pointer(w_hh)
    to: cython.p_void = pointer(out)
    p_room: cython.p_void = pointer(room)
    with cython.nogil:
        if layer.type == 0:
            run_lstm_back(
                cython.address(layer), cython.cast(cython.p_float, p_g), cython.cast(cython.p_float, p_h),
                cython.cast(cython.p_float, p_c), cython.cast(cython.p_float, cnp.PyArray_DATA(gates)),
                cython.cast(cython.p_float, p_cells), cython.cast(cython.p_float, first),
                cython.cast(cython.p_float, weight), cython.cast(cython.p_float, projection),
                cython.cast(cython.p_float, to), cython.cast(cython.p_float, p_results),
                cython.cast(cython.p_float, p_room), cython.cast(cython.p_float, p_m),
            )
        else:
            run_lstm_back(
                cython.address(layer), cython.cast(cython.p_double, p_g), cython.cast(cython.p_double, p_h),
                cython.cast(cython.p_double, p_c), cython.cast(cython.p_double, cnp.PyArray_DATA(gates)),
                cython.cast(cython.p_double, p_cells), cython.cast(cython.p_double, first),
                cython.cast(cython.p_double, weight), cython.cast(cython.p_double, projection),
                cython.cast(cython.p_double, to), cython.cast(cython.p_double, p_results),
                cython.cast(cython.p_double, p_room), cython.cast(cython.p_double, p_m),
            )
    del held
    return out, of_h, of_c, of_results


# ------------------------------------------------------------------------------------------------ GRU


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_gru(
    layer: cython.pointer(Layer), gates: cython.pointer(real), h: cython.pointer(real), w_hh: cython.pointer(real),
    b_hh: cython.pointer(real), out: cython.pointer(real), products: cython.pointer(real), room: cython.pointer(real),
) -> cython.void:  # fmt: skip
    k: cython.Py_ssize_t
    n: cython.Py_ssize_t
    r: cython.Py_ssize_t
    j: cython.Py_ssize_t
    hidden: cython.Py_ssize_t = layer.hidden
    start: cython.Py_ssize_t = layer.rows if layer.backwards else 0
    x: cython.pointer(real)
    y: cython.pointer(real)
    state: cython.pointer(real)
    for k in range(layer.steps):
        n = layer.sizes[layer.steps - 1 - k if layer.backwards else k]
        if layer.backwards:
            start -= n
        if b_hh != cython.NULL:
            for r in range(n):
                memcpy(room + 3 * r * hidden, b_hh, 3 * hidden * layer.item_size)
        # (n, H) @ (H, 3H) -> (n, 3H)
        add_product(layer, h, w_hh, room, n, hidden, 3 * hidden, True, b_hh != cython.NULL)
        for r in range(n):
            x = gates + 3 * (start + r) * hidden
            y = room + 3 * r * hidden
            for j in range(2 * hidden):
                x[j] = x[j] + y[j]
            sigmoids(x, 2 * hidden)
            for j in range(hidden):
                x[2 * hidden + j] = x[2 * hidden + j] + x[j] * y[2 * hidden + j]
            tanhs(layer, x + 2 * hidden, x + 2 * hidden, hidden)
            memcpy(products + (start + r) * hidden, y + 2 * hidden, hidden * layer.item_size)
            state = h + r * hidden
            for j in range(hidden):
                state[j] = x[2 * hidden + j] + x[hidden + j] * (state[j] - x[2 * hidden + j])
        memcpy(out + start * hidden, h, n * hidden * layer.item_size)
        if not layer.backwards:
            start += n


def gru(gates: cnp.ndarray, h, w_hh, b_hh, sizes: tuple, backwards: cython.bint):
    """(results (S, H), final h (N, H), gates (S, 3H), products (S, H)).

    `gates` holds what the input gives, and becomes r, z, n after their functions; `products` are the last thirds of
    w_hh h + b_hh.
    """
    layer: Layer
    hidden: cython.Py_ssize_t = gates.shape[1] // 3
    held = lay_out(cython.address(layer), sizes, hidden, backwards, gates)
    w_hh = flat(w_hh, 3 * hidden, hidden, gates)
    h = copied(h, layer.entries, hidden, gates)
    out = empty(layer.rows, hidden, gates)
    products = empty(layer.rows, hidden, gates)
    room = empty(layer.entries, 3 * hidden, gates)
    bias: cython.p_void = cython.NULL
    if b_hh is not None:
        b_hh = flat(b_hh.reshape(1, -1), 1, 3 * hidden, gates)
        bias = pointer(b_hh)
    p_h: cython.p_void = pointer(h)
    weight: cython.p_void = pointer(w_hh)
    to: cython.p_void = pointer(out)
    p_products: cython.p_void = pointer(products)
    p_room: cython.p_void = pointer(room)
    with cython.nogil:
        if layer.type == 0:
            run_gru(
                cython.address(layer), cython.cast(cython.p_float, cnp.PyArray_DATA(gates)),
                cython.cast(cython.p_float, p_h), cython.cast(cython.p_float, weight),
                cython.cast(cython.p_float, bias), cython.cast(cython.p_float, to),
                cython.cast(cython.p_float, p_products), cython.cast(cython.p_float, p_room),
            )
        else:
            run_gru(
                cython.address(layer), cython.cast(cython.p_double, cnp.PyArray_DATA(gates)),
                cython.cast(cython.p_double, p_h), cython.cast(cython.p_double, weight),
                cython.cast(cython.p_double, bias), cython.cast(cython.p_double, to),
                cython.cast(cython.p_double, p_products), cython.cast(cython.p_double, p_room),
            )
    del held
    return out, h, gates, products


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_gru_back(
    layer: cython.pointer(Layer), g: cython.pointer(real), of_h: cython.pointer(real), before: cython.pointer(real),
    gates: cython.pointer(real), products: cython.pointer(real), w_hh: cython.pointer(real),
    of_input: cython.pointer(real), of_hidden: cython.pointer(real),
) -> cython.void:  # fmt: skip
    k: cython.Py_ssize_t
    n: cython.Py_ssize_t
    r: cython.Py_ssize_t
    j: cython.Py_ssize_t
    at: cython.Py_ssize_t
    hidden: cython.Py_ssize_t = layer.hidden
    start: cython.Py_ssize_t = 0 if layer.backwards else layer.rows
    x: cython.pointer(real)
    dx: cython.pointer(real)
    dy: cython.pointer(real)
    dh: cython.pointer(real)
    whole: real
    inner: real
    for k in range(layer.steps):
        n = layer.sizes[k if layer.backwards else layer.steps - 1 - k]
        if not layer.backwards:
            start -= n
        for r in range(n):
            at = (start + r) * hidden
            x = gates + 3 * at
            dx = of_input + 3 * at
            dy = of_hidden + 3 * at
            dh = of_h + r * hidden
            for j in range(hidden):
                whole = dh[j] + g[at + j]
                inner = whole * (1 - x[hidden + j]) * (1 - x[2 * hidden + j] * x[2 * hidden + j])
                dx[j] = inner * products[at + j] * x[j] * (1 - x[j])
                dx[hidden + j] = whole * (before[at + j] - x[2 * hidden + j]) * x[hidden + j] * (1 - x[hidden + j])
                dx[2 * hidden + j] = inner
                dy[2 * hidden + j] = inner * x[j]
                dh[j] = whole * x[hidden + j]
            memcpy(dy, dx, 2 * hidden * layer.item_size)
        # (n, 3H) @ (3H, H) -> (n, H)
        add_product(layer, of_hidden + 3 * start * hidden, w_hh, of_h, n, 3 * hidden, hidden, False, True)
        if layer.backwards:
            start += n


def gru_gradient(
    g, of_final, before, gates: cnp.ndarray, products, w_hh, sizes: tuple, backwards: cython.bint
):  # fmt: skip
    """(gradients of what the input gives (S, 3H), of what the state gives (S, 3H), of h (N, H)).

    `before` (S, H) holds the state that each step began with.
    """
    layer: Layer
    gates = flat(gates, gates.shape[0], gates.shape[1], gates)
    hidden: cython.Py_ssize_t = gates.shape[1] // 3
    held = lay_out(cython.address(layer), sizes, hidden, backwards, gates)
    w_hh = flat(w_hh, 3 * hidden, hidden, gates)
    g = flat(g, layer.rows, hidden, gates)
    of_h = copied(of_final, layer.entries, hidden, gates)
    before = flat(before, layer.rows, hidden, gates)
    products = flat(products, layer.rows, hidden, gates)
    of_input = empty(layer.rows, 3 * hidden, gates)
    of_hidden = empty(layer.rows, 3 * hidden, gates)
    p_g: cython.p_void = pointer(g)
    p_h: cython.p_void = pointer(of_h)
    p_before: cython.p_void = pointer(before)
    p_products: cython.p_void = pointer(products)
    weight: cython.p_void = pointer(w_hh)
    to: cython.p_void = pointer(of_input)
    second: cython.p_void = pointer(of_hidden)
    with cython.nogil:
        if layer.type == 0:
            run_gru_back(
                cython.address(layer), cython.cast(cython.p_float, p_g), cython.cast(cython.p_float, p_h),
                cython.cast(cython.p_float, p_before), cython.cast(cython.p_float, cnp.PyArray_DATA(gates)),
                cython.cast(cython.p_float, p_products), cython.cast(cython.p_float, weight),
                cython.cast(cython.p_float, to), cython.cast(cython.p_float, second),
            )
        else:
            run_gru_back(
                cython.address(layer), cython.cast(cython.p_double, p_g), cython.cast(cython.p_double, p_h),
                cython.cast(cython.p_double, p_before), cython.cast(cython.p_double, cnp.PyArray_DATA(gates)),
                cython.cast(cython.p_double, p_products), cython.cast(cython.p_double, weight),
                cython.cast(cython.p_double, to), cython.cast(cython.p_double, second),
            )
    del held
    return of_input, of_hidden, of_h
