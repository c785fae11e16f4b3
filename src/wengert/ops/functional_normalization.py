"""Normalisation under the names and with the arguments of `nn.functional`."""

import math

from . import arguments, batch_normalization, layer_normalization
from .composite import composite


def _check_several(sizes: list, shape: str) -> None:
    """ValueError unless a mean is of more than one value."""
    if math.prod(sizes) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {shape}: the deviation of one value "
            "is 0. Give a larger batch, or call eval() first."
        )


@composite(namespace="nn.functional")
def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05
):  # fmt: skip
    """`batch_norm` of each channel with the batch's statistics in `training`, and with the running ones else.

    (N, C, *) -> the same. ValueError in training where a channel has one value only; further errors as of
    `wengert.batch_norm`.

    >>> import wengert as t
    >>> t.nn.functional.batch_norm(t.tensor([[3.0], [5.0]]), t.tensor([1.0]), t.tensor([4.0]))
    tensor([[1.0000],
            [2.0000]])
    """
    input = arguments.tensor("batch_norm", "input", 1, input)
    if training and input.ndim > 1:
        _check_several([*input.shape[:1], *input.shape[2:]], f"torch.Size({list(input.shape)})")
    return batch_normalization.batch_norm(
        input, weight, bias, running_mean, running_var, training, momentum, eps, False
    )


@composite(namespace="nn.functional")
def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-05
):
    """`instance_norm` of each channel of each sample, with its own statistics or (not `use_input_stats`) the running
    ones.

    (N, C, *) -> the same. ValueError where a channel has one element only and its own statistics are to be used.

    >>> import wengert as t
    >>> t.nn.functional.instance_norm(t.tensor([[[1.0, 3.0], [0.0, 10.0]]]))
    tensor([[[-1.0000,  1.0000],
             [-1.0000,  1.0000]]])
    """
    input = arguments.tensor("instance_norm", "input", 1, input)
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size torch.Size({list(input.shape)}): the "
            "deviation of one value is 0"
        )
    if use_input_stats and (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    return batch_normalization.instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, False
    )


@composite(namespace="nn.functional")
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05):
    """`layer_norm` over the last dimensions, those of `normalized_shape`: (*, *normalized_shape) -> the same.

    >>> import wengert as t
    >>> t.nn.functional.layer_norm(t.tensor([1.0, 2.0, 3.0]), (3,))
    tensor([-1.2247,  0.0000,  1.2247])
    """
    return layer_normalization.layer_norm(input, normalized_shape, weight, bias, eps)


@composite(namespace="nn.functional")
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-05):
    """`group_norm` over the channels of each group and all that follows: (N, C, *) -> the same.

    ValueError where a group has one value only.

    >>> import wengert as t
    >>> t.nn.functional.group_norm(t.tensor([[1.0, 3.0, 10.0, 20.0]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    input = arguments.tensor("group_norm", "input", 1, input)
    if input.ndim < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {input.ndim}: group_norm takes (N, C, *)"
        )
    groups = arguments.integer("group_norm", "num_groups", 2, num_groups)
    if groups > 0:
        _check_several([input.shape[0] * input.shape[1] // groups, *input.shape[2:]], str(list(input.shape)))
    return layer_normalization.group_norm(input, groups, weight, bias, eps)
