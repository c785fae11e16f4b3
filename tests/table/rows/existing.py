"""Functions of operations that stand beside the declared ones: products, joins, norms, deviations."""

import numpy as np

from ..composites import row
from ..values import A, P, R

row("addmm", [R(2, 4), R(2, 3), R(3, 4)], lambda c, a, b: c + a @ b)
row(
    "addmm",
    [R(2, 4), R(2, 3), R(3, 4)],
    lambda c, a, b, beta, alpha: beta * c + alpha * a @ b,
    {"beta": 0.5, "alpha": 2.0},
)
row("addmv", [R(2), R(2, 3), R(3)], lambda c, a, b: c + a @ b)
row("baddbmm", [R(5, 2, 4), R(5, 2, 3), R(5, 3, 4)], lambda c, a, b: c + a @ b)
row("bmm", [R(5, 2, 3), R(5, 3, 4)], np.matmul)
row("mm", [R(2, 3), R(3, 4)], np.matmul)
row("mv", [R(2, 3), R(3)], np.matmul)
row("dot", [R(3), R(3)], np.dot)
row("outer", [R(3), R(4)], np.outer)
row("matmul", [R(2, 3), R(3)], np.matmul)
row("matmul", [R(3), R(3, 2)], np.matmul)
row("matmul", [R(2, 1, 2, 3), R(4, 3, 2)], np.matmul)
row("trace", [R(3, 4)], np.trace)
row("diag", [R(3)], np.diag, (), (1,))
row("diag", [R(3, 4)], np.diag, (), (-1,))
row("flatten", [R(2, 3, 4)], lambda x: x.reshape(-1))
row("movedim", [R(2, 3, 4)], np.moveaxis, (0, 2))
row(
    "narrow",
    [R(3, 4)],
    lambda x, dim, start, length: np.take(x, range(start, start + length), dim),
    (1, 1, 2),
    (0, 0, 0),
)
row("t", [R(2, 3)], np.transpose)
row("tile", [R(2, 3)], np.tile, ((2, 2),))
row("chunk", [R(5)], lambda x, n: tuple(np.array_split(x, n)), (5,))
row("stack", [R(2, 3), R(2, 3)], lambda *xs: np.stack(xs[:-1], xs[-1]), (1,), takes_list=True)
row("sort", [A(3, 4)], lambda x, dim: (np.sort(x, dim), np.argsort(x, dim)), (0,), (-1,), real_only=True)
row("nn.functional.mse_loss", [R(3, 4), R(3, 4)], lambda x, y: np.mean((x - y) ** 2), real_only=True)
row("ravel", [P(3, 4)], np.ravel)
