"""Functions around logarithms: log odds, entropies and divergences, exponential integrals, Huber's losses.

Most are SciPy's names, `scipy.special.rel_entr` and its like; those are computed by NumPy here as far as NumPy can.
"""

import math

import numpy

from ..kernels.elementwise import Loops
from .declaration import elementwise, without_kernel
from .elementwise import (
    abs,
    clamp,
    eq,
    exp,
    gt,
    le,
    log,
    log1p,
    logical_and,
    logical_or,
    lt,
    sgn,
    sigmoid,
    sqrt,
    where,
)
from .special import REAL, by_scipy, function_of_one, number_like, through
from .trigonometric import sin

# ------------------------------------------------------------------------------------------------ log odds


# The loops themselves, which say nothing about division by 0.
_LOG, _DIVIDE, _SUBTRACT = Loops(numpy.log), Loops(numpy.divide), Loops(numpy.subtract)


def _logit(x, eps):
    if eps is not None and (isinstance(eps, bool) or not isinstance(eps, (int, float, numpy.number))):
        raise TypeError(f"logit(): argument 'eps' must be float, not {type(eps).__name__}")
    if x.dtype == numpy.float16:
        return by_scipy(lambda x: _logit(x, eps), x)
    if eps is not None:
        low, high = x.dtype.type(eps), x.dtype.type(1.0 - eps)
        x = numpy.where(x < low, low, numpy.where(x > high, high, x))
    return _LOG(_DIVIDE(x, _SUBTRACT(1.0, x)))


def _logit_slope(input, eps):
    slope = 1.0 / (input * (1.0 - input))
    if eps is None:
        return where(logical_or(lt(input, 0.0), gt(input, 1.0)), math.nan, slope)
    return where(logical_or(lt(input, eps), gt(input, 1.0 - eps)), 0.0, slope)


logit = function_of_one(
    "logit(input, eps=None)", "logit", forward=_logit, aliases=("special.logit",), in_place="public",
    input=lambda t, input, eps: t * _logit_slope(input, eps),
    doc="""The logarithm of the odds, log(input / (1 - input)): the inverse of `sigmoid`, NaN outside of [0, 1].

With `eps`, input is first held between eps and 1 - eps, and the derivative is 0 outside. Any shape; integers give
floats of the default dtype. NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.logit(t.tensor([0.5, 0.9, 1.0]), eps=1e-3)
tensor([0.0000, 2.1972, 6.9068])""",
)  # fmt: skip
log_expit = function_of_one(
    "special.log_expit(input)", "log_expit",
    input=lambda t, input: t * sigmoid(-input),
    doc="""The logarithm of sigmoid(input), without overflow.

Any shape; integers give floats of the default dtype. SciPy's name; PyTorch has it as nn.functional.logsigmoid.
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.log_expit(t.tensor([0.0, -800.0]))
tensor([-6.9315e-01, -8.0000e+02])""",
)  # fmt: skip
exp10 = function_of_one(
    "special.exp10(input)", "exp10",
    input=lambda t, out: t * out * math.log(10.0),
    doc="""10 to the power of input.

Any shape; integers give floats of the default dtype. SciPy's name; PyTorch has no such function. NotImplementedError
for complex numbers.

>>> import wengert as t
>>> t.special.exp10(t.tensor([0.0, 2.0, -1.0]))
tensor([  1.0000, 100.0000,   0.1000])""",
)  # fmt: skip
cosm1 = function_of_one(
    "special.cosm1(input)", "cosm1",
    input=lambda t, input: -t * sin(input),
    doc="""cos(input) - 1, exact near 0.

Any shape; integers give floats of the default dtype. SciPy's name; PyTorch has no such function. NotImplementedError
for complex numbers.

>>> import wengert as t
>>> t.special.cosm1(t.tensor([0.0, 1e-4]))
tensor([ 0.0000e+00, -5.0000e-09])""",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ exponential integrals

expi = function_of_one(
    "special.expi(input)", "expi",
    input=lambda t, input: t * exp(input) / input,
    doc="""The exponential integral Ei(input) (DLMF 6.2.5), with derivative exp(input) / input.

Any shape; integers give floats of the default dtype. SciPy's name; PyTorch has no such function. NotImplementedError
for complex numbers.

>>> import wengert as t
>>> t.special.expi(t.tensor([1.0, -1.0]))
tensor([ 1.8951, -0.2194])""",
)  # fmt: skip
exp1 = function_of_one(
    "special.exp1(input)", "exp1",
    input=lambda t, input: -t * exp(-input) / input,
    doc="""The exponential integral E_1(input) (DLMF 6.2.1), with derivative -exp(-input) / input.

Any shape; integers give floats of the default dtype. SciPy's name; PyTorch has no such function. NotImplementedError
for complex numbers.

>>> import wengert as t
>>> t.special.exp1(t.tensor([1.0, 2.0]))
tensor([0.2194, 0.0489])""",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ entropies


def _several(signature: str, name: str, forward=None, **options):
    own = signature.partition("(")[0].rpartition(".")[2]
    return elementwise(
        signature, forward=forward or through(name), floating=True, ufunc=f"scipy.special.{name}",
        complex=without_kernel(f"{own}_cpu", REAL), **options,
    )  # fmt: skip


entr = function_of_one(
    "special.entr(input)", "entr",
    input=lambda t, input: t * (-log(input) - 1.0),
    doc="""An outcome's part of the entropy: -input log(input), 0 at 0, and -inf below.

Any shape; integers give floats of the default dtype. Derivative -log(input) - 1. NotImplementedError for complex
numbers.

>>> import wengert as t
>>> t.special.entr(t.tensor([0.0, 0.5, 1.0]))
tensor([0.0000, 0.3466, -0.0000])""",
)  # fmt: skip


def _xlog1py(x, y):
    with numpy.errstate(all="ignore"):
        out = x * numpy.log1p(y)
    return numpy.where((x == 0) & ~numpy.isnan(y), out.dtype.type(0), out)


def _log1p_of(input, other, like):
    x, y = number_like(input, like), number_like(other, like)
    silent = logical_and(eq(x, 0), le(y, -1.0))
    return where(silent, 0.0, log1p(where(silent, 0.0, y)))


xlog1py = _several(
    "special.xlog1py(input, other)", "xlog1py", _xlog1py,
    input=lambda t, input, other: t * _log1p_of(input, other, t),
    other=lambda t, input, other: t * input / (other + 1.0),
    doc="""input log(1 + other); 0 where input is 0, whatever the logarithm, unless other is NaN.

Shapes broadcast; integers give floats of the default dtype. NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.xlog1py(t.tensor([0.0, 2.0]), t.tensor([-1.0, 1.0]))
tensor([0.0000, 1.3863])""",
)  # fmt: skip


def _log_ratio(input, other, like):
    return log(number_like(input, like) / other)


def _ratio(input, other, like):
    """input / other, and 0 where both are."""
    input, other = number_like(input, like), number_like(other, like)
    none = logical_and(eq(input, 0), eq(other, 0))
    return where(none, 0.0, input) / where(none, 1.0, other)


rel_entr = _several(
    "special.rel_entr(input, other)", "rel_entr",
    input=lambda t, input, other: t * (_log_ratio(input, other, t) + 1.0),
    other=lambda t, input, other: -t * _ratio(input, other, t),
    doc="""An outcome's part of the relative entropy: input log(input / other); 0 for input 0, inf for negative numbers.

Shapes broadcast; integers give floats of the default dtype. SciPy's name; PyTorch has no such function.
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.rel_entr(t.tensor([0.0, 0.5, 0.5]), t.tensor([0.5, 0.5, 0.25]))
tensor([0.0000, 0.0000, 0.3466])""",
)  # fmt: skip
kl_div = _several(
    "special.kl_div(input, other)", "kl_div",
    input=lambda t, input, other: t * _log_ratio(input, other, t),
    other=lambda t, input, other: t * (1.0 - _ratio(input, other, t)),
    doc="""input log(input / other) - input + other, which is convex and not negative; inf for negative numbers.

Shapes broadcast; integers give floats of the default dtype. SciPy's name, of which nn.functional.kl_div is no other
form. NotImplementedError for complex numbers, RuntimeError for shapes that do not broadcast.

>>> import wengert as t
>>> t.special.kl_div(t.tensor([0.0, 0.5, 0.5]), t.tensor([0.5, 0.5, 0.25]))
tensor([0.5000, 0.0000, 0.0966])""",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ Huber's losses


def _beyond(delta, r):
    return clamp(abs(r) - delta, 0.0)


huber = _several(
    "special.huber(delta, r)", "huber",
    delta=lambda t, delta, r: t * _beyond(number_like(delta, t), number_like(r, t)),
    r=lambda t, delta, r: t * _held(number_like(delta, t), number_like(r, t)),
    doc="""Huber's loss of a residual r: r^2 / 2 up to |r| = delta, delta (|r| - delta / 2) beyond; inf for negative
delta.

P. J. Huber, "Robust estimation of a location parameter" (Annals of Mathematical Statistics 35, 1964). Shapes broadcast;
integers give floats of the default dtype. SciPy's name; PyTorch has nn.functional.huber_loss. NotImplementedError for
complex numbers.

>>> import wengert as t
>>> t.special.huber(1.0, t.tensor([0.5, 1.0, 3.0]))
tensor([0.1250, 0.5000, 2.5000])""",
)  # fmt: skip


def _held(delta, r):
    """The residual, no further from 0 than delta."""
    return where(gt(abs(r), delta), sgn(r) * delta, r)


def _root(delta, r):
    return sqrt(1.0 + (r / delta) * (r / delta))


pseudo_huber = _several(
    "special.pseudo_huber(delta, r)", "pseudo_huber",
    delta=lambda t, delta, r: t * _pseudo_huber_delta(number_like(delta, t), number_like(r, t)),
    r=lambda t, delta, r: t * (r / _root(number_like(delta, t), r)),
    doc="""A smooth form of Huber's loss: delta^2 (sqrt(1 + (r / delta)^2) - 1); inf for negative delta.

Shapes broadcast; integers give floats of the default dtype. SciPy's name; PyTorch has no such function.
NotImplementedError for complex numbers.

>>> import wengert as t
>>> t.special.pseudo_huber(1.0, t.tensor([0.0, 1.0, 10.0]))
tensor([0.0000, 0.4142, 9.0499])""",
)  # fmt: skip


def _pseudo_huber_delta(delta, r):
    # The slope of delta^2 (s - 1), with s the root, is 2 delta (s - 1) - r^2 / (delta s); that is delta (s - 1)^2 / s,
    # in which nothing cancels.
    s = _root(delta, r)
    excess = (r / delta) * (r / delta) / (s + 1.0)  # s - 1
    return delta * excess * excess / s
