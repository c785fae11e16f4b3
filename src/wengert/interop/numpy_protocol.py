"""NumPy's functions on tensors: `np.exp(tensor)`, `array * tensor`, `np.sum(tensor, axis=0)` are recorded operations.

Which operation stands for a ufunc or a function is part of its declaration; this module only asks the registry.
"""

import numpy

from ..core import Tensor, bind_method
from ..core.registry import by_numpy_function, by_ufunc


def __array_ufunc__(self, ufunc, method, *inputs, out=None, **keywords):
    if method != "__call__":
        if method == "reduce" and ufunc in _REDUCTIONS:
            return _REDUCTIONS[ufunc](*inputs, **_reduction_arguments(keywords))
        return NotImplemented
    operation = by_ufunc.get(ufunc)
    if operation is None:
        raise TypeError(
            f"np.{ufunc.__name__} has no wengert operation: it would leave the graph. Use tensor.detach().numpy() for "
            "its values."
        )
    unknown = [name for name in keywords if name not in ("dtype", "where", "casting")]
    if unknown or keywords.get("where", True) is not True:
        return NotImplemented
    dtype = keywords.get("dtype")
    result = operation(*inputs)
    if dtype is not None:
        result = result.to(_dtype(dtype))
    if out is not None:
        (target,) = out
        if isinstance(target, Tensor):
            return target.copy_(result)
        numpy.copyto(target, result.numpy(), casting=keywords.get("casting", "same_kind"))
        return target
    return result


def _dtype(dtype):
    from ..core import dtypes

    return dtype if isinstance(dtype, dtypes.dtype) else dtypes.from_numpy(numpy.dtype(dtype))


def __array_function__(self, func, types, args, kwargs):
    operation = by_numpy_function.get(func)
    if operation is None:
        raise TypeError(
            f"no wengert operation stands for {func.__module__}.{func.__name__}: it would leave the graph. Use "
            "tensor.detach().numpy() for its values."
        )
    return operation(*args, **kwargs)


def _reduction_arguments(keywords: dict) -> dict:
    return {
        ("dim" if name == "axis" else "keepdim" if name == "keepdims" else name): value
        for name, value in keywords.items()
        if name in ("axis", "keepdims") or value not in (None, numpy._NoValue)
    }


def _sum(x, dim=0, keepdim=False, **keywords):
    return by_numpy_function[numpy.sum](x, dim, keepdim, **keywords)


def _product(x, dim=0, keepdim=False, **keywords):
    return by_numpy_function[numpy.prod](x, dim, keepdim, **keywords)


# `np.add.reduce(tensor)` reduces the first dimension unless told otherwise.
_REDUCTIONS = {numpy.add: _sum, numpy.multiply: _product}

bind_method("__array_ufunc__", __array_ufunc__)
bind_method("__array_function__", __array_function__)
