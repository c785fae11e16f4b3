"""Programs that both libraries run on the same numbers, compared in every detail: structure, dtypes, whether a
gradient is required, and the sentences of errors."""

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")

LIBRARIES = (wengert, torch)


class Data:
    """The same numbers in a library, made from a seed: `d.normal(3, 4)`."""

    def __init__(self, t, seed: int = 0):
        self.t, self.rng = t, np.random.default_rng(seed)

    def of(self, array):
        return self.t.from_numpy(np.array(array))

    def normal(self, *shape):
        return self.of(self.rng.normal(size=shape))

    def classes(self, *shape, below):
        return self.of(self.rng.integers(0, below, size=shape))


def plain(t, x):
    """A result as numbers: tensors as (shape, dtype, array, whether they require a gradient)."""
    if isinstance(x, t.Tensor):
        return ("tensor", tuple(x.shape), str(x.dtype).split(".")[1], x.detach().numpy(), bool(x.requires_grad))
    if isinstance(x, dict):
        return ("dict", {key: plain(t, value) for key, value in x.items()}, list(x))
    if isinstance(x, (tuple, list)):
        return (type(x).__name__ if type(x) in (tuple, list) else "tuple", [plain(t, value) for value in x])
    return ("value", x)


def compare(ours, theirs, tolerance: float, path: str = "result"):
    assert ours[0] == theirs[0], f"{path}: {ours}, PyTorch {theirs}"
    if ours[0] == "tensor":
        assert ours[1:3] == theirs[1:3] and ours[4] == theirs[4], (
            f"{path}: shape, dtype, requires_grad {ours[1:3], ours[4]}, PyTorch {theirs[1:3], theirs[4]}"
        )
        np.testing.assert_allclose(ours[3], theirs[3], rtol=tolerance, atol=tolerance, err_msg=path)
    elif ours[0] == "dict":
        assert ours[2] == theirs[2], f"{path}: keys {ours[2]}, PyTorch {theirs[2]}"
        for key in ours[1]:
            compare(ours[1][key], theirs[1][key], tolerance, f"{path}[{key!r}]")
    elif ours[0] in ("tuple", "list"):
        assert len(ours[1]) == len(theirs[1]), path
        for i, (a, b) in enumerate(zip(ours[1], theirs[1], strict=True)):
            compare(a, b, tolerance, f"{path}[{i}]")
    else:
        assert ours[1] == theirs[1], f"{path}: {ours[1]}, PyTorch {theirs[1]}"


def same(program, tolerance: float = 1e-10):
    """Run `program(t, d)` in both libraries and compare what it returns, in every detail."""
    ours, theirs = [plain(t, program(t, Data(t))) for t in LIBRARIES]
    compare(ours, theirs, tolerance)


def failure(t, program):
    try:
        result = program(t, Data(t))
    except Exception as error:
        return type(error).__name__, str(error)
    return "no error", repr(result)


def words(message: str) -> str:
    """A message without names that differ between the libraries and without where to report it."""
    return " ".join(message.replace("wengert.", "torch.").replace("functorch", "torch.func").split())


def same_error(program, sentence: bool = True):
    """Both libraries raise the same type of error, and our message begins with PyTorch's first sentence."""
    (kind, message), (expected_kind, expected) = [failure(t, program) for t in LIBRARIES]
    assert expected_kind != "no error", f"PyTorch accepts this: {expected}"
    assert kind == expected_kind, f"{kind}: {message}\nPyTorch: {expected_kind}: {expected}"
    if sentence:
        first = words(expected).split(". ")[0].rstrip(".")
        assert words(message).startswith(first), f"{message}\nPyTorch: {expected}"


def model(t, build, seed: int = 1):
    """A module of a library in double precision; in both it has the same parameters."""
    made = build(t.nn).double()
    rng = np.random.default_rng(seed)
    with t.no_grad():
        for x in [*made.parameters(), *made.buffers()]:
            x.copy_(t.from_numpy(np.asarray(rng.normal(size=tuple(x.shape)) * 0.5)))
    return made
