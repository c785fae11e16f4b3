"""Forward mode against PyTorch's: dual tensors, what they alias, views, in-place operations, graphs, the tutorial."""

import pytest

from .agreement import model, same, same_error

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:.*torch.jit"),
    pytest.mark.filterwarnings("ignore:There is a performance drop because we have not yet implemented:UserWarning"),
]


def fw(t):
    return t.autograd.forward_ad


def dual(t, d, *shape):
    return fw(t).make_dual(d.normal(*shape), d.normal(*shape))


def unpacked(t, *xs):
    """The primals and tangents of dual tensors, zeros and no tangent told apart."""
    return [tuple(fw(t).unpack_dual(x)) for x in xs]


def inside(program):
    """A program that runs inside of a dual level."""

    def run(t, d):
        with fw(t).dual_level():
            return program(t, d)

    return run


def made(t, d):
    x, v = d.normal(3), d.normal(3)
    y = fw(t).make_dual(x, v)
    return x, v, y


def aliased(change):
    """What a change of a dual tensor does to what it was made from."""

    def program(t, d):
        x, v, y = made(t, d)
        change(t, x, v, y)
        return x, v, *unpacked(t, y), fw(t).unpack_dual(y).tangent is v

    return inside(program)


def view_then(change):
    def program(t, d):
        x, v, y = made(t, d)
        part = y[1:]
        change(t, y, part)
        return x, v, unpacked(t, y, part)

    return inside(program)


def buffer(fill):
    def program(t, d):
        out = t.zeros(3, dtype=t.float64)
        return unpacked(t, out, fill(t, out, dual(t, d, 3)))

    return inside(program)


def with_requires_grad(t, d):
    y = fw(t).make_dual(d.normal(3), d.normal(3)).requires_grad_()
    z = (y**3).sum()
    tangent = fw(t).unpack_dual(z).tangent
    (g,) = t.autograd.grad(z, y, create_graph=True)
    (of_tangent,) = t.autograd.grad(tangent, y, retain_graph=True)
    z.backward()
    return unpacked(t, g.detach() * 1, y.grad), of_tangent, y.is_leaf


PROGRAMS = {
    "arithmetic": inside(lambda t, d: unpacked(t, dual(t, d, 3) * dual(t, d, 3) + d.normal(3), -dual(t, d, 3) ** 2)),
    "functions": inside(lambda t, d: unpacked(t, *[
        getattr(dual(t, d, 3), name)()
        for name in ("sin", "cos", "exp", "tanh", "sigmoid", "abs", "neg", "square", "atan", "sinh", "relu", "sign")
    ])),
    "reductions": inside(lambda t, d: unpacked(t, *[
        getattr(dual(t, d, 3, 4), name)(1)
        for name in ("sum", "mean", "prod", "logsumexp", "softmax", "cumsum", "cumprod")
    ])),
    "extrema": inside(lambda t, d: unpacked(t, *dual(t, d, 3, 4).max(1), dual(t, d, 3).max(), dual(t, d, 3).norm())),
    "products": inside(lambda t, d: unpacked(
        t, dual(t, d, 2, 3) @ dual(t, d, 3, 2), dual(t, d, 2, 3) @ d.normal(3), d.normal(2) @ dual(t, d, 2, 3)
    )),
    "shape": inside(lambda t, d: unpacked(
        t, dual(t, d, 2, 3).t(), dual(t, d, 2, 3).reshape(-1), dual(t, d, 2, 3)[:, 1], dual(t, d, 3).expand(2, 3),
        t.cat([dual(t, d, 2), d.normal(2)]), t.stack([d.normal(2), dual(t, d, 2)]), dual(t, d, 3)[t.tensor([0, 0, 2])],
    )),
    "comparisons": inside(lambda t, d: unpacked(t, dual(t, d, 3) > 0, dual(t, d, 3).argmax(), dual(t, d, 3).isnan())),
    "where": inside(lambda t, d: unpacked(t, t.where(d.normal(3) > 0, dual(t, d, 3), d.normal(3)))),
    "convolution": inside(lambda t, d: unpacked(
        t, t.nn.functional.conv2d(dual(t, d, 1, 2, 4, 4), dual(t, d, 3, 2, 2, 2), dual(t, d, 3)),
        t.nn.functional.max_pool2d(dual(t, d, 1, 2, 4, 4), 2), t.nn.functional.avg_pool2d(dual(t, d, 1, 2, 4, 4), 2),
    )),
    "losses": inside(lambda t, d: unpacked(
        t, t.nn.functional.mse_loss(dual(t, d, 3), d.normal(3)),
        t.nn.functional.cross_entropy(dual(t, d, 3, 4), d.classes(3, below=4)),
        t.nn.functional.binary_cross_entropy_with_logits(dual(t, d, 3), d.normal(3).sigmoid()),
    )),
    "a plain tensor": inside(lambda t, d: unpacked(t, d.normal(3))),
    "detach": inside(lambda t, d: unpacked(t, dual(t, d, 3).detach(), dual(t, d, 3).data, dual(t, d, 3).clone())),
    "under no_grad": inside(lambda t, d: t.no_grad()(lambda: unpacked(t, dual(t, d, 3) * 2, dual(t, d, 3).sin()))()),
    "under inference_mode": inside(lambda t, d: t.inference_mode()(
        lambda y: [fw(t).unpack_dual(x).tangent for x in (y * 2, fw(t).make_dual(t.ones(2), t.ones(2)))]
    )(dual(t, d, 3))),
    "switched off": inside(lambda t, d: [
        (fw(t)._set_fwd_grad_enabled(False), fw(t).unpack_dual(y * 2).tangent, fw(t)._is_fwd_grad_enabled(),
         fw(t)._set_fwd_grad_enabled(True), fw(t)._is_fwd_grad_enabled())[1:3]
        for y in [dual(t, d, 3)]
    ]),
    "after its level": lambda t, d: (
        lambda y: (unpacked(t, y, y * 2), fw(t).dual_level()(lambda: unpacked(t, y, y + dual(t, d, 3)))())
    )(inside(lambda t, d: dual(t, d, 3))(t, d)),
    "decorator": lambda t, d: fw(t).dual_level()(lambda: unpacked(t, dual(t, d, 3) * 3))(),
    "enter and exit": lambda t, d: (
        fw(t).enter_dual_level(), unpacked(t, dual(t, d, 3) * 3), fw(t).exit_dual_level()
    )[:2],
    "explicit level": lambda t, d: (
        fw(t).enter_dual_level(),
        fw(t).unpack_dual(fw(t).make_dual(d.normal(2), d.normal(2), level=0) * 2, level=0).tangent,
        fw(t).exit_dual_level(level=0),
    )[:2],
    "aliasing": aliased(lambda t, x, v, y: None),
    "in place": aliased(lambda t, x, v, y: y.mul_(3)),
    "in place twice": aliased(lambda t, x, v, y: y.mul_(3).add_(1).sin_()),
    "in place by another": aliased(lambda t, x, v, y: y.mul_(fw(t).make_dual(x * 2, v * 5))),
    "zeroed": aliased(lambda t, x, v, y: y.zero_()),
    "filled": aliased(lambda t, x, v, y: y.fill_(2.0)),
    "overwritten": aliased(lambda t, x, v, y: y.copy_(t.ones(3))),
    "overwritten by a dual": aliased(lambda t, x, v, y: y.copy_(fw(t).make_dual(x * 2, v * 5))),
    "part in place": aliased(lambda t, x, v, y: y[:2].mul_(3)),
    "setitem": aliased(lambda t, x, v, y: y.__setitem__(0, 7.0)),
    "setitem of a dual": aliased(lambda t, x, v, y: y.__setitem__(slice(1), y[1:2] * 3)),
    "primal in place": aliased(lambda t, x, v, y: x.mul_(3)),
    "tangent in place": aliased(lambda t, x, v, y: v.mul_(3)),
    "in place under no_grad": aliased(lambda t, x, v, y: t.no_grad()(y.mul_)(3)),
    "an expanded tangent": inside(lambda t, d: unpacked(
        t, fw(t).make_dual(d.normal(3), t.ones((), dtype=t.float64).expand(3)).mul_(2)
    )),
    "another is not changed": inside(lambda t, d: (
        lambda y: (lambda z: (z.mul_(3), unpacked(t, y, z))[1])(y + 0)
    )(dual(t, d, 3))),
    "view changed": view_then(lambda t, y, part: part.mul_(3)),
    "base changed": view_then(lambda t, y, part: y.mul_(3)),
    "both changed": view_then(lambda t, y, part: (part.mul_(3), y.add_(part.sum()), part.sin_())),
    "view of a view": view_then(lambda t, y, part: part[:1].mul_(5)),
    "buffer in place": buffer(lambda t, out, y: out.add_(y)),
    "buffer part": buffer(lambda t, out, y: out[1:].add_(y[:2])),
    "buffer setitem": buffer(lambda t, out, y: (out.__setitem__(0, y[1]), out)[1]),
    "buffer view": buffer(lambda t, out, y: out.view(3, 1).add_(y.reshape(3, 1))),
    "buffer view under no_grad": buffer(lambda t, out, y: t.no_grad()(lambda: out.view(3, 1).add_(y.reshape(3, 1)))()),
    "buffer detached": buffer(lambda t, out, y: out.detach().add_(y)),
    "requires_grad_ of a dual": inside(with_requires_grad),
    "reverse over forward": inside(lambda t, d: (
        lambda x, v: t.autograd.grad(fw(t).unpack_dual((fw(t).make_dual(x, v) ** 3).sum()).tangent, (x, v))
    )(d.normal(3).requires_grad_(), d.normal(3).requires_grad_())),
    "forward over reverse": inside(lambda t, d: (
        lambda x, v: [
            unpacked(t, *t.autograd.grad((y**3).sum(), wanted))
            for y in [fw(t).make_dual(x, v)] for wanted in (x, y)
        ]
    )(d.normal(3).requires_grad_(), d.normal(3))),
    "forward over reverse for a parameter": inside(lambda t, d: (
        lambda w: unpacked(t, *t.autograd.grad((w * w * dual(t, d, 3)).sum(), w))
    )(d.normal(3).requires_grad_())),
    "in place with a graph": inside(lambda t, d: (
        lambda x: (lambda y: (y.mul_(y * 2), y[0].mul_(5), unpacked(t, *t.autograd.grad(y.sum(), x))[0])[2])(
            fw(t).make_dual(x, d.normal(3)) * 1.0
        )
    )(d.normal(3).requires_grad_())),
    "complex": inside(lambda t, d: unpacked(
        t, *[
            function(fw(t).make_dual(d.normal(2) + 1j, d.normal(2) - 2j))
            for function in (t.square, t.exp, t.abs, lambda z: z.conj() * 1, lambda z: z.real * 1, lambda z: z.imag * 1)
        ]
    )),
    "numbers of it": inside(lambda t, d: [
        (y.tolist(), y[0].item(), float(y[0]), bool(y[0] > 0)) for y in [dual(t, d, 3)]
    ]),
    "func.grad inside": inside(lambda t, d: unpacked(t, t.func.grad(lambda a: (a**3).sum())(dual(t, d, 3)))),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    same(PROGRAMS[name])


ERRORS = {
    "make outside": lambda t, d: dual(t, d, 3),
    "exit outside": lambda t, d: fw(t).exit_dual_level(),
    "enter twice": inside(lambda t, d: fw(t).enter_dual_level()),
    "exit another": inside(lambda t, d: fw(t).exit_dual_level(level=1)),
    "make in another level": inside(lambda t, d: fw(t).make_dual(d.normal(2), d.normal(2), level=1)),
    "make in a negative level": inside(lambda t, d: fw(t).make_dual(d.normal(2), d.normal(2), level=-1)),
    "unpack in another level": inside(lambda t, d: fw(t).unpack_dual(dual(t, d, 2), level=1)),
    "dual already": inside(lambda t, d: fw(t).make_dual(dual(t, d, 2), d.normal(2))),
    "tangent dual": inside(lambda t, d: fw(t).make_dual(d.normal(2), dual(t, d, 2))),
    "shapes": inside(lambda t, d: fw(t).make_dual(d.normal(2), d.normal(3))),
    "integers": inside(lambda t, d: fw(t).make_dual(d.classes(2, below=3), d.normal(2))),
    "integer tangent": inside(lambda t, d: fw(t).make_dual(d.normal(2), d.classes(2, below=3))),
    "unpack a number": inside(lambda t, d: fw(t).unpack_dual(2.0)),
    "integers in place": inside(lambda t, d: t.ones(3, dtype=t.int64).add_(dual(t, d, 3))),
    "a leaf in place": inside(lambda t, d: fw(t).make_dual(d.normal(2).requires_grad_(), d.normal(2)).mul_(2)),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    # PyTorch runs the level's number and the word before it together; a dual is a view there; it names its binding.
    other_words = {"tangent dual", "a leaf in place", "unpack a number"}
    same_error(ERRORS[name], name not in other_words)
    from wengert.ops import levels

    assert not levels.stack()


# ------------------------------------------------------------------------------------------------ the tutorial


def test_basic_usage_of_the_tutorial():
    def program(t, d):
        primal, tangent, cotangent = d.normal(4, 4), d.normal(4, 4), d.normal(4, 4)

        def fn(x, y):
            return x**2 + y**2

        with fw(t).dual_level():
            dual_input = fw(t).make_dual(primal, tangent)
            assert fw(t).unpack_dual(dual_input).tangent is tangent
            alternative = fw(t).make_dual(primal, tangent.T)
            assert fw(t).unpack_dual(alternative).tangent is not tangent.T
            plain_input = d.normal(4, 4)
            dual_output = fn(dual_input, plain_input)
            jvp = fw(t).unpack_dual(dual_output).tangent
        assert fw(t).unpack_dual(dual_output).tangent is None
        leaf = primal.clone().requires_grad_()
        (vjp,) = t.autograd.grad(fn(leaf, plain_input), leaf, cotangent)
        return jvp, vjp, (jvp * cotangent).sum() - (vjp * tangent).sum()

    same(program)


def test_modules_of_the_tutorial():
    def program(t, d):
        net = model(t, lambda nn: nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)))
        x = d.normal(16, 5)
        params = {name: p for name, p in net.named_parameters()}
        tangents = {name: d.normal(*p.shape) for name, p in params.items()}
        with fw(t).dual_level():
            for name, p in params.items():
                module = net[int(name[0])]
                delattr(module, name[2:])
                setattr(module, name[2:], fw(t).make_dual(p, tangents[name]))
            by_attributes = fw(t).unpack_dual(net(x)).tangent.detach()
        net = model(t, lambda nn: nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)))
        with fw(t).dual_level():
            duals = {name: fw(t).make_dual(p.detach(), tangents[name]) for name, p in net.named_parameters()}
            by_call = fw(t).unpack_dual(t.func.functional_call(net, duals, x)).tangent
        ft_jvp = t.func.jvp(
            lambda p: t.func.functional_call(net, p, x), ({k: v.detach() for k, v in net.named_parameters()},),
            (tangents,),
        )[1]
        return by_attributes, by_call, ft_jvp

    same(program)
