"""Elementwise operations: a table of derivatives.

Each rule is `t` times the partial derivative, written with operations so that it can be differentiated again. Formulas
as in any table (Abramowitz & Stegun, chapters 3 and 4). Where a function has a kink the rules take PyTorch's side of
it.
"""

import builtins
import warnings

import numpy

from ..core import Tensor, errors
from ..core.promotion import number_as
from ..kernels import activations, strided
from .declaration import elementwise, refused, without_kernel
from .half_precision import HALVES, rounded_once
from .logic import (  # noqa: F401
    NO_ORDER,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    eq,
    ge,
    gt,
    isfinite,
    isinf,
    isnan,
    le,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
)  # fmt: skip
from .rounding import ROUND_PARTS, ceil, floor, frac, round, trunc  # noqa: F401

# What to do where complex operands are refused.
NO_REMAINDER = "complex numbers have no remainder; take it of real and imag"


def _is_bool(x) -> bool:
    return isinstance(x, builtins.bool) or getattr(x, "dtype", None) == numpy.bool_


def _unless_bool(ufunc, message: str):
    """For `integers=`: a ufunc that refuses booleans."""

    def compute(*arrays):
        if any([_is_bool(x) for x in arrays]):
            raise RuntimeError(message)
        return ufunc(*arrays)

    return compute


def _with_booleans(ufunc, of_booleans):
    """For `integers=`: a ufunc for integers, and another function for booleans."""
    return lambda x: of_booleans(x) if x.dtype == bool else ufunc(x)


def _by_nonzero(kernel: str, ufunc):
    """For `integers=`: a quotient or remainder, which integers have only where nothing is divided by 0."""

    def compute(x, y):
        if x.dtype == bool:
            raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool': convert them to integers first")
        if not numpy.all(y):
            raise RuntimeError(f"ZeroDivisionError: {ufunc.__name__} of integers by 0")
        return ufunc(x, y)

    return compute


# ------------------------------------------------------------------------------------------------ arithmetic

add = elementwise(
    "add(input, other)", forward="add", operator="__add__",
    input=lambda t: t,
    other=lambda t: t,
    rewrites={"alpha": lambda input, other, alpha: _multiple_added(input, other, alpha)},
    doc="""input + alpha * other.

    Operands are broadcast and promoted; complex numbers too. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.add(t.tensor([1, 2]), t.tensor([3, 4]), alpha=10)
    tensor([31, 42])
    """,
)  # fmt: skip


def _alpha(name: str, alpha, *operands):
    """A factor that fits the operands: a fraction of integers is refused, as is a number of booleans."""
    highest = builtins.max([_category(x) for x in operands])
    if isinstance(alpha, builtins.bool) and highest:
        raise RuntimeError(f"Boolean alpha only supported for Boolean results. {name} was given {alpha}.")
    if isinstance(alpha, (float, complex)) and highest < 2:
        raise RuntimeError(
            f"For integral input tensors, argument alpha must not be a floating point number. {name} was given {alpha}."
        )
    if isinstance(alpha, complex) and highest < 3:
        raise RuntimeError(
            f"For non-complex input tensors, argument alpha must not be a complex number. {name} was given {alpha}."
        )
    return alpha if highest else builtins.bool(alpha)


def _multiple_added(input, other, alpha):
    alpha = _alpha("add", alpha, input, other)
    if _in_half(input, other):
        return rounded_once(lambda x, y: add(x, mul(y, _in_type_of(alpha, input))), input, other)
    return add(input, mul(other, alpha))


def _in_half(x, y) -> builtins.bool:
    """Whether both are tensors of one half type, in which x + alpha * y is rounded once, and alpha before."""
    return isinstance(x, Tensor) and isinstance(y, Tensor) and x.dtype is y.dtype and x.dtype in HALVES


def _in_type_of(alpha, x) -> builtins.float:
    return builtins.float(x.array.dtype.type(alpha))


def _category(x) -> int:
    """How high the type of an operand stands in promotion: 0 for bool to 3 for complex."""
    if isinstance(x, Tensor):
        return x.dtype.category
    return 0 if isinstance(x, builtins.bool) else 1 if isinstance(x, int) else 2 if isinstance(x, float) else 3


def _less_multiple(input, other, alpha):
    _no_booleans([x.array if isinstance(x, Tensor) else x for x in (input, other)])
    alpha = _alpha("sub", alpha, input, other)
    if _in_half(input, other):
        return rounded_once(lambda x, y: sub(x, mul(y, _in_type_of(alpha, input))), input, other)
    return sub(input, mul(other, alpha))


def _no_booleans(arrays):
    """Subtraction refuses booleans, before they become numbers by promotion."""
    given = [_is_bool(x) for x in arrays]
    if any(given):
        which = "two bool tensors" if all(given) else "a bool tensor"
        advice = (
            "Use the `^` or `logical_xor()` operator instead" if all(given)
            else "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead"
        )  # fmt: skip
        raise RuntimeError(f"Subtraction, the `-` operator, with {which} is not supported. {advice}.")


sub = elementwise(
    "sub(input, other)", forward="subtract", operator="__sub__", aliases=("subtract",), check=_no_booleans,
    input=lambda t: t,
    other=lambda t: -t,
    rewrites={"alpha": _less_multiple},
    doc="""input - alpha * other. RuntimeError for booleans.

    Operands are broadcast and promoted; complex numbers too. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.sub(t.tensor([1, 2]), 10)
    tensor([-9, -8])
    """,
)  # fmt: skip
mul = elementwise(
    "mul(input, other)", forward="multiply", operator="__mul__", aliases=("multiply",), exact_numbers=True,
    input=lambda t, other: t * other,
    other=lambda t, input: t * input,
    doc="""input * other.

    Operands are broadcast and promoted; complex numbers too. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.mul(t.tensor([1.0, 2.0]), t.tensor([[3.0], [4.0]]))
    tensor([[3., 6.],
            [4., 8.]])
    """,
)  # fmt: skip
div = elementwise(
    "div(input, other)", forward="true_divide", operator="__truediv__", floating=True, exact_numbers=True,
    aliases=("divide", "true_divide"),
    input=lambda t, other: t / other,
    other=lambda t, input, other: -t * ((input / other) / other),
    rewrites={"rounding_mode": lambda input, other, rounding_mode: _rounded_quotient(input, other, rounding_mode)},
    doc="""input / other; integers give floats. rounding_mode 'floor' or 'trunc' rounds the quotient and keeps integers;
    RuntimeError for any other, and where integers are divided by 0.

    Operands are broadcast and promoted; integers become floats of the default dtype; complex numbers too.
    RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.div(t.tensor([-7, 7]), 2, rounding_mode="floor")
    tensor([-4,  3])
    """,
)  # fmt: skip
neg = elementwise(
    "neg(input)", forward="negative", operator="__neg__", aliases=("negative",),
    integers=_unless_bool(numpy.negative, "Negation, the `-` operator, on a bool tensor is not supported. If you are "
    "trying to invert a mask, use the `~` or `logical_not()` operator instead."),
    input=lambda t: -t,
    doc="""-input. RuntimeError for booleans.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.neg(t.tensor([1, -2]))
    tensor([-1,  2])
    """,
)  # fmt: skip


def _is_complex(x) -> bool:
    return x.dtype.is_complex if isinstance(x, Tensor) else isinstance(x, complex)


def _pow_input(t, input, exponent):
    if not isinstance(exponent, Tensor):
        if exponent == 2:
            return t * (input * 2.0)
        return t * (exponent * input ** (exponent - 1)) if exponent != 0 else None
    return t * where(eq(exponent, 0), 0.0, exponent * input ** (exponent - 1))


def _pow_exponent(t, input, exponent, out):
    # 0 to a power that is not negative has no slope in the power; log(0) would make it NaN.
    if not isinstance(input, Tensor):
        if input != 0:
            return t * out * _log_of_number(input, _is_complex(out))
        slope = out * -numpy.inf if _is_complex(out) else -numpy.inf
        return t * where(_not_negative(exponent), 0.0, slope)
    # A negative number to a complex power goes by the complex logarithm.
    base = input.to(out.dtype) if _is_complex(out) and not _is_complex(input) else input
    return t * where(logical_and(eq(input, 0), _not_negative(exponent)), 0.0, out * log(base))


def _log_of_number(x, in_complex: bool):
    if in_complex or isinstance(x, complex):
        return complex(numpy.log(complex(x)))
    with numpy.errstate(invalid="ignore"):
        return float(numpy.log(x))


def _not_negative(exponent):
    if _is_complex(exponent):
        return logical_and(eq(exponent.imag, 0), ge(exponent.real, 0))
    return ge(exponent, 0)




def _check_integer_power(arrays):
    x, exponent = arrays
    if isinstance(exponent, int) and isinstance(x, numpy.ndarray) and x.dtype.kind in "bui":
        if exponent < 0:
            raise RuntimeError(
                "Integers to negative integer powers are not allowed. Convert the base to a float first."
            )
        if x.dtype.kind != "b" and exponent > numpy.iinfo(x.dtype).max:
            errors.number_too_large(exponent, x.dtype)


def _integer_power(x, exponent):
    """Of integers: to a negative power, 1 / input^|exponent| rounded towards 0, which is 0 except for 1 and -1."""
    if x.dtype == bool:
        return x | ~exponent
    negative = exponent < 0
    if not numpy.any(negative):
        return numpy.power(x, exponent)
    out = numpy.power(x, numpy.where(negative, 0, exponent))
    odd = numpy.where(exponent % 2 == 0, x.dtype.type(1), x)
    return numpy.where(negative, numpy.where(numpy.abs(x) == 1, odd, x.dtype.type(0)), out)


pow = elementwise(
    "pow(input, exponent)", forward="power", operator="__pow__", check=_check_integer_power, integers=_integer_power,
    input=_pow_input,
    exponent=_pow_exponent,
    scalar_forms={2: numpy.square, 1: numpy.positive, 0.5: numpy.sqrt, -1: numpy.reciprocal},
    doc="""input to the power of exponent. RuntimeError for integers to a negative number; to a negative tensor
    they are rounded towards 0.

    Operands are broadcast and promoted; complex numbers too. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.pow(t.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """,
)  # fmt: skip


def _rounded_quotient(input, other, rounding_mode):
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        highest = builtins.max(_category(input), _category(other))
        if highest == 0:
            return floor_divide(input, other)
        if highest == 1:
            # What is left after taking the remainder off divides without one. Booleans are 0 and 1.
            numbers = [x.long() if _category(x) == 0 and isinstance(x, Tensor) else int(x) if isinstance(x, bool) else x
                       for x in (input, other)]  # fmt: skip
            return floor_divide(sub(numbers[0], fmod(*numbers)), numbers[1])
        return trunc(div(input, other))
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


floor_divide = elementwise(
    "floor_divide(input, other)", forward="floor_divide", operator="__floordiv__",
    complex=without_kernel("div_floor_cpu", ROUND_PARTS), integers=_by_nonzero("div_floor_cpu", numpy.floor_divide),
    input=lambda t: None,
    other=lambda t: None,
    doc="""The quotient rounded towards minus infinity. RuntimeError where integers are divided by 0.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    booleans and complex numbers.

    >>> import wengert as t
    >>> t.floor_divide(t.tensor([-7, 7]), 2)
    tensor([-4,  3])
    """,
)  # fmt: skip
remainder = elementwise(
    "remainder(input, other)", forward="remainder", operator="__mod__",
    complex=without_kernel("remainder_cpu", NO_REMAINDER), integers=_by_nonzero("remainder_cpu", numpy.remainder),
    input=lambda t: t,
    other=lambda t, input, other: -t * floor_divide(input, other),
    doc="""input - other * floor(input / other): the sign of other, as Python's %. RuntimeError where integers are
    divided by 0.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    booleans and complex numbers.

    >>> import wengert as t
    >>> t.remainder(t.tensor([-7, 7]), 3)
    tensor([2, 1])
    """,
)  # fmt: skip
fmod = elementwise(
    "fmod(input, other)", forward="fmod",
    complex=without_kernel("fmod_cpu", NO_REMAINDER), integers=_by_nonzero("fmod_cpu", numpy.fmod),
    input=lambda t: t,
    other=lambda t, input, other: -t * trunc(input / other),
    doc="""input - other * trunc(input / other): the sign of input, as C's fmod. RuntimeError where integers are
    divided by 0.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    booleans and complex numbers.

    >>> import wengert as t
    >>> t.fmod(t.tensor([-7, 7]), 3)
    tensor([-1,  1])
    """,
)  # fmt: skip
square = elementwise(
    "square(input)", forward="square",
    integers=_with_booleans(numpy.square, lambda x: x.astype(numpy.int64)),
    input=lambda t, input: t * (2.0 * input),
    doc="""input * input.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.square(t.tensor([-2, 3]))
    tensor([4, 9])
    """,
)  # fmt: skip
sqrt = elementwise(
    "sqrt(input)", forward="sqrt",
    input=lambda t, out: t / (2.0 * out),
    doc="""The square root; NaN of negative real numbers. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.sqrt(t.tensor([4.0, 2.0]))
    tensor([2.0000, 1.4142])
    """,
)  # fmt: skip
rsqrt = elementwise(
    "rsqrt(input)", forward=lambda x: numpy.reciprocal(numpy.sqrt(x)), floating=True, in_single=True,
    input=lambda t, out: -0.5 * t * out * out * out,
    doc="""One over the square root. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.rsqrt(t.tensor([4.0, 0.25]))
    tensor([0.5000, 2.0000])
    """,
)  # fmt: skip
reciprocal = elementwise(
    "reciprocal(input)", forward="reciprocal", floating=True,
    input=lambda t, out: -t * out * out,
    doc="""1 / input. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.reciprocal(t.tensor([2, 4]))
    tensor([0.5000, 0.2500])
    """,
)  # fmt: skip
abs = elementwise(
    "abs(input)", forward="absolute", operator="__abs__", aliases=("absolute",),
    input=lambda t, input: t * sgn(input),
    jvp=lambda tangents, inputs, out, parameters: _real_part(tangents[0] * sgn(inputs[0]).conj()),
    doc="""The absolute value; of complex numbers, the modulus. The derivative at 0 is 0.

    Any shape.

    >>> import wengert as t
    >>> t.abs(t.tensor([-1.5, 2.0]))
    tensor([1.5000, 2.0000])
    """,
)  # fmt: skip


def _real_part(x):
    return x.real if x.dtype.is_complex else x


sgn = elementwise(
    "sgn(input)", forward="sign", integers=_with_booleans(numpy.sign, numpy.copy),
    input=lambda t, input, out: _sgn_input(t, input, out),
    jvp=lambda tangents, inputs, out, parameters: _sgn_tangent(tangents[0], inputs[0], out),
    doc="""input / |input|, and 0 at 0; of NaN, NaN.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.sgn(t.tensor([3 + 4j, 0j]))
    tensor([0.6000+0.8000j, 0.0000+0.0000j])
    """,
)  # fmt: skip


def _sgn_input(t, input, out):
    # The engine hands complex rules the conjugated cotangent and conjugates what they return.
    if not input.dtype.is_complex:
        return None
    return _sgn_tangent(t.conj(), input, out).conj()


def _sgn_tangent(t, input, out):
    if not input.dtype.is_complex:
        return t * 0.0
    # d(x / |x|) = (t - x Re(conj(x) t) / |x|^2) / |x|, which is its own adjoint; 0 at 0, and so are its derivatives.
    at_zero = eq(input, 0)
    return where(at_zero, 0.0, t - out * (out.conj() * t).real) / where(at_zero, 1.0, abs(input))


sign = elementwise(
    "sign(input)", forward="sign", integers=_with_booleans(numpy.sign, numpy.copy),
    complex=refused(
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.",
        "sgn gives input / |input|",
    ),
    input=lambda t: None,
    doc="""-1, 0 or 1 by the sign of input; of NaN, NaN. NotImplementedError for complex numbers: see sgn.

    Any shape.

    >>> import wengert as t
    >>> t.sign(t.tensor([-2.5, 0.0, 3.0]))
    tensor([-1.,  0.,  1.])
    """,
)  # fmt: skip
conj_physical = elementwise(
    "conj_physical(input)", forward="conjugate", node_name="ConjBackward0", integers=numpy.copy,
    input=lambda t: conj_physical(t),
    doc="""The complex conjugate, in memory of its own.

    Any shape.

    >>> import wengert as t
    >>> t.conj_physical(t.tensor([1 + 2j]))
    tensor([1.-2.j])
    """,
)  # fmt: skip
maximum = elementwise(
    "maximum(input, other)", forward="maximum", in_place=False,
    complex=refused("maximum not implemented for complex tensors.", NO_ORDER, RuntimeError),
    input=lambda t, input, other: t * _share(gt(input, other), input, other),
    other=lambda t, input, other: t * _share(lt(input, other), input, other),
    doc="""The larger of both; NaN if either is. Equal elements share the gradient. Of real tensors.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast, and for complex numbers.

    >>> import wengert as t
    >>> t.maximum(t.tensor([1, 5]), t.tensor([3, 4]))
    tensor([3, 5])
    """,
)  # fmt: skip
minimum = elementwise(
    "minimum(input, other)", forward="minimum", in_place=False,
    complex=refused("minimum not implemented for complex tensors.", NO_ORDER, RuntimeError),
    input=lambda t, input, other: t * _share(lt(input, other), input, other),
    other=lambda t, input, other: t * _share(gt(input, other), input, other),
    doc="""The smaller of both; NaN if either is. Equal elements share the gradient. Of real tensors.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast, and for complex numbers.

    >>> import wengert as t
    >>> t.minimum(t.tensor([1, 5]), t.tensor([3, 4]))
    tensor([1, 4])
    """,
)  # fmt: skip


def _share(wins, input, other):
    """The weight of one side of a maximum or minimum: 1 where it wins, half where both are equal."""
    return where(eq(input, other), 0.5, where(wins, 1.0, 0.0))


# ------------------------------------------------------------------------------------------------ exponential

exp = elementwise(
    "exp(input)", forward="exp",
    input=lambda t, out: t * out,
    doc="""e to the power of input. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.exp(t.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """,
)  # fmt: skip
exp2 = elementwise(
    "exp2(input)", forward="exp2", aliases=("special.exp2",), ufunc="scipy.special.exp2",
    input=lambda t, out: t * out * 0.6931471805599453,
    doc="""2 to the power of input. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.exp2(t.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """,
)  # fmt: skip
expm1 = elementwise(
    "expm1(input)", forward="expm1", aliases=("special.expm1",), ufunc="scipy.special.expm1",
    input=lambda t, out: t * (out + 1.0),
    doc="""exp(input) - 1, exact near 0. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.expm1(t.tensor([0.0, 1e-8]))
    tensor([0.0000e+00, 1.0000e-08])
    """,
)  # fmt: skip
log = elementwise(
    "log(input)", forward="log",
    input=lambda t, input: t / input,
    doc="""The natural logarithm; NaN of negative real numbers. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.log(t.tensor([1.0, 10.0]))
    tensor([0.0000, 2.3026])
    """,
)  # fmt: skip
log2 = elementwise(
    "log2(input)", forward="log2",
    input=lambda t, input: t / (input * 0.6931471805599453),
    doc="""The logarithm to base 2. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.log2(t.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """,
)  # fmt: skip
log10 = elementwise(
    "log10(input)", forward="log10",
    input=lambda t, input: t / (input * 2.302585092994046),
    doc="""The logarithm to base 10. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.log10(t.tensor([1.0, 1000.0]))
    tensor([0.0000, 3.0000])
    """,
)  # fmt: skip
log1p = elementwise(
    "log1p(input)", forward="log1p", aliases=("special.log1p",), ufunc="scipy.special.log1p",
    input=lambda t, input: t / (input + 1.0),
    doc="""log(1 + input), exact near 0. Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.log1p(t.tensor([0.0, 1e-8]))
    tensor([0.0000e+00, 1.0000e-08])
    """,
)  # fmt: skip


def logaddexp_complex(x, y):
    """log(exp(x) + exp(y)) with the larger real part taken out; of two operands of real part -inf, the first."""
    with numpy.errstate(all="ignore"):
        larger = numpy.where(x.real >= y.real, x, y)
        smaller = numpy.where(x.real >= y.real, y, x)
        out = larger + numpy.log1p(numpy.exp(smaller - larger))
        infinite = ~numpy.isfinite(larger.real) & (larger.real == smaller.real)
        unbounded = numpy.where(larger.real < 0, larger, numpy.log(numpy.exp(smaller) + numpy.exp(larger)))
        out = numpy.where(infinite, unbounded, out)
        return numpy.where(numpy.isnan(x) | numpy.isnan(y), complex(numpy.nan, numpy.nan), out).astype(x.dtype)


logaddexp = elementwise(
    "logaddexp(input, other)", forward="logaddexp", in_place=False, complex=logaddexp_complex,
    input=lambda t, input, other: t * sigmoid(input - other),
    other=lambda t, input, other: t * sigmoid(other - input),
    doc="""log(exp(input) + exp(other)) without overflow.

    Operands are broadcast and promoted; integers become floats of the default dtype; complex numbers too.
    RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.logaddexp(t.tensor([0.0, 1000.0]), t.tensor([0.0, 0.0]))
    tensor([6.9315e-01, 1.0000e+03])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ activations

threshold_gradient = elementwise(
    "threshold_gradient(g, result)", forward=activations.threshold_gradient, in_place=False, method=False, public=False,
    promoted=(),
    g=lambda t, result: threshold_gradient(t, result),
    result=lambda t: None,
    doc="g where result is above 0 (or NaN), else 0: the gradient of relu.",
)  # fmt: skip
relu = elementwise(
    "relu(input)", forward=activations.relu, promoted=(),
    input=lambda t, out: threshold_gradient(t, out),
    doc="""max(input, 0), with derivative 0 at 0. Of real tensors, booleans excepted.

    Any shape. RuntimeError for booleans; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.relu(t.tensor([-1.5, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """,
)  # fmt: skip
sigmoid = elementwise(
    "sigmoid(input)", forward=activations.sigmoid, in_single=True, floating=True, aliases=("special.expit",),
    ufunc="scipy.special.expit",
    input=lambda t, out: t * (out * (1.0 - out)),
    doc="""1 / (1 + exp(-input)). Integers become floats.

    Any shape; complex numbers too.

    >>> import wengert as t
    >>> t.sigmoid(t.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """,
)  # fmt: skip


def _bounds(input, low, high):
    inside = None
    if low is not None:
        inside = ge(input, low)
    if high is not None:
        below = le(input, high)
        inside = below if inside is None else logical_and(inside, below)
    return inside


def _clamp(x, low, high):
    if x.dtype.kind == "c":
        raise NotImplementedError(f"clamp is not supported for complex types: {NO_ORDER}")
    if low is None and high is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if low is not None:
        x = numpy.maximum(x, low)
    return numpy.minimum(x, high) if high is not None else x


clamp = elementwise(
    "clamp(input, min=None, max=None)", forward=_clamp, aliases=("clip",), in_place="public",
    input=lambda t, input, min, max: where(_bounds(input, min, max), t, 0.0),
    min=lambda t, input, min, max: (
        where(lt(input, min), t, 0.0) if max is None else where(logical_and(lt(input, min), lt(min, max)), t, 0.0)
    ),
    max=lambda t, input, min, max: (
        where(gt(input, max), t, 0.0) if min is None else where(logical_or(gt(input, max), ge(min, max)), t, 0.0)
    ),
    doc="""input held between min and max, numbers or tensors; either may be None, RuntimeError if both are.
    Where min is above max the result is max. NaN stays NaN. Of real tensors.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast, NotImplementedError for
    complex numbers.

    >>> import wengert as t
    >>> t.clamp(t.tensor([-3.0, 0.5, 3.0]), -1.0, 1.0)
    tensor([-1.0000,  0.5000,  1.0000])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ choosing, copying

# The public `where`, which also takes a condition alone, is in `masks.py`.
where = choose = elementwise(
    "choose(condition, input, other)", forward=numpy.where, in_place=False, method=False, public=False,
    promoted=("input", "other"), node_name="WhereBackward0",
    condition=None,
    input=lambda t, condition: where(condition, t, 0.0),
    other=lambda t, condition: where(condition, 0.0, t),
    doc="input where the condition holds, other elsewhere.",
)  # fmt: skip
masked_write = elementwise(
    "masked_write(input, mask, value)", forward=lambda x, mask, value: numpy.where(mask, value, x), method=False,
    public=False, in_place="internal", promoted=("input", "value"), node_name="MaskedFillBackward0",
    writes=lambda x, mask, value: numpy.copyto(x, value, where=mask),
    input=lambda t, mask: where(mask, 0.0, t),
    mask=None,
    value=lambda t, mask: where(mask, t, 0.0),
    doc="input with a value where a mask is true; in place, both must fit it.",
)  # fmt: skip


def _copied(x, y):
    y = numpy.asarray(y)
    if y.dtype.kind == "c" and x.dtype.kind not in "cb":
        warnings.warn("Casting complex values to real discards the imaginary part", UserWarning, stacklevel=3)
        y = y.real
    return strided.expand(y.astype(x.dtype, copy=False), x.shape)


copy = elementwise(
    "copy(input, other)", forward=_copied, promoted=(), method=False, public=False, node_name="CopyBackwards",
    input=lambda t: None,
    other=lambda t: t,
    doc="The values of other in the shape and type of input; in place, they are written into it.",
)  # fmt: skip


def _filled(x, y):
    if isinstance(y, numpy.ndarray):
        y = y.real if y.dtype.kind == "c" and x.dtype.kind != "c" else y
    else:
        y = number_as(y, x.dtype)
    try:
        return numpy.full(x.shape, y, x.dtype)
    except ValueError:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {y.ndim} dimensions."
        ) from None


fill = elementwise(
    "fill(input, value)", forward=_filled, promoted=(), in_place="public",
    input=lambda t: None,
    value=lambda t: t,
    doc="""value everywhere, in the shape and type of input.

    RuntimeError for a value that is a tensor with dimensions.

    >>> import wengert as t
    >>> t.fill(t.tensor([1.0, 2.0]), 7.0)
    tensor([7., 7.])
    """,
)  # fmt: skip
