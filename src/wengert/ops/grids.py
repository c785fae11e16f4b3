"""Images and volumes sampled at places that a grid gives, and grids of affine maps.

A grid holds a place for each element of the result: (x, y) or (x, y, z), where -1 and 1 are the two ends of a
dimension, the outer edges of the first and the last element or, with `align_corners`, their centres. (Jaderberg,
Simonyan, Zisserman & Kavukcuoglu, "Spatial transformer networks", 2015, https://arxiv.org/abs/1506.02025.)
"""

import itertools
import math
import warnings

import numpy

from ..core.errors import type_word
from ..core.promotion import from_array
from . import arguments
from .composite import composite
from .elementwise import fmod, where
from .linear_algebra import matmul
from .logic import logical_and
from .pooling import at_positions
from .rounding import floor, round
from .shape import expand, reshape, transpose

MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")


def _in_elements(c, size: int, align: bool):
    """Coordinates from [-1, 1] as counted in elements."""
    return (c + 1) / 2 * (size - 1) if align else ((c + 1) * size - 1) / 2


def _held(c, size: int, nan_first: bool):
    """Coordinates held within the elements, with no derivative at the ends and beyond them. NaN goes to an end."""
    if nan_first:
        return where(c > 0, where(c < size - 1, c, size - 1.0), 0.0)
    return where(c < size - 1, where(c > 0, c, 0.0), size - 1.0)


def _reflected(c, size: int, align: bool):
    """Coordinates mirrored at the ends until they are inside."""
    low, span = (0.0, size - 1.0) if align else (-0.5, float(size))
    if not span:
        return c * 0.0
    c = c - low
    c = where(c < 0, -c, c)
    rest, turns = fmod(c, span), floor(c.detach() / span)
    return where(fmod(turns, 2) == 0, rest + low, (span + low) - rest)


def _placed(c, size: int, padding: str, align: bool, nan_first: bool):
    """Coordinates as the padding has them."""
    if padding == "zeros":
        return c
    return _held(_reflected(c, size, align) if padding == "reflection" else c, size, nan_first)


class _Sampled:
    """An input, and the shape of what is sampled from it."""

    def __init__(self, input, grid):
        self.input = input
        self.sizes = tuple(input.shape[2:])
        self.shape = (*input.shape[:2], *grid.shape[1:-1])

    def __call__(self, places: list):
        """(values at places, counted in whole elements from the first dimension on; which of them are inside)."""
        inside, flat = None, 0
        for place, size in zip(places, self.sizes, strict=True):
            within = logical_and(place >= 0, place < size)
            inside = within if inside is None else logical_and(inside, within)
            flat = flat * size + where(within, place, 0.0).long()
        values = at_positions(self.input, self._of_each_channel(flat))
        return values, self._of_each_channel(inside)

    def _of_each_channel(self, x):
        return expand(reshape(x, (x.shape[0], 1, *x.shape[1:])), self.shape)

    def weight(self, x):
        """A weight (N, *places) against the values (N, C, *places)."""
        return reshape(x, (x.shape[0], 1, *x.shape[1:]))


def _nearest(sampled: _Sampled, coordinates: list):
    values, inside = sampled([round(c.detach()) for c in coordinates])
    return where(inside, values, 0.0)


def _linear(sampled: _Sampled, coordinates: list):
    before = [floor(c.detach()) for c in coordinates]
    after = [c - b for c, b in zip(coordinates, before, strict=True)]
    total = None
    for corner in itertools.product((0, 1), repeat=len(coordinates)):
        weight = None
        for offset, share in zip(corner, after, strict=True):
            part = share if offset else 1 - share
            weight = part if weight is None else weight * part
        values, inside = sampled([b + offset for b, offset in zip(before, corner, strict=True)])
        if len(coordinates) == 2:
            # A place that is NaN makes NaN of an image, and 0 of a volume, as in PyTorch.
            part = where(inside, values, 0.0) * sampled.weight(weight)
        else:
            part = where(inside, values * sampled.weight(weight), 0.0)
        total = part if total is None else total + part
    return total


def _cubic_weights(t) -> list:
    """Keys' cubic with a = -3/4 at the distances of the four elements around."""
    a = -0.75
    near = [((a + 2) * x - (a + 3)) * x * x + 1 for x in (t, 1 - t)]
    far = [((x * a - 5 * a) * x + 8 * a) * x - 4 * a for x in (t + 1, 2 - t)]
    return [far[0], near[0], near[1], far[1]]


def _cubic(sampled: _Sampled, coordinates: list, padding: str, align: bool):
    before = [floor(c.detach()) for c in coordinates]
    weights = [_cubic_weights(c - b) for c, b in zip(coordinates, before, strict=True)]
    total = None
    for i in range(4):
        row = None
        for j in range(4):
            places = [
                _placed(b + (k - 1), size, padding, align, True)
                for b, k, size in zip(before, (i, j), sampled.sizes, strict=True)
            ]
            values, inside = sampled(places)
            part = where(inside, values, 0.0) * sampled.weight(weights[1][j])
            row = part if row is None else row + part
        row = row * sampled.weight(weights[0][i])
        total = row if total is None else total + row
    return total


def _check(input, grid, mode: str) -> None:
    if input.ndim != grid.ndim:
        raise RuntimeError(
            f"grid_sampler(): expected {input.ndim}D input and grid with same number of dimensions, but got input with "
            f"sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got grid with sizes "
            f"{list(grid.shape)}"
        )
    if input.ndim not in (4, 5):
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with "
            "sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    for d, size in enumerate(input.shape[2:], 2):
        if not size:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                f"{list(input.shape)} with dimension {d} being empty"
            )
    if input.ndim == 5 and mode == "bicubic":
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if not input.dtype.is_floating_point:
        raise NotImplementedError(
            f"\"grid_sampler_{input.ndim - 2}d_cpu_kernel_impl\" not implemented for "
            f"'{type_word(input.array.dtype)}': convert the input to a floating dtype"
        )
    if grid.dtype is not input.dtype:
        raise RuntimeError(
            f"expected scalar type {type_word(input.array.dtype)} but found {type_word(grid.array.dtype)}: the grid "
            "has the input's dtype"
        )


def _sample(input, grid, mode: str, padding: str, align: bool):
    input, grid = arguments.tensor("grid_sample", "input", 1, input), arguments.tensor("grid_sample", "grid", 2, grid)
    _check(input, grid, mode)
    sampled = _Sampled(input, grid)
    if not input.shape[1] or not math.prod(sampled.shape):
        return expand(reshape(grid.sum(-1), (grid.shape[0], 1, *grid.shape[1:-1])), sampled.shape) * 0
    spatial = input.ndim - 2
    # x, the first coordinate, goes along the last dimension.
    coordinates = [
        _in_elements(grid.select(-1, spatial - 1 - d), size, align) for d, size in enumerate(sampled.sizes)
    ]  # fmt: skip
    if mode == "bicubic":
        return _cubic(sampled, coordinates, padding, align)
    placed = [
        _placed(c, size, padding, align, spatial == 2) for c, size in zip(coordinates, sampled.sizes, strict=True)
    ]  # fmt: skip
    return _nearest(sampled, placed) if mode == "nearest" else _linear(sampled, placed)


def _decided(align_corners) -> bool:
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details.",
            UserWarning,
            stacklevel=4,
        )
    return bool(align_corners)


@composite(namespace="nn.functional")
def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """The values of an image (N, C, H, W) at the places (x, y) of a grid (N, H', W', 2): (N, C, H', W'). Of a volume
    (N, C, D, H, W) at (x, y, z): (N, C, D', H', W').

    -1 and 1 are the outer edges of the first and the last element, with `align_corners` their centres. Gradients go to
    the input and, but for "nearest", to the grid.

    Args:
        mode: "bilinear" (of volumes trilinear), "nearest", or, of images, "bicubic".
        padding_mode: what lies outside: "zeros", "border" (the nearest element), "reflection" (mirrored at the ends).

    Raises:
        ValueError: an unknown mode.
        RuntimeError: shapes or dtypes that do not fit.

    >>> import wengert as t
    >>> image = t.tensor([[[[1.0, 3.0]]]])
    >>> t.nn.functional.grid_sample(image, t.tensor([[[[-1.0, 0.0], [0.0, 0.0], [0.5, 0.0]]]]), align_corners=True)
    tensor([[[[1.0000, 2.0000, 2.5000]]]])
    """
    if mode not in MODES:
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
            f"'{mode}'"
        )
    if padding_mode not in PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    return _sample(input, grid, mode, padding_mode, _decided(align_corners))


@composite(method=False)
def grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners):
    """`nn.functional.grid_sample` with its modes by number: 0, 1, 2 for "bilinear", "nearest", "bicubic", and for
    "zeros", "border", "reflection".

    Args:
        input, grid: (N, C, H, W) and (N, H', W', 2), or (N, C, D, H, W) and (N, D', H', W', 3), of one floating dtype.
        interpolation_mode, padding_mode: numbers of modes.
        align_corners: whether -1 and 1 are the centres of the first and the last element, else their outer edges.

    Raises:
        RuntimeError: shapes or dtypes that do not fit, an input without elements along a spatial dimension, "bicubic"
            for volumes.
        NotImplementedError: integers and complex numbers.
        IndexError: a number above 2.

    >>> import wengert as t
    >>> t.grid_sampler(t.tensor([[[[1.0, 3.0]]]]), t.zeros(1, 1, 1, 2), 0, 0, False)
    tensor([[[[2.]]]])
    """
    return _sample(input, grid, MODES[interpolation_mode], PADDINGS[padding_mode], bool(align_corners))


@composite(method=False)
def grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners):
    """`grid_sampler` of images, with its arguments: (N, C, H, W) at (N, H', W', 2).

    Raises RuntimeError for shapes and dtypes that do not fit, NotImplementedError for integers and complex numbers,
    IndexError for a number of a mode above 2.

    >>> import wengert as t
    >>> t.grid_sampler_2d(t.tensor([[[[1.0, 3.0]]]]), t.zeros(1, 1, 1, 2), 0, 0, False)
    tensor([[[[2.]]]])
    """
    return _sample(input, grid, MODES[interpolation_mode], PADDINGS[padding_mode], bool(align_corners))


@composite(method=False)
def grid_sampler_3d(input, grid, interpolation_mode, padding_mode, align_corners):
    """`grid_sampler` of volumes, with its arguments: (N, C, D, H, W) at (N, D', H', W', 3).

    Raises RuntimeError for shapes and dtypes that do not fit, NotImplementedError for integers and complex numbers,
    IndexError for a number of a mode above 2.

    >>> import wengert as t
    >>> t.grid_sampler_3d(t.tensor([[[[[1.0, 3.0]]]]]), t.zeros(1, 1, 1, 1, 3), 0, 0, False)
    tensor([[[[[2.]]]]])
    """
    return _sample(input, grid, MODES[interpolation_mode], PADDINGS[padding_mode], bool(align_corners))


def _affine_grid(theta, size: tuple, align: bool):
    spatial = len(size) - 2
    ends = []
    for n in size[2:]:
        steps = numpy.linspace(-1, 1, n) if n > 1 else numpy.zeros(1)
        ends.append(steps if align else steps * (n - 1) / n)
    # (x, y, ..., 1) at each place, x along the last dimension
    axes = numpy.meshgrid(*ends, indexing="ij")
    base = numpy.stack([*reversed(axes), numpy.ones(size[2:])], -1).reshape(1, -1, spatial + 1)
    base = from_array(base.astype(theta.array.dtype))
    # (1, places, d + 1) @ (N, d + 1, d) -> (N, places, d)
    return reshape(matmul(base, transpose(theta, 1, 2)), (size[0], *size[2:], spatial))


@composite(namespace="nn.functional")
def affine_grid(theta, size, align_corners=None):
    """The grid that `grid_sample` takes for affine maps theta, (N, 2, 3) or (N, 3, 4): for each place p of a result of
    the given size, (N, C, H, W) or (N, C, D, H, W), theta (p, 1): (N, H, W, 2) or (N, D, H, W, 3).

    -1 and 1 are the outer edges of the first and the last element, with `align_corners` their centres. ValueError for
    another shape or dtype of theta and an empty size, NotImplementedError for other dimensions.

    >>> import wengert as t
    >>> t.nn.functional.affine_grid(t.eye(2, 3).unsqueeze(0), [1, 1, 1, 3], align_corners=True)
    tensor([[[[-1.,  0.],
              [ 0.,  0.],
              [ 1.,  0.]]]])
    """
    theta = arguments.tensor("affine_grid", "theta", 1, theta)
    size = arguments.integers("affine_grid", "size", 2, tuple(size))
    if not theta.dtype.is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if len(size) not in (4, 5):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{list(size)}."
        )
    d = len(size) - 2
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (d, d + 1):
        raise ValueError(
            f"Expected a batch of {d}D affine matrices of shape Nx{d}x{d + 1} for size {list(size)}. Got "
            f"torch.Size({list(theta.shape)})."
        )
    align = _decided(align_corners)
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {list(size)}")
    return affine_grid_generator(theta, size, align)


@composite(method=False)
def affine_grid_generator(theta, size, align_corners):
    """`nn.functional.affine_grid`, with nothing checked but the number of maps.

    >>> import wengert as t
    >>> t.affine_grid_generator(t.eye(2, 3).unsqueeze(0), [1, 1, 1, 2], False)
    tensor([[[[-0.5000,  0.0000],
              [ 0.5000,  0.0000]]]])
    """
    size = arguments.integers("affine_grid_generator", "size", 2, tuple(size))
    if theta.shape[0] != size[0]:
        d = len(size) - 1
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {d}] but got: "
            f"[{theta.shape[0]}, {d}]."
        )
    return _affine_grid(theta, size, bool(align_corners))
