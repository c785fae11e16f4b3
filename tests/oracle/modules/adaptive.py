"""The adaptive softmax. (Its prediction and all its probabilities: test_losses.py.)"""

from .table import classes, module, refused

for options in ({}, {"div_value": 2.0, "head_bias": True}):
    module("AdaptiveLogSoftmaxWithLoss", [[(6, 32), classes(6, below=20)], [(32,), classes(below=20)],
                                          [(3, 32), classes(3, below=2)]], 32, 20, [4, 10], **options)  # fmt: skip
refused("AdaptiveLogSoftmaxWithLoss", None, 32, 20, [])
refused("AdaptiveLogSoftmaxWithLoss", None, 32, 20, [4, 3])
refused("AdaptiveLogSoftmaxWithLoss", None, 32, 20, [4, 20])
refused("AdaptiveLogSoftmaxWithLoss", [(5, 32), classes(6, below=20)], 32, 20, [4, 10])
refused("AdaptiveLogSoftmaxWithLoss", [(5, 32, 1), classes(5, below=20)], 32, 20, [4, 10])
refused("AdaptiveLogSoftmaxWithLoss", [(5, 32), classes(5, 1, below=20)], 32, 20, [4, 10])
refused("AdaptiveLogSoftmaxWithLoss", [(5, 32), lambda rng: rng.integers(20, 22, 5)], 32, 20, [4, 10])
