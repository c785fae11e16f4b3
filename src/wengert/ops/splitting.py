"""Tensors taken to pieces by counts or positions, along any dimension. The pieces are views."""

import itertools

import numpy

from ..core import Tensor
from ..core.errors import type_word
from . import arguments, dims, levels
from .composite import composite
from .declaration import linear
from .indexing import basic_index
from .shape import cat, select, stack

# ------------------------------------------------------------------------------------------------ by size


def _slices(shape: tuple, sections, dim: int) -> list:
    """The index of each piece, for an int the size of all but the last one."""
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = dims.wrap(dim, len(shape))
    size = shape[dim]
    if isinstance(sections, int):
        if sections < 0 or (sections == 0 and size):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={sections}")
        edges = [*range(0, size, sections), size] if size else [0, 0]
    else:
        if any([length < 0 for length in sections]):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={sections}"
            )
        edges = [0, *itertools.accumulate(sections)]
        if edges[-1] != size:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension "
                f"{dim}), but got split_sizes={list(sections)}"
            )
    before = (slice(None),) * dim
    return [(*before, slice(start, stop)) for start, stop in itertools.pairwise(edges)]


def _pieces(x, sections, dim):
    return tuple([x[index] for index in _slices(x.shape, sections, dim)])


def _piece(shape, parameters, i):
    from .positions import basic_index

    return basic_index, (_slices(shape, *parameters)[i],)


split_evenly = linear(
    "split_evenly(tensor, split_size, dim=0)", forward=_pieces, part=_piece, axes="dim", view=True, method=False,
    public=False, node_name="SplitBackward0",
    tensor=lambda g, dim: cat(list(g), dim),
    doc="Views of pieces of the given size along `dim`; the last may be smaller.",
)  # fmt: skip
split_with_sizes = linear(
    "split_with_sizes(input, split_sizes, dim=0)", forward=_pieces, part=_piece, axes="dim", view=True,
    input=lambda g, dim: cat(list(g), dim),
    doc="""Views of pieces of the listed sizes along `dim`.

    RuntimeError unless they sum to the size of the dimension.

    Of any dtype. IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.split_with_sizes(t.arange(3), (1, 2))
    (tensor([0]), tensor([1, 2]))
    """,
)  # fmt: skip


@composite
def split(tensor, split_size_or_sections, dim=0):
    """Views of pieces of the given size (the last may be smaller), or of the listed sizes, along `dim`.

    RuntimeError for negative sizes, and for listed ones that do not sum to that of the dimension.

    >>> import wengert as t
    >>> t.split(t.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    if arguments.is_integer(split_size_or_sections):
        return split_evenly(tensor, split_size_or_sections, dim)
    return split_with_sizes(tensor, tuple(split_size_or_sections), dim)


@composite
def chunk(input, chunks, dim=0):
    """Views of at most `chunks` pieces of equal size (the last may be smaller) along `dim`.

    RuntimeError for no chunks and for a tensor without dimensions.

    >>> import wengert as t
    >>> t.chunk(t.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    if not input.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if arguments.integer("chunk", "chunks", 2, chunks) <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = input.shape[dims.wrap(dim, len(input.shape))]
    return split(input, -(-size // chunks) if size else [0] * chunks, dim)


def _unbind(x, dim):
    if not x.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    before = (slice(None),) * dims.wrap(dim, x.ndim)
    return tuple([x[(*before, i, ...)] for i in range(x.shape[len(before)])])


unbind = linear(
    "unbind(input, dim=0)", forward=_unbind, part=lambda shape, parameters, i: (select, (parameters[0], i)),
    axes="dim", view=True,
    input=lambda g, dim: stack(list(g), dim),
    doc="""Views of all parts along `dim`, without it.

    IndexError for a tensor without dimensions.

    Of any dtype: as many tensors as the dimension has entries, each of the other dimensions. IndexError for a dim
    out of range.

    >>> import wengert as t
    >>> t.unbind(t.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ at positions

# What PyTorch calls the argument when it is given by name, according to what it is.
_NAMES = ("indices_or_sections", "sections", "indices", "tensor_indices_or_sections")


def _sections(name: str, given, named: dict):
    """The one argument that says where to split: an int, or a tuple of ints."""
    for keyword in list(named):
        if keyword not in _NAMES:
            raise TypeError(f"{name}() got an unexpected keyword argument {keyword!r}")
        given = named.pop(keyword)
    if isinstance(given, Tensor):
        if given.ndim > 1:
            raise RuntimeError(
                f"{name} expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but "
                f"got a tensor with {given.ndim} dims"
            )
        array = levels.values(given, name)
        if array.dtype != numpy.int64:
            raise RuntimeError(
                f"{name} expected tensor_indices_or_sections to have dtype of long, but got {type_word(array.dtype)}"
            )
        return array.tolist() if array.ndim else int(array)
    if given is None:
        raise TypeError(f"{name}() received an invalid combination of arguments: nothing says where to split")
    if not arguments.is_integer(given) and not isinstance(given, (list, tuple)):
        raise TypeError(
            f"{name}() received an invalid combination of arguments: indices_or_sections must be an int, a list of "
            f"ints or a tensor of them, not {type(given).__name__}"
        )
    found = arguments.integers(name, "indices_or_sections", 2, given)
    return found if isinstance(given, (list, tuple)) else found[0]


def _parts_between(input, dim: int, edges) -> tuple:
    """The views between neighbouring edges, which are read as the bounds of slices."""
    before = (slice(None),) * dim
    return tuple([
        basic_index(input, (*before, slice(start, stop)))
        for start, stop in zip([0, *edges], [*edges, input.shape[dim]], strict=True)
    ])  # fmt: skip


def _split_at(name: str, input, sections, dim: int) -> tuple:
    size = input.shape[dim]
    if isinstance(sections, int):
        if sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {sections}")
        if sections > size + 1_000_000:
            # Almost all of them would be empty, and a number mistyped would fill the machine with views.
            raise RuntimeError(f"{name}: {sections} sections of a dimension of size {size} are more than fit in memory")
        least, larger = divmod(size, sections)
        sections = [i * least + min(i, larger) for i in range(1, sections)]
    return _parts_between(input, dim, sections)


@composite(kinds={"indices_or_sections": None})
def tensor_split(input, indices_or_sections=None, dim=0, **named):
    """Views of pieces along `dim`, sizes of which differ by at most one, or which begin at given positions.

    Args:
        indices_or_sections: an int n, for n pieces, the first ones longer by one where n does not divide the size; or
            a list of positions (i, j, ...), for the pieces [:i], [i:j], [j:], bounds as in Python's slices; or an int64
            tensor that holds either.

    Raises:
        RuntimeError: a tensor without dimensions; no sections; an index tensor of another type or rank.

    >>> import wengert as t
    >>> t.tensor_split(t.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    input = arguments.tensor("tensor_split", "input", 1, input)
    sections = _sections("tensor_split", indices_or_sections, named)
    if not input.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    return _split_at("tensor_split", input, sections, dims.wrap(dim, input.ndim))


def _split_along(name: str, input, given, named: dict, least: int, dim: int) -> tuple:
    input = arguments.tensor(name, "input", 1, input)
    sections = _sections(name, given, named)
    if input.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {input.ndim} "
            "dimensions!"
        )
    size = input.shape[dim]
    if isinstance(sections, int) and (sections <= 0 or size % sections):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {size} is not "
            f"divisible by the split_size {sections}!"
        )
    return _split_at(name, input, sections, dim)


@composite
def hsplit(input, indices_or_sections=None, **named):
    """Views of pieces from left to right: along dimension 1, of vectors along dimension 0.

    Args:
        indices_or_sections: the number of equal pieces, or a list of the positions where all but the first begin.

    Raises:
        RuntimeError: a size that the number of pieces does not divide; a tensor without dimensions.

    >>> import wengert as t
    >>> t.hsplit(t.tensor([[1, 2], [3, 4]]), 2)
    (tensor([[1],
            [3]]), tensor([[2],
            [4]]))
    """
    input = arguments.tensor("hsplit", "input", 1, input)
    return _split_along("hsplit", input, indices_or_sections, named, 1, 0 if input.ndim == 1 else 1)


@composite
def vsplit(input, indices_or_sections=None, **named):
    """Views of pieces from top to bottom: along dimension 0.

    Args:
        indices_or_sections: the number of equal pieces, or a list of the positions where all but the first begin.

    Raises:
        RuntimeError: a size that the number of pieces does not divide; fewer than two dimensions.

    >>> import wengert as t
    >>> t.vsplit(t.tensor([[1, 2], [3, 4]]), [1])
    (tensor([[1, 2]]), tensor([[3, 4]]))
    """
    return _split_along("vsplit", input, indices_or_sections, named, 2, 0)


@composite
def dsplit(input, indices_or_sections=None, **named):
    """Views of pieces from front to back: along dimension 2.

    Args:
        indices_or_sections: the number of equal pieces, or a list of the positions where all but the first begin.

    Raises:
        RuntimeError: a size that the number of pieces does not divide; fewer than three dimensions.

    >>> import wengert as t
    >>> [part.shape for part in t.dsplit(t.zeros(2, 3, 4), 2)]
    [wengert.Size([2, 3, 2]), wengert.Size([2, 3, 2])]
    """
    return _split_along("dsplit", input, indices_or_sections, named, 3, 2)


# ------------------------------------------------------------------------------------------------ pieces by themselves

# PyTorch's unsafe_ functions return pieces that may be changed in place one by one, which it does not check. Here each
# is a view of its own, whose changes autograd follows.


def _single(input, sections, dim: int) -> tuple:
    input = arguments.tensor("unsafe_split", "tensor", 1, input)
    return tuple([basic_index(input, index) for index in _slices(tuple(input.shape), sections, dim)])


@composite
def unsafe_split(tensor, split_size, dim=0):
    """Pieces of the given size (the last may be smaller) along `dim`, each of which may be changed in place.

    RuntimeError for a negative size and for a tensor without dimensions; IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.unsafe_split(t.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    return _single(tensor, arguments.integer("unsafe_split", "split_size", 2, split_size), dim)


@composite
def unsafe_split_with_sizes(input, split_sizes, dim=0):
    """Pieces of the listed sizes along `dim`, each of which may be changed in place.

    RuntimeError unless they sum to the size of the dimension; IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.unsafe_split_with_sizes(t.arange(3), (1, 2))
    (tensor([0]), tensor([1, 2]))
    """
    return _single(input, arguments.integers("unsafe_split_with_sizes", "split_sizes", 2, split_sizes), dim)


@composite
def unsafe_chunk(input, chunks, dim=0):
    """At most `chunks` pieces of equal size (the last may be smaller) along `dim`, each of which may be changed in
    place.

    RuntimeError for `chunks` below 1 and for a tensor without dimensions; IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.unsafe_chunk(t.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    input = arguments.tensor("unsafe_chunk", "input", 1, input)
    return _single(input, [part.shape[dim] for part in chunk(input.detach(), chunks, dim)], dim)
