"""Batch normalisation: each channel standardised over the batch.

Ioffe & Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
ICML 2015, https://arxiv.org/abs/1502.03167.
"""

from ...core import Tensor, dtypes
from ...ops.creation import empty, ones, zeros
from .. import functional, init
from ..parameter import Parameter
from .module import Module


class _NormBase(Module):
    """What batch and instance normalisation keep: weight and bias, and running statistics."""

    _version = 2  # since it counts batches

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device=None, dtype=None, *, bias: bool = True,
    ):  # fmt: skip
        super().__init__()
        made = {"device": device, "dtype": dtype}
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.register_parameter("weight", Parameter(empty(num_features, **made)) if affine else None)
        self.register_parameter("bias", Parameter(empty(num_features, **made)) if affine and bias else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, **made) if tracked else None)
        self.register_buffer("running_var", ones(num_features, **made) if tracked else None)
        self.register_buffer("num_batches_tracked", self.no_batches() if tracked else None)
        self.reset_parameters()

    @staticmethod
    def no_batches():
        """A count of batches that stands at 0."""
        return zeros((), dtype=dtypes.int64)

    def reset_running_stats(self) -> None:
        """Forget what was seen: a mean of 0, a variance of 1, no batches."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Weights of 1, biases of 0, no running statistics."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check_input_dim(self, input) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say how many dimensions it takes")

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *lists) -> None:
        # Before version 2 batches were not counted.
        key = f"{prefix}num_batches_tracked"
        if (local_metadata.get("version") or 0) < 2 and self.track_running_stats and key not in state_dict:
            own = self.num_batches_tracked
            state_dict[key] = self.no_batches() if own is None else own
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *lists)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        training, buffers = self.training, self._buffers
        mean, variance = buffers["running_mean"], buffers["running_var"]
        momentum = 0.0 if self.momentum is None else self.momentum
        if training and self.track_running_stats:
            batches = buffers["num_batches_tracked"]
            if batches is not None:
                batches.add_(1)
                if self.momentum is None:
                    momentum = 1.0 / float(batches)  # the average over all batches so far
        elif training:
            mean = variance = None
        own = training or (mean is None and variance is None)
        return functional.batch_norm(input, mean, variance, self.weight, self.bias, own, momentum, self.eps)


def _check_dims(input, *dims: int) -> None:
    if input.ndim not in dims:
        words = " or ".join([f"{n}D" for n in dims])
        raise ValueError(f"expected {words} input (got {input.ndim}D input)")


class BatchNorm1d(_BatchNorm):
    """(input - mean) / sqrt(variance + eps) * weight + bias for each channel of (N, C) or (N, C, L).

    In training the batch's mean and variance are used, and running ones follow them: running = (1 - momentum) running +
    momentum found; with a momentum of None they are the average over all batches. In evaluation the running ones are
    used; without `track_running_stats` always the batch's. Weight (1 at first) and bias (0) have C elements, and are
    there with `affine`. Raises ValueError for other dimensions.

    >>> import wengert as t
    >>> t.nn.BatchNorm1d(1)(t.tensor([[1.0], [3.0]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    """

    def _check_input_dim(self, input) -> None:
        _check_dims(input, 2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (N, C, H, W), as `BatchNorm1d`.

    >>> import wengert as t
    >>> t.nn.BatchNorm2d(3)(t.ones(2, 3, 4, 4)).shape
    wengert.Size([2, 3, 4, 4])
    """

    def _check_input_dim(self, input) -> None:
        _check_dims(input, 4)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (N, C, D, H, W), as `BatchNorm1d`.

    >>> import wengert as t
    >>> t.nn.BatchNorm3d(3)(t.ones(2, 3, 4, 4, 4)).shape
    wengert.Size([2, 3, 4, 4, 4])
    """

    def _check_input_dim(self, input) -> None:
        _check_dims(input, 5)


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation of (N, C, *). In one process it is `BatchNorm1d` for any number of dimensions; statistics
    over the batches of several processes are not computed yet, so `process_group` is kept only.

    >>> import wengert as t
    >>> t.nn.SyncBatchNorm(2)(t.tensor([[1.0, 2.0], [3.0, 2.0]])).detach()
    tensor([[-1.0000,  0.0000],
            [ 1.0000,  0.0000]])
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, process_group=None, device=None, dtype=None, *, bias: bool = True,
    ):  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected at least 2D input (got {input.ndim}D input)")
        if input.shape[1] == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        """The module with every batch normalisation in it replaced by one of this class, with the same tensors.

        >>> import wengert as t
        >>> t.nn.SyncBatchNorm.convert_sync_batchnorm(t.nn.Sequential(t.nn.BatchNorm1d(2)))
        Sequential(
          (0): SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
        )
        """
        converted = module
        if isinstance(module, _BatchNorm):
            converted = cls(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                process_group, bias=module.bias is not None,
            )  # fmt: skip
            for name in ("weight", "bias"):
                if getattr(module, name) is not None:
                    setattr(converted, name, getattr(module, name))
            for name, x in module._buffers.items():
                converted._buffers[name] = x
            converted.train(module.training)
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted
