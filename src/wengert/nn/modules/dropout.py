"""Dropout: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, JMLR 15, 2014."""

from collections.abc import Callable

from ...core import Tensor
from .. import functional
from .module import Module


class _Dropout(Module):
    function: Callable

    def __init__(self, p: float = 0.5, inplace: bool = False):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Elements set to 0 with probability p in training, the others scaled by 1 / (1 - p).

    Any shape, and the result has it; in evaluation it is the input. ValueError for p outside of [0, 1].

    >>> import wengert as t
    >>> x = t.nn.Dropout(0.5)(t.ones(100))
    >>> x.unique()
    tensor([0., 2.])
    >>> t.nn.Dropout(0.5).eval()(t.ones(2))
    tensor([1., 1.])
    """

    function = staticmethod(functional.dropout)


class Dropout1d(_Dropout):
    """Whole channels of (N, C, L) set to 0.

    The others are scaled by 1 / (1 - p); in evaluation the result is the input. ValueError for p outside of [0, 1].

    >>> import wengert as t
    >>> t.nn.Dropout1d()(t.ones(2, 3, 4)).flatten(2).std(2).max()  # all of a channel is one value
    tensor(0.)
    """

    function = staticmethod(functional.dropout1d)


class Dropout2d(_Dropout):
    """Whole channels of (N, C, H, W), or of (N, C, L) with a warning, set to 0.

    The others are scaled by 1 / (1 - p); in evaluation the result is the input. ValueError for p outside of [0, 1].

    >>> import wengert as t
    >>> t.nn.Dropout2d()(t.ones(2, 3, 4, 4)).flatten(2).std(2).max()  # all of a channel is one value
    tensor(0.)
    """

    function = staticmethod(functional.dropout2d)


class Dropout3d(_Dropout):
    """Whole channels of (N, C, D, H, W) set to 0.

    The others are scaled by 1 / (1 - p); in evaluation the result is the input. ValueError for p outside of [0, 1].

    >>> import wengert as t
    >>> t.nn.Dropout3d()(t.ones(2, 3, 2, 2, 2)).flatten(2).std(2).max()  # all of a channel is one value
    tensor(0.)
    """

    function = staticmethod(functional.dropout3d)


class AlphaDropout(_Dropout):
    """Elements set to SELU's left end with probability p in training, and all scaled and shifted so that mean 0 and
    variance 1 stay (Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017).

    >>> import wengert as t
    >>> t.nn.AlphaDropout(0.5).eval()(t.ones(2))
    tensor([1., 1.])
    """

    function = staticmethod(functional.alpha_dropout)

    def forward(self, input: Tensor) -> Tensor:
        # As PyTorch's, it takes `inplace` and copies all the same.
        return functional.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels of (N, C, *).

    >>> import wengert as t
    >>> t.nn.FeatureAlphaDropout(0.5).eval()(t.ones(1, 2))
    tensor([[1., 1.]])
    """

    function = staticmethod(functional.feature_alpha_dropout)

    def forward(self, input: Tensor) -> Tensor:
        return functional.feature_alpha_dropout(input, self.p, self.training)
