"""What layers are made of: convolution and losses. The references are loops and the formulas."""

import numpy as np

from .. import loops
from ..composites import row
from ..values import P, R, Values, Z

F = "nn.functional."

# ------------------------------------------------------------------------------------------------ convolution


def convolved(x, weight, bias, stride=1, padding=0, dilation=1, groups=1):
    n = weight.ndim - 2
    stride, padding, dilation = [(v,) * n if isinstance(v, int) else v for v in (stride, padding, dilation)]
    batch = x if x.ndim == n + 2 else x[None]
    out = loops.convolution_with_bias(batch, weight, bias, stride, padding, dilation, groups)
    return out if x.ndim == n + 2 else out[0]


row("conv1d", [R(2, 2, 7), R(3, 2, 3), R(3)], convolved, (), (2, 1), (1, 0, 2))
row("conv1d", [R(4, 5), R(2, 2, 2), R(2)], convolved, (1, 1, 1, 2))
row("conv2d", [R(2, 2, 4, 5), R(3, 2, 3, 2), R(3)], convolved, (), ((2, 1), (1, 2)))
row("conv2d", [R(2, 4, 3), R(4, 1, 2, 2), R(4)], convolved, (1, 0, 1, 2))
row("conv3d", [R(1, 2, 2, 3, 3), R(2, 2, 2, 2, 1), R(2)], convolved, (), (1, (1, 0, 1)))

# ------------------------------------------------------------------------------------------------ losses


def reduced(losses, reduction="mean"):
    return {"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction](losses)


def loss(name: str, operands, reference, *parameters):
    """Rows of a loss: with each reduction, and with the parameters given."""
    for values in ({}, {"reduction": "sum"}, {"reduction": "none"}, *parameters):

        def computed(*given, names=tuple(values)):
            count = len(given) - len(names)
            return reference(*given[:count], **dict(zip(names, given[count:], strict=True)))

        row(F + name, operands, computed, values, real_only=True)


def smooth_l1(x, y, reduction="mean", beta=1.0):
    d = np.abs(x - y)
    return reduced(np.where(d < beta, d * d / (2 * beta), d - beta / 2) if beta else d, reduction)


def huber(x, y, reduction="mean", delta=1.0):
    d = np.abs(x - y)
    return reduced(np.where(d < delta, d * d / 2, delta * (d - delta / 2)), reduction)


PAIR = [R(3, 4), R(3, 4)]
loss("l1_loss", PAIR, lambda x, y, reduction="mean": reduced(np.abs(x - y), reduction))
loss("smooth_l1_loss", PAIR, smooth_l1, {"beta": 0.5}, {"beta": 0.0})
loss("huber_loss", PAIR, huber, {"delta": 0.5})


def log_softmax(x, axis):
    return x - np.log(np.sum(np.exp(x), axis, keepdims=True))


def nll(x, y, reduction="mean", ignore_index=-100):
    taken = np.take_along_axis(x, np.expand_dims(y, 1), 1)[:, 0]
    counted = y != ignore_index
    losses = np.where(counted, -taken, 0)
    return losses.sum() / counted.sum() if reduction == "mean" else reduced(losses, reduction)


def cross_entropy(x, y, reduction="mean", ignore_index=-100, label_smoothing=0.0):
    logs = log_softmax(x, 1)
    if y.dtype.kind == "f":
        y = y * (1 - label_smoothing) + label_smoothing / x.shape[1]
        losses = -np.sum(y * logs, 1)
        return losses.sum() / losses.size if reduction == "mean" else reduced(losses, reduction)
    spread = np.broadcast_to(np.expand_dims(y, 1), (len(x), 1, *x.shape[2:]))
    smooth = np.where(spread[:, 0] == ignore_index, 0, -logs.mean(1))
    if reduction == "mean":
        smooth = smooth.sum() / (y != ignore_index).sum()
    else:
        smooth = reduced(smooth, reduction)
    return (1 - label_smoothing) * nll(logs, y, reduction, ignore_index) + label_smoothing * smooth


for name, reference in (("nll_loss", nll), ("cross_entropy", cross_entropy)):
    loss(name, [R(4, 3), Z(4)], reference, {"ignore_index": 1})
    loss(name, [R(2, 3, 4), Z(2, 4)], reference)
loss("cross_entropy", [R(4, 3), Z(4)], cross_entropy, {"label_smoothing": 0.3},
     {"ignore_index": 1, "label_smoothing": 0.3})  # fmt: skip
loss("cross_entropy", [R(4, 3), P(4, 3)], cross_entropy, {"label_smoothing": 0.3})


def binary_cross_entropy(p, y, reduction="mean"):
    return reduced(-(y * np.log(p) + (1 - y) * np.log1p(-p)), reduction)


HALF = Values((3, 4), 0.1, 0.9)
loss("binary_cross_entropy", [HALF, HALF], binary_cross_entropy)
loss("binary_cross_entropy_with_logits", [R(3, 4), HALF],
     lambda x, y, **options: binary_cross_entropy(1 / (1 + np.exp(-x)), y, **options))  # fmt: skip
