"""kernels.softmax against float64 NumPy, and the exponential inside it against long double."""

import itertools

import numpy
import pytest

from wengert.kernels import softmax as kernels
from wengert.kernels import threads

TOLERANCE = {"float32": 3e-6, "float64": 2e-14, "float16": 3e-3}
CASES = [((1,), 0), ((64, 10), 1), ((5, 7, 3), 1), ((5, 1000), 1), ((3, 5000), -1), ((4, 130, 150), 1), ((200, 3), 0)]


def reference(x, dim):
    x = x.astype("float64")
    e = numpy.exp(x - x.max(axis=dim, keepdims=True))
    return e / e.sum(axis=dim, keepdims=True)


def layouts(x):
    yield x
    yield numpy.asfortranarray(x)
    yield x[..., ::-1].copy()[..., ::-1]
    yield numpy.repeat(x, 2, axis=0)[::2]
    yield x.astype(x.dtype.newbyteorder())


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape, dim", CASES)
def test_values_and_gradients(dtype, shape, dim):
    rng = numpy.random.default_rng(1)
    x = (5 * rng.standard_normal(shape)).astype(dtype)
    g = rng.standard_normal(shape).astype(dtype)
    tolerance = TOLERANCE[dtype]
    want = reference(x, dim)
    for y, h in zip(layouts(x), layouts(g), strict=True):
        if y.dtype == dtype and y.ndim > 1:
            h = numpy.asfortranarray(h)
        soft, log_soft = kernels.softmax(y, dim), kernels.log_softmax(y, dim)
        assert soft.dtype == log_soft.dtype == dtype and soft.shape == shape and soft.flags.c_contiguous
        numpy.testing.assert_allclose(soft, want, rtol=4 * tolerance, atol=1e-7 if dtype == "float16" else 0)
        numpy.testing.assert_allclose(log_soft, numpy.log(want), rtol=tolerance, atol=tolerance)
        p = soft.astype("float64")
        h64 = h.astype("float64")
        size = numpy.abs(h64 * p).sum(axis=dim, keepdims=True) + numpy.abs(h64)
        want_gradient = p * (h64 - (h64 * p).sum(axis=dim, keepdims=True))
        error = kernels.softmax_gradient(h, soft.astype(h.dtype), dim) - want_gradient
        assert numpy.max(numpy.abs(error) / size) < tolerance
        p = numpy.exp(log_soft.astype("float64"))
        want_gradient = h64 - p * h64.sum(axis=dim, keepdims=True)
        error = kernels.log_softmax_gradient(h, log_soft.astype(h.dtype), dim) - want_gradient
        size = p * numpy.abs(h64).sum(axis=dim, keepdims=True) + numpy.abs(h64)
        assert numpy.max(numpy.abs(error) / size) < tolerance


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "bool"])
def test_logsumexp(dtype):
    x = (4 * numpy.random.default_rng(2).standard_normal((5, 6, 7))).astype(dtype)
    wide = x.astype("float64")
    out_type = dtype if dtype.startswith("float") else "float32"
    dims = [d for n in (1, 2, 3) for d in itertools.combinations(range(3), n)] + [0, -1, (2, 0)]
    for y, dim, keepdim in itertools.product(layouts(x), dims, (False, True)):
        want = numpy.log(numpy.exp(wide).sum(axis=dim, keepdims=keepdim))
        got = kernels.logsumexp(y, dim, keepdim)
        assert got.dtype == out_type and got.shape == want.shape
        numpy.testing.assert_allclose(got, want, rtol=TOLERANCE[out_type], atol=TOLERANCE[out_type])
    long = numpy.random.default_rng(3).standard_normal((2, 70_000)).astype("float32")
    numpy.testing.assert_allclose(
        kernels.logsumexp(long, 1), numpy.log(numpy.exp(long.astype("float64")).sum(1)), rtol=1e-6
    )
    z = numpy.array([1j, 2 + 3j])
    numpy.testing.assert_allclose(kernels.logsumexp(z, 0), numpy.log(numpy.exp(z).sum()))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("n", [3, 100, 3000])
def test_rows_that_hold_no_ordinary_numbers(dtype, n):
    infinity, nan = numpy.inf, numpy.nan
    x = numpy.zeros((6, n), dtype)
    x[0] = -infinity
    x[1, 0] = infinity
    x[2, 1] = nan
    x[3, :2] = infinity, -infinity
    x[4, 0] = -infinity
    x[5] = infinity
    for y, dim in ((x, 1), (x.T, 0), (numpy.ascontiguousarray(x.T), 0)):
        soft, log_soft = kernels.softmax(y, dim), kernels.log_softmax(y, dim)
        if dim == 0:
            soft, log_soft = soft.T, log_soft.T
        for row in (0, 1, 2, 3, 5):
            assert numpy.isnan(soft[row]).all() and numpy.isnan(log_soft[row]).all()
        assert soft[4, 0] == 0 and log_soft[4, 0] == -infinity
        numpy.testing.assert_allclose(soft[4, 1:], 1 / (n - 1), rtol=1e-3)
        got = kernels.logsumexp(y, dim)
        numpy.testing.assert_array_equal(got[[0, 1, 2, 3, 5]], [-infinity, infinity, nan, infinity, infinity])
        numpy.testing.assert_allclose(got[4], numpy.log(n - 1), rtol=1e-3)


@pytest.mark.parametrize("dtype, units", [("float32", 1.1), ("float64", 1.0)])
def test_the_exponential(dtype, units):
    """Through the gradient of log_softmax with g = (-1, 0): its second entry is exp(out) exactly."""
    low, high = (-104, 88.7) if dtype == "float32" else (-746, 709.7)
    x = numpy.linspace(low, high, 400_001).astype(dtype)
    g = numpy.zeros((len(x), 2), dtype)
    g[:, 0] = -1
    got = kernels.log_softmax_gradient(g, numpy.stack([x, x], axis=1), 1)[:, 1]
    want = numpy.exp(x.astype(numpy.longdouble))
    unit = numpy.spacing(numpy.maximum(want.astype(dtype), numpy.finfo(dtype).smallest_normal))
    unit = numpy.where(want < numpy.finfo(dtype).smallest_normal, numpy.finfo(dtype).smallest_subnormal, unit)
    error = numpy.max(numpy.abs(got - want) / unit)
    assert error < units
    ends = numpy.array([numpy.inf, -numpy.inf, 1e30, -1e30, 0.0, -0.0], dtype)
    got = kernels.log_softmax_gradient(g[:6], numpy.stack([ends, ends], axis=1), 1)[:, 1]
    assert got.tolist() == [numpy.inf, 0, numpy.inf, 0, 1, 1]


@pytest.mark.parametrize("shape, dim", [((500, 400), 1), ((500, 400), 0), ((3, 90_000), 1), ((40, 50, 100), 1)])
def test_any_number_of_threads_gives_the_same_bits(shape, dim):
    x = numpy.random.default_rng(4).standard_normal(shape).astype("float32")
    before = threads.get_num_threads()
    seen = []
    try:
        for count in (1, 2, 3):
            threads.set_num_threads(count)
            soft = kernels.softmax(x, dim)
            log_soft = kernels.log_softmax(x, dim)
            results = (
                soft, log_soft, kernels.softmax_gradient(x, soft, dim), kernels.log_softmax_gradient(x, log_soft, dim),
                kernels.logsumexp(x, dim),
            )  # fmt: skip
            seen.append([result.tobytes() for result in results])
    finally:
        threads.set_num_threads(before)
    assert seen[0] == seen[1] == seen[2]


def test_inputs_are_left_alone_and_small_shapes_work():
    x = numpy.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    x.setflags(write=False)
    kernels.softmax(x, 0), kernels.log_softmax(x, 1), kernels.softmax_gradient(x, x, 0)
    assert x.tolist() == [[1, 2], [3, 4]]
    assert kernels.softmax(numpy.array(3.0), 0) == 1 and kernels.log_softmax(numpy.array(3.0), -1) == 0
    numpy.testing.assert_allclose(kernels.logsumexp(numpy.array(3.0), 0), 3)
    for shape, dim in (((0, 3), 0), ((0, 3), 1), ((3, 0), 1)):
        for dtype in ("float32", "float16"):
            empty = numpy.zeros(shape, dtype)
            assert kernels.softmax(empty, dim).shape == kernels.log_softmax_gradient(empty, empty, dim).shape == shape
    assert kernels.logsumexp(numpy.zeros((0, 3)), 0).tolist() == [-numpy.inf] * 3
    assert kernels.logsumexp(numpy.zeros((0, 3)), 1).shape == (0,)
    expanded = numpy.broadcast_to(numpy.float32(1), (4, 5))
    numpy.testing.assert_allclose(kernels.softmax(expanded, 1), numpy.full((4, 5), 0.2), rtol=1e-6)


def test_errors():
    x = numpy.zeros((2, 3), "float32")
    for function in (kernels.softmax, kernels.log_softmax, kernels.logsumexp):
        with pytest.raises(IndexError, match=r"Dimension out of range \(expected .* of \[-2, 1\], but got 2\)"):
            function(x, 2)
        with pytest.raises(TypeError):
            function(None, 0)
    for dtype in ("int64", "bool", "complex64"):
        with pytest.raises(NotImplementedError, match="softmax_lastdim_kernel_impl"):
            kernels.softmax(x.astype(dtype), 1)
    with pytest.raises(RuntimeError, match="must be alike"):
        kernels.softmax_gradient(x, x[:1], 1)
    with pytest.raises(RuntimeError, match="must be alike"):
        kernels.log_softmax_gradient(x, x.astype("float64"), 1)
    with pytest.raises(RuntimeError, match="appears multiple times"):
        kernels.logsumexp(x, (0, -2))
