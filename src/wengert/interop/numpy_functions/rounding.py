"""Elementwise functions of NumPy's that are no ufuncs."""

import math

import numpy

import wengert

from ..spelling import as_tensor, floating, floating_together, operand, spelled


@spelled("round", "around", "round_")
def round(a, decimals=0, out=None):
    x = as_tensor(a)
    if x.dtype.category < 2 and decimals >= 0:
        return x.clone()
    if x.dtype.is_complex:
        return wengert.complex(round(x.real, decimals), round(x.imag, decimals))
    if x.dtype.category < 2:
        return (wengert.round(x.to(wengert.float64) * 10.0**decimals) / 10.0**decimals).to(x.dtype)
    return wengert.round(x * 10.0**decimals) / 10.0**decimals if decimals else wengert.round(x)


@spelled("fix")
def fix(x, out=None):
    return wengert.trunc(as_tensor(x))


@spelled("clip")
def clip(a, a_min=numpy._NoValue, a_max=numpy._NoValue, out=None, *, min=numpy._NoValue, max=numpy._NoValue, **kwargs):
    """The larger of a_min and the smaller of a_max and a. An element at a bound keeps its gradient."""
    low = a_min if min is numpy._NoValue else min
    high = a_max if max is numpy._NoValue else max
    low, high = [None if x is numpy._NoValue else x for x in (low, high)]
    x = as_tensor(a)
    if all([bound is None or isinstance(bound, (int, float)) for bound in (low, high)]):
        return x.clone() if low is None and high is None else wengert.clamp(x, low, high)
    if low is not None:
        low = operand(low)
        x = wengert.where(x < low, low, x)
    if high is not None:
        high = operand(high)
        x = wengert.where(x > high, high, x)
    return x


@spelled("nan_to_num")
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    x = as_tensor(x)
    if x.dtype.category < 2:
        return x.clone()
    if x.dtype.is_complex:
        return wengert.complex(nan_to_num(x.real, nan=nan, posinf=posinf, neginf=neginf),
                                           nan_to_num(x.imag, nan=nan, posinf=posinf, neginf=neginf))
    limits = numpy.finfo(x.dtype.numpy)
    made = x
    for value, instead in (
        (math.inf, float(limits.max) if posinf is None else posinf),
        (-math.inf, float(limits.min) if neginf is None else neginf),
    ):
        made = wengert.where(x == value, instead, made)
    made = wengert.where(x != x, nan, made)
    return made if copy else x.copy_(made)


@spelled("sinc")
def sinc(x):
    """sin(pi x) / (pi x), 1 at 0, where its derivative is 0."""
    y = floating(x) * math.pi
    zero = y == 0
    safe = wengert.where(zero, 1.0, y)
    # Near 0: 1 - y^2 / 6, so that the derivatives there are right, too.
    return wengert.where(zero, 1.0 - y * y / 6.0, safe.sin() / safe)


@spelled("real")
def real(val):
    x = as_tensor(val)
    return x.real if x.dtype.is_complex else x


@spelled("imag")
def imag(val):
    x = as_tensor(val)
    return x.imag if x.dtype.is_complex else x * 0


@spelled("angle")
def angle(z, deg=False):
    x = wengert.angle(floating(z))
    return x * (180.0 / math.pi) if deg else x


# ------------------------------------------------------------------------------------------------ complex where needed


def _complex_where(x, outside):
    """An operand that becomes complex if an element is outside of the real function's domain."""
    x = floating(x)
    if not x.dtype.is_complex and bool(outside(x).any()):
        return x.to(x.dtype.to_complex())
    return x


@spelled("lib.scimath.sqrt")
def scimath_sqrt(x):
    return _complex_where(x, lambda x: x < 0).sqrt()


@spelled("lib.scimath.log")
def scimath_log(x):
    return _complex_where(x, lambda x: x < 0).log()


@spelled("lib.scimath.log2")
def scimath_log2(x):
    return _complex_where(x, lambda x: x < 0).log2()


@spelled("lib.scimath.log10")
def scimath_log10(x):
    return _complex_where(x, lambda x: x < 0).log10()


@spelled("lib.scimath.logn")
def scimath_logn(n, x):
    x, n = floating_together(x, n)
    return scimath_log(x) / scimath_log(n)


@spelled("lib.scimath.power")
def scimath_power(x, p):
    base = _complex_where(x, lambda x: x < 0)
    return base ** operand(p)


@spelled("lib.scimath.arccos")
def scimath_arccos(x):
    return _complex_where(x, lambda x: x.abs() > 1).acos()


@spelled("lib.scimath.arcsin")
def scimath_arcsin(x):
    return _complex_where(x, lambda x: x.abs() > 1).asin()


@spelled("lib.scimath.arctanh")
def scimath_arctanh(x):
    return _complex_where(x, lambda x: x.abs() > 1).atanh()
