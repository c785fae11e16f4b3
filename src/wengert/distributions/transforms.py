"""Transforms: functions with an inverse and the logarithm of the Jacobian's determinant. Here stand those of single
numbers, and the names of all.
"""

import math

import wengert

from ..core.size import Size
from . import constraints
from .transform import ComposeTransform, IndependentTransform, ReshapeTransform, Transform, identity_transform
from .utils import broadcast_all, broadcast_shape, smallest_normal, smallest_step, softplus, sum_rightmost
from .vector_transforms import (
    CatTransform,
    CorrCholeskyTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    SoftmaxTransform,
    StackTransform,
    StickBreakingTransform,
)

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform",
    "CumulativeDistributionTransform", "ExpTransform", "IndependentTransform", "LowerCholeskyTransform",
    "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform", "SigmoidTransform", "SoftplusTransform",
    "TanhTransform", "SoftmaxTransform", "StackTransform", "StickBreakingTransform", "Transform", "identity_transform",
]  # fmt: skip


class _OfOneNumber(Transform):
    """A bijection on numbers without parameters: two of one type are equal."""

    bijective = True

    def __eq__(self, other) -> bool:
        return type(self) is type(other)

    __hash__ = object.__hash__


class ExpTransform(_OfOneNumber):
    """y = exp(x), from the real numbers to the positive ones.

    Elementwise, of any shape; log |dy/dx| = x.

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: another cache_size.

    >>> import wengert as t
    >>> t.distributions.ExpTransform()(t.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """

    domain = constraints.real
    codomain = constraints.positive
    sign = 1

    def _call(self, x):
        return x.exp()

    def _inverse(self, y):
        return y.log()

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        return x


class PowerTransform(Transform):
    """y = x^exponent, of positive x.

    Elementwise; log |dy/dx| = log |exponent y / x|.

    Args:
        exponent: a number or a tensor, not 0, broadcast with x.
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: an exponent that is neither number nor tensor; another cache_size.
        RuntimeError: shapes that do not broadcast.

    >>> import wengert as t
    >>> t.distributions.PowerTransform(t.tensor(2.0))(t.tensor([1.0, 3.0]))
    tensor([1., 9.])
    """

    domain = constraints.positive
    codomain = constraints.positive
    bijective = True

    def __init__(self, exponent, cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def with_cache(self, cache_size: int = 1):
        return self if self._cache_size == cache_size else PowerTransform(self.exponent, cache_size=cache_size)

    @property
    def sign(self):
        return self.exponent.sign()

    def __eq__(self, other) -> bool:
        return isinstance(other, PowerTransform) and _same(self.exponent, other.exponent)

    __hash__ = object.__hash__

    def _call(self, x):
        return x.pow(self.exponent)

    def _inverse(self, y):
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape):
        return _broadcast_with(shape, self.exponent)

    inverse_shape = forward_shape


def _broadcast_with(shape, *parameters):
    return Size(broadcast_shape(shape, *[p.shape for p in parameters if isinstance(p, wengert.Tensor)]))


def _same(a, b) -> bool:
    """Whether two parameters, numbers or tensors, are equal everywhere."""
    equal = a == b
    return bool(equal.all()) if isinstance(equal, wengert.Tensor) else bool(equal)


class SigmoidTransform(_OfOneNumber):
    """y = 1 / (1 + exp(-x)), from the real numbers to (0, 1); results are held away from 0 and 1.

    Elementwise, of any shape; log |dy/dx| = log(y (1 - y)).

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: another cache_size.

    >>> import wengert as t
    >>> t.distributions.SigmoidTransform()(t.tensor([0.0, 1.0]))
    tensor([0.5000, 0.7311])
    """

    domain = constraints.real
    codomain = constraints.unit_interval
    sign = 1

    def _call(self, x):
        least = smallest_normal(x)
        return wengert.sigmoid(x).clamp(min=least, max=1.0 - smallest_step(x))

    def _inverse(self, y):
        least = smallest_normal(y)
        y = y.clamp(min=least, max=1.0 - smallest_step(y))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        # log of y (1 - y) = -softplus(-x) - softplus(x)
        return -softplus(-x) - softplus(x)


class SoftplusTransform(_OfOneNumber):
    """y = log(1 + exp(x)), x itself above 20, from the real numbers to the positive ones.

    Elementwise, of any shape; log |dy/dx| = -log(1 + exp(-x)).

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: another cache_size.

    >>> import wengert as t
    >>> t.distributions.SoftplusTransform()(t.tensor([0.0, 1.0]))
    tensor([0.6931, 1.3133])
    """

    domain = constraints.real
    codomain = constraints.positive
    sign = 1

    def _call(self, x):
        return wengert.nn.functional.softplus(x)

    def _inverse(self, y):
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        return -wengert.nn.functional.softplus(-x)


class TanhTransform(_OfOneNumber):
    """y = tanh(x), from the real numbers to (-1, 1); the inverse is NaN outside.

    Elementwise, of any shape; log |dy/dx| = log(1 - y^2).

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: another cache_size.

    >>> import wengert as t
    >>> t.distributions.TanhTransform()(t.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """

    domain = constraints.real
    codomain = constraints.interval(-1.0, 1.0)
    sign = 1

    def _call(self, x):
        return x.tanh()

    def _inverse(self, y):
        return y.atanh()

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        # 1 - tanh(x)^2 = 4 / (exp(x) + exp(-x))^2, whose logarithm does not underflow.
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class AbsTransform(Transform):
    """y = |x|; of the two inputs of a result its inverse takes the positive one.

    Elementwise, of any shape.

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: another cache_size.
        NotImplementedError: `log_abs_det_jacobian` and `sign`, for it is not one to one.

    >>> import wengert as t
    >>> t.distributions.AbsTransform()(t.tensor([-1.0, 2.0]))
    tensor([1., 2.])
    """

    domain = constraints.real
    codomain = constraints.positive

    def __eq__(self, other) -> bool:
        return isinstance(other, AbsTransform)

    __hash__ = object.__hash__

    def _call(self, x):
        return x.abs()

    def _inverse(self, y):
        return y


class AffineTransform(Transform):
    """y = loc + scale x.

    log |det dy/dx| = log |scale|, summed over the dimensions of one value.

    Args:
        loc, scale: numbers or tensors, broadcast with x; the scale is not 0.
        event_dim: how many dimensions on the right make one value.
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: another cache_size.
        RuntimeError: shapes that do not broadcast.

    >>> import wengert as t
    >>> t.distributions.AffineTransform(1.0, 2.0)(t.tensor([0.0, 1.0]))
    tensor([1., 3.])
    """

    bijective = True

    def __init__(self, loc, scale, event_dim: int = 0, cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        self.loc, self.scale = loc, scale
        self._event_dim = event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    @property
    def domain(self):
        return constraints.independent(constraints.real, self._event_dim) if self._event_dim else constraints.real

    codomain = domain

    def with_cache(self, cache_size: int = 1):
        if self._cache_size == cache_size:
            return self
        return AffineTransform(self.loc, self.scale, self._event_dim, cache_size=cache_size)

    def __eq__(self, other) -> bool:
        return isinstance(other, AffineTransform) and _same(self.loc, other.loc) and _same(self.scale, other.scale)

    __hash__ = object.__hash__

    @property
    def sign(self):
        if isinstance(self.scale, wengert.Tensor):
            return self.scale.sign()
        return 1 if self.scale > 0 else -1 if self.scale < 0 else 0

    def _call(self, x):
        return self.loc + self.scale * x

    def _inverse(self, y):
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        if isinstance(self.scale, wengert.Tensor):
            scale = self.scale.abs().log()
        else:
            scale = wengert.full_like(x, math.log(abs(self.scale)))
        shape = tuple(x.shape)
        if self._event_dim:
            scale = scale.expand(_broadcast_with(shape, scale))
            scale = sum_rightmost(scale, self._event_dim)
            shape = shape[: -self._event_dim]
        return scale.expand(_broadcast_with(shape, scale))

    def forward_shape(self, shape):
        return _broadcast_with(shape, self.loc, self.scale)

    inverse_shape = forward_shape


class CumulativeDistributionTransform(Transform):
    """y = the distribution function of a univariate distribution at x; log |dy/dx| is its `log_prob`.

    Args:
        distribution: one with `cdf`, `icdf` and `log_prob`.
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: where the distribution checks, a value outside of its support; another cache_size.
        NotImplementedError: what the distribution lacks, such as the inverse of one without `icdf`.

    >>> import wengert as t
    >>> t.distributions.CumulativeDistributionTransform(t.distributions.Normal(0.0, 1.0))(t.tensor([0.0, 1.0]))
    tensor([0.5000, 0.8413])
    """

    bijective = True
    codomain = constraints.unit_interval
    sign = 1

    def __init__(self, distribution, cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    @property
    def domain(self):
        return self.distribution.support

    def with_cache(self, cache_size: int = 1):
        if self._cache_size == cache_size:
            return self
        return CumulativeDistributionTransform(self.distribution, cache_size=cache_size)

    def _call(self, x):
        return self.distribution.cdf(x)

    def _inverse(self, y):
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        return self.distribution.log_prob(x)
