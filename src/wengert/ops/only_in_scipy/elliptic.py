"""Elliptic integrals, complete, incomplete and Carlson's symmetric ones; Jacobi's functions; the arithmetic-geometric
mean.

Derivatives are symmetric integrals (DLMF 19.18.1, 19.25): unlike the differences of complete and incomplete ones, those
have no quotients 0 / 0 where the parameter m is 0. SciPy has the first of them, R_D; its derivatives are integrals of
the same family, which `symmetric` computes.
"""

import math

import numpy

from ..elementwise import abs, mul, sqrt
from ..rounding import round
from ..special import by_scipy, number_like
from ..trigonometric import cos, sin
from .declared import only_scipys, parts_of, scipys_elementwise

# ------------------------------------------------------------------------------------------------ symmetric ones

STEP = 0.4
# What is left out at either end is below exp(-40) of the whole.
NEGLIGIBLE = 40.0


def _symmetric(x, y, z, p, exponents):
    return by_scipy(lambda *wide: _trapezoids(wide, *exponents), x, y, z, p)


def _trapezoids(operands, power, *halves):
    """The integral by the trapezoidal rule in log(s).

    The integrand is analytic in a strip of width 2 pi around the axis and decays exponentially, so that the error falls
    as exp(-2 pi^2 / step), 1e-21 here (Trefethen and Weideman, "The exponentially convergent trapezoidal rule", SIAM
    Review 56, 2014). Some 400 evaluations for each element.
    """
    dtype = operands[0].dtype
    operands = numpy.broadcast_arrays(*[x.astype(numpy.float64) for x in operands])
    used = [(x, half) for x, half in zip(operands, halves, strict=True) if half]
    out = numpy.zeros(operands[0].shape)
    positive = [x[(x > 0) & (x < numpy.inf)] for x, _ in used]
    sizes = numpy.concatenate([x.ravel() for x in positive])
    if not sizes.size:
        return numpy.full(out.shape, numpy.nan, dtype)
    # The rate at which the integrand falls towards 0, element by element, and towards infinity.
    falls = power + 1.0 - sum([half / 2.0 * (x == 0) for x, half in used])
    tail = sum(half for _, half in used) / 2.0 - power - 1.0
    slowest = falls[falls > 0].min(initial=1.0)
    start = math.log(sizes.min()) - NEGLIGIBLE / slowest
    end = math.log(sizes.max()) + NEGLIGIBLE / tail
    with numpy.errstate(all="ignore"):
        for s in numpy.arange(start, end, STEP):
            logarithm = (power + 1.0) * s
            for x, half in used:
                logarithm = logarithm - half / 2.0 * numpy.log(math.exp(s) + x)
            out += numpy.exp(logarithm)
    return numpy.where(falls > 0, STEP * out, numpy.inf).astype(dtype)


def _falling(place: int):
    """The rule of an operand: its exponent comes down, and is one less."""

    def rule(t, x, y, z, p, exponents):
        half = exponents[place]
        if not half:
            return None
        further = tuple([e + 2 * (i == place) for i, e in enumerate(exponents)])
        return t * (-0.5 * half) * symmetric(x, y, z, p, further)

    return rule


symmetric = scipys_elementwise(
    "symmetric(x, y, z, p, exponents)", "The integral of s^k (s+x)^(-a/2) (s+y)^(-b/2) (s+z)^(-c/2) (s+p)^(-d/2) over "
    "s from 0 to infinity, for non-negative numbers and exponents (k, a, b, c, d).", _symmetric,
    x=_falling(1), y=_falling(2), z=_falling(3), p=_falling(4),
)  # fmt: skip

elliprf = only_scipys(
    "elliprf(x, y, z)", "Carlson's symmetric elliptic integral of the first kind R_F (DLMF 19.16.1).",
    x=lambda t, x, y, z: t * (-1.0 / 6.0) * elliprd(y, z, x),  # DLMF 19.18.1
    y=lambda t, x, y, z: t * (-1.0 / 6.0) * elliprd(z, x, y),
    z=lambda t, x, y, z: t * (-1.0 / 6.0) * elliprd(x, y, z),
)  # fmt: skip
elliprd = only_scipys(
    "elliprd(x, y, z)", "Carlson's degenerate elliptic integral R_D, symmetric in x and y (DLMF 19.16.5).",
    x=lambda t, x, y, z: t * -0.75 * symmetric(x, y, z, 1.0, (0, 3, 1, 3, 0)),
    y=lambda t, x, y, z: t * -0.75 * symmetric(x, y, z, 1.0, (0, 1, 3, 3, 0)),
    z=lambda t, x, y, z: t * -2.25 * symmetric(x, y, z, 1.0, (0, 1, 1, 5, 0)),
)  # fmt: skip
elliprg = only_scipys(
    "elliprg(x, y, z)", "Carlson's symmetric elliptic integral of the second kind R_G (DLMF 19.16.3).",
    x=lambda t, x, y, z: t * 0.125 * symmetric(x, y, z, 1.0, (1, 3, 1, 1, 0)),  # DLMF 19.16.9, 19.18.4
    y=lambda t, x, y, z: t * 0.125 * symmetric(x, y, z, 1.0, (1, 1, 3, 1, 0)),
    z=lambda t, x, y, z: t * 0.125 * symmetric(x, y, z, 1.0, (1, 1, 1, 3, 0)),
)  # fmt: skip
elliprj = only_scipys(
    "elliprj(x, y, z, p)", "Carlson's symmetric elliptic integral of the third kind R_J (DLMF 19.16.2). Its "
    "derivatives are those for positive p; NaN for a principal value.",
    x=lambda t, x, y, z, p: t * -0.75 * symmetric(x, y, z, p, (0, 3, 1, 1, 2)),
    y=lambda t, x, y, z, p: t * -0.75 * symmetric(x, y, z, p, (0, 1, 3, 1, 2)),
    z=lambda t, x, y, z, p: t * -0.75 * symmetric(x, y, z, p, (0, 1, 1, 3, 2)),
    p=lambda t, x, y, z, p: t * -1.5 * symmetric(x, y, z, p, (0, 1, 1, 1, 4)),
)  # fmt: skip
elliprc = only_scipys(
    "elliprc(x, y)", "Carlson's degenerate elliptic integral R_C, an elementary function (DLMF 19.2.17). Its "
    "derivatives are those for positive y; NaN for a principal value.",
    x=lambda t, x, y: t * -0.25 * symmetric(x, y, 1.0, 1.0, (0, 3, 2, 0, 0)),
    y=lambda t, x, y: t * -0.5 * symmetric(x, y, 1.0, 1.0, (0, 1, 4, 0, 0)),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Legendre's

# dK/dm and dE/dm at m = 1 - q, of K = R_F(0, q, 1) and E (DLMF 19.25.1).


def _k_slope(q):
    return elliprd(0.0, 1.0, q) / 6.0


def _e_slope(q):
    return elliprd(0.0, q, 1.0) / -6.0


ellipk = only_scipys(
    "ellipk(m)", "The complete elliptic integral of the first kind of the parameter m = k^2 (DLMF 19.2.8).",
    m=lambda t, m: t * _k_slope(1.0 - m),
)  # fmt: skip
ellipkm1 = only_scipys("ellipkm1(p)", "ellipk(1 - p), exact for small p.", p=lambda t, p: -t * _k_slope(p))
ellipe = only_scipys(
    "ellipe(m)", "The complete elliptic integral of the second kind of the parameter m = k^2 (DLMF 19.2.8).",
    m=lambda t, m: t * _e_slope(1.0 - m),
)  # fmt: skip


def _reduced(phi, m, like):
    """Half periods k in phi and, of the rest r: sin(r), cos(r)^2 and 1 - m sin(r)^2."""
    phi = number_like(phi, like)
    k = round(phi / math.pi)
    rest = phi - math.pi * k
    sine, cosine = sin(rest), cos(rest)
    return k, sine, cosine * cosine, 1.0 - m * sine * sine


def _f_slope(phi, m, like):
    """The derivative of F(phi, m) = sin R_F(cos^2, 1 - m sin^2, 1) (DLMF 19.25.5) in m."""
    k, sine, c, q = _reduced(phi, m, like)
    return sine**3 / 6.0 * elliprd(c, 1.0, q) + 2.0 * k * _k_slope(1.0 - number_like(m, like))


def _incomplete_e_slope(phi, m, like):
    """(E - F) / (2 m), the derivative of E(phi, m) in m, by DLMF 19.25.9."""
    k, sine, c, q = _reduced(phi, m, like)
    return sine**3 / -6.0 * elliprd(c, q, 1.0) + 2.0 * k * _e_slope(1.0 - number_like(m, like))


def _root(phi, m, like):
    sine = sin(number_like(phi, like))
    return sqrt(1.0 - m * sine * sine)


ellipkinc = only_scipys(
    "ellipkinc(phi, m)", "The incomplete elliptic integral of the first kind F of the parameter m = k^2 (DLMF 19.2.4).",
    phi=lambda t, phi, m: t / _root(phi, m, t),
    m=lambda t, phi, m: t * _f_slope(phi, m, t),
)  # fmt: skip
ellipeinc = only_scipys(
    "ellipeinc(phi, m)", "The incomplete elliptic integral of the second kind E of the parameter m = k^2 (DLMF "
    "19.2.5).",
    phi=lambda t, phi, m: t * _root(phi, m, t),
    m=lambda t, phi, m: t * _incomplete_e_slope(phi, m, t),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Jacobi's functions
# At a fixed u = F(am, m) the amplitude moves with m by -dn F_m(am, m); the others are functions of it (DLMF 22.16).


def _amplitude_slope(u, m, like):
    return -_dn(u, m) * _f_slope(_am(u, m), m, like)


_sn, _cn, _dn, _am = parts_of(
    "ellipj",
    ("jacobi_sn(u, m)", "Jacobi's elliptic function sn of the parameter m = k^2 (DLMF 22.2.4).",
     {"u": lambda t, u, m: t * _cn(u, m) * _dn(u, m),  # DLMF 22.13, Table 22.13.1
      "m": lambda t, u, m: t * _cn(u, m) * _amplitude_slope(u, m, t)}),
    ("jacobi_cn(u, m)", "Jacobi's elliptic function cn of the parameter m = k^2 (DLMF 22.2.5).",
     {"u": lambda t, u, m: -t * _sn(u, m) * _dn(u, m),
      "m": lambda t, u, m: -t * _sn(u, m) * _amplitude_slope(u, m, t)}),
    ("jacobi_dn(u, m)", "Jacobi's elliptic function dn of the parameter m = k^2 (DLMF 22.2.6).",
     {"u": lambda t, u, m: -t * m * _sn(u, m) * _cn(u, m),
      "m": lambda t, u, m, out: t * -0.5 * _sn(u, m)
      * (_sn(u, m) + 2.0 * m * _cn(u, m) * _amplitude_slope(u, m, t)) / out}),
    ("jacobi_am(u, m)", "Jacobi's amplitude of the parameter m = k^2 (DLMF 22.16.1).",
     {"u": lambda t, u, m: t * _dn(u, m), "m": lambda t, u, m: t * _amplitude_slope(u, m, t)}),
)  # fmt: skip


def _mean_slope(a, b, out, like):
    """agm(a, b) is pi / 2 / R_F(0, a^2, b^2) (DLMF 19.20.1 with 19.8.5)."""
    a, b = number_like(a, like), number_like(b, like)
    return mul(out * out, abs(a)) * (2.0 / (3.0 * math.pi)) * elliprd(0.0, b * b, a * a)


agm = only_scipys(
    "agm(a, b)", "The arithmetic-geometric mean of two numbers of one sign (DLMF 19.8.1).",
    a=lambda t, a, b, out: t * _mean_slope(a, b, out, t),
    b=lambda t, a, b, out: t * _mean_slope(b, a, out, t),
)  # fmt: skip
