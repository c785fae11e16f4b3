"""Results written into tensors that exist: in-place operations and `out=`.

An in-place operation is the same rule on the same inputs; then the tensor, or the base that it is a view of, is given
the new history.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.cpython.object import PyObject
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.node import next_of
from cython.cimports.wengert.core.operation import Operation, apply_list, compute_arrays, compute_operands, highest
from cython.cimports.wengert.core.recording import rebase, record_in_place, save_results
from cython.cimports.wengert.core.rule import Rule
from cython.cimports.wengert.core.rule_node import RuleNode
from cython.cimports.wengert.core.tensor import Tensor, bump, refresh
from cython.cimports.wengert.kernels.elementwise import (
    NUMBER_OF_TYPES,
    Loops,
    overlaps,
    overlaps_itself,
    run_binary,
    run_unary,
)

from . import dtypes, errors

cnp.import_array()


def direct_arrays(tensors: list, written: cython.bint):
    """The arrays of tensors, for a loop that reads or (if `written`) changes their memory itself, or None where one of
    them has to go through an operation: tensors of a level, and changes that are to be refused or announced first.

    Changes are counted by `count_direct_changes` afterwards.
    """
    x: Tensor
    state = modes()
    arrays: list = []
    if written and state.transform != 0:
        return None
    for entry in tensors:
        if not isinstance(entry, Tensor):
            return None
        x = cython.cast(Tensor, entry)
        if x._level != 0:
            return None
        if written and (
            (x.inference and not state.inference) or (x.memory is not None and x.memory.before_change is not None)
        ):
            return None
        arrays.append(x.array)
    return arrays


def count_direct_changes(tensors: list, by: str) -> None:
    """Count a change of each tensor's memory, made there directly; `by` names it in errors."""
    for entry in tensors:
        bump(cython.cast(Tensor, entry), by)


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
            level |= x._level
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
        if top is not None and top._level > target._level:
            # The node is one of the level that the target is about to be of.
            top._payload.take_in(target)
        node = record_in_place(operation, operands, count, parameters, target)
    if top is not None:
        top._payload.apply_in_place(operation, listed, parameters)
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
    i: cython.int
    if operation.writes is not None:
        others = []
        for i in range(1, count):
            x = cython.cast(object, operands[i])
            others.append(cython.cast(Tensor, x).array if isinstance(x, Tensor) else x)
        operation.writes(array, *others, *parameters)
        return
    loops: Loops = operation.inner_loops
    number: cython.int = cnp.PyArray_TYPE(array)
    other: cnp.ndarray
    if (
        loops is not None
        and number < NUMBER_OF_TYPES
        and loops.functions[number] != cython.NULL
        and loops.result_type[number] == number
    ):
        if count == 1:
            run_unary(loops, array, array)
            return
        second = cython.cast(object, operands[1])
        if (
            isinstance(second, (float, int))
            and (number == cnp.NPY_FLOAT or number == cnp.NPY_DOUBLE)
            and (operation.check is None or not isinstance(second, bool))
        ):
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
    result = compute_operands(operation, operands, count, parameters)
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


def check_writable(result, target: Tensor, name: str) -> None:
    """`check_fits`, for Python code."""
    check_fits(result, target, name)


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
        if isinstance(x, Tensor) and cython.cast(Tensor, x)._level:
            return write_result(operation.name, apply_list(operation, operands, parameters, None), out)
    arrays = [cython.cast(Tensor, x).array if isinstance(x, Tensor) else x for x in operands]
    return write_result(operation.name, compute_arrays(operation, arrays, parameters), out)


def write_out(name: str, result, out):
    """`write_result`, for Python code."""
    return write_result(name, result, out)


@cython.cfunc
def write_result(name: str, result, out):
    """Put a result (array or tensor, or a tuple of them) into `out`, resizing it where needed; returns `out`."""
    if isinstance(out, (tuple, list)):
        if not isinstance(result, (tuple, list)) or len(out) != len(result):
            raise TypeError(f"{name}(): argument 'out' must be as many Tensors as there are results, not {len(out)}")
        return type(out)([write_result(name, r, o) for r, o in zip(result, out, strict=True)])
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if isinstance(result, (tuple, list)):
        raise TypeError(
            f"{name}(): argument 'out' must be tuple of Tensors, not Tensor: there are {len(result)} results"
        )
    target: Tensor = out
    if target.inference and not modes().inference:
        errors.inference_tensor_changed(name)
    if target.memory is not None and target.memory.before_change is not None:
        target.memory.before_change()
    if target._level or (isinstance(result, Tensor) and cython.cast(Tensor, result)._level):
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
