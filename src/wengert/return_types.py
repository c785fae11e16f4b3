"""The types of results of several tensors, such as `wengert.linalg.qr(A)`: tuples whose parts have names."""

from .core.registry import namespace_called as _namespace_called

globals().update(_namespace_called("return_types"))

__all__ = sorted(_namespace_called("return_types"))
