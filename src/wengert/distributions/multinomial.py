"""The multinomial distribution."""

import wengert

from . import constraints
from .binomial import Binomial
from .categorical import Categorical
from .distribution import Distribution
from .utils import last_broadcast

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    """How often each of k classes comes up in `total_count` draws with probabilities `probs` (*, k), which are divided
    by their sum, or softmax(logits): P(x) = n! / (x_1! ... x_k!) p_1^x_1 ... p_k^x_k.

    The batch shape is *, the event shape (k,). Samples have the dtype of the probabilities.

    Args:
        total_count: how many draws, an int, the same for the whole batch.
        probs, logits: as of `Categorical`; unless the default says otherwise they are checked even if validate_args is
            False.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs that are negative, NaN or all 0, logits whose softmax is NaN, and a value
            that is negative or whose sum exceeds n given to `log_prob`; both or neither of probs and logits; a tensor
            without dimensions.
        NotImplementedError: a total_count that is no int; `rsample`, `mode`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> t.distributions.Multinomial(4, t.tensor([1.0, 3.0])).mean
    tensor([1., 3.])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(self, total_count: int = 1, probs=None, logits=None, validate_args: bool = None):
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs, logits)
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self):
        return constraints.multinomial(self.total_count)

    @property
    def probs(self):
        return self._categorical.probs

    @property
    def logits(self):
        return self._categorical.logits

    @property
    def param_shape(self):
        return self._categorical.param_shape

    @property
    def mean(self) -> wengert.Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> wengert.Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape=()) -> wengert.Tensor:
        with wengert.no_grad():
            # (n, sample, batch) classes; counted where they equal each of the k.
            drawn = self._categorical.sample((self.total_count, *sample_shape))
            counts = wengert.zeros(self._extended_shape(sample_shape), dtype=self.probs.dtype)
            first = drawn.reshape((self.total_count, *counts.shape[:-1])).movedim(0, -1)
            return counts.scatter_add(-1, first, wengert.ones(first.shape, dtype=counts.dtype))

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        logits, value = last_broadcast(self.logits, value)
        chances = wengert.where((value == 0) & (logits == -wengert.inf), 0.0, logits * value)
        return (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1) + chances.sum(-1)

    def entropy(self) -> wengert.Tensor:
        """By the binomial distribution of each class: -log(n!) - n sum p log(p) + sum over classes of E[log(x_i!)]."""
        n = self.total_count
        counts = Binomial(n, probs=self.probs, validate_args=False)
        values = counts.enumerate_support(False)[1:]
        chances = counts.log_prob(values).exp()
        spread = (chances * (values + 1).lgamma()).sum((0, -1))
        factorial = wengert.tensor(n + 1, dtype=self.probs.dtype).lgamma()
        return n * self._categorical.entropy() - factorial + spread
