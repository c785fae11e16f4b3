"""State dicts of optimizers across the libraries, groups, hooks, errors."""

import collections
import copy
import pickle

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

from .optim_problems import problem  # noqa: E402

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")]

MAKERS = {
    "SGD": lambda t, p: t.optim.SGD(p, lr=0.02, momentum=0.9, weight_decay=0.01),
    "SGD plain": lambda t, p: t.optim.SGD(p, lr=0.02),
    "Adam": lambda t, p: t.optim.Adam(p, lr=0.02, amsgrad=True),
    "Adam fused": lambda t, p: t.optim.Adam(p, lr=0.02, fused=True),
    "AdamW": lambda t, p: t.optim.AdamW(p, lr=0.02),
    "NAdam": lambda t, p: t.optim.NAdam(p, lr=0.02),
    "RAdam": lambda t, p: t.optim.RAdam(p, lr=0.02, betas=(0.9, 0.9)),
    "Adamax": lambda t, p: t.optim.Adamax(p, lr=0.02),
    "Adagrad": lambda t, p: t.optim.Adagrad(p, lr=0.02, lr_decay=0.1, initial_accumulator_value=0.1),
    "Adadelta": lambda t, p: t.optim.Adadelta(p),
    "RMSprop": lambda t, p: t.optim.RMSprop(p, momentum=0.9, centered=True),
    "Rprop": lambda t, p: t.optim.Rprop(p),
    "ASGD": lambda t, p: t.optim.ASGD(p, t0=3, lambd=0.01),
    "Adafactor": lambda t, p: t.optim.Adafactor(p),
    "LBFGS": lambda t, p: t.optim.LBFGS(p, max_iter=3),
    "LBFGS search": lambda t, p: t.optim.LBFGS(p, max_iter=3, line_search_fn="strong_wolfe"),
}


def carried(x, target):
    """A state dict of one library for the other."""
    if isinstance(x, (wengert.Tensor, torch.Tensor)):
        x = x.detach().numpy().copy()
        return target.tensor(x, dtype=getattr(target, str(x.dtype)))
    if isinstance(x, dict):
        return {key: carried(value, target) for key, value in x.items()}
    return [carried(value, target) for value in x] if isinstance(x, list) else x


def train(optimizer, parameters, loss, steps):
    for _ in range(steps):

        def closure():
            optimizer.zero_grad()
            value = loss()
            value.backward()
            return value

        if type(optimizer).__name__ == "LBFGS":
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()


def flat(parameters):
    return numpy.concatenate([p.detach().numpy().ravel() for p in parameters])


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("source, target", [(torch, wengert), (wengert, torch), (wengert, wengert)])
def test_training_goes_on_in_the_other(name, source, target):
    make = MAKERS[name]
    before, after = (2, 2) if "LBFGS" in name else (8, 8)
    parameters, loss = problem(torch)
    optimizer = make(torch, parameters)
    train(optimizer, parameters, loss, before + after)
    whole, whole_state = flat(parameters), optimizer.state_dict()

    parameters, loss = problem(source)
    optimizer = make(source, parameters)
    train(optimizer, parameters, loss, before)
    saved, values = carried(optimizer.state_dict(), target), [carried(p, target) for p in parameters]

    parameters, loss = problem(target)
    with target.no_grad():
        for p, x in zip(parameters, values, strict=True):
            p.copy_(x)
    optimizer = make(target, parameters)
    optimizer.load_state_dict(saved)
    train(optimizer, parameters, loss, after)
    numpy.testing.assert_allclose(flat(parameters), whole, rtol=1e-8 if "LBFGS" in name else 1e-10)
    found = optimizer.state_dict()
    assert {k: set(v) for k, v in found["state"].items()} == {k: set(v) for k, v in whole_state["state"].items()}
    assert found["param_groups"] == whole_state["param_groups"]


@pytest.mark.parametrize("name", MAKERS)
def test_printed_and_defaults(name):
    ours, theirs = MAKERS[name](wengert, problem(wengert)[0]), MAKERS[name](torch, problem(torch)[0])
    assert repr(ours) == repr(theirs) and ours.defaults == theirs.defaults
    assert list(ours.param_groups[0]) == list(theirs.param_groups[0])


@pytest.mark.parametrize("name", MAKERS)
def test_pickled_and_copied(name):
    parameters, loss = problem(wengert)
    optimizer = MAKERS[name](wengert, parameters)
    train(optimizer, parameters, loss, 3)
    for twin in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        ours, theirs = twin.state_dict(), optimizer.state_dict()
        assert str(ours) == str(theirs) and twin.param_groups[0]["params"][0] is not parameters[0]
        assert twin.register_step_pre_hook(lambda *arguments: None)


@pytest.mark.parametrize("saved, own", [("float32", "float64"), ("float64", "float32"), ("float32", "complex64")])
@pytest.mark.parametrize("fused", [False, True])
def test_types_of_loaded_state(saved, own, fused):
    found = []
    for t in (wengert, torch):
        states = []
        for dtype in (saved, own):
            p = t.ones(2, dtype=getattr(t, dtype)).requires_grad_()
            p.grad = t.ones(2, dtype=getattr(t, dtype))
            optimizer = t.optim.Adam([p], amsgrad=True)
            optimizer.state[p]["count"] = t.tensor([1, 2])
            if dtype == saved:
                optimizer.state[p].clear()
                optimizer.step()
                optimizer.state[p]["extra"] = {"step": t.tensor(2, dtype=t.int64), "list": [t.ones(1), 2.0, "s"]}
                optimizer.state[p]["count"] = t.tensor([1, 2])
                states.append(optimizer.state_dict())
        for group in states[0]["param_groups"]:
            group["fused"] = fused
        optimizer.load_state_dict(states[0])
        entry = optimizer.state[p]
        extra = entry.pop("extra")
        found.append({key: str(value.dtype).split(".")[1] for key, value in entry.items()})
        found[-1]["extra"] = [str(x.dtype).split(".")[1] for x in (extra["step"], extra["list"][0])]
    assert found[0] == found[1]


def test_state_that_belongs_to_no_parameter():
    found = []
    for t in (wengert, torch):
        p = t.ones(1).requires_grad_()
        optimizer = t.optim.SGD([p])
        optimizer.state["shared"] = {"x": 1}
        state = optimizer.state_dict()
        other = t.optim.SGD([p])
        other.load_state_dict({**state, "state": {**state["state"], 7: {"y": 2}}})
        found.append(other.state_dict())
    assert found[0] == found[1]


def test_names():
    found = []
    for t in (wengert, torch):
        net = t.nn.Linear(2, 3)
        optimizer = t.optim.SGD(net.named_parameters(), lr=0.1)
        plain = t.optim.SGD(net.parameters(), lr=0.1)
        groups = [optimizer.state_dict()["param_groups"], plain.state_dict()["param_groups"]]
        plain.load_state_dict(optimizer.state_dict())
        optimizer.load_state_dict(t.optim.SGD(net.parameters(), lr=0.2).state_dict())
        found.append([groups, plain.state_dict()["param_groups"], optimizer.state_dict()["param_groups"]])
    assert found[0] == found[1]


def test_the_group_that_is_given_is_the_group_that_is_kept():
    for t in (wengert, torch):
        group = {"params": t.zeros(1).requires_grad_(), "lr": 0.5}
        optimizer = t.optim.SGD([group])
        assert optimizer.param_groups[0] is group and len(group["params"]) == 1 and group["momentum"] == 0


def test_hooks():
    found = []
    for t in (wengert, torch):
        from_module = __import__(f"{t.__name__}.optim.optimizer", fromlist=["optimizer"])
        calls = []
        p = t.zeros(1).requires_grad_()
        optimizer = t.optim.SGD([p])

        def note(text, calls=calls, answer=None):
            def hook(*arguments):
                calls.append((text, [type(x).__name__ for x in arguments]))
                return answer(*arguments) if answer is not None else None

            return hook

        handles = [
            from_module.register_optimizer_step_pre_hook(note("all before")),
            from_module.register_optimizer_step_post_hook(note("all after")),
            optimizer.register_step_pre_hook(note("before", answer=lambda o, args, kwargs: ((o, lambda: 7), {}))),
            optimizer.register_step_post_hook(note("after")),
        ]
        calls.append(optimizer.step())
        for handle in handles:
            handle.remove()
        calls.append(optimizer.step())
        optimizer.register_state_dict_pre_hook(note("save"))
        optimizer.register_state_dict_pre_hook(note("save first"), prepend=True)
        optimizer.register_state_dict_post_hook(note("saved", answer=lambda o, s: {**s, "more": 1}))
        optimizer.register_state_dict_post_hook(note("saved first"), prepend=True)
        optimizer.register_load_state_dict_pre_hook(note("load", answer=lambda o, s: {**s, "more": 2}))
        optimizer.register_load_state_dict_pre_hook(note("load first"), prepend=True)
        optimizer.register_load_state_dict_post_hook(note("loaded"))
        optimizer.register_load_state_dict_post_hook(note("loaded first"), prepend=True)
        saved = optimizer.state_dict()
        calls.append(saved["more"])
        optimizer.load_state_dict(collections.OrderedDict(saved))
        found.append(calls)
    assert found[0] == found[1]


def test_hooks_of_an_optimizer_of_ones_own():
    found = []
    for t in (wengert, torch):
        calls = []

        class Own(t.optim.Optimizer):
            def __init__(self, params):
                super().__init__(params, {})

            def step(self, closure=None, calls=calls):
                calls.append("step")
                return 5

        optimizer = Own([t.zeros(1).requires_grad_()])
        optimizer.register_step_pre_hook(lambda *arguments, calls=calls: calls.append("before"))
        optimizer.register_step_post_hook(lambda *arguments, calls=calls: calls.append("after"))
        calls.append(optimizer.step())
        found.append(calls)
    assert found[0] == found[1]


def test_gradients_of_a_graph_are_cut_when_filled_with_zeros():
    for t in (wengert, torch):
        p = t.ones(2).requires_grad_()
        q = t.ones(2).requires_grad_()
        (g,) = t.autograd.grad((p**3).sum(), p, create_graph=True)
        p.grad = g
        q.grad = t.ones(2).requires_grad_()
        optimizer = t.optim.SGD([p, q])
        optimizer.zero_grad(set_to_none=False)
        assert p.grad.grad_fn is None and not p.grad.requires_grad and not q.grad.requires_grad
        assert p.grad.tolist() == [0.0, 0.0]


def one(t, n=2):
    return [t.zeros(n).requires_grad_()]


def step(optimizer, t, **changes):
    for group in optimizer.param_groups:
        group.update(changes)
        for p in group["params"]:
            p.grad = t.ones(p.shape, dtype=p.dtype)
    optimizer.step()


CAPTURED = ["Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adadelta", "RMSprop", "Rprop", "ASGD"]
BAD = {
    **{f"capturable {n}": lambda t, n=n: step(getattr(t.optim, n)(one(t), capturable=True), t) for n in CAPTURED},
    **{f"lr {n}": lambda t, n=n: getattr(t.optim, n)(one(t), lr=-1.0) for n in [*CAPTURED, "SGD", "Adagrad", "LBFGS"]},
    **{
        f"lr {n} of two": lambda t, n=n: getattr(t.optim, n)(one(t), lr=t.tensor([0.1, 0.2]))
        for n in [*CAPTURED, "SGD", "Adagrad", "LBFGS", "Adafactor", "Muon"]
    },
    **{
        f"decay {n}": lambda t, n=n: getattr(t.optim, n)(one(t), weight_decay=-1.0)
        for n in [*CAPTURED, "SGD", "Adagrad", "Adafactor", "Muon"]
        if n != "Rprop"
    },
    **{
        f"beta {n}": lambda t, n=n: getattr(t.optim, n)(one(t), betas=(0.9, 1.0))
        for n in ["Adam", "AdamW", "NAdam", "RAdam", "Adamax"]
    },
    **{
        f"eps {n}": lambda t, n=n: getattr(t.optim, n)(one(t), eps=-1.0)
        for n in ["Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop"]
    },
    **{
        f"foreach differentiable {n}": lambda t, n=n: step(
            getattr(t.optim, n)([t.zeros(2).requires_grad_() * 1], foreach=True, differentiable=True), t
        )
        for n in [*CAPTURED, "Adagrad"]
    },
    **{
        f"fused differentiable {n}": lambda t, n=n: getattr(t.optim, n)(one(t), fused=True, differentiable=True)
        for n in ["SGD", "Adam", "AdamW", "Adagrad"]
    },
    **{
        f"fused foreach {n}": lambda t, n=n: getattr(t.optim, n)(one(t), fused=True, foreach=True)
        for n in ["SGD", "Adam", "AdamW", "Adagrad"]
    },
    **{
        f"fused complex {n}": lambda t, n=n: step(
            getattr(t.optim, n)([t.zeros(2, dtype=t.complex64).requires_grad_()], fused=True), t
        )
        for n in ["SGD", "Adam", "AdamW", "Adagrad"]
    },
    "lr of text": lambda t: t.optim.SGD(one(t), lr="0.1"),
    "lr None": lambda t: t.optim.Adam(one(t), lr=None),
    "betas a number": lambda t: t.optim.Adam(one(t), betas=0.9),
    "betas short": lambda t: t.optim.Adam(one(t), betas=(0.9,)),
    "betas mixed": lambda t: t.optim.Adam(one(t), betas=(0.9, t.tensor(0.9))),
    "betas ints": lambda t: t.optim.Adam(one(t), betas=(0, 0.9)),
    "betas of two": lambda t: t.optim.Adam(one(t), betas=(t.tensor(0.9), t.ones(2) * 0.5)),
    "betas foreach": lambda t: t.optim.Adam(one(t), betas=(t.tensor(0.9), t.tensor(0.9)), foreach=True),
    "lr foreach": lambda t: t.optim.Adam(one(t), lr=t.tensor(0.1), foreach=True),
    "lr foreach later": lambda t: step(t.optim.Adam(one(t), foreach=True), t, lr=t.tensor(0.1)),
    "momentum_decay": lambda t: t.optim.NAdam(one(t), momentum_decay=-1.0),
    "lr_decay": lambda t: t.optim.Adagrad(one(t), lr_decay=-1.0),
    "accumulator": lambda t: t.optim.Adagrad(one(t), initial_accumulator_value=-1.0),
    "rho": lambda t: t.optim.Adadelta(one(t), rho=1.1),
    "alpha": lambda t: t.optim.RMSprop(one(t), alpha=-0.1),
    "momentum": lambda t: t.optim.RMSprop(one(t), momentum=-0.1),
    "etas": lambda t: t.optim.Rprop(one(t), etas=(1.2, 0.5)),
    "muon lr": lambda t: t.optim.Muon(one(t), lr=-1.0),
    "muon momentum": lambda t: t.optim.Muon(one(t), momentum=-1.0),
    "muon function": lambda t: t.optim.Muon(one(t), adjust_lr_fn="other"),
    "muon vector": lambda t: t.optim.Muon(one(t)),
    "muon complex": lambda t: step(t.optim.Muon([t.zeros(2, 2, dtype=t.complex64).requires_grad_()]), t),
    "muon steps": lambda t: step(t.optim.Muon([t.zeros(2, 2).requires_grad_()], ns_steps=100), t),
    "muon coefficients": lambda t: step(t.optim.Muon([t.zeros(2, 2).requires_grad_()], ns_coefficients=(1, 2)), t),
    "adafactor lr": lambda t: t.optim.Adafactor(one(t), lr=-1.0),
    "adafactor decay": lambda t: t.optim.Adafactor(one(t), beta2_decay=0.1),
    "adafactor eps1": lambda t: t.optim.Adafactor(one(t), eps=(-1.0, 0.1)),
    "adafactor eps2": lambda t: t.optim.Adafactor(one(t), eps=(None, -0.1)),
    "adafactor d": lambda t: t.optim.Adafactor(one(t), d=0.5),
    "adafactor complex": lambda t: step(t.optim.Adafactor([t.zeros(2, dtype=t.complex64).requires_grad_()]), t),
    "lbfgs groups": lambda t: t.optim.LBFGS([{"params": one(t)}, {"params": one(t)}]),
    "lbfgs closure": lambda t: t.optim.LBFGS(one(t)).step(),
    "some names": lambda t: t.optim.SGD([("a", one(t)[0]), one(t)[0]]),
    "other names": lambda t: t.optim.SGD([{"params": [("a", one(t)[0])]}, {"params": one(t)}]),
    "group a number": lambda t: t.optim.SGD([{"params": one(t)}, 3]),
    "no params": lambda t: t.optim.SGD([{"lr": 3}]),
    "params a number": lambda t: t.optim.SGD(3),
    "groups a dict": lambda t: t.optim.SGD({"params": one(t)}),
    "hook": lambda t: (o := t.optim.SGD(one(t))).register_step_pre_hook(lambda *a: 3) and o.step(),
    "base step": lambda t: t.optim.Optimizer(one(t), {}).step(),
    "state of nothing": lambda t: t.optim.SGD(one(t)).load_state_dict({}),
    "required": lambda t: t.optim.Optimizer(
        one(t), {"lr": __import__(f"{t.__name__}.optim.optimizer", fromlist=["o"]).required}
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_errors(name):
    with pytest.raises(Exception) as expected:
        BAD[name](torch)
    with pytest.raises(type(expected.value)) as found:
        BAD[name](wengert)
    theirs = str(expected.value).replace("torch.", "wengert.")
    if name != "hook":  # which begins with the address of a function
        assert str(found.value).startswith(theirs[:34])
