"""Fourier transforms in both libraries: values, types and error types over dtypes, layouts and arguments."""

import itertools
import warnings

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn")
TWO = ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2")
DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
LAYOUTS = {
    "plain": lambda x: x, "transposed": lambda x: x.swapaxes(0, -1) if x.ndim else x,
    "spaced": lambda x: np.repeat(x, 2, 0)[::2] if x.ndim else x,
    "broadcast": lambda x: np.broadcast_to(x[:1], x.shape) if x.ndim else x,
}  # fmt: skip


def outcome(library, function, x, arguments):
    """The result as an array, or the type of the error."""
    try:
        y = function(library.from_numpy(x), **arguments)
    except Exception as error:
        return type(error)
    return y.resolve_conj().numpy()


def agree(name, x, arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = outcome(wengert, getattr(wengert.fft, name), x, arguments)
        theirs = outcome(torch, getattr(torch.fft, name), x, arguments)
    refused = x.dtype == np.float16 or (x.dtype.kind == "c" and name.startswith(("rfft", "ih")))
    if isinstance(theirs, type) and refused:
        assert isinstance(ours, type)  # of two reasons to refuse, either may be told
    elif isinstance(theirs, type) or isinstance(ours, type):
        assert ours is theirs, f"{name} of {x.dtype} {x.shape}, {arguments}: here {ours}, there {theirs}"
    else:
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        tolerance = 1e-12 if ours.dtype.name in ("float64", "complex128") else 2e-5
        scale = max(1.0, float(np.abs(theirs).max(initial=0)))
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * scale)


def drawn(shape, dtype):
    values = np.random.default_rng(3).uniform(-3, 3, shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * np.flip(values)
    return np.asarray(values > 0 if dtype == "bool" else np.abs(values) if dtype == "uint8" else values).astype(dtype)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("dtype", DTYPES)
def test_one_dimension(name, dtype):
    for shape, layout in itertools.product([(5,), (4, 6), (2, 3, 4)], LAYOUTS):
        x = LAYOUTS[layout](drawn(shape, dtype))
        if layout == "broadcast":
            x = x.copy()
        for arguments in (
            {}, {"dim": 0}, {"norm": "ortho"}, {"norm": "forward"}, {"norm": "backward"}, {"n": 1}, {"n": 2}, {"n": 3},
            {"n": 7, "dim": 0, "norm": "ortho"}, {"dim": 1}, {"dim": 5}, {"n": 0}, {"n": -1}, {"norm": "no"},
            {"n": 2.0}, {"dim": None}, {"norm": 2}, {"dim": -4},
        ):  # fmt: skip
            agree(name, x, arguments)


@pytest.mark.parametrize("name", SEVERAL + TWO)
@pytest.mark.parametrize("dtype", DTYPES)
def test_several_dimensions(name, dtype):
    for shape in ((4, 6), (2, 3, 4)):
        for arguments in (
            {}, {"dim": (0, 1)}, {"dim": (1, 0)}, {"norm": "ortho"}, {"norm": "forward"}, {"s": (3, 5)}, {"s": (-1, 3)},
            {"s": (3,)}, {"s": 3}, {"dim": 0}, {"dim": (-1,)}, {"s": (2, 7), "dim": (0, -1), "norm": "ortho"},
            {"s": (2, 7), "dim": (0,)}, {"dim": (0, 0)}, {"dim": ()}, {"dim": (0, 9)}, {"s": (0, 2)}, {"s": (2, -3)},
            {"s": (1, 2, 3, 4)}, {"norm": "no"}, {"s": None, "dim": None}, {"s": (-1, -1), "dim": (0, 1)},
        ):  # fmt: skip
            agree(name, drawn(shape, dtype), arguments)


@pytest.mark.parametrize("name", ONE + SEVERAL + TWO)
def test_without_elements_or_dimensions(name):
    for shape in ((), (0,), (3, 0)):
        agree(name, np.zeros(shape, np.float32), {})
    agree(name, np.zeros((3, 0), np.float64), {"n": 2} if name in ONE else {"s": (2, 2)})


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_shifts(name, dtype):
    for shape in ((5,), (4, 3), (2, 3, 4), (0,), (3, 0), ()):
        for arguments in ({}, {"dim": 0}, {"dim": -1}, {"dim": (0, -1)}, {"dim": (0, 0)}, {"dim": ()}, {"dim": 4}):
            agree(name, drawn(shape, dtype), arguments)


@pytest.mark.parametrize("name", ["fftfreq", "rfftfreq"])
def test_frequencies(name):
    for n, d, dtype in itertools.product((-1, 0, 1, 2, 5, 8, 2.5), (1.0, 0.1, 2, 0, "a"),
                                         (None, "float16", "float32", "float64", "int64", "complex64")):  # fmt: skip
        found = []
        for library in (wengert, torch):
            keywords = {} if dtype is None else {"dtype": getattr(library, dtype)}
            try:
                found.append(getattr(library.fft, name)(n, d, **keywords).numpy())
            except Exception as error:
                found.append(type(error))
        ours, theirs = found
        if isinstance(ours, type) or isinstance(theirs, type):
            # Of two reasons to refuse, either may be told.
            assert ours is theirs or n < 0 and dtype == "complex64", (name, n, d, dtype, ours, theirs)
        else:
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=2e-3 if dtype == "float16" else 1e-6)
