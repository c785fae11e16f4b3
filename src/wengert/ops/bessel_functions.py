"""Bessel functions of integer and real order, modified and spherical ones, and the Airy function.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov). The derivatives
of an order are differences and sums of the neighbouring orders, so that there is no quotient by the argument, which
would be 0 / 0 at 0.
"""

import numpy

from .declaration import elementwise, without_kernel
from .elementwise import abs, lt, sign, where
from .special import REAL, by_scipy, function_of_one, no_derivative, scipy_function, through
from .trigonometric import cos, sin

# ------------------------------------------------------------------------------------------------ real order

_DETAILS = """Shapes broadcast; integers give floats of the default dtype. SciPy's name; PyTorch has no such function.
NotImplementedError for complex numbers, and for the derivative in the order."""


def _of_real_order(name: str, slope, doc: str, example: str, prints: str, same: tuple = ()):
    # `same` is what SciPy has under another name, scaled for complex arguments.
    ufuncs = tuple([f"scipy.special.{called}" for called in (name, *same)])
    return elementwise(
        f"special.{name}(v, z)", forward=through(name), floating=True, ufunc=ufuncs,
        complex=without_kernel(f"{name}_cpu", REAL),
        v=lambda t: no_derivative(name, "v", "in the order it has no closed form"),
        z=slope,
        doc=f"{doc}\n\n{_DETAILS}\n\n>>> import wengert as t\n>>> t.special.{name}({example})\n{prints}",
    )  # fmt: skip


jv = _of_real_order(
    "jv", lambda t, v, z: t * 0.5 * (jv(v - 1, z) - jv(v + 1, z)),
    "The Bessel function of the first kind J_v(z) (DLMF 10.2.2), with derivative (J_(v-1) - J_(v+1)) / 2 (DLMF\n"
    "10.6.1).",
    "2.0, t.tensor([0.0, 1.0, 5.0])", "tensor([0.0000, 0.1149, 0.0466])", same=("jve",),
)  # fmt: skip
yv = _of_real_order(
    "yv", lambda t, v, z: t * 0.5 * (yv(v - 1, z) - yv(v + 1, z)),
    "The Bessel function of the second kind Y_v(z) (DLMF 10.2.3), with derivative (Y_(v-1) - Y_(v+1)) / 2 (DLMF\n"
    "10.6.1).",
    "2.0, t.tensor([0.5, 1.0, 5.0])", "tensor([-5.4414, -1.6507,  0.3677])", same=("yve",),
)  # fmt: skip
iv = _of_real_order(
    "iv", lambda t, v, z: t * 0.5 * (iv(v - 1, z) + iv(v + 1, z)),
    "The modified Bessel function of the first kind I_v(z) (DLMF 10.25.2), with derivative (I_(v-1) + I_(v+1)) / 2\n"
    "(DLMF 10.29.1).",
    "2.0, t.tensor([0.0, 1.0, 5.0])", "tensor([ 0.0000,  0.1357, 17.5056])",
)  # fmt: skip
ive = _of_real_order(
    "ive", lambda t, v, z: t * (0.5 * (ive(v - 1, z) + ive(v + 1, z)) - sign(z) * ive(v, z)),
    "exp(-|z|) I_v(z), which does not overflow.",
    "2.0, t.tensor([0.0, 1.0, 500.0])", "tensor([0.0000, 0.0499, 0.0178])",
)  # fmt: skip
kv = _of_real_order(
    "kv", lambda t, v, z: t * -0.5 * (kv(v - 1, z) + kv(v + 1, z)),
    "The modified Bessel function of the second kind K_v(z) (DLMF 10.25.3), with derivative -(K_(v-1) + K_(v+1)) / 2\n"
    "(DLMF 10.29.1).",
    "2.0, t.tensor([0.5, 1.0, 5.0])", "tensor([7.5502e+00, 1.6248e+00, 5.3089e-03])",
)  # fmt: skip
kve = _of_real_order(
    "kve", lambda t, v, z: t * (kve(v, z) - 0.5 * (kve(v - 1, z) + kve(v + 1, z))),
    "exp(z) K_v(z), which does not underflow.",
    "2.0, t.tensor([0.5, 1.0, 500.0])", "tensor([12.4481,  4.4168,  0.0563])",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ orders 0 and 1

_ONE = """Any shape; integers give floats of the default dtype. NotImplementedError for complex numbers."""


def _of_one(name: str, scipy: str, slope, what: str, prints: str, aliases: tuple = (), kernel: str = None, **options):
    return function_of_one(
        f"{name}(input)", scipy, kernel, aliases=aliases, input=slope, **options,
        doc=f"{what}\n\n{_ONE}\n\n>>> import wengert as t\n>>> t.{name}(t.tensor([0.5, 1.0, 5.0]))\n{prints}",
    )  # fmt: skip


bessel_j0 = _of_one(
    "special.bessel_j0", "j0", lambda t, input: -t * bessel_j1(input),
    "The Bessel function of the first kind of order 0 (DLMF 10.2.2), with derivative -J_1 (DLMF 10.6.3).",
    "tensor([ 0.9385,  0.7652, -0.1776])",
)  # fmt: skip
bessel_j1 = _of_one(
    "special.bessel_j1", "j1", lambda t, input: t * 0.5 * (bessel_j0(input) - jv(2.0, input)),
    "The Bessel function of the first kind of order 1 (DLMF 10.2.2), with derivative (J_0 - J_2) / 2 (DLMF 10.6.1).",
    "tensor([ 0.2423,  0.4401, -0.3276])",
)  # fmt: skip
bessel_y0 = _of_one(
    "special.bessel_y0", "y0", lambda t, input: -t * bessel_y1(input),
    "The Bessel function of the second kind of order 0 (DLMF 10.2.3), with derivative -Y_1 (DLMF 10.6.3).",
    "tensor([-0.4445,  0.0883, -0.3085])",
)  # fmt: skip
bessel_y1 = _of_one(
    "special.bessel_y1", "y1", lambda t, input: t * 0.5 * (bessel_y0(input) - yv(2.0, input)),
    "The Bessel function of the second kind of order 1 (DLMF 10.2.3), with derivative (Y_0 - Y_2) / 2 (DLMF 10.6.1).",
    "tensor([-1.4715, -0.7812,  0.1479])",
)  # fmt: skip
i0 = _of_one(
    "i0", "i0", lambda t, input: t * i1(input),
    "The modified Bessel function of the first kind of order 0 (DLMF 10.25.2), with derivative I_1 (DLMF 10.29.3).",
    "tensor([ 1.0635,  1.2661, 27.2399])",
    ("special.i0", "special.modified_bessel_i0"), "i0_vml_cpu", in_place="public",
)  # fmt: skip
i1 = _of_one(
    "special.i1", "i1", lambda t, input: t * 0.5 * (i0(input) + iv(2.0, input)),
    "The modified Bessel function of the first kind of order 1 (DLMF 10.25.2), with derivative (I_0 + I_2) / 2 (DLMF\n"
    "10.29.1).",
    "tensor([ 0.2579,  0.5652, 24.3356])",
    ("special.modified_bessel_i1",),
)  # fmt: skip
i0e = _of_one(
    "special.i0e", "i0e", lambda t, input, out: t * (i1e(input) - sign(input) * out),
    "exp(-|input|) I_0(input), which does not overflow.",
    "tensor([0.6450, 0.4658, 0.1835])",
)  # fmt: skip
i1e = _of_one(
    "special.i1e", "i1e", lambda t, input, out: t * (0.5 * (i0e(input) + ive(2.0, input)) - sign(input) * out),
    "exp(-|input|) I_1(input), which does not overflow.",
    "tensor([0.1564, 0.2079, 0.1640])",
)  # fmt: skip
modified_bessel_k0 = _of_one(
    "special.modified_bessel_k0", "k0", lambda t, input: -t * modified_bessel_k1(input),
    "The modified Bessel function of the second kind of order 0 (DLMF 10.25.3), with derivative -K_1 (DLMF 10.29.3).",
    "tensor([0.9244, 0.4210, 0.0037])",
)  # fmt: skip
modified_bessel_k1 = _of_one(
    "special.modified_bessel_k1", "k1", lambda t, input: t * -0.5 * (modified_bessel_k0(input) + kv(2.0, input)),
    "The modified Bessel function of the second kind of order 1 (DLMF 10.25.3), with derivative -(K_0 + K_2) / 2\n"
    "(DLMF 10.29.1).",
    "tensor([1.6564, 0.6019, 0.0040])",
)  # fmt: skip
scaled_modified_bessel_k0 = _of_one(
    "special.scaled_modified_bessel_k0", "k0e", lambda t, input, out: t * (out - scaled_modified_bessel_k1(input)),
    "exp(input) K_0(input), which does not underflow.",
    "tensor([1.5241, 1.1445, 0.5478])",
)  # fmt: skip
scaled_modified_bessel_k1 = _of_one(
    "special.scaled_modified_bessel_k1", "k1e",
    lambda t, input, out: t * (out - 0.5 * (scaled_modified_bessel_k0(input) + kve(2.0, input))),
    "exp(input) K_1(input), which does not underflow.",
    "tensor([2.7310, 1.6362, 0.6003])",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ spherical


def _spherical_j0(x):
    with numpy.errstate(all="ignore"):
        wide = x.astype(numpy.float32) if x.dtype == numpy.float16 else x
        out = numpy.where(wide == 0, 1, numpy.sin(wide) / wide)
    return numpy.where(numpy.isinf(x), 0, out).astype(x.dtype)


def _spherical_slope(x):
    """-j_1(x) = (x cos x - sin x) / x^2 (DLMF 10.49.3); near 0, where that cancels, its series (DLMF 10.53.1)."""
    near = lt(abs(x), 1.0)
    small, square = where(near, x, 0.0), where(near, x * x, 0.0)
    series = 1.0
    for k in range(10, 0, -1):
        series = 1.0 - square * series / (2.0 * k * (2.0 * k + 3.0))
    large = where(near, 1.0, x)
    return where(near, small * (-1.0 / 3.0) * series, (cos(large) - sin(large) / large) / large)


spherical_bessel_j0 = elementwise(
    "special.spherical_bessel_j0(input)", forward=_spherical_j0, floating=True,
    complex=without_kernel("spherical_bessel_j0_cpu", REAL),
    input=lambda t, input: t * _spherical_slope(input),
    doc="""The spherical Bessel function of the first kind of order 0, sin(input) / input, and 1 at 0 (DLMF 10.49.3).

Any shape; integers give floats of the default dtype. Its derivative is -j_1 (DLMF 10.51.2). NotImplementedError for
complex numbers.

>>> import wengert as t
>>> t.special.spherical_bessel_j0(t.tensor([0.0, 1.0, 5.0]))
tensor([ 1.0000,  0.8415, -0.1918])""",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Airy


def _airy(which: int):
    return lambda x: by_scipy(lambda x: scipy_function("airy")(x)[which], x)


airy_ai = elementwise(
    "special.airy_ai(input)", forward=_airy(0), floating=True, complex=without_kernel("airy_ai_cpu", REAL),
    input=lambda t, input: t * airy_ai_slope(input),
    doc="""The Airy function Ai, a solution of w'' = input w (DLMF 9.2.1).

Any shape; integers give floats of the default dtype. NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.airy_ai(t.tensor([0.0, 1.0, -5.0]))
tensor([0.3550, 0.1353, 0.3508])""",
)  # fmt: skip
airy_ai_slope = elementwise(
    "airy_ai_slope(input)", forward=_airy(1), floating=True, complex=without_kernel("airy_ai_cpu", REAL),
    in_place=False, method=False, public=False,
    input=lambda t, input: t * input * airy_ai(input),
    doc="The derivative of the Airy function Ai (DLMF 9.2).",
)  # fmt: skip
