"""Every node knows the user's line, sub-expression, function and module that made it."""

import gc
import sys
import weakref

import wengert as t
from wengert import nn


def line() -> int:
    return sys._getframe(1).f_lineno


def test_where_an_operation_was_called():
    w = t.ones(3, requires_grad=True)
    y = (w * 2).exp() + w.sin(); here = line()  # noqa: E702
    where = y.grad_fn.where
    assert where.file == __file__ and where.line == here
    assert where.function == "test_where_an_operation_was_called"
    assert where.source == "(w * 2).exp() + w.sin()" and where.module is None
    inner = y.grad_fn.next_functions[0][0]
    assert inner.name() == "ExpBackward0" and inner.where.source == "(w * 2).exp()"
    assert inner.next_functions[0][0].where.source == "w * 2"
    assert f"{__file__}:{here}" in str(where)


def test_a_sub_expression_over_several_lines():
    w = t.ones(3, requires_grad=True)
    y = w.mul(
        t.ones(3)
    )
    assert y.grad_fn.where.source.startswith("w.mul(") and y.grad_fn.where.source.endswith(")")


def test_a_nested_function_and_code_without_a_file():
    def inside(w):
        return w * 2

    w = t.ones(3, requires_grad=True)
    assert inside(w).grad_fn.where.function.endswith("<locals>.inside")
    names = {"w": w}
    exec(compile("y = w * 2", "<typed in>", "exec"), names)
    where = names["y"].grad_fn.where
    assert where.file == "<typed in>" and where.line == 1 and where.source == ""


def test_the_module_path():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(2, 2), nn.ReLU())

        def forward(self, x):
            return self.layers(x) * 2

    class Whole(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = Block()

        def forward(self, x):
            return self.encoder(x).sum()

    z = Whole()(t.ones(1, 2))
    assert z.grad_fn.name() == "SumBackward0"
    product = z.grad_fn.next_functions[0][0]
    relu = product.next_functions[0][0]
    linear = relu.next_functions[0][0]
    assert product.where.module == "encoder"
    assert relu.where.module == "encoder.layers.1"
    assert linear.where.module == "encoder.layers.0"
    assert "self.layers(x) * 2" == product.where.source


def test_nodes_keep_code_and_never_frames():
    class Big:
        pass

    def inside():
        big = Big()
        return weakref.ref(big), t.ones(1, requires_grad=True) * 2

    reference, y = inside()
    gc.collect()
    assert reference() is None and y.grad_fn.where.function.endswith("inside")


def test_nodes_of_a_recorded_backward_pass_have_the_line_of_what_they_differentiate():
    w = t.ones(1, requires_grad=True)
    y = w.exp()
    (g,) = t.autograd.grad(y.sum(), w, create_graph=True)
    assert g.grad_fn.where.source == "w.exp()"
