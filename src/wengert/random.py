"""The default generator of random numbers: seeding it, its state, and `fork_rng`, which gives it back as it was."""

import contextlib

from .ops.generator import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = [
    "Generator", "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed",
    "set_rng_state",
]  # fmt: skip


@contextlib.contextmanager
def fork_rng(devices=None, enabled: bool = True):
    """Random numbers drawn in the block leave the default generator as it was before it.

    Args:
        devices: other devices to do the same for; there are none, so an empty list or None.
        enabled: False does nothing, without another indentation of the code.

    >>> import wengert as t
    >>> _ = t.manual_seed(0)
    >>> with t.random.fork_rng():
    ...     inside = t.rand(2)
    >>> t.equal(inside, t.rand(2))
    True
    """
    if not enabled:
        yield
        return
    if devices:
        raise ValueError(f"fork_rng: no device but the CPU has random numbers here, but devices is {list(devices)}")
    before = default_generator.snapshot()
    try:
        yield
    finally:
        default_generator.continue_from(before)


def __dir__():
    return sorted(__all__)
