"""Sums, products, extrema, means, variances, and their forms that leave out NaN."""

import builtins
import math

import numpy

import wengert

from ... import ops
from ..numpy_ufuncs import reduced
from ..spelling import as_tensor, axes_of, axis_of, floating, in_dtype, spelled

_NOT_GIVEN = numpy._NoValue


@spelled("sum")
def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=_NOT_GIVEN, where=True):
    return reduced(numpy.add, wengert.add, as_tensor(a), axis, dtype, _said(keepdims), initial, _chosen(where))


@spelled("prod")
def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=_NOT_GIVEN, where=True):
    return reduced(
        numpy.multiply, wengert.mul, as_tensor(a), axis, dtype, _said(keepdims), initial, _chosen(where)
    )


@spelled("max", "amax")
def max(a, axis=None, out=None, keepdims=False, initial=_NOT_GIVEN, where=True):
    """Equal largest values share the gradient."""
    return reduced(
        numpy.maximum, wengert.maximum, as_tensor(a), axis, None, _said(keepdims), initial, _chosen(where)
    )


@spelled("min", "amin")
def min(a, axis=None, out=None, keepdims=False, initial=_NOT_GIVEN, where=True):
    """Equal smallest values share the gradient."""
    return reduced(
        numpy.minimum, wengert.minimum, as_tensor(a), axis, None, _said(keepdims), initial, _chosen(where)
    )


@spelled("ptp")
def ptp(a, axis=None, out=None, keepdims=False):
    return max(a, axis, None, keepdims) - min(a, axis, None, keepdims)


@spelled("all")
def all(a, axis=None, out=None, keepdims=False, *, where=True):
    return reduced(
        numpy.logical_and, wengert.logical_and, as_tensor(a), axis, bool, _said(keepdims), _NOT_GIVEN,
        _chosen(where),
    )  # fmt: skip


@spelled("any")
def any(a, axis=None, out=None, keepdims=False, *, where=True):
    return reduced(
        numpy.logical_or, wengert.logical_or, as_tensor(a), axis, bool, _said(keepdims), _NOT_GIVEN,
        _chosen(where),
    )  # fmt: skip


@spelled("count_nonzero")
def count_nonzero(a, axis=None, *, keepdims=False):
    return sum(as_tensor(a) != 0, axis, keepdims=keepdims)


@spelled("argmax")
def argmax(a, axis=None, out=None, *, keepdims=False):
    return _position(wengert.argmax, as_tensor(a), axis, _said(keepdims), "argmax")


@spelled("argmin")
def argmin(a, axis=None, out=None, *, keepdims=False):
    return _position(wengert.argmin, as_tensor(a), axis, _said(keepdims), "argmin")


def _position(operation, x, axis, keepdims, name):
    if (x.shape[axis_of(axis, x.ndim, name)] if axis is not None and x.ndim else x.numel()) == 0:
        raise ValueError(f"attempt to get {name} of an empty sequence")
    return operation(x, axis, keepdims)


# ------------------------------------------------------------------------------------------------ moments


@spelled("mean")
def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    x = in_dtype(floating(a), dtype)
    axes = axes_of(axis, x.ndim, "mean")
    if _chosen(where) is True and axes:
        return wengert.mean(x, axes, _said(keepdims))
    total = sum(x, axes, keepdims=keepdims, where=where)
    return total / _count(x, axes, _said(keepdims), _chosen(where))


def _count(x, axis, keepdims, where):
    """How many elements a mean is over: a number, or a tensor where `where` chooses."""
    if where is True:
        # 0 / 0 is NaN, in the graph as well.
        return math.prod([x.shape[a] for a in axes_of(axis, x.ndim, "mean")]) or numpy.float64(0).item()
    mask = as_tensor(where).expand(tuple(x.shape))
    return sum(mask, axis, keepdims=keepdims).to(x.dtype)


@spelled("average")
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    x = floating(a)
    if weights is None:
        result = mean(x, axis, keepdims=keepdims)
        total = wengert.full_like(result, _count(x, axis, False, True)) if returned else None
        return (result, total) if returned else result
    w = as_tensor(weights)
    if w.shape != x.shape:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        axes = axes_of(axis, x.ndim, "average")
        if tuple(w.shape) != tuple([x.shape[d] for d in axes]):
            raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
        order = sorted(range(len(axes)), key=lambda i: axes[i])
        w = w.permute(tuple(order)).reshape([n if d in axes else 1 for d, n in enumerate(x.shape)])
        w = w.expand(tuple(x.shape))
    total = sum(w, axis, keepdims=keepdims)
    if not total.requires_grad and not total._level and bool((total == 0).any()):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    result = sum(x * w, axis, keepdims=keepdims) / total
    return (result, total.to(result.dtype).expand(tuple(result.shape))) if returned else result


@spelled("var")
def var(
    a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=_NOT_GIVEN, correction=_NOT_GIVEN
):
    """Divided by n - ddof, 0 unless given (PyTorch's divides by n - 1)."""
    if correction is not _NOT_GIVEN:
        ddof = correction
    x = in_dtype(floating(a), dtype)
    centre = _mean(x, axis, keepdims=True, where=where) if mean is _NOT_GIVEN else mean
    off = x - centre
    squares = (off * off.conj()).real if off.dtype.is_complex else off * off
    count = _count(x, axis, _said(keepdims), _chosen(where)) - ddof
    count = count.clamp(min=0) if not isinstance(count, (int, float)) else builtins.max(count, 0)
    total = sum(squares, axis, keepdims=keepdims, where=where)
    return total / count if not isinstance(count, int) or count else total / 0.0


_mean = mean


@spelled("std")
def std(
    a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=_NOT_GIVEN, correction=_NOT_GIVEN
):
    """Divided by n - ddof, 0 unless given. The derivative at 0 is 0: equal elements have no direction to spread in."""
    return ops.statistics.deviation(var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean,
                                        correction=correction))


# ------------------------------------------------------------------------------------------------ without NaN


def without_nan(a, value):
    """The operand with another value in the place of NaN, which gets no gradient."""
    x = as_tensor(a)
    return wengert.where(x != x, x.new_full((), value), x) if x.dtype.category >= 2 else x


def _numbers(a, where):
    """The mask of what is not NaN, and chosen."""
    x = as_tensor(a)
    mask = x == x
    return mask if where is True else mask & as_tensor(where)


@spelled("nansum")
def nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=_NOT_GIVEN, where=True):
    return sum(without_nan(a, 0), axis, dtype, None, keepdims, initial, where)


@spelled("nanprod")
def nanprod(a, axis=None, dtype=None, out=None, keepdims=False, initial=_NOT_GIVEN, where=True):
    return prod(without_nan(a, 1), axis, dtype, None, keepdims, initial, where)


@spelled("nanmean")
def nanmean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    return mean(without_nan(a, 0), axis, dtype, None, keepdims, where=_numbers(a, _chosen(where)))


@spelled("nanvar")
def nanvar(
    a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=_NOT_GIVEN, correction=_NOT_GIVEN
):
    return var(without_nan(a, 0), axis, dtype, None, ddof, keepdims, where=_numbers(a, _chosen(where)), mean=mean,
               correction=correction)  # fmt: skip


@spelled("nanstd")
def nanstd(
    a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=_NOT_GIVEN, correction=_NOT_GIVEN
):
    return ops.statistics.deviation(nanvar(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean,
                                           correction=correction))


def _extremum_of_numbers(function, a, axis, keepdims, initial, where, worst):
    x = as_tensor(a)
    if x.dtype.category < 2:
        return function(x, axis, None, keepdims, initial, where)
    result = function(without_nan(x, worst), axis, None, keepdims, initial, where)
    # Nothing but NaN stays NaN.
    return wengert.where(any(x == x, axis, keepdims=keepdims), result, result.new_full((), math.nan))


@spelled("nanmax")
def nanmax(a, axis=None, out=None, keepdims=False, initial=_NOT_GIVEN, where=True):
    return _extremum_of_numbers(max, a, axis, _said(keepdims), initial, _chosen(where), -math.inf)


@spelled("nanmin")
def nanmin(a, axis=None, out=None, keepdims=False, initial=_NOT_GIVEN, where=True):
    return _extremum_of_numbers(min, a, axis, _said(keepdims), initial, _chosen(where), math.inf)


def _position_of_number(function, a, axis, keepdims, worst):
    x = as_tensor(a)
    found = any(x == x, axis)
    if not bool(found.all()):
        raise ValueError("All-NaN slice encountered")
    return function(without_nan(x, worst), axis, keepdims=keepdims)


@spelled("nanargmax")
def nanargmax(a, axis=None, out=None, *, keepdims=False):
    return _position_of_number(argmax, a, axis, keepdims, -math.inf)


@spelled("nanargmin")
def nanargmin(a, axis=None, out=None, *, keepdims=False):
    return _position_of_number(argmin, a, axis, keepdims, math.inf)


def _said(keepdims) -> bool:
    return keepdims is not _NOT_GIVEN and bool(keepdims)


def _chosen(where):
    return True if where is _NOT_GIVEN or where is None else where
