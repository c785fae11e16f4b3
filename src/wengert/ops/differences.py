"""Differences of neighbours, and what numerical differentiation and integration make of them."""

import numbers

from ..core import Tensor, dtypes
from . import arguments, dims
from .composite import composite
from .cumulative import cumsum
from .elementwise import logical_xor
from .reductions import sum as sum_
from .shape import cat, narrow, reshape

# ------------------------------------------------------------------------------------------------ diff


def _neighbours(x, dim: int) -> tuple:
    """(all but the last, all but the first) along dim."""
    size = max(x.shape[dim] - 1, 0)
    return narrow(x, dim, 0, size), narrow(x, dim, x.shape[dim] - size, size)


def _check_end(input, end, dim: int):
    if end.ndim != input.ndim:
        raise RuntimeError(
            f"diff expects prepend or append to be the same dimension as input: it has {end.ndim} dimensions, input "
            f"{input.ndim}"
        )
    for d in range(input.ndim):
        if d != dim and end.shape[d] != input.shape[d]:
            raise RuntimeError(
                "diff expects the shape of tensor to prepend or append to match that of input except along the "
                f"differencing dimension; input.size({d}) = {input.shape[d]}, but got tensor.size({d}) = {end.shape[d]}"
            )
    return end


@composite(out=True)
def diff(input, n=1, dim=-1, prepend=None, append=None):
    """The n-th difference along dim: out[i] = input[i + 1] - input[i], n times.

    `prepend` and `append` are put before and after the input along dim first. Booleans are compared (exclusive or). The
    result is shorter by n, and empty where there is nothing left. RuntimeError for an input without dimensions, a
    negative n, and ends whose shape does not go with the input's.

    >>> import wengert as t
    >>> t.diff(t.tensor([1, 4, 9, 16]))
    tensor([3, 5, 7])
    """
    input = arguments.tensor("diff", "input", 1, input)
    n = arguments.integer("diff", "n", 2, n)
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = dims.wrap(dim, input.ndim)
    if not n:
        return input.clone()
    ends = [
        None if end is None else _check_end(input, arguments.tensor("diff", name, 1, end), dim)
        for name, end in (("prepend", prepend), ("append", append))
    ]
    if any(end is not None for end in ends):
        input = cat([part for part in (ends[0], input, ends[1]) if part is not None], dim)
    for _ in range(min(n, input.shape[dim])):
        first, second = _neighbours(input, dim)
        input = logical_xor(second, first) if input.dtype is dtypes.bool else second - first
    return input.clone() if not input.numel() else input


# ------------------------------------------------------------------------------------------------ gradient


def _coordinates(spacing, count: int, given: bool):
    """The spacing of each dimension: a number, or a tensor of the places of the elements."""
    if spacing is None:
        return [1.0] * count
    if isinstance(spacing, numbers.Number):
        return [spacing] * count
    if not isinstance(spacing, (tuple, list)) or not all(isinstance(s, (numbers.Number, Tensor)) for s in spacing):
        raise TypeError(
            "gradient(): argument 'spacing' must be a number or a list of numbers or of tensors, not "
            f"{type(spacing).__name__}"
        )
    if len(spacing) != count:
        said = "'self.dim() = {}', since dim argument was not given," if not given else "'dim = {}',"
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to "
            f"{said.format(count)} but got a list of length {len(spacing)}"
        )
    for s in spacing:
        if isinstance(s, Tensor) and s.ndim != 1:
            raise RuntimeError(
                "torch.gradient expected each element of spacing to have one dimension, but got an element with "
                f"{s.ndim} dimensions!"
            )
    return list(spacing)


def _slope(f, dim: int, h, edge_order: int):
    """The derivative along one dimension from evenly spaced values."""
    size = f.shape[dim]

    def at(start, length=1):
        return narrow(f, dim, start, length)

    inside = (at(2, size - 2) - at(0, size - 2)) / (2.0 * h)
    if edge_order == 1:
        first, last = (at(1) - at(0)) / h, (at(size - 1) - at(size - 2)) / h
    else:
        first = (-1.5 * at(0) + 2.0 * at(1) - 0.5 * at(2)) / h
        last = (1.5 * at(size - 1) - 2.0 * at(size - 2) + 0.5 * at(size - 3)) / h
    return cat([first, inside, last], dim)


def _slope_between(f, dim: int, places, edge_order: int):
    """The derivative along one dimension from values at any places: second order inside (Fornberg 1988, table 3)."""
    size = f.shape[dim]
    if places.shape[0] != size:
        raise RuntimeError(
            f"The size of tensor a ({size}) must match the size of tensor b ({places.shape[0]}) at non-singleton "
            f"dimension 0: gradient needs the place of each element along dim {dim}"
        )
    steps = diff(places)
    shape = tuple([-1 if d == dim else 1 for d in range(f.ndim)])

    def at(start, length=1):
        return narrow(f, dim, start, length)

    def step(start, length=1):
        return reshape(narrow(steps, 0, start, length), shape)

    before, after = step(0, size - 2), step(1, size - 2)
    inside = (
        at(0, size - 2) * (-after / (before * (before + after)))
        + at(1, size - 2) * ((after - before) / (before * after))
        + at(2, size - 2) * (before / (after * (before + after)))
    )
    if edge_order == 1:
        first = (at(1) - at(0)) / step(0)
        last = (at(size - 1) - at(size - 2)) / step(size - 2)
    else:
        a, b = step(0), step(1)
        first = (
            at(0) * (-(2.0 * a + b) / (a * (a + b))) + at(1) * ((a + b) / (a * b)) + at(2) * (-a / (b * (a + b)))
        )
        a, b = step(size - 3), step(size - 2)
        last = (
            at(size - 3) * (b / (a * (a + b)))
            + at(size - 2) * (-(a + b) / (a * b))
            + at(size - 1) * ((2.0 * b + a) / (b * (a + b)))
        )
    return cat([first, inside, last], dim)


@composite(method=False)
def gradient(input, *, spacing=None, dim=None, edge_order=1):
    """The derivative along each of `dim` (all unless given), estimated from samples; a tuple with one tensor for each.

    Inside by central differences, at both ends by one-sided ones of order `edge_order` (1 or 2). `spacing` is the
    distance between samples: one number (1), a number for each dimension, or for each a tensor of the places of the
    samples, which need not be even. RuntimeError for another edge_order, for fewer than edge_order + 1 samples, and for
    a spacing of the wrong length.

    >>> import wengert as t
    >>> t.gradient(t.tensor([0., 1., 4., 9.]))
    (tensor([1., 2., 4., 5.]),)
    """
    input = arguments.tensor("gradient", "input", 1, input)
    if input.dtype is dtypes.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input. Convert it first.")
    axes = dims.wrap_all(dim, input.ndim)
    spacings = _coordinates(spacing, len(axes), dim is not None)
    if edge_order not in (1, 2):
        raise RuntimeError(f"torch.gradient only supports edge_order=1 and edge_order=2. It got {edge_order}.")
    for d in axes:
        if input.shape[d] < edge_order + 1:
            raise RuntimeError(
                f"torch.gradient expected each dimension size to be at least edge_order+1: dimension {d} has size "
                f"{input.shape[d]}"
            )
    return tuple([
        _slope_between(input, d, h, edge_order) if isinstance(h, Tensor) and h.ndim else _slope(input, d, h, edge_order)
        for d, h in zip(axes, spacings, strict=True)
    ])


# ------------------------------------------------------------------------------------------------ integrals


def _check_integrand(name: str, y, x) -> None:
    if y.dtype is dtypes.bool or x is not None and x.dtype is dtypes.bool:
        which = "`y`" if x is None else "`x` or `y`"
        raise RuntimeError(f"{name}: received a bool input for {which}, but bool is not supported")


def _panels(name: str, y, x, dx, dim):
    """(the areas of the trapezoids twice, dim)."""
    y = arguments.tensor(name, "y", 1, y)
    if x is not None and dx is not None:
        raise TypeError(f"{name}(): got both x and dx; give one of them")
    x = None if x is None else arguments.tensor(name, "x", 2, x)
    if dx is not None and not isinstance(dx, (numbers.Number, Tensor)):
        raise TypeError(f"{name}(): argument 'dx' must be Number, not {type(dx).__name__}")
    dim = dims.wrap(dim, y.ndim)
    _check_integrand(name, y, x)
    low, high = _neighbours(y, dim)
    if x is None:
        return (low + high) * (1.0 if dx is None else dx), dim
    if x.ndim == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError(
                f"{name}: There must be one `x` value for each sample point: x has {x.shape[0]}, y {y.shape[dim]} "
                f"along dim {dim}"
            )
        x = reshape(x, tuple([-1 if d == dim else 1 for d in range(y.ndim)]))
    elif x.ndim < y.ndim:
        x = reshape(x, (*(1,) * (y.ndim - x.ndim), *x.shape))
    left, right = _neighbours(x, dims.wrap(dim, x.ndim))
    return (right - left) * (low + high), dim


@composite(method=False, aliases=("trapz",))
def trapezoid(y, x=None, *, dx=None, dim=-1):
    """The integral of samples y along dim by the trapezoidal rule: sum (x[i + 1] - x[i]) (y[i] + y[i + 1]) / 2.

    `x` are the places of the samples (one dimension, or a shape that broadcasts with y), `dx` their even distance
    (1). Integers give floats. IndexError for y without dimensions, RuntimeError for booleans and for x of the wrong
    length.

    >>> import wengert as t
    >>> t.trapezoid(t.tensor([1., 2., 4.]), dx=0.5)
    tensor(2.2500)
    """
    if isinstance(y, Tensor) and not y.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions: trapezoid integrates along one")
    areas, dim = _panels("trapezoid", y, x, dx, dim)
    return sum_(areas, dim) / 2.0 if y.shape[dim] else y.new_zeros(tuple(areas.shape)).sum(dim, dtype=y.dtype)


@composite(method=False)
def cumulative_trapezoid(y, x=None, *, dx=None, dim=-1):
    """The integrals from the first sample to each of the others along dim, by the trapezoidal rule.

    The result is shorter by one. Arguments and errors as of `trapezoid`.

    >>> import wengert as t
    >>> t.cumulative_trapezoid(t.tensor([1., 2., 4.]))
    tensor([1.5000, 4.5000])
    """
    if isinstance(y, Tensor) and not y.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor. cumulative_trapezoid integrates along one.")
    areas, dim = _panels("cumulative_trapezoid", y, x, dx, dim)
    return cumsum(areas, dim) / 2.0
