"""The computations of layers as functions, made of operations."""

import math
import warnings

from ..core.promotion import from_array
from ..ops.convolution import conv1d, conv2d, conv3d
from ..ops.elementwise import (
    abs as abs_,
)
from ..ops.elementwise import (
    exp,
    gt,
    log1p,
    maximum,
    sigmoid,
    tanh,
    where,
)
from ..ops.elementwise import (
    relu as relu_,
)
from ..ops.linear_algebra import linear
from ..ops.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from ..ops.normalization import log_softmax as log_softmax_
from ..ops.normalization import softmax as softmax_
from ..ops.padding import pad
from ..ops.pooling import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d
from ..ops.random import _stream, _uniform
from ..ops.reductions import sum as sum_


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


def _written(result, input, inplace: bool):
    return input.copy_(result) if inplace else result


def leaky_relu(input, negative_slope: float = 0.01, inplace: bool = False):
    """input where it is above 0, negative_slope * input elsewhere."""
    return _written(where(gt(input, 0), input, input * negative_slope), input, inplace)


def elu(input, alpha: float = 1.0, inplace: bool = False):
    """input where it is above 0, alpha (exp(input) - 1) elsewhere."""
    return _written(where(gt(input, 0), input, alpha * input.clamp(max=0).expm1()), input, inplace)


def selu(input, inplace: bool = False):
    """scale * elu with the constants of Klambauer et al., "Self-normalizing neural networks", 2017."""
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return _written(scale * where(gt(input, 0), input, alpha * input.clamp(max=0).expm1()), input, inplace)


def gelu(input, approximate: str = "none"):
    """input times the normal distribution function of it; "tanh" approximates (Hendrycks & Gimpel, 2016)."""
    if approximate == "tanh":
        return 0.5 * input * (1.0 + tanh(math.sqrt(2.0 / math.pi) * (input + 0.044715 * input * input * input)))
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    from ..ops.special import erf

    return 0.5 * input * (1.0 + erf(input * math.sqrt(0.5)))


def silu(input, inplace: bool = False):
    """input * sigmoid(input)."""
    return _written(input * sigmoid(input), input, inplace)


def softplus(input, beta: float = 1.0, threshold: float = 20.0):
    """log(1 + exp(beta input)) / beta; the input itself where beta * input is above the threshold."""
    scaled = input * beta
    return where(gt(scaled, threshold), input, log1p(exp(scaled.clamp(max=threshold))) / beta)


def mish(input, inplace: bool = False):
    """input * tanh(softplus(input))."""
    return _written(input * tanh(softplus(input)), input, inplace)


def hardtanh(input, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
    """input held in [min_val, max_val]."""
    return _written(input.clamp(min_val, max_val), input, inplace)


def relu6(input, inplace: bool = False):
    """input held in [0, 6]."""
    return hardtanh(input, 0.0, 6.0, inplace)


def logsigmoid(input):
    """log(sigmoid(input)), without overflow."""
    return input.clamp(max=0) - log1p(exp(-abs_(input)))


def softsign(input):
    """input / (1 + |input|)."""
    return input / (1.0 + abs_(input))


def dropout(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Elements set to 0 with probability p and the others scaled by 1 / (1 - p), in training; input otherwise."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    return _dropped(input, tuple(input.shape), p, inplace)


def _dropped(input, shape: tuple, p: float, inplace: bool):
    array = input.array
    kept = (_uniform(_stream(None), shape, array.dtype if array.dtype.kind == "f" else "float32") >= p).astype(array.dtype)
    if p < 1.0:
        kept *= array.dtype.type(1.0 / (1.0 - p))
    factor = from_array(kept)
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
        raise RuntimeError(f"{name}: Expected {spatial + 1}D or {spatial + 2}D input, but received a {input.ndim}D input")
    if not training or p == 0.0:
        return input
    return _dropped(input, (*input.shape[: input.ndim - spatial], *(1,) * spatial), p, inplace)


def bilinear(input1, input2, weight, bias=None):
    """sum over i, j of input1[i] weight[o, i, j] input2[j], plus bias: (*, n), (*, m), (o, n, m) -> (*, o)."""
    # (*, 1, n, 1) * (o, n, m) * (*, 1, 1, m) summed over both
    left = input1.reshape(*input1.shape[:-1], 1, input1.shape[-1])
    out = sum_((left @ weight.permute(1, 0, 2).reshape(weight.shape[1], -1)).reshape(
        *input1.shape[:-1], weight.shape[0], weight.shape[2]) * input2.reshape(*input2.shape[:-1], 1, input2.shape[-1]), -1)
    return out if bias is None else out + bias


def one_hot(tensor, num_classes: int = -1):
    """A new last dimension with 1 at the class and 0 elsewhere."""
    if tensor.dtype.name != "int64":
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if num_classes == -1:
        num_classes = int(tensor.max()) + 1
    from ..ops.creation import arange

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


__all__ = [
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "bilinear", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "conv1d", "conv2d", "conv3d", "cosine_similarity", "cross_entropy", "dropout", "dropout1d", "dropout2d", "dropout3d",
    "elu", "embedding", "gelu", "hardtanh", "huber_loss", "l1_loss", "leaky_relu", "linear", "log_softmax", "logsigmoid",
    "max_pool1d", "max_pool2d", "max_pool3d", "mish", "mse_loss", "nll_loss", "normalize", "one_hot", "pad", "relu", "relu6",
    "selu", "sigmoid", "silu", "smooth_l1_loss", "softmax", "softmin", "softplus", "softsign", "tanh",
]  # fmt: skip
