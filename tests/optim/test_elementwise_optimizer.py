"""What all optimizers of single elements have in common: compiled rules and tensor operations give the same steps."""

import numpy
import pytest

import wengert as t
from wengert.autograd.graph import allow_mutation_on_saved_tensors

OPTIMIZERS = {
    "SGD": lambda p: t.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True),
    "SGD dampened": lambda p: t.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5, maximize=True),
    "SGD plain": lambda p: t.optim.SGD(p, lr=0.1, weight_decay=0.1),
    "Adam": lambda p: t.optim.Adam(p, lr=0.1, weight_decay=0.1, amsgrad=True),
    "AdamW": lambda p: t.optim.AdamW(p, lr=0.1, maximize=True),
    "NAdam": lambda p: t.optim.NAdam(p, lr=0.1, weight_decay=0.1, decoupled_weight_decay=True),
    "RAdam": lambda p: t.optim.RAdam(p, lr=0.1, betas=(0.8, 0.6), weight_decay=0.1),
    "Adamax": lambda p: t.optim.Adamax(p, lr=0.1, betas=(0.3, 0.9), weight_decay=0.1),
    "Adagrad": lambda p: t.optim.Adagrad(p, lr=0.1, lr_decay=0.1, initial_accumulator_value=0.1),
    "Adadelta": lambda p: t.optim.Adadelta(p, weight_decay=0.1),
    "RMSprop": lambda p: t.optim.RMSprop(p, lr=0.1, centered=True, momentum=0.5),
    "RMSprop plain": lambda p: t.optim.RMSprop(p, lr=0.1, weight_decay=0.1),
    "Rprop": lambda p: t.optim.Rprop(p, lr=0.1),
    "ASGD": lambda p: t.optim.ASGD(p, lr=0.1, lambd=0.1, t0=2, weight_decay=0.1),
}


def plain(x):
    return t.tensor(x)


def spaced(x):
    wide = t.zeros(*x.shape[:-1], 2 * x.shape[-1], dtype=t.float64)
    wide[..., ::2] = t.tensor(x)
    return wide[..., ::2].detach()


def run(make, layouts, steps=8, dtype=None):
    rng = numpy.random.default_rng(0)
    start = [rng.standard_normal(shape) for shape in [(3, 4), (5,), (2, 2)]]
    parameters = [layout(x) for layout, x in zip(layouts, start, strict=True)]
    parameters = [(p if dtype is None else p.to(dtype)).requires_grad_() for p in parameters]
    optimizer = make(parameters)
    for _ in range(steps):
        optimizer.zero_grad()
        for p in parameters:
            p.grad = t.tensor(rng.standard_normal(tuple(p.shape))).to(p.dtype)
        optimizer.step()
    return parameters, optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("layouts", [(spaced, spaced, spaced), (plain, spaced, plain), (spaced, plain, plain)])
def test_compiled_rules_and_tensor_operations_agree(name, layouts):
    make = OPTIMIZERS[name]
    first, one = run(make, [plain] * 3)
    second, other = run(make, layouts)
    for a, b in zip(first, second, strict=True):
        numpy.testing.assert_allclose(a.tolist(), b.tolist(), rtol=1e-12)
        assert list(one.state[a]) == list(other.state[b])
        for key, value in one.state[a].items():
            assert value.dtype == other.state[b][key].dtype
            numpy.testing.assert_allclose(value.tolist(), other.state[b][key].tolist(), rtol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", [t.float32, t.float16, t.bfloat16])
def test_small_types(name, dtype):
    precise, _ = run(OPTIMIZERS[name], [plain] * 3, steps=3)
    found, optimizer = run(OPTIMIZERS[name], [plain] * 3, steps=3, dtype=dtype)
    for a, b in zip(precise, found, strict=True):
        assert b.dtype == dtype and all([v.dtype == dtype for v in optimizer.state[b].values() if v.dim()])
        close = {t.float32: 1e-5, t.float16: 2e-2, t.bfloat16: 0.15}[dtype]
        numpy.testing.assert_allclose(b.double().tolist(), a.tolist(), atol=close)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_versions_count(name):
    p = t.ones(2, requires_grad=True)
    loss = (p * p).sum()
    p.grad = t.ones(2)
    optimizer = OPTIMIZERS[name]([p])
    optimizer.step()
    before = p._version, {key: value._version for key, value in optimizer.state[p].items()}
    optimizer.step()
    assert p._version > before[0]
    assert all([optimizer.state[p][key]._version > version for key, version in before[1].items()])
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_saved_values_may_be_changed_where_that_is_allowed(name):
    p = t.tensor([3.0, 4.0], requires_grad=True)
    with allow_mutation_on_saved_tensors():
        loss = (p * p).sum()
        p.grad = t.ones(2)
        OPTIMIZERS[name]([p]).step()
        (g,) = t.autograd.grad(loss, p)
    assert g.tolist() == [6.0, 8.0] and p.tolist() != [3.0, 4.0]


def test_parameters_of_a_transform_are_captured():
    p = t.ones(2, requires_grad=True)
    p.grad = t.ones(2)
    optimizer = t.optim.Adam([p])

    def function(x):
        optimizer.step()
        return (x * p).sum()

    with pytest.raises(RuntimeError, match="would mutate a captured Tensor"):
        t.func.grad(function)(t.ones(2))
    assert p.tolist() == [1.0, 1.0]


def test_inference_tensors_are_not_changed_outside_of_inference_mode():
    with t.inference_mode():
        p = t.ones(2)
        p.grad = t.ones(2)
    optimizer = t.optim.SGD([p], lr=1.0)
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode"):
        optimizer.step()
    with t.inference_mode():
        optimizer.step()
    assert p.tolist() == [0.0, 0.0]


def test_a_state_of_another_shape_changes_nothing():
    a, b = [t.ones(2, requires_grad=True) for _ in range(2)]
    optimizer = t.optim.Adam([a, b], lr=0.1)
    a.grad = b.grad = t.ones(2)
    optimizer.step()
    state = optimizer.state_dict()
    state["state"][1]["exp_avg"] = t.ones(3)
    optimizer.load_state_dict(state)
    before = a.tolist(), optimizer.state[a]["step"].item()
    with pytest.raises(RuntimeError, match=r"has shape \[3\], its parameter \[2\]"):
        optimizer.step()
    assert (a.tolist(), optimizer.state[a]["step"].item()) == before


def test_read_only_memory():
    values = numpy.ones(2)
    values.setflags(write=False)
    with pytest.warns(UserWarning, match="not writable"):
        p = t.from_numpy(values).requires_grad_()
    p.grad = t.ones(2, dtype=t.float64)
    with pytest.raises(RuntimeError, match="read-only"):
        t.optim.SGD([p]).step()


def test_a_count_of_steps_that_is_no_scalar_still_counts():
    """Some files keep it as a tensor of one element, or an integer."""
    for step in (t.ones(1), t.tensor(1), 1.0):
        p = t.ones(2, requires_grad=True)
        p.grad = t.ones(2)
        optimizer = t.optim.Adam([p], lr=0.1)
        optimizer.step()
        state = optimizer.state_dict()
        state["state"][0]["step"] = step
        optimizer.load_state_dict(state)
        optimizer.step()
        assert p.tolist() == pytest.approx([0.8, 0.8]) and float(optimizer.state[p]["step"]) == 2.0


def test_no_parameters_with_gradients_and_empty_ones():
    p, q = t.ones(2, requires_grad=True), t.ones(0, 3, requires_grad=True)
    for make in OPTIMIZERS.values():
        optimizer = make([p, q])
        optimizer.step()
        q.grad = t.ones(0, 3)
        optimizer.step()
        q.grad = None
    assert p.tolist() == [1.0, 1.0]


def test_large_parameters_step_as_small_ones_do():
    """Over threads, in pieces."""
    rng = numpy.random.default_rng(0)
    x, g = rng.standard_normal((2, 200_003)).astype("float32")
    large, small = t.tensor(x).requires_grad_(), t.tensor(x[-7:]).requires_grad_()
    optimizer = t.optim.Adam([large, small], lr=0.1)
    for _ in range(3):
        large.grad, small.grad = t.tensor(g), t.tensor(g[-7:])
        optimizer.step()
    numpy.testing.assert_allclose(large[-7:].tolist(), small.tolist(), rtol=1e-6)
