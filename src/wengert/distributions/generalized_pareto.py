"""The generalized Pareto distribution."""

import math

import wengert

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """The distribution of excesses over a threshold: survival function (1 + k z)^(-1 / k) for z = (x - loc) / scale,
    exp(-z) at k = 0, and density (1 + k z)^(-1 / k - 1) / scale, with k the concentration (Pickands, "Statistical
    inference using extreme order statistics", 1975).

    Values begin at loc and, for k < 0, end at loc - scale / k. The mean is infinite from k = 1, the variance from k =
    1/2.

    Args:
        loc, scale, concentration: numbers or floating tensors that broadcast to the batch shape; the scale is positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc or concentration that is NaN, a scale that is not positive, and a value
            before the beginning or after the end given to `log_prob` or `cdf`; a parameter that is neither number nor
            tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: samples of integers.

    >>> import wengert as t
    >>> t.distributions.GeneralizedPareto(0.0, 1.0, 0.5).mean
    tensor(2.)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True

    def __init__(self, loc, scale, concentration, validate_args: bool = None):
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        end = wengert.where(self.concentration < 0, self.loc - self.scale / self.concentration, math.inf)
        return constraints.interval(self.loc, end)

    def _parts(self):
        """(whether the concentration is 0, the concentration with 1 in its place there)."""
        flat = self.concentration == 0
        return flat, wengert.where(flat, 1.0, self.concentration)

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        u = wengert.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.icdf(u)

    def log_prob(self, value) -> wengert.Tensor:
        z = (self._checked(value) - self.loc) / self.scale
        flat, k = self._parts()
        inside = (z >= 0) & (self.concentration * z > -1)
        held = wengert.where(inside, z, 0.0)
        density = wengert.where(flat, -held, -(1 + 1 / k) * (k * held).log1p()) - self.scale.log()
        return wengert.where(inside, density, -math.inf)

    def log_survival_function(self, value) -> wengert.Tensor:
        """The logarithm of the probability of larger values."""
        z = (self._checked(value) - self.loc) / self.scale
        flat, k = self._parts()
        return wengert.where(flat, -z, -(k * z).log1p() / k)

    def cdf(self, value) -> wengert.Tensor:
        return -self.log_survival_function(value).expm1()

    def log_cdf(self, value) -> wengert.Tensor:
        """The logarithm of `cdf`."""
        return (-self.log_survival_function(value).exp()).log1p()

    def icdf(self, value) -> wengert.Tensor:
        flat, k = self._parts()
        survival = (-value).log1p()
        return self.loc + self.scale * wengert.where(flat, -survival, (-k * survival).expm1() / k)

    @property
    def mean(self) -> wengert.Tensor:
        k = self.concentration
        return wengert.where(k < 1, self.loc + self.scale / (1 - k), math.inf)

    @property
    def variance(self) -> wengert.Tensor:
        k = self.concentration
        found = self.scale.square() / ((1 - k).square() * (1 - 2 * k))
        return wengert.where(k < 0.5, found, math.inf)

    @property
    def mode(self) -> wengert.Tensor:
        return self.loc

    def entropy(self) -> wengert.Tensor:
        return self.scale.log() + self.concentration + 1
