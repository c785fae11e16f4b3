"""Memory under tensors: storages read as elements, memory read as another type, memory shared with other processes,
questions about layouts."""

import sys

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.argument_errors import naming_its_arguments
from ..core.errors import type_word
from ..core.promotion import from_array
from ..core.storage import SharedMemory
from . import levels, memory_formats
from .declaration import linear

# ------------------------------------------------------------------------------------------------ another type


def _read_as(x, dtype):
    return x.view(dtypes.as_numpy(dtype))


reinterpret = linear(
    "reinterpret(input, dtype)", forward=_read_as, view=True, batch="leading", method=False, public=False,
    input=None,
    doc="The memory of a tensor read as another type. A view, without a derivative.",
)  # fmt: skip


def view_as_type(input, dtype):
    """`input.view(dtype)`: the same memory read as another type, a view without a history.

    Where elements become smaller or larger the last dimension grows or shrinks with it.

    RuntimeError where larger elements do not fit: a last size, an offset or a stride that is no multiple.

    >>> import wengert as t
    >>> t.tensor([1.0]).view(t.int32)
    tensor([1065353216], dtype=wengert.int32)
    """
    if not isinstance(dtype, dtypes.dtype):
        if dtype not in (float, int, bool, complex):
            raise TypeError(f"view() received an invalid combination of arguments: dtype is a {type(dtype).__name__}")
        dtype = dtypes.from_numpy(dtypes.as_numpy(dtype))
    old, new = input.dtype, dtype
    if old.itemsize != new.itemsize:
        _check_sizes(input, old, new)
    return reinterpret(input.detach(), dtype)


def _check_sizes(input, old, new) -> None:
    asked = f"to view {type_word(old.numpy)} as {type_word(new.numpy)} (different element sizes)"
    steps = input.stride()
    if not steps:
        raise RuntimeError(f"self.dim() cannot be 0 {asked}")
    if steps[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 {asked}, but got {steps[-1]}: use contiguous() first")
    ratio = new.itemsize // old.itemsize
    if ratio <= 1:
        return
    if input.shape[-1] % ratio:
        raise RuntimeError(f"self.size(-1) must be divisible by {ratio} {asked}, but got {input.shape[-1]}")
    if not input._level and input.storage_offset() % ratio:
        raise RuntimeError(
            f"self.storage_offset() must be divisible by {ratio} {asked}, but got {input.storage_offset()}"
        )
    for d, step in enumerate(steps[:-1]):
        if step % ratio:
            raise RuntimeError(f"self.stride({d}) must be divisible by {ratio} {asked}, but got {step}")


# ------------------------------------------------------------------------------------------------ other processes


def is_shared(self) -> bool:
    """Whether processes forked from this one share the tensor's memory, after `share_memory_`.

    >>> import wengert as t
    >>> t.ones(1).is_shared()
    False
    """
    return not self._level and self.untyped_storage().is_shared()


def share_memory_(self):
    """Move the tensor to memory that processes forked from this one share, as gradients in Hogwild training are.

    NumPy arrays and views do not follow to the new memory, so RuntimeError where other tensors use the old one.

    >>> import wengert as t
    >>> t.ones(1).share_memory_().is_shared()
    True
    """
    if is_shared(self):
        return self
    memory = self.untyped_storage()
    # This name, the tensor, the argument of the call.
    if self._is_view() or sys.getrefcount(memory) > 3:
        raise RuntimeError(
            "share_memory_(): other tensors are on this one's memory (views, or what it is a view of) and would not "
            "follow it to shared memory. Share it before they are made, or clone() it."
        )
    array = self.array
    bytes_ = SharedMemory(-1, max(array.nbytes, 1))
    shared = numpy.frombuffer(bytes_, numpy.uint8)[: array.nbytes].view(array.dtype)
    shared = numpy.ndarray(array.shape, array.dtype, shared)
    shared[...] = array
    del memory
    self.data = from_array(shared)
    return self


# ------------------------------------------------------------------------------------------------ questions


def is_set_to(self, tensor) -> bool:
    """Whether another tensor has the same memory, offset, shape, strides and dtype. TypeError for what is no tensor.

    >>> import wengert as t
    >>> x = t.ones(2, 2)
    >>> x.is_set_to(x.detach()), x.is_set_to(x.t()), x.is_set_to(x.clone())
    (True, False, False)
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"is_set_to(): argument 'tensor' (position 1) must be Tensor, not {type(tensor).__name__}")
    return (
        self.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
        and (self.storage_offset(), self.shape, self.stride(), self.dtype)
        == (tensor.storage_offset(), tensor.shape, tensor.stride(), tensor.dtype)
    )


def dim_order(self, ambiguity_check=False) -> tuple:
    """The dimensions from the outermost in memory to the innermost.

    With `ambiguity_check`, RuntimeError where two dimensions of more than one entry have one stride.

    >>> import wengert as t
    >>> t.zeros(2, 3).dim_order(), t.zeros(2, 3).t().dim_order()
    ((0, 1), (1, 0))
    """
    array = levels.entry_of(self)
    steps = [step for step, size in zip(array.strides, array.shape, strict=True) if size > 1]
    if ambiguity_check and len(set(steps)) < len(steps):
        raise RuntimeError("The tensor does not have unique dim order.: two dimensions have the same stride")
    return memory_formats.order_in_memory(array)


def fill_diagonal_(self, fill_value, wrap=False):
    """Write a value on the main diagonal: x[i, i, ...]. `wrap` begins anew below it in a tall matrix.

    RuntimeError for fewer than two dimensions, and for more with different sizes.

    >>> import wengert as t
    >>> t.zeros(2, 3).fill_diagonal_(5)
    tensor([[5., 0., 0.],
            [0., 5., 0.]])
    """
    shape, wrap = tuple(self.shape), bool(wrap)
    if len(shape) < 2:
        raise RuntimeError(f"dimensions must larger than 1: fill_diagonal_ was given {len(shape)}")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError(f"all dimensions of input must be of equal length: the shape is {list(shape)}")
    count = min(shape)
    step = sum(self.stride())
    if self.numel():
        self.as_strided((count,), (step,), self.storage_offset()).fill_(fill_value)
    if wrap and len(shape) == 2 and shape[0] > shape[1] + 1:
        for top in range(shape[1] + 1, shape[0], shape[1] + 1):
            rows = min(shape[0] - top, shape[1])
            self[top : top + rows].diagonal().fill_(fill_value)
    return self


def pin_memory(self, device=None) -> Tensor:
    """A copy in memory that is locked for transfers to a device: RuntimeError, for there is none.

    >>> import wengert as t
    >>> t.zeros(2).pin_memory()
    Traceback (most recent call last):
    RuntimeError: Cannot access accelerator device when none is available.: pin_memory() needs one
    """
    raise RuntimeError("Cannot access accelerator device when none is available.: pin_memory() needs one")


def dense_dim(self) -> int:
    """How many dimensions are dense: all.

    >>> import wengert as t
    >>> t.zeros(2, 3).dense_dim()
    2
    """
    return self.ndim


def sparse_dim(self) -> int:
    """How many dimensions are sparse: none.

    >>> import wengert as t
    >>> t.zeros(2, 3).sparse_dim()
    0
    """
    return 0


for _function in (is_shared, share_memory_, is_set_to, dim_order, fill_diagonal_, pin_memory, dense_dim, sparse_dim):
    bind_method(_function.__name__, naming_its_arguments(_function))
