"""Reductions over dimensions.

`dim` is None (all), an int or a tuple of ints; `keepdim` leaves the reduced dimensions with size 1.
"""

import builtins
import math

import numpy

from ..core import Tensor, dtypes
from ..kernels import reductions
from . import dims, levels
from .complex_numbers import conj
from .composite import composite
from .declaration import elementwise, general, linear
from .elementwise import eq, logical_not, maximum, minimum, where
from .shape import expand, reshape


def restore(g, input_shape, dim, keepdim):
    """A gradient of a reduction's result, expanded to the input's shape."""
    if dim is not None and not keepdim and input_shape:
        g = reshape(g, dims.restored(input_shape, dim))
    return expand(g, input_shape)


def _in_dtype(operation):
    """The rewriting of a call that has `dtype=`: convert first, and let the result keep that type."""

    def call(input, dim=None, keepdim=False, *, dtype):
        return operation()(input.to(dtype), dim, keepdim).to(dtype)

    return {"dtype": call}


sum = linear(
    "sum(input, dim=None, keepdim=False)", forward=reductions.sum, axes="dim", numpy_functions=(numpy.sum,),
    rewrites=_in_dtype(lambda: sum),
    input=lambda g, input_shape, dim, keepdim: restore(g, input_shape, dim, keepdim),
    doc="The sum; booleans and integers are summed as int64. `dtype` converts first.",
)  # fmt: skip


def _count(shape: tuple, dim) -> int:
    """How many elements a reduction over `dim` joins into one."""
    if dim is None or dim == ():
        return math.prod(shape)
    return math.prod([shape[d] for d in dims.wrap_all(dim, len(shape))]) if shape else 1


mean = linear(
    "mean(input, dim=None, keepdim=False)", forward=reductions.mean, axes="dim", numpy_functions=(numpy.mean,),
    rewrites=_in_dtype(lambda: mean),
    input=lambda g, input_shape, dim, keepdim: restore(g * (1.0 / builtins.max(_count(input_shape, dim), 1)),
    input_shape, dim, keepdim), doc="The mean. Integer inputs need a `dtype`.",
)  # fmt: skip


def _tied_share(g, input, out, dim, keepdim):
    """The gradient of an extremum: shared equally among the elements that reach it."""
    shape = tuple(input.shape)
    chosen = eq(input, restore(out, shape, dim, keepdim)).to(g.dtype)
    return restore(g, shape, dim, keepdim) * (chosen / restore(sum(chosen, dim, keepdim), shape, dim, keepdim))


def _extremum_tangent(tangents, inputs, out, parameters):
    dim, keepdim = parameters
    shape = tuple(inputs[0].shape)
    chosen = eq(inputs[0], restore(out, shape, dim, keepdim)).to(tangents[0].dtype)
    return sum(tangents[0] * chosen, dim, keepdim) / sum(chosen, dim, keepdim)


amax = general(
    "amax(input, dim=None, keepdim=False)", forward=reductions.amax, axes="dim", jvp=_extremum_tangent,
    input=lambda g, input, out, dim, keepdim: _tied_share(g, input, out, dim, keepdim),
    doc="The largest value. Equal largest values share the gradient.",
)  # fmt: skip
amin = general(
    "amin(input, dim=None, keepdim=False)", forward=reductions.amin, axes="dim", jvp=_extremum_tangent,
    input=lambda g, input, out, dim, keepdim: _tied_share(g, input, out, dim, keepdim),
    doc="The smallest value. Equal smallest values share the gradient.",
)  # fmt: skip
max_along = general(
    "max_along(input, dim, keepdim=False)", forward=reductions.max_with_indices, axes="dim",
    outputs=("values", "indices"), differentiable=("values",), method=False, public=False, node_name="MaxBackward0",
    input=lambda g, indices, input_shape, dim, keepdim: _put_along(g, indices, input_shape, dim, keepdim),
    jvp=lambda tangents, inputs, out, parameters: _take_along(tangents[0], out[1], *parameters),
    doc="The largest value along dim and its position (the first one).",
)  # fmt: skip
min_along = general(
    "min_along(input, dim, keepdim=False)", forward=reductions.min_with_indices, axes="dim",
    outputs=("values", "indices"), differentiable=("values",), method=False, public=False, node_name="MinBackward0",
    input=lambda g, indices, input_shape, dim, keepdim: _put_along(g, indices, input_shape, dim, keepdim),
    jvp=lambda tangents, inputs, out, parameters: _take_along(tangents[0], out[1], *parameters),
    doc="The smallest value along dim and its position (the first one).",
)  # fmt: skip


def _put_along(g, indices, input_shape, dim, keepdim):
    from .scatter import scatter_along

    if not input_shape:
        return g
    kept = dims.restored(input_shape, dim)
    return scatter_along(reshape(g, kept), reshape(indices, kept), dim, input_shape)


def _take_along(t, indices, dim, keepdim):
    from .scatter import gather_along

    if not t.ndim:
        return t
    kept = dims.restored(tuple(t.shape), dim)
    return reshape(gather_along(t, reshape(indices, kept), dim), tuple(indices.shape))


class Extremum(tuple):
    """(values, indices), also by these names."""

    __slots__ = ()
    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])

    def __repr__(self) -> str:
        return f"(values={self[0]!r}, indices={self[1]!r})"


def _largest_or_smallest(name, along, overall, pairwise, doc, numpy_functions):
    def function(input, dim=None, keepdim=False, *, other=None, out=None):
        if isinstance(dim, Tensor) or other is not None:
            return pairwise(input, dim if other is None else other)
        if dim is None:
            if not input.numel():
                raise RuntimeError(
                    f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
                    "dim with the 'dim' argument."
                )
            return overall(input)
        return Extremum(along(input, dim, keepdim))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return composite(numpy_functions=numpy_functions)(function)


max = _largest_or_smallest(
    "max",
    max_along,
    amax,
    maximum,
    "The largest value of all; (values, indices) along `dim`; or the larger of two tensors.",
    (numpy.max,),
)
min = _largest_or_smallest(
    "min",
    min_along,
    amin,
    minimum,
    "The smallest value of all; (values, indices) along `dim`; or the smaller of two tensors.",
    (numpy.min,),
)


def _batched_position(operation, operands, parameters, in_dims, size):
    """The position in a flattened entry, or along a dimension behind the batch."""
    x, (dim, keepdim) = operands[0], parameters
    rank = x.ndim - 1
    if dim is not None and rank:
        return operation(x, dims.wrap(dim, rank) + 1, keepdim), 0
    if dim is not None:
        dims.wrap(dim, 0)
    found = operation(reshape(x, (size, math.prod(x.shape[1:]))), 1)
    return (reshape(found, (size, *(1,) * rank)) if keepdim else found), 0


argmax = general(
    "argmax(input, dim=None, keepdim=False)", forward=reductions.argmax, batch=_batched_position,
    numpy_functions=(numpy.argmax,), input=None,
    doc="The position of the largest value (the first), in the flattened input or along dim.",
)  # fmt: skip
argmin = general(
    "argmin(input, dim=None, keepdim=False)", forward=reductions.argmin, batch=_batched_position,
    numpy_functions=(numpy.argmin,), input=None,
    doc="The position of the smallest value (the first), in the flattened input or along dim.",
)  # fmt: skip


def _logical(ufunc):
    def forward(x, dim, keepdim):
        axis = None if dim is None or not x.ndim else dims.wrap_all(dim, x.ndim)
        return numpy.asarray(ufunc.reduce(x, axis=axis, keepdims=keepdim, dtype=bool))

    return forward


all = general(
    "all(input, dim=None, keepdim=False)", forward=_logical(numpy.logical_and), axes="dim",
    numpy_functions=(numpy.all,), input=None, doc="Whether all elements are true.",
)  # fmt: skip
any = general(
    "any(input, dim=None, keepdim=False)", forward=_logical(numpy.logical_or), axes="dim", numpy_functions=(numpy.any,),
    input=None, doc="Whether any element is true.",
)  # fmt: skip


def _product_gradient(g, input, out, dim, keepdim):
    """The product of all other elements: without a zero out / input, with zeros by two running products."""
    shape = tuple(input.shape)
    if not shape:
        return g
    if not input.level and not numpy.any(input.array == 0):
        return restore(g, shape, dim, keepdim) * conj(restore(out, shape, dim, keepdim) / input)
    flat = reshape(input, -1) if dim is None else input
    along = 0 if dim is None else dims.wrap(dim, len(shape))
    from .shape import cat, flip, narrow

    size = flat.shape[along]
    if not size:
        return restore(g, shape, dim, keepdim) * input
    one = levels.zeros_like(narrow(flat, along, 0, 1)) + 1
    before = cat([one, narrow(cumprod(flat, along), along, 0, size - 1)], along)
    after = flip(cat([one, narrow(cumprod(flip(flat, (along,)), along), along, 0, size - 1)], along), (along,))
    others = conj(before * after)
    return restore(g, shape, dim, keepdim) * (reshape(others, shape) if dim is None else others)


prod = general(
    "prod(input, dim=None, keepdim=False)", forward=reductions.prod, axes="dim", numpy_functions=(numpy.prod,),
    rewrites=_in_dtype(lambda: prod),
    input=_product_gradient,
    jvp=lambda tangents, inputs, out, parameters: sum(
        tangents[0] * conj(_product_gradient(levels.zeros_like(out) + 1, inputs[0], out, *parameters)), *parameters
    ),
    doc="The product; booleans and integers are multiplied as int64.",
)  # fmt: skip


def _running(ufunc):
    def forward(x, dim, dtype):
        if dtype is None and x.dtype.kind in "bui":
            dtype = dtypes.int64
        if not x.ndim:
            dims.wrap(dim, 0)
            return x.astype(dtypes.as_numpy(dtype)) if dtype is not None else x.copy()
        return ufunc.accumulate(x, axis=dims.wrap(dim, x.ndim), dtype=None if dtype is None else dtypes.as_numpy(dtype))

    return forward


cumsum = linear(
    "cumsum(input, dim, dtype=None)", forward=_running(numpy.add), axes="dim", in_place=True,
    input=lambda g, dim: _reversed_cumsum(g, dim),
    doc="Running sums along dim.",
)  # fmt: skip


def _reversed_cumsum(g, dim):
    from .shape import flip

    return flip(cumsum(flip(g, (dim,)), dim), (dim,)) if g.ndim else g


def _cumprod_gradient(g, input, out, dim):
    if not input.ndim or input.shape[dim] < 2:
        return g
    if not input.level and not numpy.any(input.array == 0):
        return _reversed_cumsum(g * conj(out), dim) / conj(input)
    # d out[j] / d input[i] is the product of all input[k <= j] but input[i]: one row of running products per i.
    from .shape import cat, narrow, stack

    dim = dims.wrap(dim, input.ndim)
    size = input.shape[dim]
    rows = []
    for i in range(size):
        head = narrow(out, dim, i - 1, 1) if i else levels.zeros_like(narrow(out, dim, 0, 1)) + 1
        rest = cat([head, head * cumprod(narrow(input, dim, i + 1, size - i - 1), dim)], dim) if i + 1 < size else head
        rows.append(sum(narrow(g, dim, i, size - i) * conj(rest), dim))
    return stack(rows, dim)


cumprod = general(
    "cumprod(input, dim, dtype=None)", forward=_running(numpy.multiply), axes="dim",
    input=lambda g, input, out, dim: _cumprod_gradient(g, input, out, dim),
    doc="Running products along dim.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ statistics


@composite(numpy_functions=(numpy.var,))
def var(input, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, ddof=None):
    """The variance, divided by n - correction (1 unless given; 0 for unbiased=False)."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    dim = axis if dim is None else dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    if ddof is not None:
        correction = ddof
    centred = input - mean(input, dim, True)
    squares = (centred * centred.conj()).real if input.dtype.is_complex else centred * centred
    count = _count(tuple(input.shape), dim)
    freedom = builtins.max(count - correction, 0)
    return sum(squares, dim, keepdim) / freedom if freedom else sum(squares, dim, keepdim) / 0.0


@composite(numpy_functions=(numpy.std,))
def std(input, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, ddof=None):
    """The standard deviation, the square root of `var`."""
    return deviation(var(input, dim, unbiased, keepdim, correction=correction, axis=axis, ddof=ddof))


deviation = elementwise(
    "deviation(variance)", forward="sqrt", in_place=False, method=False, public=False, node_name="StdBackward0",
    variance=lambda t, out: where(eq(out, 0), 0.0, t / (2.0 * out)),
    doc="The square root of a variance, with derivative 0 at 0: equal elements have no direction to spread in.",
)  # fmt: skip


def _euclidean(x, dim, keepdim):
    axis = None if dim is None or not x.ndim else dims.wrap_all(dim, x.ndim)
    magnitude = numpy.abs(x)
    return numpy.sqrt(reductions.sum(numpy.asarray(magnitude * magnitude), axis, keepdim))


def _norm_share(input, out, dim, keepdim):
    """input / norm, and 0 where the norm is 0."""
    length = restore(out, tuple(input.shape), dim, keepdim)
    return where(eq(length, 0), 0.0, input / where(eq(length, 0), 1.0, length))


euclidean_norm = general(
    "euclidean_norm(input, dim=None, keepdim=False)", forward=_euclidean, axes="dim", method=False, public=False,
    node_name="LinalgVectorNormBackward0",
    input=lambda g, input, out, dim, keepdim: restore(g, tuple(input.shape), dim, keepdim) * _norm_share(input, out,
        dim, keepdim),
    jvp=lambda tangents, inputs, out, parameters: sum(
        _real(tangents[0] * _norm_share(inputs[0], out, *parameters).conj()), *parameters
    ),
    doc="The square root of the sum of squares, with derivative 0 at 0.",
)  # fmt: skip


def _real(x):
    return x.real if x.dtype.is_complex else x


@composite
def norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    """The p-norm of all elements or along dim: (sum |x|^p)^(1/p); p may be inf, -inf or 0."""
    if dtype is not None:
        input = input.to(dtype)
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {input.dtype.name}"
        )
    if p in ("fro", 2, None):
        return euclidean_norm(input, dim, keepdim)
    size = input.abs()
    if p == numpy.inf:
        return amax(size, dim, keepdim)
    if p == -numpy.inf:
        return amin(size, dim, keepdim)
    if p == 0:
        return sum(logical_not(eq(size, 0)).to(size.dtype), dim, keepdim)
    if p == 1:
        return sum(size, dim, keepdim)
    if p < 0:
        return sum(size**p, dim, keepdim) ** (1.0 / p)
    # Elements of 0 have no slope, nor has a norm of 0; the powers alone would give NaN there.
    total = sum(_power_or_zero(size, p) if p < 1 else size**p, dim, keepdim)
    return _power_or_zero(total, 1.0 / p)


def _power_or_zero(x, exponent: float):
    """x ** exponent for x >= 0, with derivative 0 at 0."""
    at_zero = eq(x, 0)
    return where(at_zero, 0.0, where(at_zero, 1.0, x) ** exponent)


@composite(numpy_functions=(numpy.count_nonzero,))
def count_nonzero(input, dim=None):
    """How many elements are not 0."""
    return sum(logical_not(eq(input, 0)), dim)
