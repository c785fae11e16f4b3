"""Loops over memory: plain functions on NumPy arrays, which know no tensor.

Some modules are compiled several times, for several instruction sets (`compiled_per_instruction_set` in meson.build).
The best set that the processor has is chosen when this package is imported; the modules themselves, under their plain
names, are loaded when first asked for, and only in that variant: `from wengert.kernels import softmax`.

The environment variable WENGERT_INSTRUCTION_SET (baseline, avx2 or avx512) forces a choice.
"""

import importlib
import os

from numpy._core._multiarray_umath import __cpu_features__ as _features

_per_instruction_set = frozenset(
    {
        "activations", "attention", "chain", "convolution", "normal_distribution", "normalization",
        "optimizer_steps", "pooling", "recurrent_layers", "reductions", "softmax",
    }  # fmt: skip
)


def _has(*names: str) -> bool:
    return all(_features.get(name, False) for name in names)


def _available() -> list[str]:
    """The instruction sets that the processor has, best first; NumPy 2.4 reports groups, older ones each."""
    found = ["baseline"]
    if _has("X86_V3") or _has("AVX2", "FMA3", "F16C"):
        found.insert(0, "avx2")
        if _has("X86_V4") or _has("AVX512_SKX"):
            found.insert(0, "avx512")
    return found


def _choose() -> str:
    available = _available()
    forced = os.environ.get("WENGERT_INSTRUCTION_SET")
    if not forced:
        return available[0]
    if forced not in ("baseline", "avx2", "avx512"):
        raise ImportError(f"WENGERT_INSTRUCTION_SET is {forced!r}; it may be baseline, avx2 or avx512")
    if forced not in available:
        raise ImportError(
            f"WENGERT_INSTRUCTION_SET is {forced}, which this processor does not have; it has {', '.join(available)}"
        )
    return forced


_chosen = _choose()


def instruction_set() -> str:
    """The instruction set that the compiled loops in use were built for: "baseline", "avx2" or "avx512"."""
    return _chosen


def __getattr__(name: str):
    if name not in _per_instruction_set:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{name}_{_chosen}")
    globals()[name] = module
    return module
