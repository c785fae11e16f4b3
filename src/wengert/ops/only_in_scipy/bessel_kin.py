"""Kin of the Bessel functions: spherical, Airy, Hankel, Struve, Kelvin and parabolic cylinder functions."""

import math
import warnings

import numpy

from ...core import Tensor
from ...core.promotion import from_array
from ..bessel_functions import airy_ai, airy_ai_slope, jv, kv, yv
from ..complex_numbers import complex
from ..elementwise import clamp, sqrt
from ..special import by_scipy, scipy_function
from ..trigonometric import cos, sin
from .declared import in_scipys_spelling, only_scipys, parts_of, unknown
from .gamma_kin import rgamma

# ------------------------------------------------------------------------------------------------ spherical


def _lower(n):
    """The degree below, 0 for degree 0, where it has no weight."""
    return clamp(n - 1, 0) if isinstance(n, Tensor) else max(n - 1, 0)


def _spherical(name: str, symbol: str, lower: float, upper: float, formula: str):
    """A spherical Bessel function: (2 n + 1) times its derivative is lower n times that of degree n - 1, plus upper
    (n + 1) times that of degree n + 1."""

    def slope(n, z):
        return (lower * n * operation(_lower(n), z) + upper * (n + 1) * operation(n + 1, z)) / (2 * n + 1)

    operation = only_scipys(
        f"{name}(n, z)", f"The spherical Bessel function {symbol} of degree n (DLMF 10.47), an integer.",
        ufunc=f"_{name}", whole=(0,),
        **unknown(name, "n", reason="it is an integer"),
        z=lambda t, n, z: t * slope(n, z),  # DLMF 10.51
    )  # fmt: skip

    @in_scipys_spelling(f"_{name}_d")
    def derivative(n, z):
        return slope(n, z)

    derivative.__doc__ = f"The derivative of {symbol} (DLMF {formula})."
    return operation


spherical_jn = _spherical("spherical_jn", "j_n", 1.0, -1.0, "10.51.1")
spherical_yn = _spherical("spherical_yn", "y_n", 1.0, -1.0, "10.51.1")
spherical_in = _spherical("spherical_in", "i_n", 1.0, 1.0, "10.51.4")
spherical_kn = _spherical("spherical_kn", "k_n", -1.0, -1.0, "10.51.4")

# ------------------------------------------------------------------------------------------------ Airy

airy_bi, airy_bi_slope = [
    only_scipys(
        signature, doc, ufunc=f"airy[{which}]",
        forward=lambda x, which=which: by_scipy(lambda x: scipy_function("airy")(x)[which], x),
        z=rule,
    )
    for which, signature, doc, rule in (
        (2, "airy_bi(z)", "The Airy function Bi (DLMF 9.2.3).", lambda t, z: t * airy_bi_slope(z)),
        (3, "airy_bi_slope(z)", "The derivative of Bi.", lambda t, z: t * z * airy_bi(z)),  # DLMF 9.2.1
    )
]


@in_scipys_spelling("airy")
def airy(z):
    """Ai, Ai', Bi and Bi'."""
    return airy_ai(z), airy_ai_slope(z), airy_bi(z), airy_bi_slope(z)


# Scaled by exp(2/3 z^(3/2)), Bi by its reciprocal; for negative z SciPy has none of Ai, and Bi as it is.


def _scaled(growing: float, this, partner, z):
    """The derivative of one of them: that of the function, scaled alike, and that of the scale."""
    return partner + growing * sqrt(clamp(z, 0.0)) * this


_SCALED_AI, _SCALED_AI_SLOPE, _SCALED_BI, _SCALED_BI_SLOPE = parts_of(
    "airye",
    ("scaled_airy_ai(z)", "Ai(z) exp(2/3 z^(3/2)).",
     {"z": lambda t, z, out: t * _scaled(1.0, out, _SCALED_AI_SLOPE(z), z)}),
    ("scaled_airy_ai_slope(z)", "Ai'(z) exp(2/3 z^(3/2)).",
     {"z": lambda t, z, out: t * _scaled(1.0, out, z * _SCALED_AI(z), z)}),
    ("scaled_airy_bi(z)", "Bi(z) exp(-2/3 z^(3/2)).",
     {"z": lambda t, z, out: t * _scaled(-1.0, out, _SCALED_BI_SLOPE(z), z)}),
    ("scaled_airy_bi_slope(z)", "Bi'(z) exp(-2/3 z^(3/2)).",
     {"z": lambda t, z, out: t * _scaled(-1.0, out, z * _SCALED_BI(z), z)}),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Hankel
# Of a real argument, whose sine and cosine scale them.


@in_scipys_spelling("hankel1")
def hankel1(v, z):
    """J_v(z) + i Y_v(z) (DLMF 10.4.3)."""
    return complex(jv(v, z), yv(v, z))


@in_scipys_spelling("hankel2")
def hankel2(v, z):
    """J_v(z) - i Y_v(z) (DLMF 10.4.3)."""
    return complex(jv(v, z), -yv(v, z))


@in_scipys_spelling("hankel1e")
def hankel1e(v, z):
    """exp(-i z) hankel1(v, z)."""
    return hankel1(v, z) * complex(cos(z), -sin(z))


@in_scipys_spelling("hankel2e")
def hankel2e(v, z):
    """exp(i z) hankel2(v, z)."""
    return hankel2(v, z) * complex(cos(z), sin(z))


# ------------------------------------------------------------------------------------------------ integer orders


def _whole_order(n):
    """The order without what stands behind the point, which SciPy's functions of integer order cut off and warn of."""
    given = n.detach().numpy() if isinstance(n, Tensor) else n
    whole = numpy.trunc(given)
    if (whole != given).any() if isinstance(whole, numpy.ndarray) else whole != given:
        warnings.warn("floating point number truncated to an integer", RuntimeWarning, stacklevel=2)
    return from_array(whole) if isinstance(n, Tensor) else whole


@in_scipys_spelling("yn")
def yn(n, x):
    """Y_n(x) (DLMF 10.2.3) of integer order; there is no derivative in it."""
    return yv(_whole_order(n), x)


@in_scipys_spelling("kn")
def kn(n, x):
    """K_n(x) (DLMF 10.25.3) of integer order; there is no derivative in it."""
    return kv(_whole_order(n), x)


# ------------------------------------------------------------------------------------------------ Struve


def _excess(v, x):
    if isinstance(v, Tensor):
        scale = rgamma(v + 1.5)
    else:
        # Operations take a number beside a tensor, never alone.
        import scipy.special

        scale = float(scipy.special.rgamma(v + 1.5))
    return (0.5 * x) ** v * scale / math.sqrt(math.pi)


struve = only_scipys(
    "struve(v, x)", "The Struve function H_v(x) (DLMF 11.2.1).",
    **unknown("struve", "v"),
    x=lambda t, v, x: t * 0.5 * (struve(v - 1.0, x) - struve(v + 1.0, x) + _excess(v, x)),  # DLMF 11.4.24
)  # fmt: skip
modstruve = only_scipys(
    "modstruve(v, x)", "The modified Struve function L_v(x) (DLMF 11.2.2).",
    **unknown("modstruve", "v"),
    x=lambda t, v, x: t * 0.5 * (modstruve(v - 1.0, x) + modstruve(v + 1.0, x) + _excess(v, x)),  # DLMF 11.4.26
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Kelvin
# ber + i bei and ker + i kei solve w'' + w' / x = i w (DLMF 10.61.3).

ber = only_scipys("ber(x)", "The Kelvin function ber (DLMF 10.61.1).", x=lambda t, x: t * berp(x))
bei = only_scipys("bei(x)", "The Kelvin function bei (DLMF 10.61.1).", x=lambda t, x: t * beip(x))
ker = only_scipys("ker(x)", "The Kelvin function ker (DLMF 10.61.2).", x=lambda t, x: t * kerp(x))
kei = only_scipys("kei(x)", "The Kelvin function kei (DLMF 10.61.2).", x=lambda t, x: t * keip(x))
berp = only_scipys("berp(x)", "The derivative of ber.", x=lambda t, x, out: t * (-bei(x) - out / x))
beip = only_scipys("beip(x)", "The derivative of bei.", x=lambda t, x, out: t * (ber(x) - out / x))
kerp = only_scipys("kerp(x)", "The derivative of ker.", x=lambda t, x, out: t * (-kei(x) - out / x))
keip = only_scipys("keip(x)", "The derivative of kei.", x=lambda t, x, out: t * (ker(x) - out / x))


@in_scipys_spelling("kelvin")
def kelvin(x):
    """ber + i bei, ker + i kei, and the derivatives of both."""
    return complex(ber(x), bei(x)), complex(ker(x), kei(x)), complex(berp(x), beip(x)), complex(kerp(x), keip(x))


# ------------------------------------------------------------------------------------------------ parabolic cylinder

_D, _D_SLOPE = parts_of(
    "pbdv",
    ("parabolic_d(v, x)", "The parabolic cylinder function D_v(x) (DLMF 12.1).",
     unknown("pbdv", "v") | {"x": lambda t, v, x: t * _D_SLOPE(v, x)}),
    ("parabolic_d_slope(v, x)", "The derivative of D_v(x).",
     unknown("pbdv", "v") | {"x": lambda t, v, x: t * (0.25 * x * x - v - 0.5) * _D(v, x)}),  # DLMF 12.2.4
)  # fmt: skip
_V, _V_SLOPE = parts_of(
    "pbvv",
    ("parabolic_v(v, x)", "The parabolic cylinder function V_v(x) (DLMF 12.1).",
     unknown("pbvv", "v") | {"x": lambda t, v, x: t * _V_SLOPE(v, x)}),
    ("parabolic_v_slope(v, x)", "The derivative of V_v(x).",
     unknown("pbvv", "v") | {"x": lambda t, v, x: t * (0.25 * x * x - v - 0.5) * _V(v, x)}),
)  # fmt: skip
_W, _W_SLOPE = parts_of(
    "pbwa",
    ("parabolic_w(a, x)", "The parabolic cylinder function W(a, x) (DLMF 12.14).",
     unknown("pbwa", "a") | {"x": lambda t, a, x: t * _W_SLOPE(a, x)}),
    ("parabolic_w_slope(a, x)", "The derivative of W(a, x).",
     unknown("pbwa", "a") | {"x": lambda t, a, x: t * (a - 0.25 * x * x) * _W(a, x)}),  # DLMF 12.2.3
)  # fmt: skip
