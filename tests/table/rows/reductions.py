"""Reductions, statistics, running reductions, norms, differences and histograms."""

import numpy as np
import scipy.integrate
import scipy.special
import scipy.stats

from ..composites import row
from ..values import A, B, P, R, Values, Z

ALONG = ((None, False), (0, False), (-1, True), ((0, 1), False), ((1,), True))
ONE = ((0, False), (-1, True), (1, False))


def reduced(function):
    return lambda x, dim, keepdim: function(x, axis=dim, keepdims=keepdim)


def keyed(*sets):
    """Parameter sets as keywords dim, keepdim."""
    return [{"dim": dim, "keepdim": keepdim} for dim, keepdim in sets]


def detached(name):
    """PyTorch's function with results that are not of its graph, where it records one without a derivative."""

    def call(*arguments, **keywords):
        import torch

        found = torch
        for part in name.split("."):
            found = getattr(found, part)
        result = found(*arguments, **keywords)
        return tuple([y.detach() for y in result]) if isinstance(result, tuple) else result.detach()

    return call


# ------------------------------------------------------------------------------------------------ reductions

for name, function in (("max", np.max), ("min", np.min)):
    row(name, [A(3, 4)], function, real_only=True)
    row(name, [A()], function, real_only=True)


def extremum(value, position):
    return lambda x, dim, keepdim: (value(x, axis=dim, keepdims=keepdim), position(x, axis=dim, keepdims=keepdim))


row("max", [A(3, 4)], extremum(np.max, np.argmax), *keyed(*ONE), real_only=True)
row("min", [A(3, 4)], extremum(np.min, np.argmin), *keyed(*ONE), real_only=True)
row("max", [R(3, 4), R(4)], np.maximum, real_only=True)
row("min", [R(3, 4), R(4)], np.minimum, real_only=True)
for name, function in (("largest", np.max), ("smallest", np.min)):
    row(name, [A(3, 4)], reduced(function), *ALONG)
row(
    "aminmax", [A(3, 4)], lambda x, dim, keepdim: (x.min(dim, keepdims=keepdim), x.max(dim, keepdims=keepdim)),
    *keyed((None, False), (0, False), (-1, True)), real_only=True,
)  # fmt: skip
row("aminmax", [A(3, 4)], lambda x: (x.min(), x.max()), real_only=True)
for name, function in (("nansum", np.nansum), ("nanmean", np.nanmean)):
    row(name, [R(3, 4)], function, real_only=True)
    row(name, [R(3, 4)], reduced(function), *keyed(*ALONG), real_only=True)
row("count_nonzero", [Z(3, 4)], np.count_nonzero, differentiable=False)
row("count_nonzero", [R(3, 4)], lambda x, dim: np.count_nonzero(x, axis=dim), (0,), ((0, 1),), differentiable=False)
row("prod", [R(3, 4)], np.prod)
row("prod", [R(2, 1, 3)], reduced(np.prod), (0, True), (2, False), (-1, True))
row("all", [B(2, 3, 2)], reduced(np.all), ((0, 2), False), ((-1,), True))
row("any", [B(2, 3, 2)], reduced(np.any), ((0, 2), False), ((-1,), True))
row("argmax", [A(3, 4)], reduced(np.argmax), (None, True), (-1, False))
row("argmin", [A(3, 4)], reduced(np.argmin), (None, True), (-1, False))

# ------------------------------------------------------------------------------------------------ statistics


def spread(function):
    def reference(x, dim=None, unbiased=None, keepdim=False, correction=None):
        freedom = 1 if correction is None and unbiased is not False else correction or 0
        return function(x, axis=dim, ddof=freedom, keepdims=keepdim)

    return reference


def named(function, *names):
    """The reference with its parameters by name."""
    return lambda x, *values: function(x, **dict(zip(names, values, strict=True)))


for name, function in (("var", np.var), ("std", np.std)):
    row(name, [R(3, 4)], named(spread(function), "dim", "keepdim"), *keyed(*ALONG))
    row(name, [R(3, 4)], named(spread(function), "dim", "correction"),
        {"dim": (0, 1), "correction": 3}, {"dim": 0, "correction": 0})  # fmt: skip
    row(name, [R(3, 4)], lambda x, dim, unbiased, f=function: f(x, dim, ddof=int(unbiased)), (1, False))
    row(name, [R(3, 4)], lambda x, unbiased, f=function: f(x, ddof=int(unbiased)), (False,))
    row(
        f"{name}_mean", [R(3, 4)], lambda x, f=function: (f(x, ddof=1), np.mean(x)),
    )  # fmt: skip
    row(
        f"{name}_mean", [R(3, 4)],
        lambda x, dim, correction, keepdim, f=function: (
            f(x, dim, ddof=correction, keepdims=keepdim), np.mean(x, dim, keepdims=keepdim)
        ),
        {"dim": 1, "correction": 2, "keepdim": True}, {"dim": (0, 1), "correction": 0, "keepdim": False},
    )  # fmt: skip


row(
    "variance", [R(3, 4)],
    lambda x, dim, keepdim, correction: np.var(x, dim, ddof=correction, keepdims=keepdim),
    (None, False, 1), (0, True, 0), ((0, 1), False, 2),
)  # fmt: skip


def lower_median(x, axis=None, keepdims=False):
    return np.quantile(x, 0.5, axis=axis, keepdims=keepdims, method="lower")


def place_of(value):
    """(values, positions) of a value that stands once in its line."""

    def reference(x, dim, keepdim):
        found = value(x, axis=dim, keepdims=True)
        places = np.argmax(x == found, axis=dim, keepdims=True)
        return (found, places) if keepdim else (np.squeeze(found, dim), np.squeeze(places, dim))

    return reference


for name in ("median", "nanmedian"):
    row(name, [A(3, 4)], lower_median, real_only=True)
    row(name, [A(3, 5)], lower_median, real_only=True)
    row(name, [A(3, 4)], place_of(lower_median), *ONE, real_only=True)
    row(f"{name}_place", [A(3, 4)], lambda x, dim: place_of(lower_median)(x, dim, False)[1], (0,), (-1,))
for name in ("middle", "nanmiddle"):
    row(name, [A(3, 4)], reduced(lower_median), *ALONG)


def most_frequent(x, dim=-1, keepdim=False):
    value = scipy.stats.mode(x, axis=dim, keepdims=True).mode
    last = x.shape[dim] - 1 - np.argmax(np.flip(x == value, dim), axis=dim, keepdims=True)
    return (value, last) if keepdim else (np.squeeze(value, dim), np.squeeze(last, dim))


row("mode", [A(3, 4)], most_frequent, (), *ONE, real_only=True)
row("mode", [Z(4, 5)], most_frequent, (), *ONE, real_only=True)
row("mode_place", [Z(4, 5)], lambda x, dim: most_frequent(x, dim)[1], (0,), (-1,))
row("mode_place", [A(4, 5)], lambda x, dim: most_frequent(x, dim)[1], (1,))


def nearest(x, q, axis=None, keepdims=False):
    """NumPy's "nearest" is to the lower of two as near in some releases: the rank rounded, halves to even."""
    size = x.size if axis is None else x.shape[axis]
    ordered = np.sort(x.reshape(-1) if axis is None else np.moveaxis(x, axis, -1), -1)
    out = ordered[..., int(np.round(q * (size - 1)))]
    if keepdims:
        out = out.reshape((1,) * x.ndim) if axis is None else np.expand_dims(out, axis)
    return out


def quantile(x, q, dim=None, keepdim=False, interpolation="linear"):
    if interpolation == "nearest":
        return nearest(x, q, dim, keepdim)
    return np.quantile(x, q, axis=dim, keepdims=keepdim, method=interpolation)


for name in ("quantile", "nanquantile"):
    row(name, [A(3, 5)], quantile, (0.3,), (0.0,), (1.0, 0), (0.6, -1, True), (0.35, 1, False), real_only=True)
    row(
        name, [A(3, 5)], named(quantile, "q", "dim", "interpolation"),
        *[{"q": q, "dim": dim, "interpolation": way} for way in ("linear", "lower", "higher", "midpoint", "nearest")
          for q, dim in ((0.3, 1), (0.55, None))],
        real_only=True,
    )  # fmt: skip
    # Probabilities are an operand too: the quantile is piecewise linear in them.
    row(name, [A(3, 5), Values((3,), 0.28, 0.45)], lambda x, q, dim: np.quantile(x, q, axis=dim), (1,), (0,),
        real_only=True)  # fmt: skip
row("cov", [R(3, 5)], np.cov)
row("cov", [R(5)], lambda x: np.cov(x))
row("cov", [R(3, 5)], lambda x, correction: np.cov(x, ddof=correction), {"correction": 0})
row("corrcoef", [R(3, 5)], lambda x: np.corrcoef(x))

# ------------------------------------------------------------------------------------------------ running reductions


def recurrence(a, b, dim, backwards):
    a, b = np.moveaxis(a, dim, 0), np.moveaxis(b, dim, 0)
    out = b.copy()
    places = range(len(b) - 2, -1, -1) if backwards else range(1, len(b))
    for k in places:
        out[k] += a[k + 1] * out[k + 1] if backwards else a[k] * out[k - 1]
    return np.moveaxis(out, 0, dim)


row("linear_recurrence", [R(3, 4), R(3, 4)], recurrence, (0, False), (1, True), (-1, False), (0, True))
row("linear_recurrence", [R(1), R(1)], recurrence, (0, False), (0, True))
row("cumsum", [R(2, 3, 2)], lambda x, dim: np.cumsum(x, axis=dim), (1,))
row("cumprod", [R(2, 3, 2)], lambda x, dim: np.cumprod(x, axis=dim), (1,))
for name, function in (("cummax", np.maximum), ("cummin", np.minimum)):

    def places(x, dim, function=function):
        best = function.accumulate(x, axis=dim)
        spot = np.arange(x.shape[dim]).reshape([-1 if d == dim % x.ndim else 1 for d in range(x.ndim)])
        return np.maximum.accumulate(np.where(x == best, spot, 0), axis=dim)

    row(
        name, [A(3, 4)],
        lambda x, dim, function=function, places=places: (function.accumulate(x, axis=dim), places(x, dim)),
        (0,), (-1,), real_only=True,
    )  # fmt: skip
    row(
        f"{name}_along", [A(3, 4)],
        lambda x, dim, function=function, places=places: (function.accumulate(x, axis=dim), places(x, dim)),
        (0,), (-1,),
    )  # fmt: skip
row("logcumsumexp", [R(3, 4)], lambda x, dim: np.log(np.cumsum(np.exp(x), axis=dim)), (0,), (-1,))
row("logsumexp", [R(2, 3, 2)], lambda x, dim, keepdim: scipy.special.logsumexp(x, axis=dim, keepdims=keepdim),
    ((0, -1), False), (1, True))  # fmt: skip

# ------------------------------------------------------------------------------------------------ norms

ORDERS = (0, 1, 2, 3, 0.5, -1, -1.5, np.inf, -np.inf)


def length(x, ord=2, dim=None, keepdim=False):
    x = np.abs(x)
    if ord == 0:
        return np.sum(x != 0, axis=dim, keepdims=keepdim).astype(float)
    if np.isinf(ord):
        return (np.max if ord > 0 else np.min)(x, axis=dim, keepdims=keepdim)
    return np.sum(x**ord, axis=dim, keepdims=keepdim) ** (1 / ord)


# Their absolute values lie apart, too.
UNEVEN = Values((3, 4), -1.1, 2.1, apart=True)
for name in ("linalg.vector_norm", "norm"):
    row(name, [UNEVEN], length, *[(ord,) for ord in ORDERS[1:]])
    row(name, [UNEVEN], length, *[(ord, dim, keepdim) for ord in (1, 2, 3, np.inf) for dim, keepdim in ALONG])
    row(name, [UNEVEN], length, (0,), (0, 1), differentiable=False, spelled=detached(name))
row("norm", [R(3, 4)], lambda x, p, dim: length(x, 2, dim), ("fro", 1), ("fro", (0, 1)), (None, 0))
row("norm", [R(3, 4)], lambda x, p: np.sum(np.linalg.svd(x, compute_uv=False)), ("nuc",))
row("norm", [R(3, 2, 4)], lambda x, p, dim, keepdim: np.linalg.norm(x, p, dim, keepdims=keepdim), ("nuc", (0, 2), True))
row("power_norm", [A(3, 4)], length, (3.0, None, False), (0.5, 0, True), (-2.0, (0, 1), False))
row("dist", [R(3, 4), R(4)], lambda x, y: length(x - y))
row("dist", [A(3, 4), R(3, 4, low=3, high=4)], lambda x, y, p: length(x - y, p), (1,), (3,), (np.inf,))
row("pairwise_distance", [R(3, 4), R(3, 4)], lambda x, y: length(x - y + 1e-6, 2, -1))
row(
    "pairwise_distance", [R(3, 4), R(4)], lambda x, y, p, eps, keepdim: length(x - y + eps, p, -1, keepdim),
    (3.0, 0.1, True), (1.0, 0.0, False),
)  # fmt: skip


def cosine(x, y, dim=1, eps=1e-8):
    return np.sum(x * y, dim) / (np.maximum(length(x, 2, dim), eps) * np.maximum(length(y, 2, dim), eps))


row("cosine_similarity", [R(3, 4), R(3, 4)], cosine, (), (0,), real_only=True)
row("cosine_similarity", [R(3, 4), R(4)], lambda x, y, dim: cosine(x, np.broadcast_to(y, x.shape), dim), (-1,),
    real_only=True)  # fmt: skip
row("nn.functional.normalize", [R(3, 4)], lambda x, p=2.0, dim=1: x / length(x, p, dim, True),
    (), (3.0, 0), (1.0, (0, 1)))  # fmt: skip


def limited(x, p, dim, maxnorm):
    axes = tuple(d for d in range(x.ndim) if d != dim % x.ndim)
    lengths = length(x, p, axes, True)
    return np.where(lengths > maxnorm, x * maxnorm / (lengths + 1e-7), x)


row("renorm", [R(3, 4)], limited, (2, 0, 2.5), (1, -1, 3.0), (3.5, 1, 0.0))
row("renorm", [R(2, 3, 2)], limited, (2, 1, 2.0))

# ------------------------------------------------------------------------------------------------ differences

row("diff", [R(3, 5)], lambda x, n=1, dim=-1: np.diff(x, n, dim), (), (2,), (1, 0), (3, -1), (0,), (4, 0))
row("diff", [Z(3, 5)], lambda x: np.diff(x))
row("diff", [R(3, 5)], lambda x, n, dim, before, after: np.diff(x, n, dim), (2, 0, None, None))


def derivative(x, spacing=1.0, dim=None, edge_order=1):
    if np.ndim(spacing):
        steps = [np.asarray(s) for s in spacing]
    else:
        steps = [spacing] * (x.ndim if dim is None else 1)
    found = np.gradient(x, *steps, axis=dim, edge_order=edge_order)
    return tuple(found) if isinstance(found, (list, tuple)) else (found,)


row("gradient", [R(3, 5)], derivative)
row("gradient", [R(3, 5)], named(derivative, "edge_order"), {"edge_order": 2})
row("gradient", [R(3, 5)], named(derivative, "spacing", "dim"), {"spacing": 0.5, "dim": 1}, {"spacing": 2.0, "dim": -1})
row("gradient", [R(3, 5)], named(derivative, "spacing"), {"spacing": [0.5, 2.0]})
row("trapezoid", [R(3, 5)], lambda y: scipy.integrate.trapezoid(y))
row("trapezoid", [R(3, 5), R(5)], lambda y, x: scipy.integrate.trapezoid(y, x))
row("trapezoid", [R(3, 5), R(3, 5)], lambda y, x: scipy.integrate.trapezoid(y, x))
row("trapezoid", [R(3, 5)], lambda y, dx, dim: scipy.integrate.trapezoid(y, dx=dx, axis=dim), {"dx": 0.5, "dim": 0})
row("cumulative_trapezoid", [R(3, 5)], lambda y: scipy.integrate.cumulative_trapezoid(y))
row("cumulative_trapezoid", [R(3, 5), R(5)], lambda y, x: scipy.integrate.cumulative_trapezoid(y, x))
row(
    "cumulative_trapezoid", [R(3, 5)], lambda y, dx, dim: scipy.integrate.cumulative_trapezoid(y, dx=dx, axis=dim),
    {"dx": 0.5, "dim": 0},
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ histograms

DATA_DEPENDENT = ("vmap", "complex vmap")  # the values decide on the shape or the edges of the result


def counts(x, bins=100, low=0, high=0):
    bounds = (x.min(), x.max()) if low == high else (low, high)
    return np.histogram(x, bins, bounds)[0].astype(x.dtype)


row("histc", [R(4, 5)], counts, (7,), (5, -1, 2), (4, -3.0, 3.0), differentiable=False, real_only=True)
row(
    "histogram", [R(4, 5)], lambda x, bins: tuple(y.astype(x.dtype) for y in np.histogram(x, bins)), (6,),
    differentiable=False, real_only=True, without=DATA_DEPENDENT, spelled=detached("histogram"),
)  # fmt: skip
row(
    "histogram", [R(4, 5)],
    lambda x, bins, range, density: tuple(y.astype(x.dtype) for y in np.histogram(x, bins, range, density)),
    {"bins": 4, "range": (-1.0, 1.5), "density": True}, differentiable=False, real_only=True, without=DATA_DEPENDENT,
    spelled=detached("histogram"),
)  # fmt: skip
row(
    "histogramdd", [R(9, 2)], lambda x: np.histogramdd(x, (3, 4))[0].astype(x.dtype), differentiable=False,
    real_only=True, without=DATA_DEPENDENT, through=lambda t, x: t.histogramdd(x.detach(), (3, 4)).hist,
)  # fmt: skip
row("bincount", [Z(9, high=5)], np.bincount, differentiable=False, without=DATA_DEPENDENT)
row("bincount", [Z(9, high=5)], lambda x, weights, minlength: np.bincount(x, weights, minlength), (None, 8),
    differentiable=False, without=DATA_DEPENDENT)  # fmt: skip
row("bincount", [Z(9, high=5), P(9)], np.bincount, spelled=None, real_only=True, without=DATA_DEPENDENT)
row("nuclear_norm", [R(3, 4)], lambda x: np.linalg.norm(x, "nuc"))
row("nuclear_norm", [R(3, 2, 4)], lambda x, dim, keepdim: np.linalg.norm(x, "nuc", dim, keepdim), ((0, 2), True))
