cdef extern from "kernels/exponential.h" nogil:
    float wengert_exp_float(float x) noexcept
    double wengert_exp_double(double x) noexcept
    float wengert_exp_nonpositive_float(float x) noexcept
    double wengert_exp_nonpositive_double(double x) noexcept
