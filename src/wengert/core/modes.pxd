from cpython.object cimport PyObject

cdef extern from "core/modes.h":
    ctypedef struct WengertModes:
        bint grad_enabled
        bint grad_wanted
        bint inference
        int saved_hooks
        int origin_offset
        PyObject* origin_code
        PyObject* scope
        PyObject* walk
        int depth
        int unpacked
        int transform
    WengertModes* wengert_modes() nogil

# This thread's modes. The pointer stays good as long as the thread lives.
cdef WengertModes* modes() noexcept nogil

# Set this thread's grad mode.
cdef void want_grad(WengertModes* state, bint wanted) noexcept nogil
