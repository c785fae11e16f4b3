"""Recurrent layers: what holds of them without another library to compare with."""

import copy
import pickle

import numpy as np
import pytest

import wengert as t
from wengert import nn
from wengert.nn.utils.rnn import pack_sequence, pad_packed_sequence, unpad_sequence

KINDS = {"RNN": (nn.RNN, nn.RNNCell), "GRU": (nn.GRU, nn.GRUCell), "LSTM": (nn.LSTM, nn.LSTMCell)}


def first(states):
    return states[0] if isinstance(states, tuple) else states


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_its_cell_step_by_step(kind):
    t.manual_seed(0)
    layer, cell = [make(3, 4, dtype=t.float64) for make in KINDS[kind]]
    cell.load_state_dict({name.removesuffix("_l0"): p for name, p in layer.state_dict().items()})
    x = t.randn(5, 2, 3, dtype=t.float64)
    output, _ = layer(x)
    state, found = None, []
    for step in x:
        state = cell(step, state)
        found.append(first(state))
    assert t.allclose(output, t.stack(found), atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_a_packed_batch_is_its_sequences_one_by_one(kind):
    t.manual_seed(1)
    model = KINDS[kind][0](3, 4, 2, bidirectional=True, dtype=t.float64)
    sequences = [t.randn(n, 3, dtype=t.float64, requires_grad=True) for n in (2, 5, 1, 4)]
    output, final = model(pack_sequence(sequences, enforce_sorted=False))
    parts = unpad_sequence(*pad_packed_sequence(output))
    apart = [model(x) for x in sequences]
    for i, (part, (alone, state)) in enumerate(zip(parts, apart, strict=True)):
        assert t.allclose(part, alone, atol=1e-14)
        assert t.allclose(first(final)[:, i], first(state), atol=1e-14)
    together = t.autograd.grad(sum([p.pow(2).sum() for p in parts]), [*sequences, *model.parameters()])
    each = t.autograd.grad(sum([y.pow(2).sum() for y, _ in apart]), [*sequences, *model.parameters()])
    for a, b in zip(together, each, strict=True):
        assert t.allclose(a, b, atol=1e-13)


def test_vmap_and_forward_mode_over_parameters():
    """One input, three sets of parameters; and the derivative in a direction of all parameters."""
    t.manual_seed(2)
    models = [nn.LSTM(2, 3, dtype=t.float64) for _ in range(3)]
    x = t.randn(4, 1, 2, dtype=t.float64)
    parameters, buffers = t.func.stack_module_state(models)

    def run(p, b, x):
        return t.func.functional_call(models[0], (p, b), (x,))[0]

    found = t.func.vmap(run, in_dims=(0, 0, None))(parameters, buffers, x)
    for y, model in zip(found, models, strict=True):
        assert t.allclose(y, model(x)[0], atol=1e-14)
    own = {name: p.detach() for name, p in models[0].named_parameters()}
    directions = {name: t.randn_like(p) for name, p in own.items()}
    _, tangent = t.func.jvp(lambda p: run(p, {}, x), (own,), (directions,))

    def moved(h):
        return run({name: p + h * directions[name] for name, p in own.items()}, {}, x)

    assert t.allclose(tangent, (moved(1e-6) - moved(-1e-6)) / 2e-6, atol=1e-8)
    g = t.func.grad(lambda p: run(p, {}, x).pow(2).sum())(own)
    loss = models[0](x)[0].pow(2).sum()
    for (name, p), expected in zip(g.items(), t.autograd.grad(loss, list(models[0].parameters())), strict=True):
        assert t.allclose(p, expected, atol=1e-13), name


def test_a_weight_changed_in_place_is_noticed():
    model = nn.GRU(2, 3)
    y = model(t.ones(4, 1, 2))[0].sum()
    with t.no_grad():
        model.weight_hh_l0.mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_a_second_backward_needs_the_graph():
    model = nn.LSTM(2, 3)
    y = model(t.ones(4, 1, 2))[0].sum()
    y.backward(retain_graph=True)
    once = model.weight_hh_l0.grad.clone()
    y.backward()
    assert t.equal(model.weight_hh_l0.grad, 2 * once)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def test_gradients_do_not_share_memory():
    """Both biases have equal gradients, in memory of their own."""
    model = nn.LSTM(2, 3)
    model(t.ones(4, 1, 2))[0].sum().backward()
    assert t.equal(model.bias_ih_l0.grad, model.bias_hh_l0.grad)
    assert not np.shares_memory(model.bias_ih_l0.grad.numpy(), model.bias_hh_l0.grad.numpy())


def test_saved_tensor_hooks_see_what_a_layer_keeps():
    model, x = nn.GRU(2, 3), t.ones(4, 1, 2)
    expected = t.autograd.grad(model(x)[0].sum(), list(model.parameters()))
    packed = []
    with t.autograd.graph.saved_tensors_hooks(lambda y: packed.append(y) or y.clone(), lambda y: y):
        loss = model(x)[0].sum()
    found = t.autograd.grad(loss, list(model.parameters()))
    assert packed
    for a, b in zip(found, expected, strict=True):
        assert t.equal(a, b)


def test_what_is_not_wanted_is_not_computed_and_has_no_gradient():
    model = nn.LSTM(2, 3)
    for name, p in model.named_parameters():
        p.requires_grad_(name == "bias_hh_l0")
    x = t.ones(4, 1, 2, requires_grad=True)
    model(x)[0].sum().backward()
    assert model.weight_ih_l0.grad is None and model.bias_hh_l0.grad is not None and x.grad is not None
    with t.no_grad():
        assert not model(x)[0].requires_grad


def test_nan_and_infinity_pass_through():
    model = nn.LSTM(2, 3)
    x = t.zeros(4, 2, 2)
    x[1, 0, 0] = float("nan")
    output = model(x)[0]
    assert output[1:, 0].isnan().all() and output[0].isfinite().all() and output[:, 1].isfinite().all()
    # The gates are at their ends: what was, stays.
    cell = nn.GRUCell(1, 1)
    with t.no_grad():
        for p in cell.parameters():
            p.fill_(1.0)
    assert cell(t.full((1, 1), float("inf")), t.ones(1, 1)).item() == 1.0


def test_a_batch_of_none_and_strided_input():
    for kind in KINDS:
        model = KINDS[kind][0](2, 3)
        assert tuple(model(t.zeros(4, 0, 2))[0].shape) == (4, 0, 3)
        x = t.randn(2, 5, 4)
        for turned in (x.transpose(0, 1)[:, :, ::2], x.permute(2, 0, 1)[:, :, 1:3], x.flip(0)[:, :, :2]):
            assert t.equal(model(turned)[0], model(turned.clone())[0])


def test_dropout_between_layers_follows_the_seed():
    model = nn.GRU(2, 8, 2, dropout=0.5)
    x = t.ones(5, 1, 2)
    t.manual_seed(3)
    a = model(x)[0]
    t.manual_seed(3)
    assert t.equal(a, model(x)[0]) and not t.equal(a, model(x)[0])
    model.eval()
    assert t.equal(model(x)[0], model(x)[0])


def test_copies():
    model = nn.LSTM(2, 3, proj_size=2, bidirectional=True)
    x = t.ones(4, 1, 2)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert repr(other) == repr(model) and t.equal(other(x)[0], model(x)[0])
        with t.no_grad():
            other.weight_ih_l0.zero_()
        assert not t.equal(other(x)[0], model(x)[0])


def test_what_a_function_refuses():
    p = list(nn.LSTM(2, 3).parameters())
    x, h = t.zeros(4, 1, 2), t.zeros(1, 1, 3)
    with pytest.raises(RuntimeError, match="lstm: expected 4 parameters, 4 for each of 1 layers in 1 direction, but"):
        t.lstm(x, (h, h), p[:3], True, 1, 0.0, False, False, False)
    with pytest.raises(RuntimeError, match="dtype"):
        nn.LSTMCell(2, 3)(t.zeros(1, 2).double())
    with pytest.raises(ValueError, match="there are 2 sequences and 1 lengths"):
        unpad_sequence(t.zeros(3, 2), t.tensor([3]))
    with pytest.raises(RuntimeError, match="Expected lengths of at most 3"):
        nn.utils.rnn.pack_padded_sequence(t.zeros(3, 2, 1), [4, 1])
