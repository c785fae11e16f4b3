"""Sorting, and finding: in order, by order, among others."""

import numpy as np

from ..composites import row
from ..values import A, D, R, Z

# ------------------------------------------------------------------------------------------------ sorting


def first(x, order, dim):
    return np.take_along_axis(x, order, dim), order


def topk(x, k, dim=-1, largest=True, sorted=True):
    order = np.argsort(-x if largest else x, dim, kind="stable")
    return first(x, np.take(order, range(k), dim), dim)


def kthvalue(x, k, dim=-1, keepdim=False):
    values, order = first(x, np.take(np.argsort(x, dim, kind="stable"), [k - 1], dim), dim)
    return (values, order) if keepdim else (values.squeeze(dim), order.squeeze(dim))


def sort(x, dim=-1, descending=False):
    return first(x, np.argsort(-x if descending else x, dim, kind="stable"), dim)


ORDERED = {"real_only": True}
INTEGERS = {"real_only": True, "differentiable": False}
row("sort", [A(3, 4)], sort, (), (0, True), (-2,), {"dim": 1, "descending": True}, **ORDERED)
row("sort", [R(2, 0)], sort, (1,), (0, True), **ORDERED)
row("sort", [R()], lambda x: (x, np.array(0)), **ORDERED)
row("argsort", [A(3, 4)], lambda x, *p: sort(x, *p)[1], (), (0, True), (-2,), **INTEGERS)
row("msort", [A(3, 4)], lambda x: np.sort(x, 0), **ORDERED)
row("msort", [A(5)], lambda x: np.sort(x, 0), **ORDERED)
row("msort", [R()], lambda x: x, **ORDERED)
row("topk", [A(3, 4)], topk, (2,), (1, 0), (4, -1, False), (0,), {"k": 2, "dim": 0, "largest": False}, **ORDERED)
row("topk", [A(2, 40)], topk, (2,), (3, 1, False), **ORDERED)
row("topk", [R()], lambda x, k: (x, np.array(0)), (1,), **ORDERED)
row("kthvalue", [A(3, 4)], kthvalue, (2,), (1, 0), (3, -1, True), {"k": 3, "dim": -2, "keepdim": True}, **ORDERED)
row("kthvalue", [A(40)], kthvalue, (1,), (40,), (3,), **ORDERED)
row("kthvalue", [R()], lambda x, k: (x, np.array(0)), (1,), **ORDERED)

# ------------------------------------------------------------------------------------------------ finding

BOUNDARIES = np.array([-1.5, -0.5, 0.5, 1.5])


def searchsorted(sequence, x, out_int32=False, right=False, side=None):
    sequence, side = np.sort(sequence), side or ("right" if right else "left")
    if sequence.ndim == 1:
        found = np.searchsorted(sequence, x, side)
    else:
        found = np.array([np.searchsorted(s, v, side) for s, v in zip(sequence, x, strict=True)])
    return found.astype(np.int32 if out_int32 else np.int64)


def sorted_first(function, sequence, x, *parameters, **named):
    return function(sequence.sort()[0], x, *parameters, **named)


SORTED_FIRST = {**INTEGERS, "without": ("forms",)}  # the sequence is sorted by the call
row("searchsorted", [D(6, high=9), Z(2, 3, high=9)], searchsorted, call=sorted_first, **SORTED_FIRST)
row("searchsorted", [A(3, 6), R(3, 2)], searchsorted, call=sorted_first, **SORTED_FIRST)
row(
    "searchsorted", [Z(6, high=9), Z(4, high=9)], lambda s, x: searchsorted(s, x, right=True), **SORTED_FIRST,
    call=lambda function, s, x: sorted_first(function, s, x, right=True),
)  # fmt: skip
row(
    "searchsorted", [A(6), R(4)], lambda s, x: searchsorted(s, x, True, side="right"), **SORTED_FIRST,
    call=lambda function, s, x: sorted_first(function, s, x, side="right", out_int32=True),
)  # fmt: skip
row(
    "searchsorted", [A(6), R(4)], searchsorted, **SORTED_FIRST,
    call=lambda function, s, x: function(s, x, sorter=s.sort()[1]),
)  # fmt: skip
row("searchsorted", [A(6), R()], searchsorted, call=sorted_first, **SORTED_FIRST)
row(
    "bucketize", [R(3, 4), A(5)], lambda x, s: searchsorted(s, x), **SORTED_FIRST,
    call=lambda function, x, s: function(x, s.sort()[0]),
)  # fmt: skip
row(
    "bucketize", [Z(4), D(3)], lambda x, s: searchsorted(s, x, True, True), **SORTED_FIRST,
    call=lambda function, x, s: function(x, s.sort()[0], out_int32=True, right=True),
)  # fmt: skip

CONCRETE = {"real_only": True, "differentiable": False, "without": ("vmap",)}  # decided by values


def unique(x, return_inverse=False, return_counts=False, dim=None):
    found = np.unique(x, return_inverse=return_inverse, return_counts=return_counts, axis=dim)
    if not isinstance(found, tuple):
        return found
    shape = x.shape if dim is None else (x.shape[dim],)
    return tuple([y.reshape(shape) if return_inverse and i == 1 else y for i, y in enumerate(found)])


def unique_consecutive(x, return_inverse=False, return_counts=False, dim=None):
    rows = list(x.ravel()) if dim is None else list(np.moveaxis(x, dim, 0))
    kept, inverse, counts = [], [], []
    for one in rows:
        if not kept or np.any(one != kept[-1]):
            kept.append(one)
            counts.append(0)
        inverse.append(len(kept) - 1)
        counts[-1] += 1
    answer = [np.array(kept) if dim is None else np.moveaxis(np.array(kept), 0, dim)]
    if return_inverse:
        answer.append(np.array(inverse).reshape(x.shape if dim is None else (-1,)))
    if return_counts:
        answer.append(np.array(counts))
    return tuple(answer)


for options in ({}, {"return_inverse": True}, {"return_counts": True}, {"return_inverse": True, "return_counts": True}):
    row("unique", [Z(3, 4)], lambda x, *p, keys=tuple(options): unique(x, **dict(zip(keys, p, strict=True))),
        options, **CONCRETE)  # fmt: skip
    row("unique_consecutive", [Z(9, high=2)],
        lambda x, *p, keys=tuple(options): unique_consecutive(x, **dict(zip(keys, p, strict=True))),
        options, **CONCRETE)  # fmt: skip
ALL = {"return_inverse": True, "return_counts": True}
row("unique", [Z(5, 2, high=2)], lambda x, *p: unique(x, True, True, p[-1]), {**ALL, "dim": 0}, **CONCRETE)
row("unique", [Z(2, 5, high=2)], lambda x, *p: unique(x, True, True, p[-1]), {**ALL, "dim": -1}, **CONCRETE)
row(
    "unique_consecutive", [Z(7, 2, high=2)], lambda x, *p: unique_consecutive(x, True, True, p[-1]), {**ALL, "dim": 0},
    **CONCRETE,
)  # fmt: skip
row("isin", [Z(3, 4, high=9), Z(4, high=9)], np.isin, **INTEGERS)
row("isin", [Z(3, 4, high=9), Z(2, 2, high=9)], lambda x, y, invert: ~np.isin(x, y), {"invert": True}, **INTEGERS)
row("isin", [Z(4), Z(2)], lambda x, y, unique: np.isin(x, y), {"assume_unique": False}, **INTEGERS)
row("isin", [Z(3, 4, high=9)], np.isin, (4,), (2.5,), **INTEGERS)
row("unravel_index", [Z(2, 3, high=24)], np.unravel_index, ((2, 3, 4),), (24,), **INTEGERS)
