"""A saved object as the bytes of a file."""

import json
import zlib

import numpy

from ..core import Tensor, dtypes
from ..interop import safetensors_file
from ..nn.parameter import Buffer, Parameter
from .object_tree import Writer
from .shared_memory import Group, Place, grouped

# The names in a file's metadata under which the tree and the checksum stand.
TREE, CHECKSUM = "wengert", "wengert.crc32"
VERSION = 1


def checksum_place(header: bytes) -> int:
    """Where in a header the eight digits of the checksum stand; -1 if there are none. They count as zeros in it."""
    mark = json.dumps(CHECKSUM).encode() + b':"'
    found = header.find(mark)
    return -1 if found < 0 else found + len(mark)


def parts_of(obj) -> list:
    """The bytes of a file with an object in it, in pieces, those of the tensors on the tensors' memory."""
    writer = Writer()
    tree = writer.tree(obj)
    tensors = [_Described(x, name) for x, name in zip(writer.tensors, writer.names, strict=True)]
    for described in tensors:
        if described.attributes:
            described.record["attributes"] = writer.tree(described.attributes, (described.name, "attributes"))
    if len(writer.tensors) > len(tensors):
        raise TypeError("save(): a tensor has another one among its attributes, which would not be saved")
    arrays: dict = {}
    for group in grouped([described.array for described in tensors]):
        _enter(group, tensors, arrays)
    about = {"version": VERSION, "tensors": [described.record for described in tensors], "tree": tree}
    metadata = {
        # What other programs ask for before they take the names for those of a state dict.
        "format": "pt",
        CHECKSUM: "0" * 8,
        TREE: json.dumps(about, separators=(",", ":"), allow_nan=False),
    }
    header, order = safetensors_file.header_for(arrays, metadata)
    data = [safetensors_file.bytes_of(arrays[name]) for name in order if arrays[name].size]
    found = zlib.crc32(header)
    for part in data:
        found = zlib.crc32(part, found)
    place = checksum_place(header)
    header = header[:place] + f"{found:08x}".encode() + header[place + 8 :]
    return [memoryview(header), *data]


class _Described:
    """A tensor or an array on its way into a file: its elements, and what else the file says of it."""

    def __init__(self, x, name: str):
        self.name = name
        self.attributes: dict = {}
        self.record: dict = {}
        if not isinstance(x, Tensor):
            self.record["is"] = "array"
            array = x
        else:
            if type(x) not in (Tensor, Parameter, Buffer):
                raise TypeError(
                    f"save(): the tensor {name} is a {type(x).__name__}, whose class would have to be run to load it: "
                    "save x.detach()"
                )
            if x._level:
                raise RuntimeError(f"save(): the tensor {name} is one of a function transform and has no values yet")
            if isinstance(x, Parameter):
                self.record["is"] = "parameter"
            if x.requires_grad:
                self.record["requires_grad"] = True
            self.attributes = {} if type(x) is Buffer else dict(vars(x))
            array = x.array
        try:
            dtypes.from_numpy(array.dtype)
        except TypeError as error:
            raise TypeError(f"save(): the array {name}: {error}") from None
        self.array = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _enter(group: Group, tensors: list, arrays: dict) -> None:
    """Put a group's array among the arrays of a file, under a name that is still free, and note it in the records."""
    members = group.places
    first = tensors[min(members)]
    name = first.name if group.named_after is None else tensors[group.named_after].name
    array = group.array
    if group.named_after is None:
        name += ".memory"
    as_parts = array.dtype == dtypes.complex128.numpy
    if as_parts:
        # The format has no name for the type: pairs of real numbers, the last dimension.
        array = array.reshape(*array.shape, 1).view(numpy.float64)
    name = name.encode("utf-8", "backslashreplace").decode()
    free, number = name, 2
    while free in arrays or free == "__metadata__":
        free, number = f"{name}~{number}", number + 1
    arrays[free] = array
    for i, place in members.items():
        record = tensors[i].record
        record["entry"] = free
        shares = group.named_after is None or len(members) > 1
        if place is not None and shares:
            record["view"] = list(place)
            continue
        if as_parts:
            x = tensors[i].array
            record["view"] = list(Place("complex128", x.shape, numpy.empty(x.shape, x.dtype).strides, 0))
        if place is not None:
            record["strides"] = list(place.strides)
