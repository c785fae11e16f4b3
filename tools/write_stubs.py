"""Write the type stubs of the namespaces and of Tensor from the registry of declared operations.

    python tools/write_stubs.py [--check]

Writes src/wengert/__init__.pyi, src/wengert/core/tensor.pyi and those of the namespaces (src/wengert/linalg.pyi,
src/wengert/nn/functional.pyi, ...). With --check nothing is written, and the exit status is 1 if a file on disk
differs: a declaration changed without its stub. `nn`, `optim`, `data`, `func`, `autograd` and `distributions` need
none: type checkers read their sources.
"""

import ast
import functools
import importlib
import inspect
import pathlib
import re
import sys
import typing

import numpy
from kinds_of_results import kind_of, kind_of_attribute, observed

import wengert
from wengert.core import InPlaceOperation, Operation, Tensor, registry

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src" / "wengert"
HEADER = "# Written by tools/write_stubs.py from the declarations of the operations. Do not edit.\n"

# The function of the registry for what was made of it by a wrapper, as methods are.
FUNCTIONS = {id(inspect.unwrap(function)): function for function in registry.functions.values()}

# Tensors have methods called int, float and bool, and so has the namespace: the types need their module's name.
INT, BOOL = "builtins.int", "builtins.bool"

# What a parameter holds, by its name; of others, what an annotation or the default says.
KINDS = {
    "dim": f"{INT} | Sequence[{INT}] | None", "keepdim": BOOL, "dtype": "dtypes.dtype | builtins.type | None",
    "shape": f"{INT} | Sequence[{INT}]", "size": f"{INT} | Sequence[{INT}]", "diagonal": INT, "dim0": INT, "dim1": INT,
    "dim2": INT, "offset": INT, "generator": "Generator | None",
}  # fmt: skip

# Where the names that stubs use come from.
HOMES = {
    "Size": "core.size", "Generator": "ops.generator", "Storage": "core.storage", "TypedStorage": "ops.storages",
    "Parts": "ops.arithmetic", "_device": "core.size", "_layout": "core.size", "_memory_format": "core.size",
    "RemovableHandle": "core.hooks", "Tensor": "core.tensor", "Operand": "core.tensor", "Node": "core.node",
}  # fmt: skip

EMPTY = inspect.Parameter.empty
OUT = "out: Tensor | Sequence[Tensor] | None = None"


# ------------------------------------------------------------------------------------------------ parameters


def operation_parameters(operation: Operation, method: bool) -> list[str]:
    """The parameters of a declared operation as stub text."""
    parts = []
    for name in operation.names:
        if operation.collects == name:
            parts.append(f"*{name}: {INT} | Sequence[{INT}]")
            continue
        if name in operation.inputs:
            kind = "Sequence[Tensor]" if operation.takes_list else "Tensor" if name == "input" else "Operand"
        else:
            kind = KINDS.get(name, "Any")
        if name in operation.defaults:
            default = operation.defaults[name]
            kind = kind if default is not None or "None" in kind or kind == "Any" else f"{kind} | None"
            parts.append(f"{name}: {kind} = {default!r}")
        else:
            parts.append(f"{name}: {kind}")
    if method:
        parts[0] = "self"
    keywords = [f"{name}: Any = ..." for name in operation.rewrites if name not in operation.names]
    if not method:
        keywords.append(OUT)
    if keywords:
        starred = operation.collects is not None
        parts += keywords if starred else ["*", *keywords]
    return parts


def annotation_text(annotation) -> str:
    """An annotation in the sources as stub text; "Any" for what has none or is one of Cython's."""
    if annotation in (EMPTY, inspect.Signature.empty) or annotation is typing.Any:
        return "Any"
    if isinstance(annotation, str):
        known = {"int": int, "bool": bool, "str": str, "None": None, "float": float, "Tensor": Tensor}
        return annotation_text(known.get(annotation, EMPTY))
    if annotation is None:
        return "None"
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        if annotation in (int, bool, str, float, bytes, list, dict, tuple, type):
            return f"builtins.{annotation.__name__}"
        if annotation is wengert.dtype:
            return "dtypes.dtype"
        if annotation is numpy.ndarray:
            return "_ndarray"
        return annotation.__name__ if annotation.__name__ in HOMES else "Any"
    arguments = typing.get_args(annotation)
    if arguments and typing.get_origin(annotation) in (tuple, list):
        inner = ", ".join(["..." if a is ... else annotation_text(a) for a in arguments])
        return f"builtins.{typing.get_origin(annotation).__name__}[{inner}]"
    if arguments:
        return " | ".join([annotation_text(a) for a in arguments])
    return "Any"


def kind_of_parameter(parameter: inspect.Parameter, first: bool) -> str:
    """What an argument may be, as stub text."""
    kind = annotation_text(parameter.annotation)
    if kind == "Any":
        kind = KINDS.get(parameter.name, "Any")
    if kind == "Any" and first and parameter.name in ("input", "A") and parameter.default is EMPTY:
        kind = "Tensor"
    if kind == "Any" and type(parameter.default) is bool:
        kind = BOOL
    if parameter.default is None and "None" not in kind and kind != "Any":
        kind += " | None"
    return kind


def parameters_text(
    parameters: list, method: bool, given: dict[str, str] | None = None, takes_out: bool = False
) -> list[str]:
    """The parameters of a function as stub text.

    `given` says, for an overload, of which kind optional arguments are: "absent" for the default, else a type that the
    call has to be given. What has to be given is named where something may be left out before it.
    """
    parts: list[str] = []
    starred = optional = False
    for number, parameter in enumerate(parameters):
        name, kind = parameter.name, kind_of_parameter(parameter, number == 0)
        if method and number == 0:
            parts.append("self")
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            parts.append(f"*{name}: Any")
            starred = True
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            parts.append(f"**{name}: Any")
            continue
        has_default = parameter.default is not EMPTY
        wanted = (given or {}).get(name)
        if wanted is not None and wanted != "absent":
            kind, has_default = wanted, False
        elif wanted == "absent":
            kind = "None" if parameter.default is None else f"Literal[{parameter.default!r}]"
        if not starred and (parameter.kind is parameter.KEYWORD_ONLY or optional and not has_default):
            parts.append("*")
            starred = True
        optional |= has_default
        parts.append(f"{name}: {kind} = ..." if has_default else f"{name}: {kind}")
    if takes_out:
        place = len(parts) - any([p.startswith("**") for p in parts])
        parts[place:place] = [OUT] if starred else ["*", OUT]
    return parts


# ------------------------------------------------------------------------------------------------ results


def line(name: str, parameters: list[str], returns: str, indent: str = "") -> str:
    return f"{indent}def {name}({', '.join(parameters)}) -> {returns}: ..."


def signature_of(function) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def lines_of(name: str, function, method: bool, indent: str = "") -> list[str]:
    """The stub of a Python function: one line, or overloads where the kind of the result depends on the arguments."""
    signature = signature_of(function)
    if signature is None:
        return [line(name, ["self", *_compiled_parameters(name)], observed_kind(name, function, None), indent)]
    parameters = list(signature.parameters.values())
    takes_out = not method and getattr(function, "takes_out", False) and "out" not in signature.parameters
    returns = annotation_text(signature.return_annotation)
    if returns not in ("Any", "builtins.tuple") or signature.return_annotation is typing.Any:
        return [line(name, parameters_text(parameters, method, None, takes_out), returns, indent)]
    declared = FUNCTIONS.get(id(inspect.unwrap(function)), function)
    found = observed(declared.__name__, declared.__doc__ or "", signature_of(declared))
    kinds = list(dict.fromkeys([one.kind for one in found]))
    if len(kinds) <= 1:
        kind = kinds[0] if kinds else returns
        return [line(name, parameters_text(parameters, method, None, takes_out), kind, indent)]
    switches = _switches(found)
    patterns: dict[tuple, str] = {}
    for one in found:
        pattern = tuple([(p, one.given.get(p, "absent")) for p in switches])
        # Of several flags at once the single ones tell; a kind of argument that has no name tells nothing.
        if sum([word != "absent" for _, word in pattern]) <= 1 or not any(["Literal" in w for _, w in pattern]):
            patterns.setdefault(pattern, one.kind)
    texts = []
    for pattern, kind in patterns.items():
        alone = [p for p, word in pattern if word != "absent"]
        # Beside the flag that is set the others may be anything.
        is_flag = alone and "Literal" in dict(pattern)[alone[0]]
        given = {p: word for p, word in pattern if word != "absent" or not is_flag}
        texts.append(line(name, parameters_text(parameters, method, given, takes_out), kind, indent))
    union = " | ".join(dict.fromkeys([*kinds]))
    plain = parameters_text(parameters, method, None, takes_out)
    texts.append(line(name, plain, "Any" if "Any" in kinds else union, indent))
    return [text for one in dict.fromkeys(texts) for text in (f"{indent}@overload", one)]


def _switches(found) -> list[str]:
    """The optional arguments on which the kind of a result depends."""
    bases = {one.kind for one in found if not one.given}
    switches = []
    for name in dict.fromkeys([p for one in found for p in one.given]):
        # What the argument does by itself tells; where it is only seen together with others, what they do.
        told = [one for one in found if set(one.given) == {name}] or [one for one in found if name in one.given]
        if any([one.kind not in bases for one in told]):
            switches.append(name)
    return switches


def observed_kind(name: str, function, signature) -> str:
    kinds = {one.kind for one in observed(name, function.__doc__ or "", signature)}
    return kinds.pop() if len(kinds) == 1 else "Any"


@functools.cache
def _compiled_class() -> dict[str, ast.FunctionDef]:
    tree = ast.parse((SOURCE / "core" / "tensor.py").read_text())
    cls = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Tensor")
    return {node.name: node for node in cls.body if isinstance(node, ast.FunctionDef)}


def _compiled_parameters(name: str) -> list[str]:
    """The parameters of a method of the compiled class, which tells nobody its signature: its source does."""
    arguments = _compiled_class()[name].args
    names = [a.arg for a in arguments.args[1:]]
    defaults = [None] * (len(names) - len(arguments.defaults)) + [ast.literal_eval(d) for d in arguments.defaults]
    kinds = [BOOL if isinstance(d, bool) else "Any" for d in defaults]
    first = len(names) - len(arguments.defaults)
    return [f"{n}: {k}{' = ...' if i >= first else ''}" for i, (n, k) in enumerate(zip(names, kinds, strict=True))]


def result(operation: Operation) -> str:
    """The type of an operation's result."""
    if operation.part is not None:
        return "tuple[Tensor, ...]"
    return "Tensor" if len(operation.outputs) == 1 else f"tuple[{', '.join(['Tensor'] * len(operation.outputs))}]"


def entry(name: str, value, own: str = "") -> list[str]:
    """The stub of one public name of the namespace `own`."""
    if isinstance(value, Operation):
        return [line(name, operation_parameters(value, False), result(value))]
    if isinstance(value, InPlaceOperation):
        return [line(name, _without_out(operation_parameters(value.operation, False)), "Tensor")]
    if isinstance(value, wengert.dtype):
        return [f"{name}: dtypes.dtype"]
    if isinstance(value, type):
        home = value.__module__.removeprefix("wengert.")
        if home == "return_types":
            return _named_tuple(value)
        if home == "linalg":
            return [f"class {name}(RuntimeError): ..."]
        if home == "wengert":
            # Made at import, one for each element type.
            return [f"{name}: builtins.type[Any]"]
        return [f"from .{home} import {value.__name__} as {name}"]
    if callable(value):
        if _is_in_place(name, value):
            return [_in_place(name, value)]
        if inspect.isfunction(value) and id(inspect.unwrap(value)) not in FUNCTIONS and "." not in own:
            return [f"from .{value.__module__.removeprefix('wengert.')} import {name} as {name}"]
        return lines_of(name, value, False)
    return [f"{name}: {kind_of(value)}"]


def _is_in_place(name: str, value) -> bool:
    """Whether a name is that of the in-place form of a function, rather than of a function by itself."""
    return name.endswith("_") and name not in registry.functions and ">>>" not in (value.__doc__ or "")


def _in_place(name: str, value, indent: str = "") -> str:
    """The stub of an in-place form, whose arguments are those of what it is the form of."""
    method = bool(indent)
    plain = name[:-1]
    own = registry.operations.get(plain) or registry.operations.get(registry.aliases.get(plain, ""))
    if own is not None and plain not in registry.internal:
        return line(name, _without_out(operation_parameters(own, method)), "Tensor", indent)
    signature = signature_of(value)
    assert signature is not None
    return line(name, parameters_text(list(signature.parameters.values()), method), "Tensor", indent)


def _without_out(parameters: list[str]) -> list[str]:
    parts = [p for p in parameters if p != OUT]
    return parts[:-1] if parts[-1] == "*" else parts


def _named_tuple(kind: type) -> list[str]:
    fields = [f"    {name}: {'tuple[Tensor, ...]' if name == 'bin_edges' and 'dd' in kind.__name__ else 'Tensor'}"
              for name in kind._fields]  # type: ignore[attr-defined]  # fmt: skip
    return [f"class {kind.__name__}(NamedTuple):", *fields]


# ------------------------------------------------------------------------------------------------ files


def finished(body: list[str], dots: str, without: tuple = ()) -> str:
    """A stub with the imports that its lines need; `dots` leads to the package."""
    imports = sorted({text for text in body if text.startswith("from ")})
    body = [text for text in body if not text.startswith("from ")]
    text = "\n".join([*imports, *body])

    def used(word: str):
        return re.search(rf"(?<![\w.]){word}\b", text)

    lines = [HEADER, "import builtins"]
    abstract = [word for word in ("Iterator", "Sequence") if used(word)]
    lines += [f"from collections.abc import {', '.join(abstract)}"] if abstract else []
    names = [word for word in ("Any", "Literal", "NamedTuple", "overload") if used(word)]
    lines += [f"from typing import {', '.join(names)}"] if names else []
    lines += ["", "from numpy import ndarray as _ndarray"] if used("_ndarray") else [""]
    if "return_types" not in without and used("return_types"):
        lines.append(f"from {dots if dots == '.' else dots} import return_types")
    if used("dtypes") and "dtypes" not in without:
        lines.append(f"from {dots}core import dtypes")
    for name, home in HOMES.items():
        if used(name) and name not in without:
            lines.append(f"from {dots}{home} import {f'{name[1:]} as {name}' if name.startswith('_') else name}")
    return "\n".join([*lines, *imports, "", *body]) + "\n"


def namespace() -> str:
    """The stub of `wengert` itself."""
    own = ("Tensor", "Size", "device", "dtype", "layout", "memory_format", "Generator")
    body = [
        "from .core.dtypes import dtype as dtype", "from .core.size import Size as Size, device as device",
        "from .core.size import layout as layout, memory_format as memory_format",
        "from .core.tensor import Tensor as Tensor", "from .ops.generator import Generator as Generator",
    ]  # fmt: skip
    shown = [name for name in dir(wengert) if not name.startswith("_")]
    for name in shown:
        value = getattr(wengert, name)
        if inspect.ismodule(value) and value.__name__ == f"wengert.{name}" and name not in ("core", "kernels", "ops"):
            body.append(f"from . import {name} as {name}")
    for name in shown:
        value = getattr(wengert, name)
        if not inspect.ismodule(value) and name not in own:
            body += entry(name, value)
    return finished([*body, "__version__: str"], ".", ("Tensor", "Size", "Generator", "TypedStorage", "return_types"))


def module_of(name: str) -> str:
    """The stub of the module of a namespace, `wengert.linalg`."""
    module = importlib.import_module(f"wengert.{name}")
    # Beside what is public: what other modules of the package take from it.
    shared = {n for n, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__}
    shown = sorted({*module.__all__, *[n for n in shared if not n.startswith("_")]})
    body = [text for own in shown for text in entry(own, getattr(module, own), name + ".")]
    return finished(body, "." * (name.count(".") + 1), ("return_types",) if name == "return_types" else ())


# What the examples of attributes do not say: they may be None.
ATTRIBUTES = {"grad": "Tensor | None", "grad_fn": "Node | None", "array": "_ndarray", "data": "Tensor"}


def tensor() -> str:
    """The stub of the Tensor class."""
    lines = [
        "Operand = Tensor | builtins.float | builtins.complex", "", "class Tensor:",
        "    def __init__(self, *data: Any, dtype: dtypes.dtype | None = None, requires_grad: builtins.bool = False) "
        "-> None: ...",
        "    def __iter__(self) -> Iterator[Tensor]: ...",
    ]  # fmt: skip
    binary = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
    for name in binary:
        lines.append(f"    def __{name}__(self, other: Operand) -> Tensor: ...")
        if name not in ("lshift", "rshift"):
            lines.append(f"    def __r{name}__(self, other: Operand) -> Tensor: ...")
    for name in ("divmod", "rdivmod"):
        lines.append(f"    def __{name}__(self, other: Operand) -> tuple[Tensor, Tensor]: ...")
    for name in ("lt", "le", "gt", "ge"):
        lines.append(f"    def __{name}__(self, other: Operand) -> Tensor: ...")
    for name in ("eq", "ne"):
        lines.append(f"    def __{name}__(self, other: object) -> Tensor: ...  # type: ignore[override]")
    lines += [
        "    def __neg__(self) -> Tensor: ...", "    def __abs__(self) -> Tensor: ...",
        "    def __invert__(self) -> Tensor: ...", "    def __getitem__(self, index: Any) -> Tensor: ...",
        "    def __setitem__(self, index: Any, value: Any) -> None: ...", "    def __len__(self) -> builtins.int: ...",
        "    def __bool__(self) -> builtins.bool: ...", "    def __float__(self) -> builtins.float: ...",
        "    def __int__(self) -> builtins.int: ...", "    def __index__(self) -> builtins.int: ...",
        "    def __array__(self, dtype: Any = ..., copy: Any = ...) -> Any: ...",
        "    def __hash__(self) -> builtins.int: ...",
        # Names of the package's own, which it uses on tensors everywhere.
        "    _level: builtins.int", "    _payload: Any", "    _version: builtins.int", "    _base: Tensor | None",
    ]  # fmt: skip
    for name in sorted(vars(Tensor)):
        value = vars(Tensor)[name]
        if name.startswith("_"):
            continue
        # A method that takes NumPy's spelling too: PyTorch's comes first.
        also = getattr(value, "pytorchs", None)
        before = len(lines)
        if also is not None:
            value = also
        if isinstance(value, Operation):
            lines.append(line(name, operation_parameters(value, True), result(value), "    "))
        elif isinstance(value, InPlaceOperation):
            lines.append(line(name, operation_parameters(value.operation, True), "Tensor", "    "))
        elif isinstance(value, property) or inspect.isgetsetdescriptor(value) or inspect.ismemberdescriptor(value):
            lines.append(f"    {name}: {ATTRIBUTES.get(name) or kind_of_attribute(name, value.__doc__ or '')}")
        elif _is_in_place(name, value):
            lines.append(_in_place(name, value, "    "))
        elif callable(value):
            lines += lines_of(name, value, True, "    ")
        if also is not None:
            if "    @overload" not in lines[before:]:
                lines.insert(before, "    @overload")
            kind = lines[-1].rpartition(" -> ")[2].removesuffix(": ...")
            lines += ["    @overload", line(name, ["self", "*arguments: Any", "**keywords: Any"], kind, "    ")]
    # What the floors above take from the module besides the class.
    module = sys.modules["wengert.core.tensor"]
    for name, value in sorted(vars(module).items()):
        own = getattr(value, "__module__", None) == module.__name__
        if own and inspect.isroutine(value) and not name.startswith("_"):
            signature = signature_of(value)
            parts = parameters_text(list(signature.parameters.values()), False) if signature else ["*arguments: Any"]
            lines.append(line(name, parts, "Any"))
    return finished(lines, "..", ("Tensor", "Operand"))


def main() -> int:
    status = 0
    # Further namespaces have modules of their own; that of `wengert` has more than what is declared.
    modules = [name for name in registry.namespaces if name]
    written = [(SOURCE / "__init__.pyi", namespace()), (SOURCE / "core" / "tensor.pyi", tensor())]
    written += [(SOURCE / f"{name.replace('.', '/')}.pyi", module_of(name)) for name in modules]
    for path, text in written:
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(
                f"{path.relative_to(SOURCE.parent.parent)} does not say what is declared: run python "
                "tools/write_stubs.py"
            )
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
