"""The object in a file, whatever program has made it."""

import json
import mmap as memory_mapping
import os
import pickle
import zlib
from typing import Any

import numpy

from ..core import dtypes
from ..core.promotion import from_array
from ..core.replacement import on_storage
from ..interop import pytorch_file, safetensors_file
from ..nn.parameter import Parameter
from . import object_tree
from .writing import CHECKSUM, TREE, VERSION, checksum_place

# How files of other kinds begin, and what reads them.
_OTHERS = {
    b"\x93NUMPY": "an array of numpy.save: wengert.from_numpy(numpy.load(file)) reads it",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file",
    b"\x1f\x8b": "a file compressed by gzip: decompress it first",
    b"BZh": "a file compressed by bzip2: decompress it first",
    b"\xfd7zXZ": "a file compressed by xz: decompress it first",
    b"version https://git-lfs": "the pointer of a file that Git LFS keeps elsewhere: fetch the file itself",
    b"<!DOCTYPE": "a page of HTML: the download has failed",
    b"<html": "a page of HTML: the download has failed",
    b"{": "text in JSON",
    b"\x80": "a pickle of another program, which is a program itself",
}


def read(file, name: str, map_location, mmap: bool | None, has_path: bool):
    """The object in an open file; `name` is for messages."""
    start = 0 if has_path else file.tell()
    size = file.seek(0, os.SEEK_END) - start
    file.seek(start)
    begin = file.read(512)
    file.seek(start)
    if not begin:
        raise EOFError(f"load(): {name} is empty")
    if safetensors_file.is_safetensors(begin[:9], size):
        return _read_safetensors(file, name, map_location, mmap, has_path)
    try:
        if begin.startswith(b"PK\x03\x04"):
            return pytorch_file.read_archive(_window(file, start), map_location, Parameter, bool(mmap))
        if begin.startswith(pytorch_file.OLD_BEGIN):
            if mmap:
                raise RuntimeError(
                    f"mmap can only be used with files saved as zip archives, which torch.save writes since version "
                    f"1.6; {name} is an older one"
                )
            return pytorch_file.read_old(_window(file, start), map_location, Parameter)
    except pytorch_file.Damaged as error:
        raise RuntimeError(f"load(): {name} is damaged: {error}") from None
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(f"Weights only load failed. load(): in {name}: {error}") from None
    raise pickle.UnpicklingError(_what_else(name, begin, size))


def _window(file, start: int):
    """A file that begins where the given one is."""
    if start == 0:
        return file
    import io

    return io.BytesIO(file.read())


def _what_else(name: str, begin: bytes, size: int) -> str:
    if begin[257:262] == b"ustar":
        kind = "a tar archive, as PyTorch wrote before version 0.1.10"
    else:
        kind = next((words for mark, words in _OTHERS.items() if begin.startswith(mark)), "of another kind, or cut off")
    return (
        f"load(): {name} is no file of save(), no safetensors file and none of torch.save: it is {kind}. It has {size} "
        f"bytes and begins with {begin[:16]!r}"
    )


# ------------------------------------------------------------------------------------------------ safetensors


def _read_safetensors(file, name: str, map_location, mmap: bool | None, has_path: bool):
    if isinstance(map_location, dict) or callable(map_location):
        # Nothing in such a file says where a tensor was.
        map_location = None
    if map_location is not None:
        pytorch_file.check_place(pytorch_file.place_for("cpu", map_location))
    mapped = mmap is not False and has_path
    if has_path:
        memory = memoryview(memory_mapping.mmap(file.fileno(), 0, access=memory_mapping.ACCESS_COPY))
    else:
        memory = memoryview(file.read())
    try:
        contents = safetensors_file.read(memory)
        if TREE not in contents.metadata and CHECKSUM not in contents.metadata:
            return {key: from_array(contents.array(key, not mapped)) for key in contents.entries}
        if mmap is not True:
            _check_sum(contents)
        return _rebuilt(contents, not mapped)
    except safetensors_file.Damaged as error:
        raise RuntimeError(f"load(): {name} is no valid safetensors file: {error}") from None


def _check_sum(contents) -> None:
    header = contents.header
    place = checksum_place(header)
    stated = header[place : place + 8]
    found = zlib.crc32(contents.data, zlib.crc32(header[:place] + b"0" * 8 + header[place + 8 :]))
    if place < 0 or stated != f"{found:08x}".encode():
        raise safetensors_file.Damaged(
            f"it was altered after it was saved: its checksum is {stated.decode(errors='replace')!r}, and that of its "
            f"bytes {found:08x}"
        )


def _rebuilt(contents, copy: bool):
    """The object of a file that `save` has made."""
    try:
        about = json.loads(contents.metadata[TREE])
        if about["version"] != VERSION:
            raise safetensors_file.Damaged(
                f"its structure is of version {about['version']!r}, and this program knows version {VERSION}"
            )
        entries = _Entries(contents, copy)
        tensors = [entries.tensor(record) for record in about["tensors"]]
        return object_tree.read(about["tree"], tensors)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, object_tree.Malformed) as error:
        raise safetensors_file.Damaged(
            f"the structure in its metadata is none that save() writes: {type(error).__name__}: {error}"
        ) from None


class _Entries:
    """The entries of a file as tensors; those on one entry share its memory."""

    def __init__(self, contents, copy: bool):
        self._contents = contents
        self._copy = copy
        self._arrays: dict[str, Any] = {}
        self._storages: dict[str, Any] = {}

    def tensor(self, record: dict):
        """The tensor, or array, of a record."""
        array = self._array(record)
        if record.get("is") == "array":
            return array
        entry = record["entry"]
        if entry not in self._storages:
            self._storages[entry] = from_array(self._arrays[entry]).untyped_storage()
        made = on_storage(array, self._storages[entry]) if "strides" not in record else from_array(array)
        requires_grad = bool(record.get("requires_grad", False))
        if record.get("is") == "parameter":
            made = Parameter(made, requires_grad)
        elif requires_grad:
            made.requires_grad_()
        for name, value in (object_tree.read(record["attributes"], []) if "attributes" in record else {}).items():
            if hasattr(type(made), name):
                raise ValueError(f"the attribute {name!r} would hide a method of tensors")
            setattr(made, name, value)
        return made

    def _array(self, record: dict):
        entry = record["entry"]
        if entry not in self._arrays:
            self._arrays[entry] = self._contents.array(entry, self._copy)
        whole = self._arrays[entry]
        array = whole
        if "view" in record:
            name, shape, strides, offset = record["view"]
            dtype = dtypes.by_name(name).numpy
            # NumPy refuses what leads out of the memory.
            array = numpy.ndarray(tuple(shape), dtype, whole.reshape(-1).view(numpy.uint8), offset, tuple(strides))
            if safetensors_file.has_odd_booleans(array):
                raise ValueError("booleans that are neither 0 nor 1")
        if "strides" in record:
            memory = numpy.empty(array.size, array.dtype)
            laid_out = numpy.ndarray(array.shape, array.dtype, memory, 0, tuple(record["strides"]))
            laid_out[...] = array
            array = laid_out
        return array
