"""`autograd.Function`: what it saves, and what its backward may return, in both libraries."""

import gc
import importlib
import warnings
import weakref

import pytest

from .programs import check, check_refused, function, leaf, program, programs_of, refusals_of, refused, state

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


# ------------------------------------------------------------------------------------------------ saved tensors


def sees_saved(t, save, seen):
    def forward(ctx, x):
        y = x * 2
        save(ctx, x, y)
        return y

    return function(t, forward, lambda ctx, g: (seen.append(list(ctx.saved_tensors)), g)[1])


@program
def saved_inputs_and_outputs(t):
    seen = []
    x = leaf(t, 1.0, 2.0)
    sees_saved(t, lambda ctx, x, y: ctx.save_for_backward(None, x, y, x * 5), seen).apply(x).sum().backward()
    return [seen, [None if s is None else [s.requires_grad, s is x] for s in seen[0]]]


@program
def the_last_save_counts(t):
    seen = []

    def save(ctx, x, y):
        ctx.save_for_backward(x)
        ctx.save_for_backward(y, y)
        seen.append(len(ctx.saved_tensors))

    sees_saved(t, save, seen).apply(leaf(t, 1.0)).sum().backward()
    return seen


@program
def saved_nothing(t):
    y = function(t, lambda ctx, x: x * 2).apply(leaf(t, 1.0))
    before = list(y.grad_fn.saved_tensors)
    y.sum().backward()
    y.sum().backward()  # nothing that it read is gone
    return before


@program
def freed(t):
    seen = []
    y = sees_saved(t, lambda ctx, x, y: ctx.save_for_backward(x), seen).apply(leaf(t, 1.0))
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    found = []
    for ask in (lambda: y.sum().backward(), lambda: y.grad_fn.saved_tensors, lambda: y.grad_fn._raw_saved_tensors):
        try:
            found.append(ask())
        except RuntimeError as error:
            found.append(str(error)[:60])
    return [len(seen), found]


@program
def nothing_is_saved_under_no_grad(t):
    contexts = []

    def forward(ctx, x):
        contexts.append(ctx)
        ctx.save_for_backward(x)
        return x * 2

    with t.no_grad():
        function(t, forward).apply(leaf(t, 1.0))
    return [list(contexts[0].saved_tensors), list(contexts[0].next_functions)]


@program
def cleared_on_access(t):
    seen = []

    def backward(ctx, g):
        seen.append(len(ctx.saved_tensors))
        try:
            seen.append(ctx.saved_tensors)
        except RuntimeError as error:
            seen.append(str(error)[:80])
        return g

    f = function(t, lambda ctx, x: (ctx.save_for_backward(x), x * 1)[1], backward, clear_saved_tensors_on_access=True)
    f.apply(leaf(t, 1.0)).sum().backward()
    return seen


@program
def gradients_in_a_box(t):
    seen = []

    def backward(ctx, gradients):
        seen.append([type(gradients).__name__, list(gradients)])
        return gradients.pop(0)

    x = leaf(t, 1.0)
    f = function(t, lambda ctx, x: (x * 1, x * 2), backward, boxed_grads_call=True)
    return [t.autograd.grad(f.apply(x)[0].sum(), x), seen]


@program
def hooks_on_saved_tensors(t):
    log = []

    def pack(x):
        log.append(["pack", x.detach() * 1])
        return x.detach() * 10

    def unpack(x):
        log.append(["unpack", x])
        return x / 10

    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * 3 * y / x

    def forward(ctx, x):
        y = x**3
        ctx.save_for_backward(x, y)
        return y

    f = function(t, forward, backward)
    found = []
    for make in (lambda x: x, lambda x: x * 1):
        x = leaf(t, 1.0, 2.0)
        with t.autograd.graph.saved_tensors_hooks(pack, unpack):
            z = f.apply(make(x))
        (g,) = t.autograd.grad(z.sum(), x, create_graph=True)
        found.append([g, t.autograd.grad(g.sum(), x)])
    return [found, log]


@program
def hooks_on_one_saved_tensor(t):
    x = leaf(t, 1.0, 2.0)
    seen = []
    y = sees_saved(t, lambda ctx, x, y: ctx.save_for_backward(x, y), seen).apply(x)
    y.grad_fn._raw_saved_tensors[1].register_hooks(lambda s: s.detach() * 3, lambda s: s + 1)
    y.sum().backward()
    return seen


@program
def an_input_changed_after_it_was_saved(t):
    x = leaf(t, 1.0, 2.0)
    a = x * 1
    y = sees_saved(t, lambda ctx, x, y: ctx.save_for_backward(x), []).apply(a)
    a.add_(1)
    try:
        y.sum().backward()
    except RuntimeError as error:
        return str(error)[:90]


@program
def an_output_changed_after_it_was_saved(t):
    y = sees_saved(t, lambda ctx, x, y: ctx.save_for_backward(y), []).apply(leaf(t, 1.0, 2.0))
    y.add_(1)
    try:
        y.sum().backward()
    except RuntimeError as error:
        return str(error)[:90]


@program
def a_saved_number_where_nothing_is_recorded(t):
    return function(t, lambda ctx, x: (ctx.save_for_backward(3), x * 2)[1]).apply(t.ones(2))


@refused
def save_a_number(t):
    function(t, lambda ctx, x: (ctx.save_for_backward(3), x * 2)[1]).apply(leaf(t, 1.0))


@refused
def save_a_number_for_forward(t):
    function(t, lambda ctx, x: (ctx.save_for_forward(3), x * 2)[1]).apply(leaf(t, 1.0))


@refused
def save_an_input_that_is_returned(t):
    function(
        t, lambda x: x, setup_context=lambda ctx, inputs, output: ctx.save_for_backward(output)
    ).apply(leaf(t, 1.0))  # fmt: skip


@refused
def save_an_inference_tensor(t):
    with t.inference_mode():
        i = t.ones(1)
    function(t, lambda ctx, x, i: (ctx.save_for_backward(i), x * 2)[1]).apply(leaf(t, 1.0), i)


@program
def no_cycle_is_left(t):
    def forward(ctx, x):
        y = x * 2
        index = (x * 0).long()
        ctx.save_for_backward(x, y, index)
        ctx.mark_non_differentiable(index)
        return y, index

    def change(ctx, x):
        ctx.mark_dirty(x)
        x.add_(1)
        ctx.save_for_backward(x)
        return x

    gc.collect()
    gc.disable()
    try:
        freed = []
        for f in (function(t, forward, lambda ctx, g, h: g), function(t, change)):
            y = f.apply(leaf(t, 1.0) * 1)
            y = y[0] if isinstance(y, tuple) else y
            reference = weakref.ref(y.grad_fn)
            del y
            freed.append(reference() is None)
        return freed
    finally:
        gc.enable()


# ------------------------------------------------------------------------------------------------ backward


def returning(t, value, *arguments):
    """The gradients where backward returns `value`, a function of the cotangent."""
    f = function(t, lambda ctx, *a: sum([x for x in a if isinstance(x, t.Tensor)]), lambda ctx, g: value(g))
    wanted = [x for x in arguments if isinstance(x, t.Tensor) and x.requires_grad]
    return t.autograd.grad(f.apply(*arguments).sum(), wanted, allow_unused=True)


@program
def none_for_a_gradient(t):
    return returning(t, lambda g: (None, g), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@program
def too_many_none(t):
    return returning(t, lambda g: (g, g, None, None), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@program
def a_gradient_that_is_reduced(t):
    return returning(t, lambda g: (t.ones(3, 2), g), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@program
def a_gradient_of_another_type(t):
    return returning(t, lambda g: (g.double(), g.long()), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@program
def a_gradient_nobody_wants(t):
    return returning(t, lambda g: (g, t.ones(7)), leaf(t, 1.0, 2.0), t.ones(2))


@refused
def a_list_of_gradients(t):
    returning(t, lambda g: [g, g], leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@refused
def a_list_of_one_gradient(t):
    returning(t, lambda g: [g], leaf(t, 1.0, 2.0))


@refused
def too_few_gradients(t):
    returning(t, lambda g: g, leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@refused
def too_many_gradients(t):
    returning(t, lambda g: (g, g, g), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@refused
def a_gradient_for_a_number(t):
    returning(t, lambda g: (g, g), leaf(t, 1.0, 2.0), 3)


@refused
def a_number_as_gradient(t):
    returning(t, lambda g: (3.0, g), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@refused
def a_number_as_gradient_nobody_wants(t):
    returning(t, lambda g: (g, 3.0), leaf(t, 1.0, 2.0), t.ones(2))


@refused
def a_gradient_of_another_shape(t):
    returning(t, lambda g: (t.ones(3), g), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@refused
def a_smaller_gradient(t):
    returning(t, lambda g: (t.ones(1), g), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@refused
def a_complex_gradient_of_a_real_input(t):
    returning(t, lambda g: (g * 1j, g), leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


@refused
def no_backward(t):
    f = type("F", (t.autograd.Function,), {"forward": staticmethod(lambda ctx, x: x * 2)})
    f.apply(leaf(t, 1.0)).sum().backward()


@refused
def no_forward(t):
    t.autograd.Function.apply(leaf(t, 1.0))


@refused
def backward_and_vjp(t):
    function(t, lambda ctx, x: x * 2, vjp=lambda ctx, g: g).apply(leaf(t, 1.0)).sum().backward()


@refused
def an_unknown_attribute(t):
    function(t, lambda ctx, x: x * 2, lambda ctx, g: ctx.nothing).apply(leaf(t, 1.0)).sum().backward()


@program
def vjp_is_another_name(t):
    f = type("F", (t.autograd.Function,), {
        "forward": staticmethod(lambda ctx, x: x * 2), "vjp": staticmethod(lambda ctx, g: g * 2),
    })  # fmt: skip
    x = leaf(t, 1.0)
    return t.autograd.grad(f.apply(x).sum(), x)


@program
def gradients_that_never_arrive(t):
    log = []
    nothing = function(t, lambda ctx, x: x * 1, lambda ctx, g: None)
    zeros = function(t, lambda ctx, x: x * 1, lambda ctx, g: (log.append(g), g)[1])
    as_it_is = function(
        t, lambda ctx, x: (ctx.set_materialize_grads(False), x * 1)[1], lambda ctx, g: (log.append(g), g)[1]
    )  # fmt: skip
    found = []
    for make in (
        lambda x: nothing.apply(x),
        lambda x: nothing.apply(zeros.apply(x)),
        lambda x: nothing.apply(as_it_is.apply(x)),
        lambda x: nothing.apply(x * 2),
        lambda x: nothing.apply(zeros.apply(x) * 2),
    ):
        x = leaf(t, 1.0, 2.0)
        found.append(t.autograd.grad(make(x).sum(), x, allow_unused=True))
        make(x).sum().backward()
        found.append(x.grad)
    return [found, log]


@program
def several_outputs_of_which_one_is_used(t):
    log = []
    x = leaf(t, 1.0, 2.0)
    f = function(t, lambda ctx, x: (x * 1, x.long(), 3, x * 2), lambda ctx, *g: (log.append(list(g)), g[3])[1])
    f.apply(x)[3].sum().backward()
    return [log, x.grad]


@program
def once_differentiable(t):
    once = t.autograd.function.once_differentiable
    log = []

    def backward(ctx, g):
        log.append(t.is_grad_enabled())
        return g * 2 * ctx.saved_tensors[0], None

    f = function(t, lambda ctx, x, k: (ctx.save_for_backward(x), x * x)[1], once(backward))
    x = leaf(t, 1.0, 2.0)
    (a,) = t.autograd.grad(f.apply(x, 3).sum(), x, create_graph=True)
    (b,) = t.autograd.grad((f.apply(x, 3) ** 2).sum(), x, create_graph=True)
    try:
        b.sum().backward()
    except RuntimeError as error:
        log.append(str(error)[:82])
    return [a, a.requires_grad, b, b.requires_grad, log]


@program
def of_every_order(t):
    def forward(ctx, x):
        y = x**4
        ctx.save_for_backward(x, y)
        return y

    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * 4 * y / x

    f = function(t, forward, backward)
    x = leaf(t, 1.0, 2.0)
    found, y = [], f.apply(x)
    for _ in range(3):
        (y,) = t.autograd.grad(y.sum(), x, create_graph=True)
        found.append(y)
    return found


@program
def a_backward_in_a_backward(t):
    log = []

    def forward(ctx, x):
        with t.enable_grad():
            ctx.inner = x.detach().requires_grad_()
            ctx.z = ctx.inner**3
        return ctx.z.detach()

    def backward(ctx, g):
        log.append(t.is_grad_enabled())
        return t.autograd.grad(ctx.z, ctx.inner, g)[0]

    f = function(t, forward, backward)
    x = leaf(t, 1.0, 2.0)
    return [t.autograd.grad(f.apply(f.apply(x)).sum(), x), log]


@program
def a_function_in_a_forward_and_in_a_backward(t):
    inner = function(t, lambda ctx, x: x * 2, lambda ctx, g: g * 3)
    outer = function(t, lambda ctx, x: inner.apply(x) * 2, lambda ctx, g: inner.apply(g))
    x = leaf(t, 1.0, 2.0)
    y = outer.apply(x)
    (g,) = t.autograd.grad((y * y).sum(), x, create_graph=True)
    return [y, g, t.autograd.grad(g.sum(), x)]


@program
def complex_numbers(t):
    seen = []

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x, x * 2

    def backward(ctx, g, h):
        seen.append(h)
        return g * (2 * ctx.saved_tensors[0]).conj()

    x = t.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    real = function(t, lambda ctx, x: x * 1, lambda ctx, g: g.real)
    return [
        t.autograd.grad(function(t, forward, backward).apply(x)[0].abs().sum(), x), seen,
        t.autograd.grad(real.apply(x).abs().sum(), x),
        t.autograd.grad(function(t, lambda ctx, x: x.real * 1, lambda ctx, g: g * (1 + 0j)).apply(x).sum(), x),
    ]  # fmt: skip


@program
def numpy_inside(t):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return t.from_numpy(x.numpy() ** 2)

    def backward(ctx, g):
        return t.from_numpy(g.numpy() * 2 * ctx.saved_tensors[0].numpy())

    def in_place(ctx, x):
        array = x.numpy()
        array += 1
        ctx.mark_dirty(x)
        return x

    x = leaf(t, 1.0, 2.0)
    a = x * 1
    found = [t.autograd.grad(function(t, forward, t.autograd.function.once_differentiable(backward)).apply(x).sum(), x)]
    return found + [function(t, in_place).apply(a) is a, state(a), t.autograd.grad(a.sum(), x), a]


@program
def as_a_checkpoint_computes_it_again(t):
    calls = []

    def forward(ctx, x):
        calls.append(1)
        ctx.save_for_backward(x)
        return x * x

    f = function(t, forward, lambda ctx, g: g * 2 * ctx.saved_tensors[0]).apply
    checkpoint = importlib.import_module(t.__name__ + ".utils.checkpoint").checkpoint
    x = leaf(t, 1.0, 2.0)
    y = checkpoint(lambda v: f(f(v)), x, use_reentrant=False)
    before = len(calls)
    return [t.autograd.grad(y.sum(), x), before, len(calls)]


@program
def values_that_change_after_they_were_saved(t):
    x = leaf(t, 1.0, 2.0)
    f = function(t, lambda ctx, x: (ctx.save_for_backward(x), x * x)[1], lambda ctx, g: g * 2 * ctx.saved_tensors[0])
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        a = x * 1
        b = f.apply(a)
        a.zero_()
        return t.autograd.grad(b.sum(), x)


@refused
def a_hook_that_unpacks_something_else(t):
    x = leaf(t, 1.0, 2.0)
    with t.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: 3):
        y = sees_saved(t, lambda ctx, x, y: ctx.save_for_backward(x), []).apply(x)
    y.sum().backward()


@program
def modes_of_the_methods(t):
    log = []
    f = function(
        t, lambda x: (log.append(t.is_grad_enabled()), x * 2)[1],
        lambda ctx, g: (log.append(t.is_grad_enabled()), g)[1],
        setup_context=lambda ctx, inputs, output: log.append([t.is_grad_enabled(), output.requires_grad]),
    )  # fmt: skip
    x = leaf(t, 1.0)
    t.autograd.grad(f.apply(x).sum(), x)
    t.autograd.grad(f.apply(x).sum(), x, create_graph=True)
    return log


@program
def an_instance_warns(t):
    f = function(t, lambda ctx, x: x)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        f()
    return seen[0].category.__name__


@refused
def an_instance_called(t):
    function(t, lambda ctx, x: x)()(leaf(t, 1.0))


@pytest.mark.parametrize("function", programs_of(globals()), ids=lambda f: f.__name__)
def test_same(function):
    check(function, torch)


@pytest.mark.parametrize("function", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(function):
    check_refused(function, torch)
