"""The Poisson distribution."""

import wengert

from . import constraints
from .exp_family import ExponentialFamily
from .utils import broadcast_all, expanded

__all__ = ["Poisson"]


class Poisson(ExponentialFamily):
    """The Poisson distribution, P(k) = rate^k exp(-rate) / k!.

    Args:
        rate: the mean, a number or a floating tensor of the batch shape, not negative.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a rate that is negative or NaN, and a value that is negative or not whole given
            to `log_prob`; a parameter that is neither number nor tensor.
        NotImplementedError: `rsample`, `entropy`, `cdf` and `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Poisson(2.0).log_prob(t.tensor(0.0))
    tensor(-2.)
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate, validate_args: bool = None):
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> wengert.Tensor:
        return self.rate

    @property
    def mode(self) -> wengert.Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> wengert.Tensor:
        return self.rate

    def sample(self, sample_shape=()) -> wengert.Tensor:
        with wengert.no_grad():
            return wengert.poisson(expanded(self.rate, self._extended_shape(sample_shape)))

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        return wengert.xlogy(value, self.rate) - self.rate - (value + 1).lgamma()

    @property
    def _natural_params(self) -> tuple:
        return (self.rate.log(),)

    def _log_normalizer(self, x):
        return x.exp()
