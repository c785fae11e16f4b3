"""A call has failed: the error that says so names the function and, where an argument was of a wrong type, the
argument.

Nothing is checked for this before a function runs: its own use of an argument decides what the argument has to be,
and a call that succeeds pays nothing. When something was raised, the arguments are looked at, types first, as
PyTorch's parser looks at them; and what NumPy or Python itself complained about is said in terms of the call.

Functions written in Python also take NumPy's names of arguments, as PyTorch's functions do.
"""

import dis
import functools
import inspect
import os
import re

import numpy

# NumPy's names of arguments, which PyTorch takes too (but for `ddof`).
OTHER_NAMES = {
    "axis": "dim",
    "keepdims": "keepdim",
    "ddof": "correction",
    "x": "input",
    "a": "input",
    "x1": "input",
    "x2": "other",
    "self": "input",
    "axis0": "dim0",
    "axis1": "dim1",
}

# What a wrong argument may have led to. Errors of other kinds are the user's own, raised by a function that was given.
EXPLAINED = (
    AttributeError, TypeError, ValueError, IndexError, KeyError, AssertionError, ArithmeticError, RuntimeError,
    MemoryError,
)  # fmt: skip

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_RAISE = dis.opmap["RAISE_VARARGS"]
# Sentences of Python, NumPy and Cython in compiled code, whose frames do not show whether they raise or call.
_FOREIGN = re.compile(
    r"unsupported operand|has no attribute|not supported between|object is not|cannot be interpreted|an integer is "
    r"required|"
    r"must be real number|not subscriptable|not iterable|incorrect type|could not be broadcast|\bufunc\b|axis|too "
    r"large to|"
    r"shape mismatch|input array|^Expected \w+, got|array with more than one|setting an array element|inhomogeneous|"
    r"invalid literal|could not convert|broadcast together|unhashable|not enough values|too many values"
)  # fmt: skip
# How `name_call` names a call.
_CALLED = re.compile(r": in \w+\(\)$")


def parameters_of(function) -> tuple:
    """The names of a function's parameters, starred ones left out."""
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        return tuple(inspect.signature(function).parameters)
    # Hundreds of functions are entered at import: their code says it at a tenth of the cost of a signature.
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def other_names(function) -> dict:
    """The names that a function's arguments may be called by besides their own, each with the argument's own."""
    own = parameters_of(function)
    return {other: name for other, name in OTHER_NAMES.items() if name in own and other not in own}


def under_own_names(named: dict, others: dict) -> dict:
    """Keywords, of which those under other names are under the arguments' own."""
    return {others.get(name, name) if others.get(name) not in named else name: value for name, value in named.items()}


def naming_its_arguments(function):
    """The function, with errors that name it and its arguments. Keywords may have NumPy's names."""

    others = other_names(function)
    called = getattr(function, "spoken", function.__name__)

    @functools.wraps(function)
    def wrapper(*positional, **named):
        if named:
            named = under_own_names(named, others)
        try:
            return function(*positional, **named)
        except EXPLAINED as error:
            raise_explained(function, called, positional, named, error)

    return wrapper


def spoken(name: str) -> str:
    """A name with its namespace as messages have it: "linalg_inv"; without that of `nn.functional`."""
    return name.removeprefix("nn.functional.").replace(".", "_")


def raise_explained(function, name: str, positional: tuple, named: dict, error: Exception) -> None:
    """Raise what a failed call of a function written in Python raises."""
    if error.__traceback__ is not None and error.__traceback__.tb_next is None:
        # The arguments did not even fit the parameters: Python's error names the function as it is defined.
        raise type(error)(re.sub(r"^[\w.<>]+\(\)", f"{name}()", str(error))) from None
    try:
        arguments = inspect.signature(function).bind_partial(*positional, **named)
    except (TypeError, ValueError):
        arguments = None
    if arguments is None:
        raise error
    found = explained(name, described_parameters(function), arguments.arguments, error)
    if found is error:
        name_call(error, name)
        raise error
    raise found from (error if is_foreign(error) else None)


def described_parameters(function) -> dict:
    """Of a function's parameters by name: the kind of value that each takes, its default, and whether it is starred."""
    from .argument_kinds import KINDS

    found, kinds = {}, KINDS | getattr(function, "kinds", {})
    for name, parameter in inspect.signature(function).parameters.items():
        kind = kinds.get(name)
        found[name] = (kind, parameter.default, parameter.kind is parameter.VAR_POSITIONAL)
    return found


def operation_parameters(operation) -> dict:
    """As `described_parameters`, of a declared operation."""
    from .argument_kinds import KINDS

    found = {}
    for name in operation.names:
        kind = KINDS.get(name)
        if operation.takes_list and name == operation.inputs[0]:
            kind = "tuple of Tensors"
        elif name not in operation.inputs:
            # What is no operand is no tensor.
            kind = None if kind is None or kind.startswith("Tensor") else kind
        else:
            # A further operand of an elementwise operation may be a number.
            alone = name == operation.names[0] or operation.kind != "elementwise"
            kind = "Tensor" if alone else "Tensor|Number"
            if operation.kind == "general" and name != operation.names[0]:
                # Such an operand may be left out, as the bias of a convolution.
                kind = "Tensor|None"
        found[name] = (kind, operation.defaults.get(name, inspect.Parameter.empty), name == operation.collects)
    for name in operation.rewrites:
        found.setdefault(name, (KINDS.get(name), None, False))
    return found


def explained(name: str, parameters: dict, arguments: dict, error: Exception) -> Exception:
    """The error for a call that failed with `error`: a TypeError that names an argument of a wrong type if there is
    one.

    An error that is not the library's own is put in terms of the call; otherwise it is the error itself.
    """
    foreign = is_foreign(error)
    if isinstance(error, TypeError) and not foreign and _names_argument(name, arguments, str(error)):
        return error
    wrong = wrong_type(name, parameters, arguments)
    if wrong is not None:
        return TypeError(wrong)
    large = too_large(name, parameters, arguments)
    if large is not None:
        return large
    return translated(name, arguments, error) if foreign else error


def wrong_type(name: str, parameters: dict, arguments: dict) -> str | None:
    """The message for the first argument that is of a wrong type; None if none is."""
    from .argument_kinds import mismatch

    for argument, value in arguments.items():
        kind, default, starred = parameters.get(argument, (None, None, False))
        if kind is None or value is None and default is None or value is default:
            continue
        if type(value).__name__.startswith("_"):
            # What the package itself put in the place of what was given (`canonical=` of a declaration).
            continue
        if starred and isinstance(value, tuple) and len(value) == 1:
            value = value[0] if kind.startswith("tuple of ints") or isinstance(value[0], (tuple, list)) else value
        found = mismatch(kind, value)
        if found is not None and kind == "tuple of Tensors" and isinstance(value, (tuple, list)):
            return f"{found}: in {name}()"
        if found is not None:
            return f"{name}(): argument '{argument}' (position {list(parameters).index(argument) + 1}) {found}"
    return None


def too_large(name: str, parameters: dict, arguments: dict) -> Exception | None:
    """The error for the first int that no int64 holds; None if there is none."""
    for position, (argument, value) in enumerate(arguments.items()):
        kind, _, _ = parameters.get(argument, (None, None, False))
        if kind is None or "int" not in kind:
            continue
        for i, x in enumerate(value if isinstance(value, (tuple, list)) else (value,)):
            if isinstance(x, int) and not -(1 << 63) <= x < 1 << 63:
                if kind.startswith("tuple"):
                    return TypeError(
                        f"{name}(): argument '{argument}' failed to unpack the object at pos {i + 1} with error "
                        f'"Overflow when unpacking long long": it is {x} at position {position + 1}'
                    )
                return ValueError(f"Overflow when unpacking long long: {name}() was given {argument}={x}")
    return None


def _names_argument(name: str, arguments: dict, text: str) -> bool:
    """Whether a message is about one of the call's arguments, by its name."""
    called, _, rest = text.partition("()")
    return called.endswith(name.rpartition("_")[2]) and any(f"'{argument}'" in rest for argument in arguments)


def name_call(error: Exception, name: str) -> None:
    """Add the name of the function that was called to an error of the library's that does not have it.

    Of functions that call each other the outermost is named: it is what the user wrote. A user's own errors, which
    come through a function that was given another, stay as they are, and so do those of several lines, which show
    the code that recorded a node.
    """
    text = error.args[0] if len(error.args) == 1 else None
    if not isinstance(text, str) or "\n" in text or not _is_own(error):
        return
    text = _CALLED.sub("", text)
    if name.removesuffix("_").rpartition("_")[2] not in text:
        error.args = (f"{text.removesuffix('.')}: in {name}()",)
    else:
        error.args = (text,)


def _is_own(error: Exception) -> bool:
    """Whether no code but the library's stood between a call and its error."""
    step = error.__traceback__
    while step is not None:
        if not step.tb_frame.f_code.co_filename.startswith(_PACKAGE) and not _is_compiled(step.tb_frame):
            return False
        step = step.tb_next
    return True


def is_foreign(error: Exception) -> bool:
    """Whether an error was raised not by a statement of the library but by NumPy, SciPy or Python on its behalf."""
    last = error.__traceback__
    if last is None:
        return False
    while last.tb_next is not None:
        last = last.tb_next
    file = last.tb_frame.f_code.co_filename
    if file.startswith(_PACKAGE):
        code = last.tb_frame.f_code.co_code
        if code and file.endswith(".py") and last.tb_lasti >= 0 and not _is_compiled(last.tb_frame):
            return code[last.tb_lasti] != _RAISE
    elif f"{os.sep}numpy{os.sep}" in file or f"{os.sep}scipy{os.sep}" in file or file.startswith("<__array_function__"):
        return True
    elif not _is_compiled(last.tb_frame):
        # A user's function that an operation called.
        return False
    return _FOREIGN.search(str(error)) is not None or isinstance(error, (AttributeError, KeyError, AssertionError))


def _is_compiled(frame) -> bool:
    """Whether a frame of a traceback stands for compiled code of the library."""
    return frame.f_globals.get("__name__", "").startswith("wengert.") and not hasattr(
        frame.f_globals.get("__loader__"), "get_data"
    ) or str(frame.f_globals.get("__file__", "")).endswith((".so", ".pyd"))


def translated(name: str, arguments: dict, error: Exception) -> Exception:
    """An error of NumPy or Python in terms of the call."""
    from .argument_kinds import word_of
    from .errors import check_broadcast
    from .tensor import Tensor

    got = ", ".join([
        f"Tensor of shape {list(x.shape)}" if isinstance(x, Tensor) else repr(x) if isinstance(x, (int, float, str))
        else word_of(x) for x in arguments.values()
    ])  # fmt: skip
    if isinstance(error, MemoryError):
        return out_of_memory(error)
    if isinstance(error, (TypeError, AttributeError, KeyError, AssertionError)):
        words = ", ".join([word_of(x) for x in arguments.values()])
        return TypeError(f"{name}() received an invalid combination of arguments - got ({words})")
    shapes = [tuple(x.shape) for x in arguments.values() if isinstance(x, (Tensor, numpy.ndarray))]
    if isinstance(error, ValueError) and len(shapes) > 1:
        try:
            check_broadcast(name, shapes)
        except RuntimeError as found:
            return found
    if isinstance(error, IndexError):
        return IndexError(f"{name}(): an index is out of range, or a dimension missing, in the call with ({got})")
    if isinstance(error, OverflowError):
        return ValueError(f"Overflow when unpacking long long: {name}() was called with ({got})")
    return RuntimeError(f"{name}() is not possible with ({got})")


def out_of_memory(error: MemoryError) -> Exception:
    """NumPy got no memory for an array: PyTorch's error."""
    shape, dtype = getattr(error, "shape", None), getattr(error, "dtype", None)
    if shape is None or dtype is None:
        return error
    count = dtype.itemsize
    for size in shape:
        count *= int(size)
    return RuntimeError(
        f"DefaultCPUAllocator: can't allocate memory: you tried to allocate {count} bytes, for elements of type "
        f"{dtype} in "
        f"the shape {list(shape)}."
    )


def explain_operation(operation, name: str, positional: tuple, named: dict, error: Exception) -> Exception:
    """What a failed call of a declared operation raises in place of `error`; that itself where it says enough."""
    from .argument_kinds import mismatch
    from .tensor import Tensor

    if not isinstance(error, EXPLAINED):
        return error
    if operation.collects is None and len(positional) > len(operation.names):
        from .signature import too_many

        return too_many(spoken(name), operation, positional)
    parameters = operation_parameters(operation)
    arguments = {}
    for position, value in enumerate(positional):
        own = operation.names[min(position, len(operation.names) - 1)]
        if own == operation.collects:
            if "dtype" in operation.rewrites and mismatch("torch.dtype", value) is None:
                # `view(dtype)`
                break
            arguments[own] = positional[position:]
            break
        arguments[own] = value
    for keyword, value in named.items():
        arguments[keyword if keyword in parameters else OTHER_NAMES.get(keyword, keyword)] = value
    first, *further = [arguments.get(own) for own in operation.inputs]
    if further and not isinstance(first, Tensor) and any([isinstance(x, Tensor) for x in further]):
        # An operator's reflected form: a number may stand before a tensor there.
        arguments.pop(operation.inputs[0], None)
    found = explained(spoken(name), parameters, arguments, error)
    if found is not error:
        found.__cause__ = error if is_foreign(error) else None
        found.__suppress_context__ = True
    else:
        name_call(error, spoken(name))
    return found
