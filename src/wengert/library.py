"""Declaring operations of your own: the tool that every built-in operation is declared with.

    from wengert.library import elementwise

    cube = elementwise(
        "cube(input)", forward=lambda x: x**3,
        input=lambda t, input: t * (3.0 * input * input),
    )

`cube` is recorded, differentiable to any order in either mode, works under `vmap`, and is a tensor method with an
in-place form. See `elementwise`, `linear`, `bilinear` and `general` for what a declaration may say, and `composite` for
functions made of other operations, which need no rule.
"""

from .core import Operation
from .core.registry import operation_called, operations
from .ops.composite import composite
from .ops.declaration import bilinear, elementwise, general, linear

__all__ = ["Operation", "bilinear", "composite", "elementwise", "general", "linear", "operation_called", "operations"]
