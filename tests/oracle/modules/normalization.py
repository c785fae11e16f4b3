"""Batch, layer, group, instance and response normalisation."""

import numpy as np

from .table import Call, Made, module, refused

for n, shapes in ((1, [(4, 3), (5, 3, 4), (2, 3, 1)]), (2, [(2, 3, 4, 5), (1, 3, 2, 2)]), (3, [(2, 3, 2, 3, 2)])):
    name = f"BatchNorm{n}d"
    module(name, shapes, 3)
    module(name, shapes, 3, eps=0.1, momentum=None)
    module(name, shapes, 3, momentum=0.7, affine=False)
    module(name, shapes, 3, track_running_stats=False)
    module(name, shapes, 3, bias=False)
    refused(name, [(3,)], 3)
    refused(name, [shapes[0][:1] + (4,) + shapes[0][2:]], 3)
    name = f"InstanceNorm{n}d"
    shapes = [(2, 3, *range(2, 2 + n)), (3, *[3] * n)]
    module(name, [*shapes, (0, 3, *[2] * n)], 3)
    module(name, shapes, 3, affine=True, eps=0.1)
    module(name, shapes, 3, affine=True, track_running_stats=True)
    module(name, shapes, 3, momentum=None, track_running_stats=True, affine=True, bias=False)
    module(name, shapes, 4)
    refused(name, [(2, 4, *[2] * n)], 3, affine=True)
    refused(name, [(2, 3, *[1] * n)], 3)
    refused(name, [(3,)], 3)
refused("BatchNorm1d", [(1, 3)], 3)
refused("BatchNorm2d", [(1, 3, 1, 1)], 3)
refused("BatchNorm1d", [Made(lambda t: t.zeros(4, 3, dtype=t.int64))], 3)
refused("BatchNorm1d", [Made(lambda t: t.zeros(4, 3, dtype=t.float64))], 3)
refused("BatchNorm1d", [Made(lambda t: t.zeros(4, 3, dtype=t.complex64))], 3)
module("SyncBatchNorm", [(4, 3), (2, 3, 2, 2)], 3)
refused("SyncBatchNorm", [(4,)], 3)
refused("SyncBatchNorm", [(4, 0)], 3)

module("LayerNorm", [(4, 5), (5,), (2, 3, 5), (0, 5)], 5)
module("LayerNorm", [(4, 3, 5), (3, 5), (2, 2, 3, 5)], (3, 5), eps=0.1)
module("LayerNorm", [(4, 5)], [5], bias=False)
module("LayerNorm", [(4, 5)], 5, elementwise_affine=False)
module("LayerNorm", [(4, 1)], 1)
refused("LayerNorm", [(4, 3)], 5)
refused("LayerNorm", [(3,)], (2, 3))
refused("LayerNorm", [(3,)], ())
refused("LayerNorm", [Made(lambda t: t.zeros(4, 3, dtype=t.int64))], 3)
refused("LayerNorm", [Made(lambda t: t.zeros(4, 3, dtype=t.float64))], 3)
refused("LayerNorm", [Made(lambda t: t.zeros(4, 3, dtype=t.complex64))], 3)

module("GroupNorm", [(4, 6), (2, 6, 3), (2, 6, 3, 2), (0, 6, 2)], 3, 6)
module("GroupNorm", [(2, 6, 3, 2)], 1, 6, eps=0.1)
module("GroupNorm", [(2, 6, 3, 2)], 6, 6, affine=False)
module("GroupNorm", [(2, 6, 3, 2)], 2, 6, bias=False)
refused("GroupNorm", None, 4, 6)
refused("GroupNorm", [(2, 4)], 3, 6)
refused("GroupNorm", [(4,)], 2, 4)
refused("GroupNorm", [(1, 2)], 2, 2)
refused("GroupNorm", [(2, 4)], 2, 2)
refused("GroupNorm", None, 0, 2)

module("RMSNorm", [(4, 5), (5,), (2, 3, 5), (0, 5)], 5)
module("RMSNorm", [(4, 3, 5), (3, 5)], (3, 5), eps=0.1)
module("RMSNorm", [(4, 5)], 5, elementwise_affine=False)
refused("RMSNorm", [(4, 3)], 5)
refused("RMSNorm", [Made(lambda t: t.zeros(4, 3, dtype=t.int64))], 3)

for size in (1, 2, 3, 5, 9):
    module("LocalResponseNorm", [(2, 6, 3), (2, 6, 3, 2), (2, 6, 2, 2, 2), (0, 6, 2)], size, alpha=0.7, beta=0.6, k=2.0)
module("LocalResponseNorm", [(2, 3, 4)], 2)
refused("LocalResponseNorm", [(2, 3)], 2).but(words=False)
refused("LocalResponseNorm", [(2, 3, 2)], 0)

# PyTorch's derivative is not that of its values; see tests/nn/test_normalization.py.
for size in (1, 2, 3, 4, 5, 9):
    held = Call(Made(lambda t: t.from_numpy(np.random.default_rng(5).standard_normal((2, 6, 3, 2)))))
    module("CrossMapLRN2d", [held], size, alpha=0.7, beta=0.6, k=2.0).but(dtypes=("float64",))
refused("CrossMapLRN2d", [(2, 3, 4)], 2)
