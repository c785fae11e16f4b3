"""The half-Cauchy distribution."""

import math

import wengert

from . import constraints
from .cauchy import Cauchy
from .transformed_distribution import TransformedDistribution
from .transforms import AbsTransform
from .utils import as_tensors

__all__ = ["HalfCauchy"]


class HalfCauchy(TransformedDistribution):
    """|x| of a Cauchy x with median 0: density 2 / (pi scale (1 + (y / scale)^2)) for y >= 0. Mean and variance are
    infinite.

    Args:
        scale: the median, a number or a floating tensor of the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a scale that is not positive, and a value below 0 given to `log_prob` or `cdf`;
            a parameter that is neither number nor tensor.
        RuntimeError: samples of integers.

    >>> import wengert as t
    >>> t.distributions.HalfCauchy(1.0).cdf(t.tensor(1.0))
    tensor(0.5000)
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale, validate_args: bool = None):
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def scale(self):
        return self.base_dist.scale

    @property
    def mean(self) -> wengert.Tensor:
        return wengert.full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def mode(self) -> wengert.Tensor:
        return wengert.zeros_like(self.scale)

    @property
    def variance(self) -> wengert.Tensor:
        return self.base_dist.variance

    def log_prob(self, value) -> wengert.Tensor:
        (value,) = as_tensors(self._checked(value))
        found = self.base_dist.log_prob(value) + math.log(2)
        return wengert.where(value >= 0, found, -math.inf)

    def cdf(self, value) -> wengert.Tensor:
        return 2 * self.base_dist.cdf(self._checked(value)) - 1

    def icdf(self, value) -> wengert.Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> wengert.Tensor:
        return self.base_dist.entropy() - math.log(2)
