"""Muon.

Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024, https://kellerjordan.github.io/posts/muon; the
adjustment of the learning rate after Liu et al., "Muon is scalable for LLM training", 2025,
https://arxiv.org/abs/2502.16982.
"""

import math

from ..core import Tensor
from .elementwise_optimizer import scalar, value_of, zeros_like
from .optimizer import Optimizer


def _orthogonalized(x: Tensor, coefficients, steps: int, eps: float) -> Tensor:
    """Roughly U Vᵀ for x = U S Vᵀ, in bfloat16: the polynomial a s + b s³ + c s⁵ applied again and again to singular
    values within (0, 1], which drives them towards 1 (Newton and Schulz)."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if x.dim() != 2:
        raise ValueError("Input tensor gradient must be a 2D matrix")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    tall = x.shape[0] > x.shape[1]
    y = _rounded(x.mT if tall else x)  # (m, n) with m <= n
    y = _rounded(y / _rounded(y.norm()).clamp(min=eps))
    for _ in range(steps):
        gram = _rounded(y @ y.mT)  # (m, n) @ (n, m) -> (m, m)
        y = _rounded(a * y + _rounded(b * gram + c * (gram @ gram)) @ y)  # (m, m) @ (m, n) -> (m, n)
    return y.mT if tall else y


def _rounded(x: Tensor) -> Tensor:
    """To bfloat16, in float32: a sum of products is rounded once, as bfloat16 hardware does it."""
    return x.bfloat16().float()


class Muon(Optimizer):
    """Momentum whose update is orthogonalised, for matrices: the weights of hidden layers.

    With b = momentum b + (1 - momentum) g, u the orthogonal factor of b (Nesterov: of (1 - momentum) g + momentum b)
    and f a factor of the shape (n, m):

        p = (1 - lr weight_decay) p - f lr u

    The factor is found in bfloat16, by ns_steps of a polynomial iteration. Other parameters (biases, embeddings, the
    last layer) are left to `AdamW`.

    Args:
        params: parameters of two dimensions, (name, parameter) pairs or groups.
        lr: learning rate; a number or a tensor of one element.
        weight_decay: decay of the parameter, in units of lr.
        momentum: share of the last velocity that is kept.
        nesterov: look ahead.
        ns_coefficients: of the polynomial a s + b s³ + c s⁵.
        eps: the least norm that the update is divided by beforehand.
        ns_steps: how often the polynomial is applied, less than 100.
        adjust_lr_fn: "original" (also None): f = sqrt(max(1, n / m)); "match_rms_adamw": f = 0.2 sqrt(max(n, m)).

    ValueError for options out of range and other parameters, RuntimeError in a step of complex ones.
    https://kellerjordan.github.io/posts/muon, https://arxiv.org/abs/2502.16982

    >>> import wengert as t
    >>> w = t.tensor([[3.0, 0.0], [0.0, 0.1]], requires_grad=True)
    >>> (w**2).sum().backward()
    >>> t.optim.Muon([w], lr=0.1, weight_decay=0.0).step()
    >>> w.detach().diagonal().round(decimals=1)  # both singular values change by about lr, whatever their size
    tensor([2.9000, -0.0000])
    """

    def __init__(
        self, params, lr=1e-3, weight_decay: float = 0.1, momentum: float = 0.95, nesterov: bool = True,
        ns_coefficients=(3.4445, -4.775, 2.0315), eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn=None,
    ):  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, got one of shape {list(lr.shape)}")
        for name, value in (("Learning rate", lr), ("momentum", momentum), ("weight decay", weight_decay)):
            if not 0.0 <= value:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f'Adjust learning rate function {adjust_lr_fn} is not supported; it may be "original" or '
                '"match_rms_adamw"'
            )
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.dim() != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {parameter.size()}. "
                        "Leave the others to another optimizer."
                    )

    def _update(self, group: dict) -> None:
        lr, momentum = scalar(group["lr"]), group["momentum"]
        changed = [parameter for parameter in group["params"] if parameter.grad is not None]
        if any([parameter.is_complex() for parameter in changed]):
            raise RuntimeError("Muon does not support complex parameters")
        for parameter in changed:
            gradient, entry = parameter.grad, self.state[parameter]
            if "momentum_buffer" not in entry:
                entry["momentum_buffer"] = zeros_like(gradient)
            velocity = entry["momentum_buffer"]
            velocity.lerp_(gradient, 1 - momentum)
            ahead = gradient.lerp(velocity, momentum) if group["nesterov"] else velocity
            change = _orthogonalized(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
            rows, columns = parameter.shape
            factor = math.sqrt(max(1, rows / columns if columns else 1))
            if group["adjust_lr_fn"] == "match_rms_adamw":
                factor = 0.2 * math.sqrt(max(rows, columns))
            parameter.mul_(1 - lr * group["weight_decay"])
            parameter.add_(change, alpha=-value_of(lr * factor))


__all__ = ["Muon"]
