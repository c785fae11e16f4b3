"""What every transform has, and transforms of transforms: inverses, compositions, batches of values as one, shapes.

`transform(x)` is y, `transform.inv(y)` is x, and `transform.log_abs_det_jacobian(x, y)` is log |det dy/dx|, of the
shape without the dimensions that make one value. With cache_size=1 the last pair is kept, so that the inverse of a
result just computed is exact and free.
"""

import math
import weakref
from typing import Any

import wengert

from ..core.size import Size
from . import constraints
from .utils import sum_rightmost


class Transform:
    """A function on values, with its inverse.

    A subclass says `_call(x)`, `_inverse(y)` and `log_abs_det_jacobian(x, y)`.

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Attributes:
        domain, codomain: the constraints of inputs and results.
        bijective: whether every result comes from one input.
        sign: of a monotone univariate function, 1 where it grows, -1 where it falls.
        event_dim: how many dimensions on the right make one value, where inputs and results agree in it.

    Raises:
        ValueError: another cache_size; `event_dim` where inputs and results do not agree.
        NotImplementedError: what a subclass does not say, `sign` among it; `with_cache` of a constructor of its own.

    >>> import wengert as t
    >>> transform = t.distributions.ExpTransform()
    >>> x = t.tensor([0.0, 1.0])
    >>> y = transform(x)
    >>> y, transform.inv(y), transform.log_abs_det_jacobian(x, y)
    (tensor([1.0000, 2.7183]), tensor([0.0000, 1.0000]), tensor([0., 1.]))
    """

    bijective = False
    domain: constraints.Constraint
    codomain: constraints.Constraint

    def __init__(self, cache_size: int = 0):
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self._cache_size = cache_size
        self._pair: tuple = (None, None)
        self._inv: weakref.ref | None = None

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

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
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

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        return -self._transform.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape):
        return self._transform.inverse_shape(shape)

    def inverse_shape(self, shape):
        return self._transform.forward_shape(shape)

    def __repr__(self) -> str:
        return f"_InverseTransform({self._transform!r})"


class ComposeTransform(Transform):
    """Transforms one after another, the first one first. The log-determinant is the sum of theirs, and the shapes are
    those after all.

    Args:
        parts: the transforms; none make the identity.
        cache_size: 1 keeps the last pair of input and result of each, 0 none.

    Raises:
        ValueError: another cache_size.
        NotImplementedError: what a part lacks: its `log_abs_det_jacobian`, inverse or `sign`.

    >>> import wengert as t
    >>> from wengert.distributions import AffineTransform, ComposeTransform, ExpTransform
    >>> both = ComposeTransform([ExpTransform(), AffineTransform(1.0, 2.0)])
    >>> both(t.tensor(0.0)), both.inv(t.tensor(3.0))
    (tensor(3.), tensor(0.))
    """

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

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
        if not self.parts:
            return wengert.zeros_like(x)
        points = [x]
        for part in self.parts[:-1]:
            points.append(part(points[-1]))
        points.append(y)
        total: Any = 0
        event = self.domain.event_dim
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
    """A transform of which further dimensions on the right make one value: the log-determinant is summed over them.

    Args:
        base_transform: the transform.
        reinterpreted_batch_ndims: how many further dimensions.
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: a value of fewer dimensions than make one; another cache_size.
        NotImplementedError: what the base transform lacks.

    >>> import wengert as t
    >>> transform = t.distributions.IndependentTransform(t.distributions.ExpTransform(), 1)
    >>> x = t.tensor([1.0, 2.0])
    >>> transform.log_abs_det_jacobian(x, transform(x))
    tensor(3.)
    """

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

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
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
    """Values of one shape as values of another with as many elements; the determinant is 1. (*, *in_shape) -> (*,
    *out_shape).

    Args:
        in_shape, out_shape: the shapes of one value.
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: shapes with different numbers of elements; of `forward_shape` and `inverse_shape`, a shape that does
            not end in the one expected; another cache_size.
        RuntimeError: a value of another number of elements.

    >>> import wengert as t
    >>> t.distributions.ReshapeTransform((4,), (2, 2))(t.arange(4.0))
    tensor([[0., 1.],
            [2., 3.]])
    """

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

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
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
