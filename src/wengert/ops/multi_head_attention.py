"""Attention of several heads, with the projections that lead to it and out of it (Vaswani et al., 2017, section 3.2.2).

Messages and types of errors are PyTorch's, which raises AssertionError here for what does not fit.
"""

import math
import warnings

from ..core import dtypes
from .attention import scaled_dot_product_attention
from .composite import composite
from .creation import zeros
from .dropout import dropout as dropout_
from .linear_algebra import bmm, linear
from .masks import masked_fill
from .normalization import softmax
from .padding import pad
from .reductions import mean
from .shape import cat, expand, reshape, squeeze, transpose, unsqueeze
from .splitting import chunk, split_with_sizes


def additive_mask(mask, name: str, target, other=None, other_name: str = ""):
    """A mask to be added to scores, of the target's dtype: booleans become 0 and, where they are True, -inf.

    AssertionError for other types than booleans and floats; a warning where `other`, a mask too, is of another type.
    """
    if mask is None:
        return None
    floating = mask.dtype.is_floating_point
    if mask.dtype is not dtypes.bool and not floating:
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if other is not None and other.dtype is not mask.dtype:
        warnings.warn(
            f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.",
            UserWarning,
            stacklevel=3,
        )
    return mask if floating else masked_fill(zeros(mask.shape, dtype=target.dtype), mask, -math.inf)


def _check_dimensions(query, key, value, key_padding_mask, attn_mask, heads: int) -> bool:
    """Whether there is a batch. AssertionError for dimensions that do not go together."""
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor"
        )
    kind, n = ("batched (3-D)", 3) if query.ndim == 3 else ("unbatched (2-D)", 2)
    if key.ndim != n or value.ndim != n:
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {n}-D but found {key.ndim}-D and {value.ndim}-D "
            "tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.ndim != n - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {n - 1}-D but found "
            f"{key_padding_mask.ndim}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.ndim not in (2, 3):
            raise AssertionError(
                f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.ndim}-D "
                "tensor instead"
            )
        expected = (heads, query.shape[0], key.shape[0])
        if n == 2 and attn_mask.ndim == 3 and tuple(attn_mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return n == 3


def _projected_together(query, key, value, weight, bias) -> tuple:
    """Query, key and value times the thirds of one weight, in as few products as they are different tensors."""
    if query is key is value:
        return chunk(linear(query, weight, bias), 3, -1)
    size = query.shape[-1]
    if key is value:
        of_query, of_rest = split_with_sizes(weight, [size, 2 * size])
        biases = (None, None) if bias is None else split_with_sizes(bias, [size, 2 * size])
        return linear(query, of_query, biases[0]), *chunk(linear(key, of_rest, biases[1]), 2, -1)
    weights = chunk(weight, 3)
    biases = (None,) * 3 if bias is None else chunk(bias, 3)
    return tuple([linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)])


def _projected(query, key, value, weights: tuple, bias) -> tuple:
    """Query, key and value times a weight for each."""
    size = query.shape[-1]
    names = ("query", "key", "value")
    for name, x, weight in zip(names, (query, key, value), weights, strict=True):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name[0]}_proj_weight is None")
        expected = (size, x.shape[-1])
        if tuple(weight.shape) != expected:
            raise AssertionError(f"expecting {name} weights shape of {expected}, but got {weight.shape}")
    biases = (None,) * 3 if bias is None else chunk(bias, 3)
    for name, b in zip(names, biases, strict=True):
        if b is not None and tuple(b.shape) != (size,):
            raise AssertionError(f"expecting {name} bias shape of {(size,)}, but got {b.shape}")
    return tuple([linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)])


def _given(static, name: str, rows: int, width: int):
    if static.shape[0] != rows:
        raise AssertionError(f"expecting {name}.size(0) of {rows}, but got {static.shape[0]}")
    if static.shape[2] != width:
        raise AssertionError(f"expecting {name}.size(2) of {width}, but got {static.shape[2]}")
    return static


def _heads(x, rows: int, width: int):
    """(L, N, E) -> (N heads, L, width)."""
    return transpose(reshape(x, (x.shape[0], rows, width)), 0, 1)


def _widened(mask):
    """A mask, with a last key that it allows."""
    return None if mask is None else pad(mask, (0, 1))


def _checked_mask(mask, rows: int, queries: int, keys: int):
    if mask is None:
        return None
    expected = (queries, keys) if mask.ndim == 2 else (rows, queries, keys)
    if tuple(mask.shape) != expected:
        raise RuntimeError(f"The shape of the {mask.ndim}D attn_mask is {mask.shape}, but should be {expected}.")
    return unsqueeze(mask, 0) if mask.ndim == 2 else mask


def _merged(mask, key_padding_mask, batch: int, heads: int, keys: int):
    """The sum of both masks, (1 or N heads, L or 1, S)."""
    if key_padding_mask is None:
        return mask
    for d, expected in enumerate((batch, keys)):
        if key_padding_mask.shape[d] != expected:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{d}] to be {expected}, but got {key_padding_mask.shape[d]}"
            )
    spread = reshape(
        expand(reshape(key_padding_mask, (batch, 1, 1, keys)), (batch, heads, 1, keys)), (batch * heads, 1, keys)
    )
    return spread if mask is None else mask + spread


@composite(namespace="nn.functional")
def multi_head_attention_forward(
    query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn,
    dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, attn_mask=None,
    use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None,
    static_v=None, average_attn_weights=True, is_causal=False,
):  # fmt: skip
    """Attention of `num_heads` heads, as nn.MultiheadAttention has it: (result (L, N, E), weights (N, L, S) or None).

    query (L, N, E), key (S, N, E) and value (S, N, E), or all without N, are projected by the thirds of in_proj_weight
    (3E, E), or, with `use_separate_proj_weight`, by the three weights; cut into heads of E / num_heads features, which
    attend; joined and projected by out_proj_weight. `bias_k` and `bias_v` (1, 1, E) are a further key and value, and
    `add_zero_attn` adds ones of zeros. Masks: `attn_mask` (L, S) or (N num_heads, L, S), `key_padding_mask` (N, S);
    booleans forbid where they are True, floats are added. Weights are their mean over the heads, unless
    `average_attn_weights` is False: (N, num_heads, L, S). `is_causal` says that the mask given is the causal one.

    AssertionError or RuntimeError, as in PyTorch, for what does not fit.

    >>> import wengert as t
    >>> x, one, many = t.ones(2, 1, 1), t.ones(1, 1), t.ones(3, 1)
    >>> result, weights = t.nn.functional.multi_head_attention_forward(
    ...     x, x, x, 1, 1, many, None, None, None, False, 0.0, one, None
    ... )
    >>> weights
    tensor([[[0.5000, 0.5000],
             [0.5000, 0.5000]]])
    """
    batched = _check_dimensions(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = _without_batch(query, key, value)
        key_padding_mask = None if key_padding_mask is None else unsqueeze(key_padding_mask, 0)
    queries, batch, size = query.shape
    keys = key.shape[0]
    key_padding_mask = additive_mask(key_padding_mask, "key_padding_mask", query, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = additive_mask(attn_mask, "attn_mask", query)
        is_causal = False
    if size != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    width = size // num_heads
    if width * num_heads != size:
        raise AssertionError(f"embed_dim {size} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if tuple(key.shape[:2]) != tuple(value.shape[:2]):
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
            )
        q, k, v = _projected(query, key, value, (q_proj_weight, k_proj_weight, v_proj_weight), in_proj_bias)
    else:
        if tuple(key.shape) != tuple(value.shape):
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _projected_together(query, key, value, in_proj_weight, in_proj_bias)
    rows = batch * num_heads
    attn_mask = _checked_mask(attn_mask, rows, queries, keys)
    if bias_k is not None and bias_v is not None:
        if static_k is not None:
            raise AssertionError("bias cannot be added to static key.")
        if static_v is not None:
            raise AssertionError("bias cannot be added to static value.")
        k, v = [cat([x, expand(b, (1, batch, size))]) for x, b in ((k, bias_k), (v, bias_v))]
        attn_mask, key_padding_mask = _widened(attn_mask), _widened(key_padding_mask)
    elif bias_k is not None or bias_v is not None:
        there, missing = ("bias_k", "bias_v") if bias_v is None else ("bias_v", "bias_k")
        raise AssertionError(f"{there} is set but {missing} is None")
    q = _heads(q, rows, width)
    k = _heads(k, rows, width) if static_k is None else _given(static_k, "static_k", rows, width)
    v = _heads(v, rows, width) if static_v is None else _given(static_v, "static_v", rows, width)
    if add_zero_attn:
        k, v = [cat([x, zeros(rows, 1, width, dtype=x.dtype)], 1) for x in (k, v)]
        attn_mask, key_padding_mask = _widened(attn_mask), _widened(key_padding_mask)
    keys = k.shape[1]
    attn_mask = _merged(attn_mask, key_padding_mask, batch, num_heads, keys)
    dropout_p = dropout_p if training else 0.0
    weights = None
    if need_weights:
        # (N heads, L, width) @ (N heads, width, S) -> (N heads, L, S)
        weights = bmm(q * math.sqrt(1.0 / width), transpose(k, -2, -1))
        weights = softmax(weights if attn_mask is None else weights + attn_mask, -1)
        if dropout_p:
            weights = dropout_(weights, dropout_p, True)
        result = bmm(weights, v)
        weights = reshape(weights, (batch, num_heads, queries, keys))
        weights = mean(weights, 1) if average_attn_weights else weights
    else:
        result = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
    # (N heads, L, width) -> (L, N, E)
    result = linear(reshape(transpose(result, 0, 1), (queries, batch, size)), out_proj_weight, out_proj_bias)
    if batched:
        return result, weights
    return squeeze(result, 1), None if weights is None else squeeze(weights, 0)


def _without_batch(query, key, value) -> tuple:
    """Each with a batch of one; one tensor stays one."""
    longer = unsqueeze(query, 1)
    of_key = longer if key is query else unsqueeze(key, 1)
    return longer, of_key, of_key if value is key else unsqueeze(value, 1)
