"""Lengths of the vectors in a weight, and weights of given lengths (Salimans & Kingma, "Weight normalization: a simple
reparameterization to accelerate training of deep neural networks", 2016)."""

from .composite import composite
from .norms import norm


@composite(method=False)
def norm_except_dim(v, pow=2, dim=0):
    """The norms of a tensor's parts along one dimension: of shape (1, ..., n, ..., 1); of all of it for dim -1.

    Args:
        v: a tensor of a floating type.
        pow: which norm.
        dim: the dimension that stays, or -1 for none, which gives a tensor without dimensions.

    >>> import wengert as t
    >>> t.norm_except_dim(t.tensor([[3.0, 4.0], [0.0, 2.0]]))
    tensor([[5.],
            [2.]])
    """
    if dim == -1:
        return norm(v, pow)
    others = [d for d in range(v.ndim) if d != dim % v.ndim]
    return norm(v, pow, others, True) if others else v.abs()


def weight_norm(v, g, dim=0):
    """The weight g v / |v| of directions v and lengths g, as `norm_except_dim` takes them."""
    return v * (g / norm_except_dim(v, 2, dim))
