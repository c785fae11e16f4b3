"""Every operation, declared once with its derivative. The registry knows them all by having been declared."""

from ..core import require
from . import (
    complex_numbers,
    conversion,
    convolution,
    creation,
    decompositions,
    distances,
    einsum,
    elementwise,
    factorizations,
    indexing,
    least_squares,
    linear_algebra,
    linear_systems,
    losses,
    matrix_functions,
    normalization,
    older_linear_algebra,
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
    "bilinear", "complex_numbers", "composite", "conversion", "convolution", "creation", "decompositions",
    "distances", "einsum", "elementwise", "elementwise_", "factorizations", "general", "indexing", "least_squares",
    "linear", "linear_algebra", "linear_systems", "losses", "matrix_functions", "normalization",
    "older_linear_algebra", "padding", "pooling", "random", "rearrangement", "reductions", "shape", "sorting",
    "special", "view_history",
]  # fmt: skip
