"""Padding: with a constant, mirrored, with the values at the edges, or wrapped around."""

import numpy

from ..core.errors import type_word
from ..core.promotion import from_array
from . import arguments
from .composite import composite
from .creation import converted_number
from .declaration import general, linear
from .shape import clone, movedim, narrow


def _widths(ndim: int, pad: tuple) -> list:
    """NumPy's pad widths of PyTorch's pairs, which begin with the last dimension."""
    widths = [(0, 0)] * ndim
    for i in range(len(pad) // 2):
        widths[ndim - 1 - i] = (pad[2 * i], pad[2 * i + 1])
    return widths


def _pad(x, pad, value=0):
    widths = _widths(x.ndim, pad)
    shape = [size + before + after for size, (before, after) in zip(x.shape, widths, strict=True)]
    if min(shape, default=0) < 0 or any(
        [max(-before, 0) > size or max(-after, 0) > size for size, (before, after) in zip(x.shape, widths, strict=True)]
    ):
        raise RuntimeError(
            f"narrow(): length must be non-negative.: the padding {list(pad)} cuts more than the input of shape "
            f"{list(x.shape)} has"
        )
    out = numpy.full(shape, value, x.dtype) if value else numpy.zeros(shape, x.dtype)
    inside = tuple([slice(max(before, 0), size + before + min(after, 0) if before + size + after > 0 else 0)
                    for size, (before, after) in zip(x.shape, widths, strict=True)])
    source = tuple(
        [slice(max(-before, 0), size - max(-after, 0)) for size, (before, after) in zip(x.shape, widths, strict=True)]
    )
    out[inside] = x[source]
    return out


zero_pad = linear(
    "zero_pad(input, pad)", forward=_pad, method=False, public=False, node_name="ConstantPadNdBackward0",
    takes_bfloat16=True,
    batch=lambda operation, operands, parameters, in_dims, size: (zero_pad(movedim(operands[0], in_dims[0], 0),
        *parameters), 0),
    input=lambda g, pad: zero_pad(g, tuple([-n for n in pad])),
    doc="Zeros around input, as `pad` counts them from the last dimension on; negative counts cut.",
)  # fmt: skip


value_pad = general(
    "value_pad(input, pad, value)", forward=_pad, method=False, public=False, node_name="ConstantPadNdBackward0",
    batch=lambda operation, operands, parameters, in_dims, size: (value_pad(movedim(operands[0], in_dims[0], 0),
        *parameters), 0),
    jvp=lambda tangents, inputs, out, parameters: zero_pad(tangents[0], parameters[0]),
    input=lambda g, pad: zero_pad(g, tuple([-n for n in pad])),
    doc="A value around input, as `pad` counts from the last dimension on; negative counts cut.",
)  # fmt: skip


@composite(method=False)
def constant_pad_nd(input, pad, value=0):
    """`value` around `input`: pairs (before, after) for each dimension, beginning with the last. Negative counts cut.

    RuntimeError for an odd number of counts, more pairs than dimensions, and for cuts beyond the size.

    >>> import wengert as t
    >>> t.constant_pad_nd(t.tensor([1, 2]), (1, 2), 7)
    tensor([7, 1, 2, 7, 7])
    """
    input = arguments.tensor("constant_pad_nd", "input", 1, input)
    pad = arguments.integers("constant_pad_nd", "pad", 2, pad)
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
            f"{len(pad)} while the input has {input.ndim} dimensions."
        )
    if not pad:
        return clone(input)
    if isinstance(value, (int, float)) and value == 0:
        return zero_pad(input, pad)
    return value_pad(input, pad, converted_number(value, input.array.dtype))


@composite(namespace="nn.functional")
def pad(input, pad, mode="constant", value=None):
    """Values around `input`: pairs (before, after) for each dimension, beginning with the last. Negative counts cut.

    Args:
        mode: "constant": `value` (0 unless given), around any dimensions. Around the last 1, 2 or 3 dimensions of
            inputs with one or two dimensions before them (channels, and a batch): "reflect", mirrored without repeating
            the edge; "replicate", the value at the edge; "circular", from the other end.

    Raises:
        RuntimeError: an odd number of counts, more pairs than dimensions; cuts beyond the size; mirrored or wrapped by
            more than there is; a value for a mode that takes none.
        NotImplementedError: an unknown mode, or dimensions that a mode does not pad.

    >>> import wengert as t
    >>> t.nn.functional.pad(t.tensor([[1, 2, 3]]), (1, 1), mode="reflect")
    tensor([[2, 1, 2, 3, 2]])
    """
    input = arguments.tensor("pad", "input", 1, input)
    if not isinstance(pad, (list, tuple)):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}")
    pad = arguments.integers("pad", "pad", 2, pad)
    if len(pad) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2: it is {len(pad)}")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input.ndim}"
        )
    if mode == "constant":
        return constant_pad_nd(input, pad, 0 if value is None else value)
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}: pad knows constant, reflect, replicate, circular")
    if value:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    count = len(pad) // 2
    if not 1 <= count <= 3 or input.ndim - count not in (1, 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor.: pad around the last k of k + 1 "
            f"or k + 2 dimensions with 2 k counts, k up to 3; the mode is {mode}"
        )
    _check_not_empty(input, count, mode)
    if mode == "replicate" and input.dtype.category == 0:
        raise NotImplementedError(
            f"\"replication_pad{count}d\" not implemented for '{type_word(input.array.dtype)}': convert it first"
        )
    found = input
    for i in range(count):
        found = _padded_along(found, input.ndim - 1 - i, pad[2 * i], pad[2 * i + 1], mode)
    return clone(input) if found is input else found


def _check_not_empty(input, count: int, mode: str) -> None:
    ndim = input.ndim
    if mode == "circular":
        return
    sizes = tuple(input.shape)[1 if ndim == count + 2 else 0 :]
    if 0 in sizes:
        raise RuntimeError(
            f"Expected {count + 1}D or {count + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(input.shape)}"
        )


def _padded_along(input, dim: int, before: int, after: int, mode: str):
    size = input.shape[dim]
    if not before and not after:
        return input
    if mode == "circular":
        if before > size or after > size:
            raise RuntimeError(
                f"Padding value causes wrapping around more than once.: ({before}, {after}) around {size} elements"
            )
        if size + before + after <= 0:
            raise RuntimeError(
                f"Negative padding value is resulting in an empty dimension: ({before}, {after}) around {size} elements"
            )
        first, last = max(-before, 0), size - max(-after, 0)
        positions = numpy.arange(-max(before, 0), last - first + max(after, 0)) % (last - first) + first
    else:
        if mode == "reflect" and (before >= size or after >= size):
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {after}) at dimension {dim} of input {list(input.shape)}"
            )
        if size + before + after <= 0:
            raise RuntimeError(
                f"input (size {size} at dimension {dim}) is too small. Calculated output size: {size + before + after}"
            )
        positions = numpy.arange(-before, size + after)
        if mode == "replicate":
            positions = numpy.clip(positions, 0, size - 1)
        else:
            positions = numpy.abs(positions)
            positions = numpy.where(positions >= size, 2 * (size - 1) - positions, positions)
    if before <= 0 and after <= 0:
        return narrow(input, dim, -before, size + before + after)
    return input.index_select(dim, from_array(numpy.ascontiguousarray(positions, numpy.int64)))
