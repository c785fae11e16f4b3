"""Hooks on tensors, leaves and nodes: order, replacement, removal while running, and misbehaviour."""

import pytest

import wengert as t
from wengert.autograd import grad


def leaf(*values):
    return t.tensor(values, requires_grad=True)


def test_hooks_run_in_the_order_of_registration_and_each_sees_the_last_replacement():
    w = leaf(1.0, 2.0)
    y = w * 3
    seen = []
    y.register_hook(lambda g: (seen.append(("a", g.tolist())), g * 2)[1])
    y.register_hook(lambda g: (seen.append(("b", g.tolist())), g + 1)[1])
    y.sum().backward()
    assert seen == [("a", [1, 1]), ("b", [2, 2])]
    assert w.grad.tolist() == [9, 9]


def test_a_hook_sees_the_sum_of_all_uses():
    w = leaf(2.0)
    y = w * 1
    seen = []
    y.register_hook(lambda g: seen.append(g.item()))
    (y * 3 + y * 4).sum().backward()
    assert seen == [7]


def test_a_hook_on_a_leaf_replaces_what_is_accumulated():
    w = leaf(1.0, 2.0)
    h = w.register_hook(lambda g: g * 10)
    (w * 1).sum().backward()
    assert w.grad.tolist() == [10, 10]
    h.remove()
    (w * 1).sum().backward()
    assert w.grad.tolist() == [11, 11]


def test_hooks_on_leaves_act_on_grad_as_well():
    w = leaf(1.0)
    w.register_hook(lambda g: g * 10)
    assert grad((w * 2).sum(), w)[0].item() == 20
    assert w.grad is None


def test_a_hook_may_remove_itself_and_a_later_one_while_running():
    w = leaf(1.0)
    y = w * 2
    seen = []

    def first(g):
        seen.append("first")
        handles[0].remove()

    handles = [y.register_hook(first), y.register_hook(lambda g: seen.append("second"))]
    z = y.sum()
    z.backward(retain_graph=True)
    z.backward()
    assert seen == ["first", "second", "second"]
    assert w.grad.item() == 4


def test_a_hook_may_register_a_hook_while_running():
    w = leaf(1.0)
    y = w * 2
    seen = []
    y.register_hook(lambda g: (y.register_hook(lambda g: seen.append("new")), None)[1])
    z = y.sum()
    z.backward(retain_graph=True)
    before = len(seen)
    z.backward()
    assert len(seen) > before


def test_post_accumulate_hook_sees_the_finished_gradient():
    w = leaf(1.0, 1.0)
    seen = []
    handle = w.register_post_accumulate_grad_hook(lambda x: seen.append((x is w, x.grad.tolist())))
    (w * 2 + w).sum().backward()
    assert seen == [(True, [3, 3])]
    handle.remove()
    (w * 2).sum().backward()
    assert len(seen) == 1


def test_post_accumulate_hooks_are_for_leaves():
    with pytest.raises(RuntimeError, match="leaf"):
        (leaf(1.0) * 2).register_post_accumulate_grad_hook(lambda x: None)


def test_node_hooks_before_and_after():
    w = leaf(1.0, 2.0)
    y = w * 3
    seen = []
    y.grad_fn.register_prehook(lambda outs: (seen.append(("pre", outs[0].tolist())), (outs[0] * 2,))[1])
    y.grad_fn.register_hook(lambda ins, outs: seen.append(("post", ins[0].tolist(), outs[0].tolist())))
    y.sum().backward()
    assert seen == [("pre", [1, 1]), ("post", [6, 6], [2, 2])]
    assert w.grad.tolist() == [6, 6]


def test_a_node_hook_replaces_what_the_node_made():
    w = leaf(1.0)
    y = w * 3
    handle = y.grad_fn.register_hook(lambda ins, outs: (ins[0] * 7, *ins[1:]))
    z = y.sum()
    z.backward(retain_graph=True)
    assert w.grad.item() == 21
    handle.remove()
    z.backward()
    assert w.grad.item() == 24


def test_retain_grad_sees_what_hooks_made_of_it():
    w = leaf(1.0)
    y = w * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    y.sum().backward()
    assert y.grad.item() == 2


def test_retain_grad_accumulates_and_is_a_no_op_on_leaves():
    w = leaf(1.0)
    w.retain_grad()
    assert not w.retains_grad
    y = w * 3
    y.retain_grad()
    z = y.sum()
    z.backward(retain_graph=True)
    z.backward()
    assert y.grad.item() == 2 and w.grad.item() == 6


@pytest.mark.parametrize("rubbish, kind", [(3.0, TypeError), ("g", TypeError), ([1], TypeError)])
def test_a_hook_that_returns_rubbish(rubbish, kind):
    w = leaf(1.0, 2.0)
    y = w * 3
    handle = y.register_hook(lambda g: rubbish)
    z = y.sum()
    with pytest.raises(kind):
        z.backward(retain_graph=True)
    handle.remove()
    w.grad = None
    z.backward()
    assert w.grad.tolist() == [3, 3]


def test_a_hook_that_returns_the_wrong_shape_names_both_ends():
    w = leaf(1.0, 2.0)
    y = w * 3
    handle = y.register_hook(lambda g: t.ones(5))
    z = y.sum()
    with pytest.raises(RuntimeError, match="^hook '<lambda>' has changed the size of value") as error:
        z.backward(retain_graph=True)
    text = str(error.value)
    assert "w * 3" in text and "register_hook" in text and "MulBackward0" in text
    handle.remove()
    z.backward()
    assert w.grad.tolist() == [3, 3]


def test_a_hook_that_raises_leaves_the_engine_usable():
    w = leaf(1.0)
    y = w * 3

    def bad(g):
        raise KeyError("mine")

    handle = y.register_hook(bad)
    z = y.sum()
    with pytest.raises(KeyError, match="mine"):
        z.backward(retain_graph=True)
    assert w.grad is None
    handle.remove()
    z.backward()
    assert w.grad.item() == 3


def test_a_hook_may_run_a_backward_pass_of_its_own():
    w, v = leaf(1.0), leaf(2.0)
    y = w * 3

    def inside(g):
        with t.enable_grad():
            (v * v).sum().backward()

    y.register_hook(inside)
    y.sum().backward()
    assert v.grad.item() == 4 and w.grad.item() == 3


def test_hooks_need_a_tensor_that_requires_grad():
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        t.ones(2).register_hook(print)
