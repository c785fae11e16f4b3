cdef extern from "kernels/convolution_tiles.h":
    enum:
        TILE_VECTOR_BYTES
        TILE_ROWS
        TILE_VECTORS
        TILE_DOT_ROWS
        TILE_DOT_COLUMNS

    # A run of pixels whose inputs are neighbours in the slab.
    ctypedef struct TileRun:
        Py_ssize_t source, target, length

    void* tile_scratch(size_t bytes) nogil
    void tile_pack_float(const float* slab, const Py_ssize_t* offsets, Py_ssize_t depth, const TileRun* runs,
                         Py_ssize_t run_count, Py_ssize_t width, Py_ssize_t lanes, float* packed) nogil
    void tile_pack_double(const double* slab, const Py_ssize_t* offsets, Py_ssize_t depth, const TileRun* runs,
                          Py_ssize_t run_count, Py_ssize_t width, Py_ssize_t lanes, double* packed) nogil
    void tile_multiply_float(int rows, const float* weights, const float* packed, Py_ssize_t depth, float* out,
                             Py_ssize_t out_step, Py_ssize_t width, const float* bias, int accumulate) nogil
    void tile_multiply_double(int rows, const double* weights, const double* packed, Py_ssize_t depth, double* out,
                              Py_ssize_t out_step, Py_ssize_t width, const double* bias, int accumulate) nogil
    void tile_dot_float(Py_ssize_t rows, Py_ssize_t depth, Py_ssize_t depth_padded, Py_ssize_t vectors, const float* g,
                        Py_ssize_t g_step, const float* packed, float* out, Py_ssize_t out_step) nogil
    void tile_dot_double(Py_ssize_t rows, Py_ssize_t depth, Py_ssize_t depth_padded, Py_ssize_t vectors, const double* g,
                         Py_ssize_t g_step, const double* packed, double* out, Py_ssize_t out_step) nogil

# A correlation: out[m, o] = sum over c and taps j of weight[m, c, j] * x[c, o * stride + offset[j]], where x is zero
# outside its bounds. Three spatial dimensions; a missing one has one position and one tap. Lengths and steps count
# elements.
ctypedef struct Correlation:
    Py_ssize_t itemsize
    Py_ssize_t images, groups
    Py_ssize_t channels              # of the input, in one group
    Py_ssize_t rows                  # channels of the output, in one group
    Py_ssize_t depth                 # channels * taps: the length of the sums
    Py_ssize_t taps
    Py_ssize_t tap_count[3]
    Py_ssize_t* tap_offset[3]
    Py_ssize_t lowest[3]             # the smallest and the largest of the offsets
    Py_ssize_t highest[3]
    Py_ssize_t stride[3]
    Py_ssize_t size[3]               # of the input
    Py_ssize_t out_size[3]
    char* x
    Py_ssize_t x_image, x_channel
    Py_ssize_t x_step[3]
    char* out                        # the output or, for the gradient of the weight, g
    Py_ssize_t out_image, out_channel
    Py_ssize_t out_step[3]
    char* weights                    # packed (see pack_weights), or the partial gradients
    char* bias
    # Tiles: of rows * columns positions of one depth plane; the slab holds the inputs of one of them.
    Py_ssize_t tile_height, tile_width
    Py_ssize_t tiles_down, tiles_across
    Py_ssize_t block_depth           # how much of the depth is summed at a time
    Py_ssize_t slab_rows, slab_row, slab_phase, slab_plane, slab_channel
    Py_ssize_t* slab_offset          # of each tap
    # The gradient of the weight only.
    Py_ssize_t depth_blocks
    Py_ssize_t chunks, images_per_chunk
    Py_ssize_t packed_vectors        # how many vectors of pixels are packed before they are multiplied
    int failed                       # a thread found no memory
