"""Normalisation layers: running statistics, states of older versions, derivatives, what they keep."""

import math
import pickle

import numpy as np
import pytest

import wengert as t
from wengert import nn

RNG = np.random.default_rng(4)


def normal(*shape, dtype=t.float64):
    return t.from_numpy(RNG.standard_normal(shape)).to(dtype)


def test_running_statistics_follow_the_batches():
    layer = nn.BatchNorm1d(1, momentum=0.5)
    layer(t.tensor([[1.0], [3.0]]))
    # mean 2, variance 1, without bias 2
    assert layer.running_mean.tolist() == [1.0] and layer.running_var.tolist() == [1.5]
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    layer(t.tensor([[100.0], [0.0]]))
    assert layer.running_mean.tolist() == [1.0] and layer.num_batches_tracked.item() == 1
    assert layer(t.tensor([[1.0]])).item() == 0.0


def test_without_momentum_they_are_the_average():
    layer = nn.BatchNorm1d(1, momentum=None)
    for mean in (1.0, 2.0, 6.0):
        layer(t.tensor([[mean - 1], [mean + 1]]))
    assert layer.running_mean.item() == pytest.approx(3.0) and layer.running_var.item() == pytest.approx(2.0)
    layer.reset_running_stats()
    assert layer.running_mean.item() == 0 and layer.running_var.item() == 1 and layer.num_batches_tracked.item() == 0


def test_statistics_move_while_gradients_are_off_and_have_none():
    layer = nn.BatchNorm2d(2)
    with t.no_grad():
        layer(t.ones(2, 2, 3, 3))
    assert layer.running_mean.allclose(t.full((2,), 0.1))
    out = layer(normal(2, 2, 3, 3, dtype=t.float32).requires_grad_())
    assert out.requires_grad and not layer.running_mean.requires_grad


def test_one_value_for_each_channel_is_refused_before_anything_changed():
    layer = nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training, got input size"):
        layer(t.zeros(1, 3))
    assert layer.running_mean.tolist() == [0.0] * 3
    assert layer.eval()(t.zeros(1, 3)).shape == (1, 3)
    with pytest.raises(RuntimeError, match="running_mean should contain 4 elements not 3"):
        layer.train()(t.zeros(2, 4))
    assert layer.running_mean.tolist() == [0.0] * 3


def test_a_state_from_before_batches_were_counted():
    layer = nn.BatchNorm1d(2)
    state = layer.state_dict()
    assert state._metadata[""] == {"version": 2}
    older = {key: x for key, x in state.items() if key != "num_batches_tracked"}
    assert not any(nn.BatchNorm1d(2).load_state_dict(older))
    with pytest.raises(RuntimeError, match="Unexpected running stats buffer.*InstanceNorm1d"):
        nn.InstanceNorm1d(2).load_state_dict({"running_mean": t.zeros(2), "running_var": t.ones(2)})


def test_instance_norm_averages_the_samples_statistics():
    layer = nn.InstanceNorm1d(1, momentum=1.0, track_running_stats=True)
    layer(t.tensor([[[1.0, 3.0]], [[10.0, 20.0]]]))
    assert layer.running_mean.item() == pytest.approx(8.5) and layer.running_var.item() == pytest.approx((2 + 50) / 2)
    with pytest.warns(UserWarning, match="does not match num_features"):
        nn.InstanceNorm1d(4)(t.ones(2, 3, 5))


def test_sync_batch_norm_takes_the_place_of_batch_norm():
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, eps=0.1), nn.Sequential(nn.BatchNorm2d(1, affine=False)))
    weight = net[1].weight
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    assert type(converted[1]) is nn.SyncBatchNorm and converted[1].weight is weight and converted[1].eps == 0.1
    assert type(converted[2][0]) is nn.SyncBatchNorm and converted[2][0].weight is None
    x = normal(4, 2, dtype=t.float32)
    assert converted[:2](x).allclose(net[:2](x))


@pytest.mark.parametrize(
    "layer, shape",
    [
        (nn.LayerNorm(4), (3, 4)), (nn.LayerNorm((3, 4), eps=0.1), (2, 3, 4)), (nn.GroupNorm(2, 4), (2, 4, 3)),
        (nn.RMSNorm(4), (3, 4)), (nn.BatchNorm1d(3), (4, 3)), (nn.BatchNorm1d(3).eval(), (4, 3)),
        (nn.InstanceNorm1d(3, affine=True), (2, 3, 4)), (nn.LocalResponseNorm(3, 0.5), (2, 4, 3)),
        (nn.CrossMapLRN2d(3, 0.5, k=2), (1, 5, 2, 2)), (nn.CrossMapLRN2d(4, 0.5), (1, 7, 1, 2)),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, nn.Module) else None,
)  # fmt: skip
def test_derivatives(layer, shape):
    layer = layer.double()
    names = [name for name, _ in layer.named_parameters()]

    def called(x, *parameters):
        return t.func.functional_call(layer, dict(zip(names, parameters, strict=True)), (x,))

    operands = (normal(*shape).requires_grad_(), *[normal(*p.shape).requires_grad_() for p in layer.parameters()])
    assert t.autograd.gradcheck(called, operands, check_forward_ad=True)
    assert t.autograd.gradgradcheck(called, operands)


def test_one_node_keeps_the_input_and_the_statistics():
    x = normal(4, 6).requires_grad_()
    out = nn.functional.layer_norm(x, (6,), t.ones(6).double().requires_grad_(), t.zeros(6).double())
    assert out.grad_fn.name() == "NativeLayerNormBackward0"
    kept = []
    with t.autograd.graph.saved_tensors_hooks(lambda y: kept.append(tuple(y.shape)) or y, lambda y: y):
        nn.functional.layer_norm(x, (6,), t.ones(6).double().requires_grad_(), t.zeros(6).double().requires_grad_())
    assert sorted(kept) == [(4, 1), (4, 1), (4, 6), (6,), (6,)]


@pytest.mark.parametrize("dtype", [t.float16, t.bfloat16])
def test_narrow_types_are_computed_in_single_precision(dtype):
    x = (normal(3, 64) + 50).to(dtype).requires_grad_()
    layer = nn.LayerNorm(64).to(dtype)
    out = layer(x)
    wanted = nn.functional.layer_norm(x.detach().float(), (64,))
    assert out.dtype is dtype and (out.float() - wanted).abs().max() < 0.02
    out.sum().backward()
    assert x.grad.dtype is dtype and layer.weight.grad.dtype is dtype
    mixed = nn.functional.batch_norm(x, t.zeros(64), t.ones(64), t.ones(64), t.zeros(64), training=True)
    assert mixed.dtype is dtype


def test_constant_infinite_and_nan_inputs():
    assert nn.functional.layer_norm(t.full((2, 3), 7.0), (3,)).tolist() == [[0.0] * 3] * 2
    found = nn.functional.layer_norm(t.tensor([[1.0, math.nan], [1.0, 2.0], [math.inf, 1.0]]), (2,))
    assert [bool(row.isnan().all()) for row in found] == [True, False, True]
    assert nn.functional.layer_norm(t.zeros(0, 3), (3,)).shape == (0, 3)
    assert nn.BatchNorm1d(2)(t.zeros(0, 2)).shape == (0, 2)


def test_cross_map_has_the_first_channel_in_every_window():
    """As PyTorch computes it; the derivative is that of these values (`test_derivatives`)."""
    found = nn.CrossMapLRN2d(3, alpha=3.0, beta=1.0, k=0)(t.arange(1.0, 6.0).reshape(1, 5, 1, 1)).flatten()
    squares = [1 + 4, 1 + 4 + 9, 1 + 4 + 9 + 16, 1 + 9 + 16 + 25, 1 + 16 + 25]
    assert found.tolist() == pytest.approx([c / s for c, s in zip(range(1, 6), squares, strict=True)])


def test_layers_survive_pickling():
    layer = nn.BatchNorm1d(2, momentum=None)
    layer(t.tensor([[1.0, 2.0], [3.0, 5.0]]))
    again = pickle.loads(pickle.dumps(layer))
    assert again.running_mean.equal(layer.running_mean) and again.momentum is None
