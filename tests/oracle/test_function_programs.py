"""Random programs of Functions, views and in-place changes in both libraries: after every step the same tensors in the
same places of the graph, or the same type of error; at the end the same gradients, first and second."""

import random
import warnings

import pytest

import wengert

from .programs import agree, function

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

PROGRAMS = 300


def product(ctx, x, y):
    ctx.save_for_backward(x, y)
    return x * y


def product_backward(ctx, g):
    x, y = ctx.saved_tensors
    return g * y, g * x


def cube(ctx, x):
    y = x**3
    ctx.save_for_backward(x, y)
    return y


def cube_backward(ctx, g):
    x, y = ctx.saved_tensors
    return g * 3 * x * x + 0 * y


def sigmoid_in_place(ctx, x):
    ctx.mark_dirty(x)
    x.sigmoid_()
    ctx.save_for_backward(x)
    return x


def sigmoid_backward(ctx, g):
    (y,) = ctx.saved_tensors
    return g * y * (1 - y)


def halve(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(0.5)


def scale_in_place(ctx, x, y):
    ctx.mark_dirty(x)
    ctx.save_for_backward(y)
    return x.mul_(y)


def double_and_more(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2), x * 1


def two_saved(ctx, x):
    y, z = x * 2, x * 3
    ctx.save_for_backward(y, z)
    return y, z


def two_saved_backward(ctx, g, h):
    y, z = ctx.saved_tensors
    return g * 2 * y + h * 3 * z


def one_without_derivative(ctx, x):
    y = x * 3
    ctx.mark_non_differentiable(y)
    return x * 2, y


def no_zeros(ctx, x):
    ctx.set_materialize_grads(False)
    return x * 2, x * 5


def no_zeros_backward(ctx, g, h):
    parts = [part for part in (None if g is None else g * 2, None if h is None else h * 5) if part is not None]
    return sum(parts) if parts else None


def without_derivative(ctx, x):
    ctx.mark_non_differentiable(x)
    return x


# The Functions that a program draws from: forward, backward, number of arguments.
FUNCTIONS = {
    "product": (product, product_backward, 2),
    "cube": (cube, cube_backward, 1),
    "sigmoid in place": (sigmoid_in_place, sigmoid_backward, 1),
    "halve in place": (halve, lambda ctx, g: g * 0.5, 1),
    "scale in place": (scale_in_place, lambda ctx, g: (g * ctx.saved_tensors[0], g * 0.25), 2),
    "double in place and more": (double_and_more, lambda ctx, g, h: g * 2 + h, 1),
    "identity": (lambda ctx, x: x, lambda ctx, g: g * 3, 1),
    "view": (lambda ctx, x: x.view(4), lambda ctx, g: g * 3, 1),
    "a view and more": (lambda ctx, x: (x * 2, x.view(4)), lambda ctx, g, h: g * 2 + h, 1),
    "two saved outputs": (two_saved, two_saved_backward, 1),
    "one output without derivative": (one_without_derivative, lambda ctx, g, h: g * 2 + h, 1),
    "no zeros": (no_zeros, no_zeros_backward, 1),
    "no gradient": (lambda ctx, x: x * 1, lambda ctx, g: None, 1),
    "identity without derivative": (without_derivative, lambda ctx, g: g, 1),
}
OPERATIONS = {
    "sum": lambda x, y: x * 0.5 + y,
    "mul_": lambda x, y: x.mul_(0.7),
    "add_": lambda x, y: x.add_(y),
    "view": lambda x, y: x.view(4),
    "detach": lambda x, y: x.detach(),
}
# What is said of a view that a Function makes where nothing is recorded is PyTorch's own.
WITHOUT_RECORDING = [name for name in FUNCTIONS if "view" not in name]


def drawn(number: int) -> list:
    """The steps of a program: (name, whether it is recorded, positions of its arguments)."""
    draw = random.Random(number)
    steps = []
    for _ in range(draw.randint(2, 7)):
        recorded = draw.random() < 0.9
        name = draw.choice([*FUNCTIONS, *FUNCTIONS, *OPERATIONS] if recorded else WITHOUT_RECORDING)
        steps.append((name, recorded, draw.randrange(100), draw.randrange(100)))
    return steps


def said_of(x) -> list:
    try:
        made_by = None if x.grad_fn is None else x.grad_fn.name() == "FBackward"
        return [x.requires_grad, x.is_leaf, x._is_view(), x._version, x.detach().tolist(), made_by]
    except RuntimeError as error:
        return [type(error).__name__]


def run(t, steps: list) -> list:
    values = [0.5, -0.3, 0.2, 0.9], [0.1, 0.4, -0.6, 0.3]
    leaves = [t.tensor(v, dtype=t.float64, requires_grad=True) for v in values]
    tensors = [*leaves, t.tensor([0.2, 0.7, -0.1, 0.3], dtype=t.float64)]
    log: list = []
    for name, recorded, i, j in steps:
        x, y = tensors[i % len(tensors)], tensors[j % len(tensors)]
        try:
            if name in FUNCTIONS and (recorded or name in WITHOUT_RECORDING):
                forward, backward, count = FUNCTIONS[name]
                with t.set_grad_enabled(recorded):
                    made = function(t, forward, backward).apply(*(x, y)[:count])
            else:
                made = OPERATIONS[name](x, y)
            for new in made if isinstance(made, tuple) else (made,):
                if not any([new is old for old in tensors]):
                    tensors.append(new)
            log.append([said_of(x) for x in tensors])
        except RuntimeError as error:
            log.append(type(error).__name__)
    try:
        total = sum([(x * x).sum() for x in tensors if x.requires_grad])
        first = t.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
        log.append([None if g is None else g.tolist() for g in first])
        square = sum([(g * g).sum() for g in first if g is not None])
        second = t.autograd.grad(square, leaves, allow_unused=True)
        log.append([None if g is None else g.tolist() for g in second])
    except (RuntimeError, AttributeError) as error:
        log.append(type(error).__name__)
    return log


@pytest.mark.parametrize("start", range(0, PROGRAMS, 30))
def test_programs(start):
    for number in range(start, start + 30):
        steps = drawn(number)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours, theirs = run(wengert, steps), run(torch, steps)
        assert agree(ours, theirs), f"program {number}: {steps}\n  wengert {ours}\n  PyTorch {theirs}"
