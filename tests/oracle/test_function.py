"""`autograd.Function`: the same Functions in both libraries, and the same sentences where one is refused."""

import warnings

import pytest

from .programs import check, check_refused, function, leaf, program, programs_of, refusals_of, refused, state

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


# ------------------------------------------------------------------------------------------------ outputs


def outputs(t, forward, backward=None):
    x = leaf(t, 1.0, 2.0)
    found = function(t, forward, backward).apply(x)
    several = found if isinstance(found, tuple) else (found,)
    return [type(found).__name__, [[y, state(y)] if isinstance(y, t.Tensor) else y for y in several]]


@program
def a_tensor(t):
    return outputs(t, lambda ctx, x: x * 2)


@program
def a_tuple(t):
    return outputs(t, lambda ctx, x: (x * 2, x * 3))


@program
def a_tuple_of_one(t):
    return outputs(t, lambda ctx, x: (x * 2,))


@program
def an_empty_tuple(t):
    return outputs(t, lambda ctx, x: ())


@program
def a_list_is_passed_on(t):
    return [y.requires_grad for y in function(t, lambda ctx, x: [x * 2, x * 3]).apply(leaf(t, 1.0))]


@program
def a_dictionary_is_passed_on(t):
    return function(t, lambda ctx, x: {"a": x * 2}).apply(leaf(t, 1.0))["a"].requires_grad


@program
def none(t):
    return outputs(t, lambda ctx, x: None)


@program
def what_is_no_tensor(t):
    return outputs(t, lambda ctx, x: (None, x * 2, "word", 3))


@program
def integers(t):
    return outputs(t, lambda ctx, x: (x.long(), x * 2))


@program
def no_tensor_argument(t):
    return state(function(t, lambda ctx, k: t.ones(2) * k).apply(3))


@program
def no_argument(t):
    return state(function(t, lambda ctx: t.ones(2)).apply())


@program
def the_same_output_twice(t):
    def forward(ctx, x):
        y = x * 2
        return y, y

    seen = []
    x = leaf(t, 1.0, 2.0)
    y, z = function(t, forward, lambda ctx, g, h: (seen.append([g, h]), g + h)[1]).apply(x)
    (y * 2 + z).sum().backward()
    return [y is z, y.output_nr, z.output_nr, seen, x.grad]


@program
def the_same_input_twice(t):
    x = leaf(t, 1.0, 2.0)
    return t.autograd.grad(function(t, lambda ctx, a, b: a * b, lambda ctx, g: (g, g * 10)).apply(x, x).sum(), x)


@program
def an_outside_tensor(t):
    out = t.ones(2)
    y = function(t, lambda ctx, x: out).apply(leaf(t, 1.0, 2.0))
    return [y is out, state(y)]


@program
def an_inner_graph_is_cut(t):
    def forward(ctx, x):
        with t.enable_grad():
            inner = x.detach().requires_grad_()
            return inner**3

    x = leaf(t, 1.0, 2.0)
    return t.autograd.grad(function(t, forward).apply(x).sum(), x)


# ------------------------------------------------------------------------------------------------ inputs and views


@program
def an_input_returned(t):
    x = leaf(t, 1.0, 2.0)
    y = function(t, lambda ctx, x: x, lambda ctx, g: g * 5).apply(x)
    return [y is x, y._base is x, state(y), state(x), t.autograd.grad(y.sum(), x)]


@program
def an_input_without_gradient_returned(t):
    x = t.ones(2)
    y = function(t, lambda ctx, x: x).apply(x)
    y.add_(1)
    return [y is x, y._base is x, state(y), x]


@program
def an_input_returned_under_no_grad(t):
    x = leaf(t, 1.0, 2.0)
    with t.no_grad():
        y = function(t, lambda ctx, x: x).apply(x)
    return [y is x, state(y)]


@program
def an_input_returned_twice(t):
    x = leaf(t, 1.0, 2.0)
    y, z = function(t, lambda ctx, x: (x, x), lambda ctx, g, h: g + h * 10).apply(x)
    return [y is z, y.output_nr, z.output_nr, t.autograd.grad((y + z).sum(), x)]


@program
def an_input_saved_and_returned(t):
    x = leaf(t, 1.0, 2.0)
    seen = []

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x

    def backward(ctx, g):
        seen.append(ctx.saved_tensors[0] is x)
        return g

    function(t, forward, backward).apply(x).sum().backward()
    return [seen, x.grad]


@program
def a_view_returned(t):
    x = leaf(t, 1.0, 2.0)
    a = x * 2
    y = function(t, lambda ctx, x: x[:1], lambda ctx, g: t.cat([g, g * 7])).apply(a)
    return [y._base is a, state(y), t.autograd.grad((y * 3).sum(), x)]


@program
def two_views_returned(t):
    x = leaf(t, 1.0, 2.0)
    y, z = function(t, lambda ctx, x: (x[:1], x[1:]), lambda ctx, g, h: t.cat([g, h])).apply(x * 2)
    return [state(y), state(z), t.autograd.grad((y * 3 + z).sum(), x)]


@program
def a_detached_view_may_change(t):
    y = function(t, lambda ctx, x: x[:1], lambda ctx, g: t.cat([g, g])).apply(leaf(t, 1.0, 2.0) * 2)
    return y.detach().add_(1)


@program
def the_other_of_two_outputs_may_change(t):
    x = leaf(t, 1.0, 2.0)
    _, z = function(t, lambda ctx, x: (x[:1], x * 2), lambda ctx, g, h: h).apply(x * 2)
    z.mul_(3)
    return t.autograd.grad(z.sum(), x)


# ------------------------------------------------------------------------------------------------ what may not change


def identity(t):
    return function(t, lambda ctx, x: x)


def view(t):
    return function(t, lambda ctx, x: x[:1], lambda ctx, g: t.cat([g, g]))


def view_and_more(t):
    return function(t, lambda ctx, x: (x[:1], x * 2), lambda ctx, g, h: h)


@refused
def change_an_input_returned(t):
    identity(t).apply(leaf(t, 1.0)).add_(1)


@refused
def change_an_input_returned_that_is_no_leaf(t):
    identity(t).apply(leaf(t, 1.0) * 2).add_(1)


@refused
def change_a_view_returned(t):
    view(t).apply(leaf(t, 1.0, 2.0) * 2).add_(1)


@refused
def change_a_view_of_a_view_returned(t):
    view(t).apply(leaf(t, 1.0, 2.0) * 2).view(-1).add_(1)


@refused
def change_one_of_two_views(t):
    function(t, lambda ctx, x: (x[:1], x[1:]), lambda ctx, g, h: g).apply(leaf(t, 1.0, 2.0) * 2)[0].add_(1)


@refused
def change_the_view_among_two_outputs(t):
    view_and_more(t).apply(leaf(t, 1.0, 2.0) * 2)[0].add_(1)


@refused
def change_what_an_input_returned_is_a_view_of(t):
    a = leaf(t, 1.0, 2.0) * 2
    y = identity(t).apply(a)
    a.add_(1)
    return y.grad_fn


@refused
def change_what_one_of_two_is_a_view_of(t):
    a = leaf(t, 1.0, 2.0) * 2
    y, _ = view_and_more(t).apply(a)
    a.add_(1)
    (y * 2).sum().backward()


@refused
def change_a_view_made_under_no_grad(t):
    with t.no_grad():
        y = view(t).apply(leaf(t, 1.0, 2.0))
    y.add_(1)


@refused
def give_a_view_of_a_constant_a_history(t):
    view(t).apply(t.ones(2)).mul_(leaf(t, 1.0))


# ------------------------------------------------------------------------------------------------ mark_dirty


def add_one(t):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.add_(1)
        return x

    return function(t, forward, lambda ctx, g: g * 3)


def multiply(t):
    def forward(ctx, x, y):
        ctx.mark_dirty(x)
        ctx.save_for_backward(y)
        x.mul_(y)
        return x

    return function(t, forward, lambda ctx, g: (g * ctx.saved_tensors[0], g))


@program
def changed_in_place(t):
    x = leaf(t, 1.0, 2.0)
    a = x * 2
    y = add_one(t).apply(a)
    return [y is a, state(a), t.autograd.grad(y.sum(), x)]


@program
def marked_but_not_changed(t):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x

    a = leaf(t, 1.0, 2.0) * 2
    return [function(t, forward).apply(a) is a, state(a)]


@program
def changed_and_not_marked(t):
    a = leaf(t, 1.0, 2.0) * 2
    y = function(t, lambda ctx, x: x.add_(1)).apply(a)
    return [y is a, state(y), state(a)]


@program
def a_constant_changed(t):
    a = t.ones(2)
    y = add_one(t).apply(a)
    return [y is a, state(a), a]


@program
def a_constant_changed_by_what_has_a_gradient(t):
    a, x = t.ones(2), leaf(t, 3.0, 4.0)
    y = multiply(t).apply(a, x)
    return [y is a, state(a), t.autograd.grad(a.sum(), x)]


@program
def a_view_changed(t):
    x = leaf(t, 1.0, 2.0)
    base = x * 2
    v = base[:1]
    y = add_one(t).apply(v)
    return [y is v, t.autograd.grad(base.sum(), x), base]


@program
def a_view_of_a_constant_changed(t):
    base, x = t.ones(2), leaf(t, 3.0, 4.0)
    multiply(t).apply(base[:1], x[:1])
    return [base.requires_grad, base, t.autograd.grad((base * base).sum(), x)]


@program
def a_detached_tensor_changed(t):
    base, x = t.ones(2), leaf(t, 3.0, 4.0)
    alias = base.detach()
    multiply(t).apply(alias, x)
    return [state(base), state(alias), base]


@program
def a_leaf_changed_under_no_grad(t):
    x = leaf(t, 1.0, 2.0)
    with t.no_grad():
        y = add_one(t).apply(x)
    return [y is x, state(x), x]


@program
def changed_and_another_output(t):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.add_(1)
        return x, x * 2

    x = leaf(t, 1.0, 2.0)
    y, z = function(t, forward, lambda ctx, g, h: g + h * 10).apply(x * 2)
    return [state(y), state(z), t.autograd.grad((y + z).sum(), x)]


@program
def an_earlier_saved_value_notices(t):
    x = leaf(t, 1.0, 2.0)
    a = x * 2
    b = a * a
    add_one(t).apply(a)
    try:
        b.sum().backward()
    except RuntimeError as error:
        return str(error)[:90]


@program
def a_tensor_that_is_no_input_marked(t):
    def forward(ctx, x):
        y = x * 2
        ctx.mark_dirty(y)
        return y

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        y = function(t, forward).apply(leaf(t, 1.0))
    return [str(seen[0].message)[:60], y.requires_grad]


@refused
def change_a_leaf(t):
    add_one(t).apply(leaf(t, 1.0))


@refused
def change_a_view_of_a_leaf(t):
    add_one(t).apply(leaf(t, 1.0, 2.0)[:1])


@refused
def change_and_do_not_return(t):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.add_(1) * 2

    function(t, forward).apply(t.ones(2))


@refused
def change_a_view_and_return_more(t):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.add_(1), x * 2

    function(t, forward).apply((leaf(t, 1.0, 2.0) * 2)[:1])


@refused
def mark_a_number_as_dirty(t):
    function(t, lambda ctx, x: (ctx.mark_dirty(3), x * 2)[1]).apply(leaf(t, 1.0))


# ------------------------------------------------------------------------------------------------ no derivative


@program
def an_output_without_derivative(t):
    seen = []

    def forward(ctx, x):
        y = x * 3
        ctx.mark_non_differentiable(y)
        return y, x * 2

    x = leaf(t, 1.0, 2.0)
    y, z = function(t, forward, lambda ctx, g, h: (seen.append(g), h)[1]).apply(x)
    z.sum().backward()
    return [state(y), state(z), seen, x.grad]


@program
def an_output_without_derivative_and_no_zeros(t):
    seen = []

    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        y = x * 3
        ctx.mark_non_differentiable(y)
        return y, x * 2, x * 4

    x = leaf(t, 1.0, 2.0)
    function(t, forward, lambda ctx, *g: (seen.append(list(g)), g[1])[1]).apply(x)[1].sum().backward()
    return [seen, x.grad]


@program
def an_input_without_derivative_returned(t):
    def forward(ctx, x):
        ctx.mark_non_differentiable(x)
        return x

    x = leaf(t, 1.0, 2.0)
    y = function(t, forward).apply(x)
    return [y is x, y.requires_grad, x.requires_grad]


@refused
def mark_a_number_as_without_derivative(t):
    function(t, lambda ctx, x: (ctx.mark_non_differentiable(3), x * 2)[1]).apply(leaf(t, 1.0))


# ------------------------------------------------------------------------------------------------ arguments


def scale(t):
    """Takes a default, and says what its context saw."""
    seen = []

    def setup_context(ctx, inputs, output):
        seen.append(list(inputs[1:]))
        ctx.k = inputs[1]

    f = function(
        t, lambda x, k=2: x * k, lambda ctx, g: (seen.append(list(ctx.needs_input_grad)), (g * ctx.k, None))[1],
        setup_context=setup_context,
    )  # fmt: skip
    return f, seen


@program
def defaults_and_keywords(t):
    f, seen = scale(t)
    x = leaf(t, 1.0, 2.0)
    found = [f.apply(x), f.apply(x, 3), f.apply(x, k=4), f.apply(k=5, x=x)]
    sum([y.sum() for y in found]).backward()
    return [found, seen, x.grad]


@program
def keywords_without_setup_context(t):
    return function(t, lambda ctx, x, k=2: x * k).apply(leaf(t, 1.0), k=3)


@program
def a_keyword_tensor_has_no_gradient(t):
    x, k = leaf(t, 1.0), leaf(t, 3.0)
    y = function(t, lambda ctx, x, k: x * k, lambda ctx, g: (g, None)).apply(x, k=k)
    return t.autograd.grad(y.sum(), [x, k], allow_unused=True)


@program
def what_needs_a_gradient(t):
    seen = []
    x, y = leaf(t, 1.0), leaf(t, 2.0)
    f = function(
        t, lambda ctx, *a: (seen.append(list(ctx.needs_input_grad)), a[0] * a[1])[1],
        lambda ctx, g: (seen.append(list(ctx.needs_input_grad)), (g, g, None, None))[1],
    )  # fmt: skip
    t.autograd.grad(f.apply(x, y, t.ones(1), 3).sum(), x)
    with t.no_grad():
        f.apply(x, y, t.ones(1), 3)
    return seen


@program
def edges_lead_from_tensors_only(t):
    f = function(t, lambda ctx, x, k, y: x * 1, lambda ctx, g: (g, None, None))
    node = f.apply(leaf(t, 1.0), 3, t.ones(1)).grad_fn
    seen = []
    node.register_hook(lambda gi, go: seen.append([len(gi), len(go)]))
    node.register_prehook(lambda go: seen.append(len(go)))
    y = f.apply(leaf(t, 1.0), 3, t.ones(1))
    y.grad_fn.register_hook(lambda gi, go: seen.append([list(gi), list(go)]))
    y.sum().backward()
    node.metadata["mine"] = 1
    return [len(node.next_functions), node.next_functions[1][0], node.name(), seen, node.metadata]


@pytest.mark.parametrize("function", programs_of(globals()), ids=lambda f: f.__name__)
def test_same(function):
    check(function, torch)


@pytest.mark.parametrize("function", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(function):
    check_refused(function, torch)
