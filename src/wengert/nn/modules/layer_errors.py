"""What an error raised inside a module says of the module: its path, what it expects and what it was given.

It is said once, by the innermost module that the error passes, and only when there is an error.
"""

from ...core import Tensor
from ...core.modes import current_scope

# What the user gets wrong in a call; others (an interruption, a failed assertion) are left as they are.
EXPLAINED = (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError)


def explain(module, args: tuple, error: Exception) -> None:
    """Add to an error where it came from: to the message if the module is a layer of this package, else as a note."""
    if getattr(error, "_wengert_layer", False):
        return
    try:
        error._wengert_layer = True  # type: ignore[attr-defined]
    except AttributeError:
        return
    own = next((p.dtype for p in module._parameters.values() if p is not None), None)
    found = ", ".join([_described(x, own) for x in args if isinstance(x, Tensor)])
    if not found:
        return
    path = str(current_scope() or "")
    name = module._get_name()
    where = f"in layer {path} ({name})" if path else f"in layer {name}"
    expects = module._expects
    if not type(module).__module__.startswith("wengert.nn."):
        error.add_note(f"  {where}, called with {found}")
    elif len(error.args) >= 1 and isinstance(error.args[0], str):
        wanted = expects(args) if expects is not None else ""
        said = f"expected {wanted}, got {found}" if wanted else f"got {found}"
        error.args = (f"{error.args[0]}\n  {where}: {said}", *error.args[1:])


def _described(x: Tensor, own) -> str:
    """The shape and, where it is not that of the module's parameters, the dtype."""
    usual = x.dtype is own if own is not None else x.dtype.is_floating_point
    return f"{tuple(x.shape)}" if usual else f"{tuple(x.shape)} of {x.dtype}"
