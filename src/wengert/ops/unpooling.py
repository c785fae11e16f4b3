"""Unpooling: the values of max pooling back at their positions, zeros elsewhere."""

import math

import numpy

from . import arguments
from .composite import composite
from .declaration import linear
from .pooling import _planes, at_positions, check_type, with_batch


def _put(x, indices, shape):
    out = numpy.zeros((*shape[:2], math.prod(shape[2:])), x.dtype)
    flat = (*x.shape[:2], math.prod(x.shape[2:]))
    numpy.put_along_axis(out, indices.reshape(flat), x.reshape(flat), -1)
    return out.reshape(shape)


put_planes = linear(
    "put_planes(input, indices, shape)", forward=_put, method=False, public=False, batch=_planes,
    node_name="MaxUnpool2DBackward0",
    input=lambda g, indices: at_positions(g, indices),
    indices=None,
    doc="Zeros of the given shape with values at positions of the flattened spatial planes; the last of several stays.",
)  # fmt: skip


def _spread(value, spatial: int) -> tuple:
    return (value,) * spatial if isinstance(value, int) else tuple(value)


def _output_size(spatial: int, shape, kernel_size, stride, padding, output_size) -> list:
    sizes = list(shape[-spatial:])
    default = [
        (size - 1) * s + k - 2 * p for size, s, k, p in zip(sizes, stride, kernel_size, padding, strict=True)
    ]  # fmt: skip
    if output_size is None:
        return default
    given = list(output_size)
    if len(given) == spatial + 2:
        given = given[2:]
    if len(given) != spatial:
        raise ValueError(
            f"output_size should be a sequence containing {spatial} or {spatial + 2} elements, but it has a length of "
            f"'{len(given)}'"
        )
    for d, (size, normal, s) in enumerate(zip(given, default, stride, strict=True)):
        if not normal - s < size < normal + s:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {d} must be between {normal - s} and {normal + s})'
            )
    return given


def _unpool(name, spatial, input, indices, kernel_size, stride, padding, output_size):
    input = arguments.tensor(name, "input", 1, input)
    indices = arguments.tensor(name, "indices", 2, indices)
    kernel_size, padding = _spread(kernel_size, spatial), _spread(padding, spatial)
    stride = kernel_size if stride is None else _spread(stride, spatial)
    shown = max(spatial, 2)
    if input.ndim < spatial:
        raise IndexError(f"tuple index out of range: {name} got an input of shape {list(input.shape)}")
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"Input to max_unpooling{shown}d should be a {shown + 1}d or {shown + 2}d Tensor, but got a tensor with "
            f"{input.ndim + shown - spatial} dimensions."
        )
    size = _output_size(spatial, input.shape, kernel_size, stride, padding, output_size)
    if indices.dtype.name != "int64":
        raise RuntimeError(
            "elements in indices should be type int64 but got: "
            f"{'Int' if indices.dtype.name == 'int32' else indices.dtype}"
        )
    if tuple(indices.shape) != tuple(input.shape):
        flat = [1] * (shown - spatial)
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({[*input.shape, *flat]}) but got "
            "indices "
            f"tensor with shape: {[*indices.shape, *flat]}"
        )
    if min(stride) <= 0 and spatial == 3:
        raise RuntimeError(f"strides should be greater than zero, but got stride: {list(stride)}")
    check_type(f"max_unpool{shown}d", input, integers=False)
    _check_positions(indices, size, shown)
    # A tensor of one dimension more than the spatial ones has no batch; so have its positions.
    if input.ndim == spatial + 1:
        indices = indices.unsqueeze(0)
    return with_batch(lambda x: put_planes(x, indices, (*x.shape[:2], *size)), input, spatial)


def _check_positions(indices, size: list, shown: int) -> None:
    if indices._level:
        return
    array = indices.array
    outside = array[(array < 0) | (array >= math.prod(size))]
    if outside.size:
        volume = "x".join(map(str, [*size, *[1] * (shown - len(size))]))
        raise RuntimeError(f"Found an invalid max index: {outside[0]} (output volumes are of size {volume})")


@composite(namespace="nn.functional")
def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Values at the positions that `max_pool1d` gave with `return_indices`, zeros elsewhere: (N, C, L) or (C, L).

    The size is (L - 1) stride + kernel_size - 2 padding unless `output_size` chooses one that is less than a stride
    away from it. RuntimeError for positions outside and other shapes, ValueError for an impossible size.

    >>> import wengert as t
    >>> t.nn.functional.max_unpool1d(t.tensor([[5.0, 6.0]]), t.tensor([[1, 2]]), 2)
    tensor([[0., 5., 6., 0.]])
    """
    return _unpool("max_unpool1d", 1, input, indices, kernel_size, stride, padding, output_size)


@composite(namespace="nn.functional")
def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Values at the positions that `max_pool2d` gave, zeros elsewhere: (N, C, H, W) or (C, H, W). As `max_unpool1d`.

    >>> import wengert as t
    >>> t.nn.functional.max_unpool2d(t.tensor([[[5.0]]]), t.tensor([[[2]]]), 2)
    tensor([[[0., 0.],
             [5., 0.]]])
    """
    return _unpool("max_unpool2d", 2, input, indices, kernel_size, stride, padding, output_size)


@composite(namespace="nn.functional")
def max_unpool3d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Values at the positions that `max_pool3d` gave, zeros elsewhere: (N, C, D, H, W) or (C, D, H, W). As
    `max_unpool1d`.

    >>> import wengert as t
    >>> t.nn.functional.max_unpool3d(t.tensor([[[[5.0]]]]), t.tensor([[[[1]]]]), (1, 1, 2))
    tensor([[[[0., 5.]]]])
    """
    return _unpool("max_unpool3d", 3, input, indices, kernel_size, stride, padding, output_size)
