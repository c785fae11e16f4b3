"""Distances and similarities as modules."""

from ...core import Tensor
from ...ops.norms import cosine_similarity, pairwise_distance
from .module import Module


class PairwiseDistance(Module):
    """The p-norm of x1 - x2 + eps over the last dimension: (N, D) or (D) -> (N) or ().

    Args:
        p: of the norm, below 0 as well.
        eps: keeps the derivative finite where the two are equal.
        keepdim: whether the last dimension stays, of size 1.

    >>> import wengert as t
    >>> t.nn.PairwiseDistance()(t.tensor([0.0, 0.0]), t.tensor([3.0, 4.0]))
    tensor(5.0000)
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False):
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """The cosine of the angle between x1 and x2 along a dimension; norms are taken as at least `eps`.

    >>> import wengert as t
    >>> t.nn.CosineSimilarity(dim=0)(t.tensor([1.0, 0.0]), t.tensor([1.0, 1.0]))
    tensor(0.7071)
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8):
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return cosine_similarity(x1, x2, self.dim, self.eps)
