"""`Module`: parameters, buffers and other modules under names, and a `forward`.

Design
  A. Assignment registers: a Parameter, a Buffer or a Module that is assigned to an attribute is entered in the table of
     its kind, in order. The tables are dictionaries in the instance; everything else is an ordinary attribute.
  B. A call enters the module's name in the module path, so that every node knows the module that made it. A module
     learns its name when it is registered first, and keeps it while that registration stands. Containers that are
     never called themselves (a ModuleList) lend theirs to the modules inside.
  C. A module without hooks pays for none: one flag decides.
"""

import weakref
from collections import OrderedDict, namedtuple

from ...autograd.function import Function
from ...core import Tensor
from ...core.hooks import Hooks
from ...core.modes import push_scope, restore_scope
from ..parameter import Buffer, Parameter


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()


class _Everywhere:
    """Hooks on the calls of all modules."""

    def __init__(self):
        self.before, self.after = Hooks(), Hooks()


_everywhere = _Everywhere()


def register_module_forward_pre_hook(hook):
    """Call `hook(module, args)` before every module's forward; what it returns, if not None, replaces the arguments."""
    return _everywhere.before.register(hook)


def register_module_forward_hook(hook, *, always_call: bool = False):
    """Call `hook(module, args, output)` after every module's forward; a value it returns replaces the output."""
    return _everywhere.after.register(hook)


class _Boundary(Function):
    """Passes tensors through unchanged: its node marks where a module begins or ends in the graph."""

    @staticmethod
    def forward(ctx, *tensors):
        ctx.set_materialize_grads(False)
        return tensors

    @staticmethod
    def backward(ctx, *cotangents):
        return cotangents


class _ModuleHooks:
    """The hooks of one module."""

    __slots__ = ("before", "before_kinds", "after", "after_kinds", "backward", "backward_before")

    def __init__(self):
        self.before, self.before_kinds = Hooks(), {}
        self.after, self.after_kinds = Hooks(), {}
        self.backward, self.backward_before = Hooks(), Hooks()


class Module:
    """Base of everything that has parameters: layers, containers, models.

    class Net(Module):
        def __init__(self):
            super().__init__()
            self.hidden = Linear(4, 8)
            self.out = Linear(8, 1)

        def forward(self, x):
            return self.out(tanh(self.hidden(x)))
    """

    training: bool = True
    _called = True  # False for containers whose own name never enters the path by a call
    _scope_name = ""
    _hooks: "_ModuleHooks | None" = None
    _parent = None

    def __init__(self, *args, **kwargs):
        object.__setattr__(self, "_parameters", {})
        object.__setattr__(self, "_buffers", {})
        object.__setattr__(self, "_modules", {})
        object.__setattr__(self, "_non_persistent", set())
        object.__setattr__(self, "training", True)

    def forward(self, *input):
        """The computation; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        before = push_scope(self._scope_name)
        try:
            if self._hooks is None and not _everywhere.before and not _everywhere.after:
                return self.forward(*args, **kwargs)
            return self._call_with_hooks(args, kwargs)
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
            self._modules[name] = value
            value._named(self, name)
        elif "_parameters" in tables and name in tables["_parameters"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' (torch.nn.Parameter or None "
                    "expected)"
                )
            self._parameters[name] = None
        elif "_modules" in tables and name in tables["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' (torch.nn.Module or None "
                    "expected)"
                )
            self._modules[name] = None
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        elif "_buffers" in tables and name in tables["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or "
                    "None expected)"
                )
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
                self._non_persistent.discard(name)
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
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (torch.nn.Parameter or None "
                "required)"
            )
        if param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. "
                "To express "
                f"'{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor, persistent: bool = True) -> None:
        """Add a tensor that is state but not trained; `persistent` ones are in the state dict."""
        self._check_name(name, self._buffers, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._non_persistent.discard if persistent else self._non_persistent.add)(name)

    def register_module(self, name: str, module) -> None:
        """Add a child module under a name."""
        self.add_module(name, module)

    def add_module(self, name: str, module) -> None:
        """Add a child module under a name."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._check_name(name, self._modules, "module")
        self._modules[name] = module
        if module is not None:
            module._named(self, name)

    def _check_name(self, name: str, own: dict, kind: str) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
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

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if name not in module._parameters:
            raise AttributeError(f"{type(module).__name__} has no parameter `{name}`")
        return module._parameters[name]

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if name not in module._buffers:
            raise AttributeError(f"{type(module).__name__} has no buffer `{name}`")
        return module._buffers[name]

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

    def modules(self):
        """This module and all below it."""
        for _, module in self.named_modules():
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

    def _entries(self, table: str, prefix: str, recurse: bool, remove_duplicate: bool):
        seen = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, entry in module.__dict__[table].items():
                if entry is None or id(entry) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(entry))
                yield f"{path}.{name}" if path else name, entry

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """The parameters with their dotted paths, each once."""
        yield from self._entries("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True):
        """The parameters."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """The buffers with their dotted paths, each once."""
        yield from self._entries("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True):
        """The buffers."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # ------------------------------------------------------------------------------------------- state

    def state_dict(self, *, destination=None, prefix: str = "", keep_vars: bool = False) -> dict:
        """All parameters and persistent buffers by dotted path, sharing memory with the module."""
        destination = OrderedDict() if destination is None else destination
        for name, parameter in self._parameters.items():
            if parameter is not None:
                destination[prefix + name] = parameter if keep_vars else parameter.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent:
                destination[prefix + name] = buffer if keep_vars else buffer.detach()
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return destination

    def load_state_dict(self, state_dict, strict: bool = True, assign: bool = False):
        """Copy values from a state dict into the parameters and buffers.

        Args:
            state_dict: tensors by dotted path.
            strict: whether missing and unexpected keys are an error.
            assign: make the given tensors the parameters, rather than copy their values.

        Returns:
            (missing_keys, unexpected_keys).

        Raises:
            RuntimeError: names every missing key, unexpected key and size mismatch; nothing has been copied then.
        """
        from ...autograd.grad_mode import no_grad

        if not hasattr(state_dict, "items"):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own = self.state_dict(keep_vars=True)
        missing = [key for key in own if key not in state_dict]
        unexpected = [key for key in state_dict if key not in own]
        problems = []
        if strict and missing:
            problems.append("Missing key(s) in state_dict: " + ", ".join([f'"{key}"' for key in missing]) + ". ")
        if strict and unexpected:
            problems.append("Unexpected key(s) in state_dict: " + ", ".join([f'"{key}"' for key in unexpected]) + ". ")
        for key, target in own.items():
            value = state_dict.get(key)
            if value is None:
                continue
            if not isinstance(value, Tensor):
                problems.append(
                    f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                    "checkpoint but "
                    f"received {type(value)}"
                )
            elif tuple(value.shape) != tuple(target.shape):
                problems.append(
                    f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape "
                    "in current model "
                    f"is {target.shape}."
                )
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        with no_grad():
            for key, target in own.items():
                if key not in state_dict:
                    continue
                if assign:
                    path, _, name = key.rpartition(".")
                    module = self.get_submodule(path)
                    value = state_dict[key]
                    if name in module._parameters:
                        module._parameters[name] = (
                            value
                            if isinstance(value, Parameter)
                            else Parameter(value, requires_grad=target.requires_grad)
                        )
                    else:
                        module._buffers[name] = value
                else:
                    target.copy_(state_dict[key])
        return _IncompatibleKeys(missing, unexpected)

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

    # ------------------------------------------------------------------------------------------- conversion

    def apply(self, fn) -> "Module":
        """Call `fn(module)` on every module below and then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _convert(self, function) -> "Module":
        from ...autograd.grad_mode import no_grad

        with no_grad():
            for module in self.modules():
                for parameter in module._parameters.values():
                    if parameter is None:
                        continue
                    parameter.data = function(parameter.data)
                    if parameter.grad is not None:
                        gradient = function(parameter.grad.detach())
                        parameter.grad = None
                        parameter.grad = gradient
                for name, buffer in module._buffers.items():
                    if buffer is not None:
                        module._buffers[name] = function(buffer)
        return self

    def to(self, *args, dtype=None, device=None, non_blocking: bool = False, memory_format=None) -> "Module":
        """Convert floating and complex parameters and buffers to a dtype, in place."""
        from ...core.dtypes import dtype as dtype_

        for argument in args:
            if isinstance(argument, dtype_):
                dtype = argument
            elif isinstance(argument, Tensor):
                dtype = argument.dtype
            else:
                device = argument
        if device is not None:
            from ...core.size import check_device

            check_device(device)
        if dtype is None:
            return self
        if not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        return self._convert(lambda x: x.to(dtype) if x.dtype.is_floating_point or x.dtype.is_complex else x)

    def type(self, dst_type) -> "Module":
        """Convert all parameters and buffers to a dtype."""
        return self._convert(lambda x: x.to(dst_type))

    def float(self) -> "Module":
        """Convert floating parameters and buffers to float32."""
        from ...core import dtypes

        return self._convert(lambda x: x.to(dtypes.float32) if x.dtype.is_floating_point else x)

    def double(self) -> "Module":
        """Convert floating parameters and buffers to float64."""
        from ...core import dtypes

        return self._convert(lambda x: x.to(dtypes.float64) if x.dtype.is_floating_point else x)

    def half(self) -> "Module":
        """Convert floating parameters and buffers to float16."""
        from ...core import dtypes

        return self._convert(lambda x: x.to(dtypes.float16) if x.dtype.is_floating_point else x)

    def cpu(self) -> "Module":
        """All parameters are in main memory."""
        return self

    def share_memory(self) -> "Module":
        raise RuntimeError(
            "share_memory is not supported: processes share tensors through the data loader's workers only"
        )

    # ------------------------------------------------------------------------------------------- hooks

    def _own_hooks(self) -> _ModuleHooks:
        own = self._hooks
        if own is None:
            own = _ModuleHooks()
            object.__setattr__(self, "_hooks", own)
        return own

    def register_forward_pre_hook(self, hook, *, prepend: bool = False, with_kwargs: bool = False):
        """Call `hook(module, args)` before forward; what it returns replaces the arguments.

        `with_kwargs` gives `hook(module, args, kwargs)`, which returns both.
        """
        own = self._own_hooks()
        handle = own.before.register(hook)
        own.before_kinds[handle.id] = with_kwargs
        if prepend:
            _to_front(own.before, handle.id)
        return handle

    def register_forward_hook(
        self, hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ):
        """Call `hook(module, args, output)` after forward; what it returns, if not None, replaces the output.

        `with_kwargs` gives `hook(module, args, kwargs, output)`; `always_call` calls it with None also when forward
        raised.
        """
        own = self._own_hooks()
        handle = own.after.register(hook)
        own.after_kinds[handle.id] = (with_kwargs, always_call)
        if prepend:
            _to_front(own.after, handle.id)
        return handle

    def register_full_backward_hook(self, hook, prepend: bool = False):
        """Call `hook(module, grad_input, grad_output)` when the gradients of the module's inputs are known.

        What it returns, if not None, replaces grad_input.
        """
        own = self._own_hooks()
        handle = own.backward.register(hook)
        if prepend:
            _to_front(own.backward, handle.id)
        return handle

    def register_full_backward_pre_hook(self, hook, prepend: bool = False):
        """Call `hook(module, grad_output)` before the backward pass enters the module.

        What it returns, if not None, replaces grad_output.
        """
        own = self._own_hooks()
        handle = own.backward_before.register(hook)
        if prepend:
            _to_front(own.backward_before, handle.id)
        return handle

    def _call_with_hooks(self, args: tuple, kwargs: dict):
        own = self._hooks
        completed = False
        called: set = set()
        try:
            for _, hook in _everywhere.before.running():
                args = _arguments(hook(self, args), args)
            if own is not None:
                for key, hook in own.before.running():
                    if own.before_kinds.get(key):
                        returned = hook(self, args, kwargs)
                        if returned is not None:
                            if not (isinstance(returned, tuple) and len(returned) == 2):
                                raise RuntimeError(
                                    "forward pre-hook must return None or a tuple of (new_args, new_kwargs), but "
                                    f"got {returned}."
                                )
                            args, kwargs = returned
                    else:
                        args = _arguments(hook(self, args), args)
            marks = own is not None and (own.backward or own.backward_before)
            gradients = _Gradients(self, own) if own is not None and marks else None
            if gradients is not None:
                args = gradients.enter(args)
            output = self.forward(*args, **kwargs)
            for _, hook in _everywhere.after.running():
                returned = hook(self, args, output)
                output = output if returned is None else returned
            if own is not None:
                for key, hook in own.after.running():
                    called.add(key)
                    with_kwargs, _ = own.after_kinds.get(key, (False, False))
                    returned = hook(self, args, kwargs, output) if with_kwargs else hook(self, args, output)
                    output = output if returned is None else returned
            if gradients is not None:
                output = gradients.leave(output)
            completed = True
            return output
        finally:
            if not completed and own is not None:
                for key, hook in own.after.running():
                    with_kwargs, always = own.after_kinds.get(key, (False, False))
                    if always and key not in called:
                        hook(self, args, kwargs, None) if with_kwargs else hook(self, args, None)

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


def _to_front(hooks: Hooks, key: int) -> None:
    entries = [(key, hooks[key]), *[(k, hook) for k, hook in hooks.items() if k != key]]
    hooks.clear()
    hooks.update(entries)


def _arguments(returned, args: tuple) -> tuple:
    if returned is None:
        return args
    return returned if isinstance(returned, tuple) else (returned,)


class _Gradients:
    """The full backward hooks of one call: marks at the module's inputs and outputs in the graph."""

    def __init__(self, module: Module, hooks: _ModuleHooks):
        self.module = module
        self.hooks = hooks
        self.outputs: tuple = ()

    def enter(self, args: tuple) -> tuple:
        """The arguments, passed through a mark at which grad_input is complete."""
        marked = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
        self.marked, self.count = marked, len(args)
        if not marked or not self.hooks.backward:
            return args
        passed = _Boundary.apply(*[args[i] for i in marked])
        passed[0].grad_fn.register_hook(self._at_inputs)
        through = list(args)
        for i, x in zip(marked, passed, strict=True):
            through[i] = x
        return tuple(through)

    def leave(self, output):
        """The output, passed through a mark at which grad_output is known."""
        several = isinstance(output, (tuple, list))
        outputs = list(output) if several else [output]
        marked = [i for i, y in enumerate(outputs) if isinstance(y, Tensor) and y.requires_grad]
        if not marked:
            return output
        passed = _Boundary.apply(*[outputs[i] for i in marked])
        self.output_marked, self.output_count = marked, len(outputs)
        passed[0].grad_fn.register_prehook(self._at_outputs)
        for i, y in zip(marked, passed, strict=True):
            outputs[i] = y
        return type(output)(outputs) if several else outputs[0]

    def _at_outputs(self, grad_outputs: tuple):
        found: list = [None] * self.output_count
        for i, g in zip(self.output_marked, grad_outputs, strict=True):
            found[i] = g
        grads = tuple(found)
        for _, hook in self.hooks.backward_before.running():
            returned = hook(self.module, grads)
            if returned is not None:
                grads = returned if isinstance(returned, tuple) else (returned,)
        self.outputs = grads
        if not self.marked:
            for _, hook in self.hooks.backward.running():
                hook(self.module, (None,) * self.count, grads)
        return tuple([grads[i] for i in self.output_marked])

    def _at_inputs(self, grad_inputs: tuple, _):
        found: list = [None] * self.count
        for i, g in zip(self.marked, grad_inputs, strict=True):
            found[i] = g
        grads = tuple(found)
        for _, hook in self.hooks.backward.running():
            returned = hook(self.module, grads, self.outputs)
            if returned is not None:
                grads = returned if isinstance(returned, tuple) else (returned,)
        return tuple([grads[i] for i in self.marked])


__all__ = ["Module", "register_module_forward_hook", "register_module_forward_pre_hook"]
