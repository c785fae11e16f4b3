"""The Kumaraswamy distribution."""

import math

import wengert

from . import constraints
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, PowerTransform
from .uniform import Uniform
from .utils import broadcast_all, euler_constant, smallest_normal, smallest_step

__all__ = ["Kumaraswamy"]


class Kumaraswamy(TransformedDistribution):
    """The Kumaraswamy distribution on (0, 1), distribution function 1 - (1 - x^a)^b and density a b x^(a - 1) (1 -
    x^a)^(b - 1), with a = concentration1 and b = concentration0: like the beta distribution, with a closed form
    (Kumaraswamy, "A generalized probability density function for double-bounded random processes", 1980).

    The mode is NaN unless a >= 1, b >= 1 and a b > 1.

    Args:
        concentration1, concentration0: numbers or floating tensors that broadcast to the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a concentration that is not positive, and a value outside of [0, 1] given to
            `log_prob` or `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.

    >>> import wengert as t
    >>> t.distributions.Kumaraswamy(1.0, 1.0).mean
    tensor(0.5000)
    """

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1, concentration0, validate_args: bool = None):
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        one = wengert.ones_like(self.concentration1)
        least = smallest_normal(one)
        base = Uniform(least * one, (1 - smallest_step(one)) * one, validate_args=False)
        steps = [
            PowerTransform(self.concentration0.reciprocal()), AffineTransform(1.0, -1.0),
            PowerTransform(self.concentration1.reciprocal()),
        ]  # fmt: skip
        super().__init__(base, steps, validate_args=validate_args)

    def _base_checked(self, value):
        # Nothing is drawn at 0 and 1, which the base leaves out; they belong to the support all the same.
        return value if constraints.unit_interval.check(value).all() else super()._base_checked(value)

    def expand(self, batch_shape, _instance=None):
        new = type(self).__new__(type(self)) if _instance is None else _instance
        shape = tuple(batch_shape)
        Kumaraswamy.__init__(
            new, self.concentration1.expand(shape), self.concentration0.expand(shape), validate_args=False
        )
        new._validate_args = self._validate_args
        return new

    def _moment(self, n: int):
        """E[x^n] = b B(1 + n / a, b)."""
        a, b = self.concentration1, self.concentration0
        arg = 1 + n / a
        return b * (arg.lgamma() + b.lgamma() - (arg + b).lgamma()).exp()

    @property
    def mean(self) -> wengert.Tensor:
        return self._moment(1)

    @property
    def mode(self) -> wengert.Tensor:
        a, b = self.concentration1, self.concentration0
        inside = (a >= 1) & (b >= 1) & (a * b > 1)
        held = wengert.where(inside, (a - 1) / (a * b - 1), math.nan)
        return held ** a.reciprocal()

    @property
    def variance(self) -> wengert.Tensor:
        return self._moment(2) - self.mean.square()

    def entropy(self) -> wengert.Tensor:
        a, b = self.concentration1, self.concentration0
        harmonic = (b + 1).digamma() + euler_constant
        return (1 - b.reciprocal()) + (1 - a.reciprocal()) * harmonic - a.log() - b.log()
