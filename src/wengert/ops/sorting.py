"""Order: sort, topk and their positions. Values are gathered, so their derivative is gather's."""

import numpy

from ..core import Tensor
from ..core.promotion import from_array
from . import dims
from .composite import composite
from .indexing import gather_along
from .reductions import Extremum


def _order(input, dim, descending: bool, stable: bool):
    """Positions that sort along dim; NaN counts as the largest, as in NumPy."""
    _concrete(input, "sort")
    array = input.array
    if not array.ndim:
        return numpy.zeros((), numpy.int64)
    dim = dims.wrap(dim, array.ndim)
    if descending:
        # Reversing before and after keeps equal elements in their order.
        reversed_ = numpy.flip(array, dim)
        order = numpy.flip(numpy.argsort(reversed_, dim, kind="stable"), dim)
        return array.shape[dim] - 1 - order
    return numpy.argsort(array, dim, kind="stable")


def _concrete(input, name: str) -> None:
    if input.level and input.payload.batched:
        raise RuntimeError(f"vmap: {name} inside vmap is not supported for batched tensors; move it outside of vmap")


@composite(out=True)
def sort(input, dim=-1, descending=False, stable=False):
    """(values, indices) sorted along dim; equal elements keep their order."""
    order = from_array(numpy.ascontiguousarray(_order(input, dim, descending, stable)))
    return Extremum((gather_along(input, order, dim), order))


@composite
def argsort(input, dim=-1, descending=False, stable=False):
    """The positions that sort along dim."""
    return sort(input, dim, descending, stable)[1]


@composite
def topk(input, k, dim=-1, largest=True, sorted=True):
    """(values, indices) of the k largest (smallest) elements along dim, in order."""
    size = input.shape[dims.wrap(dim, input.ndim)] if input.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError(f"selected index k out of range: k is {k}, the dimension has size {size}")
    if not input.ndim:
        return sort(input, dim)
    order = _order(input, dim, largest, True)
    taken = from_array(numpy.ascontiguousarray(numpy.take(order, numpy.arange(k), dims.wrap(dim, input.ndim))))
    return Extremum((gather_along(input, taken, dim), taken))


@composite
def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different values, in order; with the place of each element among them, and how often each occurs, if asked."""
    _concrete(input, "unique")
    results = numpy.unique(input.array, return_inverse=return_inverse, return_counts=return_counts, axis=dim)
    if not isinstance(results, tuple):
        return from_array(results)
    return tuple([from_array(r) for r in results])


@composite
def equal(input, other):
    """Whether both have the same shape and elements."""
    if not isinstance(other, Tensor):
        raise TypeError(f"equal(): argument 'other' must be Tensor, not {type(other).__name__}")
    return input.shape == other.shape and bool(numpy.array_equal(input.array, other.array))


@composite(numpy_functions=(numpy.allclose,))
def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |input - other| <= atol + rtol |other| everywhere."""
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{input.dtype} did not match {other.dtype}: allclose compares tensors of one dtype")
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


@composite(numpy_functions=(numpy.isclose,))
def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where |input - other| <= atol + rtol |other|."""
    return from_array(numpy.isclose(input.detach().array, other.detach().array, rtol, atol, equal_nan))
