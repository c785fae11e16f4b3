"""Short-time Fourier transforms: the spectrum of windowed pieces of a signal, and the signal back from them."""

import warnings

import numpy

from ..core import Tensor
from . import arguments, creation, fft
from .complex_numbers import real, view_as_real
from .composite import composite
from .declaration import linear
from .padding import pad, zero_pad
from .shape import narrow, reshape, transpose

# ------------------------------------------------------------------------------------------------ pieces of a signal


def _frames(x, size, step):
    return numpy.lib.stride_tricks.sliding_window_view(x, size, -1)[..., ::step, :].copy()


def _overlap_add(x, length, step):
    """Pieces added up a stripe at a time: of stripes `step` wide, those of different pieces do not overlap."""
    count, size = x.shape[-2:]
    stripes = -(-size // step)
    out = numpy.zeros((*x.shape[:-2], max(count + stripes, -(-length // step)), step), x.dtype)
    for i in range(stripes):
        stripe = x[..., i * step : (i + 1) * step]
        out[..., i : i + count, : stripe.shape[-1]] += stripe
    return numpy.ascontiguousarray(out.reshape((*x.shape[:-2], -1))[..., :length])


frames = linear(
    "frames(input, size, step)", forward=_frames, batch="leading", method=False, public=False,
    input=lambda g, input_shape, size, step: overlap_add(g, input_shape[-1], step),
    doc="Pieces of `size` elements that begin `step` apart: (*, L) -> (*, (L - size) // step + 1, size).",
)  # fmt: skip
overlap_add = linear(
    "overlap_add(input, length, step)", forward=_overlap_add, batch="leading", method=False, public=False,
    input=lambda g, input_shape, length, step: frames(_first(g, _covered(input_shape, step)), input_shape[-1], step),
    doc="Pieces that begin `step` apart, added up: (*, count, size) -> (*, length). The transpose of `frames`.",
)  # fmt: skip


def _covered(shape, step: int) -> int:
    """How many elements the pieces reach over."""
    return (shape[-2] - 1) * step + shape[-1]


def _first(x: Tensor, count: int) -> Tensor:
    """The first elements of the last dimension; zeros where there are not so many."""
    length = x.shape[-1]
    if length == count:
        return x
    return narrow(x, -1, 0, count) if length > count else zero_pad(x, (0, count - length))


# ------------------------------------------------------------------------------------------------ arguments


def _called(name: str, input: Tensor, **arguments) -> str:
    """The beginning of a message: the call."""
    written = ", ".join([f"{key}={value}" for key, value in arguments.items()])
    return f"{name}({input.dtype}{list(input.shape)}, {written})"


def _padded_window(window, win_length: int, n_fft: int, input: Tensor):
    """The window with zeros on both sides up to n_fft; None if it is 1 everywhere."""
    if window is None and win_length == n_fft:
        return None
    if window is None:
        window = creation.ones(win_length, dtype=input.dtype.to_real())
    left = (n_fft - win_length) // 2
    return zero_pad(window, (left, n_fft - win_length - left)) if win_length < n_fft else window


# ------------------------------------------------------------------------------------------------ the transforms


@composite
def stft(
    input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect", normalized=False,
    onesided=None, return_complex=None, align_to_window=None,
):  # fmt: skip
    """The Fourier transforms of pieces of a signal: X[k, m] = sum_j window[j] input[m hop_length + j] exp(-2 pi i j k /
    n_fft).

    Args:
        input: a signal (L), or a batch of them (B, L), of floating or complex numbers.
        n_fft: the length of a piece.
        hop_length: how far apart pieces begin; n_fft // 4 unless given.
        win_length: the length of the window, in the middle of a piece; n_fft unless given.
        window: (win_length); 1 everywhere unless given.
        center: whether piece m has its middle, rather than its beginning, at m hop_length; the signal is continued by
            n_fft // 2 at both ends for that, as `pad_mode` says ("reflect", "constant", "replicate", "circular").
        normalized: whether to scale by 1 / sqrt(n_fft).
        onesided: whether to keep the frequencies 0 to n_fft / 2 only; so for real signals and windows unless given.
        return_complex: must be given for real signals. False returns real and imaginary parts along a last dimension.
        align_to_window: without `center`, whether the first window, rather than the first piece, begins at 0.

    Returns:
        (N, T) or (B, N, T): N frequencies (n_fft // 2 + 1 if one-sided, else n_fft) of T pieces.

    Raises:
        RuntimeError: another shape or type of the input, n_fft beyond its length, a hop that is not positive, a window
            that does not fit, one-sided output of complex numbers, a real signal without `return_complex`.

    >>> import wengert as t
    >>> t.stft(t.arange(8.0), 4, hop_length=4, window=t.ones(4), center=False, return_complex=True)
    tensor([[ 6.+0.j, 22.+0.j],
            [-2.+2.j, -2.+2.j],
            [-2.+0.j, -2.+0.j]])
    """
    input = arguments.tensor("stft", "input", 1, input)
    n_fft = arguments.integer("stft", "n_fft", 2, n_fft)
    window = None if window is None else arguments.tensor("stft", "window", 5, window)
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false: pieces are aligned already")
    if center:
        ndim = len(input.shape)
        extended = reshape(input, (*(1,) * (3 - ndim), *input.shape)) if ndim < 3 else input
        extended = pad(extended, (n_fft // 2, n_fft // 2), pad_mode)
        input = reshape(extended, tuple(extended.shape)[len(extended.shape) - ndim :]) if ndim else extended
    hop_length = n_fft // 4 if hop_length is None else arguments.integer("stft", "hop_length", 3, hop_length)
    win_length = n_fft if win_length is None else arguments.integer("stft", "win_length", 4, win_length)
    _check_stft(input, n_fft, hop_length, win_length, window)
    complex_ = input.dtype.is_complex or (window is not None and window.dtype.is_complex)
    if return_complex is None and not complex_:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs: give return_complex=True"
        )
    if onesided and complex_:
        raise RuntimeError("Cannot have onesided output if window or input is complex: give onesided=False")
    if align_to_window:
        left = (n_fft - win_length) // 2
        input = zero_pad(input, (left, n_fft - win_length - left))
    pieces = frames(input, n_fft, hop_length)  # (*, L) -> (*, T, n_fft)
    padded = _padded_window(window, win_length, n_fft, input)
    if padded is not None:
        pieces = pieces * padded
    halved = not complex_ if onesided is None else onesided
    spectrum = (fft.rfft if halved else fft.fft)(pieces, norm="ortho" if normalized else "backward")
    out = transpose(spectrum, -1, -2)
    if return_complex is False:
        return view_as_real(out.contiguous())
    return out


def _check_stft(input: Tensor, n_fft: int, hop_length: int, win_length: int, window) -> None:
    call = None
    if input.dtype.category < 2:
        call = "expected a tensor of floating point or complex values"
    elif not 1 <= len(input.shape) <= 2:
        call = "expected a 1D or 2D tensor"
    elif not 0 < n_fft <= input.shape[-1]:
        call = f"expected 0 < n_fft < {input.shape[-1]}, but got n_fft={n_fft}"
    elif hop_length <= 0:
        call = f"expected hop_length > 0, but got hop_length={hop_length}"
    elif not 0 < win_length <= n_fft:
        call = f"expected 0 < win_length <= n_fft, but got win_length={win_length}"
    elif window is not None:
        if tuple(window.shape) != (win_length,):
            call = (
                f"expected a 1D window tensor of size equal to win_length={win_length}, but got window with size "
                f"{list(window.shape)}"
            )
    if call is not None:
        asked = _called("stft", input, n_fft=n_fft, hop_length=hop_length, win_length=win_length)
        raise RuntimeError(f"{asked} : {call}")


@composite
def istft(
    input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None,
    length=None, return_complex=False,
):  # fmt: skip
    """The signal whose `stft` is nearest to the input: windowed pieces added up, over the sum of the squared windows.

    Least squares in the sense of D. W. Griffin and J. S. Lim, "Signal estimation from modified short-time Fourier
    transform" (IEEE Trans. ASSP 32(2), 1984), equation 6.

    Args:
        input: what `stft` returned, complex: (N, T) or (B, N, T).
        n_fft, hop_length, win_length, window, center, normalized: as they were given to `stft`.
        onesided: whether N is n_fft // 2 + 1; so unless it is n_fft.
        length: how long the signal was; what `center` added is cut off at both ends unless given.
        return_complex: whether the signal is complex; then the input has all frequencies.

    Raises:
        RuntimeError: a real or empty input, another number of frequencies than n_fft means, a hop or window that does
            not fit, places that no window reaches.

    >>> import wengert as t
    >>> x = t.arange(8.0)
    >>> y = t.stft(x, 4, hop_length=2, window=t.ones(4), return_complex=True)
    >>> t.istft(y, 4, hop_length=2, window=t.ones(4)).round()
    tensor([0., 1., 2., 3., 4., 5., 6., 7.])
    """
    input = arguments.tensor("istft", "input", 1, input)
    n_fft = arguments.integer("istft", "n_fft", 2, n_fft)
    window = None if window is None else arguments.tensor("istft", "window", 5, window)
    hop_length = n_fft // 4 if hop_length is None else arguments.integer("istft", "hop_length", 3, hop_length)
    win_length = n_fft if win_length is None else arguments.integer("istft", "win_length", 4, win_length)
    onesided = _check_istft(input, n_fft, hop_length, win_length, window, onesided, return_complex)
    norm = "ortho" if normalized else "backward"
    spectrum = transpose(input, -1, -2)  # (*, N, T) -> (*, T, N)
    if return_complex:
        pieces = fft.ifft(spectrum, norm=norm)
    else:
        pieces = fft.irfft(spectrum if onesided else narrow(spectrum, -1, 0, n_fft // 2 + 1), n_fft, norm=norm)
    window = _padded_window(window, win_length, n_fft, pieces)
    count = pieces.shape[-2]
    whole = n_fft + hop_length * (count - 1)
    squared = creation.ones(n_fft, dtype=pieces.dtype) if window is None else window * window
    if not return_complex:
        squared = real(squared)
    signal = overlap_add(pieces if window is None else pieces * window, whole, hop_length)
    envelope = overlap_add(squared.reshape(1, n_fft).expand(count, n_fft), whole, hop_length)
    start = n_fft // 2 if center else 0
    if length is not None:
        stop = start + arguments.integer("istft", "length", 9, length)
    else:
        stop = whole - n_fft // 2 if center else whole
    reached = max(min(stop, whole) - start, 0)
    signal, envelope = narrow(signal, -1, start, reached), narrow(envelope, -1, start, reached)
    # The array behind a batch of `vmap` has all of its entries.
    if not reached or numpy.abs(envelope.array).min(initial=1.0) < 1e-11:
        asked = _called("istft", input, n_fft=n_fft, hop_length=hop_length, win_length=win_length, center=center)
        raise RuntimeError(
            f"{asked} window overlap add min: 1: the windows leave places of the signal out, so that it is not known"
        )
    signal = signal / envelope
    if stop > whole:
        warnings.warn(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. "
            "Please check your center and hop_length settings.",
            UserWarning,
            stacklevel=2,
        )
        signal = zero_pad(signal, (0, stop - whole))
    return signal


def _check_istft(input: Tensor, n_fft: int, hop_length: int, win_length: int, window, onesided, return_complex) -> bool:
    """Whether the input is one-sided."""
    if not input.dtype.is_complex:
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True: "
            f"this one is {input.dtype}"
        )
    if len(input.shape) < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [-2, 1], but got -3): istft of an input of shape "
            f"{list(input.shape)}; it has a frequency and a time dimension"
        )
    frequencies = input.shape[-2]
    halved = frequencies != n_fft if onesided is None else bool(onesided)
    wanted = n_fft // 2 + 1 if halved else n_fft
    call = None
    if not input.numel():
        call = "input tensor cannot be empty."
    elif len(input.shape) > 3:
        call = f"expected a tensor with 3 or 4 dimensions, but got {len(input.shape) + 1}"
    elif frequencies != wanted:
        means = "n_fft / 2 + 1 when onesided=True" if halved else "n_fft when onesided=False"
        call = (
            f"expected the frequency dimension (3rd to the last) of the input tensor to match {means}, but got "
            f"{frequencies}"
        )
    elif not 0 < hop_length <= win_length:
        call = "expected 0 < hop_length <= win_length"
    elif not 0 < win_length <= n_fft:
        call = "expected 0 < win_length <= n_fft"
    elif window is not None:
        if tuple(window.shape) != (win_length,):
            call = f"Invalid window shape. window has to be 1D and length of `win_length`, not {list(window.shape)}"
    if call is not None:
        asked = _called("istft", input, n_fft=n_fft, hop_length=hop_length, win_length=win_length, onesided=onesided)
        raise RuntimeError(f"{asked} : {call}")
    if return_complex and halved:
        raise RuntimeError("Cannot have onesided output if window or input is complex: the input needs all frequencies")
    if not return_complex and window is not None and window.dtype.is_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    return halved
