"""Matrix products against float64 sums, over shapes, layouts, dtypes, special values and numbers of threads."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wengert.kernels import blas, threads

SHAPES = [
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((1, 7), (7, 1)),
    ((1, 70), (70, 33)),
    ((33, 70), (70, 1)),
    ((64, 120), (120, 84)),
    ((5, 0), (0, 4)),
    ((0, 3), (3, 4)),
    ((2, 3), (3, 0)),
    ((4, 2, 3), (3, 5)),
    ((4, 2, 3), (4, 3, 5)),
    ((4, 1, 3), (3, 5)),
    ((2, 1, 4, 6), (3, 6, 5)),
    ((0, 2, 3), (3, 5)),
    ((2, 3), (4, 3, 5)),
    ((3, 1, 40), (3, 40, 1)),
    ((300, 301), (301, 299)),
]


def layouts(x):
    """The values of x in several kinds of memory."""
    yield x
    yield np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2)
    yield np.asfortranarray(x)
    yield np.ascontiguousarray(x[..., ::-1])[..., ::-1]
    yield np.ascontiguousarray(x[..., ::-1, :])[..., ::-1, :]
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    yield wide[..., ::2]
    padded = np.zeros((*x.shape[:-1], x.shape[-1] + 3), x.dtype)
    padded[..., :-3] = x
    yield padded[..., :-3]
    yield x.astype(x.dtype.newbyteorder("S"))
    unaligned = np.empty(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    unaligned[...] = x
    yield unaligned


def sample(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.standard_normal(shape)
    return x.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("shapes", SHAPES)
def test_matmul_in_every_layout(shapes, dtype):
    x, y = sample(shapes[0], dtype), sample(shapes[1], dtype, 1)
    wide = np.complex128 if np.dtype(dtype).kind == "c" else np.float64
    expected = np.matmul(x.astype(wide), y.astype(wide))
    bound = 2 * (x.shape[-1] + 1) * np.finfo(dtype).eps * np.matmul(abs(x), abs(y))
    for x_layout in layouts(x):
        for y_layout in layouts(y):
            got = blas.matmul(x_layout, y_layout)
            assert got.dtype.newbyteorder("=") == dtype and got.shape == expected.shape
            assert got.flags.c_contiguous
            assert np.all(abs(got - expected) <= bound)


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_broadcast_memory(dtype):
    """Steps of zero, in the batch and in the matrix itself."""
    row = sample((5,), dtype)
    x = np.broadcast_to(row, (4, 3, 5))
    y = np.broadcast_to(sample((5, 2), dtype), (4, 5, 2))
    np.testing.assert_allclose(blas.matmul(x, y), np.matmul(x, y), rtol=1e-5)
    one = np.broadcast_to(np.array(2, dtype), (3, 5))
    np.testing.assert_allclose(blas.matmul(one, y), np.matmul(one, y), rtol=1e-5)
    np.testing.assert_allclose(blas.matmul(one.T[:, :1], one[:1]), np.full((5, 5), 4, dtype))


def test_the_sum_of_nothing_is_zero():
    assert not blas.matmul(np.ones((3, 0)), np.ones((0, 2))).any()
    assert blas.addmm(np.array([1.0, 2.0]), np.ones((3, 0)), np.ones((0, 2))).tolist() == [[1, 2]] * 3
    assert blas.dot(np.ones(0), np.ones(0)) == 0


@pytest.mark.parametrize("size", [2, 6, 40])
def test_nan_and_infinity(size):
    """Each stays in its row or column, whatever the sum starts from."""
    for dtype in (np.float32, np.float64):
        for shapes in [((size, size), (size, size)), ((size, size), (size, 1)), ((1, size), (size, size))]:
            x, y = np.ones(shapes[0], dtype), np.ones(shapes[1], dtype)
            x[0, 1] = np.nan
            got = blas.matmul(x, y)
            assert np.all(np.isnan(got[0])) and np.all(got[1:] == size)
            x[0, 1] = np.inf
            y[0, 0] = -np.inf
            got = blas.matmul(x, y)
            assert np.isnan(got[0, 0]) and np.all(got[0, 1:] == np.inf) and np.all(got[1:, 0] == -np.inf)
            y[0, 0], y[1] = 1, 0
            assert np.all(np.isnan(blas.matmul(x, y)[0]))  # infinity times zero


def test_denormal_numbers_are_kept():
    x = np.full((3, 1), 1e-310)
    np.testing.assert_array_equal(blas.matmul(x, np.ones((1, 2))), np.full((3, 2), 1e-310))
    x = np.full((40, 1), 1e-310)
    np.testing.assert_array_equal(blas.matmul(x, np.ones((1, 40))), np.full((40, 40), 1e-310))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, bool])
def test_integers_and_bools(dtype):
    x, y = sample((4, 3, 5), np.float64) * 50, sample((5, 2), np.float64, 1) * 50
    x, y = (x > 0, y > 0) if dtype is bool else (x.astype(np.int64).astype(dtype), y.astype(np.int64).astype(dtype))
    got = blas.matmul(x, y)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, np.matmul(x, y))


def test_half_precision_is_rounded_once():
    x, y = sample((30, 200), np.float16), sample((200, 20), np.float16, 1)
    exact = np.matmul(x.astype(np.float64), y.astype(np.float64))
    got = blas.matmul(x, y)
    assert got.dtype == np.float16
    assert np.all(abs(got - exact) <= np.finfo(np.float16).eps / 2 * abs(exact) + 2e-4)
    bias = sample((20,), np.float16, 2)
    assert blas.addmm(bias, x, y).dtype == np.float16


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.int64])
@pytest.mark.parametrize("bias_shape", [(), (1,), (4,), (5, 1), (5, 4)])
@pytest.mark.parametrize("k", [3, 60])
def test_addmm(k, bias_shape, dtype):
    x, y, bias = (sample(shape, np.float64, i) * 5 for i, shape in enumerate([(5, k), (k, 4), bias_shape]))
    x, y, bias = (a.astype(dtype) for a in (x, y, np.asarray(bias)))
    for other in layouts(x):
        got = blas.addmm(bias, other, y)
        assert got.dtype == dtype
        np.testing.assert_allclose(got, np.matmul(x, y) + bias, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(blas.addmm(bias, np.stack([x, x]), y)[1], np.matmul(x, y) + bias, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("n", [0, 1, 3, 1000, 400_000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128, np.float16, np.int64, bool])
def test_dot(dtype, n):
    x, y = sample((n,), np.float64) * 3, sample((n,), np.float64, 1) * 3
    x, y = (x > 0, y > 0) if dtype is bool else (x.astype(dtype), y.astype(dtype))
    expected = complex(np.dot(x, y)) if dtype is bool else np.dot(x.astype(np.complex128), y.astype(np.complex128))
    doubled = np.repeat(x, 2)
    for other in (x, np.ascontiguousarray(x[::-1])[::-1], doubled[::2], x.astype(x.dtype.newbyteorder("S"))):
        got = blas.dot(other, y)
        assert got.shape == () and got.dtype == dtype
        tolerance = 1e-5 if dtype in (np.float32, np.complex64) else 1e-2 if dtype is np.float16 else 1e-12
        assert abs(complex(got) - expected) <= tolerance * (abs(x.astype(np.complex128)).sum() * 9 + 1)


def test_dot_of_a_repeated_element():
    assert blas.dot(np.broadcast_to(np.float32(3), (7,)), np.ones(7, np.float32)) == 21


def test_what_is_refused():
    x = np.ones((2, 3), np.float32)
    with pytest.raises(RuntimeError, match=r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 2x3\)"):
        blas.matmul(x, x)
    with pytest.raises(RuntimeError, match="same dtype, but got: float32 != float64"):
        blas.matmul(x, np.ones((3, 2)))
    with pytest.raises(RuntimeError, match="at least two dimensions"):
        blas.matmul(x, np.ones(3, np.float32))
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        blas.matmul(np.ones((2, 2, 3)), np.ones((3, 3, 2)))
    with pytest.raises(RuntimeError, match="must have the same dtype"):
        blas.addmm(np.ones(2), x, x.T)
    with pytest.raises((RuntimeError, ValueError), match="broadcast"):
        blas.addmm(np.ones(3, np.float32), x, x.T)
    with pytest.raises(RuntimeError, match="1D tensors expected"):
        blas.dot(x, x)
    with pytest.raises(RuntimeError, match="inconsistent tensor size"):
        blas.dot(x[0], np.ones(2, np.float32))
    with pytest.raises(RuntimeError, match="same dtype"):
        blas.dot(x[0], np.ones(3))


def test_any_number_of_threads_gives_the_same_bits():
    before = threads.get_num_threads()
    pairs = [((700, 600), (600, 650)), ((3000, 40), (40, 3000)), ((5000, 700), (700, 1)), ((1, 900), (900, 4000)),
             ((64, 50, 60), (64, 60, 70)), ((40, 30, 60), (60, 500))]  # fmt: skip
    try:
        for dtype in (np.float32, np.complex128):
            for shapes in pairs:
                x, y = sample(shapes[0], dtype), sample(shapes[1], dtype, 1)
                bias = sample((shapes[1][-1],), dtype, 2)
                results = []
                for count in (1, 2, 3):
                    threads.set_num_threads(count)
                    results.append((blas.matmul(x, y), blas.addmm(bias, x, y)))
                wide = np.matmul(x.astype(np.complex128), y.astype(np.complex128))
                np.testing.assert_allclose(results[0][0], wide, rtol=0, atol=2e-3)
                for other in results[1:]:
                    np.testing.assert_array_equal(other[0], results[0][0])
                    np.testing.assert_array_equal(other[1], results[0][1])
            vector = sample((1_000_000,), dtype)
            sums = set()
            for count in (1, 2, 3):
                threads.set_num_threads(count)
                sums.add(complex(blas.dot(vector, vector)))
            assert len(sums) == 1
    finally:
        threads.set_num_threads(before)


side = st.integers(0, 20)
layout = st.integers(0, 8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 3), max_size=2), side, side, side, st.integers(0, 3), layout, layout)
def test_any_shape(batch, m, k, n, stretched, x_layout, y_layout):
    x, y = sample((*batch, m, k), np.float64), sample((*batch, k, n), np.float64, 1)
    if stretched & 1 and batch:
        x = x[:1]
    if stretched & 2 and batch:
        y = y[..., :1, :, :]
    expected = np.matmul(x, y)
    got = blas.matmul(list(layouts(x))[x_layout], list(layouts(y))[y_layout])
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def test_config_names_the_library():
    config = blas.config()
    assert config["library"] == "OpenBLAS" and config["threads"] == 1
    assert config["core"] and config["version"][0].isdigit()


def test_a_missing_library_is_a_clear_error():
    script = (
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'scipy_openblas32' else find(name, *rest)\n"
        "import wengert.kernels.blas\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 1
    assert "ImportError" in run.stderr and "pip install scipy-openblas32" in run.stderr
