"""Shapes and views. Each is linear, and its rule is its transpose.

Views share the memory of their input (`view=True`): an in-place change of one is a change of all.
"""

import math
import operator
import warnings

import numpy

from ..core import dtypes
from ..core.size import CONTIGUOUS, PRESERVE
from ..kernels import broadcasting, strided
from ..kernels.blocks import empty_array
from . import arguments, dims, memory_formats
from .composite import composite
from .declaration import linear

# From this many elements on a copy is made on reused memory.
LARGE = 1 << 14

# ------------------------------------------------------------------------------------------------ reshaping


def _reshape(x, size):
    if math.prod(size) != x.size or min(size, default=0) < 0:
        size = dims.inferred(size, x.size)
    if x.size >= LARGE and type(x) is numpy.ndarray and not x.flags.c_contiguous:
        try:
            return x.reshape(size, copy=False)
        except ValueError:
            values = empty_array(x.shape, x.dtype)
            values[...] = x
            return values.reshape(size)
    return x.reshape(size)


def _view(x, size):
    size = dims.inferred(size, x.size)
    try:
        return x.reshape(size, copy=False)
    except ValueError:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            f"contiguous subspaces). Use .reshape(...) instead. The input has shape {list(x.shape)} and stride "
            f"{[s // x.itemsize for s in x.strides]}; the view asked for has shape {list(size)}."
        ) from None


reshape = linear(
    "reshape(input, *shape)", forward=_reshape, shape="shape", view="maybe", numpy_functions=(numpy.reshape,),
    input=lambda g, input_shape: reshape(g, input_shape),
    doc="""The same elements in row-major order under another shape, one size of which may be -1. A view where possible.

    RuntimeError for a shape of another number of elements.

    >>> import wengert as t
    >>> t.reshape(t.arange(4), (2, 2))
    tensor([[0, 1],
            [2, 3]])
    """,
)  # fmt: skip
unsafe_view = linear(
    "unsafe_view(input, size)", forward=_reshape, shape="size", method=False, public=False,
    node_name="UnsafeViewBackward0",
    input=lambda g, input_shape: reshape(g, input_shape),
    doc="A tensor just computed, that nobody else has seen, under another shape: no view of anything.",
)  # fmt: skip
view = linear(
    "view(input, *size)", forward=_view, shape="size", view=True, public=False,
    rewrites={"dtype": lambda input, dtype: _as_dtype(input, dtype)},
    input=lambda g, input_shape: reshape(g, input_shape),
    doc="""The same memory under another shape; RuntimeError where only a copy could have it.

    `view(dtype)` reads the memory as another type: elements of another size change the last dimension.

    >>> import wengert as t
    >>> t.arange(4).view(2, -1)
    tensor([[0, 1],
            [2, 3]])
    >>> t.tensor([1.0]).view(t.int32)
    tensor([1065353216], dtype=wengert.int32)
    """,
)  # fmt: skip


def _as_dtype(input, dtype):
    from .memory import view_as_type

    return view_as_type(input, dtype)


def _expand(x, size):
    return strided.expand(x, tuple(size))  # a Size is no tuple to Cython


def _batched_expand(operation, operands, parameters, in_dims, size):
    x, (target,) = operands[0], parameters
    added = len(target) - (x.ndim - 1)
    if added > 0:
        x = reshape(x, (size, *(1,) * added, *x.shape[1:]))
    return expand(x, (size, *target)), 0


def _batched_sum_to_size(operation, operands, parameters, in_dims, size):
    x, (target,) = operands[0], parameters
    summed = sum_to_size(x, (size, *(1,) * (x.ndim - 1 - len(target)), *target))
    return reshape(summed, (size, *target)), 0


expand = linear(
    "expand(input, *size)", forward=_expand, view=True, batch=_batched_expand,
    input=lambda g, input_shape: sum_to_size(g, input_shape),
    doc="""Dimensions of size 1 (and new leading ones) repeated without copying; -1 keeps a size.

    RuntimeError where another size than 1 would change.

    >>> import wengert as t
    >>> t.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """,
)  # fmt: skip
sum_to_size = linear(
    "sum_to_size(input, *size)", forward=broadcasting.sum_to_shape, batch=_batched_sum_to_size, public=False,
    input=lambda g, input_shape: expand(g, input_shape),
    doc="""Summed over the dimensions that broadcasting from `size` has added or repeated.

    RuntimeError for a size that does not broadcast to the shape.

    >>> import wengert as t
    >>> t.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """,
)  # fmt: skip


@composite(public=False)
def expand_as(input, other):
    """`input` expanded to the shape of `other`. A view.

    >>> import wengert as t
    >>> t.tensor([[1], [2]]).expand_as(t.zeros(2, 2))
    tensor([[1, 1],
            [2, 2]])
    """
    other = arguments.tensor("expand_as", "other", 1, other)
    return expand(input, tuple(other.shape))


@composite(public=False)
def view_as(input, other):
    """`input` viewed under the shape of `other`.

    >>> import wengert as t
    >>> t.arange(4).view_as(t.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    other = arguments.tensor("view_as", "other", 1, other)
    return view(input, tuple(other.shape))


@composite(public=False)
def reshape_as(input, other):
    """`input` reshaped to the shape of `other`.

    >>> import wengert as t
    >>> t.arange(4).reshape_as(t.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    other = arguments.tensor("reshape_as", "other", 1, other)
    return reshape(input, tuple(other.shape))


@composite(numpy_functions=(numpy.ravel,))
def ravel(input):
    """All elements in one dimension, row by row. A view where possible.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.ravel(t.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    return reshape(input, -1)


@composite
def flatten(input, start_dim=0, end_dim=-1):
    """Dimensions `start_dim` to `end_dim` made one. A view where possible.

    RuntimeError if `start_dim` comes after `end_dim`, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.flatten(t.zeros(2, 3, 4), 1).shape
    wengert.Size([2, 12])
    """
    shape = tuple(input.shape)
    if not shape:
        return reshape(input, 1)
    first, last = dims.wrap(start_dim, len(shape)), dims.wrap(end_dim, len(shape))
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if first == last:
        return input
    count = 1
    for size in shape[first : last + 1]:
        count *= size
    return reshape(input, (*shape[:first], count, *shape[last + 1 :]))


@composite
def unflatten(input, dim, sizes):
    """Dimension `dim` unrolled into `sizes`, one of which may be -1. A view where possible.

    RuntimeError unless the sizes multiply up to that of the dimension.

    >>> import wengert as t
    >>> t.unflatten(t.zeros(2, 6), 1, (2, -1)).shape
    wengert.Size([2, 2, 3])
    """
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(f"unflatten(): argument 'sizes' (position 2) must be tuple of ints, not {type(sizes).__name__}")
    shape, sizes = tuple(input.shape), arguments.integers("unflatten", "sizes", 2, sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if not shape:
        raise RuntimeError("unflatten got an unexpected error: the tensor has no dimensions")
    dim = dims.wrap(dim, len(shape))
    if -1 not in sizes and math.prod(sizes) != shape[dim]:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({shape[dim]}) in the "
            "input tensor"
        )
    return reshape(input, (*shape[:dim], *dims.inferred(sizes, shape[dim]), *shape[dim + 1 :]))


# ------------------------------------------------------------------------------------------------ order of dimensions


def _permutation(order, ndim: int) -> tuple:
    order = dims.wrap_all(tuple(order), ndim)
    if len(order) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    return order


def _inverse(order: tuple) -> tuple:
    inverse = [0] * len(order)
    for position, d in enumerate(order):
        inverse[d] = position
    return tuple(inverse)


permute = linear(
    "permute(input, *dims)", forward=lambda x, order: x.transpose(_permutation(order, x.ndim)), view=True,
    batch=lambda operation, operands, parameters, in_dims, size: (
        permute(
            movedim(operands[0], in_dims[0], 0), (0, *[d + 1 for d in _permutation(parameters[0],
                operands[0].ndim - 1)])
        ),
        0,
    ),
    input=lambda g, dims: permute(g, _inverse(_permutation(dims, g.ndim))),
    doc="""The dimensions in another order.

    A view. RuntimeError unless `dims` names every dimension once.

    Of any dtype: sizes and strides change their order, no memory is copied. IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.permute(t.zeros(2, 3, 5), (2, 0, 1)).shape
    wengert.Size([5, 2, 3])
    """,
)  # fmt: skip


def _swap(x, dim0, dim1):
    if x.ndim == 2 and dim0 != dim1 and dim0 in (0, 1) and dim1 in (0, 1):
        return x.T
    return x.swapaxes(dims.wrap(dim0, x.ndim), dims.wrap(dim1, x.ndim)) if x.ndim else x[...]


transpose = linear(
    "transpose(input, dim0, dim1)", forward=_swap, axes=("dim0", "dim1"), view=True, aliases=("swapaxes", "swapdims"),
    numpy_functions=(numpy.swapaxes,),
    input=lambda g, dim0, dim1: transpose(g, dim0, dim1),
    doc="""Two dimensions exchanged.

    A view. IndexError for a dim out of range.

    Of any dtype: (*, M, *, N, *) -> (*, N, *, M, *), no memory is copied.

    >>> import wengert as t
    >>> t.transpose(t.tensor([[1, 2]]), 0, 1)
    tensor([[1],
            [2]])
    """,
)  # fmt: skip


@composite(aliases=("moveaxis",), numpy_functions=(numpy.moveaxis,))
def movedim(input, source, destination):
    """Dimensions moved to other positions, the rest in their order. A view.

    RuntimeError for a dim named twice or for more sources than destinations, IndexError for one out of range.

    >>> import wengert as t
    >>> t.movedim(t.zeros(2, 3, 5), 0, -1).shape
    wengert.Size([3, 5, 2])
    """
    ndim = len(input.shape)
    given = source, destination
    source, destination = [tuple([dims.wrap(d, ndim) for d in _listed(dim)]) for dim in given]
    for word, dim in (("source", source), ("destination", destination)):
        if len(source) == len(destination) and len(set(dim)) != len(dim):
            raise RuntimeError(f"movedim: repeated dim in `{word}` ({list(_listed(given[word != 'source']))})")
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number "
            f"of dims as destination ({list(destination)} dims)"
        )
    if not ndim:
        return expand(input, ())
    order = [d for d in range(ndim) if d not in source]
    for d, position in sorted(zip(source, destination, strict=True), key=lambda pair: pair[1]):
        order.insert(position, d)
    return permute(input, order)


def _listed(dim):
    return dim if isinstance(dim, (tuple, list)) else (dim,)


@composite
def t(input):
    """The transpose of a matrix; vectors and scalars as they are. A view.

    RuntimeError for more than two dimensions.

    Of any dtype: (M, N) -> (N, M).

    >>> import wengert as t
    >>> t.t(t.tensor([[1, 2]]))
    tensor([[1],
            [2]])
    """
    ndim = len(input.shape)
    if ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
    return transpose(input, 0, 1) if ndim == 2 else expand(input, tuple(input.shape))


# ------------------------------------------------------------------------------------------------ dimensions of size 1


@composite(numpy_functions=(numpy.squeeze,))
def squeeze(input, dim=None):
    """Without the dimensions of size 1 (those among `dim` if given). A view.

    IndexError for a dim out of range, RuntimeError for one named twice.

    >>> import wengert as t
    >>> t.squeeze(t.zeros(1, 2, 1)).shape
    wengert.Size([2])
    """
    shape = tuple(input.shape)
    return squeeze_dims(input, tuple([d for d in dims.wrap_all(dim, len(shape)) if shape and shape[d] == 1]))


squeeze_dims = linear(
    "squeeze_dims(input, dims)", forward=lambda x, dim: x.squeeze(dim), axes="dims", view=True, method=False,
    public=False, node_name="SqueezeBackward1",
    input=lambda g, input_shape: reshape(g, input_shape),
    doc="Without the given dimensions, all of size 1.",
)  # fmt: skip


def _unsqueezed(x, dim):
    # Not by an index: the new dimension would have a stride of 0, as if it were broadcast.
    dim = dims.wrap(dim, x.ndim + 1)
    return x.reshape((*x.shape[:dim], 1, *x.shape[dim:]))


unsqueeze = linear(
    "unsqueeze(input, dim)", forward=_unsqueezed, view=True,
    batch=lambda operation, operands, parameters, in_dims, size: (
        unsqueeze(movedim(operands[0], in_dims[0], 0), dims.wrap(parameters[0], operands[0].ndim) + 1), 0
    ),
    input=lambda g, input_shape: reshape(g, input_shape),
    doc="""With a dimension of size 1 inserted at `dim`.

    A view. IndexError for a dim out of range.

    Of any dtype: (*) -> (*, 1, *); `dim` is the place of the new dimension in the result.

    >>> import wengert as t
    >>> t.unsqueeze(t.tensor([1, 2]), 0)
    tensor([[1, 2]])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ joining, mirroring


def _cat(arrays, dim):
    arrays = [x for x in arrays if x.shape != (0,)] or arrays[:1]
    first = arrays[0]
    dim = dims.wrap(dim, first.ndim)
    for i, x in enumerate(arrays):
        if x.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
        if x.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {x.ndim}")
        for d in range(first.ndim):
            if d != dim and x.shape[d] != first.shape[d]:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {first.shape[d]} but got "
                    f"size {x.shape[d]} for tensor number {i} in the list."
                )
    return numpy.concatenate(arrays, axis=dim)


def _cat_pieces(g, tensors_shape, dim):
    start, pieces = 0, []
    for shape in tensors_shape:
        if shape == (0,):
            pieces.append(narrow(g, 0, 0, 0) if len(g.shape) == 1 else None)
            continue
        size = shape[dims.wrap(dim, len(shape))]
        pieces.append(narrow(g, dim, start, size))
        start += size
    return pieces


cat = linear(
    "cat(tensors, dim=0)", forward=_cat, takes_list=True, axes="dim", method=False, aliases=("concat", "concatenate"),
    promoted=("tensors",), numpy_functions=(numpy.concatenate,),
    takes_bfloat16=True,
    tensors=lambda g, tensors_shape, dim: _cat_pieces(g, tensors_shape, dim),
    doc="""Tensors joined along a dimension; shapes agree in the others. Empty one-dimensional ones are skipped.

    The dtype is the promoted one. ValueError without tensors, RuntimeError for shapes that do not agree.

    >>> import wengert as t
    >>> t.cat((t.tensor([1]), t.tensor([2, 3])))
    tensor([1, 2, 3])
    """,
)  # fmt: skip


@composite(method=False, out=True, numpy_functions=(numpy.stack,))
def stack(tensors, dim=0):
    """Tensors of one shape joined along a new dimension `dim`. The dtype is the promoted one.

    RuntimeError without tensors and for different shapes.

    >>> import wengert as t
    >>> t.stack((t.tensor([1, 2]), t.tensor([3, 4])))
    tensor([[1, 2],
            [3, 4]])
    """
    tensors = arguments.tensors("stack", tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    shapes = [x.shape for x in tensors]
    for i, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shapes[0])} at entry 0 and {list(shape)} "
                f"at entry {i}"
            )
    dim = dims.wrap(dim, len(shapes[0]) + 1)
    return cat([unsqueeze(x, dim) for x in tensors], dim)


flip = linear(
    "flip(input, *dims)", axes="dims",
    forward=lambda x, order: numpy.flip(x, dims.wrap_all(tuple(order), x.ndim) if x.ndim else ()).copy(order="C"),
    numpy_functions=(numpy.flip,),
    takes_bfloat16=True,
    input=lambda g, dims: flip(g, dims),
    doc="""A copy with the order of elements reversed along the given dimensions.

    RuntimeError for a dim named twice, IndexError for one out of range.

    >>> import wengert as t
    >>> t.flip(t.tensor([1, 2, 3]), (0,))
    tensor([3, 2, 1])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ parts


def _select(x, dim, index):
    dim = dims.wrap(dim, x.ndim) if x.ndim else _no_select()
    size, index = x.shape[dim], arguments.integer("select", "index", 3, index)
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(x.shape)} at dimension {dim}"
        )
    return x[(slice(None),) * dim + (index, ...)]


def _no_select():
    raise IndexError("select() cannot be applied to a 0-dim tensor.")


select = linear(
    "select(input, dim, index)", forward=_select, axes="dim", view=True,
    input=lambda g, input_shape, dim, index: select_transpose(g, input_shape, dim, index),
    doc="""The part at one index of a dimension, without that dimension. A view.

    IndexError for an index or a dim out of range.

    Of any dtype: (*, N, *) -> (*, *).

    >>> import wengert as t
    >>> t.select(t.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([1, 3])
    """,
)  # fmt: skip


def _put_selected(g, shape, dim, index):
    out = numpy.zeros(shape, g.dtype)
    out[(slice(None),) * dims.wrap(dim, len(shape)) + (index,)] = g
    return out


select_transpose = linear(
    "select_transpose(g, shape, dim, index)", forward=_put_selected, method=False, public=False,
    node_name="SelectBackwardBackward0",
    batch=lambda operation, operands, parameters, in_dims, size: (
        select_transpose(
            movedim(operands[0], in_dims[0], 0), (size, *parameters[0]), dims.wrap(parameters[1],
            len(parameters[0])) + 1, parameters[2],
        ),
        0,
    ),
    takes_bfloat16=True,
    g=lambda g, dim, index: select(g, dim, index),
    doc="Zeros of the given shape with g at one index of a dimension: the transpose of select.",
)  # fmt: skip


@composite
def narrow(input, dim, start, length):
    """`length` elements of dimension `dim` from `start` (an int or a tensor of one) on. A view.

    RuntimeError where they go beyond the end, IndexError for a dim or a start out of range.

    >>> import wengert as t
    >>> t.narrow(t.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    from .positions import basic_index

    ndim = len(input.shape)
    if ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim = dims.wrap(dim, ndim)
    size = input.shape[dim]
    if not arguments.is_integer(start):
        if hasattr(start, "dtype"):
            raise RuntimeError("start must be an 0-dim integral Tensor.: narrow was given another for start")
        raise TypeError(f"narrow(): argument 'start' (position 2) must be int, not {type(start).__name__}")
    start, length = operator.index(start), arguments.integer("narrow", "length", 3, length)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -size <= start <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start = start + size if start < 0 else start
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return basic_index(input, (slice(None),) * dim + (slice(start, start + length),))


# ------------------------------------------------------------------------------------------------ diagonals and
# triangles


def _diagonal_transpose(g, shape, offset, dim1, dim2):
    out = numpy.zeros(shape, g.dtype)
    view = out.diagonal(offset, dim1, dim2)
    view.flags.writeable = True
    view[...] = g
    return out


diagonal = linear(
    "diagonal(input, offset=0, dim1=0, dim2=1)", view=True, axes=("dim1", "dim2"), numpy_functions=(numpy.diagonal,),
    forward=lambda x, offset, dim1, dim2: _diagonal(x, offset, dims.wrap(dim1, x.ndim), dims.wrap(dim2, x.ndim)),
    input=lambda g, input_shape, offset, dim1, dim2: diagonal_transpose(g, input_shape, offset, dim1, dim2),
    doc="""The diagonal `offset` above the main one of dimensions dim1 and dim2, as the last dimension. A view.

    RuntimeError for one dim named twice, IndexError for one out of range.

    >>> import wengert as t
    >>> t.diagonal(t.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """,
)  # fmt: skip
diagonal_transpose = linear(
    "diagonal_transpose(g, shape, offset, dim1, dim2)", forward=_diagonal_transpose, method=False, public=False,
    batch=lambda operation, operands, parameters, in_dims, size: (
        diagonal_transpose(
            movedim(operands[0], in_dims[0], 0), (size, *parameters[0]), parameters[1],
            *[dims.wrap(d, len(parameters[0])) + 1 for d in parameters[2:]],
        ),
        0,
    ),
    takes_bfloat16=True,
    g=lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2),
    doc="Zeros of the given shape with g on a diagonal: the transpose of diagonal.",
)  # fmt: skip


def _diagonal(x, offset, dim1, dim2):
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    view = x.diagonal(offset, dim1, dim2)
    if x.flags.writeable:
        view.flags.writeable = True
    return view


def _triangle(signature: str, numpy_function, doc: str):
    def forward(x, diagonal):
        diagonal = arguments.integer(signature.partition("(")[0], "diagonal", 2, diagonal)
        if x.ndim < 2:
            raise RuntimeError(f"{signature.partition('(')[0]}: input tensor must have at least 2 dimensions")
        return numpy_function(x, diagonal)

    def rule(g, diagonal):
        return operation(g, diagonal)

    operation = linear(
        signature,
        forward=forward,
        batch="leading",
        in_place=True,
        takes_bfloat16=True,
        numpy_functions=(numpy_function,),
        input=rule,
        doc=doc,
    )
    return operation


tril = _triangle(
    "tril(input, diagonal=0)", numpy.tril,
    """Zeros above the given diagonal of the last two dimensions. RuntimeError below two dimensions.

        >>> import wengert as t
        >>> t.tril(t.ones(2, 2))
        tensor([[1., 0.],
                [1., 1.]])
    """,
)  # fmt: skip
triu = _triangle(
    "triu(input, diagonal=0)", numpy.triu,
    """Zeros below the given diagonal of the last two dimensions. RuntimeError below two dimensions.

        >>> import wengert as t
        >>> t.triu(t.ones(2, 2))
        tensor([[1., 1.],
                [0., 1.]])
    """,
)  # fmt: skip


@composite(numpy_functions=(numpy.diag,))
def diag(input, diagonal=0):
    """A vector as a matrix with it on a diagonal, or a copy of the diagonal of a matrix.

    RuntimeError for other numbers of dimensions.

    Of any dtype: (N) -> (N + |diagonal|, N + |diagonal|), (M, N) -> the length of the diagonal.

    >>> import wengert as t
    >>> t.diag(t.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    ndim = len(input.shape)
    if ndim == 1:
        return diag_embed(input, diagonal)
    if ndim == 2:
        return clone(globals()["diagonal"](input, diagonal))
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")


@composite
def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    """The last dimension of `input` put on a diagonal of two new dimensions, zeros elsewhere.

    RuntimeError for one dim named twice, IndexError for one out of range.

    >>> import wengert as t
    >>> t.diag_embed(t.tensor([1, 2]), 1).shape
    wengert.Size([3, 3])
    """
    ndim = len(input.shape) + 1
    dim1, dim2 = dims.wrap(dim1, ndim), dims.wrap(dim2, ndim)
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.shape[-1] + (offset if offset > 0 else -offset)
    rest = list(input.shape[:-1])
    for d in sorted((dim1, dim2)):
        rest.insert(d, size)
    return diagonal_transpose(input, tuple(rest), offset, dim1, dim2)


# ------------------------------------------------------------------------------------------------ copies and types

clone = linear(
    "clone(input)", forward=memory_formats.copied, batch="any", takes_bfloat16=True,
    rewrites={"memory_format": lambda input, memory_format: _copied_as(input, memory_format)},
    input=lambda g: g,
    doc="""A copy with memory of its own, in the graph.

    It lies in memory as the input does, or as `memory_format` has it.

    Any shape and dtype. TypeError for what is no memory format.

    >>> import wengert as t
    >>> t.clone(t.tensor([1, 2]))
    tensor([1, 2])
    """,
)  # fmt: skip


def converted(x, dtype):
    """A copy of an array in another type; of complex numbers in a real one, the real parts, with a warning."""
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        warnings.warn("Casting complex values to real discards the imaginary part", UserWarning, stacklevel=4)
        x = x.real
    return x.astype(dtype, order="K")


cast = linear(
    "cast(input, dtype)", forward=lambda x, dtype: converted(x, dtypes.as_numpy(dtype)), batch="any",
    method=False, public=False, node_name="ToCopyBackward0", takes_bfloat16=True,
    input=lambda g: g,
    doc="A copy of another element type. The gradient comes back in the input's type.",
)  # fmt: skip


@composite(public=False)
def contiguous(input, memory_format=CONTIGUOUS):
    """The tensor itself if its elements lie row by row in memory (or as another format has it), else a copy where they
    do.

    RuntimeError for a format of images where the rank is another.

    >>> import wengert as t
    >>> t.tensor([[1, 2], [3, 4]]).t().contiguous().stride()
    (2, 1)
    """
    if memory_format is CONTIGUOUS:
        return input if input.is_contiguous() else contiguous_copy(input)
    if memory_format is PRESERVE:
        if input.is_contiguous():
            return input
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    memory_formats.order_of(memory_format, input.ndim)
    return input if input.is_contiguous(memory_format) else _copied_as(input, memory_format)


def _copied_as(input, memory_format):
    return memory_formats.copied_as(input, memory_format)


contiguous_copy = linear(
    "contiguous_copy(input)", forward=lambda x: x.copy(order="C"), batch="any", method=False, public=False,
    node_name="CloneBackward0",
    takes_bfloat16=True,
    input=lambda g: g,
    doc="A copy in row-major order.",
)  # fmt: skip
