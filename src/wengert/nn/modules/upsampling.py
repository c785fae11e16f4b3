"""Upsampling as modules."""

from ...core import Tensor
from .. import functional
from .module import Module


class Upsample(Module):
    """A signal (N, C, L), image (N, C, H, W) or volume (N, C, D, H, W) resampled to a size, or by a factor, as
    `nn.functional.interpolate`.

    `mode` is "nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear" or "area"; `align_corners` puts
    the centres of the corners on each other.

    >>> import wengert as t
    >>> t.nn.Upsample(scale_factor=2)(t.tensor([[[1.0, 3.0]]]))
    tensor([[[1., 1., 3., 3.]]])
    """

    def __init__(
        self, size=None, scale_factor=None, mode: str = "nearest", align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ):  # fmt: skip
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        self.scale_factor = _as_floats(scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return functional.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        size = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{size}, mode={self.mode!r}"


def _as_floats(scale_factor):
    if isinstance(scale_factor, tuple):
        return tuple([float(factor) for factor in scale_factor])
    return float(scale_factor) if scale_factor else None


class UpsamplingNearest2d(Upsample):
    """An image (N, C, H, W) with each pixel repeated, to a size or by a factor. `Upsample` does the same.

    >>> import wengert as t
    >>> t.nn.UpsamplingNearest2d(scale_factor=2)(t.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[1., 1., 3., 3.],
              [1., 1., 3., 3.]]]])
    """

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """An image (N, C, H, W) resampled bilinearly with aligned corners, to a size or by a factor. `Upsample` does the
    same.

    >>> import wengert as t
    >>> t.nn.UpsamplingBilinear2d((1, 3))(t.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[1., 2., 3.]]]])
    """

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
