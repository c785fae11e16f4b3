"""Batch dimensions as dimensions of one value."""

import wengert

from ..core.size import Size
from . import constraints
from .distribution import Distribution
from .utils import sum_rightmost

__all__ = ["Independent"]


class Independent(Distribution):
    """A distribution of which the last `reinterpreted_batch_ndims` batch dimensions belong to one value: `log_prob` and
    `entropy` are summed over them.

    Args:
        base_distribution: the distribution, of batch shape (*, more) and event shape E; this one has batch shape * and
            event shape (more, E).
        reinterpreted_batch_ndims: how many dimensions `more` has.
        validate_args: as of `Distribution`; it checks nothing more, for values are checked by the base distribution.

    Raises:
        ValueError: more dimensions than the base distribution's batch has; what the base distribution raises.
        NotImplementedError: `cdf` and `icdf`; `enumerate_support` if reinterpreted_batch_ndims is not 0; what the base
            distribution lacks.

    >>> import wengert as t
    >>> d = t.distributions.Independent(t.distributions.Normal(t.zeros(3), t.ones(3)), 1)
    >>> d.batch_shape, d.event_shape
    (wengert.Size([]), wengert.Size([3]))
    """

    arg_constraints: dict = {}

    def __init__(self, base_distribution, reinterpreted_batch_ndims: int, validate_args: bool = None):
        batch = base_distribution.batch_shape
        if reinterpreted_batch_ndims > len(batch):
            raise ValueError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual "
                f"{reinterpreted_batch_ndims} vs {len(batch)}"
            )
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        shape = (*batch, *base_distribution.event_shape)
        cut = len(batch) - reinterpreted_batch_ndims
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = type(self).__new__(type(self)) if _instance is None else _instance
        new.__dict__.update(self.__dict__)
        shape = Size(batch_shape)
        inner = self._event_shape[: self.reinterpreted_batch_ndims]
        new.base_dist = self.base_dist.expand((*shape, *inner))
        new._batch_shape = shape
        return new

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    @property
    def has_enumerate_support(self):
        return self.reinterpreted_batch_ndims == 0 and self.base_dist.has_enumerate_support

    @constraints.dependent_property
    def support(self):
        inner = self.base_dist.support
        count = self.reinterpreted_batch_ndims
        return constraints.independent(inner, count) if count else inner

    @property
    def mean(self) -> wengert.Tensor:
        return self.base_dist.mean

    @property
    def mode(self) -> wengert.Tensor:
        return self.base_dist.mode

    @property
    def variance(self) -> wengert.Tensor:
        return self.base_dist.variance

    def sample(self, sample_shape=()) -> wengert.Tensor:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value) -> wengert.Tensor:
        return sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> wengert.Tensor:
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self, expand: bool = True) -> wengert.Tensor:
        if self.reinterpreted_batch_ndims > 0:
            raise NotImplementedError("Enumeration over cartesian product is not implemented")
        return self.base_dist.enumerate_support(expand=expand)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.reinterpreted_batch_ndims})"
