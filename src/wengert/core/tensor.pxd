from cpython.object cimport PyObject
from wengert.core.node cimport Node
from wengert.core.storage cimport Storage

cdef extern from "core/type_slots.h":
    int wengert_set_on_type(object type, object name, object value) except -1
    int wengert_enable_instance_dict(object type, Py_ssize_t offset) except -1
    object wengert_call(PyObject* callable, PyObject** arguments, size_t count)

cdef enum:
    STALE = -1      # a version that no memory has: the view's history is to be worked out again

# How a view came from its base, and for which version of the base's history that was last worked out.
cdef class View:
    cdef readonly Tensor base
    cdef readonly tuple steps        # of (operation, parameters), replayed on the base
    cdef public long version
    cdef object base_array           # the base's array when the view was made: what the steps start from
    cdef public str created          # "" normally; else a word for why an in-place change may not be recorded
    cdef object code                 # with offset: the user's line that made it, kept where no node would know
    cdef int offset

cdef class Tensor:
    cdef readonly object array       # the ndarray; for a level's tensor, that of its payload
    cdef Node grad_node              # the node that made it; None for a leaf
    cdef int output_number           # which of that node's outputs it is
    cdef bint requires               # gradients flow to it
    cdef bint inference              # made in inference mode
    cdef int transform               # the innermost derivative transform that it was made in; 0 outside of any
    cdef readonly long _level        # 0, or the number of the dual or batch level that `_payload` belongs to
    cdef readonly object _payload    # None, or the level's content: dual numbers, a batch
    cdef Storage memory              # made when first needed
    cdef View view
    cdef Tensor gradient             # .grad
    cdef object leaf_hooks           # LeafHooks or None
    cdef PyObject* accumulator       # the leaf's AccumulateGrad, while a graph holds it; not owned
    cdef PyObject* attributes        # what the user set on it; NULL until then
    cdef object __weakref__

cdef class AccumulateGrad(Node):
    cdef readonly Tensor variable

cdef Tensor wrap(object array)
cdef Tensor without_history(Tensor x)
cdef Tensor alias(Tensor x)
cdef Storage memory_of(Tensor x)
cdef Node edge_of(Tensor x)
cdef void refresh(Tensor x) except *
cdef void move_retained(Tensor x, Node node, int output_number)
cdef void bump(Tensor x, object by)
cdef bint is_captured(Tensor x, int transform) noexcept

# Where operators of Python's data model find the operations that carry them; filled by declaration.
cdef enum:
    NUMBER_OF_OPERATORS = 38

cdef PyObject* _operators[NUMBER_OF_OPERATORS]
