"""The multivariate normal distribution."""

import math

import wengert

from . import constraints
from .distribution import Distribution
from .utils import broadcast_shape, expanded, lazy_property

__all__ = ["MultivariateNormal"]


def _mahalanobis(factor, difference):
    """difference^T (L L^T)^-1 difference for L = factor, (*, n, n) and (*, n): the squares of L^-1 difference."""
    shape = broadcast_shape(factor.shape[:-2], difference.shape[:-1])
    n = factor.shape[-1]
    column = difference.expand((*shape, n)).unsqueeze(-1)
    solved = wengert.linalg.solve_triangular(factor.expand((*shape, n, n)), column, upper=False)
    return solved.squeeze(-1).square().sum(-1)


def precision_to_scale_tril(precision):
    """The lower Cholesky factor L of the inverse of a precision matrix P.

    With J the reversal of rows, J P J = C C^T; then L^T = J C^-1 J is upper triangular with L L^T = P^-1.
    """
    reversed_factor = wengert.linalg.cholesky(precision.flip(-2, -1))
    upper = reversed_factor.flip(-2, -1).mT
    identity = wengert.eye(precision.shape[-1], dtype=precision.dtype).expand(tuple(precision.shape))
    return wengert.linalg.solve_triangular(upper, identity, upper=False)


class MultivariateNormal(Distribution):
    """Normal vectors with mean `loc` and a covariance matrix S, given as itself, its inverse or its Cholesky factor:
    log p(x) = -(n log(2 pi) + log det(S) + (x - loc)^T S^-1 (x - loc)) / 2.

    The event shape is (n,). Samples are loc + L z of standard normal z.

    Args:
        loc: (*, n), float32 or float64.
        covariance_matrix, precision_matrix: S or its inverse (*, n, n), symmetric and positive definite.
        scale_tril: the factor L of S = L L^T (*, n, n), lower triangular with a positive diagonal. One of the three is
            given; what stands for * broadcasts to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc that is NaN, a matrix that is not what it is said to be above, and a value
            that is NaN given to `log_prob`; a loc without dimensions, a matrix of fewer than two, not one of the three
            matrices.
        RuntimeError: batch shapes that do not broadcast; `linalg.LinAlgError`, a kind of it, without checks for a
            matrix that is not positive definite.
        NotImplementedError: `cdf` and `icdf`; in float16 and bfloat16 a covariance, a precision and `log_prob`.

    >>> import wengert as t
    >>> t.distributions.MultivariateNormal(t.zeros(2), t.eye(2)).log_prob(t.zeros(2))
    tensor(-1.8379)
    """

    arg_constraints = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args: bool = None
    ):  # fmt: skip
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = {
            "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril,
        }  # fmt: skip
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(
                f"{name} must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch = broadcast_shape(matrix.shape[:-2], loc.shape[:-1])
        self.loc = loc.expand((*batch, loc.shape[-1]))
        self.__dict__[name] = matrix.expand((*batch, *matrix.shape[-2:]))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = matrix
        elif name == "covariance_matrix":
            self._unbroadcasted_scale_tril = wengert.linalg.cholesky(matrix)
        else:
            self._unbroadcasted_scale_tril = precision_to_scale_tril(matrix)

    # What was not broadcast stays so: the factor is that of all batches it broadcasts to.
    _unbatched = ("_unbroadcasted_scale_tril",)

    @lazy_property
    def scale_tril(self):
        n = self._event_shape[0]
        return expanded(self._unbroadcasted_scale_tril, (*self._batch_shape, n, n))

    @lazy_property
    def covariance_matrix(self):
        factor, n = self._unbroadcasted_scale_tril, self._event_shape[0]
        return expanded(factor @ factor.mT, (*self._batch_shape, n, n))

    @lazy_property
    def precision_matrix(self):
        n = self._event_shape[0]
        return expanded(wengert.cholesky_inverse(self._unbroadcasted_scale_tril), (*self._batch_shape, n, n))

    @property
    def mean(self) -> wengert.Tensor:
        return self.loc

    @property
    def mode(self) -> wengert.Tensor:
        return self.loc

    @property
    def variance(self) -> wengert.Tensor:
        squares = self._unbroadcasted_scale_tril.square().sum(-1)
        return expanded(squares, (*self._batch_shape, *self._event_shape))

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        noise = wengert.randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self._unbroadcasted_scale_tril @ noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value) -> wengert.Tensor:
        distance = _mahalanobis(self._unbroadcasted_scale_tril, self._checked(value) - self.loc)
        n = self._event_shape[0]
        return -0.5 * (n * math.log(2 * math.pi) + distance) - self._half_log_det()

    def _half_log_det(self):
        return self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def entropy(self) -> wengert.Tensor:
        found = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()
        return expanded(found, self._batch_shape)
