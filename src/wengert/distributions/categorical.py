"""The categorical distribution."""

import math

import wengert

from ..core.size import Size
from . import constraints
from .distribution import Distribution
from .utils import either, lazy_property, logits_to_probs, probs_to_logits

__all__ = ["Categorical"]


class Categorical(Distribution):
    """A class 0 ... k - 1 with probabilities `probs` (*, k), which are divided by their sum, or softmax(logits): P(i) =
    p_i.

    The batch shape is *. Samples are int64; values of `log_prob` may have any dtype. Mean and variance are NaN.

    Args:
        probs, logits: one of both, a tensor (*, k): numbers that are not negative with a sum that is not 0, or any
            numbers below inf, not all -inf.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs that are negative, NaN or all 0, logits whose softmax is NaN, and a value
            that is not whole or outside of 0 ... k - 1 given to `log_prob`; both or neither of probs and logits; a
            tensor without dimensions.
        NotImplementedError: `rsample`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> t.distributions.Categorical(t.tensor([1.0, 3.0])).probs
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(self, probs=None, logits=None, validate_args: bool = None):
        either(probs, logits)
        if probs is not None:
            if probs.dim() < 1:
                raise ValueError("`probs` parameter must be at least one-dimensional.")
            self.probs = self._param = probs / probs.sum(-1, True)
        else:
            if logits.dim() < 1:
                raise ValueError("`logits` parameter must be at least one-dimensional.")
            self.logits = self._param = wengert.log_softmax(logits, -1)
        self._num_events = self._param.shape[-1]
        super().__init__(self._param.shape[:-1], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(0, self._num_events - 1)

    @lazy_property
    def logits(self):
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self):
        return logits_to_probs(self.logits)

    @property
    def param_shape(self):
        return self._param.shape

    @property
    def mean(self) -> wengert.Tensor:
        return wengert.full(self._extended_shape(), math.nan, dtype=self._param.dtype)

    @property
    def mode(self) -> wengert.Tensor:
        return self.probs.argmax(-1)

    @property
    def variance(self) -> wengert.Tensor:
        return wengert.full(self._extended_shape(), math.nan, dtype=self._param.dtype)

    def sample(self, sample_shape=()) -> wengert.Tensor:
        shape = Size(sample_shape)
        with wengert.no_grad():
            rows = self.probs.reshape(-1, self._num_events)
            count = shape.numel()
            if count == 0 or rows.shape[0] == 0:
                return wengert.zeros(self._extended_shape(sample_shape), dtype=wengert.int64)
            drawn = wengert.multinomial(rows, count, True)  # (B, count), wanted with the samples first
            return drawn.t().reshape(self._extended_shape(sample_shape))

    def log_prob(self, value) -> wengert.Tensor:
        from .utils import broadcast_shape

        value = self._checked(value).long()
        shape = broadcast_shape(value.shape, self.logits.shape[:-1])
        logits = self.logits.expand((*shape, self._num_events))
        return logits.gather(-1, value.expand(shape).unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> wengert.Tensor:
        # An impossible class has a logit of -inf, and adds 0.
        least = -3.4e38 if self.logits.dtype is not wengert.float16 else -65504.0
        return -(self.logits.clamp(min=least) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> wengert.Tensor:
        values = wengert.arange(self._num_events).reshape((-1, *(1,) * len(self._batch_shape)))
        return values.expand((self._num_events, *self._batch_shape)) if expand else values
