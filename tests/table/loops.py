"""References that NumPy has no word for, written as plainly as possible."""

import itertools

import numpy as np


def select_transpose(g, shape, dim, index):
    out = np.zeros(shape, g.dtype)
    out[(slice(None),) * dim + (index,)] = g
    return out


def as_strided(x, size, stride, offset):
    flat = np.ascontiguousarray(x).ravel()
    out = np.empty(size, x.dtype)
    for i in itertools.product(*map(range, size)):
        out[i] = flat[offset + sum(a * b for a, b in zip(i, stride, strict=True))]
    return out


def zero_pad(x, pad):
    widths = [(0, 0)] * x.ndim
    for i in range(len(pad) // 2):
        widths[x.ndim - 1 - i] = (pad[2 * i], pad[2 * i + 1])
    x = np.pad(x, [(max(a, 0), max(b, 0)) for a, b in widths])
    return x[tuple(slice(max(-a, 0), size - max(-b, 0)) for (a, b), size in zip(widths, x.shape, strict=True))]


def put(g, shape, index):
    out = np.zeros(shape, g.dtype)
    out[index] = g
    return out


def key(ndim, index, dims):
    entries = [slice(None)] * ndim
    for rows, d in zip(index, dims, strict=True):
        entries[d] = rows
    return tuple(entries)


def take(x, index, dims):
    return x[key(x.ndim, index, dims)]


def add_at(g, index, dims, shape):
    out = np.zeros(shape, g.dtype)
    np.add.at(out, key(len(shape), index, dims), g)
    return out


def accumulate_at(x, values, index, dims, accumulate):
    out = x.copy()
    np.add.at(out, key(x.ndim, index, dims), values)
    return out


def write_at(x, values, index, dims, accumulate):
    out = x.copy()
    out[key(x.ndim, index, dims)] = values
    return out


def scatter_add(g, index, dim, shape):
    out = np.zeros(shape, g.dtype)
    for i in np.ndindex(index.shape):
        place = list(i)
        place[dim] = index[i]
        out[tuple(place)] += g[i]
    return out


def scatter_origin(index, dim, shape):
    out = np.full(shape, -1)
    for number, i in enumerate(np.ndindex(index.shape)):
        place = list(i)
        place[dim] = index[i]
        out[tuple(place)] = number
    return out


def scatter_product(source, index, dim, shape):
    out = np.ones(shape, source.dtype)
    for i in np.ndindex(index.shape):
        place = list(i)
        place[dim] = index[i]
        out[tuple(place)] *= source[i]
    return out


def scatter_last(x, source, index, dim):
    out = x.copy()
    for i in np.ndindex(index.shape):
        place = list(i)
        place[dim] = index[i]
        out[tuple(place)] = source[i]
    return out


def last_written(index, shape):
    last = {}
    for i in np.ndindex(index.shape[1:]):
        last[tuple(row[i] % size for row, size in zip(index, shape, strict=True))] = i
    out = np.zeros(index.shape[1:], bool)
    for i in last.values():
        out[i] = True
    return out


def scatter_extremum(x, source, index, dim, largest, include_self):
    groups = {}
    for i in np.ndindex(index.shape):
        place = list(i)
        place[dim] = index[i]
        place = tuple(place)
        groups.setdefault(place, [x[place]] if include_self else []).append(source[i])
    out = x.copy()
    for place, group in groups.items():
        out[place] = max(group) if largest else min(group)
    return out


def adjoint_product(x, y, first, second):
    return (np.conj(np.swapaxes(x, -1, -2)) if first else x) @ (np.conj(np.swapaxes(y, -1, -2)) if second else y)


def _windows(shape, kernel, stride, padding, dilation):
    """Positions of the results, and for each the positions in the padded input that its window covers."""
    sizes = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(shape, kernel, stride, padding, dilation, strict=True)
    ]
    for out in itertools.product(*map(range, sizes)):
        window = []
        for inside in itertools.product(*map(range, kernel)):
            at = [o * s + i * d - p for o, s, i, d, p in zip(out, stride, inside, dilation, padding, strict=True)]
            if all(0 <= a < n for a, n in zip(at, shape, strict=True)):
                window.append((inside, tuple(at)))
        yield out, window
    return sizes


def _result_shape(shape, kernel, stride, padding, dilation):
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(shape, kernel, stride, padding, dilation, strict=True)
    )


def convolution(x, weight, stride, padding, dilation, groups):
    spatial, kernel = x.shape[2:], weight.shape[2:]
    out = np.zeros((x.shape[0], weight.shape[0], *_result_shape(spatial, kernel, stride, padding, dilation)), x.dtype)
    per_group = weight.shape[0] // groups
    for o in range(weight.shape[0]):
        first = o // per_group * weight.shape[1]
        for place, window in _windows(spatial, kernel, stride, padding, dilation):
            for inside, at in window:
                part = x[(slice(None), slice(first, first + weight.shape[1]), *at)]
                out[(slice(None), o, *place)] += part @ weight[(o, slice(None), *inside)]
    return out


def convolution_with_bias(x, weight, bias, *parameters):
    return convolution(x, weight, *parameters) + bias.reshape(-1, *(1,) * (x.ndim - 2))


def _transpose_of(function, shape, g):
    """The transpose of a linear function, by its matrix."""
    out = np.zeros(shape, g.dtype)
    for i in np.ndindex(*shape):
        unit = np.zeros(shape, g.dtype)
        unit[i] = 1
        out[i] = np.sum(function(unit) * g)
    return out


def convolution_input(g, weight, shape, *parameters):
    return _transpose_of(lambda x: convolution(x, weight, *parameters), shape, g)


def convolution_weight(g, x, shape, *parameters):
    return _transpose_of(lambda weight: convolution(x, weight, *parameters), shape, g)


def max_pool(x, kernel, stride, padding, dilation, ceil_mode):
    spatial = x.shape[2:]
    shape = (*x.shape[:2], *_result_shape(spatial, kernel, stride, padding, dilation))
    values, indices = np.full(shape, -np.inf), np.zeros(shape, np.int64)
    for place, window in _windows(spatial, kernel, stride, padding, dilation):
        for _, at in window:
            candidate = x[(slice(None), slice(None), *at)]
            where = (slice(None), slice(None), *place)
            better = candidate > values[where]
            values[where] = np.where(better, candidate, values[where])
            indices[where] = np.where(better, np.ravel_multi_index(at, spatial), indices[where])
    return values, indices


def add_to_planes(g, indices, shape):
    out = np.zeros(shape, g.dtype)
    for i in np.ndindex(g.shape):
        out[(i[0], i[1], *np.unravel_index(indices[i], shape[2:]))] += g[i]
    return out


def from_planes(x, indices):
    out = np.zeros(indices.shape, x.dtype)
    for i in np.ndindex(indices.shape):
        out[i] = x[(i[0], i[1], *np.unravel_index(indices[i], x.shape[2:]))]
    return out


def avg_pool(x, kernel, stride, padding, ceil_mode, count_include_pad, divisor):
    spatial = x.shape[2:]
    ones = (1,) * len(kernel)
    out = np.zeros((*x.shape[:2], *_result_shape(spatial, kernel, stride, padding, ones)), x.dtype)
    for place, window in _windows(spatial, kernel, stride, padding, ones):
        for _, at in window:
            out[(slice(None), slice(None), *place)] += x[(slice(None), slice(None), *at)] / np.prod(kernel)
    return out


def avg_pool_transpose(g, shape, *parameters):
    return _transpose_of(lambda x: avg_pool(x, *parameters), shape, g)


def logaddexp(x, y):
    """log(exp(x) + exp(y)), of complex numbers too."""
    if x.dtype.kind != "c":
        return np.logaddexp(x, y)
    larger = np.where(x.real >= y.real, x, y)
    return larger + np.log(np.exp(x - larger) + np.exp(y - larger))
