"""Recording: the node of a call, what it saves, and the history of what was changed in place.

A node saves what the rules that may run read, and nothing else. A saved input is the tensor with the version that its
memory had. A saved result is only the array: its tensor points to the node already.
"""

import cython
from cython.cimports import numpy as cnp
from cython.cimports.cpython.object import PyObject
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.node import Node, Operand, new_sequence, operand, set_edge
from cython.cimports.wengert.core.operation import Operation
from cython.cimports.wengert.core.rule import Rule
from cython.cimports.wengert.core.rule_node import RuleNode
from cython.cimports.wengert.core.tensor import (
    STALE,
    Tensor,
    View,
    alias,
    edge_of,
    memory_of,
    move_retained,
    refresh,
    without_history,
)
from cython.cimports.wengert.kernels.elementwise import NUMBER_OF_TYPES, shape_tuple

from . import errors
from . import saved as _saved
from .required import required

cnp.import_array()

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
    separate: cython.bint = first._level != 0 and first._payload.separate
    node.operation = operation
    node.number_of_inputs = count
    node.level = first._level if separate else 0
    for i in range(count):
        if not isinstance(cython.cast(object, operands[i]), Tensor):
            continue
        x = cython.cast(Tensor, operands[i])
        if not x.requires or (separate and x._level != first._level):
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
@cython.exceptval(check=False)
def is_inexact(x: cnp.ndarray) -> cython.bint:
    """Whether gradients can flow to values of this type."""
    # The one type that is not NumPy's own is bfloat16.
    return cnp.PyArray_ISFLOAT(x) or cnp.PyArray_ISCOMPLEX(x) or cnp.PyArray_TYPE(x) >= NUMBER_OF_TYPES


@cython.cfunc
def keep_kind(node: RuleNode, i: cython.int, x: Tensor, out: Tensor | None) -> cython.void:
    """Note the type of input i, and its shape unless that is the shape of `out`."""
    array: cnp.ndarray = x.array
    shape: tuple = None
    if out is None or x._level or out._level:
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
            elif modes().saved_hooks and not cython.cast(Tensor, one)._level:
                kept.append(_saved.pack(alias(one)))
            else:
                kept.append(alias(one))
        node.result = kept
        node.result_versions = [memory_of(one).version for one in out]
        return
    tensor: Tensor = out
    if tensor._level:
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
    if target._level:
        copy = without_history(target).clone()
    else:
        copy.array = target.array.copy()
    copy.requires = target.requires
    save_operand(node, i, copy)


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
    scatter: RuleNode = record(required["view_scatter"], pair, 2, (view.steps,), base)
    move_retained(base, scatter, 0)
    base.grad_node = scatter
    base.output_number = 0
    base.requires = True
    # From now on the view is a part of the changed base, as every other view of it is: its history goes through there.
    view.version = STALE
    if node.hooks is not None:
        # What is retained is the gradient of the view as it now is.
        refresh(target)
