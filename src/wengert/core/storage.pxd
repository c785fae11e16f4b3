# The memory that several tensors share.
cdef class Storage:
    cdef readonly object array     # the ndarray that owns the memory, or its outermost known view
    cdef public long version       # counts in-place changes
    # The last in-place change: by what, and where in the user's program.
    cdef object changed_by
    cdef object changed_code
    cdef int changed_offset
    cdef public object before_change    # None, or called before an in-place change of the memory
    cdef object __weakref__

    cdef Storage continued(self, object array)
