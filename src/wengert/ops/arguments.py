"""Arguments of functions made of operations, checked as a declaration checks its own. Messages are PyTorch's.

Every check is given the function's name, the argument's name and its position, and the value.
"""

import operator

import numpy

from ..core import Tensor, dtypes
from ..core.argument_kinds import is_integer
from ..core.errors import check_broadcast, type_word
from ..core.promotion import tensor_of


def tensor(name: str, argument: str, position: int, x) -> Tensor:
    """An argument that must be a tensor; an array becomes one. TypeError for anything else."""
    if isinstance(x, Tensor):
        return x
    if isinstance(x, numpy.ndarray):
        return tensor_of(x)
    raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type(x).__name__}")


def tensors(name: str, xs, argument: str = "tensors", position: int = 1) -> list:
    """An argument that must be a list or tuple of tensors."""
    if not isinstance(xs, (list, tuple)):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be tuple of Tensors, not {type(xs).__name__}"
        )
    return each_tensor(name, xs)


def each_tensor(name: str, xs) -> list:
    """Arguments, all of which must be tensors."""
    found = []
    for i, x in enumerate(xs):
        if isinstance(x, numpy.ndarray):
            x = tensor_of(x)
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}: in {name}()")
        found.append(x)
    return found


def flag(name: str, argument: str, position: int, x) -> None:
    """TypeError for an argument that must be True or False and is neither."""
    if x is not True and x is not False and not isinstance(x, numpy.bool_):
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be bool, not {type(x).__name__}")


def number(name: str, argument: str, position: int, x) -> None:
    """TypeError for an argument that must be a number, or a tensor of one, and is not."""
    plain = isinstance(x, (bool, int, float, numpy.number, numpy.bool_))
    if not plain and not (isinstance(x, Tensor) and x.ndim == 0):
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be float, not {type(x).__name__}")


def integer(name: str, argument: str, position: int, x) -> int:
    """The argument as an int: a Python or NumPy integer, or a tensor of one integer; no bool, no float."""
    if isinstance(x, (bool, numpy.bool_)) or isinstance(x, Tensor) and x.dtype is dtypes.bool:
        found = "bool"
    else:
        try:
            return operator.index(x)
        except TypeError:
            found = type(x).__name__
    raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be int, not {found}")


def integers(name: str, argument: str, position: int, values) -> tuple:
    """An argument that must be a sequence of ints; one int alone is taken as one of them."""
    if is_integer(values):
        return (operator.index(values),)
    if not isinstance(values, (list, tuple)):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be tuple of ints, not {type(values).__name__}"
        )
    for i, value in enumerate(values):
        if not is_integer(value):
            raise TypeError(
                f"{name}(): argument '{argument}' (position {position}) must be tuple of ints, but found element of "
                f"type {type(value).__name__} at pos {i}"
            )
    return tuple([operator.index(value) for value in values])


def collected(name: str, argument: str, values: tuple) -> tuple:
    """Ints given one by one, or as one sequence of them; TypeError if there are none at all."""
    if not values:
        raise TypeError(f'{name}() missing 1 required positional argument: "{argument}"')
    if len(values) == 1:
        return integers(name, argument, 1, values[0])
    return integers(name, argument, 1, values)


def positions(name: str, argument: str, position: int, x) -> Tensor:
    """The argument as a tensor of int64, from int32 or int64."""
    x = tensor(name, argument, position, x)
    if x.dtype is dtypes.int64:
        return x
    if x.dtype is dtypes.int32:
        return x.to(dtypes.int64)
    raise RuntimeError(
        f"{name}(): Expected dtype int32/int64 for index but got: {type_word(x.array.dtype)}. Convert it with "
        "long()."
    )


def long_positions(name: str, argument: str, position: int, x) -> Tensor:
    """The argument, which must be a tensor of int64."""
    x = tensor(name, argument, position, x)
    if x.dtype is not dtypes.int64:
        raise RuntimeError(
            f"{name}(): Expected a long tensor for index, but got {type_word(x.array.dtype)}: convert it with "
            "long()"
        )
    return x


def broadcast(function: str, *xs: Tensor) -> tuple:
    """The common shape of tensors; RuntimeError in PyTorch's words where there is none."""
    shapes = [tuple(x.shape) for x in xs]
    try:
        return numpy.broadcast_shapes(*shapes)
    except ValueError:
        check_broadcast(function, shapes)
        raise


def impossible(function: str, *found) -> TypeError:
    """The error for a call whose arguments fit none of a function's forms."""
    words = ", ".join([type(x).__name__ for x in found])
    return TypeError(f"{function}() received an invalid combination of arguments - got ({words})")


def takes(kinds: dict):
    """What kind of value arguments of a function take, where that is not what their names say (`argument_kinds.py`)."""

    def mark(function):
        function.kinds = kinds
        return function

    return mark
