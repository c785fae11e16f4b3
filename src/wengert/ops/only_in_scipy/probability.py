"""Distribution functions and their inverses: the derivative in the variable is the density.

The derivative of an inverse is the reciprocal of the density at the result. That in the order of a gamma distribution
is known, see gamma_path.py; those in other parameters that shape a distribution have no closed form.
"""

import math

from ..elementwise import eq, exp, gt, log, log1p, logical_or, lt, where
from ..gamma_functions import betaln, gamma_density, log_power, order_slope
from ..rounding import floor
from ..special import erf, ndtri, number_like
from .declared import only_scipys, unknown
from .elementary import power_slope
from .gamma_kin import order_path

# ------------------------------------------------------------------------------------------------ gamma, chi-square

gdtr = only_scipys(
    "gdtr(a, b, x)", "The distribution function of a gamma distribution of rate a and shape b.",
    a=lambda t, a, b, x: t * x * gamma_density(b, a * x, t),
    b=lambda t, a, b, x: t * order_slope(b, a * x, t),
    x=lambda t, a, b, x: t * a * gamma_density(b, a * x, t),
)  # fmt: skip
gdtrc = only_scipys(
    "gdtrc(a, b, x)", "1 - gdtr(a, b, x).",
    a=lambda t, a, b, x: -t * x * gamma_density(b, a * x, t),
    b=lambda t, a, b, x: -t * order_slope(b, a * x, t),
    x=lambda t, a, b, x: -t * a * gamma_density(b, a * x, t),
)  # fmt: skip
gdtrix = only_scipys(
    "gdtrix(a, b, p)", "The x at which gdtr(a, b, x) is p.",
    a=lambda t, a, out: -t * out / a,
    b=lambda t, a, b, out: t * order_path(b, a * out) / a,
    p=lambda t, a, b, out: t / (a * gamma_density(b, a * out, t)),
)  # fmt: skip
gdtria = only_scipys(
    "gdtria(p, b, x)", "The rate a at which gdtr(a, b, x) is p.",
    p=lambda t, b, x, out: t / (x * gamma_density(b, out * x, t)),
    b=lambda t, b, x, out: t * order_path(b, out * x) / x,
    x=lambda t, x, out: -t * out / x,
)  # fmt: skip
gdtrib = only_scipys(
    "gdtrib(a, p, x)", "The shape b at which gdtr(a, b, x) is p.",
    a=lambda t, a, x, out: -t * x * gamma_density(out, a * x, t) / order_slope(out, a * x, t),
    p=lambda t, a, x, out: t / order_slope(out, a * x, t),
    x=lambda t, a, x, out: -t * a * gamma_density(out, a * x, t) / order_slope(out, a * x, t),
)  # fmt: skip
chdtr = only_scipys(
    "chdtr(v, x)", "The distribution function of a chi-square distribution of v degrees of freedom.",
    v=lambda t, v, x: t * 0.5 * order_slope(0.5 * v, 0.5 * x, t),
    x=lambda t, v, x: t * 0.5 * gamma_density(0.5 * v, 0.5 * x, t),
)  # fmt: skip
chdtrc = only_scipys(
    "chdtrc(v, x)", "1 - chdtr(v, x).",
    v=lambda t, v, x: t * -0.5 * order_slope(0.5 * v, 0.5 * x, t),
    x=lambda t, v, x: t * -0.5 * gamma_density(0.5 * v, 0.5 * x, t),
)  # fmt: skip
chdtri = only_scipys(
    "chdtri(v, p)", "The x at which chdtrc(v, x) is p.",
    v=lambda t, v, out: t * order_path(0.5 * v, 0.5 * out),
    p=lambda t, v, out: t * -2.0 / gamma_density(0.5 * v, 0.5 * out, t),
)  # fmt: skip
chdtriv = only_scipys(
    "chdtriv(p, x)", "The degrees of freedom v at which chdtr(v, x) is p.",
    p=lambda t, x, out: t * 2.0 / order_slope(0.5 * out, 0.5 * x, t),
    x=lambda t, x, out: -t * gamma_density(0.5 * out, 0.5 * x, t) / order_slope(0.5 * out, 0.5 * x, t),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ noncentral
# The density f_v of the noncentral chi-square distribution moves by d/dc f_v = (f_(v+2) - f_v) / 2 and d/dx f_v =
# (f_(v-2) - f_v) / 2, and x f_(v-2) = (v - 2) f_v + c f_(v+2), which is a recurrence of the Bessel function in it
# (Johnson, Kotz and Balakrishnan, "Continuous univariate distributions 2", chapter 29; DLMF 10.29.1).


def _density_slope(x, v, c, out):
    return 0.5 * (((v - 2.0) * out + c * noncentral_density(x, v + 2.0, c)) / x - out)


noncentral_density = only_scipys(
    "noncentral_density(x, v, c)", "The density of the noncentral chi-square distribution.", ufunc="_ncx2_pdf",
    **unknown("noncentral_density", "v"),
    x=lambda t, x, v, c, out: t * _density_slope(x, v, c, out),
    c=lambda t, x, v, c, out: t * 0.5 * (noncentral_density(x, v + 2.0, c) - out),
)  # fmt: skip


def _noncentral_slope(x, df, nc):
    return 0.5 * (chndtr(x, df + 2.0, nc) - chndtr(x, df, nc))


chndtr = only_scipys(
    "chndtr(x, df, nc)", "The distribution function of the noncentral chi-square distribution.",
    **unknown("chndtr", "df"),
    x=lambda t, x, df, nc: t * noncentral_density(x, df, nc),
    nc=lambda t, x, df, nc: t * _noncentral_slope(x, df, nc),
)  # fmt: skip
chndtrix = only_scipys(
    "chndtrix(p, df, nc)", "The x at which chndtr(x, df, nc) is p.",
    **unknown("chndtrix", "df"),
    p=lambda t, df, nc, out: t / noncentral_density(out, df, nc),
    nc=lambda t, df, nc, out: -t * _noncentral_slope(out, df, nc) / noncentral_density(out, df, nc),
)  # fmt: skip
chndtrinc = only_scipys(
    "chndtrinc(x, df, p)", "The noncentrality nc at which chndtr(x, df, nc) is p.",
    **unknown("chndtrinc", "df"),
    x=lambda t, x, df, out: -t * noncentral_density(x, df, out) / _noncentral_slope(x, df, out),
    p=lambda t, x, df, out: t / _noncentral_slope(x, df, out),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ counts
# A sum of probabilities up to k is an incomplete gamma or beta function (DLMF 8.4.10, 8.17.5); k is rounded down.


def _whole(k, like):
    return floor(number_like(k, like))


pdtr = only_scipys(
    "pdtr(k, m)", "The probability of at most k events of a Poisson distribution of mean m.",
    k=lambda t: None,
    m=lambda t, k, m: -t * gamma_density(_whole(k, t) + 1.0, m, t),
)  # fmt: skip
pdtrc = only_scipys(
    "pdtrc(k, m)", "1 - pdtr(k, m).",
    k=lambda t: None,
    m=lambda t, k, m: t * gamma_density(_whole(k, t) + 1.0, m, t),
)  # fmt: skip
pdtri = only_scipys(
    "pdtri(k, y)", "The mean m at which pdtr(k, m) is y.", whole=(0,),
    k=lambda t: None,
    y=lambda t, k, out: -t / gamma_density(_whole(k, t) + 1.0, out, t),
)  # fmt: skip
pdtrik = only_scipys(
    "pdtrik(p, m)", "The k, no integer, at which Q(k + 1, m) is p.",
    # Where no k is small enough the result is held at 0, and does not move.
    p=lambda t, m, out: where(gt(out, 0.0), -t / order_slope(out + 1.0, m, t), 0.0),
    m=lambda t, m, out: where(gt(out, 0.0), -t * gamma_density(out + 1.0, m, t) / order_slope(out + 1.0, m, t), 0.0),
)  # fmt: skip


def _power_density(first, p, second, a, b, like):
    """p^first (1 - p)^second / B(a, b)."""
    p = number_like(p, like)
    return exp(log_power(first, p) + log_power(second, -p, log1p) - betaln(a, b))


def _binomial(k, n, p, like):
    k, n = _whole(k, like), number_like(n, like)
    return _power_density(k, p, n - k - 1.0, n - k, k + 1.0, like)


def _negative_binomial(k, n, p, like):
    k, n = _whole(k, like), number_like(n, like)
    return _power_density(n - 1.0, p, k, n, k + 1.0, like)


bdtr = only_scipys(
    "bdtr(k, n, p)", "The probability of at most k successes in n trials, each of probability p.",
    whole=(1,),
    k=lambda t: None,
    **unknown("bdtr", "n", reason="it is a count"),
    p=lambda t, k, n, p: -t * _binomial(k, n, p, t),
)  # fmt: skip
bdtrc = only_scipys(
    "bdtrc(k, n, p)", "1 - bdtr(k, n, p).",
    whole=(1,),
    k=lambda t: None,
    **unknown("bdtrc", "n", reason="it is a count"),
    p=lambda t, k, n, p: t * _binomial(k, n, p, t),
)  # fmt: skip
bdtri = only_scipys(
    "bdtri(k, n, y)", "The p at which bdtr(k, n, p) is y.",
    whole=(1,),
    k=lambda t: None,
    **unknown("bdtri", "n", reason="it is a count"),
    y=lambda t, k, n, out: -t / _binomial(k, n, out, t),
)  # fmt: skip
nbdtr = only_scipys(
    "nbdtr(k, n, p)", "The probability of at most k failures before the n-th success.",
    k=lambda t: None,
    **unknown("nbdtr", "n", reason="it is a count"),
    p=lambda t, k, n, p: t * _negative_binomial(k, n, p, t),
)  # fmt: skip
nbdtrc = only_scipys(
    "nbdtrc(k, n, p)", "1 - nbdtr(k, n, p).",
    k=lambda t: None,
    **unknown("nbdtrc", "n", reason="it is a count"),
    p=lambda t, k, n, p: -t * _negative_binomial(k, n, p, t),
)  # fmt: skip
nbdtri = only_scipys(
    "nbdtri(k, n, y)", "The p at which nbdtr(k, n, p) is y.",
    k=lambda t: None,
    **unknown("nbdtri", "n", reason="it is a count"),
    y=lambda t, k, n, out: t / _negative_binomial(k, n, out, t),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Student, Fisher


def _student(df, x, like):
    df, x = number_like(df, like), number_like(x, like)
    return exp(-0.5 * (df + 1.0) * log1p(x * x / df) - betaln(0.5 * df, 0.5)) / df**0.5


stdtr = only_scipys(
    "stdtr(df, x)", "The distribution function of Student's distribution of df degrees of freedom.",
    **unknown("stdtr", "df"),
    x=lambda t, df, x: t * _student(df, x, t),
)  # fmt: skip
stdtrit = only_scipys(
    "stdtrit(df, p)", "The x at which stdtr(df, x) is p.",
    **unknown("stdtrit", "df"),
    p=lambda t, df, out: t / _student(df, out, t),
)  # fmt: skip


def _fisher(dfn, dfd, x, like):
    dfn, dfd, x = [number_like(v, like) for v in (dfn, dfd, x)]
    a, b, quotient = 0.5 * dfn, 0.5 * dfd, dfn / dfd
    return exp(log_power(a - 1.0, x) + a * log(quotient) - (a + b) * log1p(quotient * x) - betaln(a, b))


fdtr = only_scipys(
    "fdtr(dfn, dfd, x)", "The distribution function of the F distribution.",
    **unknown("fdtr", "dfn", "dfd"),
    x=lambda t, dfn, dfd, x: t * _fisher(dfn, dfd, x, t),
)  # fmt: skip
fdtrc = only_scipys(
    "fdtrc(dfn, dfd, x)", "1 - fdtr(dfn, dfd, x).",
    **unknown("fdtrc", "dfn", "dfd"),
    x=lambda t, dfn, dfd, x: -t * _fisher(dfn, dfd, x, t),
)  # fmt: skip
fdtri = only_scipys(
    "fdtri(dfn, dfd, p)", "The x at which fdtr(dfn, dfd, x) is p.",
    **unknown("fdtri", "dfn", "dfd"),
    p=lambda t, dfn, dfd, out: t / _fisher(dfn, dfd, out, t),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ normal

ndtri_exp = only_scipys(
    "ndtri_exp(y)", "ndtri(exp(y)), exact where exp(y) underflows or is near 1.",
    y=lambda t, y, out: t * math.sqrt(2.0 * math.pi) * exp(y + 0.5 * out * out),
)  # fmt: skip


def _owens(h, a, like):
    h, a = number_like(h, like), number_like(a, like)
    square = 1.0 + a * a
    return exp(-0.5 * h * h * square) / (2.0 * math.pi * square)


nrdtrimn = only_scipys(
    "nrdtrimn(p, std, x)", "The mean of a normal distribution of deviation std that is below x with probability p.",
    p=lambda t, p, std: -t * std * _normal_quantile_slope(p, t),
    std=lambda t, p: -t * ndtri(number_like(p, t)),
    x=lambda t: t,
)  # fmt: skip
nrdtrisd = only_scipys(
    "nrdtrisd(mn, p, x)", "The deviation of a normal distribution of mean mn that is below x with probability p.",
    mn=lambda t, p: -t / ndtri(number_like(p, t)),
    p=lambda t, mn, p, x: t * (mn - x) * _normal_quantile_slope(p, t) / ndtri(number_like(p, t)) ** 2,
    x=lambda t, p: t / ndtri(number_like(p, t)),
)  # fmt: skip


def _normal_quantile_slope(p, like):
    quantile = ndtri(number_like(p, like))
    return math.sqrt(2.0 * math.pi) * exp(0.5 * quantile * quantile)


# Owen, "Tables for computing bivariate normal probabilities", Annals of Mathematical Statistics 27 (1956).
owens_t = only_scipys(
    "owens_t(h, a)", "Owen's T: the integral of exp(-h^2 (1 + s^2) / 2) / (2 pi (1 + s^2)) over s from 0 to a.",
    h=lambda t, h, a: t * (-0.5 / math.sqrt(2.0 * math.pi)) * exp(-0.5 * number_like(h, t) ** 2)
    * erf(number_like(a, t) * h * math.sqrt(0.5)),
    a=lambda t, h, a: t * _owens(h, a, t),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Kolmogorov


def _kolmogorov_slope(y):
    """The derivative of 2 (exp(-2 y^2) - exp(-8 y^2) + exp(-18 y^2) - ...), term by term; for small y, that of the
    series that Jacobi's transformation makes of it (DLMF 20.7.32): each has few terms above 1e-17 on its side of 1."""
    small = lt(y, 1.0)
    near, far = where(small, y, 0.5), where(small, 1.0, y)
    square = far * far
    total = sum([(-1.0) ** k * 8.0 * k * k * far * exp(-2.0 * k * k * square) for k in range(1, 6)])
    inverse = 1.0 / (near * near)
    rates = [(2 * k - 1) ** 2 * math.pi**2 / 8.0 for k in range(1, 5)]
    transformed = sum([exp(-rate * inverse) * (1.0 - 2.0 * rate * inverse) * inverse for rate in rates])
    slope = where(small, math.sqrt(2.0 * math.pi) * transformed, total)
    # Below this the function is 1 to all digits, and the terms are 0 times infinity.
    return where(gt(y, 0.04), slope, 0.0)


kolmogorov = only_scipys(
    "kolmogorov(y)", "The probability that Kolmogorov's statistic, times the root of the sample size, is above y.",
    y=lambda t, y: t * _kolmogorov_slope(y),
)  # fmt: skip
kolmogi = only_scipys(
    "kolmogi(p)", "The y at which kolmogorov(y) is p.",
    p=lambda t, out: t / _kolmogorov_slope(out),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Tukey's lambda


def _tukey(out, lmbda):
    """The slope of the quantile function (p^l - (1 - p)^l) / l; infinite outside the distribution's support."""
    outside = logical_or(eq(out, 0.0), eq(out, 1.0))
    inside = where(outside, 0.5, out)
    return where(outside, math.inf, inside ** (lmbda - 1.0) + (1.0 - inside) ** (lmbda - 1.0)), inside


def _in_lambda(out, lmbda):
    slope, p = _tukey(out, lmbda)
    return (power_slope(log1p(-p), lmbda) - power_slope(log(p), lmbda)) / slope


tklmbda = only_scipys(
    "tklmbda(x, lmbda)", "The distribution function of Tukey's lambda distribution.",
    x=lambda t, lmbda, out: t / _tukey(out, lmbda)[0],
    lmbda=lambda t, lmbda, out: t * _in_lambda(out, lmbda),
)  # fmt: skip
