# What the loops of normalization.py are made of: sums and moments of elements side by side in memory, and the writing of
# results from them. They stand here, and inline, so that each instruction set has its own.

from wengert.kernels.normalization_plan cimport LANES, Moments, Sums, TILE
from wengert.kernels.reduction_plan cimport real


cdef inline real* at(void* address, real* like) noexcept nogil:
    """An address as a pointer of `like`'s type; a cast to the fused type itself is not among Cython's."""
    if real is float:
        return <float*>address
    else:
        return <double*>address


cdef inline real folded(real* lanes) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(16):
        lanes[k] += lanes[k + 16]
    for k in range(8):
        lanes[k] += lanes[k + 8]
    for k in range(4):
        lanes[k] += lanes[k + 4]
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])


# What is left over at the end of the sums below is filled up to LANES with what adds nothing: were the lanes themselves
# added to at places not known beforehand, the compiler would keep them in memory throughout.


cdef inline real total(real* p, Py_ssize_t n) noexcept nogil:
    """The sum of n elements."""
    cdef real[LANES] lanes
    cdef real[LANES] last
    cdef Py_ssize_t k
    cdef Py_ssize_t i = 0
    for k in range(LANES):
        lanes[k] = 0
    while i + LANES <= n:
        for k in range(LANES):
            lanes[k] += p[i + k]
        i += LANES
    if i < n:
        for k in range(LANES):
            last[k] = 0
        for k in range(n - i):
            last[k] = p[i + k]
        for k in range(LANES):
            lanes[k] += last[k]
    return folded(&lanes[0])


cdef inline void add_differences(real* x, real shift, Py_ssize_t n, Sums* sums) noexcept nogil:
    """The sums of x - shift and of its square over at most TILE elements."""
    cdef real[LANES] d
    cdef real[LANES] squares
    cdef real[LANES] last
    cdef Py_ssize_t k
    cdef Py_ssize_t i = 0
    for k in range(LANES):
        d[k] = 0
        squares[k] = 0
    while i + LANES <= n:
        for k in range(LANES):
            d[k] += x[i + k] - shift
            squares[k] += (x[i + k] - shift) * (x[i + k] - shift)
        i += LANES
    if i < n:
        for k in range(LANES):
            last[k] = 0
        for k in range(n - i):
            last[k] = x[i + k] - shift
        for k in range(LANES):
            d[k] += last[k]
            squares[k] += last[k] * last[k]
    sums.d += folded(&d[0])
    sums.product += folded(&squares[0])


cdef inline void add_products(real* g, real* x, real* weight, real shift, Py_ssize_t n, Sums* sums) noexcept nogil:
    """The sums of g, x - shift and their product over any number of elements, g times the weight if there is one."""
    cdef real[LANES] d
    cdef real[LANES] product
    cdef real[LANES] of_g
    cdef real[LANES] last
    cdef real[LANES] last_of_g
    cdef Py_ssize_t k
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t end
    while i < n:
        end = i + TILE if n - i > TILE else n
        for k in range(LANES):
            d[k] = 0
            product[k] = 0
            of_g[k] = 0
        if weight == NULL:
            while i + LANES <= end:
                for k in range(LANES):
                    d[k] += x[i + k] - shift
                    of_g[k] += g[i + k]
                    product[k] += g[i + k] * (x[i + k] - shift)
                i += LANES
        else:
            while i + LANES <= end:
                for k in range(LANES):
                    d[k] += x[i + k] - shift
                    of_g[k] += g[i + k] * weight[i + k]
                    product[k] += g[i + k] * weight[i + k] * (x[i + k] - shift)
                i += LANES
        if i < end:
            for k in range(LANES):
                last[k] = 0
                last_of_g[k] = 0
            for k in range(end - i):
                last[k] = x[i + k] - shift
                last_of_g[k] = g[i + k]
            if weight != NULL:
                for k in range(end - i):
                    last_of_g[k] *= weight[i + k]
            for k in range(LANES):
                d[k] += last[k]
                of_g[k] += last_of_g[k]
                product[k] += last_of_g[k] * last[k]
        i = end
        sums.d += folded(&d[0])
        sums.g += folded(&of_g[0])
        sums.product += folded(&product[0])


cdef inline void merge(Moments* moments, double count, double mean, double squares) noexcept nogil:
    """Take in those of `count` more elements."""
    cdef double whole = moments.count + count
    cdef double difference = mean - moments.mean
    if moments.count == 0:
        moments.mean = mean
        moments.squares = squares
    else:
        moments.squares += squares + difference * difference * (moments.count * count / whole)
        moments.mean = moments.mean * (moments.count / whole) + mean * (count / whole)
    moments.count = whole


cdef inline double mean_from(double shift, double sum_of_differences, double count) noexcept nogil:
    """shift + the mean difference from it; an infinite shift, from which differences are NaN, stays."""
    if sum_of_differences != sum_of_differences and shift - shift != 0:
        return shift
    return shift + sum_of_differences / count


cdef inline double squares_from(Sums* sums, double count) noexcept nogil:
    """The sum of squared differences from the mean, of sums of differences from near it; rounding takes none below 0."""
    cdef double found = sums.product - sums.d * (sums.d / count)
    return 0.0 if found < 0 else found


cdef inline void add_moments(real* x, Py_ssize_t n, bint centred, Moments* moments) noexcept nogil:
    """Take in n elements side by side; where not centred, their squares are those of differences from 0.

    Of a tile, differences are from the mean of its first LANES elements. It lies within sqrt(TILE / LANES) deviations of
    the tile's mean, whatever the elements are, and within a fraction of one for all but sorted ones; so taking it off
    again costs at most 5 bits in the variance, and hardly ever any.
    """
    cdef Sums sums
    cdef real shift
    cdef Py_ssize_t size
    cdef Py_ssize_t first
    cdef Py_ssize_t i = 0
    while i < n:
        size = TILE if n - i > TILE else n - i
        first = LANES if size > LANES else size
        shift = total(x + i, first) / first if centred else 0
        sums.d = 0
        sums.product = 0
        add_differences(x + i, shift, size, &sums)
        if centred:
            merge(moments, size, mean_from(shift, sums.d, size), squares_from(&sums, size))
        else:
            moments.squares += sums.product
            moments.mean = (moments.mean * moments.count + sums.d) / (moments.count + size)
            moments.count += size
        i += size


cdef inline void write_shifted(
    real* x, real* out, Py_ssize_t n, real mean, real rest, real scale, real bias
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        out[i] = ((x[i] - mean) - rest) * scale + bias


cdef inline void write_channel_pullback(
    real* g, real* x, real* out, Py_ssize_t n, real mean, real rest, real weight, real scale, real along_one, real along_x
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        out[i] = (g[i] * weight - along_one - ((x[i] - mean) - rest) * along_x) * scale


cdef inline void write_scaled(
    real* x, real* out, Py_ssize_t n, real mean, real rest, real scale, real* weight, real* bias
) noexcept nogil:
    """(x - mean - rest) scale, times the weight and plus the bias of each element, if they are there."""
    cdef Py_ssize_t i
    if weight != NULL and bias != NULL:
        for i in range(n):
            out[i] = ((x[i] - mean) - rest) * scale * weight[i] + bias[i]
    elif weight != NULL:
        for i in range(n):
            out[i] = ((x[i] - mean) - rest) * scale * weight[i]
    elif bias != NULL:
        for i in range(n):
            out[i] = ((x[i] - mean) - rest) * scale + bias[i]
    else:
        for i in range(n):
            out[i] = ((x[i] - mean) - rest) * scale


cdef inline void write_pullback(
    real* g, real* x, real* out, Py_ssize_t n, real mean, real rest, real* weight, real scale, real along_one, real along_x
) noexcept nogil:
    """(g - along_one - (x - mean - rest) along_x) scale, g times the weight of each element if there are weights."""
    cdef Py_ssize_t i
    if weight == NULL:
        for i in range(n):
            out[i] = (g[i] - along_one - ((x[i] - mean) - rest) * along_x) * scale
    else:
        for i in range(n):
            out[i] = (g[i] * weight[i] - along_one - ((x[i] - mean) - rest) * along_x) * scale
