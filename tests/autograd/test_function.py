"""`autograd.Function`: its whole context, several outputs, and what is refused."""

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
