"""Pooling to a given size: window i of n along a dimension of L goes from floor(i L / n) to ceil((i + 1) L / n).

Where n divides L the windows lie side by side and are those of ordinary pooling. Means are taken along one dimension
after the other; a maximum looks at each window as a whole, for its position.
"""

import itertools

import numpy

from . import arguments
from .composite import composite
from .declaration import general, linear
from .pooling import (
    _planes,
    at_positions,
    avg_pool_,
    check_type,
    max_pool_,
    max_pool_transpose,
    with_batch,
)


def _windows(size: int, count: int) -> list:
    return [slice(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _means(x, dim, count):
    x = numpy.moveaxis(x, dim, -1)
    wide = x.astype(numpy.float32) if x.dtype == numpy.float16 else x
    out = numpy.empty((*x.shape[:-1], count), x.dtype)
    for i, window in enumerate(_windows(x.shape[-1], count)):
        out[..., i] = wide[..., window].mean(-1)
    return numpy.moveaxis(out, -1, dim)


def _means_transpose(g, dim, size):
    g = numpy.moveaxis(g, dim, -1)
    out = numpy.zeros((*g.shape[:-1], size), g.dtype)
    for i, window in enumerate(_windows(size, g.shape[-1])):
        out[..., window] += g[..., i : i + 1] / g.dtype.type(window.stop - window.start)
    return numpy.moveaxis(out, -1, dim)


window_means = linear(
    "window_means(input, dim, count)", forward=_means, axes="dim", method=False, public=False,
    node_name="AdaptiveAvgPool2DBackward0",
    input=lambda g, input_shape, dim: window_means_transpose(g, dim, input_shape[dim]),
    doc="The means of `count` windows along a dimension.",
)  # fmt: skip
window_means_transpose = linear(
    "window_means_transpose(g, dim, size)", forward=_means_transpose, axes="dim", method=False, public=False,
    g=lambda g, g_shape, dim: window_means(g, dim, g_shape[dim]),
    doc="Each value spread over its window, in equal parts.",
)  # fmt: skip


def _largest(x, size):
    """The largest value of each window, the last NaN if there is one, and its position in the flattened plane."""
    check_order("adaptive_max", x)
    spatial = x.shape[2:]
    plane = numpy.arange(int(numpy.prod(spatial)), dtype=numpy.int64).reshape(spatial)
    out = numpy.empty((*x.shape[:2], *size), x.dtype)
    positions = numpy.empty(out.shape, numpy.int64)
    for place in itertools.product(*map(range, size)):
        window = tuple([_windows(n, count)[i] for n, count, i in zip(spatial, size, place, strict=True)])
        within = plane[window].ravel()
        values = x[(..., *window)].reshape(*x.shape[:2], within.size)
        found = _last_nan_or_first_largest(values)
        out[(..., *place)] = numpy.take_along_axis(values, found[..., None], -1)[..., 0]
        positions[(..., *place)] = within[found]
    return out, positions


def check_order(name: str, x) -> None:
    """NotImplementedError for complex numbers."""
    if x.dtype.kind == "c":
        raise NotImplementedError(f"{name}: complex numbers have no order, and so no maximum")


def _last_nan_or_first_largest(values):
    """Positions along the last dimension, as PyTorch's loops find them."""
    found = values.argmax(-1)
    nan = numpy.isnan(values)
    if nan.any():
        last = values.shape[-1] - 1 - nan[..., ::-1].argmax(-1)
        found = numpy.where(nan.any(-1), last, found)
    return found


adaptive_max = general(
    "adaptive_max(input, size)", outputs=("out", "indices"), differentiable=("out",), forward=_largest, method=False,
    public=False, batch=_planes, node_name="AdaptiveMaxPool2DBackward0",
    input=lambda g, indices, input_shape: max_pool_transpose(g, indices, input_shape),
    jvp=lambda tangents, inputs, out, parameters: at_positions(tangents[0], out[1]),
    doc="The largest value of each of `size` windows, and its position in the flattened spatial plane. (N, C, *L).",
)  # fmt: skip


def _size(name: str, spatial: int, input, output_size, none: bool) -> tuple:
    """The output size; None stands for the input's where it is allowed."""
    if none and (output_size is None or isinstance(output_size, (list, tuple))):
        given = [None] * spatial if output_size is None else list(output_size)
        if len(given) == spatial:
            sizes = input.shape[-spatial:] if input.ndim >= spatial else [0] * spatial
            output_size = [n if n is not None else size for n, size in zip(given, sizes, strict=True)]
    size = arguments.integers(name, "output_size", 2, output_size)
    if len(size) == 1:
        size = size * spatial
    if len(size) != spatial:
        if spatial == 1:
            raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(size)})")
        raise RuntimeError(
            f"{name}: output_size must be {spatial}: it is {size}"
            if "avg" in name
            else f"{name}(): internal error: output_size.size() must be {spatial}: it is {size}"
        )
    return size


def _check(name: str, spatial: int, input, size: tuple) -> None:
    shape = list(input.shape)
    if input.ndim not in (spatial + 1, spatial + 2):
        if spatial == 1:
            raise RuntimeError(
                f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' (while "
                f"checking arguments for {name})"
            )
        colon = "" if "avg" in name else ":"
        raise RuntimeError(f"{name}(): Expected {spatial + 1}D or {spatial + 2}D tensor, but got{colon} {shape}")
    if 0 in shape[-spatial:] or 0 in shape[-spatial - 1 :] and ("max" in name or spatial == 3):
        empty = next(d for d, n in enumerate(shape) if not n and d > input.ndim - spatial - 2)
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {shape} "
            f"with dimension {empty} being empty"
        )
    if min(size) < 0:
        if spatial == 1:
            name, size, shape = name.replace("1d", "2d"), (1, *size), [*shape[:-1], 1, shape[-1]]
        if "avg" in name:
            listed = ", ".join(map(str, size)) if spatial < 3 else f"{size[0]}, {size[1]},{size[2]}"
            raise RuntimeError(
                f"{name}: elements of output_size must be greater than or equal to 0 but received {{{listed}}}"
            )
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(size)}: {[*shape[: -len(size)], *size]}"
        )


def _side_by_side(sizes, counts) -> bool:
    return 0 not in counts and not any([n % count for n, count in zip(sizes, counts, strict=True)])


def _average(name: str, spatial: int, input, output_size):
    input = arguments.tensor(name, "input", 1, input)
    size = _size(name, spatial, input, output_size, none=spatial > 1)
    _check(name, spatial, input, size)
    kernel_name = "adaptive_avg_pool3d_cpu" if spatial == 3 else "adaptive_avg_pool2d"
    check_type(kernel_name, input, integers=False, complex=True)
    sizes = tuple(input.shape[-spatial:])
    if input.numel() and _side_by_side(sizes, size):
        kernel = tuple([n // count for n, count in zip(sizes, size, strict=True)])
        return with_batch(lambda x: avg_pool_(x, kernel, kernel, (0,) * spatial, False, True, None), input, spatial)
    out = input
    for d, count in enumerate(size, input.ndim - spatial):
        out = window_means(out, d, count)
    return out


def _maximum(name: str, spatial: int, input, output_size) -> tuple:
    input = arguments.tensor(name, "input", 1, input)
    size = _size(name, spatial, input, output_size, none=spatial > 1)
    _check(name, spatial, input, size)
    check_type("adaptive_max_pool3d_cpu" if spatial == 3 else "adaptive_max_pool2d", input, integers=False)
    sizes = tuple(input.shape[-spatial:])
    if input.numel() and _side_by_side(sizes, size):
        kernel = tuple([n // count for n, count in zip(sizes, size, strict=True)])
        window = (kernel, kernel, (0,) * spatial, (1,) * spatial, False)
        return tuple(with_batch(lambda x: max_pool_(x, *window), input, spatial))
    return tuple(with_batch(lambda x: adaptive_max(x, size), input, spatial))


@composite(method=False, aliases=("nn.functional.adaptive_avg_pool1d",), kinds={"output_size": "tuple of ints|int"})
def adaptive_avg_pool1d(input, output_size):
    """The means of `output_size` windows that cover the last dimension: (N, C, L) or (C, L) -> (N, C, output_size).

    Window i of n goes from floor(i L / n) to ceil((i + 1) L / n). RuntimeError for other dimensions and an empty one,
    NotImplementedError for dtypes that are not floating.

    >>> import wengert as t
    >>> t.adaptive_avg_pool1d(t.tensor([[1.0, 2.0, 6.0]]), 2)
    tensor([[1.5000, 4.0000]])
    """
    return _average("adaptive_avg_pool1d", 1, input, output_size)


@composite(namespace="nn.functional", kinds={"output_size": "as the dimensions have it"})
def adaptive_avg_pool2d(input, output_size):
    """The means of windows that cover the last two dimensions: (N, C, H, W) or (C, H, W) to the given size, an int or
    two; None keeps a dimension. As `adaptive_avg_pool1d`.

    >>> import wengert as t
    >>> t.nn.functional.adaptive_avg_pool2d(t.arange(6.0).reshape(1, 2, 3), (1, None))
    tensor([[[1.5000, 2.5000, 3.5000]]])
    """
    return _average("adaptive_avg_pool2d", 2, input, output_size)


@composite(namespace="nn.functional", kinds={"output_size": "as the dimensions have it"})
def adaptive_avg_pool3d(input, output_size):
    """The means of windows that cover the last three dimensions: (N, C, D, H, W) or (C, D, H, W) to the given size, an
    int or three; None keeps a dimension. As `adaptive_avg_pool1d`.

    >>> import wengert as t
    >>> t.nn.functional.adaptive_avg_pool3d(t.arange(8.0).reshape(1, 2, 2, 2), 1)
    tensor([[[[3.5000]]]])
    """
    return _average("adaptive_avg_pool3d", 3, input, output_size)


@composite(method=False, kinds={"output_size": "tuple of ints|int"})
def adaptive_max_pool1d(input, output_size):
    """(the largest values of `output_size` windows that cover the last dimension, their positions, int64).

    >>> import wengert as t
    >>> t.adaptive_max_pool1d(t.tensor([[1.0, 2.0, 6.0]]), 2)
    (tensor([[2., 6.]]), tensor([[1, 2]]))
    """
    return _maximum("adaptive_max_pool1d", 1, input, output_size)


@composite(namespace="nn.functional", kinds={"output_size": "tuple of ints|int"})
def adaptive_max_pool1d_with_indices(input, output_size, return_indices=False):
    """(the largest value of each window, its position in the flattened spatial plane, int64), as
    `nn.functional.adaptive_max_pool1d` with `return_indices`, whatever is given for that.

    >>> import wengert as t
    >>> t.nn.functional.adaptive_max_pool1d_with_indices(t.tensor([[1.0, 2.0, 6.0]]), 2)
    (tensor([[2., 6.]]), tensor([[1, 2]]))
    """
    return _maximum("adaptive_max_pool1d", 1, input, output_size)


@composite(namespace="nn.functional", kinds={"output_size": "as the dimensions have it"})
def adaptive_max_pool2d_with_indices(input, output_size, return_indices=False):
    """(the largest value of each window, its position in the flattened spatial plane, int64), as
    `nn.functional.adaptive_max_pool2d` with `return_indices`, whatever is given for that.

    >>> import wengert as t
    >>> t.nn.functional.adaptive_max_pool2d_with_indices(t.arange(6.0).reshape(1, 2, 3), (1, None))
    (tensor([[[3., 4., 5.]]]), tensor([[[3, 4, 5]]]))
    """
    return _maximum("adaptive_max_pool2d", 2, input, output_size)


@composite(namespace="nn.functional", kinds={"output_size": "as the dimensions have it"})
def adaptive_max_pool3d_with_indices(input, output_size, return_indices=False):
    """(the largest value of each window, its position in the flattened spatial plane, int64), as
    `nn.functional.adaptive_max_pool3d` with `return_indices`, whatever is given for that.

    >>> import wengert as t
    >>> t.nn.functional.adaptive_max_pool3d_with_indices(t.arange(8.0).reshape(1, 2, 2, 2), 1)
    (tensor([[[[7.]]]]), tensor([[[[7]]]]))
    """
    return _maximum("adaptive_max_pool3d", 3, input, output_size)
