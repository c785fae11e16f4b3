"""Lazy modules: uninitialised until the first call, or until a state is loaded."""

import copy
import pickle

import pytest

import wengert as t
from wengert import nn
from wengert.nn.parameter import UninitializedTensorMixin, is_lazy


def test_the_first_call_makes_it_the_plain_module():
    layer = nn.LazyLinear(3)
    weight = layer.weight
    assert layer.has_uninitialized_params() and repr(layer.weight) == "<UninitializedParameter>"
    assert layer(t.zeros(2, 5)).shape == (2, 3)
    assert type(layer) is nn.Linear and layer.in_features == 5
    assert layer.weight is weight and type(weight) is nn.Parameter and weight.shape == (3, 5)
    assert not hasattr(layer, "_initialize_hook") and not hasattr(layer, "_load_hook")
    assert layer.weight.requires_grad and layer.weight.is_leaf
    layer(t.ones(2, 5)).sum().backward()
    assert layer.weight.grad.shape == (3, 5)


def test_weights_are_drawn_as_those_of_the_plain_module():
    layer = nn.LazyLinear(200)
    layer(t.zeros(1, 100))
    assert 0.09 < layer.weight.abs().max() <= 0.1
    norm = nn.LazyBatchNorm1d()
    norm(t.zeros(2, 4))
    assert norm.weight.tolist() == [1.0] * 4 and norm.bias.tolist() == [0.0] * 4
    assert norm.running_var.shape == (4,)


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x + 1, lambda x: x.sum(), lambda x: t.exp(x), lambda x: t.cat([x, t.ones(2)]),
        lambda x: t.matmul(x, t.ones(2)), lambda x: x[0],
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [nn.UninitializedParameter, nn.UninitializedBuffer])
def test_operations_refuse_what_has_no_shape(kind, use):
    with pytest.raises((ValueError, RuntimeError), match="uninitialized"):
        use(kind())


def test_shape_and_kind():
    x = nn.UninitializedParameter(dtype=t.float64)
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        x.shape  # noqa: B018
    assert is_lazy(x) and isinstance(x, UninitializedTensorMixin) and isinstance(x, nn.Parameter)
    assert x.dtype is t.float64 and x.requires_grad
    x.materialize((2, 3))
    assert x.dtype is t.float64 and x.shape == (2, 3) and not is_lazy(x)
    buffer = nn.UninitializedBuffer()
    buffer.materialize((2,), dtype=t.int64)
    assert type(buffer) is nn.Buffer and buffer.dtype is t.int64 and not buffer.requires_grad


def test_loading_a_state_gives_the_shapes():
    source = nn.Linear(4, 3)
    layer = nn.LazyLinear(3)
    layer.load_state_dict(source.state_dict())
    assert layer.weight.equal(source.weight) and not layer.has_uninitialized_params()
    assert layer(t.ones(2, 4)).equal(source(t.ones(2, 4)))
    assert type(layer) is nn.Linear
    other = nn.LazyLinear(3)
    other.load_state_dict(nn.LazyLinear(3).state_dict())
    assert other.has_uninitialized_params()
    with pytest.raises(RuntimeError, match="uninitialized"):
        nn.Linear(4, 3).load_state_dict(nn.LazyLinear(3).state_dict())


def test_conversion_before_the_first_call():
    net = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2)).double()
    assert net(t.zeros(3, 2, 5, 5, dtype=t.float64)).dtype is t.float64
    assert {x.dtype for x in net.parameters()} == {t.float64}


def test_a_copy_is_lazy_by_itself():
    net = nn.Sequential(nn.LazyLinear(3))
    net2 = copy.deepcopy(net)
    net2(t.zeros(1, 7))
    assert type(net2[0]) is nn.Linear and type(net[0]) is nn.LazyLinear
    net(t.zeros(1, 5))
    assert net[0].in_features == 5 and net2[0].in_features == 7
    net3 = pickle.loads(pickle.dumps(nn.LazyLinear(2)))
    assert net3(t.zeros(1, 4)).shape == (1, 2) and type(net3) is nn.Linear


def test_a_module_of_ones_own():
    class Scale(nn.modules.lazy.LazyModuleMixin, nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = nn.UninitializedParameter()

        def initialize_parameters(self, x):
            with t.no_grad():
                self.factor.materialize(x.shape[-1:])
                self.factor.fill_(2.0)

        def forward(self, x):
            return x * self.factor

    scale = Scale()
    assert scale(t.ones(2, 3)).equal(t.full((2, 3), 2.0))
    assert type(scale) is Scale

    class Forgetful(Scale):
        def initialize_parameters(self, x):
            pass

    with pytest.raises(RuntimeError, match="module Forgetful has not been fully initialized"):
        Forgetful()(t.ones(2))
    del Scale.initialize_parameters
    with pytest.raises(NotImplementedError, match="initialize_parameters is not implemented for Scale"):
        Scale()(t.ones(2))


def test_wrong_inputs_of_the_first_call():
    with pytest.raises(RuntimeError, match=r"Expected 3D \(unbatched\) or 4D \(batched\) input to LazyConv2d"):
        nn.LazyConv2d(3, 2)(t.zeros(4, 5))
    with pytest.raises(ValueError, match="in_channels must be divisible by groups"):
        nn.LazyConv2d(4, 2, groups=2)(t.zeros(3, 5, 5))
    layer = nn.LazyLinear(3)
    with pytest.raises(IndexError):
        layer(t.zeros(()))
