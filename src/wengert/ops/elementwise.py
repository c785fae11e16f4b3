"""Elementwise operations: a table of derivatives.

Each rule is `t` times the partial derivative; formulas as in any table (Abramowitz & Stegun, chapters 3 to 4).
"""

import numpy

from .declaration import elementwise

# ------------------------------------------------------------------------------------------------ arithmetic

add = elementwise(
    "add(input, other)", forward="add", operator="__add__",
    input=lambda t: t,
    other=lambda t: t,
    rewrites={"alpha": lambda input, other, alpha: add(input, mul(other, alpha))},
    doc="input + alpha * other.",
)  # fmt: skip
sub = elementwise(
    "sub(input, other)", forward="subtract", operator="__sub__",
    input=lambda t: t,
    other=lambda t: -t,
    rewrites={"alpha": lambda input, other, alpha: sub(input, mul(other, alpha))},
    doc="input - alpha * other.",
)  # fmt: skip
mul = elementwise(
    "mul(input, other)", forward="multiply", operator="__mul__",
    input=lambda t, other: t * other,
    other=lambda t, input: t * input,
    doc="input * other.",
)  # fmt: skip
div = elementwise(
    "div(input, other)", forward="true_divide", operator="__truediv__", floating=True,
    input=lambda t, other: t / other,
    other=lambda t, other, out: -t * out / other,
    doc="input / other; integers give floats.",
)  # fmt: skip
neg = elementwise(
    "neg(input)", forward="negative", operator="__neg__",
    input=lambda t: -t,
    doc="-input.",
)  # fmt: skip
exp = elementwise(
    "exp(input)", forward="exp",
    input=lambda t, out: t * out,
    doc="e to the power of input.",
)  # fmt: skip
tanh = elementwise(
    "tanh(input)", forward="tanh",
    input=lambda t, out: t * (1.0 - out * out),
    doc="Hyperbolic tangent.",
)  # fmt: skip
