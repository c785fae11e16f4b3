"""kernels.normalization against the formulas in float64, at awkward sizes and values."""

import numpy
import pytest

from wengert.kernels import normalization, threads

EPS = 1e-5
# by rows, rows, groups, channels, length
ROWS = [
    (True, 1, 1, 1, 1), (True, 5, 1, 3, 1), (True, 7, 1, 31, 1), (True, 3, 1, 33, 1), (True, 2, 1, 1025, 1),
    (True, 4, 1, 2049, 1), (True, 131, 1, 257, 1), (True, 700, 1, 96, 1), (True, 3000, 1, 16, 1),
    (True, 6, 2, 3, 5), (True, 12, 3, 2, 64), (True, 8, 4, 1, 1030), (True, 40, 2, 4, 1), (True, 2, 1, 1, 3000),
    (True, 640, 4, 8, 33),
]  # fmt: skip
CHANNELS = [
    (False, 1, 1, 1, 1), (False, 2, 1, 3, 1), (False, 33, 1, 129, 1), (False, 500, 1, 300, 1), (False, 3, 1, 2, 2),
    (False, 31, 1, 5, 49), (False, 4, 1, 3, 257), (False, 2, 1, 3, 2051), (False, 64, 1, 8, 784),
]  # fmt: skip
TOLERANCE = {numpy.float32: 4e-6, numpy.float64: 1e-13}


def moments_shape(layout):
    by_rows, rows, _, channels, _ = layout
    return (rows, 1, 1) if by_rows else (1, channels, 1)


def parameters_of(layout, weight):
    """(size) -> what broadcasts against (rows, channels, length)."""
    by_rows, rows, groups, channels, _ = layout
    if not by_rows:
        return weight.reshape(1, channels, 1)
    return numpy.tile(weight.reshape(groups, channels, 1), (rows // groups, 1, 1))


def summed(layout, values):
    """The sums of (rows, channels, length) over what shares a parameter."""
    by_rows, rows, groups, channels, _ = layout
    if not by_rows:
        return values.sum((0, 2))
    return values.sum(2).reshape(rows // groups, groups * channels).sum(0)


def reference(x, weight, bias, g, layout, centred=True, eps=EPS, given=None):
    """(out, mean, variance, gradient of x, of the weight, of the bias) in extended precision."""
    x, weight, bias, g = (y.astype(numpy.longdouble) for y in (x, weight, bias, g))
    axes = (1, 2) if layout[0] else (0, 2)
    mean = x.mean(axes, keepdims=True)
    d = x - mean if centred else x
    variance = (d * d).mean(axes, keepdims=True)
    if given is not None:
        mean, variance = (y.astype(numpy.longdouble).reshape(1, -1, 1) for y in given)
        d = x - mean
    scale = 1 / numpy.sqrt(variance + eps)
    w = parameters_of(layout, weight)
    y = d * scale
    inner = g * w
    of_x = inner * scale
    if given is None:
        of_x = inner - y * (inner * y).mean(axes, keepdims=True)
        of_x = (of_x - inner.mean(axes, keepdims=True) if centred else of_x) * scale
    return y * w + parameters_of(layout, bias), mean, variance, of_x, summed(layout, g * y), summed(layout, g)


def sample(layout, dtype, offset=0.0, seed=0):
    rng = numpy.random.default_rng(seed)
    _, rows, groups, channels, length = layout
    x, g = (rng.standard_normal((rows, channels, length)).astype(dtype) for _ in range(2))
    weight, bias = (rng.standard_normal(groups * channels).astype(dtype) for _ in range(2))
    return (x + dtype(offset)).astype(dtype), weight, bias, g


def close(found, expected, dtype, terms=1):
    size = max(float(abs(expected).max()), 1.0)
    numpy.testing.assert_allclose(
        found.astype(numpy.longdouble), expected.reshape(found.shape), rtol=0, atol=TOLERANCE[dtype] * size * terms
    )


def computed(x, weight, bias, g, layout, centred=True):
    out, mean, variance = normalization.standardize(x, weight, bias, layout, moments_shape(layout), EPS, centred)
    found = normalization.gradients(g, x, weight, mean, variance, layout, EPS, centred, False, (True, True, True))
    return [out, mean, variance, *found]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("layout", ROWS + CHANNELS, ids=str)
def test_against_the_formulas(layout, dtype):
    x, weight, bias, g = sample(layout, dtype)
    found, expected = computed(x, weight, bias, g, layout), reference(x, weight, bias, g, layout)
    # One element has no deviation: its gradient is that of eps, which makes everything 300 times larger.
    few = x.size // expected[1].size < 4
    for a, b in zip(found, expected, strict=True):
        close(a, b, dtype, 300 if few else 1)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("layout", ROWS, ids=str)
def test_not_centred(layout, dtype):
    x, weight, bias, g = sample(layout, dtype)
    found = computed(x, weight, bias, g, layout, centred=False)
    for a, b in zip(found, reference(x, weight, bias, g, layout, centred=False), strict=True):
        close(a, b, dtype, 300 if x[0].size < 4 else 1)


@pytest.mark.parametrize(
    "layout", [(True, 64, 1, 300, 1), (True, 16, 2, 4, 100), *CHANNELS[2:4], *CHANNELS[5:]], ids=str
)
def test_a_large_offset_costs_no_accuracy(layout):
    x, weight, bias, g = sample(layout, numpy.float32, offset=1e4)
    found, expected = computed(x, weight, bias, g, layout), reference(x, weight, bias, g, layout)
    for place in (0, 2, 3, 4, 5):
        close(found[place], expected[place], numpy.float32)
    assert (found[1] == expected[1].astype(numpy.float32)).mean() > 0.9  # the mean is rounded once


@pytest.mark.parametrize(
    "layout", [(True, 3, 1, 100, 1), (True, 4, 2, 3, 40), (False, 40, 1, 3, 1), (False, 7, 1, 3, 60)]
)
@pytest.mark.parametrize("value", [0.1, -12345.678, 1e-30])
def test_equal_values_are_standardised_to_nothing(layout, value):
    x, weight, bias, _ = sample(layout, numpy.float32)
    out, _, variance = normalization.standardize(
        numpy.full_like(x, value), None, None, layout, moments_shape(layout), EPS, True
    )
    assert abs(out).max() <= 1e-6 and abs(variance).max() <= 1e-12


@pytest.mark.parametrize("bad", [numpy.nan, numpy.inf, -numpy.inf])
@pytest.mark.parametrize(
    "layout", [(True, 3, 1, 40, 1), (True, 4, 2, 3, 40), (False, 40, 1, 4, 1), (False, 7, 1, 4, 60)]
)
def test_what_is_not_finite_spoils_its_row_or_channel_alone(layout, bad):
    x, weight, bias, g = sample(layout, numpy.float32)
    x[2, 1, -1] = bad
    out, mean, variance, of_x, _, _ = computed(x, weight, bias, g, layout)
    spoiled = numpy.zeros(x.shape, bool)
    spoiled[(slice(2, 3)) if layout[0] else (slice(None), slice(1, 2))] = True
    assert numpy.isnan(out[spoiled]).all() and numpy.isfinite(out[~spoiled]).all()
    assert numpy.isnan(of_x[spoiled]).all() and numpy.isfinite(of_x[~spoiled]).all()
    assert numpy.isnan(variance).sum() == 1 and (~numpy.isfinite(mean)).sum() == 1


@pytest.mark.parametrize(
    "wanted", [(True, False, False), (False, True, False), (False, False, True), (False, True, True)]
)
@pytest.mark.parametrize(
    "layout", [(True, 9, 1, 40, 1), (True, 4, 2, 3, 40), (False, 40, 1, 4, 1), (False, 7, 1, 4, 60)]
)
def test_only_what_is_wanted(layout, wanted):
    x, weight, bias, g = sample(layout, numpy.float64)
    for w in (weight, None):
        _, mean, variance = normalization.standardize(x, w, bias, layout, moments_shape(layout), EPS, True)
        found = normalization.gradients(g, x, w, mean, variance, layout, EPS, True, False, wanted)
        expected = reference(x, numpy.ones_like(weight) if w is None else w, bias, g, layout)[3:]
        for a, b, one in zip(found, expected, wanted, strict=True):
            assert (a is not None) == one
            if one:
                close(a, b, numpy.float64)


@pytest.mark.parametrize("layout", CHANNELS, ids=str)
def test_given_moments(layout):
    x, weight, bias, g = sample(layout, numpy.float64)
    mean, variance = numpy.linspace(-1, 1, layout[3]), numpy.linspace(0.5, 2, layout[3])
    expected = reference(x, weight, bias, g, layout, given=(mean, variance))
    close(normalization.standardize_by(x, mean, variance, weight, bias, layout, EPS), expected[0], numpy.float64)
    found = normalization.gradients(g, x, weight, mean, variance, layout, EPS, True, True, (True, True, True))
    for a, b in zip(found, expected[3:], strict=True):
        close(a, b, numpy.float64)
    plain = normalization.standardize_by(x, mean, variance, None, None, layout, EPS)
    close(plain, (x - mean.reshape(1, -1, 1)) / numpy.sqrt(variance.reshape(1, -1, 1) + EPS), numpy.float64)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("layout", [(True, 3000, 1, 100, 1), (True, 640, 4, 8, 33), CHANNELS[3], CHANNELS[-1]], ids=str)
def test_the_same_bits_on_any_number_of_threads(layout, dtype):
    arrays = sample(layout, dtype)
    before = threads.get_num_threads()
    found = []
    try:
        for count in (1, 2, 3, 7):
            threads.set_num_threads(count)
            found.append(computed(*arrays, layout))
    finally:
        threads.set_num_threads(before)
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            assert a.tobytes() == b.tobytes()


def test_other_layouts_and_types():
    layout = (True, 6, 1, 10, 1)
    x, weight, bias, g = sample(layout, numpy.float32)
    expected = computed(x, weight, bias, g, layout)
    turned = numpy.asfortranarray(x)
    for a, b in zip(
        computed(turned, weight[::-1].copy()[::-1], bias, g[::-1].copy()[::-1], layout), expected, strict=True
    ):
        assert numpy.array_equal(a, b)
    kept = moments_shape(layout)
    assert normalization.standardize(x, weight.astype("f8"), bias, layout, kept, EPS, True) is None
    assert normalization.standardize(x.astype("f2"), None, None, layout, kept, EPS, True) is None
    assert normalization.standardize(x.astype(">f4"), None, None, layout, kept, EPS, True)[0].dtype.isnative
    assert normalization.standardize(x[:, :0], None, None, (True, 6, 1, 0, 1), kept, EPS, True) is None
    assert normalization.standardize(x, weight[:9], None, layout, kept, EPS, True) is None


@pytest.mark.parametrize("layout", [(True, 2, 1, 1024, 1), (True, 3, 1, 5000, 1), (False, 8, 1, 2, 128)])
def test_a_beginning_that_is_unlike_the_rest_costs_little(layout):
    """Where differences are taken from the mean of the first elements, and those are far from all others."""
    x, weight, bias, g = sample(layout, numpy.float32)
    at = (slice(None), slice(32), 0) if layout[0] else (0, slice(None), slice(32))
    x[at] += 1e3
    found, expected = computed(x, weight, bias, g, layout), reference(x, weight, bias, g, layout)
    assert (abs(found[2] - expected[2]) / expected[2]).max() < 4e-6
    for place in (0, 3, 4, 5):
        close(found[place], expected[place], numpy.float32)
