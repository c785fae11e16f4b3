"""Memory under any shape and steps: `as_strided`."""

from typing import NamedTuple

import numpy

from ..core.layout import row_steps, steps_of
from ..core.promotion import from_array
from ..kernels import strided
from .declaration import linear
from .shape import reshape


class _Place(NamedTuple):
    """Where a strided part begins, in elements from the input's first one, and the input's own steps (None: those of a
    contiguous tensor)."""

    offset: int
    stride: tuple | None


def _placed(operands, parameters):
    """The offset, given in elements from the start of the storage, as a `_Place`."""
    (x,), (size, stride, offset) = operands, parameters
    if not isinstance(offset, _Place):
        if any([step < 0 for step in stride]):
            raise RuntimeError(
                f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}"
            )
        if offset is not None and offset < 0:
            raise RuntimeError(f"Tensor: invalid storage offset {offset}")
        own = x.stride()
        offset = _Place(
            0 if offset is None else offset - x.storage_offset(), own if len(own) == len(x.shape) else None
        )
    return [x], (tuple(size), tuple(stride), offset)


def _span(size, stride, offset: int) -> tuple:
    """The first and the last element of a strided part."""
    ends = [(n - 1) * step for n, step in zip(size, stride, strict=True) if n]
    return offset + sum([e for e in ends if e < 0]), offset + sum([e for e in ends if e > 0])


def _both_in(shape, size, stride, place):
    """A range of elements that holds input and part: its first element, its length, and the input's steps."""
    own = row_steps(tuple(shape)) if place.stride is None else place.stride
    low, high = zip(_span(shape, own, 0), _span(size, stride, place.offset), strict=True)
    return min(low), max(high) - min(low) + 1, own


def _strided(x, size, stride, place):
    if not isinstance(place, _Place):
        place = _Place(place or 0, None)
    steps = steps_of(x)
    if place.stride in (None, steps):
        return strided.as_strided(x, tuple(size), tuple(stride), place.offset)
    # The tangent or gradient of the input, laid out in another way: a copy has the input's layout.
    first, length, own = _both_in(x.shape, size, stride, place)
    memory = numpy.zeros(length, x.dtype)
    strided.as_strided(memory, x.shape, own, -first)[...] = x
    return strided.as_strided(memory, tuple(size), tuple(stride), place.offset - first)


def _gather_strided(g, input_shape, size, stride, place):
    """g added at its elements' places in memory, and read where the input's elements are; memory that several elements
    of the input share is shared by them, too."""
    from .positions import index_, index_transpose

    first, length, own = _both_in(input_shape, size, stride, place)
    places = numpy.arange(length)
    written = strided.as_strided(places, tuple(size), tuple(stride), place.offset - first).reshape(1, -1)
    read = strided.as_strided(places, tuple(input_shape), own, -first).reshape(1, -1)
    memory = index_transpose(reshape(g, -1), from_array(written), (0,), (length,))
    found = reshape(index_(memory, from_array(read), (0,)), input_shape)
    shared = numpy.bincount(read[0], minlength=length)[read].reshape(input_shape)
    return found / from_array(shared.astype(g.array.dtype)) if shared.size and shared.max() > 1 else found


as_strided = linear(
    "as_strided(input, size, stride, storage_offset=None)", forward=_strided, view=True, canonical=_placed,
    # The layout asked for is that of the first entry; the others begin one batch step further each.
    batch=lambda operation, operands, parameters, in_dims, size: (
        as_strided(
            operands[0], (size, *parameters[0]), (operands[0].stride(in_dims[0]), *parameters[1]),
            _Place(parameters[2].offset, operands[0].stride()),
        ),
        0,
    ),
    input=lambda g, input_shape, size, stride, storage_offset: _gather_strided(
        g, input_shape, size, stride, storage_offset
    ),
    doc="""The storage under any shape, strides and offset, counted in elements. The gradient of memory that the input
    does not cover is lost.

    A view. RuntimeError for negative strides, and where they lead out of the memory.

    >>> import wengert as t
    >>> t.as_strided(t.arange(6), (2, 2), (3, 1), 1)
    tensor([[1, 2],
            [4, 5]])
    """,
)  # fmt: skip
