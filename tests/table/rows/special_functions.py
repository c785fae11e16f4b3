"""Special functions: the references are SciPy's functions, other formulas, and sums."""

import math

import numpy as np
import scipy.special as sc

from ..composites import row
from ..gaps import REAL_ONLY
from ..values import P, R, U, Values, Z

LARGE = Values((3, 4), 2.0, 6.0)
HALF = Values((3, 4), 0.1, 0.9)
# PyTorch has no derivative of these, so that its results are not compared together with one.
NO_DERIVATIVE_THERE = {"spelled": None}


def real(name, operands, reference, *parameters, **options):
    REAL_ONLY[name] = "a function of real numbers"
    row(name, operands, reference, *parameters, **options)


# ------------------------------------------------------------------------------------------------ one real number

for name, operand, reference in (
    ("special.erfcx", R(3, 4), sc.erfcx), ("erfinv", U(3, 4), sc.erfinv), ("special.ndtr", R(3, 4), sc.ndtr),
    ("special.ndtri", HALF, sc.ndtri), ("special.log_ndtr", R(3, 4), sc.log_ndtr), ("lgamma", P(3, 4), sc.gammaln),
    ("i0", R(3, 4), sc.i0), ("special.i1", R(3, 4), sc.i1),
    ("special.i0e", P(3, 4), lambda x: np.exp(-x) * sc.i0(x)),
    ("special.i1e", P(3, 4), lambda x: np.exp(-x) * sc.i1(x)),
    ("special.entr", P(3, 4), lambda x: -x * np.log(x)), ("logit", HALF, lambda x: np.log(x) - np.log1p(-x)),
):  # fmt: skip
    real(name, [operand], reference)
    real(name, [Values((), operand.low, operand.high)], reference)
    real(name, [Values((0, 2), operand.low, operand.high)], reference)
real("lgamma", [Values((3, 4), -0.9, -0.1)], lambda x: np.log(np.abs(sc.gamma(x))))
# PyTorch's trigamma, the derivative, is exact to 1e-10 only; see tests/oracle/test_special.py.
real("digamma", [P(3, 4)], lambda x: sc.digamma(x + 1) - 1 / x, spelled=None)
real("digamma", [P()], lambda x: sc.digamma(x + 1) - 1 / x, spelled=None)
real("digamma", [Values((3, 4), -0.7, -0.3)], lambda x: sc.digamma(1 - x) - np.pi / np.tan(np.pi * x), spelled=None)
real("special.erfcx", [LARGE], lambda x: np.exp(x * x) * sc.erfc(x))
real("special.log_ndtr", [Values((3, 4), -9.0, -6.0)], lambda x: np.log(sc.erfc(-x / np.sqrt(2)) / 2))
real("logit", [Values((6,), 0.31, 0.69)], lambda x, eps: np.log(x / (1 - x)), (0.3,))
real("logit", [Values((6,), 0.01, 0.19)], lambda x, eps: np.full(6, np.log(0.2 / 0.8)), (0.2,))

for name, operand, reference in (
    ("special.bessel_j0", R(3, 4), sc.j0), ("special.bessel_j1", R(3, 4), sc.j1), ("special.bessel_y0", P(3, 4), sc.y0),
    ("special.bessel_y1", P(3, 4), sc.y1), ("special.modified_bessel_k0", P(3, 4), sc.k0),
    ("special.modified_bessel_k1", P(3, 4), sc.k1),
    ("special.scaled_modified_bessel_k0", P(3, 4), lambda x: np.exp(x) * sc.k0(x)),
    ("special.scaled_modified_bessel_k1", P(3, 4), lambda x: np.exp(x) * sc.k1(x)),
    ("special.spherical_bessel_j0", R(3, 4), lambda x: sc.spherical_jn(0, x)),
    ("special.spherical_bessel_j0", Values((3, 4), 3.0, 9.0), lambda x: sc.spherical_jn(0, x)),
    ("special.airy_ai", R(3, 4), lambda x: sc.airy(x)[0]), ("airy_ai_slope", R(3, 4), lambda x: sc.airy(x)[1]),
    ("special.erfcinv", P(3, 4), None), ("special.erfi", U(3, 4), None), ("special.dawsn", R(3, 4), None),
    ("special.gamma", P(3, 4), None), ("special.log_expit", R(3, 4), lambda x: -np.log1p(np.exp(-x))),
    ("special.exp10", R(3, 4), lambda x: 10.0**x), ("special.cosm1", R(3, 4), lambda x: -2 * np.sin(x / 2) ** 2),
    ("special.expi", P(3, 4), None), ("special.exp1", P(3, 4), None),
):  # fmt: skip
    reference = reference or getattr(sc, name.rpartition(".")[2])
    if name == "special.erfcinv":
        operand = Values((3, 4), 0.2, 1.8)
    real(name, [operand], reference, **NO_DERIVATIVE_THERE)
    real(name, [Values((), operand.low, operand.high)], reference, **NO_DERIVATIVE_THERE)

# ------------------------------------------------------------------------------------------------ orders and degrees

real("polygamma_of", [P(3, 4)], lambda x, n: sc.polygamma(n, x), (2,), (5,), spelled=lambda x, n: x.polygamma(n))
real("polygamma_of", [P(3, 4)], lambda x, n: sc.polygamma(n, x), (0,), (1,), spelled=None)
real("polygamma_of", [Values((3, 4), -0.7, -0.3)], lambda x, n: sc.polygamma(n, x), (1,), spelled=None)
row("mvlgamma", [LARGE], sc.multigammaln, (1,), (2,), (4,), real_only=True)
row("special.polygamma", [Z(low=1, high=2), P(3, 4)], lambda n, x: sc.polygamma(int(n), x), real_only=True,
    without=("vmap",), spelled=None)  # fmt: skip

for name in ("jv", "yv", "iv", "ive", "kv", "kve"):
    reference = getattr(sc, name)
    real(f"special.{name}", [Z(3, 4, low=0, high=4), P(3, 4)], reference, **NO_DERIVATIVE_THERE)
    real(f"special.{name}", [Z(3, 1, low=0, high=4), Values((4,), 2.0, 8.0)], reference, **NO_DERIVATIVE_THERE)

DEGREES = Z(4, low=0, high=7)
for name, reference in (
    ("chebyshev_polynomial_t", sc.eval_chebyt), ("chebyshev_polynomial_u", sc.eval_chebyu),
    ("chebyshev_polynomial_v", lambda n, x: sc.eval_chebyu(n, x) - np.where(n > 0, sc.eval_chebyu(n - 1, x), 0)),
    ("chebyshev_polynomial_w", lambda n, x: sc.eval_chebyu(n, x) + np.where(n > 0, sc.eval_chebyu(n - 1, x), 0)),
    ("legendre_polynomial_p", sc.eval_legendre), ("hermite_polynomial_h", sc.eval_hermite),
    ("hermite_polynomial_he", sc.eval_hermitenorm), ("laguerre_polynomial_l", sc.eval_laguerre),
):  # fmt: skip
    real(f"special.{name}", [U(3, 4), DEGREES], lambda x, n, f=reference: f(n, x), **NO_DERIVATIVE_THERE)
    real(f"special.{name}", [R(2, 1), DEGREES], lambda x, n, f=reference: f(n, x), **NO_DERIVATIVE_THERE)
    if "chebyshev" in name:
        row(f"special.shifted_{name}", [R(3, 4), DEGREES], lambda x, n, f=reference: f(n, 2 * x - 1), real_only=True,
            **NO_DERIVATIVE_THERE)  # fmt: skip
real("gegenbauer", [U(3, 4), DEGREES], lambda x, n, order: sc.eval_gegenbauer(n, order, x), (1.5,), (2.0,))
real("associated_laguerre", [U(3, 4), DEGREES], lambda x, n, order: sc.eval_genlaguerre(n, order, x), (1.0,), (2.0,))

# ------------------------------------------------------------------------------------------------ several real numbers

for name, operands, reference in (
    ("special.beta", [P(3, 4), P(4)], lambda a, b: sc.gamma(a) * sc.gamma(b) / sc.gamma(a + b)),
    ("special.betaln", [P(3, 4), P(4)], lambda a, b: sc.gammaln(a) + sc.gammaln(b) - sc.gammaln(a + b)),
    ("special.betainc", [Z(3, 4, low=1, high=5), Z(4, low=1, high=5), HALF], sc.betainc),
    ("special.rel_entr", [P(3, 4), P(4)], lambda x, y: x * np.log(x / y)),
    ("special.kl_div", [P(3, 4), P(4)], lambda x, y: x * np.log(x / y) - x + y),
    ("special.huber", [Values((3, 4), 0.2, 0.8), Values((4,), 1.0, 2.0)], lambda d, r: d * (r - d / 2)),
    ("special.huber", [Values((3, 4), 1.0, 1.5), Values((4,), -0.9, 0.9)], lambda d, r: r * r / 2 + 0 * d),
    ("special.pseudo_huber", [P(3, 4), R(4)], lambda d, r: d * d * (np.sqrt(1 + (r / d) ** 2) - 1)),
):  # fmt: skip
    real(name, operands, reference, **NO_DERIVATIVE_THERE)
real("special.xlog1py", [R(3, 4), P(4)], lambda x, y: x * np.log1p(y))
real("special.xlog1py", [R(3, 1), U(4)], lambda x, y: x * np.log1p(y))
real("special.zeta", [Z(3, 4, low=2, high=6), P(4)], sc.zeta)
for name, sign in (("igamma", 1), ("igammac", -1)):
    # For an integer a, P(a, x) = 1 - exp(-x) times the first a terms of the exponential series (DLMF 8.4.7).
    real(
        name,
        [Z(3, 4, low=1, high=5), P(4)],
        lambda a, x, sign=sign: (sign == 1) - sign * np.exp(-x) * sum(
            np.where(k < a, x**k / math.factorial(k), 0) for k in range(5)
        ),
        # PyTorch computes what the derivative takes of an integer tensor in single precision.
        spelled=lambda a, x, name=name: getattr(a.to(x.dtype), name)(x),
    )
    real(name, [Values((3, 4), 0.5, 5.0), P(4)], getattr(sc, {"igamma": "gammainc", "igammac": "gammaincc"}[name]),
         **NO_DERIVATIVE_THERE)  # fmt: skip
