"""The element types of tensors, under PyTorch's names, and the default among the floating ones."""

import builtins

import ml_dtypes
import numpy

# The one type that is not NumPy's own: the upper half of a float32. NumPy calls its kind "V", unknown.
_bfloat16 = numpy.dtype(ml_dtypes.bfloat16)
# Python's numbers, which NumPy takes for types.
_PYTHONS = (builtins.bool, builtins.int, builtins.float, builtins.complex)


def kind_of(numpy_dtype) -> str:
    """What kind of number a NumPy type holds: "b", "u", "i", "f" (bfloat16 too) or "c"."""
    return "f" if numpy_dtype == _bfloat16 else numpy_dtype.kind


def is_inexact(numpy_dtype):
    """Whether a NumPy type holds floating or complex numbers, those that have derivatives."""
    return kind_of(numpy_dtype) in "fc"


class dtype:
    """An element type: `wengert.float32`, `wengert.int64`, ...

    Attributes:
        numpy: the NumPy dtype of the same memory layout.
        itemsize: size of an element in bytes.
        is_floating_point, is_complex, is_signed: what kind of number it is.
        category: 0 bool, 1 integer, 2 floating, 3 complex; promotion climbs it.

    >>> import wengert as t
    >>> t.float32.itemsize, t.float32.is_floating_point, t.float32
    (4, True, wengert.float32)
    """

    __slots__ = ("name", "numpy", "itemsize", "category")

    def __init__(self, name: str, numpy_dtype):
        self.name = name
        self.numpy = numpy.dtype(numpy_dtype)
        self.itemsize = self.numpy.itemsize
        self.category = (0, 1, 1, 2, 3)["buifc".index(kind_of(self.numpy))]

    @property
    def is_floating_point(self) -> bool:
        """Whether it holds real floating numbers.

        >>> import wengert as t
        >>> t.bfloat16.is_floating_point
        True
        """
        return self.category == 2

    @property
    def is_complex(self) -> bool:
        """Whether it holds complex numbers.

        >>> import wengert as t
        >>> t.complex64.is_complex
        True
        """
        return self.category == 3

    @property
    def is_signed(self) -> bool:
        """Whether it holds negative numbers, too.

        >>> import wengert as t
        >>> t.uint8.is_signed
        False
        """
        return self.numpy.kind not in "bu"

    @property
    def dtype(self):
        """The NumPy dtype, under the name by which NumPy asks other objects for one: `np.zeros(3, x.dtype)`."""
        return self.numpy

    def to_real(self) -> "dtype":
        """The type of the parts of a complex one; a real one itself.

        >>> import wengert as t
        >>> t.complex128.to_real()
        wengert.float64
        """
        return _by_numpy[_parts[self.numpy]] if self.is_complex else self

    def to_complex(self) -> "dtype":
        """The complex type whose parts are of this floating one (float32 for float16); RuntimeError for integers.

        >>> import wengert as t
        >>> t.float64.to_complex()
        wengert.complex128
        """
        if self.category < 2:
            raise RuntimeError(f"Unknown Complex ScalarType for {self.name}: only floating types are parts of one")
        return self if self.is_complex else _by_numpy[numpy.promote_types(self.numpy, numpy.complex64)]

    @property
    def kind(self) -> str:
        """NumPy's letter for the kind of number: "b", "i", "u", "f" or "c"."""
        return kind_of(self.numpy)

    @property
    def type(self):
        """The type of NumPy's scalars of it."""
        return self.numpy.type

    def __eq__(self, other) -> builtins.bool:
        """Whether it is the same type; also of NumPy's and Python's words for types, so that NumPy code may ask
        `x.dtype == np.float64`."""
        if isinstance(other, dtype):
            return self is other
        named = isinstance(other, (numpy.dtype, str)) or (
            isinstance(other, builtins.type)
            and (issubclass(other, numpy.generic) or other in _PYTHONS)
        )
        if not named:
            return NotImplemented
        try:
            return self.numpy == numpy.dtype(other)
        except TypeError:
            return False

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"wengert.{self.name}"

    def __reduce__(self):
        return (by_name, (self.name,))


float16 = half = dtype("float16", numpy.float16)
bfloat16 = dtype("bfloat16", _bfloat16)
float32 = float = dtype("float32", numpy.float32)
float64 = double = dtype("float64", numpy.float64)
complex64 = cfloat = dtype("complex64", numpy.complex64)
complex128 = cdouble = dtype("complex128", numpy.complex128)
uint8 = dtype("uint8", numpy.uint8)
uint16 = dtype("uint16", numpy.uint16)
uint32 = dtype("uint32", numpy.uint32)
uint64 = dtype("uint64", numpy.uint64)
int8 = dtype("int8", numpy.int8)
int16 = short = dtype("int16", numpy.int16)
int32 = int = dtype("int32", numpy.int32)
int64 = long = dtype("int64", numpy.int64)
bool = dtype("bool", numpy.bool_)

ALL = (
    float16, bfloat16, float32, float64, complex64, complex128,
    uint8, uint16, uint32, uint64, int8, int16, int32, int64, bool,
)  # fmt: skip
_by_numpy = {entry.numpy: entry for entry in ALL}
_parts = {numpy.dtype(numpy.complex64): numpy.dtype(numpy.float32), complex128.numpy: float64.numpy}
_by_name = {entry.name: entry for entry in ALL}

_default = float32


def by_name(name: str) -> dtype:
    """The dtype called `name`, "float32"."""
    return _by_name[name]


def from_numpy(numpy_dtype) -> dtype:
    """The dtype of an array's elements; TypeError for what tensors cannot hold."""
    try:
        return _by_numpy[numpy_dtype]
    except KeyError:
        native = numpy.dtype(numpy_dtype).newbyteorder("=")
        if native in _by_numpy:
            return _by_numpy[native]
        raise TypeError(
            f"can't convert np.ndarray of type {numpy_dtype}. The only supported types are: "
            + ", ".join(entry.name for entry in ALL)
            + "."
        ) from None


def as_numpy(value):
    """The NumPy dtype that a dtype, a Python type, a NumPy dtype or its name stands for; TypeError for others."""
    if isinstance(value, dtype):
        return value.numpy
    if value is builtins.float:
        return _default.numpy
    if value is builtins.int:
        return int64.numpy
    if value is builtins.bool:
        return bool.numpy
    if value is builtins.complex:
        return (complex64 if _default is not float64 else complex128).numpy
    if value is None or isinstance(value, str):
        # NumPy takes None for float64 and many words for types.
        raise TypeError(f"dtype must be torch.dtype, not {type(value).__name__}")
    return numpy.dtype(value)


def get_default_dtype() -> dtype:
    """The floating type that Python floats and float-valued factories take: float32 unless set otherwise.

    >>> import wengert as t
    >>> t.get_default_dtype()
    wengert.float32
    """
    return _default


def set_default_dtype(value: dtype) -> None:
    """Set the floating type that Python floats and float-valued factories take. TypeError for any other type.

    >>> import wengert as t
    >>> t.set_default_dtype(t.float64)
    >>> t.tensor(1.0).dtype
    wengert.float64
    >>> t.set_default_dtype(t.float32)
    """
    global _default
    if not isinstance(value, dtype) or not value.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = value
