"""The constructors of older PyTorch code, one for each element type: `FloatTensor(2, 3)`, `LongTensor([1, 2])`."""

import numpy

from ..core import Storage, Tensor, dtypes
from ..core.errors import type_word
from ..core.promotion import from_array
from ..core.size import STRIDED, Size, check_device
from . import arguments
from .from_data import tensor
from .rearrangement import set_
from .storages import TypedStorage


class TensorType(type):
    """The type of `FloatTensor` and its like. A tensor of that dtype is an instance of it.

    Called with sizes (or one `Size`) it makes a tensor that is not filled, with a sequence or array one of its
    values, with a tensor of the dtype or a storage one on the same memory.
    """

    dtype: dtypes.dtype
    is_cuda = False
    layout = STRIDED

    def __call__(cls, *data, device=None):
        if device is not None:
            check_device(device)
        source = data[0] if len(data) == 1 else None
        if not data or len(data) > 1 or isinstance(source, Size) or arguments.is_integer(source):
            size = source if isinstance(source, Size) else data or (0,)
            return from_array(numpy.empty(arguments.integers("new", "size", 1, tuple(size)), cls.dtype.numpy))
        if isinstance(source, Tensor):
            if source.dtype is not cls.dtype:
                raise TypeError(
                    f"expected a tensor of {cls.dtype} (got one of {source.dtype}): convert it with to(), or type()"
                )
            return source.detach()
        if isinstance(source, (Storage, TypedStorage)):
            return set_(from_array(numpy.empty(0, cls.dtype.numpy)), source)
        if isinstance(source, str) or not hasattr(source, "__len__"):
            what = "invalid data type 'str'" if isinstance(source, str) else (
                f"data must be a sequence (got {type(source).__name__})"
            )
            raise TypeError(f"new(): {what}: {cls.__name__} takes sizes, or a sequence of values")
        return tensor(source, dtype=cls.dtype)

    def __instancecheck__(cls, x) -> bool:
        return isinstance(x, Tensor) and x.dtype is cls.dtype


def _type_of(dtype) -> TensorType:
    name = f"{type_word(dtype.numpy)}Tensor"
    documentation = f"""Makes tensors of {dtype.name}: of the sizes given, not filled, or with the values of a sequence.

    A tensor of the dtype, or a storage, gives one on the same memory. TypeError for a tensor of another dtype.

    >>> import wengert as t
    >>> x = t.{name}([1, 0])
    >>> x.tolist() == [1, 0], x.dtype
    (True, wengert.{dtype.name})
    """
    return TensorType(name, (), {"dtype": dtype, "__module__": "wengert", "__doc__": documentation})


# PyTorch has none for unsigned integers of more than a byte and for complex numbers.
_WITH_TYPES = [d for d in dtypes.ALL if d.category < 3 and d.name not in ("uint16", "uint32", "uint64")]
NAMES = {kind.__name__: kind for kind in map(_type_of, _WITH_TYPES)}


def set_default_tensor_type(t) -> None:
    """Set the default dtype by the name of a tensor type, "torch.DoubleTensor", or by the type itself.

    TypeError for a type of integers and for what is no tensor type.

    >>> import wengert as t
    >>> t.set_default_tensor_type(t.FloatTensor)
    >>> t.get_default_dtype()
    wengert.float32
    """
    kind = NAMES.get(t.rpartition(".")[2]) if isinstance(t, str) else t
    if not isinstance(kind, TensorType):
        raise TypeError(f"invalid type object: {t!r} is no tensor type, such as 'torch.DoubleTensor'")
    dtypes.set_default_dtype(kind.dtype)
