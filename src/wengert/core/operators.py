"""Operators of Python's data model: which operation carries each. Declarations fill the table, `Tensor` reads it."""

import cython
from cython.cimports.cpython.object import PyObject
from cython.cimports.cpython.ref import Py_INCREF
from cython.cimports.wengert.core.tensor import _operators

# In the order of the numbers by which the methods of `Tensor` know them.
_NAMES = (
    "__add__", "__sub__", "__mul__", "__truediv__", "__floordiv__", "__mod__", "__pow__", "__matmul__",
    "__and__", "__or__", "__xor__", "__lshift__", "__rshift__",
    "__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__",
    "__neg__", "__abs__", "__invert__", "__getitem__", "__setitem__",
    "__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__", "__imatmul__", "__ifloordiv__", "__imod__",
    "__iand__", "__ior__", "__ixor__", "__ilshift__", "__irshift__", "__pos__",
)  # fmt: skip


def bind_operator(name: str, operation) -> None:
    """Let `operation` carry the operator method `name` ("__mul__") of tensors."""
    Py_INCREF(operation)  # held for the life of the process
    _operators[_NAMES.index(name)] = cython.cast(cython.pointer(PyObject), operation)


def operator_of(name: str):
    """The operation bound to an operator method."""
    return cython.cast(object, _operators[_NAMES.index(name)])
