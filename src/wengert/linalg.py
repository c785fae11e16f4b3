"""Linear algebra, under PyTorch's names: `wengert.linalg.inv`, `solve`, `svd`, ...

What stands here was declared under `ops/` with the namespace "linalg".
"""

from .core import registry

globals().update(registry.namespace_called("linalg"))

__all__ = sorted(registry.namespace_called("linalg"))
