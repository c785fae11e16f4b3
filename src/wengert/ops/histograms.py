"""Counting how many elements fall where: `bincount`, `histc`, `histogram`, `histogramdd`."""

import math

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array
from . import arguments
from .composite import composite
from .elementwise import clamp, ge, le, logical_and, where
from .reductions import amax, amin
from .reductions import sum as sum_
from .results import result_type
from .scatter import scatter_along
from .shape import reshape


def _concrete(name: str, input) -> None:
    if input._level and input._payload.batched:
        raise RuntimeError(
            f"vmap: {name}() looks at the values of a tensor that differs between the entries of the batch, which "
            "decide on its result. Call it outside of vmap."
        )


# ------------------------------------------------------------------------------------------------ bincount


@composite
def bincount(input, weights=None, minlength=0):
    """How often each of 0, 1, 2, ... occurs in an (N) tensor of integers that are not negative, as int64.

    With `weights` (N), the sum of the weights of the elements that are that number: in float32 as float32, in other
    types as float64; its derivative is gathered from the counts. The result has max(input) + 1 elements, at least
    `minlength`. RuntimeError for other shapes, negative elements and a negative minlength.

    >>> import wengert as t
    >>> t.bincount(t.tensor([1, 3, 1]))
    tensor([0, 2, 0, 1])
    """
    input = arguments.tensor("bincount", "input", 1, input)
    minlength = arguments.integer("bincount", "minlength", 3, minlength)
    if input.dtype.category != 1:
        raise NotImplementedError(
            f"\"bincount_cpu\" not implemented for '{type_word(input.array.dtype)}': it counts integers"
        )
    _concrete("bincount", input)
    if input.ndim != 1 or input.numel() and numpy.min(input.array) < 0:
        raise RuntimeError(
            "bincount only supports 1-d non-negative integral inputs. This one has shape "
            f"{list(input.shape)}" + (f" and minimum {numpy.min(input.array)}." if input.numel() else ".")
        )
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, but is {minlength}")
    size = max(int(numpy.max(input.array)) + 1 if input.numel() else 0, minlength)
    if weights is None or not input.numel():
        if weights is not None and tuple(weights.shape) != tuple(input.shape):
            raise RuntimeError("weights should be 1-d and have the same length as input")
        counts = numpy.bincount(input.array.astype(numpy.int64), minlength=size)
        return from_array(counts.astype(numpy.int64, copy=False))
    weights = arguments.tensor("bincount", "weights", 2, weights)
    if tuple(weights.shape) != tuple(input.shape):
        raise RuntimeError(
            f"weights should be 1-d and have the same length as input, not shapes {list(weights.shape)} and "
            f"{list(input.shape)}"
        )
    if weights.dtype is not dtypes.float32:
        weights = weights.to(dtypes.float64)
    return scatter_along(weights, input.to(dtypes.int64), 0, (size,))


# ------------------------------------------------------------------------------------------------ histc


@composite(out=True)
def histc(input, bins=100, min=0, max=0):
    """How many elements fall into each of `bins` equal parts of [min, max], in the dtype of the input.

    Elements outside and NaN are not counted; max itself falls into the last part. With min == max the range is that of
    the elements. Not differentiable. RuntimeError for a range that is not finite or in the wrong order and for bins
    that are not positive, NotImplementedError for types that are not floating.

    >>> import wengert as t
    >>> t.histc(t.tensor([1., 2., 1.]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    input = arguments.tensor("histc", "input", 1, input).detach()
    bins = arguments.integer("histc", "bins", 2, bins)
    if not input.dtype.is_floating_point:
        kernel = "aminmax_cpu" if input.dtype.is_complex else "histogram_cpu"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_word(input.array.dtype)}'")
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    for name, value in (("min", min), ("max", max)):
        if isinstance(value, bool) or not isinstance(value, (int, float, numpy.number)):
            raise TypeError(f"histc(): argument '{name}' must be Number, not {type(value).__name__}")
    flat = reshape(input, -1)
    if min == max and flat.numel():
        low, high = amin(flat), amax(flat)
        same = low == high
        low, high = where(same, low - 1, low), where(same, high + 1, high)
    else:
        low, high = (min - 1.0, max + 1.0) if min == max else (float(min), float(max))
    if not isinstance(low, Tensor) or not low._level:
        # Of the entries of a batch each has its own range.
        if not (math.isfinite(float(low)) and math.isfinite(float(high))):
            raise RuntimeError(f"torch.histc: range of [{float(low):g}, {float(high):g}] is not finite")
        if float(low) > float(high):
            raise RuntimeError(f"torch.histc: max must be larger than min; they are {max} and {min}")
    inside = logical_and(ge(flat, low), le(flat, high))
    part = where(inside, (flat - low) * bins / (high - low), 0.0)
    place = clamp(part.to(dtypes.int64), max=bins - 1)
    return scatter_along(inside.to(dtypes.int64), place, 0, (bins,)).to(input.dtype)


# ------------------------------------------------------------------------------------------------ histogram

HistogramResult = result_type("histogram", "hist", "bin_edges")
HistogramddResult = result_type("histogramdd", "hist", "bin_edges")


def _check_edges(edges, dtype, d: int):
    if edges.ndim != 1:
        raise RuntimeError(
            f"torch.histogramdd: bins tensor should have one dimension, but got {edges.ndim} dimensions in the bins "
            f"tensor for dimension {d}"
        )
    if edges.dtype is not dtype:
        raise RuntimeError(
            "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
            f"{dtype} and bins for dimension {d} with dtype {edges.dtype}"
        )
    if edges.numel() < 2:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got 0 for dimension {d}")
    return edges.detach()


def _even_edges(column, bins: int, bounds, dtype, d: int):
    """bins + 1 edges over the bounds, or over the elements where there are none."""
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {d}")
    if bounds is not None:
        low, high = float(bounds[0]), float(bounds[1])
    elif not column.size:
        low, high = 0.0, 1.0
    else:
        low, high = float(numpy.min(column)), float(numpy.max(column))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.histogramdd: dimension {d}'s range [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {d}"
        )
    if low == high:
        low, high = low - 0.5, high + 0.5
    from .ranges import linspace

    return linspace(low, high, bins + 1, dtype=dtype)


def _histogram(name: str, rows, bins: list, ranges, weight, density: bool):
    """(counts, edges) of rows (N, D), D-dimensional."""
    _concrete(name, rows)
    wide = rows.dtype in (dtypes.float32, dtypes.float64)
    if not wide and (not rows.dtype.is_floating_point or ranges is None and isinstance(bins[0], int)):
        raise NotImplementedError(
            f"\"histogramdd\" not implemented for '{type_word(rows.array.dtype)}': use float32 or float64"
        )
    array = rows.detach().array
    edges, sizes = [], []
    place = numpy.zeros(len(array), numpy.int64)
    inside = numpy.ones(len(array), bool)
    for d, given in enumerate(bins):
        column = array[:, d]
        if isinstance(given, Tensor):
            own = _check_edges(given, rows.dtype, d)
        else:
            own = _even_edges(column, given, None if ranges is None else ranges[2 * d : 2 * d + 2], rows.dtype, d)
        borders = own.array
        found = numpy.searchsorted(borders, column, "right") - 1
        size = len(borders) - 1
        found[column == borders[-1]] = size - 1
        inside &= (column >= borders[0]) & (column <= borders[-1])
        place = place * size + numpy.clip(found, 0, size - 1)
        edges.append(own)
        sizes.append(size)
    if weight is None:
        counts = from_array(numpy.bincount(place[inside], minlength=math.prod(sizes)).astype(array.dtype))
    else:
        counts = scatter_along(
            where(from_array(inside), weight, 0.0), from_array(numpy.where(inside, place, 0)), 0, (math.prod(sizes),)
        )
    counts = reshape(counts, tuple(sizes))
    if density:
        counts = counts / sum_(counts)
        for d, own in enumerate(edges):
            widths = own.array[1:] - own.array[:-1]
            counts = counts / from_array(widths.reshape([-1 if i == d else 1 for i in range(len(sizes))]))
    return counts, edges


def _checked_weight(input, weight, shape: tuple, shown: tuple):
    if weight is None:
        return None
    if weight.dtype is not input.dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same "
            f"dtype, but got input({input.dtype}), and weight({weight.dtype})"
        )
    if tuple(weight.shape) != shape:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
            f"excluding its innermost dimension, but got input with shape {list(shown)} and weight with shape "
            f"{list(weight.shape)}"
        )
    return reshape(weight, -1)


@composite(out=True)
def histogram(input, bins=100, *, range=None, weight=None, density=False):
    """(hist, bin_edges): how many elements fall between neighbouring edges; the last part includes its upper edge.

    `bins` is a number of equal parts of `range` (a pair; that of the elements unless given), or an increasing tensor of
    edges. `weight` (the input's shape) counts elements by their weight, and has a derivative; `density` divides by the
    total and the widths. float32 and float64. RuntimeError for a range that is not finite or in the wrong order, edges
    or weights of another dtype or shape.

    >>> import wengert as t
    >>> t.histogram(t.tensor([1., 2., 1.]), bins=4, range=(0., 3.))
    wengert.return_types.histogram(
    hist=tensor([0., 2., 1., 0.]),
    bin_edges=tensor([0.0000, 0.7500, 1.5000, 2.2500, 3.0000]))
    """
    input = arguments.tensor("histogram", "input", 1, input)
    if isinstance(bins, Tensor):
        if range is not None:
            raise TypeError("histogram(): a range goes with a number of bins, not with edges")
    else:
        bins = arguments.integer("histogram", "bins", 2, bins)
    if range is not None and len(range) != 2:
        raise RuntimeError(
            f"torch.histogramdd: for a 1-dimensional histogram range should have 2 elements, but got {len(range)}"
        )
    weight = _checked_weight(input, weight, tuple(input.shape), (input.numel(), 1))
    counts, edges = _histogram("histogram", reshape(input, (-1, 1)), [bins], range, weight, density)
    return HistogramResult(counts, edges[0])


@composite(method=False)
def histogramdd(input, bins, range=None, weight=None, density=False):
    """(hist, bin_edges) of points with D coordinates, (*, D), as counts (bins[0], ..., bins[D - 1]) and D tensors.

    `bins` is a number of parts for all coordinates, a list of one for each, or a list of tensors of edges; `range` a
    list of 2 D bounds. Otherwise as `histogram`.

    >>> import wengert as t
    >>> t.histogramdd(t.tensor([[0., 1.], [1., 0.], [1., 1.]]), bins=[2, 2]).hist
    tensor([[0., 1.],
            [1., 1.]])
    """
    input = arguments.tensor("histogramdd", "input", 1, input)
    if not input.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions: histogramdd counts rows")
    if input.ndim < 2:
        raise RuntimeError(
            f"torch.histogramdd: input tensor should have at least 2 dimensions, but got {input.ndim}"
        )
    count = input.shape[-1]
    if isinstance(bins, (tuple, list)):
        bins = [b if isinstance(b, Tensor) else arguments.integer("histogramdd", "bins", 2, b) for b in bins]
        if len(bins) != count:
            raise RuntimeError(
                "histogramdd: The size of bins must be equal to the innermost dimension of the input. They are "
                f"{len(bins)} and {count}."
            )
    else:
        bins = [arguments.integer("histogramdd", "bins", 2, bins)] * count
    if range is not None and len(range) != 2 * count:
        raise RuntimeError(
            f"torch.histogramdd: for a {count}-dimensional histogram range should have {2 * count} elements, but got "
            f"{len(range)}"
        )
    weight = _checked_weight(input, weight, tuple(input.shape[:-1]), tuple(input.shape))
    rows = math.prod(input.shape[:-1])
    counts, edges = _histogram("histogramdd", reshape(input, (rows, count)), bins, range, weight, density)
    return HistogramddResult(counts, tuple(edges))
