"""Reading and writing parts of tensors by index expressions.

`x[...]` is taken apart once: what NumPy calls basic (ints, slices, `None`, `...`) is a view; masks become positions;
the tensors of positions that remain are broadcast against each other and stacked into one operand `index` of shape
(k, *positions), which addresses the k dimensions `dims`. Ints select before that, as in PyTorch.
"""

import operator
import warnings

import numpy

from ..core import Tensor, bind_operator, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array, number_as, tensor_of
from . import levels
from .elementwise import copy, masked_write
from .positions import basic_index, check_not_empty, index_, put_at
from .shape import expand, reshape, select, stack

_ALL = slice(None)
# Longer lists are positions even if what they hold could be parts of an index.
_LONGEST_LIST_OF_PARTS = 32
_PARTS = (Tensor, list, tuple, slice, range, str, numpy.ndarray)


class Plan:
    """An index taken apart: `basic` (ints, slices, None), then positions `index` for the `dims` that are left.

    `mask` is the one mask among the parts, if there are no other tensors, with dimensions of size 1 for what stands
    behind it; `batched_mask` says that a mask differs between the entries of a batch, in which case there is no
    `index`.
    """

    __slots__ = ("basic", "index", "dims", "mask", "batched_mask")

    basic: tuple

    def __init__(self):
        self.index = self.mask = None
        self.dims = ()
        self.batched_mask = False

    def part(self, x: Tensor) -> Tensor:
        """The part of x that the basic parts give."""
        if self.dims and all([part == _ALL for part in self.basic]):
            return x
        return basic_index(x, self.basic)


def taken_apart(x: Tensor, key, mask_suffices: bool = False) -> Plan:
    """The plan for an index of x; IndexError, TypeError or ValueError for what is none.

    With `mask_suffices`, the positions of a mask that is the only tensor are left out.
    """
    shape = tuple(x.shape)
    parts = (_part(key),) if isinstance(key, (slice, int)) else _parts(key)
    if _consumed(parts) > len(shape):
        _too_many(shape, parts)
    return _planned(shape, parts, _consumed(parts), mask_suffices)


def _consumed(parts) -> int:
    """How many dimensions parts of an index address."""
    consumed = 0
    for part in parts:
        if isinstance(part, Tensor):
            consumed += len(part.shape) if part.dtype is dtypes.bool or part.dtype is dtypes.uint8 else 1
        elif part is not None and part is not Ellipsis and not isinstance(part, bool):
            consumed += 1
    return consumed


def _too_many(shape: tuple, parts) -> None:
    if not shape:
        _without_dimensions(parts)
    raise IndexError(f"too many indices for tensor of dimension {len(shape)}")


def _without_dimensions(parts) -> None:
    first = next(part for part in parts if part is not None and part is not Ellipsis and not isinstance(part, bool))
    if isinstance(first, slice):
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if len(parts) == 1 and not isinstance(first, Tensor):
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
            "0-dim tensor to a number"
        )


def _planned(shape: tuple, parts: tuple, consumed: int, mask_suffices: bool) -> Plan:
    plan = Plan()
    basic: list = []
    tensors: list = []  # (dimension of x, dimension of the basic result, tensor)
    d = place = 0
    # A part is looked at when those before it are known to fit, as in PyTorch: of two errors the first is told.
    # What tensors hold is looked at last.
    for part in parts:
        part = _part(part)
        rank = _consumed((part,))
        if d > len(shape) and part is not Ellipsis:
            # A second `...` steps over the same dimensions once more.
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-len(shape)}, {len(shape) - 1}], but got {d})"
            )
        if d + rank > len(shape):
            _too_many(shape, parts)
        if part is None:
            basic.append(None)
            place += 1
        elif part is Ellipsis:
            extra = len(shape) - consumed
            d += extra
            if d <= len(shape):
                basic += [_ALL] * extra
                place += extra
        elif isinstance(part, int) and not isinstance(part, bool):
            if not -shape[d] <= part < shape[d]:
                raise IndexError(f"index {part} is out of bounds for dimension {d} with size {shape[d]}")
            basic.append(part)
            d += 1
        elif isinstance(part, slice):
            basic.append(part)
            d += 1
            place += 1
        else:
            # One position, or none, in a new dimension is what a condition stands for.
            basic += [_ALL] * rank if rank else [None]
            tensors.append((d, place, part))
            d += rank
            place += max(rank, 1)
    plan.basic = tuple(basic)
    if tensors:
        _place_tensors(plan, shape, tensors, place + len(shape) - d, mask_suffices)
    return plan


def _place_tensors(plan: Plan, shape: tuple, tensors: list, rank_of_basic: int, mask_suffices: bool) -> None:
    """The positions that the tensors and conditions of an index stand for."""
    dims: list = []
    rows: list = []
    for d, place, part in tensors:
        if isinstance(part, bool):
            rows.append(_one_or_none(part))
            dims.append(place)
            continue
        part = _positions(part)
        if part.dtype is not dtypes.bool:
            rows.append(part)
            dims.append(place)
            continue
        rank = len(part.shape)
        for i, size in enumerate(part.shape):
            if size != shape[d + i]:
                raise IndexError(
                    f"The shape of the mask {list(part.shape)} at index {i} does not match the shape of the indexed "
                    f"tensor {list(shape)} at index {d + i}"
                )
        dims += range(place, place + max(rank, 1))
        plan.batched_mask |= part._level > 0 and getattr(part._payload, "batched", False)
        if len(tensors) == 1 and (rank or plan.batched_mask):
            behind = rank_of_basic - place - max(rank, 1)
            plan.mask = reshape(part, (*part.shape, *(1,) * behind)) if behind else part
        if plan.batched_mask or mask_suffices and plan.mask is not None:
            continue
        if rank:
            rows += [from_array(p) for p in numpy.nonzero(levels.values(part, "indexing by a mask"))]
        else:
            rows.append(_one_or_none(bool(levels.values(part, "indexing by a mask"))))
    plan.dims = tuple(dims)
    if rows:
        plan.index = _stacked(rows)


def _one_or_none(condition: bool):
    return from_array(numpy.zeros(1 if condition else 0, numpy.int64))


def data_dependent():
    """The error for a result whose shape differs between the entries of a batch."""
    raise RuntimeError(
        "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow: indexing with a "
        "boolean mask gives a result whose shape depends on values. Use where() with the mask instead."
    )


def _parts(key) -> tuple:
    """The parts of an index. A list that holds what could be parts is taken for a tuple of them, as in PyTorch."""
    if isinstance(key, tuple):
        return key
    if isinstance(key, list) and len(key) < _LONGEST_LIST_OF_PARTS:
        for part in key:
            if part is None or part is Ellipsis or isinstance(part, _PARTS):
                warnings.warn(
                    "Using a non-tuple sequence for multidimensional indexing is deprecated: the list was taken for "
                    "a tuple of indices. Write x[tuple(list)] for that, or x[tensor(list)] for positions along one "
                    "dimension.",
                    UserWarning,
                    stacklevel=4,
                )
                return tuple(key)
    return (key,)


def _part(part):
    """One part of an index as None, Ellipsis, a slice, an int, a bool, or a tensor of int64 or bool."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return part
    if isinstance(part, int):
        if not -(2**63) <= part < 2**63:
            raise ValueError(f"Overflow when unpacking long long: {part} is no position in any tensor")
        return part
    if isinstance(part, slice):
        return _slice(part)
    if isinstance(part, Tensor):
        return part if len(part.shape) else _single(part)
    if isinstance(part, numpy.bool_):
        return bool(part)
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str': an index is made of integers, slices, None, `...` and tensors")
    if isinstance(part, (numpy.ndarray, list, tuple, range)):
        listed = _listed(part)
        return listed if len(listed.shape) else _single(listed)
    try:
        return operator.index(part)
    except TypeError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{type(part).__name__})"
        ) from None


def _listed(part):
    """Nested sequences or an array as a tensor of int64, or of bool or uint8 where that is what they hold."""
    try:
        array = numpy.asarray(_arrays(part))
    except ValueError:
        raise _uneven(part) from None
    if array.dtype.kind not in "bif" and array.dtype not in (numpy.uint8, numpy.uint16, numpy.uint32):
        _no_positions(array)
    if array.dtype in (numpy.bool_, numpy.uint8):
        return from_array(array)
    if array.dtype.kind == "f" and not (abs(array) < 2.0**63).all():
        raise RuntimeError("value cannot be converted to type int64 without overflow: positions are integers")
    return from_array(array.astype(numpy.int64))


def _uneven(part) -> Exception:
    """What is wrong with nested sequences that are no array: the first level where they differ."""
    level, dim = list(part), 1
    while all([isinstance(p, (list, tuple)) for p in level]) and level:
        lengths = [len(p) for p in level]
        if len(set(lengths)) > 1:
            other = next(n for n in lengths if n != lengths[0])
            return ValueError(
                f"expected sequence of length {lengths[0]} at dim {dim} (got {other}): the nested sequences of an "
                "index differ in length"
            )
        level, dim = [q for p in level for q in p], dim + 1
    if any([isinstance(p, (Tensor, numpy.ndarray)) for p in level]):
        return TypeError(
            "only integer tensors of a single element can be converted to an index: a list of positions holds tensors "
            "of several elements"
        )
    return TypeError("not a sequence: the nested sequences of an index differ in depth")


def _no_positions(array):
    if array.dtype.kind in "US":
        raise TypeError("new(): invalid data type 'str': positions are integers or booleans")
    if array.dtype.kind == "c":
        raise TypeError("'complex' object cannot be interpreted as an integer: positions are integers or booleans")
    odd = [x for x in array.flat if not isinstance(x, int)] if array.dtype.kind == "O" else []
    if odd:
        raise RuntimeError(f"Could not infer dtype of {type(odd[0]).__name__}: positions are integers or booleans")
    raise ValueError("Overflow when unpacking long long: no tensor has so many elements")


def _arrays(part):
    if isinstance(part, (list, tuple)):
        part = [_arrays(p) for p in part]
        return part if part else numpy.zeros(0, numpy.int64)
    return levels.values(part, "indexing by a list") if isinstance(part, Tensor) else part


def _single(part):
    """A tensor without dimensions as an int, where it holds one that is the same for all entries of a batch."""
    if part._level or part.dtype.category != 1 or part.dtype is dtypes.uint8:
        return part
    return int(part.array)


def _positions(part):
    """A tensor of positions as one of int64, a mask as one of bool."""
    if part.dtype is dtypes.bool or part.dtype is dtypes.int64:
        return part
    if part.dtype is dtypes.uint8:
        if len(part.shape):
            warnings.warn(
                "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
                UserWarning,
                stacklevel=5,
            )
        return part.to(dtypes.bool)
    if part.dtype is dtypes.int32 or part.dtype.category == 1 and not len(part.shape):
        return part.to(dtypes.int64)
    raise IndexError(
        f"tensors used as indices must be long, int, byte or bool tensors (found one of dtype {part.dtype})"
    )


def _slice(part: slice) -> slice:
    if part.start is None and part.stop is None and part.step is None:
        return part
    bounds = []
    for bound in (part.start, part.stop, part.step):
        try:
            bounds.append(None if bound is None else operator.index(bound))
        except TypeError as error:
            if isinstance(bound, Tensor):
                raise
            raise TypeError(
                "slice indices must be integers or None or have an __index__ method (found one of type "
                f"{type(bound).__name__})"
            ) from error
    if bounds[2] is not None and bounds[2] <= 0:
        if bounds[2] == 0:
            raise ValueError("slice step cannot be zero")
        raise ValueError(f"step must be greater than zero (it is {bounds[2]}): flip() turns a dimension around")
    return slice(*bounds)


def _stacked(rows: list):
    """Tensors of positions broadcast against each other, as one tensor with a leading dimension."""
    if len(rows) == 1:
        row = rows[0]
        return reshape(row, (1, *row.shape)) if row._level else from_array(row.array[None])
    try:
        shape = numpy.broadcast_shapes(*[tuple(row.shape) for row in rows])
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join([str(list(row.shape)) for row in rows])
        ) from None
    if any([row._level for row in rows]):
        return stack([expand(row, shape) for row in rows])
    index = numpy.empty((len(rows), *shape), numpy.int64)
    for i, row in enumerate(rows):
        index[i] = row.array
    return from_array(index)


# ------------------------------------------------------------------------------------------------ x[...]


_NONE_OR_INT = (type(None), int)


def _is_basic(index) -> bool:
    """Whether an index is made of ints, None and slices between ints that go forward, which NumPy takes as they are."""
    for part in index:
        kind = type(part)
        if kind is slice:
            if (
                type(part.start) not in _NONE_OR_INT or type(part.stop) not in _NONE_OR_INT
                or part.step is not None and (type(part.step) is not int or part.step <= 0)
            ):  # fmt: skip
                return False
        elif kind not in _NONE_OR_INT:
            return False
    return True


def _basic_part(input, index):
    """`input[index]` if that is a view and has no error; else None."""
    kind = type(index)
    if kind is int:
        try:
            return select(input, 0, index)
        except IndexError:
            return None
    if kind is not tuple:
        if kind is not slice:
            return None
        index = (index,)
    if not _is_basic(index):
        return None
    try:
        return basic_index(input, index)
    except IndexError:
        return None


def _rows_of(input, index):
    """Positions along the first dimension, if that is all that an index is; else None."""
    if type(index) is Tensor and index.dtype is dtypes.int64 and not index._level:
        array = index.array
        if array.ndim and input.ndim:
            return from_array(array[None])
    return None


def getitem(input, index):
    """`input[index]`: a view for ints, slices, None and `...`; a copy where tensors, lists or masks take part."""
    part = _basic_part(input, index)
    if part is not None:
        return part
    rows = _rows_of(input, index)
    if rows is not None:
        return index_(input, rows, (0,))
    plan = taken_apart(input, index)
    if plan.batched_mask:
        data_dependent()
    if plan.index is None:
        return basic_index(input, plan.basic)
    return index_(plan.part(input), plan.index, plan.dims)


def setitem(input, index, value) -> None:
    """`input[index] = value`, recorded if a gradient is wanted. The value is broadcast, and converted to the type of
    the tensor unless tensors of positions take part."""
    value = _value(value, input)
    part = _basic_part(input, index)
    if part is not None:
        copy.in_place(part, value if not value.ndim or value.shape == part.shape else _without_leading_ones(value))
        return
    if index is False:
        return
    rows = _rows_of(input, index)
    if rows is not None and value.dtype is input.dtype:
        put_at.in_place(input, _without_leading_ones(value), rows, (0,))
        return
    of_one = value.numel() == 1
    plan = taken_apart(input, None if index is True else index, of_one)
    part = plan.part(input)
    if plan.mask is not None and of_one:
        value = reshape(value, ()) if value.ndim else value
        masked_write.in_place(part, plan.mask, value if value.dtype is input.dtype else value.to(input.dtype))
        return
    if plan.batched_mask:
        data_dependent()
    if plan.index is None:
        copy.in_place(part, value if value.shape == part.shape else _without_leading_ones(value))
        return
    if value.dtype is not input.dtype:
        check_not_empty(part.shape, plan.index, plan.dims)
        dtypes_differ(value, input)
    put_at.in_place(part, _without_leading_ones(value), plan.index, plan.dims)


def _value(value, input):
    """What is written, as a tensor."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (bool, int, float, complex, numpy.number)):
        return from_array(number_as(value.item() if isinstance(value, numpy.number) else value, input.array.dtype))
    if isinstance(value, (list, tuple)) and _holds_tensors(value):
        return stack([_value(part, input).to(input.dtype) for part in value])
    if isinstance(value, (numpy.ndarray, numpy.bool_, list, tuple)):
        return tensor_of(numpy.asarray(value)).to(input.dtype)
    raise TypeError(f"can't assign a {type(value).__name__} to a tensor of {input.dtype}")


def _holds_tensors(values) -> bool:
    return any([isinstance(x, Tensor) or isinstance(x, (list, tuple)) and _holds_tensors(x) for x in values])


def dtypes_differ(values, destination) -> None:
    """The error for values that are written at positions in a tensor of another type."""
    raise RuntimeError(
        "Index put requires the source and destination dtypes match, got "
        f"{type_word(destination.array.dtype)} for the destination and {type_word(values.array.dtype)} for the "
        "source: convert one with to()"
    )


def _without_leading_ones(value):
    """PyTorch takes values that have extra leading dimensions of size 1."""
    shape = value.shape
    extra = 0
    while extra < len(shape) and shape[extra] == 1:
        extra += 1
    return reshape(value, shape[extra:]) if extra else value


bind_operator("__getitem__", getitem)
bind_operator("__setitem__", setitem)
