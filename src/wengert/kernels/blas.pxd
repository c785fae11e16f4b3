cimport numpy as cnp

cdef enum:
    MOST_BATCH_DIMENSIONS = 62    # NumPy's 64 less the matrix itself

# A matrix as BLAS takes it: the memory of a row-major (rows, columns) block, or of its transpose. Leading dimension
# and steps count elements.
ctypedef struct Matrix:
    char* memory
    Py_ssize_t rows
    Py_ssize_t columns
    Py_ssize_t row_step
    Py_ssize_t column_step
    bint transposed
    Py_ssize_t leading

# A whole product: a batch of equal matrix products, cut into tiles of the result.
ctypedef struct Product:
    int type
    Py_ssize_t itemsize
    Matrix x
    Matrix y
    char* out
    bint accumulate
    Py_ssize_t m, n, k
    Py_ssize_t rows_per_tile, columns_per_tile
    Py_ssize_t tile_rows, tile_columns
    int batch_dimensions
    Py_ssize_t batch_shape[MOST_BATCH_DIMENSIONS]
    Py_ssize_t x_batch_step[MOST_BATCH_DIMENSIONS]
    Py_ssize_t y_batch_step[MOST_BATCH_DIMENSIONS]

# A long dot product, cut into chunks whose sums lie side by side.
ctypedef struct DotProduct:
    int type
    Py_ssize_t itemsize
    char* x
    char* y
    Py_ssize_t x_step
    Py_ssize_t y_step
    char* sums

# out (m, n) = x (m, k) @ y (k, n), or += if accumulate, on one thread: for other kernels, also inside the pool. `type`
# is 0 float32, 1 float64, 2 complex64, 3 complex128. Row-major; a transposed operand lies in memory as (k, m) or (n, k).
# Every length and leading dimension must be below 2**31, and k above 0.
cdef void gemm(int type, bint x_transposed, bint y_transposed, Py_ssize_t m, Py_ssize_t n, Py_ssize_t k,
               const void* x, Py_ssize_t ldx, const void* y, Py_ssize_t ldy, bint accumulate,
               void* out, Py_ssize_t ldo) noexcept nogil
