"""Rounding. Its derivatives are 0 wherever they are defined; that of the fraction is 1."""

import builtins

import numpy

from ..core.errors import type_word
from .declaration import elementwise, refused, without_kernel

ROUND_PARTS = "round real and imag apart"

floor = elementwise(
    "floor(input)", forward="floor", input=lambda t: None,
    complex=refused("floor is not supported for complex inputs", ROUND_PARTS),
    doc="""Rounded down; integers as they are. The derivative is 0.

    Any shape. NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.floor(t.tensor([-1.5, 1.5]))
    tensor([-2.,  1.])
    """,
)  # fmt: skip
ceil = elementwise(
    "ceil(input)", forward="ceil", input=lambda t: None,
    complex=refused("ceil is not supported for complex inputs", ROUND_PARTS),
    doc="""Rounded up; integers as they are. The derivative is 0.

    Any shape. NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.ceil(t.tensor([-1.5, 1.5]))
    tensor([-1.,  2.])
    """,
)  # fmt: skip
trunc = elementwise(
    "trunc(input)", forward="trunc", aliases=("fix",), input=lambda t: None,
    complex=refused("trunc is not supported for complex inputs", ROUND_PARTS),
    doc="""Rounded towards 0; integers as they are. The derivative is 0.

    Any shape. NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.trunc(t.tensor([-1.5, 1.5]))
    tensor([-1.,  1.])
    """,
)  # fmt: skip
round = elementwise(
    "round(input)", forward="rint", aliases=("special.round",), ufunc="scipy.special.round",
    input=lambda t: None, integers=numpy.copy,
    complex=without_kernel("round_vml_cpu", ROUND_PARTS),
    rewrites={"decimals": lambda input, decimals: _rounded(input, decimals)},
    doc="""Rounded to the nearest integer, halves to even; `decimals` rounds floats to so many places behind the point,
    negative ones before it. The derivative is 0.

    Any shape. NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.round(t.tensor([0.5, 1.5, 2.6]))
    tensor([0., 2., 3.])
    """,
)  # fmt: skip


def _rounded(input, decimals: int):
    if not decimals:
        return round(input)
    if input.dtype.category < 2:
        raise NotImplementedError(
            f"\"round_cpu\" not implemented for '{type_word(input.dtype.numpy)}': integers have no decimals"
        )
    scale = 10.0 ** builtins.abs(decimals)
    return round(input * scale) / scale if decimals > 0 else round(input / scale) * scale


def _fraction(x):
    if x.dtype == bool:
        raise NotImplementedError("\"frac_cpu\" not implemented for 'Bool': booleans have no fraction")
    return x - numpy.trunc(x)


frac = elementwise(
    "frac(input)", forward=_fraction, promoted=("input",),
    complex=without_kernel("frac_cpu", ROUND_PARTS),
    input=lambda t: t,
    doc="""What lies behind the point, with the sign of input.

    Any shape. NotImplementedError for booleans and complex numbers.

    >>> import wengert as t
    >>> t.frac(t.tensor([-1.5, 2.25]))
    tensor([-0.5000,  0.2500])
    """,
)  # fmt: skip
