"""Patches to columns and back, as modules."""

from ...core import Tensor
from .. import functional
from .module import Module


class Fold(Module):
    """Columns (N, C kh kw, L), or without N, added up as patches of images (N, C, H, W) of `output_size`, as
    `nn.functional.fold`.

    >>> import wengert as t
    >>> t.nn.Fold((1, 3), (1, 2))(t.ones(1, 2, 2))
    tensor([[[[1., 2., 1.]]]])
    """

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return functional.fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class Unfold(Module):
    """Patches of images (N, C, H, W), or without N, as columns (N, C kh kw, L), as `nn.functional.unfold`.

    >>> import wengert as t
    >>> t.nn.Unfold((1, 2))(t.arange(4.0).reshape(1, 1, 2, 2))
    tensor([[[0., 2.],
             [1., 3.]]])
    """

    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return functional.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"
        )  # fmt: skip
