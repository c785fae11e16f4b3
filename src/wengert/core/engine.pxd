from numpy cimport ndarray
from wengert.core.node cimport Node, PassRecord
from wengert.core.provenance cimport Place
from wengert.core.tensor cimport Tensor

cdef extern from *:
    """
    #define wengert_reference_count(x) Py_REFCNT((PyObject *)(x))
    """
    Py_ssize_t wengert_reference_count(object x)

cdef class Pass:
    cdef long id
    cdef dict table              # records by node, when another pass uses the nodes' own; else None
    cdef bint tensors            # cotangents are tensors: derivatives are recorded, or belong to a level
    cdef bint create_graph
    cdef bint keep_graph
    cdef bint accumulate         # into leaves
    cdef bint anomaly            # anomaly mode was on when the pass began
    cdef bint checks_nan         # and was to look for NaN
    cdef dict captures           # node -> list of (output number, position in results); None if all is wanted
    cdef list results
    cdef list ready              # a heap of nodes, the latest made first
    cdef Place place
    cdef object __weakref__

    cdef PassRecord record_of(self, Node node)
    cdef bint claim(self, Node node)
    cdef void discover(self, list roots)
    cdef void find_needed(self, list discovered)
    cdef void deliver(self, Node node, int output_number, object g, bint counts)
    cdef void run(self)
    cdef void visit(self, Node node)
    cdef void differentiate(self, Node node, object g)
    cdef void arrive(self, Node node, object g)
    cdef void add_tensor(self, Tensor leaf, object g)
    cdef void add_array(self, Tensor leaf, ndarray array)
    cdef object run_tensor_hooks(self, Node node, object g)
    cdef object run_hooks(self, object hooks, Node node, object g)
    cdef object as_tensor(self, object g)
    cdef object from_tensor(self, Tensor g)
    cdef void push(self, Node node)
    cdef Node pop(self)
    cdef void clear_up(self, list roots)
