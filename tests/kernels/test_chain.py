"""Chains of elementwise steps: the same values as the function on arrays, in every layout, type and size."""

import math

import numpy as np
import pytest
import scipy.special

from wengert.kernels import chain

Chain = chain.Chain

CHAINS = {
    "silu": (Chain(lambda x: x / (1.0 + chain.exp(-x))), lambda x: x / (1.0 + np.exp(-x))),
    "select": (
        Chain(lambda x: chain.where((x > -1.0) & (x <= 0.5), x * 3.0, chain.absolute(x))),
        lambda x: np.where((x > -1.0) & (x <= 0.5), x * 3.0, np.abs(x)),
    ),
    "erf": (Chain(lambda x: chain.erf(x) + 1.0), lambda x: scipy.special.erf(x) + 1.0),
    "many": (
        Chain(lambda x: chain.minimum(chain.maximum(chain.tanh(x) - chain.expm1(x * 0.5), -1.0), 0.75) / (x * x + 2.0)),
        lambda x: np.minimum(np.maximum(np.tanh(x) - np.expm1(x * 0.5), -1.0), 0.75) / (x * x + 2.0),
    ),
}
LAYOUTS = {
    "plain": lambda x: x, "transposed": lambda x: x.T, "every second": lambda x: x[::2], "reversed": lambda x: x[::-1],
    "spread": lambda x: np.broadcast_to(x[:1, :1], x.shape), "empty": lambda x: x[:0], "0-d": lambda x: x[0, 0][...],
    "misaligned": lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(x.dtype).reshape(x.shape),
}  # fmt: skip


# Sizes around a block, a chunk of a thread, and none of them.
@pytest.mark.parametrize("size", [1, 7, 1023, 1024, 1025, 32768, 65536, 70001])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("name", CHAINS)
def test_values(name, dtype, size):
    fused, function = CHAINS[name]
    x = np.random.default_rng(0).normal(size=(1, size)).astype(dtype) * 2
    kept = x.copy()
    found = fused(x)
    assert found.dtype == dtype and found.shape == x.shape and np.array_equal(x, kept)
    tolerance = {2: 2e-3, 4: 2e-6, 8: 1e-13}[dtype().itemsize]
    np.testing.assert_allclose(found, function(x.astype(np.float64)), tolerance, tolerance)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CHAINS)
def test_layouts(name, layout):
    fused, function = CHAINS[name]
    x = LAYOUTS[layout](np.random.default_rng(1).normal(size=(6, 8)))
    found = fused(x)
    assert isinstance(found, np.ndarray) and found.shape == x.shape
    np.testing.assert_allclose(found, function(np.ascontiguousarray(x)), 1e-13, 1e-13)


def test_two_arrays_and_numbers():
    scaled = Chain(lambda g, x, a, b: g * (x * a + b), numbers=2)
    rng = np.random.default_rng(2)
    for shape in ((3, 4), (300, 400)):
        g, x = rng.normal(size=shape), rng.normal(size=shape)
        expected = g * (x * 2.0 + 0.5)
        for first, second in ((g, x), (np.asfortranarray(g), x), (g, np.asfortranarray(x)), (g[::-1], x[::-1])):
            found = scaled(first, second, 2.0, 0.5)
            np.testing.assert_allclose(found, first * (second * 2.0 + 0.5), 1e-14)
        assert np.allclose(scaled(np.broadcast_to(3.0, shape), x, 2, 0.5), 3.0 * (x * 2 + 0.5))
        assert np.allclose(scaled(g, x, 2, 0.5), expected)
    # Shapes and types that differ are computed step by step.
    np.testing.assert_allclose(scaled(g[:1], x, 1.0, 0.0), g[:1] * x)
    assert scaled(g, x.astype(np.float32), 1.0, 0.0).dtype == np.float64


def test_the_same_for_any_number_of_threads():
    import wengert

    x = np.random.default_rng(3).normal(size=200_000)
    before = wengert.get_num_threads()
    try:
        results = []
        for threads in (1, 2, 3):
            wengert.set_num_threads(threads)
            results.append(CHAINS["many"][0](x))
    finally:
        wengert.set_num_threads(before)
    assert all(np.array_equal(results[0], other) for other in results)


def test_infinities_and_nan_pass_as_ieee_has_it():
    x = np.array([-np.inf, -0.0, 0.0, np.inf, np.nan, 5e-324])
    held = Chain(lambda x: chain.minimum(chain.maximum(x, -1.0), 1.0))
    np.testing.assert_array_equal(held(x), [-1.0, -0.0, 0.0, 1.0, np.nan, 5e-324])
    assert np.signbit(held(x))[1]


def test_what_no_chain_can_be_made_of():
    with pytest.raises(ValueError, match="last step"):
        Chain(lambda x: x)
    with pytest.raises(ValueError, match="at most"):
        Chain(lambda x: sum([x * float(i) for i in range(40)], x))
    with pytest.raises(NotImplementedError, match="complex"):
        CHAINS["silu"][0](np.ones(2, complex))
    with pytest.raises(TypeError):
        Chain(lambda x, a: x * a, numbers=1)(np.ones(2), "a")


@pytest.mark.parametrize("dtype, units", [(np.float64, 3), (np.float32, 3)])
def test_the_error_function_is_exact_to_a_few_units_in_the_last_place(dtype, units):
    rng = np.random.default_rng(4)
    x = np.concatenate([
        rng.uniform(-7, 7, 200_000), rng.uniform(-1e-3, 1e-3, 10_000), 10.0 ** rng.uniform(-300 if dtype is np.float64
        else -37, 2, 10_000), [0.0, 1.0, -1.0, 6.0, np.nextafter(1, 0), 1e300 if dtype is np.float64 else 1e38],
    ]).astype(dtype)  # fmt: skip
    found = chain.erf(x)
    expected = np.array([math.erf(v) for v in x.astype(np.float64)])
    error = np.abs(found.astype(np.float64) - expected) / np.spacing(np.abs(expected).astype(dtype)).astype(np.float64)
    assert error.max() <= units, (error.max(), x[error.argmax()])
    assert np.isnan(chain.erf(np.array([np.nan], dtype)))[0]
    assert chain.erf(np.array([-np.inf, np.inf, -0.0], dtype)).tolist() == [-1.0, 1.0, -0.0]
