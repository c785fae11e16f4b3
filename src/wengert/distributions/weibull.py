"""The Weibull distribution."""

import wengert

from . import constraints
from .exponential import Exponential
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, PowerTransform
from .utils import broadcast_all, euler_constant

__all__ = ["Weibull"]


class Weibull(TransformedDistribution):
    """scale e^(1 / k) of a standard exponential e, k the concentration: distribution function 1 - exp(-(x / scale)^k)
    and density k / scale (x / scale)^(k - 1) exp(-(x / scale)^k).

    Args:
        scale, concentration: numbers or floating tensors that broadcast to the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a scale or concentration that is not positive, and a value that is not positive
            given to `log_prob`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Weibull(1.0, 1.0).entropy()
    tensor(1.)
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale, concentration, validate_args: bool = None):
        self.scale, self.concentration = broadcast_all(scale, concentration)
        base = Exponential(wengert.ones_like(self.scale), validate_args=validate_args)
        steps = [PowerTransform(self.concentration.reciprocal()), AffineTransform(0, self.scale)]
        super().__init__(base, steps, validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = type(self).__new__(type(self)) if _instance is None else _instance
        shape = tuple(batch_shape)
        Weibull.__init__(new, self.scale.expand(shape), self.concentration.expand(shape), validate_args=False)
        new._validate_args = self._validate_args
        return new

    @property
    def mean(self) -> wengert.Tensor:
        return self.scale * (1 + self.concentration.reciprocal()).lgamma().exp()

    @property
    def mode(self) -> wengert.Tensor:
        k = self.concentration
        return wengert.where(k > 1, self.scale * ((k - 1).clamp(min=0) / k) ** k.reciprocal(), 0.0)

    @property
    def variance(self) -> wengert.Tensor:
        inverse = self.concentration.reciprocal()
        first, second = (1 + inverse).lgamma(), (1 + 2 * inverse).lgamma()
        return self.scale.square() * (second.exp() - (2 * first).exp())

    def entropy(self) -> wengert.Tensor:
        inverse = self.concentration.reciprocal()
        return euler_constant * (1 - inverse) + (self.scale * inverse).log() + 1
