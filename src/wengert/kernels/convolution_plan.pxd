cimport numpy as cnp

# A correlation: out[m, o] = sum over c and taps j of weight[m, c, j] * x[c, o * stride + offset[j]], where x is zero
# outside its bounds. Three spatial dimensions; a missing one has one position and one tap. Lengths and steps count
# elements.
ctypedef struct Correlation:
    Py_ssize_t itemsize
    # What the instruction set gives: numbers in a vector, vectors in a panel, rows of a register block.
    Py_ssize_t lanes, panel_vectors, block_rows
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
    bint direct                      # whether pixels are read from the slab, row by row, and not packed
    # The gradient of the weight only.
    Py_ssize_t depth_blocks
    Py_ssize_t chunks, images_per_chunk
    Py_ssize_t packed_vectors        # how many vectors of pixels are packed before they are multiplied
    int failed                       # a thread found no memory

# Memory of the taps' offsets, for as long as a job runs.
cdef class Offsets:
    cdef list _arrays
    cdef Py_ssize_t* hold(self, values)

cdef void set_taps(Correlation* job, list offsets, Offsets held)
cdef void set_input(Correlation* job, cnp.ndarray x, Py_ssize_t groups)
cdef void set_output(Correlation* job, cnp.ndarray out)
cdef void flatten_points(Correlation* job) noexcept
cdef object pack_weights(cnp.ndarray weight, Correlation* job, Py_ssize_t group, Py_ssize_t row, Py_ssize_t channel,
                         Py_ssize_t* tap_place)
cdef void set_block_depth(Correlation* job, Py_ssize_t blocks) noexcept
cdef void choose_tiles(Correlation* job, Py_ssize_t most_pixels) noexcept
cdef void choose_direct(Correlation* job) noexcept
cdef void lay_out_slab(Correlation* job) noexcept
cdef Py_ssize_t find_offsets(Correlation* job, Py_ssize_t first, Py_ssize_t depth, Py_ssize_t* offsets) noexcept nogil
cdef bint writes_in_place(Correlation* job) noexcept nogil
cdef Py_ssize_t round_up(Py_ssize_t count, Py_ssize_t unit) noexcept nogil
cdef Py_ssize_t panel_pixels(Correlation* job) noexcept nogil
cdef Py_ssize_t offsets_bytes(Correlation* job) noexcept nogil
cdef Py_ssize_t copies_bytes(Correlation* job) noexcept nogil
cdef Py_ssize_t panels_bytes(Correlation* job) noexcept nogil
cdef Py_ssize_t slab_bytes(Correlation* job) noexcept nogil
cdef Py_ssize_t packed_bytes(Correlation* job) noexcept nogil
