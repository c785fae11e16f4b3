"""Storages read as elements: `TypedStorage`, and one class of it for each element type, `FloatStorage` and its like."""

import numpy

from ..core import Storage, bind_method, dtypes
from ..core.errors import type_word
from ..core.registry import register_function
from ..core.storage import described


class TypedStorage:
    """The memory under a tensor, read as a sequence of elements of its type: what `Tensor.storage()` returns.

    TypedStorage(n) is one of n elements, TypedStorage(sequence) one of the numbers in a sequence, both of the type
    `dtype` (the default dtype unless given); TypedStorage(wrap_storage=storage) reads the bytes of a storage.

    >>> import wengert as t
    >>> t.TypedStorage([1, 2], dtype=t.int32)
     1
     2
    [wengert.storage.TypedStorage(dtype=wengert.int32, device=cpu) of size 2]
    """

    __slots__ = ("_untyped", "_dtype")

    def __init__(self, *data, wrap_storage=None, dtype=None, device=None):
        if len(data) > 1 or data and wrap_storage is not None:
            raise RuntimeError(
                f"{type(self).__name__}(): expected a size, a sequence or wrap_storage, but got {len(data)} arguments"
            )
        self._dtype = dtypes.get_default_dtype() if dtype is None else dtype
        if not isinstance(self._dtype, dtypes.dtype):
            raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
        if wrap_storage is not None:
            if not isinstance(wrap_storage, Storage):
                raise TypeError(
                    f"argument 'wrap_storage' must be UntypedStorage, not {type(wrap_storage).__name__}: untyped() "
                    "gives it"
                )
            self._untyped = wrap_storage
            return
        source = data[0] if data else 0
        if isinstance(source, int) and not isinstance(source, bool):
            self._untyped = Storage(source * self._dtype.itemsize, device)
        elif isinstance(source, (list, tuple)):
            self._untyped = Storage(numpy.array(source, self._dtype.numpy), device)
        else:
            raise TypeError(f"{type(self).__name__}(): expected a size or a sequence, not {type(source).__name__}")

    @property
    def dtype(self):
        """The element type."""
        return self._dtype

    def _elements(self):
        return self._untyped.flat(self.dtype.numpy)

    def untyped(self) -> Storage:
        """The memory as bytes."""
        return self._untyped

    def data_ptr(self) -> int:
        """Address of the first byte."""
        return self._untyped.data_ptr()

    def nbytes(self) -> int:
        """Size in bytes."""
        return self._untyped.nbytes()

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    def size(self) -> int:
        """Number of elements."""
        return len(self)

    def __len__(self) -> int:
        return self._untyped.nbytes() // self.dtype.itemsize

    @property
    def device(self):
        """Where the memory is."""
        return self._untyped.device

    @property
    def is_cuda(self) -> bool:
        """False: the memory is main memory."""
        return False

    def is_pinned(self, device=None) -> bool:
        """False: no device asks for memory that stays where it is."""
        return False

    def is_shared(self) -> bool:
        """Whether processes forked from this one share the memory."""
        return self._untyped.is_shared()

    def resizable(self) -> bool:
        """Whether `resize_` is possible: always."""
        return True

    def resize_(self, size) -> None:
        """Give the storage another number of elements (see `UntypedStorage.resize_`)."""
        self._untyped.resize_(size * self.dtype.itemsize)

    def type(self, dtype=None):
        """The name of its class, "wengert.FloatStorage"; or the elements in another type."""
        return f"wengert.{type_word(self.dtype.numpy)}Storage" if dtype is None else self._to(dtype)

    def pickle_storage_type(self) -> str:
        """The name of its class, without the library."""
        return f"{type_word(self.dtype.numpy)}Storage"

    def cpu(self):
        """The storage itself, for it is in main memory."""
        return self

    def _to(self, dtype):
        if dtype is self.dtype:
            return self
        return TypedStorage(wrap_storage=Storage(self._elements().astype(dtype.numpy)), dtype=dtype)

    def tolist(self) -> list:
        """The elements as Python numbers."""
        return self._elements().tolist()

    def _position(self, index):
        if isinstance(index, bool) or not isinstance(index, (int, numpy.integer)):
            raise TypeError(f"can't index a {type(self)} with {type(index)}")
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} out of range for storage of size {len(self)}")
        return index

    def __getitem__(self, index):
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__: untyped() gives it")
        return self._elements()[self._position(index)].item()

    def __setitem__(self, index, value):
        self._elements()[index if isinstance(index, slice) else self._position(index)] = value
        self._untyped._changed("__setitem__")

    def __iter__(self):
        return iter(self.tolist())

    def fill_(self, value):
        """Set every element; counted as an in-place change."""
        self[:] = value
        return self

    def copy_(self, source, non_blocking=None):
        """Copy the bytes of another storage of the same size; counted as an in-place change."""
        self._untyped.copy_(source.untyped() if isinstance(source, TypedStorage) else source)
        return self

    def clone(self):
        """A copy of the memory."""
        return TypedStorage(wrap_storage=self._untyped.clone(), dtype=self.dtype)

    def __eq__(self, other) -> bool:
        if not isinstance(other, TypedStorage):
            return NotImplemented
        return self.data_ptr() == other.data_ptr() and self.dtype is other.dtype

    def __hash__(self) -> int:
        return hash((self.data_ptr(), self.dtype))

    def __repr__(self) -> str:
        return described(
            self.tolist(), f"TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}"
        )

    def __reduce__(self):
        return _typed, (self._untyped, self.dtype)


def _typed(untyped: Storage, dtype) -> TypedStorage:
    return TypedStorage(wrap_storage=untyped, dtype=dtype)


# ------------------------------------------------------------------------------------------------ by element type


class _OfOneType(type):
    """The type of `FloatStorage` and its like: a `TypedStorage` of that dtype is an instance."""

    dtype: dtypes.dtype

    def __call__(cls, *data, wrap_storage=None, device=None):
        return TypedStorage(*data, wrap_storage=wrap_storage, dtype=cls.dtype, device=device)

    def __instancecheck__(cls, x) -> bool:
        return isinstance(x, TypedStorage) and x.dtype is cls.dtype


_OF_ONE_TYPE = """A `TypedStorage` of {dtype.name}: of the size, the sequence or the `wrap_storage` given.

    TypeError for anything else.

    >>> import wengert as t
    >>> t.{word}Storage(2).dtype
    {dtype!r}
    """


def _of_one_type(dtype):
    word = type_word(dtype.numpy)
    return _OfOneType(f"{word}Storage", (), {
        "dtype": dtype, "__module__": "wengert", "__doc__": _OF_ONE_TYPE.format(word=word, dtype=dtype),
    })  # fmt: skip


_WITH_STORAGES = [d for d in dtypes.ALL if d.name not in ("uint16", "uint32", "uint64")]
BY_DTYPE = {dtype: _of_one_type(dtype) for dtype in _WITH_STORAGES}
NAMES = {kind.__name__: kind for kind in BY_DTYPE.values()}


def _conversion(name: str, dtype):
    def convert(self):
        return self._to(dtype)

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"The elements as {dtype.name}."
    return convert


for _name in ("double", "float", "half", "long", "int", "short", "bool", "bfloat16"):
    setattr(TypedStorage, _name, _conversion(_name, getattr(dtypes, _name)))
for _name, _dtype in (("char", dtypes.int8), ("byte", dtypes.uint8), ("complex_double", dtypes.complex128),
                      ("complex_float", dtypes.complex64)):  # fmt: skip
    setattr(TypedStorage, _name, _conversion(_name, _dtype))


# ------------------------------------------------------------------------------------------------ of tensors


def storage(self):
    """The memory under the tensor as a sequence of its elements, a `TypedStorage`: all of it, also what the tensor as a
    view does not show.

    >>> import wengert as t
    >>> t.arange(4)[1:3].storage().tolist()
    [0, 1, 2, 3]
    """
    return TypedStorage(wrap_storage=self.untyped_storage(), dtype=self.dtype)


def storage_type(self):
    """The class of `storage()` for the tensor's dtype.

    >>> import wengert as t
    >>> t.ones(1).storage_type().__name__
    'FloatStorage'
    """
    return BY_DTYPE.get(self.dtype, TypedStorage)


@register_function
def is_storage(obj) -> bool:
    """Whether an object is the memory under a tensor.

    >>> import wengert as t
    >>> t.is_storage(t.ones(2).untyped_storage())
    True
    """
    return isinstance(obj, (Storage, TypedStorage))


for _function in (storage, storage_type):
    bind_method(_function.__name__, _function)
