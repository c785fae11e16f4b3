"""Elementwise functions: what they refuse and how they say it, what in-place forms do to the graph, limits."""

import math

import numpy as np
import pytest

import wengert as t
from wengert.core import registry

F = t.nn.functional

# (call, type of error, what the message says)
REFUSED = {
    "sub of booleans": (lambda: t.ones(2).bool() - t.ones(2).bool(), RuntimeError, "with two bool tensors"),
    "sub of a boolean": (lambda: t.ones(2) - True, RuntimeError, "with a bool tensor"),
    "a number less booleans": (lambda: 1 - t.tensor([True]), RuntimeError, "with a bool tensor"),
    "neg of booleans": (lambda: -t.tensor([True]), RuntimeError, "Negation, the `-` operator"),
    "positive of booleans": (lambda: +t.tensor([True]), RuntimeError, "on a bool tensor"),
    "invert of floats": (lambda: ~t.ones(2), TypeError, "only implemented on integer and Boolean"),
    "bits of floats": (lambda: t.ones(2) & 1, NotImplementedError, '"bitwise_and_cpu" not implemented for \'Float\''),
    "division by 0": (lambda: t.tensor([1]) // 0, RuntimeError, "ZeroDivisionError"),
    "remainder by 0": (lambda: t.tensor([1]) % t.tensor([0]), RuntimeError, "ZeroDivisionError"),
    "negative power": (lambda: t.tensor([2]) ** -1, RuntimeError, "Integers to negative integer powers"),
    "number too large": (lambda: t.tensor([1], dtype=t.int8) + 2**70, (RuntimeError, OverflowError), "2|large"),
    "addcdiv of integers": (lambda: t.addcdiv(t.ones(1), t.tensor([1]), t.tensor([2])), RuntimeError,
                            "Integer division with addcdiv"),
    "addcmul of booleans": (lambda: t.addcmul(*[t.tensor([True])] * 3), NotImplementedError, "addcmul_cpu_out"),
    "lerp of two types": (lambda: t.lerp(t.ones(1), t.ones(1).double(), 0.5), RuntimeError,
                          "expected dtype float for `end` but got dtype double"),
    "lerp of integers": (lambda: t.lerp(t.tensor([1]), t.tensor([1]), 0.5), NotImplementedError, "'Long'"),
    "gcd of floats": (lambda: t.gcd(t.ones(1), t.ones(1)), NotImplementedError, '"gcd_cpu"'),
    "frexp of integers": (lambda: t.frexp(t.tensor([1])), RuntimeError, "only supports floating-point dtypes"),
    "heaviside of two types": (lambda: t.heaviside(t.ones(1), t.ones(1).double()), RuntimeError, "different dtypes"),
    "isclose of two types": (lambda: t.isclose(t.ones(1), t.ones(1).double()), RuntimeError,
                             "Float did not match Double"),
    "isclose below 0": (lambda: t.isclose(t.ones(1), t.ones(1), rtol=-1), RuntimeError, "rtol must be greater"),
    "float_power_ of floats": (lambda: t.ones(1).float_power_(2), RuntimeError, "requires dtype Double"),
    "round of integers": (lambda: t.round(t.tensor([1]), decimals=1), NotImplementedError, '"round_cpu"'),
    "alpha of integers": (lambda: t.add(t.tensor([1]), 1, alpha=0.5), RuntimeError, "For integral input tensors"),
    "shapes": (lambda: t.fmax(t.ones(2, 3), t.ones(4)), RuntimeError,
               r"The size of tensor a \(3\) must match the size of tensor b \(4\).*fmax"),
    "shapes of isclose": (lambda: t.isclose(t.ones(2, 3), t.ones(4)), RuntimeError, "size of tensor a"),
    "a string": (lambda: t.copysign(t.ones(2), "a"), TypeError, r"copysign\(\): argument 'other' \(position 2\)"),
    "none": (lambda: t.xlogy(t.ones(2), None), TypeError, r"xlogy\(\): argument 'other' \(position 2\) must be Tensor"),
    "nan_to_num of a string": (lambda: t.nan_to_num(t.ones(2), "a"), TypeError, "argument 'nan' must be float"),
    "no bound": (lambda: t.clamp_min(t.ones(2), None), TypeError, "clamp_min"),
    "result too high": (lambda: t.tensor([1]).xlogy_(t.tensor([2])), RuntimeError, "can't be cast"),
    "result too large": (lambda: t.ones(3).lerp_(t.ones(2, 3), 0.5), RuntimeError, "output with shape"),
    "leaf": (lambda: t.ones(2, requires_grad=True).addcmul_(t.ones(2), t.ones(2)), RuntimeError, "a leaf Variable"),
    "apply_ with a gradient": (lambda: t.ones(2, requires_grad=True).apply_(abs), RuntimeError, "Can't call apply_"),
    "apply_ without a function": (lambda: t.ones(2).apply_(1), TypeError, "must be a function"),
    "celu of 0": (lambda: t.celu(t.ones(2), 0.0), RuntimeError, "alpha cannot be 0 for CELU"),
    "elu of integers": (lambda: F.elu(t.tensor([1])), NotImplementedError, '"elu_cpu" not implemented for \'Long\''),
    "elu of complex numbers": (lambda: F.elu(t.tensor([1j])), NotImplementedError, "'ComplexFloat'"),
    "elu by a string": (lambda: F.elu(t.ones(2), "a"), TypeError, r"argument 'alpha' \(position 2\) must be Number"),
    "hardtanh crossed": (lambda: F.hardtanh(t.ones(2), 1, -1), ValueError, "min_val cannot be greater than max_val"),
    "hardtanh of booleans": (lambda: F.hardtanh(t.tensor([True])), RuntimeError, "Bool inputs not supported"),
    "softshrink below 0": (lambda: F.softshrink(t.ones(2), -1), RuntimeError, "greater or equal to 0"),
    "gelu of a kind": (lambda: F.gelu(t.ones(2), "erf"), RuntimeError, "either none or tanh"),
    "glu of 3": (lambda: F.glu(t.ones(3)), RuntimeError, "Halving dimension must be even, but dimension 0 is size 3"),
    "glu of a scalar": (lambda: F.glu(t.tensor(1.0)), RuntimeError, "does not support scalars"),
    "prelu of channels": (lambda: F.prelu(t.ones(2, 3), t.ones(2)), RuntimeError, "Mismatch of parameter numbers"),
    "prelu of a number": (lambda: F.prelu(t.ones(2), 0.5), TypeError, "argument 'weight'"),
    "rrelu crossed": (lambda: F.rrelu(t.ones(2), 0.5, 0.1), RuntimeError, "Lower bound should be less"),
    "relu of booleans": (lambda: t.relu(t.tensor([True])), RuntimeError, "Boolean inputs not supported for relu"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        call()


def test_nothing_is_written_where_something_is_refused():
    x = t.tensor([1.0, 2.0])
    one = t.tensor([1])
    for call in (lambda: x.lerp_(t.ones(3, 2), 0.5), lambda: x.addcdiv_(one, one), lambda: x.sub_(True)):
        with pytest.raises(RuntimeError):
            call()
        assert x.tolist() == [1.0, 2.0] and x._version == 0


def test_comparison_in_place_cuts_the_history():
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3.0
    assert y.gt_(4.0) is y
    (y * x).sum().backward()
    assert y.tolist() == [0.0, 1.0] and x.grad.tolist() == [0.0, 1.0]


def test_operators_in_place():
    mask = t.tensor([True, False])
    held = mask
    mask &= t.tensor([True, True])
    mask |= t.tensor([False, True])
    mask ^= t.tensor([True, False])
    assert mask is held and held.tolist() == [False, True]
    bits = t.tensor([1, 2])
    same = bits
    bits <<= 3
    bits >>= 1
    assert bits is same and same.tolist() == [4, 8]
    assert (1 << t.tensor([1, 2])).tolist() == [2, 4] and (16 >> t.tensor([1, 2])).tolist() == [8, 4]


def test_integers_out_of_range_take_the_lowest_bits():
    x = t.tensor([1, 2], dtype=t.uint8)
    assert (x - 2).tolist() == [255, 0] and (x + 300).tolist() == [45, 46] and (x * -1).tolist() == [255, 254]


def test_integers_to_negative_tensors():
    found = t.tensor([1, -1, -1, 2, 0]) ** t.tensor([-3, -3, -2, -1, -1])
    assert found.tolist() == [1, -1, 1, 0, 0] and found.dtype is t.int64


def test_lerp_reaches_both_ends_exactly():
    x, y = t.tensor([1e10, 0.1]), t.tensor([-3.0, 0.3])
    assert t.equal(t.lerp(x, y, 0.0), x) and t.equal(t.lerp(x, y, 1.0), y)


def test_distances_of_integers_do_not_overflow():
    low, high = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    x, y = t.tensor([low, high, 5]), t.tensor([high, low, 5])
    assert t.isclose(x, y, rtol=0.0, atol=1.0).tolist() == [False, False, True]


def test_sinc_near_0():
    for value in (0.0, 1e-8, 1e-3, 0.03, 0.0319, 0.4):
        x = t.tensor([value], dtype=t.float64, requires_grad=True)
        (slope,) = t.autograd.grad(t.sinc(x), x, create_graph=True)
        (curvature,) = t.autograd.grad(slope, x)
        z = math.pi * value
        # By the series of sin(z) / z, whose remainder is far below what is compared.
        terms = [(-1) ** k / math.factorial(2 * k + 1) for k in range(14)]
        expected = math.pi * sum(2 * k * c * z ** (2 * k - 1) for k, c in enumerate(terms) if k)
        second = math.pi**2 * sum(2 * k * (2 * k - 1) * c * z ** (2 * k - 2) for k, c in enumerate(terms) if k)
        assert math.isclose(slope.item(), expected, rel_tol=1e-12, abs_tol=1e-15)
        assert math.isclose(curvature.item(), second, rel_tol=1e-9)


def test_extremes_of_activations():
    wide = t.tensor([-math.inf, -1e300, 1e300, math.inf], dtype=t.float64)
    assert F.gelu(wide).tolist()[1:] == [-0.0, 1e300, math.inf]
    assert F.softplus(wide).tolist() == [0.0, 0.0, 1e300, math.inf]
    assert F.logsigmoid(wide).tolist() == [-math.inf, -1e300, 0.0, 0.0]
    for function in (F.mish, F.silu, F.gelu, F.softplus, F.hardswish, F.elu):
        x = t.tensor([-1e30, 1e30, 30.0], requires_grad=True)
        (slope,) = t.autograd.grad(function(x).sum(), x)
        assert slope.tolist() == pytest.approx([0.0, 1.0, 1.0], abs=1e-6), function


@pytest.mark.parametrize("dtype", [t.float16, t.bfloat16])
def test_activations_in_half_precision_are_rounded_once(dtype):
    x = t.linspace(-4, 4, 101).to(dtype)
    for function in (F.silu, F.mish, F.gelu, F.elu, F.softplus, F.selu, F.hardswish):
        assert t.equal(function(x), function(x.float()).to(dtype)), function


def test_activations_of_layouts_and_spread_cotangents():
    x = t.linspace(-3, 3, 24, dtype=t.float64).reshape(4, 6)
    for view in (x, x.t(), x[::2], x[:, 1:4], x.expand(2, 4, 6)):
        leaf = view.detach().requires_grad_()
        plain = view.detach().clone().contiguous().requires_grad_()
        F.silu(leaf).sum().backward()
        F.silu(plain).backward(t.ones(plain.shape, dtype=t.float64))
        assert t.allclose(leaf.grad, plain.grad, rtol=1e-14, atol=0.0)


def test_aliases_are_the_same_functions():
    pairs = {
        "absolute": "abs", "arccos": "acos", "arcsinh": "asinh", "arctan2": "atan2", "clip": "clamp", "divide": "div",
        "true_divide": "div", "fix": "trunc", "greater": "gt", "less_equal": "le", "multiply": "mul", "negative": "neg",
        "not_equal": "ne", "subtract": "sub",
    }  # fmt: skip
    for alias, name in pairs.items():
        assert getattr(t, alias) is getattr(t, name) and registry.aliases[alias] == name
        x, rest = t.tensor([0.5]), (t.tensor([2.0]),)
        arguments = rest if len(getattr(t, name).inputs) > 1 else ()
        assert t.equal(getattr(x, alias)(*arguments), getattr(x, name)(*arguments))


def test_functions_in_place_stand_beside_the_methods():
    for name in ("exp_", "neg_", "clamp_", "arccos_", "nan_to_num_", "xlogy_", "gcd_", "celu_", "threshold_", "rrelu_"):
        assert hasattr(t, name), name
    x = t.tensor([1.0, 4.0])
    assert t.sqrt_(x) is x and x.tolist() == [1.0, 2.0]


def test_functions_of_elements_in_python():
    x = t.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.apply_(lambda e: e * 10).tolist() == [[10.0, 20.0], [30.0, 40.0]]
    assert x.map_(t.ones(2), lambda a, b: a + b).tolist() == [[11.0, 21.0], [31.0, 41.0]]
    assert x.map2_(t.ones(2), t.ones(1), lambda a, b, c: a * 0 + b + c).tolist() == [[2.0, 2.0], [2.0, 2.0]]
