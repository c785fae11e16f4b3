"""Signatures of operations: written as text in PyTorch's argument names, and bound to the arguments of a call."""

import ast

import numpy

from . import promotion
from .argument_errors import OTHER_NAMES
from .argument_kinds import is_integer, word_of
from .tensor import Tensor

# Numbers are tensors to these, as they are in PyTorch.
ARITHMETIC = frozenset({"add", "sub", "mul", "div", "floor_divide"})


def parse(signature: str):
    """Read "name(input, dim=None, *size)".

    Returns the operation's name, all argument names in order, the defaults by name, and the name of the starred
    argument, which collects several ints (or one sequence of them) into a tuple; None if there is no such argument.
    """
    name, _, rest = signature.partition("(")
    # `*size` in the middle is not Python's grammar for what is meant here, so the arguments are read one by one.
    arguments = ast.parse(f"f({rest}", mode="eval").body
    names, defaults, collects = [], {}, None
    for argument in arguments.args:
        if isinstance(argument, ast.Starred):
            collects = argument.value.id
            names.append(collects)
        else:
            names.append(argument.id)
    for keyword in arguments.keywords:
        names.append(keyword.arg)
        defaults[keyword.arg] = ast.literal_eval(keyword.value)
    return name, tuple(names), defaults, collects


def bind(operation, positional: tuple, keywords: dict) -> dict:
    """The value of every name of the signature for one call; TypeError in PyTorch's words if that fails."""
    names = operation.names
    values = {}
    collects = operation.collects
    if collects is not None and len(positional) > names.index(collects):
        first = names.index(collects)
        gathered = positional[first:]
        if len(gathered) == 1 and not is_integer(gathered[0]):
            gathered = gathered[0]
        values[collects] = _integers(operation, collects, gathered)
        positional = positional[:first]
    if len(positional) > len(names):
        raise too_many(operation.name, operation, positional)
    for name, value in zip(names, positional, strict=False):
        values[name] = value
    for keyword, value in keywords.items():
        name = keyword if keyword in names else OTHER_NAMES.get(keyword, keyword)
        if name not in names:
            raise TypeError(
                f"{operation.name}() got an unexpected keyword argument {keyword!r}; its signature is "
                f"{operation.signature}"
            )
        if name in values:
            raise TypeError(f"{operation.name}() got multiple values for argument {keyword!r}")
        values[name] = _integers(operation, name, value) if name == collects and not is_integer(value) else value
    for name in names:
        if name not in values:
            if name not in operation.defaults:
                missing = [n for n in names if n not in values and n not in operation.defaults]
                plural = "s" * (len(missing) > 1)
                raise TypeError(
                    f"{operation.name}() missing {len(missing)} required positional argument{plural}: "
                    + ", ".join(f'"{n}"' for n in missing)
                    + f"; its signature is {operation.signature}"
                )
            values[name] = operation.defaults[name]
    if collects is not None and not isinstance(values[collects], tuple):
        values[collects] = (values[collects],) if is_integer(values[collects]) else values[collects]
    return values


def too_many(name: str, operation, positional: tuple) -> TypeError:
    """The error for a call, under a name of the operation, with more arguments than it has."""
    count = len(operation.names)
    return TypeError(
        f"{name}() takes {count} positional argument{'s' * (count != 1)} but {len(positional)} were given: "
        f"{operation.signature}"
    )


def operand(operation, position: int, x):
    """Make an argument that is no tensor into an operand: an array becomes a tensor, a scalar stays one."""
    if isinstance(x, (bool, int, float, complex)):
        return x
    if isinstance(x, numpy.generic):
        return x.item()
    if isinstance(x, numpy.ndarray):
        return promotion.tensor_of(x)
    no_tensor(operation, position, x)


def check_numbers(operation, operands) -> None:
    """TypeError for an elementwise operation of numbers alone, but for the four of arithmetic."""
    if operation.name not in ARITHMETIC or any([x is None for x in operands]):
        no_tensor(operation, 0, operands[0])


def check_truths(operation, values: dict) -> None:
    """TypeError for what is neither True nor False where the default is one of them."""
    for i, name in enumerate(operation.names):
        if isinstance(operation.defaults.get(name), bool) and not isinstance(values[name], (bool, numpy.bool_)):
            raise TypeError(
                f"{operation.name}(): argument '{name}' (position {i + 1}) must be bool, not {word_of(values[name])}"
            )


def parameter_with_history(operation, parameters: tuple, x):
    """TypeError for a tensor that requires a gradient where a plain number is wanted: its gradient would be lost."""
    name = operation.parameters[[value is x for value in parameters].index(True)]
    raise TypeError(
        f"{operation.name}(): argument '{name}' (position {operation.names.index(name) + 1}) must be Number, not "
        "Tensor: no gradient would flow to it. detach() it, or write the formula with operations."
    )


def no_tensor(operation, position: int, x):
    """TypeError for an operand that is none."""
    name = operation.inputs[0 if operation.takes_list else position]
    where = (
        f"element {position} of argument '{name}'"
        if operation.takes_list
        else f"argument '{name}' (position {position + 1})"
    )
    raise TypeError(f"{operation.name}(): {where} must be Tensor, not {type(x).__name__}")


def _integers(operation, name: str, values) -> tuple:
    """The ints that were given for a starred argument."""
    if isinstance(values, (tuple, list)):
        for i, value in enumerate(values):
            if not isinstance(value, int) and not is_integer(value):
                raise TypeError(
                    f"{operation.name}(): argument '{name}' must be tuple of ints, but found element of type "
                    f"{type(value).__name__} at pos {i}"
                )
        return tuple(values)
    if isinstance(values, numpy.ndarray) and values.ndim == 1 and values.dtype.kind in "iu":
        return tuple(values.tolist())
    raise TypeError(f"{operation.name}(): argument '{name}' must be tuple of ints, not {type(values).__name__}")


def listed(operation, tensors) -> list:
    """The operands of an operation that takes a list: some, all of them tensors or arrays."""
    name = operation.inputs[0]
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(
            f"{operation.name}(): argument '{name}' (position 1) must be tuple of Tensors, not {type(tensors).__name__}"
        )
    if not tensors:
        raise ValueError(f"torch.{operation.name}(): expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        if not isinstance(x, (Tensor, numpy.ndarray)):
            raise TypeError(
                f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}: {operation.name}() joins "
                "tensors"
            )
    return list(tensors)
