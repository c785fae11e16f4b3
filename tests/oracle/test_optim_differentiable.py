"""differentiable=True: values after steps, and their derivatives by start, gradients and options, as PyTorch's."""

import warnings

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle

RNG = numpy.random.default_rng(5)
START = RNG.standard_normal(6)
GRADIENTS = RNG.standard_normal((3, 6))
WEIGHTS = RNG.standard_normal(6)

CASES = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True, maximize=True)),
    ("Adam", dict(lr=0.1)),
    ("Adam", dict(lr=0.1, weight_decay=0.1, amsgrad=True)),
    ("Adam", dict(lr=0.1, weight_decay=0.1, maximize=True, eps=1e-2)),
    ("AdamW", dict(lr=0.1, weight_decay=0.3)),
    ("NAdam", dict(lr=0.1, weight_decay=0.1)),
    ("NAdam", dict(lr=0.1, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)),
    ("RAdam", dict(lr=0.1, betas=(0.9, 0.4), weight_decay=0.1)),
    ("RAdam", dict(lr=0.1, betas=(0.9, 0.999), weight_decay=0.1, decoupled_weight_decay=True)),
    ("Adamax", dict(lr=0.1, weight_decay=0.1)),
    ("Adagrad", dict(lr=0.1, lr_decay=0.1, weight_decay=0.1)),
    ("Adadelta", dict(lr=1.0, weight_decay=0.1)),
    ("RMSprop", dict(lr=0.1, weight_decay=0.1)),
    ("RMSprop", dict(lr=0.1, momentum=0.9, centered=True, alpha=0.9)),
    ("Rprop", dict(lr=0.1)),
    ("ASGD", dict(lr=0.1, weight_decay=0.1, t0=0)),
]


def stepped(t, name, options, steps, tensors=()):
    """The values after some steps, the leaves that they came from, and the optimizer."""
    leaves = {"start": t.tensor(START).requires_grad_()}
    options = dict(options)
    for option in tensors:
        if option == "betas":
            leaves["beta1"], leaves["beta2"] = [t.tensor(x, dtype=t.float64).requires_grad_() for x in options["betas"]]
            options["betas"] = (leaves["beta1"], leaves["beta2"])
        else:
            leaves[option] = options[option] = t.tensor(options[option], dtype=t.float64).requires_grad_()
    p = leaves["start"].clone()
    optimizer = getattr(t.optim, name)([p], differentiable=True, **options)
    for k in range(steps):
        leaves[f"gradient {k}"] = t.tensor(GRADIENTS[k]).requires_grad_()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            p.grad = leaves[f"gradient {k}"].clone()
            optimizer.step()
    return p, leaves, optimizer


def derivatives(t, name, options, steps, tensors=()):
    p, leaves, _ = stepped(t, name, options, steps, tensors)
    grads = t.autograd.grad((p * t.tensor(WEIGHTS)).sum(), list(leaves.values()), allow_unused=True)
    found = {key: None if g is None else g.numpy() for key, g in zip(leaves, grads, strict=True)}
    return {"value": p.detach().numpy(), **found}


def assert_same(ours, theirs, tolerance=1e-9):
    assert set(ours) == set(theirs)
    for key, value in theirs.items():
        if value is None:
            assert ours[key] is None or not ours[key].any(), key
        else:
            numpy.testing.assert_allclose(ours[key], value, rtol=tolerance, atol=tolerance, err_msg=key)


# The step counts of Adam are float32, and so is what is worked out from them.
@pytest.mark.parametrize("steps", [1, 3])
# PyTorch cuts SGD's first velocity from the graph: its derivatives are those of no function (test_by_numbers has ours).
@pytest.mark.parametrize("name, options", [case for case in CASES if "momentum" not in case[1]], ids=str)
def test_through_steps(name, options, steps):
    try:
        theirs = derivatives(torch, name, options, steps)
    except RuntimeError as error:
        pytest.skip(f"PyTorch: {str(error)[:80]}")
    tolerance = 1e-6 if name in ("Adam", "AdamW", "NAdam") else 1e-9
    assert_same(derivatives(wengert, name, options, steps), theirs, tolerance)


@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_by_numbers(name, options):
    """Against differences, where PyTorch's own way may refuse."""
    steps = 2
    _, leaves, _ = stepped(wengert, name, options, steps)

    def after(start, *gradients):
        p = start.clone()
        optimizer = getattr(wengert.optim, name)([p], differentiable=True, **options)
        for g in gradients:
            p.grad = g
            optimizer.step()
        return p

    assert wengert.autograd.gradcheck(after, tuple(leaves.values()), atol=1e-5)


OPTIONS = [
    ("SGD", dict(lr=0.1, weight_decay=0.1), ("lr", "weight_decay")),
    ("Adam", dict(lr=0.1, weight_decay=0.1, betas=(0.8, 0.9)), ("lr", "weight_decay", "betas")),
    ("Adam", dict(lr=0.1), ("lr",)),
    ("AdamW", dict(lr=0.1, weight_decay=0.1, betas=(0.8, 0.9)), ("lr", "weight_decay", "betas")),
]


@pytest.mark.parametrize("name, options, tensors", OPTIONS, ids=str)
@pytest.mark.parametrize("steps", [1, 3])
def test_by_options(name, options, tensors, steps):
    try:
        theirs = derivatives(torch, name, options, steps, tensors)
    except RuntimeError as error:
        pytest.skip(f"PyTorch: {str(error)[:80]}")
    assert_same(derivatives(wengert, name, options, steps, tensors), theirs, 1e-6)


def test_a_learning_rate_is_learnt():
    """The use of it: gradient descent on the learning rate of gradient descent."""
    rate = wengert.tensor(0.01, dtype=wengert.float64, requires_grad=True)
    outer = wengert.optim.SGD([rate], lr=0.001)
    losses = []
    for _ in range(60):
        p = wengert.tensor([1.0, 2.0], dtype=wengert.float64, requires_grad=True).clone()
        inner = wengert.optim.SGD([p], lr=rate, differentiable=True)
        for _ in range(3):
            p.grad = 2 * p.clone()
            inner.step()
        loss = (p**2).sum()
        outer.zero_grad()
        loss.backward()
        outer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]
