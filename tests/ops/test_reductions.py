"""Reductions, statistics, running reductions, norms and histograms: bad input, named results, edges, accuracy."""

import copy
import math
import pickle
import warnings

import numpy as np
import pytest

import wengert as t
from wengert.core.promotion import from_array
from wengert.func import vmap

inf, nan = math.inf, math.nan
MATRIX = t.tensor([[1.0, 4.0, 2.0], [3.0, 3.0, 0.0]])

# ------------------------------------------------------------------------------------------------ bad input

REFUSED = [
    ("sum", lambda: t.sum([1.0]), TypeError, "must be Tensor, not list"),
    ("sum", lambda: t.sum(MATRIX, True), TypeError, "argument 'dim' (position 2) must be int, not bool"),
    ("cumsum", lambda: t.cumsum(MATRIX, True), TypeError, "argument 'dim' (position 2) must be int, not bool"),
    ("sum", lambda: t.sum(MATRIX, 2), IndexError, "Dimension out of range"),
    ("sum", lambda: t.sum(MATRIX, (0, -2)), RuntimeError, "dim 0 appears multiple times"),
    ("mean", lambda: t.mean(t.tensor([1, 2])), RuntimeError, "mean(): could not infer output dtype"),
    ("max", lambda: t.max(t.empty(0)), RuntimeError, "max(): Expected reduction dim to be specified"),
    ("max", lambda: t.max(MATRIX[:0], 0), IndexError, "max(): Expected reduction dim 0 to have non-zero size"),
    ("max", lambda: t.max(MATRIX, (0, 1)), TypeError, "max(): argument 'dim'"),
    ("min", lambda: t.min(MATRIX.to(t.complex64)), NotImplementedError, "ComplexFloat"),
    ("aminmax", lambda: t.aminmax(MATRIX, dim=(0,)), TypeError, "aminmax(): argument 'dim'"),
    ("argmax", lambda: t.argmax(t.tensor([True])), RuntimeError, "argmax(): does not support bool input"),
    ("prod", lambda: t.prod(MATRIX, (0, 1)), TypeError, "prod(): argument 'dim'"),
    ("nansum", lambda: t.nansum(MATRIX.to(t.complex64)), RuntimeError, "nansum on CPU does not support complex"),
    ("nanmean", lambda: t.nanmean(t.tensor([1])), RuntimeError, "nanmean(): expected input to have floating point"),
    ("var", lambda: t.var(t.tensor([1, 2])), RuntimeError, "std and var only support floating point and complex"),
    ("var", lambda: t.var(MATRIX, 0, unbiased=True, correction=1), TypeError, "var()"),
    ("median", lambda: t.median(t.tensor([True])), NotImplementedError, '"median_cpu" not implemented for \'Bool\''),
    ("median", lambda: t.median(MATRIX, 5), IndexError, "Dimension out of range"),
    ("mode", lambda: t.mode(t.empty(2, 0)), IndexError, "mode(): Expected reduction dim 1 to have non-zero size"),
    ("quantile", lambda: t.quantile(MATRIX, 1.5), RuntimeError, "quantile() q must be in the range [0, 1] but got 1.5"),
    ("quantile", lambda: t.quantile(t.tensor([1]), 0.5), RuntimeError, "quantile() input tensor must be either float"),
    ("quantile", lambda: t.quantile(t.empty(0), 0.5), RuntimeError, "quantile() input tensor must be non-empty"),
    ("quantile", lambda: t.quantile(MATRIX, 0.5, interpolation="cubic"), RuntimeError, "interpolation must be one of"),
    ("quantile", lambda: t.quantile(MATRIX, None), TypeError, "quantile(): argument 'q'"),
    ("cov", lambda: t.cov(t.ones(2, 2, 2)), RuntimeError, "cov(): expected input to have two or fewer dimensions"),
    ("cov", lambda: t.cov(MATRIX, fweights=t.ones(3)), RuntimeError, "cov(): expected fweights to have integral dtype"),
    ("cov", lambda: t.cov(MATRIX, aweights=-t.ones(3)), RuntimeError, "cov(): aweights cannot be negative"),
    ("cumsum", lambda: t.cumsum(MATRIX, 2), IndexError, "Dimension out of range"),
    ("cumsum", lambda: t.cumsum(MATRIX), TypeError, "cumsum() missing 1 required positional"),
    ("cumprod", lambda: t.cumprod(MATRIX, 0, dtype=t.bool), NotImplementedError, '"cumprod_out_cpu"'),
    ("cummax", lambda: t.cummax(MATRIX.to(t.complex64), 0), NotImplementedError, '"cummax_cpu" not implemented'),
    ("logcumsumexp", lambda: t.logcumsumexp(t.tensor([1]), 0), NotImplementedError, '"logcumsumexp_out_cpu"'),
    ("softmax", lambda: t.softmax(t.tensor([1]), 0), NotImplementedError, '"softmax_lastdim_kernel_impl" not impl'),
    ("vector_norm", lambda: t.linalg.vector_norm(MATRIX, "fro"), TypeError, "argument 'ord' (position 2) must be Numb"),
    ("vector_norm", lambda: t.linalg.vector_norm(t.empty(0), -1), RuntimeError, "cannot compute the -1 norm on an emp"),
    ("vector_norm", lambda: t.linalg.vector_norm(t.tensor([1])), RuntimeError, "linalg.vector_norm: Expected a floati"),
    ("norm", lambda: t.norm(MATRIX, "two"), RuntimeError, "linalg.matrix_norm: Order two not supported."),
    ("dist", lambda: t.dist(t.tensor([1]), t.tensor([2])), RuntimeError, "norm(): input dtype should be either"),
    ("renorm", lambda: t.renorm(MATRIX, 0, 0, 1), RuntimeError, "renorm: non-positive-norm not supported"),
    ("renorm", lambda: t.renorm(MATRIX[0], 2, 0, 1), RuntimeError, "renorm: input needs at least 2 dimensions, got 1"),
    ("cosine_similarity", lambda: t.cosine_similarity(t.tensor([[1]]), t.tensor([[1]])), RuntimeError, "expected comm"),
    ("diff", lambda: t.diff(t.tensor(1.0)), RuntimeError, "diff expects input to be at least one-dimensional"),
    ("diff", lambda: t.diff(MATRIX, -1), RuntimeError, "order must be non-negative but got -1"),
    ("diff", lambda: t.diff(MATRIX, prepend=t.ones(1)), RuntimeError, "diff expects prepend or append to be the same"),
    ("gradient", lambda: t.gradient(MATRIX, edge_order=3), RuntimeError, "torch.gradient only supports edge_order=1"),
    ("gradient", lambda: t.gradient(MATRIX, spacing=[1.0]), RuntimeError, "torch.gradient expected spacing to be"),
    ("gradient", lambda: t.gradient(t.ones(1)), RuntimeError, "torch.gradient expected each dimension size to be"),
    ("trapezoid", lambda: t.trapezoid(t.tensor(1.0)), IndexError, "Dimension specified as -1 but tensor has no dim"),
    ("trapezoid", lambda: t.trapezoid(MATRIX, t.ones(2)), RuntimeError, "trapezoid: There must be one `x` value"),
    ("histc", lambda: t.histc(MATRIX, 0), RuntimeError, "bins must be > 0"),
    ("histc", lambda: t.histc(MATRIX, 3, 2, 1), RuntimeError, "torch.histc: max must be larger than min"),
    ("histc", lambda: t.histc(t.tensor([nan])), RuntimeError, "torch.histc: range of [nan, nan] is not finite"),
    ("histogram", lambda: t.histogram(MATRIX, 3, range=(2.0, 1.0)), RuntimeError, "min should not exceed max"),
    ("histogram", lambda: t.histogram(MATRIX, 3, weight=t.ones(1)), RuntimeError, "weight tensor is provided"),
    ("bincount", lambda: t.bincount(t.tensor([-1])), RuntimeError, "bincount only supports 1-d non-negative"),
    ("bincount", lambda: t.bincount(t.tensor([1.0])), NotImplementedError, '"bincount_cpu" not implemented'),
]


@pytest.mark.parametrize("call, kind, sentence", [entry[1:] for entry in REFUSED], ids=[
    f"{entry[0]}-{i}" for i, entry in enumerate(REFUSED)])  # fmt: skip
def test_refused(call, kind, sentence):
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind and sentence in str(caught.value)


def test_no_degrees_of_freedom_are_warned_of():
    with pytest.warns(UserWarning, match=r"var\(\): degrees of freedom is <= 0"):
        assert t.var(t.tensor([1.0])).isnan()
    with pytest.warns(UserWarning, match=r"cov\(\): degrees of freedom is <= 0"):
        t.cov(MATRIX, correction=5)


# ------------------------------------------------------------------------------------------------ named results


def test_results_have_names_and_print_as_in_pytorch():
    found = t.max(MATRIX, 1)
    assert found.values is found[0] and found.indices is found[1] and type(found).__name__ == "max"
    assert repr(found) == "wengert.return_types.max(\nvalues=tensor([4., 3.]),\nindices=tensor([1, 0]))"
    assert isinstance(found, t.return_types.max) and len(found) == 2
    for name in ("median", "nanmedian", "mode", "cummax", "cummin", "sort", "topk", "kthvalue", "aminmax", "histogram"):
        assert hasattr(t.return_types, name)
    assert t.aminmax(MATRIX).min.item() == 0.0 and t.histogram(MATRIX, 2).bin_edges.shape == (3,)
    kept = pickle.loads(pickle.dumps(found))
    assert type(kept) is type(found) and t.equal(kept.values, found.values)
    assert type(copy.deepcopy(found)) is type(found)


def test_results_are_trees_for_transforms():
    values, indices = vmap(lambda x: t.max(x, 0))(MATRIX)
    assert values.tolist() == [4.0, 3.0] and indices.tolist() == [1, 0]


@pytest.mark.parametrize("name", ["max", "min", "median", "nanmedian", "mode", "cummax", "cummin"])
def test_several_results_are_written_into_out(name):
    out = t.empty(0), t.empty(0, dtype=t.int64)
    found = getattr(t, name)(MATRIX, 1, out=out)
    assert found[0] is out[0] and found[1] is out[1]
    expected = getattr(t, name)(MATRIX, 1)
    assert t.equal(out[0], expected.values) and t.equal(out[1], expected.indices)


def test_numpy_spellings_of_arguments():
    assert MATRIX.std(axis=0).tolist() == MATRIX.std(0).tolist()
    assert t.max(MATRIX, axis=1, keepdims=True).values.shape == (2, 1)
    with pytest.raises(TypeError):
        t.var(MATRIX, dim=0, axis=0)


# ------------------------------------------------------------------------------------------------ NaN, ties, zeros


def gradient(function, *values):
    x = t.tensor(values, dtype=t.float64, requires_grad=True)
    (g,) = t.autograd.grad(function(x), x)
    return g.tolist()


def test_equal_extremes_share_the_gradient_and_along_a_dim_the_first_takes_it():
    assert gradient(t.max, 1.0, 3.0, 3.0) == [0.0, 0.5, 0.5]
    assert gradient(t.amin, 1.0, 1.0, 3.0) == [0.5, 0.5, 0.0]
    assert gradient(lambda x: t.max(x, 0).values, 1.0, 3.0, 3.0) == [0.0, 1.0, 0.0]
    assert gradient(t.median, 2.0, 1.0, 2.0, 3.0) == [0.5, 0.0, 0.5, 0.0]
    assert sum(gradient(lambda x: t.median(x, 0).values, 2.0, 1.0, 2.0, 3.0)) == 1.0
    assert gradient(lambda x: t.mode(x).values, 2.0, 1.0, 2.0) == [0.0, 0.0, 1.0]


def test_nan_is_the_extreme_and_the_median_and_takes_the_gradient():
    x = t.tensor([1.0, nan, 3.0])
    assert t.max(x).isnan() and t.median(x).isnan() and t.max(x, 0).indices.item() == 1
    assert t.median(x, 0).indices.item() == 1 and t.nanmedian(x).item() == 1.0
    assert gradient(t.max, 1.0, nan, 3.0) == [0.0, 1.0, 0.0]
    assert gradient(t.nanmedian, 1.0, nan, 3.0) == [1.0, 0.0, 0.0]
    assert t.cummax(t.tensor([1.0, nan, 5.0]), 0).indices.tolist() == [0, 1, 1]
    assert gradient(t.nansum, 1.0, nan) == [1.0, 0.0] and gradient(t.nanmean, 1.0, nan, 2.0) == [0.5, 0.0, 0.5]


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 3, inf, -inf, -1])
def test_a_norm_of_zeros_has_no_slope(p):
    assert gradient(lambda x: t.linalg.vector_norm(x, p), 0.0, 0.0) == [0.0, 0.0]
    with_zero = gradient(lambda x: t.linalg.vector_norm(x, p), 0.0, 2.0)
    assert with_zero[0] == 0.0 and (with_zero[1] == 1.0 if p > 0 else with_zero[1] == 0.0)


def test_running_products_have_exact_derivatives_at_zeros():
    x = t.tensor([2.0, 0.0, 3.0, 0.0, 5.0], dtype=t.float64)
    assert t.autograd.gradcheck(lambda x: t.cumprod(x, 0), (x.requires_grad_(),))
    assert t.autograd.gradgradcheck(lambda x: t.cumprod(x, 0), (x,))
    assert t.autograd.gradcheck(t.prod, (x,)) and t.autograd.gradgradcheck(t.prod, (x,))
    matrix = t.tensor([[2.0, 0.0], [0.0, 3.0]], dtype=t.float64, requires_grad=True)
    for dim in (0, 1, None):
        assert t.autograd.gradgradcheck(lambda x, dim=dim: t.prod(x, dim), (matrix,))


def test_products_over_several_dims_have_derivatives_at_zeros():
    from wengert.ops.reductions import product

    x = t.tensor([[[2.0, 0.0], [1.0, 3.0]], [[0.0, 0.0], [4.0, 5.0]]], dtype=t.float64, requires_grad=True)
    for dim in ((0, 2), (1,), (-1, 0), None):
        assert t.autograd.gradcheck(lambda x, dim=dim: product(x, dim), (x,))


def test_logcumsumexp_neither_overflows_nor_loses_its_gradient():
    x = t.tensor([-inf, 1000.0, -1000.0, 1001.0], dtype=t.float64, requires_grad=True)
    y = t.logcumsumexp(x, 0)
    assert y[0].item() == -inf and y[1].item() == 1000.0
    np.testing.assert_allclose(y[3].item(), 1000 + np.log(1 + np.e), rtol=1e-15)
    (g,) = t.autograd.grad(y[3], x)
    np.testing.assert_allclose(g.numpy(), [0.0, 1 / (1 + np.e), 0.0, np.e / (1 + np.e)], rtol=1e-13, atol=1e-300)


def test_long_running_products_take_linear_time():
    x = t.ones(200_000, dtype=t.float64, requires_grad=True)
    (g,) = t.autograd.grad(t.cumprod(x, 0).sum(), x)
    assert g[0].item() == 200_000 and g[-1].item() == 1


# ------------------------------------------------------------------------------------------------ accuracy


@pytest.mark.parametrize("dtype", [t.float16, t.bfloat16])
def test_half_precision_is_added_up_in_single(dtype):
    x = t.full((4096,), 1.0009765625 if dtype is t.float16 else 1.0, dtype=dtype)
    for found, expected in (
        (t.sum(x), x.double().sum()), (t.mean(x), x.double().mean()), (t.cumsum(x, 0)[-1], x.double().sum()),
        (t.norm(x), x.double().norm()), (t.linalg.vector_norm(x, 3), t.linalg.vector_norm(x.double(), 3)),
    ):  # fmt: skip
        assert found.dtype is dtype
        np.testing.assert_allclose(found.double().item(), expected.item(), rtol=2**-8)
    large = t.tensor([60000.0, 60002.0, 59000.0], dtype=t.float32).to(dtype)
    np.testing.assert_allclose(t.std(large).double().item(), large.double().std().item(), rtol=2**-7, atol=2**-7)


def test_variance_of_large_numbers_keeps_its_digits():
    x = t.tensor([1e6 + 1, 1e6 + 2, 1e6 + 3], dtype=t.float32)
    assert t.var(x).item() == 1.0


def test_views_and_broadcast_memory_are_left_as_they_were():
    base = np.arange(24.0).reshape(4, 6)
    kept = base.copy()
    for view in (base[::-1, ::-2], base.T, np.broadcast_to(base[0], (3, 6))):
        x = from_array(view)
        for function in (t.median, t.std, t.cumsum, t.cummax, t.mode, t.prod, t.logcumsumexp):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                y = function(x, 0)
            z = function(from_array(view.copy()), 0)
            first = [a[0] if isinstance(a, tuple) else a for a in (y, z)]
            assert t.equal(*first)
        assert np.array_equal(base, kept)


# ------------------------------------------------------------------------------------------------ vmap


def test_values_that_decide_on_shapes_are_refused_under_vmap():
    for function in (t.bincount, lambda x: t.histogram(x.float(), 2).hist):
        with pytest.raises(RuntimeError, match="vmap"):
            vmap(function)(t.tensor([[1, 2], [0, 1]]))


def test_histc_under_vmap_has_a_range_for_each_entry():
    x = t.tensor([[0.0, 1.0, 2.0], [0.0, 10.0, 20.0]])
    assert vmap(lambda x: t.histc(x, 2))(x).tolist() == [[1.0, 2.0], [1.0, 2.0]]


def test_weighted_counts_are_differentiable():
    w = t.tensor([1.0, 2.0, 3.0], requires_grad=True)
    counts = t.bincount(t.tensor([1, 0, 1]), w)
    assert counts.tolist() == [2.0, 4.0]
    (g,) = t.autograd.grad((counts * t.tensor([10.0, 20.0])).sum(), w)
    assert g.tolist() == [20.0, 10.0, 20.0]
