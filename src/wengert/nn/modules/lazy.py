"""Modules whose input sizes are known only with the first call."""

import itertools
from typing import Any

from ...autograd.grad_mode import no_grad
from ..parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from .batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, _NormBase
from .conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from .instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear


class LazyModuleMixin:
    """What makes a module lazy: `class LazyLinear(LazyModuleMixin, Linear)`.

    Its constructor leaves parameters and buffers uninitialised; `initialize_parameters(*args)`, which a subclass
    defines, gives them their shapes from the arguments of the first call. Then the module becomes one of
    `cls_to_become`, if that is given. A state dict that is loaded before gives the shapes too.
    """

    cls_to_become: type | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def _lazy_load_hook(self, state_dict, prefix: str, *_) -> None:
        """Give what is uninitialised the shapes of what is about to be loaded."""
        own: Any = self
        for name, x in itertools.chain(own._parameters.items(), own._buffers.items()):
            value = state_dict.get(prefix + name)
            if is_lazy(x) and value is not None and not is_lazy(value):
                with no_grad():
                    x.materialize(tuple(value.shape))

    def _apply(self, fn, recurse: bool = True):
        own: Any = self
        lazy = [(name, x) for name, x in own._buffers.items() if is_lazy(x)]
        super()._apply(fn, recurse)  # type: ignore[misc]
        # What stands for no values was converted: a buffer that stands for none takes its dtype.
        for name, x in lazy:
            own._buffers[name] = UninitializedBuffer(dtype=own._buffers[name].dtype, persistent=x.persistent)
        return self

    def initialize_parameters(self, *args, **kwargs) -> None:
        """Give parameters and buffers their shapes; a subclass defines it."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether the shape of a parameter or buffer is not known yet."""
        own: Any = self
        return any([is_lazy(x) for x in itertools.chain(own._parameters.values(), own._buffers.values())])

    def _infer_parameters(self, module, args, kwargs=None) -> None:
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {type(module).__name__} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become


class LazyLinear(LazyModuleMixin, Linear):
    """`Linear` that takes its number of input features from its first input, and is one from then on.

    >>> import wengert as t
    >>> layer = t.nn.LazyLinear(2)
    >>> layer(t.zeros(4, 3)).shape
    wengert.Size([4, 2])
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device=None, dtype=None):
        super().__init__(0, 0, False)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_features = out_features
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the initial values again, once there are any."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input) -> None:
        """Take the number of input features from the input."""
        features = input.shape[-1]
        if self.has_uninitialized_params():
            self.in_features = features
            with no_grad():
                self.weight.materialize((self.out_features, features))
                if self.bias is not None:
                    self.bias.materialize((self.out_features,))
                self.reset_parameters()
        if self.in_features == 0:
            if features != self.weight.shape[-1]:
                raise AssertionError(
                    f"The in_features inferred from input: {features} is not equal to in_features from self.weight: "
                    f"{self.weight.shape[-1]}"
                )
            self.in_features = features


class _LazyConv(LazyModuleMixin):
    def __init__(self, out_channels: int, kernel_size, *geometry, bias: bool, device, dtype, **options):
        super().__init__(0, 0, kernel_size, *geometry, bias=False, device=device, dtype=dtype, **options)
        own: Any = self
        own.weight = UninitializedParameter(device=device, dtype=dtype)
        own.out_channels = out_channels
        if bias:
            own.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the initial values again, once there are any."""
        own: Any = self
        if not own.has_uninitialized_params() and own.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input, *args, **kwargs) -> None:
        """Take the number of input channels from the input."""
        own: Any = self
        if not own.has_uninitialized_params():
            return
        spatial = own.spatial
        if input.ndim not in (spatial + 1, spatial + 2):
            raise RuntimeError(
                f"Expected {spatial + 1}D (unbatched) or {spatial + 2}D (batched) input to {type(self).__name__}, but "
                f"got input of size: torch.Size({list(input.shape)})"
            )
        own.in_channels = input.shape[-spatial - 1]
        if own.in_channels % own.groups:
            raise ValueError("in_channels must be divisible by groups")
        with no_grad():
            own.weight.materialize(own._weight_shape())
            if own.bias is not None:
                own.bias.materialize((own.out_channels,))
            own.reset_parameters()


class _LazyForward(_LazyConv):
    def __init__(
        self, out_channels: int, kernel_size, stride=1, padding=0, dilation=1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device=None, dtype=None,
    ):  # fmt: skip
        super().__init__(
            out_channels, kernel_size, stride, padding, dilation, groups, bias=bias, padding_mode=padding_mode,
            device=device, dtype=dtype,
        )  # fmt: skip


class _LazyTranspose(_LazyConv):
    def __init__(
        self, out_channels: int, kernel_size, stride=1, padding=0, output_padding=0, groups: int = 1, bias: bool = True,
        dilation=1, padding_mode: str = "zeros", device=None, dtype=None,
    ):  # fmt: skip
        super().__init__(
            out_channels, kernel_size, stride, padding, output_padding, groups, bias=bias, dilation=dilation,
            padding_mode=padding_mode, device=device, dtype=dtype,
        )  # fmt: skip


class LazyConv1d(_LazyForward, Conv1d):  # type: ignore[misc]
    """`Conv1d` that takes its number of input channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyConv1d(6, 3)(t.zeros(2, 3, 8)).shape
    wengert.Size([2, 6, 6])
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyForward, Conv2d):  # type: ignore[misc]
    """`Conv2d` that takes its number of input channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyConv2d(6, 3)(t.zeros(2, 3, 8, 8)).shape
    wengert.Size([2, 6, 6, 6])
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyForward, Conv3d):  # type: ignore[misc]
    """`Conv3d` that takes its number of input channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyConv3d(6, 3)(t.zeros(2, 3, 4, 4, 4)).shape
    wengert.Size([2, 6, 2, 2, 2])
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyTranspose, ConvTranspose1d):  # type: ignore[misc]
    """`ConvTranspose1d` that takes its number of input channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyConvTranspose1d(6, 3)(t.zeros(2, 3, 8)).shape
    wengert.Size([2, 6, 10])
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyTranspose, ConvTranspose2d):  # type: ignore[misc]
    """`ConvTranspose2d` that takes its number of input channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyConvTranspose2d(6, 3)(t.zeros(2, 3, 8, 8)).shape
    wengert.Size([2, 6, 10, 10])
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyTranspose, ConvTranspose3d):  # type: ignore[misc]
    """`ConvTranspose3d` that takes its number of input channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyConvTranspose3d(6, 3)(t.zeros(2, 3, 4, 4, 4)).shape
    wengert.Size([2, 6, 6, 6, 6])
    """

    cls_to_become = ConvTranspose3d


class _LazyNorm(LazyModuleMixin):
    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device=None, dtype=None, *, bias: bool = True,
    ):  # fmt: skip
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        own: Any = self
        own.affine = affine
        own.track_running_stats = track_running_stats
        if affine:
            own.weight = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                own.bias = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            own.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            own.running_var = UninitializedBuffer(device=device, dtype=dtype)
            own.num_batches_tracked = _NormBase.no_batches()

    def reset_parameters(self) -> None:
        """Weights of 1, biases of 0, no running statistics, once there are any."""
        own: Any = self
        if not own.has_uninitialized_params() and own.num_features != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input) -> None:
        """Take the number of channels from the input."""
        own: Any = self
        if not own.has_uninitialized_params():
            return
        own.num_features = input.shape[1]
        for x in (own.weight, own.bias, own.running_mean, own.running_var):
            if is_lazy(x):
                x.materialize((own.num_features,))
        own.reset_parameters()


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):  # type: ignore[misc]
    """`BatchNorm1d` that takes its number of channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyBatchNorm1d()(t.zeros(2, 3, 8)).shape
    wengert.Size([2, 3, 8])
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):  # type: ignore[misc]
    """`BatchNorm2d` that takes its number of channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyBatchNorm2d()(t.zeros(2, 3, 8, 8)).shape
    wengert.Size([2, 3, 8, 8])
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):  # type: ignore[misc]
    """`BatchNorm3d` that takes its number of channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyBatchNorm3d()(t.zeros(2, 3, 4, 4, 4)).shape
    wengert.Size([2, 3, 4, 4, 4])
    """

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):  # type: ignore[misc]
    """`InstanceNorm1d` that takes its number of channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyInstanceNorm1d()(t.zeros(2, 3, 8)).shape
    wengert.Size([2, 3, 8])
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):  # type: ignore[misc]
    """`InstanceNorm2d` that takes its number of channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyInstanceNorm2d()(t.zeros(2, 3, 8, 8)).shape
    wengert.Size([2, 3, 8, 8])
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):  # type: ignore[misc]
    """`InstanceNorm3d` that takes its number of channels from its first input, and is one from then on.

    >>> import wengert as t
    >>> t.nn.LazyInstanceNorm3d()(t.zeros(2, 3, 4, 4, 4)).shape
    wengert.Size([2, 3, 4, 4, 4])
    """

    cls_to_become = InstanceNorm3d
