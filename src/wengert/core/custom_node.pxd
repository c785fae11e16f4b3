from wengert.core.node cimport Node

# A tensor that a Function saved.
cdef class Kept:
    cdef readonly object content          # the tensor, or a Packed
    cdef long version                     # of its memory; -1 where it has none
    cdef int number                       # which output of the node it is; -1 for any other tensor
    cdef Node place                       # where a packed tensor stands in the graph
    cdef int place_number

# A node whose pullback is Python code: the backward of a user's Function. Nothing but methods is visible from Python,
# where users put attributes of any name on it.
cdef class CustomNode(Node):
    cdef tuple input_kinds                # (shape, NumPy type) per tensor input, None where no gradient flows
    cdef tuple output_kinds               # (shape, NumPy type) per output, None for what is no tensor
    cdef tuple tensor_positions           # of the arguments, which are tensors: those the node has edges for
    cdef int number_of_arguments
    cdef bint freed                       # a pass has let go of what the node saved

    cdef void become_history_of(self, object y, int i)
    cdef void check_may_be_changed(self, object x) except *
    cdef void check_kind(self, int i, object g) except *
    cdef object checked(self, int i, object g, bint tensors)
