"""Activations as modules."""

import warnings
from collections.abc import Callable

from ...core import Tensor
from ...ops.creation import full
from .. import functional
from ..parameter import Parameter
from .module import Module


class _InPlace(Module):
    """An activation without further settings, with an in-place form."""

    function: Callable

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(_InPlace):
    """max(input, 0).

    Any shape, and the result has it. RuntimeError for booleans.

    >>> import wengert as t
    >>> t.nn.ReLU()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """

    function = staticmethod(functional.relu)


class SELU(_InPlace):
    """The scaled exponential linear unit.

    Any shape, and the result has it. See Klambauer et al., "Self-normalizing neural networks", 2017.

    >>> import wengert as t
    >>> t.nn.SELU()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-1.5202,  0.0000,  2.1014])
    """

    function = staticmethod(functional.selu)


class SiLU(_InPlace):
    """input * sigmoid(input).

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.SiLU()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.2384,  0.0000,  1.7616])
    """

    function = staticmethod(functional.silu)


class Mish(_InPlace):
    """input * tanh(softplus(input)).

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Mish()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.2525,  0.0000,  1.9440])
    """

    function = staticmethod(functional.mish)


class Hardsigmoid(_InPlace):
    """input / 6 + 1 / 2 held in [0, 1].

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Hardsigmoid()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([0.1667, 0.5000, 0.8333])
    """

    function = staticmethod(functional.hardsigmoid)


class Hardswish(_InPlace):
    """input * hardsigmoid(input).

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Hardswish()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.3333,  0.0000,  1.6667])
    """

    function = staticmethod(functional.hardswish)


class _Plain(Module):
    """An activation without settings."""

    function: Callable

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input)


class Sigmoid(_Plain):
    """1 / (1 + exp(-input)).

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Sigmoid()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([0.1192, 0.5000, 0.8808])
    """

    function = staticmethod(functional.sigmoid)


class Tanh(_Plain):
    """The hyperbolic tangent.

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Tanh()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.9640,  0.0000,  0.9640])
    """

    function = staticmethod(functional.tanh)


class LogSigmoid(_Plain):
    """log(sigmoid(input)).

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.LogSigmoid()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-2.1269, -0.6931, -0.1269])
    """

    function = staticmethod(functional.logsigmoid)


class Softsign(_Plain):
    """input / (1 + |input|).

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Softsign()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.6667,  0.0000,  0.6667])
    """

    function = staticmethod(functional.softsign)


class Tanhshrink(_Plain):
    """input - tanh(input).

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Tanhshrink()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-1.0360,  0.0000,  1.0360])
    """

    function = staticmethod(functional.tanhshrink)


class LeakyReLU(Module):
    """input where it is above 0, negative_slope * input elsewhere.

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.LeakyReLU(0.1)(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.2000,  0.0000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False):
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """input where it is above 0, weight * input elsewhere; one weight, or one per channel.

    (N, C, *) or, with one weight, any shape; the result has it. RuntimeError for another number of channels.

    >>> import wengert as t
    >>> t.nn.PReLU()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.5000,  0.0000,  2.0000], grad_fn=<PreluKernelBackward0>)
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(full((num_parameters,), init, dtype=dtype, device=device))

    def forward(self, input: Tensor) -> Tensor:
        return functional.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ELU(Module):
    """input where it is above 0, alpha (exp(input) - 1) elsewhere.

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.ELU()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.8647,  0.0000,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class CELU(Module):
    """input where it is above 0, alpha (exp(input / alpha) - 1) elsewhere.

    Any shape, and the result has it. RuntimeError for an alpha of 0.

    >>> import wengert as t
    >>> t.nn.CELU()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.8647,  0.0000,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class GELU(Module):
    """input times the normal distribution function of it.

    Any shape, and the result has it. NotImplementedError for integers, RuntimeError for an
    `approximate` other than "none" and "tanh".

    >>> import wengert as t
    >>> t.nn.GELU()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.0455,  0.0000,  1.9545])
    """

    def __init__(self, approximate: str = "none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return functional.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """log(1 + exp(beta input)) / beta.

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Softplus()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([0.1269, 0.6931, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return functional.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Threshold(Module):
    """input where it is above the threshold, value elsewhere.

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Threshold(0.5, -1.0)(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-1., -1.,  2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False):
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


class _Shrink(Module):
    function: Callable

    def __init__(self, lambd: float = 0.5):
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Hardshrink(_Shrink):
    """input outside of [-lambd, lambd], 0 inside.

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.Hardshrink()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-2.,  0.,  2.])
    """

    function = staticmethod(functional.hardshrink)


class Softshrink(_Shrink):
    """input moved towards 0 by lambd, and no further than 0.

    Any shape, and the result has it. RuntimeError for a negative lambd.

    >>> import wengert as t
    >>> t.nn.Softshrink()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-1.5000,  0.0000,  1.5000])
    """

    function = staticmethod(functional.softshrink)


class Hardtanh(Module):
    """input held in [min_val, max_val].

    Any shape, and the result has it. ValueError unless min_val < max_val. `min_value` and `max_value` are older names
    of the two, with a warning.

    >>> import wengert as t
    >>> t.nn.Hardtanh()(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-1.,  0.,  1.])
    """

    def __init__(
        self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False, min_value=None, max_value=None
    ):  # fmt: skip
        super().__init__()
        for former, now, value in (("min_value", "min_val", min_value), ("max_value", "max_val", max_value)):
            if value is not None:
                sentence = f"keyword argument `{former}` is deprecated and renamed to `{now}`"
                warnings.warn(sentence, FutureWarning, stacklevel=2)
        min_val = min_val if min_value is None else min_value
        max_val = max_val if max_value is None else max_value
        if not max_val > min_val:
            raise ValueError("max_val must be larger than min_val")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class ReLU6(Hardtanh):
    """input held in [0, 6].

    Any shape, and the result has it.

    >>> import wengert as t
    >>> t.nn.ReLU6()(t.tensor([-2.0, 2.0, 8.0]))
    tensor([0., 2., 6.])
    """

    def __init__(self, inplace: bool = False):
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class GLU(Module):
    """The first half along dim times sigmoid of the second.

    (*, 2n, *) -> (*, n, *). RuntimeError if the size along dim is odd.

    >>> import wengert as t
    >>> t.nn.GLU()(t.tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """

    def __init__(self, dim: int = -1):
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class _AlongDim(Module):
    function: Callable

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """exp(input) divided by its sum over dim.

    Any shape, and the result has it. IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.nn.Softmax(dim=0)(t.tensor([0.0, 0.0, 1.0]))
    tensor([0.2119, 0.2119, 0.5761])
    """

    function = staticmethod(functional.softmax)


class LogSoftmax(_AlongDim):
    """The logarithm of softmax.

    Any shape, and the result has it. IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.nn.LogSoftmax(dim=0)(t.tensor([-2.0, 0.0, 2.0]))
    tensor([-4.1429, -2.1429, -0.1429])
    """

    function = staticmethod(functional.log_softmax)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmin(_AlongDim):
    """softmax of -input.

    Any shape, and the result has it. IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.nn.Softmin(dim=0)(t.tensor([0.0, 0.0, 1.0]))
    tensor([0.4223, 0.4223, 0.1554])
    """

    function = staticmethod(functional.softmin)


class Softmax2d(Module):
    """Softmax over the channels of each pixel of (N, C, H, W) or (C, H, W). ValueError for other dimensions.

    >>> import wengert as t
    >>> t.nn.Softmax2d()(t.zeros(1, 2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return functional.softmax(input, -3)


class RReLU(Module):
    """input where it is above 0, a * input elsewhere; in training a is drawn from [lower, upper), else the middle (Xu,
    Wang, Chen & Li, "Empirical evaluation of rectified activations", 2015, https://arxiv.org/abs/1505.00853).

    >>> import wengert as t
    >>> t.nn.RReLU(0.1, 0.3).eval()(t.tensor([-1.0, 2.0]))
    tensor([-0.2000,  2.0000])
    """

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False):
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")
