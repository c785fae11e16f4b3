"""The computations of layers as functions, made of operations."""

import warnings

from ..core import registry
from ..core.argument_errors import naming_its_arguments
from ..ops import activations, arguments, elementwise, losses
from ..ops.activations import (
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu6,
    silu,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
)
from ..ops.composite import written_into as _written_into
from ..ops.convolution import conv1d, conv2d, conv3d
from ..ops.dropout import kept as _kept
from ..ops.elementwise import sigmoid, tanh, where
from ..ops.linear_algebra import linear
from ..ops.normalization import log_softmax as log_softmax_
from ..ops.normalization import softmax as softmax_
from ..ops.norms import cosine_similarity, normalize, pairwise_distance
from ..ops.padding import pad
from ..ops.pooling import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d


def _implied_dim(name: str, ndim: int, dim):
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
        stacklevel=3,
    )
    return 0 if ndim in (0, 1, 3) else 1


@naming_its_arguments
def relu(input, inplace: bool = False):
    """max(input, 0), element by element; NaN stays.

    Args:
        input: any shape.
        inplace: write the result into `input`, which may then not be a leaf that requires a gradient.

    Raises:
        RuntimeError: booleans.
        NotImplementedError: complex numbers.

    >>> import wengert as t
    >>> t.nn.functional.relu(t.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return elementwise.relu.in_place(input) if inplace else elementwise.relu(input)


@naming_its_arguments
def softmax(input, dim=None, _stacklevel: int = 3, dtype=None):
    """exp(input) divided by its sum over dim; of the input's shape.

    Args:
        input: any shape, floating point.
        dim: the dimension along which the values add up. Should be given; without it, of 0, 1 and 3 dimensions the
            first, else the second is taken, with a warning.
        dtype: what the input is converted to before, and the result is of.

    Raises:
        IndexError: a dimension that there is not.
        NotImplementedError: integers, without a `dtype`.

    >>> import wengert as t
    >>> t.nn.functional.softmax(t.tensor([0.0, 1.0]), dim=0)
    tensor([0.2689, 0.7311])
    """
    input = arguments.tensor("softmax", "input", 1, input)
    dim = _implied_dim("softmax", input.ndim, dim)
    return softmax_(input, dim) if dtype is None else softmax_(input, dim, dtype=dtype)


@naming_its_arguments
def log_softmax(input, dim=None, _stacklevel: int = 3, dtype=None):
    """The logarithm of `softmax`, input - log(sum of exp(input) over dim), without overflow.

    Args:
        input: any shape, floating point.
        dim: the dimension along which the values add up. Should be given; without it, of 0, 1 and 3 dimensions the
            first, else the second is taken, with a warning.
        dtype: what the input is converted to before, and the result is of.

    Raises:
        IndexError: a dimension that there is not.
        NotImplementedError: integers, without a `dtype`.

    >>> import wengert as t
    >>> t.nn.functional.log_softmax(t.tensor([0.0, 1.0]), dim=0)
    tensor([-1.3133, -0.3133])
    """
    input = arguments.tensor("log_softmax", "input", 1, input)
    dim = _implied_dim("log_softmax", input.ndim, dim)
    return log_softmax_(input, dim) if dtype is None else log_softmax_(input, dim, dtype=dtype)


@naming_its_arguments
def softmin(input, dim=None, _stacklevel: int = 3, dtype=None):
    """`softmax` of -input.

    Args:
        input: any shape, floating point.
        dim: the dimension along which the values add up. Should be given; without it, of 0, 1 and 3 dimensions the
            first, else the second is taken, with a warning.
        dtype: what the input is converted to before, and the result is of.

    Raises:
        IndexError: a dimension that there is not.
        NotImplementedError: integers, without a `dtype`.

    >>> import wengert as t
    >>> t.nn.functional.softmin(t.tensor([0.0, 1.0]), dim=0)
    tensor([0.7311, 0.2689])
    """
    return softmax(-arguments.tensor("softmin", "input", 1, input), dim, dtype=dtype)


@naming_its_arguments
def celu(input, alpha: float = 1.0, inplace: bool = False):
    """input where it is above 0, alpha (exp(input / alpha) - 1) elsewhere (Barron, 2017, arXiv:1704.07483).

    Args:
        input: any shape.
        alpha: not 0.
        inplace: write the result into `input`, which may then not be a leaf that requires a gradient.

    Raises:
        RuntimeError: alpha is 0.
        NotImplementedError: what is not of floating point.

    >>> import wengert as t
    >>> t.nn.functional.celu(t.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return activations.celu.in_place(input, alpha) if inplace else activations.celu(input, alpha)


@naming_its_arguments
def selu(input, inplace: bool = False):
    """scale * input where that is above 0, scale * alpha (exp(input) - 1) elsewhere.

    The constants are those of Klambauer et al., "Self-normalizing neural networks", 2017 (arXiv:1706.02515):
    scale 1.0507, alpha 1.6733.

    Args:
        input: any shape.
        inplace: write the result into `input`, which may then not be a leaf that requires a gradient.

    NotImplementedError for what is not of floating point.

    >>> import wengert as t
    >>> t.nn.functional.selu(t.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    return activations.selu.in_place(input) if inplace else activations.selu(input)


@naming_its_arguments
def threshold(input, threshold: float, value: float, inplace: bool = False):
    """input where it is above the threshold, value elsewhere.

    Args:
        input: any shape.
        threshold, value: numbers.
        inplace: write the result into `input`, which may then not be a leaf that requires a gradient.

    NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.nn.functional.threshold(t.tensor([-1.0, 2.0]), 0.0, 9.0)
    tensor([9., 2.])
    """
    called = activations.threshold
    return called.in_place(input, threshold, value) if inplace else called(input, threshold, value)


@naming_its_arguments
def rrelu(input, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False):
    """input where it is above 0, a * input elsewhere (Xu et al., 2015, arXiv:1505.00853).

    Args:
        input: any shape.
        lower, upper: in training a is drawn from [lower, upper) for each element, else it is (lower + upper) / 2.
        training: whether a is drawn.
        inplace: write the result into `input`, which may then not be a leaf that requires a gradient.

    NotImplementedError for what is not of floating point.

    >>> import wengert as t
    >>> t.nn.functional.rrelu(t.tensor([-1.0, 2.0]), 0.1, 0.3)
    tensor([-0.2000,  2.0000])
    """
    if inplace:
        return _written_into(input, activations.rrelu, lower, upper, training)
    return activations.rrelu(input, lower, upper, training)


@naming_its_arguments
def rrelu_(input, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False):
    """In-place form of `rrelu`: writes the result into the input and returns it."""
    return rrelu(input, lower, upper, training, True)


celu_ = activations.celu.in_place
elu_ = activations.elu_operation.in_place
hardtanh_ = activations.hardtanh_operation.in_place
leaky_relu_ = activations.leaky_relu_operation.in_place
selu_ = activations.selu.in_place
threshold_ = activations.threshold.in_place
relu_ = elementwise.relu.in_place


@naming_its_arguments
def dropout(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """In training, elements set to 0 with probability p and the others scaled by 1 / (1 - p); else the input itself.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.

    Args:
        input: any shape.
        p: the probability, in [0, 1]: ValueError otherwise.
        training: whether anything is set to 0.
        inplace: write the result into `input`.

    >>> import wengert as t
    >>> y = t.nn.functional.dropout(t.ones(1000), p=0.2)
    >>> y.unique()
    tensor([0.0000, 1.2500])
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    return _dropped(input, tuple(input.shape), p, inplace)


def _dropped(input, shape: tuple, p: float, inplace: bool):
    factor = _kept(input, shape, p)
    return input.mul_(factor) if inplace else input * factor


@naming_its_arguments
def dropout1d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """In training, whole channels set to 0 with probability p and others scaled by 1 / (1 - p); else the input itself.

    Tompson et al., "Efficient object localization using convolutional networks", 2015 (arXiv:1411.4280).

    Args:
        input: (N, C, L) or (C, L).
        p: the probability, in [0, 1].
        training: whether anything is set to 0.
        inplace: write the result into `input`.

    Raises:
        ValueError: p outside of [0, 1].
        RuntimeError: another number of dimensions.

    >>> import wengert as t
    >>> y = t.nn.functional.dropout1d(t.ones(2, 3))
    >>> [channel.unique().numel() for channel in y]
    [1, 1]
    """
    return _channel_dropout("dropout1d", 1, input, p, training, inplace)


@naming_its_arguments
def dropout2d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """In training, whole channels set to 0 with probability p and others scaled by 1 / (1 - p); else the input itself.

    Tompson et al., "Efficient object localization using convolutional networks", 2015 (arXiv:1411.4280).

    Args:
        input: (N, C, H, W) or (C, H, W).
        p: the probability, in [0, 1].
        training: whether anything is set to 0.
        inplace: write the result into `input`.

    Raises:
        ValueError: p outside of [0, 1].
        RuntimeError: another number of dimensions.

    >>> import wengert as t
    >>> y = t.nn.functional.dropout2d(t.ones(2, 3, 4))
    >>> [channel.unique().numel() for channel in y]
    [1, 1]
    """
    return _channel_dropout("dropout2d", 2, input, p, training, inplace)


@naming_its_arguments
def dropout3d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """In training, whole channels set to 0 with probability p and others scaled by 1 / (1 - p); else the input itself.

    Tompson et al., "Efficient object localization using convolutional networks", 2015 (arXiv:1411.4280).

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        p: the probability, in [0, 1].
        training: whether anything is set to 0.
        inplace: write the result into `input`.

    Raises:
        ValueError: p outside of [0, 1].
        RuntimeError: another number of dimensions.

    >>> import wengert as t
    >>> y = t.nn.functional.dropout3d(t.ones(2, 3, 4, 5))
    >>> [channel.unique().numel() for channel in y]
    [1, 1]
    """
    return _channel_dropout("dropout3d", 3, input, p, training, inplace)


def _channel_dropout(name, spatial, input, p, training, inplace):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"{name}: Expected {spatial + 1}D or {spatial + 2}D input, but received a {input.ndim}D input"
        )
    if not training or p == 0.0:
        return input
    return _dropped(input, (*input.shape[: input.ndim - spatial], *(1,) * spatial), p, inplace)


@naming_its_arguments
def one_hot(tensor, num_classes: int = -1):
    """A new last dimension with 1 at the class and 0 elsewhere: int64, (*) -> (*, num_classes).

    `num_classes` is one more than the largest class unless given. RuntimeError for another dtype than int64, for
    classes below 0 or beyond `num_classes`, and where there are none to tell the number from.

    >>> import wengert as t
    >>> t.nn.functional.one_hot(t.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if not hasattr(tensor, "dtype"):
        raise TypeError(f"one_hot(): argument 'input' (position 1) must be Tensor, not {type(tensor).__name__}")
    if tensor.dtype.name != "int64":
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor.: this is {tensor.dtype}")
    if num_classes < -1 or num_classes == 0 and not tensor.numel():
        raise RuntimeError(f"num_classes should be positive: one_hot was given {num_classes}")
    if num_classes == -1:
        if not tensor.numel():
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        num_classes = int(tensor.max()) + 1
    # Of a batch of vmap the classes are not looked at, as in PyTorch.
    if not tensor._level and tensor.numel():
        if tensor.array.min() < 0:
            raise RuntimeError(f"Class values must be non-negative.: one is {tensor.array.min()}")
        if tensor.array.max() >= num_classes:
            raise RuntimeError(
                f"Class values must be smaller than num_classes.: one is {tensor.array.max()} of {num_classes}"
            )
    from ..ops.ranges import arange

    return (tensor.unsqueeze(-1) == arange(num_classes)).long()


@naming_its_arguments
def embedding(input, weight, padding_idx=None):
    """The rows of weight (V, D) at positions: (*) -> (*, D).

    Args:
        input: integers in [0, V), of any shape.
        weight: (V, D).
        padding_idx: no gradient flows to this row.

    IndexError for a position outside of the rows, and for positions that are no integers.

    >>> import wengert as t
    >>> t.nn.functional.embedding(t.tensor([2, 0]), t.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    tensor([[5., 6.],
            [1., 2.]])
    """
    input, weight = arguments.tensor("embedding", "input", 1, input), arguments.tensor("embedding", "weight", 2, weight)
    if padding_idx is not None:
        padding_idx = arguments.integer("embedding", "padding_idx", 3, padding_idx)
        used = (input != padding_idx).unsqueeze(-1)
        rows = weight[input]
        return where(used, rows, rows.detach())
    return weight[input]


# ---------------------------------------------------------------------------------------------- losses


def reduction_of(size_average, reduce, reduction: str) -> str:
    """The reduction that PyTorch's older pair of flags stands for; `reduction` itself if neither is given."""
    if size_average is None and reduce is None:
        return reduction
    meant = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.",
        UserWarning,
        stacklevel=3,
    )
    return meant


@naming_its_arguments
def mse_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """(input - target)^2.

    Args:
        input, target: tensors of one shape (others are broadcast, with a warning).
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.

    Raises:
        RuntimeError: shapes that are not broadcast; the mean of integers.
        NotImplementedError: complex numbers.
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.mse_loss(t.tensor([1.0, 2.0]), t.tensor([1.0, 4.0]))
    tensor(2.)
    """
    return losses.mse_loss(input, target, reduction_of(size_average, reduce, reduction))


@naming_its_arguments
def l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """|input - target|.

    Args:
        input, target: tensors of one shape (others are broadcast, with a warning).
        size_average, reduce: PyTorch's older words for the reduction, with a warning.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.

    Raises:
        RuntimeError: shapes that are not broadcast; the mean of integers.
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.l1_loss(t.tensor([1.0, 2.0]), t.tensor([1.0, 4.0]))
    tensor(1.)
    """
    return losses.l1_loss(input, target, reduction_of(size_average, reduce, reduction))


@naming_its_arguments
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
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
    return losses.smooth_l1_loss(input, target, reduction_of(size_average, reduce, reduction), beta)


@naming_its_arguments
def huber_loss(input, target, reduction: str = "mean", delta: float = 1.0):
    """d^2 / 2 for d = |input - target| up to delta, delta (d - delta / 2) above (Huber, 1964).

    Args:
        input, target: tensors of one shape (others are broadcast, with a warning).
        delta: where the two parts meet, above 0.
        reduction: "mean" or "sum", a tensor without dimensions, or "none", all of them.

    Raises:
        RuntimeError: shapes that are not broadcast; delta <= 0.
        NotImplementedError: complex numbers.
        ValueError: another reduction.

    >>> import wengert as t
    >>> t.nn.functional.huber_loss(t.tensor([0.5, 3.0]), t.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    return losses.huber_loss(input, target, reduction, delta)


@naming_its_arguments
def nll_loss(
    input, target, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean"
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
    return losses.nll_loss(input, target, weight, ignore_index, reduction_of(size_average, reduce, reduction))


@naming_its_arguments
def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean",
    label_smoothing: float = 0.0,
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
    return losses.cross_entropy(
        input, target, weight, ignore_index, reduction_of(size_average, reduce, reduction), label_smoothing
    )


@naming_its_arguments
def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean"):
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
    return losses.binary_cross_entropy(input, target, weight, reduction_of(size_average, reduce, reduction))


@naming_its_arguments
def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean", pos_weight=None
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
    return losses.binary_cross_entropy_with_logits(
        input, target, weight, reduction_of(size_average, reduce, reduction), pos_weight
    )


__all__ = [
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "binary_cross_entropy", "binary_cross_entropy_with_logits", "celu",
    "celu_", "conv1d", "conv2d", "conv3d", "cosine_similarity", "cross_entropy", "dropout", "dropout1d", "dropout2d",
    "dropout3d", "elu", "elu_", "embedding", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "hardtanh_", "huber_loss", "l1_loss", "leaky_relu", "leaky_relu_", "linear", "log_softmax", "logsigmoid",
    "max_pool1d", "max_pool2d", "max_pool3d", "mish", "mse_loss", "nll_loss", "normalize", "one_hot", "pad",
    "pairwise_distance", "prelu", "relu", "relu6", "relu_", "rrelu", "rrelu_", "selu", "selu_", "sigmoid", "silu",
    "smooth_l1_loss", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold",
    "threshold_",
]  # fmt: skip

# What was declared under `ops/` with the namespace "nn.functional".
globals().update(registry.namespace_called("nn.functional"))
__all__ += sorted(set(registry.namespace_called("nn.functional")) - set(__all__))
