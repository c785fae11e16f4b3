"""Elementwise work: NumPy's and SciPy's own ufunc inner loops, called directly on memory.

A ufunc holds, for each combination of types, a compiled SIMD loop over one dimension. Calling that loop ourselves
skips the ufunc's argument parsing, type resolution and iterator (0.14 us against 0.25 us for ten floats), and lets
large work be split over our threads.

Design
  A. One loop per common operand type. Promotion is decided above; a type that has no loop here goes through the ufunc.
  B. Operands that are contiguous alike, or a scalar, are one call of the loop. Everything else is a strided walk:
     neighbouring dimensions are merged, the innermost one is the loop, the outer ones an odometer.
  C. Python scalars never become arrays: their value is put beside the call and read with step 0.
  D. The floating-point status flags that a loop raises are left alone, for nobody here reads them: no RuntimeWarning.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.string import memset
from cython.cimports.wengert.kernels.blocks import new_array
from cython.cimports.wengert.kernels.threads import parallel_for

cnp.import_array()

# Below this many elements a loop keeps the interpreter lock, and no thread is woken.
PARALLEL_ELEMENTS = cython.declare(cython.Py_ssize_t, 1 << 16)
GRAIN = cython.declare(cython.Py_ssize_t, 1 << 15)


@cython.binding(False)
@cython.cclass
class Loops:
    """The inner loops of a ufunc with one output, by the common type of its inputs.

    A loop is taken where all inputs have one type and the result has that type, bool, or (complex in, real out) the
    real type of the same precision. Integer inputs with a floating result are left out, because NumPy and PyTorch
    promote them differently.
    """

    def __cinit__(self, ufunc):
        if not isinstance(ufunc, numpy.ufunc) or ufunc.nin not in (1, 2) or ufunc.nout != 1 or ufunc.signature:
            raise TypeError(f"an elementwise kernel needs a ufunc of one or two inputs and one output, not {ufunc!r}")
        self.ufunc = ufunc
        self.name = ufunc.__name__
        self.inputs = ufunc.nin
        memset(self.functions, 0, cython.sizeof(self.functions))
        table: cython.pointer(PyUFuncObject) = cython.cast(cython.pointer(PyUFuncObject), ufunc)
        row: cython.int
        k: cython.int
        for row in range(table.ntypes):
            types: cython.p_char = cython.cast(cython.p_char, table.types) + row * table.nargs
            common: cython.int = types[0]
            result: cython.int = types[table.nargs - 1]
            if common < 0 or common >= NUMBER_OF_TYPES or self.functions[common] != cython.NULL:
                continue
            if table.nin == 2 and types[1] != common:
                continue
            same_kind: cython.bint = (
                result == common
                or result == cnp.NPY_BOOL
                or (common == cnp.NPY_CFLOAT and result == cnp.NPY_FLOAT)
                or (common == cnp.NPY_CDOUBLE and result == cnp.NPY_DOUBLE)
            )
            if same_kind and common != cnp.NPY_OBJECT:
                self.functions[common] = table.functions[row]
                self.data[common] = table.data[row]
                self.result_type[common] = result

    def leave_out_complex(self) -> None:
        """Take no direct loop for complex operands, which something else computes or refuses."""
        number: cython.int
        for number in (cnp.NPY_CFLOAT, cnp.NPY_CDOUBLE):
            self.functions[number] = cython.NULL

    def leave_out_integers(self) -> None:
        """Take no direct loop for integers and booleans, which something else computes, refuses or converts."""
        number: cython.int
        for number in range(cnp.NPY_BOOL, cnp.NPY_ULONGLONG + 1):
            self.functions[number] = cython.NULL

    def has_loop(self, dtype) -> bool:
        number: cython.int = numpy.dtype(dtype).num
        return 0 <= number < NUMBER_OF_TYPES and self.functions[number] != cython.NULL

    def __call__(self, x, y=None, out=None):
        if self.inputs == 1:
            return run_unary(self, numpy.asarray(x), out)
        return run_binary(self, x, y, out)


# ------------------------------------------------------------------------------------------------ strided walks


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def walk_range(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    """Run the loop over items [begin, end) of the outermost dimension; every inner dimension is walked whole."""
    walk: cython.pointer(Walk) = cython.cast(cython.pointer(Walk), context)
    pointers: cython.p_char[3]
    steps: cnp.npy_intp[3]
    index: cnp.npy_intp[MOST_DIMENSIONS]
    k: cython.int
    d: cython.int
    last: cython.int = walk.dimensions - 1
    for k in range(walk.operands):
        pointers[k] = walk.memory[k] + begin * walk.steps[k][0]
        steps[k] = walk.steps[k][last]
    length: cnp.npy_intp
    if last == 0:
        length = end - begin
        walk.function(pointers, cython.address(length), steps, walk.data)
        return
    length = walk.shape[last]
    for d in range(last):
        index[d] = 0
    outer: cnp.npy_intp = begin
    while outer < end:
        # NumPy's loops may advance the pointer array that they are given, so each call gets a fresh one.
        call_pointers: cython.p_char[3]
        for k in range(walk.operands):
            call_pointers[k] = pointers[k]
        walk.function(call_pointers, cython.address(length), steps, walk.data)
        d = last - 1
        while d >= 0:
            for k in range(walk.operands):
                pointers[k] += walk.steps[k][d]
            if d == 0:
                outer += 1
                break
            index[d] += 1
            if index[d] < walk.shape[d]:
                break
            for k in range(walk.operands):
                pointers[k] -= index[d] * walk.steps[k][d]
            index[d] = 0
            d -= 1


@cython.cfunc
@cython.exceptval(check=False)
def start_walk(walk: cython.pointer(Walk)) -> cython.void:
    """Merge neighbouring dimensions that one step can cross, then run, in threads when there is enough to do."""
    d: cython.int
    k: cython.int
    kept: cython.int = 0
    total: cython.Py_ssize_t = 1
    for d in range(walk.dimensions):
        total *= walk.shape[d]
        if walk.shape[d] == 1:
            continue
        merges: cython.bint = kept > 0
        if merges:
            for k in range(walk.operands):
                if walk.steps[k][kept - 1] != walk.steps[k][d] * walk.shape[d]:
                    merges = False
        if merges:
            walk.shape[kept - 1] *= walk.shape[d]
            for k in range(walk.operands):
                walk.steps[k][kept - 1] = walk.steps[k][d]
        else:
            walk.shape[kept] = walk.shape[d]
            for k in range(walk.operands):
                walk.steps[k][kept] = walk.steps[k][d]
            kept += 1
    if total == 0:
        return
    if kept == 0:
        walk.shape[0] = 1
        for k in range(walk.operands):
            walk.steps[k][0] = 0
        kept = 1
    walk.dimensions = kept
    # The loop belongs on the longest of the two innermost dimensions that the result does not care about.
    if kept == 2 and walk.shape[1] < 8 and walk.shape[0] > walk.shape[1]:
        swap: cnp.npy_intp = walk.shape[0]
        walk.shape[0] = walk.shape[1]
        walk.shape[1] = swap
        for k in range(walk.operands):
            swap = walk.steps[k][0]
            walk.steps[k][0] = walk.steps[k][1]
            walk.steps[k][1] = swap
    if total < PARALLEL_ELEMENTS:
        walk_range(walk, 0, walk.shape[0])
        return
    inner: cython.Py_ssize_t = total // walk.shape[0]
    grain: cython.Py_ssize_t = GRAIN // inner
    if grain < 1:
        grain = 1
    with cython.nogil:
        parallel_for(walk_range, walk, walk.shape[0], grain)


@cython.cfunc
@cython.exceptval(check=False)
def run_flat(
    function: PyUFuncGenericFunction,
    data: cython.p_void,
    operands: cython.int,
    memory: cython.pointer(cython.p_char),
    steps: cython.pointer(cnp.npy_intp),
    length: cnp.npy_intp,
) -> cython.void:
    """One dimension: a direct call, or chunks over the threads."""
    if length < PARALLEL_ELEMENTS:
        function(memory, cython.address(length), steps, data)
        return
    walk: Walk
    k: cython.int
    walk.function = function
    walk.data = data
    walk.operands = operands
    walk.dimensions = 1
    walk.shape[0] = length
    for k in range(operands):
        walk.memory[k] = memory[k]
        walk.steps[k][0] = steps[k]
    with cython.nogil:
        parallel_for(walk_range, cython.address(walk), length, GRAIN)


@cython.cfunc
@cython.inline
def set_operand(walk: cython.pointer(Walk), k: cython.int, x: cnp.ndarray) -> cython.void:
    """Operand k reads x, broadcast to the walk's dimensions from the right."""
    d: cython.int
    missing: cython.int = walk.dimensions - x.ndim
    for d in range(walk.dimensions):
        if d < missing or x.shape[d - missing] == 1:
            walk.steps[k][d] = 0
        else:
            walk.steps[k][d] = cnp.PyArray_STRIDES(x)[d - missing]
    walk.memory[k] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))


# ------------------------------------------------------------------------------------------------ one input


@cython.cfunc
def run_unary(loops: Loops, x: cnp.ndarray, out):
    """f(x) into `out` (an array of the result's shape and type) or, for None, into a new array."""
    number: cython.int = cnp.PyArray_TYPE(x)
    if number >= NUMBER_OF_TYPES or loops.functions[number] == cython.NULL or not cnp.PyArray_ISBEHAVED_RO(x):
        return through_ufunc(loops, (x,), out)
    result: cnp.ndarray
    memory: cython.p_char[2]
    steps: cnp.npy_intp[2]
    fortran: cython.bint = False
    flat: cython.bint = cnp.PyArray_IS_C_CONTIGUOUS(x)
    if not flat and cnp.PyArray_IS_F_CONTIGUOUS(x):
        flat = True
        fortran = True
    if out is None:
        result = new_array(x.ndim, x.shape, loops.result_type[number], fortran)
    else:
        result = out
        flat = flat and same_layout(x, result)
    if flat:
        memory[0] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
        memory[1] = cython.cast(cython.p_char, cnp.PyArray_DATA(result))
        steps[0] = cnp.PyArray_ITEMSIZE(x)
        steps[1] = cnp.PyArray_ITEMSIZE(result)
        run_flat(loops.functions[number], loops.data[number], 2, memory, steps, cnp.PyArray_SIZE(x))
        return result
    if loops.ufunc is numpy.negative and not cnp.PyArray_IS_C_CONTIGUOUS(x):
        # NumPy 2.4's loop for strided doubles into strided doubles reads the wrong elements.
        return run_unary(loops, cnp.PyArray_NewCopy(x, cnp.NPY_CORDER), out)
    walk: Walk
    begin_walk(cython.address(walk), loops, number, 2, result)
    set_operand(cython.address(walk), 0, x)
    set_operand(cython.address(walk), 1, result)
    start_walk(cython.address(walk))
    return result


@cython.cfunc
@cython.inline
def same_layout(x: cnp.ndarray, y: cnp.ndarray) -> cython.bint:
    """Whether both are contiguous in the same order and of the same shape, so that one flat loop serves them."""
    d: cython.int
    if x.ndim != y.ndim:
        return False
    for d in range(x.ndim):
        if x.shape[d] != y.shape[d]:
            return False
    if cnp.PyArray_IS_C_CONTIGUOUS(x):
        return cnp.PyArray_IS_C_CONTIGUOUS(y)
    return cnp.PyArray_IS_F_CONTIGUOUS(x) and cnp.PyArray_IS_F_CONTIGUOUS(y)


@cython.cfunc
@cython.inline
def begin_walk(
    walk: cython.pointer(Walk), loops: Loops, number: cython.int, operands: cython.int, result: cnp.ndarray
) -> cython.void:
    d: cython.int
    walk.function = loops.functions[number]
    walk.data = loops.data[number]
    walk.operands = operands
    walk.dimensions = result.ndim
    for d in range(result.ndim):
        walk.shape[d] = result.shape[d]


# ------------------------------------------------------------------------------------------------ two inputs


@cython.cfunc
def run_binary(loops: Loops, x, y, out):
    """f(x, y), each an array of one common type or (at most one of them) a Python scalar, which takes that type."""
    if isinstance(y, cnp.ndarray):
        if isinstance(x, cnp.ndarray):
            return run_two_arrays(loops, x, y, out)
        return run_with_scalar(loops, y, x, out, True)
    return run_with_scalar(loops, x, y, out, False)


@cython.cfunc
def run_two_arrays(loops: Loops, x: cnp.ndarray, y: cnp.ndarray, out):
    number: cython.int = cnp.PyArray_TYPE(x)
    if (
        number >= NUMBER_OF_TYPES
        or cnp.PyArray_TYPE(y) != number
        or loops.functions[number] == cython.NULL
        or not cnp.PyArray_ISBEHAVED_RO(x)
        or not cnp.PyArray_ISBEHAVED_RO(y)
    ):
        return through_ufunc(loops, (x, y), out)
    result: cnp.ndarray
    memory: cython.p_char[3]
    steps: cnp.npy_intp[3]
    flat: cython.bint = same_layout(x, y)
    if not flat and (x.ndim == 0) != (y.ndim == 0):
        return run_with_one_element(loops, x, y, out)
    if out is None:
        if flat:
            result = new_array(
                x.ndim, x.shape, loops.result_type[number], not cnp.PyArray_IS_C_CONTIGUOUS(x)
            )
        else:
            result = empty_broadcast(loops, x, y, loops.result_type[number])
    else:
        result = out
        flat = flat and same_layout(x, result)
    if flat:
        memory[0] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
        memory[1] = cython.cast(cython.p_char, cnp.PyArray_DATA(y))
        memory[2] = cython.cast(cython.p_char, cnp.PyArray_DATA(result))
        steps[0] = cnp.PyArray_ITEMSIZE(x)
        steps[1] = steps[0]
        steps[2] = cnp.PyArray_ITEMSIZE(result)
        run_flat(loops.functions[number], loops.data[number], 3, memory, steps, cnp.PyArray_SIZE(x))
        return result
    walk_two(loops, number, x, y, result)
    return result


@cython.cfunc
def walk_two(loops: Loops, number: cython.int, x: cnp.ndarray, y: cnp.ndarray, result: cnp.ndarray) -> cython.void:
    """f(x, y) into `result`, in any layout of the three."""
    walk: Walk
    begin_walk(cython.address(walk), loops, number, 3, result)
    set_operand(cython.address(walk), 0, x)
    set_operand(cython.address(walk), 1, y)
    set_operand(cython.address(walk), 2, result)
    start_walk(cython.address(walk))


@cython.cfunc
def run_with_one_element(loops: Loops, x: cnp.ndarray, y: cnp.ndarray, out):
    """f(x, y) where one of the two has no dimensions: it is read with step 0, and the result is laid out as the
    other."""
    number: cython.int = cnp.PyArray_TYPE(x)
    place: cython.int = 0 if x.ndim == 0 else 1
    whole: cnp.ndarray = y if place == 0 else x
    result: cnp.ndarray
    memory: cython.p_char[3]
    steps: cnp.npy_intp[3]
    flat: cython.bint = cnp.PyArray_IS_C_CONTIGUOUS(whole)
    fortran: cython.bint = not flat and cnp.PyArray_IS_F_CONTIGUOUS(whole)
    flat = flat or fortran
    if out is None:
        result = new_array(whole.ndim, whole.shape, loops.result_type[number], fortran)
    else:
        result = out
        flat = flat and same_layout(whole, result)
    if flat:
        memory[0] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
        memory[1] = cython.cast(cython.p_char, cnp.PyArray_DATA(y))
        memory[2] = cython.cast(cython.p_char, cnp.PyArray_DATA(result))
        steps[place] = 0
        steps[1 - place] = cnp.PyArray_ITEMSIZE(whole)
        steps[2] = cnp.PyArray_ITEMSIZE(result)
        run_flat(loops.functions[number], loops.data[number], 3, memory, steps, cnp.PyArray_SIZE(whole))
        return result
    walk_two(loops, number, x, y, result)
    return result


@cython.cfunc
def empty_broadcast(loops: Loops, x: cnp.ndarray, y: cnp.ndarray, number: cython.int):
    """A new array of the shape that x and y broadcast to."""
    shape: cnp.npy_intp[MOST_DIMENSIONS]
    dimensions: cython.int = max(x.ndim, y.ndim)
    d: cython.int
    for d in range(dimensions):
        a: cnp.npy_intp = x.shape[d - dimensions + x.ndim] if d >= dimensions - x.ndim else 1
        b: cnp.npy_intp = y.shape[d - dimensions + y.ndim] if d >= dimensions - y.ndim else 1
        if a == b or b == 1:
            shape[d] = a
        elif a == 1:
            shape[d] = b
        else:
            raise RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {d}: "
                f"{loops.name} was given shapes {shape_tuple(x)} and {shape_tuple(y)}"
            )
    return new_array(dimensions, shape, number, False)


@cython.cfunc
def shape_tuple(x: cnp.ndarray) -> tuple:
    d: cython.int
    return tuple([x.shape[d] for d in range(x.ndim)])


@cython.cfunc
def run_with_scalar(loops: Loops, x: cnp.ndarray, scalar, out, scalar_first: cython.bint):
    number: cython.int = cnp.PyArray_TYPE(x)
    value: cython.double[2]  # room for the widest scalar, a complex double
    fits: cython.bint = (
        number < NUMBER_OF_TYPES and loops.functions[number] != cython.NULL and cnp.PyArray_ISBEHAVED_RO(x)
    )
    if fits:
        if number == cnp.NPY_FLOAT:
            cython.cast(cython.p_float, value)[0] = cython.cast(cython.double, scalar)
        elif number == cnp.NPY_DOUBLE:
            value[0] = scalar
        else:
            fits = False
    if not fits:
        # The rarer types: one 0-d array, converted by NumPy's rules for assignment.
        other = numpy.asarray(scalar).astype(x.dtype)
        return run_two_arrays(loops, other, x, out) if scalar_first else run_two_arrays(loops, x, other, out)
    first: cython.int = 1 if scalar_first else 0
    result: cnp.ndarray
    memory: cython.p_char[3]
    steps: cnp.npy_intp[3]
    flat: cython.bint = cnp.PyArray_IS_C_CONTIGUOUS(x)
    fortran: cython.bint = False
    if not flat and cnp.PyArray_IS_F_CONTIGUOUS(x):
        flat = True
        fortran = True
    if out is None:
        result = new_array(x.ndim, x.shape, loops.result_type[number], fortran)
    else:
        result = out
        flat = flat and same_layout(x, result)
    if flat:
        memory[first] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
        memory[1 - first] = cython.cast(cython.p_char, value)
        memory[2] = cython.cast(cython.p_char, cnp.PyArray_DATA(result))
        steps[first] = cnp.PyArray_ITEMSIZE(x)
        steps[1 - first] = 0
        steps[2] = cnp.PyArray_ITEMSIZE(result)
        run_flat(loops.functions[number], loops.data[number], 3, memory, steps, cnp.PyArray_SIZE(x))
        return result
    walk: Walk
    d: cython.int
    begin_walk(cython.address(walk), loops, number, 3, result)
    set_operand(cython.address(walk), first, x)
    for d in range(walk.dimensions):
        walk.steps[1 - first][d] = 0
    walk.memory[1 - first] = cython.cast(cython.p_char, value)
    set_operand(cython.address(walk), 2, result)
    start_walk(cython.address(walk))
    return result


@cython.cfunc
def through_ufunc(loops: Loops, operands: tuple, out):
    """What no direct loop serves: rarer types, unaligned or byte-swapped memory."""
    with numpy.errstate(all="ignore"):
        try:
            result = loops.ufunc(*operands, out=out) if out is not None else loops.ufunc(*operands)
        except ValueError as error:
            raise RuntimeError(f"{loops.name}: {error}") from None
    return numpy.asarray(result)


# ------------------------------------------------------------------------------------------------ shared memory


@cython.cfunc
@cython.exceptval(check=False)
def extent(x: cnp.ndarray, low: cython.pointer(cython.p_char), high: cython.pointer(cython.p_char)) -> cython.void:
    """The first byte of x's memory and the one after its last."""
    d: cython.int
    low[0] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
    high[0] = low[0] + cnp.PyArray_ITEMSIZE(x)
    for d in range(x.ndim):
        reach: cython.Py_ssize_t = (x.shape[d] - 1) * cnp.PyArray_STRIDES(x)[d]
        if x.shape[d] == 0:
            high[0] = low[0]
            return
        if reach > 0:
            high[0] += reach
        else:
            low[0] += reach


@cython.cfunc
def overlaps(x: cnp.ndarray, y: cnp.ndarray) -> cython.bint:
    """Whether writing y element by element could change an x not yet read: shared memory, not element for element."""
    x_low: cython.p_char
    x_high: cython.p_char
    y_low: cython.p_char
    y_high: cython.p_char
    extent(x, cython.address(x_low), cython.address(x_high))
    extent(y, cython.address(y_low), cython.address(y_high))
    if x_high <= y_low or y_high <= x_low:
        return False
    d: cython.int
    if cnp.PyArray_DATA(x) == cnp.PyArray_DATA(y) and x.ndim == y.ndim:
        same: cython.bint = True
        for d in range(x.ndim):
            if x.shape[d] != y.shape[d] or cnp.PyArray_STRIDES(x)[d] != cnp.PyArray_STRIDES(y)[d]:
                same = False
        if same:
            return False
    try:
        return numpy.shares_memory(x, y, max_work=10_000)
    except numpy.exceptions.TooHardError:
        return True


@cython.cfunc
def same_memory(x: cnp.ndarray, y: cnp.ndarray) -> cython.bint:
    """Whether the ranges of memory that x and y span meet, as those of an array and its view do."""
    x_low: cython.p_char
    x_high: cython.p_char
    y_low: cython.p_char
    y_high: cython.p_char
    extent(x, cython.address(x_low), cython.address(x_high))
    extent(y, cython.address(y_low), cython.address(y_high))
    return x_high > y_low and y_high > x_low or x_low == y_low


@cython.cfunc
def overlaps_itself(x: cnp.ndarray) -> cython.bint:
    """Whether two elements of x are one memory location through a step of zero (an expanded tensor)."""
    d: cython.int
    repeats: cython.bint = False
    for d in range(x.ndim):
        if x.shape[d] == 0:
            # Without elements nothing overlaps, whatever steps NumPy gave the other dimensions.
            return False
        if cnp.PyArray_STRIDES(x)[d] == 0 and x.shape[d] > 1:
            repeats = True
    return repeats
