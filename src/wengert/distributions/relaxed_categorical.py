"""The relaxed one-hot categorical distribution."""

import math

import wengert

from . import constraints
from .categorical import Categorical
from .distribution import Distribution
from .transformed_distribution import TransformedDistribution
from .transforms import ExpTransform
from .utils import clamp_probs, last_broadcast

__all__ = ["ExpRelaxedCategorical", "RelaxedOneHotCategorical"]


class ExpRelaxedCategorical(Distribution):
    """The logarithm of a relaxed one-hot vector: log_softmax((logits + g) / temperature) of Gumbel values g (Maddison,
    Mnih & Teh, "The concrete distribution", 2017, section C.3). With t the temperature and p the probabilities the
    density is (k - 1)! t^(k - 1) prod p_i exp(-t x_i) / (sum p_i exp(-t x_i))^k.

    Args:
        temperature: a positive number or tensor, which is not checked; it broadcasts with samples.
        probs, logits: as of `Categorical`; unless the default says otherwise they are checked even if validate_args is
            False.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs that are negative, NaN or all 0, logits whose softmax is NaN, and a value
            that is NaN given to `log_prob`; both or neither of probs and logits; a tensor without dimensions.
        NotImplementedError: `mean`, `mode`, `variance`, `entropy`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> from wengert.distributions.relaxed_categorical import ExpRelaxedCategorical
    >>> ExpRelaxedCategorical(t.tensor(1.0), probs=t.tensor([0.5, 0.5])).event_shape
    wengert.Size([2])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.real_vector
    has_rsample = True
    _unbatched = ("temperature",)

    def __init__(self, temperature, probs=None, logits=None, validate_args: bool = None):
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def logits(self):
        return self._categorical.logits

    @property
    def probs(self):
        return self._categorical.probs

    @property
    def param_shape(self):
        return self._categorical.param_shape

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        shape = self._extended_shape(sample_shape)
        u = clamp_probs(wengert.rand(shape, dtype=self.logits.dtype))
        gumbel = -(-(u.log())).log()
        return wengert.log_softmax((self.logits + gumbel) / self.temperature, -1)

    def log_prob(self, value) -> wengert.Tensor:
        """log((k - 1)!) + (k - 1) log(temperature) + sum of log_softmax(logits - temperature value)."""
        k = self._event_shape[-1]
        logits, value = last_broadcast(self.logits, self._checked(value))
        temperature = self.temperature
        if not isinstance(temperature, wengert.Tensor):
            temperature = wengert.tensor(float(temperature), dtype=logits.dtype)
        scale = math.lgamma(k) + (k - 1) * temperature.log()
        return wengert.log_softmax(logits - value * temperature, -1).sum(-1) + scale


class RelaxedOneHotCategorical(TransformedDistribution):
    """A vector of probabilities that is differentiable in its parameters and tends to a one-hot one as the temperature
    falls. With t the temperature and p the probabilities (*, k) the density is (k - 1)! t^(k - 1) prod p_i y_i^(-t - 1)
    / (sum p_i y_i^-t)^k (Maddison, Mnih & Teh, "The concrete distribution", 2017; Jang, Gu & Poole, "Categorical
    reparameterization with Gumbel-softmax", 2017).

    The batch shape is *, the event shape (k,).

    Args:
        temperature: a positive number or tensor, which is not checked; it broadcasts with samples.
        probs, logits: as of `Categorical`; unless the default says otherwise they are checked even if validate_args is
            False.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs that are negative, NaN or all 0, logits whose softmax is NaN, and a value
            that is negative or whose sum is not 1 (within 1e-6) given to `log_prob`; both or neither of probs and
            logits; a tensor without dimensions.
        NotImplementedError: `mean`, `mode`, `variance`, `entropy`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> t.distributions.RelaxedOneHotCategorical(t.tensor(0.5), probs=t.tensor([0.2, 0.8])).event_shape
    wengert.Size([2])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, temperature, probs=None, logits=None, validate_args: bool = None):
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def temperature(self):
        return self.base_dist.temperature

    @property
    def logits(self):
        return self.base_dist.logits

    @property
    def probs(self):
        return self.base_dist.probs
