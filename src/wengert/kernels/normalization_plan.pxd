cdef enum:
    LANES = 32               # independent sums
    TILE = 1024              # elements whose moments are taken together, in the first cache
    WIDTH = 128              # channels walked together where one element of each follows the other in memory
    STEP = 32                # rows added up there before the sums are merged in double precision
    TASK_ELEMENTS = 1 << 15  # elements of one task
    ROWS_TOGETHER = 64       # rows of a parameter's gradient added in one sum before sums of such are added

# Sums over some elements: of d = x - shift, of d squared or of g d, and of g.
ctypedef struct Sums:
    double d
    double product
    double g

# Mean, and sum of squared differences from it, of `count` elements.
ctypedef struct Moments:
    double count
    double mean
    double squares

# Rows: x is (rows, channels, length), row r has parameters [r % groups * channels, + channels).
# Channels: x is (rows, channels, length), each channel has one parameter and groups is 1.
# All pointers are to float, or all to double; NULL for what is not there or not wanted.
ctypedef struct Normalization:
    Py_ssize_t rows
    Py_ssize_t groups
    Py_ssize_t channels
    Py_ssize_t length
    Py_ssize_t grain         # rows of one task
    double eps
    bint centred
    bint given               # mean and variance are given, not the input's own
    void* x
    void* g
    void* weight
    void* bias
    void* mean
    void* variance
    void* out
    void* of_weight
    void* of_bias
    void* partial            # rows: (tasks, 4, groups * channels), the gradients of the parameters by task
