# For kernels/blas.py alone, which owns the table of functions that openblas_load fills.
cdef extern from "kernels/openblas.h":
    const char* openblas_load(const char* path)
    const char* openblas_config()
    const char* openblas_corename()
    void openblas_gemm(int type, bint x_transposed, bint y_transposed, Py_ssize_t m, Py_ssize_t n, Py_ssize_t k,
                       const void* x, Py_ssize_t ldx, const void* y, Py_ssize_t ldy, bint accumulate,
                       void* out, Py_ssize_t ldo) noexcept nogil
    void openblas_gemv(int type, bint transposed, Py_ssize_t rows, Py_ssize_t columns, const void* x, Py_ssize_t ldx,
                       const void* v, Py_ssize_t step, void* out, Py_ssize_t out_step) noexcept nogil
    void openblas_dot(int type, Py_ssize_t n, const void* x, Py_ssize_t x_step, const void* y, Py_ssize_t y_step,
                      void* out) noexcept nogil
