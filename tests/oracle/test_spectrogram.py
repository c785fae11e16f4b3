"""Short-time Fourier transforms in both libraries."""

import itertools
import warnings

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


def outcomes(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for library in (wengert, torch):
            try:
                yield call(library).resolve_conj().numpy()
            except Exception as error:
                yield type(error)


def agree(call, what):
    ours, theirs = outcomes(call)
    if isinstance(ours, type) or isinstance(theirs, type):
        assert ours is theirs, f"{what}: here {ours}, there {theirs}"
        return None
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, what
    tolerance = 1e-4 if ours.dtype.name in ("float32", "complex64") else 1e-12
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance, err_msg=str(what))
    return theirs


def forth(x, window, options):
    return agree(
        lambda library: library.stft(library.from_numpy(x), window=library.from_numpy(window), **options),
        ("stft", x.shape, x.dtype, options),
    )


def back(spectrum, window, options):
    agree(
        lambda library: library.istft(library.from_numpy(spectrum), window=library.from_numpy(window), **options),
        ("istft", spectrum.shape, spectrum.dtype, options),
    )


# PyTorch's transform of an empty batch is an error of the library that it calls; here it is an empty batch.
@pytest.mark.parametrize(
    "shape, dtype",
    [((30,), dtype) for dtype in ("float32", "float64", "complex64", "complex128", "int64")]
    + [(shape, "float64") for shape in ((2, 30), (2, 3, 30), (), (3,))],
)
def test_both_ways(shape, dtype):
    rng = np.random.default_rng(1)
    x = np.asarray(rng.standard_normal(shape)).astype(dtype)
    window = rng.uniform(0.5, 1, 6).astype(x.real.dtype)
    for n_fft, hop, win, center, mode, normalized, onesided, return_complex, align in itertools.product(
        (6, 9), (None, 2, 0), (None, 6), (True, False), ("reflect", "constant"), (True, False), (None, False, True),
        (None, True, False), (None, True),
    ):  # fmt: skip
        if (mode == "constant" and not center) or (align is not None and center and normalized):
            continue
        if align and (n_fft - (win or n_fft)) % 2:
            continue  # PyTorch reaches beyond its memory there, and says so
        given = {"n_fft": n_fft, "hop_length": hop, "win_length": win, "center": center, "normalized": normalized,
                 "onesided": onesided}  # fmt: skip
        there = given | {"pad_mode": mode, "return_complex": return_complex, "align_to_window": align}
        spectrum = forth(x, window, there)
        if spectrum is not None and align is None:
            for length, as_complex in ((None, False), (25, True), (None, True)):
                back(spectrum, window, given | {"length": length, "return_complex": as_complex})
