"""One-hot vectors of a categorical distribution."""

import wengert

from . import constraints
from .categorical import Categorical
from .distribution import Distribution

__all__ = ["OneHotCategorical", "OneHotCategoricalStraightThrough"]


class OneHotCategorical(Distribution):
    """A vector with 1 at a class drawn with probabilities `probs` (*, k), which are divided by their sum, or
    softmax(logits), and 0 elsewhere: P(x) = p_i for x_i = 1.

    The batch shape is *, the event shape (k,). Samples have the dtype of the probabilities.

    Args:
        probs, logits: as of `Categorical`; unless the default says otherwise they are checked even if validate_args is
            False.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs that are negative, NaN or all 0, logits whose softmax is NaN, and a value
            that is not 1 once and 0 elsewhere given to `log_prob`; both or neither of probs and logits; a tensor
            without dimensions.
        NotImplementedError: `rsample`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> t.distributions.OneHotCategorical(t.tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(self, probs=None, logits=None, validate_args: bool = None):
        self._categorical = Categorical(probs, logits)
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def _param(self):
        return self._categorical._param

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
        return self.probs

    @property
    def mode(self) -> wengert.Tensor:
        return self._one_hot(self.probs.argmax(-1))

    @property
    def variance(self) -> wengert.Tensor:
        return self.probs * (1 - self.probs)

    def _one_hot(self, classes):
        return wengert.nn.functional.one_hot(classes, self._event_shape[-1]).to(self._param.dtype)

    def sample(self, sample_shape=()) -> wengert.Tensor:
        return self._one_hot(self._categorical.sample(sample_shape))

    def log_prob(self, value) -> wengert.Tensor:
        return self._categorical.log_prob(self._checked(value).argmax(-1))

    def entropy(self) -> wengert.Tensor:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> wengert.Tensor:
        k = self._event_shape[-1]
        values = wengert.eye(k, dtype=self._param.dtype).reshape((k, *(1,) * len(self._batch_shape), k))
        return values.expand((k, *self._batch_shape, k)) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """`OneHotCategorical` whose `rsample` has the derivative of its mean (Bengio, Leonard & Courville, "Estimating or
    propagating gradients through stochastic neurons", 2013).

    Args:
        probs, logits: as of `Categorical`; unless the default says otherwise they are checked even if validate_args is
            False.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, probs that are negative, NaN or all 0, logits whose softmax is NaN, and a value
            that is not 1 once and 0 elsewhere given to `log_prob`; both or neither of probs and logits; a tensor
            without dimensions.
        NotImplementedError: `cdf` and `icdf`.

    >>> import wengert as t
    >>> logits = t.tensor([0.0, 0.0], requires_grad=True)
    >>> t.distributions.OneHotCategoricalStraightThrough(logits=logits).rsample()[0].backward()
    >>> logits.grad
    tensor([ 0.2500, -0.2500])
    """

    has_rsample = True

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        drawn = self.sample(sample_shape)
        probs = self.probs
        return drawn + (probs - probs.detach())
