"""The von Mises distribution."""

import math

import wengert

from ..ops import levels
from ..ops.generator import stream_of
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["VonMises"]


class VonMises(Distribution):
    """Angles with density exp(k cos(x - loc)) / (2 pi I0(k)), k the concentration and I0 the modified Bessel function
    of order 0. The variance is the circular one, 1 - I1(k) / I0(k).

    Samples are NumPy's, drawn in double precision by rejection from a wrapped Cauchy distribution (Best & Fisher,
    "Efficient simulation of the von Mises distribution", 1979), in [-pi, pi).

    Args:
        loc: the mean in radians, a number or a floating tensor.
        concentration: positive. They broadcast to the batch shape.
        validate_args: whether parameters and values are checked, as of `Distribution`.

    Raises:
        ValueError: by `validate_args`, a loc that is NaN, a concentration that is not positive, and a value that is NaN
            given to `log_prob`; a parameter that is neither number nor tensor.
        RuntimeError: parameters that do not broadcast.
        NotImplementedError: `rsample`, `entropy`, `cdf` and `icdf`.

    >>> import wengert as t
    >>> t.distributions.VonMises(t.tensor(0.0), t.tensor(1.0)).log_prob(t.tensor(0.0))
    tensor(-1.0738)
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc, concentration, validate_args: bool = None):
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def log_prob(self, value) -> wengert.Tensor:
        k = self.concentration
        # log I0(k) = k + log(exp(-k) I0(k))
        log_bessel = k + wengert.special.i0e(k).log()
        return k * (self._checked(value) - self.loc).cos() - math.log(2 * math.pi) - log_bessel

    def sample(self, sample_shape=()) -> wengert.Tensor:
        shape = self._extended_shape(sample_shape)
        dtype = self.loc.array.dtype
        loc, k = [levels.values(x, "VonMises.sample").astype("float64") for x in (self.loc, self.concentration)]
        drawn = stream_of(None).vonmises(0.0, k, tuple(shape)) + loc
        # Angles are given in [-pi, pi).
        wrapped = (drawn + math.pi) % (2 * math.pi) - math.pi
        return wengert.from_numpy(wrapped.astype(dtype)) if shape else wengert.tensor(
            float(wrapped), dtype=self.loc.dtype
        )

    @property
    def mean(self) -> wengert.Tensor:
        return self.loc

    @property
    def mode(self) -> wengert.Tensor:
        return self.loc

    @property
    def variance(self) -> wengert.Tensor:
        """The circular variance, 1 - I1(k) / I0(k)."""
        return 1 - wengert.special.i1e(self.concentration) / wengert.special.i0e(self.concentration)
