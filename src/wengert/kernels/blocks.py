"""Memory for large results, reused: blocks.h tells how it works.

Fresh memory from the system costs a page fault every 4 KiB, which takes longer than most arithmetic on it. Kernels
therefore make their results with `new_array` (compiled code), `empty_array` or `zero_array`.
"""

import operator

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.libc.string import memset
from cython.cimports.wengert.kernels.blocks_state import (
    wengert_array_on_block,
    wengert_blocks,
    wengert_limit_blocks,
    wengert_shrink,
    wengert_start_blocks,
)

cnp.import_array()


@cython.cfunc
def large_empty(
    dimensions: cython.int, shape: cython.pointer(cnp.npy_intp), number: cython.int, fortran: cython.bint
) -> cnp.ndarray:
    made = wengert_array_on_block(cnp.PyArray_DescrFromType(number), dimensions, shape, fortran)
    if made is None:
        return cnp.PyArray_EMPTY(dimensions, shape, number, fortran)
    return made


@cython.cfunc
def new_copy(x: cnp.ndarray) -> cnp.ndarray:
    """A copy of x, row by row; on a block if it is large."""
    made: cnp.ndarray
    if cnp.PyArray_SIZE(x) < LEAST_ELEMENTS or cnp.PyArray_TYPE(x) >= cnp.NPY_OBJECT or not cnp.PyArray_ISNOTSWAPPED(x):
        return cnp.PyArray_NewCopy(x, cnp.NPY_CORDER)
    made = large_empty(x.ndim, x.shape, cnp.PyArray_TYPE(x), False)
    cnp.PyArray_CopyInto(made, x)
    return made


@cython.cfunc
def block_for(shape, dtype):
    """A new array on a block; None if NumPy has to make it."""
    sizes: cnp.npy_intp[64]
    count: cython.double = 1
    d: cython.int = 0
    if not isinstance(shape, tuple) or len(shape) > 64:
        return None
    for size in shape:
        sizes[d] = size
        count *= sizes[d]
        d += 1
    if count < LEAST_ELEMENTS:
        return None
    return wengert_array_on_block(dtype if isinstance(dtype, cnp.dtype) else numpy.dtype(dtype), d, sizes, False)


def empty_array(shape, dtype) -> numpy.ndarray:
    """`numpy.empty(shape, dtype)`; large ones of a tuple of sizes are made on a block of reused memory."""
    made = block_for(shape, dtype)
    return numpy.empty(shape, dtype) if made is None else made


def zero_array(shape, dtype) -> numpy.ndarray:
    """`numpy.zeros(shape, dtype)`; large ones of a tuple of sizes are made on a block of reused memory."""
    made = block_for(shape, dtype)
    if made is None:
        return numpy.zeros(shape, dtype)
    memset(cnp.PyArray_DATA(made), 0, cnp.PyArray_NBYTES(made))
    return made


def empty_cache() -> None:
    """Give the memory that waits for reuse back to the system.

    Large results (64 KiB and more) leave their memory to later results; `set_memory_pool_limit` bounds how much may
    wait. Tensors keep theirs.

    >>> import wengert as t
    >>> x = t.zeros(1000, 1000) + 1
    >>> del x
    >>> t.empty_cache()
    """
    with cython.nogil:
        wengert_shrink(0)


def get_memory_pool_limit() -> int:
    """How many bytes of memory may wait for reuse; 256 MiB to begin with.

    >>> import wengert as t
    >>> t.get_memory_pool_limit() // 2**20
    256
    """
    return wengert_blocks.limit


def set_memory_pool_limit(limit) -> None:
    """Let at most `limit` bytes of memory wait for reuse; 0 means that all memory goes back to the system at once.

    RuntimeError if `limit` is no integer or negative.

    >>> import wengert as t
    >>> before = t.get_memory_pool_limit()
    >>> t.set_memory_pool_limit(2**20)
    >>> t.get_memory_pool_limit()
    1048576
    >>> t.set_memory_pool_limit(before)
    """
    try:
        if isinstance(limit, bool):
            raise TypeError
        number = operator.index(limit)
    except TypeError:
        raise RuntimeError(f"set_memory_pool_limit expects an int, but got {type(limit).__name__}") from None
    if not 0 <= number < 2**63:
        raise RuntimeError(f"set_memory_pool_limit expects a number of bytes, 0 or more, but got {limit}")
    most: cython.size_t = number
    with cython.nogil:
        wengert_limit_blocks(most)


def statistics() -> dict:
    """Bytes and blocks that wait, bytes that arrays own, requests served by reuse and by the system."""
    return {
        "held bytes": wengert_blocks.held,
        "held blocks": wengert_blocks.blocks,
        "bytes in use": wengert_blocks.out,
        "reused": wengert_blocks.reused,
        "fetched": wengert_blocks.fetched,
    }


wengert_start_blocks()
