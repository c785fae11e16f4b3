"""Pooling kernels against direct loops in Python, over shapes, dtypes, layouts and special values."""

import itertools

import numpy as np
import pytest

from wengert.kernels import pooling, threads

WINDOWS = [
    # spatial, kernel_size, stride, padding, dilation
    ((8,), (2,), (2,), (0,), (1,)),
    ((9,), (3,), (2,), (1,), (2,)),
    ((6, 8), (2, 2), (2, 2), (0, 0), (1, 1)),
    ((7, 9), (2, 2), (2, 2), (0, 0), (1, 1)),
    ((7, 9), (3, 2), (2, 1), (1, 1), (1, 2)),
    ((5, 6), (3, 3), (3, 3), (1, 1), (1, 1)),
    ((4, 5, 6), (2, 3, 2), (2, 2, 1), (1, 0, 1), (1, 1, 2)),
    ((3, 4, 4), (1, 2, 2), (1, 2, 2), (0, 0, 0), (1, 1, 1)),
]


def positions(size, kernel, stride, padding, dilation, ceil_mode):
    """For each window along a dimension: its positions inside, and how many count with padding."""
    span = size + 2 * padding - dilation * (kernel - 1) - 1
    count = -(-span // stride) + 1 if ceil_mode else span // stride + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    result = []
    for place in range(count):
        begin = place * stride - padding
        inside = [p for p in range(begin, begin + (kernel - 1) * dilation + 1, dilation) if 0 <= p < size]
        result.append((inside, min(begin + kernel, size + padding) - begin))
    return result


def windows_of(spatial, kernel_size, stride, padding, dilation, ceil_mode):
    """Yield (place, tuples of positions inside, elements with padding) for each window, and the pooled shape first."""
    along = [
        positions(*window, ceil_mode) for window in zip(spatial, kernel_size, stride, padding, dilation, strict=True)
    ]
    yield tuple(len(a) for a in along)
    for place in itertools.product(*[range(len(a)) for a in along]):
        chosen = [a[p] for a, p in zip(along, place, strict=True)]
        yield place, list(itertools.product(*[c[0] for c in chosen])), int(np.prod([c[1] for c in chosen]))


def max_pool_loop(x, *window):
    spatial = x.shape[2:]
    places = windows_of(spatial, *window)
    out_shape = next(places)
    values = np.empty(x.shape[:2] + out_shape, x.dtype)
    indices = np.empty(values.shape, np.int64)
    lowest = -np.inf if x.dtype.kind == "f" else 0 if x.dtype.kind in "ub" else np.iinfo(x.dtype).min
    places = list(places)
    for plane in np.ndindex(x.shape[:2]):
        for place, inside, _ in places:
            best, index = lowest, np.ravel_multi_index(inside[0], spatial) if inside else -1
            for position in inside:
                value = x[plane][position]
                if value > best or value != value:
                    best, index = value, np.ravel_multi_index(position, spatial)
            values[plane][place] = best
            indices[plane][place] = index
    return values, indices


def avg_pool_loop(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
    spatial = x.shape[2:]
    places = windows_of(spatial, kernel_size, stride, padding, (1,) * len(spatial), ceil_mode)
    out = np.zeros(x.shape[:2] + next(places), np.float64)
    places = list(places)
    for plane in np.ndindex(x.shape[:2]):
        for place, inside, padded in places:
            divisor = divisor_override or (padded if count_include_pad else len(inside))
            out[plane][place] = sum(float(x[plane][p]) for p in inside) / divisor
    return out


def layouts(x):
    """The values of x in several kinds of memory."""
    yield x
    yield np.ascontiguousarray(x.T).T
    yield np.ascontiguousarray(x[..., ::-1])[..., ::-1]
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    yield wide[..., ::2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int64, np.int32, np.uint8, np.uint64])
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
def test_max_pool_matches_a_loop(window, ceil_mode, dtype):
    spatial, *parameters = window
    rng = np.random.default_rng(0)
    x = rng.integers(0, 20, (2, 3, *spatial)).astype(dtype)  # small integers, so that ties occur
    values, indices = max_pool_loop(x, *parameters, ceil_mode)
    for layout in layouts(x):
        got, at = pooling.max_pool(layout, *parameters, ceil_mode)
        assert got.dtype == dtype and at.dtype == np.int64
        np.testing.assert_array_equal(got, values)
        np.testing.assert_array_equal(at, indices)


def test_max_pool_keeps_the_order_of_large_unsigned_integers():
    x = np.array([[[1, 2**63 + 5, 3, 2**64 - 1]]], np.uint64)
    values, indices = pooling.max_pool(x, (2,), (2,), (0,), (1,), False)
    assert values.tolist() == [[[2**63 + 5, 2**64 - 1]]] and values.dtype == np.uint64
    assert indices.tolist() == [[[1, 3]]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("window", WINDOWS)
def test_nan_and_infinity_in_max_pool(window, dtype):
    spatial, *parameters = window
    rng = np.random.default_rng(1)
    x = rng.choice([np.nan, np.inf, -np.inf, -0.0, 1e-310, 2.0], (2, 3, *spatial)).astype(dtype)
    values, indices = max_pool_loop(x, *parameters, False)
    got, at = pooling.max_pool(x, *parameters, False)
    np.testing.assert_array_equal(got, values)
    np.testing.assert_array_equal(at, indices)


def test_a_window_of_minus_infinity_points_at_its_first_element():
    x = np.full((1, 1, 4, 4), -np.inf, np.float32)
    values, indices = pooling.max_pool(x, (3, 3), (2, 2), (1, 1), (1, 1), False)
    assert np.all(values == -np.inf)
    assert indices.tolist() == [[[[0, 1], [4, 5]]]]


def test_a_window_that_meets_no_element_has_index_minus_one():
    x = np.ones((1, 1, 2), np.float32)
    # The window's two positions are -1 and 2, both outside.
    values, indices = pooling.max_pool(x, (2,), (3,), (1,), (3,), False)
    assert values.tolist() == [[[-np.inf]]] and indices.tolist() == [[[-1]]]
    assert pooling.max_pool_gradient(np.ones((1, 1, 1), np.float32), indices, (1, 1, 2)).tolist() == [[[0, 0]]]
    assert pooling.gather_planes(x, indices).tolist() == [[[0]]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.complex64, np.int64])
@pytest.mark.parametrize("window", WINDOWS)
def test_scatter_and_gather_are_transposes(window, dtype):
    spatial, *parameters = window
    rng = np.random.default_rng(2)
    x = rng.permutation(2 * 3 * int(np.prod(spatial))).reshape(2, 3, *spatial).astype(np.float64)
    values, indices = pooling.max_pool(x, *parameters, False)
    np.testing.assert_array_equal(pooling.gather_planes(x, indices), values)
    g = rng.integers(-8, 8, values.shape).astype(dtype)
    if dtype is np.complex64:
        g = g + 1j * g[..., ::-1]
    expected = np.zeros((6, int(np.prod(spatial))), g.dtype)
    for plane in range(6):
        np.add.at(expected[plane], indices.reshape(6, -1)[plane], g.reshape(6, -1)[plane])
    for layout in layouts(g):
        got = pooling.max_pool_gradient(layout, indices, x.shape)
        assert got.dtype == g.dtype
        np.testing.assert_array_equal(got, expected.reshape(x.shape))
    t = rng.integers(-8, 8, x.shape).astype(g.dtype)
    for layout in layouts(t):
        taken = pooling.gather_planes(layout, indices)
        assert taken.dtype == g.dtype
        np.testing.assert_array_equal(taken.reshape(6, -1), np.take_along_axis(
            t.reshape(6, -1), indices.reshape(6, -1), axis=1
        ))  # fmt: skip


def test_indices_outside_the_plane_are_refused():
    x = np.ones((1, 1, 2, 2), np.float32)
    for bad in (4, -2, 2**40):
        indices = np.array([[[[bad]]]])
        with pytest.raises(IndexError, match="outside its plane of 4 elements"):
            pooling.gather_planes(x, indices)
        with pytest.raises(IndexError, match="outside its plane of 4 elements"):
            pooling.max_pool_gradient(np.ones((1, 1, 1, 1), np.float32), indices, (1, 1, 2, 2))
    with pytest.raises(RuntimeError, match="one shape"):
        pooling.max_pool_gradient(np.ones((1, 1, 1, 2), np.float32), np.zeros((1, 1, 1, 1), np.int64), (1, 1, 2, 2))
    with pytest.raises(RuntimeError, match="first two sizes"):
        pooling.gather_planes(x, np.zeros((2, 1, 1, 1), np.int64))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("options", [(True, None), (False, None), (True, 5), (False, -3)])
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
def test_avg_pool_matches_a_loop(window, ceil_mode, options, dtype):
    spatial, *parameters, _ = window
    x = np.random.default_rng(3).standard_normal((2, 3, *spatial)).astype(dtype)
    expected = avg_pool_loop(x, *parameters, ceil_mode, *options)
    for layout in layouts(x):
        got = pooling.avg_pool(layout, *parameters, ceil_mode, *options)
        assert got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=0, atol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("options", [(True, None), (False, None), (True, 5)])
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
def test_avg_pool_gradient_is_the_transpose(window, ceil_mode, options):
    spatial, *parameters, _ = window
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, 3, *spatial))
    out = pooling.avg_pool(x, *parameters, ceil_mode, *options)
    g = rng.standard_normal(out.shape)
    for layout in layouts(g):
        back = pooling.avg_pool_gradient(layout, x.shape, *parameters, ceil_mode, *options)
        assert back.shape == x.shape
        np.testing.assert_allclose((back * x).sum(), (g * out).sum(), rtol=1e-12, atol=1e-12)


def test_avg_pool_of_integers_and_complex_numbers():
    x = np.array([[[-3, 0, 7, 2]]])
    assert pooling.avg_pool(x, (2,), (2,), (0,), False, True, None).tolist() == [[[-1, 4]]]
    z = np.array([[[1 + 2j, 3 - 2j]]], np.complex64)
    mean = pooling.avg_pool(z, (2,), (2,), (0,), False, True, None)
    assert mean.dtype == np.complex64 and mean.tolist() == [[[2 + 0j]]]
    infinite = np.array([[[complex(np.inf, 1), 1]]])
    assert pooling.avg_pool(infinite, (2,), (2,), (0,), False, True, None)[0, 0, 0] == complex(np.inf, 0.5)


def test_empty_batches():
    x = np.empty((0, 3, 4, 4), np.float32)
    values, indices = pooling.max_pool(x, (2, 2), (2, 2), (0, 0), (1, 1), False)
    assert values.shape == indices.shape == (0, 3, 2, 2)
    assert pooling.max_pool_gradient(values, indices, x.shape).shape == x.shape
    assert pooling.gather_planes(x, indices).shape == (0, 3, 2, 2)
    assert pooling.avg_pool(x, (2, 2), (2, 2), (0, 0), False, True, None).shape == (0, 3, 2, 2)
    assert pooling.avg_pool_gradient(values, x.shape, (2, 2), (2, 2), (0, 0), False, True, None).shape == x.shape


def test_what_is_refused():
    x = np.zeros((1, 1, 4), np.complex64)
    with pytest.raises(RuntimeError, match="not implemented for complex64"):
        pooling.max_pool(x, (2,), (2,), (0,), (1,), False)
    x = np.zeros((1, 1, 4), np.float32)
    for bad in [
        ((0,), (1,), (0,), (1,)),
        ((1,), (0,), (0,), (1,)),
        ((1,), (1,), (-1,), (1,)),
        ((1,), (1,), (0,), (0,)),
    ]:
        with pytest.raises(RuntimeError, match="greater than zero"):
            pooling.max_pool(x, *bad, False)
    with pytest.raises(RuntimeError, match="one parameter for each"):
        pooling.max_pool(x, (2, 2), (2, 2), (0, 0), (1, 1), False)
    with pytest.raises(RuntimeError, match="avg_pool_gradient: g has shape"):
        pooling.avg_pool_gradient(np.zeros((1, 1, 3)), (1, 1, 4), (2,), (2,), (0,), False, True, None)


def test_any_number_of_threads_gives_the_same_result():
    rng = np.random.default_rng(5)
    x = rng.standard_normal((16, 16, 30, 30)).astype(np.float32)
    before = threads.get_num_threads()
    results = []
    try:
        for count in (1, 2, 3):
            threads.set_num_threads(count)
            values, indices = pooling.max_pool(x, (3, 3), (2, 2), (1, 1), (1, 1), False)
            results.append((
                values, indices, pooling.max_pool_gradient(values, indices, x.shape),
                pooling.avg_pool(x, (3, 3), (2, 2), (1, 1), False, True, None),
                pooling.avg_pool_gradient(values, x.shape, (3, 3), (2, 2), (1, 1), False, True, None),
            ))  # fmt: skip
    finally:
        threads.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)
