"""Convolution (cross-correlation, as all libraries call it) over one, two or three spatial dimensions.

Three products that are each other's derivatives: of input and weight; of a cotangent and the weight (transposed
convolution); of a cotangent and the input. Each is linear in both of its inputs, so the three are closed under
differentiation of any order.

Shapes: input (N, C, *L), weight (O, C / groups, *K), result (N, O, *M) with
M = floor((L + 2 padding - dilation (K - 1) - 1) / stride) + 1.
"""

from ..kernels import convolution as kernels
from .complex_numbers import conj
from .composite import composite
from .declaration import bilinear, general
from .reductions import sum as sum_
from .shape import expand, movedim, reshape


def _checked(name: str, x, weight, stride, padding, dilation, groups) -> None:
    spatial = x.ndim - 2
    if any([p < 0 for p in padding]):
        raise RuntimeError(f"negative padding is not supported: {padding}")
    if any([s <= 0 for s in stride]):
        raise RuntimeError(f"non-positive stride is not supported: {stride}")
    if any([d <= 0 for d in dilation]):
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")
    if x.dtype != weight.dtype:
        raise RuntimeError(
            f"{name}: input and weight must have the same dtype, but got {x.dtype.name} and {weight.dtype.name}; "
            "convert one with .to()"
        )
    if x.shape[1] != weight.shape[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
            f"{weight.shape[1] * groups} channels, but got {x.shape[1]} channels instead"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size {list(weight.shape)} instead"
        )
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    padded = [size + 2 * p for size, p in zip(x.shape[2:], padding, strict=True)]
    if any([r > size for r, size in zip(reach, padded, strict=True)]):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
            f"({' x '.join(map(str, reach))}). Kernel size can't be greater than actual input size"
        )
    if spatial != len(stride):
        raise RuntimeError(f"{name}: expected stride of {spatial} elements, got {stride}")


# ------------------------------------------------------------------------------------------------ batches (vmap)


def _joined(x, in_dim, size, axis):
    """The batch of x folded into its dimension `axis`, batch entry first; a tensor without batch is repeated."""
    x = expand(reshape(x, (1, *x.shape)), (size, *x.shape)) if in_dim is None else movedim(x, in_dim, 0)
    x = movedim(x, 0, axis)
    return reshape(x, (*x.shape[:axis], size * x.shape[axis + 1], *x.shape[axis + 2 :]))


def _parted(x, size, axis):
    """The batch taken out of dimension `axis` again."""
    return movedim(reshape(x, (*x.shape[:axis], size, x.shape[axis] // size, *x.shape[axis + 1 :])), axis, 0)


def _batched_images(operation, operands, parameters, in_dims, size):
    """Images batched, weight shared: the batch joins N. Else every batch entry is a group of channels of its own."""
    images, weight = operands
    shape = None if operation is cross_correlation else parameters[0]
    rest = parameters if shape is None else parameters[1:]
    stride, padding, dilation, groups = rest
    if in_dims[1] is None:
        wide = () if shape is None else ((size * shape[0], *shape[1:]),)
        out = operation(_joined(images, in_dims[0], size, 0), weight, *wide, stride, padding, dilation, groups)
        return _parted(out, size, 0), 0
    wide = () if shape is None else ((shape[0], size * shape[1], *shape[2:]),)
    out = operation(
        _joined(images, in_dims[0], size, 1),
        _joined(weight, in_dims[1], size, 0),
        *wide,
        stride,
        padding,
        dilation,
        size * groups,
    )
    return _parted(out, size, 1), 0


def _batched_weights(operation, operands, parameters, in_dims, size):
    """Every batch entry is a group of channels of its own."""
    g, input = operands
    shape, stride, padding, dilation, groups = parameters
    out = operation(
        _joined(g, in_dims[0], size, 1), _joined(input, in_dims[1], size, 1), (size * shape[0], *shape[1:]),
        stride, padding, dilation, size * groups,
    )  # fmt: skip
    return _parted(out, size, 0), 0


# ------------------------------------------------------------------------------------------------ the three products


def _forward(x, weight, stride, padding, dilation, groups):
    _checked("convolution", x, weight, stride, padding, dilation, groups)
    return kernels.convolution(x, weight, stride, padding, dilation, groups)


cross_correlation = bilinear(
    "cross_correlation(input, weight, stride, padding, dilation, groups)", forward=_forward, method=False, public=False,
    batch=_batched_images, node_name="ConvolutionBackward0",
    input=lambda g, weight, input_shape, stride, padding, dilation, groups: convolution_input(
        g, conj(weight), input_shape, stride, padding, dilation, groups
    ),
    weight=lambda g, input, weight_shape, stride, padding, dilation, groups: convolution_weight(
        g, conj(input), weight_shape, stride, padding, dilation, groups
    ),
    doc="The convolution of input with weight; parameters are tuples of one entry per spatial dimension.",
)  # fmt: skip
convolution_input = bilinear(
    "convolution_input(g, weight, input_shape, stride, padding, dilation, groups)", method=False, public=False,
    batch=_batched_images,
    node_name="ConvolutionBackwardBackward0",
    forward=lambda g, weight, shape, stride, padding, dilation, groups: kernels.convolution_input_gradient(
        g, weight, shape, stride, padding, dilation, groups
    ),
    g=lambda h, weight, stride, padding, dilation, groups: cross_correlation(
        h, conj(weight), stride, padding, dilation, groups
    ),
    weight=lambda h, g, weight_shape, stride, padding, dilation, groups: convolution_weight(
        conj(g), h, weight_shape, stride, padding, dilation, groups
    ),
    doc="The gradient of convolution with respect to its input: transposed convolution of g with weight.",
)  # fmt: skip
convolution_weight = bilinear(
    "convolution_weight(g, input, weight_shape, stride, padding, dilation, groups)", method=False, public=False,
    batch=_batched_weights,
    node_name="ConvolutionBackwardBackward0",
    forward=lambda g, x, shape, stride, padding, dilation, groups: kernels.convolution_weight_gradient(
        g, x, shape, stride, padding, dilation, groups
    ),
    g=lambda h, input, stride, padding, dilation, groups: cross_correlation(
        conj(input), h, stride, padding, dilation, groups
    ),
    input=lambda h, g, input_shape, stride, padding, dilation, groups: convolution_input(
        conj(g), h, input_shape, stride, padding, dilation, groups
    ),
    doc="The gradient of convolution with respect to its weight.",
)  # fmt: skip


def _with_bias(x, weight, bias, stride, padding, dilation, groups):
    _checked("convolution", x, weight, stride, padding, dilation, groups)
    if bias is not None and (bias.ndim != 1 or bias.shape[0] != weight.shape[0]):
        raise RuntimeError(
            f"Given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with {weight.shape[0]} "
            f"elements, but got bias of size {list(bias.shape)} instead"
        )
    return kernels.convolution(x, weight, stride, padding, dilation, groups, bias)


def _plus_bias(input, weight, bias, stride, padding, dilation, groups):
    out = cross_correlation(input, weight, stride, padding, dilation, groups)
    return out if bias is None else out + reshape(bias, (-1, *(1,) * len(stride)))


convolution = general(
    "convolution(input, weight, bias, stride, padding, dilation, groups)", forward=_with_bias, fallback=_plus_bias,
    method=False, public=False,
    input=lambda g, weight, input_shape, stride, padding, dilation, groups: convolution_input(
        g, conj(weight), input_shape, stride, padding, dilation, groups
    ),
    weight=lambda g, input, weight_shape, stride, padding, dilation, groups: convolution_weight(
        g, conj(input), weight_shape, stride, padding, dilation, groups
    ),
    bias=lambda g: sum_(g, (0, *range(2, g.ndim))),
    doc="cross_correlation, with a bias per output channel added in the same pass.",
)  # fmt: skip


def _spread(value, spatial: int, name: str) -> tuple:
    if isinstance(value, int):
        return (value,) * spatial
    value = tuple(value)
    if len(value) == 1:
        return value * spatial
    if len(value) != spatial:
        raise RuntimeError(f"expected {name} to be a single integer value or a list of {spatial} values, got {value}")
    return value


def _convolve(spatial: int, input, weight, bias, stride, padding, dilation, groups):
    name = f"conv{spatial}d"
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"Expected {spatial + 1}D (unbatched) or {spatial + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.shape)}"
        )
    if weight.ndim != spatial + 2:
        raise RuntimeError(f"{name}: expected weight of {spatial + 2} dimensions, got shape {list(weight.shape)}")
    unbatched = input.ndim == spatial + 1
    if unbatched:
        input = reshape(input, (1, *input.shape))
    stride, dilation = _spread(stride, spatial, "stride"), _spread(dilation, spatial, "dilation")
    if padding == "valid":
        padding = 0
    elif padding == "same":
        if any([s != 1 for s in stride]):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        total = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
        if any([t % 2 for t in total]):
            from .padding import pad

            input = pad(input, [n for t in reversed(total) for n in (0, t % 2)])
        padding = tuple([t // 2 for t in total])
    elif isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'; it must be 'valid' or 'same'")
    out = convolution(input, weight, bias, stride, _spread(padding, spatial, "padding"), dilation, groups)
    return reshape(out, tuple(out.shape[1:])) if unbatched else out


@composite(method=False)
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution over one spatial dimension: (N, C, L) or (C, L) with (O, C / groups, K) -> (N, O, L') or (O, L').

    A cross-correlation, as everywhere in machine learning: out[o, i] = bias[o] + sum of weight[o, c, k] input[c,
    stride i + dilation k - padding]. L' = floor((L + 2 padding - dilation (K - 1) - 1) / stride) + 1; `padding` may
    be "valid" or "same". RuntimeError for shapes or dtypes that do not fit.

    >>> import wengert as t
    >>> t.conv1d(t.tensor([[1.0, 2.0, 4.0]]), t.tensor([[[1.0, -1.0]]]))
    tensor([[-1., -2.]])
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


@composite(method=False)
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution over two spatial dimensions: (N, C, H, W) or (C, H, W) with (O, C / groups, KH, KW). As `conv1d`.

    >>> import wengert as t
    >>> t.conv2d(t.arange(9.0).reshape(1, 3, 3), t.ones(1, 1, 2, 2))
    tensor([[[ 8., 12.],
             [20., 24.]]])
    """
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


@composite(method=False)
def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution over three spatial dimensions: (N, C, D, H, W) or (C, D, H, W) with (O, C / groups, KD, KH, KW). As
    `conv1d`.

    Errors are those of `conv1d`.

    >>> import wengert as t
    >>> t.conv3d(t.arange(8.0).reshape(1, 2, 2, 2), t.ones(1, 1, 2, 2, 2))
    tensor([[[[28.]]]])
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)
