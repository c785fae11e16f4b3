cimport numpy as cnp

ctypedef fused real:
    float
    double

cdef enum:
    MOST_DIMENSIONS = 64     # NumPy's own limit

# An array's dimensions told apart into those that stay and those that are reduced, each list with size-1 dimensions
# dropped and neighbours merged where one step crosses both; a list that came out empty holds one dimension of size 1.
ctypedef struct Plan:
    int kept
    int reduced
    cnp.npy_intp kept_shape[MOST_DIMENSIONS]
    cnp.npy_intp kept_steps[MOST_DIMENSIONS]
    cnp.npy_intp reduced_shape[MOST_DIMENSIONS]
    cnp.npy_intp reduced_steps[MOST_DIMENSIONS]
    Py_ssize_t outputs       # the product of kept_shape
    Py_ssize_t terms         # the product of reduced_shape
    int result_dimensions
    cnp.npy_intp result_shape[MOST_DIMENSIONS]

cdef int read_dims(object dim, int dimensions, unsigned char* is_reduced) except -1
cdef void make_plan(Plan* plan, cnp.ndarray x, unsigned char* is_reduced, bint keepdim) noexcept
cdef cnp.npy_intp offset_of(int dimensions, cnp.npy_intp* shape, cnp.npy_intp* steps, Py_ssize_t index) noexcept nogil

cdef enum:
    SUM
    PRODUCT
    MAXIMUM
    MINIMUM
    BLOCK = 2048             # terms added up in LANES independent sums before pairwise addition begins
    LANES = 64
    FOLDED = 128             # outputs per row that short contiguous rows are laid side by side to
    SHORT = 64               # a run of terms below this is not worth a block of its own
    COLUMNS = 256            # outputs side by side in memory that one task reduces together
    COLUMN_ROWS = 32         # terms per output added one after another there before pairwise addition begins
    CHUNK = 1 << 15          # terms of one task
    PARALLEL_TERMS = 1 << 16 # below this many the interpreter lock is kept and no thread is woken

# One reduction: tasks are numbered (output or column block, chunk of terms).
ctypedef struct Reduction:
    Plan* plan
    char* memory
    void* values             # (chunks, outputs) of x's type
    cnp.int64_t* indices     # with an index: (outputs,), else NULL
    int operation
    bint columns             # outputs are neighbours in memory: reduce COLUMNS of them at a time
    Py_ssize_t blocks        # column blocks per run of the innermost kept dimension
    Py_ssize_t chunks
    Py_ssize_t chunk_terms

cdef enum:
    SOFTMAX
    LOG_SOFTMAX
    SOFTMAX_GRADIENT
    LOG_SOFTMAX_GRADIENT
    LOGSUMEXP
    TILE = 1024              # elements whose exponentials are taken together
    WIDTH = 128              # columns walked together where the softmax does not run along memory
    TASK_ELEMENTS = 1 << 14  # elements of one task

# x is the input, or the gradient g; y the result that a gradient reads (else again x). All (outer, n, inner), in C
# order; for LOGSUMEXP out is (outer, inner).
ctypedef struct SoftmaxJob:
    int kind
    void* x
    void* y
    void* out
    Py_ssize_t n
    Py_ssize_t inner
