"""Running reductions along a dimension: sums, products, extrema, logarithms of sums of exponentials.

Derivatives of running products and of `logcumsumexp` are first-order linear recurrences: that takes neither a division,
which zeros would spoil, nor a matrix of all pairs.
"""

import numpy

from ..core import dtypes
from ..core.errors import type_word
from ..kernels import recurrence as kernels
from . import dims, levels
from .complex_numbers import conj
from .composite import composite
from .declaration import general, linear
from .elementwise import NO_ORDER, eq, exp, isinf, logical_and, lt, where
from .results import result_type
from .shape import cat, flip, narrow

# ------------------------------------------------------------------------------------------------ sums and products


def _accumulator(dtype):
    """The type in which terms of a type are added up or multiplied: float32 for half precision."""
    return numpy.dtype(numpy.float32) if dtype.itemsize == 2 and dtypes.from_numpy(dtype).is_floating_point else dtype


def _running(name: str, ufunc):
    def forward(x, dim, dtype):
        dim = dims.wrap(dim, x.ndim)
        if dtype is not None:
            target = dtypes.as_numpy(dtype)
            if target.kind == "b":
                raise NotImplementedError(f"\"{name}_out_cpu\" not implemented for 'Bool': take an integer dtype")
        else:
            target = numpy.dtype(numpy.int64) if dtypes.from_numpy(x.dtype).category < 2 else x.dtype
        with numpy.errstate(all="ignore"):
            x = x.astype(target, copy=not x.ndim)
            if not x.ndim:
                return x
            return kernels.running(ufunc, x.astype(_accumulator(target), copy=False), dim).astype(target, copy=False)

    return forward


cumsum = linear(
    "cumsum(input, dim, dtype=None)", forward=_running("cumsum", numpy.add), axes="dim", in_place=True,
    takes_bfloat16=True,
    input=lambda g, dim: _reversed_cumsum(g, dim),
    doc="""Running sums along dim: out[k] = input[0] + ... + input[k].

    Booleans and integers are summed as int64; a `dtype` converts first. float16 adds in float32. IndexError for a
    dim out of range.

    >>> import wengert as t
    >>> t.cumsum(t.tensor([1., 2., 3.]), 0)
    tensor([1., 3., 6.])
    """,
)  # fmt: skip


def _reversed_cumsum(g, dim):
    return flip(cumsum(flip(g, (dim,)), dim), (dim,)) if g.ndim else g


def _before(x, dim, first):
    """x moved on by one position along dim, with `first` in front."""
    dim = dims.wrap(dim, x.ndim)
    if not x.ndim or not x.shape[dim]:
        return levels.zeros_like(x) + first if not x.ndim else x
    return cat([levels.zeros_like(narrow(x, dim, 0, 1)) + first, narrow(x, dim, 0, x.shape[dim] - 1)], dim)


def _after(x, dim):
    """x moved back by one position along dim, with a 0 at the end."""
    dim = dims.wrap(dim, x.ndim)
    if not x.ndim or not x.shape[dim]:
        return levels.zeros_like(x)
    return cat([narrow(x, dim, 1, x.shape[dim] - 1), levels.zeros_like(narrow(x, dim, 0, 1))], dim)


def _recurrence_tangent(tangents, inputs, out, parameters):
    of_factor, of_term = tangents
    factor, (dim, backwards) = inputs[0], parameters
    total = of_term
    if of_factor is not None:
        moved = _after(of_factor * out, dim) if backwards else of_factor * _before(out, dim, 0.0)
        total = moved if total is None else total + moved
    return linear_recurrence(factor, total, dim, backwards)


linear_recurrence = general(
    "linear_recurrence(factor, term, dim, backwards=False)", axes="dim", method=False, public=False,
    forward=lambda a, b, dim, backwards: kernels.recurrence(a, b, dims.wrap(dim, b.ndim), backwards),
    factor=lambda g, factor, out, dim, backwards: _recurrence_factor(g, factor, out, dim, backwards),
    term=lambda g, factor, dim, backwards: linear_recurrence(conj(factor), g, dim, not backwards),
    jvp=_recurrence_tangent,
    doc="out[k] = term[k] + factor[k] out[k - 1]; backwards, out[k] = term[k] + factor[k + 1] out[k + 1].",
)  # fmt: skip


def _recurrence_factor(g, factor, out, dim, backwards):
    through = linear_recurrence(conj(factor), g, dim, not backwards)
    if backwards:
        return _before(through, dim, 0.0) * conj(_first_cleared(out, dim))
    return through * conj(_before(out, dim, 0.0))


def _first_cleared(x, dim):
    """x with 0 at the first position along dim: its factor is not used."""
    return _before(_after(x, dim), dim, 0.0)


def _cumprod_gradient(g, input, out, dim):
    """d out[j] / d input[i] is out[i - 1] times the product of input[i + 1 .. j]: a recurrence from the end."""
    return conj(_before(out, dim, 1.0)) * linear_recurrence(conj(input), g, dim, True)


cumprod = general(
    "cumprod(input, dim, dtype=None)", forward=_running("cumprod", numpy.multiply), axes="dim", in_place=True,
    takes_bfloat16=True,
    input=lambda g, input, out, dim: _cumprod_gradient(g, input.to(out.dtype), out, dim),
    jvp=lambda tangents, inputs, out, parameters: linear_recurrence(
        inputs[0].to(out.dtype), tangents[0].to(out.dtype) * _before(out, parameters[0], 1.0), parameters[0]
    ),
    doc="""Running products along dim: out[k] = input[0] * ... * input[k].

    Booleans and integers are multiplied as int64; a `dtype` converts first. float16 multiplies in float32. The
    derivative is exact at zeros too. IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.cumprod(t.tensor([1., 2., 3.]), 0)
    tensor([1., 2., 6.])
    """,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ extrema


def _running_extremum(name: str, ufunc, node_name: str):
    """Declare (values, indices) of the running extrema along a dimension."""

    def forward(x, dim):
        if x.dtype.kind == "c":
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{type_word(x.dtype)}': {NO_ORDER}")
        dim = dims.wrap(dim, x.ndim)
        if not x.ndim:
            return x.copy(), numpy.zeros((), numpy.int64)
        return kernels.running_extrema(ufunc, x, dim)

    return general(
        f"{name}_along(input, dim)", forward=forward, axes="dim", outputs=("values", "indices"),
        differentiable=("values",), method=False, public=False, node_name=node_name,
        input=lambda g, indices, input_shape, dim: _put(g, indices, dim, input_shape),
        jvp=lambda tangents, inputs, out, parameters: _taken(tangents[0], out[1], *parameters),
        doc=f"The values and positions that {name} gives.",
    )  # fmt: skip


def _taken(input, places, dim):
    from .scatter import gather_along

    return gather_along(input, places, dim) if input.ndim else input


def _put(g, places, dim, shape):
    from .scatter import scatter_along

    return scatter_along(g, places, dim, shape) if shape else g


cummax_along = _running_extremum("cummax", numpy.maximum, "CummaxBackward0")
cummin_along = _running_extremum("cummin", numpy.minimum, "CumminBackward0")
CummaxResult = result_type("cummax", "values", "indices")
CumminResult = result_type("cummin", "values", "indices")


@composite(out=True)
def cummax(input, dim):
    """(values, indices) of the largest element so far along dim; of equal ones the last.

    Once a NaN has come the values are NaN. The gradient goes to the elements at `indices`. NotImplementedError for
    complex input, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.cummax(t.tensor([1., 3., 2.]), 0)
    wengert.return_types.cummax(
    values=tensor([1., 3., 3.]),
    indices=tensor([0, 1, 1]))
    """
    return CummaxResult(*cummax_along(input, dim))


@composite(out=True)
def cummin(input, dim):
    """(values, indices) of the smallest element so far along dim; of equal ones the last. Otherwise as `cummax`.

    >>> import wengert as t
    >>> t.cummin(t.tensor([2., 3., 1.]), 0)
    wengert.return_types.cummin(
    values=tensor([2., 2., 1.]),
    indices=tensor([0, 0, 2]))
    """
    return CumminResult(*cummin_along(input, dim))


# ------------------------------------------------------------------------------------------------ logcumsumexp


def _logcumsumexp(x, dim):
    dtype = dtypes.from_numpy(x.dtype)
    if dtype.category < 2:
        raise NotImplementedError(
            f"\"logcumsumexp_out_cpu\" not implemented for '{type_word(x.dtype)}': convert it to a floating type"
        )
    dim = dims.wrap(dim, x.ndim)
    if not x.ndim:
        return x.copy()
    with numpy.errstate(all="ignore"):
        if not dtype.is_complex:
            return numpy.logaddexp.accumulate(x, axis=dim, dtype=_accumulator(x.dtype)).astype(x.dtype, copy=False)
        from .elementwise import logaddexp_complex

        out = numpy.moveaxis(x.copy(), dim, 0)
        for k in range(1, len(out)):
            out[k] = logaddexp_complex(out[k - 1], out[k])
        return numpy.moveaxis(out, 0, dim)


def _finite_below(out):
    """out with 0 for a logarithm of 0, from which nothing finite can be subtracted."""
    real = out.real if out.dtype.is_complex else out
    return where(logical_and(isinf(real), lt(real, 0)), 0.0, out)


def _weights(input, out, dim):
    """(exp(input - out), exp(out[k - 1] - out[k])): an element's share of its sum, and the last sum's share of it."""
    below = _finite_below(out)
    last = _before(out, dim, 0.0)
    step = last - below
    # An infinite sum that stays as it is keeps all of itself.
    return exp(input - below), exp(where(logical_and(isinf(below), eq(last, below)), 0.0, step))


def _logcumsumexp_gradient(g, input, out, dim):
    share, kept = _weights(input, out, dim)
    return conj(share) * linear_recurrence(conj(kept), g, dim, True)


def _logcumsumexp_tangent(tangents, inputs, out, parameters):
    share, kept = _weights(inputs[0], out, *parameters)
    return linear_recurrence(kept, tangents[0] * share, *parameters)


logcumsumexp = general(
    "logcumsumexp(input, dim)", forward=_logcumsumexp, axes="dim",
    input=_logcumsumexp_gradient, jvp=_logcumsumexp_tangent,
    doc="""The logarithm of running sums of exponentials along dim: out[k] = log(exp(input[0]) + ... + exp(input[k])).

    Without overflow, by log(exp(a) + exp(b)) = max + log1p(exp(min - max)) from one element to the next. Floating and
    complex types; NotImplementedError for others, IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.logcumsumexp(t.tensor([0., 0., 0.]), 0)
    tensor([0.0000, 0.6931, 1.0986])
    """,
)  # fmt: skip
