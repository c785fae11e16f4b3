"""The safetensors format: https://github.com/huggingface/safetensors#format

A file is the length of a header (8 bytes, little-endian), the header (JSON: for each name an element type, a shape and
where its bytes begin and end) and the bytes, which lie one after the other without gaps. It holds nothing that runs.

The package `safetensors` is not used: its NumPy interface copies every array and knows no bfloat16, and its writer
takes a file name only.
"""

import json
import math
import sys
from typing import Any, NamedTuple

import numpy

from ..core import dtypes

# PyTorch's complex128 has no name in the format.
TYPES = {
    "BOOL": dtypes.bool, "U8": dtypes.uint8, "I8": dtypes.int8, "U16": dtypes.uint16, "I16": dtypes.int16,
    "U32": dtypes.uint32, "I32": dtypes.int32, "U64": dtypes.uint64, "I64": dtypes.int64, "F16": dtypes.float16,
    "BF16": dtypes.bfloat16, "F32": dtypes.float32, "F64": dtypes.float64, "C64": dtypes.complex64,
}  # fmt: skip
NAMES = {dtype.numpy: name for name, dtype in TYPES.items()}

# The format's own limit.
_LONGEST_HEADER = 100_000_000
_ALIGNMENT = 64
_LITTLE = sys.byteorder == "little"


class Entry(NamedTuple):
    """A tensor in a file: its type, its shape, and where its bytes begin and end, counted from the header's end."""

    dtype: Any
    shape: tuple
    begin: int
    end: int


class Contents:
    """What stands in a file: `metadata`, a dict of text, and `entries` by name, in the order of the header."""

    def __init__(self, memory: memoryview, metadata: dict, entries: dict, start: int):
        self.metadata = metadata
        self.entries = entries
        self.start = start
        self._memory = memory

    @property
    def header(self) -> bytes:
        """The length and the JSON, as they stand in the file."""
        return bytes(self._memory[: self.start])

    @property
    def data(self) -> memoryview:
        """All bytes after the header."""
        return self._memory[self.start :]

    def array(self, name: str, copy: bool):
        """The elements of an entry, on the file's memory or as a copy of it."""
        dtype, shape, begin, end = self.entries[name]
        if begin == end:
            return numpy.empty(shape, dtype.numpy)
        array: Any = numpy.ndarray(shape, dtype.numpy, self._memory, self.start + begin)
        if has_odd_booleans(array):
            raise Damaged(f"{name!r} is of type BOOL, but holds bytes other than 0 and 1")
        if not _LITTLE:
            array = array.byteswap()
        # A header of an odd length shifts all that comes after it.
        return array.copy() if copy or not array.flags.aligned else array


class Damaged(Exception):
    """A file that breaks the rules of the format; the message says which, and what was found."""


def has_odd_booleans(array) -> bool:
    """Whether an array of booleans has bytes other than 0 and 1, which NumPy does not expect in one."""
    if array.dtype != numpy.bool_:
        return False
    # Of a repeated dimension one entry is all.
    once = tuple([slice(1) if step == 0 else slice(None) for step in array.strides])
    return int(array[once].view(numpy.uint8).max(initial=0)) > 1


def is_safetensors(begin: bytes, size: int) -> bool:
    """Whether a file of that size whose first nine bytes are these has the format's shape."""
    return len(begin) >= 9 and begin[8:9] == b"{" and int.from_bytes(begin[:8], "little") <= min(size, _LONGEST_HEADER)


def read(memory: memoryview) -> Contents:
    """The contents of a file, all of whose rules are checked; Damaged names the one that is broken."""
    size = len(memory)
    if size < 8:
        raise Damaged(f"it has {size} bytes, and the length of the header alone takes 8")
    length = int.from_bytes(memory[:8], "little")
    if length > min(size - 8, _LONGEST_HEADER):
        raise Damaged(f"its header should have {length} bytes, but only {size - 8} follow (100 MB are the most)")
    header = _parsed(bytes(memory[8 : 8 + length]))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or any([not isinstance(value, str) for value in metadata.values()]):
        raise Damaged("__metadata__ is no mapping of text to text")
    entries = {name: _entry(name, value) for name, value in header.items()}
    at = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.begin != at:
            raise Damaged(f"the bytes of {name!r} begin at {entry.begin}, though those before them end at {at}")
        at = entry.end
    if at != size - 8 - length:
        what = "is cut off" if at > size - 8 - length else "has more at its end"
        raise Damaged(f"it {what}: the header speaks of {at} bytes of elements, and there are {size - 8 - length}")
    return Contents(memory, metadata, entries, 8 + length)


def _parsed(text: bytes) -> dict:
    def without_repetitions(pairs):
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a name stands twice in it")
        return found

    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=without_repetitions)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"its header is no JSON: {error}") from None
    if not isinstance(header, dict):
        raise Damaged(f"its header is a JSON {type(header).__name__}, not an object")
    return header


def _entry(name: str, value) -> Entry:
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise Damaged(f"the header says of {name!r} {_short(value)}, not dtype, shape and data_offsets")
    dtype = TYPES.get(value["dtype"]) if isinstance(value["dtype"], str) else None
    if dtype is None:
        raise Damaged(
            f"{name!r} has elements of type {_short(value['dtype'])}; tensors have those of {', '.join(TYPES)}"
        )
    shape, offsets = value["shape"], value["data_offsets"]
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise Damaged(f"{name!r} has shape {_short(shape)} and data_offsets {_short(offsets)}")
    begin, end = offsets
    if len(shape) > 64 or max(shape, default=0) >> 62:
        raise Damaged(f"{name!r} has shape {_short(shape)}, which is more than a tensor can have")
    if end - begin != math.prod(shape) * dtype.itemsize:
        raise Damaged(
            f"{name!r} of shape {_short(shape)} and type {value['dtype']} takes {math.prod(shape) * dtype.itemsize} "
            f"bytes, but has those from {begin} to {end}"
        )
    return Entry(dtype, tuple(shape), begin, end)


def _are_sizes(values) -> bool:
    return isinstance(values, list) and all([type(value) is int and value >= 0 for value in values])


def _short(value) -> str:
    text = repr(value)
    return text if len(text) < 100 else text[:97] + "..."


def header_for(arrays: dict, metadata: dict) -> tuple[bytes, list]:
    """The first bytes of a file that holds these arrays, and the arrays' names in the order in which they follow.

    Larger elements come first, so that all lie at multiples of their size.
    """
    order = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    header: dict = {"__metadata__": metadata}
    at = 0
    for name in order:
        array = arrays[name]
        header[name] = {
            "dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]
        }  # fmt: skip
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % _ALIGNMENT)
    if len(text) > _LONGEST_HEADER:
        raise ValueError(
            f"save(): the structure without the tensors takes {len(text)} bytes, and {_LONGEST_HEADER} are the most "
            "that the header of a file can have; make a tensor of what is long in it"
        )
    return len(text).to_bytes(8, "little") + text, order


def bytes_of(array) -> memoryview:
    """The elements of a contiguous array as a file holds them."""
    if not _LITTLE:
        array = array.byteswap()
    return memoryview(array.reshape(-1).view(numpy.uint8))
