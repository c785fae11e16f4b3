"""Losses that ask for a margin: between classes, between pairs and triples, on one side of a hyperplane."""

from ..core import Tensor
from ..core.errors import type_word
from . import arguments
from .activations import logsigmoid
from .composite import composite
from .creation import zeros_like
from .elementwise import clamp, minimum, sqrt, where
from .loss_reduction import reduced, reduction_of
from .norms import pairwise_distance
from .reductions import mean
from .reductions import sum as sum_
from .scatter import gather_along, scatter_add
from .shape import reshape

# Small enough to change nothing else, it keeps the root of 0 differentiable. (PyTorch's 1e-12 is in single precision.)
_SMALL = 9.999999960041972e-13


def _above_0(x):
    return clamp(x, min=0)


# ------------------------------------------------------------------------------------------------ pairs and triples


def cosine_embedding_losses(input1, input2, target, margin):
    """1 - cos for pairs of target 1, cos - margin where that is above 0 for those of -1."""
    if target.ndim > 1:
        raise RuntimeError(
            f"0D or 1D target tensor expected, multi-target not supported: target has shape {list(target.shape)}"
        )
    if input1.ndim != target.ndim + 1 or input2.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    along = target.ndim
    square1, square2 = sum_(input1 * input1, along) + _SMALL, sum_(input2 * input2, along) + _SMALL
    cosine = sum_(input1 * input2, along) / sqrt(square1 * square2)
    return where(target == 1, 1 - cosine, 0.0) + where(target == -1, _above_0(cosine - margin), 0.0)


@composite(namespace="nn.functional")
def cosine_embedding_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    """How far the cosine of the angle between two vectors is from what it should be: 1 - cos where target is 1, and
    cos - margin, if above 0, where it is -1.

    Args:
        input1, input2: (N, D) and target (N), or (D) and ().
        target: 1 for pairs that belong together, -1 for those that do not; others count 0.
        margin: the cosine up to which a pair of the latter kind costs nothing.
        size_average, reduce: the older form of `reduction`.
        reduction: "mean", "sum" or "none"; ValueError for another.

    RuntimeError for shapes that do not fit.

    >>> import wengert as t
    >>> t.nn.functional.cosine_embedding_loss(t.tensor([1.0, 0.0]), t.tensor([0.0, 2.0]), t.tensor(1))
    tensor(1.)
    """
    losses = cosine_embedding_losses(input1, input2, target, margin)
    return reduced(losses, reduction_of(size_average, reduce, reduction))


def hinge_embedding_losses(input, target, margin):
    """input where target is 1, and margin - input, if above 0, where it is -1."""
    return where(target == 1, 0.0, _above_0(margin - input)) + where(target == -1, 0.0, input)


@composite(namespace="nn.functional")
def hinge_embedding_loss(input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    """Distances as losses: input where target is 1, and margin - input, if above 0, where it is -1.

    Args:
        input: distances.
        target: 1 or -1, of input's shape.
        margin: the distance from which a pair that does not belong together costs nothing.
        size_average, reduce: the older form of `reduction`.
        reduction: "mean", "sum" or "none"; ValueError for another.

    >>> import wengert as t
    >>> t.nn.functional.hinge_embedding_loss(t.tensor([0.3, 0.3]), t.tensor([1, -1]), reduction="none")
    tensor([0.3000, 0.7000])
    """
    arguments.number("hinge_embedding_loss", "margin", 3, margin)
    return reduced(hinge_embedding_losses(input, target, margin), reduction_of(size_average, reduce, reduction))


def margin_ranking_losses(input1, input2, target, margin):
    """margin - target (input1 - input2) where that is above 0."""
    if input1.ndim != target.ndim or input2.ndim != target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return _above_0(-target * (input1 - input2) + margin)


@composite(namespace="nn.functional")
def margin_ranking_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    """The loss of a wrong order: margin - target (input1 - input2), if above 0; target is 1 where input1 should be the
    larger one and -1 where input2 should.

    Args:
        input1, input2, target: tensors of as many dimensions, whose shapes broadcast.
        margin: by how much the one should be larger.
        size_average, reduce: the older form of `reduction`.
        reduction: "mean", "sum" or "none"; ValueError for another.

    >>> import wengert as t
    >>> t.nn.functional.margin_ranking_loss(t.tensor([1.0]), t.tensor([3.0]), t.tensor([1.0]))
    tensor(2.)
    """
    losses = margin_ranking_losses(input1, input2, target, margin)
    return reduced(losses, reduction_of(size_average, reduce, reduction))


def triplet_losses(anchor, positive, negative, distance, margin, swap: bool):
    """margin + d(anchor, positive) - d(anchor, negative) where that is above 0."""
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return _above_0(margin + near - far)


@composite(namespace="nn.functional")
def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None, reduce=None,
    reduction="mean",
):  # fmt: skip
    """margin + d(anchor, positive) - d(anchor, negative), if above 0, for the distance d of the p-norm (Balntas, Riba,
    Ponsa & Mikolajczyk, "Learning local feature descriptors with triplets and shallow convolutional neural networks",
    2016).

    Args:
        anchor, positive, negative: (N, D) or (D), of as many dimensions.
        margin: above 0.
        p: of the norm.
        eps: is added to the differences, as in `pairwise_distance`.
        swap: whether the distance of positive and negative is taken for the second one, where it is smaller.
        size_average, reduce: the older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: a margin that is not positive, another reduction. RuntimeError: numbers of dimensions that differ.

    >>> import wengert as t
    >>> a, b, c = t.tensor([0.0, 0.0]), t.tensor([0.0, 3.0]), t.tensor([2.0, 0.0])
    >>> t.nn.functional.triplet_margin_loss(a, b, c)
    tensor(2.)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")

    def distance(x, y):
        return pairwise_distance(x, y, p, eps)

    return reduced(triplet_losses(anchor, positive, negative, distance, margin, swap), reduction)


@composite(namespace="nn.functional")
def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):  # fmt: skip
    """`triplet_margin_loss` with a distance of your own: a function of two tensors, `pairwise_distance` unless given.

    >>> import wengert as t
    >>> a, b, c = t.tensor([0.0]), t.tensor([3.0]), t.tensor([2.0])
    >>> t.nn.functional.triplet_margin_with_distance_loss(a, b, c, distance_function=lambda x, y: (x - y).abs())
    tensor(2.)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = pairwise_distance if distance_function is None else distance_function
    return reduced(triplet_losses(anchor, positive, negative, distance, margin, swap), reduction)


# ------------------------------------------------------------------------------------------------ classes


@composite(namespace="nn.functional")
def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """log(1 + exp(-target input)) for targets 1 and -1, without overflow.

    Args:
        input, target: tensors whose shapes broadcast.
        size_average, reduce: the older form of `reduction`.
        reduction: "mean", "sum" or "none"; ValueError for another.

    >>> import wengert as t
    >>> t.nn.functional.soft_margin_loss(t.tensor([0.0]), t.tensor([1.0]))
    tensor(0.6931)
    """
    return reduced(-logsigmoid(input * target), reduction_of(size_average, reduce, reduction))


@composite(namespace="nn.functional")
def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """The mean over the classes, the last dimension, of the binary cross-entropy of sigmoid(input) and target.

    Args:
        input, target: (N, C) or (C).
        weight: (C), by which classes are weighed.
        size_average, reduce: the older form of `reduction`.
        reduction: "mean", "sum" or "none" over what is left.

    >>> import wengert as t
    >>> t.nn.functional.multilabel_soft_margin_loss(t.tensor([[0.0, 0.0]]), t.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    losses = mean(losses if weight is None else losses * weight, -1)
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not valid")
    return reduced(losses, reduction)


def _check_scores(input) -> None:
    if input.ndim > 2 or (input.ndim and not input.shape[-1]):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )


def _check_integers(name: str, target) -> None:
    if not isinstance(target, Tensor):
        raise TypeError(f"{name}(): argument 'target' (position 2) must be Tensor, not {type(target).__name__}")
    if target.dtype.name != "int64":
        raise RuntimeError(
            f"expected scalar type Long but found {type_word(target.array.dtype)}: {name} takes classes as int64"
        )


@composite(namespace="nn.functional")
def multi_margin_loss(
    input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"
):  # fmt: skip
    """The sum over the wrong classes of (margin - input[right] + input[wrong])^p, where that is above 0, divided by the
    number of classes (Crammer & Singer, "On the algorithmic implementation of multiclass kernel-based vector machines",
    2001, for p = 1).

    Args:
        input: scores (N, C) or (C).
        target: the right classes, int64, (N) or ().
        p: 1 or 2.
        margin: by how much the right score should be larger.
        weight: (C), by which examples are weighed, each by that of its right class.
        size_average, reduce: the older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: another p or reduction, a weight of several dimensions. RuntimeError: shapes or dtypes that do not
            fit, a target that is no class.

    >>> import wengert as t
    >>> t.nn.functional.multi_margin_loss(t.tensor([[0.1, 0.2, 0.4, 0.8]]), t.tensor([3]))
    tensor(0.3250)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    _check_scores(input)
    _check_integers("multi_margin_loss", target)
    count = input.shape[0] if input.ndim == 2 else 1
    if target.ndim > 1 or target.numel() != count:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{count}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    scores = reshape(input, (count, -1)) if count else reshape(input, (0, input.shape[-1]))
    classes = scores.shape[1]
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    if not target._level and target.numel() and not (0 <= target.array.min() and target.array.max() < classes):
        raise RuntimeError(f"target out of range: there are {classes} classes")
    right = reshape(target, (count, 1))
    over = _above_0(margin - gather_along(scores, right, 1) + scores)
    if p == 2:
        over = over * over
    from .ranges import arange

    over = where(arange(classes) == right, 0.0, over)  # (N, C)
    if weight is not None:
        over = over * reshape(weight.index_select(0, reshape(target, (count,))), (count, 1))
    losses = sum_(over, 1) / classes
    return reshape(losses, tuple(target.shape)) if reduction == "none" else reduced(losses, reduction)


@composite(namespace="nn.functional")
def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """The sum over pairs of a right class i and a wrong class j of 1 - input[i] + input[j], where that is above 0,
    divided by the number of classes.

    Args:
        input: scores (N, C) or (C).
        target: of input's shape, int64: the right classes of an example, then -1, whatever follows.
        size_average, reduce: the older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: shapes or dtypes that do not fit, a target below -1 or that is no class.

    >>> import wengert as t
    >>> x, y = t.tensor([[0.1, 0.2, 0.4, 0.8]]), t.tensor([[3, 0, -1, 1]])
    >>> t.nn.functional.multilabel_margin_loss(x, y)
    tensor(0.8500)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    _check_scores(input)
    if not isinstance(target, Tensor) or tuple(target.shape) != tuple(input.shape):
        if isinstance(target, Tensor):
            raise RuntimeError(
                f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
            )
    _check_integers("multilabel_margin_loss", target)
    count = input.shape[0] if input.ndim == 2 else 1
    classes = input.shape[-1] if input.ndim else 1
    scores, labels = reshape(input, (count, classes)), reshape(target, (count, classes))
    if not labels._level and labels.numel() and not (-1 <= labels.array.min() and labels.array.max() < classes):
        raise RuntimeError(f"argument #2 'target' is out of range: there are {classes} classes")
    given = (labels < 0).to(labels.dtype).cumsum(1) == 0  # those before the first -1
    safe = where(given, labels, 0)
    # How often a class is among the right ones.
    named = scatter_add(zeros_like(labels), 1, safe, given.to(labels.dtype))
    over = _above_0(1 - gather_along(scores, safe, 1).unsqueeze(2) + scores.unsqueeze(1))  # (N, right, wrong)
    counted = given.unsqueeze(2) & (named == 0).unsqueeze(1)
    losses = sum_(where(counted, over, 0.0), (1, 2)) / classes
    return reshape(losses, tuple(input.shape[:-1])) if reduction == "none" else reduced(losses, reduction)
