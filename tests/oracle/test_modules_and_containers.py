"""What modules and containers answer, print and refuse, against PyTorch: one long list of calls, each compared."""

import collections
import copy
import pickle
import warnings

import numpy
import pytest

torch = pytest.importorskip("torch")

import wengert  # noqa: E402
from wengert import nn  # noqa: E402

pytestmark = pytest.mark.oracle
LIBRARIES = (wengert, torch)


def answer(call, t):
    """What a call answers, in words that both libraries share: its text, or the type and first line of its error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = repr(call(t))
    except Exception as error:
        found = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return found.replace("torch.", "wengert.").replace(" torch ", " wengert ")


def three(t):
    return t.nn.Sequential(t.nn.Linear(1, 2), t.nn.ReLU(), t.nn.Linear(2, 1))


def named(t):
    made = t.nn.Sequential()
    made.add_module("x", t.nn.ReLU())
    made.add_module("y", t.nn.Tanh())
    return made


def after(make, change):
    """A call that changes a container and answers with it."""

    def call(t):
        made = make(t)
        change(made, t)
        return made

    return call


def listed(t):
    return t.nn.ModuleList([t.nn.Linear(1, 2), t.nn.ReLU(), t.nn.Tanh()])


def keyed(t):
    return t.nn.ModuleDict({"b": t.nn.ReLU(), "a": t.nn.Tanh()})


def parameters(t):
    return t.nn.ParameterList([t.ones(2), t.nn.Parameter(t.zeros(1)), 3])


def parameters_by_key(t):
    return t.nn.ParameterDict({"b": t.ones(2), "a": t.nn.Parameter(t.zeros(1)), "c": 3})


def tied(t):
    class Tied(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = t.nn.Linear(2, 2)
            self.b = self.a
            self.register_buffer("buf", t.zeros(1))
            self.register_buffer("scratch", t.zeros(1), persistent=False)
            self.register_parameter("none", None)
            self.w = t.nn.Parameter(t.ones(1))
            self.w2 = self.w

        def forward(self, x):
            return self.a(x)

    return Tied()


CALLS = {
    "Sequential": [
        three,
        lambda t: three(t).pop(slice(0, 2)), lambda t: three(t).pop(-1), lambda t: three(t).pop(9),
        after(three, lambda s, t: s.pop(1)), after(three, lambda s, t: s.__delitem__(0)),
        after(three, lambda s, t: s.__delitem__(slice(None, None, 2))), lambda t: three(t).__delitem__(9),
        after(named, lambda s, t: s.append(t.nn.GELU())), after(named, lambda s, t: s.__delitem__(0)),
        lambda t: three(t).append("a"), lambda t: three(t).insert(9, t.nn.ReLU()),
        lambda t: three(t).insert(-1, t.nn.ReLU()), lambda t: three(t).extend([t.nn.ReLU()]),
        lambda t: three(t).extend(three(t)), lambda t: three(t) + three(t), lambda t: three(t) + [1],
        lambda t: three(t) * 2, lambda t: 2 * three(t), lambda t: three(t) * 0, lambda t: three(t) * 1.5,
        lambda t: three(t).__imul__(2), lambda t: three(t).__iadd__(three(t)), lambda t: three(t)[1:],
        lambda t: three(t)[-1], lambda t: three(t)[3], lambda t: three(t).__setitem__(5, t.nn.ReLU()),
        after(three, lambda s, t: s.__setitem__(-1, t.nn.Tanh())),
        lambda t: three(t).__setitem__(slice(1), t.nn.ReLU()),
        lambda t: [name for name in dir(three(t)) if name.isdigit()],
        lambda t: t.nn.Sequential(collections.OrderedDict(first=t.nn.ReLU(), second=t.nn.Tanh())),
        lambda t: t.nn.Sequential(1), lambda t: len(t.nn.Sequential()),
    ],
    "ModuleList": [
        listed, lambda t: listed(t).pop(0), lambda t: listed(t).pop(slice(1, 3)),
        after(listed, lambda m, t: m.__delitem__(slice(1, None))), lambda t: listed(t).extend(t.nn.ReLU()),
        lambda t: listed(t).extend([t.nn.ReLU()]), lambda t: listed(t).__iadd__([t.nn.ReLU()]),
        lambda t: listed(t) + listed(t), lambda t: listed(t).append(3),
        after(listed, lambda m, t: m.insert(1, t.nn.GELU())), after(listed, lambda m, t: m.insert(99, t.nn.GELU())),
        lambda t: listed(t)(1), lambda t: listed(t)[9], lambda t: listed(t)[::-1], lambda t: listed(t)[-2],
        lambda t: listed(t).__setitem__(9, t.nn.ReLU()), after(listed, lambda m, t: m.__setitem__(-1, t.nn.GELU())),
        lambda t: t.nn.ModuleList([None]), lambda t: t.nn.ModuleList("ab"), lambda t: t.nn.ModuleList(),
    ],
    "ModuleDict": [
        keyed, lambda t: t.nn.ModuleDict([["x", t.nn.ReLU()]]), lambda t: t.nn.ModuleDict([["x", t.nn.ReLU(), 1]]),
        lambda t: t.nn.ModuleDict([3]), lambda t: t.nn.ModuleDict(3), lambda t: keyed(t).pop("b"),
        lambda t: keyed(t).pop("z"), lambda t: keyed(t)["z"], lambda t: keyed(t).__delitem__("z"),
        lambda t: keyed(t).__setitem__("q", 3), lambda t: keyed(t).__setitem__("q.r", t.nn.ReLU()),
        lambda t: (list(keyed(t).keys()), list(keyed(t).items()), list(keyed(t).values()), "a" in keyed(t)),
        lambda t: t.nn.ModuleDict({"type": t.nn.ReLU()}), lambda t: t.nn.ModuleDict({1: t.nn.ReLU()}),
        lambda t: keyed(t)(1), after(keyed, lambda m, t: m.clear()), after(keyed, lambda m, t: m.update(keyed(t))),
        lambda t: len(keyed(t)), lambda t: list(keyed(t)),
    ],
    "ParameterList": [
        parameters, lambda t: parameters(t)[:2], after(parameters, lambda p, t: p.__setitem__(0, t.zeros(1))),
        lambda t: parameters(t)[5], lambda t: parameters(t)[-1], lambda t: parameters(t).extend(t.ones(2)),
        lambda t: parameters(t).extend("ab"), lambda t: parameters(t).__iadd__([t.ones(1)]),
        lambda t: parameters(t).append(5), lambda t: parameters(t)(1),
        lambda t: [name for name, _ in parameters(t).named_parameters()], lambda t: t.nn.ParameterList(3),
        lambda t: len(parameters(t)), lambda t: t.nn.ParameterList(parameters(t)),
    ],
    "ParameterDict": [
        parameters_by_key, lambda t: parameters_by_key(t) | t.nn.ParameterDict({"z": t.ones(1)}),
        lambda t: parameters_by_key(t) | {"z": t.ones(1)}, lambda t: {"z": t.ones(1)} | parameters_by_key(t),
        lambda t: parameters_by_key(t).__ior__({"z": t.ones(1)}), lambda t: parameters_by_key(t).pop("b"),
        lambda t: parameters_by_key(t).pop("zz"), lambda t: parameters_by_key(t).popitem(),
        lambda t: parameters_by_key(t)["zz"], lambda t: parameters_by_key(t).get("zz", 4),
        lambda t: parameters_by_key(t).setdefault("y", t.ones(1)),
        lambda t: parameters_by_key(t).fromkeys(["u", "v"], t.ones(1)), lambda t: parameters_by_key(t).copy(),
        lambda t: (list(parameters_by_key(t).items()), list(parameters_by_key(t).keys())),
        lambda t: list(parameters_by_key(t).values()), lambda t: list(reversed(parameters_by_key(t))),
        lambda t: parameters_by_key(t).update([["a", 1, 2]]), lambda t: parameters_by_key(t).update([3]),
        lambda t: parameters_by_key(t).update(3), lambda t: parameters_by_key(t)(1),
        lambda t: parameters_by_key(t).__delitem__("zz"), lambda t: t.nn.ParameterDict({"keys": t.ones(1)}),
        after(parameters_by_key, lambda p, t: p.clear()), lambda t: "a" in parameters_by_key(t),
    ],
    "Parameter": [
        lambda t: t.nn.Buffer(t.ones(2)), lambda t: isinstance(t.nn.Buffer(t.ones(2)), t.nn.Buffer),
        lambda t: isinstance(t.ones(1), t.nn.Buffer), lambda t: t.nn.Buffer(None),
        lambda t: t.nn.Parameter(t.ones(2)), lambda t: t.nn.Parameter(), lambda t: t.nn.Parameter([1.0]),
        lambda t: t.nn.Parameter(t.tensor([1]), False),
    ],
    "walks": [
        lambda t: [name for name, _ in tied(t).named_parameters()],
        lambda t: [name for name, _ in tied(t).named_parameters(remove_duplicate=False)],
        lambda t: [name for name, _ in tied(t).named_parameters("pre", False)],
        lambda t: [name for name, _ in tied(t).named_buffers()],
        lambda t: [name for name, _ in tied(t).named_buffers("p", True, False)],
        lambda t: [name for name, _ in tied(t).named_modules(prefix="x")],
        lambda t: [name for name, _ in tied(t).named_modules(remove_duplicate=False)],
        lambda t: (len(list(tied(t).modules())), len(list(tied(t).modules(remove_duplicate=False)))),
        lambda t: [name for name, _ in tied(t).named_children()],
        lambda t: list(tied(t).state_dict()), lambda t: list(tied(t).state_dict(prefix="p.")),
        lambda t: tied(t).state_dict()._metadata, lambda t: list(tied(t).state_dict({}, "q.")),
    ],
    "paths": [
        lambda t: tied(t).get_submodule("a.weight"), lambda t: tied(t).get_submodule("q"),
        lambda t: tied(t).get_submodule("a"), lambda t: tied(t).get_parameter("a"),
        lambda t: tied(t).get_parameter("a.q"), lambda t: tied(t).get_parameter("w"),
        lambda t: tied(t).get_buffer("w"), lambda t: tied(t).get_buffer("zz"), lambda t: tied(t).get_buffer("buf"),
        lambda t: tied(t).set_submodule("a", 3), lambda t: tied(t).set_submodule("", t.nn.ReLU()),
        lambda t: tied(t).set_submodule("zz", t.nn.ReLU(), strict=True),
        lambda t: tied(t).set_submodule("w", t.nn.ReLU()), lambda t: tied(t).set_submodule("zz.y", t.nn.ReLU()),
        after(tied, lambda m, t: m.set_submodule("a", t.nn.ReLU())),
        after(tied, lambda m, t: m.set_submodule("new", t.nn.ReLU())),
    ],
    "conversion": [
        lambda t: tied(t).to(t.int32), lambda t: tied(t).to(t.zeros(1, dtype=t.float64)).w.dtype,
        lambda t: tied(t).to("cpu", t.float16).w.dtype, lambda t: tied(t).to(dtype=t.bfloat16, non_blocking=True).buf,
        lambda t: tied(t).type(t.float64).w.dtype, lambda t: tied(t).half().a.bias.dtype,
        lambda t: tied(t).bfloat16().buf.dtype, lambda t: tied(t).double().float().w.dtype, lambda t: tied(t).cpu().w,
        lambda t: tied(t).to_empty(device="cpu").a.weight.shape,
        lambda t: t.nn.Conv2d(2, 3, 2).to(memory_format=t.channels_last).weight.stride(),
        lambda t: tied(t).requires_grad_(False).w.requires_grad, lambda t: tied(t).train(3),
        lambda t: tied(t).share_memory().w.is_shared(),
    ],
    "registration": [
        lambda t: t.nn.Module(3), lambda t: t.nn.Module(a=3), lambda t: t.nn.Module()(1),
        lambda t: tied(t).register_buffer("a", t.ones(1)), lambda t: tied(t).register_buffer("", t.ones(1)),
        lambda t: tied(t).register_buffer(3, t.ones(1)), lambda t: tied(t).register_buffer("q", 3),
        lambda t: tied(t).register_parameter("q", t.ones(1)),
        lambda t: tied(t).register_parameter("buf", t.nn.Parameter(t.ones(1))),
        lambda t: tied(t).register_parameter("n", t.nn.Parameter(t.ones(1)) * 2),
        lambda t: tied(t).add_module("w", t.nn.ReLU()), lambda t: tied(t).add_module("q", 3),
        lambda t: tied(t).add_module("q.r", t.nn.ReLU()), lambda t: tied(t).add_module("", t.nn.ReLU()),
        lambda t: tied(t).nope, lambda t: setattr(tied(t), "w", t.ones(1)), lambda t: setattr(tied(t), "a", 3),
        lambda t: setattr(tied(t), "buf", 3), lambda t: tied(t).load_state_dict(3), lambda t: delattr(tied(t), "nope"),
        after(tied, lambda m, t: delattr(m, "a")), tied, lambda t: tied(t).compile(),
    ],
}  # fmt: skip


@pytest.mark.parametrize("subject", CALLS)
def test_answers(subject):
    different = {}
    for i, call in enumerate(CALLS[subject]):
        ours, theirs = answer(call, wengert), answer(call, torch)
        # An error may say more than PyTorch's.
        theirs_said = theirs.split(" Open an issue")[0]
        if ours != theirs and not (": " in theirs and ours.startswith(theirs_said.rstrip("'."))):
            different[i] = (ours, theirs)
    assert not different


# ------------------------------------------------------------------------------------------------ hooks


def forward_hooks(t, log):
    class Scale(t.nn.Module):
        def forward(self, x, by=1.0):
            log.append(("forward", by))
            if by == 0:
                raise ValueError("by 0")
            return x * by

    module = Scale()
    module.register_forward_pre_hook(lambda m, args: log.append(("pre", len(args))))
    module.register_forward_pre_hook(lambda m, args: log.append("pre first"), prepend=True)
    module.register_forward_pre_hook(lambda m, args, kwargs: (args, {**kwargs, "by": 3 * kwargs.get("by", 1.0)}),
                                     with_kwargs=True)  # fmt: skip
    module.register_forward_hook(lambda m, args, out: log.append(("after", out.tolist())))
    module.register_forward_hook(lambda m, args, kwargs, out: out + kwargs["by"], with_kwargs=True)
    module.register_forward_hook(lambda m, args, out: log.append(("always", out)), always_call=True, prepend=True)
    return module


def test_forward_hooks():
    logs = []
    for t in LIBRARIES:
        log: list = []
        module = forward_hooks(t, log)
        modules = t.nn.modules.module
        with (
            modules.register_module_forward_pre_hook(lambda m, args, log=log: log.append("everywhere pre")),
            modules.register_module_forward_hook(lambda m, args, out, log=log: log.append("everywhere")),
            modules.register_module_forward_hook(
                lambda m, args, kwargs, out, log=log: log.append(("given", kwargs)), with_kwargs=True
            ),
            modules.register_module_forward_hook(
                lambda m, args, out, log=log: log.append(("always", out is None)), always_call=True
            ),
        ):
            log.append(module(t.ones(2), by=2.0).tolist())
            with pytest.raises(ValueError, match="by 0"):
                module(t.ones(2), by=0)
        log.append(module(t.ones(1)).tolist())
        logs.append([repr(one).replace("torch.", "") for one in log])
    assert logs[0] == logs[1]


def test_hooks_on_registration():
    logs = []
    for t in LIBRARIES:
        log: list = []
        modules = t.nn.modules.module
        replaced = t.nn.Tanh()
        with (
            modules.register_module_parameter_registration_hook(lambda m, n, p, log=log: log.append((n, p.shape))),
            modules.register_module_buffer_registration_hook(lambda m, n, b, log=log: log.append((n, b is None))),
            modules.register_module_module_registration_hook(
                lambda m, n, child, one=replaced: one if type(child).__name__ == "ReLU" else None
            ),
        ):
            layer = t.nn.Linear(2, 3)
            layer.register_buffer("b", None)
            layer.b = t.ones(1)
            layer.extra = t.nn.Parameter(t.ones(1))
            net = t.nn.Sequential(layer, t.nn.ReLU())
        assert net[1] is replaced
        t.nn.Linear(1, 1)
        logs.append([(name, tuple(what) if not isinstance(what, bool) else what) for name, what in log])
    assert logs[0] == logs[1]


def test_state_hooks():
    logs = []
    for t in LIBRARIES:
        log: list = []
        net = t.nn.Sequential(t.nn.Linear(2, 1), t.nn.Sequential(t.nn.Linear(1, 1, bias=False)))
        net[1].register_state_dict_pre_hook(lambda m, prefix, keep, log=log: log.append(("saving", prefix, keep)))
        net[1].register_state_dict_post_hook(
            lambda m, state, prefix, meta, log=log: log.append(("saved", sorted(state), prefix, meta))
        )
        net[0]._register_state_dict_hook(lambda m, state, prefix, meta: state.pop(prefix + "bias") and None)
        state = net.state_dict()
        log.append(list(state))

        def loading(m, state, prefix, meta, strict, missing, unexpected, errors, log=log):
            log.append(("loading", type(m).__name__, sorted(state), prefix, meta, strict))
            state.setdefault(prefix + "bias", m.bias.detach() + 1)

        net[0].register_load_state_dict_pre_hook(loading)
        net.register_load_state_dict_post_hook(lambda m, keys, log=log: log.append(("loaded", keys.missing_keys)))
        before = net[0].bias.detach().clone()
        log.append(repr(net.load_state_dict(state)))
        assert t.equal(net[0].bias, before + 1)
        forgiving = t.nn.Linear(2, 2)
        forgiving.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())
        log.append(repr(forgiving.load_state_dict({"weight": t.zeros(2, 2)})))
        assert not forgiving.weight.any()
        net[1].register_state_dict_post_hook(lambda *given: 1)
        with pytest.raises(RuntimeError, match="state_dict post-hook must return None"):
            net.state_dict()
        bad = t.nn.Linear(1, 1)
        bad.register_load_state_dict_post_hook(lambda m, keys: keys)
        with pytest.raises(AssertionError, match="are not expected to return new values"):
            bad.load_state_dict(bad.state_dict())
        logs.append(log)
    assert logs[0] == logs[1]


def versioned(t):
    class Versioned(t.nn.Module):
        _version = 3

        def __init__(self):
            super().__init__()
            self.w = t.nn.Parameter(t.zeros(2))
            self.seen = None

        def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
            self.seen = local_metadata.get("version")
            if prefix + "old" in state_dict:
                state_dict[prefix + "w"] = state_dict.pop(prefix + "old")
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

        def get_extra_state(self):
            return {"steps": 7}

        def set_extra_state(self, state):
            self.steps = state["steps"]

    return t.nn.Sequential(Versioned())


def test_versions_and_extra_state():
    for t in LIBRARIES:
        module = versioned(t)
        state = module.state_dict()
        assert list(state) == ["0.w", "0._extra_state"] and state["0._extra_state"] == {"steps": 7}
        assert module.load_state_dict(state).missing_keys == [] and module[0].steps == 7 and module[0].seen == 3
        module.load_state_dict({"0.old": t.ones(2), "0._extra_state": {"steps": 8}})
        assert module[0].w.tolist() == [1.0, 1.0] and module[0].steps == 8 and module[0].seen is None
        with pytest.raises(RuntimeError, match='Missing key.*"0._extra_state"'):
            module.load_state_dict({"0.w": t.ones(2)})
        with pytest.raises(RuntimeError, match='Unexpected key.*"_extra_state"'):
            t.nn.Linear(1, 1).load_state_dict({**t.nn.Linear(1, 1).state_dict(), "_extra_state": 1})


def test_assigned_state():
    for t in LIBRARIES:
        layer = t.nn.Linear(2, 1)
        layer.weight.requires_grad_(False)
        given = {"weight": t.ones(1, 2, dtype=t.float64), "bias": t.nn.Parameter(t.ones(1))}
        layer.load_state_dict(given, assign=True)
        assert layer.weight.dtype == t.float64 and not layer.weight.requires_grad
        assert layer.bias is given["bias"] and layer.bias.requires_grad
        assert isinstance(layer.weight, t.nn.Parameter)
        scalar = t.nn.Module()
        scalar.register_buffer("n", t.tensor(0.0))
        scalar.load_state_dict({"n": t.tensor([5.0])})
        assert scalar.n.item() == 5.0


def hook(module, args, out):
    return out + 1


def test_copies_keep_their_hooks():
    for t in LIBRARIES:
        layer = t.nn.Linear(2, 2)
        layer.register_forward_hook(hook)
        layer.register_full_backward_hook(hook)
        plain = t.nn.functional.linear(t.ones(2), layer.weight, layer.bias) + 1
        for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
            assert t.equal(twin(t.ones(2)), plain)
            assert len(twin._forward_hooks) == len(twin._backward_hooks) == 1
            twin._forward_hooks.clear()
        assert t.equal(layer(t.ones(2)), plain)


def test_loading_names_what_was_probably_meant():
    """Beyond what PyTorch says, which comes first."""
    state = {f"module.{key}": x for key, x in nn.Linear(2, 2).state_dict().items()}
    with pytest.raises(RuntimeError, match="All unexpected keys begin with 'module.': did you mean the keys with"):
        nn.Linear(2, 2).load_state_dict(state)
    with pytest.raises(RuntimeError, match="All missing keys begin with '0.': did you mean the keys with it"):
        nn.Sequential(nn.Linear(2, 2)).load_state_dict(nn.Linear(2, 2).state_dict())
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    state = dict(net.state_dict())
    state["0.wieght"] = state.pop("0.weight")
    state["1.bias"] = wengert.zeros(3)
    before = {key: x.clone() for key, x in net.state_dict().items()}
    with pytest.raises(RuntimeError) as error:
        net.load_state_dict(state)
    assert str(error.value).split("\n\t") == [
        "Error(s) in loading state_dict for Sequential:",
        'Missing key(s) in state_dict: "0.weight". ',
        'Unexpected key(s) in state_dict: "0.wieght". ',
        "size mismatch for 1.bias: copying a param with shape wengert.Size([3]) from checkpoint, the shape in current "
        "model is wengert.Size([2]).",
        'The state dict has "0.wieght": did you mean 0.weight?',
    ]
    for key, x in net.state_dict().items():
        numpy.testing.assert_array_equal(x.numpy(), before[key].numpy())
