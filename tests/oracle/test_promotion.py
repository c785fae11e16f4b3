"""PyTorch's promotion table: every pair of dtypes, with dimensions, without, and with Python numbers."""

import itertools
import operator

import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

NAMES = (
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32",
    "float64", "complex64", "complex128",
)  # fmt: skip
NUMBERS = (True, 1, 1.0, 1j)
PAIRS = list(itertools.product(NAMES, NAMES))
# A tensor with dimensions and one without.
SHAPES = ((2,), ())


def dtype_name(x) -> str:
    return str(x).split(".")[1]


def outcome(library, compute):
    """The name of a dtype, or the type of the error."""
    try:
        found = compute(library)
    except Exception as error:
        # What PyTorch has no kernel for says nothing about promotion.
        return None if "not implemented for" in str(error) else type(error).__name__
    return dtype_name(found)


def agree(compute):
    theirs = outcome(torch, compute)
    # The half-precision complex type does not exist here: half and a complex number make complex64.
    expected = "complex64" if theirs == "complex32" else theirs
    assert expected is None or outcome(wengert, compute) == expected


@pytest.mark.parametrize("first, second", PAIRS)
def test_pairs_of_dtypes(first, second):
    agree(lambda t: t.promote_types(getattr(t, first), getattr(t, second)))
    assert torch.can_cast(getattr(torch, first), getattr(torch, second)) == wengert.can_cast(
        getattr(wengert, first), getattr(wengert, second)
    )
    for shapes in itertools.product(SHAPES, SHAPES):
        def operands(t, shapes=shapes):
            return [t.ones(s, dtype=getattr(t, d)) for s, d in zip(shapes, (first, second), strict=True)]

        agree(lambda t, operands=operands: t.result_type(*operands(t)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_numbers_beside_tensors(name, shape):
    for number in NUMBERS:
        agree(lambda t, number=number: t.result_type(t.ones(shape, dtype=getattr(t, name)), number))
        agree(lambda t, number=number: t.result_type(number, t.ones(shape, dtype=getattr(t, name))))


@pytest.mark.parametrize("default", ["float32", "float64"])
def test_the_default_dtype_decides_for_python_floats(default):
    for t in (torch, wengert):
        t.set_default_dtype(getattr(t, default))
    try:
        for name, number in itertools.product(NAMES, NUMBERS):
            agree(lambda t, name=name, number=number: t.result_type(t.ones(2, dtype=getattr(t, name)), number))
            agree(lambda t, name=name: t.div(t.ones(2, dtype=getattr(t, name)), 2).dtype)
        for a, b in itertools.product(NUMBERS, NUMBERS):
            agree(lambda t, a=a, b=b: t.result_type(a, b))
            agree(lambda t, a=a: t.tensor([a]).dtype)
    finally:
        for t in (torch, wengert):
            t.set_default_dtype(t.float32)


BINARY = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "and": operator.and_, "lt": operator.lt,
    "eq": operator.eq, "matmul": operator.matmul,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BINARY)
def test_operators_compute_in_the_promoted_dtype(name):
    function = BINARY[name]
    for first, second in itertools.product(NAMES, NAMES):
        if "uint16" in (first, second) or "uint32" in (first, second) or "uint64" in (first, second):
            continue
        for shapes in itertools.product(SHAPES, SHAPES):
            agree(
                lambda t, first=first, second=second, shapes=shapes: function(
                    t.ones(shapes[0], dtype=getattr(t, first)), t.ones(shapes[1], dtype=getattr(t, second))
                ).dtype
            )
        if first == "float16" and name in ("add", "sub", "mul", "truediv", "pow", "eq"):
            continue
        for number in NUMBERS:
            if name == "sub" and number is True and first != "bool":
                # PyTorch refuses to take True from numbers; here it is 1, as in Python.
                continue
            agree(lambda t, first=first, number=number: function(t.ones(2, dtype=getattr(t, first)), number).dtype)
            agree(lambda t, first=first, number=number: function(number, t.ones(2, dtype=getattr(t, first))).dtype)


@pytest.mark.parametrize("first, second", PAIRS)
@pytest.mark.filterwarnings("ignore:Casting complex values")
def test_functions_of_several_tensors(first, second):
    if {first, second} & {"uint16", "uint32", "uint64"}:
        pytest.skip("PyTorch has few kernels for these types")

    def pair(t):
        return t.ones(2, dtype=getattr(t, first)), t.ones(2, dtype=getattr(t, second))

    agree(lambda t: t.cat(pair(t)).dtype)
    agree(lambda t: t.stack(pair(t)).dtype)
    agree(lambda t: t.where(t.tensor([True, False]), *pair(t)).dtype)
    agree(lambda t: t.maximum(*pair(t)).dtype)
    agree(lambda t: t.atan2(*pair(t)).dtype)
    agree(lambda t: pair(t)[0].add_(pair(t)[1]).dtype)
    agree(lambda t: pair(t)[0].copy_(pair(t)[1]).dtype)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"])
def test_limits_of_floating_types(name):
    ours, theirs = wengert.finfo(getattr(wengert, name)), torch.finfo(getattr(torch, name))
    assert repr(ours) == repr(theirs)
    for attribute in ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)


@pytest.mark.parametrize("name", ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"])
def test_limits_of_integers(name):
    ours, theirs = wengert.iinfo(getattr(wengert, name)), torch.iinfo(getattr(torch, name))
    assert repr(ours) == repr(theirs)
    assert (ours.bits, ours.dtype, ours.max, ours.min) == (theirs.bits, theirs.dtype, theirs.max, theirs.min)


@pytest.mark.parametrize("call", [
    lambda t: t.finfo(t.int8), lambda t: t.iinfo(t.float32), lambda t: t.iinfo(t.bool), lambda t: t.iinfo(),
    lambda t: t.finfo(3), lambda t: t.promote_types(1, 2), lambda t: t.can_cast(1, t.int8),
    lambda t: t.result_type("a", t.ones(1)), lambda t: t.set_default_dtype(t.int64),
])  # fmt: skip
def test_errors(call):
    with pytest.raises(Exception) as theirs:
        call(torch)
    with pytest.raises(theirs.type):
        call(wengert)


VALUES = (0.0, 1.0, -1.5, 3.0e-5, 1.0e30, 255.5, -0.0, float("inf"), float("nan"), 1 / 3)


@pytest.mark.parametrize("function", [
    "exp", "tanh", "sqrt", "neg", "abs", "sigmoid", "floor", "sum", "mean", "amax", "cumsum", "softmax", "sort",
])  # fmt: skip
def test_bfloat16_rounds_as_pytorch_does(function):
    """Computed in single precision, rounded once. The exponentials of the two libraries may differ in the last bit."""
    along = (0,) if function in ("cumsum", "softmax") else ()
    for values in (VALUES, [1.0 + i / 64 for i in range(100)]):
        ours = getattr(wengert.tensor(values, dtype=wengert.bfloat16), function)(*along)
        theirs = getattr(torch.tensor(values, dtype=torch.bfloat16), function)(*along)
        if function == "sort":
            ours, theirs = ours[0], theirs[0]
        assert dtype_name(ours.dtype) == "bfloat16"
        torch.testing.assert_close(
            torch.tensor(ours.tolist()), torch.tensor(theirs.tolist()), rtol=2**-8, atol=0, equal_nan=True
        )


def test_gradients_in_bfloat16():
    def gradient(t):
        x = t.tensor([1.0, 2.0, 3.0], dtype=t.bfloat16, requires_grad=True)
        w = t.tensor([0.5, 0.25, 2.0], requires_grad=True)
        y = (x * w.to(t.bfloat16)).exp().sum() + (x.float() * w).sum()
        y.backward()
        return [dtype_name(x.grad.dtype), x.grad.tolist(), dtype_name(w.grad.dtype), w.grad.tolist()]

    ours, theirs = gradient(wengert), gradient(torch)
    assert ours[0] == theirs[0] and ours[2] == theirs[2]
    torch.testing.assert_close(ours[1], theirs[1], rtol=2**-7, atol=0)
    torch.testing.assert_close(ours[3], theirs[3], rtol=2**-7, atol=0)
