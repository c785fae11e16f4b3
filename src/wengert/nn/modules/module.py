"""`Module`: parameters, buffers and other modules under names, and a `forward`.

Design
  A. Assignment registers: a Parameter, a Buffer or a Module that is assigned to an attribute is entered in the table of
     its kind, in order. The tables are dictionaries in the instance; everything else is an ordinary attribute.
  B. A call enters the module's name in the module path, so that every node knows the module that made it. A module
     learns its name when it is registered first, and keeps it while that registration stands. Containers that are
     never called themselves (a ModuleList) lend theirs to the modules inside.
  C. A module without hooks pays for none: one flag decides. What an error says of the module is worked out when there
     is an error.
  D. Hooks on calls, state dictionaries and conversion are parts of the class in files of their own.
"""

import types
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from ...core import Tensor
from ...core.errors import type_word
from ...core.modes import push_scope, restore_scope
from ..parameter import Buffer, Parameter
from . import call_hooks
from .call_hooks import (
    WithCallHooks,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from .conversion import WithConversion
from .layer_errors import EXPLAINED, explain
from .state import WithState, _IncompatibleKeys

_everywhere = call_hooks.everywhere
_registrations = call_hooks.registrations

if TYPE_CHECKING:
    P = ParamSpec("P")
    R = TypeVar("R", covariant=True)

    class _HasForward(Protocol[P, R]):
        @property
        def forward(self) -> Callable[P, R]: ...


def typename(value) -> str:
    """The name of a value's type: "wengert.FloatTensor", "int", a class with its module."""
    if isinstance(value, Tensor):
        return f"wengert.{type_word(value.array.dtype)}Tensor"
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


class Module(WithCallHooks, WithState, WithConversion):
    """Base of everything that has parameters: layers, containers, models.

    >>> import wengert as t
    >>> class Net(t.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = t.nn.Linear(4, 8)
    ...         self.out = t.nn.Linear(8, 1)
    ...
    ...     def forward(self, x):
    ...         return self.out(t.tanh(self.hidden(x)))
    >>> net = Net()
    >>> net(t.ones(3, 4)).shape
    wengert.Size([3, 1])
    >>> [name for name, _ in net.named_parameters()]
    ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']
    """

    training: bool = True
    _called = True  # False for containers whose own name never enters the path by a call
    _scope_name = ""
    _parent = None
    call_super_init = False

    def __init__(self, *args, **kwargs):
        if (args or kwargs) and not self.call_super_init:
            if kwargs:
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword argument {next(iter(kwargs))!r}"
                )
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
            )
        object.__setattr__(self, "_parameters", {})
        object.__setattr__(self, "_buffers", {})
        object.__setattr__(self, "_modules", {})
        object.__setattr__(self, "_non_persistent_buffers_set", set())
        object.__setattr__(self, "training", True)
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    if TYPE_CHECKING:
        # Every subclass has arguments of its own; a call takes and returns what they do.
        forward: Callable[..., Any]

        def __call__(self: "_HasForward[P, R]", *args: P.args, **kwargs: P.kwargs) -> R: ...

    else:

        def forward(self, *input):
            """The computation; every subclass defines it."""
            raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

        def __call__(self, *args, **kwargs):
            before = push_scope(self._scope_name)
            try:
                if self._hooks is None and not _everywhere:
                    return self.forward(*args, **kwargs)
                return self._call_with_hooks(args, kwargs)
            except EXPLAINED as error:
                explain(self, args, error)
                raise
            finally:
                restore_scope(before)

    # ------------------------------------------------------------------------------------------- registration

    def __setattr__(self, name: str, value) -> None:
        tables = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in tables:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_buffers", "_modules")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if "_modules" not in tables:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_parameters", "_buffers")
            if _registrations:
                value = call_hooks.as_registered("module", self, name, value)
            self._modules[name] = value
            value._named(self, name)
        elif "_parameters" in tables and name in tables["_parameters"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as parameter '{name}' (torch.nn.Parameter or None "
                    "expected)"
                )
            self._parameters[name] = None
        elif "_modules" in tables and name in tables["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as child module '{name}' (torch.nn.Module or None "
                    "expected)"
                )
            self._modules[name] = None
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        elif "_buffers" in tables and name in tables["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{typename(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or "
                    "None expected)"
                )
            if _registrations:
                value = call_hooks.as_registered("buffer", self, name, value)
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name: str, *tables: str) -> None:
        self.__dict__.pop(name, None)
        for table in tables:
            self.__dict__[table].pop(name, None)

    def __getattr__(self, name: str):
        for table in ("_parameters", "_buffers", "_modules"):
            entries = self.__dict__.get(table)
            if entries is not None and name in entries:
                return entries[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for table in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(table, ()):
                del self.__dict__[table][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list:
        names = {*super().__dir__(), *self._parameters, *self._buffers, *self._modules}
        return sorted([name for name in names if not name[:1].isdigit()])

    def _named(self, parent: "Module", name: str) -> None:
        """Note where in the tree this module is, for the module path.

        The first place counts as long as it stands: a slice of a list, which holds the module for a moment, renames
        nothing.
        """
        first = self._parent and self._parent()
        if first is not None and first._modules.get(self._own_name) is self:
            return
        object.__setattr__(self, "_parent", weakref.ref(parent))
        object.__setattr__(self, "_own_name", name)
        self._rename()

    def _rename(self) -> None:
        name, parent = self._own_name, self._parent and self._parent()
        while parent is not None and not parent._called:
            name = f"{parent._own_name}.{name}" if getattr(parent, "_own_name", "") else name
            parent = parent._parent and parent._parent()
        object.__setattr__(self, "_scope_name", name)
        if not self._called:
            for child in self._modules.values():
                if child is not None and hasattr(child, "_own_name"):
                    child._rename()

    def register_parameter(self, name: str, param) -> None:
        """Add a parameter (or None, to be set later) under a name."""
        self._check_name(name, self._parameters, "parameter")
        if param is None:
            self._parameters[name] = None
            return
        if not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None "
                "required)"
            )
        if param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. "
                "To express "
                f"'{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        if _registrations:
            param = call_hooks.as_registered("parameter", self, name, param)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor, persistent: bool = True) -> None:
        """Add a tensor that is state but not trained; `persistent` ones are in the state dict."""
        self._check_name(name, self._buffers, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        if _registrations:
            tensor = call_hooks.as_registered("buffer", self, name, tensor)
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def register_module(self, name: str, module) -> None:
        """Add a child module under a name."""
        self.add_module(name, module)

    def add_module(self, name: str, module) -> None:
        """Add a child module under a name."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name(name, self._modules, "module")
        if _registrations:
            module = call_hooks.as_registered("module", self, name, module)
        self._modules[name] = module
        if module is not None:
            module._named(self, name)

    def _check_name(self, name: str, own: dict, kind: str) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in own:
            raise KeyError(f"attribute '{name}' already exists")

    def get_submodule(self, target: str) -> "Module":
        """The module at a dotted path."""
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: "Module", strict: bool = False) -> None:
        """Put a module at a dotted path; `strict` asks that there is one already.

        ValueError for an empty path or a `module` that is none; AttributeError where the path leads over no modules.
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def _at(self, target: str) -> tuple:
        """The module that a dotted path's last name is in, that name, and what is under it."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        return module, name, getattr(module, name)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path; AttributeError if there is none."""
        _, name, parameter = self._at(target)
        if not isinstance(parameter, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path; AttributeError if there is none."""
        module, name, buffer = self._at(target)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return buffer

    # ------------------------------------------------------------------------------------------- walking

    def named_modules(self, memo=None, prefix: str = "", remove_duplicate: bool = True):
        """This module and all below it with their dotted paths, each once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True):
        """This module and all below it, each once unless `remove_duplicate` is False."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self):
        """The modules directly below with their names."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self):
        """The modules directly below."""
        for _, module in self.named_children():
            yield module

    def _named_members(self, get_members_fn, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """The (name, member) pairs that a function of a module gives, with dotted paths; None is left out."""
        seen = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, entry in get_members_fn(module):
                if entry is None or id(entry) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(entry))
                yield f"{path}.{name}" if path else name, entry

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """The parameters with their dotted paths, each once."""
        yield from self._named_members(lambda module: module._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True):
        """The parameters."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """The buffers with their dotted paths, each once."""
        yield from self._named_members(lambda module: module._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True):
        """The buffers."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # ------------------------------------------------------------------------------------------- modes

    def train(self, mode: bool = True) -> "Module":
        """Set training mode (dropout and batch statistics act) on this module and all below it."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            object.__setattr__(module, "training", mode)
        return self

    def eval(self) -> "Module":
        """Set evaluation mode."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> "Module":
        """Set whether gradients flow to the parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with 0."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter.grad = parameter.grad.detach()
                    parameter.grad.zero_()

    def compile(self, *args, **kwargs) -> None:
        """Accepted, with any arguments: calls go on being run as they are written."""

    # ------------------------------------------------------------------------------------------- text

    def extra_repr(self) -> str:
        """What a subclass adds to its line of the tree."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): " + "\n  ".join(repr(module).split("\n")) for name, module in self._modules.items()]
        if not children and len(extra) <= 1:
            return f"{self._get_name()}({''.join(extra)})"
        return f"{self._get_name()}(\n  " + "\n  ".join([*extra, *children]) + "\n)"

    def __getstate__(self) -> dict:
        state = dict(self.__dict__)
        # A weak reference cannot be copied; the copies' parents name them again.
        state.pop("_parent", None)
        return state

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        for name, module in self._modules.items():
            if module is not None:
                module._named(self, name)


# Errors about arguments name the class that users know.
for _part in (WithCallHooks, WithState, WithConversion):
    for _name, _method in vars(_part).items():
        if isinstance(_method, types.FunctionType):
            _method.__qualname__ = f"Module.{_name}"


__all__ = [
    "Module",
    "_IncompatibleKeys",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]
