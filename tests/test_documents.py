"""The code in the documents runs, and prints what they say it prints.

In a document, a block marked `python` is run; the blocks of one document share their names, as in one interpreter. A
block marked `text` right after it is the exact output. Each document runs in a process of its own, for some declare
operations.
"""

import contextlib
import io
import linecache
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = [
    "README.md", "CONTRIBUTING.md", "docs/autograd.md", "docs/core.md", "docs/differences.md", "docs/nn.md",
    "docs/saving.md",
]  # fmt: skip
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n*^```text\n(?P<output>.*?)^```$)?", re.MULTILINE | re.DOTALL)


def run(document: pathlib.Path) -> int:
    """Run the blocks of a document and compare their output; returns the number of blocks."""
    text = document.read_text()
    names: dict = {"__name__": "example"}
    blocks = list(BLOCK.finditer(text))
    for block in blocks:
        line = text.count("\n", 0, block.start()) + 1
        code = block["code"]
        # The lines of the example, for `node.where` and for tracebacks.
        linecache.cache["example.py"] = (len(code), None, code.splitlines(keepends=True), "example.py")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "example.py", "exec"), names)
        if block["output"] is not None and printed.getvalue() != block["output"]:
            raise SystemExit(
                f"{document.name}:{line}: the block printed\n{printed.getvalue()}and the document "
                f"says\n{block['output']}"
            )
    return len(blocks)


def pytest_generate_tests(metafunc):
    metafunc.parametrize("name", DOCUMENTS)


def test_a_document_says_what_its_code_prints(name):
    result = subprocess.run([sys.executable, __file__, str(ROOT / name)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert int(result.stdout) > 0, f"{name} has no block of code"


if __name__ == "__main__":
    print(run(pathlib.Path(sys.argv[1])))
