from cpython.object cimport PyObject
from wengert.core.tensor cimport Tensor
from wengert.kernels.elementwise cimport Loops

ctypedef object (*Vectorcall)(PyObject* callable, PyObject** arguments, size_t count, PyObject* names)

cdef extern from "core/type_slots.h":
    void wengert_enable_vectorcall(object type, Py_ssize_t offset)
    size_t wengert_count(size_t count)
    int wengert_set_on_type(object type, object name, object value) except -1
    PyObject** wengert_items(object items)
    object wengert_enter_operation(PyObject* callable, PyObject** arguments, size_t count, PyObject* names)
    object wengert_enter_in_place(PyObject* callable, PyObject** arguments, size_t count, PyObject* names)
    Vectorcall wengert_operation_entry
    Vectorcall wengert_in_place_entry
    Vectorcall wengert_explain
    int wengert_raise_again() except -1

cdef enum:
    MOST_OPERANDS = 16      # what fits on the stack of a call; longer lists of operands are allocated

cdef class Operation:
    cdef bint has_derivative(self, int i) noexcept
    cdef object positional_parameters(self, PyObject** arguments, int count)
    cdef Vectorcall vectorcall
    cdef readonly str name
    cdef readonly str kind             # "elementwise", "linear", "bilinear" or "general"
    cdef readonly str signature
    cdef readonly tuple names          # all names, in the signature's order
    cdef readonly tuple inputs         # the names of tensor operands
    cdef readonly tuple parameters     # the other names
    cdef readonly tuple outputs
    cdef readonly dict defaults
    cdef readonly str collects         # the parameter written with a star, which gathers several ints into a tuple
    cdef readonly object forward
    cdef readonly object complex_forward   # what computes complex operands in its stead, or None
    cdef object check                  # None, or what raises for types of operands that are refused
    cdef readonly object integer_forward   # what computes integers and booleans in its stead, or None
    cdef readonly bint takes_bfloat16  # the forward is given bfloat16 as it is, instead of float32 in its place
    cdef readonly Loops inner_loops    # None unless the forward is a ufunc
    cdef dict scalar_forms             # loops of one operand that serve for some Python scalars as the second one
    cdef readonly tuple rules          # of Rule or None, one per input
    cdef readonly dict options         # how other modes are had: axes, batch, shape, jvp, fallback, symmetric, ...
    cdef readonly dict rewrites        # extra keywords, each a function of the call that has it
    cdef readonly bint view            # the result shares the memory of the first input
    cdef readonly bint takes_list      # its one input is a list of tensors
    cdef readonly bint differentiable
    cdef readonly bint broadcasts      # inputs are broadcast, gradients reduced back
    cdef readonly tuple promoted       # which inputs are converted to a common type
    cdef readonly object in_place      # the in-place form, or None
    cdef readonly object writes        # None, or what the in-place form changes the first operand's array with
    cdef readonly object canonical     # None, or a function that puts the operands and parameters in order
    cdef unsigned long differentiable_outputs
    cdef readonly object part          # None, or how output i of any number of views is had by one step from the input
    cdef int number_of_inputs
    cdef int number_of_names
    cdef unsigned long truths          # which names, by position, are of parameters that are True or False
    cdef bint inputs_first             # the operands are the signature's first names
    cdef bint elementwise
    cdef tuple default_parameters      # when none was given; None if one is required
    cdef public str documentation
    cdef object __weakref__

cdef class InPlaceOperation:
    cdef Vectorcall vectorcall
    cdef readonly Operation operation
    cdef readonly str name

cdef object apply(Operation operation, PyObject** operands, int count, tuple parameters)
cdef object apply_list(Operation operation, object operands, tuple parameters, InPlaceOperation form)
cdef object compute_operands(Operation operation, PyObject** operands, int count, tuple parameters)
cdef object compute_arrays(Operation operation, list arrays, tuple parameters)
cdef Tensor highest(list operands)
