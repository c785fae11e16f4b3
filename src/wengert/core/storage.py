"""The memory that several tensors share, and the count of its in-place changes."""

import mmap
import operator

import cython
import numpy
from cython.cimports.wengert.core.provenance import locate

from ..kernels import strided
from .provenance import where_of
from .size import CPU, check_device


class SharedMemory(mmap.mmap):
    """Memory that processes forked from this one share."""


@cython.final
@cython.freelist(64)
@cython.binding(False)
@cython.cclass
class Storage:
    """The memory that several tensors share.

    It is made when a tensor first gets a view, an alias or an in-place change; until then the tensor is alone with its
    array and the version is 0. `version` rises by one with every in-place change through any of the tensors, which is
    how a saved value knows that it was changed. Two tensors share memory exactly if their storages are one object.
    To its user it is a sequence of bytes, as PyTorch's UntypedStorage; `TypedStorage` reads it as elements.
    Storage(n) is one of n bytes, which are 0, Storage(sequence) one of the bytes in a sequence, Storage(array) the
    memory of an array. RuntimeError for a negative number, TypeError for anything else.

    >>> import wengert as t
    >>> t.UntypedStorage([1, 2]).tolist(), t.zeros(2, 3).untyped_storage().nbytes()
    ([1, 2], 24)
    """

    def __init__(self, source=0, device=None):
        if device is not None:
            check_device(device)
        if isinstance(source, numpy.ndarray):
            self.array = source
        elif isinstance(source, (list, tuple)):
            self.array = numpy.array([operator.index(x) & 0xFF for x in source], numpy.uint8)
        elif isinstance(source, int) and not isinstance(source, bool):
            if source < 0:
                raise RuntimeError(f"Storage size must be non-negative, got: {source}")
            self.array = numpy.zeros(source, numpy.uint8)
        else:
            raise TypeError(
                f"UntypedStorage(): expected a size in bytes or a sequence of bytes, not {type(source).__name__}"
            )

    @cython.cfunc
    def continued(self, array) -> Storage:
        """A storage for other memory that goes on counting where this one is."""
        memory: Storage = Storage.__new__(Storage)
        memory.array = array
        memory.version = self.version
        memory.changed_by = self.changed_by
        memory.changed_code = self.changed_code
        memory.changed_offset = self.changed_offset
        return memory

    @property
    def last_change(self):
        """What changed the memory last and where: (name, Where); (None, None) if nothing did."""
        return self.changed_by, where_of(self.changed_code, self.changed_offset)

    def _bytes(self):
        return strided.memory(strided.owner_of(self.array))

    def flat(self, dtype):
        """All of the memory as a one-dimensional array of `dtype`, without a copy."""
        whole = self._bytes()
        return whole[: whole.size - whole.size % dtype.itemsize].view(dtype)

    def contents(self):
        """The memory as a one-dimensional array of the type it was made with, without a copy."""
        return self.flat(strided.owner_of(self.array).dtype)

    def data_ptr(self) -> int:
        """Address of the first byte."""
        return self._bytes().__array_interface__["data"][0]

    def nbytes(self) -> int:
        """Size in bytes."""
        first, end = strided.extent(strided.owner_of(self.array))
        return end - first

    def size(self) -> int:
        """Size in bytes."""
        return self.nbytes()

    def __len__(self) -> int:
        return self.nbytes()

    def element_size(self) -> int:
        """Bytes of one element, which is a byte."""
        return 1

    @property
    def device(self):
        """Where the memory is."""
        return CPU

    def is_shared(self) -> bool:
        """Whether processes forked from this one share the memory (see `Tensor.share_memory_`)."""
        base = strided.owner_of(self.array).base
        return isinstance(getattr(base, "obj", base), SharedMemory)

    def fill_(self, value):
        """Set every byte; counted as an in-place change. RuntimeError for what is no int."""
        self._bytes()[...] = _byte("fill_", value)
        self._changed("fill_")
        return self

    def copy_(self, source, non_blocking=None):
        """Copy the bytes of another storage of the same size; counted as an in-place change."""
        if not isinstance(source, Storage):
            found = type(source).__name__
            raise TypeError(f"copy_(): argument 'source' (position 1) must be UntypedStorage, not {found}")
        if source.nbytes() != self.nbytes():
            raise RuntimeError(
                f"size does not match, self was {self.nbytes()} bytes but src was {source.nbytes()} bytes"
            )
        self._bytes()[...] = source.flat(numpy.dtype(numpy.uint8))
        self._changed("copy_")
        return self

    def resize_(self, size):
        """Give the storage another number of bytes; counted as an in-place change. What is kept stays, the rest is 0.

        The tensors on the storage follow it to its new memory; NumPy's arrays on the old one do not. RuntimeError where
        a tensor needs more bytes than would be left.
        """
        if not isinstance(size, int) or isinstance(size, bool):
            raise RuntimeError(f"resize_ expects an int, but got {type(size).__name__}")
        if size < 0:
            raise RuntimeError(f"resize_: a storage of {size} bytes was asked for; the number must not be negative")
        from .layout import follow

        follow(self, size)
        self._changed("resize_")
        return self

    def resizable(self) -> bool:
        """Whether `resize_` is possible: always."""
        return True

    def _changed(self, by: str) -> None:
        self.version += 1
        self.changed_by = by
        self.changed_code = locate(cython.address(self.changed_offset))

    def clone(self):
        """A copy of the memory."""
        return Storage(self._bytes().copy())

    def __reduce__(self):
        return Storage, (self.contents(),)

    def __getitem__(self, index):
        if isinstance(index, slice):
            # A buffer, whose memory ends where the slice ends.
            part = self._bytes()[self._range(index)]
            return Storage(numpy.asarray(memoryview(part))) if part.size else Storage()
        return self._bytes()[self._position(index)].item()

    def __setitem__(self, index, value):
        try:
            at = self._range(index) if isinstance(index, slice) else self._position(index)
        except IndexError as error:
            raise RuntimeError(f"out of bounds: {error}") from None
        self._bytes()[at] = _byte("__setitem__", value)
        self._changed("__setitem__")

    def _range(self, index):
        if index.step not in (None, 1):
            raise RuntimeError(f"Trying to slice with a step of {index.step}, but only a step of 1 is supported")
        return index

    def _position(self, index) -> int:
        if isinstance(index, bool) or not hasattr(index, "__index__"):
            raise TypeError(f"can't index a wengert.UntypedStorage with {type(index).__name__}")
        at, size = operator.index(index), self.nbytes()
        if not -size <= at < size:
            raise IndexError(f"index {at} out of range for storage of size {size}")
        return at

    def __iter__(self):
        return iter(self.tolist())

    def tolist(self) -> list:
        """The bytes, as ints."""
        return self._bytes().tolist()

    def untyped(self):
        """The storage itself."""
        return self

    def cpu(self):
        """The storage itself, for it is in main memory."""
        return self

    def new(self):
        """An empty storage."""
        return Storage()

    def type(self) -> str:
        """The name of its type."""
        return "wengert.storage.UntypedStorage"

    @property
    def is_cuda(self) -> bool:
        """False: the memory is main memory."""
        return False

    def is_pinned(self, device=None) -> bool:
        """False: no device asks for memory that stays where it is."""
        return False

    @property
    def filename(self):
        """None: the memory has no name that other processes could ask for."""
        return None

    def __repr__(self) -> str:
        return described(self.tolist(), f"UntypedStorage(device={self.device}) of size {self.nbytes()}")


def described(values: list, what: str) -> str:
    """The text of a storage: a value on each line, and what it is."""
    lines = "\n ".join([str(x) for x in values])
    return f" {lines}\n[wengert.storage.{what}]"


def _byte(name: str, value) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise RuntimeError(f"{name} expects int, but got {type(value).__name__}")
    return operator.index(value) & 0xFF
