"""Special functions, by SciPy's ufuncs on the same memory. SciPy is imported when one of them first computes."""

import functools
import math

import numpy

from ..core.errors import type_word
from .declaration import elementwise
from .elementwise import exp


@functools.cache
def _ufunc(name: str):
    try:
        import scipy.special
    except ImportError:
        raise ImportError(f"{name} needs SciPy: pip install 'wengert[special]'") from None
    return getattr(scipy.special, name)


def _through(name: str):
    def forward(x):
        if x.dtype.kind == "c":
            raise NotImplementedError(f"\"{name}_vml_cpu\" not implemented for '{type_word(x.dtype)}': it is real")
        return numpy.asarray(_ufunc(name)(x))

    return forward


erf = elementwise(
    "erf(input)", forward=_through("erf"), floating=True, aliases=("special.erf",),
    input=lambda t, input: t * (2.0 / math.sqrt(math.pi)) * exp(-(input * input)),
    doc="The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to input (DLMF 7.2.1).",
)  # fmt: skip
erfc = elementwise(
    "erfc(input)", forward=_through("erfc"), floating=True, aliases=("special.erfc",),
    input=lambda t, input: -t * (2.0 / math.sqrt(math.pi)) * exp(-(input * input)),
    doc="1 - erf(input), exact for large input (DLMF 7.2.2).",
)  # fmt: skip
