"""Parameters and buffers: tensors that a module owns."""

from ..core import Tensor


class _ParameterType(type(Tensor)):  # type: ignore[misc]
    """Tensors marked as parameters are instances too, whatever their class."""

    def __instancecheck__(cls, instance) -> bool:
        return super().__instancecheck__(instance) or (
            isinstance(instance, Tensor) and getattr(instance, "_is_param", False)
        )


class Parameter(Tensor, metaclass=_ParameterType):
    """A tensor that is a parameter: assigned to a module, it is in `parameters()`.

    Args:
        data: the values, whose memory is shared.
        requires_grad: whether gradients flow to it.
    """

    def __new__(cls, data=None, requires_grad: bool = True):
        return Tensor._make_subclass(cls, Tensor() if data is None else data.detach(), requires_grad)

    def __init__(self, data=None, requires_grad: bool = True):
        pass  # made by __new__

    def __deepcopy__(self, memo):
        """A parameter of the same values, without `.grad`."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return memo[id(self)]

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A tensor that a module keeps and does not train; it is in the `state_dict` unless `persistent=False`."""

    def __new__(cls, data=None, *, persistent: bool = True):
        made = Tensor._make_subclass(cls, Tensor() if data is None else data.detach(), False)
        made.persistent = persistent
        return made

    def __init__(self, data=None, *, persistent: bool = True):
        pass  # made by __new__
