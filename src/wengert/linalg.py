"""Linear algebra, under PyTorch's names: `wengert.linalg.inv`, `solve`, `svd`, ...

What stands here was declared under `ops/` with the namespace "linalg".
"""

from .core.registry import namespace_called as _namespace_called

globals().update(_namespace_called("linalg"))

__all__ = sorted(_namespace_called("linalg"))
