"""Derivatives of an operation by way of the function of other operations that computes the same, its fallback.

The rule of an operation with several inputs that share their work, a layer or an attention, is a function of arrays,
and gives all gradients at once. Where a derivative of the gradients is wanted, or the cotangents are of a level, it
hands over to `pulled_back`.
"""

from ..core import edge_for, run_backward
from ..core.modes import exchange_grad_enabled, is_grad_enabled
from .shape import expand


def takes_fallback(cotangents) -> bool:
    """Whether a rule may not compute on the arrays of these cotangents."""
    return is_grad_enabled() or any([g._level for g in cotangents])


def pulled_back(function, tensors: list, wanted: tuple, cotangents) -> list:
    """The gradients of those of the tensors that are wanted, by differentiating a function of all of them; part of a
    graph where one is being recorded.

    Each tensor enters by a view of its own: one may depend on another, and what comes through it is not its gradient.
    """
    recording = is_grad_enabled()
    exchange_grad_enabled(True)
    try:
        entered = []
        for x, one in zip(tensors, wanted, strict=True):
            if one and not x.requires_grad:
                x = x.detach().requires_grad_()
            entered.append(expand(x, tuple(x.shape)) if one else x)
        pairs = [(y, g) for y, g in zip(function(entered), cotangents, strict=True) if y.requires_grad]
        found = iter(
            run_backward(
                [edge_for(y) for y, _ in pairs], [g for _, g in pairs], recording, recording,
                [edge_for(x) for x, one in zip(entered, wanted, strict=True) if one], False,
            )
        )  # fmt: skip
    finally:
        exchange_grad_enabled(recording)
    return [next(found) if one else None for one in wanted]
