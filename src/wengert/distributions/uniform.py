"""The uniform distribution."""

import math

import wengert

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["Uniform"]


class Uniform(Distribution):
    """The uniform distribution, density 1 / (high - low) on [low, high). The mode is NaN.

    Args:
        low, high: numbers or floating tensors that broadcast to the batch shape, low < high.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a low that is not less than high, and a value outside of [low, high] given to
            `log_prob` or `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: samples of integers.

    >>> import wengert as t
    >>> t.distributions.Uniform(0.0, 4.0).log_prob(t.tensor(1.0))
    tensor(-1.3863)
    """

    has_rsample = True

    def __init__(self, low, high, validate_args: bool = None):
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)

    @property
    def arg_constraints(self) -> dict:
        return {"low": constraints.less_than(self.high), "high": constraints.greater_than(self.low)}

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> wengert.Tensor:
        return (self.high + self.low) / 2

    @property
    def mode(self) -> wengert.Tensor:
        return math.nan * self.high

    @property
    def stddev(self) -> wengert.Tensor:
        return (self.high - self.low) / math.sqrt(12)

    @property
    def variance(self) -> wengert.Tensor:
        return (self.high - self.low).square() / 12

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        u = wengert.rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + u * (self.high - self.low)

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        inside = (self.low <= value) & (value < self.high)
        return inside.to(self.low.dtype).log() - (self.high - self.low).log()

    def cdf(self, value) -> wengert.Tensor:
        return ((self._checked(value) - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value) -> wengert.Tensor:
        return self.low + value * (self.high - self.low)

    def entropy(self) -> wengert.Tensor:
        return (self.high - self.low).log()
