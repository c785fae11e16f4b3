"""First and second derivatives of reductions at zeros, ties, NaN and infinities, in both libraries."""

import math
import warnings

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

inf, nan = math.inf, math.nan
INPUTS = {
    "plain": [[1.5, -2.0, 0.5], [-0.25, 3.0, 1.25]],
    "one zero": [[1.5, 0.0, 0.5], [-0.25, 3.0, 1.25]],
    "zeros": [[0.0, 0.0, 0.5], [0.0, 3.0, 0.0]],
    "all zero": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    "ties": [[2.0, 2.0, -2.0], [1.0, 2.0, 1.0]],
    "nan": [[2.0, nan, -2.0], [1.0, 2.0, 1.5]],
    "infinite": [[2.0, inf, -2.0], [1.0, 0.5, 1.5]],
    "minus infinite": [[-inf, -inf, -2.0], [1.0, -inf, 1.5]],
}


def first(result):
    return result[0] if isinstance(result, tuple) else result


PROGRAMS = {
    "sum": lambda t, x: x.sum(), "mean": lambda t, x: x.mean(1), "prod": lambda t, x: x.prod(),
    "prod 0": lambda t, x: x.prod(0), "prod 1": lambda t, x: x.prod(1, True), "cumprod 0": lambda t, x: x.cumprod(0),
    "cumprod 1": lambda t, x: x.cumprod(1), "cumsum": lambda t, x: x.cumsum(1),
    "amax": lambda t, x: t.amax(x, 1), "amin": lambda t, x: t.amin(x, (0, 1)), "max": lambda t, x: x.max(),
    "min": lambda t, x: x.min(), "max 1": lambda t, x: first(x.max(1)), "min 0": lambda t, x: first(x.min(0)),
    "aminmax": lambda t, x: t.aminmax(x)[0] * 2 + t.aminmax(x)[1], "cummax": lambda t, x: first(t.cummax(x, 1)),
    "cummin": lambda t, x: first(t.cummin(x, 0)), "median": lambda t, x: x.median(),
    "nanmedian": lambda t, x: x.nanmedian(),
    "nansum": lambda t, x: x.nansum(1), "nanmean": lambda t, x: x.nanmean(), "var": lambda t, x: x.var(),
    "var 1": lambda t, x: x.var(1, correction=0), "std": lambda t, x: x.std(1),
    "std_mean": lambda t, x: sum(t.std_mean(x)),
    "logsumexp": lambda t, x: x.logsumexp(1), "logcumsumexp": lambda t, x: x.logcumsumexp(1),
    "softmax": lambda t, x: x.softmax(1), "log_softmax": lambda t, x: x.log_softmax(0),
    "quantile": lambda t, x: t.quantile(x, 0.3), "quantile 1": lambda t, x: t.quantile(x, 0.75, 1),
    "quantile q": lambda t, x: t.quantile(x.detach(), x[0, 2].abs().clamp(max=0.5) * 0.5),
    "midpoint": lambda t, x: t.quantile(x, 0.3, 1, interpolation="midpoint"),
    "nanquantile": lambda t, x: t.nanquantile(x, 0.4, 1, interpolation="lower"),
    "norm": lambda t, x: x.norm(), "norm 1": lambda t, x: x.norm(1, 1), "norm 3": lambda t, x: x.norm(3, 1),
    "norm 1.5": lambda t, x: x.norm(1.5), "norm 0.5": lambda t, x: x.norm(0.5, 0), "norm inf": lambda t, x: x.norm(inf),
    "norm -inf": lambda t, x: x.norm(-inf, 1), "norm -1": lambda t, x: x.norm(-1),
    "norm -2": lambda t, x: x.norm(-2, 1),
    "dist": lambda t, x: t.dist(x, x.flip(0).detach(), 2), "renorm": lambda t, x: t.renorm(x, 2, 0, 1.0),
    "normalize": lambda t, x: t.nn.functional.normalize(x),
    "cosine_similarity": lambda t, x: t.cosine_similarity(x, x.flip(1) + 1, dim=1),
    "pairwise_distance": lambda t, x: t.pairwise_distance(x, x.flip(0).detach()),
    "diff": lambda t, x: x.diff(n=2), "gradient": lambda t, x: t.gradient(x, dim=1)[0],
    "trapezoid": lambda t, x: t.trapezoid(x, x.cumsum(1)), "cov": lambda t, x: t.cov(x),
    "corrcoef": lambda t, x: t.corrcoef(x),
}  # fmt: skip

# Where the two differ, with the reason.
DIFFERENCES = {
    **dict.fromkeys([("norm 1", "nan"), ("norm inf", "nan"), ("norm -inf", "nan")], "PyTorch's sign of NaN is 0"),
    ("logcumsumexp", "infinite"): "one NaN more in the second derivative where infinity is divided by itself",
}  # fmt: skip
# Whose first derivatives are NaN in PyTorch where they need not be, with the reason.
NAN_IN_PYTORCH = {
    "cumprod 0": "it divides by the element", "cumprod 1": "it divides by the element",
    "logcumsumexp": "it takes the logarithm of the gradient, and of sums that are 0",
}  # fmt: skip


def derivatives(t, program, values):
    """(value, first derivatives, second derivatives), None for a second one that does not depend on the input."""
    x = t.tensor(values, dtype=t.float64, requires_grad=True)
    y = program(t, x)
    weights = t.arange(1, y.numel() + 1, dtype=t.float64).reshape(tuple(y.shape))
    (g,) = t.autograd.grad((y * weights).sum(), x, create_graph=True, allow_unused=True)
    if g is None:
        return y.detach().numpy(), None, None
    h = None
    if g.requires_grad:
        (h,) = t.autograd.grad((g * t.tensor([[1.0, -2.0, 3.0], [0.5, 1.0, -1.0]], dtype=t.float64)).sum(), x,
                               allow_unused=True)  # fmt: skip
    return y.detach().numpy(), array(t, g.detach()), None if h is None else array(t, h.detach())


def array(t, x):
    return x.numpy(force=True) if t is torch else x.numpy()


def filled(a, like):
    return np.zeros(np.shape(like)) if a is None else a


@pytest.mark.parametrize("program", PROGRAMS)
def test_same_derivatives_as_pytorch(program):
    found = []
    for name, values in INPUTS.items():
        if (program, name) in DIFFERENCES:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours, theirs = [derivatives(t, PROGRAMS[program], values) for t in (wengert, torch)]
        for what, a, b in zip(("value", "first", "second"), ours, theirs, strict=True):
            if a is None and b is None:
                continue
            a, b = filled(a, b), filled(b, a)
            # PyTorch's second derivatives are NaN where a norm has a kink or an infinity is divided by itself.
            undefined = np.isnan(b) & (what == "second" or program in NAN_IN_PYTORCH)
            try:
                np.testing.assert_allclose(np.where(undefined, 0, a), np.where(undefined, 0, b), rtol=1e-9, atol=1e-9)
            except AssertionError:
                found.append(f"{program} of {name}, {what}:\n{a}\nPyTorch\n{b}")
    assert not found, "\n".join(found)
