"""Every module of the tables in `modules/` against PyTorch's: structure, values, derivatives, buffers, errors."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

from . import modules  # noqa: E402, F401
from .agreement import compare, plain, words  # noqa: E402
from .modules import table  # noqa: E402

pytestmark = pytest.mark.oracle

LIBRARIES = (wengert, torch)
SIMPLE = (bool, int, float, str, tuple, type(None))


def pair(row, dtype=None) -> list:
    """The module of both libraries, with PyTorch's state."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = [row.made(t) for t in LIBRARIES]
    if dtype is not None:
        ours, theirs = ours.to(getattr(wengert, dtype)), theirs.to(getattr(torch, dtype))
    rng = np.random.default_rng(3)
    with torch.no_grad():
        for name, x in theirs.state_dict().items():
            if row.varied and x.is_floating_point():
                values = x.numpy() + 0.3 * rng.standard_normal(tuple(x.shape))
                x.copy_(torch.from_numpy(np.abs(values) + 0.5 if name.endswith("running_var") else values))
    state = {key: wengert.from_numpy(x.numpy().copy()) for key, x in theirs.state_dict().items()}
    outcome = ours.load_state_dict(state)
    assert outcome == ([], [])
    return [ours, theirs]


def named_apart(text: str) -> str:
    return text.replace("torch.", "wengert.")


@pytest.mark.parametrize("row", table.ROWS, ids=str)
def test_structure(row):
    """Text, attributes, names and shapes of parameters and buffers."""
    ours, theirs = pair(row)
    assert repr(ours) == named_apart(repr(theirs))
    for name, value in vars(theirs).items():
        if not name.startswith("_") and isinstance(value, SIMPLE) and name not in row.attributes:
            found = getattr(ours, name)
            assert found == value and type(found) is type(value), f"{name}: {found!r}, PyTorch {value!r}"
    states = [
        {key: (tuple(x.shape), named_apart(str(x.dtype))) for key, x in made.state_dict().items()}
        for made in (ours, theirs)
    ]
    assert states[0] == states[1] and list(states[0]) == list(states[1])
    for kind in ("named_parameters", "named_buffers"):
        found, expected = [
            [(name, bool(x.requires_grad)) for name, x in getattr(made, kind)()] for made in (ours, theirs)
        ]
        assert found == expected


@pytest.mark.parametrize("row", table.ROWS, ids=str)
def test_values_and_derivatives(row):
    """Output, buffers, gradients of inputs and parameters, and second derivatives, in training and evaluation."""
    for dtype in row.dtypes:
        tolerance = row.tolerance if dtype == "float64" else max(row.tolerance * 3e4, 2e-5)
        ours, theirs = pair(row, dtype)
        for training in (True, False):
            ours.train(training), theirs.train(training)
            if training and row.random:
                continue
            for inputs in row.inputs:
                second = row.second and dtype == "float64"
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    compared(ours, theirs, table.call_of(inputs), dtype, tolerance, second)
                states = [plain(t, dict(made.state_dict())) for t, made in zip(LIBRARIES, (ours, theirs), strict=True)]
                compare(*states, tolerance, "state")


def compared(ours, theirs, call, dtype: str, tolerance: float, second: bool) -> None:
    rng = np.random.default_rng(11)
    operands = [table.drawn(x, rng, dtype) for x in call.operands]
    keywords = {key: table.drawn(x, rng, dtype) for key, x in call.keywords.items()}
    outcomes: list = []
    for t, made in zip(LIBRARIES, (ours, theirs), strict=True):
        leaves: list = []
        given = [table.operand(t, x, leaves) for x in operands]
        named = {key: table.operand(t, x, leaves) for key, x in keywords.items()}
        leaves += [p for p in made.parameters() if p.requires_grad]
        # An in-place module may not change a leaf; what it is given is none.
        given = [x * 1 if isinstance(x, t.Tensor) and x.requires_grad else x for x in given]
        output = made(*given, **named)
        outcomes.append(derivatives(t, output, leaves, second))
        outcomes[-1]["output"] = plain(t, output)
    found, expected = outcomes
    compare(found["output"], expected["output"], tolerance, "output")
    compare(found["first"], expected["first"], tolerance * 10, "gradients")
    if expected["second"]:
        compare(found["second"], expected["second"], tolerance * 100, "second derivatives")


def tensors_in(t, x) -> list:
    if isinstance(x, t.Tensor):
        return [x]
    if isinstance(x, dict):
        x = list(x.values())
    return [y for part in x for y in tensors_in(t, part)] if isinstance(x, (tuple, list)) else []


def weighted(t, xs, rng):
    """The sum of tensors, each times random numbers."""
    total = 0.0
    for x in xs:
        total = total + (x * t.from_numpy(rng.standard_normal(tuple(x.shape)).astype(x.detach().numpy().dtype))).sum()
    return total


def derivatives(t, output, leaves: list, second: bool) -> dict:
    """The gradients of a weighted sum of the outputs, and those of a weighted sum of the gradients."""
    rng = np.random.default_rng(17)
    outputs = [y for y in tensors_in(t, output) if y.requires_grad]
    empty = plain(t, [])
    if not outputs or not leaves:
        return {"first": empty, "second": None}
    total = weighted(t, outputs, rng)
    first = list(t.autograd.grad(total, leaves, create_graph=second, allow_unused=True))
    result = {"first": plain(t, [x if x is None else x.detach() for x in first]), "second": None}
    if not second:
        return result
    recorded = [x for x in first if x is not None and x.requires_grad]
    if not recorded:
        # The function is linear, and the library knows it.
        return {**result, "second": plain(t, [t.zeros_like(x).detach() for x in leaves])}
    try:
        found = t.autograd.grad(weighted(t, recorded, rng), leaves, materialize_grads=True)
    except RuntimeError as error:
        if t is wengert or "is not implemented" not in str(error):
            raise
        return result
    return {**result, "second": plain(t, [x.detach() for x in found])}


FIRST = {row.name: row for row in reversed(table.ROWS)}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FIRST)
def test_initial_distributions(name):
    """Fresh parameters come from the same distributions: their bounds, means and deviations agree, and so does a
    Kolmogorov-Smirnov test; what is constant is the same constant."""
    from scipy.stats import ks_2samp

    row = FIRST[name]
    if not any(True for _ in row.made(torch).parameters()):
        pytest.skip("no parameters")
    wengert.manual_seed(1), torch.manual_seed(1)
    drawn: tuple = ({}, {})
    for t, values in zip(LIBRARIES, drawn, strict=True):
        for _ in range(60):
            for key, x in row.made(t).state_dict().items():
                if len(values.get(key, ())) < 60 and x.is_floating_point():
                    values.setdefault(key, []).append(x.numpy().copy().ravel())
    for key in drawn[1]:
        found, expected = [np.concatenate(values[key]).astype(float) for values in drawn]
        if np.ptp(expected) == 0:
            assert np.array_equal(found, expected), key
            continue
        largest = np.abs(expected).max()
        assert abs(found.mean() - expected.mean()) < 6 * expected.std() / np.sqrt(len(expected) / 2), key
        assert np.abs(found).max() < 1.2 * largest and np.abs(found).max() > 0.8 * largest, key
        assert ks_2samp(found, expected).pvalue > 1e-4, key


@pytest.mark.parametrize("row", table.REFUSED, ids=str)
def test_refused(row):
    """Both libraries raise the same type of error, and ours begins with PyTorch's first sentence."""
    raised = []
    for t in LIBRARIES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(Exception) as caught:
                made = row.made(t)
                if row.inputs is None:
                    continue
                call = table.call_of(row.inputs)
                rng = np.random.default_rng(0)
                given = [table.operand(t, table.drawn(x, rng, "float32"), []) for x in call.operands]
                named = {
                    key: table.operand(t, table.drawn(x, rng, "float32"), []) for key, x in call.keywords.items()
                }
                made(*given, **named)
        raised.append(caught.value)
    ours, theirs = raised
    assert type(ours).__name__ == type(theirs).__name__, f"{ours!r}\nPyTorch: {theirs!r}"
    if row.words:
        first = words(str(theirs)).split(". ")[0].rstrip(".")
        assert words(str(ours)).startswith(first), f"{ours}\nPyTorch: {theirs}"
