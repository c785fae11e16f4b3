"""Padding as modules: values around the last dimensions."""

from ...core import Tensor
from .. import functional
from .module import Module


def _counts(padding, spatial: int) -> tuple:
    """One count for all sides, or those given."""
    return (padding,) * (2 * spatial) if isinstance(padding, int) else tuple(padding)


class _Pad(Module):
    spatial: int
    mode: str

    def __init__(self, padding):
        super().__init__()
        self.padding = _counts(padding, self.spatial)

    def forward(self, input: Tensor) -> Tensor:
        return functional.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _CircularPad(_Pad):
    mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (self.spatial + 1, self.spatial + 2):
            raise ValueError(
                f"expected {self.spatial + 1}D or {self.spatial + 2}D input (got {input.ndim}D input)"
            )  # fmt: skip
        return functional.pad(input, self.padding, self.mode)


class _ConstantPad(_Pad):
    def __init__(self, padding, value: float):
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return functional.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class CircularPad1d(_CircularPad):
    """Values from the other end around the last dimension of (N, C, L) or (C, L).

    `padding` is one count for all sides, or (left, right); negative counts cut.

    >>> import wengert as t
    >>> t.nn.CircularPad1d(1)(t.arange(3.0).reshape(1, 3))
    tensor([[2., 0., 1., 2., 0.]])
    """

    spatial = 1


class CircularPad2d(_CircularPad):
    """Values from the other end around the last 2 dimensions of (N, C, H, W) or (C, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom); negative counts cut.

    >>> import wengert as t
    >>> t.nn.CircularPad2d(1)(t.arange(4.0).reshape(1, 2, 2))
    tensor([[[3., 2., 3., 2.],
             [1., 0., 1., 0.],
             [3., 2., 3., 2.],
             [1., 0., 1., 0.]]])
    """

    spatial = 2


class CircularPad3d(_CircularPad):
    """Values from the other end around the last 3 dimensions of (N, C, D, H, W) or (C, D, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom, front, back); negative counts cut.

    >>> import wengert as t
    >>> t.nn.CircularPad3d(1)(t.arange(8.0).reshape(1, 2, 2, 2)).shape
    wengert.Size([1, 4, 4, 4])
    """

    spatial = 3


class ConstantPad1d(_ConstantPad):
    """A value around the last dimension of (N, C, L) or (C, L).

    `padding` is one count for all sides, or (left, right); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ConstantPad1d(1, 7.0)(t.arange(3.0).reshape(1, 3))
    tensor([[7., 0., 1., 2., 7.]])
    """

    spatial = 1


class ConstantPad2d(_ConstantPad):
    """A value around the last 2 dimensions of (N, C, H, W) or (C, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ConstantPad2d(1, 7.0)(t.arange(4.0).reshape(1, 2, 2))
    tensor([[[7., 7., 7., 7.],
             [7., 0., 1., 7.],
             [7., 2., 3., 7.],
             [7., 7., 7., 7.]]])
    """

    spatial = 2


class ConstantPad3d(_ConstantPad):
    """A value around the last 3 dimensions of (N, C, D, H, W) or (C, D, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom, front, back); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ConstantPad3d(1, 7.0)(t.arange(8.0).reshape(1, 2, 2, 2)).shape
    wengert.Size([1, 4, 4, 4])
    """

    spatial = 3


class ReflectionPad1d(_Pad):
    """Values mirrored at the edges around the last dimension of (N, C, L) or (C, L).

    `padding` is one count for all sides, or (left, right); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ReflectionPad1d(1)(t.arange(3.0).reshape(1, 3))
    tensor([[1., 0., 1., 2., 1.]])
    """

    spatial = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """Values mirrored at the edges around the last 2 dimensions of (N, C, H, W) or (C, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ReflectionPad2d(1)(t.arange(4.0).reshape(1, 2, 2))
    tensor([[[3., 2., 3., 2.],
             [1., 0., 1., 0.],
             [3., 2., 3., 2.],
             [1., 0., 1., 0.]]])
    """

    spatial = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """Values mirrored at the edges around the last 3 dimensions of (N, C, D, H, W) or (C, D, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom, front, back); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ReflectionPad3d(1)(t.arange(8.0).reshape(1, 2, 2, 2)).shape
    wengert.Size([1, 4, 4, 4])
    """

    spatial = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """The values at the edges around the last dimension of (N, C, L) or (C, L).

    `padding` is one count for all sides, or (left, right); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ReplicationPad1d(1)(t.arange(3.0).reshape(1, 3))
    tensor([[0., 0., 1., 2., 2.]])
    """

    spatial = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """The values at the edges around the last 2 dimensions of (N, C, H, W) or (C, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ReplicationPad2d(1)(t.arange(4.0).reshape(1, 2, 2))
    tensor([[[0., 0., 1., 1.],
             [0., 0., 1., 1.],
             [2., 2., 3., 3.],
             [2., 2., 3., 3.]]])
    """

    spatial = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """The values at the edges around the last 3 dimensions of (N, C, D, H, W) or (C, D, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom, front, back); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ReplicationPad3d(1)(t.arange(8.0).reshape(1, 2, 2, 2)).shape
    wengert.Size([1, 4, 4, 4])
    """

    spatial = 3
    mode = "replicate"


class ZeroPad1d(_ZeroPad):
    """Zeros around the last dimension of (N, C, L) or (C, L).

    `padding` is one count for all sides, or (left, right); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ZeroPad1d(1)(t.arange(3.0).reshape(1, 3))
    tensor([[0., 0., 1., 2., 0.]])
    """

    spatial = 1


class ZeroPad2d(_ZeroPad):
    """Zeros around the last 2 dimensions of (N, C, H, W) or (C, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ZeroPad2d(1)(t.arange(4.0).reshape(1, 2, 2))
    tensor([[[0., 0., 0., 0.],
             [0., 0., 1., 0.],
             [0., 2., 3., 0.],
             [0., 0., 0., 0.]]])
    """

    spatial = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around the last 3 dimensions of (N, C, D, H, W) or (C, D, H, W).

    `padding` is one count for all sides, or (left, right, top, bottom, front, back); negative counts cut.

    >>> import wengert as t
    >>> t.nn.ZeroPad3d(1)(t.arange(8.0).reshape(1, 2, 2, 2)).shape
    wengert.Size([1, 4, 4, 4])
    """

    spatial = 3
