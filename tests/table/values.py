"""Operands of samples: how they are drawn, and the memory layouts in which they are tried."""

import dataclasses

import numpy


@dataclasses.dataclass(frozen=True)
class Values:
    """An operand of a sample: real numbers of a shape, drawn from a range, or integers, or booleans.

    Attributes:
        shape: its shape.
        low, high: the range.
        kind: "f" floating, "i" integers in [low, high), "b" booleans.
        apart: whether all elements differ by a good deal, so that no step of a finite difference changes their order;
            of integers, whether they are all different.
    """

    shape: tuple
    low: float = -2.0
    high: float = 2.0
    kind: str = "f"
    apart: bool = False

    def draw(self, rng: numpy.random.Generator, dtype=numpy.float64):
        if self.kind == "i" and self.apart:
            count = int(numpy.prod(self.shape))
            return (int(self.low) + rng.permutation(int(self.high - self.low))[:count]).reshape(self.shape)
        if self.kind == "i":
            return numpy.asarray(rng.integers(int(self.low), int(self.high), self.shape))
        if self.kind == "b":
            return numpy.asarray(rng.random(self.shape) < 0.5)
        if self.apart:
            count = int(numpy.prod(self.shape))
            steps = (rng.permutation(count) + 0.5) / max(count, 1)
            return (self.low + (self.high - self.low) * steps).reshape(self.shape).astype(dtype)
        values = numpy.asarray(rng.uniform(self.low, self.high, self.shape))
        if numpy.dtype(dtype).kind == "c":
            values = values + 1j * rng.uniform(self.low, self.high, self.shape)
        return values.astype(dtype)


def R(*shape, low=-2.0, high=2.0):
    """Real numbers of both signs, none of them near 0 or another kink at an integer."""
    return Values(shape, low, high)


def P(*shape):
    """Positive numbers."""
    return Values(shape, 0.5, 2.0)


def U(*shape):
    """Numbers well inside (-1, 1)."""
    return Values(shape, -0.9, 0.9)


def A(*shape):
    """Numbers that lie apart from each other."""
    return Values(shape, -2.0, 2.0, apart=True)


def Z(*shape, low=0, high=3):
    """Integers."""
    return Values(shape, low, high, "i")


def D(*shape, low=0, high=3):
    """Different integers."""
    return Values(shape, low, high, "i", apart=True)


def B(*shape):
    """Booleans."""
    return Values(shape, kind="b")


def transposed(x):
    """The same values in column-major memory."""
    return numpy.asfortranarray(x) if x.ndim else x.copy()


def reversed_steps(x):
    """The same values with negative steps in memory."""
    index = (slice(None, None, -1),) * x.ndim
    return numpy.ascontiguousarray(x[index])[index] if x.ndim else x.copy()


def spaced(x):
    """The same values with gaps in memory."""
    wide = numpy.zeros((*x.shape, 2), x.dtype)
    wide[..., 0] = x
    return wide[..., 0]


LAYOUTS = {"transposed": transposed, "reversed": reversed_steps, "spaced": spaced}
