"""The computations of layers as functions, made of operations."""

import math
import warnings

from ..core import registry
from ..core.promotion import from_array
from ..ops import losses
from ..ops.composite import written_into
from ..ops.convolution import conv1d, conv2d, conv3d
from ..ops.elementwise import (
    abs as abs_,
)
from ..ops.elementwise import (
    clamp,
    exp,
    expm1,
    ge,
    gt,
    le,
    log1p,
    logical_and,
    maximum,
    sigmoid,
    tanh,
    where,
)
from ..ops.elementwise import (
    relu as relu_,
)
from ..ops.linear_algebra import linear
from ..ops.losses import logsigmoid
from ..ops.normalization import log_softmax as log_softmax_
from ..ops.normalization import softmax as softmax_
from ..ops.padding import pad
from ..ops.pooling import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d
from ..ops.random import _drawn, _uniform
from ..ops.reductions import sum as sum_
from ..ops.shape import narrow


def _implied_dim(name: str, ndim: int, dim):
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
        stacklevel=3,
    )
    return 0 if ndim in (0, 1, 3) else 1


def relu(input, inplace: bool = False):
    """max(input, 0)."""
    return relu_.in_place(input) if inplace else relu_(input)


def softmax(input, dim=None, _stacklevel: int = 3, dtype=None):
    """exp(input) divided by its sum over dim."""
    dim = _implied_dim("softmax", input.ndim, dim)
    return softmax_(input, dim) if dtype is None else softmax_(input, dim, dtype=dtype)


def log_softmax(input, dim=None, _stacklevel: int = 3, dtype=None):
    """The logarithm of softmax."""
    dim = _implied_dim("log_softmax", input.ndim, dim)
    return log_softmax_(input, dim) if dtype is None else log_softmax_(input, dim, dtype=dtype)


def softmin(input, dim=None, _stacklevel: int = 3, dtype=None):
    """softmax of -input."""
    return softmax(-input, dim, dtype=dtype)


def leaky_relu(input, negative_slope: float = 0.01, inplace: bool = False):
    """input where it is above 0, negative_slope * input elsewhere (Maas, Hannun & Ng, 2013)."""
    if inplace:
        return written_into(input, lambda x: leaky_relu(x, negative_slope))
    return where(gt(input, 0), input, input * negative_slope)


def elu(input, alpha: float = 1.0, inplace: bool = False):
    """input where it is above 0, alpha (exp(input) - 1) elsewhere (Clevert, Unterthiner & Hochreiter, 2015)."""
    if inplace:
        return written_into(input, lambda x: elu(x, alpha))
    return where(gt(input, 0), input, alpha * expm1(clamp(input, max=0)))


def celu(input, alpha: float = 1.0, inplace: bool = False):
    """input where it is above 0, alpha (exp(input / alpha) - 1) elsewhere (Barron, 2017)."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    if inplace:
        return written_into(input, lambda x: celu(x, alpha))
    return where(gt(input, 0), input, alpha * expm1(clamp(input, max=0) / alpha))


def selu(input, inplace: bool = False):
    """scale * elu with the constants of Klambauer et al., "Self-normalizing neural networks", 2017."""
    if inplace:
        return written_into(input, selu)
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return scale * where(gt(input, 0), input, alpha * expm1(clamp(input, max=0)))


def gelu(input, approximate: str = "none"):
    """input times the normal distribution function of it; "tanh" approximates (Hendrycks & Gimpel, 2016)."""
    if approximate == "tanh":
        return 0.5 * input * (1.0 + tanh(math.sqrt(2.0 / math.pi) * (input + 0.044715 * input * input * input)))
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    from ..ops.special import erf

    return 0.5 * input * (1.0 + erf(input * math.sqrt(0.5)))


def glu(input, dim: int = -1):
    """The first half along dim times sigmoid of the second (Dauphin, Fan, Auli & Grangier, 2017)."""
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    size = input.size(dim)
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    first, second = narrow(input, dim, 0, size // 2), narrow(input, dim, size // 2, size // 2)
    return first * sigmoid(second)


def silu(input, inplace: bool = False):
    """input * sigmoid(input) (Elfwing, Uchibe & Doya, 2017)."""
    return written_into(input, silu) if inplace else input * sigmoid(input)


def softplus(input, beta: float = 1.0, threshold: float = 20.0):
    """log(1 + exp(beta input)) / beta; the input itself where beta * input is above the threshold."""
    scaled = input * beta
    return where(gt(scaled, threshold), input, log1p(exp(clamp(scaled, max=threshold))) / beta)


def mish(input, inplace: bool = False):
    """input * tanh(softplus(input)) (Misra, 2019)."""
    return written_into(input, mish) if inplace else input * tanh(softplus(input))


def hardtanh(input, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
    """input held in [min_val, max_val]; the derivative at both ends is 0."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if inplace:
        return written_into(input, lambda x: hardtanh(x, min_val, max_val))
    return where(le(input, min_val), min_val, where(ge(input, max_val), max_val, input))


def relu6(input, inplace: bool = False):
    """input held in [0, 6]."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input, inplace: bool = False):
    """input / 6 + 1 / 2 held in [0, 1]."""
    if inplace:
        return written_into(input, hardsigmoid)
    return where(le(input, -3), 0.0, where(ge(input, 3), 1.0, input / 6.0 + 0.5))


def hardswish(input, inplace: bool = False):
    """input * hardsigmoid(input) (Howard et al., "Searching for MobileNetV3", 2019)."""
    if inplace:
        return written_into(input, hardswish)
    return input * hardsigmoid(input)


def hardshrink(input, lambd: float = 0.5):
    """input outside of [-lambd, lambd], 0 inside."""
    return where(logical_and(ge(input, -lambd), le(input, lambd)), 0.0, input)


def softshrink(input, lambd: float = 0.5):
    """input moved towards 0 by lambd, and no further than 0."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    inside = logical_and(ge(input, -lambd), le(input, lambd))
    return where(inside, 0.0, where(gt(input, 0), input - lambd, input + lambd))


def tanhshrink(input):
    """input - tanh(input)."""
    return input - tanh(input)


def threshold(input, threshold: float, value: float, inplace: bool = False):
    """input where it is above the threshold, value elsewhere."""
    limit = threshold
    if inplace:
        return input.copy_(where(le(input, limit), value, input))
    return where(le(input, limit), value, input)


def softsign(input):
    """input / (1 + |input|)."""
    return input / (1.0 + abs_(input))


def prelu(input, weight):
    """input where it is above 0, weight * input elsewhere; weight has one element, or one per channel (dimension 1)."""
    if weight.numel() == 1:
        weight = weight.reshape(())
    else:
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.ndim != 1 or weight.shape[0] != channels:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} "
                "and channel size "
                f"= {channels}."
            )
        weight = weight.reshape(-1, *(1,) * (input.ndim - 2))
    return where(gt(input, 0), input, weight * input)


def dropout(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Elements set to 0 with probability p and the others scaled by 1 / (1 - p), in training; input otherwise."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    return _dropped(input, tuple(input.shape), p, inplace)


def _dropped(input, shape: tuple, p: float, inplace: bool):
    def draw(stream, shape, dtype):
        kept = (_uniform(stream, shape, dtype if dtype.kind == "f" else "float32") >= p).astype(dtype)
        if p < 1.0:
            kept *= dtype.type(1.0 / (1.0 - p))
        return kept

    factor = _drawn(draw, None, shape, input.array.dtype)
    return input.mul_(factor) if inplace else input * factor


def dropout1d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Whole channels of (N, C, L) or (C, L) set to 0 with probability p."""
    return _channel_dropout("dropout1d", 1, input, p, training, inplace)


def dropout2d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Whole channels of (N, C, H, W) or (C, H, W) set to 0 with probability p."""
    return _channel_dropout("dropout2d", 2, input, p, training, inplace)


def dropout3d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Whole channels of (N, C, D, H, W) or (C, D, H, W) set to 0 with probability p."""
    return _channel_dropout("dropout3d", 3, input, p, training, inplace)


def _channel_dropout(name, spatial, input, p, training, inplace):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"{name}: Expected {spatial + 1}D or {spatial + 2}D input, but received a {input.ndim}D input"
        )
    if not training or p == 0.0:
        return input
    return _dropped(input, (*input.shape[: input.ndim - spatial], *(1,) * spatial), p, inplace)


def bilinear(input1, input2, weight, bias=None):
    """sum over i, j of input1[i] weight[o, i, j] input2[j], plus bias: (*, n), (*, m), (o, n, m) -> (*, o)."""
    # (*, 1, n, 1) * (o, n, m) * (*, 1, 1, m) summed over both
    left = input1.reshape(*input1.shape[:-1], 1, input1.shape[-1])
    out = sum_(
        (left @ weight.permute(1, 0, 2).reshape(weight.shape[1], -1)).reshape(
            *input1.shape[:-1], weight.shape[0], weight.shape[2]
        )
        * input2.reshape(*input2.shape[:-1], 1, input2.shape[-1]),
        -1,
    )
    return out if bias is None else out + bias


def one_hot(tensor, num_classes: int = -1):
    """A new last dimension with 1 at the class and 0 elsewhere."""
    if tensor.dtype.name != "int64":
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if num_classes == -1:
        num_classes = int(tensor.max()) + 1
    from ..ops.ranges import arange

    return (tensor.unsqueeze(-1) == arange(num_classes)).long()


def normalize(input, p: float = 2.0, dim: int = 1, eps: float = 1e-12):
    """input divided by its p-norm along dim, which is held above eps."""
    return input / input.norm(p, dim, True).clamp(min=eps)


def cosine_similarity(x1, x2, dim: int = 1, eps: float = 1e-8):
    """The cosine of the angle between x1 and x2 along dim."""
    norms = maximum(x1.norm(2, dim, True), from_array(x1.array.dtype.type(eps)))
    others = maximum(x2.norm(2, dim, True), from_array(x2.array.dtype.type(eps)))
    return sum_((x1 / norms) * (x2 / others), dim)


def embedding(input, weight, padding_idx=None):
    """The rows of weight (V, D) at positions: (*) -> (*, D). No gradient flows to row padding_idx."""
    if padding_idx is not None:
        kept = (input != padding_idx).unsqueeze(-1)
        rows = weight[input]
        return where(kept, rows, rows.detach())
    return weight[input]


# ---------------------------------------------------------------------------------------------- losses


def reduction_of(size_average, reduce, reduction: str) -> str:
    """The reduction that PyTorch's older pair of flags stands for; `reduction` itself if neither is given."""
    if size_average is None and reduce is None:
        return reduction
    meant = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.",
        UserWarning,
        stacklevel=3,
    )
    return meant


def mse_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """(input - target)^2."""
    return losses.mse_loss(input, target, reduction_of(size_average, reduce, reduction))


def l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """|input - target|."""
    return losses.l1_loss(input, target, reduction_of(size_average, reduce, reduction))


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
    """d^2 / (2 beta) for d = |input - target| below beta, d - beta / 2 above."""
    return losses.smooth_l1_loss(input, target, reduction_of(size_average, reduce, reduction), beta)


def huber_loss(input, target, reduction: str = "mean", delta: float = 1.0):
    """d^2 / 2 for d = |input - target| up to delta, delta (d - delta / 2) above."""
    return losses.huber_loss(input, target, reduction, delta)


def nll_loss(
    input, target, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean"
):  # fmt: skip
    """The negative log-likelihood of classes (N, *) under log-probabilities (N, C, *)."""
    return losses.nll_loss(input, target, weight, ignore_index, reduction_of(size_average, reduce, reduction))


def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean",
    label_smoothing: float = 0.0,
):  # fmt: skip
    """The cross-entropy of scores (N, C, *) against classes (N, *) or probabilities (N, C, *)."""
    return losses.cross_entropy(
        input, target, weight, ignore_index, reduction_of(size_average, reduce, reduction), label_smoothing
    )


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean"):
    """-(target log(input) + (1 - target) log(1 - input)), the logarithms held above -100."""
    return losses.binary_cross_entropy(input, target, weight, reduction_of(size_average, reduce, reduction))


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean", pos_weight=None
):  # fmt: skip
    """`binary_cross_entropy` of sigmoid(input), without overflow."""
    return losses.binary_cross_entropy_with_logits(
        input, target, weight, reduction_of(size_average, reduce, reduction), pos_weight
    )


__all__ = [
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "bilinear", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "celu", "conv1d", "conv2d", "conv3d", "cosine_similarity", "cross_entropy",
    "dropout", "dropout1d", "dropout2d", "dropout3d", "elu", "embedding", "gelu", "glu", "hardshrink",
    "hardsigmoid", "hardswish", "hardtanh", "huber_loss", "l1_loss", "leaky_relu", "linear", "log_softmax",
    "logsigmoid", "max_pool1d", "max_pool2d", "max_pool3d", "mish", "mse_loss", "nll_loss", "normalize", "one_hot",
    "pad", "prelu", "relu", "relu6", "selu", "sigmoid", "silu", "smooth_l1_loss", "softmax", "softmin", "softplus",
    "softshrink", "softsign", "tanh", "tanhshrink", "threshold",
]  # fmt: skip

# What was declared under `ops/` with the namespace "nn.functional".
globals().update(registry.namespace_called("nn.functional"))
__all__ += sorted(set(registry.namespace_called("nn.functional")) - set(__all__))
