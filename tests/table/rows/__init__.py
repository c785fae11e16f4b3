"""The samples of functions made of operations, a module for each family."""

from . import existing

__all__ = ["existing"]
