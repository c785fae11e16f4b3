"""RMSprop.

Hinton's lecture 6e of "Neural networks for machine learning", 2012,
https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; centered as in Graves, "Generating sequences
with recurrent neural networks", 2013, https://arxiv.org/abs/1308.0850.
"""

from ..core import Tensor
from .elementwise_optimizer import (
    ElementwiseOptimizer,
    check_least,
    check_lr,
    kept,
    parts,
    scalar,
    step_counter,
    value_of,
    zeros_like,
)


class RMSprop(ElementwiseOptimizer):
    """Steps divided by the root of the mean square of the gradient.

    With d = g + weight_decay p, s = alpha s + (1 - alpha) d², and centered also a = alpha a + (1 - alpha) d:

        e = d / (sqrt(s) + eps), centered d / (sqrt(s - a²) + eps)
        p -= lr e, with momentum b = momentum b + e and p -= lr b

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        alpha: share of the last mean that is kept.
        eps: added to the denominator.
        weight_decay: strength of the L2 penalty.
        momentum: share of the last change that is kept.
        centered: divide by the standard deviation rather than the root mean square.
        capturable: accepted; a step on the CPU refuses it, as in PyTorch.
        foreach: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://arxiv.org/abs/1308.0850, equations 38 to 45

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.RMSprop([x], lr=0.01).step()
    >>> x
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    _rule = "rmsprop"

    def __init__(
        self, params, lr=1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0, momentum: float = 0,
        centered: bool = False, capturable: bool = False, foreach=None, maximize: bool = False,
        differentiable: bool = False,
    ):  # fmt: skip
        check_lr(lr)
        check_least("epsilon value", eps)
        check_least("momentum value", momentum)
        check_least("weight_decay value", weight_decay)
        check_least("alpha value", alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("momentum", 0)
            group.setdefault("centered", False)
            group.setdefault("foreach", None)
            group.setdefault("maximize", False)
            group.setdefault("differentiable", False)
            group.setdefault("capturable", False)
        self._steps_as_tensors()

    def _new_state(self, parameter: Tensor, group: dict) -> dict:
        names = ["square_avg"]
        if group["momentum"] > 0:
            names.append("momentum_buffer")
        if group["centered"]:
            names.append("grad_avg")
        return {"step": step_counter(), **{name: zeros_like(parameter) for name in names}}

    def _kept(self, group: dict) -> tuple:
        return (
            "square_avg", "grad_avg" if group["centered"] else None,
            "momentum_buffer" if group["momentum"] > 0 else None,
        )  # fmt: skip

    def _numbers(self, group: dict, counts: list, entries: list):
        sign = -1.0 if group["maximize"] else 1.0
        return (
            sign, group["weight_decay"], group["alpha"], group["eps"], value_of(group["lr"]), group["momentum"],
        )  # fmt: skip

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        lr, alpha = value_of(scalar(group["lr"])), group["alpha"]
        entry["step"].add_(1)
        d = -gradient if group["maximize"] else gradient
        if group["weight_decay"] != 0:
            d = d.add(parameter, alpha=group["weight_decay"])
        x, d, s = parts(parameter, d, entry["square_avg"])
        s.mul_(alpha).addcmul_(d, d, value=1 - alpha)
        if group["centered"]:
            (a,) = parts(entry["grad_avg"])
            a = kept(a.lerp_(d, 1 - alpha), group)
            root = s.addcmul(a, a, value=-1).sqrt() + group["eps"]
        else:
            root = s.sqrt() + group["eps"]
        if group["momentum"] > 0:
            (b,) = parts(entry["momentum_buffer"])
            b.mul_(group["momentum"]).addcdiv_(d, root)
            x.add_(b, alpha=-lr)
        else:
            x.addcdiv_(d, root, value=-lr)


__all__ = ["RMSprop"]
