"""Where hooks are kept, and the handles that remove them."""

import itertools
import weakref

from .provenance import here

_next_id = itertools.count()


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away, and so does leaving a `with` block.

    Removing twice is harmless, also while the hook is running or after its owner is gone.
    """

    def __init__(self, hooks: dict, hook):
        self.id = next(_next_id)
        self.where = here()
        self._hooks = weakref.ref(hooks)
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away."""
        hooks = self._hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __getstate__(self) -> dict:
        # A copy belongs to the copy of the hooks, if those are copied with it; a place in code is no one's to copy.
        return {"id": self.id, "hooks": self._hooks()}

    def __setstate__(self, state: dict) -> None:
        hooks = state["hooks"]
        self.id = state["id"]
        self.where = None
        self._hooks = weakref.ref(Hooks() if hooks is None else hooks)

    def __enter__(self) -> "RemovableHandle":
        return self

    def __exit__(self, *exception) -> None:
        self.remove()


class Handles:
    """Several handles as one."""

    def __init__(self, handles: list):
        self.handles = tuple(handles)

    def remove(self) -> None:
        """Take all the hooks away."""
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> "Handles":
        return self

    def __exit__(self, *exception) -> None:
        self.remove()


class Hooks(dict):
    """Hooks by handle id, in the order of registration. (A dict that can be referred to weakly.)"""

    __slots__ = ("__weakref__", "places")

    def __init__(self):
        self.places = {}

    def __getstate__(self):
        return None, {"places": {}}

    def register(self, hook) -> RemovableHandle:
        handle = RemovableHandle(self, hook)
        self.places[handle.id] = handle.where
        return handle

    def running(self) -> list:
        """The hooks as they stand, safe against registration and removal while they run: (id, hook) pairs."""
        return [(key, hook) for key, hook in list(self.items())]


class NodeHooks:
    """The hooks of one node.

    Attributes:
        tensor: per output, the hooks registered on the tensor that the output is.
        retained: per output, a weak reference to the tensor whose `.grad` is to be kept.
        before, after: hooks of the node itself; `after` also sees what the node made.
    """

    __slots__ = ("tensor", "retained", "before", "after")

    def __init__(self):
        self.tensor: dict[int, Hooks] = {}
        self.retained: dict[int, weakref.ref] = {}
        self.before = Hooks()
        self.after = Hooks()

    def on_tensor(self, output_number: int) -> Hooks:
        if output_number not in self.tensor:
            self.tensor[output_number] = Hooks()
        return self.tensor[output_number]


class LeafHooks:
    """The hooks of a leaf, which outlive any one graph: on its gradient, and after its `.grad` was written."""

    __slots__ = ("gradient", "accumulated")

    def __init__(self):
        self.gradient = Hooks()
        self.accumulated = Hooks()
