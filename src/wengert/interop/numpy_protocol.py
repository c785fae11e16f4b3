"""NumPy's functions on tensors: `np.mean(tensor, axis=0)`, `np.concatenate([array, tensor])` are recorded operations.

Which operation stands for one of NumPy's functions is part of its declaration; where the arguments have another
meaning, or there is no such operation, the function is written in `numpy_functions` with NumPy's signature. Whatever
has neither raises and names itself.
"""

import functools
import inspect

import numpy

from ..core import Operation, Tensor, bind_method
from ..core.registry import by_numpy_function
from .spelling import adapters, enter_adapters, numpy_called, wengert_dtype, written

# Values of NumPy's arguments that say nothing.
_SAYS_NOTHING = {"order": ("C", "K", "A"), "subok": (True, False), "casting": ("same_kind",), "where": (True,),
                 "device": ("cpu",)}  # fmt: skip
_NAMES = {"axis": ("dim",), "keepdims": ("keepdim",), "axes": ("dim", "dims"), "shift": ("shifts",)}


def __array_function__(self, func, types, args, kwargs):
    if not all([issubclass(t, (Tensor, numpy.ndarray)) for t in types]):
        return NotImplemented
    enter_adapters()
    adapter = adapters.get(func) or adapters.get(_under_its_name(func))
    if adapter is not None:
        return adapter(*args, **kwargs)
    function = by_numpy_function.get(func)
    if function is None:
        raise TypeError(
            f"no wengert operation stands for {func.__module__}.{func.__name__}: it would leave the graph. Use "
            "tensor.detach().numpy() for its values."
        )
    return _translated(func, function, args, kwargs)


def _under_its_name(func):
    """What NumPy has under the function's name: `np.ones(2, like=tensor)` asks with a function of its own."""
    return numpy_called(f"{func.__module__}.{func.__name__}".removeprefix("numpy."))


@functools.cache
def _signature(func):
    """The parameters of a NumPy function; None where it does not tell (functions in C of older versions)."""
    try:
        return inspect.signature(func)
    except ValueError:
        return None


def _translated(func, function, args, kwargs):
    """A call of an operation in NumPy's argument order and names: bound as NumPy binds it, and renamed."""
    signature = _signature(func)
    values = dict(kwargs)
    operands = list(args)
    if signature is not None:
        bound = signature.bind(*args, **kwargs)
        operands, values = [], {}
        for name, value in bound.arguments.items():
            parameter = signature.parameters[name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                operands.extend(value)
            elif parameter.kind is parameter.VAR_KEYWORD:
                values.update(value)
            elif parameter.default is parameter.empty:
                operands.append(value)
            else:
                values[name] = value
    out = values.pop("out", None)
    accepted = _parameters(function)
    named = {}
    for name, value in values.items():
        if value is numpy._NoValue or (value is None and name != "axis"):
            continue
        if isinstance(value, (str, bool)) and value in _SAYS_NOTHING.get(name, ()):
            continue
        renamed = next((n for n in (*_NAMES.get(name, ()), name) if accepted is None or n in accepted), None)
        if renamed is None:
            raise TypeError(f"np.{func.__name__}: {name}={value!r} is not supported on tensors")
        named[renamed] = wengert_dtype(value) if name == "dtype" else value
    result = function(*operands, **named)
    return result if out is None else written(result, out, func.__name__)


@functools.cache
def _parameters(function):
    if isinstance(function, Operation):
        return frozenset((*function.names, *function.rewrites))
    parameters = inspect.signature(function).parameters
    return None if any([p.kind is p.VAR_KEYWORD for p in parameters.values()]) else frozenset(parameters)


bind_method("__array_function__", __array_function__)
