"""Operations that NumPy has as ufuncs and PyTorch has not. They are reached through NumPy's names alone."""

import numpy

from ..core.errors import type_word
from .declaration import elementwise, without_kernel


def _bits(x):
    if x.dtype.kind not in "bui":
        raise NotImplementedError(f"\"bitwise_count_cpu\" not implemented for '{type_word(x.dtype)}': it has no bits")
    return numpy.bitwise_count(x)


NO_ROOT = "take input ** (1 / 3), of which complex numbers have three"

cbrt = elementwise(
    "cbrt(input)", forward="cbrt", ufunc="scipy.special.cbrt", method=False, public=False, in_place=False,
    complex=without_kernel("cbrt_cpu", NO_ROOT),
    input=lambda t, out: t / (3 * out * out),
    doc="The real cube root.",
)  # fmt: skip
spacing = elementwise(
    "spacing(input)", forward="spacing", method=False, public=False, in_place=False,
    complex=without_kernel("spacing_cpu", "take it of the parts"),
    input=None,
    doc="The distance from input to the next floating number away from 0.",
)  # fmt: skip
bitwise_count = elementwise(
    "bitwise_count(input)", forward=_bits, ufunc=numpy.bitwise_count, promoted=(), method=False, public=False,
    in_place=False,
    input=None,
    doc="How many bits of the absolute value are 1, as uint8.",
)  # fmt: skip
