"""Hooks on tensors, on several tensors and on nodes: who is called when, and what they may return."""

import pytest

from .programs import check, program, programs_of

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


@program
def capture_leaf_hook(t):
    x = t.tensor(2.0, requires_grad=True)
    seen = []
    x.register_hook(lambda g: (seen.append(g.item()), g * 10)[1])
    z = x * 3
    return [t.autograd.grad(z, [x]), seen]


@program
def order_all(t):
    x = t.tensor(2.0, requires_grad=True)
    seen = []
    x.register_post_accumulate_grad_hook(lambda p: seen.append(("post_acc", p.grad.item())))
    x.register_hook(lambda g: seen.append(("leaf", g.item())))
    acc = x.view_as(x).grad_fn.next_functions[0][0]
    acc.register_prehook(lambda g: seen.append(("accpre", g[0].item())))
    acc.register_hook(
        lambda gi, go: seen.append(("accpost", len(gi), go[0].item(), None if x.grad is None else x.grad.item()))
    )
    y = x * 2
    y.register_hook(lambda g: seen.append(("y1", g.item())))
    y.retain_grad()
    y.register_hook(lambda g: (seen.append(("y2", g.item())), g * 2)[1])
    y.grad_fn.register_prehook(lambda g: seen.append(("pre", g[0].item())))
    y.register_hook(lambda g: (seen.append(("y3", g.item())), g * 2)[1])
    (y * 3).backward()
    return [seen, y.grad, x.grad]


@program
def retains_grad_with_inputs(t):
    x = t.tensor(2.0, requires_grad=True)
    y = x * 2
    y.retain_grad()
    z = y * 3
    z.backward(inputs=[x], retain_graph=True)
    a = None if y.grad is None else y.grad.item()
    z.backward(inputs=[y])
    return [a, y.grad]


@program
def leaf_hook_inplace(t):
    x = t.tensor(2.0, requires_grad=True)
    seen = []
    y = x * 2
    y.register_hook(lambda g: seen.append(("before", g.item())))
    y.retain_grad()
    y.mul_(3)
    y.register_hook(lambda g: seen.append(("after", g.item())))
    (y * 5).backward()
    return [seen, y.grad, x.grad]


@program
def hook_return_wrong(t):
    x = t.tensor(2.0, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: 3.0)
    y.backward()


@program
def hook_wrong_shape(t):
    x = t.tensor(2.0, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g.expand(3))
    y.backward()


@program
def hook_wrong_dtype(t):
    x = t.tensor(2.0, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g.double())
    y.backward()
    return x.grad


@program
def multi_grad_all(t):
    ts = [t.rand(2) * 0 + i for i in range(3)]
    [v.requires_grad_() for v in ts]
    seen = []
    h = t.autograd.graph.register_multi_grad_hook(
        ts, lambda gs: seen.append([None if g is None else g.tolist() for g in gs])
    )
    (ts[0] * 2 + ts[1] * 3).sum().backward()
    a = list(seen)
    (ts[0] * ts[1] * ts[2]).sum().backward()
    b = list(seen)
    h.remove()
    ts[0].sum().backward()
    return [a, b, seen]


@program
def multi_grad_any(t):
    ts = [(t.ones(2) * i).requires_grad_() for i in range(3)]
    seen = []
    h = t.autograd.graph.register_multi_grad_hook(ts, lambda g: seen.append(g.tolist()), mode="any")
    (ts[0] * 2).sum().backward()
    a = list(seen)
    (ts[2] * ts[1]).sum().backward()
    b = len(seen)
    h.remove()
    ts[0].sum().backward()
    return [a, b, len(seen)]


@program
def multi_grad_badmode(t):
    x = t.ones(2, requires_grad=True)
    t.autograd.graph.register_multi_grad_hook([x], print, mode="some")


@program
def hooks_grad_mode(t):
    x = t.tensor(2.0, requires_grad=True)
    y = x * 2
    modes = []
    y.register_hook(lambda g: modes.append(t.is_grad_enabled()))
    y.backward(retain_graph=True)
    t.autograd.grad(y, x, create_graph=True)
    return modes


@program
def grad_set_none_in_hook(t):
    x = t.ones(3, requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda p: setattr(p, "grad", None))
    (x * 2).sum().backward()
    return x.grad


@program
def hook_removed_in_hook(t):
    x = t.ones(1, requires_grad=True)
    y = x * 2
    log = []
    hs = []
    hs.append(y.register_hook(lambda g: (log.append(1), hs[1].remove())[0]))
    hs.append(y.register_hook(lambda g: log.append(2)))
    y.backward(retain_graph=True)
    y.backward()
    return log


@program
def hook_added_in_hook(t):
    x = t.ones(1, requires_grad=True)
    y = x * 2
    log = []
    y.register_hook(lambda g: (log.append(1), y.register_hook(lambda g: log.append(2)))[0])
    y.backward(retain_graph=True)
    y.backward()
    return log


@program
def node_hook_replace(t):
    x = t.ones(2, requires_grad=True)
    y = x * 2
    n = y.grad_fn
    n.register_hook(lambda gi, go: (gi[0] * 10,) + tuple(gi[1:]))
    y.sum().backward()
    return x.grad


@program
def node_hook_wrong(t):
    x = t.ones(2, requires_grad=True)
    y = x.exp()
    n = y.grad_fn
    n.register_hook(lambda gi, go: (gi[0], gi[0]))
    y.sum().backward()
    return x.grad


@program
def node_hook_shape(t):
    x = t.ones(2, requires_grad=True)
    y = x.exp()
    n = y.grad_fn
    n.register_hook(lambda gi, go: (gi[0].sum(),))
    y.sum().backward()
    return x.grad


@program
def node_prehook_wrong(t):
    x = t.ones(2, requires_grad=True)
    y = x.exp()
    n = y.grad_fn
    n.register_prehook(lambda go: (go[0], go[0]))
    y.sum().backward()
    return x.grad


@program
def node_call(t):
    x = t.ones(2, requires_grad=True)
    y = x.exp()
    return [y.grad_fn(t.ones(2) * 3)]


@program
def node_call_wrong(t):
    x = t.ones(2, requires_grad=True)
    y = x.exp()
    return [y.grad_fn(t.ones(2) * 3, t.ones(2))]


@program
def undefined_post_acc(t):
    x = t.ones(2, requires_grad=True)
    log = []
    x.register_post_accumulate_grad_hook(lambda p: log.append(1))
    t.autograd.grad((x * 2).sum(), x)
    return log


@program
def multi_same_node(t):
    x = t.ones(2, 2, requires_grad=True)
    a, b = (x * 2).unbind(0)
    log = []
    t.autograd.graph.register_multi_grad_hook(
        [a, b], lambda gs: log.append([None if g is None else g.tolist() for g in gs])
    )
    (a * 3).sum().backward()
    return log


@pytest.mark.parametrize("function", programs_of(globals()), ids=lambda f: f.__name__)
def test_same(function):
    check(function, torch)
