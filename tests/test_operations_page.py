"""docs/operations.md lists the operations as they are declared now, and there are as many as promised."""

import pathlib
import subprocess
import sys

from wengert.core import registry

TOOL = pathlib.Path(__file__).resolve().parent.parent / "tools" / "write_operations_page.py"


def test_the_page_says_what_is_declared():
    result = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_450_public_operations():
    public = [name for name in registry.operations if name not in registry.internal]
    assert len(public) + len(registry.functions) >= 450
