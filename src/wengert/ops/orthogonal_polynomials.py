"""Orthogonal polynomials of degree n, each by its recurrence (DLMF 18.9, Table 18.9.1, https://dlmf.nist.gov/18.9).

The degree may differ from element to element; it is rounded towards 0, and a polynomial of negative degree is 0. Time
grows with the largest degree. Sums are carried out in double precision. Derivatives in x are polynomials again, of a
neighbouring family (DLMF 18.9.15 to 18.9.27); PyTorch has none.
"""

import numpy

from ..core import Tensor
from .composite import composite
from .declaration import elementwise, without_kernel
from .elementwise import trunc
from .special import REAL

MOST_STEPS = 1_000_000


def _by_recurrence(name: str, x, n, first, following):
    """p_n(x) from p_0 = 1, p_1 = first(x) and p_(k+1) = following(k, x, p_k, p_(k-1))."""
    dtype = x.dtype
    x, degree = x.astype(numpy.float64, copy=False), numpy.trunc(n)
    known = numpy.isfinite(degree)
    top = int(numpy.max(degree, initial=-1.0, where=known))
    if top > MOST_STEPS:
        raise RuntimeError(f"{name}: degree {top} would take as many steps; up to {MOST_STEPS} are supported")
    shape = numpy.broadcast_shapes(x.shape, degree.shape)
    one = degree.size == 1 and bool(known.all())
    out = numpy.zeros(shape)
    numpy.copyto(out, numpy.nan, where=~known)
    with numpy.errstate(all="ignore"):
        before, current = numpy.zeros(x.shape), numpy.ones(x.shape)
        for k in range(top + 1):
            if not one:
                numpy.copyto(out, current, where=degree == k)
            elif k == top:
                out[...] = current
            if k < top:
                before, current = current, first(x) if k == 0 else following(k, x, current, before)
        return out.astype(dtype, copy=False)


def _degree(n):
    """A degree, rounded towards 0 as the forward does, as a factor of a rule."""
    return trunc(n) if isinstance(n, Tensor) else float(numpy.trunc(n))


def _polynomial(name: str, first, following, slope, doc: str, prints: str):
    return elementwise(
        f"special.{name}(input, n)", floating=True, complex=without_kernel(f"{name}_cpu", REAL),
        forward=lambda x, n: _by_recurrence(name, x, n, first, following),
        input=slope, n=None,
        doc=f"""{doc}

Shapes broadcast; integers give floats of the default dtype. The degree n is rounded towards 0; if it is negative the
result is 0. NotImplementedError for complex numbers, RuntimeError for degrees beyond a million.

>>> import wengert as t
>>> t.special.{name}(t.tensor([0.0, 0.5, 2.0]), 3)
{prints}""",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ Gegenbauer


def _gegenbauer(name: str, x, n, order: float):
    return _by_recurrence(
        name, x, n, lambda x: 2.0 * order * x,
        lambda k, x, p, before: (2.0 * (k + order) * x * p - (k + 2.0 * order - 1.0) * before) / (k + 1.0),
    )  # fmt: skip


# The family that U, P and their derivatives belong to: C_n' = 2 order C_(n-1), the latter of order + 1 (DLMF 18.9.19).
gegenbauer = elementwise(
    "gegenbauer(input, n, order)", forward=lambda x, n, order: _gegenbauer("gegenbauer", x, n, order), floating=True,
    in_place=False, method=False, public=False, complex=without_kernel("gegenbauer_cpu", REAL),
    input=lambda t, input, n, order: t * (2.0 * order) * gegenbauer(input, n - 1, order + 1.0),
    n=None,
    doc="The Gegenbauer (ultraspherical) polynomial of degree n (DLMF 18.3).",
)  # fmt: skip


def _chebyshev(k, x, p, before):
    return 2.0 * x * p - before


chebyshev_polynomial_t = _polynomial(
    "chebyshev_polynomial_t", lambda x: x, _chebyshev,
    lambda t, input, n: t * _degree(n) * gegenbauer(input, n - 1, 1.0),
    "The Chebyshev polynomial of the first kind T_n(input), cos(n arccos(input)) (DLMF 18.5.1), with derivative\n"
    "n U_(n-1) (DLMF 18.9.21).",
    "tensor([-0., -1., 26.])",
)  # fmt: skip
chebyshev_polynomial_u = _polynomial(
    "chebyshev_polynomial_u", lambda x: 2.0 * x, _chebyshev,
    lambda t, input, n: t * 2.0 * gegenbauer(input, n - 1, 2.0),
    "The Chebyshev polynomial of the second kind U_n(input) (DLMF 18.5.2): U_(n+1) = 2 input U_n - U_(n-1).",
    "tensor([-0., -1., 56.])",
)  # fmt: skip
chebyshev_polynomial_v = _polynomial(
    "chebyshev_polynomial_v", lambda x: 2.0 * x - 1.0, _chebyshev,
    lambda t, input, n: t * 2.0 * (gegenbauer(input, n - 1, 2.0) - gegenbauer(input, n - 2, 2.0)),
    "The Chebyshev polynomial of the third kind V_n(input) = U_n - U_(n-1) (DLMF 18.5.3).",
    "tensor([ 1., -1., 41.])",
)  # fmt: skip
chebyshev_polynomial_w = _polynomial(
    "chebyshev_polynomial_w", lambda x: 2.0 * x + 1.0, _chebyshev,
    lambda t, input, n: t * 2.0 * (gegenbauer(input, n - 1, 2.0) + gegenbauer(input, n - 2, 2.0)),
    "The Chebyshev polynomial of the fourth kind W_n(input) = U_n + U_(n-1) (DLMF 18.5.4).",
    "tensor([-1., -1., 71.])",
)  # fmt: skip
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p", lambda x: x, lambda k, x, p, before: ((2 * k + 1.0) * x * p - k * before) / (k + 1.0),
    lambda t, input, n: t * gegenbauer(input, n - 1, 1.5),
    "The Legendre polynomial P_n(input) (DLMF 18.3): (n + 1) P_(n+1) = (2 n + 1) input P_n - n P_(n-1).",
    "tensor([-0.0000, -0.4375, 17.0000])",
)  # fmt: skip


def _shifted(name: str, polynomial, prints: str):
    def shifted(input, n):
        return polynomial(2.0 * input - 1.0, n)

    shifted.__name__ = shifted.__qualname__ = "shifted_" + name
    shifted.__doc__ = f"""`{name}`(2 input - 1, n): the polynomial shifted from [-1, 1] to [0, 1].

    Shapes broadcast; integers give floats of the default dtype. The degree n is rounded towards 0; if it is negative
    the result is 0. NotImplementedError for complex numbers, RuntimeError for degrees beyond a million and for shapes
    that do not broadcast.

    >>> import wengert as t
    >>> t.special.shifted_{name}(t.tensor([0.0, 0.5, 1.0]), 3)
    {prints}
    """
    return composite(shifted, namespace="special", out=True, kinds={"n": "Tensor|Number"})


shifted_chebyshev_polynomial_t = _shifted(
    "chebyshev_polynomial_t", chebyshev_polynomial_t, "tensor([-1., -0.,  1.])"
)
shifted_chebyshev_polynomial_u = _shifted(
    "chebyshev_polynomial_u", chebyshev_polynomial_u, "tensor([-4., -0.,  4.])"
)
shifted_chebyshev_polynomial_v = _shifted(
    "chebyshev_polynomial_v", chebyshev_polynomial_v, "tensor([-7.,  1.,  1.])"
)
shifted_chebyshev_polynomial_w = _shifted(
    "chebyshev_polynomial_w", chebyshev_polynomial_w, "tensor([-1., -1.,  7.])"
)

# ------------------------------------------------------------------------------------------------ Hermite and Laguerre

hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h", lambda x: 2.0 * x, lambda k, x, p, before: 2.0 * (x * p - k * before),
    lambda t, input, n: t * 2.0 * _degree(n) * hermite_polynomial_h(input, n - 1),
    "The physicists' Hermite polynomial H_n(input) (DLMF 18.3), with derivative 2 n H_(n-1) (DLMF 18.9.25).",
    "tensor([-0., -5., 40.])",
)  # fmt: skip
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he", lambda x: x, lambda k, x, p, before: x * p - k * before,
    lambda t, input, n: t * _degree(n) * hermite_polynomial_he(input, n - 1),
    "The probabilists' Hermite polynomial He_n(input) (DLMF 18.3), with derivative n He_(n-1) (DLMF 18.9.27).",
    "tensor([-0.0000, -1.3750,  2.0000])",
)  # fmt: skip


def _laguerre(name: str, x, n, order: float):
    return _by_recurrence(
        name, x, n, lambda x: 1.0 + order - x,
        lambda k, x, p, before: ((2.0 * k + 1.0 + order - x) * p - (k + order) * before) / (k + 1.0),
    )  # fmt: skip


associated_laguerre = elementwise(
    "associated_laguerre(input, n, order)", floating=True, in_place=False, method=False, public=False,
    forward=lambda x, n, order: _laguerre("associated_laguerre", x, n, order),
    complex=without_kernel("associated_laguerre_cpu", REAL),
    input=lambda t, input, n, order: -t * associated_laguerre(input, n - 1, order + 1.0),
    n=None,
    doc="The associated Laguerre polynomial of degree n (DLMF 18.3); its derivative is -L_(n-1) of order + 1 (DLMF).",
)  # fmt: skip
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l", lambda x: 1.0 - x,
    lambda k, x, p, before: ((2.0 * k + 1.0 - x) * p - k * before) / (k + 1.0),
    lambda t, input, n: -t * associated_laguerre(input, n - 1, 1.0),
    "The Laguerre polynomial L_n(input) (DLMF 18.3): (n + 1) L_(n+1) = (2 n + 1 - input) L_n - n L_(n-1).",
    "tensor([ 1.0000, -0.1458, -0.3333])",
)  # fmt: skip
