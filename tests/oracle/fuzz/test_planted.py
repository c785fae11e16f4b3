"""Tests of the fuzzer: with an error planted here, it must find a disagreement, and of the kind that was planted."""

import random
import warnings

import numpy as np
import pytest

import wengert
from wengert.core import Operation, bind_method

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

from . import programs, strategies  # noqa: E402

PROGRAMS = 2000  # enough for the rarest lines; the search ends with the first disagreement


def sine(rule, **options):
    return Operation("sin(input)", "elementwise", np.sin, {"input": rule}, options=options)


def method(name: str):
    return wengert.Tensor.__dict__[name]


def uncounted(x, other):
    """x *= other, on memory that nobody is told about."""
    if x.requires_grad or getattr(other, "requires_grad", False) or x._level or getattr(other, "level", 0):
        return _multiply(x, other)
    np.multiply(x.array, getattr(other, "array", other), out=x.array)
    return x


def on_leaves(x, other, **keywords):
    """x += other, also where x is a leaf that requires a gradient."""
    if x.is_leaf and x.requires_grad:
        with wengert.no_grad():
            return _add(x, other, **keywords)
    return _add(x, other, **keywords)


def forgetful(x):
    """retain_grad that checks, and retains nothing."""
    return None if x.requires_grad else _retain(x)


def short_sum(x, *dims, dim=None, **keywords):
    """A sum that takes several dimensions for all but the first of them."""
    if dim is None:
        return _sum(x, *dims, **keywords)
    return _sum(x, dim[1:] or dim, **keywords)


_multiply, _add = (method(name) for name in ("mul_", "add_"))
_clone, _transpose, _sum, _retain = (method(name) for name in ("clone", "transpose", "sum", "retain_grad"))

# name: (the operation, what stands in its place, the phases and observations where it must show)
PLANTED = {
    "a derivative off by a thousandth": (
        "sin", sine(lambda t, input: t * wengert.cos(input) * 1.001), {"values", "tangent"},
    ),
    "a second derivative that forgets the input": (
        "sin", sine(lambda t, input: t * wengert.cos(input.detach())), {"values", "tangent"},
    ),
    "a wrong rule of forward mode only": (
        "sin", sine(lambda t, input: t * wengert.cos(input),
                    jvp=lambda tangents, inputs, out, parameters: tangents[0] * wengert.sin(inputs[0])), {"tangent"},
    ),
    "a change in place that is not counted": ("mul_", uncounted, {"flags"}),
    "a change in place of a leaf": ("add_", on_leaves, {"error"}),
    "a view that is a copy": ("transpose", lambda x, *dims: _clone(_transpose(x, *dims)), {"flags"}),
    "a copy that is outside of the graph": ("clone", lambda x: _clone(x.detach()), {"flags", "tangent"}),
    "a copy that is none": ("clone", lambda x: x[...], {"flags", "values"}),
    "a gradient that is not retained": ("retain_grad", forgetful, {"flags", "values"}),
    "a value saved that is not needed": (
        "clone", Operation("clone(input)", "general", np.copy, {"input": lambda g, out: g + 0.0 * out}),
        {"error", "values"},
    ),
    "a sum over one dimension too few": ("sum", short_sum, {"flags", "error"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_planted(name, monkeypatch):
    operation, wrong, kinds = PLANTED[name]
    right = method(operation)
    if hasattr(wengert, operation):
        monkeypatch.setattr(wengert, operation, wrong)
    bind_method(operation, wrong if isinstance(wrong, Operation) else lambda *a, **k: wrong(*a, **k))
    try:
        for seed in range(PROGRAMS):
            program = strategies.write(random.Random(seed))
            found, _ = programs.check(program, wengert, torch)
            if found is not None:
                break
        else:
            pytest.fail(f"not found in {PROGRAMS} programs")
    finally:
        monkeypatch.undo()
        bind_method(operation, right)
    assert found.what.split()[-1] in kinds, found
    again, _ = programs.check(program, wengert, torch)
    assert again is None


def test_shrinking_keeps_what_matters():
    program = programs.Program.parse(
        """
        v1 = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
        v2 = t.tensor([3.0, 4.0], dtype=t.float64)
        v3 = v1 * v2
        v4 = v3 + v1
        v5 = v4.exp()
        v6 = v5.sum()
        outputs: v6, v3
        """.replace("        ", "")
    )

    def has_exp(candidate):
        return any("exp" in line for line in candidate.lines) and bool(candidate.outputs)

    small = programs.shrink(program, has_exp)
    assert len(small.lines) == 2 and len(small.outputs) == 1


def test_a_program_is_its_text():
    program = strategies.write(random.Random(7))
    again = programs.Program.parse(str(program))
    assert again.lines == program.lines and again.outputs == program.outputs


@pytest.mark.parametrize("phase", programs.PHASES)
def test_scripts_run(phase, capsys):
    program = programs.Program.parse(
        "v1 = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)\nv2 = v1.exp()\noutputs: v2"
    )
    # The last pass of the phase "backward" is one through a graph that is gone.
    lines = program.script(phase).splitlines()
    lines = [line for line in lines if not line.startswith(("loss.backward()", "grads_thrice"))]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec("\n".join(lines), {})
    finally:
        if phase in ("forward", "mixed"):
            wengert.autograd.forward_ad.exit_dual_level()
    assert "v2 tensor(" in capsys.readouterr().out or phase == "grad"
