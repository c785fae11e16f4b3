"""Samples of categories through which gradients flow."""

import warnings

import numpy

from .composite import composite
from .creation import zeros_like
from .normalization import softmax
from .random import drawn_tensor
from .reductions import max as max_
from .scatter import scatter


def _draw(stream, shape, dtype):
    """Gumbel numbers: -log of exponential ones."""
    return -numpy.log(stream.standard_exponential(shape)).astype(dtype)


@composite(namespace="nn.functional")
def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """softmax((logits + g) / tau) for g drawn from Gumbel's distribution: nearly a category, drawn with the
    probabilities softmax(logits) (Jang, Gu & Poole, "Categorical reparameterization with Gumbel-softmax", 2017;
    Maddison, Mnih & Teh, "The concrete distribution", 2017).

    Args:
        logits: unnormalised log-probabilities, of a floating type.
        tau: the temperature; the smaller, the nearer to one category.
        hard: whether the result is the category itself, 1 in one place and 0 elsewhere, with the gradient of the soft
            one.
        eps: accepted; it has no effect.
        dim: the dimension of the categories.

    >>> import wengert as t
    >>> t.nn.functional.gumbel_softmax(t.tensor([0.0, 1000.0]), hard=True)
    tensor([0., 1.])
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", UserWarning, stacklevel=3)
    soft = softmax((logits + drawn_tensor(_draw, None, tuple(logits.shape), logits.array.dtype)) / tau, dim)
    if not hard:
        return soft
    chosen = scatter(zeros_like(soft.detach()), dim, max_(soft.detach(), dim, True).indices, 1.0)
    return chosen - soft.detach() + soft
