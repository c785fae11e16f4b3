# Attention of many heads: where the matrices of each begin, their rows' steps, and their sizes, in elements.
ctypedef struct Heads:
    int type                 # as in openblas.h: 0 float32, 1 float64
    Py_ssize_t item_size
    Py_ssize_t queries, keys, features, values
    bint causal
    double scale
    char* query
    char* key
    char* value
    char* g
    Py_ssize_t* query_offsets
    Py_ssize_t* key_offsets
    Py_ssize_t* value_offsets
    Py_ssize_t* g_offsets
    Py_ssize_t query_step, key_step, value_step, g_step
    char* weights
    char* out
    char* of_query
    char* of_key
    char* of_value
    bint failed              # there was no memory
