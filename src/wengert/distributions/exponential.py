"""The exponential distribution."""

import wengert

from . import constraints
from .exp_family import ExponentialFamily
from .utils import broadcast_all

__all__ = ["Exponential"]


class Exponential(ExponentialFamily):
    """The exponential distribution, density rate exp(-rate x) for x >= 0.

    Args:
        rate: a number or a floating tensor of the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a rate that is not positive, and a value below 0 given to `log_prob` or `cdf`; a
            parameter that is neither number nor tensor.
        RuntimeError: samples of integers.

    >>> import wengert as t
    >>> t.distributions.Exponential(2.0).mean
    tensor(0.5000)
    """

    arg_constraints = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, rate, validate_args: bool = None):
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> wengert.Tensor:
        return self.rate.reciprocal()

    @property
    def mode(self) -> wengert.Tensor:
        return wengert.zeros_like(self.rate)

    @property
    def stddev(self) -> wengert.Tensor:
        return self.rate.reciprocal()

    @property
    def variance(self) -> wengert.Tensor:
        return self.rate.square().reciprocal()

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        noise = wengert.zeros(self._extended_shape(sample_shape), dtype=self.rate.dtype).exponential_()
        return noise / self.rate

    def log_prob(self, value) -> wengert.Tensor:
        return self.rate.log() - self.rate * self._checked(value)

    def cdf(self, value) -> wengert.Tensor:
        return -(-self.rate * self._checked(value)).expm1()

    def icdf(self, value) -> wengert.Tensor:
        return -(-value).log1p() / self.rate

    def entropy(self) -> wengert.Tensor:
        return 1 - self.rate.log()

    @property
    def _natural_params(self) -> tuple:
        return (-self.rate,)

    def _log_normalizer(self, x):
        return -(-x).log()
