"""Functions that draw random numbers, in programs that leave nothing to chance: a range of one number, no spread."""

import numpy as np

from ..composites import row
from ..values import R

# Under vmap drawing is an error unless `randomness` says what is meant: tests/ops/test_random.py.
DRAWING = {"without": ("vmap", "complex vmap"), "real_only": True}

row("rand", [R(2, 3)], lambda x: x, through=lambda t, x: x + t.rand(2, 3, dtype=x.dtype).floor(), **DRAWING)
row("rand_like", [R(2, 3)], lambda x: x, through=lambda t, x: x + t.rand_like(x).floor(), **DRAWING)
row("randn", [R(2, 3)], lambda x: x, through=lambda t, x: x + 0 * t.randn(2, 3, dtype=x.dtype), **DRAWING)
row("randn_like", [R(2, 3)], lambda x: x, through=lambda t, x: x + 0 * t.randn_like(x), **DRAWING)
row("randint", [R(2, 3)], lambda x: 4 * x, through=lambda t, x: x * t.randint(4, 5, (2, 3)), **DRAWING)
row("randint_like", [R(2, 3)], lambda x: 4 * x, through=lambda t, x: x * t.randint_like(x, 4, 5), **DRAWING)
row("randperm", [R(3)], lambda x: np.sum(x), through=lambda t, x: x[t.randperm(3)].sum(), **DRAWING)
row("normal", [R(2, 3)], lambda x: 5 * x, through=lambda t, x: x * t.normal(t.full((3,), 5.0, dtype=x.dtype), 0.0),
    **DRAWING)  # fmt: skip
row("bernoulli", [R(2, 3)], lambda x: x, through=lambda t, x: x * t.bernoulli(t.ones(3, dtype=x.dtype)), **DRAWING)
row("poisson", [R(2, 3)], lambda x: x, through=lambda t, x: x + t.poisson(t.zeros(3, dtype=x.dtype)), **DRAWING)
row("binomial", [R(2, 3)], lambda x: 4 * x, through=lambda t, x: x * t.binomial(
    t.full((3,), 4.0, dtype=x.dtype), t.ones(3, dtype=x.dtype)
), **DRAWING)  # fmt: skip
row("multinomial", [R(2, 3)], lambda x: np.take(x, [1], 1), through=lambda t, x: x[:, t.multinomial(
    t.tensor([0.0, 1.0, 0.0]), 1
)], **DRAWING)  # fmt: skip
row("dropout", [R(3, 4)], lambda x, p, train: x, (0.5, False), (0.0, True))
row("dropout", [R(3, 4)], lambda x, p, train: 0 * x, (1.0, True), **DRAWING)
row("alpha_dropout", [R(3, 4)], lambda x, p, train: x, (0.5, False), (0.0, True))
row("feature_dropout", [R(3, 4)], lambda x, p, train: x, (0.5, False), (0.0, True))
row("feature_alpha_dropout", [R(3, 4)], lambda x, p, train: x, (0.5, False), (0.0, True))
row("native_dropout", [R(3, 4)], lambda x, p, train: (x, np.ones(x.shape, bool)), (0.5, False), (0.0, True))
