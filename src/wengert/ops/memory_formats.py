"""The order in which the dimensions of a tensor lie in memory: `memory_format=` of copies and of new tensors."""

import numpy

from ..core.layout import channels_innermost
from ..core.size import CHANNELS_LAST, CHANNELS_LAST_3D, CONTIGUOUS, PRESERVE
from .declaration import linear


def order_of(memory_format, ndim: int) -> tuple:
    """The dimensions from the outermost to the innermost; RuntimeError where the format is one for other ranks."""
    if memory_format in (None, CONTIGUOUS):
        return tuple(range(ndim))
    order = channels_innermost(memory_format)
    if ndim != len(order):
        raise RuntimeError(f"required rank {len(order)} tensor to use {memory_format.name} format: the rank is {ndim}")
    return order


def empty_in(memory_format, shape: tuple, dtype):
    """An array with whatever is in its memory, laid out in a format."""
    return empty_in_order(shape, order_of(memory_format, len(shape)), dtype)


def empty_in_order(shape: tuple, order: tuple, dtype):
    """An array whose dimensions lie in an order, the first outermost."""
    made = numpy.empty(tuple([shape[d] for d in order]), dtype)
    return made.transpose(numpy.argsort(order)) if shape else made


def order_in_memory(array) -> tuple:
    """The dimensions of an array from the outermost in memory to the innermost.

    A dimension of step 0, which lies nowhere, stays where it is among the others.
    """
    inner = list(range(array.ndim))[::-1]
    for i in range(1, array.ndim):
        at = i
        for before in range(i - 1, -1, -1):
            a, b = inner[before], inner[at]
            step, other = abs(array.strides[a]), abs(array.strides[b])
            if not step or not other or (step, array.shape[a]) == (other, array.shape[b]):
                continue
            if (step, array.shape[a]) < (other, array.shape[b]):
                break
            inner[before], inner[at] = b, a
            at = before
    return tuple(reversed(inner))


def empty_as(array, memory_format, dtype):
    """An array of the shape of another, in a format, or (preserved) in the order in which that one lies."""
    if memory_format in (None, PRESERVE):
        if array.size and 0 in array.strides:
            return empty_in_order(array.shape, order_in_memory(array), dtype)
        return numpy.empty_like(array, dtype, order="K", subok=False)
    return empty_in(memory_format, array.shape, dtype)


def copied(x):
    """A copy of an array whose dimensions lie in memory in the order in which its do."""
    if 0 not in x.strides:
        return x.copy(order="K")
    out = empty_as(x, None, x.dtype)
    out[...] = x
    return out


def _copied(x, memory_format):
    rank = 5 if memory_format is CHANNELS_LAST_3D else 4
    # Dimensions of a batch, if any, lie outside of those that the format orders.
    order = channels_innermost(memory_format)
    outside = x.ndim - rank
    out = empty_in_order(x.shape, (*range(outside), *[d + outside for d in order]), x.dtype)
    out[...] = x
    return out


_channels_innermost = linear(
    "channels_innermost(input, memory_format)", forward=_copied, batch="leading", method=False, public=False,
    node_name="CloneBackward0", takes_bfloat16=True,
    input=lambda g: g,
    doc="A copy with the channels innermost in memory.",
)  # fmt: skip


def copied_as(input, memory_format):
    """A copy of a tensor, recorded, that lies in the given format."""
    from .shape import clone, contiguous_copy

    if memory_format is PRESERVE:
        return clone(input)
    order_of(memory_format, input.ndim)
    if memory_format in (CHANNELS_LAST, CHANNELS_LAST_3D):
        return _channels_innermost(input, memory_format)
    return contiguous_copy(input)
