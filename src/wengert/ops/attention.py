"""Scaled dot-product attention: Vaswani et al., "Attention is all you need", 2017, https://arxiv.org/abs/1706.03762.

One operation: its forward keeps the weights, the one array of the size (queries, keys) that the reverse pass needs, and
writes masks into the scores rather than making further arrays of that size.
"""

import math

import numpy

from ..core import Tensor
from ..core.errors import check_broadcast, type_word
from ..core.promotion import from_array
from ..kernels import attention as kernels
from ..kernels import blas
from ..kernels import softmax as softmax_kernels
from . import arguments
from .comparison import isneginf
from .composite import composite
from .declaration import general
from .dropout import dropout as dropout_
from .elementwise import where
from .fallback import pulled_back, takes_fallback
from .linear_algebra import c_word, matmul
from .masks import masked_fill
from .normalization import softmax
from .order import repeat_interleave
from .reductions import all as all_
from .shape import transpose


def causal_mask(queries: int, keys: int):
    """True where query i may look at key j, j <= i: an array."""
    return numpy.tri(queries, keys, dtype=bool)


def attention_weights(query, key, mask, causal: bool, scale: float):
    """softmax(scale query key^T) over the keys that a mask allows; 0 for a query that may look at none.

    A mask of booleans allows where it is True, another is added to the scores.
    """
    # (*, L, E) @ (*, E, S) -> (*, L, S)
    scores = matmul(query * scale, transpose(key, -2, -1))
    if causal:
        scores = masked_fill(scores, from_array(~causal_mask(*scores.shape[-2:])), -math.inf)
    if mask is None:
        return softmax(scores, -1)
    if mask.array.dtype.kind == "b":
        scores = where(mask, scores, -math.inf)
    else:
        scores = scores + (mask if mask.dtype is scores.dtype else mask.to(scores.dtype))
    nothing = all_(isneginf(scores.detach()), -1, True)
    return masked_fill(softmax(masked_fill(scores, nothing, 0.0), -1), nothing, 0.0)


def _steps(tensors: list, causal: bool, scale: float) -> tuple:
    query, key, value = tensors[:3]
    weights = attention_weights(query, key, tensors[3] if len(tensors) > 3 else None, causal, scale)
    return matmul(weights, value), weights


def _attention(arrays: list, causal: bool, scale: float, wanted):
    query, key, value = arrays[:3]
    if len(arrays) == 3 and kernels.takes(query, key, value):
        return kernels.attention(query, key, value, causal, scale)
    # (*, L, E) @ (*, E, S) -> (*, L, S)
    scores = blas.matmul(query * query.dtype.type(scale), key.swapaxes(-1, -2))
    mask = arrays[3] if len(arrays) > 3 else None
    if causal:
        numpy.copyto(scores, -math.inf, where=~causal_mask(*scores.shape[-2:]))
    if mask is not None:
        if mask.dtype.kind == "b":
            numpy.copyto(scores, -math.inf, where=~mask)
        else:
            scores += mask
    weights = softmax_kernels.softmax(scores, scores.ndim - 1)
    if mask is not None and weights.size:
        # A row of which nothing is allowed is all NaN: one column tells where to look.
        rows = numpy.isnan(weights[..., 0])
        if rows.any():
            rows[rows] = (scores[rows] == -math.inf).all(-1)
            weights[rows] = 0
    return blas.matmul(weights, value), weights  # (*, L, S) @ (*, S, V) -> (*, L, V)


def _attention_gradient(g, tensors, weights, causal, scale, wanted):
    if takes_fallback((g,)) or g.array.dtype.char not in "efd":
        return pulled_back(lambda xs: _steps(xs, causal, scale)[:1], tensors, wanted, (g,))
    query, key, value = [x.array for x in tensors[:3]]
    g, weights = g.array, weights.array
    if kernels.takes(query, key, value):
        return [from_array(x) for x in kernels.attention_gradient(g, query, key, value, weights, causal, scale)]
    found: list = [None] * len(tensors)
    if wanted[2]:
        found[2] = blas.matmul(weights.swapaxes(-1, -2), g)  # (*, S, L) @ (*, L, V) -> (*, S, V)
    if wanted[0] or wanted[1]:
        # (*, L, V) @ (*, V, S) -> (*, L, S)
        of_weights = blas.matmul(g, value.swapaxes(-1, -2))
        of_scores = softmax_kernels.softmax_gradient(of_weights, weights, weights.ndim - 1)
        del of_weights
        factor = query.dtype.type(scale)
        if wanted[0]:
            found[0] = blas.matmul(of_scores, key)  # (*, L, S) @ (*, S, E) -> (*, L, E)
            found[0] *= factor
        if wanted[1]:
            found[1] = blas.matmul(of_scores.swapaxes(-1, -2), query)  # (*, S, L) @ (*, L, E) -> (*, S, E)
            found[1] *= factor
    return [None if x is None else from_array(x) for x in found]


attention = general(
    "attention(tensors, causal, scale, wanted)", forward=_attention, takes_list=True, method=False, public=False,
    outputs=("out", "weights"), differentiable=("out",), broadcasts=True,
    node_name="ScaledDotProductAttentionBackward0",
    fallback=lambda tensors, causal, scale, wanted: _steps(tensors, causal, scale),
    tensors=_attention_gradient,
    doc="softmax(scale query key^T) value of the tensors [query, key, value, mask], and the weights.",
)  # fmt: skip


def _check(query, key, value, mask, dropout_p, causal) -> None:
    name = "scaled_dot_product_attention"
    for position, (argument, x) in enumerate((("query", query), ("key", key), ("value", value))):
        if not isinstance(x, Tensor):
            raise TypeError(
                f"{name}(): argument '{argument}' (position {position + 1}) must be Tensor, not {type(x).__name__}"
            )
    if not query.dtype is key.dtype is value.dtype:
        words = [c_word(x.array.dtype) for x in (query, key, value)]
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {words[0]} key.dtype: "
            f"{words[1]} and value.dtype: {words[2]} instead."
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if query.dtype.is_complex:
        raise NotImplementedError(
            f"\"softmax_lastdim_kernel_impl\" not implemented for '{type_word(query.array.dtype)}': the weights of "
            "attention are real; attend to real and imaginary parts"
        )
    if not query.dtype.is_floating_point:
        raise RuntimeError(f"expected scalar type Float but found {type_word(query.array.dtype)}: {name} takes floats")
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if mask is None:
        return
    arguments.tensor(name, "attn_mask", 4, mask)
    if mask.array.dtype.kind != "b" and mask.dtype is not query.dtype and mask.dtype.name != "float32":
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{c_word(mask.array.dtype)} and  query.dtype: {c_word(query.array.dtype)} instead."
        )
    if causal:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")


def _check_shapes(query, key, value, mask) -> bool:
    """Whether a mask leaves the scores their shape."""
    name = "scaled_dot_product_attention"
    batches = [tuple(x.shape[:-2]) for x in (query, key, value)]
    if not batches[0] == batches[1] == batches[2]:
        check_broadcast(name, batches)
    rows = math.prod(numpy.broadcast_shapes(*batches))
    if query.shape[-1] != key.shape[-1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{rows}, {query.shape[-1]}] but got: "
            f"[{rows}, {key.shape[-1]}]: the last dimensions of query {list(query.shape)} and key {list(key.shape)} "
            "must be equal"
        )
    if key.shape[-2] != value.shape[-2]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{rows}, {key.shape[-2]}] but got: "
            f"[{rows}, {value.shape[-2]}]: key {list(key.shape)} and value {list(value.shape)} must be of one length"
        )
    if mask is None:
        return True
    scores = (*numpy.broadcast_shapes(*batches), query.shape[-2], key.shape[-2])
    check_broadcast(name, [scores, tuple(mask.shape)])
    return numpy.broadcast_shapes(scores, tuple(mask.shape)) == scores


@composite(namespace="nn.functional")
def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    """softmax(scale query key^T + mask) value: (*, L, E), (*, S, E), (*, S, V) -> (*, L, V); * is broadcast.

    Each of L queries takes the mean of the values, weighted by how well their keys fit. A mask of booleans, broadcast
    to (*, L, S), tells which keys a query may look at; one of floats is added; `is_causal` lets query i look at keys 0
    ... i. A query that may look at none gets zeros. `scale` is 1 / sqrt(E) unless given; `dropout_p` leaves weights out
    at random, always. With `enable_gqa` the heads, the third dimension from the right, of key and value are repeated to
    those of query (Ainslie et al., "GQA", 2023, https://arxiv.org/abs/2305.13245).

    Raises:
        RuntimeError: dtypes that differ, shapes that do not fit, a mask beside `is_causal`.

    >>> import wengert as t
    >>> q, k, v = t.zeros(2, 1), t.zeros(3, 1), t.tensor([[0.0], [1.0], [2.0]])
    >>> t.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    tensor([[0.0000],
            [0.5000]])
    """
    _check(query, key, value, attn_mask, dropout_p, is_causal)
    if enable_gqa and query.ndim > 2:
        heads = query.shape[-3]
        if any([not x.shape[-3] or heads % x.shape[-3] for x in (key, value)]):
            raise RuntimeError(
                "Number of heads in key and value must divide the number of heads in query, but they are "
                f"{key.shape[-3]}, {value.shape[-3]} and {heads}"
            )
        key, value = [
            x if x.shape[-3] == heads else repeat_interleave(x, heads // x.shape[-3], -3) for x in (key, value)
        ]
    fits = _check_shapes(query, key, value, attn_mask)
    if scale is None:
        scale = 1.0 / math.sqrt(query.shape[-1]) if query.shape[-1] else 1.0
    elif not isinstance(scale, (int, float, numpy.number)) or isinstance(scale, bool):
        raise TypeError(f"scaled_dot_product_attention(): argument 'scale' must be float, not {type(scale).__name__}")
    causal, scale = bool(is_causal), float(scale)
    if dropout_p or not fits or (attn_mask is not None and attn_mask.requires_grad):
        weights = attention_weights(query, key, attn_mask, causal, scale)
        return matmul(dropout_(weights, dropout_p, True), value)
    tensors = [query, key, value]
    if attn_mask is not None:
        tensors.append(attn_mask)
    return attention(tensors, causal, scale, tuple([x.requires_grad for x in tensors]))[0]
