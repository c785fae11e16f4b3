"""Elementwise functions and activations in both libraries: values, dtypes and error types over all dtypes, pairs of
them, numbers and layouts, and gradients at kinks, infinities and NaN."""

import warnings

import numpy as np
import pytest

import wengert

from .pointwise_cases import (
    COMMON,
    DTYPES,
    FLOATING,
    TOLERANCE,
    compared,
    described,
    difference,
    numbers,
    outcome,
    pairs,
    tensor,
)  # fmt: skip

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

ALL = [name for name in DTYPES if hasattr(wengert, name)]
FEW = [name for name in COMMON if hasattr(wengert, name)]

UNARY = (
    "abs neg square sqrt rsqrt reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh "
    "tanh asinh acosh atanh relu sigmoid floor ceil trunc round frac logical_not bitwise_not isnan isinf isfinite "
    "absolute negative arcsin arccos arctan arcsinh arccosh arctanh fix deg2rad rad2deg positive signbit sinc "
    "isposinf isneginf isreal frexp nan_to_num angle conj_physical real imag is_nonzero is_signed is_complex "
    "is_floating_point selu celu hardshrink"
).split()
BINARY = (
    "add sub mul div floor_divide remainder fmod pow maximum minimum logaddexp atan2 hypot eq ne lt le gt ge "
    "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift "
    "copysign float_power fmax fmin gcd heaviside lcm ldexp logaddexp2 nextafter rsub xlogy isclose equal allclose "
    "is_same_size true_divide divide multiply subtract greater greater_equal less less_equal not_equal arctan2"
).split()
# Python operators, in both orders and in place.
OPERATORS = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y,
    "//": lambda x, y: x // y, "%": lambda x, y: x % y, "**": lambda x, y: x**y, "&": lambda x, y: x & y,
    "|": lambda x, y: x | y, "^": lambda x, y: x ^ y, "<<": lambda x, y: x << y, ">>": lambda x, y: x >> y,
    "<": lambda x, y: x < y, "<=": lambda x, y: x <= y, "==": lambda x, y: x == y, "!=": lambda x, y: x != y,
    ">": lambda x, y: x > y, ">=": lambda x, y: x >= y,
}  # fmt: skip


def in_place_operator(name):
    space = {}
    exec(f"def change(x, y):\n    x {name}= y\n    return x", space)
    return space["change"]


IN_PLACE = {name: in_place_operator(name) for name in ("+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "<<", ">>")}



def agree(calls, **options) -> None:
    """Every call(t) of (what, call) gives the same in both libraries."""
    found = [(what, compared(wengert, torch, call, **options)) for what, call in calls]
    wrong = [f"{what}: {text}" for what, text in found if text]
    assert not wrong, f"{len(wrong)} of {len(found)} differ:\n" + "\n".join(wrong[:5])


def values_of(dtype: str, without=()) -> list:
    return [x for x in numbers(dtype) if not any(x == y for y in without)]


@pytest.mark.parametrize("name", UNARY)
def test_one_operand(name):
    calls = []
    for dtype in ALL:
        calls.append((dtype, lambda t, d=dtype: getattr(t, name)(tensor(t, d))))
        calls.append((dtype + " method", lambda t, d=dtype: getattr(tensor(t, d), name)()))
        if hasattr(torch.Tensor, name + "_"):
            calls.append((dtype + " in place", lambda t, d=dtype: getattr(tensor(t, d), name + "_")()))
        if hasattr(torch, name + "_"):
            calls.append((dtype + " function in place", lambda t, d=dtype: getattr(t, name + "_")(tensor(t, d))))
    if name in ("selu", "celu", "real", "imag"):
        calls = [(what, call) for what, call in calls if not what.endswith("method")]
    calls += [
        ("empty", lambda t: getattr(t, name)(t.zeros(0, 3))), ("0-d", lambda t: getattr(t, name)(t.tensor(0.5))),
        ("transposed", lambda t: getattr(t, name)(t.arange(6.0).reshape(2, 3).t())),
        ("strided", lambda t: getattr(t, name)(t.arange(12.0)[::3])),
        ("expanded", lambda t: getattr(t, name)(t.tensor([[0.25]]).expand(2, 3))),
        ("string", lambda t: getattr(t, name)("a")), ("none", lambda t: getattr(t, name)(None)),
        ("nothing", lambda t: getattr(t, name)()),
    ]  # fmt: skip
    agree(calls)


def test_the_sign_of_no_number():
    """PyTorch has 0 for it; here, as in NumPy, NaN has no sign."""
    for name in ("sign", "sgn"):
        known = {d: [x for x in numbers(d) if x == x] for d in ALL}
        agree([(d, lambda t, d=d, f=name, v=known: getattr(t, f)(tensor(t, d, v[d]))) for d in ALL])
        assert getattr(wengert, name)(wengert.tensor([float("nan")])).isnan().all()


def grid(t, first: str, second: str, without=()):
    """All pairs of the two types' values, as two tensors."""
    rows = [(x, y) for x in values_of(first, without) for y in values_of(second)]
    return [
        t.tensor(list(column), dtype=getattr(t, dtype)) for column, dtype in zip(zip(*rows, strict=True),
        (first, second), strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize("name", BINARY)
def test_two_operands(name):
    without = (-np.inf,) if name.endswith("pow") or name == "float_power" else ()
    calls = []
    # The power of two has the type of the exponent in PyTorch; here it is as exact as the result.
    options = {"tolerance": 2e-2} if name == "ldexp" else {}
    for a, b in pairs(FEW):
        calls.append(((a, b), lambda t, a=a, b=b: getattr(t, name)(*grid(t, a, b, without))))
        if hasattr(torch.Tensor, name + "_"):
            calls.append(((a, b, "in place"), lambda t, a=a, b=b: in_place(t, name, *grid(t, a, b, without))))
        calls.append(((a, b, "0-d"), lambda t, a=a, b=b: getattr(t, name)(tensor(t, a, values_of(a, without)),
            tensor(t, b)[2])))  # fmt: skip
    agree(calls, **options)


def in_place(t, name, x, *rest):
    changed = getattr(x, name + "_")(*rest)
    assert changed is x
    return changed


@pytest.mark.parametrize("name", BINARY)
def test_numbers_as_operands(name):
    without = (-np.inf, 0.0) if "pow" in name else ()
    calls = []
    for a in FEW:
        for s in (2, 0, -1, 0.5, True, 1 + 1j, float("nan"), 300):
            if name == "pow" and s != s:
                continue
            calls += [
                ((a, s), lambda t, a=a, s=s: getattr(t, name)(tensor(t, a, values_of(a, without)), s)),
                ((s, a), lambda t, a=a, s=s: getattr(t, name)(s, tensor(t, a))),
            ]
            if hasattr(torch.Tensor, name + "_"):
                calls.append(((a, s, "in place"), lambda t, a=a, s=s: in_place(
                    t, name, tensor(t, a, values_of(a, without)), s)))  # fmt: skip
    agree(calls)


@pytest.mark.parametrize("name", BINARY)
def test_bad_operands(name):
    agree([
        ("shapes", lambda t: getattr(t, name)(t.ones(2, 3), t.ones(4))),
        ("string", lambda t: getattr(t, name)(t.ones(2), "a")),
        ("none", lambda t: getattr(t, name)(t.ones(2), None)),
        ("list", lambda t: getattr(t, name)(t.ones(2), [1.0, 2.0])),
        ("one", lambda t: getattr(t, name)(t.ones(2))),
        ("unknown keyword", lambda t: getattr(t, name)(t.ones(2), t.ones(2), nonsense=1)),
        ("twice", lambda t: getattr(t, name)(t.ones(2), t.ones(2), other=t.ones(2))),
    ])  # fmt: skip


@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators(symbol):
    function = OPERATORS[symbol]
    calls = []
    for a in FEW:
        without = (-np.inf, 0.0) if symbol == "**" else ()
        for s in (2, 1, 0.5, True):
            calls.append(((a, s), lambda t, a=a, s=s, w=without: function(tensor(t, a, values_of(a, w)), s)))
            calls.append(((s, a), lambda t, a=a, s=s: function(s, tensor(t, a))))
            if symbol in IN_PLACE:
                calls.append(((a, s, "in place"), lambda t, a=a, s=s, w=without: IN_PLACE[symbol](
                    tensor(t, a, values_of(a, w)), s)))  # fmt: skip
    calls += [("string", lambda t: function(t.ones(2), "a")), ("strings", lambda t: function("a", t.ones(2)))]
    if symbol not in ("==", "!="):
        calls += [("none", lambda t: function(t.ones(2), None))]
    agree(calls)


def test_operators_in_place_write_into_the_tensor():
    for symbol, change in IN_PLACE.items():
        x = wengert.ones(2, dtype=wengert.int64 if symbol in "&|^<<>>" else wengert.float64)
        held = x
        y = change(x, 1 if symbol in "&|^<<>>" else 1.0)
        assert y is held, symbol


# ------------------------------------------------------------------------------------------------ with parameters

THREE = {
    "addcmul": lambda t, *xs: t.addcmul(*xs, value=2), "addcdiv": lambda t, *xs: t.addcdiv(*xs, value=2),
    "addcmul of a half": lambda t, *xs: t.addcmul(*xs, value=0.5),
    "lerp": lambda t, *xs: t.lerp(*xs), "lerp of a number": lambda t, x, y, z: t.lerp(x, y, 0.75),
    "where": lambda t, x, y, z: t.where(z == z, x, y), "clamp": lambda t, *xs: t.clamp(*xs),
    "addcmul_": lambda t, *xs: xs[0].addcmul_(*xs[1:]), "addcdiv_": lambda t, *xs: xs[0].addcdiv_(*xs[1:]),
    "lerp_": lambda t, *xs: xs[0].lerp_(*xs[1:]), "clamp_": lambda t, *xs: xs[0].clamp_(*xs[1:]),
}  # fmt: skip


@pytest.mark.parametrize("name", THREE)
def test_three_operands(name):
    short = {dtype: values_of(dtype)[3:8] for dtype in FEW}
    some = ("bool", "int64", "float16", "float32", "float64", "complex64")
    calls = []
    for a in some:
        for b in some:
            for c in some:
                operands = [(a, 0), (b, 1), (c, 2)]
                calls.append(((a, b, c), lambda t, operands=operands: THREE[name](
                    t, *[tensor(t, d, short[d], shift) for d, shift in operands])))  # fmt: skip
    calls += [
        ("broadcast", lambda t: THREE[name](t, t.ones(2, 3), t.full((3,), 2.0), t.full((2, 1), 0.5))),
        ("empty", lambda t: THREE[name](t, t.ones(0), t.ones(0), t.ones(0))),
        ("0-d", lambda t: THREE[name](t, t.tensor(1.0), t.tensor(2.0), t.tensor(0.25))),
    ]
    agree(calls)


WITH_PARAMETERS = {
    "round decimals": lambda t, x: t.round(x, decimals=1), "round tens": lambda t, x: t.round(x * 100, decimals=-2),
    "div floor": lambda t, x: t.div(x, 2, rounding_mode="floor"),
    "div trunc": lambda t, x: t.div(x, 2, rounding_mode="trunc"),
    "div by a float": lambda t, x: t.div(x, 0.75, rounding_mode="floor"),
    "div none": lambda t, x: t.div(x, 2, rounding_mode=None), "div other": lambda t, x: t.div(x, 2, rounding_mode="up"),
    "add alpha": lambda t, x: t.add(x, x, alpha=2), "add alpha float": lambda t, x: t.add(x, x, alpha=0.5),
    "sub alpha": lambda t, x: t.sub(x, 1, alpha=3), "rsub alpha": lambda t, x: t.rsub(x, 1, alpha=3),
    "add alpha bool": lambda t, x: t.add(x, x, alpha=True), "add complex": lambda t, x: t.add(x, x, alpha=1j),
    "nan_to_num": lambda t, x: t.nan_to_num(x, 1.5, 2.5, -3.5), "nan_to_num_": lambda t, x: x.nan_to_num_(nan=4.0),
    "clamp_min": lambda t, x: t.clamp_min(x, 0.5), "clamp_max": lambda t, x: t.clamp_max(x, 1),
    "clamp_min_": lambda t, x: x.clamp_min_(1), "clamp_max_": lambda t, x: x.clamp_max_(1),
    "clamp_min tensor": lambda t, x: t.clamp_min(x, t.tensor(1)), "clip": lambda t, x: t.clip(x, -1, 2),
    "clamp low": lambda t, x: t.clamp(x, min=1), "clamp high": lambda t, x: t.clamp(x, max=1),
    "clamp crossed": lambda t, x: t.clamp(x, 2, -1), "clamp nothing": lambda t, x: t.clamp(x),
    "clamp none": lambda t, x: t.clamp_min(x, None), "clip_": lambda t, x: x.clip_(0, 1),
    "isclose nan": lambda t, x: t.isclose(x, x, equal_nan=True), "isclose": lambda t, x: t.isclose(x, x + x, 0.5, 0.5),
    "isclose exact": lambda t, x: t.isclose(x, x, 0, 0), "isclose negative": lambda t, x: t.isclose(x, x, rtol=-1.0),
    "isclose number": lambda t, x: t.isclose(x, x, equal_nan=1), "allclose": lambda t, x: t.allclose(x, x, atol=-1.0),
    "where number": lambda t, x: t.where(x != 0, x, 7), "where numbers": lambda t, x: t.where(x != 0, 1, 2.0),
    "where positions": lambda t, x: t.where(x), "where two": lambda t, x: t.where(x != 0, x),
    "where condition": lambda t, x: t.where(x, x, x), "where method": lambda t, x: x.where(x != 0, x),
    "apply_": lambda t, x: x.apply_(lambda e: e), "map_": lambda t, x: x.map_(x, lambda a, b: a),
    "copysign negative zero": lambda t, x: t.copysign(x, -0.0), "float_power_": lambda t, x: x.float_power_(2),
    "float_power numbers": lambda t, x: t.float_power(2, 3), "polar": lambda t, x: t.polar(x, x),
    "heaviside types": lambda t, x: t.heaviside(x, t.ones(1, dtype=t.float64)),
    "positive operator": lambda t, x: +x, "negative operator": lambda t, x: -x, "inverse operator": lambda t, x: ~x,
    "fill_": lambda t, x: t.fill_(x, 1), "xlogy number": lambda t, x: t.xlogy(2, x),
    "xlogy with number": lambda t, x: t.xlogy(x, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", WITH_PARAMETERS)
@pytest.mark.filterwarnings("ignore")
def test_parameters(name):
    function = WITH_PARAMETERS[name]
    finite = {d: [x for x in values_of(d) if x == x and abs(x) < 1000] for d in FEW}
    chosen = finite if name.startswith(("apply", "map", "polar")) else {d: values_of(d) for d in FEW}
    agree([(d, lambda t, d=d: function(t, tensor(t, d, chosen[d]))) for d in FEW])


# ------------------------------------------------------------------------------------------------ activations

ACTIVATIONS = {
    "celu": ((), (0.5,), (-1.0,), (0.0,), ("a",), (2,)), "selu": ((),), "elu": ((), (0.5,), (-1.5,), ("a",)),
    "leaky_relu": ((), (0.3,), (-0.2,), (0.0,), ("a",), (None,)), "hardshrink": ((), (1.0,), (-1.0,), ("a",)),
    "softshrink": ((), (1.0,), (0.0,), (-1.0,)), "hardsigmoid": ((),), "hardswish": ((),),
    "hardtanh": ((), (-0.5, 2.0), (1.0, -1.0), (0, 2), (0.5, 2.5)), "relu6": ((),), "silu": ((),), "mish": ((),),
    "softplus": ((), (2.0,), (0.5, 3.0), (1, 1), ("a",)), "softsign": ((),), "tanhshrink": ((),), "logsigmoid": ((),),
    "gelu": ((),), "threshold": ((1.0, 5.0), (0.0, -1.5), ("a", 1), (1,)), "relu": ((),),
    "rrelu": ((), (0.1, 0.3), (0.5, 0.1)),
}  # fmt: skip
KINKS = [-7.0, -3.0, -2.0, -1.0, -0.5, -0.3, -0.0, 0.0, 0.25, 0.5, 1.0, 2.0, 2.5, 3.0, 5.0, 6.0, 7.0, 20.0, 30.0, 1e30]
EXTREME = [-1e30, -np.inf, np.inf, np.nan]


def loosely(name: str) -> dict:
    """PyTorch's slope of hardsigmoid is a sixth in single precision, for doubles too."""
    return {"tolerance": {**TOLERANCE, "float64": 1e-7}} if name == "hardsigmoid" else {}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_over_dtypes(name):
    calls = []
    for values in ACTIVATIONS[name]:
        for d in FEW:
            calls.append(((d, values), lambda t, d=d, v=values: getattr(t.nn.functional, name)(
                tensor(t, d, [x for x in numbers(d) if x == x and abs(x) < 1000]), *v)))  # fmt: skip
        calls += [
            ((values, "empty"), lambda t, v=values: getattr(t.nn.functional, name)(t.ones(0, 2), *v)),
            ((values, "0-d"), lambda t, v=values: getattr(t.nn.functional, name)(t.tensor(-0.25), *v)),
            ((values, "transposed"), lambda t, v=values: getattr(t.nn.functional, name)(
                t.linspace(-2, 2, 12).reshape(3, 4).t(), *v)),
            ((values, "strided"), lambda t, v=values: getattr(t.nn.functional, name)(t.linspace(-2, 2, 12)[::2], *v)),
        ]  # fmt: skip
    if name not in ("softsign", "tanhshrink"):  # Python functions, which fail with an AttributeError in PyTorch
        calls.append(("string", lambda t: getattr(t.nn.functional, name)("a")))
        calls.append(("none", lambda t: getattr(t.nn.functional, name)(None)))
    agree(calls)


@pytest.mark.parametrize("dtype", [d for d in FLOATING if hasattr(wengert, d)])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_at_kinks(name, dtype):
    """Values and gradients at kinks, of single elements: PyTorch's vectors differ from its rest at NaN."""

    def value_and_slope(t, values, point):
        x = t.tensor([point], dtype=getattr(t, dtype)).requires_grad_()
        y = getattr(t.nn.functional, name)(x, *values)
        (g,) = t.autograd.grad(y.sum(), x)
        return [y, g]

    for values in ACTIVATIONS[name]:
        if any(isinstance(v, str) or v is None for v in values) or compared(
            wengert, torch, lambda t, v=values: getattr(t.nn.functional, name)(t.ones(2), *v)
        ) or isinstance(outcome(lambda v=values: getattr(torch.nn.functional, name)(torch.ones(2), *v)), Exception):
            continue
        points = KINKS if dtype != "float16" else [p for p in KINKS if abs(p) < 1e4]
        agree([((values, p), lambda t, v=values, p=p: value_and_slope(t, v, p)) for p in points], **loosely(name))


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n not in ("gelu", "softsign")])
def test_activations_of_infinities_and_nan(name):
    """gelu is the input at infinity here, where PyTorch has 0 times infinity."""
    values = ACTIVATIONS[name][0]
    function = getattr(wengert.nn.functional, name)
    calls = [(p, lambda t, p=p: getattr(t.nn.functional, name)(t.tensor([p] * 3), *values)) for p in EXTREME]
    agree(calls)
    assert function(wengert.tensor([np.nan]), *values).isnan().all() or name == "threshold"


@pytest.mark.parametrize("name", ["celu", "selu", "elu", "leaky_relu", "hardsigmoid", "hardswish", "hardtanh", "relu6",
                                  "silu", "mish", "threshold", "relu", "rrelu"])  # fmt: skip
def test_activations_in_place(name):
    values = (0.5, 2.0) if name == "threshold" else ()

    def changed(t):
        x = t.linspace(-4, 4, 9, dtype=t.float64).requires_grad_()
        y = x * 1.0
        z = getattr(t.nn.functional, name)(y, *values, inplace=True)
        assert z is y
        z.sum().backward()
        return [z, x.grad]

    agree([("value and gradient", changed)], **loosely(name))
    agree([
        ("leaf", lambda t: getattr(t.nn.functional, name)(t.ones(2, requires_grad=True), *values, inplace=True)),
    ])  # fmt: skip
    if hasattr(torch.nn.functional, name + "_"):
        agree([("function", lambda t: getattr(t.nn.functional, name + "_")(t.linspace(-4, 4, 9), *values))])


GLU_AND_PRELU = {
    "glu": lambda t: t.nn.functional.glu(t.arange(12.0).reshape(3, 4) - 6), "glu dim": lambda t: t.nn.functional.glu(
        t.arange(12.0).reshape(4, 3), 0), "glu odd": lambda t: t.nn.functional.glu(t.ones(3)),
    "glu 0-d": lambda t: t.nn.functional.glu(t.tensor(1.0)),
    "glu ints": lambda t: t.nn.functional.glu(t.ones(2).long()),
    "glu range": lambda t: t.nn.functional.glu(t.ones(2), 3), "glu empty": lambda t: t.nn.functional.glu(t.ones(0, 2)),
    "prelu one": lambda t: t.prelu(t.arange(6.0) - 3, t.tensor([0.5])),
    "prelu 0-d weight": lambda t: t.prelu(t.arange(6.0) - 3, t.tensor(0.5)),
    "prelu channels": lambda t: t.prelu(t.arange(12.0).reshape(2, 3, 2) - 6, t.tensor([0.5, 0.25, 2.0])),
    "prelu 0-d": lambda t: t.prelu(t.tensor(-1.0), t.tensor([0.5])),
    "prelu method": lambda t: (-t.ones(2)).prelu(t.ones(1)),
    "prelu channels of 1-d": lambda t: t.prelu(t.ones(2), t.ones(2)),
    "prelu two dims": lambda t: t.prelu(t.ones(2, 3), t.ones(3, 1)),
    "prelu types": lambda t: t.prelu(t.ones(2), t.ones(1).double()), "prelu ints": lambda t: t.prelu(
        t.ones(2).long(), t.ones(1).long()), "prelu number": lambda t: t.prelu(t.ones(2), 1.0),
    "prelu wrong": lambda t: t.prelu(t.ones(2, 3), t.ones(2)),
    "prelu empty": lambda t: t.prelu(t.ones(0, 3), t.ones(3)),
    "gelu tanh": lambda t: t.nn.functional.gelu(t.linspace(-4, 4, 9), approximate="tanh"),
    "gelu other": lambda t: t.nn.functional.gelu(t.ones(2), approximate="erf"),
}  # fmt: skip


@pytest.mark.parametrize("name", GLU_AND_PRELU)
def test_glu_and_prelu(name):
    agree([(name, GLU_AND_PRELU[name])])


def test_rrelu_in_training_draws_slopes_in_the_range():
    wengert.manual_seed(0)
    x = -wengert.ones(1000, dtype=wengert.float64)
    x.requires_grad_()
    y = wengert.nn.functional.rrelu(x, 0.2, 0.4, training=True)
    (g,) = wengert.autograd.grad(y.sum(), x)
    assert (-y >= 0.2).all() and (-y < 0.4).all() and y.detach().std() > 0.04
    np.testing.assert_array_equal(g.numpy(), -y.detach().numpy())


# ------------------------------------------------------------------------------------------------ gradients

FIRST_AND_SECOND = {
    "addcmul": lambda t, x, y: t.addcmul(x, y, x, value=0.5),
    "addcdiv": lambda t, x, y: t.addcdiv(x, y, x + 9, value=2),
    "lerp": lambda t, x, y: t.lerp(x, y, 0.3), "lerp weight": lambda t, x, y: t.lerp(x, y, x * y),
    "copysign": lambda t, x, y: t.copysign(x, y), "fmax": lambda t, x, y: t.fmax(x, y),
    "fmin": lambda t, x, y: t.fmin(x, y),
    "xlogy": lambda t, x, y: t.xlogy(x, y.abs()), "ldexp": lambda t, x, y: t.ldexp(x, y),
    "sinc": lambda t, x, y: t.sinc(x),
    "logaddexp2": lambda t, x, y: t.logaddexp2(x, y), "nan_to_num": lambda t, x, y: t.nan_to_num(x * y),
    "frexp": lambda t, x, y: t.frexp(x)[0] * y, "float_power": lambda t, x, y: t.float_power(x, 3),
    "clamp_min": lambda t, x, y: t.clamp_min(x, y), "clamp_max": lambda t, x, y: t.clamp_max(x, y),
    "rad2deg": lambda t, x, y: t.rad2deg(x), "rsub": lambda t, x, y: t.rsub(x, y, alpha=3),
    "div rounded": lambda t, x, y: t.div(x, y + 9, rounding_mode="floor") + x, "nextafter": lambda t, x, y: x * y,
    "prelu": lambda t, x, y: t.prelu(x, y[2:3]), "round": lambda t, x, y: t.round(x, decimals=1) + x,
}  # fmt: skip
SAME = [-2.0, -1.0, -0.5, 0.5, 1.0, 3.0]
OTHER = [-2.0, 1.0, 0.5, 0.25, -1.0, 3.0]


@pytest.mark.parametrize("name", FIRST_AND_SECOND)
def test_gradients_where_operands_are_equal_and_apart(name):
    def slopes(t):
        x, y = [t.tensor(v, dtype=t.float64).requires_grad_() for v in (SAME, OTHER)]
        first = t.autograd.grad(FIRST_AND_SECOND[name](t, x, y).sum(), (x, y), create_graph=True, allow_unused=True)
        total = sum((g * g).sum() for g in first if g is not None) + (x * y).sum()
        return [g for g in first if g is not None] + list(t.autograd.grad(total, (x, y)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agree([(name, slopes)])


def test_the_comparison_finds_differences():
    assert difference(described(wengert, wengert.ones(2)), described(torch, torch.zeros(2)))
    assert difference(described(wengert, wengert.ones(2)), described(torch, torch.ones(2, dtype=torch.float64)))
    assert difference(described(wengert, ValueError("a")), described(torch, TypeError("b")))
    assert not difference(described(wengert, ValueError("a")), described(torch, ValueError("b")))
