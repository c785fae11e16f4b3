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


def test_the_floors_above_the_tensor_are_imported_when_first_asked_for():
    code = """
import sys
import wengert
above = ("data", "distributions", "nn", "optim", "utils")
print([name for name in above if f"wengert.{name}" in sys.modules])
print(all(name in dir(wengert) for name in above), wengert.nn.Linear(2, 3), wengert.optim.SGD.__name__)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["[]", "True Linear(in_features=2, out_features=3, bias=True) SGD"]
