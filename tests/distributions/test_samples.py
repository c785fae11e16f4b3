"""What is drawn from distributions: moments, distribution functions, and derivatives along the path of a sample."""

import numpy as np
import pytest
import scipy.special
import scipy.stats

import wengert as t

d = t.distributions

# name -> a distribution, in double precision.
CASES = {
    "Bernoulli": lambda: d.Bernoulli(_x([0.2, 0.7])),
    "Beta": lambda: d.Beta(_x([0.5, 2.0]), _x([1.5, 3.0])),
    "Binomial": lambda: d.Binomial(5, _x([0.2, 0.7])),
    "Chi2": lambda: d.Chi2(_x([1.0, 4.0])),
    "ContinuousBernoulli": lambda: d.ContinuousBernoulli(_x([0.1, 0.5, 0.8])),
    "Dirichlet": lambda: d.Dirichlet(_x([[0.5, 1.5, 2.0], [0.03, 2.0, 4.0]])),
    "Exponential": lambda: d.Exponential(_x([0.5, 2.0])),
    "FisherSnedecor": lambda: d.FisherSnedecor(_x([3.0]), _x([30.0])),
    "Gamma": lambda: d.Gamma(_x([0.05, 2.0, 90.0]), _x([1.0, 0.5, 3.0])),
    "GeneralizedPareto": lambda: d.GeneralizedPareto(_x([0.0, 1.0]), _x([1.0, 2.0]), _x([0.1, -0.4])),
    "Geometric": lambda: d.Geometric(_x([0.3, 0.9])),
    "Gumbel": lambda: d.Gumbel(_x([0.0, 1.0]), _x([1.0, 2.0])),
    "HalfNormal": lambda: d.HalfNormal(_x([1.0, 2.0])),
    "Independent": lambda: d.Independent(d.Normal(_x([0.0, 1.0]), _x([1.0, 2.0])), 1),
    "InverseGamma": lambda: d.InverseGamma(_x([9.0, 12.5]), _x([1.0, 2.0])),
    "Kumaraswamy": lambda: d.Kumaraswamy(_x([0.5, 2.0]), _x([0.7, 3.0])),
    "Laplace": lambda: d.Laplace(_x([0.0, 1.0]), _x([1.0, 2.0])),
    "LogNormal": lambda: d.LogNormal(_x([0.0, 1.0]), _x([0.3, 0.5])),
    "LowRankMultivariateNormal": lambda: d.LowRankMultivariateNormal(
        _x([0.0, 1.0, 2.0]), _x([[1.0], [0.5], [-2.0]]), _x([1.0, 2.0, 0.5])
    ),
    "MixtureSameFamily": lambda: d.MixtureSameFamily(
        d.Categorical(_x([0.2, 0.5, 0.7])), d.Normal(_x([0.0, 1.0, 3.0]), _x(1.0))
    ),
    "Multinomial": lambda: d.Multinomial(5, _x([0.2, 0.5, 0.3])),
    "MultivariateNormal": lambda: d.MultivariateNormal(_x([0.0, 1.0]), _x([[2.0, 0.5], [0.5, 1.0]])),
    "NegativeBinomial": lambda: d.NegativeBinomial(_x([3.0, 0.5]), _x([0.2, 0.7])),
    "Normal": lambda: d.Normal(_x([0.0, 1.0]), _x([1.0, 2.0])),
    "OneHotCategorical": lambda: d.OneHotCategorical(_x([0.2, 0.5, 0.7])),
    "Pareto": lambda: d.Pareto(_x([1.0, 0.5]), _x([9.0, 11.5])),
    "Poisson": lambda: d.Poisson(_x([3.0, 0.5, 200.0])),
    "StudentT": lambda: d.StudentT(_x([13.0, 9.5]), _x([0.0, 1.0]), _x([1.0, 2.0])),
    "Uniform": lambda: d.Uniform(_x([0.0, 1.0]), _x([1.0, 4.0])),
    "Weibull": lambda: d.Weibull(_x([1.0, 2.0]), _x([1.5, 3.0])),
    "Wishart": lambda: d.Wishart(_x(3.5), _x([[2.0, 0.5], [0.5, 1.0]])),
}  # fmt: skip

COUNT = 20000


def _x(values):
    return t.tensor(values, dtype=t.float64)


@pytest.mark.parametrize("name", CASES)
def test_moments(name):
    """Means and variances of samples are within five standard errors."""
    t.manual_seed(1)
    p = CASES[name]()
    drawn = p.sample((COUNT,)).numpy()
    mean, variance = p.mean.numpy(), p.variance.numpy()
    error = np.sqrt(variance / COUNT) + 1e-12
    assert np.all(np.abs(drawn.mean(0) - mean) < 5 * error)
    squares = (drawn - mean) ** 2
    spread = np.sqrt(squares.var(0) / COUNT) + 1e-12
    assert np.all(np.abs(squares.mean(0) - variance) < 6 * spread)
    assert bool(p.support.check(p.sample((100,))).all())
    assert p.sample((2,)).requires_grad is False


def _from_scipy(name: str):
    s = scipy.stats
    return {
        "Beta": (lambda: d.Beta(_x(0.5), _x(1.5)), s.beta(0.5, 1.5)),
        "Cauchy": (lambda: d.Cauchy(_x(1.0), _x(2.0)), s.cauchy(1.0, 2.0)),
        "Chi2": (lambda: d.Chi2(_x(3.0)), s.chi2(3.0)),
        "Exponential": (lambda: d.Exponential(_x(2.0)), s.expon(scale=0.5)),
        "FisherSnedecor": (lambda: d.FisherSnedecor(_x(3.0), _x(5.0)), s.f(3.0, 5.0)),
        "Gamma": (lambda: d.Gamma(_x(0.3), _x(2.0)), s.gamma(0.3, scale=0.5)),
        "GeneralizedPareto": (lambda: d.GeneralizedPareto(_x(0.0), _x(2.0), _x(0.3)), s.genpareto(0.3, 0.0, 2.0)),
        "Gumbel": (lambda: d.Gumbel(_x(1.0), _x(2.0)), s.gumbel_r(1.0, 2.0)),
        "HalfCauchy": (lambda: d.HalfCauchy(_x(2.0)), s.halfcauchy(0.0, 2.0)),
        "HalfNormal": (lambda: d.HalfNormal(_x(2.0)), s.halfnorm(0.0, 2.0)),
        "InverseGamma": (lambda: d.InverseGamma(_x(3.0), _x(2.0)), s.invgamma(3.0, scale=2.0)),
        "Laplace": (lambda: d.Laplace(_x(1.0), _x(2.0)), s.laplace(1.0, 2.0)),
        "LogNormal": (lambda: d.LogNormal(_x(1.0), _x(0.5)), s.lognorm(0.5, scale=np.e)),
        "Normal": (lambda: d.Normal(_x(1.0), _x(2.0)), s.norm(1.0, 2.0)),
        "Pareto": (lambda: d.Pareto(_x(2.0), _x(3.0)), s.pareto(3.0, scale=2.0)),
        "StudentT": (lambda: d.StudentT(_x(3.0), _x(1.0), _x(2.0)), s.t(3.0, 1.0, 2.0)),
        "Uniform": (lambda: d.Uniform(_x(1.0), _x(4.0)), s.uniform(1.0, 3.0)),
        "VonMises": (lambda: d.VonMises(_x(0.0), _x(2.0)), s.vonmises(2.0)),
        "Weibull": (lambda: d.Weibull(_x(2.0), _x(1.5)), s.weibull_min(1.5, scale=2.0)),
    }[name]  # fmt: skip


CONTINUOUS = [
    "Beta", "Cauchy", "Chi2", "Exponential", "FisherSnedecor", "Gamma", "GeneralizedPareto", "Gumbel", "HalfCauchy",
    "HalfNormal", "InverseGamma", "Laplace", "LogNormal", "Normal", "Pareto", "StudentT", "Uniform", "VonMises",
    "Weibull",
]  # fmt: skip


@pytest.mark.parametrize("name", CONTINUOUS)
def test_samples_and_densities_are_scipys(name):
    t.manual_seed(2)
    make, reference = _from_scipy(name)
    p = make()
    drawn = p.sample((4000,)).numpy()
    assert scipy.stats.kstest(drawn, reference.cdf).pvalue > 1e-3
    points = drawn[:50]
    np.testing.assert_allclose(p.log_prob(t.from_numpy(points.copy())).numpy(), reference.logpdf(points), rtol=1e-8)
    try:
        found = p.cdf(t.from_numpy(points.copy())).numpy()
    except NotImplementedError:
        return
    np.testing.assert_allclose(found, reference.cdf(points), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("a", [0.02, 0.4, 1.0, 3.9, 4.1, 40.0, 5000.0])
def test_gamma_samples_move_along_their_quantile(a):
    """d sample / d a is the derivative of the quantile function at the sample's probability."""
    t.manual_seed(3)
    concentration = t.full((20,), a, dtype=t.float64, requires_grad=True)
    z = d.Gamma(concentration, 1.0).rsample()
    (found,) = t.autograd.grad(z.sum(), concentration)
    u = scipy.special.gammainc(a, z.detach().numpy())
    step = 1e-4 * a
    expected = (scipy.special.gammaincinv(a + step, u) - scipy.special.gammaincinv(a - step, u)) / (2 * step)
    inside = (u > 1e-8) & (u < 1 - 1e-8)
    np.testing.assert_allclose(found.numpy()[inside], expected[inside], rtol=2e-5, atol=1e-12)


def test_gamma_paths_have_second_derivatives():
    from wengert.ops.gamma_path import gamma_slope
    from wengert.ops.sampling import gamma_path

    a = _x([0.02, 0.4, 1.0, 3.9, 4.1, 40.0]).requires_grad_()
    log_z = _x([-9.0, 0.3, -0.5, 1.5, 1.2, 3.6]).requires_grad_()
    assert t.autograd.gradcheck(gamma_slope, (a, log_z), eps=1e-6, atol=1e-6, check_forward_ad=True)
    (first,) = t.autograd.grad(gamma_path(a, log_z.detach().exp()).sum(), a, create_graph=True)
    (second,) = t.autograd.grad(first.sum(), a, create_graph=True)
    assert bool(second.isfinite().all())
    with pytest.raises(NotImplementedError, match="no third"):
        t.autograd.grad(second.sum(), a)


def _pathwise(name: str):
    """(make(*parameters), parameters, distribution function) of what is differentiated along the path."""
    return {
        "Gamma": (d.Gamma, [2.3, 1.7], lambda x, a, b: scipy.special.gammainc(a, b * x)),
        "Chi2": (d.Chi2, [3.3], lambda x, k: scipy.special.gammainc(k / 2, x / 2)),
        "InverseGamma": (d.InverseGamma, [2.3, 1.7], lambda x, a, b: scipy.special.gammaincc(a, b / x)),
        "Normal": (d.Normal, [0.3, 1.7], lambda x, m, s: scipy.special.ndtr((x - m) / s)),
        "Laplace": (d.Laplace, [0.3, 1.7], lambda x, m, s: scipy.stats.laplace.cdf(x, m, s)),
        "Cauchy": (d.Cauchy, [0.3, 1.7], lambda x, m, s: scipy.stats.cauchy.cdf(x, m, s)),
        "Exponential": (d.Exponential, [0.6], lambda x, r: -np.expm1(-r * x)),
        "Gumbel": (d.Gumbel, [0.3, 1.7], lambda x, m, s: np.exp(-np.exp(-(x - m) / s))),
        "Weibull": (d.Weibull, [1.3, 1.7], lambda x, s, k: -np.expm1(-((x / s) ** k))),
        "Pareto": (d.Pareto, [1.3, 2.7], lambda x, s, a: 1 - (s / x) ** a),
        "Uniform": (d.Uniform, [0.3, 1.7], lambda x, a, b: (x - a) / (b - a)),
        "LogNormal": (d.LogNormal, [0.3, 0.7], lambda x, m, s: scipy.special.ndtr((np.log(x) - m) / s)),
        "HalfNormal": (d.HalfNormal, [1.7], lambda x, s: 2 * scipy.special.ndtr(x / s) - 1),
        "Kumaraswamy": (d.Kumaraswamy, [1.3, 1.7], lambda x, a, b: 1 - (1 - x**a) ** b),
        "ContinuousBernoulli": (
            d.ContinuousBernoulli, [0.3], lambda x, p: (p**x * (1 - p) ** (1 - x) + p - 1) / (2 * p - 1)
        ),
        "GeneralizedPareto": (
            d.GeneralizedPareto, [0.3, 1.7, 0.2], lambda x, m, s, k: 1 - (1 + k * (x - m) / s) ** (-1 / k)
        ),
    }[name]  # fmt: skip


PATHWISE = [
    "Gamma", "Chi2", "InverseGamma", "Normal", "Laplace", "Cauchy", "Exponential", "Gumbel", "Weibull", "Pareto",
    "Uniform", "LogNormal", "HalfNormal", "Kumaraswamy", "ContinuousBernoulli", "GeneralizedPareto",
]  # fmt: skip


@pytest.mark.parametrize("name", PATHWISE)
def test_samples_stay_at_their_probability(name):
    """Of a univariate sample the path keeps the probability: F_theta + F_x dx/dtheta = 0."""
    t.manual_seed(4)
    make, values, cdf = _pathwise(name)
    parameters = [t.full((30,), v, dtype=t.float64, requires_grad=True) for v in values]
    sample = make(*parameters).rsample()
    gradients = t.autograd.grad(sample.sum(), parameters)
    x = sample.detach().numpy()
    density = np.exp(make(*[p.detach() for p in parameters]).log_prob(sample.detach()).numpy())
    for i, gradient in enumerate(gradients):
        step = 1e-5
        up, down = [*values], [*values]
        up[i], down[i] = values[i] + step, values[i] - step
        slope = (cdf(x, *up) - cdf(x, *down)) / (2 * step)
        np.testing.assert_allclose(gradient.numpy() * density, -slope, rtol=1e-5, atol=2e-7)


def test_means_of_differentiable_samples_move_as_the_mean():
    """The average of d sample / d theta is the derivative of the mean."""
    t.manual_seed(5)
    rows = {
        "Beta": (lambda a, b: d.Beta(a, b), [1.5, 2.5]),
        "Dirichlet": (lambda a, b: d.Dirichlet(t.stack([a, b, a * b])), [0.7, 1.5]),
        "FisherSnedecor": (lambda b: d.FisherSnedecor(3.0 + 0 * b, b), [30.0]),
        "StudentT": (lambda m, s: d.StudentT(9.0 + 0 * m, m, s), [1.0, 2.0]),
        "Wishart": (lambda k: d.Wishart(k, _x([[2.0, 0.5], [0.5, 1.0]])), [4.5]),
        "MultivariateNormal": (lambda m: d.MultivariateNormal(t.stack([m, 2 * m]), t.eye(2, dtype=t.float64)), [1.0]),
    }
    for name, (make, values) in rows.items():
        parameters = [t.tensor(v, dtype=t.float64, requires_grad=True) for v in values]
        p = make(*parameters)
        weights = t.arange(1, 1 + max(1, p.mean.numel()), dtype=t.float64).reshape(tuple(p.mean.shape))
        mean_slopes = t.autograd.grad((p.mean * weights).sum(), parameters, allow_unused=True, retain_graph=True)
        drawn = p.rsample((COUNT,))
        slopes = t.autograd.grad((drawn * weights).sum() / COUNT, parameters)
        for found, expected in zip(slopes, mean_slopes, strict=True):
            expected = 0.0 if expected is None else expected.item()
            assert abs(found.item() - expected) < 0.05 * max(1.0, abs(expected)), name


def test_small_concentrations_neither_underflow_nor_give_nan():
    t.manual_seed(6)
    concentration = t.full((200, 3), 1e-3, requires_grad=True)
    drawn = d.Dirichlet(concentration).rsample()
    assert bool(drawn.isfinite().all()) and t.allclose(drawn.sum(-1), t.ones(200), atol=1e-5)
    (gradient,) = t.autograd.grad(drawn.square().sum(), concentration)
    assert bool(gradient.isfinite().all())
    z = d.Gamma(t.full((100,), 1e-4), 1.0).rsample()
    assert bool((z > 0).all())


def test_straight_through_and_relaxed_samples_have_gradients():
    t.manual_seed(7)
    for make in (
        lambda x: d.OneHotCategoricalStraightThrough(logits=x),
        lambda x: d.RelaxedOneHotCategorical(0.5, logits=x),
        lambda x: d.RelaxedBernoulli(0.5, logits=x),
        lambda x: d.LogisticNormal(x, t.ones(3)),
        lambda x: d.TransformedDistribution(d.Normal(x, 1.0), [d.TanhTransform(), d.AffineTransform(0.0, 2.0)]),
    ):
        logits = t.tensor([0.1, -0.2, 0.4], requires_grad=True)
        p = make(logits)
        drawn = p.rsample((5,))
        (gradient,) = t.autograd.grad((drawn * drawn).sum(), logits)
        assert bool(gradient.isfinite().all()) and bool((gradient != 0).any())


def test_categories_come_up_as_often_as_they_should():
    t.manual_seed(8)
    p = d.Categorical(t.tensor([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]]))
    drawn = p.sample((COUNT,)).numpy()
    for row, probs in enumerate(p.probs.numpy()):
        counts = np.bincount(drawn[:, row], minlength=3)
        assert np.all(np.abs(counts - COUNT * probs) < 5 * np.sqrt(COUNT * probs * (1 - probs)) + 1e-9)
    assert p.sample((0,)).shape == (0, 2)


def test_correlation_factors_have_the_marginals_of_lkj():
    """An entry of the correlation matrix is Beta(a, a) on [-1, 1], a = eta + (n - 2) / 2 (Lewandowski et al., 2009)."""
    t.manual_seed(9)
    for n, eta in ((2, 0.5), (3, 1.0), (4, 2.0)):
        factors = d.LKJCholesky(n, _x(eta)).sample((3000,))
        matrices = (factors @ factors.mT).numpy()
        for i, j in ((1, 0), (n - 1, n - 2), (n - 1, 0)):
            shape = eta + (n - 2) / 2
            reference = scipy.stats.beta(shape, shape, loc=-1, scale=2)
            assert scipy.stats.kstest(matrices[:, i, j], reference.cdf).pvalue > 1e-3


def test_densities_of_correlation_factors_integrate_to_one():
    x = np.linspace(-1, 1, 20001)[1:-1]
    for eta in (1.0, 2.5):
        factors = np.zeros((len(x), 2, 2))
        factors[:, 0, 0], factors[:, 1, 0], factors[:, 1, 1] = 1.0, x, np.sqrt(1 - x * x)
        p = d.LKJCholesky(2, _x(eta), validate_args=False)
        density = p.log_prob(t.from_numpy(factors)).exp().numpy()
        # In the entry below the diagonal; the one on it follows.
        assert abs(np.trapezoid(density, x) - 1) < 2e-3


def test_seeds_repeat_samples():
    for name, make in CASES.items():
        t.manual_seed(11)
        first = make().sample((3,))
        t.manual_seed(11)
        assert t.equal(first, make().sample((3,))), name


def test_samples_under_vmap():
    loc = _x([0.0, 100.0, 200.0])
    drawn = t.vmap(lambda m: d.Normal(m, 1.0, validate_args=False).rsample((4,)), randomness="different")(loc)
    assert drawn.shape == (3, 4) and bool(((drawn - loc.unsqueeze(-1)).abs() < 10).all())
    gammas = t.vmap(lambda a: d.Gamma(a, 1.0, validate_args=False).rsample((4,)), randomness="different")(loc + 1)
    assert gammas.shape == (3, 4)
    slopes = t.vmap(t.func.grad(lambda a: d.Gamma(a, 1.0, validate_args=False).rsample()), randomness="different")(
        loc + 1
    )
    assert slopes.shape == (3,) and bool(slopes.isfinite().all())
