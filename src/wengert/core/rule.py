"""A derivative rule: what it reads, and its compiled form where it is plain arithmetic.

A rule is a function of a tangent or cotangent and of names. Each name is bound once, when the operation is declared:
an input's name to that input, `out` (or an output's name) to the result, `<input>_shape` to a shape, a parameter's
name to its value. What is bound is what gets saved, nothing else.

The first time a rule is needed it is called with symbols. If it does nothing but elementwise operations on them, the
steps are kept and later passes run them on arrays, without tensors and without Python frames. The compiled form comes
from the rule itself; a rule that branches, reads a parameter or calls anything else is simply called.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.elementwise import run_binary, run_unary

cnp.import_array()

# A temporary at least this large is written over by the step that reads it last.
REUSE_BYTES = cython.declare(cython.Py_ssize_t, 1 << 12)


def of_scalars(loops: Loops, *operands) -> float:
    """A step between Python scalars, as in `other - 1` of a power's rule: computed as floats, in double precision."""
    with numpy.errstate(all="ignore"):
        return float(loops.ufunc(*[float(x) for x in operands]))


class Untraceable(Exception):
    """The rule did something else than elementwise operations on its operands."""


@cython.final
@cython.binding(False)
@cython.cclass
class Rule:
    """One derivative rule of an operation, with its names bound."""

    def __init__(self, operation_name: str, of: str, function, inputs: tuple, outputs: tuple, parameters: tuple):
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        if not names or code.co_flags & 0x0C:
            raise TypeError(f"{operation_name}: the rule for {of!r} must take a (co)tangent first, and no * or **")
        kinds = []
        indices = []
        for name in names[1:]:
            if name in inputs:
                kinds.append(INPUT)
                indices.append(inputs.index(name))
                self.saves_inputs |= cython.cast(cython.ulong, 1) << inputs.index(name)
            elif name == "out" or name in outputs:
                position = 0 if name == "out" else outputs.index(name)
                kinds.append(RESULT)
                indices.append(position)
                self.saves_results |= cython.cast(cython.ulong, 1) << position
            elif name in parameters:
                kinds.append(PARAMETER)
                indices.append(parameters.index(name))
                self.wants_parameters = True
            elif name.endswith("_shape") and name.removesuffix("_shape") in inputs:
                position = inputs.index(name.removesuffix("_shape"))
                kinds.append(SHAPE)
                indices.append(position)
                self.wants_shapes |= cython.cast(cython.ulong, 1) << position
            else:
                raise TypeError(
                    f"{operation_name}: the rule for {of!r} names {name!r}, which is not an input {inputs}, a "
                    f"parameter {parameters}, an output {outputs}, 'out' or '<input>_shape'"
                )
        self.function = function
        self.kinds = tuple(kinds)
        self.indices = tuple(indices)
        self.count = len(kinds)
        if kinds:
            self.kind0 = kinds[0]
            self.index0 = indices[0]

    def trace(self) -> None:
        """Find the compiled form, once."""
        self.traced = True
        if any(kind not in (INPUT, RESULT) for kind in self.kinds):
            return
        recorder = Recorder(self.count)
        try:
            self.program = recorder.finish(self.function(*[Symbol(recorder, i) for i in range(self.count + 1)]))
        except Exception:
            # Whatever a rule does that symbols cannot follow, it does when it is called.
            self.program = None

    @property
    def compiled(self) -> bool:
        """Whether first-order passes run this rule without calling it."""
        if not self.traced:
            self.trace()
        return self.program is not None


class Recorder:
    """Collects the steps of a rule that is called with symbols."""

    def __init__(self, sources: int):
        self.sources = sources
        self.guards = []  # of (source, constant)
        self.steps = []  # of (Loops, first, second), each operand a ("value", i), ("constant", c) or ("step", i)

    def call(self, loops, operands: tuple):
        """One elementwise operation on symbols and Python scalars."""
        if loops is None or len(operands) != loops.inputs:
            raise Untraceable
        described = []
        for x in operands:
            if isinstance(x, Symbol):
                if x.recorder is not self:
                    raise Untraceable
                described.append(x.place)
            elif isinstance(x, (int, float)) and not isinstance(x, bool):
                described.append(("constant", x))
            else:
                raise Untraceable
        if all(kind == "constant" for kind, _ in described):
            raise Untraceable
        self.steps.append((loops, *described))
        return Symbol(self, ("step", len(self.steps) - 1))

    def assume_different(self, x, constant) -> bool:
        """The rule asks whether a source differs from a constant: it is traced as if so, and run only where so."""
        kind, source = x.place
        if x.recorder is not self or kind != "value" or not source or isinstance(constant, Symbol):
            raise Untraceable
        self.guards.append((source, constant))
        return True

    def finish(self, result):
        if not isinstance(result, Symbol):
            raise Untraceable
        constants = [x for _, *operands in self.steps for kind, x in operands if kind == "constant"]
        offset_of_steps = 1 + self.sources + len(constants)
        taken = iter(range(len(constants)))

        def number(place) -> int:
            kind, x = place
            if kind == "value":
                return x
            return 1 + self.sources + next(taken) if kind == "constant" else offset_of_steps + x

        program: Program = Program()
        program.loops = []
        program.first = []
        program.second = []
        program.constants = constants
        program.guards = self.guards or None
        program.sources = self.sources
        for loops, *operands in self.steps:
            program.loops.append(loops)
            program.first.append(number(operands[0]))
            program.second.append(number(operands[1]) if len(operands) == 2 else -1)
        program.result = number(result.place)
        program.count = len(self.steps)
        if program.count:
            program.loops0 = program.loops[0]
            program.first0 = program.first[0]
            program.second0 = program.second[0]
        return program


class Symbol:
    """Stands for a (co)tangent, a saved value or an intermediate while a rule is traced."""

    __slots__ = ("recorder", "place")

    def __init__(self, recorder: Recorder, place):
        self.recorder = recorder
        self.place = ("value", place) if isinstance(place, int) else place

    def conj(self):
        # Compiled rules run on real arrays only, where this is the identity.
        return self

    def __bool__(self):
        raise Untraceable

    def __ne__(self, constant):
        return self.recorder.assume_different(self, constant)


def _symbol_operator(name: str, reflected: bool = False):
    def method(self, *others):
        from .operators import operator_of

        operands = (*others, self) if reflected else (self, *others)
        return self.recorder.call(operator_of(name).inner_loops, operands)

    return method


for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(Symbol, f"__{_name}__", _symbol_operator(f"__{_name}__"))
    setattr(Symbol, f"__r{_name}__", _symbol_operator(f"__{_name}__", reflected=True))
for _name in ("__neg__", "__abs__"):
    setattr(Symbol, _name, _symbol_operator(_name))


@cython.final
@cython.binding(False)
@cython.cclass
class Program:
    """The compiled form of a rule."""

    @cython.cfunc
    def applies(self, source0, sources: list | None) -> cython.bint:
        """Whether what the rule assumed of its sources when it was traced is so."""
        for number, constant in self.guards:
            x = source0 if sources is None else sources[number - 1]
            if not isinstance(x, cnp.ndarray):
                if x == constant:
                    return False
            elif numpy.count_nonzero(x if constant == 0 else x != constant) != x.size:
                return False
        return True

    @cython.cfunc
    def run(self, t, source0, source1, sources: list | None):
        """The rule's value for an array t. The first two sources come by themselves, all of them in `sources` if
        more."""
        if self.count == 0:
            return self.pick(self.result, t, source0, source1, sources, None)
        if self.count == 1:
            x = self.pick(self.first0, t, source0, source1, sources, None)
            if self.second0 < 0:
                return run_unary(self.loops0, x, None)
            return run_binary(self.loops0, x, self.pick(self.second0, t, source0, source1, sources, None), None)
        steps: list = []
        k: cython.int
        for k in range(self.count):
            x = self.pick(self.first[k], t, source0, source1, sources, steps)
            second: cython.int = self.second[k]
            if second < 0:
                steps.append(
                    run_unary(self.loops[k], x, None) if isinstance(x, cnp.ndarray) else of_scalars(self.loops[k], x)
                )
                continue
            y = self.pick(second, t, source0, source1, sources, steps)
            if not isinstance(x, cnp.ndarray) and not isinstance(y, cnp.ndarray):
                steps.append(of_scalars(self.loops[k], x, y))
                continue
            steps.append(run_binary(self.loops[k], x, y, self.spare(k, x, y, steps)))
        return self.pick(self.result, t, source0, source1, sources, steps)

    @cython.cfunc
    def pick(self, number: cython.int, t, source0, source1, sources: list | None, steps: list | None):
        """The value with a number."""
        if number == 0:
            return t
        if number <= self.sources:
            if sources is not None:
                return sources[number - 1]
            return source0 if number == 1 else source1
        number -= 1 + self.sources
        if number < len(self.constants):
            return self.constants[number]
        return steps[number - len(self.constants)]

    @cython.cfunc
    def spare(self, k: cython.int, x, y, steps: list):
        """A large intermediate that step k reads last, of the result's shape and type: its memory takes the result."""
        start: cython.int = 1 + self.sources + len(self.constants)
        side: cython.int
        later: cython.int
        for side in range(2):
            number: cython.int = self.first[k] if side == 0 else self.second[k]
            candidate = x if side == 0 else y
            other = y if side == 0 else x
            if number < start or number == self.result or not isinstance(candidate, cnp.ndarray):
                continue
            if cnp.PyArray_NBYTES(candidate) < REUSE_BYTES:
                continue
            if cython.cast(Loops, self.loops[k]).result_type[cnp.PyArray_TYPE(candidate)] != cnp.PyArray_TYPE(
                candidate
            ):
                continue
            if isinstance(other, cnp.ndarray) and not cnp.PyArray_SAMESHAPE(candidate, other):
                continue
            used_later: cython.bint = False
            for later in range(k + 1, self.count):
                if self.first[later] == number or self.second[later] == number:
                    used_later = True
            if not used_later:
                return candidate
        return None
