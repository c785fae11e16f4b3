"""Pooling over one, two or three spatial dimensions of (N, C, *L) or (C, *L)."""

from ..core.errors import type_word
from ..kernels import pooling as kernels
from . import arguments
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


_WORDS = {1: "one int", 2: "a tuple of two ints", 3: "a tuple of three ints"}


def spread(name: str, spatial: int, what: str, value, further: str = "") -> tuple:
    """One int for each dimension, given as one for all or as a sequence."""
    values = arguments.integers(name, what, 2, value)
    if len(values) == 1:
        return values * spatial
    if len(values) != spatial:
        if spatial == 1:
            raise RuntimeError(
                f"{name}() {what} must be an int, list of ints or tuple of ints of size 1 but got size {len(values)}"
                if name.startswith("max")
                else f"{name}() argument '{what}' should contain one int (got {len(values)})"
            )
        raise RuntimeError(
            f"{name}: {what} must either be {further}a single int, or {_WORDS[spatial]}: it is {tuple(values)}"
        )
    return values


def _check_dims(name: str, spatial: int, input) -> None:
    shape = list(input.shape)
    if input.ndim in (spatial + 1, spatial + 2):
        if 0 in shape[-spatial - 1 :]:
            raise RuntimeError(
                f"Expected {spatial + 1}D or {spatial + 2}D (batch mode) tensor with optional 0 dim batch size for "
                f"input, but got:{shape}"
            )
        return
    if name == "avg_pool1d":
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' (while "
            "checking arguments for avg_pool1d)"
        )
    if name == "avg_pool2d" and input.ndim < 3:
        last = max(input.ndim, 1)
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-last}, {last - 1}], but got -3): avg_pool2d takes "
            f"(N, C, H, W) or (C, H, W), and the input has shape {shape}"
        )
    if spatial == 1:
        raise RuntimeError(
            f"{name}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:{shape}"
        )
    raise RuntimeError(
        f"non-empty {spatial + 1}D or {spatial + 2}D (batch mode) tensor expected for input: {name} got shape {shape}"
    )


def _check_window(name: str, spatial: int, kernel_size, stride, padding, dilation) -> None:
    if spatial == 1 and name.startswith("max"):
        # The words that PyTorch has for this one.
        for what, values in (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation)):
            if values[0] <= 0:
                raise RuntimeError(f"max_pool1d() {what} must be greater than zero, but got {values[0]}")
        if padding[0] < 0:
            raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {padding[0]}")
        if padding[0] > (dilation[0] * (kernel_size[0] - 1) + 1) // 2:
            raise RuntimeError(
                f"max_pool1d() padding should be at most half of kernel size, but got padding={padding[0]} and "
                f"kernel_size={kernel_size[0]}"
            )
        return
    if 0 in stride:
        raise RuntimeError(f"stride should not be zero: {name} has stride {stride}")
    for p, k, d in zip(padding, kernel_size, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if d <= 0:
            letters = "THW"[3 - spatial :] if spatial > 1 else "W"
            found = " ".join([f"dilation{c}: {n}" for c, n in zip(letters, dilation, strict=True)])
            raise RuntimeError(f"dilation should be greater than zero, but got {found}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
    if min(kernel_size) <= 0 or min(stride) <= 0:
        raise RuntimeError(
            f"kernel size should be greater than zero, and so should the stride: {name} got {kernel_size}, {stride}"
        )


def _window(name, spatial, input, kernel_size, stride, padding, dilation, ceil_mode) -> tuple:
    """Kernel size, stride, padding and dilation as tuples; RuntimeError for what is impossible."""
    kernel_size = spread(name, spatial, "kernel_size", kernel_size)
    without = stride is None or isinstance(stride, (list, tuple)) and not stride
    stride = kernel_size if without else spread(name, spatial, "stride", stride, "omitted, ")
    padding = spread(name, spatial, "padding", padding)
    dilation = spread(name, spatial, "dilation", dilation)
    _check_dims(name, spatial, input)
    _check_window(name, spatial, kernel_size, stride, padding, dilation)
    sizes = list(input.shape[-spatial:])
    if name == "avg_pool3d" and any([k > size for k, size in zip(kernel_size, sizes, strict=True)]):
        image, kernel = [
            " ".join([f"{word}{c}: {n}" for c, n in zip("THW", values, strict=True)])
            for word, values in (("", sizes), ("k", kernel_size))
        ]
        raise RuntimeError(f"input image ({image}) smaller than kernel size ({kernel})")
    counts = [
        kernels.output_size(size, k, s, p, d, bool(ceil_mode))
        for size, k, s, p, d in zip(sizes, kernel_size, stride, padding, dilation, strict=True)
    ]
    if min(counts) < 1:
        if name == "max_pool1d":
            raise RuntimeError(
                f"max_pool1d() Invalid computed output size: {counts[0]}: the kernel of {kernel_size[0]} elements, "
                f"{dilation[0]} apart, does not fit into {sizes[0]} elements with {padding[0]} on both sides"
            )
        before, after = [
            "x".join(map(str, [input.shape[-spatial - 1], *[1] * (2 - spatial), *values])) for values in (sizes, counts)
        ]
        raise RuntimeError(
            f"Given input size: ({before}). Calculated output size: ({after}). Output size is too small: {name} has "
            f"kernel_size={kernel_size}, stride={stride}, padding={padding}, dilation={dilation}"
        )
    return kernel_size, stride, padding, dilation


def check_type(kernel: str, input, integers: bool = True, complex: bool = False) -> None:
    """NotImplementedError for booleans, and for integers and complex numbers unless they are taken."""
    taken = {1: integers, 2: True, 3: complex}
    if taken.get(input.dtype.category, False):
        return
    raise NotImplementedError(
        f"\"{kernel}\" not implemented for '{type_word(input.array.dtype)}': convert the input to a floating dtype"
    )


def with_batch(function, input, spatial: int):
    """The results of a function of (N, C, *L), for an input that may lack N."""
    if input.ndim == spatial + 2:
        return function(input)
    found = function(reshape(input, (1, *input.shape)))
    if isinstance(found, tuple):
        return tuple([reshape(y, tuple(y.shape[1:])) for y in found])
    return reshape(found, tuple(found.shape[1:]))


def _max_pool(name, spatial, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    input = arguments.tensor(name, "input", 1, input)
    window = _window(name, spatial, input, kernel_size, stride, padding, dilation, ceil_mode)
    check_type("max_pool1d_impl" if spatial == 1 else name, input, integers=spatial > 1)
    found = with_batch(lambda x: max_pool_(x, *window, bool(ceil_mode)), input, spatial)
    return tuple(found) if return_indices else found[0]


def _avg_pool(name, spatial, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
    input = arguments.tensor(name, "input", 1, input)
    kernel_size, stride, padding, _ = _window(name, spatial, input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    check_type("avg_pool3d_out_frame" if spatial == 3 else "avg_pool2d", input, complex=True)
    return with_batch(
        lambda x: avg_pool_(
            x, kernel_size, stride, padding, bool(ceil_mode), bool(count_include_pad), divisor_override
        ),
        input,
        spatial,
    )


@composite(method=False, aliases=("nn.functional.max_pool1d",))
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


@composite(method=False, aliases=("nn.functional.max_pool2d",))
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest value of each window of two dimensions: (N, C, H, W) or (C, H, W). Sizes and errors as of
    `max_pool1d`.

    >>> import wengert as t
    >>> t.max_pool2d(t.arange(8.0).reshape(1, 2, 4), 2)
    tensor([[[5., 7.]]])
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@composite(method=False, aliases=("nn.functional.max_pool3d",))
def max_pool3d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest value of each window of three dimensions: (N, C, D, H, W) or (C, D, H, W). Sizes and errors as of
    `max_pool1d`.

    >>> import wengert as t
    >>> t.max_pool3d(t.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[7.]]]])
    """
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@composite(method=False, aliases=("nn.functional.avg_pool1d",))
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


@composite(namespace="nn.functional")
def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """The mean of each window of two dimensions: (N, C, H, W) or (C, H, W). Sizes as of `avg_pool1d`; the sums are
    divided by `divisor_override` where that is given.

    RuntimeError for a padding that is negative or more than half the window, for a stride or window that is not
    positive, for an empty result, for an input without channels or of another number of dimensions (IndexError below
    three), and for a divisor of 0. NotImplementedError for booleans.

    >>> import wengert as t
    >>> t.nn.functional.avg_pool2d(t.arange(8.0).reshape(1, 2, 4), 2)
    tensor([[[2.5000, 4.5000]]])
    """
    return _avg_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


@composite(namespace="nn.functional")
def avg_pool3d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """The mean of each window of three dimensions: (N, C, D, H, W) or (C, D, H, W). Sizes and the
    divisor as of `avg_pool2d`.

    RuntimeError for a padding that is negative or more than half the window, for a stride or window that is not
    positive, for a window larger than the input, for an input without channels or of another number of dimensions, and
    for a divisor of 0. NotImplementedError for booleans.

    >>> import wengert as t
    >>> t.nn.functional.avg_pool3d(t.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[3.5000]]]])
    """
    return _avg_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


@composite(method=False, aliases=("nn.functional.max_pool1d_with_indices",))
def max_pool1d_with_indices(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """(the largest value of each window, its position in the flattened spatial plane, int64), as `max_pool1d` with
    `return_indices`, whatever is given for that.

    >>> import wengert as t
    >>> t.nn.functional.max_pool1d_with_indices(t.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    (tensor([[3., 2.]]), tensor([[1, 2]]))
    """
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, True)


@composite(namespace="nn.functional")
def max_pool2d_with_indices(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """(the largest value of each window, its position in the flattened spatial plane, int64), as `max_pool2d` with
    `return_indices`, whatever is given for that.

    >>> import wengert as t
    >>> t.nn.functional.max_pool2d_with_indices(t.arange(8.0).reshape(1, 2, 4), 2)
    (tensor([[[5., 7.]]]), tensor([[[5, 7]]]))
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, True)


@composite(namespace="nn.functional")
def max_pool3d_with_indices(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """(the largest value of each window, its position in the flattened spatial plane, int64), as `max_pool3d` with
    `return_indices`, whatever is given for that.

    >>> import wengert as t
    >>> t.nn.functional.max_pool3d_with_indices(t.arange(8.0).reshape(1, 2, 2, 2), 2)
    (tensor([[[[7.]]]]), tensor([[[[7]]]]))
    """
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, True)
