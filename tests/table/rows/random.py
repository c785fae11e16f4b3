"""Functions that draw random numbers, where their parameters leave nothing to chance."""

import numpy as np

from ..composites import row
from ..values import R

# The second derivative and other modes of a constant say nothing; under vmap drawing is an error unless asked for.
CERTAIN = {
    "differentiable": False, "real_only": True,
    "without": ("vmap", "modes", "forward", "gradient", "second", "gradient form"),
}  # fmt: skip

row("dropout", [R(3, 4)], lambda x, p, train: x, (0.5, False), (0.0, True))
row("alpha_dropout", [R(3, 4)], lambda x, p, train: x, (0.5, False), (0.0, True))
row("feature_dropout", [R(3, 4)], lambda x, p, train: x, (0.5, False), (0.0, True))
row("feature_alpha_dropout", [R(3, 4)], lambda x, p, train: x, (0.5, False), (0.0, True))
row("native_dropout", [R(3, 4)], lambda x, p, train: (x, np.ones(x.shape, bool)), (0.5, False), (0.0, True))
