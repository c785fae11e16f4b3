"""The F distribution."""

import math

import wengert

from . import constraints
from .distribution import Distribution
from .gamma import Gamma
from .utils import broadcast_all, smallest_normal

__all__ = ["FisherSnedecor"]


class FisherSnedecor(Distribution):
    """The F distribution: (c1 / df1) / (c2 / df2) of two chi-squared values with df1 and df2 degrees of freedom. Its
    density is (df1 / df2)^(df1 / 2) x^(df1 / 2 - 1) (1 + df1 x / df2)^(-(df1 + df2) / 2) / B(df1 / 2, df2 / 2).

    The mean is NaN up to df2 = 2, the variance up to df2 = 4, the mode up to df1 = 2.

    Args:
        df1, df2: numbers or floating tensors that broadcast to the batch shape, positive, need not be whole.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a df1 or df2 that is not positive, and a value that is not positive given to
            `log_prob`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `entropy`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> t.distributions.FisherSnedecor(2.0, 4.0).mean
    tensor(2.)
    """

    arg_constraints = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1, df2, validate_args: bool = None):
        self.df1, self.df2 = broadcast_all(df1, df2)
        # A chi-squared value divided by its degrees of freedom is gamma with rate df / 2.
        self._gamma1 = Gamma(self.df1 / 2, self.df1 / 2, validate_args=False)
        self._gamma2 = Gamma(self.df2 / 2, self.df2 / 2, validate_args=False)
        super().__init__(self.df1.shape, validate_args=validate_args)

    @property
    def mean(self) -> wengert.Tensor:
        return wengert.where(self.df2 > 2, self.df2 / (self.df2 - 2), math.nan)

    @property
    def mode(self) -> wengert.Tensor:
        found = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return wengert.where(self.df1 > 2, found, math.nan)

    @property
    def variance(self) -> wengert.Tensor:
        df1, df2 = self.df1, self.df2
        found = 2 * df2.square() * (df1 + df2 - 2) / (df1 * (df2 - 2).square() * (df2 - 4))
        return wengert.where(df2 > 4, found, math.nan)

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        below = self._gamma2.rsample(sample_shape)
        least = smallest_normal(below)
        return self._gamma1.rsample(sample_shape) / below.clamp(min=least)

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        a, b, ratio = self.df1 / 2, self.df2 / 2, self.df1 / self.df2
        constant = (a + b).lgamma() - a.lgamma() - b.lgamma() + a * ratio.log()
        return constant + (a - 1) * value.log() - (a + b) * (ratio * value).log1p()
