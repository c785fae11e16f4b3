"""The losses that PyTorch has beside its tensor functions too, where the reduction is a number: 0 for all losses (the
default), 1 for their mean, 2 for their sum."""

from . import ctc_loss as connectionist
from .composite import composite
from .likelihood_losses import divergence, poisson_losses
from .loss_reduction import reduced, reduction_numbered
from .losses import binary_cross_entropy_with_logits as with_logits
from .margin_losses import (
    cosine_embedding_losses,
    hinge_embedding_losses,
    margin_ranking_losses,
    triplet_losses,
)
from .norms import pairwise_distance


@composite(method=False)
def binary_cross_entropy_with_logits(input, target, weight=None, pos_weight=None, reduction=0):
    """`nn.functional.binary_cross_entropy_with_logits` with a number for the reduction: 0 none, 1 mean, 2 sum.

    >>> import wengert as t
    >>> t.binary_cross_entropy_with_logits(t.tensor([0.0]), t.tensor([1.0]))
    tensor([0.6931])
    """
    named = reduction_numbered("binary_cross_entropy_with_logits", 5, reduction)
    return with_logits(input, target, weight, None, None, named, pos_weight)


@composite(method=False)
def cosine_embedding_loss(input1, input2, target, margin=0.0, reduction=0):
    """`nn.functional.cosine_embedding_loss` with a number for the reduction: 0 none, 1 mean, 2 sum.

    >>> import wengert as t
    >>> t.cosine_embedding_loss(t.tensor([1.0, 0.0]), t.tensor([0.0, 2.0]), t.tensor(1), 0.0, 1)
    tensor(1.)
    """
    losses = cosine_embedding_losses(input1, input2, target, margin)
    return reduced(losses, reduction_numbered("cosine_embedding_loss", 5, reduction))


@composite(method=False)
def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction=0, zero_infinity=False):
    """`nn.functional.ctc_loss` with a number for the reduction: 0 none, 1 mean, 2 sum.

    >>> import wengert as t
    >>> t.ctc_loss(t.full((2, 1, 2), 0.5).log(), t.tensor([[1]]), (2,), (1,), 0, 0).exp()
    tensor([1.3333])
    """
    named = reduction_numbered("ctc_loss", 6, reduction)
    return connectionist.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, named, zero_infinity)


@composite(method=False)
def hinge_embedding_loss(input, target, margin=1.0, reduction=0):
    """`nn.functional.hinge_embedding_loss` with a number for the reduction: 0 none, 1 mean, 2 sum.

    >>> import wengert as t
    >>> t.hinge_embedding_loss(t.tensor([0.3, 0.3]), t.tensor([1, -1]), 1.0, 0)
    tensor([0.3000, 0.7000])
    """
    losses = hinge_embedding_losses(input, target, margin)
    return reduced(losses, reduction_numbered("hinge_embedding_loss", 4, reduction))


@composite(method=False)
def kl_div(input, target, reduction=0, *, log_target=False):
    """`nn.functional.kl_div` with a number for the reduction: 0 none, 1 mean, 2 sum.

    >>> import wengert as t
    >>> t.kl_div(t.tensor([[0.5, 0.5]]).log(), t.tensor([[1.0, 0.0]]), 2)
    tensor(0.6931)
    """
    return reduced(divergence(input, target, log_target), reduction_numbered("kl_div", 3, reduction))


@composite(method=False)
def margin_ranking_loss(input1, input2, target, margin=0.0, reduction=0):
    """`nn.functional.margin_ranking_loss` with a number for the reduction: 0 none, 1 mean, 2 sum.

    >>> import wengert as t
    >>> t.margin_ranking_loss(t.tensor([1.0]), t.tensor([3.0]), t.tensor([1.0]), 0.0, 1)
    tensor(2.)
    """
    losses = margin_ranking_losses(input1, input2, target, margin)
    return reduced(losses, reduction_numbered("margin_ranking_loss", 5, reduction))


@composite(method=False)
def poisson_nll_loss(input, target, log_input, full, eps, reduction):
    """`nn.functional.poisson_nll_loss` with a number for the reduction: 0 none, 1 mean, 2 sum.

    >>> import wengert as t
    >>> t.poisson_nll_loss(t.tensor([0.0]), t.tensor([2.0]), True, False, 1e-8, 1)
    tensor(1.)
    """
    losses = poisson_losses(input, target, log_input, full, eps)
    return reduced(losses, reduction_numbered("poisson_nll_loss", 6, reduction))


@composite(method=False)
def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, reduction=0):
    """`nn.functional.triplet_margin_loss` with a number for the reduction: 0 none, 1 mean, 2 sum.

    >>> import wengert as t
    >>> a, b, c = t.tensor([0.0, 0.0]), t.tensor([0.0, 3.0]), t.tensor([2.0, 0.0])
    >>> t.triplet_margin_loss(a, b, c)
    tensor(2.)
    """

    def distance(x, y):
        return pairwise_distance(x, y, p, eps)

    losses = triplet_losses(anchor, positive, negative, distance, margin, swap)
    return reduced(losses, reduction_numbered("triplet_margin_loss", 8, reduction))
