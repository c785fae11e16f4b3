"""Local response normalisation: a channel divided by what its neighbours hold."""

import numpy

from ..core.promotion import from_array
from . import arguments, padding
from .composite import composite
from .elementwise import div, pow, square
from .linear_algebra import matmul
from .shape import narrow, reshape


def _squares_nearby(squares, before: int, after: int):
    """For each channel (dimension 1) the sum of those from `before` before it to `after` after it."""
    channels = squares.shape[1]
    width = before + after + 1
    total = None
    wide = padding.zero_pad(squares, (0, 0) * (squares.ndim - 2) + (before, after))
    for i in range(min(width, channels + before + after)):
        part = narrow(wide, 1, i, channels)
        total = part if total is None else total + part
    return total


@composite(namespace="nn.functional", kinds={"size": "int", "k": "Number"})
def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """input / (k + alpha / size * sum of squares of `size` neighbouring channels)^beta: the channel itself, size // 2
    before it and (size - 1) // 2 after it (Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep
    convolutional neural networks", 2012, section 3.3).

    (N, C, *) of three dimensions or more -> the same. ValueError for fewer, RuntimeError for a size below 1.

    >>> import wengert as t
    >>> t.nn.functional.local_response_norm(t.tensor([[[1.0], [2.0]]]), 2, alpha=2.0, beta=1.0)
    tensor([[[0.5000],
             [0.3333]]])
    """
    input = arguments.tensor("local_response_norm", "input", 1, input)
    if input.ndim < 3:
        raise ValueError(
            "Expected 3D or higher dimensionality input (got "
            f"{input.ndim} dimensions): local_response_norm takes (N, C, *)"
        )
    size = arguments.integer("local_response_norm", "size", 2, size)
    if size < 1:
        raise RuntimeError(f"kernel size should be greater than zero, but got kH: {size} kW: 1: `size` channels")
    if not input.numel():
        return input
    nearby = _squares_nearby(square(input), size // 2, (size - 1) // 2)
    return div(input, pow(nearby * (alpha / size) + k, beta))


def cross_map_normalized(input, size: int, alpha: float, beta: float, k: float):
    """What CrossMapLRN2d computes: (N, C, H, W) -> the same. Its windows reach equally far to both sides, and the first
    channel is in all of them, as in PyTorch."""
    if input.ndim != 4:
        raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.ndim}D instead.")
    reach = int((size - 1) / 2 + 1)
    places = numpy.arange(input.shape[1])
    near = (numpy.abs(places[:, None] - places) < reach) | (places == 0)
    flat = reshape(square(input), (*input.shape[:2], -1 if input.numel() else 0))
    # (C, C) @ (N, C, H W) -> (N, C, H W)
    nearby = reshape(matmul(from_array(near.astype(input.array.dtype)), flat), tuple(input.shape))
    return input * pow(nearby * (alpha / size) + k, -beta)
