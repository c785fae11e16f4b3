"""Every operation, declared once with its derivative. The registry knows them all by having been declared."""

from ..core import require
from . import (
    activations,
    arithmetic,
    comparison,
    complex_numbers,
    conversion,
    convolution,
    creation,
    elementwise,
    indexing,
    linear_algebra,
    losses,
    normalization,
    padding,
    pooling,
    random,
    rearrangement,
    reductions,
    shape,
    sorting,
    special,
    view_history,
)
from .composite import composite
from .declaration import bilinear, general, linear
from .declaration import elementwise as elementwise_

# What the floor below needs of this one.
require("add", elementwise.add)
require("conj", elementwise.conj_physical)
require("sum_to_size", shape.sum_to_size)
require("cast", complex_numbers.gradient_in)
require("view_scatter", view_history.view_scatter)

__all__ = [
    "activations", "arithmetic", "bilinear", "comparison", "complex_numbers", "composite", "conversion", "convolution",
    "creation", "elementwise", "elementwise_",
    "general", "indexing", "linear", "linear_algebra", "losses", "normalization", "padding", "pooling", "random",
    "rearrangement", "reductions", "shape", "sorting", "special", "view_history",
]  # fmt: skip
