"""What `dir()` shows of a namespace, and so what an editor completes: public names, not what a module imports."""

import importlib
import types

import pytest

import wengert

MODULES = (
    "autograd.forward_ad", "autograd.function", "autograd.functional", "autograd.graph", "fft", "library", "linalg",
    "nn.attention", "nn.functional", "nn.init", "nn.parameter", "nn.utils.parametrizations", "nn.utils.parametrize",
    "nn.utils.rnn", "optim.swa_utils", "random", "serialization", "special", "utils.checkpoint",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_a_module_shows_its_public_names(name):
    module = importlib.import_module(f"wengert.{name}")
    shown = {x for x in dir(module) if not x.startswith("_")}
    assert shown == set(module.__all__)
    assert all([hasattr(module, x) for x in shown])
    assert not [x for x in shown if isinstance(getattr(module, x), types.ModuleType)]


def test_the_package_shows_no_lower_floor():
    shown = set(dir(wengert))
    assert not shown & {"core", "dtypes", "interop", "kernels", "ops", "registry", "settings"}
    assert {"nn", "optim", "data", "autograd", "linalg", "tensor", "float32", "matmul"} <= shown
    # They are there, for those who ask.
    assert wengert.core.Tensor is wengert.Tensor
