"""Adafactor.

Shazeer & Stern, "Adafactor: adaptive learning rates with sublinear memory cost", ICML 2018,
https://arxiv.org/abs/1804.04235, algorithms 4 to 6.
"""

from ..core import Tensor
from ..core.number_limits import finfo
from ..ops.norms import norm
from .elementwise_optimizer import scalar, step_counter, value_of, zeros_like
from .optimizer import Optimizer


class Adafactor(Optimizer):
    """Adam's second mean in little memory: of a matrix only the means of its rows and of its columns are kept.

    In step t, with b = t^beta2_decay, for a parameter of two dimensions or more (n elements, g its gradient):

        r = (1 - b) r + b mean(g², over columns),  c = (1 - b) c + b mean(g², over rows)
        v = r c / max(mean(r), eps1)
        u = g / sqrt(max(v, eps1²)),  u = u / max(1, rms(u) / d)
        p = (1 - lr weight_decay) p - max(eps2, rms(p)) min(lr, 1 / sqrt(t)) u

    with v = (1 - b) v + b g² itself for vectors and scalars; rms(x) = |x| / sqrt(n).

    Args:
        params: parameters, (name, parameter) pairs or groups.
        lr: the greatest relative step; a number or a tensor of one element.
        beta2_decay: power of the decay of the means, not positive.
        eps: eps1 and eps2; the first None for the spacing of the parameter's type at 1.
        d: the update's root mean square is clipped to this, at least 1.
        weight_decay: decay of the parameter, in units of lr.
        foreach: accepted; there is one implementation.
        maximize: ascend.

    ValueError for options out of range, RuntimeError in a step of complex parameters.
    https://arxiv.org/abs/1804.04235

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.Adafactor([x], lr=0.1).step()
    >>> x
    tensor([ 0.8419, -1.8419], requires_grad=True)
    """

    def __init__(
        self, params, lr=1e-2, beta2_decay: float = -0.8, eps=(None, 1e-3), d: float = 1.0, weight_decay: float = 0.0,
        *, foreach=None, maximize: bool = False,
    ):  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, got one of shape {list(lr.shape)}")
        if not 0.0 <= lr:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not 0.0 >= beta2_decay:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not 0.0 <= eps[0]:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not 0.0 <= eps[1]:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not 1.0 <= d:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("foreach", None)
            for parameter in group["params"]:
                entry = self.state.get(parameter)
                if entry and not isinstance(entry["step"], Tensor):
                    entry["step"] = step_counter(value=float(entry["step"]))

    def _update(self, group: dict) -> None:
        changed = [parameter for parameter in group["params"] if parameter.grad is not None]
        if any([parameter.is_complex() for parameter in changed]):
            raise RuntimeError("Adafactor does not support complex parameters")
        for parameter in changed:
            self._step_one(parameter, parameter.grad, group)

    def _step_one(self, parameter: Tensor, gradient: Tensor, group: dict) -> None:
        lr, (eps1, eps2), entry = scalar(group["lr"]), group["eps"], self.state[parameter]
        if not entry:
            entry["step"] = step_counter()
            shape = list(gradient.shape)
            if len(shape) > 1:
                entry["row_var"] = gradient.new_zeros([*shape[:-1], 1])
                entry["col_var"] = gradient.new_zeros([*shape[:-2], 1, shape[-1]])
            else:
                entry["variance"] = zeros_like(gradient)
        if eps1 is None:
            eps1 = finfo(parameter.dtype).eps
        g = -gradient if group["maximize"] else gradient
        count = entry["step"].add_(1).item()
        share = count ** group["beta2_decay"]
        size = max(eps2, parameter.norm(2).item() / parameter.numel() ** 0.5) * min(lr, 1 / count**0.5)
        if group["weight_decay"] != 0:
            parameter.mul_(1 - lr * group["weight_decay"])
        if g.dim() > 1:
            rows, columns = entry["row_var"], entry["col_var"]
            rows.lerp_(norm(g, dim=-1, keepdim=True).square_().div_(g.shape[-1]), share)
            columns.lerp_(norm(g, dim=-2, keepdim=True).square_().div_(g.shape[-2]), share)
            v = rows @ columns  # (*, n, 1) @ (*, 1, m) -> (*, n, m)
            v.div_(rows.mean(dim=-2, keepdim=True).clamp_(min=eps1))
        else:
            v = entry["variance"].lerp_(g * g, share).clone()
        update = v.clamp_(min=eps1 * eps1).rsqrt_().mul_(g)
        clipped = max(1.0, update.norm(2).item() / (update.numel() ** 0.5 * group["d"]))
        parameter.add_(update, alpha=-value_of(size / clipped))


__all__ = ["Adafactor"]
