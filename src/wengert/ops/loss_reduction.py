"""What is made of the losses of a batch: their mean, their sum, or all of them."""

import warnings

from .reductions import mean
from .reductions import sum as sum_

_NUMBERED = ("none", "mean", "sum")


def reduced(losses, reduction: str):
    """The mean or sum of losses, or all of them; ValueError for another reduction."""
    if reduction == "mean":
        return mean(losses)
    if reduction == "sum":
        return sum_(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"{reduction} is not a valid value for reduction")


def reduction_of(size_average, reduce, reduction: str, stacklevel: int = 4) -> str:
    """The reduction that PyTorch's older pair of flags stands for; `reduction` itself if neither is given."""
    if size_average is None and reduce is None:
        return reduction
    meant = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.",
        UserWarning,
        stacklevel=stacklevel,
    )
    return meant


def reduction_numbered(name: str, position: int, number) -> str:
    """The reduction that a number stands for, as the functions beside the tensor functions take it: 0 for "none", 1 for
    "mean", 2 for "sum"."""
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(
            f"{name}(): argument 'reduction' (position {position}) must be int, not {type(number).__name__}: it takes "
            f"0, 1 or 2 for none, mean or sum; nn.functional.{name} takes the words"
        )
    if not 0 <= number <= 2:
        raise ValueError(f"{name}(): reduction must be 0 (none), 1 (mean) or 2 (sum), got {number}")
    return _NUMBERED[number]
