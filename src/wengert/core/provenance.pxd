cdef extern from "core/provenance.h":
    object wengert_locate(int* offset)
    int wengert_set_package_prefix(const char* prefix)

# Where the user's program stands: returns the code object (None if there is no user frame) and writes the byte offset
# of its running instruction.
cdef object locate(int* offset)

cdef class Place:
    cdef object code
    cdef int offset

cdef Place place_here()
