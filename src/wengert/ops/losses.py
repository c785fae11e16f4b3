"""Loss functions, as compositions of operations; the negative log-likelihood is gathered."""

import warnings

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from .activations import logsigmoid
from .composite import composite
from .elementwise import abs as abs_
from .elementwise import eq, log, log1p, lt, maximum, ne, where
from .half_precision import rounded_once
from .linear_algebra import linear
from .loss_reduction import reduced, reduction_of
from .normalization import log_softmax
from .reductions import sum as sum_
from .scatter import gather_along
from .shape import reshape


def _same_size(name: str, input, target) -> None:
    for argument, value in (("input", input), ("target", target)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(value).__name__}")
    if name != "l1_loss":
        _real_only(name, input if input.dtype.is_complex else target)
    if tuple(input.shape) != tuple(target.shape):
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            UserWarning,
            stacklevel=4,
        )


_KERNELS = {
    "mse_loss": "mse_cpu", "smooth_l1_loss": "smooth_l1_cpu", "huber_loss": "huber_cpu",
    "nll_loss": "nll_loss_out_frame", "binary_cross_entropy": "binary_cross_entropy",
    "binary_cross_entropy_with_logits": "log_sigmoid_cpu",
}  # fmt: skip


def _real_only(name: str, input) -> None:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    if input.dtype.is_complex:
        raise NotImplementedError(
            f"\"{_KERNELS[name]}\" not implemented for '{type_word(input.array.dtype)}': {name} takes real numbers; "
            "make a real loss of abs, real and imag"
        )


@composite(namespace="nn.functional")
def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """(input - target)^2.

    Args:
        input, target: tensors of one shape (others are broadcast, with a warning).
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.
        weight: of input's shape, a factor of each; the mean is weighted with them.

    Raises:
        RuntimeError: shapes that are not broadcast; the mean of integers.
        NotImplementedError: complex numbers.
        ValueError: another reduction, a weight of another shape.

    >>> import wengert as t
    >>> t.nn.functional.mse_loss(t.tensor([1.0, 2.0]), t.tensor([1.0, 4.0]))
    tensor(2.)
    """
    _same_size("mse_loss", input, target)
    difference = input - target
    return _weighed(difference * difference, input, weight, reduction_of(size_average, reduce, reduction))


def _weighed(losses, input, weight, reduction: str):
    """Losses reduced; with a weight, the mean is divided by the weight's sum."""
    if weight is None:
        return reduced(losses, reduction)
    if tuple(weight.shape) != tuple(input.shape):
        raise ValueError(
            f"Weights and input must have the same size.: weight has shape {tuple(weight.shape)}, input "
            f"{tuple(input.shape)}"
        )
    losses = losses * weight
    return sum_(losses) / sum_(weight) if reduction == "mean" else reduced(losses, reduction)


@composite(namespace="nn.functional")
def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """|input - target|.

    Args:
        input, target: tensors of one shape (others are broadcast, with a warning).
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.
        weight: of input's shape, a factor of each; the mean is weighted with them.

    Raises:
        RuntimeError: shapes that are not broadcast; the mean of integers.
        ValueError: another reduction, a weight of another shape.

    >>> import wengert as t
    >>> t.nn.functional.l1_loss(t.tensor([1.0, 2.0]), t.tensor([1.0, 4.0]))
    tensor(1.)
    """
    _same_size("l1_loss", input, target)
    return _weighed(abs_(input - target), input, weight, reduction_of(size_average, reduce, reduction))


def _smooth_l1_losses(input, target, beta):
    d = abs_(input - target)
    return d if beta == 0 else where(lt(d, beta), 0.5 * d * d / beta, d - 0.5 * beta)


@composite(namespace="nn.functional")
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """d^2 / (2 beta) for d = |input - target| below beta, d - beta / 2 above (Girshick, "Fast R-CNN", 2015).

    Args:
        input, target: tensors of one shape (others are broadcast, with a warning).
        beta: where the two parts meet, at least 0.
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.

    Raises:
        RuntimeError: shapes that are not broadcast; a negative beta.
        NotImplementedError: complex numbers.
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.smooth_l1_loss(t.tensor([0.5, 3.0]), t.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    _same_size("smooth_l1_loss", input, target)
    # PyTorch rounds each step in float16, but only the losses in bfloat16.
    if input.dtype is target.dtype is dtypes.bfloat16:
        losses = rounded_once(_smooth_l1_losses, input, target, beta)
    else:
        losses = _smooth_l1_losses(input, target, beta)
    return reduced(losses, reduction_of(size_average, reduce, reduction))


def _huber_losses(input, target, delta):
    d = abs_(input - target)
    return where(lt(d, delta), 0.5 * d * d, delta * (d - 0.5 * delta))


@composite(namespace="nn.functional")
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """d^2 / 2 for d = |input - target| up to delta, delta (d - delta / 2) above (Huber, 1964).

    Args:
        input, target: tensors of one shape (others are broadcast, with a warning).
        delta: where the two parts meet, above 0.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.
        weight: of input's shape, a factor of each; the mean is the mean of the products.

    Raises:
        RuntimeError: shapes that are not broadcast; delta <= 0.
        NotImplementedError: complex numbers.
        ValueError: another reduction, a weight of another shape.

    >>> import wengert as t
    >>> t.nn.functional.huber_loss(t.tensor([0.5, 3.0]), t.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _same_size("huber_loss", input, target)
    # PyTorch rounds each step in bfloat16, but only the losses in float16.
    if input.dtype is target.dtype is dtypes.float16:
        losses = rounded_once(_huber_losses, input, target, delta)
    else:
        losses = _huber_losses(input, target, delta)
    # As in PyTorch, the mean of weighed losses is not divided by the mean weight.
    if weight is not None:
        losses = _weighed(losses, input, weight, "none")
    return reduced(losses, reduction)


@composite(namespace="nn.functional")
def nll_loss(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
):  # fmt: skip
    """The negative log-likelihood: -input at the class of each target.

    Args:
        input: log-probabilities (N, C, *) or (C).
        target: classes (N, *) or (), int64.
        weight: (C), a factor of each class; the mean is weighted with them.
        ignore_index: a class that counts nothing.
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.

    Raises:
        IndexError: a class outside of [0, C).
        RuntimeError: shapes that do not fit, another dtype of the target.
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.nll_loss(t.tensor([[0.25, 0.75]]).log(), t.tensor([1]))
    tensor(0.2877)
    """
    _real_only("nll_loss", input)
    _check_classes("nll_loss", input, target)
    reduction = reduction_of(size_average, reduce, reduction)
    unbatched = input.ndim == 1
    classes = input.shape[0] if unbatched else input.shape[1]
    if unbatched:
        input, target = reshape(input, (1, -1)), reshape(target, (1,))
    target = target if target.dtype is dtypes.int64 else target.to(dtypes.int64)
    ignored = eq(target, ignore_index)
    if not target._level:
        present = target.array[target.array != ignore_index]
        if present.size and (present.min() < 0 or present.max() >= classes):
            bad = present.min() if present.min() < 0 else present.max()
            raise IndexError(f"Target {bad} is out of bounds.")
        some_ignored = present.size != target.array.size
    else:
        some_ignored = True
    safe = where(ignored, 0, target) if some_ignored else target
    chosen = reshape(gather_along(input, reshape(safe, (safe.shape[0], 1, *safe.shape[1:])), 1), tuple(target.shape))
    losses = -chosen
    if weight is None and not some_ignored:
        if unbatched and reduction == "none":
            return reshape(losses, ())
        return reduced(losses, reduction)
    if weight is not None:
        if tuple(weight.shape) != (classes,):
            raise RuntimeError(
                f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor "
                f"of shape: {list(weight.shape)}"
            )
        shares = reshape(weight.index_select(0, reshape(safe, -1)), tuple(target.shape))
        losses = losses * shares
    else:
        shares = None
    if some_ignored:
        losses = where(ignored, 0.0, losses)
        shares = where(ignored, 0.0, 1.0 if shares is None else shares)
        shares = shares if shares.dtype is input.dtype else shares.to(input.dtype)
    if reduction == "mean":
        return sum_(losses) / sum_(shares)
    return reshape(losses, ()) if unbatched and reduction == "none" else reduced(losses, reduction)


def _check_classes(name: str, input, target) -> None:
    if not isinstance(target, Tensor):
        raise TypeError(f"{name}(): argument 'target' (position 2) must be Tensor, not {type(target).__name__}")
    if input.ndim == 0 or (input.ndim == 1 and target.ndim > 1):
        raise ValueError("Expected input to have one dimension more than target (the classes)")
    if target.dtype.category != 1:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.name}: {name} takes classes as integers")
    if input.ndim > 1:
        if input.shape[0] != target.shape[0] if target.ndim else True:
            raise ValueError(
                f"Expected input batch_size ({input.shape[0]}) to match target batch_size "
                f"({target.shape[0] if target.ndim else 0})."
            )
        if tuple(target.shape) != (input.shape[0], *input.shape[2:]):
            raise RuntimeError(
                f"Expected target size {[input.shape[0], *input.shape[2:]]}, got {list(target.shape)}"
            )


@composite(namespace="nn.functional")
def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
    label_smoothing=0.0,
):  # fmt: skip
    """`nll_loss` of `log_softmax` of the input; -sum of p log_softmax(input) over the classes for probabilities p.

    Args:
        input: scores (N, C, *) or (C).
        target: classes (N, *) or (), int64, or probabilities of the input's shape.
        weight: (C), a factor of each class; the mean is weighted with them.
        ignore_index: a class that counts nothing.
        label_smoothing: in [0, 1], how much of the target is put on all classes alike (Szegedy et al., 2016,
            arXiv:1512.00567).
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.

    Raises:
        IndexError: a class outside of [0, C).
        RuntimeError: shapes that do not fit, another dtype of the classes, a smoothing outside of [0, 1].
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.cross_entropy(t.tensor([[0.0, 0.0]]), t.tensor([1]))
    tensor(0.6931)
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    reduction = reduction_of(size_average, reduce, reduction)
    dim = 0 if input.ndim == 1 else 1
    logs = log_softmax(input, dim)
    classes = input.shape[dim]
    if tuple(input.shape) == tuple(target.shape):
        if not target.dtype.is_floating_point:
            raise RuntimeError(
                "Expected floating point type for target with class probabilities, got "
                f"{type_word(target.dtype.numpy)}: a target of the input's shape, {list(input.shape)}, holds "
                f"probabilities; classes are of shape {[*input.shape[:dim], *input.shape[dim + 1 :]]}"
            )
        if label_smoothing:
            target = target * (1.0 - label_smoothing) + label_smoothing / classes
        weighted = logs if weight is None else logs * reshape(weight, (-1, *(1,) * (input.ndim - 1 - dim)))
        losses = -sum_(weighted * target, dim)
        return sum_(losses) / max(losses.numel(), 1) if reduction == "mean" else reduced(losses, reduction)
    plain = nll_loss(logs, target, weight, None, ignore_index, None, reduction)
    if not label_smoothing:
        return plain
    spread = logs if weight is None else logs * reshape(weight, (-1, *(1,) * (input.ndim - 1 - dim)))
    smooth = -sum_(spread, dim)
    ignored = eq(target, ignore_index)
    smooth = where(ignored, 0.0, smooth)
    if reduction == "mean":
        if weight is None:
            smooth = sum_(smooth) / sum_(ne(target, ignore_index).to(input.dtype))
        else:
            safe = where(ignored, 0, target)
            shares = reshape(weight.index_select(0, reshape(safe, -1)), tuple(target.shape))
            smooth = sum_(smooth) / sum_(where(ignored, 0.0, shares))
    elif reduction == "sum":
        smooth = sum_(smooth)
    return plain * (1.0 - label_smoothing) + smooth * (label_smoothing / classes)


@composite(namespace="nn.functional")
def linear_cross_entropy(
    input, linear_weight, target, *, linear_bias=None, weight=None, reduction="mean", ignore_index=None,
    label_smoothing=0.0, options=None,
):  # fmt: skip
    """`cross_entropy` of the scores input @ linear_weight.T + linear_bias.

    Args:
        input: (N, in_features) or (in_features).
        linear_weight: (C, *, in_features); with further dimensions, of C scores at each place, input has a batch.
        target: classes (N, *), or probabilities of the scores' shape (N, C, *).
        linear_bias: (C, *), or None.
        weight, reduction, label_smoothing: as in `cross_entropy`.
        ignore_index: a class that counts nothing, -100 unless given; none may be given with probabilities.
        options: an `nn.LinearCrossEntropyOptions`, accepted: the scores are made whole, whatever it says.

    Raises:
        RuntimeError: shapes that do not fit, `ignore_index` with probabilities.

    >>> import wengert as t
    >>> t.nn.functional.linear_cross_entropy(t.ones(1, 2), t.zeros(2, 2), t.tensor([1]))
    tensor(0.6931)
    """
    if not 1 <= input.ndim <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    if input.shape[-1] != linear_weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {linear_weight.shape[-1]}, respectively"
        )
    scores = tuple(linear_weight.shape[:-1])
    if linear_bias is not None and tuple(linear_bias.shape) != scores:
        raise RuntimeError(f"expected linear_bias shape {scores}, got {tuple(linear_bias.shape)}")
    if len(scores) > 1 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {input.shape[-1]}), got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*input.shape[:-1], *scores)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    flat = reshape(linear_weight, (-1, input.shape[-1]))
    logits = linear(input, flat, None if linear_bias is None else reshape(linear_bias, (-1,)))
    return cross_entropy(
        reshape(logits, shape), target, weight, ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction, label_smoothing=label_smoothing,
    )  # fmt: skip


@composite(namespace="nn.functional")
def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """-(target log(input) + (1 - target) log(1 - input)), the logarithms held above -100.

    Args:
        input: probabilities of any shape.
        target: of the same shape, in [0, 1].
        weight: a factor of each, broadcast.
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.

    Raises:
        RuntimeError: an input outside of [0, 1].
        ValueError: another shape of the target.
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.binary_cross_entropy(t.tensor([0.25, 0.75]), t.tensor([0.0, 1.0]))
    tensor(0.2877)
    """
    if tuple(input.shape) != tuple(target.shape):
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    _real_only("binary_cross_entropy", input)
    if not input._level and input.array.size and not (numpy.all(input.array >= 0) and numpy.all(input.array <= 1)):
        raise RuntimeError("all elements of input should be between 0 and 1")
    losses = -(target * maximum(log(input), _floor(input)) + (1.0 - target) * maximum(log1p(-input), _floor(input)))
    return reduced(losses if weight is None else losses * weight, reduction_of(size_average, reduce, reduction))


def _floor(input):
    return input.detach().new_full((), -100.0)


@composite(namespace="nn.functional")
def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):  # fmt: skip
    """`binary_cross_entropy` of sigmoid(input), without overflow: (1 - target) x + log(1 + exp(-x)).

    Args:
        input: any numbers x, of any shape.
        target: of the same shape, in [0, 1].
        weight: a factor of each, broadcast.
        pos_weight: a factor of the part of the target, broadcast.
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.

    Raises:
        ValueError: another shape of the target.
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.binary_cross_entropy_with_logits(t.tensor([0.0, 0.0]), t.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    if tuple(input.shape) != tuple(target.shape):
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    _real_only("binary_cross_entropy_with_logits", input)
    softplus = -logsigmoid(input)
    if pos_weight is None:
        losses = (1.0 - target) * input + softplus
    else:
        losses = (1.0 - target) * input + (1.0 + (pos_weight - 1.0) * target) * softplus
    return reduced(losses if weight is None else losses * weight, reduction_of(size_average, reduce, reduction))
