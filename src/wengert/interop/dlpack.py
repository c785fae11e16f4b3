"""DLPack: tensors of other libraries on the same memory, and ours as theirs.

`wengert.from_dlpack(x)` and `torch.from_dlpack(tensor)` copy nothing: each sees what the other writes. The protocol is
https://data-apis.org/array-api/2024.12/design_topics/data_interchange.html; NumPy's implementation makes the capsules.
"""

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.promotion import tensor_of
from ..core.registry import register_function
from ..core.size import check_device

CPU = (1, 0)  # kDLCPU
# Of https://dmlc.github.io/dlpack/latest/c_api.html. DLDataTypeCode: kDLUInt, kDLBfloat.
UNSIGNED, BRAIN = 1, 4
# Of struct DLManagedTensorVersioned, the bytes before its DLTensor; of DLTensor, those before its DLDataType.
BEFORE_TENSOR = {b"dltensor": 0, b"dltensor_versioned": 32}
BEFORE_TYPE = 20


def _retyped(capsule, found: int, code: int):
    """The capsule, its elements said to be of another type of 16 bits, if they are of type `found` now."""
    import ctypes

    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = name_of(capsule)
    code_and_bits = (ctypes.c_uint8 * 2).from_address(pointer_of(capsule, name) + BEFORE_TENSOR[name] + BEFORE_TYPE)
    if tuple(code_and_bits) == (found, 16):
        code_and_bits[0] = code
    return capsule


class _OfSixteenBits:
    """An array of another library whose elements, if they are bfloat16, are taken for 16 bits each."""

    def __init__(self, source):
        self.source = source

    def __dlpack__(self, **keywords):
        capsule = self.source.__dlpack__(**keywords)
        return _retyped(capsule, BRAIN, UNSIGNED)

    def __dlpack_device__(self):
        return self.source.__dlpack_device__()


def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    """A capsule on the tensor's memory, or on a copy of it."""
    if self._level:
        raise BufferError("a tensor under a function transform has no memory of its own to lend")
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if stream is not None:
        raise AssertionError("stream should be None on cpu.")
    if dl_device is not None and tuple(dl_device) != CPU:
        raise BufferError(f"__dlpack__(): a tensor on the CPU, (1, 0), was asked for on device {tuple(dl_device)}")
    array = self.array.copy() if copy else self.array
    if self.dtype is not dtypes.bfloat16:
        return _capsule(array, max_version)
    # NumPy has no word for the type: its capsule is one of 16 bits, which is given the right type.
    return _retyped(_capsule(array.view(numpy.uint16), max_version), UNSIGNED, BRAIN)


def _capsule(array, max_version):
    """Of the version asked for, if NumPy makes it; of the first one, which everybody takes, if not."""
    if max_version is not None and numpy.lib.NumpyVersion(numpy.__version__) >= "2.1.0":
        return array.__dlpack__(max_version=tuple(max_version))
    return array.__dlpack__()


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
        check_device(device)
    where = tuple(ext_tensor.__dlpack_device__())
    if where[0] != CPU[0]:
        raise BufferError(f"from_dlpack(): the memory is on device {where}; tensors are on the CPU, (1, 0)")
    if isinstance(ext_tensor, Tensor):
        ext_tensor.__dlpack__()
        return ext_tensor.detach().clone() if copy else ext_tensor.detach()
    if isinstance(ext_tensor, numpy.ndarray):
        return tensor_of(ext_tensor.copy() if copy else ext_tensor)
    brain = str(getattr(ext_tensor, "dtype", "")).endswith("bfloat16")
    array = numpy.from_dlpack(_OfSixteenBits(ext_tensor) if brain else ext_tensor)
    if copy:
        array = array.copy()
    elif not array.flags.writeable:
        array = numpy.asarray(_Memory(array))
    return tensor_of(array.view(dtypes.bfloat16.numpy) if brain else array)


bind_method("__dlpack__", __dlpack__)
bind_method("__dlpack_device__", __dlpack_device__)
