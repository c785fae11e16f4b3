"""Tensors to Python, to NumPy and to other types, and the attributes that are other arrangements of a tensor."""

import builtins
import inspect

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core import device as device_of
from ..core.argument_errors import naming_its_arguments
from ..core.modes import is_grad_enabled
from ..core.registry import publish, register_function
from ..core.size import PRESERVE, STRIDED, check_device
from . import arguments
from .complex_numbers import conj
from .composite import composite
from .matrices import mT
from .shape import cast, clone, contiguous, permute, transpose


def _method(function):
    takes_more = len(inspect.signature(function).parameters) > 1
    bind_method(function.__name__, naming_its_arguments(function) if takes_more else function)
    return function


def _takes(kinds: dict):
    """What kind of value arguments of a method take, where that is not what their names say."""

    def mark(function):
        function.kinds = kinds
        return function

    return mark


# ------------------------------------------------------------------------------------------------ to Python


@_method
def item(self):
    """The value of a tensor of one element, as a Python number."""
    if self.level:
        return self.payload.item()
    if self.array.size != 1:
        raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
    return self.array.item()


@_method
def tolist(self):
    """The values as nested lists; a number for a tensor without dimensions."""
    return (self.payload.outside("tolist") if self.level else self).array.tolist()


@_method
def numpy_(self, *, force=False):
    """The array that the tensor is a header over: the same memory. `force` detaches first."""
    if self.level:
        return self.payload.outside("numpy").numpy(force=force)
    if self.requires_grad and is_grad_enabled() and not force:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    return self.array


numpy_.__name__ = numpy_.__qualname__ = "numpy"
bind_method("numpy", numpy_)


@_method
def __array__(self, dtype=None, copy=None):
    if self.requires_grad and is_grad_enabled():
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead. In NumPy code an "
            "array of tensors would leave the graph: np.stack([x, y]) keeps it, np.array([x, 1.0], like=x) too, "
            "and an array to write tensors into is made by np.zeros_like(x) or np.zeros(shape, like=x)."
        )
    array = numpy_(self)
    if dtype is None or array.dtype == dtype:
        return array.copy() if copy else array
    if copy is False:
        raise ValueError(f"Unable to avoid copy while creating an array of {dtype} from a tensor of {array.dtype}")
    return array.astype(dtype)


# ------------------------------------------------------------------------------------------------ to other types


@_method
def to(self, *arguments, dtype=None, device=None, non_blocking=False, copy=False, memory_format=None):
    """The tensor in another dtype (or that of another tensor); itself if nothing changes, unless `copy`."""
    for argument in arguments:
        if isinstance(argument, dtypes.dtype):
            dtype = argument
        elif isinstance(argument, Tensor):
            dtype = argument.dtype
        elif isinstance(argument, (str, int, device_of)) and not isinstance(argument, bool):
            device = argument
        elif argument in (float, int, bool, complex):
            dtype = dtypes.from_numpy(numpy.dtype(argument))
        elif not isinstance(argument, bool) and argument is not None:
            raise TypeError(f"to() received an invalid combination of arguments: got {type(argument).__name__}")
    if device is not None:
        check_device(device)
    same = dtype is None or dtype is self.dtype
    if same:
        found = clone(self) if copy else self
    else:
        found = cast(self, dtype)
    return found if memory_format in (None, PRESERVE) else contiguous(found, memory_format)


@_method
@_takes({"dtype": None})
def type(self, dtype=None, non_blocking=False):
    """The name of the tensor's type, or the tensor in another dtype."""
    if dtype is None:
        from ..core.errors import type_word

        return f"wengert.{type_word(self.array.dtype)}Tensor"
    if isinstance(dtype, builtins.type) and isinstance(getattr(dtype, "dtype", None), dtypes.dtype):
        # `FloatTensor` and its like.
        dtype = dtype.dtype
    return to(self, _dtype_called(dtype) if isinstance(dtype, str) else dtype)


def _dtype_called(name: str):
    """The dtype of a tensor type's name, "wengert.FloatTensor" or PyTorch's; ValueError for any other name."""
    from ..core.errors import type_word

    for known in dtypes.ALL:
        if name.rpartition(".")[2] == f"{type_word(known.numpy)}Tensor":
            return known
    raise ValueError(f"invalid type: '{name}'. It is to be that of a tensor on the CPU, such as 'wengert.FloatTensor'")


@_method
def type_as(self, other):
    """The tensor in the dtype of another."""
    return to(self, other.dtype)


@_method
def cpu(self, memory_format=None):
    """The tensor in main memory."""
    return self


def _conversion(name: str, target):
    def method(self, memory_format=None):
        if memory_format is not None:
            return to(self, target, memory_format=memory_format)
        return self if self.dtype is target else cast(self, target)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The tensor as {target.name}; itself if it is."
    bind_method(name, method)


for _name, _target in (
    ("half", dtypes.float16), ("bfloat16", dtypes.bfloat16), ("float", dtypes.float32), ("double", dtypes.float64),
    ("cfloat", dtypes.complex64), ("cdouble", dtypes.complex128), ("int", dtypes.int32), ("long", dtypes.int64),
    ("short", dtypes.int16), ("char", dtypes.int8), ("byte", dtypes.uint8), ("bool", dtypes.bool),
):  # fmt: skip
    _conversion(_name, _target)


# ------------------------------------------------------------------------------------------------ attributes


def _reversed(x):
    return permute(x, tuple(range(x.ndim - 1, -1, -1))) if x.ndim != 2 else transpose(x, 0, 1)


def _conjugate_transposed(x):
    if x.ndim not in (0, 2):
        advice = " For batches of matrices, consider using tensor.mH" if x.ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {x.ndim}-D tensor.{advice}")
    return _adjoint(x, "H")


def _transposed_matrices(x, name: str = "mT"):
    if x.ndim == 1:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor. Use unsqueeze() to "
            "make the vector a matrix."
        )
    return mT(x) if x.ndim else x


def _adjoint(x, name: str):
    return conj(_transposed_matrices(x, name))


@composite
def adjoint(input):
    """The last two dimensions exchanged, conjugated: (*, M, N) -> (*, N, M).

    RuntimeError for fewer than two dimensions.

    >>> import wengert as t
    >>> t.adjoint(t.tensor([[1j, 2]]))
    tensor([[0.-1.j],
            [2.-0.j]])
    """
    return _adjoint(input, "adjoint()")


bind_method("T", property(_reversed, doc="The dimensions in reversed order."))
bind_method("mT", property(_transposed_matrices, doc="The last two dimensions exchanged."))
bind_method("H", property(_conjugate_transposed, doc="The conjugate transpose of a matrix."))
bind_method("mH", property(lambda x: _adjoint(x, "mH"), doc="`mT`, conjugated."))
bind_method("layout", property(lambda x: STRIDED, doc="How the tensor lies in memory: strided."))
bind_method("is_cuda", property(lambda x: False))
bind_method("is_sparse", property(lambda x: False))
bind_method("nelement", lambda x: x.numel())
bind_method("ndimension", lambda x: x.ndim)
bind_method("is_pinned", lambda x: False)


bind_method("is_cpu", property(lambda x: True))
for _device in ("ipu", "maia", "mps", "mtia", "vulkan", "xla", "xpu"):
    bind_method(f"is_{_device}", property(lambda x: False, doc="False: the tensor is on the CPU."))
for _layout in ("mkldnn", "nested", "sparse_csr"):
    bind_method(f"is_{_layout}", property(lambda x: False, doc="False: the tensor is dense."))
bind_method("name", property(lambda x: None, doc="None: names stand in graphs of other libraries."))
bind_method("is_meta", property(lambda x: False))
bind_method("is_quantized", property(lambda x: False))


@_method
def cuda(self, device=None, non_blocking=False, memory_format=None):
    """AssertionError: tensors are on the CPU."""
    check_device("cuda")


@_method
def to_dense(self, dtype=None, *, masked_grad=True):
    """The tensor itself, for it is dense; in another dtype if one is given."""
    return self if dtype is None else to(self, dtype)


@_method
def is_distributed(self) -> bool:
    """False: the tensor is whole."""
    return False


@composite
def get_device(input) -> int:
    """The number of the accelerator that the tensor is on: -1, for it is in main memory.

    >>> import wengert as t
    >>> t.get_device(t.ones(2))
    -1
    """
    arguments.tensor("get_device", "input", 1, input)
    return -1


@register_function
def typename(obj) -> str:
    """The full name of an object's type; of a tensor, that with its dtype.

    >>> import wengert as t
    >>> t.typename(t.ones(2))
    'wengert.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return obj.type()
    cls = obj if isinstance(obj, builtins.type) else obj.__class__
    name = getattr(obj, "__qualname__", cls.__qualname__)
    module = getattr(obj, "__module__", cls.__module__) or ""
    return name if module in ("", "builtins") else f"{module}.{name}"


@register_function
def is_tensor(obj) -> bool:
    """Whether an object is a tensor.

    >>> import wengert as t
    >>> t.is_tensor(t.ones(1)), t.is_tensor([1.0])
    (True, False)
    """
    return isinstance(obj, Tensor)


@register_function
def is_inference(input) -> bool:
    """Whether a tensor was made in inference mode. TypeError for anything else.

    >>> import wengert as t
    >>> t.is_inference(t.ones(1))
    False
    """
    return input.is_inference()


@register_function
def detach(input):
    """The same memory, cut from the graph. In-place changes are seen by both and counted for both.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.detach(t.ones(2, requires_grad=True))
    tensor([1., 1.])
    """
    return input.detach()


@register_function
def numel(input) -> int:
    """The number of elements. TypeError for what is no tensor.

    >>> import wengert as t
    >>> t.numel(t.zeros(2, 3))
    6
    """
    return input.numel()


@_method
def zero_(input):
    """Fill with 0."""
    from .elementwise import fill

    return fill.in_place(input, 0)


def detach_(input):
    """Cut a tensor itself from the graph, and return it. RuntimeError for a view."""
    return arguments.tensor("detach_", "input", 1, input).detach_()


for _function in (zero_, detach_):
    publish(_function.__name__, naming_its_arguments(_function))
