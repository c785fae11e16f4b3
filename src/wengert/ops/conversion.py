"""Tensors to Python, to NumPy and to other types, and the attributes that are other arrangements of a tensor."""

import builtins
import inspect

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core import device as device_of
from ..core.argument_errors import naming_its_arguments
from ..core.callers import library_function_running
from ..core.modes import is_grad_enabled
from ..core.registry import namespace_called, publish, register_function
from ..core.size import PRESERVE, STRIDED, check_device
from ..core.size import layout as layout_class
from . import arguments, matrices
from .complex_numbers import conj
from .composite import composite
from .shape import cast, clone, contiguous, permute, transpose


def _method(function):
    takes_more = len(inspect.signature(function).parameters) > 1
    bind_method(function.__name__, naming_its_arguments(function) if takes_more else function)
    return function


# ------------------------------------------------------------------------------------------------ to Python


@_method
def item(self) -> builtins.int | builtins.float | builtins.bool:
    """The value of a tensor of one element, as a Python number: a float, an int, a bool or a complex.

    RuntimeError for another number of elements. The number has no history.

    >>> import wengert as t
    >>> t.tensor([2.5]).item()
    2.5
    """
    if self._level:
        return self._payload.item()
    if self.array.size != 1:
        raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
    return self.array.item()


@_method
def tolist(self):
    """The values as nested lists of Python numbers; a number for a tensor without dimensions.

    >>> import wengert as t
    >>> t.tensor([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return (self._payload.outside("tolist") if self._level else self).array.tolist()


NO_ARRAY = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
IN_NUMPY_CODE = (
    " In NumPy code an array of tensors would leave the graph: np.stack([x, y]) keeps it, np.array([x, 1.0], like=x) "
    "too, and an array to write tensors into is made by np.zeros_like(x) or np.zeros(shape, like=x). A method of an "
    "array, array.dot(x), takes none: np.dot(array, x) does."
)
RECORDED_INSTEAD = {
    "np.r_": "np.concatenate", "np.c_": "np.column_stack",
    "numpy.lib.stride_tricks.as_strided": "x.as_strided(size, steps), the steps in elements,",
    "numpy.ndenumerate": "x[index] for index in np.ndindex(*x.shape)",
    "numpy.vectorize": "np.stack([f(element) for element in x])",
}  # fmt: skip


def _for_whom() -> str:
    """Which function of another library asks for the array, and what is recorded in its place, as far as is known."""
    name, call = library_function_running()
    if not name:
        asked = f" `{call}` asks for an array: its result would leave the graph." if call else ""
        return asked + IN_NUMPY_CODE if name is None else asked
    said = f" {name} computes with arrays: its result would leave the graph"
    if name in RECORDED_INSTEAD:
        return f"{said}; {RECORDED_INSTEAD[name]} is recorded."
    own = name.rpartition(".")[2]
    if name == f"scipy.special.{own}":
        for namespace in ("special", ""):
            if own in namespace_called(namespace):
                return f"{said}; {'.'.join(filter(None, ('wengert', namespace, own)))} is recorded."
    # What NumPy hands to tensors has this attribute; it comes here with a list, whose elements NumPy does not ask.
    takes_tensors = hasattr(getattr(numpy, own, None), "_implementation")
    if takes_tensors and name == f"numpy.{own}":
        return f" {name} makes an array of a list of tensors, which leaves the graph: give it np.stack(list)."
    return f"{said}; np.{own} is recorded." if takes_tensors else f"{said}."


def _numpy(self, *, force=False) -> numpy.ndarray:
    """The array that the tensor is a header over: the same memory, shape and dtype (bfloat16 is that of ml_dtypes).

    RuntimeError for a tensor that requires a gradient, while gradients are recorded, unless `force`.

    >>> import wengert as t
    >>> x = t.zeros(2)
    >>> x.numpy()[0] = 1
    >>> x
    tensor([1., 0.])
    """
    if self._level:
        return self._payload.outside("numpy").numpy(force=force)
    if self.requires_grad and is_grad_enabled() and not force:
        raise RuntimeError(NO_ARRAY)
    return self.array


_numpy.__name__ = _numpy.__qualname__ = "numpy"
bind_method("numpy", _numpy)


@_method
def __array__(self, dtype=None, copy=None):
    if self.requires_grad and is_grad_enabled():
        raise RuntimeError(f"{NO_ARRAY}{_for_whom()}")
    array = _numpy(self)
    if dtype is None or array.dtype == dtype:
        return array.copy() if copy else array
    if copy is False:
        raise ValueError(f"Unable to avoid copy while creating an array of {dtype} from a tensor of {array.dtype}")
    return array.astype(dtype)


# ------------------------------------------------------------------------------------------------ to other types


@_method
def to(self, *arguments, dtype=None, device=None, non_blocking=False, copy=False, memory_format=None):
    """The tensor in another dtype; itself if nothing changes, unless `copy`. Part of the graph.

    Called as to(dtype), to(other), to(device), to(device, dtype), or by names.

    Args:
        dtype: a dtype, or Python's float, int, bool or complex; that of a tensor given in its place.
        device: "cpu", the only one there is.
        non_blocking: accepted; there is nothing to wait for.
        copy: a copy also where nothing changes.
        memory_format: how the elements of the result lie in memory; as those of this tensor unless given.

    Raises:
        TypeError: an argument of another type.
        RuntimeError: another device.

    >>> import wengert as t
    >>> t.tensor([1.7, -1.7]).to(t.int64)
    tensor([ 1, -1])
    """
    for argument in arguments:
        if isinstance(argument, dtypes.dtype):
            dtype = argument
        elif isinstance(argument, Tensor):
            dtype = argument.dtype
        elif isinstance(argument, (str, int, device_of)) and not isinstance(argument, bool):
            device = argument
        elif isinstance(argument, (builtins.type, numpy.dtype)):
            dtype = dtypes.from_numpy(numpy.dtype(argument))
        elif not isinstance(argument, bool) and argument is not None:
            raise TypeError(f"to() received an invalid combination of arguments: got {type(argument).__name__}")
    if device is not None:
        check_device(device)
    if isinstance(dtype, (builtins.type, numpy.dtype)):
        dtype = dtypes.from_numpy(numpy.dtype(dtype))
    same = dtype is None or dtype is self.dtype
    if same:
        found = clone(self) if copy else self
    else:
        found = cast(self, dtype)
    return found if memory_format in (None, PRESERVE) else contiguous(found, memory_format)


@_method
@arguments.takes({"dtype": None})
def type(self, dtype=None, non_blocking=False):
    """The name of the tensor's type, or the tensor in another dtype.

    Args:
        dtype: a dtype, or the name of a type, "wengert.FloatTensor"; without one the name of the tensor's own is
            returned.
        non_blocking: accepted; there is nothing to wait for.

    ValueError for a name that is none.

    >>> import wengert as t
    >>> x = t.zeros(2)
    >>> x.type(), x.type(t.int64)
    ('wengert.FloatTensor', tensor([0, 0]))
    """
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
    """The tensor in the dtype of another; itself if it has it.

    >>> import wengert as t
    >>> t.tensor([1, 2]).type_as(t.zeros(1))
    tensor([1., 2.])
    """
    return to(self, other.dtype)


@_method
def cpu(self, memory_format=None):
    """The tensor in main memory, where it is: itself, unless a memory format is asked for that it does not have.

    TypeError for a memory format that is none.

    >>> import wengert as t
    >>> x = t.ones(1)
    >>> x.cpu() is x
    True
    """
    return self if memory_format is None else to(self, memory_format=memory_format)


def _conversion(name: str, target):
    def method(self, memory_format=None):
        if memory_format is not None:
            return to(self, target, memory_format=memory_format)
        return self if self.dtype is target else cast(self, target)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"""The tensor as {target.name}; itself if it is. Part of the graph, as every conversion.

    Args:
        memory_format: how the elements of the result lie in memory; as those of this tensor unless given.

    >>> import wengert as t
    >>> t.tensor([1, 0]).{name}().dtype
    {target!r}
    """
    bind_method(name, method)


for _name, _target in (
    ("half", dtypes.float16), ("bfloat16", dtypes.bfloat16), ("float", dtypes.float32), ("double", dtypes.float64),
    ("cfloat", dtypes.complex64), ("cdouble", dtypes.complex128), ("int", dtypes.int32), ("long", dtypes.int64),
    ("short", dtypes.int16), ("char", dtypes.int8), ("byte", dtypes.uint8), ("bool", dtypes.bool),
):  # fmt: skip
    _conversion(_name, _target)


# ------------------------------------------------------------------------------------------------ attributes


def _transposed_matrices(x, name: str):
    if x.ndim == 1:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor. Use unsqueeze() to "
            "make the vector a matrix."
        )
    return matrices.mT(x) if x.ndim else x


def _adjoint(x, name: str):
    return conj(_transposed_matrices(x, name))


@composite
def adjoint(input):
    """The last two dimensions exchanged, conjugated: (*, M, N) -> (*, N, M).

    RuntimeError for fewer than two dimensions.

    Of any dtype.

    >>> import wengert as t
    >>> t.adjoint(t.tensor([[1j, 2]]))
    tensor([[0.-1.j],
            [2.-0.j]])
    """
    return _adjoint(input, "adjoint()")


def _attribute(function):
    """Make a function of the tensor an attribute of it, with the function's docstring."""
    bind_method(function.__name__, property(function))
    return function


@_attribute
def T(self) -> Tensor:
    """The dimensions in reversed order, a view: (A, B, C) -> (C, B, A).

    >>> import wengert as t
    >>> t.zeros(2, 3, 4).T.shape
    wengert.Size([4, 3, 2])
    """
    return permute(self, tuple(range(self.ndim - 1, -1, -1))) if self.ndim != 2 else transpose(self, 0, 1)


@_attribute
def mT(self) -> Tensor:
    """The last two dimensions exchanged, a view: (*, M, N) -> (*, N, M). RuntimeError for one dimension.

    >>> import wengert as t
    >>> t.zeros(2, 3, 4).mT.shape
    wengert.Size([2, 4, 3])
    """
    return _transposed_matrices(self, "mT")


@_attribute
def H(self) -> Tensor:
    """The conjugate transpose of a matrix: (M, N) -> (N, M). RuntimeError for other than 0 or 2 dimensions.

    >>> import wengert as t
    >>> t.tensor([[1j, 2]]).H
    tensor([[0.-1.j],
            [2.-0.j]])
    """
    if self.ndim not in (0, 2):
        advice = " For batches of matrices, consider using tensor.mH" if self.ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor.{advice}")
    return _adjoint(self, "H")


@_attribute
def mH(self) -> Tensor:
    """The last two dimensions exchanged, conjugated: (*, M, N) -> (*, N, M). RuntimeError for one dimension.

    >>> import wengert as t
    >>> t.tensor([[1j, 2]]).mH
    tensor([[0.-1.j],
            [2.-0.j]])
    """
    return _adjoint(self, "mH")


@_attribute
def layout(self) -> layout_class:
    """How the tensor lies in memory: strided.

    >>> import wengert as t
    >>> t.zeros(2).layout
    wengert.strided
    """
    return STRIDED


@_attribute
def is_cpu(self) -> builtins.bool:
    """Whether the memory is the CPU's: True.

    >>> import wengert as t
    >>> t.zeros(2).is_cpu
    True
    """
    return True


@_attribute
def is_cuda(self) -> builtins.bool:
    """Whether the memory is a CUDA device's: False, for there are none.

    >>> import wengert as t
    >>> t.zeros(2).is_cuda
    False
    """
    return False


@_attribute
def is_sparse(self) -> builtins.bool:
    """Whether the tensor has a sparse layout: False, for there are none.

    >>> import wengert as t
    >>> t.zeros(2).is_sparse
    False
    """
    return False


@_attribute
def is_meta(self) -> builtins.bool:
    """Whether the tensor has a shape and a dtype but no memory: False, for there are none such.

    >>> import wengert as t
    >>> t.zeros(2).is_meta
    False
    """
    return False


@_attribute
def is_quantized(self) -> builtins.bool:
    """Whether the elements are quantized: False, for there are no such types.

    >>> import wengert as t
    >>> t.zeros(2).is_quantized
    False
    """
    return False


@_method
def nelement(self) -> builtins.int:
    """The number of elements, as `numel()`.

    >>> import wengert as t
    >>> t.zeros(2, 3).nelement()
    6
    """
    return self.numel()


@_method
def ndimension(self) -> builtins.int:
    """The number of dimensions, as `dim()`.

    >>> import wengert as t
    >>> t.zeros(2, 3).ndimension()
    2
    """
    return self.ndim


@_method
def is_pinned(self, device=None) -> builtins.bool:
    """Whether the memory is locked for transfers to a device: False, for there is none.

    >>> import wengert as t
    >>> t.zeros(2).is_pinned()
    False
    """
    return False


def _never(name: str, reason: str) -> property:
    """An attribute that is False for every tensor."""
    return property(
        lambda x: False,
        doc=f"False: {reason}.\n\n>>> import wengert as t\n>>> t.zeros(2).{name}\nFalse",
    )


for _name in ("is_ipu", "is_maia", "is_mps", "is_mtia", "is_vulkan", "is_xla", "is_xpu"):
    bind_method(_name, _never(_name, "the tensor is on the CPU"))
for _name in ("is_mkldnn", "is_nested", "is_sparse_csr"):
    bind_method(_name, _never(_name, "the tensor is dense"))


@_attribute
def name(self) -> None:
    """None: names stand in graphs of other libraries.

    >>> import wengert as t
    >>> t.zeros(2).name is None
    True
    """
    return None


@_method
def cuda(self, device=None, non_blocking=False, memory_format=None):
    """AssertionError: tensors are on the CPU.

    >>> import wengert as t
    >>> t.zeros(2).cuda()
    Traceback (most recent call last):
    AssertionError: Torch not compiled with CUDA enabled...
    """
    check_device("cuda")


@_method
def to_dense(self, dtype=None, *, masked_grad=True):
    """The tensor itself, for it is dense; in another dtype if one is given.

    >>> import wengert as t
    >>> t.ones(2).to_dense(t.int64)
    tensor([1, 1])
    """
    return self if dtype is None else to(self, dtype)


@_method
def is_distributed(self) -> bool:
    """False: the tensor is whole.

    >>> import wengert as t
    >>> t.ones(2).is_distributed()
    False
    """
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
    """Set every element to 0, and return the tensor.

    RuntimeError for a leaf that requires a gradient, outside of `no_grad`.

    >>> import wengert as t
    >>> t.ones(2).zero_()
    tensor([0., 0.])
    """
    from .elementwise import fill

    return fill.in_place(input, 0)


def detach_(input):
    """Cut a tensor itself from the graph, and return it. RuntimeError for a view."""
    return arguments.tensor("detach_", "input", 1, input).detach_()


for _function in (zero_, detach_):
    publish(_function.__name__, naming_its_arguments(_function))
