"""The gamma function, its logarithm and derivatives, the incomplete ones, beta and zeta functions.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov).
"""

import math

import numpy

from ..core import bind_method
from ..core.errors import type_word
from . import arguments
from .composite import composite
from .declaration import elementwise, without_kernel
from .elementwise import eq, exp, log, log1p, logical_or, where
from .gamma_path import gamma_slope
from .special import REAL, by_scipy, function_of_one, no_derivative, number_like, scipy_function, through

# ------------------------------------------------------------------------------------------------ gamma


def _lgamma(x):
    # SciPy's is -inf at the end of the negative axis, and nowhere else; C's lgamma is inf there.
    out = _gammaln(x)
    numpy.copyto(out, numpy.inf, where=out == -numpy.inf)
    return out


_gammaln = through("gammaln")


lgamma = function_of_one(
    "lgamma(input)", "gammaln", "lgamma_vml_cpu", forward=_lgamma, aliases=("special.gammaln",),
    input=lambda t, input: t * digamma(input),
    doc="""The logarithm of the absolute value of the gamma function (DLMF 5.2.1); infinite at 0, -1, -2, ...

Any shape; integers give floats of the default dtype. Derivative digamma(input). NotImplementedError for complex
numbers.

>>> import wengert as t
>>> t.lgamma(t.tensor([1.0, 5.0, 0.5]))
tensor([0.0000, 3.1781, 0.5724])""",
)  # fmt: skip
digamma = function_of_one(
    "digamma(input)", "psi", "digamma", aliases=("special.digamma", "special.psi"),
    input=lambda t, input: t * polygamma_of(input, 1),
    doc="""The derivative of lgamma (DLMF 5.2.2). At 0 it is -inf, at -0.0 inf, at -1, -2, ... NaN.

Any shape; integers give floats of the default dtype. Derivative polygamma(1, input). NotImplementedError for complex
numbers.

>>> import wengert as t
>>> t.digamma(t.tensor([1.0, 2.0, 0.5]))
tensor([-0.5772,  0.4228, -1.9635])""",
)  # fmt: skip


def _polygamma(x, n):
    if n == 0:
        return through("psi")(x)
    sign_and_factorial = (-1.0) ** (n + 1) * math.gamma(n + 1.0) if n < 171 else math.copysign(math.inf, (n % 2) - 0.5)
    zeta_of = scipy_function("zeta")

    def compute(x):
        # psi_n(x) = (-1)^(n+1) n! zeta(n + 1, x), DLMF 5.15.1 and 25.11.12.
        wide = x.astype(numpy.float64)
        if n == 1:
            # The reflection of DLMF 5.15.6 spares the series its way up from far negative numbers.
            reflected = wide < 0
            place = numpy.where(reflected, 1.0 - wide, wide)
            values = zeta_of(2.0, place)
            sine = numpy.sin(numpy.pi * numpy.where(reflected, wide - numpy.round(wide), 0.5))
            return numpy.where(reflected, (numpy.pi / sine) ** 2 - values, values)
        return sign_and_factorial * zeta_of(n + 1.0, wide)

    return by_scipy(compute, x)


polygamma_of = elementwise(
    "polygamma_of(input, n)", forward=_polygamma, floating=True, in_place=False, method=False, public=False,
    node_name="PolygammaBackward0", complex=without_kernel("polygamma", REAL),
    input=lambda t, input, n: t * polygamma_of(input, n + 1),
    doc="The n-th derivative of digamma (DLMF 5.15).",
)  # fmt: skip


def _checked_order(n) -> int:
    n = arguments.integer("polygamma", "n", 1, n)
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n. It was called with n={n}.")
    return n


@composite(method=False, out=True, aliases=("special.polygamma",))
def polygamma(n, input):
    """The n-th derivative of `digamma`: (-1)^(n+1) n! times the sum of 1 / (input + k)^(n+1) over k >= 0 (DLMF 5.15.1).

    Any shape; integers give floats of the default dtype. The derivative is polygamma(n + 1, input).

    Raises:
        RuntimeError: negative n.
        TypeError: n is no int.
        NotImplementedError: complex input.

    >>> import wengert as t
    >>> t.polygamma(1, t.tensor([1.0, 0.5]))
    tensor([1.6449, 4.9348])
    """
    return polygamma_of(input, _checked_order(n))


def _polygamma_method(self, n):
    """The n-th derivative of digamma, see `wengert.polygamma`.

    RuntimeError for negative n, TypeError for n that is no int.

    >>> import wengert as t
    >>> t.tensor([1.0, 0.5]).polygamma(1)
    tensor([1.6449, 4.9348])
    """
    return polygamma_of(self, _checked_order(n))


_polygamma_in_place = polygamma_of.set_in_place("polygamma_")
_polygamma_method.__name__ = _polygamma_method.__qualname__ = "polygamma"
bind_method("polygamma", _polygamma_method)


def _polygamma_method_in_place(self, n):
    """In-place form of `polygamma`: writes the n-th derivative of digamma into the tensor and returns it.

    >>> import wengert as t
    >>> t.tensor([1.0, 0.5]).polygamma_(1)
    tensor([1.6449, 4.9348])
    """
    return _polygamma_in_place(self, _checked_order(n))


_polygamma_method_in_place.__name__ = _polygamma_method_in_place.__qualname__ = "polygamma_"
bind_method("polygamma_", _polygamma_method_in_place)


@composite(in_place=True, out=True, aliases=("special.multigammaln",))
def mvlgamma(input, p):
    """The logarithm of the multivariate gamma function of dimension p (DLMF 35.3.4): p (p - 1) / 4 log(pi) plus the sum
    of lgamma(input - i / 2) over i = 0, ..., p - 1.

    Any shape; integers give floats of the default dtype. Meaningful for input > (p - 1) / 2.

    Raises:
        RuntimeError: p below 1, boolean input.
        TypeError: p is no int.

    >>> import wengert as t
    >>> t.mvlgamma(t.tensor([3.0, 4.0]), 2)
    tensor([1.5502, 3.5651])
    """
    input = arguments.tensor("mvlgamma", "input", 1, input)
    p = arguments.integer("mvlgamma", "p", 2, p)
    if p < 1:
        raise RuntimeError(f"p has to be greater than or equal to 1, but it is {p}")
    if p > 1_000_000:
        raise RuntimeError(f"mvlgamma(): p is {p}, and the sum has as many terms: a million is the most")
    if input.dtype.category == 0:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    if input.dtype.is_complex:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{type_word(input.dtype.numpy)}': {REAL}")
    out = lgamma(input)
    for i in range(1, p):
        out = out + lgamma(input - 0.5 * i)
    return out + 0.25 * p * (p - 1) * math.log(math.pi)


gamma = function_of_one(
    "special.gamma(input)", "gamma",
    input=lambda t, input: t * gamma(input) * digamma(input),
    doc="""The gamma function (DLMF 5.2.1).

Any shape; integers give floats of the default dtype. Derivative gamma(input) digamma(input) (DLMF 5.2.2). SciPy's name;
PyTorch has no such function. NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.gamma(t.tensor([5.0, 0.5]))
tensor([24.0000,  1.7725])""",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ beta


def _several(signature: str, name: str, **options):
    """Declare a function of several real numbers, which SciPy's ufunc called `name` computes."""
    own = signature.partition("(")[0].rpartition(".")[2]
    options = {"forward": through(name), "ufunc": f"scipy.special.{name}"} | options
    return elementwise(signature, floating=True, complex=without_kernel(f"{own}_cpu", REAL), **options)


def digamma_of(x, like):
    """digamma of an operand of a rule, in the type of `like`."""
    return digamma(number_like(x, like))


betaln = _several(
    "special.betaln(input, other)", "betaln",
    input=lambda t, input, other: t * (digamma_of(input, t) - digamma_of(input + other, t)),
    other=lambda t, input, other: t * (digamma_of(other, t) - digamma_of(input + other, t)),
    doc="""The logarithm of the absolute value of the beta function, gamma(a) gamma(b) / gamma(a + b) (DLMF 5.12.1).

Shapes broadcast; integers give floats of the default dtype. SciPy's name; PyTorch has no such function.
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.betaln(t.tensor([1.0, 100.0]), t.tensor([2.0, 100.0]))
tensor([  -0.6931, -139.6653])""",
)  # fmt: skip
beta = _several(
    "special.beta(input, other)", "beta",
    input=lambda t, input, other: t * beta(input, other) * (digamma_of(input, t) - digamma_of(input + other, t)),
    other=lambda t, input, other: t * beta(input, other) * (digamma_of(other, t) - digamma_of(input + other, t)),
    doc="""The beta function, gamma(a) gamma(b) / gamma(a + b) (DLMF 5.12.1).

Shapes broadcast; integers give floats of the default dtype. SciPy's name; PyTorch has no such function.
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.beta(t.tensor([1.0, 0.5]), t.tensor([2.0, 0.5]))
tensor([0.5000, 3.1416])""",
)  # fmt: skip


def log_power(exponent, x, logarithm=log):
    """exponent * log(x), and 0 where the exponent is 0."""
    none = eq(exponent, 0)
    return exponent * logarithm(where(none, 0.5, x))


def beta_density(a, b, x, like):
    """x^(a-1) (1-x)^(b-1) / B(a, b), the derivative of `betainc` in x (DLMF 8.17.1)."""
    a, b, x = [number_like(v, like) for v in (a, b, x)]
    return exp(log_power(a - 1.0, x) + log_power(b - 1.0, -x, log1p) - betaln(a, b))


betainc = _several(
    "special.betainc(a, b, x)", "betainc",
    a=lambda t: no_derivative("betainc", "a", "it has no closed form"),
    b=lambda t: no_derivative("betainc", "b", "it has no closed form"),
    x=lambda t, a, b, x: t * beta_density(a, b, x, t),
    doc="""The regularized incomplete beta function I_x(a, b) (DLMF 8.17.2).

Shapes broadcast; integers give floats of the default dtype. Differentiable in x, with x^(a-1) (1-x)^(b-1) / B(a, b)
(DLMF 8.17.1). SciPy's name; PyTorch has no such function. NotImplementedError for complex numbers, and for the
derivatives in a and b.

>>> import wengert as t
>>> t.special.betainc(t.tensor(2.0), t.tensor(3.0), t.tensor([0.0, 0.5, 1.0]))
tensor([0.0000, 0.6875, 1.0000])""",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ incomplete gamma


def _floats_only(kernel: str, name: str):
    compute = through(name)

    def forward(x, y):
        if x.dtype.kind != "f":
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_word(x.dtype)}': convert with .float()")
        return compute(x, y)

    return forward


def gamma_density(a, x, like):
    """x^(a-1) exp(-x) / gamma(a), the derivative of `igamma` in x (DLMF 8.8.13)."""
    a, x = number_like(a, like), number_like(x, like)
    return exp(log_power(a - 1.0, x) - x - lgamma(a))


def order_slope(a, x, like):
    """dP/da: at a fixed P, log x moves with a by -P_a / (x P_x) (see gamma_path.py), and x P_x has a closed form."""
    a, x = number_like(a, like), number_like(x, like)
    end = logical_or(eq(x, 0.0), eq(x, math.inf))
    place = where(end, 1.0, x)
    where_it_moves = log(place)
    return where(end, 0.0, -gamma_slope(a, where_it_moves) * exp(a * where_it_moves - place - lgamma(a)))


def _incomplete(name: str, scipy: str, sign: float, doc: str):
    kernel = f"{name}_cpu"
    return elementwise(
        f"{name}(input, other)", forward=_floats_only(kernel, scipy), ufunc=f"scipy.special.{scipy}",
        complex=without_kernel(kernel, REAL), aliases=(f"special.{scipy}",), promoted=("input", "other"),
        input=lambda t, input, other: t * sign * order_slope(input, other, t),
        other=lambda t, input, other: t * sign * gamma_density(input, other, t),
        doc=doc,
    )  # fmt: skip


igamma = _incomplete(
    "igamma", "gammainc", 1.0,
    """The regularized lower incomplete gamma function P(a, x) of a = input >= 0 and x = other >= 0 (DLMF 8.2.4).

Shapes broadcast. Its derivative in x is x^(a-1) exp(-x) / gamma(a) (DLMF 8.8.13); the first and second in a, which
PyTorch lacks, are moments of the density. NotImplementedError for integers and complex numbers.

>>> import wengert as t
>>> t.igamma(t.tensor([1.0, 2.0]), t.tensor([1.0, 1.0]))
tensor([0.6321, 0.2642])""",
)  # fmt: skip
igammac = _incomplete(
    "igammac", "gammaincc", -1.0,
    """The regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x) of a = input and x = other (DLMF 8.2.4).

Shapes broadcast. Its derivatives are those of `igamma`, negative. NotImplementedError for integers and complex numbers.

>>> import wengert as t
>>> t.igammac(t.tensor([1.0, 2.0]), t.tensor([1.0, 1.0]))
tensor([0.3679, 0.7358])""",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ zeta


def _zeta(x, q):
    return by_scipy(lambda x, q: numpy.where(x < 1, numpy.nan, scipy_function("zeta")(x, q)), x, q)


zeta = elementwise(
    "special.zeta(input, other)", forward=_zeta, floating=True, ufunc="scipy.special._zeta",
    complex=without_kernel("zeta_cpu", REAL),
    input=lambda t: no_derivative("zeta", "input", "it has no closed form"),
    other=lambda t, input, other: t * -input * zeta(input + 1.0, other),
    doc="""The Hurwitz zeta function: the sum of 1 / (k + other)^input over k >= 0 (DLMF 25.11.1). NaN for input below
1.

Shapes broadcast; integers give floats of the default dtype. Differentiable in other, with -input zeta(input + 1, other)
(DLMF 25.11.17). NotImplementedError for complex numbers, and for the derivative in input.

>>> import wengert as t
>>> t.special.zeta(t.tensor([2.0, 4.0]), 1.0)
tensor([1.6449, 1.0823])""",
)  # fmt: skip
