"""Losses that are negative logarithms of probabilities: of Poisson counts, normal numbers, whole distributions."""

import math
import warnings

from ..core import Tensor
from . import arguments
from .arithmetic import xlogy
from .composite import composite
from .creation import full_like
from .elementwise import exp, log, where
from .levels import is_transforming
from .loss_reduction import reduced, reduction_of
from .reductions import any as any_


def divergence(input, target, log_target: bool):
    """target (log target - input), elementwise, for log-probabilities `input`."""
    for x in (input, target):
        if x.dtype.is_complex:
            raise RuntimeError(f"kl_div: Complex inputs not supported.: it was given {x.dtype}")
        if not x.dtype.is_floating_point:
            raise RuntimeError(f"kl_div: Integral inputs not supported.: it was given {x.dtype}")
    return exp(target) * (target - input) if log_target else xlogy(target, target) - target * input


@composite(namespace="nn.functional")
def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """The Kullback-Leibler divergence target (log(target) - input) of log-probabilities `input` from probabilities
    `target` (Kullback & Leibler, "On information and sufficiency", 1951), elementwise; 0 where target is 0.

    Args:
        input: log-probabilities.
        target: probabilities, or log-probabilities if `log_target`; the shapes broadcast.
        size_average, reduce: the older form of `reduction`.
        reduction: "batchmean" is the sum divided by the size of the first dimension, the divergence of one pair of
            distributions on average; "mean" divides by the number of elements, and warns; "sum"; "none".
        log_target: whether target is given in logarithms.

    Raises:
        RuntimeError: integers or complex numbers; shapes that do not broadcast.
        TypeError: what is no tensor.
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.kl_div(t.tensor([[0.5, 0.5]]).log(), t.tensor([[1.0, 0.0]]), reduction="batchmean")
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if reduction == "mean" and size_average is None and reduce is None:
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition.",
            UserWarning,
            stacklevel=3,
        )
    losses = divergence(input, target, log_target)
    if reduction != "batchmean":
        return reduced(losses, reduction)
    total = reduced(losses, "sum")
    return total / input.shape[0] if input.ndim else total


def poisson_losses(input, target, log_input: bool, full: bool, eps: float):
    """The negative log-likelihood of counts, elementwise."""
    if log_input:
        losses = exp(input) - target * input
    else:
        losses = input - target * log(input + eps)
    if full:
        # Stirling's formula for log(target!), left out for 0 and 1, where it is 0.
        counted = where(target > 1, target, 1.0)
        stirling = counted * log(counted) - counted + 0.5 * log(2 * math.pi * counted)
        losses = losses + where(target > 1, stirling, 0.0)
    return losses


@composite(namespace="nn.functional")
def poisson_nll_loss(
    input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"
):  # fmt: skip
    """The negative log-likelihood of counts `target` under Poisson distributions of rate exp(input), without
    log(target!): exp(input) - target input.

    Args:
        input: logarithms of the rates, or the rates if not `log_input`.
        target: counts; the shapes broadcast.
        log_input: if False the loss is input - target log(input + eps).
        full: whether log(target!) is added, by Stirling's formula for counts above 1.
        size_average, reduce: the older form of `reduction`.
        eps: keeps the logarithm finite.
        reduction: "mean", "sum" or "none"; ValueError for another.

    >>> import wengert as t
    >>> t.nn.functional.poisson_nll_loss(t.tensor([0.0]), t.tensor([2.0]))
    tensor(1.)
    """
    arguments.flag("poisson_nll_loss", "log_input", 3, log_input)
    arguments.flag("poisson_nll_loss", "full", 4, full)
    reduction = reduction_of(size_average, reduce, reduction)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduced(poisson_losses(input, target, log_input, full, eps), reduction)


@composite(namespace="nn.functional")
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """The negative log-likelihood of `target` under normal distributions of mean `input` and variance `var`, without
    its constant: (log(var) + (input - target)^2 / var) / 2 (Nix & Weigend, "Estimating the mean and variance of the
    target probability distribution", 1994).

    Args:
        input, target: tensors whose shapes broadcast.
        var: the variance, a float or a tensor of input's shape, of that shape without the last dimension, or with one
            dimension of size 1. It is taken as at least `eps`; the gradient flows as if it were not.
        full: whether log(2 pi) / 2 is added.
        eps: the least variance.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: a negative variance, one of another shape, another reduction.

    >>> import wengert as t
    >>> t.nn.functional.gaussian_nll_loss(t.tensor([1.0]), t.tensor([3.0]), t.tensor([4.0]))
    tensor(1.1931)
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError(f"var has negative entry/entries: it is {var}")
        var = full_like(input, var)
    if not isinstance(var, Tensor):
        raise TypeError(
            f"gaussian_nll_loss(): argument 'var' (position 3) must be Tensor or float, not {type(var).__name__}"
        )
    # What a transform maps over is not looked at.
    if not var._level and not is_transforming() and bool(any_(var < 0)):
        raise ValueError("var has negative entry/entries")
    var = _variance_of_shape(var, input)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    # The held value with the gradient of the one that was given.
    held = var + (var.detach().clamp(min=eps) - var.detach())
    losses = 0.5 * (log(held) + (input - target) ** 2 / held)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduced(losses, reduction)


def _variance_of_shape(var, input):
    """var in a shape that broadcasts to input's."""
    shape, wanted = tuple(var.shape), tuple(input.shape)
    if shape == wanted:
        return var
    if shape == wanted[:-1]:
        return var.unsqueeze(-1)
    if len(shape) == len(wanted):
        different = [n for m, n in zip(wanted, shape, strict=True) if m != n]
        if sum(different) == 1:
            return var
    raise ValueError(f"var is of incorrect size: it has shape {shape}, input {wanted}")
