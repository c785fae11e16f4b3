"""Transforms of vectors and matrices: onto probabilities, Cholesky factors, correlations, and slice by slice."""

import math

import wengert

from ..core.size import Size
from . import constraints
from .transform import Transform
from .utils import smallest_normal, smallest_step, softplus, sum_rightmost, tril_matrix_to_vec, vec_to_tril_matrix


class SoftmaxTransform(Transform):
    """y = exp(x) divided by its sum over the last dimension. Not one to one: its inverse is log(y).

    (*, N) -> (*, N).

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: of `forward_shape` and `inverse_shape`, a shape without dimensions; another cache_size.
        NotImplementedError: `log_abs_det_jacobian` and `sign`.

    >>> import wengert as t
    >>> t.distributions.SoftmaxTransform()(t.tensor([0.0, 1.0]))
    tensor([0.2689, 0.7311])
    """

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
    x = 0 gives equal parts (Stan Reference Manual, "Unit simplex"). The Jacobian is triangular; its determinant is the
    product of the y_k (1 - z_k).

    (*, N - 1) -> (*, N).

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: of `forward_shape` and `inverse_shape`, a shape without dimensions; another cache_size.
        IndexError: a value without dimensions.
        NotImplementedError: `sign`.

    >>> import wengert as t
    >>> t.distributions.StickBreakingTransform()(t.zeros(3))
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
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
        left = left.clamp(min=smallest_normal(y))
        return before.log() - left.log() + wengert.arange(before.shape[-1], 0, -1, dtype=y.dtype).log()

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
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
    diagonal.

    (*, N, N) -> (*, N, N).

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: another cache_size.
        RuntimeError: a value of fewer than two dimensions.
        NotImplementedError: `log_abs_det_jacobian` and `sign`.

    >>> import wengert as t
    >>> t.distributions.LowerCholeskyTransform()(t.tensor([[0.0, 5.0], [2.0, 0.0]]))
    tensor([[1., 0.],
            [2., 1.]])
    """

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
    """Square matrices as positive definite ones, L L^T of what `LowerCholeskyTransform` makes of them.

    (*, N, N) -> (*, N, N).

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: another cache_size.
        RuntimeError: a value of fewer than two dimensions; `linalg.LinAlgError`, a kind of it, the inverse of what is
            not positive definite.
        NotImplementedError: `log_abs_det_jacobian` and `sign`.

    >>> import wengert as t
    >>> t.distributions.PositiveDefiniteTransform()(t.tensor([[0.0, 5.0], [2.0, 0.0]]))
    tensor([[1., 2.],
            [2., 5.]])
    """

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

    r = tanh(x) are canonical partial correlations, put row by row below the diagonal; row i of the factor is r_ij
    sqrt(product over k < j of (1 - r_ik^2)), with 1 for r_ii (Lewandowski, Kurowicka & Joe, "Generating random
    correlation matrices based on vines and extended onion method", 2009).

    (*, n (n - 1) / 2) -> (*, n, n).

    Args:
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        ValueError: a size that is no n (n - 1) / 2; of `forward_shape` and `inverse_shape`, too few dimensions and
            matrices that are not square; another cache_size.
        NotImplementedError: `sign`.

    >>> import wengert as t
    >>> t.distributions.CorrCholeskyTransform()(t.tensor([0.5]))
    tensor([[1.0000, 0.0000],
            [0.4621, 0.8868]])
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x):
        step = smallest_step(x)
        r = vec_to_tril_matrix(x.tanh().clamp(min=-1 + step, max=1 - step), diag=-1)
        identity = wengert.eye(r.shape[-1], dtype=r.dtype)
        # The share of a row's length that is left before each column.
        left = (1 - r * r).sqrt().cumprod(-1)
        before = wengert.cat([wengert.ones_like(left[..., :1]), left[..., :-1]], -1)
        return (r + identity) * before

    def _inverse(self, y):
        left = 1 - (y * y).cumsum(-1)
        before = wengert.cat([wengert.ones_like(left[..., :1]), left[..., :-1]], -1)
        entries = tril_matrix_to_vec(y, diag=-1)
        return (entries / tril_matrix_to_vec(before, diag=-1).sqrt()).atanh()

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
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
    """Transforms of slices along a dimension, each of a length.

    Args:
        tseq: the transforms.
        dim: the dimension.
        lengths: how much of it each transform takes; 1 each unless given.
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        AssertionError: something that is no transform, another number of lengths, a value whose dimension is not the
            sum of them.
        ValueError: another cache_size.
        NotImplementedError: what a transform lacks; `sign`.

    >>> import wengert as t
    >>> transform = t.distributions.CatTransform(
    ...     [t.distributions.ExpTransform(), t.distributions.AffineTransform(0.0, 10.0)], lengths=[1, 2]
    ... )
    >>> transform(t.tensor([0.0, 1.0, 2.0]))
    tensor([ 1., 10., 20.])
    """

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

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
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
    """A transform for each slice along a dimension.

    Args:
        tseq: the transforms, as many as the dimension has entries.
        dim: the dimension.
        cache_size: 1 keeps the last pair of input and result, 0 none.

    Raises:
        AssertionError: something that is no transform, a value with another number of slices.
        ValueError: another cache_size.
        NotImplementedError: what a transform lacks; `sign`.

    >>> import wengert as t
    >>> transform = t.distributions.StackTransform([t.distributions.ExpTransform(), t.distributions.AbsTransform()])
    >>> transform(t.tensor([0.0, -3.0]))
    tensor([1., 3.])
    """

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

    def log_abs_det_jacobian(self, x, y) -> wengert.Tensor:
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
