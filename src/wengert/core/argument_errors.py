"""Functions written in Python meet arguments of any type: what is no tensor is named, where it is used as one.

They take NumPy's names of arguments, as PyTorch's functions do.
"""

import functools
import inspect

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
    """The function, with a TypeError that names the argument where one that is no tensor is used as one.

    Keywords may have NumPy's names.

    Nothing is checked before the function runs: its own use of an argument decides what the argument has to be. That an
    attribute of tensors is missing is looked at when it has happened.
    """

    others = other_names(function)

    @functools.wraps(function)
    def wrapper(*positional, **named):
        if named:
            named = under_own_names(named, others)
        try:
            return function(*positional, **named)
        except AttributeError as error:
            raise no_tensor(function, positional, named, error) from None

    return wrapper


def no_tensor(function, positional: tuple, named: dict, error: AttributeError) -> Exception:
    """The error for an argument that was used as a tensor; the one given, if it is about something else."""
    described = _described(function, positional, named, error)
    return error if described is None else TypeError(described)


def _described(function, positional: tuple, named: dict, error: AttributeError) -> str | None:
    """Which argument lacks the attribute of a tensor; None if it is not an argument that does."""
    from .tensor import Tensor

    lacking = getattr(error, "obj", None)
    if lacking is None and "'NoneType'" not in str(error) or isinstance(lacking, Tensor):
        return None
    try:
        arguments = inspect.signature(function).bind_partial(*positional, **named).arguments
    except TypeError:
        return None
    for position, (name, value) in enumerate(arguments.items(), 1):
        if value is lacking or lacking is not None and getattr(value, "dtype", None) is lacking:
            return (
                f"{function.__name__}(): argument '{name}' (position {position}) must be Tensor, not "
                f"{type(value).__name__}"
            )
        if isinstance(value, (list, tuple)):
            for i, x in enumerate(value):
                if x is lacking:
                    return (
                        f"{function.__name__}(): expected Tensor as element {i} of argument '{name}' (position "
                        f"{position}), but got {type(x).__name__}"
                    )
    return None
