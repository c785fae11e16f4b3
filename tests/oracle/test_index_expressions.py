"""Random index expressions, reading and writing, in both libraries: values, types of errors, gradients.

`WENGERT_EXAMPLES=5000` asks for more of them than the 400 of each kind that the suite takes.
"""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wengert

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.oracle,
    # What both say about lists that are taken for tuples, and about uint8 masks.
    pytest.mark.filterwarnings("ignore:Using a non-tuple sequence:UserWarning"),
    pytest.mark.filterwarnings("ignore:indexing with dtype torch.uint8:UserWarning"),
]

EXAMPLES = int(os.environ.get("WENGERT_EXAMPLES", "400"))
OPTIONS = settings(
    max_examples=EXAMPLES, deadline=None, derandomize="WENGERT_EXAMPLES" not in os.environ, database=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ expressions

INTEGERS = ("int64", "int64", "int64", "int32")


class Made:
    """A part of an index that each library makes for itself."""

    def __init__(self, kind: str, array):
        self.kind, self.array = kind, array

    def in_library(self, t):
        if self.kind == "tensor":
            # A layout of its own: every other element of a larger one.
            wide = np.repeat(self.array, 2, axis=-1) if self.array.ndim else self.array
            x = t.from_numpy(np.ascontiguousarray(wide).reshape(wide.shape))
            return x[..., ::2] if self.array.ndim else x
        return self.array.copy()

    def __repr__(self):
        return f"{self.kind}({self.array.tolist()}, {self.array.dtype})"


def positions(draw, size: int, shape: tuple, dtype: str = "int64"):
    """Positions in a dimension, now and then one that is out of range."""
    low, high = -size, size - 1
    if high < low or draw(st.integers(0, 40)) == 0:
        low, high = low - 1, high + 1
    count = int(np.prod(shape))
    values = draw(st.lists(st.integers(low, high), min_size=count, max_size=count))
    return np.array(values, dtype).reshape(shape)


def mask(draw, shape: tuple):
    count = int(np.prod(shape))
    return np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool).reshape(shape)


@st.composite
def expressions(draw):
    """(shape of a tensor, an index for it): mostly one that fits."""
    shape = tuple(draw(st.lists(st.sampled_from((3, 2, 4, 1, 3, 2, 0)), max_size=4)))
    common = draw(st.sampled_from(((2,), (3,), (1,), (2, 1), (2, 2), (), (0,))))
    parts, d = [], 0
    ellipsis = False
    for _ in range(draw(st.integers(0, len(shape) + 2))):
        kind = draw(st.sampled_from((
            "int", "int", "slice", "slice", "all", "all", "none", "ellipsis", "tensor", "tensor", "tensor", "mask",
            "list", "array", "bool", "scalar", "range", "nested", "numpy", "odd",
        )))  # fmt: skip
        size = shape[d] if d < len(shape) else 2
        taken = 1
        if kind == "int":
            part = int(positions(draw, size, ()))
        elif kind == "slice":
            bound = st.one_of(st.none(), st.integers(-5, 5))
            step = draw(st.sampled_from((None, None, 1, 2, 3)))
            part = slice(draw(bound), draw(bound), step)
        elif kind == "all":
            part = slice(None)
        elif kind == "none":
            part, taken = None, 0
        elif kind == "ellipsis":
            if ellipsis:
                continue
            part, taken, ellipsis = Ellipsis, 0, True
        elif kind == "tensor":
            own = draw(st.sampled_from((common, common, common, common[-1:], (1,) * len(common))))
            part = Made("tensor", positions(draw, size, own, draw(st.sampled_from(INTEGERS))))
        elif kind == "scalar":
            part = Made("tensor", positions(draw, size, (), draw(st.sampled_from(("int64", "int32", "int16", "int8")))))
        elif kind == "mask":
            rank = draw(st.integers(0, 2))
            covered = shape[d : d + rank]
            if draw(st.integers(0, 30)) == 0:
                covered = tuple([s + 1 for s in covered])
            array = mask(draw, covered)
            part = Made("tensor", array.astype(np.uint8) if draw(st.integers(0, 9)) == 0 else array)
            taken = rank
        elif kind == "list":
            part = positions(draw, size, (draw(st.integers(0, 3)),)).tolist()
        elif kind == "nested":
            part = positions(draw, size, (2, draw(st.integers(1, 2)))).tolist()
        elif kind == "array":
            part = Made("array", positions(draw, size, common))
        elif kind == "bool":
            part, taken = draw(st.booleans()), 0
        elif kind == "range":
            part = range(size)
        elif kind == "numpy":
            part = np.int64(positions(draw, size, ()))
        else:
            part = draw(st.sampled_from((
                1.5, "a", {}, slice(None, None, -1), slice(None, None, 0), slice(0.5, None), 2**70, [[0], [0, 1]],
                Made("tensor", np.array([0.0])), Made("tensor", np.array([0], np.int16)), [True, False], [0.5],
                Made("tensor", np.array(1.0)), Made("array", np.array([1.0])), slice(2**70), object(), 1j,
            )))  # fmt: skip
            if draw(st.integers(0, 2)):
                continue
        parts.append(part)
        d += taken
        if d >= len(shape) and draw(st.integers(0, 15)):
            break
    if len(parts) == 1 and draw(st.booleans()):
        return shape, parts[0]
    if parts and draw(st.integers(0, 15)) == 0:
        return shape, list(parts)
    return shape, tuple(parts)


def made(t, part):
    if isinstance(part, Made):
        return part.in_library(t)
    if isinstance(part, tuple):
        return tuple([made(t, p) for p in part])
    if isinstance(part, list) and any([isinstance(p, Made) for p in part]):
        return [made(t, p) for p in part]
    return part


def as_bool(part):
    """The part of an index with masks of uint8 made such of bool."""
    if isinstance(part, (tuple, list)):
        return type(part)([as_bool(p) for p in part])
    return Made(part.kind, part.array.astype(bool)) if isinstance(part, Made) and part.array.dtype == np.uint8 else part


def values(shape: tuple, seed: int):
    return np.random.default_rng(seed).normal(size=shape)


def outcome(function):
    try:
        return function()
    except Exception as error:
        return error


def agree(ours, theirs, what) -> bool:
    """Whether both have results; AssertionError if only one has, or errors differ in type."""
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        kinds = [type(x).__name__ if isinstance(x, Exception) else "a result" for x in (ours, theirs)]
        assert kinds[0] == kinds[1], f"{what}: {kinds[0]} ({ours}), PyTorch {kinds[1]} ({theirs})"
        return False
    return True


# ------------------------------------------------------------------------------------------------ reading


def read(t, shape, key, layout: str):
    base = t.from_numpy(values(shape, 1)).requires_grad_()
    x = base.mT.clone().mT if layout == "transposed" and len(shape) > 1 else base * 1
    y = x[made(t, key)]
    weights = t.from_numpy(values(tuple(y.shape), 2))
    (g,) = t.autograd.grad((y * y * weights).sum(), base, create_graph=True)
    (second,) = t.autograd.grad((g * t.from_numpy(values(shape, 3))).sum(), base)
    shared = y._base is not None and y._base.data_ptr() == x.data_ptr()
    return y.detach().numpy(), g.detach().numpy(), second.numpy(), shared, y.is_contiguous()


@OPTIONS
@given(expressions(), st.sampled_from(("contiguous", "transposed")))
def test_reading(expression, layout):
    shape, key = expression
    ours, theirs = [outcome(lambda t=t: read(t, shape, key, layout)) for t in (wengert, torch)]
    if agree(ours, theirs, f"x[{key}] of {shape}"):
        for a, b in zip(ours[:3], theirs[:3], strict=True):
            assert a.shape == b.shape, f"x[{key}] of {shape}: {a.shape}, PyTorch {b.shape}"
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)
        assert ours[3] == theirs[3], f"x[{key}] of {shape}: whether it is a view"


# ------------------------------------------------------------------------------------------------ writing


@st.composite
def assignments(draw):
    """(shape, index, what is written)."""
    shape, key = draw(expressions())
    # PyTorch reads by a mask of uint8, and writes tensors by one, but not numbers.
    key = as_bool(key)
    target = outcome(lambda: torch.zeros(shape)[made(torch, key)].shape)
    target = () if isinstance(target, Exception) else tuple(target)
    kind = draw(st.sampled_from((
        "number", "whole", "whole", "broadcast", "broadcast", "scalar", "longer", "wrong", "other",
    )))  # fmt: skip
    if kind == "number":
        return shape, key, draw(st.sampled_from((2, 1.5, True, np.float64(0.5), 1j)))
    own = target
    if kind == "broadcast":
        own = tuple([1 if draw(st.booleans()) else s for s in target])[draw(st.integers(0, len(target))) :]
    elif kind == "scalar":
        own = ()
    elif kind == "longer":
        own = (1, 1, *target)
    elif kind == "wrong":
        own = (*target, 5)
    dtype = draw(st.sampled_from(("float32", "int64", "complex128", "bool"))) if kind == "other" else "float64"
    return shape, key, Made(dtype, values(own, 4))


def write(t, shape, key, value, whole: bool):
    """x[key] = value, and gradients of what x then is; in a view where not `whole`."""
    base = t.from_numpy(values(shape if whole else (2, *shape), 1)).requires_grad_()
    y = base * 1
    x = y if whole else y[1]
    v = value
    if isinstance(value, Made):
        v = t.from_numpy(value.array).to(getattr(t, value.kind))
        if value.kind in ("float64", "float32"):
            v.requires_grad_()
    before = y.detach().clone()
    try:
        x[made(t, key)] = v
    except Exception:
        # PyTorch may have written a part before it finds a position out of range.
        assert t is torch or bool((y.detach() == before).all()), "half-written"
        raise
    (y * y * t.from_numpy(values(tuple(y.shape), 2))).sum().backward()
    gradient = v.grad if isinstance(v, t.Tensor) else None
    return y.detach().numpy(), base.grad.numpy(), None if gradient is None else gradient.numpy()


@OPTIONS
@given(assignments(), st.booleans())
@pytest.mark.filterwarnings("ignore:Casting complex values to real:UserWarning")
def test_writing(assignment, whole):
    shape, key, value = assignment
    ours, theirs = [outcome(lambda t=t: write(t, shape, key, value, whole)) for t in (wengert, torch)]
    what = f"x[{key}] = {value}, x of {shape}"
    if not agree(ours, theirs, what):
        return
    for a, b, name in zip(ours, theirs, ("value", "gradient", "gradient of what is written"), strict=True):
        if name.endswith("written"):
            places = torch.arange(int(np.prod(shape))).reshape(shape)[made(torch, key)].reshape(-1)
            if len(places.unique()) < len(places):
                continue  # the last one written has the gradient; PyTorch gives it to all
        if a is None or b is None:
            assert not np.any(a if b is None else b), what  # nothing was written
        else:
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13, err_msg=f"{what}: {name}")
