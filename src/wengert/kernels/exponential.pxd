cdef extern from "kernels/exponential.h" nogil:
    float wengert_exp_float(float x) noexcept
    double wengert_exp_double(double x) noexcept
