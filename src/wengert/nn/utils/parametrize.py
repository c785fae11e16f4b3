"""Parameters computed from others whenever they are read.

Design
  A. A module with a parametrized tensor becomes an instance of a class of its own, "Parametrized" and its class's name,
     in which the tensor is a property: reading computes, assigning goes the way back.
  B. What it is computed from is in `module.parametrizations.<name>`, a ParametrizationList: `original`, or `original0`,
     `original1`, ... if the way back gives several.
"""

import contextlib
import copy
import threading
from collections.abc import Sequence

from ...autograd.grad_mode import no_grad
from ...core import Tensor
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter


class _Cache(threading.local):
    """Computed tensors by (module's id, name) while a `cached` block of this thread is open."""

    blocks = 0

    def __init__(self):
        self.values: dict = {}


_cache = _Cache()


@contextlib.contextmanager
def cached():
    """Inside the block, a parametrized tensor is computed when it is first read, and kept.

    >>> import wengert as t
    >>> layer = t.nn.utils.parametrizations.weight_norm(t.nn.Linear(2, 3))
    >>> with t.nn.utils.parametrize.cached():
    ...     layer.weight is layer.weight
    True
    """
    _cache.blocks += 1
    try:
        yield
    finally:
        _cache.blocks -= 1
        if not _cache.blocks:
            _cache.values = {}


def _enter(module, name: str, x) -> None:
    (module.register_parameter if isinstance(x, Parameter) else module.register_buffer)(name, x)


def _give(target: Tensor, source: Tensor) -> None:
    """Make a tensor hold what another one does."""
    target.data = source.detach() if source is target else source.detach().clone()


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor in order, and what they start from: `original`, or `original0`, `original1`
    and so on.

    Calling it computes the tensor.

    Args:
        modules: the parametrizations, at least one. Those with a `right_inverse` are given the tensor, from the last to
            the first, to find what they start from.
        original: the tensor as it is.
        unsafe: whether shape and dtype may change.

    ValueError for no modules, or where shape or dtype change unasked.

    >>> import wengert as t
    >>> layer = t.nn.utils.parametrizations.weight_norm(t.nn.Linear(2, 3))
    >>> list(dict(layer.parametrizations.weight.named_parameters()))
    ['original0', 'original1']
    """

    def __init__(self, modules, original: Tensor, unsafe: bool = False):
        if not len(modules):
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = tuple(original.shape), original.dtype
        with no_grad():
            start = original
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    # A parametrization that has no way back for this tensor starts from it as it is.
                    with contextlib.suppress(NotImplementedError):
                        start = module.right_inverse(start)
        if not isinstance(start, (Tensor, Sequence)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got "
                f"{type(start).__name__}"
            )
        self.is_tensor = isinstance(start, Tensor)
        self.ntensors = 1 if self.is_tensor else len(start)
        if self.is_tensor:
            if start.dtype is not dtype:  # type: ignore[union-attr]
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {dtype}\nright_inverse(original).dtype: {start.dtype}"  # type: ignore[union-attr]
                )
            if start is not original:
                _give(original, start)
            _enter(self, "original", original)
        else:
            for i, x in enumerate(start):
                if not isinstance(x, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element "
                        f"{i} of the sequence with type {type(x).__name__}."
                    )
                if isinstance(original, Parameter):
                    x = Parameter(x, original.requires_grad)
                _enter(self, f"original{i}", x.requires_grad_(original.requires_grad))
        if not unsafe:
            self._check(self(), shape, dtype)

    @staticmethod
    def _check(computed, shape: tuple, dtype) -> None:
        if not isinstance(computed, Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got {type(computed).__name__}.")
        for what, before, after in (("dtype", dtype, computed.dtype), ("shape", shape, tuple(computed.shape))):
            if before != after:
                raise ValueError(
                    f"Registering a parametrization may not change the {what} of the tensor, unless `unsafe` flag is "
                    f"enabled.\nunparametrized {what}: {before}\nparametrized {what}: {after}"
                )

    def right_inverse(self, value: Tensor) -> None:
        """Assign to the tensor: what it starts from becomes what the parametrizations' ways back give, from the last to
        the first.

        RuntimeError where one has none; ValueError where it gives another number of tensors or another dtype.
        """
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            if self.is_tensor:
                if not isinstance(value, Tensor):
                    raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
                if value.dtype is not self.original.dtype:
                    raise ValueError(
                        f"The tensor returned by `right_inverse` has dtype {value.dtype} while `original` has dtype "
                        f"{self.original.dtype}"
                    )
                _give(self.original, value)
                return
            if not isinstance(value, Sequence):
                raise ValueError(f"'right_inverse' must return a sequence of tensors. Got {type(value).__name__}.")
            if len(value) != self.ntensors:
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence of "
                    f"length {len(value)}."
                )
            for i, x in enumerate(value):
                before = getattr(self, f"original{i}")
                if not isinstance(x, Tensor):
                    raise ValueError(
                        f"'right_inverse' must return a sequence of tensors. Got element {i} of type "
                        f"{type(x).__name__}."
                    )
                if x.dtype is not before.dtype:
                    raise ValueError(
                        f"Tensor {i} returned by `right_inverse` has dtype {x.dtype} while `original{i}` has dtype "
                        f"{before.dtype}"
                    )
                _give(before, x)

    def forward(self) -> Tensor:
        """Compute the tensor."""
        first, *others = self
        starts = [self.original] if self.is_tensor else [getattr(self, f"original{i}") for i in range(self.ntensors)]
        x = first(*starts)
        for module in others:
            x = module(x)
        return x


def _deepcopy(self, memo: dict):
    replica = memo.get(id(self))
    if replica is None:
        replica = type(self).__new__(type(self))  # type: ignore[call-overload]
        memo[id(self)] = replica
        # What a pickle would be made of is refused for these classes; a copy is of the same class.
        replica.__setstate__(copy.deepcopy(Module.__getstate__(self), memo))
    return replica


def _getstate(self):
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). Their classes are made when a "
        "parametrization is registered."
    )


def _with_class_of_its_own(module) -> None:
    cls = type(module)
    members: dict = {"__getstate__": _getstate}
    if not hasattr(cls, "__deepcopy__"):
        members["__deepcopy__"] = _deepcopy
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), members)


def _computed(name: str) -> property:
    """The property by which a module computes a tensor, and assigns to it."""

    def get(self):
        parametrization = self.parametrizations[name]
        if not _cache.blocks:
            return parametrization()
        key = (id(self), name)
        if key not in _cache.values:
            _cache.values[key] = parametrization()
        return _cache.values[key]

    def assign(self, value) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, assign)


def _check_further(module, name: str, parametrization) -> None:
    """That one more parametrization changes neither shape nor dtype, on the way or back."""
    before = getattr(module, name)
    after = parametrization(before)
    if not isinstance(after, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(after).__name__}.")
    for what in ("dtype", "shape"):
        if getattr(after, what) != getattr(before, what):
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless the `unsafe` flag is "
                f"enabled.\nmodule.{name}.{what}: {getattr(before, what)}\nparametrization(module.{name}).{what}: "
                f"{getattr(after, what)}"
            )
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(after)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}")
    for what in ("dtype", "shape"):
        if getattr(back, what) != getattr(before, what):
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} as module.{name}, "
                f"unless the `unsafe` flag is enabled.\nmodule.{name}.{what}: {getattr(before, what)}\nreturned "
                f"{what}: {getattr(back, what)}"
            )


def register_parametrization(module, tensor_name: str, parametrization, *, unsafe: bool = False):
    """Compute a parameter or buffer of a module with a module: `parametrization(original)`, whenever it is read.

    Several are applied one after the other.

    Args:
        module: the module that has the tensor; it is returned.
        tensor_name: the tensor's name. What it is computed from is `module.parametrizations.<name>.original`.
        parametrization: a module that takes and returns a tensor. If it has a method `right_inverse`, the tensor can be
            assigned to; one that gives several tensors makes the parametrization a function of several.
        unsafe: whether shape and dtype may change, unchecked.

    ValueError for a name that the module does not have, or where shape or dtype change unasked.

    >>> import wengert as t
    >>> class Symmetric(t.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = t.nn.utils.parametrize.register_parametrization(t.nn.Linear(2, 2), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all())
    True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_further(module, tensor_name, parametrization)
        entered = module.parametrizations[tensor_name]
        entered.append(parametrization)
        entered.unsafe |= unsafe
        return module
    if tensor_name not in module._buffers and tensor_name not in module._parameters:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    # Made before anything is changed: if it fails, the module is what it was.
    entered = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _with_class_of_its_own(module)
        module.parametrizations = ModuleDict()
    setattr(type(module), tensor_name, _computed(tensor_name))
    module.parametrizations[tensor_name] = entered
    return module


def is_parametrized(module, tensor_name: str = None) -> bool:
    """Whether a tensor of a module, or any of them, is parametrized.

    >>> import wengert as t
    >>> t.nn.utils.parametrize.is_parametrized(t.nn.utils.parametrizations.weight_norm(t.nn.Linear(2, 3)), "bias")
    False
    """
    entered = getattr(module, "parametrizations", None)
    if not isinstance(entered, ModuleDict):
        return False
    return len(entered) > 0 if tensor_name is None else tensor_name in entered


def remove_parametrizations(module, tensor_name: str, leave_parametrized: bool = True):
    """Make a parametrized tensor an ordinary one again.

    Args:
        module: the module that has it; it is returned.
        tensor_name: its name.
        leave_parametrized: whether it is what was computed, rather than the original.

    ValueError where it is not parametrized, or where there are several originals to leave.

    >>> import wengert as t
    >>> layer = t.nn.utils.parametrizations.weight_norm(t.nn.Linear(2, 3))
    >>> t.nn.utils.parametrize.remove_parametrizations(layer, "weight")
    Linear(in_features=2, out_features=3, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    entered = module.parametrizations[tensor_name]
    if entered.is_tensor:
        original = entered.original
        if leave_parametrized:
            with no_grad():
                computed = getattr(module, tensor_name)
            _give(original, computed)
    elif leave_parametrized:
        computed = getattr(module, tensor_name)
        original = Parameter(computed) if computed.requires_grad else computed
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _enter(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module) -> type:
    """The class that a module had before it was parametrized; its class if it is not.

    >>> import wengert as t
    >>> layer = t.nn.utils.parametrizations.weight_norm(t.nn.Linear(2, 3))
    >>> t.nn.utils.parametrize.type_before_parametrizations(layer).__name__
    'Linear'
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module, to_module, tensor_name: str = None):
    """Register a module's parametrizations, of one tensor or of all, on another module, which shares them and what they
    start from; returns that module.

    >>> import wengert as t
    >>> layer = t.nn.utils.parametrizations.weight_norm(t.nn.Linear(2, 3))
    >>> other = t.nn.utils.parametrize.transfer_parametrizations_and_params(layer, t.nn.Linear(2, 3))
    >>> bool((other.weight == layer.weight).all())
    True
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        source = from_module.parametrizations[name]
        for parametrization in source:
            register_parametrization(to_module, name, parametrization, unsafe=source.unsafe)
        target = to_module.parametrizations[name]
        for own in ["original"] if source.is_tensor else [f"original{i}" for i in range(source.ntensors)]:
            setattr(target, own, getattr(source, own))
    return to_module


__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "transfer_parametrizations_and_params", "type_before_parametrizations",
]  # fmt: skip


def __dir__():
    return sorted(__all__)
