"""An operation: declared once, called through one path.

Design
  A. One call path. `apply` reads the operands, computes on arrays, and records a node if a gradient is wanted. One
     integer tells whether an operand belongs to a level (dual numbers, batches); its payload then does the work.
  B. What is recorded and saved is in `recording.py`, the node's derivative in `rule_node.py`, in-place forms and `out=`
     in `writing.py`. They know this module's class, and it calls them: a circle that the order of a compiled module's
     initialisation allows (own types and functions before those of others).
"""

import cython
import numpy
from cython.cimports import numpy as cnp
from cython.cimports.cpython.long import PyLong_CheckExact
from cython.cimports.cpython.object import PyObject
from cython.cimports.wengert.core.modes import modes
from cython.cimports.wengert.core.provenance import locate
from cython.cimports.wengert.core.recording import record
from cython.cimports.wengert.core.rule import Rule
from cython.cimports.wengert.core.rule_node import RuleNode
from cython.cimports.wengert.core.tensor import Tensor, View, is_captured, memory_of, refresh, wrap
from cython.cimports.wengert.core.writing import apply_in_place, apply_out, rewritten_in_place, write_result
from cython.cimports.wengert.kernels.elementwise import NUMBER_OF_TYPES, Loops, run_binary, run_unary, same_memory

from . import argument_errors as _argument_errors
from . import dtypes, errors
from . import help_texts as _help
from . import promotion as _promotion
from . import signature as _signature
from .rule import Symbol

cnp.import_array()

# The loops of these write wrong results where there are steps between the results (NumPy 2.4.6, on processors with
# AVX-512). Called through NumPy, which chooses the layout of the results, they never meet any.
CALLED_THROUGH_NUMPY = frozenset({numpy.isfinite, numpy.isinf, numpy.isnan, numpy.signbit})

# ------------------------------------------------------------------------------------------------ calling


@cython.cfunc
def call_operation(
    callable_: cython.pointer(PyObject),
    arguments: cython.pointer(cython.pointer(PyObject)),
    nargsf: cython.size_t,
    names: cython.pointer(PyObject),
):
    """The vectorcall entry of an Operation."""
    operation: Operation = cython.cast(Operation, callable_)
    count: cython.int = wengert_count(nargsf)
    n: cython.int = operation.number_of_inputs
    i: cython.int
    if (
        names == cython.NULL
        and operation.inputs_first
        and count >= n
        and (
            count == n
            or (operation.collects is None and count <= operation.number_of_names)
            or (count == n + 1 == operation.number_of_names and isinstance(cython.cast(object, arguments[n]), tuple))
        )
        and operation.canonical is None
    ):
        plain: cython.bint = True
        for i in range(n):
            if not isinstance(cython.cast(object, arguments[i]), (Tensor, float, int)):
                plain = False
        if plain and n > 0 and (
            isinstance(cython.cast(object, arguments[0]), Tensor)
            or (
                n == 2
                and operation.elementwise
                and operation.promoted
                and isinstance(cython.cast(object, arguments[1]), Tensor)
            )
        ):
            if count == n and operation.default_parameters is not None:
                return apply(operation, arguments, n, operation.default_parameters)
            parameters = operation.positional_parameters(arguments, count)
            if parameters is not None:
                return apply(operation, arguments, n, parameters)
    elif names == cython.NULL and operation.takes_list and count > 0 and operation.canonical is None:
        tensors = cython.cast(object, arguments[0])
        if are_tensors(tensors) and count <= operation.number_of_names:
            parameters = operation.positional_parameters(arguments, count)
            if parameters is not None:
                return apply_list(operation, tensors, parameters, None)
    if (
        names == cython.NULL
        and operation.collects is not None
        and operation.inputs_first
        and n + 1 == operation.number_of_names
        and n < count
        and operation.canonical is None
    ):
        # `x.view(2, 3)`: sizes one by one.
        plain = True
        for i in range(n):
            plain = plain and isinstance(cython.cast(object, arguments[i]), Tensor)
        for i in range(n, count):
            plain = plain and PyLong_CheckExact(cython.cast(object, arguments[i]))
        if plain:
            sizes = tuple([cython.cast(object, arguments[i]) for i in range(n, count)])
            return apply(operation, arguments, n, (sizes,))
    positional = tuple([cython.cast(object, arguments[i]) for i in range(count)])
    keywords = {}
    if names != cython.NULL:
        for i, name in enumerate(cython.cast(tuple, names)):
            keywords[name] = cython.cast(object, arguments[count + i])
    return operation.call_bound(positional, keywords)


@cython.cfunc
@cython.exceptval(check=False)
def are_tensors(listed) -> cython.bint:
    """Whether an argument is a list or tuple of tensors, not empty."""
    if not isinstance(listed, (list, tuple)) or not listed:
        return False
    for x in listed:
        if not isinstance(x, Tensor):
            return False
    return True


@cython.cfunc
def call_in_place(
    callable_: cython.pointer(PyObject),
    arguments: cython.pointer(cython.pointer(PyObject)),
    nargsf: cython.size_t,
    names: cython.pointer(PyObject),
):
    """The vectorcall entry of an InPlaceOperation."""
    form: InPlaceOperation = cython.cast(InPlaceOperation, callable_)
    count: cython.int = wengert_count(nargsf)
    positional = tuple([cython.cast(object, arguments[i]) for i in range(count)])
    keywords = {}
    if names != cython.NULL:
        for i, name in enumerate(cython.cast(tuple, names)):
            keywords[name] = cython.cast(object, arguments[count + i])
    transform: cython.int = modes().transform
    if transform and count and isinstance(positional[0], Tensor) and is_captured(positional[0], transform):
        errors.changed_captured(form.name, positional[0])
    return form.operation.call_bound(positional, keywords, form)


@cython.cfunc
def explain_error(
    callable_: cython.pointer(PyObject),
    arguments: cython.pointer(cython.pointer(PyObject)),
    nargsf: cython.size_t,
    names: cython.pointer(PyObject),
):
    """Raise, for the error that has just left an operation, the one that says most (see `argument_errors.py`)."""
    try:
        wengert_raise_again()
    except Exception as error:
        count: cython.int = wengert_count(nargsf)
        positional = tuple([cython.cast(object, arguments[i]) for i in range(count)])
        keywords = {}
        if names != cython.NULL:
            for i, name in enumerate(cython.cast(tuple, names)):
                keywords[name] = cython.cast(object, arguments[count + i])
        called = cython.cast(object, callable_)
        operation = called.operation if isinstance(called, InPlaceOperation) else called
        found = _argument_errors.explain_operation(operation, called.name, positional, keywords, error)
        if found is error:
            raise
        raise found from found.__cause__


@cython.cfunc
def apply_list(operation: Operation, operands, parameters: tuple, form: InPlaceOperation | None):
    """`apply` for operands in a Python sequence."""
    count: cython.int = len(operands)
    pointers: cython.pointer(PyObject)[MOST_OPERANDS]
    i: cython.int
    if count <= MOST_OPERANDS:
        for i in range(count):
            pointers[i] = cython.cast(cython.pointer(PyObject), operands[i])
        if form is not None:
            return apply_in_place(operation, pointers, count, parameters, form.name)
        return apply(operation, pointers, count, parameters)
    # Long lists of operands (a `cat` of a hundred tensors): the list's own memory serves as the array.
    held = tuple(operands)
    return apply(operation, wengert_items(held), count, parameters)


@cython.final
@cython.binding(False)
@cython.cclass
class Operation:
    """A declared operation. Calling it computes, and records what its derivative needs.

    Made by `elementwise`, `linear`, `bilinear` and `general` (`wengert.library`).

    Attributes:
        name, kind, signature: as declared.
        inputs, parameters, outputs: the names of its tensors, of its other arguments, and of its results.
        in_place: the in-place form, or None.

    >>> import wengert as t
    >>> t.exp.kind, t.exp.signature, t.exp.inputs
    ('elementwise', 'exp(input)', ('input',))
    """

    def __cinit__(self):
        self.vectorcall = wengert_enter_operation

    def __init__(
        self,
        signature: str,
        kind: str,
        forward,
        rules: dict,
        outputs: tuple = ("out",),
        differentiable_outputs: tuple = None,
        options: dict = None,
        rewrites: dict = None,
        view: bool = False,
        takes_list: bool = False,
        promoted: tuple = None,
        canonical=None,
        broadcasts: bool = None,
        part=None,
        complex_forward=None,
        integer_forward=None,
        takes_bfloat16: bool = False,
        doc: str = "",
    ):
        self.signature = signature
        self.name, names, self.defaults, self.collects = _signature.parse(signature)
        self.names = names
        self.kind = kind
        self.elementwise = kind == "elementwise"
        self.broadcasts = self.elementwise if broadcasts is None else broadcasts
        unknown = [name for name in rules if name not in names]
        if unknown:
            raise TypeError(f"{self.name}: rules for {unknown}, which the signature {signature!r} does not name")
        self.inputs = tuple([name for name in names if name in rules])
        self.parameters = tuple([name for name in names if name not in rules])
        self.outputs = outputs
        self.number_of_inputs = len(self.inputs)
        self.number_of_names = len(names)
        self.inputs_first = names[: len(self.inputs)] == self.inputs and not takes_list
        self.takes_list = takes_list
        self.view = view
        self.canonical = canonical
        self.part = part
        self.options = dict(options or {})
        self.writes = self.options.get("writes")
        self.rewrites = dict(rewrites or {})
        self.rules = tuple([
            None if rules[name] is None else Rule(self.name, name, rules[name], self.inputs, outputs, self.parameters)
            for name in self.inputs
        ])
        self.differentiable = any([rule is not None for rule in self.rules])
        for i, name in enumerate(outputs):
            if differentiable_outputs is None or name in differentiable_outputs:
                self.differentiable_outputs |= cython.cast(cython.ulong, 1) << i
        if isinstance(forward, numpy.ufunc) and forward not in CALLED_THROUGH_NUMPY:
            self.inner_loops = Loops(forward)
            self.inner_loops.name = self.name
            if complex_forward is not None:
                self.inner_loops.leave_out_complex()
            if integer_forward is not None or self.options.get("floating"):
                self.inner_loops.leave_out_integers()
            forms = self.options.get("scalar_forms")
            if forms:
                self.scalar_forms = {value: Loops(ufunc) for value, ufunc in forms.items()}
        self.forward = forward
        self.complex_forward = complex_forward
        self.integer_forward = integer_forward
        self.takes_bfloat16 = view or takes_bfloat16
        self.promoted = promoted if promoted is not None else (self.inputs if self.elementwise else ())
        for i, name in enumerate(names[:64]):
            if isinstance(self.defaults.get(name), bool):
                self.truths |= cython.cast(cython.ulong, 1) << i
        if all([name in self.defaults for name in self.parameters]):
            self.default_parameters = tuple([self.defaults[name] for name in self.parameters])
        self.check = self.options.get("check")
        self.documentation = doc

    @cython.cfunc
    @cython.exceptval(check=False)
    def has_derivative(self, i: cython.int) -> cython.bint:
        return self.part is not None or (i < 64 and self.differentiable_outputs >> i & 1)

    def output_has_derivative(self, i: int) -> bool:
        """Whether gradients flow to output i."""
        return self.has_derivative(i)

    def set_in_place(self, name: str):
        """Make the in-place form, called `name`."""
        self.in_place = InPlaceOperation(self, name)
        return self.in_place

    @cython.cfunc
    def positional_parameters(self, arguments: cython.pointer(cython.pointer(PyObject)), count: cython.int):
        """The parameters of a call with operands first and no keywords; None if one is missing."""
        n: cython.int = self.number_of_inputs
        i: cython.int
        values = []
        for i in range(n, self.number_of_names):
            if i < count:
                if isinstance(cython.cast(object, arguments[i]), Tensor) or (
                    self.truths >> i & 1 and not isinstance(cython.cast(object, arguments[i]), bool)
                ):
                    # The general call looks at it.
                    return None
                values.append(cython.cast(object, arguments[i]))
            else:
                name = self.names[i]
                if name not in self.defaults:
                    return None
                values.append(self.defaults[name])
        return tuple(values)

    def call_bound(self, positional: tuple, keywords: dict, form: InPlaceOperation = None):
        """The general call: names bound, operands made tensors, `out=` and rewritten keywords obeyed."""
        for x in positional:
            if isinstance(x, Symbol):
                return x.recorder.call(self.inner_loops, positional)
        if form is not None and "out" in keywords:
            raise TypeError(
                f"{form.name}() got an unexpected keyword argument 'out': it writes into its first argument"
            )
        out = keywords.pop("out", None) if keywords else None
        if keywords:
            for name in self.rewrites:
                if name in keywords:
                    value = keywords.pop(name)
                    if value is None:
                        continue
                    keywords[name] = value
                    if (
                        positional
                        and not isinstance(positional[0], (Tensor, cnp.ndarray, numpy.generic))
                        and not self.elementwise
                        and not self.takes_list
                    ):
                        _signature.no_tensor(self, 0, positional[0])
                    if form is not None:
                        return rewritten_in_place(form.name, self.rewrites[name], positional, keywords)
                    result = self.rewrites[name](*positional, **keywords)
                    return write_result(self.name, result, out) if out is not None else result
        if self.collects is not None and len(positional) == 2 and "dtype" in self.rewrites:
            # `view(dtype)`, which its first argument after the tensor tells from `view(*size)`.
            if isinstance(positional[1], (dtypes.dtype, type)):
                return self.rewrites["dtype"](positional[0], dtype=positional[1])
        values = _signature.bind(self, positional, keywords)
        if self.truths:
            _signature.check_truths(self, values)
        operands = [values[name] for name in self.inputs]
        parameters = tuple([values[name] for name in self.parameters])
        for x in parameters:
            if isinstance(x, Tensor) and cython.cast(Tensor, x).requires:
                _signature.parameter_with_history(self, parameters, x)
        if self.canonical is not None:
            if not isinstance(operands[0], (Tensor, cnp.ndarray)) and not self.takes_list:
                _signature.no_tensor(self, 0, operands[0])
            operands, parameters = self.canonical(operands, parameters)
        if self.takes_list:
            operands = _signature.listed(self, operands[0])
        i: cython.int
        for i in range(len(operands)):
            x = operands[i]
            if isinstance(x, (Tensor, float)):
                continue
            # Only an operand that may be left out can be None: a bound of clamp, a bias.
            if x is not None or self.takes_list or i == 0 or (self.elementwise and self.inputs[i] not in self.defaults):
                operands[i] = _signature.operand(self, i, x)
        if self.elementwise and not any([isinstance(x, Tensor) for x in operands]):
            _signature.check_numbers(self, operands)
            operands = [None if x is None else wrap(numpy.asarray(x, _promotion.scalar_dtype(x))) for x in operands]
        if form is not None and not isinstance(operands[0], Tensor):
            raise TypeError(f"{form.name}(): the first argument must be a tensor, not {type(operands[0]).__name__}")
        takes_tensors: cython.bint = not self.elementwise or not self.promoted
        if takes_tensors and operands and operands[0] is not None and not isinstance(operands[0], Tensor):
            # A number has neither shape nor memory. Further operands, a value to be written say, may be numbers.
            _signature.no_tensor(self, 0, operands[0])
        if out is not None:
            return apply_out(self, operands, parameters, out)
        return apply_list(self, operands, parameters, form)

    def call(self, operands, parameters: tuple):
        """Call with operands and parameters already taken apart: what a level does one level further down."""
        return apply_list(self, operands, parameters, None)

    def compute(self, arrays: list, parameters: tuple):
        """The forward on arrays (or Python scalars), promoted, recorded nowhere."""
        return compute_arrays(self, arrays, parameters)

    def rule_for(self, i: cython.int) -> Rule:
        """The rule of operand i; None if it has no derivative."""
        return self.rules[0] if self.takes_list else self.rules[i]

    @property
    def node_name(self) -> str:
        """The name of its nodes: "MulBackward0", and for "linalg.inv" "LinalgInvBackward0"."""
        given = self.options.get("node_name")
        parts = self.name.removeprefix("nn.functional.").replace(".", "_").split("_")
        return given or "".join([part[:1].upper() + part[1:] for part in parts]) + "Backward0"

    def __get__(self, instance, owner):
        if instance is None:
            return self
        import types

        return types.MethodType(self, instance)

    def __reduce__(self):
        from .registry import operation_called

        return operation_called, (self.name,)

    def __repr__(self) -> str:
        return f"<operation {self.signature}>"


@cython.final
@cython.binding(False)
@cython.cclass
class InPlaceOperation:
    """The form of an operation that writes its result into its first input: `x.add_(y)`."""

    def __cinit__(self):
        self.vectorcall = wengert_enter_in_place

    def __init__(self, operation: Operation, name: str):
        self.operation = operation
        self.name = name

    def call(self, operands, parameters: tuple):
        """Call with operands and parameters already taken apart."""
        return apply_list(self.operation, operands, parameters, self)

    def __get__(self, instance, owner):
        if instance is None:
            return self
        import types

        return types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<in-place operation {self.name}>"


# ------------------------------------------------------------------------------------------------ computing


@cython.cfunc
def compute_operands(
    operation: Operation, operands: cython.pointer(cython.pointer(PyObject)), count: cython.int, parameters: tuple
):
    """The forward, on the operands' arrays."""
    loops: Loops = operation.inner_loops
    x: cnp.ndarray
    y: cnp.ndarray
    if loops is not None:
        if (
            operation.scalar_forms is not None
            and count == 2
            and not isinstance(cython.cast(object, operands[1]), Tensor)
        ):
            form = operation.scalar_forms.get(cython.cast(object, operands[1]))
            if form is not None and cython.cast(Tensor, operands[0]).array.dtype.kind == "f":
                return run_unary(form, cython.cast(Tensor, operands[0]).array, None)
        if count == 1:
            x = cython.cast(Tensor, operands[0]).array
            if has_loop(loops, x):
                return run_unary(loops, x, None)
        elif isinstance(cython.cast(object, operands[0]), Tensor):
            x = cython.cast(Tensor, operands[0]).array
            if isinstance(cython.cast(object, operands[1]), Tensor):
                y = cython.cast(Tensor, operands[1]).array
                if cnp.PyArray_TYPE(x) == cnp.PyArray_TYPE(y) and has_loop(loops, x):
                    return run_binary(loops, x, y, None)
            elif cnp.PyArray_TYPE(x) == cnp.NPY_FLOAT or cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE:
                if isinstance(cython.cast(object, operands[1]), (float, int)):
                    if has_loop(loops, x) and (
                        operation.check is None or not isinstance(cython.cast(object, operands[1]), bool)
                    ):
                        return run_binary(loops, x, cython.cast(object, operands[1]), None)
        elif isinstance(cython.cast(object, operands[0]), (float, int)) and (
            operation.check is None or not isinstance(cython.cast(object, operands[0]), bool)
        ):
            y = cython.cast(Tensor, operands[1]).array
            if cnp.PyArray_TYPE(y) == cnp.NPY_FLOAT or cnp.PyArray_TYPE(y) == cnp.NPY_DOUBLE:
                if has_loop(loops, y):
                    return run_binary(loops, cython.cast(object, operands[0]), y, None)
    elif not operation.promoted and not operation.takes_list:
        if count == 1 and isinstance(cython.cast(object, operands[0]), Tensor):
            x = cython.cast(Tensor, operands[0]).array
            if cnp.PyArray_TYPE(x) < NUMBER_OF_TYPES:
                return operation.forward(x, *parameters)
        elif (
            count == 2
            and isinstance(cython.cast(object, operands[0]), Tensor)
            and isinstance(cython.cast(object, operands[1]), Tensor)
        ):
            x = cython.cast(Tensor, operands[0]).array
            y = cython.cast(Tensor, operands[1]).array
            if cnp.PyArray_TYPE(x) < NUMBER_OF_TYPES and cnp.PyArray_TYPE(y) < NUMBER_OF_TYPES:
                try:
                    return operation.forward(x, y, *parameters)
                except ValueError:
                    if operation.elementwise:
                        errors.check_broadcast(operation.name, [numpy.shape(x), numpy.shape(y)])
                    raise
    arrays = []
    i: cython.int
    for i in range(count):
        a = cython.cast(object, operands[i])
        arrays.append(cython.cast(Tensor, a).array if isinstance(a, Tensor) else a)
    return compute_arrays(operation, arrays, parameters)


@cython.cfunc
def compute_arrays(operation: Operation, arrays: list, parameters: tuple):
    """The general forward: inputs of several types are promoted, then the loops or the declared function run."""
    if operation.check is not None:
        operation.check(arrays)
    if not operation.takes_bfloat16 and any([is_bfloat16(x) for x in arrays]):
        return compute_in_single(operation, arrays, parameters, dtypes.bfloat16.numpy)
    count: cython.Py_ssize_t = len(arrays)
    if count > 0 and is_half(arrays[0]) or count == 2 and is_half(arrays[1]):
        if _promotion.widens_half(operation, arrays):
            return compute_in_single(operation, arrays, parameters, dtypes.float16.numpy)
    if operation.promoted:
        arrays = _promotion.promote(operation, arrays)
    if operation.complex_forward is not None:
        for x in arrays:
            if isinstance(x, cnp.ndarray) and cnp.PyArray_ISCOMPLEX(cython.cast(cnp.ndarray, x)):
                return operation.complex_forward(*arrays, *parameters)
    if operation.integer_forward is not None:
        for x in arrays:
            if isinstance(x, cnp.ndarray) and (
                cnp.PyArray_ISINTEGER(cython.cast(cnp.ndarray, x)) or cnp.PyArray_ISBOOL(cython.cast(cnp.ndarray, x))
            ):
                return _checked(operation, operation.integer_forward, arrays, parameters)
    if operation.inner_loops is not None:
        try:
            if len(arrays) == 1:
                return run_unary(operation.inner_loops, arrays[0], None)
            return run_binary(operation.inner_loops, arrays[0], arrays[1], None)
        except TypeError as error:
            errors.no_loop(operation, arrays, error)
    if operation.takes_list:
        return operation.forward(arrays, *parameters)
    return _checked(operation, operation.forward, arrays, parameters)


@cython.cfunc
def _checked(operation: Operation, forward, arrays: list, parameters: tuple):
    """A function on arrays; where NumPy cannot broadcast them, the error is PyTorch's."""
    try:
        return forward(*arrays, *parameters)
    except ValueError:
        if operation.elementwise:
            errors.check_broadcast(operation.name, [numpy.shape(x) for x in arrays])
        raise


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def has_loop(loops: Loops, x: cnp.ndarray) -> cython.bint:
    """Whether a loop takes operands of x's type."""
    number: cython.int = cnp.PyArray_TYPE(x)
    return number < NUMBER_OF_TYPES and loops.functions[number] != cython.NULL


@cython.cfunc
@cython.exceptval(check=False)
def is_bfloat16(x) -> cython.bint:
    """Whether an operand is an array of bfloat16, the one type whose number is not NumPy's own."""
    return isinstance(x, cnp.ndarray) and cnp.PyArray_TYPE(cython.cast(cnp.ndarray, x)) >= NUMBER_OF_TYPES


@cython.cfunc
@cython.exceptval(check=False)
def is_half(x) -> cython.bint:
    """Whether an operand is an array of float16."""
    return isinstance(x, cnp.ndarray) and cnp.PyArray_TYPE(cython.cast(cnp.ndarray, x)) == cnp.NPY_FLOAT16


@cython.cfunc
def compute_in_single(operation: Operation, arrays: list, parameters: tuple, half):
    """The forward for operands in a half type: computed in float32 and rounded once.

    So no forward needs to know bfloat16, which is the upper half of a float32, and a sum of many terms is not rounded
    at each of them. float16 is computed so where its declaration says so.
    """
    target = half
    if operation.promoted:
        target = _promotion.common_dtype(operation, arrays)
        if target == half:
            arrays = _promotion.widened(operation, arrays, half)
        else:
            target = None
    elif any([isinstance(x, cnp.ndarray) and x.dtype.kind in "fc" and x.dtype != half for x in arrays]):
        target = None
    arrays = [x.astype(numpy.float32) if isinstance(x, cnp.ndarray) and x.dtype == half else x for x in arrays]
    result = compute_arrays(operation, arrays, parameters)
    if target is None:
        return result
    if isinstance(result, tuple):
        return tuple([_narrowed(x, half) for x in result])
    return _narrowed(result, half)


def _narrowed(x, half):
    return x.astype(half) if x.dtype == numpy.float32 else x


@cython.cfunc
def apply(
    operation: Operation, operands: cython.pointer(cython.pointer(PyObject)), count: cython.int, parameters: tuple
):
    """The one call path: compute, wrap, record."""
    i: cython.int
    level: cython.long = 0
    requires: cython.bint = False
    x: Tensor
    for i in range(count):
        if isinstance(cython.cast(object, operands[i]), Tensor):
            x = cython.cast(Tensor, operands[i])
            if x.view is not None and operation.differentiable:
                refresh(x)
            level |= x._level
            requires |= x.requires
    if level != 0:
        return apply_on_level(operation, operands, count, parameters, requires)
    result = compute_operands(operation, operands, count, parameters)
    state = modes()
    if not isinstance(result, (cnp.ndarray, tuple)):
        # NumPy gives scalars for results without dimensions.
        result = numpy.asarray(result)
    if not isinstance(result, cnp.ndarray):
        return wrap_several(operation, operands, count, parameters, result, requires and state.grad_enabled)
    out: Tensor = wrap(result)
    if operation.view:
        become_view(out, cython.cast(Tensor, operands[0]), operation, parameters)
    elif state.inference:
        out.inference = True
    if requires and state.grad_enabled and operation.differentiable:
        node: RuleNode = record(operation, operands, count, parameters, out)
        if node is not None:
            out.grad_node = node
            out.requires = True
    return out


@cython.cfunc
def wrap_several(
    operation: Operation,
    operands: cython.pointer(cython.pointer(PyObject)),
    count: cython.int,
    parameters: tuple,
    results,
    recording: cython.bint,
):
    """The tail of `apply` for an operation of several outputs (arrays, or tensors of a level)."""
    node: RuleNode = None
    i: cython.int
    outs = [(r if isinstance(r, Tensor) else wrap(r)) for r in results]
    if not outs:
        return ()
    if recording and operation.differentiable:
        node = record(operation, operands, count, parameters, outs)
    for i in range(len(outs)):
        out: Tensor = outs[i]
        if operation.part is None:
            out.inference = modes().inference
        elif out.view is None and not out.inference:
            become_one_of_several(out, cython.cast(Tensor, operands[0]), operation, parameters, i)
        if node is not None and operation.has_derivative(i):
            out.grad_node = node
            out.output_number = i
            out.requires = True
    return tuple(outs)


@cython.cfunc
def become_view(out: Tensor, x: Tensor, operation: Operation, parameters: tuple) -> cython.void:
    """Let `out`, whose array is a view of x's, share x's memory and remember its base."""
    state = modes()
    if operation.options.get("may_copy") and not same_memory(x.array, out.array):
        out.inference = state.inference
        return
    out.memory = memory_of(x)
    if x.inference:
        # Nothing is ever recorded about its memory.
        out.inference = True
        return
    view: View = View.__new__(View)
    if x.view is not None:
        view.base = x.view.base
        view.steps = x.view.steps + ((operation, parameters),)
        view.created = x.view.created
    else:
        view.base = x
        view.steps = ((operation, parameters),)
        view.created = ""
    view.version = out.memory.version
    view.base_array = view.base.array
    if state.inference:
        view.created = "inference"
        # What it stands for may require a gradient, though no history leads there.
        out.requires = x.requires
    elif not state.grad_enabled and view.created == "":
        view.created = "no_grad"
    if view.created != "" and state.walk == cython.NULL:
        # Nobody asks for the line of a view that a rule makes during a backward pass.
        view.code = locate(cython.address(view.offset))
    out.view = view


@cython.cfunc
def become_one_of_several(
    out: Tensor, x: Tensor, operation: Operation, parameters: tuple, i: cython.int
) -> cython.void:
    """Let output i of an operation that makes several views be a view of x, by the one step that leads to it alone."""
    step, step_parameters = operation.part(tuple(x.shape), parameters, i)
    become_view(out, x, step, step_parameters)
    if out.view is None:
        return
    if out.view.created == "":
        out.view.created = "several"
    elif out.view.created == "no_grad":
        out.view.created = "several, no_grad"


@cython.cfunc
def apply_on_level(
    operation: Operation,
    operands: cython.pointer(cython.pointer(PyObject)),
    count: cython.int,
    parameters: tuple,
    requires: cython.bint,
):
    """An operand is of a level: the payload of the highest one computes; the node is recorded on these operands."""
    listed = [cython.cast(object, operands[i]) for i in range(count)]
    top: Tensor = highest(listed)
    result = top._payload.apply(operation, listed, parameters)
    recording: cython.bint = requires and modes().grad_enabled and operation.differentiable
    if not isinstance(result, Tensor):
        # What a fallback computed has a history already.
        for one in result:
            recording = recording and not (isinstance(one, Tensor) and cython.cast(Tensor, one).requires)
        return wrap_several(operation, operands, count, parameters, result, recording)
    out: Tensor = result
    if operation.view and out.view is None and not out.inference:
        become_view(out, cython.cast(Tensor, operands[0]), operation, parameters)
    # A level that took no part (a paused one) leaves nothing to record on it.
    if recording and not out.requires and (out._level == top._level or not top._payload.separate):
        node: RuleNode = record(operation, operands, count, parameters, out)
        if node is not None:
            out.grad_node = node
            out.requires = True
    return out


@cython.cfunc
def highest(operands: list) -> Tensor:
    """The operand of the highest level."""
    top: Tensor = None
    for a in operands:
        if isinstance(a, Tensor) and (top is None or cython.cast(Tensor, a)._level > top._level):
            top = a
    return top


@cython.cfunc
def _enter_calls() -> cython.void:
    global wengert_operation_entry, wengert_in_place_entry, wengert_explain
    wengert_operation_entry = call_operation
    wengert_in_place_entry = call_in_place
    wengert_explain = explain_error


def _finish_types() -> None:
    _enter_calls()
    operation: Operation = Operation.__new__(Operation)
    start: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, operation))
    field: cython.Py_ssize_t = cython.cast(
        cython.Py_ssize_t, cython.cast(cython.p_void, cython.address(operation.vectorcall))
    )
    wengert_enable_vectorcall(Operation, field - start)
    form: InPlaceOperation = InPlaceOperation.__new__(InPlaceOperation)
    start = cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, form))
    field = cython.cast(cython.Py_ssize_t, cython.cast(cython.p_void, cython.address(form.vectorcall)))
    wengert_enable_vectorcall(InPlaceOperation, field - start)
    # What `help` and documentation tools read of a function.
    for kind in (Operation, InPlaceOperation):
        wengert_set_on_type(kind, "__name__", property(_help.name_of))
        wengert_set_on_type(kind, "__qualname__", property(_help.name_of))
        wengert_set_on_type(kind, "__doc__", property(_help.documentation_of))
        wengert_set_on_type(kind, "__signature__", property(_help.inspected))


_finish_types()
