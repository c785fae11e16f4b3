"""Mixtures of distributions of one family."""

import wengert

from ..core.size import Size
from . import constraints
from .categorical import Categorical
from .distribution import Distribution

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """A component, the last batch dimension of `component_distribution`, is drawn by `mixture_distribution`, and a
    value from it: p(x) = sum over k of P(k) p_k(x).

    Args:
        mixture_distribution: a `Categorical` of k classes whose batch shape broadcasts with *.
        component_distribution: a distribution of batch shape (*, k); its event shape is that of the mixture, whose
            batch shape is *.
        validate_args: whether values of `log_prob` are checked, as of `Distribution`.

    Raises:
        ValueError: distributions of other types or of shapes that do not fit; by `validate_args`, a value that is not
            in the support of the components.
        NotImplementedError: `rsample`, `mode`, `entropy` and `icdf`; `cdf` where the components have none.

    >>> import wengert as t
    >>> d = t.distributions
    >>> two = d.MixtureSameFamily(d.Categorical(t.ones(2)), d.Normal(t.tensor([-1.0, 1.0]), t.ones(2)))
    >>> two.variance
    tensor(2.)
    """

    arg_constraints: dict = {}
    has_rsample = False

    def __init__(self, mixture_distribution, component_distribution, validate_args: bool = None):
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(" The Mixture distribution needs to be an  instance of torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("The Component distribution needs to be an instance of torch.distributions.Distribution")
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        chosen, components = mixture_distribution.batch_shape, component_distribution.batch_shape
        batch = components[:-1]
        for a, b in zip(reversed(chosen), reversed(batch), strict=False):
            if a != 1 and b != 1 and a != b:
                raise ValueError(
                    f"`mixture_distribution.batch_shape` ({chosen}) is not compatible with "
                    f"`component_distribution.batch_shape`({batch})"
                )
        count = mixture_distribution.logits.shape[-1]
        if not components or count != components[-1]:
            found = components[-1] if components else None
            raise ValueError(
                f"`mixture_distribution component` ({count}) does not equal `component_distribution.batch_shape[-1]` "
                f"({found})"
            )
        self._num_component = count
        super().__init__(batch, component_distribution.event_shape, validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = type(self).__new__(type(self)) if _instance is None else _instance
        shape = Size(batch_shape)
        new.__dict__.update(self.__dict__)
        new._component_distribution = self._component_distribution.expand((*shape, self._num_component))
        new._mixture_distribution = self._mixture_distribution.expand(shape)
        new._batch_shape = shape
        return new

    @constraints.dependent_property
    def support(self):
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self):
        return self._mixture_distribution

    @property
    def component_distribution(self):
        return self._component_distribution

    def _weights(self):
        """The probabilities of components, (*, k) with a 1 for each dimension of a value."""
        probs = self._mixture_distribution.probs
        return probs.reshape((*probs.shape, *(1,) * len(self._event_shape)))

    def _component_dim(self) -> int:
        return -1 - len(self._event_shape)

    def _padded(self, value):
        return value.unsqueeze(self._component_dim())

    @property
    def mean(self) -> wengert.Tensor:
        return (self._weights() * self._component_distribution.mean).sum(self._component_dim())

    @property
    def variance(self) -> wengert.Tensor:
        """The mean of the components' variances plus the variance of their means."""
        dim, weights = self._component_dim(), self._weights()
        within = (weights * self._component_distribution.variance).sum(dim)
        away = self._component_distribution.mean - self._padded(self.mean)
        return within + (weights * away.square()).sum(dim)

    def cdf(self, value) -> wengert.Tensor:
        found = self._component_distribution.cdf(self._padded(value))
        return (found * self._mixture_distribution.probs).sum(-1)

    def log_prob(self, value) -> wengert.Tensor:
        value = self._padded(self._checked(value))
        found = self._component_distribution.log_prob(value)  # (*, k)
        return wengert.logsumexp(found + wengert.log_softmax(self._mixture_distribution.logits, -1), -1)

    def sample(self, sample_shape=()) -> wengert.Tensor:
        with wengert.no_grad():
            events = len(self._event_shape)
            batch = Size((*sample_shape, *self._batch_shape))
            chosen = self._mixture_distribution.sample(sample_shape)
            chosen = chosen.reshape((*chosen.shape, *(1,) * (events + 1)))
            values = self._component_distribution.sample(sample_shape)
            index = chosen.expand((*batch, 1, *self._event_shape))
            return values.gather(len(batch), index).squeeze(len(batch))

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture_distribution},\n  {self._component_distribution})"
