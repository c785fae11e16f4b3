"""The Pareto distribution."""

import math

import wengert

from . import constraints
from .exponential import Exponential
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, ExpTransform
from .utils import broadcast_all

__all__ = ["Pareto"]


class Pareto(TransformedDistribution):
    """scale exp(e) of an exponential e with rate alpha: density alpha scale^alpha / x^(alpha + 1) for x >= scale. The
    mean is infinite up to alpha = 1, the variance up to alpha = 2.

    Args:
        scale, alpha: numbers or floating tensors that broadcast to the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a scale or alpha that is not positive, and a value below the scale given to
            `log_prob` or `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Pareto(1.0, 3.0).mean
    tensor(1.5000)
    """

    arg_constraints = {"alpha": constraints.positive, "scale": constraints.positive}

    def __init__(self, scale, alpha, validate_args: bool = None):
        self.scale, self.alpha = broadcast_all(scale, alpha)
        base = Exponential(self.alpha, validate_args=validate_args)
        super().__init__(base, [ExpTransform(), AffineTransform(0, self.scale)], validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = type(self).__new__(type(self)) if _instance is None else _instance
        shape = tuple(batch_shape)
        Pareto.__init__(new, self.scale.expand(shape), self.alpha.expand(shape), validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> wengert.Tensor:
        alpha = self.alpha
        return wengert.where(alpha > 1, alpha * self.scale / (alpha - 1), math.inf)

    @property
    def mode(self) -> wengert.Tensor:
        return self.scale

    @property
    def variance(self) -> wengert.Tensor:
        alpha = self.alpha
        found = self.scale.square() * alpha / ((alpha - 1).square() * (alpha - 2))
        return wengert.where(alpha > 2, found, math.inf)

    def entropy(self) -> wengert.Tensor:
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())
