"""State dictionaries of modules: what is in them, and how one is loaded.

Design
  A. Loading looks at everything first: what is missing, unexpected or does not fit is listed in one error, and then
     nothing has been copied. The exception is a module with a hook after its loading, which must see it loaded: what
     came before is copied there.
"""

import contextlib
import difflib
import threading
from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any

from ...core import Tensor
from ..parameter import Parameter

_EXTRA_STATE_KEY_SUFFIX = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


class _Loading(threading.local):
    """The assignments that a `load_state_dict` on this thread has not made yet; None outside of one."""

    waiting: list | None = None


_loading = _Loading()


class WithState:
    """The part of `Module` that makes and loads state dictionaries."""

    _parameters: dict
    _buffers: dict
    _modules: dict
    _non_persistent_buffers_set: set
    _hooks: Any
    _own_hooks: Any

    _version = 1
    dump_patches = False

    # ------------------------------------------------------------------------------------------- making one

    def get_extra_state(self):
        """Whatever else is to be in the state dictionary, under "_extra_state"; a subclass defines it, together with
        `set_extra_state`."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called. Define get_extra_state in "
            f"{type(self).__name__} to have extra state."
        )

    def set_extra_state(self, state) -> None:
        """Take what `get_extra_state` gave; a subclass defines it."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called. Define set_extra_state in "
            f"{type(self).__name__} to load extra state."
        )

    def _save_to_state_dict(self, destination, prefix: str, keep_vars: bool) -> None:
        """Enter this module's own parameters, persistent buffers and extra state."""
        for name, parameter in self._parameters.items():
            if parameter is not None:
                destination[prefix + name] = parameter if keep_vars else parameter.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = buffer if keep_vars else buffer.detach()
        if type(self).get_extra_state is not WithState.get_extra_state:
            destination[prefix + _EXTRA_STATE_KEY_SUFFIX] = self.get_extra_state()

    def state_dict(self, *args, destination=None, prefix: str = "", keep_vars: bool = False):
        """All parameters and persistent buffers by dotted path, sharing memory with the module.

        Args:
            args: destination, prefix and keep_vars, in the older positional form.
            destination: the dictionary to fill, a new OrderedDict unless given. Its attribute `_metadata` notes the
                version of each module's entries.
            prefix: what every key begins with.
            keep_vars: the parameters and buffers themselves rather than detached from the graph.
        """
        if args:
            destination = args[0] if destination is None else destination
            prefix = args[1] if len(args) > 1 and prefix == "" else prefix
            keep_vars = args[2] if len(args) > 2 and keep_vars is False else keep_vars
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        hooks = {} if self._hooks is None else self._hooks.state
        for _, hook in _running(hooks, "saving"):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for _, (hook, may_replace) in _running(hooks, "saved"):
            returned = hook(self, destination, prefix, metadata)
            if returned is not None:
                if not may_replace:
                    raise RuntimeError("state_dict post-hook must return None")
                destination = returned
        return destination

    def register_state_dict_pre_hook(self, hook):
        """Call `hook(module, prefix, keep_vars)` before this module enters its state in a dictionary."""
        return self._own_hooks().of_state("saving").register(hook)

    def register_state_dict_post_hook(self, hook):
        """Call `hook(module, state_dict, prefix, local_metadata)` once this module and those below have entered their
        state; the hook may change the dictionary, and returns None (else `state_dict` raises RuntimeError)."""
        return self._own_hooks().of_state("saved").register((hook, False))

    def _register_state_dict_hook(self, hook):
        """`register_state_dict_post_hook` of a hook that may return another dictionary."""
        return self._own_hooks().of_state("saved").register((hook, True))

    # ------------------------------------------------------------------------------------------- loading one

    def register_load_state_dict_pre_hook(self, hook):
        """Call `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)`
        before this module's part of a dictionary is loaded; the hook may change any of the lists and the dictionary,
        which is a copy."""
        return self._register_load_state_dict_pre_hook(hook, True)

    def _register_load_state_dict_pre_hook(self, hook, with_module: bool = False):
        return self._own_hooks().of_state("loading").register((hook, with_module))

    def register_load_state_dict_post_hook(self, hook):
        """Call `hook(module, incompatible_keys)` once this module and those below are loaded. The hook may change the
        lists `missing_keys` and `unexpected_keys`: emptied, they are no error."""
        return self._own_hooks().of_state("loaded").register(hook)

    def _load_from_state_dict(
        self, state_dict, prefix: str, local_metadata, strict: bool, missing_keys: list, unexpected_keys: list,
        error_msgs: list,
    ) -> None:  # fmt: skip
        """Load this module's own entries, those below `prefix` without a further dot; a subclass that has changed the
        names or shapes of its entries extends it.

        Args:
            state_dict: a copy, which may be changed.
            prefix: the module's path with a dot at its end.
            local_metadata: {"version": ...} as it was saved, empty where it was not.
            strict: whether missing and unexpected keys are listed.
            missing_keys, unexpected_keys, error_msgs: lists to add to.
        """
        for _, (hook, with_module) in _running({} if self._hooks is None else self._hooks.state, "loading"):
            arguments = (state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
            hook(self, *arguments) if with_module else hook(*arguments)
        own = {name: x for name, x in self._parameters.items() if x is not None}
        for name, x in self._buffers.items():
            if x is not None and name not in self._non_persistent_buffers_set:
                own[name] = x
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, x in own.items():
            key = prefix + name
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            value = state_dict[key]
            if not isinstance(value, Tensor):
                error_msgs.append(
                    f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                    f"checkpoint but received {type(value)}"
                )
                continue
            if not getattr(x, "is_uninitialized", False):
                if x.ndim == 0 and tuple(value.shape) == (1,):
                    value = value[0]
                if tuple(value.shape) != tuple(x.shape):
                    error_msgs.append(
                        f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape "
                        f"in current model is {x.shape}."
                    )
                    continue
            _set(self, name, x, value, assign, key, error_msgs)
        self._load_extra_state(state_dict, prefix, strict, missing_keys, unexpected_keys)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != prefix + _EXTRA_STATE_KEY_SUFFIX:
                    name, dot, _ = key[len(prefix):].partition(".")
                    if name not in (self._modules if dot else own):
                        unexpected_keys.append(key)

    def _load_extra_state(self, state_dict, prefix, strict, missing_keys, unexpected_keys) -> None:
        key = prefix + _EXTRA_STATE_KEY_SUFFIX
        if type(self).set_extra_state is not WithState.set_extra_state:
            if key in state_dict:
                self.set_extra_state(state_dict[key])
            elif strict:
                missing_keys.append(key)
        elif strict and key in state_dict:
            unexpected_keys.append(key)

    def load_state_dict(self, state_dict, strict: bool = True, assign: bool = False):
        """Copy values from a state dict into the parameters and buffers.

        Args:
            state_dict: tensors by dotted path.
            strict: whether missing and unexpected keys are an error.
            assign: make the given tensors the parameters, rather than copy their values; whether they require
                gradients stays the module's.

        Returns:
            (missing_keys, unexpected_keys).

        Raises:
            TypeError: `state_dict` is no mapping.
            RuntimeError: names every missing key, every unexpected key and every entry of another shape, and names that
                are nearly the same. Nothing has been copied then, except what a hook after loading needed to see.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing: list = []
        unexpected: list = []
        problems: list = []
        metadata = getattr(state_dict, "_metadata", None)
        entries: Any = OrderedDict(state_dict)
        if metadata is not None:
            entries._metadata = metadata
        with _assignments() as waiting:
            _load(self, entries, "", metadata, assign, missing, unexpected, problems, waiting)
            names = (list(missing), list(unexpected))
            if strict and unexpected:
                problems.insert(
                    0, "Unexpected key(s) in state_dict: " + ", ".join([f'"{key}"' for key in unexpected]) + ". "
                )
            if strict and missing:
                problems.insert(
                    0, "Missing key(s) in state_dict: " + ", ".join([f'"{key}"' for key in missing]) + ". "
                )
            if not problems:
                _make(waiting)
        if problems:
            if strict:
                problems += _suggestions(*names)
                problems += [
                    f'The entry "{key}" of what was given is a dictionary with these names: did you mean it?'
                    for key, value in entries.items()
                    if missing and isinstance(value, Mapping) and set(missing) <= set(value)
                ]
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        return _IncompatibleKeys(missing, unexpected)


def _running(hooks: dict, kind: str) -> list:
    return hooks[kind].running() if kind in hooks else []


@contextlib.contextmanager
def _assignments():
    """Inside the block, assignments wait in the list that it gives."""
    before = _loading.waiting
    _loading.waiting = []
    try:
        yield _loading.waiting
    finally:
        _loading.waiting = before


def _load(module, entries, prefix, metadata, assign, missing, unexpected, problems, waiting) -> None:
    """Load a module and those below it."""
    local = {} if metadata is None else metadata.get(prefix[:-1], {})
    if assign:
        local = {**local, "assign_to_params_buffers": True}
    module._load_from_state_dict(entries, prefix, local, True, missing, unexpected, problems)
    for name, child in module._modules.items():
        if child is not None:
            below = f"{prefix}{name}."
            part = OrderedDict([(key, value) for key, value in entries.items() if key.startswith(below)])
            _load(child, part, below, metadata, assign, missing, unexpected, problems, waiting)
    hooks = _running({} if module._hooks is None else module._hooks.state, "loaded")
    if hooks and not problems:
        _make(waiting)
    keys = _IncompatibleKeys(missing, unexpected)
    for _, hook in hooks:
        if hook(module, keys) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, "
                "if incompatible_keys need to be modified, it should be done inplace."
            )


def _set(module, name: str, x, value, assign: bool, key: str, problems: list) -> None:
    """Load a value into a parameter or buffer, or note to do so."""
    if _loading.waiting is None:
        _make([(module, name, x, value, assign, key, problems)])
    else:
        _loading.waiting.append((module, name, x, value, assign, key, problems))


def _make(waiting: list) -> None:
    """Carry out the assignments."""
    from ...autograd.grad_mode import no_grad

    for module, name, x, value, assign, key, problems in waiting:
        try:
            with no_grad():
                if not assign:
                    x.copy_(value)
                    continue
                if isinstance(x, Parameter):
                    if isinstance(value, Parameter):
                        value.requires_grad_(x.requires_grad)
                    else:
                        value = Parameter(value, requires_grad=x.requires_grad)
                setattr(module, name, value)
        except Exception as error:
            problems.append(
                f'While copying the parameter named "{key}", whose dimensions in the model are {x.shape} and whose '
                f"dimensions in the checkpoint are {value.shape}, an exception occurred : {error.args}."
            )
    waiting.clear()


def _suggestions(missing: list, unexpected: list) -> list:
    """For names of the dictionary that are nearly those of the module, which were probably meant."""
    if not missing or not unexpected:
        return []
    for longer, shorter, what in (
        (unexpected, missing, "All unexpected keys begin with {0!r}: did you mean the keys without it?"),
        (missing, unexpected, "All missing keys begin with {0!r}: did you mean the keys with it?"),
    ):
        prefix = longer[0].removesuffix(shorter[0]) if longer[0].endswith(shorter[0]) else ""
        if prefix and [key.removeprefix(prefix) for key in longer] == shorter:
            return [what.format(prefix)]
    lines = []
    left = list(missing)
    for key in unexpected:
        near = difflib.get_close_matches(key, left, 1, 0.75)
        if near:
            left.remove(near[0])
            lines.append(f'The state dict has "{key}": did you mean {near[0]}?')
    return lines
