"""Losses against PyTorch: values, all gradients, reductions, options, both floating types, and what is refused."""

import warnings

import numpy
import pytest

torch = pytest.importorskip("torch")

import wengert  # noqa: E402
from wengert import nn  # noqa: E402

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore::UserWarning")]
RNG = numpy.random.default_rng(5)


def normal(*shape):
    return RNG.standard_normal(shape)


def tensors(library, arrays, dtype, asks):
    """The arrays as tensors: real ones of the type, asking for gradients as `asks` says."""
    make = wengert.from_numpy if library is wengert else torch.from_numpy
    found = []
    for i, a in enumerate(arrays):
        if not isinstance(a, numpy.ndarray):
            found.append(a)
            continue
        x = make(a.astype(dtype) if a.dtype.kind == "f" else a.copy())
        found.append(x.requires_grad_() if i in asks and a.dtype.kind == "f" else x)
    return found


def check(make, arrays, dtype="float64", asks=(0, 1, 2, 3), rtol=None):
    """One loss of both libraries on the same arrays: results and gradients."""
    results = []
    for library in (wengert, torch):
        given = tensors(library, arrays, dtype, asks)
        y = make(library)(*given)
        factor = numpy.linspace(0.5, 1.5, int(numpy.prod(tuple(y.shape), dtype=int))).reshape(tuple(y.shape))
        if y.requires_grad:
            (y * tensors(library, [factor], dtype, ())[0]).sum().backward()
        found = [y.detach().numpy()]
        found += [
            None if x.grad is None else x.grad.numpy() for x in given if isinstance(x, library.Tensor)
        ]  # fmt: skip
        results.append(found)
    tolerance = rtol or (1e-10 if dtype == "float64" else 2e-5)
    for ours, theirs in zip(*results, strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
            numpy.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


SIGNS = numpy.where(RNG.random(5) > 0.4, 1, -1)
SIGNS_2D = numpy.where(RNG.random((4, 3)) > 0.4, 1, -1)
LOG_P, P = numpy.log(RNG.dirichlet(numpy.ones(3), 4)), RNG.dirichlet(numpy.ones(3), 4)
P[0, 0] = 0.0
TARGETS = numpy.array([[2, 0, -1, 1], [-1, 0, 1, 2], [3, 2, 1, 0], [1, 1, -1, 0]])
# name -> the module of a library and a reduction, and its arguments
LOSSES = {
    "CosineEmbeddingLoss": (lambda n, r: n.CosineEmbeddingLoss(0.2, reduction=r), [normal(5, 3), normal(5, 3), SIGNS]),
    "CosineEmbeddingLoss-one": (
        lambda n, r: n.CosineEmbeddingLoss(reduction=r), [normal(3), normal(3), SIGNS[0:1].reshape(())],
    ),
    "CosineEmbeddingLoss-zeros": (
        lambda n, r: n.CosineEmbeddingLoss(reduction=r), [numpy.zeros((5, 3)), normal(5, 3), SIGNS],
    ),
    "HingeEmbeddingLoss": (lambda n, r: n.HingeEmbeddingLoss(0.7, reduction=r), [normal(4, 3), SIGNS_2D]),
    "MarginRankingLoss": (
        lambda n, r: n.MarginRankingLoss(0.3, reduction=r), [normal(4, 3), normal(4, 3), SIGNS_2D.astype(float)],
    ),
    "MarginRankingLoss-broadcast": (
        lambda n, r: n.MarginRankingLoss(reduction=r), [normal(4, 1), normal(1, 3), SIGNS_2D.astype(float)],
    ),
    "TripletMarginLoss": (lambda n, r: n.TripletMarginLoss(reduction=r), [normal(4, 3), normal(4, 3), normal(4, 3)]),
    "TripletMarginLoss-swap": (
        lambda n, r: n.TripletMarginLoss(2.0, 1.5, swap=True, reduction=r), [normal(4, 3), normal(4, 3), normal(4, 3)],
    ),
    "TripletMarginLoss-one": (lambda n, r: n.TripletMarginLoss(5.0, reduction=r), [normal(3), normal(3), normal(3)]),
    "TripletMarginWithDistanceLoss": (
        lambda n, r: n.TripletMarginWithDistanceLoss(reduction=r), [normal(4, 3), normal(4, 3), normal(4, 3)],
    ),
    "TripletMarginWithDistanceLoss-own": (
        lambda n, r: n.TripletMarginWithDistanceLoss(
            distance_function=lambda x, y: (x - y).abs().sum(-1), margin=3.0, swap=True, reduction=r
        ),
        [normal(4, 3), normal(4, 3), normal(4, 3)],
    ),
    "SoftMarginLoss": (lambda n, r: n.SoftMarginLoss(reduction=r), [normal(4, 3), SIGNS_2D]),
    "MultiLabelSoftMarginLoss": (
        lambda n, r: n.MultiLabelSoftMarginLoss(reduction=r), [normal(4, 3), (SIGNS_2D > 0).astype(float)],
    ),
    "MultiLabelSoftMarginLoss-one": (
        lambda n, r: n.MultiLabelSoftMarginLoss(reduction=r), [normal(3), RNG.random(3)],
    ),
    "MultiLabelMarginLoss": (lambda n, r: n.MultiLabelMarginLoss(reduction=r), [normal(4, 4), TARGETS]),
    "MultiLabelMarginLoss-one": (lambda n, r: n.MultiLabelMarginLoss(reduction=r), [normal(4), TARGETS[0]]),
    "MultiLabelMarginLoss-number": (
        lambda n, r: n.MultiLabelMarginLoss(reduction=r), [numpy.array(0.5), numpy.array(0)],
    ),
    "MultiMarginLoss": (lambda n, r: n.MultiMarginLoss(reduction=r), [normal(4, 3), numpy.array([2, 0, 1, 2])]),
    "MultiMarginLoss-2": (
        lambda n, r: n.MultiMarginLoss(2, 0.5, reduction=r), [normal(4, 3), numpy.array([2, 0, 1, 2])],
    ),
    "MultiMarginLoss-one": (lambda n, r: n.MultiMarginLoss(reduction=r), [normal(3), numpy.array(1)]),
    "MultiMarginLoss-row": (lambda n, r: n.MultiMarginLoss(reduction=r), [normal(3), numpy.array([1])]),
    "KLDivLoss": (lambda n, r: n.KLDivLoss(reduction=r), [LOG_P, P]),
    "KLDivLoss-log": (lambda n, r: n.KLDivLoss(reduction=r, log_target=True), [LOG_P, numpy.log(P + 0.01)]),
    "KLDivLoss-broadcast": (lambda n, r: n.KLDivLoss(reduction=r), [LOG_P, P[1]]),
    "PoissonNLLLoss": (lambda n, r: n.PoissonNLLLoss(reduction=r), [normal(4, 3), numpy.floor(3 * RNG.random((4, 3)))]),
    "PoissonNLLLoss-full": (
        lambda n, r: n.PoissonNLLLoss(full=True, reduction=r), [normal(4, 3), numpy.floor(5 * RNG.random((4, 3)))],
    ),
    "PoissonNLLLoss-rate": (
        lambda n, r: n.PoissonNLLLoss(False, eps=1e-3, reduction=r), [RNG.random((4, 3)), RNG.random((4, 3))],
    ),
    "GaussianNLLLoss": (
        lambda n, r: n.GaussianNLLLoss(reduction=r), [normal(4, 3), normal(4, 3), 0.1 + RNG.random((4, 3))],
    ),
    "GaussianNLLLoss-rows": (
        lambda n, r: n.GaussianNLLLoss(full=True, reduction=r), [normal(4, 3), normal(4, 3), 0.1 + RNG.random(4)],
    ),
    "GaussianNLLLoss-one": (
        lambda n, r: n.GaussianNLLLoss(reduction=r), [normal(4, 3), normal(4, 3), 0.1 + RNG.random((4, 1))],
    ),
    "GaussianNLLLoss-number": (lambda n, r: n.GaussianNLLLoss(reduction=r), [normal(4, 3), normal(4, 3), 0.25]),
    "GaussianNLLLoss-held": (
        lambda n, r: n.GaussianNLLLoss(eps=0.5, reduction=r), [normal(4, 3), normal(4, 3), RNG.random((4, 3))],
    ),
    "NLLLoss2d": (lambda n, r: n.NLLLoss2d(reduction=r), [normal(2, 3, 2, 2), RNG.integers(0, 3, (2, 2, 2))]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_loss(name, reduction, dtype):
    make, arrays = LOSSES[name]
    # By counts of 0, PyTorch's gradient is NaN with `full`.
    asks = (0,) if name == "PoissonNLLLoss-full" else (0, 1, 2)
    check(lambda library: make(library.nn, reduction), arrays, dtype, asks)
    assert repr(make(nn, reduction)) == repr(make(torch.nn, reduction))


def test_batchmean():
    for arrays in ([LOG_P, P], [LOG_P[0, 0], P[0, 1]]):
        arrays = [numpy.asarray(a) for a in arrays]
        check(lambda library: library.nn.KLDivLoss(reduction="batchmean"), arrays)


WEIGHTED = {
    "mse_loss": [normal(4, 3), normal(4, 3)],
    "l1_loss": [normal(4, 3), normal(4, 3)],
    "huber_loss": [normal(4, 3), normal(4, 3)],
    "multilabel_soft_margin_loss": [normal(4, 3), RNG.random((4, 3))],
    "multi_margin_loss": [normal(4, 3), numpy.array([2, 0, 1, 2])],
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", WEIGHTED)
def test_weights(name, reduction):
    weight = 0.1 + RNG.random((4, 3) if name in ("mse_loss", "l1_loss", "huber_loss") else 3)
    asks = (0, 1, 2) if name != "multi_margin_loss" else (0,)  # PyTorch has no gradient for that weight

    def make(library):
        function = getattr(library.nn.functional, name)
        return lambda *given: function(*given[:-1], weight=given[-1], reduction=reduction)

    check(make, [*WEIGHTED[name], weight], asks=asks)


NUMBERED = {
    "binary_cross_entropy_with_logits": ([normal(4), RNG.random(4)], ()),
    "cosine_embedding_loss": ([normal(5, 3), normal(5, 3), SIGNS], (0.1,)),
    "hinge_embedding_loss": ([normal(4, 3), SIGNS_2D], (0.5,)),
    "kl_div": ([LOG_P, P], ()),
    "margin_ranking_loss": ([normal(5), normal(5), SIGNS.astype(float)], (0.1,)),
    "poisson_nll_loss": ([normal(5), RNG.random(5)], (True, True, 1e-8)),
    "triplet_margin_loss": ([normal(4, 3), normal(4, 3), normal(4, 3)], (1.0, 2.0, 1e-6, True)),
}


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("name", NUMBERED)
def test_reductions_by_number(name, number):
    arrays, parameters = NUMBERED[name]

    def make(library):
        function = getattr(library, name)
        if name == "binary_cross_entropy_with_logits":
            return lambda *given: function(*given, reduction=number)
        return lambda *given: function(*given, *parameters, number)

    check(make, arrays)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
@pytest.mark.parametrize("probabilities", [False, True])
def test_linear_cross_entropy(shape, reduction, probabilities):
    x, weight, bias = normal(4, 5), normal(6, *shape, 5), normal(6, *shape)
    target = RNG.dirichlet(numpy.ones(6), (4, *shape)) if probabilities else RNG.integers(0, 6, (4, *shape))
    if probabilities:
        target = numpy.moveaxis(target, -1, 1)

    def make(library):
        function = library.nn.functional.linear_cross_entropy
        return lambda x, w, t, b: function(x, w, t, linear_bias=b, reduction=reduction, label_smoothing=0.1)

    check(make, [x, weight, target, bias], asks=(0, 1, 3))


def test_linear_cross_entropy_loss():
    for shape in ((), (2,)):
        ours = nn.LinearCrossEntropyLoss(5, 6, out_features=shape, bias=True, ignore_index=1, dtype=wengert.float64)
        theirs = torch.nn.LinearCrossEntropyLoss(
            5, 6, out_features=shape, bias=True, ignore_index=1, dtype=torch.float64
        )
        assert repr(ours) == repr(theirs)
        ours.load_state_dict({k: wengert.from_numpy(v.numpy()) for k, v in theirs.state_dict().items()})
        x, y = normal(4, 5), RNG.integers(0, 6, (4, *shape))
        check(lambda library, o=ours, t=theirs: o if library is wengert else t, [x, y])
        numpy.testing.assert_allclose(ours.linear.weight.grad.numpy(), theirs.linear.weight.grad.numpy(), rtol=1e-10)


# ------------------------------------------------------------------------------------------------ connectionist


def spelled(steps=8, count=3, classes=5, *, rows, dtype="float64"):
    logits = normal(steps, count, classes)
    lengths = numpy.array([3, 1, 0])[:count]
    targets = RNG.integers(1, classes, (count, 3))
    targets[0, 1] = targets[0, 0]  # a repetition needs a blank between
    if not rows:
        targets = numpy.concatenate([targets[n, :length] for n, length in enumerate(lengths)])
    return logits, targets, numpy.array([steps, steps - 2, steps - 3])[:count], lengths


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("rows", [True, False])
def test_ctc_loss(reduction, rows, dtype):
    logits, targets, given, wanted = spelled(rows=rows)

    def make(library):
        def loss(x, y):
            module = library.nn.CTCLoss(reduction=reduction)
            return module(x.log_softmax(-1), y, *tensors(library, [given, wanted], dtype, ()))

        return loss

    check(make, [logits, targets], dtype)


def test_ctc_loss_with_another_blank_and_tuples():
    logits, targets, given, wanted = spelled(rows=True)

    def make(library):
        function = library.nn.functional.ctc_loss
        return lambda x, y: function(x.log_softmax(-1), y, tuple(given.tolist()), tuple(wanted.tolist()), blank=4)

    check(make, [logits, targets - 1])


def test_ctc_loss_of_one_sequence():
    logits, targets, _, _ = spelled(rows=True)
    for lengths in ((8, 3), (numpy.array(8), numpy.array(3)), ((8,), (3,))):

        def make(library, lengths=lengths):
            given = [
                library.tensor(n.tolist()) if isinstance(n, numpy.ndarray) else (n,) if isinstance(n, int) else n
                for n in lengths
            ]
            return lambda x, y: library.nn.functional.ctc_loss(x.log_softmax(-1), y, *given, reduction="none")

        check(make, [logits[:, 0], targets[0]])


@pytest.mark.parametrize("zero", [False, True])
def test_ctc_loss_of_what_cannot_be_spelled(zero):
    logits, targets, _, _ = spelled(rows=True)
    lengths = [(3, 8, 0), (3, 1, 1)]  # "aa?" takes four steps; no step spells one label
    for library in (wengert, torch):
        (x,) = tensors(library, [logits], "float64", (0,))
        (y,) = tensors(library, [targets], "float64", ())
        losses = library.nn.functional.ctc_loss(
            x.log_softmax(-1), y, *lengths, reduction="none", zero_infinity=zero
        )  # fmt: skip
        found = losses.tolist()
        assert [found[0], found[2]] == ([0.0, 0.0] if zero else [float("inf")] * 2)
        if zero:
            losses.sum().backward()
            assert not x.grad[:, 0].any() and not x.grad[:, 2].any() and x.grad[:, 1].any()


def test_ctc_loss_of_long_sequences_in_single_precision():
    logits = 4 * normal(200, 2, 12)
    targets = RNG.integers(1, 12, (2, 60))

    def make(library):
        return lambda x, y: library.nn.functional.ctc_loss(x.log_softmax(-1), y, (200, 180), (60, 50))

    check(make, [logits, targets], "float32", rtol=2e-4)


# ------------------------------------------------------------------------------------------------ refusals

X = normal(3, 4).astype("float32")
LOGS = normal(5, 2, 4).astype("float32")
PAIRS = numpy.array([[1, 2], [1, 1]])
REFUSED = {
    "mse weight": lambda t, f: f.mse_loss(t(X), t(X), weight=t(X[0])),
    "reduction": lambda t, f: f.mse_loss(t(X), t(X), reduction="bad"),
    "kl reduction": lambda t, f: f.kl_div(t(X), t(X), reduction="bad"),
    "kl integers": lambda t, f: f.kl_div(t(X), t(PAIRS)),
    "kl number": lambda t, f: f.kl_div(t(X), t(X), reduction=1),
    "cosine 2d": lambda t, f: f.cosine_embedding_loss(t(X), t(X), t(X)),
    "cosine 1d": lambda t, f: f.cosine_embedding_loss(t(X[0]), t(X[0]), t(X[0])),
    "cosine 0d": lambda t, f: f.cosine_embedding_loss(t(X), t(X), t(X[0, 0:1])[0]),
    "ranking": lambda t, f: f.margin_ranking_loss(t(X), t(X[0]), t(X)),
    "triplet": lambda t, f: f.triplet_margin_loss(t(X), t(X), t(X[0])),
    "triplet margin": lambda t, f: f.triplet_margin_loss(t(X), t(X), t(X), margin=0),
    "triplet own": lambda t, f: f.triplet_margin_with_distance_loss(t(X), t(X), t(X[0])),
    "multi count": lambda t, f: f.multi_margin_loss(t(X), t(numpy.array([1, 2]))),
    "multi range": lambda t, f: f.multi_margin_loss(t(X), t(numpy.array([1, 2, 9]))),
    "multi type": lambda t, f: f.multi_margin_loss(t(X), t(X[:, 0])),
    "multi 3d": lambda t, f: f.multi_margin_loss(t(X[None]), t(numpy.array([1]))),
    "multi weight": lambda t, f: f.multi_margin_loss(t(X), t(numpy.array([1, 2, 1])), weight=t(X[0, :3])),
    "multi weight 2d": lambda t, f: f.multi_margin_loss(t(X), t(numpy.array([1, 2, 1])), weight=t(X)),
    "multi p": lambda t, f: f.multi_margin_loss(t(X), t(numpy.array([1, 2, 1])), p=3),
    "labels size": lambda t, f: f.multilabel_margin_loss(t(X), t(numpy.array([1, 2]))),
    "labels range": lambda t, f: f.multilabel_margin_loss(t(X), t(numpy.full((3, 4), 9))),
    "labels type": lambda t, f: f.multilabel_margin_loss(t(X), t(X)),
    "soft labels": lambda t, f: f.multilabel_soft_margin_loss(t(X), t(X), reduction="bad"),
    "gauss shape": lambda t, f: f.gaussian_nll_loss(t(X), t(X), t(X[0, :2])),
    "gauss negative": lambda t, f: f.gaussian_nll_loss(t(X), t(X), t(-numpy.abs(X))),
    "gauss number": lambda t, f: f.gaussian_nll_loss(t(X), t(X), -1.0),
    "gauss reduction": lambda t, f: f.gaussian_nll_loss(t(X), t(X), 1.0, reduction="bad"),
    "poisson": lambda t, f: f.poisson_nll_loss(t(X), t(X), reduction="bad"),
    "ctc lengths": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS), (5,), (2, 2)),
    "ctc wanted": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS), (5, 5), (2,)),
    "ctc long": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS), (6, 5), (2, 2)),
    "ctc longer": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS), (5, 5), (3, 2)),
    "ctc negative": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS), (5, -1), (2, 2)),
    "ctc blank": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS), (5, 5), (2, 2), blank=4),
    "ctc half": lambda t, f: f.ctc_loss(t(LOGS.astype("float16")), t(PAIRS), (5, 5), (2, 2)),
    "ctc row": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS[0]), (5, 5), (2, 2)),
    "ctc reals": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS), t(X[0, :2]), t(numpy.array([2, 2]))),
    "ctc reduction": lambda t, f: f.ctc_loss(t(LOGS), t(PAIRS), (5, 5), (2, 2), reduction="bad"),
    "linear 3d": lambda t, f: f.linear_cross_entropy(t(X[None]), t(X), t(PAIRS)),
    "linear 1d": lambda t, f: f.linear_cross_entropy(t(X), t(X[0]), t(PAIRS)),
    "linear features": lambda t, f: f.linear_cross_entropy(t(X), t(X[:, :3]), t(PAIRS)),
    "linear bias": lambda t, f: f.linear_cross_entropy(t(X), t(X), t(PAIRS), linear_bias=t(X)),
    "linear one": lambda t, f: f.linear_cross_entropy(t(X[0]), t(X[None]), t(PAIRS)),
    "linear ignored": lambda t, f: f.linear_cross_entropy(t(X), t(X), t(X[:, :3]), ignore_index=1),
    "dropout": lambda t, f: f.alpha_dropout(t(X), 2.0, True),
    "feature dropout": lambda t, f: f.feature_alpha_dropout(t(X), -1.0, True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    raised = []
    for make, functional in ((wengert.from_numpy, nn.functional), (torch.from_numpy, torch.nn.functional)):
        with warnings.catch_warnings(), pytest.raises(Exception) as error:
            warnings.simplefilter("ignore")
            REFUSED[name](make, functional)
        raised.append(error)
    ours, theirs = raised
    assert ours.type is theirs.type
    first = str(theirs.value).split("\n")[0].removesuffix(")").split(" (while checking")[0].strip()
    assert str(ours.value).replace("wengert.Size", "torch.Size").startswith(first.rstrip("."))


def test_constructor_refusals():
    for make in (
        lambda n: n.TripletMarginLoss(margin=0),
        lambda n: n.TripletMarginWithDistanceLoss(margin=-1),
        lambda n: n.MultiMarginLoss(p=3),
        lambda n: n.LinearCrossEntropyLoss(2, 3, label_smoothing=2.0),
        lambda n: n.LinearCrossEntropyOptions(acc_policy="x"),
        lambda n: n.LinearCrossEntropyOptions(chunking_method="aspect_ratio:0"),
        lambda n: n.LinearCrossEntropyOptions(batch_chunk_size=0),
        lambda n: n.AlphaDropout(2.0),
        lambda n: n.FeatureAlphaDropout(-0.5),
    ):
        raised = []
        for library in (nn, torch.nn):
            with pytest.raises((ValueError, RuntimeError)) as error:
                make(library)
            raised.append(error)
        assert raised[0].type is raised[1].type and str(raised[0].value) == str(raised[1].value)


# ------------------------------------------------------------------------------------------------ dropout


@pytest.mark.parametrize("name", ["AlphaDropout", "FeatureAlphaDropout"])
@pytest.mark.parametrize("p", [0.3, 1.0])
def test_alpha_dropout_has_pytorchs_distribution(name, p):
    shape = (200, 50, 4)
    found = []
    for library in (wengert, torch):
        library.manual_seed(0)
        x = library.full(shape, 0.5, dtype=library.float64, requires_grad=True)
        y = getattr(library.nn, name)(p)(x)
        y.sum().backward()
        values, counts = numpy.unique(y.detach().numpy().round(10), return_counts=True)
        found.append((values, counts / counts.sum(), numpy.unique(x.grad.numpy().round(10))))
        assert getattr(library.nn, name)(p).eval()(x) is x or (y.shape == x.shape)
    numpy.testing.assert_allclose(found[0][0], found[1][0], atol=1e-9)
    numpy.testing.assert_allclose(found[0][1], found[1][1], atol=0.02)
    numpy.testing.assert_allclose(found[0][2], found[1][2], atol=1e-9)


def test_gumbel_softmax_has_pytorchs_distribution():
    logits = numpy.log(numpy.array([[0.2, 0.5, 0.3]]))
    shares = []
    for library in (wengert, torch):
        library.manual_seed(1)
        x = library.tensor(numpy.repeat(logits, 20000, 0).tolist(), dtype=library.float64, requires_grad=True)
        y = library.nn.functional.gumbel_softmax(x, tau=0.5, hard=True)
        assert set(numpy.unique(y.detach().numpy().round(12))) == {0.0, 1.0}
        soft = library.nn.functional.gumbel_softmax(x, tau=0.5)
        (soft[:, 0] ** 2).sum().backward()
        shares.append((y.detach().numpy().mean(0), soft.detach().numpy().mean(0), x.grad.numpy().mean(0)))
    for ours, theirs in zip(*shares, strict=True):
        numpy.testing.assert_allclose(ours, theirs, atol=0.015)


def test_adaptive_softmax_predicts():
    ours = nn.AdaptiveLogSoftmaxWithLoss(32, 20, [4, 10], dtype=wengert.float64)
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(32, 20, [4, 10], dtype=torch.float64)
    with torch.no_grad():
        for p in theirs.parameters():
            p.mul_(4.0)
    ours.load_state_dict({k: wengert.from_numpy(v.numpy()) for k, v in theirs.state_dict().items()})
    for shift in (-20.0, 0.0, 20.0):  # all in the head, some, all in the clusters
        x = 3 * normal(40, 32)
        with wengert.no_grad(), torch.no_grad():
            a, b = tensors(wengert, [x], "float64", ())[0], tensors(torch, [x], "float64", ())[0]
            numpy.testing.assert_allclose(ours.log_prob(a).numpy(), theirs.log_prob(b).numpy(), rtol=1e-10)
            a[:, 0] += shift
            b[:, 0] += shift
            assert ours.predict(a).tolist() == theirs.predict(b).tolist()
