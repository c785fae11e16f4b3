"""The memory that several tensors share, and the count of its in-place changes."""

import mmap

import cython
import numpy
from cython.cimports.wengert.core.provenance import locate

from ..kernels import strided
from .provenance import where_of
from .size import CPU


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
    """

    def __init__(self, array):
        self.array = array

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
        """Set every byte; counted as an in-place change."""
        self._bytes()[...] = value
        self._changed("fill_")
        return self

    def copy_(self, source):
        """Copy the bytes of another storage of the same size; counted as an in-place change."""
        if source.nbytes() != self.nbytes():
            raise RuntimeError(
                f"size does not match, self was {self.nbytes()} bytes but src was {source.nbytes()} bytes"
            )
        self._bytes()[...] = source.flat(numpy.dtype(numpy.uint8))
        self._changed("copy_")
        return self

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
        return self._bytes()[index].item() if not isinstance(index, slice) else Storage(self._bytes()[index])

    def __setitem__(self, index, value):
        self._bytes()[index] = value
        self._changed("__setitem__")

    def tolist(self) -> list:
        """The bytes, as ints."""
        return self._bytes().tolist()

    def __repr__(self) -> str:
        return f"<Storage of {self.nbytes()} bytes at {self.data_ptr():#x}, version {self.version}>"
