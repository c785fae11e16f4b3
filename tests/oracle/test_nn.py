"""Layers, losses, containers and initial values against PyTorch's, with the same numbers in both."""

import copy

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402
from wengert import nn  # noqa: E402

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel"),
    pytest.mark.filterwarnings(
        "ignore:Full backward hook is firing when gradients are computed with respect to module outputs"
    ),
]

RNG = numpy.random.default_rng(7)

# Values on and around the corners of piecewise functions, beside ordinary ones.
CORNERS = numpy.array([-30.0, -6.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.25, 0.5, 1.0, 3.0, 6.0, 19.0, 21.0, 30.0])


def normal(*shape):
    return RNG.standard_normal(shape)


def both(x, dtype="float64", requires_grad=True):
    """The same values as a tensor of each library."""
    values = numpy.asarray(x, dtype)
    theirs = torch.from_numpy(values.copy())
    ours = wengert.from_numpy(values.copy())
    if values.dtype.kind == "f" and requires_grad:
        theirs.requires_grad_()
        ours.requires_grad_()
    return ours, theirs


def assert_close(ours, theirs, tolerance=1e-12):
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert str(ours.dtype).split(".")[1] == str(theirs.dtype).split(".")[1]
    numpy.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


def copy_state(source, target):
    target.load_state_dict(
        {key: wengert.from_numpy(value.detach().numpy().copy()) for key, value in source.state_dict().items()}
    )


def same(text: str) -> str:
    return text.replace("torch.", "wengert.")


LAYERS = {
    "Linear": (lambda n: n.Linear(5, 3), [(4, 5), (5,), (2, 3, 5), (0, 5)]),
    "Linear-no-bias": (lambda n: n.Linear(5, 3, bias=False), [(4, 5)]),
    "Conv1d": (lambda n: n.Conv1d(4, 6, 3, padding=1), [(2, 4, 9), (4, 9)]),
    "Conv1d-dilated": (lambda n: n.Conv1d(4, 6, 3, stride=2, dilation=2, groups=2), [(2, 4, 11)]),
    "Conv1d-same": (lambda n: n.Conv1d(2, 2, 4, padding="same"), [(2, 2, 9)]),
    "Conv1d-circular": (lambda n: n.Conv1d(2, 3, 3, padding=2, padding_mode="circular"), [(2, 2, 9)]),
    "Conv2d": (lambda n: n.Conv2d(3, 6, 5), [(2, 3, 8, 9), (3, 8, 9)]),
    "Conv2d-strided": (lambda n: n.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 0), bias=False), [(2, 3, 8, 9)]),
    "Conv2d-depthwise": (lambda n: n.Conv2d(4, 8, 3, padding=1, groups=4), [(2, 4, 6, 6)]),
    "Conv2d-same": (lambda n: n.Conv2d(2, 3, 2, padding="same", dilation=3), [(1, 2, 7, 6)]),
    "Conv2d-valid": (lambda n: n.Conv2d(2, 3, 2, padding="valid"), [(1, 2, 7, 6)]),
    "Conv2d-reflect": (lambda n: n.Conv2d(2, 3, 3, padding=1, padding_mode="reflect"), [(1, 2, 5, 6)]),
    "Conv2d-replicate": (lambda n: n.Conv2d(2, 3, 3, padding="same", padding_mode="replicate"), [(1, 2, 5, 6)]),
    "Conv3d": (lambda n: n.Conv3d(2, 3, 2, padding=1, stride=2), [(2, 2, 4, 5, 3), (2, 4, 5, 3)]),
    "MaxPool1d": (lambda n: n.MaxPool1d(3, stride=2, padding=1), [(2, 3, 9), (3, 9)]),
    "MaxPool2d": (lambda n: n.MaxPool2d(2), [(2, 3, 7, 8), (3, 7, 8)]),
    "MaxPool2d-options": (
        lambda n: n.MaxPool2d((3, 2), stride=2, padding=(1, 0), dilation=(1, 2), ceil_mode=True),
        [(2, 3, 8, 8)],
    ),
    "MaxPool3d": (lambda n: n.MaxPool3d(2, ceil_mode=True), [(1, 2, 5, 4, 3)]),
    "AvgPool1d": (lambda n: n.AvgPool1d(3, 2, 1), [(2, 3, 9)]),
    "AvgPool2d": (lambda n: n.AvgPool2d(2), [(2, 3, 7, 8), (3, 7, 8)]),
    "AvgPool2d-options": (
        lambda n: n.AvgPool2d((3, 2), stride=2, padding=(1, 0), ceil_mode=True, count_include_pad=False),
        [(2, 3, 8, 8)],
    ),
    "AvgPool2d-divisor": (lambda n: n.AvgPool2d(2, divisor_override=3), [(2, 3, 4, 4)]),
    "AvgPool3d": (lambda n: n.AvgPool3d(2, stride=1), [(1, 2, 4, 3, 3)]),
    "Flatten": (lambda n: n.Flatten(), [(2, 3, 4)]),
    "Flatten-range": (lambda n: n.Flatten(0, 1), [(2, 3, 4)]),
    "Unflatten": (lambda n: n.Unflatten(1, (2, 3)), [(4, 6)]),
    "Identity": (lambda n: n.Identity(3, unused=True), [(2, 3)]),
    "Dropout-none": (lambda n: n.Dropout(0.0), [(2, 3)]),
    "Dropout-all": (lambda n: n.Dropout(1.0), [(2, 3)]),
    "Dropout2d-all": (lambda n: n.Dropout2d(1.0), [(2, 3, 4, 4)]),
    "Sequential": (lambda n: n.Sequential(n.Linear(5, 4), n.Tanh(), n.Linear(4, 2)), [(3, 5)]),
    "Softmax": (lambda n: n.Softmax(dim=1), [(3, 5), (2, 3, 4)]),
    "GLU": (lambda n: n.GLU(dim=1), [(3, 4, 2)]),
    "LogSoftmax": (lambda n: n.LogSoftmax(dim=-1), [(3, 5)]),
    "Softmin": (lambda n: n.Softmin(dim=0), [(3, 5)]),
    "PReLU": (lambda n: n.PReLU(), [(3, 4)]),
    "PReLU-channels": (lambda n: n.PReLU(4, init=0.1), [(3, 4), (2, 4, 3)]),
}
ACTIVATIONS = {
    "ReLU": lambda n: n.ReLU(),
    "ReLU-inplace": lambda n: n.ReLU(inplace=True),
    "ReLU6": lambda n: n.ReLU6(),
    "Sigmoid": lambda n: n.Sigmoid(),
    "Tanh": lambda n: n.Tanh(),
    "LeakyReLU": lambda n: n.LeakyReLU(),
    "LeakyReLU-0.2": lambda n: n.LeakyReLU(0.2, inplace=True),
    "ELU": lambda n: n.ELU(),
    "ELU-1.5": lambda n: n.ELU(alpha=1.5, inplace=True),
    "SELU": lambda n: n.SELU(),
    "CELU": lambda n: n.CELU(2.0),
    "GELU": lambda n: n.GELU(),
    "GELU-tanh": lambda n: n.GELU(approximate="tanh"),
    "SiLU": lambda n: n.SiLU(),
    "SiLU-inplace": lambda n: n.SiLU(inplace=True),
    "Mish": lambda n: n.Mish(),
    "Softplus": lambda n: n.Softplus(),
    "Softplus-beta": lambda n: n.Softplus(beta=2.0, threshold=10.0),
    "Softsign": lambda n: n.Softsign(),
    "LogSigmoid": lambda n: n.LogSigmoid(),
    "Hardtanh": lambda n: n.Hardtanh(),
    "Hardtanh-range": lambda n: n.Hardtanh(-0.5, 3.0),
    "Hardsigmoid": lambda n: n.Hardsigmoid(),
    "Hardswish": lambda n: n.Hardswish(),
    "Hardshrink": lambda n: n.Hardshrink(0.5),
    "Softshrink": lambda n: n.Softshrink(0.5),
    "Tanhshrink": lambda n: n.Tanhshrink(),
    "Threshold": lambda n: n.Threshold(0.5, -2.0),
    "PReLU": lambda n: n.PReLU(),
}


def check_layer(make, values, dtype="float64", tolerance=1e-12):
    theirs, ours = make(torch.nn).to(getattr(torch, dtype)), make(nn).to(getattr(wengert, dtype))
    copy_state(theirs, ours)
    x, a = both(values, dtype)
    # An in-place layer may not change a leaf.
    y, b = ours(x * 1), theirs(a * 1)
    assert_close(y, b, tolerance)
    weight, c = both(RNG.standard_normal(tuple(b.shape)), dtype, requires_grad=False)
    (y * weight).sum().backward()
    (b * c).sum().backward()
    assert_close(x.grad, a.grad, tolerance)
    for (name, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == other
        assert_close(p.grad, q.grad, tolerance * 10)


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name):
    make, shapes = LAYERS[name]
    for shape in shapes:
        check_layer(make, normal(*shape))


@pytest.mark.parametrize("name", LAYERS)
def test_layer_float32(name):
    make, shapes = LAYERS[name]
    check_layer(make, normal(*shapes[0]), "float32", 2e-5)


# PyTorch takes 1 / 6 in single precision in these derivatives, also for doubles.
SINGLE = {"Hardsigmoid": 1e-7}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    check_layer(ACTIVATIONS[name], numpy.concatenate([CORNERS, normal(50)]), tolerance=SINGLE.get(name, 1e-12))
    check_layer(ACTIVATIONS[name], normal(0, 3))
    check_layer(ACTIVATIONS[name], numpy.array(0.7), tolerance=SINGLE.get(name, 1e-12))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_of_infinities_and_nan(name):
    values = numpy.array([numpy.inf, -numpy.inf, numpy.nan, 700.0, -700.0, 5e-324])
    theirs, ours = ACTIVATIONS[name](torch.nn).double(), ACTIVATIONS[name](nn).double()
    x, a = both(values, requires_grad=False)
    numpy.testing.assert_allclose(ours(x).detach().numpy(), theirs(a).detach().numpy(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", [*LAYERS, *ACTIVATIONS])
def test_tree_and_state(name):
    make = LAYERS[name][0] if name in LAYERS else ACTIVATIONS[name]
    theirs, ours = make(torch.nn), make(nn)
    assert repr(ours) == same(repr(theirs))
    a, b = theirs.state_dict(), ours.state_dict()
    assert list(a) == list(b)
    assert [tuple(x.shape) for x in a.values()] == [tuple(x.shape) for x in b.values()]
    assert [str(x.dtype) for x in b.values()] == [same(str(x.dtype)) for x in a.values()]


def test_embedding():
    theirs, ours = torch.nn.Embedding(7, 3, padding_idx=-2), nn.Embedding(7, 3, padding_idx=-2)
    assert repr(ours) == repr(theirs)
    assert not ours.weight[5].any()
    copy_state(theirs, ours)
    x, a = both([[0, 5, 6], [5, 2, 0]], "int64")
    assert_close(ours(x), theirs(a))
    ours(x).pow(2).sum().backward()
    theirs(a).pow(2).sum().backward()
    assert_close(ours.weight.grad, theirs.weight.grad)


def test_bilinear():
    theirs, ours = torch.nn.Bilinear(3, 4, 2).double(), nn.Bilinear(3, 4, 2).double()
    assert repr(ours) == repr(theirs)
    copy_state(theirs, ours)
    (x, a), (y, b) = both(normal(5, 3)), both(normal(5, 4))
    assert_close(ours(x, y), theirs(a, b))
    ours(x, y).pow(2).sum().backward()
    theirs(a, b).pow(2).sum().backward()
    for p, q in [(x, a), (y, b), (ours.weight, theirs.weight), (ours.bias, theirs.bias)]:
        assert_close(p.grad, q.grad)


# ------------------------------------------------------------------------------------------------ losses

PROBABILITIES = numpy.clip(RNG.random((4, 3)), 0.01, 0.99)
CLASSES = numpy.array([2, 0, 1, 2])
LOSSES = {
    "MSELoss": (lambda n, r: n.MSELoss(reduction=r), normal(4, 3), normal(4, 3)),
    "L1Loss": (lambda n, r: n.L1Loss(reduction=r), normal(4, 3), normal(4, 3)),
    "L1Loss-ties": (lambda n, r: n.L1Loss(reduction=r), numpy.zeros((2, 2)), numpy.array([[0.0, 1.0], [-1.0, 0.0]])),
    "SmoothL1Loss": (lambda n, r: n.SmoothL1Loss(reduction=r), 3 * normal(4, 3), normal(4, 3)),
    "SmoothL1Loss-beta": (lambda n, r: n.SmoothL1Loss(reduction=r, beta=0.5), 3 * normal(4, 3), normal(4, 3)),
    "SmoothL1Loss-corners": (lambda n, r: n.SmoothL1Loss(reduction=r), CORNERS, numpy.zeros(15)),
    "HuberLoss": (lambda n, r: n.HuberLoss(reduction=r, delta=0.7), 3 * normal(4, 3), normal(4, 3)),
    "HuberLoss-corners": (lambda n, r: n.HuberLoss(reduction=r), CORNERS, numpy.zeros(15)),
    "BCELoss": (lambda n, r: n.BCELoss(reduction=r), PROBABILITIES, (RNG.random((4, 3)) > 0.5).astype(float)),
    "BCELoss-soft": (lambda n, r: n.BCELoss(reduction=r), PROBABILITIES, RNG.random((4, 3))),
    "BCEWithLogitsLoss": (lambda n, r: n.BCEWithLogitsLoss(reduction=r), 4 * normal(4, 3), RNG.random((4, 3))),
    "BCEWithLogitsLoss-corners": (lambda n, r: n.BCEWithLogitsLoss(reduction=r), CORNERS, RNG.random(15)),
    "NLLLoss": (lambda n, r: n.NLLLoss(reduction=r), normal(4, 3), CLASSES),
    "NLLLoss-unbatched": (lambda n, r: n.NLLLoss(reduction=r), normal(3), numpy.array(1)),
    "NLLLoss-image": (lambda n, r: n.NLLLoss(reduction=r, ignore_index=1), normal(2, 3, 4), RNG.integers(0, 3, (2, 4))),
    "CrossEntropyLoss": (lambda n, r: n.CrossEntropyLoss(reduction=r), 3 * normal(4, 3), CLASSES),
    "CrossEntropyLoss-unbatched": (lambda n, r: n.CrossEntropyLoss(reduction=r), normal(3), numpy.array(1)),
    "CrossEntropyLoss-smooth": (
        lambda n, r: n.CrossEntropyLoss(reduction=r, label_smoothing=0.2),
        normal(4, 3), CLASSES,
    ),
    "CrossEntropyLoss-smooth-ignore": (
        lambda n, r: n.CrossEntropyLoss(reduction=r, label_smoothing=0.2, ignore_index=2), normal(4, 3), CLASSES,
    ),
    "CrossEntropyLoss-image": (
        lambda n, r: n.CrossEntropyLoss(reduction=r),
        normal(2, 3, 4, 2), RNG.integers(0, 3, (2, 4, 2)),
    ),
    "CrossEntropyLoss-probabilities": (lambda n, r: n.CrossEntropyLoss(reduction=r), normal(4, 3), PROBABILITIES),
    "CrossEntropyLoss-probabilities-smooth": (
        lambda n, r: n.CrossEntropyLoss(reduction=r, label_smoothing=0.3), normal(2, 3, 5), RNG.random((2, 3, 5)),
    ),
}  # fmt: skip

WEIGHTED = {
    "NLLLoss": (lambda n, w, r: n.NLLLoss(w, reduction=r, ignore_index=0), (3,), normal(4, 3), CLASSES),
    "CrossEntropyLoss": (lambda n, w, r: n.CrossEntropyLoss(w, reduction=r), (3,), normal(4, 3), CLASSES),
    "CrossEntropyLoss-smooth": (
        lambda n, w, r: n.CrossEntropyLoss(w, reduction=r, label_smoothing=0.1, ignore_index=0), (3,), normal(4, 3),
        CLASSES,
    ),
    "CrossEntropyLoss-probabilities": (
        lambda n, w, r: n.CrossEntropyLoss(w, reduction=r),
        (3,), normal(4, 3), PROBABILITIES,
    ),
    "BCELoss": (lambda n, w, r: n.BCELoss(w, reduction=r), (4, 3), PROBABILITIES, RNG.random((4, 3))),
    "BCEWithLogitsLoss": (lambda n, w, r: n.BCEWithLogitsLoss(w, reduction=r), (3,), normal(4, 3), RNG.random((4, 3))),
    "BCEWithLogitsLoss-pos": (
        lambda n, w, r: n.BCEWithLogitsLoss(pos_weight=w, reduction=r), (3,), normal(4, 3), RNG.random((4, 3)),
    ),
}  # fmt: skip


def check_loss(ours, theirs, scores, targets):
    x, a = both(scores)
    y, b = both(targets, targets.dtype, requires_grad=False)
    first, second = ours(x, y), theirs(a, b)
    assert_close(first, second)
    factor, other = both(RNG.random(tuple(second.shape)), requires_grad=False)
    (first * factor).sum().backward()
    (second * other).sum().backward()
    assert_close(x.grad, a.grad)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_loss(name, reduction):
    make, scores, targets = LOSSES[name]
    check_loss(make(nn, reduction), make(torch.nn, reduction), scores, targets)
    assert repr(make(nn, reduction)) == repr(make(torch.nn, reduction))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", WEIGHTED)
def test_weighted_loss(name, reduction):
    make, shape, scores, targets = WEIGHTED[name]
    weight, other = both(RNG.random(shape) + 0.5, requires_grad=False)
    ours, theirs = make(nn, weight, reduction), make(torch.nn, other, reduction)
    check_loss(ours, theirs, scores, targets)
    assert list(ours.state_dict()) == list(theirs.state_dict())


@pytest.mark.parametrize(
    "make",
    [
        lambda n, t: n.CrossEntropyLoss(t, None, 0, None, "sum", 0.1),
        lambda n, t: n.NLLLoss(t, None, 0, None, "sum"),
    ],
)
def test_losses_take_pytorchs_positional_arguments(make):
    weight, other = both([1.0, 2.0, 3.0], requires_grad=False)
    check_loss(make(nn, weight), make(torch.nn, other), normal(4, 3), CLASSES)


@pytest.mark.parametrize(
    "size_average, reduce, meant",
    [
        (True, None, "mean"),
        (False, None, "sum"),
        (None, False, "none"),
        (True, False, "none"),
        (False, True, "sum"),
    ],
)
def test_legacy_reductions(size_average, reduce, meant):
    for library in (nn, torch.nn):
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
            assert library.MSELoss(size_average, reduce).reduction == meant


FUNCTIONS = {
    "relu": lambda f, x: f.relu(x),
    "leaky_relu": lambda f, x: f.leaky_relu(x, 0.3),
    "elu": lambda f, x: f.elu(x, 0.5),
    "celu": lambda f, x: f.celu(x, 0.5),
    "glu": lambda f, x: f.glu(x, 0),
    "softmax": lambda f, x: f.softmax(x, dim=0),
    "log_softmax": lambda f, x: f.log_softmax(x, dim=1),
    "softmin": lambda f, x: f.softmin(x, dim=1),
    "normalize": lambda f, x: f.normalize(x, dim=1),
    "cosine_similarity": lambda f, x: f.cosine_similarity(x, x.flip(0), dim=1),
    "dropout-eval": lambda f, x: f.dropout(x, 0.4, training=False),
    "pad": lambda f, x: f.pad(x, (1, 2), value=3.0),
    "logsigmoid": lambda f, x: f.logsigmoid(x),
    "threshold": lambda f, x: f.threshold(x, 0.1, 20.0),
    "sigmoid": lambda f, x: f.sigmoid(x),
    "tanh": lambda f, x: f.tanh(x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name):
    x, a = both(normal(4, 6))
    first, second = FUNCTIONS[name](nn.functional, x), FUNCTIONS[name](torch.nn.functional, a)
    assert_close(first, second)
    first.pow(2).sum().backward()
    second.pow(2).sum().backward()
    assert_close(x.grad, a.grad)


def test_one_hot():
    x, a = both([[0, 2], [1, 0]], "int64")
    assert_close(nn.functional.one_hot(x), torch.nn.functional.one_hot(a))
    assert_close(nn.functional.one_hot(x, 5), torch.nn.functional.one_hot(a, 5))


# ------------------------------------------------------------------------------------------------ trees


class Block:
    """The same network in either library."""

    def __new__(cls, n):
        class Net(n.Module):
            def __init__(self):
                super().__init__()
                self.features = n.Sequential(n.Conv2d(3, 6, 5), n.ReLU(inplace=True), n.MaxPool2d(2, 2))
                self.heads = n.ModuleDict({"left": n.Linear(4, 2), "right": n.Sequential()})
                self.layers = n.ModuleList(
                    [n.Linear(4, 4) for _ in range(3)] + [n.Dropout(0.25), n.Linear(4, 4, bias=False)]
                )
                self.empty = n.ModuleList()
                self.loss = n.CrossEntropyLoss()

            def extra_repr(self):
                return "width=4\ndepth=3"

        return Net()


def test_tree():
    assert repr(Block(nn)) == repr(Block(torch.nn))


def test_parameter_containers_print():
    ours = nn.ParameterList([nn.Parameter(wengert.zeros(2, 3)), wengert.ones(2), 5])
    theirs = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(2, 3)), torch.ones(2), 5])
    assert repr(ours) == same(repr(theirs))
    ours = nn.ParameterDict({"w": wengert.zeros(2, 3), "n": 5, "a": wengert.zeros(1).double()})
    theirs = torch.nn.ParameterDict({"w": torch.zeros(2, 3), "n": 5, "a": torch.zeros(1).double()})
    assert list(ours) == list(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    assert repr(ours) == same(repr(theirs))


@pytest.mark.parametrize("what", ["named_parameters", "named_modules", "named_children", "named_buffers"])
def test_walks(what):
    ours, theirs = Block(nn), Block(torch.nn)
    assert [name for name, _ in getattr(ours, what)()] == [name for name, _ in getattr(theirs, what)()]


def test_load_state_dict_says_what_pytorch_says():
    ours, theirs = Block(nn), Block(torch.nn)
    state = theirs.state_dict()
    del state["layers.0.weight"], state["heads.left.bias"]
    state["extra"] = torch.zeros(1)
    state["layers.7.weight"] = torch.zeros(1)
    state["features.0.bias"] = torch.zeros(7)
    state["layers.1.weight"] = torch.zeros(4, 5)
    with pytest.raises(RuntimeError) as expected:
        theirs.load_state_dict(state)
    converted = {key: wengert.from_numpy(value.numpy().copy()) for key, value in state.items()}
    with pytest.raises(RuntimeError) as found:
        ours.load_state_dict(converted)
    said, suggested = str(found.value).split("\n\tThe state dict has ")
    assert said == same(str(expected.value))
    assert suggested == '"layers.7.weight": did you mean layers.0.weight?'
    for key in ("features.0.bias", "layers.1.weight"):
        del state[key], converted[key]
    assert repr(ours.load_state_dict(converted, strict=False)) == repr(theirs.load_state_dict(state, strict=False))


def test_copies_are_equal_and_apart():
    for library in (wengert, torch):
        first = Block(library.nn)
        second = copy.deepcopy(first)
        assert repr(first) == repr(second)
        for p, q in zip(first.parameters(), second.parameters(), strict=True):
            assert p is not q and bool((p == q).all()) and type(q) is library.nn.Parameter and q.requires_grad
            with library.no_grad():
                p.add_(1)
            assert not bool((p == q).any())


# ------------------------------------------------------------------------------------------------ hooks


def hooked(library, kind):
    """A program with hooks, and what they saw and left behind, in either library."""
    t, n = library, library.nn
    seen = []

    def values(x):
        if x is None:
            return None
        if isinstance(x, tuple):
            return tuple(values(y) for y in x)
        return x.detach().numpy().round(9).tolist()

    class Net(n.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = n.Linear(2, 2).double(), n.Linear(2, 1).double()

        def forward(self, x, scale=1.0):
            return self.b(self.a(x).tanh()) * scale

    net = Net()
    with t.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(t.arange(p.numel()).reshape(p.shape).double() / 3 - i / 2)
    x = t.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=t.float64, requires_grad=True)
    kwargs = {}
    if kind == "pre":
        net.a.register_forward_pre_hook(lambda m, args: seen.append(values(args)))
        net.a.register_forward_pre_hook(lambda m, args: args[0] * 2, prepend=True)
    elif kind == "pre-kwargs":
        net.register_forward_pre_hook(lambda m, args, kw: (args, {"scale": kw["scale"] + 1}), with_kwargs=True)
        kwargs = {"scale": 2.0}
    elif kind == "after":
        net.a.register_forward_hook(lambda m, args, out: seen.append(values((*args, out))))
        net.a.register_forward_hook(lambda m, args, out: out * 3)
        net.register_forward_hook(lambda m, args, kw, out: seen.append((kw, values(out))), with_kwargs=True)
        kwargs = {"scale": 2.0}
    elif kind == "backward":
        for module in (net, net.a, net.b):
            module.register_full_backward_hook(lambda m, gin, gout: seen.append(("in", values(gin), values(gout))))
            module.register_full_backward_pre_hook(lambda m, gout: seen.append(("out", values(gout))))
    elif kind == "replace":
        net.b.register_full_backward_hook(lambda m, gin, gout: (gin[0] * 10,))
        net.a.register_full_backward_pre_hook(lambda m, gout: (gout[0] + 1,))
        net.a.register_full_backward_hook(lambda m, gin, gout: seen.append((values(gin), values(gout))))
    elif kind == "data":
        x = x.detach()
        net.a.register_full_backward_hook(lambda m, gin, gout: seen.append((values(gin), values(gout))))
    out = net(x, **kwargs)
    out.sum().backward()
    grads = [values(p.grad) for p in (x, *net.parameters())]
    return seen, values(out), grads


@pytest.mark.parametrize("kind", ["pre", "pre-kwargs", "after", "backward", "replace", "data"])
def test_hooks(kind):
    assert hooked(wengert, kind) == hooked(torch, kind)


# ------------------------------------------------------------------------------------------------ initial values

SIZES = {
    "Linear": lambda n: n.Linear(300, 200),
    "Bilinear": lambda n: n.Bilinear(20, 30, 40),
    "Conv1d": lambda n: n.Conv1d(20, 300, 5),
    "Conv2d": lambda n: n.Conv2d(16, 64, (3, 5), groups=2),
    "Conv3d": lambda n: n.Conv3d(8, 32, 3),
    "Embedding": lambda n: n.Embedding(300, 200),
}


@pytest.mark.parametrize("name", SIZES)
def test_initial_distribution(name):
    """Same bounds and the same distribution function: Kolmogorov's distance between two samples of about 50,000."""
    wengert.manual_seed(1)
    torch.manual_seed(1)
    ours, theirs = SIZES[name](nn).state_dict(), SIZES[name](torch.nn).state_dict()
    assert list(ours) == list(theirs)
    for key, value in ours.items():
        check_distribution(value.numpy(), theirs[key].numpy(), bounded=name != "Embedding")


def check_distribution(x, y, bounded):
    x, y = numpy.sort(x.ravel()), numpy.sort(y.ravel())
    n = len(x)
    points = numpy.concatenate([x, y])
    distance = numpy.abs(numpy.searchsorted(x, points, "right") - numpy.searchsorted(y, points, "right")).max() / n
    # The critical value at a level of 1e-5.
    assert distance < 2.5 * numpy.sqrt(2 / n)
    if bounded:
        assert abs(x).max() == pytest.approx(abs(y).max(), rel=20 / n)


INITS = {
    "uniform_": (lambda i, x: i.uniform_(x, -1.0, 3.0), (50, 60), True),
    "normal_": (lambda i, x: i.normal_(x, 1.0, 0.3), (50, 60), False),
    "trunc_normal_": (lambda i, x: i.trunc_normal_(x, 0.5, 2.0, -1.0, 1.5), (50, 60), True),
    "trunc_normal_-tail": (lambda i, x: i.trunc_normal_(x, 0.0, 1.0, 1.5, 4.0), (50, 60), False),
    "xavier_uniform_": (lambda i, x: i.xavier_uniform_(x, 1.5), (50, 20, 3), True),
    "xavier_normal_": (lambda i, x: i.xavier_normal_(x), (50, 20, 3), False),
    "kaiming_uniform_": (lambda i, x: i.kaiming_uniform_(x, 0.3, "fan_out"), (50, 20, 3), True),
    "kaiming_normal_": (lambda i, x: i.kaiming_normal_(x, nonlinearity="relu"), (50, 20, 3), False),
    "sparse_": (lambda i, x: i.sparse_(x, 0.3, 0.1), (60, 50), False),
    "orthogonal_": (lambda i, x: i.orthogonal_(x, 2.0), (60, 5, 10), False),
}


@pytest.mark.parametrize("name", INITS)
def test_init(name):
    fill, shape, bounded = INITS[name]
    wengert.manual_seed(2)
    torch.manual_seed(2)
    ours, theirs = wengert.empty(shape), torch.empty(shape)
    assert fill(nn.init, ours) is ours
    fill(torch.nn.init, theirs)
    check_distribution(ours.numpy(), theirs.numpy(), bounded)


@pytest.mark.parametrize(
    "fill, shape",
    [
        (lambda i, x: i.constant_(x, 2.5), (3, 4)),
        (lambda i, x: i.ones_(x), (3,)),
        (lambda i, x: i.zeros_(x), (3, 4)),
        (lambda i, x: i.eye_(x), (3, 5)),
        (lambda i, x: i.dirac_(x), (4, 3, 3)),
        (lambda i, x: i.dirac_(x, 2), (6, 2, 3, 4)),
        (lambda i, x: i.dirac_(x), (2, 3, 3, 3, 3)),
    ],
)
def test_init_exact(fill, shape):
    ours, theirs = wengert.full(shape, 7.0), torch.full(shape, 7.0)
    fill(nn.init, ours)
    fill(torch.nn.init, theirs)
    assert_close(ours, theirs)


@pytest.mark.parametrize(
    "fill, shape",
    [
        (lambda i, x: i.eye_(x), (3,)),
        (lambda i, x: i.dirac_(x), (3, 3)),
        (lambda i, x: i.dirac_(x, 2), (3, 3, 3)),
        (lambda i, x: i.xavier_uniform_(x), (3,)),
        (lambda i, x: i.kaiming_normal_(x, mode="fan_side"), (3, 3)),
        (lambda i, x: i.kaiming_normal_(x, nonlinearity="gelu"), (3, 3)),
        (lambda i, x: i.orthogonal_(x), (3,)),
        (lambda i, x: i.sparse_(x, 0.1), (3,)),
        (lambda i, x: i.calculate_gain("leaky_relu", True), ()),
    ],
)
def test_init_errors(fill, shape):
    with pytest.raises(Exception) as expected:
        fill(torch.nn.init, torch.zeros(shape))
    with pytest.raises(type(expected.value)) as found:
        fill(nn.init, wengert.zeros(shape))
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize(
    "name, param",
    [
        ("linear", None),
        ("conv2d", None),
        ("sigmoid", None),
        ("tanh", None),
        ("relu", None),
        ("leaky_relu", None),
        ("leaky_relu", 0.3),
        ("selu", None),
    ],
)
def test_gain(name, param):
    assert nn.init.calculate_gain(name, param) == torch.nn.init.calculate_gain(name, param)


# ------------------------------------------------------------------------------------------------ errors

BAD = {
    "parameter name with a dot": lambda t, n: n.Module().register_parameter("a.b", None),
    "empty parameter name": lambda t, n: n.Module().register_parameter("", None),
    "parameter name taken": lambda t, n: n.Module().register_parameter("forward", None),
    "parameter is a tensor": lambda t, n: n.Module().register_parameter("w", t.zeros(2)),
    "parameter is no leaf": lambda t, n: n.Module().register_parameter(
        "w", (lambda p: (p.__class__, p)[1])(t.zeros(2, requires_grad=True) * 2)
    ),
    "buffer is a list": lambda t, n: n.Module().register_buffer("w", [1]),
    "buffer name": lambda t, n: n.Module().register_buffer("a.b", None),
    "module is a function": lambda t, n: n.Module().add_module("w", print),
    "module name": lambda t, n: n.Module().add_module("a.b", None),
    "tensor for parameter": lambda t, n: setattr(n.Linear(2, 2), "weight", t.zeros(2, 2)),
    "number for module": lambda t, n: setattr(n.Sequential(n.ReLU()), "0", 5),
    "no attribute": lambda t, n: n.Linear(2, 2).wieght,
    "no forward": lambda t, n: n.Module()(t.zeros(2)),
    "train with a number": lambda t, n: n.ReLU().train(1),
    "convolution groups": lambda t, n: n.Conv2d(3, 4, 3, groups=2),
    "convolution groups out": lambda t, n: n.Conv2d(4, 3, 3, groups=2),
    "convolution groups zero": lambda t, n: n.Conv2d(4, 3, 3, groups=0),
    "convolution padding": lambda t, n: n.Conv2d(4, 3, 3, padding="full"),
    "convolution same strided": lambda t, n: n.Conv2d(4, 3, 3, padding="same", stride=2),
    "dropout probability": lambda t, n: n.Dropout(1.5),
    "functional dropout probability": lambda t, n: n.functional.dropout(t.zeros(2), -0.1),
    "sequential index": lambda t, n: n.Sequential(n.ReLU())[1],
    "module list index": lambda t, n: n.ModuleList([n.ReLU()])[3],
    "module dict key": lambda t, n: n.ModuleDict({"a": n.ReLU()})["b"],
    "parameter list called": lambda t, n: n.ParameterList()(1),
    "submodule": lambda t, n: n.Linear(2, 2).get_submodule("a.b"),
    "submodule is a parameter": lambda t, n: n.Linear(2, 2).get_submodule("weight"),
    "get_parameter": lambda t, n: n.Linear(2, 2).get_parameter("w"),
    "get_buffer": lambda t, n: n.Linear(2, 2).get_buffer("w"),
    "linear input": lambda t, n: n.Linear(3, 2)(t.zeros(4, 5)),
    "convolution input": lambda t, n: n.Conv2d(3, 2, 3)(t.zeros(1, 4, 5, 5)),
    "convolution too small": lambda t, n: n.Conv2d(3, 2, 7)(t.zeros(1, 3, 5, 5)),
    "classes out of range": lambda t, n: n.CrossEntropyLoss()(t.zeros(2, 3), t.tensor([0, 3])),
    "classes of another length": lambda t, n: n.CrossEntropyLoss()(t.zeros(2, 3), t.tensor([0, 1, 2])),
    "probabilities above one": lambda t, n: n.BCELoss()(t.full((2,), 1.5), t.zeros(2)),
    "probabilities of another shape": lambda t, n: n.BCELoss()(t.full((2,), 0.5), t.zeros(3)),
    "logits of another shape": lambda t, n: n.BCEWithLogitsLoss()(t.zeros(2), t.zeros(3)),
    "reduction": lambda t, n: n.functional.l1_loss(t.zeros(2), t.zeros(2), reduction="average"),
    "to an integer dtype": lambda t, n: n.Linear(2, 2).to(t.int64),
    "state is a list": lambda t, n: n.Linear(2, 2).load_state_dict([1]),
    "one_hot of floats": lambda t, n: n.functional.one_hot(t.zeros(2)),
}


@pytest.mark.parametrize("name", BAD)
def test_error_types(name):
    with pytest.raises(Exception) as expected:
        BAD[name](torch, torch.nn)
    with pytest.raises(type(expected.value)):
        BAD[name](wengert, nn)
