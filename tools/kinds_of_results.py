"""Of what kinds the results of a function are, found by calling it: as its examples do, and with each flag set.

The stubs say for which arguments a result is of which kind. Nothing of that is written down by hand: `observed` runs
the examples in a function's docstring, takes the calls of the function out of them, and repeats each call with every
flag of the signature (`return_inverse=False`) the other way round, and with `dim` where that may be left out.
"""

import ast
import contextlib
import doctest
import functools
import inspect
import io
import warnings
from typing import Any, NamedTuple

import wengert
from wengert.core import Storage, Tensor
from wengert.ops.storages import TypedStorage


class Observation(NamedTuple):
    """One call: the optional arguments that it had, each as a word for its kind, and the kind of the result."""

    given: dict[str, str]
    kind: str


def kind_of(value) -> str:
    """The type of a result as stub text; "Any" where that says too little."""
    if isinstance(value, Tensor):
        return "Tensor"
    if value is None or value is NotImplemented:
        return "None"
    if isinstance(value, wengert.Size):
        return "Size"
    if type(value).__module__ == "wengert.return_types":
        return f"return_types.{type(value).__name__}"
    if type(value).__module__ == "wengert.core.size":
        # Tensors have attributes of these names.
        return f"_{type(value).__name__}"
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value).__name__
    if type(value) is tuple and value:
        kinds = {kind_of(x) for x in value}
        return f"tuple[{kinds.pop()}, ...]" if len(kinds) == 1 else "tuple[Any, ...]"
    if isinstance(value, wengert.dtype):
        return "dtypes.dtype"
    for cls, text in ((Storage, "Storage"), (TypedStorage, "TypedStorage"), (wengert.Generator, "Generator")):
        if isinstance(value, cls):
            return text
    plain = (bool, int, float, str, bytes)
    return f"builtins.{type(value).__name__}" if type(value) in plain else "Any"


def word_for(value) -> str:
    """The type of an argument as stub text."""
    if isinstance(value, bool):
        return f"Literal[{value}]"
    if value is None:
        return "None"
    if isinstance(value, (Tensor, float, complex)):
        return "Operand"
    return {int: "builtins.int", str: "builtins.str"}.get(type(value), "Any")


def _quietly(function, *arguments, **keywords):
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **keywords)


def _calls(name: str, text: str):
    """The calls of what is called `name` in the examples of a docstring, with their surroundings: the code of the
    called, of the arguments and of the keywords, and the names that they use."""
    surroundings: dict[str, Any] = {"wengert": wengert, "t": wengert}
    for example in doctest.DocTestParser().get_examples(inspect.cleandoc(text)):
        tree = ast.parse(example.source)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Call, ast.Attribute)):
                called = node.func if isinstance(node, ast.Call) else node
                if isinstance(called, ast.Attribute) and called.attr == name:
                    yield node, surroundings
        with contextlib.suppress(Exception):
            _quietly(exec, compile(tree, "example", "exec"), surroundings)


def _value(node, surroundings):
    return _quietly(eval, compile(ast.fix_missing_locations(ast.Expression(node)), "example", "eval"), surroundings)


@functools.cache
def observed(name: str, text: str, signature: inspect.Signature | None) -> tuple[Observation, ...]:
    """The kinds of results of the function (or method) of a name, whose docstring and signature are given."""
    found: list[Observation] = []
    for node, surroundings in _calls(name, text):
        if not isinstance(node, ast.Call):
            continue
        with contextlib.suppress(Exception):
            called = _value(node.func, surroundings)
            # In the example of a method the tensor stands before the name.
            method = isinstance(node.func, ast.Attribute) and isinstance(_value(node.func.value, surroundings), Tensor)
            arguments = [x for a in node.args for x in _spread(a, surroundings)]
            keywords = {k.arg: _value(k.value, surroundings) for k in node.keywords if k.arg}
            _add(found, called, arguments, keywords, signature, method)
    return tuple(found)


def _spread(node, surroundings) -> list:
    return list(_value(node.value, surroundings)) if isinstance(node, ast.Starred) else [_value(node, surroundings)]


def _add(found: list, called, arguments: list, keywords: dict, signature, method: bool) -> None:
    """Call as the example does, and in the other ways that the signature allows."""
    if signature is None:
        found.append(Observation({}, kind_of(_quietly(called, *arguments, **keywords))))
        return
    optional = {p.name: p.default for p in signature.parameters.values() if p.default is not p.empty}
    bound = signature.bind(*([None] if method else []), *arguments, **keywords)
    named = {k: v for k, v in bound.arguments.items() if k in optional}
    flags = [k for k, default in optional.items() if default is False]
    switches = {**{k: True for k in flags}, **({"dim": 0} if optional.get("dim", 0) is None else {})}
    ways = [{k: v for k, v in named.items() if k not in switches}]
    ways += [{**ways[0], k: v} for k, v in switches.items()]
    if switches.keys() & named.keys():
        ways.append(named)
    required: list = []
    keyed: dict = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            required += value
        elif kind is inspect.Parameter.VAR_KEYWORD:
            keyed.update(value)
        elif kind is inspect.Parameter.KEYWORD_ONLY and name not in optional:
            keyed[name] = value
        elif name not in optional:
            required.append(value)
    for way in ways:
        with contextlib.suppress(Exception):
            result = _quietly(called, *required[method:], **keyed, **way)
            found.append(Observation({k: word_for(v) for k, v in way.items()}, kind_of(result)))


@functools.cache
def kind_of_attribute(name: str, text: str) -> str:
    """The kind of an attribute, as the examples in its docstring show it."""
    kinds = set()
    for node, surroundings in _calls(name, text):
        if isinstance(node, ast.Attribute):
            with contextlib.suppress(Exception):
                kinds.add(kind_of(_value(node, surroundings)))
    return kinds.pop() if len(kinds) == 1 else "Any"
