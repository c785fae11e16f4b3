"""The page of torch.autograd, second half: Function and its context, functional, checks, anomaly mode, the graph."""

import pytest

from .programs import check, check_refused, forward_ad, function, leaf, program, programs_of, refusals_of, refused

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# ------------------------------------------------------------------------ Function and its context


@program
def function_example_exp(t):
    class Exp(t.autograd.Function):
        @staticmethod
        def forward(ctx, i):
            result = i.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, grad_output):
            (result,) = ctx.saved_tensors
            return grad_output * result

    x = leaf(t, 1.0)
    y = Exp.apply(x)
    y.backward()
    return [y, x.grad, y.grad_fn.name(), type(y.grad_fn).__name__]


@refused
def function_called_as_an_object(t):
    F = function(t, lambda ctx, x: x)
    F()(leaf(t, 1.0))


@program
def function_instance_may_be_made(t):
    F = function(t, lambda ctx, x: x)
    try:
        F()(leaf(t, 1.0))
    except Exception as error:
        return [type(error).__name__, str(error)[:60]]


@refused
def function_without_forward(t):
    class F(t.autograd.Function):
        pass

    F.apply(leaf(t, 1.0))


@refused
def function_without_backward(t):
    class F(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    F.apply(leaf(t, 1.0)).backward()


@program
def mark_dirty_example(t):
    class Inplace(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x_npy = x.numpy()
            x_npy += 1
            ctx.mark_dirty(x)
            return x

        @staticmethod
        @t.autograd.function.once_differentiable
        def backward(ctx, grad_output):
            return grad_output

    a = t.tensor(1.0, requires_grad=True, dtype=t.double).clone()
    b = a * a
    Inplace.apply(a)
    try:
        b.backward()
    except RuntimeError as error:
        return [a, str(error)[:80]]


@program
def mark_non_differentiable_example(t):
    class Func(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            sorted, idx = x.sort()
            ctx.mark_non_differentiable(idx)
            ctx.save_for_backward(x, idx)
            return sorted, idx

        @staticmethod
        @t.autograd.function.once_differentiable
        def backward(ctx, g1, g2):
            x, idx = ctx.saved_tensors
            grad_input = t.zeros_like(x)
            grad_input.index_add_(0, idx, g1)
            return grad_input

    x = leaf(t, 3.0, 1.0, 2.0)
    a, i = Func.apply(x)
    (a * t.tensor([1.0, 10.0, 100.0])).sum().backward()
    return [a, i, i.requires_grad, x.grad]


@program
def set_materialize_grads_example(t):
    seen = []

    class SimpleFunc(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone(), x.clone()

        @staticmethod
        @t.autograd.function.once_differentiable
        def backward(ctx, g1, g2):
            seen.append((g1, g2))
            return g1 + g2

    class Func(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(x)
            return x.clone(), x.clone()

        @staticmethod
        @t.autograd.function.once_differentiable
        def backward(ctx, g1, g2):
            (x,) = ctx.saved_tensors
            seen.append((g1, g2))
            grad_input = t.zeros_like(x)
            if g1 is not None:
                grad_input += g1
            if g2 is not None:
                grad_input += g2
            return grad_input

    a = t.tensor(1.0, requires_grad=True)
    b, _ = SimpleFunc.apply(a)
    b.backward()
    c, _ = Func.apply(a)
    c.backward()
    return [seen, a.grad]


@program
def save_for_forward_example(t):
    class Func(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, y, z):
            ctx.save_for_backward(x, y)
            ctx.save_for_forward(x, y)
            ctx.z = z
            return x * y * z

        @staticmethod
        def jvp(ctx, x_t, y_t, _):
            x, y = ctx.saved_tensors
            z = ctx.z
            return z * (y * x_t + x * y_t)

        @staticmethod
        def vjp(ctx, grad_out):
            x, y = ctx.saved_tensors
            z = ctx.z
            return z * grad_out * y, z * grad_out * x, None

    a = t.tensor(1.0, requires_grad=True, dtype=t.double)
    tangent = t.tensor(1.0, dtype=t.double)
    b = t.tensor(2.0, requires_grad=True, dtype=t.double)
    c = 4
    fwAD = forward_ad(t)
    with fwAD.dual_level():
        a_dual = fwAD.make_dual(a, tangent)
        d = Func.apply(a_dual, b, c)
        tangent = fwAD.unpack_dual(d).tangent
    Func.apply(a, b, c).backward()
    return [tangent.detach(), a.grad, b.grad]


@program
def in_place_function(t):
    class Double(t.autograd.function.InplaceFunction):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = leaf(t, 3.0)
    y = x * 1
    Double.apply(y).backward()
    return [issubclass(Double, t.autograd.Function), y, x.grad]


@refused
def once_differentiable_twice(t):
    F = function(t, lambda ctx, x: x * 2, t.autograd.function.once_differentiable(lambda ctx, g: g * 2))
    x = leaf(t, 1.0)
    (g,) = t.autograd.grad(F.apply(x), x, create_graph=True)
    g.backward()


# ------------------------------------------------------------------------ functional


@program
def functional_examples(t):
    f = t.autograd.functional
    x, y = t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])
    return [
        f.vjp(lambda v: v.exp().sum(0), x, t.tensor(2.0)),
        f.jvp(lambda a, b: 2 * a + 3 * b, (x, y), (t.ones(2), t.ones(2))),
        f.jacobian(lambda a, b: 2 * a.exp() + 3 * b, (x, y)),
        f.hessian(lambda a, b: (2 * a.pow(2) + 3 * b.pow(2)).sum(), (x, y)),
        f.vhp(lambda v: v.pow(3).sum(), x, t.ones(2)),
        f.hvp(lambda v: v.pow(3).sum(), x, t.ones(2)),
        f.jacobian(lambda v: v.exp(), x, vectorize=True, strategy="forward-mode"),
        f.hessian(lambda v: v.pow(3).sum(), x, vectorize=True, outer_jacobian_strategy="forward-mode"),
    ]


# ------------------------------------------------------------------------ numerical checking, profiler, anomaly


@program
def gradcheck_arguments(t):
    x = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    return [
        t.autograd.gradcheck(
            t.exp, (x,), eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0,
            check_undefined_grad=True, check_grad_dtypes=True, check_batched_grad=True, check_batched_forward_grad=True,
            check_forward_ad=True, check_backward_ad=True, fast_mode=False, masked=None,
        ),
        t.autograd.gradgradcheck(
            t.exp, (x,), None, eps=1e-6, atol=1e-5, rtol=1e-3, gen_non_contig_grad_outputs=True, raise_exception=True,
            nondet_tol=0.0, check_undefined_grad=True, check_grad_dtypes=True, check_batched_grad=True,
            check_fwd_over_rev=True, check_rev_over_rev=True, fast_mode=True, masked=False,
        ),
    ]  # fmt: skip


@program
def detect_anomaly_example(t):
    class MyFunc(t.autograd.Function):
        @staticmethod
        def forward(ctx, inp):
            return inp.clone()

        @staticmethod
        def backward(ctx, gO):
            raise RuntimeError("Some error in backward")

    def run_fn(a):
        out = MyFunc.apply(a)
        return out.sum()

    seen = []
    inp = t.rand(10, 10, requires_grad=True)
    for mode in (False, True):
        with t.autograd.set_detect_anomaly(mode):
            try:
                run_fn(inp).backward()
            except RuntimeError as error:
                seen.append(str(error)[:22])
    with t.autograd.detect_anomaly(check_nan=False):
        x = leaf(t, 0.0)
        (x.sqrt() * 0).backward()
    return [seen, x.grad]


# ------------------------------------------------------------------------ graph


@program
def node_methods(t):
    a, b = t.tensor([0.0], requires_grad=True), t.tensor([0.0], requires_grad=True)
    c = a.exp() * b.sin()
    n = c.grad_fn
    n.metadata["mine"] = 3
    leaf_node = n.next_functions[0][0].next_functions[0][0]
    return [
        isinstance(n, t.autograd.graph.Node),
        n.name(),
        [(m.name(), i) for m, i in n.next_functions],
        n.metadata,
        leaf_node.name().split("::")[-1],
        leaf_node.variable is a,
        leaf_node.next_functions,
        issubclass(type(n), t.autograd.graph.Node),
        c.grad_fn is n,
        n.next_functions[0][0] is n.next_functions[0][0],
        isinstance(leaf_node, t.autograd.graph.Node),
        isinstance(3, t.autograd.graph.Node),
    ]


@program
def node_register_hook_example(t):
    a = t.tensor([0.0, 0.0, 0.0], requires_grad=True)
    b = a.clone()
    handle = b.grad_fn.register_hook(lambda gI, gO: (gO[0] * 2,))
    b.sum().backward(retain_graph=True)
    first = a.grad.clone()
    handle.remove()
    a.grad = None
    b.sum().backward(retain_graph=True)
    return [first, a.grad]


@program
def node_register_prehook_example(t):
    a = t.tensor([0.0, 0.0, 0.0], requires_grad=True)
    b = a.clone()
    handle = b.grad_fn.register_prehook(lambda gI: (gI[0] * 2,))
    b.sum().backward(retain_graph=True)
    first = a.grad.clone()
    handle.remove()
    a.grad = None
    b.sum().backward(retain_graph=True)
    return [first, a.grad]


@refused
def node_hook_returns_too_many(t):
    b = leaf(t, 1.0).clone()
    b.grad_fn.register_hook(lambda gi, go: (gi[0], gi[0]))
    b.backward()


@refused
def node_prehook_returns_too_many(t):
    b = leaf(t, 1.0).clone()
    b.grad_fn.register_prehook(lambda go: (go[0], go[0]))
    b.backward()


@refused
def node_hook_returns_a_number(t):
    b = leaf(t, 1.0).clone()
    b.grad_fn.register_hook(lambda gi, go: (3.0,))
    b.backward()


@program
def node_hook_returns_none_entries(t):
    x, y = leaf(t, 1.0), leaf(t, 2.0)
    b = x * y
    b.grad_fn.register_hook(lambda gi, go: (None, gi[1]))
    b.backward()
    return [x.grad, y.grad]


@program
def gradient_edges(t):
    x = leaf(t, 2.0)
    y = x * 3
    edge = t.autograd.graph.get_gradient_edge(y)
    leaf_edge = t.autograd.graph.get_gradient_edge(x)
    z = y * y
    return [
        edge.output_nr,
        edge.node is y.grad_fn,
        t.autograd.grad(z, (edge, leaf_edge), retain_graph=True),
        t.autograd.grad(t.autograd.graph.get_gradient_edge(z), edge, grad_outputs=t.ones(1)),
    ]


@program
def gradient_edge_made_by_hand(t):
    x = leaf(t, 2.0)
    y = x * 3
    edge = t.autograd.graph.GradientEdge(y.grad_fn, 0)
    return t.autograd.grad(y * y, edge)


@refused
def gradient_edge_without_grad(t):
    t.autograd.graph.get_gradient_edge(t.ones(1))


@program
def multi_grad_hook_example(t):
    a, b, c, d = (t.rand(2, 3, requires_grad=True) for _ in range(4))
    seen = []

    def fn(grads):
        seen.append([g is not None for g in grads])

    t.autograd.graph.register_multi_grad_hook((a, b, c, d), fn)
    (a * b).sum().backward(inputs=(a, b))
    ((a * b) + c).sum().backward()
    return seen


@program
def multi_grad_hook_any_example(t):
    a, b = leaf(t, 1.0), leaf(t, 2.0)
    seen = []
    h = t.autograd.graph.register_multi_grad_hook((a, b), lambda g: seen.append(g.item()), mode="any")
    (a * b + b).backward()
    (a * 3).backward()
    h.remove()
    (a * 3).backward()
    return seen


@program
def allow_mutation_example(t):
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        a = t.ones(2, 3, requires_grad=True)
        b = a.clone()
        out = (b**2).sum()
        b.sin_()
        out.sum().backward()
    return [a.grad, b]


@program
def save_on_cpu_example(t):
    def f(a, b, c):
        prod_1 = a * b
        with t.autograd.graph.save_on_cpu(pin_memory=False):
            prod_2 = prod_1 * c
        return prod_2 * a

    a, b, c = leaf(t, 1.0), leaf(t, 2.0), leaf(t, 3.0)
    f(a, b, c).sum().backward()
    return [a.grad, b.grad, c.grad]


@program
def increment_version(t):
    x = t.ones(1)
    t.autograd.graph.increment_version(x)
    t.autograd.graph.increment_version([x, x])
    return x._version


@program
def increment_version_of_an_inference_tensor(t):
    with t.inference_mode():
        x = t.ones(1)
    return t.autograd.graph.increment_version(x)


@pytest.mark.parametrize("program", programs_of(globals()), ids=lambda f: f.__name__)
def test_program(program):
    check(program, torch)


@pytest.mark.parametrize("program", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(program):
    check_refused(program, torch)
