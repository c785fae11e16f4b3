"""Images rearranged: channels to pixels and back, channels shuffled, patches to columns and back."""

import itertools

import numpy

from . import arguments, padding
from .composite import composite
from .declaration import linear
from .shape import permute, reshape

# ------------------------------------------------------------------------------------------------ channels and pixels


@composite(method=False, aliases=("nn.functional.pixel_shuffle",))
def pixel_shuffle(input, upscale_factor):
    """Channels spread over pixels: (*, C r^2, H, W) -> (*, C, H r, W r) for an upscale factor r.

    Pixel (h r + i, w r + j) of channel c is pixel (h, w) of channel c r^2 + i r + j (W. Shi et al., "Real-time single
    image and video super-resolution using an efficient sub-pixel convolutional neural network", CVPR 2016,
    https://arxiv.org/abs/1609.05158).

    RuntimeError for fewer than three dimensions, a factor below 1, or channels that r^2 does not divide.

    >>> import wengert as t
    >>> t.pixel_shuffle(t.arange(4).reshape(4, 1, 1), 2)
    tensor([[[0, 1],
             [2, 3]]])
    """
    input = arguments.tensor("pixel_shuffle", "input", 1, input)
    r = arguments.integer("pixel_shuffle", "upscale_factor", 2, upscale_factor)
    *batch, channels, height, width = _image("pixel_shuffle", input)
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r * r}"
        )
    parts = reshape(input, (*batch, channels // (r * r), r, r, height, width))
    n = len(batch)
    return reshape(
        permute(parts, (*range(n), n, n + 3, n + 1, n + 4, n + 2)),
        (*batch, channels // (r * r), height * r, width * r),
    )


@composite(method=False, aliases=("nn.functional.pixel_unshuffle",))
def pixel_unshuffle(input, downscale_factor):
    """Pixels gathered in channels, the inverse of `pixel_shuffle`: (*, C, H r, W r) -> (*, C r^2, H, W).

    RuntimeError for fewer than three dimensions, a factor below 1, or a height or width that r does not divide.

    >>> import wengert as t
    >>> t.pixel_unshuffle(t.arange(4).reshape(1, 2, 2), 2).flatten()
    tensor([0, 1, 2, 3])
    """
    input = arguments.tensor("pixel_unshuffle", "input", 1, input)
    r = arguments.integer("pixel_unshuffle", "downscale_factor", 2, downscale_factor)
    *batch, channels, height, width = _image("pixel_unshuffle", input)
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    for word, size in (("height", height), ("width", width)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {word} to be divisible by downscale_factor, but input.size"
                f"({-2 if word == 'height' else -1})={size} is not divisible by {r}"
            )
    parts = reshape(input, (*batch, channels, height // r, r, width // r, r))
    n = len(batch)
    return reshape(
        permute(parts, (*range(n), n, n + 2, n + 4, n + 1, n + 3)),
        (*batch, channels * r * r, height // r, width // r),
    )


def _image(name: str, input) -> tuple:
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    return tuple(input.shape)


@composite(
    method=False,
    aliases=("native_channel_shuffle", "nn.functional.channel_shuffle", "nn.functional.native_channel_shuffle"),
)
def channel_shuffle(input, groups):
    """Channels of several groups dealt out in turn: channel c n + i comes from channel i (C / n) + c, for n groups.

    Shapes (N, C, *) of at least three dimensions. RuntimeError for a number of groups below 1 or one that does not
    divide C. (X. Zhang et al., "ShuffleNet", CVPR 2018, https://arxiv.org/abs/1707.01083.)

    >>> import wengert as t
    >>> t.channel_shuffle(t.arange(4).reshape(1, 4, 1), 2).flatten()
    tensor([0, 2, 1, 3])
    """
    input = arguments.tensor("channel_shuffle", "input", 1, input)
    groups = arguments.integer("channel_shuffle", "groups", 2, groups)
    if input.ndim < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}"
        )
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    size, channels, *rest = input.shape
    if channels % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    parts = reshape(input, (size, groups, channels // groups, *rest))
    return reshape(permute(parts, (0, 2, 1, *range(3, parts.ndim))), tuple(input.shape))


# ------------------------------------------------------------------------------------------------ patches and columns


def _counts(shape, kernel, dilation, stride) -> tuple:
    """How many patches there are along the last two dimensions."""
    return tuple([
        (size - d * (k - 1) - 1) // s + 1 for size, k, d, s in zip(shape[-2:], kernel, dilation, stride, strict=True)
    ])  # fmt: skip


def _places(kernel, dilation, stride, counts):
    """For each place in the kernel, the slices of the image that the patches have there."""
    for i, j in itertools.product(*map(range, kernel)):
        rows, columns = [
            slice(at * d, at * d + s * (n - 1) + 1, s)
            for at, d, s, n in zip((i, j), dilation, stride, counts, strict=True)
        ]
        yield (i, j), (..., rows, columns)


def _patches(x, kernel, dilation, stride):
    counts = _counts(x.shape, kernel, dilation, stride)
    out = numpy.empty((*x.shape[:-2], *kernel, *counts), x.dtype)
    for (i, j), place in _places(kernel, dilation, stride, counts):
        out[..., i, j, :, :] = x[place]
    return out


def _patches_transpose(g, size, dilation, stride):
    kernel, counts = g.shape[-4:-2], g.shape[-2:]
    out = numpy.zeros((*g.shape[:-4], *size), g.dtype)
    for (i, j), place in _places(kernel, dilation, stride, counts):
        out[place] += g[..., i, j, :, :]
    return out


patches = linear(
    "patches(input, kernel, dilation, stride)", forward=_patches, batch="leading", method=False, public=False,
    node_name="Im2ColBackward0", takes_bfloat16=True,
    input=lambda g, input_shape, dilation, stride: patches_transpose(g, tuple(input_shape[-2:]), dilation, stride),
    doc="Patches of images: (*, H, W) -> (*, kernel height, kernel width, rows of patches, columns of patches).",
)  # fmt: skip
patches_transpose = linear(
    "patches_transpose(g, size, dilation, stride)", forward=_patches_transpose, batch="leading", method=False,
    public=False, node_name="Col2ImBackward0",
    g=lambda g, g_shape, dilation, stride: patches(g, tuple(g_shape[-4:-2]), dilation, stride),
    doc="Patches added at their places in images of the given size: the transpose of patches.",
)  # fmt: skip


def _pair(name: str, argument: str, value, least: int) -> tuple:
    pair = arguments.integers(name, argument, 2, value)
    pair = pair * 2 if len(pair) == 1 else pair
    if len(pair) != 2:
        raise RuntimeError(f"{name}: {argument} must be an int or two, but got {value}")
    if min(pair) < least:
        word = "greater than zero" if least else "non-negative"
        raise RuntimeError(f"{argument.removesuffix('_size')} should be {word}, but got {argument}: {pair}")
    return pair


@composite(namespace="nn.functional")
def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """Patches of images as columns: (N, C, H, W) -> (N, C kh kw, L), or without N, for L patches row by row.

    Zeros are put around the images first. A patch takes every `dilation`-th pixel; patches are `stride` apart. Each
    argument is an int or a pair of them.

    RuntimeError for other shapes (IndexError below three dimensions), for sizes that leave no patch, and for counts
    below 1 (padding: below 0).

    >>> import wengert as t
    >>> t.nn.functional.unfold(t.arange(4.0).reshape(1, 1, 2, 2), (1, 2))
    tensor([[[0., 2.],
             [1., 3.]]])
    """
    input = arguments.tensor("unfold", "input", 1, input)
    kernel, dilation, stride = [
        _pair("unfold", argument, value, 1)
        for argument, value in (("kernel_size", kernel_size), ("dilation", dilation), ("stride", stride))
    ]
    around = _pair("unfold", "padding", padding, 0)
    if input.ndim < 3:
        last = max(input.ndim, 1)
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-last}, {last - 1}], but got {last}): unfold takes "
            f"(N, C, H, W) or (C, H, W), and the input has shape {list(input.shape)}"
        )
    if input.ndim > 4 or 0 in input.shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(input.shape)}"
        )
    padded = _padded(input, around)
    counts = _counts(padded.shape, kernel, dilation, stride)
    if min(counts) < 1:
        raise RuntimeError(
            f"Given input with spatial size {tuple(input.shape[-2:])}, kernel_size={kernel}, dilation={dilation}, "
            f"padding={around}, calculated shape of the array of sliding blocks as {counts}, but its components must "
            "be at least one."
        )
    found = patches(padded, kernel, dilation, stride)
    *batch, channels = input.shape[:-2]
    return reshape(found, (*batch, channels * kernel[0] * kernel[1], counts[0] * counts[1]))


def _padded(input, around):
    return padding.zero_pad(input, (around[1], around[1], around[0], around[0])) if any(around) else input


@composite(namespace="nn.functional")
def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns added up as patches of images, the transpose of `unfold`: (N, C kh kw, L) -> (N, C, H, W), or without N.

    `output_size` is (H, W); the other arguments are those of `unfold`.

    RuntimeError for other shapes: a number of rows that the kernel's size does not divide, or of columns that is not
    that of the patches.

    >>> import wengert as t
    >>> t.nn.functional.fold(t.ones(1, 2, 2), (1, 3), (1, 2))
    tensor([[[[1., 2., 1.]]]])
    """
    input = arguments.tensor("fold", "input", 1, input)
    kernel, dilation, stride = [
        _pair("fold", argument, value, 1)
        for argument, value in (("kernel_size", kernel_size), ("dilation", dilation), ("stride", stride))
    ]
    size = _pair("fold", "output_size", output_size, 1)
    around = _pair("fold", "padding", padding, 0)
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(input.shape)}"
        )
    *batch, rows, columns = input.shape
    area = kernel[0] * kernel[1]
    if rows % area:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={rows} and kernel_size={kernel}."
        )
    whole = tuple([n + 2 * p for n, p in zip(size, around, strict=True)])
    counts = _counts(whole, kernel, dilation, stride)
    if min(counts) < 1 or counts[0] * counts[1] != columns:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, padding={around}, stride={stride}, "
            f"expected size of input's dimension 2 to match the calculated number of sliding blocks {counts[0]} * "
            f"{counts[1]} = {counts[0] * counts[1]}, but got input.size(2)={columns}."
        )
    found = patches_transpose(reshape(input, (*batch, rows // area, *kernel, *counts)), whole, dilation, stride)
    return _padded(found, (-around[0], -around[1]))
