"""Padding with a constant."""

import numpy

from .composite import composite
from .declaration import linear
from .shape import movedim


def _widths(ndim: int, pad: tuple) -> list:
    """NumPy's pad widths of PyTorch's pairs, which begin with the last dimension."""
    widths = [(0, 0)] * ndim
    for i in range(len(pad) // 2):
        widths[ndim - 1 - i] = (pad[2 * i], pad[2 * i + 1])
    return widths


def _pad(x, pad):
    widths = _widths(x.ndim, pad)
    shape = [size + before + after for size, (before, after) in zip(x.shape, widths, strict=True)]
    if min(shape, default=0) < 0:
        raise RuntimeError(
            f"The input size {list(x.shape)}, plus negative padding {list(pad)}, resulted in a negative output size"
        )
    out = numpy.zeros(shape, x.dtype)
    inside = tuple([slice(max(before, 0), size + before + min(after, 0) if before + size + after > 0 else 0)
                    for size, (before, after) in zip(x.shape, widths, strict=True)])
    source = tuple(
        [slice(max(-before, 0), size - max(-after, 0)) for size, (before, after) in zip(x.shape, widths, strict=True)]
    )
    out[inside] = x[source]
    return out


zero_pad = linear(
    "zero_pad(input, pad)", forward=_pad, method=False, public=False, node_name="ConstantPadNdBackward0",
    batch=lambda operation, operands, parameters, in_dims, size: (zero_pad(movedim(operands[0], in_dims[0], 0),
        *parameters), 0),
    input=lambda g, pad: zero_pad(g, tuple([-n for n in pad])),
    doc="Zeros around input, as `pad` counts them from the last dimension on; negative counts cut.",
)  # fmt: skip


@composite(method=False)
def pad(input, pad, mode="constant", value=None):
    """Values around `input`: pairs (before, after) beginning with the last dimension. Negative counts cut off."""
    pad = tuple(pad)
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input.ndim}"
        )
    if mode == "constant":
        out = zero_pad(input, pad)
        if not value:
            return out
        edge = 1 - zero_pad(input.detach().new_ones(tuple(input.shape)), pad)
        return out + edge * value
    gather = {"reflect": _reflected, "replicate": _replicated, "circular": _wrapped}.get(mode)
    if gather is None:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if value is not None:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    for i in range(len(pad) // 2):
        dim = input.ndim - 1 - i
        positions = gather(input.shape[dim], pad[2 * i], pad[2 * i + 1])
        if not numpy.array_equal(positions, numpy.arange(input.shape[dim])):
            input = input.index_select(dim, _as_index(positions))
    return input


def _as_index(positions):
    from ..core.promotion import from_array

    return from_array(numpy.ascontiguousarray(positions, numpy.int64))


def _reflected(size, before, after):
    if before >= size or after >= size:
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
            f"({before}, {after}) at a dimension of size {size}"
        )
    positions = numpy.arange(-before, size + after)
    positions = numpy.abs(positions)
    return numpy.where(positions >= size, 2 * (size - 1) - positions, positions)


def _replicated(size, before, after):
    return numpy.clip(numpy.arange(-before, size + after), 0, size - 1)


def _wrapped(size, before, after):
    if before > size or after > size:
        raise RuntimeError("Padding value causes wrapping around more than once.")
    return numpy.arange(-before, size + after) % size


