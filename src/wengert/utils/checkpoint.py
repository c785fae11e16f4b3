"""Checkpointing: memory for time. What a function saves for the backward pass is computed again when that needs it.

Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost" (2016, https://arxiv.org/abs/1604.06174): a
net of n layers in sqrt(n) checkpointed segments needs memory for 2 sqrt(n) layers, and one more forward pass. Griewank
and Walther ("Algorithm 799: revolve", ACM TOMS 26, 2000) give the best schedules for nested checkpoints.

Design
  A. The forward pass records the graph as always, but saved-tensor hooks put an empty `_Holder` in the place of each
     saved value. The first holder that a backward pass opens runs the function again, under hooks that fill the holders
     in the same order. So every way to ask for gradients works, and there is nothing that only `backward` can do.
  B. Recomputation stops as soon as the last holder is filled (early stop), by an exception that no `except Exception`
     of the function swallows.
  C. A holder gives its value away when it is opened, also if the graph is retained: a second pass computes again. What
     a pass does not open serves the next one. Holders are known weakly to their frame, so that a recomputation does
     not keep what the graph has let go of.
  D. Checkpoints nest: the arguments of an inner one are values saved by the outer one, and so are recomputed first.
  E. What the recomputation saves in its own graph is kept there, so that a backward pass inside the function works.
     That graph starts at the arguments, which have no history in it, and is dropped when the recomputation ends.
"""

import contextlib
import warnings
import weakref

from ..autograd.grad_mode import enable_grad
from ..autograd.graph import saved_tensors_hooks
from ..core import Tensor, modes, saved
from ..core.custom_node import CustomNode
from ..core.errors import changed
from ..core.provenance import here
from ..ops.generator import default_generator

_early_stop: bool | None = None
_debug: bool | None = None


class CheckpointError(RuntimeError):
    """A recomputation did not save what the forward pass saved: another number of tensors, or others.

    >>> import wengert as t
    >>> issubclass(t.utils.checkpoint.CheckpointError, RuntimeError)
    True
    """


def noop_context_fn() -> tuple:
    """The default `context_fn`: two contexts that do nothing.

    >>> import wengert as t
    >>> forward, again = t.utils.checkpoint.noop_context_fn()
    >>> with forward:
    ...     print("nothing")
    nothing
    """
    return contextlib.nullcontext(), contextlib.nullcontext()


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool):
    """Inside the block, forward passes of checkpoints stop their recomputation early, or do not, whatever their
    `early_stop` says.

    >>> import wengert as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> with t.utils.checkpoint.set_checkpoint_early_stop(False):
    ...     y = t.utils.checkpoint.checkpoint(lambda x: x.exp().sin(), x, use_reentrant=False)
    >>> t.autograd.grad(y, x)
    (tensor(3.3129),)
    """
    global _early_stop
    before = _early_stop
    _early_stop = enable
    try:
        yield
    finally:
        _early_stop = before


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None):
    """Inside the block, forward passes of checkpoints note every saved value and its line, or do not, whatever their
    `debug` says; None leaves it to them.

    >>> import wengert as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> with t.utils.checkpoint.set_checkpoint_debug_enabled(True):
    ...     y = t.utils.checkpoint.checkpoint(lambda x: x.exp(), x, use_reentrant=False)
    >>> t.autograd.grad(y, x)
    (tensor(7.3891),)
    """
    global _debug
    before = _debug
    _debug = enabled
    try:
        yield
    finally:
        _debug = before


def checkpoint(
    function, *args, use_reentrant: bool = None, context_fn=noop_context_fn, determinism_check: str = "default",
    debug: bool = False, early_stop: bool = True, **kwargs,
):  # fmt: skip
    """`function(*args, **kwargs)`, without keeping what it saves for the backward pass: the backward pass calls it
    again.

    Args:
        function: any function; it must do the same when it is called again.
        args: kept for the second call; tensors among them must not be changed in place before it.
        use_reentrant: accepted both ways. There is one implementation, which works with `autograd.grad`, hooks, double
            backward and nested checkpoints (PyTorch's `use_reentrant=False`). Should be given, as in PyTorch.
        context_fn: function that returns two context managers, for the call and for the call again.
        determinism_check: "default" compares number, shapes, dtypes and devices of the values saved by the two calls;
            "none" only their number.
        debug: errors list the values that both calls saved, and the lines that saved them.
        early_stop: end the second call once everything is there.
        preserve_rng_state: whether the second call draws the same random numbers; True unless given.
        kwargs: for `function`.

    Returns:
        what `function` returns.

    Raises:
        ValueError: an unknown `determinism_check`; `debug` with a `context_fn`; keyword arguments, `context_fn` or
            `debug` with `use_reentrant=True`.
        CheckpointError: in the backward pass, where the two calls differ.
        RuntimeError: in the backward pass, where an argument was changed in place.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> t.utils.checkpoint.checkpoint(lambda x: x.exp().sin().sum(), x, use_reentrant=False).backward()
    >>> x.grad
    tensor([-2.4784,  3.3129])
    """
    preserve_rng_state = kwargs.pop("preserve_rng_state", True)
    if _is_reentrant(use_reentrant, "torch.utils.checkpoint"):
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    if _debug if _debug is not None else debug:
        if context_fn is not noop_context_fn:
            raise ValueError("debug=True is incompatible with non-default context_fn")
        debug = True
    else:
        debug = False
    if determinism_check not in _METADATA:
        raise ValueError(f"determinism_check should be one of {list(_METADATA)}, but got {determinism_check}")
    forward_context, recompute_context = context_fn()
    if not modes.is_grad_enabled():
        return function(*args, **kwargs)
    frame = _Frame(
        function, args, kwargs, recompute_context, early_stop if _early_stop is None else _early_stop,
        _METADATA[determinism_check], default_generator.snapshot() if preserve_rng_state else None, debug,
    )  # fmt: skip
    with saved_tensors_hooks(frame.pack, frame.unpack), forward_context:
        result = function(*args, **kwargs)
        frame.forward_completed = True
    if not frame.forward_completed:
        raise RuntimeError(
            "torch.utils.checkpoint: the forward context provided by context_fn suppressed an exception raised during "
            "the checkpointed forward. This is not supported because checkpoint cannot return a value for a failed "
            "forward."
        )
    return result


def checkpoint_sequential(functions, segments: int, input, use_reentrant: bool = None, **kwargs):
    """The functions one after the other, in `segments` pieces of equal length; all but the last are checkpointed.

    The square root of the number of functions is the number of segments that needs the least memory.

    Args:
        functions: an `nn.Sequential`, or a list of functions of one argument.
        segments: number of pieces, from 1 to the number of functions.
        input: for the first function.
        use_reentrant, preserve_rng_state: as for `checkpoint`.

    ValueError for `segments` below 1 or above the number of functions, and for unknown keywords.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> y = t.utils.checkpoint.checkpoint_sequential([t.exp, t.sin, t.exp, t.sin], 2, x, use_reentrant=False)
    >>> y
    tensor([0.9980, 0.6420], grad_fn=<SinBackward0>)
    """
    use_reentrant = _is_reentrant(use_reentrant, "torch.utils.checkpoint.checkpoint_sequential")
    preserve_rng_state = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions.children() if hasattr(functions, "children") else functions)
    if not 1 <= segments <= len(functions):
        raise ValueError(
            f"checkpoint_sequential: segments is {segments} and there are {len(functions)} functions; each segment "
            "needs at least one"
        )
    size = len(functions) // segments
    for first in range(0, size * (segments - 1), size):
        input = checkpoint(
            _in_turn(functions[first:first + size]), input, use_reentrant=use_reentrant,
            preserve_rng_state=preserve_rng_state,
        )  # fmt: skip
    return _in_turn(functions[size * (segments - 1):])(input)


# ------------------------------------------------------------------------------------------------ the parts


def _is_reentrant(use_reentrant: bool | None, name: str) -> bool:
    """What `use_reentrant` says; True, with a warning at the caller of the public function, where it says nothing."""
    if use_reentrant is None:
        warnings.warn(
            f"{name}: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling "
            "checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended; here both "
            "values run the same implementation, which is that one.",
            UserWarning,
            stacklevel=3,
        )
        return True
    return use_reentrant


def _in_turn(functions: list):
    def run(input):
        for function in functions:
            input = function(input)
        return input

    return run


_METADATA = {
    "default": lambda x: {"shape": x.shape, "dtype": x.dtype, "device": x.device},
    "none": lambda x: None,
}


class _StopRecomputation(BaseException):
    """Ends a recomputation that has saved everything. No Exception, so that functions which catch those let it
    through."""


class _Holder:
    """Stands in the graph for a saved value; `value` is None until it is recomputed, and after it was given away."""

    __slots__ = ("__weakref__", "value", "version")

    def __init__(self):
        self.value = None
        self.version = 0


class _Call(CustomNode):
    """Knows the line of the checkpoint, for messages."""

    def name(self) -> str:
        return "checkpoint"


def _cut_off(x: Tensor) -> Tensor:
    """x without history. A tensor of a level keeps it: what it holds has tangents and histories of its own, in the
    levels below."""
    return x if x._level else x.detach()


def _version(x: Tensor) -> int:
    """How often the memory of x was changed in place; inference tensors do not count."""
    return 0 if x.is_inference() else x._version


class _Argument:
    """A tensor that the function is called with again: packed by the hooks around the checkpoint, and not to be changed
    in the meantime."""

    __slots__ = ("content", "requires_grad", "version")

    def __init__(self, x: Tensor):
        self.requires_grad = x.requires_grad
        self.version = _version(x)
        # Packed in any case: the recomputation of a checkpoint around this one has leaves for what were results here.
        packed = saved.pack(_cut_off(x))
        self.content = x if x.is_leaf and x.requires_grad else packed

    def unpack(self, call: _Call) -> Tensor:
        x = self.content
        if isinstance(x, saved.Packed):
            x = x.unpack()
        elif _version(x) != self.version:
            changed(call, x, x.untyped_storage(), self.version, "args")
        if x.requires_grad == self.requires_grad:
            return x
        made = x.detach()
        made.requires_grad = self.requires_grad
        return made


class _Frame:
    """One call of `checkpoint`: how to call the function again, and the holders of what it saved."""

    def __init__(self, function, args, keywords, context, early_stop, metadata, random_state, debug):
        self.function = function
        self.keywords = keywords
        self.context = context
        self.early_stop = early_stop
        self.metadata = metadata
        self.random_state = random_state
        self.scope = modes.current_scope()
        self.call = _Call()
        self.call.connect(())
        self.args = [_Argument(x) if isinstance(x, Tensor) else x for x in args]
        self.holders: list[weakref.ref] = []
        self.saved_kinds: list = []
        self.lines: list | None = [] if debug else None
        self.forward_completed = False

    # -------------------------------------------------------------------------------- hooks of the forward pass

    def pack(self, x: Tensor) -> _Holder:
        holder = _Holder()
        self.holders.append(weakref.ref(holder))
        self.saved_kinds.append(self.metadata(x))
        if self.lines is not None:
            self.lines.append(_line(x))
        return holder

    def unpack(self, holder: _Holder) -> Tensor:
        if holder.value is None:
            _Recomputation(self).run()
        x, holder.value = holder.value, None
        if _version(x) != holder.version:
            changed(self.call, x, x.untyped_storage(), holder.version, "a value inside")
        return x


class _Recomputation:
    """One more call of a frame's function, which fills the holders that are still there."""

    def __init__(self, frame: _Frame):
        self.frame = frame
        self.count = 0
        self.lines: list | None = [] if frame.lines is not None else None
        self.differing: list = []
        self.saves_more = False

    def run(self) -> None:
        frame = self.frame
        args = [x.unpack(frame.call) if isinstance(x, _Argument) else x for x in frame.args]
        # The nodes made meanwhile belong to the function's own lines, under the module path that it had.
        origin = modes.exchange_origin(None, -1)
        scope = modes.current_scope()
        modes.restore_scope(frame.scope)
        random_state = None
        if frame.random_state is not None:
            random_state = default_generator.snapshot()
            default_generator.continue_from(frame.random_state)
        try:
            with frame.context, enable_grad(), saved_tensors_hooks(self.pack, lambda x: x):
                frame.function(*args, **frame.keywords)
        except _StopRecomputation as stop:
            if stop.args[0] is not self:
                raise
        finally:
            if random_state is not None:
                default_generator.continue_from(random_state)
            modes.restore_scope(scope)
            modes.exchange_origin(*origin)
        self.check()

    def pack(self, x: Tensor) -> Tensor:
        frame = self.frame
        if self.lines is not None:
            self.lines.append(_line(x))
        if self.count >= len(frame.holders):
            if frame.forward_completed:
                self.fail(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original "
                    "forward pass.\n"
                )
            # A backward pass inside the function asked for values before the first call was through.
            self.saves_more = True
            return x
        x = _cut_off(x)
        holder = frame.holders[self.count]()
        kind = self.frame.metadata(x)
        if kind != frame.saved_kinds[self.count] and holder is not None:
            self.differing.append((self.count, frame.saved_kinds[self.count], kind))
        if holder is not None:
            holder.value, holder.version = x, _version(x)
        self.count += 1
        if frame.early_stop and self.count == len(frame.holders):
            raise _StopRecomputation(self)
        return x

    # -------------------------------------------------------------------------------- whether both calls agree

    def check(self) -> None:
        if self.saves_more:
            return
        expected = len(self.frame.holders)
        if self.count != expected:
            self.fail(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {expected}\nNumber of tensors saved during "
                f"recomputation: {self.count}.\n"
            )
        if self.differing:
            self.fail(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                "during the forward pass.\n"
                + "".join([
                    f"tensor at position {position}:\nsaved metadata: {before}\nrecomputed metadata: {now}\n"
                    for position, before, now in self.differing
                ])
            )

    def fail(self, message: str):
        """Raise, with the line of the checkpoint, and with what both calls saved if that was noted."""
        for reference in self.frame.holders:
            holder = reference()
            if holder is not None:
                holder.value = None
        message += (
            f"  The checkpoint was made at {self.frame.call.where}. Its function must do the same each time: it must "
            "not depend on what changes between the two calls.\n"
        )
        if self.lines is None:
            message += (
                "Tip: To see a more detailed error message, either pass `debug=True` to "
                "`torch.utils.checkpoint.checkpoint(...)` or wrap the code block with `with "
                "torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to enable checkpoint-debug mode globally."
            )
        else:
            for title, lines in (("the original forward", self.frame.lines), ("recomputation", self.lines)):
                message += f"Saved during {title}:\n" + "".join([
                    f"  {number}: {line}\n" for number, line in enumerate(lines or [])
                ])
        raise CheckpointError(message)


def _line(x: Tensor) -> str:
    return f"{list(x.shape)} {x.dtype} by {here()}"


__all__ = [
    "CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn", "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]  # fmt: skip


def __dir__():
    return sorted(__all__)
