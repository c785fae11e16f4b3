"""NumPy's ufuncs on tensors: `np.exp(tensor)`, `array * tensor`, `np.add.reduce(tensor)` are recorded operations.

Which operation stands for a ufunc is part of its declaration; SciPy's, which is imported when it is first needed, are
found by name. What NumPy builds from a ufunc follows from its call:

- `out=` may be a tensor, which is then recorded as changed in place, or an array, if no gradient is asked for;
  `where=` computes the chosen elements only, so that a gradient never passes through the others;
- `reduce`, `accumulate` and `outer` work for every ufunc of two operands, by the declared reduction where there is one
  (a sum for `add`), else element after element along the axis; `at` changes a tensor in place, repeated indices in
  their order; `reduceat` is refused.

Types follow Wengert's promotion, not NumPy's: a NumPy scalar is as weak as a Python number (`np.float64(2) * x` keeps
float32), zero-dimensional arrays and tensors do not widen others of their kind, integers become the default dtype where
a floating result is asked for (`np.sin` of int64 is float32), while a float64 array of any other rank beside a float32
tensor gives float64.
"""

import functools
import math
import sys

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.promotion import tensor_of
from ..core.registry import by_ufunc
from .spelling import as_tensor, axes_of, axis_of, enter_adapters, values_of, wengert_dtype, written

_PLAIN = (Tensor, numpy.ndarray, int, float)
_KNOWN = (Tensor, numpy.ndarray, numpy.generic, bool, int, float, complex, list, tuple)


def __array_ufunc__(self, ufunc, method, *inputs, out=None, **keywords):
    if out is None and not keywords and method == "__call__":
        # The usual call: `array * tensor`, `np.exp(tensor)`.
        operation = by_ufunc.get(ufunc)
        if operation is not None and all([type(x) in _PLAIN for x in inputs]):
            return operation(*[tensor_of(x) if type(x) is numpy.ndarray else x for x in inputs])
    outs = out if isinstance(out, tuple) else (out,)
    if not all([isinstance(x, _KNOWN) or x is None for x in (*inputs, *outs)]) and method != "at":
        return NotImplemented
    enter_adapters()
    name = ufunc.__name__
    operation = _operation_of(ufunc)
    if operation is None:
        raise TypeError(
            f"{_called(ufunc)} has no wengert operation: it would leave the graph. Use tensor.detach().numpy() "
            "for its values."
        )
    build = _METHODS.get(method)
    if build is None:
        raise TypeError(
            f"np.{name}.{method} is not supported on tensors: it would leave the graph. Slice and use "
            f"np.{name}.reduce, or tensor.detach().numpy() for its values."
        )
    for keyword in ("order", "subok"):
        keywords.pop(keyword, None)
    return build(ufunc, operation, inputs, None if out is None else outs, keywords)


def _operation_of(ufunc):
    found = by_ufunc.get(ufunc)
    if found is not None or not _is_scipys(ufunc):
        return found
    # SciPy is imported lazily: its ufuncs stand in the registry by name, those that it alone has once they are asked
    # for.
    from ..ops import only_in_scipy  # noqa: F401

    return by_ufunc.get(f"scipy.special.{ufunc.__name__}")


def _is_scipys(ufunc) -> bool:
    # Not all of them are public: scipy.special.zeta is a function that calls a ufunc `_zeta`.
    special = sys.modules.get("scipy.special._ufuncs")
    return special is not None and getattr(special, ufunc.__name__, None) is ufunc


def _called(ufunc) -> str:
    """The ufunc's name as those know it who call it: of what a function of SciPy's calls, that function's."""
    if not _is_scipys(ufunc):
        return f"np.{ufunc.__name__}"
    name = ufunc.__name__.lstrip("_").removeprefix("riemann_").removesuffix("_d")
    return f"scipy.special.{name}"


# ------------------------------------------------------------------------------------------------ calling


def _call(ufunc, operation, inputs, outs, keywords):
    dtype, casting = keywords.pop("dtype", None), keywords.pop("casting", "same_kind")
    where = keywords.pop("where", True)
    if ufunc.signature is None:
        _unsupported(ufunc, keywords)
    # A list holds operands, of which one may be a tensor.
    operands = [as_tensor(x) if isinstance(x, (list, tuple)) else x for x in inputs]
    for target in outs or ():
        if target is not None and not isinstance(target, (Tensor, numpy.ndarray)):
            raise TypeError(f"{_called(ufunc)}: out must be a tensor or an array, not {type(target).__name__}")
        operands = [_apart(x, target) for x in operands]
    if dtype is not None:
        operands = _converted(ufunc, operands, dtype, casting)
    if where is not True:
        return _call_where(ufunc, operation, operands, outs, where, casting)
    result = operation(*operands, **keywords)
    if outs is None:
        return result
    if isinstance(result, Tensor) and tuple(result.shape) != tuple(outs[0].shape):
        result = _expanded(result, outs[0].shape)
    return written(result, outs, ufunc.__name__, casting)


def _apart(x, target):
    """An operand that its result is written over: a copy, of which the derivative saves what it needs."""
    overlapping = isinstance(x, Tensor) and isinstance(target, Tensor) and x.requires_grad
    return x.clone() if overlapping and x.untyped_storage() is target.untyped_storage() else x


def _expanded(result, shape):
    """A ufunc's result broadcasts to the shape of `out`; where it cannot, `written` says so."""
    try:
        return result.expand(tuple(shape))
    except RuntimeError:
        return result


def _converted(ufunc, operands, dtype, casting):
    """Operands in the type that `dtype=` asks for. Where the result is a truth, bool asks for nothing."""
    wanted = wengert_dtype(dtype)
    if wanted is dtypes.bool and ufunc.types and ufunc.types[0].endswith("?"):
        return operands
    made = []
    for x in operands:
        if isinstance(x, (Tensor, numpy.ndarray)):
            x = as_tensor(x)
            if not numpy.can_cast(x.dtype.numpy, wanted.numpy, casting):
                raise TypeError(
                    f"Cannot cast ufunc '{ufunc.__name__}' input from {x.dtype.numpy!r} to {wanted.numpy!r} with "
                    f"casting rule '{casting}'"
                )
            made.append(x.to(wanted))
        else:
            made.append(as_tensor(x).to(wanted))
    return made


def _call_where(ufunc, operation, operands, outs, where, casting):
    """The chosen elements alone are computed; the others are those of `out`, or 0."""
    if ufunc.signature is not None:
        raise TypeError(f"{_called(ufunc)}: where= is not supported by a function of whole matrices")
    tensors = [as_tensor(x) for x in operands]
    mask = values_of(where)
    mask = numpy.asarray(mask)
    if mask.dtype != numpy.bool_:
        raise TypeError(f"{_called(ufunc)}: where must be boolean, not {mask.dtype}")
    shape = numpy.broadcast_shapes(mask.shape, *[tuple(x.shape) for x in tensors])
    if outs is not None:
        shape = numpy.broadcast_shapes(shape, tuple(outs[0].shape))
    mask = numpy.broadcast_to(mask, shape)
    results = operation(*[x.expand(shape)[mask] if x.ndim else x for x in tensors])
    several = not isinstance(results, Tensor)
    made = []
    for i, part in enumerate(results if several else (results,)):
        target = None if outs is None else outs[i]
        # A number's result stands for all chosen elements.
        part = part if part.ndim else part.expand((int(mask.sum()),))
        base = part.new_zeros(shape) if target is None else as_tensor(target)
        if not numpy.can_cast(part.dtype.numpy, base.dtype.numpy, casting):
            raise TypeError(
                f"Cannot cast ufunc '{ufunc.__name__}' output from {part.dtype.numpy!r} to {base.dtype.numpy!r} with "
                f"casting rule '{casting}'"
            )
        if isinstance(target, Tensor) or target is None:
            base[mask] = part.to(base.dtype)
            made.append(base)
        else:
            filled = base.clone()
            filled[mask] = part.to(base.dtype)
            made.append(written(filled, target, ufunc.__name__, casting))
    return tuple(made) if several else made[0]


def _unsupported(ufunc, keywords: dict) -> None:
    if keywords:
        raise TypeError(f"{_called(ufunc)}: {', '.join(keywords)} not supported on tensors")


# ------------------------------------------------------------------------------------------------ reduce


def _of_two(ufunc, method: str) -> None:
    if ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature is not None:
        raise ValueError(
            f"{method} only supported for binary functions returning a single value, not np.{ufunc.__name__}"
        )


def _reduce(ufunc, operation, inputs, outs, keywords):
    _of_two(ufunc, "reduce")
    x = as_tensor(inputs[0])
    axis = inputs[1] if len(inputs) > 1 else keywords.pop("axis", 0)
    keywords.pop("axis", None)
    dtype, keepdims = keywords.pop("dtype", None), bool(keywords.pop("keepdims", False))
    initial, where = keywords.pop("initial", numpy._NoValue), keywords.pop("where", True)
    _unsupported(ufunc, keywords)
    result = reduced(ufunc, operation, x, axis, dtype, keepdims, initial, where)
    return result if outs is None else written(result, outs, ufunc.__name__)


def reduced(ufunc, operation, x, axis, dtype=None, keepdims=False, initial=numpy._NoValue, where=True):
    """`ufunc.reduce` of a tensor. `initial` takes part as a further element; what `where` leaves out does not."""
    name = ufunc.__name__
    if dtype is not None:
        x = x.to(wengert_dtype(dtype))
    axes = axes_of(axis, x.ndim, name) if x.ndim else ()
    given = initial is not numpy._NoValue and initial is not None
    if where is not True:
        start = initial if given else ufunc.identity
        if start is None:
            raise ValueError(f"reduction operation '{name}' does not have an identity, so to use a where mask one has "
                             "to specify 'initial'")
        x = _left_out(x, where, start if name in _IDEMPOTENT else ufunc.identity)
    if not axes and x.ndim:
        result = x if ufunc not in _TRUTH else operation(x, ufunc.identity)
    elif ufunc in _REDUCTIONS:
        empty = math.prod([x.shape[a] for a in axes]) == 0
        if empty and ufunc.identity is None:
            if not given:
                raise ValueError(f"zero-size array to reduction operation {name} which has no identity")
            return _of_nothing(x, axes, keepdims, initial)
        result = _REDUCTIONS[ufunc](x, tuple(axes) if x.ndim else None, keepdims)
    else:
        result = _folded(ufunc, operation, x, axes, keepdims)
    if given and name not in ("logical_and", "logical_or"):
        result = operation(result, initial)
    elif given:
        result = operation(result, bool(initial))
    return result if dtype is None or result.dtype.category == 0 else result.to(wengert_dtype(dtype))


def _left_out(x, where, value):
    from .. import where as where_

    mask = as_tensor(where if isinstance(where, Tensor) else numpy.asarray(where, bool))
    return where_(mask, x, x.new_full((), value))


def _of_nothing(x, axes, keepdims, initial):
    shape = [1 if a in axes else n for a, n in enumerate(x.shape) if keepdims or a not in axes]
    return x.new_full(tuple(shape), initial)


def _folded(ufunc, operation, x, axes, keepdims):
    """The elements along the axes, joined one after the other."""
    if not x.ndim:
        return x
    if len(axes) > 1 and ufunc in _NOT_REORDERABLE:
        raise ValueError(f"reduction operation '{ufunc.__name__}' is not reorderable, so at most one axis may be "
                         "specified")
    rest = [d for d in range(x.ndim) if d not in axes]
    moved = x.permute((*axes, *rest)).reshape((-1, *[x.shape[d] for d in rest]))
    if not moved.shape[0]:
        if ufunc.identity is None:
            raise ValueError(
                f"zero-size array to reduction operation {ufunc.__name__} which has no identity"
            )
        result = moved.new_full(tuple(moved.shape[1:]), ufunc.identity)
    else:
        result = functools.reduce(operation, [moved[i] for i in range(moved.shape[0])])
    return result.reshape([1 if d in axes else n for d, n in enumerate(x.shape)]) if keepdims else result


def _reduction(name: str):
    def reduce(x, axes, keepdims):
        import wengert

        return getattr(wengert, name)(x, axes, keepdims)

    return reduce


def _product(x, axes, keepdims):
    """A product is one over a single axis, as in PyTorch."""
    from .. import prod

    if axes is None:
        return prod(x)
    for axis in sorted(axes, reverse=True):
        x = prod(x, axis, keepdims)
    return x


_REDUCTIONS = {
    numpy.add: _reduction("sum"), numpy.multiply: _product, numpy.maximum: _reduction("amax"),
    numpy.minimum: _reduction("amin"), numpy.logical_and: _reduction("all"), numpy.logical_or: _reduction("any"),
}  # fmt: skip
_TRUTH = (numpy.logical_and, numpy.logical_or)
# Their `initial` may stand for elements that are left out.
_IDEMPOTENT = ("maximum", "minimum", "fmax", "fmin", "logical_and", "logical_or", "bitwise_and", "bitwise_or")
_NOT_REORDERABLE = (
    numpy.subtract, numpy.divide, numpy.floor_divide, numpy.power, numpy.float_power, numpy.remainder, numpy.fmod,
    numpy.arctan2, numpy.left_shift, numpy.right_shift, numpy.copysign, numpy.nextafter, numpy.heaviside,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ accumulate, outer


def _accumulate(ufunc, operation, inputs, outs, keywords):
    _of_two(ufunc, "accumulate")
    x = as_tensor(inputs[0])
    axis = inputs[1] if len(inputs) > 1 else keywords.pop("axis", 0)
    dtype = keywords.pop("dtype", None)
    keywords.pop("axis", None)
    _unsupported(ufunc, keywords)
    if not x.ndim:
        raise TypeError("cannot accumulate on a scalar")
    if dtype is not None:
        x = x.to(wengert_dtype(dtype))
    axis = axis_of(axis, x.ndim, ufunc.__name__)
    if ufunc is numpy.add:
        result = x.cumsum(axis)
    elif ufunc is numpy.multiply:
        result = x.cumprod(axis)
    else:
        result = _partials(operation, x, axis)
    return result if outs is None else written(result, outs, ufunc.__name__)


def _partials(operation, x, axis):
    from .. import stack

    parts = x.unbind(axis)
    if not parts:
        return x.clone()
    made = [parts[0]]
    for part in parts[1:]:
        made.append(operation(made[-1], part))
    return stack([m.to(made[-1].dtype) for m in made], axis)


def _outer(ufunc, operation, inputs, outs, keywords):
    if ufunc.nin != 2 or ufunc.signature is not None:
        raise ValueError(f"outer product only supported for binary functions, not np.{ufunc.__name__}")
    a, b = [as_tensor(x) for x in inputs]
    return _call(ufunc, operation, (a.reshape((*a.shape, *(1,) * b.ndim)), b), outs, keywords)


# ------------------------------------------------------------------------------------------------ at


def _at(ufunc, operation, inputs, outs, keywords):
    """`ufunc.at(x, indices, values)`: x changed in place, an element as often as the indices name it."""
    target, indices, *rest = inputs
    if not isinstance(target, Tensor):
        raise TypeError(
            f"np.{ufunc.__name__}.at: the first argument is changed in place; it must be a tensor, not "
            f"{type(target).__name__}, to hold the graph of the others"
        )
    if len(rest) != ufunc.nin - 1 or ufunc.nout != 1:
        raise ValueError(f"np.{ufunc.__name__}.at: {ufunc.nin - 1} further operands are needed, got {len(rest)}")
    places = numpy.arange(target.numel()).reshape(tuple(target.shape))[values_of(indices)]
    others = [as_tensor(x).expand(places.shape).reshape(-1) for x in rest]
    places = places.reshape(-1)
    # The k-th time that an element is named is part of round k: each round names no element twice.
    for chosen in _rounds(places):
        index = numpy.unravel_index(places[chosen], tuple(target.shape))
        if not target.ndim:
            index = (...,)
        result = operation(target[index], *[x[chosen] for x in others])
        if not numpy.can_cast(result.dtype.numpy, target.dtype.numpy, "same_kind"):
            raise TypeError(
                f"Cannot cast ufunc '{ufunc.__name__}' output from {result.dtype.numpy!r} to {target.dtype.numpy!r} "
                "with casting rule 'same_kind'"
            )
        target[index] = result.to(target.dtype).reshape(target[index].shape)
    return None


def _rounds(places):
    if not places.size:
        return
    order = numpy.argsort(places, kind="stable")
    first = numpy.flatnonzero(numpy.r_[True, numpy.diff(places[order]) != 0])
    lengths = numpy.diff(numpy.r_[first, len(places)])
    times = numpy.empty(len(places), numpy.int64)
    times[order] = numpy.arange(len(places)) - numpy.repeat(first, lengths)
    for k in range(times.max() + 1):
        yield numpy.flatnonzero(times == k)


_METHODS = {"__call__": _call, "reduce": _reduce, "accumulate": _accumulate, "outer": _outer, "at": _at}

bind_method("__array_ufunc__", __array_ufunc__)
