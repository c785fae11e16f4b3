"""Convolution layers."""

import math
from collections.abc import Callable

from ...ops.creation import empty
from .. import functional, init
from ..parameter import Parameter
from .module import Module

_PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def _spread(value, spatial: int) -> tuple:
    return (value,) * spatial if isinstance(value, int) else tuple(value)


class _Conv(Module):
    spatial: int
    function: Callable

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0, dilation=1, groups: int = 1,
        bias: bool = True, padding_mode: str = "zeros", device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'same', 'valid'}}")
        if padding == "same" and any([s != 1 for s in _spread(stride, self.spatial)]):
            raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in _PAD_MODES:
            raise ValueError(f"padding_mode must be one of {set(_PAD_MODES)}, but got padding_mode='{padding_mode}'")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _spread(kernel_size, self.spatial)
        self.stride = _spread(stride, self.spatial)
        self.padding = padding if isinstance(padding, str) else _spread(padding, self.spatial)
        self.dilation = _spread(dilation, self.spatial)
        self.transposed = False
        self.output_padding = (0,) * self.spatial
        self.groups = groups
        self.padding_mode = padding_mode
        self.weight = Parameter(
            empty(out_channels, in_channels // groups, *self.kernel_size, dtype=dtype, device=device)
        )
        if bias:
            self.bias = Parameter(empty(out_channels, dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values again: uniform in [-k, k], k = 1 / sqrt(in_channels / groups * kernel elements)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            if fan_in:
                init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def forward(self, input):
        padding = self.padding
        if self.padding_mode != "zeros":
            input = functional.pad(input, self._pads(), mode=_PAD_MODES[self.padding_mode])
            padding = 0
        parameters = self._parameters
        try:
            weight, bias = parameters["weight"], parameters["bias"]
        except KeyError:
            # A parameter was taken away, and an attribute that is none (a dual tensor, say) given in its place.
            weight, bias = self.weight, self.bias
        return type(self).function(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def _pads(self) -> list:
        """Pairs (before, after) from the last dimension on."""
        if self.padding == "valid":
            return [0, 0] * self.spatial
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [n for total in reversed(totals) for n in (total // 2, total - total // 2)]
        return [n for p in reversed(self.padding) for n in (p, p)]

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.spatial:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self.spatial:
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class Conv1d(_Conv):
    """Convolution over (N, C, L) or (C, L); weight (out, in / groups, K)."""

    spatial = 1
    function = staticmethod(functional.conv1d)


class Conv2d(_Conv):
    """Convolution over (N, C, H, W) or (C, H, W); weight (out, in / groups, KH, KW)."""

    spatial = 2
    function = staticmethod(functional.conv2d)


class Conv3d(_Conv):
    """Convolution over (N, C, D, H, W) or (C, D, H, W); weight (out, in / groups, KD, KH, KW)."""

    spatial = 3
    function = staticmethod(functional.conv3d)
