"""`embedding_bag` as `wengert` itself has it: weight first, the mode a number, and what the bags hold beside them."""

import numpy

from ..core import dtypes
from ..core.promotion import from_array
from . import arguments
from .composite import composite
from .creation import zeros
from .elementwise import eq, where
from .embedding import MODES, bags_of_rows, bounds_of_bags, check_bags, padded_places
from .index_functions import take
from .scatter import gather
from .shape import cat, expand, reshape


def _check(weight, indices, offsets, mode, per_sample_weights) -> None:
    for name, x, dimensions in (("weight", weight, 2), ("input", indices, 1), ("offsets", offsets, 1)):
        if x.ndim != dimensions:
            raise RuntimeError(f"{name} has to be a {dimensions}D Tensor, but got Tensor of dimension {x.ndim}")
    if mode not in (0, 1, 2):
        raise RuntimeError(f"`mode` must be sum, mean, or max: 0, 1 or 2, but embedding_bag was given {mode}")
    if per_sample_weights is None:
        return
    if mode != 0:
        raise RuntimeError(
            f"embedding_bag: per_sample_weights only supported with mode='sum', 0, but the mode is {mode}"
        )
    if tuple(per_sample_weights.shape) != tuple(indices.shape):
        raise RuntimeError(
            f"embedding_bag: per_sample_weights has shape {list(per_sample_weights.shape)}; it must be that of "
            f"indices, {list(indices.shape)}"
        )


@composite(method=False, kinds={"weight": "Tensor", "indices": "Tensor", "offsets": "Tensor", "mode": "int"})
def embedding_bag(
    weight, indices, offsets, scale_grad_by_freq=False, mode=0, sparse=False, per_sample_weights=None,
    include_last_offset=False, padding_idx=None,
):  # fmt: skip
    """Bags of rows of weight (V, D), at positions `indices` (N), bag i from `offsets[i]` on: four tensors.

    They are the sums (mode 0), means (1) or largest values (2) of the bags, (B, D); the bag that each position is in,
    (N); how many rows count in each bag, (B); and with mode 2 the row that each value comes from, (B, D), otherwise
    the third again. With mode 0 PyTorch does not count, and gives zeros; nor, of float32, float16 and bfloat16
    without `padding_idx`, does it say the bags. Only the first has a derivative. The other arguments are those of
    `nn.functional.embedding_bag`, which programs call.

    Raises:
        RuntimeError: dimensions that do not go together, another mode, positions or offsets out of range or of
            another type than int64 and int32, `per_sample_weights` with another mode than 0.

    >>> import wengert as t
    >>> weight = t.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> for found in t.embedding_bag(weight, t.tensor([0, 1, 2]), t.tensor([0, 2]), mode=2):
    ...     print(found)
    tensor([[3., 4.],
            [5., 6.]])
    tensor([0, 0, 1])
    tensor([2, 1])
    tensor([[1, 1],
            [2, 2]])
    """
    weight = arguments.tensor("embedding_bag", "weight", 1, weight)
    indices = arguments.tensor("embedding_bag", "indices", 2, indices)
    offsets = arguments.tensor("embedding_bag", "offsets", 3, offsets)
    mode = arguments.integer("embedding_bag", "mode", 5, mode)
    _check(weight, indices, offsets, mode, per_sample_weights)
    padding = check_bags(weight, indices, offsets, per_sample_weights, padding_idx)
    first, last = bounds_of_bags(indices.shape[0], offsets, bool(include_last_offset))
    bags, counts, places = bags_of_rows(
        weight, indices, first, last, bool(scale_grad_by_freq) and mode != 2, MODES[mode], per_sample_weights, padding
    )
    narrow = indices.dtype is dtypes.int32 and offsets.dtype is dtypes.int32
    dtype = dtypes.int32 if narrow else dtypes.int64
    # Where a position is before the first bag there is no bag at all.
    numbers = numpy.searchsorted(first, numpy.arange(indices.shape[0] if len(first) else 0), side="right") - 1
    if mode == 0:
        uncounted = padding < 0 and weight.dtype is not dtypes.float64 and weight.stride(1) == 1
        sizes = zeros(len(first), dtype=dtype)
        return bags, from_array(numbers[: 0 if uncounted else None]).to(dtype), sizes, sizes.clone()
    bag_of = from_array(numbers).to(dtype)
    sizes = reshape(counts, (len(first),)).detach().to(dtype)
    if mode == 1:
        return bags, bag_of, sizes, sizes.clone()
    behind = cat([indices, zeros(1, dtype=indices.dtype)])
    rows = take(behind, from_array(padded_places(first, last, indices.shape[0])))
    chosen = where(eq(expand(reshape(sizes, (-1, 1)), places.shape), 0), 0, gather(rows, 1, places))
    return bags, bag_of, sizes, chosen.to(dtype)
