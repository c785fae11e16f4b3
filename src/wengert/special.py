"""Special functions, under PyTorch's names: `wengert.special.erf`, `digamma`, `xlogy`, ... Most of them need SciPy.

What stands here was declared under `ops/` with the namespace "special".
"""

from .core import registry

globals().update(registry.namespace_called("special"))

__all__ = sorted(registry.namespace_called("special"))
