"""The memory under tensors: as bytes, and read as elements."""

from .core.storage import Storage as UntypedStorage
from .ops.storages import TypedStorage

__all__ = ["TypedStorage", "UntypedStorage"]
