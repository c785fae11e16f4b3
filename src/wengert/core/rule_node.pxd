from wengert.core.node cimport Node
from wengert.core.operation cimport Operation
from wengert.core.rule cimport Rule
from wengert.core.storage cimport Storage

cdef class RuleNode(Node):
    cdef readonly Operation operation
    cdef readonly tuple parameters
    # What rules read of the first two inputs; of later ones in `more`.
    cdef object saved0, saved1         # Tensor, Python scalar, None, or Packed
    cdef long version0, version1
    cdef tuple shape0, shape1          # where it differs from the result's, or where a rule reads it
    cdef int type_number0, type_number1
    # The result, as its array: holding the tensor would be a cycle.
    cdef object result                 # ndarray; a tensor without history for levels; a list for several outputs
    cdef Storage result_memory
    cdef long result_version
    cdef list result_versions        # of several results, the version of each
    cdef list output_kinds             # for several outputs: (shape, type number) each
    cdef long level                    # the separate level that it was recorded on; 0 for none

    cdef object gradient(self, int i, object cotangent, bint tensors)
    cdef object list_gradients(self, object cotangent, bint tensors)
    cdef object zero_gradient(self, int i, object cotangent)
    cdef object of_several(self, list cotangents, bint tensors)
    cdef object run_compiled(self, Rule rule, object cotangent)
    cdef object array_of(self, int kind, int index)
    cdef object fit(self, int i, object g)
    cdef object packed(self, int i)
    cdef object call_rule(self, Rule rule, object cotangent)
    cdef object source(self, int kind, int index)
    cdef object shape_of(self, int i)
    cdef object unpack_input(self, int i)
    cdef object unpack_tensor(self, int i)
    cdef void check_result(self) except *
    cdef object unpack_result(self, int index)
    cdef object fit_tensor(self, int i, object g)
