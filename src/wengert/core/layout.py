"""How a tensor lies in memory: sizes, strides, address, storage. Methods of `Tensor`, bound to it here."""

import operator as _operator

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.core.storage import Storage
from cython.cimports.wengert.core.tensor import Tensor, memory_of

from ..kernels import strided
from .size import CHANNELS_LAST, CHANNELS_LAST_3D, CONTIGUOUS, PRESERVE
from .tensor import bind_method

cnp.import_array()


def size(self: Tensor, dim=None):
    """The shape, a `Size`, or the size of dimension `dim`, an int.

    IndexError for a dimension that there is not, TypeError for what is no integer.

    >>> import wengert as t
    >>> t.zeros(2, 3).size(), t.zeros(2, 3).size(-1)
    (wengert.Size([2, 3]), 3)
    """
    if dim is None:
        return self.shape
    shape = self.shape
    if not shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return shape[_wrapped(dim, len(shape), "size")]


def stride(self: Tensor, dim=None):
    """How many elements to step over to the next index of each dimension, a tuple; of dimension `dim`, an int.

    IndexError for a dimension that there is not, TypeError for what is no integer.

    >>> import wengert as t
    >>> t.zeros(2, 3).stride(), t.zeros(2, 3).stride(0)
    ((3, 1), 3)
    """
    array = self._payload.entry if self._level else self.array
    steps = steps_of(array)
    if dim is None:
        return steps
    if not steps:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return steps[_wrapped(dim, len(steps), "stride")]


def itemsize(self: Tensor) -> int:
    """Bytes of one element.

    >>> import wengert as t
    >>> t.zeros(2).element_size(), t.zeros(2).itemsize
    (4, 4)
    """
    return self.array.itemsize


def nbytes(self: Tensor) -> int:
    """Bytes of all elements, counted as if none lay in the same place.

    >>> import wengert as t
    >>> t.zeros(2, 3).nbytes
    24
    """
    return self.array.nbytes


def storage_offset(self: Tensor) -> int:
    """How many elements lie between the start of the storage and the first element.

    >>> import wengert as t
    >>> t.arange(5)[2:].storage_offset()
    2
    """
    first = self.array.__array_interface__["data"][0]
    return (first - memory_of(self).data_ptr()) // self.array.itemsize


def untyped_storage(self: Tensor):
    """The memory under the tensor, a sequence of bytes; the same object for every tensor on it.

    >>> import wengert as t
    >>> x = t.zeros(2, 3)
    >>> x[0].untyped_storage() is x.untyped_storage(), x.untyped_storage().nbytes()
    (True, 24)
    """
    return memory_of(self)


def data_ptr(self: Tensor) -> int:
    """The address of the first element, an int; 0 of an empty tensor.

    >>> import wengert as t
    >>> x = t.zeros(2)
    >>> x[1:].data_ptr() - x.data_ptr()
    4
    """
    if self._level:
        return self._payload.outside("data_ptr").data_ptr()
    return self.array.__array_interface__["data"][0] if self.array.size else 0


def is_contiguous(self: Tensor, memory_format=CONTIGUOUS) -> bool:
    """Whether the elements lie in memory row by row without gaps; or as another memory format has it.

    TypeError for what is no memory format.

    >>> import wengert as t
    >>> x = t.zeros(2, 3)
    >>> x.is_contiguous(), x.t().is_contiguous()
    (True, False)
    """
    array = self._payload.entry if self._level else self.array
    if memory_format is CONTIGUOUS or memory_format is PRESERVE:
        return cnp.PyArray_IS_C_CONTIGUOUS(array)
    order = channels_innermost(memory_format)
    return array.ndim == len(order) and cnp.PyArray_IS_C_CONTIGUOUS(array.transpose(order))


def follow(memory: Storage, size: int) -> None:
    """Give a storage `size` bytes of new memory, and put the tensors on it there, where they had their places."""
    import gc

    x: Tensor
    tensors = [y for y in gc.get_referrers(memory) if isinstance(y, Tensor)]
    tensors = [x for x in tensors if x.memory is memory]
    old = memory._bytes()
    start = memory.data_ptr()
    for x in tensors:
        offset = x.array.__array_interface__["data"][0] - start
        end = strided.extent(x.array)[1]
        if x.array.size and offset + end > size:
            raise RuntimeError(
                f"resize_: a tensor of shape {list(x.shape)} reaches to byte {offset + end} of the storage, which "
                f"would "
                f"have {size} bytes. Give that tensor other memory first (set_, or an assignment to .data)."
            )
    new = numpy.zeros(size, numpy.uint8)
    new[: min(size, old.size)] = old[:size]
    for x in tensors:
        offset = x.array.__array_interface__["data"][0] - start
        if x.array.size:
            x.array = numpy.ndarray(x.array.shape, x.array.dtype, new, offset, x.array.strides)
    memory.array = new
    for x in tensors:
        if x.view is not None:
            x.view.base_array = x.view.base.array


for _method in (size, stride, storage_offset, untyped_storage, data_ptr, is_contiguous):
    bind_method(_method.__name__, _method)
bind_method("element_size", itemsize)
bind_method("const_data_ptr", data_ptr)
bind_method("itemsize", property(itemsize))
bind_method("nbytes", property(nbytes))


def _wrapped(dim, ndim: cython.Py_ssize_t, name: str):
    try:
        index: cython.Py_ssize_t = _operator.index(dim)
    except TypeError:
        raise TypeError(f"{name}(): argument 'dim' (position 1) must be int, not {type(dim).__name__}") from None
    if not -ndim <= index < ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {index})"
        )
    return index


def steps_of(array) -> tuple:
    """The strides of an array in elements. Where NumPy has none, of an empty array, those of row-major order."""
    if array.size == 0 and not any(array.strides):
        return row_steps(array.shape)
    return tuple([s // array.itemsize for s in array.strides])


def row_steps(shape: tuple) -> tuple:
    """The strides, in elements, of a contiguous tensor; sizes of 0 count as 1."""
    steps, step = [], 1
    for n in reversed(shape):
        steps.append(step)
        step *= max(n, 1)
    return tuple(reversed(steps))


def channels_innermost(memory_format) -> tuple:
    """The order in which the dimensions of images lie in a memory format; TypeError for what is none."""
    if memory_format is CHANNELS_LAST:
        return 0, 2, 3, 1
    if memory_format is CHANNELS_LAST_3D:
        return 0, 2, 3, 4, 1
    raise TypeError(f"argument 'memory_format' must be torch.memory_format, not {type(memory_format).__name__}")
