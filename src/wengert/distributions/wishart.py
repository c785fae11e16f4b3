"""The Wishart distribution."""

import math

import wengert

from . import constraints
from .exp_family import ExponentialFamily
from .multivariate_normal import precision_to_scale_tril
from .utils import broadcast_shape, expanded, lazy_property, smallest_normal

__all__ = ["Wishart"]


class Wishart(ExponentialFamily):
    """The distribution of the sum of x x^T over `df` normal vectors x with mean 0 and covariance V, given as itself,
    its inverse or its lower Cholesky factor; df > n - 1 need not be whole.

    log p(S) = ((df - n - 1) log det(S) - trace(V^-1 S) - df log det(V) - df n log(2)) / 2 - log Gamma_n(df / 2), where
    log Gamma_n is `mvlgamma` (Wishart, "The generalised product moment distribution in samples from a normal
    multivariate population", 1928). The event shape is (n, n).

    Sampled by the decomposition of Bartlett (Smith & Hocking, "Wishart variate generator", 1972), differentiable in df
    and V.

    Args:
        df: a number or a tensor *, above n - 1.
        covariance_matrix, precision_matrix: V or its inverse (*, n, n), float32 or float64, symmetric and positive
            definite.
        scale_tril: the factor L of V = L L^T (*, n, n), lower triangular with a positive diagonal. One of the three is
            given; what stands for * broadcasts to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a matrix that is not what it is said to be above, and a value that is not
            symmetric and positive definite given to `log_prob`; with and without checks, a df up to n - 1 and a matrix
            of fewer than two dimensions.
        AssertionError: not one of the three matrices.
        RuntimeError: shapes that do not broadcast, matrices that are not square; `linalg.LinAlgError`, a kind of it,
            without checks for a matrix that is not positive definite.
        NotImplementedError: `cdf` and `icdf`; in float16 and bfloat16 a covariance, a precision and `log_prob`.

    >>> import wengert as t
    >>> t.distributions.Wishart(t.tensor(3.0), t.eye(2)).mean
    tensor([[3., 0.],
            [0., 3.]])
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0
    _unbatched = ("_unbroadcasted_scale_tril",)

    def __init__(
        self, df, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args: bool = None
    ):  # fmt: skip
        given = {
            "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril,
        }  # fmt: skip
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise AssertionError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified."
            )
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        if not isinstance(df, wengert.Tensor):
            df = wengert.tensor(df, dtype=matrix.dtype)
        batch = broadcast_shape(df.shape, matrix.shape[:-2])
        n = matrix.shape[-1]
        if bool((df <= n - 1).any()):
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
        self.df = df.expand(batch)
        self.__dict__[name] = matrix.expand((*batch, n, n))
        self._least_df = n - 1
        super().__init__(batch, matrix.shape[-2:], validate_args=validate_args)
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = matrix
        elif name == "covariance_matrix":
            self._unbroadcasted_scale_tril = wengert.linalg.cholesky(matrix)
        else:
            self._unbroadcasted_scale_tril = precision_to_scale_tril(matrix)

    @property
    def arg_constraints(self) -> dict:
        return {
            "covariance_matrix": constraints.positive_definite, "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky, "df": constraints.greater_than(self._least_df),
        }  # fmt: skip

    def _matrices(self, x):
        return expanded(x, (*self._batch_shape, *self._event_shape))

    @lazy_property
    def scale_tril(self):
        return self._matrices(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self):
        factor = self._unbroadcasted_scale_tril
        return self._matrices(factor @ factor.mT)

    @lazy_property
    def precision_matrix(self):
        return self._matrices(wengert.cholesky_inverse(self._unbroadcasted_scale_tril))

    def _df_of_matrix(self):
        return self.df.reshape((*self._batch_shape, 1, 1))

    @property
    def mean(self) -> wengert.Tensor:
        return self._df_of_matrix() * self.covariance_matrix

    @property
    def mode(self) -> wengert.Tensor:
        factor = self.df - self._event_shape[-1] - 1
        held = wengert.where(factor > 0, factor, math.nan)
        return held.reshape((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> wengert.Tensor:
        matrix = self.covariance_matrix
        diagonal = matrix.diagonal(dim1=-2, dim2=-1)
        return self._df_of_matrix() * (matrix.square() + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def rsample(self, sample_shape=()) -> wengert.Tensor:
        from .chi2 import Chi2

        n = self._event_shape[-1]
        # Row i of the lower triangular A has the root of a chi-squared value with df - i degrees of freedom on the
        # diagonal and standard normal values before it; S = (L A) (L A)^T.
        freedom = self.df.unsqueeze(-1) - wengert.arange(n, dtype=self.df.dtype)
        least = smallest_normal(self.df)
        roots = Chi2(freedom, validate_args=False).rsample(sample_shape).clamp(min=least).sqrt()
        noise = wengert.randn(self._extended_shape(sample_shape), dtype=self.df.dtype).tril(-1)
        factor = self._unbroadcasted_scale_tril @ (noise + wengert.diag_embed(roots))
        return factor @ factor.mT

    def log_prob(self, value) -> wengert.Tensor:
        self._checked(value)
        n, df = self._event_shape[-1], self.df
        factor = self._unbroadcasted_scale_tril
        shape = broadcast_shape(value.shape[:-2], factor.shape[:-2])
        whole = (*shape, n, n)
        solved = wengert.cholesky_solve(value.expand(whole), factor.expand(whole))
        trace = solved.diagonal(dim1=-2, dim2=-1).sum(-1)
        log_det = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        constant = df * n * math.log(2) / 2 + wengert.mvlgamma(df / 2, n)
        _, log_det_value = wengert.linalg.slogdet(value)
        return (df - n - 1) / 2 * log_det_value - trace / 2 - df * log_det / 2 - constant

    def _log_det(self):
        return 2 * self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def _mean_log_det(self):
        """E[log det S] = psi_n(df / 2) + n log(2) + log det V."""
        n = self._event_shape[-1]
        halves = (self.df.unsqueeze(-1) - wengert.arange(n, dtype=self.df.dtype)) / 2
        return halves.digamma().sum(-1) + n * math.log(2) + self._log_det()

    def entropy(self) -> wengert.Tensor:
        n, df = self._event_shape[-1], self.df
        constant = df * n * math.log(2) / 2 + wengert.mvlgamma(df / 2, n) + df * self._log_det() / 2
        return constant - (df - n - 1) / 2 * self._mean_log_det() + df * n / 2

    @property
    def _natural_params(self) -> tuple:
        return 0.5 * self.df, -0.5 * self.precision_matrix

    def _log_normalizer(self, x, y):
        n = y.shape[-1]
        return x * (-wengert.linalg.slogdet(-2 * y)[1] + n * math.log(2)) + wengert.mvlgamma(x, n)
