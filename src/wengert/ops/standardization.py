"""What layer, group, batch, instance and RMS normalisation are made of: (x - mean) / sqrt(variance + eps), scaled and
shifted.

Design
  A. One operation takes the mean and variance over any dimensions; a second one is given them, as batch normalisation
     is in evaluation. Of the computation only the input and the statistics are kept, not the standardised values.
  B. Weight and bias have the shape `spread` against the input: 1 where they are the same for all.
  C. A reverse pass gives all gradients at once, on arrays. Where it is recorded itself, it differentiates the formula
     made of other operations.
  D. What is standardised sample by sample is so in blocks of samples that stay in cache.
  E. float16 and bfloat16 are computed in float32. A parameter has the input's type, or float32 beside a narrower input.
"""

import math

import numpy

from ..core import dtypes
from ..core.errors import type_word
from ..core.promotion import from_array
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

    def gradients(self, tensors: list, has: tuple) -> list:
        """Those of the parameters that there are, in their shapes and types."""
        given = iter(tensors[1:])
        found = []
        for there, gradient in zip(has, self.found, strict=True):
            if there:
                x = next(given)
                shaped = None if gradient is None else gradient.reshape(tuple(x.shape)).astype(x.array.dtype)
                found.append(None if shaped is None else from_array(shaped))
        return found


def _wanted_parameters(wanted: tuple, has: tuple) -> tuple:
    rest = iter(wanted[1:])
    return tuple([next(rest) if one else False for one in has])


def _gradients(g, tensors, mean, variance, has, dims, spread, eps, centred, wanted):
    if takes_fallback((g,)):
        return pulled_back(lambda xs: _formula(xs, has, dims, spread, eps, centred)[:1], tensors, wanted, (g,))
    flat, dims, spread = _flat(tuple(g.shape), dims, spread)
    kept = [1 if d in dims else size for d, size in enumerate(flat)]
    x, g, mean = tensors[0].array.reshape(flat), g.array.reshape(flat), mean.array.reshape(kept)
    weight = _shared(None if not has[0] else tensors[1].array, spread)
    sums = _Sums(spread, _wanted_parameters(wanted, has))
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
    return [first, *sums.gradients(tensors, has)]


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


def _by_statistics(arrays, has, spread, eps, wanted):
    x, mean, variance = arrays[:3]
    weight, bias = [_shared(p, spread) for p in _parameters(arrays[2:], has)]
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
    x, mean, variance = [y.array for y in tensors[:3]]
    of_out, first = _wide(g.array), None
    sums = _Sums(spread, _wanted_parameters(wanted[2:], has))
    with numpy.errstate(all="ignore"):
        scale = _reciprocal_deviation(_shared(variance, spread), eps)
        sums.add(of_out, (_wide(x) - _shared(mean, spread)) * scale if sums.wanted[0] else None)
        if wanted[0]:
            scale = scale * _shared(tensors[3].array, spread) if has[0] else scale
            first = from_array((of_out * scale).astype(x.dtype, copy=False))
    return [first, None, None, *sums.gradients(tensors[2:], has)]


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
