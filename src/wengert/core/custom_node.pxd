from wengert.core.node cimport Node

# A node whose pullback is Python code: the backward of a user's Function.
cdef class CustomNode(Node):
    cdef readonly tuple input_kinds       # (shape, NumPy type) per tensor input, None for others
    cdef readonly tuple output_kinds      # (shape, NumPy type) per output
    cdef readonly bint freed
