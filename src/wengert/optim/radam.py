"""RAdam.

Liu, Jiang, He, Chen, Liu, Gao & Han, "On the variance of the adaptive learning rate and beyond", ICLR 2020,
https://arxiv.org/abs/1908.03265.
"""

from ..core import Tensor
from .elementwise_optimizer import (
    ElementwiseOptimizer,
    check_betas,
    check_least,
    check_lr,
    parts,
    per_count,
    scalar,
    step_counter,
    value_of,
    zeros_like,
)


class RAdam(ElementwiseOptimizer):
    """Adam whose learning rate adapts no sooner than the second mean has a variance, and then by how much it has.

    In step t, with d = g + weight_decay p, m and v as in `Adam`, m̂ = m / (1 - beta1^t),
    rho_inf = 2 / (1 - beta2) - 1 and rho = rho_inf - 2 t beta2^t / (1 - beta2^t): while rho is at most 5, p -= lr m̂;
    from then on

        p -= lr m̂ r sqrt(1 - beta2^t) / (sqrt(v) + eps)
        r = sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        betas: shares of the last means that are kept.
        eps: added to the denominator.
        weight_decay: strength of the L2 penalty.
        decoupled_weight_decay: shrink the parameter by lr weight_decay rather than add to the gradient, as `AdamW`.
        foreach: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        capturable: accepted; a step on the CPU refuses it, as in PyTorch.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://arxiv.org/abs/1908.03265

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.RAdam([x], lr=0.1).step()
    >>> x
    tensor([ 0.8000, -1.6000], requires_grad=True)
    """

    _rule = "radam"

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
        decoupled_weight_decay: bool = False, *, foreach=None, maximize: bool = False, capturable: bool = False,
        differentiable: bool = False,
    ):  # fmt: skip
        check_lr(lr)
        check_least("epsilon value", eps)
        check_betas(betas)
        check_least("weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("foreach", None)
            group.setdefault("maximize", False)
            group.setdefault("differentiable", False)
            group.setdefault("decoupled_weight_decay", False)
            group.setdefault("capturable", False)
        self._steps_as_tensors()

    def _new_state(self, parameter: Tensor, group: dict) -> dict:
        return {"step": step_counter(), "exp_avg": zeros_like(parameter), "exp_avg_sq": zeros_like(parameter)}

    def _kept(self, group: dict) -> tuple:
        return ("exp_avg", "exp_avg_sq")

    @staticmethod
    def _rectification(beta2: float, step) -> float:
        """r sqrt(1 - beta2^t), or 0 while the variance is infinite."""
        correction = 1 - beta2**step
        most = 2 / (1 - beta2) - 1
        rho = most - 2 * step * beta2**step / correction
        if rho <= 5.0:
            return 0.0
        return ((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)) ** 0.5 * correction**0.5

    def _numbers(self, group: dict, counts: list, entries: list):
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        if isinstance(lr, Tensor):
            return None
        sign = -1.0 if group["maximize"] else 1.0
        penalty, shrink = (0.0, 1 - lr * decay) if group["decoupled_weight_decay"] else (decay, 1.0)
        return per_count(counts, lambda count: (
            sign, penalty, shrink, 1 - beta1, beta2, 1 - beta2, 1 - beta1**count, group["eps"], lr,
            self._rectification(beta2, count),
        ))  # fmt: skip

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        lr, (beta1, beta2), decay = scalar(group["lr"]), group["betas"], group["weight_decay"]
        d = -gradient if group["maximize"] else gradient
        x, d, m, v = parts(parameter, d, entry["exp_avg"], entry["exp_avg_sq"])
        step = value_of(entry["step"].add_(1))
        if decay != 0:
            if group["decoupled_weight_decay"]:
                x.mul_(1 - lr * decay)
            else:
                d = d.add(x, alpha=decay)
        m.lerp_(d, 1 - beta1)
        v.mul_(beta2).addcmul_(d, d, value=1 - beta2)
        change = m / (1 - beta1**step) * lr
        rectified = self._rectification(beta2, step)
        if rectified:
            change = change * (rectified / (v.sqrt() + group["eps"]))
        x.add_(change, alpha=-1.0)


__all__ = ["RAdam"]
