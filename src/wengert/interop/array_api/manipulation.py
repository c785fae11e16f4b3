"""Shapes, orders of axes, joining and taking apart."""

from ..numpy_functions import arranging, joining
from ..spelling import values_of


def broadcast_arrays(*arrays):
    return list(arranging.broadcast_arrays(*arrays))


def broadcast_to(x, /, shape):
    return arranging.broadcast_to(x, tuple(shape))


def concat(arrays, /, *, axis=0):
    return joining.concatenate(arrays, axis)


def expand_dims(x, /, *, axis=0):
    try:
        return arranging.expand_dims(x, axis)
    except ValueError as error:
        raise IndexError(str(error)) from None


def flip(x, /, *, axis=None):
    return arranging.flip(x, axis)


def moveaxis(x, source, destination, /):
    return arranging.moveaxis(x, source, destination)


def permute_dims(x, /, axes):
    return arranging.transpose(x, tuple(axes))


def repeat(x, repeats, /, *, axis=None):
    return arranging.repeat(x, values_of(repeats), axis)


def reshape(x, /, shape, *, copy=None):
    return arranging.reshape(x, tuple(shape), copy=copy)


def roll(x, /, shift, *, axis=None):
    return arranging.roll(x, shift, axis)


def squeeze(x, /, axis):
    return arranging.squeeze(x, axis)


def stack(arrays, /, *, axis=0):
    return joining.stack(arrays, axis)


def tile(x, repetitions, /):
    return arranging.tile(x, tuple(repetitions))


def unstack(x, /, *, axis=0):
    return joining.unstack(x, axis=axis)
