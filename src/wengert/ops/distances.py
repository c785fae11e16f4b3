"""Distances between vectors."""

import numpy

from ..core.errors import type_word
from ..core.promotion import from_array
from .composite import composite
from .elementwise import eq, where
from .index_functions import index_select
from .linear_algebra import c_word
from .matrices import broadcast_batch, number_argument, tensor_argument
from .norms import norm
from .shape import unsqueeze

_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


def _length(difference, p: float):
    """The p-norm of the last dimension, with derivative 0 at 0."""
    if not difference.shape[-1]:
        return difference.sum(-1)
    if p == 0:
        # A count has a derivative of 0, rather than none.
        return norm(difference, 0, -1) + where(eq(difference, difference), 0.0, difference).sum(-1)
    return norm(difference, p, -1)


@composite(method=False)
def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """Distances of all rows of x1 (*, P, M) from all rows of x2 (*, R, M): (*, P, R), the p-norms of their differences.

    float32 or float64, leading dimensions broadcast; p from 0 (how many elements differ) to inf (the largest
    difference). Differences are always taken element by element, whatever `compute_mode` is, so that small distances
    keep their digits. The gradient of a distance of 0 is 0.

    RuntimeError for different numbers of columns, what is not of floating point, different dtypes, and a negative p.

    >>> import wengert as t
    >>> t.cdist(t.tensor([[0.0, 0.0]]), t.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    x1, x2 = tensor_argument(x1, "cdist", "x1", 1), tensor_argument(x2, "cdist", "x2", 2)
    if not isinstance(compute_mode, int) and compute_mode not in (None, *_MODES):
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        if not x.dtype.is_floating_point:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {type_word(x.array.dtype)}")
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    p = number_argument(p, "cdist", "p", 3)
    if not p >= 0:
        raise RuntimeError(f"cdist only supports non-negative p values: p is {p}")
    if x1.dtype.itemsize < 4:
        raise NotImplementedError(f"\"cdist\" not implemented for '{type_word(x1.array.dtype)}': convert to float32")
    if x1.dtype is not x2.dtype:
        raise RuntimeError(
            f"expected scalar type {type_word(x1.array.dtype)} but found {type_word(x2.array.dtype)}: cdist does not "
            "promote; convert one with .to()"
        )
    broadcast_batch(tuple(x1.shape[:-2]), tuple(x2.shape[:-2]))
    # (*, P, 1, M) - (*, 1, R, M)
    return _length(unsqueeze(x1, -2) - unsqueeze(x2, -3), p)


@composite(method=False, aliases=("nn.functional.pdist",))
def pdist(input, p=2.0):
    """Distances between all pairs of rows of a matrix (N, M), in the order (0, 1), (0, 2), ..., (1, 2), ...: a vector
    of N (N - 1) / 2. p and derivatives as in `cdist`.

    RuntimeError for other than two dimensions, what is not of floating point, and a negative p.

    >>> import wengert as t
    >>> t.pdist(t.tensor([[0.0], [1.0], [3.0]]))
    tensor([1., 3., 2.])
    """
    input = tensor_argument(input, "pdist", "input", 1)
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"pdist only supports floating-point dtypes: the input is {input.dtype}")
    p = number_argument(p, "pdist", "p", 2)
    if not p >= 0:
        raise RuntimeError(f"pdist only supports non-negative p values: p is {p}")
    if input.dtype.itemsize < 4:
        raise NotImplementedError(f"\"pdist\" not implemented for '{type_word(input.array.dtype)}': convert to float32")
    first, second = [from_array(i) for i in numpy.triu_indices(input.shape[0], 1)]
    return _length(index_select(input, 0, first) - index_select(input, 0, second), p)


@composite(namespace="nn.functional", method=False, aliases=("bilinear",))
def bilinear(input1, input2, weight, bias=None):
    """input1^T A input2 for each matrix A of `weight`, plus a bias.

    (*, in1), (*, in2), (out, in1, in2) and (out) of one dtype -> (*, out); RuntimeError for what does not fit.

    >>> import wengert as t
    >>> t.nn.functional.bilinear(t.ones(1, 2), t.ones(1, 3), t.ones(4, 2, 3)).shape
    wengert.Size([1, 4])
    """
    if input1.ndim != input2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}")
    for d in range(input1.ndim - 1):
        if input1.shape[d] != input2.shape[d]:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {d}: got {input1.shape[d]} and "
                f"{input2.shape[d]}"
            )
    for name, x, d in (("input1", input1, 1), ("input2", input2, 2)):
        if x.shape[-1] != weight.shape[d]:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {x.shape[-1]} but expected {weight.shape[d]}"
            )
    if not input1.dtype is input2.dtype is weight.dtype:
        words = [c_word(x.array.dtype) for x in (input1, input2, weight)]
        raise RuntimeError(
            f"All tensors must have the same dtype, got input1: {words[0]}, input2: {words[1]}, weight: {words[2]}: "
            "bilinear does not promote"
        )
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
    # (*, 1, 1, in1) @ (out, in1, in2) -> (*, out, 1, in2), then @ (*, 1, in2, 1)
    through = unsqueeze(unsqueeze(input1, -2), -2) @ weight
    out = (through @ unsqueeze(unsqueeze(input2, -2), -1)).squeeze(-1).squeeze(-1)
    return out if bias is None else out + bias
