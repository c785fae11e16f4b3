"""Attention of several heads: Vaswani et al., "Attention is all you need", 2017, https://arxiv.org/abs/1706.03762."""

from ...core import Tensor
from ...ops.creation import empty
from ...ops.multi_head_attention import additive_mask, multi_head_attention_forward
from ...ops.shape import expand, reshape, transpose
from .. import init
from ..parameter import Parameter
from .linear import Linear
from .module import Module


class NonDynamicallyQuantizableLinear(Linear):
    """A `Linear` under the name that PyTorch prints for the projection of attention's result."""


class MultiheadAttention(Module):
    """Attention of `num_heads` heads on embeddings of `embed_dim` features, each head on embed_dim / num_heads of them.

    query (L, N, embed_dim), key (S, N, kdim), value (S, N, vdim); with `batch_first` (N, L, ...); or all without N.
    Returns the result, of query's shape, and the weights (N, L, S), the mean over the heads, or None without
    `need_weights`. Masks: `attn_mask` (L, S) or (N * num_heads, L, S) and `key_padding_mask` (N, S); booleans forbid
    where they are True, floats are added to the scores. The equations are in `multi_head_attention_forward`.

    in_proj_weight (3 * embed_dim, embed_dim), or with `kdim` or `vdim` q_proj_weight, k_proj_weight and v_proj_weight,
    start Xavier-uniform, in_proj_bias and out_proj.bias at 0, bias_k and bias_v (`add_bias_kv`) Xavier-normal.

    >>> import wengert as t
    >>> attention = t.nn.MultiheadAttention(4, 2)
    >>> x = t.zeros(3, 1, 4)
    >>> result, weights = attention(x, x, x)
    >>> result.shape, weights.shape
    (wengert.Size([3, 1, 4]), wengert.Size([1, 3, 3]))
    """

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        device=None, dtype=None,
    ):  # fmt: skip
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} "
                "instead"
            )
        super().__init__()
        options = {"device": device, "dtype": dtype}
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        names = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
        if self._qkv_same_embed_dim:
            self.in_proj_weight = Parameter(empty(3 * embed_dim, embed_dim, **options))
            for name in names:
                self.register_parameter(name, None)
        else:
            for name, size in zip(names, (embed_dim, self.kdim, self.vdim), strict=True):
                setattr(self, name, Parameter(empty(embed_dim, size, **options)))
            self.register_parameter("in_proj_weight", None)
        self.register_parameter("in_proj_bias", Parameter(empty(3 * embed_dim, **options)) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **options)
        if add_bias_kv:
            self.bias_k: Parameter | None = Parameter(empty(1, 1, embed_dim, **options))
            self.bias_v: Parameter | None = Parameter(empty(1, 1, embed_dim, **options))
        else:
            self.register_parameter("bias_k", None)
            self.register_parameter("bias_v", None)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None, average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        key_padding_mask = additive_mask(key_padding_mask, "key_padding_mask", query, attn_mask, "attn_mask")
        attn_mask = additive_mask(attn_mask, "attn_mask", query)
        turned = self.batch_first and query.ndim == 3
        if turned:
            # One tensor stays one: its projections are one product.
            same_key, same_value = key is query, value is key
            query = transpose(query, 0, 1)
            key = query if same_key else transpose(key, 0, 1)
            value = key if same_value else transpose(value, 0, 1)
        result, weights = multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias,
            training=self.training, key_padding_mask=key_padding_mask, need_weights=need_weights, attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim, q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight, v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return (transpose(result, 0, 1) if turned else result), weights

    def merge_masks(
        self, attn_mask: Tensor | None, key_padding_mask: Tensor | None, query: Tensor
    ) -> tuple[Tensor | None, int | None]:
        """Both masks as one, and its kind: (None, None) without masks; `key_padding_mask` (N, S) alone and 1; otherwise
        a mask (N, num_heads, L, L), the sum of what was given, and 2. The query is (N, L, E).

        >>> import wengert as t
        >>> attention = t.nn.MultiheadAttention(4, 2)
        >>> mask, kind = attention.merge_masks(t.zeros(3, 3), t.zeros(1, 3), t.zeros(1, 3, 4))
        >>> mask.shape, kind
        (wengert.Size([1, 2, 3, 3]), 2)
        """
        if attn_mask is None:
            return key_padding_mask, None if key_padding_mask is None else 1
        size, length, _ = query.shape
        if attn_mask.ndim == 3:
            merged = reshape(attn_mask, (size, -1, length, length))
        else:
            merged = expand(reshape(attn_mask, (1, 1, length, length)), (size, self.num_heads, -1, -1))
        if key_padding_mask is not None:
            padded = reshape(key_padding_mask, (size, 1, 1, length))
            merged = merged + expand(padded, (-1, self.num_heads, -1, -1))
        return merged, 2
