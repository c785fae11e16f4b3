"""Training scripts written for PyTorch run with their import lines changed, and nothing else.

`tests/oracle/test_scripts.py` runs the same files with PyTorch, and compares the losses.
"""

import pathlib
import re

import pytest

SCRIPTS = pathlib.Path(__file__).parent / "scripts"


def program(name: str, library: str = "wengert") -> dict:
    """What a script defines, run with another library in its import lines."""
    lines = (SCRIPTS / f"{name}.py").read_text().split("\n")
    for i, line in enumerate(lines):
        if line == "import torch":
            lines[i] = f"import {library} as torch"
        elif re.match(r"(import|from) torch\b", line):
            lines[i] = re.sub(r"\btorch\b", library, line, count=1)
    scope = {"__name__": f"{name}_with_{library}"}
    exec(compile("\n".join(lines), f"{name}.py", "exec"), scope)
    return scope


def test_only_import_lines_change():
    """What is left of PyTorch's name is `torch`, the name that the import line gives."""
    for path in SCRIPTS.glob("*.py"):
        text = path.read_text()
        assert "wengert" not in text and "\nimport torch\n" in text


def test_classifier(tmp_path):
    history = program("classifier")["main"](epochs=8, checkpoint=tmp_path / "classifier.pt")
    assert history["valid"][-1][1] > 0.9
    assert history["restored"] in history["valid"]
    assert sum(history["train"][-4:]) < 0.7 * sum(history["train"][:4])


def test_autoencoder():
    result = program("autoencoder")["main"](epochs=6)
    assert result["train"][-1][0] < 0.8 * result["train"][0][0]
    assert result["sample"].shape == (4, 36) and 0 <= result["sample"].min() <= result["sample"].max() <= 1


def test_sequence():
    result = program("sequence")["main"](epochs=12)
    assert result["accuracy"] > 0.95 and result["train"][-1] < 0.2 * result["train"][0]


@pytest.mark.parametrize("name", ["classifier", "autoencoder", "sequence"])
def test_seeds_make_a_run_repeatable(name):
    main = program(name)["main"]
    assert main(epochs=1)["train"] == main(epochs=1)["train"]
