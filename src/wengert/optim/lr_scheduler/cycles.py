"""Schedulers whose learning rates rise and fall.

Smith, "Cyclical learning rates for training neural networks", WACV 2017, https://arxiv.org/abs/1506.01186; Smith &
Topin, "Super-convergence", 2018, https://arxiv.org/abs/1708.07120; Loshchilov & Hutter, "SGDR: stochastic gradient
descent with warm restarts", ICLR 2017, https://arxiv.org/abs/1608.03983.
"""

import math

from .base import LRScheduler, checked_optimizer, kept_function, one_per_group, set_value


class CosineAnnealingLR(LRScheduler):
    """The learning rate falls from the initial one to eta_min in half a cosine wave, and rises again after that.

    lr = eta_min + (initial - eta_min) (1 + cos(pi epoch / T_max)) / 2 while nothing else changes it; it is worked out
    from the last one, so that other schedulers may. https://arxiv.org/abs/1608.03983, equation 5

    Args:
        optimizer: whose learning rates are changed.
        T_max: epochs from the greatest to the least.
        eta_min: the least learning rate.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4), []
    >>> for _ in range(6):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(lr, 4) for lr in seen]
    [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.1464]
    """

    def __init__(self, optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1):
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        if self._is_initial:
            return self._unchanged()
        groups = self.optimizer.param_groups
        if self._step_count == 1 and self.last_epoch > 0:
            return self._get_closed_form_lr()
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The last one was eta_min, which no factor leads away from.
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [
                group["lr"] + (base - self.eta_min) * rise for base, group in zip(self.base_lrs, groups, strict=True)
            ]
        now, before = [1 + math.cos(math.pi * x / self.T_max) for x in (self.last_epoch, self.last_epoch - 1)]
        return [now / before * (group["lr"] - self.eta_min) + self.eta_min for group in groups]

    def _get_closed_form_lr(self) -> list:
        height = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return [self.eta_min + (base - self.eta_min) * height / 2 for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """The learning rate falls in half a cosine wave, and begins again: after T_0 epochs, then T_0 T_mult, and so on.

    lr = eta_min + (initial - eta_min) (1 + cos(pi T_cur / T_i)) / 2, with T_cur epochs since the last restart and T_i
    between restarts. https://arxiv.org/abs/1608.03983, equation 5

    Args:
        optimizer: whose learning rates are changed.
        T_0: epochs until the first restart.
        T_mult: by what each period is longer than the one before it.
        eta_min: the least learning rate.
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2), []
    >>> for _ in range(7):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(lr, 4) for lr in seen]
    [1.0, 0.5, 1.0, 0.8536, 0.5, 0.1464, 1.0]
    """

    def __init__(self, optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1):
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; users want `get_last_lr`."""
        self._warn_outside_of_step()
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (base - self.eta_min) * height / 2 for base in self.base_lrs]

    def step(self, epoch=None) -> None:
        """Go on to the next epoch, or to a given one, which need not be whole: epoch + batch / batches in an epoch.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = t.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> scheduler.step(2.5)
        >>> round(scheduler.get_last_lr()[0], 4)
        0.8536
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur = self.T_cur % self.T_i
                self.T_i = self.T_i * self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_i = self.T_0
            self.T_cur = epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            # After n periods T_0 (T_mult^n - 1) / (T_mult - 1) epochs are over.
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
        self.last_epoch = math.floor(epoch)
        self._get_lr_called_within_step = True
        try:
            values = self.get_lr()
        finally:
            self._get_lr_called_within_step = False
        self._set(values)


class _WithMomentum(LRScheduler):
    """A scheduler that changes the momentum of the groups as well, or Adam's beta1, the other way round."""

    def _begin_momenta(self, base_momentum, max_momentum, begin: bool) -> tuple[list, list]:
        """The least and the greatest momentum of each group, which begins with the greatest."""
        defaults = self.optimizer.defaults
        if "momentum" not in defaults and "betas" not in defaults:
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        self.use_beta1 = "betas" in defaults
        most = one_per_group("max_momentum", self.optimizer, max_momentum)
        least = one_per_group("base_momentum", self.optimizer, base_momentum)
        if begin:
            for high, low, group in zip(most, least, self.optimizer.param_groups, strict=True):
                self._set_momentum(group, high)
                group["max_momentum"] = high
                group["base_momentum"] = low
        return least, most

    def _set_momentum(self, group: dict, value) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(_WithMomentum):
    """The learning rate goes up from base_lr to max_lr and down again, in straight lines; the momentum the other way.

    Call `step()` after each batch. The height of cycle n is (max_lr - base_lr) times 1 ("triangular"), 1 / 2^(n - 1)
    ("triangular2") or gamma^step ("exp_range"). https://arxiv.org/abs/1506.01186

    Args:
        optimizer: whose learning rates are changed.
        base_lr, max_lr: the least and the greatest learning rate, or lists with one per group.
        step_size_up, step_size_down: steps of the two halves of a cycle; down as many as up unless given.
        mode: how the height changes, as above.
        gamma: for "exp_range".
        scale_fn: a function that gives the factor of the height, in the place of a mode.
        scale_mode: "cycle" or "iterations": whether the function is one of the cycle's or of the step's number.
        cycle_momentum: change the momentum too (or beta1).
        base_momentum, max_momentum: the least and the greatest.
        last_epoch: the number of the last step, to resume; -1 at the beginning.

    ValueError for an unknown mode and for optimizers without momentum, unless cycle_momentum is False.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler, seen = t.optim.lr_scheduler.CyclicLR(optimizer, base_lr=1.0, max_lr=2.0, step_size_up=2), []
    >>> for _ in range(6):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [1.0, 1.5, 2.0, 1.5, 1.0, 1.5]
    """

    def __init__(
        self, optimizer, base_lr, max_lr, step_size_up: int = 2000, step_size_down=None, mode: str = "triangular",
        gamma: float = 1.0, scale_fn=None, scale_mode: str = "cycle", cycle_momentum: bool = True, base_momentum=0.8,
        max_momentum=0.9, last_epoch: int = -1,
    ):  # fmt: skip
        self.optimizer = checked_optimizer(optimizer)
        base_lrs = one_per_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for value, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_value(group, "lr", value)
        self.max_lrs = one_per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        down = up if step_size_down is None else float(step_size_down)
        self.total_size = up + down
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(
                f'mode is invalid and scale_fn is None: the mode is {mode!r}; it may be "triangular", "triangular2" or '
                '"exp_range"'
            )
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        self._set_scale_mode()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._begin_momenta(
                base_momentum, max_momentum, last_epoch == -1
            )  # fmt: skip
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _set_scale_mode(self) -> None:
        if self._scale_fn_custom is None:
            self.scale_mode = "iterations" if self.mode == "exp_range" else "cycle"

    def scale_fn(self, x) -> float:
        """The factor of the height in cycle x, or in step x where the mode says so.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], momentum=0.9)
        >>> t.optim.lr_scheduler.CyclicLR(optimizer, 1.0, 2.0, mode="triangular2").scale_fn(3)
        0.25
        """
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else self.gamma**x

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; the momenta are set on the way. Users want `get_last_lr`."""
        self._warn_outside_of_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)

        def scale() -> float:
            return self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)

        lrs = [low + (high - low) * height * scale() for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, self.optimizer.param_groups, strict=True)
            for low, high, group in bounds:
                self._set_momentum(group, high - (high - low) * height * scale())
        return lrs

    def state_dict(self) -> dict:
        """Everything but the optimizer and a function given as scale_fn; of a callable object its attributes.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], momentum=0.9)
        >>> t.optim.lr_scheduler.CyclicLR(optimizer, 1.0, 2.0).state_dict()["max_lrs"]
        [2.0]
        """
        state = super().state_dict()
        state["_scale_fn_custom"] = kept_function(self._scale_fn_custom)
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        """Take up what `state_dict` gave; a function stays, a callable object takes up its attributes.

        >>> import wengert as t
        >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], momentum=0.9)
        >>> scheduler = t.optim.lr_scheduler.CyclicLR(optimizer, 1.0, 2.0)
        >>> scheduler.load_state_dict(scheduler.state_dict())
        """
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "_scale_fn_custom"})
        attributes = state_dict["_scale_fn_custom"]
        if attributes is not None:
            self._scale_fn_custom.__dict__.update(attributes)
        self._set_scale_mode()


class OneCycleLR(_WithMomentum):
    """One cycle for the whole of training: up from max_lr / div_factor to max_lr, and down to far below the first.

    Call `step()` after each batch. The momentum goes the other way. https://arxiv.org/abs/1708.07120

    Args:
        optimizer: whose learning rates are changed.
        max_lr: the greatest learning rate, or a list with one per group.
        total_steps: how many steps there are; or
        epochs, steps_per_epoch: whose product that is.
        pct_start: share of the steps that go up.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: change the momentum too (or beta1).
        base_momentum, max_momentum: the least and the greatest, or lists with one per group.
        div_factor: the initial learning rate is max_lr / div_factor.
        final_div_factor: the last one is the initial one / final_div_factor.
        three_phase: go down to the initial learning rate as steeply as up, and only then to the last one.
        last_epoch: the number of the last step, to resume; -1 at the beginning.

    ValueError for options out of range, and in more steps than there are.

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler, seen = t.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10), []
    >>> for _ in range(9):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     seen += scheduler.get_last_lr()
    >>> [round(lr, 3) for lr in seen]
    [0.52, 1.0, 0.95, 0.812, 0.611, 0.389, 0.188, 0.05, 0.0]
    """

    def __init__(
        self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start: float = 0.3,
        anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum=0.85, max_momentum=0.95,
        div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False, last_epoch: int = -1,
    ):  # fmt: skip
        self.optimizer = checked_optimizer(optimizer)
        if total_steps is not None:
            self.total_steps = _positive("total_steps", total_steps)
        elif epochs is not None and steps_per_epoch is not None:
            self.total_steps = _positive("epochs", epochs) * _positive("steps_per_epoch", steps_per_epoch)
        else:
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        if not isinstance(pct_start, float) or pct_start < 0 or pct_start > 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        up = float(pct_start * self.total_steps) - 1
        end = self.total_steps - 1
        if three_phase:
            down = float(2 * pct_start * self.total_steps) - 2
            self._schedule_phases = [
                _phase(up, "initial_lr", "max_lr", "max_momentum", "base_momentum"),
                _phase(down, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                _phase(end, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
            ]
        else:
            self._schedule_phases = [
                _phase(up, "initial_lr", "max_lr", "max_momentum", "base_momentum"),
                _phase(end, "max_lr", "min_lr", "base_momentum", "max_momentum"),
            ]
        self._anneal_func_type = anneal_strategy
        most = one_per_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for value, group in zip(most, optimizer.param_groups, strict=True):
                group["initial_lr"] = value / div_factor
                group["max_lr"] = value
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._begin_momenta(base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def _between(self, start, end, share):
        """The value at a share of the way from one to another."""
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)
        return (end - start) * share + start

    def get_lr(self) -> list:
        """The learning rates for `self.last_epoch`; the momenta are set on the way. Users want `get_last_lr`."""
        self._warn_outside_of_step()
        number = self.last_epoch
        if number > self.total_steps:
            raise ValueError(
                f"Tried to step {number} times. The specified number of total steps is {self.total_steps}"
            )  # fmt: skip
        start = 0.0
        phase = self._schedule_phases[-1]
        for candidate in self._schedule_phases:
            if number <= candidate["end_step"] or candidate is phase:
                phase = candidate
                break
            start = candidate["end_step"]
        share = (number - start) / (phase["end_step"] - start)
        lrs = []
        for group in self.optimizer.param_groups:
            lrs.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], share))
            if self.cycle_momentum:
                momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], share)
                self._set_momentum(group, momentum)
        return lrs


def _positive(name: str, value) -> int:
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"Expected positive integer {name}, but got {value}")
    return value


def _phase(end_step: float, start_lr: str, end_lr: str, start_momentum: str, end_momentum: str) -> dict:
    """A piece of the cycle: its last step, and the options of a group that it leads from and to."""
    return {
        "end_step": end_step, "start_lr": start_lr, "end_lr": end_lr, "start_momentum": start_momentum,
        "end_momentum": end_momentum,
    }  # fmt: skip
