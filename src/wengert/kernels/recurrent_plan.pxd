from wengert.kernels.elementwise cimport PyUFuncGenericFunction

# A recurrent layer in one direction: how many rows each step has, and what is computed with.
ctypedef struct Layer:
    int type                 # as in openblas.h: 0 float32, 1 float64
    Py_ssize_t item_size
    Py_ssize_t steps
    Py_ssize_t* sizes        # rows of each step; they do not grow
    Py_ssize_t entries       # rows of the first step
    Py_ssize_t rows          # of all steps
    Py_ssize_t hidden
    Py_ssize_t shown         # columns of an LSTM's results, fewer than `hidden` where they are projected
    bint backwards
    PyUFuncGenericFunction tanh
    void* tanh_data
