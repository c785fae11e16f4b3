"""The computations of layers as functions, made of operations."""

import warnings

from ..core import registry
from ..core.argument_errors import naming_its_arguments
from ..ops import activations, arguments, elementwise
from ..ops import dropout as dropouts
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
from ..ops.elementwise import sigmoid
from ..ops.linear_algebra import linear
from ..ops.normalization import log_softmax as log_softmax_
from ..ops.normalization import softmax as softmax_
from ..ops.norms import cosine_similarity, normalize, pairwise_distance
from ..ops.padding import pad
from ..ops.trigonometric import tanh


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
        input: any shape, of a floating or complex type; RuntimeError for others that would be scaled.
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
    if input.numel():
        dropouts.check_type(input)
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
        RuntimeError: another number of dimensions; integers or booleans, which cannot be scaled.

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
        input: (N, C, H, W). (N, C, L), any other number of dimensions from 2 on too, with a warning.
        p: the probability, in [0, 1].
        training: whether anything is set to 0.
        inplace: write the result into `input`.

    Raises:
        ValueError: p outside of [0, 1].
        RuntimeError: fewer than two dimensions; integers or booleans, which cannot be scaled.

    >>> import wengert as t
    >>> y = t.nn.functional.dropout2d(t.ones(1, 2, 3, 4))
    >>> [channel.unique().numel() for channel in y[0]]
    [1, 1]
    """
    return _channel_dropout("dropout2d", 2, input, p, training, inplace)


@naming_its_arguments
def dropout3d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """In training, whole channels set to 0 with probability p and others scaled by 1 / (1 - p); else the input itself.

    Tompson et al., "Efficient object localization using convolutional networks", 2015 (arXiv:1411.4280).

    Args:
        input: (N, C, D, H, W) or (C, D, H, W). Other numbers of dimensions are (C, *), with a warning.
        p: the probability, in [0, 1].
        training: whether anything is set to 0.
        inplace: write the result into `input`.

    Raises:
        ValueError: p outside of [0, 1].
        RuntimeError: no dimensions; integers or booleans, which cannot be scaled.

    >>> import wengert as t
    >>> y = t.nn.functional.dropout3d(t.ones(2, 3, 4, 5))
    >>> [channel.unique().numel() for channel in y]
    [1, 1]
    """
    return _channel_dropout("dropout3d", 3, input, p, training, inplace)


def _channel_dropout(name, spatial, input, p, training, inplace):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    dims, usual = input.ndim, f"{spatial + 1}D or {spatial + 2}D"
    if dims not in (spatial + 1, spatial + 2):
        if spatial == 1:
            raise RuntimeError(f"{name}: Expected {usual} input, but received a {dims}D input")
        warnings.warn(
            f"{name}: Received a {dims}-D input to {name}, which is deprecated and will result in an error in a "
            f"future release. Channels have {spatial} spatial dimensions, so that an input is {usual}; `dropout` drops "
            "elements.",
            stacklevel=4,
        )
    elif dims == 3 and spatial == 2:
        warnings.warn(
            f"{name}: Received a 3D input to {name} and assuming that channel-wise 1D dropout behavior is desired: "
            "it is taken as (N, C, L), not as (C, H, W); `dropout1d` does the same without a warning.",
            stacklevel=4,
        )
    if not training or p == 0.0:
        return input
    # As in PyTorch, the two-dimensional one always takes a batch to be there, and the others only with all dimensions.
    leading = 2 if spatial == 2 or dims == spatial + 2 else 1
    if dims < leading:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return _dropped(input, (*input.shape[:leading], *(1,) * (dims - leading)), p, inplace)


@naming_its_arguments
def alpha_dropout(input, p: float = 0.5, training: bool = False, inplace: bool = False):
    """Elements set to SELU's left end with probability p, and all scaled and shifted so that mean 0 and variance 1
    stay, in training (Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017).

    ValueError for a probability outside of [0, 1].

    >>> import wengert as t
    >>> t.nn.functional.alpha_dropout(t.ones(2), 0.5)
    tensor([1., 1.])
    """
    return _alpha(dropouts.alpha_dropout, input, p, training, inplace)


@naming_its_arguments
def feature_alpha_dropout(input, p: float = 0.5, training: bool = False, inplace: bool = False):
    """`alpha_dropout` of whole channels, the second dimension of (N, C, *).

    >>> import wengert as t
    >>> t.nn.functional.feature_alpha_dropout(t.ones(1, 2), 0.5)
    tensor([[1., 1.]])
    """
    return _alpha(dropouts.feature_alpha_dropout, input, p, training, inplace)


def _alpha(function, input, p: float, training: bool, inplace: bool):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if inplace:
        return _written_into(input, function, p, training) if training and p else input
    return function(input, p, training)


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


__all__ = [
    "alpha_dropout", "feature_alpha_dropout", "celu",
    "celu_", "conv1d", "conv2d", "conv3d", "cosine_similarity", "dropout", "dropout1d", "dropout2d",
    "dropout3d", "elu", "elu_", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "hardtanh_", "leaky_relu", "leaky_relu_", "linear", "log_softmax", "logsigmoid",
    "mish", "normalize", "one_hot", "pad",
    "pairwise_distance", "prelu", "relu", "relu6", "relu_", "rrelu", "rrelu_", "selu", "selu_", "sigmoid", "silu",
    "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold",
    "threshold_",
]  # fmt: skip

# What was declared under `ops/` with the namespace "nn.functional".
globals().update(registry.namespace_called("nn.functional"))
__all__ += sorted(set(registry.namespace_called("nn.functional")) - set(__all__))


def __dir__():
    return sorted(__all__)
