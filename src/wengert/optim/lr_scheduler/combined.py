"""Schedulers made of schedulers."""

from bisect import bisect_right

from .base import LRScheduler, set_value, values_of
from .plateau import ReduceLROnPlateau


class _Combined(LRScheduler):
    """Several schedulers of one optimizer."""

    _schedulers: list

    def _check(self, schedulers, optimizer, none: str) -> None:
        name = type(self).__name__
        if len(schedulers) < 1:
            raise ValueError(f"{name} expects at least one scheduler{none}, but got no scheduler.")
        optimizer = optimizer or schedulers[0].optimizer
        for position, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {position} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be "
                    f"specified when calling `step`, but got one at index {position} in the given schedulers sequence."
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(scheduler).__name__} at index {position} has {scheduler.optimizer}, which is different "
                    f"from {type(optimizer).__name__}."
                )

    def state_dict(self) -> dict:
        """Everything but the optimizer, with the states of the schedulers.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> parts = [t.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)]
        >>> t.optim.lr_scheduler.ChainedScheduler(parts).state_dict()["_schedulers"][0]["gamma"]
        0.5
        """
        state = super().state_dict()
        state["_schedulers"] = [scheduler.state_dict() for scheduler in self._schedulers]
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        """Take up what `state_dict` gave.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = t.optim.lr_scheduler.ChainedScheduler([t.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)])
        >>> scheduler.load_state_dict(scheduler.state_dict())
        """
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(_Combined):
    """One scheduler after another, each beginning at its milestone.

    Args:
        optimizer: whose learning rates are changed.
        schedulers: in their order.
        milestones: the epochs at which the second and those after it take over.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    ValueError if their numbers do not fit, for schedulers of another optimizer and for `ReduceLROnPlateau`.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> first = t.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=10)
    >>> then = t.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler, seen = t.optim.lr_scheduler.SequentialLR(optimizer, [first, then], milestones=[2]), []
    >>> for _ in range(5):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [0.5, 0.5, 1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer, schedulers: list, milestones: list, last_epoch: int = -1):
        self._check(schedulers, optimizer, "")
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        # The schedulers have all begun when they were made; only the first is to have.
        for group in optimizer.param_groups:
            set_value(group, "lr", group["initial_lr"])
        self.recursive_undo()
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def recursive_undo(self, sched=None) -> None:
        """Take the first step of all schedulers back, also of those within them.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> part = t.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler = t.optim.lr_scheduler.SequentialLR(optimizer, [part], milestones=[])
        >>> scheduler.recursive_undo()
        >>> part.last_epoch
        -1
        """
        scheduler = self if sched is None else sched
        if hasattr(scheduler, "_schedulers"):
            for part in scheduler._schedulers:
                self.recursive_undo(part)
        elif hasattr(scheduler, "last_epoch"):
            scheduler.last_epoch -= 1

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> part = t.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler = t.optim.lr_scheduler.SequentialLR(optimizer, [part], milestones=[])
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.5]
        """
        self.last_epoch += 1
        position = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[position]
        if position > 0 and self._milestones[position - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Combined):
    """Several schedulers at a time: each changes the learning rate that the one before it has left.

    Args:
        schedulers: in their order.
        optimizer: theirs, if given.

    ValueError for none, for schedulers of several optimizers and for `ReduceLROnPlateau`.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> constant = t.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> falling = t.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler, seen = t.optim.lr_scheduler.ChainedScheduler([constant, falling]), []
    >>> for _ in range(4):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(self, schedulers, optimizer=None):
        self._check(schedulers, optimizer, " to be chained")
        self._schedulers = schedulers
        self.optimizer = optimizer or schedulers[0].optimizer
        self._last_lr = values_of(schedulers[-1].optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Step all schedulers.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = t.optim.lr_scheduler.ChainedScheduler([t.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)])
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.5]
        """
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = values_of(self._schedulers[-1].optimizer, "lr")
