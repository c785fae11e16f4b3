"""Adagrad.

Duchi, Hazan & Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 12 (2011),
https://jmlr.org/papers/v12/duchi11a.html.
"""

from ..core import Tensor
from ..ops.creation import full_like
from .elementwise_optimizer import (
    ElementwiseOptimizer,
    check_fused,
    check_least,
    check_lr,
    parts,
    per_count,
    scalar,
    step_counter,
    value_of,
)


class Adagrad(ElementwiseOptimizer):
    """Steps divided by the root of the sum of all squared gradients so far.

    In step t, with d = g + weight_decay p: s += d² and p -= lr / (1 + (t - 1) lr_decay) d / (sqrt(s) + eps).

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        lr_decay: how fast the learning rate falls.
        weight_decay: strength of the L2 penalty.
        initial_accumulator_value: what the sum of squares begins with.
        eps: added to the denominator.
        foreach, fused: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://jmlr.org/papers/v12/duchi11a.html

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.Adagrad([x], lr=0.1).step()
    >>> x
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    _rule = "adagrad"

    def __init__(
        self, params, lr=1e-2, lr_decay: float = 0, weight_decay: float = 0, initial_accumulator_value: float = 0,
        eps: float = 1e-10, foreach=None, *, maximize: bool = False, differentiable: bool = False, fused=None,
    ):  # fmt: skip
        check_lr(lr)
        check_least("lr_decay value", lr_decay)
        check_least("weight_decay value", weight_decay)
        check_least("initial_accumulator_value value", initial_accumulator_value)
        check_least("epsilon value", eps)
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)
        for group in self.param_groups:
            for parameter in group["params"]:
                self._entry(parameter, group)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("foreach", None)
            group.setdefault("maximize", False)
            group.setdefault("differentiable", False)
            group.setdefault("fused", None)
        self._steps_as_tensors()

    def share_memory(self) -> None:
        """Put the sums of squares into memory that other processes may share.

        >>> import wengert as t
        >>> t.optim.Adagrad([t.zeros(1, requires_grad=True)]).share_memory()
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter]["sum"].share_memory_()

    def _new_state(self, parameter: Tensor, group: dict) -> dict:
        first = self.defaults["initial_accumulator_value"]
        first = complex(first, first) if parameter.is_complex() else first
        return {"step": step_counter(group["fused"]), "sum": full_like(parameter.detach(), first)}

    def _kept(self, group: dict) -> tuple:
        return ("sum",)

    @staticmethod
    def _rate(group: dict, step):
        return scalar(group["lr"]) / (1 + (step - 1) * group["lr_decay"])

    def _numbers(self, group: dict, counts: list, entries: list):
        sign = -1.0 if group["maximize"] else 1.0
        return per_count(counts, lambda count: (
            sign, group["weight_decay"], group["eps"], -value_of(self._rate(group, count)),
        ))  # fmt: skip

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        step = value_of(entry["step"].add_(1))
        d = -gradient if group["maximize"] else gradient
        if group["weight_decay"] != 0:
            d = d.add(parameter, alpha=group["weight_decay"])
        x, d, s = parts(parameter, d, entry["sum"])
        s.addcmul_(d, d, value=1)
        x.addcdiv_(d, s.sqrt() + group["eps"], value=-value_of(self._rate(group, step)))


__all__ = ["Adagrad"]
