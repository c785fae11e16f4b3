"""Other parameters and state in the place of an optimizer's own, for a while."""

import contextlib
from collections import defaultdict

from ..core import Tensor
from .optimizer import Optimizer

_NAME = "swap_in_optimizer_params_and_state"


@contextlib.contextmanager
def swap_in_optimizer_params_and_state(optimizer: Optimizer, swapin_parameters: dict, swapin_optim_state: dict):
    """Inside the block the optimizer has other parameters, state and options; afterwards its own again.

    Args:
        optimizer: one that has made a step, so that it has state.
        swapin_parameters: tensors by name, in the order of the optimizer's parameters.
        swapin_optim_state: a state dict, as `optimizer.state_dict()` gives it. Its tensors are used, not copied: a step
            changes them.

    RuntimeError, with nothing changed, if the optimizer has no state or the numbers of groups, parameters or the names
    of options do not agree.

    >>> import wengert as t
    >>> x = t.zeros(1, requires_grad=True)
    >>> optimizer = t.optim.SGD([x], lr=1.0, momentum=0.5)
    >>> x.grad = t.ones(1)
    >>> optimizer.step()
    >>> y = t.full((1,), 10.0, requires_grad=True)
    >>> y.grad = t.ones(1)
    >>> with t.optim.swap_in_optimizer_params_and_state(optimizer, {"y": y}, optimizer.state_dict()):
    ...     optimizer.step()
    >>> x, y
    (tensor([-1.], requires_grad=True), tensor([8.5000], requires_grad=True))
    """
    groups, state = _checked(optimizer, swapin_parameters, swapin_optim_state)
    own_state, own_groups = optimizer.state, [dict(group) for group in optimizer.param_groups]
    try:
        for group, changed in zip(optimizer.param_groups, groups, strict=True):
            group.update(changed)
        optimizer.state = state
        yield
    finally:
        for group, own in zip(optimizer.param_groups, own_groups, strict=True):
            group.clear()
            group.update(own)
        optimizer.state = own_state


def _checked(optimizer: Optimizer, parameters: dict, saved) -> tuple[list, defaultdict]:
    """The groups and the state to put in place."""
    if not optimizer.state:
        raise RuntimeError(f"{_NAME} requires initialized optimizer state. Make a step first.")
    if not isinstance(saved, dict):
        raise RuntimeError(f"{_NAME} requires a DCP-style optimizer state_dict. Got {type(saved).__name__}.")
    entries, saved_groups = saved.get("state"), saved.get("param_groups")
    if not isinstance(entries, dict):
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['state'] to be a dict mapping packed parameter ids to per-param "
            f"state dicts, got {type(entries).__name__}."
        )
    if any([isinstance(key, Tensor) for key in entries]):
        raise RuntimeError(f"{_NAME} requires optimizer.state_dict()-style state keyed by packed parameter ids.")
    if any([isinstance(key, int) and not isinstance(entry, dict) for key, entry in entries.items()]):
        raise RuntimeError(f"{_NAME} requires per-parameter optimizer state entries to be dictionaries.")
    if not isinstance(saved_groups, list):
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['param_groups'] to be a list of param-group dicts, got "
            f"{type(saved_groups).__name__}."
        )
    if len(saved_groups) != len(optimizer.param_groups):
        raise RuntimeError(
            "swapin_optim_state has a different number of parameter groups than the live optimizer. It has "
            f"{len(saved_groups)}, the optimizer {len(optimizer.param_groups)}."
        )
    given = iter(list(parameters.values()))
    groups, seen = [], set()
    state: defaultdict = defaultdict(dict)
    for position, (own, group) in enumerate(zip(optimizer.param_groups, saved_groups, strict=True)):
        numbers = _numbers_of(position, own, group)
        seen.update(numbers)
        params = [parameter for _, parameter in zip(numbers, given, strict=False)]
        if len(params) < len(numbers):
            raise RuntimeError(
                f"{_NAME} requires the explicit parameter state to match optimizer.param_groups ordering. There are "
                f"fewer tensors than parameters: {len(parameters)}."
            )
        groups.append({**group, "params": params})
        for number, parameter in zip(numbers, params, strict=True):
            state[parameter] = dict(entries.get(number, {}))
    extra = [key for key in entries if key not in seen]
    if extra:
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['state'] to be keyed only by packed parameter ids from "
            f"param_groups[*]['params']; got extra keys {extra!r}."
        )
    return groups, state


def _numbers_of(position: int, own: dict, group) -> list:
    """The numbers of a saved group's parameters."""
    if not isinstance(group, dict):
        raise RuntimeError(f"{_NAME} requires each optimizer param group to be a dictionary.")
    numbers = group.get("params")
    if not isinstance(numbers, list) or not all([isinstance(number, int) for number in numbers]):
        raise RuntimeError(
            f"{_NAME} requires optimizer.state_dict()-style param_groups[*]['params'] entries keyed by packed "
            "parameter ids."
        )
    if len(numbers) != len(own["params"]):
        raise RuntimeError(
            f"swapin_optim_state param group {position} has a different number of params than the live optimizer "
            f"param group. It has {len(numbers)}, the optimizer's {len(own['params'])}."
        )
    saved_only = [key for key in group if key not in own]
    own_only = [key for key in own if key not in group]
    if saved_only or own_only:
        raise RuntimeError(
            f"{_NAME} requires optimizer.state_dict()-style param group keys to exactly match the live optimizer group "
            f"keys for group {position}. Keys only in swap-in: {saved_only}. Keys only in live: {own_only}."
        )
    return numbers


__all__ = ["swap_in_optimizer_params_and_state"]
