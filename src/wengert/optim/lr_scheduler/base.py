"""`LRScheduler`: what learning-rate schedulers have in common."""

import types
import warnings

from ...core import Tensor
from ..elementwise_optimizer import scalar
from ..optimizer import Optimizer


class LRScheduler:
    """Base of the schedulers: after construction and after each `step()` every group's "lr" is what `get_lr` says.

    A scheduler of one's own defines `get_lr()`, which returns the learning rates of all groups for `self.last_epoch`,
    from `self.base_lrs` or from the groups' present ones.

    Args:
        optimizer: whose learning rates are changed.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    TypeError for what is no optimizer; KeyError if it is resumed with groups that have no "initial_lr".

    >>> import wengert as t
    >>> class Halved(t.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [base / 2**self.last_epoch for base in self.base_lrs]
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = Halved(optimizer)
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr(), optimizer.param_groups[0]["lr"]
    ([0.25], 0.25)
    """

    _get_lr_called_within_step = False
    _is_initial = False
    _last_lr: list

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        self.optimizer = checked_optimizer(optimizer)
        for position, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{position}] when resuming scheduler with "
                    "last_epoch >= 0.\nLoad the optimizer's state first, which brings 'initial_lr' with it, or leave "
                    "last_epoch at -1 to begin."
                )
        self.base_lrs = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        # Set to True by the optimizer's steps from now on.
        optimizer.__dict__.setdefault("_opt_called", False)
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the first learning rates."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict:
        """Everything but the optimizer, as a dictionary.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> t.optim.lr_scheduler.StepLR(optimizer, step_size=2).state_dict()["base_lrs"]
        [1.0]
        """
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict) -> None:
        """Take up what `state_dict` gave, here or in PyTorch. Load the optimizer's state as well, afterwards.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = t.optim.lr_scheduler.StepLR(optimizer, step_size=2)
        >>> scheduler.load_state_dict({**scheduler.state_dict(), "last_epoch": 5})
        >>> scheduler.last_epoch
        5
        """
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list:
        """The learning rates that the last step set, one per group.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> t.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5).get_last_lr()
        [0.5]
        """
        return self._last_lr

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`: a subclass says which. Users want `get_last_lr`."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr")

    def step(self, epoch=None) -> None:
        """Go on to the next epoch, or to a given one, and set its learning rates. Call it after `optimizer.step()`.

        UserWarning if that was not called yet, and for an `epoch`, which PyTorch is to give up.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = t.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> optimizer.param_groups[0]["lr"]
        0.5
        """
        if self._step_count == 1:
            if not getattr(self.optimizer.step, "hooked", False):
                warnings.warn(
                    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
                    "Please, make sure to call `optimizer.step()` before `lr_scheduler.step()`.",
                    UserWarning,
                    stacklevel=2,
                )
            elif self.optimizer.__dict__.get("_opt_called") is False:
                warnings.warn(
                    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite "
                    "order: `optimizer.step()` before `lr_scheduler.step()`, or the first learning rate of the "
                    "schedule is skipped.",
                    UserWarning,
                    stacklevel=2,
                )
        self._step_count += 1
        if epoch is not None:
            warn_of_epoch(stacklevel=3)
        self._update_lr(epoch)

    def _update_lr(self, epoch=None) -> None:
        self._get_lr_called_within_step = True
        try:
            if epoch is None:
                self.last_epoch += 1
                values = self.get_lr()
            else:
                self.last_epoch = epoch
                closed = getattr(self, "_get_closed_form_lr", None)
                values = self.get_lr() if closed is None else closed()
        finally:
            self._get_lr_called_within_step = False
        self._set(values)

    def _set(self, values: list) -> None:
        """Give the groups their learning rates."""
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            set_value(group, "lr", value)
        self._last_lr = values_of(self.optimizer, "lr")

    # For get_lr of the subclasses.

    def _warn_outside_of_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    def _unchanged(self) -> list:
        return values_of(self.optimizer, "lr")

    def _scaled(self, factor) -> list:
        """The present learning rates times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _scaled_base(self, factor) -> list:
        """The initial learning rates times a factor."""
        return [base * factor for base in self.base_lrs]


def checked_optimizer(optimizer) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def warn_of_epoch(stacklevel: int) -> None:
    warnings.warn(
        "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please "
        "use `scheduler.step()` to step the scheduler; with an epoch the closed form is used where there is one.",
        UserWarning,
        stacklevel=stacklevel + 1,
    )


def copied(value):
    return value.clone() if isinstance(value, Tensor) else value


def values_of(optimizer: Optimizer, name: str) -> list:
    """An option of all groups; of tensors, copies."""
    return [copied(group[name]) for group in optimizer.param_groups]


def set_value(group: dict, name: str, value) -> None:
    """Set an option of a group; where it is a tensor, in place."""
    if isinstance(group[name], Tensor):
        group[name].fill_(scalar(value))
    else:
        group[name] = value


def one_per_group(name: str, optimizer: Optimizer, value) -> list:
    """A list of values, one per group, from one value or from such a list."""
    groups = len(optimizer.param_groups)
    if isinstance(value, (list, tuple)):
        if len(value) != groups:
            raise ValueError(
                f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
                f"param_groups has {groups}."
            )
        return [copied(entry) for entry in value]
    return [copied(value) for _ in range(groups)]


def kept_function(function):
    """What a state dict holds of a function: nothing; of a callable object, its attributes."""
    return None if function is None or isinstance(function, types.FunctionType) else function.__dict__.copy()
