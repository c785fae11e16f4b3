"""The binomial distribution."""

import wengert

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all, either, expanded, lazy_property, logits_to_probs, probs_to_logits, softplus

__all__ = ["Binomial"]


class Binomial(Distribution):
    """How many of `total_count` trials succeed, each with probability `probs` = sigmoid(logits): P(k) = n! / (k! (n -
    k)!) p^k (1 - p)^(n - k).

    Args:
        total_count: a number or a tensor, whole and not negative; it is converted to the dtype of probs or logits.
        probs, logits: one of both, a number or a float32 or float64 tensor: in [0, 1], or any number but NaN. It
            broadcasts with total_count to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a total_count that is negative or not whole, probs outside of [0, 1], logits
            that are NaN, and a value that is not whole or outside of 0 ... n given to `log_prob`; both or neither of
            probs and logits; a parameter that is neither number nor tensor; samples of integers.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `rsample`, `cdf` and `icdf`; `entropy` and `enumerate_support` where total_count differs in
            the batch; samples of float16 and bfloat16.

    >>> import wengert as t
    >>> t.distributions.Binomial(2, t.tensor(0.5)).log_prob(t.tensor(1.0))
    tensor(-0.6931)
    """

    arg_constraints = {
        "total_count": constraints.nonnegative_integer, "probs": constraints.unit_interval, "logits": constraints.real,
    }  # fmt: skip
    has_enumerate_support = True

    def __init__(self, total_count=1, probs=None, logits=None, validate_args: bool = None):
        either(probs, logits)
        name, given = ("probs", probs) if logits is None else ("logits", logits)
        self.total_count, self._param = broadcast_all(total_count, given)
        self.__dict__[name] = self._param
        self.total_count = self.total_count.to(self._param.dtype)
        super().__init__(self._param.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(0, self.total_count)

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
        return self.total_count * self.probs

    @property
    def mode(self) -> wengert.Tensor:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> wengert.Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape=()) -> wengert.Tensor:
        shape = self._extended_shape(sample_shape)
        with wengert.no_grad():
            return wengert.binomial(expanded(self.total_count, shape), expanded(self.probs, shape))

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        n = self.total_count
        ways = (n + 1).lgamma() - (value + 1).lgamma() - (n - value + 1).lgamma()
        # k log(p) + (n - k) log(1 - p) = k logit - n softplus(logit)
        return ways + value * self.logits - n * softplus(self.logits)

    def entropy(self) -> wengert.Tensor:
        most = int(self.total_count.max())
        if not bool((self.total_count == most).all()):
            raise NotImplementedError("Inhomogeneous total count not supported by `entropy`.")
        found = self.log_prob(self.enumerate_support(False))
        return -(found.exp() * found).sum(0)

    def enumerate_support(self, expand: bool = True) -> wengert.Tensor:
        most = int(self.total_count.max())
        if not bool((self.total_count == most).all()):
            raise NotImplementedError("Inhomogeneous total count not supported by `enumerate_support`.")
        values = wengert.arange(1 + most, dtype=self._param.dtype)
        values = values.reshape((-1, *(1,) * len(self._batch_shape)))
        return values.expand((1 + most, *self._batch_shape)) if expand else values
