"""Functions made of other operations: they need no rule, and every mode comes from what they are made of.

    @composite(method=True)
    def addcmul(input, tensor1, tensor2, *, value=1):
        '''input + value * tensor1 * tensor2.'''
        return input + value * tensor1 * tensor2

A new operation starts here; it becomes a declared one when a benchmark shows the gain.
"""

import functools
import inspect
from typing import Any

from ..core import Tensor, bind_operator, registry
from ..core.argument_errors import (
    EXPLAINED,
    naming_its_arguments,
    other_names,
    parameters_of,
    raise_explained,
    spoken,
    under_own_names,
)
from ..core.help_texts import in_place_documentation
from ..core.modes import is_grad_enabled
from ..core.writing import check_writable, write_out
from .declaration import bind_names


def composite(
    function=None, *, namespace: str = "", method: bool = None, methods: tuple = (), aliases: tuple = (),
    numpy_functions: tuple = (), out: bool | str = False, in_place: bool | str = False, public: bool = True,
    operator: str = None, ufunc=None, writes=None, kinds: dict = None,
):  # fmt: skip
    """Enter a function made of other operations under its own name.

    Args:
        namespace: where it stands, "linalg" for `wengert.linalg`; `wengert` itself unless given.
        method, methods: whether it is a tensor method (yes, unless it has a namespace), and under which further names.
        aliases: further public names, "ger" or, in a namespace, "linalg.det". One without dots is a method too, unless
            `method` is False, and has an in-place form if the function has one.
        numpy_functions: NumPy functions that call it on tensors.
        out: whether it takes `out=`; "exact" if that must be of the result's dtype.
        in_place: whether `name_`, which writes the result into the first argument, exists; "public" if it stands in
            the namespace too.
        public: whether `wengert.name` exists, rather than the method only.
        operator: the operator method that it carries, "__matmul__".
        ufunc: the NumPy ufunc that calls it on tensors.
        writes: a function of the same arguments that changes the first one itself and returns it: the in-place form,
            where that need not compute all of the result.
        kinds: what kind of value an argument takes, where that is not what its name says (see `argument_kinds.py`).

    >>> import wengert as t
    >>> @t.library.composite(method=False, public=False)
    ... def softclip_of_help(input, limit=1.0):
    ...     return (input / limit).tanh() * limit
    >>> softclip_of_help(t.tensor([0.5, 100.0]), limit=2.0)
    tensor([0.4898, 2.0000])
    """
    if function is None:
        return functools.partial(
            composite, namespace=namespace, method=method, methods=methods, aliases=aliases,
            numpy_functions=numpy_functions, out=out, in_place=in_place, public=public, operator=operator, ufunc=ufunc,
            writes=writes, kinds=kinds,
        )  # fmt: skip
    if kinds:
        function.kinds = kinds
    if namespace:
        function.spoken = spoken(registry.qualified(function.__name__, namespace))
    entered = _with_out(function, out == "exact") if out else naming_its_arguments(function)
    registry.register_function(
        entered, public=public, numpy_functions=numpy_functions, ufunc=ufunc, namespace=namespace, further_names=aliases
    )
    # Methods and operators take no `out=`; a method without arguments has none to name.
    takes_starred = function.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    if len(parameters_of(function)) == 1 and not takes_starred:
        called = function
    else:
        called = naming_its_arguments(function) if out else entered
    form = _in_place(function, writes) if in_place else None
    bind_names(
        called, registry.qualified(function.__name__, namespace), form, method, methods, aliases, operator,
        in_place == "public",
    )  # fmt: skip
    if operator:
        # Python gives an operator to a tensor only: nothing has to be named, and the call is a short one.
        bind_operator(operator, function)
    return entered


def require_tensor(name: str, argument: str, value, position: int = 1) -> None:
    """TypeError in PyTorch's words unless an argument is a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type(value).__name__}"
        )


def _with_out(function, exact: bool):
    others = other_names(function)
    called = getattr(function, "spoken", function.__name__)

    def wrapper(*arguments, out=None, **keywords):
        if keywords:
            keywords = under_own_names(keywords, others)
        try:
            result = function(*arguments, **keywords)
        except EXPLAINED as error:
            raise_explained(function, called, arguments, keywords, error)
        if out is None:
            return result
        if exact:
            _check_dtypes(function.__name__, result, out)
        return write_out(function.__name__, result, out)

    entered: Any = functools.update_wrapper(wrapper, function)
    entered.takes_out = True
    return entered


def _check_dtypes(name: str, result, out) -> None:
    """Refuse an `out` of another dtype than the result's."""
    if isinstance(result, (tuple, list)) and not isinstance(out, (tuple, list)):
        raise TypeError(f"{name}(): argument 'out' must be tuple of Tensors, not {type(out).__name__}")
    pairs = zip(result, out, strict=False) if isinstance(out, (tuple, list)) else ((result, out),)
    for found, target in pairs:
        if isinstance(target, Tensor) and target.dtype is not found.dtype:
            raise RuntimeError(
                f"Expected out tensor to have dtype {found.dtype.name}, but got {target.dtype.name} instead, as the "
                f"out= of {name}()"
            )


def written_into(input, function, *arguments, **keywords):
    """Write function(input, ...) into the input. What its derivative needs is saved from a copy: the input changes."""
    require_tensor(function.__name__ + "_", "input", input)
    source = input.clone() if input.requires_grad and is_grad_enabled() else input
    result = function(source, *arguments, **keywords)
    check_writable(result, input, function.__name__ + "_")
    return input.copy_(result)


def _in_place(function, writes):
    name = function.__name__ + "_"

    def wrapper(input, *arguments, **keywords):
        try:
            if writes is not None:
                return writes(input, *arguments, **keywords)
            return written_into(input, function, *arguments, **keywords)
        except EXPLAINED as error:
            raise_explained(function, name, (input, *arguments), keywords, error)

    wrapper.__name__ = wrapper.__qualname__ = name
    wrapper.__module__ = function.__module__
    # Its signature, for `help` and editors, is the function's.
    wrapper.__wrapped__ = function
    wrapper.__doc__ = in_place_documentation(function.__name__)
    return wrapper
