"""`scaled_dot_product_attention` against PyTorch's: masks, scale, heads, derivatives, errors."""

import numpy
import pytest

torch = pytest.importorskip("torch")
import wengert  # noqa: E402

pytestmark = pytest.mark.oracle

RNG = numpy.random.default_rng(5)
BOOLEANS = RNG.random((7, 5)) < 0.6
BOOLEANS[3] = False  # a query that may look at nothing
ADDED = numpy.where(BOOLEANS, RNG.standard_normal((7, 5)), -numpy.inf)
SHAPES = {
    "matrices": ((7, 4), (5, 4), (5, 6)),
    "batch": ((3, 7, 4), (3, 5, 4), (3, 5, 6)),
    "heads": ((2, 3, 7, 4), (2, 3, 5, 4), (2, 3, 5, 6)),
    "broadcast": ((2, 3, 7, 4), (1, 3, 5, 4), (1, 1, 5, 6)),
}
OPTIONS = {
    "plain": {},
    "causal": {"is_causal": True},
    "scale": {"scale": 0.3},
    "scale-zero": {"scale": 0.0},
    "booleans": {"attn_mask": BOOLEANS},
    "added": {"attn_mask": ADDED},
    "added-row": {"attn_mask": RNG.standard_normal((1, 5))},
    "nothing-kept": {"dropout_p": 1.0},
}


def run(library, shapes, options, dtype, second=False):
    rng = numpy.random.default_rng(2)
    tensors = [library.from_numpy(rng.standard_normal(s).astype(dtype)).requires_grad_() for s in shapes]
    options = {
        key: library.from_numpy(x if x.dtype.kind == "b" else x.astype(dtype)) if isinstance(x, numpy.ndarray) else x
        for key, x in options.items()
    }
    out = library.nn.functional.scaled_dot_product_attention(*tensors, **options)
    weight = library.from_numpy(rng.standard_normal(tuple(out.shape)).astype(dtype))
    first = library.autograd.grad((out * weight).sum(), tensors, create_graph=second)
    found = [out, *first]
    if second:
        total = sum([(g * g).sum() for g in first])
        found += library.autograd.grad(total, tensors)
    return [x.detach().numpy() for x in found]


def compare(shapes, options, dtype="float64", second=False):
    ours, theirs = [run(library, shapes, options, dtype, second) for library in (wengert, torch)]
    tolerance = 1e-11 if dtype == "float64" else 2e-5
    for x, y in zip(ours, theirs, strict=True):
        assert x.shape == y.shape and x.dtype == y.dtype
        numpy.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_values_and_gradients(shape, option, dtype):
    compare(SHAPES[shape], OPTIONS[option], dtype)


@pytest.mark.parametrize("option", ["plain", "causal", "booleans", "added"])
def test_second_derivative(option):
    compare(SHAPES["heads"], OPTIONS[option], second=True)


@pytest.mark.parametrize("heads", [(6, 3, 3), (6, 2, 3), (4, 4, 1), (3, 3, 3)])
def test_grouped_heads(heads):
    shapes = [(2, h, n, e) for h, n, e in zip(heads, (7, 5, 5), (4, 4, 6), strict=True)]
    compare(shapes, {"enable_gqa": True, "attn_mask": BOOLEANS})


@pytest.mark.parametrize("shapes", [
    ((1, 0, 4), (1, 2, 4), (1, 2, 2)), ((1, 2, 4), (1, 0, 4), (1, 0, 2)), ((1, 2, 0), (1, 3, 0), (1, 3, 2)),
    ((0, 2, 3), (0, 4, 3), (0, 4, 2)), ((1, 5, 4), (1, 3, 4), (1, 3, 2)),
])  # fmt: skip
def test_empty_and_more_queries_than_keys(shapes):
    compare(shapes, {"is_causal": True})
    compare(shapes, {})


def test_mask_with_gradient_and_half():
    found = []
    for library in (wengert, torch):
        rng = numpy.random.default_rng(3)
        q, k, v, mask = [
            library.from_numpy(rng.standard_normal(s)).requires_grad_() for s in ((3, 4), (5, 4), (5, 2), (3, 5))
        ]
        library.nn.functional.scaled_dot_product_attention(q, k, v, mask).pow(2).sum().backward()
        found.append([x.grad.numpy() for x in (q, k, v, mask)])
        half = [x.detach().half() for x in (q, k, v)]
        out = library.nn.functional.scaled_dot_product_attention(*half)
        found[-1].append(out.float().numpy() / 1e8)
        assert out.dtype is library.float16
    for x, y in zip(*found, strict=True):
        numpy.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-11)


def attend(t):
    return t.nn.functional.scaled_dot_product_attention


BAD = {
    "one dimension": lambda t, z: attend(t)(z(4), z(5, 4), z(5, 4)),
    "features": lambda t, z: attend(t)(z(2, 3, 7, 4), z(2, 3, 5, 5), z(2, 3, 5, 6)),
    "lengths": lambda t, z: attend(t)(z(2, 3, 7, 4), z(2, 3, 5, 4), z(2, 3, 6, 6)),
    "dtypes": lambda t, z: attend(t)(z(2, 3, 7, 4), z(2, 3, 5, 4).double(), z(2, 3, 5, 6)),
    "mask dtype": lambda t, z: attend(t)(z(7, 4), z(5, 4), z(5, 6), attn_mask=z(7, 5).double()),
    "mask of integers": lambda t, z: attend(t)(z(7, 4), z(5, 4), z(5, 6), attn_mask=z(7, 5).long()),
    "mask shape": lambda t, z: attend(t)(z(2, 3, 7, 4), z(2, 3, 5, 4), z(2, 3, 5, 6), attn_mask=z(7, 6)),
    "mask and causal": lambda t, z: attend(t)(z(7, 4), z(5, 4), z(5, 6), attn_mask=z(7, 5), is_causal=True),
    "heads": lambda t, z: attend(t)(z(2, 5, 7, 4), z(2, 3, 5, 4), z(2, 3, 5, 6), enable_gqa=True),
    "heads without groups": lambda t, z: attend(t)(z(2, 6, 7, 4), z(2, 3, 5, 4), z(2, 3, 5, 6)),
    "dropout": lambda t, z: attend(t)(z(7, 4), z(5, 4), z(5, 6), dropout_p=1.5),
    "integers": lambda t, z: attend(t)(z(2, 4).long(), z(2, 4).long(), z(2, 4).long()),
    "a number": lambda t, z: attend(t)(1, 2, 3),
    "scale": lambda t, z: attend(t)(z(7, 4), z(5, 4), z(5, 6), scale="a"),
}


@pytest.mark.parametrize("name", BAD)
def test_errors(name):
    with pytest.raises(Exception) as expected:
        BAD[name](torch, torch.zeros)
    with pytest.raises(type(expected.value)) as found:
        BAD[name](wengert, wengert.zeros)
    # Of integers PyTorch complains in the words of whatever product it reaches first.
    assert name == "integers" or str(found.value).startswith(str(expected.value).strip().rstrip("."))
