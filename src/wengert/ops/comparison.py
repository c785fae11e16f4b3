"""Comparison within a tolerance, of whole tensors, with the largest and the infinite; what is chosen by it."""

import numpy

from ..core import bind_method, dtypes
from ..core.errors import type_word
from . import arguments
from .composite import composite
from .declaration import elementwise, without_kernel
from .elementwise import (
    NO_ORDER,
    clamp,
    eq,
    ge,
    isfinite,
    le,
    logical_or,
    where,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ larger and smaller


def _first_is_largest(input, other):
    return logical_or(ge(input, other), other != other)


def _first_is_smallest(input, other):
    return logical_or(le(input, other), other != other)


fmax = elementwise(
    "fmax(input, other)", forward="fmax", in_place=False, complex=without_kernel("fmax_cpu", NO_ORDER),
    input=lambda t, input, other: where(_first_is_largest(input, other), t, 0.0),
    other=lambda t, input, other: where(_first_is_largest(input, other), 0.0, t),
    doc="""The larger of both; where one of them is NaN, the other. Of equal elements the first has the gradient.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    complex numbers.

    >>> import wengert as t
    >>> t.fmax(t.tensor([1.0, float("nan")]), t.tensor([2.0, 3.0]))
    tensor([2., 3.])
    """,
)  # fmt: skip
fmin = elementwise(
    "fmin(input, other)", forward="fmin", in_place=False, complex=without_kernel("fmin_cpu", NO_ORDER),
    input=lambda t, input, other: where(_first_is_smallest(input, other), t, 0.0),
    other=lambda t, input, other: where(_first_is_smallest(input, other), 0.0, t),
    doc="""The smaller of both; where one of them is NaN, the other. Of equal elements the first has the gradient.

    Operands are broadcast and promoted. RuntimeError for shapes that are not broadcast; NotImplementedError for
    complex numbers.

    >>> import wengert as t
    >>> t.fmin(t.tensor([1.0, float("nan")]), t.tensor([2.0, 3.0]))
    tensor([1., 3.])
    """,
)  # fmt: skip


def _require_bound(name: str, bound: str, value) -> None:
    if value is None:
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got (Tensor, NoneType): '{bound}' is a number or "
            "a tensor"
        )


@composite(out=True, in_place="public")
def clamp_min(input, min):
    """input where it is above min, a number or a tensor, and min elsewhere; NaN stays NaN.

    Operands are broadcast and promoted. TypeError without a bound, NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.clamp_min(t.tensor([-1.0, 2.0]), 0.5)
    tensor([0.5000, 2.0000])
    """
    arguments.tensor("clamp_min", "input", 1, input)
    _require_bound("clamp_min", "min", min)
    return clamp(input, min)


@composite(out=True, in_place="public")
def clamp_max(input, max):
    """input where it is below max, a number or a tensor, and max elsewhere; NaN stays NaN.

    Operands are broadcast and promoted. TypeError without a bound, NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.clamp_max(t.tensor([-1.0, 2.0]), 0.5)
    tensor([-1.0000,  0.5000])
    """
    arguments.tensor("clamp_max", "input", 1, input)
    _require_bound("clamp_max", "max", max)
    return clamp(input, None, max)


def _check_step(arrays):
    x, values = arrays
    kinds = [a.dtype for a in arrays if isinstance(a, numpy.ndarray)]
    if any([kind.kind == "c" for kind in kinds]):
        raise NotImplementedError(f"heaviside is not yet implemented for complex tensors. {NO_ORDER.capitalize()}.")
    if len(set(kinds)) > 1:
        raise RuntimeError(
            "heaviside is not yet implemented for tensors with different dtypes. "
            f"They are {' and '.join([dtypes.from_numpy(kind).name for kind in kinds])}; convert one with .to()."
        )


def _step(x, values):
    _check_step((x, values))
    return numpy.where(x == 0, values, x > 0).astype(x.dtype, copy=False)


heaviside = elementwise(
    "heaviside(input, values)", forward=_step, ufunc=numpy.heaviside, promoted=(), check=_check_step,
    input=lambda t: None,
    values=lambda t, input: where(eq(input, 0), t, 0.0),
    doc="""0 where input is negative (or NaN), 1 where it is positive, values where it is 0. Both tensors are of one
    real dtype, RuntimeError otherwise. The derivative in input is 0.

    Operands are broadcast. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.heaviside(t.tensor([-1.0, 0.0, 2.0]), t.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ infinite, no number


def _infinite(name: str, function):
    def forward(x):
        if x.dtype.kind == "c":
            raise RuntimeError(f"{name} does not support complex inputs. {NO_ORDER.capitalize()}.")
        return function(x)

    return forward


isposinf = elementwise(
    "isposinf(input)", forward=_infinite("isposinf", lambda x: x == numpy.inf), promoted=(), in_place=False, input=None,
    numpy_functions=(numpy.isposinf,),
    doc="""Where positive infinite; nowhere in integers.

    Any shape; the result is bool. RuntimeError for complex numbers.

    >>> import wengert as t
    >>> t.isposinf(t.tensor([1.0, float("inf"), float("-inf")]))
    tensor([False,  True, False])
    """,
)  # fmt: skip
isneginf = elementwise(
    "isneginf(input)", forward=_infinite("isneginf", lambda x: x == -numpy.inf), promoted=(), in_place=False,
    input=None, numpy_functions=(numpy.isneginf,),
    doc="""Where negative infinite; nowhere in integers.

    Any shape; the result is bool. RuntimeError for complex numbers.

    >>> import wengert as t
    >>> t.isneginf(t.tensor([1.0, float("inf"), float("-inf")]))
    tensor([False, False,  True])
    """,
)  # fmt: skip


def _sign_bit(x):
    if x.dtype.kind == "c":
        raise NotImplementedError("signbit is not implemented for complex tensors. Take that of real and imag.")
    return x < 0 if x.dtype.kind in "bui" else numpy.signbit(x)


signbit = elementwise(
    "signbit(input)", forward=_sign_bit, promoted=(), ufunc=numpy.signbit, in_place=False, input=None,
    doc="""Where the sign bit is set: of negative numbers and of -0.0.

    Any shape; the result is bool. NotImplementedError for complex numbers.

    >>> import wengert as t
    >>> t.signbit(t.tensor([-1.0, -0.0, 0.0]))
    tensor([ True,  True, False])
    """,
)  # fmt: skip


def _number_or_none(name: str, value):
    if value is not None and not isinstance(value, (int, float, numpy.number)):
        raise TypeError(f"nan_to_num(): argument '{name}' must be float, not {type(value).__name__}")
    return value


def _replaced(x, nan, posinf, neginf):
    for name, value in (("nan", nan), ("posinf", posinf), ("neginf", neginf)):
        _number_or_none(name, value)
    if x.dtype.kind in "bui":
        return x.copy()
    if x.dtype.kind == "c":
        out = numpy.empty_like(x)
        out.real, out.imag = _replaced(x.real, nan, posinf, neginf), _replaced(x.imag, nan, posinf, neginf)
        return out
    # NumPy's finfo knows no bfloat16.
    limits = dtypes.from_numpy(x.dtype)
    out = numpy.where(numpy.isnan(x), x.dtype.type(0.0 if nan is None else nan), x)
    for infinite, value in ((numpy.inf, posinf), (-numpy.inf, neginf)):
        if value is None:
            value = numpy.copysign(_largest(limits), infinite)
        out = numpy.where(x == infinite, x.dtype.type(value), out)
    return out


def _largest(dtype) -> float:
    if dtype.name == "bfloat16":
        return (2.0 - 2.0**-7) * 2.0**127
    return float(numpy.finfo(dtype.numpy).max)


nan_to_num = elementwise(
    "nan_to_num(input, nan=0.0, posinf=None, neginf=None)", forward=_replaced, promoted=(), takes_bfloat16=True,
    numpy_functions=(numpy.nan_to_num,),
    input=lambda t, input: where(isfinite(input), t, 0.0),
    doc="""NaN replaced by `nan`, infinities by `posinf` and `neginf`: the largest and smallest number of the dtype
    unless given. Of complex numbers both parts are. The derivative is 0 where something was replaced.

    Any shape.

    >>> import wengert as t
    >>> t.nan_to_num(t.tensor([float("nan"), float("inf"), 1.0]), posinf=9.0)
    tensor([0., 9., 1.])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ nearly equal


def _distance(x, y):
    """|x - y|; of integers without overflow, as unsigned ones."""
    if x.dtype.kind in "ui":
        return (numpy.maximum(x, y) - numpy.minimum(x, y)).view(f"u{x.itemsize}")
    return numpy.abs(x.astype(numpy.int8) - y if x.dtype == bool else x - y)


def _check_one_dtype(arrays):
    x, y = arrays
    if not isinstance(x, numpy.ndarray):
        raise TypeError(f"isclose(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")
    if isinstance(y, numpy.ndarray) and x.dtype != y.dtype:
        raise RuntimeError(f"{type_word(x.dtype)} did not match {type_word(y.dtype)}: isclose compares one dtype")


def _close(x, y, rtol, atol, equal_nan):
    if not isinstance(y, numpy.ndarray):
        y = numpy.asarray(y, x.dtype)
    if not isinstance(equal_nan, (bool, numpy.bool_)):
        raise TypeError(f"isclose(): argument 'equal_nan' must be bool, not {type(equal_nan).__name__}")
    _check_one_dtype((x, y))
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not value >= 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    with numpy.errstate(all="ignore"):
        close = x == y
        if equal_nan and x.dtype.kind not in "bui":
            close |= numpy.isnan(x) & numpy.isnan(y)
        if rtol == 0 and atol == 0:
            return close
        distance = _distance(x, y)
        return close | (numpy.isfinite(distance) & (distance <= atol + numpy.abs(rtol * y)))


isclose = elementwise(
    "isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False)", forward=_close, promoted=(), in_place=False,
    check=_check_one_dtype,
    numpy_functions=(numpy.isclose,), input=None, other=None,
    doc="""Where |input - other| <= atol + rtol |other|, of two tensors of one dtype, RuntimeError otherwise. Infinities
    are close to themselves; NaN is to nothing, to NaN if equal_nan.

    Operands are broadcast; the result is bool. RuntimeError for shapes that are not broadcast.

    >>> import wengert as t
    >>> t.isclose(t.tensor([1.0, 1.0]), t.tensor([1.0 + 1e-6, 1.1]))
    tensor([ True, False])
    """,
)  # fmt: skip


@composite(numpy_functions=(numpy.allclose,))
def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |input - other| <= atol + rtol |other| everywhere, a bool. See `isclose`.

    RuntimeError for different dtypes, and shapes that are not broadcast.

    >>> import wengert as t
    >>> t.allclose(t.tensor([1.0, 2.0]), t.tensor([1.0, 2.0 + 1e-6]))
    True
    """
    arguments.tensor("allclose", "input", 1, input)
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


@composite
def equal(input, other):
    """Whether both have the same shape and equal elements, a bool. NaN equals nothing.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.equal(t.tensor([1, 2]), t.tensor([1, 2]))
    True
    """
    arguments.tensor("equal", "input", 1, input)
    arguments.tensor("equal", "other", 2, other)
    if input.shape != other.shape:
        return False
    if input._level or other._level:
        return bool((input == other).all())
    return bool(numpy.all(input.array == other.array))


@composite
def is_same_size(input, other):
    """Whether both have the same shape.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.is_same_size(t.ones(2, 3), t.zeros(2, 3))
    True
    """
    arguments.tensor("is_same_size", "input", 1, input)
    arguments.tensor("is_same_size", "other", 2, other)
    return tuple(input.shape) == tuple(other.shape)


@composite
def is_nonzero(input):
    """Whether the one element is not 0. RuntimeError for any other number of elements.

    >>> import wengert as t
    >>> t.is_nonzero(t.tensor([2.0]))
    True
    """
    arguments.tensor("is_nonzero", "input", 1, input)
    return bool(input)


# ------------------------------------------------------------------------------------------------ element by element


def _each(name: str, function, *tensors):
    """Write function(element, ...) of the elements of all tensors into the first."""
    target = tensors[0]
    for position, x in enumerate(tensors[1:]):
        arguments.tensor(name, "tensor" if len(tensors) == 2 else f"tensor{position + 1}", position + 1, x)
    if target.requires_grad:
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead: what a Python "
            "function makes of single elements cannot be differentiated."
        )
    if not callable(function):
        raise TypeError(f"{name}(): argument 'callable' must be a function, not {type(function).__name__}")
    from .from_data import tensor

    shape = tuple(target.shape)
    elements = [x.detach().expand(shape).reshape(-1).tolist() for x in tensors]
    values = [function(*row) for row in zip(*elements, strict=True)]
    return target.copy_(tensor(values, dtype=target.dtype).reshape(shape)) if values else target


def _apply(self, callable):
    """Write callable(element) over each element: slow, and not differentiable.

    Raises:
        RuntimeError: a tensor that requires a gradient.
        TypeError: what cannot be called.

    >>> import wengert as t
    >>> t.tensor([1.0, 2.0]).apply_(lambda x: x + 1)
    tensor([2., 3.])
    """
    return _each("apply_", callable, self)


def _map(self, tensor, callable):
    """Write callable(element, its counterpart in `tensor`) over each element: slow, and not differentiable.

    Raises:
        RuntimeError: a tensor that requires a gradient; shapes that cannot be expanded to its own.
        TypeError: what cannot be called, or is no tensor.

    >>> import wengert as t
    >>> t.tensor([1.0, 2.0]).map_(t.tensor([10.0, 20.0]), lambda a, b: a * b)
    tensor([10., 40.])
    """
    return _each("map_", callable, self, tensor)


def _map2(self, x, y, callable):
    """Write callable(element, its counterparts in x and y) over each element: slow, and not differentiable.

    Raises:
        RuntimeError: a tensor that requires a gradient; shapes that cannot be expanded to its own.
        TypeError: what cannot be called, or is no tensor.

    >>> import wengert as t
    >>> t.tensor([1.0, 2.0]).map2_(t.ones(2), t.zeros(2), lambda a, b, c: a - b + c)
    tensor([0., 1.])
    """
    return _each("map2_", callable, self, x, y)


for _name, _method in (("apply_", _apply), ("map_", _map), ("map2_", _map2)):
    _method.__name__ = _method.__qualname__ = _name
    bind_method(_name, _method)
