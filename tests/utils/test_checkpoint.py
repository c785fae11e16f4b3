"""Checkpointing: the same gradients by every way to ask for them, less memory, errors where the two calls differ."""

import gc
import threading
import warnings
import weakref

import numpy
import pytest

import wengert as t
from wengert import nn
from wengert.autograd import Function, grad
from wengert.func import vmap
from wengert.utils.checkpoint import (
    CheckpointError,
    checkpoint,
    checkpoint_sequential,
    noop_context_fn,
    set_checkpoint_debug_enabled,
    set_checkpoint_early_stop,
)


def leaf(*values):
    return t.tensor(values, dtype=t.double, requires_grad=True)


def run(function, *args, **keywords):
    return checkpoint(function, *args, use_reentrant=False, **keywords)


class Counted:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args, **keywords):
        self.calls += 1
        return self.function(*args, **keywords)


def differing(first, later):
    """A function that does one thing when first called, and another one later."""
    calls = Counted(lambda x: first(x) if calls.calls == 1 else later(x))
    return calls


def curve(x, w):
    return (x @ w).tanh().exp().sum(1)


# ------------------------------------------------------------------------------------------------ gradients


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_backward_gives_the_gradients_of_the_function_itself(use_reentrant):
    x, w = leaf([0.1, 0.2], [0.3, -0.4]), leaf([1.0, 2.0], [-1.0, 0.5])
    curve(x, w).sum().backward()
    expected = x.grad, w.grad
    x.grad = w.grad = None
    counted = Counted(curve)
    checkpoint(counted, x, w, use_reentrant=use_reentrant).sum().backward()
    assert x.grad.tolist() == expected[0].tolist() and w.grad.tolist() == expected[1].tolist()
    assert counted.calls == 2


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_grad_works_and_touches_no_leaf(use_reentrant):
    x, w = leaf([0.1, 0.2]), leaf([1.0, 2.0], [-1.0, 0.5])
    found = grad(checkpoint(curve, x, w, use_reentrant=use_reentrant).sum(), (w,))
    assert found[0].tolist() == grad(curve(x, w).sum(), (w,))[0].tolist()
    assert x.grad is None and w.grad is None


def test_only_what_was_asked_for_is_differentiated():
    x, w = leaf([0.1, 0.2]), leaf([1.0, 2.0], [-1.0, 0.5])
    run(curve, x, w).sum().backward(inputs=[w])
    assert x.grad is None and w.grad.tolist() == grad(curve(x, w).sum(), w)[0].tolist()


def test_parameters_that_are_no_arguments_get_gradients_too():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    x = t.ones(5, 3)
    net(x).sum().backward()
    expected = [p.grad.tolist() for p in net.parameters()]
    net.zero_grad()
    run(net, x).sum().backward()
    assert [p.grad.tolist() for p in net.parameters()] == expected


def test_each_pass_over_a_retained_graph_computes_again():
    x = leaf(0.3, 0.4)
    counted = Counted(lambda x: x.sin().exp().tanh())
    y = run(counted, x).sum()
    y.backward(retain_graph=True)
    once = x.grad.tolist()
    y.backward(retain_graph=True)
    y.backward()
    assert numpy.allclose(x.grad.tolist(), [3 * g for g in once], rtol=1e-15)
    assert counted.calls == 4
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def test_two_passes_over_different_parts_compute_once():
    x, w = leaf(0.1), leaf(0.2)
    counted = Counted(lambda x, w: (x.sin().exp(), w.cos().exp()))
    a, b = run(counted, x, w)
    assert grad(a, x)[0].tolist() == grad(x.sin().exp(), x)[0].tolist()
    assert grad(b, w)[0].tolist() == grad(w.cos().exp(), w)[0].tolist()
    assert counted.calls == 2


def test_derivatives_of_higher_order():
    x = leaf(0.3, -0.7)

    def function(x):
        return (x.sin() * x.exp()).tanh()

    def thrice(f):
        y = f(x)
        for _ in range(3):
            (y,) = grad(y.sum(), x, create_graph=True)
        return y.tolist()

    assert numpy.allclose(thrice(lambda x: run(function, x)), thrice(function), rtol=1e-14)


def test_keywords_and_other_objects_pass_through():
    x, scale = leaf(1.0, 2.0), leaf(3.0, 4.0)

    def function(x, power, *, scale, label):
        assert label == "here"
        return {"value": (x**power * scale).exp(), "label": label, "nothing": None}

    def sum_of(result):
        assert result["label"] == "here" and result["nothing"] is None
        return result["value"].sum()

    found = grad(sum_of(run(function, x, 2, scale=scale, label="here")), (x, scale))
    expected = grad(sum_of(function(x, 2, scale=scale, label="here")), (x, scale))
    assert [g.tolist() for g in found] == [g.tolist() for g in expected]


def test_several_outputs_of_one_operation():
    x = leaf([3.0, 1.0, 2.0], [0.1, 0.3, 0.2])

    def function(x):
        values, _ = (x * x).sort(dim=1)
        first, rest = values.split([1, 2], 1)
        return (first.exp() * rest.sin()).max(1).values

    assert grad(run(function, x).sum(), x)[0].tolist() == grad(function(x).sum(), x)[0].tolist()


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        again, _ = ctx.saved_tensors
        assert again.tolist() == x.tolist()
        return 3 * y * g


def test_a_function_of_ones_own_inside():
    x = leaf(1.0, 2.0)
    counted = Counted(lambda x: Cube.apply(x.exp()).sin())
    (g,) = grad(run(counted, x).sum(), x, create_graph=True)
    (expected,) = grad(counted.function(x).sum(), x, create_graph=True)
    assert g.tolist() == expected.tolist() and counted.calls == 2
    assert grad(g.sum(), x)[0].tolist() == grad(expected.sum(), x)[0].tolist()


def test_hooks_on_values_inside_run_once_with_their_gradient():
    x = leaf(0.5, 0.6)
    seen = []

    def function(x):
        y = x.exp()
        y.register_hook(lambda g: seen.append(g.tolist()))
        return y.sin()

    run(function, x).sum().backward()
    assert len(seen) == 1 and numpy.allclose(seen[0], numpy.cos(numpy.exp([0.5, 0.6])))


def test_a_view_as_argument_and_values_changed_in_place_inside():
    x = leaf([0.1, 0.2], [0.3, 0.4])

    def function(row):
        y = row * row
        y.mul_(2)
        return y.sin()

    assert grad(run(function, x[1]).sum(), x)[0].tolist() == grad(function(x[1]).sum(), x)[0].tolist()


@pytest.mark.parametrize("name", ["exp_", "tanh_", "sqrt_", "relu_", "sigmoid_"])
def test_results_written_in_place_inside(name):
    x = leaf(0.3, 0.4)

    def function(x):
        y = x * x
        getattr(y, name)()
        return y * x

    assert grad(run(function, x).sum(), x)[0].tolist() == grad(function(x).sum(), x)[0].tolist()


def test_without_gradients_the_function_just_runs():
    x = leaf(1.0)
    counted = Counted(lambda x: x.exp())
    with t.no_grad():
        y = run(counted, x)
    assert not y.requires_grad and counted.calls == 1


def test_the_backward_pass_may_run_in_another_thread():
    x = leaf(0.2, 0.3)
    y = run(lambda x: x.sin().exp(), x).sum()
    found = []
    thread = threading.Thread(target=lambda: found.append(grad(y, x)[0].tolist()))
    thread.start()
    thread.join()
    assert found == [grad(x.sin().exp().sum(), x)[0].tolist()]


def test_under_the_transforms():
    x = t.tensor([[0.1, 0.2], [0.3, 0.4]], dtype=t.double)

    def loss(x):
        return run(lambda x: (x.sin() * x).exp(), x).sum()

    def plain(x):
        return (x.sin() * x).exp().sum()

    assert numpy.allclose(t.func.grad(loss)(x[0]).tolist(), t.func.grad(plain)(x[0]).tolist())
    assert numpy.allclose(vmap(t.func.grad(loss))(x).tolist(), vmap(t.func.grad(plain))(x).tolist())
    assert numpy.allclose(t.func.hessian(loss)(x[0]).tolist(), t.func.hessian(plain)(x[0]).tolist())


# ------------------------------------------------------------------------------------------------ nesting


def test_checkpoints_nest():
    x = leaf(0.1, 0.2)
    inner = Counted(lambda x: x.sin().exp())
    middle = Counted(lambda x: run(inner, x.cos()) * x)
    outer = Counted(lambda x: run(middle, x.tanh()).log1p())
    found = grad(run(outer, x).sum(), x)[0].tolist()
    assert (outer.calls, middle.calls, inner.calls) == (2, 3, 4)
    expected = grad(outer.function(x).sum(), x)[0].tolist()
    plain = x.tanh()
    assert found == expected == grad((plain.cos().sin().exp() * plain).log1p().sum(), x)[0].tolist()


def test_nested_checkpoints_to_second_order():
    x = leaf(0.1, 0.2)

    def nested(x):
        return run(lambda x: run(lambda x: x.sin().exp(), x.cos()) * x, x)

    def twice(f):
        (g,) = grad(f(x).sum(), x, create_graph=True)
        return grad(g.sum(), x)[0].tolist()

    assert numpy.allclose(twice(nested), twice(lambda x: x.cos().sin().exp() * x), rtol=1e-14)


@pytest.mark.parametrize("early_stop", [True, False])
@pytest.mark.parametrize("retain_graph", [True, False])
def test_a_backward_pass_inside_the_function(early_stop, retain_graph):
    x = leaf(0.5, 1.5)

    def function(x):
        z = x.sin().cos()
        (g,) = grad(z.sum(), x, retain_graph=retain_graph)
        return x.cos() * g * (z if retain_graph else 1)

    found = grad(run(function, x, early_stop=early_stop).sum(), x)[0].tolist()
    assert numpy.allclose(found, grad(function(x).sum(), x)[0].tolist(), rtol=1e-14)


# ------------------------------------------------------------------------------------------------ recomputation


def test_recomputation_stops_when_everything_is_there():
    reached = []

    def function(x):
        y = x.exp().sin()
        reached.append("after the last saved value")
        return y

    x = leaf(1.0)
    run(function, x).sum().backward()
    assert len(reached) == 1
    run(function, x, early_stop=False).sum().backward()
    assert len(reached) == 3
    with set_checkpoint_early_stop(False):
        y = run(function, x).sum()
    y.backward()
    assert len(reached) == 5
    with set_checkpoint_early_stop(True):
        y = run(function, x, early_stop=False).sum()
    y.backward()
    assert len(reached) == 6


def test_an_early_stop_is_not_swallowed_by_the_function():
    def function(x):
        try:
            return x.exp()
        except Exception:
            return x * 0

    x = leaf(1.0)
    run(function, x).sum().backward()
    assert x.grad.tolist() == [numpy.exp(1.0)]


def test_a_node_whose_rules_read_a_value_several_times_opens_it_once():
    # Both rules of atan2 read both inputs.
    x, w = leaf(0.5, 1.0), leaf(0.3, 0.4)
    unpacked = []
    with t.autograd.graph.saved_tensors_hooks(lambda x: x.detach(), lambda x: (unpacked.append(None), x)[1]):
        y = t.atan2(x, w).sum()
    y.backward(retain_graph=True)
    assert len(unpacked) == 2
    y.backward()
    assert len(unpacked) == 4
    counted = Counted(lambda x, w: t.atan2(x.exp(), w.exp()))
    run(counted, x, w).sum().backward()
    assert counted.calls == 2


def test_random_numbers_are_drawn_again_and_the_stream_goes_on():
    x = t.ones(1000, dtype=t.double, requires_grad=True)

    def function(x):
        return nn.functional.dropout(x.exp(), 0.5).sin() * t.rand(1000, dtype=t.double)

    for first_draw in (False, True):
        t.manual_seed(3)
        if first_draw:
            t.rand(1)
        expected = grad(function(x).sum(), x)[0].tolist()
        then = t.rand(1).item()
        t.manual_seed(3)
        if first_draw:
            t.rand(1)
        y = run(function, x).sum()
        assert t.rand(1).item() == then
        before = t.get_rng_state().tolist()
        assert grad(y, x)[0].tolist() == expected
        assert t.get_rng_state().tolist() == before


def test_random_numbers_are_others_where_the_state_is_not_kept():
    x = t.ones(1000, requires_grad=True)
    y = run(lambda x: x * t.rand(1000), x, preserve_rng_state=False)
    (g,) = grad(y.sum(), x)
    assert y.tolist() != g.tolist()


def test_values_inside_live_no_longer_than_needed():
    x = leaf([0.1] * 10)
    arrays = []

    def function(x):
        for _ in range(5):
            x = x.exp().sin()
            arrays.append(weakref.ref(x.array))
        return x.sum()

    def alive():
        return sum([array() is not None for array in arrays])

    gc.disable()
    try:
        y = run(function, x)
        assert alive() == 0
        y.backward(retain_graph=True)
        assert alive() == 0
        (g,) = grad(y, x, create_graph=True)
        del g
        assert alive() == 0
    finally:
        gc.enable()


def test_no_cycle_is_left_behind():
    class Marker:
        pass

    marker = Marker()
    gone = weakref.ref(marker)
    x = leaf(1.0)

    def function(x, marker=marker):
        return x.exp().sin()

    gc.disable()
    try:
        y = run(function, x * 2)
        y.backward(retain_graph=True)
        del function, marker, y
        assert gone() is None
    finally:
        gc.enable()


def test_the_lines_are_those_of_the_forward_pass_also_when_it_is_repeated():
    lines = []

    def function(x):
        y = x.exp()
        lines.append((y.grad_fn.where.source, y.grad_fn.where.module))
        return y.sin()

    class Layer(nn.Module):
        def forward(self, x):
            return function(x)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = Layer()

        def forward(self, x):
            return run(self.layer, x)

    x = leaf(1.0)
    net = Net()
    (g,) = grad(net(x).sum(), x, create_graph=True)
    g.sum().backward()
    assert len(lines) == 3 and set(lines) == {("x.exp()", "layer")}


def test_a_failure_in_the_backward_pass_names_the_line_inside():
    x = leaf(0.0)
    with pytest.raises(RuntimeError, match=r"(?s)'SqrtBackward0' returned nan.*x\.sqrt\(\)"):
        with t.autograd.set_detect_anomaly(True):
            run(lambda x: (x.sqrt() * 0).exp(), x).sum().backward()


# ------------------------------------------------------------------------------------------------ contexts


class Noting:
    def __init__(self, notes, name):
        self.notes, self.name = notes, name

    def __enter__(self):
        self.notes.append("enter " + self.name)

    def __exit__(self, *exception):
        self.notes.append("exit " + self.name)


def test_contexts_of_both_calls():
    notes = []
    x = leaf(1.0)
    y = run(lambda x: x.exp().sin(), x, context_fn=lambda: (Noting(notes, "forward"), Noting(notes, "again")))
    assert notes == ["enter forward", "exit forward"]
    y.backward()
    assert notes[2:] == ["enter again", "exit again"]


def test_a_context_that_swallows_the_functions_error_is_refused():
    import contextlib

    def function(x):
        raise KeyError("inside")

    with pytest.raises(RuntimeError, match="suppressed an exception raised during the checkpointed forward"):
        run(function, leaf(1.0), context_fn=lambda: (contextlib.suppress(KeyError), contextlib.nullcontext()))


def test_an_error_of_the_function_passes_and_leaves_nothing_behind():
    x = leaf(1.0)

    def function(x):
        raise KeyError("inside")

    with pytest.raises(KeyError):
        run(function, x)
    x.exp().backward()
    assert x.grad.tolist() == [numpy.e]


def test_what_the_options_do_not_allow():
    x = leaf(1.0)
    with pytest.raises(ValueError, match="determinism_check should be one of"):
        run(lambda x: x, x, determinism_check="values")
    with pytest.raises(ValueError, match="debug=True is incompatible with non-default context_fn"):
        run(lambda x: x, x, debug=True, context_fn=lambda: noop_context_fn())
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint(lambda x: x, x, use_reentrant=True, scale=2)
    with pytest.raises(ValueError, match="only supported when use_reentrant=False"):
        checkpoint(lambda x: x, x, use_reentrant=True, debug=True)
    with pytest.warns(UserWarning, match="the use_reentrant parameter should be passed explicitly") as caught:
        checkpoint(lambda x: x.exp(), x)
    assert caught[0].filename == __file__


# ------------------------------------------------------------------------------------------------ disagreement


def test_fewer_values_saved_again():
    x = leaf(1.0)
    with pytest.raises(CheckpointError, match=r"(?s)A different number of tensors was saved.*forward: 3.*: 1.*made at"):
        run(differing(lambda x: x.exp().sin().tanh(), lambda x: x.exp()), x).backward()


def test_more_values_saved_again():
    x = leaf(1.0)
    function = differing(lambda x: x.exp(), lambda x: x.exp().sin().tanh())
    with pytest.raises(CheckpointError, match="trying to save more tensors during recomputation"):
        run(function, x, early_stop=False).backward()
    # An early stop never gets there.
    run(differing(lambda x: x.exp(), lambda x: x.exp().sin().tanh()), x).backward()
    assert x.grad.tolist() == [numpy.e]


@pytest.mark.parametrize("change", [lambda x: x[:2], lambda x: x.float()])
def test_other_shapes_or_types_saved_again(change):
    x = leaf(1.0, 2.0, 3.0)
    function = differing(lambda x: x.exp().sin(), lambda x: change(x).exp().sin())
    with pytest.raises(CheckpointError, match=r"(?s)have different metadata.*at position 0.*shape.*\[3\].*recomputed"):
        run(function, x).sum().backward()


def test_the_comparison_can_be_switched_off():
    x = leaf(1.0, 2.0)
    function = differing(lambda x: x.exp().sin(), lambda x: x.float().exp().sin())
    run(function, x, determinism_check="none").sum().backward()
    assert numpy.allclose(x.grad.tolist(), (x.exp() * x.exp().cos()).tolist(), rtol=1e-5)


@pytest.mark.parametrize("everywhere", [False, True])
def test_debug_lists_what_both_calls_saved(everywhere):
    x = leaf(1.0)
    function = differing(lambda x: x.exp().sin(), lambda x: x.tanh())
    with set_checkpoint_debug_enabled(True if everywhere else None):
        y = run(function, x, debug=not everywhere)
    with pytest.raises(CheckpointError) as caught:
        y.backward()
    message = str(caught.value)
    assert "x.exp().sin()" in message and "x.tanh()" in message and __file__ in message
    with set_checkpoint_debug_enabled(False):
        y = run(differing(lambda x: x.exp().sin(), lambda x: x.tanh()), x, debug=True)
    with pytest.raises(CheckpointError, match="Tip:"):
        y.backward()


def test_a_value_inside_that_was_changed_in_place():
    def function(x):
        y = x.exp()
        y.mul_(2)
        return y.sin()

    x = leaf(1.0, 2.0)
    for f in (function, lambda x: run(function, x)):
        with pytest.raises(RuntimeError, match=r"(?s)modified by an inplace operation.*mul_.*y\.mul_\(2\)"):
            f(x).sum().backward()


def test_an_argument_that_was_changed_in_place():
    x = leaf(1.0, 2.0)
    z = x * 1
    y = run(lambda z: z.exp().sin(), z)
    z.add_(1)
    with pytest.raises(RuntimeError, match=r"(?s)modified by an inplace operation.*checkpoint.*add_.*z\.add_\(1\)"):
        y.sum().backward()


# ------------------------------------------------------------------------------------------------ sequences


@pytest.mark.parametrize("segments", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", ["Sequential", "list", "ModuleList"])
def test_a_sequence_in_segments(segments, kind):
    layers = [nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1)]
    net = nn.Sequential(*layers)
    x = t.ones(2, 3, requires_grad=True)
    net(x).sum().backward()
    expected = [x.grad.tolist()] + [p.grad.tolist() for p in net.parameters()]
    x.grad = None
    net.zero_grad()
    functions = net if kind == "Sequential" else layers if kind == "list" else nn.ModuleList(layers)
    checkpoint_sequential(functions, segments, x, use_reentrant=False).sum().backward()
    assert [x.grad.tolist()] + [p.grad.tolist() for p in net.parameters()] == expected


def test_the_last_segment_is_kept_and_the_others_are_computed_again():
    calls = []

    def function(i):
        def f(x):
            calls.append(i)
            return x.exp().sin()

        return f

    x = leaf(0.1)
    checkpoint_sequential([function(i) for i in range(7)], 3, x, use_reentrant=False).sum().backward()
    assert calls == [0, 1, 2, 3, 4, 5, 6, 2, 3, 0, 1]


def test_what_a_sequence_does_not_allow():
    x = leaf(1.0)
    with pytest.raises(ValueError, match="segments is 3 and there are 2"):
        checkpoint_sequential([t.exp, t.sin], 3, x, use_reentrant=False)
    with pytest.raises(ValueError, match="segments is 0"):
        checkpoint_sequential([t.exp, t.sin], 0, x, use_reentrant=False)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: debug"):
        checkpoint_sequential([t.exp, t.sin], 2, x, use_reentrant=False, debug=True)
    with pytest.warns(UserWarning, match="checkpoint_sequential: the use_reentrant parameter") as caught:
        checkpoint_sequential([t.exp, t.sin], 2, x)
    assert len(caught) == 1 and caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checkpoint_sequential([t.exp, t.sin], 2, x, use_reentrant=True)
