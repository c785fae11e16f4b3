"""Reading, writing and adding at positions, and choosing by masks."""

import numpy as np

from ..composites import row
from ..values import A, B, D, R, U, Values, Z


def places(index, dim):
    """Each place in index with the place that it leads to along dim."""
    for i in np.ndindex(index.shape):
        to = list(i)
        to[dim] = index[i]
        yield i, tuple(to)


# ------------------------------------------------------------------------------------------------ gather, scatter


def gather(x, index, dim):
    out = np.empty(index.shape, x.dtype)
    for i, source in places(index, dim):
        out[i] = x[source]
    return out


def scatter(x, index, src, dim):
    out = x.copy()
    for i, to in places(index, dim):
        out[to] = src[i]
    return out


def scatter_add(x, index, src, dim):
    out = x.copy()
    for i, to in places(index, dim):
        out[to] += src[i]
    return out


def scatter_multiply(x, index, src, dim):
    out = x.copy()
    for i, to in places(index, dim):
        out[to] *= src[i]
    return out


REDUCTIONS = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "amax": np.max, "amin": np.min}


def scatter_reduce(x, index, src, dim, reduce, include_self=True):
    groups = {}
    for i, to in places(index, dim):
        groups.setdefault(to, [x[to]] if include_self else []).append(src[i])
    out = x.copy()
    for to, group in groups.items():
        out[to] = REDUCTIONS[reduce](np.array(group))
    return out


def between(function, x, index, dim, *others):
    return function(x, dim, index, *others)


row("gather", [R(3, 4), Z(2, 4)], gather, (0,), (-2,), call=between)
row("gather", [R(3, 4), Z(3, 5)], gather, (1,), (-1,), call=between)
row("gather", [R(4), Z(0)], gather, (0,), call=between)
row("gather", [R(2, 3, 2), Z(2, 5, 1)], gather, (1,), call=between)
row("gather", [R(), Z(high=1)], lambda x, index, dim: x, (0,), (-1,), call=between)
row("gather", [R(3), Z()], lambda x, index, dim: x[index], (0,), call=between)
row("take_along_dim", [R(3, 4), Z(3, 4)], lambda x, i, dim: np.take_along_axis(x, i, dim), (0,), (-1,))
row("take_along_dim", [R(3, 1), Z(1, 4, low=-3)], lambda x, i, dim: np.take_along_axis(x, i, dim), (0,))
row("take_along_dim", [R(3, 4), Z(5, high=12)], lambda x, i: x.ravel()[i])
# As in NumPy; PyTorch counts from the end only where dim is given.
row("take_along_dim", [R(3, 4), Z(5, low=-12, high=12)], lambda x, i: x.ravel()[i], spelled=None)


def written(function, x, index, src, dim, *others):
    return function(x, dim, index, src, *others)


row("scatter", [R(3, 4), D(2, 2, high=4), R(2, 2)], scatter, (1,), (-1,), call=written)
# PyTorch has no derivative where src is larger than index.
row("scatter", [R(4), D(4, high=4), R(6)], scatter, (0,), call=written, spelled=None)
# PyTorch gives all elements that are written to one place its gradient; the last one has it.
row("scatter", [R(3, 4), Z(2, 4), R(2, 4)], scatter, (0,), call=written, spelled=None)
row(
    "scatter", [R(3, 4), Z(2, 4)], lambda x, index, dim, value: scatter(x, index, np.full(index.shape, value), dim),
    (0, 1.5), (1, -2), call=lambda function, x, index, dim, value: function(x, dim, index, value),
)  # fmt: skip
row("scatter", [R(), Z(high=1), R()], lambda x, index, src, dim: src, (0,), call=written)
for reduce, reference in (("add", scatter_add), ("multiply", scatter_multiply)):
    # PyTorch has no derivative of these.
    row(
        "scatter", [R(3, 4), Z(2, 4), R(2, 4)], reference, (0,), spelled=None,
        call=lambda function, x, index, src, dim, reduce=reduce: function(x, dim, index, src, reduce=reduce),
    )  # fmt: skip
row("scatter_add", [R(3, 4), Z(2, 4), R(2, 4)], scatter_add, (0,), (-2,), call=written)
row("scatter_add", [R(3, 2), Z(3, 5, high=2), R(4, 6)], scatter_add, (1,), call=written, spelled=None)
row("scatter_add", [R(3, 2), Z(3, 5, high=2), R(3, 5)], scatter_add, (1,), call=written)
row("scatter_add", [R(3), Z(0), R(2)], scatter_add, (0,), call=written, spelled=None)
row("scatter_add", [R(), Z(4, high=1), R(4)], lambda x, index, src, dim: x + src.sum(), (0,), call=written)
for reduce in REDUCTIONS:
    for include_self in (True, False):
        row(
            "scatter_reduce", [A(3, 4), Z(4, 4), U(4, 4)],
            lambda x, index, src, dim, reduce=reduce, include_self=include_self: (
                scatter_reduce(x, index, src, dim, reduce, include_self)
            ),
            (0,), real_only=reduce.startswith("am"),
            call=lambda function, x, index, src, dim, reduce=reduce, include_self=include_self: (
                function(x, dim, index, src, reduce, include_self=include_self)
            ),
        )  # fmt: skip
row("scatter_reduce", [A(2, 3), Z(2, 4), U(2, 4)], scatter_reduce, (-1, "prod"), (1, "mean"), call=written)
row("scatter_reduce", [A(2, 3), Z(2, 4), U(2, 4)], scatter_reduce, (1, "amax"), call=written, real_only=True)
row(
    "scatter_reduce", [A(2, 3), Z(2, 4), U(3, 5)], scatter_reduce, (1, "sum"), (1, "prod"), call=written, spelled=None
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ along a dimension


def along(x, index, dim):
    """The index of a dimension of x as one of all its dimensions."""
    return (slice(None),) * (dim % x.ndim) + (np.atleast_1d(index),)


def index_add(x, index, source, dim, alpha=1):
    out = x.copy()
    np.add.at(out, along(x, index, dim), alpha * source)
    return out


def index_copy(x, index, source, dim):
    out = x.copy()
    out[along(x, index, dim)] = source
    return out


def index_fill(x, index, dim, value):
    out = x.copy()
    out[along(x, index, dim)] = value
    return out


def index_reduce(x, index, source, dim, reduce, include_self=True):
    shape = [1] * x.ndim
    shape[dim] = -1
    return scatter_reduce(x, np.broadcast_to(index.reshape(shape), source.shape), source, dim, reduce, include_self)


row("index_select", [R(3, 4), Z(5)], lambda x, i, dim: np.take(x, i, dim), (0,), (1,), (-2,), call=between)
row("index_select", [R(3, 4), Z()], lambda x, i, dim: np.take(x, [i], dim), (1,), call=between)
row("index_select", [R(3, 0), Z(2)], lambda x, i, dim: np.take(x, i, dim), (0,), call=between)
row("index_select", [R(), Z(1, high=1)], lambda x, i, dim: x, (0,), (-1,), call=between)
row("index_add", [R(3, 4), Z(5), R(5, 4)], index_add, (0,), (-2,), call=written)
row("index_add", [R(2, 3), Z(2), R(2, 2)], index_add, (1,), call=written)
row("index_add", [R(3), Z(), R(1)], index_add, (0,), call=written)
row("index_add", [R(), Z(1, high=1), R()], lambda x, i, source, dim: x + source, (0,), call=written)
row(
    "index_add", [R(3, 4), Z(5), R(5, 4)], index_add, (0, 2.5), (0, -1),
    call=lambda function, x, index, source, dim, alpha: function(x, dim, index, source, alpha=alpha),
)  # fmt: skip
row("index_copy", [R(3, 4), D(2), R(2, 4)], index_copy, (0,), (-2,), call=written)
row("index_copy", [R(2, 3), D(3), R(2, 3)], index_copy, (1,), call=written)
row("index_copy", [R(3), Z(), R(1)], index_copy, (0,), call=written)
row("index_copy", [R(3), Z(5), R(5)], index_copy, (0,), call=written, spelled=None)
row("index_fill", [R(3, 4), Z(2, low=-3)], index_fill, (0, 1.5), (1, -2), (-1, 0), call=between)
row(
    "index_fill", [R(3, 4), Z(2), R()], lambda x, i, value, dim: index_fill(x, i, dim, value), (0,), (-1,), call=written
)
for reduce in ("prod", "mean", "amax", "amin"):
    for include_self in (True, False):
        row(
            "index_reduce", [A(3, 2), Z(4), U(4, 2)],
            lambda x, index, source, dim, reduce=reduce, include_self=include_self: (
                index_reduce(x, index, source, dim, reduce, include_self)
            ),
            (0,), real_only=reduce.startswith("am"),
            call=lambda function, x, index, source, dim, reduce=reduce, include_self=include_self: (
                function(x, dim, index, source, reduce, include_self=include_self)
            ),
        )  # fmt: skip
row("index_reduce", [A(2, 3), Z(4), U(2, 4)], index_reduce, (-1, "prod"), (1, "mean"), call=written)

# ------------------------------------------------------------------------------------------------ flat, and by tuples


def put(x, index, source, accumulate=False):
    out = x.copy()
    if accumulate:
        np.add.at(out.reshape(-1), index.ravel(), source.ravel())
    else:
        out.reshape(-1)[index.ravel()] = source.ravel()
    return out


def index_put(x, i, j, values, accumulate=False):
    out = x.copy()
    if accumulate:
        np.add.at(out, (i, j), values)
    else:
        out[i, j] = values
    return out


row("take", [R(3, 4), Z(2, 3, low=-12, high=12)], lambda x, i: x.ravel()[i])
row("take", [R(3), Z()], lambda x, i: x[i])
row("take", [R(), Z(2, high=1)], lambda x, i: np.full(2, x))
row("put", [R(3, 4), D(2, 3, low=-6, high=6), R(6)], put, (), (True,))
row("put", [R(3, 4), Z(2, 3), R(2, 3)], put, (True,))
row("put", [R(3, 4), Z(2, 3), R(2, 3)], put, (), spelled=None)
INDEX_PUT = {"call": lambda function, x, i, j, values, *others: function(x, (i, j), values, *others)}
row("index_put", [R(3, 4), D(2), Z(2), R(2)], index_put, (), (True,), **INDEX_PUT)
row("index_put", [R(3, 3, 2), Z(2, 1), Z(3), R(2)], index_put, (True,), **INDEX_PUT)
row("index_put", [R(3, 3, 2), D(3, 1), D(3), R(3, 2)], index_put, (False,), **INDEX_PUT)
row("index_put", [R(3, 4), Z(3), Z(3), R()], index_put, (True,), **INDEX_PUT)

# ------------------------------------------------------------------------------------------------ masks


def masked_fill(x, mask, value):
    return np.where(mask, value, x)


def masked_scatter(x, mask, source):
    out = np.broadcast_to(x, np.broadcast_shapes(x.shape, mask.shape)).copy()
    mask = np.broadcast_to(mask, out.shape)
    out[mask] = source.ravel()[: mask.sum()]
    return out


row("where", [B(3, 4), R(3, 4), R(4)], np.where)
row("where", [B(4), R(3, 1), R()], np.where)
row("masked_fill", [R(3, 4), B(3, 4)], masked_fill, (1.5,), (-2,))
row("masked_fill", [R(3, 1), B(4)], masked_fill, (0.5,), without=("forms", "complex forms"))
row("masked_fill", [R(3, 4), B(4), R()], masked_fill)
NOT_BATCHED = {"without": ("vmap", "complex vmap")}  # the shape of the result depends on values
row("masked_select", [R(3, 4), B(3, 4)], lambda x, mask: x[mask], **NOT_BATCHED)
row("masked_select", [R(3, 1), B(4)], lambda x, mask: np.broadcast_to(x, (3, 4))[:, mask].ravel(), **NOT_BATCHED)
row("masked_scatter", [R(3, 4), B(3, 4), R(12)], masked_scatter)
row("masked_scatter", [R(2, 3), B(3), R(3, 4)], masked_scatter)

DECIDED = {"differentiable": False, "without": ("vmap", "complex vmap")}
row("nonzero", [B(3, 4)], lambda x: np.argwhere(x), **DECIDED)
row(
    "nonzero", [Z(2, 3)], lambda x: np.nonzero(x), **DECIDED, call=lambda function, x: function(x, as_tuple=True)
)
row("argwhere", [Z(3, 4)], np.argwhere, **DECIDED)
row(
    "nonzero_static", [Values((4,), 0, 2, "i")],
    lambda x, size: np.concatenate([np.argwhere(x), np.full((4, 1), -1)])[:size], {"size": 2}, {"size": 4}, **DECIDED,
)  # fmt: skip
