"""Fourier transforms: what they refuse, types, empty and unusual inputs, and NumPy's spelling."""

import numpy as np
import pytest

import wengert as torch

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn")
TWO = ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2")
X = torch.arange(24.0).reshape(4, 6)


def transform(name):
    return getattr(torch.fft, name)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ({"n": 0}, RuntimeError, r"Invalid number of data points \(0\) specified"),
        ({"n": -1}, RuntimeError, r"Invalid number of data points \(-1\) specified"),
        ({"n": 2.5}, TypeError, "argument 'n' .position 2. must be int, not float"),
        ({"n": True}, TypeError, "argument 'n' .position 2. must be int, not bool"),
        ({"dim": 2}, IndexError, r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)"),
        ({"dim": -3}, IndexError, "Dimension out of range"),
        ({"dim": (0, 1)}, TypeError, "argument 'dim' .position 3. must be int, not tuple"),
        ({"dim": None}, TypeError, "argument 'dim' .position 3. must be int, not NoneType"),
        ({"norm": "unitary"}, RuntimeError, 'Invalid normalization mode: "unitary"'),
        ({"norm": 1}, TypeError, "argument 'norm' must be str, not int"),
    ],
)
def test_bad_arguments_of_one_dimension(name, arguments, error, words):
    with pytest.raises(error, match=words):
        transform(name)(X, **arguments)


@pytest.mark.parametrize("name", ONE)
def test_bad_inputs(name):
    with pytest.raises(TypeError, match=f"fft_{name}.*must be Tensor, not list"):
        transform(name)([1.0, 2.0])
    with pytest.raises(IndexError, match="Dimension specified as -1 but tensor has no dimensions"):
        transform(name)(torch.tensor(1.0))
    with pytest.raises(RuntimeError, match="Unsupported dtype Half"):
        transform(name)(X.half())
    with pytest.raises(RuntimeError, match="Invalid number of data points"):
        transform(name)(torch.zeros(3, 0))


@pytest.mark.parametrize("name", ["rfft", "ihfft", "rfft2", "ihfft2", "rfftn", "ihfftn"])
def test_complex_input_of_a_real_transform(name):
    with pytest.raises(RuntimeError, match="ComplexFloat"):
        transform(name)(X.to(torch.complex64))


@pytest.mark.parametrize("name", SEVERAL + TWO)
@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ({"s": (0, 3), "dim": (0, 1)}, RuntimeError, r"Invalid number of data points \(0\) specified"),
        ({"s": (-2, 3), "dim": (0, 1)}, RuntimeError, r"Invalid number of data points \(-2\) specified"),
        ({"s": (3,), "dim": (0, 1)}, RuntimeError, "dim and shape arguments must have the same length"),
        ({"s": (3, 2, 2), "dim": (0, 1)}, RuntimeError, "dim and shape arguments must have the same length"),
        ({"s": (3, 2.5), "dim": (0, 1)}, TypeError, "tuple of ints, but found element of type float"),
        ({"s": "ab", "dim": (0, 1)}, TypeError, "must be tuple of ints, not str"),
        ({"dim": (0, 0)}, RuntimeError, "FFT dims must be unique"),
        ({"dim": (1, -1)}, RuntimeError, "FFT dims must be unique"),
        ({"dim": (0, 5)}, IndexError, "Dimension out of range"),
        ({"norm": "unitary"}, RuntimeError, 'Invalid normalization mode: "unitary"'),
    ],
)
def test_bad_arguments_of_several_dimensions(name, arguments, error, words):
    with pytest.raises(error, match=words):
        transform(name)(X, **arguments)


@pytest.mark.parametrize("name", SEVERAL)
def test_more_lengths_than_dimensions(name):
    with pytest.raises(RuntimeError, match="Got shape with 3 values but input tensor only has 2 dimensions"):
        transform(name)(X, s=(2, 2, 2))


@pytest.mark.parametrize("name", ["rfftn", "irfftn", "hfftn", "ihfftn"])
def test_transforms_to_or_from_half_need_a_dimension(name):
    with pytest.raises(RuntimeError, match=f"{name} must transform at least one axis"):
        transform(name)(torch.tensor(1.0))


def test_a_transform_over_no_dimension_is_a_copy():
    x = torch.tensor(2.0)
    assert torch.fft.fftn(x).dtype is torch.complex64
    z = torch.ones(3, dtype=torch.complex64)
    y = torch.fft.ifftn(z, dim=())
    y.mul_(2)
    assert z[0] == 1


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize(
    "dtype, single", [("bool", True), ("uint8", True), ("int64", True), ("float32", True), ("float64", False)]
)
def test_precision(name, dtype, single):
    out = transform(name)(torch.ones(2, 4).to(getattr(torch, dtype)))
    real = name in ("irfft", "hfft")
    assert out.dtype is (
        (torch.float32 if single else torch.float64) if real else (torch.complex64 if single else torch.complex128)
    )


@pytest.mark.parametrize("name", ONE)
def test_empty_batches(name):
    assert transform(name)(torch.zeros(0, 4)).shape[0] == 0
    assert transform(name)(torch.zeros(4, 0), n=3).abs().sum() == 0


def test_out():
    out = torch.empty(0, dtype=torch.complex64)
    assert torch.fft.fft(X, out=out) is out and out.shape == (4, 6)
    with pytest.raises(RuntimeError, match="can't be cast"):
        torch.fft.fft(X, out=torch.empty(4, 6))


def test_nan_and_infinity_stay_in_their_transform():
    x = torch.tensor([[1.0, torch.nan], [1.0, 2.0]])
    y = torch.fft.rfft(x)
    assert torch.isnan(y[0]).all() and not torch.isnan(y[1]).any()


@pytest.mark.parametrize("name", ONE)
def test_numpys_spelling(name):
    x = np.random.default_rng(0).standard_normal((4, 5))
    np.testing.assert_allclose(
        getattr(np.fft, name)(torch.from_numpy(x), 6, 0, "ortho").numpy(), getattr(np.fft, name)(x, 6, 0, "ortho")
    )


def test_numpy_code_differentiates():
    def power(x):
        return (np.abs(np.fft.rfft(x)) ** 2).sum()

    x = torch.arange(5, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(power, (x,))


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda: torch.fft.fftfreq(2.5), TypeError),
        (lambda: torch.fft.fftfreq(-1), RuntimeError),
        (lambda: torch.fft.fftfreq(4, "a"), TypeError),
        (lambda: torch.fft.fftfreq(4, dtype=torch.int64), RuntimeError),
        (lambda: torch.fft.rfftfreq(4, dtype=torch.complex64), NotImplementedError),
        (lambda: torch.fft.fftshift([1, 2]), TypeError),
        (lambda: torch.fft.fftshift(torch.tensor(1.0)), RuntimeError),
        (lambda: torch.fft.ifftshift(X, 2), IndexError),
    ],
)
def test_bad_arguments_of_frequencies(call, error):
    with pytest.raises(error):
        call()


def test_a_shift_is_a_copy():
    x = torch.ones(1)
    assert torch.fft.fftshift(x).data_ptr() != x.data_ptr()
