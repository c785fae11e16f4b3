"""Every operation, declared once with its derivative. The registry knows them all by having been declared."""

from ..core import require
from . import (  # noqa: F401
    complex_numbers,
    conversion,
    convolution,
    creation,
    decompositions,
    elementwise,
    factorizations,
    fft,
    from_data,
    index_functions,
    indexing,
    joining,
    linear_algebra,
    linear_systems,
    losses,
    masks,
    matrices,
    memory,
    memory_formats,
    normalization,
    only_in_numpy,
    order,
    padding,
    pixels,
    pooling,
    positions,
    random,
    ranges,
    rearrangement,
    reductions,
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
    window_functions,
)

# What the floor below needs of this one.
require("add", elementwise.add)
require("conj", elementwise.conj_physical)
require("sum_to_size", shape.sum_to_size)
require("cast", complex_numbers.gradient_in)
require("view_scatter", view_history.view_scatter)
