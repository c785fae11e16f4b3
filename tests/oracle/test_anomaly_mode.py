"""Anomaly mode in both libraries: which node is reported, for which of its outputs, and what the modes are."""

import warnings

import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


def leaf(t, *values):
    return t.tensor(values, dtype=t.float64, requires_grad=True)


def nested(t):
    x = leaf(t, 0.0)
    with t.autograd.set_detect_anomaly(True):
        (g,) = t.autograd.grad((x**1.5).sum(), x, create_graph=True)
        (h,) = t.autograd.grad(g.sum(), x, create_graph=True)
        (h * 0).sum().backward()


def in_a_function(t):
    class NotANumber(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g, g * float("nan")

    NotANumber.apply(leaf(t, 1.0), leaf(t, 2.0)).sum().backward()


def from_a_hook(t):
    y = leaf(t, 1.0, 2.0) * 3
    y.register_hook(lambda g: g * float("nan"))
    y.sin().sum().backward()


def from_a_hook_of_a_node(t):
    y = (leaf(t, 1.0, 2.0) * 3).sin()
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * float("nan"),))
    y.sum().backward()


PROGRAMS = {
    "sqrt at 0": lambda t: (leaf(t, 0.0, 1.0).sqrt() * 0).sum().backward(),
    "log of a negative power": lambda t: (leaf(t, 0.0).log() * 0).exp().backward(),
    "the second factor": lambda t: (leaf(t, float("inf")) * leaf(t, 1.0) * 0).backward(),
    "division": lambda t: (leaf(t, 0.0) / leaf(t, 0.0)).backward(),
    "given to backward": lambda t: (leaf(t, 1.0) * leaf(t, 2.0)).backward(t.tensor([float("nan")], dtype=t.float64)),
    "norm at 0, which is defined there": lambda t: leaf(t, 0.0, 0.0).norm().backward(),
    "no NaN": lambda t: leaf(t, 1.0).exp().backward(),
    "nested": nested,
    "in a Function": in_a_function,
    "from a hook": from_a_hook,
    "from a node's hook": from_a_hook_of_a_node,
}


def outcome(t, program):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch puts the lines of the forward pass into a warning
        try:
            with t.autograd.set_detect_anomaly(True):
                program(t)
        except Exception as error:
            return type(error).__name__, str(error).splitlines()[0]
    return None


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_node_is_reported(name):
    assert outcome(wengert, PROGRAMS[name]) == outcome(torch, PROGRAMS[name])


def test_the_modes():
    def states(t):
        seen = []

        def note():
            seen.append((t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()))

        note()
        t.autograd.set_detect_anomaly(True, False)
        note()
        with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"):
            with t.autograd.detect_anomaly():
                note()
                with t.autograd.set_detect_anomaly(False, check_nan=False):
                    note()
                note()
        note()
        t.autograd.set_detect_anomaly(False)
        note()
        return seen

    assert states(wengert) == states(torch)
