"""The continuous Bernoulli distribution."""

import math

import wengert

from . import constraints
from .exp_family import ExponentialFamily
from .utils import (
    binary_log_prob,
    binary_parameter,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(ExponentialFamily):
    """Values in [0, 1] with density C p^x (1 - p)^(1 - x), C = 2 atanh(1 - 2 p) / (1 - 2 p), and 2 at p = 1/2
    (Loaiza-Ganem & Cunningham, "The continuous Bernoulli: fixing a pervasive error in variational autoencoders", 2019).

    Args:
        probs, logits: one of both, a number or a floating tensor of the batch shape: in [0, 1], held a rounding step
            away from both ends, or any number but NaN.
        lims: between these probabilities the formulas lose digits and their Taylor series at 1/2 are taken.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs outside of [0, 1], logits that are NaN, and a value outside of [0, 1]
            given to `log_prob` or `cdf`; both or neither of probs and logits; a parameter that is neither number nor
            tensor.
        NotImplementedError: `mode`.

    >>> import wengert as t
    >>> t.distributions.ContinuousBernoulli(0.5).mean
    tensor(0.5000)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, probs=None, logits=None, lims=(0.499, 0.501), validate_args: bool = None):
        name, parameter = binary_parameter(probs, logits)
        if name == "probs":
            if validate_args if validate_args is not None else self._validate_args:
                if not bool(constraints.unit_interval.check(parameter).all()):
                    raise ValueError("The parameter probs has invalid values")
            parameter = clamp_probs(parameter)
        self._param = parameter
        self.__dict__[name] = parameter
        self._lims = lims
        super().__init__(parameter.shape, validate_args=validate_args)

    @lazy_property
    def probs(self):
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    @lazy_property
    def logits(self):
        return probs_to_logits(self.probs, is_binary=True)

    @property
    def param_shape(self):
        return self._param.shape

    def _away(self):
        """(whether the formulas hold, the probabilities with a value far from 1/2 where they do not)."""
        p = self.probs
        holds = (p <= self._lims[0]) | (p > self._lims[1])
        return holds, wengert.where(holds, p, self._lims[0])

    def _log_constant(self):
        holds, p = self._away()
        # atanh(1 - 2 p) = log((1 - p) / p) / 2, and both factors have one sign.
        exact = ((-p).log1p() - p.log()).abs().log() - (1 - 2 * p).abs().log()
        x = (self.probs - 0.5).square()
        series = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x
        return wengert.where(holds, exact, series)

    @property
    def mean(self) -> wengert.Tensor:
        holds, p = self._away()
        exact = p / (2 * p - 1) + 1 / ((-p).log1p() - p.log())
        x = self.probs - 0.5
        series = 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.square()) * x
        return wengert.where(holds, exact, series)

    @property
    def variance(self) -> wengert.Tensor:
        holds, p = self._away()
        exact = p * (p - 1) / (1 - 2 * p).square() + 1 / ((-p).log1p() - p.log()).square()
        x = (self.probs - 0.5).square()
        series = 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x
        return wengert.where(holds, exact, series)

    @property
    def stddev(self) -> wengert.Tensor:
        return self.variance.sqrt()

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        u = wengert.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype)
        return self.icdf(u)

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        return binary_log_prob(self.logits, value) + self._log_constant()

    def cdf(self, value) -> wengert.Tensor:
        self._checked(value)
        holds, p = self._away()
        # (p^x (1 - p)^(1 - x) + p - 1) / (2 p - 1), and x itself where p is near 1/2.
        exact = (p.pow(value) * (1 - p).pow(1 - value) + p - 1) / (2 * p - 1)
        inside = wengert.where(holds, exact, value)
        return wengert.where(value <= 0, 0.0, wengert.where(value >= 1, 1.0, inside))

    def icdf(self, value) -> wengert.Tensor:
        holds, p = self._away()
        exact = ((-p + value * (2 * p - 1)).log1p() - (-p).log1p()) / (p.log() - (-p).log1p())
        return wengert.where(holds, exact, value)

    def entropy(self) -> wengert.Tensor:
        p = self.probs
        return self.mean * ((-p).log1p() - p.log()) - self._log_constant() - (-p).log1p()

    @property
    def _natural_params(self) -> tuple:
        return (self.logits,)

    def _log_normalizer(self, x):
        """log((exp(x) - 1) / x), log of 1 + x / 2 + x^2 / 6 ... near 0: x / 2 + x^2 / 24 - x^4 / 2880."""
        holds = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        held = wengert.where(holds, x, self._lims[0] - 0.5)
        exact = (held.exp() - 1).abs().log() - held.abs().log()
        return wengert.where(holds, exact, 0.5 * x + x.square() / 24 - x.square().square() / 2880)
