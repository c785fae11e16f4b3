"""Parameters and buffers: tensors that a module owns; and such whose shape is not known yet."""

import numpy

from ..core import Tensor, dtypes
from ..core.replacement import level_tensor


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

    RuntimeError for integers that are to have gradients.

    >>> import wengert as t
    >>> t.nn.Parameter(t.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
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
    """A tensor that a module keeps and does not train; it is in the `state_dict` unless `persistent=False`.

    >>> import wengert as t
    >>> module = t.nn.Module()
    >>> module.mean = t.nn.Buffer(t.zeros(2))
    >>> list(module.state_dict()), list(module.parameters())
    (['mean'], [])
    """

    def __new__(cls, data=None, *, persistent: bool = True):
        made = Tensor._make_subclass(cls, Tensor() if data is None else data.detach(), False)
        made.persistent = persistent
        return made

    def __init__(self, data=None, *, persistent: bool = True):
        pass  # made by __new__


# ------------------------------------------------------------------------------------------------ not known yet


class _Nothing:
    """What stands in the place of the values of a tensor whose shape is not known yet: every operation fails.

    It is the payload of a level above all others, so that the one call path asks it first.
    """

    NUMBER = 1 << 60
    batched = False
    separate = True

    def __init__(self, dtype):
        self.array = numpy.empty(0, dtype)

    @property
    def shape(self):
        return (0,)

    def detach(self) -> "_Nothing":
        return self

    bare = detach

    def settle(self, view) -> None:
        """There are no views of it."""

    def apply(self, operation, operands: list, parameters: tuple):
        if operation.name == "cast":
            return _nothing(numpy.dtype(parameters[0]))
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {operation.name}. Its shape is known only after a first "
            "call: call the module, or materialize() the parameter"
        )

    def apply_in_place(self, operation, operands: list, parameters: tuple) -> None:
        self.apply(operation, operands, parameters)

    def __repr__(self) -> str:
        return "uninitialized"


def _nothing(dtype) -> Tensor:
    return level_tensor(_Nothing(dtype), _Nothing.NUMBER)


def _empty(device, dtype) -> Tensor:
    if device is not None:
        from ..core import device as device_

        device_(device)
    return _nothing((dtypes.get_default_dtype() if dtype is None else dtype).numpy)


class UninitializedTensorMixin:
    """What parameters and buffers have in common whose shape is not known yet.

    ValueError for every operation on one, RuntimeError for its shape.

    >>> import wengert as t
    >>> isinstance(t.nn.LazyLinear(2).weight, t.nn.parameter.UninitializedTensorMixin)
    True
    """

    cls_to_become: type

    @property
    def is_uninitialized(self) -> bool:
        """Whether the shape is not known yet."""
        return True

    @property
    def shape(self):
        """RuntimeError: there is none."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    def materialize(self, shape, device=None, dtype=None) -> None:
        """Make it a parameter (or buffer) of this shape, whose values are arbitrary."""
        from ..ops.creation import empty

        self.data = empty(tuple(shape), device=device, dtype=self.dtype if dtype is None else dtype)  # type: ignore
        self.__class__ = self.cls_to_become  # type: ignore[assignment]

    def detach(self):
        """Itself: it has no history."""
        return self

    def copy_(self, source, non_blocking: bool = False):
        """Nothing, for another of which the shape is not known; ValueError for a tensor, materialize() comes first."""
        if not is_lazy(source):
            raise ValueError(
                "Attempted to use an uninitialized parameter in copy_. Its shape is not known yet: materialize() it"
            )
        return self

    def share_memory_(self):
        """RuntimeError: there is no memory."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters "
            "before calling `module.share_memory()`."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, dtype=self.dtype)  # type: ignore[attr-defined, call-arg]
        return memo[id(self)]

    def __reduce_ex__(self, protocol):
        return type(self), (self.requires_grad, None, self.dtype)  # type: ignore[attr-defined]


def is_lazy(param) -> bool:
    """Whether it is a parameter or buffer whose shape is not known yet.

    >>> import wengert as t
    >>> t.nn.parameter.is_lazy(t.nn.LazyLinear(2).weight), t.nn.parameter.is_lazy(t.nn.Linear(2, 2).weight)
    (True, False)
    """
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape is not known yet: `materialize(shape)` makes it a `Parameter`, as a lazy module does in
    its first call.

    Args:
        requires_grad: whether gradients flow to it.
        device: "cpu".
        dtype: its dtype, the default one unless given.

    >>> import wengert as t
    >>> weight = t.nn.UninitializedParameter()
    >>> weight
    <UninitializedParameter>
    >>> weight.materialize((2, 3))
    >>> type(weight), weight.shape
    (<class 'wengert.nn.parameter.Parameter'>, wengert.Size([2, 3]))
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device=None, dtype=None):
        return Tensor._make_subclass(cls, _empty(device, dtype), requires_grad)

    def __init__(self, requires_grad: bool = True, device=None, dtype=None):
        pass  # made by __new__


class UninitializedBuffer(UninitializedTensorMixin, Buffer):
    """A buffer whose shape is not known yet: `materialize(shape)` makes it a `Buffer`.

    >>> import wengert as t
    >>> mean = t.nn.UninitializedBuffer()
    >>> mean.materialize((3,))
    >>> mean.shape
    wengert.Size([3])
    """

    cls_to_become = Buffer

    def __new__(cls, requires_grad: bool = False, device=None, dtype=None, persistent: bool = True):
        made = Tensor._make_subclass(cls, _empty(device, dtype), requires_grad)
        made.persistent = persistent
        return made

    def __init__(self, requires_grad: bool = False, device=None, dtype=None, persistent: bool = True):
        pass  # made by __new__


__all__ = [
    "Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "UninitializedTensorMixin", "is_lazy",
]  # fmt: skip


def __dir__():
    return sorted(__all__)
