"""Changes of a tensor's own shape and memory: `squeeze_`, `t_`, `set_`, `resize_` and their like.

The elements stay where they are (`set_` and `resize_` may take others); the tensor itself becomes what the function of
the same name without the underscore returns. Views that were made of it before cannot be used in a graph afterwards.
"""

import math

import numpy

from ..core import Operation, Storage, Tensor, bind_method
from ..core.argument_errors import naming_its_arguments
from ..core.custom_node import CustomNode
from ..core.errors import check_history_may_change, inference_tensor_changed, type_word
from ..core.layout import row_steps
from ..core.modes import is_grad_enabled, is_inference_mode_enabled
from ..core.registry import publish, register_function
from ..core.replacement import take_memory, take_part, take_place_of
from ..core.size import PRESERVE
from ..kernels import strided
from . import arguments, memory_formats
from .shape import squeeze, t, transpose, unsqueeze
from .storages import TypedStorage
from .strides import as_strided


def _check_may_change(x: Tensor, name: str, recording: bool) -> None:
    if x.is_inference() and not is_inference_mode_enabled():
        inference_tensor_changed(name)
    if recording:
        check_history_may_change(x, x.requires_grad and x.is_leaf, name)


def _in_place(function, *names: str) -> None:
    for name in names:
        _bind(function, name)


def _bind(function, name: str) -> None:
    def method(input, *arguments, **keywords):
        _check_may_change(input, name, input.requires_grad and is_grad_enabled())
        take_place_of(input, function(input, *arguments, **keywords), name)
        return input

    method.__name__ = method.__qualname__ = name
    method.__module__ = __name__
    if not isinstance(function, Operation):
        # Its signature, for `help` and editors.
        method.__wrapped__ = function  # type: ignore[attr-defined]
    method.__doc__ = (
        f"In-place form of `{function.__name__}`: the tensor itself gets the other shape, over the same memory, and is "
        f"returned.\n\nArguments and errors are those of `{function.__name__}`. RuntimeError, too, for a leaf that "
        "requires a gradient,\noutside of `no_grad`."
    )
    bind_method(name, method)


_in_place(squeeze, "squeeze_")
_in_place(unsqueeze, "unsqueeze_")
_in_place(t, "t_")
_in_place(transpose, "transpose_", "swapaxes_", "swapdims_")
_in_place(as_strided, "as_strided_")
publish("as_strided_", naming_its_arguments(Tensor.as_strided_))


class _SetBackward(CustomNode):
    """The history of a tensor that was put on other memory: it has no derivative."""

    def name(self) -> str:
        return "NotImplemented"

    def pull_back(self, cotangents: tuple):
        where = f" at {self.where}" if self.where is not None else ""
        raise RuntimeError(
            f"derivative for set_ is not implemented: it was called{where} on a tensor that requires a gradient, or "
            "with one. Use a recorded operation (copy_, as_strided), or set_ under no_grad()."
        )


def set_(self, source=None, storage_offset=0, size=None, stride=None):
    """Make this tensor share the memory, shape and strides of another one, or of part of a storage.

    Args:
        source: a tensor of the same dtype, or a `Storage`; none at all makes the tensor empty.
        storage_offset: elements before the first one. With a tensor, taken with `size`.
        size: the shape; that of the source unless given (of a storage, all of it).
        stride: elements to step over for each dimension; those of a contiguous tensor unless given.

    Raises:
        RuntimeError: another dtype; a shape that goes beyond the memory; a leaf that requires a gradient, outside of
            `no_grad`.

    >>> import wengert as t
    >>> x, y = t.zeros(0), t.tensor([1.0, 2.0])
    >>> x.set_(y)
    tensor([1., 2.])
    >>> x.data_ptr() == y.data_ptr()
    True
    """
    others = (source,) if isinstance(source, Tensor) and source.requires_grad else ()
    recording = is_grad_enabled() and (self.requires_grad or bool(others))
    _check_may_change(self, "set_", recording)
    if isinstance(source, Tensor) and source.dtype is not self.dtype:
        raise RuntimeError(
            f"Could not set tensor of type {type_word(source.array.dtype).lower()} to a tensor of type "
            f"{type_word(self.array.dtype).lower()}: set_ shares memory, which holds one type. Use copy_() to convert."
        )
    history = None
    if recording:
        node = _SetBackward()
        node.connect((self, *others))
        history = Tensor()
        node.adopt((history,), (True,), ())
    take_memory(self, _part_of(source, self.array.dtype, storage_offset, size, stride), history, "set_")
    return self


def _part_of(source, dtype, storage_offset: int, size, stride):
    """The array on a source's memory."""
    if source is None:
        return numpy.empty(0, dtype)
    if isinstance(source, TypedStorage):
        source = source.untyped()
    if isinstance(source, Tensor):
        if size is None:
            return source.array
        whole = source.untyped_storage().flat(dtype)
    elif isinstance(source, Storage):
        whole = source.flat(dtype)
        size = (whole.size - storage_offset,) if size is None else size
    else:
        raise TypeError(
            f"set_(): argument 'source' must be a Tensor or a storage, not {type(source).__name__}"
        )
    if storage_offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {storage_offset}")
    size = (size,) if isinstance(size, int) else tuple(size)
    return strided.as_strided(whole, size, row_steps(size) if stride is None else tuple(stride), storage_offset)


def resize_(self, *size, memory_format=None):
    """Give this tensor another shape, row by row over its memory (or as another format has it); more memory, whose end
    is not set, where it is too small.

    RuntimeError for a tensor that requires a gradient, and for a negative size.

    >>> import wengert as t
    >>> t.arange(6).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    sizes = arguments.collected("resize_", "size", size)
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad: use reshape, or resize_ under .data")
    _check_may_change(self, "resize_", False)
    if any([length < 0 for length in sizes]):
        raise RuntimeError(f"Trying to create tensor with negative dimension: resize_ to {list(sizes)}")
    order = memory_formats.order_of(None if memory_format is PRESERVE else memory_format, len(sizes))
    if tuple(self.shape) == sizes and memory_format in (None, PRESERVE):
        return self
    inside = tuple([sizes[d] for d in order])
    count = math.prod(sizes)
    whole = self.untyped_storage().flat(self.array.dtype)
    first = self.storage_offset()
    if first + count > whole.size:
        # The other tensors on the storage go with it.
        self.untyped_storage().resize_((first + count) * self.array.dtype.itemsize)
        whole = self.untyped_storage().flat(self.array.dtype)
    take_part(self, whole[first : first + count].reshape(inside).transpose(numpy.argsort(order)), "resize_")
    return self


def resize_as_(self, the_template, memory_format=None):
    """`resize_` to the shape of another tensor.

    TypeError for what is no tensor, RuntimeError for a tensor that requires a gradient.

    >>> import wengert as t
    >>> t.resize_as_(t.arange(4), t.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    the_template = arguments.tensor("resize_as_", "the_template", 1, the_template)
    return resize_(self, *the_template.shape, memory_format=memory_format) if the_template.ndim else resize_(self, ())


# A tensor, or a storage.
set_.kinds = {"source": None}  # type: ignore[attr-defined]
for _method in (set_, resize_, resize_as_):
    bind_method(_method.__name__, naming_its_arguments(_method))
register_function(resize_as_)
