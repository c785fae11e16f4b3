"""Weights of given lengths (Salimans & Kingma, "Weight normalization: a simple
reparameterization to accelerate training of deep neural networks", 2016)."""

from .norms import norm_except_dim


def weight_norm(v, g, dim=0):
    """The weight g v / |v| of directions v and lengths g, as `norm_except_dim` takes them."""
    return v * (g / norm_except_dim(v, 2, dim))
