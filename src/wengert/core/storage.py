"""The memory that several tensors share, and the count of its in-place changes."""

import cython
import numpy

from .provenance import where_of


@cython.final
@cython.freelist(64)
@cython.binding(False)
@cython.cclass
class Storage:
    """The memory that several tensors share.

    It is made when a tensor first gets a view, an alias or an in-place change; until then the tensor is alone with its
    array and the version is 0. `version` rises by one with every in-place change through any of the tensors, which is
    how a saved value knows that it was changed. Two tensors share memory exactly if their storages are one object.
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

    def data_ptr(self) -> int:
        """Address of the first byte."""
        return self._owner().__array_interface__["data"][0]

    def nbytes(self) -> int:
        """Size in bytes."""
        return self._owner().nbytes

    def __len__(self) -> int:
        return self._owner().size

    def size(self) -> int:
        """Number of elements, counted in the type of the tensor that the storage was made for."""
        return self._owner().size

    def _owner(self):
        # A NumPy view keeps a reference to what it views; what is not an array (a buffer) ends the walk.
        owner = self.array
        while isinstance(owner.base, numpy.ndarray):
            owner = owner.base
        return owner

    def flat(self, dtype):
        """All of the memory as a one-dimensional array of `dtype`."""
        return self._owner().ravel(order="K").view(dtype)

    def contents(self):
        """The memory as a one-dimensional array, without a copy; None where it does not lie in one piece."""
        owner = self._owner()
        return owner.ravel(order="K") if owner.flags.forc else None

    def __reduce__(self):
        return Storage, (self.contents(),)

    def __getitem__(self, index):
        return self._owner().ravel()[index].item()

    def tolist(self) -> list:
        return self._owner().ravel().tolist()

    def __repr__(self) -> str:
        owner = self._owner()
        return f"<Storage of {owner.size} {owner.dtype} at {self.data_ptr():#x}, version {self.version}>"
