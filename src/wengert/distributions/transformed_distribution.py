"""Distributions of functions of random values."""

import wengert

from ..core.size import Size
from . import constraints
from .distribution import Distribution
from .independent import Independent
from .transforms import ComposeTransform, Transform
from .utils import sum_rightmost

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """The distribution of y = f(x) for x of a base distribution and f one or more transforms, the first one first:

        log p(y) = log p(x) - log |det dy/dx|

    Args:
        base_distribution: that of x, expanded to the shape that the transforms broadcast to; its batch dimensions
            become event dimensions where a transform takes more of them as one value.
        transforms: a transform or a list of them.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: what is no transform, a base distribution of too few dimensions; by `validate_args`, a value outside
            of the last codomain given to `log_prob`, and of `cdf` one whose inverse is outside of the base's support.
        NotImplementedError: `mean`, `mode`, `variance` and `entropy`; `log_prob` of a transform without a Jacobian;
            `cdf` and `icdf` where the base distribution has none or a transform is not monotone.

    >>> import wengert as t
    >>> d = t.distributions
    >>> logistic = d.TransformedDistribution(d.Uniform(0.0, 1.0), [d.SigmoidTransform().inv])
    >>> logistic.log_prob(t.tensor(0.0))
    tensor(-1.3863)
    """

    arg_constraints: dict = {}

    def __init__(self, base_distribution, transforms, validate_args: bool = None):
        if isinstance(transforms, Transform):
            self.transforms = [transforms]
        elif isinstance(transforms, list):
            if not all([isinstance(f, Transform) for f in transforms]):
                raise ValueError("transforms must be a Transform or a list of Transforms")
            self.transforms = transforms
        else:
            raise ValueError(f"transforms must be a Transform or list, but was {transforms}")
        whole = ComposeTransform(self.transforms)
        base_shape = (*base_distribution.batch_shape, *base_distribution.event_shape)
        if len(base_shape) < whole.domain.event_dim:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {whole.domain.event_dim}, but got "
                f"{Size(base_shape)}."
            )
        out_shape = tuple(whole.forward_shape(base_shape))
        # Where the transforms broadcast, the base is expanded so that every result has a value of its own.
        wanted = tuple(whole.inverse_shape(out_shape))
        if wanted != base_shape:
            events = len(base_distribution.event_shape)
            base_distribution = base_distribution.expand(wanted[: len(wanted) - events])
        more = whole.domain.event_dim - len(base_distribution.event_shape)
        if more > 0:
            base_distribution = Independent(base_distribution, more)
        self.base_dist = base_distribution
        change = whole.codomain.event_dim - whole.domain.event_dim
        events = max(whole.codomain.event_dim, len(base_distribution.event_shape) + change)
        cut = len(out_shape) - events
        super().__init__(out_shape[:cut], out_shape[cut:], validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = type(self).__new__(type(self)) if _instance is None else _instance
        shape = Size(batch_shape)
        new.__dict__.update(self.__dict__)
        whole = ComposeTransform(self.transforms)
        wanted = tuple(whole.inverse_shape((*shape, *self._event_shape)))
        new.base_dist = self.base_dist.expand(wanted[: len(wanted) - len(self.base_dist.event_shape)])
        new._batch_shape = shape
        return new

    @constraints.dependent_property(is_discrete=False)
    def support(self):
        if not self.transforms:
            return self.base_dist.support
        last = self.transforms[-1].codomain
        more = len(self._event_shape) - last.event_dim
        return constraints.independent(last, more) if more > 0 else last

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    def _through(self, x):
        for f in self.transforms:
            x = f(x)
        return x

    def sample(self, sample_shape=()) -> wengert.Tensor:
        with wengert.no_grad():
            return self._through(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        return self._through(self.base_dist.rsample(sample_shape))

    def log_prob(self, value) -> wengert.Tensor:
        y = self._checked(value)
        events, total = len(self._event_shape), 0.0
        for f in reversed(self.transforms):
            x = f.inv(y)
            events += f.domain.event_dim - f.codomain.event_dim
            total = total - sum_rightmost(f.log_abs_det_jacobian(x, y), events - f.domain.event_dim)
            y = x
        base = self.base_dist.log_prob(y)
        return total + sum_rightmost(base, events - len(self.base_dist.event_shape))

    def _turned(self, probability):
        """The probability below a value of this distribution, from that of the base, where the transforms fall."""
        sign = 1
        for f in self.transforms:
            sign = sign * f.sign
        if isinstance(sign, int) and sign == 1:
            return probability
        return sign * (probability - 0.5) + 0.5

    def cdf(self, value) -> wengert.Tensor:
        """The base's, at the inverse; of transforms that fall, one minus that."""
        for f in reversed(self.transforms):
            value = f.inv(value)
        return self._turned(self.base_dist.cdf(self._base_checked(value)))

    def _base_checked(self, value):
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return value

    def icdf(self, value) -> wengert.Tensor:
        return self._through(self.base_dist.icdf(self._turned(value)))
