"""Convolution one kernel element at a time, for the types that the compiled one does not take.

Each element of the kernel (a tap) contributes one matrix product over channels, of the weight at that tap and the
input shifted to it. Right for every dtype that can be multiplied; each output is read and written once per tap.
"""

import itertools
import math

import numpy


def _geometry(input_shape, kernel, stride, padding, dilation):
    """The output's spatial shape, and for each tap the slices of the output and the input that it joins."""
    spatial = input_shape[2:]
    out = tuple(
        (size + 2 * p - d * (k - 1) - 1) // s + 1
        for size, k, s, p, d in zip(spatial, kernel, stride, padding, dilation, strict=True)
    )
    taps = []
    for tap in itertools.product(*[range(k) for k in kernel]):
        out_place, in_place = [], []
        for size, count, t, s, p, d in zip(spatial, out, tap, stride, padding, dilation, strict=True):
            shift = t * d - p  # output position o reads input position o * s + shift
            first = max(0, -(shift // s))
            last = min(count, (size - 1 - shift) // s + 1)
            if first >= last:
                break
            out_place.append(slice(first, last))
            in_place.append(slice(first * s + shift, (last - 1) * s + shift + 1, s))
        else:
            taps.append((tap, (..., *out_place), (..., *in_place)))
    return out, taps


def _working_type(dtype):
    """Half precision is summed in single precision; everything else in its own."""
    return numpy.dtype(numpy.float32) if dtype == numpy.float16 else dtype


def _columns(x, groups):
    """(N, G C, *L) -> (N, G, C, prod L)."""
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, math.prod(x.shape[2:]))


def convolution(x, weight, stride, padding, dilation, groups, bias=None):
    dtype = x.dtype
    work = _working_type(dtype)
    x, weight = x.astype(work, copy=False), weight.astype(work, copy=False)
    out_spatial, taps = _geometry(x.shape, weight.shape[2:], stride, padding, dilation)
    out = numpy.zeros((x.shape[0], weight.shape[0], *out_spatial), work)
    for tap, out_place, in_place in taps:
        part = x[in_place]
        w = weight[(..., *tap)].reshape(groups, weight.shape[0] // groups, weight.shape[1])
        # (G, M, C) @ (N, G, C, L) -> (N, G, M, L)
        out[out_place] += numpy.matmul(w, _columns(part, groups)).reshape(x.shape[0], weight.shape[0], *part.shape[2:])
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(out_spatial))
    return out.astype(dtype, copy=False)


def convolution_input_gradient(g, weight, input_shape, stride, padding, dilation, groups):
    dtype = g.dtype
    work = _working_type(dtype)
    g, weight = g.astype(work, copy=False), weight.astype(work, copy=False)
    _, taps = _geometry(input_shape, weight.shape[2:], stride, padding, dilation)
    out = numpy.zeros(input_shape, work)
    for tap, out_place, in_place in taps:
        part = g[out_place]
        w = weight[(..., *tap)].reshape(groups, weight.shape[0] // groups, weight.shape[1]).swapaxes(1, 2)
        # (G, C, M) @ (N, G, M, L) -> (N, G, C, L)
        out[in_place] += numpy.matmul(w, _columns(part, groups)).reshape(g.shape[0], input_shape[1], *part.shape[2:])
    return out.astype(dtype, copy=False)


def convolution_weight_gradient(g, x, weight_shape, stride, padding, dilation, groups):
    dtype = g.dtype
    work = _working_type(dtype)
    g, x = g.astype(work, copy=False), x.astype(work, copy=False)
    _, taps = _geometry(x.shape, weight_shape[2:], stride, padding, dilation)
    out = numpy.zeros(weight_shape, work)
    for tap, out_place, in_place in taps:
        # (N, G, M, L) @ (N, G, L, C) -> (N, G, M, C), summed over N
        product = numpy.matmul(_columns(g[out_place], groups), _columns(x[in_place], groups).swapaxes(2, 3))
        out[(..., *tap)] = product.sum(0).reshape(weight_shape[:2])
    return out.astype(dtype, copy=False)
