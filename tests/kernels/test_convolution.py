"""Convolution kernels against direct sums, by adjointness, over layouts, special values and numbers of threads."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wengert.kernels import convolution as kernels
from wengert.kernels import convolution_taps, threads

CASES = [
    # input, weight, stride, padding, dilation, groups
    ((2, 3, 9), (4, 3, 3), (1,), (0,), (1,), 1),
    ((2, 4, 50), (6, 2, 5), (2,), (3,), (2,), 2),
    ((1, 2, 700), (3, 2, 7), (1,), (3,), (1,), 1),
    ((3, 1, 28, 28), (6, 1, 5, 5), (1, 1), (0, 0), (1, 1), 1),
    ((2, 6, 14, 14), (16, 6, 5, 5), (1, 1), (2, 2), (1, 1), 1),
    ((2, 5, 9, 11), (7, 5, 3, 2), (2, 3), (1, 0), (1, 2), 1),
    ((2, 6, 8, 7), (6, 1, 3, 3), (1, 1), (1, 1), (1, 1), 6),
    ((2, 8, 7, 9), (9, 8, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((2, 4, 7, 9), (4, 2, 1, 1), (3, 2), (1, 1), (1, 1), 2),
    ((1, 40, 12, 12), (20, 40, 4, 4), (1, 1), (1, 1), (1, 1), 1),
    ((2, 3, 5, 5), (2, 3, 2, 2), (4, 4), (3, 3), (1, 1), 1),
    ((2, 2, 4, 5, 6), (3, 2, 2, 3, 2), (1, 2, 1), (1, 1, 0), (2, 1, 1), 1),
    ((1, 4, 3, 6, 20), (4, 2, 1, 3, 3), (1, 1, 1), (0, 1, 1), (1, 1, 1), 2),
]


def out_shape(case):
    x, w, stride, padding, dilation, _ = case
    spatial = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(x[2:], w[2:], stride, padding, dilation, strict=True)
    ]
    return (x[0], w[0], *spatial)


def direct_sum(x, w, stride, padding, dilation, groups):
    """The definition, in float64: one product of channels for each output position and tap."""
    x = np.pad(x.astype(np.float64), [(0, 0), (0, 0), *[(p, p) for p in padding]])
    w = w.astype(np.float64).reshape(groups, -1, *w.shape[1:])
    spatial = [
        (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], w.shape[3:], stride, dilation, strict=True)
    ]
    x = x.reshape(x.shape[0], groups, -1, *x.shape[2:])
    out = np.zeros((x.shape[0], groups, w.shape[1], *spatial))
    for place in np.ndindex(*spatial):
        for tap in np.ndindex(w.shape[3:]):
            at = tuple(o * s + t * d for o, s, t, d in zip(place, stride, tap, dilation, strict=True))
            out[(..., *place)] += np.einsum("ngc,gmc->ngm", x[(..., *at)], w[(..., *tap)])
    return out.reshape(out.shape[0], -1, *spatial)


def operands(case, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal(case[0]).astype(dtype),
        rng.standard_normal(case[1]).astype(dtype),
        rng.standard_normal(out_shape(case)).astype(dtype),
    )


def layouts(x):
    """The values of x in several kinds of memory."""
    yield np.ascontiguousarray(x.T).T
    yield np.ascontiguousarray(x[..., ::-1])[..., ::-1]
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    yield wide[..., ::2]
    unaligned = np.empty(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    unaligned[...] = x
    yield unaligned
    fields = np.zeros(x.shape, [("value", x.dtype), ("other", np.int8)])
    fields["value"] = x
    yield fields["value"]
    yield x.astype(x.dtype.newbyteorder("S"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES)
def test_values_against_the_definition(case, dtype):
    x, w, _ = operands(case, dtype)
    expected = direct_sum(x, w, *case[2:])
    got = kernels.convolution(x, w, *case[2:])
    assert got.dtype == dtype and got.shape == out_shape(case)
    scale = direct_sum(abs(x), abs(w), *case[2:])
    assert np.all(abs(got - expected) <= (w[0].size + 1) * np.finfo(dtype).eps * scale)
    bias = np.arange(w.shape[0]).astype(dtype)
    with_bias = kernels.convolution(x, w, *case[2:], bias)
    column = bias.reshape(-1, *[1] * (x.ndim - 2)).astype(np.float64)
    assert np.all(abs(with_bias - expected - column) <= (w[0].size + 2) * np.finfo(dtype).eps * (scale + column))


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_adjoints(case):
    """<conv(x, w), g> = <x, input_gradient(g, w)> = <w, weight_gradient(g, x)>, for each of several directions."""
    for seed in range(3):
        x, w, g = operands(case, seed=seed)
        inner = (direct_sum(x, w, *case[2:]) * g).sum()
        dx = kernels.convolution_input_gradient(g, w, x.shape, *case[2:])
        dw = kernels.convolution_weight_gradient(g, x, w.shape, *case[2:])
        assert dx.shape == x.shape and dw.shape == w.shape
        np.testing.assert_allclose((dx * x).sum(), inner, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose((dw * w).sum(), inner, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES)
def test_compiled_and_tap_by_tap_agree(case, dtype):
    x, w, g = operands(case, dtype)
    tolerance = {"rtol": 0, "atol": 4000 * np.finfo(dtype).eps}
    for name, arguments in [
        ("convolution", (x, w)),
        ("convolution_input_gradient", (g, w, x.shape)),
        ("convolution_weight_gradient", (g, x, w.shape)),
    ]:
        slow = getattr(convolution_taps, name)(*arguments, *case[2:])
        np.testing.assert_allclose(getattr(kernels, name)(*arguments, *case[2:]), slow, **tolerance)


@pytest.mark.parametrize("dtype", [np.float16, np.complex64, np.complex128, np.int64])
@pytest.mark.parametrize("case", CASES[:8])
def test_other_types(case, dtype):
    rng = np.random.default_rng(1)
    x, w, g = (rng.integers(-2, 3, shape).astype(dtype) for shape in (case[0], case[1], out_shape(case)))
    if np.dtype(dtype).kind == "c":
        x, w = x * (1 + 2j), w * (2 - 1j)
        x, w = x.astype(dtype), w.astype(dtype)
    expected = direct_sum(x.real, w.real, *case[2:])
    factor = (1 + 2j) * (2 - 1j) / 2 if np.dtype(dtype).kind == "c" else 1
    y = kernels.convolution(x, w, *case[2:])
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, (expected * factor).astype(dtype))
    dx = kernels.convolution_input_gradient(g, w, x.shape, *case[2:])
    dw = kernels.convolution_weight_gradient(g, x, w.shape, *case[2:])
    assert dx.dtype == dw.dtype == dtype
    if dtype is not np.float16:  # whose sums would be rounded
        assert (dx * x).sum() == (dw * w).sum() == (y * g).sum()


@pytest.mark.parametrize("case", CASES)
def test_layouts(case):
    x, w, g = operands(case, np.float32)
    y = kernels.convolution(x, w, *case[2:])
    dx = kernels.convolution_input_gradient(g, w, x.shape, *case[2:])
    dw = kernels.convolution_weight_gradient(g, x, w.shape, *case[2:])
    for other_x, other_w, other_g in zip(layouts(x), layouts(w), layouts(g), strict=True):
        tolerance = {"rtol": 0, "atol": 1e-3} if other_x.dtype.byteorder == ">" else {"rtol": 0, "atol": 0}
        np.testing.assert_allclose(kernels.convolution(other_x, other_w, *case[2:]), y, **tolerance)
        np.testing.assert_allclose(
            kernels.convolution_input_gradient(other_g, other_w, x.shape, *case[2:]), dx, **tolerance
        )
        np.testing.assert_allclose(
            kernels.convolution_weight_gradient(other_g, other_x, w.shape, *case[2:]), dw, **tolerance
        )


def test_expanded_operands():
    """Memory that broadcasting repeats, as the gradient of a sum is."""
    x = np.broadcast_to(np.arange(9.0), (2, 3, 9, 9))
    w = np.broadcast_to(np.arange(3.0), (2, 3, 3, 3))
    g = np.broadcast_to(np.float64(2), (2, 2, 7, 7))
    window = ((1, 1), (0, 0), (1, 1), 1)
    np.testing.assert_allclose(
        kernels.convolution(x, w, *window), direct_sum(np.array(x), np.array(w), *window), rtol=1e-13
    )
    for name, other, shape in [("input", w, x.shape), ("weight", x, w.shape)]:
        gradient = getattr(kernels, f"convolution_{name}_gradient")
        np.testing.assert_array_equal(
            gradient(g, other, shape, *window), gradient(np.array(g), np.array(other), shape, *window)
        )


@pytest.mark.parametrize("case", CASES)
def test_nan_and_infinity_reach_what_uses_them_and_nothing_else(case):
    x, w, g = operands(case)
    for special in (np.nan, np.inf):
        position = tuple(n // 2 for n in x.shape)
        marked = x.copy()
        marked[position] = special
        reached = direct_sum((marked != x).astype(float), np.ones_like(w), *case[2:]) != 0
        y = kernels.convolution(marked, w, *case[2:])
        assert np.array_equal(~np.isfinite(y), reached)
        # The gradient of the weight multiplies every input that a tap meets.
        dw = kernels.convolution_weight_gradient(g, marked, w.shape, *case[2:])
        slow = convolution_taps.convolution_weight_gradient(g, marked, w.shape, *case[2:])
        assert np.array_equal(np.isfinite(dw), np.isfinite(slow))
        position = tuple(n // 2 for n in g.shape)
        marked = g.copy()
        marked[position] = special
        dx = kernels.convolution_input_gradient(marked, w, x.shape, *case[2:])
        slow = convolution_taps.convolution_input_gradient(marked, w, x.shape, *case[2:])
        assert np.array_equal(np.isfinite(dx), np.isfinite(slow))
        dw = kernels.convolution_weight_gradient(marked, x, w.shape, *case[2:])
        slow = convolution_taps.convolution_weight_gradient(marked, x, w.shape, *case[2:])
        assert np.array_equal(np.isfinite(dw), np.isfinite(slow))


def test_denormal_numbers_are_kept():
    x = np.full((1, 1, 20), 1e-310)
    w = np.ones((1, 1, 1))
    np.testing.assert_array_equal(kernels.convolution(x, w, (1,), (0,), (1,), 1), x)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_empty_operands(dtype):
    window = ((1, 1), (1, 1), (1, 1), 1)
    x, w = np.zeros((0, 3, 4, 4), dtype), np.ones((2, 3, 3, 3), dtype)
    assert kernels.convolution(x, w, *window).shape == (0, 2, 4, 4)
    g = np.zeros((0, 2, 4, 4), dtype)
    assert kernels.convolution_input_gradient(g, w, x.shape, *window).shape == x.shape
    dw = kernels.convolution_weight_gradient(g, x, w.shape, *window)
    assert dw.shape == w.shape and not dw.any()
    # No input channels: the sums are empty, the bias remains.
    x, w = np.zeros((1, 0, 4, 4), dtype), np.ones((2, 0, 3, 3), dtype)
    y = kernels.convolution(x, w, *window, np.array([1, 2], dtype))
    np.testing.assert_array_equal(y, np.broadcast_to(np.array([1, 2], dtype).reshape(2, 1, 1), (1, 2, 4, 4)))


def test_what_would_reach_outside_memory_is_refused():
    x, w, g = np.zeros((1, 2, 5)), np.zeros((2, 2, 3)), np.zeros((1, 2, 3))
    window = ((1,), (0,), (1,), 1)
    with pytest.raises(RuntimeError, match="expected input"):
        kernels.convolution(np.zeros((1, 3, 5)), w, *window)
    with pytest.raises(RuntimeError, match="smaller than the kernel size"):
        kernels.convolution(np.zeros((1, 2, 2)), w, *window)
    for bad in [((0,), (0,), (1,), 1), ((1,), (-1,), (1,), 1), ((1,), (0,), (0,), 1), ((1,), (0,), (1,), 0)]:
        with pytest.raises(RuntimeError, match="positive kernel sizes"):
            kernels.convolution(x, w, *bad)
    with pytest.raises(RuntimeError, match="one parameter for each"):
        kernels.convolution(x, w, (1, 1), (0, 0), (1, 1), 1)
    with pytest.raises(RuntimeError, match="bias has shape"):
        kernels.convolution(x, w, *window, np.zeros(3))
    with pytest.raises(RuntimeError, match="g has shape"):
        kernels.convolution_input_gradient(g[..., 1:], w, x.shape, *window)
    with pytest.raises(RuntimeError, match="g has shape"):
        kernels.convolution_weight_gradient(g[..., 1:], x, w.shape, *window)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_number_of_threads_gives_the_same_bits(dtype):
    cases = [*CASES, ((9, 16, 30, 30), (24, 16, 3, 3), (1, 1), (1, 1), (1, 1), 1)]
    before = threads.get_num_threads()
    try:
        for case in cases:
            x, w, g = operands(case, dtype)
            results = []
            for count in (1, 2, 3):
                threads.set_num_threads(count)
                results.append((
                    kernels.convolution(x, w, *case[2:]),
                    kernels.convolution_input_gradient(g, w, x.shape, *case[2:]),
                    kernels.convolution_weight_gradient(g, x, w.shape, *case[2:]),
                ))  # fmt: skip
            for other in results[1:]:
                for a, b in zip(results[0], other, strict=True):
                    np.testing.assert_array_equal(a, b)
    finally:
        threads.set_num_threads(before)


@st.composite
def windows(draw):
    count = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(count))

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    kernel, stride, padding, dilation = each(1, 4), each(1, 4), each(0, 3), each(1, 3)
    extra = each(0, 20 if count < 3 else 5)
    spatial = tuple(
        max(1, d * (k - 1) + 1 - 2 * p) + e for k, p, d, e in zip(kernel, padding, dilation, extra, strict=True)
    )
    channels, rows = draw(st.integers(1, 5)), draw(st.integers(1, 19))
    x = (draw(st.integers(1, 3)), channels * groups, *spatial)
    return x, (rows * groups, channels, *kernel), stride, padding, dilation, groups


@settings(max_examples=150, deadline=None)
@given(windows(), st.sampled_from([np.float32, np.float64]))
def test_any_window(case, dtype):
    test_compiled_and_tap_by_tap_agree(case, dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", [
    ((1, 1, 3, 1, 1), (1, 1, 1, 2, 1), (2, 2, 1), (0, 1, 0), (1, 1, 1), 1),
    ((2, 2, 5, 1, 3), (3, 2, 1, 2, 1), (2, 3, 1), (0, 1, 0), (1, 1, 1), 1),
])
def test_the_step_of_a_dimension_of_size_1_says_nothing(case, dtype):
    """Planes whose middle dimension has one element, strided over, are no row of elements side by side."""
    test_compiled_and_tap_by_tap_agree(case, dtype)


@pytest.mark.parametrize("instruction_set", ["baseline", "avx2", "avx512"])
def test_every_instruction_set(instruction_set):
    """The cases again, in a process that is told which instruction set to use."""
    script = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('cases', {__file__!r})\n"
        "cases = importlib.util.module_from_spec(spec)\n"
        "try:\n    spec.loader.exec_module(cases)\n"
        "except ImportError as error:\n    sys.exit(77 if 'does not have' in str(error) else error)\n"
        "import numpy, wengert.kernels\n"
        f"assert wengert.kernels.instruction_set() == {instruction_set!r}\n"
        "for case in cases.CASES:\n"
        "    for dtype in (numpy.float32, numpy.float64):\n"
        "        cases.test_compiled_and_tap_by_tap_agree(case, dtype)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "WENGERT_INSTRUCTION_SET": instruction_set},
        capture_output=True, text=True,
    )  # fmt: skip
    if run.returncode == 77:
        pytest.skip(f"this processor has no {instruction_set}")
    assert run.returncode == 0, run.stderr


def test_taps_are_all_of_the_kernel():
    """The reference itself: a kernel with a single one shifts the input."""
    x = np.arange(20.0).reshape(1, 1, 4, 5)
    for tap in itertools.product(range(2), range(3)):
        w = np.zeros((1, 1, 2, 3))
        w[(0, 0, *tap)] = 1
        expected = x[..., tap[0] : tap[0] + 3, tap[1] : tap[1] + 3]
        np.testing.assert_array_equal(direct_sum(x, w, (1, 1), (0, 0), (1, 1), 1), expected)
        np.testing.assert_array_equal(kernels.convolution(x, w, (1, 1), (0, 0), (1, 1), 1), expected)
