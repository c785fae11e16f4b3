"""The tensor: an array and a place in the graph.

Design
  A. The array is a NumPy array and views are NumPy views: sharing memory with NumPy is the normal case.
  B. Memory shared by several tensors is one `Storage`, made when the first view, alias or in-place change needs it.
  C. A view remembers its base and the steps that lead from the base to it. An in-place change of any of them gives the
     base a new history; the others work theirs out again, from the base, when next asked.
  D. A leaf and its AccumulateGrad would form a cycle: the node holds the leaf, the leaf only knows the node's address,
     which the node clears when it goes.
  E. A tensor of a level (dual numbers, a batch) is the same class with a `_payload`; the call path tests one integer.
"""

import warnings

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.cpython.buffer import Py_buffer, PyObject_GetBuffer
from cython.cimports.cpython.object import PyObject
from cython.cimports.cpython.ref import Py_CLEAR
from cython.cimports.libc.limits import LONG_MAX
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.node import Node
from cython.cimports.wengert.core.provenance import locate
from cython.cimports.wengert.core.storage import Storage

from . import dtypes, errors
from . import formatting as _formatting
from .hooks import LeafHooks
from .number_limits import python_number, real_number
from .provenance import where_of
from .size import CPU, Size

cnp.import_array()

# How many derivative transforms are under way in all threads: while there are any, tensors note where they were made.
_marking = cython.declare(cython.int, 0)


def count_transforms(by: cython.int) -> None:
    """Count a derivative transform that is entered (1) or left (-1)."""
    global _marking
    _marking += by


@cython.cfunc
@cython.exceptval(check=False)
def is_captured(x: Tensor, transform: cython.int) -> cython.bint:
    """Whether x, or what it is a view of, was made before a derivative transform was entered."""
    made: Tensor = x.view.base if x.view is not None else x
    # The numbers of transforms count up and start again after 2^31.
    return made.transform == 0 or ((made.transform - transform) & 0x7FFFFFFF) > 0x3FFFFFFF


@cython.final
@cython.freelist(64)
@cython.binding(False)
@cython.cclass
class View:
    """How a view came from its base."""


@cython.final
@cython.no_gc_clear
@cython.binding(False)
@cython.cclass
class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds what arrives to the leaf's `.grad`.

    Not cleared by the garbage collector, so that the leaf is still there to forget this node when it goes; every cycle
    through it also runs through the leaf or another node, where it is broken.
    """

    def __dealloc__(self):
        if self.variable is not None:
            self.variable.accumulator = cython.NULL

    @cython.cfunc
    def is_accumulator(self) -> cython.bint:
        return True

    @cython.cfunc
    def pullback(self, cotangent, tensors: cython.bint):
        return []


@cython.cfunc
def wrap(array) -> Tensor:
    """A tensor of its own on an array."""
    x: Tensor = Tensor.__new__(Tensor)
    x.array = array
    return x


@cython.cfunc
def memory_of(x: Tensor) -> Storage:
    """The storage of x, made when first asked for, and made known to the node that saved x as its result."""
    if x.memory is None:
        memory: Storage = Storage.__new__(Storage)
        memory.array = x.array
        x.memory = memory
        if x.grad_node is not None:
            x.grad_node.result_gets_memory(x.array, memory)
    return x.memory


@cython.cfunc
def alias(x: Tensor) -> Tensor:
    """A tensor on the same memory with no history, of the same level."""
    y: Tensor = Tensor.__new__(Tensor)
    y.array = x.array
    y.memory = memory_of(x)
    y._level = x._level
    if x._level and x.view is not None:
        x._payload.settle(x)
    y._payload = x._payload
    y.inference = x.inference
    return y


@cython.cfunc
def without_history(x: Tensor) -> Tensor:
    """x cut from the graph of its own level; what its payload holds keeps its history in the levels below."""
    return alias(x) if x._level else x.detach()


@cython.cfunc
def edge_of(x: Tensor) -> Node:
    """The node that receives the gradient of x; None if x requires none. Views must have been refreshed."""
    if x.grad_node is not None:
        return x.grad_node
    if not x.requires:
        return None
    if x.accumulator != cython.NULL:
        return cython.cast(AccumulateGrad, x.accumulator)
    node: AccumulateGrad = AccumulateGrad.__new__(AccumulateGrad)
    node.variable = x
    node.number_of_outputs = 1
    node.sequence = LONG_MAX
    x.accumulator = cython.cast(cython.pointer(PyObject), node)
    return node


@cython.cfunc
@cython.exceptval(check=True)
def refresh(x: Tensor) -> cython.void:
    """Work out a view's history again if its memory has changed since it was last known."""
    if x.memory.version == x.view.version:
        return
    state = modes()
    if state.inference:
        return
    if x.view.base._level != x._level:
        # The change has made the base one of a level (a dual tensor); so are its views.
        x.view.base._payload.take_in(x)
        x.view.version = STALE
    if not x.view.base.requires:
        x.view.version = x.memory.version
        return
    if x.view.created or x.view.base.array is not x.view.base_array:
        if not state.grad_enabled:
            return
        errors.stale_view(x)
    x.view.version = x.memory.version
    before: cython.bint = state.grad_enabled
    state.grad_enabled = True
    try:
        y: Tensor = x.view.base
        for operation, parameters in x.view.steps:
            y = operation(y, *parameters)
    finally:
        state.grad_enabled = before
    if y.grad_node is not None:
        move_retained(x, y.grad_node, y.output_number)
    x.grad_node = y.grad_node
    x.output_number = y.output_number
    x.requires = y.requires


@cython.cfunc
def move_retained(x: Tensor, node: Node, output_number: cython.int) -> cython.void:
    """`retain_grad` follows the tensor to its new history; other hooks stay with the values they were put on."""
    if x.grad_node is not None and x.grad_node.hooks is not None and x.retains_grad:
        reference = x.grad_node.hooks.retained.pop(x.output_number)
        node.hooks_for_writing().retained[output_number] = reference


@cython.cfunc
def bump(x: Tensor, by: object) -> cython.void:
    """Count an in-place change of x's memory, and note who made it."""
    memory: Storage = memory_of(x)
    memory.version += 1
    memory.changed_by = by
    memory.changed_code = locate(cython.address(memory.changed_offset))


# ---------------------------------------------------------------------------------------------- operators

# Which operation carries an operator is found by number: that of its name in `operators.py`, which fills the table.


def bind_method(name: str, value) -> None:
    """Put a method or property on Tensor, which Python code cannot do to a compiled type."""
    if getattr(value, "__name__", "") == "<lambda>":
        value.__name__ = value.__qualname__ = name
    wengert_set_on_type(Tensor, name, value)


@cython.cfunc
@cython.inline
def is_operand(x) -> cython.bint:
    return (
        isinstance(x, (Tensor, float, int, cnp.ndarray, complex))
        or isinstance(x, numpy.generic)
    )


@cython.cfunc
@cython.inline
def call_one(k: cython.int, x):
    arguments: cython.pointer(PyObject)[1]
    arguments[0] = cython.cast(cython.pointer(PyObject), x)
    return wengert_call(_operators[k], arguments, 1)


@cython.cfunc
@cython.inline
def call_two(k: cython.int, x, y):
    arguments: cython.pointer(PyObject)[2]
    if not isinstance(y, Tensor) and not is_operand(y) or not isinstance(x, Tensor) and not is_operand(x):
        return NotImplemented
    arguments[0] = cython.cast(cython.pointer(PyObject), x)
    arguments[1] = cython.cast(cython.pointer(PyObject), y)
    return wengert_call(_operators[k], arguments, 2)


# ---------------------------------------------------------------------------------------------- the class


@cython.trashcan(True)
@cython.freelist(256)
@cython.binding(False)
@cython.cclass
class Tensor:
    """An array with a place in the graph of a computation.

    Tensor(*sizes) is an uninitialised tensor of the default dtype, Tensor(data) one with the values of a sequence or
    array, Tensor(tensor) one on the same memory; `wengert.tensor` is the usual constructor.

    Args:
        dtype: the element type; the default dtype unless given.
        requires_grad: whether gradients flow to it.

    >>> import wengert as t
    >>> x = t.Tensor([1, 2])
    >>> x, t.Tensor(2, 3).shape
    (tensor([1., 2.]), wengert.Size([2, 3]))
    """

    # NumPy's operators give way to ours, through __array_ufunc__.
    __array_priority__ = 1000

    def __cinit__(self):
        self.accumulator = cython.NULL
        self.attributes = cython.NULL
        if _marking:
            self.transform = modes().transform

    def __init__(self, *data, dtype=None, requires_grad=False):
        if len(data) == 1 and not isinstance(data[0], int):
            if isinstance(data[0], Tensor) and dtype is None:
                self.array = cython.cast(Tensor, data[0]).array
                self.memory = memory_of(data[0])
            else:
                source = data[0].array if isinstance(data[0], Tensor) else data[0]
                self.array = numpy.array(source, dtype=dtypes.as_numpy(dtype or dtypes.get_default_dtype()))
        else:
            self.array = numpy.empty(data or (0,), dtype=dtypes.as_numpy(dtype or dtypes.get_default_dtype()))
        self.inference = modes().inference
        if requires_grad:
            self.requires_grad = True

    def __dealloc__(self):
        Py_CLEAR(self.attributes)

    @staticmethod
    def _make_subclass(cls, data: Tensor, requires_grad: bool = False):
        """A tensor of class `cls` on the memory of `data`, without history."""
        x: Tensor = Tensor.__new__(cls)
        x.array = data.array
        x.memory = data.memory
        x._level = data._level
        x._payload = data._payload
        if requires_grad:
            require_gradient(x)
        return x

    def _set_array(self, array) -> None:
        """Make a newly created tensor a tensor on `array`."""
        self.array = array
        self.inference = modes().inference

    # ------------------------------------------------------------------------------------------ the array

    @property
    def shape(self):
        """The sizes of the dimensions, a `Size`.

        >>> import wengert as t
        >>> t.zeros(2, 3).shape
        wengert.Size([2, 3])
        """
        return Size(self._payload.shape if self._level else self.array.shape)

    @property
    def ndim(self) -> int:
        """Number of dimensions.

        >>> import wengert as t
        >>> t.zeros(2, 3).ndim
        2
        """
        return len(self._payload.shape) if self._level else self.array.ndim

    def dim(self) -> int:
        """Number of dimensions.

        >>> import wengert as t
        >>> t.zeros(2, 3).dim()
        2
        """
        return self.ndim

    def numel(self) -> int:
        """Number of elements.

        >>> import wengert as t
        >>> t.zeros(2, 3).numel()
        6
        """
        return self.shape.numel()

    @property
    def dtype(self):
        """The element type, a `wengert.dtype`.

        >>> import wengert as t
        >>> t.tensor([1, 2]).dtype
        wengert.int64
        """
        return dtypes.from_numpy(self.array.dtype)

    @property
    def device(self):
        """Where the memory is: the CPU.

        >>> import wengert as t
        >>> t.zeros(1).device
        device(type='cpu')
        """
        return CPU

    @property
    def _version(self) -> int:
        """How often the memory was changed in place."""
        if self.inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self.memory is None else self.memory.version

    def _bump_version(self, by: str = "a direct write") -> None:
        """Count an in-place change that was made to the array directly; `by` names it in errors."""
        bump(self, by)

    def __getbuffer__(self, buffer: cython.pointer(Py_buffer), flags: cython.int):
        # The buffer's owner is the array: it is released there.
        if self._level:
            raise BufferError("a tensor under a function transform has no memory of its own to lend")
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        PyObject_GetBuffer(self.array, buffer, flags)

    # ------------------------------------------------------------------------------------------ the graph

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this tensor. May be set on leaves.

        RuntimeError when it is set on a result of a recorded operation, to True on integers, or to what is no bool.

        >>> import wengert as t
        >>> x = t.zeros(2)
        >>> x.requires_grad = True
        >>> (2 * x).requires_grad
        True
        """
        if self.view is not None:
            if self.view.created and self.memory.version != self.view.version:
                # Its history cannot be worked out again, which is no error before somebody needs it.
                return self.requires or (self.view.created != "no_grad" and self.view.base.requires)
            refresh(self)
        return self.requires

    @requires_grad.setter
    def requires_grad(self, value):
        if not isinstance(value, (bool, numpy.bool_)):
            raise RuntimeError(f"requires_grad must be a bool, got {type(value).__name__}")
        if self.view is not None:
            refresh(self)
        if self.grad_node is not None:
            errors.requires_grad_of_a_result(value)
        if value:
            if not dtypes.is_inexact(self.array.dtype):
                errors.no_gradients_of(self.dtype, "only Tensors of floating point and complex dtype")
            if self.inference and not modes().inference:
                raise RuntimeError(
                    "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed. "
                    "Make a normal tensor of it with clone() first."
                )
        self.requires = value

    @property
    def grad_fn(self):
        """The node that made this tensor; None for a leaf.

        >>> import wengert as t
        >>> t.zeros(2, requires_grad=True).exp().grad_fn.name()
        'ExpBackward0'
        """
        if self.view is not None:
            refresh(self)
        return self.grad_node

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was made by the user rather than by a recorded operation.

        >>> import wengert as t
        >>> x = t.zeros(2, requires_grad=True)
        >>> x.is_leaf, x.exp().is_leaf
        (True, False)
        """
        if self.view is not None:
            refresh(self)
        return self.grad_node is None

    @property
    def output_nr(self) -> int:
        """Which output of `grad_fn` this tensor is; 0 for a leaf.

        >>> import wengert as t
        >>> first, second = t.zeros(2, requires_grad=True).unbind()
        >>> second.output_nr
        1
        """
        return self.output_number

    @property
    def grad(self):
        """The accumulated gradient of a leaf (or of a tensor under `retain_grad`); None before a backward pass.

        May be set, to None or to a tensor of this one's shape and dtype: TypeError for anything else, RuntimeError
        for another shape or dtype.

        >>> import wengert as t
        >>> x = t.tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
        """
        if self.gradient is None and self.grad_node is not None and not self.retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). Three ways to see it: call .retain_grad() on it before "
                "the backward pass; register_hook(f) on it, and f is given the gradient; or ask for it with "
                "autograd.grad(output, tensor).",
                UserWarning,
                stacklevel=1,
            )
        return self.gradient

    @grad.setter
    def grad(self, value):
        if value is None:
            self.gradient = None
            return
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value.shape != self.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
                f"'{list(self.shape)}'. Please ensure that the gradient and the tensor are the same size"
            )
        if cython.cast(Tensor, value).array.dtype != self.array.dtype:
            errors.gradient_of_another_type(self.array.dtype, cython.cast(Tensor, value).array.dtype)
        self.gradient = value

    @grad.deleter
    def grad(self):
        self.gradient = None

    @property
    def _base(self):
        """The tensor that this one is a view of; None if it is not a view."""
        return None if self.view is None else self.view.base

    @property
    def _known_node(self):
        """`grad_fn` as it was last known, not worked out again."""
        return self.grad_node

    @property
    def _view_created(self) -> str:
        """Why an in-place change of this view may not be recorded ("no_grad"); the empty string if it may."""
        return "" if self.view is None else self.view.created

    @property
    def _view_place(self):
        """The user's line that made this view, a `Where`; None where it is not known."""
        if self.view is None:
            return None
        if self.view.code is not None:
            return where_of(self.view.code, self.view.offset)
        return None if self.grad_node is None else self.grad_node.where

    def _is_view(self) -> bool:
        return self.view is not None

    # ------------------------------------------------------------------------------------------ hooks

    def _leaf_hooks(self):
        """The hooks of a leaf, made when first asked for (they are registered in `tensor_hooks.py`)."""
        if self.leaf_hooks is None:
            self.leaf_hooks = LeafHooks()
        return self.leaf_hooks

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad` was called on this non-leaf.

        >>> import wengert as t
        >>> x = t.ones(2, requires_grad=True).exp()
        >>> x.retain_grad()
        >>> x.retains_grad
        True
        """
        if self.grad_node is None or self.grad_node.hooks is None:
            return False
        reference = self.grad_node.hooks.retained.get(self.output_number)
        return reference is not None and reference() is self

    # ------------------------------------------------------------------------------------------ operators

    def __add__(self, other):
        return call_two(0, self, other)

    def __radd__(self, other):
        return call_two(0, other, self)

    def __sub__(self, other):
        return call_two(1, self, other)

    def __rsub__(self, other):
        return call_two(1, other, self)

    def __mul__(self, other):
        return call_two(2, self, other)

    def __rmul__(self, other):
        return call_two(2, other, self)

    def __truediv__(self, other):
        return call_two(3, self, other)

    def __rtruediv__(self, other):
        return call_two(3, other, self)

    def __floordiv__(self, other):
        return call_two(4, self, other)

    def __rfloordiv__(self, other):
        return call_two(4, other, self)

    def __mod__(self, other):
        return call_two(5, self, other)

    def __rmod__(self, other):
        return call_two(5, other, self)

    def __divmod__(self, other):
        quotient = call_two(4, self, other)
        return quotient if quotient is NotImplemented else (quotient, call_two(5, self, other))

    def __rdivmod__(self, other):
        quotient = call_two(4, other, self)
        return quotient if quotient is NotImplemented else (quotient, call_two(5, other, self))

    def __pow__(self, other, modulo):
        return call_two(6, self, other)

    def __rpow__(self, other, modulo):
        return call_two(6, other, self)

    def __matmul__(self, other):
        return call_two(7, self, other)

    def __rmatmul__(self, other):
        return call_two(7, other, self)

    def __and__(self, other):
        return call_two(8, self, other)

    def __rand__(self, other):
        return call_two(8, other, self)

    def __or__(self, other):
        return call_two(9, self, other)

    def __ror__(self, other):
        return call_two(9, other, self)

    def __xor__(self, other):
        return call_two(10, self, other)

    def __rxor__(self, other):
        return call_two(10, other, self)

    def __lshift__(self, other):
        return call_two(11, self, other)

    def __rlshift__(self, other):
        return call_two(11, other, self)

    def __rshift__(self, other):
        return call_two(12, self, other)

    def __rrshift__(self, other):
        return call_two(12, other, self)

    def __lt__(self, other):
        return call_two(13, self, other)

    def __le__(self, other):
        return call_two(14, self, other)

    def __eq__(self, other):
        return call_two(15, self, other)

    def __ne__(self, other):
        return call_two(16, self, other)

    def __gt__(self, other):
        return call_two(17, self, other)

    def __ge__(self, other):
        return call_two(18, self, other)

    def __hash__(self):
        return cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, self)) >> 4

    def __neg__(self):
        return call_one(19, self)

    def __pos__(self):
        return call_one(37, self)

    def __abs__(self):
        return call_one(20, self)

    def __invert__(self):
        if not cnp.PyArray_ISINTEGER(self.array) and not cnp.PyArray_ISBOOL(self.array):
            raise TypeError(
                "~ (operator.invert) is only implemented on integer and Boolean-type tensors: this one is of "
                f"{self.dtype}"
            )
        return call_one(21, self)

    def __getitem__(self, index):
        arguments: cython.pointer(PyObject)[2]
        arguments[0] = cython.cast(cython.pointer(PyObject), self)
        arguments[1] = cython.cast(cython.pointer(PyObject), index)
        return wengert_call(_operators[22], arguments, 2)

    def __setitem__(self, index, value):
        arguments: cython.pointer(PyObject)[3]
        arguments[0] = cython.cast(cython.pointer(PyObject), self)
        arguments[1] = cython.cast(cython.pointer(PyObject), index)
        arguments[2] = cython.cast(cython.pointer(PyObject), value)
        wengert_call(_operators[23], arguments, 3)

    def __iadd__(self, other):
        return call_two(24, self, other)

    def __isub__(self, other):
        return call_two(25, self, other)

    def __imul__(self, other):
        return call_two(26, self, other)

    def __itruediv__(self, other):
        return call_two(27, self, other)

    def __ipow__(self, other, modulo):
        return call_two(28, self, other)

    def __imatmul__(self, other):
        return call_two(29, self, other)

    def __ifloordiv__(self, other):
        return call_two(30, self, other)

    def __imod__(self, other):
        return call_two(31, self, other)

    def __iand__(self, other):
        return call_two(32, self, other)

    def __ior__(self, other):
        return call_two(33, self, other)

    def __ixor__(self, other):
        return call_two(34, self, other)

    def __ilshift__(self, other):
        return call_two(35, self, other)

    def __irshift__(self, other):
        return call_two(36, self, other)

    # ------------------------------------------------------------------------------------------ as a number, as text

    def __bool__(self):
        if self.numel() == 0:
            raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
        if self.numel() != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return self._payload.truth() if self._level else bool(self.item())

    def __float__(self):
        return float(real_number(python_number(self), "float64"))

    def __int__(self):
        return int(real_number(python_number(self), "int64"))

    def __complex__(self):
        return complex(python_number(self))

    def __index__(self):
        if self.array.dtype.kind not in "iub" or self.array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __repr__(self):
        return _formatting.represent(self)

    def __format__(self, specification):
        return _formatting.formatted(self, specification)

    def __contains__(self, element):
        if not isinstance(element, (Tensor, int, float, complex, numpy.generic)):
            raise RuntimeError(
                "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
                f"{type(element)}."
            )
        return bool((self == element).any())

    # ------------------------------------------------------------------------------------------ as a sequence

    def __len__(self) -> int:
        shape = self.shape
        if not shape:
            raise TypeError("len() of a 0-d tensor")
        return shape[0]

    def __iter__(self):
        shape = self.shape
        if not shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self[i] for i in range(shape[0])])


def require_gradient(x: Tensor) -> None:
    """Let gradients flow to a tensor that was just made. RuntimeError for integers."""
    if not dtypes.is_inexact(x.array.dtype):
        errors.no_gradients_of(x.dtype, "Only Tensors of floating point and complex dtype")
    x.requires_grad = True


def _finish_type() -> None:
    x: Tensor = Tensor.__new__(Tensor)
    start: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, x))
    field: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, cython.address(x.attributes)))
    wengert_enable_instance_dict(Tensor, field - start)


_finish_type()
