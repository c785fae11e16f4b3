"""What training scripts set or ask of PyTorch's back ends: those that are not here are not available, and settings of
them change nothing."""

from . import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]
