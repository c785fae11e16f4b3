"""Forward mode: dual tensors, which carry a tangent along with their value.

    with dual_level():
        x = make_dual(primal, tangent)
        value, tangent = unpack_dual(f(x))        # f(primal), and the derivative of f along the tangent

A dual tensor stands in the graph of its primal, so a backward pass through a function of it gives gradients that have
tangents themselves: products of the Hessian with a vector, forward over reverse.
"""

from collections import namedtuple

import numpy

from ..core import Tensor, edge_for
from ..core.promotion import from_array
from ..ops import dual, levels
from .grad_mode import _Mode

UnpackedDualTensor = namedtuple("UnpackedDualTensor", ("primal", "tangent"))
UnpackedDualTensor.__doc__ = """The primal and the tangent (None for zero) of a dual tensor.

>>> import wengert as t
>>> t.autograd.forward_ad.unpack_dual(t.tensor(1.0)).primal
tensor(1.)
"""


def _current():
    return next((level for level in reversed(levels.stack()) if level.kind == "dual" and not level.separate), None)


def enter_dual_level() -> int:
    """Enter a level of dual numbers and return its index, 0. RuntimeError inside another one, as in PyTorch.

    >>> import wengert as t
    >>> t.autograd.forward_ad.enter_dual_level()
    0
    >>> t.autograd.forward_ad.exit_dual_level()
    """
    if _current() is not None:
        raise RuntimeError(
            "Nested forward mode AD is not supported at the moment: a dual level has been entered and not left. "
            "func.jvp nests."
        )
    levels.enter(dual.new_level(separate=False))
    return 0


def exit_dual_level(*, level: int = None) -> None:
    """Leave the level of dual numbers; its tensors are ordinary ones from then on.

    RuntimeError where no level has been entered, and for another `level` than 0.

    >>> import wengert as t
    >>> from wengert.autograd import forward_ad
    >>> _ = forward_ad.enter_dual_level()
    >>> x = forward_ad.make_dual(t.tensor(1.0), t.tensor(2.0))
    >>> forward_ad.exit_dual_level()
    >>> forward_ad.unpack_dual(x).tangent is None
    True
    """
    current = _current()
    if current is None or level not in (None, 0):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
            if current is not None
            else "Dual level must be a positive number: no level has been entered."
        )
    levels.leave(current)


class dual_level(_Mode):
    """Inside the block, `make_dual` makes dual tensors. They lose their tangents at its end. Also a decorator.

    RuntimeError where blocks nest.

    >>> import wengert as t
    >>> from wengert.autograd import forward_ad
    >>> with forward_ad.dual_level():
    ...     x = forward_ad.make_dual(t.tensor(3.0), t.tensor(1.0))
    ...     print(forward_ad.unpack_dual(x * x).tangent)
    tensor(6.)
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exception) -> None:
        exit_dual_level(level=0)


class _set_fwd_grad_enabled:
    """Say at once, and until the block ends, whether operations on dual tensors carry tangents along."""

    def __init__(self, mode: bool):
        self.before = levels.exchange_forward_enabled(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception) -> None:
        levels.exchange_forward_enabled(self.before)


_is_fwd_grad_enabled = levels.forward_enabled


def _checked_level(level, asking: str):
    current = _current()
    if current is None or level is not None and level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    _check_number(level, asking)
    return current


def _check_number(level, asking: str) -> None:
    if level not in (None, 0):
        raise RuntimeError(f"Invalid level given to {asking}: {level}; the one level there is has number 0")


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int = None) -> Tensor:
    """A dual tensor of a value and its tangent, of one shape, both floating point or complex. It shares the value's
    memory.

    Raises:
        RuntimeError: outside of a level; shapes that differ; a tensor that is dual already.
        ValueError: an integer tensor.
        TypeError: anything that is no tensor.

    >>> import wengert as t
    >>> from wengert.autograd import forward_ad
    >>> with forward_ad.dual_level():
    ...     x = forward_ad.make_dual(t.tensor([1.0, 2.0]), t.tensor([1.0, 0.0]))
    ...     print(forward_ad.unpack_dual(x.exp()).tangent)
    tensor([2.7183, 0.0000])
    """
    current = _checked_level(level, "_make_dual")
    for name, x in (("primal", tensor), ("tangent", tangent)):
        if not isinstance(x, Tensor):
            raise TypeError(f"make_dual(): {name} must be a Tensor, not {type(x).__name__}")
        if not levels.differentiable(x):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {x.dtype}")
    tensor = _outside_dead_levels(tensor)
    if tensor._level == current.number:
        if dual.tangent_of(tensor) is not None:
            raise RuntimeError(
                "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not "
                "supported."
            )
        tensor = tensor._payload.primal
    if tangent._level == current.number:
        if dual.tangent_of(tangent) is not None:
            raise RuntimeError(
                "Setting a forward grad that itself has a forward gradient at the same level 0 is not supported."
            )
        tangent = tangent._payload.primal
    tangent = fitting_tangent(tensor, tangent)
    result = dual.make(current, tensor, tangent if levels.forward_enabled() else None)
    if tensor.requires_grad:
        # In every grad mode, as a view of a leaf requires its gradient in every mode.
        dual.link(result, tensor)
    return result


def fitting_tangent(tensor: Tensor, tangent: Tensor) -> Tensor:
    """The tangent in its primal's type; RuntimeError for another shape, or a complex tangent of a real value."""
    if tuple(tensor.shape) != tuple(tangent.shape):
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}."
        )
    if tangent.dtype is tensor.dtype or not levels.differentiable(tensor):
        apart = not (tangent._level or tensor._level) and tangent.array.strides != tensor.array.strides
        return _laid_out(tangent, tensor) if apart else tangent
    if tangent.dtype.is_complex and not tensor.dtype.is_complex:
        raise RuntimeError(
            f"Trying to set a forward gradient of dtype {tangent.dtype} on a Tensor of dtype {tensor.dtype}: the "
            "tangent of a real value is real."
        )
    return tangent.to(tensor.dtype)


def _laid_out(tangent: Tensor, tensor: Tensor) -> Tensor:
    """A copy of the tangent in the layout of its primal, so that views of both are had by the same steps."""
    return from_array(numpy.empty_like(tensor.array)).copy_(tangent)


def unpack_dual(tensor: Tensor, *, level: int = None) -> UnpackedDualTensor:
    """The value and the tangent of a dual tensor, an `UnpackedDualTensor`; of any other tensor, itself and None.

    Raises:
        TypeError: for what is no tensor.
        RuntimeError: another `level` than 0.

    >>> import wengert as t
    >>> primal, tangent = t.autograd.forward_ad.unpack_dual(t.tensor(1.0))
    >>> primal, tangent
    (tensor(1.), None)
    """
    current = _current()
    if not isinstance(tensor, Tensor):
        raise TypeError(f"unpack_dual(): argument 'tensor' must be Tensor, not {type(tensor).__name__}")
    tensor = _outside_dead_levels(tensor)
    if current is not None:
        _check_number(level, "_fw_primal")
    if current is not None and tensor._base is not None and tensor._base._level == current.number != tensor._level:
        edge_for(tensor)  # its base became dual after the view was made, and so does the view
    if current is None or tensor._level != current.number:
        return UnpackedDualTensor(tensor, None)
    carried = levels.forward_enabled() and current.active
    return UnpackedDualTensor(dual.primal_of(tensor), dual.tangent_of(tensor) if carried else None)


def _outside_dead_levels(x: Tensor) -> Tensor:
    while x._level and isinstance(x._payload, dual.Dual) and not x._payload.level.alive:
        x = x._payload.primal
    return x


__all__ = [
    "UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual",
]  # fmt: skip


def __dir__():
    return sorted(__all__)
