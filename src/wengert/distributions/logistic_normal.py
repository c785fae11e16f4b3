"""The logistic-normal distribution."""

from . import constraints
from .normal import Normal
from .transformed_distribution import TransformedDistribution
from .transforms import StickBreakingTransform

__all__ = ["LogisticNormal"]


class LogisticNormal(TransformedDistribution):
    """Probabilities of k + 1 classes: stick-breaking of k normal values (`StickBreakingTransform`, by whose Jacobian
    the density is the normal one's divided).

    The batch shape is *, the event shape (k + 1,).

    Args:
        loc, scale: numbers or floating tensors that broadcast to (*, k), or, of numbers, k = 1; the scale is positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc that is NaN, a scale that is not positive, and a value that is negative or
            whose sum is not 1 (within 1e-6) given to `log_prob`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `mean`, `mode`, `variance`, `entropy`, `cdf` and `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.LogisticNormal(t.zeros(2), t.ones(2)).event_shape
    wengert.Size([3])
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, loc, scale, validate_args: bool = None):
        base = Normal(loc, scale, validate_args=validate_args)
        if not base.batch_shape:
            base = base.expand((1,))
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)

    @property
    def loc(self):
        return self.base_dist.base_dist.loc

    @property
    def scale(self):
        return self.base_dist.base_dist.scale
