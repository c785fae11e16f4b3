"""Convolution and transposed convolution."""

from .table import Call, Made, module, refused

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
refused("Conv2d", None, 4, 3, 3, padding="full").but(words=False)  # PyTorch prints a set
refused("Conv2d", None, 4, 3, 3, padding="same", stride=2)
refused("Conv2d", [(2, 4, 5, 5)], 3, 2, 3)
refused("Conv2d", [(3, 3)], 3, 2, 3)
refused("Conv2d", [(1, 3, 2, 2)], 3, 2, 3)
refused("Conv2d", [Made(lambda t: t.zeros(1, 3, 4, 4, dtype=t.float64))], 3, 2, 3).but(words=False)
refused("Conv2d", [(1, 3, 4, 4)], 3, 2, 3, padding=-1)
refused("Conv2d", [(1, 3, 4, 4)], 3, 2, 3, stride=0)
refused("Conv2d", [(1, 3, 4, 4)], 3, 2, 3, dilation=0)

module("ConvTranspose1d", [(2, 4, 5), (4, 5), (0, 4, 5), (1, 4, 1)], 4, 6, 3)
module("ConvTranspose1d", [(2, 4, 5), (4, 5)], 4, 6, 3, stride=3, padding=1, output_padding=2, groups=2)
module("ConvTranspose1d", [(2, 4, 5)], 4, 6, 3, dilation=4, output_padding=3, padding=2, bias=False)
module("ConvTranspose1d", [(2, 4, 5)], 4, 4, 3, stride=2, dilation=4, output_padding=3, groups=4)
for size in ([9], [10], [2, 6, 10]):
    module("ConvTranspose1d", [Call((2, 4, 5), output_size=Made(lambda t, size=size: size))], 4, 6, 1, stride=2)
module("ConvTranspose2d", [(2, 3, 4, 5), (3, 4, 5)], 3, 4, 3)
module("ConvTranspose2d", [(2, 4, 4, 3)], 4, 6, (3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0), groups=2)
module("ConvTranspose2d", [(2, 4, 2, 3)], 4, 4, 2, stride=2, dilation=(1, 3), output_padding=(1, 2), groups=4)
module("ConvTranspose3d", [(2, 2, 2, 3, 2), (2, 2, 3, 2)], 2, 3, 2)
module("ConvTranspose3d", [(1, 4, 2, 2, 2)], 4, 2, (2, 1, 3), stride=(1, 2, 3), padding=(0, 0, 1),
       output_padding=(0, 1, 2), groups=2, bias=False)  # fmt: skip

refused("ConvTranspose2d", None, 3, 4, 3, groups=2)
refused("ConvTranspose2d", None, 4, 3, 3, groups=2)
refused("ConvTranspose1d", None, 4, 3, 3, padding_mode="circular")
refused("ConvTranspose1d", [(2, 3, 4)], 3, 2, 2, output_padding=1).but(words=False)
refused("ConvTranspose1d", [(2, 3, 4)], 3, 2, 2, output_padding=-1)
refused("ConvTranspose1d", [(2, 3, 4)], 3, 2, 2, padding=-1)
refused("ConvTranspose1d", [(2, 3, 4)], 3, 2, 2, stride=0)
refused("ConvTranspose1d", [(2, 3, 4)], 3, 2, 2, padding=4).but(words=False)
refused("ConvTranspose1d", [(2, 3, 4)], 4, 2, 2)
refused("ConvTranspose2d", [(3, 4)], 3, 2, 2)
refused("ConvTranspose2d", [Made(lambda t: t.zeros(1, 3, 4, 4, dtype=t.float64))], 3, 2, 2).but(words=False)
for size in ([12, 8], [9], [9, 8, 2]):
    refused("ConvTranspose2d", [(1, 3, 4, 4), Made(lambda t, size=size: size)], 3, 4, 2, stride=2)
