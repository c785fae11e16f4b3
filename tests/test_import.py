"""What `import wengert` brings with it: nothing heavy before it is used."""

import subprocess
import sys


def test_nothing_heavy_is_imported_before_it_is_used():
    code = """
import sys
import numpy
before = set(sys.modules)
import wengert
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
print("numpy.random" in sys.modules and "numpy.random" not in before)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    packages, random = result.stdout.splitlines()
    for heavy in ("scipy", "scipy_openblas32", "matplotlib", "rich", "mlxtend", "secrets", "inspect", "unittest"):
        assert heavy not in packages.split()
    assert random == "False"
