"""Tensors print as PyTorch's do, compared over a table of tensors and options."""

import re

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

INF, NAN = float("inf"), float("nan")
RNG = np.random.default_rng(0)

VALUES = {
    "number": 3.5, "int": 3, "bool": True, "zero": 0.0, "negative": -2.0, "empty": [], "ints": [1, 20, -300],
    "floats": [1.5, 2.25, -3.125], "integral": [1.0, 2.0, 1000.0], "small": [1e-5, 1.0], "large": [1e9, 1.0],
    "large integral": [1e9], "range of 1e5": [1e-3, 1e2], "infinities": [INF, 1.0, NAN], "all infinite": [INF, -INF],
    "nan": NAN, "zero beside 1e-10": [0.0, 1e-10], "signed zeros": [0.0, -0.0], "matrix": RNG.standard_normal((3, 4)),
    "three dimensions": RNG.standard_normal((2, 3, 2)), "lines": RNG.standard_normal(50), "int lines": list(range(40)),
    "summarised": np.arange(2000.0), "summarised matrix": RNG.standard_normal((100, 100)),
    "summarised ints": np.arange(1200), "four dimensions": RNG.standard_normal((2, 1, 2, 2)),
    "complex": [1 + 2j, -3.5 + 0j], "complex range": [1e-5 + 1j, 1e9j], "complex integral": [1 + 0j, 2j],
    "complex nan": [complex(NAN, 1), complex(INF, -INF)], "bools": [[True, False], [False, True]],
    "denormal beside 1": [1e-40, 1.0], "denormal": 1e-42, "99999": [99999.0], "1e8": [1e8, 1.5], "100000.5": [100000.5],
    "wide": RNG.standard_normal((2, 30)), "summarised columns": np.arange(5000).reshape(2, 2500),
    "summarised in three": RNG.standard_normal((20, 20, 20)), "uint8": np.arange(5, dtype=np.uint8), "1e20": 1e20,
    "1e-20": 1e-20, "0.1": 0.1, "nested": [[1.0]], "1e4": [10000.0, 0.5], "rounds up": [9.99995, 1],
    "int64": [2**62, -5],
}  # fmt: skip
EMPTY = ((0,), (0, 3), (3, 0), (2, 0, 3))
DTYPES = ("float16", "bfloat16", "float32", "float64", "int32", "int64", "int8", "bool", "complex64")
OPTIONS = (
    {"profile": "default"}, {"precision": 2}, {"precision": 8, "linewidth": 120}, {"precision": 0}, {"sci_mode": True},
    {"sci_mode": False}, {"threshold": 10}, {"edgeitems": 1, "threshold": 5}, {"linewidth": 40}, {"profile": "short"},
    {"profile": "full"},
)  # fmt: skip


@pytest.fixture
def options(request):
    for t in (torch, wengert):
        t.set_printoptions(profile="default")
        t.set_printoptions(**request.param)
    yield request.param
    for t in (torch, wengert):
        t.set_printoptions(profile="default")


def same_text(make):
    theirs, ours = [str(make(t)).replace("torch.", "wengert.") for t in (torch, wengert)]
    if "dtype=" in ours:
        # The name of a dtype is two letters longer here, so that a line may break before it that does not there.
        theirs, ours = [re.sub(r",\s+(dtype=|grad_fn=|requires_grad=)", r", \1", text) for text in (theirs, ours)]
    assert ours == theirs


def holds(dtype: str, values) -> bool:
    """Whether a dtype holds the values (conversions of what it does not hold are undefined)."""
    x = np.asarray(values)
    if x.dtype.kind == "c":
        return dtype == "complex64"
    if not dtype.startswith(("int", "bool")):
        return True
    return bool(np.isfinite(x.astype(float)).all()) and (not x.size or dtype == "bool" or np.abs(x).max() <= 100)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", OPTIONS, indirect=True, ids=str)
@pytest.mark.parametrize("name", VALUES)
def test_values(name, options):
    values = VALUES[name]
    if options.get("profile") == "full" and np.size(values) > 1000:
        pytest.skip("thousands of numbers, printed whole")
    same_text(lambda t: t.tensor(values))
    for dtype in DTYPES:
        if holds(dtype, values):
            same_text(lambda t, dtype=dtype: t.tensor(values).to(getattr(t, dtype)))
    if np.asarray(values).dtype.kind == "f":
        same_text(lambda t: t.tensor(values, requires_grad=True))
        same_text(lambda t: t.tensor(values, requires_grad=True) * 2)


@pytest.mark.parametrize("options", OPTIONS, indirect=True, ids=str)
@pytest.mark.parametrize("shape", EMPTY, ids=str)
def test_nothing(shape, options):
    for dtype in DTYPES:
        same_text(lambda t, dtype=dtype: t.zeros(shape, dtype=getattr(t, dtype)))
    same_text(lambda t: t.zeros(shape, requires_grad=True) * 2)


@pytest.mark.parametrize("make", [
    lambda t: t.nn.Parameter(t.ones(2)), lambda t: t.nn.Parameter(t.ones(0, 2)), lambda t: list(t.ones(2)),
    lambda t: {"a": t.ones(2)}, lambda t: f"{t.tensor(3.14159):.2f}", lambda t: f"{t.tensor([3.14159])}",
    lambda t: f"{t.tensor(3):5d}|{t.tensor(2.5)}|{t.tensor(2.5, requires_grad=True)}", lambda t: t.ones(2, 3).shape,
    lambda t: t.ones(2, 3).device, lambda t: t.ones(2, 3).dtype, lambda t: t.ones(2, 3, requires_grad=True).view(6),
    lambda t: t.ones(2, requires_grad=True).detach(), lambda t: repr(t.Size([1, 2])),
    lambda t: t.tensor([1.0, 2.0], requires_grad=True).sum().grad_fn.name(),
])  # fmt: skip
def test_other_things(make):
    same_text(make)


def test_another_default_dtype():
    try:
        for t in (torch, wengert):
            t.set_default_dtype(t.float64)
        for make in (
            lambda t: t.tensor([1.5]), lambda t: t.tensor([1.5], dtype=t.float32), lambda t: t.zeros(0),
            lambda t: t.tensor([1j]), lambda t: t.tensor([1j], dtype=t.complex64),
        ):  # fmt: skip
            same_text(make)
    finally:
        for t in (torch, wengert):
            t.set_default_dtype(t.float32)


def test_a_format_that_is_not_for_tensors():
    for t in (torch, wengert):
        with pytest.raises(TypeError, match=r"unsupported format string passed to Tensor.__format__"):
            f"{t.ones(2):.2f}"
