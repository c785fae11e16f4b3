"""The same programs in both libraries: dtypes, indexing, in-place changes of views, hooks, types of errors."""

import itertools

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip


def outcome(library, program):
    """What a program does in a library: ("value", shape, dtype, values) or ("error", type)."""
    try:
        result = program(library)
    except Exception as error:
        return ("error", type(error).__name__)
    if not isinstance(result, library.Tensor):
        return ("value", result)
    return ("value", tuple(result.shape), str(result.dtype).split(".")[1], result.detach().tolist())


def expected_to_differ(request, condition: bool, why: str) -> None:
    """Mark the running test as one that fails today; it must be taken off the list when it passes."""
    if condition:
        request.applymarker(pytest.mark.xfail(strict=True, reason=why, raises=AssertionError))


def same(program):
    ours, theirs = outcome(wengert, program), outcome(torch, program)
    assert ours[:3] == theirs[:3], f"wengert {ours}, PyTorch {theirs}"
    if len(ours) > 3:
        np.testing.assert_allclose(ours[3], theirs[3], rtol=1e-3 if "16" in ours[2] else 1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["add", "mul", "div", "maximum", "eq", "remainder"])
@pytest.mark.parametrize("a, b", list(itertools.product(DTYPES, DTYPES)))
def test_promotion_of_tensors(request, name, a, b):
    involved = a.startswith("complex") or b.startswith("complex")
    expected_to_differ(request, (a, b, name) == ("bool", "bool", "remainder"), "PyTorch refuses booleans here")
    expected_to_differ(
        request, involved and "float16" in (a, b) and name in ("add", "mul", "div"), "PyTorch has complex32"
    )
    for first, second in (((2,), (2,)), ((), (2,)), ((2,), ())):
        same(lambda t: getattr(t, name)(t.ones(first, dtype=getattr(t, a)), t.ones(second, dtype=getattr(t, b))))  # noqa: B023


@pytest.mark.parametrize("scalar", [True, 2, 2.5, 1j], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["__add__", "__rsub__", "__mul__", "__truediv__"])
def test_promotion_of_scalars(request, name, dtype, scalar):
    expected_to_differ(
        request, name == "__rsub__" and (scalar is True or dtype == "bool"), "PyTorch refuses to subtract with booleans"
    )
    expected_to_differ(request, dtype == "float16" and scalar == 1j, "PyTorch has complex32, NumPy does not")
    same(lambda t: getattr(t.ones(2, dtype=getattr(t, dtype)), name)(scalar))


INDICES = {
    "int": 1, "negative": -1, "slice": slice(0, 2), "step": slice(None, None, 2),
    "ellipsis": (..., 0), "none": (None, 0),
    "list": [0, 2],
    "pair of lists": ([0, 2], [1, 3]), "list and slice": (slice(1, 3), [0, 1]), "int and list": (0, [1, 2]),
    "true": True, "false": False, "out of range": 7, "too many": (0, 0, 0, 0), "negative step": slice(None, None, -1),
    "float": 1.5, "text": "a", "list out of range": [9], "empty list": [], "apart": ([0, 1], slice(None), [0, 1]),
    "apart with int": (0, slice(None), [0, 1]), "mask": "mask", "row mask": "row mask", "wrong mask": "wrong mask",
}  # fmt: skip


def index_of(t, key):
    if key == "mask":
        return t.arange(24).reshape(3, 4, 2) % 3 == 0
    if key == "row mask":
        return t.tensor([True, False, True])
    if key == "wrong mask":
        return t.tensor([True, False])
    return key


@pytest.mark.parametrize("key", INDICES.values(), ids=INDICES.keys())
def test_indexing(key):
    def read(t):
        return t.arange(24.0).reshape(3, 4, 2)[index_of(t, key)]

    def write(t):
        x = t.arange(24.0).reshape(3, 4, 2)
        x[index_of(t, key)] = 7.0
        return x

    def gradient(t):
        x = t.arange(24.0).reshape(3, 4, 2).requires_grad_()
        y = x[index_of(t, key)]
        (y * y).sum().backward()
        return x.grad

    for program in (read, write, gradient):
        same(program)


ERRORS = {
    "shapes": lambda t: t.ones(2) + t.ones(3),
    "matmul": lambda t: t.ones(2, 3) @ t.ones(2, 3),
    "non-scalar": lambda t: (t.ones(2, requires_grad=True) * 2).backward(),
    "no graph": lambda t: t.ones(()).backward(),
    "leaf in place": lambda t: t.ones(2, requires_grad=True).add_(1),
    "integer gradient": lambda t: t.ones(2, dtype=t.int64, requires_grad=True),
    "numpy in graph": lambda t: t.ones(2, requires_grad=True).numpy(),
    "reshape": lambda t: t.ones(6).reshape(4, 2),
    "view": lambda t: t.ones(2, 3).t().view(6),
    "dim": lambda t: t.ones(2, 3).sum(5),
    "repeated dims": lambda t: t.ones(2, 3).sum((0, 0)),
    "cat": lambda t: t.cat([t.ones(2, 3), t.ones(2, 4)]),
    "cat of nothing": lambda t: t.cat([]),
    "stack": lambda t: t.stack([t.ones(2), t.ones(3)]),
    "item": lambda t: t.ones(2).item(),
    "bool of many": lambda t: bool(t.ones(2)),
    "expand": lambda t: t.ones(2).expand(3),
    "permute": lambda t: t.ones(2, 3).permute(0),
    "squeeze": lambda t: t.ones(2).squeeze(4),
    "argument": lambda t: t.ones(2).sum(nonsense=1),
    "text operand": lambda t: t.ones(2) + "a",
    "None operand": lambda t: t.add(t.ones(2), None),
    "wrong argument": lambda t: t.exp("a"),
    "missing argument": lambda t: t.add(t.ones(2)),
    "mean of integers": lambda t: t.ones(2, dtype=t.int64).mean(),
    "max of nothing": lambda t: t.ones(0).max(),
    "argmax of nothing": lambda t: t.ones(0).argmax(),
    "gather": lambda t: t.gather(t.ones(2, 2), 0, t.tensor([[5]])),
    "bitwise of floats": lambda t: t.ones(2) & t.ones(2),
    "complex comparison": lambda t: t.ones(2, dtype=t.complex64) < 1,
    "float into integers": lambda t: t.ones(2, dtype=t.int64).add_(0.5),
    "squeeze a size": lambda t: t.ones(2).unsqueeze(3),
    "in place broadcast": lambda t: t.ones(2).add_(t.ones(3, 2)),
    "non-leaf requires_grad": lambda t: setattr(t.ones(2, requires_grad=True) * 2, "requires_grad", False),
    "grad of unused": lambda t: t.autograd.grad(t.ones((), requires_grad=True) * 1, t.ones(2, requires_grad=True)),
    "grad of constant": lambda t: t.autograd.grad(t.ones((), requires_grad=True) * 1, t.ones(2)),
    "ragged": lambda t: t.tensor([[1, 2], [3]]),
    "hook on constant": lambda t: t.ones(2).register_hook(print),
    "split": lambda t: t.split(t.ones(5), [2, 2]),
    "arange": lambda t: t.arange(0, 5, 0),
    "deepcopy of a result": lambda t: __import__("copy").deepcopy(t.ones(2, requires_grad=True) * 2),
}


@pytest.mark.parametrize("name", ERRORS)
def test_types_of_errors(request, name):
    listed = {"bitwise of floats"}
    expected_to_differ(request, name in listed, "another type of error, or none")
    ours, theirs = outcome(wengert, ERRORS[name]), outcome(torch, ERRORS[name])
    assert theirs[0] == "error", f"PyTorch accepts this: {theirs}"
    assert ours == theirs


# ------------------------------------------------------------------------------------------------ random programs

VIEWS = {
    "first": lambda x: x[0] if x.ndim and x.shape[0] else x,
    "tail": lambda x: x[1:] if x.ndim else x,
    "transposed": lambda x: x.transpose(0, -1) if x.ndim else x,
    "every other": lambda x: x[..., ::2] if x.ndim else x,
    "flat": lambda x: x.reshape(-1),
    "unsqueezed": lambda x: x.unsqueeze(0),
}
CHANGES = {
    "double": lambda x: x.mul_(2), "add": lambda x: x.add_(1), "sine": lambda x: x.sin_(), "zero": lambda x: x.zero_(),
    "sigmoid": lambda x: x.sigmoid_(), "fill": lambda x: x.fill_(0.5), "negate": lambda x: x.neg_(),
    "square": lambda x: x.mul_(x.clone()),
}  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("view"), st.sampled_from(sorted(VIEWS)), st.integers(0, 3)),
    st.tuples(st.just("change"), st.sampled_from(sorted(CHANGES)), st.integers(0, 3)),
    st.tuples(st.just("use"), st.just("exp"), st.integers(0, 3)),
)


def run_program(t, steps):
    """Views are taken, changed in place and used in any order; the gradient of what was used is the answer."""
    w = t.linspace(-1, 1, 12, dtype=t.float64).reshape(3, 4).requires_grad_()
    tensors = [w * 1.5]
    total = 0
    for kind, name, place in steps:
        x = tensors[place % len(tensors)]
        if kind == "view":
            tensors.append(VIEWS[name](x))
        elif kind == "change":
            CHANGES[name](x)
        else:
            total = total + x.exp().sum()
    for x in tensors:
        total = total + (x * x).sum()
    total.backward()
    return t.cat([w.grad.reshape(-1), total.detach().reshape(1)])


@seed(2026)
@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(STEP, min_size=1, max_size=8))
def test_views_changed_in_place(steps):
    same(lambda t: run_program(t, steps))


def test_order_of_hooks():
    def program(t):
        seen = []
        w = t.ones(2, requires_grad=True)
        y = w * 2
        z = y * 3
        w.register_hook(lambda g: seen.append(("w", g.tolist())))
        w.register_post_accumulate_grad_hook(lambda x: seen.append(("after", x.grad.tolist())))
        z.register_hook(lambda g: seen.append(("z", g.tolist())))
        y.retain_grad()
        y.register_hook(lambda g: (seen.append(("y", g.tolist())), g * 10)[1])
        y.grad_fn.register_prehook(lambda gs: seen.append(("pre", gs[0].tolist())))
        y.grad_fn.register_hook(lambda ins, outs: seen.append(("post", outs[0].tolist())))
        (z.sum() + y.sum()).backward()
        return str((seen, y.grad.tolist(), w.grad.tolist()))

    same(program)
