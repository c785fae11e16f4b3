"""Chains of elementwise steps in one pass over memory.

    silu = Chain(lambda x: x / (1.0 + exp(-x)))

Design
  A. The function is called once with symbols, which note its steps. Each step is an inner loop of a ufunc (NumPy's own
     SIMD code), or one of the few loops below that NumPy has no ufunc for.
  B. A call runs all steps on a block of elements that stays in the first cache, then the next block: memory is read and
     written once, whatever the number of steps. Large arrays are shared out over threads.
  C. Arrays that differ in shape or type or have gaps are computed by the same function on arrays, step by step. Half
     precision is computed in single precision, so that it is rounded once.
  D. No step changes what IEEE says of NaN and infinity; the floating-point status is nobody's business here.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.blocks import new_array
from cython.cimports.wengert.kernels.chain_plan import (
    BLOCK,
    BUFFER_ELEMENTS,
    MOST_BUFFERS,
    MOST_SOURCES,
    MOST_STEPS,
    ChainCall,
    ChainPlan,
    ChainStep,
    Loop,
)
from cython.cimports.wengert.kernels.elementwise import Loops as LoopsType
from cython.cimports.wengert.kernels.reduction_plan import real
from cython.cimports.wengert.kernels.threads import parallel_for

from .elementwise import Loops

cnp.import_array()

# Elements below which no thread is woken, and of one chunk.
PARALLEL_ELEMENTS = cython.declare(cython.Py_ssize_t, 1 << 16)
GRAIN = cython.declare(cython.Py_ssize_t, 1 << 15)

# ------------------------------------------------------------------------------------------------ loops of our own


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def select(
    mask: cython.p_char,
    a: cython.pointer(real),
    b: cython.pointer(real),
    out: cython.pointer(real),
    count: cnp.npy_intp,
    steps: cython.pointer(cnp.npy_intp),
) -> cython.void:
    """out = a where the mask (booleans) holds, else b; a step of 0 says that there is one of it."""
    i: cnp.npy_intp
    if steps[1] == 0 and steps[2] == 0:
        for i in range(count):
            out[i] = a[0] if mask[i] else b[0]
    elif steps[1] == 0:
        for i in range(count):
            out[i] = a[0] if mask[i] else b[i]
    elif steps[2] == 0:
        for i in range(count):
            out[i] = a[i] if mask[i] else b[0]
    else:
        for i in range(count):
            out[i] = a[i] if mask[i] else b[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def select_floats(
    arguments: cython.pp_char,
    dimensions: cython.pointer(cnp.npy_intp),
    steps: cython.pointer(cnp.npy_intp),
    data: cython.p_void,
) -> cython.void:
    select(
        arguments[0], cython.cast(cython.p_float, arguments[1]), cython.cast(cython.p_float, arguments[2]),
        cython.cast(cython.p_float, arguments[3]), dimensions[0], steps,
    )  # fmt: skip


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def select_doubles(
    arguments: cython.pp_char,
    dimensions: cython.pointer(cnp.npy_intp),
    steps: cython.pointer(cnp.npy_intp),
    data: cython.p_void,
) -> cython.void:
    select(
        arguments[0], cython.cast(cython.p_double, arguments[1]), cython.cast(cython.p_double, arguments[2]),
        cython.cast(cython.p_double, arguments[3]), dimensions[0], steps,
    )  # fmt: skip


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def hold(
    a: cython.pointer(real),
    b: cython.pointer(real),
    out: cython.pointer(real),
    count: cnp.npy_intp,
    steps: cython.pointer(cnp.npy_intp),
    larger: cython.bint,
) -> cython.void:
    """out = the larger (or the smaller) of a and b; NaN if a is NaN. One of b alone, a number, has a step of 0.

    NumPy's own loops are several times slower where one operand is a number.
    """
    i: cnp.npy_intp
    bound: real = b[0]
    if steps[1] == 0:
        if larger:
            for i in range(count):
                out[i] = bound if a[i] < bound else a[i]
        else:
            for i in range(count):
                out[i] = bound if a[i] > bound else a[i]
    elif larger:
        for i in range(count):
            out[i] = b[i] if a[i] < b[i] or b[i] != b[i] else a[i]
    else:
        for i in range(count):
            out[i] = b[i] if a[i] > b[i] or b[i] != b[i] else a[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def hold_floats(
    arguments: cython.pp_char,
    dimensions: cython.pointer(cnp.npy_intp),
    steps: cython.pointer(cnp.npy_intp),
    data: cython.p_void,
) -> cython.void:
    hold(
        cython.cast(cython.p_float, arguments[0]), cython.cast(cython.p_float, arguments[1]),
        cython.cast(cython.p_float, arguments[2]), dimensions[0], steps, data != cython.NULL,
    )  # fmt: skip


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def hold_doubles(
    arguments: cython.pp_char,
    dimensions: cython.pointer(cnp.npy_intp),
    steps: cython.pointer(cnp.npy_intp),
    data: cython.p_void,
) -> cython.void:
    hold(
        cython.cast(cython.p_double, arguments[0]), cython.cast(cython.p_double, arguments[1]),
        cython.cast(cython.p_double, arguments[2]), dimensions[0], steps, data != cython.NULL,
    )  # fmt: skip


# The error function. Up to 1 it is x P(x^2), above it is 1 - exp(-x^2) Q(t) with t = (|x| - 2) / (|x| + 2), where
# Q(t) = exp(x^2) erfc(|x|), which is smooth (J. L. Schonfelder, "Chebyshev expansions for the error and related
# functions", 1978). P and Q interpolate at Chebyshev points, in [0, 1] and for |x| in [1, 6]; they were computed with
# 90 digits from the Maclaurin series. The exponential is a step before, by NumPy's loop. Largest error: 3 units in the
# last place (tests/kernels/test_chain.py).


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def erf_of_floats(x: cython.p_float, e: cython.p_float, out: cython.p_float, count: cnp.npy_intp) -> cython.void:
    """erf(x), given e = exp(-x^2)."""
    i: cnp.npy_intp
    size: cython.float
    square: cython.float
    near: cython.float
    t: cython.float
    far: cython.float
    for i in range(count):
        size = x[i]
        square = size * size
        near = cython.cast(cython.float, 7.875875062685488e-05)
        near = near * square + cython.cast(cython.float, -0.000801686428716587)
        near = near * square + cython.cast(cython.float, 0.005189087423433974)
        near = near * square + cython.cast(cython.float, -0.026854212010626412)
        near = near * square + cython.cast(cython.float, 0.11283594715160218)
        near = near * square + cython.cast(cython.float, -0.37612626666720334)
        near = near * square + cython.cast(cython.float, 1.1283791658483509)
        near = near * size
        size = -size if size < 0 else size
        size = 6 if size > 6 else size
        t = (size - 2) / (size + 2)
        far = cython.cast(cython.float, 0.00017761528754330538)
        far = far * t + cython.cast(cython.float, -0.0009579565732626801)
        far = far * t + cython.cast(cython.float, -0.0008781811746630497)
        far = far * t + cython.cast(cython.float, 0.006997470970135616)
        far = far * t + cython.cast(cython.float, 0.0037352553538276025)
        far = far * t + cython.cast(cython.float, -0.07897865730891011)
        far = far * t + cython.cast(cython.float, 0.24165813437907882)
        far = far * t + cython.cast(cython.float, -0.42718584608697696)
        far = far * t + cython.cast(cython.float, 0.2553956765552486)
        far = 1 - e[i] * far
        far = -far if x[i] < 0 else far
        out[i] = near if size < 1 else far


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def erf_floats(
    arguments: cython.pp_char,
    dimensions: cython.pointer(cnp.npy_intp),
    steps: cython.pointer(cnp.npy_intp),
    data: cython.p_void,
) -> cython.void:
    x: cython.p_float = cython.cast(cython.p_float, arguments[0])
    e: cython.p_float = cython.cast(cython.p_float, arguments[1])
    out: cython.p_float = cython.cast(cython.p_float, arguments[2])
    i: cnp.npy_intp
    if steps[0] != 0:
        erf_of_floats(x, e, out, dimensions[0])
        return
    erf_of_floats(x, e, out, 1)
    for i in range(1, dimensions[0]):
        out[i] = out[0]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def erf_of_doubles(x: cython.p_double, e: cython.p_double, out: cython.p_double, count: cnp.npy_intp) -> cython.void:
    """erf(x), given e = exp(-x^2)."""
    i: cnp.npy_intp
    size: cython.double
    square: cython.double
    near: cython.double
    t: cython.double
    far: cython.double
    for i in range(count):
        size = x[i]
        square = size * size
        near = 5.957176147748911e-11
        near = near * square + -1.1372848856791674e-09
        near = near * square + 1.4659775274047436e-08
        near = near * square + -1.6350312701054695e-07
        near = near * square + 1.6461000484121368e-06
        near = near * square + -1.4925595266831182e-05
        near = near * square + 0.0001205533111164271
        near = near * square + -0.000854832698083379
        near = near * square + 0.0052239776248180145
        near = near * square + -0.026866170645076792
        near = near * square + 0.11283791670954879
        near = near * square + -0.3761263890318375
        near = near * square + 1.1283791670955126
        near = near * size
        size = -size if size < 0 else size
        size = 6 if size > 6 else size
        t = (size - 2) / (size + 2)
        far = -4.215301054238321e-07
        far = far * t + -5.322696855655786e-07
        far = far * t + 1.1780775215625583e-06
        far = far * t + 3.789215643758464e-06
        far = far * t + 1.392621183618803e-06
        far = far * t + -1.396807230177146e-05
        far = far * t + -2.7579864674305787e-05
        far = far * t + 2.7525480361206068e-05
        far = far * t + 0.00017436116545392264
        far = far * t + 4.355560219515472e-05
        far = far * t + -0.000981977026567889
        far = far * t + -0.0008471432509203844
        far = far * t + 0.006997461739200444
        far = far * t + 0.003732892404327764
        far = far * t + -0.07897858101573213
        far = far * t + 0.24165819424246646
        far = far * t + -0.4271858474139584
        far = far * t + 0.25539567631050575
        far = 1 - e[i] * far
        far = -far if x[i] < 0 else far
        out[i] = near if size < 1 else far


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def erf_doubles(
    arguments: cython.pp_char,
    dimensions: cython.pointer(cnp.npy_intp),
    steps: cython.pointer(cnp.npy_intp),
    data: cython.p_void,
) -> cython.void:
    x: cython.p_double = cython.cast(cython.p_double, arguments[0])
    e: cython.p_double = cython.cast(cython.p_double, arguments[1])
    out: cython.p_double = cython.cast(cython.p_double, arguments[2])
    i: cnp.npy_intp
    if steps[0] != 0:
        erf_of_doubles(x, e, out, dimensions[0])
        return
    erf_of_doubles(x, e, out, 1)
    for i in range(1, dimensions[0]):
        out[i] = out[0]


# ------------------------------------------------------------------------------------------------ the language

_loops = {}


def _loops_of(ufunc):
    if ufunc not in _loops:
        _loops[ufunc] = Loops(ufunc)
    return _loops[ufunc]


class Term:
    """An input or an intermediate value while a chain is noted."""

    __slots__ = ("steps", "place")
    __array_ufunc__ = None

    def __init__(self, steps: list, place):
        self.steps = steps
        self.place = place

    def then(self, kind, *operands) -> "Term":
        """Note one step: a ufunc, "select" or "erf", of terms and numbers."""
        self.steps.append((kind, tuple([x.place if isinstance(x, Term) else ("number", float(x)) for x in operands])))
        return Term(self.steps, ("step", len(self.steps) - 1))

    def __neg__(self):
        return self.then(numpy.negative, self)

    def __abs__(self):
        return self.then(numpy.absolute, self)


def _operator(ufunc, reflected: bool = False):
    if reflected:
        return lambda self, other: self.then(ufunc, other, self)
    return lambda self, other: self.then(ufunc, self, other)


for _name, _ufunc in (
    ("add", numpy.add), ("sub", numpy.subtract), ("mul", numpy.multiply), ("truediv", numpy.true_divide),
):  # fmt: skip
    setattr(Term, f"__{_name}__", _operator(_ufunc))
    setattr(Term, f"__r{_name}__", _operator(_ufunc, reflected=True))
for _name, _ufunc in (
    ("gt", numpy.greater), ("ge", numpy.greater_equal), ("lt", numpy.less), ("le", numpy.less_equal),
    ("and", numpy.logical_and),
):  # fmt: skip
    setattr(Term, f"__{_name}__", _operator(_ufunc))


def _function(ufunc):
    def call(*operands):
        first = next((x for x in operands if isinstance(x, Term)), None)
        return ufunc(*operands) if first is None else first.then(ufunc, *operands)

    return call


absolute = _function(numpy.absolute)
exp = _function(numpy.exp)
expm1 = _function(numpy.expm1)
log = _function(numpy.log)
tanh = _function(numpy.tanh)


def maximum(x, y):
    """The larger of x and y, of which y may be a number; NaN if x is NaN."""
    return x.then(numpy.maximum, x, y) if isinstance(x, Term) else numpy.maximum(x, y)


def minimum(x, y):
    """The smaller of x and y, of which y may be a number; NaN if x is NaN."""
    return x.then(numpy.minimum, x, y) if isinstance(x, Term) else numpy.minimum(x, y)


def log1p(x):
    """log(1 + x) for x >= 0, by the logarithm, which NumPy has as SIMD code; what rounding does to 1 + x is undone.

    See D. Goldberg, "What every computer scientist should know about floating-point arithmetic", 1991, theorem 4.
    """
    if not isinstance(x, Term):
        return numpy.log1p(x)
    u = x + 1.0
    added = u - 1.0
    return where(added > 0.0, log(u) * (x / added), x)


def where(mask, a, b):
    """a where the mask holds, else b."""
    return mask.then("select", mask, a, b) if isinstance(mask, Term) else numpy.where(mask, a, b)


def erf(x):
    """The error function (DLMF 7.2.1)."""
    return x.then("erf", x, exp(-(x * x))) if isinstance(x, Term) else _erf(numpy.ascontiguousarray(x))


# ------------------------------------------------------------------------------------------------ the chain


@cython.cclass
class Chain:
    """A function of arrays of one floating type and shape and of Python numbers, computed in one pass.

    Args:
        function: what to compute, of operators and of the functions of this module.
        numbers: how many of its last arguments are numbers.
        complex: whether it is defined for complex arrays, which are computed step by step.
    """

    function: object
    arrays: cython.int
    numbers: cython.int
    sources: cython.int
    literals: list
    takes_complex: cython.bint
    plan_of_floats: ChainPlan
    plan_of_doubles: ChainPlan

    def __init__(self, function, numbers: int = 0, complex: bool = False):
        self.function = function
        self.takes_complex = complex
        names = function.__code__.co_argcount
        self.arrays = names - numbers
        self.numbers = numbers
        steps: list = []
        result = function(*[Term(steps, ("source", i)) for i in range(names)])
        if result.place != ("step", len(steps) - 1):
            raise ValueError("the last step of a chain must be its result")
        self.literals = []
        noted = []
        for kind, places in steps:
            operands = []
            for of, x in places:
                if of == "number":
                    if x not in self.literals:
                        self.literals.append(x)
                    operands.append(names + self.literals.index(x))
                else:
                    operands.append(x if of == "source" else MOST_SOURCES + x)
            noted.append((kind, operands))
        self.sources = names + len(self.literals)
        if len(noted) > MOST_STEPS or self.sources > MOST_SOURCES:
            raise ValueError(f"a chain has at most {MOST_STEPS} steps and {MOST_SOURCES} inputs and constants")
        lay_out(cython.address(self.plan_of_floats), noted, cnp.NPY_FLOAT)
        lay_out(cython.address(self.plan_of_doubles), noted, cnp.NPY_DOUBLE)

    def __call__(self, *operands):
        call: ChainCall
        first: cnp.ndarray = operands[0]
        number: cython.int = cnp.PyArray_TYPE(first)
        x: cnp.ndarray
        i: cython.int
        plain: cython.bint = number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE
        # A cotangent comes first, and may be spread; how the values lie says the last array.
        last: cnp.ndarray = operands[self.arrays - 1]
        fortran: cython.bint = not cnp.PyArray_IS_C_CONTIGUOUS(last)
        for i in range(self.arrays):
            x = operands[i]
            plain = (
                plain
                and cnp.PyArray_TYPE(x) == number
                and cnp.PyArray_ISBEHAVED_RO(x)
                and x.ndim == first.ndim
                and cnp.PyArray_SAMESHAPE(x, first)
            )
            if not plain:
                return self.step_by_step(operands)
            call.memory[i] = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
            call.strides[i] = cnp.PyArray_ITEMSIZE(x)
            if not (cnp.PyArray_IS_F_CONTIGUOUS(x) if fortran else cnp.PyArray_IS_C_CONTIGUOUS(x)):
                # The cotangent of a sum is one number spread over the shape.
                if not is_spread(x):
                    return self.step_by_step(operands)
                call.strides[i] = 0
        for i in range(self.arrays, self.sources):
            value: cython.double
            if i < self.arrays + self.numbers:
                value = operands[i]
            else:
                value = self.literals[i - self.arrays - self.numbers]
            call.floats[i] = value
            call.doubles[i] = value
            call.strides[i] = 0
            if number == cnp.NPY_FLOAT:
                call.memory[i] = cython.cast(cython.p_char, cython.address(call.floats[i]))
            else:
                call.memory[i] = cython.cast(cython.p_char, cython.address(call.doubles[i]))
        out: cnp.ndarray = new_array(first.ndim, first.shape, number, fortran)
        if number == cnp.NPY_FLOAT:
            call.plan = cython.address(self.plan_of_floats)
        else:
            call.plan = cython.address(self.plan_of_doubles)
        call.sources = self.sources
        call.out = cython.cast(cython.p_char, cnp.PyArray_DATA(out))
        count: cython.Py_ssize_t = cnp.PyArray_SIZE(out)
        if count < PARALLEL_ELEMENTS:
            run_blocks(cython.address(call), 0, count)
        else:
            with cython.nogil:
                parallel_for(run_blocks, cython.address(call), count, GRAIN)
        return out

    @cython.cfunc
    def step_by_step(self, operands: tuple):
        """The function on arrays as they are, or on contiguous copies of one shape where a chain is then possible."""
        arrays = operands[: self.arrays]
        rest = operands[self.arrays :]
        dtype = arrays[0].dtype
        if dtype.kind == "c" and not self.takes_complex:
            raise NotImplementedError(f"a function of floating point numbers was given complex ones, of {dtype}")
        with numpy.errstate(all="ignore"):
            if dtype.itemsize == 2:
                wide = [x.astype(numpy.float32) for x in arrays]
                return numpy.asarray(self.function(*wide, *rest)).astype(dtype)
            if all([x.dtype == dtype and x.shape == arrays[0].shape for x in arrays]) and dtype.char in "fd":
                return self(*[numpy.array(x, order="C", copy=True) for x in arrays], *rest)
            return numpy.asarray(self.function(*arrays, *rest))


@cython.cfunc
@cython.exceptval(check=False)
def is_spread(x: cnp.ndarray) -> cython.bint:
    """Whether all elements are one place in memory."""
    d: cython.int
    for d in range(x.ndim):
        if x.shape[d] != 1 and cnp.PyArray_STRIDES(x)[d] != 0:
            return False
    return True


@cython.cfunc
def lay_out(plan: cython.pointer(ChainPlan), noted: list, number: cython.int) -> cython.void:
    """Resolve the loops of one type, and give each step a buffer that no later step still needs."""
    k: cython.int
    i: cython.int
    step: cython.pointer(ChainStep)
    loops: LoopsType
    last_use: dict = {}
    for k, (_, operands) in enumerate(noted):
        for source in operands:
            last_use[source] = k
    free: list = list(range(MOST_BUFFERS))
    held: dict = {}
    plan.count = len(noted)
    plan.item_size = 4 if number == cnp.NPY_FLOAT else 8
    for k, (kind, operands) in enumerate(noted):
        step = cython.address(plan.steps[k])
        step.operands = len(operands)
        for i in range(step.operands):
            step.sources[i] = operands[i]
        step.item_size = plan.item_size
        step.data = cython.NULL
        if kind == "select":
            step.function = select_floats if number == cnp.NPY_FLOAT else select_doubles
        elif kind is numpy.maximum or kind is numpy.minimum:
            step.function = hold_floats if number == cnp.NPY_FLOAT else hold_doubles
            # What the loop is told by its data: whether the larger one is wanted.
            step.data = cython.address(plan.count) if kind is numpy.maximum else cython.NULL
        elif kind == "erf":
            step.function = erf_floats if number == cnp.NPY_FLOAT else erf_doubles
        else:
            loops = _loops_of(kind)
            result: cython.int = number
            # Masks are joined by the loop of booleans.
            own: cython.int = cnp.NPY_BOOL if kind is numpy.logical_and else number
            step.function = cython.cast(Loop, loops.functions[own])
            step.data = loops.data[own]
            result = loops.result_type[own]
            if step.function == cython.NULL:
                raise ValueError(f"{kind} has no loop for a chain")
            if result == cnp.NPY_BOOL:
                step.item_size = 1
        # A buffer read for the last time may be written by the same step, if elements keep their size; others wait for
        # the next step. The compiler makes SIMD code of our own loops for memory that does not overlap.
        own_loop = isinstance(kind, str) or kind in (numpy.maximum, numpy.minimum)
        ending = [source for source in dict.fromkeys(operands) if source in held and last_use[source] == k]
        for source in ending:
            if plan.steps[source - MOST_SOURCES].item_size == step.item_size and not own_loop:
                free.insert(0, held.pop(source))
        if k == len(noted) - 1:
            step.buffer = -1
        else:
            if not free:
                raise ValueError(f"a chain keeps at most {MOST_BUFFERS} intermediate values")
            step.buffer = free.pop(0)
            held[MOST_SOURCES + k] = step.buffer
        for source in ending:
            if source in held:
                free.insert(0, held.pop(source))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def run_blocks(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    """All steps on the elements [begin, end), block by block."""
    call: cython.pointer(ChainCall) = cython.cast(cython.pointer(ChainCall), context)
    plan: cython.pointer(ChainPlan) = call.plan
    # Doubles, so that the buffers are aligned.
    buffers: cython.double[BUFFER_ELEMENTS]
    results: cython.p_char[MOST_STEPS]
    pointers: cython.p_char[4]
    steps: cnp.npy_intp[4]
    step: cython.pointer(ChainStep)
    length: cnp.npy_intp
    k: cython.int
    i: cython.int
    source: cython.int
    start: cython.Py_ssize_t = begin
    while start < end:
        length = end - start if end - start < BLOCK else BLOCK
        for k in range(plan.count):
            step = cython.address(plan.steps[k])
            for i in range(step.operands):
                source = step.sources[i]
                if source < MOST_SOURCES:
                    pointers[i] = call.memory[source] + start * call.strides[source]
                    steps[i] = call.strides[source]
                else:
                    pointers[i] = results[source - MOST_SOURCES]
                    steps[i] = plan.steps[source - MOST_SOURCES].item_size
            if step.buffer < 0:
                results[k] = call.out + start * plan.item_size
            else:
                results[k] = cython.cast(cython.p_char, cython.address(buffers[step.buffer * BLOCK]))
            pointers[step.operands] = results[k]
            steps[step.operands] = step.item_size
            step.function(pointers, cython.address(length), steps, step.data)
        start += length


_erf = Chain(lambda x: erf(x))
