"""Saved-tensor hooks: what a user does to values while the graph keeps them (pack), and when they are needed (unpack).

The stack of hooks is per thread. The call path only looks at a counter in the thread's modes; without hooks nothing
here runs.

While a backward pass is at a node, what an unpack hook brought back for it is held, so that the hook runs once per node
and saved value, however many rules read that.
"""

import threading

from .modes import current_pass, exchange_saved_hooks, set_unpacked

_stacks = threading.local()


class Packed:
    """A saved value in the form that the user's `pack` gave it."""

    __slots__ = ("content", "unpack_hook")

    def __init__(self, content, unpack_hook):
        self.content = content
        self.unpack_hook = unpack_hook

    def unpack(self, node=None):
        """The value again; inside a pass that is at `node`, the same one each time."""
        held = None
        if node is not None and current_pass():
            held = getattr(_stacks, "held", None)
            if held is None or held.node is not node:
                held = _Held(node)
            elif self in held.values:
                return held.values[self]
        x = self._unpacked()
        if held is not None:
            held.values[self] = x
            # The hook may have run a backward pass, which holds and forgets values of its own.
            _stacks.held = held
            set_unpacked(True)
        return x

    def _unpacked(self):
        from .tensor import Tensor

        x = self.unpack_hook(self.content)
        if not isinstance(x, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(x).__name__}"
            )
        return x


class _Held:
    """The values that were brought back for one node."""

    __slots__ = ("node", "values")

    def __init__(self, node):
        self.node = node
        self.values: dict = {}


def forget() -> None:
    """Let go of the values held for a node; called at the end of a pass."""
    _stacks.held = None
    set_unpacked(False)


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
