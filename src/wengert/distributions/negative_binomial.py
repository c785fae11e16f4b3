"""The negative binomial distribution."""

import wengert

from . import constraints
from .distribution import Distribution
from .gamma import Gamma
from .utils import broadcast_all, either, lazy_property, logits_to_probs, probs_to_logits, softplus

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Distribution):
    """How many trials succeed before `total_count` fail, each with probability `probs` of success: P(k) = Gamma(n + k)
    / (k! Gamma(n)) (1 - p)^n p^k.

    A sample is a Poisson value whose rate is gamma with concentration n and rate exp(-logits).

    Args:
        total_count: n, a number or a tensor, not negative, need not be whole; it is converted to the dtype of probs or
            logits.
        probs, logits: one of both, a number or a floating tensor: in [0, 1), or any number but NaN, of which the
            sigmoid is taken. It broadcasts with total_count to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a negative total_count, probs outside of [0, 1), logits that are NaN, and a
            value that is negative or not whole given to `log_prob`; both or neither of probs and logits; a parameter
            that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `rsample`, `entropy`, `cdf` and `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.NegativeBinomial(3.0, t.tensor(0.5)).mean
    tensor(3.)
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0), "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }  # fmt: skip
    support = constraints.nonnegative_integer

    def __init__(self, total_count, probs=None, logits=None, validate_args: bool = None):
        either(probs, logits)
        name, given = ("probs", probs) if logits is None else ("logits", logits)
        self.total_count, self._param = broadcast_all(total_count, given)
        self.__dict__[name] = self._param
        self.total_count = self.total_count.to(self._param.dtype)
        super().__init__(self._param.shape, validate_args=validate_args)

    @lazy_property
    def probs(self):
        return logits_to_probs(self.logits, is_binary=True)

    @lazy_property
    def logits(self):
        return probs_to_logits(self.probs, is_binary=True)

    @property
    def param_shape(self):
        return self._param.shape

    @property
    def mean(self) -> wengert.Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> wengert.Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0)

    @property
    def variance(self) -> wengert.Tensor:
        return self.mean / wengert.sigmoid(-self.logits)

    def sample(self, sample_shape=()) -> wengert.Tensor:
        with wengert.no_grad():
            rates = Gamma(self.total_count, (-self.logits).exp(), validate_args=False).sample(sample_shape)
            return wengert.poisson(rates)

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        n = self.total_count
        chances = -n * softplus(self.logits) - value * softplus(-self.logits)
        ways = (n + value).lgamma() - (1 + value).lgamma() - n.lgamma()
        # Of no failures, none before the first is certain: the infinite logarithms of Gamma(0) cancel.
        return chances + wengert.where(n + value == 0, 0.0, ways)
