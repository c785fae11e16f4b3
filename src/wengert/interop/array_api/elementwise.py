"""Elementwise functions: the declared operations, under the standard's names."""

import functools

from ...core import registry
from ...ops import complex_numbers
from ...ops import elementwise as declared
from ..numpy_functions import rounding
from ..spelling import operand


@functools.cache
def _operation(name: str):
    return registry.namespace_called("")[name]


def _of_one(name: str, operation: str):
    def function(x, /):
        return _operation(operation)(x)

    return _named(function, name, operation)


def _of_two(name: str, operation: str):
    def function(x1, x2, /):
        return _operation(operation)(x1, x2)

    return _named(function, name, operation)


def _named(function, name: str, operation: str):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"wengert.{operation}."
    return function


acos = _of_one("acos", "acos")
acosh = _of_one("acosh", "acosh")
add = _of_two("add", "add")
asin = _of_one("asin", "asin")
asinh = _of_one("asinh", "asinh")
atan = _of_one("atan", "atan")
atan2 = _of_two("atan2", "atan2")
atanh = _of_one("atanh", "atanh")
bitwise_and = _of_two("bitwise_and", "bitwise_and")
bitwise_invert = _of_one("bitwise_invert", "bitwise_not")
bitwise_left_shift = _of_two("bitwise_left_shift", "bitwise_left_shift")
bitwise_or = _of_two("bitwise_or", "bitwise_or")
bitwise_right_shift = _of_two("bitwise_right_shift", "bitwise_right_shift")
bitwise_xor = _of_two("bitwise_xor", "bitwise_xor")
copysign = _of_two("copysign", "copysign")
cos = _of_one("cos", "cos")
cosh = _of_one("cosh", "cosh")
divide = _of_two("divide", "div")
equal = _of_two("equal", "eq")
exp = _of_one("exp", "exp")
expm1 = _of_one("expm1", "expm1")
floor_divide = _of_two("floor_divide", "floor_divide")
greater = _of_two("greater", "gt")
greater_equal = _of_two("greater_equal", "ge")
hypot = _of_two("hypot", "hypot")
isfinite = _of_one("isfinite", "isfinite")
isinf = _of_one("isinf", "isinf")
isnan = _of_one("isnan", "isnan")
less = _of_two("less", "lt")
less_equal = _of_two("less_equal", "le")
log = _of_one("log", "log")
log10 = _of_one("log10", "log10")
log1p = _of_one("log1p", "log1p")
log2 = _of_one("log2", "log2")
logaddexp = _of_two("logaddexp", "logaddexp")
logical_and = _of_two("logical_and", "logical_and")
logical_not = _of_one("logical_not", "logical_not")
logical_or = _of_two("logical_or", "logical_or")
logical_xor = _of_two("logical_xor", "logical_xor")
maximum = _of_two("maximum", "maximum")
minimum = _of_two("minimum", "minimum")
multiply = _of_two("multiply", "mul")
negative = _of_one("negative", "neg")
nextafter = _of_two("nextafter", "nextafter")
not_equal = _of_two("not_equal", "ne")
pow = _of_two("pow", "pow")
reciprocal = _of_one("reciprocal", "reciprocal")
remainder = _of_two("remainder", "remainder")
signbit = _of_one("signbit", "signbit")
sin = _of_one("sin", "sin")
sinh = _of_one("sinh", "sinh")
sqrt = _of_one("sqrt", "sqrt")
square = _of_one("square", "square")
subtract = _of_two("subtract", "sub")
tan = _of_one("tan", "tan")
tanh = _of_one("tanh", "tanh")


def abs(x, /):
    return declared.abs(x)


def clip(x, /, min=None, max=None):
    """In the type of x, whatever the bounds are."""
    return rounding.clip(x, min, max).to(x.dtype)


def conj(x, /):
    return complex_numbers.conj(x)


def imag(x, /):
    return complex_numbers.imag(x)


def positive(x, /):
    return x.clone()


def real(x, /):
    return complex_numbers.real(x) if x.dtype.is_complex else x.clone()


def sign(x, /):
    return declared.sgn(x) if x.dtype.is_complex else declared.sign(x)


def _rounded(operation, x):
    """Whole numbers are what they are, in their own type."""
    return operation(x) if operand(x).dtype.category >= 2 else x.clone()


def ceil(x, /):
    return _rounded(declared.ceil, x)


def floor(x, /):
    return _rounded(declared.floor, x)


def round(x, /):
    return _rounded(rounding.round, x)


def trunc(x, /):
    return _rounded(declared.trunc, x)
