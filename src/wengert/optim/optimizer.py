"""`Optimizer`: parameter groups, state, hooks. One file per algorithm stands beside this one."""

from collections import defaultdict
from copy import deepcopy

from ..autograd.grad_mode import enable_grad, no_grad
from ..core import Tensor
from ..core.hooks import Hooks

required = object()


class Optimizer:
    """Base of the optimizers.

    Args:
        params: parameters, (name, parameter) pairs, or dictionaries of a group's options with "params".
        defaults: options of groups that do not set them.

    A subclass defines `_update(group)`, which changes the group's parameters from their `.grad`.
    """

    def __init__(self, params, defaults: dict):
        self.defaults = defaults
        self.state: dict = defaultdict(dict)
        self.param_groups: list[dict] = []
        self._before, self._after = Hooks(), Hooks()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{type(params).__name__}"
            )
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict) -> None:
        """Add parameters with options of their own."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        group = dict(param_group)
        params = group["params"]
        if isinstance(params, Tensor):
            params = [params]
        elif isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in "
                "sets will change "
                "between runs. Please use a list instead."
            )
        params = list(params)
        if params and isinstance(params[0], tuple):
            group["param_names"] = [name for name, _ in params]
            params = [parameter for _, parameter in params]
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(parameter).__name__}"
                )
            if not parameter.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        if len({id(parameter) for parameter in params}) != len(params):
            import warnings

            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error",
                UserWarning,
                stacklevel=3,
            )
        known = {id(parameter) for other in self.param_groups for parameter in other["params"]}
        if any([id(parameter) in known for parameter in params]):
            raise ValueError("some parameters appear in more than one parameter group")
        group["params"] = params
        for name, default in self.defaults.items():
            if default is required and name not in group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            group.setdefault(name, default)
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with 0."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if set_to_none:
                    parameter.grad = None
                elif parameter.grad is not None:
                    parameter.grad = parameter.grad.detach()
                    parameter.grad.zero_()

    def step(self, closure=None):
        """Change the parameters once. `closure` computes the loss and its gradients again, and is returned if given."""
        for _, hook in self._before.running():
            hook(self, (closure,), {})
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                self._update(group)
        for _, hook in self._after.running():
            hook(self, (closure,), {})
        return loss

    def _update(self, group: dict) -> None:
        raise NotImplementedError

    def register_step_pre_hook(self, hook):
        """Call `hook(optimizer, args, kwargs)` before every step."""
        return self._before.register(hook)

    def register_step_post_hook(self, hook):
        """Call `hook(optimizer, args, kwargs)` after every step."""
        return self._after.register(hook)

    def state_dict(self) -> dict:
        """The state by parameter number, and the groups with numbers in the place of parameters."""
        numbers: dict = {}
        groups = []
        for group in self.param_groups:
            packed = {name: value for name, value in group.items() if name != "params"}
            packed["params"] = [numbers.setdefault(id(parameter), len(numbers)) for parameter in group["params"]]
            groups.append(packed)
        state = {numbers[id(p)]: dict(entry) for p, entry in self.state.items() if id(p) in numbers}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict) -> None:
        """Take up a state that `state_dict` gave. The groups must have the same sizes."""
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any([len(a["params"]) != len(b["params"]) for a, b in zip(self.param_groups, saved, strict=True)]):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        by_number = {
            number: parameter
            for group, own in zip(saved, self.param_groups, strict=True)
            for number, parameter in zip(group["params"], own["params"], strict=True)
        }
        state: dict = defaultdict(dict)
        for number, entry in state_dict["state"].items():
            parameter = by_number.get(number)
            if parameter is not None:
                state[parameter] = {name: _adopted(value, parameter, name) for name, value in entry.items()}
        self.state = state
        for group, own in zip(saved, self.param_groups, strict=True):
            for name, value in group.items():
                if name != "params":
                    own[name] = deepcopy(value)

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for number, group in enumerate(self.param_groups):
            text += f"\nParameter Group {number}\n"
            text += "".join([f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params"])
        return text + ")"


def _adopted(value, parameter: Tensor, name: str):
    """A loaded value of state: a copy of its own, in the parameter's floating type (but for step counts)."""
    if not isinstance(value, Tensor):
        return deepcopy(value)
    value = value.detach().clone()
    return value.to(parameter.dtype) if name != "step" and value.dtype.is_floating_point else value


__all__ = ["Optimizer", "required"]
