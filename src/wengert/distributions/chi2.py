"""The chi-squared distribution."""

from . import constraints
from .gamma import Gamma
from .utils import broadcast_all

__all__ = ["Chi2"]


class Chi2(Gamma):
    """The distribution of the sum of the squares of `df` standard normal values, density x^(df / 2 - 1) exp(-x / 2) /
    (2^(df / 2) Gamma(df / 2)): gamma with concentration df / 2 and rate 1/2.

    Args:
        df: a number or a floating tensor of the batch shape, positive, need not be whole.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a df that is not positive, and a value below 0 given to `log_prob` or `cdf`; a
            parameter that is neither number nor tensor.
        NotImplementedError: `icdf`.

    >>> import wengert as t
    >>> t.distributions.Chi2(3.0).variance
    tensor(6.)
    """

    arg_constraints = {"df": constraints.positive}

    def __init__(self, df, validate_args: bool = None):
        (df,) = broadcast_all(df)
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    @property
    def df(self):
        return self.concentration * 2
