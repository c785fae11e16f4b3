"""Statistics: variance and deviation, the middle and the most frequent value, quantiles, covariance."""

import builtins
import math
import warnings

import numpy

from ..core import Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array
from ..kernels import reductions as kernels
from . import arguments, dims, reductions
from .complex_numbers import complex
from .composite import composite
from .declaration import elementwise, general
from .elementwise import clamp, eq, floor, isnan, logical_not, lt, round, sqrt, where
from .reductions import mean
from .reductions import sum as sum_
from .results import result_type
from .shape import movedim, reshape, squeeze, unsqueeze

# ------------------------------------------------------------------------------------------------ variance


def _divisor(name: str, dim, unbiased, correction):
    """(dim, correction) of a call of `var` and its kin, which may give `unbiased` in place of either."""
    if isinstance(dim, bool):
        if unbiased is not None:
            raise TypeError(f"{name}(): argument 'dim' must be tuple of ints, not bool")
        dim, unbiased = None, dim
    if unbiased is not None:
        arguments.flag(name, "unbiased", 3, unbiased)
    if unbiased is not None and correction is not None:
        raise TypeError(f"{name}(): 'unbiased' and 'correction' say the same thing; give one of them, not both")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    return dim, correction


def _variance(x, dim, keepdim, correction):
    # Half precision has too few digits for a sum of squares.
    wide = x.astype(numpy.float32) if x.dtype == numpy.float16 else x
    freedom = builtins.max(reductions._count(x.shape, dim) - correction, 0.0)
    with numpy.errstate(all="ignore"):
        centred = numpy.asarray(wide - kernels.mean(wide, dim, True))
        parts = (centred.real, centred.imag) if x.dtype.kind == "c" else (centred,)
        squares = [kernels.sum(numpy.asarray(part * part), dim, keepdim) / freedom for part in parts]
        out = numpy.asarray(builtins.sum(squares))
        return out.astype(x.dtype, copy=False) if wide is not x else out


def _slope(input, dim, correction):
    """Twice the distances from the mean, divided by n - correction."""
    freedom = builtins.max(reductions._count(tuple(input.shape), dim) - correction, 0.0)
    return (input - mean(input, dim, True)) * (2.0 / freedom if freedom else numpy.inf)


variance = general(
    "variance(input, dim=None, keepdim=False, correction=1)", forward=_variance, axes="dim", method=False, public=False,
    node_name="VarBackward0",
    input=lambda g, input, dim, keepdim, correction: reductions.restore(g, tuple(input.shape), dim, keepdim) * _slope(
        input, dim, correction),
    jvp=lambda tangents, inputs, out, parameters: sum_(
        real_of(tangents[0] * _slope(inputs[0], parameters[0], parameters[2]).conj()), *parameters[:2]
    ),
    doc="sum |x - mean|^2 / max(0, n - correction) over dim.",
)  # fmt: skip


def real_of(x):
    """The real part, of real numbers themselves."""
    return x.real if x.dtype.is_complex else x


def _checked_variance(name: str, input, dim, keepdim, correction):
    """The variance, of the input's dtype (of complex numbers real)."""
    input = arguments.tensor(name, "input", 1, input)
    if input.dtype.category < 2:
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes: {name}() got "
            f"{type_word(input.array.dtype)}; convert it first"
        )
    count = reductions._count(tuple(input.shape), dim)
    freedom = count - correction
    if freedom <= 0:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            f"(input numel divided by output numel): the correction is {correction}, the factor {count}.",
            UserWarning,
            stacklevel=5,
        )
    return variance(input, dim, keepdim, correction)


def _checked_deviation(name: str, input, dim, keepdim, correction):
    """The root of the variance; of half precision in float32, where squares do not overflow."""
    half = isinstance(input, Tensor) and input.dtype.is_floating_point and input.dtype.itemsize == 2
    wide = input.to(dtypes.float32) if half else input
    out = deviation(_checked_variance(name, wide, dim, keepdim, correction))
    return out.to(input.dtype) if half else out


@composite(out=True)
def var(input, dim=None, unbiased=None, keepdim=False, *, correction=None, ddof=None):
    """The variance over `dim` (an int or a tuple of them) or of all: sum |x - mean|^2 / max(0, n - correction).

    The correction is 1 unless given (Bessel's); `unbiased=False` is a correction of 0, `ddof` NumPy's name for it.
    Complex input has a real variance, float16 is computed in float32. RuntimeError for booleans and integers,
    IndexError for a dim out of range; a warning where n - correction is not positive.

    >>> import wengert as t
    >>> t.var(t.tensor([[1., 2.], [3., 5.]]), 1)
    tensor([0.5000, 2.0000])
    """
    dim, correction = _divisor("var", dim, unbiased, correction if ddof is None else ddof)
    return _checked_variance("var", input, dim, keepdim, correction)


@composite(out=True)
def std(input, dim=None, unbiased=None, keepdim=False, *, correction=None, ddof=None):
    """The standard deviation, the square root of `var`, with its arguments. Its derivative at 0 is 0.

    Floating point or complex; the result is real (the mean of complex numbers complex). RuntimeError for integers,
    IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.std(t.tensor([1., 2., 3.]))
    tensor(1.)
    """
    dim, correction = _divisor("std", dim, unbiased, correction if ddof is None else ddof)
    return _checked_deviation("std", input, dim, keepdim, correction)


@composite(out=True, method=False)
def var_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    """(variance, mean), as `var` and `mean` give them.

    Floating point or complex; the result is real (the mean of complex numbers complex). RuntimeError for integers,
    IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.var_mean(t.tensor([1., 2., 3.]))
    (tensor(1.), tensor(2.))
    """
    dim, correction = _divisor("var_mean", dim, unbiased, correction)
    return _checked_variance("var_mean", input, dim, keepdim, correction), mean(input, dim, keepdim)


@composite(out=True, method=False)
def std_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    """(standard deviation, mean), as `std` and `mean` give them.

    Floating point or complex; the result is real (the mean of complex numbers complex). RuntimeError for integers,
    IndexError for a dim out of range.

    >>> import wengert as t
    >>> t.std_mean(t.tensor([1., 2., 3.]))
    (tensor(1.), tensor(2.))
    """
    dim, correction = _divisor("std_mean", dim, unbiased, correction)
    return _checked_deviation("std_mean", input, dim, keepdim, correction), mean(input, dim, keepdim)


deviation = elementwise(
    "deviation(variance)", forward="sqrt", in_place=False, method=False, public=False, node_name="StdBackward0",
    variance=lambda t, out: where(eq(out, 0), 0.0, t / (2.0 * out)),
    doc="The square root of a variance, with derivative 0 at 0: equal elements have no direction to spread in.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ median and mode


def _check_ordered(name: str, dtype) -> None:
    if dtype.kind in "cb" and (dtype.kind == "c" or name == "median"):
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{type_word(dtype)}': it has no {name}")


def _lines(x, axes):
    """x with the dimensions `axes` as one, the last."""
    kept = [d for d in range(x.ndim) if d not in axes]
    return numpy.transpose(x, (*kept, *axes)).reshape([x.shape[d] for d in kept] + [-1 if x.size else _size(x, axes)])


def _size(x, axes) -> int:
    return math.prod([x.shape[d] for d in axes])


def _middle_of_lines(x, without_nan: bool):
    """The position, along the last dimension, of the lower median: of the first NaN, unless those are left out."""
    size = x.shape[-1]
    missing = x != x
    if not missing.any():
        k = (size - 1) // 2
        return numpy.argpartition(x, k, axis=-1)[..., k]
    if not without_nan:
        found = numpy.argpartition(x, (size - 1) // 2, axis=-1)[..., (size - 1) // 2]
        return numpy.where(missing.any(-1), missing.argmax(-1), found)
    k = numpy.maximum(size - missing.sum(-1) - 1, 0) // 2
    return numpy.take_along_axis(numpy.argsort(x, axis=-1, kind="stable"), k[..., None], -1)[..., 0]


def _middle_value(x, without_nan: bool):
    """The lower median of lines."""
    if x.dtype.kind == "f" and numpy.isnan(x).any():
        return numpy.take_along_axis(x, _middle_of_lines(x, without_nan)[..., None], -1)[..., 0]
    k = (x.shape[-1] - 1) // 2
    return numpy.partition(x, k, axis=-1)[..., k]


def _mode_of_lines(x):
    """The position of the last element that has the most frequent value, the smallest of several such values."""
    order = numpy.argsort(x, axis=-1, kind="stable")
    ordered = numpy.take_along_axis(x, order, -1)
    change = ordered[..., 1:] != ordered[..., :-1]
    edge = numpy.ones((*x.shape[:-1], 1), bool)
    places = numpy.arange(x.shape[-1])
    starts = numpy.maximum.accumulate(numpy.where(numpy.concatenate([edge, change], -1), places, 0), axis=-1)
    lengths = numpy.where(numpy.concatenate([change, edge], -1), places - starts + 1, 0)
    return numpy.take_along_axis(order, lengths.argmax(-1)[..., None], -1)[..., 0]


def _place(function, name: str, **options):
    """A forward: the position along a dimension that `function` finds in lines."""

    def forward(x, dim):
        _check_ordered(name, x.dtype)
        dim = dims.wrap(dim, x.ndim)
        if not x.ndim:
            return numpy.zeros((), numpy.int64)
        if not x.shape[dim]:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
        lines = _lines(x, (dim,))
        return numpy.asarray(function(lines, **options), numpy.int64) if x.size else numpy.empty(lines.shape[:-1], int)

    return forward


def _place_operation(name: str, forward):
    return general(
        f"{name}_place(input, dim)", forward=forward, axes="dim", method=False, public=False, input=None,
        doc=f"The position of the value that {name} picks.",
    )  # fmt: skip


median_place = _place_operation("median", _place(_middle_of_lines, "median", without_nan=False))
nanmedian_place = _place_operation("nanmedian", _place(_middle_of_lines, "median", without_nan=True))
mode_place = _place_operation("mode", _place(_mode_of_lines, "mode"))


def _middle(without_nan: bool):
    def forward(x, dim, keepdim):
        _check_ordered("median", x.dtype)
        axes = dims.wrap_all(dim, x.ndim) if x.ndim else ()
        lines = _lines(x, axes)
        if lines.shape[-1]:
            out = _middle_value(lines, without_nan)
        elif x.dtype.kind in "iu":
            nothing = numpy.iinfo(x.dtype).min if x.dtype.itemsize > 2 else 0
            out = numpy.full(lines.shape[:-1], nothing, x.dtype)
        else:
            out = numpy.full(lines.shape[:-1], numpy.nan, x.dtype)
        return numpy.asarray(out).reshape(dims.restored(x.shape, dim)) if keepdim else numpy.asarray(out)

    return forward


middle = reductions.single_value("middle", _middle(False), "MedianBackward0", "The lower median of all elements.")
nanmiddle = reductions.single_value(
    "nanmiddle", _middle(True), "NanmedianBackward0", "The lower median of all elements that are not NaN."
)
MedianResult = result_type("median", "values", "indices")
NanmedianResult = result_type("nanmedian", "values", "indices")
ModeResult = result_type("mode", "values", "indices")


def _picked(result, place, input, dim, keepdim: bool):
    """(values, indices) of the elements at the positions that `place` gives."""
    from .scatter import gather_along

    if not input.ndim:
        return result(input.clone(), place(input, dim))
    dim = dims.wrap(dim, input.ndim)
    indices = unsqueeze(place(input, dim), dim)
    values = gather_along(input, indices, dim)
    return result(values, indices) if keepdim else result(squeeze(values, dim), squeeze(indices, dim))


@composite(out=True)
def median(input, dim=None, keepdim=False):
    """The median of all elements; along an int `dim`, (values, indices) of it: of an even number the lower one.

    NaN if there is one. Without `dim` equal elements share the gradient, and the median of nothing is NaN; along `dim`
    the gradient goes to the elements at `indices` (of equal elements any). IndexError for a dim out of range or without
    elements, NotImplementedError for complex and boolean input.

    >>> import wengert as t
    >>> t.median(t.tensor([[1., 5., 3.], [4., 2., 9.]]), 1)
    wengert.return_types.median(
    values=tensor([3., 4.]),
    indices=tensor([2, 0]))
    """
    arguments.flag("median", "keepdim", 3, keepdim)
    input = arguments.tensor("median", "input", 1, input)
    if dim is None:
        return middle(input)
    return _picked(MedianResult, median_place, input, arguments.integer("median", "dim", 2, dim), keepdim)


@composite(out=True)
def nanmedian(input, dim=None, keepdim=False):
    """The median of the elements that are not NaN; NaN if all are. Otherwise as `median`.

    >>> import wengert as t
    >>> t.nanmedian(t.tensor([1., t.nan, 3., 2.]))
    tensor(2.)
    """
    arguments.flag("nanmedian", "keepdim", 3, keepdim)
    input = arguments.tensor("nanmedian", "input", 1, input)
    if dim is None:
        return nanmiddle(input)
    return _picked(NanmedianResult, nanmedian_place, input, arguments.integer("nanmedian", "dim", 2, dim), keepdim)


@composite(out=True)
def mode(input, dim=-1, keepdim=False):
    """(values, indices) of the most frequent value along dim, the smallest of several such values.

    `indices` are those of its last occurrence, and the gradient goes there. No NaN equals another. IndexError for a dim
    out of range or without elements, NotImplementedError for complex input.

    >>> import wengert as t
    >>> t.mode(t.tensor([3, 1, 2, 1, 3]))
    wengert.return_types.mode(
    values=tensor(1),
    indices=tensor(3))
    """
    arguments.flag("mode", "keepdim", 3, keepdim)
    input = arguments.tensor("mode", "input", 1, input)
    return _picked(ModeResult, mode_place, input, arguments.integer("mode", "dim", 2, dim), keepdim)


# ------------------------------------------------------------------------------------------------ quantiles

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _check_quantile(name: str, input, q, interpolation: str):
    """The probabilities as a tensor of the input's dtype."""
    if input.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(
            f"{name}() input tensor must be either float or double dtype, not {type_word(input.array.dtype)}"
        )
    if not input.numel():
        raise RuntimeError(f"{name}() input tensor must be non-empty: its shape is {list(input.shape)}")
    if isinstance(q, Tensor):
        if q.ndim > 1:
            raise RuntimeError(f"{name}() q must be a scalar or 1D tensor, not one of {q.ndim} dimensions")
        if q.dtype is not input.dtype:
            raise RuntimeError(
                f"{name}() q tensor must be same dtype as the input tensor: q is {q.dtype}, input {input.dtype}"
            )
        if not q._level and not numpy.all((q.array >= 0) & (q.array <= 1)):
            raise RuntimeError(f"{name}() q values must be in the range [0, 1]; got {q.array}")
    elif isinstance(q, (int, float)):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
        q = from_array(numpy.asarray(q, input.array.dtype))
    else:
        raise TypeError(f"{name}(): argument 'q' must be Tensor or float, not {type(q).__name__}")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    return q


def _quantile(name: str, input, q, dim, keepdim: bool, interpolation: str, without_nan: bool):
    from .scatter import gather_along
    from .sorting import sort

    input = arguments.tensor(name, "input", 1, input)
    q = _check_quantile(name, input, q, interpolation)
    if dim is not None:
        dim = dims.wrap(arguments.integer(name, "dim", 3, dim), input.ndim)
    x = reshape(input, -1) if dim is None or not input.ndim else movedim(input, dim, -1)
    ordered = sort(x, -1)[0]
    size = ordered.shape[-1]
    missing = isnan(ordered.detach())
    last = size - 1
    if without_nan:
        last = sum_(logical_not(missing), -1, True) - 1
        ranks = clamp(reshape(q, -1) * last.to(q.dtype), min=0.0)
    else:
        # A NaN is sorted to the end: every quantile is what stands there.
        ranks = where(missing.narrow(-1, size - 1, 1), float(last), reshape(q, -1) * float(last))
    if interpolation in ("lower", "higher", "nearest"):
        rounded = {"lower": floor, "higher": lambda r: -floor(-r), "nearest": round}[interpolation](ranks.detach())
        out = gather_along(ordered, rounded.long(), -1)
    else:
        below = floor(ranks.detach())
        low = gather_along(ordered, below.long(), -1)
        high = gather_along(ordered, (-floor(-ranks.detach())).long(), -1)
        weight = ranks - below if interpolation == "linear" else 0.5
        step = high - low
        # From the nearer end, so that a weight of 1 gives the upper one exactly.
        from_above = high - step * (1.0 - weight)
        out = from_above if interpolation == "midpoint" else where(lt(weight, 0.5), low + weight * step, from_above)
    if keepdim:
        if dim is None or not input.ndim:
            out = reshape(out, (*(1,) * input.ndim, -1))
        else:
            out = movedim(unsqueeze(out, -2), -2, dim)
    return movedim(out, -1, 0) if q.ndim else squeeze(out, -1)


@composite(out=True)
def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The q-quantiles of all elements or along the int `dim`; NaN if there is one.

    q is a number in [0, 1], or a tensor of them of the input's dtype; if that has one dimension, so has the result in
    front. The rank q (n - 1) in the sorted elements lies between two of them: `interpolation` "linear" takes the point
    between them, "lower" and "higher" one of them, "midpoint" their mean, "nearest" the nearer (method 7 of Hyndman &
    Fan, "Sample quantiles in statistical packages", 1996). RuntimeError for other types than float32 and float64, for
    no elements and for q out of range.

    >>> import wengert as t
    >>> t.quantile(t.tensor([0., 1., 2., 4.]), t.tensor([0.5, 1.0]))
    tensor([1.5000, 4.0000])
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@composite(out=True)
def nanquantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The q-quantiles of the elements that are not NaN; NaN where all are. Otherwise as `quantile`.

    >>> import wengert as t
    >>> t.nanquantile(t.tensor([0., t.nan, 2., 4.]), 0.5)
    tensor(2.)
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


# ------------------------------------------------------------------------------------------------ covariance


def _check_weights(name: str, weights, count: int, integral: bool):
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
        )
    word = type_word(weights.array.dtype)
    if integral and (weights.dtype.category != 1):
        raise RuntimeError(f"cov(): expected fweights to have integral dtype but got fweights with {word} dtype")
    if not integral and not weights.dtype.is_floating_point:
        raise RuntimeError(
            f"cov(): expected aweights to have floating point dtype but got aweights with {word} dtype"
        )
    if weights.numel() != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {count}"
        )
    if not weights._level and weights.numel() and numpy.min(weights.array) < 0:
        raise RuntimeError(f"cov(): {name} cannot be negative")
    return reshape(weights, -1)


@composite
def cov(input, *, correction=1, fweights=None, aweights=None):
    """The covariance matrix of variables (rows of a (V, N) input, or the one of an (N) input) over N observations.

    C[i, j] = sum_k w_k (x_ik - mean_i) conj(x_jk - mean_j) / norm with w = fweights aweights (1 unless given) and
    norm = sum w - correction, or sum w - correction sum(w aweights) / sum w with aweights. fweights are how often each
    observation occurs (integers), aweights how much it counts. RuntimeError for more than two dimensions, booleans,
    and weights that are negative or of the wrong length or type; a warning where norm is not positive.

    >>> import wengert as t
    >>> t.cov(t.tensor([[0., 1., 2.], [2., 1., 0.]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    input = arguments.tensor("cov", "input", 1, input)
    correction = arguments.integer("cov", "correction", 2, correction)
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.dtype is dtypes.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = reshape(input, (1, -1)) if input.ndim < 2 else input
    count = x.shape[1]
    weight, total = None, float(count)
    if fweights is not None:
        weight = _check_weights("fweights", fweights, count, True)
    if aweights is not None:
        relative = _check_weights("aweights", aweights, count, False)
        weight = relative if weight is None else relative * weight
    if weight is not None:
        total = sum_(weight)
        if not total._level and not total.array:
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    average = sum_(x if weight is None else x * weight, 1, True) / total
    if aweights is not None and correction:
        norm = total - correction * sum_(weight * relative) / total
    else:
        norm = total - correction
    if not (isinstance(norm, Tensor) and norm._level) and float(norm) <= 0:
        warnings.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations: "
            f"the correction is {correction}.",
            UserWarning,
            stacklevel=3,
        )
        norm = 0.0
    centred = x - average
    other = centred if weight is None else centred * weight
    return squeeze((centred @ other.mH) / norm)


@composite
def corrcoef(input):
    """The matrix of Pearson's correlation coefficients: cov(input) divided by both standard deviations.

    Real and imaginary parts are held in [-1, 1]. Shapes and errors as in `cov`.

    >>> import wengert as t
    >>> t.corrcoef(t.tensor([[0., 1., 2.], [4., 2., 0.]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    input = arguments.tensor("corrcoef", "input", 1, input)
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    c = cov(input)
    if not c.ndim:
        return c / c
    variances = c.diagonal()
    spread = sqrt(variances.real if c.dtype.is_complex else variances)
    c = c / reshape(spread, (-1, 1)) / reshape(spread, (1, -1))
    if not c.dtype.is_complex:
        return clamp(c, -1.0, 1.0)
    return complex(clamp(c.real, -1.0, 1.0), clamp(c.imag, -1.0, 1.0))
