"""Images, signals and volumes resampled to another size.

Each dimension is resampled by itself: every new element is a weighted sum of a few old ones, its taps. With the ratio
r = old size / new size, new element i has its centre at r (i + 1/2) - 1/2, or with `align_corners`, which puts the
first and the last elements on each other, at i (old - 1) / (new - 1). The last dimension goes first, as in PyTorch.

    nearest         element floor(r i)
    nearest-exact   element floor(r (i + 1/2))
    linear          the two around the centre, by their distances (bilinear, trilinear: over two and three dimensions)
    cubic           the four around it, by cubic convolution with a = -3/4 (Keys, "Cubic convolution interpolation for
                    digital image processing", 1981, https://doi.org/10.1109/TASSP.1981.1163711)
    antialiased     all within the reach of a triangle, a cubic (a = -1/2) or Lanczos' window of three lobes, which is
                    as wide as r where the image gets smaller
"""

import functools
import warnings
from collections.abc import Callable

import numpy

from ..core.errors import type_word
from . import adaptive_pooling, arguments
from .composite import composite
from .declaration import linear
from .shape import clone

# ------------------------------------------------------------------------------------------------ taps


def _centres(real, size: int, count: int, scale, align: bool):
    """Where the new elements lie among the old ones."""
    places = numpy.arange(count, dtype=real)
    if align:
        return places * (real(size - 1) / real(count - 1) if count > 1 else real(0))
    return _ratio(real, size, count, scale) * (places + real(0.5)) - real(0.5)


def _ratio(real, size: int, count: int, scale):
    return real(1.0 / scale) if scale else real(size) / real(count)


def _nearest(real, size, count, scale, align, exact=False):
    if not exact and count == size:
        return numpy.arange(count)[None], None
    if not exact and count == 2 * size:
        return numpy.arange(count)[None] // 2, None
    # In single precision whatever the input's, as in PyTorch: which element is the nearest may depend on it.
    places = numpy.arange(count, dtype=numpy.float32) + numpy.float32(0.5 if exact else 0)
    found = numpy.floor(places * _ratio(numpy.float32, size, count, scale)).astype(numpy.int64)
    return numpy.minimum(found, size - 1)[None], None


def _between(centres, size: int):
    """The element before each centre, and how far behind it the centre lies."""
    before = numpy.minimum(numpy.floor(centres).astype(numpy.int64), size - 1)
    return before, numpy.clip(centres - before.astype(centres.dtype), 0, 1)


def _linear(real, size, count, scale, align):
    if count == size:
        return numpy.arange(count)[None], None
    before, weight = _between(numpy.maximum(_centres(real, size, count, scale, align), 0), size)
    return numpy.stack([before, before + (before < size - 1)]), numpy.stack([1 - weight, weight])


def _cubic(real, size, count, scale, align):
    before, t = _between(_centres(real, size, count, scale, align), size)
    places = numpy.stack([numpy.clip(before + k, 0, size - 1) for k in (-1, 0, 1, 2)])
    return places, numpy.stack([keys_cubic(numpy.abs(t - k), real(-0.75)) for k in (-1, 0, 1, 2)])


def keys_cubic(x, a):
    """Keys' piecewise cubic of a distance x from 0 on."""
    inner = ((a + 2) * x - (a + 3)) * x * x + 1
    outer = ((x - 5) * x + 8) * x * a - 4 * a
    return numpy.where(x <= 1, inner, numpy.where(x < 2, outer, 0)).astype(x.dtype)


def _lanczos(x):
    return numpy.where(x < 3, numpy.sinc(x) * numpy.sinc(x / 3), 0).astype(x.dtype)


FILTERS: dict[str, tuple[int, Callable]] = {
    "linear": (2, lambda x: numpy.maximum(1 - x, 0)),
    "cubic": (4, lambda x: keys_cubic(x, x.dtype.type(-0.5))),
    "lanczos": (6, _lanczos),
}


def _antialiased(real, size, count, scale, align, kind):
    width, weigh = FILTERS[kind]
    if align:
        ratio = real(size - 1) / real(count - 1) if count > 1 else real(0)
    else:
        ratio = _ratio(real, size, count, scale)
    stretch = max(ratio, real(1))
    reach = real(width * 0.5) * stretch
    centres = ratio * (numpy.arange(count, dtype=real) + real(0.5))
    first = numpy.maximum((centres - reach + real(0.5)).astype(numpy.int64), 0)
    after = numpy.minimum((centres + reach + real(0.5)).astype(numpy.int64), size)
    places = first + numpy.arange(max(int((after - first).max(initial=0)), 1))[:, None]
    distances = numpy.abs((places.astype(real) - centres + real(0.5)) / stretch)
    weights = numpy.where(places < after, weigh(distances), real(0))
    total = weights.sum(0)
    weights = numpy.divide(weights, total, out=weights, where=total != 0)
    return numpy.minimum(places, size - 1), weights


_KINDS: dict[str, Callable] = {
    "nearest": _nearest,
    "nearest-exact": functools.partial(_nearest, exact=True),
    "linear": _linear,
    "cubic": _cubic,
    **{f"antialiased {kind}": functools.partial(_antialiased, kind=kind) for kind in FILTERS},
}


@functools.lru_cache(maxsize=128)
def _taps(double: bool, kind: str, size: int, count: int, scale, align: bool):
    """The old elements that make each new one, and their weights: (taps, new size), or None for one tap of weight 1."""
    return _KINDS[kind](numpy.float64 if double else numpy.float32, size, count, scale, align)


# ------------------------------------------------------------------------------------------------ one dimension


def _is_double(x) -> bool:
    return x.dtype.char in "dD"


def _wide(x):
    return x.astype(numpy.float32) if x.dtype.kind == "f" and x.dtype.itemsize == 2 else x


def _resample(x, dim, count, kind, scale, align):
    places, weights = _taps(_is_double(x), kind, x.shape[dim], count, scale, align)
    if weights is None:
        return numpy.take(x, places[0], dim)
    shape = [1] * x.ndim
    shape[dim] = count
    wide = _wide(x)
    out = None
    with numpy.errstate(all="ignore"):
        for place, weight in zip(places, weights, strict=True):
            part = numpy.take(wide, place, dim)
            part *= weight.reshape(shape)
            out = part if out is None else numpy.add(out, part, out)
    return out.astype(x.dtype, copy=False)


def _resample_transpose(g, dim, size, kind, scale, align):
    places, weights = _taps(_is_double(g), kind, size, g.shape[dim], scale, align)
    wide = numpy.moveaxis(_wide(g), dim, 0)
    out = numpy.zeros((size, *wide.shape[1:]), wide.dtype)
    if wide.shape[0]:
        for k, place in enumerate(places):
            part = wide if weights is None else wide * weights[k].reshape(-1, *[1] * (wide.ndim - 1))
            # Places only grow along the new elements: those of one old element stand side by side.
            starts = numpy.flatnonzero(numpy.r_[True, place[1:] != place[:-1]])
            out[place[starts]] += numpy.add.reduceat(part, starts, 0)
    return numpy.moveaxis(out, 0, dim).astype(g.dtype, copy=False)


resample = linear(
    "resample(input, dim, count, kind, scale, align)", forward=_resample, axes="dim", method=False, public=False,
    node_name="UpsampleBackward0",
    input=lambda g, input_shape, dim, kind, scale, align: (
        resample_transpose(g, dim, input_shape[dim], kind, scale, align)
    ),
    doc="A dimension resampled to `count` elements.",
)  # fmt: skip
resample_transpose = linear(
    "resample_transpose(g, dim, size, kind, scale, align)", forward=_resample_transpose, axes="dim", method=False,
    public=False, node_name="UpsampleBackwardBackward0",
    g=lambda g, g_shape, dim, kind, scale, align: resample(g, dim, g_shape[dim], kind, scale, align),
    doc="The transpose of resample: each element given back to those that it was made of.",
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ all dimensions

_DIMENSIONS = {"linear": 3, "bilinear": 4, "bicubic": 4, "lanczos": 4, "trilinear": 5}
_MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"


def _kernel_name(mode: str, spatial: int, antialias: bool) -> str:
    if antialias:
        return "compute_index_ranges_weights"
    if mode.startswith("nearest"):
        return "upsample_nearest2d_channels_last" if spatial == 2 else "compute_indices_weights_nearest"
    if mode == "bilinear":
        return "upsample_bilinear2d_channels_last"
    return f"compute_indices_weights_{'cubic' if mode == 'bicubic' else 'linear'}"


def _check_type(input, mode: str, spatial: int, antialias: bool) -> None:
    if input.dtype.is_floating_point or input.dtype.name == "uint8" and mode.startswith("nearest"):
        return
    raise NotImplementedError(
        f"\"{_kernel_name(mode, spatial, antialias)}\" not implemented for '{type_word(input.array.dtype)}': convert "
        "the input to a floating dtype"
    )


def _check_sizes(input, sizes: list) -> None:
    before = input.shape[2:]
    if min(before) < 1 or min(sizes) < 1:
        letters = "DHW"[3 - len(sizes) :]
        found = [", ".join([f"{c}: {n}" for c, n in zip(letters, of, strict=True)]) for of in (before, sizes)]
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({found[0]}) output ({found[1]})"
        )
    if input.shape[1] == 0:
        raise RuntimeError(
            f"Non-empty {input.ndim}D data tensor expected but got a tensor with sizes {list(input.shape)}"
        )


def _sizes(input, size) -> list:
    spatial = input.ndim - 2
    if not isinstance(size, (list, tuple)):
        return [size] * spatial
    if len(size) != spatial:
        raise ValueError(
            "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {list(input.shape[2:])} and output size of {size}. Please provide input tensor in (N, C, d1, d2, "
            "...,dK) format and output size in (o1, o2, ...,oK) format."
        )
    wrong = [n for n in size if not arguments.is_integer(n)]
    if wrong:
        raise TypeError(
            "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size "
            f"with types {[type(n) for n in size]}"
        )
    return list(size)


def _scales(input, scale_factor) -> list:
    spatial = input.ndim - 2
    if not isinstance(scale_factor, (list, tuple)):
        return [scale_factor] * spatial
    if len(scale_factor) != spatial:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {list(input.shape[2:])} and scale_factor of shape {scale_factor}. Please provide input "
            "tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format."
        )
    return list(scale_factor)


def _check_corners(mode: str, align_corners) -> None:
    if align_corners is not None and mode in ("nearest", "area", "nearest-exact"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
            f"trilinear: the mode is {mode}"
        )


def _check_mode(input, mode: str, antialias: bool) -> None:
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as "
            f"input: the mode is {mode}, the input has {input.ndim} dimensions"
        )
    if input.ndim in (3, 4, 5) and mode in ("linear", "bilinear", "trilinear") and _DIMENSIONS[mode] != input.ndim:
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {_DIMENSIONS[mode]}D input")
    known = mode in ("nearest", "area", "nearest-exact") or _DIMENSIONS.get(mode) == input.ndim
    if input.ndim not in (3, 4, 5) or not known:
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the modes: {_MODES} (got "
            f"{mode})"
        )
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")


@composite(namespace="nn.functional", kinds={"size": "as the dimensions have it"})
def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None,
    antialias=False,
):  # fmt: skip
    """A signal (N, C, L), image (N, C, H, W) or volume (N, C, D, H, W) resampled to another size.

    Args:
        size: the new spatial size, an int or one for each dimension.
        scale_factor: in its place, how many times as large it is, rounded down; the ratio of the sizes is then its
            inverse unless `recompute_scale_factor`, by which it is that of the rounded sizes.
        mode: "nearest" (of the element whose span the new one begins in), "nearest-exact" (of the one that its centre
            lies in), "linear", "bilinear" or "trilinear" for 3, 4 or 5 dimensions, "bicubic" (4), "area" (means of
            windows, as `adaptive_avg_pool2d`); "lanczos" (4, antialiased).
        align_corners: of the linear and cubic ones, put the centres of the corners on each other, rather than the
            outer edges.
        antialias: of images made smaller, "bilinear", "bicubic" or "lanczos", weigh all that is within reach.

    Raises:
        ValueError: none or both of the sizes, a number of them that does not fit, options that the mode does not have.
        NotImplementedError: dimensions that the mode does not take, dtypes that are not floating (uint8 has "nearest").
        RuntimeError: an empty result or input.

    >>> import wengert as t
    >>> t.nn.functional.interpolate(t.tensor([[[1.0, 3.0]]]), scale_factor=2, mode="linear")
    tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
    """
    input = arguments.tensor("interpolate", "input", 1, input)
    _check_corners(mode, align_corners)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if size is not None and recompute_scale_factor:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if input.ndim > 2 and size is not None:
        scales: list = [None] * (input.ndim - 2)
        sizes = _sizes(input, size)
    else:
        scales = [float(s) for s in _scales(input, scale_factor if size is None else 1)]
        sizes = [int(numpy.floor(n * s)) for n, s in zip(input.shape[2:], scales, strict=True)]
        if recompute_scale_factor:
            scales = [None] * len(scales)
    _check_mode(input, mode, antialias)
    spatial = input.ndim - 2
    if mode == "area":
        pool = (
            adaptive_pooling.adaptive_avg_pool1d,
            adaptive_pooling.adaptive_avg_pool2d,
            adaptive_pooling.adaptive_avg_pool3d,
        )[spatial - 1]
        return pool(input, sizes)
    _check_sizes(input, sizes)
    _check_type(input, mode, spatial, antialias)
    kind = mode.removeprefix("bi").removeprefix("tri")
    if antialias:
        kind = f"antialiased {kind}"
    out = input
    for d in reversed(range(spatial)):
        scale = None if not scales[d] or scales[d] <= 0 else scales[d]
        if kind != "nearest" or sizes[d] != input.shape[2 + d]:
            out = resample(out, 2 + d, sizes[d], kind, scale, bool(align_corners))
    return clone(input) if out is input else out


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=4
    )


@composite(namespace="nn.functional", kinds={"size": "as the dimensions have it"})
def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """`interpolate` under an older name; it warns so.

    >>> import wengert as t
    >>> import warnings
    >>> warnings.simplefilter("ignore")
    >>> t.nn.functional.upsample(t.tensor([[[1.0, 3.0]]]), 4)
    tensor([[[1., 1., 3., 3.]]])
    """
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


@composite(namespace="nn.functional", kinds={"size": "as the dimensions have it"})
def upsample_nearest(input, size=None, scale_factor=None):
    """`interpolate` with mode "nearest" under an older name; it warns so.

    >>> import wengert as t
    >>> import warnings
    >>> warnings.simplefilter("ignore")
    >>> t.nn.functional.upsample_nearest(t.tensor([[[1.0, 3.0]]]), 4)
    tensor([[[1., 1., 3., 3.]]])
    """
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


@composite(namespace="nn.functional", kinds={"size": "as the dimensions have it"})
def upsample_bilinear(input, size=None, scale_factor=None):
    """`interpolate` with mode "bilinear" and aligned corners under an older name; it warns so.

    >>> import wengert as t
    >>> import warnings
    >>> warnings.simplefilter("ignore")
    >>> t.nn.functional.upsample_bilinear(t.tensor([[[[1.0, 3.0]]]]), (1, 3))
    tensor([[[[1., 2., 3.]]]])
    """
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
