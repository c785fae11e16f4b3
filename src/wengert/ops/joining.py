"""Joining tensors: side by side, as blocks of a matrix, as coordinates of a grid, in all pairs."""

import itertools

import numpy

from ..core import Size, bind_method
from ..core.promotion import from_array
from . import arguments
from .composite import composite
from .padding import zero_pad
from .shape import cat, expand, reshape, stack, unsqueeze

# ------------------------------------------------------------------------------------------------ dimensions for all


def _at_least(name: str, tensors: tuple, raised):
    """`raised` of one tensor, or of each of several, given one by one or in a list."""
    if len(tensors) == 1 and not isinstance(tensors[0], (list, tuple)):
        return raised(arguments.tensor(name, "input", 1, tensors[0]))
    if len(tensors) == 1:
        tensors = tensors[0]
    return tuple([raised(x) for x in arguments.each_tensor(name, tensors)])


@composite(method=False, numpy_functions=(numpy.atleast_1d,))
def atleast_1d(*tensors):
    """Tensors of at least one dimension, views: () -> (1). Of one tensor a tensor, of several (or a list) a tuple.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.atleast_1d(t.tensor(2.0))
    tensor([2.])
    """
    return _at_least("atleast_1d", tensors, lambda x: x if x.ndim else reshape(x, (1,)))


@composite(method=False, numpy_functions=(numpy.atleast_2d,))
def atleast_2d(*tensors):
    """Tensors of at least two dimensions, views: () -> (1, 1), (N) -> (1, N).

    Of one tensor a tensor, of several (or a list) a tuple.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.atleast_2d(t.tensor([1, 2, 3]))
    tensor([[1, 2, 3]])
    """
    return _at_least("atleast_2d", tensors, _two_dimensional)


def _two_dimensional(x):
    return reshape(x, (1, 1)) if x.ndim == 0 else unsqueeze(x, 0) if x.ndim == 1 else x


@composite(method=False, numpy_functions=(numpy.atleast_3d,))
def atleast_3d(*tensors):
    """Tensors of at least three dimensions, views: () -> (1, 1, 1), (N) -> (1, N, 1), (M, N) -> (M, N, 1).

    Of one tensor a tensor, of several (or a list) a tuple.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.atleast_3d(t.zeros(2, 3)).shape
    wengert.Size([2, 3, 1])
    """
    return _at_least("atleast_3d", tensors, _three_dimensional)


def _three_dimensional(x):
    return unsqueeze(_two_dimensional(x), 2) if x.ndim < 3 else x


# ------------------------------------------------------------------------------------------------ side by side


def _joined(name: str, tensors, raised, dim: int):
    tensors = arguments.tensors(name, tensors)
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return cat([raised(x) for x in tensors], dim)


@composite(method=False, out=True, numpy_functions=(numpy.hstack,))
def hstack(tensors):
    """Tensors side by side: along dimension 1, vectors along dimension 0.

    Shapes agree in the other dimensions, else RuntimeError. The dtype is the promoted one.

    >>> import wengert as t
    >>> t.hstack((t.tensor([1, 2]), t.tensor(3)))
    tensor([1, 2, 3])
    """
    tensors = [x if x.ndim else reshape(x, (1,)) for x in arguments.tensors("hstack", tensors)]
    return _joined("hstack", tensors, lambda x: x, 0 if tensors and tensors[0].ndim == 1 else 1)


@composite(method=False, out=True, aliases=("row_stack",), numpy_functions=(numpy.vstack,))
def vstack(tensors):
    """Tensors on top of one another, along dimension 0; vectors are rows.

    Shapes agree in the other dimensions, else RuntimeError. The dtype is the promoted one.

    >>> import wengert as t
    >>> t.vstack((t.tensor([1, 2]), t.tensor([3, 4])))
    tensor([[1, 2],
            [3, 4]])
    """
    return _joined("vstack", tensors, _two_dimensional, 0)


@composite(method=False, out=True, numpy_functions=(numpy.dstack,))
def dstack(tensors):
    """Tensors one behind the other, along dimension 2, which `atleast_3d` adds where it is missing.

    Shapes agree in the other dimensions, else RuntimeError. The dtype is the promoted one.

    >>> import wengert as t
    >>> t.dstack((t.tensor([1, 2]), t.tensor([3, 4])))
    tensor([[[1, 3],
             [2, 4]]])
    """
    return _joined("dstack", tensors, _three_dimensional, 2)


@composite(method=False, out=True, numpy_functions=(numpy.column_stack,))
def column_stack(tensors):
    """Tensors side by side, along dimension 1; vectors (and numbers) are columns.

    The first dimensions agree, else RuntimeError. The dtype is the promoted one.

    >>> import wengert as t
    >>> t.column_stack((t.tensor([1, 2]), t.tensor([3, 4])))
    tensor([[1, 3],
            [2, 4]])
    """
    return _joined("column_stack", tensors, lambda x: reshape(x, (x.numel(), 1)) if x.ndim < 2 else x, 1)


@composite(method=False)
def block_diag(*tensors):
    """A matrix with the given ones along its diagonal, zeros elsewhere: (m1, n1), (m2, n2) -> (m1 + m2, n1 + n2).

    Vectors are rows, numbers 1 x 1. The dtype is the promoted one; RuntimeError for more than two dimensions.

    >>> import wengert as t
    >>> t.block_diag(t.tensor([[1, 2]]), t.tensor(3))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    tensors = arguments.each_tensor("block_diag", tensors)
    for i, x in enumerate(tensors):
        if x.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {x.ndim} dimensions"
            )
    if not tensors:
        from .creation import empty

        return empty((1, 0))
    blocks = [_two_dimensional(x) for x in tensors]
    edges = [0, *itertools.accumulate([block.shape[1] for block in blocks])]
    return cat([
        zero_pad(block, (before, edges[-1] - after))
        for block, (before, after) in zip(blocks, itertools.pairwise(edges), strict=True)
    ])  # fmt: skip


# ------------------------------------------------------------------------------------------------ broadcasting


@composite(method=False)
def broadcast_tensors(*tensors):
    """The tensors expanded to the shape that they broadcast to, a tuple of views.

    RuntimeError where two sizes differ and neither is 1.

    >>> import wengert as t
    >>> t.broadcast_tensors(t.tensor([1, 2]), t.tensor([[3], [4]]))
    (tensor([[1, 2],
            [1, 2]]), tensor([[3, 3],
            [4, 4]]))
    """
    tensors = arguments.each_tensor("broadcast_tensors", tensors)
    shape: tuple = ()
    for x in tensors:
        shape = _broadcast("broadcast_tensors", shape, tuple(x.shape))
    return tuple([expand(x, shape) for x in tensors])


def _broadcast(name: str, a: tuple, b: tuple) -> tuple:
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    for d, (m, n) in enumerate(zip(a, b, strict=True)):
        if m != n and m != 1 and n != 1:
            raise RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension {d}: "
                f"{name} was given shapes {a} and {b}"
            )
    return tuple([n if m == 1 else m for m, n in zip(a, b, strict=True)])


@composite(method=False)
def broadcast_to(input, size):
    """`input` expanded to `size`, a view. RuntimeError where it does not broadcast to it.

    >>> import wengert as t
    >>> t.broadcast_to(t.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    input = arguments.tensor("broadcast_to", "input", 1, input)
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"broadcast_to(): argument 'size' (position 2) must be tuple of ints, not {type(size).__name__}"
        )
    return expand(input, arguments.integers("broadcast_to", "size", 2, size))


def _broadcast_to(self, *size):
    """This tensor expanded to `size`, given as ints or one sequence, a view.

    RuntimeError for sizes that it cannot be expanded to.

    >>> import wengert as t
    >>> t.tensor([1, 2]).broadcast_to(2, 2)
    tensor([[1, 2],
            [1, 2]])
    """
    return expand(self, arguments.collected("broadcast_to", "size", size))


@composite(method=False, kinds={"shapes": None})
def broadcast_shapes(*shapes):
    """The shape that tensors of these shapes broadcast to; an int stands for a shape of one dimension.

    RuntimeError where two sizes differ and neither is 1, ValueError for a negative size.

    >>> import wengert as t
    >>> t.broadcast_shapes((2, 1), (3,))
    wengert.Size([2, 3])
    """
    found: tuple = ()
    for i, given in enumerate(shapes):
        shape = arguments.integers("broadcast_shapes", "shapes", i + 1, given)
        if any([size < 0 for size in shape]):
            raise ValueError(f"Attempting to broadcast a dimension with negative length! broadcast_shapes got {given}")
        rank = max(len(found), len(shape))
        padded, found = (1,) * (rank - len(shape)) + shape, (1,) * (rank - len(found)) + found
        for d in range(-1, -rank - 1, -1):
            if padded[d] != found[d] and padded[d] != 1 and found[d] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {padded[d]} at {d}! Mismatching argument at index "
                    f"{i} had {shape}; but expected shape should be broadcastable to {list(found)}"
                )
        found = tuple([n if m == 1 else m for m, n in zip(found, padded, strict=True)])
    return Size(found)


# ------------------------------------------------------------------------------------------------ grids and pairs


@composite(method=False)
def meshgrid(*tensors, indexing=None):
    """Coordinates of a grid: each of k vectors (or numbers) expanded along its own dimension of k, views.

    Args:
        tensors: vectors of one dtype, or one list of them.
        indexing: "ij" (also None): the shape is that of the vectors' lengths, in order; "xy": the first two exchanged.

    Raises:
        RuntimeError: no tensors, a matrix, different dtypes, another word for `indexing`.

    >>> import wengert as t
    >>> t.meshgrid(t.tensor([1, 2]), t.tensor([3, 4, 5]), indexing="ij")
    (tensor([[1, 1, 1],
            [2, 2, 2]]), tensor([[3, 4, 5],
            [3, 4, 5]]))
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    tensors = arguments.each_tensor("meshgrid", tensors)
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for x in tensors:
        if x.ndim > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: one of shape {list(x.shape)}"
            )
        if x.dtype is not tensors[0].dtype:
            raise RuntimeError(
                f"meshgrid expects all tensors to have the same dtype: it was given {tensors[0].dtype} and {x.dtype}"
            )
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swap = indexing == "xy" and len(tensors) >= 2
    ordered = [tensors[1], tensors[0], *tensors[2:]] if swap else tensors
    shape = tuple([x.numel() for x in ordered])
    grids = [
        expand(reshape(x, (1,) * i + (x.numel(),) + (1,) * (len(shape) - i - 1)), shape) for i, x in enumerate(ordered)
    ]
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def _vector(x) -> None:
    if x.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")


@composite(method=False)
def cartesian_prod(*tensors):
    """All ways of taking one element of each of k vectors, a row each, in the order of `itertools.product`: (n, k).

    One vector alone comes back as it is. RuntimeError for what is no vector and for different dtypes.

    >>> import wengert as t
    >>> t.cartesian_prod(t.tensor([1, 2]), t.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    tensors = arguments.each_tensor("cartesian_prod", tensors)
    for x in tensors:
        _vector(x)
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, (-1,) if grid.numel() else (0,)) for grid in meshgrid(*tensors)], 1)


@composite(method=False)
def combinations(input, r=2, with_replacement=False):
    """All ways of taking r elements of a vector, a row each, in the order of `itertools.combinations`: (n, r).

    Args:
        with_replacement: whether an element may be taken several times.

    Raises:
        RuntimeError: a negative r, an input that is no vector.

    >>> import wengert as t
    >>> t.combinations(t.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    input = arguments.tensor("combinations", "input", 1, input)
    r = arguments.integer("combinations", "r", 2, r)
    _vector(input)
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return input.new_empty((0,))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = numpy.array(list(choose(range(input.shape[0]), r)), numpy.int64).reshape(-1, r)
    return reshape(input.index_select(0, from_array(chosen.reshape(-1))), chosen.shape)


# `Tensor.broadcast_to` takes the sizes one by one as well.
_broadcast_to.__name__ = _broadcast_to.__qualname__ = "broadcast_to"
bind_method("broadcast_to", _broadcast_to)
