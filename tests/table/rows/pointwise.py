"""Elementwise arithmetic, comparison, what is chosen by it; activations and their slopes."""

import math

import numpy as np
import scipy.special

from ..composites import row
from ..values import A, P, R, U, Values, Z

N = "nn.functional."


def spread(low, high, *shape):
    return Values(shape or (3, 4), low, high)


# ------------------------------------------------------------------------------------------------ arithmetic

row("addcmul", [R(3, 4), R(3, 4), R(4)], lambda x, a, b, value: x + value * a * b, (1,), (0.5,), (-2,),
    spelled=lambda x, a, b, value: x.addcmul(a, b, value=value))  # fmt: skip
row("addcmul", [R(), R(3, 1), R(4)], lambda x, a, b: x + a * b)
row("addcmul", [R(2, 0), R(2, 0), R(1)], lambda x, a, b: x + a * b)
row("addcdiv", [R(3, 4), R(3, 4), P(4)], lambda x, a, b, value: x + value * a / b, (1,), (0.5,),
    spelled=lambda x, a, b, value: x.addcdiv(a, b, value=value))  # fmt: skip
row("addcdiv", [R(4), R(3, 1), P()], lambda x, a, b: x + a / b)
row("lerp", [R(3, 4), R(4), R(3, 1)], lambda x, y, w: x + w * (y - x))
row("lerp", [R(3, 4), R(3, 4), R()], lambda x, y, w: x + w * (y - x))
row("rsub", [R(3, 4), R(4)], lambda x, y: y - x)
row("rsub", [R(3, 4), R(4)], lambda x, y, alpha: y - alpha * x, {"alpha": 0.5})
row("float_power", [P(3, 4), R(4)], np.float_power, without=("value", "complex value", "gradient form"))
row("ldexp", [R(3, 4), R(4)], lambda x, y: x * 2.0**y)
row("ldexp", [R(3, 4), Z(4)], lambda x, y: x * 2.0**y)
row("frexp_parts", [R(3, 4)], np.frexp, spelled="frexp")
row("frexp", [R(3, 4)], np.frexp, real_only=True, without=("forms",))
row("logaddexp2", [R(3, 4), R(4)], np.logaddexp2)
row("xlogy", [R(3, 4), P(4)], scipy.special.xlogy)
row("xlogy", [P(), P(3)], scipy.special.xlogy)
for name, function in (("deg2rad", np.deg2rad), ("rad2deg", np.rad2deg), ("sinc", np.sinc)):
    row(name, [R(3, 4)], function)
    row(name, [R()], function)
    row(name, [R(2, 0)], function)
row("sinc", [Values((3, 4), -0.03, 0.03)], np.sinc)
row("gcd", [Z(3, 4, low=-20, high=20), Z(4, low=-20, high=20)], np.gcd)
row("lcm", [Z(3, 4, low=-20, high=20), Z(4, low=-20, high=20)], np.lcm)
row("copysign", [R(3, 4), R(4)], np.copysign)
row("nextafter", [R(3, 4), R(4)], lambda x, y: x)
row("positive", [R(3, 4)], np.positive, without=("forms",))

# ------------------------------------------------------------------------------------------------ comparison

row("fmax", [R(3, 4), R(4)], np.fmax)
row("fmin", [R(3, 4), R(4)], np.fmin)
row("clamp_min", [R(3, 4), R(4, low=-1, high=1)], np.maximum, real_only=True)
row("clamp_min", [A(3, 4)], np.maximum, (0.1,), real_only=True)
row("clamp_max", [R(3, 4), R(4, low=-1, high=1)], np.minimum, real_only=True)
row("clamp_max", [A(3, 4)], np.minimum, (0.1,), real_only=True)
# PyTorch has no derivative of it.
row("heaviside", [R(3, 4), R(4)], np.heaviside, spelled=None)
row("isposinf", [R(3, 4)], np.isposinf)
row("isneginf", [R(3, 4)], np.isneginf)
row("signbit", [R(3, 4)], np.signbit)
row("nan_to_num", [R(3, 4)], np.nan_to_num)
row("isclose", [R(3, 4), R(4)], np.isclose, (), (0.5, 0.5))
# Answers to questions about whole tensors.
ASIDE = {
    "differentiable": False, "spelled": None, "without": ("forms", "vmap", "complex vmap", "complex forms"),
}  # fmt: skip
row("allclose", [R(3, 4), R(4)], np.allclose, (), (10.0, 10.0, True), **ASIDE)
row("equal", [Z(3), Z(3)], np.array_equal, **ASIDE)
row("is_same_size", [R(3, 4), R(4, 3)], lambda x, y: x.shape == y.shape, **ASIDE)
row("is_nonzero", [P(1)], lambda x: bool(x[0]), **ASIDE)
row("is_signed", [Z(3)], lambda x: True, **ASIDE)

# ------------------------------------------------------------------------------------------------ activations


def sigmoid(x):
    return scipy.special.expit(x)


def log_of_one_and_exp(x):
    return np.logaddexp(0, x)


def elu(x, alpha=1.0, scale=1.0, c=1.0):
    return np.where(x > 0, scale * x, scale * alpha * np.expm1(np.minimum(x, 0) * c))


def elu_slope(x, alpha, scale, c):
    return np.where(x > 0, scale, scale * alpha * c * np.exp(np.minimum(x, 0) * c))


def mish_slope(x):
    u = np.tanh(log_of_one_and_exp(x))
    return u + x * sigmoid(x) * (1 - u**2)


def gelu(x, approximate="none"):
    if approximate == "none":
        return x * scipy.special.ndtr(x)
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gelu_slope(x, approximate):
    if approximate == "none":
        return scipy.special.ndtr(x) + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    k = math.sqrt(2 / math.pi)
    u = np.tanh(k * (x + 0.044715 * x**3))
    return 0.5 * (1 + u) + 0.5 * x * (1 - u * u) * k * (1 + 3 * 0.044715 * x * x)


def hardsigmoid(x):
    return np.clip(x / 6 + 0.5, 0, 1)


def hardswish_slope(x):
    return np.where(x <= -3, 0, np.where(x < 3, x / 3 + 0.5, 1))


ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
WIDE = spread(-5, 5)

# Each operation that the functions below call, under its own name, with the function in PyTorch.
for name, function, *parameters in (
    ("leaky_relu", lambda x, slope: np.where(x > 0, x, slope * x), (0.01,), (0.3,)),
    ("hardtanh", np.clip, (-1.0, 1.0), (-0.5, 2.5)), ("hardsigmoid", hardsigmoid),
    ("hardswish", lambda x: x * hardsigmoid(x)), ("elu", elu, (1.0,), (0.7,)),
    ("mish", lambda x: x * np.tanh(log_of_one_and_exp(x))),
    ("softplus", lambda x, beta, threshold: log_of_one_and_exp(beta * x) / beta, (1.0, 20.0), (2.0, 20.0)),
    ("softshrink", lambda x, limit: np.sign(x) * np.maximum(np.abs(x) - limit, 0), (0.5,), (1.25,)),
    ("gelu", gelu, ("none",), ("tanh",)),
):  # fmt: skip
    keyword = ({"approximate": values[0]} for values in parameters) if name == "gelu" else parameters
    row(name, [WIDE], function, *parameters, spelled=None)
    # PyTorch's rule of hardsigmoid has 1 / 6 in single precision, whatever the dtype: the same made of other functions.
    exact = (lambda x: (x + 3).clamp(0, 6) / 6) if name == "hardsigmoid" else ""
    row(N + name, [WIDE], function, *keyword, real_only=True, spelled=exact)
    first = [{"approximate": "none"}] if name == "gelu" else parameters[:1]
    row(N + name, [R(2, 0)], function, *first, real_only=True)
row("silu", [WIDE], lambda x: x / (1 + np.exp(-x)), spelled=N + "silu")
row(N + "silu", [R(3, 4)], lambda x: x / (1 + np.exp(-x)))
row("log_sigmoid", [WIDE], lambda x: -log_of_one_and_exp(-x), spelled=N + "logsigmoid")
row(N + "logsigmoid", [WIDE], lambda x: -log_of_one_and_exp(-x), real_only=True)
row(N + "relu6", [WIDE], lambda x: np.clip(x, 0, 6), real_only=True)
row("hardshrink", [WIDE], lambda x, limit: np.where(np.abs(x) > limit, x, 0), (0.5,), (1.25,))
row("threshold", [WIDE], lambda x, limit, value: np.where(x > limit, x, value), (0.25, 5.0), (-1.0, 0.0))
row("celu", [WIDE], lambda x, alpha: elu(x, alpha, 1.0, 1 / alpha), (1.0,), (0.5,))
row("selu", [WIDE], lambda x: elu(x, ALPHA, SCALE))
row("prelu_kernel", [WIDE, R(4)], lambda x, w: np.where(x > 0, x, w * x), spelled=None)
row(N + "prelu", [WIDE, R(4)], lambda x, w: np.where(x > 0, x, w * x), real_only=True, without=("vmap",))
row(N + "prelu", [spread(-5, 5, 2, 3, 4), R(3)], lambda x, w: np.where(x > 0, x, w[:, None] * x), real_only=True,
    without=("vmap",))  # fmt: skip
row(N + "prelu", [WIDE, R(1)], lambda x, w: np.where(x > 0, x, w * x), real_only=True)
row("rrelu", [WIDE], lambda x, low, high: np.where(x > 0, x, (low + high) / 2 * x), (0.1, 0.3), real_only=True)
row(N + "glu", [R(3, 4)], lambda x: x[:, :2] * sigmoid(x[:, 2:]), real_only=True)
row(N + "glu", [R(4, 3)], lambda x, dim: x[:2] * sigmoid(x[2:]), (0,), (-2,), real_only=True)
row(N + "softsign", [R(3, 4)], lambda x: x / (1 + np.abs(x)))
row(N + "tanhshrink", [U(3, 4)], lambda x: x - np.tanh(x))
for name, slope, *parameters in (
    ("leaky_relu", lambda x, s: np.where(x > 0, 1, s), (0.3,)),
    ("hardtanh", lambda x, low, high: ((x > low) & (x < high)), (-1.0, 2.5)), ("hardswish", hardswish_slope),
    ("elu", elu_slope, (0.7, 1.5, 2.0)),
    ("silu", lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x))) if x.dtype.kind != "c" else silu_slope(x)),
    ("mish", mish_slope), ("softplus", lambda x, beta, threshold: sigmoid(beta * x), (2.0, 20.0)),
    ("gelu", gelu_slope, ("none",), ("tanh",)),
):  # fmt: skip
    row(name + "_gradient", [R(3, 4), WIDE], lambda g, x, *values, slope=slope: g * slope(x, *values), *parameters,
        spelled=None)  # fmt: skip


def silu_slope(x):
    s = 1 / (1 + np.exp(-x))
    return s * (1 + x * (1 - s))
