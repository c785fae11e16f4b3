"""The Gumbel distribution."""

import math

import wengert

from . import constraints
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, ExpTransform
from .uniform import Uniform
from .utils import broadcast_all, euler_constant, smallest_normal, smallest_step

__all__ = ["Gumbel"]


class Gumbel(TransformedDistribution):
    """The Gumbel distribution, of largest values: distribution function exp(-exp(-z)) and density exp(-z - exp(-z)) /
    scale for z = (x - loc) / scale.

    A sample is loc - scale log(-log(u)) of a uniform u.

    Args:
        loc: the mode, a number or a floating tensor.
        scale: positive. They broadcast to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc that is NaN, a scale that is not positive, integers, and a value that is
            NaN given to `log_prob` or `cdf`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.

    >>> import wengert as t
    >>> t.distributions.Gumbel(0.0, 1.0).mean
    tensor(0.5772)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc, scale, validate_args: bool = None):
        self.loc, self.scale = broadcast_all(loc, scale)
        # Uniform on the numbers of the type strictly between 0 and 1.
        least = smallest_normal(self.loc)
        most = 1 - smallest_step(self.loc)
        base = Uniform(
            wengert.full_like(self.loc, least), wengert.full_like(self.loc, most), validate_args=validate_args
        )
        steps = [
            ExpTransform().inv, AffineTransform(0, -wengert.ones_like(self.scale)),
            ExpTransform().inv, AffineTransform(self.loc, -self.scale),
        ]  # fmt: skip
        super().__init__(base, steps, validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = type(self).__new__(type(self)) if _instance is None else _instance
        shape = tuple(batch_shape)
        Gumbel.__init__(new, self.loc.expand(shape), self.scale.expand(shape), validate_args=False)
        new._validate_args = self._validate_args
        return new

    def log_prob(self, value) -> wengert.Tensor:
        z = (self.loc - self._checked(value)) / self.scale
        return z - z.exp() - self.scale.log()

    def cdf(self, value) -> wengert.Tensor:
        return (-((self.loc - self._checked(value)) / self.scale).exp()).exp()

    @property
    def mean(self) -> wengert.Tensor:
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> wengert.Tensor:
        return self.loc

    @property
    def stddev(self) -> wengert.Tensor:
        return (math.pi / math.sqrt(6)) * self.scale

    @property
    def variance(self) -> wengert.Tensor:
        return self.stddev.square()

    def entropy(self) -> wengert.Tensor:
        return self.scale.log() + (1 + euler_constant)
