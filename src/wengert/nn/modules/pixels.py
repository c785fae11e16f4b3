"""Channels and pixels rearranged, as modules."""

from ...core import Tensor
from .. import functional
from .module import Module


class PixelShuffle(Module):
    """Channels spread over pixels: (*, C r^2, H, W) -> (*, C, H r, W r), as `wengert.pixel_shuffle`.

    >>> import wengert as t
    >>> t.nn.PixelShuffle(2)(t.arange(4.0).reshape(1, 4, 1, 1))
    tensor([[[[0., 1.],
              [2., 3.]]]])
    """

    def __init__(self, upscale_factor: int):
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return functional.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Pixels gathered in channels: (*, C, H r, W r) -> (*, C r^2, H, W), as `wengert.pixel_unshuffle`.

    >>> import wengert as t
    >>> t.nn.PixelUnshuffle(2)(t.arange(4.0).reshape(1, 1, 2, 2)).shape
    wengert.Size([1, 4, 1, 1])
    """

    def __init__(self, downscale_factor: int):
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return functional.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Channels of several groups dealt out in turn: (N, C, *) -> the same, as `wengert.channel_shuffle`.

    >>> import wengert as t
    >>> t.nn.ChannelShuffle(2)(t.arange(4).reshape(1, 4, 1)).flatten()
    tensor([0, 2, 1, 3])
    """

    def __init__(self, groups: int):
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return functional.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
