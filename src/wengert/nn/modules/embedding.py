"""Embeddings: rows of a table at positions, one by one or in bags."""

from ...core import Tensor
from ...ops.creation import empty
from .. import functional, init
from ..parameter import Parameter
from .module import Module


class _Table(Module):
    """A weight (num_embeddings, embedding_dim), normal at first, with zeros in the row of the padding."""

    _padding_sentence = "Padding_idx must be within num_embeddings"

    def _set_up(self, num_embeddings, embedding_dim, padding_idx, _weight, requires_grad, device, dtype) -> None:
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < max(num_embeddings, 1):
                raise AssertionError(self._padding_sentence)
            padding_idx = padding_idx + num_embeddings if padding_idx < 0 else padding_idx
        self.padding_idx = padding_idx
        if _weight is None:
            self.weight = Parameter(
                empty(num_embeddings, embedding_dim, dtype=dtype, device=device), requires_grad=requires_grad
            )
            self.reset_parameters()
            return
        if list(_weight.shape) != [num_embeddings, embedding_dim]:
            raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
        self.weight = Parameter(_weight, requires_grad=requires_grad)

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0


def _sizes(embeddings) -> tuple:
    if embeddings.ndim != 2:
        raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
    return tuple(embeddings.shape)


class Embedding(_Table):
    """The rows of weight (num_embeddings, embedding_dim) at positions: (*) of ints -> (*, embedding_dim).

    weight starts normal. Row `padding_idx` is 0 at first and gets no gradient. With `max_norm` the rows looked up are
    first scaled to at most that `norm_type`-norm, in the weight itself. `scale_grad_by_freq` divides gradients by how
    often a position comes; `sparse` is accepted: gradients are dense.

    >>> import wengert as t
    >>> t.nn.Embedding(10, 3)(t.tensor([[1, 2], [4, 5]])).shape
    wengert.Size([2, 2, 3])
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False, _weight=None,
        _freeze: bool = False, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self._set_up(num_embeddings, embedding_dim, padding_idx, _weight, not _freeze, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return functional.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, usual in (
            ("padding_idx", None), ("max_norm", None), ("norm_type", 2), ("scale_grad_by_freq", False),
            ("sparse", False),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not usual and value != usual:
                text += f", {name}={value}"
        return text

    @classmethod
    def from_pretrained(
        cls, embeddings, freeze: bool = True, padding_idx: int | None = None, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
    ) -> "Embedding":  # fmt: skip
        """A module whose weight is the matrix `embeddings`; with `freeze` it gets no gradient.

        >>> import wengert as t
        >>> t.nn.Embedding.from_pretrained(t.tensor([[1.0, 2.0], [3.0, 4.0]]))(t.tensor([1]))
        tensor([[3., 4.]])
        """
        rows, columns = _sizes(embeddings)
        return cls(
            rows, columns, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight=embeddings,
            _freeze=freeze,
        )  # fmt: skip


class EmbeddingBag(_Table):
    """Sums, means or largest values (`mode`) of bags of rows: positions (B, N), or (N) and offsets (B) where each bag
    begins -> (B, embedding_dim).

    With `include_last_offset` offsets has one more entry, the end of the last bag. Rows of `padding_idx` do not count,
    and an empty bag gives zeros. forward(input, offsets=None, per_sample_weights=None): with mode "sum" rows are
    multiplied by weights of input's shape. The other arguments are those of `Embedding`.

    >>> import wengert as t
    >>> t.nn.EmbeddingBag(10, 3, mode="sum")(t.tensor([1, 2, 4, 5, 4]), t.tensor([0, 3])).shape
    wengert.Size([2, 3])
    """

    _padding_sentence = "padding_idx must be within num_embeddings"

    def __init__(
        self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, _weight=None,
        include_last_offset: bool = False, padding_idx: int | None = None, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self._set_up(num_embeddings, embedding_dim, padding_idx, _weight, True, device, dtype)
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        return functional.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse,
            per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, usual in (("max_norm", None), ("norm_type", 2), ("scale_grad_by_freq", False)):
            value = getattr(self, name)
            if value is not usual and value != usual:
                text += f", {name}={value}"
        text += f", mode={self.mode!r}"
        return text if self.padding_idx is None else f"{text}, padding_idx={self.padding_idx}"

    @classmethod
    def from_pretrained(
        cls, embeddings, freeze: bool = True, max_norm: float | None = None, norm_type: float = 2.0,
        scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> "EmbeddingBag":  # fmt: skip
        """A module whose weight is the matrix `embeddings`; with `freeze` it gets no gradient.

        >>> import wengert as t
        >>> weight = t.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> t.nn.EmbeddingBag.from_pretrained(weight, mode="max")(t.tensor([[0, 1]]))
        tensor([[3., 4.]])
        """
        rows, columns = _sizes(embeddings)
        made = cls(
            rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings, include_last_offset,
            padding_idx,
        )  # fmt: skip
        made.weight.requires_grad_(not freeze)
        return made
