"""Functions made of other operations: they need no rule, and every mode comes from what they are made of.

    @composite(method=True)
    def addcmul(input, tensor1, tensor2, *, value=1):
        '''input + value * tensor1 * tensor2.'''
        return input + value * tensor1 * tensor2

A new operation starts here; it becomes a declared one when a benchmark shows the gain.
"""

import functools

from ..core import bind_method, bind_operator, registry
from ..core.modes import is_grad_enabled
from ..core.writing import write_out
from .declaration import IN_PLACE_OPERATORS


def composite(
    function=None, *, method: bool = True, methods: tuple = (), numpy_functions: tuple = (), out: bool = False,
    in_place: bool = False, public: bool = True, operator: str = None, ufunc=None,
):  # fmt: skip
    """Enter a function made of other operations under its own name.

    Args:
        method, methods: whether it is a tensor method, and under which further names.
        numpy_functions: NumPy functions that call it on tensors.
        out: whether it takes `out=`.
        in_place: whether `name_`, which writes the result into the first argument, exists.
        public: whether `wengert.name` exists, rather than the method only.
        operator: the operator method that it carries, "__matmul__".
        ufunc: the NumPy ufunc that calls it on tensors.
    """
    if function is None:
        return functools.partial(
            composite, method=method, methods=methods, numpy_functions=numpy_functions, out=out, in_place=in_place,
            public=public, operator=operator, ufunc=ufunc,
        )  # fmt: skip
    entered = _with_out(function) if out else function
    registry.register_function(entered, public=public, numpy_functions=numpy_functions, ufunc=ufunc)
    # Methods and operators take no `out=`.
    if method:
        bind_method(function.__name__, function)
    for name in methods:
        bind_method(name, function)
    if operator:
        bind_operator(operator, function)
    if in_place:
        form = _in_place(function)
        registry.register_function(form, public=False)
        bind_method(form.__name__, form)
        if operator in IN_PLACE_OPERATORS:
            bind_operator(IN_PLACE_OPERATORS[operator], form)
    return entered


def _with_out(function):
    @functools.wraps(function)
    def wrapper(*arguments, out=None, **keywords):
        result = function(*arguments, **keywords)
        return result if out is None else write_out(function.__name__, result, out)

    return wrapper


def written_into(input, function, *arguments, **keywords):
    """Write function(input, ...) into the input. What its derivative needs is saved from a copy: the input changes."""
    source = input.clone() if input.requires_grad and is_grad_enabled() else input
    return input.copy_(function(source, *arguments, **keywords))


def _in_place(function):
    name = function.__name__ + "_"

    def wrapper(input, *arguments, **keywords):
        return written_into(input, function, *arguments, **keywords)

    wrapper.__name__ = wrapper.__qualname__ = name
    wrapper.__module__ = function.__module__
    wrapper.__doc__ = f"In-place form of `{function.__name__}`: writes the result into the first input and returns it."
    return wrapper
