"""The multivariate normal distribution with a covariance of low rank plus a diagonal."""

import math

import wengert

from . import constraints
from .distribution import Distribution
from .utils import broadcast_shape, expanded, lazy_property

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Distribution):
    """Normal vectors with mean `loc` and covariance S = W W^T + D, W = `cov_factor` and D the diagonal `cov_diag`: log
    p(x) = -(n log(2 pi) + log det(S) + (x - loc)^T S^-1 (x - loc)) / 2.

    Only m by m matrices are factored: with the capacitance C = I + W^T D^-1 W, by the matrix determinant lemma and the
    Woodbury identity, det(W W^T + D) = det(C) det(D) and (W W^T + D)^-1 = D^-1 - D^-1 W C^-1 W^T D^-1. The event shape
    is (n,).

    Args:
        loc: (*, n), float32 or float64.
        cov_factor: (*, n, m).
        cov_diag: (*, n), positive. What stands for * broadcasts to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc or cov_factor that is NaN, a cov_diag that is not positive, and a value
            that is NaN given to `log_prob`; shapes that do not fit, named.
        NotImplementedError: `cdf` and `icdf`; float16 and bfloat16.

    >>> import wengert as t
    >>> t.distributions.LowRankMultivariateNormal(t.zeros(2), t.ones(2, 1), t.ones(2)).variance
    tensor([2., 2.])
    """

    arg_constraints = {
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True
    _unbatched = ("_unbroadcasted_cov_factor", "_unbroadcasted_cov_diag", "_capacitance_tril")

    def __init__(self, loc, cov_factor, cov_diag, validate_args: bool = None):
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        n = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != n:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {n[0]} x m")
        if cov_diag.shape[-1:] != n:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {n}")
        try:
            batch = broadcast_shape(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        except RuntimeError:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from None
        self.loc = loc.expand((*batch, *n))
        self.cov_factor = cov_factor.expand((*batch, *cov_factor.shape[-2:]))
        self.cov_diag = cov_diag.expand((*batch, *n))
        self._unbroadcasted_cov_factor = cov_factor
        self._unbroadcasted_cov_diag = cov_diag
        super().__init__(batch, n, validate_args=validate_args)
        scaled = cov_factor.mT / cov_diag.unsqueeze(-2)  # (*, m, n)
        m = cov_factor.shape[-1]
        self._capacitance_tril = wengert.linalg.cholesky(scaled @ cov_factor + wengert.eye(m, dtype=loc.dtype))

    @property
    def mean(self) -> wengert.Tensor:
        return self.loc

    @property
    def mode(self) -> wengert.Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> wengert.Tensor:
        found = self._unbroadcasted_cov_factor.square().sum(-1) + self._unbroadcasted_cov_diag
        return expanded(found, (*self._batch_shape, *self._event_shape))

    def _matrix(self, x):
        n = self._event_shape[0]
        return expanded(x, (*self._batch_shape, n, n))

    @lazy_property
    def scale_tril(self):
        """The lower Cholesky factor of the covariance."""
        return wengert.linalg.cholesky(self.covariance_matrix)

    @lazy_property
    def covariance_matrix(self):
        factor = self._unbroadcasted_cov_factor
        return self._matrix(factor @ factor.mT + wengert.diag_embed(self._unbroadcasted_cov_diag))

    @lazy_property
    def precision_matrix(self):
        factor, diagonal = self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag
        scaled = factor.mT / diagonal.unsqueeze(-2)
        solved = wengert.linalg.solve_triangular(self._capacitance_tril, scaled, upper=False)
        return self._matrix(wengert.diag_embed(diagonal.reciprocal()) - solved.mT @ solved)

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        shape = self._extended_shape(sample_shape)
        dtype = self.loc.dtype
        of_factor = wengert.randn(*shape[:-1], self.cov_factor.shape[-1], dtype=dtype)
        of_diagonal = wengert.randn(*shape, dtype=dtype)
        along = (self._unbroadcasted_cov_factor @ of_factor.unsqueeze(-1)).squeeze(-1)
        return self.loc + along + self._unbroadcasted_cov_diag.sqrt() * of_diagonal

    def _log_det(self):
        inner = 2 * self._capacitance_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return inner + self._unbroadcasted_cov_diag.log().sum(-1)

    def log_prob(self, value) -> wengert.Tensor:
        difference = self._checked(value) - self.loc
        distance = low_rank_distance(
            self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag, self._capacitance_tril, difference
        )
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + distance)

    def entropy(self) -> wengert.Tensor:
        found = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._log_det())
        return expanded(found, self._batch_shape)


def low_rank_distance(factor, diagonal, capacitance_tril, difference):
    """difference^T (W W^T + D)^-1 difference, by the Woodbury identity."""
    scaled = difference / diagonal
    inner = (factor.mT @ scaled.unsqueeze(-1)).squeeze(-1)
    shape = broadcast_shape(inner.shape[:-1], capacitance_tril.shape[:-2])
    m = inner.shape[-1]
    solved = wengert.linalg.solve_triangular(
        capacitance_tril.expand((*shape, m, m)), inner.expand((*shape, m)).unsqueeze(-1), upper=False
    )
    return (difference * scaled).sum(-1) - solved.squeeze(-1).square().sum(-1)
