"""Reading, writing and adding at positions by name: index_select, index_add, take, put and their kin."""

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array, number_as
from . import arguments
from . import dims as _dims
from .composite import composite
from .declaration import without_kernel
from .elementwise import NO_ORDER
from .indexing import dtypes_differ, taken_apart
from .positions import index_, put_at
from .scatter import reduced
from .shape import expand, reshape


def _along(name: str, input, dim) -> tuple:
    """(input, dim) of a call, checked."""
    input = arguments.tensor(name, "input", 1, input)
    return input, _dims.wrap(arguments.integer(name, "dim", 2, dim), input.ndim)


def _vector(index):
    return reshape(index, (-1,))


def _rows(index):
    """Positions for one dimension, as `index_` and its kin take them."""
    return reshape(index, (1, -1))


def _check_range(index, size: int, error, sentence: str, negative: bool = False) -> None:
    """Refuse positions outside of [0, size), or of [-size, size) where negative ones count from the end."""
    if index._level and index._payload.batched:
        # The operation that follows looks at every entry.
        return
    at = index.array
    bad = at[(at < (-size if negative else 0)) | (at >= size)]
    if bad.size:
        raise error(sentence.format(bad=int(bad.flat[0]), size=size))


def _but(shape, dim: int) -> list:
    """The sizes other than that of a dimension."""
    return [*shape[:dim], *shape[dim + 1 :]]


# ------------------------------------------------------------------------------------------------ reading


@composite(out="exact")
def index_select(input, dim, index):
    """The parts of `input` at positions along a dimension.

    Args:
        input: a tensor.
        dim: a dimension of it.
        index: positions in it, int64 or int32, of one dimension (or none); the result has as many there.

    Raises:
        IndexError: `dim` or a position out of range (negative ones are), an index of more dimensions.
        RuntimeError: another dtype of `index`.

    >>> import wengert as t
    >>> t.index_select(t.tensor([[1, 2, 3], [4, 5, 6]]), 1, t.tensor([2, 0]))
    tensor([[3, 1],
            [6, 4]])
    """
    input, dim = _along("index_select", input, dim)
    index = arguments.tensor("index_select", "index", 3, index)
    if index.ndim > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, not of shape {list(index.shape)}")
    if index.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"index_select(): Expected dtype int32 or int64 for index, but got {index.dtype}")
    index = _vector(index) if index.dtype is dtypes.int64 else _vector(index.to(dtypes.int64))
    size = input.shape[dim] if input.ndim else 1
    if not input.ndim and index.numel() != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.numel()} value(s)")
    if not size and index.numel():
        raise RuntimeError("index_select(): self indexing axis dim should be positive: there is nothing to select")
    _check_range(
        index, size, IndexError, f"index out of range in self: {{bad}} in dimension {dim}, which has size {{size}}"
    )
    if not input.ndim:
        return input.clone()
    return index_(input, _rows(index), (dim,))


@composite(out="exact", numpy_functions=(numpy.take,))
def take(input, index):
    """The elements of the flattened input at positions, in the shape of `index`.

    Args:
        input: a tensor.
        index: int64 positions in the flattened input; negative ones count from the end.

    Raises:
        IndexError: a position out of range.
        RuntimeError: another dtype of `index`.

    >>> import wengert as t
    >>> t.take(t.tensor([[1, 2], [3, 4]]), t.tensor([[0, 3], [-1, 1]]))
    tensor([[1, 4],
            [4, 2]])
    """
    input = arguments.tensor("take", "input", 1, input)
    index = arguments.long_positions("take", "index", 2, index)
    if index.numel() and not input.numel():
        raise IndexError("take(): tried to take from an empty tensor")
    _check_in_flat(index, input.numel())
    return index_(reshape(input, (-1,)), reshape(index, (1, *index.shape)), (0,))


def _check_in_flat(index, count: int) -> None:
    _check_range(
        index, count, IndexError,
        "out of range: tried to access index {bad} on a tensor of {size} elements.", negative=True,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ writing

# Some of these are functions of `put`: `put_at`, or for the in-place form that of it, which changes no more than it has
# to.


def _placed(put, input, values, index, dim: int, accumulate: bool = False):
    """Put values at positions along a dimension of a tensor, which may have none."""
    if input.ndim:
        return put(input, values, _rows(index), (dim,), accumulate)
    out = put(reshape(input, (1,)), reshape(values, (-1,)), _rows(index), (0,), accumulate)
    return reshape(out, ()) if put is put_at else input


@composite(out="exact", in_place=True)
def put(input, index, source, accumulate=False):
    """`input` with the elements of `source` written (or added) at positions of the flattened input.

    Args:
        input: a tensor.
        index: int64 positions; negative ones count from the end.
        source: a tensor of the same dtype, with as many elements as `index`.
        accumulate: whether to add to what is there.

    Raises:
        IndexError: a position out of range, another number of elements.
        RuntimeError: dtypes that differ.

    >>> import wengert as t
    >>> t.put(t.zeros(2, 2), t.tensor([0, 3]), t.tensor([5.0, 6.0]))
    tensor([[5., 0.],
            [0., 6.]])
    """
    input = arguments.tensor("put", "input", 1, input)
    index = arguments.long_positions("put_", "index", 2, index)
    source = arguments.tensor("put", "source", 3, source)
    if input.dtype is not source.dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{type_word(input.array.dtype)} and source.dtype = {type_word(source.array.dtype)}"
        )
    if source.numel() != index.numel():
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    if index.numel() and not input.numel():
        raise IndexError("put_(): Tried to put elements into an empty tensor")
    _check_in_flat(index, input.numel())
    flat = put_at(reshape(input, (-1,)), _vector(source), _rows(index), (0,), bool(accumulate))
    return reshape(flat, tuple(input.shape))


def _index_put(put, input, indices, values, accumulate):
    input = arguments.tensor("index_put", "input", 1, input)
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            f"index_put(): argument 'indices' (position 2) must be tuple of Tensors, not {type(indices).__name__}"
        )
    for i, index in enumerate(indices):
        if not isinstance(index, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(index).__name__}")
    values = arguments.tensor("index_put", "values", 3, values)
    # A tensor without dimensions stands for one position here, not for a part of an index.
    plan = taken_apart(input, tuple([reshape(i, (1,)) if _is_one_position(i) else i for i in indices]))
    if plan.index is None:
        raise RuntimeError("index_put: at least one index tensor is needed")
    if plan.mask is not None and values.numel() == 1:
        values = reshape(values, ()).to(input.dtype)
    elif values.dtype is not input.dtype:
        dtypes_differ(values, input)
    if any([_is_one_position(i) for i in indices]) and plan.index.ndim == 2:
        plan.index = reshape(plan.index, tuple(plan.index.shape[:1])) if plan.index.shape[1] == 1 else plan.index
    out = put(plan.part(input), values, plan.index, plan.dims, bool(accumulate))
    return reshape(out, tuple(input.shape)) if put is put_at and out.ndim != input.ndim else out


@composite(
    in_place="public",
    writes=lambda input, indices, values, accumulate=False: (
        _index_put(put_at.in_place, input, indices, values, accumulate), input
    )[1],
)  # fmt: skip
def index_put(input, indices, values, accumulate=False):
    """`input` with `values` written (or added) at the positions that a tuple of tensors gives.

    `input.index_put((i, j), values)` is a copy in which input[i, j] = values.

    Args:
        input: a tensor.
        indices: a tuple of tensors, broadcast against each other: int64, int32, or masks.
        values: a tensor of the same dtype, broadcast to the shape of input[indices].
        accumulate: whether to add to what is there; where a position occurs twice, both count.

    Raises:
        IndexError: a position out of range, more indices than dimensions, shapes that are not broadcast.
        RuntimeError: dtypes that differ, values that are not broadcast.

    >>> import wengert as t
    >>> x = t.zeros(2, 3)
    >>> x.index_put((t.tensor([0, 1, 1]), t.tensor([1, 2, 2])), t.tensor(1.0), accumulate=True)
    tensor([[0., 1., 0.],
            [0., 0., 2.]])
    """
    return _index_put(put_at, input, indices, values, accumulate)


def _is_one_position(index) -> bool:
    return not index.ndim and index.dtype is not dtypes.bool


def _index_add(put, input, dim, index, source, alpha):
    input, dim, index, source = _for_sources("index_add", input, dim, index, source)
    size = input.shape[dim] if input.ndim else 1
    _check_range(index, size, RuntimeError, f"index {{bad}} is out of bounds for dimension {dim} with size {{size}}")
    if alpha != 1:
        source = source * from_array(number_as(alpha, input.array.dtype))
    return _placed(put, input, source, index, dim, True)


@composite(
    out="exact", in_place=True,
    writes=lambda input, dim, index, source, *, alpha=1: _index_add(put_at.in_place, input, dim, index, source, alpha),
)  # fmt: skip
def index_add(input, dim, index, source, *, alpha=1):
    """`input` with alpha * `source` added at positions along a dimension.

    For dim 0, out[index[i]] += alpha * source[i]; a position that occurs twice is added to twice.

    Args:
        input: a tensor.
        dim: a dimension of it.
        index: positions in it, int64 or int32, of one dimension.
        source: a tensor of the same dtype; its size is that of `index` in `dim`, that of `input` elsewhere.
        alpha: a factor.

    Raises:
        RuntimeError: dtypes that differ, shapes that do not fit, a position out of range (negative ones are).
        IndexError: `dim` out of range, an index of more dimensions.

    >>> import wengert as t
    >>> t.zeros(3, 2).index_add(0, t.tensor([0, 2]), t.ones(2, 2), alpha=2)
    tensor([[2., 2.],
            [0., 0.],
            [2., 2.]])
    """
    return _index_add(put_at, input, dim, index, source, alpha)


def _for_sources(name: str, input, dim, index, source) -> tuple:
    """(input, dim, index, source) of a call in which each position has its part of the source, checked."""
    input, dim = _along(name, input, dim)
    index = arguments.positions(name + "_", "index", 3, index)
    source = arguments.tensor(name, "source", 4, source)
    if index.ndim > 1:
        raise IndexError(
            f"{name}_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
            f"{type_word(index.array.dtype)} and size: {list(index.shape)}"
        )
    if input.dtype is not source.dtype:
        raise RuntimeError(
            f"{name}_(): self ({type_word(input.array.dtype)}) and source ({type_word(source.array.dtype)}) must "
            "have the same scalar type: convert one with to()"
        )
    if input.ndim and not source.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions: {name} was given such a source")
    if input.ndim and (source.ndim <= dim or source.shape[dim] != index.numel()):
        found = source.shape[dim] if source.ndim > dim else "none"
        raise RuntimeError(
            f"{name}_(): Number of indices ({index.numel()}) should be equal to source.size(dim): ({found}), for dim: "
            f"{dim}"
        )
    if input.ndim != source.ndim or _but(input.shape, dim) != _but(source.shape, dim):
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(input.shape)} source.shape = {list(source.shape)}"
        )
    if not input.ndim and index.numel() != 1:
        raise RuntimeError(
            f"{name}_(): Number of indices ({index.numel()}) should be equal to source.size(dim): (1), for dim: 0"
        )
    return input, dim, _vector(index), source


@composite(out="exact", in_place=True)
def index_reduce(input, dim, index, source, reduce, *, include_self=True):
    """`input` with the parts of `source` that go to each position along a dimension reduced to one.

    Args:
        input: a tensor.
        dim: a dimension of it.
        index: positions in it, int64 or int32, of one dimension.
        source: a tensor of the same dtype; its size is that of `index` in `dim`, that of `input` elsewhere.
        reduce: "prod", "mean" (of integers, rounded down), "amax" or "amin".
        include_self: whether the element of `input` takes part in the reduction; else it is replaced.

    Raises:
        RuntimeError: dtypes that differ, shapes that do not fit, an unknown reduction.
        NotImplementedError: extrema of complex numbers, the mean of booleans.
        IndexError: `dim` or a position out of range (negative ones are), an index of more dimensions.

    >>> import wengert as t
    >>> x = t.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x.index_reduce(0, t.tensor([0, 0]), t.tensor([[5.0, 1.0], [2.0, 2.0]]), "prod")
    tensor([[10.,  4.],
            [ 3.,  4.]])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    input, dim, index, source = _for_sources("index_reduce", input, dim, index, source)
    if reduce == "mean" and input.dtype is dtypes.bool:
        raise NotImplementedError(
            "\"div_floor_cpu\" not implemented for 'Bool': convert to a floating type before index_reduce"
        )
    if reduce in ("amax", "amin") and input.dtype.is_complex:
        without_kernel("maximum_cpu" if reduce == "amax" else "minimum_cpu", NO_ORDER)(input.array)
    size = input.shape[dim] if input.ndim else 1
    _check_range(
        index, size, IndexError, f"index out of range in self: {{bad}} in dimension {dim}, which has size {{size}}"
    )
    x, y = (input, source) if input.ndim else (reshape(input, (1,)), reshape(source, (1,)))
    along = tuple([-1 if d == dim else 1 for d in range(x.ndim)])
    if not y.numel():
        return input.clone()
    out = reduced(x, dim, expand(reshape(index, along), tuple(y.shape)), y, reduce, bool(include_self))
    return out if input.ndim else reshape(out, ())


def _index_copy(put, input, dim, index, source):
    input, dim = _along("index_copy", input, dim)
    index = arguments.long_positions("index_copy_", "index", 3, index)
    source = arguments.tensor("index_copy", "source", 4, source)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    if not source.ndim and index.numel() != 1:
        raise IndexError(
            f"index_copy_(): When source is scalar, index should have one element (got {index.numel()})"
        )
    if input.ndim and source.ndim and input.ndim != source.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({source.ndim}), destination dimensionality ({input.ndim})"
        )
    if input.dtype is not source.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{type_word(input.array.dtype)} and (source) {type_word(source.array.dtype)}: convert one with to()"
        )
    own, theirs = _but(input.shape, dim), _but(source.shape, dim)
    if own != theirs:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, own))} at dimension {dim} and source slice shape: {' '.join(map(str, theirs))} at "
            f"dimension {dim}."
        )
    if source.ndim and source.shape[dim] != index.numel():
        raise IndexError(
            f"index_copy_(): Number of indices ({index.numel()}) should be equal to source.size(dim) "
            f"({source.shape[dim]})"
        )
    size = input.shape[dim] if input.ndim else 1
    _check_range(
        index, size, IndexError,
        f"index_copy_(): index {{bad}} is out of bounds for dimension {dim} with size {{size}}",
    )  # fmt: skip
    return _placed(put, input, source if source.ndim else reshape(source, (1,)), index, dim)


@composite(
    out="exact", in_place=True,
    writes=lambda input, dim, index, source: _index_copy(put_at.in_place, input, dim, index, source),
)  # fmt: skip
def index_copy(input, dim, index, source):
    """`input` with the parts of `source` written at positions along a dimension.

    For dim 0, out[index[i]] = source[i]; of a position that occurs twice the last one stands.

    Args:
        input: a tensor.
        dim: a dimension of it.
        index: int64 positions in it, of one dimension.
        source: a tensor of the same dtype; its size is that of `index` in `dim`, that of `input` elsewhere.

    Raises:
        RuntimeError: dtypes that differ, sizes that do not fit.
        IndexError: `dim` or a position out of range (negative ones are), numbers of dimensions or of positions that do
            not fit.

    >>> import wengert as t
    >>> t.zeros(3, 2).index_copy(0, t.tensor([2, 0]), t.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [0., 0.],
            [1., 2.]])
    """
    return _index_copy(put_at, input, dim, index, source)


def _index_fill(put, input, dim, index, value):
    input, dim = _along("index_fill", input, dim)
    index = arguments.tensor("index_fill", "index", 3, index)
    if not isinstance(value, (Tensor, bool, int, float, complex, numpy.number)):
        raise arguments.impossible("index_fill", dim, index, value)
    if index.dtype is not dtypes.int64:
        raise IndexError(f"index_fill_(): Expected dtype int64 for index. It is {index.dtype}.")
    if index.ndim > 1:
        raise RuntimeError(f"Index has to be a vector/scalar: index_fill was given one of shape {list(index.shape)}")
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if not input.dtype.is_complex and (value.dtype.is_complex if isinstance(value, Tensor) else (
        isinstance(value, complex)
    )):
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    value = value.to(input.dtype) if isinstance(value, Tensor) else from_array(number_as(value, input.array.dtype))
    size = input.shape[dim] if input.ndim else 1
    _check_range(
        index, size, IndexError, f"index {{bad}} is out of bounds for dimension {dim} with size {{size}}",
        negative=True,
    )  # fmt: skip
    return _placed(put, input, value, index, dim)


@composite(
    in_place=True, writes=lambda input, dim, index, value: _index_fill(put_at.in_place, input, dim, index, value)
)
def index_fill(input, dim, index, value):
    """`input` with a number at all positions along a dimension that `index` names.

    Args:
        input: a tensor.
        dim: a dimension of it.
        index: int64 positions in it, of one dimension (or none); negative ones count from the end.
        value: a number, or a tensor without dimensions; it is converted to the type of `input`.

    Raises:
        IndexError: `dim` or a position out of range, another dtype of `index`.
        RuntimeError: a value that the type cannot hold, or of one dimension or more.

    >>> import wengert as t
    >>> t.zeros(2, 3).index_fill(1, t.tensor([0, -1]), 7)
    tensor([[7., 0., 7.],
            [7., 0., 7.]])
    """
    return _index_fill(put_at, input, dim, index, value)
