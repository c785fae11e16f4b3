"""Activation functions.

Each of the curved ones is three expressions: its value and its slope, which are chains (one pass over memory), and
the slope's derivative in tensor code, from which all further derivatives follow. The slope times a cotangent is an
operation of its own, `<name>_gradient`. At kinks the slopes are PyTorch's: that of the flat or the lower side.

Where PyTorch has the function in `nn.functional` alone, so has Wengert; `inplace=True` writes into the input.
"""

import math

import numpy

from ..core import errors
from ..core.errors import type_word
from ..kernels import chain, normal_distribution
from . import arguments
from .composite import composite
from .declaration import elementwise
from .elementwise import (
    abs,
    exp,
    gt,
    le,
    logical_and,
    logical_or,
    lt,
    sigmoid,
    sub,
    where,
)  # fmt: skip
from .half_precision import HALVES, rounded_once
from .trigonometric import tanh

Chain = chain.Chain
ROOT_HALF = math.sqrt(0.5)
# The constants of Klambauer et al., "Self-normalizing neural networks", 2017, https://arxiv.org/abs/1706.02515.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _refused(x, kernel: str, advice: str = "activations are functions of floating point numbers"):
    return NotImplementedError(f"\"{kernel}\" not implemented for '{type_word(x.dtype)}': {advice}")


def _check_numbers(name: str, values: tuple, names: tuple) -> None:
    for position, value in enumerate(values):
        if type(value) is not float and not isinstance(value, (float, int, numpy.number)):
            argument = names[position]
            raise TypeError(
                f"{name}(): argument '{argument}' (position {position + 2}) must be Number, not {type(value).__name__}"
            )


def _integer(value, dtype):
    """The part before the point of a number, in an integer type; RuntimeError if the type does not hold it."""
    try:
        return dtype.type(int(value))
    except OverflowError:
        errors.number_too_large(value, dtype)


def _of_floats(
    kernel: str, computed, names: tuple = (), constants=None, complex: bool = False, name: str = ""
):  # fmt: skip
    """A forward that checks types, and hands numbers to a chain: the parameters, or what `constants` makes of them."""
    def forward(x, *parameters):
        _check_numbers(name or kernel.removesuffix("_cpu"), parameters, names)
        kind = x.dtype.kind
        if kind in "bui" or (kind == "c" and not complex):
            raise _refused(x, kernel)
        return computed(x, *(parameters if constants is None else constants(*parameters)))

    return forward


def _internal(signature: str, **declaration):
    """An operation that only functions of this module call. Its in-place form is a function, not a method."""
    operation = elementwise(signature, promoted=(), in_place=False, method=False, public=False, **declaration)
    operation.set_in_place(f"{operation.name}_")
    return operation


def _apply(operation, inplace: bool, *arguments):
    return operation.in_place(*arguments) if inplace else operation(*arguments)


# ------------------------------------------------------------------------------------------------ kinked lines

leaky_relu_operation = _internal(
    "leaky_relu(input, negative_slope=0.01)",
    forward=_of_floats(
        "leaky_relu_cpu", Chain(lambda x, slope: chain.where(x > 0.0, x, x * slope), numbers=1), ("negative_slope",)
    ),
    input=lambda t, input, negative_slope: leaky_relu_gradient(t, input, negative_slope),
    doc="input where it is above 0, negative_slope * input elsewhere.",
)  # fmt: skip
leaky_relu_gradient = _internal(
    "leaky_relu_gradient(g, input, negative_slope)",
    forward=Chain(lambda g, x, slope: chain.where(x > 0.0, g, g * slope), numbers=1),
    g=lambda t, input, negative_slope: leaky_relu_gradient(t, input, negative_slope),
    input=lambda t: None,
    doc="g where input is above 0, negative_slope * g elsewhere.",
)  # fmt: skip


@composite(namespace="nn.functional")
def leaky_relu(input, negative_slope: float = 0.01, inplace: bool = False):
    """input where it is above 0, negative_slope * input elsewhere (Maas, Hannun & Ng, 2013). Of floating tensors.

    Any shape. NotImplementedError for other dtypes.

    >>> import wengert as t
    >>> t.nn.functional.leaky_relu(t.tensor([-1.0, 2.0]), 0.1)
    tensor([-0.1000,  2.0000])
    """
    return _apply(leaky_relu_operation, inplace, input, negative_slope)


def _held(x, low, high):
    """Integers take the parts before the point of both ends."""
    kind = x.dtype.kind
    if kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh: convert them to numbers first")
    if kind == "c":
        raise NotImplementedError("clamp is not supported for complex types: complex numbers have no order")
    _check_numbers("hardtanh", (low, high), ("min_val", "max_val"))
    if kind == "u" and (int(low) < 0 or int(high) < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    if kind in "ui":
        return numpy.clip(x, _integer(low, x.dtype), _integer(high, x.dtype))
    return _held_floats(x, low, high)


_held_floats = Chain(lambda x, low, high: chain.minimum(chain.maximum(x, low), high), numbers=2)
hardtanh_operation = _internal(
    "hardtanh(input, min_val=-1.0, max_val=1.0)", forward=_held,
    input=lambda t, input, min_val, max_val: hardtanh_gradient(t, input, min_val, max_val),
    doc="input held in [min_val, max_val].",
)  # fmt: skip
hardtanh_gradient = _internal(
    "hardtanh_gradient(g, input, min_val, max_val)",
    forward=Chain(lambda g, x, low, high: chain.where((x > low) & (x < high), g, 0.0), numbers=2),
    g=lambda t, input, min_val, max_val: hardtanh_gradient(t, input, min_val, max_val),
    input=lambda t: None,
    doc="g where input is between min_val and max_val, else 0.",
)  # fmt: skip


@composite(namespace="nn.functional")
def hardtanh(input, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
    """input held in [min_val, max_val]; the derivative at both ends is 0. Of tensors of any real dtype but bool.

    ValueError if min_val is above max_val.

    >>> import wengert as t
    >>> t.nn.functional.hardtanh(t.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val: they are {min_val} and {max_val}")
    return _apply(hardtanh_operation, inplace, input, min_val, max_val)


@composite(namespace="nn.functional")
def relu6(input, inplace: bool = False):
    """input held in [0, 6]; the derivative at both ends is 0. Of tensors of any real dtype but bool.

    Any shape. Errors are those of `hardtanh`.

    >>> import wengert as t
    >>> t.nn.functional.relu6(t.tensor([-3.0, 0.5, 8.0]))
    tensor([0.0000, 0.5000, 6.0000])
    """
    return _apply(hardtanh_operation, inplace, input, 0.0, 6.0)


def _above(x, limit, value):
    _check_numbers("threshold", (limit, value), ("threshold", "value"))
    kind = x.dtype.kind
    if kind in "bc":
        raise _refused(x, "threshold_cpu", "it compares numbers")
    if kind in "ui":
        return numpy.where(x <= _integer(limit, x.dtype), _integer(value, x.dtype), x)
    return _floats_above(x, limit, value)


_floats_above = Chain(lambda x, limit, value: chain.where(x <= limit, value, x), numbers=2)
threshold = elementwise(
    "threshold(input, threshold, value)", forward=_above, promoted=(), method=False, in_place="public",
    input=lambda t, input, threshold: where(le(input, threshold), 0.0, t),
    doc="""input where it is above the threshold (or NaN), value elsewhere. Of real tensors, booleans excepted.

    Any shape. NotImplementedError for booleans and complex numbers.

    >>> import wengert as t
    >>> t.threshold(t.tensor([0.5, 1.0, 2.0]), 1.0, -7.0)
    tensor([-7., -7.,  2.])
    """,
)  # fmt: skip

hardshrink = elementwise(
    "hardshrink(input, lambd=0.5)", promoted=(), in_place=False, aliases=("nn.functional.hardshrink",),
    forward=_of_floats(
        "hardshrink_cpu",
        Chain(lambda x, limit: chain.where((x >= -limit) & (x <= limit), 0.0, x), numbers=1), ("lambd",),
    ),
    input=lambda t, input, lambd: where(logical_or(lt(input, -lambd), gt(input, lambd)), t, 0.0),
    doc="""input outside of [-lambd, lambd], 0 inside. Of floating tensors.

    Any shape. NotImplementedError for booleans, integers and complex numbers.

    >>> import wengert as t
    >>> t.hardshrink(t.tensor([-2.0, 0.3, 0.6]))
    tensor([-2.0000,  0.0000,  0.6000])
    """,
)  # fmt: skip

_softshrink = _internal(
    "softshrink(input, lambd=0.5)",
    forward=_of_floats(
        "softshrink_cpu",
        Chain(
            lambda x, limit: chain.where(x > limit, x - limit, chain.where(x < -limit, x + limit, x * 0.0)), numbers=1
        ),
        ("lambd",),
    ),
    input=lambda t, input, lambd: where(logical_or(lt(input, -lambd), gt(input, lambd)), t, 0.0),
    doc="input moved towards 0 by lambd, and no further than 0.",
)  # fmt: skip


@composite(namespace="nn.functional")
def softshrink(input, lambd: float = 0.5):
    """input moved towards 0 by lambd, and no further than 0. Of floating tensors; RuntimeError if lambd is negative.

    >>> import wengert as t
    >>> t.nn.functional.softshrink(t.tensor([-2.0, 0.3, 0.6]))
    tensor([-1.5000,  0.0000,  0.1000])
    """
    _check_numbers("softshrink", (lambd,), ("lambd",))
    if not lambd >= 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return _softshrink(input, lambd)


_hardsigmoid = _internal(
    "hardsigmoid(input)",
    forward=_of_floats(
        "hardsigmoid_cpu", Chain(lambda x: chain.minimum(chain.maximum(x + 3.0, 0.0), 6.0) / 6.0)
    ),
    input=lambda t, input: where(logical_and(gt(input, -3.0), lt(input, 3.0)), t / 6.0, 0.0),
    doc="input / 6 + 1 / 2 held in [0, 1].",
)  # fmt: skip


@composite(namespace="nn.functional")
def hardsigmoid(input, inplace: bool = False):
    """input / 6 + 1 / 2 held in [0, 1]; the derivative at both ends is 0. Of floating tensors.

    Any shape. NotImplementedError for other dtypes.

    >>> import wengert as t
    >>> t.nn.functional.hardsigmoid(t.tensor([-4.0, 0.0, 1.5]))
    tensor([0.0000, 0.5000, 0.7500])
    """
    return _apply(_hardsigmoid, inplace, input)


_hardswish = _internal(
    "hardswish(input)",
    forward=_of_floats(
        "hardswish_cpu", Chain(lambda x: x * chain.minimum(chain.maximum(x + 3.0, 0.0), 6.0) / 6.0)
    ),
    input=lambda t, input: hardswish_gradient(t, input),
    doc="input * hardsigmoid(input).",
)  # fmt: skip
hardswish_gradient = _internal(
    "hardswish_gradient(g, input)",
    forward=Chain(
        lambda g, x: chain.where(x <= -3.0, 0.0, chain.where(x < 3.0, g * (x / 3.0 + 0.5), g))
    ),
    g=lambda t, input: hardswish_gradient(t, input),
    input=lambda t, g, input: where(logical_and(gt(input, -3.0), lt(input, 3.0)), t * g / 3.0, 0.0),
    doc="g times the slope of hardswish: input / 3 + 1 / 2 between -3 and 3.",
)  # fmt: skip


@composite(namespace="nn.functional")
def hardswish(input, inplace: bool = False):
    """input * hardsigmoid(input) (Howard et al., "Searching for MobileNetV3", 2019). Of floating tensors.

    Any shape. NotImplementedError for other dtypes.

    >>> import wengert as t
    >>> t.nn.functional.hardswish(t.tensor([-4.0, 1.0, 4.0]))
    tensor([-0.0000,  0.6667,  4.0000])
    """
    return _apply(_hardswish, inplace, input)


_prelu = _internal(
    "prelu_kernel(input, weight)",
    forward=lambda x, weight: _broken_lines(x, weight),
    node_name="PreluKernelBackward0",
    input=lambda t, input, weight: where(gt(input, 0.0), t, t * weight),
    weight=lambda t, input: where(gt(input, 0.0), 0.0, t * input),
    doc="input where it is above 0, weight * input elsewhere.",
)  # fmt: skip
_broken_lines = Chain(lambda x, weight: chain.where(x > 0.0, x, x * weight))


@composite(namespace="nn.functional", aliases=("prelu",))
def prelu(input, weight):
    """input where it is above 0, weight * input elsewhere (He, Zhang, Ren & Sun, 2015).

    weight has one element, or one for each channel: of an input (N, C, *) it is (C,). Both are of one floating dtype.
    RuntimeError for any other shape or dtype.

    >>> import wengert as t
    >>> t.nn.functional.prelu(t.tensor([-1.0, 2.0]), t.tensor([0.25]))
    tensor([-0.2500,  2.0000])
    """
    arguments.tensor("prelu", "input", 1, input)
    arguments.tensor("prelu", "weight", 2, weight)
    if input.dtype is not weight.dtype:
        found, other = type_word(input.dtype.numpy), type_word(weight.dtype.numpy)
        raise RuntimeError(f"prelu: Type promoting not supported. Got {found} and {other}: convert one with .to()")
    if not input.dtype.is_floating_point:
        raise _refused(input.array, "prelu_cpu")
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.numel() == 1:
        return _prelu(input, weight.reshape(()))
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim != 1 or weight.shape[0] != channels:
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            f"{weight.numel()} and channel size = {channels}."
        )
    return _prelu(input, weight.reshape(-1, *(1,) * (input.ndim - 2)))


def _rrelu(input, lower, upper, training, generator=None):
    _check_numbers("rrelu", (lower, upper), ("lower", "upper"))
    if lower > upper:
        raise RuntimeError(
            f"Lower bound should be less than or equal to the upper bound: rrelu was given {lower} and {upper}"
        )
    if not training:
        return leaky_relu_operation(input, (lower + upper) / 2.0)
    from .random import drawn_tensor, uniform_values

    if not input.dtype.is_floating_point:
        raise _refused(input.array, "rrelu_with_noise_out_cpu")

    def draw(stream, shape, dtype):
        return (lower + (upper - lower) * uniform_values(stream, shape, dtype)).astype(dtype)

    slopes = drawn_tensor(draw, generator, tuple(input.shape), input.array.dtype)
    return where(le(input, 0.0), input * slopes, input)


@composite(method=False, in_place="public", kinds={"upper": "Number"})
def rrelu(input, lower=1 / 8, upper=1 / 3, training=False, generator=None):
    """input where it is above 0, a * input elsewhere; a is the middle of [lower, upper), in training drawn from it.

    Of floating tensors (Xu, Wang, Chen & Li, 2015). RuntimeError if lower is above upper.

    >>> import wengert as t
    >>> t.rrelu(t.tensor([-1.0, 2.0]), 0.2, 0.4)
    tensor([-0.3000,  2.0000])
    """
    arguments.tensor("rrelu", "input", 1, input)
    return _rrelu(input, lower, upper, training, generator)


# ------------------------------------------------------------------------------------------------ exponential units


def _elu_constants(alpha):
    return alpha, 1.0, 1.0


def _celu_constants(alpha):
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return alpha, 1.0, 1.0 / alpha


# alpha * scale * expm1(x * c) below 0, scale * x above it
_exponential_unit = Chain(
    lambda x, alpha, scale, c: chain.where(x <= 0.0, chain.expm1(x * c) * alpha * scale, x * scale), numbers=3
)
elu_gradient = _internal(
    "elu_gradient(g, input, alpha, scale, input_scale)",
    forward=Chain(
        lambda g, x, alpha, scale, c: chain.where(x <= 0.0, g * (chain.exp(x * c) * c * alpha * scale), g * scale),
        numbers=3,
    ),
    g=lambda t, input, alpha, scale, input_scale: elu_gradient(t, input, alpha, scale, input_scale),
    input=lambda t, g, input, alpha, scale, input_scale: where(
        le(input, 0.0),
        t * g * (exp(where(le(input, 0.0), input, 0.0) * input_scale) * (alpha * scale * input_scale**2)), 0.0,
    ),
    doc="g times the slope of an exponential linear unit.",
)  # fmt: skip
elu_operation = _internal(
    "elu(input, alpha=1.0)", forward=_of_floats("elu_cpu", _exponential_unit, ("alpha",), _elu_constants),
    input=lambda t, input, alpha: elu_gradient(t, input, *_elu_constants(alpha)),
    doc="input where it is above 0, alpha (exp(input) - 1) elsewhere.",
)  # fmt: skip
celu = elementwise(
    "celu(input, alpha=1.0)", promoted=(), method=False, in_place="public",
    forward=_of_floats("elu_cpu", _exponential_unit, ("alpha",), _celu_constants, name="celu"),
    input=lambda t, input, alpha: elu_gradient(t, input, *_celu_constants(alpha)),
    doc="""input where it is above 0, alpha (exp(input / alpha) - 1) elsewhere (Barron, 2017). Of floating tensors;
    RuntimeError if alpha is 0.

    Any shape. NotImplementedError for booleans, integers and complex numbers.

    >>> import wengert as t
    >>> t.celu(t.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.4323,  2.0000])
    """,
)  # fmt: skip
selu = elementwise(
    "selu(input)", promoted=(), method=False, in_place="public", node_name="EluBackward0",
    forward=_of_floats("elu_cpu", _exponential_unit, (), lambda: (SELU_ALPHA, SELU_SCALE, 1.0)),
    input=lambda t, input: elu_gradient(t, input, SELU_ALPHA, SELU_SCALE, 1.0),
    doc="""scale * input where it is above 0, scale * alpha (exp(input) - 1) elsewhere, with the two constants that
    keep mean and variance of a layer's activations (Klambauer et al., "Self-normalizing neural networks", 2017). Of
    floating tensors.

    Any shape. NotImplementedError for booleans, integers and complex numbers.

    >>> import wengert as t
    >>> t.selu(t.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """,
)  # fmt: skip


@composite(namespace="nn.functional")
def elu(input, alpha: float = 1.0, inplace: bool = False):
    """input where it is above 0, alpha (exp(input) - 1) elsewhere (Clevert, Unterthiner & Hochreiter, 2015).

    Of floating tensors.

    Any shape. NotImplementedError for other dtypes.

    >>> import wengert as t
    >>> t.nn.functional.elu(t.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return _apply(elu_operation, inplace, input, alpha)


# ------------------------------------------------------------------------------------------------ smooth ones

_silu = _internal(
    "silu(input)",
    forward=_of_floats("silu_cpu", Chain(lambda x: x / (chain.exp(-x) + 1.0), complex=True), complex=True),
    input=lambda t, input: silu_gradient(t, input),
    doc="input * sigmoid(input).",
)  # fmt: skip


def _silu_slope(g, x):
    s = 1.0 / (chain.exp(-x) + 1.0)
    return g * (s * (1.0 + x * (1.0 - s)))


def _silu_curvature(x):
    s = sigmoid(x)
    return s * (1.0 - s) * (2.0 + x * (1.0 - 2.0 * s))


silu_gradient = _internal(
    "silu_gradient(g, input)", forward=Chain(_silu_slope, complex=True),
    g=lambda t, input: silu_gradient(t, input),
    input=lambda t, g, input: t * g * _silu_curvature(input),
    doc="g times the slope of silu.",
)  # fmt: skip


@composite(namespace="nn.functional")
def silu(input, inplace: bool = False):
    """input * sigmoid(input), the swish (Elfwing, Uchibe & Doya, 2017). Of floating and complex tensors.

    Any shape. NotImplementedError for other dtypes.

    >>> import wengert as t
    >>> t.nn.functional.silu(t.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    return _apply(_silu, inplace, input)


def _mish_value(x):
    # tanh(log(1 + e)) = n / (n + 2) with n = e (e + 2); above 20 that is 1 in double precision.
    e = chain.exp(chain.minimum(x, 20.0))
    n = e * (e + 2.0)
    return x * (n / (n + 2.0))


def _mish_slope(g, x):
    # Above 20 it is 1; there a part of x would be left of the second term.
    e = chain.exp(chain.minimum(x, 20.0))
    m = e * (e + 2.0) + 2.0
    slope = (m - 2.0) / m + x * (4.0 * e * (e + 1.0) / (m * m))
    return chain.where(x > 20.0, g, g * slope)


def _mish_curvature(x):
    # With s = sigmoid(x) and u = tanh(softplus(x)), whose derivative is (1 - u^2) s.
    s, u = sigmoid(x), tanh(softplus(x))
    return (1.0 - u * u) * s * (2.0 + x * (1.0 - s) - 2.0 * x * u * s)


_mish = _internal(
    "mish(input)", forward=_of_floats("mish_cpu", Chain(_mish_value)),
    input=lambda t, input: mish_gradient(t, input),
    doc="input * tanh(softplus(input)).",
)  # fmt: skip
mish_gradient = _internal(
    "mish_gradient(g, input)", forward=Chain(_mish_slope),
    g=lambda t, input: mish_gradient(t, input),
    input=lambda t, g, input: t * g * _mish_curvature(input),
    doc="g times the slope of mish.",
)  # fmt: skip


@composite(namespace="nn.functional")
def mish(input, inplace: bool = False):
    """input * tanh(softplus(input)) (Misra, 2019). Of floating tensors.

    Any shape. NotImplementedError for other dtypes.

    >>> import wengert as t
    >>> t.nn.functional.mish(t.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """
    return _apply(_mish, inplace, input)


def _softplus_value(x, beta, limit):
    z = x * beta
    return chain.where(z > limit, x, (chain.maximum(z, 0.0) + chain.log1p(chain.exp(-chain.absolute(z)))) / beta)


def _softplus_slope(g, x, beta, limit):
    z = x * beta
    return chain.where(z > limit, g, g / (chain.exp(-z) + 1.0))


def _softplus_curvature(input, beta, threshold):
    z = input * beta
    s = sigmoid(z)
    return where(gt(z, threshold), 0.0, s * (1.0 - s) * beta)


_softplus = _internal(
    "softplus(input, beta=1.0, threshold=20.0)",
    forward=_of_floats("softplus_cpu", Chain(_softplus_value, numbers=2), ("beta", "threshold")),
    input=lambda t, input, beta, threshold: softplus_gradient(t, input, beta, threshold),
    doc="log(1 + exp(beta input)) / beta.",
)  # fmt: skip
softplus_gradient = _internal(
    "softplus_gradient(g, input, beta, threshold)", forward=Chain(_softplus_slope, numbers=2),
    g=lambda t, input, beta, threshold: softplus_gradient(t, input, beta, threshold),
    input=lambda t, g, input, beta, threshold: t * g * _softplus_curvature(input, beta, threshold),
    doc="g times the slope of softplus, sigmoid(beta input).",
)  # fmt: skip


@composite(namespace="nn.functional")
def softplus(input, beta: float = 1.0, threshold: float = 20.0):
    """log(1 + exp(beta input)) / beta, without overflow; the input itself where beta * input is above the threshold.

    Of floating tensors (Dugas et al., 2001).

    Any shape. NotImplementedError for other dtypes.

    >>> import wengert as t
    >>> t.nn.functional.softplus(t.tensor([-1.0, 0.0, 30.0]))
    tensor([ 0.3133,  0.6931, 30.0000])
    """
    return _softplus(input, beta, threshold)


_logsigmoid = _internal(
    "log_sigmoid(input)",
    forward=_of_floats(
        "log_sigmoid_cpu",
        Chain(lambda x: chain.minimum(x, 0.0) - chain.log1p(chain.exp(-chain.absolute(x)))),
    ),
    input=lambda t, input: softplus_gradient(t, -input, 1.0, math.inf),
    doc="log(sigmoid(input)).",
)  # fmt: skip


@composite(namespace="nn.functional")
def logsigmoid(input):
    """log(sigmoid(input)) = min(input, 0) - log(1 + exp(-|input|)), without overflow. Of floating tensors.

    Any shape. NotImplementedError for other dtypes.

    >>> import wengert as t
    >>> t.nn.functional.logsigmoid(t.tensor([-1000.0, 0.0]))
    tensor([-1.0000e+03, -6.9315e-01])
    """
    return _logsigmoid(input)


# The normal distribution function and its density, by which the exact gelu is input * cdf(input).
_GELU = {
    "none": Chain(lambda x: x * (0.5 * (1.0 + chain.erf(x * ROOT_HALF)))),
    "tanh": Chain(
        lambda x: x * (0.5 * (1.0 + chain.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * (x * x * x)))))
    ),
}  # fmt: skip


def _gelu_slope(g, x):
    density = chain.exp(x * x * -0.5) * (1.0 / math.sqrt(2.0 * math.pi))
    return g * (0.5 * (1.0 + chain.erf(x * ROOT_HALF)) + x * density)


def _gelu_tanh_slope(g, x):
    square = x * x
    k = math.sqrt(2.0 / math.pi)
    u = chain.tanh(k * x * (1.0 + 0.044715 * square))
    return g * (0.5 * (1.0 + u) + 0.5 * x * (1.0 - u * u) * (k * (1.0 + 3 * 0.044715 * square)))


_GELU_SLOPES = {"none": Chain(_gelu_slope), "tanh": Chain(_gelu_tanh_slope)}


def _gelu_curvature(x, approximate):
    if approximate == "none":
        return exp(x * x * -0.5) * (2.0 - x * x) * (1.0 / math.sqrt(2.0 * math.pi))
    k, c = math.sqrt(2.0 / math.pi), 0.044715
    u = tanh(k * (x + c * x * x * x))
    first = k * (1.0 + 3 * c * x * x)
    return (1.0 - u * u) * (first + 0.5 * x * (6 * k * c * x - 2.0 * u * first * first))


def _gelu_forward(x, approximate):
    if approximate not in _GELU:
        raise RuntimeError(f"approximate argument must be either none or tanh.: gelu was given {approximate!r}")
    if x.dtype.kind in "buic":
        raise _refused(x, "GeluKernelImpl")
    if approximate == "none":
        # Halves are computed in single precision, by the same loop, and rounded once.
        half = x.dtype.itemsize == 2
        out = normal_distribution.gelu(x.astype(numpy.float32) if half else x)
        if out is not None:
            return out.astype(x.dtype) if half else out
    return _GELU[approximate](x)


def _gelu_gradient(g, x, approximate):
    if approximate == "none":
        half = x.dtype.itemsize == 2 and g.dtype == x.dtype
        operands = (g.astype(numpy.float32), x.astype(numpy.float32)) if half else (g, x)
        out = normal_distribution.gelu_gradient(*operands)
        if out is not None:
            return out.astype(x.dtype) if half else out
    return _GELU_SLOPES[approximate](g, x)


_gelu = _internal(
    "gelu(input, approximate='none')", forward=_gelu_forward,
    input=lambda t, input, approximate: gelu_gradient(t, input, approximate),
    doc="input times the normal distribution function of it.",
)  # fmt: skip
gelu_gradient = _internal(
    "gelu_gradient(g, input, approximate)", forward=_gelu_gradient,
    g=lambda t, input, approximate: gelu_gradient(t, input, approximate),
    input=lambda t, g, input, approximate: t * g * _gelu_curvature(input, approximate),
    doc="g times the slope of gelu.",
)  # fmt: skip


@composite(namespace="nn.functional")
def gelu(input, approximate: str = "none"):
    """input times the normal distribution function of it, input (1 + erf(input / sqrt(2))) / 2.

    approximate="tanh" has tanh(sqrt(2 / pi) (input + 0.044715 input^3)) for erf (Hendrycks & Gimpel, 2016). Of floating
    tensors; RuntimeError for any other approximation.

    >>> import wengert as t
    >>> t.nn.functional.gelu(t.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """
    return _gelu(input, approximate)


@composite(namespace="nn.functional")
def glu(input, dim: int = -1):
    """The first half along dim times sigmoid of the second: (*, 2n, *) -> (*, n, *).

    See Dauphin, Fan, Auli & Grangier, 2017. Of floating tensors. RuntimeError if the size along dim is odd, IndexError
    if dim is out of range.

    >>> import wengert as t
    >>> t.nn.functional.glu(t.tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    arguments.tensor("glu", "input", 1, input)
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even: this one has no dimension")
    size = input.size(dim)
    if size % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {dim % input.ndim} is size {size}: glu splits it in two"
        )
    if not input.dtype.is_floating_point:
        raise _refused(input.array, "glu_cpu")
    from .shape import narrow

    first, second = narrow(input, dim, 0, size // 2), narrow(input, dim, size // 2, size // 2)
    if input.dtype in HALVES:
        return rounded_once(lambda x, y: x * sigmoid(y), first, second)
    return first * sigmoid(second)


@composite(namespace="nn.functional")
def softsign(input):
    """input / (1 + |input|). Integers become floats.

    Any shape; complex numbers too. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.nn.functional.softsign(t.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """
    arguments.tensor("softsign", "input", 1, input)
    return input / (1.0 + abs(input))


@composite(namespace="nn.functional")
def tanhshrink(input):
    """input - tanh(input). Integers become floats.

    Any shape; complex numbers too. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.nn.functional.tanhshrink(t.tensor([-1.0, 3.0]))
    tensor([-0.2384,  2.0049])
    """
    arguments.tensor("tanhshrink", "input", 1, input)
    return sub(input, tanh(input))
