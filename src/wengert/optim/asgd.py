"""Averaged stochastic gradient descent.

Polyak & Juditsky, "Acceleration of stochastic approximation by averaging", SIAM Journal on Control and Optimization 30
(1992), https://doi.org/10.1137/0330046.
"""

from ..core import Tensor
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


class ASGD(ElementwiseOptimizer):
    """Stochastic gradient descent that also keeps the average of the parameter over the steps, in state["ax"].

    In step t, with d = g + weight_decay p:

        p = (1 - lambd eta) p - eta d
        ax += mu (p - ax)
        eta = lr / (1 + lambd lr t)^alpha,  mu = 1 / max(1, t - t0), both for the next step

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        lambd: decay of the parameter.
        alpha: power of the fall of eta.
        t0: step at which averaging begins.
        weight_decay: strength of the L2 penalty.
        foreach: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        capturable: accepted; a step on the CPU refuses it, as in PyTorch.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://doi.org/10.1137/0330046

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> optimizer = t.optim.ASGD([x], lr=0.1)
    >>> optimizer.step()
    >>> x, optimizer.state[x]["ax"]
    (tensor([ 0.8000, -1.6000], requires_grad=True), tensor([ 0.8000, -1.6000]))
    """

    _rule = "asgd"
    _goes_on = True
    _capturing = "params, mus, etas, and state_steps"

    def __init__(
        self, params, lr=1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6, weight_decay: float = 0,
        foreach=None, maximize: bool = False, differentiable: bool = False, capturable: bool = False,
    ):  # fmt: skip
        check_lr(lr)
        check_least("weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
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
            for parameter in group["params"]:
                entry = self.state.get(parameter)
                for name in ("eta", "mu"):
                    if entry and not isinstance(entry[name], Tensor):
                        entry[name] = step_counter(value=float(entry[name]))
        self._steps_as_tensors()

    def _new_state(self, parameter: Tensor, group: dict) -> dict:
        return {
            "step": step_counter(), "eta": step_counter(value=value_of(scalar(group["lr"]))),
            "mu": step_counter(value=1.0), "ax": zeros_like(parameter),
        }  # fmt: skip

    def _kept(self, group: dict) -> tuple:
        return ("ax",)

    def _go_on(self, entry: dict, group: dict, count) -> None:
        """eta and mu of the next step, rounded to float32 also where a loaded state has them in double."""
        lr = scalar(group["lr"])
        eta = lr / (1 + group["lambd"] * lr * count) ** group["alpha"]
        entry["eta"].copy_(eta if isinstance(eta, Tensor) else step_counter(value=eta))
        entry["mu"].copy_(step_counter(value=1 / max(1, count - group["t0"])))

    def _numbers(self, group: dict, counts: list, entries: list):
        sign = -1.0 if group["maximize"] else 1.0
        numbers = []
        for entry in entries:
            eta, mu = entry["eta"].item(), entry["mu"].item()
            numbers.append((sign, group["weight_decay"], 1 - group["lambd"] * eta, eta, mu))
        return numbers

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        d = -gradient if group["maximize"] else gradient
        x, d, average = parts(parameter, d, entry["ax"])
        step, eta, mu = value_of(entry["step"].add_(1)), entry["eta"].item(), entry["mu"].item()
        if group["weight_decay"] != 0:
            d = d.add(x, alpha=group["weight_decay"])
        x.mul_(1 - group["lambd"] * eta)
        x.add_(d, alpha=-eta)
        if mu != 1:
            average.add_(x.sub(average).mul_(mu))
        else:
            average.copy_(x)
        self._go_on(entry, group, step)


__all__ = ["ASGD"]
