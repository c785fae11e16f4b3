"""Integrals of elementary and of Bessel functions: the derivative is the integrand."""

import math

import numpy

from ..bessel_functions import bessel_j0, bessel_y0, i0, modified_bessel_k0, spherical_bessel_j0
from ..special import by_scipy, scipy_function
from ..trigonometric import cos, cosh, sin
from .bessel_kin import modstruve, struve
from .declared import only_scipys, parts_of
from .hypergeometric import hyp0f1, logarithm_moment

# ------------------------------------------------------------------------------------------------ exponential


def _expn(n, x):
    order, x = numpy.broadcast_arrays(n, x)
    out = numpy.asarray(by_scipy(_whole_expn, n, x))
    for lower in numpy.unique(order[order < 0]):
        # From E_0 down: E_(k-1) = (exp(-x) - (k - 1) E_k) / x (DLMF 8.19.12), all of whose terms are positive.
        with numpy.errstate(all="ignore"):
            decay = numpy.exp(-x)
            value = decay / x
            for k in range(0, int(lower), -1):
                value = (decay - (k - 1) * value) / x
        out = numpy.where(order == lower, value, out)
    return out.astype(x.dtype, copy=False)


def _whole_expn(n, x):
    whole = n.astype(numpy.int64)
    return scipy_function("expn")(whole if (whole == n).all() else n, x)


expn = only_scipys(
    "expn(n, x)", "The generalised exponential integral E_n(x) (DLMF 8.19.3), also of negative n.", forward=_expn,
    n=lambda t: None,
    x=lambda t, n, x: -t * expn(n - 1, x),  # DLMF 8.19.13
)  # fmt: skip
spence = only_scipys(
    "spence(z)", "The dilogarithm of 1 - z: the integral of log(s) / (1 - s) from 1 to z (DLMF 25.12.2).",
    z=lambda t, z: -t * logarithm_moment(z - 1.0, 0),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ sine, Fresnel

parts_of(
    "sici",
    ("sine_integral(x)", "The sine integral Si(x) (DLMF 6.2.9).",
     {"x": lambda t, x: t * spherical_bessel_j0(x)}),
    ("cosine_integral(x)", "The cosine integral Ci(x) (DLMF 6.2.11).", {"x": lambda t, x: t * cos(x) / x}),
)  # fmt: skip
parts_of(
    "shichi",
    # sinh(x) / x, as DLMF 10.39.9 and 10.47.7 have it.
    ("hyperbolic_sine_integral(x)", "The hyperbolic sine integral Shi(x) (DLMF 6.2.15).",
     {"x": lambda t, x: t * hyp0f1(1.5, 0.25 * x * x)}),
    ("hyperbolic_cosine_integral(x)", "The hyperbolic cosine integral Chi(x) (DLMF 6.2.16).",
     {"x": lambda t, x: t * cosh(x) / x}),
)  # fmt: skip
parts_of(
    "fresnel",
    ("fresnel_s(z)", "The integral of sin(pi s^2 / 2) from 0 to z (DLMF 7.2.8).",
     {"z": lambda t, z: t * sin(0.5 * math.pi * z * z)}),
    ("fresnel_c(z)", "The integral of cos(pi s^2 / 2) from 0 to z (DLMF 7.2.7).",
     {"z": lambda t, z: t * cos(0.5 * math.pi * z * z)}),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Bessel functions

parts_of(
    "itj0y0",
    ("integral_of_j0(x)", "The integral of J_0 from 0 to x.", {"x": lambda t, x: t * bessel_j0(x)}),
    ("integral_of_y0(x)", "The integral of Y_0 from 0 to x.", {"x": lambda t, x: t * bessel_y0(x)}),
)  # fmt: skip
parts_of(
    "iti0k0",
    ("integral_of_i0(x)", "The integral of I_0 from 0 to x.", {"x": lambda t, x: t * i0(x)}),
    ("integral_of_k0(x)", "The integral of K_0 from 0 to x.", {"x": lambda t, x: t * modified_bessel_k0(x)}),
)  # fmt: skip
itstruve0 = only_scipys(
    "itstruve0(x)", "The integral of the Struve function H_0 from 0 to x.",
    x=lambda t, x: t * struve(0.0, x),
)  # fmt: skip
it2struve0 = only_scipys(
    "it2struve0(x)", "The integral of H_0(s) / s from x to infinity.",
    x=lambda t, x: -t * struve(0.0, x) / x,
)  # fmt: skip
itmodstruve0 = only_scipys(
    "itmodstruve0(x)", "The integral of the modified Struve function L_0 from 0 to x.",
    x=lambda t, x: t * modstruve(0.0, x),
)  # fmt: skip
