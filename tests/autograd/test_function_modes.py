"""`autograd.Function` in forward mode and under the function transforms."""

import itertools

import numpy as np
import pytest

import wengert as t
from wengert.autograd import Function, forward_ad, grad
from wengert.func import grad as func_grad
from wengert.func import hessian, jacfwd, jacrev, jvp, vjp, vmap


class Cube(Function):
    """x**3 whose derivatives read what was saved of it: its argument and its result."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs, output)
        ctx.save_for_forward(*inputs, output)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * 3 * y / x

    @staticmethod
    def jvp(ctx, tangent):
        x, y = ctx.saved_tensors
        return tangent * 3 * y / x


class Product(Function):
    """x * y * k and x + y."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, y, k):
        return x * y * k, x + y

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, y, ctx.k = inputs
        assert x.shape == y.shape == output[0].shape  # of one entry, also in a batch
        ctx.save_for_backward(x, y)
        ctx.save_for_forward(y, x)

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y * ctx.k + h, g * x * ctx.k + h, None

    @staticmethod
    def jvp(ctx, tx, ty, tk):
        y, x = ctx.saved_tensors
        return (tx * y + x * ty) * ctx.k, tx + ty


def function(forward, **members):
    members = {"forward": forward, **members}
    return type("Given", (Function,), {name: staticmethod(m) if callable(m) else m for name, m in members.items()})


def dual(*values):
    return forward_ad.make_dual(t.tensor(values), t.full((len(values),), 10.0))


def tangent(x):
    return forward_ad.unpack_dual(x).tangent.tolist()


# ------------------------------------------------------------------------------------------------ forward mode


def test_the_tangent_is_what_jvp_says():
    # 7, not the derivative of forward: what forward does is not differentiated.
    with forward_ad.dual_level():
        y = function(lambda ctx, x: x * 2, jvp=lambda ctx, tx: tx * 7).apply(dual(1.0, 2.0))
        assert y.tolist() == [2, 4] and tangent(y) == [70, 70]
        with pytest.raises(NotImplementedError, match="must implement the jvp function"):
            function(lambda ctx, x: x * 2).apply(dual(1.0))


def test_what_jvp_is_given():
    seen = []

    def take(ctx, *tangents):
        seen.append((tangents, ctx.saved_tensors, t.is_grad_enabled()))
        return tangents[0]

    def forward(ctx, x, y, k, i):
        ctx.save_for_backward(x)
        ctx.save_for_forward(y, None)
        return x * 1

    with forward_ad.dual_level():
        function(forward, jvp=take).apply(dual(1.0), t.ones(1), 3, t.arange(1))
        function(
            lambda ctx, x, y: (ctx.set_materialize_grads(False), x * 1)[1], jvp=take
        ).apply(dual(1.0), t.ones(1))  # fmt: skip
    (tx, ty, tk, ti), saved, recording = seen[0]
    assert (tx.item(), ty.item(), tk, ti) == (10, 0, None, None) and recording
    assert saved[0].item() == 1 and saved[1] is None
    assert seen[1][0][1] is None and seen[1][1] == ()


def test_none_is_a_tangent_of_zero():
    with forward_ad.dual_level():
        y, z = function(lambda ctx, x: (x * 2, x * 3), jvp=lambda ctx, tx: (None, tx)).apply(dual(1.0))
        assert forward_ad.unpack_dual(y).tangent is None and tangent(z) == [10]


@pytest.mark.parametrize(
    "forward, jvp_, message",
    [
        (lambda ctx, x: x * 2, lambda ctx, tx: (tx, tx), "invalid number of forward gradients \\(expected 1 but got 2"),
        (lambda ctx, x: (x * 2, 3), lambda ctx, tx: tx, "invalid number of forward gradients \\(expected 2 but got 1"),
        (lambda ctx, x: x * 2, lambda ctx, tx: 1.0, "expected Variable or None \\(got float\\) for grad output 0"),
        (lambda ctx, x: x * 2, lambda ctx, tx: tx[:1], "a forward gradient that has a different size"),
        (lambda ctx, x: x.long(), lambda ctx, tx: tx, "at position 0, but  the corresponding forward output is"),
        (lambda ctx, x: x, lambda ctx, tx: tx, "is returning a view \\(or an input as-is\\) but the jvp is not"),
        (lambda ctx, x: x[:1], lambda ctx, tx: tx[:1] * 1, "is returning a view .* the jvp is not returning a view"),
    ],
)
def test_wrong_tangents(forward, jvp_, message):
    with forward_ad.dual_level(), pytest.raises(RuntimeError, match=message):
        function(forward, jvp=jvp_).apply(dual(1.0, 2.0))


def changing(jvp_):
    def forward(ctx, x, *others):
        ctx.mark_dirty(x)
        return x.mul_(3)

    return function(forward, backward=lambda ctx, g: g * 3, jvp=jvp_)


def test_changed_in_place():
    f = changing(lambda ctx, tx: tx.mul_(3))
    with forward_ad.dual_level():
        d = dual(1.0, 2.0)
        v = d[:1]
        assert f.apply(v) is v and tangent(v) == [30] and tangent(d) == [30, 10] and d.tolist() == [3, 2]
        for wrong, message in (
            (lambda ctx, tx: tx * 3, "not modifying the forward mode gradients inplace"),
            (lambda ctx, tx: None, "not modifying the forward mode gradients inplace"),
            (lambda ctx, tx: tx.mul_(3).clone().mul_(1), "not returning the forward mode gradients as-is"),
        ):
            with pytest.raises(RuntimeError, match=message):
                changing(wrong).apply(dual(1.0))


def test_a_constant_that_is_changed_becomes_dual():
    with forward_ad.dual_level():
        base = t.ones(2)
        v = base[1:]
        assert changing(lambda ctx, tx, ty: ty * 2).apply(v, dual(1.0)) is v
        assert tangent(v) == [20] and tangent(base) == [0, 20]


def test_what_saved_a_tensor_before_it_became_dual_notices():
    x = t.ones(2, requires_grad=True)
    with forward_ad.dual_level():
        a = x * 2
        a.add_(1)
        y = a * x
        changing(lambda ctx, tx, ty: ty * 2).apply(a, dual(1.0, 2.0))
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_a_view_of_a_value_that_was_unpacked():
    same = function(lambda ctx, x: x, jvp=lambda ctx, tx: tx.view_as(tx), backward=lambda ctx, g: g)
    x = t.ones(2, requires_grad=True)
    with forward_ad.dual_level():
        d = forward_ad.make_dual(t.ones(2), t.ones(2)) * x
        v = same.apply(d)
        forward_ad.unpack_dual(d)
        w = same.apply(v)
        assert v._base is d and w._base is d and tangent(w) == [1, 1]


def test_views_share_their_tangents():
    first = function(lambda ctx, x: x[:1], jvp=lambda ctx, tx: tx[:1])
    with forward_ad.dual_level():
        d = dual(1.0, 2.0)
        y = first.apply(d)
        d.mul_(2)
        assert y.tolist() == [2] and tangent(y) == [20]
        y.mul_(3)
        assert d.tolist() == [6, 4] and tangent(d) == [60, 20]


def test_a_tangent_passed_on_is_the_outputs_own():
    with forward_ad.dual_level():
        d = dual(1.0, 2.0)
        y = function(lambda ctx, x: x * 1, jvp=lambda ctx, tx: tx).apply(d)
        y.mul_(2)
        assert tangent(y) == [20, 20] and tangent(d) == [10, 10]


@pytest.mark.parametrize("has_setup", [True, False])
def test_forward_over_reverse_and_reverse_over_forward(has_setup):
    f = Cube
    if not has_setup:
        f = function(
            lambda ctx, x: (lambda y: (Cube.setup_context(ctx, (x,), y), y)[1])(x**3),
            backward=Cube.backward, jvp=Cube.jvp,
        )  # fmt: skip
    x = t.tensor([1.0, 2.0], requires_grad=True)
    with forward_ad.dual_level():
        d = forward_ad.make_dual(x, t.ones(2))
        y = f.apply(d)
        (g,) = grad(y.sum(), d, create_graph=True)
        assert g.tolist() == [3, 12] and tangent(g) == [6, 12]
        p, along = forward_ad.unpack_dual(y)
        assert grad(p.sum(), x, retain_graph=True)[0].tolist() == [3, 12]
        (h,) = grad(along.sum(), x, create_graph=True)
        assert h.tolist() == [6, 12] and grad(h.sum(), x)[0].tolist() == [6, 6]


# ------------------------------------------------------------------------------------------------ transforms

x2, rows3 = t.tensor([1.0, 2.0], dtype=t.double), t.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=t.double)

# Transforms of functions from vectors to vectors of the same length; any of them may be applied to another.
OF_VECTORS = {
    "gradient": lambda f: func_grad(lambda x: f(x).sum()),
    "pullback": lambda f: lambda x: vjp(f, x)[1](x * 2)[0],
    "tangent": lambda f: lambda x: jvp(f, (x,), (x * 2,))[1],
    "diagonal by jacrev": lambda f: lambda x: jacrev(f)(x).sum(0),
    "diagonal by jacfwd": lambda f: lambda x: jacfwd(f)(x).sum(0),
    "rows": lambda f: lambda x: vmap(f)(x * rows3.to(x.dtype)).sum(0),
    "columns": lambda f: lambda x: vmap(f, in_dims=1, out_dims=1)(x.unsqueeze(1) * rows3[:2]).sum(1),
    "by hand": lambda f: lambda x: f(x) * x,
}


@pytest.mark.parametrize("outer, inner", list(itertools.product(OF_VECTORS, OF_VECTORS)))
def test_transforms_nest(outer, inner):
    transform = lambda f: OF_VECTORS[outer](OF_VECTORS[inner](f))(x2)  # noqa: E731
    np.testing.assert_allclose(transform(Cube.apply).numpy(), transform(lambda x: x**3).numpy(), rtol=1e-12)


def test_a_hessian_of_each_row():
    ours = vmap(hessian(lambda x: Cube.apply(x).sum()))(rows3)
    np.testing.assert_allclose(ours.numpy(), np.stack([np.diag(6 * row) for row in rows3.numpy()]), rtol=1e-12)


def test_several_arguments_of_which_some_are_batched():
    def of_rows(f):
        return vmap(lambda row, x: f(row, x, 2.0), in_dims=(0, None))

    def plain(x, y, k):
        return x * y * k, x + y

    for ours, theirs in zip(of_rows(Product.apply)(rows3, x2), of_rows(plain)(rows3, x2), strict=True):
        assert (ours == theirs).all()

    def total(f):
        return lambda rows, x: sum([(y**2).sum() for y in of_rows(f)(rows, x)])

    for derivative in (
        lambda f: func_grad(f, argnums=(0, 1))(rows3, x2),
        lambda f: jvp(f, (rows3, x2), (rows3 * 2, x2)),
        lambda f: [func_grad(lambda x: vmap(func_grad(lambda rows: f(rows, x)))(rows3.expand(2, 3, 2)).sum())(x2)],
    ):
        for a, b in zip(derivative(total(Product.apply)), derivative(total(plain)), strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def test_derivatives_outside_of_the_transform():
    x = x2.clone().requires_grad_()
    second = [6, 12]
    assert grad(func_grad(lambda v: Cube.apply(v).sum())(x).sum(), x)[0].tolist() == second
    assert grad(jvp(Cube.apply, (x,), (t.ones(2, dtype=t.double),))[1].sum(), x)[0].tolist() == second
    inner = vmap(lambda row: row * Cube.apply(x))(rows3)
    assert grad(inner.sum(), x)[0].tolist() == [27, 144]


def test_a_static_vmap():
    seen = []

    def vmap_rule(info, in_dims, x):
        seen.append((info.batch_size, info.randomness, in_dims, tuple(x.shape)))
        return f.apply(x), in_dims[0]

    members = {name: staticmethod(getattr(Cube, name)) for name in ("forward", "setup_context", "backward", "jvp")}
    f = type("Static", (Function,), {**members, "vmap": staticmethod(vmap_rule)})
    assert vmap(f.apply, randomness="same")(rows3).tolist() == (rows3**3).tolist()
    assert seen == [(3, "same", (0,), (3, 2))]
    assert vmap(func_grad(lambda x: f.apply(x).sum()))(rows3).tolist() == (rows3**2 * 3).tolist()
    assert func_grad(lambda rows: vmap(f.apply)(rows).sum())(rows3).tolist() == (rows3**2 * 3).tolist()


@pytest.mark.parametrize(
    "returned, message",
    [
        (lambda x: x, "to have two returns, an output and out_dims .*Got a <class"),
        (lambda x: (x, 0, 0), "to have two returns, an output and out_dims .*Got 3 returns"),
        (lambda x: (x, (0, 0)), "returned an incompatible \\(output, out_dims\\) tuple"),
        (lambda x: (x * 1, 1), "a dimension that is not the batch"),
        (lambda x: (x * 1, 5), "a dimension that is not the batch"),
    ],
)
def test_a_static_vmap_that_returns_something_else(returned, message):
    f = function(
        lambda x: x, setup_context=lambda ctx, inputs, output: None, vmap=lambda info, in_dims, x: returned(x)
    )
    with pytest.raises(RuntimeError, match=message):
        vmap(f.apply)(rows3)


def test_what_a_transform_refuses():
    with_ctx = function(lambda ctx, x: x * 2)
    for call in (
        lambda: func_grad(lambda x: with_ctx.apply(x).sum())(x2),
        lambda: vmap(with_ctx.apply)(rows3),
        lambda: vmap(lambda row: row + with_ctx.apply(x2))(rows3),
        lambda: jvp(with_ctx.apply, (x2,), (x2,)),
        lambda: jacrev(with_ctx.apply)(x2),
    ):
        with pytest.raises(RuntimeError, match="must override the setup_context staticmethod"):
            call()
    no_rule = function(lambda x: x * 2, setup_context=lambda ctx, inputs, output: None)
    for call in (lambda: vmap(no_rule.apply)(rows3), lambda: vmap(lambda row: row + no_rule.apply(x2))(rows3)):
        with pytest.raises(RuntimeError, match="You tried to vmap over Given, but it does not have vmap support"):
            call()
    with pytest.raises(RuntimeError, match="has both generate_vmap_rule=True and an overridden vmap"):
        vmap(type("Both", (Cube,), {"vmap": staticmethod(lambda info, in_dims, x: (x, 0))}).apply)(rows3)
    with pytest.raises(NotImplementedError, match="must implement the jvp function"):
        jvp(no_rule.apply, (x2,), (x2,))
    # Outside again, nothing is asked for.
    assert with_ctx.apply(x2).tolist() == [2, 4]


@pytest.mark.parametrize("generate", [True, False])
def test_changed_in_place_under_transforms(generate):
    same = []

    def rule(info, in_dims, x):
        y = f.apply(x)
        same.append(y is x)
        return y, in_dims[0]

    f = function(
        lambda x: x.mul_(2), backward=lambda ctx, g: g * 2, jvp=lambda ctx, tx: tx.mul_(2),
        setup_context=lambda ctx, inputs, output: ctx.mark_dirty(*inputs), generate_vmap_rule=generate,
        **({} if generate else {"vmap": rule}),
    )  # fmt: skip

    def g(x):
        y = x * 1
        z = f.apply(y)
        same.append(z is y)
        return z

    assert func_grad(lambda x: g(x).sum())(x2).tolist() == [2, 2]
    assert [y.tolist() for y in jvp(g, (x2,), (t.ones_like(x2),))] == [[2, 4], [2, 2]]
    assert vmap(g)(rows3).tolist() == (rows3 * 2).tolist()
    assert vmap(func_grad(lambda x: g(x).sum()))(rows3).tolist() == [[2, 2]] * 3
    assert func_grad(lambda rows: vmap(g)(rows).sum())(rows3).tolist() == [[2, 2]] * 3
    assert all(same)


def test_trees_and_others_in_a_batch():
    dims = []

    def rule(info, in_dims, xs, k):
        dims.append(in_dims)
        return forward(xs, k), (0, None, None)

    def forward(xs, k):
        return xs[0] * xs[1] * k, None, "word"

    for members in ({"generate_vmap_rule": True}, {"vmap": rule}):
        f = function(forward, setup_context=lambda ctx, inputs, output: None, **members)
        assert vmap(lambda row: f.apply([row, row], 2.0)[0])(rows3).tolist() == (rows3**2 * 2).tolist()  # noqa: B023
        assert vmap(lambda row: f.apply((row, x2), 2.0)[0])(rows3).tolist() == (rows3 * x2 * 2).tolist()  # noqa: B023
        assert vmap(lambda row: f.apply([row, row], 2.0)[2], out_dims=None)(rows3) == "word"  # noqa: B023
    assert dims[:2] == [([0, 0], None), ((0, None), None)]


def test_an_exception_leaves_the_levels_in_order():
    f = function(lambda x: 1 / 0, setup_context=lambda ctx, inputs, output: None, generate_vmap_rule=True)
    for call in (lambda: vmap(f.apply)(rows3), lambda: jvp(f.apply, (x2,), (x2,)), lambda: func_grad(f.apply)(x2)):
        with pytest.raises(ZeroDivisionError):
            call()
    assert t.is_grad_enabled()
    with forward_ad.dual_level():
        with pytest.raises(ZeroDivisionError):
            f.apply(dual(1.0))
        assert tangent(dual(1.0) * 2) == [20]
    assert vmap(Cube.apply)(rows3).tolist() == (rows3**3).tolist()
