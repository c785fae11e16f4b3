"""Random numbers, from a counter-based generator: Philox4x64-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers:
as easy as 1, 2, 3", SC 2011), through NumPy. The same seed gives the same numbers, on every machine and for any number
of threads."""

import os
import threading
from typing import Any

import numpy

from ..core import Tensor, bind_method, dtypes
from ..core.promotion import from_array
from ..core.registry import register_function
from . import batching, levels
from .creation import _dtype, _made, _size


class Generator:
    """A stream of random numbers. The default one is `default_generator`, which `manual_seed` seeds."""

    def __init__(self, device="cpu"):
        self._lock = threading.Lock()
        self.manual_seed(67280421310721)

    def manual_seed(self, seed: int) -> "Generator":
        """Start the stream anew from a seed; returns the generator."""
        if isinstance(seed, Tensor):
            seed = seed.item()
        self._seed = int(seed)
        self._numpy: Any = None
        return self

    def seed(self) -> int:
        """Seed from the system's entropy; returns the seed."""
        seed = int.from_bytes(os.urandom(8), "little") >> 1
        self.manual_seed(seed)
        return seed

    def initial_seed(self) -> int:
        """The seed last given."""
        return self._seed

    def get_state(self):
        """The state of the stream, as a tensor of bytes."""
        state = self.numpy.bit_generator.state
        parts = [
            numpy.asarray([self._seed % (1 << 64)], numpy.uint64),
            state["state"]["counter"], state["state"]["key"], state["buffer"],
            numpy.asarray([state["buffer_pos"], state["has_uint32"], state["uinteger"]], numpy.uint64),
        ]  # fmt: skip
        return from_array(numpy.concatenate(parts).astype(numpy.uint64).view(numpy.uint8))

    def set_state(self, new_state) -> None:
        """Continue from a state that `get_state` gave."""
        if not isinstance(new_state, Tensor) or new_state.dtype is not dtypes.uint8:
            found = new_state.dtype if isinstance(new_state, Tensor) else type(new_state).__name__
            raise TypeError(f"RNG state must be a torch.ByteTensor: a tensor of uint8, as get_state gives; got {found}")
        if new_state.array.size != 14 * 8:
            raise RuntimeError(f"RNG state is wrong size: expected {14 * 8} bytes, got {new_state.array.size}")
        words = numpy.ascontiguousarray(new_state.array).reshape(-1).view(numpy.uint64)
        self._seed = int(words[0])
        self.numpy.bit_generator.state = {
            "bit_generator": "Philox",
            "state": {"counter": words[1:5].copy(), "key": words[5:7].copy()},
            "buffer": words[7:11].copy(), "buffer_pos": int(words[11]),
            "has_uint32": int(words[12]), "uinteger": int(words[13]),
        }  # fmt: skip

    def clone_state(self) -> "Generator":
        """A new generator that goes on as this one would, apart from it."""
        other = Generator()
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

    @property
    def numpy(self) -> "numpy.random.Generator":
        """The NumPy generator that draws.

        Made when first asked for: NumPy imports `numpy.random` only when it is used, and so do we.
        """
        with self._lock:
            if self._numpy is None:
                self._numpy = numpy.random.Generator(numpy.random.Philox(key=self._seed % (1 << 128)))
            return self._numpy


default_generator = Generator()


def _stream(generator) -> "numpy.random.Generator":
    if generator is None:
        return default_generator.numpy
    if not isinstance(generator, Generator):
        raise TypeError(f"generator must be a Generator, not {type(generator).__name__}")
    return generator.numpy


@register_function
def manual_seed(seed) -> Generator:
    """Seed the default generator."""
    return default_generator.manual_seed(seed)


@register_function
def seed() -> int:
    """Seed the default generator from the system's entropy; returns the seed."""
    return default_generator.seed()


@register_function
def initial_seed() -> int:
    """The seed that the default generator was last given."""
    return default_generator.initial_seed()


@register_function
def get_rng_state():
    """The state of the default generator, a tensor of bytes."""
    return default_generator.get_state()


@register_function
def set_rng_state(new_state) -> None:
    """Continue the default generator from a state."""
    default_generator.set_state(new_state)


def _uniform(stream, shape, dtype):
    """Uniform in [0, 1), in the precision asked for."""
    dtype = numpy.dtype(dtype)
    if dtype in (numpy.float32, numpy.float64):
        return numpy.asarray(stream.random(shape, dtype=dtype))
    if dtype.kind == "c":
        part = numpy.float32 if dtype == numpy.complex64 else numpy.float64
        return (stream.random(shape, dtype=part) + 1j * stream.random(shape, dtype=part)).astype(dtype)
    if dtype.kind == "f":
        # Rounding to half precision must not reach 1.
        return (numpy.floor(stream.random(shape) * 2048) / 2048).astype(dtype)
    raise RuntimeError(f"\"check_uniform_bounds\" not implemented for '{dtypes.from_numpy(dtype).name}'")


def _normal(stream, shape, dtype):
    dtype = numpy.dtype(dtype)
    if dtype in (numpy.float32, numpy.float64):
        return numpy.asarray(stream.standard_normal(shape, dtype=dtype))
    if dtype.kind == "c":
        # Variance 1 in all: half in each part.
        return ((stream.standard_normal(shape) + 1j * stream.standard_normal(shape)) * numpy.sqrt(0.5)).astype(dtype)
    if dtype.kind == "f":
        return stream.standard_normal(shape, dtype=numpy.float32).astype(dtype)
    raise RuntimeError(f"\"normal_kernel_cpu\" not implemented for '{dtypes.from_numpy(dtype).name}'")


def _drawn(draw, generator, shape, dtype, requires_grad=False, device=None, target=None):
    """A tensor of what `draw(stream, shape, dtype)` gives; under `vmap`, one for each entry if its `randomness` says
    so."""
    batches = levels.random_levels(target)
    array = draw(_stream(generator), (*[level.size for level in batches], *shape), dtype)
    if not batches:
        return _made(array, requires_grad, device)
    x = batching.nested(from_array(array), batches)
    x.requires_grad = bool(requires_grad)
    return x


@register_function
def rand(*size, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Uniform in [0, 1)."""
    return _drawn(_uniform, generator, _size(size or ((),)), _dtype(dtype), requires_grad, device)


@register_function
def randn(*size, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    """Normal with mean 0 and variance 1."""
    return _drawn(_normal, generator, _size(size or ((),)), _dtype(dtype), requires_grad, device)


@register_function
def rand_like(input, *, generator=None, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """Uniform in [0, 1), of the shape and dtype of `input`."""
    return _drawn(_uniform, generator, tuple(input.shape), _dtype(dtype, input.dtype), requires_grad, device)


@register_function
def randn_like(input, *, generator=None, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None):
    """Normal with mean 0 and variance 1, of the shape and dtype of `input`."""
    return _drawn(_normal, generator, tuple(input.shape), _dtype(dtype, input.dtype), requires_grad, device)


@register_function
def randint(
    low, high=None, size=None, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False
):
    """Integers, uniform in [low, high): randint(high, size) or randint(low, high, size)."""
    if size is None and not isinstance(high, int):
        low, high, size = 0, low, high
    if high is None or size is None:
        raise TypeError("randint() needs high and size: randint(high, size) or randint(low, high, size)")
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return _drawn(
        lambda stream, shape, kind: numpy.asarray(stream.integers(low, high, shape)).astype(kind), generator,
        _size((size,)), _dtype(dtype, dtypes.int64), requires_grad, device,
    )  # fmt: skip


@register_function
def randperm(
    n, *, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False
):
    """The integers below n in random order."""
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    return _drawn(
        lambda stream, shape, kind: stream.permuted(numpy.broadcast_to(numpy.arange(n), shape), axis=-1).astype(kind),
        generator, (n,), _dtype(dtype, dtypes.int64), requires_grad, device,
    )  # fmt: skip


@register_function
def normal(mean, std=1.0, size=None, *, generator=None, out=None, dtype=None, device=None, requires_grad=False):
    """Normal with the given means and standard deviations, numbers or tensors."""
    shapes = [tuple(x.shape) for x in (mean, std) if isinstance(x, Tensor)]
    if size is None and not shapes:
        raise TypeError("normal(): with a mean and a std that are numbers, a size is needed")
    shape = _size((size,)) if size is not None else numpy.broadcast_shapes(*shapes)
    like = next((x.dtype for x in (mean, std) if isinstance(x, Tensor)), None)
    standard = _drawn(_normal, generator, shape, _dtype(dtype, like))
    return (standard * std + mean).detach()


@register_function
def bernoulli(input, *, generator=None, out=None):
    """1 with the probability that `input` gives, else 0."""
    p = input.array
    if p.size and not (numpy.all(p >= 0) and numpy.all(p <= 1)):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    if levels.batch_levels():
        drawn = _drawn(_uniform, generator, tuple(input.shape), numpy.float64)
        return (drawn < input.detach()).to(input.dtype)
    return from_array((_stream(generator).random(p.shape) < p).astype(p.dtype))


@register_function
def multinomial(input, num_samples, replacement=False, *, generator=None, out=None):
    """Positions drawn with probabilities proportional to each row of `input`."""
    probabilities, batches = levels.for_each_entry(input, "multinomial")
    if input.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    leading, count = probabilities.shape[:-1], probabilities.shape[-1]
    weights = probabilities.reshape(-1, count).astype(numpy.float64)
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > count:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not numpy.all(numpy.isfinite(weights)) or numpy.any(weights < 0):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if numpy.any(weights.sum(1) <= 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    stream = _stream(generator)
    if replacement:
        cumulative = numpy.cumsum(weights, 1)
        draws = stream.random((weights.shape[0], num_samples)) * cumulative[:, -1:]
        rows = [numpy.searchsorted(c, d, side="right") for c, d in zip(cumulative, draws, strict=True)]
        out = numpy.minimum(numpy.reshape(rows, draws.shape), count - 1)
    else:
        # The largest of exponential keys divided by weights come out in the order of drawing without replacement
        # (Efraimidis & Spirakis, "Weighted random sampling with a reservoir", 2006).
        with numpy.errstate(divide="ignore"):
            keys = stream.standard_exponential(weights.shape) / weights
        out = numpy.argsort(keys, 1, kind="stable")[:, :num_samples]
    return batching.nested(from_array(out.reshape(*leading, num_samples).astype(numpy.int64)), batches)


# ------------------------------------------------------------------------------------------------ in place


def _drawn_in_place(name: str, doc: str):
    def bind(draw):
        def method(self, *arguments, generator=None, **keywords):
            from .elementwise import copy

            return copy.in_place(self, _drawn(
                lambda stream, shape, dtype: draw(stream, shape, dtype, *arguments, **keywords), generator,
                tuple(self.shape), self.array.dtype, target=self,
            ))  # fmt: skip

        method.__name__ = method.__qualname__ = name
        method.__doc__ = doc
        bind_method(name, method)
        return method

    return bind


@_drawn_in_place("uniform_", "Fill with numbers uniform in [from, to).")
def _uniform_in_place(stream, shape, dtype, *bounds, a=0.0, b=1.0, **named):
    low, high = (*bounds, *(named.get("from", a), named.get("to", b))[len(bounds):])[:2]
    if high < low:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}")
    return _uniform(stream, shape, dtype) * numpy.asarray(high - low, dtype) + numpy.asarray(low, dtype)


@_drawn_in_place("normal_", "Fill with normal numbers of the given mean and standard deviation.")
def _normal_in_place(stream, shape, dtype, mean=0.0, std=1.0):
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    return _normal(stream, shape, dtype) * numpy.asarray(std, dtype) + numpy.asarray(mean, dtype)


def _bernoulli_in_place(self, p=0.5, *, generator=None):
    """Fill with 1 with probability p, a number or a tensor that is broadcast, else 0."""
    from .elementwise import copy

    if isinstance(p, Tensor):
        levels.random_levels(self)
        drawn = bernoulli(p.expand(tuple(self.shape)), generator=generator)
    else:
        drawn = _drawn(
            lambda stream, shape, dtype: (stream.random(shape) < p).astype(dtype), generator, tuple(self.shape),
            self.array.dtype, target=self,
        )  # fmt: skip
    return copy.in_place(self, drawn)


_bernoulli_in_place.__name__ = _bernoulli_in_place.__qualname__ = "bernoulli_"
bind_method("bernoulli_", _bernoulli_in_place)


@_drawn_in_place("random_", "Fill with integers uniform in [from, to).")
def _random_in_place(stream, shape, dtype, low=0, high=None):
    if high is None:
        low, high = (0, low) if low else (0, 1 << (24 if dtype == numpy.float32 else 53 if dtype.kind == "f" else 31))
    return stream.integers(low, high, shape).astype(dtype)


@_drawn_in_place("exponential_", "Fill with exponential numbers of the given rate.")
def _exponential_in_place(stream, shape, dtype, lambd=1.0):
    return (stream.standard_exponential(shape) / lambd).astype(dtype)
