"""Reductions over dimensions, with PyTorch's arguments."""

import numpy


def _axis(dim):
    return tuple(dim) if isinstance(dim, list) else dim


def sum(x, dim=None, keepdim=False, dtype=None):
    if dtype is None and x.dtype.kind in "bui":
        dtype = numpy.int64
    return numpy.asarray(numpy.add.reduce(x, axis=_axis(dim), keepdims=keepdim, dtype=dtype))


def mean(x, dim=None, keepdim=False, dtype=None):
    return numpy.asarray(numpy.mean(x, axis=_axis(dim), keepdims=keepdim, dtype=dtype))


def amax(x, dim=None, keepdim=False):
    return numpy.asarray(numpy.maximum.reduce(x, axis=_axis(dim), keepdims=keepdim))


def amin(x, dim=None, keepdim=False):
    return numpy.asarray(numpy.minimum.reduce(x, axis=_axis(dim), keepdims=keepdim))


def prod(x, dim=None, keepdim=False, dtype=None):
    if dtype is None and x.dtype.kind in "bui":
        dtype = numpy.int64
    return numpy.asarray(numpy.multiply.reduce(x, axis=_axis(dim), keepdims=keepdim, dtype=dtype))


def argmax(x, dim=None, keepdim=False):
    return numpy.asarray(numpy.argmax(x, axis=dim, keepdims=keepdim))


def argmin(x, dim=None, keepdim=False):
    return numpy.asarray(numpy.argmin(x, axis=dim, keepdims=keepdim))


def max_with_indices(x, dim, keepdim=False):
    return amax(x, dim, keepdim), argmax(x, dim, keepdim)


def min_with_indices(x, dim, keepdim=False):
    return amin(x, dim, keepdim), argmin(x, dim, keepdim)
