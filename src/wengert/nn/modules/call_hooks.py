"""Hooks on the calls of modules: of one, and of all.

They run in the order of registration, those of all modules first; `prepend=True` puts one before the module's others.
"""

import warnings
from typing import Any

from ...core import Tensor
from ...core.hooks import Hooks
from .backward_marks import BackwardHooks

_TWO_KINDS = "Cannot use both regular backward hooks and full backward hooks {}. Please use only one of them."


class _Registered:
    """A hook on all modules: which kind of hook it is, and how it is called."""

    __slots__ = ("kind", "hook", "with_kwargs", "always_call")

    def __init__(self, kind: str, hook, with_kwargs: bool = False, always_call: bool = False):
        self.kind = kind
        self.hook = hook
        self.with_kwargs = with_kwargs
        self.always_call = always_call


everywhere = Hooks()  # the hooks on the calls of all modules: a call asks only whether there are any
registrations = Hooks()  # those on the registration of buffers, modules and parameters


def _of_kind(kind: str) -> list:
    return [(key, one) for key, one in everywhere.running() if one.kind == kind]


def register_module_forward_pre_hook(hook):
    """Call `hook(module, args)` before every module's forward; what it returns, if not None, replaces the arguments.

    Returns a handle whose `remove()` takes the hook away, as all functions of this kind.
    """
    return everywhere.register(_Registered("before", hook))


def register_module_forward_hook(hook, *, with_kwargs: bool = False, always_call: bool = False):
    """Call `hook(module, args, output)` after every module's forward; what it returns, if not None, replaces the
    output.

    Args:
        hook: the function.
        with_kwargs: it is called with (module, args, kwargs, output).
        always_call: it is called with None also where forward raised.
    """
    return everywhere.register(_Registered("after", hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook):
    """Call `hook(module, grad_output)` before the backward pass enters any module; a returned tuple replaces
    grad_output."""
    return everywhere.register(_Registered("backward_before", hook))


def register_module_full_backward_hook(hook):
    """Call `hook(module, grad_input, grad_output)` when the gradients of any module's inputs are known; a returned
    tuple replaces grad_input."""
    if _of_kind("result"):
        raise RuntimeError(_TWO_KINDS.format("as a global Module hook"))
    return everywhere.register(_Registered("backward", hook))


def register_module_backward_hook(hook):
    """The older form of `register_module_full_backward_hook`: the hook is one of the node that made the module's
    result, and sees the gradients of that node's inputs."""
    if _of_kind("backward"):
        raise RuntimeError(_TWO_KINDS.format("as a global Module hook"))
    return everywhere.register(_Registered("result", hook))


def register_module_buffer_registration_hook(hook):
    """Call `hook(module, name, buffer)` when a buffer is registered; what it returns, if not None, takes its place."""
    return registrations.register(_Registered("buffer", hook))


def register_module_module_registration_hook(hook):
    """Call `hook(module, name, submodule)` when a module is registered; what it returns, if not None, takes its
    place."""
    return registrations.register(_Registered("module", hook))


def register_module_parameter_registration_hook(hook):
    """Call `hook(module, name, param)` when a parameter is registered; what it returns, if not None, takes its
    place."""
    return registrations.register(_Registered("parameter", hook))


def as_registered(kind: str, module, name: str, value):
    """The value that the hooks on registration put in a value's place."""
    for _, one in registrations.running():
        if one.kind == kind:
            returned = one.hook(module, name, value)
            value = value if returned is None else returned
    return value


class ModuleHooks:
    """The hooks of one module."""

    __slots__ = ("before", "before_kinds", "after", "after_kinds", "backward", "backward_before", "is_full", "state")

    def __init__(self):
        self.before, self.before_kinds = Hooks(), {}
        self.after, self.after_kinds = Hooks(), {}
        self.backward, self.backward_before = Hooks(), Hooks()
        self.is_full: bool | None = None  # of the backward hooks
        self.state: dict = {}  # kind -> Hooks, those of `state_dict` and `load_state_dict`

    def of_state(self, kind: str) -> Hooks:
        if kind not in self.state:
            self.state[kind] = Hooks()
        return self.state[kind]


class WithCallHooks:
    """The part of `Module` that registers hooks on its calls and runs them."""

    forward: Any
    _hooks: ModuleHooks | None = None

    def _own_hooks(self) -> ModuleHooks:
        own = self._hooks
        if own is None:
            own = ModuleHooks()
            object.__setattr__(self, "_hooks", own)
        return own

    @property
    def _forward_pre_hooks(self) -> Hooks:
        return self._own_hooks().before

    @property
    def _forward_hooks(self) -> Hooks:
        return self._own_hooks().after

    @property
    def _backward_hooks(self) -> Hooks:
        return self._own_hooks().backward

    @property
    def _backward_pre_hooks(self) -> Hooks:
        return self._own_hooks().backward_before

    def register_forward_pre_hook(self, hook, *, prepend: bool = False, with_kwargs: bool = False):
        """Call `hook(module, args)` before forward; what it returns replaces the arguments.

        Args:
            hook: the function.
            prepend: it runs before the module's other hooks of this kind.
            with_kwargs: it is called with (module, args, kwargs), and returns both or None.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        own = self._own_hooks()
        handle = own.before.register(hook)
        own.before_kinds[handle.id] = with_kwargs
        return _placed(own.before, handle, prepend)

    def register_forward_hook(
        self, hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ):
        """Call `hook(module, args, output)` after forward; what it returns, if not None, replaces the output.

        Args:
            hook: the function.
            prepend: it runs before the module's other hooks of this kind.
            with_kwargs: it is called with (module, args, kwargs, output).
            always_call: it is called, with None for the output, also where forward raised.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        own = self._own_hooks()
        handle = own.after.register(hook)
        own.after_kinds[handle.id] = (with_kwargs, always_call)
        return _placed(own.after, handle, prepend)

    def register_full_backward_hook(self, hook, prepend: bool = False):
        """Call `hook(module, grad_input, grad_output)` when the gradients of the module's inputs are known.

        They are the gradients that flow through the module, in tuples with one place for each positional argument and
        each output, None where that is no tensor. What the hook returns, if not None, replaces grad_input. Modules that
        work in place and modules that return views are hooked as any other.

        Args:
            hook: the function.
            prepend: it runs before the module's other hooks of this kind.

        Returns:
            a handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: the module has a `register_backward_hook`; in the backward pass, where the hook returns
                another number of gradients or one of another shape.
        """
        own = self._own_hooks()
        if own.is_full is False:
            raise RuntimeError(_TWO_KINDS.format("on a single Module"))
        own.is_full = True
        return _placed(own.backward, own.backward.register(hook), prepend)

    def register_full_backward_pre_hook(self, hook, prepend: bool = False):
        """Call `hook(module, grad_output)` before the backward pass enters the module.

        What it returns, if not None, replaces grad_output.

        Args:
            hook: the function.
            prepend: it runs before the module's other hooks of this kind.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        own = self._own_hooks()
        return _placed(own.backward_before, own.backward_before.register(hook), prepend)

    def register_backward_hook(self, hook):
        """The older form of `register_full_backward_hook`: a hook of the node that made the module's result, which sees
        the gradients of that node's inputs."""
        own = self._own_hooks()
        if own.is_full is True:
            raise RuntimeError(_TWO_KINDS.format("on a single Module"))
        own.is_full = False
        return own.backward.register(hook)

    def _call_with_hooks(self, args: tuple, kwargs: dict):
        own = self._hooks
        ran: set = set()
        output = None
        try:
            args, kwargs = _before(self, own, args, kwargs)
            full = [one.hook for _, one in _of_kind("backward")]
            before = [one.hook for _, one in _of_kind("backward_before")]
            of_result = [one.hook for _, one in _of_kind("result")]
            if own is not None:
                (of_result if own.is_full is False else full).extend([hook for _, hook in own.backward.running()])
                before += [hook for _, hook in own.backward_before.running()]
            marks = BackwardHooks(self, full, before) if full or before else None
            if marks is not None:
                args = marks.enter(args)
            output = self.forward(*args, **kwargs)
            for key, hook, with_kwargs, _ in _after(own):
                ran.add(key)
                returned = hook(self, args, kwargs, output) if with_kwargs else hook(self, args, output)
                output = output if returned is None else returned
            if marks is not None:
                output = marks.leave(output)
        except Exception:
            for key, hook, with_kwargs, always in _after(own):
                if always and key not in ran:
                    try:
                        hook(self, args, kwargs, output) if with_kwargs else hook(self, args, output)
                    except Exception as error:
                        warnings.warn(
                            "module forward hook with ``always_call=True`` raised an exception that was silenced as "
                            f"another error was raised in forward: {error!s}",
                            UserWarning,
                            stacklevel=3,
                        )
            raise
        if of_result:
            _on_result(self, of_result, args, output)
        return output


def _placed(hooks: Hooks, handle, first: bool):
    if first:
        entries = [(handle.id, hooks[handle.id]), *[(k, hook) for k, hook in hooks.items() if k != handle.id]]
        hooks.clear()
        hooks.update(entries)
    return handle


def _before(module, own, args: tuple, kwargs: dict) -> tuple:
    for _, one in _of_kind("before"):
        args = _arguments(one.hook(module, args), args)
    for key, hook in () if own is None else own.before.running():
        if not own.before_kinds.get(key):
            args = _arguments(hook(module, args), args)
            continue
        returned = hook(module, args, kwargs)
        if returned is not None:
            if not (isinstance(returned, tuple) and len(returned) == 2):
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {returned}."
                )
            args, kwargs = returned
    return args, kwargs


def _after(own) -> list:
    """(key, hook, with_kwargs, always_call) of every hook after forward."""
    found = [(key, one.hook, one.with_kwargs, one.always_call) for key, one in _of_kind("after")]
    if own is not None:
        found += [(key, hook, *own.after_kinds.get(key, (False, False))) for key, hook in own.after.running()]
    return found


def _arguments(returned, args: tuple) -> tuple:
    if returned is None:
        return args
    return returned if isinstance(returned, tuple) else (returned,)


def _on_result(module, hooks: list, args: tuple, output) -> None:
    """Put hooks of the older kind on the node that made the result."""
    first = output
    while not isinstance(first, Tensor):
        first = next(v for v in first.values() if isinstance(v, Tensor)) if isinstance(first, dict) else first[0]
    node = first.grad_fn
    if node is None:
        return
    for hook in hooks:
        node.register_hook(_of_module(hook, module))
    _warn_of_missing_gradients(args, output, node)


def _of_module(hook, module):
    return lambda grad_inputs, grad_outputs: hook(module, grad_inputs, grad_outputs)


def _warn_of_missing_gradients(args: tuple, output, node) -> None:
    outputs = output if isinstance(output, tuple) else (output,)
    missing = None
    if not all([isinstance(y, Tensor) for y in outputs]):
        missing = "on a Module that does not return a single Tensor or a tuple of Tensors"
    elif not all([isinstance(x, Tensor) for x in args]):
        missing = "on a Module that does not take as input a single Tensor or a tuple of Tensors"
    elif {y.grad_fn for y in outputs if y.grad_fn is not None} != {node}:
        missing = "when outputs are generated by different autograd Nodes"
    elif {x.grad_fn for x in args if x.grad_fn is not None} != {one for one, _ in node.next_functions}:
        missing = "when the forward contains multiple autograd Nodes"
    if missing is not None:
        warnings.warn(
            f"Using a non-full backward hook {missing} is deprecated and will be removed in future versions. This hook "
            "will be missing some gradients. Please use register_full_backward_hook to get the documented behavior.",
            FutureWarning,
            stacklevel=5,
        )
