"""Loss functions, as compositions of operations; the negative log-likelihood is gathered."""

import warnings

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from .activations import logsigmoid
from .composite import composite
from .elementwise import abs as abs_
from .elementwise import eq, log, log1p, lt, maximum, ne, where
from .normalization import log_softmax
from .reductions import mean
from .reductions import sum as sum_
from .scatter import gather_along
from .shape import reshape


def reduced(losses, reduction: str):
    """The mean or sum of losses, or all of them."""
    if reduction == "mean":
        return mean(losses)
    if reduction == "sum":
        return sum_(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"{reduction} is not a valid value for reduction")


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


@composite(method=False)
def mse_loss(input, target, reduction="mean"):
    """(input - target)^2, of two tensors of one shape: its mean, its "sum", or with reduction "none" all of them.

    ValueError for another reduction; a warning where the shapes have to be broadcast.

    >>> import wengert as t
    >>> t.nn.functional.mse_loss(t.tensor([1.0, 2.0]), t.tensor([1.0, 4.0]))
    tensor(2.)
    """
    _same_size("mse_loss", input, target)
    difference = input - target
    return reduced(difference * difference, reduction)


@composite(method=False)
def l1_loss(input, target, reduction="mean"):
    """|input - target|, reduced as in `mse_loss`.

    Errors are those of `mse_loss`; complex numbers are allowed.

    >>> import wengert as t
    >>> t.nn.functional.l1_loss(t.tensor([1.0, 2.0]), t.tensor([1.0, 4.0]))
    tensor(1.)
    """
    _same_size("l1_loss", input, target)
    return reduced(abs_(input - target), reduction)


@composite(method=False)
def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    """d^2 / (2 beta) for d = |input - target| below beta, d - beta / 2 above, reduced as in `mse_loss` (Girshick,
    2015).

    RuntimeError for a negative beta.

    >>> import wengert as t
    >>> t.nn.functional.smooth_l1_loss(t.tensor([0.5, 3.0]), t.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    _same_size("smooth_l1_loss", input, target)
    d = abs_(input - target)
    return reduced(d if beta == 0 else where(lt(d, beta), 0.5 * d * d / beta, d - 0.5 * beta), reduction)


@composite(method=False)
def huber_loss(input, target, reduction="mean", delta=1.0):
    """d^2 / 2 for d = |input - target| up to delta, delta (d - delta / 2) above, reduced as in `mse_loss` (Huber,
    1964).

    RuntimeError for a delta that is not positive.

    >>> import wengert as t
    >>> t.nn.functional.huber_loss(t.tensor([0.5, 3.0]), t.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _same_size("huber_loss", input, target)
    d = abs_(input - target)
    return reduced(where(lt(d, delta), 0.5 * d * d, delta * (d - 0.5 * delta)), reduction)


@composite(method=False)
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """The negative of the log-probabilities `input` (N, C, *) or (C) at the classes `target` (N, *) or ().

    Weighted by class; targets of `ignore_index` count nothing; the mean is weighted.

    Raises:
        IndexError: a target outside of [0, C).
        RuntimeError: shapes or dtypes that do not fit.

    >>> import wengert as t
    >>> t.nn.functional.nll_loss(t.tensor([[0.25, 0.75]]).log(), t.tensor([1]))
    tensor(0.2877)
    """
    _real_only("nll_loss", input)
    _check_classes("nll_loss", input, target)
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


@composite(method=False)
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """The cross-entropy of scores `input` (N, C, *) or (C) against classes (N, *) or (), or against probabilities of
    input's shape: `nll_loss` of `log_softmax`. `label_smoothing` mixes the target with the uniform distribution.

    IndexError for a target outside of [0, C), RuntimeError for shapes or dtypes that do not fit and for a smoothing
    outside of [0, 1].

    >>> import wengert as t
    >>> t.nn.functional.cross_entropy(t.tensor([[0.0, 0.0]]), t.tensor([1]))
    tensor(0.6931)
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 0 if input.ndim == 1 else 1
    logs = log_softmax(input, dim)
    classes = input.shape[dim]
    if tuple(input.shape) == tuple(target.shape) and (target.dtype.is_floating_point):
        if label_smoothing:
            target = target * (1.0 - label_smoothing) + label_smoothing / classes
        weighted = logs if weight is None else logs * reshape(weight, (-1, *(1,) * (input.ndim - 1 - dim)))
        losses = -sum_(weighted * target, dim)
        return sum_(losses) / max(losses.numel(), 1) if reduction == "mean" else reduced(losses, reduction)
    plain = nll_loss(logs, target, weight, ignore_index, reduction)
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


@composite(method=False)
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    """-(target log(input) + (1 - target) log(1 - input)), the logarithms held above -100, reduced as in `mse_loss`.

    ValueError for different shapes, RuntimeError for input outside of [0, 1].

    >>> import wengert as t
    >>> t.nn.functional.binary_cross_entropy(t.tensor([0.5]), t.tensor([1.0]))
    tensor(0.6931)
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
    return reduced(losses if weight is None else losses * weight, reduction)


def _floor(input):
    return input.detach().new_full((), -100.0)


@composite(method=False)
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    """`binary_cross_entropy` of sigmoid(input), without overflow; `pos_weight` weighs the targets of 1.

    ValueError for different shapes.

    >>> import wengert as t
    >>> t.nn.functional.binary_cross_entropy_with_logits(t.tensor([0.0]), t.tensor([1.0]))
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
    return reduced(losses if weight is None else losses * weight, reduction)
