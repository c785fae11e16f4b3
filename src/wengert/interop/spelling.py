"""What NumPy's functions need when they are written for tensors: how they are entered, and their arguments' meaning.

    @spelled("mean")
    def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
        ...

The signature is NumPy's. `out` is obeyed by the decorator: the function computes, and what it returns is written into
`out`, recorded if `out` is a tensor, refused if it is an array and the result requires a gradient.
"""

import functools
import inspect
import sys
from typing import Any

import numpy

from ..core import Tensor, dtypes, registry
from ..core.modes import is_grad_enabled
from ..core.promotion import result_dtype, tensor_of

# What NumPy's functions do on tensors, by NumPy's function. A declaration may name the same function with
# `numpy_functions=`, which says that it is the operation's spelling; the adapter then takes NumPy's arguments to it.
adapters: dict = {}


def enter_adapters() -> None:
    """Import what enters itself in `adapters`, at the first call."""
    if not adapters:
        from . import numpy_functions  # noqa: F401


def spelled(*names: str):
    """Enter a function as what NumPy's functions of these (dotted) names do on tensors.

    A name that the installed NumPy lacks is passed over.
    """

    def enter(function):
        entered = _obeying_out(function, names[0])
        for name in names:
            numpy_function = numpy_called(name)
            if isinstance(numpy_function, numpy.ufunc):
                registry.by_ufunc.setdefault(numpy_function, function)
            elif numpy_function is not None:
                adapters[numpy_function] = entered
        return function

    return enter


def numpy_called(name: str):
    """What NumPy has under a dotted name; None if it has nothing."""
    found: Any = numpy
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _obeying_out(function, name: str):
    parameters = inspect.signature(function).parameters
    if "out" not in parameters:
        return function
    keyword_only = parameters["out"].kind is inspect.Parameter.KEYWORD_ONLY
    place = sys.maxsize if keyword_only else list(parameters).index("out")

    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        out = keywords.pop("out", None)
        if len(arguments) > place:
            out = arguments[place]
            arguments = (*arguments[:place], None, *arguments[place + 1 :])
        result = function(*arguments, **keywords)
        return result if out is None else written(result, out, name)

    return wrapper


# ------------------------------------------------------------------------------------------------ arguments


def as_tensor(x):
    """An operand as a tensor: an array on its memory; a number, or a sequence of numbers, as NumPy has it (float64).

    Tensors in a sequence are stacked, in the graph; numbers beside them take their type.
    """
    if isinstance(x, Tensor):
        return x
    if isinstance(x, numpy.ndarray):
        return tensor_of(x)
    if holds_tensor(x):
        from .. import stack

        parts = [operand(part) for part in x]
        common = dtypes.from_numpy(result_dtype([p.array if isinstance(p, Tensor) else p for p in parts]))
        return stack([as_tensor(part).to(common) for part in parts])
    array = numpy.asarray(x)
    if array.dtype == object:
        raise TypeError(f"operands are tensors, arrays and numbers, not {type(x).__name__}")
    return tensor_of(array)


def operand(x):
    """An operand as a tensor, but a number, whose type is weak, as it is."""
    return x if isinstance(x, (bool, int, float, complex)) else as_tensor(x)


def holds_tensor(x) -> bool:
    """Whether x is a tensor or a sequence that holds one at any depth."""
    return isinstance(x, Tensor) or (isinstance(x, (list, tuple)) and any([holds_tensor(part) for part in x]))


def values_of(x):
    """x for what NumPy decides by values (indices, masks, bins): tensors as arrays, outside the graph."""
    if isinstance(x, Tensor):
        from ..ops import levels

        return levels.values(x, "a NumPy function that decides by values")
    if isinstance(x, list) and holds_tensor(x):
        return [values_of(part) for part in x]
    if isinstance(x, tuple):
        return tuple([values_of(part) for part in x])
    return x


def wengert_dtype(dtype):
    """The dtype that NumPy code names, also by a NumPy dtype, a Python type or a string; None stays None.

    Python's float is NumPy's here, float64.
    """
    if dtype is None or isinstance(dtype, dtypes.dtype):
        return dtype
    return dtypes.from_numpy(numpy.dtype(dtype))


def in_dtype(x: Tensor, dtype) -> Tensor:
    """x converted to what NumPy code calls `dtype`; itself for None."""
    return x if dtype is None else x.to(wengert_dtype(dtype))


def in_common_dtype(*tensors: Tensor) -> list:
    """The tensors in the type that they are promoted to."""
    common = dtypes.from_numpy(result_dtype([x.array for x in tensors]))
    return [x.to(common) for x in tensors]


def floating(x) -> Tensor:
    """An operand as a floating or complex tensor: an integer tensor becomes the default dtype, NumPy's float64."""
    made = as_tensor(x)
    if made.dtype.category >= 2:
        return made
    return made.to(dtypes.get_default_dtype() if isinstance(x, Tensor) else dtypes.float64)


def floating_together(*operands) -> list:
    """Operands as floating or complex tensors, integers in the type of the floating ones beside them."""
    made = [as_tensor(x) for x in operands]
    kinds = [x.array for x in made if x.dtype.category >= 2]
    if not kinds:
        return [floating(x) for x in operands]
    common = dtypes.from_numpy(result_dtype(kinds))
    return [x if x.dtype.category >= 2 else x.to(common) for x in made]


def axes_of(axis, ndim: int, name: str) -> tuple:
    """`axis` (None, an int or a sequence of them) as a tuple of axes from the front; numpy.exceptions.AxisError outside
    of the dimensions, ValueError for a repeated one."""
    if axis is None:
        return tuple(range(ndim))
    listed = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    found = tuple([axis_of(a, ndim, name) for a in listed])
    if len(set(found)) != len(found):
        raise ValueError(f"np.{name}: repeated axis in {axis}")
    return found


def axis_of(axis, ndim: int, name: str) -> int:
    """An axis counted from the front; numpy.exceptions.AxisError outside of the dimensions."""
    import operator

    index = operator.index(axis)
    if not -ndim <= index < ndim:
        raise numpy.exceptions.AxisError(f"np.{name}: axis {index} is out of bounds for array of dimension {ndim}")
    return index % ndim


def refused(name: str, **given) -> None:
    """TypeError for arguments of NumPy's that have no meaning for tensors here, if they are given."""
    for argument, (value, default) in given.items():
        if value is not default and value != default:
            raise TypeError(f"np.{name}: {argument}={value!r} is not supported on tensors")


# ------------------------------------------------------------------------------------------------ results


def written(result, out, name: str, casting: Any = "same_kind"):
    """A result put into `out`, a tensor (recorded) or an array, or a tuple of them for several results."""
    if isinstance(out, (tuple, list)) and not (len(out) == 1 and isinstance(result, Tensor)):
        return tuple([r if o is None else written(r, o, name, casting) for r, o in zip(result, out, strict=True)])
    target = out[0] if isinstance(out, (tuple, list)) else out
    if target is None:
        return result
    if not isinstance(target, (Tensor, numpy.ndarray)):
        raise TypeError(f"np.{name}: out must be a tensor or an array, not {type(target).__name__}")
    found, wanted = result.dtype.numpy, target.dtype.numpy if isinstance(target, Tensor) else target.dtype
    if not numpy.can_cast(found, wanted, casting):
        raise TypeError(
            f"Cannot cast ufunc '{name}' output from dtype('{found}') to dtype('{wanted}') with casting rule "
            f"'{casting}'"
        )
    if tuple(result.shape) != tuple(target.shape):
        raise ValueError(
            f"non-broadcastable output operand with shape {tuple(target.shape)} doesn't match the broadcast shape "
            f"{tuple(result.shape)}: np.{name} writes into out, whose shape cannot change"
        )
    if isinstance(target, Tensor):
        return target.copy_(result)
    if result.requires_grad and is_grad_enabled():
        raise RuntimeError(
            f"np.{name}: the result requires grad, but out (or the left side of an in-place operator) is an array, "
            "which cannot hold a graph. Use a tensor there, np.zeros_like(tensor) for one, or detach() the operands."
        )
    numpy.copyto(target, values_of(result), casting=casting)
    return target
