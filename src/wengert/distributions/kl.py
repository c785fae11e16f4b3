"""The Kullback-Leibler divergence KL(p || q) = E_p[log p(x) - log q(x)], in closed form for registered pairs of types.

Most of the pairs below are E_p[log p] - E_p[log q] with the entropy of p and the moments of p that log q asks for;
where q gives some value of p no density at all, the divergence is infinite.
"""

import math
import warnings

import wengert

from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .continuous_bernoulli import ContinuousBernoulli
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .laplace import Laplace
from .lowrank_multivariate_normal import LowRankMultivariateNormal, low_rank_distance
from .multivariate_normal import MultivariateNormal, _mahalanobis
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .pareto import Pareto
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import broadcast_shape, euler_constant, softplus, sum_rightmost

__all__ = ["kl_divergence", "register_kl"]

_registered: dict = {}
_resolved: dict = {}


def register_kl(type_p, type_q):
    """Decorate a function (p, q) -> KL(p || q) for two types of distributions and their subclasses.

    The function of the most special pair is taken; where two pairs tie, that of the type nearest to p, with a
    RuntimeWarning: register one for the very types.

    Args:
        type_p, type_q: subclasses of `Distribution`.

    Raises:
        TypeError: another type, or none.

    >>> import wengert as t
    >>> class Narrow(t.distributions.Normal):
    ...     pass
    >>> @t.distributions.register_kl(Narrow, Narrow)
    ... def of_narrow(p, q):
    ...     return t.tensor(0.0)
    >>> t.distributions.kl_divergence(Narrow(0.0, 1.0), Narrow(1.0, 1.0))
    tensor(0.)
    """
    for given in (type_p, type_q):
        if not isinstance(given, type) or not issubclass(given, Distribution):
            which = "type_p" if given is type_p else "type_q"
            raise TypeError(f"Expected {which} to be a Distribution subclass but got {given}")

    def enter(function):
        _registered[type_p, type_q] = function
        _resolved.clear()
        return function

    return enter


def _distance(kind: type, ancestor: type) -> int:
    return kind.__mro__.index(ancestor)


def _function_for(type_p: type, type_q: type):
    found = _resolved.get((type_p, type_q))
    if found is not None:
        return found
    pairs = [(p, q) for p, q in _registered if issubclass(type_p, p) and issubclass(type_q, q)]
    if not pairs:
        return None
    by_p = min(pairs, key=lambda pair: (_distance(type_p, pair[0]), _distance(type_q, pair[1])))
    by_q = min(pairs, key=lambda pair: (_distance(type_q, pair[1]), _distance(type_p, pair[0])))
    if _registered[by_p] is not _registered[by_q]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please "
            f"register_kl({by_p[0].__name__}, {by_q[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    _resolved[type_p, type_q] = _registered[by_p]
    return _registered[by_p]


def kl_divergence(p, q) -> wengert.Tensor:
    """KL(p || q) = E_p[log p(x) - log q(x)] of two distributions, in nats, of their broadcast batch shape (Kullback &
    Leibler, "On information and sufficiency", 1951); infinite where q has no density for some value of p.

    Args:
        p, q: distributions of a pair of types with a closed form, the library's or one of `register_kl`.

    Raises:
        NotImplementedError: a pair of types that none is registered for.
        RuntimeError: batch shapes that do not broadcast.

    >>> import wengert as t
    >>> t.distributions.kl_divergence(t.distributions.Normal(0.0, 1.0), t.distributions.Normal(1.0, 1.0))
    tensor(0.5000)
    """
    function = _function_for(type(p), type(q))
    if function is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
        )
    return function(p, q)


def _infinite_like(x):
    return wengert.full_like(x, math.inf)


def _outside(support, found):
    """The divergence `found` where `support` holds, else infinity."""
    return wengert.where(support, found, math.inf)


# ------------------------------------------------------------------------------------------------ of one type


@register_kl(Bernoulli, Bernoulli)
def _bernoulli_bernoulli(p, q):
    success = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    failure = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    success = wengert.where(p.probs == 0, 0.0, _outside(q.probs > 0, success))
    return success + wengert.where(p.probs == 1, 0.0, _outside(q.probs < 1, failure))


@register_kl(Beta, Beta)
def _beta_beta(p, q):
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    total, other = a + b, c + d
    constants = c.lgamma() + d.lgamma() + total.lgamma() - (a.lgamma() + b.lgamma() + other.lgamma())
    return constants + (a - c) * a.digamma() + (b - d) * b.digamma() + (other - total) * total.digamma()


@register_kl(Binomial, Binomial)
def _binomial_binomial(p, q):
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    found = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return _outside(p.total_count == q.total_count, found)


@register_kl(Categorical, Categorical)
def _categorical_categorical(p, q):
    terms = wengert.where(p.probs == 0, 0.0, p.probs * (p.logits - q.logits))
    return _infinite_where((q.probs == 0) & (p.probs > 0), terms).sum(-1)


def _infinite_where(condition, terms):
    return wengert.where(condition, math.inf, terms)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot_one_hot(p, q):
    return _categorical_categorical(p._categorical, q._categorical)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli_continuous_bernoulli(p, q):
    mean = p.mean
    return (
        mean * (p.logits - q.logits) + p._log_constant() + (-p.probs).log1p() - q._log_constant() - (-q.probs).log1p()
    )


@register_kl(Dirichlet, Dirichlet)
def _dirichlet_dirichlet(p, q):
    a, b = p.concentration, q.concentration
    total, other = a.sum(-1), b.sum(-1)
    constants = total.lgamma() - other.lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return constants + ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential_exponential(p, q):
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(ExponentialFamily, ExponentialFamily)
def _family_family(p, q):
    """The Bregman divergence of the log-normalizer F between natural parameters:
    F(b) - F(a) - <b - a, dF(a)> (Nielsen & Nock, 2010)."""
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot be computed using Bregman "
            f"divergences: these are {type(p).__name__} and {type(q).__name__}"
        )
    ours = [x.detach().requires_grad_() for x in p._natural_params]
    theirs = q._natural_params
    with wengert.enable_grad():
        normalizer = p._log_normalizer(*ours)
        gradients = wengert.autograd.grad(normalizer.sum(), ours, create_graph=True)
    result = q._log_normalizer(*theirs) - normalizer
    for a, b, g in zip(ours, theirs, gradients, strict=True):
        result = result - sum_rightmost((b - a) * g, len(q.event_shape))
    return result


@register_kl(Gamma, Gamma)
def _gamma_gamma(p, q):
    a, b = p.concentration, q.concentration
    rates = q.rate / p.rate
    return b * (p.rate / q.rate).log() + b.lgamma() - a.lgamma() + (a - b) * a.digamma() + a * (rates - 1)


@register_kl(Gumbel, Gumbel)
def _gumbel_gumbel(p, q):
    ratio = p.scale / q.scale
    shift = (q.loc - p.loc) / q.scale
    # E exp(-(x - loc_q) / scale_q) = exp(shift) Gamma(1 + ratio)
    return (
        q.scale.log() - p.scale.log() + euler_constant * (ratio - 1) - shift + (shift + (1 + ratio).lgamma()).exp() - 1
    )


@register_kl(Geometric, Geometric)
def _geometric_geometric(p, q):
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _half_normal_half_normal(p, q):
    return _normal_normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace_laplace(p, q):
    ratio = p.scale / q.scale
    distance = (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * (-distance / p.scale).exp() - 1


@register_kl(Normal, Normal)
def _normal_normal(p, q):
    ratio = (p.scale / q.scale).square()
    shift = ((p.loc - q.loc) / q.scale).square()
    return 0.5 * (ratio + shift - 1 - ratio.log())


@register_kl(Pareto, Pareto)
def _pareto_pareto(p, q):
    ratio = p.scale / q.scale
    alpha = q.alpha / p.alpha
    found = q.alpha * ratio.log() - alpha.log() + alpha - 1
    return _outside(p.scale >= q.scale, found)


@register_kl(Poisson, Poisson)
def _poisson_poisson(p, q):
    return wengert.xlogy(p.rate, p.rate) - wengert.xlogy(p.rate, q.rate) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform_uniform(p, q):
    found = ((q.high - q.low) / (p.high - p.low)).log()
    return _outside((q.low <= p.low) & (p.high <= q.high), found)


@register_kl(Cauchy, Cauchy)
def _cauchy_cauchy(p, q):
    """Chyzak & Nielsen, "A closed-form formula for the Kullback-Leibler divergence between Cauchy distributions",
    2019."""
    squares = (p.scale + q.scale).square() + (p.loc - q.loc).square()
    return squares.log() - (4 * p.scale * q.scale).log()


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed_transformed(p, q):
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError(
            "KL of transformed distributions is that of their bases where the transforms are the same; these differ"
        )
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def _independent_independent(p, q):
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "KL of Independent distributions needs the same reinterpreted_batch_ndims: these have "
            f"{p.reinterpreted_batch_ndims} and {q.reinterpreted_batch_ndims}"
        )
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# ------------------------------------------------------------------------------------------------ normal vectors


def _same_events(p, q, names: str) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"KL-divergence between two {names} with different event shapes cannot be computed: {p.event_shape} and "
            f"{q.event_shape}"
        )


def _half_log_det(factor):
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _trace_of_solved(factor, matrix):
    """trace((L L^T)^-1 M M^T) for L = factor (*, n, n) and M = matrix (*, n, k): the squares of L^-1 M."""
    shape = broadcast_shape(factor.shape[:-2], matrix.shape[:-2])
    solved = wengert.linalg.solve_triangular(
        factor.expand((*shape, *factor.shape[-2:])), matrix.expand((*shape, *matrix.shape[-2:])), upper=False
    )
    return solved.square().sum((-2, -1))


def _trace_of_low_rank(q, matrix):
    """trace((W W^T + D)^-1 M M^T) for q's W, D and M = matrix (*, n, k)."""
    columns = matrix.mT  # (*, k, n)
    distances = low_rank_distance(
        q._unbroadcasted_cov_factor.unsqueeze(-3), q._unbroadcasted_cov_diag.unsqueeze(-2),
        q._capacitance_tril.unsqueeze(-3), columns,
    )  # fmt: skip
    return distances.sum(-1)


@register_kl(MultivariateNormal, MultivariateNormal)
def _mvn_mvn(p, q):
    _same_events(p, q, "Multivariate Normals")
    ours, theirs = p._unbroadcasted_scale_tril, q._unbroadcasted_scale_tril
    trace = _trace_of_solved(theirs, ours)
    distance = _mahalanobis(theirs, q.loc - p.loc)
    return _half_log_det(theirs) - _half_log_det(ours) + 0.5 * (trace + distance - p.event_shape[0])


def _low_rank_shift(p, q):
    return low_rank_distance(
        q._unbroadcasted_cov_factor, q._unbroadcasted_cov_diag, q._capacitance_tril, q.loc - p.loc
    )


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _low_rank_low_rank(p, q):
    _same_events(p, q, "Low Rank Multivariate Normals")
    trace = _trace_of_low_rank(q, p._unbroadcasted_cov_factor)
    trace = trace + _trace_of_low_rank(q, wengert.diag_embed(p._unbroadcasted_cov_diag.sqrt()))
    return 0.5 * (q._log_det() - p._log_det() + _low_rank_shift(p, q) + trace - p.event_shape[0])


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _mvn_low_rank(p, q):
    _same_events(p, q, "(Low Rank) Multivariate Normals")
    ours = p._unbroadcasted_scale_tril
    trace = _trace_of_low_rank(q, ours)
    return 0.5 * (q._log_det() - 2 * _half_log_det(ours) + _low_rank_shift(p, q) + trace - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _low_rank_mvn(p, q):
    _same_events(p, q, "(Low Rank) Multivariate Normals")
    theirs = q._unbroadcasted_scale_tril
    trace = _trace_of_solved(theirs, p._unbroadcasted_cov_factor)
    trace = trace + _trace_of_solved(theirs, wengert.diag_embed(p._unbroadcasted_cov_diag.sqrt()))
    distance = _mahalanobis(theirs, q.loc - p.loc)
    return 0.5 * (2 * _half_log_det(theirs) - p._log_det() + distance + trace - p.event_shape[0])


# ------------------------------------------------------------------------------------------------ of two types

# E_q-density terms: -E_p[log q(x)] for q of a type, from moments of p.


def _cross_normal(mean, second_moment, q):
    """-E[log q(x)] of a normal q, from the mean and the mean square."""
    squares = second_moment - 2 * mean * q.loc + q.loc.square()
    return 0.5 * (2 * math.pi * q.scale.square()).log() + 0.5 * squares / q.scale.square()


def _cross_exponential(mean, q):
    return q.rate * mean - q.rate.log()


def _cross_gamma(mean, mean_log, q):
    a = q.concentration
    return a.lgamma() - a * q.rate.log() - (a - 1) * mean_log + q.rate * mean


def _cross_gumbel(mean, mean_exponential, q):
    """From E[x] and E[exp(-x / scale_q)]."""
    return q.scale.log() + (mean - q.loc) / q.scale + (q.loc / q.scale).exp() * mean_exponential


def _second(p):
    return p.variance + p.mean.square()


def _never(p, q):
    """Some value of p has no density under q."""
    return _infinite_like(_first_parameter(p) + _first_parameter(q))


def _first_parameter(d):
    return getattr(d, next(iter(d.arg_constraints)))


for _p, _q in (
    (Beta, Pareto), (ContinuousBernoulli, Pareto), (Exponential, Beta), (Exponential, ContinuousBernoulli),
    (Exponential, Pareto), (Exponential, Uniform), (Gamma, Beta), (Gamma, ContinuousBernoulli), (Gamma, Pareto),
    (Gamma, Uniform), (Gumbel, Beta), (Gumbel, ContinuousBernoulli), (Gumbel, Exponential), (Gumbel, Gamma),
    (Gumbel, Pareto), (Gumbel, Uniform), (Laplace, Beta), (Laplace, ContinuousBernoulli), (Laplace, Exponential),
    (Laplace, Gamma), (Laplace, Pareto), (Laplace, Uniform), (Normal, Beta), (Normal, ContinuousBernoulli),
    (Normal, Exponential), (Normal, Gamma), (Normal, Pareto), (Normal, Uniform), (Pareto, Beta),
    (Pareto, ContinuousBernoulli), (Pareto, Uniform), (Poisson, Bernoulli), (Poisson, Binomial),
):  # fmt: skip
    register_kl(_p, _q)(_never)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p, q):
    # log(0! ) = log(1!) = 0
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Beta, ContinuousBernoulli)
def _beta_continuous_bernoulli(p, q):
    return -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._log_constant()


@register_kl(Beta, Exponential)
def _beta_exponential(p, q):
    return -p.entropy() + _cross_exponential(p.mean, q)


def _beta_mean_log(p):
    return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()


@register_kl(Beta, Gamma)
def _beta_gamma(p, q):
    return -p.entropy() + _cross_gamma(p.mean, _beta_mean_log(p), q)


@register_kl(Beta, Normal)
def _beta_normal(p, q):
    return -p.entropy() + _cross_normal(p.mean, _second(p), q)


@register_kl(Beta, Uniform)
def _beta_uniform(p, q):
    found = -p.entropy() + (q.high - q.low).log()
    return _outside((q.low <= 0) & (q.high >= 1), found)


@register_kl(ContinuousBernoulli, Exponential)
def _continuous_bernoulli_exponential(p, q):
    return -p.entropy() + _cross_exponential(p.mean, q)


@register_kl(ContinuousBernoulli, Normal)
def _continuous_bernoulli_normal(p, q):
    return -p.entropy() + _cross_normal(p.mean, _second(p), q)


@register_kl(ContinuousBernoulli, Uniform)
def _continuous_bernoulli_uniform(p, q):
    found = -p.entropy() + (q.high - q.low).log()
    return _outside((q.low <= 0) & (q.high >= 1), found)


@register_kl(Exponential, Gamma)
def _exponential_gamma(p, q):
    return -p.entropy() + _cross_gamma(p.mean, -euler_constant - p.rate.log(), q)


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p, q):
    # E exp(-x / s) = rate / (rate + 1 / s)
    scaled = p.rate * q.scale
    return -p.entropy() + _cross_gumbel(p.mean, scaled / (scaled + 1), q)


@register_kl(Exponential, Normal)
def _exponential_normal(p, q):
    return -p.entropy() + _cross_normal(p.mean, _second(p), q)


@register_kl(Gamma, Exponential)
def _gamma_exponential(p, q):
    return -p.entropy() + _cross_exponential(p.mean, q)


@register_kl(Gamma, Gumbel)
def _gamma_gumbel(p, q):
    # E exp(-x / s) = (rate / (rate + 1 / s))^a
    shrink = (-p.concentration * (p.rate * q.scale).reciprocal().log1p()).exp()
    return -p.entropy() + _cross_gumbel(p.mean, shrink, q)


@register_kl(Gamma, Normal)
def _gamma_normal(p, q):
    return -p.entropy() + _cross_normal(p.mean, _second(p), q)


@register_kl(Gumbel, Normal)
def _gumbel_normal(p, q):
    return -p.entropy() + _cross_normal(p.mean, _second(p), q)


@register_kl(Laplace, Normal)
def _laplace_normal(p, q):
    return -p.entropy() + _cross_normal(p.mean, _second(p), q)


@register_kl(Normal, Gumbel)
def _normal_gumbel(p, q):
    # E exp(-x / s) = exp(-mean / s + variance / (2 s^2))
    exponential = (-p.loc / q.scale + 0.5 * (p.scale / q.scale).square()).exp()
    return -p.entropy() + _cross_gumbel(p.mean, exponential, q)


@register_kl(Normal, Laplace)
def _normal_laplace(p, q):
    # E |x - m| of a normal x: the mean of a folded normal value.
    shift = p.loc - q.loc
    z = shift / p.scale
    folded = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z * z).exp() + shift * (math.sqrt(0.5) * z).erf()
    return -p.entropy() + (2 * q.scale).log() + folded / q.scale


@register_kl(Pareto, Exponential)
def _pareto_exponential(p, q):
    found = -p.entropy() + _cross_exponential(p.mean, q)
    return _outside(p.alpha > 1, found)


@register_kl(Pareto, Gamma)
def _pareto_gamma(p, q):
    found = -p.entropy() + _cross_gamma(p.mean, p.scale.log() + p.alpha.reciprocal(), q)
    return _outside(p.alpha > 1, found)


@register_kl(Pareto, Normal)
def _pareto_normal(p, q):
    found = -p.entropy() + _cross_normal(p.mean, _second(p), q)
    return _outside(p.alpha > 2, found)


def _mean_x_log_x(low, high):
    """The integral of log(x) over [low, high]."""
    return wengert.xlogy(high, high) - wengert.xlogy(low, low) - (high - low)


@register_kl(Uniform, Beta)
def _uniform_beta(p, q):
    width = p.high - p.low
    a, b = q.concentration1, q.concentration0
    log_x = _mean_x_log_x(p.low, p.high) / width
    log_rest = _mean_x_log_x(1 - p.high, 1 - p.low) / width
    log_beta = a.lgamma() + b.lgamma() - (a + b).lgamma()
    found = -width.log() - (a - 1) * log_x - (b - 1) * log_rest + log_beta
    return _outside((p.low >= 0) & (p.high <= 1), found)


@register_kl(Uniform, ContinuousBernoulli)
def _uniform_continuous_bernoulli(p, q):
    found = -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._log_constant()
    return _outside((p.low >= 0) & (p.high <= 1), found)


@register_kl(Uniform, Exponential)
def _uniform_exponential(p, q):
    return _outside(p.low >= 0, -p.entropy() + _cross_exponential(p.mean, q))


@register_kl(Uniform, Gamma)
def _uniform_gamma(p, q):
    mean_log = _mean_x_log_x(p.low, p.high) / (p.high - p.low)
    return _outside(p.low >= 0, -p.entropy() + _cross_gamma(p.mean, mean_log, q))


@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p, q):
    width = p.high - p.low
    exponential = q.scale / width * ((-p.low / q.scale).exp() - (-p.high / q.scale).exp())
    return -p.entropy() + _cross_gumbel(p.mean, exponential, q)


@register_kl(Uniform, Normal)
def _uniform_normal(p, q):
    return -p.entropy() + _cross_normal(p.mean, _second(p), q)


@register_kl(Uniform, Pareto)
def _uniform_pareto(p, q):
    mean_log = _mean_x_log_x(p.low, p.high) / (p.high - p.low)
    found = -p.entropy() - q.alpha.log() - q.alpha * q.scale.log() + (q.alpha + 1) * mean_log
    return _outside(p.low >= q.scale, found)
