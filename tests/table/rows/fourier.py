"""Fourier transforms. The references are sums, by the matrix of the transform, or NumPy's functions."""

import numpy as np

from ..composites import row
from ..gaps import REAL_ONLY
from ..values import R


def _scale(norm, n: int, inverse: bool) -> float:
    if norm == "ortho":
        return n**-0.5
    return 1.0 / n if (norm == "forward") != inverse else 1.0


def dft(x, dim=-1, norm=None, inverse=False):
    """The transform along one dimension, by its matrix."""
    n = x.shape[dim]
    angles = 2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n
    matrix = np.exp(angles if inverse else -angles) * _scale(norm, n, inverse)
    return np.moveaxis(np.tensordot(matrix, x, (1, dim)), 0, dim)


def fitted(x, dim: int, n: int):
    """Cut or filled up with zeros to length n."""
    x = np.moveaxis(x, dim, -1)[..., :n]
    x = np.concatenate([x, np.zeros((*x.shape[:-1], n - x.shape[-1]), x.dtype)], -1)
    return np.moveaxis(x, -1, dim)


def whole(x, n, dim, norm, inverse):
    return dft(fitted(x, dim, x.shape[dim] if n is None else n), dim, norm, inverse)


def half(x, n, dim, norm, inverse):
    n = x.shape[dim] if n is None else n
    return np.take(dft(fitted(x, dim, n), dim, norm, inverse), np.arange(n // 2 + 1), dim)


def from_half(x, n, dim, norm, inverse):
    n = 2 * (x.shape[dim] - 1) if n is None else n
    x = np.moveaxis(fitted(x, dim, n // 2 + 1), dim, -1).astype(complex)
    x[..., 0].imag = 0
    if n % 2 == 0:
        x[..., -1].imag = 0
    mirrored = np.conj(x[..., n - n // 2 - 1 : 0 : -1])
    return np.moveaxis(dft(np.concatenate([x, mirrored], -1), -1, norm, inverse).real, -1, dim)


ALONG_ONE = (
    (None, -1, "backward"), (None, 0, "forward"), (None, -2, "ortho"), (3, 1, None), (7, -1, "forward"),
    (6, 1, "ortho"), (1, 0, "forward"), (2, 0, None),
)  # fmt: skip
for name, function, inverse, real_only in (
    ("fft", whole, False, False), ("ifft", whole, True, False), ("rfft", half, False, True),
    ("ihfft", half, True, True), ("irfft", from_half, True, False), ("hfft", from_half, False, False),
):  # fmt: skip
    row(
        f"fft.{name}",
        [R(4, 5)],
        lambda x, n=None, dim=-1, norm=None, f=function, i=inverse: f(x, n, dim, norm, i),
        (),
        *ALONG_ONE,
        real_only=real_only,
    )


def several(last, inverse):
    """A transform of several dimensions: `last` along the last of them, `whole` along the others, before or after."""

    def reference(x, s=None, dim=None, norm=None):
        if dim is None:
            dim = tuple(range(0 if s is None else x.ndim - len(s), x.ndim))
        s = (None,) * len(dim) if s is None else tuple([None if n == -1 else n for n in s])
        if last is not from_half:
            x = last(x, s[-1], dim[-1], norm, inverse)
        for n, d in zip(s[:-1], dim[:-1], strict=True):
            x = whole(x, n, d, norm, inverse)
        return from_half(x, s[-1], dim[-1], norm, inverse) if last is from_half else x

    return reference


OVER_SEVERAL = (
    (None, (0, 2), "ortho"), ((4, 3), (-1, 0), "forward"), ((-1, 5), None, None), ((2, 4), (1, 2), "backward"),
    (None, (1,), "forward"),
)  # fmt: skip
for name, last, inverse, real_only in (
    ("fft", whole, False, False), ("ifft", whole, True, False), ("rfft", half, False, True),
    ("ihfft", half, True, True), ("irfft", from_half, True, False), ("hfft", from_half, False, False),
):  # fmt: skip
    reference = several(last, inverse)
    row(
        f"fft.{name}n",
        [R(2, 3, 3)],
        reference,
        (),
        *OVER_SEVERAL,
        real_only=real_only,
    )
    row(
        f"fft.{name}2",
        [R(2, 3, 4)],
        lambda x, s=None, dim=(-2, -1), norm=None, f=reference: f(x, s, dim, norm),
        (),
        ((3, 4),),
        (None, (0, -1), "ortho"),
        ((3, 2), (2, 1), "forward"),
        real_only=real_only,
    )

row("fft.fftshift", [R(4, 5)], np.fft.fftshift, (), (0,), (-1,), ((0, -1),))
row("fft.ifftshift", [R(4, 5)], np.fft.ifftshift, (), (0,), (-1,), ((0, -1),))
row("fft.fftshift", [R(0, 3)], np.fft.fftshift, (), (1,))

# The declared operations. PyTorch has them as _fft_c2c and its like, with the norm as a number.
row("fourier_transform", [R(3, 4)], lambda x, dim, norm, inverse: whole(x, None, dim[0], norm, inverse),
    ((0,), "backward", False), ((1,), "forward", True), ((1,), "ortho", False))  # fmt: skip
row("fourier_transform", [R(2, 3, 2)], lambda x, dim, norm, inverse: (np.fft.ifftn if inverse else np.fft.fftn)(
    x, axes=dim, norm=norm), ((0, 1), "backward", True), ((1, 2), "ortho", False))  # fmt: skip
REAL_ONLY["half_spectrum"] = "the half that is kept determines the other only if the input is real"
row("half_spectrum", [R(3, 4)], lambda x, dim, norm: np.fft.rfft(x.real, axis=dim, norm=norm),
    (0, "backward"), (1, "forward"), (1, "ortho"))  # fmt: skip
row("of_half_spectrum", [R(3, 4)], lambda x, dim, n, norm: np.fft.irfft(x, n, dim, norm),
    (0, 4, "backward"), (0, 5, "forward"), (1, 7, "ortho"), (1, 6, "backward"))  # fmt: skip

# ------------------------------------------------------------------------------------------------ short-time transforms


def pieces(x, size, step):
    return np.stack([x[..., i : i + size] for i in range(0, x.shape[-1] - size + 1, step)], -2)


def added(x, length, step):
    out = np.zeros((*x.shape[:-2], length), x.dtype)
    for i in range(x.shape[-2]):
        for j in range(x.shape[-1]):
            if i * step + j < length:
                out[..., i * step + j] += x[..., i, j]
    return out


row("frames", [R(2, 7)], pieces, (3, 2), (3, 1), (2, 3), (7, 1))
row("overlap_add", [R(2, 3, 4)], added, (8, 2), (6, 1), (10, 3), (12, 5), (7, 2), (9, 2))


def stft(x, n_fft, hop, win_length, center, mode, normalized, onesided, _):
    """With a rectangular window."""
    if center:
        x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(n_fft // 2,) * 2], mode)
    left = (n_fft - win_length) // 2
    window = np.pad(np.ones(win_length), (left, n_fft - win_length - left))
    out = np.swapaxes(dft(pieces(x, n_fft, hop) * window, norm="ortho" if normalized else None), -1, -2)
    return out[..., : n_fft // 2 + 1, :] if onesided else out


def istft(x, n_fft, hop, win_length, center, normalized, length):
    left = (n_fft - win_length) // 2
    window = np.pad(np.ones(win_length), (left, n_fft - win_length - left))
    parts = from_half(np.swapaxes(x, -1, -2), n_fft, -1, "ortho" if normalized else None, True) * window
    whole_length = n_fft + hop * (x.shape[-1] - 1)
    total = added(parts, whole_length, hop)
    weight = added(np.broadcast_to(window**2, parts.shape[-2:]), whole_length, hop)
    start = n_fft // 2 if center else 0
    stop = start + length if length is not None else whole_length - start
    return total[..., start:stop] / weight[start:stop]


def named(*names):
    return lambda *values: dict(zip(names, values, strict=True))


def with_window(x, **keywords):
    """PyTorch's, which warns where there is no window."""
    return x.stft(window=x.detach().new_ones(keywords["win_length"]), **keywords)


call = named("n_fft", "hop_length", "win_length", "center", "pad_mode", "normalized", "onesided", "return_complex")
row("stft", [R(2, 9)], stft, call(4, 2, 4, True, "reflect", False, True, True),
    call(5, 1, 3, True, "constant", True, False, True), real_only=True, spelled=with_window)  # fmt: skip
row("stft", [R(9)], stft, call(4, 3, 3, False, "reflect", True, True, True),
    call(6, 2, 6, True, "reflect", False, False, True), real_only=True, spelled=with_window)  # fmt: skip
call = named("n_fft", "hop_length", "win_length", "center", "normalized", "length")
# The input is complex; real numbers become so first.
without = ("value", "layouts", "forms", "gradient", "gradient form", "second", "forward", "vmap")
row("istft", [R(2, 3, 4)], istft, call(4, 2, 4, True, False, None), call(4, 1, 3, True, True, 3), without=without,
    spelled=None)  # fmt: skip
row("istft", [R(4, 4)], istft, call(6, 2, 6, False, True, None), call(7, 1, 7, True, False, 5), without=without,
    spelled=None)  # fmt: skip
