"""Plain NumPy programs, written without a thought of tensors, differentiated as they stand.

Each is run on arrays and on tensors; the gradient is compared with finite differences of the program on arrays.
"""

import numpy as np
import pytest

import wengert

from .finite_differences import check_gradient

rng = np.random.default_rng(11)


def runge_kutta(parameters):
    """The orbit of a pendulum with friction, by the classical method of fourth order."""
    length, friction = parameters[0], parameters[1]

    def slope(state):
        return np.array([state[1], -9.81 / length * np.sin(state[0]) - friction * state[1]], like=state)

    state = np.zeros_like(parameters)
    state[0] = 1.0
    step = 0.05
    orbit = np.zeros_like(parameters, shape=(21, 2))
    orbit[0] = state
    for i in range(20):
        k1 = slope(state)
        k2 = slope(state + step / 2 * k1)
        k3 = slope(state + step / 2 * k2)
        k4 = slope(state + step * k3)
        state = state + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        orbit[i + 1] = state
    return orbit


def kalman_filter(noise):
    """The log-likelihood of measurements under a constant-velocity model, by the variances of its noises."""
    measurements = np.cumsum(np.linspace(0.5, 1.5, 12)) + 0.3 * np.sin(np.arange(12))
    transition = np.array([[1.0, 1.0], [0.0, 1.0]])
    observation = np.array([[1.0, 0.0]])
    mean, covariance = np.zeros(2), np.eye(2) * 10
    total = 0.0
    for z in measurements:
        mean = transition @ mean
        covariance = transition @ covariance @ transition.T + noise[0] * np.outer([0.5, 1.0], [0.5, 1.0])
        expected = observation @ mean
        spread = observation @ covariance @ observation.T + noise[1]
        gain = covariance @ observation.T @ np.linalg.inv(spread)
        off = z - expected
        mean = mean + gain @ off
        covariance = (np.eye(2) - gain @ observation) @ covariance
        total = total - 0.5 * (off @ np.linalg.solve(spread, off) + np.linalg.slogdet(spread)[1] + np.log(2 * np.pi))
    return total


def logistic_regression(weights):
    """The loss of a logistic regression, in the form that does not overflow, with its penalty."""
    x = np.random.default_rng(0).normal(size=(30, 4))
    y = (x[:, 0] - x[:, 2] > 0).astype(float)
    score = np.dot(x, weights[:4]) + weights[4]
    loss = np.logaddexp(0.0, score) - y * score
    return np.mean(loss) + 0.1 * np.linalg.norm(weights[:4]) ** 2 / 2


def low_pass(signal):
    """A filter in the frequency domain: the spectrum is windowed, cut, and turned back."""
    window = np.hanning(len(signal))
    spectrum = np.fft.rfft(signal * window)
    frequencies = np.fft.rfftfreq(len(signal), d=0.1)
    spectrum = np.where(frequencies < 2.0, spectrum, 0)
    power = np.abs(spectrum) ** 2
    return np.fft.irfft(spectrum, len(signal)), np.sqrt(np.sum(power))


def k_means_cost(centres):
    """The cost of three centres: squared distances to the nearest."""
    points = np.random.default_rng(1).normal(size=(40, 2))
    distances = np.sum((points[:, np.newaxis, :] - centres[np.newaxis, :, :]) ** 2, axis=-1)
    nearest = np.argmin(distances, axis=1)
    return np.sum(np.take_along_axis(distances, nearest[:, np.newaxis], axis=1)) / len(points)


def piecewise_curve(heights):
    """A piecewise linear curve, smoothed, with its length and area."""
    at = np.linspace(-1, 1, 41)
    knots = np.linspace(-1, 1, len(heights))
    curve = np.interp(at, knots, heights)
    smooth = np.convolve(curve, np.ones(5) / 5, mode="valid")
    slope = np.gradient(smooth, at[1] - at[0])
    return np.trapezoid(smooth, dx=0.05), np.sum(np.hypot(1.0, slope)) * 0.05


def newton_root(coefficients):
    """A root of a cubic by Newton's method: every step is part of the graph."""
    x = 2.0
    for _ in range(12):
        x = x - np.polyval(coefficients, x) / np.polyval(np.polyder(coefficients), x)
    return x


def gaussian_process(hyperparameters):
    """The evidence of a Gaussian process with a squared-exponential kernel, by its Cholesky factor."""
    x = np.linspace(0, 3, 8)
    y = np.sin(2 * x)
    length, amplitude, noise = np.exp(hyperparameters[0]), hyperparameters[1], hyperparameters[2]
    kernel = amplitude**2 * np.exp(-0.5 * np.subtract.outer(x, x) ** 2 / length**2) + (noise**2 + 1e-6) * np.eye(8)
    factor = np.linalg.cholesky(kernel)
    whitened = np.linalg.solve(factor, y)
    return -0.5 * np.sum(whitened**2) - np.sum(np.log(np.diag(factor))) - 4 * np.log(2 * np.pi)


def heat_equation(start):
    """Explicit steps of the heat equation on a grid, written into a grid of their own with slices."""
    grid = np.pad(start, 1)
    for _ in range(5):
        new = np.zeros_like(grid)
        new[1:-1, 1:-1] = grid[1:-1, 1:-1] + 0.2 * (
            grid[:-2, 1:-1] + grid[2:, 1:-1] + grid[1:-1, :-2] + grid[1:-1, 2:] - 4 * grid[1:-1, 1:-1]
        )
        grid = new
    return grid


def softmax_attention(queries):
    """Attention with a numerically careful softmax."""
    keys = np.random.default_rng(2).normal(size=(6, 3))
    scores = np.einsum("qd,kd->qk", queries, keys) / np.sqrt(queries.shape[-1])
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ np.tanh(keys)


def delayed_echo(signal):
    """y[1:] = x[:-1] * 2 and its like: assignments to slices, masks and positions of an array made with zeros_like."""
    y = np.zeros_like(signal)
    y[1:] = signal[:-1] * 2
    y[signal > 0] += 1.0
    y[[0, 3]] = signal[[3, 0]] ** 2
    y[-1] -= np.sum(y[:3])
    np.add.at(y, [1, 1, 2], signal[:3])
    return np.clip(y, -2.0, 2.5) * np.concatenate([signal[::2], np.sort(signal[1::2])])


def principal_axes(points):
    """Singular values of centred data, and the share of the first."""
    centred = points - np.mean(points, axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    return singular, singular[0] ** 2 / np.sum(singular**2), np.cov(points, rowvar=False), np.corrcoef(points.T)


def quantile_loss(prediction):
    """Statistics that sort: medians, quantiles, trimmed means."""
    ordered = np.sort(prediction)
    trimmed = np.mean(ordered[2:-2])
    return np.median(prediction) + np.quantile(prediction, 0.9) - trimmed + np.std(prediction) / np.ptp(prediction)


def adaptive_orbit(rates):
    """Predators and prey by a method of third order that chooses its steps: control flow by values."""
    def slope(y):
        return np.stack([rates[0] * y[0] - rates[1] * y[0] * y[1], rates[1] * y[0] * y[1] - rates[2] * y[1]])

    y, time, step, orbit = np.array([1.0, 1.0]), 0.0, 0.1, []
    while time < 0.7:
        step = min(step, 0.7 - time)
        k1 = slope(y)
        k2 = slope(y + step / 2 * k1)
        k3 = slope(y + step * 3 / 4 * k2)
        new = y + step / 9 * (2 * k1 + 3 * k2 + 4 * k3)
        error = np.linalg.norm(step * (-5 / 72 * k1 + k2 / 12 + k3 / 9 - slope(new) / 8))
        if error < 1e-3:
            time += step
            y = new
            orbit.append(y)
        else:
            step /= 2
    return np.vstack(orbit)


def cubic_spline(heights):
    """A natural cubic spline through points, and its values between them."""
    x = np.linspace(0, 5, 6)
    h = np.diff(x)
    matrix = np.zeros((6, 6))
    right = np.zeros_like(heights)
    matrix[0, 0] = matrix[-1, -1] = 1
    for i in range(1, 5):
        matrix[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        right[i] = 3 * ((heights[i + 1] - heights[i]) / h[i] - (heights[i] - heights[i - 1]) / h[i - 1])
    c = np.linalg.solve(matrix, right)
    b = (heights[1:] - heights[:-1]) / h - h * (2 * c[:-1] + c[1:]) / 3
    d = (c[1:] - c[:-1]) / (3 * h)
    at = np.array([0.5, 1.7, 3.2, 4.9])
    i = np.searchsorted(x, at) - 1
    rest = at - x[i]
    return heights[i] + b[i] * rest + c[i] * rest**2 + d[i] * rest**3


def hidden_markov_model(p):
    """The log-likelihood of observations by the scaled forward pass, and the best path's score."""
    transition = np.array([[0.9, 0.1], [0.2, 0.8]])
    emission = np.stack([p[:2] / p[:2].sum(), p[2:] / p[2:].sum()])
    alpha = np.array([0.5, 0.5]) * emission[:, 0]
    total = np.log(alpha.sum())
    alpha = alpha / alpha.sum()
    best = np.log(emission[:, 0])
    for seen in (0, 1, 1, 0):
        alpha = alpha.dot(transition) * emission[:, seen]
        total += np.log(alpha.sum())
        alpha = alpha / alpha.sum()
        best = np.max(best[:, None] + np.log(transition), axis=0) + np.log(emission[:, seen])
    return total, best


def filtered_image(image):
    """Moments and medians of windows of an image, with arrays' own methods in NumPy's spelling."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, 1, mode="edge"), (3, 3))
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    smooth = (windows * kernel).sum(axis=(-2, -1))
    running = smooth.cumsum().reshape(image.shape, order="F").transpose()
    middle = np.median(windows.reshape(*image.shape, -1), axis=-1)
    return running.repeat(2, axis=0), middle.take([0, 3, 5]), smooth.flatten("F") * smooth.dtype.type(2)


def distributions(p):
    """Densities and quantiles, by SciPy's special functions."""
    special = pytest.importorskip("scipy.special")
    normal = special.ndtr(p) - special.ndtri(special.expit(p))
    gamma = special.gammaincinv(p + 1, 0.4) + special.chdtr(p + 2, 3.0) + special.boxcox(2.0, p)
    return normal, gamma, special.stdtr(4, p), special.ellipk(p / 3), special.eval_legendre(3, p), special.fresnel(p)


PROGRAMS = [
    (adaptive_orbit, [1.0, 0.5, 2.0]), (cubic_spline, [0.3, 1.2, -0.4, 0.9, 0.1, -1.0]),
    (hidden_markov_model, [0.3, 0.6, 0.8, 0.2]),
    (filtered_image, rng.permutation(np.linspace(-1, 1, 12)).reshape(3, 4)),
    (distributions, [0.3, 0.8, 1.4]),
    (runge_kutta, [1.3, 0.2]), (kalman_filter, [0.3, 0.7]), (logistic_regression, rng.normal(size=5)),
    (low_pass, rng.normal(size=32)), (k_means_cost, rng.normal(size=(3, 2))), (piecewise_curve, rng.normal(size=7)),
    (newton_root, [1.0, -2.0, -1.0, 0.5]), (gaussian_process, [0.1, 1.2, 0.3]),
    (heat_equation, rng.normal(size=(4, 5))),
    (softmax_attention, rng.normal(size=(2, 3))), (delayed_echo, rng.permutation(np.linspace(-1.9, 2.0, 8)) * 0.61),
    (principal_axes, rng.normal(size=(9, 3))), (quantile_loss, rng.permutation(np.linspace(-1, 2, 11)) ** 3),
]  # fmt: skip


@pytest.mark.parametrize(("program", "argument"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_program(program, argument):
    check_gradient(program, [np.asarray(argument)], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("program", "argument"), PROGRAMS, ids=lambda x: getattr(x, "__name__", ""))
def test_program_gives_numpys_values(program, argument):
    def values(result):
        if isinstance(result, tuple):
            return [values(x) for x in result]
        return result.numpy() if isinstance(result, wengert.Tensor) else result

    wanted = program(np.asarray(argument, float))
    found = program(wengert.tensor(np.asarray(argument, float)))
    pairs = zip(values(found), values(wanted), strict=True) if isinstance(wanted, tuple) else [(values(found), wanted)]
    for f, w in pairs:
        np.testing.assert_allclose(f, w, rtol=1e-9, atol=1e-11)


def test_a_program_that_overwrites_what_a_derivative_needs():
    """An error here as in PyTorch, and no longer one where the values are kept."""

    def softmax(x):
        scores = x * 2
        scores -= np.max(scores, axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= np.sum(scores, axis=-1, keepdims=True)
        return scores

    with wengert.autograd.graph.allow_mutation_on_saved_tensors():
        check_gradient(softmax, [rng.normal(size=(2, 3))])
    x = wengert.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="(?s)by an inplace operation.*allow_mutation_on_saved_tensors"):
        softmax(x).sum().backward()
    y = wengert.ones(3, requires_grad=True) * 2
    z = y / np.linalg.norm(y)
    y /= np.linalg.norm(y)
    with pytest.raises(RuntimeError, match="(?s)div_ at `y /= np.linalg.norm.y.`.*allow_mutation_on_saved_tensors"):
        z.sum().backward()


def test_an_array_filled_step_by_step():
    """Each entry from the one before: PyTorch refuses, and here the error says what makes it run."""
    def compartments(k):
        amounts = np.zeros((5, 2), like=k) if isinstance(k, wengert.Tensor) else np.zeros((5, 2))
        amounts[0] = [1.0, 0.0]
        for i in range(1, 5):
            amounts[i, 0] = amounts[i - 1, 0] * np.exp(-k[0])
            amounts[i, 1] = amounts[i - 1, 1] + k[1] * amounts[i - 1, 0] - k[2] * amounts[i - 1, 1]
        return amounts

    x = wengert.tensor([0.3, 0.4, 0.2], requires_grad=True)
    with pytest.raises(RuntimeError, match="(?s)by an inplace operation.*code that changes arrays in place runs as"):
        compartments(x).sum().backward()
    with wengert.autograd.graph.allow_mutation_on_saved_tensors():
        check_gradient(compartments, [np.array([0.3, 0.4, 0.2])])


def test_makers_with_like():
    x = wengert.ones(3)
    for make in (
        lambda like: np.ones(2, **like), lambda like: np.zeros((2, 3), **like), lambda like: np.eye(2, **like),
        lambda like: np.arange(4.0, **like), lambda like: np.full((2,), 3.0, **like),
        lambda like: np.identity(2, **like),
        lambda like: np.tri(3, **like), lambda like: np.array([1.0, 2.0], **like),
        lambda like: np.asarray([1, 2], **like),
        lambda like: np.fromiter([1.0, 2.0], float, **like), lambda like: np.frombuffer(b"12345678", np.int32, **like),
        lambda like: np.fromfunction(lambda i, j: i + j, (2, 2), **like), lambda like: np.require([1.0], **like),
        lambda like: np.ascontiguousarray([1.0, 2.0], **like), lambda like: np.empty(0, **like),
    ):  # fmt: skip
        found, wanted = make({"like": x}), make({})
        assert isinstance(found, wengert.Tensor) and found.numpy().tolist() == wanted.tolist()
        assert found.numpy().dtype == wanted.dtype


def test_second_derivatives_and_other_modes():
    """The recorded operations are the library's: everything else works on them."""
    def f(x):
        return np.sum(np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]) * np.exp(-np.square(x)))

    x = wengert.tensor([0.3, 0.9, 1.7], dtype=wengert.float64)
    hessian = wengert.func.hessian(f)(x)
    step = 1e-5
    gradient = wengert.func.grad(f)
    for i in range(3):
        e = wengert.tensor(np.eye(3)[i] * step)
        column = (gradient(x + e) - gradient(x - e)) / (2 * step)
        np.testing.assert_allclose(hessian[:, i].numpy(), column.numpy(), rtol=1e-6, atol=1e-8)
    _, tangent = wengert.func.jvp(f, (x,), (wengert.ones_like(x),))
    np.testing.assert_allclose(tangent.numpy(), gradient(x).sum().numpy())
    batch = wengert.tensor(np.linspace(0.1, 1.9, 12).reshape(4, 3))
    g = lambda row: np.mean(np.square(row)) + np.linalg.norm(row) + np.max(np.concatenate([row, row[:1] * 2]))  # noqa: E731
    np.testing.assert_allclose(wengert.vmap(g)(batch).numpy(), [g(row).numpy() for row in batch])


@pytest.mark.parametrize("function", [
    lambda a: np.interp(a, [-2.0, 0.0, 2.0], a[:3] * 2), lambda a: np.sort(a)[1:] - np.sort(a)[:-1],
    lambda a: np.median(a),
    lambda a: np.quantile(a, [0.2, 0.9]), lambda a: np.cumsum(a)[np.argmax(a) * 0 + 1],
    lambda a: np.pad(a, 2, mode="reflect"),
    lambda a: np.convolve(a, [1.0, 2.0]), lambda a: np.gradient(a), lambda a: np.where(a > 0, a, 0.0),
    lambda a: np.clip(a, -1, 1),
    lambda a: np.linalg.norm(a), lambda a: np.fft.fft(a).real, lambda a: np.roll(a, 2), lambda a: np.outer(a, a),
    lambda a: np.cov(a), lambda a: np.polyval(a, 0.3), lambda a: np.trapezoid(a), lambda a: np.std(a, ddof=1),
    lambda a: np.average(a, weights=np.arange(1.0, 6.0)), lambda a: np.take(a, [0, 3]), lambda a: np.argsort(a),
])  # fmt: skip
def test_function_transforms_work_through_numpys_functions(function):
    rows = rng.permutation(np.linspace(-1.7, 1.9, 20)).reshape(4, 5)
    found = wengert.vmap(function)(wengert.tensor(rows))
    np.testing.assert_allclose(found.numpy(), np.stack([function(row) for row in rows]), rtol=1e-10, atol=1e-12)
    if found.dtype.is_floating_point:
        x, t = wengert.tensor(rows[0]), wengert.tensor(rows[1])
        _, tangent = wengert.func.jvp(function, (x,), (t,))
        ahead, behind = [function(rows[0] + sign * 1e-6 * rows[1]) for sign in (1, -1)]
        np.testing.assert_allclose(tangent.numpy(), (ahead - behind) / 2e-6, rtol=1e-5, atol=1e-7)


def test_what_is_not_supported_says_its_name():
    from numpy.lib import recfunctions

    x = wengert.ones(3, requires_grad=True)
    for call, name in (
        (lambda: recfunctions.drop_fields(x, "a"), "drop_fields"), (lambda: np.busday_count(x, x), "no dates"),
        (lambda: np.linalg.matrix_rank(np.array(x)), "requires grad"),
        (lambda: np.add.reduceat(x, [0]), "np.add.reduceat"),
    ):  # fmt: skip
        with pytest.raises((TypeError, RuntimeError), match=name):
            call()


# Strings and records, and series of several variables.
OF_OTHER_THINGS = ("numpy.lib.recfunctions", "numpy.char", "numpy.strings", "numpy.polynomial.polynomial", "numpy.rec")


def test_every_function_that_numpy_dispatches_answers_or_is_refused():
    """The list of NumPy's overridable functions: those that have no spelling here are known by name."""
    from numpy.testing.overrides import get_overridable_numpy_array_functions

    from wengert.core.registry import by_numpy_function
    from wengert.interop.spelling import adapters, numpy_called

    np.sum(wengert.ones(1))
    missing = sorted({
        f"{f.__module__}.{f.__name__}" for f in get_overridable_numpy_array_functions()
        if f not in by_numpy_function and f not in adapters and numpy_called(f.__name__) not in adapters
        and f.__module__ not in OF_OTHER_THINGS
    })  # fmt: skip
    assert missing == []
