"""The geometric distribution."""

import wengert

from . import constraints
from .distribution import Distribution
from .utils import (
    binary_entropy,
    binary_parameter,
    last_broadcast,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
    smallest_normal,
)

__all__ = ["Geometric"]


class Geometric(Distribution):
    """How many trials fail before the first success, each with probability `probs` of success: P(k) = (1 - p)^k p.

    Args:
        probs, logits: one of both, a number or a floating tensor of the batch shape: in (0, 1], or any number but NaN,
            of which the sigmoid is taken.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs outside of (0, 1], logits that are NaN, and a value that is negative or
            not whole given to `log_prob`; both or neither of probs and logits; a parameter that is neither number nor
            tensor.
        NotImplementedError: `rsample`, `cdf` and `icdf`; samples of integers.

    >>> import wengert as t
    >>> t.distributions.Geometric(0.5).mean
    tensor(1.)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, probs=None, logits=None, validate_args: bool = None):
        name, parameter = binary_parameter(probs, logits)
        self.__dict__[name] = parameter
        super().__init__(parameter.shape, validate_args=validate_args)
        if self._validate_args and name == "probs":
            invalid = parameter[~(parameter > 0)]
            if invalid.numel():
                raise ValueError(
                    f"Expected parameter probs ({type(parameter).__name__} of shape {tuple(parameter.shape)}) of "
                    f"distribution {self!r} to be positive but found invalid values:\n{invalid}"
                )

    @lazy_property
    def probs(self):
        return logits_to_probs(self.logits, is_binary=True)

    @lazy_property
    def logits(self):
        return probs_to_logits(self.probs, is_binary=True)

    @property
    def mean(self) -> wengert.Tensor:
        return 1 / self.probs - 1

    @property
    def mode(self) -> wengert.Tensor:
        return wengert.zeros_like(self.probs)

    @property
    def variance(self) -> wengert.Tensor:
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape=()) -> wengert.Tensor:
        with wengert.no_grad():
            least = smallest_normal(self.probs)
            u = wengert.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype).clamp(min=least)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value) -> wengert.Tensor:
        value, probs = last_broadcast(self._checked(value), self.probs)
        # k failures of certain success: only k = 0 is possible, and 0 log(0) counts as 0.
        failures = wengert.where((probs == 1) & (value == 0), 0.0, value * (-probs).log1p())
        return failures + probs.log()

    def entropy(self) -> wengert.Tensor:
        return binary_entropy(self.logits, self.probs) / self.probs
