"""Parts of complex numbers. Gradients of complex tensors follow PyTorch: dL/dRe + i dL/dIm."""

import numpy

from ..core import Tensor, bind_method, dtypes
from .composite import composite
from .declaration import linear


def _real(x):
    return x.real if x.dtype.kind == "c" else x[...]


real_part = linear(
    "real_part(input)", forward=_real, view=True, batch="any", method=False, public=False, node_name="RealBackward0",
    input=lambda g: g,
    doc="The real part.",
)  # fmt: skip
imag_part = linear(
    "imag_part(input)", forward=lambda x: x.imag, view=True, batch="any", method=False, public=False,
    node_name="ImagBackward0",
    input=lambda g: g * 1j,
    doc="The imaginary part.",
)  # fmt: skip


@composite(method=False, numpy_functions=(numpy.real,))
def real(input):
    """The real part, a view; real tensors as they are."""
    return real_part(input) if input.dtype.is_complex else input


@composite(method=False, numpy_functions=(numpy.imag,))
def imag(input):
    """The imaginary part, a view; RuntimeError for real tensors."""
    if not input.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return imag_part(input)


@composite(method=False)
def complex(real, imag):
    """real + i imag, of two tensors of the same floating type."""
    if real.dtype is not imag.dtype or real.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {real.dtype.name} and {imag.dtype.name}"
        )
    return real + imag * 1j


@composite
def is_complex(input):
    """Whether the dtype is complex."""
    return input.dtype.is_complex


@composite
def is_floating_point(input):
    """Whether the dtype is floating."""
    return input.dtype.is_floating_point


bind_method("real", property(real, doc=real.__doc__))
bind_method("imag", property(imag, doc=imag.__doc__))
bind_method("is_signed", lambda self: self.dtype.is_signed)


def gradient_in(g: Tensor, type_number: int) -> Tensor:
    """A gradient in the type of its input, named by NumPy's number; of a complex one for a real input, the real
    part."""
    from .shape import cast

    target = _by_number[type_number]
    if g.dtype.is_complex and not target.is_complex:
        g = real_part(g)
    return g if g.dtype is target else cast(g, target)


_by_number = {entry.numpy.num: entry for entry in dtypes.ALL}
