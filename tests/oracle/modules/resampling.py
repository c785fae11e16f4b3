"""Upsampling, patches, and channels and pixels rearranged; two activations."""

from .table import module, refused

for options in (
    {"size": 5}, {"scale_factor": 2}, {"scale_factor": 1.7}, {"scale_factor": 0.4}, {"size": (3,)},
    {"scale_factor": 1.7, "recompute_scale_factor": True},
):  # fmt: skip
    for mode in ("nearest", "nearest-exact", "area"):
        module("Upsample", [(2, 3, 4), (0, 3, 4)], **options, mode=mode)
    module("Upsample", [(2, 3, 4)], **options, mode="linear")
    module("Upsample", [(2, 3, 4)], **options, mode="linear", align_corners=True)
for options in ({"size": (5, 3)}, {"size": 4}, {"scale_factor": 2}, {"scale_factor": (1.5, 0.5)}):
    for mode in ("nearest", "nearest-exact", "area", "bilinear", "bicubic"):
        module("Upsample", [(2, 3, 4, 5), (0, 3, 4, 5)], **options, mode=mode)
    for mode in ("bilinear", "bicubic"):
        module("Upsample", [(2, 3, 4, 5)], **options, mode=mode, align_corners=True)
for options in ({"size": (3, 2, 5)}, {"scale_factor": 2}):
    for mode in ("nearest", "nearest-exact", "area", "trilinear"):
        module("Upsample", [(1, 2, 2, 3, 4)], **options, mode=mode)
    module("Upsample", [(1, 2, 2, 3, 4)], **options, mode="trilinear", align_corners=True)
module("UpsamplingNearest2d", [(2, 3, 4, 5)], scale_factor=2)
module("UpsamplingNearest2d", [(2, 3, 4, 5)], (3, 7))
module("UpsamplingBilinear2d", [(2, 3, 4, 5)], scale_factor=2)
module("UpsamplingBilinear2d", [(2, 3, 4, 5)], 3)

IMAGE, SIGNAL = [(1, 2, 4, 4)], [(1, 2, 4)]
refused("Upsample", SIGNAL)
refused("Upsample", SIGNAL, 2, 2)
refused("Upsample", SIGNAL, (2, 2))
refused("Upsample", SIGNAL, scale_factor=(2, 2))
refused("Upsample", SIGNAL, [2.5])
refused("Upsample", [(1, 4)], 2)
refused("Upsample", [(1, 1, 1, 1, 1, 4)], 2)
refused("Upsample", SIGNAL, 2, mode="bilinear")
refused("Upsample", SIGNAL, 2, mode="bicubic")
refused("Upsample", IMAGE, 2, mode="linear")
refused("Upsample", IMAGE, 2, mode="trilinear")
refused("Upsample", IMAGE, 2, mode="foo")
refused("Upsample", IMAGE, 2, mode="nearest", align_corners=True)
refused("Upsample", IMAGE, 2, recompute_scale_factor=True)
refused("Upsample", IMAGE, 0)
refused("Upsample", IMAGE, -1)
refused("Upsample", IMAGE, scale_factor=0.1, mode="bilinear")
refused("Upsample", [(1, 2, 0, 4)], 2)
refused("Upsample", [(1, 0, 4, 4)], 2, mode="bilinear")
refused("Upsample", [(1, 0, 4)], 2, mode="linear")
refused("Upsample", IMAGE, 2, mode="lanczos")

module("Unfold", [(2, 3, 5, 4), (3, 5, 4)], 2)
module("Unfold", [(2, 3, 5, 4)], (3, 2), dilation=(1, 2), padding=(1, 0), stride=2)
module("Fold", [(2, 12, 12), (12, 12)], (4, 5), 2)
module("Fold", [(2, 6, 6)], (5, 4), (3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 1))
refused("Unfold", IMAGE, 5).but(words=False)
refused("Unfold", [(4, 4)], 2)
refused("Fold", [(2, 5, 12)], (4, 5), 2)
refused("Fold", [(2, 12, 11)], (4, 5), 2)

module("PixelShuffle", [(2, 8, 3, 2), (4, 2, 2), (2, 2, 4, 1, 1)], 2)
module("PixelUnshuffle", [(2, 3, 4, 6), (1, 2, 2), (2, 2, 1, 2, 2)], 2)
module("ChannelShuffle", [(2, 6, 3), (1, 6, 2, 2)], 3)
refused("PixelShuffle", [(2, 3, 3, 2)], 2)
refused("PixelShuffle", [(4, 4)], 2)
refused("PixelShuffle", IMAGE, 0)
refused("PixelUnshuffle", [(2, 3, 3, 2)], 2)
refused("ChannelShuffle", [(2, 3, 4)], 2)
refused("ChannelShuffle", [(2, 4, 4)], 0).but(words=False)

module("Softmax2d", [(2, 3, 2, 2), (3, 2, 2)])
refused("Softmax2d", [(2, 3)])
module("RReLU", [(2, 3)]).but(random="slopes are drawn")
module("RReLU", [(2, 3)], 0.1, 0.3, True).but(random="slopes are drawn")
