"""kernels.optimizer_steps against the textbook's formulas in float64."""

import itertools

import numpy
import pytest

from wengert.kernels import optimizer_steps, threads


def reference(p, g, b, lr, momentum, dampening, weight_decay, nesterov, maximize):
    d = (-g if maximize else g) + weight_decay * p
    if momentum:
        b = d.copy() if b is None else momentum * b + (1 - dampening) * d
        d = d + momentum * b if nesterov else b
    return p - lr * d, b


def spaced(x):
    wide = numpy.empty((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


LAYOUTS = {"C": numpy.ascontiguousarray, "Fortran": numpy.asfortranarray, "spaced": spaced}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "complex64"])
@pytest.mark.parametrize(
    "momentum, dampening, nesterov", [(0, 0, False), (0.9, 0, False), (0.9, 0.3, False), (0.9, 0, True)]
)
@pytest.mark.parametrize("weight_decay", [0, 0.1])
@pytest.mark.parametrize("maximize", [False, True])
def test_three_steps(dtype, momentum, dampening, nesterov, weight_decay, maximize):
    rng = numpy.random.default_rng(1)
    wide = numpy.complex128 if dtype == "complex64" else numpy.float64
    tolerance = {"float64": 1e-14, "float16": 5e-3}.get(dtype, 1e-6)
    layouts = list(itertools.product(LAYOUTS.values(), LAYOUTS.values()))
    start = [rng.standard_normal((3, 4)) for _ in layouts] + [rng.standard_normal(37), rng.standard_normal((0, 2))]
    layouts += [(numpy.ascontiguousarray,) * 2] * 2
    parameters = [p(x.astype(dtype)) for (p, _), x in zip(layouts, start, strict=True)]
    memory = list(parameters)
    expected = [p.astype(wide) for p in parameters]
    buffers, expected_buffers = [None] * len(start), [None] * len(start)
    for _ in range(3):
        gradients = [
            layout(rng.standard_normal(p.shape).astype(dtype))
            for (_, layout), p in zip(layouts, parameters, strict=True)
        ]
        arguments = (0.1, momentum, dampening, weight_decay, nesterov, maximize)
        buffers = optimizer_steps.sgd_step(parameters, gradients, buffers, *arguments)
        for k, g in enumerate(gradients):
            expected[k], expected_buffers[k] = reference(expected[k], g.astype(wide), expected_buffers[k], *arguments)
    for k, p in enumerate(parameters):
        assert p is memory[k] and p.dtype == dtype
        numpy.testing.assert_allclose(p, expected[k], rtol=tolerance, atol=tolerance)
        if momentum:
            assert buffers[k].dtype == dtype and not numpy.shares_memory(buffers[k], p)
            numpy.testing.assert_allclose(buffers[k], expected_buffers[k], rtol=tolerance, atol=tolerance)
        else:
            assert buffers[k] is None


def test_a_view_is_changed_in_its_base():
    base = numpy.ones((4, 4), "float32")
    gradient = numpy.broadcast_to(numpy.float32(1), (2, 4))
    optimizer_steps.sgd_step([base[::2]], [gradient], [None], 0.5, 0.9)
    assert base[:, 0].tolist() == [0.5, 1, 0.5, 1]


def test_non_finite_values_stay_where_they_are():
    p = numpy.array([numpy.inf, 1, 2, 3], "float32")
    optimizer_steps.sgd_step([p], [numpy.array([1, numpy.nan, numpy.inf, 1e-45], "float32")], [None], 0.5)
    numpy.testing.assert_array_equal(p, [numpy.inf, numpy.nan, -numpy.inf, 3])


def test_any_number_of_threads_gives_the_same_bits():
    rng = numpy.random.default_rng(2)
    start, gradient = rng.standard_normal((2, 300_001)).astype("float32")
    seen = []
    before = threads.get_num_threads()
    try:
        for count in (1, 2, 3):
            threads.set_num_threads(count)
            p = start.copy()
            (buffer,) = optimizer_steps.sgd_step([p], [gradient], [None], 0.1, 0.9, 0, 0.01, True)
            optimizer_steps.sgd_step([p], [gradient], [buffer], 0.1, 0.9, 0, 0.01, True)
            seen.append(p.tobytes())
    finally:
        threads.set_num_threads(before)
    assert seen[0] == seen[1] == seen[2]


def test_errors_change_nothing():
    p, q, g = numpy.ones(3), numpy.ones(2), numpy.ones(3)
    frozen = numpy.ones(3)
    frozen.setflags(write=False)
    for error, arguments in (
        (RuntimeError, ([p, q], [g, g], [None, None])),
        (RuntimeError, ([p, frozen], [g, g], [None, None])),
        (TypeError, ([p, p], [g, None], [None, None])),
        (TypeError, ([p, None], [g, g], [None, None])),
        (TypeError, (None, [g], [None])),
        (RuntimeError, ([p, p], [g, g], [None, q])),
        (ValueError, ([p, p], [g], [None, None])),
    ):
        with pytest.raises(error):
            optimizer_steps.sgd_step(*arguments, 0.1, 0.9)
        assert p.tolist() == [1, 1, 1]
