"""Methods that fill a tensor with random numbers: uniform_, normal_, random_, bernoulli_ and continuous distributions.

Each checks its arguments before it draws, so that an error leaves the tensor and the stream as they were.
"""

import inspect
import math

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.errors import type_word
from .elementwise import copy
from .random import (
    bounds_of,
    check_integers,
    check_order,
    check_within,
    drawn_tensor,
    integers,
    name_of,
    normal_values,
    uniform_values,
    without_kernel,
)
from .sampling import bernoulli_as, probable


def _filling(name: str, doc: str):
    """Bind a method that fills its tensor by what the decorated function, given the dtype and the arguments, returns:
    a function (stream, shape, dtype) -> array."""

    def bind(chosen):
        taken = inspect.signature(chosen)

        def method(self, *arguments, generator=None, **keywords):
            try:
                draw = chosen(self.array.dtype, *arguments, **keywords)
            except TypeError as error:
                raise _unfit(name, taken, arguments, keywords) or error from None
            return copy.in_place(self, drawn_tensor(draw, generator, tuple(self.shape), self.array.dtype, target=self))

        method.__name__ = method.__qualname__ = name
        method.__doc__ = doc
        _show_arguments(method, chosen)
        bind_method(name, method)
        return chosen

    return bind


def _unfit(name: str, taken, arguments: tuple, keywords: dict) -> TypeError | None:
    """The error for arguments that are not those of the method; None if they are."""
    try:
        taken.bind(None, *arguments, **keywords)
    except TypeError as error:
        return TypeError(f"{name}() {error}")
    return None


def _show_arguments(method, chosen) -> None:
    """Give the method, for `help` and editors, the arguments that `chosen` takes after the dtype."""
    shown = inspect.signature(method)
    own = [*shown.parameters.values()][:1]
    taken = [*inspect.signature(chosen).parameters.values()][1:]
    # Keywords of any name stand last.
    place = len(taken) - any([p.kind is p.VAR_KEYWORD for p in taken])
    own += [*taken[:place], shown.parameters["generator"], *taken[place:]]
    method.__signature__ = shown.replace(parameters=own)


def _is_floating(dtype) -> bool:
    return dtypes.kind_of(dtype) == "f"


def _number(name: str, argument: str, value):
    if isinstance(value, Tensor) and value.numel() == 1 and not value.requires_grad:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float, numpy.integer, numpy.floating)):
        raise TypeError(f"{name}(): argument '{argument}' must be float, not {type(value).__name__}")
    return value


def _bounds(name: str, given: tuple, named: dict, defaults: tuple) -> tuple:
    """(from, to), by position or by name: `from` is no name that Python takes as a parameter's."""
    unknown = set(named) - {"from", "to"}
    if unknown or len(given) > 2:
        raise TypeError(f"{name}() takes from and to, but was given {sorted(unknown) or list(given)}")
    low = given[0] if given else named.get("from", defaults[0])
    high = given[1] if len(given) > 1 else named.get("to", defaults[1])
    return low, high


@_filling("uniform_", """Fill with numbers uniform in [from, to), [0, 1) unless told otherwise.

    Real and imaginary parts of complex numbers likewise.

    RuntimeError for from > to, bounds that the dtype cannot hold, integer tensors, and leaves that require a gradient.

    >>> import wengert as t
    >>> x = t.zeros(100).uniform_(2, 3)
    >>> bool(((2 <= x) & (x < 3)).all())
    True
    """)
def _fill_uniform(dtype, *bounds, **named):
    low, high = [_number("uniform_", "from", x) for x in _bounds("uniform_", bounds, named, (0.0, 1.0))]
    if dtypes.kind_of(dtype) not in "fc":
        raise without_kernel("check_uniform_bounds", dtype)
    part = numpy.dtype(numpy.float32 if dtype == numpy.complex64 else numpy.float64) if dtype.kind == "c" else dtype
    check_within(part, **{"from": low, "to": high})
    if not low <= high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}")
    if high - low > bounds_of(part)[1]:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{name_of(part)}>::max(), but found to={high} and "
            f"from={low} which result in to-from to exceed the limit"
        )

    def draw(stream, shape, dtype):
        x = uniform_values(stream, shape, dtype)
        if (low, high) == (0, 1):
            return x
        if dtype.kind == "c":
            return (x.real * (high - low) + low + 1j * (x.imag * (high - low) + low)).astype(dtype)
        return (x * dtype.type(high - low) + dtype.type(low)).astype(dtype)

    return draw


@_filling("normal_", """Fill with normal numbers of the given mean (0) and standard deviation (1).

    RuntimeError for a negative `std`, integer tensors, and leaves that require a gradient.

    >>> import wengert as t
    >>> x = t.zeros(10000).normal_(5, 0.1)
    >>> bool((x.mean() - 5).abs() < 0.01)
    True
    """)
def _fill_normal(dtype, mean=0.0, std=1.0):
    mean, std = _number("normal_", "mean", mean), _number("normal_", "std", std)
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    return lambda stream, shape, dtype: (
        normal_values(stream, shape, dtype) * numpy.asarray(std, dtype) + numpy.asarray(mean, dtype)
    )


# The largest number that `random_()` gives: every integer up to it is one of the type.
_LARGEST_EXACT = {"float16": 1 << 11, "bfloat16": 1 << 8, "float32": 1 << 24, "float64": 1 << 53}


def _largest(dtype) -> int:
    return _LARGEST_EXACT[name_of(dtype)] if _is_floating(dtype) else int(bounds_of(dtype)[1])


@_filling(
    "random_",
    """Fill with integers uniform in [from, to): random_(to), random_(from, to).

    Without bounds, in [0, largest] of the type; of a floating one, the largest up to which it has every integer.

    RuntimeError for from >= to, bounds that the dtype cannot hold, and leaves that require a gradient; TypeError for
    bounds that are no integers.

    >>> import wengert as t
    >>> x = t.zeros(100).random_(2, 5)
    >>> sorted(set(x.tolist()))
    [2.0, 3.0, 4.0]
    """,
)
def _fill_integers(dtype, *bounds, **named):
    if len(bounds) == 1 and not named:
        low, high = 0, bounds[0]
    else:
        low, high = _bounds("random_", bounds, named, (0, None))
    for value in (low, high):
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, numpy.integer))):
            raise TypeError(f"random_(): its bounds must be int, not {type(value).__name__}")
    if high is not None:
        check_integers(dtype, low, high)
        return integers(low, high)
    if dtypes.kind_of(dtype) == "c" and (bounds or named):
        raise RuntimeError(
            "random_from_to_impl handles only integral, floating-point and boolean types: complex numbers have no order"
        )
    if dtypes.kind_of(dtype) == "c" or not (bounds or named) and name_of(dtype) in ("uint16", "uint32", "uint64"):
        raise without_kernel("random_kernel_cpu", dtype)
    high = _largest(dtype) + 1
    check_order(low, high)
    check_within(dtype, **{"from": low})
    return integers(low, min(high, 1 << 63))


def _bernoulli_in_place(self, p=0.5, *, generator=None):
    """Fill with 1 with probability p, else with 0.

    Args:
        p: a number in [0, 1], or a floating tensor of them that is broadcast to this one's shape.
        generator: the default one unless given.

    RuntimeError for p outside of [0, 1].

    >>> import wengert as t
    >>> t.zeros(3).bernoulli_(1.0)
    tensor([1., 1., 1.])
    """
    from . import levels

    if isinstance(p, Tensor):
        if dtypes.kind_of(self.array.dtype) == "c":
            raise without_kernel("bernoulli_tensor_cpu_self_", self.array.dtype)
        if dtypes.kind_of(p.array.dtype) != "f":
            raise without_kernel("bernoulli_tensor_cpu_p_", p.array.dtype)
        shape = tuple(self.shape)
        p = p.expand(shape)
        levels.random_levels(self)
        return copy.in_place(self, bernoulli_as(p, shape, self.dtype, generator))
    draw = probable(_number("bernoulli_", "p", p), self.array.dtype)
    return copy.in_place(self, drawn_tensor(draw, generator, tuple(self.shape), self.array.dtype, target=self))


_bernoulli_in_place.__name__ = _bernoulli_in_place.__qualname__ = "bernoulli_"
bind_method("bernoulli_", _bernoulli_in_place)


@_filling("exponential_", """Fill with exponential numbers of the given rate (1): density lambd exp(-lambd x), x >= 0.

    RuntimeError for a rate that is not above 0, tensors that are not of real floating numbers, and leaves that require
    a gradient.

    >>> import wengert as t
    >>> x = t.zeros(100).exponential_(2.0)
    >>> bool((x >= 0).all())
    True
    """)
def _fill_exponential(dtype, lambd=1.0):
    lambd = _number("exponential_", "lambd", lambd)
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    if not _is_floating(dtype):
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {type_word(dtype)}"
        )
    return lambda stream, shape, dtype: numpy.asarray(stream.standard_exponential(shape) / lambd).astype(dtype)


@_filling("geometric_", """Fill with the number of trials, each of probability p, up to the first success: 1, 2, ...

    RuntimeError for p outside of (0, 1), bool and complex tensors, and leaves that require a gradient.

    >>> import wengert as t
    >>> x = t.zeros(100, dtype=t.int64).geometric_(0.5)
    >>> bool((x >= 1).all())
    True
    """)
def _fill_geometric(dtype, p):
    p = _number("geometric_", "p", p)
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    if dtypes.kind_of(dtype) in "bc" or name_of(dtype) in ("uint16", "uint32", "uint64"):
        raise without_kernel("geometric_cpu", dtype)
    # ceil(E / -log(1 - p)) of an exponential E: no 64-bit limit, and one number drawn for each.
    rate = -math.log1p(-p)
    least, largest = bounds_of(dtype)

    def draw(stream, shape, dtype):
        trials = numpy.maximum(numpy.ceil(stream.standard_exponential(shape) / rate), 1.0)
        return numpy.asarray(trials if _is_floating(dtype) else numpy.minimum(trials, largest)).astype(dtype)

    return draw


@_filling(
    "cauchy_",
    """Fill with numbers of the Cauchy distribution of the given median (0) and half width (1).

    Its density is sigma / (pi (sigma^2 + (x - median)^2)).

    RuntimeError for a half width that is not above 0, tensors that are not of real floating numbers, and leaves that
    require a gradient.

    >>> import wengert as t
    >>> x = t.zeros(10001).cauchy_(3.0)
    >>> bool((x.median() - 3).abs() < 0.1)
    True
    """,
)
def _fill_cauchy(dtype, median=0.0, sigma=1.0):
    median, sigma = _number("cauchy_", "median", median), _number("cauchy_", "sigma", sigma)
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    if not _is_floating(dtype):
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {type_word(dtype)}"
        )

    def draw(stream, shape, dtype):
        with numpy.errstate(over="ignore"):
            return numpy.asarray(median + sigma * stream.standard_cauchy(shape)).astype(dtype)

    return draw


@_filling("log_normal_", """Fill with exp of normal numbers of the given mean (1) and standard deviation (2).

    RuntimeError for `std` that is not above 0, tensors that are not of real floating numbers, and leaves that require a
    gradient.

    >>> import wengert as t
    >>> x = t.zeros(100).log_normal_()
    >>> bool((x > 0).all())
    True
    """)
def _fill_log_normal(dtype, mean=1.0, std=2.0):
    mean, std = _number("log_normal_", "mean", mean), _number("log_normal_", "std", std)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
    if not _is_floating(dtype):
        raise without_kernel("log_normal_cpu", dtype)

    def draw(stream, shape, dtype):
        with numpy.errstate(over="ignore"):
            return numpy.asarray(numpy.exp(mean + std * stream.standard_normal(shape))).astype(dtype)

    return draw
