"""Orthogonal polynomials under SciPy's names: the degree comes first, and need not be an integer.

Derivatives are polynomials of a neighbouring family (DLMF 18.9.15 to 18.9.27), of one degree less. That of degree 0 is
0, which the factor says where the family's function of degree -1 is something else.
"""

from ...core import Tensor
from ..elementwise import where
from .declared import only_scipys, unknown


def _below(polynomial, n, *others):
    """The polynomial of degree n - 1; 0 where n is 0."""
    if not isinstance(n, Tensor):
        return polynomial(n - 1.0, *others) if n != 0 else 0.0
    none = n == 0
    return where(none, 0.0, polynomial(where(none, 1.0, n - 1.0), *others))


def _of_degree(signature: str, doc: str, parameters: tuple = (), **rule):
    name = signature.partition("(")[0]
    return only_scipys(signature, doc, whole=(0,), **unknown(name, "n", *parameters), **rule)


eval_jacobi = _of_degree(
    "eval_jacobi(n, alpha, beta, x)", "The Jacobi polynomial (DLMF 18.3).", ("alpha", "beta"),
    x=lambda t, n, alpha, beta, x: t * 0.5 * (n + alpha + beta + 1.0)
    * _below(eval_jacobi, n, alpha + 1.0, beta + 1.0, x),
)  # fmt: skip
eval_sh_jacobi = _of_degree(
    "eval_sh_jacobi(n, p, q, x)", "The shifted Jacobi polynomial G_n(p, q, x) (DLMF 18.1.2).", ("p", "q"),
    x=lambda t, n, p, q, x: t * n * _below(eval_sh_jacobi, n, p + 2.0, q + 1.0, x),
)  # fmt: skip
eval_gegenbauer = _of_degree(
    "eval_gegenbauer(n, alpha, x)", "The Gegenbauer (ultraspherical) polynomial (DLMF 18.3).", ("alpha",),
    x=lambda t, n, alpha, x: t * 2.0 * alpha * _below(eval_gegenbauer, n, alpha + 1.0, x),
)  # fmt: skip
eval_chebyt = _of_degree(
    "eval_chebyt(n, x)", "The Chebyshev polynomial of the first kind T_n(x) (DLMF 18.3).",
    x=lambda t, n, x: t * n * _below(eval_chebyu, n, x),
)  # fmt: skip
eval_chebyu = _of_degree(
    "eval_chebyu(n, x)", "The Chebyshev polynomial of the second kind U_n(x) (DLMF 18.3).",
    x=lambda t, n, x: t * 2.0 * _below(eval_gegenbauer, n, 2.0, x),
)  # fmt: skip
eval_chebyc = _of_degree(
    "eval_chebyc(n, x)", "C_n(x) = 2 T_n(x / 2) (DLMF 18.1.3).",
    x=lambda t, n, x: t * n * _below(eval_chebys, n, x),
)  # fmt: skip
eval_chebys = _of_degree(
    "eval_chebys(n, x)", "S_n(x) = U_n(x / 2) (DLMF 18.1.3).",
    x=lambda t, n, x: t * _below(eval_gegenbauer, n, 2.0, 0.5 * x),
)  # fmt: skip
eval_sh_chebyt = _of_degree(
    "eval_sh_chebyt(n, x)", "T_n(2 x - 1).",
    x=lambda t, n, x: t * 2.0 * n * _below(eval_chebyu, n, 2.0 * x - 1.0),
)  # fmt: skip
eval_sh_chebyu = _of_degree(
    "eval_sh_chebyu(n, x)", "U_n(2 x - 1).",
    x=lambda t, n, x: t * 4.0 * _below(eval_gegenbauer, n, 2.0, 2.0 * x - 1.0),
)  # fmt: skip
eval_legendre = _of_degree(
    "eval_legendre(n, x)", "The Legendre polynomial P_n(x) (DLMF 18.3).",
    x=lambda t, n, x: t * _below(eval_gegenbauer, n, 1.5, x),
)  # fmt: skip
eval_sh_legendre = _of_degree(
    "eval_sh_legendre(n, x)", "P_n(2 x - 1).",
    x=lambda t, n, x: t * 2.0 * _below(eval_gegenbauer, n, 1.5, 2.0 * x - 1.0),
)  # fmt: skip
eval_genlaguerre = _of_degree(
    "eval_genlaguerre(n, alpha, x)", "The associated Laguerre polynomial (DLMF 18.3).", ("alpha",),
    x=lambda t, n, alpha, x: -t * _below(eval_genlaguerre, n, alpha + 1.0, x),
)  # fmt: skip
eval_laguerre = _of_degree(
    "eval_laguerre(n, x)", "The Laguerre polynomial L_n(x) (DLMF 18.3).",
    x=lambda t, n, x: -t * _below(eval_genlaguerre, n, 1.0, x),
)  # fmt: skip
eval_hermite = _of_degree(
    "eval_hermite(n, x)", "The physicists' Hermite polynomial H_n(x) (DLMF 18.3), of an integer degree.",
    x=lambda t, n, x: t * 2.0 * n * _below(eval_hermite, n, x),
)  # fmt: skip
eval_hermitenorm = _of_degree(
    "eval_hermitenorm(n, x)", "The probabilists' Hermite polynomial He_n(x) (DLMF 18.3), of an integer degree.",
    x=lambda t, n, x: t * n * _below(eval_hermitenorm, n, x),
)  # fmt: skip


def _legendre_slope(m, v, x):
    # DLMF 14.10.5; the lower degree of P_0 is P_(-1) = P_0.
    return (v * x * lpmv(m, v, x) - (v + m) * lpmv(m, v - 1.0, x)) / (x * x - 1.0)


lpmv = only_scipys(
    "lpmv(m, v, x)", "The Ferrers function, or associated Legendre function, of order m and degree v (DLMF 14.3.1).",
    m=lambda t: None,
    **unknown("lpmv", "v"),
    x=lambda t, m, v, x: t * _legendre_slope(m, v, x),
)  # fmt: skip
