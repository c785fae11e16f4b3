"""Pooling layers: windows of fixed sizes, and of fractional distances."""

from collections.abc import Callable

from ...core import Tensor
from ...ops import fractional_pooling, pooling, power_pooling, unpooling
from .module import Module


class _MaxPool(Module):
    function: Callable

    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices: bool = False, ceil_mode: bool = False
    ):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return type(self).function(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest value of each window of one dimension of (N, C, L) or (C, L). `stride` is `kernel_size` unless given.
    With `return_indices` also the positions in the flattened spatial plane. Sizes and errors as of
    `wengert.max_pool1d`.

    >>> import wengert as t
    >>> t.nn.MaxPool1d(2)(t.zeros(2, 3, 9)).shape
    wengert.Size([2, 3, 4])
    """

    function = staticmethod(pooling.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest value of each window of two dimensions of (N, C, H, W) or (C, H, W). As `MaxPool1d`.

    >>> import wengert as t
    >>> t.nn.MaxPool2d(2)(t.zeros(2, 3, 8, 9)).shape
    wengert.Size([2, 3, 4, 4])
    """

    function = staticmethod(pooling.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest value of each window of three dimensions of (N, C, D, H, W) or (C, D, H, W). As `MaxPool1d`.

    >>> import wengert as t
    >>> t.nn.MaxPool3d(2)(t.zeros(2, 3, 4, 5, 6)).shape
    wengert.Size([2, 3, 2, 2, 3])
    """

    function = staticmethod(pooling.max_pool3d)


class _MaxUnpool(Module):
    spatial: int
    function: Callable

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size = _each(kernel_size, self.spatial)
        self.stride = _each(stride if stride is not None else kernel_size, self.spatial)
        self.padding = _each(padding, self.spatial)

    def forward(self, input: Tensor, indices: Tensor, output_size=None) -> Tensor:
        return type(self).function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


def _each(value, spatial: int) -> tuple:
    return (value,) * spatial if isinstance(value, int) else tuple(value)


class MaxUnpool1d(_MaxUnpool):
    """The values of `MaxPool1d` back at the positions that it gave, zeros elsewhere, as `nn.functional.max_unpool1d`.

    >>> import wengert as t
    >>> values, indices = t.nn.MaxPool1d(2, return_indices=True)(t.arange(2.0).reshape(1, 2))
    >>> t.nn.MaxUnpool1d(2)(values, indices).flatten()
    tensor([0., 1.])
    """

    spatial = 1
    function = staticmethod(unpooling.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """The values of `MaxPool2d` back at the positions that it gave, zeros elsewhere, as `nn.functional.max_unpool2d`.

    >>> import wengert as t
    >>> values, indices = t.nn.MaxPool2d(2, return_indices=True)(t.arange(4.0).reshape(1, 2, 2))
    >>> t.nn.MaxUnpool2d(2)(values, indices).flatten()
    tensor([0., 0., 0., 3.])
    """

    spatial = 2
    function = staticmethod(unpooling.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """The values of `MaxPool3d` back at the positions that it gave, zeros elsewhere, as `nn.functional.max_unpool3d`.

    >>> import wengert as t
    >>> values, indices = t.nn.MaxPool3d(2, return_indices=True)(t.arange(8.0).reshape(1, 2, 2, 2))
    >>> t.nn.MaxUnpool3d(2)(values, indices).flatten()
    tensor([0., 0., 0., 0., 0., 0., 0., 7.])
    """

    spatial = 3
    function = staticmethod(unpooling.max_unpool3d)


class AvgPool1d(Module):
    """The mean of each window of one dimension of (N, C, L) or (C, L). `stride` is `kernel_size` unless given; zeros of
    the padding count unless `count_include_pad` is False. Sizes and errors as of `wengert.avg_pool1d`.

    >>> import wengert as t
    >>> t.nn.AvgPool1d(2)(t.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[2., 1.]])
    """

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True):
        super().__init__()
        # PyTorch's AvgPool1d keeps its window as tuples of one.
        self.kernel_size = _each(kernel_size, 1)
        self.stride = _each(stride if stride is not None else kernel_size, 1)
        self.padding = _each(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return pooling.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPool(Module):
    function: Callable

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True,
        divisor_override=None,
    ):  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    """The mean of each window of two dimensions of (N, C, H, W) or (C, H, W). As `AvgPool1d`; sums are divided by
    `divisor_override` where that is given.

    >>> import wengert as t
    >>> t.nn.AvgPool2d(2)(t.zeros(2, 3, 8, 9)).shape
    wengert.Size([2, 3, 4, 4])
    """

    function = staticmethod(pooling.avg_pool2d)


class AvgPool3d(_AvgPool):
    """The mean of each window of three dimensions of (N, C, D, H, W) or (C, D, H, W). As `AvgPool1d`; sums are divided
    by `divisor_override` where that is given.

    >>> import wengert as t
    >>> t.nn.AvgPool3d(2)(t.zeros(2, 3, 4, 5, 6)).shape
    wengert.Size([2, 3, 2, 2, 3])
    """

    function = staticmethod(pooling.avg_pool3d)


class _LPPool(Module):
    function: Callable

    def __init__(self, norm_type: float, kernel_size, stride=None, ceil_mode: bool = False):
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """(sum of input^p)^(1/p) over each window of one dimension of (N, C, L) or (C, L), with p = `norm_type`.

    >>> import wengert as t
    >>> t.nn.LPPool1d(2, 2)(t.tensor([3.0, 4.0]).reshape(1, 2)).flatten()
    tensor([5.])
    """

    function = staticmethod(power_pooling.lp_pool1d)


class LPPool2d(_LPPool):
    """(sum of input^p)^(1/p) over each window of two dimensions of (N, C, H, W) or (C, H, W), with p = `norm_type`.

    >>> import wengert as t
    >>> t.nn.LPPool2d(2, (1, 2))(t.tensor([3.0, 4.0]).reshape(1, 1, 2)).flatten()
    tensor([5.])
    """

    function = staticmethod(power_pooling.lp_pool2d)


class LPPool3d(_LPPool):
    """(sum of input^p)^(1/p) over each window of three dimensions of (N, C, D, H, W) or (C, D, H, W), with p =
    `norm_type`.

    >>> import wengert as t
    >>> t.nn.LPPool3d(2, (1, 1, 2))(t.tensor([3.0, 4.0]).reshape(1, 1, 1, 2)).flatten()
    tensor([5.])
    """

    function = staticmethod(power_pooling.lp_pool3d)


class _FractionalMaxPool(Module):
    spatial: int
    function: Callable

    def __init__(
        self, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None
    ):
        super().__init__()
        self.kernel_size = _each(kernel_size, self.spatial)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else _each(output_size, self.spatial)
        ratios = (output_ratio,) * self.spatial if isinstance(output_ratio, (int, float)) else output_ratio
        self.output_ratio = ratios
        if output_size is None and output_ratio is None:
            raise ValueError(f"{type(self).__name__} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if ratios is not None and not all([0 < ratio < 1 for ratio in ratios]):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return type(self).function(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest value of each of the windows whose places are drawn at random, of (N, C, H, W) or (C, H, W) (Graham,
    "Fractional max-pooling", 2014, https://arxiv.org/abs/1412.6071).

    The size is `output_size`, or `output_ratio` (between 0 and 1) times the input's. With `return_indices` also the
    positions in the flattened spatial plane. ValueError unless one of the two is given.

    >>> import wengert as t
    >>> t.nn.FractionalMaxPool2d(2, output_ratio=0.5)(t.zeros(2, 3, 9, 9)).shape
    wengert.Size([2, 3, 4, 4])
    """

    spatial = 2
    function = staticmethod(fractional_pooling.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest value of each of the windows whose places are drawn at random, of (N, C, D, H, W) or (C, D, H, W)
    (Graham, "Fractional max-pooling", 2014, https://arxiv.org/abs/1412.6071).

    The size is `output_size`, or `output_ratio` (between 0 and 1) times the input's. With `return_indices` also the
    positions in the flattened spatial plane. ValueError unless one of the two is given.

    >>> import wengert as t
    >>> t.nn.FractionalMaxPool3d(2, output_ratio=0.5)(t.zeros(2, 3, 9, 9, 9)).shape
    wengert.Size([2, 3, 4, 4, 4])
    """

    spatial = 3
    function = staticmethod(fractional_pooling.fractional_max_pool3d)
