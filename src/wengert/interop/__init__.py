"""Meeting points with other libraries: NumPy's functions and ufuncs on tensors, its methods, DLPack, the array API."""

from .. import ops  # noqa: F401  (methods under NumPy's names are bound after those of operations)
from . import array_protocol, dlpack, flat, numpy_methods, numpy_protocol, numpy_ufuncs

__all__ = ["array_protocol", "dlpack", "flat", "numpy_methods", "numpy_protocol", "numpy_ufuncs"]
