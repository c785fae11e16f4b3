"""Discrete Fourier transforms, under PyTorch's names: `wengert.fft.fft`, `rfft`, `irfftn`, `fftshift`, ...

What stands here was declared under `ops/` with the namespace "fft".
"""

from .core import registry

globals().update(registry.namespace_called("fft"))

__all__ = sorted(registry.namespace_called("fft"))
