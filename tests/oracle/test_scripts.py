"""Training scripts written for PyTorch, run with PyTorch and, their import lines changed, with Wengert: from the same
initial weights and without random numbers the losses are the same."""

import numpy
import pytest

torch = pytest.importorskip("torch")

import wengert  # noqa: E402

from ..nn.test_scripts import program  # noqa: E402

pytestmark = pytest.mark.oracle


def both(name: str, model: str, **options) -> list:
    """What a script returns in both libraries, from PyTorch's initial weights."""
    programs = [program(name), program(name, "torch")]
    torch.manual_seed(7)
    start = programs[1][model]().state_dict()
    starts = [{key: wengert.from_numpy(x.numpy().copy()) for key, x in start.items()}, start]
    return [one["main"](start=given, shuffle=False, **options) for one, given in zip(programs, starts, strict=True)]


@pytest.fixture
def double():
    """Double precision in both libraries: rounding does not grow into another course."""
    wengert.set_default_dtype(wengert.float64), torch.set_default_dtype(torch.float64)
    yield
    wengert.set_default_dtype(wengert.float32), torch.set_default_dtype(torch.float32)


def close(found, expected, tolerance):
    numpy.testing.assert_allclose(numpy.asarray(found), numpy.asarray(expected), rtol=tolerance)


def test_classifier():
    ours, theirs = both("classifier", "ResNet", dropout=0.0, epochs=2, count=120)
    # Single precision: rounding grows by the steps.
    close(ours["train"][:4], theirs["train"][:4], 1e-4)
    close(ours["train"], theirs["train"], 2e-2)
    close(ours["valid"][0][0], theirs["valid"][0][0], 1e-2)


def test_autoencoder():
    draws = [numpy.random.default_rng(2), numpy.random.default_rng(2)]
    found = []
    for library, rng in zip((wengert, torch), draws, strict=True):
        one = program("autoencoder", library.__name__)
        torch.manual_seed(7)
        start = program("autoencoder", "torch")["VAE"]().state_dict()
        if library is wengert:
            start = {key: wengert.from_numpy(x.numpy().copy()) for key, x in start.items()}

        def noise(x, t=library, rng=rng):
            return t.from_numpy(rng.standard_normal(tuple(x.shape)).astype("float32"))

        found.append(one["main"](start=start, noise=noise, shuffle=False))
    close(found[0]["train"], found[1]["train"], 1e-4)
    close(found[0]["sample"], found[1]["sample"], 1e-3)


def test_sequence(double):
    ours, theirs = both("sequence", "Tagger", dropout=0.0, epochs=2)
    close(ours["train"], theirs["train"], 1e-6)
    close(ours["norms"], theirs["norms"], 1e-5)
    assert ours["accuracy"] == theirs["accuracy"]
