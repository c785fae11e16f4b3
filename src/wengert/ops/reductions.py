"""Reductions over dimensions.

`dim` is None (all), an int or a tuple of ints; `keepdim` leaves the reduced dimensions with size 1.
"""

import builtins
import math

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..kernels import reductions
from . import arguments, dims, levels
from .complex_numbers import conj
from .composite import composite
from .cumulative import cumprod
from .declaration import general, linear
from .elementwise import eq, isnan, logical_and, logical_not, logical_or, maximum, minimum, ne, where
from .results import result_type
from .shape import cat, expand, flip, narrow, permute, reshape


def restore(g, input_shape, dim, keepdim):
    """A gradient of a reduction's result, expanded to the input's shape."""
    if dim is not None and not keepdim and input_shape:
        g = reshape(g, dims.restored(input_shape, dim))
    return expand(g, input_shape)


def _in_dtype(operation):
    """The rewriting of a call that has `dtype=`: convert first, and let the result keep that type."""

    def call(input, *arguments, dtype, **keywords):
        return operation()(input.to(dtype), *arguments, **keywords).to(dtype)

    return {"dtype": call}


sum = linear(
    "sum(input, dim=None, keepdim=False)", forward=reductions.sum, axes="dim", numpy_functions=(numpy.sum,),
    rewrites=_in_dtype(lambda: sum),
    input=lambda g, input_shape, dim, keepdim: restore(g, input_shape, dim, keepdim),
    doc="""The sum of all elements, or over `dim`: an int or a tuple of them (an empty one means all).

    Booleans and integers are summed as int64; a `dtype` converts first. float16 adds in float32; in float32 and
    float64 the error grows with the logarithm of the number of terms (pairwise addition). No terms sum to 0.
    IndexError for a dim out of range, RuntimeError for one named twice.

    >>> import wengert as t
    >>> t.sum(t.tensor([[1., 2.], [3., 4.]]), 0)
    tensor([4., 6.])
    """,
)  # fmt: skip


def _count(shape: tuple, dim) -> int:
    """How many elements a reduction over `dim` joins into one."""
    if dim is None or dim == () or dim == []:
        return math.prod(shape)
    return math.prod([shape[d] for d in dims.wrap_all(dim, len(shape))]) if shape else 1


mean = linear(
    "mean(input, dim=None, keepdim=False)", forward=reductions.mean, axes="dim", numpy_functions=(numpy.mean,),
    rewrites=_in_dtype(lambda: mean),
    input=lambda g, input_shape, dim, keepdim: restore(g * (1.0 / builtins.max(_count(input_shape, dim), 1)),
    input_shape, dim, keepdim),
    doc="""The mean of all elements, or over `dim` (an int or a tuple of them): the sum divided by the number of terms.

    RuntimeError for booleans and integers: they need a floating or complex `dtype`, which converts first. The mean of
    no terms is NaN. Otherwise as `sum`.

    >>> import wengert as t
    >>> t.mean(t.tensor([[1., 2.], [3., 4.]]), 1)
    tensor([1.5000, 3.5000])
    """,
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
    doc="""The largest element, or the largest over `dim` (an int or a tuple of them); NaN if one is NaN.

    Equal largest elements share the gradient equally. Over no elements: RuntimeError, IndexError where `dim` is given.
    NotImplementedError for complex input.

    >>> import wengert as t
    >>> t.amax(t.tensor([[1., 4.], [3., 2.]]), 1)
    tensor([4., 3.])
    """,
)  # fmt: skip
amin = general(
    "amin(input, dim=None, keepdim=False)", forward=reductions.amin, axes="dim", jvp=_extremum_tangent,
    input=lambda g, input, out, dim, keepdim: _tied_share(g, input, out, dim, keepdim),
    doc="""The smallest element, or the smallest over `dim`; otherwise as `amax`.

    IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.amin(t.tensor([[1., 4.], [3., 2.]]), 1)
    tensor([1., 2.])
    """,
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


# ------------------------------------------------------------------------------------------------ max, min, aminmax


def _share_with_nan(g, input, out, dim, keepdim):
    """As `_tied_share`, and of a NaN the elements that are NaN."""
    shape = tuple(input.shape)
    value = restore(out, shape, dim, keepdim)
    chosen = logical_or(eq(input, value), logical_and(isnan(input), isnan(value))).to(g.dtype)
    return restore(g, shape, dim, keepdim) * (chosen / restore(sum(chosen, dim, keepdim), shape, dim, keepdim))


def _tangent_with_nan(tangents, inputs, out, parameters):
    """The mean of the tangents of the elements that `_share_with_nan` chooses."""
    share = _share_with_nan(levels.zeros_like(out) + 1, inputs[0], out, *parameters)
    return sum(tangents[0] * share, *parameters)


def single_value(name: str, forward, node_name: str, doc: str):
    """Declare a reduction that picks one value, whose gradient equal elements share."""
    return general(
        f"{name}(input, dim=None, keepdim=False)", forward=forward, axes="dim", method=False, public=False,
        node_name=node_name, input=_share_with_nan, jvp=_tangent_with_nan, doc=doc,
    )  # fmt: skip


def _named(name: str, kernel):
    """A kernel of `amax`'s kind, with errors under another name."""

    def forward(x, dim, keepdim):
        if x.dtype.kind == "c":
            raise NotImplementedError(f"\"{name}_all\" not implemented for '{type_word(x.dtype)}': it has no order")
        return kernel(x, dim, keepdim)

    return forward


largest = single_value("largest", _named("max", reductions.amax), "MaxBackward1", "The largest of all elements.")
smallest = single_value("smallest", _named("min", reductions.amin), "MinBackward1", "The smallest of all elements.")

MaxResult = result_type("max", "values", "indices")
MinResult = result_type("min", "values", "indices")
AminmaxResult = result_type("aminmax", "min", "max")


def _extremum_of(name: str, result, along, overall, pairwise, input, dim, keepdim, other):
    input = arguments.tensor(name, "input", 1, input)
    if dim is None and other is None:
        if not input.numel():
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                "with the 'dim' argument."
            )
        return overall(input)
    if isinstance(dim, Tensor) or other is not None:
        return pairwise(input, dim if other is None else other)
    return result(*along(input, arguments.integer(name, "dim", 3, dim), keepdim))


@composite(out=True, numpy_functions=(numpy.max,), kinds={"dim": "int|Tensor"})
def max(input, dim=None, keepdim=False, *, other=None):
    """The largest element of all; along an int `dim`, (values, indices); or, of two tensors, the larger elementwise.

    NaN counts as largest. `indices` are those of the first largest element (of the first NaN), and the gradient along
    `dim` goes there; without `dim` equal largest elements share it. RuntimeError where there are no elements and no
    `dim`, IndexError for a dim out of range or without elements, NotImplementedError for complex input.

    >>> import wengert as t
    >>> t.max(t.tensor([[1., 4.], [3., 2.]]), 1)
    wengert.return_types.max(
    values=tensor([4., 3.]),
    indices=tensor([1, 0]))
    >>> t.max(t.tensor([1., 4.]), t.tensor([3., 2.]))
    tensor([3., 4.])
    """
    return _extremum_of("max", MaxResult, max_along, largest, maximum, input, dim, keepdim, other)


@composite(out=True, numpy_functions=(numpy.min,), kinds={"dim": "int|Tensor"})
def min(input, dim=None, keepdim=False, *, other=None):
    """The smallest element of all; along an int `dim`, (values, indices); or, of two tensors, the smaller elementwise.

    NaN counts as smallest. Otherwise as `max`.

    >>> import wengert as t
    >>> t.min(t.tensor([[1., 4.], [3., 2.]]))
    tensor(1.)
    >>> t.min(t.tensor([1., 4.]), t.tensor([3., 2.]))
    tensor([1., 2.])
    """
    return _extremum_of("min", MinResult, min_along, smallest, minimum, input, dim, keepdim, other)


@composite(out=True)
def aminmax(input, *, dim=None, keepdim=False):
    """(min, max): the smallest and the largest element of all, or along an int `dim`; both NaN if one is NaN.

    Equal extreme elements share the gradient. Over no elements: RuntimeError, IndexError where `dim` is given.
    NotImplementedError for complex input.

    >>> import wengert as t
    >>> t.aminmax(t.tensor([3., 1., 2.]))
    wengert.return_types.aminmax(
    min=tensor(1.),
    max=tensor(3.))
    """
    input = arguments.tensor("aminmax", "input", 1, input)
    dim = None if dim is None else arguments.integer("aminmax", "dim", 2, dim)
    if dim is None:
        if not input.numel():
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity. Give a "
                "dim that has elements."
            )
    elif not input.numel() and not input.shape[dims.wrap(dim, input.ndim)]:
        raise IndexError(f"aminmax: Expected reduction dim {dims.wrap(dim, input.ndim)} to have non-zero size.")
    if input.dtype.is_complex:
        raise NotImplementedError(
            f"\"aminmax_cpu\" not implemented for '{type_word(input.array.dtype)}': complex numbers have no order"
        )
    return AminmaxResult(amin(input, dim, keepdim), amax(input, dim, keepdim))


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
    doc="""The position, as int64, of the first largest element (of the first NaN) along the int `dim`.

    Without `dim`, its position in the flattened input. IndexError for a dim out of range or without elements,
    RuntimeError for boolean and complex input.

    >>> import wengert as t
    >>> t.argmax(t.tensor([[1., 4.], [3., 2.]]), 1)
    tensor([1, 0])
    """,
)  # fmt: skip
argmin = general(
    "argmin(input, dim=None, keepdim=False)", forward=reductions.argmin, batch=_batched_position,
    numpy_functions=(numpy.argmin,), input=None,
    doc="""The position of the first smallest element (of the first NaN) along `dim`; otherwise as `argmax`.

    IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.argmin(t.tensor([[1., 4.], [3., 2.]]), 1)
    tensor([0, 1])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ all, any, counts


def _logical(ufunc):
    def forward(x, dim, keepdim):
        axis = dims.wrap_all(dim, x.ndim) if x.ndim else dims.wrap_all(dim, 0)[:0]
        found = numpy.asarray(ufunc.reduce(x, axis=axis, keepdims=keepdim, dtype=bool))
        # What PyTorch keeps from the time before it had booleans.
        return found.astype(numpy.uint8) if x.dtype == numpy.uint8 else found

    return forward


all = general(
    "all(input, dim=None, keepdim=False)", forward=_logical(numpy.logical_and), axes="dim",
    numpy_functions=(numpy.all,), input=None,
    doc="""Whether all elements are true (not 0), or all over `dim` (an int or a tuple of them); true for no elements.

    An empty tuple reduces nothing. The result is bool, for uint8 uint8. IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.all(t.tensor([[True, False], [True, True]]), 1)
    tensor([False,  True])
    """,
)  # fmt: skip
any = general(
    "any(input, dim=None, keepdim=False)", forward=_logical(numpy.logical_or), axes="dim", numpy_functions=(numpy.any,),
    input=None,
    doc="""Whether any element is true (not 0), or any over `dim`; false for no elements. Otherwise as `all`.

    Of any shape and dtype; the result is bool (uint8 for uint8).

    >>> import wengert as t
    >>> t.any(t.tensor([[True, False], [False, False]]), 1)
    tensor([ True, False])
    """,
)  # fmt: skip


@composite(numpy_functions=(numpy.count_nonzero,))
def count_nonzero(input, dim=None):
    """How many elements are not 0 (NaN is not), of all or over `dim` (an int or a tuple of them), as int64.

    IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.count_nonzero(t.tensor([[0., 1.], [2., 3.]]), 0)
    tensor([1, 2])
    """
    return sum(ne(arguments.tensor("count_nonzero", "input", 1, input), 0), dim)


# ------------------------------------------------------------------------------------------------ without NaN


@composite(out=True)
def nansum(input, dim=None, keepdim=False, *, dtype=None):
    """The sum of the elements that are not NaN, over `dim` (an int or a tuple of them) or of all; 0 for none.

    Booleans and integers are summed as int64; a `dtype` converts first. RuntimeError for complex input, IndexError for
    a dim out of range.

    >>> import wengert as t
    >>> t.nansum(t.tensor([1., t.nan, 2.]))
    tensor(3.)
    """
    input = arguments.tensor("nansum", "input", 1, input)
    if input.dtype.is_complex:
        raise RuntimeError("nansum on CPU does not support complex inputs: sum real and imag apart")
    if input.dtype.is_floating_point and dtype is not None and dtypes.as_numpy(dtype).kind == "c":
        raise NotImplementedError(f"\"nansum_cpu\" not implemented for '{type_word(dtypes.as_numpy(dtype))}'")
    if input.dtype.is_floating_point:
        input = where(isnan(input), 0.0, input)
    input = input if dtype is None else input.to(dtype)
    return sum(input, dim, keepdim) if dtype is None else sum(input, dim, keepdim).to(dtype)


@composite(out=True)
def nanmean(input, dim=None, keepdim=False, *, dtype=None):
    """The mean of the elements that are not NaN, over `dim` (an int or a tuple of them) or of all; NaN for none.

    RuntimeError for input that is not floating, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.nanmean(t.tensor([1., t.nan, 2.]))
    tensor(1.5000)
    """
    input = arguments.tensor("nanmean", "input", 1, input)
    if input.dtype.category < 2:
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got "
            f"{type_word(input.array.dtype)}; convert it first"
        )
    if dtype is not None and dtypes.as_numpy(dtype).kind in "iub":
        raise RuntimeError(
            "nanmean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. "
            f"Got: {type_word(dtypes.as_numpy(dtype))}"
        )
    return nansum(input, dim, keepdim, dtype=dtype) / sum(logical_not(isnan(input)), dim, keepdim)


# ------------------------------------------------------------------------------------------------ prod


def _product_gradient(g, input, out, dim, keepdim):
    """The product of all other elements: without a zero out / input, with zeros by two running products."""
    shape = tuple(input.shape)
    if not shape:
        return g
    if not input._level and not numpy.any(input.array == 0):
        return restore(g, shape, dim, keepdim) * conj(restore(out, shape, dim, keepdim) / input)
    if not math.prod(shape):
        return restore(g, shape, dim, keepdim) * input
    # The reduced dimensions as one, the last.
    axes = dims.wrap_all(dim, len(shape)) or tuple(range(len(shape)))
    order = (*[d for d in range(len(shape)) if d not in axes], *axes)
    moved = permute(input, order)
    rows = reshape(moved, (*moved.shape[: len(shape) - len(axes)], -1))
    back = tuple([order.index(d) for d in range(len(shape))])
    others = permute(reshape(_product_of_others(rows), tuple(moved.shape)), back)
    return restore(g, shape, dim, keepdim) * conj(others)


def _product_of_others(rows):
    """Along the last dimension, the product of all elements before times that of all behind."""
    size = rows.shape[-1]
    one = levels.zeros_like(narrow(rows, -1, 0, 1)) + 1
    before = cat([one, narrow(cumprod(rows, -1), -1, 0, size - 1)], -1)
    behind = flip(cat([one, narrow(cumprod(flip(rows, (-1,)), -1), -1, 0, size - 1)], -1), (-1,))
    return before * behind


product = general(
    "product(input, dim=None, keepdim=False)", forward=reductions.prod, axes="dim", method=False, public=False,
    node_name="ProdBackward0",
    input=_product_gradient,
    jvp=lambda tangents, inputs, out, parameters: sum(
        tangents[0] * conj(_product_gradient(levels.zeros_like(out) + 1, inputs[0], out, *parameters)), *parameters
    ),
    doc="The product over any dims; booleans and integers are multiplied as int64.",
)  # fmt: skip


@composite(out=True)
def prod(input, dim=None, keepdim=False, *, dtype=None):
    """The product of all elements, or along the int `dim`; of no elements it is 1.

    Booleans and integers are multiplied as int64; a `dtype` converts first. The derivative is exact where elements are
    0 too. IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.prod(t.tensor([[1., 2.], [3., 4.]]), 0)
    tensor([3., 8.])
    """
    input = arguments.tensor("prod", "input", 1, input)
    dim = None if dim is None else arguments.integer("prod", "dim", 2, dim)
    if dtype is None:
        return product(input, dim, keepdim)
    return product(input.to(dtype), dim, keepdim).to(dtype)
