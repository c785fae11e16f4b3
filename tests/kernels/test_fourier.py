"""The transforms by NumPy's loops and by its public functions."""

import numpy as np
import pytest

from wengert.kernels import fourier


def drawn(shape, dtype):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def test_the_loops_are_found():
    assert fourier.LOOPS is not None


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("n", [1, 2, 5, 8, 13])
def test_both_ways(monkeypatch, dtype, norm, dim, n):
    x = drawn((3, n) if dim else (n, 3), dtype)
    calls = [lambda: fourier.transform(x, dim, norm, False), lambda: fourier.transform(x, dim, norm, True)]
    if x.dtype.kind == "f":
        calls += [lambda: fourier.half(x, dim, norm), lambda: fourier.half(x, dim, norm, True)]
    calls += [lambda: fourier.of_half(x, dim, 2 * n - 1, norm)]
    if n > 1:
        calls += [lambda: fourier.of_half(x, dim, 2 * n - 2, norm)]
    for call in calls:
        by_loops = call()
        with monkeypatch.context() as patch:
            patch.setattr(fourier, "LOOPS", None)
            by_functions = call()
        assert by_loops.dtype == by_functions.dtype
        tolerance = 1e-13 if by_loops.real.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(by_loops, by_functions, rtol=tolerance, atol=tolerance * 10)


@pytest.mark.parametrize(
    "arrange", [np.asfortranarray, lambda x: x[::-1, ::-1], lambda x: np.broadcast_to(x[:1], x.shape)]
)
def test_any_memory(arrange):
    x = arrange(drawn((4, 6), "complex128"))
    for dim in (0, 1):
        np.testing.assert_allclose(fourier.transform(x, dim, "ortho", False), np.fft.fft(x, axis=dim, norm="ortho"))
