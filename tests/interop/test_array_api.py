"""The array API standard's namespace: its names, their signatures, and the values of the reference implementation.

`array_api_strict` is that reference; what needs it is skipped where it is not installed, and so is SciPy's and
scikit-learn's code for the standard.
"""

import inspect
import math
import os
import pathlib
import subprocess
import sys
import types

import numpy as np
import pytest

import wengert
from wengert.interop import array_api as xp

from .finite_differences import numerical_gradient, weighted_sum

# The standard's names, 2024.12, with the extensions.
MAIN = """
arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones ones_like tril triu zeros
zeros_like astype broadcast_arrays broadcast_to can_cast finfo iinfo isdtype result_type bool int8 int16 int32 int64
uint8 uint16 uint32 uint64 float32 float64 complex64 complex128 e inf nan newaxis pi abs acos acosh add asin asinh atan
atan2 atanh bitwise_and bitwise_left_shift bitwise_invert bitwise_or bitwise_right_shift bitwise_xor ceil clip conj
copysign cos cosh divide equal exp expm1 floor floor_divide greater greater_equal hypot imag isfinite isinf isnan less
less_equal log log1p log2 log10 logaddexp logical_and logical_not logical_or logical_xor maximum minimum multiply
negative nextafter not_equal positive pow real reciprocal remainder round sign signbit sin sinh square sqrt subtract
tan tanh trunc take take_along_axis __array_namespace_info__ matmul matrix_transpose tensordot vecdot concat
expand_dims flip moveaxis
permute_dims repeat reshape roll squeeze stack tile unstack argmax argmin count_nonzero nonzero searchsorted where
unique_all unique_counts unique_inverse unique_values argsort sort cumulative_prod cumulative_sum max mean min prod std
sum var all any diff
""".split()
LINALG = """
cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank matrix_transpose outer pinv qr
slogdet solve svd svdvals tensordot trace vecdot vector_norm
""".split()
FFT = "fft ifft fftn ifftn rfft irfft rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift".split()


def test_every_name_of_the_standard_is_there():
    assert [name for name in MAIN if not hasattr(xp, name)] == []
    assert [name for name in LINALG if not hasattr(xp.linalg, name)] == []
    assert [name for name in FFT if not hasattr(xp.fft, name)] == []
    assert set(MAIN) - {"__array_namespace_info__"} <= set(xp.__all__)


def test_namespace_of_a_tensor():
    x = wengert.ones(2)
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2024.12") is xp
    with pytest.raises(ValueError, match="version"):
        x.__array_namespace__(api_version="1999.01")
    assert x.to_device(x.device) is x and x.device in xp.__array_namespace_info__().devices()
    with pytest.raises(ValueError, match="streams"):
        x.to_device("cpu", stream=1)


def parameters(function) -> list:
    """(name, kind, default) of each parameter."""
    made = []
    for p in inspect.signature(function).parameters.values():
        default = p.default
        if type(default).__name__ in ("UndefType", "Undef"):
            default = None
        made.append((p.name, p.kind, default))
    return made


def spaces():
    strict = pytest.importorskip("array_api_strict")
    return [(xp, strict, MAIN), (xp.linalg, strict.linalg, LINALG), (xp.fft, strict.fft, FFT)]


def test_signatures_are_the_references():
    different = {}
    for ours, theirs, names in spaces():
        for name in names:
            reference = getattr(theirs, name)
            if isinstance(reference, types.FunctionType):
                found, wanted = parameters(getattr(ours, name)), parameters(reference)
                if found != wanted:
                    different[name] = (found, wanted)
    # The standard gives expand_dims a default that the reference has not.
    different.pop("expand_dims", None)
    assert different == {}


# ------------------------------------------------------------------------------------------------ values

rng = np.random.default_rng(1)
F = rng.uniform(0.1, 0.9, (3, 4))
G = rng.uniform(-2, 2, (3, 4))
SQUARE = rng.uniform(-1, 1, (3, 3)) + 3 * np.eye(3)
DEFINITE = SQUARE @ SQUARE.T
WHOLE = rng.integers(-5, 6, (3, 4))
SMALL = rng.integers(0, 4, (8,)).astype(np.uint8)
TRUTH = G > 0
COMPLEX = G + 1j * F

CALLS = [
    *[(f"xp.{name}(a)", F) for name in (
        "abs acos asin asinh atan atanh ceil cos cosh exp expm1 floor isfinite isinf isnan log log10 log1p log2 "
        "negative positive reciprocal round sign signbit sin sinh sqrt square tan tanh trunc all any max min mean sum "
        "prod std var argmax argmin "
        "count_nonzero nonzero sort argsort diff unique_all unique_counts unique_inverse unique_values flip "
        "matrix_transpose tril triu zeros_like ones_like linalg.svdvals linalg.trace linalg.diagonal "
        "linalg.pinv linalg.matrix_norm linalg.vector_norm linalg.matrix_rank "
        "fft.rfft fft.ihfft fft.rfftn fft.fftshift fft.ifftshift").split()],
    *[(f"xp.{name}(a, b)", G, F) for name in (
        "add subtract multiply divide maximum minimum hypot atan2 copysign equal not_equal less less_equal greater "
        "greater_equal floor_divide remainder logaddexp nextafter vecdot").split()],
    ("xp.pow(a, b)", F, G), ("xp.acosh(a)", F + 1),
    *[(f"xp.{name}(a)", WHOLE) for name in (
        "abs ceil floor trunc round sign square negative positive bitwise_invert sum prod max min all any argmax"
    ).split()],
    ("xp.cumulative_sum(a, axis=1)", WHOLE), ("xp.sum(a)", SMALL), ("xp.prod(a)", SMALL),
    ("xp.cumulative_prod(a)", SMALL), ("xp.sum(a, dtype=xp.float64)", SMALL),
    *[(f"xp.{name}(a, b)", WHOLE, WHOLE[::-1].copy()) for name in (
        "add subtract multiply bitwise_and bitwise_or bitwise_xor equal less"
    ).split()],
    ("xp.floor_divide(a, b)", WHOLE, np.abs(WHOLE) + 1), ("xp.remainder(a, b)", WHOLE, np.abs(WHOLE) + 1),
    ("xp.bitwise_left_shift(a, b)", np.abs(WHOLE), np.abs(WHOLE)),
    ("xp.bitwise_right_shift(a, b)", np.abs(WHOLE), np.abs(WHOLE)), ("xp.pow(a, b)", np.abs(WHOLE), np.abs(WHOLE)),
    *[(f"xp.logical_{name}(a, b)", TRUTH, TRUTH[::-1].copy()) for name in ("and", "or", "xor")],
    ("xp.logical_not(a)", TRUTH), ("xp.bitwise_invert(a)", TRUTH),
    *[(f"xp.{name}(a)", COMPLEX) for name in (
        "abs conj real imag exp sqrt sum mean prod square sign isfinite round expm1 log1p log10 log2 tanh fft.fft "
        "fft.fftn fft.ifft fft.irfft fft.hfft fft.irfftn"
    ).split()],
    ("xp.clip(a, -0.5, 0.5)", G), ("xp.clip(a, min=0.0)", G), ("xp.clip(a, a * 0 + 0.1, None)", G),
    ("xp.astype(a, xp.int64)", G), ("xp.astype(a, xp.complex128)", G),
    ("xp.sum(a, axis=(0, 1))", F), ("xp.mean(a, axis=0, keepdims=True)", F), ("xp.std(a, axis=1, correction=1)", F),
    ("xp.var(a, correction=1.0)", F), ("xp.max(a, axis=(0,))", F),
    ("xp.prod(a, axis=-1, keepdims=True)", F), ("xp.cumulative_sum(a, axis=0, include_initial=True)", F),
    ("xp.cumulative_prod(a, axis=1)", F), ("xp.argmax(a, axis=1, keepdims=True)", F),
    ("xp.count_nonzero(a, axis=0)", WHOLE), ("xp.diff(a, n=2, axis=0)", F), ("xp.diff(a, prepend=a[:, :1])", F),
    ("xp.sort(a, axis=0, descending=True)", WHOLE), ("xp.argsort(a, descending=True)", WHOLE),
    ("xp.argsort(a, axis=0)", WHOLE), ("xp.searchsorted(xp.sort(a[0, :]), b[0, :], side='right')", F, G),
    ("xp.where(a, b, 0.0)", TRUTH, G), ("xp.where(a, b, b + 1)", TRUTH, WHOLE),
    ("xp.take(a, xp.asarray([0, 2, 1]), axis=1)", G), ("xp.take_along_axis(a, xp.argsort(a, axis=1), axis=1)", G),
    ("xp.concat([a, b], axis=1)", F, G), ("xp.concat([a, b], axis=None)", F, SQUARE),
    ("xp.stack([a, b], axis=-1)", F, G), ("xp.unstack(a, axis=1)", F), ("xp.expand_dims(a, axis=1)", F),
    ("xp.squeeze(a[:1, :], 0)", F),
    ("xp.reshape(a, (2, -1))", F), ("xp.permute_dims(a, (1, 0))", F), ("xp.moveaxis(a, 0, 1)", F),
    ("xp.roll(a, 2)", F), ("xp.roll(a, (1, -1), axis=(0, 1))", F), ("xp.flip(a, axis=0)", F),
    ("xp.tile(a, (2, 1))", F),
    ("xp.repeat(a, 2, axis=1)", F), ("xp.repeat(a, xp.asarray([1, 0, 2]), axis=0)", F),
    ("xp.broadcast_to(a, (2, 3, 4))", F), ("xp.broadcast_arrays(a, a[:1, :])", F),
    ("xp.meshgrid(a[0, :], a[1, :3])", F),
    ("xp.meshgrid(a[0, :], a[1, :3], indexing='ij')", F), ("xp.tril(a, k=1)", F), ("xp.triu(a, k=-1)", F),
    ("xp.full_like(a, 2.0)", F), ("xp.zeros_like(a, dtype=xp.int32)", F),
    ("xp.matmul(a, b)", F, rng.uniform(-1, 1, (4, 2))), ("xp.tensordot(a, b, axes=((1,), (1,)))", F, G),
    ("xp.vecdot(a, b, axis=-2)", F, G), ("xp.vecdot(a, b)", COMPLEX, F),
    ("xp.linalg.det(a)", SQUARE), ("xp.linalg.inv(a)", SQUARE),
    ("xp.linalg.solve(a, b)", SQUARE, SQUARE[:, 0].copy()), ("xp.linalg.solve(a, b)", SQUARE, SQUARE[:, :2].copy()),
    ("xp.linalg.cholesky(a)", DEFINITE),
    ("xp.linalg.cholesky(a, upper=True)", DEFINITE), ("xp.linalg.eigvalsh(a)", DEFINITE),
    ("xp.linalg.eigh(a).eigenvalues", DEFINITE), ("xp.linalg.slogdet(a)", SQUARE), ("xp.linalg.svd(a).S", F),
    ("xp.linalg.qr(a).R.shape", F),
    ("xp.linalg.matrix_power(a, 3)", SQUARE), ("xp.linalg.outer(a[0, :], b[1, :])", F, G),
    ("xp.linalg.cross(a, b)", SQUARE, DEFINITE), ("xp.linalg.matrix_norm(a, ord=1, keepdims=True)", F),
    ("xp.linalg.matrix_norm(a, ord='nuc')", F),
    ("xp.linalg.vector_norm(a, axis=1, ord=3)", F), ("xp.linalg.vector_norm(a, ord=float('inf'))", F),
    ("xp.linalg.trace(a, offset=1)", F),
    ("xp.fft.fft(a, n=6, axis=0, norm='ortho')", COMPLEX), ("xp.fft.ifftn(a, s=(2, 2), axes=(0, 1))", COMPLEX),
    ("xp.fft.irfft(a, n=5)", COMPLEX), ("xp.fft.fftshift(a, axes=1)", F),
    ("xp.fft.fftfreq(5, d=0.5, dtype=xp.float64)",), ("xp.fft.rfftfreq(5, dtype=xp.float64)",),
    ("xp.arange(2, 9, 3)",), ("xp.arange(5.0, dtype=xp.float64)",), ("xp.arange(3, 0)",), ("xp.arange(5, 0, -2)",),
    ("xp.linspace(0, 1, 5, dtype=xp.float64)",), ("xp.linspace(1, 2, 4, endpoint=False, dtype=xp.float64)",),
    ("xp.eye(3, 4, k=1, dtype=xp.float64)",), ("xp.full((2, 2), 3)",), ("xp.full((), 2.5, dtype=xp.float64)",),
    ("xp.zeros((2, 0), dtype=xp.float64)",), ("xp.ones(3, dtype=xp.int8)",), ("xp.asarray([[1, 2], [3, 4]])",),
    ("xp.asarray([True, False])",), ("xp.asarray(3.5, dtype=xp.float64)",),
    ("xp.empty((2, 3), dtype=xp.uint8).shape",),
    ("xp.isdtype(xp.float32, 'real floating')",), ("xp.isdtype(xp.int8, ('bool', 'unsigned integer'))",),
    ("xp.isdtype(xp.uint8, 'integral')",), ("xp.isdtype(xp.complex64, 'numeric')",),
    ("xp.isdtype(xp.bool, 'numeric')",),
    ("str(xp.result_type(xp.int8, xp.uint8))[-5:]",), ("str(xp.result_type(xp.float32, xp.complex128))[-10:]",),
    ("xp.can_cast(xp.int8, xp.int64)",), ("xp.can_cast(xp.int64, xp.int8)",),
    ("xp.can_cast(xp.float64, xp.float32)",),
    ("xp.finfo(xp.float32).eps",), ("xp.finfo(xp.complex128).bits",), ("xp.iinfo(xp.int16).max",),
    ("xp.iinfo(xp.uint8).min",), ("xp.finfo(xp.float64).smallest_normal",),
    ("sorted(xp.__array_namespace_info__().dtypes())",),
    ("sorted(xp.__array_namespace_info__().dtypes(kind='integral'))",),
    ("sorted(xp.__array_namespace_info__().capabilities())",),
]  # fmt: skip


def plain(x):
    """A result as something that NumPy compares."""
    if isinstance(x, (list, tuple)):
        return [plain(part) for part in x]
    if isinstance(x, wengert.Tensor):
        return x.detach().numpy()
    return np.asarray(x) if type(x).__module__.startswith("array_api_strict") else x


def compare(found, wanted):
    if isinstance(wanted, list):
        assert len(found) == len(wanted)
        for f, w in zip(found, wanted, strict=True):
            compare(f, w)
    elif isinstance(wanted, np.ndarray):
        assert isinstance(found, np.ndarray) and found.shape == wanted.shape and found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
    else:
        assert found == wanted


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])
def test_values_are_the_references(call):
    strict = pytest.importorskip("array_api_strict")
    text, *operands = call
    theirs = eval(text, {"xp": strict, **dict(zip("ab", [strict.asarray(x) for x in operands], strict=False))})
    ours = eval(text, {"xp": xp, **dict(zip("ab", [wengert.tensor(x) for x in operands], strict=False))})
    if "unique" in text:
        # The order of the distinct values is not specified.
        ours, theirs = [sorted(np.ravel(plain(r[0] if isinstance(r, tuple) else r)).tolist()) for r in (ours, theirs)]
        assert ours == pytest.approx(theirs)
        return
    compare(plain(ours), plain(theirs))


@pytest.mark.parametrize("call", [c for c in CALLS if len(c) > 1 and c[1].dtype == np.float64], ids=lambda c: c[0])
def test_gradients(call):
    text, *operands = call
    pieces = ("round", "sign", "ceil", "floor", "trunc", "unique", "argsort", "isfinite", "nextafter", "linalg.qr")
    if any([f"xp.{piece}" in text for piece in pieces]) or "astype(a, xp.int" in text or "zeros_like" in text:
        pytest.skip("a step, or a set")

    def function(*operands):
        tensors = [x if isinstance(x, wengert.Tensor) else wengert.tensor(x) for x in operands]
        return eval(text, {"xp": xp, **dict(zip("ab", tensors, strict=False))})

    x = wengert.tensor(operands[0], requires_grad=True)
    total = weighted_sum(function(x, *operands[1:]))
    if not isinstance(total, wengert.Tensor) or not total.requires_grad:
        pytest.skip("nothing differentiable")
    total.backward()
    wanted = numerical_gradient(lambda *xs: plain(function(*xs)), operands, 0)
    found = x.grad.numpy()
    if "cholesky" in text or "eig" in text:
        # Only a half of a symmetric matrix is read, but its gradient is that of the matrix.
        found, wanted = found + found.T, wanted + wanted.T
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


# ------------------------------------------------------------------------------------------------ other libraries


def test_compat_finds_the_namespace():
    compat = pytest.importorskip("array_api_compat")
    x = wengert.ones(2, 3)
    assert compat.array_namespace(x, x) is xp
    assert compat.is_array_api_obj(x) and compat.size(x) == 6 and compat.device(x) == x.device
    assert compat.to_device(x, "cpu") is x


def test_extra_functions():
    extra = pytest.importorskip("array_api_extra")
    x = wengert.tensor(F, requires_grad=True)
    covariance = extra.cov(x, xp=xp)
    np.testing.assert_allclose(covariance.detach().numpy(), np.cov(F))
    weighted_sum(covariance).backward()
    np.testing.assert_allclose(x.grad.numpy(), numerical_gradient(np.cov, [F], 0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(extra.kron(x, x, xp=xp).detach().numpy(), np.kron(F, F))
    assert extra.atleast_nd(wengert.tensor(1.0), ndim=2, xp=xp).shape == (1, 1)


def test_nothing_of_numpys_answers_for_a_namespace():
    assert math.isinf(xp.inf) and xp.newaxis is None and xp.float32 is wengert.float32


@pytest.mark.parametrize(("library", "module"), [("scipy", "scipy"), ("scikit-learn", "sklearn")])
def test_code_for_the_standard_runs_on_tensors(library, module):
    pytest.importorskip(module)
    pytest.importorskip("array_api_compat")
    program = pathlib.Path(__file__).with_name("users_of_the_standard.py")
    done = subprocess.run(
        [sys.executable, str(program), library], env={**os.environ, "SCIPY_ARRAY_API": "1"}, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
