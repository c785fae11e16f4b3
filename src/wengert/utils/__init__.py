"""Where PyTorch keeps its tools: `utils.checkpoint`, and its data tools, for `wengert.utils.data` is `wengert.data`."""

import sys

from .. import data
from ..data import dataset, loader, sampler
from . import checkpoint

# One module under two names, with all that is in it: imported again under the other one, its classes would be others.
sys.modules.update({
    f"{__name__}.data": data,
    f"{__name__}.data.dataset": dataset,
    f"{__name__}.data.sampler": sampler,
    f"{__name__}.data.distributed": sampler,
    f"{__name__}.data.loader": loader,
    f"{__name__}.data.dataloader": loader,
})  # fmt: skip

__all__ = ["checkpoint", "data"]
