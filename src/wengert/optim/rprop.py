"""Resilient backpropagation.

Riedmiller & Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", IEEE
International Conference on Neural Networks 1993, https://doi.org/10.1109/ICNN.1993.298623.
"""

from ..core import Tensor
from ..ops.creation import full_like
from ..ops.elementwise import where
from .elementwise_optimizer import (
    ElementwiseOptimizer,
    check_lr,
    kept,
    parts,
    scalar,
    step_counter,
    value_of,
    zeros_like,
)


class Rprop(ElementwiseOptimizer):
    """Steps by the sign of the gradient alone, for whole batches.

    Each element has a step size of its own. It is multiplied by etas[1] where the gradient kept its sign since the last
    step, and by etas[0] where that changed; there the element stays, and its gradient counts as 0 next time. Sizes stay
    within step_sizes. p -= sign(g) size.

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: the first step size; a number or a tensor of one element.
        etas: the factors, smaller and larger than 1.
        step_sizes: the least and the greatest step size.
        foreach: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        capturable: accepted; a step on the CPU refuses it, as in PyTorch.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://doi.org/10.1109/ICNN.1993.298623

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = t.optim.Rprop([x], lr=0.1)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (x**2).sum().backward()
    ...     optimizer.step()
    >>> x
    tensor([ 0.7800, -1.7800], requires_grad=True)
    """

    _rule = "rprop"

    def __init__(
        self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, capturable: bool = False, foreach=None,
        maximize: bool = False, differentiable: bool = False,
    ):  # fmt: skip
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("foreach", None)
            group.setdefault("maximize", False)
            group.setdefault("differentiable", False)
            group.setdefault("capturable", False)
        self._steps_as_tensors()

    def _new_state(self, parameter: Tensor, group: dict) -> dict:
        first = value_of(scalar(group["lr"]))
        first = complex(first, first) if parameter.is_complex() else first
        return {
            "step": step_counter(), "prev": zeros_like(parameter),
            "step_size": full_like(parameter.grad.detach(), first),
        }  # fmt: skip

    def _kept(self, group: dict) -> tuple:
        return ("prev", "step_size")

    def _numbers(self, group: dict, counts: list, entries: list):
        return (-1.0 if group["maximize"] else 1.0, *group["etas"], *group["step_sizes"])

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        smaller, larger = group["etas"]
        d = -gradient if group["maximize"] else gradient
        entry["step"].add_(1)
        x, d, previous, size = parts(parameter, d, entry["prev"], entry["step_size"])
        agreement = d * previous.clone()
        one = d.new_ones(())
        factor = where(agreement > 0, larger * one, where(agreement < 0, smaller * one, one))
        size.mul_(factor).clamp_(*group["step_sizes"])
        d = where(agreement < 0, 0 * one, d)
        x.addcmul_(d.sign(), kept(size, group), value=-1)
        previous.copy_(d)


__all__ = ["Rprop"]
