"""What layer, group, batch, instance and RMS normalisation are made of: (x - mean) / sqrt(variance + eps), scaled and
shifted.

Design
  A. One operation takes the mean and variance over any dimensions; a second one is given them, as batch normalisation
     is in evaluation. Of the computation only the input and the statistics are kept, not the standardised values.
  B. Weight and bias have the shape `spread` against the input: 1 where they are the same for all.
  C. A reverse pass gives all gradients at once, on arrays. Where it is recorded itself, it differentiates the formula
     made of other operations.
  D. One compiled pass does what lies in memory as (rows, channels, length); anything else, and other types, goes
     through NumPy, sample by sample in blocks of samples that stay in cache.
  E. float16 and bfloat16 are computed in float32. A parameter has the input's type, or float32 beside a narrower input.
"""

import functools
import math

import numpy

from ..core import dtypes
from ..core.errors import type_word
from ..core.promotion import from_array
from ..kernels import normalization as compiled
from ..kernels import reductions as kernels
from ..kernels.blocks import empty_array
from .declaration import general
from .elementwise import rsqrt
from .fallback import pulled_back, takes_fallback
from .reductions import mean as mean_
from .shape import reshape

# Kinds of arguments: a weight or bias that is not there is given as None.
OPTIONAL = {"weight": "Tensor|None", "bias": "Tensor|None"}


def check_types(kernel: str, input, *parameters) -> None:
    """NotImplementedError for an input that is not floating, RuntimeError for parameters of another type."""
    if not input.dtype.is_floating_point:
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{type_word(input.array.dtype)}': convert the input to a floating dtype"
        )
    check_mixture(input, *parameters)


def check_mixture(input, *parameters) -> None:
    """RuntimeError for parameters of another type than the input's, unless they are float32 and it is narrower."""
    for x in parameters:
        if x is None or x.dtype is input.dtype:
            continue
        found = f"the input is of {input.dtype}, a parameter of {x.dtype}"
        if x.dtype.name != "float32":
            raise RuntimeError(f"mixed dtype (CPU): expect parameter to have scalar type of Float: {found}")
        if not input.dtype.is_floating_point or input.dtype.itemsize > 2:
            raise RuntimeError(f"mixed dtype (CPU): all inputs must share same datatype.: {found}")


# Elements of a block of samples.
BLOCK = 1 << 15


def _wide(x):
    return x.astype(numpy.float32) if x.dtype.itemsize == 2 else x


def _raised(x):
    """A tensor of a narrow type in float32."""
    return x.to(dtypes.float32) if x.dtype.itemsize == 2 else x


def _parameters(tensors: list, has: tuple) -> tuple:
    """The weight and the bias, or None, of a list that holds them after the input as `has` says."""
    rest = iter(tensors[1:])
    return tuple([next(rest) if one else None for one in has])


def _shared(x, spread: tuple):
    return None if x is None else _wide(x).reshape(spread)


def _flat(shape: tuple, dims: tuple, spread: tuple) -> tuple:
    """The shape, dims and spread with all dimensions before and after the first of dims made one, if they may be: where
    each of the last elements has a weight of its own."""
    first = dims[0] if dims else 0
    if dims != tuple(range(first, len(shape))) or spread != (1,) * first + shape[first:] or 0 in shape:
        return shape, dims, spread
    count = math.prod(shape[first:])
    return (math.prod(shape[:first]), count), (1,), (1, count)


@functools.lru_cache(maxsize=1024)
def _layout(shape: tuple, dims: tuple, spread: tuple) -> tuple | None:
    """(by rows, rows, groups, channels, length), as the compiled loops take it, or None where it does not fit; and the
    shape of the moments."""
    kept = tuple([1 if d in dims else size for d, size in enumerate(shape)])
    size, end = math.prod(shape), len(shape)
    if not size or not dims:
        return None
    if end > 1 and dims == _other_dims(spread) and spread == (1, shape[1]) + (1,) * (end - 2):
        return (False, shape[0], 1, shape[1], size // (shape[0] * shape[1])), kept
    first = dims[0]
    own = [d for d in range(end) if spread[d] != 1]
    begin, stop = (min(own[0], first), max(own[-1] + 1, first)) if own else (first, first)
    if dims != tuple(range(first, end)) or spread[begin:stop] != shape[begin:stop]:
        return None
    groups, channels, length = [math.prod(part) for part in (shape[begin:first], shape[first:stop], shape[stop:])]
    return (True, size // (channels * length), groups, channels, length), kept


def _blocks(x, dims: tuple) -> list:
    """Slices of the first dimension, of which each is standardised by itself."""
    if 0 in dims or x.size <= BLOCK:
        return [slice(None)]
    rows = max(BLOCK * len(x) // x.size, 1)
    return [slice(i, i + rows) for i in range(0, len(x), rows)]


def _reciprocal_deviation(variance, eps):
    return 1 / numpy.sqrt(variance + variance.dtype.type(eps))


def _product(x, y):
    """x y in the shape of x, on reused memory."""
    return numpy.multiply(x, y, empty_array(x.shape, x.dtype))


def _standardized(arrays, has, dims, spread, eps, centred, wanted):
    x = arrays[0]
    weight, bias = _parameters(arrays, has)
    layout = _layout(x.shape, dims, spread)
    if layout is not None:
        found = compiled.standardize(x, weight, bias, *layout, eps, centred)
        if found is not None:
            return found
    kept = [1 if d in dims else size for d, size in enumerate(x.shape)]
    flat, dims, spread = _flat(x.shape, dims, spread)
    weight, bias = _shared(weight, spread), _shared(bias, spread)
    dtype, x = x.dtype, x.reshape(flat)
    out = empty_array(flat, numpy.float32 if dtype.itemsize == 2 else dtype)
    means, variances = [], []
    with numpy.errstate(all="ignore"):
        for block in _blocks(x, dims):
            part, values = _wide(x[block]), out[block]
            mean = kernels.mean(part, dims, True)
            if centred:
                numpy.subtract(part, mean, values)
            else:
                values[...] = part
            variance = kernels.mean(_product(values, values), dims, True)
            values *= _reciprocal_deviation(variance, eps)
            if weight is not None:
                values *= weight
            if bias is not None:
                values += bias
            means.append(mean)
            variances.append(variance)
    mean, variance = [numpy.concatenate(found).reshape(kept) for found in (means, variances)]
    return out.reshape(arrays[0].shape).astype(dtype, copy=False), mean, variance


def _formula(tensors: list, has, dims, spread, eps, centred) -> tuple:
    """The same, made of other operations."""
    input = _raised(tensors[0])
    weight, bias = _parameters(tensors, has)
    mean = mean_(input, dims, True)
    deviations = input - mean if centred else input
    variance = mean_(deviations * deviations, dims, True)
    out = deviations * rsqrt(variance + eps)
    return _scaled(out, weight, bias, spread).to(tensors[0].dtype), mean.detach(), variance.detach()


def _scaled(out, weight, bias, spread: tuple):
    if weight is not None:
        out = out * reshape(weight, spread)
    return out if bias is None else out + reshape(bias, spread)


class _Sums:
    """The gradients of a weight and a bias, which are the same for all along some dimensions: sums over those."""

    def __init__(self, spread: tuple, wanted: tuple):
        self.dims = tuple([d for d, size in enumerate(spread) if size == 1])
        self.wanted = wanted
        self.found: list = [None, None]

    def add(self, g, standard) -> None:
        for i in (0, 1):
            if self.wanted[i]:
                part = _product(g, standard) if i == 0 else g
                part = kernels.sum(part, self.dims, True) if self.dims else part.copy()
                self.found[i] = part if self.found[i] is None else numpy.add(self.found[i], part, self.found[i])


def _of_parameters(found: list, tensors: list, has: tuple) -> list:
    """The gradients of the parameters that there are, in their shapes and types."""
    given = iter(tensors[1:])
    gradients = []
    for there, gradient in zip(has, found, strict=True):
        if there:
            x = next(given)
            shaped = None if gradient is None else gradient.reshape(tuple(x.shape)).astype(x.array.dtype, copy=False)
            gradients.append(None if shaped is None else from_array(shaped))
    return gradients


def _compiled_gradients(g, tensors, mean, variance, has, dims, spread, eps, centred, given, wanted):
    """The gradients by the compiled loops, or None where those do not fit; wanted: of the input, weight and bias."""
    x = tensors[0].array
    layout = _layout(x.shape, dims, spread)
    if layout is None:
        return None
    found = compiled.gradients(
        g.array, x, tensors[-1 - has[1]].array if has[0] else None, mean.array, variance.array, layout[0], eps,
        centred, given, wanted,
    )  # fmt: skip
    if found is None:
        return None
    first = None if found[0] is None else from_array(found[0])
    return [first, *_of_parameters(found[1:], tensors[-1 - sum(has) :], has)]


def _wanted_parameters(wanted: tuple, has: tuple) -> tuple:
    rest = iter(wanted[1:])
    return tuple([next(rest) if one else False for one in has])


def _gradients(g, tensors, mean, variance, has, dims, spread, eps, centred, wanted):
    if takes_fallback((g,)):
        return pulled_back(lambda xs: _formula(xs, has, dims, spread, eps, centred)[:1], tensors, wanted, (g,))
    of_parameters = _wanted_parameters(wanted, has)
    found = _compiled_gradients(
        g, tensors, mean, variance, has, dims, spread, eps, centred, False, (wanted[0], *of_parameters)
    )
    if found is not None:
        return found
    flat, dims, spread = _flat(tuple(g.shape), dims, spread)
    kept = [1 if d in dims else size for d, size in enumerate(flat)]
    x, g, mean = tensors[0].array.reshape(flat), g.array.reshape(flat), mean.array.reshape(kept)
    weight = _shared(None if not has[0] else tensors[1].array, spread)
    sums = _Sums(spread, of_parameters)
    out = empty_array(flat, numpy.float32 if x.dtype.itemsize == 2 else x.dtype) if wanted[0] else None
    with numpy.errstate(all="ignore"):
        scale = _reciprocal_deviation(variance.array.reshape(kept), eps)
        for block in _blocks(x, dims):
            at = block if len(scale) == len(x) else slice(None)
            of_out, standard = _wide(g[block]), _wide(x[block])
            centre = mean[at] if centred else 0
            standard = numpy.subtract(standard, centre, empty_array(standard.shape, standard.dtype))
            standard *= scale[at]
            sums.add(of_out, standard)
            if out is not None:
                # J^T g = (g' - mean(g') - y mean(g' y)) / deviation, of g' = g weight and the standardised y
                of_out = of_out if weight is None else _product(of_out, weight)
                standard *= kernels.mean(_product(of_out, standard), dims, True)
                values = numpy.subtract(of_out, standard, out[block])
                if centred:
                    values -= kernels.mean(of_out, dims, True)
                values *= scale[at]
    first = None if out is None else from_array(out.reshape(tuple(tensors[0].shape)).astype(x.dtype, copy=False))
    return [first, *_of_parameters(sums.found, tensors, has)]


standardized_ = general(
    "standardized(tensors, has, dims, spread, eps, centred, wanted)", outputs=("out", "mean", "variance"),
    differentiable=("out",), forward=_standardized, takes_list=True, method=False, public=False, takes_bfloat16=True,
    node_name="NativeLayerNormBackward0", broadcasts=True,
    fallback=lambda tensors, has, dims, spread, eps, centred, wanted: _formula(
        tensors, has, dims, spread, eps, centred
    ),
    tensors=_gradients,
    doc="""(input - mean) / sqrt(variance + eps) * weight + bias of the tensors [input, weight, bias], of which `has`
    says whether the latter two are there, with the mean and variance over `dims`; and those.

    Not `centred`: input / sqrt(mean of squares + eps).""",
)  # fmt: skip


def standardized(input, weight, bias, dims: tuple, spread: tuple, eps: float, centred: bool) -> tuple:
    """(standardised and scaled input, mean, variance), the latter without a gradient."""
    tensors = [x for x in (input, weight, bias) if x is not None]
    wanted = tuple([x.requires_grad for x in tensors])
    return standardized_(tensors, (weight is not None, bias is not None), dims, spread, eps, centred, wanted)


# ------------------------------------------------------------------------------------------------ by given statistics


def _other_dims(spread: tuple) -> tuple:
    """All dimensions but that of the channels."""
    return (0, *range(2, len(spread)))


def _by_statistics(arrays, has, spread, eps, wanted):
    x, mean, variance = arrays[:3]
    weight, bias = _parameters(arrays[2:], has)
    layout = _layout(x.shape, _other_dims(spread), spread)
    if layout is not None:
        found = compiled.standardize_by(x, mean, variance, weight, bias, layout[0], eps)
        if found is not None:
            return found
    weight, bias = _shared(weight, spread), _shared(bias, spread)
    with numpy.errstate(all="ignore"):
        scale = _reciprocal_deviation(_shared(variance, spread), eps)
        if weight is not None:
            scale = scale * weight
        shift = -_shared(mean, spread) * scale
        if bias is not None:
            shift += bias
        values = _wide(x) * scale
        values += shift
        return values.astype(x.dtype, copy=False)


def _by_statistics_formula(tensors: list, has, spread, eps):
    mean, variance = [reshape(_raised(x), spread) for x in tensors[1:3]]
    out = (_raised(tensors[0]) - mean) * rsqrt(variance + eps)
    weight, bias = _parameters(tensors[2:], has)
    return _scaled(out, weight, bias, spread).to(tensors[0].dtype)


def _by_statistics_gradients(g, tensors, has, spread, eps, wanted):
    if takes_fallback((g,)):
        return pulled_back(lambda xs: (_by_statistics_formula(xs, has, spread, eps),), tensors, wanted, (g,))
    of_parameters = _wanted_parameters(wanted[2:], has)
    found = _compiled_gradients(
        g, tensors, *tensors[1:3], has, _other_dims(spread), spread, eps, True, True, (wanted[0], *of_parameters)
    )
    if found is not None:
        return [found[0], None, None, *found[1:]]
    x, mean, variance = [y.array for y in tensors[:3]]
    of_out, first = _wide(g.array), None
    sums = _Sums(spread, of_parameters)
    with numpy.errstate(all="ignore"):
        scale = _reciprocal_deviation(_shared(variance, spread), eps)
        sums.add(of_out, (_wide(x) - _shared(mean, spread)) * scale if sums.wanted[0] else None)
        if wanted[0]:
            scale = scale * _shared(tensors[3].array, spread) if has[0] else scale
            first = from_array((of_out * scale).astype(x.dtype, copy=False))
    return [first, None, None, *_of_parameters(sums.found, tensors[2:], has)]


standardized_by_ = general(
    "standardized_by(tensors, has, spread, eps, wanted)", forward=_by_statistics, takes_list=True, method=False,
    public=False, takes_bfloat16=True, broadcasts=True, node_name="NativeBatchNormBackward0",
    fallback=lambda tensors, has, spread, eps, wanted: _by_statistics_formula(tensors, has, spread, eps),
    tensors=_by_statistics_gradients,
    doc="""(input - mean) / sqrt(variance + eps) * weight + bias of the tensors [input, mean, variance, weight, bias].
    `has` says whether the last two are there.""",
)  # fmt: skip


def standardized_by(input, weight, bias, mean, variance, spread: tuple, eps: float):
    """The standardised and scaled input, by a mean and variance that have no gradient."""
    tensors = [x for x in (input, mean, variance, weight, bias) if x is not None]
    wanted = tuple([x.requires_grad and i not in (1, 2) for i, x in enumerate(tensors)])
    return standardized_by_(tensors, (weight is not None, bias is not None), spread, eps, wanted)
