"""Pooling over one, two or three spatial dimensions of (N, C, *L) or (C, *L)."""

from ..kernels import pooling as kernels
from .composite import composite
from .declaration import general, linear
from .shape import expand, movedim, reshape


def _planes(operation, operands, parameters, in_dims, size):
    """A batch joins N, whose entries are pooled apart from each other; so it does in shapes among the parameters."""

    def joined(x, d):
        x = expand(reshape(x, (1, *x.shape)), (size, *x.shape)) if d is None else movedim(x, d, 0)
        return reshape(x, (size * x.shape[1], *x.shape[2:]))

    names = operation.parameters
    inner = [
        (size * value[0], *value[1:]) if name == "shape" else value
        for name, value in zip(names, parameters, strict=True)
    ]
    result = operation(*[joined(x, d) for x, d in zip(operands, in_dims, strict=True)], *inner)
    if isinstance(result, tuple):
        return tuple([reshape(y, (size, y.shape[0] // size, *y.shape[1:])) for y in result]), 0
    return reshape(result, (size, result.shape[0] // size, *result.shape[1:])), 0


max_pool_ = general(
    "max_pool(input, kernel_size, stride, padding, dilation, ceil_mode)", outputs=("out", "indices"),
    differentiable=("out",),
    forward=lambda x, *window: kernels.max_pool(x, *window), method=False, public=False, batch=_planes,
    node_name="MaxPool2DWithIndicesBackward0",
    input=lambda g, indices, input_shape: max_pool_transpose(g, indices, input_shape),
    jvp=lambda tangents, inputs, out, parameters: at_positions(tangents[0], out[1]),
    doc="The largest value of each window, and its position in the flattened spatial plane. (N, C, *L).",
)  # fmt: skip
max_pool_transpose = linear(
    "max_pool_transpose(g, indices, shape)", method=False, public=False, node_name="MaxPoolBackwardBackward0",
    forward=kernels.max_pool_gradient, batch=_planes,
    g=lambda g, indices: at_positions(g, indices),
    indices=None,
    doc="Zeros of the given shape with g added at positions of the flattened spatial planes.",
)  # fmt: skip
at_positions = linear(
    "at_positions(input, indices)", method=False, public=False, forward=kernels.gather_planes, batch=_planes,
    input=lambda g, indices, input_shape: max_pool_transpose(g, indices, input_shape),
    indices=None,
    doc="The values at positions of the flattened spatial planes, in the shape of indices.",
)  # fmt: skip
avg_pool_ = linear(
    "avg_pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)", method=False,
    public=False, forward=kernels.avg_pool, batch=_planes, node_name="AvgPool2DBackward0",
    input=lambda g, input_shape, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: (
        avg_pool_transpose(g, input_shape, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    ),
    doc="The mean of each window.",
)  # fmt: skip
avg_pool_transpose = linear(
    "avg_pool_transpose(g, shape, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)",
    method=False, public=False, forward=kernels.avg_pool_gradient, batch=_planes, node_name="AvgPoolBackwardBackward0",
    g=lambda g, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: avg_pool_(
        g, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    ),
    doc="The transpose of avg_pool: g spread over its windows.",
)  # fmt: skip


def _window(name, spatial, input, kernel_size, stride, padding, dilation=1):
    def spread(value, what):
        if isinstance(value, int):
            return (value,) * spatial
        value = tuple(value)
        if len(value) == 1:
            return value * spatial
        if len(value) != spatial:
            raise RuntimeError(f"{name}: {what} must either be a single int, or a tuple of {spatial} ints, got {value}")
        return value

    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"{name}: Expected {spatial + 1}D or {spatial + 2}D (batch mode) tensor for input, but got: "
            f"{list(input.shape)}"
        )
    kernel_size = spread(kernel_size, "kernel_size")
    stride = kernel_size if stride is None or stride == [] else spread(stride, "stride")
    padding, dilation = spread(padding, "padding"), spread(dilation, "dilation")
    if any([k <= 0 for k in kernel_size]) or any([s <= 0 for s in stride]) or any([d <= 0 for d in dilation]):
        raise RuntimeError(
            f"{name}: kernel size, stride and dilation should be greater than zero, got {kernel_size}, {stride}, "
            f"{dilation}"
        )
    if any([p > k // 2 or p < 0 for p, k in zip(padding, kernel_size, strict=True)]):
        raise RuntimeError(
            f"{name}: pad should be at most half of effective kernel size, but got pad={padding} and "
            f"kernel_size={kernel_size}"
        )
    for size, k, p, d in zip(input.shape[-spatial:], kernel_size, padding, dilation, strict=True):
        if size + 2 * p < d * (k - 1) + 1:
            raise RuntimeError(
                f"Given input size: {list(input.shape)}. {name} with kernel_size={kernel_size}, stride={stride}, "
                f"padding={padding}, dilation={dilation}: Output size is too small"
            )
    return kernel_size, stride, padding, dilation


def _max_pool(name, spatial, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    kernel_size, stride, padding, dilation = _window(name, spatial, input, kernel_size, stride, padding, dilation)
    unbatched = input.ndim == spatial + 1
    if unbatched:
        input = reshape(input, (1, *input.shape))
    out, indices = max_pool_(input, kernel_size, stride, padding, dilation, bool(ceil_mode))
    if unbatched:
        out, indices = reshape(out, tuple(out.shape[1:])), reshape(indices, tuple(indices.shape[1:]))
    return (out, indices) if return_indices else out


def _avg_pool(name, spatial, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
    kernel_size, stride, padding, _ = _window(name, spatial, input, kernel_size, stride, padding)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    unbatched = input.ndim == spatial + 1
    if unbatched:
        input = reshape(input, (1, *input.shape))
    out = avg_pool_(input, kernel_size, stride, padding, bool(ceil_mode), bool(count_include_pad), divisor_override)
    return reshape(out, tuple(out.shape[1:])) if unbatched else out


@composite(method=False)
def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest value of each window of one dimension: (N, C, L) or (C, L) -> (N, C, L') or (C, L').

    `stride` defaults to `kernel_size`; L' = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1, or
    the ceiling with `ceil_mode`. With `return_indices` also the positions, int64. RuntimeError for a padding of more
    than half the window, for an empty result and for complex numbers.

    >>> import wengert as t
    >>> t.max_pool1d(t.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[3., 2.]])
    """
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@composite(method=False)
def max_pool1d_with_indices(input, kernel_size, stride=(), padding=0, dilation=1, ceil_mode=False):
    """(`max_pool1d`, the positions of the largest elements).

    >>> import wengert as t
    >>> t.max_pool1d_with_indices(t.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    (tensor([[3., 2.]]), tensor([[1, 2]]))
    """
    return max_pool1d(input, kernel_size, stride or None, padding, dilation, ceil_mode, True)


@composite(method=False)
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest value of each window of two dimensions: (N, C, H, W) or (C, H, W). Sizes and errors as of
    `max_pool1d`.

    >>> import wengert as t
    >>> t.max_pool2d(t.arange(8.0).reshape(1, 2, 4), 2)
    tensor([[[5., 7.]]])
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@composite(method=False)
def max_pool3d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest value of each window of three dimensions: (N, C, D, H, W) or (C, D, H, W). Sizes and errors as of
    `max_pool1d`.

    >>> import wengert as t
    >>> t.max_pool3d(t.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[7.]]]])
    """
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@composite(method=False)
def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """The mean of each window of one dimension: (N, C, L) or (C, L) -> (N, C, L') or (C, L').

    `stride` defaults to `kernel_size`; L' = floor((L + 2 padding - kernel_size) / stride) + 1, or the ceiling with
    `ceil_mode`. Zeros of the padding count unless `count_include_pad` is False. RuntimeError for a padding of more than
    half the window and for an empty result.

    >>> import wengert as t
    >>> t.avg_pool1d(t.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[2., 1.]])
    """
    return _avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@composite(method=False)
def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """The mean of each window of two dimensions: (N, C, H, W) or (C, H, W). Sizes and errors as of `avg_pool1d`; the
    sums are divided by `divisor_override` where that is given.

    >>> import wengert as t
    >>> t.avg_pool2d(t.arange(8.0).reshape(1, 2, 4), 2)
    tensor([[[2.5000, 4.5000]]])
    """
    return _avg_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


@composite(method=False)
def avg_pool3d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """The mean of each window of three dimensions: (N, C, D, H, W) or (C, D, H, W). As `avg_pool2d`.

    >>> import wengert as t
    >>> t.avg_pool3d(t.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[3.5000]]]])
    """
    return _avg_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
