"""Saved values: their attributes, hooks on them, and the modes that change how they are kept."""

import pytest

from .programs import check, program, programs_of

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


@program
def saved_attr(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    w = t.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    return [y.grad_fn._saved_self if t.__name__ == "torch" else y.grad_fn._saved_self, y.grad_fn._saved_other]


@program
def saved_exp(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    r = y.grad_fn._saved_result
    return [r, r.grad_fn is y.grad_fn, r is y]


@program
def raw_saved(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    raw = y.grad_fn._raw_saved_result
    raw.register_hooks(lambda v: v * 2, lambda v: v / 2)
    y.sum().backward()
    return [x.grad]


@program
def raw_saved_packed(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x.pow(2)
    raw = y.grad_fn._raw_saved_self
    seen = []
    raw.register_hooks(
        lambda v: (seen.append("pack"), v.numpy() if False else v.detach() * 2)[1],
        lambda v: (seen.append("unpack"), v / 2)[1],
    )
    y.sum().backward()
    return [x.grad, seen]


@program
def raw_saved_twice(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    raw = y.grad_fn._raw_saved_result
    raw.register_hooks(lambda v: v * 2, lambda v: v / 2)
    raw.register_hooks(lambda v: v * 2, lambda v: v / 2)


@program
def saved_after_free(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.sum().backward()
    return y.grad_fn._saved_result


@program
def saved_after_free_node(t):
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    n = y.grad_fn
    y.sum().backward()
    n(t.ones(2))


@program
def saved_hooks_basic(t):
    log = []
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.saved_tensors_hooks(
        lambda v: (log.append("p"), v * 2)[1], lambda v: (log.append("u"), v / 2)[1]
    ):
        y = (x * x).exp()
    y.sum().backward()
    return [x.grad, log]


@program
def saved_hooks_nested(t):
    x = t.ones(3, requires_grad=True)
    log = []
    H = t.autograd.graph.saved_tensors_hooks
    with H(lambda v: (log.append(1), v)[1], lambda v: (log.append(2), v)[1]):
        a = x.exp()
        with H(lambda v: (log.append(3), v)[1], lambda v: (log.append(4), v)[1]):
            b = a.exp()
        c = b.exp()
    c.sum().backward()
    return [log, x.grad]


@program
def saved_hooks_inplace_pack(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v.mul_(2), lambda v: v):
        y = x.exp() * 2
        y * y


@program
def saved_hooks_bad_unpack(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: 3):
        y = x * x
    y.sum().backward()


@program
def saved_hooks_double(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: v):
        y = x**3
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x)
    return [g, h]


@program
def saved_hooks_numpy(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v.detach().numpy().copy(), lambda v: t.from_numpy(v)):
        y = x**3
    y.sum().backward()
    return x.grad


@program
def disable_hooks(t):
    with t.autograd.graph.disable_saved_tensors_hooks("no hooks here"):
        with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: v):
            pass


@program
def disable_hooks_inside(t):
    with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: v):
        with t.autograd.graph.disable_saved_tensors_hooks("no hooks here"):
            pass


@program
def disable_hooks_restores(t):
    with t.autograd.graph.disable_saved_tensors_hooks("a"):
        with t.autograd.graph.disable_saved_tensors_hooks("b"):
            pass
        try:
            with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: v):
                pass
        except RuntimeError as e:
            m = str(e)
    with t.autograd.graph.saved_tensors_hooks(lambda v: v, lambda v: v):
        pass
    return m


@program
def disable_then_raw(t):
    x = t.ones(2, requires_grad=True)
    y = x.exp()
    with t.autograd.graph.disable_saved_tensors_hooks("a"):
        y.grad_fn._raw_saved_result.register_hooks(lambda v: v, lambda v: v)


@program
def cpu_save(t):
    x = t.ones(3, requires_grad=True)
    w = t.ones(3, requires_grad=True)
    with t.autograd.graph.save_on_cpu():
        y = x * w
    w.data.mul_(2)
    y.sum().backward()
    return [x.grad, w.grad]


@program
def allow_mutation(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 2
        z = y**2
        y.mul_(5)
        (z + y).sum().backward()
    return x.grad


@program
def allow_mutation_result(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        y = x.exp()
        y.sin_()
        y.sum().backward()
    return x.grad


@program
def allow_mutation_view(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 2
        z = y**2
        v = y[:1]
        v.mul_(5)
        (z + y).sum().backward()
    return x.grad


@program
def allow_mutation_outside(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 2
        z = y**2
    z.sum().backward()


@program
def allow_mutation_clear(t):
    x = t.ones(3, requires_grad=True)
    with t.autograd.graph.allow_mutation_on_saved_tensors() as ctx:
        y = x * 2
        z = y**2
        ctx.clear()
        z.sum().backward()


@program
def allow_mutation_nested(t):
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        with t.autograd.graph.allow_mutation_on_saved_tensors():
            pass


@program
def allow_mutation_nograd(t):
    x = t.ones(3, requires_grad=True)
    w = t.ones(3) * 3
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * w
        w.zero_()
        x * w
        y.sum().backward()
    return [x.grad]


@pytest.mark.parametrize("function", programs_of(globals()), ids=lambda f: f.__name__)
def test_same(function):
    check(function, torch)
