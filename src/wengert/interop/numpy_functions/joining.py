"""Putting arrays together and taking them apart."""

import operator
from typing import Any

import numpy

import wengert

from ..spelling import as_tensor, axis_of, holds_tensor, in_dtype, spelled, values_of
from .arranging import atleast_1d, atleast_2d, atleast_3d
from .running import part


@spelled("concatenate", "concat")
def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    pieces = [as_tensor(x) for x in arrays]
    if not pieces:
        raise ValueError("need at least one array to concatenate")
    if axis is None:
        pieces, axis = [x.reshape(-1) for x in pieces], 0
    ndim = pieces[0].ndim
    if not ndim:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    axis = axis_of(axis, ndim, "concatenate")
    shapes = [tuple(x.shape) for x in pieces]
    before, behind = shapes[0][:axis], shapes[0][axis + 1 :]
    if any([shape[:axis] != before or shape[axis + 1 :] != behind or len(shape) != ndim for shape in shapes]):
        _cannot_be_joined(shapes, axis)
    return in_dtype(wengert.cat(pieces, axis), dtype)


def _cannot_be_joined(shapes: list, axis: int) -> None:
    ndim = len(shapes[0])
    for i, shape in enumerate(shapes):
        if len(shape) != ndim:
            raise ValueError(
                "all the input array dimensions except for the concatenation axis must match exactly, but the array at "
                f"index 0 has {ndim} dimension(s) and the array at index {i} has {len(shape)} dimension(s)"
            )
        for d in range(ndim):
            if d != axis and shape[d] != shapes[0][d]:
                raise ValueError(
                    "all the input array dimensions except for the concatenation axis must match exactly, but along "
                    f"dimension {d}, the array at index 0 has size {shapes[0][d]} and the array at index {i} has "
                    f"size {shape[d]}"
                )


@spelled("stack")
def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    pieces = [as_tensor(x) for x in arrays]
    if not pieces:
        raise ValueError("need at least one array to stack")
    if any([x.shape != pieces[0].shape for x in pieces]):
        raise ValueError("all input arrays must have the same shape")
    axis = axis_of(axis, pieces[0].ndim + 1, "stack")
    return in_dtype(wengert.cat([x.unsqueeze(axis) for x in pieces], axis), dtype)


def _at_least(function, tup):
    made = function(*tup)
    return list(made) if isinstance(made, tuple) else [made]


@spelled("vstack", "row_stack")
def vstack(tup, *, dtype=None, casting="same_kind"):
    return concatenate(_at_least(atleast_2d, tup), 0, dtype=dtype)


@spelled("hstack")
def hstack(tup, *, dtype=None, casting="same_kind"):
    pieces = _at_least(atleast_1d, tup)
    return concatenate(pieces, 0 if pieces[0].ndim == 1 else 1, dtype=dtype)


@spelled("dstack")
def dstack(tup):
    return concatenate(_at_least(atleast_3d, tup), 2)


@spelled("column_stack")
def column_stack(tup):
    return concatenate([x.reshape(-1, 1) if x.ndim < 2 else x for x in map(as_tensor, tup)], 1)


@spelled("block")
def block(arrays):
    return _blocked(arrays, _depth(arrays), _block_ndim(arrays))


def _depth(arrays) -> int:
    if isinstance(arrays, tuple):
        raise TypeError("np.block: only lists can be used to arrange blocks, a tuple is not one")
    if not isinstance(arrays, list):
        return 0
    if not arrays:
        raise ValueError("List at arrays cannot be empty")
    depths = {_depth(x) for x in arrays}
    if len(depths) > 1:
        raise ValueError(f"List depths are mismatched: {sorted(depths)}")
    return 1 + depths.pop()


def _block_ndim(arrays) -> int:
    return max([_block_ndim(x) for x in arrays]) if isinstance(arrays, list) else as_tensor(arrays).ndim


def _blocked(arrays, depth: int, ndim: int):
    ndim = max(ndim, depth)
    if not isinstance(arrays, list):
        x = as_tensor(arrays)
        return x.reshape((*(1,) * (ndim - x.ndim), *x.shape))
    return concatenate([_blocked(x, depth - 1, ndim) for x in arrays], -depth)


@spelled("append")
def append(arr, values, axis=None):
    first, second = as_tensor(arr), as_tensor(values)
    if axis is None:
        first, second, axis = first.reshape(-1), second.reshape(-1), 0
    return concatenate((first, second), axis)


@spelled("insert")
def insert(arr, obj, values, axis=None):
    x = as_tensor(arr)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim, "insert")
    size = x.shape[axis]
    given = as_tensor(values).to(x.dtype)
    # Where NumPy puts each of both: the positions of a marked range tell.
    places = _places(obj, size)
    count = _inserted(places, given, axis, x.ndim)
    marks = numpy.insert(numpy.arange(size), places, -1 - numpy.arange(count) if count > 1 else -1)
    shape = [count if d == axis else n for d, n in enumerate(x.shape)]
    if places.ndim == 0 and given.ndim == x.ndim:
        new = given.expand(shape)
    elif places.ndim == 0 and given.ndim:
        # A value without the axis, of which the last dimensions stand behind it.
        new = given.unsqueeze(max(given.ndim - (x.ndim - 1 - axis), 0)).expand(shape)
    else:
        new = given.expand(shape)
    both = wengert.cat([x, new], axis)
    order = numpy.where(marks >= 0, marks, size - 1 - marks)
    return both[(slice(None),) * axis + (order,)]


def _places(obj, size: int):
    if isinstance(obj, slice):
        return numpy.arange(*obj.indices(size))
    places = numpy.asarray(values_of(obj))
    if places.dtype == numpy.bool_:
        return numpy.flatnonzero(places)
    if places.size == 0:
        return places.astype(numpy.int64)
    for place in places.reshape(-1).tolist():
        if not -size <= operator.index(place) <= size:
            raise IndexError(f"index {place} is out of bounds for axis with size {size}")
    return places


def _inserted(places, given, axis: int, ndim: int) -> int:
    """How many entries are inserted along the axis."""
    if places.ndim or not given.ndim:
        return max(places.size, 1) if places.ndim == 0 else places.size
    return given.shape[axis] if given.ndim == ndim else 1


@spelled("delete")
def delete(arr, obj, axis=None):
    x = as_tensor(arr)
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = axis_of(axis, x.ndim, "delete")
    kept = numpy.delete(numpy.arange(x.shape[axis]), obj if isinstance(obj, slice) else values_of(obj))
    return x[(slice(None),) * axis + (kept,)]


# ------------------------------------------------------------------------------------------------ taking apart


@spelled("array_split")
def array_split(ary, indices_or_sections, axis=0):
    x = as_tensor(ary)
    axis = axis_of(axis, x.ndim, "array_split")
    size = x.shape[axis]
    if isinstance(indices_or_sections, (int, numpy.integer)):
        sections = int(indices_or_sections)
        if sections <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, longer = divmod(size, sections)
        edges = [i * each + min(i, longer) for i in range(1, sections)]
    else:
        edges = [operator.index(i) for i in numpy.asarray(values_of(indices_or_sections)).tolist()]
    return [part(x, axis, a, b) for a, b in zip([0, *edges], [*edges, None], strict=True)]


@spelled("split")
def split(ary, indices_or_sections, axis=0):
    x = as_tensor(ary)
    if isinstance(indices_or_sections, (int, numpy.integer)):
        if x.shape[axis_of(axis, x.ndim, "split")] % indices_or_sections:
            raise ValueError("array split does not result in an equal division")
    return array_split(x, indices_or_sections, axis)


@spelled("hsplit")
def hsplit(ary, indices_or_sections):
    x = as_tensor(ary)
    if x.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(x, indices_or_sections, 0 if x.ndim == 1 else 1)


@spelled("vsplit")
def vsplit(ary, indices_or_sections):
    x = as_tensor(ary)
    if x.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(x, indices_or_sections, 0)


@spelled("dsplit")
def dsplit(ary, indices_or_sections):
    x = as_tensor(ary)
    if x.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(x, indices_or_sections, 2)


@spelled("unstack")
def unstack(x, /, *, axis=0):
    x = as_tensor(x)
    if not x.ndim:
        raise ValueError("Input array must be at least 1-d.")
    return x.unbind(axis_of(axis, x.ndim, "unstack"))


# ------------------------------------------------------------------------------------------------ borders


@spelled("pad")
def pad(array, pad_width, mode="constant", **kwargs):
    """Every mode of NumPy's but "empty" and functions."""
    x = as_tensor(array)
    width = _widths(pad_width, x.ndim)
    if mode == "constant":
        _only(kwargs, ("constant_values",), mode)
        return _pad_constant(x, width, kwargs.get("constant_values", 0))
    if mode == "linear_ramp":
        _only(kwargs, ("end_values",), mode)
        return _pad_ramp(x, width, kwargs.get("end_values", 0))
    if mode in ("mean", "maximum", "minimum", "median"):
        _only(kwargs, ("stat_length",), mode)
        return _pad_statistic(x, width, mode, kwargs.get("stat_length"))
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        _only(kwargs, ("reflect_type",), mode)
        odd = kwargs.get("reflect_type", "even") == "odd"
        for axis, (before, after) in enumerate(width):
            if before or after:
                x = _pad_by_position(x, axis, before, after, mode, odd)
        return x
    if callable(mode) or mode == "empty":
        raise TypeError(f"np.pad: mode {mode!r} is not supported on tensors")
    raise ValueError(f"mode '{mode}' is not supported")


def _only(kwargs, known, mode) -> None:
    unknown = set(kwargs) - set(known)
    if unknown:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unknown}")


def _widths(pad_width, ndim: int) -> list:
    if isinstance(pad_width, dict):
        made = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            made[axis_of(axis, ndim, "pad")] = (width, width) if isinstance(width, int) else tuple(width)
    else:
        made = numpy.broadcast_to(numpy.asarray(pad_width), (ndim, 2)).tolist()
    if any([operator.index(n) < 0 for pair in made for n in pair]):
        raise ValueError("index can't contain negative values")
    return [tuple(pair) for pair in made]


def _pairs(values, ndim: int) -> list:
    """Values for the front and the back of every axis, tensors among them."""
    if not isinstance(values, (list, tuple)) or not holds_tensor(values):
        x = as_tensor(values)
        if x.ndim == 1 and x.shape[0] == 1 or x.ndim == 0:
            return [(x.reshape(()), x.reshape(()))] * ndim
        x = x.expand((ndim, 2))
        return [(x[i, 0], x[i, 1]) for i in range(ndim)]
    return _pairs(as_tensor(values), ndim)


def _filled(x, axis: int, size: int, value):
    shape = [size if d == axis else n for d, n in enumerate(x.shape)]
    return as_tensor(value).to(x.dtype).expand(shape)


def _pad_constant(x, width, values):
    for axis, ((before, after), (low, high)) in enumerate(zip(width, _pairs(values, x.ndim), strict=True)):
        if before or after:
            x = wengert.cat([_filled(x, axis, before, low), x, _filled(x, axis, after, high)], axis)
    return x


def _along(values, axis: int, ndim: int):
    return as_tensor(numpy.asarray(values)).reshape([-1 if d == axis else 1 for d in range(ndim)])


def _pad_ramp(x, width, values):
    for axis, ((before, after), (low, high)) in enumerate(zip(width, _pairs(values, x.ndim), strict=True)):
        if not (before or after):
            continue
        first, last = part(x, axis, 0, 1), part(x, axis, x.shape[axis] - 1, None)
        rise = _along(numpy.arange(before) / max(before, 1), axis, x.ndim).to(x.dtype)
        fall = _along(numpy.arange(after)[::-1] / max(after, 1), axis, x.ndim).to(x.dtype)
        x = wengert.cat([low.to(x.dtype) * (1 - rise) + first * rise, x,
                           high.to(x.dtype) * (1 - fall) + last * fall], axis)
    return x


def _pad_statistic(x, width, mode: str, lengths):
    from . import reductions, statistics

    function = {"mean": reductions.mean, "maximum": reductions.max, "minimum": reductions.min,
                "median": statistics.median}[mode]  # fmt: skip
    lengths = [(None, None)] * x.ndim if lengths is None else _widths(lengths, x.ndim)
    for axis, ((before, after), (head, tail)) in enumerate(zip(width, lengths, strict=True)):
        if not (before or after):
            continue
        size = x.shape[axis]
        low = function(part(x, axis, 0, size if head is None else min(head, size)), axis, keepdims=True)
        high = function(part(x, axis, size - (size if tail is None else min(tail, size)), None), axis, keepdims=True)
        x = wengert.cat([_filled(x, axis, before, low), x, _filled(x, axis, after, high)], axis)
    return x


def _pad_by_position(x, axis: int, before: int, after: int, mode: Any, odd: bool):
    """Elements that come again: NumPy pads the positions, and the tensor is read there."""
    size = x.shape[axis]
    if not size:
        raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'")
    places = numpy.pad(numpy.arange(size), (before, after), mode=mode)
    index = (slice(None),) * axis
    if not odd or mode not in ("reflect", "symmetric") or size == 1:
        return x[(*index, places)]
    # Behind an edge the curve goes on turned by half a circle. After k turns the element there is f, or
    # 2 last - f for odd k, risen by (last - first) for each turn that two of them make whole.
    half = size - 1 if mode == "reflect" else size
    turns = numpy.floor_divide(numpy.arange(-before, size + after), half)
    odd_turn = _along(turns % 2, axis, x.ndim).to(x.dtype)
    whole = _along(turns - turns % 2, axis, x.ndim).to(x.dtype)
    first, last = part(x, axis, 0, 1), part(x, axis, size - 1, None)
    return (1 - 2 * odd_turn) * x[(*index, places)] + whole * (last - first) + 2 * odd_turn * last
