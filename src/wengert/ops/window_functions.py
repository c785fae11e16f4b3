"""The windows of signal processing: weights of N points that fall towards both ends.

F. J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", Proceedings of the IEEE
66(1), 1978, https://doi.org/10.1109/PROC.1978.10837.
"""

import numpy

from ..core import dtypes
from ..core.errors import type_word
from ..core.registry import register_function
from . import arguments
from .creation import array_dtype, check_options, finished


def _window(name: str, window_length, periodic, values, dtype, layout, device, requires_grad):
    """A window: `values(n, N)` are its values at the points n of N, where N is at least 2."""
    length = arguments.integer(name, "window_length", 1, window_length)
    check_options(name, device, layout, requires_grad)
    chosen = array_dtype(dtype)
    if chosen.kind == "c":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{type_word(chosen)}': {name} is real")
    if not dtypes.from_numpy(chosen).is_floating_point:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {dtypes.from_numpy(chosen)!r}")
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    # A periodic window is one of a point more without its last.
    points = length + 1 if periodic else length
    array = numpy.ones(length) if length < 2 else values(numpy.arange(length), points)
    return finished(name, array.astype(chosen), None, requires_grad)


def _cosine(n, N, times=1):
    return numpy.cos(2 * numpy.pi * times * n / (N - 1))


def _semicircle(n, N):
    return numpy.sqrt(numpy.maximum(1 - (2 * n / (N - 1) - 1) ** 2, 0))


@register_function
def bartlett_window(
    window_length, periodic=True, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):  # fmt: skip
    """Bartlett's window, a triangle: w[n] = 1 - |2 n / (N - 1) - 1| for n = 0, ..., N - 1.

    Args:
        window_length: N; if `periodic`, N - 1, and the last point is left out, as Fourier transforms have it.

    Raises:
        RuntimeError: a negative length, a dtype that is not floating.

    >>> import wengert as t
    >>> t.bartlett_window(5, periodic=False)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _window(
        "bartlett_window", window_length, periodic, lambda n, N: 1 - abs(2 * n / (N - 1) - 1),
        dtype, layout, device, requires_grad,
    )  # fmt: skip


@register_function
def hann_window(
    window_length, periodic=True, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):  # fmt: skip
    """Hann's window: w[n] = (1 - cos(2 pi n / (N - 1))) / 2 for n = 0, ..., N - 1.

    Args:
        window_length: N; if `periodic`, N - 1, and the last point is left out, as Fourier transforms have it.

    Raises:
        RuntimeError: a negative length, a dtype that is not floating.

    >>> import wengert as t
    >>> t.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _window(
        "hann_window", window_length, periodic, lambda n, N: 0.5 - 0.5 * _cosine(n, N),
        dtype, layout, device, requires_grad,
    )  # fmt: skip


@register_function
def hamming_window(
    window_length, periodic=True, alpha=0.54, beta=0.46, *, dtype=None, layout=None, device=None, requires_grad=False,
    pin_memory=False,
):  # fmt: skip
    """Hamming's window: w[n] = alpha - beta cos(2 pi n / (N - 1)) for n = 0, ..., N - 1.

    Args:
        window_length: N; if `periodic`, N - 1, and the last point is left out, as Fourier transforms have it.
        alpha, beta: the formula's.

    Raises:
        RuntimeError: a negative length, a dtype that is not floating.

    >>> import wengert as t
    >>> t.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    return _window(
        "hamming_window", window_length, periodic, lambda n, N: alpha - beta * _cosine(n, N),
        dtype, layout, device, requires_grad,
    )  # fmt: skip


@register_function
def blackman_window(
    window_length, periodic=True, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):  # fmt: skip
    """Blackman's window: w[n] = 0.42 - 0.5 cos(2 pi n / (N - 1)) + 0.08 cos(4 pi n / (N - 1)) for n = 0, ..., N - 1.

    Args:
        window_length: N; if `periodic`, N - 1, and the last point is left out, as Fourier transforms have it.

    Raises:
        RuntimeError: a negative length, a dtype that is not floating.

    >>> import wengert as t
    >>> t.blackman_window(4)[1:]
    tensor([0.3400, 1.0000, 0.3400])
    """
    return _window(
        "blackman_window", window_length, periodic, lambda n, N: 0.42 - 0.5 * _cosine(n, N) + 0.08 * _cosine(n, N, 2),
        dtype, layout, device, requires_grad,
    )  # fmt: skip


@register_function
def kaiser_window(
    window_length, periodic=True, beta=12.0, *, dtype=None, layout=None, device=None, requires_grad=False,
    pin_memory=False,
):  # fmt: skip
    """Kaiser's window: w[n] = I0(beta sqrt(1 - (2 n / (N - 1) - 1)^2)) / I0(beta) for n = 0, ..., N - 1, I0 being the
    modified Bessel function.

    Args:
        window_length: N; if `periodic`, N - 1, and the last point is left out, as Fourier transforms have it.
        beta: how narrow it is.

    Raises:
        RuntimeError: a negative length, a dtype that is not floating.

    >>> import wengert as t
    >>> t.kaiser_window(4, beta=5.0)
    tensor([0.0367, 0.5529, 1.0000, 0.5529])
    """
    return _window(
        "kaiser_window", window_length, periodic, lambda n, N: numpy.i0(beta * _semicircle(n, N)) / numpy.i0(beta),
        dtype, layout, device, requires_grad,
    )  # fmt: skip
