"""Limited-memory BFGS.

Liu & Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical Programming 45 (1989),
https://doi.org/10.1007/BF01589116; the line search is that of Nocedal & Wright, "Numerical optimization", algorithms
3.5 and 3.6, with the safeguards of Schmidt's minFunc, https://www.cs.ubc.ca/~schmidtm/Software/minFunc.html.
"""

import math

from ..autograd.grad_mode import enable_grad, no_grad
from ..core import Tensor
from ..ops.complex_numbers import view_as_real
from ..ops.shape import cat
from .elementwise_optimizer import check_lr, scalar, value_of
from .optimizer import Optimizer


class _Point:
    """A point on the line of search: the step to it, the loss there, the gradient, and its slope along the line."""

    __slots__ = ("step", "loss", "gradient", "slope")

    def __init__(self, step, loss, gradient, slope):
        self.step = step
        self.loss = loss
        self.gradient = gradient
        self.slope = slope


def _between(a: _Point, b: _Point, least=None, most=None) -> float:
    """Where the cubic through two losses and slopes has its minimum, within bounds; their middle if it has none."""
    if least is None:
        least, most = min(a.step, b.step), max(a.step, b.step)
    first = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step) if a.step != b.step else math.nan
    square = first**2 - a.slope * b.slope
    if not square >= 0:
        return (least + most) / 2.0
    root = math.sqrt(square)
    low, high = (a, b) if a.step <= b.step else (b, a)
    span = high.slope - low.slope + 2 * root
    if span == 0:
        return (least + most) / 2.0
    place = high.step - (high.step - low.step) * ((high.slope + root - first) / span)
    return min(max(place, least), most)


def _line_search(evaluate, step, direction, start: _Point, tolerance: float, evaluations: int) -> tuple[_Point, int]:
    """A point where the loss has fallen enough and its slope too (the strong Wolfe conditions, c1 = 1e-4, c2 = 0.9),
    and how often the loss was computed for it."""
    c1, c2 = 1e-4, 0.9
    longest = direction.abs().max().item()

    def too_high(point: _Point) -> bool:
        return point.loss > start.loss + c1 * point.step * start.slope

    def flat(point: _Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    new, last, computed = evaluate(step), start, 1
    tries, bracket = 0, None
    while tries < evaluations:
        if too_high(new) or (tries > 1 and new.loss >= last.loss):
            bracket = [last, new]
            break
        if flat(new):
            return new, computed
        if new.slope >= 0:
            bracket = [last, new]
            break
        further = _between(last, new, new.step + 0.01 * (new.step - last.step), new.step * 10)
        last, new = new, evaluate(further)
        computed += 1
        tries += 1
    if bracket is None:
        bracket = [start, new]
    low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
    stalled = False
    while tries < evaluations and abs(bracket[1].step - bracket[0].step) * longest >= tolerance:
        place = _between(bracket[0], bracket[1])
        left, right = sorted([bracket[0].step, bracket[1].step])
        margin = 0.1 * (right - left)
        if min(right - place, place - left) < margin:
            # Twice near the same end is no progress: move away from it.
            if stalled or place >= right or place <= left:
                place = right - margin if abs(place - right) < abs(place - left) else left + margin
                stalled = False
            else:
                stalled = True
        else:
            stalled = False
        new = evaluate(place)
        computed += 1
        tries += 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        done = flat(new)
        if not done and new.slope * (bracket[high].step - bracket[low].step) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = new
        if done:
            break
    return bracket[low], computed


class LBFGS(Optimizer):
    """A quasi-Newton method: the inverse Hessian is known by the last changes of parameters and gradients.

    With s a change of all parameters, y that of their gradients and rho = 1 / (y · s), the direction is -H g, where H
    begins as (y · s) / (y · y) and is updated by every pair kept (the two-loop recursion of Nocedal & Wright,
    algorithm 7.4). There is one group only, and the loss is computed several times in a step, by the closure.

    Args:
        params: parameters or (name, parameter) pairs.
        lr: the length of steps; with a line search, of the first try.
        max_iter: iterations in one step.
        max_eval: computations of the loss in one step; max_iter * 5 // 4 unless given.
        tolerance_grad: a gradient with no element above it ends a step.
        tolerance_change: a change of loss and parameters below it ends a step.
        history_size: pairs that are kept.
        line_search_fn: None, or "strong_wolfe" for a search along the direction.

    ValueError for options out of range and several groups. https://doi.org/10.1007/BF01589116

    >>> import wengert as t
    >>> x = t.tensor([-1.2, 1.0], requires_grad=True, dtype=t.float64)
    >>> optimizer = t.optim.LBFGS([x], max_iter=100, line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(24.2000, dtype=wengert.float64, grad_fn=<AddBackward0>)
    >>> x
    tensor([1.0000, 1.0000], dtype=wengert.float64, requires_grad=True)
    """

    def __init__(
        self, params, lr=1, max_iter: int = 20, max_eval=None, tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9, history_size: int = 100, line_search_fn=None,
    ):  # fmt: skip
        check_lr(lr)
        if max_eval is None:
            max_eval = max_iter * 5 // 4
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_eval, "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change, "history_size": history_size, "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def _parameters(self) -> list:
        return self.param_groups[0]["params"]

    def _flat_gradient(self) -> Tensor:
        """All gradients as one vector, zeros where there is none."""
        pieces = []
        for parameter in self._parameters():
            gradient = parameter.new_zeros(parameter.shape) if parameter.grad is None else parameter.grad
            pieces.append((view_as_real(gradient) if gradient.is_complex() else gradient).reshape(-1))
        return cat(pieces)

    def _move(self, step: float, direction: Tensor) -> None:
        """Add step times a vector to all parameters."""
        start = 0
        for parameter in self._parameters():
            x = view_as_real(parameter) if parameter.is_complex() else parameter
            x.add_(direction[start : start + x.numel()].reshape(x.shape), alpha=step)
            start += x.numel()

    def _direction(self, gradient: Tensor, state: dict, history_size: int) -> Tensor:
        """-H g, with H brought up to date by the last step."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return gradient.neg()
        changes, steps, weights = state["old_dirs"], state["old_stps"], state["ro"]
        y = gradient.sub(state["prev_flat_grad"])
        s = state["d"].mul(state["t"])
        product = y.dot(s)
        if product > 1e-10:
            if len(changes) == history_size:
                for kept in (changes, steps, weights):
                    kept.pop(0)
            changes.append(y)
            steps.append(s)
            weights.append(1.0 / product)
            state["H_diag"] = product / y.dot(y)
        if "al" not in state:
            state["al"] = [None] * history_size
        shares = state["al"]
        q = gradient.neg()
        for i in range(len(changes) - 1, -1, -1):
            shares[i] = steps[i].dot(q) * weights[i]
            q.add_(changes[i], alpha=-shares[i].item())
        r = q.mul(state["H_diag"])
        for i in range(len(changes)):
            r.add_(steps[i], alpha=(shares[i] - changes[i].dot(r) * weights[i]).item())
        return r

    @no_grad()
    def step(self, closure):
        """Up to `max_iter` iterations. `closure` computes the loss and its gradients, and returns the loss.

        Returns the loss at the beginning.

        >>> import wengert as t
        >>> x = t.tensor([3.0], requires_grad=True)
        >>> optimizer = t.optim.LBFGS([x])
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (x**2).sum()
        ...     loss.backward()
        ...     return loss
        >>> optimizer.step(closure).item(), x.abs().item() < 1e-6
        (9.0, True)
        """
        closure = enable_grad()(closure)
        group = self.param_groups[0]
        lr, max_iter, max_eval = value_of(scalar(group["lr"])), group["max_iter"], group["max_eval"]
        tolerance_change, search = group["tolerance_change"], group["line_search_fn"]
        state = self.state[self._parameters()[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first_loss = closure()
        loss = float(first_loss)
        evaluations = 1
        state["func_evals"] += 1
        gradient = self._flat_gradient()

        def small() -> bool:
            return bool(gradient.abs().max() <= group["tolerance_grad"])

        if small():
            return first_loss
        iteration = 0
        while iteration < max_iter:
            iteration += 1
            state["n_iter"] += 1
            direction = state["d"] = self._direction(gradient, state, group["history_size"])
            if state.get("prev_flat_grad") is None:
                state["prev_flat_grad"] = gradient.clone()
            else:
                state["prev_flat_grad"].copy_(gradient)
            last_loss = state["prev_loss"] = loss
            length = lr
            if state["n_iter"] == 1:
                length = min(1.0, (1.0 / gradient.abs().sum()).item()) * lr
            state["t"] = length
            slope = gradient.dot(direction)
            if slope > -tolerance_change:
                break
            computed = 0
            if search is not None:
                if search != "strong_wolfe":
                    raise RuntimeError(f"only 'strong_wolfe' is supported, got line_search_fn={search!r}")
                before = [parameter.clone() for parameter in self._parameters()]

                def evaluate(length, direction=direction, before=before):
                    self._move(length, direction)
                    try:
                        value = float(closure())
                        found = self._flat_gradient()
                    finally:
                        for parameter, x in zip(self._parameters(), before, strict=True):
                            parameter.copy_(x)
                    return _Point(length, value, found, found.dot(direction).item())

                start = _Point(0, loss, gradient, slope.item())
                point, computed = _line_search(evaluate, length, direction, start, 1e-9, max_eval - evaluations)
                loss, gradient, length = point.loss, point.gradient, point.step
                state["t"] = length
                self._move(length, direction)
                done = small()
            else:
                self._move(length, direction)
                done = False
                if iteration != max_iter:
                    loss = float(closure())
                    gradient = self._flat_gradient()
                    done = small()
                    computed = 1
            evaluations += computed
            state["func_evals"] += computed
            if iteration == max_iter or evaluations >= max_eval or done:
                break
            if direction.mul(length).abs().max() <= tolerance_change or abs(loss - last_loss) < tolerance_change:
                break
        return first_loss


__all__ = ["LBFGS"]
