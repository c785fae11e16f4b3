"""The normal distribution."""

import math

import wengert

from . import constraints
from .exp_family import ExponentialFamily
from .utils import broadcast_all

__all__ = ["Normal"]


class Normal(ExponentialFamily):
    """The normal distribution, density exp(-((x - loc) / scale)^2 / 2) / (scale sqrt(2 pi)).

    Args:
        loc: the mean, a number or a floating tensor.
        scale: the standard deviation, positive. They broadcast to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc that is NaN, a scale that is not positive, and a value that is NaN given
            to `log_prob` or `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: samples of integers.

    >>> import wengert as t
    >>> t.distributions.Normal(0.0, 1.0).log_prob(t.tensor(0.0))
    tensor(-0.9189)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, loc, scale, validate_args: bool = None):
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> wengert.Tensor:
        return self.loc

    @property
    def mode(self) -> wengert.Tensor:
        return self.loc

    @property
    def stddev(self) -> wengert.Tensor:
        return self.scale

    @property
    def variance(self) -> wengert.Tensor:
        return self.scale * self.scale

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        noise = wengert.randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + noise * self.scale

    def log_prob(self, value) -> wengert.Tensor:
        z = (self._checked(value) - self.loc) / self.scale
        return -0.5 * z * z - self.scale.log() - 0.5 * math.log(2 * math.pi)

    def cdf(self, value) -> wengert.Tensor:
        z = (self._checked(value) - self.loc) / self.scale
        return 0.5 * (1 + (z * math.sqrt(0.5)).erf())

    def icdf(self, value) -> wengert.Tensor:
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)

    def entropy(self) -> wengert.Tensor:
        return self.scale.log() + 0.5 * (1 + math.log(2 * math.pi))

    @property
    def _natural_params(self) -> tuple:
        precision = 1 / (self.scale * self.scale)
        return self.loc * precision, -0.5 * precision

    def _log_normalizer(self, x, y):
        return -0.25 * x * x / y + 0.5 * (-math.pi / y).log()
