"""`make_tensor`: random tensors to test with."""

import math

from ..core import Tensor, dtypes
from ..core.size import check_device
from ..ops.creation import empty
from ..ops.random import randint


def _default_range(dtype) -> tuple:
    if dtype.category == 0:
        return 0, 2
    if dtype.category == 1:
        return (-9 if dtype.is_signed else 0), 10
    return -9, 9


def make_tensor(
    *shape, dtype, device, low=None, high=None, requires_grad=False, noncontiguous=False, exclude_zero=False,
    memory_format=None,
) -> Tensor:  # fmt: skip
    """A tensor of random numbers, evenly distributed over [low, high); of complex ones both parts are.

    Args:
        shape: ints, or one sequence of them.
        low, high: unless given, 0 and 2 for bool, 0 and 10 for unsigned integers, -9 and 10 for signed ones, -9 and 9
        for
            others. They are brought into the range of the dtype; where they are the same, all numbers are.
        noncontiguous: whether neighbouring elements lie apart in memory.
        exclude_zero: whether 0 is replaced by the smallest positive number of the dtype (1 for integers).
        memory_format: in which order the dimensions lie, with `noncontiguous` False.

    ValueError for limits that are NaN or in the wrong order, for `requires_grad` of integers and for both of the
    layouts.

    >>> import wengert as t
    >>> t.testing.make_tensor(2, 3, dtype=t.float32, device="cpu").shape
    wengert.Size([2, 3])
    """
    check_device(device)
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"make_tensor(): argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    if noncontiguous and memory_format is not None:
        raise ValueError(
            f"The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got {noncontiguous=} and "
            f"{memory_format=}"
        )
    if requires_grad and dtype.category < 2:
        raise ValueError(
            f"`requires_grad=True` is not supported for boolean and integral dtypes, but got {dtype=}"
        )
    size = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    low, high = _limits(dtype, low, high)
    wide = (*size[:-1], 2 * size[-1]) if noncontiguous and size else size
    made = _drawn(wide, dtype, low, high)
    if noncontiguous and size:
        made = made[..., ::2]
    elif memory_format is not None:
        made = made.contiguous(memory_format=memory_format)
    if exclude_zero:
        made[made == 0] = 1 if dtype.category < 2 else float(_tiny(dtype))
    return made.requires_grad_() if requires_grad else made


def _tiny(dtype) -> float:
    from ..core.number_limits import finfo

    return finfo(dtype).tiny


def _limits(dtype, low, high) -> tuple:
    from ..core.number_limits import finfo, iinfo

    first, last = _default_range(dtype)
    low, high = first if low is None else low, last if high is None else high
    if any([isinstance(x, float) and math.isnan(x) for x in (low, high)]):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    if low > high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    if dtype.category == 0:
        return max(low, 0), min(high, 2)
    info = iinfo(dtype) if dtype.category == 1 else finfo(dtype)
    if low == high:
        return low, high
    return max(low, info.min), min(high, info.max + (1 if dtype.category == 1 else 0))


def _drawn(size: tuple, dtype, low, high) -> Tensor:
    if dtype.category < 2:
        first, end = math.ceil(low), math.ceil(high)
        return randint(first, max(end, first + 1), size).to(dtype)
    if dtype.is_complex:
        parts = _drawn((*size, 2), dtype.to_real(), low, high)
        return parts.view(dtype)[..., 0]
    made = empty(size, dtype=dtype)
    return made.fill_(low) if low == high else made.uniform_(float(low), float(high))
