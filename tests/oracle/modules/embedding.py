"""Embeddings, bags of them, and the adaptive softmax."""

import numpy as np

from .table import Call, Fixed, array, classes, module, refused

PLACES = [classes(3, 4, below=5), classes(6, below=5), classes(below=5), classes(0, below=5)]
WEIGHT = np.random.default_rng(1).standard_normal((5, 3))

module("Embedding", PLACES, 5, 3)
module("Embedding", PLACES, 5, 3, padding_idx=2)
module("Embedding", PLACES, 5, 3, padding_idx=-1, scale_grad_by_freq=True)
module("Embedding", PLACES, 5, 3, 0, 1.5)
module("Embedding", PLACES, 5, 3, max_norm=1.0, norm_type=1.0)
module("Embedding", PLACES[1:], 5, 3, _weight=WEIGHT).but(dtypes=("float64",), varied=False)
for options in ({"padding_idx": 5}, {"padding_idx": -6}):
    refused("Embedding", None, 5, 3, **options)
    refused("EmbeddingBag", None, 5, 3, **options)
refused("Embedding", None, 4, 3, _weight=WEIGHT)
refused("Embedding", [array([0, 5])], 5, 3)
refused("Embedding", [array([0, -1])], 5, 3)
refused("Embedding", [array([0.0, 1.0])], 5, 3)
refused("Embedding", [array([True])], 5, 3)

FLAT, OFFSETS = classes(7, below=5), array([0, 2, 2, 5])
BAGS = [classes(3, 4, below=5), [FLAT, OFFSETS], [FLAT, array([0])], [classes(0, below=5), array([0, 0])]]
ENDS = [[FLAT, array([0, 2, 2, 7])], [FLAT, array([0, 7])]]
for mode in ("sum", "mean", "max"):
    module("EmbeddingBag", BAGS, 5, 3, mode=mode)
    module("EmbeddingBag", BAGS, 5, 3, mode=mode, padding_idx=1)
    module("EmbeddingBag", ENDS, 5, 3, mode=mode, include_last_offset=True)
    module("EmbeddingBag", [BAGS[0]], 5, 3, mode=mode, max_norm=1.2, norm_type=3.0)
module("EmbeddingBag", [[FLAT, OFFSETS, (7,)], Call(classes(2, 3, below=5), None, (2, 3))], 5, 3, mode="sum")
module("EmbeddingBag", [[FLAT, OFFSETS, (7,)]], 5, 3, mode="sum", padding_idx=-2)
# Every position once: PyTorch divides by the counts of other rows in the backward pass of bags with repetitions.
once = Fixed(lambda rng: rng.permutation(5))
module("EmbeddingBag", [[once, array([0, 3])]], 5, 3, scale_grad_by_freq=True, mode="sum")
for operands in (
    [array([0, 1])], [array([[0, 1]]), array([0])], [array([[[0]]])], [array([0, 1]), array([[0]])],
    [array([[0, 1]]), None, array([1.0, 2.0])], [array([0, 1]), array([1])], [array([0, 1]), array([0, 5])],
    [array([0.0, 1.0]), array([0])],
):  # fmt: skip
    refused("EmbeddingBag", operands, 5, 3)
refused("EmbeddingBag", [array([0, 7]), array([0])], 5, 3).but(words=False)
refused("EmbeddingBag", [array([[0, 1]]), None, array([[1.0, 2.0]])], 5, 3)
refused("EmbeddingBag", [array([[0, 1]])], 5, 3, mode="least")
refused("EmbeddingBag", [array([[0, 1]])], 5, 3, mode="max", scale_grad_by_freq=True)
refused("EmbeddingBag", [array([[0, 1]])], 5, 3, mode="max", sparse=True)

NAME = "AdaptiveLogSoftmaxWithLoss"
module(NAME, [[(6, 8), classes(6, below=10)], [(8,), classes(below=10)], [(3, 8), array([0, 1, 1])],
              [(3, 8), array([9, 8, 9])]], 8, 10, [2, 5], div_value=2.0)  # fmt: skip
module(NAME, [[(6, 8), classes(6, below=10)]], 8, 10, (4,), head_bias=True)
for cutoffs in ([], [3, 2], [0], [10], [2, 2], [2.5]):
    refused(NAME, None, 4, 10, cutoffs)
for operands in (
    [(3, 8), array([0, 1])], [(8,), array([0])], [(3, 8), array(0)], [(3, 8), array([[0]])], [(3, 8), array([0, 3, 10])]
):  # fmt: skip
    refused(NAME, operands, 8, 10, [2, 5])
