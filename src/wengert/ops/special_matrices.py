"""Matrices and positions that are made of a vector, or of nothing but sizes."""

import numpy

from ..core import dtypes
from ..core.errors import type_word
from ..core.promotion import from_array
from ..core.registry import register_function
from . import arguments
from .composite import composite
from .shape import cat, diag_embed, expand, flip, reshape, unsqueeze

# ------------------------------------------------------------------------------------------------ of a vector


@composite(numpy_functions=(numpy.diagflat,))
def diagflat(input, offset=0):
    """A matrix with all elements of `input` on the diagonal `offset` above the main one, zeros elsewhere.

    Any shape and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.diagflat(t.tensor([1, 2]), 1)
    tensor([[0, 1, 0],
            [0, 0, 2],
            [0, 0, 0]])
    """
    input = arguments.tensor("diagflat", "input", 1, input)
    return diag_embed(reshape(input, (input.numel(),)), arguments.integer("diagflat", "offset", 2, offset))


def _powers(x, count: int):
    """1, x, x^2, ..., x^(count - 1) along a new last dimension."""
    dtype = dtypes.int64 if x.dtype.category < 2 else x.dtype
    shape = tuple(x.shape)
    ones = x.new_ones((*shape, min(count, 1)), dtype=dtype)
    if count < 2:
        return ones
    factors = expand(unsqueeze(x, x.ndim), (*shape, count - 1))
    return cat([ones, factors.cumprod(-1, dtype=dtype)], -1)


@composite(method=False, numpy_functions=(numpy.vander,))
def vander(x, N=None, increasing=False):
    """The Vandermonde matrix of a vector: row i is the powers N - 1, ..., 1, 0 of x[i]. (M) -> (M, N); integers: int64.

    Args:
        N: the number of columns, that of elements unless given.
        increasing: whether the powers rise from 0 instead.

    Raises:
        RuntimeError: an input that is no vector; a negative N.

    >>> import wengert as t
    >>> t.vander(t.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [4, 2, 1],
            [9, 3, 1]])
    """
    x = arguments.tensor("vander", "x", 1, x)
    if x.ndim != 1:
        raise RuntimeError(f"x must be a one-dimensional tensor.: vander was given shape {list(x.shape)}")
    count = x.shape[0] if N is None else arguments.integer("vander", "N", 2, N)
    if count < 0:
        raise RuntimeError(f"N must be non-negative.: vander was given {count}")
    powers = _powers(x, count)
    return powers if increasing else flip(powers, 1)


def _linalg_vander(x, *, N=None):
    """The powers 0, 1, ..., N - 1 of every element along a new last dimension: (*, M) -> (*, M, N); integers: int64.

    N is M unless given. RuntimeError if it is below 2, and for bool, float16 and bfloat16.

    >>> import wengert as t
    >>> t.linalg.vander(t.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [1, 2, 4],
            [1, 3, 9]])
    """
    x = arguments.tensor("linalg.vander", "x", 1, x)
    if x.dtype.category == 0 or x.dtype in (dtypes.float16, dtypes.bfloat16):
        raise RuntimeError(
            f"linalg.vander supports floating point, complex, and integer tensors, but got {type_word(x.array.dtype)}"
        )
    count = (x.shape[-1] if x.ndim else 1) if N is None else arguments.integer("linalg.vander", "N", 2, N)
    if count <= 1:
        raise RuntimeError(f"N must be greater than 1.: linalg.vander was given {count}")
    return _powers(x, count)


_linalg_vander.__name__ = _linalg_vander.__qualname__ = "vander"
linalg_vander = composite(_linalg_vander, namespace="linalg")

# ------------------------------------------------------------------------------------------------ positions


def _triangle_positions(name: str, find):
    def function(row, col, offset=0, *, dtype=dtypes.int64, device=None, layout=None, pin_memory=False):
        from .creation import array_dtype, check_place

        row, col, offset = [
            arguments.integer(name, argument, i + 1, value)
            for i, (argument, value) in enumerate((("row", row), ("col", col), ("offset", offset)))
        ]
        check_place(name, device, layout)
        for word, size in (("row", row), ("col", col)):
            if size < 0:
                raise RuntimeError(f"{word} must be non-negative, got{size}: in {name}()")
        target = array_dtype(dtype, dtypes.int64)
        if target not in (numpy.int64, numpy.int32):
            raise NotImplementedError(
                f"\"{name}\" not implemented for '{type_word(target)}': positions are int32 or int64"
            )
        return from_array(numpy.stack(find(row, offset, col)).astype(target))

    side, order = ("lower", "below") if name == "tril_indices" else ("upper", "above")
    example = "t.tril_indices(2, 2)" if name == "tril_indices" else "t.triu_indices(2, 2)"
    printed = ("[0, 1, 1],", "[0, 0, 1]") if name == "tril_indices" else ("[0, 0, 1],", "[0, 1, 1]")
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"Positions of the {side} triangle of a row x col matrix, {order} the diagonal `offset` above the main one and "
        "on it, row by\n    row: (2, n), the rows' numbers and the columns'.\n\n"
        "    RuntimeError for negative sizes; NotImplementedError for another dtype than int32 and int64.\n\n"
        f"    >>> import wengert as t\n    >>> {example}\n    tensor([{printed[0]}\n            {printed[1]}])\n"
    )
    return register_function(function)


tril_indices = _triangle_positions("tril_indices", numpy.tril_indices)
triu_indices = _triangle_positions("triu_indices", numpy.triu_indices)


@composite(method=False)
def unravel_index(indices, shape):
    """Positions in each dimension of a tensor of `shape` whose elements, row by row, have the numbers `indices`.

    A tuple of int64 tensors of the shape of `indices`, one for each dimension. Numbers beyond the end begin anew.

    Raises:
        TypeError: indices that are no integers, a shape that is neither an int nor a sequence of ints.
        ValueError: a negative size.

    >>> import wengert as t
    >>> t.unravel_index(t.tensor([5, 3]), (2, 3))
    (tensor([1, 1]), tensor([2, 0]))
    """
    indices = arguments.tensor("unravel_index", "indices", 1, indices)
    if indices.dtype.category != 1:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    if arguments.is_integer(shape):
        shape = (int(shape),)
    elif not isinstance(shape, (list, tuple, str)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    for size in shape:
        if not arguments.is_integer(size):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(size)}")
    if any([size < 0 for size in shape]):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(shape)}")
    found, rest = [], indices.long()
    for size in reversed(shape):
        # A size of 0 leaves no elements to number.
        found.append(rest % max(size, 1))
        rest = rest // max(size, 1)
    return tuple(reversed(found))
