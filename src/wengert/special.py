"""Special functions, under PyTorch's names: `wengert.special.erf`, `digamma`, `xlogy`, ... Most of them need SciPy.

What stands here was declared under `ops/` with the namespace "special".
"""

from .core.registry import namespace_called as _namespace_called

globals().update(_namespace_called("special"))

__all__ = sorted(_namespace_called("special"))
