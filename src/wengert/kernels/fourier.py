"""One-dimensional Fourier transforms of arrays, by the loops of NumPy's pocketfft.

Design
  A. NumPy's functions spend more time on their arguments than a short transform takes: of 8 numbers two thirds of the
     whole. Their inner loops, which are ufuncs, are called here directly.
  B. The module that holds the loops is NumPy's own business. Where it is missing or different, its public functions
     serve; `LOOPS` says which it is, and tests/kernels/test_fourier.py compares both.

Domain: float32, float64, complex64, complex128; any shape with at least one element along `dim`, any strides. NaN and
infinity spoil their own transform only. Errors are of the order of eps log(n), relative to the largest number. Only the
result is allocated.
"""

import numpy

try:
    from numpy.fft import _pocketfft_umath as LOOPS

    _FORWARD, _INVERSE, _OF_EVEN, _OF_ODD, _TO_REAL = [
        getattr(LOOPS, name) for name in ("fft", "ifft", "rfft_n_even", "rfft_n_odd", "irfft")
    ]
    if not all([isinstance(loop, numpy.ufunc) and loop.nin == 2 for loop in (_FORWARD, _INVERSE, _OF_EVEN, _TO_REAL)]):
        LOOPS = None
except (ImportError, AttributeError):
    LOOPS = None

_COMPLEX = {
    numpy.dtype(numpy.float32): numpy.dtype(numpy.complex64), numpy.dtype(numpy.float64): numpy.dtype(numpy.complex128),
    numpy.dtype(numpy.complex64): numpy.dtype(numpy.complex64),
    numpy.dtype(numpy.complex128): numpy.dtype(numpy.complex128),
}  # fmt: skip
_REAL = {made: real for real, made in _COMPLEX.items() if real.kind == "f"}
_SWAPPED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _scale(norm: str, n: int, inverse: bool) -> float:
    if norm == "ortho":
        return n**-0.5
    return 1.0 / n if (norm == "forward") != inverse else 1.0


def _run(loop, x, scale: float, dim: int, n: int, dtype):
    out = numpy.empty((*x.shape[:dim], n, *x.shape[dim + 1 :]), dtype)
    if dim == x.ndim - 1:
        return loop(x, scale, out=out)
    return loop(x, scale, axes=[(dim,), (), (dim,)], out=out)


def transform(x, dim: int, norm: str, inverse: bool):
    """The whole spectrum along `dim`; of real numbers too."""
    if x.dtype.kind != "c":
        return _whole(half(x, dim, norm, inverse), x.shape[dim], dim)
    if LOOPS is None:
        return (numpy.fft.ifft if inverse else numpy.fft.fft)(x, axis=dim, norm=norm)
    n = x.shape[dim]
    return _run(_INVERSE if inverse else _FORWARD, x, _scale(norm, n, inverse), dim, n, x.dtype)


def _whole(known, n: int, dim: int):
    """The spectrum of real numbers: the half that is not known is the conjugate of the other, in reverse order."""
    before = (slice(None),) * dim
    out = numpy.empty((*known.shape[:dim], n, *known.shape[dim + 1 :]), known.dtype)
    count = n // 2 + 1
    out[(*before, slice(count))] = known
    if n > count:
        numpy.conjugate(known[(*before, slice(n - count, 0, -1))], out=out[(*before, slice(count, None))])
    return out


def half(x, dim: int, norm: str, inverse: bool = False):
    """The frequencies 0 to n/2 of real numbers along `dim`."""
    n = x.shape[dim]
    if LOOPS is None:
        out = numpy.fft.rfft(x, axis=dim, norm=_SWAPPED[norm] if inverse else norm)
    else:
        out = _run(_OF_ODD if n % 2 else _OF_EVEN, x, _scale(norm, n, inverse), dim, n // 2 + 1, _COMPLEX[x.dtype])
    return numpy.conjugate(out, out=out) if inverse else out


def of_half(x, dim: int, n: int, norm: str):
    """The n real numbers along `dim` whose frequencies 0 to n/2 are given."""
    if LOOPS is None:
        return numpy.fft.irfft(x, n, axis=dim, norm=norm)
    kind = _COMPLEX[x.dtype]
    return _run(_TO_REAL, x.astype(kind, copy=False), _scale(norm, n, True), dim, n, _REAL[kind])
