"""The pages of torch.func: API, whirlwind tour, UX limitations, patching of modules, as programs."""

import pytest

from .programs import check, check_refused, function, leaf, program, programs_of, refusals_of, refused

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# ------------------------------------------------------------------------ whirlwind tour


@program
def tour_grad(t):
    from_ = t.func
    x = t.tensor([0.5])[0]
    cos_x = from_.grad(lambda x: t.sin(x))(x)
    neg_sin_x = from_.grad(from_.grad(lambda x: t.sin(x)))(x)
    return [cos_x, neg_sin_x, cos_x.requires_grad]


@program
def tour_vmap(t):
    batch_size, feature_size = 3, 5
    weights = t.arange(5.0, requires_grad=True)
    examples = t.arange(15.0).reshape(batch_size, feature_size)

    def model(feature_vec):
        return feature_vec.dot(weights).relu()

    result = t.func.vmap(model)(examples)
    result.sum().backward()
    return [result, weights.grad]


@program
def tour_per_sample_gradients(t):
    examples, targets, weights = t.arange(15.0).reshape(3, 5) / 10, t.arange(3.0), t.ones(5)

    def model(weights, feature_vec):
        return feature_vec.dot(weights).relu()

    def compute_loss(weights, example, target):
        y = model(weights, example)
        return ((y - target) ** 2).mean()

    inputs = (weights, examples, targets)
    return t.func.vmap(t.func.grad(compute_loss), in_dims=(None, 0, 0))(*inputs)


@program
def tour_vjp(t):
    outputs, vjp_fn = t.func.vjp(t.sin, t.tensor([0.1, 0.2, 0.3]))
    return [outputs, vjp_fn(*(t.ones(3),)), vjp_fn(t.ones(3))]


@program
def tour_jvp(t):
    x, y = t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])

    def f(x, y):
        return x * y

    return t.func.jvp(f, (x, y), (t.ones(2), t.ones(2)))


@program
def tour_jacobians(t):
    x = t.tensor([0.1, 0.2, 0.3])
    b = t.arange(6.0).reshape(2, 3)
    return [
        t.func.jacrev(t.sin)(x), t.func.jacfwd(t.sin)(x), t.func.vmap(t.func.jacrev(t.sin))(b),
        t.func.hessian(lambda v: v.sin().sum())(x), t.func.jacrev(t.func.jacrev(lambda v: v.sin().sum()))(x),
        t.func.jacfwd(t.func.jacfwd(lambda v: v.sin().sum()))(x),
    ]  # fmt: skip


# ------------------------------------------------------------------------ API examples


@program
def grad_with_argnums_and_aux(t):
    x, y = t.tensor(2.0), t.tensor(3.0)

    def f(a, b):
        return a * b**2, {"a": a, "b": [b]}

    return [
        t.func.grad(lambda a, b: a * b**2, argnums=1)(x, y), t.func.grad(lambda a, b: a * b**2, argnums=(0, 1))(x, y),
        t.func.grad(f, has_aux=True)(x, y), t.func.grad_and_value(f, argnums=(1,), has_aux=True)(x, y),
        t.func.grad_and_value(lambda a: a**2)(x), t.func.grad(lambda a, b: a * b, argnums=-1)(x, y),
    ]  # fmt: skip


@program
def grad_of_trees(t):
    p = {"w": t.tensor([1.0, 2.0]), "b": (t.tensor(3.0), [t.tensor(4.0)])}
    return t.func.grad(lambda p, x: (p["w"] * x).sum() * p["b"][0] + p["b"][1][0] ** 2)(p, t.tensor([5.0, 6.0]))


@program
def grad_of_keywords(t):
    return t.func.grad(lambda a, *, k: a * k)(t.tensor(2.0), k=t.tensor(3.0))


@refused
def grad_of_a_vector(t):
    t.func.grad(lambda v: v * 2)(t.ones(2))


@refused
def grad_of_a_number(t):
    t.func.grad(lambda v: 3.0)(t.ones(2))


@refused
def grad_without_aux(t):
    t.func.grad(lambda v: v.sum(), has_aux=True)(t.ones(2))


@refused
def grad_argnums_too_large(t):
    t.func.grad(lambda v: v.sum(), argnums=2)(t.ones(2))


@refused
def grad_argnums_of_a_wrong_kind(t):
    t.func.grad(lambda v: v.sum(), argnums=1.0)(t.ones(2))


@refused
def grad_argnums_not_unique(t):
    t.func.grad(lambda v, w: v.sum(), argnums=(0, 0))(t.ones(2), t.ones(2))


@program
def vjp_of_trees(t):
    out, f = t.func.vjp(lambda d: {"s": d["a"] * d["b"]}, {"a": t.tensor(2.0), "b": t.tensor(3.0)})
    return [out, f({"s": t.tensor(10.0)})]


@program
def vjp_aux(t):
    out, f, aux = t.func.vjp(lambda a: (a * 2, a * 3), t.tensor([1.0, 2.0]), has_aux=True)
    return [out, f(t.ones(2)), aux]


@program
def vjp_wrong_structure(t):
    _, f = t.func.vjp(lambda a: (a * 2, a * 3), t.ones(2))
    f(t.ones(2))


@program
def vjp_under_vmap(t):
    _, f = t.func.vjp(t.sin, t.tensor([0.1, 0.2]))
    return t.func.vmap(f)(t.eye(2))


@program
def jvp_aux(t):
    return t.func.jvp(lambda a: (a * 2, a * 3), (t.tensor([1.0, 2.0]),), (t.ones(2),), has_aux=True)


@refused
def jvp_primals_not_a_tuple(t):
    t.func.jvp(t.sin, t.ones(2), (t.ones(2),))


@program
def jvp_structure(t):
    t.func.jvp(lambda a, b: a, (t.ones(2), t.ones(2)), (t.ones(2),))


@refused
def jvp_without_inputs(t):
    t.func.jvp(lambda: 1, (), ())


@program
def linearize(t):
    out, f = t.func.linearize(lambda a: a.sin(), t.tensor([0.1, 0.2]))
    return [out, f(t.ones(2)), f(t.tensor([0.0, 3.0]))]


@program
def jacrev_arguments(t):
    x, y = t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])
    f = lambda a, b: {"o": a * b, "p": (a.sum(),)}  # noqa: E731
    return [
        t.func.jacrev(f, argnums=(0, 1))(x, y), t.func.jacrev(lambda a, b: (a * b, a), has_aux=True)(x, y),
        t.func.jacrev(lambda a: a.sin(), chunk_size=1)(x), t.func.jacfwd(f, argnums=1)(x, y),
        t.func.jacfwd(lambda a: (a * a, a), has_aux=True)(x), t.func.jacfwd(f, argnums=(0, 1))(x, y),
        t.func.jacfwd(lambda a: t.randn(()) * 0 + a, randomness="different")(x),
    ]  # fmt: skip


@refused
def jacfwd_random(t):
    t.func.jacfwd(lambda a: a * t.randn(2))(t.ones(2))


@refused
def jacrev_of_a_number(t):
    t.func.jacrev(lambda a: 3.0)(t.ones(2))


@program
def hessian_arguments(t):
    x, y = t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])
    return [
        t.func.hessian(lambda a, b: (a * a * b).sum(), argnums=1)(x, y),
        t.func.hessian(lambda a, b: (a * a * b).sum(), argnums=(0, 1))(x, y),
    ]


# ------------------------------------------------------------------------ vmap


@program
def vmap_examples(t):
    x, y = t.arange(6.0).reshape(2, 3), t.arange(3.0)
    return [
        t.vmap(t.dot)(x, x), t.vmap(t.dot, in_dims=(0, None))(x, y), t.vmap(lambda v: v * 2, in_dims=1)(x),
        t.vmap(lambda v: v * 2, in_dims=-1, out_dims=-1)(x), t.vmap(lambda v: (v, v.sum()), out_dims=(1, 0))(x),
        t.vmap(lambda d: d["x"] + d["y"], in_dims=({"x": 0, "y": None},))({"x": x, "y": y}),
        t.vmap(t.vmap(t.mul))(x, x), t.vmap(t.vmap(t.mul, in_dims=(0, None)), in_dims=(None, 0))(y, y),
        t.vmap(lambda v: v.sum(), chunk_size=1)(x), t.vmap(lambda v: {"a": v, "b": [v]})(x),
        t.vmap(lambda v, k: v * k, in_dims=(0, None))(x, 3), t.vmap(lambda v: t.tensor(1.0))(x),
    ]  # fmt: skip


@refused
def vmap_sizes_disagree(t):
    t.vmap(t.add)(t.ones(2), t.ones(3))


@refused
def vmap_without_inputs(t):
    t.vmap(lambda: t.ones(1))()


@refused
def vmap_all_none(t):
    t.vmap(lambda v: v, in_dims=None)(t.ones(2))


@refused
def vmap_all_none_in_a_tuple(t):
    t.vmap(lambda v: v, in_dims=(None,))(t.ones(2))


@refused
def vmap_of_a_scalar(t):
    t.vmap(lambda v: v)(t.tensor(1.0))


@refused
def vmap_in_dims_out_of_range(t):
    t.vmap(lambda v: v, in_dims=2)(t.ones(2))


@program
def vmap_in_dims_of_another_structure(t):
    t.vmap(lambda v: v, in_dims=(0, 0))(t.ones(2))


@refused
def vmap_in_dims_for_a_number(t):
    t.vmap(lambda v, k: v * k, in_dims=(0, 0))(t.ones(2), 3)


@refused
def vmap_in_dims_of_a_wrong_kind(t):
    t.vmap(lambda v: v, in_dims="0")(t.ones(2))


@program
def vmap_out_dims_of_another_structure(t):
    t.vmap(lambda v: v, out_dims=(0, 0))(t.ones(2))


@refused
def vmap_returns_a_number(t):
    t.vmap(lambda v: 3)(t.ones(2))


@refused
def vmap_returns_none(t):
    t.vmap(lambda v: None)(t.ones(2))


@refused
def vmap_out_dims_none_for_a_batched(t):
    t.vmap(lambda v: v, out_dims=None)(t.ones(2))


@refused
def vmap_chunk_size(t):
    t.vmap(lambda v: v, chunk_size=0)(t.ones(2))


@refused
def vmap_randomness(t):
    t.vmap(lambda v: v, randomness="some")(t.ones(2))


# ------------------------------------------------------------------------ UX limitations


@program
def leak_through_a_global(t):
    kept = []

    def f(x):
        kept.append(x)
        return x.sum()

    t.func.grad(f)(t.ones(2))
    try:
        kept[0] + 1
        return "nothing"
    except Exception:
        return "nothing"


@program
def autograd_grad_inside_of_a_transform(t):
    def f(x):
        (g,) = t.autograd.grad(x.sin(), x, create_graph=True)
        return g

    try:
        return t.func.vmap(f)(t.ones(2))
    except Exception as error:
        return type(error).__name__


@refused
def backward_inside_of_a_transform(t):
    def f(x):
        y = x.sin().sum()
        y.backward()
        return y

    t.func.grad(f)(t.ones(2))


@refused
def requires_grad_inside_of_a_transform(t):
    def f(x):
        y = t.ones(2).requires_grad_()
        return (x * y).sum()

    t.func.grad(f)(t.ones(2))


@refused
def retain_grad_inside_of_a_transform(t):
    def f(x):
        y = x * 2
        y.retain_grad()
        return y.sum()

    t.func.grad(f)(t.ones(2))


@program
def in_place_on_what_is_not_batched(t):
    def f(x, y):
        x.add_(y)
        return x

    t.vmap(f, in_dims=(None, 0))(t.ones(2), t.ones(3, 2))


@refused
def item_in_vmap(t):
    t.vmap(lambda v: v * v.sum().item())(t.ones(2, 3))


@refused
def control_flow_in_vmap(t):
    t.vmap(lambda v: v if v.sum() > 0 else -v)(t.ones(2, 3))


@program
def nonzero_in_vmap(t):
    t.vmap(lambda v: v.nonzero())(t.ones(2, 3))


@program
def boolean_mask_in_vmap(t):
    t.vmap(lambda v: v[v > 0])(t.ones(2, 3))


@refused
def random_in_vmap(t):
    t.vmap(lambda v: v + t.randn(3))(t.ones(2, 3))


@program
def random_same_and_different(t):
    same = t.vmap(lambda v: v + t.rand(3), randomness="same")(t.zeros(2, 3))
    different = t.vmap(lambda v: v + t.rand(3), randomness="different")(t.zeros(2, 3))
    return [same[0].equal(same[1]), different[0].equal(different[1])]


@refused
def dropout_in_vmap(t):
    t.vmap(lambda v: t.nn.functional.dropout(v))(t.ones(2, 3))


@program
def no_grad_inside_of_grad(t):
    def f(x):
        with t.no_grad():
            shift = x.mean()
        return (x - shift).pow(2).sum()

    return t.func.grad(f)(t.tensor([1.0, 2.0]))


@program
def no_grad_outside_of_grad(t):
    x = leaf(t, 1.0, 2.0)
    with t.no_grad():
        g = t.func.grad(lambda v: (v**2).sum())(x)
    h = t.func.grad(lambda v: (v**2).sum())(x)
    return [g, g.requires_grad, h.requires_grad]


@program
def grad_of_a_tensor_that_is_recorded(t):
    x = leaf(t, 2.0)
    t.func.grad(lambda v: (v**3).sum())(x).sum().backward()
    return x.grad


@program
def detach_inside_of_grad(t):
    return [
        t.func.grad(lambda v: v * v.detach())(t.tensor(2.0)),
        t.func.grad(t.func.grad(lambda v: v**3 * v.detach()))(t.tensor(2.0)),
        t.func.jvp(lambda v: v * v.detach(), (t.tensor(2.0),), (t.tensor(1.0),)),
    ]


@program
def in_place_inside_of_grad(t):
    def f(x):
        y = x.clone()
        y[0] = y[1] * 2
        y.mul_(x)
        return y.sum()

    return [
        t.func.grad(f)(t.tensor([1.0, 2.0])),
        t.func.hessian(f)(t.tensor([1.0, 2.0])),
        t.vmap(t.func.grad(f))(t.arange(6.0).reshape(3, 2)),
    ]


@program
def hooks_inside_of_grad(t):
    def f(x):
        y = x * 2
        y.register_hook(lambda g: g * 10)
        return y.sum()

    return t.func.grad(f)(t.ones(2))


@program
def closed_over_tensor_that_requires_grad(t):
    w = leaf(t, 3.0)
    g = t.func.grad(lambda v: (w * v * v).sum())(t.tensor([2.0]))
    g.sum().backward()
    return [g, w.grad]


# ------------------------------------------------------------------------ modules


@program
def functional_call_examples(t):
    m = t.nn.Linear(2, 1)
    params = {"weight": t.tensor([[1.0, 2.0]]), "bias": t.tensor([3.0])}
    x = t.tensor([[1.0, 1.0]])
    before = m.weight
    out = [
        t.func.functional_call(m, params, (x,)),
        t.func.functional_call(m, (params, {}), x),
        t.func.functional_call(m, params, args=(), kwargs={"input": x}),
    ]
    return [out, m.weight is before]


@refused
def functional_call_strict(t):
    m = t.nn.Linear(2, 1)
    t.func.functional_call(m, {"weight": t.ones(1, 2)}, (t.ones(1, 2),), strict=True)


@program
def functional_call_tied(t):
    class M(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = t.nn.Parameter(t.tensor([1.0]))
            self.b = self.a

        def forward(self, x):
            return self.a * x + self.b

    m = M()
    x = t.tensor([5.0])
    return [
        t.func.functional_call(m, {"a": t.tensor([10.0])}, (x,)),
        t.func.functional_call(m, {"a": t.tensor([10.0])}, (x,), tie_weights=False),
    ]


@program
def ensembling(t):
    def make(k):
        m = t.nn.Linear(2, 1)
        with t.no_grad():
            m.weight.fill_(k)
            m.bias.fill_(-k)
        return m

    models = [make(k) for k in (1.0, 2.0, 3.0)]
    params, buffers = t.func.stack_module_state(models)
    base = models[0]

    def call(params, buffers, data):
        return t.func.functional_call(base, (params, buffers), (data,))

    data = t.tensor([[1.0, 2.0]])
    out = t.vmap(call, (0, 0, None))(params, buffers, data)
    out.sum().backward()
    return [out, {k: (v.requires_grad, v.is_leaf, v.grad) for k, v in params.items()}, models[0].weight.grad]


@refused
def stack_module_state_of_none(t):
    t.func.stack_module_state([])


@refused
def stack_module_state_of_mixed_modes(t):
    t.func.stack_module_state([t.nn.Linear(1, 1), t.nn.Linear(1, 1).eval()])


@refused
def stack_module_state_of_other_classes(t):
    t.func.stack_module_state([t.nn.Linear(1, 1), t.nn.ReLU()])


# ------------------------------------------------------------------------ Function under the transforms


@program
def my_cube(t):
    class MyCube(t.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            result = x**3
            dx = 3 * x**2
            return result, dx

        @staticmethod
        def setup_context(ctx, inputs, output):
            (x,) = inputs
            result, dx = output
            ctx.save_for_backward(x, dx)

        @staticmethod
        def backward(ctx, grad_output, grad_dx):
            x, dx = ctx.saved_tensors
            return grad_output * dx + grad_dx * 6 * x

    def my_cube(x):
        result, dx = MyCube.apply(x)
        return result

    x = t.tensor(2.0)
    return [
        t.func.grad(t.func.grad(my_cube))(x),
        t.vmap(my_cube)(t.arange(3.0)),
        t.vmap(t.func.grad(my_cube))(t.arange(3.0)),
    ]


@program
def function_with_vmap(t):
    class MyCube(t.autograd.Function):
        @staticmethod
        def forward(x):
            return x**3

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x**2

        @staticmethod
        def vmap(info, in_dims, x):
            assert info.batch_size == 3 and info.randomness == "error"
            return MyCube.apply(x), in_dims[0]

    return t.vmap(MyCube.apply)(t.arange(3.0))


@refused
def function_without_setup_context_under_grad(t):
    F = function(t, lambda ctx, x: x * 2)
    t.func.grad(F.apply)(t.tensor(1.0))


@refused
def function_without_vmap_under_vmap(t):
    class F(t.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, g):
            return g

    t.vmap(F.apply)(t.ones(2))


@pytest.mark.parametrize("program", programs_of(globals()), ids=lambda f: f.__name__)
def test_program(program):
    check(program, torch)


@pytest.mark.parametrize("program", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(program):
    check_refused(program, torch)
