"""Tensors of numbers, sequences, arrays, buffers and files."""

import mmap
import os
import warnings

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.errors import type_word
from ..core.promotion import promote_types, scalar_dtype, tensor_of
from ..core.registry import register_function
from . import arguments, levels
from .creation import array_dtype, check_options, converted_number, tensor_on

# ------------------------------------------------------------------------------------------------ copies


def _array_of(data, dtype):
    """An array with a copy of the data, of PyTorch's inferred type unless one is given."""
    if isinstance(data, Tensor):
        return numpy.array(levels.values(data, "tensor"), dtype=dtype)
    if isinstance(data, (numpy.ndarray, numpy.generic)):
        dtypes.from_numpy(data.dtype)
        return numpy.array(data, dtype=data.dtype.newbyteorder("=") if dtype is None else dtype)
    plain = _plain(data)
    if dtype is None:
        dtype = _dtype_with_tensors(data)
    try:
        array = numpy.array(plain, dtype=dtype)
    except (ValueError, TypeError, OverflowError) as error:
        if isinstance(error, OverflowError) and dtype is not None and _first_ragged(data) is None:
            return _converted(plain, dtype)
        raise _bad_data(data, error) from None
    if dtype is None:
        holds_arrays = _holds_arrays(data)
        if array.dtype.kind not in "bifcu" and array.dtype != dtypes.bfloat16.numpy:
            raise _bad_data(data, None)
        if not holds_arrays:
            if array.dtype.kind == "u":
                raise ValueError(f"Overflow when unpacking long long: {array.max()} does not fit int64")
            if array.dtype.kind == "f" or array.size == 0:
                array = array.astype(dtypes.get_default_dtype().numpy)
            elif array.dtype.kind == "c":
                array = array.astype(dtypes.as_numpy(complex))
    return array


def _converted(plain, dtype):
    """Numbers that NumPy does not convert to an integer type, though some of them PyTorch does."""
    wide = numpy.array(plain, dtype=object)
    out = numpy.empty(wide.shape, dtype)
    for index, value in numpy.ndenumerate(wide):
        out[index] = converted_number(value, out.dtype)
    return out


def _plain(data):
    if isinstance(data, (list, tuple)):
        return [_plain_element(x) for x in data]
    return data


def _plain_element(data):
    if isinstance(data, Tensor):
        array = levels.values(data, "tensor")
        if array.size != 1:
            raise ValueError(
                "only one element tensors can be converted to Python scalars: the sequence holds a tensor of shape "
                f"{list(array.shape)}; stack() and cat() join such tensors"
            )
        return array.item()
    return _plain(data)


def _dtype_with_tensors(data):
    """The common NumPy type of nested sequences in which there are tensors; None where there are none."""
    found = _leaves(data)
    if not any([isinstance(x, Tensor) for x in found]):
        return None
    target = None
    for x in found:
        own = x.array.dtype if isinstance(x, Tensor) else numpy.asarray(x).dtype
        if isinstance(x, (bool, int, float, complex)):
            own = scalar_dtype(x)
        target = own if target is None else promote_types(target, own)
    return target


def _leaves(data) -> list:
    return [y for x in data for y in _leaves(x)] if isinstance(data, (list, tuple)) else [data]


def _holds_arrays(data) -> bool:
    while isinstance(data, (list, tuple)):
        if not data:
            return False
        data = data[0]
    return isinstance(data, (numpy.ndarray, numpy.generic))


def _bad_data(data, error):
    ragged = _first_ragged(data)
    if ragged is not None:
        return ragged
    odd = _first_that_is_no_number(data)
    if isinstance(odd, str) and isinstance(data, (list, tuple)) and len(data) > 1:
        return TypeError(f"new(): invalid data type '{type(odd).__name__}'")
    if odd is not None and not isinstance(odd, str):
        kind = "NoneType" if odd is _NOTHING else type(odd).__name__
        return RuntimeError(f"Could not infer dtype of {kind}: a tensor holds numbers")
    first = data
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if isinstance(error, OverflowError):
        if isinstance(first, int) and "int64" not in str(error) and "too large" not in str(error):
            return RuntimeError(f"value cannot be converted to the dtype without overflow: {error}")
        return ValueError(f"Overflow when unpacking long long: {error}")
    if isinstance(first, str):
        if first is not data:
            return ValueError("too many dimensions 'str': a tensor holds numbers")
        return TypeError(f"new(): invalid data type '{type(first).__name__}'")
    if isinstance(first, complex):
        return TypeError("must be real number, not complex: the dtype is not complex")
    if isinstance(first, int):
        return ValueError(f"Overflow when unpacking long long: {first} does not fit int64")
    return RuntimeError(f"Could not infer dtype of {type(first).__name__}")


_NOTHING = object()  # stands for None among the elements


def _first_that_is_no_number(data):
    """The first element that is neither a number nor a sequence of them; None if there is none."""
    if isinstance(data, (list, tuple)):
        for x in data:
            found = _first_that_is_no_number(x)
            if found is not None:
                return found
        return None
    if data is None:
        return _NOTHING
    numbers = (bool, int, float, complex, numpy.generic, numpy.ndarray, Tensor)
    return None if isinstance(data, numbers) else data


def _first_ragged(data, dim=0):
    """An error if nested sequences have unequal lengths; None if they do not."""
    if not isinstance(data, (list, tuple)):
        return None
    lengths = [len(x) if isinstance(x, (list, tuple)) else None for x in data]
    for length in lengths:
        if length != lengths[0]:
            if length is None:
                return TypeError("not a sequence: a number stands beside sequences")
            return ValueError(f"expected sequence of length {lengths[0]} at dim {dim + 1} (got {length})")
    for x in data:
        found = _first_ragged(x, dim + 1)
        if found:
            return found
    return None


@register_function
def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    """A tensor with a copy of numbers, nested sequences, an array or a tensor; a leaf of the graph.

    Python floats get the default dtype, ints int64, bools bool; arrays and NumPy scalars keep theirs.

    Raises:
        ValueError: nested sequences of unequal lengths, an int beyond int64, a tensor of several elements in a list.
        TypeError, RuntimeError: something that is no number, or that the dtype cannot hold.

    >>> import wengert as t
    >>> t.tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    check_options("tensor", device, None, requires_grad)
    return tensor_on(_array_of(data, None if dtype is None else array_dtype(dtype)), requires_grad)


def new_tensor(self, data, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """A tensor with a copy of the data, of the dtype of this one; an array keeps its own unless `dtype` is given.

    Args:
        data: what `wengert.tensor` takes.

    Raises:
        as `wengert.tensor`.

    >>> import wengert as t
    >>> t.zeros(2, dtype=t.float64).new_tensor([1, 2])
    tensor([1., 2.], dtype=wengert.float64)
    """
    check_options("new_tensor", device, layout, requires_grad)
    own = None if isinstance(data, numpy.ndarray) else self.dtype
    return tensor_on(_array_of(data, None if dtype is own is None else array_dtype(dtype, own)), requires_grad)


def new(self, *data, device=None):
    """A tensor of this one's dtype: of the given sizes, with whatever is in its memory, or a copy of a sequence.

    RuntimeError for a negative size.

    >>> import wengert as t
    >>> t.zeros(2).new([1, 2]), t.zeros(2).new(2, 3).shape
    (tensor([1., 2.]), wengert.Size([2, 3]))
    """
    if len(data) == 1 and not isinstance(data[0], int):
        return new_tensor(self, data[0], dtype=self.dtype)
    return self.new_empty(data or (0,))


# ------------------------------------------------------------------------------------------------ shared memory


@register_function
def as_tensor(data, dtype=None, device=None):
    """The data as a tensor, sharing memory (and history) where nothing needs to change.

    TypeError and RuntimeError for what is no number.

    >>> import numpy as np
    >>> import wengert as t
    >>> array = np.zeros(2)
    >>> t.as_tensor(array)[0] = 1
    >>> array
    array([1., 0.])
    """
    check_options("as_tensor", device, None, False)
    if isinstance(data, Tensor):
        return data if dtype is None or data.array.dtype == array_dtype(dtype) else data.to(dtype)
    if isinstance(data, numpy.ndarray) and (dtype is None or data.dtype == array_dtype(dtype)):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


@register_function
def from_numpy(ndarray):
    """A tensor on the memory of an array: each sees the other's changes.

    Raises:
        TypeError: no array, or elements that tensors cannot hold.
        ValueError: a negative stride, or bytes in another order than the machine's.

    >>> import numpy as np
    >>> import wengert as t
    >>> t.from_numpy(np.arange(3))
    tensor([0, 1, 2])
    """
    if not isinstance(ndarray, numpy.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.from_numpy(ndarray.dtype)
    if not ndarray.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "a copy: wengert.tensor(array) makes one."
        )
    if any([s < 0 for s in ndarray.strides]):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().)"
        )
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. In-place "
            "operations on this tensor will raise; copy the array first if it should be changed.",
            UserWarning,
            stacklevel=2,
        )
    return tensor_of(ndarray)


@register_function
def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=None):
    """`obj` as a tensor, on the same memory where that is possible.

    Args:
        obj: a tensor, an array, an object with DLPack's or Python's buffer protocol (whose elements are of `dtype`), a
            number or nested sequences of them (of which there can only be a copy).
        copy: True for a copy in any case, False for none.
        requires_grad: whether the result is a leaf that requires a gradient; as with `obj` unless given.

    Raises:
        ValueError: a copy is needed and `copy` is False.
        RuntimeError, TypeError: something that is no number.

    >>> import wengert as t
    >>> t.asarray([1, 2], dtype=t.float32)
    tensor([1., 2.])
    """
    check_options("asarray", device, None, bool(requires_grad))
    x = _aliased(obj, dtype)
    if x is None:
        if copy is False:
            raise ValueError(f"can't alias arbitrary sequence into a tensor.: obj is a {type(obj).__name__}")
        return tensor(obj, dtype=dtype, requires_grad=bool(requires_grad))
    same = dtype is None or x.array.dtype == array_dtype(dtype)
    if not same and copy is False:
        raise ValueError(
            f"can't alias tensor with dtype '{type_word(x.array.dtype)}' into dtype '{type_word(array_dtype(dtype))}'."
        )
    if not same:
        x = x.to(dtype)
    elif copy:
        x = x.clone()
    if requires_grad:
        return x if x.requires_grad else x.detach().requires_grad_()
    return x if requires_grad is None or not x.requires_grad else x.detach()


def _aliased(obj, dtype):
    """A tensor on the memory of an object; None where it has none."""
    if isinstance(obj, Tensor):
        return obj
    if isinstance(obj, numpy.ndarray):
        return from_numpy(obj)
    if isinstance(obj, numpy.generic):
        return tensor_of(numpy.array(obj))
    if hasattr(obj, "__dlpack__"):
        return tensor_of(numpy.from_dlpack(obj))
    try:
        memoryview(obj)
    except TypeError:
        return None
    return frombuffer(obj, dtype=dtypes.get_default_dtype() if dtype is None else dtype)


@register_function
def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False):
    """A tensor of one dimension on the memory of an object with Python's buffer protocol.

    Args:
        dtype: the type that the bytes are read as.
        count: how many elements; all that there are if negative.
        offset: how many bytes come before the first one.

    Raises:
        ValueError: no buffer; an empty one; an offset or a count beyond it; bytes that are no whole number of elements.

    >>> import wengert as t
    >>> t.frombuffer(bytearray([1, 0, 2, 0]), dtype=t.int16)
    tensor([1, 2], dtype=wengert.int16)
    """
    try:
        view = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    own, length = array_dtype(dtype), view.nbytes
    if length == 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    left = length - offset
    if count > 0 and count * own.itemsize > left:
        raise ValueError(
            f"requested buffer length ({count} * {own.itemsize} bytes) after offset ({offset} bytes) must not be "
            f"greater than actual buffer length ({length} bytes)"
        )
    if count < 0 and left % own.itemsize:
        raise ValueError(
            f"buffer length ({left} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({own.itemsize})"
        )
    if view.readonly:
        warnings.warn(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. In-place operations "
            "on this tensor will raise; copy the buffer (bytearray) first if it should be changed.",
            UserWarning,
            stacklevel=2,
        )
    return tensor_on(numpy.frombuffer(buffer, own, max(count, -1), offset), requires_grad)


@register_function
def from_file(
    filename, shared=None, size=0, *, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False
) -> Tensor:  # fmt: skip
    """A tensor of one dimension on the memory of a file.

    Args:
        shared: whether changes are written to the file, which is made or made longer where it is too short.
        size: the number of elements.

    Raises:
        TypeError: a name that is none, a size that is no int.
        RuntimeError: a file that cannot be opened, or is too short.

    >>> import tempfile
    >>> import wengert as t
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = t.from_file(file.name, shared=True, size=2, dtype=t.uint8).fill_(7)
    ...     file.read()
    b'\\x07\\x07'
    """
    if not isinstance(filename, (str, os.PathLike)):
        # A number would be taken for an open file of the process.
        raise TypeError(f"from_file(): argument 'filename' (position 1) must be str, not {type(filename).__name__}")
    check_options("from_file", device, layout, requires_grad)
    own = array_dtype(dtype)
    length = arguments.integer("from_file", "size", 3, size) * own.itemsize
    try:
        mode = ("r+b" if os.path.exists(filename) else "w+b") if shared else "rb"
        with open(filename, mode) as file:
            file.seek(0, 2)
            if file.tell() < length:
                if not shared:
                    raise RuntimeError(
                        f"file <{filename}> size <{file.tell()}> is smaller than the required mapping size <{length}>"
                    )
                file.truncate(length)
            if not length:
                return tensor_on(numpy.empty(0, own), requires_grad)
            memory = mmap.mmap(file.fileno(), length, access=mmap.ACCESS_WRITE if shared else mmap.ACCESS_COPY)
    except OSError as error:
        raise RuntimeError(f"unable to open file <{filename}>: {error}") from None
    return tensor_on(numpy.frombuffer(memory, own), requires_grad)


bind_method("new_tensor", new_tensor)
bind_method("new", new)
