"""Where PyTorch keeps its data tools: `wengert.utils.data` is `wengert.data`."""

import sys

from .. import data

sys.modules[__name__ + ".data"] = data
