"""`Variable`: the name under which tutorials of 2017 and 2018 knew a tensor that takes part in autograd."""

import warnings

from ..core import Tensor


class _VariableType(type):
    def __instancecheck__(cls, instance) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableType):
    """Variable(tensor, requires_grad=False) returns a tensor on the same memory, marked so; every tensor is a Variable.

    `volatile=True` is gone; it warns, and gives data that is not recorded, as under `no_grad()`.

    TypeError for what is no tensor.

    >>> import wengert as t
    >>> x = t.autograd.Variable(t.ones(2), requires_grad=True)
    >>> x, isinstance(x, t.autograd.Variable)
    (tensor([1., 1.], requires_grad=True), True)
    """

    def __new__(cls, data=None, requires_grad: bool = False, volatile=None):
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        if volatile is not None:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead. (Here: "
                "wengert.no_grad() for code that is not to be recorded, wengert.inference_mode() for code that is "
                "never to be.)",
                UserWarning,
                stacklevel=2,
            )
            if volatile and requires_grad:
                raise ValueError("Variable can't be volatile and require_grad at the same time!")
        x = data.detach()
        if requires_grad:
            x.requires_grad = True
        return x
