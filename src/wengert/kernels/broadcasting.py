"""The transpose of broadcasting: sums over the dimensions that were stretched."""

import numpy

from . import reductions


def sum_to_shape(x, shape: tuple):
    """Sum an array over what broadcasting from `shape` to `x.shape` repeated; the result has `shape` and x's dtype.

    Zero-size dimensions sum to zeros. A shape that does not broadcast to x's is a RuntimeError.
    """
    found = x.shape
    extra = len(found) - len(shape)
    axes = [*range(extra)]
    for d, size in enumerate(shape):
        if extra < 0 or (size != found[d + extra] and size != 1):
            raise RuntimeError(f"a gradient of shape {list(found)} cannot be reduced to shape {list(shape)}")
        if size != found[d + extra]:
            axes.append(d + extra)
    if axes:
        x = reductions.sum(x, axes, True, x.dtype)
    if extra:
        x = x.reshape(shape)
    return x if isinstance(x, numpy.ndarray) else numpy.asarray(x)
