"""Samples of decompositions of low rank, of reductions of segments and of older norms."""

import numpy as np
import scipy.linalg

from ..composites import row
from ..values import R


def whole(t, x, **options):
    """What the factors multiply to; at the full rank, the matrix itself, whatever was drawn."""
    U, S, V = t.svd_lowrank(x, q=3, **options)
    return (U * S.unsqueeze(-2)) @ V.mH


def parts(x):
    return x @ x.conj().T + np.diag([1.0, 3.0, 6.0, 10.0, 15.0, 21.0])


def symmetric(x):
    return x @ x.mH + x.new_tensor([1.0, 3.0, 6.0, 10.0, 15.0, 21.0]).diag()


def largest(x, k):
    return np.linalg.eigvalsh(parts(x))[::-1][:k]


# Two calls draw two bases, which shows where rounding does.
random = {
    "spelled": None, "without": (
        "vmap", "layouts", "forward", "second", "gradient form", "complex forms", "complex gradient",
        "complex gradient form", "complex vmap", "complex forward", "complex second", "complex layouts",
    ),
}  # fmt: skip
row("svd_lowrank", [R(4, 3)], lambda x: x, through=whole, **random)
row("svd_lowrank", [R(3, 4)], lambda x: x, through=whole, **random)
row("svd_lowrank", [R(2, 4, 3)], lambda x: x - 1.0, through=lambda t, x: whole(t, x, M=t.ones_like(x)), **random)
row(
    "pca_lowrank", [R(5, 3)], lambda x: np.linalg.svd(x - x.mean(0))[1],
    through=lambda t, x: t.pca_lowrank(x, q=3)[1], **random,
)  # fmt: skip
row("lobpcg", [R(6, 6)], lambda x: largest(x, 2), through=lambda t, x: t.lobpcg(symmetric(x), k=2)[0], spelled=None)
row(
    "lobpcg", [R(6, 6)], lambda x: np.linalg.eigvalsh(parts(x))[:1],
    through=lambda t, x: t.lobpcg(symmetric(x), k=1, largest=False)[0], spelled=None,
)  # fmt: skip
row(
    "lobpcg", [R(6, 6)], lambda x: scipy.linalg.eigvalsh(parts(x), parts(np.ones((6, 6))))[-1:],
    through=lambda t, x: t.lobpcg(symmetric(x), k=1, B=symmetric(t.ones_like(x)))[0], spelled=None,
)  # fmt: skip
row(
    "max_pool1d_with_indices", [R(2, 6)], lambda x: x.reshape(2, 3, 2).max(-1),
    through=lambda t, x: t.max_pool1d_with_indices(x, 2)[0], real_only=True,
)  # fmt: skip


REDUCED = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "max": np.max, "min": np.min}


def reduced(x, reduce, lengths, initial=None):
    """Segment by segment."""
    ends = np.cumsum(lengths)
    found = []
    for first, end in zip(ends - lengths, ends, strict=True):
        part = x[first:end]
        if initial is None:
            found.append(REDUCED[reduce](part, axis=0))
        elif reduce == "mean":
            found.append((np.sum(part, axis=0) + initial) / len(part))
        else:
            began = np.concatenate([np.full((1, *x.shape[1:]), initial), part])
            found.append(REDUCED[reduce](began, axis=0))
    return np.stack(found)


def segments(reduce, lengths, initial=None):
    return {
        "through": lambda t, x: t.segment_reduce(x, reduce, lengths=t.tensor(lengths), initial=initial),
        "without": ("vmap", "complex forms", "complex gradient"), "real_only": True,
    }  # fmt: skip


for word in REDUCED:
    row("segment_reduce", [R(6)], lambda x, word=word: reduced(x, word, [2, 1, 3]), **segments(word, [2, 1, 3]))
    row("segment_reduce", [R(5, 2)], lambda x, word=word: reduced(x, word, [1, 4]), **segments(word, [1, 4]))
    row("segment_reduce", [R(5)], lambda x, word=word: reduced(x, word, [2, 3], 0.5), **segments(word, [2, 3], 0.5))
row(
    "segment_reduce", [R(2, 3)], lambda x: np.array([[x[0, 0], x[0, 1:].sum()], [x[1, :2].sum(), x[1, 2]]]),
    through=lambda t, x: t.segment_reduce(x, "sum", offsets=t.tensor([[0, 1, 3], [0, 2, 3]]), axis=1),
    without=("vmap", "complex forms", "complex gradient"), real_only=True,
)  # fmt: skip


row("frobenius_norm", [R(3, 4)], lambda x, dim: np.linalg.norm(x, axis=dim), (0,), ((0, 1),), ((-1,),))
row("frobenius_norm", [R(2, 3)], lambda x, dim, keepdim: np.sqrt((np.abs(x) ** 2).sum(keepdims=True)), ([], True))
