"""Copies of tensors: `copy.copy`, `copy.deepcopy` and pickles. Tensors that share memory share it in the copy."""

import copy

from ..core import Tensor, bind_method
from ..core.promotion import from_array
from ..core.replacement import on_storage
from ..kernels import strided
from . import levels
from .shape import clone, view
from .strides import as_strided


def _method(function):
    bind_method(function.__name__, function)
    return function


def _lies_in_one_piece(x: Tensor, whole) -> bool:
    """Whether x is given by a start and steps in the memory of its storage, whose contents are `whole`."""
    return whole is not None and whole.dtype == x.array.dtype and not any([step < 0 for step in x.array.strides])


def _copied(x, memo: dict):
    """A copy of a tensor's memory. Tensors that share it share the copy, if they are copied with the same memo."""
    if x._level:
        return clone(x.detach())
    memory = x.untyped_storage()
    if id(memory) not in memo:
        whole = memory.contents()
        # The memory stands beside its copy, so that no other object takes its identity while the memo lives.
        memo[id(memory)] = (memory, None if whole is None else from_array(whole.copy()))
    _, whole = memo[id(memory)]
    if not x.numel() or not _lies_in_one_piece(x, None if whole is None else whole.array):
        return clone(x.detach())
    return as_strided(whole, tuple(x.shape), tuple(x.stride()), x.storage_offset())


@_method
def __deepcopy__(self, memo):
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. "
            "Use clone() for a copy that is part of the graph, detach().clone() for one that is not."
        )
    if id(self) in memo:
        return memo[id(self)]
    made = self.__class__._make_subclass(self.__class__, _copied(self, memo), self.requires_grad)
    memo[id(self)] = made
    if self.grad is not None:
        made.grad = copy.deepcopy(self.grad, memo)
    for name, value in vars(self).items():
        setattr(made, name, copy.deepcopy(value, memo))
    return made


@_method
def __copy__(self):
    if not self.is_leaf:
        # On the same memory, as a shallow copy is, and part of the graph.
        return view(self, tuple(self.shape))
    made = self.__class__._make_subclass(self.__class__, self.detach(), False)
    made.requires_grad = self.requires_grad
    return made


# ------------------------------------------------------------------------------------------------ pickles


def _on_storage(cls, memory, shape: tuple, strides: tuple, offset: int, requires_grad: bool, attributes: dict):
    """A tensor out of a pickle, on the memory that the pickle holds once for all the tensors on it."""
    array = strided.as_strided(memory.array, shape, strides, offset)
    return _with_attributes(cls._make_subclass(cls, on_storage(array, memory), requires_grad), attributes)


def _of_values(cls, array, requires_grad: bool, attributes: dict):
    return _with_attributes(cls._make_subclass(cls, from_array(array), requires_grad), attributes)


def _with_attributes(made: Tensor, attributes: dict) -> Tensor:
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


@_method
def __reduce_ex__(self, protocol):
    rest = self.requires_grad, dict(vars(self))
    if self._level:
        return _of_values, (self.__class__, levels.values(self, "pickle"), *rest)
    memory = self.untyped_storage()
    if not self.numel() or not _lies_in_one_piece(self, memory.contents()):
        return _of_values, (self.__class__, self.array, *rest)
    place = tuple(self.shape), tuple(self.stride()), self.storage_offset()
    return _on_storage, (self.__class__, memory, *place, *rest)
