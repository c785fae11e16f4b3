"""Instance normalisation: each channel of each sample standardised by itself.

Ulyanov, Vedaldi & Lempitsky, "Instance normalization: the missing ingredient for fast stylization", 2016,
https://arxiv.org/abs/1607.08022.
"""

import warnings

from ...core import Tensor
from .. import functional
from .batchnorm import _check_dims, _NormBase


class _InstanceNorm(_NormBase):
    spatial: int

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device=None, dtype=None, *, bias: bool = True,
    ):  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict, missing, unexpected, errors) -> None:
        found = [name for name in ("running_mean", "running_var") if prefix + name in state_dict]
        if local_metadata.get("version") is None and not self.track_running_stats and found:
            names = " and ".join([f'"{prefix}{name}"' for name in found])
            errors.append(
                f"Unexpected running stats buffer(s) {names} for {type(self).__name__} with "
                "track_running_stats=False. If "
                "they are needed, make the module with track_running_stats=True; else remove them from the state dict."
            )
            for name in found:
                del state_dict[prefix + name]
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing, unexpected, errors)

    def _check_input_dim(self, input) -> None:
        _check_dims(input, self.spatial + 1, self.spatial + 2)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        unbatched = input.ndim == self.spatial + 1
        channels = 0 if unbatched else 1
        if input.shape[channels] != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={channels} to match num_features ({self.num_features}), but got: "
                    f"{input.shape[channels]}."
                )
            warnings.warn(
                f"input's size at dim={channels} does not match num_features. You can silence this warning by not "
                "passing in num_features, which is not used because affine=False",
                stacklevel=2,
            )
        out = functional.instance_norm(
            input.unsqueeze(0) if unbatched else input, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, 0.0 if self.momentum is None else self.momentum, self.eps,
        )  # fmt: skip
        return out.squeeze(0) if unbatched else out


class InstanceNorm1d(_InstanceNorm):
    """(input - mean) / sqrt(variance + eps) * weight + bias for each channel of each sample of (N, C, L), or of (C, L).

    Weight and bias (C elements, 1 and 0 at first) are there with `affine`. With `track_running_stats` running ones
    follow the samples' statistics, and are used in evaluation. Raises ValueError for other dimensions, and with
    `affine` for other numbers of channels.

    >>> import wengert as t
    >>> t.nn.InstanceNorm1d(1)(t.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """

    spatial = 1


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (N, C, H, W) or (C, H, W), as `InstanceNorm1d`.

    >>> import wengert as t
    >>> t.nn.InstanceNorm2d(3)(t.ones(2, 3, 4, 4)).shape
    wengert.Size([2, 3, 4, 4])
    """

    spatial = 2


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (N, C, D, H, W) or (C, D, H, W), as `InstanceNorm1d`.

    >>> import wengert as t
    >>> t.nn.InstanceNorm3d(3)(t.ones(2, 3, 4, 4, 4)).shape
    wengert.Size([2, 3, 4, 4, 4])
    """

    spatial = 3
