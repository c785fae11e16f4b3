# For kernels/lapack_calls.py alone, which owns the handle of the library that lapack_open fills.
cdef extern from "kernels/lapack_calls.h":
    int MOST_WORDS
    const char* lapack_open(const char* path)
    size_t lapack_symbol(const char* name)
    void lapack_run(size_t routine, int words, char** start, const Py_ssize_t* steps, Py_ssize_t first,
                    Py_ssize_t end) noexcept nogil
