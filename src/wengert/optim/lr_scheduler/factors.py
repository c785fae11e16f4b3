"""Schedulers that multiply the learning rates by a factor of the epoch."""

from bisect import bisect_right
from collections import Counter

from .base import LRScheduler, kept_function


class _OfFunctions(LRScheduler):
    """A scheduler by functions of the epoch, one per group or one for all."""

    def __init__(self, optimizer, lr_lambda, last_epoch: int = -1):
        groups = len(optimizer.param_groups)
        if isinstance(lr_lambda, (list, tuple)):
            if len(lr_lambda) != groups:
                raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
            self.lr_lambdas = list(lr_lambda)
        else:
            self.lr_lambdas = [lr_lambda] * groups
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict:
        """Everything but the optimizer and the functions; of callable objects their attributes.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> t.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch).state_dict()["lr_lambdas"]
        [None]
        """
        state = super().state_dict()
        state["lr_lambdas"] = [kept_function(function) for function in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        """Take up what `state_dict` gave; functions stay, callable objects take up their attributes.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = t.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
        >>> scheduler.load_state_dict({**scheduler.state_dict(), "last_epoch": 3})
        >>> scheduler.last_epoch
        3
        """
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(_OfFunctions):
    """The initial learning rate times a function of the epoch.

    Args:
        optimizer: whose learning rates are changed.
        lr_lambda: a function of the epoch's number that gives the factor, or a list with one per group.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = t.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        return [base * factor(self.last_epoch) for factor, base in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(_OfFunctions):
    """The learning rate of the epoch before times a function of the epoch.

    Args:
        optimizer: whose learning rates are changed.
        lr_lambda: a function of the epoch's number that gives the factor, or a list with one per group.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = t.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.125]
    """

    def __init__(self, optimizer, lr_lambda, last_epoch: int = -1):
        for function in lr_lambda if isinstance(lr_lambda, (list, tuple)) else [lr_lambda]:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
        super().__init__(optimizer, lr_lambda, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        if self._is_initial:
            return self._unchanged()
        groups = self.optimizer.param_groups
        return [group["lr"] * factor(self.last_epoch) for factor, group in zip(self.lr_lambdas, groups, strict=True)]


class StepLR(LRScheduler):
    """The learning rate is multiplied by gamma every `step_size` epochs.

    Args:
        optimizer: whose learning rates are changed.
        step_size: after how many epochs.
        gamma: the factor.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5), []
    >>> for _ in range(5):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1):
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        if self.last_epoch == 0 or self.last_epoch % self.step_size != 0:
            return self._unchanged()
        return self._scaled(self.gamma)

    def _get_closed_form_lr(self) -> list:
        return self._scaled_base(self.gamma ** (self.last_epoch // self.step_size))


class MultiStepLR(LRScheduler):
    """The learning rate is multiplied by gamma at given epochs.

    Args:
        optimizer: whose learning rates are changed.
        milestones: the epochs' numbers; one that is listed twice counts twice.
        gamma: the factor.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 4], gamma=0.5), []
    >>> for _ in range(5):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [1.0, 0.5, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer, milestones, gamma: float = 0.1, last_epoch: int = -1):
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        if self.last_epoch not in self.milestones:
            return self._unchanged()
        return self._scaled(self.gamma ** self.milestones[self.last_epoch])

    def _get_closed_form_lr(self) -> list:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return self._scaled_base(self.gamma**passed)


class ConstantLR(LRScheduler):
    """The learning rate times a factor, until `total_iters` epochs are over.

    Args:
        optimizer: whose learning rates are changed.
        factor: between 0 and 1.
        total_iters: the epoch from which the learning rate is the initial one.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2), []
    >>> for _ in range(4):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(self, optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1):
        if factor > 1.0 or factor < 0:
            raise ValueError(f"Constant multiplicative factor expected to be between 0 and 1. It is {factor}.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        if self.last_epoch == 0:
            return self._scaled(self.factor)
        if self.last_epoch != self.total_iters:
            return self._unchanged()
        return self._scaled(1.0 / self.factor)

    def _get_closed_form_lr(self) -> list:
        return self._scaled_base(self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor))


class LinearLR(LRScheduler):
    """The learning rate times a factor that goes from one value to another in a straight line.

    Args:
        optimizer: whose learning rates are changed.
        start_factor: the factor of the first epoch, greater than 0 and at most 1.
        end_factor: the factor after `total_iters` epochs, between 0 and 1.
        total_iters: how many epochs it takes.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2), []
    >>> for _ in range(4):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self, optimizer, start_factor: float = 1.0 / 3, end_factor: float = 1.0, total_iters: int = 5,
        last_epoch: int = -1,
    ):  # fmt: skip
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1. It is "
                f"{start_factor}."
            )
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError(f"Ending multiplicative factor expected to be between 0 and 1. It is {end_factor}.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        if self.last_epoch == 0:
            return self._scaled(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._unchanged()
        rise = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return self._scaled(1.0 + rise / before)

    def _get_closed_form_lr(self) -> list:
        rise = self.end_factor - self.start_factor
        passed = min(self.total_iters, self.last_epoch)
        return self._scaled_base(self.start_factor + rise * passed / self.total_iters)


class ExponentialLR(LRScheduler):
    """The learning rate is multiplied by gamma every epoch.

    Args:
        optimizer: whose learning rates are changed.
        gamma: the factor.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5), []
    >>> for _ in range(4):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer, gamma: float, last_epoch: int = -1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        return self._unchanged() if self._is_initial else self._scaled(self.gamma)

    def _get_closed_form_lr(self) -> list:
        return self._scaled_base(self.gamma**self.last_epoch)


class PolynomialLR(LRScheduler):
    """The initial learning rate times (1 - epoch / total_iters)^power, 0 afterwards.

    Args:
        optimizer: whose learning rates are changed.
        total_iters: how many epochs it takes.
        power: of the polynomial.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4), []
    >>> for _ in range(6):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(lr, 6) for lr in seen]
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """

    def __init__(self, optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1):
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._unchanged()
        now, before = [1.0 - epoch / self.total_iters for epoch in (self.last_epoch, self.last_epoch - 1)]
        return self._scaled((now / before) ** self.power)

    def _get_closed_form_lr(self) -> list:
        passed = min(self.total_iters, self.last_epoch)
        return self._scaled_base((1.0 - passed / self.total_iters) ** self.power)
