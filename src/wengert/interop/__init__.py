"""Meeting points with other libraries: NumPy's functions and ufuncs on tensors, and its methods."""

from . import numpy_protocol, numpy_ufuncs

__all__ = ["numpy_protocol", "numpy_ufuncs"]
