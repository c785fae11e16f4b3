"""Matrix products."""

import numpy


def matmul(x, y):
    return numpy.matmul(x, y)


def addmm(bias, x, y):
    return numpy.matmul(x, y) + bias


def dot(x, y):
    return numpy.asarray(numpy.dot(x, y))
