"""Batch normalisation folded into the layer before it, for evaluation."""

import copy

from ...ops.creation import ones_like, zeros_like
from ..parameter import Parameter


def fuse_conv_bn_eval(conv, bn, transpose: bool = False):
    """A convolution that computes what `conv` followed by `bn` does, both in evaluation mode.

    Args:
        conv: a convolution layer.
        bn: a batch normalisation with running statistics.
        transpose: whether `conv` is a transposed one.

    AssertionError in training mode, or without running statistics.

    >>> import wengert as t
    >>> conv, bn = t.nn.Conv1d(1, 1, 1).eval(), t.nn.BatchNorm1d(1).eval()
    >>> x = t.ones(1, 1, 2)
    >>> t.allclose(t.nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)))
    True
    """
    fused = _copy_for(conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def _copy_for(layer, bn):
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    return copy.deepcopy(layer)


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps: float, bn_w, bn_b, transpose: bool = False) -> tuple:
    """The weight and bias of a convolution with batch normalisation folded in.

    Args:
        conv_w, conv_b: the convolution's; the bias may be None.
        bn_rm, bn_rv, bn_eps: running mean and variance, and what is added to the latter.
        bn_w, bn_b: the normalisation's weight and bias, or None.
        transpose: whether the convolution is a transposed one, whose channels are the second dimension.

    >>> import wengert as t
    >>> weight, bias = t.nn.utils.fuse_conv_bn_weights(
    ...     t.ones(1, 1, 1), None, t.tensor([1.0]), t.tensor([4.0]), 0.0, None, None
    ... )
    >>> weight.item(), bias.item()
    (0.5, -0.5)
    """
    shape = [1, -1] if transpose else [-1, 1]
    bias = zeros_like(bn_rm) if conv_b is None else conv_b
    scale = (ones_like(bn_rm) if bn_w is None else bn_w) * (bn_rv + bn_eps).rsqrt()
    weight = conv_w * scale.reshape(shape + [1] * (conv_w.ndim - 2))
    shifted = (bias - bn_rm) * scale + (zeros_like(bn_rm) if bn_b is None else bn_b)
    return (
        Parameter(weight.to(conv_w.dtype), conv_w.requires_grad),
        Parameter(shifted.to(conv_w.dtype if conv_b is None else conv_b.dtype), bias.requires_grad),
    )


def fuse_linear_bn_eval(linear, bn):
    """A linear layer that computes what `linear` followed by `bn` does, both in evaluation mode.

    AssertionError in training mode, without running statistics, or where the features do not fit.

    >>> import wengert as t
    >>> linear, bn = t.nn.Linear(2, 3).eval(), t.nn.BatchNorm1d(3).eval()
    >>> x = t.ones(1, 2)
    >>> t.allclose(t.nn.utils.fuse_linear_bn_eval(linear, bn)(x), bn(linear(x)))
    True
    """
    if bn.num_features not in (1, linear.out_features) and not (linear.training or bn.training):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    fused = _copy_for(linear, bn)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps: float, bn_w, bn_b) -> tuple:
    """The weight and bias of a linear layer with batch normalisation folded in; arguments as for
    `fuse_conv_bn_weights`.

    >>> import wengert as t
    >>> one = t.ones(1)
    >>> weight, bias = t.nn.utils.fuse_linear_bn_weights(t.ones(1, 1), None, one, 4 * one, 0.0, one, 0 * one)
    >>> weight.item(), bias.item()
    (0.5, -0.5)
    """
    bias = zeros_like(bn_rm) if linear_b is None else linear_b
    scale = bn_w * (bn_rv + bn_eps).rsqrt()
    weight = linear_w * scale.unsqueeze(-1).to(linear_w.dtype)
    shifted = (bias - bn_rm) * scale + bn_b
    return (
        Parameter(weight, linear_w.requires_grad),
        Parameter(shifted.to(linear_w.dtype if linear_b is None else linear_b.dtype), bias.requires_grad),
    )
