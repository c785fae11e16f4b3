"""Losses, distances and dropout."""

import numpy as np

from .table import Fixed, Made, apart, between, classes, module, refused


def signs(*shape):
    return lambda rng: 2 * rng.integers(0, 2, shape) - 1


def real_signs(*shape):
    return lambda rng: 2.0 * rng.integers(0, 2, shape) - 1


def shares(*shape):
    """Probabilities over the second dimension."""

    def draw(rng):
        values = rng.uniform(0.1, 1.0, shape)
        return values / values.sum(1, keepdims=True)

    return draw


WEIGHT = np.array([0.5, 1.0, 2.0])

for reduction in ("mean", "sum", "none"):
    some = {"reduction": reduction}
    for name in ("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss"):
        # PyTorch's second derivative of an absolute value is a zero tensor that has no numbers.
        module(name, [[(4, 3), (4, 3)], [(), ()], [(0, 2), (0, 2)], [(2, 3, 4, 2), (2, 3, 4, 2)]], **some).but(
            second=name != "L1Loss"
        )
    module("SmoothL1Loss", [[(4, 3), (4, 3)]], beta=0.3, **some)
    module("HuberLoss", [[(4, 3), (4, 3)]], delta=0.3, **some)
    for name in ("NLLLoss", "CrossEntropyLoss"):
        for options in ({}, {"weight": WEIGHT}, {"ignore_index": 1}, {"weight": WEIGHT, "ignore_index": 0}):
            module(
                name,
                [
                    [(4, 3), classes(4, below=3)], [(3,), classes(below=3)], [(2, 3, 5), classes(2, 5, below=3)],
                    [(2, 3, 2, 3), classes(2, 2, 3, below=3)], [(2, 3, 2, 3, 2), classes(2, 2, 3, 2, below=3)],
                ],
                **options, **some,
            )  # fmt: skip
    for options in ({"label_smoothing": 0.2}, {"label_smoothing": 0.2, "weight": WEIGHT, "ignore_index": 2}):
        module("CrossEntropyLoss", [[(4, 3), classes(4, below=3)], [(2, 3, 4), classes(2, 4, below=3)]], **options,
               **some)  # fmt: skip
    for options in ({}, {"label_smoothing": 0.3}, {"weight": WEIGHT}):
        module("CrossEntropyLoss", [[(4, 3), shares(4, 3)], [(2, 3, 4), shares(2, 3, 4)]], **options, **some)
    module("BCELoss", [[between(0.05, 0.95, 4, 3), between(0, 1, 4, 3)]], **some).but(tolerance=1e-10)
    module("BCELoss", [[between(0.05, 0.95, 4, 3), between(0, 1, 4, 3)]], WEIGHT, **some).but(tolerance=1e-10)
    module("BCEWithLogitsLoss", [[(4, 3), between(0, 1, 4, 3)], [(), between(0, 1)]], **some)
    module("BCEWithLogitsLoss", [[(4, 3), between(0, 1, 4, 3)]], WEIGHT, pos_weight=WEIGHT, **some)
    module("KLDivLoss", [[(4, 3), shares(4, 3)], [(), between(0.1, 1)]], **some)
    module("KLDivLoss", [[(4, 3), (4, 3)]], log_target=True, **some)
    module("PoissonNLLLoss", [[(4, 3), between(0, 4, 4, 3)]], **some)
    module("PoissonNLLLoss", [[between(0.2, 2, 4, 3), between(0.1, 4, 4, 3)]], False, True, eps=1e-2, **some)
    module("GaussianNLLLoss", [[(4, 3), (4, 3), between(0.5, 2, 4, 3)], [(4, 3), (4, 3), between(0.5, 2, 4)],
                               [(4, 3), (4, 3), between(0.5, 2, 4, 1)]], full=True, **some)  # fmt: skip
    module("HingeEmbeddingLoss", [[(4, 3), signs(4, 3)]], 0.7, **some)
    module("CosineEmbeddingLoss", [[(4, 3), (4, 3), signs(4)], [(3,), (3,), signs()]], 0.2, **some)
    module("MarginRankingLoss", [[(4, 3), (4, 3), real_signs(4, 3)]], 0.4, **some)
    module("TripletMarginLoss", [[(4, 3), (4, 3), (4, 3)], [(3,), (3,), (3,)]], 2.0, **some)
    module("TripletMarginLoss", [[(4, 3), (4, 3), (4, 3)]], 2.0, 3.0, 1e-3, True, **some)
    module("TripletMarginWithDistanceLoss", [[(4, 3), (4, 3), (4, 3)]], swap=True, margin=2.0, **some)
    module("SoftMarginLoss", [[(4, 3), Fixed(real_signs(4, 3))]], **some)
    module("MultiLabelSoftMarginLoss", [[(4, 3), between(0, 1, 4, 3)], [(3,), between(0, 1, 3)]], WEIGHT, **some)
    module("MultiLabelMarginLoss", [[(3, 4), Made(lambda t: t.tensor([[3, 0, -1, 1], [-1, 2, 0, 0], [2, 1, 0, 3]]))],
                                    [(4,), Made(lambda t: t.tensor([1, 2, -1, 0]))]], **some)  # fmt: skip
    for options in ({}, {"p": 2, "margin": 0.5}, {"weight": WEIGHT}):
        module("MultiMarginLoss", [[(4, 3), classes(4, below=3)], [(3,), classes(below=3)]], **options, **some)
    module("LinearCrossEntropyLoss", [[(4, 5), classes(4, below=3)], [(5,), classes(below=3)]], 5, 3, **some)
    module("LinearCrossEntropyLoss", [[(4, 5), classes(4, 2, below=3)]], 5, 3, out_features=(2,), bias=True,
           weight=WEIGHT, label_smoothing=0.1, **some)  # fmt: skip

module("KLDivLoss", [[(4, 3), shares(4, 3)]], reduction="batchmean")
module("PairwiseDistance", [[(4, 3), (4, 3)], [(3,), (3,)], [(2, 4, 3), (2, 4, 3)]])
module("PairwiseDistance", [[(4, 3), (4, 3)]], 1.0, keepdim=True).but(second=False)
module("PairwiseDistance", [[(4, 3), (4, 3)]], 3.0, 1e-2)
module("CosineSimilarity", [[(4, 3), (4, 3)], [(4, 3, 2), (4, 3, 2)]])
module("CosineSimilarity", [[(4, 3), (4, 3)]], 0, 1e-4)
for name in ("Dropout", "AlphaDropout", "FeatureAlphaDropout"):
    module(name, [(4, 3, 5)], 0.3).but(random="it draws")
    module(name, [(4, 3, 5)], 0.0)
    refused(name, None, 1.5)
module("Dropout1d", [(4, 3, 5)], 0.3).but(random="it draws")
module("Dropout2d", [(4, 3, 5, 2)], 0.3).but(random="it draws")
module("Dropout3d", [(4, 3, 5, 2, 2)], 0.3).but(random="it draws")
module("Flatten", [(2, 3, 4), (2, 3, 4, 5)])
module("Flatten", [(2, 3, 4)], 0, 1)
module("Unflatten", [(2, 6)], 1, (2, 3))
module("Identity", [(2, 3)], 1, 2, option=3)
module("Linear", [(4, 3), (3,), (2, 4, 3), (0, 3)], 3, 5)
module("Linear", [(4, 3)], 3, 5, False)
module("Bilinear", [[(4, 2), (4, 3)], [(5, 4, 2), (5, 4, 3)]], 2, 3, 4)

refused("NLLLoss", [(4, 3), classes(5, below=3)])
refused("NLLLoss", [(4, 3), apart(4)]).but(words=False)
refused("BCELoss", [between(0.1, 0.9, 4, 3), between(0, 1, 4)])
refused("BCEWithLogitsLoss", [(4, 3), between(0, 1, 4)])
refused("MultiMarginLoss", None, 3)
refused("MultiMarginLoss", [(4, 3), classes(5, below=3)])
refused("TripletMarginLoss", None, 0)
refused("TripletMarginLoss", [(4, 3), (4, 3), (3,)])
refused("CosineEmbeddingLoss", [(4, 3), (4, 3), signs(4, 3)])
refused("GaussianNLLLoss", [(4, 3), (4, 3), between(0.5, 2, 2)])
