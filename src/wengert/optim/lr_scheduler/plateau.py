"""A scheduler that looks at how training goes."""

import math

from .base import LRScheduler, checked_optimizer, set_value, values_of, warn_of_epoch


class ReduceLROnPlateau(LRScheduler):
    """The learning rate is multiplied by a factor when a figure, a loss say, has not got better for a while.

    Call `step(figure)` after each epoch.

    Args:
        optimizer: whose learning rates are changed.
        mode: "min" if smaller figures are better, else "max".
        factor: less than 1.
        patience: how many epochs without a better figure are borne.
        threshold: by how much a figure must be better to count.
        threshold_mode: "rel": threshold is a share of the best figure; "abs": a difference.
        cooldown: how many epochs after a change are not looked at.
        min_lr: the least learning rate, or a list with one per group.
        eps: a change smaller than this is not made.

    ValueError for options out of range, TypeError for what is no optimizer.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = t.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    >>> for loss in [3.0, 2.0, 2.0, 2.0]:
    ...     optimizer.step()
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.1]
    """

    def __init__(
        self, optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
        threshold_mode: str = "rel", cooldown: int = 0, min_lr=0, eps: float = 1e-8,
    ):  # fmt: skip
        if factor >= 1.0:
            raise ValueError(f"Factor should be < 1.0. It is {factor}.")
        self.factor = factor
        self.optimizer = checked_optimizer(optimizer)
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, (list, tuple)):
            if len(min_lr) != groups:
                raise ValueError(f"expected {groups} min_lrs, got {len(min_lr)}")
            self.default_min_lr = None
            self.min_lrs = list(min_lr)
        else:
            self.default_min_lr = min_lr
            self.min_lrs = [min_lr] * groups
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = values_of(optimizer, "lr")
        self._init_is_better(mode, threshold, threshold_mode)
        self._reset()

    def _reset(self) -> None:
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def _init_is_better(self, mode: str, threshold: float, threshold_mode: str) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f'mode {mode} is unknown! It may be "min" or "max".')
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f'threshold mode {threshold_mode} is unknown! It may be "rel" or "abs".')
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode

    def step(self, metrics, epoch=None) -> None:  # type: ignore[override]
        """Look at an epoch's figure, a number or a tensor of one element, and reduce the learning rates if it is time.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = t.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
        >>> scheduler.step(t.tensor(2.0))
        >>> scheduler.step(2.5)
        >>> optimizer.param_groups[0]["lr"]
        0.1
        """
        current = float(metrics)
        if epoch is None:
            epoch = self.last_epoch + 1
        else:
            warn_of_epoch(stacklevel=2)
        self.last_epoch = epoch
        if self._is_better(current, self.best):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = values_of(self.optimizer, "lr")

    def _reduce_lr(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"The number of param groups in the `optimizer` ({len(groups)}) differs from when "
                    f"`ReduceLROnPlateau` was initialized ({len(self.min_lrs)}), usually due to a new param group "
                    "being added to the optimizer. Give the scheduler's `min_lrs` an entry for each group."
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, least)
            if old - new > self.eps:
                set_value(group, "lr", new)

    @property
    def in_cooldown(self) -> bool:
        """Whether a change was made so recently that figures are not looked at."""
        return self.cooldown_counter > 0

    def _is_better(self, a: float, best: float) -> bool:
        if self.threshold_mode == "rel":
            return a < best * (1.0 - self.threshold) if self.mode == "min" else a > best * (self.threshold + 1.0)
        return a < best - self.threshold if self.mode == "min" else a > best + self.threshold

    def load_state_dict(self, state_dict: dict) -> None:
        """Take up what `state_dict` gave.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = t.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
        >>> scheduler.load_state_dict({**scheduler.state_dict(), "best": 0.25})
        >>> scheduler.best
        0.25
        """
        super().load_state_dict(state_dict)
        self._init_is_better(self.mode, self.threshold, self.threshold_mode)
