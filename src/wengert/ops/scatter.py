"""Elements along a dimension, one position for each: gather, scatter and scatter with a reduction.

`index` has as many dimensions as the tensor it addresses; its values are positions along `dim`, its own places give the
other coordinates. Each of these is had from primitives for one direction: `gather_along`, and its transpose
`scatter_along`, which adds.
"""

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array, number_as
from . import arguments, levels
from . import dims as _dims
from .composite import composite
from .declaration import general, linear, without_kernel
from .elementwise import NO_ORDER, clamp, conj_physical, div, eq, floor_divide, where
from .positions import basic_index, index_, leading
from .shape import cat, expand, flip, narrow, reshape

# ------------------------------------------------------------------------------------------------ gathering and adding


def _gather(x, index, dim):
    dim = _dims.wrap(dim, x.ndim)
    _check_positions(x.shape, index, dim)
    if x.flags.c_contiguous:
        return x.reshape(-1).take(_places(index, dim, x.shape))
    return x[_along(index, dim)]


def _along(index, dim):
    key = list(numpy.ogrid[tuple([slice(size) for size in index.shape])])
    key[dim] = index
    return tuple(key)


def _places(index, dim, shape):
    """For each element of index the place in a row-major array of a shape that it leads to along dim."""
    places, step = numpy.zeros((), numpy.int64), 1
    for d in range(len(shape) - 1, -1, -1):
        at = index if d == dim else numpy.arange(index.shape[d]).reshape(-1, *(1,) * (len(shape) - 1 - d))
        places = places + (at if step == 1 else at * step)
        step *= shape[d]
    return places


def _check_positions(shape, index, dim):
    if index.size and (index.max() >= shape[dim] or index.min() < 0):
        bad = index.max() if index.max() >= shape[dim] else index.min()
        raise RuntimeError(f"index {bad} is out of bounds for dimension {dim} with size {shape[dim]}")


def _combined(start, ufunc, index, dim, source):
    """A row-major array with source combined into it along dim at index."""
    dim = _dims.wrap(dim, start.ndim)
    _check_positions(start.shape, index, dim)
    # One flat index is what NumPy has a fast loop for.
    with numpy.errstate(all="ignore"):
        ufunc.at(start.reshape(-1), _places(index, dim, start.shape).reshape(-1), source.reshape(-1))
    return start


def _batched_along(operation, operands, parameters, in_dims, size):
    first, index = [leading(x, d, size) for x, d in zip(operands, in_dims, strict=True)]
    if operation is gather_along:
        return gather_along(first, index, _dims.wrap(parameters[0], first.ndim - 1) + 1), 0
    dim, shape = parameters
    return operation(first, index, _dims.wrap(dim, len(shape)) + 1, (size, *shape)), 0


gather_along = linear(
    "gather_along(input, index, dim)", forward=_gather, method=False, public=False, node_name="GatherBackward0",
    batch=_batched_along,
    input=lambda g, index, dim, input_shape: scatter_along(g, index, dim, input_shape),
    index=None,
    doc="out[i][j] = input[index[i][j]][j] for dim 0, and so on.",
)  # fmt: skip
scatter_along = linear(
    "scatter_along(g, index, dim, shape)", method=False, public=False, batch=_batched_along,
    forward=lambda g, index, dim, shape: _combined(numpy.zeros(shape, g.dtype), numpy.add, index, dim, g),
    g=lambda g, index, dim: gather_along(g, index, dim),
    index=None,
    doc="Zeros of the given shape with g added along dim at index: the transpose of gather.",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ the last one written


def _origin(index, dim, shape):
    dim = _dims.wrap(dim, len(shape))
    _check_positions(shape, index, dim)
    out = numpy.full(shape, -1, numpy.int64)
    out[_along(index, dim)] = numpy.arange(index.size).reshape(index.shape)
    return out


def _batched_origin(operation, operands, parameters, in_dims, size):
    index = leading(operands[0], in_dims[0], size)
    dim, shape = parameters
    out = scatter_origin(index, _dims.wrap(dim, len(shape)) + 1, (size, *shape))
    # Elements are counted within an entry.
    count = index.numel() // max(size, 1)
    first = reshape(from_array(numpy.arange(size) * count), (size, *(1,) * len(shape)))
    return where(out >= 0, out - first, out), 0


scatter_origin = general(
    "scatter_origin(index, dim, shape)", forward=_origin, method=False, public=False, batch=_batched_origin,
    index=None,
    doc="For each element of a tensor of the given shape, the number of the last element of index that leads to it "
    "along dim; -1 for none.",
)  # fmt: skip

def _written(x, source, index, dim):
    dim = _dims.wrap(dim, x.ndim)
    _check_positions(x.shape, index, dim)
    out = numpy.array(x, order="C")
    out.reshape(-1)[_places(index, dim, out.shape)] = source
    return out


def _batched_written(operation, operands, parameters, in_dims, size):
    x, source, index = [leading(y, d, size) for y, d in zip(operands, in_dims, strict=True)]
    dim, *others = parameters
    return operation(x, source, index, _dims.wrap(dim, x.ndim - 1) + 1, *others), 0


def _last_written(g, index, dim):
    """The gradient of what was written: of the elements that lead to one place, the last one's."""
    origin = gather_along(scatter_origin(index, dim, tuple(g.shape)), index, dim)
    own = reshape(from_array(numpy.arange(index.numel())), tuple(index.shape))
    return where(eq(origin, own), gather_along(g, index, dim), 0.0)


scatter_last = linear(
    "scatter_last(input, source, index, dim)", forward=_written, method=False, public=False, batch=_batched_written,
    node_name="ScatterBackward0", takes_bfloat16=True,
    input=lambda g, index, dim: where(scatter_origin(index, dim, tuple(g.shape)) >= 0, 0.0, g),
    source=lambda g, index, dim: _last_written(g, index, dim),
    index=None,
    doc="input with the elements of source written along dim at index; of those for one place, the last one stands.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ products


def _running_products(v, target):
    """For each element the product of v up to it within its run of equal targets.

    Steps of 1, 2, 4, ... (W. D. Hillis and G. L. Steele, "Data parallel algorithms", CACM 29(12), 1986): no division,
    so that zeros do no harm.
    """
    count, step = v.shape[0], 1
    while step < count:
        same = eq(narrow(target, 0, step, count - step), narrow(target, 0, 0, count - step))
        if not same._level and not same.array.any():
            break
        rest = narrow(v, 0, step, count - step)
        rest = rest * where(same, narrow(v, 0, 0, count - step), 1.0)
        v, step = cat([narrow(v, 0, 0, step), rest]), 2 * step
    return v


def _products_of_others(source, index, dim, shape, out):
    """For each element of source the product of the other ones that go where it goes."""
    if not source._level and not out._level and not numpy.any(source.array == 0):
        return gather_along(out, index, dim) / source
    from .sorting import sorted_positions

    dim = _dims.wrap(dim, len(shape))
    step = int(numpy.prod(shape[dim + 1 :], dtype=numpy.int64))
    own = _places(numpy.zeros(tuple(index.shape), numpy.int64), dim, shape)
    target = reshape(index * step + from_array(own), (-1,))
    order = sorted_positions(target, 0)
    values, target = index_(reshape(source, (-1,)), reshape(order, (1, -1)), (0,)), gather_along(target, order, 0)
    others = _products_before(values, target) * flip(_products_before(flip(values, (0,)), flip(target, (0,))), (0,))
    return reshape(gather_along(others, sorted_positions(order, 0), 0), tuple(source.shape))


def _products_before(v, target):
    """For each element the product of those before it in its run of equal targets; 1 for the first."""
    count = v.shape[0]
    if not count:
        return v
    one = levels.zeros_like(narrow(v, 0, 0, 1)) + 1
    same = eq(narrow(target, 0, 1, count - 1), narrow(target, 0, 0, count - 1))
    return cat([one, where(same, narrow(_running_products(v, target), 0, 0, count - 1), 1.0)])


def _product_tangent(tangents, inputs, out, parameters):
    (source, index), (dim, shape) = inputs, parameters
    return scatter_along(tangents[0] * _products_of_others(source, index, dim, shape, out), index, dim, shape)


scatter_product = general(
    "scatter_product(source, index, dim, shape)", method=False, public=False, batch=_batched_along,
    forward=lambda source, index, dim, shape: _combined(
        numpy.ones(shape, source.dtype), numpy.multiply, index, dim, source
    ),
    source=lambda g, source, index, dim, shape, out: (
        gather_along(g, index, dim) * conj(_products_of_others(source, index, dim, shape, out))
    ),
    index=None,
    jvp=_product_tangent,
    doc="Ones of the given shape, multiplied by the elements of source along dim at index.",
)  # fmt: skip


def conj(x):
    return conj_physical(x) if x.dtype.is_complex else x


# ------------------------------------------------------------------------------------------------ extrema


def _extremum(x, source, index, dim, largest, include_self):
    if x.dtype.kind == "c":
        without_kernel(f"scatter_gather_tensor_cpu_reduce_{'amax' if largest else 'amin'}", NO_ORDER)(x)
    dim = _dims.wrap(dim, x.ndim)
    _check_positions(x.shape, index, dim)
    out = numpy.array(x, order="C")
    if not include_self:
        out[_along(index, dim)] = source
    return _combined(out, numpy.maximum if largest else numpy.minimum, index, dim, source)


def _shares(input, source, index, out, dim, include_self):
    """Which elements of input and source are the extremum, and how many of them share in its derivative."""
    own = eq(input, out).to(out.dtype)
    theirs = eq(source, gather_along(out, index, dim)).to(out.dtype)
    count = own + scatter_along(theirs, index, dim, tuple(out.shape))
    if not include_self:
        own = where(scatter_origin(index, dim, tuple(out.shape)) >= 0, 0.0, own)
    return own, theirs, count


def _extremum_input(g, input, source, index, out, dim, include_self):
    own, _, count = _shares(input, source, index, out, dim, include_self)
    return own * (g / count)


def _extremum_source(g, input, source, index, out, dim, include_self):
    _, theirs, count = _shares(input, source, index, out, dim, include_self)
    return theirs * gather_along(g / count, index, dim)


def _extremum_tangent(tangents, inputs, out, parameters):
    dim, _, include_self = parameters
    own, theirs, count = _shares(*inputs, out, dim, include_self)
    of_input, of_source = tangents[0], tangents[1]
    found = None if of_input is None else own * of_input
    if of_source is not None:
        added = scatter_along(theirs * of_source, inputs[2], dim, tuple(out.shape))
        found = added if found is None else found + added
    return found / count


scatter_extremum = general(
    "scatter_extremum(input, source, index, dim, largest, include_self)", forward=_extremum, method=False, public=False,
    batch=_batched_written, jvp=_extremum_tangent, node_name="ScatterReduceBackward0",
    input=_extremum_input,
    source=_extremum_source,
    index=None,
    doc="The largest (smallest) of the elements of source that go to each element of input along dim at index, and "
    "that element itself if include_self. Equal ones share the gradient.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ as PyTorch has them


def _at_least_1d(x):
    return x if x.ndim else reshape(x, (1,))


def _addressed(name: str, input, dim, index) -> tuple:
    """(input, dim, index) of a call, checked."""
    input = arguments.tensor(name, "input", 1, input)
    dim = _dims.wrap(arguments.integer(name, "dim", 2, dim), input.ndim)
    index = arguments.tensor(name, "index", 3, index)
    if index.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, but got {index.dtype}")
    return input, dim, index if index.dtype is dtypes.int64 else index.to(dtypes.int64)


@composite(out="exact")
def gather(input, dim, index, *, sparse_grad=False):
    """The elements of `input` at positions along a dimension, one for each element of `index`.

    For three dimensions, with dim 0, 1 and 2:

        out[i][j][k] = input[index[i][j][k]][j][k]
        out[i][j][k] = input[i][index[i][j][k]][k]
        out[i][j][k] = input[i][j][index[i][j][k]]

    Args:
        input: a tensor.
        dim: the dimension along which `index` gives positions.
        index: int64 or int32, of as many dimensions as `input`; outside of `dim` no larger. The result has its shape.
        sparse_grad: accepted; gradients are dense.

    Raises:
        RuntimeError: another dtype or number of dimensions; a position out of range (negative ones are).
        IndexError: `dim` out of range.

    >>> import wengert as t
    >>> t.gather(t.tensor([[1, 2], [3, 4]]), 1, t.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    input, dim, index = _addressed("gather", input, dim, index)
    if not index.numel():
        return reshape(index_(reshape(input, (-1,)), reshape(index, (1, -1)), (0,)), tuple(index.shape))
    shape, x, at = tuple(index.shape), _at_least_1d(input), _at_least_1d(index)
    if x.ndim != at.ndim:
        raise RuntimeError(
            "Index tensor must have the same number of dimensions as input tensor: gather was given index of shape "
            f"{list(shape)} for input of shape {list(input.shape)}"
        )
    for d, size in enumerate(x.shape):
        if d != dim and at.shape[d] > size:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(shape)} to be no larger than self "
                f"{list(input.shape)} apart from dimension {dim}"
            )
    return reshape(gather_along(x, at, dim), shape) if len(shape) != at.ndim else gather_along(x, at, dim)


@composite(out="exact", numpy_functions=(numpy.take_along_axis,))
def take_along_dim(input, indices, dim=None):
    """Like `gather`, with `input` and `indices` broadcast against each other outside of `dim`.

    Args:
        input: a tensor.
        indices: int64, of as many dimensions as `input`; negative positions count from the end.
        dim: the dimension along which `indices` gives positions. None: that of the flattened input and indices.

    Raises:
        RuntimeError: another dtype or number of dimensions, shapes that are not broadcast, a position out of range.
        IndexError: `dim` out of range.

    >>> import wengert as t
    >>> x = t.tensor([[3, 1, 2], [6, 5, 4]])
    >>> t.take_along_dim(x, x.argsort(1), 1)
    tensor([[1, 2, 3],
            [4, 5, 6]])
    """
    input = arguments.tensor("take_along_dim", "input", 1, input)
    indices = arguments.tensor("take_along_dim", "indices", 2, indices)
    if indices.dtype is not dtypes.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {type_word(indices.array.dtype)}: "
            "convert them with long()"
        )
    if dim is None:
        input, indices, dim = reshape(input, (-1,)), reshape(indices, (-1,)), 0
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    dim = _dims.wrap(dim, input.ndim)
    shape = arguments.broadcast("take_along_dim", narrow(input, dim, 0, 0), narrow(indices, dim, 0, 0))
    size = input.shape[dim]
    of_input = tuple([size if d == dim else s for d, s in enumerate(shape)])
    of_index = tuple([indices.shape[d] if d == dim else s for d, s in enumerate(shape)])
    return gather_along(expand(input, of_input), expand(where(indices < 0, indices + size, indices), of_index), dim)


def _source(name: str, input, index, src, dim: int):
    """The part of src that index has positions for, checked."""
    _check_same_dtype(input, src)
    x, at, source = _at_least_1d(input), _at_least_1d(index), _at_least_1d(src)
    if at.ndim != source.ndim:
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as src tensor: {name} was given index of shape "
            f"{list(index.shape)} and src of shape {list(src.shape)}"
        )
    _check_rank(name, input, index)
    for d in range(at.ndim):
        if at.shape[d] > source.shape[d] or d != dim and at.shape[d] > x.shape[d]:
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart from "
                f"dimension {dim} and to be no larger size than src {list(src.shape)}"
            )
    if tuple(source.shape) == tuple(at.shape):
        return source
    return basic_index(source, tuple([slice(size) for size in at.shape]))


def _check_same_dtype(input, src) -> None:
    if src.dtype is not input.dtype:
        raise RuntimeError(
            f"scatter(): Expected self.dtype to be equal to src.dtype, but got {input.dtype} and {src.dtype}: "
            "convert one with to()"
        )


def _check_rank(name: str, input, index) -> None:
    if max(input.ndim, 1) != max(index.ndim, 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as self tensor: {name} was given index of shape "
            f"{list(index.shape)} for input of shape {list(input.shape)}"
        )


def _filling(input, index, value, dim: int):
    """A number as a source: the same for all positions."""
    _check_rank("scatter", input, index)
    x, at = _at_least_1d(input), _at_least_1d(index)
    for d in range(at.ndim):
        if d != dim and at.shape[d] > x.shape[d]:
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart from "
                f"dimension {dim}"
            )
    return expand(from_array(number_as(value, input.array.dtype)), tuple(at.shape))


@composite(out="exact", in_place=True)
def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """`input` with elements of `src`, or a number, written along a dimension at positions.

    The reverse of `gather`; for three dimensions and dim 0, out[index[i][j][k]][j][k] = src[i][j][k]. Where a position
    occurs twice, the last one written stands.

    Args:
        input: a tensor.
        dim: the dimension along which `index` gives positions.
        index: int64 or int32, of as many dimensions as `input`; outside of `dim` no larger than it.
        src: a tensor of the same dtype, nowhere smaller than `index`; or a number.
        value: a number, in place of `src`.
        reduce: "add" or "multiply" combines with what is there; see also `scatter_reduce`.

    Raises:
        RuntimeError: dtypes that differ, shapes that do not fit, a position out of range.
        IndexError: `dim` out of range.

    >>> import wengert as t
    >>> t.zeros(2, 3).scatter(0, t.tensor([[1, 0, 1]]), t.tensor([[1.0, 2.0, 3.0]]))
    tensor([[0., 2., 0.],
            [1., 0., 3.]])
    """
    input, dim, index = _addressed("scatter", input, dim, index)
    given = value if src is None else src
    if not isinstance(given, (Tensor, bool, int, float, complex, numpy.number)):
        raise arguments.impossible("scatter", dim, index, *([] if given is None else [given]))
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError(f"reduce argument must be either add or multiply. (It is {reduce!r}.)")
    if isinstance(given, Tensor):
        _check_same_dtype(input, given)
    if not index.numel():
        return input.clone()
    source = _source("scatter", input, index, given, dim) if isinstance(given, Tensor) else (
        _filling(input, index, given, dim)
    )
    x, at = _at_least_1d(input), _at_least_1d(index)
    shape = tuple(x.shape)
    if reduce == "add":
        out = x + scatter_along(source, at, dim, shape)
    elif reduce == "multiply":
        out = x * scatter_product(source, at, dim, shape)
    else:
        out = scatter_last(x, source, at, dim)
    return out if input.ndim else reshape(out, ())


@composite(out="exact", in_place=True)
def scatter_add(input, dim, index, src):
    """`input` with elements of `src` added along a dimension at positions.

    For three dimensions and dim 0, out[index[i][j][k]][j][k] += src[i][j][k].

    Args:
        input: a tensor.
        dim: the dimension along which `index` gives positions.
        index: int64 or int32, of as many dimensions as `input`; outside of `dim` no larger than it.
        src: a tensor of the same dtype, nowhere smaller than `index`.

    Raises:
        RuntimeError: dtypes that differ, shapes that do not fit, a position out of range.
        IndexError: `dim` out of range.

    >>> import wengert as t
    >>> t.zeros(3).scatter_add(0, t.tensor([0, 2, 0]), t.tensor([1.0, 2.0, 3.0]))
    tensor([4., 0., 2.])
    """
    input, dim, index = _addressed("scatter_add", input, dim, index)
    src = arguments.tensor("scatter_add", "src", 4, src)
    _check_same_dtype(input, src)
    if not index.numel():
        return input.clone()
    source = _source("scatter_add", input, index, src, dim)
    out = _at_least_1d(input) + scatter_along(source, _at_least_1d(index), dim, tuple(_at_least_1d(input).shape))
    return out if input.ndim else reshape(out, ())


_REDUCTIONS = {
    "sum": "sum", "prod": "prod", "mean": "mean", "amax": "amax", "amin": "amin", "max": "amax", "min": "amin",
}  # fmt: skip


@composite(out="exact", in_place=True)
def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    """`input` with the elements of `src` that go to each of its elements reduced to one.

    Where nothing goes, the element stays. For "prod" the gradient is right where factors are 0; equal extrema share
    it.

    Args:
        input: a tensor.
        dim: the dimension along which `index` gives positions.
        index: int64 or int32, of as many dimensions as `input`; outside of `dim` no larger than it.
        src: a tensor of the same dtype, nowhere smaller than `index`.
        reduce: "sum", "prod", "mean" (of integers, rounded down), "amax" or "amin".
        include_self: whether the element of `input` takes part in the reduction; else it is replaced.

    Raises:
        RuntimeError: dtypes that differ, shapes that do not fit, a position out of range, an unknown reduction.
        NotImplementedError: extrema of complex numbers, the mean of booleans.
        IndexError: `dim` out of range.

    >>> import wengert as t
    >>> x, index = t.tensor([1.0, 2.0, 3.0]), t.tensor([0, 0, 2])
    >>> x.scatter_reduce(0, index, t.tensor([4.0, 5.0, 6.0]), "amax")
    tensor([5., 2., 6.])
    >>> x.scatter_reduce(0, index, t.tensor([4.0, 5.0, 6.0]), "mean", include_self=False)
    tensor([4.5000, 2.0000, 6.0000])
    """
    input, dim, index = _addressed("scatter_reduce", input, dim, index)
    src = arguments.tensor("scatter_reduce", "src", 4, src)
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    _check_same_dtype(input, src)
    if not index.numel():
        return input.clone()
    source = _source("scatter_reduce", input, index, src, dim)
    out = reduced(_at_least_1d(input), dim, _at_least_1d(index), source, _REDUCTIONS[reduce], include_self)
    return out if input.ndim else reshape(out, ())


def reduced(x, dim: int, index, source, reduce: str, include_self: bool):
    """`scatter_reduce` after its checks, for index and source of one shape."""
    shape = tuple(x.shape)
    if reduce in ("amax", "amin"):
        return scatter_extremum(x, source, index, dim, reduce == "amax", include_self)
    if reduce == "prod":
        products = scatter_product(source, index, dim, shape)
        return x * products if include_self else where(_hit(index, dim, shape), products, x)
    if reduce == "mean" and x.dtype is dtypes.bool:
        raise NotImplementedError(
            "\"scatter_gather_tensor_cpu_reduce_mean\" not implemented for 'Bool': convert to a floating type first"
        )
    sums = scatter_along(source, index, dim, shape)
    out = x + sums if include_self else where(_hit(index, dim, shape), sums, x)
    if reduce == "sum":
        return out
    ones = expand(from_array(numpy.ones((), numpy.int64)), tuple(index.shape))
    count = scatter_along(ones, index, dim, shape)
    count = (count + 1 if include_self else clamp(count, min=1)).to(x.dtype)
    return div(out, count) if x.dtype.category > 1 else floor_divide(out, count)


def _hit(index, dim: int, shape: tuple):
    """Which elements of a tensor of a shape an index leads to."""
    return scatter_origin(index, dim, shape) >= 0
