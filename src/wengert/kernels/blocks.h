/* The blocks of memory behind kernels/blocks.py. All of its state is static: exactly one module may include this file.

   Design
     A. A block is a header of 64 bytes and, aligned to 64 bytes, its data. The capacity stands in the header, so that
        nothing depends on the size that NumPy names when it gives a block back.
     B. Capacities are 64 KiB times 1, 1.25, 1.5 or 1.75 times a power of two. A block given back waits in the list of
        its capacity, and the next request for that capacity takes the one that came back last: it may still be cached.
     C. What waits never exceeds the limit: the blocks that have waited longest go back to the system. A block larger than
        the limit, or smaller than the least capacity, never waits.
     D. Arrays own their blocks through NumPy's memory handlers (NEP 49), each array remembering its own: they look like
        any other array, can be resized, and may be freed at any time, on any thread, in a child process, and after this
        module's globals are gone. Nobody's own arrays are affected, for the handler is never made the current one.
     E. After fork the child gives what waits in its copy back at once: it shares those pages with its parent, so that
        writing to them would cost either process a copy of each. */

#ifndef WENGERT_BLOCKS_H
#define WENGERT_BLOCKS_H

#include <Python.h>
#include <numpy/arrayobject.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#define WENGERT_LEAST ((size_t)1 << 16) /* bytes; what is smaller the system's allocator reuses by itself */
#define WENGERT_CLASSES 96              /* up to 64 KiB * 2^24, 1 TiB */
#define WENGERT_HUGE ((size_t)1 << 22)  /* NumPy asks for huge pages from this size on */
#define WENGERT_NUMPY_DOMAIN 389047     /* under which NumPy reports its arrays' memory to tracemalloc */

typedef struct wengert_block {
    size_t capacity;
    struct wengert_block *below;           /* in the stack of its class */
    struct wengert_block *above;
    struct wengert_block *older, *younger; /* among all that wait */
    int size_class;                        /* -1: never waits */
    char rest[64 - 5 * sizeof(void *) - sizeof(int)];
} wengert_block;

_Static_assert(sizeof(wengert_block) == 64, "the data behind a header must keep its alignment");

static struct wengert_blocks_state {
    pthread_mutex_t lock; /* guards everything below */
    wengert_block *waiting[WENGERT_CLASSES];
    wengert_block *oldest, *youngest;
    size_t held, blocks;   /* bytes and blocks that wait */
    size_t limit;          /* most bytes that may wait */
    size_t reused, fetched; /* requests served from what waits, and from the system */
    size_t out;            /* bytes of the blocks that arrays own now */
} wengert_blocks = {.lock = PTHREAD_MUTEX_INITIALIZER, .limit = (size_t)256 << 20};

/* The class of the least capacity that holds `size` bytes, and that capacity. -1, and the size itself, beyond them. */
static int wengert_size_class(size_t size, size_t *capacity) {
    *capacity = size;
    if (size < WENGERT_LEAST || size > WENGERT_LEAST << (WENGERT_CLASSES / 4 - 1))
        return -1;
    int power = 63 - __builtin_clzll((unsigned long long)size); /* 2^power <= size */
    size_t quarter = ((size_t)1 << power) / 4;
    size_t steps = (size - ((size_t)1 << power) + quarter - 1) / quarter; /* 0 to 4 */
    *capacity = ((size_t)1 << power) + steps * quarter;
    return (power - 16) * 4 + (int)steps;
}

/* Take a block that waits out of both lists; the lock is held. */
static void wengert_unlist(wengert_block *block) {
    if (block->above)
        block->above->below = block->below;
    else
        wengert_blocks.waiting[block->size_class] = block->below;
    if (block->below)
        block->below->above = block->above;
    if (block->older)
        block->older->younger = block->younger;
    else
        wengert_blocks.oldest = block->younger;
    if (block->younger)
        block->younger->older = block->older;
    else
        wengert_blocks.youngest = block->older;
    wengert_blocks.held -= block->capacity;
    wengert_blocks.blocks--;
}

/* Detach the longest waiting blocks until at most `most` bytes wait; the lock is held. They are linked by `below`. */
static wengert_block *wengert_detach_beyond(size_t most) {
    wengert_block *detached = NULL;
    while (wengert_blocks.held > most) {
        wengert_block *block = wengert_blocks.oldest;
        wengert_unlist(block);
        block->below = detached;
        detached = block;
    }
    return detached;
}

/* Give detached blocks back to the system, without the lock: unmapping memory takes a while. */
static void wengert_release(wengert_block *block) {
    while (block) {
        wengert_block *next = block->below;
        free(block);
        block = next;
    }
}

static void *wengert_take(size_t size) {
    size_t capacity;
    int size_class = wengert_size_class(size, &capacity);
    void *memory;
    wengert_block *block = NULL;
    if (capacity > SIZE_MAX / 2)
        return NULL;
    pthread_mutex_lock(&wengert_blocks.lock);
    if (size_class >= 0 && (block = wengert_blocks.waiting[size_class]) != NULL) {
        wengert_unlist(block);
        wengert_blocks.reused++;
        wengert_blocks.out += capacity;
    }
    pthread_mutex_unlock(&wengert_blocks.lock);
    if (block != NULL)
        return block + 1;
    if (posix_memalign(&memory, 64, sizeof(wengert_block) + capacity) != 0)
        return NULL;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (capacity >= WENGERT_HUGE) {
        /* Advice on the whole pages inside; where the system does not follow it nothing changes. */
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        uintptr_t begin = ((uintptr_t)memory + page - 1) & ~(page - 1);
        uintptr_t end = ((uintptr_t)memory + sizeof(wengert_block) + capacity) & ~(page - 1);
        madvise((void *)begin, end - begin, MADV_HUGEPAGE);
    }
#endif
    block = memory;
    block->capacity = capacity;
    block->size_class = size_class;
    pthread_mutex_lock(&wengert_blocks.lock);
    wengert_blocks.fetched++;
    wengert_blocks.out += capacity;
    pthread_mutex_unlock(&wengert_blocks.lock);
    return block + 1;
}

static void wengert_give_back(void *data) {
    wengert_block *block = (wengert_block *)data - 1, *detached;
    if (data == NULL)
        return;
    pthread_mutex_lock(&wengert_blocks.lock);
    wengert_blocks.out -= block->capacity;
    if (block->size_class < 0 || block->capacity > wengert_blocks.limit) {
        block->below = NULL;
        detached = block;
    } else {
        detached = wengert_detach_beyond(wengert_blocks.limit - block->capacity);
        block->above = NULL;
        block->below = wengert_blocks.waiting[block->size_class];
        if (block->below)
            block->below->above = block;
        wengert_blocks.waiting[block->size_class] = block;
        block->younger = NULL;
        block->older = wengert_blocks.youngest;
        if (block->older)
            block->older->younger = block;
        else
            wengert_blocks.oldest = block;
        wengert_blocks.youngest = block;
        wengert_blocks.held += block->capacity;
        wengert_blocks.blocks++;
    }
    pthread_mutex_unlock(&wengert_blocks.lock);
    wengert_release(detached);
}

/* Give back what waits beyond `most` bytes. */
static void wengert_shrink(size_t most) {
    wengert_block *detached;
    pthread_mutex_lock(&wengert_blocks.lock);
    detached = wengert_detach_beyond(most);
    pthread_mutex_unlock(&wengert_blocks.lock);
    wengert_release(detached);
#ifdef __GLIBC__
    if (most == 0)
        malloc_trim(0); /* what came from the heap rather than from a mapping of its own */
#endif
}

static void wengert_limit_blocks(size_t limit) {
    pthread_mutex_lock(&wengert_blocks.lock);
    wengert_blocks.limit = limit;
    pthread_mutex_unlock(&wengert_blocks.lock);
    wengert_shrink(limit);
}

/* ---------------------------------------------------------------------------------------- NumPy's handler (NEP 49) */

static void *wengert_handler_malloc(void *context, size_t size) { return wengert_take(size); }

static void *wengert_handler_calloc(void *context, size_t count, size_t size) {
    void *data;
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    data = wengert_take(count * size);
    return data == NULL ? NULL : memset(data, 0, count * size);
}

static void *wengert_handler_realloc(void *context, void *data, size_t size) {
    size_t capacity;
    void *moved;
    if (data == NULL)
        return wengert_take(size);
    capacity = ((wengert_block *)data - 1)->capacity;
    if (size <= capacity && size >= capacity / 2)
        return data;
    moved = wengert_take(size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, data, size < capacity ? size : capacity);
    wengert_give_back(data);
    return moved;
}

static void wengert_handler_free(void *context, void *data, size_t size) { wengert_give_back(data); }

static PyDataMem_Handler wengert_handler = {
    .name = "wengert",
    .version = 1,
    .allocator =
        {
            .malloc = wengert_handler_malloc,
            .calloc = wengert_handler_calloc,
            .realloc = wengert_handler_realloc,
            .free = wengert_handler_free,
        },
};
static PyObject *wengert_capsule = NULL; /* never freed: arrays outlive this module's globals */

/* A new array that owns a block, its contents undefined. None if NumPy has to make it: small,
   without elements, of objects, or too large for the memory that there is. */
static PyObject *wengert_array_on_block(PyArray_Descr *type, int dimensions, npy_intp *shape, int fortran) {
    size_t size = (size_t)PyDataType_ELSIZE(type);
    void *data;
    PyObject *array;
    if (size == 0 || PyDataType_REFCHK(type))
        Py_RETURN_NONE;
    for (int d = 0; d < dimensions; d++) {
        if (shape[d] <= 0 || (size_t)shape[d] > (SIZE_MAX / 4) / size)
            Py_RETURN_NONE;
        size *= (size_t)shape[d];
    }
    if (size < WENGERT_LEAST)
        Py_RETURN_NONE;
    data = wengert_take(size);
    if (data == NULL)
        Py_RETURN_NONE;
    Py_INCREF(type); /* taken by the call below */
    array = PyArray_NewFromDescr(
        &PyArray_Type, type, dimensions, shape, NULL, data, fortran ? NPY_ARRAY_FARRAY : NPY_ARRAY_CARRAY, NULL);
    if (array == NULL) {
        PyErr_Clear();
        wengert_give_back(data);
        Py_RETURN_NONE;
    }
    Py_INCREF(wengert_capsule);
    ((PyArrayObject_fields *)array)->mem_handler = wengert_capsule;
    PyArray_ENABLEFLAGS((PyArrayObject *)array, NPY_ARRAY_OWNDATA);
    PyTraceMalloc_Track(WENGERT_NUMPY_DOMAIN, (uintptr_t)data, size); /* NumPy reports the end when it frees the block */
    return array;
}

/* ------------------------------------------------------------------------------------------------ fork, start */

static void wengert_blocks_before_fork(void) { pthread_mutex_lock(&wengert_blocks.lock); }

static void wengert_blocks_after_fork_in_parent(void) { pthread_mutex_unlock(&wengert_blocks.lock); }

static void wengert_blocks_after_fork_in_child(void) {
    pthread_mutex_init(&wengert_blocks.lock, NULL);
    wengert_release(wengert_detach_beyond(0));
}

/* 0, or -1 with an error set. */
static int wengert_start_blocks(void) {
    if (wengert_capsule != NULL)
        return 0;
    wengert_capsule = PyCapsule_New(&wengert_handler, "mem_handler", NULL);
    if (wengert_capsule == NULL)
        return -1;
    if (pthread_atfork(
            wengert_blocks_before_fork, wengert_blocks_after_fork_in_parent, wengert_blocks_after_fork_in_child) != 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

#endif
