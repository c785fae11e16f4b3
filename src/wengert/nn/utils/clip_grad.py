"""Gradients held within bounds, in place."""

import math
import types
import warnings

import numpy

from ...autograd.grad_mode import no_grad
from ...core import Tensor
from ...core.promotion import from_array
from ...ops.elementwise import clamp
from ...ops.from_data import tensor
from ...ops.norms import vector_norm
from ...ops.shape import stack


def _listed(tensors) -> list:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters) -> list:
    return [p.grad for p in parameters if p.grad is not None]


def _euclidean(tensors: list):
    """The root of the sum of all squares, where the tensors are ordinary ones of one floating type; else None."""
    dtype = tensors[0].array.dtype
    if dtype.char not in "fd" or any([x._level or x.array.dtype != dtype for x in tensors]):
        return None
    total = 0.0
    for x in tensors:
        values = x.array.ravel("K")
        total += float(numpy.dot(values, values))
    return from_array(numpy.array(math.sqrt(total) if total >= 0 else total, dtype))


@no_grad()
def get_total_norm(tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach=None) -> Tensor:
    """The norm of all elements of all tensors, as if they were one vector.

    Args:
        tensors: a tensor, or an iterable of them; 0 for none.
        norm_type: which norm, infinity as well.
        error_if_nonfinite: whether a norm that is infinite or NaN is a RuntimeError.
        foreach: accepted; there is one way.

    >>> import wengert as t
    >>> t.nn.utils.get_total_norm([t.tensor([3.0]), t.tensor([[4.0]])])
    tensor(5.)
    """
    tensors = _listed(tensors)
    norm_type = float(norm_type)
    if not tensors:
        return tensor(0.0)
    total = _euclidean(tensors) if norm_type == 2.0 else None
    if total is None:
        norms = [vector_norm(x, norm_type) for x in tensors]
        total = vector_norm(stack([norm.to(norms[0].dtype) for norm in norms]), norm_type)
    if error_if_nonfinite and not bool(total.isfinite()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


@no_grad()
def clip_grads_with_norm_(parameters, max_norm: float, total_norm: Tensor, foreach=None) -> None:
    """Scale gradients, in place, by max_norm / (total_norm + 1e-6) where that is below 1.

    Args:
        parameters: a tensor, or an iterable of them, whose `.grad` is meant.
        max_norm: the largest norm.
        total_norm: the norm they have, from `get_total_norm`.
        foreach: accepted; there is one way.

    >>> import wengert as t
    >>> x = t.ones(1, requires_grad=True)
    >>> (4.0 * x).backward()
    >>> t.nn.utils.clip_grads_with_norm_(x, 1.0, t.tensor(4.0))
    >>> x.grad
    tensor([1.0000])
    """
    gradients = _gradients(_listed(parameters))
    if not gradients:
        return
    factor = clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
    if not factor._level and factor.array == 1:
        return
    for g in gradients:
        g.mul_(factor)


@no_grad()
def clip_grad_norm_(
    parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach=None
) -> Tensor:
    """Scale the gradients of all parameters together, in place, so that their norm is at most `max_norm`.

    Args:
        parameters: a tensor, or an iterable of them; those without a gradient are left out.
        max_norm: the largest norm.
        norm_type: which norm of all elements together, infinity as well.
        error_if_nonfinite: whether a norm that is infinite or NaN is a RuntimeError.
        foreach: accepted; there is one way.

    Returns:
        the norm before.

    >>> import wengert as t
    >>> x = t.ones(2, requires_grad=True)
    >>> (x * t.tensor([3.0, 4.0])).sum().backward()
    >>> t.nn.utils.clip_grad_norm_([x], 1.0)
    tensor(5.)
    >>> x.grad
    tensor([0.6000, 0.8000])
    """
    is_generator = isinstance(parameters, types.GeneratorType)
    parameters = _listed(parameters)
    if is_generator and not parameters:
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur.", UserWarning, stacklevel=3
        )
    total = get_total_norm(_gradients(parameters), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total)
    return total


def clip_grad_norm(
    parameters, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach=None
) -> Tensor:
    """The old name of `clip_grad_norm_`; FutureWarning.

    >>> import warnings
    >>> import wengert as t
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     t.nn.utils.clip_grad_norm([t.ones(1, requires_grad=True)], 1.0)
    tensor(0.)
    """
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@no_grad()
def clip_grad_value_(parameters, clip_value: float, foreach=None) -> None:
    """Hold every element of the gradients between -clip_value and clip_value, in place.

    Args:
        parameters: a tensor, or an iterable of them; those without a gradient are left out.
        clip_value: the largest absolute value.
        foreach: accepted; there is one way.

    >>> import wengert as t
    >>> x = t.ones(2, requires_grad=True)
    >>> (x * t.tensor([3.0, -0.5])).sum().backward()
    >>> t.nn.utils.clip_grad_value_(x, 1.0)
    >>> x.grad
    tensor([ 1.0000, -0.5000])
    """
    bound = float(clip_value)
    for g in _gradients(_listed(parameters)):
        g.clamp_(min=-bound, max=bound)
