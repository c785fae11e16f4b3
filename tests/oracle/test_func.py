"""`func` against PyTorch's: its documentation section by section, errors, and what transforms leave behind."""

import functools

import pytest

from .agreement import LIBRARIES, same, same_error

pytestmark = [
    pytest.mark.oracle,
    # PyTorch's own machinery warns about itself.
    pytest.mark.filterwarnings("ignore:.*torch.jit"),
    pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node"),
    pytest.mark.filterwarnings("ignore:There is a performance drop because we have not yet implemented:UserWarning"),
]

# ------------------------------------------------------------------------------------------------ whirlwind tour


def test_tour_grad():
    def program(t, d):
        grad = t.func.grad
        x = d.normal()
        cosine = grad(lambda x: t.sin(x))(x)
        negative_sine = grad(grad(lambda x: t.sin(x)))(x)
        return cosine, negative_sine

    same(program)


def test_tour_vmap():
    def program(t, d):
        weights, examples = d.normal(5), d.normal(3, 5)

        def model(feature_vec):
            return feature_vec.dot(weights).relu()

        return t.func.vmap(model)(examples), t.vmap(model)(examples)

    same(program)


def test_tour_gradients_for_each_sample():
    def program(t, d):
        weights, examples, targets = d.normal(5), d.normal(3, 5), d.normal(3)

        def compute_loss(weights, example, target):
            y = example.dot(weights).relu()
            return ((y - target) ** 2).mean()

        inputs = (weights, examples, targets)
        return t.func.vmap(t.func.grad(compute_loss), in_dims=(None, 0, 0))(*inputs)

    same(program)


def test_tour_vjp():
    def program(t, d):
        inputs, v = d.normal(5), d.normal(5)
        outputs, vjp_fn = t.func.vjp(lambda x: t.sin(x), inputs)
        vjps = vjp_fn(v)
        pair, vjp_fn = t.func.vjp(lambda x, y: (x.sin() * y, y.cos()), inputs, v)
        return outputs, vjps, pair, vjp_fn((inputs, v))

    same(program)


def test_tour_jvp():
    def program(t, d):
        x, y = d.normal(5), d.normal(5)
        return t.func.jvp(lambda x, y: x * y, (x, y), (t.ones(5, dtype=t.float64), t.ones(5, dtype=t.float64)))

    same(program)


def test_tour_jacobians_and_hessian():
    def program(t, d):
        x, batch = d.normal(5), d.normal(4, 5)
        f = t.sin
        return (
            t.func.jacrev(f)(x), t.func.jacfwd(f)(x), t.func.vmap(t.func.jacrev(f))(batch),
            t.func.jacrev(t.func.jacrev(lambda x: x.sin().sum()))(x), t.func.hessian(lambda x: x.sin().sum())(x),
            t.func.jacfwd(t.func.jacfwd(f))(x), t.func.jacrev(t.func.jacfwd(f))(x), t.func.jacfwd(t.func.jacrev(f))(x),
        )  # fmt: skip

    same(program)


# ------------------------------------------------------------------------------------------------ of each transform


def aux(t, x):
    return (x**2).sum(), {"square": x**2, "first": (x[0],)}


PROGRAMS = {
    "grad of a tree": lambda t, d: t.func.grad(lambda p, x: (p["w"] * x + p["b"]).sum())(
        {"w": d.normal(3), "b": d.normal(3)}, d.normal(3)
    ),
    "grad argnums": lambda t, d: t.func.grad(lambda x, y: (x * y**2).sum(), argnums=(1, 0))(d.normal(3), d.normal(3)),
    "grad argnums of one": lambda t, d: t.func.grad(lambda x, y: (x * y).sum(), argnums=(1,))(d.normal(3), d.normal(3)),
    "grad negative argnum": lambda t, d: t.func.grad(lambda x, y: (x * y**2).sum(), argnums=-1)(
        d.normal(3), d.normal(3)
    ),
    "grad of a keyword": lambda t, d: t.func.grad(lambda x, *, y: (x * y).sum())(d.normal(3), y=d.normal(3)),
    "grad aux": lambda t, d: t.func.grad(functools.partial(aux, t), has_aux=True)(d.normal(3)),
    "grad_and_value": lambda t, d: t.func.grad_and_value(lambda x: (x**2).sum())(d.normal(3)),
    "grad_and_value aux": lambda t, d: t.func.grad_and_value(functools.partial(aux, t), has_aux=True)(d.normal(3)),
    "grad unused": lambda t, d: t.func.grad(lambda x, y: x.sum(), argnums=(0, 1))(d.normal(3), d.normal(2)),
    "grad constant": lambda t, d: t.func.grad(lambda x: t.ones((), dtype=t.float64))(d.normal(3)),
    "grad no_grad inside": lambda t, d: t.func.grad(
        lambda x: (x * t.no_grad()(lambda a: a.sin())(x)).sum()
    )(d.normal(3)),
    "grad detach inside": lambda t, d: t.func.grad(lambda x: (x * x.detach()).sum())(d.normal(3)),
    "grad leaf made inside": lambda t, d: t.func.grad(
        lambda x: (x * t.ones(3, dtype=t.float64, requires_grad=True)).sum()
    )(d.normal(3)),
    "grad parameter made inside": lambda t, d: t.func.grad(
        lambda x: (x * t.nn.Parameter(t.ones(3, dtype=t.float64))).sum()
    )(d.normal(3)),
    "grad of an argument in a graph": lambda t, d: t.func.grad(lambda x: (x**3).sum())(d.normal(3).requires_grad_()),
    "grad with a captured tensor in a graph": lambda t, d: (
        lambda w: t.func.grad(lambda x: (x * w).sum())(d.normal(3))
    )(d.normal(3).requires_grad_()),
    "grad under no_grad": lambda t, d: t.no_grad()(
        lambda: t.func.grad(lambda x: (x**3).sum())(d.normal(3).requires_grad_())
    )(),
    "grad by autograd.grad inside": lambda t, d: t.func.grad(
        lambda x: (t.autograd.grad((x**3).sum(), x, create_graph=True)[0] * x).sum()
    )(d.normal(3)),
    "grad hook inside": lambda t, d: t.func.grad(
        lambda x: (x.register_hook(lambda g: g * 10), (x**2).sum())[1]
    )(d.normal(3)),
    "vjp tree": lambda t, d: (
        lambda pair, v: (pair[0], pair[1]({"a": v, "b": [v * 2]}))
    )(t.func.vjp(lambda x: {"a": x * 2, "b": [x.sin()]}, d.normal(3)), d.normal(3)),
    "vjp aux": lambda t, d: (
        lambda triple: (triple[0], triple[2], triple[1](triple[0]))
    )(t.func.vjp(lambda x: (x.sin(), x.cos()), d.normal(3), has_aux=True)),
    "vjp several primals": lambda t, d: t.func.vjp(lambda x, y: x @ y, d.normal(2, 3), d.normal(3))[1](d.normal(2)),
    "vjp unused": lambda t, d: t.func.vjp(lambda x, y: x * 2, d.normal(3), d.normal(2))[1](d.normal(3)),
    "vjp without grad": lambda t, d: (
        lambda pair, v: t.no_grad()(pair[1])(v)
    )(t.func.vjp(lambda x: x.sin(), d.normal(3)), d.normal(3)),
    "grad of vjp": lambda t, d: (
        lambda f, v: t.func.grad(lambda u: f(u)[0].sum())(v)
    )(t.func.vjp(lambda x: x.sin(), d.normal(3))[1], d.normal(3)),
    "jvp tree": lambda t, d: t.func.jvp(
        lambda p: {"y": p["a"] * p["b"][0], "z": p["a"].sum()}, ({"a": d.normal(3), "b": [d.normal(3)]},),
        ({"a": d.normal(3), "b": [d.normal(3)]},),
    ),
    "jvp aux": lambda t, d: t.func.jvp(lambda x: (x.sin(), x.cos()), (d.normal(3),), (d.normal(3),), has_aux=True),
    "jvp of integers": lambda t, d: t.func.jvp(lambda x: x.argmax(), (d.normal(3),), (d.normal(3),)),
    "jvp independent": lambda t, d: t.func.jvp(lambda x: t.ones(2), (d.normal(3),), (d.normal(3),)),
    "jvp in a graph": lambda t, d: t.func.jvp(lambda x: x.sin(), (d.normal(3).requires_grad_(),), (d.normal(3),)),
    "jvp tangent in a graph": lambda t, d: t.func.jvp(
        lambda x: x.sin(), (d.normal(3),), (d.normal(3).requires_grad_(),)
    )[1],
    "jvp under no_grad": lambda t, d: t.no_grad()(t.func.jvp)(lambda x: x.sin(), (d.normal(3),), (d.normal(3),)),
    "jvp no_grad inside": lambda t, d: t.func.jvp(t.no_grad()(lambda x: x.sin()), (d.normal(3),), (d.normal(3),)),
    "jvp detach inside": lambda t, d: t.func.jvp(lambda x: x * x.detach(), (d.normal(3),), (d.normal(3),)),
    "linearize": lambda t, d: (
        lambda pair, v: (pair[0], pair[1](v), pair[1](v * 2))
    )(t.func.linearize(lambda x: x.sin() * x, d.normal(3)), d.normal(3)),
    "linearize tree": lambda t, d: (
        lambda pair, v: (pair[0], pair[1](v, v))
    )(t.func.linearize(lambda x, y: {"a": x * y, "b": (y.exp(),)}, d.normal(3), d.normal(3)), d.normal(3)),
    "linearize under vmap": lambda t, d: t.func.vmap(t.func.linearize(lambda x: x.sin(), d.normal(3))[1])(
        t.eye(3, dtype=t.float64)
    ),
    "jacrev tree": lambda t, d: t.func.jacrev(lambda x, y: {"p": x * y.sum(), "q": x.sum()}, argnums=(0, 1))(
        d.normal(3), d.normal(2)
    ),
    "jacrev of a dictionary": lambda t, d: t.func.jacrev(lambda p: p["a"] * p["b"])(
        {"b": d.normal(3), "a": d.normal(3)}
    ),
    "jacrev aux": lambda t, d: t.func.jacrev(lambda x: (x.sin(), (x * 2, x.sum())), has_aux=True)(d.normal(3)),
    "jacrev chunks": lambda t, d: [
        t.func.jacrev(lambda x: x.sin().outer(x), chunk_size=size)(d.normal(3)) for size in (1, 2, 4, 100)
    ],
    "jacrev preallocated": lambda t, d: [
        t.func.jacrev(lambda x: x.sin().outer(x), chunk_size=size, _preallocate_and_copy=True)(d.normal(3))
        for size in (1, 2, None)
    ],
    "jacrev no outputs": lambda t, d: t.func.jacrev(lambda x: x[:0])(d.normal(3)),
    "jacfwd tree": lambda t, d: t.func.jacfwd(lambda x, y: {"p": x * y.sum(), "q": x.sum()}, argnums=(0, 1))(
        d.normal(3), d.normal(2)
    ),
    "jacfwd aux": lambda t, d: t.func.jacfwd(lambda x: (x.sin(), (x * 2, x.sum())), has_aux=True)(d.normal(3)),
    "jacfwd independent": lambda t, d: t.func.jacfwd(lambda x: t.ones(2, dtype=t.float64))(d.normal(3)),
    "jacfwd of unused": lambda t, d: t.func.jacfwd(lambda x, y: x * 2, argnums=(0, 1))(d.normal(3), d.normal(2)),
    "jacfwd randomness": lambda t, d: t.func.jacfwd(
        lambda x: x * (t.rand(3, dtype=t.float64) * 0 + 2), randomness="same"
    )(d.normal(3)),
    "jacrev in a graph": lambda t, d: t.func.jacrev(lambda x: x**3)(d.normal(3).requires_grad_()),
    "hessian tree": lambda t, d: t.func.hessian(lambda p: (p["a"] * p["b"]).sum() ** 2)(
        {"a": d.normal(2), "b": d.normal(2)}
    ),
    "hessian argnums": lambda t, d: t.func.hessian(lambda x, y: (x**2 * y).sum(), argnums=(0, 1))(
        d.normal(2), d.normal(2)
    ),
    "hessian under vmap": lambda t, d: t.func.vmap(t.func.hessian(lambda x: (x**3).sum() * x[0]))(d.normal(4, 2)),
    "in place inside": lambda t, d: t.func.grad(
        lambda x: (lambda z: (z.add_(x), z[1:].mul_(x[0]), (z * z).sum())[2])(t.zeros(3, dtype=t.float64))
    )(d.normal(3)),
    "in place on what is not differentiated": lambda t, d: (
        lambda b: (t.func.grad(lambda x, buffer: (buffer.add_(1) * x).sum())(d.normal(3), b), b)
    )(d.normal(3)),
    "in place on an argument of jvp": lambda t, d: (
        lambda x, v: (t.func.jvp(lambda a: a.mul_(2), (x,), (v,)), x, v)
    )(d.normal(3), d.normal(3)),
    "jvp of a list": lambda t, d: t.func.jvp(lambda x: [x, (x.sin(), {"k": x})], (d.normal(3),), (d.normal(3),)),
    "vjp of the input": lambda t, d: t.func.vjp(lambda x: x, d.normal(3))[1](d.normal(3)),
    "vjp to be differentiated": lambda t, d: t.func.vjp(lambda x: x.sin(), d.normal(3))[1](
        d.normal(3), create_graph=True
    ),
    "linearize of numbers": lambda t, d: t.func.linearize(lambda x: (x.sin(), 3), d.normal(3))[0],
    "jacfwd of all": lambda t, d: t.func.jacfwd(lambda x, y: x * y, argnums=None)(d.normal(3), d.normal(3)),
    "jacrev of a list": lambda t, d: t.func.jacrev(lambda x: [x, x.sum()])(d.normal(3)),
    "jacrev of a number": lambda t, d: t.func.jacrev(lambda x: x * 2)(d.normal()),
    "jacrev of mixed types": lambda t, d: t.func.jacrev(lambda x, y: x * y, argnums=(0, 1))(
        d.normal(3), d.normal(3).float()
    ),
    "hessian of a vector": lambda t, d: t.func.hessian(lambda x: x * x)(d.normal(3)),
    "grad of complex": lambda t, d: t.func.grad(lambda z: (z * z.conj()).real.sum())(d.normal(3) + 1j),
    "vjp of complex": lambda t, d: (
        lambda z, u: t.func.vjp(lambda z: (z**2).exp() * z.conj(), z)[1](u)
    )(d.normal(3) * 0.5 + 1j * d.normal(3), d.normal(3) - 1j),
    "jvp of complex": lambda t, d: t.func.jvp(
        lambda z: (z**2).exp() * z.conj(), (d.normal(3) * 0.5 + 1j * d.normal(3),), (d.normal(3) - 1j,)
    ),
    "complex and real": lambda t, d: t.func.grad(lambda x, z: (x * z).abs().sum(), argnums=(0, 1))(
        d.normal(3), d.normal(3) + 1j
    ),
    "vmap of complex": lambda t, d: t.func.vmap(t.func.grad(lambda z: (z * z.conj() * z.real).real.sum()))(
        d.normal(2, 3) + 1j
    ),
    "second derivative of complex": lambda t, d: t.func.jvp(
        t.func.grad(lambda z: (z**3).real.sum()), (d.normal(3) + 1j,), (d.normal(3) - 2j,)
    ),
    "a boolean argnum": lambda t, d: t.func.grad(lambda x, y: (x * y**2).sum(), argnums=True)(d.normal(3), d.normal(3)),
    "jvp of grad": lambda t, d: t.func.jvp(t.func.grad(lambda x: (x**3).sum()), (d.normal(3),), (d.normal(3),)),
    "grad of jvp": lambda t, d: t.func.grad(
        lambda x: t.func.jvp(lambda a: (a**3).sum(), (x,), (t.ones_like(x),))[1]
    )(d.normal(3)),
    "jvp of jvp": lambda t, d: t.func.jvp(
        lambda x: t.func.jvp(lambda a: a.sin(), (x,), (t.ones_like(x),))[1], (d.normal(3),), (d.normal(3),)
    ),
    "jvp of vmap": lambda t, d: t.func.jvp(t.func.vmap(lambda a: a.softmax(0)), (d.normal(2, 3),), (d.normal(2, 3),)),
    "vmap of jvp": lambda t, d: t.func.vmap(lambda a, v: t.func.jvp(lambda b: b.softmax(0), (a,), (v,)))(
        d.normal(2, 3), d.normal(2, 3)
    ),
    "vmap of vjp": lambda t, d: t.func.vmap(lambda a, v: t.func.vjp(lambda b: b.softmax(0), a)[1](v))(
        d.normal(2, 3), d.normal(2, 3)
    ),
    "third derivative": lambda t, d: t.func.grad(t.func.grad(t.func.grad(lambda x: x**5)))(d.normal()),
    "grad of grad with capture": lambda t, d: t.func.grad(
        lambda x: x * t.func.grad(lambda y: x * y**2)(x)
    )(d.normal()),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    same(PROGRAMS[name])


X = [1.0, 2.0, 3.0]


def captured(t, change):
    """grad of a function that changes a tensor from outside of it."""
    y = t.ones(3)
    return t.func.grad(lambda a: (change(y, a), a.sum())[1])(t.tensor(X))


def setitem(index):
    return lambda y, a: y.__setitem__(index, 2.0)


ERRORS = {
    "captured mul_": lambda t, d: captured(t, lambda y, a: y.mul_(a)),
    "captured constant": lambda t, d: captured(t, lambda y, a: y.mul_(2)),
    "captured view": lambda t, d: captured(t, lambda y, a: y[0].mul_(a[0])),
    "captured setitem": lambda t, d: captured(t, setitem(0)),
    "captured setitem slice": lambda t, d: captured(t, setitem(slice(None))),
    "captured uniform_": lambda t, d: captured(t, lambda y, a: y.zero_()),
    "captured in jvp": lambda t, d: (lambda y: t.func.jvp(lambda a: y.add_(a), (t.tensor(X),), (t.tensor(X),)))(
        t.ones(3)
    ),
    "captured in vjp": lambda t, d: (lambda y: t.func.vjp(lambda a: y.add_(a), t.tensor(X)))(t.ones(3)),
    "captured from an outer grad": lambda t, d: t.func.grad(
        lambda a: (lambda z: t.func.grad(lambda b: z.add_(b).sum())(a).sum())(a * 2)
    )(t.tensor(X)),
    "an argument in place": lambda t, d: t.func.grad(lambda a: a.mul_(2).sum())(t.tensor(X)),
    "requires_grad_": lambda t, d: t.func.grad(lambda a: a.requires_grad_().sum())(t.tensor(X)),
    "requires_grad_ of a new one": lambda t, d: t.func.grad(lambda a: (t.ones(3).requires_grad_() * a).sum())(
        t.tensor(X)
    ),
    "requires_grad_ in jvp": lambda t, d: t.func.jvp(lambda a: a.requires_grad_(), (t.tensor(X),), (t.tensor(X),)),
    "retain_grad": lambda t, d: t.func.grad(lambda a: ((a * 2).retain_grad(), a.sum())[1])(t.tensor(X)),
    "backward": lambda t, d: t.func.grad(lambda a: ((a * a).sum().backward(), a.sum())[1])(t.tensor(X)),
    "backward in jvp": lambda t, d: t.func.jvp(
        lambda a: ((a * a).sum().backward(), a.sum())[1], (t.tensor(X),), (t.tensor(X),)
    ),
    "functional inside": lambda t, d: t.func.grad(lambda a: t.autograd.functional.vjp(t.sin, a, a)[1].sum())(
        t.tensor(X)
    ),
    "numpy": lambda t, d: t.func.grad(lambda a: (a.numpy(), a.sum())[1])(t.tensor(X)),
    "grad not a scalar": lambda t, d: t.func.grad(lambda a: a)(t.tensor(X)),
    "grad not a tensor": lambda t, d: t.func.grad(lambda a: 1.0)(t.tensor(X)),
    "grad of a tuple": lambda t, d: t.func.grad(lambda a: (a.sum(), a))(t.tensor(X)),
    "grad aux missing": lambda t, d: t.func.grad(lambda a: a.sum(), has_aux=True)(t.tensor(X)),
    "grad argnums too large": lambda t, d: t.func.grad(lambda a: a.sum(), argnums=5)(t.tensor(X)),
    "grad argnums twice": lambda t, d: t.func.grad(lambda a, b: a.sum(), argnums=(0, 0))(t.tensor(X), t.tensor(X)),
    "grad argnums none": lambda t, d: t.func.grad(lambda a: a.sum(), argnums=())(t.tensor(X)),
    "grad argnums a list": lambda t, d: t.func.grad(lambda a: a.sum(), argnums=[0])(t.tensor(X)),
    "grad argnums a float": lambda t, d: t.func.grad(lambda a: a.sum(), argnums=(0.5,))(t.tensor(X)),
    "grad of integers": lambda t, d: t.func.grad(lambda a: a.sum())(t.ones(3, dtype=t.int64)),
    "grad of a number": lambda t, d: t.func.grad(lambda a: a)(1.0),
    "vjp not tensors": lambda t, d: t.func.vjp(lambda a: 3, t.tensor(X)),
    "vjp of integers out": lambda t, d: t.func.vjp(lambda a: a.argmax(), t.tensor(X)),
    "vjp structure": lambda t, d: t.func.vjp(lambda a: (a, a), t.tensor(X))[1](t.tensor(X)),
    "vjp shape": lambda t, d: t.func.vjp(lambda a: a * 1, t.tensor(X))[1](t.ones(4)),
    "vjp aux missing": lambda t, d: t.func.vjp(lambda a: a, t.tensor(X), has_aux=True),
    "jvp structure": lambda t, d: t.func.jvp(lambda a: a, (t.tensor(X),), (t.tensor(X), t.tensor(X))),
    "jvp not a tuple": lambda t, d: t.func.jvp(lambda a: a, t.tensor(X), t.tensor(X)),
    "jvp shape": lambda t, d: t.func.jvp(lambda a: a, (t.tensor(X),), (t.ones(2),)),
    "jvp nothing": lambda t, d: t.func.jvp(lambda: 3, (), ()),
    "jvp a number": lambda t, d: t.func.jvp(lambda a: a, (1.0,), (1.0,)),
    "jvp not tensors": lambda t, d: t.func.jvp(lambda a: 3, (t.tensor(X),), (t.tensor(X),)),
    "jvp of integers": lambda t, d: t.func.jvp(lambda a: a * 2.0, (t.tensor([1]),), (t.tensor([1]),)),
    "jvp along integers": lambda t, d: t.func.jvp(lambda a: a * 2.0, (t.tensor([1.0]),), (t.tensor([1]),)),
    "jvp to nothing": lambda t, d: t.func.jvp(lambda a: (), (t.tensor(X),), (t.tensor(X),)),
    "jvp to None": lambda t, d: t.func.jvp(lambda a: None, (t.tensor(X),), (t.tensor(X),)),
    "vjp to nothing": lambda t, d: t.func.vjp(lambda a: (), t.tensor(X)),
    "vjp twice without its graph": lambda t, d: (
        lambda pull: (pull(t.tensor(X), retain_graph=False), pull(t.tensor(X)))
    )(t.func.vjp(lambda a: a.sin(), t.tensor(X))[1]),
    "grad of no arguments": lambda t, d: t.func.grad(lambda: t.ones(()))(),
    "grad of keywords only": lambda t, d: t.func.grad(lambda a: a.sum())(a=t.tensor(X)),
    "grad of None": lambda t, d: t.func.grad(lambda p: p[0].sum())((t.tensor(X), None)),
    "grad to complex": lambda t, d: t.func.grad(lambda a: (a * 1j).sum())(t.tensor(X)),
    "jacrev of no arguments": lambda t, d: t.func.jacrev(lambda: t.ones(2))(),
    "jacrev to integers": lambda t, d: t.func.jacrev(lambda a: a.argmax())(t.tensor(X)),
    "jacfwd of integers": lambda t, d: t.func.jacfwd(lambda a: a * 2.0)(t.tensor([1])),
    "jvp strict": lambda t, d: t.func.jvp(lambda a: t.ones(2), (t.tensor(X),), (t.tensor(X),), strict=True),
    "jvp aux missing": lambda t, d: t.func.jvp(lambda a: a, (t.tensor(X),), (t.tensor(X),), has_aux=True),
    "jacrev chunk_size": lambda t, d: t.func.jacrev(lambda a: a, chunk_size=0),
    "jacrev complex": lambda t, d: t.func.jacrev(lambda a: a)(t.ones(2, dtype=t.complex64)),
    "jacrev complex out": lambda t, d: t.func.jacrev(lambda a: a + 1j)(t.ones(2)),
    "jacfwd complex": lambda t, d: t.func.jacfwd(lambda a: a)(t.ones(2, dtype=t.complex64)),
    "jacfwd complex out": lambda t, d: t.func.jacfwd(lambda a: a + 1j)(t.ones(2)),
    "linearize shape": lambda t, d: t.func.linearize(lambda a: a.sin(), t.tensor(X))[1](t.ones(2)),
    "linearize dtype": lambda t, d: t.func.linearize(lambda a: a.sin(), t.tensor(X))[1](t.ones(3, dtype=t.float64)),
    "linearize structure": lambda t, d: t.func.linearize(lambda a: a.sin(), t.tensor(X))[1](t.ones(3), t.ones(3)),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    without_sentence = {
        # PyTorch speaks of its operation or its own structures in the first sentence.
        "captured mul_", "captured constant", "captured view", "captured setitem", "captured setitem slice",
        "captured uniform_", "captured in jvp", "captured in vjp", "captured from an outer grad",
        "vjp structure", "jvp structure", "linearize structure", "linearize shape",
        "jvp shape", "vjp shape",
    }  # fmt: skip
    same_error(ERRORS[name], name not in without_sentence)


def test_captured_tensors_are_left_as_they_were():
    for t in LIBRARIES:
        y = t.ones(3)
        with pytest.raises(RuntimeError, match="that would mutate a captured Tensor. This is not supported"):
            t.func.grad(lambda a: y.mul_(a).sum())(t.tensor(X))  # noqa: B023
        assert y.tolist() == [1.0, 1.0, 1.0] and not y.requires_grad
