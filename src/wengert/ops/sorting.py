"""Order: sort, topk, kthvalue and their positions. Values are gathered, so their derivative is gather's."""

import numpy

from ..core import dtypes
from ..core.errors import type_word
from . import arguments, dims
from .composite import composite
from .declaration import general, without_kernel
from .elementwise import NO_ORDER
from .results import result_type
from .scatter import gather_along


def _order(array, dim, descending):
    if array.dtype.kind == "c":
        raise RuntimeError(f"Sort does not support complex dtypes on CPU: {NO_ORDER}")
    if not array.ndim:
        dims.wrap(dim, 0)
        return numpy.zeros((), numpy.int64)
    dim = dims.wrap(dim, array.ndim)
    if descending:
        # Reversing before and after keeps equal elements in their order.
        reversed_ = numpy.flip(array, dim)
        order = numpy.flip(numpy.argsort(reversed_, dim, kind="stable"), dim)
        return array.shape[dim] - 1 - order
    return numpy.argsort(array, dim, kind="stable")


sorted_positions = general(
    "sorted_positions(input, dim, descending=False)", forward=_order, axes="dim", method=False, public=False,
    input=None,
    doc="The positions that sort along dim, equal elements in their order; NaN counts as the largest, as in NumPy.",
)  # fmt: skip


def _first_positions(array, k, dim, largest):
    dim = dims.wrap(dim, array.ndim)
    size = array.shape[dim]
    if array.dtype.kind == "b" or not 0 < 8 * k < size:
        order = _order(array, dim, largest)
        return numpy.take(order, range(k), dim)
    # Few of many: a partition finds them, and only they are sorted.
    keys = array
    if largest:
        nth = numpy.argpartition(keys, size - k, dim)
        part = numpy.take(nth, range(size - k, size), dim)
    else:
        nth = numpy.argpartition(keys, k - 1, dim)
        part = numpy.take(nth, range(k), dim)
    part = numpy.sort(part, dim)
    return numpy.take_along_axis(part, _order(numpy.take_along_axis(array, part, dim), dim, largest), dim)


def _batched_first(operation, operands, parameters, in_dims, size):
    k, dim, largest = parameters
    return operation(operands[0], k, dims.wrap(dim, operands[0].ndim - 1) + 1, largest), 0


largest_positions = general(
    "largest_positions(input, k, dim, largest=True)", forward=_first_positions, batch=_batched_first, method=False,
    public=False,
    input=None,
    doc="The positions of the k largest (smallest) elements along dim, in order; NaN counts as the largest.",
)  # fmt: skip

SortResult = result_type("sort", "values", "indices")
TopkResult = result_type("topk", "values", "indices")
KthvalueResult = result_type("kthvalue", "values", "indices")


@composite(out="exact")
def sort(input, dim=-1, descending=False, *, stable=False):
    """The elements sorted along a dimension, and where they were.

    Args:
        input: a tensor of real numbers or booleans.
        dim: the dimension.
        descending: whether the largest comes first.
        stable: accepted; equal elements always keep their order.

    Returns:
        (values, indices), also by these names. NaN counts as the largest.

    Raises:
        IndexError: `dim` out of range.
        RuntimeError: complex numbers.

    The derivative is that of the elements at these positions.

    >>> import wengert as t
    >>> values, indices = t.sort(t.tensor([3.0, 1.0, 2.0]))
    >>> print(values, indices)
    tensor([1., 2., 3.]) tensor([1, 2, 0])
    """
    input = arguments.tensor("sort", "input", 1, input)
    if not isinstance(descending, (bool, numpy.bool_)):
        raise arguments.impossible("sort", input, descending)
    order = sorted_positions(input, _dim("sort", dim, input), bool(descending)).contiguous()
    return SortResult(gather_along(input, order, dim) if input.ndim else input.clone(), order)


def _dim(name: str, dim, input) -> int:
    return dims.wrap(arguments.integer(name, "dim", 2, dim), input.ndim)


@composite
def argsort(input, dim=-1, descending=False, *, stable=False):
    """The positions that sort along a dimension: the second result of `sort`.

    RuntimeError for complex numbers, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.argsort(t.tensor([3.0, 1.0, 2.0]), descending=True)
    tensor([0, 2, 1])
    """
    return sort(input, dim, descending, stable=stable)[1]


@composite(out="exact")
def msort(input):
    """The elements sorted along the first dimension, in ascending order.

    Any shape; a tensor without dimensions as it is. RuntimeError for complex numbers.

    >>> import wengert as t
    >>> t.msort(t.tensor([[3, 1], [2, 4]]))
    tensor([[2, 1],
            [3, 4]])
    """
    return sort(input, 0)[0]


@composite(out="exact")
def topk(input, k, dim=-1, largest=True, sorted=True):
    """The k largest (or smallest) elements along a dimension, and where they are.

    Args:
        input: a tensor of real numbers.
        k: how many; no more than the size of the dimension.
        dim: the dimension.
        largest: whether the largest are wanted.
        sorted: accepted; the result is always in order.

    Returns:
        (values, indices), also by these names. NaN counts as the largest.

    Raises:
        RuntimeError: `k` out of range, booleans and complex numbers.
        IndexError: `dim` out of range.

    >>> import wengert as t
    >>> values, indices = t.topk(t.tensor([3.0, 1.0, 2.0]), 2)
    >>> print(values, indices)
    tensor([3., 2.]) tensor([0, 2])
    """
    input = arguments.tensor("topk", "input", 1, input)
    k = arguments.integer("topk", "k", 2, k)
    if input.dtype.is_complex:
        raise RuntimeError(f"topk does not support complex dtypes on CPU: {NO_ORDER}")
    dim = _dim("topk", dim, input)
    if input.dtype is dtypes.bool:
        raise RuntimeError("topk does not support bool dtypes on CPU: convert to an integer type first")
    size = input.shape[dim] if input.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError(f"selected index k out of range: k is {k}, the dimension has size {size}")
    if not input.ndim:
        return TopkResult(*sort(input, dim))
    taken = largest_positions(input, k, dim, bool(largest))
    return TopkResult(gather_along(input, taken, dim), taken)


def _kth(array, k, dim):
    if array.dtype.kind == "c":
        without_kernel("kthvalue_cpu", NO_ORDER)(array)
    return numpy.take(numpy.argpartition(array, k - 1, dim), [k - 1], dim)


def _batched_kth(operation, operands, parameters, in_dims, size):
    k, dim = parameters
    return operation(operands[0], k, dims.wrap(dim, operands[0].ndim - 1) + 1), 0


kth_position = general(
    "kth_position(input, k, dim)", forward=_kth, batch=_batched_kth, method=False, public=False,
    input=None,
    doc="The position of the k-th smallest element along dim, which is kept; NaN counts as the largest.",
)  # fmt: skip


@composite(out="exact")
def kthvalue(input, k, dim=-1, keepdim=False):
    """The k-th smallest element along a dimension, and where it is.

    Args:
        input: a tensor of real numbers.
        k: which, counted from 1.
        dim: the dimension.
        keepdim: whether the result keeps it, with size 1.

    Returns:
        (values, indices), also by these names. NaN counts as the largest.

    Raises:
        RuntimeError: `k` out of range.
        IndexError: `dim` out of range, or of size 0.
        NotImplementedError: booleans and complex numbers.

    >>> import wengert as t
    >>> value, index = t.kthvalue(t.tensor([3.0, 1.0, 2.0]), 2)
    >>> print(value, index)
    tensor(2.) tensor(2)
    """
    input = arguments.tensor("kthvalue", "input", 1, input)
    k = arguments.integer("kthvalue", "k", 2, k)
    dim = _dim("kthvalue", dim, input)
    if input.ndim and not input.shape[dim]:
        raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
    size = input.shape[dim] if input.ndim else 1
    if not 1 <= k <= size:
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {dim}: k is {k}, the dimension has size {size}"
        )
    if input.dtype.category in (0, 3):
        raise NotImplementedError(
            f"\"kthvalue_cpu\" not implemented for '{type_word(input.array.dtype)}': its numbers have no order"
        )
    if not input.ndim:
        return KthvalueResult(*sort(input, dim))
    taken = kth_position(input, k, dim)
    values = gather_along(input, taken, dim)
    return KthvalueResult(values, taken) if keepdim else KthvalueResult(values.squeeze(dim), taken.squeeze(dim))
