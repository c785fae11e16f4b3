"""Distributions as classes: subclasses, expansion, pickling, divergences by ancestry, transforms' caches."""

import copy
import pickle

import pytest

import wengert as t

d = t.distributions


def test_a_subclass_with_a_constructor_of_its_own_expands():
    class Standard(d.Normal):
        def __init__(self, size: int):
            self.size = size
            super().__init__(t.zeros(size), t.ones(size))

    p = Standard(2).expand((3, 2))
    assert type(p) is Standard and p.size == 2 and p.batch_shape == (3, 2) and p.loc.shape == (3, 2)


def test_expansion_shares_memory_and_keeps_checks():
    loc = t.zeros(2)
    p = d.Normal(loc, 1.0, validate_args=False).expand((4, 2))
    assert p.loc.untyped_storage().data_ptr() == loc.untyped_storage().data_ptr()
    p.log_prob(t.tensor(float("nan")))
    q = d.Normal(loc, 1.0).expand((4, 2))
    with pytest.raises(ValueError, match="to be within the support"):
        q.log_prob(t.tensor(float("nan")))


def test_distributions_are_copied_and_pickled():
    for p in (
        d.Normal(t.zeros(2), 1.0), d.Beta(1.0, t.ones(3)), d.LogNormal(0.0, 1.0), d.Categorical(t.ones(3)),
        d.MultivariateNormal(t.zeros(2), t.eye(2)), d.Independent(d.Normal(t.zeros(2), 1.0), 1),
    ):  # fmt: skip
        value = p.sample()
        for other in (pickle.loads(pickle.dumps(p)), copy.deepcopy(p)):
            assert t.equal(other.log_prob(value), p.log_prob(value))


def test_set_default_validate_args():
    try:
        d.Distribution.set_default_validate_args(False)
        d.Normal(0.0, -1.0)
    finally:
        d.Distribution.set_default_validate_args(True)
    with pytest.raises(ValueError, match="Expected parameter scale"):
        d.Normal(0.0, -1.0)


def test_the_nearest_divergence_is_taken():
    class Special(d.Normal):
        pass

    p, q = Special(0.0, 1.0), d.Normal(1.0, 1.0)
    assert t.allclose(d.kl_divergence(p, q), t.tensor(0.5))

    @d.register_kl(Special, d.Normal)
    def special(p, q):
        return t.tensor(7.0)

    assert d.kl_divergence(p, q).item() == 7.0
    assert t.allclose(d.kl_divergence(q, q), t.tensor(0.0))

    @d.register_kl(d.Normal, Special)
    def other(p, q):
        return t.tensor(8.0)

    with pytest.warns(RuntimeWarning, match="Ambiguous kl_divergence"):
        d.kl_divergence(p, p)


def test_a_cached_transform_returns_what_it_was_given():
    x = t.tensor([1e-3, 30.0])
    f = d.SigmoidTransform(cache_size=1)
    y = f(x)
    assert f.inv(y) is x and f(x) is y
    assert d.SigmoidTransform().inv(y) is not x
    assert f.inv.inv is f and f.with_cache(1) is f
    chain = d.ComposeTransform([d.ExpTransform(), d.AffineTransform(0.0, 2.0)], cache_size=1)
    z = chain(x)
    assert chain.inv(z) is x


def test_transforms_compare():
    assert d.ExpTransform() == d.ExpTransform() and d.ExpTransform() != d.TanhTransform()
    assert d.AffineTransform(1, 2) == d.AffineTransform(t.ones(1), 2)
    assert d.AffineTransform(1, 2) != d.AffineTransform(1, 3)
    assert d.ComposeTransform([d.ExpTransform()]) == d.ComposeTransform([d.ExpTransform()])
    assert d.PowerTransform(2.0) == d.PowerTransform(t.tensor(2.0))


def test_a_constraint_and_its_transform_can_be_added():
    class Even(d.constraints.Constraint):
        def check(self, value):
            return value % 2 == 0

    with pytest.raises(NotImplementedError, match="Cannot transform Even constraints"):
        d.biject_to(Even())
    d.biject_to.register(Even, lambda constraint: d.AffineTransform(0.0, 2.0))
    assert d.biject_to(Even())(t.tensor(3.0)).item() == 6.0
    with pytest.raises(TypeError, match="Expected constraint to be either"):
        d.transform_to.register(3, lambda constraint: None)


def test_bijections_reach_their_constraint_and_come_back():
    for constraint, size in (
        (d.constraints.positive, (3,)), (d.constraints.interval(t.tensor(-1.0), t.tensor([2.0, 3.0, 4.0])), (3,)),
        (d.constraints.simplex, (3,)), (d.constraints.corr_cholesky, (6,)), (d.constraints.less_than(-1.0), (3,)),
        (d.constraints.independent(d.constraints.unit_interval, 1), (2, 3)),
        (d.constraints.stack([d.constraints.positive, d.constraints.real]), (2,)),
        (d.constraints.cat([d.constraints.positive, d.constraints.real], lengths=[2, 1]), (3,)),
    ):  # fmt: skip
        x = t.randn(size, dtype=t.float64, generator=t.Generator().manual_seed(1))
        f = d.biject_to(constraint)
        y = f(x)
        assert bool(constraint.check(y).all())
        assert t.allclose(f.inv(y), x)


def test_jacobians_of_transforms():
    for f, x in (
        (d.StickBreakingTransform(), t.tensor([0.3, -1.0, 0.5], dtype=t.float64)),
        (d.CorrCholeskyTransform(), t.tensor([0.3, -1.0, 0.5], dtype=t.float64)),
    ):
        y = f(x)
        jacobian = t.func.jacrev(lambda x, f=f: _free(f, f(x)))(x)
        expected = t.linalg.slogdet(jacobian)[1]
        assert t.allclose(f.log_abs_det_jacobian(x, y), expected)


def _free(f, y):
    """As many elements of the result as the input has."""
    if isinstance(f, d.StickBreakingTransform):
        return y[:-1]
    return t.stack([y[1, 0], y[2, 0], y[2, 1]])


def test_divergences_of_infinite_reach():
    assert d.kl_divergence(d.Uniform(0.0, 2.0), d.Uniform(0.0, 1.0)).item() == float("inf")
    assert d.kl_divergence(d.Normal(0.0, 1.0), d.Uniform(0.0, 1.0)).item() == float("inf")
    p, q = d.Categorical(t.tensor([0.5, 0.5])), d.Categorical(t.tensor([1.0, 0.0]))
    assert d.kl_divergence(p, q).item() == float("inf") and d.kl_divergence(q, p).isfinite().item()


def test_mixture_of_mixtures_of_shapes():
    p = d.MixtureSameFamily(
        d.Categorical(t.ones(4, 2)), d.Independent(d.Normal(t.zeros(4, 2, 3), t.ones(4, 2, 3)), 1)
    )
    assert p.batch_shape == (4,) and p.event_shape == (3,)
    assert p.sample((5,)).shape == (5, 4, 3) and p.log_prob(t.zeros(4, 3)).shape == (4,)
    assert p.expand((2, 4)).sample().shape == (2, 4, 3)


def test_modules_have_pytorchs_names():
    import importlib

    for module, name in (
        ("normal", "Normal"), ("kl", "kl_divergence"), ("studentT", "StudentT"), ("relaxed_categorical",
        "ExpRelaxedCategorical"), ("relaxed_bernoulli", "LogitRelaxedBernoulli"), ("utils", "broadcast_all"),
        ("exp_family", "ExponentialFamily"), ("constraint_registry", "ConstraintRegistry"),
    ):  # fmt: skip
        assert hasattr(importlib.import_module(f"wengert.distributions.{module}"), name)


def test_the_ends_of_a_support_are_values():
    both = t.distributions.Kumaraswamy(2.0, 3.0)
    assert both.cdf(t.tensor([0.0, 1.0])).tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match="within the support"):
        both.cdf(t.tensor(1.5))
