"""AdamW.

Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019, https://arxiv.org/abs/1711.05101.
"""

from .adam import Adam


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter itself: p *= 1 - lr weight_decay, before Adam's step.

    The decay enters neither of the means. The arguments are those of `Adam`, with weight_decay=0.01 to begin with.
    https://arxiv.org/abs/1711.05101

    >>> import wengert as t
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> t.optim.AdamW([x], lr=0.1, weight_decay=0.5).step()
    >>> x
    tensor([ 0.8500, -1.8000], requires_grad=True)
    """

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 1e-2,
        amsgrad: bool = False, *, maximize: bool = False, foreach=None, capturable: bool = False,
        differentiable: bool = False, fused=None,
    ):  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


__all__ = ["AdamW"]
