"""The LKJ distribution of correlation matrices."""

import math

import wengert

from . import constraints
from .beta import Beta
from .distribution import Distribution
from .utils import broadcast_all, smallest_step

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Lower Cholesky factors of n by n correlation matrices M with density proportional to det(M)^(eta - 1), eta the
    concentration: uniform at 1, near the identity above.

    Sampled row by row by the onion method (Lewandowski, Kurowicka & Joe, "Generating random correlation matrices based
    on vines and extended onion method", 2009, section 3.2). The event shape is (n, n).

    Args:
        dim: n, at least 2.
        concentration: eta, a number or a floating tensor of the batch shape, positive.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a concentration that is not positive, and a value that is not lower triangular
            with a positive diagonal and rows of length 1 given to `log_prob`; a dim below 2; a parameter that is
            neither number nor tensor.
        NotImplementedError: `rsample`, `mean`, `mode`, `variance`, `entropy`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> t.distributions.LKJCholesky(3, 0.5).sample().shape
    wengert.Size([3, 3])
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration=1.0, validate_args: bool = None):
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        # The squared length of what row i has left of the diagonal is Beta(i / 2, eta + (n - 1 - i) / 2); the first row
        # has nothing there, and any parameters do.
        row = wengert.arange(dim, dtype=self.concentration.dtype)
        below = wengert.where(row == 0, 1.0, row) / 2
        self._row_length = Beta(
            below, self.concentration.unsqueeze(-1) + (dim - 1 - row) / 2, validate_args=False
        )
        super().__init__(self.concentration.shape, (dim, dim), validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = type(self).__new__(type(self)) if _instance is None else _instance
        shape = tuple(batch_shape)
        new.__dict__.update(self.__dict__)
        new.concentration = self.concentration.expand(shape)
        new._row_length = self._row_length.expand((*shape, self.dim))
        new._batch_shape = wengert.Size(shape)
        return new

    def sample(self, sample_shape=()) -> wengert.Tensor:
        with wengert.no_grad():
            squared = self._row_length.sample(sample_shape).unsqueeze(-1)  # (*, n, 1)
            noise = wengert.randn(self._extended_shape(sample_shape), dtype=squared.dtype).tril(-1)
            direction = noise / noise.square().sum(-1, True).sqrt()
            # The first row has nothing left of its diagonal.
            first = wengert.arange(self.dim).reshape(-1, 1) == 0
            left = wengert.where(first, 0.0, squared.sqrt() * direction)
            length = left.square().sum(-1)
            step = smallest_step(left)
            return left + wengert.diag_embed((1 - length).clamp(min=step * step).sqrt())

    def log_prob(self, value) -> wengert.Tensor:
        """sum over rows i >= 1 of (n - 1 - i + 2 (eta - 1)) log(L_ii), minus the logarithm of the constant of
        Lewandowski et al., eq. 15, for the factor."""
        self._checked(value)
        eta, n = self.concentration, self.dim
        diagonal = value.diagonal(dim1=-2, dim2=-1)[..., 1:]
        orders = wengert.arange(n - 2, -1, -1, dtype=eta.dtype) + 2 * (eta - 1).unsqueeze(-1)
        density = (orders * diagonal.log()).sum(-1)
        # alpha = eta + (n - 2) / 2; the constant is pi^((n - 1) n / 4) times gammas of (n - 1) dimensions.
        m = n - 1
        alpha = eta + 0.5 * m
        constant = 0.5 * m * math.log(math.pi) + wengert.mvlgamma(alpha - 0.5, m) - m * alpha.lgamma()
        return density - constant
