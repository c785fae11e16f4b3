"""Functions written in Python meet arguments of any type: what is no tensor is named, where it is used as one; and
arguments under NumPy's names, which PyTorch takes as well."""

import functools
import inspect

from .signature import SPELLINGS


def spellings_of(function) -> dict:
    """The further names of a function's arguments: {"axis": "dim"} where it has a `dim` and no `axis`."""
    names = inspect.signature(function).parameters
    return {other: name for other, name in SPELLINGS.items() if name in names and other not in names}


def respelled(spellings: dict, named: dict) -> dict:
    """Keywords under the function's own names; one that is given twice is left for the function to refuse."""
    return {
        spellings[name] if name in spellings and spellings[name] not in named else name: value
        for name, value in named.items()
    }


def naming_its_arguments(function):
    """The function, with a TypeError that names the argument where one that is no tensor is used as one.

    Keywords may have NumPy's names.

    Nothing is checked before the function runs: its own use of an argument decides what the argument has to be. That an
    attribute of tensors is missing is looked at when it has happened.
    """

    spellings = spellings_of(function)

    @functools.wraps(function)
    def wrapper(*positional, **named):
        if named and not spellings.keys().isdisjoint(named):
            named = respelled(spellings, named)
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
