"""Out of the graph: `detach`, `data`, and whether a tensor takes part in it. Methods of `Tensor`, bound to it here."""

import cython
import numpy
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.storage import Storage
from cython.cimports.wengert.core.tensor import Tensor, alias, memory_of

from . import dtypes, errors
from .tensor import bind_method


def requires_grad_(self: Tensor, requires_grad=True):
    """Set `requires_grad` and return the tensor.

    RuntimeError inside of `func.grad` and its like, and for True on integers; TypeError for what is no bool.

    >>> import wengert as t
    >>> t.zeros(2).requires_grad_()
    tensor([0., 0.], requires_grad=True)
    """
    if not isinstance(requires_grad, (bool, numpy.bool_)):
        raise TypeError(
            "requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
            f"{type(requires_grad).__name__}"
        )
    if modes().transform:
        errors.not_inside_a_transform("requires_grad_()")
    if requires_grad:
        if not dtypes.is_inexact(self.array.dtype):
            errors.no_gradients_of(self.dtype, "only Tensors of floating point dtype")
        if not self.is_leaf:
            return self
    self.requires_grad = requires_grad
    return self


def detach(self: Tensor):
    """The same memory, cut from the graph. In-place changes are seen by both and counted for both.

    >>> import wengert as t
    >>> t.ones(2, requires_grad=True).exp().detach()
    tensor([2.7183, 2.7183])
    """
    x: Tensor = alias(self)
    if self._level:
        x._payload = self._payload.detach()
    return x


def detach_(self: Tensor):
    """Cut this tensor itself from the graph, and return it. RuntimeError for a view.

    >>> import wengert as t
    >>> t.ones(2, requires_grad=True).exp().detach_()
    tensor([2.7183, 2.7183])
    """
    if self.view is not None:
        raise RuntimeError("Can't detach views in-place. Use detach() instead.")
    memory_of(self)
    if self._level:
        self._payload = self._payload.detach()
    self.grad_node = None
    self.output_number = 0
    self.requires = False
    return self


def is_inference(self: Tensor) -> bool:
    """Whether the tensor was made in inference mode.

    >>> import wengert as t
    >>> with t.inference_mode():
    ...     x = t.ones(1)
    >>> x.is_inference()
    True
    """
    return self.inference


def _data(self: Tensor):
    """The same memory without history, and without a part in the version count. May be set, to change the memory
    and the shape of the tensor behind the graph's back.

    >>> import wengert as t
    >>> x = t.ones(2, requires_grad=True)
    >>> _ = x.data.mul_(3)
    >>> x
    tensor([3., 3.], requires_grad=True)
    """
    x: Tensor = alias(self)
    if self._level:
        x._payload = self._payload.detach()
    memory: Storage = Storage.__new__(Storage)
    memory.array = self.memory.array
    x.memory = memory
    if self._level:
        x._payload = self._payload.bare()
    return x


def _set_data(self: Tensor, value) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
    if value.array.dtype != self.array.dtype and self.requires and value.dtype.category < 2:
        raise RuntimeError(
            "data set to a tensor that requires gradients must be floating point or complex dtype"
        )
    self.array = value.array
    self._payload = value._payload
    self._level = value._level
    self.inference = cython.cast(Tensor, value).inference
    if self.memory is not None:
        self.memory = self.memory.continued(value.array)


def add_to_grad(x: Tensor, g: Tensor) -> None:
    """Add a gradient to `.grad`, also where nothing else would (a non-leaf that a pass was asked for by name)."""
    x.gradient = g if x.gradient is None else x.gradient + g


def view_steps(x: Tensor):
    """The (operation, parameters) pairs that lead from a view's base to it; None if x is no view."""
    return None if x.view is None else x.view.steps


for _method in (requires_grad_, detach, detach_, is_inference):
    bind_method(_method.__name__, _method)
bind_method("data", property(_data, _set_data, doc=_data.__doc__))
