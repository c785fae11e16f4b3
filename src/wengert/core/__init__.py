"""Tensor, node, operation and the backward pass. Knows no operation by name except those it is given (`require`)."""

import os

from . import detaching, dtypes, layout, tensor_hooks  # noqa: F401
from .engine import current_pass, edge_for, run_backward
from .node import Node
from .operation import InPlaceOperation, Operation
from .operators import bind_operator
from .provenance import here, set_package_folder
from .required import require
from .size import Size, device
from .storage import Storage
from .tensor import Tensor, bind_method

set_package_folder(os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep)

__all__ = [
    "InPlaceOperation",
    "Node",
    "Operation",
    "Size",
    "Storage",
    "Tensor",
    "bind_method",
    "bind_operator",
    "current_pass",
    "device",
    "dtypes",
    "edge_for",
    "here",
    "require",
    "run_backward",
]
