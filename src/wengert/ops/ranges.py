"""Values at equal distances."""

import math
import warnings

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.registry import register_function
from . import arguments
from .creation import check_options, dtype_with, finished

# ------------------------------------------------------------------------------------------------ steps


def _plain(name: str, argument: str, position: int, value):
    """A bound of a range as a Python number."""
    if isinstance(value, Tensor):
        if value.ndim or value.requires_grad:
            # No gradient would flow to it.
            raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Number, not Tensor")
        return value.item()
    if isinstance(value, numpy.generic) and value.dtype.kind in "biufc":
        return value.item()
    if not isinstance(value, (int, float, complex)):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be Number, not {type(value).__name__}"
        )
    return value


def _bounds(name: str, bounds: tuple, named: dict, default_end) -> list:
    """start, end and step of a range, however they were given."""
    if len(bounds) > 3:
        raise TypeError(f"{name}() takes at most 3 positional arguments but {len(bounds)} were given")
    found = {"start": 0, "end": default_end, "step": 1}
    alone = len(bounds) == 1 and "end" not in named and default_end is not None
    places = ("end",) if alone else ("start", "end", "step")
    for place, value in zip(places, bounds, strict=False):
        if place in named:
            raise TypeError(f"{name}() got multiple values for argument '{place}'")
        found[place] = value
    for place in list(named):
        if place in found:
            found[place] = named.pop(place)
    if named:
        raise TypeError(f"{name}() got an unexpected keyword argument {next(iter(named))!r}")
    if found["end"] in (None, ...):
        raise TypeError(f'{name}() missing 1 required positional argument: "end"')
    values = [_plain(name, place, i + 1, found[place]) for i, place in enumerate(("start", "end", "step"))]
    if any([isinstance(value, complex) for value in values]):
        raise RuntimeError(f"value cannot be converted to type double without overflow: {name} takes real bounds")
    start, end, step = values
    if not math.isfinite(start) or not math.isfinite(end):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if math.isnan(step) or (step > 0 and start > end) or (step < 0 and start < end):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    return values


def _check_range_dtype(name: str, dtype) -> None:
    if dtype.kind in "cb":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{type_word(dtype)}': use linspace")


@register_function
def arange(*bounds, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, **named):
    """arange(end), arange(start, end) or arange(start, end, step): start, start + step, ... below end (above, for a
    negative step).

    ceil((end - start) / step) elements: int64 where all bounds are ints, else of the default dtype.

    Raises:
        RuntimeError: a step of 0 or one that leads away from end; bounds that are not finite.
        NotImplementedError: a complex or boolean dtype.

    >>> import wengert as t
    >>> t.arange(1, 6, 2)
    tensor([1, 3, 5])
    """
    start, end, step = _bounds("arange", bounds, named, ...)
    check_options("arange", device, layout, requires_grad)
    integral = all([isinstance(x, int) for x in (start, end, step)])
    chosen = dtype_with("arange", out, dtype, dtypes.int64 if integral else None)
    _check_range_dtype("arange", chosen)
    if chosen.kind in "iu" and not integral:
        # Of an integer type the bounds are integers first.
        start, end, step = int(start), int(end), int(step)
        integral = True
        if step == 0:
            raise RuntimeError("step must be nonzero")
    if integral:
        array = numpy.arange(start, end, step).astype(chosen, copy=False)
    else:
        array = (start + step * numpy.arange(math.ceil((end - start) / step), dtype=numpy.float64)).astype(chosen)
    return finished("arange", array, out, requires_grad)


@register_function
def range(*bounds, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, **named):
    """range(start, end, step=1): start, start + step, ... up to and including end. `arange`, which leaves end out, is
    what Python's `range` does, and to be preferred.

    floor((end - start) / step) + 1 elements of the default dtype.

    Raises:
        RuntimeError: a step of 0 or one that leads away from end; bounds that are not finite.

    >>> import warnings
    >>> warnings.simplefilter("ignore")
    >>> import wengert as t
    >>> t.range(1, 3)
    tensor([1., 2., 3.])
    """
    start, end, step = _bounds("range", bounds, named, None)
    check_options("range", device, layout, requires_grad)
    warnings.warn(
        "range is deprecated because its behavior is inconsistent with Python's range builtin. Instead, use arange, "
        "which produces values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    chosen = dtype_with("range", out, dtype)
    _check_range_dtype("range", chosen)
    count = math.floor((end - start) / step) + 1
    array = (start + step * numpy.arange(count, dtype=numpy.float64)).astype(chosen)
    return finished("range", array, out, requires_grad)


# ------------------------------------------------------------------------------------------------ between two ends


def _ends(name: str, start, end, steps):
    steps = arguments.integer(name, "steps", 3, steps)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    for word, x in (("start", start), ("end", end)):
        if isinstance(x, Tensor) and x.ndim:
            raise RuntimeError(
                f"{name} only supports 0-dimensional start and end tensors, but got {word} with {x.ndim} dimension(s)."
            )
    return _plain(name, "start", 1, start), _plain(name, "end", 2, end), steps


def _spaced(start, end, steps: int):
    """Values at equal distances, counted from the nearer end, so that both ends are exact."""
    if steps == 1:
        return numpy.array([start])
    i = numpy.arange(steps)
    step = (end - start) / max(steps - 1, 1)
    return numpy.where(i < steps // 2, start + step * i, end - step * (steps - 1 - i))


def _spaced_dtype(name: str, start, end, out, dtype):
    """The dtype of spaced values: complex where an end is."""
    in_complex = isinstance(start, complex) or isinstance(end, complex)
    default = dtypes.from_numpy(dtypes.as_numpy(complex)) if in_complex else None
    chosen = dtype_with(name, out, dtype, default)
    if in_complex and chosen.kind != "c":
        raise RuntimeError(
            f"{name}(): inferred dtype {default!r} can't be safely cast to passed dtype {dtypes.from_numpy(chosen)!r}"
        )
    if chosen.kind == "b":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool': its values are numbers")
    return chosen


@register_function
def linspace(
    start, end, steps, *, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):  # fmt: skip
    """`steps` values at equal distances from start to end, both included; of an integer type rounded towards 0.

    The dtype is the default one, or complex if an end is.

    Raises:
        RuntimeError: a negative number of steps; complex ends for a real dtype.

    >>> import wengert as t
    >>> t.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    start, end, steps = _ends("linspace", start, end, steps)
    check_options("linspace", device, layout, requires_grad)
    chosen = _spaced_dtype("linspace", start, end, out, dtype)
    return finished("linspace", _spaced(start, end, steps).astype(chosen), out, requires_grad)


@register_function
def logspace(
    start, end, steps, base=10.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False,
    pin_memory=False,
):  # fmt: skip
    """`base` to the power of `steps` exponents at equal distances from start to end, both included.

    Raises:
        RuntimeError: a negative number of steps; complex ends for a real dtype.

    >>> import wengert as t
    >>> t.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    start, end, steps = _ends("logspace", start, end, steps)
    check_options("logspace", device, layout, requires_grad)
    chosen = _spaced_dtype("logspace", start, end, out, dtype)
    with numpy.errstate(invalid="ignore", divide="ignore"):
        powers = numpy.power(complex(base) if chosen.kind == "c" else float(base), _spaced(start, end, steps))
        return finished("logspace", powers.astype(chosen), out, requires_grad)
