"""Putting samples together into a batch."""

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence

import numpy

from ..core import Tensor, dtypes
from ..ops.from_data import as_tensor, tensor
from ..ops.shape import stack


def default_convert(data):
    """NumPy arrays and scalars as tensors, inside of any nesting; everything else as it is. What a `DataLoader` that
    does not batch does with a sample.

    Mappings and lists keep their type, tuples become lists, arrays of text or objects stay as they are.

    >>> import numpy
    >>> from wengert.utils.data import default_convert
    >>> default_convert({"x": numpy.arange(2), "name": "a"})
    {'x': tensor([0, 1]), 'name': 'a'}
    """
    if isinstance(data, Tensor) or isinstance(data, numpy.ndarray) and not _holds_numbers(data):
        return data
    if isinstance(data, (numpy.ndarray, numpy.number, numpy.bool_)):
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple):
        converted = [default_convert(value) for value in data]
        return type(data)(*converted) if hasattr(data, "_fields") else converted
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence_like(data, [default_convert(value) for value in data])
    return data


def collate(batch, *, collate_fn_map: dict | None = None):
    """A list of samples as one batch, by a table that says what becomes of the samples of a type.

    Args:
        batch: the samples.
        collate_fn_map: for a type, or a tuple of types, a function that is called with the samples and, as
            `collate_fn_map`, with the table. A type that is not in it takes the first entry that it is a subclass of.
            Mappings, named tuples and sequences that are not in it are collated entry by entry.

    Raises:
        RuntimeError: sequences of unequal lengths.
        TypeError: samples that are neither in the table nor collections.

    >>> import wengert as t
    >>> t.data.collate(["a", "b"], collate_fn_map={str: lambda batch, *, collate_fn_map: "+".join(batch)})
    'a+b'
    """
    first = batch[0]
    if collate_fn_map is not None:
        kind = type(first)
        if kind in collate_fn_map:
            return collate_fn_map[kind](batch, collate_fn_map=collate_fn_map)
        for kinds, function in collate_fn_map.items():
            if isinstance(first, kinds):
                return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        return _mapping_like(
            first, {key: collate([sample[key] for sample in batch], collate_fn_map=collate_fn_map) for key in first}
        )
    if isinstance(first, Sequence):
        named = isinstance(first, tuple) and hasattr(first, "_fields")
        if not named and any([len(sample) != len(first) for sample in batch]):
            raise RuntimeError(
                "each element in list of batch should be of equal size: the lengths are "
                f"{sorted({len(sample) for sample in batch})}; a collate_fn of your own can pad them"
            )
        columns = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=True)]
        if named:
            return type(first)(*columns)
        return columns if isinstance(first, tuple) else _sequence_like(first, columns)
    raise _cannot(type(first))


def default_collate(batch):
    """A list of samples as one batch: tensors, arrays and numbers stacked, text as it is, inside of any nesting.

    Tensors and arrays (of one shape) become a tensor with a first dimension for the samples, floats one of float64,
    ints one of int64. Mappings, named tuples and lists of samples become one of batches, tuples a list of batches.
    `default_collate_fn_map` is the table of types, to which others may be added.

    Raises:
        RuntimeError: tensors of different shapes, or sequences of unequal lengths.
        TypeError: samples of another kind.

    >>> from wengert.utils.data import default_collate
    >>> default_collate([{"x": 1.5, "name": "a"}, {"x": 2.5, "name": "b"}])
    {'x': tensor([1.5000, 2.5000], dtype=wengert.float64), 'name': ['a', 'b']}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def _mapping_like(original, entries: dict):
    """A mapping of the original's type, with its attributes if it can be changed; a dict where the type objects."""
    try:
        if isinstance(original, MutableMapping):
            made = copy.copy(original)
            made.update(entries)
            return made
        return type(original)(entries)
    except TypeError:
        return entries


def _sequence_like(original, entries: list):
    """A sequence of the original's type, with its attributes if it can be changed; a list where the type objects."""
    try:
        if isinstance(original, MutableSequence):
            made = copy.copy(original)
            for i, entry in enumerate(entries):
                made[i] = entry
            return made
        return type(original)(entries)
    except TypeError:
        return entries


def _holds_numbers(array) -> bool:
    return array.dtype.kind not in "SaUO"


def _cannot(found) -> TypeError:
    return TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {found}. A "
        "collate_fn of your own, or an entry in default_collate_fn_map, says what becomes of other samples."
    )


def _stacked(batch, *, collate_fn_map=None):
    return stack(list(batch))


def _stacked_arrays(batch, *, collate_fn_map=None):
    if not _holds_numbers(batch[0]):
        raise _cannot(batch[0].dtype)
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def _numpy_scalars(batch, *, collate_fn_map=None):
    return tensor(numpy.asarray(batch))


def _floats(batch, *, collate_fn_map=None):
    return tensor(batch, dtype=dtypes.float64)


def _integers(batch, *, collate_fn_map=None):
    return tensor(batch)


def _as_they_are(batch, *, collate_fn_map=None):
    return batch


# PyTorch's order counts: a NumPy float64 is a Python float, too.
default_collate_fn_map: dict[type | tuple[type, ...], Callable] = {
    Tensor: _stacked,
    numpy.ndarray: _stacked_arrays,
    (numpy.bool_, numpy.number, numpy.object_): _numpy_scalars,
    float: _floats,
    int: _integers,
    str: _as_they_are,
    bytes: _as_they_are,
}
