"""PyTorch's note "Autograd mechanics", its last section: whether hooks fire, and in which order."""

import pytest

from .programs import check, check_refused, leaf, program, programs_of, refusals_of, refused

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


@program
def tensor_hook_of_an_unneeded_node(t):
    seen = []
    a, b = leaf(t, 1.0), leaf(t, 2.0)
    c = a * b
    c.register_hook(lambda g: seen.append("c"))
    a.register_hook(lambda g: seen.append("a"))
    b.register_hook(lambda g: seen.append("b"))
    c.backward(inputs=[b])
    t.autograd.grad(a * b, a)
    (a * b).backward(inputs=(a,))
    return seen


@program
def tensor_hooks_before_capture(t):
    x = leaf(t, 2.0)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    y.grad_fn.register_prehook(lambda g: (g[0] * 100,))
    z = y * 5
    return [t.autograd.grad(z, x, retain_graph=True), t.autograd.grad(z, y)]


@program
def hooks_of_a_leaf_with_an_accumulator(t):
    seen = []
    x = leaf(t, 2.0)
    y = x * 1
    accumulator = y.grad_fn.next_functions[0][0]
    accumulator.register_prehook(lambda g: seen.append("pre"))
    accumulator.register_hook(lambda gi, go: seen.append((len(gi), len(go))))
    x.register_post_accumulate_grad_hook(lambda p: seen.append("post accumulate"))
    x.register_hook(lambda g: seen.append("tensor"))
    t.autograd.grad(y, x, retain_graph=True)
    seen.append("|")
    y.backward()
    return seen


@program
def retain_grad_sees_the_last_hook(t):
    x = leaf(t, 2.0)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    y.register_hook(lambda g: g * 2)
    y.backward()
    return [y.grad, x.grad]


@program
def hooks_registered_after_in_place(t):
    x = leaf(t, 2.0)
    y = x * 3
    seen = []
    y.register_hook(lambda g: seen.append(("before", g.item())))
    y.mul_(5)
    y.register_hook(lambda g: seen.append(("after", g.item())))
    y.retain_grad()
    y.backward()
    return [seen, y.grad]


@program
def retain_grad_before_in_place(t):
    x = leaf(t, 2.0)
    y = x * 3
    y.retain_grad()
    y.mul_(5)
    (y * 7).backward()
    return [y.grad, x.grad]


@program
def retain_grad_before_in_place_of_a_view(t):
    x = leaf(t, 2.0, 3.0)
    y = x * 3
    v = y[0]
    y.retain_grad()
    v.mul_(5)
    (y * 7).sum().backward()
    return [y.grad, x.grad]


@program
def removed_while_running(t):
    seen = []
    x = leaf(t, 2.0)
    handles = []

    def first(g):
        seen.append("first")
        handles[1].remove()

    handles.append(x.register_hook(first))
    handles.append(x.register_hook(lambda g: seen.append("second")))
    (x * 2).backward()
    (x * 2).backward()
    return seen


@program
def registered_while_running(t):
    seen = []
    x = leaf(t, 2.0)

    def hook(g):
        seen.append("outer")
        if len(seen) < 3:
            x.register_hook(lambda g: seen.append("inner"))

    x.register_hook(hook)
    (x * 2).backward()
    (x * 2).backward()
    return seen


@program
def modified_in_place_in_a_hook(t):
    x = leaf(t, 2.0)
    y = x * 3
    y.register_hook(lambda g: g.mul_(10) and None)
    y.backward(t.tensor([1.0]))
    return x.grad


@program
def hook_changes_dtype(t):
    x = leaf(t, 2.0)
    x.register_hook(lambda g: g.double())
    (x * 3).backward()
    return x.grad.dtype == t.float32


@refused
def hook_changes_dtype_of_a_nonleaf(t):
    x = leaf(t, 2.0)
    y = x * 3
    y.register_hook(lambda g: g.expand(2, 1))
    y.backward()


@pytest.mark.parametrize("program", programs_of(globals()), ids=lambda f: f.__name__)
def test_program(program):
    check(program, torch)


@pytest.mark.parametrize("program", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(program):
    check_refused(program, torch)
