"""Transforms inside of transforms inside of transforms: values, and gradients of what was captured, against PyTorch's.

Each word makes a function of a vector that returns a number into another one: its derivative in a direction, by one
of the ways that there are, or its sum over a batch.
"""

import itertools

import pytest

from .agreement import same

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:.*torch.jit"),
    pytest.mark.filterwarnings("ignore:There is a performance drop because we have not yet implemented:UserWarning"),
]


def transforms(t, c, batch):
    return {
        "grad": lambda f: lambda a: (t.func.grad(f)(a) * c).sum(),
        "value": lambda f: lambda a: sum([x.sum() for x in t.func.grad_and_value(f)(a)]),
        "vjp": lambda f: lambda a: (t.func.vjp(f, a)[1](t.ones((), dtype=t.float64))[0] * c).sum(),
        "jvp": lambda f: lambda a: t.func.jvp(f, (a,), (c,))[1],
        "vmap": lambda f: lambda a: t.func.vmap(lambda s: f(a * s))(batch).sum(),
        "jacrev": lambda f: lambda a: (t.func.jacrev(f)(a) * c).sum(),
        "jacfwd": lambda f: lambda a: (t.func.jacfwd(f)(a) * c).sum(),
    }


def composed(words, captured: str):
    def program(t, d):
        x, c, w, batch = d.normal(3), d.normal(3), d.normal(3), d.normal(2, 3)
        x.requires_grad_("x" in captured)
        w.requires_grad_("w" in captured)
        c.requires_grad_("c" in captured)

        def f(a):
            return (t.sin(a * w) * a[0] + a**3 * w * c).sum()

        ways = transforms(t, c, batch)
        for word in words:
            f = ways[word](f)
        y = f(x)
        leaves = [leaf for leaf in (x, w, c) if leaf.requires_grad]
        gradients = t.autograd.grad(y, leaves, allow_unused=True, create_graph=True) if leaves else ()
        seconds = t.autograd.grad(sum([g.sum() for g in gradients]), leaves, allow_unused=True) if leaves else ()
        return y, gradients, seconds

    return program


NAMES = ("grad", "value", "vjp", "jvp", "vmap", "jacrev", "jacfwd")


@pytest.mark.parametrize("captured", ["", "x", "w", "xwc"])
@pytest.mark.parametrize("words", list(itertools.product(NAMES, NAMES)), ids="-".join)
def test_two(words, captured):
    same(composed(words, captured), 1e-9)


@pytest.mark.parametrize("words", list(itertools.product(("grad", "jvp", "vmap"), repeat=3)), ids="-".join)
def test_three(words):
    same(composed(words, "xw"), 1e-9)
