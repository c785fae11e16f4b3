"""Attention of several heads and transformers."""

import numpy as np

from .table import Call, Fixed, Made, array, module, refused


def allowed(*shape):
    """Booleans, True where it is forbidden to look, with something allowed in every row."""

    def draw(rng):
        mask = rng.random(shape) < 0.4
        mask[..., 0] = False
        return mask

    return draw


def added(*shape):
    """Numbers to be added, some of them -inf."""

    def draw(rng):
        mask = rng.standard_normal(shape)
        mask[rng.random(shape) < 0.3] = -np.inf
        mask[..., 0] = 0.5
        return mask

    return Fixed(draw)


def causal(size: int):
    return Made(lambda t: t.nn.Transformer.generate_square_subsequent_mask(size, dtype=t.float64))


L, S, N, E = 3, 4, 2, 6
TRIPLE = ((L, N, E), (S, N, E), (S, N, E))
ALONE = ((L, E), (S, E), (S, E))
MASKS = [
    {},
    {"need_weights": False},
    {"average_attn_weights": False},
    {"attn_mask": allowed(L, S)},
    {"attn_mask": added(L, S), "need_weights": False},
    {"attn_mask": allowed(N * 2, L, S), "need_weights": False},
    {"attn_mask": added(N * 2, L, S)},
    {"key_padding_mask": allowed(N, S)},
    {"key_padding_mask": allowed(N, S), "attn_mask": allowed(L, S), "need_weights": False},
    {"key_padding_mask": added(N, S), "attn_mask": added(L, S), "average_attn_weights": False},
]


calls = [Call(*TRIPLE, **masks) for masks in MASKS]
module("MultiheadAttention", [*calls, Call(*ALONE), Call(*ALONE, need_weights=False)], E, 2)
module("MultiheadAttention", [*calls, Call(*ALONE, average_attn_weights=False)], E, 2, add_bias_kv=True)
module("MultiheadAttention", [*calls, Call(*ALONE)], E, 2, add_zero_attn=True, bias=False)
module("MultiheadAttention", calls, E, 2, add_bias_kv=True, add_zero_attn=True)
module("MultiheadAttention", [Call(*ALONE, key_padding_mask=allowed(S), attn_mask=allowed(2, L, S))], E, 2)
OTHER = ((L, N, E), (S, N, 3), (S, N, 5))
module("MultiheadAttention", [Call(*OTHER, **masks) for masks in MASKS], E, 2, kdim=3, vdim=5)
module("MultiheadAttention", [Call(*OTHER)], E, 3, kdim=3, vdim=5, add_bias_kv=True, bias=False)
module("MultiheadAttention", [Call(*[(n, length, E) for length, n, _ in TRIPLE], **masks) for masks in MASKS], E, 2,
       batch_first=True)  # fmt: skip

refused("MultiheadAttention", None, 6, 4)
refused("MultiheadAttention", None, 0, 4)
refused("MultiheadAttention", None, 8, -2)
for operands, keywords in (
    (((3, 8), (4, 8), (4, 7)), {}),
    (((3, 2, 8), (4, 8), (4, 8)), {}),
    (((3, 2, 7), (4, 2, 7), (4, 2, 7)), {}),
    (((3, 2, 8), (4, 1, 8), (4, 2, 8)), {}),
    (((3,), (4, 2, 8), (4, 2, 8)), {}),
    (((3, 2, 8), (4, 2, 8), (4, 2, 8)), {"attn_mask": (3, 5)}),
    (((3, 2, 8), (4, 2, 8), (4, 2, 8)), {"attn_mask": (3, 3, 5)}),
    (((3, 2, 8), (4, 2, 8), (4, 2, 8)), {"attn_mask": (3,)}),
    (((3, 2, 8), (4, 2, 8), (4, 2, 8)), {"attn_mask": array([[1, 2, 3, 4]] * 3)}),
    (((3, 2, 8), (4, 2, 8), (4, 2, 8)), {"key_padding_mask": (3, 4)}),
    (((3, 2, 8), (4, 2, 8), (4, 2, 8)), {"key_padding_mask": (2, 5)}),
    (((3, 2, 8), (4, 2, 8), (4, 2, 8)), {"key_padding_mask": (4,)}),
    (((3, 2, 8), (4, 2, 8), (4, 2, 8)), {"is_causal": True}),
    (((3, 8), (4, 8), (4, 8)), {"attn_mask": (3, 3, 4)}),
    (((3, 8), (4, 8), (4, 8)), {"key_padding_mask": (2, 4)}),
):
    refused("MultiheadAttention", Call(*operands, **keywords), 8, 2)

LAYER = {"dim_feedforward": 5, "dropout": 0.0}
for options in (
    {}, {"norm_first": True}, {"batch_first": True, "activation": "gelu"}, {"bias": False, "layer_norm_eps": 1e-3},
    {"activation": Made(lambda t: t.nn.functional.silu)}, {"activation": Made(lambda t: t.nn.GELU())},
):  # fmt: skip
    first = options.get("batch_first")
    x, y, length = ((N, L, E), (N, S, E), L) if first else ((L, N, E), (S, N, E), L)
    module(
        "TransformerEncoderLayer",
        [x, Call(x, allowed(length, length)), Call(x, src_key_padding_mask=allowed(N, length)), (L, E),
         Call(x, causal(length), is_causal=True)],
        E, 2, **LAYER, **options,
    ).but(attributes=("activation",))  # fmt: skip
    module(
        "TransformerDecoderLayer",
        [[x, y], Call(x, y, allowed(L, L), allowed(L, S)), [(L, E), (S, E)],
         Call(x, y, tgt_key_padding_mask=allowed(N, L), memory_key_padding_mask=allowed(N, S)),
         Call(x, y, causal(L), tgt_is_causal=True)],
        E, 2, **LAYER, **options,
    ).but(attributes=("activation",))  # fmt: skip
refused("TransformerEncoderLayer", None, 4, 2, activation="silu")
refused("TransformerDecoderLayer", None, 4, 2, activation="tanh")
refused("TransformerEncoderLayer", None, 4, 3)

# Nested tensors there are none, so nothing says whether they are used.
NESTED = ("use_nested_tensor",)


def encoder_layer(**options):
    return Made(lambda t: t.nn.TransformerEncoderLayer(E, 2, 5, 0.0, **options))


def decoder_layer(**options):
    return Made(lambda t: t.nn.TransformerDecoderLayer(E, 2, 5, 0.0, **options))


norm = Made(lambda t: t.nn.LayerNorm(E))
module("TransformerEncoder",
       [(L, N, E), Call((L, N, E), causal(L)), Call((L, N, E), causal(L), is_causal=True), (L, E),
        Call((L, N, E), allowed(L, L), allowed(N, L)), Call((L, N, E), src_key_padding_mask=allowed(N, L))],
       encoder_layer(), 2).but(attributes=NESTED)  # fmt: skip
module("TransformerEncoder", [(N, L, E), Call((N, L, E), causal(L))], encoder_layer(batch_first=True, norm_first=True),
       3, norm, mask_check=False, enable_nested_tensor=False).but(attributes=NESTED)  # fmt: skip
module("TransformerDecoder",
       [[(L, N, E), (S, N, E)], Call((L, N, E), (S, N, E), causal(L)), [(L, E), (S, E)],
        Call((L, N, E), (S, N, E), memory_mask=allowed(L, S), tgt_key_padding_mask=allowed(N, L))],
       decoder_layer(), 2)  # fmt: skip
module("TransformerDecoder", [[(N, L, E), (N, S, E)]], decoder_layer(batch_first=True), 1, norm)
module("Transformer",
       [[(S, N, E), (L, N, E)], [(S, E), (L, E)], Call((S, N, E), (L, N, E), causal(S), causal(L)),
        Call((S, N, E), (L, N, E), src_key_padding_mask=allowed(N, S), memory_key_padding_mask=allowed(N, S),
             tgt_mask=allowed(L, L))],
       E, 2, 2, 1, 5, 0.0)  # fmt: skip
module("Transformer", [[(N, S, E), (N, L, E)]], E, 2, 1, 1, 5, 0.0, "gelu", batch_first=True, norm_first=True,
       bias=False)  # fmt: skip
refused("Transformer", [(5, 2, 4), (6, 3, 4)], 4, 2, 1, 1, 5)
refused("Transformer", [(5, 2, 4), (6, 2, 3)], 4, 2, 1, 1, 5)
refused("Transformer", [(2, 5, 4), (3, 6, 4)], 4, 2, 1, 1, 5, batch_first=True)
