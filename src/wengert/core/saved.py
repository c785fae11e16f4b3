"""Saved-tensor hooks: what a user does to values while the graph keeps them (pack), and when they are needed (unpack).

The stack of hooks is per thread. The call path only looks at a counter in the thread's modes; without hooks nothing
here runs.

While a backward pass is at a node, what an unpack hook brought back for it is held, so that the hook runs once per node
and saved value, however many rules read that.
"""

import threading

from . import fresh_stack
from .modes import exchange_grad_enabled, exchange_saved_hooks, is_in_backward_pass, set_unpacked
from .node import node_name

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
        if node is not None and is_in_backward_pass():
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


def _set_stack(hooks: list) -> None:
    _stacks.hooks = list(hooks)


fresh_stack.carry(_stack, _set_stack)


def push(pack, unpack) -> None:
    """Run `pack` on every value saved from now on in this thread, and `unpack` on what it returned when it is
    needed."""
    forbidden = disabled()
    if forbidden is not None:
        raise RuntimeError(forbidden)
    _stack().append((pack, unpack))
    exchange_saved_hooks(len(_stack()))


def disabled():
    """The error message of saved-tensor hooks where they are disabled; None where they are not."""
    return getattr(_stacks, "disabled", None)


def exchange_disabled(message):
    """Disable saved-tensor hooks in this thread, with an error message (None: enable them); returns what was set
    before. RuntimeError with the message where hooks are in use."""
    if message is not None and _stack():
        raise RuntimeError(message)
    before = disabled()
    _stacks.disabled = message
    return before


def pop() -> None:
    """Take the hooks pushed last away; values they packed keep their `unpack`."""
    _stack().pop()
    exchange_saved_hooks(len(_stack()))


def pack(x):
    """The form in which the innermost hooks keep x."""
    hooks = _stack()
    return pack_with(x, *hooks[-1]) if hooks else x


def pack_with(x, pack_hook, unpack_hook) -> Packed:
    """A tensor in the form that `pack_hook` gives it. RuntimeError if the hook changes it in place."""
    version = None if x.is_inference() else x._version
    # Operations inside the hook are neither recorded nor themselves packed.
    before = exchange_saved_hooks(0)
    recording = exchange_grad_enabled(False)
    try:
        content = pack_hook(x)
    finally:
        exchange_saved_hooks(before)
        exchange_grad_enabled(recording)
    if version is not None and x._version != version:
        raise RuntimeError(
            "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot "
            "be modified by in-place operations as this can lead to unexpected side-effects. Let it change a clone() "
            "instead."
        )
    return Packed(content, unpack_hook)


class SavedTensor:
    """A value that a node saved, by itself (`grad_fn._raw_saved_<name>`): a place to put hooks on."""

    def __init__(self, node, kind: str, index: int):
        self._node = node
        self._kind = kind
        self._index = index

    def register_hooks(self, pack_hook, unpack_hook) -> None:
        """Keep what `pack_hook` makes of the value from now on; `unpack_hook` brings it back when it is needed.

        RuntimeError where the value is gone, was no tensor, or has hooks already.
        """
        form = self._node.saved_form(self._kind, self._index)
        if form is None:
            if self._node.freed_by_place is not None:
                raise RuntimeError(
                    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of "
                    "the graph are freed when you call .backward() or autograd.grad().\n  Specify retain_graph=True "
                    f"there; {node_name(self._node)} was freed by {self._node.freed_by_place}."
                )
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden.")
        if isinstance(form, Packed):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of "
                "hooks is allowed at a time."
            )
        if isinstance(form, (int, float, complex)):
            raise RuntimeError(f"Calling register_hooks on a saved number ({form}): only tensors can be packed.")
        self._node.pack_saved(self._kind, self._index, pack_with(form, pack_hook, unpack_hook))

    def __repr__(self) -> str:
        return f"<SavedTensor: {self._kind} {self._index} of {node_name(self._node)}>"
