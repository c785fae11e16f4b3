"""Dropout: elements or whole channels left out at random."""

import math

import numpy

from ..core import dtypes
from ..core.errors import type_word
from . import arguments
from .composite import composite
from .random import drawn_tensor, uniform_values

# The value that SELU tends to on the left: -scale * alpha (Klambauer et al., 2017).
_SELU_LEFT = -1.0507009873554805 * 1.6732632423543772


def kept(input, shape: tuple, p: float, scaled: bool = True):
    """0 with probability p and 1 / (1 - p) elsewhere (1 unless `scaled`), of the input's dtype."""

    def draw(stream, shape, dtype):
        chosen = uniform_values(stream, shape, dtype if dtype in (numpy.float32, numpy.float64) else "float32") >= p
        factor = 1.0 / (1.0 - p) if scaled and p < 1.0 else 1.0
        return (chosen * numpy.float64(factor)).astype(dtype)

    return drawn_tensor(draw, None, shape, input.array.dtype)


def _checked(input, p: float, train: bool):
    """The input as a tensor; TypeError, RuntimeError for what a call of dropout may not be given."""
    input = arguments.tensor("dropout", "input", 1, input)
    if not isinstance(train, (bool, numpy.bool_)):
        raise TypeError(f"argument 'train' must be bool, not {type(train).__name__}")
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")
    return input


def check_type(input) -> None:
    """RuntimeError for elements that cannot be scaled: integers and booleans."""
    if not dtypes.is_inexact(input.array.dtype):
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {type_word(input.array.dtype)}: dropout "
            "scales what it keeps, so its input is of a floating type"
        )


def _channels(input) -> tuple:
    if input.ndim < 2:
        raise RuntimeError(
            f"Feature dropout requires at least 2 dimensions in the input: it has shape {list(input.shape)}"
        )
    return (*input.shape[:2], *(1,) * (input.ndim - 2))


def _left_out(input, shape, p: float, train: bool):
    input = _checked(input, p, train)
    if not train or p == 0 or input.numel() == 0:
        return input
    check_type(input)
    return input * kept(input, shape(input), p)


def _left_out_alpha(input, shape, p: float, train: bool):
    """What is left out becomes SELU's left end a', and a scale and a shift keep mean 0 and variance 1 (Klambauer,
    Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017, section 3)."""
    input = _checked(input, p, train)
    if not train or p == 0 or input.numel() == 0:
        return input
    check_type(input)
    if p == 1:
        return input * kept(input, shape(input), p)
    keep = kept(input, shape(input), p, scaled=False)
    scale = 1.0 / math.sqrt((1 - p) * (1 + p * _SELU_LEFT**2))
    shift = -scale * _SELU_LEFT * p
    return input * (keep * scale) + ((1.0 - keep) * (scale * _SELU_LEFT) + shift)


def _whole(input) -> tuple:
    return tuple(input.shape)


@composite(method=False, in_place="public", kinds={"p": "float"})
def dropout(input, p, train):
    """Elements set to 0 with probability p and the others times 1 / (1 - p) where `train`, else the input itself
    (Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, 2014).

    Raises:
        RuntimeError: a probability outside of [0, 1], or integers.

    >>> import wengert as t
    >>> t.dropout(t.ones(3), 1.0, True)
    tensor([0., 0., 0.])
    """
    return _left_out(input, _whole, p, train)


@composite(method=False, in_place="public", kinds={"p": "float"})
def feature_dropout(input, p, train):
    """Whole channels, the second dimension, set to 0 with probability p and the others times 1 / (1 - p).

    RuntimeError for a probability outside of [0, 1], fewer than two dimensions, and integers.

    >>> import wengert as t
    >>> t.feature_dropout(t.ones(1, 2, 2), 0.0, True)
    tensor([[[1., 1.],
             [1., 1.]]])
    """
    return _left_out(input, _channels, p, train)


@composite(method=False, in_place="public", kinds={"p": "float"})
def alpha_dropout(input, p, train):
    """Elements set to SELU's left end with probability p, and all scaled and shifted so that mean 0 and variance 1 stay
    (Klambauer, Unterthiner, Mayr & Hochreiter, 2017).

    RuntimeError for a probability outside of [0, 1], and for integers.

    >>> import wengert as t
    >>> t.alpha_dropout(t.ones(3), 0.5, False)
    tensor([1., 1., 1.])
    """
    return _left_out_alpha(input, _whole, p, train)


@composite(method=False, in_place="public", kinds={"p": "float"})
def feature_alpha_dropout(input, p, train):
    """`alpha_dropout` of whole channels, the second dimension.

    RuntimeError for a probability outside of [0, 1], fewer than two dimensions, and integers.

    >>> import wengert as t
    >>> t.feature_alpha_dropout(t.ones(2, 2), 0.5, False)
    tensor([[1., 1.],
            [1., 1.]])
    """
    return _left_out_alpha(input, _channels, p, train)


@composite(method=False, kinds={"p": "float"})
def native_dropout(input, p, train):
    """(dropout of the input, which elements were kept).

    RuntimeError for a probability outside of [0, 1], and for integers.

    >>> import wengert as t
    >>> t.native_dropout(t.ones(2), 0.5, False)
    (tensor([1., 1.]), tensor([True, True]))
    """
    from .creation import ones_like

    input = arguments.tensor("native_dropout", "input", 1, input)
    if train is False:
        return input * 1, ones_like(input, dtype=dtypes.bool)
    input = _checked(input, p, True if train is None else train)
    if p == 0 or input.numel() == 0:
        return input * 1, ones_like(input, dtype=dtypes.bool)
    check_type(input)
    keep = kept(input, _whole(input), p)
    return input * keep, keep != 0
