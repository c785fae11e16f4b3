"""The processor."""

from ..kernels import instruction_set

_CALLED = {"baseline": "DEFAULT", "avx2": "AVX2", "avx512": "AVX512"}


def get_cpu_capability() -> str:
    """The instruction set in use, in PyTorch's words: "DEFAULT", "AVX2" or "AVX512".

    >>> import wengert as t
    >>> t.backends.cpu.get_cpu_capability() in ("DEFAULT", "AVX2", "AVX512")
    True
    """
    return _CALLED[instruction_set()]
