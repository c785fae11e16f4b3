# A piece of work: the half-open range [begin, end) of items, with the caller's own context.
ctypedef void (*Body)(void* context, Py_ssize_t begin, Py_ssize_t end) noexcept nogil

# Runs body over [0, count) in chunks of `grain` items. The split depends on count and grain alone, never on the number
# of threads, so results do not either. A single chunk, or one thread, runs in the caller.
cdef void parallel_for(Body body, void* context, Py_ssize_t count, Py_ssize_t grain) noexcept nogil

# Whether this thread is running a chunk of a job that the pool shares out: what it calls must use no threads.
cdef bint inside_pool() noexcept nogil
