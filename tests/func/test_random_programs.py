"""Random programs of views, in-place changes and uses: under `vmap` they give what a loop gives, and their derivatives
by forward mode, reverse mode and both together agree."""

import numpy as np
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

import wengert as torch
from wengert.autograd import forward_ad
from wengert.func import grad, jvp, vjp, vmap

VIEWS = {
    "first": lambda x: x[0] if x.ndim and x.shape[0] else x,
    "tail": lambda x: x[1:] if x.ndim else x,
    "transposed": lambda x: x.transpose(0, -1) if x.ndim else x,
    "every other": lambda x: x[..., ::2] if x.ndim else x,
    "flat": lambda x: x.reshape(-1),
    "unsqueezed": lambda x: x.unsqueeze(0),
    "narrowed": lambda x: x.narrow(0, 0, 1) if x.ndim and x.shape[0] else x,
    "diagonal": lambda x: x.diagonal() if x.ndim == 2 else x,
}
CHANGES = {
    "double": lambda x: x.mul_(2), "add": lambda x: x.add_(1), "sine": lambda x: x.sin_(), "zero": lambda x: x.zero_(),
    "sigmoid": lambda x: x.sigmoid_(), "fill": lambda x: x.fill_(0.5), "negate": lambda x: x.neg_(),
    "square": lambda x: x.mul_(x.clone()), "by itself": lambda x: x.mul_(x),
    "masked": lambda x: x.masked_fill_(x > 0.5, 0.25), "write": lambda x: x.copy_(x.clone().cos()),
    "by its mean": lambda x: x.sub_(x.mean()) if x.numel() else x,
    "first element": lambda x: x.reshape(-1)[:1].mul_(3) if x.is_contiguous() else x,
}  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("view"), st.sampled_from(sorted(VIEWS)), st.integers(0, 4)),
    st.tuples(st.just("change"), st.sampled_from(sorted(CHANGES)), st.integers(0, 4)),
    st.tuples(st.just("use"), st.just(""), st.integers(0, 4)),
    st.tuples(st.just("buffer"), st.just(""), st.integers(0, 4)),
)


def program(steps, plain_buffers: bool = False):
    """A function of a (3, 4) tensor that returns one number; with `plain_buffers` what it writes to is made from the
    shape alone, and belongs to no transform."""

    def function(w):
        tensors, total = [w * 1.5], 0
        for kind, name, place in steps:
            x = tensors[place % len(tensors)]
            if kind == "view":
                tensors.append(VIEWS[name](x))
            elif kind == "change":
                CHANGES[name](x)
            elif kind == "buffer":
                out = torch.zeros(tuple(x.shape), dtype=torch.float64) if plain_buffers else torch.zeros_like(x)
                out.add_(x)
                tensors.append(out)
            else:
                total = total + (x * 0.3).exp().sum()
        for x in tensors:
            total = total + (x * x).sum()
        return total

    return function


def numbers(*shape, entropy):
    return torch.tensor(np.random.default_rng(entropy).uniform(-1, 1, shape))


def close(found, expected, what):
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-9, atol=1e-9, err_msg=what)


@seed(2026)
@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(STEP, min_size=1, max_size=8))
def test_random_programs(steps):
    f = program(steps)
    try:
        grad(f)(numbers(3, 4, entropy=1))
    except RuntimeError as error:
        # A rule of reverse mode reads a value that the program has written over.
        assert "has been modified by an inplace operation" in str(error)
        assume(False)
    batch, directions = numbers(2, 3, 4, entropy=1), numbers(2, 3, 4, entropy=2)
    values = torch.stack([f(x) for x in batch])
    gradients = torch.stack([grad(f)(x) for x in batch])
    close(vmap(f)(batch), values, "vmap")
    close(vmap(grad(f))(batch), gradients, "vmap of grad")
    along = (gradients * directions).sum((1, 2))
    close(torch.stack([jvp(f, (x,), (v,))[1] for x, v in zip(batch, directions, strict=True)]), along, "jvp")
    close(vmap(lambda x, v: jvp(f, (x,), (v,))[1])(batch, directions), along, "vmap of jvp")
    close(jvp(vmap(f), (batch,), (directions,))[1], along, "jvp of vmap")
    close(vjp(vmap(f), batch)[1](torch.ones(2, dtype=torch.float64))[0], gradients, "vjp of vmap")
    seconds = torch.stack([jvp(grad(f), (x,), (v,))[1] for x, v in zip(batch, directions, strict=True)])
    close(vmap(lambda x, v: jvp(grad(f), (x,), (v,))[1])(batch, directions), seconds, "vmap of forward over reverse")
    close(vmap(grad(lambda x, v: jvp(f, (x,), (v,))[1]))(batch, directions), seconds, "vmap of reverse over forward")
    g = program(steps, plain_buffers=True)
    factors = numbers(5, entropy=3)
    found = vmap(grad(lambda x, s: g(x) * s), (None, 0))(batch[0], factors)
    close(found, gradients[0] * factors.reshape(5, 1, 1), "vmap of grad of what is the same for all")
    close(jvp(grad(g), (batch[0],), (directions[0],))[1], seconds[0], "forward over reverse with plain buffers")
    x, v = batch[0], directions[0]
    second = jvp(grad(f), (x,), (v,))[1]
    close(grad(lambda a: jvp(f, (a,), (v,))[1])(x), second, "reverse over forward")
    close(grad(lambda a: (grad(f)(a) * v).sum())(x), second, "reverse over reverse")


def in_dual_level(f, x, v, way: str):
    """A derivative of f at x along v by dual tensors: of f itself, or of its gradient, in the way named."""
    x = x.clone()
    x.requires_grad = way in ("forward over reverse", "reverse over forward")
    with forward_ad.dual_level():
        d = forward_ad.make_dual(x, v.clone())
        if way == "of the dual itself":
            d.requires_grad = True
        if way == "of func.grad":
            return forward_ad.unpack_dual(grad(f)(d)).tangent
        y = f(d)
        tangent = forward_ad.unpack_dual(y).tangent
        if way == "tangent":
            return tangent
        if way == "reverse over forward":
            return torch.autograd.grad(tangent, x)[0] if tangent.requires_grad else torch.zeros_like(x)
        (g,) = torch.autograd.grad(y, x if way == "forward over reverse" else d)
        return forward_ad.unpack_dual(g).tangent.detach()


@seed(2026)
@settings(max_examples=50, deadline=None, database=None)
@given(st.lists(STEP, min_size=1, max_size=8), st.booleans())
def test_random_programs_of_dual_tensors(steps, plain_buffers):
    f = program(steps, plain_buffers)
    batch, directions = numbers(2, 3, 4, entropy=1), numbers(2, 3, 4, entropy=2)
    try:
        gradients = torch.stack([grad(f)(x) for x in batch])
    except RuntimeError as error:
        assert "has been modified by an inplace operation" in str(error)
        assume(False)
    pairs = list(zip(batch, directions, strict=True))
    along = (gradients * directions).sum((1, 2))
    seconds = torch.stack([jvp(grad(f), (x,), (v,))[1] for x, v in pairs])
    for way in ("tangent", "forward over reverse", "reverse over forward", "of the dual itself", "of func.grad"):
        expected = along if way == "tangent" else seconds
        close(torch.stack([in_dual_level(f, x, v, way) for x, v in pairs]), expected, way)
        if not plain_buffers:
            found = vmap(lambda x, v, way=way: in_dual_level(f, x, v, way))(batch, directions)
            close(found, expected, f"vmap of {way}")
    with torch.no_grad():
        close(torch.stack([in_dual_level(f, x, v, "tangent") for x, v in pairs]), along, "under no_grad")
