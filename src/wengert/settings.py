"""Settings of PyTorch's that programs make, for what is so in any case here: tensors are on the CPU, results are the
same every time, and products of float32 are computed in float32."""

from .core.size import CPU, check_device
from .core.size import device as device_

_deterministic_mode = 0
_matmul_precision = "highest"
_MODES = ("default", "warn", "error")


def get_default_device() -> device_:
    """Where tensors are made unless a call says otherwise: the CPU.

    >>> import wengert as t
    >>> t.get_default_device()
    device(type='cpu')
    """
    return CPU


def set_default_device(device) -> None:
    """Accept the CPU (or None) as the place where tensors are made; AssertionError or RuntimeError for another device.

    >>> import wengert as t
    >>> t.set_default_device("cpu")
    """
    if device is not None:
        check_device(device)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for operations that give the same result every time, which all of them do, whatever is asked.

    >>> import wengert as t
    >>> t.use_deterministic_algorithms(True)
    >>> t.are_deterministic_algorithms_enabled()
    True
    >>> t.use_deterministic_algorithms(False)
    """
    global _deterministic_mode
    for name, value in (("mode", mode), ("warn_only", warn_only)):
        if not isinstance(value, bool):
            found = type(value).__name__
            raise TypeError(f"use_deterministic_algorithms(): argument '{name}' must be bool, not {found}")
    _deterministic_mode = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Whether operations that give the same result every time were asked for.

    >>> import wengert as t
    >>> t.are_deterministic_algorithms_enabled()
    False
    """
    return _deterministic_mode > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether others were to give a warning only.

    >>> import wengert as t
    >>> t.is_deterministic_algorithms_warn_only_enabled()
    False
    """
    return _deterministic_mode == 1


def set_deterministic_debug_mode(debug_mode) -> None:
    """`use_deterministic_algorithms` by one word or number: "default" (0), "warn" (1), "error" (2).

    RuntimeError for others, TypeError for what is neither an int nor a str.

    >>> import wengert as t
    >>> t.set_deterministic_debug_mode("default")
    """
    global _deterministic_mode
    if isinstance(debug_mode, bool) or not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if debug_mode not in (*_MODES, 0, 1, 2):
        wanted = "`default`, `warn`, `error`" if isinstance(debug_mode, str) else "0, 1, 2"
        raise RuntimeError(f"invalid value of debug_mode, expected one of {wanted}, but got {debug_mode}")
    _deterministic_mode = _MODES.index(debug_mode) if isinstance(debug_mode, str) else debug_mode


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2, as set by `set_deterministic_debug_mode`.

    >>> import wengert as t
    >>> t.get_deterministic_debug_mode()
    0
    """
    return _deterministic_mode


def set_float32_matmul_precision(precision: str) -> None:
    """Allow products of float32 to be less precise: "high" or "medium"; "highest" forbids it. They are precise anyway.

    RuntimeError for another word.

    >>> import wengert as t
    >>> t.set_float32_matmul_precision("highest")
    """
    global _matmul_precision
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"{precision} is not one of 'highest', 'high', and 'medium'")
    _matmul_precision = precision


def get_float32_matmul_precision() -> str:
    """The word that was set by `set_float32_matmul_precision`.

    >>> import wengert as t
    >>> t.get_float32_matmul_precision()
    'highest'
    """
    return _matmul_precision
