"""Tensors on memory that is there already, and tensors that become something else: a level's tensor, another shape,
other memory.

Whoever holds such a tensor goes on holding it; what saved it finds it changed, for the count of changes goes on.
"""

import cython
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.storage import Storage
from cython.cimports.wengert.core.tensor import Tensor, View, bump, memory_of, move_retained, wrap


def on_storage(array, memory: Storage) -> Tensor:
    """A tensor on an array that lies in the memory of a storage, which it shares with the other tensors there."""
    x: Tensor = wrap(array)
    x.memory = memory
    return x


def level_tensor(payload, number: cython.long) -> Tensor:
    """A tensor of the level with that number. Its memory's versions are counted apart from those of what it holds."""
    x: Tensor = Tensor.__new__(Tensor)
    x.array = payload.array
    x._level = number
    x._payload = payload
    return x


def become_level_tensor(x: Tensor, payload, number: cython.long) -> None:
    """Make x a tensor of a level, after `split_off` has given its memory and history to the tensor that it now
    holds."""
    x.array = payload.array
    x._level = number
    x._payload = payload
    if payload.separate:
        x.grad_node = None
        x.output_number = 0
        x.requires = False
    if x.view is not None:
        x.memory = memory_of(x.view.base)
        x.view.version = x.memory.version
    else:
        x.memory = memory_of(x).continued(payload.array)


def split_off(x: Tensor, base: Tensor | None) -> Tensor:
    """A tensor that stands where x stood: its memory and its history. Of a view, `base` is what its base split off."""
    y: Tensor = Tensor.__new__(Tensor)
    y.array = x.array
    y.memory = memory_of(x)
    y._level = x._level
    y._payload = x._payload
    y.inference = x.inference
    y.grad_node = x.grad_node
    y.output_number = x.output_number
    y.requires = x.requires
    if x.view is not None:
        view: View = View.__new__(View)
        view.base = base
        view.steps = x.view.steps
        view.version = x.view.version
        view.base_array = x.view.base_array
        view.created = x.view.created
        view.code = x.view.code
        view.offset = x.view.offset
        y.view = view
    return y


def take_place_of(x: Tensor, y: Tensor, name: str) -> None:
    """Make x what y, a view of x, is: the same memory in another shape, with y's history if it is recorded."""
    memory: Storage = memory_of(x)
    x.array = y.array
    x._payload = y._payload
    if x.view is not None and y.view is not None:
        x.view = y.view
    if modes().grad_enabled and y.requires:
        move_retained(x, y.grad_node, y.output_number)
        x.grad_node = y.grad_node
        x.output_number = y.output_number
        x.requires = True
    bump(x, name)
    if x.view is not None:
        x.view.version = memory.version


def take_part(x: Tensor, array, name: str) -> None:
    """Put x, which has no history, on another part of the memory that it has: its storage stays the same object."""
    bump(x, name)
    x.array = array
    x.view = None


def take_memory(x: Tensor, array, history: Tensor | None, name: str) -> None:
    """Put x on other memory, under a storage of its own that goes on counting where the old one was.

    What saved x, by itself or as a result, finds it changed. `history` lends x its place in a graph.
    """
    bump(x, name)
    x.memory = x.memory.continued(array)
    x.array = array
    x.view = None
    if history is not None:
        x.grad_node = history.grad_node
        x.output_number = history.output_number
        x.requires = history.requires
