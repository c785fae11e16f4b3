"""`backward` and `grad`: their options, what they refuse, and that everything is usable afterwards."""

import gc
import threading
import tracemalloc
import weakref

import pytest

import wengert as t
from wengert.autograd import backward, grad


def leaf(*values):
    return t.tensor(values, requires_grad=True)


def test_gradient_argument_is_the_vector():
    w = leaf(1.0, 2.0)
    (w * w).backward(t.tensor([1.0, 10.0]))
    assert w.grad.tolist() == [2, 40]


def test_inputs_limits_accumulation():
    w, v = leaf(2.0), leaf(3.0)
    y = w * v
    (y * y).sum().backward(inputs=[w])
    assert w.grad.item() == 36 and v.grad is None
    z = (w * v).sum()
    with pytest.raises(RuntimeError, match="cannot be empty"):
        z.backward(inputs=[])


def test_several_roots():
    w = leaf(1.0, 2.0)
    backward([(w * 2).sum(), w * 3], [None, t.ones(2)])
    assert w.grad.tolist() == [5, 5]


def test_grad_options():
    w, v = leaf(2.0), leaf(3.0)
    y = (w * w).sum()
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        grad(y, [w, v], retain_graph=True)
    assert grad(y, [w, v], retain_graph=True, allow_unused=True)[1] is None
    assert [g.item() for g in grad(y, [w, v], retain_graph=True, materialize_grads=True)] == [4, 0]
    with pytest.raises(ValueError):
        grad(y, w, allow_unused=False, materialize_grads=True)
    assert grad(w * w, w, grad_outputs=t.tensor([5.0]))[0].item() == 20
    assert w.grad is None


def test_create_graph_to_the_third_order():
    x = leaf(2.0)
    g = x**4
    for expected in (32, 48, 48, 24):
        (g,) = grad(g.sum(), x, create_graph=True)
        # 4x^3, 12x^2, 24x, 24
        assert g.sum().item() == {32: 32, 48: 48, 24: 24}[expected]


def test_grad_of_the_output_itself():
    w = leaf(2.0)
    y = w * 3
    assert grad(y, y)[0].item() == 1
    assert grad(w, w)[0].item() == 1


def test_diamonds_and_fans():
    w = leaf(1.0)
    y = w
    for _ in range(20):
        y = y + y
    y.sum().backward()
    assert w.grad.item() == 2**20


def test_only_the_path_that_is_asked_for_runs():
    w, v = leaf(1.0), leaf(1.0)
    other = v * 2
    seen = []
    other.register_hook(seen.append)
    grad((w * 3 + other).sum(), w)
    assert seen == []


# ------------------------------------------------------------------------------------------------ bad input


def test_backward_from_a_non_scalar():
    w = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        (w * 2).backward()
    (w * 2).sum().backward()
    assert w.grad.tolist() == [2, 2]


def test_backward_of_what_needs_no_gradient():
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        t.ones(1).sum().backward()


@pytest.mark.parametrize("gradient", [t.ones(3), t.ones(2, 2), t.ones(())])
def test_gradient_of_the_wrong_shape(gradient):
    w = leaf(1.0, 2.0)
    y = w * 2
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        y.backward(gradient)
    y.backward(t.ones(2))
    assert w.grad.tolist() == [2, 2]


def test_gradient_of_the_wrong_kind():
    w = leaf(1.0, 2.0)
    y = w * 2
    with pytest.raises(RuntimeError):
        y.backward(t.ones(2, dtype=t.complex64))
    with pytest.raises(TypeError):
        y.backward([1.0, 1.0])
    with pytest.raises(TypeError):
        y.backward("ones")
    y.backward(t.ones(2, dtype=t.double))
    assert w.grad.dtype is t.float32 and w.grad.tolist() == [2, 2]


def test_integers_have_no_gradient():
    with pytest.raises(RuntimeError, match="[Oo]nly Tensors of floating point and complex dtype can require gradients"):
        t.ones(2, dtype=t.long, requires_grad=True)
    with pytest.raises(RuntimeError, match="floating point"):
        t.ones(2, dtype=t.long).requires_grad_()
    x = t.ones(2, dtype=t.bool)
    with pytest.raises(RuntimeError, match="floating point"):
        x.requires_grad = True
    assert not x.requires_grad


def test_numpy_of_a_tensor_in_the_graph():
    w = leaf(1.0)
    with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that requires grad"):
        (w * 2).numpy()
    assert (w * 2).detach().numpy().tolist() == [2]


@pytest.mark.parametrize("operands", [((2,), (3,)), ((2, 3), (2, 2)), ((4, 1, 3), (2, 5))])
def test_shapes_that_do_not_broadcast(operands):
    a, b = (t.ones(s, requires_grad=True) for s in operands)
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        a + b
    (a * 2).sum().backward()
    assert a.grad is not None


def test_assigning_a_wrong_grad():
    w = leaf(1.0, 2.0)
    for wrong, kind in ((t.ones(3), RuntimeError), (3.0, TypeError), (t.ones(2, dtype=t.double), RuntimeError)):
        with pytest.raises(kind):
            w.grad = wrong
    w.grad = t.ones(2)
    assert w.grad.tolist() == [1, 1]


# ------------------------------------------------------------------------------------------------ large graphs, memory


def test_a_million_nodes_are_built_walked_and_freed():
    w = leaf(1.0)
    y = w
    for _ in range(1_000_000):
        y = y + 1.0
    y.sum().backward()
    assert w.grad.item() == 1
    y = w
    for _ in range(1_000_000):
        y = y * 1.0
    del y  # freed without ever being walked


def test_a_long_graph_under_create_graph():
    w = leaf(1.0)
    y = w
    for _ in range(20_000):
        y = y * 1.0
    (g,) = grad(y.sum(), w, create_graph=True)
    assert g.item() == 1
    del y, g


def test_the_basic_loop_leaks_nothing():
    w = leaf(*[1.0] * 10)
    x = t.ones(10)

    def steps(n):
        for _ in range(n):
            y = (w * x).exp()
            y.register_hook(lambda g: g)
            y.sum().backward()
            w.grad = None

    steps(200)
    gc.collect()
    objects = len(gc.get_objects())
    tracemalloc.start()
    try:
        steps(50)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        steps(2000)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 20_000
    assert len(gc.get_objects()) - objects < 50


class Witness:
    pass


def test_cycles_are_collected():
    def cycle_of_create_graph():
        w = leaf(1.0)
        w.witness = Witness()
        (w**3).sum().backward(create_graph=True)
        return weakref.ref(w.witness)

    def cycle_of_hook():
        w = leaf(1.0)
        y = w * 2
        witness = Witness()
        y.register_hook(lambda g: (y, witness, None)[2])
        return weakref.ref(witness)

    def cycle_of_function():
        class Keeps(t.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                y = x * 2
                ctx.y = y
                ctx.witness = witness
                return y

            @staticmethod
            def backward(ctx, g):
                return g * 2

        witness = Witness()
        y = Keeps.apply(leaf(1.0))
        assert y.requires_grad
        return weakref.ref(witness)

    for make in (cycle_of_create_graph, cycle_of_hook, cycle_of_function):
        reference = make()
        gc.collect()
        assert reference() is None, make.__name__


# ------------------------------------------------------------------------------------------------ threads


def test_threads_share_leaves():
    w = leaf(*[1.0] * 100)
    threads, failures, rounds = 4, [], 200

    def work():
        try:
            for _ in range(rounds):
                (w * 2).sum().backward()
        except Exception as error:
            failures.append(error)

    running = [threading.Thread(target=work) for _ in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    assert failures == []
    assert set(w.grad.tolist()) == {2.0 * threads * rounds}


def test_a_graph_is_walked_by_another_thread():
    w = leaf(3.0)
    y = (w * w).sum()
    found = []
    thread = threading.Thread(target=lambda: found.append(grad(y, w)[0].item()))
    thread.start()
    thread.join()
    assert found == [6]


def test_a_rule_called_from_another_thread():
    y = leaf(3.0) * t.tensor([2.0])
    found = []
    thread = threading.Thread(target=lambda: found.append(y.grad_fn(t.ones(1))))
    thread.start()
    thread.join()
    (result,) = found
    first = result[0] if isinstance(result, tuple) else result
    assert first.tolist() == [2]


def test_grad_mode_is_per_thread():
    seen = []
    with t.no_grad():
        thread = threading.Thread(target=lambda: seen.append(t.is_grad_enabled()))
        thread.start()
        thread.join()
        assert not t.is_grad_enabled()
    assert seen == [True]


# ------------------------------------------------------------------------------------------------ zero is not unused


def test_a_derivative_of_zero_is_zeros_and_not_none():
    w = leaf(1.5, 2.5)
    assert grad(w.floor().sum(), w)[0].tolist() == [0, 0]
    assert grad((w**0).sum(), w)[0].tolist() == [0, 0]
    assert grad(w.sign().sum(), w, create_graph=True)[0].tolist() == [0, 0]
    y = w * 2
    y.fill_(3.0)
    y.sum().backward()
    assert w.grad.tolist() == [0, 0]
    narrow = t.ones(2, 1, dtype=t.double, requires_grad=True)
    (g,) = grad(t.floor_divide(t.ones(2, 3, dtype=t.double), narrow).sum(), narrow)
    assert g.tolist() == [[0], [0]] and g.dtype is t.double


def test_batched_gradients_take_one_pass():
    x = leaf(1.0, 2.0)
    unused = leaf(1.0)
    y = x * x
    calls = []
    y.register_hook(lambda g: calls.append(tuple(g.shape)))
    found = t.autograd.grad(y, [x, unused], t.eye(2), is_grads_batched=True, allow_unused=True)
    assert found[0].tolist() == [[2.0, 0.0], [0.0, 4.0]] and found[1] is None
    assert calls == [(2,)]
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        t.autograd.grad(y, x, t.ones(2))


def test_batched_gradients_of_the_wrong_shape():
    y = leaf(1.0, 2.0) * 2
    with pytest.raises(RuntimeError, match="we interpret the first dimension of each grad_output as the batch"):
        t.autograd.grad(y, y, t.ones(2), is_grads_batched=True)
    with pytest.raises(RuntimeError, match="needs grad_outputs"):
        t.autograd.grad(y.sum(), y, is_grads_batched=True)


def test_a_gradient_lies_in_memory_as_its_leaf_does():
    whole = t.arange(24.0).reshape(2, 3, 4)
    for values in (whole, whole.permute(2, 0, 1), whole.transpose(0, 1)):
        x = values.detach().requires_grad_()
        x.flip(0).sum().backward()
        assert x.grad.stride() == x.stride()
    gaps = whole[..., ::2].detach().requires_grad_()
    gaps.sum().backward()
    assert gaps.grad.stride() == (6, 2, 1)


def test_post_accumulate_hooks_may_return_anything():
    x = leaf(1.0)
    x.register_post_accumulate_grad_hook(lambda p: p)
    (x * 2).backward()
    assert x.grad.tolist() == [2.0]
