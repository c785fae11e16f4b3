"""Write the type stubs of the namespace and of Tensor from the registry of declared operations.

    python tools/write_stubs.py [--check]

Writes src/wengert/__init__.pyi, src/wengert/core/tensor.pyi and those of the namespaces (src/wengert/linalg.pyi, ...).
With --check nothing is written, and the exit status is 1 if a file on disk differs: a declaration changed without its
stub.
"""

import ast
import contextlib
import doctest
import functools
import inspect
import io
import pathlib
import sys

import wengert
from wengert.core import InPlaceOperation, Operation, Tensor, registry

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src" / "wengert"
HEADER = '# Written by tools/write_stubs.py from the declarations of the operations. Do not edit.\n'

FUNCTIONS = set(registry.functions.values())

# Tensors have methods called int, float and bool, and so has the namespace: the types need their module's name.
INT = "builtins.int"

# What a parameter of a declaration holds, by its name; anything else is Any.
KINDS = {
    "dim": f"{INT} | tuple[{INT}, ...] | None", "keepdim": "builtins.bool", "dtype": "dtypes.dtype | None",
    "shape": f"{INT} | Sequence[{INT}]", "size": f"{INT} | Sequence[{INT}]", "diagonal": INT, "dim0": INT, "dim1": INT,
    "dim2": INT, "offset": INT,
}  # fmt: skip


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
        keywords.append("out: Any = None")
    if keywords:
        starred = operation.collects is not None
        parts += keywords if starred else ["*", *keywords]
    return parts


def result(operation: Operation) -> str:
    """The type of an operation's result."""
    if len(operation.outputs) == 1:
        return "Tensor"
    return f"tuple[{', '.join(['Tensor'] * len(operation.outputs))}]"


def function_parameters(function, method: bool) -> list[str]:
    """The parameters of a Python function as stub text."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ["self", "*args: Any", "**kwargs: Any"] if method else ["*args: Any", "**kwargs: Any"]
    parts, starred = [], False
    for number, parameter in enumerate(signature.parameters.values()):
        if method and number == 0:
            parts.append("self")
            continue
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            parts.append(f"*{parameter.name}: Any")
            starred = True
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            parts.append(f"**{parameter.name}: Any")
        else:
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not starred:
                parts.append("*")
                starred = True
            text = f"{parameter.name}: Any"
            parts.append(text if parameter.default is inspect.Parameter.empty else f"{text} = ...")
    return parts


# Whose result is of another kind for other arguments: what their examples return says too little.
MANY_KINDS = {"where", "unique", "unique_consecutive", "nonzero", "histogram", "stft", "tensordot"}


@functools.cache
def kind_of_result(function) -> str:
    """What a function returns, as the examples in its docstring do; Any where they do not agree or say too little."""
    name = function.__name__
    flags = {"return_inverse", "return_counts", "return_indices", "as_tuple", "return_complex"}
    named = set(registry.namespaces.get("return_types", {}))
    if name in MANY_KINDS or name in named or flags & set(inspect.signature(function).parameters):
        return "Any"
    kinds = set()
    surroundings = {"wengert": wengert, "t": wengert}
    for example in doctest.DocTestParser().get_examples(function.__doc__ or ""):
        try:
            code = compile(example.source, "example", "eval")
        except SyntaxError:
            exec(example.source, surroundings)
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            value = eval(code, surroundings)
        called = ast.parse(example.source.strip(), mode="eval").body
        if isinstance(called, ast.Call) and getattr(called.func, "attr", "") == name:
            kinds.add(kind_of(value))
    return kinds.pop() if len(kinds) == 1 else "Any"


def kind_of(value) -> str:
    """The type of a result as stub text."""
    if isinstance(value, Tensor):
        return "Tensor"
    if type(value) is tuple and value and all(isinstance(x, Tensor) for x in value):
        return "tuple[Tensor, ...]"
    if isinstance(value, wengert.dtype):
        return "dtypes.dtype"
    return f"builtins.{type(value).__name__}" if type(value) in (bool, int, float) else "Any"


def line(name: str, parameters: list[str], returns: str, indent: str = "") -> str:
    return f"{indent}def {name}({', '.join(parameters)}) -> {returns}: ..."


def namespace() -> str:
    """The stub of `wengert` itself."""
    lines = [
        HEADER, "import builtins", "from collections.abc import Sequence", "from typing import Any", "",
        *[f"from . import {name} as {name}" for name, value in ((name, getattr(wengert, name)) for name in dir(wengert))
          if inspect.ismodule(value) and not name.startswith("_") and value.__name__ == f"wengert.{name}"],
        "from .core import dtypes", "from .core.dtypes import dtype as dtype",
        "from .core.size import Size as Size, device as device",
        "from .core.tensor import Operand, Tensor as Tensor", "",
    ]  # fmt: skip
    for name in dir(wengert):
        value = getattr(wengert, name)
        if name.startswith("_") or inspect.ismodule(value) or name in ("Tensor", "Size", "device", "dtype"):
            continue
        lines.append(entry(name, value))
    lines += ["__version__: str"]
    return "\n".join(lines) + "\n"


def module_of(name: str) -> str:
    """The stub of the module of a namespace, `wengert.linalg`."""
    lines = [
        HEADER, "import builtins", "from collections.abc import Sequence",
        "from typing import Any", "", "from .core import dtypes",
        "from .core.tensor import Operand, Tensor", "",
    ]  # fmt: skip
    for own, value in sorted(registry.namespace_called(name).items()):
        lines.append(entry(own, value))
    return "\n".join(lines) + "\n"


def entry(name: str, value) -> str:
    """The stub of one public name."""
    if isinstance(value, Operation):
        return line(name, operation_parameters(value, False), result(value))
    if isinstance(value, InPlaceOperation):
        return line(name, operation_parameters(value.operation, False), "Tensor")
    if isinstance(value, wengert.dtype):
        return f"{name}: dtype"
    if isinstance(value, type):
        return f"{name}: type[Any]"
    if callable(value):
        return line(name, function_parameters(value, False), kind_of_result(value) if value in FUNCTIONS else "Any")
    return f"{name}: {f'builtins.{type(value).__name__}' if type(value) in (str, float, int) else 'Any'}"


def tensor() -> str:
    """The stub of the Tensor class."""
    lines = [
        HEADER, "import builtins", "from collections.abc import Iterator, Sequence",
        "from typing import Any, overload", "", "from . import dtypes", "from .size import Size", "",
        "Operand = Tensor | builtins.float | builtins.complex", "", "class Tensor:",
        "    def __init__(self, *data: Any, dtype: dtypes.dtype | None = None, requires_grad: builtins.bool = False) "
        "-> None: ...",
        "    def __iter__(self) -> Iterator[Tensor]: ...",
    ]  # fmt: skip
    typed = {
        "shape": "Size",
        "dtype": "dtypes.dtype",
        "grad": "Tensor | None",
        "requires_grad": "builtins.bool",
        "is_leaf": "builtins.bool",
        "ndim": INT,
        "data": "Tensor",
        "T": "Tensor",
        "mT": "Tensor",
        "H": "Tensor",
        "mH": "Tensor",
        "real": "Tensor",
        "imag": "Tensor",
    }
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
    ]  # fmt: skip
    for name in sorted(Tensor.__dict__):
        value = Tensor.__dict__[name]
        if name.startswith("_"):
            continue
        # A method that takes NumPy's spelling too: PyTorch's comes first.
        also = getattr(value, "pytorchs", None)
        if also is not None:
            lines.append("    @overload")
            value = also
        if isinstance(value, Operation):
            lines.append(line(name, operation_parameters(value, True), result(value), "    "))
        elif isinstance(value, InPlaceOperation):
            lines.append(line(name, [*operation_parameters(value.operation, True)], "Tensor", "    "))
        elif isinstance(value, property) or inspect.isgetsetdescriptor(value) or inspect.ismemberdescriptor(value):
            lines.append(f"    {name}: {typed.get(name, 'Any')}")
        elif callable(value):
            function = registry.functions.get(name)
            kind = "Any" if function is None or function.__name__ != name else kind_of_result(function)
            lines.append(line(name, function_parameters(value, True), kind, "    "))
        if also is not None:
            kind = lines[len(lines) - 1].rpartition(" -> ")[2].removesuffix(": ...")
            lines.append("    @overload")
            lines.append(line(name, ["self", "*arguments: Any", "**keywords: Any"], kind, "    "))
    # What the floors above take from the module besides the class.
    module = sys.modules["wengert.core.tensor"]
    for name, value in sorted(vars(module).items()):
        own = getattr(value, "__module__", None) == module.__name__
        if own and inspect.isroutine(value) and not name.startswith("_"):
            lines.append(line(name, function_parameters(value, False), "Any"))
    return "\n".join(lines) + "\n"


def main() -> int:
    status = 0
    # The namespaces that are modules of their own: `wengert.nn.functional` has more than what is declared.
    modules = [name for name in registry.namespaces if name and "." not in name]
    written = [(SOURCE / "__init__.pyi", namespace()), (SOURCE / "core" / "tensor.pyi", tensor())]
    for path, text in written + [(SOURCE / f"{name}.pyi", module_of(name)) for name in modules]:
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
