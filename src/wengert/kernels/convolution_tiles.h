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

/* Up to one vector of pixels whose inputs are neighbours: where they lie in the slab and in the packed vectors. */
typedef struct {
    Py_ssize_t source, target;
} TileCopy;

/* The vectors of pixels that a register block takes at once: where each begins in the slab (if it is read from there),
   where in the result, and how many of its lanes count. */
typedef struct {
    int vectors;
    Py_ssize_t source[TILE_VECTORS], target[TILE_VECTORS], width[TILE_VECTORS];
} TilePanel;

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

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define TILE_SHUFFLES 1
#endif
#endif

#define REAL float
#define REAL_BYTES 4
#define NAME(name) name##_float
#include "convolution_tiles.h"
#undef REAL
#undef REAL_BYTES
#undef NAME
#define REAL double
#define REAL_BYTES 8
#define NAME(name) name##_double
#include "convolution_tiles.h"
#undef REAL
#undef REAL_BYTES
#undef NAME

#elif defined(REAL)

#define LANES (TILE_VECTOR_BYTES / REAL_BYTES)

typedef REAL NAME(vector) __attribute__((vector_size(TILE_VECTOR_BYTES)));
typedef REAL NAME(loose) __attribute__((vector_size(TILE_VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));

static inline NAME(vector) NAME(load)(const REAL *p) { return *(const NAME(loose) *)p; }
static inline void NAME(store)(REAL *p, NAME(vector) v) { *(NAME(loose) *)p = v; }

/* Pack `width` pixels for `depth` kernel elements: packed[k * lanes ...] = slab[offsets[k] + pixel]. Whole vectors are
   copied: what one writes too much is written again by the next, and one vector of slack must follow the slab and the
   packed block. The lanes past the last pixel become zero. */
static void NAME(tile_pack)(const REAL *restrict slab, const Py_ssize_t *restrict offsets, Py_ssize_t depth,
                            const TileCopy *copies, Py_ssize_t copy_count, Py_ssize_t width, Py_ssize_t lanes,
                            REAL *restrict packed)
{
    Py_ssize_t source[8], target[8];
    for (Py_ssize_t r = 0; r < copy_count && r < 8; r++) {
        source[r] = copies[r].source;
        target[r] = copies[r].target;
    }
    switch (copy_count) {
        /* With a constant count the places stay in registers. */
#define PACK(count)                                                                                                   \
    case count:                                                                                                       \
        for (Py_ssize_t k = 0; k < depth; k++) {                                                                      \
            const REAL *from = slab + offsets[k];                                                                     \
            REAL *to = packed + k * lanes;                                                                            \
            _Pragma("GCC unroll 8") for (int r = 0; r < count; r++)                                                   \
                NAME(store)(to + target[r], NAME(load)(from + source[r]));                                            \
        }                                                                                                             \
        break;
        PACK(1) PACK(2) PACK(3) PACK(4) PACK(5) PACK(6) PACK(7) PACK(8)
#undef PACK
    default:
        for (Py_ssize_t k = 0; k < depth; k++)
            for (Py_ssize_t r = 0; r < copy_count; r++)
                NAME(store)(packed + k * lanes + copies[r].target, NAME(load)(slab + offsets[k] + copies[r].source));
    }
    if (width < lanes)
        for (Py_ssize_t k = 0; k < depth; k++)
            memset(packed + k * lanes + width, 0, (lanes - width) * sizeof(REAL));
}

/* out (rows, pixels) = or += weights (depth, rows)T @ x (depth, pixels), for the pixels of one panel: packed ones
   (depth, TILE_VECTORS vectors) or, if `direct`, those at offsets[k] in the slab. Constant rows and vectors. */
static inline __attribute__((always_inline)) void
NAME(tile_block)(const int rows, const int vectors, const int direct, const REAL *restrict weights,
                 const REAL *restrict x, const Py_ssize_t *restrict offsets, Py_ssize_t depth, REAL *out,
                 Py_ssize_t out_step, const TilePanel *panel, const REAL *bias, int accumulate)
{
    NAME(vector) sum[TILE_ROWS][TILE_VECTORS];
    /* Vectors of which not all lanes count go through memory, in loops of their own: a call between the loads and the
       stores of the sums would cost their registers. */
    REAL edge[TILE_ROWS][TILE_VECTORS][LANES];
    Py_ssize_t source[TILE_VECTORS];
    int whole = 1;
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++) {
        source[j] = panel->source[j];
        whole &= panel->width[j] == LANES;
    }
    if (accumulate && !whole)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < vectors; j++)
                memcpy(edge[i][j], out + i * out_step + panel->target[j], panel->width[j] * sizeof(REAL));
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++) {
            const REAL *from = out + i * out_step + panel->target[j];
            if (!accumulate) {
                REAL start = bias ? bias[i] : 0;
                sum[i][j] = start - (NAME(vector)){0};
            } else {
                sum[i][j] = NAME(load)(whole ? from : edge[i][j]);
            }
        }
    for (Py_ssize_t k = 0; k < depth; k++) {
        NAME(vector) lane[TILE_VECTORS];
        const REAL *from = direct ? x + offsets[k] : x + k * TILE_VECTORS * LANES;
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            lane[j] = NAME(load)(from + (direct ? source[j] : j * LANES));
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
            for (int j = 0; j < vectors; j++)
                sum[i][j] += weights[i] * lane[j];
        weights += rows;
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            NAME(store)(whole ? out + i * out_step + panel->target[j] : edge[i][j], sum[i][j]);
    if (!whole)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < vectors; j++)
                memcpy(out + i * out_step + panel->target[j], edge[i][j], panel->width[j] * sizeof(REAL));
}

static void NAME(tile_multiply)(int rows, const REAL *weights, const REAL *x, const Py_ssize_t *offsets,
                                Py_ssize_t depth, REAL *out, Py_ssize_t out_step, const TilePanel *panel,
                                const REAL *bias, int accumulate)
{
#define BLOCK(r, v)                                                                                                   \
    case r * 8 + v * 2:                                                                                               \
        NAME(tile_block)(r, v, 0, weights, x, NULL, depth, out, out_step, panel, bias, accumulate);                   \
        break;                                                                                                        \
    case r * 8 + v * 2 + 1:                                                                                           \
        NAME(tile_block)(r, v, 1, weights, x, offsets, depth, out, out_step, panel, bias, accumulate);                \
        break;
#define BLOCKS(r) BLOCK(r, 1) BLOCK(r, 2) BLOCK(r, 3)
    switch (rows * 8 + panel->vectors * 2 + (offsets != NULL)) {
        BLOCKS(1) BLOCKS(2) BLOCKS(3) BLOCKS(4)
#if TILE_ROWS == 8
        BLOCKS(5) BLOCKS(6) BLOCKS(7) BLOCKS(8)
#endif
    }
#undef BLOCKS
#undef BLOCK
}

/* The sums of the lanes of four vectors: halves are added to halves, two vectors at a time. */
static inline __attribute__((always_inline)) void
NAME(lane_sums)(NAME(vector) a, NAME(vector) b, NAME(vector) c, NAME(vector) d, REAL *total)
{
#if defined(TILE_SHUFFLES) && LANES == 16
#define HALVES(x, y)                                                                                                  \
    (__builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +                          \
     __builtin_shufflevector(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
    NAME(vector) ab = HALVES(a, b), cd = HALVES(c, d);
    NAME(vector) all = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
                       __builtin_shufflevector(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    all += __builtin_shufflevector(all, all, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    all += __builtin_shufflevector(all, all, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    for (int j = 0; j < 4; j++)
        total[j] = all[4 * j];
#elif defined(TILE_SHUFFLES) && LANES == 8
#define HALVES(x, y)                                                                                                  \
    (__builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11) + __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15))
    NAME(vector) ab = HALVES(a, b), cd = HALVES(c, d);
    NAME(vector) all = __builtin_shufflevector(ab, cd, 0, 1, 4, 5, 8, 9, 12, 13) +
                       __builtin_shufflevector(ab, cd, 2, 3, 6, 7, 10, 11, 14, 15);
    for (int j = 0; j < 4; j++)
        total[j] = all[2 * j] + all[2 * j + 1];
#elif defined(TILE_SHUFFLES) && LANES == 4
#define HALVES(x, y) (__builtin_shufflevector(x, y, 0, 1, 4, 5) + __builtin_shufflevector(x, y, 2, 3, 6, 7))
    NAME(vector) ab = HALVES(a, b), cd = HALVES(c, d);
    NAME(vector) all = __builtin_shufflevector(ab, cd, 0, 2, 4, 6) + __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
    for (int j = 0; j < 4; j++)
        total[j] = all[j];
#else
#define HALVES(x, y)
    NAME(vector) each[4] = {a, b, c, d};
    for (int j = 0; j < 4; j++) {
        total[j] = 0;
        for (int i = 0; i < LANES; i++)
            total[j] += each[j][i];
    }
#endif
#undef HALVES
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
        NAME(lane_sums)(sum[i][0], sum[i][1], sum[i][2], sum[i][3], total);
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
