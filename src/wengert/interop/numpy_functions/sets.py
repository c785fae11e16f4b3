"""Sets and counts. Values that are taken out of a tensor keep their gradient; positions and counts have none."""

import builtins
import collections

import numpy

from ...core import Tensor
from ..spelling import as_tensor, spelled, values_of


def _whole(positions):
    return as_tensor(numpy.asarray(positions))


def _first_places(x, axis=None, **asked):
    return numpy.unique(values_of(x), return_index=True, axis=axis, **asked)


@spelled("unique")
def unique(
    ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True
):
    x = as_tensor(ar)
    _, first, inverse, counts = _first_places(
        x, axis, return_inverse=True, return_counts=True, equal_nan=equal_nan
    )
    kept = x.reshape(-1)[first] if axis is None else x[(slice(None),) * (axis % x.ndim) + (first,)]
    asked = (return_index, first), (return_inverse, inverse), (return_counts, counts)
    more = tuple([_whole(value) for wanted, value in asked if wanted])
    return (kept, *more) if more else kept


UniqueAllResult = collections.namedtuple("UniqueAllResult", ("values", "indices", "inverse_indices", "counts"))
UniqueCountsResult = collections.namedtuple("UniqueCountsResult", ("values", "counts"))
UniqueInverseResult = collections.namedtuple("UniqueInverseResult", ("values", "inverse_indices"))


@spelled("unique_all")
def unique_all(x, /):
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


@spelled("unique_counts")
def unique_counts(x, /):
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


@spelled("unique_inverse")
def unique_inverse(x, /):
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


@spelled("unique_values")
def unique_values(x, /):
    return unique(x, equal_nan=False)


def _flat(x):
    return as_tensor(x).reshape(-1)


def _joined(a, b):
    from .joining import concatenate

    return concatenate((_flat(a), _flat(b)))


@spelled("union1d")
def union1d(ar1, ar2):
    return unique(_joined(ar1, ar2))


@spelled("intersect1d")
def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    a, b = _flat(ar1), _flat(ar2)
    _, first, second = numpy.intersect1d(values_of(a), values_of(b), assume_unique, return_indices=True)
    return (a[first], _whole(first), _whole(second)) if return_indices else a[first]


@spelled("setdiff1d")
def setdiff1d(ar1, ar2, assume_unique=False):
    x = _flat(ar1) if assume_unique else unique(ar1)
    return x[numpy.flatnonzero(~numpy.isin(values_of(x), values_of(as_tensor(ar2))))]


@spelled("setxor1d")
def setxor1d(ar1, ar2, assume_unique=False):
    a, b = (_flat(ar1), _flat(ar2)) if assume_unique else (unique(ar1), unique(ar2))
    both = _joined(a, b)
    values = values_of(both)
    order = numpy.argsort(values, kind="stable")
    ordered = values[order]
    alone = numpy.ones(len(ordered), bool)
    same = ordered[1:] == ordered[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    return both[order[alone]]


@spelled("isin", "in1d")
def isin(element, test_elements, assume_unique=False, invert=False, *, kind=None):
    found = numpy.isin(
        values_of(as_tensor(element)), values_of(as_tensor(test_elements)), assume_unique, invert, kind=kind
    )
    return _whole(found)


@spelled("bincount")
def bincount(x, /, weights=None, minlength=0):
    """Counts, or sums of the weights, which are differentiable."""
    places = values_of(as_tensor(x))
    counts = numpy.bincount(places, minlength=minlength)
    if weights is None:
        return _whole(counts)
    w = as_tensor(weights)
    if tuple(w.shape) != places.shape:
        raise ValueError("The weights and list don't have the same length.")
    w = w if w.dtype.category >= 2 else w.to(as_tensor(0.0).dtype)
    return w.new_zeros(counts.shape).index_add(0, _whole(places.astype(numpy.int64)), w)


# ------------------------------------------------------------------------------------------------ histograms


def _bins_of(bins):
    return values_of(bins) if isinstance(bins, (Tensor, list, tuple)) else bins


def _recorded(edges, x, bins, range):
    """Edges that NumPy found, as a function of what they depend on: of the bins that were given; else, unless a
    range was, of the smallest and the largest element, between which they lie evenly."""
    if isinstance(bins, Tensor) and bins.requires_grad and bins.ndim:
        return bins
    if isinstance(x, Tensor) and x.requires_grad and range is None and numpy.ndim(bins) == 0:
        low, high = x.amin(), x.amax()
        steps = _whole(numpy.linspace(0.0, 1.0, len(edges)))
        even = low + (high - low) * steps
        # The values are NumPy's to the last bit.
        return as_tensor(edges) + (even - even.detach())
    return as_tensor(edges)


@spelled("histogram_bin_edges")
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """The edges, differentiable in the smallest and the largest element where they depend on them."""
    x = _flat(a)
    return _recorded(numpy.histogram_bin_edges(values_of(x), _bins_of(bins), range), x, bins, range)


@spelled("histogram")
def histogram(a, bins=10, range=None, density=None, weights=None):
    """Counts, or sums of the weights, and edges: both are differentiable, but for which bin an element is in."""
    x = _flat(a)
    values = values_of(x)
    edges = numpy.histogram_bin_edges(values, _bins_of(bins), range)
    recorded = _recorded(edges, x, bins, range)
    count = len(edges) - 1
    if weights is None:
        sums = _whole(numpy.histogram(values, edges)[0])
    else:
        w = as_tensor(weights)
        if w.numel() != values.size:
            raise ValueError("weights should have the same shape as a.")
        places = numpy.searchsorted(edges, values, side="right") - 1
        places[values == edges[-1]] = count - 1
        inside = (places >= 0) & (places < count)
        sums = w.new_zeros((count,)).index_add(0, _whole(places[inside]), w.reshape(-1)[inside])
    if density:
        sums = sums / (recorded[1:] - recorded[:-1]) / sums.sum()
    return sums, recorded


def _in_dimensions(columns: list, bins, range, density, weights):
    """Counts of points, whose coordinates in each dimension are a column, and the edges in each dimension."""
    several = numpy.ndim(bins) > 0 if not isinstance(bins, (list, tuple)) else True
    each = list(bins) if several else [bins] * len(columns)
    given = [values_of(b) if isinstance(b, Tensor) else b for b in each]
    counts, edges = numpy.histogramdd([values_of(x) for x in columns], given, range, weights=weights)
    ranges = [None] * len(columns) if range is None else range
    recorded = tuple([_recorded(*parts) for parts in zip(edges, columns, each, ranges, strict=True)])
    counts = as_tensor(counts)
    if density:
        total = counts.sum()
        for i, e in enumerate(recorded):
            counts = counts / (e[1:] - e[:-1]).reshape([-1 if d == i else 1 for d in builtins.range(len(columns))])
        counts = counts / total
    return counts, recorded


@spelled("histogram2d")
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    weights = _constant(weights, "histogram2d")
    columns = [_flat(x), _flat(y)]
    # One sequence of edges serves both dimensions; two entries are one for each.
    shared = numpy.ndim(bins) == 1 and len(bins) > 2 if not isinstance(bins, (list, tuple)) else len(bins) > 2
    counts, edges = _in_dimensions(columns, [bins, bins] if shared else bins, range, density, weights)
    return counts, *edges


@spelled("histogramdd")
def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    weights = _constant(weights, "histogramdd")
    if isinstance(sample, Tensor):
        columns = list(sample.reshape(len(sample), -1).unbind(1))
    else:
        columns = [_flat(x) for x in sample]
    return _in_dimensions(columns, bins, range, density, weights)


def _constant(weights, name: str):
    if isinstance(weights, Tensor) and weights.requires_grad:
        raise TypeError(f"np.{name}: weights that require grad are not supported; np.histogram takes them")
    return None if weights is None else values_of(weights)
