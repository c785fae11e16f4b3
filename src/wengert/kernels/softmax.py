"""The softmax family."""

import numpy


def softmax(x, dim):
    if x.size == 0:
        return x.copy()
    e = numpy.exp(x - numpy.max(x, axis=dim, keepdims=True))
    return e / numpy.sum(e, axis=dim, keepdims=True)


def log_softmax(x, dim):
    if x.size == 0:
        return x.copy()
    x = x - numpy.max(x, axis=dim, keepdims=True)
    return x - numpy.log(numpy.sum(numpy.exp(x), axis=dim, keepdims=True))


def softmax_gradient(g, out, dim):
    return out * (g - numpy.sum(g * out, axis=dim, keepdims=True))


def log_softmax_gradient(g, out, dim):
    return g - numpy.exp(out) * numpy.sum(g, axis=dim, keepdims=True)


def logsumexp(x, dim, keepdim=False):
    top = numpy.max(x, axis=dim, keepdims=True, initial=-numpy.inf)
    top = numpy.where(numpy.isfinite(top), top, 0)
    out = numpy.log(numpy.sum(numpy.exp(x - top), axis=dim, keepdims=True)) + top
    return out if keepdim else numpy.asarray(numpy.squeeze(out, axis=dim))
