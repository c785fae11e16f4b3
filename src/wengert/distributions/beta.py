"""The beta distribution."""

import wengert

from . import constraints
from .dirichlet import Dirichlet
from .exp_family import ExponentialFamily
from .utils import broadcast_all

__all__ = ["Beta"]


class Beta(ExponentialFamily):
    """The beta distribution, density x^(a - 1) (1 - x)^(b - 1) / B(a, b) on [0, 1], with a = concentration1 and b =
    concentration0: the first of two parts of a Dirichlet distribution.

    Args:
        concentration1, concentration0: numbers or floating tensors that broadcast to the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a concentration that is not positive, and a value outside of [0, 1] given to
            `log_prob`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `cdf` and `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Beta(2.0, 2.0).variance
    tensor(0.0500)
    """

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration1, concentration0, validate_args: bool = None):
        both = wengert.stack(broadcast_all(concentration1, concentration0), -1)
        self._dirichlet = Dirichlet(both, validate_args=validate_args)
        super().__init__(self._dirichlet.batch_shape, validate_args=validate_args)

    @property
    def concentration1(self):
        return self._dirichlet.concentration[..., 0]

    @property
    def concentration0(self):
        return self._dirichlet.concentration[..., 1]

    @property
    def mean(self) -> wengert.Tensor:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> wengert.Tensor:
        return self._dirichlet.mode[..., 0]

    @property
    def variance(self) -> wengert.Tensor:
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total.square() * (total + 1))

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        return self._dirichlet.rsample(sample_shape).select(-1, 0)

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        return self._dirichlet.log_prob(wengert.stack([value, 1 - value], -1))

    def entropy(self) -> wengert.Tensor:
        return self._dirichlet.entropy()

    @property
    def _natural_params(self) -> tuple:
        return self.concentration1, self.concentration0

    def _log_normalizer(self, x, y):
        return x.lgamma() + y.lgamma() - (x + y).lgamma()
