"""Adam and AdamW.

Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015; Loshchilov & Hutter, "Decoupled weight decay
regularization", ICLR 2019.
"""

import math

import numpy

from ..core.promotion import from_array
from .optimizer import Optimizer


class Adam(Optimizer):
    """parameter -= lr * m_hat / (sqrt(v_hat) + eps), with running means m of the gradient and v of its square.

    Args:
        params: parameters or groups.
        lr: learning rate.
        betas: shares of the last means that are kept.
        eps: added to the denominator.
        weight_decay: strength of the L2 penalty (of the decay itself for AdamW).
        amsgrad: divide by the largest v so far (Reddi, Kale & Kumar, ICLR 2018).
        maximize: ascend.
        decoupled_weight_decay: decay the parameter rather than add to the gradient.
    """

    def __init__(
        self, params, lr: float = 1e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
        amsgrad: bool = False, *, foreach=None, maximize: bool = False, capturable: bool = False,
        differentiable: bool = False, fused=None, decoupled_weight_decay: bool = False,
    ):  # fmt: skip
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if differentiable:
            raise RuntimeError(
                "Adam(differentiable=True) is not supported: write the step with operations to differentiate through it"
            )
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, group: dict) -> None:
        for parameter in group["params"]:
            if parameter.grad is not None:
                self._update_one(parameter, group)

    def _update_one(self, parameter, group: dict) -> None:
        x = parameter.array
        g = -parameter.grad.array if group["maximize"] else parameter.grad.array
        state = self.state[parameter]
        if not state:
            state["step"] = from_array(numpy.zeros((), numpy.float32))
            state["exp_avg"] = from_array(numpy.zeros_like(x))
            state["exp_avg_sq"] = from_array(numpy.zeros_like(x))
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = from_array(numpy.zeros_like(x))
        state["step"].array[...] += 1
        step = int(state["step"].array)
        beta1, beta2 = group["betas"]
        lr, decay = float(group["lr"]), group["weight_decay"]
        if decay:
            if group["decoupled_weight_decay"]:
                x *= 1 - lr * decay
            else:
                g = g + decay * x
        x, g = _parts(x), _parts(g)
        m, v = _parts(state["exp_avg"].array), _parts(state["exp_avg_sq"].array)
        m += (g - m) * (1 - beta1)
        v *= beta2
        v += (1 - beta2) * g * g
        second = v
        if group["amsgrad"]:
            second = _parts(state["max_exp_avg_sq"].array)
            numpy.maximum(second, v, out=second)
        denominator = numpy.sqrt(second)
        denominator /= math.sqrt(1 - beta2**step)
        denominator += group["eps"]
        x -= (lr / (1 - beta1**step)) * (m / denominator)
        parameter._bump_version(f"{type(self).__name__}.step")


def _parts(x):
    """An array of real numbers as it is; of complex ones the pairs of their parts, which step apart as in PyTorch."""
    return x[..., None].view(x.real.dtype) if x.dtype.kind == "c" else x


class AdamW(Adam):
    """Adam with the weight decay applied to the parameter itself."""

    def __init__(
        self, params, lr: float = 1e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 1e-2,
        amsgrad: bool = False, *, maximize: bool = False, foreach=None, capturable: bool = False,
        differentiable: bool = False, fused=None,
    ):  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip
