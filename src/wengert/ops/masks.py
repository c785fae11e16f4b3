"""Choosing elements by a mask, and finding those that are not 0."""

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.errors import imaginary_part_lost, type_word
from ..core.promotion import from_array, number_as, tensor_of
from . import arguments, levels
from .composite import composite
from .elementwise import choose, clamp, masked_write
from .indexing import data_dependent, getitem, taken_apart
from .positions import basic_index, index_, put_at
from .shape import expand, reshape

_NUMBERS = (bool, int, float, complex, numpy.number)


@composite(out=True, numpy_functions=(numpy.where, numpy.nonzero), method=False)
def where(condition, input=None, other=None):
    """`input` where the condition holds, `other` elsewhere; of a condition alone, the positions where it holds.

    Args:
        condition: a tensor of bool (or uint8).
        input, other: tensors or numbers. All three are broadcast; the result has the common type of these two.

    Raises:
        RuntimeError: another dtype of the condition, shapes that are not broadcast.
        TypeError: a condition that is no tensor, only one of `input` and `other`.

    >>> import wengert as t
    >>> x = t.tensor([-1.0, 2.0, -3.0])
    >>> t.where(x > 0, x, 0.0)
    tensor([0., 2., 0.])
    >>> t.where(x > 0)
    (tensor([1]),)
    """
    if isinstance(condition, numpy.ndarray):
        condition = tensor_of(condition)
    given = [x for x in (condition, input, other) if x is not None]
    if not isinstance(condition, Tensor) or len(given) == 2:
        raise arguments.impossible("where", *given)
    if len(given) == 1:
        return nonzero(condition, as_tuple=True)
    if condition.dtype is not dtypes.bool:
        if condition.dtype is not dtypes.uint8:
            raise RuntimeError(
                "where expected condition to be a boolean tensor, but got a tensor with dtype "
                f"{type_word(condition.array.dtype)}"
            )
        condition = condition.to(dtypes.bool)
    return choose(condition, input, other)


def _where_of(input, condition, other):
    """The tensor's elements where the condition holds, `other` elsewhere: `where(condition, input, other)`.

    >>> import wengert as t
    >>> x = t.tensor([-1.0, 2.0])
    >>> x.where(x > 0, 0.0)
    tensor([0., 2.])
    """
    return where(condition, input, other)


_where_of.__name__ = _where_of.__qualname__ = "where"
bind_method("where", _where_of)


def _filling(input, mask, value) -> tuple:
    """(input, mask, value, shape) of a call, checked."""
    input = arguments.tensor("masked_fill", "input", 1, input)
    mask = arguments.tensor("masked_fill", "mask", 2, mask)
    if not isinstance(value, (Tensor, *_NUMBERS)):
        raise arguments.impossible("masked_fill", mask, value)
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if not isinstance(value, Tensor):
        value = from_array(number_as(value, input.array.dtype))
    elif value.dtype.is_complex and not input.dtype.is_complex:
        imaginary_part_lost("value", input.array.dtype)
    elif value.dtype is not input.dtype:
        value = value.to(input.dtype)
    return input, mask, value, arguments.broadcast("masked_fill", input, mask)


def _masked_fill_in_place(input, mask, value):
    input, mask, value, shape = _filling(input, mask, value)
    if shape != tuple(input.shape):
        raise RuntimeError(
            f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}: masked_fill_ "
            "writes into its first argument, whose shape cannot change"
        )
    return masked_write.in_place(input, mask, value)


@composite(in_place=True, writes=_masked_fill_in_place)
def masked_fill(input, mask, value):
    """`input` with a number where a mask is true.

    Args:
        input: a tensor.
        mask: a tensor of bool, broadcast against it.
        value: a number or a tensor without dimensions; it is converted to the type of `input`.

    Raises:
        RuntimeError: another dtype of the mask, shapes that are not broadcast, a value that the type cannot hold or of
            one dimension or more.

    >>> import wengert as t
    >>> t.tensor([1.0, 2.0, 3.0]).masked_fill(t.tensor([True, False, True]), 0)
    tensor([0., 2., 0.])
    """
    input, mask, value, _ = _filling(input, mask, value)
    return choose(mask, value, input)


@composite(out="exact")
def masked_select(input, mask):
    """The elements of `input` where a mask is true, in one dimension.

    Args:
        input: a tensor.
        mask: a tensor of bool; the two are broadcast against each other.

    Raises:
        RuntimeError: another dtype of the mask, shapes that are not broadcast.

    >>> import wengert as t
    >>> x = t.tensor([[1, 2], [3, 4]])
    >>> t.masked_select(x, x > 1)
    tensor([2, 3, 4])
    """
    input = arguments.tensor("masked_select", "input", 1, input)
    mask = arguments.tensor("masked_select", "mask", 2, mask)
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, but it is of {mask.dtype}")
    shape = arguments.broadcast("masked_select", input, mask) or (1,)
    return getitem(expand(input, shape), expand(mask, shape))


@composite(in_place=True)
def masked_scatter(input, mask, source):
    """`input` with the elements of `source`, in their order, where a mask is true.

    Args:
        input: a tensor.
        mask: a tensor of bool; the two are broadcast against each other.
        source: a tensor of the same dtype with at least as many elements as the mask has true ones.

    Raises:
        RuntimeError: dtypes that do not fit, shapes that are not broadcast, too few elements.

    >>> import wengert as t
    >>> t.zeros(4).masked_scatter(t.tensor([True, False, True, False]), t.tensor([5.0, 6.0, 7.0]))
    tensor([5., 0., 6., 0.])
    """
    input = arguments.tensor("masked_scatter", "input", 1, input)
    mask = arguments.tensor("masked_scatter", "mask", 2, mask)
    source = arguments.tensor("masked_scatter", "source", 3, source)
    if source.dtype is not input.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{type_word(input.array.dtype)} and {type_word(source.array.dtype)}"
        )
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {type_word(mask.array.dtype)}"
        )
    shape = arguments.broadcast("masked_scatter", input, mask)
    mask, input = expand(mask, shape), expand(input, shape)
    if mask._level and mask._payload.batched:
        # How many elements it takes differs between entries; one too many reads the last.
        order = clamp(reshape(mask, (-1,)).long().cumsum(0) - 1, min=0, max=max(source.numel() - 1, 0))
        taken = index_(reshape(source, (-1,)), reshape(order, (1, *shape)), (0,))
        return choose(mask, taken, input)
    plan = taken_apart(input, mask)
    count = plan.index.shape[1]
    if source.numel() < count:
        raise RuntimeError(
            f"Number of elements of source < number of ones in mask: masked_scatter needs {count} elements and was "
            f"given {source.numel()}"
        )
    return reshape(
        put_at(plan.part(input), basic_index(reshape(source, (-1,)), (slice(count),)), plan.index, plan.dims), shape
    )


@composite(out="exact")
def nonzero(input, *, as_tuple=False):
    """The positions of the elements that are not 0, in row-major order.

    Args:
        input: a tensor.
        as_tuple: whether to return a tuple of one tensor for each dimension, which indexes `input`, rather than one
            of shape (number of elements, number of dimensions).

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> x = t.tensor([[0, 2], [3, 0]])
    >>> t.nonzero(x)
    tensor([[0, 1],
            [1, 0]])
    >>> x[t.nonzero(x, as_tuple=True)]
    tensor([2, 3])
    """
    array = _decided("nonzero", input)
    found = numpy.nonzero(numpy.atleast_1d(array))
    if as_tuple:
        return tuple([from_array(rows) for rows in found])
    return from_array(numpy.stack(found, 1) if array.ndim else numpy.zeros((len(found[0]), 0), numpy.int64))


def _decided(name: str, input):
    """The array by whose values the shape of a result is decided."""
    input = arguments.tensor(name, "input", 1, input)
    if input._level and getattr(input._payload, "batched", False):
        data_dependent()
    return levels.values(input, name)


@composite(numpy_functions=(numpy.argwhere,))
def argwhere(input):
    """The positions of the elements that are not 0, of shape (number of elements, number of dimensions).

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.argwhere(t.tensor([1, 0, 3]))
    tensor([[0],
            [2]])
    """
    return nonzero(input)


@composite(out="exact")
def nonzero_static(input, *, size, fill_value=-1):
    """`nonzero` in a result of `size` rows whatever the values: the first ones, or filled up with `fill_value`.

    RuntimeError for a negative size.

    >>> import wengert as t
    >>> t.nonzero_static(t.tensor([1, 0, 3]), size=3)
    tensor([[ 0],
            [ 2],
            [-1]])
    """
    input = arguments.tensor("nonzero_static", "input", 1, input)
    size = arguments.integer("nonzero_static", "size", 2, size)
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, but it is {size}")
    found = nonzero(input)
    count, rank = found.shape
    out = numpy.full((size, rank), fill_value, numpy.int64)
    out[: min(count, size)] = found.array[:size]
    return from_array(out)
