"""kernels.normal_distribution against SciPy in float64."""

import numpy
import pytest
from scipy.special import ndtr

from wengert.kernels import normal_distribution, threads

X = numpy.linspace(-15, 15, 100_001).astype(numpy.float32)


def slope(x):
    return ndtr(x) + x * numpy.exp(-x * x / 2) / numpy.sqrt(2 * numpy.pi)


@pytest.mark.parametrize("low, high, error", [(-13, -5, 5e-6), (-5, -1, 7.5e-7), (-1, 1, 4e-7), (1, 15, 1.8e-7)])
def test_relative_error(low, high, error):
    x = X[(X >= low) & (X < high) & (X != 0)]
    expected = x.astype(float) * ndtr(x.astype(float))
    assert abs(normal_distribution.gelu(x) / expected - 1).max() < error


def test_error_of_the_slope():
    found = normal_distribution.gelu_gradient(numpy.full_like(X, 2), X)
    assert abs(found - 2 * slope(X.astype(float))).max() < 4e-7


def test_what_is_not_finite_and_what_is_denormal():
    x = numpy.array([0.0, -0.0, numpy.nan, numpy.inf, -numpy.inf, 1e20, -1e20, 1e-40, -3e38], numpy.float32)
    expected = numpy.array([0.0, -0.0, numpy.nan, numpy.inf, numpy.nan, 1e20, -0.0, 5e-41, -0.0], numpy.float32)
    found = normal_distribution.gelu(x)
    numpy.testing.assert_array_equal(found, expected)
    assert numpy.array_equal(numpy.signbit(found[:2]), [False, True])
    slopes = normal_distribution.gelu_gradient(numpy.ones_like(x), x)
    numpy.testing.assert_array_equal(slopes[[0, 1, 2, 5, 6]], [0.5, 0.5, numpy.nan, 1, 0])


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 33])
def test_sizes(size):
    x = X[50_000 : 50_000 + size]
    numpy.testing.assert_allclose(normal_distribution.gelu(x), x * ndtr(x.astype(float)), rtol=4e-7)
    assert normal_distribution.gelu_gradient(x, x).shape == (size,)


def test_the_same_bits_on_any_number_of_threads():
    x = numpy.tile(X, 3)
    before = threads.get_num_threads()
    try:
        threads.set_num_threads(1)
        one = normal_distribution.gelu(x), normal_distribution.gelu_gradient(x, x)
        threads.set_num_threads(4)
        four = normal_distribution.gelu(x), normal_distribution.gelu_gradient(x, x)
    finally:
        threads.set_num_threads(before)
    assert [a.tobytes() for a in one] == [a.tobytes() for a in four]


def test_others_are_left_to_the_caller():
    assert normal_distribution.gelu(X[::2]) is None
    assert normal_distribution.gelu(X.astype(float)) is None
    assert normal_distribution.gelu_gradient(X[:3], X[:4]) is None
