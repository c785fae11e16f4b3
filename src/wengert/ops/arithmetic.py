"""Arithmetic of more than one step: fused sums of products, interpolation, scaling by powers of two, divisors."""

import math
import typing

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.errors import type_word
from ..core.promotion import number_as
from . import arguments
from .composite import composite, written_into
from .declaration import elementwise, general, refused, without_kernel
from .elementwise import (
    NO_ORDER,
    abs,
    eq,
    le,
    log,
    logical_and,
    lt,
    pow,
    sgn,
    sigmoid,
    sub,
    where,
)  # fmt: skip
from .special import number_like
from .trigonometric import cos, sin

LN_2 = math.log(2.0)


def no_kernel(kernel: str, array, advice: str) -> NotImplementedError:
    """The error for a type that an operation is not defined for, in the words that PyTorch has for it."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{type_word(array.dtype)}': {advice}")


def is_integral(x) -> bool:
    """Whether an array is of integers or booleans."""
    return x.dtype.kind in "bui"


# ------------------------------------------------------------------------------------------------ sums of products


def _number(value):
    return value.item() if isinstance(value, Tensor) else value


def _factor(value, x):
    """A Python number as one of the type of x."""
    return number_as(_number(value), x.dtype)[()]


def _added(x, product, value, kernel: str):
    """x + value * product, in the memory of `product` if that is large enough."""
    if product.dtype == bool:
        raise no_kernel(kernel, product, "it adds and multiplies numbers")
    into = product if isinstance(product, numpy.ndarray) else None
    if isinstance(value, Tensor) or value != 1:
        product = numpy.multiply(product, _factor(value, product), out=into)
    if into is not None and numpy.broadcast_shapes(x.shape, product.shape) != product.shape:
        into = None
    return numpy.add(x, product, out=into)


addcmul = elementwise(
    "addcmul(input, tensor1, tensor2, value=1)",
    in_single=True, forward=lambda x, a, b, value: _added(x, numpy.multiply(a, b), value, "addcmul_cpu_out"),
    input=lambda t: t,
    tensor1=lambda t, tensor2, value: t * tensor2 * _number(value),
    tensor2=lambda t, tensor1, value: t * tensor1 * _number(value),
    doc="""input + value * tensor1 * tensor2, of three tensors that are broadcast and promoted; value is a number of
    their type.

    Complex numbers too. RuntimeError for shapes that are not broadcast; NotImplementedError for booleans.

    >>> import wengert as t
    >>> t.addcmul(t.ones(2), t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0]), value=0.5)
    tensor([2.5000, 5.0000])
    """,
)  # fmt: skip


def _refuse_integer_division(arrays):
    if all([is_integral(x) if isinstance(x, numpy.ndarray) else isinstance(x, int) for x in arrays[1:]]):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. Convert one of them to a float first, or write "
            "input + value * torch.trunc(tensor1 / tensor2) for quotients without a fraction."
        )


addcdiv = elementwise(
    "addcdiv(input, tensor1, tensor2, value=1)", check=_refuse_integer_division,
    in_single=True, forward=lambda x, a, b, value: _added(x, numpy.true_divide(a, b), value, "addcdiv_cpu_out"),
    input=lambda t: t,
    tensor1=lambda t, tensor2, value: t * (_number(value) / tensor2),
    tensor2=lambda t, tensor1, tensor2, value: -t * (_number(value) * (tensor1 / tensor2) / tensor2),
    doc="""input + value * tensor1 / tensor2, of three tensors that are broadcast and promoted; value is a number of
their type. RuntimeError if both tensor1 and tensor2 are of integers.

>>> import wengert as t
>>> t.addcdiv(t.ones(2), t.tensor([1.0, 2.0]), t.tensor([4.0, 4.0]), value=2)
tensor([1.5000, 2.0000])""",
)  # fmt: skip

_C_NAMES = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def _check_lerp(arrays):
    x, end, weight = arrays
    for name, y in (("end", end), ("weight", weight)):
        if isinstance(y, numpy.ndarray) and y.dtype != x.dtype and (name == "end" or y.ndim):
            wanted, found = [dtypes.from_numpy(a.dtype).name for a in (x, y)]
            raise RuntimeError(
                f"expected dtype {_C_NAMES.get(wanted, wanted)} for `{name}` but got dtype "
                f"{_C_NAMES.get(found, found)}: lerp does not promote; convert one with .to()"
            )
    if is_integral(x):
        raise no_kernel("lerp_kernel_scalar", x, "what lies between two integers is none")


def _lerp(x, end, weight):
    """From the nearer end, so that weights of 0 and of 1 give the ends exactly."""
    weight = number_as(weight, x.dtype) if not isinstance(weight, numpy.ndarray) else weight.astype(x.dtype, copy=False)
    way = end - x
    near = numpy.abs(weight) < 0.5
    if not weight.ndim:
        return x + weight * way if near else end - way * (1 - weight)
    return numpy.where(near, x + weight * way, end - way * (1 - weight))


lerp = elementwise(
    "lerp(input, end, weight)", forward=_lerp, in_single=True, promoted=(), check=_check_lerp,
    input=lambda t, weight: t * (1.0 - weight),
    end=lambda t, weight: t * weight,
    weight=lambda t, input, end: t * (end - input),
    doc="""input + weight * (end - input): a point between input and end, or beyond. weight is a number or a tensor; all
tensors are broadcast and of one floating or complex dtype, RuntimeError otherwise.

>>> import wengert as t
>>> t.lerp(t.tensor([0.0, 10.0]), t.tensor([1.0, 20.0]), 0.25)
tensor([ 0.2500, 12.5000])""",
)  # fmt: skip


@composite(method=False)
def rsub(input, other, *, alpha=1):
    """other - alpha * input, `sub` with the operands the other way round. Booleans are refused.

    >>> import wengert as t
    >>> t.rsub(t.tensor([1, 2]), 10)
    tensor([9, 8])
    """
    return sub(other, input) if alpha == 1 else sub(other, input, alpha=alpha)


# ------------------------------------------------------------------------------------------------ powers


def _doubled(x):
    """The type in which `float_power` computes with x."""
    if isinstance(x, Tensor):
        return dtypes.complex128 if x.dtype.is_complex else dtypes.float64
    return dtypes.complex128 if isinstance(x, complex) else dtypes.float64


def _float_power(input, exponent):
    if not isinstance(input, Tensor) and not isinstance(exponent, Tensor):
        raise TypeError(
            "float_power() received an invalid combination of arguments - got "
            f"({type(input).__name__}, {type(exponent).__name__}): one of them must be a tensor"
        )
    wide = dtypes.complex128 if dtypes.complex128 in (_doubled(input), _doubled(exponent)) else dtypes.float64
    return pow(*[x.to(wide) if isinstance(x, Tensor) else x for x in (input, exponent)])


@composite(out=True, ufunc=numpy.float_power)
def float_power(input, exponent):
    """input to the power of exponent, computed in float64 (complex128 if either is complex).

    Operands are broadcast. RuntimeError for shapes that are not.

    >>> import wengert as t
    >>> t.float_power(t.tensor([2, 3]), -1)
    tensor([0.5000, 0.3333], dtype=wengert.float64)
    """
    return _float_power(input, exponent)


def _float_power_in_place(self, exponent):
    """In-place form of `float_power`: the tensor must be of float64, or complex128 if the result is complex."""
    wide = dtypes.complex128 if dtypes.complex128 in (_doubled(self), _doubled(exponent)) else dtypes.float64
    if self.dtype is not wide:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {type_word(self.dtype.numpy)} but the operation's result "
            f"requires dtype {type_word(wide.numpy)}: write x = x.float_power(...) instead"
        )
    return written_into(self, _float_power, exponent)




def _scaled(x, y):
    if x.dtype.itemsize == 2:
        # Half precision holds less than the powers of two that it may be multiplied by.
        return (x.astype(numpy.float32) * numpy.power(numpy.float32(2), y.astype(numpy.float32))).astype(x.dtype)
    return x * numpy.power(x.dtype.type(2), y)


ldexp = elementwise(
    "ldexp(input, other)", forward=_scaled, ufunc=numpy.ldexp, floating=True, in_place="public",
    input=lambda t, other: t * pow(2.0, number_like(other, t)),
    other=lambda t, out: t * (out * LN_2),
    doc="""input * 2^other, in a floating type: integers become floats.

    Operands are broadcast and promoted; complex numbers too. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.ldexp(t.tensor([1.0, 3.0]), t.tensor([4, -1]))
    tensor([16.0000,  1.5000])
    """,
)  # fmt: skip


def _frexp(x):
    if is_integral(x) or x.dtype.kind == "c":
        raise RuntimeError(
            f"torch.frexp() only supports floating-point dtypes: this tensor is of {dtypes.from_numpy(x.dtype).name}"
        )
    mantissa, exponent = numpy.frexp(x)
    return numpy.asarray(mantissa), numpy.asarray(exponent, numpy.int32)


frexp_parts = general(
    "frexp_parts(input)", forward=_frexp, batch="any", outputs=("mantissa", "exponent"), differentiable=("mantissa",),
    method=False, public=False, node_name="FrexpBackward0",
    input=lambda g, exponent: g / pow(2.0, exponent),
    jvp=lambda tangents, inputs, out, parameters: tangents[0] / pow(2.0, out[1]),
    doc="Mantissa and exponent.",
)  # fmt: skip


class Parts(typing.NamedTuple):
    """(mantissa, exponent), also by these names."""

    mantissa: Tensor
    exponent: Tensor

    def __repr__(self) -> str:
        return f"(mantissa={self[0]!r}, exponent={self[1]!r})"


@composite(out=True, ufunc=numpy.frexp)
def frexp(input):
    """(mantissa, exponent) with input = mantissa * 2 ** exponent and 0.5 <= |mantissa| < 1 (0 for 0).

    The exponent is of int32; the mantissa, which is differentiable, of the input's floating dtype. RuntimeError for
    integers and complex numbers.

    >>> import wengert as t
    >>> t.frexp(t.tensor([1.0, 12.0]))
    (mantissa=tensor([0.5000, 0.7500]), exponent=tensor([1, 4], dtype=wengert.int32))
    """
    arguments.tensor("frexp", "input", 1, input)
    return Parts(*frexp_parts(input))


# ------------------------------------------------------------------------------------------------ logarithms, angles


logaddexp2 = elementwise(
    "logaddexp2(input, other)", forward="logaddexp2", in_place=False,
    complex=without_kernel("logaddexp2_cpu", "logaddexp takes complex numbers"),
    input=lambda t, input, other: t * sigmoid((input - other) * LN_2),
    other=lambda t, input, other: t * sigmoid((other - input) * LN_2),
    doc="""log2(2^input + 2^other) without overflow.

    Operands are broadcast and promoted; integers become floats of the default dtype. RuntimeError for shapes that are
    not broadcast; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.logaddexp2(t.tensor([1.0, 2000.0]), t.tensor([1.0, 0.0]))
    tensor([   2., 2000.])
    """,
)  # fmt: skip


def _xlogy(x, y):
    with numpy.errstate(all="ignore"):
        out = x * numpy.log(y)
    return numpy.where((x == 0) & ~numpy.isnan(y), out.dtype.type(0), out)


def _xlogy_rule(t, input, other):
    return where(logical_and(eq(input, 0), le(other, 0)), 0.0, t * log(other))


xlogy = elementwise(
    "xlogy(input, other)", forward=_xlogy, floating=True, in_place="public", aliases=("special.xlogy",),
    ufunc="scipy.special.xlogy",
    complex=without_kernel("xlogy_cpu", "it is defined for real numbers"),
    input=lambda t, input, other: _xlogy_rule(t, input, number_like(other, t)),
    other=lambda t, input, other: t * (input / other),
    doc="""input * log(other); 0 where input is 0, whatever the logarithm, unless other is NaN.

    Operands are broadcast and promoted; integers become floats of the default dtype. RuntimeError for shapes that are
    not broadcast; NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.xlogy(t.tensor([0.0, 2.0]), t.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """,
)  # fmt: skip

deg2rad = elementwise(
    "deg2rad(input)", forward="deg2rad", floating=True,
    complex=refused("deg2rad is not supported for complex tensors.", "Convert real and imag apart", RuntimeError),
    input=lambda t: t * (math.pi / 180.0),
    doc="""Angles in degrees as angles in radians: input * pi / 180.

    Any shape; integers become floats of the default dtype. RuntimeError for complex numbers.

    >>> import wengert as t
    >>> t.deg2rad(t.tensor([180.0, 90.0]))
    tensor([3.1416, 1.5708])
    """,
)  # fmt: skip
rad2deg = elementwise(
    "rad2deg(input)", forward="rad2deg", floating=True,
    complex=refused("rad2deg is not supported for complex tensors.", "Convert real and imag apart", RuntimeError),
    input=lambda t: t * (180.0 / math.pi),
    doc="""Angles in radians as angles in degrees: input * 180 / pi.

    Any shape; integers become floats of the default dtype. RuntimeError for complex numbers.

    >>> import wengert as t
    >>> t.rad2deg(t.tensor([0.0, 3.141592653589793]))
    tensor([  0., 180.])
    """,
)  # fmt: skip


def _sinc_slope(input):
    """The derivative of sinc: (cos(z) - sin(z) / z) pi / z with z = pi * input; a series near 0, where that cancels."""
    z = input * math.pi
    near = lt(abs(z), 0.1)
    square = z * z
    # The Maclaurin series of (z cos(z) - sin(z)) / z^2, up to a remainder below 1e-16 for |z| < 0.1.
    series = z * (-1 / 3 + square * (1 / 30 + square * (-1 / 840 + square * (1 / 45360 - square / 3991680))))
    away = where(near, 1.0, z)
    return math.pi * where(near, series, (cos(away) - sin(away) / away) / away)


sinc = elementwise(
    "sinc(input)", forward=numpy.sinc, in_single=True,
    floating=True, aliases=("special.sinc",), numpy_functions=(numpy.sinc,),
    input=lambda t, input: t * _sinc_slope(input),
    doc="""sin(pi input) / (pi input), and 1 at 0.

    Any shape; integers become floats of the default dtype; complex numbers too.

    >>> import wengert as t
    >>> t.sinc(t.tensor([0.0, 0.5]))
    tensor([1.0000, 0.6366])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ integers


def _of_integers(name: str, ufunc):
    def forward(x, y):
        if x.dtype.kind not in "ui":
            raise no_kernel(f"{name}_cpu", x, "it is defined for integers")
        return ufunc(x, y)

    return forward


gcd = elementwise(
    "gcd(input, other)", forward=_of_integers("gcd", numpy.gcd), ufunc=numpy.gcd, in_place="public",
    input=None, other=None,
    doc="""The greatest common divisor of integers, not negative; gcd(0, 0) is 0.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    booleans, floating point numbers and complex numbers.

    >>> import wengert as t
    >>> t.gcd(t.tensor([12, -18]), t.tensor([8, 12]))
    tensor([4, 6])
    """,
)  # fmt: skip
lcm = elementwise(
    "lcm(input, other)", forward=_of_integers("lcm", numpy.lcm), ufunc=numpy.lcm, in_place="public",
    input=None, other=None,
    doc="""The least common multiple of integers, not negative; lcm(0, 0) is 0.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    booleans, floating point numbers and complex numbers.

    >>> import wengert as t
    >>> t.lcm(t.tensor([4, 6]), t.tensor([6, 8]))
    tensor([12, 24])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ signs and neighbours


def _copied_sign(x, y):
    if x.dtype.kind == "c":
        raise no_kernel("copysign_cpu", x, "complex numbers have no sign; see sgn")
    return numpy.copysign(x, y)


copysign = elementwise(
    "copysign(input, other)", forward=_copied_sign, ufunc=numpy.copysign, floating=True,
    # The slope is 1 or -1; at 0, where a copied sign turns at once, it is taken to be 0.
    input=lambda t, input, out: t * (sgn(input) * sgn(out)),
    other=lambda t: None,
    doc="""The size of input with the sign of other, also with that of a zero; integers become floats.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    complex numbers.

    >>> import wengert as t
    >>> t.copysign(t.tensor([1.0, -2.0]), t.tensor([-0.0, 3.0]))
    tensor([-1.,  2.])
    """,
)  # fmt: skip
nextafter = elementwise(
    "nextafter(input, other)", forward="nextafter", takes_bfloat16=True,
    complex=without_kernel("nextafter_cpu", NO_ORDER),
    integers=lambda x, y: _refuse_neighbours(x),
    input=lambda t: t,
    other=lambda t: None,
    doc="""The next floating point number after input in the direction of other.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    booleans, integers and complex numbers.

    >>> import wengert as t
    >>> t.nextafter(t.tensor([1.0]), t.tensor([2.0])) - 1
    tensor([1.1921e-07])
    """,
)  # fmt: skip


def _refuse_neighbours(x):
    raise no_kernel("nextafter_cpu", x, "integers have no floating point neighbours")


@composite(ufunc=numpy.positive, operator="__pos__")
def positive(input):
    """The input itself. RuntimeError for booleans.

    >>> import wengert as t
    >>> t.positive(t.tensor([-1.0, 2.0]))
    tensor([-1.,  2.])
    """
    arguments.tensor("positive", "input", 1, input)
    if input.dtype is dtypes.bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported. Use .to() to make it one of integers.")
    return input


bind_method("float_power_", _float_power_in_place)
