"""Convolution layers, and those of transposed convolution."""

import math
from collections.abc import Callable
from typing import Any

from ...core import Tensor
from ...ops import transposed_convolution
from ...ops.creation import empty
from .. import functional, init
from ..parameter import Parameter
from .module import Module

_PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def _spread(value, spatial: int) -> tuple:
    return (value,) * spatial if isinstance(value, int) else tuple(value)


class _ConvNd(Module):
    """What convolutions of both directions keep."""

    spatial: int
    transposed = False

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size, stride, padding, dilation, output_padding, groups: int,
        bias: bool, padding_mode: str, device, dtype,
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
        self.transposed = type(self).transposed
        self.output_padding = _spread(output_padding, self.spatial)
        self.groups = groups
        self.padding_mode = padding_mode
        self._make_parameters(bias, device, dtype)
        self.reset_parameters()

    def _weight_shape(self) -> tuple:
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        return (first, second // self.groups, *self.kernel_size)

    def _make_parameters(self, bias: bool, device, dtype) -> None:
        self.weight = Parameter(empty(*self._weight_shape(), dtype=dtype, device=device))
        self.register_parameter(
            "bias", Parameter(empty(self.out_channels, dtype=dtype, device=device)) if bias else None
        )

    def reset_parameters(self) -> None:
        """Draw the initial values again: uniform in [-k, k], k = 1 / sqrt(weight elements of one first index)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            if fan_in:
                init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def _weight_and_bias(self) -> tuple:
        parameters = self._parameters
        try:
            return parameters["weight"], parameters["bias"]
        except KeyError:
            # A parameter was taken away, and an attribute that is none (a dual tensor, say) given in its place.
            return self.weight, self.bias

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.spatial:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self.spatial:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * self.spatial:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Conv(_ConvNd):
    function: Callable

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0, dilation=1, groups: int = 1,
        bias: bool = True, padding_mode: str = "zeros", device=None, dtype=None,
    ):  # fmt: skip
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device,
            dtype,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = functional.pad(input, self._pads(), mode=_PAD_MODES[self.padding_mode])
            padding = 0
        weight, bias = self._weight_and_bias()
        return type(self).function(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def _pads(self) -> list:
        """Pairs (before, after) from the last dimension on."""
        if self.padding == "valid":
            return [0, 0] * self.spatial
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [n for total in reversed(totals) for n in (total // 2, total - total // 2)]
        return [n for p in reversed(self.padding) for n in (p, p)]


class Conv1d(_Conv):
    """Convolution over (N, C, L) or (C, L), as `wengert.conv1d`; weight (out, in / groups, K), bias (out).

    `padding` is a number of zeros on both sides, "valid" for none or "same" for the input's size; `padding_mode`
    "reflect", "replicate" or "circular" pads with the input's own values. Weight and bias start uniform in [-k, k] with
    k = 1 / sqrt(in / groups * K). ValueError for channels that the groups do not divide.

    >>> import wengert as t
    >>> t.nn.Conv1d(4, 6, 3, padding="same")(t.zeros(2, 4, 9)).shape
    wengert.Size([2, 6, 9])
    """

    spatial = 1
    function = staticmethod(functional.conv1d)


class Conv2d(_Conv):
    """Convolution over (N, C, H, W) or (C, H, W), as `Conv1d`; weight (out, in / groups, KH, KW).

    >>> import wengert as t
    >>> t.nn.Conv2d(3, 6, 5)(t.zeros(2, 3, 8, 9)).shape
    wengert.Size([2, 6, 4, 5])
    """

    spatial = 2
    function = staticmethod(functional.conv2d)


class Conv3d(_Conv):
    """Convolution over (N, C, D, H, W) or (C, D, H, W), as `Conv1d`; weight (out, in / groups, KD, KH, KW).

    >>> import wengert as t
    >>> t.nn.Conv3d(1, 2, 2)(t.zeros(1, 1, 3, 4, 5)).shape
    wengert.Size([1, 2, 2, 3, 4])
    """

    spatial = 3
    function = staticmethod(functional.conv3d)


class _ConvTranspose(_ConvNd):
    transposed = True
    function: Callable

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0, output_padding=0, groups: int = 1,
        bias: bool = True, dilation=1, padding_mode: str = "zeros", device=None, dtype=None,
    ):  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor, output_size=None) -> Tensor:
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        weight, bias = self._weight_and_bias()
        return type(self).function(input, weight, bias, self.stride, self.padding, extra, self.groups, self.dilation)

    def _extra(self, input, output_size) -> list:
        """The output padding that gives the size asked for."""
        spatial = self.spatial
        leading = input.ndim - spatial
        sizes = list(output_size)
        if len(sizes) == leading + spatial:
            sizes = sizes[leading:]
        if len(sizes) != spatial:
            raise ValueError(
                f"ConvTranspose{spatial}D: for {input.ndim}D input, output_size must have {spatial} or "
                f"{leading + spatial} elements (got {len(sizes)})"
            )
        least = [
            (size - 1) * s - 2 * p + d * (k - 1) + 1
            for size, s, p, d, k in zip(
                input.shape[leading:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True
            )
        ]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        if any([not low <= size <= high for low, size, high in zip(least, sizes, most, strict=True)]):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {least} to {most} (for an "
                f"input of {input.shape[2:]})"
            )
        return [size - low for size, low in zip(sizes, least, strict=True)]


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution over (N, C, L) or (C, L), as `wengert.conv_transpose1d`; weight (in, out / groups, K),
    bias (out).

    `output_padding` adds to one side of the result; a call with `output_size=` chooses it. Weight and bias start
    uniform in [-k, k] with k = 1 / sqrt(out / groups * K). ValueError for channels that the groups do not divide, and
    for a size that cannot be had.

    >>> import wengert as t
    >>> layer = t.nn.ConvTranspose1d(4, 6, 3, stride=2)
    >>> layer(t.zeros(2, 4, 5)).shape, layer(t.zeros(2, 4, 5), output_size=[12]).shape
    (wengert.Size([2, 6, 11]), wengert.Size([2, 6, 12]))
    """

    spatial = 1
    function = staticmethod(transposed_convolution.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution over (N, C, H, W) or (C, H, W), as `ConvTranspose1d`; weight (in, out / groups, KH, KW).

    >>> import wengert as t
    >>> t.nn.ConvTranspose2d(3, 6, 2, stride=2)(t.zeros(2, 3, 4, 5)).shape
    wengert.Size([2, 6, 8, 10])
    """

    spatial = 2
    function = staticmethod(transposed_convolution.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution over (N, C, D, H, W) or (C, D, H, W), as `ConvTranspose1d`; weight (in, out / groups, KD,
    KH, KW).

    >>> import wengert as t
    >>> t.nn.ConvTranspose3d(1, 2, 2)(t.zeros(1, 1, 2, 3, 4)).shape
    wengert.Size([1, 2, 3, 4, 5])
    """

    spatial = 3
    function = staticmethod(transposed_convolution.conv_transpose3d)
