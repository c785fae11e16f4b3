"""Looking at the graph, and deciding how it keeps what it saves."""

import contextlib
import threading
import weakref

from ..core import Node, Tensor, current_pass, saved
from ..core.hooks import Handles
from .backward import GradientEdge, get_gradient_edge
from .grad_mode import no_grad

# ------------------------------------------------------------------------------------------------ saved values


class saved_tensors_hooks:
    """Inside the block, `pack_hook` decides how the graph keeps a value, and `unpack_hook` brings it back when needed.

    Args:
        pack_hook: function of a tensor; what it returns is kept.
        unpack_hook: function of that, which returns a tensor of the same values.

    Blocks nest; the innermost decides. RuntimeError if `pack_hook` changes its argument in place.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> with t.autograd.graph.saved_tensors_hooks(lambda x: x.half(), lambda kept: kept.float()):
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 4.])
    """

    def __init__(self, pack_hook, unpack_hook):
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        saved.push(self.pack_hook, self.unpack_hook)

    def __exit__(self, *exception) -> None:
        saved.pop()


class save_on_cpu(saved_tensors_hooks):
    """Keep what the graph saves in main memory. Tensors that are there already are kept as they are.

    Args:
        pin_memory: keep copies. (There is no device for which their memory could be pinned.)
        device_type: accepted, for programs written for one.

    >>> import wengert as t
    >>> x = t.tensor(2.0, requires_grad=True)
    >>> with t.autograd.graph.save_on_cpu():
    ...     y = x * x
    >>> t.autograd.grad(y, x)
    (tensor(4.),)
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda"):
        super().__init__((lambda x: x.detach().clone()) if pin_memory else (lambda x: x.cpu()), lambda x: x)


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str):
    """Inside the block, using saved-tensor hooks raises RuntimeError with this message. For code whose saved values
    must stay what they are.

    >>> import wengert as t
    >>> with t.autograd.graph.disable_saved_tensors_hooks("no hooks here"):
    ...     with t.autograd.graph.save_on_cpu():
    ...         pass
    Traceback (most recent call last):
    RuntimeError: no hooks here
    """
    before = saved.exchange_disabled(error_message)
    try:
        yield
    finally:
        saved.exchange_disabled(before)


class _Kept:
    """A saved value under `allow_mutation_on_saved_tensors`: the tensor, until a copy has to take its place."""

    __slots__ = ("__weakref__", "context", "value")

    def __init__(self, context: "_MutationContext", value: Tensor):
        self.context = context
        self.value = value


class _MutationContext:
    """What `allow_mutation_on_saved_tensors` gives to its block."""

    def __init__(self):
        self._open = True
        self._kept: weakref.WeakSet = weakref.WeakSet()
        self._by_storage: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def clear(self) -> None:
        """Let go of everything kept so far: graphs recorded in the block can no longer be walked."""
        for kept in list(self._kept):
            kept.value = None
        for storage in list(self._by_storage):
            storage.before_change = None
        self._by_storage.clear()

    def _pack(self, x: Tensor) -> _Kept:
        kept = _Kept(self, x)
        self._kept.add(kept)
        storage = x.untyped_storage()
        waiting = self._by_storage.get(storage)
        if waiting is None:
            waiting = self._by_storage[storage] = weakref.WeakSet()
        waiting.add(kept)
        storage.before_change = self._before_change(weakref.ref(storage))
        return kept

    def _before_change(self, reference):
        def copy() -> None:
            storage = reference()
            storage.before_change = None
            with no_grad():
                for kept in list(self._by_storage.pop(storage, ())):
                    if kept.value is not None:
                        kept.value = kept.value.clone()

        return copy

    def _unpack(self, kept: _Kept) -> Tensor:
        if not self._open or kept.value is None:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context in which the graph was "
                "originally recorded."
            )
        return kept.value


_allowing = threading.local()


@contextlib.contextmanager
def allow_mutation_on_saved_tensors():
    """Inside the block, values that the graph saved may be changed in place: they are copied just before.

    Only what is really changed is copied. The backward pass has to run inside the block, which gives an object whose
    `clear()` lets go of everything kept. RuntimeError where blocks nest.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> with t.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x.exp()
    ...     z = y * y
    ...     _ = y.zero_()
    ...     z.sum().backward()
    >>> x.grad
    tensor([ 14.7781, 109.1963])
    """
    if getattr(_allowing, "inside", False):
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    context = _MutationContext()
    _allowing.inside = True
    try:
        with saved_tensors_hooks(context._pack, context._unpack):
            yield context
    finally:
        _allowing.inside = False
        context.clear()
        context._open = False


def increment_version(tensor) -> None:
    """Count an in-place change of one tensor or several, made in a way that was not seen (through a pointer, say).

    What saved them notices, as after any in-place operation. Tensors of inference mode have no count and are left out.

    >>> import wengert as t
    >>> x = t.zeros(2)
    >>> t.autograd.graph.increment_version(x)
    >>> x._version
    1
    """
    for x in (tensor,) if isinstance(tensor, Tensor) else tuple(tensor):
        if not x.is_inference():
            x._bump_version("increment_version")


# ------------------------------------------------------------------------------------------------ hooks


def register_multi_grad_hook(tensors, fn, *, mode: str = "all"):
    """Call `fn` once in each backward pass, with the gradients of several tensors.

    Args:
        tensors: tensors that require gradients.
        fn: in mode "all", a function of a list with each tensor's gradient, None for those that the pass does not
            reach, called when the last of them is there; in mode "any", a function of the first gradient that is.
        mode: "all" or "any".

    Returns:
        a handle whose `remove()` takes the hooks away; it is also a context manager.

    Raises:
        ValueError: another mode.
        RuntimeError: a tensor that requires no gradient.

    >>> import wengert as t
    >>> x, y = t.tensor(2.0, requires_grad=True), t.tensor(3.0, requires_grad=True)
    >>> handle = t.autograd.graph.register_multi_grad_hook([x, y], print)
    >>> (x * y).backward()
    [tensor(3.), tensor(2.)]
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = list(tensors)
    hook = _all_gradients(tensors, fn) if mode == "all" else _any_gradient(fn)
    return Handles([x.register_hook(_OneOf(hook, i)) for i, x in enumerate(tensors)])


class _OneOf:
    """The hook of one of several tensors. It is called with None as well, where the tensor's node runs and no gradient
    reaches the tensor."""

    counts_gradients = True

    def __init__(self, hook, i: int):
        self.hook = hook
        self.i = i

    def __call__(self, g) -> None:
        self.hook(self.i, g)


def _all_gradients(tensors: list, fn):
    nodes = [get_gradient_edge(x).node for x in tensors]
    passes: dict = {}
    lock = threading.Lock()

    def hook(i: int, g) -> None:
        running = current_pass()
        with lock:
            if running.number not in passes:
                # A pass that was interrupted leaves its gradients behind; they are let go of here.
                for number in [n for n, (walk, _, _) in passes.items() if walk() is None]:
                    del passes[number]
                expected = sum([running.will_run(node) for node in nodes])
                passes[running.number] = (weakref.ref(running), [None] * len(nodes), [expected])
            _, gradients, missing = passes[running.number]
            gradients[i] = g
            missing[0] -= 1
            complete = missing[0] == 0
            if complete:
                del passes[running.number]
        if complete:
            fn(gradients)

    return hook


def _any_gradient(fn):
    seen: list = []
    lock = threading.Lock()

    def hook(i: int, g) -> None:
        number = current_pass().number
        with lock:
            if g is None or number in seen:
                return
            seen.append(number)
            del seen[:-64]
        fn(g)

    return hook


__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


def __dir__():
    return sorted(__all__)
