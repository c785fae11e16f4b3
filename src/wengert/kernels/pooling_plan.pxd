# One pooling job: windows over three spatial dimensions (missing ones have size 1) of contiguous planes.
ctypedef struct Pooling:
    int type                     # 0 float32, 1 float64, 2 int64
    char* x
    char* out
    long long* indices
    Py_ssize_t size[3]
    Py_ssize_t out_size[3]
    Py_ssize_t kernel[3]
    Py_ssize_t stride[3]
    Py_ssize_t padding[3]
    Py_ssize_t dilation[3]
    Py_ssize_t plane             # elements of an input plane
    Py_ssize_t out_plane
    bint include_padding
    double divisor               # 0 for the size of the window
    int bad_index
