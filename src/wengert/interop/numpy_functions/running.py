"""Running sums and products, differences, areas under a curve."""

import math

import numpy

import wengert

from ..spelling import as_tensor, axis_of, in_dtype, spelled, values_of
from .reductions import without_nan

_NOT_GIVEN = numpy._NoValue


def _flat_where_no_axis(a, axis, name):
    x = as_tensor(a)
    return (x.reshape(-1), 0) if axis is None or not x.ndim else (x, axis_of(axis, x.ndim, name))


@spelled("cumsum")
def cumsum(a, axis=None, dtype=None, out=None):
    x, axis = _flat_where_no_axis(a, axis, "cumsum")
    return in_dtype(in_dtype(x, dtype).cumsum(axis), dtype)


@spelled("cumprod", "cumproduct")
def cumprod(a, axis=None, dtype=None, out=None):
    x, axis = _flat_where_no_axis(a, axis, "cumprod")
    return in_dtype(in_dtype(x, dtype).cumprod(axis), dtype)


def _cumulative(function, x, axis, dtype, include_initial, first, name):
    x = as_tensor(x)
    if not x.ndim:
        x = x.reshape(1)
    if axis is None:
        if x.ndim != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
        axis = 0
    axis = axis_of(axis, x.ndim, name)
    result = function(x, axis, dtype)
    if include_initial:
        shape = [1 if d == axis else n for d, n in enumerate(x.shape)]
        result = wengert.cat([result.new_full(tuple(shape), first), result], axis)
    return result


@spelled("cumulative_sum")
def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    return _cumulative(cumsum, x, axis, dtype, include_initial, 0, "cumulative_sum")


@spelled("cumulative_prod")
def cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    return _cumulative(cumprod, x, axis, dtype, include_initial, 1, "cumulative_prod")


@spelled("nancumsum")
def nancumsum(a, axis=None, dtype=None, out=None):
    return cumsum(without_nan(a, 0), axis, dtype)


@spelled("nancumprod")
def nancumprod(a, axis=None, dtype=None, out=None):
    return cumprod(without_nan(a, 1), axis, dtype)


def part(x, axis: int, start, stop):
    """x[..., start:stop, ...] along an axis."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


@spelled("diff")
def diff(a, n=1, axis=-1, prepend=_NOT_GIVEN, append=_NOT_GIVEN):
    if n == 0:
        return as_tensor(a)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    x = as_tensor(a)
    if not x.ndim:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = axis_of(axis, x.ndim, "diff")
    pieces = [None if p is _NOT_GIVEN else _as_piece(p, x, axis) for p in (prepend, append)]
    if pieces[0] is not None or pieces[1] is not None:
        x = wengert.cat([p for p in (pieces[0], x, pieces[1]) if p is not None], axis)
    for _ in range(n):
        after, before = part(x, axis, 1, None), part(x, axis, 0, max(x.shape[axis] - 1, 0))
        x = after != before if x.dtype.category == 0 else after - before
    return x


def _as_piece(value, x, axis):
    piece = as_tensor(value)
    if not piece.ndim:
        piece = piece.expand([1 if d == axis else n for d, n in enumerate(x.shape)])
    return piece


@spelled("ediff1d")
def ediff1d(ary, to_end=None, to_begin=None):
    x = as_tensor(ary).reshape(-1)
    pieces = [None if to_begin is None else as_tensor(to_begin).reshape(-1), diff(x)]
    pieces.append(None if to_end is None else as_tensor(to_end).reshape(-1))
    return wengert.cat([p for p in pieces if p is not None], 0)


@spelled("trapezoid", "trapz")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The sum of (y[i] + y[i + 1]) / 2 times the distance of x[i] and x[i + 1]."""
    y = as_tensor(y)
    axis = axis_of(axis, y.ndim, "trapezoid")
    if x is None:
        steps = dx
    else:
        x = as_tensor(x)
        steps = diff(x) if x.ndim == 1 else diff(x, axis=axis)
        if x.ndim == 1:
            steps = steps.reshape([-1 if d == axis else 1 for d in range(y.ndim)])
    heights = part(y, axis, 1, None) + part(y, axis, None, max(y.shape[axis] - 1, 0))
    return (steps * heights / 2.0).sum(axis)


@spelled("unwrap")
def unwrap(p, discont=None, axis=-1, *, period=2 * math.pi):
    """Jumps of more than half a period are shortened by whole periods. The whole periods have no derivative."""
    x = as_tensor(p)
    values = values_of(x)
    shift = numpy.unwrap(values, discont, axis, period=period) - values
    return x + as_tensor(shift)
