"""The page of torch.autograd: every name, and what is done with tensors, as programs."""

import copy
import importlib
import pickle

import pytest

from .programs import check, check_refused, leaf, program, programs_of, refusals_of, refused

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


def module(t, name):
    return importlib.import_module(f"{t.__name__}.{name}")


# ------------------------------------------------------------------------ names

PAGES = {
    "autograd": ["backward", "grad", "Function", "gradcheck", "gradgradcheck", "detect_anomaly", "set_detect_anomaly",
                 "Variable", "no_grad", "enable_grad", "set_grad_enabled", "inference_mode",
                 "set_multithreading_enabled", "forward_ad", "functional", "graph", "grad_mode",
                 "anomaly_mode", "function"],
    "autograd.forward_ad": ["dual_level", "make_dual", "unpack_dual", "enter_dual_level", "exit_dual_level",
                            "UnpackedDualTensor"],
    "autograd.functional": ["jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"],
    "autograd.function": ["Function", "FunctionCtx", "once_differentiable", "InplaceFunction"],
    "autograd.gradcheck": ["gradcheck", "gradgradcheck", "GradcheckError"],
    "autograd.graph": ["Node", "GradientEdge", "get_gradient_edge", "saved_tensors_hooks", "save_on_cpu",
                       "disable_saved_tensors_hooks", "register_multi_grad_hook", "allow_mutation_on_saved_tensors",
                       "increment_version"],
    "autograd.grad_mode": ["no_grad", "enable_grad", "set_grad_enabled", "inference_mode",
                           "set_multithreading_enabled"],
    "func": ["grad", "grad_and_value", "vjp", "jvp", "linearize", "jacrev", "jacfwd", "hessian", "vmap",
             "functional_call", "stack_module_state", "debug_unwrap"],
    "utils.checkpoint": ["checkpoint", "checkpoint_sequential", "set_checkpoint_debug_enabled",
                         "set_checkpoint_early_stop", "CheckpointError"],
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_names(page):
    import wengert

    assert [name for name in PAGES[page] if not hasattr(module(torch, page), name)] == []
    assert [name for name in PAGES[page] if not hasattr(module(wengert, page), name)] == []


# ------------------------------------------------------------------------ backward and grad


@program
def backward_of_several(t):
    x = leaf(t, 1.0, 2.0)
    a, b = x * 2, x * x
    t.autograd.backward([a, b.sum()], [t.tensor([1.0, 10.0]), None])
    return x.grad


@program
def backward_with_keyword_gradient(t):
    x = leaf(t, 1.0, 2.0)
    (x * 2).backward(gradient=t.tensor([1.0, 2.0]), retain_graph=False, create_graph=False, inputs=[x])
    return x.grad


@refused
def backward_of_a_vector(t):
    (leaf(t, 1.0, 2.0) * 2).backward()


@refused
def backward_of_a_constant(t):
    t.ones(1).backward()


@program
def gradient_of_another_shape(t):
    (leaf(t, 1.0, 2.0) * 2).backward(t.ones(3))


@refused
def gradient_that_is_no_tensor(t):
    (leaf(t, 1.0, 2.0) * 2).backward(3.0)


@refused
def too_few_gradients(t):
    x = leaf(t, 1.0, 2.0)
    t.autograd.backward([x * 2, x * 3], [t.ones(2)])


@refused
def grad_of_unused(t):
    x, y = leaf(t, 1.0), leaf(t, 1.0)
    t.autograd.grad(x * 2, y)


@refused
def grad_of_what_needs_none(t):
    x = leaf(t, 1.0)
    y = t.ones(1)
    t.autograd.grad(x * y, y)


@refused
def empty_inputs(t):
    (leaf(t, 1.0) * 2).backward(inputs=[])


@program
def backward_inputs_of_nonleaf_and_leaf(t):
    x = leaf(t, 1.0, 2.0)
    y = x * 2
    z = (y * y).sum()
    z.backward(inputs=(y, x))
    return [y.grad, x.grad]


@program
def grad_in_many_forms(t):
    x, y = leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0)
    out = x * y
    one = t.autograd.grad(out, x, t.ones(2), retain_graph=True)
    two = t.autograd.grad((out,), (x, y), (t.ones(2),), retain_graph=True)
    three = t.autograd.grad(outputs=[out], inputs=[y], grad_outputs=[t.ones(2)], retain_graph=True)
    four = t.autograd.grad(out.sum(), [x, leaf(t, 1.0)], allow_unused=True, retain_graph=True)
    five = t.autograd.grad(out.sum(), [x, leaf(t, 1.0)], materialize_grads=True)
    return [type(one).__name__, one, two, three, four, five, x.grad]


@program
def grad_of_a_leaf_itself(t):
    x = leaf(t, 3.0)
    x.backward()
    return [x.grad, t.autograd.grad(x, x), x.sum().grad_fn is None]


@program
def gradient_may_be_shared(t):
    x, y = leaf(t, 1.0), leaf(t, 2.0)
    (x + y).backward()
    x.grad.add_(5)
    return [x.grad, y.grad]


@program
def accumulation_in_place_or_out_of_place(t):
    x = leaf(t, 1.0)
    (x * 2).backward()
    first = x.grad
    (x * 2).backward()
    second = x.grad
    (x * x).backward(create_graph=True)
    third = x.grad
    return [first is second, second is third, first.requires_grad, third.requires_grad, first, third]


@program
def grad_layout_after_noncontiguous(t):
    x = t.ones(2, 3, requires_grad=True)
    (x.t() * t.arange(6.0).reshape(3, 2)).sum().backward()
    return [x.grad, x.grad.stride()]


@program
def grad_layouts_of_leaves(t):
    whole = t.arange(24.0).reshape(2, 3, 4)
    seen = []
    for make in (
        lambda: whole.clone(), lambda: whole.permute(2, 0, 1), lambda: whole.transpose(0, 1), lambda: whole[:, :2],
        lambda: whole[..., ::2], lambda: t.ones(3).expand(2, 3), lambda: whole[0].t(), lambda: whole[:, 0],
    ):  # fmt: skip
        for g in (lambda x: x * 2, lambda x: x.sum() * 2, lambda x: x.flip(0), lambda x: x.transpose(0, 1) * 3):
            x = make().detach().requires_grad_()
            g(x).sum().backward()
            seen.append((x.grad, x.grad.stride()))
            g(x).sum().backward()
            seen.append((x.grad, x.grad.stride()))
    return seen


@program
def retain_graph_defaults_to_create_graph(t):
    x = leaf(t, 2.0)
    y = x**3
    (g,) = t.autograd.grad(y, x, create_graph=True)
    (again,) = t.autograd.grad(y, x)
    return [g, again, t.autograd.grad(g, x)]


# ------------------------------------------------------------------------ locally disabling, default layouts


@program
def zero_grad_sets_to_none(t):
    p = t.nn.Parameter(t.ones(2))
    o = t.optim.SGD([p], lr=0.1)
    p.sum().backward()
    o.zero_grad(set_to_none=False)
    a = p.grad.clone()
    o.zero_grad()
    return [a, p.grad]


# ------------------------------------------------------------------------ Variable (deprecated)


@program
def variable(t):
    v = t.autograd.Variable(t.ones(2), requires_grad=True)
    return [
        type(v) is t.Tensor,
        isinstance(v, t.autograd.Variable),
        v.requires_grad,
        isinstance(t.ones(1), t.autograd.Variable),
    ]


# ------------------------------------------------------------------------ tensor autograd functions


@program
def tensor_grad(t):
    x = leaf(t, 1.0, 2.0)
    seen = [x.grad]
    x.sum().backward()
    seen.append(x.grad.clone())
    x.grad = None
    seen.append(x.grad)
    x.grad = t.zeros(2)
    x.sum().backward()
    seen.append(x.grad)
    del x.grad
    seen.append(x.grad)
    return seen


@refused
def tensor_grad_of_a_number(t):
    leaf(t, 1.0).grad = 3.0


@refused
def tensor_grad_of_another_shape(t):
    leaf(t, 1.0).grad = t.ones(3)


@refused
def tensor_grad_itself(t):
    x = leaf(t, 1.0)
    x.grad = x


@program
def tensor_grad_of_another_type(t):
    try:
        leaf(t, 1.0).grad = t.ones(1, dtype=t.float64)
    except RuntimeError as error:
        return str(error)[:116]


@program
def requires_grad(t):
    x = t.ones(1)
    seen = [x.requires_grad]
    x.requires_grad = True
    seen.append(x.requires_grad)
    seen.append(x.requires_grad_(False).requires_grad)
    seen.append(x.requires_grad_().requires_grad)
    return seen


@refused
def requires_grad_of_an_integer(t):
    t.ones(1, dtype=t.int64).requires_grad_()


@refused
def requires_grad_at_creation_of_an_integer(t):
    t.ones(1, dtype=t.int64, requires_grad=True)


@refused
def requires_grad_at_creation_of_integers(t):
    t.tensor([1, 2], requires_grad=True)


@program
def requires_grad_of_a_nonleaf_again(t):
    y = leaf(t, 1.0) * 2
    return [y.requires_grad_() is y, y.requires_grad]


@refused
def requires_grad_true_set_on_a_nonleaf(t):
    y = leaf(t, 1.0) * 2
    y.requires_grad = True


@refused
def requires_grad_false_set_on_a_nonleaf(t):
    y = leaf(t, 1.0) * 2
    y.requires_grad = False


@refused
def requires_grad_set_on_an_integer(t):
    x = t.ones(1, dtype=t.int64)
    x.requires_grad = True


@refused
def parameter_of_integers(t):
    t.nn.Parameter(t.ones(1, dtype=t.int64))


@refused
def requires_grad_false_on_a_nonleaf(t):
    (leaf(t, 1.0) * 2).requires_grad_(False)


@program
def is_leaf_examples(t):
    a = t.rand(10, requires_grad=True)
    b = t.rand(10, requires_grad=True).double()
    c = t.rand(10, requires_grad=True) + 2
    d = t.rand(10).double()
    e = t.rand(10).double().requires_grad_()
    f = t.rand(10, requires_grad=True, device="cpu")
    return [v.is_leaf for v in (a, b, c, d, e, f, a.detach(), c.detach(), c.clone().detach_(), c.data, a.to("cpu"))]


@program
def detach(t):
    x = leaf(t, 1.0, 2.0) * 1
    y = x.detach()
    y[0] = 10
    return [y.requires_grad, y.is_leaf, x, y._is_view(), y._base is None, x._version]


@program
def detach_in_place(t):
    x = leaf(t, 1.0)
    y = x * 2
    z = y * 3
    w = y.detach_()
    z.backward()
    return [w is y, y.requires_grad, y.is_leaf, x.grad, y.grad_fn, y.output_nr]


@refused
def detach_in_place_of_a_view(t):
    (leaf(t, 1.0) * 2)[0].detach_()


@program
def detach_in_place_of_a_view_without_grad(t):
    v = t.ones(2)[0].detach_()
    return [v.requires_grad, v._is_view()]


@program
def register_hook_example(t):
    v = t.tensor([0.0, 0.0, 0.0], requires_grad=True)
    h = v.register_hook(lambda grad: grad * 2)
    v.backward(t.tensor([1.0, 2.0, 3.0]))
    first = v.grad.clone()
    h.remove()
    v.backward(t.tensor([1.0, 2.0, 3.0]))
    return [first, v.grad]


@refused
def register_hook_without_grad(t):
    t.ones(1).register_hook(lambda g: g)


@refused
def post_accumulate_on_a_nonleaf(t):
    (leaf(t, 1.0) * 2).register_post_accumulate_grad_hook(lambda p: None)


@refused
def post_accumulate_without_grad(t):
    t.ones(1).register_post_accumulate_grad_hook(lambda p: None)


@program
def post_accumulate_example(t):
    v = t.tensor([0.0, 0.0, 0.0], requires_grad=True)
    lr = 0.01

    def apply_gradient(p):
        with t.no_grad():
            p.add_(p.grad, alpha=-lr)

    h = v.register_post_accumulate_grad_hook(apply_gradient)
    v.backward(t.tensor([1.0, 2.0, 3.0]))
    h.remove()
    return v


@program
def post_accumulate_sets_none_and_order(t):
    seen = []
    x = leaf(t, 1.0)
    x.register_post_accumulate_grad_hook(lambda p: seen.append(1))

    def free(p):
        seen.append(p is x)
        p.grad = None

    x.register_post_accumulate_grad_hook(free)
    (x * 2).backward()
    (x * 2).backward()
    return [seen, x.grad]


@program
def post_accumulate_returns_something(t):
    x = leaf(t, 1.0)
    x.register_post_accumulate_grad_hook(lambda p: p)
    (x * 2).backward()
    return x.grad


@program
def retain_grad(t):
    x = leaf(t, 1.0)
    y = x * 2
    y.retain_grad()
    x.retain_grad()
    y.retain_grad()
    (y * y).backward(retain_graph=True)
    (y * y).backward()
    return [y.grad, y.retains_grad, x.retains_grad, x.grad]


@refused
def retain_grad_without_grad(t):
    t.ones(1).retain_grad()


@program
def retain_grad_in_no_grad(t):
    x = leaf(t, 1.0)
    y = x * 2
    with t.no_grad():
        y.retain_grad()
    y.backward()
    return y.grad


# ------------------------------------------------------------------------ copying and storing


@program
def deepcopy_of_a_leaf(t):
    x = leaf(t, 1.0, 2.0)
    x.sum().backward()
    y = copy.deepcopy(x)
    y.grad.add_(1)
    y.data.add_(1)
    return [y, y.requires_grad, y.grad, x.grad, x, y.is_leaf]


@refused
def deepcopy_of_a_nonleaf(t):
    copy.deepcopy(leaf(t, 1.0) * 2)


@program
def deepcopy_shares_within(t):
    x = t.ones(2)
    a, b = copy.deepcopy([x, x[:1]])
    a.add_(1)
    return [b, a]


@program
def deepcopy_of_a_parameter(t):
    p = t.nn.Parameter(t.ones(2))
    p.sum().backward()
    q = copy.deepcopy(p)
    return [isinstance(q, t.nn.Parameter), q.requires_grad, q, q.grad]


@program
def shallow_copy(t):
    x = leaf(t, 1.0)
    y = copy.copy(x)
    return [y is x, y.requires_grad, y]


@program
def pickled(t):
    x = leaf(t, 1.0, 2.0)
    p = t.nn.Parameter(t.ones(2), requires_grad=False)
    y, q = pickle.loads(pickle.dumps((x, p)))
    return [y, y.requires_grad, q, q.requires_grad, isinstance(q, t.nn.Parameter)]


@pytest.mark.parametrize("program", programs_of(globals()), ids=lambda f: f.__name__)
def test_program(program):
    check(program, torch)


@pytest.mark.parametrize("program", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(program):
    check_refused(program, torch)
