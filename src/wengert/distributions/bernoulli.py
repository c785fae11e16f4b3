"""The Bernoulli distribution."""

import math

import wengert

from . import constraints
from .exp_family import ExponentialFamily
from .utils import (
    binary_entropy,
    binary_log_prob,
    binary_parameter,
    expanded,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)

__all__ = ["Bernoulli"]


class Bernoulli(ExponentialFamily):
    """1 with probability `probs` = sigmoid(logits), else 0: P(k) = p^k (1 - p)^(1 - k).

    Args:
        probs, logits: one of both, a number or a floating tensor of the batch shape: in [0, 1], or any number but NaN.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs outside of [0, 1], logits that are NaN, and a value other than 0 and 1
            given to `log_prob`; both or neither of probs and logits; a parameter that is neither number nor tensor.
        NotImplementedError: `rsample`, `cdf` and `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Bernoulli(0.25).log_prob(t.tensor(1.0))
    tensor(-1.3863)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(self, probs=None, logits=None, validate_args: bool = None):
        name, self._param = binary_parameter(probs, logits)
        self.__dict__[name] = self._param
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
        return self.probs

    @property
    def mode(self) -> wengert.Tensor:
        one = (self.probs > 0.5).to(self.probs.dtype)
        return wengert.where(self.probs == 0.5, math.nan, one)

    @property
    def variance(self) -> wengert.Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()) -> wengert.Tensor:
        with wengert.no_grad():
            return wengert.bernoulli(expanded(self.probs, self._extended_shape(sample_shape)))

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        return binary_log_prob(self.logits, value)

    def entropy(self) -> wengert.Tensor:
        return binary_entropy(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> wengert.Tensor:
        values = wengert.arange(2, dtype=self._param.dtype)
        values = values.reshape((2, *(1,) * len(self._batch_shape)))
        return values.expand((2, *self._batch_shape)) if expand else values

    @property
    def _natural_params(self) -> tuple:
        return (wengert.logit(self.probs),)

    def _log_normalizer(self, x):
        return x.exp().log1p()
