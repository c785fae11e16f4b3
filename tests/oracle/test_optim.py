"""Optimizers against PyTorch's: trajectories of 50 steps on a non-convex problem, for every option; state; errors."""

import itertools
import warnings

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle

STEPS = 50


def problem(t, dtype="float64"):
    """Parameters of three shapes, one of them never used, and a loss with many valleys."""
    rng = numpy.random.default_rng(3)
    dtype = getattr(t, dtype)
    start = [rng.standard_normal(shape) for shape in [(3, 4), (4,), (), (2,)]]
    parameters = [t.tensor(x, dtype=dtype).requires_grad_() for x in start]
    inputs = t.tensor(rng.standard_normal((8, 3)), dtype=dtype)
    wanted = t.tensor(rng.standard_normal(8), dtype=dtype)

    def loss():
        w, v, s, _ = parameters
        out = ((inputs @ w).sin() * v).sum(1) + s * s
        return ((out - wanted) ** 2).mean() + 0.1 * (3 * v).cos().sum()

    return parameters, loss


def run(t, make, dtype="float64", steps=STEPS, between=None):
    parameters, loss = problem(t, dtype)
    optimizer = make(t, parameters)
    path = []
    for step in range(steps):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        path.append(
            numpy.concatenate([p.detach().numpy().ravel().astype(float) for p in parameters] + [[value.item()]])
        )
        if between is not None:
            between(step, optimizer)
    return numpy.array(path), optimizer


def assert_same_path(make, dtype="float64", tolerance=1e-9, **options):
    ours, first = run(wengert, make, dtype, **options)
    theirs, second = run(torch, make, dtype, **options)
    numpy.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    assert_same_state(first, second, tolerance)


def assert_same_state(ours, theirs, tolerance):
    ours, theirs = ours.state_dict(), theirs.state_dict()
    assert list(ours["state"]) == list(theirs["state"])
    for number, entry in theirs["state"].items():
        assert set(ours["state"][number]) == set(entry)
        for name, value in entry.items():
            found = ours["state"][number][name]
            if value is None:
                assert found is None
                continue
            assert str(found.dtype).split(".")[1] == str(value.dtype).split(".")[1]
            numpy.testing.assert_allclose(found.numpy(), value.numpy(), rtol=tolerance, atol=tolerance)
    assert [group["params"] for group in ours["param_groups"]] == [group["params"] for group in theirs["param_groups"]]
    assert [set(group) for group in ours["param_groups"]] == [set(group) for group in theirs["param_groups"]]


SGD = [
    dict(momentum=momentum, dampening=dampening, weight_decay=decay, nesterov=nesterov, maximize=maximize)
    for momentum, dampening, decay, nesterov, maximize in itertools.product(
        [0, 0.9], [0, 0.3], [0, 0.05], [False, True], [False, True]
    )
    if not nesterov or (momentum and not dampening)
]


@pytest.mark.parametrize("options", SGD, ids=lambda o: "-".join(f"{k}={v}" for k, v in o.items() if v) or "plain")
def test_sgd(options):
    lr = 1e-3 if options["maximize"] else 0.05
    assert_same_path(lambda t, p: t.optim.SGD(p, lr=lr, **options))


def test_sgd_float32():
    assert_same_path(
        lambda t, p: t.optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.01), dtype="float32", tolerance=1e-4, steps=20
    )


def test_sgd_options_per_group_and_changed_between_steps():
    def make(t, p):
        optimizer = t.optim.SGD([{"params": p[:1], "lr": 0.02, "momentum": 0.5}, {"params": p[1:3]}], lr=0.05)
        optimizer.add_param_group({"params": p[3], "weight_decay": 0.1})
        return optimizer

    def between(step, optimizer):
        if step == 20:
            for group in optimizer.param_groups:
                group["lr"] *= 0.1
            optimizer.param_groups[1]["momentum"] = 0.9

    assert_same_path(make, between=between)


ADAM = [
    dict(betas=betas, weight_decay=decay, amsgrad=amsgrad, maximize=maximize, eps=eps)
    for betas, decay, amsgrad, maximize, eps in itertools.product(
        [(0.9, 0.999), (0.5, 0.7)], [0, 0.05], [False, True], [False, True], [1e-8, 1e-3]
    )
]


@pytest.mark.parametrize("name", ["Adam", "AdamW"])
@pytest.mark.parametrize("options", ADAM, ids=lambda o: "-".join(f"{k}={v}" for k, v in o.items()))
def test_adam(name, options):
    assert_same_path(lambda t, p: getattr(t.optim, name)(p, lr=0.02, **options))


def test_adam_float32():
    assert_same_path(lambda t, p: t.optim.Adam(p, lr=0.01), dtype="float32", tolerance=1e-4, steps=20)


@pytest.mark.parametrize("make", [
    lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9),
    lambda t, p: t.optim.Adam(p, lr=0.05, amsgrad=True),
])  # fmt: skip
def test_training_goes_on_from_a_saved_state(make):
    def broken(t):
        parameters, loss = problem(t)
        optimizer = make(t, parameters)
        for step in range(20):
            if step == 10:
                saved = optimizer.state_dict()
                optimizer = make(t, parameters)
                optimizer.load_state_dict(saved)
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        return numpy.concatenate([p.detach().numpy().ravel() for p in parameters])

    whole = run(wengert, make, steps=20)[0][-1][:-1]
    numpy.testing.assert_array_equal(broken(wengert), whole)
    numpy.testing.assert_allclose(broken(wengert), broken(torch), rtol=1e-9)


def test_printing():
    for make in (
        lambda t, p: t.optim.SGD([{"params": p[:1], "lr": 0.02}, {"params": p[1:]}], lr=0.05, momentum=0.9),
        lambda t, p: t.optim.Adam(p),
        lambda t, p: t.optim.AdamW(p, amsgrad=True),
    ):
        assert repr(make(wengert, problem(wengert)[0])) == repr(make(torch, problem(torch)[0]))


def test_hooks_closures_and_gradients():
    seen = {}
    for t in (wengert, torch):
        parameters, loss = problem(t)
        optimizer = t.optim.SGD(parameters, lr=0.1)
        calls = seen.setdefault(t, [])
        optimizer.register_step_pre_hook(lambda o, args, kwargs, calls=calls: calls.append("before"))
        optimizer.register_step_post_hook(lambda o, args, kwargs, calls=calls: calls.append("after"))

        def closure(calls=calls, optimizer=optimizer, loss=loss, t=t):
            calls.append(("closure", t.is_grad_enabled()))
            optimizer.zero_grad()
            value = loss()
            value.backward()
            return value

        with t.no_grad():
            calls.append(round(optimizer.step(closure).item(), 9))
        optimizer.zero_grad(set_to_none=False)
        calls.append([None if p.grad is None else float(p.grad.abs().sum()) for p in parameters])
        optimizer.zero_grad()
        calls.append([p.grad for p in parameters])
    assert seen[wengert] == seen[torch]


BAD = {
    "negative lr": lambda t, p: t.optim.SGD(p, lr=-1.0),
    "negative momentum": lambda t, p: t.optim.SGD(p, lr=0.1, momentum=-1.0),
    "negative decay": lambda t, p: t.optim.SGD(p, lr=0.1, weight_decay=-1.0),
    "nesterov without momentum": lambda t, p: t.optim.SGD(p, lr=0.1, nesterov=True),
    "nesterov with dampening": lambda t, p: t.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.1, nesterov=True),
    "a tensor": lambda t, p: t.optim.SGD(p[0], lr=0.1),
    "nothing": lambda t, p: t.optim.SGD([], lr=0.1),
    "numbers": lambda t, p: t.optim.SGD([1.0, 2.0], lr=0.1),
    "a set": lambda t, p: t.optim.SGD([{"params": set(p)}], lr=0.1),
    "a non-leaf": lambda t, p: t.optim.SGD([p[0] * 2], lr=0.1),
    "twice": lambda t, p: t.optim.SGD([{"params": p}, {"params": p[:1]}], lr=0.1),
    "group is a list": lambda t, p: t.optim.SGD(p, lr=0.1).add_param_group([p[0]]),
    "other number of groups": lambda t, p: t.optim.SGD(p, lr=0.1).load_state_dict(
        t.optim.SGD([{"params": p[:1]}, {"params": p[1:]}], lr=0.1).state_dict()
    ),
    "other group size": lambda t, p: t.optim.SGD(p, lr=0.1).load_state_dict(t.optim.SGD(p[1:], lr=0.1).state_dict()),
    "adam lr": lambda t, p: t.optim.Adam(p, lr=-0.1),
    "adam eps": lambda t, p: t.optim.Adam(p, eps=-0.1),
    "adam beta": lambda t, p: t.optim.Adam(p, betas=(1.0, 0.9)),
    "adam beta 2": lambda t, p: t.optim.Adam(p, betas=(0.9, -0.1)),
    "adam decay": lambda t, p: t.optim.AdamW(p, weight_decay=-0.1),
}


@pytest.mark.parametrize("name", BAD)
def test_errors(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception) as expected:
            BAD[name](torch, problem(torch)[0])
    with pytest.raises(type(expected.value)) as found:
        BAD[name](wengert, problem(wengert)[0])
    # The same sentence, but for the name of the tensors' type.
    assert str(found.value).replace("wengert.", "torch.")[:40] == str(expected.value)[:40]


def test_state_of_named_parameters():
    for make in (
        lambda t, n: t.optim.SGD(n.named_parameters(), lr=0.1),
        lambda t, n: t.optim.Adam([{"params": list(n.named_parameters())}]),
    ):
        groups = []
        for t in (wengert, torch):
            groups.append(
                [{k: v for k, v in group.items()} for group in make(t, t.nn.Linear(2, 3)).state_dict()["param_groups"]]
            )
        assert groups[0] == groups[1]
