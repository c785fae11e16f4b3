"""Streams of random numbers from a counter-based generator: Philox4x64-10 (Salmon, Moraes, Dror, Shaw, "Parallel random
numbers: as easy as 1, 2, 3", SC 2011), through NumPy.

The n-th number of a stream is a function of the seed and n alone, and one call draws its numbers in the order of the
result's elements: the same seed gives the same numbers on every machine and for any number of threads.
"""

import os
import threading
from typing import Any

import numpy

from ..core import Tensor, device, dtypes
from ..core.promotion import from_array
from ..core.registry import register_function
from ..core.size import check_device

_STATE_BYTES = 14 * 8


class Generator:
    """A stream of random numbers. The default one is `default_generator`, which `manual_seed` seeds.

    >>> import wengert as t
    >>> first, second = t.Generator().manual_seed(7), t.Generator().manual_seed(7)
    >>> t.equal(t.rand(3, generator=first), t.rand(3, generator=second))
    True
    """

    def __init__(self, device="cpu"):
        self.device = _device(device)
        self._lock = threading.Lock()
        self._start(67280421310721)

    def _start(self, seed: int) -> None:
        self._seed = seed
        self._numpy: Any = None

    def manual_seed(self, seed: int) -> "Generator":
        """Start the stream anew from a seed in [-2^63, 2^64), a negative one standing for 2^64 + seed; returns the
        generator.

        Raises:
            RuntimeError: a seed that is no integer.
            ValueError: one outside of that range.
        """
        if isinstance(seed, Tensor) and seed.numel() == 1 and seed.dtype.category == 1:
            seed = seed.item()
        if isinstance(seed, bool) or not isinstance(seed, (int, numpy.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        self._start(_checked_seed(int(seed)))
        return self

    def seed(self) -> int:
        """Seed from the system's entropy; returns the seed."""
        seed = int.from_bytes(os.urandom(8), "little") >> 1
        self._start(seed)
        return seed

    def initial_seed(self) -> int:
        """The seed last given.

        >>> import wengert as t
        >>> t.Generator().manual_seed(5).initial_seed()
        5
        """
        return self._seed

    def get_state(self):
        """The state of the stream, as a tensor of bytes.

        >>> import wengert as t
        >>> t.Generator().get_state().dtype
        wengert.uint8
        """
        state = self.numpy.bit_generator.state
        parts = [
            numpy.asarray([self._seed], numpy.uint64),
            state["state"]["counter"], state["state"]["key"], state["buffer"],
            numpy.asarray([state["buffer_pos"], state["has_uint32"], state["uinteger"]], numpy.uint64),
        ]  # fmt: skip
        return from_array(numpy.concatenate(parts).astype(numpy.uint64).view(numpy.uint8))

    def set_state(self, new_state) -> None:
        """Continue from a state that `get_state` gave.

        Raises:
            TypeError: something that is no tensor of bytes.
            RuntimeError: one that no stream has given.

        >>> import wengert as t
        >>> first, second = t.Generator(), t.Generator()
        >>> _ = first.seed()
        >>> second.set_state(first.get_state())
        >>> t.equal(t.rand(2, generator=first), t.rand(2, generator=second))
        True
        """
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.dtype is not dtypes.uint8:
            raise TypeError(
                f"RNG state must be a torch.ByteTensor: a tensor of uint8, as get_state gives; got {new_state.dtype}"
            )
        if new_state.array.size != _STATE_BYTES:
            raise RuntimeError(
                f"RNG state is wrong size: expected {_STATE_BYTES} bytes, got {new_state.array.size}; get_state gives "
                "one that fits"
            )
        words = numpy.ascontiguousarray(new_state.array).reshape(-1).view(numpy.uint64)
        if words[11] > 4 or words[12] > 1 or words[13] >> 32:
            raise RuntimeError("RNG state is invalid: get_state does not give such bytes")
        self._seed = int(words[0])
        self.numpy.bit_generator.state = {
            "bit_generator": "Philox",
            "state": {"counter": words[1:5].copy(), "key": words[5:7].copy()},
            "buffer": words[7:11].copy(), "buffer_pos": int(words[11]),
            "has_uint32": int(words[12]), "uinteger": int(words[13]),
        }  # fmt: skip

    def clone_state(self) -> "Generator":
        """A new generator that goes on as this one would, apart from it.

        >>> import wengert as t
        >>> first = t.Generator()
        >>> second = first.clone_state()
        >>> t.equal(t.rand(2, generator=first), t.rand(2, generator=second))
        True
        """
        other = Generator(self.device)
        other.continue_from(self.snapshot())
        return other

    def snapshot(self) -> tuple:
        """Where the stream is, for `continue_from`. Before the first draw that is the seed alone, and nothing is
        imported for it."""
        return self._seed, None if self._numpy is None else self._numpy.bit_generator.state

    def continue_from(self, snapshot: tuple) -> None:
        """Go on from where a stream was."""
        self._seed, state = snapshot
        if state is None:
            self._numpy = None
        else:
            self.numpy.bit_generator.state = state

    def __reduce__(self):
        return _restored, (str(self.device), self.snapshot())

    @property
    def numpy(self) -> "numpy.random.Generator":
        """The NumPy generator that draws.

        Made when first asked for: NumPy imports `numpy.random` only when it is used, and so do we.
        """
        with self._lock:
            if self._numpy is None:
                self._numpy = numpy.random.Generator(numpy.random.Philox(key=self._seed))
            return self._numpy


def _device(given) -> device:
    if not isinstance(given, (str, device)):
        raise TypeError(f"Generator(): argument 'device' must be torch.device, not {type(given).__name__}")
    check_device(given)
    return device(given)


def _checked_seed(seed: int) -> int:
    if not -(1 << 63) <= seed < 1 << 64:
        raise ValueError(f"Overflow when unpacking long long: a seed is in [-2^63, 2^64), but this one is {seed}")
    return seed % (1 << 64)


def _restored(place: str, snapshot: tuple) -> Generator:
    generator = Generator(place)
    generator.continue_from(snapshot)
    return generator


default_generator = Generator()


def _free_lock() -> None:
    """In the child of a fork nobody gives the lock back that another thread held at that moment."""
    default_generator._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free_lock)


def stream_of(generator) -> "numpy.random.Generator":
    """The NumPy generator of a `Generator`, or of the default one for None; TypeError for anything else."""
    if generator is None:
        return default_generator.numpy
    if not isinstance(generator, Generator):
        raise TypeError(f"generator must be a Generator, not {type(generator).__name__}")
    return generator.numpy


@register_function
def manual_seed(seed) -> Generator:
    """Seed the default generator with an integer in [-2^63, 2^64); returns it. What is no integer is made one by int().

    ValueError for what int() makes no number of, and for a number outside of that range.

    >>> import wengert as t
    >>> first = t.manual_seed(3) and t.rand(2)
    >>> t.equal(first, t.rand(2)), t.manual_seed(3) and t.equal(first, t.rand(2))
    (False, True)
    """
    try:
        number = int(seed)
    except ValueError as error:
        raise ValueError(f"{error}: a seed is an integer") from None
    return default_generator.manual_seed(number)


@register_function
def seed() -> int:
    """Seed the default generator from the system's entropy; returns the seed.

    An int.

    >>> import wengert as t
    >>> t.seed() == t.initial_seed()
    True
    """
    return default_generator.seed()


@register_function
def initial_seed() -> int:
    """The seed that the default generator was last given.

    An int.

    >>> import wengert as t
    >>> _ = t.manual_seed(11)
    >>> t.initial_seed()
    11
    """
    return default_generator.initial_seed()


@register_function
def get_rng_state():
    """The state of the default generator, a tensor of bytes.

    >>> import wengert as t
    >>> t.get_rng_state().dtype
    wengert.uint8
    """
    return default_generator.get_state()


@register_function
def set_rng_state(new_state) -> None:
    """Continue the default generator from a state that `get_rng_state` gave.

    TypeError for what is no tensor of uint8, RuntimeError for bytes that no generator has given.

    >>> import wengert as t
    >>> state = t.get_rng_state()
    >>> x = t.rand(2)
    >>> t.set_rng_state(state)
    >>> t.equal(x, t.rand(2))
    True
    """
    default_generator.set_state(new_state)
