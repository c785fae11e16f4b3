"""What the calling thread is doing: grad mode, inference mode, and the module path under which nodes are made.

The context managers `no_grad`, `enable_grad`, `set_grad_enabled` and `inference_mode` stand on these functions; they
are plain Python and live in `wengert.autograd.grad_mode`. A new thread starts with gradients enabled.
"""

import cython
from cython.cimports.cpython.object import PyObject
from cython.cimports.cpython.ref import Py_INCREF, Py_XDECREF


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def modes() -> cython.pointer(WengertModes):
    return wengert_modes()


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def want_grad(state: cython.pointer(WengertModes), wanted: cython.bint) -> cython.void:
    state.grad_wanted = wanted
    state.grad_enabled = wanted and not state.inference


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require gradients are recorded in this thread (outside of inference mode).

    >>> import wengert as t
    >>> t.is_grad_enabled()
    True
    """
    return wengert_modes().grad_wanted


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`.

    >>> import wengert as t
    >>> with t.inference_mode():
    ...     t.is_inference_mode_enabled()
    True
    """
    return wengert_modes().inference


def exchange_grad_enabled(enabled: cython.bint) -> bool:
    """Set this thread's grad mode and return the one before."""
    state: cython.pointer(WengertModes) = wengert_modes()
    before: cython.bint = state.grad_wanted
    want_grad(state, enabled)
    return before


def exchange_inference(enabled: cython.bint) -> bool:
    """Set this thread's inference mode and return the one before."""
    state: cython.pointer(WengertModes) = wengert_modes()
    before: cython.bint = state.inference
    state.inference = enabled
    want_grad(state, state.grad_wanted)
    return before


def snapshot() -> tuple:
    """This thread's modes, for another one that goes on with its work."""
    state: cython.pointer(WengertModes) = wengert_modes()
    code = cython.cast(object, state.origin_code) if state.origin_code != cython.NULL else None
    return (
        state.grad_wanted, state.inference, state.saved_hooks, state.transform, (code, state.origin_offset),
        current_scope(),
    )


# The modes of a new thread.
PLAIN = (True, False, 0, 0, (None, 0), None)


def adopt(taken: tuple) -> None:
    """Take over the modes in which another thread waits."""
    state: cython.pointer(WengertModes) = wengert_modes()
    grad_wanted, state.inference, state.saved_hooks, state.transform, origin, scope = taken
    want_grad(state, grad_wanted)
    exchange_origin(*origin)
    restore_scope(scope)


@cython.final
@cython.binding(False)
@cython.cclass
class Scope:
    """One link of the module path: a name under a parent (None at the root)."""

    name = cython.declare(object, visibility="readonly")
    parent = cython.declare(object, visibility="readonly")

    def __str__(self) -> str:
        names = []
        scope = self
        while scope is not None:
            if scope.name:
                names.append(scope.name)
            scope = scope.parent
        return ".".join(reversed(names))


def push_scope(name: str):
    """Enter a module called `name` (the empty string for a root). Returns what `restore_scope` wants back."""
    state: cython.pointer(WengertModes) = wengert_modes()
    before = cython.cast(object, state.scope) if state.scope != cython.NULL else None
    scope: Scope = Scope.__new__(Scope)
    scope.name = name
    scope.parent = before
    Py_INCREF(scope)
    Py_XDECREF(state.scope)
    state.scope = cython.cast(cython.pointer(PyObject), scope)
    return before


def restore_scope(before) -> None:
    """Leave the module entered last: `before` is what its `push_scope` returned."""
    state: cython.pointer(WengertModes) = wengert_modes()
    old: cython.pointer(PyObject) = state.scope
    if before is None:
        state.scope = cython.NULL
    else:
        Py_INCREF(before)
        state.scope = cython.cast(cython.pointer(PyObject), before)
    Py_XDECREF(old)


def current_scope():
    """The module path that is running, as a Scope; None outside of any module."""
    state: cython.pointer(WengertModes) = wengert_modes()
    return cython.cast(object, state.scope) if state.scope != cython.NULL else None


def exchange_saved_hooks(depth: cython.int) -> int:
    """Set how many pairs of saved-tensor hooks are active in this thread and return the number before."""
    state: cython.pointer(WengertModes) = wengert_modes()
    before: cython.int = state.saved_hooks
    state.saved_hooks = depth
    return before


def is_in_backward_pass() -> bool:
    """Whether a backward pass runs on this thread."""
    return wengert_modes().walk != cython.NULL


def set_unpacked(held: cython.bint) -> None:
    """Say whether values that saved-tensor hooks brought back are held in this thread."""
    wengert_modes().unpacked = held


def exchange_transform(number: cython.int) -> int:
    """Set the number of the derivative transform that this thread is inside (0: of none) and return the one before."""
    state: cython.pointer(WengertModes) = wengert_modes()
    before: cython.int = state.transform
    state.transform = number
    return before


def current_transform() -> int:
    """The number of the innermost derivative transform that this thread is inside; 0 outside of any."""
    return wengert_modes().transform


def exchange_origin(code, offset: cython.int):
    """Let nodes made from now on say that they come from there (None: from the running line); returns the pair
    before."""
    state: cython.pointer(WengertModes) = wengert_modes()
    old: cython.pointer(PyObject) = state.origin_code
    before = (cython.cast(object, old) if old != cython.NULL else None, state.origin_offset)
    if code is None:
        state.origin_code = cython.NULL
    else:
        Py_INCREF(code)
        state.origin_code = cython.cast(cython.pointer(PyObject), code)
    state.origin_offset = offset
    Py_XDECREF(old)
    return before
