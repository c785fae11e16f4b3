"""Fourier transforms: the extension `fft`."""

from ...core import registry
from .types import check_device, checked_dtype

__all__ = [
    "fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft",
    "rfftfreq", "rfftn",
]  # fmt: skip


def _operation(name: str):
    return registry.namespace_called("fft")[name]


def _along_one(name: str):
    def function(x, /, *, n=None, axis=-1, norm="backward"):
        return _operation(name)(x, n, axis, norm)

    return _named(function, name)


def _along_several(name: str):
    def function(x, /, *, s=None, axes=None, norm="backward"):
        if s is not None and axes is None:
            axes = tuple(range(x.ndim - len(s), x.ndim))
        return _operation(name)(x, s, axes, norm)

    return _named(function, name)


def _named(function, name: str):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"wengert.fft.{name}."
    return function


fft = _along_one("fft")
ifft = _along_one("ifft")
rfft = _along_one("rfft")
irfft = _along_one("irfft")
hfft = _along_one("hfft")
ihfft = _along_one("ihfft")
fftn = _along_several("fftn")
ifftn = _along_several("ifftn")
rfftn = _along_several("rfftn")
irfftn = _along_several("irfftn")


def fftfreq(n, /, *, d=1.0, dtype=None, device=None):
    check_device(device)
    return _operation("fftfreq")(n, d, dtype=checked_dtype(dtype))


def rfftfreq(n, /, *, d=1.0, dtype=None, device=None):
    check_device(device)
    return _operation("rfftfreq")(n, d, dtype=checked_dtype(dtype))


def fftshift(x, /, *, axes=None):
    return _operation("fftshift")(x, axes)


def ifftshift(x, /, *, axes=None):
    return _operation("ifftshift")(x, axes)
