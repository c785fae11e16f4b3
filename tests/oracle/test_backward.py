"""Backward passes: edges, batched gradients, passes inside passes, and threads."""

import copy
import threading

import pytest

from .programs import check, program, programs_of

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


@program
def edge_out(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    e = t.autograd.graph.get_gradient_edge(y)
    return [e._fields, e.output_nr, t.autograd.grad(e, [x], grad_outputs=[t.ones(2)])]


@program
def edge_in(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    e = t.autograd.graph.get_gradient_edge(y)
    ex = t.autograd.graph.get_gradient_edge(x)
    z = (y * 3).sum()
    return [t.autograd.grad(z, [e, ex])]


@program
def edge_backward(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    e = t.autograd.graph.get_gradient_edge(y)
    del y
    t.autograd.backward(e, t.ones(2))
    return x.grad


@program
def edge_backward_none(t):
    x = t.tensor(1.0, requires_grad=True)
    y = x * x
    e = t.autograd.graph.get_gradient_edge(y)
    t.autograd.backward(e)
    return x.grad


@program
def edge_inputs(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    e = t.autograd.graph.get_gradient_edge(x)
    t.autograd.backward(y, t.ones(2), inputs=[e])
    return x.grad


@program
def edge_inputs_nonleaf(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    e = t.autograd.graph.get_gradient_edge(y)
    t.autograd.backward((y * 2).sum(), inputs=[e])
    return [x.grad, y.grad]


@program
def edge_err(t):
    t.autograd.graph.get_gradient_edge(t.ones(2))


@program
def edge_err2(t):
    t.autograd.graph.get_gradient_edge(3)


@program
def batched(t):
    x = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x**2
    j = t.autograd.grad(y, [x], grad_outputs=[t.eye(3)], is_grads_batched=True)
    return j


@program
def batched_multi(t):
    x = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = t.tensor([2.0, 2.0, 2.0], requires_grad=True)
    y = x**2 * w
    z = x * 2
    return t.autograd.grad([y, z], [x, w], grad_outputs=[t.eye(3), t.ones(3, 3)], is_grads_batched=True)


@program
def batched_unused(t):
    x = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = t.tensor([2.0, 2.0, 2.0], requires_grad=True)
    y = x**2
    return t.autograd.grad([y], [x, w], grad_outputs=[t.eye(3)], is_grads_batched=True, allow_unused=True)


@program
def batched_mat(t):
    x = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = t.tensor([2.0, 2.0, 2.0], requires_grad=True)
    y = x**2
    return t.autograd.grad(
        [y], [x, w], grad_outputs=[t.eye(3)], is_grads_batched=True, allow_unused=True, materialize_grads=True
    )


@program
def batched_wrongshape(t):
    x = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x**2
    return t.autograd.grad([y], [x], grad_outputs=[t.ones(3)], is_grads_batched=True)


@program
def batched_create(t):
    x = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x**3
    (j,) = t.autograd.grad(y, [x], grad_outputs=[t.eye(3)], is_grads_batched=True, create_graph=True)
    return t.autograd.grad(j.sum(), [x])


@program
def batched_hooks(t):
    x = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x**3
    y.register_hook(lambda g: g * 2)
    (j,) = t.autograd.grad((y * 1), [x], grad_outputs=[t.eye(3)], is_grads_batched=True)
    return j


@program
def backward_in_hook(t):
    x = t.tensor(2.0, requires_grad=True)
    w = t.tensor(3.0, requires_grad=True)
    y = x * 2

    def hook(g):
        with t.enable_grad():
            (w * w * g).backward()

    y.register_hook(hook)
    (y * 5).backward()
    return [x.grad, w.grad]


@program
def backward_same_leaf_in_hook(t):
    x = t.tensor(2.0, requires_grad=True)
    y = x * 2

    def hook(g):
        with t.enable_grad():
            (x * x * g).backward()

    y.register_hook(hook)
    (y * 5).backward()
    return [x.grad]


@program
def grad_in_function(t):
    class F(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with t.enable_grad():
                ctx.x = x.detach().requires_grad_()
                ctx.y = ctx.x**3
            return ctx.y.detach()

        @staticmethod
        def backward(ctx, g):
            with t.enable_grad():
                ctx.y.backward(g)
            return ctx.x.grad

    x = t.tensor(2.0, requires_grad=True)
    F.apply(F.apply(x)).backward()
    return x.grad


@program
def deep_function(t):
    class F(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with t.enable_grad():
                ctx.x = x.detach().requires_grad_()
                ctx.x = ctx.x - 1
            return ctx.x.detach()

        @staticmethod
        def backward(ctx, g):
            if ctx.x < 0:
                return g
            with t.enable_grad():
                F.apply(ctx.x).sum().backward()
            return g

    v = t.tensor(400.0, requires_grad=True)
    F.apply(v).sum().backward()
    return v.grad


@program
def error_in_nested(t):
    x = t.tensor(2.0, requires_grad=True)
    y = x * 2
    z = y * 3

    def hook(g):
        raise ValueError("mine")

    y.register_hook(hook)
    try:
        z.backward(retain_graph=True)
    except ValueError as e:
        a = str(e)
    y2 = x * 4
    y2.backward()
    return [a, x.grad]


@program
def inner_grad_state(t):
    x = t.tensor(2.0, requires_grad=True)
    y = x * 2
    m = []

    def hook(g):
        with t.enable_grad():
            a = x * x
            a.backward()
        m.append(t.is_grad_enabled())

    y.register_hook(hook)
    y.backward()
    return [m, x.grad]


@program
def threads_share_leaf(t):
    x = t.ones(20000, requires_grad=True)

    def work():
        for _ in range(20):
            (x * 2).sum().backward()

    ts = [threading.Thread(target=work) for _ in range(4)]
    [k.start() for k in ts]
    [k.join() for k in ts]
    return [x.grad[0].item(), x.grad.sum().item() / 20000]


@program
def threads_share_small_leaf(t):
    x = t.ones(3, requires_grad=True)

    def work():
        for _ in range(100):
            (x * 2).sum().backward()

    ts = [threading.Thread(target=work) for _ in range(4)]
    [k.start() for k in ts]
    [k.join() for k in ts]
    return [x.grad]


@program
def threads_share_graph(t):
    x = t.ones(3, requires_grad=True)
    y = (x * 2).exp()

    def work():
        for _ in range(50):
            y.sum().backward(retain_graph=True)

    ts = [threading.Thread(target=work) for _ in range(4)]
    [k.start() for k in ts]
    [k.join() for k in ts]
    return [x.grad]


@program
def thread_grad_mode(t):
    out = []
    with t.no_grad():
        th = threading.Thread(target=lambda: out.append(t.is_grad_enabled()))
        th.start()
        th.join()
    return out


@program
def inc_version(t):
    x = t.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    t.autograd.graph.increment_version(y)
    v = y._version
    try:
        z.sum().backward()
        r = 0
    except RuntimeError:
        r = 1
    return [v, r]


@program
def accumulate_create_graph(t):
    x = t.ones(3, requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    (x.grad.sum() * 2).backward()
    return [x.grad]


@program
def unused_input(t):
    x = t.ones(2, requires_grad=True)
    z = t.ones(2, requires_grad=True)
    t.autograd.grad((x * 2).sum(), [x, z])


@program
def same_output_twice(t):
    x = t.tensor(3.0, requires_grad=True)
    y = x * x
    return t.autograd.grad([y, y], [x, x])


@program
def output_is_input(t):
    x = t.tensor(3.0, requires_grad=True)
    y = x * x
    return t.autograd.grad([y, y * 2], [y, x])


@program
def inputs_empty(t):
    x = t.tensor(3.0, requires_grad=True)
    (x * 2).backward(inputs=[])


@program
def dup_inputs(t):
    x = t.tensor(3.0, requires_grad=True)
    (x * 2).backward(inputs=[x, x])
    return x.grad


@program
def grad_outputs_none_mixed(t):
    x = t.ones(2, requires_grad=True)
    y = x * 2
    z = (x * 3).sum()
    return t.autograd.grad([y, z], [x], grad_outputs=[t.ones(2), None])


@program
def deepcopy_grad(t):

    x = t.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    y = copy.deepcopy(x)
    return [y.grad, y.requires_grad, y.is_leaf]


@program
def deepcopy_nonleaf(t):

    x = t.ones(2, requires_grad=True)
    copy.deepcopy(x * 2)


@program
def multithread_flag(t):
    a = t.autograd.is_multithreading_enabled() if hasattr(t.autograd, "is_multithreading_enabled") else None
    with t.autograd.set_multithreading_enabled(False):
        b = t.autograd.is_multithreading_enabled()
    return [a, b]


@pytest.mark.parametrize("function", programs_of(globals()), ids=lambda f: f.__name__)
def test_same(function):
    check(function, torch)
