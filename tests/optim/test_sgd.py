"""SGD by hand: every option for three steps, layouts and types of parameters."""

import itertools

import numpy
import pytest

import wengert
from wengert import optim


@pytest.mark.parametrize(
    "momentum, dampening, nesterov", [(0, 0, False), (0.9, 0, False), (0.9, 0.25, False), (0.5, 0, True)]
)
@pytest.mark.parametrize("weight_decay, maximize", list(itertools.product([0, 0.1], [False, True])))
def test_three_steps(momentum, dampening, nesterov, weight_decay, maximize):
    rng = numpy.random.default_rng(0)
    values = [rng.standard_normal(shape) for shape in [(3, 2), (), (4,)]]
    params = [wengert.tensor(x, requires_grad=True, dtype=wengert.float64) for x in values]
    optimizer = optim.SGD(
        params,
        lr=0.1,
        momentum=momentum,
        dampening=dampening,
        weight_decay=weight_decay,
        nesterov=nesterov,
        maximize=maximize,
    )
    velocities = [None] * 3
    for _ in range(3):
        for i, p in enumerate(params):
            g = rng.standard_normal(values[i].shape)
            p.grad = wengert.tensor(g, dtype=wengert.float64)
            d = (-g if maximize else g) + weight_decay * values[i]
            if momentum:
                velocities[i] = d if velocities[i] is None else momentum * velocities[i] + (1 - dampening) * d
                d = d + momentum * velocities[i] if nesterov else velocities[i]
            values[i] = values[i] - 0.1 * d
        optimizer.step()
        for p, x in zip(params, values, strict=True):
            numpy.testing.assert_allclose(p.detach().numpy(), x, rtol=1e-13)
    if momentum:
        for p, v in zip(params, velocities, strict=True):
            numpy.testing.assert_allclose(optimizer.state[p]["momentum_buffer"].numpy(), v, rtol=1e-13)
    else:
        assert not optimizer.state


def test_the_gradient_is_not_changed_and_not_kept():
    p = wengert.zeros(2, requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0, momentum=0.5, weight_decay=0.5)
    p.grad = wengert.tensor([1.0, 2.0])
    optimizer.step()
    assert p.grad.tolist() == [1.0, 2.0]
    p.grad.fill_(9.0)
    assert optimizer.state[p]["momentum_buffer"].tolist() == [1.0, 2.0]


def test_views_transposed_and_mixed_types():
    whole = wengert.zeros(4, 6)
    a = whole[:, ::2].detach().requires_grad_()
    b = wengert.zeros(3, 2, dtype=wengert.float64).t().detach().requires_grad_()
    a.grad, b.grad = wengert.arange(12.0).reshape(4, 3), wengert.arange(6.0).reshape(3, 2).t().double()
    optim.SGD([a, b], lr=1.0).step()
    assert (a == -wengert.arange(12.0).reshape(4, 3)).all() and whole[:, 1::2].abs().sum() == 0
    assert b.tolist() == [[0.0, -2.0, -4.0], [-1.0, -3.0, -5.0]]


def test_the_learning_rate_may_change_between_steps_and_be_a_tensor():
    p = wengert.zeros(1, requires_grad=True)
    optimizer = optim.SGD([p], lr=wengert.tensor(0.5))
    p.grad = wengert.ones(1)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 2.0
    optimizer.step()
    assert p.item() == -2.5
