"""Every operation, declared once with its derivative. The registry knows them all by having been declared."""

from ..core import require
from . import (  # noqa: F401
    activations,
    arithmetic,
    comparison,
    complex_numbers,
    contraction,
    conversion,
    convolution,
    copying,
    creation,
    decompositions,
    distances,
    elementwise,
    factorizations,
    fft,
    index_functions,
    indexing,
    joining,
    least_squares,
    linear_algebra,
    linear_systems,
    logic,
    losses,
    masks,
    matrices,
    matrix_functions,
    normalization,
    older_linear_algebra,
    only_in_numpy,
    order,
    padding,
    pixels,
    pooling,
    positions,
    products,
    random,
    rearrangement,
    reductions,
    rounding,
    scatter,
    scattered_views,
    searching,
    shape,
    sorting,
    special,
    special_matrices,
    spectrogram,
    splitting,
    type_questions,
    view_history,
)

# What the floor below needs of this one.
require("add", elementwise.add)
require("conj", elementwise.conj_physical)
require("sum_to_size", shape.sum_to_size)
require("cast", complex_numbers.gradient_in)
require("view_scatter", view_history.view_scatter)
