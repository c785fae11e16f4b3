"""The gamma distribution."""

import wengert

from ..ops.sampling import standard_gamma
from . import constraints
from .exp_family import ExponentialFamily
from .utils import broadcast_all, expanded

__all__ = ["Gamma"]


class Gamma(ExponentialFamily):
    """The gamma distribution, density rate^a x^(a - 1) exp(-rate x) / Gamma(a) with a the concentration.

    Samples are differentiable in both parameters, in the concentration by implicit reparameterisation (Figurnov,
    Mohamed & Mnih, 2018).

    Args:
        concentration, rate: numbers or floating tensors that broadcast to the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a concentration or rate that is not positive, and a value below 0 given to
            `log_prob` or `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Gamma(3.0, 2.0).mean
    tensor(1.5000)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration, rate, validate_args: bool = None):
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    @property
    def mean(self) -> wengert.Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> wengert.Tensor:
        return (self.concentration - 1).clamp(min=0) / self.rate

    @property
    def variance(self) -> wengert.Tensor:
        return self.concentration / self.rate.square()

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        return standard_gamma(expanded(self.concentration, self._extended_shape(sample_shape))) / self.rate

    def log_prob(self, value) -> wengert.Tensor:
        a = self.concentration
        return wengert.xlogy(a, self.rate) + wengert.xlogy(a - 1, self._checked(value)) - self.rate * value - a.lgamma()

    def cdf(self, value) -> wengert.Tensor:
        return wengert.special.gammainc(self.concentration, self.rate * self._checked(value))

    def entropy(self) -> wengert.Tensor:
        a = self.concentration
        return a - self.rate.log() + a.lgamma() + (1 - a) * a.digamma()

    @property
    def _natural_params(self) -> tuple:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, x, y):
        return (x + 1).lgamma() + (x + 1) * (-y.reciprocal()).log()
