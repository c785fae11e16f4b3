"""How code written for the array API standard finds its functions: from a tensor. They are imported when asked for."""

from ..core import bind_method
from ..core.size import check_device

VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")


def __array_namespace__(self, /, *, api_version=None):
    """The array API standard's functions on tensors, `wengert.interop.array_api`."""
    if api_version is not None and api_version not in VERSIONS:
        raise ValueError(f"version {api_version!r} of the array API standard is not supported; {VERSIONS[-1]} is")
    from . import array_api

    return array_api


def to_device(self, device, /, *, stream=None):
    """The tensor itself: it is on the CPU, and so must `device` be. The array API standard's name for `to(device)`.

    Raises:
        ValueError: a stream.
        RuntimeError: another device.

    >>> import wengert as t
    >>> t.ones(1).to_device("cpu")
    tensor([1.])
    """
    if stream is not None:
        raise ValueError("to_device: a tensor on the CPU has no streams")
    check_device(device)
    return self


bind_method("__array_namespace__", __array_namespace__)
bind_method("to_device", to_device)
