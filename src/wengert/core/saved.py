"""Saved-tensor hooks: what a user does to values while the graph keeps them (pack), and when they are needed (unpack).

The stack of hooks is per thread. The call path only looks at a counter in the thread's modes; without hooks nothing
here runs.
"""

import threading

from .modes import exchange_saved_hooks

_stacks = threading.local()


class Packed:
    """A saved value in the form that the user's `pack` gave it."""

    __slots__ = ("content", "unpack_hook")

    def __init__(self, content, unpack_hook):
        self.content = content
        self.unpack_hook = unpack_hook

    def unpack(self):
        from .tensor import Tensor

        x = self.unpack_hook(self.content)
        if not isinstance(x, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(x).__name__}"
            )
        return x


def _stack() -> list:
    if not hasattr(_stacks, "hooks"):
        _stacks.hooks = []
    return _stacks.hooks


def push(pack, unpack) -> None:
    """Run `pack` on every value saved from now on in this thread, and `unpack` on what it returned when it is
    needed."""
    _stack().append((pack, unpack))
    exchange_saved_hooks(len(_stack()))


def pop() -> None:
    """Take the hooks pushed last away; values they packed keep their `unpack`."""
    _stack().pop()
    exchange_saved_hooks(len(_stack()))


def pack(x):
    """The form in which the innermost hooks keep x."""
    hooks = _stack()
    if not hooks:
        return x
    pack_hook, unpack_hook = hooks[-1]
    # Operations inside the hook are not themselves packed.
    before = exchange_saved_hooks(0)
    try:
        content = pack_hook(x)
    finally:
        exchange_saved_hooks(before)
    return Packed(content, unpack_hook)
