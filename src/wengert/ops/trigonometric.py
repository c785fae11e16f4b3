"""Trigonometric and hyperbolic functions, their inverses, and `hypot`: a table of derivatives like `elementwise.py`."""

import numpy

from .declaration import elementwise, without_kernel
from .elementwise import _is_complex, sqrt, where
from .logic import eq

sin = elementwise(
    "sin(input)", forward="sin", input=lambda t, input: t * cos(input),
    doc="""The sine of an angle in radians. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.sin(t.tensor([0.0, 1.5708]))
    tensor([0., 1.])
    """,
)  # fmt: skip
cos = elementwise(
    "cos(input)", forward="cos", input=lambda t, input: -t * sin(input),
    doc="""The cosine of an angle in radians. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.cos(t.tensor([0.0, 3.1416]))
    tensor([ 1., -1.])
    """,
)  # fmt: skip
tan = elementwise(
    "tan(input)", forward="tan", input=lambda t, out: t * (1.0 + out * out),
    doc="""The tangent of an angle in radians. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.tan(t.tensor([0.0, 0.7854]))
    tensor([0.0000, 1.0000])
    """,
)  # fmt: skip
asin = elementwise(
    "asin(input)", forward="arcsin", aliases=("arcsin",),
    input=lambda t, input: t / sqrt(1.0 - input * input),
    doc="""The inverse sine, in [-pi / 2, pi / 2]; NaN outside of [-1, 1]. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.asin(t.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """,
)  # fmt: skip
acos = elementwise(
    "acos(input)", forward="arccos", aliases=("arccos",),
    input=lambda t, input: -t / sqrt(1.0 - input * input),
    doc="""The inverse cosine, in [0, pi]; NaN outside of [-1, 1]. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.acos(t.tensor([1.0, 0.0]))
    tensor([0.0000, 1.5708])
    """,
)  # fmt: skip
atan = elementwise(
    "atan(input)", forward="arctan", aliases=("arctan",),
    input=lambda t, input: t / (1.0 + input * input),
    doc="""The inverse tangent, in (-pi / 2, pi / 2). Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.atan(t.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """,
)  # fmt: skip


def _squared_radius(input, other):
    """input^2 + other^2, infinite at the origin, so that what is divided by it is 0 there."""
    squares = input * input + other * other
    return where(eq(squares, 0), numpy.inf, squares)


atan2 = elementwise(
    "atan2(input, other)", forward="arctan2", aliases=("arctan2",), floating=True,
    complex=without_kernel("atan2_cpu", "angle gives the angle of a complex number"),
    input=lambda t, input, other: t * other / _squared_radius(input, other),
    other=lambda t, input, other: -t * input / _squared_radius(input, other),
    doc="""The angle of the point (other, input); its derivatives at the origin are 0.

    Operands are broadcast and promoted; integers become floats of the default dtype. RuntimeError for shapes that are
    not broadcast; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.atan2(t.tensor([1.0, -1.0]), t.tensor([-1.0, 1.0]))
    tensor([ 2.3562, -0.7854])
    """,
)  # fmt: skip
sinh = elementwise(
    "sinh(input)", forward="sinh", input=lambda t, input: t * cosh(input),
    doc="""The hyperbolic sine. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.sinh(t.tensor([0.0, 1.0]))
    tensor([0.0000, 1.1752])
    """,
)  # fmt: skip
cosh = elementwise(
    "cosh(input)", forward="cosh", input=lambda t, input: t * sinh(input),
    doc="""The hyperbolic cosine. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.cosh(t.tensor([0.0, 1.0]))
    tensor([1.0000, 1.5431])
    """,
)  # fmt: skip
tanh = elementwise(
    "tanh(input)", forward="tanh",
    input=lambda t, out: t * (1.0 - out * out),
    doc="""The hyperbolic tangent. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.tanh(t.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """,
)  # fmt: skip
asinh = elementwise(
    "asinh(input)", forward="arcsinh", aliases=("arcsinh",),
    input=lambda t, input: t / sqrt(input * input + 1.0),
    doc="""The inverse hyperbolic sine. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.asinh(t.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """,
)  # fmt: skip


def _acosh_root(x):
    # The root of the product has another branch cut than acosh (Kahan, "Branch cuts for complex elementary functions").
    return sqrt(x - 1.0) * sqrt(x + 1.0) if _is_complex(x) else sqrt(x * x - 1.0)


acosh = elementwise(
    "acosh(input)", forward="arccosh", aliases=("arccosh",),
    input=lambda t, input: t / _acosh_root(input),
    doc="""The inverse hyperbolic cosine; of complex numbers, with the branch cut below 1 on the real axis.

    Any shape; integers become floats of the default dtype.

    >>> import wengert as t
    >>> t.acosh(t.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """,
)  # fmt: skip
atanh = elementwise(
    "atanh(input)", forward="arctanh", aliases=("arctanh",),
    input=lambda t, input: t / (1.0 - input * input),
    doc="""The inverse hyperbolic tangent; NaN outside of [-1, 1]. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.atanh(t.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """,
)  # fmt: skip
hypot = elementwise(
    "hypot(input, other)", forward="hypot",
    complex=without_kernel("hypot_cpu", "abs gives the modulus of a complex number"),
    input=lambda t, input, out: t * (input / out),
    other=lambda t, other, out: t * (other / out),
    doc="""sqrt(input^2 + other^2) without overflow.

    Operands are broadcast and promoted; integers become floats of the default dtype. RuntimeError for shapes that are
    not broadcast; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.hypot(t.tensor([3.0, 5.0]), t.tensor([4.0, 12.0]))
    tensor([ 5., 13.])
    """,
)  # fmt: skip
