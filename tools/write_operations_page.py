"""Write docs/operations.md: every public operation, and how its derivatives and its batches are had.

    python tools/write_operations_page.py [--check]

Everything in it is read from the registry. With --check nothing is written, and the exit status is 1 if the file on
disk differs.
"""

import inspect
import pathlib
import sys

import wengert
import wengert.ops.only_in_scipy  # otherwise imported when one of its operations is asked for
from wengert.core import Operation, registry
from wengert.ops.modes import modes_of

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "operations.md"

HEAD = """# Every operation

Written by `tools/write_operations_page.py` from the declarations. Of a **declared** operation the table says how
each mode is had: *derivative*: "rule", or "none" where the result has no derivative; *forward mode*: the rule itself
(of operations that work element by element), the operation itself (of linear ones), a `jvp`, or a fallback; *vmap*:
aligned with the other operands, along shifted dims, over leading dims, a rule of its own, or a fallback. A function
**made of operations** has all of them through what it is made of. *NumPy* names the NumPy functions that call it on
tensors. Under *also* stand its aliases, and `name_` where it has an in-place form.

"""

TITLES = {
    "": "`wengert`", "linalg": "`wengert.linalg`", "fft": "`wengert.fft`", "special": "`wengert.special`",
    "nn.functional": "`wengert.nn.functional`",
}  # fmt: skip


def numpy_names() -> dict[int, list[str]]:
    """NumPy's functions by the identity of what they call."""
    found: dict[int, list[str]] = {}
    for table in (registry.by_ufunc, registry.by_numpy_function):
        for function, called in table.items():
            if isinstance(function, str):
                # SciPy's are known by name before they are imported; what its functions call has their name after "_".
                public = function.replace("special._riemann_", "special.").replace("special._", "special.")
                found.setdefault(id(called), []).append(public.removesuffix("_d"))
                continue
            module = (getattr(function, "__module__", None) or "numpy").replace("numpy._core", "numpy")
            module = {"numpy": "np", "numpy.fft": "np.fft", "numpy.linalg": "np.linalg"}.get(module, module)
            found.setdefault(id(called), []).append(f"{module}.{function.__name__}")
    return {key: sorted(set(names)) for key, names in found.items()}


def signature_of(name: str, value) -> str:
    """The call as a user writes it."""
    if isinstance(value, Operation):
        return name.rpartition(".")[2] + "(" + value.signature.partition("(")[2]
    return f"{value.__name__}{inspect.signature(value)}"


def summary_of(value) -> str:
    """The first sentence of the docstring."""
    text = (value.documentation if isinstance(value, Operation) else inspect.getdoc(value)) or ""
    first = " ".join(text.strip().split("\n\n")[0].split())
    return first.replace("|", "\\|")


def row_of(name: str, value, spellings: dict[int, list[str]]) -> str:
    if isinstance(value, Operation):
        modes = modes_of(value)
        how = [modes["reverse"], modes["forward"], modes["batch"]]
        if modes["reverse"] == "none":
            how[1] = "none"
    else:
        how = ["made of operations", "", ""]
    also = [f"`{alias}`" for alias, target in sorted(registry.aliases.items()) if target == name]
    own = name.rpartition(".")[2]
    if hasattr(wengert.Tensor, own + "_") and "." not in name:
        also.append(f"`{own}_`")
    called = [f"`{spelling}`" for spelling in spellings.get(id(value), [])]
    call = signature_of(name, value).replace("|", "\\|")
    return f"| `{call}` | {summary_of(value)} | {' | '.join(how)} | {', '.join(called)} | {', '.join(also)} |"


def page() -> str:
    spellings = numpy_names()
    public = {name: value for name, value in registry.operations.items() if name not in registry.internal}
    public |= registry.functions
    spaces: dict[str, list[str]] = {}
    for name in public:
        spaces.setdefault(name.rpartition(".")[0], []).append(name)
    lines = [HEAD + f"{len(public)} operations, {len(registry.aliases)} further names of theirs.\n"]
    for space in sorted(spaces, key=lambda s: (s != "", s)):
        lines += [
            f"## {TITLES.get(space, f'`wengert.{space}`')}\n",
            "| call | what it computes | derivative | forward mode | vmap | NumPy | also |",
            "|---|---|---|---|---|---|---|", *[row_of(name, public[name], spellings) for name in
            sorted(spaces[space])], "",
        ]  # fmt: skip
    # What NumPy or SciPy have as ufuncs and PyTorch has not.
    alone = {
        name: registry.operations[name] for name in registry.internal if id(registry.operations[name]) in spellings
    }
    lines += [
        "## Under NumPy's and SciPy's names alone\n",
        f"{len(alone)} operations, reached through ufuncs. A number in brackets is that of one of several results.\n",
        "| operation | what it computes | derivative | forward mode | vmap | NumPy | also |",
        "|---|---|---|---|---|---|---|", *[row_of(name, alone[name], spellings) for name in sorted(alone)], "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    text = page()
    if "--check" not in sys.argv:
        PAGE.write_text(text)
        return 0
    if not PAGE.exists() or PAGE.read_text() != text:
        print("docs/operations.md does not say what is declared: run python tools/write_operations_page.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
