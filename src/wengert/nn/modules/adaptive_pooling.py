"""Pooling to a given size."""

from collections.abc import Callable

from ...core import Tensor
from ...ops import adaptive_pooling, functional_pooling
from .module import Module


class _AdaptivePool(Module):
    function: Callable

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return type(self).function(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(_AdaptivePool):
    def __init__(self, output_size, return_indices: bool = False):
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return type(self).function(input, self.output_size, self.return_indices)


class AdaptiveAvgPool1d(_AdaptivePool):
    """The mean of each of the windows that cover the last dimension of (N, C, L) or (C, L).

    An int says how many. Window i of n goes from floor(i L / n) to ceil((i + 1) L / n).

    >>> import wengert as t
    >>> t.nn.AdaptiveAvgPool1d(5)(t.zeros(2, 3, 7)).shape
    wengert.Size([2, 3, 5])
    """

    function = staticmethod(adaptive_pooling.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptivePool):
    """The mean of each of the windows that cover the last two dimensions of (N, C, H, W) or (C, H, W).

    The size is an int for all, or one for each; None keeps a dimension. Window i of n goes from floor(i L / n) to
    ceil((i + 1) L / n).

    >>> import wengert as t
    >>> t.nn.AdaptiveAvgPool2d((5, None))(t.zeros(2, 3, 7, 7)).shape
    wengert.Size([2, 3, 5, 7])
    """

    function = staticmethod(adaptive_pooling.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptivePool):
    """The mean of each of the windows that cover the last three dimensions of (N, C, D, H, W) or (C, D, H, W).

    The size is an int for all, or one for each; None keeps a dimension. Window i of n goes from floor(i L / n) to
    ceil((i + 1) L / n).

    >>> import wengert as t
    >>> t.nn.AdaptiveAvgPool3d((2, None, 1))(t.zeros(2, 3, 7, 7, 7)).shape
    wengert.Size([2, 3, 2, 7, 1])
    """

    function = staticmethod(adaptive_pooling.adaptive_avg_pool3d)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest value of each of the windows that cover the last dimension of (N, C, L) or (C, L).

    An int says how many. Window i of n goes from floor(i L / n) to ceil((i + 1) L / n). With
    `return_indices` also the positions in the flattened spatial plane.

    >>> import wengert as t
    >>> t.nn.AdaptiveMaxPool1d(5)(t.zeros(2, 3, 7)).shape
    wengert.Size([2, 3, 5])
    """

    function = staticmethod(functional_pooling.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest value of each of the windows that cover the last two dimensions of (N, C, H, W) or (C, H, W).

    The size is an int for all, or one for each; None keeps a dimension. Window i of n goes from floor(i L / n) to
    ceil((i + 1) L / n). With `return_indices` also the positions in the flattened spatial plane.

    >>> import wengert as t
    >>> t.nn.AdaptiveMaxPool2d((5, None))(t.zeros(2, 3, 7, 7)).shape
    wengert.Size([2, 3, 5, 7])
    """

    function = staticmethod(functional_pooling.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest value of each of the windows that cover the last three dimensions of (N, C, D, H, W) or (C, D, H, W).

    The size is an int for all, or one for each; None keeps a dimension. Window i of n goes from floor(i L / n) to
    ceil((i + 1) L / n). With `return_indices` also the positions in the flattened spatial plane.

    >>> import wengert as t
    >>> t.nn.AdaptiveMaxPool3d((2, None, 1))(t.zeros(2, 3, 7, 7, 7)).shape
    wengert.Size([2, 3, 2, 7, 1])
    """

    function = staticmethod(functional_pooling.adaptive_max_pool3d)
