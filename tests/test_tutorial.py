"""The behaviours of the tutorials that the library exists for, one test each, with the exact outcome."""

import gc
import weakref

import numpy as np
import pytest

import wengert as t
from wengert.autograd import Function, gradcheck
from wengert.autograd import Variable as V


@pytest.fixture
def graph():
    x = V(t.ones(3))
    w = V(t.rand(3), requires_grad=True)
    y = w.mul(x)
    return w, x, y, y.sum()


# ------------------------------------------------------------------------------ 1. gradients of non-leaf variables


def test_the_gradient_of_a_leaf_is_kept_and_that_of_a_result_is_not(graph):
    w, _, y, z = graph
    z.backward()
    assert w.grad.tolist() == [1, 1, 1]
    with pytest.warns(UserWarning) as caught:
        assert y.grad is None
    text = str(caught[0].message)
    assert all(way in text for way in ("register_hook", "retain_grad", "autograd.grad"))


def test_a_hook_sees_the_gradient_once_and_none_changes_nothing(graph):
    w, _, y, z = graph
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    z.backward(retain_graph=True)
    assert seen == [[1, 1, 1]]
    assert w.grad.tolist() == [1, 1, 1]


def test_a_tensor_that_a_hook_returns_replaces_the_gradient_upstream(graph):
    w, _, y, z = graph
    y.register_hook(lambda g: g * 5)
    z.backward()
    assert w.grad.tolist() == [5, 5, 5]


def test_a_removed_hook_is_not_called_and_removing_twice_is_harmless(graph):
    _, _, y, z = graph
    seen = []
    h = y.register_hook(seen.append)
    z.backward(retain_graph=True)
    h.remove()
    z.backward(retain_graph=True)
    assert len(seen) == 1
    h.remove()
    with y.register_hook(seen.append):
        z.backward(retain_graph=True)
        assert len(seen) == 2
    z.backward()
    assert len(seen) == 2


def test_grad_returns_and_leaves_every_grad_alone(graph):
    w, _, y, z = graph
    result = t.autograd.grad(z, y)
    assert isinstance(result, tuple) and len(result) == 1
    assert repr(result) == "(tensor([1., 1., 1.]),)"
    assert w.grad is None
    with pytest.warns(UserWarning):
        assert y.grad is None


def test_retain_grad_keeps_a_gradient_on_a_result(graph):
    _, _, y, z = graph
    y.retain_grad()
    assert y.retains_grad and not y.is_leaf
    z.backward()
    assert y.grad.tolist() == [1, 1, 1]


# ------------------------------------------------------------------------------------- 2. repeated backward passes


def test_leaves_accumulate(graph):
    w, _, _, z = graph
    z.backward(retain_graph=True)
    assert w.grad.tolist() == [1, 1, 1]
    z.backward()
    assert w.grad.tolist() == [2, 2, 2]


def test_a_second_pass_through_a_freed_graph_says_which_line_freed_it(graph):
    w, _, _, z = graph
    z.backward()
    with pytest.raises(RuntimeError, match="^Trying to backward through the graph a second time") as error:
        z.backward()
    text = str(error.value)
    assert "z.backward()" in text and "test_tutorial.py" in text
    assert "retain_graph=True" in text
    assert w.grad.tolist() == [1, 1, 1]


def test_a_new_graph_on_the_same_leaves(graph):
    w, x, _, z = graph
    z.backward()
    y = w.mul(x)
    z = y.sum()
    z.backward()
    assert w.grad.tolist() == [2, 2, 2]


def test_a_graph_that_nobody_holds_is_freed_at_once():
    class Marked(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.big = Big()
            references.append(weakref.ref(ctx.big))
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    class Big:
        pass

    references = []
    w = t.ones(3, requires_grad=True)
    gc.disable()
    try:
        for _ in range(3):
            z = Marked.apply(w).exp().sum()
            z.backward()
            del z
            assert references[-1]() is None
    finally:
        gc.enable()
    assert len(references) == 3


# -------------------------------------------------------------------- 3. your own Function, and higher derivatives


class MultiplyAdd(Function):
    """w * x + b, as the tutorial writes it."""

    @staticmethod
    def forward(ctx, w, x, b):
        ctx.save_for_backward(w, x)
        return w * x + b

    @staticmethod
    def backward(ctx, grad):
        w, x = ctx.saved_tensors
        return grad * x, grad * w, grad * 1


def test_multiply_add():
    x = V(t.ones(3))
    w = V(t.tensor([1.0, 2.0, 3.0]), requires_grad=True)
    b = V(t.ones(3), requires_grad=True)
    z = MultiplyAdd.apply(w, x, b)
    assert z.tolist() == [2, 3, 4]
    assert z.grad_fn.name() == "MultiplyAddBackward"
    z.backward(t.ones(3))
    assert w.grad.tolist() == [1, 1, 1] and b.grad.tolist() == [1, 1, 1] and x.grad is None


def test_a_function_may_return_none_for_what_needs_no_gradient():
    class Scaled(MultiplyAdd):
        @staticmethod
        def backward(ctx, grad):
            assert ctx.needs_input_grad == (True, False, True)
            _, x = ctx.saved_tensors
            return grad * x, None, grad

    w, b = V(t.rand(3), requires_grad=True), V(t.ones(3), requires_grad=True)
    Scaled.apply(w, V(t.ones(3)), b).sum().backward()
    assert w.grad.tolist() == [1, 1, 1]


def test_calling_grad_fn_by_hand():
    x, w, b = V(t.ones(1)), V(t.tensor([3.0]), requires_grad=True), V(t.ones(1), requires_grad=True)
    z = MultiplyAdd.apply(w, x, b)
    gradients = z.grad_fn(t.ones(1))
    assert [g.tolist() for g in gradients if g is not None][0] == [1]
    assert len(gradients) == 3


def test_second_derivative_of_a_square():
    x = V(t.tensor([5.0]), requires_grad=True)
    y = x**2
    g = t.autograd.grad(y, x, create_graph=True)
    assert g[0].tolist() == [10] and g[0].grad_fn is not None
    assert t.autograd.grad(g[0], x)[0].tolist() == [2]
    assert x.grad is None


class Sigmoid(Function):
    @staticmethod
    def forward(ctx, x):
        out = 1 / (1 + t.exp(-x))
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, g):
        (out,) = ctx.saved_tensors
        return g * out * (1 - out)


class WrongSigmoid(Sigmoid):
    @staticmethod
    def backward(ctx, g):
        (out,) = ctx.saved_tensors
        return g * out * (1 + out)


def test_gradcheck_of_a_function():
    x = t.tensor([0.3, -1.2], dtype=t.double, requires_grad=True)
    assert gradcheck(Sigmoid.apply, (x,), eps=1e-6, atol=1e-6)
    with pytest.raises(RuntimeError, match=r"Jacobian mismatch.*(?s:.*)\[\d, \d\]"):
        gradcheck(WrongSigmoid.apply, (x,))
    assert gradcheck(WrongSigmoid.apply, (x,), raise_exception=False) is False


# -------------------------------------------------------------------------------------------------- 4. the variable


def test_data_shares_memory_and_has_no_graph(graph):
    w, _, y, _ = graph
    assert y.data.grad_fn is None and not y.data.requires_grad
    w.data[0] = 7.0
    assert w[0].item() == 7 and w.data.data_ptr() == w.data_ptr()


def test_grad_is_none_until_a_pass(graph):
    assert graph[0].grad is None


def test_requires_grad_is_set_on_leaves_and_spreads(graph):
    w, x, y, z = graph
    assert not x.requires_grad and w.requires_grad and y.requires_grad and z.requires_grad
    x.requires_grad = True
    assert x.requires_grad
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        y.requires_grad = False


def test_grad_fn_names_the_operation_and_walks(graph):
    w, x, y, z = graph
    assert w.grad_fn is None and w.is_leaf and x.is_leaf
    assert not y.is_leaf
    assert y.grad_fn.name() == "MulBackward0" and type(y.grad_fn).__name__
    assert z.grad_fn.name() == "SumBackward0"
    assert z.grad_fn.next_functions[0][0] is y.grad_fn
    (leaf, number), (nothing, _) = y.grad_fn.next_functions
    assert leaf.name() == "torch::autograd::AccumulateGrad" or leaf.name() == "AccumulateGrad"
    assert leaf.variable is w and number == 0 and nothing is None


def test_volatile_is_gone_and_says_so():
    with pytest.warns(UserWarning, match="volatile was removed") as caught:
        x = V(t.ones(2), volatile=True)
    assert "no_grad" in str(caught[0].message) and "inference_mode" in str(caught[0].message)
    assert not x.requires_grad
    w = t.ones(2, requires_grad=True)
    with t.no_grad():
        assert not (w * 2).requires_grad
    with t.inference_mode():
        assert (w * 2).is_inference()


def test_the_variable_is_the_tensor():
    a = np.zeros(3, np.float32)
    x = V(t.from_numpy(a), requires_grad=True)
    a[1] = 5
    assert x.tolist() == [0, 5, 0] and isinstance(x, V) and isinstance(x, t.Tensor)
