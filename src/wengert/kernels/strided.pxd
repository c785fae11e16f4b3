cimport numpy as cnp

cdef extern from "kernels/strided.h":
    object wengert_view(object x, int dimensions, cnp.npy_intp* shape, cnp.npy_intp* steps, cnp.npy_intp offset)
