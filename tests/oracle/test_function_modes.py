"""`autograd.Function` in forward mode and under the function transforms, in both libraries."""

import numpy as np
import pytest

import wengert

from .programs import (
    check,
    check_refused,
    forward_ad,
    function,
    leaf,
    program,
    programs_of,
    refusals_of,
    refused,
)

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.oracle


def pushed(t, f, *arguments, dual=(0,)):
    """The values and tangents that a Function makes where the arguments at the positions `dual` have tangents of 10."""
    fw = forward_ad(t)
    with fw.dual_level():
        given = [
            fw.make_dual(x, t.full_like(x, 10.0)) if i in dual else x for i, x in enumerate(arguments)
        ]
        found = f.apply(*given)
        several = found if isinstance(found, tuple) else (found,)
        return [list(fw.unpack_dual(y)) if isinstance(y, t.Tensor) else y for y in several]


def double(t, jvp, **others):
    return function(t, lambda ctx, x: x * 2, lambda ctx, g: g * 2, jvp=jvp, **others)


# ------------------------------------------------------------------------------------------------ jvp


@program
def a_tangent(t):
    seen = []
    f = function(t, lambda ctx, x, k: x * k, jvp=lambda ctx, tx, tk: (seen.append([tx, tk]), tx * 3)[1])
    return [pushed(t, f, leaf(t, 1.0, 2.0), 3), seen]


@program
def tangents_that_are_missing(t):
    seen = []
    jvp = lambda ctx, *ts: (seen.append(list(ts)), ts[0] * 2)[1]  # noqa: E731
    plain = function(t, lambda ctx, x, y, i: x * y, jvp=jvp)
    as_it_is = function(t, lambda ctx, x, y, i: (ctx.set_materialize_grads(False), x * y)[1], jvp=jvp)
    arguments = leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0), t.arange(2)
    return [pushed(t, plain, *arguments), pushed(t, as_it_is, *arguments), seen]


@program
def no_tangent_no_jvp(t):
    return pushed(t, double(t, None), leaf(t, 1.0), dual=())


@program
def integers_and_others(t):
    f = function(t, lambda ctx, x: (x * 2, x.long(), 3), jvp=lambda ctx, tx: (tx, None, None))
    return pushed(t, f, leaf(t, 1.0, 2.0))


@program
def an_output_without_derivative(t):
    def forward(ctx, x):
        y = x * 3
        ctx.mark_non_differentiable(y)
        return x * 2, y

    return pushed(t, function(t, forward, jvp=lambda ctx, tx: (tx * 2, None)), leaf(t, 1.0, 2.0))


@program
def saved_for_forward(t):
    seen = []

    def forward(ctx, x):
        y = x * 2
        ctx.save_for_backward(x)
        ctx.save_for_forward(x, None, y)
        return y

    def jvp(ctx, tx):
        x, _, y = ctx.saved_tensors
        seen.append([x, y, x.requires_grad, t.is_grad_enabled(), list(ctx.needs_input_grad)])
        return tx * x

    return [pushed(t, function(t, forward, jvp=jvp), leaf(t, 1.0, 2.0)), seen]


@program
def saved_for_backward_only(t):
    seen = []
    f = function(
        t, lambda ctx, x: (ctx.save_for_backward(x), x * 2)[1],
        jvp=lambda ctx, tx: (seen.append(len(ctx.saved_tensors)), tx)[1],
    )  # fmt: skip
    return [pushed(t, f, leaf(t, 1.0, 2.0)), seen]


@program
def inside_forward_nothing_is_dual(t):
    fw, seen = forward_ad(t), []

    def forward(ctx, x):
        seen.append([list(fw.unpack_dual(x)), list(fw.unpack_dual(x * 2)), t.is_grad_enabled()])
        return x * 2

    return [pushed(t, function(t, forward, jvp=lambda ctx, tx: tx), leaf(t, 1.0, 2.0)), seen]


@program
def under_no_grad(t):
    with t.no_grad():
        return pushed(t, double(t, lambda ctx, tx: tx * 2), leaf(t, 1.0, 2.0))


@program
def the_value_keeps_its_history(t):
    fw, x = forward_ad(t), leaf(t, 1.0, 2.0)
    with fw.dual_level():
        y = double(t, lambda ctx, tx: tx * 2).apply(fw.make_dual(x, t.ones(2)))
        return [t.autograd.grad(fw.unpack_dual(y).primal.sum(), x), t.autograd.grad((y * y).sum(), x)]


def cube(t):
    def forward(ctx, x):
        y = x**3
        ctx.save_for_backward(x, y)
        ctx.save_for_forward(x, y)
        return y

    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * 3 * y / x

    def jvp(ctx, tx):
        x, y = ctx.saved_tensors
        return tx * 3 * y / x

    return function(t, forward, backward, jvp=jvp)


@program
def forward_over_reverse(t):
    fw, x = forward_ad(t), leaf(t, 1.0, 2.0)
    with fw.dual_level():
        d = fw.make_dual(x, t.ones(2))
        (g,) = t.autograd.grad(cube(t).apply(d).sum(), d, create_graph=True)
        return list(fw.unpack_dual(g))


@program
def reverse_over_forward(t):
    fw, x = forward_ad(t), leaf(t, 1.0, 2.0)
    with fw.dual_level():
        tangent = fw.unpack_dual(cube(t).apply(fw.make_dual(x, t.ones(2)))).tangent
        (g,) = t.autograd.grad(tangent.sum(), x, create_graph=True)
        return [tangent, g, t.autograd.grad(g.sum(), x)]


@program
def hooks_see_what_a_dual_call_saves(t):
    fw, x, seen = forward_ad(t), leaf(t, 1.0, 2.0), []
    with fw.dual_level():
        with t.autograd.graph.saved_tensors_hooks(lambda s: (seen.append(s.detach()), s)[1], lambda s: s):
            y = cube(t).apply(fw.make_dual(x, t.ones(2)))
        return [len(seen), t.autograd.grad(y.sum(), x)]


# ------------------------------------------------------------------------------------------------ in place, views


def in_place(t, jvp):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    return function(t, forward, lambda ctx, g: g * 2, jvp=jvp)


@program
def changed_in_place(t):
    return pushed(t, in_place(t, lambda ctx, tx: tx.mul_(2)), leaf(t, 1.0, 2.0) * 1)


@program
def changed_in_place_and_differentiated(t):
    fw, x = forward_ad(t), leaf(t, 1.0, 2.0)
    with fw.dual_level():
        d = fw.make_dual(x, t.ones(2)) * x
        y = in_place(t, lambda ctx, tx: tx.mul_(2)).apply(d)
        p, tangent = fw.unpack_dual(y)
        return [y is d, t.autograd.grad(p.sum(), x, retain_graph=True), t.autograd.grad((y * y).sum(), x), tangent]


@program
def a_constant_changed_by_what_has_a_tangent(t):
    seen = []

    def forward(ctx, x, y):
        ctx.mark_dirty(x)
        return x.mul_(y)

    f = function(t, forward, jvp=lambda ctx, tx, ty: (seen.append([tx, ty]), ty * 2)[1])
    return [pushed(t, f, t.ones(2), leaf(t, 3.0, 4.0), dual=(1,)), seen]


@program
def a_view_changed(t):
    fw = forward_ad(t)
    with fw.dual_level():
        d = fw.make_dual(t.tensor([1.0, 2.0]), t.tensor([10.0, 20.0]))
        v = d[:1]
        y = in_place(t, lambda ctx, tx: tx.mul_(2)).apply(v)
        return [y is v, list(fw.unpack_dual(y)), list(fw.unpack_dual(d))]


@program
def a_view_of_a_constant_changed(t):
    fw = forward_ad(t)

    def forward(ctx, x, y):
        ctx.mark_dirty(x)
        return x.mul_(y)

    f = function(t, forward, jvp=lambda ctx, tx, ty: ty * 2)
    with fw.dual_level():
        base = t.tensor([1.0, 2.0])
        v = base[:1]
        y = f.apply(v, fw.make_dual(t.ones(1), t.tensor([10.0])))
        return [y is v, list(fw.unpack_dual(y)), list(fw.unpack_dual(base))]


def first(t, jvp):
    return function(t, lambda ctx, x: x[:1], lambda ctx, g: t.cat([g, g * 7]), jvp=jvp)


@program
def a_view_returned(t):
    return pushed(t, first(t, lambda ctx, tx: tx[:1]), leaf(t, 1.0, 2.0))


@program
def an_input_returned(t):
    return pushed(t, function(t, lambda ctx, x: x, jvp=lambda ctx, tx: tx.view_as(tx)), leaf(t, 1.0, 2.0))


@program
def a_tangent_passed_on_is_not_shared(t):
    fw = forward_ad(t)
    with fw.dual_level():
        d = fw.make_dual(t.tensor([1.0, 2.0]), t.tensor([10.0, 20.0]))
        y = function(t, lambda ctx, x: x * 1, jvp=lambda ctx, tx: tx * 1).apply(d)
        y.mul_(2)
        return [list(fw.unpack_dual(y)), list(fw.unpack_dual(d))]


@program
def a_view_follows_what_it_is_a_view_of(t):
    fw = forward_ad(t)
    with fw.dual_level():
        d = fw.make_dual(t.tensor([1.0, 2.0]), t.tensor([10.0, 20.0]))
        y = first(t, lambda ctx, tx: tx[:1]).apply(d)
        found = [y._is_view()]
        d.mul_(2)
        found.append([part.clone() for part in fw.unpack_dual(y)])
        y.mul_(3)
        return found + [list(fw.unpack_dual(y)), list(fw.unpack_dual(d))]


@program
def a_view_of_what_has_no_tangent(t):
    f = function(t, lambda ctx, x, y: y[:1], jvp=lambda ctx, tx, ty: tx[:1] * 1)
    return pushed(t, f, leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0))


# ------------------------------------------------------------------------------------------------ refused


@refused
def no_jvp(t):
    pushed(t, function(t, lambda ctx, x: x * 2), leaf(t, 1.0))


@refused
def too_many_tangents(t):
    pushed(t, double(t, lambda ctx, tx: (tx, tx)), leaf(t, 1.0))


@refused
def too_few_tangents(t):
    pushed(t, function(t, lambda ctx, x: (x * 2, x * 3), jvp=lambda ctx, tx: tx), leaf(t, 1.0))


@refused
def no_tangent_for_what_is_no_tensor(t):
    pushed(t, function(t, lambda ctx, x: (x * 2, 3), jvp=lambda ctx, tx: tx), leaf(t, 1.0))


@refused
def a_number_as_tangent(t):
    pushed(t, double(t, lambda ctx, tx: 3.0), leaf(t, 1.0))


@refused
def a_list_of_tangents(t):
    pushed(t, function(t, lambda ctx, x: (x * 2, x * 3), jvp=lambda ctx, tx: [tx, tx]), leaf(t, 1.0))


@refused
def a_tangent_of_another_shape(t):
    pushed(t, double(t, lambda ctx, tx: tx[:1]), leaf(t, 1.0, 2.0))


@refused
def a_tangent_of_what_has_no_derivative(t):
    pushed(t, function(t, lambda ctx, x: (x * 2, x.long()), jvp=lambda ctx, tx: (tx, tx)), leaf(t, 1.0))


@refused
def changed_in_place_but_not_the_tangent(t):
    pushed(t, in_place(t, lambda ctx, tx: tx * 2), leaf(t, 1.0) * 1)


@refused
def changed_in_place_and_another_tangent_returned(t):
    pushed(t, in_place(t, lambda ctx, tx: tx.mul_(2).mul_(2).clone().mul_(1)), leaf(t, 1.0) * 1)


@refused
def changed_in_place_and_no_tangent(t):
    pushed(t, in_place(t, lambda ctx, tx: None), leaf(t, 1.0) * 1)


@refused
def a_view_whose_tangent_is_none(t):
    pushed(t, first(t, lambda ctx, tx: tx[:1] * 1), leaf(t, 1.0, 2.0))


@refused
def an_input_returned_with_its_tangent(t):
    pushed(t, function(t, lambda ctx, x: x, jvp=lambda ctx, tx: tx), leaf(t, 1.0))


# ------------------------------------------------------------------------------------------------ transforms


def transformable(t, generate=True, **others):
    """x**3 with everything that the transforms ask for."""

    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs, output)
        ctx.save_for_forward(*inputs, output)

    def slope(ctx, u):
        x, y = ctx.saved_tensors
        return u * 3 * y / x

    return function(
        t, lambda x: x**3, slope, setup_context=setup_context, jvp=slope, generate_vmap_rule=generate, **others
    )


def with_static_vmap(t, seen):
    def vmap(info, in_dims, x):
        seen.append([info.batch_size, info.randomness, list(in_dims), tuple(x.shape)])
        return f.apply(x), in_dims[0]

    f = transformable(t, False, vmap=vmap)
    return f


def rows(t):
    return t.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


# What a transform makes of a function of a vector; each is done with three Functions for x**3.
TRANSFORMS = {
    "grad": lambda F, f, x, X: F.grad(lambda x: f(x).sum())(x),
    "grad of grad": lambda F, f, x, X: F.grad(lambda x: F.grad(lambda x: f(x).sum())(x).sum())(x),
    "vjp": lambda F, f, x, X: F.vjp(f, x)[1](x * 2),
    "jvp": lambda F, f, x, X: F.jvp(f, (x,), (x * 2,)),
    "jvp of grad": lambda F, f, x, X: F.jvp(F.grad(lambda x: f(x).sum()), (x,), (x * 2,)),
    "grad of jvp": lambda F, f, x, X: F.grad(lambda x: F.jvp(f, (x,), (x * 2,))[1].sum())(x),
    "jacrev": lambda F, f, x, X: F.jacrev(f)(x),
    "jacfwd": lambda F, f, x, X: F.jacfwd(f)(x),
    "jacrev of jacrev": lambda F, f, x, X: F.jacrev(F.jacrev(f))(x),
    "jacfwd of jacrev": lambda F, f, x, X: F.jacfwd(F.jacrev(f))(x),
    "jacrev of jacfwd": lambda F, f, x, X: F.jacrev(F.jacfwd(f))(x),
    "hessian": lambda F, f, x, X: F.hessian(lambda x: f(x).sum())(x),
    "vmap": lambda F, f, x, X: F.vmap(f)(X),
    "vmap in chunks": lambda F, f, x, X: F.vmap(f, chunk_size=2)(X),
    "vmap of columns": lambda F, f, x, X: F.vmap(f, in_dims=1, out_dims=1)(X),
    "vmap of grad": lambda F, f, x, X: F.vmap(F.grad(lambda x: f(x).sum()))(X),
    "grad of vmap": lambda F, f, x, X: F.grad(lambda X: (F.vmap(f)(X) ** 2).sum())(X),
    "grad of vmap of grad": lambda F, f, x, X: F.grad(lambda X: F.vmap(F.grad(lambda x: f(x).sum()))(X).sum())(X),
    "vmap of jvp": lambda F, f, x, X: F.vmap(lambda row: F.jvp(f, (row,), (x,)))(X),
    "jvp of vmap": lambda F, f, x, X: F.jvp(F.vmap(f), (X,), (X * 2,)),
    "vmap of vmap": lambda F, f, x, X: F.vmap(F.vmap(f))(X.expand(2, 3, 2) * 1),
    "vmap of vmap of grad": lambda F, f, x, X: F.vmap(F.vmap(F.grad(lambda x: f(x).sum())))(X.expand(2, 3, 2) * 1),
    "vmap of grad of vmap": lambda F, f, x, X: F.vmap(F.grad(lambda X: F.vmap(f)(X).sum()))(X.expand(2, 3, 2) * 1),
    "vmap of hessian": lambda F, f, x, X: F.vmap(F.hessian(lambda x: f(x).sum()))(X),
    "vmap of cotangents": lambda F, f, x, X: F.vmap(lambda g: F.vjp(f, x)[1](g)[0])(X),
    "unbatched": lambda F, f, x, X: F.vmap(lambda row: row * f(x))(X),
}


# Where a second tangent is wanted of what a custom Function saved, PyTorch 2.13 returns zeros.
BEYOND_PYTORCH = {
    "jvp of jvp": lambda F, f, x, X: F.jvp(lambda x: F.jvp(f, (x,), (x * 2,))[1], (x,), (x * 3,)),
    "jacfwd of jacfwd": lambda F, f, x, X: F.jacfwd(F.jacfwd(f))(x),
    "grad three times": lambda F, f, x, X: F.grad(
        lambda x: F.grad(lambda x: F.grad(lambda x: f(x).sum())(x).sum())(x).sum()
    )(x),
}


@pytest.mark.parametrize("kind", ["generated", "static"])
@pytest.mark.parametrize("name", list(TRANSFORMS))
def test_transforms(name, kind):
    def run(t):
        f = transformable(t) if kind == "generated" else with_static_vmap(t, [])
        return TRANSFORMS[name](t.func, f.apply, t.tensor([1.0, 2.0]), rows(t))

    check(run, torch)


@pytest.mark.parametrize("name", [*TRANSFORMS, *BEYOND_PYTORCH])
def test_transforms_of_a_function_equal_those_of_the_operation(name):
    x, X = wengert.tensor([1.0, 2.0], dtype=wengert.double), rows(wengert).double()
    transform = (TRANSFORMS | BEYOND_PYTORCH)[name]
    ours = transform(wengert.func, transformable(wengert).apply, x, X)
    plain = transform(wengert.func, lambda x: x**3, x, X)
    for a, b in zip(*[y if isinstance(y, tuple) else (y,) for y in (ours, plain)], strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


@program
def what_a_static_vmap_is_told(t):
    seen = []
    f = with_static_vmap(t, seen)
    found = [t.func.vmap(f.apply)(rows(t)), t.func.vmap(f.apply, randomness="same")(rows(t))]
    return [found, seen]


@program
def what_a_static_vmap_returns(t):
    def mapped(vmap, **keywords):
        return t.func.vmap(transformable(t, False, vmap=vmap).apply, **keywords)(rows(t))

    return [
        mapped(lambda info, in_dims, x: (x[0] * 2, None)),
        mapped(lambda info, in_dims, x: (x, 0)),
        mapped(lambda info, in_dims, x: (x.t() * 1, 1)),
        mapped(lambda info, in_dims, x: (x.t() * 1, -1)),
        mapped(lambda info, in_dims, x: ((x * 1, x.t() * 2), (0, 1)), out_dims=(0, 0)),
        mapped(lambda info, in_dims, x: ((x * 1, x * 2, 3), 0), out_dims=(0, 0, None)),
    ]


def product(t, seen):
    """Two outputs, of two tensors and a number."""

    def setup_context(ctx, inputs, output):
        seen.append([tuple(inputs[0].shape), tuple(inputs[1].shape), [tuple(y.shape) for y in output]])
        ctx.save_for_backward(*inputs[:2])
        ctx.save_for_forward(*inputs[:2])
        ctx.k = inputs[2]

    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        seen.append([tuple(x.shape), tuple(y.shape), tuple(g.shape), list(ctx.needs_input_grad)])
        return g * y * ctx.k + h, g * x * ctx.k + h, None

    def jvp(ctx, tx, ty, tk):
        x, y = ctx.saved_tensors
        return (tx * y + x * ty) * ctx.k, tx + ty

    return function(
        t, lambda x, y, k: (x * y * k, x + y), backward, setup_context=setup_context, jvp=jvp, generate_vmap_rule=True
    )  # fmt: skip


@program
def several_arguments_and_outputs(t):
    x, X = t.tensor([1.0, 2.0]), rows(t)
    seen: list = []
    f = product(t, seen).apply
    F = t.func

    def total(X, x):
        return sum([y.sum() for y in F.vmap(f, in_dims=(0, None, None))(X, x, 2.0)])

    found = [
        F.vmap(f, in_dims=(0, None, None))(X, x, 2.0),
        F.vmap(f, in_dims=(1, None, None))(X, t.arange(3.0), 2.0),
        F.grad(total, argnums=(0, 1))(X, x),
        F.grad(lambda X, x: F.vmap(f, in_dims=(0, None, None))(X, x, 2.0)[0].sum(), argnums=(0, 1))(X, x),
        F.jvp(lambda X, x: F.vmap(f, in_dims=(0, None, None))(X, x, 2.0), (X, x), (X, x)),
        F.vmap(lambda row: F.jvp(lambda a, b: f(a, b, 2.0), (row, x), (row, x)))(X),
        F.vmap(F.grad(lambda row: f(row, x, 2.0)[0].sum()))(X),
        F.vmap(F.grad(lambda x, row: f(row, x, 2.0)[0].sum()), in_dims=(None, 0))(x, X),
    ]
    X, x = X.clone().requires_grad_(), x.clone().requires_grad_()
    found.append(t.autograd.grad(total(X, x), (X, x)))
    return found


@program
def what_the_methods_see_is_one_entry(t):
    seen: list = []
    f = product(t, seen)
    X = rows(t).requires_grad_()
    y, _ = t.func.vmap(f.apply, in_dims=(0, None, None))(X, t.tensor([1.0, 2.0]), 2.0)
    t.autograd.grad(y.sum(), X)
    return [seen, y.grad_fn.name()]


@program
def derivatives_outside_of_a_transform(t):
    F, x = t.func, t.tensor([1.0, 2.0], requires_grad=True)
    f = transformable(t).apply
    inner = [
        F.grad(lambda v: f(v).sum())(x),
        F.jvp(f, (x,), (t.ones(2),))[1],
        F.grad(lambda v: (f(v) * f(x)).sum())(x.detach()),
        F.vmap(lambda row: f(row) * f(x))(rows(t)),
    ]
    return [t.autograd.grad(y.sum(), x) for y in inner]


@program
def a_transform_inside_a_dual_level(t):
    fw, f = forward_ad(t), transformable(t).apply
    with fw.dual_level():
        d = fw.make_dual(t.tensor([1.0, 2.0]), t.ones(2))
        return list(fw.unpack_dual(t.func.grad(lambda x: f(x).sum())(d)))


def dirty(t, generate=False, **others):
    def forward(x):
        return x.mul_(2)

    return function(
        t, forward, lambda ctx, g: g * 2, setup_context=lambda ctx, inputs, output: ctx.mark_dirty(inputs[0]),
        jvp=lambda ctx, tx: tx.mul_(2), generate_vmap_rule=generate, **others,
    )  # fmt: skip


@program
def changed_in_place_under_transforms(t):
    F, same = t.func, []

    def vmap(info, in_dims, x):
        y = f.apply(x)
        same.append(y is x)
        return y, in_dims[0]

    f = dirty(t, vmap=vmap)

    def g(x):
        y = x * 1
        z = f.apply(y)
        same.append(z is y)
        return z

    x, X = t.tensor([1.0, 2.0]), rows(t)
    return [
        F.grad(lambda x: g(x).sum())(x), F.jvp(g, (x,), (t.ones(2),)), F.vmap(g)(X),
        F.vmap(F.grad(lambda x: g(x).sum()))(X), F.grad(lambda X: F.vmap(g)(X).sum())(X),
        same,
    ]  # fmt: skip


@program
def no_vmap_is_needed_for_jacrev(t):
    return t.func.jacrev(transformable(t, False).apply)(t.tensor([1.0, 2.0]))


@program
def a_function_of_constants_in_a_jvp_needs_no_jvp(t):
    f = function(t, lambda x: x * 2, setup_context=lambda ctx, inputs, output: None)
    x = t.tensor([1.0, 2.0])
    return t.func.jvp(lambda y: y + f.apply(x), (x,), (x,))


@program
def once_differentiable_under_transforms(t):
    once = t.autograd.function.once_differentiable
    f = function(
        t, lambda x: x * x, once(lambda ctx, g: g * 2 * ctx.saved_tensors[0]), generate_vmap_rule=True,
        setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs),
    )  # fmt: skip
    F, x = t.func, t.tensor([1.0, 2.0])
    return [F.grad(lambda x: f.apply(x).sum())(x), F.vmap(F.grad(lambda x: f.apply(x).sum()))(rows(t))]


@program
def with_ctx_in_what_is_no_function_transform(t):
    J, x, f = t.autograd.functional, leaf(t, 1.0, 2.0), cube(t).apply
    log = []
    nested = function(t, lambda ctx, x: x * 1, lambda ctx, g: (log.append(1), double(t, None).apply(g))[1])
    return [
        J.jacobian(f, x), J.jacobian(f, x, vectorize=True),
        J.jacobian(f, x, vectorize=True, strategy="forward-mode"),
        J.hessian(lambda x: f(x).sum(), x), J.hessian(lambda x: f(x).sum(), x, vectorize=True),
        J.hessian(lambda x: f(x).sum(), x, vectorize=True, outer_jacobian_strategy="forward-mode"),
        J.jvp(f, x, t.ones(2)), J.hvp(lambda x: f(x).sum(), x, t.ones(2)),
        t.autograd.grad(nested.apply(x), x, t.eye(2), is_grads_batched=True), log,
    ]  # fmt: skip


@program
def checked_by_gradcheck(t):
    x = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    f = cube(t).apply
    return [
        t.autograd.gradcheck(f, (x,), check_forward_ad=True, check_batched_grad=True, check_batched_forward_grad=True),
        t.autograd.gradgradcheck(f, (x,), check_fwd_over_rev=True, check_rev_over_rev=True, check_batched_grad=True),
    ]


@refused
def no_jvp_in_a_jacobian_by_forward_mode(t):
    f = function(t, lambda ctx, x: x * 2)
    t.autograd.functional.jacobian(f.apply, t.ones(2), vectorize=True, strategy="forward-mode")


def with_ctx(t):
    return function(t, lambda ctx, x: x * 2, lambda ctx, g: g * 2, jvp=lambda ctx, tx: tx * 2)


@refused
def forward_with_ctx_in_grad(t):
    t.func.grad(lambda x: with_ctx(t).apply(x).sum())(t.ones(2))


@refused
def forward_with_ctx_in_vmap(t):
    t.func.vmap(with_ctx(t).apply)(rows(t))


@refused
def forward_with_ctx_in_jvp(t):
    t.func.jvp(with_ctx(t).apply, (t.ones(2),), (t.ones(2),))


@refused
def forward_with_ctx_on_a_constant_in_vmap(t):
    t.func.vmap(lambda row: row + with_ctx(t).apply(t.ones(2)))(rows(t))


@refused
def no_support_of_vmap(t):
    t.func.vmap(transformable(t, False).apply)(rows(t))


@refused
def no_support_of_vmap_on_a_constant(t):
    t.func.vmap(lambda row: row + transformable(t, False).apply(t.ones(2)))(rows(t))


@refused
def two_kinds_of_vmap(t):
    t.func.vmap(transformable(t, vmap=lambda info, in_dims, x: (x, 0)).apply)(rows(t))


@refused
def a_vmap_that_returns_no_pair(t):
    # PyTorch's sentence ends with its class of tensors.
    t.func.vmap(transformable(t, False, vmap=lambda info, in_dims, x: [x, 0]).apply)(rows(t))


@refused
def a_vmap_that_returns_three(t):
    t.func.vmap(transformable(t, False, vmap=lambda info, in_dims, x: (x, 0, 0)).apply)(rows(t))


@refused
def no_jvp_in_jvp(t):
    f = function(t, lambda x: x * 2, setup_context=lambda ctx, inputs, output: None)
    t.func.jvp(f.apply, (t.ones(2),), (t.ones(2),))


@refused
def no_backward_in_grad(t):
    f = type("F", (t.autograd.Function,), {
        "forward": staticmethod(lambda x: x * 2), "setup_context": staticmethod(lambda ctx, inputs, output: None),
    })  # fmt: skip
    t.func.grad(lambda x: f.apply(x).sum())(t.ones(2))


@pytest.mark.parametrize("function", programs_of(globals()), ids=lambda f: f.__name__)
def test_same(function):
    check(function, torch)


@pytest.mark.parametrize("function", refusals_of(globals()), ids=lambda f: f.__name__)
def test_refused(function):
    check_refused(function, torch)
