"""Special functions, by SciPy's ufuncs on the same memory: the error function and its kin.

Each rule is `t` times the partial derivative, with the number of its formula in the NIST Digital Library of
Mathematical Functions (DLMF, https://dlmf.nist.gov). SciPy is imported when one of the functions first computes; its
ufuncs on tensors find the operation by the name that the declaration gives.
"""

import functools
import math

import numpy

from ..core import Tensor, dtypes
from ..core.promotion import from_array
from ..kernels.elementwise import Loops
from .declaration import elementwise, without_kernel
from .elementwise import abs, exp, gt, where

REAL = "it is defined for real numbers here"
SQRT_PI = math.sqrt(math.pi)


@functools.cache
def scipy_function(name: str):
    """A function of scipy.special, or one of its ufuncs that are not public; ImportError that says what to install."""
    try:
        import scipy.special
    except ImportError:
        raise ImportError(f"{name} needs SciPy: pip install 'wengert[special]'") from None
    # Under SCIPY_ARRAY_API=1 the public name is that of a function which looks for the ufunc.
    return getattr(scipy.special._ufuncs, name, None) or getattr(scipy.special, name)


def by_scipy(function, *arrays):
    """SciPy's function of arrays of one type, in that type; half precision is computed in single."""
    dtype = arrays[0].dtype
    if dtype == numpy.float16:
        arrays = [x.astype(numpy.float32) for x in arrays]
    with numpy.errstate(all="ignore"):
        return numpy.asarray(function(*arrays)).astype(dtype, copy=False)


@functools.cache
def _loops(name: str) -> Loops:
    return Loops(scipy_function(name))


def through(name: str):
    """The forward that SciPy's ufunc of this name computes, by its inner loops where it has one or two operands."""

    def forward(*arrays):
        if len(arrays) > 2 or arrays[0].dtype == numpy.float16:
            return by_scipy(scipy_function(name), *arrays)
        return _loops(name)(*arrays)

    return forward


def function_of_one(signature: str, name: str, kernel: str = None, forward=None, **options):
    """Declare a function of one real number, which SciPy's ufunc called `name` computes; on tensors, that calls it."""
    own = signature.partition("(")[0].rpartition(".")[2]
    refuse = without_kernel(kernel or f"{own}_cpu", REAL)
    compute = forward or through(name)

    def of_one(x, *parameters):
        if x.dtype.kind != "f":
            if x.dtype.kind == "c":
                refuse(x)
            x = x.astype(dtypes.get_default_dtype().numpy)
        return compute(x, *parameters)

    # There is nothing to promote among one operand, and calls are shorter so.
    return elementwise(signature, forward=of_one, promoted=(), ufunc=name and f"scipy.special.{name}", **options)


def number_like(x, like: Tensor):
    """An operand of a rule (a Python number, a tensor) in the type of `like`, so that what is computed of it alone has
    that precision."""
    if isinstance(x, Tensor):
        return x if x.dtype is like.dtype else x.to(like.dtype)
    return from_array(numpy.asarray(x, like.dtype.numpy))


def no_derivative(name: str, operand: str, reason: str):
    """Refuse a derivative that has no closed form, in PyTorch's words."""
    raise NotImplementedError(f"the derivative for '{name}: {operand}' is not implemented: {reason}")


# ------------------------------------------------------------------------------------------------ the error function

erf = function_of_one(
    "erf(input)", "erf", "erf_vml_cpu", aliases=("special.erf",), in_place="public",
    input=lambda t, input: t * (2.0 / SQRT_PI) * exp(-(input * input)),
    doc="""The error function: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to input (DLMF 7.2.1).

Any shape; integers give floats of the default dtype. Derivative 2 / sqrt(pi) exp(-input^2) (DLMF 7.10.1).
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.erf(t.tensor([0.0, 1.0, -2.0]))
tensor([ 0.0000,  0.8427, -0.9953])""",
)  # fmt: skip
erfc = function_of_one(
    "erfc(input)", "erfc", "erfc_vml_cpu", aliases=("special.erfc",), in_place="public",
    input=lambda t, input: -t * (2.0 / SQRT_PI) * exp(-(input * input)),
    doc="""1 - erf(input), exact for large input (DLMF 7.2.2).

Any shape; integers give floats of the default dtype. NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.erfc(t.tensor([0.0, 1.0, 5.0]))
tensor([1.0000e+00, 1.5730e-01, 1.5375e-12])""",
)  # fmt: skip


def _erfcx_slope(input, out):
    # d/dx erfcx = 2 x erfcx - 2 / sqrt(pi). For large x both terms cancel; there the derivative of the asymptotic
    # series (DLMF 7.12.1), whose next term is below 1e-17 of the first, takes over.
    large = gt(input, 100.0)
    inverse = 1.0 / where(large, input * input, 1e4)
    series = -inverse / SQRT_PI * (1.0 + inverse * (-1.5 + inverse * (3.75 - inverse * 13.125)))
    return where(large, series, 2.0 * where(large, 0.0, input) * out - 2.0 / SQRT_PI)


erfcx = function_of_one(
    "special.erfcx(input)", "erfcx",
    input=lambda t, input: t * _erfcx_slope(input, erfcx(input)),
    doc="""exp(input^2) erfc(input), which neither overflows nor underflows for large input (DLMF 7.2.3 at i input).

Any shape; integers give floats of the default dtype. Derivative 2 input erfcx(input) - 2 / sqrt(pi).
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.erfcx(t.tensor([0.0, 1.0, 100.0]))
tensor([1.0000, 0.4276, 0.0056])""",
)  # fmt: skip


def _erfinv(x):
    # SciPy's loses the sign of zero.
    return numpy.copysign(_erfinv_without_sign(x), x)


_erfinv_without_sign = through("erfinv")


erfinv = function_of_one(
    "erfinv(input)", "erfinv", "erfinv_vml_cpu", forward=_erfinv, aliases=("special.erfinv",),
    input=lambda t, out: t * (0.5 * SQRT_PI) * exp(out * out),
    doc="""The inverse of the error function: infinite at -1 and 1, NaN outside (DLMF 7.17.1).

Any shape; integers give floats of the default dtype. Derivative sqrt(pi) / 2 exp(result^2).
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.erfinv(t.tensor([0.0, 0.5, -1.0]))
tensor([0.0000, 0.4769,   -inf])""",
)  # fmt: skip
erfcinv = function_of_one(
    "special.erfcinv(input)", "erfcinv",
    input=lambda t, out: -t * (0.5 * SQRT_PI) * exp(out * out),
    doc="""The inverse of `erfc`: infinite at 0 and 2, NaN outside (DLMF 7.17.1).

Any shape; integers give floats of the default dtype. Derivative -sqrt(pi) / 2 exp(result^2). SciPy's name; PyTorch has
no such function. NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.erfcinv(t.tensor([1.0, 0.5, 0.0]))
tensor([-0.0000, 0.4769,    inf])""",
)  # fmt: skip
erfi = function_of_one(
    "special.erfi(input)", "erfi",
    input=lambda t, input: t * (2.0 / SQRT_PI) * exp(input * input),
    doc="""The imaginary error function, -i erf(i input): 2 / sqrt(pi) times the integral of exp(t^2) from 0 to input.

Any shape; integers give floats of the default dtype. SciPy's name; PyTorch has no such function.
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.erfi(t.tensor([0.0, 0.5, 1.0]))
tensor([0.0000, 0.6150, 1.6504])""",
)  # fmt: skip


def _dawsn_slope(input, out):
    # F' = 1 - 2 x F (DLMF 7.10.2), which cancels for large x; there the asymptotic series of DLMF 7.12 takes over.
    large = gt(abs(input), 100.0)
    inverse = 1.0 / where(large, input * input, 1e4)
    series = -inverse * (0.5 + inverse * (0.75 + inverse * (1.875 + inverse * 6.5625)))
    return where(large, series, 1.0 - 2.0 * where(large, 0.0, input) * out)


dawsn = function_of_one(
    "special.dawsn(input)", "dawsn",
    input=lambda t, input: t * _dawsn_slope(input, dawsn(input)),
    doc="""Dawson's integral: exp(-input^2) times the integral of exp(t^2) from 0 to input (DLMF 7.2.5).

Any shape; integers give floats of the default dtype. SciPy's name; PyTorch has no such function.
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.dawsn(t.tensor([0.0, 1.0, 10.0]))
tensor([0.0000, 0.5381, 0.0503])""",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ normal distribution

ndtr = function_of_one(
    "special.ndtr(input)", "ndtr", "erf_vml_cpu",
    input=lambda t, input: t * exp(-0.5 * (input * input)) * (1.0 / math.sqrt(2.0 * math.pi)),
    doc="""The area under the standard normal density left of input: erfc(-input / sqrt(2)) / 2.

Any shape; integers give floats of the default dtype. The derivative is that density. NotImplementedError for complex
numbers.

>>> import wengert as t
>>> t.special.ndtr(t.tensor([0.0, 1.96, -1.96]))
tensor([0.5000, 0.9750, 0.0250])""",
)  # fmt: skip
ndtri = function_of_one(
    "special.ndtri(input)", "ndtri",
    input=lambda t, out: t * math.sqrt(2.0 * math.pi) * exp(0.5 * (out * out)),
    doc="""The inverse of `ndtr`, the quantiles of the standard normal distribution: infinite at 0 and 1, NaN outside.

Any shape; integers give floats of the default dtype. NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.ndtri(t.tensor([0.5, 0.975, 0.0]))
tensor([0.0000, 1.9600,   -inf])""",
)  # fmt: skip
log_ndtr = function_of_one(
    "special.log_ndtr(input)", "log_ndtr",
    # density / area; both underflow for very negative input, and their quotient does not.
    input=lambda t, input: t * math.sqrt(2.0 / math.pi) / erfcx(input * -math.sqrt(0.5)),
    doc="""The logarithm of `ndtr`, exact where that underflows.

Any shape; integers give floats of the default dtype. NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.log_ndtr(t.tensor([0.0, -50.0]))
tensor([-6.9315e-01, -1.2548e+03])""",
)  # fmt: skip
