"""Views of every kind, changed in place in forward mode and inside of each transform: values, derivatives, refusals."""

import pytest

from .agreement import LIBRARIES, Data, compare, failure, plain

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:.*torch.jit"),
    pytest.mark.filterwarnings("ignore:There is a performance drop because we have not yet implemented:UserWarning"),
]

VIEWS = {
    "select": lambda a: a[1], "slice": lambda a: a[1:, :1], "every other": lambda a: a[::2],
    "split": lambda a: a.split(1)[1], "unbind": lambda a: a.unbind(0)[1], "chunk": lambda a: a.chunk(3)[2],
    "transpose": lambda a: a.t()[0],
    "diagonal": lambda a: a[:2].diagonal(), "squeeze": lambda a: a[:1].squeeze(0),
    "unsqueeze": lambda a: a.unsqueeze(1),
    "as_strided": lambda a: a.as_strided((2,), (2,)), "view": lambda a: a.view(-1)[1:3],
    "reshape": lambda a: a.reshape(2, 3)[1], "expand": lambda a: a.expand(2, 3, 2)[0],
    "narrow": lambda a: a.narrow(0, 1, 1),
    "movedim": lambda a: a.movedim(0, 1)[0], "permute": lambda a: a.permute(1, 0)[1], "detach": lambda a: a.detach()[0],
    "a copy by flip": lambda a: a.flip(0)[0], "a copy by reshape": lambda a: a.t().reshape(-1),
    "a copy by an index": lambda a: a[[0, 1]], "itself": lambda a: a,
}  # fmt: skip


def changed(view):
    """A function that changes a part of an intermediate result in place, and uses the whole."""

    def function(a):
        b = a * 2
        view(b).mul_(3)
        view(b).add_(b.detach().sum() * 0.1)
        return (b * b).sum()

    return function


def dual(t, view, x, v):
    fw = t.autograd.forward_ad
    with fw.dual_level():
        d = fw.make_dual(x, v)
        part = view(d)
        part.mul_(3)
        return x, v, *fw.unpack_dual(d), *fw.unpack_dual(part)


WAYS = {
    "dual": lambda t, view, x, v: dual(t, view, x[0], v[0]),
    "vmap": lambda t, view, x, v: (t.vmap(lambda a: view(a).mul_(3))(x), x),
    "grad": lambda t, view, x, v: t.func.grad(changed(view))(x[0]),
    "jvp": lambda t, view, x, v: t.func.jvp(changed(view), (x[0],), (v[0],)),
    "vmap of grad": lambda t, view, x, v: t.vmap(t.func.grad(changed(view)))(x),
    "vmap of jvp": lambda t, view, x, v: t.vmap(lambda a, b: t.func.jvp(changed(view), (a,), (b,)))(x, v),
    "jvp of grad": lambda t, view, x, v: t.func.jvp(t.func.grad(changed(view)), (x[0],), (v[0],)),
    "grad of vmap": lambda t, view, x, v: t.func.grad(lambda a: t.vmap(changed(view))(a).sum())(x),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", VIEWS)
def test_views(name, way):
    def program(t, d):
        return WAYS[way](t, VIEWS[name], d.normal(2, 3, 2), d.normal(2, 3, 2))

    outcomes = []
    for t in LIBRARIES:
        kind, _ = failure(t, program)
        outcomes.append((kind, None) if kind != "no error" else plain(t, program(t, Data(t))))
    compare(*outcomes, 1e-10)
