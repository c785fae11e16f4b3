cimport numpy as cnp

# A new array of a built-in type, from a block if it is large.
cdef cnp.ndarray large_empty(int dimensions, cnp.npy_intp* shape, int number, bint fortran)

# PyArray_NewCopy in C order, on a block if the array is large.
cdef cnp.ndarray new_copy(cnp.ndarray x)

# No array with fewer elements reaches 64 KiB, whatever its type.
cdef enum:
    LEAST_ELEMENTS = 1 << 12

# PyArray_EMPTY, on a block of reused memory if the array is large. Small ones take NumPy's own way at once.
cdef inline cnp.ndarray new_array(int dimensions, cnp.npy_intp* shape, int number, bint fortran):
    cdef cnp.npy_intp count = 1
    cdef int d
    for d in range(dimensions):
        count *= shape[d]
    if count < LEAST_ELEMENTS:
        return cnp.PyArray_EMPTY(dimensions, shape, number, fortran)
    return large_empty(dimensions, shape, number, fortran)
