"""NumPy's functions on tensors, with NumPy's signatures and meaning, written in recorded operations.

They enter themselves when they are imported, which is when a NumPy function is first given a tensor.
What a declaration names with `numpy_functions=` needs nothing here; what is here differs from PyTorch's function in its
arguments or its meaning, or has none.

Results are tensors, also of no dimensions where NumPy gives a scalar. Types follow Wengert's promotion (see
`numpy_ufuncs`). What NumPy decides by values (positions, masks, bins) has no gradient.
"""

from . import (
    arranging,
    calculus,
    creation,
    indexing,
    joining,
    linear_algebra,
    polynomials,
    queries,
    reductions,
    rounding,
    running,
    sets,
    sorting,
    statistics,
    ufuncs,
)

__all__ = [
    "arranging", "calculus", "creation", "indexing", "joining", "linear_algebra", "polynomials", "queries",
    "reductions", "rounding", "running", "sets", "sorting", "statistics", "ufuncs",
]  # fmt: skip
