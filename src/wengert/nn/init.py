"""Initial values of parameters, drawn in place.

Xavier: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
Kaiming: He, Zhang, Ren & Sun, "Delving deep into rectifiers", 2015. Orthogonal: Saxe, McClelland & Ganguli, 2013.
"""

import contextlib
import functools
import math
import threading
import warnings

import numpy

from ..autograd.grad_mode import no_grad
from ..core.promotion import from_array
from ..ops.generator import stream_of as _stream


def calculate_gain(nonlinearity: str, param=None) -> float:
    """The factor that keeps the variance of activations through a nonlinearity.

    ValueError for a nonlinearity that is not known.

    >>> import wengert as t
    >>> t.nn.init.calculate_gain("leaky_relu", 0.2)
    1.3867504905630728
    """
    if nonlinearity in (
        "linear",
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "sigmoid",
    ):
        return 1.0
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        if param is None:
            slope = 0.01
        elif isinstance(param, (int, float)) and not isinstance(param, bool):
            slope = param
        else:
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity == "selu":
        return 3.0 / 4
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


class _State(threading.local):
    """Whether tensors are left as they are on this thread."""

    skips = False


_state = _State()


@contextlib.contextmanager
def skipped():
    """Inside the block nothing is drawn: tensors keep the values that their memory has."""
    before, _state.skips = _state.skips, True
    try:
        yield
    finally:
        _state.skips = before


def _in_place(function):
    """Draw without recording, and return the tensor."""

    @functools.wraps(function)
    def wrapper(tensor, *args, **kwargs):
        if not _state.skips:
            with no_grad():
                function(tensor, *args, **kwargs)
        return tensor

    return wrapper


@_in_place
def uniform_(tensor, a: float = 0.0, b: float = 1.0, generator=None):
    """Uniform in [a, b).

    Any shape; returns the tensor.

    >>> import wengert as t
    >>> x = t.nn.init.uniform_(t.empty(1000), 2.0, 3.0)
    >>> bool((x >= 2).all()), bool((x < 3).all())
    (True, True)
    """
    tensor.uniform_(a, b, generator=generator)


@_in_place
def normal_(tensor, mean: float = 0.0, std: float = 1.0, generator=None):
    """Normal with the given mean and standard deviation.

    Any shape; returns the tensor.

    >>> import wengert as t
    >>> round(t.nn.init.normal_(t.empty(1000), 3.0, 0.1).mean().item(), 1)
    3.0
    """
    tensor.normal_(mean, std, generator=generator)


@_in_place
def trunc_normal_(tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator=None):
    """Normal with the given mean and standard deviation, cut to [a, b]: values outside are drawn again.

    Any shape; returns the tensor.

    >>> import wengert as t
    >>> bool((abs(t.nn.init.trunc_normal_(t.empty(1000), a=-1.0, b=1.0)) <= 1).all())
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            UserWarning,
            stacklevel=3,
        )
    drawn = _truncated(_stream(generator), tensor.numel(), (a - mean) / std, (b - mean) / std) * std + mean
    # The scaling may round out of the bounds.
    values = numpy.clip(drawn, a, b).reshape(tuple(tensor.shape)).astype(tensor.array.dtype)
    tensor.copy_(from_array(values))


def _truncated(stream, count: int, low: float, high: float):
    """`count` standard normal numbers between low and high.

    Normal numbers outside are drawn again while that loses few of them; else the inverse of the distribution function
    is taken at uniform numbers, on the side where the tail is near 0 and keeps its digits.
    """
    if low > 0:
        return -_truncated(stream, count, -high, -low)
    from statistics import NormalDist  # only here, for it imports a good deal

    normal = NormalDist()
    first, last = normal.cdf(low), normal.cdf(high)
    if last - first < 0.2:
        smallest = numpy.finfo(float).tiny
        return numpy.array(
            [normal.inv_cdf(max(u, smallest)) for u in stream.uniform(first, last, count).tolist()], float
        )
    values = stream.standard_normal(count)
    while (outside := numpy.flatnonzero((values < low) | (values > high))).size:
        values[outside] = stream.standard_normal(outside.size)
    return values


@_in_place
def constant_(tensor, val: float):
    """One value everywhere.

    Any shape; returns the tensor.

    >>> import wengert as t
    >>> t.nn.init.constant_(t.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    tensor.fill_(val)


@_in_place
def ones_(tensor):
    """1 everywhere.

    Any shape; returns the tensor.

    >>> import wengert as t
    >>> t.nn.init.ones_(t.empty(2))
    tensor([1., 1.])
    """
    tensor.fill_(1.0)


@_in_place
def zeros_(tensor):
    """0 everywhere.

    Any shape; returns the tensor.

    >>> import wengert as t
    >>> t.nn.init.zeros_(t.empty(2))
    tensor([0., 0.])
    """
    tensor.zero_()


@_in_place
def eye_(tensor):
    """The identity matrix.

    A matrix; returns it. ValueError for other dimensions.

    >>> import wengert as t
    >>> t.nn.init.eye_(t.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    tensor.copy_(from_array(numpy.eye(*tensor.shape, dtype=tensor.array.dtype)))


@_in_place
def dirac_(tensor, groups: int = 1):
    """A convolution that passes its input channels on, as many as there are.

    Of 3, 4 or 5 dimensions (O, C, *); returns the tensor. ValueError for others, and where groups do not divide O.

    >>> import wengert as t
    >>> t.nn.init.dirac_(t.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    values = numpy.zeros(tuple(tensor.shape), tensor.array.dtype)
    per_group = tensor.shape[0] // groups
    centre = tuple([size // 2 for size in tensor.shape[2:]])
    for g in range(groups):
        for d in range(min(per_group, tensor.shape[1])):
            values[(g * per_group + d, d, *centre)] = 1
    tensor.copy_(from_array(values))


def _fans(tensor) -> tuple:
    """The number of inputs and outputs of one unit."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _fan(tensor, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _fans(tensor)[mode == "fan_out"]


@_in_place
def xavier_uniform_(tensor, gain: float = 1.0, generator=None):
    """Uniform in [-a, a] with a = gain sqrt(6 / (fan_in + fan_out)).

    Two dimensions and more; returns the tensor. ValueError for fewer. See Glorot & Bengio, 2010.

    >>> import wengert as t
    >>> round(t.nn.init.xavier_uniform_(t.empty(100, 300)).max().item(), 2)  # sqrt(6 / 400)
    0.12
    """
    bound = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    tensor.uniform_(-bound, bound, generator=generator)


@_in_place
def xavier_normal_(tensor, gain: float = 1.0, generator=None):
    """Normal with standard deviation gain sqrt(2 / (fan_in + fan_out)).

    Two dimensions and more; returns the tensor. ValueError for fewer. See Glorot & Bengio, 2010.

    >>> import wengert as t
    >>> round(t.nn.init.xavier_normal_(t.empty(100, 300)).std().item(), 2)  # sqrt(2 / 400)
    0.07
    """
    tensor.normal_(0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), generator=generator)


@_in_place
def kaiming_uniform_(tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None):
    """Uniform in [-b, b] with b = gain sqrt(3 / fan).

    Two dimensions and more, of which fan counts the inputs or outputs; returns the tensor. ValueError for fewer, and
    for another mode. See He et al., "Delving deep into rectifiers", 2015.

    >>> import wengert as t
    >>> round(t.nn.init.kaiming_uniform_(t.empty(100, 200)).max().item(), 2)  # sqrt(6 / 200)
    0.17
    """
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", UserWarning, stacklevel=3)
        return
    bound = math.sqrt(3.0) * calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))
    tensor.uniform_(-bound, bound, generator=generator)


@_in_place
def kaiming_normal_(tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None):
    """Normal with standard deviation gain / sqrt(fan).

    Two dimensions and more, of which fan counts the inputs or outputs; returns the tensor. ValueError for fewer, and
    for another mode. See He et al., "Delving deep into rectifiers", 2015.

    >>> import wengert as t
    >>> round(t.nn.init.kaiming_normal_(t.empty(100, 200)).std().item(), 2)  # sqrt(2 / 200)
    0.1
    """
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", UserWarning, stacklevel=3)
        return
    tensor.normal_(0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator=generator)


@_in_place
def orthogonal_(tensor, gain: float = 1, generator=None):
    """A (semi-)orthogonal matrix times gain; further dimensions are taken flat.

    Two dimensions and more; returns the tensor. ValueError for fewer. See Saxe, McClelland & Ganguli, 2014.

    >>> import wengert as t
    >>> x = t.nn.init.orthogonal_(t.empty(2, 3))
    >>> t.allclose(x @ x.T, t.eye(2), atol=1e-6)
    True
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if not tensor.numel():
        return
    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    drawn = _stream(generator).standard_normal((rows, columns))
    q, r = numpy.linalg.qr(drawn.T if rows < columns else drawn)
    # Signs of R's diagonal make the distribution uniform (Mezzadri, "How to generate random matrices", 2007).
    q = q * numpy.sign(numpy.diag(r))
    values = (q.T if rows < columns else q) * gain
    tensor.copy_(from_array(values.reshape(tuple(tensor.shape)).astype(tensor.array.dtype)))


@_in_place
def sparse_(tensor, sparsity: float, std: float = 0.01, generator=None):
    """Normal, with the given share of every column set to 0.

    A matrix; returns it. ValueError for other dimensions. See Martens, "Deep learning via Hessian-free optimization",
    2010.

    >>> import wengert as t
    >>> (t.nn.init.sparse_(t.empty(10, 4), 0.3) == 0).sum(0)
    tensor([3, 3, 3, 3])
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    stream = _stream(generator)
    values = stream.normal(0.0, std, (rows, columns))
    for column in range(columns):
        values[stream.permutation(rows)[: math.ceil(sparsity * rows)], column] = 0
    tensor.copy_(from_array(values.astype(tensor.array.dtype)))


# Names under which PyTorch's older code imports them.
_calculate_fan_in_and_fan_out = _fans
_calculate_correct_fan = _fan


def _older(function):
    """A function under its old name, without the underscore; FutureWarning."""
    name = function.__name__
    older = name.removesuffix("_")

    def called(*args, **kwargs):
        warnings.warn(
            f"`nn.init.{older}` is now deprecated in favor of `nn.init.{name}`.", FutureWarning, stacklevel=2
        )
        return function(*args, **kwargs)

    called.__name__ = called.__qualname__ = older
    called.__doc__ = f"The old name of `{name}`; FutureWarning."
    return called


uniform = _older(uniform_)
normal = _older(normal_)
constant = _older(constant_)
eye = _older(eye_)
dirac = _older(dirac_)
xavier_uniform = _older(xavier_uniform_)
xavier_normal = _older(xavier_normal_)
kaiming_uniform = _older(kaiming_uniform_)
kaiming_normal = _older(kaiming_normal_)
orthogonal = _older(orthogonal_)
sparse = _older(sparse_)

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal", "kaiming_normal_",
    "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal", "orthogonal_", "sparse",
    "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal", "xavier_normal_", "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]  # fmt: skip


def __dir__():
    return sorted(__all__)
