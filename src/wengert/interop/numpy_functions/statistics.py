"""Medians, quantiles, covariances.

A quantile is read from the sorted elements, which keep their gradients; the places are decided by values, so that `q`
has no derivative.
"""

import math
from typing import Any

import numpy

import wengert

from ..spelling import as_tensor, axes_of, floating, in_dtype, refused, spelled, values_of
from .joining import concatenate
from .sorting import sort


@spelled("median")
def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _at(a, 0.5, axis, "median", keepdims, False, "median")


@spelled("nanmedian")
def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=numpy._NoValue):
    return _at(a, 0.5, axis, "median", keepdims, True, "nanmedian")


@spelled("quantile")
def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    refused("quantile", weights=(weights, None))
    return _at(a, q, axis, method, keepdims, False, "quantile")


@spelled("nanquantile")
def nanquantile(
    a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=numpy._NoValue, *, weights=None
):
    refused("nanquantile", weights=(weights, None))
    return _at(a, q, axis, method, keepdims, True, "nanquantile")


@spelled("percentile")
def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    refused("percentile", weights=(weights, None))
    return _at(a, numpy.true_divide(values_of(q), 100), axis, method, keepdims, False, "percentile")


@spelled("nanpercentile")
def nanpercentile(
    a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=numpy._NoValue, *, weights=None
):
    refused("nanpercentile", weights=(weights, None))
    return _at(a, numpy.true_divide(values_of(q), 100), axis, method, keepdims, True, "nanpercentile")


def _at(a, q, axis, method: str, keepdims, skip_nan: bool, name: str):
    """The elements at the quantiles q of the sorted elements along the axes; the shape of q comes first."""
    x = floating(a)
    if x.dtype.is_complex and method != "median":
        raise TypeError("a must be an array of real numbers")
    q = numpy.asarray(values_of(q))
    if q.size and not ((q >= 0) & (q <= 1)).all():
        raise ValueError(
            "Percentiles must be in the range [0, 100]" if "percentile" in name else
            "Quantiles must be in the range [0, 1]"
        )
    axes = axes_of(axis, x.ndim, name)
    rest = [d for d in range(x.ndim) if d not in axes]
    kept = tuple([x.shape[d] for d in rest])
    count = math.prod([x.shape[d] for d in axes])
    # (*kept, count) with the elements in order, NaN last.
    rows = x.permute((*rest, *axes)).reshape((*kept, count)) if x.ndim else x.reshape(1)
    rows = sort(rows, -1)
    numbers = numpy.asarray((~numpy.isnan(values_of(rows))).sum(-1) if skip_nan else count)
    places = _places(q.reshape(-1), numbers, method)
    low = numpy.clip(numpy.floor(places), 0, max(count - 1, 0)).astype(numpy.int64)
    share = places - low
    if count:
        below, above = _read(rows, low), _read(rows, numpy.minimum(low + 1, count - 1))
        share = as_tensor(share.reshape(share.shape if skip_nan else (q.size, *[1] * len(kept))))
        between = (below + above) / 2.0 if method == "median" else below + (above - below) * share.to(x.dtype)
        result = wengert.where(share > 0, between, below)
        unknown = as_tensor(numbers == 0) if skip_nan else (rows != rows).any(-1)
        result = wengert.where(unknown, math.nan, result)
    else:
        result = rows.new_full((q.size, *kept), math.nan)
    sizes = [1 if d in axes else n for d, n in enumerate(x.shape)] if keepdims is True else kept
    return result.reshape((*q.shape, *sizes))


def _read(rows, places):
    """The elements at the places, (q,) for all rows or (q, *rows), as (q, *rows)."""
    if places.ndim == 1:
        return rows[..., places].movedim(-1, 0)
    kept = tuple(rows.shape[:-1])
    index = [numpy.arange(n).reshape([-1 if e == d else 1 for e in range(len(kept))]) for d, n in enumerate(kept)]
    return rows[(*index, places)]


def _places(q, counts, method: Any):
    """Where among so many sorted elements the quantiles lie, (len(q), *counts.shape). NumPy tells, of the numbers
    0, 1, 2, ... in the place of elements."""
    places = numpy.zeros((len(q), *counts.shape))
    for n in numpy.unique(counts).tolist():
        if n:
            line = numpy.arange(n, dtype=numpy.float64)
            found = numpy.median(line) + q * 0 if method == "median" else numpy.quantile(line, q, method=method)
            places[:, counts == n] = found[:, None]
    return places


# ------------------------------------------------------------------------------------------------ covariance


@spelled("cov")
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    x = _observations(m, rowvar)
    if y is not None:
        x = concatenate((x, _observations(y, rowvar if as_tensor(y).ndim > 1 or as_tensor(m).ndim == 1 else True)), 0)
    x = in_dtype(x, dtype)
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = None
    for given, word in ((fweights, "fweights"), (aweights, "aweights")):
        if given is not None:
            w = as_tensor(given)
            if w.ndim > 1:
                raise RuntimeError(f"cannot handle multidimensional {word}")
            if w.shape[0] != x.shape[1]:
                raise RuntimeError(f"incompatible numbers of samples and {word}")
            if bool((w < 0).any()):
                raise ValueError(f"{word} cannot be negative")
            weights = w.to(x.dtype.to_real()) if weights is None else weights * w
    if weights is None:
        total, mean = x.shape[1], x.mean(1, keepdim=True)
        freedom = total - ddof
    else:
        total = weights.sum()
        mean = (x * weights).sum(1, keepdim=True) / total
        freedom = total - ddof if aweights is None else total - ddof * (weights * as_tensor(aweights)).sum() / total
    off = x - mean
    scaled = off if weights is None else off * weights
    # (variables, observations) @ (observations, variables) -> (variables, variables)
    product = scaled @ off.conj().transpose(0, 1)
    if isinstance(freedom, (int, float)):
        freedom = max(freedom, 0)
        return (product / freedom if freedom else product / 0.0).squeeze()
    return (product / freedom).squeeze()


def _observations(m, rowvar: bool):
    x = floating(m)
    if x.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    x = x.reshape(1, -1) if x.ndim < 2 else x
    return x.transpose(0, 1) if not rowvar and x.shape[0] != 1 else x


@spelled("corrcoef")
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    spread = c.diagonal().real.sqrt() if c.dtype.is_complex else c.diagonal().sqrt()
    c = c / spread.unsqueeze(1) / spread
    if c.dtype.is_complex:
        return wengert.complex(c.real.clamp(-1, 1), c.imag.clamp(-1, 1))
    return c.clamp(-1, 1)
