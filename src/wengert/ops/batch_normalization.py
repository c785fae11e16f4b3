"""Normalisation of channels: over a batch, or each sample's by itself."""

import math

from . import arguments
from .composite import composite
from .elementwise import rsqrt
from .reductions import mean as mean_
from .shape import reshape
from .standardization import OPTIONAL, check_types, standardized, standardized_by


def _check_channels(channels: int, **parameters) -> None:
    for name, x in parameters.items():
        if x is not None and tuple(x.shape) != (channels,):
            raise RuntimeError(
                f"{name} should contain {channels} elements not {x.numel()}: it has shape {list(x.shape)}, and the "
                f"input {channels} channels"
            )


def _check_running(running_mean, running_var) -> None:
    for name, x in (("running_mean", running_mean), ("running_var", running_var)):
        if x is not None and x.requires_grad:
            raise RuntimeError(
                f"The function 'native_batch_norm' is not differentiable with respect to argument '{name}'. This input "
                "cannot have requires_grad True."
            )


def _follow(running, found, momentum: float) -> None:
    """Move a running statistic towards what a batch has."""
    if running is None:
        return
    share = (found if found.dtype is running.dtype else found.to(running.dtype)) * momentum
    if share._level:  # it may not fit into what is running, of which nothing is to be changed then
        running.copy_(running * (1 - momentum) + share)
    else:
        running.mul_(1 - momentum).add_(share)


def _batch_norm(name, input, weight, bias, running_mean, running_var, training, momentum, eps) -> tuple:
    input = arguments.tensor(name, "input", 1, input)
    if input.ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-max(input.ndim, 1)}, {max(input.ndim, 1) - 1}], "
            f"but got 1): {name} takes (N, C, *), and the input has shape {list(input.shape)}"
        )
    channels = input.shape[1]
    if not training:
        for word, x in (("running_mean", running_mean), ("running_var", running_var)):
            if x is None:
                raise RuntimeError(f"{word} must be defined in evaluation mode")
    _check_channels(channels, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    check_types("batch_norm", input, weight, bias, running_mean, running_var)
    _check_running(running_mean, running_var)
    spread = (1, channels) + (1,) * (input.ndim - 2)
    if not training:
        return standardized_by(input, weight, bias, running_mean, running_var, spread, float(eps)), None, None
    dims = (0, *range(2, input.ndim))
    out, mean, variance = standardized(input, weight, bias, dims, spread, float(eps), True)
    if mean.numel():
        mean, variance = reshape(mean, (channels,)), reshape(variance, (channels,))
    count = math.prod([input.shape[d] for d in dims])
    if running_mean is not None or running_var is not None:
        _follow(running_mean, mean, momentum)
        _follow(running_var, variance * (count / (count - 1) if count > 1 else math.nan), momentum)
    return out, mean, variance


@composite(method=False, kinds=OPTIONAL)
def batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled):
    """(input - mean) / sqrt(variance + eps) * weight + bias for each channel (Ioffe & Szegedy, "Batch normalization",
    ICML 2015, https://arxiv.org/abs/1502.03167).

    (N, C, *) -> the same; weight, bias and the running statistics have C elements or are None. In `training` mean and
    variance are the batch's, and the running ones move towards them: running = (1 - momentum) running + momentum found,
    with the variance found without bias, n / (n - 1) times as large. Else the running ones are used.

    Raises RuntimeError for shapes that do not fit, parameters of another dtype and for missing running statistics,
    NotImplementedError for dtypes that are not floating.

    >>> import wengert as t
    >>> t.batch_norm(t.tensor([[1.0, 5.0], [3.0, 5.0]]), None, None, None, None, True, 0.1, 1e-5, False)
    tensor([[-1.0000,  0.0000],
            [ 1.0000,  0.0000]])
    """
    return _batch_norm(
        "batch_norm", input, weight, bias, running_mean, running_var, training, momentum, eps
    )[0]  # fmt: skip


@composite(method=False, kinds=OPTIONAL)
def native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps):
    """(`batch_norm` of the input, the means, the reciprocals of the deviations), the latter two without a gradient,
    and empty in evaluation.

    (N, C, *) -> the same and twice (C,), the latter in float32 for float16 and bfloat16; arguments as of `batch_norm`.
    Raises RuntimeError for shapes that do not fit, parameters of another dtype (but float32 ones of float16 and
    bfloat16), missing running statistics in evaluation and ones that require a gradient; IndexError for an input of
    fewer than two dimensions; NotImplementedError for dtypes that are not floating.

    >>> import wengert as t
    >>> t.native_batch_norm(t.tensor([[1.0], [3.0]]), None, None, None, None, True, 0.1, 0.0)
    (tensor([[-1.],
            [ 1.]]), tensor([2.]), tensor([1.]))
    """
    out, mean, variance = _batch_norm(
        "native_batch_norm", input, weight, bias, running_mean, running_var, training, momentum, eps
    )
    if mean is None:
        from .creation import empty

        return out, empty(0, dtype=running_mean.dtype), empty(0, dtype=running_mean.dtype)
    return out, mean, rsqrt(variance + eps)


@composite(method=False, kinds=OPTIONAL)
def instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled):
    """`batch_norm` of each sample by itself: mean and variance over all that follows the channels (Ulyanov, Vedaldi &
    Lempitsky, "Instance normalization", 2016, https://arxiv.org/abs/1607.08022).

    (N, C, *) -> the same; weight, bias and the running statistics have C elements or are None. With `use_input_stats`
    the running ones move towards the average of the samples' statistics; else they are used.

    >>> import wengert as t
    >>> t.instance_norm(t.tensor([[[1.0, 3.0], [0.0, 10.0]]]), None, None, None, None, True, 0.1, 1e-5, False)
    tensor([[[-1.0000,  1.0000],
             [-1.0000,  1.0000]]])
    """
    input = arguments.tensor("instance_norm", "input", 1, input)
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    if input.ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-max(input.ndim, 1)}, {max(input.ndim, 1) - 1}], "
            f"but got 1): instance_norm takes (N, C, *), and the input has shape {list(input.shape)}"
        )
    if not use_input_stats:
        return _batch_norm(
            "instance_norm", input, weight, bias, running_mean, running_var, False, momentum, eps
        )[0]  # fmt: skip
    samples, channels, *spatial = input.shape
    # PyTorch normalises a batch of one sample with N C channels, and counts those.
    for name, x in (
        ("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias),
    ):  # fmt: skip
        if x is not None and tuple(x.shape) != (channels,):
            raise RuntimeError(
                f"{name} should contain {samples * channels} elements not {samples * x.numel()}: {samples} samples of "
                f"{channels} channels; it has shape {list(x.shape)}"
            )
    check_types("batch_norm", input, weight, bias, running_mean, running_var)
    _check_running(running_mean, running_var)
    spread = (1, channels) + (1,) * len(spatial)
    dims = tuple(range(2, input.ndim))
    if not dims:
        # One element for each mean: all differ from it by 0.
        input, dims, spread = reshape(input, (samples, channels, 1)), (2,), (1, channels, 1)
    out, mean, variance = standardized(input, weight, bias, dims, spread, float(eps), True)
    count = math.prod(spatial)
    if running_mean is not None or running_var is not None:
        mean, variance = reshape(mean, (samples, channels)), reshape(variance, (samples, channels))
        _follow(running_mean, mean_(mean, 0), momentum)
        _follow(running_var, mean_(variance, 0) * (count / (count - 1) if count > 1 else math.nan), momentum)
    return reshape(out, (samples, channels, *spatial))
