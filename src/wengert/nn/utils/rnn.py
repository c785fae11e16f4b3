"""Batches of sequences of different lengths: padded to one length, or packed step by step.

Packed data holds the entries of the first step of all sequences, then those of the second step of all that have one,
and so on; sequences are sorted by falling length, so that entry k of a step continues entry k of the step before.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy

from ...core import Tensor, dtypes
from ...core.promotion import from_array
from ...ops.creation import full
from ...ops.from_data import as_tensor
from ...ops.index_functions import index_select
from ...ops.shape import cat, reshape, transpose
from ...ops.sorting import sort

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """Sequences of different lengths, packed: what `pack_padded_sequence` and `pack_sequence` make, and what recurrent
    layers take and return.

    Attributes:
        data: the entries of all steps one after another, (sum of batch_sizes, *).
        batch_sizes: how many sequences have an entry at each step, int64, falling.
        sorted_indices: for each sequence in packed order, its place in the batch; None where the orders are the same.
        unsorted_indices: the inverse of it.

    >>> import wengert as t
    >>> t.nn.utils.rnn.pack_sequence([t.tensor([1, 2, 3]), t.tensor([4, 5])]).data
    tensor([1, 4, 2, 5, 3])
    """

    # What is converted with the data: `to` and its short forms.
    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs) -> "PackedSequence":
        """The same with `data.to(...)`; itself where that changes nothing."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self, *args, **kwargs) -> "PackedSequence":
        """The same in the processor's memory, where it is already."""
        return self.to("cpu", *args, **kwargs)

    def cuda(self, *args, **kwargs) -> "PackedSequence":
        """The same on a graphics processor, as `Tensor.cuda`."""
        return type(self)(self.data.cuda(*args, **kwargs), *self[1:])

    def pin_memory(self) -> "PackedSequence":
        """The same in pinned memory, as `Tensor.pin_memory`."""
        return type(self)(self.data.pin_memory(), *self[1:])

    def double(self) -> "PackedSequence":
        """The same with data in float64."""
        return self.to(dtype=dtypes.float64)

    def float(self) -> "PackedSequence":
        """The same with data in float32."""
        return self.to(dtype=dtypes.float32)

    def half(self) -> "PackedSequence":
        """The same with data in float16."""
        return self.to(dtype=dtypes.float16)

    def long(self) -> "PackedSequence":
        """The same with data in int64."""
        return self.to(dtype=dtypes.int64)

    def int(self) -> "PackedSequence":
        """The same with data in int32."""
        return self.to(dtype=dtypes.int32)

    def short(self) -> "PackedSequence":
        """The same with data in int16."""
        return self.to(dtype=dtypes.int16)

    def char(self) -> "PackedSequence":
        """The same with data in int8."""
        return self.to(dtype=dtypes.int8)

    def byte(self) -> "PackedSequence":
        """The same with data in uint8."""
        return self.to(dtype=dtypes.uint8)

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a graphics processor."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether the data is in pinned memory."""
        return self.data.is_pinned()


def invert_permutation(permutation):
    """The inverse of a permutation of 0 ... n - 1, a tensor of ints; None of None.

    >>> import wengert as t
    >>> t.nn.utils.rnn.invert_permutation(t.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    values = permutation.array
    inverse = numpy.empty_like(values)
    inverse[values] = numpy.arange(values.size, dtype=values.dtype)
    return from_array(inverse)


def pack_padded_sequence(input, lengths, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """Pack a padded batch (T, B, *), or (B, T, *) if `batch_first`, of sequences of the given lengths.

    Lengths, a list or a tensor of B ints, must fall unless `enforce_sorted` is False: then the batch is sorted, and the
    result remembers how. What lies beyond a length is left out.

    Raises:
        RuntimeError: lengths that do not fall (with `enforce_sorted`), are not positive, or are not as many as the
            sequences; an empty batch.

    >>> import wengert as t
    >>> packed = t.nn.utils.rnn.pack_padded_sequence(t.tensor([[1, 4], [2, 5], [3, 0]]), [3, 2])
    >>> packed.data, packed.batch_sizes
    (tensor([1, 4, 2, 5, 3]), tensor([2, 2, 1]))
    """
    lengths = lengths.to(dtypes.int64) if isinstance(lengths, Tensor) else as_tensor(lengths, dtype=dtypes.int64)
    if input.ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], but got 1): "
            f"pack_padded_sequence takes a batch of at least two dimensions, but its shape is {list(input.shape)}"
        )
    sorted_indices = None
    if not enforce_sorted:
        lengths, sorted_indices = sort(lengths, descending=True)
        input = index_select(input, 0 if batch_first else 1, sorted_indices)
    if batch_first:
        input = transpose(input, 0, 1)
    steps, batch = input.shape[:2]
    values = lengths.array
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if values.shape != (batch,):
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(values) if values.ndim else 1} "
            f"(batch_size={batch})"
        )
    if values.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if numpy.any(values[1:] > values[:-1]):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you "
            "do not need ONNX exportability."
        )
    if values[0] > steps:
        raise RuntimeError(
            f"Expected lengths of at most {steps}, the number of steps of the batch, but got {values[0]}: input has "
            f"shape {list(input.shape)} with steps first"
        )
    present = numpy.arange(values[0])[:, None] < values
    # (T, B, *) -> (T B, *), of which the present ones are taken.
    rows = reshape(input, (steps * batch, *input.shape[2:]))
    data = index_select(rows, 0, from_array(numpy.flatnonzero(present)))
    return PackedSequence(data, from_array(present.sum(1, dtype=numpy.int64)), sorted_indices, None)


def _padded(data, rows, shape: tuple, padding_value):
    """(*shape, *) of the rows of `data` with these numbers; where the number is the count of them, padding."""
    padding = full((1, *data.shape[1:]), padding_value, dtype=data.dtype)
    return reshape(index_select(cat([data, padding]), 0, from_array(rows.reshape(-1))), (*shape, *data.shape[1:]))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
):
    """(the padded batch (T, B, *), or (B, T, *) if `batch_first`; the lengths): the inverse of `pack_padded_sequence`.

    Sequences stand in the order that they had before they were packed. T is the greatest length, or `total_length`;
    ValueError if that is less.

    >>> import wengert as t
    >>> packed = t.nn.utils.rnn.pack_sequence([t.tensor([1, 2, 3]), t.tensor([4, 5])])
    >>> t.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 2, 3],
            [4, 5, 0]]), tensor([3, 2]))
    """
    sizes = sequence.batch_sizes.array
    steps, batch = len(sizes), int(sizes[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    present = numpy.zeros((steps, batch), bool)
    present[: len(sizes)] = numpy.arange(batch) < sizes[:, None]
    rows = numpy.full((steps, batch), int(sizes.sum()))
    rows[present] = numpy.arange(int(sizes.sum()))
    lengths = present.sum(0, dtype=numpy.int64)
    if sequence.unsorted_indices is not None:
        order = sequence.unsorted_indices.array
        rows, lengths = rows[:, order], lengths[order]
    if batch_first:
        rows = rows.T
    return _padded(sequence.data, rows, rows.shape, padding_value), from_array(lengths)


def pad_sequence(sequences, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"):
    """Tensors (L, *) of different lengths as one, (T, B, *) or (B, T, *) if `batch_first`, with T the greatest length.

    The shorter ones are filled up with `padding_value`, at the end or, with `padding_side="left"`, at the start. The
    result has the dtype of the first. RuntimeError for no sequences, and for shapes that differ further on.

    >>> import wengert as t
    >>> t.nn.utils.rnn.pad_sequence([t.tensor([1, 2, 3]), t.tensor([4, 5])], batch_first=True)
    tensor([[1, 2, 3],
            [4, 5, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    sequences = list(sequences)
    for i, x in enumerate(sequences):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    first = sequences[0]
    for x in sequences:
        if x.ndim != first.ndim or x.ndim == 0 or tuple(x.shape[1:]) != tuple(first.shape[1:]):
            raise RuntimeError(
                f"pad_sequence: sequences must have the same dimensions after the first, but they have shapes "
                f"{list(first.shape)} and {list(x.shape)}"
            )
    lengths = [x.shape[0] for x in sequences]
    steps, total = max(lengths), sum(lengths)
    rows = numpy.full((len(lengths), steps), total)
    start = 0
    for k, length in enumerate(lengths):
        place = slice(length) if padding_side == "right" else slice(steps - length, steps)
        rows[k, place] = numpy.arange(start, start + length)
        start += length
    joined = cat([x if x.dtype is first.dtype else x.to(first.dtype) for x in sequences])
    rows = rows if batch_first else rows.T
    return _padded(joined, rows, rows.shape, padding_value)


def unpad_sequence(padded_sequences, lengths, batch_first: bool = False) -> list:
    """The tensors of a padded batch (T, B, *), or (B, T, *) if `batch_first`, each cut to its length: a list.

    >>> import wengert as t
    >>> t.nn.utils.rnn.unpad_sequence(t.tensor([[1, 2, 3], [4, 5, 0]]), t.tensor([3, 2]), batch_first=True)
    [tensor([1, 2, 3]), tensor([4, 5])]
    """
    if not batch_first:
        padded_sequences = transpose(padded_sequences, 0, 1)
    values = lengths.tolist() if isinstance(lengths, Tensor) else list(lengths)
    if len(values) != padded_sequences.shape[0]:
        raise ValueError(
            f"unpad_sequence: there are {padded_sequences.shape[0]} sequences and {len(values)} lengths"
        )
    return [x[: max(length, 0)].clone() for x, length in zip(padded_sequences, values, strict=True)]


def pack_sequence(sequences, enforce_sorted: bool = True) -> PackedSequence:
    """Pack tensors (L, *) of different lengths, which must fall unless `enforce_sorted` is False.

    >>> import wengert as t
    >>> t.nn.utils.rnn.pack_sequence([t.tensor([1, 2]), t.tensor([3, 4, 5])], enforce_sorted=False).data
    tensor([3, 1, 4, 2, 5])
    """
    return pack_padded_sequence(pad_sequence(sequences), [x.shape[0] for x in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list:
    """The tensors (L, *) that were packed, in the order that they had before.

    >>> import wengert as t
    >>> t.nn.utils.rnn.unpack_sequence(t.nn.utils.rnn.pack_sequence([t.tensor([1, 2, 3]), t.tensor([4, 5])]))
    [tensor([1, 2, 3]), tensor([4, 5])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


def __dir__():
    return sorted(__all__)
