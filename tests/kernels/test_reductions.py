"""kernels.reductions against float64 NumPy: every function, type, layout and combination of dimensions."""

import itertools

import numpy
import pytest

from wengert.kernels import reductions, threads
from wengert.kernels.broadcasting import sum_to_shape

FUNCTIONS = {
    "sum": (reductions.sum, numpy.sum),
    "mean": (reductions.mean, numpy.mean),
    "prod": (reductions.prod, numpy.prod),
    "amax": (reductions.amax, numpy.max),
    "amin": (reductions.amin, numpy.min),
}
POSITIONS = {
    "max": (reductions.max_with_indices, numpy.max, numpy.argmax),
    "min": (reductions.min_with_indices, numpy.min, numpy.argmin),
}


def layouts(x):
    """The same values in every kind of memory."""
    wide = numpy.empty(tuple(2 * size for size in x.shape), x.dtype)
    spaced = wide[tuple(slice(None, None, 2) for _ in x.shape)]
    spaced[...] = x
    yield "C", x
    yield "Fortran", numpy.asfortranarray(x)
    yield "spaced", spaced
    yield "negative", numpy.ascontiguousarray(x[tuple(slice(None, None, -1) for _ in x.shape)])[
        tuple(slice(None, None, -1) for _ in x.shape)
    ]
    order = tuple(reversed(range(1, x.ndim))) + (0,)
    yield "permuted", numpy.ascontiguousarray(x.transpose(order)).transpose(numpy.argsort(order))
    yield "byte-swapped", x.astype(x.dtype.newbyteorder())
    packed = numpy.empty(x.nbytes + 1, numpy.uint8)[1:].view(x.dtype).reshape(x.shape)
    packed[...] = x
    yield "unaligned", packed


@pytest.fixture
def thread_count():
    before = threads.get_num_threads()
    yield threads.set_num_threads
    threads.set_num_threads(before)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 5, 7), (2, 9, 40), (4, 1, 33), (5, 6, 70), (2100, 3, 1)])
def test_every_layout_and_dim(name, dtype, shape):
    ours, reference = FUNCTIONS[name]
    spread = 0.25 if numpy.prod(shape) < 1000 else 0.005  # so that no product under- or overflows
    x = (1 + spread * numpy.random.default_rng(1).standard_normal(shape)).astype(dtype)
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    dims = [None, ()] + [d for n in (1, 2, 3) for d in itertools.combinations(range(3), n)] + [0, 1, -1, -3]
    for (layout, y), dim, keepdim in itertools.product(layouts(x), dims, (False, True)):
        want = reference(x.astype("float64"), axis=None if dim == () else dim, keepdims=keepdim)
        got = ours(y, dim, keepdim)
        assert got.shape == want.shape and got.dtype == dtype, (layout, dim)
        numpy.testing.assert_allclose(got, want, rtol=tolerance, err_msg=f"{layout} {dim}")


@pytest.mark.parametrize("name", POSITIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32", "bool"])
@pytest.mark.parametrize("shape", [(3, 5, 7), (2, 9, 40), (3, 2500, 2)])
def test_positions(name, dtype, shape):
    ours, value, position = POSITIONS[name]
    x = numpy.random.default_rng(2).integers(-20, 20, shape).astype(dtype)  # many ties: the first one counts
    for (layout, y), dim, keepdim in itertools.product(layouts(x), (0, 1, 2, -1, -2, None), (False, True)):
        values, indices = ours(y, dim, keepdim)
        numpy.testing.assert_array_equal(values, value(x, axis=dim, keepdims=keepdim), err_msg=f"{layout} {dim}")
        numpy.testing.assert_array_equal(indices, position(x, axis=dim, keepdims=keepdim), err_msg=f"{layout} {dim}")
        assert indices.dtype == numpy.int64 and indices.shape == values.shape


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("dim", [0, 1, None])
def test_nan_wins_and_the_first_one_is_found(dtype, dim):
    rng = numpy.random.default_rng(3)
    for place in itertools.product((0, 7, 1030, 2999), (0, 9, 19)):
        x = rng.standard_normal((3000, 20)).astype(dtype)
        x[place] = numpy.nan
        x[2999, 19] = numpy.nan
        for function, position in (
            (reductions.max_with_indices, numpy.argmax),
            (reductions.min_with_indices, numpy.argmin),
        ):
            values, indices = function(x, dim)
            numpy.testing.assert_array_equal(indices, position(x, axis=dim))
            numpy.testing.assert_array_equal(values, numpy.max(x, axis=dim) * 0 + values)
            assert numpy.array_equal(numpy.isnan(values), numpy.isnan(x).any(axis=dim))
        numpy.testing.assert_array_equal(reductions.amax(x, dim), x.max(axis=dim))
        numpy.testing.assert_array_equal(reductions.amin(x, dim), x.min(axis=dim))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_infinities_and_denormals(dtype):
    infinity = numpy.inf
    x = numpy.array([[infinity, 1, 2], [-infinity, 1, 2], [infinity, -infinity, 0]], dtype)
    numpy.testing.assert_array_equal(reductions.sum(x, 1), [infinity, -infinity, numpy.nan])
    numpy.testing.assert_array_equal(reductions.amax(x[1:2, :1], 1), [-infinity])
    full = numpy.full((70, 300), infinity, dtype)
    numpy.testing.assert_array_equal(reductions.amin(full, 0), full[0])
    tiny = numpy.finfo(dtype).smallest_subnormal
    assert reductions.sum(numpy.full(300, tiny, dtype)) == 300 * numpy.float64(tiny)
    assert reductions.amax(numpy.array([-tiny, -2 * tiny], dtype)) == -tiny


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape, dim", [((1_000_003,), 0), ((100_003, 9), 0), ((9, 100_003), 1), ((70_001, 3), 0)])
def test_error_of_long_sums_is_within_the_stated_bound(dtype, shape, dim):
    x = numpy.random.default_rng(4).random(shape).astype(dtype)
    exact = x.astype(numpy.longdouble).sum(axis=dim)
    unit = numpy.finfo(dtype).eps / 2
    error = numpy.abs(reductions.sum(x, dim) - exact) / numpy.abs(x).astype(numpy.longdouble).sum(axis=dim) / unit
    assert numpy.max(error) < 39 + numpy.log2(shape[dim] / 32)


@pytest.mark.parametrize(
    "shape, dim",
    [((400_000,), None), ((3, 200_000), 1), ((200_000, 3), 0), ((50_000, 16), 0), ((20, 30_000), 0),
     ((9, 40, 700), (0, 2)), ((9, 70, 700), (0, 2)), ((3000, 300), 1), ((40, 300, 40), 1)],
)  # fmt: skip
def test_any_number_of_threads_gives_the_same_bits(thread_count, shape, dim):
    x = numpy.random.default_rng(5).standard_normal(shape).astype("float32")
    seen = []
    for count in (1, 2, 3):
        thread_count(count)
        results = [reductions.sum(x, dim), reductions.mean(x, dim), reductions.amax(x, dim)]
        if not isinstance(dim, tuple):
            results += reductions.max_with_indices(x, dim)
        seen.append([numpy.asarray(result).tobytes() for result in results])
    assert seen[0] == seen[1] == seen[2]
    numpy.testing.assert_allclose(reductions.sum(x, dim), x.sum(axis=dim, dtype="float64"), rtol=1e-3, atol=1e-2)
    numpy.testing.assert_array_equal(reductions.amax(x, dim), x.max(axis=dim))


def test_expanded_memory():
    row = numpy.arange(40, dtype="float32")
    x = numpy.broadcast_to(row, (30, 40))
    numpy.testing.assert_array_equal(reductions.sum(x, 0), 30 * row)
    numpy.testing.assert_array_equal(reductions.sum(x, 1), numpy.full(30, row.sum()))
    numpy.testing.assert_array_equal(reductions.amax(numpy.broadcast_to(row[:, None], (40, 30)), 0), numpy.full(30, 39))
    assert reductions.sum(numpy.broadcast_to(numpy.float32(2), (300, 300))) == 180_000


def test_types():
    for dtype in ("bool", "uint8", "int8", "int16", "int32", "int64"):
        x = numpy.array([[1, 0, 1], [1, 1, 1]]).astype(dtype)
        for got, want in ((reductions.sum(x), 5), (reductions.prod(x), 0), (reductions.sum(x, 0)[0], 2)):
            assert got.dtype == numpy.int64 and got == want
        assert reductions.amax(x).dtype == dtype
    x = numpy.array([0.6, 1.2, 1.8], "float32")
    assert reductions.sum(x, dtype=numpy.int64) == 2  # converted before it is summed
    assert reductions.sum(x, dtype=numpy.float64).dtype == numpy.float64
    assert reductions.sum(numpy.full(3, 6e4, "float16")) == numpy.inf  # and no warning
    half = numpy.full(5000, 1, "float16")
    assert reductions.sum(half) == 5000 and reductions.sum(half).dtype == numpy.float16
    assert reductions.mean(half) == 1
    z = numpy.array([1 + 2j, 3 - 1j], "complex64")
    assert reductions.sum(z) == 4 + 1j and reductions.mean(z) == 2 + 0.5j and reductions.prod(z) == (1 + 2j) * (3 - 1j)
    assert reductions.mean(numpy.arange(4), dtype=numpy.float32) == 1.5


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "complex64"])
def test_no_elements(dtype):
    x = numpy.zeros((0, 3), dtype)
    result = numpy.int64 if dtype == "int64" else dtype
    assert reductions.sum(x) == 0 and reductions.prod(x) == 1
    assert reductions.sum(x, 0).shape == (3,) and reductions.sum(x, 0).dtype == result
    assert reductions.sum(x, 1).shape == (0,) and reductions.prod(x, 0, True).shape == (1, 3)
    if dtype != "int64":
        assert numpy.isnan(reductions.mean(x)) and reductions.mean(x, 1).shape == (0,)
    if dtype == "complex64":
        return
    for name, function in (("amax", reductions.amax), ("amin", reductions.amin)):
        with pytest.raises(RuntimeError, match=rf"{name}\(\): Expected reduction dim to be specified for input"):
            function(x)
        with pytest.raises(IndexError, match=rf"{name}\(\): Expected reduction dim 0 to have non-zero size"):
            function(x, 0)
        assert function(x, 1).shape == (0,) and function(x, 1).dtype == dtype
    with pytest.raises(IndexError, match=r"max\(\): Expected reduction dim 0 to have non-zero size"):
        reductions.max_with_indices(x, 0)
    with pytest.raises(IndexError, match=r"argmin\(\): Expected reduction dim to be specified"):
        reductions.argmin(x)
    values, indices = reductions.max_with_indices(x, 1, True)
    assert values.shape == indices.shape == (0, 1) and indices.dtype == numpy.int64


def test_no_dimensions():
    x = numpy.array(3.0, "float32")
    for dim in (None, 0, -1, (), (0,)):
        assert reductions.sum(x, dim).shape == () and reductions.sum(x, dim) == 3
        assert reductions.amax(x, dim, True).shape == ()
    assert reductions.max_with_indices(x, 0) == (3, 0)
    with pytest.raises(IndexError, match=r"expected to be in range of \[-1, 0\], but got 1"):
        reductions.sum(x, 1)
    with pytest.raises(RuntimeError, match="dim 0 appears multiple times"):
        reductions.sum(x, (0, -1))


def test_errors():
    x = numpy.zeros((2, 3), "float32")
    for function in (reductions.sum, reductions.mean, reductions.prod, reductions.amax, reductions.argmax):
        for array in (x, x.astype("float16")):
            with pytest.raises(IndexError, match=r"Dimension out of range \(expected .* of \[-2, 1\], but got 5\)"):
                function(array, 5)
    with pytest.raises(RuntimeError, match="dim 1 appears multiple times in the list of dims"):
        reductions.sum(x, (1, -1))
    with pytest.raises(RuntimeError, match="could not infer output dtype. Input dtype must be .* Got: Long"):
        reductions.mean(numpy.arange(3))
    with pytest.raises(RuntimeError, match="Optional dtype must be .* Got: Int"):
        reductions.mean(x, dtype=numpy.int32)
    with pytest.raises(RuntimeError, match=r"argmax\(\): does not support complex input"):
        reductions.argmax(x + 1j)
    with pytest.raises(RuntimeError, match=r"argmax\(\): does not support bool input"):
        reductions.argmax(x > 0)
    with pytest.raises(NotImplementedError, match="max_values_cpu"):
        reductions.amax(x.astype("complex64"))
    with pytest.raises(TypeError):
        reductions.sum(None)
    with pytest.raises(TypeError):
        reductions.max_with_indices(x, (0, 1))


@pytest.mark.parametrize("dtype", ["float32", "int32", "complex64", "float16"])
def test_sum_to_shape(dtype):
    x = numpy.arange(24).reshape(2, 3, 4).astype(dtype)
    for shape in ((2, 3, 4), (3, 4), (4,), (1,), (), (1, 3, 1), (3, 1), (2, 1, 4), (1, 1, 1)):
        got = sum_to_shape(x, shape)
        back = numpy.broadcast_to(numpy.zeros(shape, dtype), x.shape)
        axes = tuple(range(3 - len(shape))) + tuple(
            d + 3 - len(shape) for d, n in enumerate(shape) if n != x.shape[d + 3 - len(shape)]
        )
        assert got.shape == shape and got.dtype == dtype and back.shape == x.shape
        numpy.testing.assert_array_equal(got, x.sum(axis=axes, dtype=dtype).reshape(shape))
    assert sum_to_shape(numpy.ones((0, 3), dtype), (3,)).tolist() == [0, 0, 0]
    for wrong in ((2, 4), (5, 2, 3, 4), (24,)):
        with pytest.raises(RuntimeError, match="cannot be reduced to shape"):
            sum_to_shape(x, wrong)
