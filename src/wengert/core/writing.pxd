from cpython.object cimport PyObject
from wengert.core.operation cimport Operation

cdef object apply_in_place(Operation operation, PyObject** operands, int count, tuple parameters, str name)
cdef object apply_out(Operation operation, list operands, tuple parameters, object out)
cdef object rewritten_in_place(str name, object rewrite, tuple positional, dict keywords)
cdef object write_result(str name, object result, object out)
