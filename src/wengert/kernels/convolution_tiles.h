/* The innermost loops of convolution: packing of pixels into vectors, and the two register blocks that multiply them.

   In C, because what makes them fast is that a block of accumulators stays in registers, which takes vector types and
   loops of constant length. The file includes itself, once for each type of number. */

#ifndef WENGERT_CONVOLUTION_TILES_H
#define WENGERT_CONVOLUTION_TILES_H

#include <Python.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(__AVX512F__)
#define TILE_VECTOR_BYTES 64
#define TILE_ROWS 8
#define TILE_DOT_ROWS 6
#elif defined(__AVX2__)
#define TILE_VECTOR_BYTES 32
#define TILE_ROWS 4
#define TILE_DOT_ROWS 2
#elif defined(__aarch64__)
#define TILE_VECTOR_BYTES 16
#define TILE_ROWS 8
#define TILE_DOT_ROWS 6
#else
#define TILE_VECTOR_BYTES 16
#define TILE_ROWS 4
#define TILE_DOT_ROWS 2
#endif
/* Vectors side by side in a panel, and rows of the packed input that a dot block takes at once. */
#define TILE_VECTORS 3
#define TILE_DOT_COLUMNS 4

/* A run of pixels whose inputs are neighbours in the slab: where it lies there and in the packed vectors. */
typedef struct {
    Py_ssize_t source, target, length;
} TileRun;

/* ---- One block of working memory per thread, kept between calls and given back when the thread ends. */

static pthread_key_t tile_scratch_key;
static pthread_once_t tile_scratch_once = PTHREAD_ONCE_INIT;

static void tile_scratch_start(void) { pthread_key_create(&tile_scratch_key, free); }

/* At least `bytes` bytes on a cache line's boundary, or NULL. What an earlier call left there is lost. */
static void *tile_scratch(size_t bytes)
{
    pthread_once(&tile_scratch_once, tile_scratch_start);
    size_t *block = pthread_getspecific(tile_scratch_key);
    if (!block || block[0] < bytes) {
        free(block);
        pthread_setspecific(tile_scratch_key, NULL);
        bytes += bytes / 4;
        block = aligned_alloc(64, (bytes + 64 + 63) / 64 * 64);
        if (!block)
            return NULL;
        block[0] = bytes;
        pthread_setspecific(tile_scratch_key, block);
    }
    return (char *)block + 64;
}

#define REAL float
#define NAME(name) name##_float
#include "convolution_tiles.h"
#undef REAL
#undef NAME
#define REAL double
#define NAME(name) name##_double
#include "convolution_tiles.h"
#undef REAL
#undef NAME

#elif defined(REAL)

#define LANES ((int)(TILE_VECTOR_BYTES / sizeof(REAL)))

typedef REAL NAME(vector) __attribute__((vector_size(TILE_VECTOR_BYTES)));
typedef REAL NAME(loose) __attribute__((vector_size(TILE_VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));

static inline NAME(vector) NAME(load)(const REAL *p) { return *(const NAME(loose) *)p; }
static inline void NAME(store)(REAL *p, NAME(vector) v) { *(NAME(loose) *)p = v; }

/* Pack `width` pixels, in `runs`, for `depth` kernel elements: packed[k * lanes ...] = slab[offsets[k] + pixel].
   Whole vectors are copied: what they write too much is written again by the next run or the next k, and one vector
   of slack must follow the slab and the packed block. The lanes past the last pixel become zero. */
static void NAME(tile_pack)(const REAL *slab, const Py_ssize_t *offsets, Py_ssize_t depth, const TileRun *runs,
                            Py_ssize_t run_count, Py_ssize_t width, Py_ssize_t lanes, REAL *packed)
{
    if (run_count == 1 && width == LANES && lanes == LANES) {
        for (Py_ssize_t k = 0; k < depth; k++)
            NAME(store)(packed + k * LANES, NAME(load)(slab + offsets[k] + runs[0].source));
        return;
    }
    for (Py_ssize_t k = 0; k < depth; k++) {
        const REAL *from = slab + offsets[k];
        REAL *to = packed + k * lanes;
        for (Py_ssize_t r = 0; r < run_count; r++) {
            const REAL *source = from + runs[r].source;
            REAL *target = to + runs[r].target;
            Py_ssize_t length = runs[r].length;
            for (Py_ssize_t j = 0; j < length; j += LANES)
                NAME(store)(target + j, NAME(load)(source + j));
        }
    }
    if (width < lanes)
        for (Py_ssize_t k = 0; k < depth; k++)
            memset(packed + k * lanes + width, 0, (lanes - width) * sizeof(REAL));
}

/* out (rows, width) = or += weights (depth, rows)T @ packed (depth, TILE_VECTORS vectors). Constant rows and vectors. */
static inline __attribute__((always_inline)) void
NAME(tile_block)(const int rows, const int vectors, const REAL *restrict weights, const REAL *restrict packed,
                 Py_ssize_t depth, REAL *out, Py_ssize_t out_step, Py_ssize_t width, const REAL *bias, int accumulate)
{
    NAME(vector) sum[TILE_ROWS][TILE_VECTORS];
    REAL edge[LANES];
    const int whole = width >= vectors * LANES;
    const Py_ssize_t left = width - (vectors - 1) * LANES;
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++) {
            if (!accumulate) {
                REAL start = bias ? bias[i] : 0;
                sum[i][j] = (NAME(vector)){0} + start;
            } else if (whole || j < vectors - 1) {
                sum[i][j] = NAME(load)(out + i * out_step + j * LANES);
            } else {
                memset(edge, 0, sizeof edge);
                memcpy(edge, out + i * out_step + j * LANES, left * sizeof(REAL));
                sum[i][j] = NAME(load)(edge);
            }
        }
    for (Py_ssize_t k = 0; k < depth; k++) {
        NAME(vector) x[TILE_VECTORS];
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            x[j] = NAME(load)(packed + j * LANES);
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            NAME(vector) w = (NAME(vector)){0} + weights[i];
#pragma GCC unroll 3
            for (int j = 0; j < vectors; j++)
                sum[i][j] += w * x[j];
        }
        packed += TILE_VECTORS * LANES;
        weights += rows;
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++) {
            if (whole || j < vectors - 1) {
                NAME(store)(out + i * out_step + j * LANES, sum[i][j]);
            } else {
                NAME(store)(edge, sum[i][j]);
                memcpy(out + i * out_step + j * LANES, edge, left * sizeof(REAL));
            }
        }
}

static void NAME(tile_multiply)(int rows, const REAL *weights, const REAL *packed, Py_ssize_t depth, REAL *out,
                                Py_ssize_t out_step, Py_ssize_t width, const REAL *bias, int accumulate)
{
    int vectors = (int)((width + LANES - 1) / LANES);
#define BLOCK(r, v)                                                                                                   \
    case r * 4 + v:                                                                                                   \
        NAME(tile_block)(r, v, weights, packed, depth, out, out_step, width, bias, accumulate);                       \
        break;
#define BLOCKS(r) BLOCK(r, 1) BLOCK(r, 2) BLOCK(r, 3)
    switch (rows * 4 + vectors) {
        BLOCKS(1) BLOCKS(2) BLOCKS(3) BLOCKS(4)
#if TILE_ROWS == 8
        BLOCKS(5) BLOCKS(6) BLOCKS(7) BLOCKS(8)
#endif
    }
#undef BLOCKS
#undef BLOCK
}

/* The sum of a vector's lanes, halves added to halves. */
static inline __attribute__((always_inline)) REAL NAME(lane_sum)(NAME(vector) v)
{
    REAL lane[LANES];
    NAME(store)(lane, v);
#pragma GCC unroll 4
    for (int half = LANES / 2; half; half /= 2)
#pragma GCC unroll 8
        for (int i = 0; i < half; i++)
            lane[i] += lane[i + half];
    return lane[0];
}

/* out (rows, columns) += g (rows, vectors) @ packed (vectors, TILE_DOT_COLUMNS)T, summed over vectors and lanes. */
static inline __attribute__((always_inline)) void
NAME(dot_block)(const int rows, const REAL *restrict g, Py_ssize_t g_step, const REAL *restrict packed,
                Py_ssize_t packed_step, Py_ssize_t vectors, REAL *out, Py_ssize_t out_step, int columns)
{
    NAME(vector) sum[TILE_DOT_ROWS][TILE_DOT_COLUMNS];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int j = 0; j < TILE_DOT_COLUMNS; j++)
            sum[i][j] = (NAME(vector)){0};
    for (Py_ssize_t v = 0; v < vectors; v++) {
        NAME(vector) x[TILE_DOT_COLUMNS];
#pragma GCC unroll 4
        for (int j = 0; j < TILE_DOT_COLUMNS; j++)
            x[j] = NAME(load)(packed + j * LANES);
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            NAME(vector) y = NAME(load)(g + i * g_step);
#pragma GCC unroll 4
            for (int j = 0; j < TILE_DOT_COLUMNS; j++)
                sum[i][j] += y * x[j];
        }
        packed += packed_step;
        g += LANES;
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
        REAL total[TILE_DOT_COLUMNS];
#pragma GCC unroll 4
        for (int j = 0; j < TILE_DOT_COLUMNS; j++)
            total[j] = NAME(lane_sum)(sum[i][j]);
        for (int j = 0; j < columns; j++)
            out[i * out_step + j] += total[j];
    }
}

/* out (rows, depth) += g (rows, vectors) @ packed (vectors, depth)T. packed holds a vector for each k, `depth_padded`
   (a multiple of TILE_DOT_COLUMNS) of them before the next pixels. */
static void NAME(tile_dot)(Py_ssize_t rows, Py_ssize_t depth, Py_ssize_t depth_padded, Py_ssize_t vectors,
                           const REAL *g, Py_ssize_t g_step, const REAL *packed, REAL *out, Py_ssize_t out_step)
{
    for (Py_ssize_t m = 0; m < rows; m += TILE_DOT_ROWS) {
        Py_ssize_t height = rows - m < TILE_DOT_ROWS ? rows - m : TILE_DOT_ROWS;
        for (Py_ssize_t k = 0; k < depth; k += TILE_DOT_COLUMNS) {
            int columns = (int)(depth - k < TILE_DOT_COLUMNS ? depth - k : TILE_DOT_COLUMNS);
#define DOT(r)                                                                                                        \
    case r:                                                                                                           \
        NAME(dot_block)(r, g + m * g_step, g_step, packed + k * LANES, depth_padded * LANES, vectors,                 \
                        out + m * out_step + k, out_step, columns);                                                   \
        break;
            switch (height) {
                DOT(1) DOT(2)
#if TILE_DOT_ROWS == 6
                DOT(3) DOT(4) DOT(5) DOT(6)
#endif
            }
#undef DOT
        }
    }
}

#undef LANES
#endif
