/* LAPACK inside OpenBLAS's file: looked up by name, called over a batch. For kernels/lapack_calls.py alone.

   Every argument of a Fortran routine is an address, except the lengths of its one-letter strings, which follow the
   others by value; an address and a length travel alike on every platform that OpenBLAS's wheels are made for. So one
   call of so many words serves every routine and every type. */

#ifndef WENGERT_LAPACK_CALLS_H
#define WENGERT_LAPACK_CALLS_H

#include <Python.h>
#include <dlfcn.h>
#include <stdint.h>

enum { MOST_WORDS = 24 };

static void *lapack_library;

static const char *lapack_open(const char *path)
{
    lapack_library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return lapack_library ? NULL : dlerror();
}

static size_t lapack_symbol(const char *name) { return (size_t)(uintptr_t)dlsym(lapack_library, name); }

#define W1 void *
#define W4 W1, W1, W1, W1
#define W8 W4, W4
#define W16 W8, W8
#define A4(k) a[k], a[k + 1], a[k + 2], a[k + 3]
#define A8(k) A4(k), A4(k + 4)

/* Words beyond those that a routine takes are left unread: the caller removes them. */
static void lapack_call(size_t routine, int words, void **a)
{
    void *f = (void *)(uintptr_t)routine;
    if (words <= 8)
        ((void (*)(W8))f)(A8(0));
    else if (words <= 12)
        ((void (*)(W8, W4))f)(A8(0), A4(8));
    else if (words <= 16)
        ((void (*)(W16))f)(A8(0), A8(8));
    else if (words <= 20)
        ((void (*)(W16, W4))f)(A8(0), A8(8), A4(16));
    else
        ((void (*)(W16, W8))f)(A8(0), A8(8), A8(16));
}

/* The routine on `count` matrices in a row; `steps` are the bytes from an argument of one to that of the next. */
static void lapack_run(size_t routine, int words, char **start, const Py_ssize_t *steps, Py_ssize_t first,
                       Py_ssize_t end)
{
    void *a[MOST_WORDS] = {0};
    for (Py_ssize_t i = first; i < end; i++) {
        for (int k = 0; k < words; k++)
            a[k] = (void *)((uintptr_t)start[k] + (uintptr_t)(i * steps[k]));
        lapack_call(routine, words, a);
    }
}

#undef W1
#undef W4
#undef W8
#undef W16
#undef A4
#undef A8

#endif
