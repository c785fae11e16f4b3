"""The history of a base after one of its views was changed in place."""

import numpy

from . import levels
from .declaration import linear
from .shape import reshape

# What was a view of the base need not be one of its gradient, whose layout is another.
_reshape_of = {"view": reshape}


def replay(x, steps: tuple):
    """The view of x that the steps (operation, parameters) lead to."""
    for operation, parameters in steps:
        x = _reshape_of.get(operation.name, operation)(x, *parameters)
    return x


def _scatter(base, source, steps):
    out = numpy.array(base, order="C")
    part = out
    for operation, parameters in steps:
        part = operation.forward(part, *parameters)
    numpy.copyto(part, source, casting="unsafe")
    return out


def _outside(g, steps):
    return view_scatter(g, levels.zeros_like(replay(g, steps)), steps)


view_scatter = linear(
    "view_scatter(base, source, steps)", forward=_scatter, method=False, public=False, node_name="CopySlices",
    base=lambda g, steps: _outside(g, steps),
    source=lambda g, steps: replay(g, steps),
    doc="base with the view that `steps` lead to overwritten by source.",
)  # fmt: skip

