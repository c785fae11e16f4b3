"""Muon, Adafactor and LBFGS, whose elements see one another: by hand, and on problems with known ends."""

import math

import numpy
import pytest

import wengert as t


def test_muon_changes_every_singular_value_by_about_the_learning_rate():
    rng = numpy.random.default_rng(0)
    for shape in [(4, 4), (6, 3), (3, 6)]:
        g = rng.standard_normal(shape)
        w = t.zeros(*shape, dtype=t.float64, requires_grad=True)
        w.grad = t.tensor(g)
        t.optim.Muon([w], lr=0.5, momentum=0.0, weight_decay=0.0).step()
        change = -w.detach().numpy() / 0.5 / math.sqrt(max(1, shape[0] / shape[1]))
        u, _, vt = numpy.linalg.svd(g, full_matrices=False)
        sizes = numpy.diag(u.T @ change @ vt.T)
        assert (0.6 < sizes).all() and (sizes < 1.3).all()
        assert numpy.abs(u.T @ change @ vt.T - numpy.diag(sizes)).max() < 0.06


def test_muon_by_hand():
    """One row: its orthogonal factor is the row over its length, to which the polynomial is applied five times."""
    w = t.tensor([[3.0, 4.0]], requires_grad=True)
    w.grad = t.tensor([[3.0, 4.0]])
    optimizer = t.optim.Muon([w], lr=0.1, weight_decay=0.5, momentum=0.5, adjust_lr_fn="match_rms_adamw")
    optimizer.step()
    s = 1.0
    for _ in range(5):
        s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
    factor = 0.1 * 0.2 * math.sqrt(2)
    expected = numpy.array([3.0, 4.0]) * (0.95 - factor * s / 5)
    numpy.testing.assert_allclose(w.detach().numpy()[0], expected, rtol=1e-3)
    assert optimizer.state[w]["momentum_buffer"].tolist() == [[1.5, 2.0]]


def test_muon_leaves_a_zero_gradient_alone():
    w = t.ones(2, 3, requires_grad=True)
    w.grad = t.zeros(2, 3)
    t.optim.Muon([w], weight_decay=0.0).step()
    assert (w == 1).all()


@pytest.mark.parametrize("maximize", [False, True])
def test_adafactor_by_hand(maximize):
    rng = numpy.random.default_rng(0)
    p, lr, decay, eps1, eps2, d = rng.standard_normal((3, 4)), 0.1, 0.2, 1e-5, 1e-3, 1.5
    v = rng.standard_normal(5)
    parameters = [t.tensor(p).requires_grad_(), t.tensor(v).requires_grad_()]
    optimizer = t.optim.Adafactor(parameters, lr=lr, weight_decay=decay, eps=(eps1, eps2), d=d, maximize=maximize)
    rows, columns, squares = numpy.zeros((3, 1)), numpy.zeros((1, 4)), numpy.zeros(5)
    for step in range(1, 4):
        gradients = rng.standard_normal((3, 4)), rng.standard_normal(5)
        for x, g in zip(parameters, gradients, strict=True):
            x.grad = t.tensor(g)
        optimizer.step()
        share, rate = step**-0.8, min(lr, 1 / math.sqrt(step))
        rms = lambda x: math.sqrt((x**2).mean())  # noqa: E731
        sign = -1 if maximize else 1
        rows = (1 - share) * rows + share * (gradients[0] ** 2).mean(1, keepdims=True)
        columns = (1 - share) * columns + share * (gradients[0] ** 2).mean(0, keepdims=True)
        squares = (1 - share) * squares + share * gradients[1] ** 2
        estimates = rows * columns / rows.mean(), squares
        moved = []
        for x, g, estimate in zip((p, v), gradients, estimates, strict=True):
            size = max(eps2, rms(x)) * rate
            update = sign * g / numpy.sqrt(estimate)
            moved.append(x * (1 - lr * decay) - size * update / max(1, rms(update) / d))
        p, v = moved
        numpy.testing.assert_allclose(parameters[0].detach().numpy(), p, rtol=1e-10)
        numpy.testing.assert_allclose(parameters[1].detach().numpy(), v, rtol=1e-10)


def closure_of(optimizer, loss):
    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    return closure


def test_lbfgs_finds_the_end_of_rosenbrocks_valley():
    x = t.tensor([-1.2, 1.0], dtype=t.float64, requires_grad=True)
    optimizer = t.optim.LBFGS([x], max_iter=100, line_search_fn="strong_wolfe", tolerance_change=1e-15)
    closure = closure_of(
        optimizer, lambda: ((1 - x[:-1]) ** 2).sum() + 100 * ((x[1:] - x[:-1] ** 2) ** 2).sum()
    )  # fmt: skip
    optimizer.step(closure)
    assert x.tolist() == pytest.approx([1.0] * 2, abs=1e-7)
    state = optimizer.state_dict()["state"][0]
    assert state["n_iter"] < 60 and state["func_evals"] < 90


def test_lbfgs_on_a_quadratic_of_several_parameters():
    rng = numpy.random.default_rng(0)
    q = numpy.linalg.qr(rng.standard_normal((4, 4)))[0]
    a = t.tensor(q @ numpy.diag([1.0, 2.0, 3.0, 4.0]) @ q.T)
    wanted = t.tensor(rng.standard_normal(4))
    x, y = [t.zeros(2, dtype=t.float64, requires_grad=True) for _ in range(2)]
    optimizer = t.optim.LBFGS([x, y], max_iter=12, line_search_fn="strong_wolfe")

    def loss():
        off = t.cat([x, y]) - wanted
        return off @ a @ off

    optimizer.step(closure_of(optimizer, loss))
    assert loss().item() < 1e-10


def test_lbfgs_returns_the_loss_at_the_beginning_and_stops_where_it_is_flat():
    x = t.tensor([0.0], requires_grad=True)
    optimizer, calls = t.optim.LBFGS([x]), []

    def loss():
        calls.append(t.is_grad_enabled())
        return (x**2).sum()

    with t.no_grad():
        assert optimizer.step(closure_of(optimizer, loss)).item() == 0.0
    assert calls == [True]


def test_a_loss_that_fails_in_the_search_leaves_the_parameters_where_the_search_began():
    x = t.tensor([1.0, 2.0], requires_grad=True)
    optimizer, calls = t.optim.LBFGS([x], line_search_fn="strong_wolfe"), []

    def loss():
        calls.append(1)
        if len(calls) == 2:
            raise ZeroDivisionError
        return (x**2).sum()

    with pytest.raises(ZeroDivisionError):
        optimizer.step(closure_of(optimizer, loss))
    assert x.tolist() == [1.0, 2.0]


def test_lbfgs_of_parameters_without_gradient():
    x, unused = t.tensor([1.0], requires_grad=True), t.tensor([[5.0, 6.0]], requires_grad=True)
    optimizer = t.optim.LBFGS([x, unused])
    optimizer.step(closure_of(optimizer, lambda: (x**2).sum()))
    assert abs(x.item()) < 1e-5 and unused.tolist() == [[5.0, 6.0]]


def test_lbfgs_names_the_search_that_it_does_not_know():
    x = t.tensor([1.0], requires_grad=True)
    optimizer = t.optim.LBFGS([x], line_search_fn="weak_wolfe")
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported, got line_search_fn='weak_wolfe'"):
        optimizer.step(closure_of(optimizer, lambda: (x**2).sum()))
