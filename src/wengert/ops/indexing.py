"""Reading and writing parts of tensors by index.

`x[...]` is taken apart once: what NumPy calls basic (ints, slices, `None`, `...`) is a view; masks become positions;
the tensors of positions that remain are broadcast against each other and stacked into one operand `index` of shape
(k, *positions), which addresses the k dimensions `dims`. Ints select before that, as in PyTorch.
"""

import operator

import numpy

from ..core import Tensor, bind_operator, dtypes
from ..core.errors import imaginary_part_lost, type_word
from ..core.promotion import from_array, number_as
from . import dims as _dims
from . import levels
from .composite import composite
from .declaration import general, linear
from .elementwise import clamp, copy, where
from .shape import cat, expand, movedim, reshape, select, stack, sum_to_size

# ------------------------------------------------------------------------------------------------ basic


def _basic(x, index):
    return x[(*index, ...)]


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
    _check_positions(x.shape, index, dims)
    if len(dims) == 1:
        return x.take(index[0], dims[0])
    # NumPy may lay the result out in another order of dimensions.
    return numpy.ascontiguousarray(x[_lookup(x.ndim, index, dims)])


def _check_positions(shape, index, dims):
    for row, d in zip(index, dims, strict=True):
        if row.size and (row.max() >= shape[d] or row.min() < -shape[d]):
            bad = row.max() if row.max() >= shape[d] else row.min()
            raise IndexError(f"index {bad} is out of bounds for dimension {d} with size {shape[d]}")


def _put(g, index, dims, shape):
    out = numpy.zeros(shape, g.dtype)
    numpy.add.at(out, _lookup(len(shape), index, dims), g)
    return out


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


def _leading(x, in_dim, size):
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
    g = _leading(g, in_dims[0], size)
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
    input = _leading(input, in_dims[0], size)
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


def _overwrite(x, values, index, dims, accumulate):
    _check_positions(x.shape, index, dims)
    out = x.copy()
    key = _lookup(x.ndim, index, dims)
    try:
        if accumulate:
            numpy.add.at(out, key, values)
        else:
            out[key] = values
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of "
            f"shape {list(out[key].shape)}"
        ) from None
    return out


put_at = linear(
    "put_at(input, values, index, dims, accumulate=False)", forward=_overwrite, batch=_batched_put_at, method=False,
    public=False, in_place=True, node_name="IndexPutBackward0",
    input=lambda g, index, dims, accumulate: g if accumulate else put_at(g, zeros_at(g, index, dims), index, dims),
    values=lambda g, index, dims, values_shape: _sum_values(index_(g, index, dims), values_shape),
    index=None,
    doc="input with values written (or added) at positions.",
)  # fmt: skip


def zeros_at(g, index, dims):
    """Zeros to be written at positions, whatever their number: one is enough, since values are broadcast."""
    return g.new_zeros(())


def _sum_values(g, shape):
    return g if tuple(g.shape) == tuple(shape) else sum_to_size(g, tuple(shape))


# ------------------------------------------------------------------------------------------------ x[...]


class _Plan:
    """An index taken apart: `basic` (ints, slices, None), then positions for the dims that are left."""

    __slots__ = ("basic", "index", "dims")
    basic: tuple
    index: Tensor | None
    dims: tuple[int, ...]


def _taken_apart(x, key) -> _Plan:
    parts = key if isinstance(key, tuple) else (key,)
    shape = tuple(x.shape)
    plan = _Plan()
    plan.index, plan.dims = None, ()
    basic: list = []
    prepared = [_part(part) for part in parts]
    consumed = 0
    for part in prepared:
        if part is None or part is Ellipsis or isinstance(part, bool):
            continue
        consumed += len(part.shape) if isinstance(part, Tensor) and part.dtype is dtypes.bool else 1
    if consumed > len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
    if sum([part is Ellipsis for part in prepared]) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    d = 0  # dimension of x
    place = 0  # dimension of the basic result
    positions = []
    seen_ellipsis = False
    for part in prepared:
        if part is None:
            basic.append(None)
            place += 1
        elif isinstance(part, bool):
            basic.append(None)
            positions.append((place, from_array(numpy.zeros(1 if part else 0, numpy.int64))))
            place += 1
        elif part is Ellipsis:
            seen_ellipsis = True
            for _ in range(len(shape) - consumed):
                basic.append(slice(None))
                d += 1
                place += 1
        elif isinstance(part, slice):
            basic.append(_slice(part))
            d += 1
            place += 1
        elif isinstance(part, int):
            size = shape[d]
            if not -size <= part < size:
                raise IndexError(f"index {part} is out of bounds for dimension {d} with size {size}")
            basic.append(part)
            d += 1
        elif part.dtype is dtypes.bool:
            for i, size in enumerate(part.shape):
                if size != shape[d + i]:
                    raise IndexError(
                        f"The shape of the mask {list(part.shape)} at index {i} does not match the shape of the "
                        f"indexed tensor {list(shape)} at index {d + i}"
                    )
            if part.level and part.payload.batched:
                _data_dependent()
            mask = levels.values(part, "indexing by a mask")
            if not len(part.shape):
                basic.append(None)
                positions.append((place, from_array(numpy.flatnonzero(mask).astype(numpy.int64))))
                place += 1
                continue
            for found in numpy.nonzero(mask):
                basic.append(slice(None))
                positions.append((place, from_array(found)))
                d += 1
                place += 1
        else:
            basic.append(slice(None))
            positions.append((place, part))
            d += 1
            place += 1
    if not seen_ellipsis:
        place += len(shape) - consumed
    plan.basic = tuple(basic)
    if positions:
        plan.dims = tuple([place for place, _ in positions])
        plan.index = _stacked([index for _, index in positions])
    return plan


def _data_dependent():
    raise RuntimeError(
        "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow: indexing with a "
        "boolean mask gives a result whose shape depends on values. Use where() with the mask instead."
    )


def _part(part):
    """One part of an index as None, Ellipsis, a slice, an int, a bool, or a tensor of int64 or bool."""
    if part is None or part is Ellipsis or isinstance(part, (slice, bool, int)):
        return part
    if isinstance(part, numpy.bool_):
        return bool(part)
    if isinstance(part, Tensor):
        return _positions(part)
    if isinstance(part, (numpy.ndarray, list, tuple, range)):
        return _positions(from_array(numpy.asarray(_lists(part))))
    try:
        return operator.index(part)
    except TypeError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{type(part).__name__})"
        ) from None


def _lists(part):
    if isinstance(part, (list, tuple)):
        part = [_lists(p) for p in part]
        return part if part else numpy.zeros(0, numpy.int64)
    return levels.values(part, "indexing by a list") if isinstance(part, Tensor) else part


def _positions(part):
    if part.dtype.category == 1:
        if part.dtype is dtypes.uint8:
            return part.to(dtypes.bool)
        if not part.level and not len(part.shape):
            return int(part.array)
        return part if part.dtype is dtypes.int64 else part.to(dtypes.int64)
    if part.dtype is dtypes.bool:
        return part
    raise IndexError(
        f"tensors used as indices must be long, int, byte or bool tensors (found one of dtype {part.dtype})"
    )


def _slice(part: slice) -> slice:
    bounds = [None if b is None else operator.index(b) for b in (part.start, part.stop, part.step)]
    if bounds[2] is not None and bounds[2] <= 0:
        raise ValueError("slice step must be positive")
    return slice(*bounds)


def _stacked(rows: list):
    """Tensors of positions broadcast against each other, as one tensor with a leading dimension."""
    if len(rows) == 1:
        return reshape(rows[0], (1, *rows[0].shape))
    try:
        shape = numpy.broadcast_shapes(*[tuple(row.shape) for row in rows])
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join([str(list(row.shape)) for row in rows])
        ) from None
    return stack([expand(row, shape) for row in rows])


def _whole(basic: tuple) -> bool:
    return all([part == slice(None) for part in basic])


def getitem(input, index):
    """`input[index]`: a view for ints, slices, None and `...`; a copy where tensors, lists or masks take part."""
    if type(index) is int:
        if not len(input.shape):
            raise IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                "convert a 0-dim tensor to a number"
            )
        size = input.shape[0]
        if not -size <= index < size:
            raise IndexError(f"index {index} is out of bounds for dimension 0 with size {size}")
        return select(input, 0, index)
    plan = _taken_apart(input, index)
    if plan.index is None:
        return basic_index(input, plan.basic)
    return index_(input if _whole(plan.basic) else basic_index(input, plan.basic), plan.index, plan.dims)


def setitem(input, index, value) -> None:
    """`input[index] = value`, recorded if a gradient is wanted."""
    if isinstance(index, Tensor) and index.level and index.dtype is dtypes.bool and index.payload.batched:
        if not isinstance(value, Tensor) or value.numel() == 1:
            value = value.reshape(()) if isinstance(value, Tensor) else value
            copy.in_place(input, masked_fill(input, _trailing(index, len(input.shape)), value))
            return
    plan = _taken_apart(input, index)
    part = input if _whole(plan.basic) and len(plan.basic) <= len(input.shape) else basic_index(input, plan.basic)
    if not isinstance(value, Tensor):
        value = from_array(number_as(value, part.array.dtype))
    if plan.index is None:
        value = _without_leading(value, len(part.shape))
        copy.in_place(part, value)
        return
    if not (isinstance(index, Tensor) and index.dtype is dtypes.bool and value.numel() == 1):
        _check_same_type(value, part)
    put_at.in_place(part, _as_values(value, part), plan.index, plan.dims)


def _trailing(mask, ndim: int):
    """A mask of the leading dimensions of a tensor, with dimensions of size 1 for the others."""
    return reshape(mask, (*mask.shape, *(1,) * (ndim - len(mask.shape))))


def _check_same_type(values, destination) -> None:
    if values.dtype is not destination.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{type_word(destination.array.dtype)} for the destination and {type_word(values.array.dtype)} for the "
            "source: convert one with to()"
        )


def _as_values(value, part):
    return value if value.dtype is part.dtype else value.to(part.dtype)


def _without_leading(value, ndim: int):
    """PyTorch takes values that have extra leading dimensions of size 1."""
    shape = tuple(value.shape)
    extra = len(shape) - ndim
    return reshape(value, shape[extra:]) if extra > 0 and all([size == 1 for size in shape[:extra]]) else value


bind_operator("__getitem__", getitem)
bind_operator("__setitem__", setitem)


@composite
def index_select(input, dim, index):
    """The parts of `input` at the positions `index` (one dimension of ints) along `dim`."""
    if len(index.shape) > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"index_select(): Expected dtype int32 or int64 for index but got: {index.dtype}")
    if not len(input.shape):
        return input.clone()
    index = reshape(index, (1, -1)) if index.dtype is dtypes.int64 else reshape(index.to(dtypes.int64), (1, -1))
    return index_(input, index, (_dims.wrap(dim, len(input.shape)),))


@composite(numpy_functions=(numpy.take,))
def take(input, index):
    """The elements of the flattened input at positions, in the shape of `index`."""
    return index_(reshape(input, -1), reshape(_long(index, "take"), (1, *index.shape)), (0,))


def _long(index, name: str):
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype}")
    return index


# ------------------------------------------------------------------------------------------------ gather and scatter


def _gather(x, index, dim):
    if not x.ndim:
        x, index = x.reshape(1), index.reshape(-1)
        return x[index].reshape(()) if index.size == 1 else x[index]
    dim = _dims.wrap(dim, x.ndim)
    _check_along("gather", x.shape, index, dim)
    return x[_along(index, dim)]


def _along(index, dim):
    key = list(numpy.ogrid[tuple([slice(size) for size in index.shape])])
    key[dim] = index
    return tuple(key)


def _check_along(name, shape, index, dim):
    if index.ndim != len(shape):
        raise RuntimeError(f"{name}(): Index tensor must have the same number of dimensions as input tensor")
    for d, size in enumerate(shape):
        if d != dim and index.shape[d] > size:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than self "
                f"{list(shape)} apart from dimension {dim}"
            )
    if index.size and (index.max() >= shape[dim] or index.min() < 0):
        bad = index.max() if index.max() >= shape[dim] else index.min()
        raise RuntimeError(f"index {bad} is out of bounds for dimension {dim} with size {shape[dim]}")


def _scatter_zeros(g, index, dim, shape):
    out = numpy.zeros(shape, g.dtype)
    if not shape:
        out += g.sum()
        return out
    numpy.add.at(out, _along(index, _dims.wrap(dim, len(shape))), g)
    return out


def _batched_along(operation, operands, parameters, in_dims, size):
    first, index = [_leading(x, d, size) for x, d in zip(operands, in_dims, strict=True)]
    if operation is gather_along:
        if first.ndim == 1:
            return reshape(
                gather_along(reshape(first, (size, 1)), reshape(index, (size, -1)), 1), tuple(index.shape)
            ), 0
        return gather_along(first, index, _dims.wrap(parameters[0], first.ndim - 1) + 1), 0
    dim, shape = parameters
    if not shape:
        return sum_to_size(reshape(first, (size, -1)), (size, 1)).reshape(size), 0
    return scatter_along(first, index, _dims.wrap(dim, len(shape)) + 1, (size, *shape)), 0


gather_along = linear(
    "gather_along(input, index, dim)", forward=_gather, method=False, public=False, node_name="GatherBackward0",
    batch=_batched_along,
    input=lambda g, index, dim, input_shape: scatter_along(g, index, dim, input_shape),
    index=None,
    doc="out[i][j] = input[index[i][j]][j] for dim 0, and so on.",
)  # fmt: skip
scatter_along = linear(
    "scatter_along(g, index, dim, shape)", forward=_scatter_zeros, method=False, public=False, batch=_batched_along,
    g=lambda g, index, dim: gather_along(g, index, dim),
    index=None,
    doc="Zeros of the given shape with g added along dim at index: the transpose of gather.",
)  # fmt: skip


def _origin(index, dim, shape):
    _check_along("scatter", shape, index, _dims.wrap(dim, len(shape)))
    out = numpy.full(shape, -1, numpy.int64)
    numbers = numpy.arange(index.size).reshape(index.shape)
    if shape:
        out[_along(index, _dims.wrap(dim, len(shape)))] = numbers
    else:
        out[()] = index.size - 1
    return out


def _product(source, index, dim, shape):
    dim = _dims.wrap(dim, len(shape))
    _check_along("scatter", shape, index, dim)
    out = numpy.ones(shape, source.dtype)
    if shape:
        numpy.multiply.at(out, _along(index, dim), source)
    else:
        out *= source.prod()
    return out


def _batched_scatter(operation, operands, parameters, in_dims, size):
    operands = [_leading(x, d, size) for x, d in zip(operands, in_dims, strict=True)]
    dim, shape = parameters
    if not shape:
        operands, dim = [reshape(x, (size, -1)) for x in operands], 0
        out = reshape(operation(*operands, 1, (size, 1)), (size,))
    else:
        out = operation(*operands, _dims.wrap(dim, len(shape)) + 1, (size, *shape))
    if operation is scatter_origin:
        # Elements are counted within an entry.
        count = operands[0].numel() // max(size, 1)
        first = reshape(from_array(numpy.arange(size) * count), (size, *(1,) * len(shape)))
        out = where(out >= 0, out - first, out)
    return out, 0


scatter_origin = general(
    "scatter_origin(index, dim, shape)", forward=_origin, method=False, public=False, batch=_batched_scatter,
    index=None,
    doc="For each element of a tensor of the given shape, the number of the last element of index that leads to it "
    "along dim; -1 for none.",
)  # fmt: skip
scatter_product = general(
    "scatter_product(source, index, dim, shape)", forward=_product, method=False, public=False,
    batch=_batched_scatter,
    source=None,
    index=None,
    doc="Ones of the given shape, multiplied by the elements of source along dim at index.",
)  # fmt: skip


@composite(out=True)
def gather(input, dim, index, *, sparse_grad=False):
    """out[i][j][k] = input[index[i][j][k]][j][k] for dim 0, and so on; the shape of `index`."""
    return gather_along(input, _index64(index, "gather"), dim)


@composite(numpy_functions=(numpy.take_along_axis,))
def take_along_dim(input, indices, dim=None):
    """Like `gather`, with `input` and `indices` broadcast against each other outside of `dim`; all of it flat for
    None."""
    if dim is None:
        return gather_along(reshape(input, -1), reshape(_index64(indices, "take_along_dim"), -1), 0)
    dim = _dims.wrap(dim, len(input.shape))
    shape = list(numpy.broadcast_shapes(
        tuple([1 if d == dim else s for d, s in enumerate(input.shape)]),
        tuple([1 if d == dim else s for d, s in enumerate(indices.shape)]),
    ))
    of_input = tuple([input.shape[d] if d == dim else s for d, s in enumerate(shape)])
    of_index = tuple([indices.shape[d] if d == dim else s for d, s in enumerate(shape)])
    return gather_along(expand(input, of_input), expand(_index64(indices, "take_along_dim"), of_index), dim)


def _index64(index, name: str):
    if index.dtype is dtypes.int64:
        return index
    if index.dtype is dtypes.int32:
        return index.to(dtypes.int64)
    raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")


def _check_same_dtype(input, source) -> None:
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"scatter(): Expected self.dtype to be equal to src.dtype, but got {input.dtype} and {source.dtype}: "
            "convert one with to()"
        )


@composite(out=True, in_place=True)
def scatter_add(input, dim, index, src):
    """`input` with `src` added along `dim` at `index`."""
    index = _index64(index, "scatter_add")
    _check_same_dtype(input, src)
    part = src if tuple(src.shape) == tuple(index.shape) else basic_index(src, tuple([slice(s) for s in index.shape]))
    return input + scatter_along(part, index, dim, tuple(input.shape))


@composite(out=True, in_place=True)
def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """`input` with `src` (a tensor or number) written along `dim` at `index`; reduce "add" or "multiply" combines.

    Where an index occurs twice the last one written stands.
    """
    index = _index64(index, "scatter")
    source = value if src is None else src
    if source is None:
        raise TypeError('scatter() missing 1 required positional arguments: "src"')
    dim = _dims.wrap(dim, len(input.shape))
    shape = tuple(input.shape)
    if not isinstance(source, Tensor):
        source = from_array(numpy.full(index.shape, source, input.array.dtype))
    elif tuple(source.shape) != tuple(index.shape):
        source = basic_index(source, tuple([slice(s) for s in index.shape]))
    _check_same_dtype(input, source)
    if reduce == "add":
        return input + scatter_along(source, index, dim, shape)
    if reduce == "multiply":
        if source.requires_grad:
            raise RuntimeError("scatter(reduce='multiply') has no derivative for src; detach it")
        return input * scatter_product(source, index, dim, shape)
    if reduce is not None:
        raise RuntimeError(f"reduce argument must be either add or multiply, got {reduce}")
    if not index.numel():
        return input.clone()
    origin = scatter_origin(index, dim, shape)
    return where(origin >= 0, take(reshape(source, -1), clamp(origin, min=0)), input)


@composite(out=True, in_place=True)
def index_add(input, dim, index, source, *, alpha=1):
    """`input` with alpha * `source` added at positions `index` along `dim`."""
    dim = _dims.wrap(dim, len(input.shape))
    index = reshape(_index64(index, "index_add"), (1, -1))
    if input.dtype is not source.dtype:
        raise RuntimeError(
            f"index_add_(): self ({type_word(input.array.dtype)}) and source ({type_word(source.array.dtype)}) must "
            "have the same scalar type: convert one with to()"
        )
    if input.ndim and source.ndim:
        if source.ndim > dim and source.shape[dim] != index.shape[1]:
            raise RuntimeError(
                f"index_add_(): Number of indices ({index.shape[1]}) should be equal to source.size(dim): "
                f"({source.shape[dim]}), for dim: {dim}"
            )
        if _but(input.shape, dim) != _but(source.shape, dim):
            raise RuntimeError(
                "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
                f"{list(input.shape)} source.shape = {list(source.shape)}"
            )
    added = index_transpose(source, index, (dim,), tuple(input.shape))
    return input + added if alpha == 1 else input + added * alpha


def _but(shape, dim: int) -> list:
    """The sizes other than that of a dimension."""
    return [*shape[:dim], *shape[dim + 1 :]]


@composite(out=True, in_place=True)
def index_copy(input, dim, index, source):
    """`input` with `source` written at positions `index` along `dim`."""
    dim = _dims.wrap(dim, len(input.shape))
    index = reshape(_index64(index, "index_copy"), (1, -1))
    if input.dtype is not source.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{type_word(input.array.dtype)} and (source) {type_word(source.array.dtype)}: convert one with to()"
        )
    if input.ndim and source.ndim:
        if input.ndim != source.ndim:
            raise IndexError(
                "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
                f"dimensionality ({source.ndim}), destination dimensionality ({input.ndim})"
            )
        if _but(input.shape, dim) != _but(source.shape, dim):
            raise RuntimeError(
                "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
                f"{_but(input.shape, dim)} at dimension {dim} and source slice shape: {_but(source.shape, dim)}"
            )
        if source.shape[dim] != index.shape[1]:
            raise IndexError(
                f"index_copy_(): Number of indices ({index.shape[1]}) should be equal to source.size(dim) "
                f"({source.shape[dim]})"
            )
    return put_at(input, source, index, (dim,))


@composite(in_place=True)
def index_fill(input, dim, index, value):
    """`input` with `value` at positions `index` along `dim`."""
    value = value if isinstance(value, Tensor) else from_array(number_as(value, input.array.dtype))
    return put_at(input, value, reshape(_index64(index, "index_fill"), (1, -1)), (_dims.wrap(dim, len(input.shape)),))


@composite(in_place=True)
def index_put(input, indices, values, accumulate=False):
    """`input` with `values` written (or added) at the positions that the tuple of tensors `indices` gives."""
    plan = _taken_apart(input, tuple(indices))
    if plan.index is None:
        raise RuntimeError("index_put: at least one index tensor is needed")
    _check_same_type(values, input)
    return put_at(input, values, plan.index, plan.dims, accumulate)


# ------------------------------------------------------------------------------------------------ masks


@composite(in_place=True)
def masked_fill(input, mask, value):
    """`input` with `value` where `mask` (bool, broadcast) is true."""
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if not isinstance(value, Tensor):
        value = from_array(number_as(value, input.array.dtype))
    elif value.dtype.is_complex and not input.dtype.is_complex:
        imaginary_part_lost("value", input.array.dtype)
    elif value.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    else:
        value = _as_values(value, input)
    return where(mask, value, input)


@composite
def masked_select(input, mask):
    """The elements of `input` where `mask` (bool, broadcast) is true, in one dimension."""
    if mask.dtype is not dtypes.bool:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = numpy.broadcast_shapes(tuple(input.shape), tuple(mask.shape))
    return getitem(expand(input, shape), expand(mask, shape))


@composite(in_place=True)
def masked_scatter(input, mask, source):
    """`input` with the elements of `source`, in order, where `mask` is true."""
    shape = numpy.broadcast_shapes(tuple(input.shape), tuple(mask.shape))
    mask = expand(mask, shape)
    if mask.level and mask.payload.batched:
        # How many elements it takes differs between entries; one too many reads the last.
        order = clamp(reshape(mask, -1).long().cumsum(0) - 1, min=0, max=max(source.numel() - 1, 0))
        return where(mask, reshape(take(source, order), shape), input)
    plan = _taken_apart(input, mask)
    count = plan.index.shape[1]
    if source.numel() < count:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have at least {count} elements, got {source.numel()}"
        )
    return put_at(expand(input, shape), basic_index(reshape(source, -1), (slice(count),)), plan.index, plan.dims)


@composite(numpy_functions=(numpy.argwhere,))
def nonzero(input, *, as_tuple=False):
    """The positions of elements that are not 0: (n, ndim), or one tensor per dimension."""
    if input.level:
        _data_dependent()
    found = numpy.nonzero(numpy.atleast_1d(input.array))
    if as_tuple:
        return tuple([from_array(rows) for rows in found])
    return from_array(numpy.stack(found, 1) if len(input.shape) else numpy.zeros((len(found[0]), 0), numpy.int64))
