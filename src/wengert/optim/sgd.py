"""Stochastic gradient descent with momentum.

Nesterov's form as in Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep
learning", ICML 2013, in PyTorch's variant, where the learning rate scales the velocity when it is applied.
"""

from ..core.promotion import from_array
from ..kernels import optimizer_steps
from .optimizer import Optimizer


class SGD(Optimizer):
    """parameter -= lr * d, where d is the gradient (plus weight_decay * parameter), or with momentum the running
    v = momentum * v + (1 - dampening) * d (Nesterov: d + momentum * v).

    Args:
        params: parameters or groups.
        lr: learning rate.
        momentum: share of the last velocity that is kept.
        dampening: share of the gradient that does not enter the velocity.
        weight_decay: strength of the L2 penalty.
        nesterov: look ahead; needs momentum and no dampening.
        maximize: ascend.
    """

    def __init__(
        self, params, lr: float = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: float = 0,
        nesterov: bool = False, *, maximize: bool = False, foreach=None, differentiable: bool = False, fused=None,
    ):  # fmt: skip
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        if differentiable:
            raise RuntimeError(
                "SGD(differentiable=True) is not supported: write the step with operations to differentiate through it"
            )
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, group: dict) -> None:
        """One compiled call over all parameters of the group."""
        changed = [parameter for parameter in group["params"] if parameter.grad is not None]
        if not changed:
            return
        momentum = float(group["momentum"])
        state = self.state
        buffers = [None] * len(changed)
        if momentum:
            for i, parameter in enumerate(changed):
                velocity = state[parameter].get("momentum_buffer")
                if velocity is not None:
                    buffers[i] = velocity.array
        made = optimizer_steps.sgd_step(
            [parameter.array for parameter in changed], [parameter.grad.array for parameter in changed], buffers,
            float(group["lr"]), momentum, float(group["dampening"]), float(group["weight_decay"]),
            bool(group["nesterov"]), bool(group["maximize"]),
        )  # fmt: skip
        for i, parameter in enumerate(changed):
            parameter._bump_version("SGD.step")
            if momentum and buffers[i] is None:
                state[parameter]["momentum_buffer"] = from_array(made[i])
