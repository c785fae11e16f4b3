cimport numpy as cnp
from cpython.object cimport PyObject
from wengert.core.node cimport Node
from wengert.core.operation cimport Operation
from wengert.core.rule_node cimport RuleNode
from wengert.core.tensor cimport Tensor

cdef RuleNode record(Operation operation, PyObject** operands, int count, tuple parameters, object out)
cdef RuleNode record_in_place(Operation operation, PyObject** operands, int count, tuple parameters, Tensor target)
cdef void save_results(RuleNode node, object out, unsigned long which) except *
cdef bint is_inexact(cnp.ndarray x) noexcept
cdef void rebase(Tensor target, Node node, int output_number) except *
