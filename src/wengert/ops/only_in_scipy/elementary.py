"""Elementary functions that SciPy has as ufuncs: power transforms, degrees, quotients of exponentials; Lambert's W.

They have no names of PyTorch's; see `only_scipys`. Formulas with a number are those of the NIST Digital Library of
Mathematical Functions (DLMF, https://dlmf.nist.gov).
"""

import math

import numpy

from ...core import dtypes
from ...core.promotion import from_array
from ..declaration import elementwise
from ..elementwise import eq, exp, log, log1p, where
from ..special import by_scipy, number_like, scipy_function
from .declared import in_scipys_spelling, only_scipys
from .hypergeometric import exponential_moment, logarithm_moment

DEGREE = math.pi / 180.0

# ------------------------------------------------------------------------------------------------ power transforms
# Box and Cox, "An analysis of transformations", J. Royal Statistical Society B 26 (1964), equation 1.


def power_slope(logarithm, lmbda):
    """The derivative of (exp(l u) - 1) / l in l: u^2 times the first moment at l u, which does not cancel near 0."""
    infinite = eq(logarithm, -math.inf)
    u, order = where(infinite, 0.0, logarithm), where(infinite, lmbda, 1.0)
    return where(infinite, 1.0 / (order * order), u * u * exponential_moment(lmbda * u, 1))


boxcox = only_scipys(
    "boxcox(x, lmbda)", "(x^lmbda - 1) / lmbda, and log(x) where lmbda is 0.",
    x=lambda t, x, lmbda: t * x ** (lmbda - 1.0),
    lmbda=lambda t, x, lmbda: t * power_slope(log(number_like(x, t)), lmbda),
)  # fmt: skip
boxcox1p = only_scipys(
    "boxcox1p(x, lmbda)", "((1 + x)^lmbda - 1) / lmbda, and log1p(x) where lmbda is 0.",
    x=lambda t, x, lmbda: t * exp((lmbda - 1.0) * log1p(number_like(x, t))),
    lmbda=lambda t, x, lmbda: t * power_slope(log1p(number_like(x, t)), lmbda),
)  # fmt: skip


def _root_slope(y, lmbda):
    """The derivative of log1p(l y) / l = y g(l y), g(u) = log1p(u) / u, in l."""
    return -y * y * logarithm_moment(lmbda * y, 1)


inv_boxcox = only_scipys(
    "inv_boxcox(y, lmbda)", "(1 + lmbda y)^(1 / lmbda), and exp(y) where lmbda is 0: the inverse of `boxcox`.",
    y=lambda t, lmbda, out: t * out ** (1.0 - lmbda),
    lmbda=lambda t, y, lmbda, out: t * out * _root_slope(y, lmbda),
)  # fmt: skip
inv_boxcox1p = only_scipys(
    "inv_boxcox1p(y, lmbda)", "(1 + lmbda y)^(1 / lmbda) - 1, and expm1(y) where lmbda is 0.",
    y=lambda t, lmbda, out: t * exp((1.0 - lmbda) * log1p(out)),
    lmbda=lambda t, y, lmbda, out: t * (1.0 + out) * _root_slope(y, lmbda),
)  # fmt: skip
powm1 = only_scipys(
    "powm1(x, y)", "x^y - 1, exact where that is near 0.",
    x=lambda t, x, y: t * y * x ** (y - 1.0),
    y=lambda t, x, out: t * (out + 1.0) * log(number_like(x, t)),
)  # fmt: skip
exprel = only_scipys(
    "exprel(x)", "(exp(x) - 1) / x, and 1 at 0.",
    x=lambda t, x: t * exponential_moment(x, 1),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ degrees

sindg = only_scipys("sindg(x)", "The sine of an angle in degrees.", x=lambda t, x: t * DEGREE * cosdg(x))
cosdg = only_scipys("cosdg(x)", "The cosine of an angle in degrees.", x=lambda t, x: t * -DEGREE * sindg(x))
tandg = only_scipys("tandg(x)", "The tangent of an angle in degrees.", x=lambda t, out: t * DEGREE * (1.0 + out * out))
cotdg = only_scipys(
    "cotdg(x)", "The cotangent of an angle in degrees.",
    x=lambda t, out: t * -DEGREE * (1.0 + out * out),
)  # fmt: skip
radian = only_scipys(
    "radian(d, m, s)", "An angle of d degrees, m minutes and s seconds, in radians.",
    d=lambda t: t * DEGREE,
    m=lambda t: t * (DEGREE / 60.0),
    s=lambda t: t * (DEGREE / 3600.0),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Lambert's W

wrightomega = only_scipys(
    "wrightomega(z)", "The solution w of w + log(w) = z (Corless and Jeffrey, \"The Wright omega function\", 2002).",
    z=lambda t, out: t * out / (1.0 + out),
)  # fmt: skip


def _lambert(z, k):
    # SciPy's ufunc takes a tolerance, and has loops for complex numbers alone.
    return by_scipy(lambda z: scipy_function("_lambertw")(z, k, 1e-8), z)


lambert = elementwise(
    "lambert(z, k)", forward=_lambert, public=False, method=False, in_place=False,
    z=lambda t, out: t * exp(-out) / (1.0 + out),  # DLMF 4.13.4
    doc="Branch k of Lambert's W, the solution of w exp(w) = z (DLMF 4.13.1), for complex z.",
)  # fmt: skip


@in_scipys_spelling("_lambertw")
def lambertw(z, k=0, tol=1e-8):
    """Branch k, one for all elements, of Lambert's W: what `scipy.special.lambertw` calls."""
    # SciPy's function makes an array of the branch.
    return lambert(as_complex(z), int(k.item() if hasattr(k, "item") else k))


def as_complex(z):
    """z as a complex tensor of the precision that it has."""
    if not hasattr(z, "dtype") or isinstance(z, numpy.generic):
        z = from_array(numpy.asarray(z))
    if z.dtype.is_complex:
        return z
    wide = z.dtype is dtypes.float64 or (not z.dtype.is_floating_point and dtypes.get_default_dtype() is dtypes.float64)
    return z.to(dtypes.complex128 if wide else dtypes.complex64)


faddeeva = elementwise(
    "faddeeva(z)", forward=lambda z: by_scipy(scipy_function("wofz"), z), public=False, method=False, in_place=False,
    z=lambda t, z, out: t * (2j / math.sqrt(math.pi) - 2.0 * z * out),  # DLMF 7.10.2
    doc="The Faddeeva function exp(-z^2) erfc(-i z) (DLMF 7.2.3), for complex z.",
)  # fmt: skip


@in_scipys_spelling("wofz")
def wofz(z):
    """The Faddeeva function; its result is complex, as SciPy's is, for real z too."""
    return faddeeva(as_complex(z))


def _profile(x, sigma, gamma, like):
    """The Faddeeva function at z = (x + i gamma) / (sigma sqrt(2)), its derivative there, and z."""
    x, sigma, gamma = [number_like(v, like) for v in (x, sigma, gamma)]
    z = (as_complex(x) + 1j * gamma) / (sigma * math.sqrt(2.0))
    w = faddeeva(z)
    return w, 2j / math.sqrt(math.pi) - 2.0 * z * w, z, sigma


def _profile_slope(x, sigma, gamma, like, which: str):
    w, slope, z, sigma = _profile(x, sigma, gamma, like)
    if which == "sigma":
        return -(w + z * slope).real / (sigma * sigma * math.sqrt(2.0 * math.pi))
    return (slope if which == "x" else 1j * slope).real / (2.0 * math.sqrt(math.pi) * sigma * sigma)


voigt_profile = only_scipys(
    "voigt_profile(x, sigma, gamma)", "The density of the sum of a normal and a Cauchy variable (DLMF 7.19.1).",
    x=lambda t, x, sigma, gamma: t * _profile_slope(x, sigma, gamma, t, "x"),
    sigma=lambda t, x, sigma, gamma: t * _profile_slope(x, sigma, gamma, t, "sigma"),
    gamma=lambda t, x, sigma, gamma: t * _profile_slope(x, sigma, gamma, t, "gamma"),
)  # fmt: skip
