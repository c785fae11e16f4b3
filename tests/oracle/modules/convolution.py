"""Convolution."""

from .table import module, refused

module("Conv1d", [(2, 4, 9), (4, 9), (0, 4, 9)], 4, 6, 3, padding=1)
module("Conv1d", [(2, 4, 11)], 4, 6, 3, stride=2, dilation=2, groups=2)
module("Conv1d", [(2, 2, 9)], 2, 2, 4, padding="same")
module("Conv1d", [(2, 2, 9)], 2, 2, 4, padding="valid", bias=False)
for mode in ("reflect", "replicate", "circular"):
    module("Conv1d", [(2, 2, 9), (2, 9)], 2, 3, 3, padding=2, padding_mode=mode)
    module("Conv1d", [(2, 2, 9)], 2, 3, 4, padding="same", padding_mode=mode)
    module("Conv2d", [(1, 2, 5, 6), (2, 5, 6)], 2, 3, 3, padding=(1, 2), padding_mode=mode, stride=2)
    module("Conv2d", [(1, 2, 5, 6)], 2, 3, (3, 2), padding="same", padding_mode=mode, dilation=(1, 2))
    module("Conv3d", [(1, 2, 4, 3, 4)], 2, 2, 2, padding=(1, 0, 2), padding_mode=mode)
module("Conv2d", [(2, 3, 8, 9), (3, 8, 9)], 3, 6, 5)
module("Conv2d", [(2, 3, 8, 9)], 3, 4, (3, 2), stride=(2, 1), padding=(1, 0), bias=False)
module("Conv2d", [(2, 4, 6, 6)], 4, 8, 3, padding=1, groups=4)
module("Conv2d", [(2, 4, 6, 6)], 4, 6, 2, padding=2, groups=2, dilation=2)
module("Conv2d", [(1, 2, 7, 6)], 2, 3, 2, padding="same", dilation=3)
module("Conv3d", [(2, 2, 4, 5, 3), (2, 4, 5, 3)], 2, 3, 2, padding=1, stride=2)
module("Conv3d", [(1, 4, 4, 3, 3)], 4, 2, (2, 1, 2), groups=2, dilation=(2, 1, 1))

refused("Conv2d", None, 3, 4, 3, groups=2)
refused("Conv2d", None, 4, 3, 3, groups=2)
refused("Conv2d", None, 4, 3, 3, groups=0)
refused("Conv2d", None, 4, 3, 3, padding="full")
refused("Conv2d", None, 4, 3, 3, padding="same", stride=2)
refused("Conv2d", [(2, 4, 5, 5)], 3, 2, 3)
refused("Conv2d", [(3, 3)], 3, 2, 3)
refused("Conv2d", [(1, 3, 2, 2)], 3, 2, 3)
