"""Putting samples together into a batch."""

from collections.abc import Mapping, Sequence

import numpy

from ..core import Tensor, dtypes
from ..core.promotion import tensor_of
from ..ops.from_data import tensor
from ..ops.shape import stack


def default_convert(data):
    """NumPy arrays as tensors, inside of any nesting; everything else as it is."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, numpy.ndarray) and data.dtype.kind in "buifc":
        return tensor_of(data)
    if isinstance(data, Mapping):
        return {key: default_convert(value) for key, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*[default_convert(value) for value in data])
    if isinstance(data, tuple):
        return [default_convert(value) for value in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [default_convert(value) for value in data]
    return data


def default_collate(batch):
    """A list of samples as one batch: tensors, arrays and numbers stacked, inside of tuples, lists and mappings.

    Raises:
        RuntimeError: samples of unequal lengths.
        TypeError: samples of another kind.
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, numpy.ndarray):
        if first.dtype.kind not in "buifc":
            raise TypeError(
                "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found "
                f"{first.dtype}"
            )
        return stack([tensor_of(x) for x in batch])
    if isinstance(first, numpy.generic):
        return tensor(numpy.asarray(batch))
    if isinstance(first, bool):
        return tensor(batch)
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*[default_collate(list(values)) for values in zip(*batch, strict=True)])
    if isinstance(first, Sequence):
        if any([len(sample) != len(first) for sample in batch]):
            raise RuntimeError("each element in list of batch should be of equal size")
        return [default_collate(list(values)) for values in zip(*batch, strict=True)]
    raise TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {type(first)}"
    )
