"""Arguments of functions that are made of operations, checked in PyTorch's words."""

import operator

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word


def tensor(function: str, name: str, position: int, x) -> Tensor:
    """The argument, which must be a tensor."""
    if not isinstance(x, Tensor):
        raise TypeError(
            f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type(x).__name__}"
        )
    return x


def integer(function: str, name: str, position: int, x) -> int:
    """The argument as an int: a Python or NumPy integer, or a tensor of one integer; no bool, no float."""
    if isinstance(x, (bool, numpy.bool_)) or isinstance(x, Tensor) and x.dtype is dtypes.bool:
        found = "bool"
    else:
        try:
            return operator.index(x)
        except TypeError:
            found = type(x).__name__
    raise TypeError(f"{function}(): argument '{name}' (position {position}) must be int, not {found}")


def positions(function: str, name: str, position: int, x) -> Tensor:
    """The argument as a tensor of int64, from int32 or int64."""
    tensor(function, name, position, x)
    if x.dtype is dtypes.int64:
        return x
    if x.dtype is dtypes.int32:
        return x.to(dtypes.int64)
    raise RuntimeError(
        f"{function}(): Expected dtype int32/int64 for index but got: {type_word(x.array.dtype)}. Convert it with "
        "long()."
    )


def long_positions(function: str, name: str, position: int, x) -> Tensor:
    """The argument, which must be a tensor of int64."""
    if tensor(function, name, position, x).dtype is not dtypes.int64:
        raise RuntimeError(
            f"{function}(): Expected a long tensor for index, but got {type_word(x.array.dtype)}: convert it with long()"
        )
    return x


def broadcast(function: str, *xs: Tensor) -> tuple:
    """The common shape of tensors; RuntimeError in PyTorch's words where there is none."""
    from ..core.errors import check_broadcast

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
