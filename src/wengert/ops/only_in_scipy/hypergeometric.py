"""Hypergeometric functions, differentiable in their argument, and what is a special case of them.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov). They are SciPy's
ufuncs and have no names of PyTorch's; see `only_scipys`.
"""

from ..elementwise import exp
from .declared import only_scipys, unknown

hyp0f1 = only_scipys(
    "hyp0f1(v, z)", "The confluent hypergeometric limit function 0F1(; v; z) (DLMF 16.2.1).",
    **unknown("hyp0f1", "v"),
    z=lambda t, v, z: t * hyp0f1(v + 1.0, z) / v,  # DLMF 16.3.1
)  # fmt: skip
hyp1f1 = only_scipys(
    "hyp1f1(a, b, x)", "Kummer's confluent hypergeometric function M(a, b, x) (DLMF 13.2.2).",
    **unknown("hyp1f1", "a", "b"),
    x=lambda t, a, b, x: t * a / b * hyp1f1(a + 1.0, b + 1.0, x),  # DLMF 13.3.15
)  # fmt: skip
hyp2f1 = only_scipys(
    "hyp2f1(a, b, c, z)", "Gauss' hypergeometric function 2F1(a, b; c; z) (DLMF 15.2.1).",
    **unknown("hyp2f1", "a", "b", "c"),
    z=lambda t, a, b, c, z: t * a * b / c * hyp2f1(a + 1.0, b + 1.0, c + 1.0, z),  # DLMF 15.5.1
)  # fmt: skip
hyperu = only_scipys(
    "hyperu(a, b, x)", "Tricomi's confluent hypergeometric function U(a, b, x) (DLMF 13.2.6).",
    **unknown("hyperu", "a", "b"),
    x=lambda t, a, b, x: t * -a * hyperu(a + 1.0, b + 1.0, x),  # DLMF 13.3.22
)  # fmt: skip
wright_bessel = only_scipys(
    "wright_bessel(a, b, x)", "Wright's generalised Bessel function, the sum of x^k / (k! gamma(a k + b)) (DLMF "
    "10.46.1), for non-negative operands.",
    **unknown("wright_bessel", "a", "b"),
    x=lambda t, a, b, x: t * wright_bessel(a, a + b, x),  # the series, term by term
)  # fmt: skip
log_wright_bessel = only_scipys(
    "log_wright_bessel(a, b, x)", "The logarithm of `wright_bessel`.",
    **unknown("log_wright_bessel", "a", "b"),
    x=lambda t, a, b, x, out: t * exp(log_wright_bessel(a, a + b, x) - out),
)  # fmt: skip


def exponential_moment(x, n: int):
    """The integral of s^n exp(s x) over s from 0 to 1, which is M(n + 1, n + 2, x) / (n + 1) (DLMF 13.4.1): the n-th
    derivative of (exp(x) - 1) / x, where the quotient cancels near 0."""
    return hyp1f1(n + 1.0, n + 2.0, x) / (n + 1.0)


def logarithm_moment(x, n: int):
    """The integral of s^n / (1 + s x)^(n + 1) over s from 0 to 1, which is F(n + 1, n + 1; n + 2; -x) / (n + 1) (DLMF
    15.6.1): with (-1)^n n! before it the n-th derivative of log(1 + x) / x."""
    return hyp2f1(n + 1.0, n + 1.0, n + 2.0, -x) / (n + 1.0)
