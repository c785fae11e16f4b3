"""Normalisation of each sample by itself: over its last dimensions, or over groups of its channels."""

import math

import numpy

from ..core.errors import type_word
from . import arguments
from .composite import composite
from .elementwise import rsqrt
from .reductions import mean as mean_
from .shape import reshape
from .standardization import OPTIONAL, check_mixture, check_types, standardized


def _checked(name: str, input, normalized_shape, weight, bias, separator: str = ", ") -> tuple:
    """The shape as a tuple; RuntimeError unless the input ends in it and the parameters have it."""
    given = normalized_shape
    if type(given) is tuple and given and input.shape[-len(given) :] == given:
        if all([x is None or x.shape == given for x in (weight, bias)]):
            return given
    if not isinstance(normalized_shape, (list, tuple)):
        raise TypeError(
            f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(normalized_shape).__name__}"
        )
    shape = arguments.integers(name, "normalized_shape", 2, normalized_shape)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            f"normalized_shape = {list(shape)}"
        )
    for word, x in (("weight", weight), ("bias", bias)):
        if x is not None and tuple(x.shape) != shape:
            raise RuntimeError(
                f"Expected {word} to be of same shape as normalized_shape, but got {word} of shape {list(x.shape)} and "
                f"normalized_shape = {list(shape)}"
            )
    if input.ndim < len(shape) or tuple(input.shape[input.ndim - len(shape) :]) != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{separator}"
            f"{', '.join(map(str, shape))}], but got input of size{list(input.shape)}"
        )
    return shape


def layer_norm_with_moments(name: str, input, normalized_shape, weight, bias, eps):
    input = arguments.tensor(name, "input", 1, input)
    shape = _checked(name, input, normalized_shape, weight, bias)
    check_mixture(input, weight, bias)
    check_types("LayerNormKernelImpl", input)
    leading = input.ndim - len(shape)
    return standardized(
        input, weight, bias, tuple(range(leading, input.ndim)), (1,) * leading + shape, float(eps), True
    )


@composite(method=False)
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05, cudnn_enable=True):
    """(input - mean) / sqrt(variance + eps) * weight + bias over the last dimensions, those of `normalized_shape`: the
    variance is that of all values, divided by their number (Ba, Kiros & Hinton, "Layer normalization", 2016,
    https://arxiv.org/abs/1607.06450).

    (*, *normalized_shape) -> the same; weight and bias have the shape normalized_shape. float16 and bfloat16 are
    computed in float32. Raises RuntimeError for shapes that do not fit and parameters of another dtype,
    NotImplementedError for dtypes that are not floating.

    >>> import wengert as t
    >>> t.layer_norm(t.tensor([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]]), (3,))
    tensor([[-1.2247,  0.0000,  1.2247],
            [ 0.0000,  0.0000,  0.0000]])
    """
    return layer_norm_with_moments("layer_norm", input, normalized_shape, weight, bias, eps)[0]


@composite(method=False, kinds=OPTIONAL)
def native_layer_norm(input, normalized_shape, weight, bias, eps):
    """(`layer_norm` of the input, the means, the reciprocals of the deviations): the latter two without a gradient.

    (*, *normalized_shape) -> the same and twice (*, 1, ...), the latter in float32 for float16 and bfloat16. Raises
    RuntimeError for shapes that do not fit and parameters of another dtype (but float32 ones of float16 and bfloat16),
    NotImplementedError for dtypes that are not floating.

    >>> import wengert as t
    >>> t.native_layer_norm(t.tensor([[1.0, 3.0]]), (2,), None, None, 0.0)
    (tensor([[-1.,  1.]]), tensor([[2.]]), tensor([[1.]]))
    """
    out, mean, variance = layer_norm_with_moments("native_layer_norm", input, normalized_shape, weight, bias, eps)
    return out, mean, rsqrt(variance + eps)


@composite(method=False, aliases=("nn.functional.rms_norm",))
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """input / sqrt(mean of input^2 + eps) * weight over the last dimensions, those of `normalized_shape` (Zhang &
    Sennrich, "Root mean square layer normalization", NeurIPS 2019, https://arxiv.org/abs/1910.07467).

    (*, *normalized_shape) -> the same; the weight has the shape normalized_shape. `eps` is `finfo(dtype).eps` unless
    given. float16 and bfloat16 are computed in float32. Raises RuntimeError for shapes that do not fit,
    NotImplementedError for integers and booleans.

    >>> import wengert as t
    >>> t.rms_norm(t.tensor([3.0, 4.0]), (2,))
    tensor([0.8485, 1.1314])
    """
    input = arguments.tensor("rms_norm", "input", 1, input)
    shape = _checked("rms_norm", input, normalized_shape, weight, None, separator="")
    if input.dtype.category < 2:
        raise NotImplementedError(
            f"\"rms_norm\" not implemented for '{type_word(input.array.dtype)}': convert the input to a floating dtype"
        )
    leading = input.ndim - len(shape)
    dims = tuple(range(leading, input.ndim))
    if eps is None:
        computed = numpy.float32 if input.dtype.itemsize == 2 else input.array.dtype
        eps = float(numpy.finfo(computed).eps)
    if input.dtype.is_complex or weight is not None and weight.dtype is not input.dtype:
        out = input * rsqrt(mean_(input * input, dims, True) + eps)
        return (out if weight is None else out * weight).to(input.dtype)
    return standardized(input, weight, None, dims, (1,) * leading + shape, float(eps), False)[0]


def _group_norm(input, weight, bias, groups: int, eps):
    count, channels, *spatial = input.shape
    for word, x in (("weight", weight), ("bias", bias)):
        if x is not None and tuple(x.shape) != (channels,):
            raise RuntimeError(
                f"Expected {word} to be a vector of size equal to the number of channels in input, but got {word} of "
                f"shape {list(x.shape)} and input of shape {list(input.shape)}"
            )
    check_mixture(input, weight, bias)
    check_types("GroupNormKernelImpl", input)
    parts = reshape(input, (count, groups, channels // groups, math.prod(spatial)))
    spread = (1, groups, channels // groups, 1)
    out, mean, variance = standardized(parts, weight, bias, (2, 3), spread, float(eps), True)
    return reshape(out, tuple(input.shape)), mean, variance


@composite(method=False)
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-05, cudnn_enabled=True):
    """(input - mean) / sqrt(variance + eps) * weight + bias, with mean and variance over the channels of a group and
    all that follows (Wu & He, "Group normalization", ECCV 2018, https://arxiv.org/abs/1803.08494).

    (N, C, *) -> the same, the C channels in `num_groups` groups; weight and bias have C elements. Raises RuntimeError
    for channels that the groups do not divide and shapes that do not fit, NotImplementedError for dtypes that are not
    floating.

    >>> import wengert as t
    >>> t.group_norm(t.tensor([[1.0, 3.0, 10.0, 20.0]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    input = arguments.tensor("group_norm", "input", 1, input)
    groups = arguments.integer("group_norm", "num_groups", 2, num_groups)
    if input.ndim < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {input.ndim}: group_norm takes (N, C, *)"
        )
    if groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {groups}")
    if input.shape[1] % groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={groups}"
        )
    return _group_norm(input, weight, bias, groups, eps)[0]


@composite(method=False, kinds=OPTIONAL)
def native_group_norm(input, weight, bias, N, C, HxW, group, eps):
    """(`group_norm` of the input, the means, the reciprocals of the deviations), each of the latter (N, groups).

    N, C and HxW say how many samples, channels and further elements the input (N, C, *) has; weight and bias have C
    elements or are None. The moments have no gradient; they are float32 for float16 and bfloat16. Raises RuntimeError
    for another number of elements, channels that the groups do not divide, parameters that do not fit in shape or
    dtype (float32 fits float16 and bfloat16), and NotImplementedError for dtypes that are not floating.

    >>> import wengert as t
    >>> t.native_group_norm(t.tensor([[1.0, 3.0]]), None, None, 1, 2, 1, 1, 0.0)
    (tensor([[-1.,  1.]]), tensor([[2.]]), tensor([[1.]]))
    """
    input = arguments.tensor("native_group_norm", "input", 1, input)
    if input.numel() != N * C * HxW:
        raise RuntimeError(
            f"Expected X.numel() == N * C * HxW to be true, but got {input.numel()} elements, {N}, {C} and {HxW}"
        )
    out, mean, variance = _group_norm(input, weight, bias, group, eps)
    return out, reshape(mean, (N, group)), rsqrt(reshape(variance, (N, group)) + eps)


