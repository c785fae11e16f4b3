"""Power-average pooling: the p-norm of each window."""

from .composite import composite
from .elementwise import abs as abs_
from .elementwise import pow, relu, sign
from .pooling import avg_pool1d, avg_pool2d, avg_pool3d


def _powers(pool, spatial: int, input, norm_type, kernel_size, stride, ceil_mode):
    if not norm_type:
        raise RuntimeError("lp_pool needs a norm_type other than 0: there is no root of order 0")
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size,) * spatial
    elif spatial > 1 and len(kernel_size) != spatial:
        words = "too many" if len(kernel_size) > spatial else "not enough"
        raise ValueError(f"{words} values to unpack (expected {spatial}): kernel_size is {kernel_size}")
    count = 1
    for n in kernel_size:
        count *= n
    means = pool(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    # A window at the end may be cut off in ceil mode; its sum is taken as its mean times the whole count, as in
    # PyTorch.
    return pow(sign(means) * relu(abs_(means)) * count, 1.0 / norm_type)


@composite(namespace="nn.functional")
def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """(sum of input^p)^(1/p) over each window of one dimension: (N, C, L) or (C, L), with p = `norm_type`.

    A sum of 0 has no derivative: it is NaN or infinite for p above 1. Sizes and errors as of `avg_pool1d`.

    >>> import wengert as t
    >>> t.nn.functional.lp_pool1d(t.tensor([[3.0, 4.0, 5.0, 12.0]]), 2, 2)
    tensor([[ 5., 13.]])
    """
    return _powers(avg_pool1d, 1, input, norm_type, kernel_size, stride, ceil_mode)


@composite(namespace="nn.functional")
def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """(sum of input^p)^(1/p) over each window of two dimensions: (N, C, H, W) or (C, H, W). As `lp_pool1d`.

    >>> import wengert as t
    >>> t.nn.functional.lp_pool2d(t.tensor([[[3.0, 4.0]]]), 2, (1, 2))
    tensor([[[5.]]])
    """
    return _powers(avg_pool2d, 2, input, norm_type, kernel_size, stride, ceil_mode)


@composite(namespace="nn.functional")
def lp_pool3d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """(sum of input^p)^(1/p) over each window of three dimensions: (N, C, D, H, W) or (C, D, H, W). As `lp_pool1d`.

    >>> import wengert as t
    >>> t.nn.functional.lp_pool3d(t.tensor([[[[3.0, 4.0]]]]), 2, (1, 1, 2))
    tensor([[[[5.]]]])
    """
    return _powers(avg_pool3d, 3, input, norm_type, kernel_size, stride, ceil_mode)
