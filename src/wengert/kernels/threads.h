/* The pool of threads behind kernels/threads.py. All of its state is static: exactly one module may include this file.

   Design
     A. A job is a range cut into chunks of `grain` items. Whoever is free claims the next chunk from an atomic counter,
        the caller included; so a thread that the system has put aside holds up at most the chunk that it is working on.
     B. Workers sleep on a condition variable, after a few microseconds of looking whether the next job follows at
        once. A job opens as many places as it has chunks left for others; a worker that wakes after the last chunk was
        claimed finds the places closed and sleeps on. The caller waits for workers that hold a chunk, never for those
        that have not woken.
     C. One job at a time. A job that finds the pool taken (another Python thread, or a body that starts a job of its
        own) runs in its caller, chunk by chunk, with the same split and therefore the same result.
     D. After fork the child has no workers and a fresh pool; it starts its own when it first needs them.
     E. Workers start when they are first needed, block every signal (Python's handlers belong to the main thread), and
        are joined when the interpreter exits. */

#ifndef WENGERT_THREADS_H
#define WENGERT_THREADS_H

#include <Python.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

typedef void (*wengert_body)(void *context, Py_ssize_t begin, Py_ssize_t end);

static struct {
    pthread_mutex_t lock; /* guards everything below but the atomics */
    pthread_cond_t work;  /* places were opened, or the pool is stopping */
    pthread_cond_t done;  /* the last worker left the job */
    pthread_t *workers;
    Py_ssize_t started;
    atomic_size_t places;  /* workers that may still join the job; written under the lock */
    int stopping;
    wengert_body body;
    void *context;
    Py_ssize_t count, grain;
    atomic_size_t next;    /* the first item that nobody has claimed */
    atomic_size_t active;  /* workers in the job; written under the lock */
    atomic_flag taken;     /* a caller owns the pool */
    atomic_size_t threads; /* the setting, the caller included */
} wengert_pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .work = PTHREAD_COND_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
    .taken = ATOMIC_FLAG_INIT,
    .threads = 1,
};

static _Thread_local int wengert_inside = 0;

#if defined(__x86_64__) || defined(__i386__)
#define WENGERT_RELAX() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define WENGERT_RELAX() __asm__ __volatile__("yield")
#else
#define WENGERT_RELAX() ((void)0)
#endif
#define WENGERT_LOOKS 200 /* some 4 us: about what going to sleep and being woken costs */

static void wengert_serial(wengert_body body, void *context, Py_ssize_t count, Py_ssize_t grain) {
    for (Py_ssize_t begin = 0; begin < count; begin += grain)
        body(context, begin, count - begin < grain ? count : begin + grain);
}

static void wengert_claim_chunks(wengert_body body, void *context, Py_ssize_t count, Py_ssize_t grain) {
    wengert_inside = 1;
    for (;;) {
        /* The counter stops within one grain per thread past count, so it cannot wrap. */
        Py_ssize_t begin = (Py_ssize_t)atomic_fetch_add_explicit(&wengert_pool.next, (size_t)grain, memory_order_relaxed);
        if (begin >= count)
            break;
        body(context, begin, count - begin < grain ? count : begin + grain);
    }
    wengert_inside = 0;
}

static void *wengert_worker(void *unused) {
    (void)unused;
    pthread_mutex_lock(&wengert_pool.lock);
    for (;;) {
        while (!wengert_pool.stopping && atomic_load(&wengert_pool.places) == 0)
            pthread_cond_wait(&wengert_pool.work, &wengert_pool.lock);
        if (wengert_pool.stopping)
            break;
        atomic_fetch_sub(&wengert_pool.places, 1);
        atomic_fetch_add(&wengert_pool.active, 1);
        wengert_body body = wengert_pool.body;
        void *context = wengert_pool.context;
        Py_ssize_t count = wengert_pool.count, grain = wengert_pool.grain;
        pthread_mutex_unlock(&wengert_pool.lock);
        wengert_claim_chunks(body, context, count, grain);
        pthread_mutex_lock(&wengert_pool.lock);
        if (atomic_fetch_sub(&wengert_pool.active, 1) == 1)
            pthread_cond_signal(&wengert_pool.done);
        pthread_mutex_unlock(&wengert_pool.lock);
        for (int look = 0; look < WENGERT_LOOKS && atomic_load(&wengert_pool.places) == 0; look++)
            WENGERT_RELAX();
        pthread_mutex_lock(&wengert_pool.lock);
    }
    pthread_mutex_unlock(&wengert_pool.lock);
    return NULL;
}

/* Called with the lock held. Where the system refuses a thread, the work is shared among fewer. */
static void wengert_start_workers(Py_ssize_t wanted) {
    if (wengert_pool.started >= wanted)
        return;
    pthread_t *workers = realloc(wengert_pool.workers, (size_t)wanted * sizeof *workers);
    if (workers == NULL)
        return;
    wengert_pool.workers = workers;
    sigset_t every_signal, before;
    sigfillset(&every_signal);
    pthread_sigmask(SIG_SETMASK, &every_signal, &before);
    while (wengert_pool.started < wanted &&
           pthread_create(&workers[wengert_pool.started], NULL, wengert_worker, NULL) == 0)
        wengert_pool.started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void wengert_parallel_for(wengert_body body, void *context, Py_ssize_t count, Py_ssize_t grain) {
    if (count <= 0)
        return;
    if (grain < 1)
        grain = 1;
    if (count <= grain) {
        body(context, 0, count);
        return;
    }
    Py_ssize_t helpers = (Py_ssize_t)atomic_load_explicit(&wengert_pool.threads, memory_order_relaxed) - 1;
    if (helpers < 1 || wengert_inside || atomic_flag_test_and_set_explicit(&wengert_pool.taken, memory_order_acquire)) {
        wengert_serial(body, context, count, grain);
        return;
    }
    Py_ssize_t others = (count - 1) / grain; /* chunks beyond the caller's first */
    if (helpers > others)
        helpers = others;
    pthread_mutex_lock(&wengert_pool.lock);
    wengert_start_workers(helpers);
    if (helpers > wengert_pool.started)
        helpers = wengert_pool.started;
    wengert_pool.body = body;
    wengert_pool.context = context;
    wengert_pool.count = count;
    wengert_pool.grain = grain;
    atomic_store_explicit(&wengert_pool.next, 0, memory_order_relaxed);
    atomic_store(&wengert_pool.places, (size_t)helpers);
    pthread_mutex_unlock(&wengert_pool.lock);
    for (Py_ssize_t k = 0; k < helpers; k++)
        pthread_cond_signal(&wengert_pool.work);

    wengert_claim_chunks(body, context, count, grain);

    pthread_mutex_lock(&wengert_pool.lock);
    atomic_store(&wengert_pool.places, 0);
    pthread_mutex_unlock(&wengert_pool.lock);
    for (int look = 0; look < WENGERT_LOOKS && atomic_load(&wengert_pool.active) != 0; look++)
        WENGERT_RELAX();
    pthread_mutex_lock(&wengert_pool.lock);
    while (atomic_load(&wengert_pool.active) != 0)
        pthread_cond_wait(&wengert_pool.done, &wengert_pool.lock);
    pthread_mutex_unlock(&wengert_pool.lock);
    atomic_flag_clear_explicit(&wengert_pool.taken, memory_order_release);
}

/* The child of a fork has one thread and copies of locks in whatever state they were. */
static void wengert_after_fork_in_child(void) {
    pthread_mutex_init(&wengert_pool.lock, NULL);
    pthread_cond_init(&wengert_pool.work, NULL);
    pthread_cond_init(&wengert_pool.done, NULL);
    wengert_pool.workers = NULL; /* not freed: the parent may have forked inside its allocation */
    wengert_pool.started = 0;
    atomic_store(&wengert_pool.places, 0);
    wengert_pool.stopping = 0;
    atomic_store(&wengert_pool.active, 0);
    atomic_flag_clear(&wengert_pool.taken);
    wengert_inside = 0;
}

static Py_ssize_t wengert_available_cores(void) {
#ifdef __linux__
    for (int cores = 1024; cores <= 1 << 20; cores *= 4) { /* the kernel's mask may be wider than a cpu_set_t */
        cpu_set_t *set = CPU_ALLOC(cores);
        if (set == NULL)
            break;
        size_t size = CPU_ALLOC_SIZE(cores);
        int found = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (found > 0)
            return found;
    }
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? online : 1;
}

/* 0, or the error number of pthread_atfork. */
static int wengert_start_pool(void) {
    atomic_store(&wengert_pool.threads, (size_t)wengert_available_cores());
    return pthread_atfork(NULL, NULL, wengert_after_fork_in_child);
}

/* Joins the workers; a pool in use by another thread is left to the end of the process. */
static void wengert_stop_pool(void) {
    if (atomic_flag_test_and_set_explicit(&wengert_pool.taken, memory_order_acquire))
        return;
    pthread_mutex_lock(&wengert_pool.lock);
    wengert_pool.stopping = 1;
    pthread_mutex_unlock(&wengert_pool.lock);
    pthread_cond_broadcast(&wengert_pool.work);
    for (Py_ssize_t k = 0; k < wengert_pool.started; k++)
        pthread_join(wengert_pool.workers[k], NULL);
    free(wengert_pool.workers);
    wengert_pool.workers = NULL;
    wengert_pool.started = 0;
    wengert_pool.stopping = 0;
    atomic_flag_clear_explicit(&wengert_pool.taken, memory_order_release);
}

static Py_ssize_t wengert_get_threads(void) { return (Py_ssize_t)atomic_load(&wengert_pool.threads); }
static void wengert_set_threads(Py_ssize_t threads) { atomic_store(&wengert_pool.threads, (size_t)threads); }
static Py_ssize_t wengert_started_workers(void) { return wengert_pool.started; }
static int wengert_is_inside(void) { return wengert_inside; }

#endif
