"""The log-normal distribution."""

import wengert

from . import constraints
from .normal import Normal
from .transformed_distribution import TransformedDistribution
from .transforms import ExpTransform

__all__ = ["LogNormal"]


class LogNormal(TransformedDistribution):
    """exp of a normal value with mean `loc` and standard deviation `scale`: density exp(-((log(x) - loc) / scale)^2 /
    2) / (x scale sqrt(2 pi)).

    Args:
        loc, scale: numbers or floating tensors that broadcast to the batch shape; the scale is positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc that is NaN, a scale that is not positive, a value that is not positive
            given to `log_prob`, and one below 0 given to `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: samples of integers.

    >>> import wengert as t
    >>> t.distributions.LogNormal(0.0, 1.0).mean
    tensor(1.6487)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, loc, scale, validate_args: bool = None):
        super().__init__(Normal(loc, scale, validate_args=validate_args), ExpTransform(), validate_args=validate_args)

    @property
    def loc(self):
        return self.base_dist.loc

    @property
    def scale(self):
        return self.base_dist.scale

    @property
    def mean(self) -> wengert.Tensor:
        return (self.loc + self.scale.square() / 2).exp()

    @property
    def mode(self) -> wengert.Tensor:
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> wengert.Tensor:
        squared = self.scale.square()
        return squared.expm1() * (2 * self.loc + squared).exp()

    def entropy(self) -> wengert.Tensor:
        return self.base_dist.entropy() + self.loc
