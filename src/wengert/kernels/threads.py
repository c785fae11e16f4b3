"""One small pool of threads for every loop and matrix product; threads.h tells how it works.

The split of a job into chunks depends on its size alone, so the number of threads never changes a result. Chunks are
claimed one by one and waiting threads sleep, so a thread that the system has put aside delays nobody.
"""

import atexit
import operator

import cython
from cython.cimports.wengert.kernels.pool import (
    wengert_get_threads,
    wengert_is_inside,
    wengert_parallel_for,
    wengert_set_threads,
    wengert_start_pool,
    wengert_started_workers,
    wengert_stop_pool,
)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def parallel_for(body: Body, context: cython.p_void, count: cython.Py_ssize_t, grain: cython.Py_ssize_t) -> cython.void:
    wengert_parallel_for(body, context, count, grain)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def inside_pool() -> cython.bint:
    return wengert_is_inside()


def get_num_threads() -> int:
    """How many threads, the calling one included, large work is shared among.

    To begin with: the cores that this process may run on (its affinity mask, where the system has one).

    >>> import wengert as t
    >>> t.get_num_threads() >= 1
    True
    """
    return wengert_get_threads()


def set_num_threads(count) -> None:
    """Share large work among `count` threads, the calling one included; 1 means that no other thread is ever used.

    Results are the same for any number. RuntimeError, as in PyTorch, if `count` is no integer or less than 1.

    >>> import wengert as t
    >>> before = t.get_num_threads()
    >>> t.set_num_threads(1)
    >>> t.get_num_threads()
    1
    >>> t.set_num_threads(before)
    """
    try:
        if isinstance(count, bool):
            raise TypeError
        number: cython.Py_ssize_t = operator.index(count)
    except TypeError:
        raise RuntimeError(f"set_num_threads expects an int, but got {type(count).__name__}") from None
    except OverflowError:
        raise RuntimeError(f"set_num_threads expects a positive integer that fits a C integer, got {count}") from None
    if number < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, got {count}")
    wengert_set_threads(number)


def started_workers() -> int:
    """How many threads the pool has started; they are started when work first needs them."""
    return wengert_started_workers()


@cython.cfunc
def stop_pool():
    with cython.nogil:
        wengert_stop_pool()


def _at_exit() -> None:
    stop_pool()


if wengert_start_pool() != 0:
    raise MemoryError("the thread pool could not register what has to happen after fork")
atexit.register(_at_exit)
