"""Meeting points with other libraries: NumPy's functions and ufuncs on tensors, its methods, DLPack."""

from . import dlpack, numpy_methods, numpy_protocol, numpy_ufuncs

__all__ = ["dlpack", "numpy_methods", "numpy_protocol", "numpy_ufuncs"]
