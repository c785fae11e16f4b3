"""Containers: order, indexing, renumbering, printing."""

from collections import OrderedDict

import pytest

import wengert
from wengert import nn


def three():
    return [nn.ReLU(), nn.Tanh(), nn.Sigmoid()]


def test_sequential_calls_in_order():
    net = nn.Sequential(OrderedDict(up=nn.Linear(1, 2, bias=False), act=nn.ReLU(), down=nn.Linear(2, 1, bias=False)))
    with wengert.no_grad():
        net.up.weight.copy_(wengert.tensor([[1.0], [-1.0]]))
        net.down.weight.copy_(wengert.tensor([[3.0, 5.0]]))
    assert net(wengert.tensor([[2.0], [-2.0]])).tolist() == [[6.0], [10.0]]
    assert list(net.state_dict()) == ["up.weight", "down.weight"]
    assert nn.Sequential()(3) == 3


def test_sequential_as_a_list():
    a, b, c = three()
    net = nn.Sequential(a, b)
    assert len(net) == 2 and list(net) == [a, b] and net[-1] is b and net[0] is a
    assert net.append(c) is net and list(net[1:]) == [b, c] and type(net[1:]) is nn.Sequential
    net[1] = c
    assert list(net) == [a, c, c]
    del net[0]
    assert list(net) == [c, c] and list(net._modules) == ["0", "1"]
    assert net.pop(0) is c and len(net) == 1
    net.insert(0, a).extend([b])
    assert list(net) == [a, c, b] and list(net._modules) == ["0", "1", "2"]
    with pytest.raises(IndexError, match="index 3 is out of range"):
        net[3]
    with pytest.raises(IndexError, match="Index out of range: 5"):
        net.insert(5, a)


def test_sequential_sums_and_multiples():
    a, b, c = three()
    net = nn.Sequential(a, b)
    assert list(net + nn.Sequential(c)) == [a, b, c] and len(net) == 2
    assert list(net * 2) == list(2 * net) == [a, b, a, b]
    net *= 2
    assert list(net) == [a, b, a, b]
    net += nn.Sequential(c)
    assert list(net._modules) == ["0", "1", "2", "3", "4"]
    with pytest.raises(ValueError, match="Non-positive multiplication factor 0"):
        net * 0
    with pytest.raises(ValueError, match="add operator supports only objects of Sequential class"):
        net + [a]


def test_module_list():
    a, b, c = three()
    modules = nn.ModuleList([a])
    modules += [b]
    modules.append(c).extend([a])
    assert list(modules) == [a, b, c, a] and modules[-2] is c
    assert list(modules[1:3]) == [b, c] and type(modules[1:3]) is nn.ModuleList
    modules[0] = c
    del modules[1:3]
    assert list(modules) == [c, a] and list(modules._modules) == ["0", "1"]
    modules.insert(1, b)
    assert list(modules) == [c, b, a] and modules.pop(0) is c
    assert list(modules + [c]) == [b, a, c]
    with pytest.raises(IndexError, match="index 2 is out of range"):
        modules[2]
    with pytest.raises(NotImplementedError, match=r'Module \[ModuleList\] is missing the required "forward" function'):
        modules(1)
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        modules.append(3)


def test_module_list_prints_runs_on_one_line():
    modules = nn.ModuleList(
        [nn.Linear(1, 2), nn.Linear(1, 2), nn.ReLU(), nn.Sequential(nn.Tanh()), nn.Sequential(nn.Tanh())]
    )
    assert repr(modules) == (
        "ModuleList(\n"
        "  (0-1): 2 x Linear(in_features=1, out_features=2, bias=True)\n"
        "  (2): ReLU()\n"
        "  (3-4): 2 x Sequential(\n"
        "    (0): Tanh()\n"
        "  )\n"
        ")"
    )
    assert repr(nn.ModuleList()) == "ModuleList()"


def test_module_dict():
    a, b, c = three()
    modules = nn.ModuleDict({"b": a, "a": b})
    modules["c"] = c
    assert list(modules) == ["b", "a", "c"] and "c" in modules and len(modules) == 3
    assert list(modules.items()) == [("b", a), ("a", b), ("c", c)]
    modules.update([("a", c)])
    assert modules.pop("a") is c and list(modules.keys()) == ["b", "c"] and list(modules.values()) == [a, c]
    del modules["b"]
    modules.clear()
    assert len(modules) == 0
    with pytest.raises(KeyError):
        modules["b"]


def test_parameter_list():
    parameters = nn.ParameterList([wengert.zeros(2), nn.Parameter(wengert.ones(1))])
    parameters.append(wengert.ones(3)).append("text")
    assert [name for name, _ in parameters.named_parameters()] == ["0", "1", "2"]
    assert all(isinstance(p, nn.Parameter) for p in parameters[:3]) and parameters[-1] == "text"
    parameters[0] = wengert.full((2,), 5.0)
    assert parameters[0].tolist() == [5.0, 5.0] and len(parameters) == 4
    parameters += [wengert.zeros(1)]
    assert len(parameters) == 5
    with pytest.raises(TypeError, match="ParameterList.extend should be called with an iterable, but got Tensor"):
        parameters.extend(wengert.zeros(2))
    with pytest.raises(RuntimeError, match="ParameterList should not be called."):
        parameters(1)


def test_parameter_dict():
    parameters = nn.ParameterDict({"b": wengert.zeros(2), "a": wengert.ones(1)})
    assert list(parameters) == ["a", "b"]  # a plain dict is sorted
    assert list(nn.ParameterDict(OrderedDict(b=wengert.zeros(2), a=wengert.ones(1)))) == ["b", "a"]
    parameters["c"] = wengert.ones(3)
    assert [name for name, _ in parameters.named_parameters()] == ["a", "b", "c"]
    assert parameters.get("d") is None and parameters.setdefault("d", 4) == 4 and parameters.pop("d") == 4
    assert parameters.popitem()[0] == "c" and list(reversed(parameters)) == ["b", "a"]
    twin = parameters.copy()
    assert twin["a"] is parameters["a"]
    assert list(twin | nn.ParameterDict({"z": wengert.ones(1)})) == ["a", "b", "z"]
    del parameters["a"]
    assert "a" not in parameters and not hasattr(parameters, "a") and "a" in twin
    twin.clear()
    assert len(twin) == 0 and not list(twin.parameters())
    with pytest.raises(AttributeError):
        parameters["a"]
    with pytest.raises(TypeError, match="not a string"):
        parameters[3] = wengert.ones(1)
    with pytest.raises(ValueError, match="#0 has length 3; 2 is required"):
        parameters.update([(1, 2, 3)])
