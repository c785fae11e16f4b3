"""Arguments of functions made of operations, checked as a declaration checks its own. Messages are PyTorch's."""

import operator

import numpy

from ..core import Tensor
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


def integer(name: str, argument: str, position: int, value) -> int:
    """An argument that must be an int (or an integer tensor of one element)."""
    if not is_integer(value):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be int, not {type(value).__name__}"
        )
    return operator.index(value)


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
        raise TypeError(f'{name}() missing 1 required positional arguments: "{argument}"')
    if len(values) == 1:
        return integers(name, argument, 1, values[0])
    return integers(name, argument, 1, values)


def is_integer(value) -> bool:
    """Whether a value stands for an int. True and False do not."""
    if isinstance(value, (bool, numpy.bool_)):
        return False
    if isinstance(value, Tensor):
        return value.ndim == 0 and value.dtype.category == 1
    return isinstance(value, (int, numpy.integer))
