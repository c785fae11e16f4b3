"""What layer, group, batch, instance and RMS normalisation are made of: (x - mean) / sqrt(variance + eps), scaled and
shifted.

Design
  A. One operation takes the mean and variance over any dimensions; a second one is given them, as batch normalisation
     is in evaluation. Of the computation only the input and the statistics are kept, not the standardised values.
  B. Weight and bias have the shape `spread` against the input: 1 where they are the same for all.
  C. The rules of a first pass run on arrays. Where the backward pass is recorded itself, the same formulas run as
     tensor code from the input on, so that the statistics' share in the second derivative is there.
  D. float16 is computed in float32. A parameter has the input's type, or float32 beside a narrower input.
"""

import numpy

from ..core.errors import type_word
from ..core.modes import is_grad_enabled
from ..kernels import reductions as kernels
from .declaration import general
from .elementwise import rsqrt
from .reductions import mean as mean_
from .reductions import sum as sum_
from .shape import reshape


def check_types(kernel: str, input, *parameters) -> None:
    """NotImplementedError for an input that is not floating, RuntimeError for parameters of another type."""
    if not input.dtype.is_floating_point:
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{type_word(input.array.dtype)}': convert the input to a floating dtype"
        )
    check_mixture(input, *parameters)


def check_mixture(input, *parameters) -> None:
    """RuntimeError for parameters of another type than the input's, unless they are float32 and it is narrower."""
    for x in parameters:
        if x is None or x.dtype is input.dtype:
            continue
        found = f"the input is of {input.dtype}, a parameter of {x.dtype}"
        if x.dtype.name != "float32":
            raise RuntimeError(f"mixed dtype (CPU): expect parameter to have scalar type of Float: {found}")
        if not input.dtype.is_floating_point or input.dtype.itemsize > 2:
            raise RuntimeError(f"mixed dtype (CPU): all inputs must share same datatype.: {found}")


def _wide(x):
    return x.astype(numpy.float32) if x.dtype.itemsize == 2 else x


def _shared(x, spread: tuple):
    return _wide(x).reshape(spread)


def _reciprocal_deviation(variance, eps):
    with numpy.errstate(all="ignore"):
        return 1 / numpy.sqrt(variance + variance.dtype.type(eps))


def _scaled(values, weight, bias, spread: tuple, dtype):
    if weight is not None:
        values *= _shared(weight, spread)
    if bias is not None:
        values += _shared(bias, spread)
    return values.astype(dtype, copy=False)


def _moments(x, dims: tuple, centred: bool) -> tuple:
    """The mean over dims, the values less it, and the mean of their squares."""
    x = _wide(x)
    if centred:
        mean = kernels.mean(x, dims, True)
        with numpy.errstate(all="ignore"):
            x = x - mean
    else:
        mean = numpy.zeros([1 if d in dims else size for d, size in enumerate(x.shape)], x.dtype)
    with numpy.errstate(all="ignore"):
        return mean, x, kernels.mean(x * x, dims, True)


def _standardized(x, weight, bias, dims, spread, eps, centred):
    mean, deviations, variance = _moments(x, dims, centred)
    with numpy.errstate(all="ignore"):
        values = deviations * _reciprocal_deviation(variance, eps)
        return _scaled(values, weight, bias, spread, x.dtype), mean, variance


def _standardized_by_formula(input, weight, bias, dims, spread, eps, centred):
    mean = mean_(input, dims, True)
    deviations = input - mean if centred else input
    variance = mean_(deviations * deviations, dims, True)
    out = deviations * rsqrt(variance + eps)
    if weight is not None:
        out = out * reshape(weight, spread)
    if bias is not None:
        out = out + reshape(bias, spread)
    return out.to(input.dtype), (mean if centred else mean * 0).detach(), variance.detach()


def _collected(sum_over, x, spread: tuple, shape: tuple):
    """The sum over the dimensions in which a parameter is the same for all, in the parameter's shape."""
    dims = tuple([d for d, size in enumerate(spread) if size == 1])
    return (sum_over(x, dims, True) if dims else x).reshape(shape)


def _input_gradient(g, x, weight, mean, variance, dims, spread, eps, centred):
    with numpy.errstate(all="ignore"):
        scaled = _wide(g) if weight is None else _wide(g) * _shared(weight, spread)
        scale = _reciprocal_deviation(variance, eps)
        standard = (_wide(x) - mean) * scale
        out = standard * kernels.mean(scaled * standard, dims, True)
        numpy.subtract(scaled, out, out)
        if centred:
            out -= kernels.mean(scaled, dims, True)
        out *= scale
        return out.astype(x.dtype, copy=False)


def _input_gradient_by_formula(g, input, weight, mean, variance, dims, spread, eps, centred):
    scaled = g if weight is None else g * reshape(weight, spread)
    deviations = input - mean_(input, dims, True) if centred else input
    scale = rsqrt(mean_(deviations * deviations, dims, True) + eps)
    standard = deviations * scale
    out = scaled - standard * mean_(scaled * standard, dims, True)
    if centred:
        out = out - mean_(scaled, dims, True)
    return (out * scale).to(input.dtype)


def _weight_gradient(g, x, mean, variance, spread, shape, dtype, eps):
    with numpy.errstate(all="ignore"):
        standard = (_wide(x) - mean) * _reciprocal_deviation(variance, eps)
        standard *= g
        return _collected(kernels.sum, standard, spread, shape).astype(dtype, copy=False)


def _weight_gradient_by_formula(g, input, mean, variance, spread, shape, dtype, eps):
    return _collected(sum_, g * ((input - mean) * rsqrt(variance + eps)), spread, shape)


standardized_gradient = general(
    "standardized_gradient(g, input, weight, mean, variance, dims, spread, eps, centred)", forward=_input_gradient,
    fallback=_input_gradient_by_formula, method=False, public=False, g=None, input=None, weight=None, mean=None,
    variance=None,
    doc="The gradient of standardized with respect to its input, of a backward pass that is not recorded.",
)  # fmt: skip
standardized_weight_gradient = general(
    "standardized_weight_gradient(g, input, mean, variance, spread, shape, dtype, eps)", forward=_weight_gradient,
    fallback=_weight_gradient_by_formula, method=False, public=False, g=None, input=None, mean=None, variance=None,
    doc="The gradient of standardized with respect to its weight, of a backward pass that is not recorded.",
)  # fmt: skip


def _input_rule(g, input, weight, mean, variance, dims, spread, eps, centred):
    rule = _input_gradient_by_formula if is_grad_enabled() else standardized_gradient
    return rule(g, input, weight, mean, variance, dims, spread, eps, centred)


def _weight_rule(g, input, weight, mean, variance, dims, spread, eps, centred):
    shape, dtype = tuple(weight.shape), weight.array.dtype
    if not is_grad_enabled():
        return standardized_weight_gradient(g, input, mean, variance, spread, shape, dtype, eps)
    mean = mean_(input, dims, True) if centred else mean
    deviations = input - mean
    variance = mean_(deviations * deviations, dims, True)
    return _weight_gradient_by_formula(g, input, mean, variance, spread, shape, dtype, eps).to(weight.dtype)


def _bias_rule(g, bias, spread):
    return _collected(sum_, g, spread, tuple(bias.shape)).to(bias.dtype)


standardized = general(
    "standardized(input, weight, bias, dims, spread, eps, centred)", outputs=("out", "mean", "variance"),
    differentiable=("out",), forward=_standardized, fallback=_standardized_by_formula, method=False, public=False,
    node_name="NativeLayerNormBackward0",
    input=_input_rule,
    weight=_weight_rule,
    bias=_bias_rule,
    doc="""(input - mean) / sqrt(variance + eps) * weight + bias, with the mean and variance over `dims`, and those.

    Not `centred`: input / sqrt(mean of squares + eps), and a mean of 0.""",
)  # fmt: skip


def _by_statistics(x, weight, bias, mean, variance, spread, eps):
    scale = _reciprocal_deviation(_shared(variance, spread), eps)
    with numpy.errstate(all="ignore"):
        if weight is not None:
            scale = scale * _shared(weight, spread)
        shift = -_shared(mean, spread) * scale
        if bias is not None:
            shift += _shared(bias, spread)
        values = _wide(x) * scale
        values += shift
        return values.astype(x.dtype, copy=False)


def _by_statistics_formula(input, weight, bias, mean, variance, spread, eps):
    out = (input - reshape(mean, spread)) * rsqrt(reshape(variance, spread) + eps)
    if weight is not None:
        out = out * reshape(weight, spread)
    if bias is not None:
        out = out + reshape(bias, spread)
    return out.to(input.dtype)


def _by_statistics_weight(g, input, weight, mean, variance, spread, eps):
    rule = _weight_gradient_by_formula if is_grad_enabled() else standardized_weight_gradient
    mean, variance = reshape(mean, spread), reshape(variance, spread)
    return rule(g, input, mean, variance, spread, tuple(weight.shape), weight.array.dtype, eps).to(weight.dtype)


def _by_statistics_input(g, input, weight, variance, spread, eps):
    scale = rsqrt(reshape(variance, spread) + eps)
    return (g * (scale if weight is None else scale * reshape(weight, spread))).to(input.dtype)


standardized_by = general(
    "standardized_by(input, weight, bias, mean, variance, spread, eps)", forward=_by_statistics,
    fallback=_by_statistics_formula, method=False, public=False, node_name="NativeBatchNormBackward0",
    input=_by_statistics_input,
    weight=_by_statistics_weight,
    bias=_bias_rule,
    mean=None, variance=None,
    doc="(input - mean) / sqrt(variance + eps) * weight + bias, with a mean and variance that are given.",
)  # fmt: skip
