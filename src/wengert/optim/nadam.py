"""NAdam.

Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016,
https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ.
"""

from ..core import Tensor
from .elementwise_optimizer import (
    ElementwiseOptimizer,
    check_betas,
    check_least,
    check_lr,
    parts,
    scalar,
    step_counter,
    value_of,
    zeros_like,
)


class NAdam(ElementwiseOptimizer):
    """Adam with Nesterov's momentum.

    In step t, with d = g + weight_decay p, m and v as in `Adam` and mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2):

        m̂ = mu_(t+1) m / (1 - mu_1 ... mu_(t+1)) + (1 - mu_t) d / (1 - mu_1 ... mu_t)
        p -= lr m̂ / (sqrt(v / (1 - beta2^t)) + eps)

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        betas: shares of the last means that are kept.
        eps: added to the denominator.
        weight_decay: strength of the L2 penalty.
        momentum_decay: how fast the momentum approaches beta1.
        decoupled_weight_decay: shrink the parameter by lr weight_decay rather than add to the gradient, as `AdamW`.
        foreach: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        capturable: accepted; a step on the CPU refuses it, as in PyTorch.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.NAdam([x], lr=0.1).step()
    >>> x
    tensor([ 0.8944, -1.8944], requires_grad=True)
    """

    _rule = "nadam"
    _goes_on = True
    _capturing = "params, mu_products and state_steps"

    def __init__(
        self, params, lr=2e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
        momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *, foreach=None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False,
    ):  # fmt: skip
        check_lr(lr)
        check_least("epsilon value", eps)
        check_betas(betas)
        check_least("weight_decay value", weight_decay)
        check_least("momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("maximize", False)
            group.setdefault("foreach", None)
            group.setdefault("capturable", False)
            group.setdefault("differentiable", False)
            group.setdefault("decoupled_weight_decay", False)
            for parameter in group["params"]:
                entry = self.state.get(parameter)
                if entry and not isinstance(entry["mu_product"], Tensor):
                    entry["mu_product"] = step_counter(value=float(entry["mu_product"]))
        self._steps_as_tensors()

    def _new_state(self, parameter: Tensor, group: dict) -> dict:
        return {
            "step": step_counter(), "mu_product": step_counter(value=1.0), "exp_avg": zeros_like(parameter),
            "exp_avg_sq": zeros_like(parameter),
        }  # fmt: skip

    def _kept(self, group: dict) -> tuple:
        return ("exp_avg", "exp_avg_sq")

    @staticmethod
    def _momenta(group: dict, step) -> tuple:
        """mu of this step and of the next."""
        beta1, decay = group["betas"][0], group["momentum_decay"]
        return beta1 * (1.0 - 0.5 * 0.96 ** (step * decay)), beta1 * (1.0 - 0.5 * 0.96 ** ((step + 1) * decay))

    def _numbers(self, group: dict, counts: list, entries: list):
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        if isinstance(lr, Tensor):
            return None
        sign = -1.0 if group["maximize"] else 1.0
        penalty, shrink = (0.0, 1 - lr * decay) if group["decoupled_weight_decay"] else (decay, 1.0)
        numbers = []
        for count, entry in zip(counts, entries, strict=True):
            mu, following = self._momenta(group, count)
            product = (entry["mu_product"] * mu).item()
            numbers.append((
                sign, penalty, shrink, 1 - beta1, beta2, 1 - beta2, 1 - beta2**count, group["eps"],
                -lr * (1.0 - mu) / (1.0 - product), -lr * following / (1.0 - product * following),
            ))  # fmt: skip
        return numbers

    def _go_on(self, entry: dict, group: dict, count) -> None:
        entry["mu_product"].mul_(self._momenta(group, count)[0])

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        lr, (beta1, beta2), decay, eps = scalar(group["lr"]), group["betas"], group["weight_decay"], group["eps"]
        product = entry["mu_product"]
        d = -gradient if group["maximize"] else gradient
        x, d, m, v = parts(parameter, d, entry["exp_avg"], entry["exp_avg_sq"])
        step = value_of(entry["step"].add_(1))
        if decay != 0:
            if group["decoupled_weight_decay"]:
                x.mul_(1 - lr * decay)
            else:
                d = d.add(x, alpha=decay)
        mu, following = self._momenta(group, step)
        product.mul_(mu)
        m.lerp_(d, 1 - beta1)
        v.mul_(beta2).addcmul_(d, d, value=1 - beta2)
        denominator = v.div(1 - beta2**step).sqrt() + eps
        if group["differentiable"]:
            x.addcdiv_(d * (-lr * (1.0 - mu) / (1.0 - product)), denominator)
            x.addcdiv_(m * (-lr * following / (1.0 - product * following)), denominator)
        else:
            product = product.item()
            x.addcdiv_(d, denominator, value=value_of(-lr * (1.0 - mu) / (1.0 - product)))
            x.addcdiv_(m, denominator, value=value_of(-lr * following / (1.0 - product * following)))


__all__ = ["NAdam"]
