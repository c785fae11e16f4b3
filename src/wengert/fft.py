"""Discrete Fourier transforms, under PyTorch's names: `wengert.fft.fft`, `rfft`, `irfftn`, `fftshift`, ...

What stands here was declared under `ops/` with the namespace "fft".
"""

from .core.registry import namespace_called as _namespace_called

globals().update(_namespace_called("fft"))

__all__ = sorted(_namespace_called("fft"))
