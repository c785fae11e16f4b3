"""The inverse gamma distribution."""

import math

import wengert

from . import constraints
from .gamma import Gamma
from .transformed_distribution import TransformedDistribution
from .transforms import PowerTransform

__all__ = ["InverseGamma"]


class InverseGamma(TransformedDistribution):
    """1 / x of a gamma x: density rate^a y^(-a - 1) exp(-rate / y) / Gamma(a) with a the concentration. The mean is
    infinite up to a = 1, the variance up to a = 2.

    Args:
        concentration, rate: numbers or floating tensors that broadcast to the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a concentration or rate that is not positive, a value that is not positive given
            to `log_prob`, and one below 0 given to `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.InverseGamma(3.0, 2.0).mean
    tensor(1.)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, concentration, rate, validate_args: bool = None):
        base = Gamma(concentration, rate, validate_args=validate_args)
        super().__init__(base, PowerTransform(-wengert.ones((), dtype=base.rate.dtype)), validate_args=validate_args)

    @property
    def concentration(self):
        return self.base_dist.concentration

    @property
    def rate(self):
        return self.base_dist.rate

    @property
    def mean(self) -> wengert.Tensor:
        found = self.rate / (self.concentration - 1)
        return wengert.where(self.concentration > 1, found, math.inf)

    @property
    def mode(self) -> wengert.Tensor:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> wengert.Tensor:
        a = self.concentration
        found = self.rate.square() / ((a - 1).square() * (a - 2))
        return wengert.where(a > 2, found, math.inf)

    def entropy(self) -> wengert.Tensor:
        a = self.concentration
        return a + self.rate.log() + a.lgamma() - (1 + a) * a.digamma()
