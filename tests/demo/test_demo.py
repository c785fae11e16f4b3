"""The demo: its digits, its watch, its pictures, its command line."""

import struct
import subprocess
import sys

import numpy
import pytest

import wengert
from wengert import nn
from wengert.__main__ import main
from wengert.demo import digits, lenet
from wengert.demo.watch import GradientWatch


def test_the_split_is_fixed_and_even():
    images, classes, test_images, test_classes = digits.load()
    assert tuple(images.shape) == (4000, 1, 28, 28) and tuple(test_images.shape) == (1000, 1, 28, 28)
    assert images.dtype is wengert.float32 and classes.dtype is wengert.int64
    assert numpy.bincount(classes.numpy()).tolist() == [400] * 10
    assert numpy.bincount(test_classes.numpy()).tolist() == [100] * 10
    again = digits.load()
    for first, second in zip((images, classes, test_images, test_classes), again, strict=True):
        assert numpy.array_equal(first.numpy(), second.numpy())
    # Black is the smallest value, white the largest.
    assert images.min().item() == pytest.approx(-digits.MEAN / digits.DEVIATION)
    assert images.max().item() == pytest.approx((1 - digits.MEAN) / digits.DEVIATION)


def test_the_watch_sees_what_retain_grad_keeps():
    wengert.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    watch = GradientWatch(model, ["0", "2"])
    kept = {}

    def keeping(name):
        def keep(module, args, output):
            if output.requires_grad:
                output.retain_grad()
                kept[name] = output

        return keep

    for name in ("0", "2"):
        model.get_submodule(name).register_forward_hook(keeping(name))
    x = wengert.randn(5, 3)
    for _ in range(2):
        (model(x) ** 2).sum().backward()
    with wengert.no_grad():
        model(x)  # records nothing, and is not counted
    for name in ("0", "2"):
        g = kept[name].grad.numpy()
        assert watch.shapes[name] == g.shape[1:]
        assert watch.norms[name] == pytest.approx([numpy.linalg.norm(g)] * 2)
        assert watch.means[name] == pytest.approx([numpy.abs(g).mean()] * 2)
        assert watch.zeros[name] == pytest.approx([(g == 0).mean()] * 2)
    assert [row[0] for row in watch.over(2)] == ["0", "2"]
    watch.close()
    (model(x) ** 2).sum().backward()
    assert len(watch.norms["0"]) == 2


def test_one_epoch_learns_and_draws(tmp_path, capsys):
    accuracy = lenet.train(1, 0, tmp_path / "pictures")
    assert accuracy > 0.8
    printed = capsys.readouterr().out
    assert "epoch 1 of 1" in printed and "zeros" in printed
    for layer in lenet.LAYERS:
        assert layer in printed
    for name in ("gradients.png", "digits.png"):
        data = (tmp_path / "pictures" / name).read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", data[16:24])
        assert width > 800 and height > 800


def test_the_same_seed_gives_the_same_network():
    wengert.manual_seed(3)
    first = [p.detach().numpy().copy() for p in lenet.LeNet().parameters()]
    wengert.manual_seed(3)
    second = [p.detach().numpy() for p in lenet.LeNet().parameters()]
    assert all(numpy.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert sum(a.size for a in first) == 61_706


def test_version_and_config(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"wengert {wengert.__version__}\n"
    assert main(["config"]) == 0
    assert "instruction set: " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["demo", "--epochs", "0"], ["demo", "--seed", "x"], ["nonsense"]])
def test_a_wrong_command_line_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: wengert" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["rich", "matplotlib", "mlxtend"])
def test_a_missing_extra_says_what_to_install(package, tmp_path):
    hide = f"""
import sys, importlib.abc, importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == {package!r} else found(name, *rest)
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
from wengert.__main__ import main
main(["demo", "--out", {str(tmp_path)!r}])
"""
    result = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True)
    assert result.returncode == 1
    assert "pip install 'wengert[demo]'" in result.stderr and package in result.stderr
    assert "Traceback" not in result.stderr
