"""`Optimizer`: parameter groups, state, hooks. One file per algorithm stands beside this one."""

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from copy import deepcopy

from ..autograd.grad_mode import enable_grad
from ..core import Tensor, dtypes, modes
from ..core.hooks import RemovableHandle


class _Required:
    """The default of an option that every parameter group has to set."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()

_before_all: OrderedDict = OrderedDict()
_after_all: OrderedDict = OrderedDict()
_HOOK_LISTS = (
    "_optimizer_step_pre_hooks", "_optimizer_step_post_hooks", "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks", "_optimizer_load_state_dict_pre_hooks", "_optimizer_load_state_dict_post_hooks",
)  # fmt: skip


def register_optimizer_step_pre_hook(hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before every step of every optimizer.

    `args` begins with the optimizer itself. The hook may return a pair of new `args` and `kwargs`. Returns a handle
    whose `remove()` takes the hook away.

    >>> import wengert as t
    >>> from wengert.optim.optimizer import register_optimizer_step_pre_hook
    >>> handle = register_optimizer_step_pre_hook(lambda optimizer, args, kwargs: print(type(optimizer).__name__))
    >>> t.optim.SGD([t.zeros(1, requires_grad=True)]).step()
    SGD
    >>> handle.remove()
    """
    return RemovableHandle(_before_all, hook)


def register_optimizer_step_post_hook(hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after every step of every optimizer; see
    `register_optimizer_step_pre_hook`.

    >>> import wengert as t
    >>> from wengert.optim.optimizer import register_optimizer_step_post_hook
    >>> handle = register_optimizer_step_post_hook(lambda optimizer, args, kwargs: print("stepped"))
    >>> t.optim.SGD([t.zeros(1, requires_grad=True)]).step()
    stepped
    >>> handle.remove()
    """
    return RemovableHandle(_after_all, hook)


def _with_hooks(step):
    """A class's `step` with the hooks around it."""

    @functools.wraps(step)
    def hooked(*args, **kwargs):
        self = args[0]
        if "_opt_called" in self.__dict__:
            self._opt_called = True  # for learning-rate schedulers, which warn if it never is
        if _before_all or self._optimizer_step_pre_hooks:
            for hook in [*_before_all.values(), *self._optimizer_step_pre_hooks.values()]:
                result = hook(self, args, kwargs)
                if result is not None:
                    if not isinstance(result, tuple) or len(result) != 2:
                        raise RuntimeError(
                            f"{step} must return None or a tuple of (new_args, new_kwargs), but got {result}. "
                            "It is a hook before the step that returned this."
                        )
                    args, kwargs = result
        out = step(*args, **kwargs)
        if _after_all or self._optimizer_step_post_hooks:
            for hook in [*self._optimizer_step_post_hooks.values(), *_after_all.values()]:
                hook(self, args, kwargs)
        return out

    hooked.hooked = True  # type: ignore[attr-defined]
    return hooked


class Optimizer:
    """Base of the optimizers.

    Args:
        params: parameters, (name, parameter) pairs, or dictionaries of a group's options with "params".
        defaults: options of groups that do not set them.

    Attributes:
        param_groups: a list of dictionaries: "params" and the group's options, which may be changed between steps.
        state: for each parameter a dictionary of what the algorithm remembers.

    An optimizer of one's own defines `step(closure=None)`, or `_update(group)`, which changes the group's parameters
    from their `.grad`.

    >>> import wengert as t
    >>> class Signs(t.optim.Optimizer):
    ...     def __init__(self, params, lr):
    ...         super().__init__(params, {"lr": lr})
    ...     @t.no_grad()
    ...     def step(self, closure=None):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 p.sub_(group["lr"] * p.grad.sign())
    >>> x = t.tensor([1.0, -2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> Signs([x], lr=0.5).step()
    >>> x
    tensor([ 0.5000, -1.5000], requires_grad=True)
    """

    _optimizer_step_pre_hooks: OrderedDict
    _optimizer_step_post_hooks: OrderedDict
    _optimizer_state_dict_pre_hooks: OrderedDict
    _optimizer_state_dict_post_hooks: OrderedDict
    _optimizer_load_state_dict_pre_hooks: OrderedDict
    _optimizer_load_state_dict_post_hooks: OrderedDict

    def __init__(self, params, defaults: dict):
        self.defaults = defaults
        self._make_hook_lists()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{params.type()}"
            )
        self.state: defaultdict = defaultdict(dict)
        self.param_groups: list[dict] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _make_hook_lists(self) -> None:
        for name in _HOOK_LISTS:
            if name not in self.__dict__:
                setattr(self, name, OrderedDict())
        kind = type(self)
        if not getattr(kind.step, "hooked", False):
            kind.step = _with_hooks(kind.step)  # type: ignore[method-assign]

    def __getstate__(self) -> dict:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self._make_hook_lists()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for number, group in enumerate(self.param_groups):
            text += f"\nParameter Group {number}\n"
            text += "".join([f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params"])
        if not self.param_groups:
            text += "\n"
        return text + ")"

    # ------------------------------------------------------------------------------------------ groups

    def add_param_group(self, param_group: dict) -> None:
        """Add parameters with options of their own: a dictionary with "params" and any options.

        TypeError for what is no dictionary and for parameters that are no tensors or in a set; ValueError for tensors
        that are no leaves, parameters of another group, and names where the other groups have none.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=0.1)
        >>> optimizer.add_param_group({"params": [t.zeros(2, requires_grad=True)], "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params, names = _parameters_of(param_group["params"])
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(parameter).__name__}"
                )
            if not self.defaults.get("differentiable") and not (parameter.is_leaf or parameter.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        if len({id(parameter) for parameter in params}) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error: "
                "each of them is stepped as often as it is listed",
                UserWarning,
                stacklevel=3,
            )
        known = set()
        for group in self.param_groups:
            known.update([id(parameter) for parameter in group["params"]])
            if ("param_names" in param_group) != ("param_names" in group):
                found = "with names" if "param_names" in param_group else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names. "
                    f"cannot add param group {found} to the optimizer"
                )
        if any([id(parameter) in known for parameter in params]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with 0 if `set_to_none` is False.

        >>> import wengert as t
        >>> x = t.ones(2, requires_grad=True)
        >>> x.sum().backward()
        >>> t.optim.SGD([x]).zero_grad(set_to_none=False)
        >>> x.grad
        tensor([0., 0.])
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                if set_to_none:
                    parameter.grad = None
                    continue
                gradient = parameter.grad
                if gradient is not None:
                    if gradient.grad_fn is not None:
                        gradient.detach_()
                    else:
                        gradient.requires_grad_(False)
                    gradient.zero_()

    # -------------------------------------------------------------------------------------------- step

    def step(self, closure=None):
        """Change the parameters once.

        `closure`, if given, computes the loss and its gradients again; it runs with gradients enabled, and what it
        returns is returned.

        >>> import wengert as t
        >>> x = t.tensor([3.0], requires_grad=True)
        >>> optimizer = t.optim.SGD([x], lr=0.5)
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (x**2).sum()
        ...     loss.backward()
        ...     return loss
        >>> optimizer.step(closure).item(), x.item()
        (9.0, 0.0)
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        before = modes.exchange_grad_enabled(bool(self.defaults.get("differentiable", False)))
        try:
            for group in self.param_groups:
                self._update(group)
        finally:
            modes.exchange_grad_enabled(before)
        return loss

    def _update(self, group: dict) -> None:
        raise NotImplementedError(f"{type(self).__name__} defines neither step nor _update")

    # ------------------------------------------------------------------------------------------- hooks

    def register_step_pre_hook(self, hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before every step; it may return a pair of new `args` and `kwargs`.

        `args` begins with the optimizer itself. Returns a handle whose `remove()` takes the hook away.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)])
        >>> handle = optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: print("before"))
        >>> optimizer.step()
        before
        """
        return RemovableHandle(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after every step.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)])
        >>> handle = optimizer.register_step_post_hook(lambda optimizer, args, kwargs: print("after"))
        >>> optimizer.step()
        after
        """
        return RemovableHandle(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict`; first of all hooks if `prepend`.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)])
        >>> handle = optimizer.register_state_dict_pre_hook(lambda optimizer: print("saving"))
        >>> _ = optimizer.state_dict()
        saving
        """
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with what `state_dict` is about to return; it may change that or return
        another.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)])
        >>> handle = optimizer.register_state_dict_post_hook(lambda optimizer, saved: {**saved, "epoch": 3})
        >>> optimizer.state_dict()["epoch"]
        3
        """
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with a shallow copy of what `load_state_dict` was given; it may change
        that or return another.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)])
        >>> handle = optimizer.register_load_state_dict_pre_hook(lambda optimizer, saved: print(sorted(saved)))
        >>> optimizer.load_state_dict(optimizer.state_dict())
        ['param_groups', 'state']
        """
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after `load_state_dict`.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)])
        >>> handle = optimizer.register_load_state_dict_post_hook(lambda optimizer: print("loaded"))
        >>> optimizer.load_state_dict(optimizer.state_dict())
        loaded
        """
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    # ------------------------------------------------------------------------------------------- state

    def state_dict(self) -> dict:
        """The state by parameter number, and the groups with numbers in the place of parameters.

        It is the optimizer's own state, not a copy of it: save it, or deep-copy it, before the next step.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=0.1)
        >>> saved = optimizer.state_dict()
        >>> saved["state"], saved["param_groups"][0]["params"], saved["param_groups"][0]["lr"]
        ({}, [0], 0.1)
        """
        for hook in list(self._optimizer_state_dict_pre_hooks.values()):
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        start = 0
        for group in self.param_groups:
            packed = {name: value for name, value in group.items() if name != "params"}
            for number, parameter in enumerate(group["params"], start):
                numbers.setdefault(id(parameter), number)
            start += len(group["params"])
            packed["params"] = [numbers[id(parameter)] for parameter in group["params"]]
            groups.append(packed)
        state = {(numbers[id(key)] if isinstance(key, Tensor) else key): entry for key, entry in self.state.items()}
        saved = {"state": state, "param_groups": groups}
        for hook in list(self._optimizer_state_dict_post_hooks.values()):
            changed = hook(self, saved)
            if changed is not None:
                saved = changed
        return saved

    def load_state_dict(self, state_dict: dict) -> None:
        """Take up a state that `state_dict` gave, here or in PyTorch.

        Floating tensors take the parameter's type and device, but for step counts. The tensors are copied.
        ValueError, with nothing changed, unless the groups have the same sizes.

        >>> import wengert as t
        >>> x = t.zeros(1, requires_grad=True)
        >>> optimizer = t.optim.SGD([x], lr=0.1)
        >>> optimizer.load_state_dict(t.optim.SGD([x], lr=0.5, momentum=0.9).state_dict())
        >>> optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]
        (0.5, 0.9)
        """
        state_dict = state_dict.copy()
        for hook in list(self._optimizer_load_state_dict_pre_hooks.values()):
            changed = hook(self, state_dict)
            if changed is not None:
                state_dict = changed
        groups = deepcopy(state_dict["param_groups"])
        if len(groups) != len(self.param_groups):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"{len(groups)}, the optimizer has {len(self.param_groups)}"
            )
        for position, (saved, own) in enumerate(zip(groups, self.param_groups, strict=True)):
            saved_size, own_size = len(saved["params"]), len(own["params"])
            if saved_size != own_size:
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                    f"group {position} has {saved_size} parameters, the optimizer's has {own_size}"
                )
        by_number: dict = {}
        for saved, own in zip(groups, self.param_groups, strict=True):
            for number, parameter in zip(saved["params"], own["params"], strict=True):
                by_number[number] = (parameter, bool(saved.get("capturable") or saved.get("fused")))
        state: defaultdict = defaultdict(dict)
        for number, entry in state_dict["state"].items():
            if number in by_number:
                parameter, counts_single = by_number[number]
                state[parameter] = _adopted(entry, parameter, counts_single, None)
            else:
                state[number] = entry
        for saved, own in zip(groups, self.param_groups, strict=True):
            saved["params"] = own["params"]
            if "param_names" in own:
                saved.setdefault("param_names", own["param_names"])
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in list(self._optimizer_load_state_dict_post_hooks.values()):
            hook(self)


def _parameters_of(params) -> tuple[list, list]:
    """The parameters of a group and their names, if they have any."""
    if isinstance(params, Tensor):
        return [params], []
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            "will change between runs. Please use a list instead."
        )
    entries = list(params)
    names = [entry[0] for entry in entries if isinstance(entry, tuple)]
    if names and len(names) != len(entries):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return [entry[1] if isinstance(entry, tuple) else entry for entry in entries], names


def _register(hooks: OrderedDict, hook, prepend: bool) -> RemovableHandle:
    handle = RemovableHandle(hooks, hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _adopted(value, parameter: Tensor, counts_single: bool, name):
    """A loaded value of a parameter's state: a copy of its own, in the parameter's type where both are floating."""
    if isinstance(value, Tensor):
        value = value.detach().clone()
        if name == "step":
            return value.to(dtype=dtypes.float32) if counts_single else value
        return value.to(parameter.dtype) if parameter.dtype.is_floating_point else value
    if isinstance(value, dict):
        return {key: _adopted(entry, parameter, counts_single, key) for key, entry in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return type(value)([_adopted(entry, parameter, counts_single, None) for entry in value])  # type: ignore[call-arg]
    return value


__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook", "required"]
