# Written by tools/write_stubs.py from the declarations of the operations. Do not edit.

import builtins
from collections.abc import Sequence
from typing import Any

from .core import dtypes
from .core.tensor import Operand, Tensor

def matmul(input: Any, other: Any) -> Any: ...
