"""Fractional max pooling: windows at places drawn at random, whose distance is a fraction.

B. Graham, "Fractional max-pooling", 2014, https://arxiv.org/abs/1412.6071. With u the number drawn for a plane and a
dimension and alpha = (L - k) / (n - 1), window i of n begins at floor((i + u) alpha) - floor(u alpha), the last at L -
k.
"""

import numpy

from . import arguments
from .adaptive_pooling import _last_nan_or_first_largest, check_order
from .composite import composite
from .declaration import general
from .pooling import _planes, at_positions, check_type, max_pool_transpose, with_batch
from .random import drawn_tensor, uniform_values


def _beginnings(samples, size: int, count: int, kernel: int):
    """Where the windows begin: (N, C) -> (N, C, count)."""
    out = numpy.full((*samples.shape, count), size - kernel, numpy.int64)
    if count > 1:
        alpha = samples.dtype.type(size - kernel) / samples.dtype.type(count - 1)
        places = numpy.arange(count - 1, dtype=samples.dtype) + samples[..., None]
        out[..., :-1] = (places * alpha).astype(numpy.int64) - (samples[..., None] * alpha).astype(numpy.int64)
    return out


def _fractional_max(x, samples, kernel_size, output_size):
    check_order("fractional_max", x)
    spatial = x.shape[2:]
    count = len(spatial)
    # PyTorch takes the numbers of two dimensions from the last one on, of three from the first one on.
    order = range(count) if count == 3 else reversed(range(count))
    flat = numpy.zeros((*x.shape[:2], *(1,) * (2 * count)), numpy.int64)
    for d, column in enumerate(order):
        begin = _beginnings(samples[: x.shape[0], :, column], spatial[d], output_size[d], kernel_size[d])
        places = begin[..., None] + numpy.arange(kernel_size[d])  # (N, C, out, kernel)
        shape = [1] * (2 * count)
        shape[d], shape[count + d] = output_size[d], kernel_size[d]
        flat = flat * spatial[d] + places.reshape(*x.shape[:2], *shape)
    flat = flat.reshape(*x.shape[:2], *output_size, -1)
    rows = x.reshape(*x.shape[:2], -1)
    values = numpy.take_along_axis(rows, flat.reshape(*x.shape[:2], -1), -1).reshape(flat.shape)
    found = _last_nan_or_first_largest(values)[..., None]
    return numpy.take_along_axis(values, found, -1)[..., 0], numpy.take_along_axis(flat, found, -1)[..., 0]


fractional_max = general(
    "fractional_max(input, samples, kernel_size, output_size)", outputs=("out", "indices"), differentiable=("out",),
    forward=_fractional_max, method=False, public=False, batch=_planes, node_name="FractionalMaxPool2DBackward0",
    input=lambda g, indices, input_shape: max_pool_transpose(g, indices, input_shape),
    samples=None,
    jvp=lambda tangents, inputs, out, parameters: at_positions(tangents[0], out[1]),
    doc="The largest value of each window, and its position in the flattened spatial plane. (N, C, *L).",
)  # fmt: skip


def _each(name: str, what: str, spatial: int, value) -> tuple:
    values = arguments.integers(name, what, 2, value)
    if len(values) == 1 and isinstance(value, int):
        return values * spatial
    if len(values) != spatial:
        raise RuntimeError(
            f"{name}: {what} must either be a single Int or tuple of Ints: {spatial} of them, not {value}"
        )
    return values


def _fractional(spatial: int, input, kernel_size, output_size, output_ratio, samples) -> tuple:
    name = f"fractional_max_pool{spatial}d"
    input = arguments.tensor(name, "input", 1, input)
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if input.ndim not in (spatial + 1, spatial + 2):
        if input.ndim < spatial + 1:
            last = max(input.ndim, 1)
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-last}, {last - 1}], but got {-spatial - 1}): "
                f"{name} got shape {list(input.shape)}"
            )
        raise RuntimeError(
            f"{name}(): Expected {spatial + 1}D or {spatial + 2}D tensor, but got: {list(input.shape)}"
        )  # fmt: skip
    sizes = input.shape[-spatial:]
    if output_size is None:
        ratios = (output_ratio,) * spatial if isinstance(output_ratio, (int, float)) else tuple(output_ratio)
        output_size = [int(size * ratio) for size, ratio in zip(sizes, ratios, strict=True)]
    kernel_size = _each(name, "kernel_size", spatial, kernel_size)
    output_size = _each(name, "output_size", spatial, output_size)
    words = ("time", "height", "width")[3 - spatial :]
    for word, size, k, count in zip(words, sizes, kernel_size, output_size, strict=True):
        # Of volumes PyTorch wants one element more.
        if count + k - 1 > size - (spatial == 3):
            spelled = f"{name}_out" if spatial == 3 else name
            raise RuntimeError(f"{spelled}(): pool {word} {k} too large relative to input {word} {size}")
        if k < 1 or count < 1:
            raise RuntimeError(
                f"{name}(): kernel_size and output_size must be greater than 0: {kernel_size}, {output_size}"
            )
    check_type(name if spatial == 2 else f"{name}_out_frame", input, integers=False)
    count, channels = (1 if input.ndim == spatial + 1 else input.shape[0]), input.shape[-spatial - 1]
    if samples is None:
        samples = drawn_tensor(uniform_values, None, (count, channels, spatial), input.array.dtype)
    if samples.dtype is not input.dtype:
        raise RuntimeError(
            f"Expect _random_samples to have the same dtype as input: {samples.dtype} is not {input.dtype}"
        )
    if samples.ndim != 3 or samples.shape[0] < count:
        raise RuntimeError(
            f"Expect _random_samples.size(0) no less then input batch size.: it has shape {list(samples.shape)}, the "
            f"input {list(input.shape)}"
        )
    if samples.shape[1] != channels:
        raise RuntimeError(
            f"Expect _random_samples.size(1) equals to input channel size.: {samples.shape[1]} is not {channels}"
        )
    if samples.shape[2] != spatial:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {spatial}; got {samples.shape[2]}.")
    return tuple(with_batch(lambda x: fractional_max(x, samples[:count], kernel_size, output_size), input, spatial))


@composite(namespace="nn.functional")
def fractional_max_pool2d_with_indices(
    input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
):
    """The largest value of each window, and its position in the flattened spatial plane, int64: as
    `nn.functional.fractional_max_pool2d` with `return_indices`, whatever is given for that.

    >>> import wengert as t
    >>> t.nn.functional.fractional_max_pool2d_with_indices(t.arange(9.0).reshape(1, 3, 3), 2, output_size=1)
    (tensor([[[8.]]]), tensor([[[8]]]))
    """
    return _fractional(2, input, kernel_size, output_size, output_ratio, _random_samples)


@composite(namespace="nn.functional")
def fractional_max_pool2d(
    input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
):
    """The largest value of each of the windows whose places are drawn at random: (N, C, H, W) or (C, H, W).

    The size is `output_size`, or `output_ratio` times the input's. The numbers drawn, (N, C, 2) in [0, 1), may be given
    as `_random_samples`. With `return_indices` also the positions in the flattened spatial plane, int64. ValueError
    where no size is given, RuntimeError for windows that do not fit.

    >>> import wengert as t
    >>> t.nn.functional.fractional_max_pool2d(t.arange(9.0).reshape(1, 3, 3), 2, output_size=1)
    tensor([[[8.]]])
    """
    found = _fractional(2, input, kernel_size, output_size, output_ratio, _random_samples)
    return found if return_indices else found[0]


@composite(namespace="nn.functional")
def fractional_max_pool3d_with_indices(
    input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
):
    """The largest value of each window, and its position in the flattened spatial plane, int64: as
    `nn.functional.fractional_max_pool3d` with `return_indices`, whatever is given for that.

    >>> import wengert as t
    >>> t.nn.functional.fractional_max_pool3d_with_indices(t.arange(27.0).reshape(1, 3, 3, 3), 2, output_size=1)
    (tensor([[[[26.]]]]), tensor([[[[26]]]]))
    """
    return _fractional(3, input, kernel_size, output_size, output_ratio, _random_samples)


@composite(namespace="nn.functional")
def fractional_max_pool3d(
    input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
):
    """The largest value of each of the windows whose places are drawn at random: (N, C, D, H, W) or (C, D, H, W).

    The size is `output_size`, or `output_ratio` times the input's. The numbers drawn, (N, C, 3) in [0, 1), may be given
    as `_random_samples`. With `return_indices` also the positions in the flattened spatial plane, int64. ValueError
    where no size is given, RuntimeError for windows that do not fit.

    >>> import wengert as t
    >>> t.nn.functional.fractional_max_pool3d(t.arange(27.0).reshape(1, 3, 3, 3), 2, output_size=1)
    tensor([[[[26.]]]])
    """
    found = _fractional(3, input, kernel_size, output_size, output_ratio, _random_samples)
    return found if return_indices else found[0]
