"""The Dirichlet distribution."""

import wengert

from ..ops.sampling import sample_dirichlet
from . import constraints
from .exp_family import ExponentialFamily
from .utils import expanded

__all__ = ["Dirichlet"]


class Dirichlet(ExponentialFamily):
    """Probabilities x_1 ... x_k with density prod x_i^(a_i - 1) / B(a), a the concentration, B(a) = prod Gamma(a_i) /
    Gamma(sum a_i).

    The batch shape is *, the event shape (k,). Samples are gamma values divided by their sum, differentiable in the
    concentration.

    Args:
        concentration: a floating tensor (*, k), positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a concentration that is not positive, and a value that is negative or whose sum
            is not 1 (within 1e-6) given to `log_prob`; a tensor without dimensions.
        NotImplementedError: `cdf` and `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Dirichlet(t.tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration, validate_args: bool = None):
        if concentration.dim() < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> wengert.Tensor:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> wengert.Tensor:
        above = (self.concentration - 1).clamp(min=0)
        found = above / above.sum(-1, True)
        # With no concentration above 1 the density is largest in corners: one that the largest one has is taken.
        corner = wengert.nn.functional.one_hot(self.concentration.argmax(-1), self.concentration.shape[-1])
        flat = (self.concentration < 1).all(-1, True)
        return wengert.where(flat, corner.to(found.dtype), found)

    @property
    def variance(self) -> wengert.Tensor:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.square() * (total + 1))

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        return sample_dirichlet(expanded(self.concentration, self._extended_shape(sample_shape)))

    def log_prob(self, value) -> wengert.Tensor:
        a = self.concentration
        return wengert.xlogy(a - 1, self._checked(value)).sum(-1) + a.sum(-1).lgamma() - a.lgamma().sum(-1)

    def entropy(self) -> wengert.Tensor:
        a, k = self.concentration, self.concentration.shape[-1]
        total = a.sum(-1)
        return a.lgamma().sum(-1) - total.lgamma() - (k - total) * total.digamma() - ((a - 1) * a.digamma()).sum(-1)

    @property
    def _natural_params(self) -> tuple:
        return (self.concentration,)

    def _log_normalizer(self, x):
        return x.lgamma().sum(-1) - x.sum(-1).lgamma()
