"""Checkpointing in both libraries: gradients, how often the function runs and how far, errors and their first
sentence."""

import contextlib
import importlib
import random
import warnings

import numpy as np
import pytest

import wengert
from wengert.utils.checkpoint import checkpoint

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle


class Library:
    """A library's namespace and its checkpointing, and a log of what ran."""

    def __init__(self, t):
        self.t = t
        self.tools = importlib.import_module(t.__name__ + ".utils.checkpoint")
        self.log = []

    def leaf(self, *values):
        return self.t.tensor(values, dtype=self.t.float64, requires_grad=True)

    def run(self, function, *args, **keywords):
        return self.tools.checkpoint(function, *args, **({"use_reentrant": False} | keywords))

    def logged(self, name, function):
        def f(*args, **keywords):
            self.log.append(name)
            result = function(*args, **keywords)
            self.log.append(name + " ends")
            return result

        return f

    def grad(self, *args, **keywords):
        return self.t.autograd.grad(*args, **keywords)


def outcome(t, program):
    library = Library(t)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = program(library)
        except Exception as error:
            sentence = str(error).splitlines()[0]
            # PyTorch's sentence names its own tensor types.
            sentence = sentence.split("[torch.")[0].split("[wengert.")[0]
            return "error", type(error).__name__, sentence, library.log
    return "value", [None if g is None else g.detach().tolist() for g in found], library.log


def same(program):
    ours, theirs = outcome(wengert, program), outcome(torch, program)
    assert ours[0] == theirs[0] and ours[-1] == theirs[-1], f"wengert {ours}, PyTorch {theirs}"
    if ours[0] == "error":
        assert ours == theirs
    else:
        for a, b in zip(ours[1], theirs[1], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)


# ------------------------------------------------------------------------------------------------ programs


def plainly(c):
    x, w = c.leaf([0.1, 0.2]), c.leaf([1.0, 2.0], [-1.0, 0.5])
    y = c.run(c.logged("f", lambda x, w: (x @ w).tanh().exp()), x, w)
    return c.grad(y.sum(), (x, w))


def reentrant(c):
    x, w = c.leaf([0.1, 0.2]), c.leaf([1.0, 2.0], [-1.0, 0.5])
    c.run(lambda x, w: (x @ w).tanh().exp(), x, w, use_reentrant=True).sum().backward()
    return x.grad, w.grad


def retained(c):
    x = c.leaf(0.1, 0.2)
    y = c.run(c.logged("f", lambda x: x.sin().exp()), x).sum()
    y.backward(retain_graph=True)
    y.backward()
    return (x.grad,)


def a_second_pass_over_a_freed_graph(c):
    x = c.leaf(0.1, 0.2)
    y = c.run(c.logged("f", lambda x: x.sin().exp()), x).sum()
    y.backward()
    y.backward()


def second_order(c):
    x = c.leaf(0.1, 0.2)
    (g,) = c.grad(c.run(c.logged("f", lambda x: x.sin().exp()), x).sum(), x, create_graph=True)
    return g, *c.grad(g.sum(), x)


def part_of_the_outputs(c):
    x, w = c.leaf(0.1), c.leaf(0.2)
    # Not logged: what the first pass has no use for serves the second one here, where PyTorch computes it again.
    a, b = c.run(lambda x, w: (x.sin().exp(), w.cos().exp()), x, w)
    first = c.grad(a.sum(), x)
    return *first, *c.grad(b.sum(), w)


def nested(c):
    x = c.leaf(0.1, 0.2)
    inner = c.logged("inner", lambda x: x.sin().exp())
    middle = c.logged("middle", lambda x: c.run(inner, x.cos()) * x)
    outer = c.logged("outer", lambda x: c.run(middle, x.tanh()).log1p())
    return c.grad(c.run(outer, x).sum(), x)


def nested_second_order(c):
    x = c.leaf(0.1, 0.2)
    y = c.run(lambda x: c.run(lambda x: x.sin().exp(), x.cos()) * x, x)
    (g,) = c.grad(y.sum(), x, create_graph=True)
    return c.grad(g.sum(), x)


def several_nested_in_a_row(c):
    x = c.leaf(0.1, 0.2)
    parts = [c.logged(name, lambda x: x.sin().exp()) for name in "abc"]

    def outer(x):
        for part in parts:
            x = c.run(part, x)
        return x

    return c.grad(c.run(c.logged("outer", outer), x).sum(), x)


def backward_inside(early_stop, retain_graph):
    def program(c):
        x = c.leaf(0.1, 0.2)

        def f(x):
            z = x.sin().cos()
            (g,) = c.grad(z.sum(), x, retain_graph=retain_graph)
            return (x.cos() * g * z) if retain_graph else (x.cos() * g)

        return c.grad(c.run(c.logged("f", f), x, early_stop=early_stop).sum(), x)

    return program


def keywords_and_others(c):
    x, scale = c.leaf(0.1, 0.2), c.leaf(2.0, 3.0)
    y = c.run(lambda x, n, *, scale: {"y": (x**n * scale).exp()}, x, 2, scale=scale)
    return c.grad(y["y"].sum(), (x, scale))


def nothing_recorded(c):
    x = c.leaf(0.1)
    with c.t.no_grad():
        return (c.run(c.logged("f", lambda x: x.exp()), x),)


def hooks_inside(c):
    x = c.leaf(0.1, 0.2)

    def f(x):
        y = x.exp()
        y.register_hook(lambda g: c.log.append("hook"))
        return y.sin()

    return c.grad(c.run(f, x).sum(), x)


def in_segments(c):
    x = c.leaf(0.1, 0.2)
    functions = [c.logged(str(i), lambda x: x.sin().exp()) for i in range(7)]
    return c.grad(c.tools.checkpoint_sequential(functions, 3, x, use_reentrant=False).sum(), x)


def a_net_in_segments(c):
    nn = c.t.nn
    layers = [nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)]
    net = nn.Sequential(*layers).to(c.t.float64)
    with c.t.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(c.t.arange(p.numel(), dtype=c.t.float64).reshape(p.shape) * 0.1 - 0.05 * i)
    c.tools.checkpoint_sequential(net, 2, c.leaf([0.1, 0.2]), use_reentrant=False).sum().backward()
    return [p.grad for p in net.parameters()]


def differing(first, later, **keywords):
    def program(c):
        calls = []

        def f(x):
            calls.append(None)
            return (first if len(calls) == 1 else later)(x)

        x = c.leaf(0.1, 0.2, 0.3)
        return c.grad(c.run(f, x, **keywords).sum(), x)

    return program


def changed_argument(c):
    x = c.leaf(0.1, 0.2)
    z = x * 1
    y = c.run(lambda z: z.exp().sin(), z)
    z.add_(1)
    y.sum().backward()


def swallowing_context(c):
    def f(x):
        raise KeyError("inside")

    c.run(f, c.leaf(1.0), context_fn=lambda: (contextlib.suppress(KeyError), contextlib.nullcontext()))


def failing(c):
    def f(x):
        raise KeyError("inside")

    c.run(f, c.leaf(1.0))


PROGRAMS = {
    "plainly": plainly,
    "reentrant": reentrant,
    "retained": retained,
    "a second pass over a freed graph": a_second_pass_over_a_freed_graph,
    "second order": second_order,
    "part of the outputs": part_of_the_outputs,
    "nested": nested,
    "nested, second order": nested_second_order,
    "several nested in a row": several_nested_in_a_row,
    "backward inside": backward_inside(True, False),
    "backward inside, to the end": backward_inside(False, False),
    "backward inside, retained": backward_inside(True, True),
    "backward inside, to the end, retained": backward_inside(False, True),
    "keywords": keywords_and_others,
    "no_grad": nothing_recorded,
    "hooks inside": hooks_inside,
    "in segments": in_segments,
    "a net in segments": a_net_in_segments,
    "to the end": lambda c: c.grad(
        c.run(c.logged("f", lambda x: x.exp().sin()), x := c.leaf(0.1), early_stop=False).sum(), x
    ),
    "fewer saved": differing(lambda x: x.exp().sin().tanh(), lambda x: x.exp()),
    "more saved": differing(lambda x: x.exp(), lambda x: x.exp().sin(), early_stop=False),
    "more saved, stopped": differing(lambda x: x.exp(), lambda x: x.exp().sin()),
    "another shape": differing(lambda x: x.exp().sin(), lambda x: x[:2].exp().sin()),
    "another type": differing(lambda x: x.exp().sin(), lambda x: x.float().exp().sin()),
    "argument changed": changed_argument,
    "context swallows": swallowing_context,
    "function fails": failing,
    "unknown check": lambda c: c.run(lambda x: x, c.leaf(1.0), determinism_check="all"),
    "debug and context": lambda c: c.run(
        lambda x: x, c.leaf(1.0), debug=True, context_fn=lambda: c.tools.noop_context_fn()
    ),
    "reentrant with keywords": lambda c: c.run(lambda x: x, c.leaf(1.0), use_reentrant=True, scale=2, other=3),
    "reentrant with debug": lambda c: c.run(lambda x: x, c.leaf(1.0), use_reentrant=True, debug=True),
    "segments with keywords": lambda c: c.tools.checkpoint_sequential(
        [c.t.exp], 1, c.leaf(1.0), use_reentrant=False, debug=True
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_both_do_the_same(name):
    same(PROGRAMS[name])


@pytest.mark.parametrize("sequential", [False, True])
def test_the_warning_about_use_reentrant(sequential):
    def warned(t):
        c = Library(t)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if sequential:
                c.tools.checkpoint_sequential([t.exp, t.sin], 2, c.leaf(0.1))
            else:
                c.tools.checkpoint(t.exp, c.leaf(0.1))
        return [(w.category, str(w.message).split(". ")[0]) for w in caught]

    assert warned(wengert) == warned(torch)


# ------------------------------------------------------------------------------------------------ random programs

# What a function may not do if it is to be called twice: change what it was given, or add to it.
_LEAVES_TRACES = (".data", "register_hook", "backward(", "no_grad")


def run_program(program, call):
    """The gradients, and gradients of those, of a program as one function of its leaves, which `call` calls."""
    from .fuzz.programs import helpers, leaf_of

    scope = {"t": wengert, "np": np, **helpers(wengert)}
    leaves, codes = {}, []
    for line, code in zip(program.lines, program.code, strict=True):
        if leaf_of(line) and "requires_grad=True" in line:
            exec(code, scope)
            leaves[leaf_of(line)] = scope[leaf_of(line)]
        else:
            codes.append(code)

    def function(*values):
        local = scope | dict(zip(leaves, values, strict=True))
        for code in codes:
            exec(code, local)
        return [local[name] for name in program.outputs]

    outputs = [y for y in call(function, *leaves.values()) if y.requires_grad and y.dtype.is_floating_point]
    wanted = list(leaves.values())
    total = sum([(y * y.detach().cos() + y).sum() for y in outputs])
    first = wengert.autograd.grad(total, wanted, create_graph=True, allow_unused=True)
    again = [g for g in first if g is not None and g.requires_grad]
    second = []
    if again:
        total = sum([(g * g.detach().sin()).sum() for g in again])
        second = wengert.autograd.grad(total, wanted, allow_unused=True)
    return [None if g is None else g.detach().tolist() for g in [*first, *second]]


@pytest.mark.parametrize("start", range(0, 400, 40))
@pytest.mark.filterwarnings("ignore")
def test_random_programs_have_the_gradients_that_they_have_without(start):
    from .fuzz.strategies import write

    compared = 0
    for number in range(start, start + 40):
        program = write(random.Random(number))
        if any([trace in line for line in program.lines for trace in _LEAVES_TRACES]):
            continue
        try:
            expected = run_program(program, lambda function, *values: function(*values))
        except (RuntimeError, IndexError, ValueError, TypeError):
            continue  # the program is one that is refused
        for early_stop in (True, False):
            if not early_stop and "autograd.grad" in str(program):
                continue  # values change in place after the gradient that is asked for inside
            try:
                found = run_program(
                    program, lambda f, *values, stop=early_stop: checkpoint(
                        f, *values, use_reentrant=False, early_stop=stop
                    )
                )  # fmt: skip
            except RuntimeError as error:
                # In-place changes of an argument, which the program alone survives.
                if "saved its input `args`" not in str(error):
                    raise
                continue
            for a, b in zip(found, expected, strict=True):
                if a is None or b is None:
                    assert a is b, program
                else:
                    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11, err_msg=str(program))
            compared += 1
    assert compared >= 5
