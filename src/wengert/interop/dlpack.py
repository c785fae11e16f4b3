"""DLPack: tensors of other libraries on the same memory, and ours as theirs.

`wengert.from_dlpack(x)` and `torch.from_dlpack(tensor)` copy nothing: each sees what the other writes. The protocol is
https://data-apis.org/array-api/2024.12/design_topics/data_interchange.html; NumPy's implementation makes the capsules.
"""

import numpy

from ..core import Tensor, bind_method
from ..core.promotion import tensor_of
from ..core.registry import register_function
from ..core.size import device as device_of

CPU = (1, 0)  # kDLCPU


def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    """A capsule on the tensor's memory, or on a copy of it."""
    if self.level:
        raise BufferError("a tensor under a function transform has no memory of its own to lend")
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if stream is not None:
        raise AssertionError("stream should be None on cpu.")
    if dl_device is not None and tuple(dl_device) != CPU:
        raise BufferError(f"__dlpack__(): a tensor on the CPU, (1, 0), was asked for on device {tuple(dl_device)}")
    array = self.array.copy() if copy else self.array
    if array.dtype.kind == "V":
        raise BufferError(f"__dlpack__(): {self.dtype} has no capsule; view it as wengert.int16")
    version = {} if max_version is None else {"max_version": tuple(max_version)}
    return array.__dlpack__(**version)


def __dlpack_device__(self):
    """(1, 0), the CPU."""
    return CPU


class _Memory:
    """Memory that an array lends, as memory that may be written to; it holds the array alive.

    The first version of the protocol cannot say that memory is read-only, so NumPy takes all of it for that.
    """

    def __init__(self, array):
        self.array = array
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], False)
        self.__array_interface__ = interface


@register_function
def from_dlpack(ext_tensor, *, device=None, copy=None):
    """A tensor on the memory of another library's array, or of a tensor.

    Args:
        ext_tensor: an object with `__dlpack__` and `__dlpack_device__`.
        device: None or the CPU.
        copy: whether the tensor gets memory of its own. False raises where a copy would be needed.

    Raises:
        TypeError: something without these methods, or elements of a type that tensors do not have.
        BufferError: memory on another device, or of a tensor that requires a gradient.

    Example:
        >>> import wengert as t, numpy
        >>> array = numpy.arange(3.0)
        >>> x = t.from_dlpack(array)
        >>> array[0] = 7.0
        >>> x
        tensor([7., 1., 2.], dtype=wengert.float64)
    """
    if not hasattr(ext_tensor, "__dlpack__") or not hasattr(ext_tensor, "__dlpack_device__"):
        raise TypeError(
            f"from_dlpack(): argument 'ext_tensor' must have __dlpack__ and __dlpack_device__, but it is "
            f"{type(ext_tensor).__name__}"
        )
    if device is not None:
        device_of(device)
    where = tuple(ext_tensor.__dlpack_device__())
    if where[0] != CPU[0]:
        raise BufferError(f"from_dlpack(): the memory is on device {where}; tensors are on the CPU, (1, 0)")
    if isinstance(ext_tensor, Tensor):
        ext_tensor.__dlpack__()
        return ext_tensor.detach().clone() if copy else ext_tensor.detach()
    array = numpy.from_dlpack(ext_tensor, copy=copy)
    if not array.flags.writeable and not _said_read_only(ext_tensor):
        array = numpy.asarray(_Memory(array))
    return tensor_of(array)


def _said_read_only(x) -> bool:
    return isinstance(x, numpy.ndarray) and not x.flags.writeable


bind_method("__dlpack__", __dlpack__)
bind_method("__dlpack_device__", __dlpack_device__)
