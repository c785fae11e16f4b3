"""Hooks on tensors: on the gradient of one, after it was accumulated, and the keeping of it. Methods of `Tensor`.

The hooks of a result are its node's, those of a leaf its own.
"""

import weakref

from . import errors
from .hooks import RemovableHandle
from .modes import current_transform
from .tensor import bind_method


def register_hook(self, hook) -> RemovableHandle:
    """Call `hook(grad)` with the gradient of this tensor in every backward pass that computes it.

    If the hook returns a tensor, that replaces the gradient for everything upstream. Returns a handle whose
    `remove()` takes the hook away; the handle is also a context manager.

    Raises:
        RuntimeError: a tensor that requires no gradient.
        TypeError: a hook that cannot be called.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(lambda g: 10 * g)
    >>> (3 * x).sum().backward()
    >>> x.grad
    tensor([30., 30.])
    """
    if not self.requires_grad:
        raise RuntimeError(
            "cannot register a hook on a tensor that doesn't require gradient: no gradient will ever reach it. "
            "Set requires_grad on it, or on what it is made from, first."
        )
    if not callable(hook):
        raise TypeError(f"a hook must be callable, got {type(hook).__name__}")
    node = self.grad_fn
    if node is not None:
        return node.hooks_for_writing().on_tensor(self.output_nr).register(hook)
    return self._leaf_hooks().gradient.register(hook)


def register_post_accumulate_grad_hook(self, hook) -> RemovableHandle:
    """Call `hook(tensor)` after this leaf's `.grad` was written. Returns a handle with `remove()`.

    RuntimeError for a tensor that requires no gradient, and for one that is no leaf.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad))
    >>> (3 * x).sum().backward()
    tensor([3., 3.])
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._known_node is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    return self._leaf_hooks().accumulated.register(hook)


def retain_grad(self) -> None:
    """Keep the gradient of this non-leaf in `.grad` during backward passes. A leaf has its own anyway.

    RuntimeError for a tensor that requires no gradient, and inside of `func.grad` and its like.

    >>> import wengert as t
    >>> x = t.tensor([1.0, 2.0], requires_grad=True)
    >>> y = x * x
    >>> y.retain_grad()
    >>> y.sum().backward()
    >>> y.grad
    tensor([1., 1.])
    """
    if current_transform():
        errors.not_inside_a_transform("retain_grad()")
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    node = None if self._known_node is None else self.grad_fn
    if node is not None and not self.retains_grad:
        node.hooks_for_writing().retained[self.output_nr] = weakref.ref(self)


for _method in (register_hook, register_post_accumulate_grad_hook, retain_grad):
    bind_method(_method.__name__, _method)
