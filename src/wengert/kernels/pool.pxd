# What threads.py takes from threads.h. Apart from threads.pxd, because the header holds the pool's state: a module that
# cimports this file gets a pool of its own, so only threads.py does.
cdef extern from "kernels/threads.h" nogil:
    ctypedef void (*wengert_body)(void* context, Py_ssize_t begin, Py_ssize_t end) noexcept nogil
    void wengert_parallel_for(wengert_body body, void* context, Py_ssize_t count, Py_ssize_t grain) noexcept
    int wengert_start_pool() noexcept
    void wengert_stop_pool() noexcept
    Py_ssize_t wengert_get_threads() noexcept
    void wengert_set_threads(Py_ssize_t threads) noexcept
    Py_ssize_t wengert_started_workers() noexcept
    bint wengert_is_inside() noexcept
