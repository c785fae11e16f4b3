"""`autograd.Function`: its whole context, several outputs, and what is refused."""

import gc
import threading
import weakref

import pytest

import wengert as t
from wengert.autograd import Function, grad, gradcheck, gradgradcheck, once_differentiable


def leaf(*values, dtype=t.float32):
    return t.tensor(values, dtype=dtype, requires_grad=True)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


def test_derivatives_of_every_order():
    x = leaf(2.0, dtype=t.double)
    assert gradcheck(Cube.apply, (x,)) and gradgradcheck(Cube.apply, (x,))
    (g,) = grad(Cube.apply(x).sum(), x, create_graph=True)
    (h,) = grad(g.sum(), x, create_graph=True)
    assert g.item() == 12 and h.item() == 12 and grad(h.sum(), x)[0].item() == 6


def test_setup_context_and_attributes():
    class Scale(Function):
        @staticmethod
        def forward(x, factor):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            _, ctx.factor = inputs
            assert output.shape == inputs[0].shape

        @staticmethod
        def backward(ctx, g):
            return g * ctx.factor, None

    x = leaf(1.0, 2.0)
    Scale.apply(x, 3.0).sum().backward()
    assert x.grad.tolist() == [3, 3]


class Two(Function):
    seen = []

    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(ctx_materialize[0])
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, a, b):
        Two.seen.append((a, b))
        return (0 if a is None else a * 2) + (0 if b is None else b * 3)


ctx_materialize = [True]


@pytest.mark.parametrize("materialize", [True, False])
def test_several_outputs_and_missing_gradients(materialize):
    ctx_materialize[0] = materialize
    Two.seen.clear()
    x = leaf(1.0, 1.0)
    a, b = Two.apply(x)
    assert a.grad_fn is b.grad_fn and (a.output_nr, b.output_nr) == (0, 1)
    b.sum().backward()
    assert x.grad.tolist() == [3, 3]
    first = Two.seen[0][0]
    assert first.tolist() == [0, 0] if materialize else first is None


def test_mark_dirty_and_in_place():
    class AddOne(Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 1

    w = leaf(1.0)
    y = w * 2
    z = AddOne.apply(y)
    assert z is y and y._version > 0 and y.grad_fn.name() == "AddOneBackward"
    (y * y).sum().backward()
    assert w.grad.item() == 12
    with pytest.raises(RuntimeError, match="leaf"):
        AddOne.apply(leaf(1.0))


def test_mark_non_differentiable():
    class Largest(Function):
        @staticmethod
        def forward(ctx, x):
            index = x.argmax()
            ctx.mark_non_differentiable(index)
            ctx.save_for_backward(index)
            ctx.size = x.numel()
            return x.max(), index

        @staticmethod
        def backward(ctx, g, g_index):
            (index,) = ctx.saved_tensors
            out = t.zeros(ctx.size)
            out[index] = g
            return out

    x = leaf(1.0, 5.0, 2.0)
    value, index = Largest.apply(x)
    assert value.requires_grad and not index.requires_grad
    value.backward()
    assert x.grad.tolist() == [0, 1, 0]


def test_saved_values_are_checked_and_freed():
    x = leaf(2.0)
    y = x * 1
    z = Cube.apply(y)
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()
    z = Cube.apply(x).sum()
    z.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        z.backward()


def test_once_differentiable():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]

    x = leaf(3.0)
    assert grad(Square.apply(x).sum(), x)[0].item() == 6
    (g,) = grad((Square.apply(x) ** 2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


def wrong(result):
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return result

    return Wrong


@pytest.mark.parametrize(
    "result, kind, text",
    [
        ((t.ones(2),), RuntimeError, "returned an incorrect number of gradients \\(expected 2, got 1\\)"),
        ((t.ones(2), t.ones(2), t.ones(2)), RuntimeError, "an incorrect number of gradients \\(expected 2, got 3\\)"),
        ((t.ones(3), t.ones(2)), RuntimeError, "returned an invalid gradient at index 0 - got \\[3\\]"),
        ((1.0, 2.0), RuntimeError, "expected Variable or None \\(got float\\)"),
    ],
)
def test_a_wrong_backward(result, kind, text):
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    with pytest.raises(kind, match=text):
        wrong(result).apply(a, b).sum().backward()
    assert a.grad is None and b.grad is None
    (a * b).sum().backward()
    assert a.grad.tolist() == [3, 4]


def test_a_backward_that_raises_and_a_missing_one():
    class Raises(Cube):
        @staticmethod
        def backward(ctx, g):
            raise ZeroDivisionError("mine")

    class Missing(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

    x = leaf(1.0)
    with pytest.raises(ZeroDivisionError, match="mine"):
        Raises.apply(x).sum().backward()
    with pytest.raises(NotImplementedError):
        Missing.apply(x).sum().backward()
    Cube.apply(x).sum().backward()
    assert x.grad.item() == 3


def test_misuse():
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        cube = Cube()
    with pytest.raises(RuntimeError, match="non-static forward method"):
        cube(leaf(1.0))
    with pytest.raises(NotImplementedError):
        Function.apply(leaf(1.0))

    class SavesANumber(Cube):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(3)
            return x

    with pytest.raises(TypeError, match="save_for_backward can only save variables"):
        SavesANumber.apply(leaf(1.0))


def test_operations_inside_forward_are_not_recorded():
    class Records(Cube):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            assert not y.requires_grad and not t.is_grad_enabled()
            ctx.save_for_backward(x)
            return y

    assert Records.apply(leaf(1.0)).requires_grad
    with t.no_grad():
        assert not Records.apply(leaf(1.0)).requires_grad


def test_an_input_returned_as_it_came():
    class Identity(Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 5

    x = leaf(1.0)
    y = Identity.apply(x)
    assert y is not x and x.is_leaf and y.grad_fn.name() == "IdentityBackward"
    y.sum().backward()
    assert x.grad.item() == 5


# ------------------------------------------------------------------------------------------------ what is returned


def function(forward, backward=None, **others):
    """A Function with these static methods."""
    members = {"forward": forward, "backward": backward or (lambda ctx, *g: g[0]), **others}
    return type("Given", (Function,), {name: staticmethod(m) if callable(m) else m for name, m in members.items()})


def test_what_is_no_tensor_is_passed_on():
    seen = []
    f = function(lambda ctx, x: (None, x * 2, "word", x.long()), lambda ctx, *g: (seen.append(g), g[1] * 2)[1])
    x = leaf(1.0, 2.0)
    nothing, y, word, integers = f.apply(x)
    assert nothing is None and word == "word" and not integers.requires_grad
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]
    assert seen[0][0] is None and seen[0][2] is None and seen[0][3].dtype is t.int64
    # Only a tuple is taken apart, as in PyTorch.
    assert [y.requires_grad for y in function(lambda ctx, x: [x * 1]).apply(x)] == [False]


def test_a_returned_input_is_a_view_that_may_not_change():
    a = leaf(1.0, 2.0) * 1
    y = function(lambda ctx, x: x, lambda ctx, g: g * 5).apply(a)
    assert y is not a and y._base is a and y.grad_fn.name() == "GivenBackward"
    with pytest.raises(RuntimeError, match="(?s)Output 0 of Given is a view .* inside a custom Function.*add_ at"):
        y.add_(1)
    a.add_(1)
    with pytest.raises(RuntimeError, match="(?s)another view of its base has been modified.*add_ at `a.add_"):
        (y * 2).sum().backward()


def test_of_several_outputs_no_view_may_change():
    x = leaf(1.0, 2.0)
    y, z = function(lambda ctx, x: (x[:1], x * 2), lambda ctx, g, h: h).apply(x * 1)
    with pytest.raises(RuntimeError, match="output of a function that returns multiple views"):
        y.add_(1)
    z.mul_(3)
    assert grad(z.sum(), x)[0].tolist() == [3, 3]


def test_changed_inputs():
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(3)

    f = function(forward, lambda ctx, g: g * 3)
    x = leaf(1.0, 2.0)
    base = x * 1
    v = base[:1]
    assert f.apply(v) is v and base.tolist() == [3, 2]
    assert grad(base.sum(), x)[0].tolist() == [3, 1]
    constant = t.ones(2)
    assert f.apply(constant) is constant and constant._version == 2 and constant.is_leaf
    with pytest.raises(RuntimeError, match="^a view of a leaf Variable that requires grad"):
        f.apply(x[:1])
    with t.no_grad():
        f.apply(x)
    assert x.tolist() == [9, 6] and x.is_leaf  # forward had run when the view was refused
    with pytest.raises(RuntimeError, match="your Function cannot return more than one Tensor"):
        function(lambda ctx, x: (forward(ctx, x), x * 1)).apply((x * 1)[:1])
    with pytest.raises(RuntimeError, match="must all be outputs of the Function"):
        function(lambda ctx, x: forward(ctx, x) * 1).apply(x * 1)
    with pytest.warns(UserWarning, match="a tensor that was not an input"):
        function(lambda ctx, x: forward(ctx, x * 1)).apply(x)


def test_a_forward_that_differentiates_for_itself():
    def forward(ctx, x):
        with t.enable_grad():
            ctx.inner = x.detach().requires_grad_()
            ctx.out = ctx.inner**3
        return ctx.out

    f = function(forward, lambda ctx, g: grad(ctx.out, ctx.inner, g)[0])
    x = leaf(1.0, 2.0)
    assert grad(f.apply(f.apply(x)).sum(), x)[0].tolist() == [9, 9 * 4 * 64]


# ------------------------------------------------------------------------------------------------ what is saved


def power(ctx, x):
    y = x**3
    ctx.save_for_backward(x, None, y)
    return y


def slope(ctx, g):
    x, nothing, y = ctx.saved_tensors
    assert nothing is None
    return g * 3 * y / x


def test_saved_values_pass_through_hooks_and_keep_their_place():
    log = []
    with t.autograd.graph.saved_tensors_hooks(lambda x: (log.append("pack"), x.detach() * 2)[1], lambda x: x / 2):
        x = leaf(1.0, 2.0)
        y = function(power, slope).apply(x)
        z = function(power, slope).apply(x * 1)
    assert log == ["pack"] * 4
    for out in (y, z):
        (g,) = grad(out.sum(), x, create_graph=True)
        assert g.tolist() == [3, 12] and grad(g.sum(), x)[0].tolist() == [6, 12]


def test_hooks_on_one_saved_tensor():
    x = leaf(1.0, 2.0)
    node = function(power, slope).apply(x).grad_fn
    held, nothing, _ = node._raw_saved_tensors
    held.register_hooks(lambda x: x.detach() + 1, lambda x: x * 10)
    assert node.saved_tensors[0].tolist() == [20, 30]
    with pytest.raises(RuntimeError, match="hooks have already been set"):
        held.register_hooks(lambda x: x, lambda x: x)
    with pytest.raises(RuntimeError, match="value None is forbidden"):
        nothing.register_hooks(lambda x: x, lambda x: x)


def test_only_reading_what_is_gone_is_an_error():
    y = Cube.apply(leaf(1.0)).sum()
    y.backward(retain_graph=True)
    y.backward()
    node = y.grad_fn.next_functions[0][0]
    for read in (lambda: node.saved_tensors, lambda: node._raw_saved_tensors, y.backward):
        with pytest.raises(RuntimeError, match="a second time"):
            read()
    z = function(lambda ctx, x: x * 2).apply(leaf(1.0))
    z.sum().backward()
    z.backward(t.ones(1))


def test_saved_once():
    def backward(ctx, g):
        assert len(ctx.saved_tensors) == 3
        return ctx.saved_tensors

    y = function(power, backward, clear_saved_tensors_on_access=True).apply(leaf(1.0))
    with pytest.raises(RuntimeError, match="can only be accessed once"):
        y.sum().backward()


def test_no_cycle_is_left():
    def several(ctx, x):
        y, index = x * 2, x.long()
        ctx.save_for_backward(x, y, index)
        ctx.mark_non_differentiable(index)
        return y, index

    def in_place(ctx, x):
        ctx.mark_dirty(x)
        x.add_(1)
        ctx.save_for_backward(x)
        return x

    def same(ctx, x):
        ctx.save_for_backward(x)
        return x

    gc.collect()
    gc.disable()
    try:
        for f in (function(power), function(several), function(in_place), function(same)):
            y = f.apply(leaf(1.0) * 1)
            y = y[0] if isinstance(y, tuple) else y
            node = weakref.ref(y.grad_fn)
            del y
            assert node() is None
    finally:
        gc.enable()


# ------------------------------------------------------------------------------------------------ walking back


def test_gradients_that_never_arrive():
    nothing = function(lambda ctx, x: x * 1, lambda ctx, g: None)
    seen = []
    zeros = function(lambda ctx, x: x * 1, lambda ctx, g: (seen.append(g), g)[1])
    as_it_is = function(
        lambda ctx, x: (ctx.set_materialize_grads(False), x * 1)[1], lambda ctx, g: (seen.append(g), g)[1]
    )
    x = leaf(1.0, 2.0)
    assert grad(nothing.apply(zeros.apply(x)).sum(), x)[0].tolist() == [0, 0]
    assert grad(nothing.apply(as_it_is.apply(x)).sum(), x, allow_unused=True) == (None,)
    assert seen[0].tolist() == [0, 0] and seen[1] is None


def test_edges_lead_from_tensors_only():
    f = function(lambda ctx, k, x, y: x * k, lambda ctx, g: (None, g * 3, None))
    x = leaf(1.0)
    y = f.apply(3, x, t.ones(1))
    assert len(y.grad_fn.next_functions) == 2 and y.grad_fn.next_functions[1] == (None, 0)
    seen = []
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append(grad_inputs))
    y.backward()
    assert seen == [(x.grad, None)] and x.grad.item() == 3
    with pytest.raises(RuntimeError, match="different than None at position 1"):
        function(lambda ctx, k, x: x * k, lambda ctx, g: (g, g)).apply(3, x).backward()


def test_several_vectors_at_once():
    calls = []
    inner = function(lambda ctx, x: x * 2, lambda ctx, g: g * 2)
    f = function(power, lambda ctx, g: (calls.append(1), inner.apply(slope(ctx, g)))[1])
    x = leaf(1.0, 2.0)
    (rows,) = grad(f.apply(x), x, t.eye(2), is_grads_batched=True)
    assert rows.tolist() == [[6, 0], [0, 24]] and calls == [1]


def test_keywords_and_defaults():
    seen = []

    def setup_context(ctx, inputs, output):
        seen.append(inputs[1:])
        ctx.k = inputs[1]

    f = function(lambda x, k=2: x * k, lambda ctx, g: (g * ctx.k, None), setup_context=setup_context)
    x = leaf(1.0)
    (f.apply(x) + f.apply(x, k=3) + f.apply(k=4, x=x)).backward()
    assert seen == [(2,), (3,), (4,)] and x.grad.item() == 9


def test_gradients_in_a_box():
    f = function(lambda ctx, x: (x * 1, x * 2), lambda ctx, box: box.pop() * 2, boxed_grads_call=True)
    x = leaf(1.0)
    f.apply(x)[1].backward()
    assert x.grad.item() == 2


def test_passes_inside_passes():
    def backward(ctx, g):
        if ctx.depth:
            with t.enable_grad():
                y = leaf(1.0)
                f.apply(y, ctx.depth - 1).backward()
                assert y.grad.item() == 2
        return g * 2, None

    def forward(ctx, x, depth):
        ctx.depth = depth
        return x * 2

    f = function(forward, backward)
    x = leaf(1.0)
    f.apply(x, 200).backward()
    assert x.grad.item() == 2


def test_a_long_chain():
    x = leaf(1.0)
    y = x
    f = function(lambda ctx, x: x * 1, lambda ctx, g: g)
    for _ in range(20_000):
        y = f.apply(y)
    y.backward()
    assert x.grad.item() == 1
    z = x
    for _ in range(20_000):
        z = f.apply(z)
    del y, z


def test_threads():
    failures = []

    def work():
        for _ in range(50):
            x = leaf(1.0, 2.0)
            Cube.apply(Cube.apply(x)).sum().backward()
            if x.grad.tolist() != [9, 9 * 256]:
                failures.append(x.grad)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_name_of_its_own_in_the_module():
    assert t.autograd.function.Function is Function and t.autograd.function.once_differentiable is once_differentiable
    assert issubclass(type(Cube.apply(leaf(1.0)).grad_fn), t.autograd.function.FunctionCtx)


def test_a_context_carries_attributes_of_any_name():
    names = [
        "name", "where", "sequence", "freed", "needs", "keep", "connect", "adopt", "checked", "number_of_inputs",
        "number_of_outputs", "let_go", "pull_back", "mark_changed", "output_kinds", "input_kinds", "hooks", "next0",
    ]  # fmt: skip

    def forward(ctx, x):
        for name in names:
            setattr(ctx, name, name)
        ctx.mark_dirty(x)
        x.mul_(2)
        y = x * 1
        ctx.save_for_backward(y)
        return x, y

    def backward(ctx, g, h):
        assert [getattr(ctx, name) for name in names] == names and len(ctx.saved_tensors) == 1
        return g * 2 + h * 2

    f = function(forward, backward)
    x = leaf(1.0)
    y, z = f.apply(x * 1)
    assert "grad_fn=<GivenBackward>" in repr(y)
    (y * 2 + z).backward()
    assert x.grad.item() == 6
    with pytest.raises(RuntimeError, match="(?s)a second time.*GivenBackward was recorded at `f.apply"):
        (y * z).backward()
    with pytest.raises(RuntimeError, match="GivenBackward, recorded at .*marked it as dirty"):
        f.apply(x)
