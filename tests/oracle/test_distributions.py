"""Distributions in both libraries: densities, distribution functions, moments, entropies, divergences, and derivatives.

The table has one row for each distribution: how it is made in a library `t` from its module `d` of distributions, and
values. Parameters come from `x(...)`, tensors whose gradients are compared.
"""

import itertools
import math
import warnings

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

LIBRARIES = (wengert, torch)

# name -> (make(d, x), values)
CASES = {
    "Bernoulli": (lambda d, x: d.Bernoulli(x([0.2, 0.5, 0.7])), [0.0, 1.0, 1.0]),
    "Bernoulli of logits": (lambda d, x: d.Bernoulli(logits=x([-2.0, 0.5])), [[0.0, 1.0], [1.0, 0.0]]),
    "Beta": (lambda d, x: d.Beta(x([0.5, 2.0, 1.5]), x([1.5, 3.0, 0.7])), [0.2, 0.5, 0.9]),
    "Binomial": (lambda d, x: d.Binomial(5, x([0.2, 0.7])), [[0.0, 3.0], [5.0, 4.0]]),
    "Binomial of logits": (lambda d, x: d.Binomial(5, logits=x([0.2, -0.7])), [2.0, 3.0]),
    "Categorical": (lambda d, x: d.Categorical(x([[0.2, 0.5, 0.7], [1.0, 2.0, 0.5]])), [2, 0]),
    "Categorical of logits": (lambda d, x: d.Categorical(logits=x([0.2, -0.5, 0.7])), [[2], [1]]),
    "Cauchy": (lambda d, x: d.Cauchy(x([0.0, 1.0]), x([1.0, 2.0])), [0.5, -3.0]),
    "Chi2": (lambda d, x: d.Chi2(x([1.0, 4.0])), [0.5, 3.0]),
    "ContinuousBernoulli": (lambda d, x: d.ContinuousBernoulli(x([0.1, 0.5, 0.4995, 0.8])), [0.2, 0.3, 0.9, 0.4]),
    "ContinuousBernoulli of logits": (lambda d, x: d.ContinuousBernoulli(logits=x([-2.0, 0.3])), [0.2, 0.3]),
    "Dirichlet": (lambda d, x: d.Dirichlet(x([[0.5, 1.5, 2.0], [3.0, 2.0, 4.0]])), [[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]),
    "Exponential": (lambda d, x: d.Exponential(x([0.5, 2.0])), [0.3, 4.0]),
    "FisherSnedecor": (lambda d, x: d.FisherSnedecor(x([3.0, 5.0]), x([5.0, 9.0])), [0.3, 4.0]),
    "Gamma": (lambda d, x: d.Gamma(x([0.5, 2.0, 9.0]), x([1.0, 0.5, 3.0])), [0.3, 4.0, 2.0]),
    "GeneralizedPareto": (
        lambda d, x: d.GeneralizedPareto(x([0.0, 1.0, 0.5]), x([1.0, 2.0, 1.0]), x([0.3, -0.4, 0.0])), [0.3, 4.0, 2.0]
    ),
    "Geometric": (lambda d, x: d.Geometric(x([0.3, 0.9])), [0.0, 3.0]),
    "Geometric of logits": (lambda d, x: d.Geometric(logits=x([0.3, -0.9])), [0.0, 3.0]),
    "Gumbel": (lambda d, x: d.Gumbel(x([0.0, 1.0]), x([1.0, 2.0])), [0.5, -3.0]),
    "HalfCauchy": (lambda d, x: d.HalfCauchy(x([1.0, 2.0])), [0.5, 3.0]),
    "HalfNormal": (lambda d, x: d.HalfNormal(x([1.0, 2.0])), [0.5, 3.0]),
    "Independent": (lambda d, x: d.Independent(d.Normal(x([[0.0, 1.0]]), x([1.0, 2.0])), 1), [[0.5, -3.0]]),
    "InverseGamma": (lambda d, x: d.InverseGamma(x([0.5, 3.5]), x([1.0, 2.0])), [0.5, 3.0]),
    "Kumaraswamy": (lambda d, x: d.Kumaraswamy(x([0.5, 2.0]), x([0.7, 3.0])), [0.5, 0.3]),
    "LKJCholesky": (
        lambda d, x: d.LKJCholesky(3, x([0.5, 2.0])), [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.6, 0.8]]
    ),
    "Laplace": (lambda d, x: d.Laplace(x([0.0, 1.0]), x([1.0, 2.0])), [0.5, -3.0]),
    "LogNormal": (lambda d, x: d.LogNormal(x([0.0, 1.0]), x([1.0, 0.5])), [0.5, 3.0]),
    "LogisticNormal": (lambda d, x: d.LogisticNormal(x([0.0, 1.0]), x([1.0, 2.0])), [0.2, 0.3, 0.5]),
    "LowRankMultivariateNormal": (
        lambda d, x: d.LowRankMultivariateNormal(x([0.0, 1.0, 2.0]), x([[1.0], [0.5], [-2.0]]), x([1.0, 2.0, 0.5])),
        [[0.2, 0.3, 0.5], [1.0, 0.0, 2.0]],
    ),
    "MixtureSameFamily": (
        lambda d, x: d.MixtureSameFamily(d.Categorical(x([0.2, 0.5, 0.7])), d.Normal(x([0.0, 1.0, 3.0]), x([1.0]))),
        [0.5, -3.0],
    ),
    "MixtureSameFamily of vectors": (
        lambda d, x: d.MixtureSameFamily(
            d.Categorical(logits=x([0.2, 0.5])), d.Independent(d.Laplace(x([[0.0, 1.0], [2.0, 1.0]]), x([1.0, 2.0])), 1)
        ),
        [[0.5, -3.0]],
    ),
    "Multinomial": (lambda d, x: d.Multinomial(5, x([0.2, 0.5, 0.3])), [[1.0, 3.0, 1.0], [0.0, 0.0, 5.0]]),
    "MultivariateNormal": (
        lambda d, x: d.MultivariateNormal(x([0.0, 1.0]), x([[2.0, 0.5], [0.5, 1.0]])), [[0.2, 0.3], [1.0, 0.0]]
    ),
    "MultivariateNormal of precisions": (
        lambda d, x: d.MultivariateNormal(x([0.0, 1.0]), precision_matrix=x([[2.0, 0.5], [0.5, 1.0]])), [0.2, 0.3]
    ),
    "MultivariateNormal of factors": (
        lambda d, x: d.MultivariateNormal(x([[0.0, 1.0]]), scale_tril=x([[2.0, 0.0], [0.5, 1.0]])), [[0.2, 0.3]]
    ),
    "NegativeBinomial": (lambda d, x: d.NegativeBinomial(x([3.0, 0.5]), x([0.2, 0.7])), [2.0, 0.0]),
    "NegativeBinomial of logits": (lambda d, x: d.NegativeBinomial(x([3.0, 0.5]), logits=x([0.2, -0.7])), [2.0, 0.0]),
    "Normal": (lambda d, x: d.Normal(x([0.0, 1.0]), x([1.0, 2.0])), [0.5, -3.0]),
    "OneHotCategorical": (lambda d, x: d.OneHotCategorical(x([0.2, 0.5, 0.7])), [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]),
    "OneHotCategoricalStraightThrough": (
        lambda d, x: d.OneHotCategoricalStraightThrough(x([0.2, 0.5, 0.7])), [0.0, 1.0, 0.0]
    ),
    "Pareto": (lambda d, x: d.Pareto(x([1.0, 0.5]), x([3.0, 1.5])), [1.5, 3.0]),
    "Poisson": (lambda d, x: d.Poisson(x([3.0, 0.5])), [1.0, 4.0]),
    "RelaxedBernoulli": (
        lambda d, x: d.RelaxedBernoulli(x(0.7), probs=x([0.3, 0.6])), [0.2, 0.9]
    ),
    "RelaxedBernoulli of logits": (
        lambda d, x: d.RelaxedBernoulli(x(0.7), logits=x([0.3, 0.6])), [0.2, 0.9]
    ),
    "RelaxedOneHotCategorical": (
        lambda d, x: d.RelaxedOneHotCategorical(x(0.7), probs=x([0.2, 0.5, 0.3])), [0.2, 0.2, 0.6]
    ),
    "StudentT": (lambda d, x: d.StudentT(x([3.0, 1.5]), x([0.0, 1.0]), x([1.0, 2.0])), [0.5, -3.0]),
    "TransformedDistribution": (
        lambda d, x: d.TransformedDistribution(
            d.Normal(x([0.0, 1.0]), x([1.0, 2.0])), [d.AffineTransform(1.0, x([-2.0, 3.0])), d.SigmoidTransform()]
        ),
        [0.4, 0.8],
    ),
    "Uniform": (lambda d, x: d.Uniform(x([0.0, 1.0]), x([1.0, 4.0])), [0.5, 3.0]),
    "VonMises": (lambda d, x: d.VonMises(x([0.0, 1.0]), x([0.5, 4.0])), [0.5, -3.0]),
    "Weibull": (lambda d, x: d.Weibull(x([1.0, 2.0]), x([1.5, 3.0])), [0.5, 3.0]),
    "Wishart": (lambda d, x: d.Wishart(x(3.5), x([[2.0, 0.5], [0.5, 1.0]])), [[1.0, 0.3], [0.3, 2.0]]),
    "Wishart of factors": (
        lambda d, x: d.Wishart(x([3.5, 2.5]), scale_tril=x([[2.0, 0.0], [0.5, 1.0]])), [[1.0, 0.3], [0.3, 2.0]]
    ),
}  # fmt: skip

# What is asked of each: a function of (distribution, value).
QUESTIONS = {
    "log_prob": lambda p, v: p.log_prob(v),
    "cdf": lambda p, v: p.cdf(v),
    "icdf": lambda p, v: p.icdf(v * 0 + 0.3),
    "entropy": lambda p, v: p.entropy(),
    "perplexity": lambda p, v: p.perplexity(),
    "mean": lambda p, v: p.mean,
    "mode": lambda p, v: p.mode,
    "variance": lambda p, v: p.variance,
    "stddev": lambda p, v: p.stddev,
    "covariance_matrix": lambda p, v: p.covariance_matrix,
    "precision_matrix": lambda p, v: p.precision_matrix,
    "scale_tril": lambda p, v: p.scale_tril,
    "enumerate_support": lambda p, v: p.enumerate_support(),
    "enumerate_support, not expanded": lambda p, v: p.enumerate_support(expand=False),
    "log_prob, expanded": lambda p, v: p.expand((2, *p.batch_shape)).log_prob(v),
    "entropy, expanded": lambda p, v: p.expand((2, *p.batch_shape)).entropy(),
    "probs": lambda p, v: p.probs,
    "logits": lambda p, v: p.logits,
    "log_cdf": lambda p, v: p.log_cdf(v),
    "log_survival_function": lambda p, v: p.log_survival_function(v),
}  # fmt: skip

# Where we know better, and why.
BETTER = {
    ("Kumaraswamy", "mode"): "PyTorch's formula takes log1p below -1 and gives NaN for every mode inside",
}  # fmt: skip

# Where PyTorch's own value is as good as single precision, whatever the dtype: a constant in float32, a polynomial.
SINGLE = ("Multinomial", "VonMises")
# PyTorch compares a parameter in double precision with a float32 tensor, and raises.
FLOAT32_ONLY = ("GeneralizedPareto",)
# A factor's elements above the diagonal are not read; PyTorch gives them a gradient all the same.
LOWER_ONLY = ("MultivariateNormal of factors", "Wishart of factors")


def parameters_of(t, dtype):
    made = []

    def x(values):
        made.append(t.tensor(values, dtype=getattr(t, dtype), requires_grad=True))
        return made[-1]

    return x, made


def answer(t, case: str, question: str, dtype: str):
    """(the answer, its gradients in the parameters), or the type of the error."""
    make, values = CASES[case]
    x, parameters = parameters_of(t, dtype)
    value = t.tensor(values) if isinstance(np.ravel(values).tolist()[0], int) else t.tensor(
        values, dtype=getattr(t, dtype)
    )
    try:
        found = QUESTIONS[question](make(t.distributions, x), value)
    except (NotImplementedError, AttributeError) as error:
        return type(error).__name__, None
    try:
        gradients = t.autograd.grad(found.sum(), parameters, allow_unused=True) if found.requires_grad else None
    except NotImplementedError:
        gradients = None
    return found, gradients


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("case", CASES)
def test_answers(case, question):
    if (case, question) in BETTER:
        pytest.skip(BETTER[case, question])
    for dtype, tolerance in (("float64", 1e-6 if case in SINGLE else 1e-9), ("float32", 2e-4)):
        if dtype == "float64" and case in FLOAT32_ONLY:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs, their_gradients = answer(torch, case, question, dtype)
        ours, our_gradients = answer(wengert, case, question, dtype)
        if isinstance(theirs, str):
            if theirs == "AttributeError" or isinstance(ours, str):
                assert ours == theirs or not isinstance(ours, str), (case, question)
            continue
        assert not isinstance(ours, str), f"{ours}, PyTorch gives {theirs}"
        assert tuple(ours.shape) == tuple(theirs.shape)
        assert str(ours.dtype).split(".")[1] == str(theirs.dtype).split(".")[1]
        np.testing.assert_allclose(
            ours.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance, err_msg=f"{case} {dtype}"
        )
        if our_gradients is None or their_gradients is None:
            continue
        for mine, other in zip(our_gradients, their_gradients, strict=True):
            mine = np.zeros(()) if mine is None else mine.numpy()
            other = np.zeros(()) if other is None else other.numpy()
            if case in LOWER_ONLY and other.ndim == 2:
                mine, other = np.tril(mine), np.tril(other)
            mine, other = np.broadcast_arrays(mine, other)
            # Where a moment is infinite, PyTorch's formulas leave a gradient that is no number.
            kept = np.isfinite(other)
            np.testing.assert_allclose(
                mine[kept], other[kept], rtol=30 * tolerance, atol=30 * tolerance, err_msg=f"{case} {dtype}"
            )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_shapes_text_and_constraints(case):
    described = []
    for t in LIBRARIES:
        x, _ = parameters_of(t, "float32" if case in FLOAT32_ONLY else "float64")
        p = CASES[case][0](t.distributions, x)
        q = p.expand((4, *p.batch_shape))
        described.append([
            tuple(p.batch_shape), tuple(p.event_shape), tuple(q.batch_shape), tuple(q.event_shape),
            tuple(p.sample((2, 1)).shape), str(p.sample().dtype).split(".")[1], tuple(q.sample((2,)).shape),
            p.has_rsample, p.has_enumerate_support, p.support.is_discrete, p.support.event_dim,
            sorted(p.arg_constraints), repr(p).replace("wengert.", "torch.").replace("torch.Size", "Size"),
            type(p.support).__name__,
        ])  # fmt: skip
    assert described[0] == described[1]


PAIRS = [
    (type_p, type_q) for type_p, type_q in torch.distributions.kl._KL_REGISTRY
    if type_p.__name__ not in ("ExponentialFamily",)
]  # fmt: skip


def _of_type(name: str, which: int):
    """A distribution of a type, one of two for each."""
    special = {
        "Independent": lambda d, x: d.Independent(d.Normal(x([0.0, 1.0 + which]), x([1.0, 2.0])), 1),
        "TransformedDistribution": lambda d, x: d.TransformedDistribution(
            d.Normal(x([0.0, 1.0 + which]), x([1.0, 2.0])), [d.ExpTransform()]
        ),
        "Uniform": lambda d, x: d.Uniform(x([0.2, 0.1]), x([0.9, 0.5])) if which == 0 else d.Uniform(
            x([-0.2, 0.15]), x([1.9, 0.4])
        ),
        "Pareto": lambda d, x: d.Pareto(x([1.5, 1.0]), x([3.0, 1.5])) if which == 0 else d.Pareto(
            x([0.15, 1.2]), x([2.0, 2.5])
        ),
        "Binomial": lambda d, x: d.Binomial(3, x([0.2, 0.7] if which == 0 else [0.5, 0.6])),
        "Dirichlet": lambda d, x: d.Dirichlet(x([0.5, 1.5, 2.0 + which])),
        "MultivariateNormal": lambda d, x: d.MultivariateNormal(
            x([0.0, 1.0, which]), x([[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 1.0 + which]])
        ),
        "LowRankMultivariateNormal": lambda d, x: d.LowRankMultivariateNormal(
            x([[0.0, 1.0, which]]), x([[1.0], [0.5 + which], [-2.0]]), x([1.0, 2.0, 0.5 + which])
        ),
        "Categorical": lambda d, x: d.Categorical(x([0.2, 0.5 + which, 0.7])),
        "OneHotCategorical": lambda d, x: d.OneHotCategorical(x([0.2, 0.5 + which, 0.7])),
        "Bernoulli": lambda d, x: d.Bernoulli(x([0.2 + which / 2, 0.5])),
        "ContinuousBernoulli": lambda d, x: d.ContinuousBernoulli(x([0.2 + which / 2, 0.6])),
        "Geometric": lambda d, x: d.Geometric(x([0.2 + which / 2, 0.5])),
        "HalfNormal": lambda d, x: d.HalfNormal(x([1.0, 2.0 + which])),
        "Poisson": lambda d, x: d.Poisson(x([1.0, 2.0 + which])),
        "Exponential": lambda d, x: d.Exponential(x([1.0, 2.0 + which])),
    }
    if name in special:
        return special[name]
    return lambda d, x: getattr(d, name)(x([0.8, 1.0 + which]), x([1.5 + which, 2.0]))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "-".join([kind.__name__ for kind in pair]))
def test_divergences(pair):
    found = []
    for t in LIBRARIES:
        x, parameters = parameters_of(t, "float64")
        p = _of_type(pair[0].__name__, 0)(t.distributions, x)
        q = _of_type(pair[1].__name__, 1)(t.distributions, x)
        divergence = t.distributions.kl_divergence(p, q)
        gradients = [None] * len(parameters)
        if divergence.requires_grad and bool(t.isfinite(divergence).all()):
            gradients = t.autograd.grad(divergence.sum(), parameters, allow_unused=True)
        found.append((divergence.detach().numpy(), [0.0 if g is None else g.numpy() for g in gradients]))
    (ours, our_gradients), (theirs, their_gradients) = found
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    for mine, other in zip(our_gradients, their_gradients, strict=True):
        np.testing.assert_allclose(*np.broadcast_arrays(mine, other), rtol=1e-7, atol=1e-7)


# ------------------------------------------------------------------------------------------------ transforms

TRANSFORMS = {
    "Exp": (lambda d, x: d.ExpTransform(), [-1.0, 0.5]),
    "Power": (lambda d, x: d.PowerTransform(x([2.0, -0.5])), [1.0, 0.5]),
    "Sigmoid": (lambda d, x: d.SigmoidTransform(), [-1.0, 0.5]),
    "Tanh": (lambda d, x: d.TanhTransform(), [-1.0, 0.5]),
    "Softplus": (lambda d, x: d.SoftplusTransform(), [-1.0, 0.5]),
    "Abs": (lambda d, x: d.AbsTransform(), [-1.0, 0.5]),
    "Affine": (lambda d, x: d.AffineTransform(x([1.0, 2.0]), x(-3.0)), [-1.0, 0.5]),
    "Affine of vectors": (lambda d, x: d.AffineTransform(1.0, x([2.0, 3.0]), event_dim=1), [[-1.0, 0.5]]),
    "Affine of numbers": (lambda d, x: d.AffineTransform(1.0, -2.0), [-1.0, 0.5]),
    "Softmax": (lambda d, x: d.SoftmaxTransform(), [-1.0, 0.5, 2.0]),
    "StickBreaking": (lambda d, x: d.StickBreakingTransform(), [[-1.0, 0.5, 2.0], [0.0, 0.0, 0.0]]),
    "LowerCholesky": (lambda d, x: d.LowerCholeskyTransform(), [[-1.0, 0.5], [2.0, 0.3]]),
    "PositiveDefinite": (lambda d, x: d.PositiveDefiniteTransform(), [[-1.0, 0.5], [2.0, 0.3]]),
    "CorrCholesky": (lambda d, x: d.CorrCholeskyTransform(), [[-1.0, 0.5, 0.2], [0.0, 0.1, -0.7]]),
    "CorrCholesky of one": (lambda d, x: d.CorrCholeskyTransform(), [0.4]),
    "CumulativeDistribution": (
        lambda d, x: d.CumulativeDistributionTransform(d.Normal(x([0.0, 1.0]), x([1.0, 2.0]))), [-1.0, 0.5]
    ),
    "Compose": (
        lambda d, x: d.ComposeTransform([d.AffineTransform(x(0.5), x(2.0)), d.ExpTransform()]), [-1.0, 0.5]
    ),
    "Compose of vectors": (
        lambda d, x: d.ComposeTransform([d.TanhTransform(), d.StickBreakingTransform()]), [[-1.0, 0.5]]
    ),
    "Reshape": (lambda d, x: d.ReshapeTransform((4,), (2, 2)), [[1.0, 2.0, 3.0, 4.0]]),
    "Independent": (lambda d, x: d.IndependentTransform(d.ExpTransform(), 1), [[1.0, 2.0]]),
    "Stack": (lambda d, x: d.StackTransform([d.ExpTransform(), d.AffineTransform(x(1.0), x(2.0))], dim=-1),
              [[1.0, 2.0], [0.5, 0.2]]),
    "Cat": (lambda d, x: d.CatTransform([d.ExpTransform(), d.AffineTransform(x(1.0), x(2.0))], dim=-1, lengths=[1, 2]),
            [[1.0, 2.0, 0.3]]),
    "identity": (lambda d, x: d.identity_transform, [1.0, 2.0]),
    **{
        f"biject_to {name}": (lambda d, x, name=name: d.biject_to(_constraint(d, name)), values)
        for name, values in {
            "real": [0.3, -0.2], "positive": [0.3, -0.2], "nonnegative": [0.3, -0.2], "unit_interval": [0.3, -0.2],
            "simplex": [0.3, -0.2], "corr_cholesky": [0.3, -0.2, 0.4], "less_than": [0.3, -0.2],
            "interval": [0.3, -0.2], "real_vector": [0.3, -0.2],
        }.items()
    },
    **{
        f"transform_to {name}": (lambda d, x, name=name: d.transform_to(_constraint(d, name)), values)
        for name, values in {
            "simplex": [0.3, -0.2], "lower_cholesky": [[0.3, -0.2], [0.1, 0.2]], "interval": [0.3, -0.2],
            "positive_definite": [[0.3, -0.2], [0.1, 0.2]],
        }.items()
    },
}  # fmt: skip


def _constraint(d, name: str):
    made = {"less_than": lambda: d.constraints.less_than(2.0), "interval": lambda: d.constraints.interval(-1.0, 3.0)}
    return made[name]() if name in made else getattr(d.constraints, name)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name):
    make, values = TRANSFORMS[name]
    results = []
    for t in LIBRARIES:
        x, parameters = parameters_of(t, "float64")
        point = x(values)
        f = make(t.distributions, x)
        y = f(point)
        found = [y, f.inv(y.detach())]
        try:
            found.append(f.log_abs_det_jacobian(point, y))
            found.append(f.inv.log_abs_det_jacobian(y, point))
        except NotImplementedError:
            found.append(None)
        gradients = []
        for z in found:
            if z is not None and z.requires_grad:
                gradients += t.autograd.grad(z.sum(), parameters, allow_unused=True, retain_graph=True)
        try:
            sign = np.asarray(float(np.asarray(f.sign).sum()) if not hasattr(f.sign, "sum") else f.sign.sum().item())
        except NotImplementedError:
            sign = None
        facts = [
            f.bijective, sign, tuple(f.forward_shape(tuple(point.shape))), tuple(f.inverse_shape(tuple(y.shape))),
            repr(f), f.domain.event_dim, f.codomain.event_dim, bool(f.codomain.check(y).all()), f.inv.inv is f,
        ]  # fmt: skip
        results.append((found, [None if g is None else g.numpy() for g in gradients], facts))
    (ours, our_gradients, our_facts), (theirs, their_gradients, their_facts) = results
    assert our_facts == their_facts
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert tuple(a.shape) == tuple(b.shape)
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-10, atol=1e-10)
    for a, b in itertools.zip_longest(our_gradients, their_gradients):
        a, b = (0.0 if a is None else a), (0.0 if b is None else b)
        np.testing.assert_allclose(*np.broadcast_arrays(a, b), rtol=1e-8, atol=1e-8)


# ------------------------------------------------------------------------------------------------ errors

BAD = {
    "scale below 0": lambda t, d: d.Normal(0.0, -1.0),
    "scale of tensors": lambda t, d: d.Normal(t.zeros(2), t.tensor([1.0, -1.0])),
    "no number": lambda t, d: d.Normal("a", 1.0),
    "shapes": lambda t, d: d.Normal(t.zeros(2), t.ones(3)),
    "no tensor": lambda t, d: d.Normal(0.0, 1.0).log_prob(1.0),
    "value's shape": lambda t, d: d.Normal(t.zeros(2), 1.0).log_prob(t.zeros(3)),
    "value outside": lambda t, d: d.Normal(0.0, 1.0).log_prob(t.tensor(float("nan"))),
    "value's event": lambda t, d: d.Dirichlet(t.ones(3)).log_prob(t.ones(2)),
    "sample's shape": lambda t, d: d.Normal(0.0, 1.0).sample(2),
    "neither": lambda t, d: d.Bernoulli(),
    "both": lambda t, d: d.Bernoulli(0.5, 0.5),
    "probability": lambda t, d: d.Bernoulli(1.5),
    "no boolean": lambda t, d: d.Bernoulli(0.5).log_prob(t.tensor(0.5)),
    "no vector": lambda t, d: d.Categorical(t.tensor(1.0)),
    "negative probability": lambda t, d: d.Categorical(t.tensor([-1.0, 2.0])),
    "no class": lambda t, d: d.Categorical(t.ones(2, 3)).log_prob(t.tensor([3, 0])),
    "bounds": lambda t, d: d.Uniform(1.0, 0.0),
    "outside": lambda t, d: d.Uniform(0.0, 1.0).log_prob(t.tensor(2.0)),
    "concentration": lambda t, d: d.Dirichlet(t.tensor(1.0)),
    "no simplex": lambda t, d: d.Dirichlet(t.ones(3)).log_prob(t.ones(3)),
    "loc": lambda t, d: d.MultivariateNormal(t.tensor(1.0), t.eye(2)),
    "no matrix": lambda t, d: d.MultivariateNormal(t.ones(2)),
    "two matrices": lambda t, d: d.MultivariateNormal(t.ones(2), t.eye(2), t.eye(2)),
    "no square": lambda t, d: d.MultivariateNormal(t.ones(2), t.ones(2)),
    "not definite": lambda t, d: d.MultivariateNormal(t.ones(2), -t.eye(2)),
    "not triangular": lambda t, d: d.MultivariateNormal(t.ones(2), scale_tril=t.ones(2, 2)),
    "factor": lambda t, d: d.LowRankMultivariateNormal(t.ones(2), t.ones(2), t.ones(2)),
    "rows": lambda t, d: d.LowRankMultivariateNormal(t.ones(2), t.ones(3, 1), t.ones(2)),
    "diagonal": lambda t, d: d.LowRankMultivariateNormal(t.ones(2), t.ones(2, 1), t.ones(3)),
    "counts": lambda t, d: d.Multinomial(t.tensor([2, 3]), t.ones(3)),
    "too many": lambda t, d: d.Multinomial(5, t.ones(3)).log_prob(t.tensor([6.0, 0, 0])),
    "counts of binomials": lambda t, d: d.Binomial(t.tensor([2.0, 3.0]), t.tensor(0.5)).enumerate_support(),
    "certain failure": lambda t, d: d.Geometric(0.0),
    "dim": lambda t, d: d.LKJCholesky(1, 1.0),
    "degrees": lambda t, d: d.Wishart(0.5, t.eye(2)),
    "no covariance": lambda t, d: d.Wishart(t.tensor(3.0)),
    "too many dims": lambda t, d: d.Independent(d.Normal(t.zeros(3), 1.0), 2),
    "enumeration": lambda t, d: d.Normal(0.0, 1.0).enumerate_support(),
    "mixture": lambda t, d: d.MixtureSameFamily(d.Normal(0.0, 1.0), d.Normal(t.zeros(3), 1.0)),
    "components": lambda t, d: d.MixtureSameFamily(d.Categorical(t.ones(3)), d.Categorical),
    "component count": lambda t, d: d.MixtureSameFamily(d.Categorical(t.ones(2)), d.Normal(t.zeros(3), 1.0)),
    "component batch": lambda t, d: d.MixtureSameFamily(d.Categorical(t.ones(4, 3)), d.Normal(t.zeros(5, 3), 1.0)),
    "no transform": lambda t, d: d.TransformedDistribution(d.Normal(0.0, 1.0), 3),
    "no transforms": lambda t, d: d.TransformedDistribution(d.Normal(0.0, 1.0), [3]),
    "base's shape": lambda t, d: d.TransformedDistribution(d.Normal(0.0, 1.0), d.StickBreakingTransform()),
    "no divergence": lambda t, d: d.kl_divergence(d.Normal(0.0, 1.0), d.Cauchy(0.0, 1.0)),
    "no distribution": lambda t, d: d.kl_divergence(d.Normal(0.0, 1.0), 3),
    "register": lambda t, d: d.register_kl(3, d.Normal),
    "no constraint": lambda t, d: d.biject_to(3),
    "no bijection": lambda t, d: d.biject_to(d.constraints.lower_triangular),
    "dependent": lambda t, d: d.biject_to(d.constraints.dependent),
    "reshape": lambda t, d: d.ReshapeTransform((6,), (2, 2)),
    "reshape's input": lambda t, d: d.ReshapeTransform((6,), (2, 3))(t.zeros(5)),
    "no determinant": lambda t, d: d.AbsTransform().log_abs_det_jacobian(t.ones(1), t.ones(1)),
    "cache": lambda t, d: d.ExpTransform(cache_size=2),
    "sign": lambda t, d: d.SoftmaxTransform().sign,
    "default": lambda t, d: d.Distribution.set_default_validate_args(3),
    "events of normals": lambda t, d: d.kl_divergence(
        d.MultivariateNormal(t.zeros(2), t.eye(2)), d.MultivariateNormal(t.zeros(3), t.eye(3))
    ),
    "expand": lambda t, d: d.Normal(t.zeros(2), 1.0).expand((3,)),
    "vec_to_tril": lambda t, d: d.utils.vec_to_tril_matrix(t.zeros(5)),
    "discreteness": lambda t, d: d.constraints.dependent.is_discrete,
    "check of dependent": lambda t, d: d.constraints.dependent.check(t.zeros(2)),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    raised = []
    for t in LIBRARIES:
        with pytest.raises(Exception) as caught:
            BAD[name](t, t.distributions)
        text = " ".join(str(caught.value).replace("wengert", "torch").replace("\n", "\0").split())
        raised.append((type(caught.value).__name__, text.split("\0")[0].split(". ")[0].rstrip(".")))
    (kind, ours), (their_kind, theirs) = raised
    assert kind == their_kind
    if kind not in ("TypeError", "NotImplementedError", "IndexError"):
        assert ours.startswith(theirs), f"{ours}\n{theirs}"


@pytest.mark.parametrize("name", [n for n in torch.distributions.__all__])
def test_names(name):
    assert hasattr(wengert.distributions, name)


CONSTRAINTS = {
    "boolean": [0.0, 1.0, 0.5], "one_hot": [[0.0, 1.0], [1.0, 1.0]], "nonnegative_integer": [0.0, -1.0, 0.5, 2.0],
    "positive_integer": [0.0, 1.0], "real": [0.0, math.nan, math.inf], "real_vector": [[0.0, math.nan], [1.0, 2.0]],
    "positive": [0.0, 1.0], "nonnegative": [0.0, -1.0], "unit_interval": [0.0, 1.0, 1.1],
    "simplex": [[0.5, 0.5], [0.5, 0.6]], "lower_triangular": [[1.0, 0.0], [2.0, -1.0]],
    "lower_cholesky": [[[1.0, 0.0], [2.0, -1.0]], [[1.0, 0.0], [2.0, 1.0]]],
    "corr_cholesky": [[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [2.0, 1.0]]], "square": [[1.0, 0.0], [0.6, 0.8]],
    "symmetric": [[[1.0, 0.0], [0.6, 0.8]], [[1.0, 2.0], [2.0, 1.0]]],
    "positive_semidefinite": [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.5], [0.5, 1.0]]],
    "positive_definite": [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.5], [0.5, 1.0]]],
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints(name):
    found = []
    for t in LIBRARIES:
        constraint = getattr(t.distributions.constraints, name)
        checked = constraint.check(t.tensor(CONSTRAINTS[name]))
        found.append((checked.tolist(), repr(constraint), constraint.is_discrete, constraint.event_dim))
    assert found[0] == found[1]
