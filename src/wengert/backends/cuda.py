"""Settings of CUDA's libraries, which scripts for GPUs make: accepted, and without effect."""

from types import SimpleNamespace

# What `matmul.allow_tf32 = True` sets.
matmul = SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True)


def is_built() -> bool:
    """Whether the library was built for CUDA: False.

    >>> import wengert as t
    >>> t.backends.cuda.is_built()
    False
    """
    return False
