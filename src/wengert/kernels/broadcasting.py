"""The transpose of broadcasting: sums over the dimensions that were stretched."""

import numpy


def sum_to_shape(x, shape: tuple):
    """Sum an array over what broadcasting from `shape` to `x.shape` repeated; the result has `shape`.

    Zero-size dimensions sum to zeros. A shape that does not broadcast to x's is a RuntimeError.
    """
    extra = x.ndim - len(shape)
    if extra < 0:
        raise RuntimeError(f"a gradient of shape {list(x.shape)} cannot be reduced to shape {list(shape)}")
    axes = tuple(range(extra)) + tuple(
        d + extra for d, size in enumerate(shape) if size == 1 and x.shape[d + extra] != 1
    )
    if axes:
        x = numpy.add.reduce(x, axis=axes, keepdims=True)
    if extra:
        x = x.reshape(x.shape[extra:])
    if x.shape != shape:
        raise RuntimeError(f"a gradient of shape {list(x.shape)} cannot be reduced to shape {list(shape)}")
    return x if isinstance(x, numpy.ndarray) else numpy.asarray(x)
