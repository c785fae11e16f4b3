"""Module: registration, walking, state, modes, conversion, hooks, the module path, copies."""

import copy
import gc
import pickle
import weakref

import pytest

import wengert
from wengert import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 1))])
        self.scale = nn.Parameter(wengert.ones(1))
        self.register_buffer("steps", wengert.zeros(1))
        self.register_buffer("scratch", wengert.zeros(2), persistent=False)

    def forward(self, x):
        x = self.first(x)
        for layer in self.layers:
            x = layer(x)
        return x * self.scale


NAMES = [
    "scale", "first.weight", "first.bias", "layers.0.weight", "layers.0.bias", "layers.1.1.weight", "layers.1.1.bias",
]  # fmt: skip


# ------------------------------------------------------------------------------------------------ registration


def test_assignment_registers():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert [name for name, _ in net.named_buffers()] == ["steps", "scratch"]
    assert [name for name, _ in net.named_modules()] == [
        "", "first", "layers", "layers.0", "layers.1", "layers.1.0", "layers.1.1",
    ]  # fmt: skip
    assert [name for name, _ in net.named_children()] == ["first", "layers"]
    assert len(list(net.parameters())) == 7 and len(list(net.parameters(recurse=False))) == 1
    assert net.get_submodule("layers.1.1") is net.layers[1][1]
    assert net.get_parameter("layers.1.1.weight") is net.layers[1][1].weight
    assert net.get_buffer("steps") is net.steps
    assert {"first", "layers", "scale", "steps", "forward"} <= set(dir(net))


def test_assignment_before_init_is_an_error():
    class Forgot(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__\(\) call"):
        Forgot()


def test_a_name_changes_its_kind():
    net = Net()
    net.first = nn.Parameter(wengert.zeros(2))
    assert "first" in net._parameters and "first" not in net._modules
    net.first = nn.ReLU()
    assert "first" in net._modules and "first" not in net._parameters
    net.first = None
    assert net.first is None and "first" in net._modules
    del net.first
    with pytest.raises(AttributeError, match="'Net' object has no attribute 'first'"):
        net.first  # noqa: B018
    net.first = 3
    assert net.first == 3 and "first" in net.__dict__


def test_a_parameter_takes_no_tensor():
    layer = nn.Linear(2, 2)
    with pytest.raises(TypeError, match="cannot assign 'wengert.FloatTensor' as parameter 'weight'"):
        layer.weight = wengert.zeros(2, 2)
    layer.bias = None
    assert layer.bias is None and [name for name, _ in layer.named_parameters()] == ["weight"]
    assert layer(wengert.ones(2)).shape == (2,)


def test_parameters_share_the_memory_of_their_data():
    data = wengert.zeros(3)
    parameter = nn.Parameter(data)
    assert parameter.requires_grad and parameter.is_leaf and isinstance(parameter, wengert.Tensor)
    data[1] = 5.0
    assert parameter.tolist() == [0.0, 5.0, 0.0]
    assert not nn.Parameter(data, requires_grad=False).requires_grad
    assert repr(parameter).startswith("Parameter containing:\ntensor([0., 5., 0.], requires_grad=True)")


def test_buffers():
    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.count = nn.Buffer(wengert.zeros(1))
            self.trace = nn.Buffer(wengert.zeros(1), persistent=False)

    counter = Counter()
    assert [name for name, _ in counter.named_buffers()] == ["count", "trace"]
    assert list(counter.state_dict()) == ["count"]
    counter.count = wengert.ones(1)
    assert counter.state_dict()["count"].item() == 1.0
    with pytest.raises(TypeError, match="cannot assign 'int' as buffer 'count'"):
        counter.count = 1


def test_shared_parameters_and_modules_come_once():
    net = nn.Module()
    net.a = nn.Linear(2, 2)
    net.b = net.a
    net.c = nn.Linear(2, 2)
    net.c.weight = net.a.weight
    assert [name for name, _ in net.named_parameters()] == ["a.weight", "a.bias", "c.bias"]
    assert [name for name, _ in net.named_modules()] == ["", "a", "c"]
    assert [name for name, _ in net.named_parameters(remove_duplicate=False)] == [
        "a.weight", "a.bias", "b.weight", "b.bias", "c.weight", "c.bias",
    ]  # fmt: skip
    assert list(net.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias", "c.weight", "c.bias"]


# ------------------------------------------------------------------------------------------------ state


def test_state_dict_shares_memory_and_loading_copies():
    net, other = Net(), Net()
    state = net.state_dict()
    assert list(state) == ["scale", "steps", *NAMES[1:]]
    assert not any(value.requires_grad for value in state.values())
    state["scale"].fill_(7.0)
    assert net.scale.item() == 7.0
    before = other.first.weight
    assert repr(other.load_state_dict(state)) == "<All keys matched successfully>"
    assert other.first.weight is before and (before == net.first.weight).all() and before.requires_grad
    net.first.weight.data.zero_()
    assert before.abs().sum() > 0


def test_failed_loading_names_everything_and_changes_nothing():
    net = Net()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    state = {key: value + 1 for key, value in before.items()}
    del state["scale"], state["layers.0.bias"]
    state["more"] = wengert.zeros(1)
    state["first.bias"] = wengert.zeros(4)
    state["first.weight"] = wengert.zeros(2, 3)
    with pytest.raises(RuntimeError) as error:
        net.load_state_dict(state)
    text = str(error.value)
    assert text.startswith("Error(s) in loading state_dict for Net:\n\t")
    assert 'Missing key(s) in state_dict: "scale", "layers.0.bias". ' in text
    assert 'Unexpected key(s) in state_dict: "more". ' in text
    assert "size mismatch for first.bias: copying a param with shape wengert.Size([4]) from checkpoint" in text
    assert "size mismatch for first.weight" in text
    assert all((value == before[key]).all() for key, value in net.state_dict().items())


def test_weights_inside_of_what_was_saved_are_pointed_at():
    layer = nn.Linear(2, 3)
    checkpoint = {"model": layer.state_dict(), "optimizer": {"state": {}}, "epoch": 1}
    said = 'The entry "model" of what was given is a dictionary with these names'
    with pytest.raises(RuntimeError, match=said) as error:
        layer.load_state_dict(checkpoint)
    assert '"optimizer" of' not in str(error.value)


def test_loose_loading_reports():
    net = Net()
    state = net.state_dict()
    del state["scale"]
    state["more"] = wengert.zeros(1)
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert missing == ["scale"] and unexpected == ["more"]


def test_assigned_state():
    net = Net()
    state = {key: value + 1 for key, value in net.state_dict().items()}
    net.load_state_dict(state, assign=True)
    assert isinstance(net.scale, nn.Parameter) and net.scale.requires_grad
    assert net.scale.data_ptr() == state["scale"].data_ptr() and net.steps is state["steps"]


def test_pickle_and_copy():
    net = Net()
    net.first.register_forward_hook(_double)
    x = wengert.ones(4, 2)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert (twin(x) == net(x)).all() and repr(twin) == repr(net)
        assert twin.first.weight is not net.first.weight and type(twin.first.weight) is nn.Parameter
        assert twin(x).grad_fn is not None
        with wengert.no_grad():
            twin.scale.fill_(0.0)
        assert net.scale.item() == 1.0


def _double(module, args, output):
    return output * 2


# ------------------------------------------------------------------------------------------------ modes, conversion


def test_modes():
    net = nn.Sequential(nn.Dropout(1.0), nn.Sequential(nn.Dropout(1.0)))
    assert net.training and net[1][0].training
    assert net(wengert.ones(3)).tolist() == [0.0, 0.0, 0.0]
    assert net.eval() is net and not net[1][0].training
    assert net(wengert.ones(3)).tolist() == [1.0, 1.0, 1.0]
    net[0].train()
    assert net[0].training and not net.training


def test_zero_grad_and_requires_grad():
    net = Net()
    net(wengert.ones(4, 2)).sum().backward()
    gradient = net.scale.grad
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.tolist() == [0.0] and gradient.tolist() == [0.0]
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    assert net.requires_grad_(False) is net and not net(wengert.ones(2)).requires_grad


def test_apply_goes_from_the_leaves_up():
    seen = []
    net = Net()
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["Linear", "Linear", "Tanh", "Linear", "Sequential", "ModuleList", "Net"]


def test_conversion():
    net = Net()
    weight = net.first.weight
    net.register_buffer("ids", wengert.arange(3))
    net(wengert.ones(1, 2)).sum().backward()
    assert net.double() is net and net.first.weight is weight
    assert weight.dtype is wengert.float64 and weight.grad.dtype is wengert.float64
    assert net.steps.dtype is wengert.float64 and net.ids.dtype is wengert.int64
    net(wengert.ones(1, 2).double()).sum().backward()
    assert net.half().scale.dtype is wengert.float16
    assert net.to(wengert.float32).scale.dtype is wengert.float32
    assert net.to("cpu", wengert.float64).scale.dtype is wengert.float64
    assert net.to(wengert.zeros(1)).scale.dtype is wengert.float32
    with pytest.raises(TypeError, match="nn.Module.to only accepts floating point or complex dtypes"):
        net.to(wengert.int64)


# ------------------------------------------------------------------------------------------------ hooks


def test_forward_hooks_run_in_order_and_replace():
    layer, seen = nn.Identity(), []
    layer.register_forward_hook(lambda m, args, out: seen.append(("second", out)))
    layer.register_forward_hook(lambda m, args, out: out + 1, prepend=True)
    before = layer.register_forward_pre_hook(lambda m, args: (args[0] * 10,))
    assert layer(2) == 21 and seen == [("second", 21)]
    before.remove()
    before.remove()
    assert layer(2) == 3


def test_a_hook_that_removes_itself_while_running():
    layer, seen = nn.Identity(), []

    def once(module, args, output):
        seen.append(output)
        handle.remove()

    handle = layer.register_forward_hook(once)
    layer(1)
    layer(2)
    assert seen == [1]


def test_hooks_with_keywords_and_hooks_that_are_always_called():
    class Scale(nn.Module):
        def forward(self, x, by=1):
            if by == 0:
                raise ValueError("by nothing")
            return x * by

    layer, seen = Scale(), []
    layer.register_forward_pre_hook(
        lambda m, args, kwargs: (args, {**kwargs, "by": kwargs["by"] - 1}), with_kwargs=True
    )
    layer.register_forward_hook(
        lambda m, args, kwargs, out: seen.append((kwargs, out)), with_kwargs=True, always_call=True
    )
    assert layer(3, by=3) == 6
    with pytest.raises(ValueError, match="by nothing"):
        layer(3, by=1)
    assert seen == [({"by": 2}, 6), ({"by": 0}, None)]


def test_hooks_that_raise_leave_the_module_usable():
    net = nn.Sequential(nn.Linear(2, 2))

    def broken(module, args, output):
        raise KeyError("hook")

    with net[0].register_forward_hook(broken), pytest.raises(KeyError):
        net(wengert.ones(2))
    assert net(wengert.ones(2)).grad_fn.where.module == "0"


def test_hooks_on_all_modules():
    seen = []
    with nn.modules.module.register_module_forward_hook(lambda m, args, out: seen.append(type(m).__name__)):
        nn.Sequential(nn.ReLU(), nn.Tanh())(wengert.ones(1))
    nn.ReLU()(wengert.ones(1))
    assert seen == ["ReLU", "Tanh", "Sequential"]


def test_full_backward_hooks():
    layer, seen = nn.Linear(2, 1, bias=False), []
    with wengert.no_grad():
        layer.weight.copy_(wengert.tensor([[2.0, 3.0]]))
    layer.register_full_backward_pre_hook(lambda m, grads: seen.append(("out", grads[0].tolist())))
    layer.register_full_backward_hook(lambda m, inner, outer: seen.append(("in", inner[0].tolist(), outer[0].tolist())))
    handle = layer.register_full_backward_hook(lambda m, inner, outer: (inner[0] * 100,))
    x = wengert.ones(1, 2, requires_grad=True)
    (layer(x) * 5).sum().backward()
    assert seen == [("out", [[5.0]]), ("in", [[10.0, 15.0]], [[5.0]])]
    assert x.grad.tolist() == [[1000.0, 1500.0]] and layer.weight.grad.tolist() == [[5.0, 5.0]]
    handle.remove()
    x.grad = None
    layer(x).sum().backward()
    assert x.grad.tolist() == [[2.0, 3.0]]


# ------------------------------------------------------------------------------------------------ the module path


def path_of(y):
    return y.grad_fn.where.module


def test_nodes_know_the_module_that_made_them():
    net, paths = Net(), {}
    for name, module in net.named_modules():
        module.register_forward_hook(lambda m, args, out, name=name: paths.__setitem__(name, path_of(out)))
    y = net(wengert.ones(4, 2))
    assert paths == {
        "": "", "first": "first", "layers.0": "layers.0", "layers.1.0": "layers.1.0", "layers.1.1": "layers.1.1",
        "layers.1": "layers.1.1",
    }  # fmt: skip
    assert path_of(y * 2) is None


def test_slices_of_a_list_do_not_rename():
    class Sliced(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])

        def forward(self, x):
            paths = []
            for layer in self.layers[1:]:
                x = layer(x)
                paths.append(path_of(x))
            return paths

    net = Sliced()
    assert net(wengert.ones(2)) == ["layers.1", "layers.2"]
    gc.collect()
    assert net(wengert.ones(2)) == ["layers.1", "layers.2"]


def test_moved_modules_are_renamed():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net.insert(0, nn.Tanh())
    assert [path_of(net[i](wengert.ones(2, requires_grad=True))) for i in range(3)] == ["0", "1", "2"]
    del net[1]
    assert path_of(net[1](wengert.ones(2))) == "1"
    lists = nn.ModuleDict({"a": nn.ModuleList([nn.Linear(2, 2)])})
    assert path_of(lists["a"][0](wengert.ones(2))) == "a.0"
    whole = nn.Module()
    whole.net = lists
    assert path_of(lists["a"][0](wengert.ones(2))) == "net.a.0"


def test_copies_keep_their_paths():
    for twin in (copy.deepcopy(Net()), pickle.loads(pickle.dumps(Net()))):
        assert path_of(twin.layers[1](wengert.ones(3))) == "layers.1.1"


def test_an_error_in_forward_leaves_the_path():
    class Broken(nn.Module):
        def forward(self, x):
            raise ValueError("broken")

    net = nn.Sequential(nn.Sequential(Broken()))
    with pytest.raises(ValueError, match="broken"):
        net(1)
    assert path_of(wengert.ones(1, requires_grad=True) * 2) is None


def test_modules_go_without_the_collector():
    """No reference cycle in a module tree: it goes when its last name does."""
    gc.disable()
    try:
        net = Net()
        gone = weakref.ref(net.layers[1][1])
        del net
        assert gone() is None
    finally:
        gc.enable()
