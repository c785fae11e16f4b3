"""Initial values: exact ones, and moments and bounds of drawn ones. Seeds make them repeatable."""

import math

import numpy
import pytest

import wengert
from wengert import nn
from wengert.nn import init


def drawn(fill, shape=(200, 300), seed=5, dtype=None):
    wengert.manual_seed(seed)
    x = wengert.empty(shape, dtype=dtype)
    assert fill(x) is x and not x.requires_grad
    return x.numpy()


def assert_moments(x, mean, std):
    """Within five standard errors."""
    assert abs(x.mean() - mean) < 5 * std / math.sqrt(x.size)
    assert x.std() == pytest.approx(std, rel=5 / math.sqrt(x.size))


def test_uniform_and_normal():
    x = drawn(lambda x: init.uniform_(x, -2.0, 4.0))
    assert x.min() >= -2.0 and x.max() < 4.0
    assert_moments(x, 1.0, 6 / math.sqrt(12))
    assert_moments(drawn(lambda x: init.normal_(x, 3.0, 0.5)), 3.0, 0.5)


@pytest.mark.parametrize(
    "mean, std, a, b", [(0.0, 1.0, -2.0, 2.0), (1.0, 3.0, 0.0, 2.0), (0.0, 0.02, -2.0, 2.0), (0.0, 1.0, 1.0, 9.0)]
)
def test_truncated_normal(mean, std, a, b):
    """Bounds, and mean and variance of the truncated distribution (Johnson, Kotz & Balakrishnan, 1994, 13.10)."""
    x = drawn(lambda x: init.trunc_normal_(x, mean, std, a, b), dtype=wengert.float64)
    assert x.min() >= a and x.max() <= b
    low, high = (a - mean) / std, (b - mean) / std
    density = lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    mass = (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2))) / 2
    shift = (density(low) - density(high)) / mass
    spread = 1 + (low * density(low) - high * density(high)) / mass - shift**2
    assert_moments(x, mean + std * shift, std * math.sqrt(spread))


def test_truncated_normal_warns_when_the_mean_is_far_outside():
    with pytest.warns(UserWarning, match="mean is more than 2 std from"):
        x = drawn(lambda x: init.trunc_normal_(x, 0.0, 1.0, 3.0, 5.0), shape=(100,))
    assert x.min() >= 3.0 and x.max() <= 5.0


@pytest.mark.parametrize("fill, bound", [
    (lambda x: init.xavier_uniform_(x, 2.0), 2 * math.sqrt(6 / (60 + 80))),
    (lambda x: init.kaiming_uniform_(x, math.sqrt(5)), 1 / math.sqrt(60)),
    (lambda x: init.kaiming_uniform_(x, mode="fan_out", nonlinearity="relu"), math.sqrt(6 / 80)),
])  # fmt: skip
def test_uniform_bounds(fill, bound):
    x = drawn(fill, (40, 30, 2))
    assert abs(x).max() <= bound * (1 + 1e-6) and abs(x).max() > 0.99 * bound


@pytest.mark.parametrize("fill, std", [
    (lambda x: init.xavier_normal_(x), math.sqrt(2 / (60 + 80))),
    (lambda x: init.kaiming_normal_(x, nonlinearity="tanh"), 5 / 3 / math.sqrt(60)),
])  # fmt: skip
def test_normal_deviations(fill, std):
    assert_moments(drawn(fill, (40, 30, 2)), 0.0, std)


@pytest.mark.parametrize("shape", [(4, 6), (6, 4), (5, 5), (3, 2, 2), (2, 3, 3)])
def test_orthogonal(shape):
    x = drawn(lambda x: init.orthogonal_(x, 3.0), shape, dtype=wengert.float64).reshape(shape[0], -1) / 3.0
    product = x @ x.T if x.shape[0] <= x.shape[1] else x.T @ x
    numpy.testing.assert_allclose(product, numpy.eye(len(product)), atol=1e-14)


def test_sparse():
    x = drawn(lambda x: init.sparse_(x, 0.25, 0.5), (30, 20))
    assert ((x == 0).sum(0) == 8).all()
    assert_moments(x[x != 0], 0.0, 0.5)


def test_exact_values():
    assert init.eye_(wengert.ones(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert init.constant_(wengert.ones(2), 0.3).tolist() == pytest.approx([0.3, 0.3])
    assert init.dirac_(wengert.ones(2, 2, 3)).tolist() == [[[0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]]]
    layer = nn.Conv2d(3, 3, 3, padding=1, bias=False)
    init.dirac_(layer.weight)
    x = wengert.randn(2, 3, 5, 5)
    assert (layer(x) == x).all()


def test_parameters_are_filled_without_a_trace():
    parameter = nn.Parameter(wengert.zeros(3, 3))
    init.xavier_normal_(parameter)
    assert parameter.is_leaf and parameter.requires_grad and parameter.abs().sum() > 0


def test_the_same_seed_gives_the_same_layer():
    wengert.manual_seed(11)
    first = nn.Conv2d(2, 3, 3)
    wengert.manual_seed(11)
    second = nn.Conv2d(2, 3, 3)
    assert (first.weight == second.weight).all() and (first.bias == second.bias).all()
    generator = wengert.Generator().manual_seed(1)
    x = init.normal_(wengert.empty(3), generator=generator)
    assert (init.normal_(wengert.empty(3), generator=generator.manual_seed(1)) == x).all()


def test_empty_tensors():
    with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op"):
        nn.Linear(0, 3)
    assert init.orthogonal_(wengert.empty(0, 3)).shape == (0, 3)


DRAWN = {
    "uniform_": (), "normal_": (), "trunc_normal_": (), "xavier_uniform_": (), "xavier_normal_": (),
    "kaiming_uniform_": (), "kaiming_normal_": (), "orthogonal_": (), "sparse_": (0.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_a_generator_is_drawn_from(name):
    """The same seed gives the same values, and the common generator is left alone."""
    state = wengert.random.get_rng_state()
    found = []
    for seed in (3, 3, 4):
        generator = wengert.Generator().manual_seed(seed)
        found.append(getattr(init, name)(wengert.empty(6, 5), *DRAWN[name], generator=generator).tolist())
    assert found[0] == found[1] != found[2]
    assert (wengert.random.get_rng_state() == state).all()
