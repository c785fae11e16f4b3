"""The choice of an instruction set: forced by the environment, refused with a reason, the same results from each."""

import os
import subprocess
import sys

import pytest

from wengert import kernels

CODE = """
import hashlib, sys, numpy
from wengert import kernels
from wengert.kernels import normal_distribution, normalization, optimizer_steps, reductions, softmax
loaded = sorted(name for name in sys.modules if name.startswith("wengert.kernels.") and name.split("_")[-1] in
                ("baseline", "avx2", "avx512"))
x = numpy.random.default_rng(1).standard_normal((300, 500)).astype("float32")
assert abs(reductions.sum(x) - x.sum(dtype="float64")) < 1e-2
assert (reductions.amax(x, 0) == x.max(0)).all() and (reductions.argmax(x, 1) == x.argmax(1)).all()
e = numpy.exp(x.astype("float64") - x.max(1, keepdims=True))
assert abs(softmax.softmax(x, 1) - e / e.sum(1, keepdims=True)).max() < 1e-7
d = x.astype("float64") + 1e4
rows, d = d.astype("float32"), d.astype("float32") - d.astype("float32").astype("float64").mean(1, keepdims=True)
found = normalization.standardize(rows, None, None, (True, 300, 1, 500, 1), (300, 1), 0.0, True)[0]
assert abs(found - d / d.std(1, keepdims=True)).max() < 4e-6
found = normalization.standardize(rows, None, None, (False, 300, 1, 500, 1), (1, 500), 0.0, True)[0]
d = rows - rows.mean(0, dtype="float64")
assert abs(found - d / d.std(0)).max() < 4e-6
assert abs(normal_distribution.gelu(numpy.float32([-1, 2])) - [-0.15865525, 1.95449974]).max() < 3e-7
print(kernels.instruction_set(), *(name.split("_")[-1] for name in loaded))
"""


def run(choice: str):
    return subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        env={**os.environ, "WENGERT_INSTRUCTION_SET": choice},
    )


@pytest.mark.parametrize("choice", kernels._available())
def test_each_set_that_the_processor_has(choice):
    result = run(choice)
    assert result.returncode == 0, result.stderr
    assert set(result.stdout.split()) == {choice}  # and no other variant was loaded


def test_a_name_that_is_none():
    result = run("sse9")
    assert result.returncode == 1
    assert "WENGERT_INSTRUCTION_SET is 'sse9'; it may be baseline, avx2 or avx512" in result.stderr


def test_a_set_that_the_processor_lacks(monkeypatch):
    monkeypatch.setattr(kernels, "_features", {})
    monkeypatch.setenv("WENGERT_INSTRUCTION_SET", "avx512")
    with pytest.raises(ImportError, match="avx512, which this processor does not have; it has baseline"):
        kernels._choose()
    monkeypatch.delenv("WENGERT_INSTRUCTION_SET")
    assert kernels._choose() == "baseline"


def test_older_numpy_reports_features_one_by_one(monkeypatch):
    monkeypatch.delenv("WENGERT_INSTRUCTION_SET", raising=False)
    monkeypatch.setattr(kernels, "_features", dict.fromkeys(("AVX2", "FMA3", "F16C"), True))
    assert kernels._choose() == "avx2"
    monkeypatch.setattr(kernels, "_features", dict.fromkeys(("AVX2", "FMA3", "F16C", "AVX512_SKX"), True))
    assert kernels._choose() == "avx512"


def test_a_missing_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        getattr(kernels, "nonsense")  # noqa: B009
