"""Optimizers that step every element by itself: by a compiled rule where they can, else by tensor operations."""

import numpy

from ..core import Tensor, dtypes
from ..core.promotion import from_array
from ..core.writing import count_direct_changes, direct_arrays
from ..kernels import optimizer_steps
from ..ops.complex_numbers import view_as_real
from .optimizer import Optimizer

# Where PyTorch can capture a step as a graph, and where it has fused kernels.
_CAPTURING = "['cuda', 'xpu', 'hpu', 'privateuseone', 'xla']"
_FUSING = "['mps', 'cuda', 'xpu', 'hpu', 'cpu', 'mtia', 'privateuseone']"


class ElementwiseOptimizer(Optimizer):
    """The step of an algorithm whose elements do not see one another.

    A subclass says what a parameter's state is (`_new_state`), and how it steps: `_step_one` by tensor operations,
    which serves every type, layout and `differentiable=True`, and `_rule`, `_kept` and `_numbers`, by which all plain
    parameters of a group are stepped in one compiled call.
    """

    _rule: str
    _capturing = "params and state_steps"
    _foreach_records = False
    _goes_on = False

    def _update(self, group: dict) -> None:
        parameters, gradients = [], []
        for parameter in group["params"]:
            gradient = parameter.grad
            if gradient is not None:
                parameters.append(parameter)
                gradients.append(gradient)
        if not parameters:
            return
        self._check(group, parameters)
        entries = [self._entry(parameter, group) for parameter in parameters]
        for k in self._step_plain(parameters, gradients, entries, group):
            self._step_one(parameters[k], gradients[k], entries[k], group)

    def _check(self, group: dict, parameters: list) -> None:
        """Refuse what PyTorch refuses on the CPU."""
        if group.get("capturable"):
            raise AssertionError(
                f"If capturable=True, {self._capturing} must be on supported devices: {_CAPTURING}. "
                "Here they are on the cpu; leave capturable False."
            )
        if group.get("foreach") and group.get("differentiable") and not self._foreach_records:
            raise AssertionError("_foreach ops don't support autograd: leave foreach None where differentiable is True")
        if group.get("fused"):
            if group.get("differentiable"):
                raise RuntimeError(f"{type(self).__name__} with fused=True does not support differentiable=True")
            for parameter in parameters:
                if not parameter.dtype.is_floating_point:
                    raise RuntimeError(
                        "`fused=True` requires all the params to be floating point Tensors of supported devices: "
                        f"{_FUSING} but {parameter.dtype} and {parameter.device.type}"
                    )

    def _entry(self, parameter: Tensor, group: dict) -> dict:
        """The state of a parameter, made when it is first needed."""
        entry = self.state[parameter]
        if not entry:
            entry.update(self._new_state(parameter, group))
        return entry

    def _steps_as_tensors(self) -> None:
        """State of old files, where a count of steps is a Python number."""
        for group in self.param_groups:
            for parameter in group["params"]:
                entry = self.state.get(parameter)
                if entry and not isinstance(entry["step"], Tensor):
                    entry["step"] = step_counter(group.get("fused"), float(entry["step"]))

    def _step_plain(self, parameters: list, gradients: list, entries: list, group: dict):
        """Step what the compiled rule can, in one call, and return the positions of the others."""
        everything = range(len(parameters))
        if group.get("differentiable"):
            return everything
        kept = self._kept(group)
        states = [None if name is None else [entry[name] for entry in entries] for name in kept]
        counters = [entry["step"] for entry in entries]
        written = [parameters, *[tensors for tensors in states if tensors is not None], counters]
        arrays = [direct_arrays(tensors, True) for tensors in written]
        read = direct_arrays(gradients, False)
        if read is None or None in arrays:
            return everything
        steps = arrays.pop()
        counts = optimizer_steps.next_steps(steps)
        numbers = None if counts is None else self._numbers(group, counts, entries)
        if numbers is None:
            return everything
        rest = iter(arrays[1:])
        state_arrays = tuple([None if tensors is None else next(rest) for tensors in states])
        left = optimizer_steps.run(self._rule, arrays[0], read, state_arrays, steps, numbers)
        by = f"{type(self).__name__}.step"
        for tensors in written:
            count_direct_changes([x for k, x in enumerate(tensors) if k not in left] if left else tensors, by)
        if self._goes_on:
            for k, entry in enumerate(entries):
                if k not in left:
                    self._go_on(entry, group, counts[k])
        return left

    def _go_on(self, entry: dict, group: dict, count) -> None:
        """Change what a parameter's state has of numbers, after its step (where `_goes_on`)."""

    def _new_state(self, parameter: Tensor, group: dict) -> dict:
        raise NotImplementedError

    def _kept(self, group: dict) -> tuple:
        """The names of the state in the rule's order, None for what is not kept."""
        raise NotImplementedError

    def _numbers(self, group: dict, counts: list, entries: list):
        """The rule's numbers: one tuple, or one per parameter; None if an option is a tensor whose own type the
        arithmetic has to follow."""
        raise NotImplementedError

    def _step_one(self, parameter: Tensor, gradient: Tensor, entry: dict, group: dict) -> None:
        """Step one parameter by tensor operations."""
        raise NotImplementedError


def step_counter(fused=False, value: float = 0.0) -> Tensor:
    """A count of steps (or another number of a parameter's own), in float32 unless the default type is float64."""
    single = fused or dtypes.get_default_dtype() is not dtypes.float64
    return from_array(numpy.array(value, numpy.float32 if single else numpy.float64))


def zeros_like(x: Tensor) -> Tensor:
    """Zeros that lie in memory as x does, cut from any graph."""
    return from_array(numpy.zeros_like(x.array))


def per_count(counts: list, numbers_of) -> list:
    """`numbers_of(count)` for every count, worked out once for each that differs."""
    known: dict = {}
    for count in counts:
        if count not in known:
            known[count] = numbers_of(count)
    return [known[count] for count in counts]


def parts(*tensors):
    """Complex tensors as pairs of real numbers, which step apart as in PyTorch; others as they are."""
    return [view_as_real(x) if x.is_complex() else x for x in tensors]


def kept(x: Tensor, group: dict) -> Tensor:
    """State for an operation that saves it: a copy where the graph outlives the step, which changes the state."""
    return x.clone() if group["differentiable"] else x


def scalar(x):
    """A tensor of one element without its dimensions; what is no tensor as it is."""
    return x.squeeze() if isinstance(x, Tensor) and x.dim() != 0 else x


def value_of(x):
    """The Python number in a tensor of one element; a number as it is."""
    return x.item() if isinstance(x, Tensor) else x


def check_lr(lr) -> None:
    """A learning rate is a number or a tensor of one element, and not negative."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, got one of shape {list(lr.shape)}")
    if not 0.0 <= lr:
        raise ValueError(f"Invalid learning rate: {lr}")


def check_least(name: str, value, least: float = 0.0) -> None:
    if not least <= value:
        raise ValueError(f"Invalid {name}: {value}")


def check_betas(betas) -> None:
    for position in (0, 1):
        if not 0.0 <= betas[position] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {position}: {betas[position]}")


def check_fused(fused, foreach, differentiable) -> None:
    if fused:
        if differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


__all__ = ["ElementwiseOptimizer"]
