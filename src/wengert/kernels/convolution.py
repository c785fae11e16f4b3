"""Convolution and its two gradients as implicit matrix products, NCHW, over one to three spatial dimensions.

Design
  A. One job serves all: a *correlation*, out[m, o] = sum over c and taps j of weight[m, c, j] * x[c, o * stride +
     offset[j]], where x is zero outside its bounds. The forward pass is one with offset = j * dilation - padding. The
     gradient of the input is, for each residue of the input position modulo the stride, one of stride 1 over g, whose
     taps are those that reach that residue: no zeros are inserted and none multiplied.
  B. The output is cut into tiles of whole rows (or a part of one). For a tile and a block of channels the inputs it
     needs are copied once into a *slab*, with the padding as zeros and with the columns sorted by their residue modulo
     the stride, so that the inputs of neighbouring pixels are neighbours for every tap.
  C. From the slab, vectors of pixels are packed for every (channel, tap) into panels, which a register block of rows
     times vectors multiplies: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS
     34(3), 2008, https://doi.org/10.1145/1356052.1356053. Where the output has few channels, packing costs more than it
     gains, and the block reads each row's vectors from the slab itself. Slab and panels stay in cache; the matrix of
     all patches never exists.
  D. The gradient of the weight packs the same way and multiplies g's rows with the packed rows, lane by lane, and adds
     the lanes up at the end of a batch of pixels.
  E. Tiles, blocks and chunks depend on the shapes alone, and chunks are added in order: the number of threads never
     changes a bit of the result. The instruction set may, in the last place.
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.string import memcpy, memset
from cython.cimports.wengert.kernels.convolution_plan import (
    Correlation,
    Offsets,
    choose_direct,
    choose_tiles,
    copies_bytes,
    find_offsets,
    flatten_points,
    lay_out_slab,
    offsets_bytes,
    pack_weights,
    packed_bytes,
    panel_pixels,
    panels_bytes,
    round_up,
    set_input,
    set_output,
    set_taps,
    slab_bytes,
    writes_in_place,
)
from cython.cimports.wengert.kernels.convolution_tiles import (
    TILE_DOT_COLUMNS,
    TILE_ROWS,
    TILE_VECTOR_BYTES,
    TILE_VECTORS,
    TileCopy,
    TilePanel,
    tile_dot_double,
    tile_dot_float,
    tile_multiply_double,
    tile_multiply_float,
    tile_pack_double,
    tile_pack_float,
    tile_scratch,
)
from cython.cimports.wengert.kernels.threads import parallel_for

from . import convolution_taps
from .blocks import empty_array, zero_array

cnp.import_array()

real = cython.fused_type(cython.float, cython.double)

# What the packed panels of a tile may fill of the second-level cache.
PACKED_BYTES = cython.declare(cython.Py_ssize_t, 256 * 1024)
# Of the gradient of the weight: the depth that a unit of work takes, and the bytes of its packed operands.
GRADIENT_DEPTH = cython.declare(cython.Py_ssize_t, 128)
GRADIENT_BYTES = cython.declare(cython.Py_ssize_t, 512 * 1024)
# Work is handed to threads in portions of at least this many multiplications, and cut into at least this many units.
GRAIN_PRODUCT = cython.declare(cython.Py_ssize_t, 1 << 20)
LEAST_UNITS = cython.declare(cython.Py_ssize_t, 16)
MOST_PARTIAL_BYTES = cython.declare(cython.Py_ssize_t, 32 << 20)


# ------------------------------------------------------------------------------------------------ the slab


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def fill_row(
    job: cython.pointer(Correlation), x: cython.pointer(real), first: cython.Py_ssize_t, row: cython.pointer(real)
) -> cython.void:
    """One row of the slab: the columns first, first + 1, ... of the input's row x, sorted by residue, zero outside."""
    stride: cython.Py_ssize_t = job.stride[2]
    step: cython.Py_ssize_t = job.x_step[2]
    phase: cython.Py_ssize_t
    i: cython.Py_ssize_t
    for phase in range(stride):
        place: cython.Py_ssize_t = first + phase
        begin: cython.Py_ssize_t = 0
        if place < 0:
            begin = min((stride - 1 - place) // stride, job.slab_phase)
        end: cython.Py_ssize_t = 0
        if place < job.size[2]:
            end = min((job.size[2] - place + stride - 1) // stride, job.slab_phase)
        end = max(end, begin)
        if begin > 0:
            memset(row, 0, begin * job.itemsize)
        source: cython.pointer(real) = x + (place + begin * stride) * step
        if stride == 1 and step == 1:
            memcpy(row + begin, source, (end - begin) * job.itemsize)
        else:
            for i in range(begin, end):
                row[i] = source[0]
                source += stride * step
        if end < job.slab_phase:
            memset(row + end, 0, (job.slab_phase - end) * job.itemsize)
        row += job.slab_phase


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def fill_slab(
    job: cython.pointer(Correlation),
    x: cython.pointer(real),
    channels: cython.Py_ssize_t,
    od: cython.Py_ssize_t,
    oh: cython.Py_ssize_t,
    ow: cython.Py_ssize_t,
    height: cython.Py_ssize_t,
    slab: cython.pointer(real),
) -> cython.void:
    """The inputs of the tile of `height` rows at (od, oh, ow), for channels that begin at x."""
    channel: cython.Py_ssize_t
    tap: cython.Py_ssize_t
    r: cython.Py_ssize_t
    rows: cython.Py_ssize_t = (height - 1) * job.stride[1] + job.highest[1] - job.lowest[1] + 1
    top: cython.Py_ssize_t = oh * job.stride[1] + job.lowest[1]
    left: cython.Py_ssize_t = ow * job.stride[2] + job.lowest[2]
    for channel in range(channels):
        for tap in range(job.tap_count[0]):
            depth: cython.Py_ssize_t = od * job.stride[0] + job.tap_offset[0][tap]
            row: cython.pointer(real) = slab + channel * job.slab_channel + tap * job.slab_plane
            if depth < 0 or depth >= job.size[0]:
                memset(row, 0, rows * job.slab_row * job.itemsize)
                continue
            plane: cython.pointer(real) = x + channel * job.x_channel + depth * job.x_step[0]
            for r in range(rows):
                if top + r < 0 or top + r >= job.size[1]:
                    memset(row, 0, job.slab_row * job.itemsize)
                else:
                    fill_row(job, plane + (top + r) * job.x_step[1], left, row)
                row += job.slab_row


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def find_copies(
    job: cython.pointer(Correlation),
    first: cython.Py_ssize_t,
    width: cython.Py_ssize_t,
    columns: cython.Py_ssize_t,
    copies: cython.pointer(TileCopy),
) -> cython.Py_ssize_t:
    """The vectors to copy for pixels [first, first + width) of a tile of so many columns; returns how many."""
    count: cython.Py_ssize_t = 0
    row: cython.Py_ssize_t = first // columns
    column: cython.Py_ssize_t = first - row * columns
    target: cython.Py_ssize_t = 0
    while target < width:
        length: cython.Py_ssize_t = min(min(columns - column, width - target), job.lanes)
        copies[count].source = row * job.stride[1] * job.slab_row + column
        copies[count].target = target
        count += 1
        target += length
        column += length
        if column == columns:
            row += 1
            column = 0
    return count


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def find_panels(
    job: cython.pointer(Correlation),
    height: cython.Py_ssize_t,
    columns: cython.Py_ssize_t,
    panels: cython.pointer(TilePanel),
) -> cython.Py_ssize_t:
    """The panels of a tile: vectors of its pixels in order or, read directly, of each of its rows; returns how many."""
    count: cython.Py_ssize_t = 0
    vector: cython.int = 0
    runs: cython.Py_ssize_t = height if job.direct else 1
    length: cython.Py_ssize_t = columns if job.direct else height * columns
    step: cython.Py_ssize_t = job.out_step[1] if job.out_step[2] == 1 else columns
    run: cython.Py_ssize_t
    for run in range(runs):
        column: cython.Py_ssize_t = 0
        while column < length:
            panel: cython.pointer(TilePanel) = cython.address(panels[count])
            panel.source[vector] = run * job.stride[1] * job.slab_row + column
            panel.target[vector] = run * step + column
            panel.width[vector] = min(job.lanes, length - column)
            vector += 1
            panel.vectors = vector
            if vector == TILE_VECTORS:
                vector = 0
                count += 1
            column += job.lanes
    return count + 1 if vector > 0 else count


# ------------------------------------------------------------------------------------------------ the correlation


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def correlate_tile(
    job: cython.pointer(Correlation), unit: cython.Py_ssize_t, scratch: cython.p_char, slab: cython.pointer(real),
    x: cython.pointer(real), weights: cython.pointer(real), bias: cython.pointer(real), out: cython.pointer(real),
) -> cython.void:
    """One tile of one image and group. `scratch` and `slab` are the two parts of the working memory."""
    lanes: cython.Py_ssize_t = TILE_VECTORS * TILE_VECTOR_BYTES // job.itemsize
    place: cython.Py_ssize_t = unit
    ow: cython.Py_ssize_t = (place % job.tiles_across) * job.tile_width
    place = place // job.tiles_across
    oh: cython.Py_ssize_t = (place % job.tiles_down) * job.tile_height
    place = place // job.tiles_down
    od: cython.Py_ssize_t = place % job.out_size[0]
    place = place // job.out_size[0]
    group: cython.Py_ssize_t = place % job.groups
    image: cython.Py_ssize_t = place // job.groups
    height: cython.Py_ssize_t = min(job.tile_height, job.out_size[1] - oh)
    columns: cython.Py_ssize_t = min(job.tile_width, job.out_size[2] - ow)
    pixels: cython.Py_ssize_t = height * columns
    offsets: cython.pointer(cython.Py_ssize_t) = cython.cast(cython.pointer(cython.Py_ssize_t), scratch)
    copies: cython.pointer(TileCopy) = cython.cast(cython.pointer(TileCopy), scratch + offsets_bytes(job))
    panels: cython.pointer(TilePanel) = cython.cast(
        cython.pointer(TilePanel), scratch + offsets_bytes(job) + copies_bytes(job)
    )
    packed: cython.pointer(real) = slab + slab_bytes(job) // job.itemsize
    x += image * job.x_image + group * job.channels * job.x_channel
    out += (
        image * job.out_image + group * job.rows * job.out_channel
        + od * job.out_step[0] + oh * job.out_step[1] + ow * job.out_step[2]
    )  # fmt: skip
    weights += group * job.rows * job.depth
    target: cython.pointer(real) = out
    target_step: cython.Py_ssize_t = job.out_channel
    scattered: cython.bint = not writes_in_place(job)
    if scattered:
        target = packed + packed_bytes(job) // job.itemsize
        target_step = panel_pixels(job)
    panel_count: cython.Py_ssize_t = find_panels(job, height, columns, panels)
    first: cython.Py_ssize_t = 0
    m: cython.Py_ssize_t
    p: cython.Py_ssize_t
    while first < job.depth:
        depth: cython.Py_ssize_t = min(job.block_depth, job.depth - first)
        channels: cython.Py_ssize_t = find_offsets(job, first, depth, offsets)
        fill_slab[real](job, x + first // job.taps * job.x_channel, channels, od, oh, ow, height, slab)
        source: cython.pointer(real) = slab
        source_step: cython.Py_ssize_t = 0
        places: cython.pointer(cython.Py_ssize_t) = offsets
        if not job.direct:
            source = packed
            source_step = depth * lanes
            places = cython.NULL
            for p in range(panel_count):
                width: cython.Py_ssize_t = min(lanes, pixels - p * lanes)
                count: cython.Py_ssize_t = find_copies(job, p * lanes, width, columns, copies)
                if real is cython.float:
                    tile_pack_float(slab, offsets, depth, copies, count, width, lanes, packed + p * source_step)
                else:
                    tile_pack_double(slab, offsets, depth, copies, count, width, lanes, packed + p * source_step)
        m = 0
        while m < job.rows:
            rows: cython.int = cython.cast(cython.int, min(TILE_ROWS, job.rows - m))
            block_bias: cython.pointer(real) = cython.NULL
            if bias != cython.NULL:
                block_bias = bias + group * job.rows + m
            block: cython.pointer(real) = weights + first * job.rows + depth * m
            to: cython.pointer(real) = target + m * target_step
            for p in range(panel_count):
                if real is cython.float:
                    tile_multiply_float(
                        rows, block, source + p * source_step, places, depth, to, target_step,
                        cython.address(panels[p]), block_bias, first > 0,
                    )  # fmt: skip
                else:
                    tile_multiply_double(
                        rows, block, source + p * source_step, places, depth, to, target_step,
                        cython.address(panels[p]), block_bias, first > 0,
                    )  # fmt: skip
            m += TILE_ROWS
        first += depth
    if scattered:
        h: cython.Py_ssize_t
        w: cython.Py_ssize_t
        for m in range(job.rows):
            for h in range(height):
                to = out + m * job.out_channel + h * job.out_step[1]
                source = target + m * target_step + h * columns
                for w in range(columns):
                    to[w * job.out_step[2]] = source[w]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def correlate_units(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    job: cython.pointer(Correlation) = cython.cast(cython.pointer(Correlation), context)
    unit: cython.Py_ssize_t
    lists: cython.Py_ssize_t = offsets_bytes(job) + copies_bytes(job) + panels_bytes(job)
    size: cython.Py_ssize_t = lists + slab_bytes(job) + packed_bytes(job)
    if not writes_in_place(job):
        size += job.rows * panel_pixels(job) * job.itemsize
    scratch: cython.p_char = cython.cast(cython.p_char, tile_scratch(size))
    if scratch == cython.NULL:
        job.failed = 1
        return
    slab: cython.p_char = scratch + lists
    for unit in range(begin, end):
        if job.itemsize == 4:
            correlate_tile[cython.float](
                job, unit, scratch, cython.cast(cython.p_float, slab), cython.cast(cython.p_float, job.x),
                cython.cast(cython.p_float, job.weights), cython.cast(cython.p_float, job.bias),
                cython.cast(cython.p_float, job.out),
            )  # fmt: skip
        else:
            correlate_tile[cython.double](
                job, unit, scratch, cython.cast(cython.p_double, slab), cython.cast(cython.p_double, job.x),
                cython.cast(cython.p_double, job.weights), cython.cast(cython.p_double, job.bias),
                cython.cast(cython.p_double, job.out),
            )  # fmt: skip


@cython.cfunc
@cython.exceptval(check=False)
def run_correlation(job: cython.pointer(Correlation)) -> cython.void:
    """Choose blocks and tiles, then share the tiles out."""
    lanes: cython.Py_ssize_t = TILE_VECTORS * TILE_VECTOR_BYTES // job.itemsize
    most: cython.Py_ssize_t = max(PACKED_BYTES // (job.block_depth * job.itemsize), lanes)
    choose_tiles(job, most)
    images: cython.Py_ssize_t = job.images * job.groups * job.out_size[0]
    work: cython.double = (
        cython.cast(cython.double, job.tile_height * job.tile_width) * job.rows * job.depth
    )
    while (
        images * ((job.out_size[1] + job.tile_height - 1) // job.tile_height) < LEAST_UNITS
        and job.tile_height > 1
        and work > 2 * GRAIN_PRODUCT
    ):
        job.tile_height = (job.tile_height + 1) // 2
        work /= 2
    choose_direct(job)
    lay_out_slab(job)
    units: cython.Py_ssize_t = images * job.tiles_down * job.tiles_across
    grain: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, GRAIN_PRODUCT / work) + 1
    with cython.nogil:
        parallel_for(correlate_units, job, units, grain)


# ------------------------------------------------------------------------------------------------ the weight's gradient


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def gradient_unit(
    job: cython.pointer(Correlation), unit: cython.Py_ssize_t, scratch: cython.p_char, slab: cython.pointer(real),
    x_all: cython.pointer(real), g_all: cython.pointer(real), sums: cython.pointer(real),
) -> cython.void:
    """The gradient for one block of depth in one group, over one chunk of images."""
    lanes: cython.Py_ssize_t = TILE_VECTOR_BYTES // job.itemsize
    place: cython.Py_ssize_t = unit
    first: cython.Py_ssize_t = (place % job.depth_blocks) * job.block_depth
    place = place // job.depth_blocks
    group: cython.Py_ssize_t = place % job.groups
    chunk: cython.Py_ssize_t = place // job.groups
    depth: cython.Py_ssize_t = min(job.block_depth, job.depth - first)
    padded: cython.Py_ssize_t = round_up(depth, TILE_DOT_COLUMNS)
    if depth <= 0:
        return

    offsets: cython.pointer(cython.Py_ssize_t) = cython.cast(cython.pointer(cython.Py_ssize_t), scratch)
    copies: cython.pointer(TileCopy) = cython.cast(cython.pointer(TileCopy), scratch + offsets_bytes(job))
    packed: cython.pointer(real) = slab + slab_bytes(job) // job.itemsize
    rows_of_g: cython.pointer(real) = packed + (job.packed_vectors * padded + 1) * lanes
    g_step: cython.Py_ssize_t = job.packed_vectors * lanes
    sums += (chunk * job.groups + group) * job.rows * job.depth + first
    channels: cython.Py_ssize_t = find_offsets(job, first, depth, offsets)
    vectors: cython.Py_ssize_t = 0
    image: cython.Py_ssize_t
    tile: cython.Py_ssize_t
    m: cython.Py_ssize_t
    v: cython.Py_ssize_t
    tiles: cython.Py_ssize_t = job.out_size[0] * job.tiles_down * job.tiles_across
    for image in range(chunk * job.images_per_chunk, min((chunk + 1) * job.images_per_chunk, job.images)):
        x: cython.pointer(real) = x_all + (
            image * job.x_image + (group * job.channels + first // job.taps) * job.x_channel
        )
        g: cython.pointer(real) = g_all + image * job.out_image + group * job.rows * job.out_channel
        for tile in range(tiles):
            place = tile
            ow: cython.Py_ssize_t = (place % job.tiles_across) * job.tile_width
            place = place // job.tiles_across
            oh: cython.Py_ssize_t = (place % job.tiles_down) * job.tile_height
            od: cython.Py_ssize_t = place // job.tiles_down
            height: cython.Py_ssize_t = min(job.tile_height, job.out_size[1] - oh)
            columns: cython.Py_ssize_t = min(job.tile_width, job.out_size[2] - ow)
            pixels: cython.Py_ssize_t = height * columns
            count: cython.Py_ssize_t = (pixels + lanes - 1) // lanes
            if vectors + count > job.packed_vectors:
                multiply_gradient[real](job, depth, padded, vectors, rows_of_g, g_step, packed, sums)
                vectors = 0
            fill_slab[real](job, x, channels, od, oh, ow, height, slab)
            for v in range(count):
                width: cython.Py_ssize_t = min(lanes, pixels - v * lanes)
                copy_count: cython.Py_ssize_t = find_copies(job, v * lanes, width, columns, copies)
                to: cython.pointer(real) = packed + (vectors + v) * padded * lanes
                if real is cython.float:
                    tile_pack_float(slab, offsets, depth, copies, copy_count, width, lanes, to)
                else:
                    tile_pack_double(slab, offsets, depth, copies, copy_count, width, lanes, to)
                if padded > depth:
                    memset(to + depth * lanes, 0, (padded - depth) * lanes * job.itemsize)
            for m in range(job.rows):
                row: cython.pointer(real) = rows_of_g + m * g_step + vectors * lanes
                memcpy(
                    row,
                    g + m * job.out_channel + od * job.out_step[0] + oh * job.out_step[1] + ow,
                    pixels * job.itemsize,
                )
                if pixels < count * lanes:
                    memset(row + pixels, 0, (count * lanes - pixels) * job.itemsize)
            vectors += count
    multiply_gradient[real](job, depth, padded, vectors, rows_of_g, g_step, packed, sums)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def multiply_gradient(
    job: cython.pointer(Correlation),
    depth: cython.Py_ssize_t,
    padded: cython.Py_ssize_t,
    vectors: cython.Py_ssize_t,
    g: cython.pointer(real),
    g_step: cython.Py_ssize_t,
    packed: cython.pointer(real),
    sums: cython.pointer(real),
) -> cython.void:
    if real is cython.float:
        tile_dot_float(job.rows, depth, padded, vectors, g, g_step, packed, sums, job.depth)
    else:
        tile_dot_double(job.rows, depth, padded, vectors, g, g_step, packed, sums, job.depth)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def gradient_units(context: cython.p_void, begin: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.void:
    job: cython.pointer(Correlation) = cython.cast(cython.pointer(Correlation), context)
    unit: cython.Py_ssize_t
    lists: cython.Py_ssize_t = offsets_bytes(job) + copies_bytes(job)
    size: cython.Py_ssize_t = lists + slab_bytes(job) + (
        (job.packed_vectors * round_up(job.block_depth, TILE_DOT_COLUMNS) + 1 + job.rows * job.packed_vectors)
        * TILE_VECTOR_BYTES
    )
    scratch: cython.p_char = cython.cast(cython.p_char, tile_scratch(size))
    if scratch == cython.NULL:
        job.failed = 1
        return
    slab: cython.p_char = scratch + lists
    for unit in range(begin, end):
        if job.itemsize == 4:
            gradient_unit[cython.float](
                job, unit, scratch, cython.cast(cython.p_float, slab), cython.cast(cython.p_float, job.x),
                cython.cast(cython.p_float, job.out), cython.cast(cython.p_float, job.weights),
            )  # fmt: skip
        else:
            gradient_unit[cython.double](
                job, unit, scratch, cython.cast(cython.p_double, slab), cython.cast(cython.p_double, job.x),
                cython.cast(cython.p_double, job.out), cython.cast(cython.p_double, job.weights),
            )  # fmt: skip


@cython.cfunc
def run_gradient(job: cython.pointer(Correlation), dtype):
    """Choose blocks, tiles and chunks; returns the sums of each chunk, (chunks, groups * rows, depth)."""
    lanes: cython.Py_ssize_t = TILE_VECTOR_BYTES // job.itemsize
    blocks: cython.Py_ssize_t = (job.depth + GRADIENT_DEPTH - 1) // GRADIENT_DEPTH
    job.block_depth = min(round_up((job.depth + blocks - 1) // blocks, TILE_DOT_COLUMNS), job.depth)
    job.depth_blocks = (job.depth + job.block_depth - 1) // job.block_depth
    most: cython.Py_ssize_t = max(GRADIENT_BYTES // ((job.block_depth + job.rows) * job.itemsize), 4 * lanes)
    choose_tiles(job, most)
    lay_out_slab(job)
    tile_vectors: cython.Py_ssize_t = (job.tile_height * job.tile_width + lanes - 1) // lanes
    job.packed_vectors = max(most // lanes, tile_vectors)
    units: cython.Py_ssize_t = job.groups * job.depth_blocks
    pixels: cython.double = cython.cast(cython.double, job.out_size[0] * job.out_size[1]) * job.out_size[2]
    work: cython.double = pixels * job.images * job.rows * job.block_depth
    chunks: cython.Py_ssize_t = min(max(LEAST_UNITS // units, 1), job.images)
    chunks = min(chunks, cython.cast(cython.Py_ssize_t, work / GRAIN_PRODUCT) + 1)
    one: cython.Py_ssize_t = job.groups * job.rows * job.depth
    chunks = min(chunks, max(MOST_PARTIAL_BYTES // (one * job.itemsize), 1))
    job.images_per_chunk = (job.images + chunks - 1) // chunks
    job.chunks = (job.images + job.images_per_chunk - 1) // job.images_per_chunk
    sums: cnp.ndarray = zero_array((job.chunks, job.groups * job.rows, job.depth), dtype)
    job.weights = cython.cast(cython.p_char, cnp.PyArray_DATA(sums))
    grain: cython.Py_ssize_t = cython.cast(
        cython.Py_ssize_t, GRAIN_PRODUCT / max(work / job.chunks, 1.0)
    ) + 1
    with cython.nogil:
        parallel_for(gradient_units, job, units * job.chunks, grain)
    return sums


# ------------------------------------------------------------------------------------------------ entry points


def _three(values: tuple, missing: int) -> tuple:
    return (missing,) * (3 - len(values)) + tuple(values)


def _five(x):
    """x (N, C, *L) with three spatial dimensions."""
    return x.reshape(x.shape[:2] + _three(x.shape[2:], 1)) if x.ndim < 5 else x


def _readable(x, dtype):
    """x with three spatial dimensions: aligned, in native byte order, its strides whole elements but else any."""
    x = numpy.require(_five(x), dtype, "A")
    return numpy.ascontiguousarray(x) if any([stride % x.itemsize for stride in x.strides]) else x


def _compiled(*arrays) -> bool:
    """Whether the compiled loops take these operands: one dtype, float32 or float64."""
    dtype = arrays[0].dtype
    return dtype in (numpy.float32, numpy.float64) and all([x.dtype == dtype for x in arrays])


def _out_size(size, kernel, stride, padding, dilation) -> tuple:
    out = tuple([
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    ])  # fmt: skip
    if any([n <= 0 for n in out]):
        raise RuntimeError(
            f"Calculated padded input size per channel is smaller than the kernel size: an input of {tuple(size)} with "
            f"kernel {tuple(kernel)}, padding {tuple(padding)} and dilation {tuple(dilation)} leaves no output"
        )
    return out


def _check(x_shape: tuple, weight_shape: tuple, stride: tuple, padding: tuple, dilation: tuple, groups: int) -> tuple:
    """Refuse what would read or write outside the arrays; returns the output's shape."""
    count = len(x_shape) - 2
    if not (
        1 <= count <= 3 and len(weight_shape) == count + 2 and len(stride) == len(padding) == len(dilation) == count
    ):
        raise RuntimeError(
            f"convolution takes one to three spatial dimensions and one parameter for each: input {x_shape}, weight "
            f"{weight_shape}, stride {stride}, padding {padding}, dilation {dilation}"
        )
    if min(stride) < 1 or min(dilation) < 1 or min(padding) < 0 or groups < 1 or min(weight_shape[2:]) < 1:
        raise RuntimeError(
            f"convolution needs positive kernel sizes, strides, dilations and groups and no negative padding: weight "
            f"{weight_shape}, stride {stride}, padding {padding}, dilation {dilation}, groups {groups}"
        )
    if weight_shape[0] % groups or x_shape[1] != weight_shape[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight_shape)}, expected input{list(x_shape)} to have "
            f"{weight_shape[1] * groups} channels, but got {x_shape[1]} channels instead"
        )
    return (x_shape[0], weight_shape[0], *_out_size(x_shape[2:], weight_shape[2:], stride, padding, dilation))


def _refuse_shape(name: str, found, expected):
    raise RuntimeError(f"{name}: g has shape {tuple(found)}, but the convolution's output has shape {tuple(expected)}")


@cython.cfunc
@cython.exceptval(check=False)
def set_vectors(job: cython.pointer(Correlation), itemsize: cython.Py_ssize_t) -> cython.void:
    """What the instruction set that this module was compiled for gives."""
    job.itemsize = itemsize
    job.lanes = TILE_VECTOR_BYTES // itemsize
    job.panel_vectors = TILE_VECTORS
    job.block_rows = TILE_ROWS


@cython.cfunc
def set_forward(job: cython.pointer(Correlation), kernel: tuple, stride: tuple, padding: tuple, dilation: tuple,
                held: Offsets):
    """Stride and taps of the forward pass: offset = tap * dilation - padding. Tuples of three."""
    d: cython.int
    k: cython.Py_ssize_t
    offsets: list = []
    for d in range(3):
        job.stride[d] = stride[d]
        step: cython.Py_ssize_t = dilation[d]
        shift: cython.Py_ssize_t = padding[d]
        taps: cython.Py_ssize_t = kernel[d]
        offsets.append([k * step - shift for k in range(taps)])
    set_taps(job, offsets, held)
    job.depth = job.channels * job.taps


def _finish(failed):
    if failed:
        raise MemoryError("convolution could not allocate its working memory")


def convolution(x, weight, stride: tuple, padding: tuple, dilation: tuple, groups: int, bias=None):
    """The correlation of x (N, G C, *L) with weight (G M, C, *K), plus bias (G M,) if given: (N, G M, *L_out).

    out[n, m, o] = bias[m] + sum over c, k of weight[m, c, k] x[n, c, o stride + k dilation - padding], x being zero
    outside; L_out = (L + 2 padding - dilation (K - 1) - 1) // stride + 1. One to three spatial dimensions, tuples of
    one entry for each. float32 and float64 are compiled and sum in their own precision, in blocks of depth (error
    below (C K + 1) eps times the convolution of absolute values); float16 sums in float32; other types go tap by tap.
    NaN and infinity in x reach the outputs that use them, also through a weight of zero. An input of any strides is
    read in place. Working memory: about half a megabyte for each thread.
    """
    shape = _check(x.shape, weight.shape, stride, padding, dilation, groups)
    if not _compiled(x, weight) or (bias is not None and bias.dtype != x.dtype):
        return convolution_taps.convolution(x, weight, stride, padding, dilation, groups, bias)
    if bias is not None and bias.shape != (shape[1],):
        raise RuntimeError(f"convolution: bias has shape {bias.shape}, but there are {shape[1]} output channels")
    if weight.size == 0 or 0 in shape:
        out = zero_array(shape, x.dtype)
        if bias is not None:
            out += bias.reshape(-1, *[1] * (x.ndim - 2))
        return out
    job: Correlation
    held: Offsets = Offsets()
    x = _readable(x, x.dtype)
    weight = numpy.require(weight, x.dtype, ("C", "A"))
    out = empty_array(shape, x.dtype)
    set_vectors(cython.address(job), x.itemsize)
    set_input(cython.address(job), x, groups)
    set_output(cython.address(job), _five(out))
    set_forward(
        cython.address(job), _three(weight.shape[2:], 1), _three(stride, 1), _three(padding, 0), _three(dilation, 1),
        held,
    )  # fmt: skip
    flatten_points(cython.address(job))
    if bias is not None:
        bias = numpy.require(bias, x.dtype, ("C", "A"))
        job.bias = cython.cast(cython.p_char, cnp.PyArray_DATA(bias))
    packed = pack_weights(
        weight, cython.address(job), job.rows * job.depth, job.depth, job.taps, held.hold(list(range(job.taps)))
    )
    run_correlation(cython.address(job))
    _finish(job.failed)
    del packed
    return out


def convolution_input_gradient(g, weight, input_shape: tuple, stride: tuple, padding: tuple, dilation: tuple,
                               groups: int):
    """The gradient of `convolution` with respect to its input, which is the transposed convolution of g with weight.

    g (N, G M, *L_out), weight (G M, C, *K) -> input_shape (N, G C, *L). dtypes, accuracy and memory as there. Inputs
    that no output uses get zero.
    """
    input_shape = tuple(input_shape)
    shape = _check(input_shape, weight.shape, stride, padding, dilation, groups)
    if tuple(g.shape) != shape:
        _refuse_shape("convolution_input_gradient", g.shape, shape)
    if not _compiled(g, weight):
        return convolution_taps.convolution_input_gradient(g, weight, input_shape, stride, padding, dilation, groups)
    out = zero_array(input_shape, g.dtype)
    if g.size == 0 or weight.size == 0 or out.size == 0:
        return out
    g = _readable(g, g.dtype)
    weight = numpy.require(weight, out.dtype, ("C", "A"))
    kernel = _three(weight.shape[2:], 1)
    stride, padding, dilation = _three(stride, 1), _three(padding, 0), _three(dilation, 1)
    # Along each dimension, for each residue of the input position: which taps reach it, and with which offset in g.
    along = []
    for d in range(3):
        residues = []
        for residue in range(stride[d]):
            taps = [
                (k, (residue + padding[d] - k * dilation[d]) // stride[d])
                for k in range(kernel[d])
                if (residue + padding[d] - k * dilation[d]) % stride[d] == 0
            ]
            if taps:
                residues.append((residue, taps))
        along.append(residues)
    out_five = _five(out)
    for depth in along[0]:
        for height in along[1]:
            for width in along[2]:
                _input_gradient_of_residue(g, weight, out_five, kernel, stride, groups, (depth, height, width))
    return out


def _input_gradient_of_residue(g, weight, out, kernel: tuple, stride: tuple, groups: int, residues: tuple):
    """The gradient at the input positions of one residue in each dimension: a correlation of stride 1 over g."""
    job: Correlation
    held: Offsets = Offsets()
    d: cython.int
    set_vectors(cython.address(job), g.itemsize)
    set_input(cython.address(job), g, groups)
    set_output(cython.address(job), out)
    offsets: list = []
    places: list = []
    for d in range(3):
        residue: cython.Py_ssize_t = residues[d][0]
        step: cython.Py_ssize_t = stride[d]
        if residue >= job.out_size[d]:
            return
        job.out += residue * job.out_step[d] * job.itemsize
        job.out_size[d] = (job.out_size[d] - residue + step - 1) // step
        job.out_step[d] *= step
        job.stride[d] = 1
        offsets.append([offset for _, offset in residues[d][1]])
        places.append([k for k, _ in residues[d][1]])
    set_taps(cython.address(job), offsets, held)
    job.depth = job.channels * job.taps
    flatten_points(cython.address(job))
    size: cython.Py_ssize_t = kernel[0] * kernel[1] * kernel[2]
    tap_places = [
        (kd * kernel[1] + kh) * kernel[2] + kw for kd in places[0] for kh in places[1] for kw in places[2]
    ]
    # weight is (G, M, C, taps): the sums run over M, here the channels, and the rows are C.
    packed = pack_weights(
        weight, cython.address(job), job.channels * job.rows * size, size, job.rows * size, held.hold(tap_places)
    )
    run_correlation(cython.address(job))
    _finish(job.failed)
    del packed


def convolution_weight_gradient(g, x, weight_shape: tuple, stride: tuple, padding: tuple, dilation: tuple, groups: int):
    """The gradient of `convolution` with respect to its weight.

    g (N, G M, *L_out), x (N, G C, *L) -> weight_shape (G M, C, *K): sum over n and o of g[n, m, o] x[n, c, o stride +
    k dilation - padding]. dtypes as in `convolution`. Sums run over vector lanes, batches of pixels and chunks of
    images, each added up in order; working memory adds a few copies of the gradient, 32 megabytes at most.
    """
    weight_shape = tuple(weight_shape)
    shape = _check(x.shape, weight_shape, stride, padding, dilation, groups)
    if tuple(g.shape) != shape:
        _refuse_shape("convolution_weight_gradient", g.shape, shape)
    if not _compiled(g, x):
        return convolution_taps.convolution_weight_gradient(g, x, weight_shape, stride, padding, dilation, groups)
    dtype = x.dtype
    if g.size == 0 or x.size == 0 or 0 in weight_shape:
        return zero_array(weight_shape, dtype)
    job: Correlation
    held: Offsets = Offsets()
    x = _readable(x, dtype)
    g = numpy.require(_five(g), dtype, ("C", "A"))
    set_vectors(cython.address(job), x.itemsize)
    set_input(cython.address(job), x, groups)
    set_output(cython.address(job), g)
    set_forward(
        cython.address(job), _three(weight_shape[2:], 1), _three(stride, 1), _three(padding, 0), _three(dilation, 1),
        held,
    )  # fmt: skip
    flatten_points(cython.address(job))
    sums = run_gradient(cython.address(job), dtype)
    _finish(job.failed)
    total = sums[0] if job.chunks == 1 else numpy.add.reduce(sums, 0)
    return total.reshape(weight_shape)
