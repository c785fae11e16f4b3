"""An operation: declared once, called through one path, differentiated by the rules of its declaration.

Design
  A. One call path. `apply` reads the operands, computes on arrays, and records a node if a gradient is wanted. One
     integer tells whether an operand belongs to a level (dual numbers, batches); its payload then does the work.
  B. A node saves what the rules that may run read, and nothing else. A saved input is the tensor with the version that
     its memory had. A saved result is only the array: its tensor points to the node already.
  C. Un-broadcasting and conversion to the input's type happen in one place, where a gradient leaves a node.
  D. An in-place operation is the same rule on the same inputs; then the tensor, or the base that it is a view of, is
     given the new history.
  E. A few operations are needed below the floor that declares them (`require`): addition, which accumulates;
     the reduction and conversion of gradients; the write of a view into its base.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.cpython.object import PyObject
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.node import (
    Node,
    Operand,
    new_sequence,
    next_of,
    operand,
    output_number_of,
    set_edge,
)
from cython.cimports.wengert.core.provenance import locate
from cython.cimports.wengert.core.rule import Rule
from cython.cimports.wengert.core.storage import Storage
from cython.cimports.wengert.core.tensor import (
    Tensor,
    View,
    alias,
    bump,
    edge_of,
    is_captured,
    memory_of,
    move_retained,
    refresh,
    without_history,
    wrap,
)
from cython.cimports.wengert.kernels.elementwise import (
    Loops,
    overlaps,
    overlaps_itself,
    run_binary,
    run_unary,
    same_memory,
    shape_tuple,
)

from ..kernels import broadcasting as _broadcasting
from . import dtypes, errors
from . import promotion as _promotion
from . import saved as _saved
from . import signature as _signature
from .rule import Symbol

cnp.import_array()

_REQUIRED = object()

# A version that no memory has: the view's history is to be worked out again.
STALE = cython.declare(cython.long, -1)

# In place of a number: every tensor of a list.
ALL = cython.declare(cython.int, -1)

# Operations of the floor above that this one needs, by the purpose they serve.
_required: dict = {}


def require(purpose: str, operation) -> None:
    """Give core an operation that it needs: "add", "sum_to_size", "cast", "conj" or "view_scatter"."""
    _required[purpose] = operation


# ------------------------------------------------------------------------------------------------ calling


@cython.cfunc
def call_operation(
    callable_: cython.pointer(PyObject),
    arguments: cython.pointer(cython.pointer(PyObject)),
    nargsf: cython.size_t,
    names: cython.pointer(PyObject),
):
    """The vectorcall entry of an Operation."""
    operation: Operation = cython.cast(Operation, callable_)
    count: cython.int = wengert_count(nargsf)
    n: cython.int = operation.number_of_inputs
    i: cython.int
    if (
        names == cython.NULL
        and operation.inputs_first
        and count >= n
        and (
            count == n
            or (operation.collects is None and count <= operation.number_of_names)
            or (count == n + 1 == operation.number_of_names and isinstance(cython.cast(object, arguments[n]), tuple))
        )
        and operation.canonical is None
    ):
        plain: cython.bint = True
        for i in range(n):
            if not isinstance(cython.cast(object, arguments[i]), (Tensor, float, int)):
                plain = False
        if plain and n > 0 and (isinstance(cython.cast(object, arguments[0]), Tensor)
                      or (n == 2 and isinstance(cython.cast(object, arguments[1]), Tensor))):
            if count == n and operation.default_parameters is not None:
                return apply(operation, arguments, n, operation.default_parameters)
            parameters = operation.positional_parameters(arguments, count)
            if parameters is not None:
                return apply(operation, arguments, n, parameters)
    positional = tuple([cython.cast(object, arguments[i]) for i in range(count)])
    keywords = {}
    if names != cython.NULL:
        for i, name in enumerate(cython.cast(tuple, names)):
            keywords[name] = cython.cast(object, arguments[count + i])
    return operation.call_bound(positional, keywords)


@cython.cfunc
def call_in_place(
    callable_: cython.pointer(PyObject),
    arguments: cython.pointer(cython.pointer(PyObject)),
    nargsf: cython.size_t,
    names: cython.pointer(PyObject),
):
    """The vectorcall entry of an InPlaceOperation."""
    form: InPlaceOperation = cython.cast(InPlaceOperation, callable_)
    count: cython.int = wengert_count(nargsf)
    positional = tuple([cython.cast(object, arguments[i]) for i in range(count)])
    keywords = {}
    if names != cython.NULL:
        for i, name in enumerate(cython.cast(tuple, names)):
            keywords[name] = cython.cast(object, arguments[count + i])
    transform: cython.int = modes().transform
    if transform and count and isinstance(positional[0], Tensor) and is_captured(positional[0], transform):
        errors.changed_captured(form.name, positional[0])
    return form.operation.call_bound(positional, keywords, form)


@cython.cfunc
def apply_list(operation: Operation, operands, parameters: tuple, form: InPlaceOperation | None):
    """`apply` for operands in a Python sequence."""
    count: cython.int = len(operands)
    pointers: cython.pointer(PyObject)[MOST_OPERANDS]
    i: cython.int
    if count <= MOST_OPERANDS:
        for i in range(count):
            pointers[i] = cython.cast(cython.pointer(PyObject), operands[i])
        if form is not None:
            return apply_in_place(operation, pointers, count, parameters, form.name)
        return apply(operation, pointers, count, parameters)
    # Long lists of operands (a `cat` of a hundred tensors): the list's own memory serves as the array.
    held = tuple(operands)
    return apply(operation, wengert_items(held), count, parameters)


@cython.final
@cython.cclass
class Operation:
    """A declared operation. Calling it computes, and records what its derivative needs.

    Made by `elementwise`, `linear`, `bilinear` and `general` (`wengert.library`).
    """

    def __cinit__(self):
        self.vectorcall = call_operation

    def __init__(
        self,
        signature: str,
        kind: str,
        forward,
        rules: dict,
        outputs: tuple = ("out",),
        differentiable_outputs: tuple = None,
        options: dict = None,
        rewrites: dict = None,
        view: bool = False,
        takes_list: bool = False,
        promoted: tuple = None,
        canonical=None,
        broadcasts: bool = None,
        part=None,
        complex_forward=None,
        doc: str = "",
    ):
        self.signature = signature
        self.name, names, self.defaults, self.collects = _signature.parse(signature)
        self.names = names
        self.kind = kind
        self.elementwise = kind == "elementwise"
        self.broadcasts = self.elementwise if broadcasts is None else broadcasts
        unknown = [name for name in rules if name not in names]
        if unknown:
            raise TypeError(f"{self.name}: rules for {unknown}, which the signature {signature!r} does not name")
        self.inputs = tuple([name for name in names if name in rules])
        self.parameters = tuple([name for name in names if name not in rules])
        self.outputs = outputs
        self.number_of_inputs = len(self.inputs)
        self.number_of_names = len(names)
        self.inputs_first = names[: len(self.inputs)] == self.inputs and not takes_list
        self.takes_list = takes_list
        self.view = view
        self.canonical = canonical
        self.part = part
        self.options = dict(options or {})
        self.rewrites = dict(rewrites or {})
        self.rules = tuple([
            None if rules[name] is None else Rule(self.name, name, rules[name], self.inputs, outputs, self.parameters)
            for name in self.inputs
        ])
        self.differentiable = any([rule is not None for rule in self.rules])
        for i, name in enumerate(outputs):
            if differentiable_outputs is None or name in differentiable_outputs:
                self.differentiable_outputs |= cython.cast(cython.ulong, 1) << i
        if isinstance(forward, numpy.ufunc):
            self.inner_loops = Loops(forward)
            if complex_forward is not None:
                self.inner_loops.leave_out_complex()
            forms = self.options.get("scalar_forms")
            if forms:
                self.scalar_forms = {value: Loops(ufunc) for value, ufunc in forms.items()}
        self.forward = forward
        self.complex_forward = complex_forward
        self.promoted = promoted if promoted is not None else (self.inputs if self.elementwise else ())
        if all([name in self.defaults for name in self.parameters]):
            self.default_parameters = tuple([self.defaults[name] for name in self.parameters])
        self.documentation = doc

    @cython.cfunc
    @cython.exceptval(check=False)
    def has_derivative(self, i: cython.int) -> cython.bint:
        return self.part is not None or (i < 64 and self.differentiable_outputs >> i & 1)

    def output_has_derivative(self, i: int) -> bool:
        """Whether gradients flow to output i."""
        return self.has_derivative(i)

    def set_in_place(self, name: str):
        """Make the in-place form, called `name`."""
        self.in_place = InPlaceOperation(self, name)
        return self.in_place

    @cython.cfunc
    def positional_parameters(self, arguments: cython.pointer(cython.pointer(PyObject)), count: cython.int):
        """The parameters of a call with operands first and no keywords; None if one is missing."""
        n: cython.int = self.number_of_inputs
        i: cython.int
        values = []
        for i in range(n, self.number_of_names):
            if i < count:
                values.append(cython.cast(object, arguments[i]))
            else:
                name = self.names[i]
                if name not in self.defaults:
                    return None
                values.append(self.defaults[name])
        return tuple(values)

    def call_bound(self, positional: tuple, keywords: dict, form: InPlaceOperation = None):
        """The general call: names bound, operands made tensors, `out=` and rewritten keywords obeyed."""
        for x in positional:
            if isinstance(x, Symbol):
                return x.recorder.call(self.inner_loops, positional)
        out = keywords.pop("out", None) if keywords else None
        if keywords:
            for name in self.rewrites:
                if name in keywords:
                    value = keywords.pop(name)
                    if value is None:
                        continue
                    keywords[name] = value
                    if form is not None:
                        return rewritten_in_place(form.name, self.rewrites[name], positional, keywords)
                    result = self.rewrites[name](*positional, **keywords)
                    return write_out(self.name, result, out) if out is not None else result
        values = _signature.bind(self, positional, keywords)
        operands = [values[name] for name in self.inputs]
        parameters = tuple([values[name] for name in self.parameters])
        if self.canonical is not None:
            operands, parameters = self.canonical(operands, parameters)
        if self.takes_list:
            operands = list(operands[0])
        i: cython.int
        for i in range(len(operands)):
            x = operands[i]
            if not isinstance(x, (Tensor, float)) and x is not None:
                operands[i] = _signature.operand(self, i, x)
        if self.elementwise and not any([isinstance(x, Tensor) for x in operands]):
            operands = [None if x is None else wrap(numpy.asarray(x, _promotion.scalar_dtype(x))) for x in operands]
        if form is not None and not isinstance(operands[0], Tensor):
            raise TypeError(f"{form.name}(): the first argument must be a tensor, not {type(operands[0]).__name__}")
        if out is not None:
            return apply_out(self, operands, parameters, out)
        return apply_list(self, operands, parameters, form)

    def call(self, operands, parameters: tuple):
        """Call with operands and parameters already taken apart: what a level does one level further down."""
        return apply_list(self, operands, parameters, None)

    def compute(self, arrays: list, parameters: tuple):
        """The forward on arrays (or Python scalars), promoted, recorded nowhere."""
        return compute_arrays(self, arrays, parameters)

    def rule_for(self, i: cython.int) -> Rule:
        """The rule of operand i; None if it has no derivative."""
        return self.rules[0] if self.takes_list else self.rules[i]

    @property
    def node_name(self) -> str:
        """The name of its nodes: "MulBackward0"."""
        given = self.options.get("node_name")
        return given or "".join([part[:1].upper() + part[1:] for part in self.name.split("_")]) + "Backward0"

    def __get__(self, instance, owner):
        if instance is None:
            return self
        import types

        return types.MethodType(self, instance)

    def __reduce__(self):
        from .registry import operation_called

        return operation_called, (self.name,)

    def __repr__(self) -> str:
        return f"<operation {self.signature}>"


@cython.final
@cython.cclass
class InPlaceOperation:
    """The form of an operation that writes its result into its first input: `x.add_(y)`."""

    def __cinit__(self):
        self.vectorcall = call_in_place

    def __init__(self, operation: Operation, name: str):
        self.operation = operation
        self.name = name

    def call(self, operands, parameters: tuple):
        """Call with operands and parameters already taken apart."""
        return apply_list(self.operation, operands, parameters, self)

    def __get__(self, instance, owner):
        if instance is None:
            return self
        import types

        return types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<in-place operation {self.name}>"


# ------------------------------------------------------------------------------------------------ computing


@cython.cfunc
def compute(
    operation: Operation, operands: cython.pointer(cython.pointer(PyObject)), count: cython.int, parameters: tuple
):
    """The forward, on the operands' arrays."""
    loops: Loops = operation.inner_loops
    x: cnp.ndarray
    y: cnp.ndarray
    if loops is not None:
        if (
            operation.scalar_forms is not None
            and count == 2
            and not isinstance(cython.cast(object, operands[1]), Tensor)
        ):
            form = operation.scalar_forms.get(cython.cast(object, operands[1]))
            if form is not None and cython.cast(Tensor, operands[0]).array.dtype.kind == "f":
                return run_unary(form, cython.cast(Tensor, operands[0]).array, None)
        if count == 1:
            x = cython.cast(Tensor, operands[0]).array
            if loops.functions[cnp.PyArray_TYPE(x)] != cython.NULL:
                return run_unary(loops, x, None)
        elif isinstance(cython.cast(object, operands[0]), Tensor):
            x = cython.cast(Tensor, operands[0]).array
            if isinstance(cython.cast(object, operands[1]), Tensor):
                y = cython.cast(Tensor, operands[1]).array
                if cnp.PyArray_TYPE(x) == cnp.PyArray_TYPE(y) and loops.functions[cnp.PyArray_TYPE(x)] != cython.NULL:
                    return run_binary(loops, x, y, None)
            elif cnp.PyArray_TYPE(x) == cnp.NPY_FLOAT or cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE:
                if isinstance(cython.cast(object, operands[1]), (float, int)):
                    if loops.functions[cnp.PyArray_TYPE(x)] != cython.NULL:
                        return run_binary(loops, x, cython.cast(object, operands[1]), None)
        elif isinstance(cython.cast(object, operands[0]), (float, int)):
            y = cython.cast(Tensor, operands[1]).array
            if cnp.PyArray_TYPE(y) == cnp.NPY_FLOAT or cnp.PyArray_TYPE(y) == cnp.NPY_DOUBLE:
                if loops.functions[cnp.PyArray_TYPE(y)] != cython.NULL:
                    return run_binary(loops, cython.cast(object, operands[0]), y, None)
    elif not operation.promoted and not operation.takes_list:
        if count == 1 and isinstance(cython.cast(object, operands[0]), Tensor):
            return operation.forward(cython.cast(Tensor, operands[0]).array, *parameters)
        if (
            count == 2
            and isinstance(cython.cast(object, operands[0]), Tensor)
            and isinstance(cython.cast(object, operands[1]), Tensor)
        ):
            return operation.forward(
                cython.cast(Tensor, operands[0]).array, cython.cast(Tensor, operands[1]).array, *parameters
            )
    arrays = []
    i: cython.int
    for i in range(count):
        a = cython.cast(object, operands[i])
        arrays.append(cython.cast(Tensor, a).array if isinstance(a, Tensor) else a)
    return compute_arrays(operation, arrays, parameters)


@cython.cfunc
def compute_arrays(operation: Operation, arrays: list, parameters: tuple):
    """The general forward: inputs of several types are promoted, then the loops or the declared function run."""
    if operation.promoted:
        arrays = _promotion.promote(operation, arrays)
    if operation.complex_forward is not None:
        for x in arrays:
            if isinstance(x, cnp.ndarray) and cnp.PyArray_ISCOMPLEX(cython.cast(cnp.ndarray, x)):
                return operation.complex_forward(*arrays, *parameters)
    if operation.inner_loops is not None:
        if len(arrays) == 1:
            return run_unary(operation.inner_loops, arrays[0], None)
        return run_binary(operation.inner_loops, arrays[0], arrays[1], None)
    if operation.takes_list:
        return operation.forward(arrays, *parameters)
    try:
        return operation.forward(*arrays, *parameters)
    except ValueError:
        if operation.elementwise:
            errors.check_broadcast(operation.name, [numpy.shape(x) for x in arrays])
        raise


@cython.cfunc
def apply(
    operation: Operation, operands: cython.pointer(cython.pointer(PyObject)), count: cython.int, parameters: tuple
):
    """The one call path: compute, wrap, record."""
    i: cython.int
    level: cython.long = 0
    requires: cython.bint = False
    x: Tensor
    for i in range(count):
        if isinstance(cython.cast(object, operands[i]), Tensor):
            x = cython.cast(Tensor, operands[i])
            if x.view is not None and operation.differentiable:
                refresh(x)
            level |= x.level
            requires |= x.requires
    if level != 0:
        return apply_on_level(operation, operands, count, parameters, requires)
    result = compute(operation, operands, count, parameters)
    state = modes()
    if not isinstance(result, (cnp.ndarray, tuple)):
        # NumPy gives scalars for results without dimensions.
        result = numpy.asarray(result)
    if not isinstance(result, cnp.ndarray):
        return wrap_several(operation, operands, count, parameters, result, requires and state.grad_enabled)
    out: Tensor = wrap(result)
    if operation.view:
        become_view(out, cython.cast(Tensor, operands[0]), operation, parameters)
    elif state.inference:
        out.inference = True
    if requires and state.grad_enabled and operation.differentiable:
        node: RuleNode = record(operation, operands, count, parameters, out)
        if node is not None:
            out.grad_node = node
            out.requires = True
    return out


@cython.cfunc
def wrap_several(
    operation: Operation,
    operands: cython.pointer(cython.pointer(PyObject)),
    count: cython.int,
    parameters: tuple,
    results,
    recording: cython.bint,
):
    """The tail of `apply` for an operation of several outputs (arrays, or tensors of a level)."""
    node: RuleNode = None
    i: cython.int
    outs = [(r if isinstance(r, Tensor) else wrap(r)) for r in results]
    if not outs:
        return ()
    if recording and operation.differentiable:
        node = record(operation, operands, count, parameters, outs)
    for i in range(len(outs)):
        out: Tensor = outs[i]
        if operation.part is None:
            out.inference = modes().inference
        elif out.view is None and not out.inference:
            become_one_of_several(out, cython.cast(Tensor, operands[0]), operation, parameters, i)
        if node is not None and operation.has_derivative(i):
            out.grad_node = node
            out.output_number = i
            out.requires = True
    return tuple(outs)


@cython.cfunc
def become_view(out: Tensor, x: Tensor, operation: Operation, parameters: tuple) -> cython.void:
    """Let `out`, whose array is a view of x's, share x's memory and remember its base."""
    state = modes()
    if operation.options.get("may_copy") and not same_memory(x.array, out.array):
        out.inference = state.inference
        return
    out.memory = memory_of(x)
    if x.inference:
        # Nothing is ever recorded about its memory.
        out.inference = True
        return
    view: View = View.__new__(View)
    if x.view is not None:
        view.base = x.view.base
        view.steps = x.view.steps + ((operation, parameters),)
        view.created = x.view.created
    else:
        view.base = x
        view.steps = ((operation, parameters),)
        view.created = ""
    view.version = out.memory.version
    view.base_array = view.base.array
    if state.inference:
        view.created = "inference"
        # What it stands for may require a gradient, though no history leads there.
        out.requires = x.requires
    elif not state.grad_enabled and view.created == "":
        view.created = "no_grad"
    if view.created != "" and state.walk == cython.NULL:
        # Nobody asks for the line of a view that a rule makes during a backward pass.
        view.code = locate(cython.address(view.offset))
    out.view = view


@cython.cfunc
def become_one_of_several(
    out: Tensor, x: Tensor, operation: Operation, parameters: tuple, i: cython.int
) -> cython.void:
    """Let output i of an operation that makes several views be a view of x, by the one step that leads to it alone."""
    step, step_parameters = operation.part(tuple(x.shape), parameters, i)
    become_view(out, x, step, step_parameters)
    if out.view is None:
        return
    if out.view.created == "":
        out.view.created = "several"
    elif out.view.created == "no_grad":
        out.view.created = "several, no_grad"


@cython.cfunc
def apply_on_level(
    operation: Operation,
    operands: cython.pointer(cython.pointer(PyObject)),
    count: cython.int,
    parameters: tuple,
    requires: cython.bint,
):
    """An operand is of a level: the payload of the highest one computes; the node is recorded on these operands."""
    listed = [cython.cast(object, operands[i]) for i in range(count)]
    top: Tensor = highest(listed)
    result = top.payload.apply(operation, listed, parameters)
    recording: cython.bint = requires and modes().grad_enabled and operation.differentiable
    if not isinstance(result, Tensor):
        return wrap_several(operation, operands, count, parameters, result, recording)
    out: Tensor = result
    if operation.view and out.view is None and not out.inference:
        become_view(out, cython.cast(Tensor, operands[0]), operation, parameters)
    # A level that took no part (a paused one) leaves nothing to record on it.
    if recording and not out.requires and (out.level == top.level or not top.payload.separate):
        node: RuleNode = record(operation, operands, count, parameters, out)
        if node is not None:
            out.grad_node = node
            out.requires = True
    return out


@cython.cfunc
def highest(operands: list) -> Tensor:
    """The operand of the highest level."""
    top: Tensor = None
    for a in operands:
        if isinstance(a, Tensor) and (top is None or cython.cast(Tensor, a).level > top.level):
            top = a
    return top


# ------------------------------------------------------------------------------------------------ recording


@cython.cfunc
def record(
    operation: Operation, operands: cython.pointer(cython.pointer(PyObject)), count: cython.int, parameters: tuple, out
) -> RuleNode:
    """The node of a call whose result is `out` (a tensor, or a list of them); None if no rule applies to it."""
    node: RuleNode = RuleNode.__new__(RuleNode)
    saves_inputs: cython.ulong = 0
    saves_results: cython.ulong = 0
    wants_shapes: cython.ulong = 0
    wants_parameters: cython.bint = False
    any_edge: cython.bint = False
    i: cython.int
    x: Tensor
    rule: Rule
    first: Tensor = out if isinstance(out, Tensor) else out[0]
    # A level that keeps its graph separate records what happens on it; the levels below have recorded their part.
    separate: cython.bint = first.level != 0 and first.payload.separate
    node.operation = operation
    node.number_of_inputs = count
    node.level = first.level if separate else 0
    for i in range(count):
        if not isinstance(cython.cast(object, operands[i]), Tensor):
            continue
        x = cython.cast(Tensor, operands[i])
        if not x.requires or (separate and x.level != first.level):
            continue
        rule = cython.cast(Rule, operation.rules[0 if operation.takes_list else i])
        if rule is None:
            continue
        any_edge = True
        set_edge(node, i, edge_of(x), x.output_number)
        saves_inputs |= rule.saves_inputs
        saves_results |= rule.saves_results
        wants_shapes |= rule.wants_shapes
        wants_parameters |= rule.wants_parameters
        keep_kind(node, i, x, first if operation.broadcasts else None)
    if not any_edge:
        return None
    if isinstance(out, Tensor):
        if not is_inexact(first.array):
            return None
        node.number_of_outputs = 1
    else:
        node.number_of_outputs = len(out)
        node.output_kinds = [(tuple(o.shape), o.array.dtype) for o in out]
    if operation.takes_list:
        saves_inputs = ~cython.cast(cython.ulong, 0) if saves_inputs else 0
        wants_shapes = ~cython.cast(cython.ulong, 0) if wants_shapes else 0
    if saves_inputs | wants_shapes:
        for i in range(count):
            if saves_inputs >> (i & 63) & 1:
                save_operand(node, i, cython.cast(object, operands[i]))
            if wants_shapes >> (i & 63) & 1 and isinstance(cython.cast(object, operands[i]), Tensor):
                keep_kind(node, i, cython.cast(Tensor, operands[i]), None)
    if saves_results:
        save_results(node, out, saves_results)
    if wants_parameters:
        node.parameters = parameters
    node.sequence = new_sequence()
    node.record_place()
    return node


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def is_inexact(x: cnp.ndarray) -> cython.bint:
    """Whether gradients can flow to values of this type."""
    return cnp.PyArray_ISFLOAT(x) or cnp.PyArray_ISCOMPLEX(x)


@cython.cfunc
def keep_kind(node: RuleNode, i: cython.int, x: Tensor, out: Tensor | None) -> cython.void:
    """Note the type of input i, and its shape unless that is the shape of `out`."""
    array: cnp.ndarray = x.array
    shape: tuple = None
    if out is None or x.level or out.level:
        shape = tuple(x.shape)
    elif not cnp.PyArray_SAMESHAPE(array, cython.cast(cnp.ndarray, out.array)):
        shape = shape_tuple(array)
    if i == 0:
        node.shape0 = shape
        node.type_number0 = cnp.PyArray_TYPE(array)
    elif i == 1:
        node.shape1 = shape
        node.type_number1 = cnp.PyArray_TYPE(array)
    else:
        kept: Operand = operand(node, i)
        kept.shape = shape
        kept.type_number = cnp.PyArray_TYPE(array)


@cython.cfunc
def save_operand(node: RuleNode, i: cython.int, x) -> cython.void:
    """Keep input i for the rules: a tensor with its memory's version, or a Python scalar."""
    version: cython.long = 0
    if isinstance(x, Tensor):
        tensor: Tensor = x
        if tensor.inference:
            errors.inference_tensor_saved(node)
        if tensor.memory is not None:
            version = tensor.memory.version
        if modes().saved_hooks:
            x = _saved.pack(x)
    if i == 0:
        node.saved0 = x
        node.version0 = version
    elif i == 1:
        node.saved1 = x
        node.version1 = version
    else:
        kept: Operand = operand(node, i)
        kept.saved = x
        kept.version = version


@cython.cfunc
def save_results(node: RuleNode, out, which: cython.ulong) -> cython.void:
    """Keep the results that rules read, without their tensors."""
    if not isinstance(out, Tensor):
        kept = []
        for i, one in enumerate(out):
            if not which >> i & 1:
                kept.append(None)
            elif modes().saved_hooks and not cython.cast(Tensor, one).level:
                kept.append(_saved.pack(alias(one)))
            else:
                kept.append(alias(one))
        node.result = kept
        node.result_versions = [memory_of(one).version for one in out]
        return
    tensor: Tensor = out
    if tensor.level:
        node.result = alias(tensor)
        node.result_memory = tensor.memory
        node.result_version = tensor.memory.version
    elif modes().saved_hooks:
        node.result = _saved.pack(alias(tensor))
    else:
        node.result = tensor.array
        if tensor.memory is not None:
            node.result_memory = tensor.memory
            node.result_version = tensor.memory.version


# ------------------------------------------------------------------------------------------------ in place


@cython.cfunc
def apply_in_place(
    operation: Operation,
    operands: cython.pointer(cython.pointer(PyObject)),
    count: cython.int,
    parameters: tuple,
    name: str,
):
    """Write the operation's result into its first operand, and give that a new history if a gradient is wanted."""
    i: cython.int
    level: cython.long = 0
    requires: cython.bint = False
    x: Tensor
    target: Tensor = cython.cast(Tensor, operands[0])
    for i in range(count):
        if isinstance(cython.cast(object, operands[i]), Tensor):
            x = cython.cast(Tensor, operands[i])
            if x.view is not None:
                refresh(x)
            level |= x.level
            requires |= x.requires
    if overlaps_itself(target.array):
        errors.written_memory_overlaps_itself(name, target)
    if not cnp.PyArray_ISWRITEABLE(cython.cast(cnp.ndarray, target.array)):
        errors.read_only(name)
    state = modes()
    if target.inference and not state.inference:
        errors.inference_tensor_changed(name)
    if target.memory is not None and target.memory.before_change is not None:
        target.memory.before_change()
    node: RuleNode = None
    if state.grad_enabled and not requires and target.view is not None and target.view.created:
        # A view made under no_grad requires no gradient itself; a change of it is one of its base all the same.
        if target.view.base.requires:
            errors.check_history_may_change(target, False, name)
    top: Tensor = None
    if level != 0:
        listed = [cython.cast(object, operands[i]) for i in range(count)]
        top = highest(listed)
    if requires and state.grad_enabled and operation.differentiable:
        errors.check_history_may_change(target, target.requires and target.grad_node is None, name)
        if top is not None and top.level > target.level:
            # The node is one of the level that the target is about to be of.
            top.payload.take_in(target)
        node = record_in_place(operation, operands, count, parameters, target)
    if top is not None:
        top.payload.apply_in_place(operation, listed, parameters)
    else:
        write_in_place(operation, operands, count, parameters, target, name)
    bump(target, name)
    if node is not None:
        saves: cython.ulong = 0
        for i in range(count):
            if next_of(node, i) is not None:
                saves |= cython.cast(Rule, operation.rules[0 if operation.takes_list else i]).saves_results
        if saves:
            save_results(node, target, saves)
        rebase(target, node, 0)
    elif target.view is not None and not target.requires and not target.view.base.requires:
        target.view.version = target.memory.version
    return target


@cython.cfunc
def record_in_place(
    operation: Operation,
    operands: cython.pointer(cython.pointer(PyObject)),
    count: cython.int,
    parameters: tuple,
    target: Tensor,
) -> RuleNode:
    """The node of an operation that is about to be written into its first operand, of whose present values it saves a
    copy."""
    i: cython.int
    state = modes()
    hooks: cython.int = state.saved_hooks
    # Hooks are to pack the copy, not what is about to change.
    state.saved_hooks = 0
    try:
        node: RuleNode = record(operation, operands, count, parameters, target)
    finally:
        state.saved_hooks = hooks
    if node is None:
        return None
    for i in range(count):
        if operands[i] == operands[0]:
            save_copy(node, i, target)
        elif hooks and isinstance(node.packed(i), Tensor):
            save_operand(node, i, node.packed(i))
    # It was recorded against the result's future place.
    node.result = None
    node.result_memory = None
    return node


@cython.cfunc
def save_copy(node: RuleNode, i: cython.int, target: Tensor) -> cython.void:
    """Where operand i was saved, save a copy of its present values instead."""
    if not isinstance(node.packed(i), Tensor):
        return
    copy: Tensor = Tensor.__new__(Tensor)
    if target.level:
        copy = without_history(target).clone()
    else:
        copy.array = target.array.copy()
    copy.requires = target.requires
    save_operand(node, i, copy)


@cython.cfunc
def write_in_place(
    operation: Operation,
    operands: cython.pointer(cython.pointer(PyObject)),
    count: cython.int,
    parameters: tuple,
    target: Tensor,
    name: str,
) -> cython.void:
    """Compute into the target's memory where the loops can, else compute and copy."""
    array: cnp.ndarray = target.array
    loops: Loops = operation.inner_loops
    number: cython.int = cnp.PyArray_TYPE(array)
    other: cnp.ndarray
    if loops is not None and loops.functions[number] != cython.NULL and loops.result_type[number] == number:
        if count == 1:
            run_unary(loops, array, array)
            return
        second = cython.cast(object, operands[1])
        if isinstance(second, (float, int)) and (number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE):
            run_binary(loops, array, second, array)
            return
        if isinstance(second, Tensor):
            other = cython.cast(Tensor, second).array
            if cnp.PyArray_TYPE(other) == number and fits_into(other, array):
                if overlaps(other, array):
                    errors.partial_overlap(name)
                run_binary(loops, array, other, array)
                return
    if loops is not None and cnp.PyArray_ISCOMPLEX(array) and cnp.PyTypeNum_ISFLOAT(loops.result_type[number]):
        raise RuntimeError(
            f"In-place {operation.name} is not supported for complex tensors. Its result is real: {name} cannot write "
            f"it into a tensor of {target.dtype}; use {operation.name} and take the tensor that it returns."
        )
    result = compute(operation, operands, count, parameters)
    if isinstance(result, tuple):
        result = result[0]
    check_fits(result, target, name)
    numpy.copyto(array, result, casting="unsafe")


@cython.cfunc
def check_fits(result, target: Tensor, name: str) -> cython.void:
    """Whether a result (array or tensor) may be written into the target: its shape is the same, its type no higher."""
    shape = tuple(target.shape)
    if tuple(result.shape) != shape:
        raise RuntimeError(
            f"output with shape {list(shape)} doesn't match the broadcast shape {list(result.shape)}: "
            f"{name} writes into its first argument, whose shape cannot change"
        )
    array = cython.cast(Tensor, result).array if isinstance(result, Tensor) else result
    if dtypes.from_numpy(array.dtype).category > target.dtype.category:
        raise RuntimeError(
            f"result type {errors.type_word(array.dtype)} can't be cast to the desired output type "
            f"{errors.type_word(target.array.dtype)}: {name} writes into its first argument, whose dtype cannot change"
        )


@cython.cfunc
def rewritten_in_place(name: str, rewrite, positional: tuple, keywords: dict):
    """A call of an in-place form with a keyword that another expression of the call stands for (`alpha=`)."""
    if not positional or not isinstance(positional[0], Tensor):
        raise TypeError(f"{name}(): the first argument must be a tensor")
    target: Tensor = positional[0]
    # What the expression saves of the target must survive the write.
    source = target.clone() if target.requires_grad and modes().grad_enabled else target
    result = rewrite(source, *positional[1:], **keywords)
    check_fits(result, target, name)
    return target.copy_(result)


@cython.cfunc
@cython.exceptval(check=False)
def fits_into(other: cnp.ndarray, array: cnp.ndarray) -> cython.bint:
    """Whether `other` broadcasts to the shape of `array`."""
    d: cython.int
    if other.ndim > array.ndim:
        return False
    for d in range(other.ndim):
        size: cnp.npy_intp = other.shape[d]
        if size != 1 and size != array.shape[array.ndim - other.ndim + d]:
            return False
    return True


@cython.cfunc
def rebase(target: Tensor, node: Node, output_number: cython.int) -> cython.void:
    """Make `node` the history of `target`; if that is a view, of its base too."""
    move_retained(target, node, output_number)
    target.grad_node = node
    target.output_number = output_number
    target.requires = True
    if target.view is None:
        return
    view: View = target.view
    # While the write is recorded, the view is the value that was written.
    view.version = target.memory.version
    base: Tensor = view.base
    if base.array is not view.base_array:
        errors.base_rearranged(base)
    pair: cython.pointer(PyObject)[2]
    pair[0] = cython.cast(cython.pointer(PyObject), base)
    pair[1] = cython.cast(cython.pointer(PyObject), target)
    scatter: RuleNode = record(_required["view_scatter"], pair, 2, (view.steps,), base)
    move_retained(base, scatter, 0)
    base.grad_node = scatter
    base.output_number = 0
    base.requires = True
    # From now on the view is a part of the changed base, as every other view of it is: its history goes through there.
    view.version = STALE
    if node.hooks is not None:
        # What is retained is the gradient of the view as it now is.
        refresh(target)


# ------------------------------------------------------------------------------------------------ out=


@cython.cfunc
def apply_out(operation: Operation, operands: list, parameters: tuple, out):
    """Compute into `out`, a tensor (a tuple of them for several outputs)."""
    if operation.differentiable and modes().grad_enabled:
        for x in operands:
            if isinstance(x, Tensor) and x.requires_grad:
                raise RuntimeError(
                    f"{operation.name}(): functions with out=... arguments don't support automatic differentiation, "
                    "but one of the arguments requires grad."
                )
    for x in operands:
        if isinstance(x, Tensor) and cython.cast(Tensor, x).level:
            return write_out(operation.name, apply_list(operation, operands, parameters, None), out)
    arrays = [cython.cast(Tensor, x).array if isinstance(x, Tensor) else x for x in operands]
    return write_out(operation.name, compute_arrays(operation, arrays, parameters), out)


def write_out(name: str, result, out):
    """Put a result (array or tensor, or a tuple of them) into `out`, resizing it where needed; returns `out`."""
    if isinstance(out, (tuple, list)):
        return type(out)([write_out(name, r, o) for r, o in zip(result, out, strict=True)])
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    target: Tensor = out
    if target.inference and not modes().inference:
        errors.inference_tensor_changed(name)
    if target.memory is not None and target.memory.before_change is not None:
        target.memory.before_change()
    if target.level or (isinstance(result, Tensor) and cython.cast(Tensor, result).level):
        target.copy_(result)
        return target
    array = cython.cast(Tensor, result).array if isinstance(result, Tensor) else result
    if dtypes.from_numpy(array.dtype).category > target.dtype.category:
        raise RuntimeError(
            f"result type {errors.type_word(array.dtype)} can't be cast to the desired output type "
            f"{errors.type_word(target.array.dtype)}"
        )
    if target.requires_grad and modes().grad_enabled:
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    if target.array.shape != array.shape:
        if target.array.size != 0:
            import warnings

            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(target.array.shape)}, which "
                f"does not match the required output shape {list(array.shape)}.",
                UserWarning,
                stacklevel=2,
            )
        target.array = array.astype(target.array.dtype)
        target.memory = None
    else:
        numpy.copyto(target.array, array, casting="unsafe")
    bump(target, name)
    return target


# ------------------------------------------------------------------------------------------------ differentiating


@cython.final
@cython.trashcan(True)
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
        results = self.call_rule(rule, cotangent if tensors else as_tensors(cotangent))
        gradients = []
        i: cython.int
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
            cotangent = _required["conj"](cotangent)
        if rule.count == 0:
            result = rule.function(cotangent)
        elif rule.count == 1:
            result = rule.function(cotangent, self.source(rule.kind0, rule.index0))
        else:
            k: cython.int
            sources = [self.source(rule.kinds[k], rule.indices[k]) for k in range(rule.count)]
            result = rule.function(cotangent, *sources)
        if conjugate and isinstance(result, Tensor) and is_complex(result):
            result = _required["conj"](result)
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
            return without_history(x) if x.requires and x.level >= self.level else x
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
            g = _required["sum_to_size"](g, shape)
        if cnp.PyArray_TYPE(cython.cast(cnp.ndarray, cython.cast(Tensor, g).array)) != number:
            g = _required["cast"](g, number)
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


def _finish_types() -> None:
    operation: Operation = Operation.__new__(Operation)
    start: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, operation))
    field: cython.Py_ssize_t = cython.cast(
        cython.Py_ssize_t, cython.cast(cython.p_void, cython.address(operation.vectorcall))
    )
    wengert_enable_vectorcall(Operation, field - start)
    form: InPlaceOperation = InPlaceOperation.__new__(InPlaceOperation)
    start = cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, form))
    field = cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, cython.address(form.vectorcall)))
    wengert_enable_vectorcall(InPlaceOperation, field - start)
    # What `help` and documentation tools read of a function.
    for kind in (Operation, InPlaceOperation):
        wengert_set_on_type(kind, "__name__", property(_name_of))
        wengert_set_on_type(kind, "__qualname__", property(_name_of))
        wengert_set_on_type(kind, "__doc__", property(_documentation_of))


def _name_of(operation) -> str:
    return operation.name


def _documentation_of(operation) -> str:
    if isinstance(operation, InPlaceOperation):
        return f"In-place form of `{operation.operation.name}`: writes the result into the first input and returns it."
    return f"{operation.signature}\n\n{operation.documentation}"


_finish_types()
