"""PyTorch's own files: the zip archives that `torch.save` writes, and the pickles that it wrote before version 1.6.

In both there is a pickle of the structure, in which a tensor is a call with the identity of its storage, and the bytes
of the storages. Nothing of a file runs: see `restricted_pickle`.
"""

import contextlib
import errno
import io
import mmap as memory_mapping
import os
import pickle
import struct
import sys
import zipfile
from collections import Counter, OrderedDict
from typing import Any, NamedTuple

import numpy

from ..core import Size, Storage, Tensor, device, dtypes
from ..core.promotion import from_array
from ..core.replacement import on_storage
from ..core.size import STRIDED
from ..kernels import strided
from .restricted_pickle import Function, Machine
from .safetensors_file import has_odd_booleans

# What a file of the older form begins with: the pickle of PyTorch's number.
OLD_BEGIN = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_OLD_NUMBER, _OLD_VERSION = 0x1950A86A20F9469CFC6C, 1001

_STORAGES = {
    "Float": dtypes.float32, "Double": dtypes.float64, "Half": dtypes.float16, "BFloat16": dtypes.bfloat16,
    "Char": dtypes.int8, "Short": dtypes.int16, "Int": dtypes.int32, "Long": dtypes.int64, "Byte": dtypes.uint8,
    "Bool": dtypes.bool, "ComplexFloat": dtypes.complex64, "ComplexDouble": dtypes.complex128,
}  # fmt: skip


class Damaged(Exception):
    """A file that is cut off or altered; the message says where."""


class _StorageType(NamedTuple):
    dtype: Any


class _Storage:
    """A storage of a file: its bytes, and the memory that the tensors on it share."""

    def __init__(self, contents, dtype, shared: list | None = None):
        self.bytes = contents
        self.dtype = dtype
        # The storage of the tensors, once there is one.
        self._shared: list = [] if shared is None else shared

    def read_as(self, dtype) -> "_Storage":
        """The same memory as elements of another type."""
        return self if dtype is self.dtype else _Storage(self.bytes, dtype, self._shared)

    def flat(self, dtype):
        """All of it as elements of a type."""
        whole = self.bytes
        return whole[: whole.size - whole.size % dtype.itemsize].view(dtype.numpy)

    def tensor(self, dtype, offset, size, stride) -> Tensor:
        """A tensor in it. UnpicklingError for one that leads out of it."""
        try:
            array = strided.as_strided(self.flat(dtype), tuple(size), tuple(stride), offset)
        except (RuntimeError, TypeError, ValueError, OverflowError) as error:
            raise pickle.UnpicklingError(f"a tensor that is none: {error}") from None
        if has_odd_booleans(array):
            raise pickle.UnpicklingError("a tensor of booleans that are neither 0 nor 1")
        if not self._shared:
            self._shared.append(from_array(self.flat(dtype)).untyped_storage())
        return on_storage(array, self._shared[0])


def _tensor(storage, offset, size, stride, requires_grad=False, hooks=None, metadata=None) -> Tensor:
    if not isinstance(storage, _Storage):
        raise pickle.UnpicklingError(f"a tensor without a storage: {type(storage).__name__}")
    return _tensor_of_type(storage, offset, size, stride, requires_grad, hooks, storage.dtype, metadata)


def _tensor_of_type(storage, offset, size, stride, requires_grad, hooks, dtype, metadata=None) -> Tensor:
    if not isinstance(storage, _Storage) or not isinstance(dtype, dtypes.dtype):
        raise pickle.UnpicklingError("a tensor without a storage or a type")
    made = storage.tensor(dtype, offset, size, stride)
    if metadata:
        # In PyTorch a complex tensor and its conjugate share memory, with a mark; so do a tensor and its negative.
        if not isinstance(metadata, dict) or not set(metadata) <= {"conj", "neg"}:
            raise pickle.UnpicklingError(f"a tensor with the unknown marks {metadata!r}")
        if metadata.get("conj"):
            made = made.conj().clone()
        if metadata.get("neg"):
            made = made.neg()
    if requires_grad and not (made.dtype.is_floating_point or made.dtype.is_complex):
        raise pickle.UnpicklingError(f"a tensor of {made.dtype.name} that requires a gradient")
    return made.requires_grad_() if requires_grad else made


def _checked(kind, make):
    """A function of one argument that must be of a type: bytearray(10**12) is memory, not data."""

    def call(*arguments):
        if len(arguments) > 1 or arguments and not isinstance(arguments[0], kind):
            raise pickle.UnpicklingError(f"it makes a {make.__name__} of {arguments!r}"[:200])
        return make(*arguments)

    return Function(call)


def _encoded(text, encoding="utf-8"):
    """Bytes in a pickle of protocol 2."""
    if not isinstance(text, str) or encoding not in ("latin1", "utf-8"):
        raise pickle.UnpicklingError(f"it encodes {type(text).__name__} as {encoding!r}")
    return text.encode(encoding)


def _complex(real=0.0, imaginary=0.0):
    return complex(float(real), float(imaginary))


def _device(*place):
    try:
        return device(*place)
    except RuntimeError as error:
        raise pickle.UnpicklingError(f"the device {place}: {error}") from None


def _layout(name):
    if name != "torch.strided":
        raise pickle.UnpicklingError(f"a tensor of layout {name!r}: only torch.strided is known here")
    return STRIDED


def _names(parameter) -> dict:
    """The table of what a file may name. `parameter` is the class of parameters."""

    def as_parameter(data=None, requires_grad=True, hooks=None, state=None):
        made = parameter(data, bool(requires_grad))
        return _with_attributes(made, state)

    def of_type(function, kind, arguments, state):
        if not isinstance(function, Function) or kind not in (names["torch.Tensor"], names[_PARAMETER]):
            raise pickle.UnpicklingError("a tensor of a class of its own: only Tensor and Parameter are known here")
        made = function.call(*arguments)
        if kind is names[_PARAMETER] and not isinstance(made, parameter):
            made = parameter(made, made.requires_grad)
        return _with_attributes(made, state)

    names: dict[str, Any] = {
        "collections.OrderedDict": Function(lambda *pairs: OrderedDict(*pairs)),
        "collections.Counter": _checked(dict, Counter),
        "builtins.set": _checked(list, set),
        "builtins.frozenset": _checked(list, frozenset),
        "builtins.bytearray": _checked((bytes, bytearray), bytearray),
        "builtins.complex": Function(_complex),
        "_codecs.encode": Function(_encoded),
        "torch.Size": _checked(tuple, Size),
        "torch.device": Function(_device),
        "torch.serialization._get_layout": Function(_layout),
        "torch.Tensor": "torch.Tensor",
        _PARAMETER: Function(as_parameter),
        "torch.storage.UntypedStorage": _StorageType(dtypes.uint8),
        "torch._utils._rebuild_tensor": Function(_tensor),
        "torch._utils._rebuild_tensor_v2": Function(_tensor),
        "torch._utils._rebuild_tensor_v3": Function(_tensor_of_type),
        "torch._utils._rebuild_parameter": Function(as_parameter),
        "torch._utils._rebuild_parameter_with_state": Function(as_parameter),
        "torch._tensor._rebuild_from_type_v2": Function(of_type),
    }
    for name, dtype in _STORAGES.items():
        names[f"torch.{name}Storage"] = names[f"torch.storage.{name}Storage"] = _StorageType(dtype)
    for dtype in dtypes.ALL:
        names[f"torch.{dtype.name}"] = dtype
    return names


_PARAMETER = "torch.nn.parameter.Parameter"


def _with_attributes(made, state):
    if state:
        if not isinstance(state, dict):
            raise pickle.UnpicklingError(f"the attributes of a tensor are a {type(state).__name__}")
        for name, value in state.items():
            if hasattr(type(made), name):
                raise pickle.UnpicklingError(f"a tensor whose attribute {name!r} would hide a method of tensors")
            setattr(made, name, value)
    return made


# ------------------------------------------------------------------------------------------------ places


def restored(contents, dtype, location, map_location) -> _Storage:
    """A storage of a file in this machine's memory, if that is where it is to be.

    RuntimeError for one on another device, unless `map_location` (a place, a mapping of places, or a function of
    storage and place) moves it here.
    """
    storage = _Storage(contents, dtype)
    if callable(map_location):
        made = Storage(contents)
        found = map_location(made, location)
        if found is not None:
            if not isinstance(found, Storage):
                raise RuntimeError(
                    f"load(): map_location gave a {type(found).__name__} for a storage, not a storage or None"
                )
            return storage if found is made else _Storage(found.flat(numpy.dtype(numpy.uint8)), dtype)
    else:
        location = place_for(location, map_location)
    check_place(location)
    return storage


def place_for(location, map_location) -> str:
    """Where a storage that was at `location` goes, by a `map_location` that is no function."""
    if map_location is None:
        return location
    if isinstance(map_location, dict):
        return str(map_location.get(location, location))
    return map_location.decode() if isinstance(map_location, bytes) else str(map_location)


def check_place(location) -> None:
    """RuntimeError for a place that is not this machine's memory."""
    word = str(location).partition(":")[0]
    if word == "cuda":
        raise RuntimeError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are "
            "running on a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map your "
            "storages to the CPU."
        )
    if word != "cpu":
        raise RuntimeError(
            "don't know how to restore data location of torch.storage.UntypedStorage (tagged with "
            f"{location}): map_location='cpu' puts it into main memory"
        )


def _identity(given, old: bool) -> tuple:
    """The parts of a storage's identity: (type, key, location, number of elements)."""
    count = 6 if old else 5
    if type(given) is not tuple or len(given) != count or given[0] != "storage":
        what = given[0] if isinstance(given, tuple) and given else given
        raise pickle.UnpicklingError(f"Only persistent_load of storage is allowed, but got {what!r}"[:200])
    _, kind, key, location, length, *_ = given
    if not isinstance(kind, _StorageType) or type(length) is not int or length < 0 or not isinstance(key, str):
        raise pickle.UnpicklingError(f"a storage that is none: {given!r}"[:200])
    return kind.dtype, key, location, length


# ------------------------------------------------------------------------------------------------ archives


def read_archive(file, map_location, parameter, mapped: bool):
    """The object in a zip archive. `mapped`: the storages lie in the file, mapped, rather than in memory."""
    with _readable():
        archive = zipfile.ZipFile(file)
        names = archive.namelist()
    root = next((name[: -len("data.pkl")] for name in names if name.endswith("data.pkl")), None)
    if root is None:
        raise Damaged(f"it is a zip archive without data.pkl, not one of torch.save; it holds {names[:5]}")
    if root + "constants.pkl" in names:
        raise pickle.UnpicklingError("it is a TorchScript archive, which is a program; only data is loaded")
    with _readable():
        order = archive.read(root + "byteorder").decode() if root + "byteorder" in names else "little"
        structure = archive.read(root + "data.pkl")
    whole = memory_mapping.mmap(file.fileno(), 0, access=memory_mapping.ACCESS_COPY) if mapped else None
    storages: dict[str, _Storage] = {}

    def persistent(given):
        dtype, key, location, length = _identity(given, old=False)
        if key not in storages:
            contents = _record(archive, f"{root}data/{key}", whole)
            if contents.size < length * dtype.itemsize:
                raise Damaged(f"storage {key} has {contents.size} bytes, not {length} elements of {dtype.name}")
            storages[key] = restored(_in_our_order(contents, dtype, order), dtype, location, map_location)
        return storages[key].read_as(dtype)

    return Machine(_names(parameter), persistent).load(io.BytesIO(structure))


@contextlib.contextmanager
def _readable():
    """What Python's reader of archives raises for one that is damaged, as Damaged."""
    try:
        yield
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, struct.error, ValueError,
            OverflowError, RuntimeError, OSError) as error:  # fmt: skip
        # RuntimeError is about entries that are marked as encrypted. Of the system's errors only the one about a place
        # in front of the file tells of its contents; others are about the disk.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise Damaged(f"PytorchStreamReader failed reading zip archive: {error}") from None


def _record(archive, name: str, whole):
    """The bytes of an entry of an archive, on the mapped file or in memory of their own."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise Damaged(f"the archive has no {name}") from None
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise Damaged(f"{name} is compressed, which torch.save does not do")
    if whole is not None:
        start = entry.header_offset
        with _readable():
            own_name, extra = struct.unpack_from("<HH", whole, start + 26)
            contents = numpy.frombuffer(whole, numpy.uint8, entry.file_size, start + 30 + own_name + extra)
        return contents if contents.ctypes.data % 16 == 0 else contents.copy()
    with _readable():
        data = archive.read(entry)
    return numpy.frombuffer(bytearray(data), numpy.uint8)


def _in_our_order(contents, dtype, order: str):
    if order == sys.byteorder or dtype.itemsize == 1:
        return contents
    part = dtype.to_real().numpy
    return contents[: contents.size - contents.size % part.itemsize].view(part).byteswap().view(numpy.uint8)


# ------------------------------------------------------------------------------------------------ the older form


def read_old(file, map_location, parameter):
    """The object in a file of the older form: pickles one after the other, then the bytes of the storages.

    The structure is read twice: to learn which storages there are, and again when they are filled.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    plain = Machine({}, lambda given: _identity(given, old=True))
    number, version, system = plain.load(file), plain.load(file), plain.load(file)
    if number != _OLD_NUMBER or version != _OLD_VERSION:
        raise Damaged(f"Invalid magic number; corrupt file? It has number {number} and version {version}")
    order = "little" if not isinstance(system, dict) or system.get("little_endian", True) else "big"
    found: dict[str, tuple] = {}  # by key: bytes, type, number of elements, place

    def first_seen(given):
        dtype, key, location, length = _identity(given, old=True)
        if given[5] is not None:
            raise pickle.UnpicklingError("a view of a storage, as PyTorch wrote before version 0.4")
        if key not in found:
            if length * dtype.itemsize > size:
                raise Damaged(f"storage {key} of {length} elements of {dtype.name} is longer than the file")
            found[key] = numpy.zeros(length * dtype.itemsize, numpy.uint8), dtype, length, location
        return _Storage(found[key][0], dtype)

    structure = file.tell()
    names = _names(parameter)
    Machine(names, first_seen).load(file)
    keys = plain.load(file)
    if not isinstance(keys, list) or set(keys) != set(found):
        raise Damaged("the list of storages is not that of the storages in the structure")
    for key in keys:
        contents, dtype, length, _ = found[key]
        stated = file.read(8)
        if len(stated) < 8 or struct.unpack("<q", stated)[0] != length:
            raise Damaged(f"storage {key} does not begin with its length, {length}")
        if file.readinto(memoryview(contents)) != contents.size:
            raise Damaged(f"it is cut off in storage {key}")
        contents[...] = _in_our_order(contents, dtype, order)
    storages = {
        key: restored(contents, dtype, location, map_location) for key, (contents, dtype, _, location) in found.items()
    }
    file.seek(structure)
    return Machine(names, lambda given: storages[given[2]].read_as(given[1].dtype)).load(file)
