"""Transforms: functions with an inverse and the logarithm of the Jacobian's determinant.

`transform(x)` is y, `transform.inv(y)` is x, and `transform.log_abs_det_jacobian(x, y)` is log |det dy/dx|, of the
shape without the dimensions that make one value. With cache_size=1 the last pair is kept, so that the inverse of a result
just computed is exact and free.
"""

import math
import weakref

import wengert

from ..core.size import Size
from . import constraints
from .utils import broadcast_all, smallest_step, softplus, sum_rightmost

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform",
    "CumulativeDistributionTransform", "ExpTransform", "IndependentTransform", "LowerCholeskyTransform",
    "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform", "SigmoidTransform", "SoftplusTransform",
    "TanhTransform", "SoftmaxTransform", "StackTransform", "StickBreakingTransform", "Transform", "identity_transform",
]  # fmt: skip


class Transform:
    """A function on values, with its inverse.

    A subclass says `_call(x)`, `_inverse(y)` and `log_abs_det_jacobian(x, y)`.

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Attributes:
        domain, codomain: the constraints of inputs and results.
        bijective: whether every result comes from one input.
        sign: of a monotone univariate function, 1 where it grows, -1 where it falls.
    """

    bijective = False
    domain: constraints.Constraint
    codomain: constraints.Constraint

    def __init__(self, cache_size: int = 0):
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self._cache_size = cache_size
        self._pair: tuple = (None, None)
        self._inv = None

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_inv": None}

    @property
    def event_dim(self) -> int:
        """How many dimensions on the right make one value."""
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")
        return self.domain.event_dim

    @property
    def inv(self) -> "Transform":
        """The inverse, whose inverse is this transform."""
        inverse = None if self._inv is None else self._inv()
        if inverse is None:
            inverse = _InverseTransform(self)
            self._inv = weakref.ref(inverse)
        return inverse

    @property
    def sign(self):
        raise NotImplementedError(f"{type(self).__name__} is no monotone univariate function")

    def with_cache(self, cache_size: int = 1) -> "Transform":
        """The same transform with another cache size."""
        if self._cache_size == cache_size:
            return self
        if type(self).__init__ is Transform.__init__:
            return type(self)(cache_size=cache_size)
        raise NotImplementedError(f"{type(self)}.with_cache is not implemented")

    def __eq__(self, other) -> bool:
        return self is other

    def __ne__(self, other) -> bool:
        return not self == other

    __hash__ = object.__hash__

    def __call__(self, x):
        if not self._cache_size:
            return self._call(x)
        if x is self._pair[0]:
            return self._pair[1]
        y = self._call(x)
        self._pair = (x, y)
        return y

    def _inv_call(self, y):
        if not self._cache_size:
            return self._inverse(y)
        if y is self._pair[1]:
            return self._pair[0]
        x = self._inverse(y)
        self._pair = (x, y)
        return x

    def _call(self, x):
        raise NotImplementedError(f"{type(self).__name__} does not say _call")

    def _inverse(self, y):
        raise NotImplementedError(f"{type(self).__name__} has no inverse")

    def log_abs_det_jacobian(self, x, y):
        """log |det dy/dx| at x, whose result is y."""
        raise NotImplementedError(f"{type(self).__name__} has no log_abs_det_jacobian")

    def forward_shape(self, shape):
        """The shape of the result for an input of a shape."""
        return shape

    def inverse_shape(self, shape):
        """The shape of the input for a result of a shape."""
        return shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _InverseTransform(Transform):
    """The inverse of a transform."""

    def __init__(self, transform: Transform):
        super().__init__(cache_size=transform._cache_size)
        self._transform = transform

    @property
    def domain(self):
        return self._transform.codomain

    @property
    def codomain(self):
        return self._transform.domain

    @property
    def bijective(self):
        return self._transform.bijective

    @property
    def sign(self):
        return self._transform.sign

    @property
    def inv(self):
        return self._transform

    def with_cache(self, cache_size: int = 1):
        return self._transform.with_cache(cache_size).inv

    def __eq__(self, other) -> bool:
        return isinstance(other, _InverseTransform) and self._transform == other._transform

    __hash__ = object.__hash__

    def __call__(self, x):
        return self._transform._inv_call(x)

    def _inv_call(self, y):
        return self._transform(y)

    def log_abs_det_jacobian(self, x, y):
        return -self._transform.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape):
        return self._transform.inverse_shape(shape)

    def inverse_shape(self, shape):
        return self._transform.forward_shape(shape)

    def __repr__(self) -> str:
        return f"_InverseTransform({self._transform!r})"


class ComposeTransform(Transform):
    """Transforms one after another, the first one first."""

    def __init__(self, parts, cache_size: int = 0):
        parts = list(parts)
        if cache_size:
            parts = [part.with_cache(cache_size) for part in parts]
        super().__init__(cache_size=cache_size)
        self.parts = parts

    @property
    def domain(self):
        if not self.parts:
            return constraints.real
        # What the last part takes as one value is, going back, at least what each part before gives.
        dim = self.parts[-1].codomain.event_dim
        for part in reversed(self.parts):
            dim = max(dim + part.domain.event_dim - part.codomain.event_dim, part.domain.event_dim)
        return _widened(self.parts[0].domain, dim)

    @property
    def codomain(self):
        if not self.parts:
            return constraints.real
        dim = self.parts[0].domain.event_dim
        for part in self.parts:
            dim = max(dim + part.codomain.event_dim - part.domain.event_dim, part.codomain.event_dim)
        return _widened(self.parts[-1].codomain, dim)

    @property
    def bijective(self):
        return all([part.bijective for part in self.parts])

    @property
    def sign(self):
        sign = 1
        for part in self.parts:
            sign = sign * part.sign
        return sign

    @property
    def inv(self):
        inverse = None if self._inv is None else self._inv()
        if inverse is None:
            inverse = ComposeTransform([part.inv for part in reversed(self.parts)])
            self._inv = weakref.ref(inverse)
            inverse._inv = weakref.ref(self)
        return inverse

    def with_cache(self, cache_size: int = 1):
        return self if self._cache_size == cache_size else ComposeTransform(self.parts, cache_size=cache_size)

    def __eq__(self, other) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    __hash__ = object.__hash__

    def __call__(self, x):
        for part in self.parts:
            x = part(x)
        return x

    def log_abs_det_jacobian(self, x, y):
        if not self.parts:
            return wengert.zeros_like(x)
        points = [x]
        for part in self.parts[:-1]:
            points.append(part(points[-1]))
        points.append(y)
        total, event = 0, self.domain.event_dim
        for part, before, after in zip(self.parts, points[:-1], points[1:], strict=True):
            term = part.log_abs_det_jacobian(before, after)
            total = total + sum_rightmost(term, event - part.domain.event_dim)
            event += part.codomain.event_dim - part.domain.event_dim
        return total

    def forward_shape(self, shape):
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape):
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        inside = ",\n    ".join([repr(part) for part in self.parts])
        return f"ComposeTransform(\n    {inside}\n)"


def _widened(constraint, event_dim: int):
    more = event_dim - constraint.event_dim
    return constraints.independent(constraint, more) if more > 0 else constraint


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """A transform of which further dimensions on the right make one value."""

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    def with_cache(self, cache_size: int = 1):
        if self._cache_size == cache_size:
            return self
        return IndependentTransform(self.base_transform, self.reinterpreted_batch_ndims, cache_size=cache_size)

    @property
    def domain(self):
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @property
    def codomain(self):
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    @property
    def bijective(self):
        return self.base_transform.bijective

    @property
    def sign(self):
        return self.base_transform.sign

    def _call(self, x):
        _check_dims(x, self.domain.event_dim)
        return self.base_transform(x)

    def _inverse(self, y):
        _check_dims(y, self.codomain.event_dim)
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x, y):
        return sum_rightmost(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def forward_shape(self, shape):
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape):
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"IndependentTransform({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


def _check_dims(x, count: int) -> None:
    if x.ndim < count:
        raise ValueError(f"Too few dimensions on input: {x.ndim}, of which {count} make one value")


class ReshapeTransform(Transform):
    """Values of one shape as values of another with as many elements; det is 1."""

    bijective = True

    def __init__(self, in_shape, out_shape, cache_size: int = 0):
        self.in_shape, self.out_shape = Size(in_shape), Size(out_shape)
        if math.prod(self.in_shape) != math.prod(self.out_shape):
            raise ValueError("in_shape, out_shape have different numbers of elements")
        super().__init__(cache_size=cache_size)

    @property
    def domain(self):
        return constraints.independent(constraints.real, len(self.in_shape))

    @property
    def codomain(self):
        return constraints.independent(constraints.real, len(self.out_shape))

    def with_cache(self, cache_size: int = 1):
        if self._cache_size == cache_size:
            return self
        return ReshapeTransform(self.in_shape, self.out_shape, cache_size=cache_size)

    def _call(self, x):
        return x.reshape((*x.shape[: x.ndim - len(self.in_shape)], *self.out_shape))

    def _inverse(self, y):
        return y.reshape((*y.shape[: y.ndim - len(self.out_shape)], *self.in_shape))

    def log_abs_det_jacobian(self, x, y):
        return wengert.zeros(*x.shape[: x.ndim - len(self.in_shape)], dtype=x.dtype)

    def forward_shape(self, shape):
        return _exchanged(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape):
        return _exchanged(shape, self.out_shape, self.in_shape)


def _exchanged(shape, before, after):
    cut = len(shape) - len(before)
    if cut < 0:
        raise ValueError("Too few dimensions on input")
    if tuple(shape[cut:]) != tuple(before):
        raise ValueError(f"Shape mismatch: expected {list(shape[cut:])} but got {list(before)}")
    return Size((*shape[:cut], *after))


# ------------------------------------------------------------------------------------------------ of one number


class _OfOneNumber(Transform):
    """A bijection on numbers without parameters: two of one type are equal."""

    bijective = True

    def __eq__(self, other) -> bool:
        return type(self) is type(other)

    __hash__ = object.__hash__


class ExpTransform(_OfOneNumber):
    """y = exp(x)."""

    domain = constraints.real
    codomain = constraints.positive
    sign = 1

    def _call(self, x):
        return x.exp()

    def _inverse(self, y):
        return y.log()

    def log_abs_det_jacobian(self, x, y):
        return x


class PowerTransform(Transform):
    """y = x^exponent, of positive x."""

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

    def log_abs_det_jacobian(self, x, y):
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape):
        return _broadcast_with(shape, self.exponent)

    inverse_shape = forward_shape


def _broadcast_with(shape, *parameters):
    from .utils import broadcast_shape

    return Size(broadcast_shape(shape, *[p.shape for p in parameters if isinstance(p, wengert.Tensor)]))


def _same(a, b) -> bool:
    """Whether two parameters, numbers or tensors, are equal everywhere."""
    equal = a == b
    return bool(equal.all()) if isinstance(equal, wengert.Tensor) else bool(equal)


class SigmoidTransform(_OfOneNumber):
    """y = 1 / (1 + exp(-x)); results are held away from 0 and 1."""

    domain = constraints.real
    codomain = constraints.unit_interval
    sign = 1

    def _call(self, x):
        least = 2.0**-1022 if x.dtype is wengert.float64 else 6.1e-5 if x.dtype is wengert.float16 else 2.0**-126
        return wengert.sigmoid(x).clamp(min=least, max=1.0 - smallest_step(x))

    def _inverse(self, y):
        least = 2.0**-1022 if y.dtype is wengert.float64 else 6.1e-5 if y.dtype is wengert.float16 else 2.0**-126
        y = y.clamp(min=least, max=1.0 - smallest_step(y))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x, y):
        # log of y (1 - y) = -softplus(-x) - softplus(x)
        return -softplus(-x) - softplus(x)


class SoftplusTransform(_OfOneNumber):
    """y = log(1 + exp(x)), x itself above 20."""

    domain = constraints.real
    codomain = constraints.positive
    sign = 1

    def _call(self, x):
        return wengert.nn.functional.softplus(x)

    def _inverse(self, y):
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x, y):
        return -wengert.nn.functional.softplus(-x)


class TanhTransform(_OfOneNumber):
    """y = tanh(x)."""

    domain = constraints.real
    codomain = constraints.interval(-1.0, 1.0)
    sign = 1

    def _call(self, x):
        return x.tanh()

    def _inverse(self, y):
        return y.atanh()

    def log_abs_det_jacobian(self, x, y):
        # 1 - tanh(x)^2 = 4 / (exp(x) + exp(-x))^2, whose logarithm does not underflow.
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class AbsTransform(Transform):
    """y = |x|; of the two inputs of a result its inverse takes the positive one."""

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

    Args:
        event_dim: how many dimensions on the right make one value.
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

    def log_abs_det_jacobian(self, x, y):
        if isinstance(self.scale, wengert.Tensor):
            scale = self.scale.abs().log()
        else:
            scale = wengert.full_like(x, math.log(abs(self.scale)))
        shape = tuple(x.shape)
        if self._event_dim:
            scale = scale.expand(wengert.Size(_broadcast_with(shape, scale)))
            scale = sum_rightmost(scale, self._event_dim)
            shape = shape[: -self._event_dim]
        return scale.expand(_broadcast_with(shape, scale))

    def forward_shape(self, shape):
        return _broadcast_with(shape, self.loc, self.scale)

    inverse_shape = forward_shape


class CumulativeDistributionTransform(Transform):
    """y = the distribution function of a univariate distribution at x."""

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

    def log_abs_det_jacobian(self, x, y):
        return self.distribution.log_prob(x)


# ------------------------------------------------------------------------------------------------ of vectors, matrices


class SoftmaxTransform(Transform):
    """y = exp(x) divided by its sum over the last dimension. Not one to one: its inverse is log(y)."""

    domain = constraints.real_vector
    codomain = constraints.simplex

    def __eq__(self, other) -> bool:
        return isinstance(other, SoftmaxTransform)

    __hash__ = object.__hash__

    def _call(self, x):
        return wengert.softmax(x, -1)

    def _inverse(self, y):
        return y.log()

    def forward_shape(self, shape):
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        return shape

    inverse_shape = forward_shape


class StickBreakingTransform(Transform):
    """A vector of n - 1 numbers as probabilities of n: each number breaks a part off what is left of a stick.

    z_k = sigmoid(x_k - log(n - k)) for k = 1 ... n - 1, y_k = z_k (1 - z_1) ... (1 - z_{k-1}), and y_n is what is left;
    x = 0 gives equal parts (Stan Reference Manual, "Unit simplex").
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    def __eq__(self, other) -> bool:
        return isinstance(other, StickBreakingTransform)

    __hash__ = object.__hash__

    @staticmethod
    def _centred(x):
        return x - wengert.arange(x.shape[-1], 0, -1, dtype=x.dtype).log()

    def _call(self, x):
        z = wengert.sigmoid(self._centred(x))
        left = (1 - z).cumprod(-1)
        one = wengert.ones_like(z[..., :1])
        return wengert.cat([z, one], -1) * wengert.cat([one, left], -1)

    def _inverse(self, y):
        before = y[..., :-1]
        left = 1 - before.cumsum(-1)
        # What rounding leaves of the stick is held above the smallest normal number.
        left = left.clamp(min=2.0**-1022 if y.dtype is wengert.float64 else 2.0**-126)
        return before.log() - left.log() + wengert.arange(before.shape[-1], 0, -1, dtype=y.dtype).log()

    def log_abs_det_jacobian(self, x, y):
        # The Jacobian is triangular, with y_k (1 - z_k) on its diagonal.
        return (y[..., :-1].log() - softplus(self._centred(x))).sum(-1)

    def forward_shape(self, shape):
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        return Size((*shape[:-1], shape[-1] + 1))

    def inverse_shape(self, shape):
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        return Size((*shape[:-1], shape[-1] - 1))


class LowerCholeskyTransform(Transform):
    """Square matrices as lower triangular ones with a positive diagonal: the part below the diagonal, and exp of the
    diagonal."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def __eq__(self, other) -> bool:
        return isinstance(other, LowerCholeskyTransform)

    __hash__ = object.__hash__

    def _call(self, x):
        return x.tril(-1) + wengert.diag_embed(x.diagonal(dim1=-2, dim2=-1).exp())

    def _inverse(self, y):
        return y.tril(-1) + wengert.diag_embed(y.diagonal(dim1=-2, dim2=-1).log())


class PositiveDefiniteTransform(Transform):
    """Square matrices as positive definite ones, L L^T of what `LowerCholeskyTransform` makes of them."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def __eq__(self, other) -> bool:
        return isinstance(other, PositiveDefiniteTransform)

    __hash__ = object.__hash__

    def _call(self, x):
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y):
        return LowerCholeskyTransform().inv(wengert.linalg.cholesky(y))


class CorrCholeskyTransform(Transform):
    """A vector of n (n - 1) / 2 numbers as the Cholesky factor of a correlation matrix, rows of unit length.

    r = tanh(x) are canonical partial correlations, put row by row below the diagonal; row i of the factor is
    r_ij sqrt(product over k < j of (1 - r_ik^2)), with 1 for r_ii (Lewandowski, Kurowicka & Joe, "Generating random
    correlation matrices based on vines and extended onion method", 2009).
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x):
        from .utils import vec_to_tril_matrix

        step = smallest_step(x)
        r = vec_to_tril_matrix(x.tanh().clamp(min=-1 + step, max=1 - step), diag=-1)
        identity = wengert.eye(r.shape[-1], dtype=r.dtype)
        # The share of a row's length that is left before each column.
        left = (1 - r * r).sqrt().cumprod(-1)
        before = wengert.cat([wengert.ones_like(left[..., :1]), left[..., :-1]], -1)
        return (r + identity) * before

    def _inverse(self, y):
        from .utils import tril_matrix_to_vec

        left = 1 - (y * y).cumsum(-1)
        before = wengert.cat([wengert.ones_like(left[..., :1]), left[..., :-1]], -1)
        entries = tril_matrix_to_vec(y, diag=-1)
        return (entries / tril_matrix_to_vec(before, diag=-1).sqrt()).atanh()

    def log_abs_det_jacobian(self, x, y):
        from .utils import tril_matrix_to_vec

        # d y_ij / d r_ij is the square root of what is left before j; dr/dx = 1 - tanh(x)^2.
        left = 1 - (y * y).cumsum(-1)
        before = tril_matrix_to_vec(left, diag=-2) if y.shape[-1] > 1 else x
        slopes = 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))
        return 0.5 * before.log().sum(-1) + slopes.sum(-1)

    def forward_shape(self, shape):
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        count = shape[-1]
        size = round((0.25 + 2 * count) ** 0.5 + 0.5)
        if size * (size - 1) // 2 != count:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return Size((*shape[:-1], size, size))

    def inverse_shape(self, shape):
        if len(shape) < 2:
            raise ValueError("Too few dimensions on input")
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return Size((*shape[:-2], shape[-1] * (shape[-1] - 1) // 2))


# ------------------------------------------------------------------------------------------------ slice by slice


def _all_transforms(tseq) -> list:
    if not all([isinstance(transform, Transform) for transform in tseq]):
        raise AssertionError("All elements of tseq must be Transform instances")
    return list(tseq)


class CatTransform(Transform):
    """Transforms of slices along a dimension, each of a length."""

    def __init__(self, tseq, dim: int = 0, lengths=None, cache_size: int = 0):
        self.transforms = [transform.with_cache(cache_size) for transform in _all_transforms(tseq)]
        super().__init__(cache_size=cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"CatTransform: {len(self.transforms)} transforms but {len(self.lengths)} lengths")
        self.dim = dim

    @property
    def event_dim(self) -> int:
        return max([transform.event_dim for transform in self.transforms])

    @property
    def length(self) -> int:
        return sum(self.lengths)

    def with_cache(self, cache_size: int = 1):
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _slices(self, x):
        if not -x.ndim <= self.dim < x.ndim or x.shape[self.dim] != self.length:
            raise AssertionError(f"CatTransform: dimension {self.dim} of shape {list(x.shape)} is not {self.length}")
        starts = [sum(self.lengths[:i]) for i in range(len(self.lengths))]
        return [x.narrow(self.dim, start, length) for start, length in zip(starts, self.lengths, strict=True)]

    def _call(self, x):
        return wengert.cat([f(part) for f, part in zip(self.transforms, self._slices(x), strict=True)], self.dim)

    def _inverse(self, y):
        return wengert.cat([f.inv(part) for f, part in zip(self.transforms, self._slices(y), strict=True)], self.dim)

    def log_abs_det_jacobian(self, x, y):
        terms = []
        for f, a, b in zip(self.transforms, self._slices(x), self._slices(y), strict=True):
            term = f.log_abs_det_jacobian(a, b)
            terms.append(sum_rightmost(term, self.event_dim - f.event_dim))
        dim = self.dim - x.ndim if self.dim >= 0 else self.dim
        dim += self.event_dim
        return wengert.cat(terms, dim) if dim < 0 else sum(terms[1:], terms[0])

    @property
    def bijective(self):
        return all([transform.bijective for transform in self.transforms])

    @property
    def domain(self):
        return constraints.cat([transform.domain for transform in self.transforms], self.dim, self.lengths)

    @property
    def codomain(self):
        return constraints.cat([transform.codomain for transform in self.transforms], self.dim, self.lengths)


class StackTransform(Transform):
    """A transform for each slice along a dimension."""

    def __init__(self, tseq, dim: int = 0, cache_size: int = 0):
        self.transforms = [transform.with_cache(cache_size) for transform in _all_transforms(tseq)]
        super().__init__(cache_size=cache_size)
        self.dim = dim

    def with_cache(self, cache_size: int = 1):
        return self if self._cache_size == cache_size else StackTransform(self.transforms, self.dim, cache_size)

    def _slices(self, x):
        if not -x.ndim <= self.dim < x.ndim or x.shape[self.dim] != len(self.transforms):
            raise AssertionError(
                f"StackTransform: dimension {self.dim} of shape {list(x.shape)} is not {len(self.transforms)}"
            )
        return [x.select(self.dim, i) for i in range(len(self.transforms))]

    def _call(self, x):
        return wengert.stack([f(part) for f, part in zip(self.transforms, self._slices(x), strict=True)], self.dim)

    def _inverse(self, y):
        return wengert.stack([f.inv(part) for f, part in zip(self.transforms, self._slices(y), strict=True)], self.dim)

    def log_abs_det_jacobian(self, x, y):
        slices = zip(self.transforms, self._slices(x), self._slices(y), strict=True)
        return wengert.stack([f.log_abs_det_jacobian(a, b) for f, a, b in slices], self.dim)

    @property
    def bijective(self):
        return all([transform.bijective for transform in self.transforms])

    @property
    def domain(self):
        return constraints.stack([transform.domain for transform in self.transforms], self.dim)

    @property
    def codomain(self):
        return constraints.stack([transform.codomain for transform in self.transforms], self.dim)
