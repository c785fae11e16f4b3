"""Elements in another order: rolled, turned, mirrored, repeated; sliding windows over them."""

import itertools

import numpy

from ..core import Tensor
from ..core.errors import type_word
from ..core.promotion import from_array
from ..kernels import strided
from . import arguments, dims, levels
from .composite import composite
from .declaration import linear
from .shape import (
    clone,
    contiguous,
    contiguous_copy,
    expand,
    flatten,
    flip,
    narrow,
    reshape,
    transpose,
    unsafe_view,
    unsqueeze,
)

# ------------------------------------------------------------------------------------------------ rolling


def _rolled(x, shifts, order):
    total = [0] * x.ndim
    for shift, d in zip(shifts, order, strict=True):
        total[dims.wrap(d, x.ndim)] += shift
    # Each dimension that moves is in two parts, which change places.
    parts = []
    for shift, size in zip(total, x.shape, strict=True):
        shift = shift % size if size else 0
        parts.append(
            ((slice(shift, None), slice(0, size - shift)), (slice(0, shift), slice(size - shift, None)))
            if shift else ((slice(None), slice(None)),)
        )  # fmt: skip
    out = numpy.empty(x.shape, x.dtype)
    for chosen in itertools.product(*parts):
        to, source = [part[0] for part in chosen], [part[1] for part in chosen]
        out[(*to, ...)] = x[(*source, ...)]
    return out


roll_dims = linear(
    "roll_dims(input, shifts, dims)", forward=_rolled, axes="dims", method=False, public=False,
    node_name="RollBackward0", takes_bfloat16=True,
    input=lambda g, shifts, dims: roll_dims(g, tuple([-shift for shift in shifts]), dims),
    doc="Elements moved on along dimensions, from the end to the beginning.",
)  # fmt: skip


@composite(numpy_functions=(numpy.roll,))
def roll(input, shifts, dims=()):
    """Elements moved on by `shifts` places along `dims`; those that leave at the end come in at the beginning.

    Args:
        shifts: an int, or one for each of `dims`.
        dims: along which dimensions; without them the elements are taken in one row.

    Raises:
        RuntimeError: shifts and dims of different number; no shifts.
        IndexError: a dim out of range.

    >>> import wengert as t
    >>> t.roll(t.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])
    """
    input = arguments.tensor("roll", "input", 1, input)
    shifts = arguments.integers("roll", "shifts", 2, shifts)
    along = arguments.integers("roll", "dims", 3, () if dims is None else dims)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not along and len(shifts) == 1:
        return reshape(roll_dims(reshape(input, (input.numel(),)), shifts, (0,)), tuple(input.shape))
    if len(shifts) != len(along):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(along)}")
    if not input.numel():
        return clone(input)
    if not input.ndim:
        raise IndexError(f"Dimension specified as {along[0]} but tensor has no dimensions")
    return roll_dims(input, shifts, along)


# ------------------------------------------------------------------------------------------------ turning


@composite(numpy_functions=(numpy.fliplr,))
def fliplr(input):
    """A copy with the order of the columns (dimension 1) reversed. RuntimeError below two dimensions.

    Of any dtype and of the input's shape.

    >>> import wengert as t
    >>> t.fliplr(t.tensor([[1, 2, 3]]))
    tensor([[3, 2, 1]])
    """
    input = arguments.tensor("fliplr", "input", 1, input)
    if input.ndim < 2:
        raise RuntimeError(f"Input must be >= 2-d.: fliplr was given shape {list(input.shape)}")
    return flip(input, 1)


@composite(numpy_functions=(numpy.flipud,))
def flipud(input):
    """A copy with the order of the rows (dimension 0) reversed. RuntimeError without dimensions.

    Of any dtype and of the input's shape.

    >>> import wengert as t
    >>> t.flipud(t.tensor([1, 2, 3]))
    tensor([3, 2, 1])
    """
    input = arguments.tensor("flipud", "input", 1, input)
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.: flipud was given a tensor without dimensions")
    return flip(input, 0)


@composite(numpy_functions=(numpy.rot90,))
def rot90(input, k=1, dims=(0, 1)):
    """A copy turned by k quarters in the plane of two dimensions, from the first towards the second for k > 0.

    Raises:
        RuntimeError: fewer than two dimensions; not two different dims.
        IndexError: a dim out of range.

    >>> import wengert as t
    >>> t.rot90(t.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    input = arguments.tensor("rot90", "input", 1, input)
    k = arguments.integer("rot90", "k", 2, k)
    plane = arguments.integers("rot90", "dims", 3, dims)
    if len(plane) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(plane)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    first, second = [_wrap(d, input.ndim) for d in plane]
    if first == second:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {plane[0]} and dim1 = {plane[1]}")
    if k % 4 == 1:
        return transpose(flip(input, second), first, second)
    if k % 4 == 2:
        return flip(input, (first, second))
    if k % 4 == 3:
        return transpose(flip(input, first), first, second)
    return clone(input)


_wrap = dims.wrap

# ------------------------------------------------------------------------------------------------ repeating


@composite(public=False)
def repeat(input, *repeats):
    """The tensor copied `repeats` times along each dimension (new ones in front).

    RuntimeError for fewer counts than dimensions and for negative ones.

    >>> import wengert as t
    >>> t.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    repeats = arguments.collected("repeat", "repeats", repeats)
    missing = len(repeats) - len(input.shape)
    if min(repeats, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension: repeat was given {list(repeats)}")
    if missing < 0:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    shape = (1,) * missing + tuple(input.shape)
    spread = reshape(input, tuple([n for size in shape for n in (1, size)]))
    expanded = expand(spread, tuple([n for times, size in zip(repeats, shape, strict=True) for n in (times, size)]))
    copied = contiguous_copy(expanded)
    return unsafe_view(copied, tuple([times * size for times, size in zip(repeats, shape, strict=True)]))


@composite(numpy_functions=(numpy.tile,))
def tile(input, *dims):
    """`repeat`, with missing leading counts taken as 1.

    RuntimeError for a negative count.

    >>> import wengert as t
    >>> t.tile(t.tensor([[1], [2]]), (2,))
    tensor([[1, 1],
            [2, 2]])
    """
    counts = arguments.collected("tile", "dims", dims)
    return repeat(input, *((1,) * (len(input.shape) - len(counts)) + counts))


@composite
def repeat_interleave(input, repeats=None, dim=None, *, output_size=None):
    """Every element (or part along `dim`) several times in a row.

    Args:
        input: the tensor; or, as the only argument, a vector of counts n, for which the result is 0 n[0] times, 1 n[1]
            times, and so on.
        repeats: how often, an int or an integer tensor with one count for each element along `dim` (or for all).
        dim: along which dimension; without it, all elements in one row.
        output_size: the size that the result will have along `dim`, which is checked.

    Raises:
        RuntimeError: negative counts; counts of another number than there are elements; a wrong `output_size`.
        NotImplementedError: counts that are neither int32 nor int64.

    >>> import wengert as t
    >>> t.repeat_interleave(t.tensor([1, 2, 3]), 2)
    tensor([1, 1, 2, 2, 3, 3])
    >>> t.repeat_interleave(t.tensor([1, 2, 3]), t.tensor([2, 0, 1]))
    tensor([1, 1, 3])
    """
    input = arguments.tensor("repeat_interleave", "input", 1, input)
    if repeats is None:
        if input.ndim != 1:
            raise RuntimeError(f"repeat_interleave only accept 1D vector as repeat: its shape is {list(input.shape)}")
        counts = _counts(input)
        return from_array(_repeated(counts, output_size).astype(counts.dtype))
    if dim is None:
        input, dim = reshape(input, (input.numel(),)), 0
    elif not input.ndim:
        raise IndexError(f"Dimension out of range (expected to be in range of [-1, 0], but got {dim + 1})")
    if isinstance(repeats, Tensor):
        dim = dims.wrap(dim, input.ndim)
        counts = _counts(repeats)
        if counts.ndim > 1:
            raise RuntimeError(f"repeats must be 0-dim or 1-dim tensor: its shape is {list(counts.shape)}")
        size = input.shape[dim] if input.ndim else 1
        if counts.ndim and counts.size not in (1, size):
            raise RuntimeError(
                f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and "
                f"input.size({dim}) = {size}"
            )
        return input.index_select(dim, from_array(_repeated(numpy.broadcast_to(counts, (size,)), output_size)))
    if not arguments.is_integer(repeats):
        raise TypeError(
            "repeat_interleave() received an invalid combination of arguments: repeats must be an int or a tensor of "
            f"ints, not {type(repeats).__name__}"
        )
    dim = dims.wrap(dim, input.ndim)
    if repeats < 0:
        raise RuntimeError(f"Repeats must be non-negative: repeat_interleave was given {repeats}")
    shape = tuple(input.shape)
    if output_size is not None and output_size != shape[dim] * repeats:
        raise RuntimeError(
            f"repeat_interleave: Invalid output_size, expected {shape[dim] * repeats} but got {output_size}"
        )
    spread = expand(unsqueeze(input, dim + 1), (*shape[: dim + 1], repeats, *shape[dim + 1 :]))
    return flatten(clone(contiguous(spread)) if repeats == 1 else contiguous(spread), dim, dim + 1)


def _counts(repeats: Tensor):
    counts = levels.values(repeats, "repeat_interleave")
    if counts.dtype not in (numpy.int32, numpy.int64):
        raise NotImplementedError(
            f"\"repeat_interleave_cpu\" not implemented for '{type_word(counts.dtype)}': repeats must be int32 or int64"
        )
    return counts


def _repeated(counts, output_size):
    """The number of each count, as often as it says."""
    if counts.size and counts.min() < 0:
        raise RuntimeError(f"repeats can not be negative: one is {counts.min()}")
    positions = numpy.repeat(numpy.arange(counts.size), counts)
    if output_size is not None and output_size != positions.size:
        raise RuntimeError(
            f"allocated size does not match required size: output_size is {output_size}, but repeats make "
            f"{positions.size}"
        )
    return positions


# ------------------------------------------------------------------------------------------------ sliding windows


def _windows(x, dimension, size, step):
    dimension = dims.wrap(dimension, x.ndim)
    count = _window_count(x.shape[dimension], dimension, size, step)
    itemsize = x.itemsize
    steps = [s // itemsize for s in x.strides]
    shape = (*x.shape[:dimension], count, *x.shape[dimension + 1 :], size)
    strides = (*steps[:dimension], steps[dimension] * step, *steps[dimension + 1 :], steps[dimension])
    return strided.as_strided(x, shape, strides, 0)


def _window_count(length: int, dimension: int, size: int, step: int) -> int:
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return (length - size) // step + 1


def _windows_transpose(g, shape, dimension, size, step):
    dimension = dims.wrap(dimension, len(shape))
    out = numpy.zeros(shape, g.dtype)
    before = (slice(None),) * dimension
    count = g.shape[dimension]
    if size <= count:
        for j in range(size):
            out[(*before, slice(j, j + step * (count - 1) + 1, step))] += g[..., j]
    else:
        for i in range(count):
            out[(*before, slice(i * step, i * step + size))] += numpy.moveaxis(g[(*before, i)], -1, dimension)
    return out


windows = linear(
    "windows(input, dimension, size, step)", forward=_windows, axes="dimension", view=True, method=False, public=False,
    node_name="UnfoldBackward0",
    input=lambda g, input_shape, dimension, size, step: windows_transpose(g, input_shape, dimension, size, step),
    doc="Windows of `size` elements, `step` apart, along a dimension, as a new last dimension. A view.",
)  # fmt: skip
windows_transpose = linear(
    "windows_transpose(g, shape, dimension, size, step)", forward=_windows_transpose, method=False, public=False,
    node_name="UnfoldBackwardBackward0",
    batch=lambda operation, operands, parameters, in_dims, size: (
        windows_transpose(
            operands[0].movedim(in_dims[0], 0), (size, *parameters[0]),
            dims.wrap(parameters[1], len(parameters[0])) + 1, *parameters[2:],
        ),
        0,
    ),
    g=lambda g, dimension, size, step: windows(g, dimension, size, step),
    doc="Windows added at their places in a tensor of zeros: the transpose of windows.",
)  # fmt: skip


@composite(public=False)
def unfold(input, dimension, size, step):
    """Windows of `size` elements, `step` apart, along a dimension: (*, N, *) -> (*, (N - size) // step + 1, *, size).

    A view: neighbouring windows share memory where they overlap. A tensor without dimensions has one window of at most
    one element.

    Raises:
        RuntimeError: a negative size, one beyond the dimension's; a step below 1.
        IndexError: a dimension out of range.

    >>> import wengert as t
    >>> t.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    dimension = arguments.integer("unfold", "dimension", 1, dimension)
    size = arguments.integer("unfold", "size", 2, size)
    step = arguments.integer("unfold", "step", 3, step)
    dimension = dims.wrap(dimension, input.ndim)
    if not input.ndim:
        _window_count(1, 0, size, step)
        return narrow(reshape(input, (1,)), 0, 0, size)
    return windows(input, dimension, size, step)
