"""Adamax.

Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 7.1, https://arxiv.org/abs/1412.6980.
"""

from ..core import Tensor
from ..ops.elementwise import maximum
from .elementwise_optimizer import (
    ElementwiseOptimizer,
    check_betas,
    check_least,
    check_lr,
    kept,
    parts,
    per_count,
    scalar,
    step_counter,
    value_of,
    zeros_like,
)


class Adamax(ElementwiseOptimizer):
    """Adam with the infinity norm in the place of the root of the mean square.

    In step t, with d = g + weight_decay p:

        m = beta1 m + (1 - beta1) d,  u = max(beta2 u, |d| + eps)
        p -= lr / (1 - beta1^t) m / u

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        betas: shares of the last mean and the last norm that are kept.
        eps: added to the gradient's magnitude.
        weight_decay: strength of the L2 penalty.
        foreach: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        capturable: accepted; a step on the CPU refuses it, as in PyTorch.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://arxiv.org/abs/1412.6980

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.Adamax([x], lr=0.1).step()
    >>> x
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    _rule = "adamax"

    def __init__(
        self, params, lr=2e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0, foreach=None, *,
        maximize: bool = False, differentiable: bool = False, capturable: bool = False,
    ):  # fmt: skip
        check_lr(lr)
        check_least("epsilon value", eps)
        check_betas(betas)
        check_least("weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
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
        return {"step": step_counter(), "exp_avg": zeros_like(parameter), "exp_inf": zeros_like(parameter)}

    def _kept(self, group: dict) -> tuple:
        return ("exp_avg", "exp_inf")

    def _numbers(self, group: dict, counts: list, entries: list):
        lr, (beta1, beta2) = group["lr"], group["betas"]
        sign = -1.0 if group["maximize"] else 1.0
        return per_count(counts, lambda count: (
            sign, group["weight_decay"], 1 - beta1, beta2, group["eps"], -value_of(lr / (1 - beta1**count)),
        ))  # fmt: skip

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        lr, (beta1, beta2), decay = scalar(group["lr"]), group["betas"], group["weight_decay"]
        d = -gradient if group["maximize"] else gradient
        step = value_of(entry["step"].add_(1))
        if decay != 0:
            d = d.add(parameter, alpha=decay)
        x, d, m, u = parts(parameter, d, entry["exp_avg"], entry["exp_inf"])
        m.lerp_(d, 1 - beta1)
        # A copy: what the maximum is differentiated at must not be changed by writing the maximum there.
        u.copy_(maximum(u.mul_(beta2).clone(), d.abs() + group["eps"]))
        x.addcdiv_(kept(m, group), kept(u, group), value=-value_of(lr / (1 - beta1**step)))


__all__ = ["Adamax"]
