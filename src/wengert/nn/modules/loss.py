"""Losses as modules. `reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are its older form.

What a loss computes, and what shapes it takes, is said where its function is declared (`nn.functional`).
"""

import math
import warnings

from ...core import Tensor
from ...ops import ctc_loss, likelihood_losses, losses, margin_losses
from ...ops.loss_reduction import reduction_of
from .distance import PairwiseDistance
from .linear import Linear
from .module import Module


class _Loss(Module):
    def __init__(self, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction_of(size_average, reduce, reduction)


class _WeightedLoss(_Loss):
    def __init__(self, weight=None, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


# ------------------------------------------------------------------------------------------------ differences


class L1Loss(_Loss):
    """|input - target|.

    >>> import wengert as t
    >>> t.nn.L1Loss()(t.tensor([1.0, 2.0]), t.tensor([1.0, 4.0]))
    tensor(1.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """(input - target)^2.

    >>> import wengert as t
    >>> t.nn.MSELoss()(t.tensor([1.0, 2.0]), t.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """d^2 / (2 beta) for d = |input - target| below beta, d - beta / 2 above.

    >>> import wengert as t
    >>> t.nn.SmoothL1Loss()(t.tensor([3.0]), t.zeros(1))
    tensor(2.5000)
    """

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """d^2 / 2 for d = |input - target| up to delta, delta (d - delta / 2) above.

    >>> import wengert as t
    >>> t.nn.HuberLoss(delta=2.0)(t.tensor([3.0]), t.zeros(1))
    tensor(4.)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.huber_loss(input, target, self.reduction, self.delta)


# ------------------------------------------------------------------------------------------------ classes


class NLLLoss(_WeightedLoss):
    """The negative of log-probabilities (N, C, *) at classes (N, *), weighted by class; `ignore_index` is left out.

    >>> import wengert as t
    >>> t.nn.NLLLoss()(t.tensor([[0.25, 0.75]]).log(), t.tensor([1]))
    tensor(0.2877)
    """

    def __init__(
        self, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean"
    ):  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )  # fmt: skip


class NLLLoss2d(NLLLoss):
    """The old name of `NLLLoss` for images; FutureWarning.

    >>> import warnings
    >>> import wengert as t
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     loss = t.nn.NLLLoss2d()
    >>> loss(t.zeros(1, 2, 1, 1), t.tensor([[[1]]]))
    tensor(0.)
    """

    def __init__(
        self, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean"
    ):  # fmt: skip
        warnings.warn(
            "`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


class CrossEntropyLoss(_WeightedLoss):
    """The cross-entropy of scores (N, C, *) against classes (N, *) or probabilities (N, C, *).

    >>> import wengert as t
    >>> t.nn.CrossEntropyLoss()(t.tensor([[0.0, 0.0]]), t.tensor([1]))
    tensor(0.6931)
    """

    def __init__(
        self, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean",
        label_smoothing: float = 0.0,
    ):  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.cross_entropy(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )  # fmt: skip


class LinearCrossEntropyLoss(_WeightedLoss):
    """The cross-entropy of a linear layer's scores: `linear` (C * prod(out_features), in_features) is a part of it.

    Args:
        in_features: the size of the input's last dimension.
        num_classes: C.
        out_features: further dimensions, of C scores at each place.
        bias: whether the linear layer has one.
        device, dtype: of the linear layer.
        reduction, weight, label_smoothing: as in `CrossEntropyLoss`.
        ignore_index: a class that counts nothing, -100 unless given.
        options: a `LinearCrossEntropyOptions`, accepted: the scores are made whole, whatever it says.

    RuntimeError for a weight of another shape than (C), or a smoothing outside of [0, 1].

    >>> import wengert as t
    >>> loss = t.nn.LinearCrossEntropyLoss(2, 3)
    >>> loss(t.zeros(1, 2), t.tensor([1]))
    tensor(1.0986, grad_fn=<MeanBackward0>)
    """

    def __init__(
        self, in_features: int, num_classes: int, *, out_features: tuple = (), bias: bool = False, device=None,
        dtype=None, reduction: str = "mean", weight=None, ignore_index=None, label_smoothing: float = 0.0,
        options=None,
    ):  # fmt: skip
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, reduction=reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias, device, dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        linear = self.linear
        scores = (self.num_classes, *self.out_features)
        return losses.linear_cross_entropy(
            input, linear.weight.reshape((*scores, linear.in_features)), target,
            linear_bias=None if linear.bias is None else linear.bias.reshape(scores), weight=self.weight,
            reduction=self.reduction, ignore_index=self.ignore_index, label_smoothing=self.label_smoothing,
            options=self.options,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, reduction={self.reduction}, "
            f"ignore_index={self.ignore_index}, label_smoothing={self.label_smoothing}, options={self.options}"
        )


class BCELoss(_WeightedLoss):
    """-(target log(input) + (1 - target) log(1 - input)) for probabilities, the logarithms held above -100.

    >>> import wengert as t
    >>> t.nn.BCELoss()(t.tensor([0.5]), t.tensor([1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """`BCELoss` of sigmoid(input), without overflow; `pos_weight` weighs the positive targets.

    >>> import wengert as t
    >>> t.nn.BCEWithLogitsLoss()(t.tensor([0.0]), t.tensor([1.0]))
    tensor(0.6931)
    """

    def __init__(self, weight=None, size_average=None, reduce=None, reduction: str = "mean", pos_weight=None):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return losses.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )  # fmt: skip


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target input)) for targets 1 and -1.

    >>> import wengert as t
    >>> t.nn.SoftMarginLoss()(t.tensor([0.0]), t.tensor([1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return margin_losses.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """The mean over the classes, the last dimension, of `BCEWithLogitsLoss`.

    >>> import wengert as t
    >>> t.nn.MultiLabelSoftMarginLoss()(t.tensor([[0.0, 0.0]]), t.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return margin_losses.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """The sum over pairs of a right class i and a wrong class j of 1 - input[i] + input[j], where that is above 0,
    divided by the number of classes; the right classes of an example come first in target, then -1.

    >>> import wengert as t
    >>> t.nn.MultiLabelMarginLoss()(t.tensor([[0.1, 0.2, 0.4, 0.8]]), t.tensor([[3, 0, -1, 1]]))
    tensor(0.8500)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return margin_losses.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """The sum over the wrong classes of (margin - input[right] + input[wrong])^p, where that is above 0, divided by the
    number of classes. ValueError for another p than 1 and 2, or a weight of several dimensions.

    >>> import wengert as t
    >>> t.nn.MultiMarginLoss()(t.tensor([[0.1, 0.2, 0.4, 0.8]]), t.tensor([3]))
    tensor(0.3250)
    """

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight=None, size_average=None, reduce=None, reduction: str = "mean"
    ):  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return margin_losses.multi_margin_loss(
            input, target, self.p, self.margin, self.weight, reduction=self.reduction
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ distributions


class KLDivLoss(_Loss):
    """The Kullback-Leibler divergence of log-probabilities `input` from probabilities `target` (or, with `log_target`,
    their logarithms). `reduction="batchmean"` is the mean over the batch.

    >>> import wengert as t
    >>> t.nn.KLDivLoss(reduction="batchmean")(t.tensor([[0.5, 0.5]]).log(), t.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean", log_target: bool = False):
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return likelihood_losses.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(_Loss):
    """exp(input) - target input, the negative log-likelihood of counts; input - target log(input + eps) without
    `log_input`; with Stirling's formula for log(target!) if `full`.

    >>> import wengert as t
    >>> t.nn.PoissonNLLLoss()(t.tensor([0.0]), t.tensor([2.0]))
    tensor(1.)
    """

    def __init__(
        self, log_input: bool = True, full: bool = False, size_average=None, eps: float = 1e-8, reduce=None,
        reduction: str = "mean",
    ):  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return likelihood_losses.poisson_nll_loss(
            log_input, target, self.log_input, self.full, eps=self.eps, reduction=self.reduction
        )  # fmt: skip


class GaussianNLLLoss(_Loss):
    """(log(var) + (input - target)^2 / var) / 2, the negative log-likelihood of normal numbers; with its constant if
    `full`. The variance is taken as at least `eps`.

    >>> import wengert as t
    >>> t.nn.GaussianNLLLoss()(t.tensor([1.0]), t.tensor([3.0]), t.tensor([4.0]))
    tensor(1.1931)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return likelihood_losses.gaussian_nll_loss(
            input, target, var, full=self.full, eps=self.eps, reduction=self.reduction
        )  # fmt: skip


class CTCLoss(_Loss):
    """The negative logarithm of the probability that a sequence of distributions spells a target (connectionist
    temporal classification; Graves et al., 2006): see `nn.functional.ctc_loss`.

    >>> import wengert as t
    >>> t.nn.CTCLoss()(t.full((2, 1, 2), 0.5).log(), t.tensor([[1]]), (2,), (1,)).exp()
    tensor(1.3333)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False):
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths, target_lengths) -> Tensor:
        return ctc_loss.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ pairs and triples


class HingeEmbeddingLoss(_Loss):
    """Distances as losses: input where target is 1, margin - input, if above 0, where it is -1.

    >>> import wengert as t
    >>> t.nn.HingeEmbeddingLoss(reduction="none")(t.tensor([0.3, 0.3]), t.tensor([1, -1]))
    tensor([0.3000, 0.7000])
    """

    def __init__(self, margin: float = 1.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return margin_losses.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """1 - cos of the angle between two vectors where target is 1; cos - margin, if above 0, where it is -1.

    >>> import wengert as t
    >>> t.nn.CosineEmbeddingLoss()(t.tensor([1.0, 0.0]), t.tensor([0.0, 2.0]), t.tensor(1))
    tensor(1.)
    """

    def __init__(self, margin: float = 0.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return margin_losses.cosine_embedding_loss(input1, input2, target, self.margin, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """margin - target (input1 - input2), if above 0: target is 1 where input1 should be the larger one, else -1.

    >>> import wengert as t
    >>> t.nn.MarginRankingLoss()(t.tensor([1.0]), t.tensor([3.0]), t.tensor([1.0]))
    tensor(2.)
    """

    def __init__(self, margin: float = 0.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return margin_losses.margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """margin + d(anchor, positive) - d(anchor, negative), if above 0, for the distance d of the p-norm; ValueError for
    a margin that is not positive.

    >>> import wengert as t
    >>> t.nn.TripletMarginLoss()(t.tensor([0.0, 0.0]), t.tensor([0.0, 3.0]), t.tensor([2.0, 0.0]))
    tensor(2.)
    """

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, size_average=None,
        reduce=None, reduction: str = "mean",
    ):  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return margin_losses.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, reduction=self.reduction
        )  # fmt: skip


class TripletMarginWithDistanceLoss(_Loss):
    """`TripletMarginLoss` with a distance of your own, a function of two tensors.

    >>> import wengert as t
    >>> loss = t.nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs())
    >>> loss(t.tensor([0.0]), t.tensor([3.0]), t.tensor([2.0]))
    tensor(2.)
    """

    def __init__(
        self, *, distance_function=None, margin: float = 1.0, swap: bool = False, reduction: str = "mean"
    ):  # fmt: skip
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(
                f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead"
            )
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return margin_losses.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function, margin=self.margin, swap=self.swap,
            reduction=self.reduction,
        )  # fmt: skip
