"""The types of results of several tensors, such as `wengert.linalg.qr(A)`: tuples whose parts have names."""

from .core import registry

globals().update(registry.namespace_called("return_types"))

__all__ = sorted(registry.namespace_called("return_types"))
