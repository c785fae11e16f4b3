"""A node whose derivative is an operation's rules.

Un-broadcasting and conversion to the input's type happen in one place, where a gradient leaves the node (`fit`).
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.node import Node, Operand, next_of, output_number_of
from cython.cimports.wengert.core.rule import Rule
from cython.cimports.wengert.core.storage import Storage
from cython.cimports.wengert.core.tensor import Tensor, alias, edge_of, without_history, wrap
from cython.cimports.wengert.kernels.elementwise import shape_tuple

from ..kernels import broadcasting as _broadcasting
from . import errors
from . import promotion as _promotion
from . import saved as _saved
from .required import required

cnp.import_array()

# In place of a number: every tensor of a list.
ALL = cython.declare(cython.int, -1)

@cython.final
@cython.trashcan(True)
@cython.binding(False)
@cython.cclass
class RuleNode(Node):
    """A node whose derivative is an operation's rules."""

    def name(self) -> str:
        return self.operation.node_name

    @cython.cfunc
    def result_gets_memory(self, array, memory: Storage) -> cython.void:
        if self.result is array:
            self.result_memory = memory
            self.result_version = 0

    @cython.cfunc
    def release(self, freed_by) -> cython.void:
        i: cython.int
        self.saved0 = None
        self.saved1 = None
        self.result = None
        self.result_memory = None
        self.freed_by = freed_by
        if self.more is not None:
            for i in range(len(self.more)):
                cython.cast(Operand, self.more[i]).saved = None

    @cython.cfunc
    def pullback(self, cotangent, tensors: cython.bint):
        i: cython.int
        if self.operation.takes_list:
            return self.list_gradients(cotangent, tensors)
        gradients = []
        for i in range(self.number_of_inputs):
            gradients.append(None if next_of(self, i) is None else self.gradient(i, cotangent, tensors))
        return gradients

    @cython.cfunc
    def gradient(self, i: cython.int, cotangent, tensors: cython.bint):
        """The gradient of input i: an ndarray, or a Tensor if `tensors`; None if there is none."""
        rule: Rule = self.operation.rules[i]
        if self.number_of_outputs > 1 or self.operation.part is not None:
            cotangent = self.of_several(cotangent if isinstance(cotangent, list) else [cotangent], tensors)
            if cotangent is None:
                return None
        elif not tensors:
            if not rule.traced:
                rule.trace()
            if rule.program is not None:
                result = self.run_compiled(rule, cotangent)
                if result is not None:
                    return self.fit(i, result)
        if tensors:
            result = self.call_rule(rule, cotangent)
            return wrap(self.zero_gradient(i, cotangent)) if result is None else self.fit_tensor(i, result)
        result = self.call_rule(rule, as_tensors(cotangent))
        if result is None:
            return self.zero_gradient(i, cotangent)
        if not isinstance(result, Tensor):
            raise TypeError(f"the rule of {self.name()} returned {type(result).__name__}, not a tensor")
        return self.fit(i, cython.cast(Tensor, result).array)

    @cython.cfunc
    def zero_gradient(self, i: cython.int, cotangent):
        """What None from a rule means: input i was used, and its gradient is 0."""
        shape = self.shape_of(i)
        return self.fit(i, numpy.zeros(tuple(cotangent.shape) if shape is None else shape))

    @cython.cfunc
    def list_gradients(self, cotangent, tensors: cython.bint):
        """The gradients of a list operand's tensors, from its one rule."""
        rule: Rule = self.operation.rules[0]
        gradients = []
        i: cython.int
        if self.number_of_outputs > 1:
            cotangent = self.of_several(cotangent if isinstance(cotangent, list) else [cotangent], tensors)
            if cotangent is None:
                return [None] * self.number_of_inputs
        results = self.call_rule(rule, cotangent if tensors else as_tensors(cotangent))
        for i in range(self.number_of_inputs):
            if next_of(self, i) is None or results[i] is None:
                gradients.append(None)
            elif tensors:
                gradients.append(self.fit_tensor(i, results[i]))
            else:
                gradients.append(self.fit(i, cython.cast(Tensor, results[i]).array))
        return gradients

    @cython.cfunc
    def of_several(self, cotangents: list, tensors: cython.bint):
        """The rule's cotangent where there are several outputs: the one that is differentiable, or a tuple of all."""
        present = False
        filled = []
        i: cython.int
        for i in range(self.number_of_outputs):
            if not self.operation.has_derivative(i):
                continue
            g = cotangents[i]
            if g is not None:
                present = True
            else:
                shape, dtype = self.output_kinds[i]
                zeros = numpy.zeros(shape, dtype)
                g = wrap(zeros) if tensors else zeros
            filled.append(g)
        if not present:
            return None
        return filled[0] if len(filled) == 1 and self.operation.part is None else tuple(filled)

    # -------------------------------------------------------------------------------- arrays

    @cython.cfunc
    def run_compiled(self, rule: Rule, cotangent):
        """The compiled rule on arrays; None if an operand's type is not the cotangent's."""
        number: cython.int = cnp.PyArray_TYPE(cython.cast(cnp.ndarray, cotangent))
        if number != cnp.NPY_FLOAT and number != cnp.NPY_DOUBLE:
            return None
        if rule.count == 0:
            return rule.program.run(cotangent, None, None, None)
        source0 = self.array_of(rule.kind0, rule.index0)
        if not same_type(source0, number):
            return None
        if rule.count == 1:
            if rule.program.guards is not None and not rule.program.applies(source0, None):
                return None
            return rule.program.run(cotangent, source0, None, None)
        sources = [source0]
        k: cython.int
        for k in range(1, rule.count):
            source = self.array_of(rule.kinds[k], rule.indices[k])
            if not same_type(source, number):
                return None
            sources.append(source)
        if rule.program.guards is not None and not rule.program.applies(None, sources):
            return None
        return rule.program.run(cotangent, None, None, sources)

    @cython.cfunc
    def array_of(self, kind: cython.int, index: cython.int):
        """A saved value as an array or scalar, after its version was checked."""
        if kind == 1:
            self.check_result()
            if isinstance(self.result, cnp.ndarray):
                return self.result
            return cython.cast(Tensor, self.unpack_result(0)).array
        saved = self.unpack_input(index)
        return cython.cast(Tensor, saved).array if isinstance(saved, Tensor) else saved

    @cython.cfunc
    def fit(self, i: cython.int, g):
        """Reduce a gradient to the shape of input i and convert it to its type: the one place where either happens."""
        shape: tuple
        number: cython.int
        if i == 0:
            shape = self.shape0
            number = self.type_number0
        elif i == 1:
            shape = self.shape1
            number = self.type_number1
        else:
            kept: Operand = self.more[i - 2]
            shape = kept.shape
            number = kept.type_number
        array: cnp.ndarray = g
        if shape is not None and shape_tuple(array) != shape:
            if not self.operation.broadcasts:
                errors.wrong_gradient_shape(self, i, shape_tuple(array), shape)
            array = _broadcasting.sum_to_shape(array, shape)
        if cnp.PyArray_TYPE(array) != number:
            array = _promotion.convert_gradient(array, number)
        return array

    # -------------------------------------------------------------------------------- tensors

    @cython.cfunc
    def call_rule(self, rule: Rule, cotangent):
        """Call the rule on tensors. The cotangent of a complex elementwise result is conjugated, and so is the
        answer."""
        conjugate: cython.bint = (
            self.operation.elementwise and isinstance(cotangent, Tensor) and is_complex(cotangent)
        )
        if conjugate:
            cotangent = required["conj"](cotangent)
        if rule.count == 0:
            result = rule.function(cotangent)
        elif rule.count == 1:
            result = rule.function(cotangent, self.source(rule.kind0, rule.index0))
        else:
            k: cython.int
            sources = [self.source(rule.kinds[k], rule.indices[k]) for k in range(rule.count)]
            result = rule.function(cotangent, *sources)
        if conjugate and isinstance(result, Tensor) and is_complex(result):
            result = required["conj"](result)
        return result

    @cython.cfunc
    def source(self, kind: cython.int, index: cython.int):
        """What a rule's name stands for, as the rule sees it."""
        if kind == 0:
            if self.operation.takes_list:
                return [self.unpack_tensor(i) for i in range(self.number_of_inputs)]
            return self.unpack_tensor(index)
        if kind == 1:
            return self.unpack_result(index)
        if kind == 2:
            return self.parameters[index]
        if self.operation.takes_list:
            return tuple([self.shape_of(i) for i in range(self.number_of_inputs)])
        return self.shape_of(index)

    @cython.cfunc
    def shape_of(self, i: cython.int):
        if i == 0:
            return self.shape0
        if i == 1:
            return self.shape1
        return cython.cast(Operand, self.more[i - 2]).shape

    @cython.cfunc
    def unpack_input(self, i: cython.int):
        """The saved input i, its version checked: a tensor, a Python scalar or None."""
        version: cython.long
        if i == 0:
            saved = self.saved0
            version = self.version0
        elif i == 1:
            saved = self.saved1
            version = self.version1
        else:
            kept: Operand = self.more[i - 2]
            saved = kept.saved
            version = kept.version
        if saved is None and self.freed_by is not None:
            errors.freed(self)
        if isinstance(saved, Tensor):
            x: Tensor = saved
            if x.memory is not None and x.memory.version != version:
                errors.changed(self, x, x.memory, version, self.operation.inputs[0 if self.operation.takes_list else i])
        elif isinstance(saved, _saved.Packed):
            return saved.unpack(self)
        return saved

    @cython.cfunc
    def unpack_tensor(self, i: cython.int):
        """The saved input i as a tensor with the place in the graph that it had when it was saved."""
        saved = self.unpack_input(i)
        if not isinstance(saved, Tensor) or not modes().grad_enabled:
            return saved
        x: Tensor = saved
        next: Node = next_of(self, i)
        if next is None:
            # What came from below a separate level keeps the history that it has there.
            return without_history(x) if x.requires and x._level >= self.level else x
        if x.grad_node is next or (x.grad_node is None and next.is_accumulator() and x.requires and edge_of(x) is next):
            return x
        y: Tensor = alias(x)
        y.requires = True
        if next.is_accumulator():
            return next.variable
        y.grad_node = next
        y.output_number = output_number_of(self, i)
        return y

    @cython.cfunc
    def check_result(self) -> cython.void:
        if self.result is None and self.freed_by is not None:
            errors.freed(self)
        if self.result_memory is not None and self.result_memory.version != self.result_version:
            errors.changed(self, None, self.result_memory, self.result_version, "out")

    @cython.cfunc
    def unpack_result(self, index: cython.int):
        """The saved result as a tensor, made by this node if derivatives are being recorded."""
        self.check_result()
        y: Tensor
        saved = self.result
        if isinstance(saved, list):
            saved = saved[index]
            if isinstance(saved, Tensor):
                y = saved
                if y.memory.version != self.result_versions[index]:
                    errors.changed(self, None, y.memory, self.result_versions[index], self.operation.outputs[index])
        if isinstance(saved, _saved.Packed):
            saved = saved.unpack(self)
        if isinstance(saved, Tensor):
            y = alias(saved)
        else:
            y = wrap(saved)
            y.memory = self.result_memory
        if modes().grad_enabled and self.operation.has_derivative(index):
            y.grad_node = self
            y.output_number = index
            y.requires = True
        return y

    @cython.cfunc
    def fit_tensor(self, i: cython.int, g):
        """`fit` for a gradient that is itself part of a graph."""
        if g is None:
            return None
        if not isinstance(g, Tensor):
            raise TypeError(f"the rule of {self.name()} returned {type(g).__name__}, not a tensor")
        shape = self.shape_of(i)
        number: cython.int
        number = self.type_number0 if i == 0 else self.type_number1 if i == 1 else (
            cython.cast(Operand, self.more[i - 2]).type_number
        )
        if shape is not None and tuple(g.shape) != shape:
            if not self.operation.broadcasts:
                errors.wrong_gradient_shape(self, i, tuple(g.shape), shape)
            g = required["sum_to_size"](g, shape)
        if cnp.PyArray_TYPE(cython.cast(cnp.ndarray, cython.cast(Tensor, g).array)) != number:
            g = required["cast"](g, number)
        return g

    # -------------------------------------------------------------------------------- for users

    def __getattr__(self, name: str):
        """`_saved_<name>`: a value that the node saved, by the name of the input or `result`."""
        if name.startswith("_saved_"):
            place = self.place_of(name[len("_saved_"):])
            if place is not None:
                kind, index = place
                if kind == "result":
                    return self.unpack_result(index)
                if kind == "shape":
                    return self.shape_of(index)
                if kind == "parameter":
                    return self.parameters[index]
                if index == ALL:
                    return tuple([self.unpack_tensor(i) for i in range(self.number_of_inputs)])
                return self.unpack_tensor(index)
        if name.startswith("_raw_saved_"):
            place = self.place_of(name[len("_raw_saved_"):])
            if place is not None and place[0] in ("input", "result"):
                kind, index = place
                if index == ALL:
                    return tuple([_saved.SavedTensor(self, kind, i) for i in range(self.number_of_inputs)])
                return _saved.SavedTensor(self, kind, index)
        raise AttributeError(f"{self.name()} has no attribute {name!r}; it saved {', '.join(self.saved_names())}")

    def saved_names(self) -> list:
        """The names of what the node saved: of inputs, `result`, parameters, and `<input>_sizes` for shapes."""
        names = []
        i: cython.int
        for i, name in enumerate(self.operation.inputs):
            if self.packed(i) is not None:
                names.append(name)
            if self.shape_of(i) is not None:
                names.append(f"{name}_sizes")
        if self.result is not None:
            names.extend(["result"] if self.number_of_outputs == 1 else [
                name for k, name in enumerate(self.operation.outputs)
                if isinstance(self.result, list) and self.result[k] is not None
            ])
        return names + list(self.operation.parameters if self.parameters is not None else ())

    def __dir__(self) -> list:
        return [*object.__dir__(self), *[f"_saved_{name}" for name in self.saved_names()]]

    def place_of(self, wanted: str):
        """Where a value is kept, by PyTorch's name or ours: (kind, index); None if the node keeps nothing of that
        name."""
        i: cython.int
        inputs = self.operation.inputs
        freed: cython.bint = self.freed_by is not None
        if wanted in ("result", "out") and (self.result is not None or freed):
            return "result", 0
        if self.number_of_outputs > 1 and wanted in self.operation.outputs and (self.result is not None or freed):
            return "result", self.operation.outputs.index(wanted)
        for ending in ("_sym_sizes", "_sizes"):
            if wanted.endswith(ending):
                name = wanted[: -len(ending)]
                name = inputs[0] if name == "self" else name
                if name in inputs and self.shape_of(inputs.index(name)) is not None:
                    return "shape", inputs.index(name)
        if wanted == "self" and inputs:
            wanted = inputs[0]
        if self.operation.takes_list and wanted == inputs[0] and (self.packed(0) is not None or freed):
            return "input", ALL
        if wanted in inputs:
            i = inputs.index(wanted)
            if self.packed(i) is not None or freed:
                return "input", i
        if self.parameters is not None and wanted in self.operation.parameters:
            return "parameter", self.operation.parameters.index(wanted)
        return None

    @cython.cfunc
    def packed(self, i: cython.int):
        """The saved input i as it is kept."""
        if i < 2:
            return self.saved0 if i == 0 else self.saved1
        if self.more is None or i - 2 >= len(self.more):
            return None
        return cython.cast(Operand, self.more[i - 2]).saved

    def saved_form(self, kind: str, i: int):
        """What is kept of an input or a result: a tensor, a number, a Packed, or None."""
        if kind == "input":
            return self.packed(i)
        kept = self.result[i] if isinstance(self.result, list) else self.result
        if not isinstance(kept, cnp.ndarray):
            return kept
        y: Tensor = wrap(kept)
        y.memory = self.result_memory
        return y

    def pack_saved(self, kind: str, i: int, form) -> None:
        """Keep a saved input or result in another form."""
        if kind == "result":
            if isinstance(self.result, list):
                self.result[i] = form
            else:
                self.result = form
                self.result_memory = None
        elif i == 0:
            self.saved0 = form
        elif i == 1:
            self.saved1 = form
        else:
            cython.cast(Operand, self.more[i - 2]).saved = form


@cython.cfunc
def as_tensors(cotangent):
    if isinstance(cotangent, tuple):
        return tuple([wrap(g) for g in cotangent])
    return wrap(cotangent)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def same_type(source, number: cython.int) -> cython.bint:
    """Whether a compiled rule may use this operand beside a cotangent of the given type."""
    if isinstance(source, cnp.ndarray):
        return cnp.PyArray_TYPE(cython.cast(cnp.ndarray, source)) == number
    return isinstance(source, (float, int))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def is_complex(x: Tensor) -> cython.bint:
    return cnp.PyArray_ISCOMPLEX(cython.cast(cnp.ndarray, x.array))
