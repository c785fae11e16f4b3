"""Short-time Fourier transforms: windows, what is refused, and the way back."""

import numpy as np
import pytest

import wengert as torch

X = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 40)))
WINDOW = torch.from_numpy(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8))


def spectrum(**options):
    return torch.stft(X, **({"n_fft": 8, "window": WINDOW, "return_complex": True} | options))


@pytest.mark.parametrize(
    "options",
    [
        {}, {"normalized": True}, {"onesided": False}, {"hop_length": 3}, {"n_fft": 12, "win_length": 8},
        {"pad_mode": "constant"},
    ],
)  # fmt: skip
def test_there_and_back(options):
    y = spectrum(**options)
    back = {k: v for k, v in options.items() if k in ("normalized", "hop_length", "n_fft", "win_length", "onesided")}
    found = torch.istft(y, **({"n_fft": 8, "window": WINDOW, "length": 36} | back))
    np.testing.assert_allclose(found.numpy(), X[:, :36].numpy(), atol=1e-12)


def test_complex_signals():
    z = torch.complex(X[0], X[1])
    y = torch.stft(z, 8, window=WINDOW)
    assert y.shape == (8, 21) and y.dtype is torch.complex128
    back = torch.istft(y, 8, window=WINDOW, onesided=False, return_complex=True)
    np.testing.assert_allclose(back.numpy(), z.numpy(), atol=1e-12)


def test_parts_of_the_spectrum():
    y = spectrum(return_complex=False)
    assert y.shape == (2, 5, 21, 2)
    assert torch.equal(torch.view_as_complex(y), spectrum())


def test_derivatives_in_signal_and_window():
    x, window = X[0, :12].detach().requires_grad_(), WINDOW.clone().requires_grad_()

    def there(x, window):
        return torch.stft(x, 8, window=window, return_complex=True)

    assert torch.autograd.gradcheck(there, (x, window)) and torch.autograd.gradgradcheck(there, (x, window))
    y = there(x, window).detach().requires_grad_()

    def back(y, window):
        return torch.istft(y, 8, window=window)

    assert torch.autograd.gradcheck(back, (y, window))


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"return_complex": None}, RuntimeError, "stft requires the return_complex parameter be given for real inputs"),
        ({"hop_length": 0}, RuntimeError, "expected hop_length > 0, but got hop_length=0"),
        ({"hop_length": 1.5}, TypeError, "'hop_length' .position 3. must be int, not float"),
        ({"n_fft": 0, "center": False}, RuntimeError, "expected 0 < n_fft < 40, but got n_fft=0"),
        ({"n_fft": 50, "center": False}, RuntimeError, "expected 0 < n_fft < 40, but got n_fft=50"),
        ({"n_fft": 100}, RuntimeError, "Padding size should be less than the corresponding input dimension"),
        ({"win_length": 9}, RuntimeError, "expected 0 < win_length <= n_fft, but got win_length=9"),
        ({"win_length": 4}, RuntimeError, "expected a 1D window tensor of size equal to win_length=4"),
        ({"window": [1.0] * 8}, TypeError, "argument 'window' .position 5. must be Tensor, not list"),
        ({"pad_mode": "odd"}, NotImplementedError, "Unrecognised padding mode odd"),
        ({"align_to_window": True}, RuntimeError, "align_to_window should only be set when center = false"),
        ({"window": WINDOW + 0j, "onesided": True}, RuntimeError, "Cannot have onesided output"),
    ],
)
def test_bad_arguments(options, error, words):
    with pytest.raises(error, match=words):
        spectrum(**options)


@pytest.mark.parametrize("x", [torch.ones(2, 3, 40), torch.ones(40).long()])
def test_bad_signals(x):
    with pytest.raises(RuntimeError, match="expected a"):
        torch.stft(x, 8, center=False, return_complex=True)


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"n_fft": 10, "win_length": 8}, RuntimeError, "expected the frequency dimension"),
        ({"hop_length": 9}, RuntimeError, "expected 0 < hop_length <= win_length"),
        ({"win_length": 10}, RuntimeError, "expected 0 < win_length <= n_fft"),
        ({"win_length": 4}, RuntimeError, "Invalid window shape"),
        ({"center": False}, RuntimeError, "window overlap add min: 1"),
        ({"return_complex": True}, RuntimeError, "Cannot have onesided output"),
        ({"window": WINDOW + 0j}, RuntimeError, "Complex windows are incompatible with return_complex=False"),
    ],
)
def test_bad_arguments_of_the_inverse(options, error, words):
    with pytest.raises(error, match=words):
        torch.istft(spectrum(), **({"n_fft": 8, "window": WINDOW} | options))


def test_bad_spectra():
    with pytest.raises(RuntimeError, match="istft requires a complex-valued input tensor"):
        torch.istft(spectrum().real, 8)
    with pytest.raises(RuntimeError, match="input tensor cannot be empty"):
        torch.istft(spectrum()[:, :, :0], 8)
    with pytest.raises(IndexError):
        torch.istft(spectrum()[0, 0], 8)


def test_a_length_beyond_the_pieces():
    with pytest.warns(UserWarning, match="shorter than the length parameter"):
        y = torch.istft(spectrum(), 8, window=WINDOW, length=60)
    assert y.shape == (2, 60) and y[:, 50:].abs().sum() == 0
