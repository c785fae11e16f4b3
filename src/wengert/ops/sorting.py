"""Order: sort, topk and their positions. Values are gathered, so their derivative is gather's."""

import numpy

from ..core.errors import type_word
from ..core.promotion import from_array
from . import dims
from .composite import composite
from .declaration import general
from .elementwise import NO_ORDER
from .indexing import gather_along
from .reductions import Extremum


def _order(array, dim, descending):
    if array.dtype.kind == "c":
        raise RuntimeError(f"Sort does not support complex dtypes on CPU: {NO_ORDER}")
    if not array.ndim:
        dims.wrap(dim, 0)
        return numpy.zeros((), numpy.int64)
    dim = dims.wrap(dim, array.ndim)
    if descending:
        # Reversing before and after keeps equal elements in their order.
        reversed_ = numpy.flip(array, dim)
        order = numpy.flip(numpy.argsort(reversed_, dim, kind="stable"), dim)
        return array.shape[dim] - 1 - order
    return numpy.argsort(array, dim, kind="stable")


sorted_positions = general(
    "sorted_positions(input, dim, descending=False)", forward=_order, axes="dim", method=False, public=False,
    input=None,
    doc="The positions that sort along dim, equal elements in their order; NaN counts as the largest, as in NumPy.",
)  # fmt: skip


def _concrete(input, name: str) -> None:
    if input.level and input.payload.batched:
        raise RuntimeError(f"vmap: {name} inside vmap is not supported for batched tensors; move it outside of vmap")


@composite(out=True)
def sort(input, dim=-1, descending=False, stable=False):
    """(values, indices) sorted along dim; equal elements keep their order."""
    order = sorted_positions(input, dim, descending).contiguous()
    return Extremum((gather_along(input, order, dim), order))


@composite
def argsort(input, dim=-1, descending=False, stable=False):
    """The positions that sort along dim."""
    return sort(input, dim, descending, stable)[1]


@composite
def topk(input, k, dim=-1, largest=True, sorted=True):
    """(values, indices) of the k largest (smallest) elements along dim, in order."""
    if input.dtype.is_complex:
        raise RuntimeError(f"topk does not support complex dtypes on CPU: {NO_ORDER}")
    size = input.shape[dims.wrap(dim, input.ndim)] if input.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError(f"selected index k out of range: k is {k}, the dimension has size {size}")
    if not input.ndim:
        return sort(input, dim)
    taken = sorted_positions(input, dim, largest).narrow(dim, 0, k).contiguous()
    return Extremum((gather_along(input, taken, dim), taken))


@composite
def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different values, in order; with the place of each element among them, and how often each occurs, if
    asked."""
    _concrete(input, "unique")
    if input.dtype.is_complex:
        raise NotImplementedError(f"\"unique\" not implemented for '{type_word(input.array.dtype)}': {NO_ORDER}")
    results = numpy.unique(input.array, return_inverse=return_inverse, return_counts=return_counts, axis=dim)
    if not isinstance(results, tuple):
        return from_array(results)
    return tuple([from_array(r) for r in results])
