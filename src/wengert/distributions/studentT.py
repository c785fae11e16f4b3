"""Student's t distribution."""

import math

import wengert

from . import constraints
from .chi2 import Chi2
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["StudentT"]


class StudentT(Distribution):
    """Student's t distribution: loc + scale z / sqrt(c / df) of a standard normal z and a chi-squared c with `df`
    degrees of freedom. Its density is Gamma((df + 1) / 2) / (Gamma(df / 2) sqrt(df pi) scale) (1 + y^2 / df)^(-(df + 1)
    / 2) for y = (x - loc) / scale.

    The mean is NaN up to df = 1; the variance is NaN up to df = 1 and infinite up to df = 2.

    Args:
        df, loc, scale: numbers or floating tensors that broadcast to the batch shape; df and scale are positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a df or scale that is not positive, a loc that is NaN, and a value that is NaN
            given to `log_prob`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `cdf` and `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.StudentT(3.0).variance
    tensor(3.)
    """

    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, df, loc=0.0, scale=1.0, validate_args: bool = None):
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df, validate_args=False)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> wengert.Tensor:
        return wengert.where(self.df > 1, self.loc, math.nan)

    @property
    def mode(self) -> wengert.Tensor:
        return self.loc

    @property
    def variance(self) -> wengert.Tensor:
        df = self.df
        finite = self.scale.square() * df / (df - 2)
        return wengert.where(df > 2, finite, wengert.where(df > 1, math.inf, math.nan).to(df.dtype))

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        z = wengert.randn(self._extended_shape(sample_shape), dtype=self.df.dtype)
        return self.loc + self.scale * z * (self._chi2.rsample(sample_shape) / self.df).rsqrt()

    def log_prob(self, value) -> wengert.Tensor:
        df = self.df
        z = (self._checked(value) - self.loc) / self.scale
        constant = ((df + 1) / 2).lgamma() - (df / 2).lgamma() - 0.5 * (df * math.pi).log() - self.scale.log()
        return constant - 0.5 * (df + 1) * (z * z / df).log1p()

    def entropy(self) -> wengert.Tensor:
        half = self.df / 2
        difference = (half + 0.5).digamma() - half.digamma()
        log_beta = half.lgamma() + math.lgamma(0.5) - (half + 0.5).lgamma()
        return self.scale.log() + (half + 0.5) * difference + 0.5 * self.df.log() + log_beta
