"""Adam and AdamW by hand, after the algorithm boxes of their papers."""

import itertools

import numpy
import pytest

import wengert
from wengert import optim


@pytest.mark.parametrize(
    "decoupled, weight_decay, amsgrad, maximize",
    list(itertools.product([False, True], [0, 0.1], [False, True], [False, True])),
)
def test_five_steps(decoupled, weight_decay, amsgrad, maximize):
    rng = numpy.random.default_rng(0)
    values = [rng.standard_normal(shape) for shape in [(3, 2), ()]]
    params = [wengert.tensor(x, requires_grad=True, dtype=wengert.float64) for x in values]
    kind = optim.AdamW if decoupled else optim.Adam
    optimizer = kind(
        params, lr=0.1, betas=(0.8, 0.9), eps=1e-6, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize
    )
    m, v, largest = [0, 0], [0, 0], [0, 0]
    for t in range(1, 6):
        for i, p in enumerate(params):
            g = rng.standard_normal(values[i].shape) / t
            p.grad = wengert.tensor(g, dtype=wengert.float64)
            g = -g if maximize else g
            if decoupled:
                values[i] = values[i] * (1 - 0.1 * weight_decay)
            else:
                g = g + weight_decay * values[i]
            m[i] = 0.8 * m[i] + 0.2 * g
            v[i] = 0.9 * v[i] + 0.1 * g * g
            largest[i] = numpy.maximum(largest[i], v[i])
            second = (largest[i] if amsgrad else v[i]) / (1 - 0.9**t)
            values[i] = values[i] - 0.1 * m[i] / (1 - 0.8**t) / (numpy.sqrt(second) + 1e-6)
        optimizer.step()
        for p, x in zip(params, values, strict=True):
            numpy.testing.assert_allclose(p.detach().numpy(), x, rtol=1e-12)
    state = optimizer.state_dict()["state"][0]
    assert state["step"].item() == 5.0
    assert set(state) == {"step", "exp_avg", "exp_avg_sq"} | ({"max_exp_avg_sq"} if amsgrad else set())


def test_the_first_step_is_the_learning_rate():
    """Whatever the scale of the gradient (Kingma & Ba, section 2.1)."""
    p = wengert.zeros(3, requires_grad=True)
    p.grad = wengert.tensor([1e-3, -1.0, 1e5])
    optim.Adam([p], lr=0.01).step()
    numpy.testing.assert_allclose(p.detach().numpy(), [-0.01, 0.01, -0.01], rtol=2e-5)


def test_the_gradient_is_not_changed():
    p = wengert.ones(2, requires_grad=True)
    p.grad = wengert.tensor([1.0, 2.0])
    optim.Adam([p], weight_decay=0.5).step()
    optim.AdamW([p]).step()
    assert p.grad.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("options", [{}, {"amsgrad": True}, {"weight_decay": 0.1}, {"maximize": True}], ids=str)
@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW, optim.SGD])
def test_the_parts_of_complex_parameters_step_apart(kind, options):
    if kind is optim.SGD and "amsgrad" in options:
        return
    z = wengert.tensor([[1 + 1j, 2 - 1j], [0.5j, -3]], dtype=wengert.complex128).mT.requires_grad_()
    pairs = wengert.view_as_real(z.detach()).clone().requires_grad_()
    optimizers = [kind([z], lr=0.1, **options), kind([pairs], lr=0.1, **options)]
    for _ in range(4):
        for optimizer, x in zip(optimizers, (z, wengert.view_as_complex(pairs)), strict=True):
            optimizer.zero_grad()
            ((x - 1j) * x.exp()).abs().sum().backward()
            optimizer.step()
    numpy.testing.assert_allclose(wengert.view_as_real(z.detach()).numpy(), pairs.detach().numpy(), rtol=1e-12)
