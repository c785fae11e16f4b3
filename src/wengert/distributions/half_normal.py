"""The half-normal distribution."""

import math

import wengert

from . import constraints
from .normal import Normal
from .transformed_distribution import TransformedDistribution
from .transforms import AbsTransform

__all__ = ["HalfNormal"]


class HalfNormal(TransformedDistribution):
    """|x| of a normal x with mean 0: density sqrt(2 / pi) exp(-(y / scale)^2 / 2) / scale for y >= 0.

    Args:
        scale: the standard deviation of x, a number or a floating tensor of the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a scale that is not positive, and a value below 0 given to `log_prob` or `cdf`;
            a parameter that is neither number nor tensor.
        NotImplementedError: samples of integers.

    >>> import wengert as t
    >>> t.distributions.HalfNormal(1.0).mean
    tensor(0.7979)
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale, validate_args: bool = None):
        super().__init__(Normal(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def scale(self):
        return self.base_dist.scale

    @property
    def mean(self) -> wengert.Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self) -> wengert.Tensor:
        return wengert.zeros_like(self.scale)

    @property
    def variance(self) -> wengert.Tensor:
        return self.scale.square() * (1 - 2 / math.pi)

    def log_prob(self, value) -> wengert.Tensor:
        found = self.base_dist.log_prob(self._checked(value)) + math.log(2)
        return wengert.where(value >= 0, found, -math.inf)

    def cdf(self, value) -> wengert.Tensor:
        return 2 * self.base_dist.cdf(self._checked(value)) - 1

    def icdf(self, value) -> wengert.Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> wengert.Tensor:
        return self.base_dist.entropy() - math.log(2)
