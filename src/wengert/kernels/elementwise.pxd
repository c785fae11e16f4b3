cimport numpy as cnp

cdef extern from "numpy/ufuncobject.h":
    ctypedef void (*PyUFuncGenericFunction)(char** arguments, const cnp.npy_intp* dimensions,
                                            const cnp.npy_intp* steps, void* data) noexcept nogil
    ctypedef struct PyUFuncObject:
        int nin, nout, nargs
        PyUFuncGenericFunction* functions
        void** data
        int ntypes
        char* types

cdef enum:
    NUMBER_OF_TYPES = 24     # NumPy's built-in type numbers, float16 (23) included
    MOST_DIMENSIONS = 64     # NumPy's own limit

# What one strided walk over up to three operands needs; the unit of work given to the thread pool.
ctypedef struct Walk:
    PyUFuncGenericFunction function
    void* data
    int operands
    int dimensions
    cnp.npy_intp shape[MOST_DIMENSIONS]
    cnp.npy_intp steps[3][MOST_DIMENSIONS]
    char* memory[3]

# The inner loops of one ufunc for operands of one common type, indexed by that type's number.
cdef class Loops:
    cdef readonly object ufunc
    cdef public str name                # what errors call it
    cdef readonly int inputs
    cdef PyUFuncGenericFunction functions[NUMBER_OF_TYPES]
    cdef void* data[NUMBER_OF_TYPES]
    cdef int result_type[NUMBER_OF_TYPES]

cdef object run_unary(Loops loops, cnp.ndarray x, object out)
cdef object run_binary(Loops loops, object x, object y, object out)
cdef bint overlaps(cnp.ndarray x, cnp.ndarray y)
cdef bint overlaps_itself(cnp.ndarray x)
cdef bint same_memory(cnp.ndarray x, cnp.ndarray y)
cdef tuple shape_tuple(cnp.ndarray x)
