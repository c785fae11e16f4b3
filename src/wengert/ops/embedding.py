"""Rows of a table at positions, one by one or in bags: embeddings.

Two linear operations that are each other's transposes: rows looked up, and rows summed up by number.
"""

import math
import warnings

import numpy

from ..core import dtypes
from ..core.errors import type_word
from ..core.modes import exchange_grad_enabled
from ..core.promotion import from_array
from ..kernels import row_sums as kernels
from . import arguments
from .composite import composite
from .creation import full
from .declaration import linear
from .elementwise import clamp, eq, ne, where
from .indexing import setitem
from .norms import norm
from .reductions import max_along
from .reductions import sum as sum_
from .shape import cat, expand, narrow, reshape, unsqueeze

# ------------------------------------------------------------------------------------------------ the operations


def _take(weight, indices, padding_idx, scale_grad_by_freq, sparse):
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    _check_positions(indices, "embedding")
    if indices.size and (indices.min() < 0 or indices.max() >= weight.shape[0]):
        raise IndexError(
            f"index out of range in self: the table has {weight.shape[0]} rows, and positions are from "
            f"{indices.min()} to {indices.max()}"
        )
    return weight.take(indices, 0)


def _check_positions(indices, name: str) -> None:
    if indices.dtype not in (numpy.int64, numpy.int32):
        found = "CPUBoolType" if indices.dtype.kind == "b" else f"torch.{type_word(indices.dtype)}Tensor"
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{found} instead (while checking arguments for {name})"
        )


def _factors(indices, padding_idx: int, by_frequency: bool, dtype):
    """What the gradient at each position is multiplied with: 0 at the padding, 1 / how often it comes; None for 1."""
    factor = None
    if by_frequency:
        flat = reshape(indices, (-1,))
        factor = 1.0 / reshape(sum_(eq(unsqueeze(flat, 1), flat), 1), tuple(indices.shape)).to(dtype)
    if padding_idx >= 0:
        used = ne(indices, padding_idx).to(dtype)
        factor = used if factor is None else factor * used
    return factor


def _scaled(g, indices, padding_idx: int, by_frequency: bool):
    factor = _factors(indices, padding_idx, by_frequency, g.dtype)
    return g if factor is None else g * unsqueeze(factor, -1)


def _flattened(weight, indices, in_dims: list, size: int, rows: int) -> tuple:
    """A batch of tables below each other, and positions that count from the top of the first."""
    spread = indices if in_dims[1] is not None else expand(unsqueeze(indices, 0), (size, *indices.shape))
    start = from_array(numpy.arange(0, size * rows, max(rows, 1))[:size].reshape(-1, *(1,) * (spread.ndim - 1)))
    return None if weight is None else reshape(weight, (size * rows, weight.shape[-1])), spread + start


def _looked_up_in_batches(operation, operands, parameters, in_dims, size):
    weight, indices = operands
    padding_idx, by_frequency, _ = parameters
    if in_dims[0] is None and not by_frequency:
        return operation(weight, indices, *parameters), 0
    if in_dims[0] is None:
        weight = expand(unsqueeze(weight, 0), (size, *weight.shape))
    flat, places = _flattened(weight, indices, in_dims, size, weight.shape[1])
    found = operation(flat, places)
    if padding_idx < 0 and not by_frequency:
        return found, 0
    # The padding and the counts are those of each entry: said of the results, whose gradients are scaled.
    spread = indices if in_dims[1] is not None else expand(unsqueeze(indices, 0), (size, *indices.shape))
    each = [_factors(spread[i], padding_idx, by_frequency, found.dtype) for i in range(size)]
    factor = unsqueeze(cat([unsqueeze(one, 0) for one in each]), -1)
    constant = found.detach()
    return constant + where(ne(factor, 0), (found - constant) * factor, 0.0), 0


def _summed_in_batches(operation, operands, parameters, in_dims, size):
    g, indices = operands
    rows, padding_idx, by_frequency = parameters
    g = g if in_dims[0] is not None else expand(unsqueeze(g, 0), (size, *g.shape))
    spread = indices if in_dims[1] is not None else expand(unsqueeze(indices, 0), (size, *indices.shape))
    if padding_idx >= 0 or by_frequency:
        g = cat([unsqueeze(_scaled(g[i], spread[i], padding_idx, by_frequency), 0) for i in range(size)])
    _, places = _flattened(None, indices, in_dims, size, rows)
    return reshape(operation(g, places, size * rows), (size, rows, g.shape[-1])), 0


embedding_operation = linear(
    "embedding(weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False)", forward=_take, method=False,
    batch=_looked_up_in_batches,
    weight=lambda g, indices, weight_shape, padding_idx, scale_grad_by_freq: row_sums(
        g, indices, weight_shape[0], padding_idx, scale_grad_by_freq
    ),
    indices=None,
    doc="""The rows of weight (V, D) at positions, int64 or int32: (*) -> (*, D).

No gradient flows to the row `padding_idx`; with `scale_grad_by_freq` it is divided by how often the position comes.
`sparse` is accepted, and the gradient dense. IndexError for positions out of range, RuntimeError for other dtypes and
for a weight that is no matrix.

>>> import wengert as t
>>> t.embedding(t.tensor([[1.0, 2.0], [3.0, 4.0]]), t.tensor([1, 1, 0]))
tensor([[3., 4.],
        [3., 4.],
        [1., 2.]])""",
)  # fmt: skip


def _sum_rows(g, indices, rows, padding_idx, by_frequency):
    places = indices.reshape(-1)
    terms = g.reshape(places.size, g.shape[-1])
    if padding_idx >= 0 or by_frequency:
        factor = numpy.ones(places.size, g.dtype) if not by_frequency else (
            1 / numpy.bincount(places, minlength=1)[places]
        ).astype(g.dtype)  # fmt: skip
        factor[places == padding_idx] = 0
        terms = numpy.where(factor[:, None] == 0, factor[:, None], terms * factor[:, None])
    return kernels.row_sums(terms, places, rows)


row_sums = linear(
    "row_sums(input, indices, rows, padding_idx=-1, scale_grad_by_freq=False)", forward=_sum_rows, method=False,
    public=False, batch=_summed_in_batches, node_name="EmbeddingDenseBackwardBackward0",
    input=lambda h, indices, padding_idx, scale_grad_by_freq: _scaled(
        embedding_operation(h, indices), indices, padding_idx, scale_grad_by_freq
    ),
    indices=None,
    doc="The transpose of `embedding`: (*, D) and positions (*) -> (rows, D), each the sum of those of its number.",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ rows


def _padding(name: str, padding_idx, rows: int) -> int:
    """A padding counted from 0, -1 for none."""
    if padding_idx is None:
        return -1
    padding_idx = arguments.integer(name, "padding_idx", 3, padding_idx)
    if not -rows <= padding_idx < rows:
        raise AssertionError("Padding_idx must be within num_embeddings")
    return padding_idx % rows


def _renormed(weight, input, max_norm, norm_type) -> None:
    before = exchange_grad_enabled(False)
    try:
        embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    finally:
        exchange_grad_enabled(before)


@composite(method=False)
def embedding_renorm_(input, indices, max_norm, norm_type):
    """Scale those of the rows of input at `indices` whose norm is above `max_norm` down to it, in place; returns input.

    >>> import wengert as t
    >>> t.embedding_renorm_(t.tensor([[3.0, 4.0], [6.0, 8.0]]), t.tensor([1]), 5.0, 2.0)
    tensor([[3., 4.],
            [3., 4.]])
    """
    input, indices = arguments.tensor("embedding_renorm_", "input", 1, input), arguments.tensor(
        "embedding_renorm_", "indices", 2, indices
    )  # fmt: skip
    if input.ndim != 2:
        raise RuntimeError(f"Expected 2-dimensional tensor, but got {input.ndim}-dimensional tensor for argument #1")
    _check_positions(indices.array, "embedding_renorm_")
    if not indices.numel():
        return input
    places = from_array(numpy.unique(indices.array))
    rows = embedding_operation(input, places)
    norms = norm(rows, norm_type, 1, True)
    # The small number is PyTorch's, which keeps rounding from leaving a norm above the bound.
    rows = where(norms > max_norm, rows * (max_norm / (norms + 1e-7)), rows)
    setitem(input, places, rows)
    return input


@composite(namespace="nn.functional")
def embedding(
    input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False
):
    """The rows of weight (V, D) at positions `input`, int64 or int32: (*) -> (*, D).

    No gradient flows to the row `padding_idx`, which may count from the end. With `max_norm` the rows looked up whose
    `norm_type`-norm is larger are first scaled to it, in the weight itself. `scale_grad_by_freq` divides gradients by
    how often a position comes. `sparse` is accepted: the gradient is dense.

    Raises:
        IndexError: positions out of range.
        RuntimeError: positions of another type; a weight that is no matrix.
        AssertionError: a `padding_idx` out of range.

    >>> import wengert as t
    >>> t.nn.functional.embedding(t.tensor([1, 0]), t.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    input, weight = arguments.tensor("embedding", "input", 1, input), arguments.tensor("embedding", "weight", 2, weight)
    padding = _padding("embedding", padding_idx, weight.shape[0] if weight.ndim else 0)
    if max_norm is not None:
        _renormed(weight, input, max_norm, norm_type)
    return embedding_operation(weight, input, padding, bool(scale_grad_by_freq), bool(sparse))


# ------------------------------------------------------------------------------------------------ bags

MODES = ("sum", "mean", "max")


def bounds_of_bags(count: int, offsets, include_last_offset: bool):
    """Where bags begin and end, as arrays."""
    starts = offsets.array.astype(numpy.int64)
    if include_last_offset and not starts.size:
        raise RuntimeError("include_last_offset: numBags should be at least 1: offsets is empty")
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {starts[0]}"
        )
    if starts.size and starts[-1] > count:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {count} but got offsets[-1] of {starts[-1]}"
        )
    if numpy.any(starts[1:] < starts[:-1]):
        raise RuntimeError(f"embedding_bag: offsets must not fall, but they are {starts.tolist()}")
    if include_last_offset:
        return starts[:-1], starts[1:]
    return starts, numpy.append(starts[1:], count)


def padded_places(first, last, behind: int):
    """Where each bag's rows are, (B, longest), filled up with the place `behind` all rows."""
    longest = int((last - first).max(initial=0))
    if not longest:
        return numpy.full((len(first), 1), behind)
    places = first[:, None] + numpy.arange(longest)
    return numpy.where(places < last[:, None], places, behind)


def _largest(rows, first, last):
    """The largest value of each column in each bag of rows, -inf for an empty bag; and its place in the bag."""
    # One row more stands for what shorter bags lack; of equal values the first has the gradient.
    places = padded_places(first, last, rows.shape[0])
    nothing = full((1, rows.shape[1]), -math.inf, dtype=rows.dtype)
    return max_along(embedding_operation(cat([rows, nothing]), from_array(places)), 1, False)  # of (B, longest, D)


def bags_of_rows(weight, indices, first, last, by_frequency, mode, per_sample_weights, padding) -> tuple:
    """Bags (B, D) of the rows at `indices` (N), from `first` to `last`, arrays (B); how many rows count in each,
    (B, 1); and, with mode "max", which row of its bag each value comes from, (B, D)."""
    rows = embedding_operation(weight, indices, padding, by_frequency)
    if per_sample_weights is not None:
        rows = rows * unsqueeze(per_sample_weights, 1)
    used = None
    if padding >= 0:
        used = unsqueeze(ne(indices, padding), 1)
        rows = where(used, rows, -math.inf if mode == "max" else 0.0)
    numbers = from_array(numpy.repeat(numpy.arange(len(first)), last - first))
    if used is None:
        counts = from_array((last - first)[:, None].astype(rows.array.dtype))
    else:
        counts = row_sums(narrow(used, 0, 0, numbers.shape[0]).to(rows.dtype), numbers, len(first))
    if mode == "max":
        values, found = _largest(rows, first, last)
        return where(eq(counts, 0), 0.0, values), counts, found
    # What lies behind the last bag counts nowhere.
    sums = row_sums(narrow(rows, 0, 0, numbers.shape[0]), numbers, len(first))
    return sums if mode == "sum" else sums / clamp(counts, 1), counts, None


def check_bags(weight, indices, offsets, per_sample_weights, padding_idx) -> int:
    _check_positions(indices.array, "embedding_bag")
    _check_positions(offsets.array, "embedding_bag")
    if not indices._level and indices.numel() and (
        indices.array.min() < 0 or indices.array.max() >= weight.shape[0]
    ):  # fmt: skip
        place = int(numpy.flatnonzero((indices.array < 0) | (indices.array >= weight.shape[0]))[0])
        raise RuntimeError(
            f"Index {place} of input takes value {indices.array[place]} which is not in the valid range [0, "
            f"{weight.shape[0]})"
        )
    if per_sample_weights is not None and per_sample_weights.dtype is not weight.dtype:
        words = [type_word(x.array.dtype) for x in (weight, per_sample_weights)]
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
            f"'per_sample_weights'; but type torch.{words[0]}Tensor does not equal torch.{words[1]}Tensor (while "
            "checking arguments for embedding_bag)"
        )
    rows = weight.shape[0]
    if padding_idx is None:
        return -1
    if not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got {padding_idx}"
        )
    return padding_idx % rows


@composite(namespace="nn.functional")
def embedding_bag(
    input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode="mean", sparse=False,
    per_sample_weights=None, include_last_offset=False, padding_idx=None,
):  # fmt: skip
    """Sums, means or largest values of bags of rows of weight (V, D): positions (B, N), or (N) and `offsets` (B) where
    each bag begins -> (B, D).

    With `include_last_offset` the last offset is the end of the last bag. Rows are multiplied by `per_sample_weights`,
    of input's shape, with mode "sum". Rows of `padding_idx` do not count. An empty bag gives zeros. `max_norm`,
    `norm_type`, `scale_grad_by_freq` and `sparse` as of `embedding`.

    Raises:
        ValueError: dimensions that do not go together, another mode, options that "max" does not have.
        RuntimeError: positions or offsets out of range, or of another type.
        NotImplementedError: `per_sample_weights` with another mode than "sum".

    >>> import wengert as t
    >>> weight = t.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> t.nn.functional.embedding_bag(t.tensor([0, 1, 2]), weight, t.tensor([0, 2]), mode="sum")
    tensor([[4., 6.],
            [5., 6.]])
    """
    input = arguments.tensor("embedding_bag", "input", 1, input)
    weight = arguments.tensor("embedding_bag", "weight", 2, weight)
    if weight.dtype is dtypes.int64 and input.dtype.is_floating_point:
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is "
            "deprecated, and should now be `embedding_bag(input, weight, ...)`.",
            UserWarning,
            stacklevel=3,
        )
        weight, input = input, weight
    if per_sample_weights is not None and tuple(input.shape) != tuple(per_sample_weights.shape):
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        bags, length = input.shape
        offsets = from_array(numpy.arange(bags) * length)
        include_last_offset = False
        input = reshape(input, (-1,))
        if per_sample_weights is not None:
            per_sample_weights = reshape(per_sample_weights, (-1,))
    elif input.ndim == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.ndim != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    else:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if mode not in MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max":
        if scale_grad_by_freq:
            raise ValueError("max mode does not support scaling the gradient by the frequency")
        if sparse:
            raise ValueError("max mode does not support sparse weights")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )
    padding = check_bags(weight, input, offsets, per_sample_weights, padding_idx)
    if max_norm is not None:
        _renormed(weight, input, max_norm, norm_type)
    first, last = bounds_of_bags(input.shape[0], offsets, bool(include_last_offset))
    return bags_of_rows(weight, input, first, last, bool(scale_grad_by_freq), mode, per_sample_weights, padding)[0]
