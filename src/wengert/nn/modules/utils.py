"""What layers of other people's take from here: a number spread over dimensions, and names without a prefix."""

from collections.abc import Iterable

__all__ = ["consume_prefix_in_state_dict_if_present"]


def _ntuple(n: int, name: str = "parse"):
    """A function that makes n equal entries of a number, and a tuple of anything that has entries."""

    def spread(x) -> tuple:
        return tuple(x) if isinstance(x, Iterable) else (x,) * n

    spread.__name__ = name
    return spread


_single = _ntuple(1, "_single")
_pair = _ntuple(2, "_pair")
_triple = _ntuple(3, "_triple")
_quadruple = _ntuple(4, "_quadruple")


def _reverse_repeat_tuple(t, n: int) -> tuple:
    """Each entry n times, the last first: the padding of every dimension as `functional.pad` takes it."""
    return tuple([x for x in reversed(t) for _ in range(n)])


def consume_prefix_in_state_dict_if_present(state_dict: dict, prefix: str) -> None:
    """Take a prefix off the names of a state dict, in place; those without it stay as they are.

    Args:
        state_dict: a state dict, as of a model that was wrapped in another module.
        prefix: what the names begin with, as "module.".

    >>> import wengert as t
    >>> state = t.nn.Linear(1, 1).state_dict(prefix="module.")
    >>> t.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    >>> list(state)
    ['weight', 'bias']
    """
    for name in list(state_dict):
        if name.startswith(prefix):
            state_dict[name.removeprefix(prefix)] = state_dict.pop(name)
    metadata = getattr(state_dict, "_metadata", None)
    if metadata is None:
        return
    for name in list(metadata):
        # A module's own name has no dot at its end.
        if name and f"{name}.".startswith(prefix):
            metadata[name.removeprefix(prefix) if name.startswith(prefix) else ""] = metadata.pop(name)
