"""The log-normal distribution."""

import wengert

from . import constraints
from .normal import Normal
from .transformed_distribution import TransformedDistribution
from .transforms import ExpTransform

__all__ = ["LogNormal"]


class LogNormal(TransformedDistribution):
    """exp of a normal value with mean `loc` and standard deviation `scale`.

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
