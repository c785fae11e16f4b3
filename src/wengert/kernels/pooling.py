"""Max and average pooling over one, two or three spatial dimensions of (N, C, *L), and their transposes.

Design
  A. All arrays become contiguous planes of three spatial dimensions, missing ones of size 1; planes go to the threads.
     No two threads write one plane, so the number of threads never changes a result.
  B. float32, float64 and int64 are compiled. float16 is pooled in float32, narrower integers in int64, complex
     averages as their real and imaginary parts.
  C. Positions are those of PyTorch: int64, into the flattened spatial plane.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.pooling_plan import Pooling
from cython.cimports.wengert.kernels.threads import Body, parallel_for

from .blocks import empty_array, zero_array

cnp.import_array()

number = cython.fused_type(cython.float, cython.double, cython.longlong)

# A chunk of planes holds at least this many window elements.
GRAIN = cython.declare(cython.Py_ssize_t, 1 << 16)


# ------------------------------------------------------------------------------------------------ shapes


def output_size(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows lie along a dimension; in ceil mode the last one must begin inside the input or its left
    padding.

    floor or ceil of (size + 2 padding - dilation (kernel - 1) - 1) / stride, plus 1: PyTorch's `pooling_output_shape`.
    """
    span: cython.Py_ssize_t = size + 2 * padding - dilation * (kernel - 1) - 1 + (stride - 1 if ceil_mode else 0)
    if span < 0:
        return 0
    count: cython.Py_ssize_t = span // stride + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    return count


@cython.cfunc
def begin(
    job: cython.pointer(Pooling), spatial: tuple, kernel_size: tuple, stride: tuple, padding: tuple, dilation: tuple,
    ceil_mode: cython.bint,
) -> tuple:
    """Fill the job's geometry; returns the spatial shape of the pooled array."""
    count: cython.int = len(spatial)
    if not (1 <= count <= 3 and len(kernel_size) == len(stride) == len(padding) == len(dilation) == count):
        raise RuntimeError(
            f"pooling takes one to three spatial dimensions and one parameter for each, got {spatial}, kernel size "
            f"{kernel_size}, stride {stride}, padding {padding}, dilation {dilation}"
        )
    d: cython.int
    k: cython.int
    job.plane = 1
    job.out_plane = 1
    for d in range(3):
        job.size[d] = job.out_size[d] = job.kernel[d] = job.stride[d] = job.dilation[d] = 1
        job.padding[d] = 0
    for k in range(count):
        d = 3 - count + k
        job.size[d] = spatial[k]
        job.kernel[d] = kernel_size[k]
        job.stride[d] = stride[k]
        job.padding[d] = padding[k]
        job.dilation[d] = dilation[k]
        if job.kernel[d] < 1 or job.stride[d] < 1 or job.dilation[d] < 1 or job.padding[d] < 0:
            raise RuntimeError(
                f"kernel size, stride and dilation of a pooling should be greater than zero and its padding not "
                f"negative, got {kernel_size}, {stride}, {dilation}, {padding}"
            )
        job.out_size[d] = output_size(spatial[k], kernel_size[k], stride[k], padding[k], dilation[k], ceil_mode)
    for d in range(3):
        job.plane *= job.size[d]
        job.out_plane *= job.out_size[d]
    return tuple([job.out_size[3 - count + k] for k in range(count)])


@cython.cfunc
def run(
    job: cython.pointer(Pooling), body: Body, planes: cython.Py_ssize_t, per_plane: cython.Py_ssize_t
) -> cython.void:
    grain: cython.Py_ssize_t = GRAIN // max(per_plane, 1) + 1
    with cython.nogil:
        parallel_for(body, job, planes, grain)


@cython.cfunc
@cython.inline
def window_size(job: cython.pointer(Pooling)) -> cython.Py_ssize_t:
    return job.kernel[0] * job.kernel[1] * job.kernel[2]


@cython.cfunc
def type_code(dtype) -> cython.int:
    if dtype == numpy.float32:
        return 0
    if dtype == numpy.float64:
        return 1
    if dtype == numpy.int64:
        return 2
    return -1


def _stand_in(dtype):
    """The compiled type whose numbers include all of dtype's."""
    if dtype.kind == "f" and dtype.itemsize < 8:
        return numpy.dtype(numpy.float32)
    if dtype.kind == "f":
        return numpy.dtype(numpy.float64)
    if dtype.kind in "iub":
        return numpy.dtype(numpy.int64)
    raise NotImplementedError(f'"max_pool2d" not implemented for {dtype}: a maximum needs numbers that have an order')


@cython.cfunc
def memory_of(x: cnp.ndarray) -> cython.p_char:
    return cython.cast(cython.p_char, cnp.PyArray_DATA(x))


def _contiguous(x, dtype):
    return numpy.require(x, dtype, ("C", "A"))


# ------------------------------------------------------------------------------------------------ maximum


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def max_plane(job: cython.pointer(Pooling), x: cython.pointer(number), out: cython.pointer(number),
              indices: cython.p_longlong, lowest: number) -> cython.void:
    d: cython.Py_ssize_t
    h: cython.Py_ssize_t
    w: cython.Py_ssize_t
    od: cython.Py_ssize_t
    oh: cython.Py_ssize_t
    ow: cython.Py_ssize_t
    first: cython.Py_ssize_t[3]
    last: cython.Py_ssize_t[3]
    for od in range(job.out_size[0]):
        window_range(job, 0, od, first, last)
        for oh in range(job.out_size[1]):
            window_range(job, 1, oh, first, last)
            for ow in range(job.out_size[2]):
                window_range(job, 2, ow, first, last)
                best: number = lowest
                place: cython.longlong = -1
                if first[0] < last[0] and first[1] < last[1] and first[2] < last[2]:
                    place = (first[0] * job.size[1] + first[1]) * job.size[2] + first[2]
                d = first[0]
                while d < last[0]:
                    h = first[1]
                    while h < last[1]:
                        row: cython.Py_ssize_t = (d * job.size[1] + h) * job.size[2]
                        w = first[2]
                        while w < last[2]:
                            value: number = x[row + w]
                            # A NaN takes the place of any number, and no number that of a NaN.
                            if value > best or value != value:
                                best = value
                                place = row + w
                            w += job.dilation[2]
                        h += job.dilation[1]
                    d += job.dilation[0]
                out[0] = best
                indices[0] = place
                out += 1
                indices += 1


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def window_range(job: cython.pointer(Pooling), d: cython.int, place: cython.Py_ssize_t,
                 first: cython.pointer(cython.Py_ssize_t), last: cython.pointer(cython.Py_ssize_t)) -> cython.void:
    """The input positions first, first + dilation, ... < last that the window at `place` covers along dimension d."""
    begin: cython.Py_ssize_t = place * job.stride[d] - job.padding[d]
    end: cython.Py_ssize_t = begin + (job.kernel[d] - 1) * job.dilation[d] + 1
    if begin < 0:
        begin += (-begin + job.dilation[d] - 1) // job.dilation[d] * job.dilation[d]
    first[d] = begin
    last[d] = min(end, job.size[d])


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def max_plane_two_by_two(job: cython.pointer(Pooling), x: cython.pointer(number), out: cython.pointer(number),
                         indices: cython.p_longlong) -> cython.void:
    """Windows of 2 x 2 that neither overlap nor leave the plane, without branches."""
    oh: cython.Py_ssize_t
    ow: cython.Py_ssize_t
    width: cython.Py_ssize_t = job.size[2]
    columns: cython.Py_ssize_t = job.out_size[2]
    for oh in range(job.out_size[1]):
        row: cython.Py_ssize_t = 2 * oh * width
        upper: cython.pointer(number) = x + row
        lower: cython.pointer(number) = upper + width
        for ow in range(columns):
            place: cython.longlong = row + 2 * ow
            best: number = upper[2 * ow]
            value: number = upper[2 * ow + 1]
            taken: cython.bint = (value > best) | (value != value)
            best = value if taken else best
            place = row + 2 * ow + 1 if taken else place
            value = lower[2 * ow]
            taken = (value > best) | (value != value)
            best = value if taken else best
            place = row + width + 2 * ow if taken else place
            value = lower[2 * ow + 1]
            taken = (value > best) | (value != value)
            best = value if taken else best
            place = row + width + 2 * ow + 1 if taken else place
            out[ow] = best
            indices[ow] = place
        out += columns
        indices += columns


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def max_planes(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    job: cython.pointer(Pooling) = cython.cast(cython.pointer(Pooling), context)
    d: cython.int
    p: cython.Py_ssize_t
    simple: cython.bint = job.size[0] == 1 and job.kernel[0] == 1 and job.padding[0] == 0 and job.out_size[0] == 1
    for d in range(1, 3):
        simple = (
            simple and job.kernel[d] == 2 and job.stride[d] == 2 and job.padding[d] == 0 and job.dilation[d] == 1
            and 2 * job.out_size[d] <= job.size[d]
        )  # fmt: skip
    for p in range(begin, end):
        indices: cython.p_longlong = job.indices + p * job.out_plane
        i: cython.Py_ssize_t = p * job.plane
        o: cython.Py_ssize_t = p * job.out_plane
        if job.type == 0:
            x32: cython.p_float = cython.cast(cython.p_float, job.x) + i
            y32: cython.p_float = cython.cast(cython.p_float, job.out) + o
            if simple:
                max_plane_two_by_two(job, x32, y32, indices)
            else:
                max_plane(job, x32, y32, indices, cython.cast(cython.float, LOWEST))
        elif job.type == 1:
            x64: cython.p_double = cython.cast(cython.p_double, job.x) + i
            y64: cython.p_double = cython.cast(cython.p_double, job.out) + o
            if simple:
                max_plane_two_by_two(job, x64, y64, indices)
            else:
                max_plane(job, x64, y64, indices, LOWEST)
        else:
            xi: cython.p_longlong = cython.cast(cython.p_longlong, job.x) + i
            yi: cython.p_longlong = cython.cast(cython.p_longlong, job.out) + o
            max_plane(job, xi, yi, indices, LOWEST_INTEGER)


LOWEST = cython.declare(cython.double, float("-inf"))
LOWEST_INTEGER = cython.declare(cython.longlong, -(2**63))


def max_pool(x, kernel_size: tuple, stride: tuple, padding: tuple, dilation: tuple, ceil_mode: bool):
    """The largest element of each window, (N, C, *L) -> (N, C, *L_out), and where it lies: (values, int64 indices).

    Indices count in the flattened spatial plane. The first of equal elements is taken; NaN is larger than everything,
    and the last NaN of a window is taken, as in PyTorch. A window of -inf gives -inf and its first position. A window
    that meets no element, which a wide dilation makes possible, gives the lowest number of the type and index -1.
    Any real dtype; complex is a RuntimeError.
    """
    job: Pooling
    dtype = x.dtype
    if dtype == numpy.uint64:
        # The same order in int64: the sign bit turned.
        flipped = (x ^ numpy.uint64(1 << 63)).view(numpy.int64)
        values, indices = max_pool(flipped, kernel_size, stride, padding, dilation, ceil_mode)
        return values.view(numpy.uint64) ^ numpy.uint64(1 << 63), indices
    compiled = _stand_in(dtype)
    shape = tuple(x.shape)
    spatial = begin(cython.address(job), shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    x = _contiguous(x, compiled)
    values = empty_array(shape[:2] + spatial, compiled)
    indices = empty_array(shape[:2] + spatial, numpy.int64)
    job.type = type_code(compiled)
    job.x = memory_of(x)
    job.out = memory_of(values)
    job.indices = cython.cast(cython.p_longlong, memory_of(indices))
    if values.size:
        run(cython.address(job), max_planes, shape[0] * shape[1], job.out_plane * window_size(cython.address(job)))
    return (values if compiled == dtype else values.astype(dtype)), indices


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def scatter_planes(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    """job.out (zeros, the input's planes) += job.x (the pooled planes) at job.indices."""
    job: cython.pointer(Pooling) = cython.cast(cython.pointer(Pooling), context)
    p: cython.Py_ssize_t
    for p in range(begin, end):
        indices: cython.p_longlong = job.indices + p * job.out_plane
        i: cython.Py_ssize_t = p * job.out_plane
        o: cython.Py_ssize_t = p * job.plane
        if job.type == 0:
            scatter_plane(
                job, cython.cast(cython.p_float, job.x) + i, cython.cast(cython.p_float, job.out) + o, indices
            )
        elif job.type == 1:
            scatter_plane(
                job, cython.cast(cython.p_double, job.x) + i, cython.cast(cython.p_double, job.out) + o, indices
            )
        else:
            scatter_plane(
                job, cython.cast(cython.p_longlong, job.x) + i, cython.cast(cython.p_longlong, job.out) + o, indices
            )


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def scatter_plane(job: cython.pointer(Pooling), g: cython.pointer(number), out: cython.pointer(number),
                  indices: cython.p_longlong) -> cython.void:
    k: cython.Py_ssize_t
    bad: cython.bint = False
    count: cython.Py_ssize_t = job.out_plane
    size: cython.size_t = job.plane
    for k in range(count):
        place: cython.longlong = indices[k]
        if cython.cast(cython.size_t, place) < size:  # also false for a negative place
            out[place] += g[k]
        else:
            bad = bad | (place != -1)
    if bad:
        job.bad_index = 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def gather_from_planes(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    """job.out (the pooled planes) = job.x (the input's planes) at job.indices."""
    job: cython.pointer(Pooling) = cython.cast(cython.pointer(Pooling), context)
    p: cython.Py_ssize_t
    for p in range(begin, end):
        indices: cython.p_longlong = job.indices + p * job.out_plane
        i: cython.Py_ssize_t = p * job.plane
        o: cython.Py_ssize_t = p * job.out_plane
        if job.type == 0:
            gather_plane(job, cython.cast(cython.p_float, job.x) + i, cython.cast(cython.p_float, job.out) + o, indices)
        elif job.type == 1:
            gather_plane(
                job, cython.cast(cython.p_double, job.x) + i, cython.cast(cython.p_double, job.out) + o, indices
            )
        else:
            gather_plane(
                job, cython.cast(cython.p_longlong, job.x) + i, cython.cast(cython.p_longlong, job.out) + o, indices
            )


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def gather_plane(job: cython.pointer(Pooling), x: cython.pointer(number), out: cython.pointer(number),
                 indices: cython.p_longlong) -> cython.void:
    k: cython.Py_ssize_t
    bad: cython.bint = False
    count: cython.Py_ssize_t = job.out_plane
    size: cython.size_t = job.plane
    for k in range(count):
        place: cython.longlong = indices[k]
        if cython.cast(cython.size_t, place) < size:  # also false for a negative place
            out[k] = x[place]
        else:
            out[k] = 0
            bad = bad | (place != -1)
    if bad:
        job.bad_index = 1


def _at_indices(x, indices, shape: tuple, planes_shape: tuple, out_shape: tuple, scatter: bool):
    """Scatter or gather over planes: planes_shape is the input's, out_shape the result's."""
    job: Pooling
    dtype = x.dtype
    if dtype.kind == "c":
        return (
            _at_indices(x.real, indices, shape, planes_shape, out_shape, scatter)
            + 1j * _at_indices(x.imag, indices, shape, planes_shape, out_shape, scatter)
        ).astype(dtype)
    if dtype == numpy.uint64:
        return _at_indices(x.view(numpy.int64), indices, shape, planes_shape, out_shape, scatter).view(numpy.uint64)
    compiled = _stand_in(dtype)
    x = _contiguous(x, compiled)
    indices = _contiguous(indices, numpy.int64)
    out = zero_array(out_shape, compiled) if scatter else empty_array(out_shape, compiled)
    planes: cython.Py_ssize_t = shape[0] * shape[1]
    job.type = type_code(compiled)
    job.x = memory_of(x)
    job.out = memory_of(out)
    job.indices = cython.cast(cython.p_longlong, memory_of(indices))
    job.bad_index = 0
    job.plane = 1
    size: cython.Py_ssize_t
    for size in planes_shape[2:]:
        job.plane *= size
    if indices.size:
        job.out_plane = indices.size // planes
        run(cython.address(job), scatter_planes if scatter else gather_from_planes, planes, job.out_plane)
        if job.bad_index:
            raise IndexError(f"max_pool: an index lies outside its plane of {job.plane} elements")
    return out if compiled == dtype else out.astype(dtype)


def max_pool_gradient(g, indices, input_shape: tuple):
    """Zeros of input_shape (N, C, *L) with g (N, C, *L_out) added at indices: the transpose of `gather_planes`.

    Where windows overlap, contributions are added in the order of g's elements. Index -1 adds nothing; any other index
    outside its plane is an IndexError. g of another shape than indices is a RuntimeError.
    """
    shape = tuple(input_shape)
    if g.shape != indices.shape or tuple(g.shape[:2]) != shape[:2]:
        raise RuntimeError(
            f"max_pool_gradient: g has shape {g.shape}, indices {indices.shape} and the input {shape}; g and indices "
            "must have one shape, and its first two sizes must be the input's"
        )
    return _at_indices(g, indices, shape, shape, shape, True)


def gather_planes(x, indices):
    """x (N, C, *L) at indices (N, C, *L_out) into its flattened spatial planes: (N, C, *L_out).

    Index -1 gives zero; any other index outside its plane is an IndexError.
    """
    if tuple(x.shape[:2]) != tuple(indices.shape[:2]):
        raise RuntimeError(
            f"gather_planes: x has shape {x.shape} and indices {indices.shape}; their first two sizes must be equal"
        )
    return _at_indices(x, indices, tuple(x.shape), tuple(x.shape), tuple(indices.shape), False)


# ------------------------------------------------------------------------------------------------ average


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def average_range(
    job: cython.pointer(Pooling),
    d: cython.int,
    place: cython.Py_ssize_t,
    first: cython.pointer(cython.Py_ssize_t),
    last: cython.pointer(cython.Py_ssize_t),
) -> cython.Py_ssize_t:
    """The input positions [first, last) of the window at `place` along dimension d; returns its length with padding."""
    begin: cython.Py_ssize_t = place * job.stride[d] - job.padding[d]
    end: cython.Py_ssize_t = min(begin + job.kernel[d], job.size[d] + job.padding[d])
    first[d] = max(begin, 0)
    last[d] = max(min(end, job.size[d]), first[d])
    return end - begin


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def window_divisor(job: cython.pointer(Pooling), padded: cython.Py_ssize_t, inside: cython.Py_ssize_t) -> cython.double:
    if job.divisor != 0:
        return job.divisor
    return padded if job.include_padding else inside


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def average_plane(job: cython.pointer(Pooling), x: cython.pointer(number), out: cython.pointer(number),
                  transpose: cython.bint) -> cython.void:
    """out (a pooled plane) = means of x's windows; or, for the transpose, x (an input plane) += out over its
    windows."""
    d: cython.Py_ssize_t
    h: cython.Py_ssize_t
    w: cython.Py_ssize_t
    od: cython.Py_ssize_t
    oh: cython.Py_ssize_t
    ow: cython.Py_ssize_t
    first: cython.Py_ssize_t[3]
    last: cython.Py_ssize_t[3]
    for od in range(job.out_size[0]):
        padded_d: cython.Py_ssize_t = average_range(job, 0, od, first, last)
        for oh in range(job.out_size[1]):
            padded_h: cython.Py_ssize_t = average_range(job, 1, oh, first, last)
            for ow in range(job.out_size[2]):
                padded_w: cython.Py_ssize_t = average_range(job, 2, ow, first, last)
                inside: cython.Py_ssize_t = (last[0] - first[0]) * (last[1] - first[1]) * (last[2] - first[2])
                divisor: cython.double = window_divisor(job, padded_d * padded_h * padded_w, inside)
                total: number = 0
                if inside > 0:
                    if transpose:
                        total = out[0]
                        if number is cython.longlong:
                            total = total // cython.cast(cython.longlong, divisor)
                        else:
                            total = total / divisor
                    for d in range(first[0], last[0]):
                        for h in range(first[1], last[1]):
                            row: cython.pointer(number) = x + (d * job.size[1] + h) * job.size[2]
                            if transpose:
                                for w in range(first[2], last[2]):
                                    row[w] += total
                            else:
                                for w in range(first[2], last[2]):
                                    total += row[w]
                    if not transpose:
                        if number is cython.longlong:
                            total = total // cython.cast(cython.longlong, divisor)
                        else:
                            total = total / divisor
                if not transpose:
                    out[0] = total
                out += 1


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def average_any(job: cython.pointer(Pooling), p: cython.Py_ssize_t, transpose: cython.bint) -> cython.void:
    i: cython.Py_ssize_t = p * job.plane
    o: cython.Py_ssize_t = p * job.out_plane
    if job.type == 0:
        average_plane(job, cython.cast(cython.p_float, job.x) + i, cython.cast(cython.p_float, job.out) + o, transpose)
    elif job.type == 1:
        average_plane(
            job, cython.cast(cython.p_double, job.x) + i, cython.cast(cython.p_double, job.out) + o, transpose
        )
    else:
        average_plane(
            job, cython.cast(cython.p_longlong, job.x) + i, cython.cast(cython.p_longlong, job.out) + o, transpose
        )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def average_planes(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    p: cython.Py_ssize_t
    for p in range(begin, end):
        average_any(cython.cast(cython.pointer(Pooling), context), p, False)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def spread_planes(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    p: cython.Py_ssize_t
    for p in range(begin, end):
        average_any(cython.cast(cython.pointer(Pooling), context), p, True)


@cython.cfunc
def average(given, pooled: cython.bint, shape: tuple, kernel_size: tuple, stride: tuple, padding: tuple,
            ceil_mode: cython.bint, count_include_pad: cython.bint, divisor_override):
    """avg_pool of `given`, or its transpose if `given` is the pooled side; `shape` is the input's."""
    job: Pooling
    dtype = given.dtype
    if dtype.kind == "c":
        real = average(
            given.real, pooled, shape, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        )
        imag = average(
            given.imag, pooled, shape, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        )
        result = empty_array(real.shape, dtype)
        result.real = real
        result.imag = imag
        return result
    spatial = begin(
        cython.address(job), shape[2:], kernel_size, stride, padding, (1,) * (len(shape) - 2), ceil_mode
    )
    if pooled and tuple(given.shape) != shape[:2] + spatial:
        raise RuntimeError(
            f"avg_pool_gradient: g has shape {given.shape}, but pooling an input of shape {shape} gives "
            f"{shape[:2] + spatial}"
        )
    compiled = _stand_in(dtype)
    given = _contiguous(given, compiled)
    out = zero_array(shape, compiled) if pooled else empty_array(shape[:2] + spatial, compiled)
    job.type = type_code(compiled)
    job.x = memory_of(out if pooled else given)
    job.out = memory_of(given if pooled else out)
    job.include_padding = count_include_pad
    job.divisor = 0 if divisor_override is None else divisor_override
    if given.size and out.size:
        run(
            cython.address(job), spread_planes if pooled else average_planes, shape[0] * shape[1],
            job.out_plane * window_size(cython.address(job)),
        )  # fmt: skip
    return out if compiled == dtype else out.astype(dtype)


def avg_pool(x, kernel_size: tuple, stride: tuple, padding: tuple, ceil_mode: bool, count_include_pad: bool,
             divisor_override):
    """The mean of each window, (N, C, *L) -> (N, C, *L_out).

    A window's sum, in the dtype's own precision and in memory order (float16 in float32), is divided by
    divisor_override if there is one, else by the number of its elements: padding included, or, without
    count_include_pad, only those inside. Padding beyond what was asked, which ceil mode brings in, never counts.
    Integers are divided towards zero. A window with nothing inside gives 0.
    """
    return average(
        x, False, tuple(x.shape), kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool_gradient(g, input_shape: tuple, kernel_size: tuple, stride: tuple, padding: tuple, ceil_mode: bool,
                      count_include_pad: bool, divisor_override):
    """The transpose of `avg_pool`: g (N, C, *L_out), each element over its divisor added to its window of
    input_shape."""
    return average(
        g, True, tuple(input_shape), kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
