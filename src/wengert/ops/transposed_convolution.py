"""Transposed convolution: the transpose of a convolution's matrix, as a function of its own.

out[o, i] = bias[o] + sum over c and k with i = stride j + dilation k - padding of weight[c, o, k] input[c, j]. It is
what `convolution_input` computes for the gradient of a convolution's input (Dumoulin & Visin, "A guide to convolution
arithmetic for deep learning", 2016, https://arxiv.org/abs/1603.07285, chapter 4).
"""

from ..core.errors import type_word
from . import arguments, padding
from .composite import composite
from .convolution import conv1d, convolution_input
from .shape import permute, reshape


def _spread(value, spatial: int, name: str) -> tuple:
    values = arguments.integers(f"conv_transpose{spatial}d", name, 4, value)
    if len(values) == 1:
        return values * spatial
    if len(values) != spatial:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {spatial} values to match the convolution "
            f"dimensions, but got {name}={list(values)}"
        )
    return values


def _check_geometry(stride, around, extra, dilation, groups) -> None:
    if groups <= 0:
        raise RuntimeError(f"non-positive groups is not supported: {groups}")
    for word, values, least in (
        ("negative padding", around, 0), ("negative output_padding", extra, 0), ("non-positive stride", stride, 1),
        ("non-positive dilation", dilation, 1),
    ):  # fmt: skip
        if min(values) < least:
            raise RuntimeError(f"{word} is not supported: {values}")
    if any([n >= s and n >= d for n, s, d in zip(extra, stride, dilation, strict=True)]):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding {extra}, stride "
            f"{stride}, dilation {dilation}"
        )


def _check_operands(input, weight, bias, groups) -> None:
    if weight.ndim != input.ndim:
        raise RuntimeError(
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight {list(weight.shape)}, but "
            f"got {input.ndim}-dimensional input of size {list(input.shape)} instead"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(weight.shape)}] instead"
        )
    if input.shape[1] != weight.shape[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(weight.shape)}, expected input{list(input.shape)} to have "
            f"{weight.shape[0]} channels, but got {input.shape[1]} channels instead"
        )
    channels = groups * weight.shape[1]
    if bias is not None and tuple(bias.shape) != (channels,):
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(weight.shape)}, expected bias to be 1-dimensional with "
            f"{channels} elements, but got bias of size {list(bias.shape)} instead"
        )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.dtype is not input.dtype:
            raise RuntimeError(
                f"Input type ({_tensor_type(input)}) and {name} type ({_tensor_type(x)}) should be the same: convert "
                "one with .to()"
            )


def _tensor_type(x) -> str:
    return f"torch.{type_word(x.array.dtype)}Tensor"


def _transposed(spatial: int, input, weight, bias, stride, around, extra, groups, dilation):
    name = f"conv_transpose{spatial}d"
    input, weight = arguments.tensor(name, "input", 1, input), arguments.tensor(name, "weight", 2, weight)
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"Expected {spatial + 1}D (unbatched) or {spatial + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.shape)}"
        )
    unbatched = input.ndim == spatial + 1
    if unbatched:
        input = reshape(input, (1, *input.shape))
    stride, around = _spread(stride, spatial, "stride"), _spread(around, spatial, "padding")
    extra, dilation = _spread(extra, spatial, "output_padding"), _spread(dilation, spatial, "dilation")
    _check_geometry(stride, around, extra, dilation, groups)
    _check_operands(input, weight, bias, groups)
    # Of a whole stride and more of output padding, the strides are zeros after the input.
    whole = [n // s for n, s in zip(extra, stride, strict=True)]
    if any(whole):
        input = padding.zero_pad(input, tuple([n for count in reversed(whole) for n in (0, count)]))
    sizes = [
        (size - 1) * s - 2 * p + d * (k - 1) + n % s + 1
        for size, s, p, d, k, n in zip(
            input.shape[2:], stride, around, dilation, weight.shape[2:], extra, strict=True
        )
    ]  # fmt: skip
    if min(sizes) < 1:
        raise RuntimeError(
            f"Given input size per channel: {list(input.shape[2:])}. Calculated output size per channel: {sizes}. "
            "Output size is too small"
        )
    shape = (input.shape[0], groups * weight.shape[1], *sizes)
    out = convolution_input(input, weight, shape, stride, around, dilation, groups)
    if bias is not None:
        out = out + reshape(bias, (-1, *(1,) * spatial))
    return reshape(out, tuple(out.shape[1:])) if unbatched else out


@composite(method=False, aliases=("nn.functional.conv_transpose1d",))
def conv_transpose1d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed convolution over one spatial dimension: (N, C, L) or (C, L) with (C, O / groups, K) -> (N, O, L') or
    (O, L').

    L' = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1. RuntimeError for shapes or dtypes that do
    not fit, and for an output padding that is neither below the stride nor below the dilation.

    >>> import wengert as t
    >>> t.conv_transpose1d(t.tensor([[1.0, 2.0]]), t.tensor([[[1.0, 10.0]]]), stride=2)
    tensor([[ 1., 10.,  2., 20.]])
    """
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@composite(method=False, aliases=("nn.functional.conv_transpose2d",))
def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed convolution over two spatial dimensions: (N, C, H, W) or (C, H, W) with (C, O / groups, KH, KW). Sizes
    and errors as of `conv_transpose1d`.

    >>> import wengert as t
    >>> t.conv_transpose2d(t.ones(1, 2, 2), t.ones(1, 1, 2, 2))
    tensor([[[1., 2., 1.],
             [2., 4., 2.],
             [1., 2., 1.]]])
    """
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@composite(method=False, aliases=("nn.functional.conv_transpose3d",))
def conv_transpose3d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed convolution over three spatial dimensions: (N, C, D, H, W) or (C, D, H, W) with (C, O / groups, KD,
    KH, KW). Sizes and errors as of `conv_transpose1d`.

    >>> import wengert as t
    >>> t.conv_transpose3d(t.ones(1, 1, 1, 2), t.ones(1, 1, 1, 1, 2))
    tensor([[[[1., 2., 1.]]]])
    """
    return _transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


@composite(method=False, aliases=("nn.functional.conv_tbc",), kinds={"pad": "int"})
def conv_tbc(input, weight, bias, pad=0):
    """Convolution over time of (T, B, C) with a weight of (K, C, O) and a bias of O elements: (T + 2 pad - K + 1, B,
    O).

    RuntimeError for shapes that do not fit.

    >>> import wengert as t
    >>> t.conv_tbc(t.tensor([[[1.0]], [[2.0]], [[4.0]]]), t.tensor([[[1.0]], [[-1.0]]]), t.zeros(1)).flatten()
    tensor([-1., -2.])
    """
    if input.ndim != 3:
        raise RuntimeError(f"Input must have 3 dims: time, batch, in_channel. It has shape {list(input.shape)}")
    if weight.ndim != 3:
        raise RuntimeError(
            "Weight tensor must have 3 dims: kernel_width, in_channels, out_channels. It has shape "
            f"{list(weight.shape)}"
        )
    if bias.ndim != 1:
        raise RuntimeError(f"Bias must be 1-D: it has shape {list(bias.shape)}")
    if input.shape[2] != weight.shape[1]:
        raise RuntimeError(
            "Input dim 2 (input channels) is not == dim 1 in the weight tensor: the shapes are "
            f"{list(input.shape)} and {list(weight.shape)}"
        )
    if bias.shape[0] != weight.shape[2]:
        raise RuntimeError(
            f"Bias size must equal dim 2 in the weight tensor (output channels). It is {bias.shape[0]}, the weight has "
            f"shape {list(weight.shape)}"
        )
    steps = input.shape[0] + 2 * pad - weight.shape[0] + 1
    if steps < 0:
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {steps}: [{steps}, {input.shape[1]}, {weight.shape[2]}]"
        )
    if not steps:
        return input[:0, :, :1] * weight[:1, 0, :] + bias
    out = conv1d(permute(input, (1, 2, 0)), permute(weight, (2, 1, 0)), bias.to(input.dtype), padding=pad)
    return permute(out, (2, 0, 1))
