"""How a correlation is cut into tiles and blocks, and where its operands lie in working memory.

Plain arithmetic, compiled once; the loops that use it (`convolution`) are compiled for each instruction set and say how
wide their vectors are.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.wengert.kernels.blocks import new_array

cnp.import_array()

real = cython.fused_type(cython.float, cython.double)

# The depth that is summed at a time.
DEPTH_BYTES = cython.declare(cython.Py_ssize_t, 2048)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def find_offsets(
    job: cython.pointer(Correlation),
    first: cython.Py_ssize_t,
    depth: cython.Py_ssize_t,
    offsets: cython.pointer(cython.Py_ssize_t),
) -> cython.Py_ssize_t:
    """Where each of the (channel, tap) pairs [first, first + depth) begins in the slab; returns how many channels."""
    channel: cython.Py_ssize_t = 0
    tap: cython.Py_ssize_t = first % job.taps
    k: cython.Py_ssize_t
    for k in range(depth):
        offsets[k] = channel * job.slab_channel + job.slab_offset[tap]
        tap += 1
        if tap == job.taps:
            tap = 0
            channel += 1
    return channel + 1 if tap > 0 else channel


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def writes_in_place(job: cython.pointer(Correlation)) -> cython.bint:
    """Whether what a panel holds goes to the output as it is."""
    return job.out_step[2] == 1 and (job.direct or job.tile_height == 1 or job.out_step[1] == job.tile_width)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def round_up(count: cython.Py_ssize_t, unit: cython.Py_ssize_t) -> cython.Py_ssize_t:
    return (count + unit - 1) // unit * unit


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def panel_pixels(job: cython.pointer(Correlation)) -> cython.Py_ssize_t:
    return round_up(job.tile_height * job.tile_width, job.panel_vectors * job.lanes)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def offsets_bytes(job: cython.pointer(Correlation)) -> cython.Py_ssize_t:
    return round_up(job.block_depth * cython.sizeof(cython.Py_ssize_t), 64)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def copies_bytes(job: cython.pointer(Correlation)) -> cython.Py_ssize_t:
    """A panel's pixels lie in at most as many rows."""
    return round_up(job.panel_vectors * job.lanes * 2 * cython.sizeof(cython.Py_ssize_t), 64)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def panels_bytes(job: cython.pointer(Correlation)) -> cython.Py_ssize_t:
    """Room for each vector of each row in a panel of its own; a panel is ten words."""
    vectors: cython.Py_ssize_t = job.tile_height * ((job.tile_width + job.lanes - 1) // job.lanes)
    return round_up(vectors * 10 * cython.sizeof(cython.Py_ssize_t), 64)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def slab_bytes(job: cython.pointer(Correlation)) -> cython.Py_ssize_t:
    """With a vector of slack, which packing may read past the end."""
    channels: cython.Py_ssize_t = min(job.block_depth // job.taps + 2, job.channels)
    return round_up(channels * job.slab_channel * job.itemsize, 64) + job.lanes * job.itemsize


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def packed_bytes(job: cython.pointer(Correlation)) -> cython.Py_ssize_t:
    """With a vector of slack, which packing may write past the end."""
    return panel_pixels(job) * job.block_depth * job.itemsize + job.lanes * job.itemsize


@cython.cfunc
@cython.exceptval(check=False)
def choose_tiles(job: cython.pointer(Correlation), most_pixels: cython.Py_ssize_t) -> cython.void:
    """Tiles of up to most_pixels positions: whole rows, in the number that leaves the fewest lanes empty."""
    lanes: cython.Py_ssize_t = job.lanes
    height: cython.Py_ssize_t = job.out_size[1]
    width: cython.Py_ssize_t = job.out_size[2]
    if width > most_pixels:
        job.tile_width = max(round_up(most_pixels, lanes), lanes)
        job.tile_width = min(job.tile_width, width)
        job.tile_height = 1
    else:
        job.tile_width = width
        most: cython.Py_ssize_t = min(height, most_pixels // width)
        best: cython.Py_ssize_t = 0
        best_cost: cython.Py_ssize_t = 0
        rows: cython.Py_ssize_t = most
        while rows >= 1 and rows >= most // 2:
            left: cython.Py_ssize_t = height % rows
            cost: cython.Py_ssize_t = (height // rows) * (round_up(rows * width, lanes) + 2 * lanes)
            if left > 0:
                cost += round_up(left * width, lanes) + 2 * lanes
            if best == 0 or cost < best_cost:
                best = rows
                best_cost = cost
            rows -= 1
        job.tile_height = best


@cython.cfunc
@cython.exceptval(check=False)
def choose_direct(job: cython.pointer(Correlation)) -> cython.void:
    """Read pixels from the slab where the empty lanes at the end of each row cost less than packing does.

    In vector operations for each element of depth: packing costs about two for each copy, of which every row's end
    makes one more, and reading across cache lines half a one for each vector and block of rows.
    """
    rows: cython.double = job.rows
    in_rows: cython.double = job.tile_height * ((job.tile_width + job.lanes - 1) // job.lanes)
    packed: cython.double = (job.tile_height * job.tile_width + job.lanes - 1) // job.lanes
    blocks: cython.double = (job.rows + job.block_rows - 1) // job.block_rows
    job.direct = in_rows * (rows + 0.5 * blocks) < packed * rows + 2 * (packed + job.tile_height)


@cython.cfunc
@cython.exceptval(check=False)
def lay_out_slab(job: cython.pointer(Correlation)) -> cython.void:
    """Sizes of the slab of one tile, and where each tap begins in it."""
    jd: cython.Py_ssize_t
    jh: cython.Py_ssize_t
    jw: cython.Py_ssize_t
    tap: cython.Py_ssize_t = 0
    stride: cython.Py_ssize_t = job.stride[2]
    columns: cython.Py_ssize_t = (job.tile_width - 1) * stride + job.highest[2] - job.lowest[2] + 1
    job.tiles_down = (job.out_size[1] + job.tile_height - 1) // job.tile_height
    job.tiles_across = (job.out_size[2] + job.tile_width - 1) // job.tile_width
    job.slab_rows = (job.tile_height - 1) * job.stride[1] + job.highest[1] - job.lowest[1] + 1
    job.slab_phase = (columns + stride - 1) // stride
    job.slab_row = job.slab_phase * stride
    job.slab_plane = job.slab_rows * job.slab_row
    job.slab_channel = job.tap_count[0] * job.slab_plane
    for jd in range(job.tap_count[0]):
        for jh in range(job.tap_count[1]):
            for jw in range(job.tap_count[2]):
                column: cython.Py_ssize_t = job.tap_offset[2][jw] - job.lowest[2]
                job.slab_offset[tap] = (
                    jd * job.slab_plane
                    + (job.tap_offset[1][jh] - job.lowest[1]) * job.slab_row
                    + column % stride * job.slab_phase
                    + column // stride
                )
                tap += 1


@cython.cfunc
@cython.exceptval(check=False)
def set_block_depth(job: cython.pointer(Correlation), blocks: cython.Py_ssize_t) -> cython.void:
    """About equal blocks, in whole channels where a block has several."""
    depth: cython.Py_ssize_t = (job.depth + blocks - 1) // blocks
    if depth > job.taps:
        depth = round_up(depth, job.taps)
    job.block_depth = min(depth, job.depth)


@cython.cfunc
def pack_weights(weight: cnp.ndarray, job: cython.pointer(Correlation), group: cython.Py_ssize_t,
                 row: cython.Py_ssize_t, channel: cython.Py_ssize_t,
                 tap_place: cython.pointer(cython.Py_ssize_t)):
    """The weights as the register block reads them: for each group, block of depth and block of rows, (depth, rows).

    group, row, channel and tap_place are element steps in the contiguous array `weight`.
    """
    blocks: cython.Py_ssize_t = (job.depth * job.itemsize + DEPTH_BYTES - 1) // DEPTH_BYTES
    set_block_depth(job, blocks)
    count: cnp.npy_intp = job.groups * job.rows * job.depth
    packed: cnp.ndarray = new_array(1, cython.address(count), cnp.PyArray_TYPE(weight), False)
    if job.itemsize == 4:
        pack_weights_of[cython.float](
            cython.cast(cython.p_float, cnp.PyArray_DATA(weight)), job, group, row, channel, tap_place,
            cython.cast(cython.p_float, cnp.PyArray_DATA(packed)),
        )  # fmt: skip
    else:
        pack_weights_of[cython.double](
            cython.cast(cython.p_double, cnp.PyArray_DATA(weight)), job, group, row, channel, tap_place,
            cython.cast(cython.p_double, cnp.PyArray_DATA(packed)),
        )  # fmt: skip
    job.weights = cython.cast(cython.p_char, cnp.PyArray_DATA(packed))
    return packed


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def pack_weights_of(weight: cython.pointer(real), job: cython.pointer(Correlation), group_step: cython.Py_ssize_t,
                    row_step: cython.Py_ssize_t, channel_step: cython.Py_ssize_t,
                    tap_place: cython.pointer(cython.Py_ssize_t), packed: cython.pointer(real)) -> cython.void:
    group: cython.Py_ssize_t
    m: cython.Py_ssize_t
    i: cython.Py_ssize_t
    _: cython.Py_ssize_t
    for group in range(job.groups):
        first: cython.Py_ssize_t = 0
        while first < job.depth:
            last: cython.Py_ssize_t = min(first + job.block_depth, job.depth)
            m = 0
            while m < job.rows:
                rows: cython.Py_ssize_t = min(job.block_rows, job.rows - m)
                channel: cython.Py_ssize_t = first // job.taps
                tap: cython.Py_ssize_t = first % job.taps
                source: cython.pointer(real) = weight + group * group_step + m * row_step
                for _ in range(first, last):
                    place: cython.Py_ssize_t = channel * channel_step + tap_place[tap]
                    for i in range(rows):
                        packed[i] = source[place + i * row_step]
                    packed += rows
                    tap += 1
                    if tap == job.taps:
                        tap = 0
                        channel += 1
                m += job.block_rows
            first = last


@cython.binding(False)
@cython.cclass
class Offsets:
    """Memory of the taps' offsets, for as long as a job runs."""

    def __init__(self):
        self._arrays = []

    @cython.cfunc
    def hold(self, values) -> cython.pointer(cython.Py_ssize_t):
        array: cnp.ndarray = numpy.array(values, numpy.intp)
        self._arrays.append(array)
        return cython.cast(cython.pointer(cython.Py_ssize_t), cnp.PyArray_DATA(array))


@cython.cfunc
def set_taps(job: cython.pointer(Correlation), offsets: list, held: Offsets) -> cython.void:
    """offsets: for each of the three dimensions, the offset of each tap."""
    d: cython.int
    job.taps = 1
    for d in range(3):
        values: list = offsets[d]
        job.tap_count[d] = len(values)
        job.tap_offset[d] = held.hold(values)
        job.lowest[d] = min(values)
        job.highest[d] = max(values)
        job.taps *= job.tap_count[d]
    job.slab_offset = held.hold([0] * job.taps)


@cython.cfunc
def set_input(job: cython.pointer(Correlation), x: cnp.ndarray, groups: cython.Py_ssize_t) -> cython.void:
    """x is (N, C, D, H, W) as `_readable` gives it."""
    d: cython.int
    strides: cython.pointer(cnp.npy_intp) = cnp.PyArray_STRIDES(x)
    job.itemsize = cnp.PyArray_ITEMSIZE(x)
    job.images = x.shape[0]
    job.groups = groups
    job.channels = x.shape[1] // groups
    job.x = cython.cast(cython.p_char, cnp.PyArray_DATA(x))
    job.x_image = strides[0] // job.itemsize
    job.x_channel = strides[1] // job.itemsize
    for d in range(3):
        job.size[d] = x.shape[2 + d]
        job.x_step[d] = strides[2 + d] // job.itemsize
    job.bias = cython.NULL
    job.failed = 0


@cython.cfunc
def set_output(job: cython.pointer(Correlation), out: cnp.ndarray) -> cython.void:
    """out is a contiguous (N, C, D, H, W)."""
    d: cython.int
    job.out = cython.cast(cython.p_char, cnp.PyArray_DATA(out))
    job.rows = out.shape[1] // job.groups
    job.out_image = cnp.PyArray_STRIDES(out)[0] // job.itemsize
    job.out_channel = cnp.PyArray_STRIDES(out)[1] // job.itemsize
    for d in range(3):
        job.out_size[d] = out.shape[2 + d]
        job.out_step[d] = cnp.PyArray_STRIDES(out)[2 + d] // job.itemsize


@cython.cfunc
@cython.exceptval(check=False)
def flatten_points(job: cython.pointer(Correlation)) -> cython.void:
    """A kernel of one element, unpadded and unstrided, sees its planes as one long row."""
    d: cython.int
    if job.taps != 1:
        return
    for d in range(3):
        if job.stride[d] != 1 or job.lowest[d] != 0 or job.size[d] != job.out_size[d]:
            return
    # Steps are compared with those of the last dimension: what a dimension of size 1 would step by says nothing.
    row: cython.Py_ssize_t = job.size[2]
    for d in range(1, -1, -1):
        if job.size[d] != 1 and (
            job.x_step[d] != row * job.x_step[2] or job.out_step[d] != row * job.out_step[2]
        ):
            return
        row *= job.size[d]
    job.size[2] *= job.size[1] * job.size[0]
    job.out_size[2] = job.size[2]
    for d in range(2):
        job.size[d] = job.out_size[d] = 1
