"""swap_in_optimizer_params_and_state against PyTorch's."""

import copy

import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle


def stepped(t):
    a, b = [t.ones(2).requires_grad_() for _ in range(2)]
    optimizer = t.optim.Adam([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
    a.grad, b.grad = t.ones(2), -t.ones(2)
    optimizer.step()
    return optimizer, a, b


def test_inside_and_afterwards():
    found = []
    for t in (wengert, torch):
        optimizer, a, b = stepped(t)
        groups = optimizer.param_groups
        saved = copy.deepcopy(optimizer.state_dict())
        saved["param_groups"][0]["lr"] = 2.0
        c, d = [t.full((2,), x).requires_grad_() for x in (5.0, 6.0)]
        c.grad, d.grad = t.ones(2), t.ones(2)
        with t.optim.swap_in_optimizer_params_and_state(optimizer, {"c": c, "d": d}, saved):
            optimizer.step()
            inside = optimizer.param_groups[0]["lr"], optimizer.state[c]["step"].item()
        assert optimizer.param_groups is groups and groups[0]["params"][0] is a and groups[0]["lr"] == 0.1
        assert list(optimizer.state) == [a, b] and optimizer.state[a]["step"].item() == 1
        found.append([inside, a.tolist(), b.tolist(), c.tolist(), d.tolist(), saved["state"][0]["step"].item()])
    assert found[0] == [pytest.approx(x) if isinstance(x, list) else x for x in found[1]]


def test_after_an_error():
    for t in (wengert, torch):
        optimizer, a, _ = stepped(t)
        with pytest.raises(ZeroDivisionError):
            with t.optim.swap_in_optimizer_params_and_state(
                optimizer, {"c": t.zeros(2), "d": t.zeros(2)}, optimizer.state_dict()
            ):
                raise ZeroDivisionError
        assert optimizer.param_groups[0]["params"][0] is a and a in optimizer.state


def changed(**changes):
    def make(t, saved):
        return {**saved, **changes}

    return make


BAD = {
    "no dict": lambda t, s: 3,
    "state": changed(state=3),
    "groups": changed(param_groups=3),
    "fewer groups": lambda t, s: {**s, "param_groups": s["param_groups"][:1]},
    "tensors": lambda t, s: {**s, "state": {t.zeros(1): {}}},
    "entries": changed(state={0: 3}),
    "extra": lambda t, s: {**s, "state": {**s["state"], 9: {}}},
    "no group": lambda t, s: {**s, "param_groups": [3, 4]},
    "params": lambda t, s: {**s, "param_groups": [{**g, "params": [t.zeros(1)]} for g in s["param_groups"]]},
    "number": lambda t, s: {**s, "param_groups": [{**g, "params": [0, 1]} for g in s["param_groups"]]},
    "keys": lambda t, s: {**s, "param_groups": [{**g, "other": 1} for g in s["param_groups"]]},
}


@pytest.mark.parametrize("name", [*BAD, "few", "fresh"])
def test_errors(name):
    texts = []
    for t in (wengert, torch):
        optimizer = stepped(t)[0]
        saved = optimizer.state_dict()
        tensors = {"c": t.zeros(2), "d": t.zeros(2)}
        if name == "few":
            tensors.pop("d")
        elif name == "fresh":
            optimizer = t.optim.SGD([t.zeros(1)])
        else:
            saved = BAD[name](t, saved)
        with pytest.raises(RuntimeError) as error:
            with t.optim.swap_in_optimizer_params_and_state(optimizer, tensors, saved):
                pass
        texts.append(str(error.value))
    assert texts[0].startswith(texts[1][:72])
