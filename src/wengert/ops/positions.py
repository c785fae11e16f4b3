"""Elements at positions: what every form of indexing comes down to, and its transpose.

`basic_index` is NumPy's basic form (ints, slices, `None`), a view. `index_` takes the elements at tensors of positions,
which stand in one operand `index` of shape (k, *positions) and address the k dimensions `dims`; `put_at` writes there.
"""

import math

import numpy

from ..core.promotion import from_array
from ..kernels import strided
from .declaration import general, linear
from .elementwise import where
from .shape import cat, expand, movedim, reshape, sum_to_size

# ------------------------------------------------------------------------------------------------ basic


def _basic(x, index):
    part = x[(*index, ...)]
    return strided.with_steps_in_new(part) if None in index else part


def _basic_transpose(g, shape, index):
    out = numpy.zeros(shape, g.dtype)
    out[(*index, ...)] = g
    return out


basic_index = linear(
    "basic_index(input, index)", forward=_basic, view=True, method=False, public=False, node_name="SliceBackward0",
    batch=lambda operation, operands, parameters, in_dims, size: (
        basic_index(movedim(operands[0], in_dims[0], 0), (slice(None), *parameters[0])), 0
    ),
    input=lambda g, input_shape, index: basic_index_transpose(g, input_shape, index),
    doc="The part of input at a tuple of ints, slices and None. A view.",
)  # fmt: skip
basic_index_transpose = linear(
    "basic_index_transpose(g, shape, index)", forward=_basic_transpose, method=False, public=False,
    node_name="SliceBackwardBackward0",
    batch=lambda operation, operands, parameters, in_dims, size: (
        basic_index_transpose(
            movedim(operands[0], in_dims[0], 0), (size, *parameters[0]), (slice(None), *parameters[1])
        ),
        0,
    ),
    g=lambda g, index: basic_index(g, index),
    doc="Zeros of the given shape with g at an index: the transpose of basic_index.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ tensors of positions


def _lookup(ndim: int, index, dims):
    """The NumPy index that addresses `dims` with the rows of `index`, and whether NumPy puts the positions first."""
    key = [slice(None)] * ndim
    for row, d in zip(index, dims, strict=True):
        key[d] = row
    return tuple(key)


def _take(x, index, dims):
    if not x.size:
        check_not_empty(x.shape, index, dims)
    try:
        if len(dims) == 1:
            return x.take(index[0], dims[0])
        # NumPy may lay the result out in another order of dimensions.
        return numpy.asarray(x[_lookup(x.ndim, index, dims)], order="C")
    except IndexError:
        # In PyTorch's words, unless there is nothing to take.
        _checked(x.shape, index, dims)
        return numpy.empty(_taken_shape(x.shape, index, dims), x.dtype)


def _taken_shape(shape, index, dims) -> tuple:
    """The shape of what stands at positions: the positions' dimensions at their place among those not addressed."""
    others = [s for d, s in enumerate(shape) if d not in dims]
    place = _place(dims)
    return (*others[:place], *index.shape[1:], *others[place:])


def _checked(shape, index, dims) -> bool:
    """Whether nothing is addressed at all; IndexError for a position out of range.

    Where the other dimensions leave nothing to take, positions may be any, as in PyTorch.
    """
    if 0 in _taken_shape(shape, index, dims):
        check_not_empty(shape, index, dims)
        return True
    for row, d in zip(index, dims, strict=True):
        if row.max() >= shape[d] or row.min() < -shape[d]:
            bad = row.max() if row.max() >= shape[d] else row.min()
            raise IndexError(f"index {bad} is out of bounds for dimension {d} with size {shape[d]}")
    return False


def check_not_empty(shape, index, dims) -> None:
    """IndexError if there are positions in a dimension of size 0."""
    if 0 not in index.shape and any([shape[d] == 0 for d in dims]):
        raise IndexError(
            f"index is out of bounds for dimension with size 0: the indexed tensor has shape {list(shape)}"
        )


def _put(g, index, dims, shape):
    out = numpy.zeros(shape, g.dtype)
    if g.size:
        _add(out, g, index, dims)
    return out


def _add(array, values, index, dims) -> None:
    """Add to the array's elements at positions, which are in range."""
    with numpy.errstate(all="ignore"):
        if not array.flags.c_contiguous or not array.ndim:
            numpy.add.at(array, _lookup(array.ndim, index, dims), values)
            return
        # One flat index is what NumPy has a fast loop for.
        places = _flat_places(array.shape, index, dims)
        values = numpy.broadcast_to(values, places.shape).reshape(-1)
        numpy.add.at(array.reshape(-1), places.reshape(-1), values.astype(array.dtype, copy=False))


def _flat_places(shape, index, dims):
    """For each element that positions lead to, its place in a row-major array of a shape."""
    rank, place = index.ndim - 1, _place(dims)
    others = [d for d in range(len(shape)) if d not in dims]
    total = len(others) + rank
    places, step = numpy.zeros((), numpy.int64), 1
    for d in range(len(shape) - 1, -1, -1):
        if d in dims:
            row = index[dims.index(d)]
            row = numpy.where(row < 0, row + shape[d], row) * step
            at = row.reshape((*row.shape, *(1,) * (total - place - rank)))
        else:
            # Dimensions before the positions keep their place, those behind are moved by the positions' number.
            o = others.index(d)
            o = o if o < place else o + rank
            at = (numpy.arange(shape[d]) * step).reshape((-1, *(1,) * (total - 1 - o)))
        places, step = places + at, step * shape[d]
    return numpy.broadcast_to(places, _taken_shape(shape, index, dims))


def _adjacent(dims) -> bool:
    return all([b - a == 1 for a, b in zip(dims, dims[1:], strict=False)])


def _place(dims) -> int:
    """Where the dimensions of positions stand in a result: at the addressed dims if they lie side by side, else
    first."""
    return dims[0] if _adjacent(dims) else 0


def _addressed(index, in_dim, size):
    """(k, B, *P) positions with the number of the batch entry in front of them, as (k + 1, B, *P)."""
    index = (
        expand(reshape(index, (index.shape[0], 1, *index.shape[1:])), (index.shape[0], size, *index.shape[1:]))
        if in_dim is None
        else movedim(index, in_dim, 1)
    )
    own = expand(reshape(from_array(numpy.arange(size)), (1, size, *(1,) * (index.ndim - 2))), (1, *index.shape[1:]))
    return cat([own, index], 0)


def leading(x, in_dim, size):
    return expand(reshape(x, (1, *x.shape)), (size, *x.shape)) if in_dim is None else x


def _batched_take(operation, operands, parameters, in_dims, size):
    input, index = operands
    (dims,) = parameters
    rank = index.ndim - 1 - (in_dims[1] is not None)  # of the positions of one entry
    if in_dims[1] is None:
        moved = tuple([d + 1 for d in dims])
        # Positions that come first push the batch dimension behind them.
        return index_(movedim(input, in_dims[0], 0), index, moved), 0 if _adjacent(dims) else rank
    if in_dims[0] is None:
        return index_(input, movedim(index, in_dims[1], 1), dims), _place(dims)
    # Each entry addresses its own part. With the dims brought to the front, batch and positions lead the result.
    lead = movedim(movedim(input, in_dims[0], 0), tuple([d + 1 for d in dims]), tuple(range(1, 1 + len(dims))))
    taken = index_(lead, _addressed(index, in_dims[1], size), tuple(range(len(dims) + 1)))
    place = 1 + _place(dims)
    return movedim(taken, tuple(range(1, 1 + rank)), tuple(range(place, place + rank))), 0


def _batched_put(operation, operands, parameters, in_dims, size):
    g, index = operands
    dims, shape = parameters
    rank = index.ndim - 1 - (in_dims[1] is not None)
    if in_dims[1] is None:
        moved = tuple([d + 1 for d in dims])
        g = movedim(g, in_dims[0], 0 if _adjacent(dims) else rank)
        return index_transpose(g, index, moved, (size, *shape)), 0
    g = leading(g, in_dims[0], size)
    place = 1 + _place(dims)
    g = movedim(g, tuple(range(place, place + rank)), tuple(range(1, 1 + rank)))
    front = tuple([shape[d] for d in dims])
    rest = tuple([s for d, s in enumerate(shape) if d not in dims])
    lead = index_transpose(
        g, _addressed(index, in_dims[1], size), tuple(range(len(dims) + 1)), (size, *front, *rest)
    )
    return movedim(lead, tuple(range(1, 1 + len(dims))), tuple([d + 1 for d in dims])), 0


def _batched_put_at(operation, operands, parameters, in_dims, size):
    input, values, index = operands
    dims, accumulate = parameters
    input = leading(input, in_dims[0], size)
    moved = tuple([d + 1 for d in dims])
    lead = movedim(input, moved, tuple(range(1, 1 + len(dims))))
    rank = index.ndim - 1 - (in_dims[2] is not None)
    positions = _addressed(index, in_dims[2], size)
    # Values as one entry's write would broadcast them: to positions at their place among the other dimensions.
    others = tuple([s for d, s in enumerate(input.shape[1:]) if d not in dims])
    place = _place(dims)
    one = (*others[:place], *positions.shape[2:], *others[place:])
    if in_dims[1] is not None:
        values = movedim(values, in_dims[1], 0)
        values = reshape(values, (size, *(1,) * (len(one) - values.ndim + 1), *values.shape[1:]))
    values = expand(values, (size, *one))
    values = movedim(values, tuple(range(1 + place, 1 + place + rank)), tuple(range(1, 1 + rank)))
    lead = put_at(lead, values, positions, tuple(range(len(dims) + 1)), accumulate)
    return movedim(lead, tuple(range(1, 1 + len(dims))), moved), 0


index_ = linear(
    "index(input, index, dims)", forward=_take, method=False, public=False, batch=_batched_take,
    input=lambda g, index, dims, input_shape: index_transpose(g, index, dims, input_shape),
    index=None,
    doc="The elements of input at positions: row i of index addresses dimension dims[i].",
)  # fmt: skip
index_transpose = linear(
    "index_transpose(g, index, dims, shape)", forward=_put, method=False, public=False, node_name="IndexPutBackward0",
    batch=_batched_put,
    g=lambda g, index, dims: index_(g, index, dims),
    index=None,
    doc="Zeros of the given shape with g added at positions: the transpose of index.",
)  # fmt: skip


def _write(array, values, index, dims, accumulate):
    """Write into the array itself, after every check."""
    if not accumulate:
        if not array.size:
            check_not_empty(array.shape, index, dims)
        if numpy.may_share_memory(values, array):
            values = values.copy()
        try:
            # NumPy looks at all positions, and at the shape, before it writes.
            array[_lookup(array.ndim, index, dims)] = values
            return
        except (IndexError, ValueError):
            _check_writing(array.shape, values.shape, index, dims)
            return
    if _check_writing(array.shape, values.shape, index, dims):
        return
    if numpy.may_share_memory(values, array):
        values = values.copy()
    _add(array, values, index, dims)


def _check_writing(shape, of_values, index, dims) -> bool:
    """Whether there is nothing to write; an error in PyTorch's words for what cannot be written."""
    check_not_empty(shape, index, dims)
    target = _taken_shape(shape, index, dims)
    if not _fits(of_values, target):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(of_values)} cannot be broadcast to indexing result of shape "
            f"{list(target)}"
        )
    return _checked(shape, index, dims)


def _fits(shape, target) -> bool:
    """Whether values of a shape are broadcast to another one."""
    extra = len(target) - len(shape)
    return extra >= 0 and all([size in (1, wanted) for size, wanted in zip(shape, target[extra:], strict=True)])


def _overwrite(x, values, index, dims, accumulate):
    out = x.copy()
    _write(out, values, index, dims, accumulate)
    return out


put_at = linear(
    "put_at(input, values, index, dims, accumulate=False)", forward=_overwrite, writes=_write, batch=_batched_put_at,
    method=False, public=False, in_place="internal", node_name="IndexPutBackward0",
    input=lambda g, index, dims, accumulate: g if accumulate else put_at(g, zeros_at(g, index, dims), index, dims),
    values=lambda g, index, dims, accumulate, values_shape: _values_gradient(g, index, dims, accumulate, values_shape),
    index=None,
    doc="input with values written (or added) at positions.",
)  # fmt: skip


def zeros_at(g, index, dims):
    """Zeros to be written at positions, whatever their number: one is enough, since values are broadcast."""
    return g.new_zeros(())


def _values_gradient(g, index, dims, accumulate, shape):
    taken = index_(g, index, dims)
    if not accumulate and taken.numel():
        # Of what was written to one place, only the last counts.
        last = last_written(index, tuple([g.shape[d] for d in dims]))
        behind = g.ndim - len(dims) - _place(dims)
        taken = where(reshape(last, (*last.shape, *(1,) * behind)), taken, 0.0)
    return taken if tuple(taken.shape) == tuple(shape) else sum_to_size(taken, tuple(shape))


def _last(index, shape):
    places = numpy.zeros(index.shape[1:], numpy.int64)
    for row, size in zip(index, shape, strict=True):
        places = places * size + numpy.where(row < 0, row + size, row)
    places, numbers = places.reshape(-1), numpy.arange(places.size)
    origin = numpy.empty(math.prod(shape), numpy.int64)
    if numbers.size and origin.size:
        origin[places] = numbers
        return (origin[places] == numbers).reshape(index.shape[1:])
    return numpy.ones(index.shape[1:], bool)


def _batched_last(operation, operands, parameters, in_dims, size):
    return last_written(_addressed(operands[0], in_dims[0], size), (size, *parameters[0])), 0


last_written = general(
    "last_written(index, shape)", forward=_last, method=False, public=False, batch=_batched_last,
    index=None,
    doc="Whether each of the positions is the last that leads to its place; shape has the sizes of what they address.",
)  # fmt: skip
