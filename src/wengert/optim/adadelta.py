"""Adadelta.

Zeiler, "ADADELTA: an adaptive learning rate method", 2012, https://arxiv.org/abs/1212.5701.
"""

from ..core import Tensor
from ..ops.complex_numbers import view_as_complex
from .elementwise_optimizer import (
    ElementwiseOptimizer,
    check_least,
    check_lr,
    parts,
    scalar,
    step_counter,
    value_of,
    zeros_like,
)


class Adadelta(ElementwiseOptimizer):
    """Steps as large as the last ones, in units of the parameter.

    With d = g + weight_decay p:

        s = rho s + (1 - rho) d²
        c = sqrt(a + eps) / sqrt(s + eps) d
        a = rho a + (1 - rho) c²
        p -= lr c

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        rho: share of the last means that is kept.
        eps: added to the means.
        weight_decay: strength of the L2 penalty.
        foreach: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        capturable: accepted; a step on the CPU refuses it, as in PyTorch.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://arxiv.org/abs/1212.5701

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.Adadelta([x], eps=1e-2).step()
    >>> x
    tensor([ 0.6877, -1.6848], requires_grad=True)
    """

    _rule = "adadelta"

    def __init__(
        self, params, lr=1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0, foreach=None, *,
        capturable: bool = False, maximize: bool = False, differentiable: bool = False,
    ):  # fmt: skip
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_least("epsilon value", eps)
        check_least("weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
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
        return {"step": step_counter(), "square_avg": zeros_like(parameter), "acc_delta": zeros_like(parameter)}

    def _kept(self, group: dict) -> tuple:
        return ("square_avg", "acc_delta")

    def _numbers(self, group: dict, counts: list, entries: list):
        sign = -1.0 if group["maximize"] else 1.0
        return (sign, group["weight_decay"], group["rho"], group["eps"], value_of(group["lr"]))

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        rho, eps = group["rho"], group["eps"]
        entry["step"].add_(1)
        d = -gradient if group["maximize"] else gradient
        if group["weight_decay"] != 0:
            d = d.add(parameter, alpha=group["weight_decay"])
        d, s, a = parts(d, entry["square_avg"], entry["acc_delta"])
        s.mul_(rho).addcmul_(d, d, value=1 - rho)
        change = (a + eps).sqrt() / (s + eps).sqrt() * d
        a.mul_(rho).addcmul_(change, change, value=1 - rho)
        if parameter.is_complex():
            change = view_as_complex(change)
        parameter.add_(change, alpha=-value_of(scalar(group["lr"])))


__all__ = ["Adadelta"]
