"""The relaxed Bernoulli distribution."""

import wengert

from . import constraints
from .distribution import Distribution
from .transformed_distribution import TransformedDistribution
from .transforms import SigmoidTransform
from .utils import (
    binary_parameter,
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
    softplus,
)

__all__ = ["LogitRelaxedBernoulli", "RelaxedBernoulli"]


class LogitRelaxedBernoulli(Distribution):
    """The logit of a relaxed Bernoulli value: (logits + log(u) - log(1 - u)) / temperature of a uniform u (Maddison,
    Mnih & Teh, "The concrete distribution", 2017; Jang, Gu & Poole, "Categorical reparameterization with
    Gumbel-softmax", 2017). With d = logits - temperature x the density is temperature exp(d) / (1 + exp(d))^2.

    Args:
        temperature: a positive number or tensor, which is not checked; it broadcasts with samples.
        probs, logits: one of both, a number or a floating tensor of the batch shape: in [0, 1], or any number but NaN.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs outside of [0, 1], logits that are NaN, and a value that is NaN given to
            `log_prob`; both or neither of probs and logits; a parameter that is neither number nor tensor.
        NotImplementedError: `mean`, `mode`, `variance`, `entropy`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> from wengert.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
    >>> LogitRelaxedBernoulli(t.tensor(1.0), probs=t.tensor(0.5)).log_prob(t.tensor(0.0))
    tensor(-1.3863)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    has_rsample = True
    _unbatched = ("temperature",)

    def __init__(self, temperature, probs=None, logits=None, validate_args: bool = None):
        self.temperature = temperature
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

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        shape = self._extended_shape(sample_shape)
        u = clamp_probs(wengert.rand(shape, dtype=self._param.dtype))
        logits = probs_to_logits(clamp_probs(self.probs), is_binary=True)
        return (u.log() - (-u).log1p() + logits) / self.temperature

    def log_prob(self, value) -> wengert.Tensor:
        logits, value = broadcast_all(self.logits, self._checked(value))
        difference = logits - value * self.temperature
        temperature = self.temperature
        log_temperature = temperature.log() if isinstance(temperature, wengert.Tensor) else wengert.tensor(
            float(temperature)
        ).log()
        return log_temperature + difference - 2 * softplus(difference)


class RelaxedBernoulli(TransformedDistribution):
    """A value in (0, 1) that is differentiable in its parameters and tends to a Bernoulli one as the temperature falls:
    sigmoid of a `LogitRelaxedBernoulli` value. With a = p / (1 - p) and t the temperature the density is t a (y (1 -
    y))^(-t - 1) / (a y^-t + (1 - y)^-t)^2 (Maddison, Mnih & Teh, "The concrete distribution", 2017).

    Args:
        temperature: a positive number or tensor, which is not checked; it broadcasts with samples.
        probs, logits: one of both, a number or a floating tensor of the batch shape: in [0, 1], or any number but NaN;
            unless the default says otherwise they are checked even if validate_args is False.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs outside of [0, 1], logits that are NaN, and a value outside of [0, 1]
            given to `log_prob`; both or neither of probs and logits; a parameter that is neither number nor tensor.
        NotImplementedError: `mean`, `mode`, `variance`, `entropy`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> t.distributions.RelaxedBernoulli(t.tensor(0.5), probs=t.tensor(0.5)).log_prob(t.tensor(0.5))
    tensor(-0.6931)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, temperature, probs=None, logits=None, validate_args: bool = None):
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    @property
    def temperature(self):
        return self.base_dist.temperature

    @property
    def logits(self):
        return self.base_dist.logits

    @property
    def probs(self):
        return self.base_dist.probs
