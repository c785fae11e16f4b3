"""Where PyTorch keeps its tools: `utils.checkpoint`, and its data tools, for `wengert.utils.data` is `wengert.data`."""

import sys

from .. import data
from . import checkpoint

sys.modules[__name__ + ".data"] = data

__all__ = ["checkpoint", "data"]
