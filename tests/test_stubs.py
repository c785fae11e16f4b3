"""The type stubs are those of the operations as they are declared now, and say to a type checker what users rely on."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

import wengert

TOOL = pathlib.Path(__file__).resolve().parent.parent / "tools" / "write_stubs.py"

needs_mypy = pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="needs mypy")

# What a user writes, with the type that each result must be known to have.
SCRIPT = """
from typing import Any, Callable, assert_type

import numpy

import wengert as t
import wengert.nn.functional as F
from wengert import Tensor, data, distributions, func, nn, optim

x = t.randn(2, 3)
assert_type(x, Tensor)

# Operations, methods, operators, in-place forms.
assert_type(t.exp(x), Tensor)
assert_type(x.exp(), Tensor)
assert_type(x.add_(1), Tensor)
assert_type(1 / x @ x.mT, Tensor)
assert_type(x[0, :], Tensor)
assert_type(x > 0, Tensor)
assert_type(t.cat([x, x], dim=1), Tensor)
assert_type(x.view(3, 2), Tensor)
assert_type(t.sum(x, dim=[0, 1], keepdim=True), Tensor)
assert_type(t.addmm(x, x, x, out=x), Tensor)
assert_type(t.special.erf(x), Tensor)
assert_type(t.fft.rfft(x, norm="ortho"), Tensor)
assert_type(t.linalg.norm(x, ord=2), Tensor)
assert_type(x.unbind(), tuple[Tensor, ...])
assert_type(x.chunk(2), tuple[Tensor, ...])

# Results that depend on the arguments.
assert_type(t.unique(x), Tensor)
assert_type(t.unique(x, return_inverse=True), tuple[Tensor, ...])
assert_type(x.unique(return_counts=True), tuple[Tensor, ...])
assert_type(t.max(x), Tensor)
assert_type(t.max(x, x), Tensor)
assert_type(t.max(x, 1).indices, Tensor)
assert_type(x.median(dim=0).values, Tensor)
assert_type(t.nonzero(x), Tensor)
assert_type(t.nonzero(x, as_tuple=True), tuple[Tensor, ...])
assert_type(t.where(x > 0, x, 0.0), Tensor)
assert_type(t.where(x > 0), tuple[Tensor, ...])
assert_type(F.max_pool2d(x, 2, return_indices=False), Tensor)
assert_type(x.size(), t.Size)
assert_type(x.size(0), int)
values, indices = t.sort(x)
assert_type(values, Tensor)
assert_type(t.linalg.qr(x).Q, Tensor)

# Attributes, numbers, arrays.
assert_type(x.shape, t.Size)
assert_type(x.dtype, t.dtype)
assert_type(x.device, t.device)
assert_type(x.grad, Tensor | None)
assert_type(x.ndim, int)
assert_type(x.is_leaf, bool)
assert_type(x.requires_grad, bool)
assert_type(x.numel(), int)
array: numpy.ndarray = x.numpy()
number: float = x.item()

# What stands beside operations.
assert_type(t.Generator().manual_seed(0), t.Generator)
assert_type(t.finfo(t.float32).eps, float)
assert_type(t.iinfo(t.int8).max, int)
assert_type(t.get_default_dtype(), t.dtype)
assert_type(t.is_grad_enabled(), bool)
assert_type(t.equal(x, x), bool)
with t.no_grad():
    pass

# Gradients, functions of functions, layers, optimizers, data, distributions.
assert_type(t.autograd.grad(x.sum(), x), tuple[Tensor, ...])
def loss(x: Tensor) -> Tensor:
    return (x * x).sum()
assert_type(func.vmap(loss)(x), Tensor)
assert_type(t.vmap(loss)(x), Tensor)
gradient: Callable[..., Any] = func.grad(loss)
assert_type(F.cross_entropy(x, x), Tensor)
assert_type(F.relu(x), Tensor)
assert_type(F.fold(x, 2, 2), Tensor)
layer = nn.Linear(3, 4)
assert_type(layer.weight, nn.Parameter)
assert_type(layer(x), Tensor)
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 4)
    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        return self.layer(x).relu() * scale
assert_type(Net()(x, scale=2.0), Tensor)
anything: Tensor = nn.Sequential(layer, nn.ReLU())(x)
optimizer = optim.SGD(layer.parameters(), lr=0.1)
assert_type(optimizer, optim.SGD)
assert_type(optimizer.zero_grad(), None)
assert_type(len(data.TensorDataset(x)), int)
assert_type(distributions.Normal(0.0, 1.0).rsample(), Tensor)
assert_type(t.distributions.Normal(0.0, 1.0).log_prob(x), Tensor)
assert_type(t.distributions.kl_divergence(distributions.Normal(0.0, 1.0), distributions.Normal(0.0, 1.0)), Tensor)
"""

WRONG = {
    "t.exp('x')": "arg-type",
    "t.exp(x, foo=1)": "call-arg",
    "x.no_such_method()": "attr-defined",
    "t.no_such_function(x)": "attr-defined",
    "t.linalg.no_such(x)": "attr-defined",
    "t.linalg.registry": "attr-defined",
    "x.level": "attr-defined",
    "x.payload": "attr-defined",
    "x.expand('a')": "arg-type",
    "t.softmax(x, 0, unknown=True)": "call-arg",
    "t.distributions.NoSuch()": "attr-defined",
    "layer(3)": "arg-type",
    "Net()(x, factor=2.0)": "call-arg",
}


def test_stubs_say_what_is_declared():
    result = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def _checked(script: pathlib.Path) -> subprocess.CompletedProcess:
    """What mypy says about a script of somebody who has the package installed, or its folder on the path."""
    folder = pathlib.Path(wengert.__file__).resolve().parent.parent
    environment = {**os.environ, "MYPYPATH": "" if folder.name == "site-packages" else str(folder)}
    return subprocess.run(
        [
            sys.executable, "-m", "mypy", "--config-file=", "--cache-dir", str(script.parent / "cache"),
            "--follow-imports=silent", "--no-error-summary", "--show-error-codes", str(script),
        ],
        capture_output=True, text=True, env=environment, cwd=script.parent,
    )  # fmt: skip


@needs_mypy
def test_a_type_checker_knows_the_types_of_results_and_which_calls_are_wrong(tmp_path):
    wrong = "\n".join([f"{call}  # {code}" for call, code in WRONG.items()])
    script = tmp_path / "user.py"
    script.write_text(SCRIPT + wrong)
    result = _checked(script)
    first = SCRIPT.count("\n") + 1
    found = {}
    for text in result.stdout.splitlines():
        place, _, said = text.partition(": error: ")
        if said:
            found.setdefault(int(place.rpartition(":")[2]), said)
    lines = script.read_text().splitlines()
    unexpected = {lines[n - 1]: said for n, said in found.items() if n < first}
    assert not unexpected, "\n".join([f"{code}: {said}" for code, said in unexpected.items()]) + result.stderr
    for n, (call, code) in enumerate(WRONG.items(), first):
        assert f"[{code}]" in found.get(n, ""), f"{call} passes: {found.get(n)}"


def test_what_is_not_for_users_is_not_shown():
    shown = {name for name in dir(wengert.ones(1)) if not name.startswith("_")}
    internal = {"add_to_grad", "bump_version", "level", "payload", "view_created", "view_place", "numpy_"}
    assert not shown & internal
    for module in (wengert.linalg, wengert.fft, wengert.special, wengert.return_types):
        assert {name for name in dir(module) if not name.startswith("_")} == set(module.__all__)
