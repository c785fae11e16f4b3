"""Conversion of a module's parameters and buffers to another dtype or layout, in place."""

from typing import Any

from ...core import Tensor, dtypes


class WithConversion:
    """The part of `Module` that converts what it holds."""

    _parameters: dict
    _buffers: dict
    children: Any
    parameters: Any
    buffers: Any

    def _apply(self, fn, recurse: bool = True):
        """Put fn(x) in the place of every parameter, its gradient and every buffer; the parameters stay the same
        objects."""
        from ...autograd.grad_mode import no_grad

        if recurse:
            for module in self.children():
                module._apply(fn)
        with no_grad():
            for parameter in self._parameters.values():
                if parameter is None:
                    continue
                gradient = parameter.grad
                converted = fn(parameter)
                if converted is not parameter:
                    parameter.data = converted
                if gradient is not None:
                    converted = fn(gradient.detach())
                    parameter.grad = None
                    parameter.grad = converted.requires_grad_(gradient.requires_grad)
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._buffers[name] = fn(buffer)
        return self

    def apply(self, fn):
        """Call `fn(module)` on every module below and then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, *args, dtype=None, device=None, non_blocking: bool = False, memory_format=None):
        """Convert floating and complex parameters and buffers to a dtype or, where they have 4 or 5 dimensions, to a
        memory format, in place. Returns the module.

        to(dtype), to(device, dtype), to(tensor) for that tensor's dtype, to(memory_format=...).

        Args:
            args: a dtype, a device, a tensor, non_blocking: in the order of `Tensor.to`.
            dtype: a floating or complex dtype.
            device: "cpu"; RuntimeError for any other.
            non_blocking: accepted; there is nothing to wait for.
            memory_format: a layout.

        Raises:
            TypeError: a dtype of integers, or an argument that is none of these.
        """
        from ...core import device as device_
        from ...core.size import check_device

        for argument in args:
            if isinstance(argument, dtypes.dtype):
                dtype = argument
            elif isinstance(argument, Tensor):
                dtype = argument.dtype
            elif isinstance(argument, (str, int, device_)) and not isinstance(argument, bool):
                device = argument
            elif argument is not None and not isinstance(argument, bool):  # a truth value is non_blocking
                raise TypeError(
                    "to() received an invalid combination of arguments: it takes a dtype, a device, a tensor, not "
                    f"{type(argument).__name__}"
                )
        if device is not None:
            check_device(device)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        if dtype is None and memory_format is None:
            return self

        def convert(x):
            wanted = dtype if dtype is not None and (x.dtype.is_floating_point or x.dtype.is_complex) else x.dtype
            if memory_format is not None and x.ndim in (4, 5):
                return x.to(wanted, memory_format=memory_format)
            return x.to(wanted)

        return self._apply(convert)

    def type(self, dst_type):
        """Convert all parameters and buffers to a dtype (or its old name, "torch.DoubleTensor")."""
        return self._apply(lambda x: x.type(dst_type))

    def _floating_to(self, dtype):
        return self._apply(lambda x: x.to(dtype) if x.dtype.is_floating_point else x)

    def float(self):
        """Convert floating parameters and buffers to float32."""
        return self._floating_to(dtypes.float32)

    def double(self):
        """Convert floating parameters and buffers to float64."""
        return self._floating_to(dtypes.float64)

    def half(self):
        """Convert floating parameters and buffers to float16."""
        return self._floating_to(dtypes.float16)

    def bfloat16(self):
        """Convert floating parameters and buffers to bfloat16."""
        return self._floating_to(dtypes.bfloat16)

    def cpu(self):
        """All parameters are in main memory: the module itself."""
        return self

    def cuda(self, device=None):
        """RuntimeError: there is no such device."""
        from ...core.size import check_device

        check_device("cuda")

    def to_empty(self, *, device, recurse: bool = True):
        """Give every parameter and buffer new memory, whose contents are arbitrary; `device` is "cpu"."""
        from ...core.size import check_device
        from ...ops.creation import empty_like

        if device is not None:
            check_device(device)
        return self._apply(empty_like, recurse=recurse)

    def share_memory(self):
        """Move parameters and buffers into memory that processes forked from this one share; the module itself.

        RuntimeError where another tensor is on the memory of one of them.
        """
        for x in [*self.parameters(), *self.buffers()]:
            x.share_memory_()
        return self
