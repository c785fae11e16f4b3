"""The Cauchy distribution."""

import math

import wengert

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["Cauchy"]


class Cauchy(Distribution):
    """The Cauchy (Lorentz) distribution, density 1 / (pi scale (1 + ((x - loc) / scale)^2)). It has no mean, which is
    NaN, and the variance is infinite.

    Args:
        loc: the median, a number or a floating tensor.
        scale: half of the distance between the quartiles, positive. They broadcast to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc that is NaN, a scale that is not positive, and a value that is NaN given
            to `log_prob` or `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Cauchy(0.0, 1.0).cdf(t.tensor(1.0))
    tensor(0.7500)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, loc, scale, validate_args: bool = None):
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> wengert.Tensor:
        return wengert.full(self._extended_shape(), math.nan, dtype=self.loc.dtype)

    @property
    def mode(self) -> wengert.Tensor:
        return self.loc

    @property
    def variance(self) -> wengert.Tensor:
        return wengert.full(self._extended_shape(), math.inf, dtype=self.loc.dtype)

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        noise = wengert.zeros(self._extended_shape(sample_shape), dtype=self.loc.dtype).cauchy_()
        return self.loc + noise * self.scale

    def log_prob(self, value) -> wengert.Tensor:
        z = (self._checked(value) - self.loc) / self.scale
        return -math.log(math.pi) - self.scale.log() - (z * z).log1p()

    def cdf(self, value) -> wengert.Tensor:
        return ((self._checked(value) - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value) -> wengert.Tensor:
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> wengert.Tensor:
        return math.log(4 * math.pi) + self.scale.log()
