"""`embedding_bag` with its four results, and the masks of attention, against PyTorch's."""

import itertools

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle

WEIGHT = numpy.random.default_rng(3).standard_normal((6, 3))


def outcome(call):
    """What a call gives: arrays and the gradient of the first result; or the type and the start of what it raises."""
    found = []
    for library in (wengert, torch):
        try:
            weight = library.from_numpy(WEIGHT.copy()).requires_grad_()
            results = call(library, weight)
            results[0].sum().backward()
            found.append([*[x.detach().float().numpy() for x in results], weight.grad.numpy(),
                          *[str(x.dtype).partition(".")[2] for x in results],
                          [x.requires_grad for x in results]])  # fmt: skip
        except (RuntimeError, TypeError) as error:
            found.append([type(error).__name__, *str(error).split()[:4]])
    return found


def check(call):
    ours, theirs = outcome(call)
    assert len(ours) == len(theirs), (ours, theirs)
    for x, y in zip(ours, theirs, strict=True):
        numpy.testing.assert_equal(x, y) if not isinstance(x, numpy.ndarray) else numpy.testing.assert_allclose(
            x, y, rtol=1e-6, atol=1e-6
        )


DTYPES = ["float64", "float32", "bfloat16", "float16"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", [0, 1, 2])
def test_results(mode, dtype):
    for padding, kind, (places, offsets, last) in itertools.product(
        (None, 1, -1), ("int64", "int32"),
        (([0, 1, 2, 5, 5], [0, 2, 2], False), ([0, 1, 2, 5, 5], [0, 2, 2, 5], True), ([1, 1], [0], False),
         ([], [0, 0], False), ([], [], False)),
    ):  # fmt: skip
        def call(t, weight, padding=padding, kind=kind, places=places, offsets=offsets, last=last):
            indices, starts = [t.tensor(x, dtype=getattr(t, kind)) for x in (places, offsets)]
            weight = weight.to(getattr(t, dtype))
            # Frequencies do not scale the gradient of the largest values.
            more = () if padding is None else (padding,)
            return t.embedding_bag(weight, indices, starts, mode == 2, mode, False, None, last, *more)

        check(call)


def test_weights_of_samples():
    check(lambda t, w: t.embedding_bag(
        w, t.tensor([0, 1, 1]), t.tensor([0, 2]), per_sample_weights=t.tensor([1.0, 2.0, 3.0], dtype=t.float64)
    ))  # fmt: skip


WRONG = {
    "mode": lambda t, w: t.embedding_bag(w, t.tensor([0]), t.tensor([0]), mode=3),
    "weights of a mean": lambda t, w: t.embedding_bag(w, t.tensor([0]), t.tensor([0]), False, 1, False, w[0, :1]),
    "a vector": lambda t, w: t.embedding_bag(w[0], t.tensor([0]), t.tensor([0])),
    "offsets of two dimensions": lambda t, w: t.embedding_bag(w, t.tensor([0]), t.tensor([[0]])),
    "float positions": lambda t, w: t.embedding_bag(w, t.tensor([0.0]), t.tensor([0])),
    "not from 0 on": lambda t, w: t.embedding_bag(w, t.tensor([0, 1]), t.tensor([1])),
    "padding": lambda t, w: t.embedding_bag(w, t.tensor([0]), t.tensor([0]), False, 0, False, None, False, -7),
    "no offsets": lambda t, w: t.embedding_bag(w, t.tensor([0]), t.tensor([0]), out=3),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors(name):
    ours, theirs = outcome(WRONG[name])
    assert isinstance(theirs[0], str), "PyTorch takes this"
    assert ours == theirs


def test_merged_masks():
    for pad, mask, (own, theirs) in itertools.product(
        (None, (2, 3)), (None, (3, 3), (4, 3, 3)),
        [[t.nn.MultiheadAttention(4, 2) for t in (wengert, torch)]],
    ):  # fmt: skip
        found = []
        for t, attention in ((wengert, own), (torch, theirs)):
            given = [None if s is None else t.arange(float(numpy.prod(s))).reshape(s) for s in (mask, pad)]
            merged, kind = attention.merge_masks(*given, t.zeros(2, 3, 4))
            found.append((kind, None if merged is None else merged.tolist()))
        assert found[0] == found[1]
