from wengert.core.node cimport Node

# A tensor that a Function saved.
cdef class Kept:
    cdef readonly object content          # the tensor, or a Packed
    cdef long version                     # of its memory; -1 where it has none
    cdef int number                       # which output of the node it is; -1 for any other tensor
    cdef Node place                       # where a packed tensor stands in the graph
    cdef int place_number

# A node whose pullback is Python code: the backward of a user's Function.
cdef class CustomNode(Node):
    cdef readonly tuple input_kinds       # (shape, NumPy type) per tensor input, None where no gradient flows
    cdef readonly tuple output_kinds      # (shape, NumPy type) per output, None for what is no tensor
    cdef readonly tuple tensor_positions  # of the arguments, which are tensors: those the node has edges for
    cdef readonly int number_of_arguments
    cdef readonly bint freed              # a pass has let go of what the node saved
