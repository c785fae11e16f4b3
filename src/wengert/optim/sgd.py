"""Stochastic gradient descent with momentum.

Robbins & Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22 (1951); momentum and
Nesterov's form as in Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep
learning", ICML 2013, https://proceedings.mlr.press/v28/sutskever13.html, in PyTorch's variant, where the learning rate
scales the velocity when it is applied.
"""

import numpy

from ..core import Tensor
from ..core.promotion import from_array
from ..core.writing import count_direct_changes, direct_arrays
from ..kernels import optimizer_steps
from .elementwise_optimizer import ElementwiseOptimizer, check_fused, kept, scalar, value_of


class SGD(ElementwiseOptimizer):
    """Stochastic gradient descent: p -= lr d, where d is the gradient plus weight_decay p.

    With momentum, b is d at first and then b = momentum b + (1 - dampening) d, and p -= lr b; with Nesterov's form
    p -= lr (d + momentum b).

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        momentum: share of the last velocity that is kept.
        dampening: share of the gradient that does not enter the velocity.
        weight_decay: strength of the L2 penalty.
        nesterov: look ahead; needs momentum and no dampening.
        maximize: ascend.
        foreach, fused: accepted; there is one implementation, which steps all parameters in one call.
        differentiable: record the step, so that gradients flow through it.

    ValueError for options out of range. https://proceedings.mlr.press/v28/sutskever13.html

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.SGD([x], lr=0.25).step()
    >>> x
    tensor([ 0.5000, -1.0000], requires_grad=True)
    """

    _foreach_records = True

    def __init__(
        self, params, lr=1e-3, momentum: float = 0, dampening: float = 0, weight_decay=0, nesterov: bool = False, *,
        maximize: bool = False, foreach=None, differentiable: bool = False, fused=None,
    ):  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, got one of shape {list(lr.shape)}")
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("nesterov", False)
            group.setdefault("maximize", False)
            group.setdefault("foreach", None)
            group.setdefault("differentiable", False)
            group.setdefault("fused", False)

    def _entry(self, parameter: Tensor, group: dict) -> dict:
        """Without momentum a parameter has no state at all; with it, a velocity from its first step on."""
        return self.state[parameter] if group["momentum"] != 0 else {}

    def _step_plain(self, parameters: list, gradients: list, entries: list, group: dict):
        everything = range(len(parameters))
        if group["differentiable"]:
            return everything
        momentum, dampening, decay = float(group["momentum"]), float(group["dampening"]), float(group["weight_decay"])
        common = (
            -1.0 if group["maximize"] else 1.0, decay, float(group["lr"]), momentum, 1 - dampening,
            float(group["nesterov"]),
        )  # fmt: skip
        arrays, read = direct_arrays(parameters, True), direct_arrays(gradients, False)
        if arrays is None or read is None:
            return everything
        if not momentum:
            left = optimizer_steps.run("sgd", arrays, read, (None,), None, (*common, 0.0))
            stepped = [x for k, x in enumerate(parameters) if k not in left] if left else parameters
        else:
            velocities = [entry.get("momentum_buffer") for entry in entries]
            buffers = direct_arrays([x for x in velocities if x is not None], True)
            if buffers is None:
                return everything
            known = iter(buffers)
            first, later = (*common, 1.0), (*common, 0.0)
            new = [
                from_array(numpy.empty_like(x)) if velocity is None else None
                for x, velocity in zip(arrays, velocities, strict=True)
            ]
            states = [next(known) if x is None else x.array for x in new]
            numbers = [later if x is None else first for x in new]
            left = optimizer_steps.run("sgd", arrays, read, (states,), None, numbers)
            stepped = []
            for k, x in enumerate(new):
                if k not in left:
                    if x is not None:
                        entries[k]["momentum_buffer"] = x
                    stepped += (parameters[k], entries[k]["momentum_buffer"])
        count_direct_changes(stepped, "SGD.step")
        return left

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        momentum, decay, lr = group["momentum"], group["weight_decay"], scalar(group["lr"])
        d, velocity = -gradient if group["maximize"] else gradient, None
        if decay != 0:
            if isinstance(decay, Tensor) and decay.requires_grad:
                d = d + parameter.clone() * decay
            else:
                d = d.add(parameter, alpha=value_of(decay))
        if momentum != 0:
            velocity = entry.get("momentum_buffer")
            if velocity is None:
                # PyTorch cuts the first velocity from the graph, and with it derivatives of all steps that it is in.
                velocity = entry["momentum_buffer"] = d.clone() if group["differentiable"] else d.detach().clone()
            else:
                velocity.mul_(momentum).add_(d, alpha=1 - group["dampening"])
            d = d.add(velocity, alpha=momentum) if group["nesterov"] else velocity
        if isinstance(lr, Tensor) and lr.requires_grad:
            parameter.addcmul_(d if d is not velocity else kept(d, group), lr, value=-1)
        else:
            parameter.add_(d, alpha=-value_of(lr))


__all__ = ["SGD"]
