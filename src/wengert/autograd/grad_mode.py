"""Grad mode and inference mode: context managers that are decorators too, of functions and of generators.

The modes belong to the thread; a new thread starts with gradients enabled.
"""

import functools
import threading

from ..core import modes

GENERATOR = 0x20  # the flag of a generator function's code (inspect.CO_GENERATOR, without importing inspect)


_threads = threading.local()


class _Mode:
    """A context manager that may be entered again and again, and decorates functions."""

    def clone(self) -> "_Mode":
        return type(self)()

    def __call__(self, function):
        """Decorate: every call of `function` runs in this mode; a generator does between its yields only."""
        if isinstance(function, type):
            raise TypeError(
                f"{type(self).__name__} decorates functions; decorate the methods of {function.__name__} instead"
            )
        if getattr(getattr(function, "__code__", None), "co_flags", 0) & GENERATOR:
            return _decorated_generator(self, function)

        @functools.wraps(function)
        def wrapper(*arguments, **keywords):
            with self.clone():
                return function(*arguments, **keywords)

        return wrapper


def _decorated_generator(mode: _Mode, function):
    """A generator whose own code runs in `mode`, while those who iterate over it stay in theirs."""

    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        generator = function(*arguments, **keywords)
        step, values = generator.send, (None,)
        try:
            while True:
                try:
                    with mode.clone():
                        response = step(*values)
                except StopIteration as stop:
                    return stop.value
                try:
                    step, values = generator.send, ((yield response),)
                except GeneratorExit:
                    with mode.clone():
                        generator.close()
                    raise
                except BaseException as error:
                    step, values = generator.throw, (error,)
        finally:
            generator.close()

    return wrapper


class no_grad(_Mode):
    """Record nothing inside: results do not require gradients, whatever they are made from.

    A context manager and a decorator (`@no_grad()` or `@no_grad`).

    >>> import wengert as t
    >>> x = t.ones(2, requires_grad=True)
    >>> with t.no_grad():
    ...     y = 2 * x
    >>> y.requires_grad
    False
    """

    enabled = False

    def __new__(cls, function=None):
        mode = super().__new__(cls)
        return mode if function is None else mode(function)

    def __init__(self, function=None):
        self.before = []

    def __enter__(self) -> None:
        self.before.append(modes.exchange_grad_enabled(self.enabled))

    def __exit__(self, *exception) -> None:
        modes.exchange_grad_enabled(self.before.pop())


class enable_grad(no_grad):
    """Record inside, also within `no_grad`. A context manager and a decorator.

    Within `inference_mode` nothing is recorded in any case.

    >>> import wengert as t
    >>> x = t.ones(2, requires_grad=True)
    >>> with t.no_grad(), t.enable_grad():
    ...     y = 2 * x
    >>> y.requires_grad
    True
    """

    enabled = True


class set_grad_enabled(_Mode):
    """Set grad mode at once; as a context manager, until the block ends; as a decorator, for each call.

    Args:
        mode: whether operations are recorded.

    TypeError if `mode` is no bool.

    >>> import wengert as t
    >>> x = t.ones(2, requires_grad=True)
    >>> with t.set_grad_enabled(False):
    ...     y = 2 * x
    >>> y.requires_grad, t.is_grad_enabled()
    (False, True)
    """

    def __init__(self, mode: bool):
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled(): argument 'mode' must be bool, not {type(mode).__name__}")
        self.mode = mode
        self.before = modes.exchange_grad_enabled(mode)

    def clone(self) -> "set_grad_enabled":
        return set_grad_enabled(self.mode)

    def __call__(self, function):
        # It is a decorator here: what its creation changed is undone.
        modes.exchange_grad_enabled(self.before)
        return super().__call__(function)

    def __enter__(self) -> None:
        modes.exchange_grad_enabled(self.mode)

    def __exit__(self, *exception) -> None:
        modes.exchange_grad_enabled(self.before)

    def __repr__(self) -> str:
        return f"set_grad_enabled(mode={self.mode})"


class inference_mode(_Mode):
    """Neither record nor count in-place changes inside; tensors made inside cannot take part in autograd later.

    A context manager and a decorator (`@inference_mode()` or `@inference_mode`).

    Args:
        mode: False switches it off inside.

    >>> import wengert as t
    >>> with t.inference_mode():
    ...     y = 2 * t.ones(2, requires_grad=True)
    >>> y.requires_grad, y.is_inference()
    (False, True)
    """

    def __new__(cls, mode=True):
        created = super().__new__(cls)
        if isinstance(mode, bool):
            return created
        created.__init__()
        return created(mode)

    def __init__(self, mode: bool = True):
        self.mode = mode
        self.before: list = []

    def clone(self) -> "inference_mode":
        return inference_mode(self.mode)

    def __enter__(self) -> None:
        self.before.append((modes.exchange_inference(self.mode), modes.exchange_grad_enabled(not self.mode)))

    def __exit__(self, *exception) -> None:
        inference, grad_enabled = self.before.pop()
        modes.exchange_inference(inference)
        modes.exchange_grad_enabled(grad_enabled)


class set_multithreading_enabled(_Mode):
    """Say whether a backward pass may use threads of its own, at once or for a block.

    A pass runs on the thread that called for it, whatever is set here: only kernels use threads (`set_num_threads`),
    with the same results for any number of them.

    >>> import wengert as t
    >>> with t.autograd.set_multithreading_enabled(False):
    ...     t.autograd.is_multithreading_enabled()
    False
    """

    def __init__(self, mode: bool):
        self.mode = mode
        self.before = is_multithreading_enabled()
        _threads.multithreading = mode

    def clone(self) -> "set_multithreading_enabled":
        return set_multithreading_enabled(self.mode)

    def __enter__(self) -> None:
        _threads.multithreading = self.mode

    def __exit__(self, *exception) -> None:
        _threads.multithreading = self.before


def is_multithreading_enabled() -> bool:
    """What `set_multithreading_enabled` has set in this thread; True at first.

    >>> import wengert as t
    >>> t.autograd.is_multithreading_enabled()
    True
    """
    return getattr(_threads, "multithreading", True)


is_grad_enabled = modes.is_grad_enabled
is_inference_mode_enabled = modes.is_inference_mode_enabled
