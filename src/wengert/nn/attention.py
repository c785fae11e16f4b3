"""The choice between implementations of attention, which PyTorch's programs make: there is one here."""

import contextlib
import enum

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(enum.IntEnum):
    """Names of PyTorch's implementations of `scaled_dot_product_attention`.

    >>> from wengert.nn.attention import SDPBackend
    >>> SDPBackend(1).name
    'FLASH_ATTENTION'
    """

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextlib.contextmanager
def sdpa_kernel(backends, set_priority: bool = False):
    """Accepts a backend or a list of them, and changes nothing: `scaled_dot_product_attention` is one operation.

    >>> import wengert as t
    >>> from wengert.nn.attention import SDPBackend, sdpa_kernel
    >>> with sdpa_kernel(SDPBackend.MATH):
    ...     t.nn.functional.scaled_dot_product_attention(t.ones(1, 2), t.ones(1, 2), t.ones(1, 2))
    tensor([[1., 1.]])
    """
    if not isinstance(backends, (list, SDPBackend)):
        raise AssertionError(
            "Backend must be an instance of SDPBackend or a list of SDPBackend instances, got "
            f"{type(backends).__name__}"
        )
    yield {}


def __dir__():
    return sorted(__all__)
