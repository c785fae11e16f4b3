cdef extern from "kernels/convolution_tiles.h":
    enum:
        TILE_VECTOR_BYTES
        TILE_ROWS
        TILE_VECTORS
        TILE_DOT_ROWS
        TILE_DOT_COLUMNS

    # Up to one vector of pixels whose inputs are neighbours in the slab.
    ctypedef struct TileCopy:
        Py_ssize_t source, target

    # The vectors of pixels that a register block takes at once.
    ctypedef struct TilePanel:
        int vectors
        Py_ssize_t source[3]
        Py_ssize_t target[3]
        Py_ssize_t width[3]

    void* tile_scratch(size_t bytes) nogil
    void tile_pack_float(const float* slab, const Py_ssize_t* offsets, Py_ssize_t depth, const TileCopy* copies,
                         Py_ssize_t copy_count, Py_ssize_t width, Py_ssize_t lanes, float* packed) nogil
    void tile_pack_double(const double* slab, const Py_ssize_t* offsets, Py_ssize_t depth, const TileCopy* copies,
                          Py_ssize_t copy_count, Py_ssize_t width, Py_ssize_t lanes, double* packed) nogil
    void tile_multiply_float(int rows, const float* weights, const float* x, const Py_ssize_t* offsets, Py_ssize_t depth,
                             float* out, Py_ssize_t out_step, const TilePanel* panel, const float* bias,
                             int accumulate) nogil
    void tile_multiply_double(int rows, const double* weights, const double* x, const Py_ssize_t* offsets, Py_ssize_t depth,
                             double* out, Py_ssize_t out_step, const TilePanel* panel, const double* bias,
                             int accumulate) nogil
    void tile_dot_float(Py_ssize_t rows, Py_ssize_t depth, Py_ssize_t depth_padded, Py_ssize_t vectors, const float* g,
                        Py_ssize_t g_step, const float* packed, float* out, Py_ssize_t out_step) nogil
    void tile_dot_double(Py_ssize_t rows, Py_ssize_t depth, Py_ssize_t depth_padded, Py_ssize_t vectors, const double* g,
                         Py_ssize_t g_step, const double* packed, double* out, Py_ssize_t out_step) nogil
