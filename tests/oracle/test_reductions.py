"""Reductions, statistics, running reductions, norms and histograms in both libraries: values, dtypes, error types."""

import functools
import math
import warnings

import numpy as np
import pytest

import wengert
from wengert.core import dtypes
from wengert.core.promotion import from_array

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

# PyTorch itself computes little with the wider unsigned types.
DTYPES = [d.name for d in dtypes.ALL if d.name not in ("uint16", "uint32", "uint64")]


def _matrix():
    return np.array([[1.0, 2.0, 2.0, 0.0], [0.0, 5.0, 1.0, 3.0], [2.0, 2.0, 7.0, 1.0]])


# Each input by name: an array in float64, and how it lies in memory.
INPUTS = {
    "matrix": _matrix,
    "transposed": lambda: _matrix().T,
    "strided": lambda: np.repeat(np.repeat(_matrix(), 2, 0), 2, 1)[::2, ::2],
    "broadcast": lambda: np.broadcast_to(np.array([2.0, 1.0, 3.0]), (2, 3)),
    "cube": lambda: np.arange(24.0).reshape(2, 3, 4) % 5,
    "line": lambda: np.array([3.0, 1.0, 2.0, 2.0]),
    "scalar": lambda: np.array(2.0),
    "one": lambda: np.array([[1.0]]),
    "empty": lambda: np.zeros((0,)),
    "no columns": lambda: np.zeros((2, 0)),
    "no rows": lambda: np.zeros((0, 3)),
    "nan": lambda: np.array([[1.0, np.nan, 3.0], [2.0, 0.0, 1.0]]),
    "infinite": lambda: np.array([[1.0, np.inf, 3.0], [-np.inf, 0.0, np.inf]]),
}

inf, nan = math.inf, math.nan


def along(name, *arguments, **keywords):
    return lambda t, x: getattr(t, name)(x, *arguments, **keywords)


PROGRAMS = {}
for name in ("sum", "mean", "nansum", "nanmean", "var", "std", "amax", "amin", "all", "any", "count_nonzero"):
    PROGRAMS[name] = along(name)
    for dim in (0, -1, 1, 5, (0,), (0, 1), (1, -1), [], (0, 0), "a", 1.5):
        PROGRAMS[f"{name} dim={dim}"] = along(name, dim=dim)
    if name != "count_nonzero":
        PROGRAMS[f"{name} keepdim"] = along(name, dim=-1, keepdim=True)
        PROGRAMS[f"{name} keepdim dims"] = along(name, dim=(0, -1), keepdim=True)
for name in ("prod", "max", "min", "median", "nanmedian", "argmax", "argmin"):
    PROGRAMS[name] = along(name)
    for dim in (0, -1, 1, 5, (0,), "a", 1.5):
        PROGRAMS[f"{name} dim={dim}"] = along(name, dim)
    PROGRAMS[f"{name} keepdim"] = along(name, dim=-1, keepdim=True)
for name in ("argmax", "argmin"):
    PROGRAMS[f"{name} keepdim all"] = along(name, keepdim=True)
for name in ("mode", "aminmax"):
    PROGRAMS[name] = along(name)
    for dim in (0, -1, 1, 5, (0,), "a", 1.5):
        PROGRAMS[f"{name} dim={dim}"] = along(name, dim=dim)
    PROGRAMS[f"{name} keepdim"] = along(name, dim=-1, keepdim=True)
PROGRAMS["aminmax keepdim all"] = along("aminmax", keepdim=True)
for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "softmax", "log_softmax", "logsumexp"):
    for dim in (0, -1, 1, 5, "a", 1.5):
        PROGRAMS[f"{name} {dim}"] = along(name, dim)
PROGRAMS["logsumexp dims"] = along("logsumexp", (0, -1), True)
for name in ("sum", "mean", "nansum", "nanmean", "prod"):
    for dtype in ("float64", "float32", "int64", "int8", "complex64", "bool"):
        PROGRAMS[f"{name} to {dtype}"] = lambda t, x, n=name, d=dtype: getattr(t, n)(x, dtype=getattr(t, d))
for name in ("cumsum", "cumprod", "softmax", "log_softmax"):
    for dtype in ("float64", "float32", "int32", "bool"):
        PROGRAMS[f"{name} to {dtype}"] = lambda t, x, n=name, d=dtype: getattr(t, n)(x, 0, dtype=getattr(t, d))
for name in ("cumsum_", "cumprod_"):
    for dim in (0, -1, 5):
        PROGRAMS[f"{name} {dim}"] = lambda t, x, n=name, d=dim: getattr(x.clone(), n)(d)
for name in ("var", "std", "var_mean", "std_mean"):
    PROGRAMS |= {
        f"{name} biased": along(name, False), f"{name} positional": along(name, 0, False, True),
        f"{name} correction": along(name, dim=0, correction=0), f"{name} half": along(name, correction=0.5),
        f"{name} keepdim all": along(name, keepdim=True), f"{name} too much": along(name, correction=40),
        f"{name} both": along(name, 0, unbiased=True, correction=1),
        f"{name} none": along(name, None, True, False), f"{name} unbiased": along(name, unbiased=False),
    }  # fmt: skip
PROGRAMS |= {
    "max of two": lambda t, x: t.max(x, x.flip(0) if x.ndim else x),
    "min of two": lambda t, x: t.min(x, other=x.flip(0) if x.ndim else x),
    "max with list": lambda t, x: t.max(x.tolist()), "sum of list": lambda t, x: t.sum(x.tolist()),
    "median of list": lambda t, x: t.median(x.tolist()), "var of list": lambda t, x: t.var(x.tolist()),
}  # fmt: skip
# Quantiles.
for name in ("quantile", "nanquantile"):
    for interpolation in ("linear", "lower", "higher", "midpoint", "nearest", "none"):
        PROGRAMS[f"{name} {interpolation}"] = along(name, 0.3, interpolation=interpolation)
        PROGRAMS[f"{name} {interpolation} along"] = along(name, 0.625, -1, True, interpolation=interpolation)
        PROGRAMS[f"{name} {interpolation} several"] = lambda t, x, n=name, i=interpolation: getattr(t, n)(
            x, t.tensor([0.0, 0.25, 0.5, 0.9, 1.0], dtype=x.dtype), 0, interpolation=i
        )
    for q in (1.5, -0.1, 1, 0, "a", None, True):
        PROGRAMS[f"{name} q={q}"] = along(name, q)
    PROGRAMS[f"{name} dim=5"] = along(name, 0.5, 5)
    PROGRAMS[f"{name} keepdim"] = along(name, 0.5, keepdim=True)
    PROGRAMS[f"{name} matrix of q"] = lambda t, x, n=name: getattr(t, n)(x, t.tensor([[0.5]], dtype=x.dtype))
    PROGRAMS[f"{name} q out of range"] = lambda t, x, n=name: getattr(t, n)(x, t.tensor([0.5, 1.5], dtype=x.dtype))
    PROGRAMS[f"{name} no q"] = lambda t, x, n=name: getattr(t, n)(x, t.tensor([], dtype=x.dtype))
    PROGRAMS[f"{name} q of another type"] = lambda t, x, n=name: getattr(t, n)(
        x, t.tensor(0.5, dtype=t.float32 if x.dtype is t.float64 else t.float64)
    )
# Norms and distances.
for ord in (0, 1, 2, 3, 0.5, -1, -2.5, inf, -inf):
    PROGRAMS[f"vector_norm {ord}"] = lambda t, x, p=ord: t.linalg.vector_norm(x, p)
    PROGRAMS[f"vector_norm {ord} along"] = lambda t, x, p=ord: t.linalg.vector_norm(x, p, dim=-1, keepdim=True)
    PROGRAMS[f"vector_norm {ord} over two"] = lambda t, x, p=ord: t.linalg.vector_norm(x, p, (0, 1))
    PROGRAMS[f"norm {ord}"] = along("norm", ord)
    PROGRAMS[f"norm {ord} positional"] = along("norm", ord, 0, True)
    PROGRAMS[f"dist {ord}"] = lambda t, x, p=ord: t.dist(x, x[:1] if x.ndim else x * 3, p)
    PROGRAMS[f"renorm {ord}"] = along("renorm", ord, 0, 1.5)
for dim in (5, (), (0, 0), "a"):
    PROGRAMS[f"vector_norm dim={dim}"] = lambda t, x, d=dim: t.linalg.vector_norm(x, dim=d)
for dtype in ("float16", "float32", "float64", "complex64", "complex128", "int64"):
    PROGRAMS[f"vector_norm to {dtype}"] = lambda t, x, d=dtype: t.linalg.vector_norm(x, dtype=getattr(t, d))
    PROGRAMS[f"norm to {dtype}"] = lambda t, x, d=dtype: t.norm(x, dtype=getattr(t, d))
PROGRAMS |= {
    "vector_norm of a word": lambda t, x: t.linalg.vector_norm(x, "fro"), "norm": along("norm"),
    "norm fro": along("norm", "fro", -1), "norm fro dims": along("norm", "fro", (0, 1), True),
    "norm of three dims": along("norm", "fro", (0, 1, 2)), "norm of a word": along("norm", "two"),
    "norm None": along("norm", None), "renorm last": along("renorm", 2, -1, 2.0),
    "renorm dim=5": along("renorm", 2, 5, 1),
    "renorm negative": along("renorm", 2, 0, -1), "renorm complex": along("renorm", 1j, 0, 1),
    "renorm_": lambda t, x: x.clone().renorm_(2, 0, 1.0),
    "pairwise_distance": lambda t, x: t.pairwise_distance(x, x * 2 + 1),
    "pairwise_distance 1": lambda t, x: t.pairwise_distance(x, x.flip(0) if x.ndim else x, 1, keepdim=True),
    "cosine_similarity": lambda t, x: t.cosine_similarity(x, x.flip(0) if x.ndim else x),
    "cosine_similarity last": lambda t, x: t.cosine_similarity(x, x * 0, dim=-1),
    "cosine_similarity mixed": lambda t, x: t.cosine_similarity(x, x.to(t.float64), dim=0),
    "normalize": lambda t, x: t.nn.functional.normalize(x),
    "normalize 1": lambda t, x: t.nn.functional.normalize(x, 1, 0),
    "normalize dims": lambda t, x: t.nn.functional.normalize(x, dim=(0, 1)),
}  # fmt: skip
# Differences and integrals.
PROGRAMS |= {
    "diff": along("diff"), "diff 2": along("diff", 2), "diff 0": along("diff", 0), "diff 9": along("diff", 9),
    "diff first": along("diff", 1, 0), "diff -1": along("diff", -1), "diff dim=5": along("diff", 1, 5),
    "diff 1.5": along("diff", 1.5), "diff prepend": lambda t, x: t.diff(x, prepend=x, append=x + x),
    "diff prepend scalar": lambda t, x: t.diff(x, prepend=t.tensor(1.0)),
    "diff prepend other shape": lambda t, x: t.diff(x, prepend=x[:1], dim=-1),
    "gradient": along("gradient"), "gradient 2": along("gradient", edge_order=2),
    "gradient 3": along("gradient", edge_order=3), "gradient dim": along("gradient", dim=-1),
    "gradient dims": along("gradient", dim=(1, 0)), "gradient dim=5": along("gradient", dim=5),
    "gradient twice": along("gradient", dim=(0, 0)), "gradient spacing": along("gradient", spacing=2.0),
    "gradient spacing int": along("gradient", spacing=2, dim=0),
    "gradient spacings": along("gradient", spacing=[0.5, 2.0]),
    "gradient no dims": along("gradient", dim=()),
    "gradient places": lambda t, x: t.gradient(x, spacing=(t.arange(x.shape[0]) ** 2.0,), dim=0),
    "gradient places 2": lambda t, x: t.gradient(x, spacing=(t.arange(x.shape[0]) ** 2.0,), dim=0, edge_order=2),
    "gradient matrix of places": lambda t, x: t.gradient(x, spacing=(t.ones(2, 2),), dim=0),
    "trapezoid": along("trapezoid"), "trapezoid dx": along("trapezoid", dx=2),
    "trapezoid dim": along("trapezoid", dim=0),
    "trapezoid dim=5": along("trapezoid", dim=5), "trapz": along("trapz", dx=0.5),
    "trapezoid x": lambda t, x: t.trapezoid(x, t.arange(x.shape[-1]) ** 2.0),
    "trapezoid x first": lambda t, x: t.trapezoid(x, t.arange(x.shape[0]) ** 2, dim=0),
    "trapezoid x like y": lambda t, x: t.trapezoid(x, x * 2),
    "trapezoid x short": lambda t, x: t.trapezoid(x, t.ones(2)),
    "trapezoid both": lambda t, x: t.trapezoid(x, x, dx=1.0),
    "cumulative_trapezoid": along("cumulative_trapezoid"),
    "cumulative_trapezoid dx": along("cumulative_trapezoid", dx=0.5, dim=0),
    "cumulative_trapezoid x": lambda t, x: t.cumulative_trapezoid(x, t.arange(x.shape[-1]) ** 2.0),
}  # fmt: skip
# Covariance and histograms.
PROGRAMS |= {
    "cov": along("cov"), "cov 0": along("cov", correction=0), "cov 9": along("cov", correction=9),
    "cov 0.5": along("cov", correction=0.5), "corrcoef": along("corrcoef"),
    "cov fweights": lambda t, x: t.cov(x, fweights=t.arange(x.shape[-1]) + 1),
    "cov aweights": lambda t, x: t.cov(x, aweights=(t.arange(x.shape[-1]) + 1).to(t.float32)),
    "cov weights": lambda t, x: t.cov(
        x, fweights=t.arange(x.shape[-1]) + 1, aweights=(t.arange(x.shape[-1]) + 0.5).to(t.float32)
    ),
    "cov float fweights": lambda t, x: t.cov(x, fweights=t.ones(x.shape[-1])),
    "cov negative": lambda t, x: t.cov(x, fweights=-t.arange(x.shape[-1])),
    "cov short": lambda t, x: t.cov(x, aweights=t.ones(17)), "cov matrix": lambda t, x: t.cov(x, aweights=t.ones(1, 4)),
    "cov zeros": lambda t, x: t.cov(x, aweights=t.zeros(x.shape[-1])),
    "histc": along("histc"), "histc 4": along("histc", 4), "histc range": along("histc", 3, 0, 4),
    "histc equal": along("histc", 3, 2, 2), "histc backwards": along("histc", 3, 4, 0), "histc 0": along("histc", 0),
    "histc 1.5": along("histc", 1.5), "histc infinite": along("histc", 3, 0, inf),
    "histogram": along("histogram", 4), "histogram range": along("histogram", 3, range=(0.0, 4.0)),
    "histogram edges": lambda t, x: t.histogram(x, t.tensor([0.0, 1.0, 2.5, 6.0], dtype=x.dtype)),
    "histogram weight": lambda t, x: t.histogram(x, 3, weight=x + 1), "histogram 0": along("histogram", 0),
    "histogram density": along("histogram", 3, density=True),
    "histogram backwards": along("histogram", 3, range=(2.0, 1.0)),
    "histogram short weight": lambda t, x: t.histogram(x, 3, weight=t.ones(17, dtype=x.dtype)),
    "histogram typed weight": lambda t, x: t.histogram(x, 3, weight=t.ones(4, dtype=t.float16)),
    "histogram typed edges": lambda t, x: t.histogram(x, t.ones(4, dtype=t.float16)),
    "histogram matrix of edges": lambda t, x: t.histogram(x, t.ones(2, 2, dtype=x.dtype)),
    "histogramdd": along("histogramdd", 2), "histogramdd short": along("histogramdd", [2]),
    "histogramdd list": lambda t, x: t.histogramdd(x, [2] * x.shape[-1]),
    "histogramdd weight": lambda t, x: t.histogramdd(x, 2, weight=x.sum(-1), density=True),
    "histogramdd short range": along("histogramdd", 2, range=[0.0]),
    "bincount": along("bincount"), "bincount minlength": along("bincount", minlength=12),
    "bincount negative": along("bincount", minlength=-1), "bincount less": lambda t, x: t.bincount(x - 9),
    "bincount weights": lambda t, x: t.bincount(x, x * 0.5), "bincount short": lambda t, x: t.bincount(x, t.ones(17)),
}  # fmt: skip

# Where the two differ on purpose, each with its reason.
DIFFERENCES = {
    ("mode", "nan"): "PyTorch sorts with a comparison that NaN breaks",
    ("cumprod", "infinite"): "PyTorch multiplies the first complex number by 1 + 0i",
    ("cumprod_", "infinite"): "PyTorch multiplies the first complex number by 1 + 0i",
    ("cummax", "empty"): "PyTorch does not look at dim where there are no elements",
    ("cummin", "empty"): "PyTorch does not look at dim where there are no elements",
    ("var_mean", "infinite"): "the mean of PyTorch's running formula is NaN once an infinity has come",
    ("std_mean", "infinite"): "the mean of PyTorch's running formula is NaN once an infinity has come",
    ("nansum to int64", "infinite"): "an infinite float16 as an integer is anything",
    ("nansum to int8", "infinite"): "an infinite float16 as an integer is anything",
    ("trapezoid dim", "infinite"): "PyTorch takes the ends off the sum, infinity from infinity",
    ("histogramdd", "no columns"): "points without coordinates are all in the one bin there is; PyTorch counts none",
    ("cov aweights", "one"): "PyTorch refuses a product of two dtypes of one element",
    **dict.fromkeys([(name, "infinite") for name in ("diff", "gradient")],
                    "PyTorch's difference of complex numbers multiplies by 1 + 0i"),
    **dict.fromkeys(
        [(f"{name} keepdim dims", "empty") for name in ("amax", "amin")]
        + [(f"vector_norm {ord} over two", "empty") for ord in (-1, -2.5, inf, -inf)],
        "two things are wrong, dims and no elements; either may be said first",
    ),
}  # fmt: skip


def listed(result) -> list:
    if isinstance(result, (tuple, list)):
        return [part for entry in result for part in listed(entry)]
    return [result]


def outcome(t, program, x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return listed(program(t, x))
        except Exception as error:
            return error


def _numpy(t, x):
    if t is torch and x.dtype is torch.bfloat16:
        return x.detach().float().numpy()
    array = x.detach().numpy()
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def difference(program, name: str, dtype: str):
    """What the libraries say differently of one program on one input; None if they agree."""
    array = INPUTS[name]()
    if dtype in ("float16", "float32", "float64", "bfloat16", "complex64", "complex128"):
        pass
    elif not np.all(np.isfinite(array)):
        return None
    with np.errstate(all="ignore"):
        ours_in = from_array(array).to(getattr(wengert, dtype))
        theirs_in = torch.from_numpy(array.copy()).to(getattr(torch, dtype))
    if name in ("transposed", "strided", "broadcast"):
        ours_in = from_array(np.lib.stride_tricks.as_strided(*laid_out(ours_in.array, array)))
    ours, theirs = outcome(wengert, program, ours_in), outcome(torch, program, theirs_in)
    if isinstance(ours, Exception) and type(ours) is type(theirs):
        return None
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        said = [f"{type(y).__name__}: {y}" if isinstance(y, Exception) else f"gives {y}" for y in (ours, theirs)]
        if isinstance(ours, Exception) and (name, dtype) != ("matrix", "float64"):
            refused = isinstance(on_matrix(program, dtype), Exception)
            # Where two things are wrong, either may be said first.
            if isinstance(theirs, Exception) and (refused or isinstance(on_matrix(program, "float64"), Exception)):
                return None
            # A type that is refused is refused here where there is nothing to compute too.
            if refused and (not array.size or not array.ndim):
                return None
        return f"{said[0]}\nPyTorch {said[1]}"
    if len(ours) != len(theirs):
        return f"{len(ours)} results, PyTorch {len(theirs)}"
    for i, (found, wanted) in enumerate(zip(ours, theirs, strict=True)):
        if str(found.dtype).split(".")[1] != str(wanted.dtype).split(".")[1]:
            return f"dtype {found.dtype}, PyTorch {wanted.dtype}"
        if tuple(found.shape) != tuple(wanted.shape):
            return f"shape {tuple(found.shape)}, PyTorch {tuple(wanted.shape)}"
        if i == 1 and len(ours) == 2 and found.dtype is wengert.int64:
            continue  # of equal elements any may be meant: the values say whether it was one
        rough = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 2e-6, "complex64": 2e-6}.get(dtype, 1e-12)
        if str(found.dtype).split(".")[1] in ("float32", "complex64"):
            rough = max(rough, 2e-6)
        try:
            np.testing.assert_allclose(_numpy(wengert, found), _numpy(torch, wanted), rtol=rough, atol=rough)
        except AssertionError:
            return f"{found}, PyTorch {wanted}"
    return None


@functools.cache
def on_matrix(program, dtype: str):
    return outcome(torch, program, torch.from_numpy(_matrix()).to(getattr(torch, dtype)))


def laid_out(values, like):
    """The arguments that give `values` the layout of `like`."""
    size = values.dtype.itemsize
    steps = [s // like.dtype.itemsize for s in like.strides]
    room = 1 + sum((n - 1) * s for n, s in zip(values.shape, steps, strict=True))
    memory = np.zeros(room, values.dtype)
    view = np.lib.stride_tricks.as_strided(memory, values.shape, [s * size for s in steps])
    view[...] = values
    return memory, values.shape, [s * size for s in steps]


@pytest.mark.parametrize("program", PROGRAMS)
def test_same_as_pytorch(program):
    found = []
    for name in INPUTS:
        for dtype in DTYPES:
            said = difference(PROGRAMS[program], name, dtype)
            if said is not None and not {(program, name), (program.split()[0], name)} & set(DIFFERENCES):
                found.append(f"{program} of {name} {dtype}: {said}")
    assert not found, "\n".join(found)
