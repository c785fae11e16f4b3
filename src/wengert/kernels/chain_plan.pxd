cimport numpy as cnp

# The form of a ufunc's inner loop; NumPy's own type says const where nothing is written.
ctypedef void (*Loop)(char** arguments, cnp.npy_intp* dimensions, cnp.npy_intp* steps, void* data) noexcept nogil

cdef enum:
    MOST_STEPS = 32        # of one chain
    MOST_SOURCES = 24      # inputs and constants of one chain
    MOST_BUFFERS = 6       # intermediate values alive at once
    BUFFER_ELEMENTS = 6144 # of all buffers together
    BLOCK = 1024           # elements worked on at a time: the buffers of one block fit into the first cache

# One loop: what it reads (numbers below MOST_SOURCES are inputs and constants, others the results of steps) and where it
# writes (a buffer, or -1 for the result of the chain).
ctypedef struct ChainStep:
    Loop function
    void* data
    int operands
    int sources[3]
    int buffer
    cnp.npy_intp item_size

# The steps for one type of elements.
ctypedef struct ChainPlan:
    int count
    cnp.npy_intp item_size
    ChainStep steps[MOST_STEPS]

# One call: where its inputs and constants lie, constants with a step of 0.
ctypedef struct ChainCall:
    ChainPlan* plan
    int sources
    char* memory[MOST_SOURCES]
    cnp.npy_intp strides[MOST_SOURCES]
    char* out
    float floats[MOST_SOURCES]
    double doubles[MOST_SOURCES]
