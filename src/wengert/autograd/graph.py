"""Looking at the graph, and deciding how it keeps what it saves."""

from ..core import Node, saved
from .backward import GradientEdge, get_gradient_edge


class saved_tensors_hooks:
    """Inside the block, `pack_hook` decides how the graph keeps a value, and `unpack_hook` brings it back when needed.

    Args:
        pack_hook: function of a tensor; what it returns is kept.
        unpack_hook: function of that, which returns a tensor of the same values.

    Blocks nest; the innermost decides. `pack_hook` must not change its argument in place.
    """

    def __init__(self, pack_hook, unpack_hook):
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        saved.push(self.pack_hook, self.unpack_hook)

    def __exit__(self, *exception) -> None:
        saved.pop()


class save_on_cpu(saved_tensors_hooks):
    """Keep copies of what the graph saves in main memory, apart from the tensors themselves."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda"):
        super().__init__(lambda x: x.detach().clone(), lambda x: x)


__all__ = [
    "GradientEdge",
    "Node",
    "get_gradient_edge",
    "save_on_cpu",
    "saved_tensors_hooks",
]
