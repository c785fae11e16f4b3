"""What an error raised inside a module says of the module: its path, what it expects and what it was given.

It is said once, by the innermost module that the error passes, and only when there is an error. Layers of this package
say it in the message; of a module of a user's it is a note, for its errors may have any meaning.
"""

from ...core import Tensor
from ...core.modes import current_scope

# What comes of a wrong argument (an AssertionError in attention, as in PyTorch); others (an interruption) are left as
# they are.
EXPLAINED = (RuntimeError, ValueError, TypeError, IndexError, AssertionError)

_SPATIAL = {1: "L", 2: "H, W", 3: "D, H, W"}


def explain(module, args: tuple, error: Exception) -> None:
    """Add to an error where it came from."""
    if getattr(error, "_wengert_layer", False):
        return
    try:
        error._wengert_layer = True  # type: ignore[attr-defined]
    except AttributeError:
        return
    own = next((p.dtype for p in module._parameters.values() if p is not None), None)
    tensors = [_described(x, own) for x in args if isinstance(x, Tensor)]
    found = ", ".join(tensors or [type(x).__name__ for x in args])
    if not found:
        return
    path = str(current_scope() or "")
    where = f"in layer {path} ({module._get_name()})" if path else f"in layer {module._get_name()}"
    if not type(module).__module__.startswith("wengert.nn."):
        error.add_note(f"  {where}, called with {found}")
    elif error.args and isinstance(error.args[0], str):
        wanted = _expected(module)
        said = f"expected {wanted}, got {found}" if wanted else f"got {found}"
        error.args = (f"{error.args[0]}\n  {where}: {said}", *error.args[1:])


def _expected(module) -> str:
    """The shape that a layer's input has to be of, as its sizes tell it; "" if they do not."""
    sizes = module.__dict__
    if "in_features" in sizes:
        return f"an input (*, {sizes['in_features']})"
    if "in1_features" in sizes:
        return f"inputs (*, {sizes['in1_features']}) and (*, {sizes['in2_features']})"
    if "in_channels" in sizes and "kernel_size" in sizes:
        places = _SPATIAL.get(len(sizes["kernel_size"]), "*")
        return f"an input (N, {sizes['in_channels']}, {places}) or ({sizes['in_channels']}, {places})"
    for name in ("num_features", "num_channels"):
        if name in sizes:
            return f"an input (N, {sizes[name]}, *)"
    if "normalized_shape" in sizes:
        return f"an input (*, {', '.join(map(str, sizes['normalized_shape']))})"
    if "num_embeddings" in sizes:
        return f"integers from 0 to {sizes['num_embeddings'] - 1}"
    for name in ("input_size", "embed_dim"):
        if name in sizes:
            state = " and, as state, a pair (h, c)" if sizes.get("mode") == "LSTM" else ""
            return f"an input (*, {sizes[name]}){state}"
    return ""


def _described(x: Tensor, own) -> str:
    """The shape and, where it is not that of the module's parameters, the dtype."""
    usual = x.dtype is own if own is not None else x.dtype.is_floating_point
    return f"{tuple(x.shape)}" if usual else f"{tuple(x.shape)} of {x.dtype}"
