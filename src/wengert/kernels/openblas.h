/* OpenBLAS, loaded from its file at run time. For kernels/blas.py alone: the table of functions belongs to the module
   that includes this. Row-major throughout; lengths and leading dimensions must fit an int (the caller checks). */

#ifndef WENGERT_OPENBLAS_H
#define WENGERT_OPENBLAS_H

#include <Python.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { BLAS_FLOAT = 0, BLAS_DOUBLE = 1, BLAS_CFLOAT = 2, BLAS_CDOUBLE = 3 };
enum { BLAS_ROW_MAJOR = 101, BLAS_NO_TRANSPOSE = 111, BLAS_TRANSPOSE = 112 };

static struct {
    void (*sgemm)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
    void (*dgemm)(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
    void (*cgemm)(int, int, int, int, int, int, const void *, const void *, int, const void *, int, const void *,
                  void *, int);
    void (*zgemm)(int, int, int, int, int, int, const void *, const void *, int, const void *, int, const void *,
                  void *, int);
    void (*sgemv)(int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
    void (*dgemv)(int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
    void (*cgemv)(int, int, int, int, const void *, const void *, int, const void *, int, const void *, void *, int);
    void (*zgemv)(int, int, int, int, const void *, const void *, int, const void *, int, const void *, void *, int);
    float (*sdot)(int, const float *, int, const float *, int);
    double (*ddot)(int, const double *, int, const double *, int);
    void (*cdotu)(int, const void *, int, const void *, int, void *);
    void (*zdotu)(int, const void *, int, const void *, int, void *);
    void (*set_num_threads)(int);
    char *(*get_config)(void);
    char *(*get_corename)(void);
} openblas;

/* Load the library and bind what is used. NULL, or the loader's own words about what failed. */
static const char *openblas_load(const char *path)
{
    static const struct { const char *name; size_t offset; } symbols[] = {
#define SYMBOL(field, name) {"scipy_" name, offsetof(__typeof__(openblas), field)}
        SYMBOL(sgemm, "cblas_sgemm"), SYMBOL(dgemm, "cblas_dgemm"),
        SYMBOL(cgemm, "cblas_cgemm"), SYMBOL(zgemm, "cblas_zgemm"),
        SYMBOL(sgemv, "cblas_sgemv"), SYMBOL(dgemv, "cblas_dgemv"),
        SYMBOL(cgemv, "cblas_cgemv"), SYMBOL(zgemv, "cblas_zgemv"),
        SYMBOL(sdot, "cblas_sdot"), SYMBOL(ddot, "cblas_ddot"),
        SYMBOL(cdotu, "cblas_cdotu_sub"), SYMBOL(zdotu, "cblas_zdotu_sub"),
        SYMBOL(set_num_threads, "openblas_set_num_threads"),
        SYMBOL(get_config, "openblas_get_config"), SYMBOL(get_corename, "openblas_get_corename"),
#undef SYMBOL
    };
    /* The library starts one idle thread per core while it is being loaded, unless its environment asks for fewer. */
    const char *variable = "OPENBLAS_NUM_THREADS";
    const char *before = getenv(variable);
    char *kept = before ? strdup(before) : NULL;
    setenv(variable, "1", 1);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (kept) {
        setenv(variable, kept, 1);
        free(kept);
    } else {
        unsetenv(variable);
    }
    if (!library)
        return dlerror();
    for (size_t k = 0; k < sizeof symbols / sizeof *symbols; k++) {
        void *symbol = dlsym(library, symbols[k].name);
        if (!symbol)
            return dlerror();
        memcpy((char *)&openblas + symbols[k].offset, &symbol, sizeof symbol);
    }
    openblas.set_num_threads(1);
    return NULL;
}

static const char *openblas_config(void) { return openblas.get_config(); }
static const char *openblas_corename(void) { return openblas.get_corename(); }

/* out (m, n) = x (m, k) @ y (k, n), or += if accumulate. A transposed operand lies in memory as (k, m), (n, k). */
static void openblas_gemm(int type, int x_transposed, int y_transposed, Py_ssize_t m, Py_ssize_t n, Py_ssize_t k,
                          const void *x, Py_ssize_t ldx, const void *y, Py_ssize_t ldy, int accumulate,
                          void *out, Py_ssize_t ldo)
{
    int tx = x_transposed ? BLAS_TRANSPOSE : BLAS_NO_TRANSPOSE;
    int ty = y_transposed ? BLAS_TRANSPOSE : BLAS_NO_TRANSPOSE;
    const double zone[2] = {1.0, 0.0}, zzero[2] = {0.0, 0.0};
    const float cone[2] = {1.0f, 0.0f}, czero[2] = {0.0f, 0.0f};
    switch (type) {
    case BLAS_FLOAT:
        openblas.sgemm(BLAS_ROW_MAJOR, tx, ty, m, n, k, 1.0f, x, ldx, y, ldy, accumulate, out, ldo);
        break;
    case BLAS_DOUBLE:
        openblas.dgemm(BLAS_ROW_MAJOR, tx, ty, m, n, k, 1.0, x, ldx, y, ldy, accumulate, out, ldo);
        break;
    case BLAS_CFLOAT:
        openblas.cgemm(BLAS_ROW_MAJOR, tx, ty, m, n, k, cone, x, ldx, y, ldy, accumulate ? cone : czero, out, ldo);
        break;
    case BLAS_CDOUBLE:
        openblas.zgemm(BLAS_ROW_MAJOR, tx, ty, m, n, k, zone, x, ldx, y, ldy, accumulate ? zone : zzero, out, ldo);
        break;
    }
}

/* out (rows of op(x)) += op(x) @ v. x lies in memory as (rows, columns); steps count elements. Always added: some
   releases scale an uninitialised out by zero, which keeps its NaNs. */
static void openblas_gemv(int type, int transposed, Py_ssize_t rows, Py_ssize_t columns, const void *x, Py_ssize_t ldx,
                          const void *v, Py_ssize_t step, void *out, Py_ssize_t out_step)
{
    int t = transposed ? BLAS_TRANSPOSE : BLAS_NO_TRANSPOSE;
    const double zone[2] = {1.0, 0.0};
    const float cone[2] = {1.0f, 0.0f};
    switch (type) {
    case BLAS_FLOAT:
        openblas.sgemv(BLAS_ROW_MAJOR, t, rows, columns, 1.0f, x, ldx, v, step, 1.0f, out, out_step);
        break;
    case BLAS_DOUBLE:
        openblas.dgemv(BLAS_ROW_MAJOR, t, rows, columns, 1.0, x, ldx, v, step, 1.0, out, out_step);
        break;
    case BLAS_CFLOAT:
        openblas.cgemv(BLAS_ROW_MAJOR, t, rows, columns, cone, x, ldx, v, step, cone, out, out_step);
        break;
    case BLAS_CDOUBLE:
        openblas.zgemv(BLAS_ROW_MAJOR, t, rows, columns, zone, x, ldx, v, step, zone, out, out_step);
        break;
    }
}

/* out = sum of x[i] * y[i], no conjugation. x and y point to element 0 and steps may be negative. */
static void openblas_dot(int type, Py_ssize_t n, const void *x, Py_ssize_t x_step, const void *y, Py_ssize_t y_step,
                         void *out)
{
    static const Py_ssize_t itemsize[] = {4, 8, 8, 16};
    /* BLAS wants the lowest address of an operand whose step is negative. */
    if (x_step < 0)
        x = (const char *)x + (n - 1) * x_step * itemsize[type];
    if (y_step < 0)
        y = (const char *)y + (n - 1) * y_step * itemsize[type];
    switch (type) {
    case BLAS_FLOAT:
        *(float *)out = openblas.sdot(n, x, x_step, y, y_step);
        break;
    case BLAS_DOUBLE:
        *(double *)out = openblas.ddot(n, x, x_step, y, y_step);
        break;
    case BLAS_CFLOAT:
        openblas.cdotu(n, x, x_step, y, y_step, out);
        break;
    case BLAS_CDOUBLE:
        openblas.zdotu(n, x, x_step, y, y_step, out);
        break;
    }
}

#endif
