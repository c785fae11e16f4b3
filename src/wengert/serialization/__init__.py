"""`save` and `load`: tensors, state dicts and nested plain structures in files that hold nothing but data.

A saved file is a safetensors file: every tensor in it is read by any program that reads those, PyTorch's `load` among
them. What the format has no place for stands as JSON in its metadata: the structure around the tensors, which of them
share memory, and a checksum of the file.
"""

import os
import pickle
from typing import Any

from ..core import device

__all__ = ["load", "save"]


def save(obj, f, pickle_module=None, pickle_protocol=None) -> None:
    """Save an object: tensors, parameters, and dicts, lists, tuples and sets of them and of plain values.

    Args:
        obj: the object. Plain values are None, bool, int, float, complex, str, bytes, bytearray, `Size`, dtypes,
            devices, NumPy's arrays and scalars. What `state_dict()` of a module or an optimizer gives is made of these.
        f: a path, or a binary file to write to. A path gets the whole file at once: it is written without a name
            beside the old one, which it replaces when all of it is on the disk. Whatever happens, the old file or the
            new one is there, whole.
        pickle_module, pickle_protocol: of PyTorch's signature. Nothing is pickled: the first must be None or `pickle`,
            the second has no effect.

    Tensors that share memory share it again when they are loaded, a tensor that is there twice is one tensor again.
    The file is a safetensors file in which tensors have their places in the structure as names ("model.0.weight");
    one that shares another's memory stands there once, under the name of the first.

    Raises:
        TypeError: something that is not plain, with its place; modules and optimizers among them.
        ValueError: a structure that contains itself or is nested too deeply.
        RuntimeError: no such folder, or a tensor of a function transform.
        OSError: the disk is full or refuses.

    >>> import tempfile
    >>> import wengert as t
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     t.save({"weight": t.ones(2), "epoch": 3}, folder + "/run.safetensors")
    ...     t.load(folder + "/run.safetensors")
    {'weight': tensor([1., 1.]), 'epoch': 3}
    """
    from . import writing

    if pickle_module not in (None, pickle):
        raise RuntimeError(f"save(): nothing is pickled, so pickle_module={pickle_module!r} cannot be used")
    if isinstance(f, (str, bytes, os.PathLike)):
        from .atomic_file import replacing

        parts = writing.parts_of(obj)
        try:
            with replacing(f) as file:
                _write(parts, file)
        except OSError as error:
            if error.filename is None:
                error.filename = os.fsdecode(f)
            raise
    elif hasattr(f, "write"):
        _write(writing.parts_of(obj), f)
    else:
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a 'write' attribute, not {type(f).__name__}"
        )


def _write(parts, file) -> None:
    for part in parts:
        while len(part):
            written = file.write(part)
            # An unbuffered file may take less than it is given.
            part = part[len(part) if written is None else written :]


def load(f, map_location: Any = None, pickle_module=None, *, weights_only=None, mmap=None, **pickle_load_args):
    """The object in a file: one that `save` has made, a safetensors file, or a file of PyTorch's `save`.

    Args:
        f: a path, or a binary file that can seek.
        map_location: where storages go that PyTorch saved on another device: "cpu", a mapping of places, or a function
            of a storage and its place.
        pickle_module: of PyTorch's signature; nothing is unpickled, so it must be None or `pickle`.
        weights_only: of PyTorch's signature, without effect: no file runs anything, whatever it is.
        mmap: whether tensors lie in the file, mapped into memory, so that only what is looked at is read. Changes to
            them stay in memory. Unless given, safetensors files are mapped and those of PyTorch read. True also leaves
            out the check of the bytes of a file of `save`. A mapped file must not be shortened while it is used, which
            the system answers with a kill; a `save` over it is no such thing.
        pickle_load_args: `encoding` is accepted, for text that Python 2 wrote.

    A safetensors file that another program has made gives a dict of tensors.

    Raises:
        FileNotFoundError, IsADirectoryError, OSError: what cannot be opened.
        RuntimeError: a file that is cut off or altered, naming what was found; a tensor on another device without
            `map_location`. Of a file of `save` every byte is checked, of PyTorch's archives every storage.
        pickle.UnpicklingError: a file of PyTorch with more in it than tensors and plain containers, naming it, and a
            file of another kind.
        EOFError: an empty file.
        ValueError: `mmap` of a file that has no path.

    >>> import io
    >>> import wengert as t
    >>> file = io.BytesIO()
    >>> t.save([t.arange(3), "text"], file)
    >>> _ = file.seek(0)
    >>> t.load(file)
    [tensor([0, 1, 2]), 'text']
    """
    from . import reading

    if pickle_module not in (None, pickle):
        raise RuntimeError(
            "Can not safely load weights when explicit pickle_module is specified: nothing is unpickled here, so "
            f"pickle_module={pickle_module!r} cannot be used"
        )
    unknown = set(pickle_load_args) - {"encoding"}
    if unknown:
        raise TypeError(f"load() got an unexpected keyword argument {sorted(unknown)[0]!r}")
    if isinstance(map_location, device):
        map_location = str(map_location)
    if map_location is not None and not isinstance(map_location, (str, bytes, dict)) and not callable(map_location):
        raise TypeError(
            f"load(): map_location is a {type(map_location).__name__}, not a device, a mapping of places or a function"
        )
    if isinstance(f, (str, bytes, os.PathLike)):
        with open(f, "rb") as file:
            return reading.read(file, os.fsdecode(f), map_location, mmap, True)
    if not hasattr(f, "seek") or not hasattr(f, "read"):
        raise AttributeError(
            f"'{type(f).__name__}' object has no attribute 'seek'. You can only torch.load from a file that is "
            "seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
        )
    if mmap:
        raise ValueError("f must be a file path in order to use the mmap argument")
    return reading.read(f, getattr(f, "name", type(f).__name__), map_location, mmap, False)


def __dir__():
    return sorted(__all__)
