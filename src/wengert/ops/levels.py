"""Levels: what a tensor can be besides an array and a place in the graph.

Design
  A. A tensor of a level holds a payload: dual numbers (`ops.dual`) or a batch (`ops.batching`). The one call path sees
     that an operand has a level and asks the payload of the highest one to compute; the payload calls the operation
     again on what it holds, one level further down, until arrays are left.
  B. Levels are numbered in the order in which they are entered, so a higher number is a level entered inside a lower
     one, also between threads. Numbers are not used twice: a tensor that outlives its level is recognised by that.
  C. Every level has a graph of its own. `separate` levels (batches, the dual numbers of `func.jvp`) record only what
     happens to their own tensors; histories of lower tensors are recorded below, where the operation runs again. The
     dual numbers of `autograd.forward_ad` are not separate: there a dual tensor stands in its primal's graph, as in
     PyTorch.
  D. A function that differentiates (`func.grad`) lifts its arguments to the level that is on top when it is called, and
     differentiates in that level's graph: see `func.transforms`.
"""

import itertools
import threading

import numpy

from ..core import Tensor, dtypes, fresh_stack
from ..core.modes import current_transform, exchange_transform, is_inference_mode_enabled
from ..core.promotion import from_array
from ..core.replacement import become_level_tensor, split_off
from ..core.tensor import count_transforms

_numbers = itertools.count(1)
_transform_numbers = itertools.count(1)


class _Threads(threading.local):
    """What each thread has: its levels, and whether operations on dual tensors carry tangents along (None: as the
    inference mode has it)."""

    def __init__(self):
        self.levels: list = []
        self.forward = None


_threads = _Threads()


class Level:
    """One level while it lives, and the fact that it is over afterwards.

    Attributes:
        number: its place in the order of entering.
        alive: whether it has not been left yet.
        paused: of a dual level, whether tangents are left alone for now, as inside an `autograd.Function`, whose own
            `jvp` gives them.
        make_constant: (level, x) -> a lower tensor as one of this level, with zero tangent or the same for every entry.
        transform: whether it is that of a function transform, in which an `autograd.Function` is called level by level.
        separate: whether its graph leaves out the tensors of lower levels.
        kind: "dual" or "batch".
        size: of a batch level, the number of entries (0 of another).
        randomness: of a batch level, "error", "different" or "same".
    """

    __slots__ = ("alive", "kind", "make_constant", "number", "paused", "randomness", "separate", "size", "transform")

    def __init__(self, kind: str, constant, separate: bool = True, size: int = 0, randomness: str = "error"):
        self.number = next(_numbers)
        self.alive = True
        self.paused = False
        self.kind = kind
        self.make_constant = constant
        self.separate = separate
        self.transform = separate
        self.size = size
        self.randomness = randomness

    @property
    def active(self) -> bool:
        """Whether operations on its tensors do anything on it."""
        return self.alive and not self.paused

    def pause(self, paused: bool) -> bool:
        """Set `paused`; returns what it was."""
        before, self.paused = self.paused, paused
        return before


def stack() -> list:
    """The levels of this thread, the highest last."""
    return _threads.levels


def _set_stack(levels: list) -> None:
    _threads.levels = list(levels)


fresh_stack.carry(stack, _set_stack)
fresh_stack.carry(current_transform, exchange_transform)


def top():
    """This thread's highest level; None outside of any."""
    levels = stack()
    return levels[-1] if levels else None


def enter(level: Level) -> Level:
    """Make a new level the highest of this thread."""
    stack().append(level)
    return level


def leave(level: Level) -> None:
    """End a level, and any entered inside it that was not ended."""
    levels = stack()
    while levels:
        last = levels.pop()
        last.alive = False
        if last is level:
            break


class derivative_transform:
    """A function is being differentiated inside the block: its captured tensors may not be changed in place, and
    `backward()` and `requires_grad_()` are refused."""

    def __enter__(self) -> "derivative_transform":
        self.number, self.end = _next_transform(), 0
        self.before = exchange_transform(self.number)
        count_transforms(1)
        return self

    def __exit__(self, *exception) -> None:
        count_transforms(-1)
        exchange_transform(self.before)
        self.end = _next_transform()


def _next_transform() -> int:
    # Numbers fit an int: they start again after 2^31, leaving out 0, which stands for none.
    return next(_transform_numbers) & 0x7FFFFFFF or 1


def is_transforming() -> bool:
    """Whether a function transform (`func.grad`, `vmap`, `func.jvp` and their like) is running in this thread."""
    return current_transform() != 0 or bool(_threads.levels) and any([level.transform for level in _threads.levels])


class no_transform:
    """Inside the block, whatever was entered since the object was made is no function transform.

    For what is computed by a transform and is none by its name: `autograd.functional` in forward mode.
    """

    def __init__(self):
        self.depth, self.transform = len(stack()), current_transform()

    def __enter__(self) -> None:
        for level in stack()[self.depth :]:
            level.transform = False
        self.before = exchange_transform(self.transform)

    def __exit__(self, *exception) -> None:
        exchange_transform(self.before)


def values(x: Tensor, name: str):
    """The array of x, for `name`, which decides by values; RuntimeError where they differ between entries of a
    batch."""
    return x._payload.outside(name).array if x._level else x.array


def entry_of(x: Tensor):
    """The array of x, or of one entry of it where it is a batch."""
    return x._payload.entry if x._level else x.array


def made_like(x: Tensor, shape: tuple, make) -> Tensor:
    """A tensor on the array that `make(shape)` gives; of a batch, and then one array for all entries, where x is
    one."""
    return x._payload.made(shape, make) if x._level else from_array(make(shape))


def forward_enabled() -> bool:
    """Whether operations on dual tensors of this thread carry tangents along: not in inference mode, unless asked
    for."""
    chosen = _threads.forward
    return not is_inference_mode_enabled() if chosen is None else chosen


def exchange_forward_enabled(enabled) -> object:
    """Say whether operations of this thread carry tangents along (None: as the inference mode has it); returns what
    was said before."""
    before = _threads.forward
    _threads.forward = enabled
    return before


fresh_stack.carry(lambda: _threads.forward, exchange_forward_enabled)


def can_take(held: Tensor, values: Tensor) -> bool:
    """Whether `held` can be overwritten by values of its shape: its memory is writable, each element its own, and it
    differs between entries of a batch where they do."""
    array = held.array
    if not array.flags.writeable or array.dtype != values.array.dtype or 0 in array.strides and array.size:
        return False
    while values._level:
        if held._level < values._level:
            return False
        if held._level == values._level:
            if values._payload.batched and not held._payload.batched:
                return False
            values = values._payload.held()[0]
        held = held._payload.held()[0]
    return True


def zeros_like(x: Tensor) -> Tensor:
    """Zeros of the shape and type of x, without history; of a batch where x is one."""
    return made_like(x, tuple(x.shape), lambda shape: numpy.zeros(shape, x.array.dtype))


def seed_like(x: Tensor) -> Tensor:
    """`zeros_like(x)` as a leaf that requires a gradient."""
    seed = zeros_like(x)
    seed.requires_grad = True
    return seed


def lifted(g: Tensor, y: Tensor) -> Tensor:
    """g as a tensor of y's level, constant there, if it is of a lower one."""
    return y._payload.constant(g) if g._level < y._level else g


def lift(x: Tensor) -> Tensor:
    """x as a tensor of this thread's highest level, constant there, if it is of a lower one."""
    level = top()
    return x if level is None or x._level >= level.number else level.make_constant(level, x)


def become(x: Tensor, level: Level, payload) -> None:
    """Make a lower tensor one of a level: `payload(held)` is given the tensor that stands where x stood. Where x is a
    view, its base becomes one as well."""
    base = x._base
    if base is not None and base._level != level.number:
        become(base, level, payload)
    held = split_off(x, None if base is None else base._payload.held()[0])
    become_level_tensor(x, payload(held), level.number)


def without_history(x: Tensor) -> Tensor:
    """x cut from the graph of its level. What it holds keeps its history below."""
    return x._payload.mapped(x, lambda held: held) if x._level else x.detach()


def differentiable(x) -> bool:
    """Whether x is a tensor of a type that has derivatives."""
    return isinstance(x, Tensor) and dtypes.is_inexact(x.array.dtype)


def holds_history(x: Tensor) -> bool:
    """Whether what x holds, in any level below its own, requires a gradient."""
    while x._level:
        for held in x._payload.held(x):
            if held.requires_grad or held._level and holds_history(held):
                return True
        return False
    return False


def arguments(operation, operands, parameters: tuple) -> list:
    """Operands and parameters in the order of the operation's signature."""
    values = dict(zip(operation.parameters, parameters, strict=True))
    if operation.takes_list:
        values[operation.inputs[0]] = list(operands)
    else:
        values.update(zip(operation.inputs, operands, strict=True))
    return [values[name] for name in operation.names]


def batch_levels() -> list:
    """The batch levels of this thread, the highest last."""
    return [level for level in stack() if level.kind == "batch"]


def random_levels(target=None) -> list:
    """The batch levels for whose entries random numbers differ, the highest last; RuntimeError under
    `randomness="error"`.

    What is written into `target` differs between entries only where the target may.
    """
    levels = batch_levels()
    if any([level.randomness == "error" for level in levels]):
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
            "'different' randomness flags on vmap or perform the randomness operation out of vmap"
        )
    different = [level for level in levels if level.randomness == "different"]
    for level in different if target is not None else ():
        if not _is_batch_of(target, level):
            raise RuntimeError(
                "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same "
                "randomness. If this is necessary for your usage, please file an issue with functorch."
            )
    return different


def for_each_entry(input: Tensor, name: str) -> tuple:
    """(array, levels): the values of `input` for every entry of the batches for which random numbers differ, whose
    dimensions come first, the lowest first. RuntimeError where they differ between entries that are to get one
    draw."""
    batches = random_levels()
    if any([level not in batches and _is_batch_of(input, level) for level in batch_levels()]):
        raise RuntimeError(
            "Vmap does not currently support same randomness with a batched tensor input. Please file an issue with "
            f"functorch.\n  {name} was given one that differs between the entries; randomness='different' draws for "
            "each."
        )
    sizes = [level.size for level in batches]
    x = input.detach()
    while x._level:
        x = x._payload.held()[0]
    # What is the same for all entries of a batch lacks its dimension.
    shape = [size if _is_batch_of(input, level) else 1 for size, level in zip(sizes, batches, strict=True)]
    entry = tuple(input.shape)
    return numpy.broadcast_to(x.array.reshape((*shape, *entry)), (*sizes, *entry)), batches


def _is_batch_of(x: Tensor, level: Level) -> bool:
    while x._level:
        if x._level == level.number:
            return x._payload.batched
        x = x._payload.held()[0]
    return False
