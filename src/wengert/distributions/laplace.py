"""The Laplace distribution."""

import math

import wengert

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all, smallest_step

__all__ = ["Laplace"]


class Laplace(Distribution):
    """The Laplace (double exponential) distribution, density exp(-|x - loc| / scale) / (2 scale).

    Args:
        loc: the mean, a number or a floating tensor.
        scale: the mean of |x - loc|, positive. They broadcast to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc that is NaN, a scale that is not positive, and a value that is NaN given
            to `log_prob` or `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: samples of integers.

    >>> import wengert as t
    >>> t.distributions.Laplace(0.0, 1.0).variance
    tensor(2.)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

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
    def variance(self) -> wengert.Tensor:
        return 2 * self.scale * self.scale

    @property
    def stddev(self) -> wengert.Tensor:
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        u = wengert.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype) * 2 - 1
        # 1 - |u| reaches 0 at u = -1, whose quantile is infinite: a rounding step is left.
        size = u.abs().clamp(max=1 - smallest_step(u) / 2)
        return self.loc - self.scale * u.sign() * (-size).log1p()

    def log_prob(self, value) -> wengert.Tensor:
        return -(2 * self.scale).log() - (self._checked(value) - self.loc).abs() / self.scale

    def cdf(self, value) -> wengert.Tensor:
        distance = self._checked(value) - self.loc
        return 0.5 - 0.5 * distance.sign() * (-distance.abs() / self.scale).expm1()

    def icdf(self, value) -> wengert.Tensor:
        offset = value - 0.5
        return self.loc - self.scale * offset.sign() * (-2 * offset.abs()).log1p()

    def entropy(self) -> wengert.Tensor:
        return 1 + (2 * self.scale).log()
