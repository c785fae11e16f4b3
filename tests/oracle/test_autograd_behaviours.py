"""Behaviours that PyTorch's own tests of autograd insist on, as programs."""

import gc
import weakref

import pytest

from .programs import check, check_refused, function, leaf, program, programs_of, refusals_of, refused

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# ------------------------------------------------------------------------ grad and backward


@program
def grad_of_nonleaf_descends(t):
    x_init = t.tensor([[1.0, -2.0], [3.0, 0.5]])
    x = x_init
    y = t.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    grad_output = t.ones(2, 2)

    def fn(x):
        return x**2 + y * x + y**2

    for _ in range(5):
        (grad_x,) = t.autograd.grad(fn(x.requires_grad_()), x, grad_outputs=grad_output, create_graph=True)
        x = x + 0.05 * grad_x
    t.autograd.grad(fn(x).sum(), y)
    return [x, y.grad, x_init.grad]


@program
def grad_of_nonleaf_several_outputs(t):
    x = t.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = t.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
    z = x * 2
    return t.autograd.grad([z * y, z + y], [z, y], [t.ones(2, 2), t.full((2, 2), 10.0)])


@program
def multi_backward_with_shared_parts(t):
    x, y = leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0)
    q = leaf(t, 5.0, 6.0)
    a, b = t.tensor([1.0, 1.0], requires_grad=True), t.tensor([2.0, 2.0], requires_grad=True)
    q2 = q * 2
    z = x + y + q2
    c = a * b + q2
    t.autograd.backward([z, c], [t.tensor([1.0, 10.0]), t.tensor([100.0, 1000.0])])
    return [v.grad for v in (x, y, q, a, b)]


@program
def multi_backward_without_grad(t):
    x, y = leaf(t, 1.0, 2.0), t.ones(2)
    try:
        t.autograd.backward([x * 2, y], [t.ones(2), t.ones(2)])
    except RuntimeError as error:
        return str(error)[:62]


@program
def backward_twice_without_saved_values(t):
    x = leaf(t, 1.0)
    y = x + 1
    y.backward()
    y.backward()
    return x.grad


@refused
def backward_twice_with_saved_values(t):
    x = leaf(t, 1.0)
    y = x * x
    y.backward()
    y.backward()


@program
def backward_twice_through_a_retained_part(t):
    x = leaf(t, 2.0)
    y = x * x
    z = y + 1
    y.backward(retain_graph=True)
    z.backward()
    return x.grad


@program
def backward_with_none_gradients_in_hooks(t):
    x = leaf(t, 1.0, 2.0)
    a, b = x.unbind()
    a.backward()
    return [x.grad]


@program
def unused_outputs(t):
    x = t.arange(10.0).reshape(2, 5).requires_grad_()
    outputs = x.split(2, dim=1)
    outputs[1].sum().backward()
    first = x.grad.clone()
    values, places = x.max(dim=1)
    places.float().sum().requires_grad, values.sum().backward()
    s, i = x.sort(dim=1, descending=True)
    s[:, 0].sum().backward()
    return [first, x.grad, places.requires_grad]


@program
def detach_then_retain_and_backward(t):
    x = t.ones(10, 10, requires_grad=True)
    y = x + 2
    y = y.detach()
    z = y * 4 + 2
    a, b = y.requires_grad, z.requires_grad
    x = t.ones(10, 10, requires_grad=True)
    y = x * 2
    y = y.detach()
    c, d = y.requires_grad, y.grad_fn
    z = x + y
    z.sum().backward()
    return [a, b, c, d, x.grad]


@program
def detach_in_place_then_requires_grad(t):
    x = leaf(t, 1.0)
    y = x * 2
    y.detach_()
    y.requires_grad_()
    (y * 3).backward()
    return [y.is_leaf, y.grad, x.grad]


@program
def no_requires_grad_in_place(t):
    a = t.ones(5, 5)
    a.add_(5)
    a.requires_grad = True
    a.sum().backward()
    b = t.ones(5, 5)
    b.add_(5)
    c = leaf(t, 1.0) * 1
    b[0, 0] = c[0]
    return [a.grad, b.requires_grad, b.grad_fn is None, b.is_leaf]


@program
def requires_grad_factories(t):
    x = t.ones(2, 3)
    seen = []
    for f in (t.ones_like, t.zeros_like, t.empty_like, t.rand_like, t.randn_like):
        seen.append([f(x, requires_grad=True).requires_grad, f(leaf(t, 1.0)).requires_grad])
    seen.append(x.new_ones(2, requires_grad=True).requires_grad)
    seen.append(x.new_tensor([1.0], requires_grad=True).is_leaf)
    return seen


@program
def free_unneeded_tensor(t):
    x = t.randn(2, 3, 10, 10, requires_grad=True)
    m = t.randn(1, 3, 1, 1)
    z = x.sum()
    refs = []
    for _ in range(3):
        y = x * m
        refs.append(weakref.ref(y))
        z = y.sum() + z
    del y
    alive = [r() is not None for r in refs]
    z.backward()
    return alive


@program
def deep_graph_is_freed(t):
    x = leaf(t, 1.0)
    y = x * 1
    for _ in range(50_000):
        y = y + y * 1e-9
    reference = weakref.ref(x)
    del x, y
    gc.collect()
    return reference() is None


@program
def deep_graph_backward(t):
    x = leaf(t, 1.0)
    y = x
    for _ in range(30_000):
        y = y + 1
    y.backward()
    return x.grad


@program
def leaf_reference_after_backward(t):
    x = leaf(t, 1.0)
    y = x * 2
    r = weakref.ref(x)
    del x
    alive = r() is not None
    y.backward()
    g = y.grad_fn.next_functions[0][0].variable.grad
    return [alive, g]


@program
def accumulator_of_a_dead_leaf(t):
    y = leaf(t, 1.0) * 2
    y.backward()
    node = y.grad_fn.next_functions[0][0]
    return node.variable.grad


@program
def reentrant(t):
    y_data = t.tensor([[1.0, 2.0], [3.0, 4.0]])

    class Reenter(t.autograd.Function):
        @staticmethod
        def forward(ctx, x_data):
            with t.enable_grad():
                ctx.x = x_data.detach().requires_grad_()
                ctx.y = y_data.clone().requires_grad_()
                ctx.output_var = ctx.x * ctx.y
            return ctx.output_var.detach()

        @staticmethod
        def backward(ctx, grad_output):
            with t.enable_grad():
                ctx.output_var.sum().backward()
            return ctx.x.grad * grad_output

    x = t.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
    out = Reenter.apply(x)
    out.sum().backward()
    return x.grad


@program
def reentrant_priority(t):
    order = []

    class MyFunction(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, x):
            order.append("MyFunction")
            return x

    class Reentrant(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with t.enable_grad():
                ctx.x = x.detach().requires_grad_()
                ctx.x = ctx.x - 1
            return ctx.x.detach()

        @staticmethod
        def backward(ctx, x):
            order.append("Reentrant")
            if ctx.x < 0:
                return x
            with t.enable_grad():
                Reentrant.apply(ctx.x).backward()
            return x

    a = MyFunction.apply(t.tensor(6.0, requires_grad=True))
    b = Reentrant.apply(t.tensor(9.0, requires_grad=True))
    v = a * b
    v.backward()
    return order


@program
def reentrant_with_leaf_hook(t):
    x = leaf(t, 2.0)
    seen = []

    def hook(g):
        with t.enable_grad():
            z = x.detach().requires_grad_()
            (z * z).backward()
            seen.append(z.grad.item())
        return g * z.grad

    x.register_hook(hook)
    (x * 3).backward()
    return [seen, x.grad]


@refused
def error_in_a_reentrant_pass(t):
    def backward(ctx, g):
        with t.enable_grad():
            z = leaf(t, 1.0)
            y = z * z
            y.backward()
            y.backward()
        return g

    function(t, lambda ctx, x: x * 1, backward).apply(leaf(t, 1.0)).backward()


@program
def engine_works_after_an_error(t):
    x = leaf(t, 2.0)

    def fail(g):
        raise ValueError("mine")

    y = x * x
    z = y * 3
    h = y.register_hook(fail)
    try:
        z.backward(retain_graph=True)
    except ValueError as error:
        first = str(error)
    h.remove()
    z.backward()
    return [first, x.grad]


# ------------------------------------------------------------------------ hooks


@program
def hooks_with_counts(t):
    x = t.ones(5, 5, requires_grad=True)
    y = t.ones(5, 5) * 4
    y.requires_grad_()
    counter = [0]

    def bw_hook(inc, grad):
        counter[0] += inc

    z = x**2 + x * 2 + x * y + y
    x.register_hook(lambda *args: bw_hook(0, *args))
    test = z.register_hook(lambda *args: bw_hook(1, *args))
    z.backward(t.ones(5, 5), retain_graph=True)
    first = counter[0]
    test2 = z.register_hook(lambda *args: bw_hook(2, *args))
    z.backward(t.ones(5, 5), retain_graph=True)
    second = counter[0]
    test2.remove()
    z.backward(t.ones(5, 5), retain_graph=True)
    third = counter[0]
    test.remove()
    z.register_hook(lambda grad: grad * 2)
    z.backward(t.ones(5, 5))
    return [first, second, third, counter[0], y.grad]


@program
def hook_with_none_gradient(t):
    class NoneGradientFunction(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * 1, y * 1

        @staticmethod
        def backward(ctx, grad_x, grad_y):
            return grad_x, None

    was_called = [False]

    def hook(grad):
        was_called[0] = True

    x, y = leaf(t, 1.0), leaf(t, 2.0)
    rx, ry = NoneGradientFunction.apply(x, y)
    rx.register_hook(hook)
    ry.register_hook(hook)
    sum([rx, ry]).sum().backward()
    return [was_called, x.grad, y.grad]


@program
def node_hook_of_a_function_with_unused_input(t):
    F = function(t, lambda ctx, x, y: x * 1, lambda ctx, g: (g, None))
    x, y = leaf(t, 1.0), leaf(t, 2.0)
    out = F.apply(x, y)
    seen = []
    out.grad_fn.register_hook(lambda gi, go: seen.append([g is None for g in gi]))
    out.backward()
    return seen


@program
def hooks_keep_order_and_edit(t):
    x = leaf(t, 1.0)
    y = x * 2
    y.register_hook(lambda g: g + 1)
    y.register_hook(lambda g: g * 10)
    y.backward()
    return x.grad


@program
def retain_grad_cycle(t):
    def make():
        x = leaf(t, 1.0)
        y = x * 2
        y.retain_grad()
        y.backward()
        return weakref.ref(y)

    gc.collect()
    gc.disable()
    try:
        return make()() is None
    finally:
        gc.enable()


@program
def hooks_of_integer_outputs(t):
    x = t.tensor([3.0, 1.0], requires_grad=True)
    values, places = x.sort()
    try:
        places.register_hook(lambda g: g)
    except RuntimeError as error:
        return str(error)[:64]


# ------------------------------------------------------------------------ views and in-place


@program
def in_place_on_a_view_of_a_noncontiguous_tensor(t):
    root = t.arange(24.0).reshape(2, 3, 4).requires_grad_()
    x = root.clone().transpose(0, 1)
    v1 = x.narrow(0, 0, 1)
    v2 = v1.narrow(1, 1, 1)
    v2.mul_(2)
    x.sum().backward()
    return [root.grad, x]


@program
def in_place_views_of_several_levels(t):
    root = leaf(t, 1.0, 2.0, 3.0, 4.0)
    x = root.clone()
    a = x.view(2, 2)
    b = a[0]
    c = b[1:]
    c.mul_(10)
    b.add_(1)
    a.mul_(3)
    (x * t.arange(4.0)).sum().backward()
    return [x, a, b, c, root.grad]


@program
def in_place_on_a_view_makes_the_base_require_grad(t):
    a = t.zeros(4)
    b = leaf(t, 5.0)
    a[:1].copy_(b)
    a[1:2].add_(b)
    a.sum().backward()
    return [a.requires_grad, a.grad_fn is not None, b.grad]


@program
def in_place_on_a_view_then_backward_of_view(t):
    root = leaf(t, 1.0, 2.0)
    x = root.clone()
    v = x[0]
    v *= 5
    v.backward()
    return [root.grad, v]


@program
def saved_view_changed_through_base(t):
    root = leaf(t, 1.0, 2.0)
    x = root.clone()
    v = x[0]
    y = v * v
    x.mul_(2)
    y.backward()


@program
def in_place_on_base_after_view_read(t):
    root = leaf(t, 1.0, 2.0)
    x = root.clone()
    v = x[0]
    x.mul_(3)
    (v * 2).backward()
    return [root.grad, v]


@refused
def multi_view_of_a_split_in_place(t):
    x = leaf(t, 1.0, 2.0) * 1
    a, b = x.split(1)
    a.mul_(2)


@program
def multi_view_in_no_grad(t):
    x = t.ones(4)
    a, b = x.split(2)
    a.mul_(2)
    return x


@refused
def multi_view_in_place_unbind(t):
    x = t.ones(2, 2, requires_grad=True).clone()
    a, b = x.unbind()
    a.add_(1)


@refused
def multi_view_then_base_in_place(t):
    x = t.ones(2, 2, requires_grad=True).clone()
    a, b = x.unbind()
    x.add_(1)
    return a.grad_fn


@program
def chunk_then_out_of_place(t):
    x = leaf(t, 1.0, 2.0, 3.0, 4.0)
    a, b = x.chunk(2)
    (a * b).sum().backward()
    return x.grad


@program
def views_of_no_grad_in_place(t):
    x = leaf(t, 1.0, 2.0) * 1
    with t.no_grad():
        v = x[0]
        v.mul_(2)
    return [x, v, x.requires_grad, x._version]


@refused
def view_of_no_grad_in_place_outside(t):
    x = leaf(t, 1.0, 2.0) * 1
    with t.no_grad():
        v = x[0]
    v.mul_(2)


@program
def set_item_forms(t):
    seen = []
    for index in (
        0,
        (slice(None), 1),
        (0, 1),
        [0, 1],
        (Ellipsis, slice(1, None)),
        (slice(None), [0, 2]),
        (t.tensor([0, 1]), t.tensor([1, 2])),
        t.tensor([[True, False, True], [False, True, False]]),
        (slice(None), None, 1),
    ):
        x = t.zeros(2, 3, requires_grad=True)
        v = t.tensor(2.0, requires_grad=True)
        y = x * 1
        y[index] = v * 3
        (y * t.arange(6.0).reshape(2, 3)).sum().backward()
        seen.append([y, x.grad, v.grad])
    return seen


@program
def set_item_with_mask_of_same_tensor(t):
    x = leaf(t, -1.0, 2.0, -3.0)
    y = x.clone()
    y[y < 0] = 0.0
    y.sum().backward()
    return [x.grad, y]


@program
def get_item_repeated(t):
    x = leaf(t, 1.0, 2.0, 3.0)
    x[[0, 0, 2]].sum().backward()
    x[t.tensor([[1, 1], [0, 2]])].sum().backward()
    return x.grad


@program
def copy_between_types(t):
    x = leaf(t, 1.0, 2.0)
    y = t.zeros(2, dtype=t.float64)
    y.copy_(x)
    (y * t.tensor([1.0, 10.0], dtype=t.float64)).sum().backward()
    return [y, x.grad, y.grad_fn is not None]


@program
def type_conversions(t):
    x = leaf(t, 1.0, 2.0)
    y = x.double()
    z = y.float().half().double()
    z.sum().backward()
    return [
        x.grad,
        y.requires_grad,
        x.long().requires_grad,
        x.bool().requires_grad,
        x.float() is x,
        x.type(t.float64).grad_fn is None,
    ]


@program
def resize_and_out_with_grad(t):
    seen = []
    x = leaf(t, 1.0, 2.0)
    for f in (lambda: x.resize_(1), lambda: t.add(x, x, out=t.empty(2)), lambda: x.data.resize_(1).tolist()):
        try:
            seen.append(f())
        except RuntimeError as error:
            seen.append(str(error)[:41])
    return seen


@program
def in_place_activation_chain(t):
    x = leaf(t, -1.0, 0.5, 2.0)
    y = x * 1
    t.nn.functional.relu(y, inplace=True)
    y.sigmoid_()
    y.tanh_()
    y.sum().backward()
    return x.grad


@program
def in_place_activation_overwrites_result(t):
    x = leaf(t, -1.0, 0.5)
    y = x.sigmoid()
    y.mul_(2)
    y.sum().backward()


@refused
def in_place_broadcast(t):
    t.ones(1).add_(t.ones(3))


@refused
def in_place_on_expanded(t):
    t.ones(1).expand(3).add_(1)


@refused
def in_place_type(t):
    t.ones(2, dtype=t.int64).add_(1.5)


@program
def integer_and_bool_parts(t):
    x = leaf(t, 1.0, 2.0)
    mask = x > 1
    idx = x.argmax()
    w = t.where(mask, x, x * 10)
    (w * x.detach().long()).sum().backward()
    return [mask.requires_grad, idx.requires_grad, x.grad, (x == x).grad_fn, x.sign().requires_grad]


@program
def zero_size(t):
    x = t.zeros(0, 3, requires_grad=True)
    y = (x * 2).sum()
    y.backward()
    z = t.zeros(2, 0, requires_grad=True)
    w = leaf(t, 1.0)
    (z.sum(1) * w).sum().backward()
    t.cat([z, t.zeros(2, 1, requires_grad=True)], 1).sum().backward()
    return [x.grad, z.grad, w.grad]


@program
def scalar_broadcast_gradients(t):
    x = t.tensor(2.0, requires_grad=True)
    y = t.ones(2, 3, requires_grad=True)
    z = t.ones(3, requires_grad=True)
    w = t.ones(2, 1, requires_grad=True)
    (x * y * z * w).sum().backward()
    return [x.grad, y.grad, z.grad, w.grad]


@program
def expand_and_sum_to_size(t):
    x = t.ones(1, 3, requires_grad=True)
    y = x.expand(2, 4, 3)
    (y * t.arange(24.0).reshape(2, 4, 3)).sum().backward()
    return [x.grad, y.sum_to_size(1, 3)]


@program
def duplicate_inputs(t):
    x = leaf(t, 2.0, 3.0)
    t.cat([x, x * 2, x]).sum().backward()
    t.stack([x, x]).prod().backward()
    return [x.grad, t.autograd.grad((x * x).sum(), [x, x])]


@program
def gradient_is_not_an_alias_between_leaves(t):
    x, y = leaf(t, 1.0), leaf(t, 1.0)
    (x + y).sum().backward()
    with t.no_grad():
        x.grad.mul_(10)
    return [x.grad, y.grad]


@program
def gradient_modified_by_user_then_accumulated(t):
    x = leaf(t, 1.0)
    (x * 2).backward()
    held = x.grad
    x.grad = x.grad * 10
    (x * 2).backward()
    return [held, x.grad]


@program
def grad_of_grad_is_none_without_create_graph(t):
    x = leaf(t, 2.0)
    (g,) = t.autograd.grad(x**3, x)
    return [g.requires_grad, g.grad_fn]


@program
def third_derivative(t):
    x = leaf(t, 2.0)
    g = x**4
    for _ in range(3):
        (g,) = t.autograd.grad(g, x, create_graph=True)
    return g


@program
def gradient_penalty(t):
    w = leaf(t, 1.0, 2.0)
    x = leaf(t, 3.0, 4.0)
    y = (w * x).tanh().sum()
    (g,) = t.autograd.grad(y, x, create_graph=True)
    ((g.norm() - 1) ** 2).backward()
    return [w.grad, x.grad]


@program
def backward_with_create_graph_then_again(t):
    x = leaf(t, 2.0)
    (x**3).backward(create_graph=True)
    g = x.grad
    x.grad = None
    g.backward()
    return [g, x.grad]


@program
def names_of_nodes(t):
    x = t.ones(2, 2, requires_grad=True)
    results = [
        x + 1, x - 1, x * 2, x / 2, x**2, -x, x.exp(), x.log(), x.sum(), x.mean(), x @ x, x.view(4), x[0], x.relu(),
        x.sigmoid(), x.tanh(), x.softmax(0), x.log_softmax(0), x.unsqueeze(0), x.transpose(0, 1), x.permute(1, 0),
        x.expand(3, 2, 2), x.clone(), x.abs(), x.sqrt(), x.max(0)[0], x.prod(), x.cumsum(0), t.cat([x, x]), x.norm(),
        x.std(), t.where(x > 0, x, x), x.gather(0, t.zeros(2, 2, dtype=t.int64)), x.split(1)[0], x.unbind()[0],
        x.double(), t.nn.functional.linear(x, x, x[0]), x.flip(0), x.tril(), x.triu(), x.diagonal(), x.sin(), x.cos(),
        x.logsumexp(0), x.erf(), x.reciprocal(), x.rsqrt(), x[[0, 1]], x[x > 0], x.amax(), x.atan2(x),
        t.maximum(x, x), x.select(0, 0), x.narrow(0, 0, 1),
    ]  # fmt: skip
    return [v.grad_fn.name() for v in results]


@pytest.mark.parametrize("program", programs_of(globals()), ids=lambda f: f.__name__)
def test_program(program):
    check(program, torch)


@pytest.mark.parametrize("program", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(program):
    check_refused(program, torch)
