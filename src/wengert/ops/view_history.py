"""The history of a base after one of its views was changed in place."""

import numpy

from . import batching, levels
from .complex_numbers import from_pairs
from .declaration import linear
from .shape import expand, reshape

# What was a view of the base need not be one of its gradient, whose layout is another.
_on_any_layout = {"view": reshape, "complex_view": from_pairs}


def replay(x, steps: tuple):
    """The view of x that the steps (operation, parameters) lead to."""
    for operation, parameters in steps:
        x = _on_any_layout.get(operation.name, operation)(x, *parameters)
    return x


def _part_of(x, steps):
    for operation, parameters in steps:
        x = (reshape if operation.name == "view" else operation).forward(x, *parameters)
    return x


def _scatter(base, source, steps):
    out = numpy.array(base, order="C")
    part = _part_of(out, steps)
    if numpy.may_share_memory(part, out):
        numpy.copyto(part, source, casting="unsafe")
    else:
        # A view of the base, laid out as it is, but not of a row-major copy.
        places = _part_of(numpy.arange(out.size).reshape(out.shape), steps)
        out.reshape(-1)[places] = source
    return out


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
    node_name="CopySlices",
    base=lambda g, steps: _outside(g, steps),
    source=lambda g, steps: replay(g, steps),
    doc="base with the view that `steps` lead to overwritten by source.",
)  # fmt: skip

