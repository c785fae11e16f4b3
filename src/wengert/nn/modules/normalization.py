"""Normalisation of each sample by itself, over dimensions, groups of channels or neighbouring channels."""

import operator

from ...core import Tensor
from ...ops.creation import empty
from ...ops.response_normalization import cross_map_normalized
from .. import functional, init
from ..parameter import Parameter
from .module import Module


def _shape(normalized_shape) -> tuple:
    try:
        return (operator.index(normalized_shape),)
    except TypeError:
        return tuple(normalized_shape)


class LayerNorm(Module):
    """(input - mean) / sqrt(variance + eps) * weight + bias over the last dimensions, those of `normalized_shape` (Ba,
    Kiros & Hinton, "Layer normalization", 2016, https://arxiv.org/abs/1607.06450).

    (*, *normalized_shape) -> the same. Weight (1 at first) and bias (0) have the shape normalized_shape, an int or a
    tuple, and are there with `elementwise_affine`.

    >>> import wengert as t
    >>> t.nn.LayerNorm(3)(t.tensor([1.0, 2.0, 3.0])).detach()
    tensor([-1.2247,  0.0000,  1.2247])
    """

    def __init__(
        self, normalized_shape, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True, device=None,
        dtype=None,
    ):  # fmt: skip
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, there in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            made = Parameter(empty(self.normalized_shape, device=device, dtype=dtype)) if there else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights of 1, biases of 0."""
        _reset(self, self.elementwise_affine)

    def forward(self, input: Tensor) -> Tensor:
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


def _reset(module, affine: bool) -> None:
    if affine:
        init.ones_(module.weight)
        if module.bias is not None:
            init.zeros_(module.bias)


class GroupNorm(Module):
    """(input - mean) / sqrt(variance + eps) * weight + bias over the channels of each of `num_groups` groups and all
    that follows (Wu & He, "Group normalization", ECCV 2018, https://arxiv.org/abs/1803.08494).

    (N, C, *) -> the same. Weight (1 at first) and bias (0) have C = `num_channels` elements, and are there with
    `affine`. ValueError for channels that the groups do not divide.

    >>> import wengert as t
    >>> t.nn.GroupNorm(2, 4)(t.tensor([[1.0, 3.0, 10.0, 20.0]])).detach()
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device=None, dtype=None, *,
        bias: bool = True,
    ):  # fmt: skip
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        for name, there in (("weight", affine), ("bias", affine and bias)):
            made = Parameter(empty(num_channels, device=device, dtype=dtype)) if there else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights of 1, biases of 0."""
        _reset(self, self.affine)

    def forward(self, input: Tensor) -> Tensor:
        return functional.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """input / sqrt(mean of input^2 + eps) * weight over the last dimensions, those of `normalized_shape` (Zhang &
    Sennrich, "Root mean square layer normalization", NeurIPS 2019, https://arxiv.org/abs/1910.07467).

    (*, *normalized_shape) -> the same. The weight (1 at first) is there with `elementwise_affine`. `eps` is the dtype's
    unless given.

    >>> import wengert as t
    >>> t.nn.RMSNorm(2)(t.tensor([3.0, 4.0])).detach()
    tensor([0.8485, 1.1314])
    """

    def __init__(
        self, normalized_shape, eps: float | None = None, elementwise_affine: bool = True, device=None, dtype=None
    ):
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        made = Parameter(empty(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights of 1."""
        if self.elementwise_affine:
            init.ones_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """input / (k + alpha / size * sum of squares of `size` neighbouring channels)^beta: (N, C, *) -> the same
    (Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep convolutional neural networks", 2012).

    >>> import wengert as t
    >>> t.nn.LocalResponseNorm(2, alpha=2.0, beta=1.0)(t.tensor([[[1.0], [2.0]]]))
    tensor([[[0.5000],
             [0.3333]]])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        return functional.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Module):
    """Local response normalisation of (N, C, H, W) with windows that reach equally far to both sides, of size - 1 or
    size channels, and with the first channel in all of them: PyTorch's values. The derivative is that of these values.
    `LocalResponseNorm` has the windows of the paper. ValueError for other dimensions.

    >>> import wengert as t
    >>> t.nn.CrossMapLRN2d(3, alpha=3.0, beta=1.0)(t.ones(1, 2, 1, 1)).flatten()
    tensor([0.3333, 0.3333])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1):
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        return cross_map_normalized(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
