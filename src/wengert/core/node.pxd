from wengert.core.storage cimport Storage

# What one backward pass keeps about a node. A node is its own record for the pass that claimed it first; passes that
# run inside or beside another one keep their records in a table.
cdef class PassRecord:
    cdef long pass_id            # which pass the fields below belong to
    cdef int dependencies        # edges of this pass that have not delivered yet
    cdef bint needed             # on a path to something that was asked for
    cdef object cotangent        # ndarray or Tensor; a list with one entry per output where there are several

# An input of a node beyond the second; the first two are kept in the node itself.
cdef class Operand:
    cdef Node next
    cdef int output_number
    cdef object saved
    cdef long version
    cdef tuple shape
    cdef int type_number

cdef class Node(PassRecord):
    cdef readonly int number_of_inputs
    cdef readonly int number_of_outputs
    cdef readonly long sequence
    # Edges: the nodes that made the inputs, and which of their outputs the inputs are.
    cdef Node next0
    cdef Node next1
    cdef int output_number0
    cdef int output_number1
    cdef list more               # of Operand, for inputs beyond the second
    # Provenance.
    cdef object code
    cdef int offset
    cdef object scope
    cdef object hooks            # NodeHooks or None
    cdef object freed_by         # the Where of the backward call that freed what this node saved
    cdef dict user_metadata
    cdef object __weakref__

    cdef void record_place(self)
    cdef object pullback(self, object cotangent, bint tensors)
    cdef void release(self, object freed_by)
    cdef bint is_accumulator(self)
    cdef bint runs_without_cotangent(self)
    cdef void result_gets_memory(self, object array, Storage memory)

cdef Node next_of(Node node, int i)
cdef int output_number_of(Node node, int i)
cdef void set_edge(Node node, int i, Node next, int output_number)
cdef Operand operand(Node node, int i)
cdef long new_sequence()
