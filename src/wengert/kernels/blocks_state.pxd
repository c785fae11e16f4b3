# What blocks.py takes from blocks.h. Apart from blocks.pxd, because the header holds the state: a module that cimports
# this file gets blocks of its own, so only blocks.py does.
cimport numpy as cnp

cdef extern from "kernels/blocks.h":
    cdef struct wengert_blocks_state:
        size_t held, blocks, limit, reused, fetched, out
    wengert_blocks_state wengert_blocks
    void wengert_shrink(size_t most) nogil
    void wengert_limit_blocks(size_t limit) nogil
    int wengert_start_blocks() except -1
    object wengert_array_on_block(cnp.dtype type, int dimensions, cnp.npy_intp* shape, int fortran)
