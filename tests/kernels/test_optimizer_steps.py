"""kernels.optimizer_steps against the textbooks' formulas in float64."""

import itertools

import numpy
import pytest

from wengert.kernels import optimizer_steps, threads


def sgd(p, g, states, sign, decay, lr, momentum, keep, nesterov, first):
    (b,) = states
    d = sign * g + decay * p
    if b is not None:
        b[...] = d if first else momentum * b + keep * d
        d = d + momentum * b if nesterov else b
    p -= lr * d


def adam(p, g, states, sign, decay, shrink, weight, beta2, weight2, correction, eps, size):
    m, v, largest = states
    d = sign * g + decay * p
    p *= shrink
    m += weight * (d - m)
    v[...] = beta2 * v + weight2 * d**2
    if largest is not None:
        numpy.maximum(largest, v, out=largest)
        v = largest
    p += size * m / (numpy.sqrt(v) / correction + eps)


def nadam(p, g, states, sign, decay, shrink, weight, beta2, weight2, correction, eps, by_gradient, by_mean):
    m, v = states
    d = sign * g + decay * p
    p *= shrink
    m += weight * (d - m)
    v[...] = beta2 * v + weight2 * d**2
    p += (by_gradient * d + by_mean * m) / (numpy.sqrt(v / correction) + eps)


def radam(p, g, states, sign, decay, shrink, weight, beta2, weight2, correction, eps, lr, rectified):
    m, v = states
    d = sign * g + decay * p
    p *= shrink
    m += weight * (d - m)
    v[...] = beta2 * v + weight2 * d**2
    p -= lr * m / correction * (rectified / (numpy.sqrt(v) + eps) if rectified else 1)


def adamax(p, g, states, sign, decay, weight, beta2, eps, size):
    m, u = states
    d = sign * g + decay * p
    m += weight * (d - m)
    u[...] = numpy.maximum(beta2 * u, abs(d) + eps)
    p += size * m / u


def adagrad(p, g, states, sign, decay, eps, size):
    (s,) = states
    d = sign * g + decay * p
    s += d**2
    p += size * d / (numpy.sqrt(s) + eps)


def adadelta(p, g, states, sign, decay, rho, eps, lr):
    s, a = states
    d = sign * g + decay * p
    s[...] = rho * s + (1 - rho) * d**2
    change = numpy.sqrt((a + eps) / (s + eps)) * d
    a[...] = rho * a + (1 - rho) * change**2
    p -= lr * change


def rmsprop(p, g, states, sign, decay, alpha, eps, lr, momentum):
    s, m, b = states
    d = sign * g + decay * p
    s[...] = alpha * s + (1 - alpha) * d**2
    second = s
    if m is not None:
        m[...] = alpha * m + (1 - alpha) * d
        second = s - m**2
    d = d / (numpy.sqrt(second) + eps)
    if b is not None:
        b[...] = momentum * b + d
        d = b
    p -= lr * d


def rprop(p, g, states, sign, smaller, larger, least, most):
    previous, size = states
    d = sign * g
    agreement = d * previous
    factor = numpy.where(agreement > 0, larger, numpy.where(agreement < 0, smaller, 1))
    size[...] = numpy.clip(size * factor, least, most)
    d = numpy.where(agreement < 0, 0, d)
    p -= numpy.sign(d) * size
    previous[...] = d


def asgd(p, g, states, sign, decay, shrink, eta, mu):
    (average,) = states
    d = sign * g + decay * p
    p[...] = shrink * p - eta * d
    average += mu * (p - average)


# Rule, reference, what the state begins with ("normal", "positive" or None for none), numbers.
ADAM = ("normal", "positive")
RULES = [
    *[
        ("sgd", sgd, ("normal" if momentum else None,), (sign, decay, 0.1, momentum, keep, nesterov, first))
        for sign, decay, (momentum, keep, nesterov, first) in itertools.product(
            [1, -1], [0, 0.1],
            [(0, 1, 0, 0), (0.9, 1, 0, 1), (0.9, 1, 0, 0), (0.9, 0.7, 0, 0), (0.9, 1, 1, 0), (0.9, 1, 1, 1)],
        )
    ],
    *[
        ("adam", adam, (*ADAM, amsgrad), (sign, decay, shrink, weight, 0.9, 0.1, 0.3, 1e-3, -0.1))
        for sign, (decay, shrink), weight, amsgrad in itertools.product(
            [1, -1], [(0, 1), (0.1, 1), (0, 0.9)], [0.1, 0.8], [None, "positive"]
        )
    ],
    ("nadam", nadam, ADAM, (1, 0, 0.9, 0.1, 0.9, 0.1, 0.3, 1e-3, -0.1, -0.2)),
    ("nadam", nadam, ADAM, (-1, 0.1, 1, 0.8, 0.9, 0.1, 0.3, 1e-3, -0.1, -0.2)),
    ("radam", radam, ADAM, (1, 0, 0.9, 0.1, 0.9, 0.1, 0.3, 1e-3, 0.1, 0.7)),
    ("radam", radam, ADAM, (-1, 0.1, 1, 0.8, 0.9, 0.1, 0.3, 1e-3, 0.1, 0)),
    ("adamax", adamax, ADAM, (1, 0, 0.1, 0.9, 1e-3, -0.1)),
    ("adamax", adamax, ADAM, (-1, 0.1, 0.8, 0.2, 1e-3, -0.1)),
    ("adagrad", adagrad, ("positive",), (1, 0.1, 1e-3, -0.1)),
    ("adagrad", adagrad, ("positive",), (-1, 0, 1e-3, -0.1)),
    ("adadelta", adadelta, ("positive", "positive"), (1, 0.1, 0.9, 1e-3, 0.5)),
    ("adadelta", adadelta, ("positive", "positive"), (-1, 0, 0.9, 1e-3, 0.5)),
    *[
        ("rmsprop", rmsprop, ("positive", centered, buffer), (1, 0.1, alpha, 0.1, 0.1, 0.9))
        for centered, buffer, alpha in itertools.product([None, "normal"], [None, "normal"], [0.9, 0.3])
    ],
    ("rprop", rprop, ("normal", "positive"), (1, 0.5, 1.2, 1e-6, 50)),
    ("rprop", rprop, ("normal", "positive"), (-1, 0.5, 1.2, 7.5, 14)),
    ("asgd", asgd, ("normal",), (1, 0.1, 0.9, 0.1, 1)),
    ("asgd", asgd, ("normal",), (-1, 0, 0.9, 0.1, 0.25)),
]  # fmt: skip


def spaced(x):
    wide = numpy.empty((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layout", [numpy.ascontiguousarray, numpy.asfortranarray], ids=["C", "Fortran"])
@pytest.mark.parametrize("rule, reference, kinds, numbers", RULES)
def test_rules(rule, reference, kinds, numbers, dtype, layout):
    rng = numpy.random.default_rng(1)

    def arrays(kind):
        made = [numpy.array(rng.standard_normal(shape)) for shape in [(3, 5), (37,), (), (0, 2)]]
        # Large enough that the mean of squares is no less than the square of the mean.
        made = [numpy.array(12 + abs(x)) for x in made] if kind == "positive" else made
        return [layout(x.astype(dtype)) if x.ndim else x.astype(dtype) for x in made]

    parameters, gradients = arrays("normal"), arrays("normal")
    states = tuple([None if kind is None else arrays(kind) for kind in kinds])
    memory, given = list(parameters), [g.copy() for g in gradients]
    numbers = tuple([float(x) for x in numbers])
    expected = [x.astype(float) for x in parameters]
    expected_states = [None if s is None else [x.astype(float) for x in s] for s in states]
    for k, g in enumerate(gradients):
        state = [None if s is None else s[k] for s in expected_states]
        reference(expected[k], g.astype(float), state, *numbers)
    steps = [numpy.array(k, ["float32", "float64"][k % 2]) for k in range(len(parameters))]
    assert optimizer_steps.run(rule, parameters, gradients, states, steps, numbers) == []
    tolerance = 1e-13 if dtype == "float64" else 3e-6
    for k, p in enumerate(parameters):
        assert p is memory[k] and (gradients[k] == given[k]).all()
        numpy.testing.assert_allclose(p, expected[k], rtol=tolerance, atol=tolerance)
        for s, wanted in zip(states, expected_states, strict=True):
            if s is not None:
                numpy.testing.assert_allclose(s[k], wanted[k], rtol=tolerance, atol=tolerance)
    assert [float(x) for x in steps] == [1, 2, 3, 4]


def test_what_is_not_plain_is_left_alone():
    rng = numpy.random.default_rng(0)
    x = rng.standard_normal((3, 4))
    cases = [
        (x.copy(), x.copy(), x.copy()), (spaced(x), x.copy(), x.copy()), (x.copy(), spaced(x), x.copy()),
        (x.copy(), x.copy(), spaced(x)), (x.copy(), numpy.asfortranarray(x), x.copy()),
        (x.astype("float16"),) * 3, (x.astype(complex),) * 3, (x.copy(), x.astype("float32"), x.copy()),
        (x.astype(">f8"), x.copy(), x.copy()), (x.astype("float32"), x.astype("float32"), x.astype("float32")),
    ]  # fmt: skip
    cases = [tuple([a.copy() if a.flags.c_contiguous else a for a in arrays]) for arrays in cases]
    before = [p.copy() for p, _, _ in cases]
    steps = [numpy.array(0, "float32") for _ in cases]
    left = optimizer_steps.run(
        "adagrad", [p for p, _, _ in cases], [g for _, g, _ in cases], ([abs(s) for _, _, s in cases],), steps,
        [(1.0, 0.0, 1e-3, -0.1)] * len(cases),
    )  # fmt: skip
    # (The absolute value of a spaced array is a plain one.)
    assert left == [1, 2, 4, 5, 6, 7, 8]
    for k, (p, _, _) in enumerate(cases):
        assert (p == before[k]).all() == (k in left) and float(steps[k]) == (k not in left)


def test_numbers_for_each():
    parameters = [numpy.zeros(2), spaced(numpy.zeros(2)), numpy.zeros(2), numpy.zeros(2)]
    gradients = [numpy.ones(2) for _ in parameters]
    once, twice = [(1.0, 0.0, lr, 0.0, 1.0, 0.0, 0.0) for lr in (1.0, 2.0)]
    assert optimizer_steps.run("sgd", parameters, gradients, (None,), None, [once, twice, once, twice]) == [1]
    assert [p.tolist() for p in parameters] == [[-1, -1], [0, 0], [-1, -1], [-2, -2]]


def test_a_view_is_changed_in_its_base():
    base = numpy.ones((4, 4), "float32")
    numbers = (1.0, 0.0, 0.5, 0.0, 1.0, 0.0, 0.0)
    assert optimizer_steps.run("sgd", [base[1:3]], [numpy.ones((2, 4), "float32")], (None,), None, numbers) == []
    assert base[:, 0].tolist() == [1, 0.5, 0.5, 1]


def test_non_finite_values_stay_where_they_are():
    p = numpy.array([numpy.inf, 1, 2, 3], "float32")
    g = numpy.array([1, numpy.nan, numpy.inf, 1e-45], "float32")
    optimizer_steps.run("sgd", [p], [g], (None,), None, (1.0, 0.0, 0.5, 0.0, 1.0, 0.0, 0.0))
    numpy.testing.assert_array_equal(p, [numpy.inf, numpy.nan, -numpy.inf, 3])
    p, m, v, largest = [numpy.zeros(3) for _ in range(4)]
    largest[1] = numpy.nan
    numbers = (1.0, 0.0, 1.0, 0.1, 0.9, 0.1, 1.0, 1e-8, -0.1)
    optimizer_steps.run("adam", [p], [numpy.array([numpy.nan, 1, 1])], ([m], [v], [largest]), None, numbers)
    assert numpy.isnan(p).tolist() == numpy.isnan(largest).tolist() == [True, True, False]
    # A gradient that is no number has no sign; what it is multiplied with afterwards has none either.
    p, previous, size = numpy.zeros(3), numpy.ones(3), numpy.full(3, 0.1)
    numbers = (1.0, 0.5, 1.2, 1e-6, 50.0)
    optimizer_steps.run("rprop", [p], [numpy.array([numpy.nan, 2, -2])], ([previous], [size]), None, numbers)
    numpy.testing.assert_allclose(p, [0, -0.12, 0])
    numpy.testing.assert_array_equal(previous, [numpy.nan, 2, 0])


def test_any_number_of_threads_gives_the_same_bits():
    rng = numpy.random.default_rng(2)
    start, gradient = rng.standard_normal((2, 300_001)).astype("float32")
    seen = []
    before = threads.get_num_threads()
    try:
        for count in (1, 2, 3):
            threads.set_num_threads(count)
            p, m, v = start.copy(), numpy.zeros_like(start), numpy.zeros_like(start)
            for _ in range(2):
                numbers = (1.0, 0.0, 0.99, 0.1, 0.9, 0.1, 1.0, 1e-8, -0.1)
                optimizer_steps.run("adam", [p], [gradient], ([m], [v], None), None, numbers)
            seen.append(p.tobytes() + m.tobytes() + v.tobytes())
    finally:
        threads.set_num_threads(before)
    assert seen[0] == seen[1] == seen[2]


def test_next_steps():
    steps = [numpy.array(3, "float32"), numpy.array(4.0), numpy.array(2**24, "float32"), numpy.array(2.0**24)]
    assert optimizer_steps.next_steps(steps) == [4, 5, 2**24, 2**24 + 1]
    for other in (numpy.array(1), numpy.array([1.0]), 1.0, None):
        assert optimizer_steps.next_steps([steps[0], other]) is None


def test_errors_change_nothing():
    p, q, g, s = numpy.ones(3), numpy.ones(2), numpy.ones(3), numpy.ones(3)
    frozen = numpy.ones(3)
    frozen.setflags(write=False)
    count, numbers = numpy.array(0.0), (1.0, 0.0, 1e-3, -0.1)
    good = dict(parameters=[p, p], gradients=[g, g], states=([s, s],), steps=[count, count], numbers=numbers)
    for error, changes in (
        (RuntimeError, dict(parameters=[p, q])),
        (RuntimeError, dict(parameters=[p, frozen])),
        (RuntimeError, dict(states=([s, frozen],))),
        (RuntimeError, dict(states=([s, q],))),
        (RuntimeError, dict(gradients=[g, g.reshape(3, 1)])),
        (TypeError, dict(gradients=[g, None])),
        (TypeError, dict(parameters=[p, None])),
        (TypeError, dict(states=([s, None],))),
        (TypeError, dict(steps=[count, 3])),
        (TypeError, dict(steps=[count, numpy.zeros(1)])),
        (TypeError, dict(parameters=None)),
        (TypeError, dict(numbers=numbers[:3])),
        (TypeError, dict(numbers=None)),
        (TypeError, dict(numbers=(1.0, "a", 2.0, 3.0))),
        (TypeError, dict(numbers=[numbers, 3])),
        (ValueError, dict(gradients=[g])),
        (ValueError, dict(steps=[count])),
        (ValueError, dict(numbers=[numbers])),
        (ValueError, dict(states=([s],))),
        (ValueError, dict(states=())),
        (ValueError, dict(states=(None,))),
        (ValueError, dict(states=([s, s], [s, s]))),
    ):
        with pytest.raises(error):
            optimizer_steps.run("adagrad", *{**good, **changes}.values())
        assert p.tolist() == s.tolist() == [1, 1, 1] and count == 0
    with pytest.raises(ValueError, match="there is no rule 'sdg'; there are sgd, adam"):
        optimizer_steps.run("sdg", *good.values())
