"""Adam.

Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, https://arxiv.org/abs/1412.6980; amsgrad of Reddi,
Kale & Kumar, "On the convergence of Adam and beyond", ICLR 2018, https://openreview.net/forum?id=ryQu7f-RZ.
"""

from ..core import Tensor
from ..ops.elementwise import maximum
from .elementwise_optimizer import (
    ElementwiseOptimizer,
    check_betas,
    check_fused,
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


class Adam(ElementwiseOptimizer):
    """Adam: p -= lr m̂ / (sqrt(v̂) + eps), with running means m of the gradient g and v of its square.

    In step t, with d = g + weight_decay p:

        m = beta1 m + (1 - beta1) d,  m̂ = m / (1 - beta1^t)
        v = beta2 v + (1 - beta2) d²,  v̂ = v / (1 - beta2^t)

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        betas: shares of the last means that are kept; two floats or two tensors.
        eps: added to the denominator.
        weight_decay: strength of the L2 penalty.
        amsgrad: divide by the largest v so far (https://openreview.net/forum?id=ryQu7f-RZ).
        foreach, fused: accepted; there is one implementation, which steps all parameters in one call.
        maximize: ascend.
        capturable: accepted; a step on the CPU refuses it, as in PyTorch.
        differentiable: record the step, so that gradients flow through it.
        decoupled_weight_decay: shrink the parameter by lr weight_decay rather than add to the gradient, as `AdamW`.

    ValueError for options out of range. https://arxiv.org/abs/1412.6980

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.Adam([x], lr=0.1).step()
    >>> x
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    _rule = "adam"

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0, amsgrad: bool = False, *,
        foreach=None, maximize: bool = False, capturable: bool = False, differentiable: bool = False, fused=None,
        decoupled_weight_decay: bool = False,
    ):  # fmt: skip
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_lr(lr)
        check_least("epsilon value", eps)
        check_betas(betas)
        check_least("weight_decay value", weight_decay)
        if not all([isinstance(x, float) for x in betas[:2]]) and not all([isinstance(x, Tensor) for x in betas[:2]]):
            raise ValueError(
                f"betas must be either both floats or both Tensors, got {type(betas[0]).__name__} and "
                f"{type(betas[1]).__name__}"
            )
        for position, beta in enumerate(betas):
            if isinstance(beta, Tensor):
                if not capturable and foreach:
                    raise ValueError(
                        f"betas[{position}] as a Tensor is not supported for capturable=False and foreach=True"
                    )
                if beta.numel() != 1:
                    raise ValueError(f"Tensor betas[{position}] must be 1-element")
        defaults = {
            "lr": lr, "betas": tuple([scalar(beta) for beta in betas]), "eps": eps, "weight_decay": weight_decay,
            "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable, "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("amsgrad", False)
            group.setdefault("maximize", False)
            group.setdefault("foreach", None)
            group.setdefault("capturable", False)
            group.setdefault("differentiable", False)
            group.setdefault("decoupled_weight_decay", False)
            group.setdefault("fused", None)
        self._steps_as_tensors()

    def _check(self, group: dict, parameters: list) -> None:
        super()._check(group, parameters)
        if group["foreach"] and isinstance(group["lr"], Tensor) and not group["capturable"]:
            raise RuntimeError("lr as a Tensor is not supported for capturable=False and foreach=True")

    def _new_state(self, parameter: Tensor, group: dict) -> dict:
        state = {
            "step": step_counter(group["fused"]), "exp_avg": zeros_like(parameter), "exp_avg_sq": zeros_like(parameter),
        }  # fmt: skip
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = zeros_like(parameter)
        return state

    def _kept(self, group: dict) -> tuple:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq" if group["amsgrad"] else None)

    def _numbers(self, group: dict, counts: list, entries: list):
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        if isinstance(lr, Tensor) or isinstance(beta1, Tensor) or isinstance(decay, Tensor):
            return None
        decoupled = group["decoupled_weight_decay"]
        sign, eps = -1.0 if group["maximize"] else 1.0, group["eps"]
        penalty, shrink = (0.0, 1 - lr * decay) if decoupled else (decay, 1.0)

        def numbers_of(count):
            return (
                sign, penalty, shrink, 1 - beta1, beta2, 1 - beta2, (1 - beta2**count) ** 0.5, eps,
                -(lr / (1 - beta1**count)),
            )  # fmt: skip

        return per_count(counts, numbers_of)

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        lr, decay, differentiable = scalar(group["lr"]), group["weight_decay"], group["differentiable"]
        beta1, beta2 = [scalar(beta) for beta in group["betas"]]
        d = -gradient if group["maximize"] else gradient
        step = entry["step"]
        if differentiable and step.requires_grad:
            raise RuntimeError("`requires_grad` is not supported for `step` in differentiable mode")
        step.add_(1)
        if decay != 0:
            if group["decoupled_weight_decay"]:
                parameter.mul_(1 - lr * decay)
            elif isinstance(decay, Tensor) and decay.requires_grad:
                d = d + parameter.clone() * decay
            else:
                d = d.add(parameter, alpha=value_of(decay))
        names = [name for name in self._kept(group) if name is not None]
        x, d, m, v, *largest = parts(parameter, d, *[entry[name] for name in names])
        m.lerp_(d, 1 - (beta1.to(x.dtype) if isinstance(beta1, Tensor) else beta1))
        if isinstance(beta2, Tensor) and beta2.requires_grad:
            v.lerp_(d.square(), 1 - beta2)
        else:
            v.mul_(beta2).addcmul_(d, d, value=value_of(1 - beta2))
        if largest:
            v = largest[0].copy_(maximum(kept(largest[0], group), kept(v, group)))
        if differentiable:
            t = kept(step, group)
            size = lr / (1 - beta1**t)
            denominator = v.sqrt() / ((1 - beta2**t).sqrt() * -size) + group["eps"] / -size
            x.addcdiv_(kept(m, group), denominator)
        else:
            t = value_of(step)
            denominator = (v.sqrt() / (1 - beta2**t) ** 0.5).add_(group["eps"])
            x.addcdiv_(m, denominator, value=-value_of(lr / (1 - beta1**t)))


__all__ = ["Adam"]
