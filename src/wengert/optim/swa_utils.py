"""Averages of a network's weights over its training.

Izmailov, Podoprikhin, Garipov, Vetrov & Wilson, "Averaging weights leads to wider optima and better generalization",
UAI 2018, https://arxiv.org/abs/1803.05407.
"""

import itertools
import math
from copy import deepcopy

from ..autograd.grad_mode import no_grad
from ..nn.modules.module import Module
from ..ops.from_data import tensor
from .lr_scheduler.base import LRScheduler, one_per_group


def get_ema_multi_avg_fn(decay: float = 0.999):
    """A function for `AveragedModel(multi_avg_fn=...)`: average = decay average + (1 - decay) value, on lists.

    ValueError for a decay outside of [0, 1].

    >>> import wengert as t
    >>> averages = [t.tensor([1.0]), t.tensor([2.0])]
    >>> t.optim.swa_utils.get_ema_multi_avg_fn(0.75)(averages, [t.tensor([5.0]), t.tensor([6.0])], 1)
    >>> averages
    [tensor([2.]), tensor([3.])]
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param_list, current_param_list, _) -> None:
        for average, value in zip(ema_param_list, current_param_list, strict=True):
            if average.is_floating_point() or average.is_complex():
                average.lerp_(value, 1 - decay)
            else:
                average.copy_(average * decay + value * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn():
    """A function for `AveragedModel(multi_avg_fn=...)`: the mean of all values so far, on lists.

    Averages of integers are cut to integers, as with `get_swa_avg_fn`.

    >>> import wengert as t
    >>> averages = [t.tensor([1.0])]
    >>> t.optim.swa_utils.get_swa_multi_avg_fn()(averages, [t.tensor([4.0])], 2)
    >>> averages
    [tensor([2.])]
    """

    @no_grad()
    def swa_update(averaged_param_list, current_param_list, num_averaged) -> None:
        for average, value in zip(averaged_param_list, current_param_list, strict=True):
            if average.is_floating_point() or average.is_complex():
                average.lerp_(value, 1 / (num_averaged + 1))
            else:
                average.copy_(average + (value - average) / (num_averaged + 1))

    return swa_update


def get_ema_avg_fn(decay: float = 0.999):
    """A function for `AveragedModel(avg_fn=...)`: decay average + (1 - decay) value.

    ValueError for a decay outside of [0, 1].

    >>> import wengert as t
    >>> t.optim.swa_utils.get_ema_avg_fn(0.75)(t.tensor([1.0]), t.tensor([5.0]), 1)
    tensor([2.])
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param, current_param, num_averaged):
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn():
    """A function for `AveragedModel(avg_fn=...)`: the mean of all values so far.

    >>> import wengert as t
    >>> t.optim.swa_utils.get_swa_avg_fn()(t.tensor([1.0]), t.tensor([4.0]), 2)
    tensor([2.])
    """

    @no_grad()
    def swa_update(averaged_param, current_param, num_averaged):
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


class AveragedModel(Module):
    """A copy of a module whose parameters are averages of the module's.

    Call `update_parameters(module)` now and then while the module is trained, and `update_bn` at the end.

    Args:
        model: the module.
        device: where the averages are kept.
        avg_fn: a function (average, value, number averaged so far) that gives the new average of one parameter; the
            mean of all values unless given.
        multi_avg_fn: a function (averages, values, number averaged so far) that changes a list of averages in place.
        use_buffers: average the buffers too, rather than copy them.

    AssertionError if both functions are given.

    >>> import wengert as t
    >>> layer = t.nn.Linear(1, 1, bias=False)
    >>> average = t.optim.swa_utils.AveragedModel(layer)
    >>> for value in [1.0, 2.0, 6.0]:
    ...     _ = t.nn.init.constant_(layer.weight, value)
    ...     average.update_parameters(layer)
    >>> average.module.weight.item()
    3.0
    """

    def __init__(self, model: Module, device=None, avg_fn=None, multi_avg_fn=None, use_buffers: bool = False):
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args, **kwargs):
        """What the averaged module gives.

        >>> import wengert as t
        >>> average = t.optim.swa_utils.AveragedModel(t.nn.ReLU())
        >>> average(t.tensor([-1.0, 2.0]))
        tensor([0., 2.])
        """
        return self.module(*args, **kwargs)

    def _pairs(self, model: Module) -> list:
        """Averages and values, cut from any graph."""
        own, other = self.module.parameters(), model.parameters()
        if self.use_buffers:
            own, other = itertools.chain(own, self.module.buffers()), itertools.chain(other, model.buffers())
        return [(a.detach(), x.detach().to(a.device)) for a, x in zip(own, other, strict=False)]

    def update_parameters(self, model: Module) -> None:
        """Take the module's parameters into the average; the first time, copy them.

        >>> import wengert as t
        >>> layer = t.nn.Linear(1, 1)
        >>> average = t.optim.swa_utils.AveragedModel(layer)
        >>> average.update_parameters(layer)
        >>> average.n_averaged
        tensor(1)
        """
        pairs = self._pairs(model)
        if self.n_averaged == 0:
            for average, value in pairs:
                average.copy_(value)
        elif self.avg_fn is not None:
            for average, value in pairs:
                average.copy_(self.avg_fn(average, value, self.n_averaged))
        else:
            update = self.multi_avg_fn or get_swa_multi_avg_fn()
            by_type: dict = {}
            for average, value in pairs:
                averages, values = by_type.setdefault(average.dtype, ([], []))
                averages.append(average)
                values.append(value)
            for averages, values in by_type.values():
                update(averages, values, self.n_averaged)
        if not self.use_buffers:
            for buffer, value in zip(self.module.buffers(), model.buffers(), strict=True):
                buffer.detach().copy_(value.detach().to(buffer.device))
        self.n_averaged += 1


@no_grad()
def update_bn(loader, model: Module, device=None) -> None:
    """Work out the running means and variances of a network's batch normalisations anew, from all of the data.

    Args:
        loader: batches; of a list or tuple the first entry is the network's input.
        model: the network, `AveragedModel`'s say, whose running statistics are those of no training.
        device: where the batches are brought first, if given.

    Nothing is done if there is no batch normalisation.

    >>> import wengert as t
    >>> net = t.nn.BatchNorm1d(1)
    >>> t.optim.swa_utils.update_bn([t.tensor([[1.0], [3.0]]), t.tensor([[5.0], [7.0]])], net)
    >>> net.running_mean
    tensor([4.])
    """
    from ..nn.modules.batchnorm import _BatchNorm

    momenta = {module: module.momentum for module in model.modules() if isinstance(module, _BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    try:
        for module in momenta:
            module.reset_running_stats()
            module.momentum = None  # the plain mean of all batches
        for batch in loader:
            x = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(x if device is None else x.to(device))
    finally:
        for module, momentum in momenta.items():
            module.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """The learning rate goes to a constant one, swa_lr, within `anneal_epochs` epochs.

    Args:
        optimizer: whose learning rates are changed.
        swa_lr: the constant learning rate, or a list with one per group.
        anneal_epochs: how many epochs it takes.
        anneal_strategy: "cos" or "linear".
        last_epoch: the number of the last epoch, to resume; -1 at the beginning.

    ValueError for options out of range. https://arxiv.org/abs/1803.05407

    >>> import wengert as t
    >>> optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler, seen = t.optim.swa_utils.SWALR(optimizer, 0.5, anneal_epochs=2, anneal_strategy="linear"), []
    >>> for _ in range(4):
    ...     seen += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> seen
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(
        self, optimizer, swa_lr, anneal_epochs: int = 10, anneal_strategy: str = "cos", last_epoch: int = -1
    ):  # fmt: skip
        for value, group in zip(one_per_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = value
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """How far the learning rate has come after so many steps, from 0 to 1."""
        passed = max(0, min(1, step / max(1, self.anneal_epochs)))
        return passed if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * passed)) / 2

    def get_lr(self) -> list:
        """The learning rates for this step; users want `get_last_lr`."""
        self._warn_outside_of_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        lrs = []
        for group in self.optimizer.param_groups:
            goal = group["swa_lr"]
            start = goal if before == 1 else (group["lr"] - before * goal) / (1 - before)
            lrs.append(goal * now + start * (1 - now))
        return lrs


__all__ = [
    "AveragedModel",
    "SWALR",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def __dir__():
    return sorted(__all__)
