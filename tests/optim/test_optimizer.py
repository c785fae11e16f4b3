"""Optimizer: groups, state, hooks, closures, errors."""

import copy
import pickle

import pytest

import wengert
from wengert import nn, optim


def parameters(*sizes):
    return [wengert.zeros(size, requires_grad=True) for size in sizes]


def give_gradients(params, value=1.0):
    for p in params:
        p.grad = wengert.full(p.shape, value)


def test_groups_have_defaults_and_options_of_their_own():
    a, b, c = parameters(1, 2, 3)
    optimizer = optim.SGD([{"params": a}, {"params": [b], "lr": 2.0}], lr=0.5)
    optimizer.add_param_group({"params": (x for x in [c]), "momentum": 0.9})
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 2.0, 0.5]
    assert [group["momentum"] for group in optimizer.param_groups] == [0, 0, 0.9]
    give_gradients([a, b, c])
    optimizer.step()
    assert (a.tolist(), b.tolist(), c.tolist()) == ([-0.5], [-2.0, -2.0], [-0.5, -0.5, -0.5])


def test_zero_grad():
    (a,) = parameters(2)
    optimizer = optim.SGD([a], lr=0.1)
    a.sum().backward()
    gradient = a.grad
    optimizer.zero_grad(set_to_none=False)
    assert gradient.tolist() == [0.0, 0.0] and a.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert a.grad is None


def test_parameters_without_gradient_are_left_alone():
    a, b = parameters(1, 1)
    optimizer = optim.SGD([a, b], lr=1.0, momentum=0.9)
    give_gradients([a])
    optimizer.step()
    assert (a.item(), b.item()) == (-1.0, 0.0) and list(optimizer.state) == [a]


def test_closure():
    (a,) = parameters(1)
    optimizer, modes = optim.SGD([a], lr=0.5), []

    def closure():
        modes.append(wengert.is_grad_enabled())
        optimizer.zero_grad()
        loss = ((a - 3) ** 2).sum()
        loss.backward()
        return loss

    with wengert.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert a.item() == 3.0 and modes == [True] and optimizer.step() is None


def test_hooks():
    (a,) = parameters(1)
    optimizer, seen = optim.SGD([a], lr=1.0), []
    give_gradients([a])
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", o is optimizer, a.item())))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", o is optimizer, a.item())))
    optimizer.step()
    before.remove()
    optimizer.step()
    assert seen == [("before", True, 0.0), ("after", True, -1.0), ("after", True, -2.0)]


def test_state_goes_and_comes():
    a, b = parameters(1, 2)
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 2.0}], lr=1.0, momentum=0.5)
    give_gradients([a, b])
    optimizer.step()
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0], [1]]
    assert state["state"][1]["momentum_buffer"].tolist() == [1.0, 1.0]
    c, d = [p.detach().clone().requires_grad_() for p in (a, b)]
    other = optim.SGD([{"params": [c]}, {"params": [d]}], lr=9.0)
    other.load_state_dict(pickle.loads(pickle.dumps(state)))
    assert [group["lr"] for group in other.param_groups] == [1.0, 2.0] and other.param_groups[0]["params"] == [c]
    give_gradients([a, b, c, d], 3.0)
    optimizer.step()
    other.step()
    assert (c.tolist(), d.tolist()) == (a.tolist(), b.tolist())
    # The loaded state is a copy.
    assert other.state[d]["momentum_buffer"] is not optimizer.state[b]["momentum_buffer"]


def test_loaded_state_takes_the_parameters_type():
    (a,) = parameters(1)
    optimizer = optim.SGD([a], lr=1.0, momentum=0.5)
    give_gradients([a])
    optimizer.step()
    b = wengert.zeros(1, dtype=wengert.float64, requires_grad=True)
    other = optim.SGD([b], lr=1.0, momentum=0.5)
    other.load_state_dict(optimizer.state_dict())
    assert other.state[b]["momentum_buffer"].dtype is wengert.float64


@pytest.mark.parametrize("make, kind, text", [
    (lambda p: optim.SGD(p[0], lr=0.1), TypeError, "should be an iterable of Tensors or dicts, but got"),
    (lambda p: optim.SGD([], lr=0.1), ValueError, "optimizer got an empty parameter list"),
    (lambda p: optim.SGD([1.0], lr=0.1), TypeError, "can only optimize Tensors, but one of the params is float"),
    (lambda p: optim.SGD([{"params": set(p)}], lr=0.1), TypeError, "ordering of tensors in sets will change"),
    (lambda p: optim.SGD([p[0] * 2], lr=0.1), ValueError, "can't optimize a non-leaf Tensor"),
    (lambda p: optim.SGD([{"params": p}, {"params": p}], lr=0.1), ValueError, "parameters appear in more than one"),
    (lambda p: optim.SGD(p, lr=0.1).add_param_group(p), TypeError, "param_group must be a dict"),
    (lambda p: optim.SGD(p, lr=-1.0), ValueError, "Invalid learning rate: -1.0"),
    (lambda p: optim.SGD(p, momentum=-1.0), ValueError, "Invalid momentum value: -1.0"),
    (lambda p: optim.SGD(p, nesterov=True), ValueError, "Nesterov momentum requires a momentum and zero dampening"),
    (lambda p: optim.Adam(p, betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
])  # fmt: skip
def test_bad_arguments(make, kind, text):
    with pytest.raises(kind, match=text):
        make(parameters(1, 2))


def test_duplicates_in_a_group_warn():
    (a,) = parameters(1)
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optim.SGD([a, a], lr=0.1)


def test_states_that_do_not_fit():
    a, b = parameters(1, 2)
    optimizer = optim.SGD([a, b], lr=0.1)
    with pytest.raises(ValueError, match="different number of parameter groups"):
        optimizer.load_state_dict(optim.SGD([{"params": [a]}, {"params": [b]}], lr=0.1).state_dict())
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        optimizer.load_state_dict(optim.SGD([a], lr=0.1).state_dict())


def test_a_step_between_forward_and_backward_is_noticed():
    """The step is an in-place change like any other: a graph that saved the parameter says so."""
    w = wengert.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    loss = (w * w).sum()
    w.grad = wengert.ones(2)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation(.|\n)*SGD.step"):
        loss.backward()


def test_an_optimizer_of_ones_own():
    class Signs(optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        @wengert.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.sub_(group["lr"] * p.grad.sign())
                        self.state[p]["steps"] = self.state[p].get("steps", 0) + 1

    (a,) = parameters(2)
    optimizer = Signs([a], lr=0.25)
    a.grad = wengert.tensor([3.0, -7.0])
    optimizer.step()
    assert a.tolist() == [-0.25, 0.25] and optimizer.state_dict()["state"] == {0: {"steps": 1}}


@pytest.mark.parametrize("make", [
    lambda p: optim.SGD(p, lr=0.1, momentum=0.9), lambda p: optim.Adam(p, lr=0.05),
    lambda p: optim.AdamW(p, lr=0.05, weight_decay=1e-4),
])  # fmt: skip
def test_they_train(make):
    """A straight line through noisy points: slope 2 and offset 3, as in the tutorial."""
    wengert.manual_seed(0)
    x = wengert.linspace(-1, 1, 50).reshape(50, 1)
    y = 2 * x + 3 + 0.01 * wengert.randn(50, 1)
    layer = nn.Linear(1, 1)
    optimizer = make(layer.parameters())
    for _ in range(300):
        optimizer.zero_grad()
        nn.functional.mse_loss(layer(x), y).backward()
        optimizer.step()
    assert layer.weight.item() == pytest.approx(2, abs=0.02) and layer.bias.item() == pytest.approx(3, abs=0.02)


def test_copies():
    net = nn.Linear(2, 1)
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(wengert.ones(1, 2)).sum().backward()
    optimizer.step()
    twin_net, twin = copy.deepcopy((net, optimizer))
    assert twin.param_groups[0]["params"][0] is twin_net.weight
    assert (twin.state[twin_net.weight]["momentum_buffer"] == optimizer.state[net.weight]["momentum_buffer"]).all()
