"""Finding: places in sorted sequences, different values, membership."""

import math

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array, result_dtype
from . import arguments
from . import dims as _dims
from .batching import spread
from .composite import composite
from .declaration import general
from .elementwise import NO_ORDER
from .scatter import gather_along

_NUMBERS = (bool, int, float, complex, numpy.number)

# ------------------------------------------------------------------------------------------------ sorted sequences


def _places(sequence, x, right):
    if sequence.ndim == 1 and _sorted_by_numpy(sequence):
        found = sequence.searchsorted(x, "right" if right else "left")
        if x.dtype.kind == "f":
            # No element is above NaN, nor as large.
            found = numpy.where(numpy.isnan(x), sequence.shape[0], found)
        return numpy.asarray(found, numpy.int64)
    return _bisected(sequence, x, right)


def _sorted_by_numpy(sequence) -> bool:
    # NumPy counts NaN as the largest; a sequence that ends in none has none if it is sorted.
    return sequence.dtype.kind != "f" or not sequence.size or not numpy.isnan(sequence[-1])


def _bisected(sequence, x, right):
    """All places at once, halving the interval of each until it is empty."""
    low = numpy.zeros(x.shape, numpy.int64)
    high = numpy.full(x.shape, sequence.shape[-1], numpy.int64)
    for _ in range(int(sequence.shape[-1]).bit_length()):
        middle = (low + high) >> 1
        at = numpy.minimum(middle, max(sequence.shape[-1] - 1, 0))
        values = sequence[at] if sequence.ndim == 1 else numpy.take_along_axis(sequence, at, -1)
        above = ~(values > x if right else values >= x) & (low < high)
        low = numpy.where(above, middle + 1, low)
        high = numpy.where(above, high, numpy.minimum(middle, high))
    return low


def _batched_places(operation, operands, parameters, in_dims, size):
    sequence, x = operands
    if in_dims[0] is None and sequence.ndim == 1:
        return operation(sequence, x, *parameters), 0
    if in_dims[0] is None:
        sequence = spread(sequence, size)
    if in_dims[1] is None:
        x = spread(x, size)
    if sequence.ndim == 2 and x.ndim != 2:
        # One sequence for each entry, for values of any shape.
        shape = tuple(x.shape)
        return operation(sequence, x.reshape((size, -1)), *parameters).reshape(shape), 0
    return operation(sequence, x, *parameters), 0


sorted_places = general(
    "sorted_places(sequence, input, right=False)", forward=_places, batch=_batched_places, method=False, public=False,
    sequence=None,
    input=None,
    doc="For each element of input the first place in the last dimension of sequence, which is sorted, whose element "
    "is not below it (above it, if right).",
)  # fmt: skip


def _value(x, sequence):
    """What is looked for, as a tensor: a Python number takes the type that it has beside the sequence."""
    if isinstance(x, Tensor):
        return x
    dtype = result_dtype([numpy.empty(1, sequence.array.dtype), x])
    return from_array(numpy.asarray(x, dtype))


def _found(name: str, sequence, x, right: bool, out_int32: bool):
    if sequence.dtype is not x.dtype:
        common = result_dtype([numpy.empty(1, sequence.array.dtype), numpy.empty(1, x.array.dtype)])
        sequence, x = sequence.to(dtypes.from_numpy(common)), x.to(dtypes.from_numpy(common))
    if x.dtype.category in (0, 3):
        raise NotImplementedError(
            f"\"{name}_out_cpu\" not implemented for '{type_word(x.array.dtype)}': it takes numbers that have an order"
        )
    places = sorted_places(sequence, x, right)
    return places.to(dtypes.int32) if out_int32 else places


@composite(out="exact", method=False, kinds={"input": "Tensor|Number"})
def searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None):
    """Where elements would be inserted into sorted sequences to keep them sorted.

    The place i of a value v fulfils sequence[i - 1] < v <= sequence[i]; with right, sequence[i - 1] <= v < sequence[i].
    NaN comes last.

    Args:
        sorted_sequence: sorted along its last dimension.
        input: the values: a tensor, whose dimensions but the last are those of `sorted_sequence` if that has more than
            one; or a number.
        out_int32: whether the result is of int32 rather than int64.
        right, side: which of equal elements comes first; side is "left" or "right".
        sorter: the positions (int64) that sort `sorted_sequence`, if it is not sorted.

    Raises:
        RuntimeError: shapes, `side` or `sorter` that do not fit.
        NotImplementedError: booleans and complex numbers.

    >>> import wengert as t
    >>> t.searchsorted(t.tensor([1, 3, 5, 7]), t.tensor([3, 6]))
    tensor([1, 3])
    >>> t.searchsorted(t.tensor([1, 3, 5, 7]), t.tensor([3, 6]), side="right")
    tensor([2, 3])
    """
    if not isinstance(sorted_sequence, Tensor) or not isinstance(input, (Tensor, *_NUMBERS)):
        raise arguments.impossible("searchsorted", sorted_sequence, input)
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    shape = list(sorted_sequence.shape)
    if not shape:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension"
        )
    scalar = not isinstance(input, Tensor) or not input.ndim
    if scalar and len(shape) != 1:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({len(shape)}) and input value's dim(0) numel(1)"
        )
    x = _value(input, sorted_sequence)
    if len(shape) > 1 and (x.ndim != len(shape) or list(x.shape[:-1]) != shape[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {shape} and input value tensor "
            f"{list(x.shape)}"
        )
    if sorter is not None:
        sorted_sequence = _sorted(sorted_sequence, sorter)
    return _found("searchsorted", sorted_sequence, x, bool(right) or side == "right", out_int32)


def _sorted(sequence, sorter):
    sorter = arguments.tensor("searchsorted", "sorter", 6, sorter)
    if sorter.shape != sequence.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(sequence.shape)}and got sorter tensor {list(sorter.shape)}"
        )
    if sorter.dtype is not dtypes.int64:
        raise RuntimeError(
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
            f"{type_word(sorter.array.dtype)}"
        )
    at = sorter.array
    if at.size and (at.min() < 0 or at.max() >= sequence.shape[-1]):
        raise RuntimeError("torch.searchsorted(): sorter index out of range")
    return gather_along(sequence, sorter, -1)


@composite(out="exact", method=False)
def bucketize(input, boundaries, *, out_int32=False, right=False):
    """The number of the bucket that each element falls into, between boundaries in ascending order.

    Bucket i is boundaries[i - 1] < x <= boundaries[i]; with right, boundaries[i - 1] <= x < boundaries[i].

    Args:
        input: a tensor or a number.
        boundaries: sorted, of one dimension.
        out_int32: whether the result is of int32 rather than int64.
        right: which side of a bucket is closed.

    Raises:
        RuntimeError: boundaries of another number of dimensions.
        NotImplementedError: booleans and complex numbers.

    >>> import wengert as t
    >>> t.bucketize(t.tensor([0.5, 3.0, 9.0]), t.tensor([1.0, 3.0, 5.0]))
    tensor([0, 1, 3])
    """
    if not isinstance(boundaries, Tensor) or not isinstance(input, (Tensor, *_NUMBERS)):
        raise arguments.impossible("bucketize", input, boundaries)
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return _found("searchsorted", boundaries, _value(input, boundaries), bool(right), out_int32)


# ------------------------------------------------------------------------------------------------ different values


def _concrete(name: str, input):
    """The array of a tensor whose different values are asked for."""
    if input._level and getattr(input._payload, "batched", False):
        raise RuntimeError(f"vmap: {name} inside vmap is not supported for batched tensors; move it outside of vmap")
    return input._payload.outside(name).array if input._level else input.array


def _dim_of(input, dim) -> int:
    dim = _dims.wrap(dim, input.ndim)
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    empty = [d for d, size in enumerate(input.shape) if not size]
    if len(empty) > 1:
        raise RuntimeError("Number of zero sized dimensions is more than one, so unique cannot be applied")
    if empty and empty != [dim]:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    return dim


def _check_order(name: str, input) -> None:
    if input.dtype.is_complex:
        raise NotImplementedError(f"\"{name}\" not implemented for '{type_word(input.array.dtype)}': {NO_ORDER}")


def _rows(parts):
    """Parts along the first dimension, each made flat."""
    return parts.reshape(parts.shape[0], math.prod(parts.shape[1:]))


def _differs(rows):
    """Whether each row differs from the one before it; the first one does. NaN differs from NaN."""
    out = numpy.ones(rows.shape[0], bool)
    if rows.shape[0] > 1:
        changes = rows[1:] != rows[:-1]
        out[1:] = changes[:, 0] if rows.shape[1] == 1 else changes.any(axis=1)
    return out


def _runs(rows) -> tuple:
    """(starts, number of its run for each row, length of each run) of rows that stand together."""
    differs = _differs(rows)
    starts = numpy.flatnonzero(differs)
    numbers = numpy.cumsum(differs) - 1
    return starts, numbers, numpy.diff(numpy.append(starts, rows.shape[0]))


def _answers(output, inverse, counts, return_inverse, return_counts):
    asked = [output]
    if return_inverse:
        asked.append(from_array(inverse))
    if return_counts:
        asked.append(from_array(counts))
    return asked[0] if len(asked) == 1 else tuple(asked)


@composite
def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different elements, in ascending order; or the different parts along a dimension, in lexicographic order.

    Args:
        input: a tensor.
        sorted: accepted; the result is always sorted.
        return_inverse: whether to return the place of each element (part) among the different ones as well.
        return_counts: whether to return how often each occurs as well.
        dim: the dimension along which parts are compared; None: elements, of the flattened input.

    Returns:
        the different ones; (them, inverse), (them, counts) or (them, inverse, counts) if asked. NaN differs from NaN.

    Raises:
        NotImplementedError: complex numbers.
        IndexError: `dim` out of range.
        RuntimeError: `dim` along which parts are empty.

    >>> import wengert as t
    >>> t.unique(t.tensor([3, 1, 3]), return_inverse=True, return_counts=True)
    (tensor([1, 3]), tensor([1, 0, 1]), tensor([1, 2]))
    """
    arguments.flag("unique", "sorted", 2, sorted)
    arguments.flag("unique", "return_inverse", 3, return_inverse)
    arguments.flag("unique", "return_counts", 4, return_counts)
    input = arguments.tensor("unique", "input", 1, input)
    array = _concrete("unique", input)
    if dim is None:
        _check_order("unique", input)
        flat = array.reshape(-1)
        if not return_inverse:
            ordered = numpy.sort(flat)
            starts, _, counts = _runs(ordered[:, None])
            return _answers(from_array(ordered[starts]), None, counts, False, return_counts)
        # Which of equal elements comes first does not matter.
        order = numpy.argsort(flat)
        starts, numbers, counts = _runs(flat[order][:, None])
        inverse = numpy.empty(flat.shape, numpy.int64)
        inverse[order] = numbers
        return _answers(
            from_array(flat[order[starts]]), inverse.reshape(array.shape), counts, return_inverse, return_counts
        )
    dim = _dim_of(input, dim)
    _check_order("unique_dim", input)
    moved = numpy.moveaxis(array, dim, 0)
    rows = _rows(moved)
    order = numpy.lexsort(rows.T[::-1]) if rows.shape[1] else numpy.arange(rows.shape[0])
    starts, numbers, counts = _runs(rows[order])
    inverse = numpy.empty(rows.shape[0], numpy.int64)
    inverse[order] = numbers
    output = numpy.ascontiguousarray(numpy.moveaxis(moved[order[starts]], 0, dim))
    return _answers(from_array(output), inverse, counts, return_inverse, return_counts)


@composite
def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """The input without elements (or parts along a dimension) that equal the one before.

    Args:
        input: a tensor.
        return_inverse: whether to return the number of the run that each element (part) belongs to as well.
        return_counts: whether to return the lengths of the runs as well.
        dim: the dimension along which parts are compared; None: elements, of the flattened input.

    Raises:
        NotImplementedError: complex numbers.
        IndexError: `dim` out of range.
        RuntimeError: `dim` along which parts are empty.

    >>> import wengert as t
    >>> t.unique_consecutive(t.tensor([1, 1, 2, 1]), return_counts=True)
    (tensor([1, 2, 1]), tensor([2, 1, 1]))
    """
    arguments.flag("unique_consecutive", "return_inverse", 2, return_inverse)
    arguments.flag("unique_consecutive", "return_counts", 3, return_counts)
    input = arguments.tensor("unique_consecutive", "input", 1, input)
    array = _concrete("unique_consecutive", input)
    if dim is None:
        _check_order("unique", input)
        flat = array.reshape(-1)
        starts, numbers, counts = _runs(flat[:, None])
        return _answers(from_array(flat[starts]), numbers.reshape(array.shape), counts, return_inverse, return_counts)
    dim = _dim_of(input, dim)
    _check_order("unique_dim", input)
    moved = numpy.moveaxis(array, dim, 0)
    starts, numbers, counts = _runs(_rows(moved))
    output = numpy.ascontiguousarray(numpy.moveaxis(moved[starts], 0, dim))
    return _answers(from_array(output), numbers, counts, return_inverse, return_counts)


# ------------------------------------------------------------------------------------------------ membership


def _members(x, tests):
    # Sorted by value, an element is a member if it equals the one at its place. NaN equals nothing.
    tests = numpy.sort(tests.reshape(-1))
    if not tests.size:
        return numpy.zeros(x.shape, bool)
    at = numpy.minimum(tests.searchsorted(x), tests.size - 1)
    return numpy.asarray(tests[at] == x)


def _batched_members(operation, operands, parameters, in_dims, size):
    x, tests = operands
    if in_dims[1] is None:
        return operation(x, tests), 0
    # Each entry has tests of its own: all pairs are compared.
    tests = tests.reshape((size, *(1,) * (x.ndim - (in_dims[0] is not None)), -1))
    return (x.reshape((*x.shape, 1)) == tests).any(-1), 0


is_member = general(
    "is_member(input, tests)", forward=_members, batch=_batched_members, method=False, public=False,
    input=None,
    tests=None,
    doc="Which elements of input equal one of tests.",
)  # fmt: skip


@composite(out="exact", method=False)
def isin(
    elements=None, test_elements=None, *, assume_unique=False, invert=False, element=None, test_element=None
):  # fmt: skip
    """Which elements are among the test elements.

    Args:
        elements: a tensor or a number.
        test_elements: a tensor or a number; at least one of the two is a tensor.
        element, test_element: their names where they are numbers.
        assume_unique: accepted; it makes no difference to the result.
        invert: whether to return which are not.

    Returns:
        a tensor of bool, of the shape of `elements`.

    Raises:
        RuntimeError: booleans and complex numbers.

    >>> import wengert as t
    >>> t.isin(t.tensor([[1, 2], [3, 4]]), t.tensor([2, 3]))
    tensor([[False,  True],
            [ True, False]])
    """
    both = (element if elements is None else elements, test_element if test_elements is None else test_elements)
    if not any([isinstance(x, Tensor) for x in both]) or not all([isinstance(x, (Tensor, *_NUMBERS)) for x in both]):
        raise arguments.impossible("isin", *both)
    for x in both:
        if isinstance(x, Tensor) and x.dtype.category in (0, 3):
            raise RuntimeError(f"Unsupported input type encountered for isin(): {type_word(x.array.dtype)}")
    kinds = [x.array if isinstance(x, Tensor) else x.item() if isinstance(x, numpy.number) else x for x in both]
    common = dtypes.from_numpy(result_dtype(kinds))
    first, tests = [
        x.to(common) if isinstance(x, Tensor) else from_array(numpy.asarray(x, common.numpy)) for x in both
    ]
    found = is_member(first, tests.reshape(-1))
    return ~found if invert else found
