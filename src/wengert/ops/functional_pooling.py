"""Pooling under the names and with the arguments of `nn.functional`, where those are not those of `wengert` itself."""

from . import adaptive_pooling
from .composite import composite


@composite(namespace="nn.functional", kinds={"output_size": "tuple of ints|int"})
def adaptive_max_pool1d(input, output_size, return_indices=False):
    """The largest value of each of the windows that cover the last dimension of (N, C, L) or (C, L).

    The size is one int. Window i of n goes from floor(i L / n) to ceil((i + 1) L / n). With `return_indices` also
    the positions in the flattened spatial plane, int64. RuntimeError for other dimensions and an empty one.

    >>> import wengert as t
    >>> t.nn.functional.adaptive_max_pool1d(t.tensor([[1.0, 2.0, 6.0]]), 2)
    tensor([[2., 6.]])
    """
    found = adaptive_pooling.adaptive_max_pool1d_with_indices(input, output_size)
    return found if return_indices else found[0]


@composite(namespace="nn.functional", kinds={"output_size": "as the dimensions have it"})
def adaptive_max_pool2d(input, output_size, return_indices=False):
    """The largest value of each of the windows that cover the last 2 dimensions of (N, C, H, W) or (C, H, W).

    The size is one int for all dimensions, or one for each; None keeps a dimension. Window i of n goes from floor(i L /
    n) to ceil((i + 1) L / n). With `return_indices` also the positions in the flattened spatial plane, int64.
    RuntimeError for other dimensions and an empty one.

    >>> import wengert as t
    >>> t.nn.functional.adaptive_max_pool2d(t.arange(6.0).reshape(1, 2, 3), (1, None))
    tensor([[[3., 4., 5.]]])
    """
    found = adaptive_pooling.adaptive_max_pool2d_with_indices(input, output_size)
    return found if return_indices else found[0]


@composite(namespace="nn.functional", kinds={"output_size": "as the dimensions have it"})
def adaptive_max_pool3d(input, output_size, return_indices=False):
    """The largest value of each of the windows that cover the last 3 dimensions of (N, C, D, H, W) or (C, D, H, W).

    The size is one int for all dimensions, or one for each; None keeps a dimension. Window i of n goes from floor(i L /
    n) to ceil((i + 1) L / n). With `return_indices` also the positions in the flattened spatial plane, int64.
    RuntimeError for other dimensions and an empty one.

    >>> import wengert as t
    >>> t.nn.functional.adaptive_max_pool3d(t.arange(8.0).reshape(1, 2, 2, 2), 1)
    tensor([[[[7.]]]])
    """
    found = adaptive_pooling.adaptive_max_pool3d_with_indices(input, output_size)
    return found if return_indices else found[0]
