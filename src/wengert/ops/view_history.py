"""The history of a base after one of its views was changed in place."""

import numpy

from . import batching, levels
from .complex_numbers import from_pairs, pairs_of_any_layout
from .declaration import linear
from .shape import expand, reshape

# What was a view of the base need not be one of its gradient, whose layout is another.
_on_any_layout = {"view": reshape, "complex_view": from_pairs}


def replay(x, steps: tuple):
    """The view of x that the steps (operation, parameters) lead to."""
    for operation, parameters in steps:
        x = _on_any_layout.get(operation.name, operation)(x, *parameters)
    return x


_forward_on_any_layout = {"view": reshape.forward, "complex_view": pairs_of_any_layout}


def _part_of(x, steps):
    for operation, parameters in steps:
        x = _forward_on_any_layout.get(operation.name, operation.forward)(x, *parameters)
    return x


def _scatter(base, source, steps):
    # In the order of the base's elements in memory, so that what is a view of it is one of the copy.
    out = numpy.array(base, order="K")
    part = _part_of(out, steps)
    if numpy.may_share_memory(part, out):
        numpy.copyto(part, source, casting="unsafe")
    else:
        # A view of the base, laid out with gaps, but not of the dense copy.
        out = numpy.array(base, order="C")
        _put(out.reshape(-1), _part_of(_places(out), steps), source)
    return out


def _places(out):
    """For each element its place in memory, a real number or, for a complex one, those of its two parts: a number, so
    that views of complex numbers as real ones and back can be taken of it."""
    places = numpy.arange(out.size, dtype=numpy.float64).reshape(out.shape)
    return 2 * places + 1j * (2 * places + 1) if out.dtype.kind == "c" else places


def _put(flat, places, source) -> None:
    if flat.dtype.kind == "c":
        flat = flat.view(flat.real.dtype)
    if places.dtype.kind == "c":
        _put(flat, places.real, source.real)
        places, source = places.imag, source.imag
    flat[places.astype(numpy.intp)] = source


def _outside(g, steps):
    return view_scatter(g, levels.zeros_like(replay(g, steps)), steps)


def _batched_scatter(operation, operands, parameters, in_dims, size):
    whole, part = [
        x if d is not None else expand(x.reshape((1, *x.shape)), (size, *x.shape))
        for x, d in zip(operands, in_dims, strict=True)
    ]
    whole = whole.clone()
    # A level of its own lets the steps be those of one entry.
    level = levels.enter(batching.new_level(size))
    try:
        replay(batching.make(level, whole), *parameters).copy_(batching.make(level, part))
    finally:
        levels.leave(level)
    return whole, 0


view_scatter = linear(
    "view_scatter(base, source, steps)", forward=_scatter, batch=_batched_scatter, method=False, public=False,
    node_name="CopySlices", takes_bfloat16=True,
    base=lambda g, steps: _outside(g, steps),
    source=lambda g, steps: replay(g, steps),
    doc="base with the view that `steps` lead to overwritten by source.",
)  # fmt: skip

