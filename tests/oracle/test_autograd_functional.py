"""`autograd.functional` against PyTorch's: products and matrices, their structure, graphs, strict mode, and errors."""

import itertools

import pytest

from .agreement import same, same_error

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:.*torch.jit"),
    pytest.mark.filterwarnings("ignore:There is a performance drop because we have not yet implemented:UserWarning"),
]


def of_one(t, x):
    return x.exp().sum(1) if x.ndim > 1 else x.exp() * x[0]


def of_two(t, x, y):
    return x**2 * y, (x * y).sum(), y[:1]


def number_of_one(t, x):
    return x.pow(3).sum() * x.reshape(-1)[0]


def number_of_two(t, x, y):
    return (x**2 * y + y.sin()).sum().reshape(1, 1)


def bound(t, function):
    return lambda *xs: function(t, *xs)


MATRICES = {"one": (of_one, 1), "two": (of_two, 2)}
NUMBERS = {"one": (number_of_one, 1), "two": (number_of_two, 2)}


def point(d, count: int, requires_grad: bool):
    xs = tuple([d.normal(3).requires_grad_(requires_grad) for _ in range(count)])
    return xs if count > 1 else xs[0]


def differentiated(t, result, inputs):
    """The gradient of the sum of everything in a result, where it has a graph; None where it does not."""
    leaves = []

    def visit(x):
        if isinstance(x, tuple):
            for y in x:
                visit(y)
        elif x.requires_grad:
            leaves.append((x * x).sum())

    visit(result)
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    if not inputs[0].requires_grad:
        return None
    return t.autograd.grad(sum(leaves), inputs, allow_unused=True) if leaves else None


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("arguments", MATRICES)
@pytest.mark.parametrize("name", ["vjp", "jvp"])
def test_products_with_jacobians(name, arguments, in_graph, create_graph):
    function, count = MATRICES[arguments]

    def program(t, d):
        inputs = point(d, count, in_graph)
        f = bound(t, function)
        shaped = f(*inputs) if count > 1 else f(inputs) if name == "vjp" else inputs
        v = inputs if name == "jvp" and count > 1 else shaped
        v = tuple([d.normal(*x.shape) for x in v]) if isinstance(v, tuple) else d.normal(*v.shape)
        result = getattr(t.autograd.functional, name)(f, inputs, v, create_graph=create_graph)
        return result, differentiated(t, result, inputs)

    same(program)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("arguments", NUMBERS)
@pytest.mark.parametrize("name", ["vhp", "hvp"])
def test_products_with_hessians(name, arguments, in_graph, create_graph):
    function, count = NUMBERS[arguments]

    def program(t, d):
        inputs = point(d, count, in_graph)
        v = tuple([d.normal(3) for _ in range(count)]) if count > 1 else d.normal(3)
        result = getattr(t.autograd.functional, name)(bound(t, function), inputs, v, create_graph=create_graph)
        return result, differentiated(t, result, inputs)

    same(program)


MODES = [
    {"vectorize": vectorize, "create_graph": create_graph}
    for vectorize, create_graph in itertools.product((False, True), (False, True))
] + [{"vectorize": True, "strategy": "forward-mode"}]


@pytest.mark.parametrize("options", MODES, ids=str)
@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("arguments", MATRICES)
def test_jacobians(arguments, in_graph, options):
    function, count = MATRICES[arguments]

    def program(t, d):
        inputs = point(d, count, in_graph)
        result = t.autograd.functional.jacobian(bound(t, function), inputs, **options)
        if "strategy" in options:
            return detached(result)
        return result, differentiated(t, result, inputs)

    same(program)


def detached(x):
    """Without history, and as tuples: in forward mode PyTorch returns lists here and there."""
    return tuple([detached(y) for y in x]) if isinstance(x, (tuple, list)) else x.detach()


@pytest.mark.parametrize("options", MODES, ids=str)
@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("arguments", NUMBERS)
def test_hessians(arguments, in_graph, options):
    function, count = NUMBERS[arguments]
    options = {("outer_jacobian_strategy" if key == "strategy" else key): value for key, value in options.items()}

    def program(t, d):
        inputs = point(d, count, in_graph and "outer_jacobian_strategy" not in options)
        result = t.autograd.functional.hessian(bound(t, function), inputs, **options)
        if "outer_jacobian_strategy" in options:
            return detached(result)
        return result, differentiated(t, result, inputs)

    same(program)


def test_examples_of_the_documentation():
    def program(t, d):
        F = t.autograd.functional
        inputs, v4 = d.normal(4, 4), d.normal(4)
        pair = (d.normal(2), d.normal(2))
        ones = (t.ones(2, dtype=t.float64), t.zeros(2, dtype=t.float64))
        return (
            F.vjp(lambda x: x.exp().sum(dim=1), inputs, v4),
            F.vjp(lambda x, y: 2 * x + 3 * y, pair, ones[0]),
            F.jvp(lambda x: x.exp().sum(dim=1), inputs, inputs),
            F.jvp(lambda x, y: 2 * x + 3 * y, pair, ones),
            F.jacobian(lambda x: x.exp().sum(dim=1), inputs),
            F.jacobian(lambda x, y: 2 * x.exp() + 3 * y, pair),
            F.hessian(lambda x: x.pow(3).sum(), inputs),
            F.hessian(lambda x, y: (2 * x.pow(2) + 3 * y.pow(2)).sum(), pair),
            F.vhp(lambda x: x.pow(3).sum(), inputs, inputs),
            F.hvp(lambda x: x.pow(3).sum(), inputs, inputs),
            F.hvp(lambda x, y: (2 * x.pow(2) + 3 * y.pow(2)).sum(), pair, ones),
        )

    same(program)


SMALL = {
    "v left out": lambda t, d: [
        getattr(t.autograd.functional, name)(lambda x: x**3, d.normal(1)) for name in ("vjp", "jvp", "vhp", "hvp")
    ],
    "tuple of one": lambda t, d: [
        t.autograd.functional.jacobian(lambda x: (x**3,), (d.normal(2),), vectorize=vectorize)
        for vectorize in (False, True)
    ],
    "outputs that are inputs": lambda t, d: t.autograd.functional.jacobian(
        lambda x, y: (x, y), (d.normal(2), d.normal(3))
    ),
    "nothing depends": lambda t, d: [
        t.autograd.functional.jacobian(lambda x, y: x * 2, (d.normal(2), d.normal(3)), vectorize=vectorize)
        for vectorize in (False, True)
    ],
    "constant output": lambda t, d: [
        t.autograd.functional.vjp(lambda x: t.ones(2, dtype=t.float64), d.normal(2), d.normal(2)),
        t.autograd.functional.jvp(lambda x: t.ones(2, dtype=t.float64), d.normal(2), d.normal(2)),
        t.autograd.functional.jacobian(lambda x: t.ones(2, dtype=t.float64), d.normal(2)),
    ],
    "linear": lambda t, d: [
        t.autograd.functional.hessian(lambda x: x.sum(), d.normal(2)),
        t.autograd.functional.hessian(lambda x: x.sum(), d.normal(2), vectorize=True),
        t.autograd.functional.hvp(lambda x: x.sum(), d.normal(2), d.normal(2)),
        t.autograd.functional.vhp(lambda x: x.sum(), d.normal(2), d.normal(2)),
    ],
    "captured as well": lambda t, d: (
        lambda x: t.autograd.functional.jacobian(lambda a: a * x, x)
    )(d.normal(2).requires_grad_()),
    "under no_grad": lambda t, d: t.no_grad()(
        lambda: t.autograd.functional.vjp(lambda x: x.sin(), d.normal(2), d.normal(2))
    )(),
    "scalars": lambda t, d: [
        t.autograd.functional.jacobian(lambda x: x.sin(), d.normal(), vectorize=vectorize)
        for vectorize in (False, True)
    ],
    "matrices": lambda t, d: t.autograd.functional.jacobian(lambda x: x @ x, d.normal(2, 2), vectorize=True),
    "strict that passes": lambda t, d: [
        t.autograd.functional.jacobian(lambda x: x**2, d.normal(2), strict=True),
        t.autograd.functional.jacobian(lambda x: x**2, d.normal(2), strict=True, create_graph=True),
        t.autograd.functional.hessian(lambda x: (x**3).sum(), d.normal(2), strict=True),
        t.autograd.functional.vjp(lambda x: x**2, d.normal(2), d.normal(2), strict=True),
        t.autograd.functional.jvp(lambda x: x**2, d.normal(2), d.normal(2), strict=True),
        t.autograd.functional.vhp(lambda x: (x**3).sum(), d.normal(2), d.normal(2), strict=True),
        t.autograd.functional.hvp(lambda x: (x**3).sum(), d.normal(2), d.normal(2), strict=True),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_small_programs(name):
    same(SMALL[name])


def call(name, function, *arguments, **options):
    return lambda t, d: getattr(t.autograd.functional, name)(function(t), *arguments_of(t, arguments), **options)


def arguments_of(t, arguments):
    return [tuple(arguments_of(t, a)) if isinstance(a, tuple) else t.ones(a) if isinstance(a, int) else a
            for a in arguments]  # fmt: skip


ERRORS = {
    "inputs": call("vjp", lambda t: lambda x: x, 3.0),
    "inputs in a tuple": call("vjp", lambda t: lambda x, y: x, (2, 3.0)),
    "outputs": call("jacobian", lambda t: lambda x: 3.0, 2),
    "outputs in a tuple": call("jacobian", lambda t: lambda x: (x, 3.0), 2),
    "v": call("vjp", lambda t: lambda x: x, 2, 3.0),
    "v left out": call("vjp", lambda t: lambda x: x * 2, 2),
    "v left out of jvp": call("jvp", lambda t: lambda x: x * 2, 2),
    "v left out of hvp": call("hvp", lambda t: lambda x: x.sum(), 2),
    "v of another shape": call("vjp", lambda t: lambda x: x * 2, 2, 3),
    "v of another shape in a tuple": call("jvp", lambda t: lambda x, y: x * 2, (2, 2), (2, 3)),
    "v too long": call("jvp", lambda t: lambda x, y: x * 2, (2, 2), (2,)),
    "v several for one": call("jvp", lambda t: lambda x: x * 2, 2, (2, 2)),
    "hessian of several": call("hessian", lambda t: lambda x: (x.sum(), x.sum()), 2),
    "hessian of a vector": call("hessian", lambda t: lambda x: x, 2),
    "hvp of several": call("hvp", lambda t: lambda x: (x.sum(), x.sum()), 2, 2),
    "hvp of a vector": call("hvp", lambda t: lambda x: x, 2, 2),
    "vhp of a vector": call("vhp", lambda t: lambda x: x, 2, 2),
    "strategy": call("jacobian", lambda t: lambda x: x, 2, strategy="sideways"),
    "outer strategy": call("hessian", lambda t: lambda x: x.sum(), 2, outer_jacobian_strategy="sideways"),
    "forward alone": call("jacobian", lambda t: lambda x: x, 2, strategy="forward-mode"),
    "forward with graph": call(
        "jacobian", lambda t: lambda x: x, 2, strategy="forward-mode", create_graph=True, vectorize=True
    ),
    "forward strict": call("jacobian", lambda t: lambda x: x, 2, strategy="forward-mode", strict=True, vectorize=True),
    "strict vectorized": call("jacobian", lambda t: lambda x: x * 2, 2, strict=True, vectorize=True),
    "strict vjp, constant": call("vjp", lambda t: lambda x: t.ones(2), 2, 2, strict=True),
    "strict vjp, independent": call("vjp", lambda t: lambda x, y: x * 2, (2, 2), 2, strict=True),
    "strict vjp, linear": call("vjp", lambda t: lambda x: x * 2, 2, 2, strict=True, create_graph=True),
    "strict jvp, constant": call("jvp", lambda t: lambda x: t.ones(2), 2, 2, strict=True),
    "strict jvp, independent": call("jvp", lambda t: lambda x, y: x * 2, (2, 2), (2, 2), strict=True),
    "strict jvp, linear": call("jvp", lambda t: lambda x: x * 2, 2, 2, strict=True, create_graph=True),
    "strict jacobian, constant": call("jacobian", lambda t: lambda x: t.ones(2), 2, strict=True),
    "strict jacobian, independent": call("jacobian", lambda t: lambda x, y: x * 2, (2, 2), strict=True),
    "strict jacobian, linear": call("jacobian", lambda t: lambda x: x * 2, 2, strict=True, create_graph=True),
    "strict hessian, linear": call("hessian", lambda t: lambda x: x.sum(), 2, strict=True),
    "strict hessian, constant": call("hessian", lambda t: lambda x: t.ones(()), 2, strict=True),
    "strict hessian, independent": call("hessian", lambda t: lambda x, y: (x**3).sum(), (2, 2), strict=True),
    "strict vhp, linear": call("vhp", lambda t: lambda x: x.sum(), 2, 2, strict=True),
    "strict vhp, separate": call("vhp", lambda t: lambda x, y: (x**3).sum(), (2, 2), (2, 2), strict=True),
    "strict hvp, linear": call("hvp", lambda t: lambda x: x.sum(), 2, 2, strict=True),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    same_error(ERRORS[name], name != "forward alone")  # PyTorch runs two words together
