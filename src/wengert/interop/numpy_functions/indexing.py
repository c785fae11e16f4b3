"""Choosing elements and writing to chosen elements. Positions and masks are decided by values, outside the graph."""

import numpy

import wengert

from ...core import Tensor
from ..spelling import as_tensor, axis_of, in_common_dtype, operand, spelled, values_of


@spelled("where")
def where(condition, x=None, y=None, /):
    if (x is None) != (y is None):
        raise ValueError("either both or neither of x and y should be given")
    if x is None:
        return nonzero(condition)
    mask = as_tensor(condition)
    return wengert.where(mask if mask.dtype.category == 0 else mask != 0, operand(x), operand(y))


def _whole(positions):
    return wengert.tensor(numpy.asarray(positions, numpy.int64))


@spelled("nonzero")
def nonzero(a):
    x = values_of(as_tensor(a))
    if not x.ndim:
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
    return tuple([_whole(p) for p in numpy.nonzero(x)])


@spelled("argwhere")
def argwhere(a):
    return _whole(numpy.argwhere(values_of(as_tensor(a))))


@spelled("flatnonzero")
def flatnonzero(a):
    return _whole(numpy.flatnonzero(values_of(as_tensor(a))))


@spelled("take")
def take(a, indices, axis=None, out=None, mode="raise"):
    x = as_tensor(a)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim, "take")
    places, size = numpy.asarray(values_of(indices)), x.shape[axis]
    if not places.size or places.dtype.kind == "f":
        # Floating positions lose their fractions, as in NumPy.
        places = places.astype(numpy.int64)
    if places.dtype.kind not in "iub":
        raise TypeError(f"np.take: the indices must be integers, not an array of {places.dtype}")
    places = _in_mode(places, size, mode)
    if not places.ndim:
        return x.select(axis, int(places))
    flat = x[(slice(None),) * axis + (places.reshape(-1),)]
    return flat.reshape((*x.shape[:axis], *places.shape, *x.shape[axis + 1 :]))


def _in_mode(places, size: int, mode: str):
    if mode == "wrap":
        return places % size
    if mode == "clip":
        return numpy.clip(places, 0, size - 1)
    if mode != "raise":
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got '{mode}')")
    bad = places[(places < -size) | (places >= size)]
    if bad.size:
        raise IndexError(f"index {bad.reshape(-1)[0]} is out of bounds for axis with size {size}")
    return places


@spelled("take_along_axis")
def take_along_axis(arr, indices, axis=-1):
    x, (index, axis) = _along_axis(arr, indices, axis, "take_along_axis")
    return x[index]


def _along_axis(arr, indices, axis, name):
    x, places = as_tensor(arr), numpy.asarray(values_of(indices))
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim, name)
    if places.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if places.ndim != x.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    index = []
    for d in range(x.ndim):
        shape = [1] * x.ndim
        shape[d] = -1
        index.append(places if d == axis else numpy.arange(x.shape[d]).reshape(shape))
    return x, (tuple(index), axis)


@spelled("compress")
def compress(condition, a, axis=None, out=None):
    x = as_tensor(a)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim, "compress")
    mask = numpy.asarray(values_of(condition)).astype(bool)
    if mask.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    return x[(slice(None),) * axis + (numpy.flatnonzero(mask),)]


@spelled("extract")
def extract(condition, arr):
    return take(as_tensor(arr).reshape(-1), numpy.flatnonzero(numpy.ravel(values_of(condition))))


@spelled("choose")
def choose(a, choices, out=None, mode="raise"):
    tensors = [as_tensor(c) for c in choices]
    places = numpy.asarray(values_of(a))
    if mode == "raise" and places.size and not (0 <= places.min() and places.max() < len(tensors)):
        raise ValueError("invalid entry in choice array")
    places = _in_mode(places, len(tensors), mode)
    shape = numpy.broadcast_shapes(places.shape, *[tuple(c.shape) for c in tensors])
    result = tensors[0].expand(shape)
    for i, choice in enumerate(tensors[1:], 1):
        result = wengert.where(as_tensor(numpy.asarray(places == i)), choice, result)
    return result if len(tensors) > 1 else result.clone()


@spelled("select")
def select(condlist, choicelist, default=0):
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    result = operand(default)
    for condition, choice in zip(reversed(list(condlist)), reversed(list(choicelist)), strict=True):
        condition = as_tensor(condition)
        if condition.dtype.category:
            raise TypeError("invalid entry in condlist: should be boolean ndarray")
        result = wengert.where(condition, operand(choice), result)
    return result


@spelled("piecewise")
def piecewise(x, condlist, funclist, *args, **kw):
    """Each function computes its own elements only, so that its gradient passes through no others."""
    x = as_tensor(x)
    if isinstance(condlist, (list, tuple)) and condlist and not isinstance(condlist[0], (bool, numpy.bool_, int)):
        masks = [numpy.asarray(values_of(c)).astype(bool) for c in condlist]
    else:
        masks = [numpy.asarray(values_of(condlist)).astype(bool)]
    if len(funclist) == len(masks) + 1:
        masks.append(~numpy.any(masks, axis=0))
    if len(funclist) != len(masks):
        raise ValueError(
            f"with {len(masks)} condition(s), either {len(masks)} or {len(masks) + 1} functions are expected"
        )
    result = x.new_zeros(tuple(x.shape))
    for mask, function in zip(masks, funclist, strict=True):
        mask = numpy.broadcast_to(mask, tuple(x.shape))
        if not mask.any():
            continue
        result[mask] = as_tensor(function(x[mask], *args, **kw) if callable(function) else function).to(x.dtype)
    return result


# ------------------------------------------------------------------------------------------------ writing


def _target(x, name: str):
    """What is written into: a tensor, whose change is recorded."""
    if not isinstance(x, Tensor):
        raise TypeError(
            f"np.{name}: it writes into its first argument, which is {type(x).__name__}; to hold the graph of tensors "
            "it must be a tensor, as np.zeros_like(tensor) makes one"
        )
    return x


@spelled("copyto")
def copyto(dst, src, casting="same_kind", where=True):
    if not isinstance(dst, Tensor):
        from ..spelling import written

        value = as_tensor(src).expand(dst.shape)
        if where is not True:
            value = wengert.where(as_tensor(where), value, as_tensor(dst))
        written(value, dst, "copyto", casting)
        return
    value = as_tensor(src)
    if isinstance(src, (int, float, complex)):
        value = value.to(dst.dtype) if not isinstance(src, complex) or dst.dtype.is_complex else value
    if not numpy.can_cast(value.dtype.numpy, dst.dtype.numpy, casting):
        raise TypeError(
            f"Cannot cast array data from {value.dtype.numpy!r} to {dst.dtype.numpy!r} according to the rule "
            f"'{casting}'"
        )
    if where is True:
        dst[...] = value
    else:
        mask = numpy.broadcast_to(values_of(where), tuple(dst.shape))
        dst[mask] = value.expand(tuple(dst.shape))[mask].to(dst.dtype)


@spelled("place")
def place(arr, mask, vals):
    x = _target(arr, "place")
    mask = numpy.asarray(values_of(mask)).astype(bool).reshape(tuple(x.shape))
    count, values = int(mask.sum()), as_tensor(vals).reshape(-1)
    if count and not values.numel():
        raise ValueError("Cannot insert from an empty array!")
    if count:
        x[mask] = values[numpy.arange(count) % values.numel()].to(x.dtype)


@spelled("putmask")
def putmask(a, /, mask, values):
    x = _target(a, "putmask")
    mask = numpy.asarray(values_of(mask)).astype(bool).reshape(tuple(x.shape))
    values = as_tensor(values).reshape(-1)
    if values.numel() and mask.any():
        x[mask] = values[numpy.flatnonzero(mask) % values.numel()].to(x.dtype)


@spelled("put")
def put(a, ind, v, mode="raise"):
    x = _target(a, "put")
    places = numpy.ravel(values_of(ind)).astype(numpy.int64)
    places = _in_mode(places, x.numel(), mode) % max(x.numel(), 1)
    values = as_tensor(v).reshape(-1)
    if not values.numel() or not places.size:
        return
    # Of a place named twice the last value stays.
    last = numpy.sort(len(places) - 1 - numpy.unique(places[::-1], return_index=True)[1])
    index = numpy.unravel_index(places[last], tuple(x.shape)) if x.ndim else (...,)
    written = values[last % values.numel()].to(x.dtype)
    x[index] = written if x.ndim else written.reshape(())


@spelled("put_along_axis")
def put_along_axis(arr, indices, values, axis):
    x = _target(arr, "put_along_axis")
    if axis is None:
        put(x, indices, values)
        return
    _, (index, axis) = _along_axis(x, indices, axis, "put_along_axis")
    shape = numpy.broadcast_shapes(*[i.shape for i in index])
    x[index] = as_tensor(values).to(x.dtype).expand(shape)


# ------------------------------------------------------------------------------------------------ positions


def _on_positions(name: str):
    function = getattr(numpy, name)

    def call(*args, **kwargs):
        found = function(*[values_of(a) for a in args], **{key: values_of(value) for key, value in kwargs.items()})
        if isinstance(found, tuple):
            return tuple([as_tensor(numpy.asarray(x)) for x in found])
        return as_tensor(numpy.asarray(found))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"np.{name} of the values: whole numbers, which have no gradient."
    spelled(name)(call)


for _name in (
    "ravel_multi_index", "unravel_index", "diag_indices_from", "tril_indices_from", "triu_indices_from", "digitize",
    "lexsort", "argpartition", "packbits", "unpackbits",
):  # fmt: skip
    _on_positions(_name)


@spelled("searchsorted")
def searchsorted(a, v, side="left", sorter=None):
    if side not in ("left", "right"):
        raise ValueError(f"np.searchsorted: side must be 'left' or 'right', not {side!r}")
    line, values = as_tensor(a), as_tensor(v)
    if line.ndim != 1:
        raise ValueError("object too deep for desired array")
    line, values = in_common_dtype(line, values.reshape(values.shape or (1,)))
    found = wengert.searchsorted(
        line.detach(), values.detach(), right=side == "right", sorter=None if sorter is None else as_tensor(sorter)
    )
    return found.reshape(tuple(as_tensor(v).shape))


@spelled("ix_")
def ix_(*args):
    made = []
    for i, index in enumerate(args):
        x = as_tensor(index)
        if x.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        x = _whole(numpy.flatnonzero(values_of(x))) if x.dtype.category == 0 else x
        made.append(x.reshape([-1 if d == i else 1 for d in range(len(args))]))
    return tuple(made)
