"""Kin of the gamma function: its reciprocal and logarithm, quotients of it, inverses of the incomplete ones, zeta."""

import math

from ..elementwise import le, log, where
from ..gamma_functions import beta_density, digamma, digamma_of, gamma, gamma_density
from ..gamma_path import gamma_slope
from ..trigonometric import cos, sin
from .declared import only_scipys, unknown

loggamma = only_scipys(
    "loggamma(z)", "The logarithm of the gamma function of a positive number; NaN of a negative one, where it is "
    "complex.",
    z=lambda t, z: t * digamma(z),  # DLMF 5.2.2
)  # fmt: skip
gammasgn = only_scipys("gammasgn(x)", "The sign of the gamma function.", x=lambda t: None)


def _reciprocal_slope(z, out):
    # By reflection (DLMF 5.5.3) 1 / gamma(z) is sin(pi z) gamma(1 - z) / pi, which has no pole times zero at 0, -1, ...
    left = le(z, 0.5)
    other = 1.0 - where(left, z, 0.0)
    right = where(left, 1.0, z)
    reflected = gamma(other) * (cos(math.pi * z) - sin(math.pi * z) / math.pi * digamma(other))
    return where(left, reflected, -rgamma(right) * digamma(right))


rgamma = only_scipys(
    "rgamma(z)", "1 / gamma(z), and 0 at 0, -1, -2, ...",
    z=lambda t, z, out: t * _reciprocal_slope(z, out),
)  # fmt: skip
poch = only_scipys(
    "poch(z, m)", "Pochhammer's symbol, gamma(z + m) / gamma(z) (DLMF 5.2.5).",
    z=lambda t, z, m: t * poch(z, m) * (digamma_of(z + m, t) - digamma_of(z, t)),
    m=lambda t, z, m: t * poch(z, m) * digamma_of(z + m, t),
)  # fmt: skip
binom = only_scipys(
    "binom(n, k)", "The binomial coefficient gamma(n + 1) / (gamma(k + 1) gamma(n - k + 1)) (DLMF 1.2.6).",
    n=lambda t, n, k: t * binom(n, k) * (digamma_of(n + 1.0, t) - digamma_of(n - k + 1.0, t)),
    k=lambda t, n, k: t * binom(n, k) * (digamma_of(n - k + 1.0, t) - digamma_of(k + 1.0, t)),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ incomplete ones

betaincc = only_scipys(
    "betaincc(a, b, x)", "1 - I_x(a, b) of the regularized incomplete beta function (DLMF 8.17.4).",
    **unknown("betaincc", "a", "b"),
    x=lambda t, a, b, x: -t * beta_density(a, b, x, t),
)  # fmt: skip
betaincinv = only_scipys(
    "betaincinv(a, b, y)", "The x at which I_x(a, b) is y.",
    **unknown("betaincinv", "a", "b"),
    y=lambda t, a, b, out: t / beta_density(a, b, out, t),
)  # fmt: skip
betainccinv = only_scipys(
    "betainccinv(a, b, y)", "The x at which 1 - I_x(a, b) is y.",
    **unknown("betainccinv", "a", "b"),
    y=lambda t, a, b, out: -t / beta_density(a, b, out, t),
)  # fmt: skip


def order_path(a, x):
    """How the x at which P(a, x) has a given value moves with a."""
    return x * gamma_slope(a, log(x))


gammaincinv = only_scipys(
    "gammaincinv(a, y)", "The x at which P(a, x), the regularized lower incomplete gamma function, is y.",
    a=lambda t, a, out: t * order_path(a, out),
    y=lambda t, a, out: t / gamma_density(a, out, t),
)  # fmt: skip
gammainccinv = only_scipys(
    "gammainccinv(a, y)", "The x at which Q(a, x), the regularized upper incomplete gamma function, is y.",
    a=lambda t, a, out: t * order_path(a, out),
    y=lambda t, a, out: -t / gamma_density(a, out, t),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ zeta

riemann_zeta = only_scipys(
    "riemann_zeta(s)", "Riemann's zeta function (DLMF 25.2.1).", ufunc="_riemann_zeta",
    **unknown("zeta", "s"),
)  # fmt: skip
zetac = only_scipys("zetac(s)", "zeta(s) - 1.", **unknown("zetac", "s"))
